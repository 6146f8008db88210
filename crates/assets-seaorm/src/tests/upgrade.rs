//! What earlier releases kept is found by this one.

use assets_domain::{
    Act, Asset, AssetId, AssetType, AuditQuery, Circumstances, DecisionRequest, Digest, EventFilter, Filter, ListQuery, NamedBytes, Policy,
    PolicyRevision, Quorum, Ruling, SearchTerms, Sort, Status, Transition, VersionStatus, View, WorkspaceId,
    ports::{AssetRepository, AuditTrail, Case, Clock, Events, Ids, KeptPolicy, KeyRepository},
};
use assets_migrations::{Migrations, MigratorTrait};
use assets_testkit::{FixedClock, SequentialIds, fixtures};
use chrono::DateTime;
use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{Expr, InsertStatement, Order, Query},
};

use super::server::empty_database;
use crate::{Database, DatabaseOptions, entity::micros, scope::Scope, snapshot};

/// How many steps there were when a row's id was a number and no more.
const STEPS: u32 = 4;

fn row<const N: usize>(table: &'static str, cells: [(&'static str, Expr); N]) -> InsertStatement {
    let (columns, values): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
    Query::insert().into_table(table).columns(columns).values(values).unwrap().to_owned()
}

/// Keeps a workspace as it was kept when a policy was two columns: whether authors may approve, and whether digests must be named.
async fn keep_workspace(database: &Database, id: WorkspaceId, (allow_self_approval, require_digest): (bool, bool)) {
    let workspace = row(
        "workspaces",
        [
            ("id", Expr::value(id.as_uuid())),
            ("name", Expr::value(format!("acme-{}", id.as_uuid().simple()))),
            ("allow_self_approval", Expr::value(allow_self_approval)),
            ("require_digest", Expr::value(require_digest)),
            ("created_at", Expr::value(0)),
        ],
    );
    let transaction = database.write(Scope::Every).await.unwrap();
    transaction.execute(&workspace).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Keeps a draft as it was kept then.
async fn keep(database: &Database, asset: &Asset, id: i64, words: &str) {
    let parts = asset.parts();
    let workspace = || ("workspace_id", Expr::value(parts.workspace.as_uuid()));
    let asset_id = || ("asset_id", Expr::value(asset.id().as_uuid()));
    let created_at = || ("created_at", Expr::value(micros(parts.created_at)));
    let transaction = database.write(Scope::Every).await.unwrap();
    let head = row("assets", [workspace(), ("id", Expr::value(asset.id().as_uuid())), ("revision", Expr::value(1))]);
    let listed = row(
        "listing",
        [
            ("id", Expr::value(id)),
            workspace(),
            ("view", Expr::value(0)),
            asset_id(),
            ("type", Expr::value("copy")),
            ("status", Expr::value("draft")),
            ("agent", Expr::value("writer")),
            ("digest", Expr::value(vec![0_u8; 32])),
            ("has_approved", Expr::value(false)),
            created_at(),
            ("updated_at", Expr::value(0)),
            ("body", Expr::value(snapshot::write(asset).unwrap())),
        ],
    );
    let tag = ("tag", Expr::value("brand:acme"));
    let tagged =
        row("listing_tags", [workspace(), ("view", Expr::value(0)), tag, created_at(), asset_id(), ("listing_id", Expr::value(id))]);
    for statement in [head, listed, tagged] {
        transaction.execute(&statement).await.unwrap();
    }
    let scope = format!("{}v0", parts.workspace.as_uuid().simple());
    let backend = database.backend();
    let text = match backend {
        DbBackend::Sqlite => "INSERT INTO listing_text (rowid, scope, words) VALUES (?, ?, ?)",
        _ => "INSERT INTO listing_text (id, words) VALUES ($1, array_to_tsvector(string_to_array($2 || ' ' || $3, ' ')))",
    };
    transaction.execute_raw(Statement::from_sql_and_values(backend, text, [id.into(), scope.into(), words.into()])).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Assets whose rows were not kept in the order of their creation, and how they are found after the upgrade.
async fn upgrade(url: String) {
    let database = Database::open(DatabaseOptions::new(url)).await.unwrap();
    Migrations::up(&database.writer, Some(STEPS)).await.unwrap();
    let (clock, ids) = (FixedClock::stepping(), SequentialIds::default());
    let id = WorkspaceId::new(ids.next());
    keep_workspace(&database, id, (false, false)).await;
    let mut all = Vec::new();
    for place in 0..6 {
        // Two of each moment.
        clock.set(FixedClock::start() + chrono::Duration::microseconds(place / 2));
        let new = fixtures::new_asset(AssetType::Copy, &format!("Copy {place}"));
        let content = fixtures::content(AssetType::Copy, b"text");
        let by = fixtures::agent(id, "writer");
        all.push(Asset::create(AssetId::new(ids.next()), new, content, &by, clock.now()).asset().clone());
    }
    for (row, place) in (1..).zip([3, 0, 5, 1, 4, 2]) {
        keep(&database, &all[place], row, &format!("spring {} launch", if place % 2 == 0 { "even" } else { "odd" })).await;
    }
    database.migrate().await.unwrap();

    all.reverse();
    let found = async |words: &str, limit| {
        let filter = Filter { terms: SearchTerms::parse(words).unwrap(), ..Filter::default() };
        let mut query = ListQuery { view: View::Working, filter, sort: Sort::CreatedAt, limit, after: None, with_total: false };
        let mut found = Vec::new();
        loop {
            let page = database.list(id, &query).await.unwrap();
            found.extend(page.items.iter().map(Asset::id));
            query.after = page.next;
            if page.next.is_none() {
                return found;
            }
        }
    };
    for limit in [1, 2, 3, 6] {
        assert_eq!(found("spring laun", limit).await, all.iter().map(Asset::id).collect::<Vec<_>>(), "in pages of {limit}");
        assert_eq!(found("even spring", limit).await, [1, 3, 5].map(|place| all[place].id()), "in pages of {limit}");
    }
    assert_eq!(found("winter", 6).await, []);
    let tags = Filter { tags: [fixtures::tag("brand:acme")].into(), ..Filter::default() };
    let query = ListQuery { view: View::Working, filter: tags, sort: Sort::CreatedAt, limit: 10, after: None, with_total: false };
    assert_eq!(database.list(id, &query).await.unwrap().items.len(), 6, "a tag leads to its row");
}

/// How many steps there were when there was nothing to dismiss.
const STEPS_BEFORE_REVIEW: u32 = 9;

/// Decisions that were made before there was anything to dismiss, and one that dismisses.
async fn upgrade_decisions(url: String) {
    let database = Database::open(DatabaseOptions::new(url)).await.unwrap();
    Migrations::up(&database.writer, Some(STEPS_BEFORE_REVIEW)).await.unwrap();
    let workspace = WorkspaceId::new(SequentialIds::default().next());
    keep_workspace(&database, workspace, (false, false)).await;
    let id = uuid::Uuid::from_u128(7);
    let decision = |revision: i32, action: &str| {
        let cells = [
            ("workspace_id", Expr::value(workspace.as_uuid())),
            ("asset_id", Expr::value(id)),
            ("revision", Expr::value(revision)),
            ("action", Expr::value(action)),
            ("version", Expr::value(1)),
            ("digest", Expr::value(vec![0_u8; 32])),
            ("at", Expr::value(0)),
            ("body", Expr::value("{}")),
            ("attestation", Expr::value(format!("signed {revision}"))),
        ];
        row("decisions", cells)
    };
    let write = async |statements: &[InsertStatement]| {
        let transaction = database.write(Scope::Every).await?;
        for statement in statements {
            transaction.execute(statement).await?;
        }
        transaction.commit().await
    };
    let head = row("assets", [("workspace_id", Expr::value(workspace.as_uuid())), ("id", Expr::value(id)), ("revision", Expr::value(3))]);
    write(&[head, decision(2, "submit"), decision(3, "approve")]).await.unwrap();
    assert!(write(&[decision(4, "dismiss")]).await.is_err(), "nobody knows of that yet");
    database.migrate().await.unwrap();

    write(&[decision(4, "dismiss")]).await.unwrap();
    assert!(write(&[decision(5, "forget")]).await.is_err(), "only what there is can be decided");
    let read = Query::select().columns(["action", "attestation"]).from("decisions").order_by("revision", Order::Asc).to_owned();
    let rows = database.read(Scope::Every).query_all(&read).await.unwrap();
    let kept: Vec<(String, String)> = rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect();
    // The audit begins with how many there were, and of no others it is said that they were before.
    write(&[decision(5, "approve")]).await.unwrap();
    let begun = database.extent(workspace).await.unwrap();
    assert_eq!((begun.counted, begun.last, begun.begun), (1, 1, Some((2, 0))));
    let entry = database.entries(workspace, &AuditQuery { limit: 9, ..AuditQuery::default() }).await.unwrap().remove(0);
    assert_eq!((entry.entry.at, entry.entry.act), (DateTime::UNIX_EPOCH, Act::Begun { decisions: 2, until: 0 }));
    assert_eq!(entry.entry.workspace, workspace);
    let untold = database.unaudited(workspace, None, 9).await.unwrap();
    assert_eq!(untold.iter().map(|row| row.revision).collect::<Vec<_>>(), [2, 3, 4, 5]);
    let expected = [("submit", "signed 2"), ("approve", "signed 3"), ("dismiss", "signed 4")];
    assert_eq!(kept, expected.map(|(action, attestation)| (action.to_owned(), attestation.to_owned())));
}

/// Policies as they were kept then; a version that was submitted then, and is approved now.
async fn upgrade_policies(url: String) {
    let database = Database::open(DatabaseOptions::new(url)).await.unwrap();
    Migrations::up(&database.writer, Some(STEPS)).await.unwrap();
    let (ids, clock) = (SequentialIds::default(), FixedClock::stepping());
    let workspaces = [(false, false), (true, false), (false, true), (true, true)].map(|flags| (WorkspaceId::new(ids.next()), flags));
    for (id, flags) in workspaces {
        keep_workspace(&database, id, flags).await;
    }
    let (home, _) = workspaces[0];
    let writer = fixtures::agent(home, "writer");
    let new = fixtures::new_asset(AssetType::Copy, "Spring");
    let draft =
        Asset::create(AssetId::new(ids.next()), new, fixtures::content(AssetType::Copy, b"text"), &writer, clock.now()).into_asset();
    let mut parts = draft.parts().clone();
    parts.latest.status = VersionStatus::PendingReview;
    parts.submitted_at = Some(clock.now());
    let pending = Asset::from_parts(parts).unwrap();
    assert!(!snapshot::write(&pending).unwrap().contains("round"), "it is kept as it was then");
    keep(&database, &pending, 1, "spring").await;
    database.migrate().await.unwrap();

    for (id, (allow_self_approval, require_digest)) in workspaces {
        let policy = Policy { allow_self_approval, require_digest, ..Policy::default() };
        assert_eq!(database.policy(id).await.unwrap(), Some(KeptPolicy { policy, revision: PolicyRevision::default() }));
    }
    let ann = fixtures::person(home, "ann");
    let Case { asset, policy, by_author, revoked } = database.cases(home, &[pending.id()], &ann.actor).await.unwrap().pop().unwrap();
    assert_eq!((&asset, &policy, by_author, revoked.len()), (&pending, &Policy::default(), false, 0));
    let decide = |policy: Policy| {
        let circumstances = Circumstances { by: &ann, at: clock.now(), policy, by_author, revoked: Vec::new() };
        let request = DecisionRequest::of(Transition::Approve, NamedBytes::default(), None);
        match asset.clone().decide(request, &circumstances) {
            Ok(Ruling::Changed(change)) => change.into_asset(),
            other => panic!("it was to be approved: {other:?}"),
        }
    };
    assert_eq!(decide(policy).status(), Status::Approved, "one person is enough, as then");
    let half = decide(Policy { required_approvals: Quorum::new(2).unwrap(), ..Policy::default() });
    assert_eq!((half.status(), half.parts().round.as_ref().map(|round| round.asked.quorum.get())), (Status::PendingReview, Some(2)));
}

#[tokio::test]
async fn policies_and_reviews_of_before_go_on_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    upgrade_policies(format!("sqlite:{}/assets.db", folder.path().display())).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn policies_and_reviews_of_before_go_on_on_postgres() {
    upgrade_policies(empty_database().await).await;
}

/// How many steps there were when all events were about assets.
const STEPS_BEFORE_FEED: u32 = 10;

/// Events that were kept before they said whether they change what is approved.
async fn upgrade_events(url: String) {
    let database = Database::open(DatabaseOptions::new(url)).await.unwrap();
    Migrations::up(&database.writer, Some(STEPS_BEFORE_FEED)).await.unwrap();
    let ids = SequentialIds::default();
    let workspace = WorkspaceId::new(ids.next());
    keep_workspace(&database, workspace, (false, false)).await;
    let (one, other) = (ids.next(), ids.next());
    let told = [
        ("asset.created", one, None),
        ("asset.created", other, None),
        ("asset.approved", one, Some(1)),
        ("asset.version_added", one, Some(1)),
        ("asset.approved", other, Some(1)),
        ("asset.approved", one, Some(2)),
        ("asset.archived", one, None),
        ("asset.restored", one, None),
    ];
    let transaction = database.write(Scope::Every).await.unwrap();
    for (sequence, (event_type, asset, approved)) in (1..).zip(told) {
        let id = ids.next();
        let body = format!(
            r#"{{"id":"{id}","event_type":"{event_type}","workspace":"{workspace}","asset":"{asset}","version":1,"digest":"{}","#,
            Digest::of(b"text"),
        ) + &format!(
            r#""status":"draft","approved_version":{},"by":{{"key_prefix":"AbCdEfGh","name":"ann","kind":"person"}},"#,
            approved.map_or_else(|| "null".to_owned(), |version: u32| version.to_string()),
        ) + r#""occurred_at":"2026-03-01T12:00:00Z"}"#;
        let cells = [
            ("workspace_id", Expr::value(workspace.as_uuid())),
            ("sequence", Expr::value(sequence)),
            ("id", Expr::value(id)),
            ("type", Expr::value(event_type)),
            ("asset_id", Expr::value(asset)),
            ("body", Expr::value(body)),
            ("occurred_at", Expr::value(0)),
        ];
        transaction.execute(&row("events", cells)).await.unwrap();
    }
    let count = Query::update().table("workspaces").value("event_sequence", 8).to_owned();
    transaction.execute(&count).await.unwrap();
    transaction.commit().await.unwrap();
    database.migrate().await.unwrap();

    let page = database.after(workspace, 0, &EventFilter::default(), 100).await.unwrap();
    let kept: Vec<_> = page.items.iter().map(|told| (told.sequence, told.event.event_type.as_str(), told.event.asset().unwrap())).collect();
    let expected: Vec<_> = (1..).zip(told).map(|(sequence, (event_type, asset, _))| (sequence, event_type, AssetId::new(asset))).collect();
    assert_eq!(kept, expected);
    let changed = EventFilter { approval_changed: true, ..EventFilter::default() };
    let changed = database.after(workspace, 0, &changed, 100).await.unwrap();
    assert_eq!(changed.items.iter().map(|told| told.sequence).collect::<Vec<_>>(), [3, 5, 6, 7]);
    assert!(changed.items.iter().all(|told| told.event.approval_changed()));
    for statement in ["UPDATE events SET type = 'x'", "DELETE FROM events"] {
        let transaction = database.write(Scope::Every).await.unwrap();
        assert!(transaction.execute_unprepared(statement).await.is_err(), "{statement}: events still stay as they are");
    }
}

#[tokio::test]
async fn events_that_were_kept_before_say_what_they_changed_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    upgrade_events(format!("sqlite:{}/assets.db", folder.path().display())).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn events_that_were_kept_before_say_what_they_changed_on_postgres() {
    upgrade_events(empty_database().await).await;
}

#[tokio::test]
async fn decisions_that_were_made_before_stay_as_they_are_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    upgrade_decisions(format!("sqlite:{}/assets.db", folder.path().display())).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn decisions_that_were_made_before_stay_as_they_are_on_postgres() {
    upgrade_decisions(empty_database().await).await;
}

#[tokio::test]
async fn what_was_kept_before_is_found_in_order_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    upgrade(format!("sqlite:{}/assets.db", folder.path().display())).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_was_kept_before_is_found_in_order_on_postgres() {
    upgrade(empty_database().await).await;
}
