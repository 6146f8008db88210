//! Who did what is on record, and whoever changes the record behind the service's back is found out.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::time::{Duration, Instant};

use assets_tests::{App, Caller, Method, Records, Reply, Value, json};

const AUDIT: &str = "/api/v1/admin/audit";
const CHECKPOINTS: &str = "/api/v1/admin/audit/checkpoints";
/// How long what is done in the background may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Entries that a query finds, newest first.
async fn entries(caller: &Caller, query: &str) -> Vec<Value> {
    caller.get(&format!("{AUDIT}?limit=200&{query}")).await.ok()["items"].as_array().unwrap().clone()
}

/// The same once there are so many.
async fn awaited(caller: &Caller, query: &str, count: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = entries(caller, query).await;
        if found.len() >= count {
            assert_eq!(found.len(), count, "{query}: {found:?}");
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{query}: only {found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until everything is sealed.
async fn sealed(caller: &Caller) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = entries(caller, "").await;
        if found.iter().all(|entry| entry["hash"].is_string()) {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "it is not sealed: {found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn checked(app: &App, more: &[&str]) -> (bool, String) {
    let finished = app.command(&[&["fsck", "--audit"], more].concat());
    (finished.success, finished.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_keys_and_deletions_are_told_with_who_did_them_and_in_which_request() {
    let app = App::start().await;
    let owner = app.owner();
    let (robot, ann) = (app.agent("robot").await, app.person("Ann").await);
    let asset = robot.create_copy("Spring is here").await.ok();
    let id = asset["id"].as_str().unwrap();
    let submitted = robot.submit(&asset).await;
    ann.act(&asset, "approve", json!({"version": 1, "comment": "lovely"})).await.ok();
    robot.add_text_version(&asset, "Spring! Is! Here!").await.ok();
    ann.rollback(&asset, 1).await.status(201);
    ann.revoke(&asset, "not any more").await.ok();

    let told = entries(&owner, &format!("asset_id={id}")).await;
    let actions: Vec<&str> = told.iter().rev().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["decision.submit", "decision.approve", "decision.approve", "decision.revoke"]);
    let (approved, carried) = (&told[2], &told[1]);
    assert_eq!(approved["by"], json!({"kind": "person", "key_prefix": ann.prefix(), "name": "Ann"}));
    let decision = &approved["decision"];
    assert_eq!((&decision["from"], &decision["to"]), (&json!("pending_review"), &json!("approved")));
    assert_eq!((&decision["version"], &decision["bytes_named"]), (&json!(1), &json!(true)));
    assert_eq!(decision["digest"], asset["latest_version"]["content"]["digest"]);
    assert_eq!((&carried["decision"]["version"], &carried["decision"]["carried_from"]), (&json!(3), &json!(1)));
    assert_eq!(told[3]["request_id"], json!(submitted.need("x-request-id")));
    assert_eq!(told[3]["decision"]["bytes_named"], json!(false));

    let draft = robot.create_copy("never mind").await.ok();
    robot.delete(&draft).await.status(204);
    let gone = entries(&owner, &format!("asset_id={}", draft["id"].as_str().unwrap())).await;
    assert_eq!((gone.len(), &gone[0]["action"], &gone[0]["by"]["name"]), (1, &json!("asset.deleted"), &json!("robot")));
    assert_eq!(gone[0]["deletion"]["digest"], draft["latest_version"]["content"]["digest"]);

    owner.revoke_key(robot.prefix()).await.status(204);
    owner.revoke_key(robot.prefix()).await.status(204);
    let keys = entries(&owner, "action=key").await;
    let of_robot: Vec<_> = keys.iter().filter(|entry| entry["key"]["prefix"] == robot.prefix()).collect();
    assert_eq!((of_robot.len(), &of_robot[0]["action"], &of_robot[1]["action"]), (2, &json!("key.revoked"), &json!("key.created")));
    assert_eq!(of_robot[1]["key"]["scopes"], json!(["assets:read", "assets:write"]));
    assert_eq!(of_robot[1]["by"]["key_prefix"], json!(owner.prefix()));
    let first = keys.last().unwrap();
    assert_eq!((&first["by"]["kind"], &first["by"]["key_prefix"]), (&json!("operator"), &Value::Null), "the first start is nobody's key");

    let patch = owner.ask(Method::PATCH, "/api/v1/admin/policy").json(json!({"required_approvals": 2})).await;
    patch.status(200);
    let changed = entries(&owner, "action=policy.changed").await;
    let policy = &changed[0]["policy"];
    assert_eq!((changed.len(), &policy["before"]["required_approvals"], &policy["after"]["required_approvals"]), (1, &json!(1), &json!(2)));
    assert_eq!(changed[0]["by"]["key_prefix"], json!(owner.prefix()));

    let numbers: Vec<u64> = sealed(&owner).await.iter().rev().map(|entry| entry["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=u64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>(), "no gaps");
    let (sound, said) = checked(&app, &[]);
    assert!(sound, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_refused_what_is_told_and_repetitions_are_one_entry() {
    let app = App::start().await;
    let owner = app.owner();
    let (robot, ann) = (app.agent("robot").await, app.person("Ann").await);
    let asset = robot.create_copy("Spring is here").await.ok();
    let id = asset["id"].as_str().unwrap();
    let refused = robot.approve(&asset).await;
    refused.problem("human_required");
    robot.keys().await.problem("forbidden_scope");
    ann.approve(&asset).await.problem("illegal_transition");
    let mine = ann.create_copy("of my own").await.ok();
    ann.submit(&mine).await.ok();
    ann.approve(&mine).await.problem("self_approval");
    let digest = &asset["latest_version"]["content"]["digest"];
    let bulk = json!({"asset_id": id, "action": "approve", "version": 1, "digest": digest});
    ann.decide(&[bulk]).await.ok();
    // What is wrong with a request, and what is not there, is nobody's business.
    ann.get(&format!("{AUDIT}?nonsense=1")).await.problem("forbidden_scope");
    ann.act("0192f0c1-2345-7abc-8def-0123456789ab", "approve", json!({})).await.problem("not_found");
    ann.request_changes(&asset, "").await.status(422);
    app.stranger().keys().await.problem("unauthenticated");

    let told = awaited(&owner, "action=refusal", 6).await;
    let mut of: Vec<(&str, &str, &str)> = told
        .iter()
        .map(|entry| {
            let refusal = &entry["refusal"];
            (refusal["attempted"].as_str().unwrap(), refusal["code"].as_str().unwrap(), entry["by"]["name"].as_str().unwrap())
        })
        .collect();
    of.sort_unstable();
    let expected = [
        ("approve_asset", "human_required", "robot"),
        ("approve_asset", "illegal_transition", "Ann"),
        ("approve_asset", "self_approval", "Ann"),
        ("decide_assets", "illegal_transition", "Ann"),
        ("list_api_keys", "forbidden_scope", "robot"),
        ("list_audit", "forbidden_scope", "Ann"),
    ];
    assert_eq!(of, expected);
    let of_robot = entries(&owner, &format!("action=refusal&asset_id={id}&actor=ROBOT")).await;
    assert_eq!((of_robot.len(), &of_robot[0]["asset_id"], &of_robot[0]["refusal"]["count"]), (1, &json!(id), &json!(1)));

    // Again and again: one more entry, when the minute is over or the process ends.
    for _ in 0..30 {
        robot.approve(&asset).await.problem("human_required");
    }
    let mut app = app;
    app.restart().await;
    let of_robot = awaited(&app.owner(), &format!("action=refusal&asset_id={id}&actor=robot"), 2).await;
    assert_eq!(of_robot[0]["refusal"]["count"], json!(30));
    // Whoever varies what is asked for is counted.
    let owner = app.owner();
    for number in 0..100 {
        robot.at(&app).act(&format!("0192f0c1-2345-7abc-8def-{number:012}"), "approve", json!({})).await.problem("human_required");
    }
    let began = Instant::now();
    loop {
        let dropped = entries(&owner, "action=refusals.dropped").await;
        assert!(dropped.iter().all(|entry| entry["by"]["kind"] == "installation"), "{dropped:?}");
        let number: u64 = dropped.iter().map(|entry| entry["dropped"].as_u64().unwrap()).sum();
        if number == 40 {
            break;
        }
        assert!(number < 40 && began.elapsed() < PATIENCE, "{dropped:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (sound, said) = checked(&app, &[]);
    assert!(sound, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_read_page_by_page_by_admins_of_the_workspace_alone() {
    let app = App::start().await;
    app.workspace("other");
    let other = app.key_in("other", "eve", "person", &["*"]);
    let owner = app.owner();
    let robot = app.agent("robot").await;
    let asset = robot.create_copy("Spring is here").await.ok();
    for _ in 0..3 {
        robot.submit(&asset).await.ok();
        robot.withdraw(&asset).await.ok();
    }
    let mut walked = Vec::new();
    let mut query = String::from("action=decision&limit=4");
    loop {
        let page = owner.get(&format!("{AUDIT}?{query}")).await.ok();
        walked.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned()));
        robot.submit(&asset).await.ok();
        robot.withdraw(&asset).await.ok();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("action=decision&limit=4&cursor={cursor}");
    }
    assert_eq!(walked, ["decision.withdraw", "decision.submit"].repeat(3), "what comes later shifts nothing");
    let cursor = owner.get(&format!("{AUDIT}?limit=1")).await.ok()["next_cursor"].as_str().unwrap().to_owned();
    owner.get(&format!("{AUDIT}?limit=1&action=decision&cursor={cursor}")).await.problem("invalid_cursor");
    other.get(&format!("{AUDIT}?limit=1&cursor={cursor}")).await.problem("invalid_cursor");
    let id = asset["id"].as_str().unwrap();
    assert_eq!(entries(&other, &format!("asset_id={id}")).await, [Value::Null; 0]);
    assert_eq!(entries(&other, "").await.len(), 1, "their own key");
    robot.get(CHECKPOINTS).await.problem("forbidden_scope");
    for wrong in ["action=decide", "action=", "asset_id=7", "from=yesterday", "actor=", "order=up", "limit=0"] {
        owner.get(&format!("{AUDIT}?{wrong}")).await.problem("invalid_request");
    }
    sealed(&owner).await;
    let noted = owner.get(CHECKPOINTS).await.ok();
    assert!(noted["items"][0]["signed"].as_str().unwrap().split('.').count() == 3 && noted["next_cursor"].is_null(), "{noted}");
}

/// An installation in which things were decided, and all of it is sealed.
async fn decided() -> (App, Caller, Value) {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    app.command(&["audit", "checkpoint"]).ok();
    let asset = robot.create_copy("Spring is here").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    ann.revoke(&asset, "after all not").await.ok();
    let owner = app.owner();
    sealed(&owner).await;
    let (sound, said) = checked(&app, &[]);
    assert!(sound, "nobody did anything yet: {said}");
    (app, owner, asset)
}

/// The numbers of the entries of an action, oldest first.
async fn numbers(owner: &Caller, action: &str) -> Vec<u64> {
    entries(owner, &format!("action={action}")).await.iter().rev().map(|entry| entry["sequence"].as_u64().unwrap()).collect()
}

/// Checks, and expects to be told this and no more.
fn found(app: &App, more: &[&str], expected: &[String]) {
    let (sound, said) = checked(app, more);
    assert!(!sound, "it was not found: {said}");
    let told: Vec<&str> = said.lines().filter(|line| !line.contains(" entries, ")).collect();
    let expected: Vec<String> = expected.iter().map(|words| format!("default: {words}")).collect();
    assert_eq!(told.len(), expected.len(), "{said}");
    for (line, words) in told.iter().zip(&expected) {
        assert!(line.starts_with(words.as_str()), "{line:?} does not begin with {words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_entry_is_found() {
    let (app, owner, _) = decided().await;
    let approved = numbers(&owner, "decision.approve").await[0];
    let records = Records::to_tamper(&app).await;
    let other = format!("UPDATE audit SET body = replace(body, 'ann', 'bob') WHERE sequence = {approved}");
    records.tamper("audit", &[&other]).await;
    found(&app, &[], &[format!("entry {approved} is not what was sealed: it was edited")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_taken_out_is_found() {
    let (app, owner, asset) = decided().await;
    let approved = numbers(&owner, "decision.approve").await[0];
    let records = Records::to_tamper(&app).await;
    let less = format!("DELETE FROM audit WHERE sequence = {approved}");
    records.tamper("audit", &[&less]).await;
    let untold = format!("no entry tells of the decision of revision 3 of the asset {}", asset["id"].as_str().unwrap());
    found(&app, &[], &[format!("entry {approved} is missing"), untold]);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_have_each_others_places_are_found() {
    let (app, owner, _) = decided().await;
    let (one, other) = (numbers(&owner, "decision.approve").await[0], numbers(&owner, "decision.revoke").await[0]);
    let records = Records::to_tamper(&app).await;
    let swap =
        [(one, 900), (other, one), (900, other)].map(|(from, to)| format!("UPDATE audit SET sequence = {to} WHERE sequence = {from}"));
    records.tamper("audit", &swap.each_ref().map(String::as_str)).await;
    found(&app, &[], &[format!("entries {one} and {other} were swapped")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_cut_off_is_found_even_where_everything_was_cut_off() {
    let (app, owner, asset) = decided().await;
    let elsewhere = app.folder().join("checkpoints");
    std::fs::write(&elsewhere, app.command(&["audit", "checkpoint"]).ok()).unwrap();
    let elsewhere = elsewhere.to_str().unwrap();
    let (sound, said) = checked(&app, &["--checkpoint", elsewhere]);
    assert!(sound, "{said}");
    let last = numbers(&owner, "decision.revoke").await[0];
    let before = last - 1;
    let records = Records::to_tamper(&app).await;
    records.tamper("audit", &[&format!("DELETE FROM audit WHERE sequence = {last}")]).await;
    let untold = format!("no entry tells of the decision of revision 4 of the asset {}", asset["id"].as_str().unwrap());
    found(&app, &[], &[format!("entry {last} is missing"), untold.clone()]);

    // Now so that the hashes, the counter and the checkpoints in the database know nothing of it.
    records.tamper("audit_chain", &[&format!("DELETE FROM audit_chain WHERE sequence = {last}")]).await;
    records.tamper("audit_checkpoints", &[&format!("DELETE FROM audit_checkpoints WHERE sequence >= {last}")]).await;
    records.change(&format!("UPDATE workspaces SET audit_sequence = {before} WHERE name = 'default'")).await;
    records.tamper("decisions", &["DELETE FROM decisions WHERE action = 'revoke'"]).await;
    let (sound, said) = checked(&app, &[]);
    assert!(sound, "what was cut off everywhere can be found from elsewhere alone: {said}");
    found(&app, &["--checkpoint", elsewhere], &[format!("it ends at entry {before}, and the checkpoint of")]);
    let answer = format!("{{\"items\": [{{\"signed\": \"{}\"}}]}}", std::fs::read_to_string(elsewhere).unwrap().trim());
    std::fs::write(elsewhere, answer.replace("eyJ", "eyK")).unwrap();
    assert!(app.command(&["fsck", "--audit", "--checkpoint", elsewhere]).failed().contains("there is no checkpoint in it"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_was_written_anew_is_found_by_the_checkpoints() {
    let (app, owner, _) = decided().await;
    app.command(&["audit", "checkpoint"]).ok();
    let last = numbers(&owner, "decision.revoke").await[0];
    let records = Records::to_tamper(&app).await;
    let other = format!("UPDATE audit SET body = replace(body, 'ann', 'bob') WHERE sequence = {last}");
    records.tamper("audit", &[&other]).await;
    records.tamper("audit_chain", &[&format!("DELETE FROM audit_chain WHERE sequence = {last}")]).await;
    // The service seals what it finds, as a forger would.
    let began = Instant::now();
    while records.number(&format!("SELECT count(*) FROM audit_chain WHERE sequence = {last}")).await == 0 {
        assert!(began.elapsed() < PATIENCE, "it was not sealed anew");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    found(&app, &[], &[format!("the hash of entry {last} is another than in the checkpoint of")]);
    // Nor can a checkpoint be made to fit.
    let fit = format!(
        "UPDATE audit_checkpoints SET hash = (SELECT c.hash FROM audit_chain c WHERE c.sequence = {last} \
         AND c.workspace_id = audit_checkpoints.workspace_id) WHERE sequence = {last}"
    );
    records.tamper("audit_checkpoints", &[&fit]).await;
    found(&app, &[], &[format!("the checkpoint of entry {last} is not to be believed: it says something else than what was signed")]);
    records.tamper("audit_checkpoints", &["DELETE FROM audit_checkpoints"]).await;
    let (sound, said) = checked(&app, &[]);
    assert!(!sound && said.contains("the checkpoints were removed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_not_what_its_entry_says_is_found() {
    let (app, owner, asset) = decided().await;
    let id = asset["id"].as_str().unwrap();
    let approved = numbers(&owner, "decision.approve").await[0];
    let records = Records::to_tamper(&app).await;
    records.tamper("decisions", &["UPDATE decisions SET body = replace(body, 'ann', 'bob') WHERE action = 'approve'"]).await;
    found(&app, &[], &[format!("the decision of revision 3 of the asset {id} is not what entry {approved} says")]);
    records.tamper("decisions", &["DELETE FROM decisions WHERE action = 'approve'"]).await;
    found(&app, &[], &[format!("the decision of revision 3 of the asset {id}, of which entry {approved} tells, is missing")]);
    let put_in = "INSERT INTO decisions (workspace_id, asset_id, revision, action, version, digest, at, body, attestation) \
                  SELECT workspace_id, asset_id, 99, action, version, digest, at + 1, body, attestation FROM decisions WHERE action = 'submit'";
    records.tamper("decisions", &[put_in]).await;
    let gone = format!("the decision of revision 3 of the asset {id}, of which entry {approved} tells, is missing");
    found(&app, &[], &[gone, format!("no entry tells of the decision of revision 99 of the asset {id}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_takes_the_audit_along() {
    let (app, owner, _) = decided().await;
    let there = app.folder().join("there");
    let checkpoint = app.folder().join("checkpoint");
    std::fs::write(&checkpoint, app.command(&["audit", "checkpoint"]).ok()).unwrap();
    let to = ["copy", "--to-data-dir", there.to_str().unwrap()];
    app.command(&to).ok();
    let robot = app.agent("another").await;
    robot.create_copy("more").await.ok();
    app.command(&to).ok();
    let copy = App::over(&there, &[]).await;
    let all = sealed(&owner).await;
    let copied = sealed(&owner.at(&copy)).await;
    assert_eq!(copied, all, "entries and hashes are the same");
    let (sound, said) = checked(&copy, &["--checkpoint", checkpoint.to_str().unwrap()]);
    assert!(sound, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_at_a_moment_can_be_asked_for() {
    let app = App::start().await;
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let asset = robot.create_copy("one").await.ok();
    let id = asset["id"].as_str().unwrap();
    robot.submit(&asset).await.ok();
    let approve = async || ann.approve(&asset).await.ok();
    approve().await;
    robot.add_text_version(&asset, "two").await.ok();
    robot.submit(&asset).await.ok();
    approve().await;
    ann.revoke(&asset, "after all not").await.ok();
    robot.add_text_version(&asset, "three").await.ok();
    robot.submit(&asset).await.ok();
    approve().await;

    let decisions = robot.history(&asset).await.ok()["decisions"].clone();
    let moments: Vec<&str> = decisions.as_array().unwrap().iter().map(|decision| decision["at"].as_str().unwrap()).collect();
    let at = |moment: &str, rest: &str| format!("/api/v1/assets/{id}/approved{rest}?at={moment}");
    let seen = async |by: &Caller, moment: &str| -> String {
        let (version, content): (Reply, Reply) = (by.get(&at(moment, "")).await, by.get(&at(moment, "/content")).await);
        if version.status == 404 {
            version.problem("not_approved");
            content.problem("not_approved");
            return "nothing".to_owned();
        }
        let version = version.ok();
        assert_eq!((&version["status"], content.header("repr-digest").is_some()), (&json!("approved"), true));
        content.text()
    };
    let mut stood = Vec::new();
    for moment in &moments {
        stood.push((seen(&robot, moment).await, seen(&publisher, moment).await));
    }
    let stood: Vec<(&str, &str)> = stood.iter().map(|(all, published)| (all.as_str(), published.as_str())).collect();
    // submit, approve, submit, approve, revoke, submit, approve
    let expected = [
        ("nothing", "nothing"),
        ("one", "nothing"),
        ("one", "nothing"),
        ("two", "nothing"),
        ("nothing", "nothing"),
        ("nothing", "nothing"),
        ("three", "three"),
    ];
    assert_eq!(stood, expected);
    for wrong in ["2999-01-01T00:00:00Z", "yesterday", ""] {
        robot.get(&at(wrong, "")).await.problem("invalid_request");
        robot.get(&at(wrong, "/content")).await.problem("invalid_request");
    }
    let nowhere = "0192f0c1-2345-7abc-8def-0123456789ab";
    let missing = format!("/api/v1/assets/{nowhere}/approved?at={}", moments[1]);
    robot.get(&missing).await.problem("not_found");
    publisher.get(&missing).await.problem("not_approved");
}
