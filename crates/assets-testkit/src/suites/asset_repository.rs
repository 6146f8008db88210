//! What [`AssetRepository`](assets_domain::ports::AssetRepository) promises of writing: all of a change is saved, or nothing.

use assets_domain::{
    Asset, AssetType, Digest, EventType, Policy, Transition,
    ports::{Beginning, Begun, Case, CommitError, Receipt, ReceiptId},
};

use crate::{PlainPresenter, Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::asset_repository`](crate::suites::asset_repository).
#[macro_export]
macro_rules! asset_repository_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            asset_repository,
            $make,
            [
                a_created_asset_reads_back_as_it_was_saved,
                every_transition_reads_back_as_it_was_saved,
                an_unknown_asset_is_absent,
                another_workspace_sees_nothing,
                a_lost_race_saves_nothing_at_all,
                of_two_changes_at_once_one_is_saved,
                of_many_changes_each_is_saved_for_itself,
                a_case_is_what_a_decision_asks_for,
                a_case_says_whose_approvals_came_by_keys_that_are_revoked,
                an_approval_does_not_rest_on_a_key_that_is_revoked,
                an_id_is_used_once,
                events_are_numbered_without_gaps,
                workspaces_count_their_events_apart,
                concurrent_commits_leave_no_gap,
                an_event_reads_back_as_it_was_saved,
                a_blob_row_is_saved_with_the_change,
                known_bytes_keep_their_first_row,
                a_retired_blob_is_not_referred_to,
                a_receipt_is_saved_with_the_change,
                a_deleted_asset_is_gone_with_its_history,
                a_deletion_that_comes_too_late_removes_nothing,
                another_workspace_cannot_delete,
            ]
        );
    };
}

/// Everything of a new asset is kept, down to the microsecond and the last character.
pub async fn a_created_asset_reads_back_as_it_was_saved(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let source = bench.copy("The source", "source").await;
    let new = fixtures::full_asset(&source);
    let mut content = fixtures::content(AssetType::Image, b"pixels");
    content.facts = fixtures::full_facts();
    let id = assets_domain::AssetId::new(uuid::Uuid::from_u128(7));
    bench.clock.advance(chrono::Duration::microseconds(1));
    let change = assets_domain::Asset::create(id, new, content, &bench.writer(), bench.now());
    let saved = bench.save(bench.commit(change, Some("pixels"))).await;
    assert_eq!(bench.read(&saved).await.as_ref(), Some(&saved));
    assert_eq!(bench.history(&saved).await.versions, [saved.latest().clone()]);
}

/// Whatever was decided, the asset is read as it was written.
pub async fn every_transition_reads_back_as_it_was_saved(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut asset = bench.copy("Spring", "one").await;
    for action in [Transition::Submit, Transition::Withdraw, Transition::Submit, Transition::RequestChanges, Transition::Submit] {
        asset = bench.decide(&asset, action).await;
        assert_eq!(bench.read(&asset).await.as_ref(), Some(&asset), "after {action:?}");
    }
    asset = bench.decide(&asset, Transition::Approve).await;
    assert_eq!(bench.read(&asset).await.as_ref(), Some(&asset), "after approve");
    asset = bench.update(&asset, fixtures::details("Summer")).await;
    assert_eq!(bench.read(&asset).await.as_ref(), Some(&asset), "after an update that the approval does not know");
    asset = bench.add_version(&asset, "two").await;
    assert_eq!(bench.read(&asset).await.as_ref(), Some(&asset), "after a version on top of an approval that stands");
    for action in [Transition::Revoke, Transition::Submit, Transition::Approve, Transition::Archive, Transition::Restore] {
        asset = bench.decide(&asset, action).await;
        assert_eq!(bench.read(&asset).await.as_ref(), Some(&asset), "after {action:?}");
    }
}

/// Absence is `None`, in every method that reads.
pub async fn an_unknown_asset_is_absent(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let unsaved = bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "Unsaved"), "text").into_asset();
    let assets = &bench.repositories.assets;
    assert_eq!(bench.read(&unsaved).await, None);
    assert_eq!(assets.history(bench.workspace, unsaved.id()).await.unwrap(), None);
    assert_eq!(assets.version(bench.workspace, unsaved.id(), unsaved.latest().number).await.unwrap(), None);
    assert_eq!(assets.newest_verdict(bench.workspace, unsaved.id(), &Digest::of(b"text")).await.unwrap(), None);
    assert!(!assets.is_author(bench.workspace, unsaved.id(), &Digest::of(b"text"), &bench.writer().actor).await.unwrap());
}

/// For another workspace the rows of this one do not exist.
pub async fn another_workspace_sees_nothing(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Ours", "ours").await).await;
    let other = bench.add_workspace("other").await;
    let assets = &bench.repositories.assets;
    let digest = asset.latest().content.digest;
    assert_eq!(assets.asset(other, asset.id()).await.unwrap(), None);
    assert_eq!(assets.history(other, asset.id()).await.unwrap(), None);
    assert_eq!(assets.ready_history(other, asset.id(), PlainPresenter::EDITION).await.unwrap(), None);
    assert_eq!(assets.version(other, asset.id(), asset.latest().number).await.unwrap(), None);
    assert_eq!(assets.newest_verdict(other, asset.id(), &digest).await.unwrap(), None);
    assert!(!assets.is_author(other, asset.id(), &digest, &bench.writer().actor).await.unwrap());
    let source = assets_domain::Source { asset_id: asset.id(), version: asset.latest().number };
    assert_eq!(assets.missing_source(other, &[source]).await.unwrap(), Some(0));
    assert_eq!(bench.repositories.ledger.blob(other, &digest).await.unwrap(), None);
    assert_eq!(bench.event_count(other).await, 0);
}

/// A change to a revision that has passed leaves no version, decision, event, blob or receipt behind.
pub async fn a_lost_race_saves_nothing_at_all(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let (id, now) = (ReceiptId::new([1; 32]), bench.now());
    bench
        .repositories
        .receipts
        .begin(Beginning { workspace: bench.workspace, id, body: [2; 32], now, stale_before: now, forget_before: now })
        .await
        .unwrap();
    let reviewed = bench.decide(&asset, Transition::Submit).await;
    let (history, events) = (bench.history(&reviewed).await, bench.event_count(bench.workspace).await);

    let mut late = bench.commit(bench.version_on(&asset, "late"), Some("late"));
    late.receipt = Some(Receipt { id, answer: b"saved".to_vec() });
    assert!(matches!(bench.try_save(&late).await, Err(CommitError::Conflict)));
    let late_decision = bench.commit(bench.decision(&asset, Transition::Submit), None);
    assert!(matches!(bench.try_save(&late_decision).await, Err(CommitError::Conflict)));

    assert_eq!(bench.history(&reviewed).await, history);
    assert_eq!(bench.event_count(bench.workspace).await, events);
    assert_eq!(bench.repositories.ledger.blob(bench.workspace, &Digest::of(b"late")).await.unwrap(), None);
    let begun = bench
        .repositories
        .receipts
        .begin(Beginning { workspace: bench.workspace, id, body: [2; 32], now, stale_before: now, forget_before: now })
        .await
        .unwrap();
    assert_eq!(begun, Begun::Running);
    let writer = bench.writer();
    assert!(!bench.repositories.assets.is_author(bench.workspace, asset.id(), &Digest::of(b"late"), &writer.actor).await.unwrap());
}

/// Compare-and-swap holds when writers really run at once.
pub async fn of_two_changes_at_once_one_is_saved(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let commits: Vec<_> = ["two", "three", "four", "five"].map(|text| bench.commit(bench.version_on(&asset, text), Some(text))).into();
    let outcomes = futures_util::future::join_all(commits.iter().map(|commit| bench.try_save(commit))).await;
    let conflicts = outcomes.iter().filter(|outcome| matches!(outcome, Err(CommitError::Conflict))).count();
    let winner = outcomes.into_iter().find_map(Result::ok).expect("one change is saved");
    assert_eq!(conflicts, 3);
    assert_eq!(bench.history(&asset).await.asset, winner);
    assert_eq!(bench.history(&asset).await.versions.len(), 2);
    assert_eq!(bench.event_count(bench.workspace).await, 2);
}

/// What is brought together is saved or refused one by one, and all that is saved is told to others in its order.
pub async fn of_many_changes_each_is_saved_for_itself(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (first, late, last) = (bench.copy("First", "one").await, bench.copy("Late", "two").await, bench.copy("Last", "three").await);
    let commits = [&first, &late, &last].map(|asset| bench.commit(bench.decision(asset, Transition::Submit), None));
    let changed = bench.update(&late, fixtures::details("Changed meanwhile")).await;
    let outcomes = bench.repositories.assets.commit_each(&commits).await;
    assert!(matches!(outcomes[..], [Ok(()), Err(CommitError::Conflict), Ok(())]), "{outcomes:?}");
    let [submitted, _, also_submitted] = &commits;
    for (asset, now) in [(&first, submitted.change.asset()), (&late, &changed), (&last, also_submitted.change.asset())] {
        assert_eq!(bench.read(asset).await.as_ref(), Some(now));
    }
    assert_eq!(bench.history(&late).await.decisions, []);
    assert_eq!(bench.event_count(bench.workspace).await, 6);
    let told: Vec<_> = bench.repositories.events.events(bench.workspace).await.into_iter().skip(4).map(|told| told.event).collect();
    assert_eq!(told, [submitted.event.clone(), also_submitted.event.clone()]);
}

/// The asset as it stands, whether the caller added the bytes of its latest version, and what the workspace asks for. What is
/// not there, or is another's, is left out.
pub async fn a_case_is_what_a_decision_asks_for(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (one, two) = (bench.copy("One", "one").await, bench.submit_and_approve(&bench.copy("Two", "two").await).await);
    let unknown = bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "Unsaved"), "text").into_asset();
    let ids = [one.id(), unknown.id(), two.id()];
    let assets = &bench.repositories.assets;
    for (by, by_author) in [(bench.writer(), true), (bench.reviewer(), false)] {
        let mut cases = assets.cases(bench.workspace, &ids, &by.actor).await.unwrap();
        cases.sort_by_key(|case| case.asset.id());
        let expected = [&one, &two].map(|asset| Case { asset: asset.clone(), policy: Policy::default(), by_author, revoked: Vec::new() });
        assert_eq!(cases, expected);
    }
    let edited = bench.add_version_by(&bench.reviewer(), &one, one.latest().provenance.clone(), "another").await;
    let case = assets.cases(bench.workspace, &[one.id()], &bench.writer().actor).await.unwrap().pop().expect("there is one");
    assert_eq!((case.asset, case.by_author), (edited, false));
    let other = bench.add_workspace("other").await;
    assert_eq!(assets.cases(other, &ids, &bench.writer().actor).await.unwrap(), []);
}

/// Of those who approved in the review that is under way, those whose keys are revoked are known, and no others.
pub async fn a_case_says_whose_approvals_came_by_keys_that_are_revoked(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (ann, stranger) = (bench.reviewer(), fixtures::person(bench.workspace, "stranger"));
    bench.add_key(&ann).await;
    bench.add_key(&stranger).await;
    let (half, whole) = (bench.half_approved(&bench.copy("Half", "half").await).await, bench.copy("Whole", "whole").await);
    assert_eq!(bench.read(&half).await.as_ref(), Some(&half), "a round reads back as it was saved");
    let revoked = async |asset: &Asset| {
        let cases = bench.repositories.assets.cases(bench.workspace, &[asset.id()], &stranger.actor).await.unwrap();
        cases.into_iter().next().expect("there is one").revoked
    };
    bench.revoke_key(&stranger).await;
    assert_eq!(revoked(&half).await, []);
    bench.revoke_key(&ann).await;
    assert_eq!(revoked(&half).await, std::slice::from_ref(&ann.actor.key_prefix));
    assert_eq!(revoked(&whole).await, [], "nobody approved that one");
    let withdrawn = bench.decide(&half, Transition::Withdraw).await;
    assert_eq!(revoked(&withdrawn).await, [], "the review is over");
}

/// A key that is revoked after somebody looked, and before what was decided is saved, keeps it from being saved.
pub async fn an_approval_does_not_rest_on_a_key_that_is_revoked(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (ann, bob) = (bench.reviewer(), fixtures::person(bench.workspace, "bob"));
    for whose in [&ann, &bob] {
        bench.add_key(whose).await;
    }
    let (one, two) = (bench.copy("One", "one").await, bench.copy("Two", "two").await);
    let (one, two) = (bench.half_approved(&one).await, bench.half_approved(&two).await);
    let completed = bench.save(bench.commit(bench.decision_of_two(&one, Transition::Approve, &bob), None)).await;
    assert_eq!(bench.read(&one).await.as_ref(), Some(&completed));
    assert!(completed.standing().is_some());

    let late = bench.commit(bench.decision_of_two(&two, Transition::Approve, &bob), None);
    bench.revoke_key(&ann).await;
    assert!(matches!(bench.try_save(&late).await, Err(CommitError::Conflict)));
    assert_eq!(bench.read(&two).await.as_ref(), Some(&two));
    let withdrawn = bench.decide(&two, Transition::Withdraw).await;
    assert_eq!(bench.read(&two).await.as_ref(), Some(&withdrawn), "what rests on no approval is saved all the same");
}

/// To create what is there already is a conflict.
pub async fn an_id_is_used_once(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let commit = bench.commit(bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "First"), "one"), Some("one"));
    let asset = bench.save(commit.clone()).await;
    assert!(matches!(bench.try_save(&commit).await, Err(CommitError::Conflict)));
    assert_eq!(bench.read(&asset).await, Some(asset));
    assert_eq!(bench.event_count(bench.workspace).await, 1);
}

/// Every commit and every deletion is one event, whose number is one more than that of the event before.
pub async fn events_are_numbered_without_gaps(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let asset = bench.add_version(&asset, "two").await;
    let asset = bench.submit_and_approve(&asset).await;
    bench.update(&asset, fixtures::details("Summer")).await;
    bench.delete(&bench.copy("Gone", "gone").await).await;
    assert_eq!(bench.event_count(bench.workspace).await, 7);
    let types: Vec<EventType> =
        bench.repositories.events.events(bench.workspace).await.into_iter().map(|numbered| numbered.event.event_type).collect();
    use EventType as E;
    assert_eq!(types, [E::Created, E::VersionAdded, E::Submitted, E::Approved, E::Updated, E::Created, E::Deleted]);
}

/// Each workspace has a sequence of its own.
pub async fn workspaces_count_their_events_apart(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    bench.copy("Ours", "one").await;
    bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Theirs"), "one").await;
    bench.copy("Ours again", "two").await;
    assert_eq!(bench.event_count(bench.workspace).await, 2);
    assert_eq!(bench.event_count(other.workspace).await, 1);
}

/// Numbers have no gap either when many commit at once.
pub async fn concurrent_commits_leave_no_gap(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let commits: Vec<_> = (0..16)
        .map(|place| format!("text {place}"))
        .map(|text| bench.commit(bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, &text), &text), Some(&text)))
        .collect();
    for outcome in futures_util::future::join_all(commits.iter().map(|commit| bench.try_save(commit))).await {
        outcome.expect("changes to different assets do not meet");
    }
    assert_eq!(bench.event_count(bench.workspace).await, 16);
}

/// What others are told is what happened.
pub async fn an_event_reads_back_as_it_was_saved(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let commit = bench.commit(bench.decision(&asset, Transition::RequestChanges), None);
    bench.save(commit.clone()).await;
    let last = bench.repositories.events.events(bench.workspace).await.pop().expect("there are events");
    assert_eq!(last.event, commit.event);
    let deletion = bench.deletion(&bench.copy("Gone", "gone").await);
    bench.repositories.assets.delete(&deletion).await.unwrap();
    let last = bench.repositories.events.events(bench.workspace).await.pop().expect("there are events");
    assert_eq!(last.event, deletion.event);
}

/// From the commit on, the ledger knows where the bytes lie.
pub async fn a_blob_row_is_saved_with_the_change(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let commit = bench.commit(bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "Spring"), "Été"), Some("Été"));
    bench.save(commit.clone()).await;
    let row = bench.repositories.ledger.blob(bench.workspace, &Digest::of("Été".as_bytes())).await.unwrap();
    assert_eq!(row, commit.blob.map(|new| new.blob));
}

/// If the workspace has the bytes already, its row stays as it is; another workspace has a row of its own.
pub async fn known_bytes_keep_their_first_row(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let digest = Digest::of(b"the same");
    bench.copy("First", "the same").await;
    let first = bench.repositories.ledger.blob(bench.workspace, &digest).await.unwrap().expect("the bytes are known");
    bench.copy("Second", "the same").await;
    assert_eq!(bench.repositories.ledger.blob(bench.workspace, &digest).await.unwrap().as_ref(), Some(&first));
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Theirs"), "the same").await;
    let theirs = bench.repositories.ledger.blob(other.workspace, &digest).await.unwrap().expect("the bytes are known");
    assert_ne!(theirs.key, first.key);
}

/// Bytes whose file is about to be removed must be sent again, and nothing is saved.
pub async fn a_retired_blob_is_not_referred_to(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let commit = bench.commit(bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "Slow"), "slow"), Some("slow"));
    let key = &commit.blob.as_ref().expect("bytes came in").blob.key;
    assert!(bench.repositories.ledger.retire_orphan(key, bench.now()).await.unwrap());
    assert!(matches!(bench.try_save(&commit).await, Err(CommitError::BlobRetired)));
    assert_eq!(bench.read(commit.change.asset()).await, None);
    assert_eq!(bench.event_count(bench.workspace).await, 0);
    assert_eq!(bench.repositories.ledger.blob(bench.workspace, &Digest::of(b"slow")).await.unwrap(), None);
}

/// The answer to a request is kept by the commit that makes it true.
pub async fn a_receipt_is_saved_with_the_change(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (id, now) = (ReceiptId::new([1; 32]), bench.now());
    bench
        .repositories
        .receipts
        .begin(Beginning { workspace: bench.workspace, id, body: [2; 32], now, stale_before: now, forget_before: now })
        .await
        .unwrap();
    let mut commit = bench.commit(bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "Spring"), "one"), Some("one"));
    commit.receipt = Some(Receipt { id, answer: b"201 Created".to_vec() });
    bench.save(commit).await;
    let begun = bench
        .repositories
        .receipts
        .begin(Beginning { workspace: bench.workspace, id, body: [2; 32], now, stale_before: now, forget_before: now })
        .await
        .unwrap();
    assert_eq!(begun, Begun::Answered(b"201 Created".to_vec()));
}

/// Nothing of a deleted asset is left but its events.
pub async fn a_deleted_asset_is_gone_with_its_history(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let asset = bench.decide(&bench.decide(&asset, Transition::Submit).await, Transition::Withdraw).await;
    let stays = bench.copy("Stays", "one").await;
    bench.delete(&asset).await;
    let assets = &bench.repositories.assets;
    assert_eq!(bench.read(&asset).await, None);
    assert_eq!(assets.history(bench.workspace, asset.id()).await.unwrap(), None);
    assert_eq!(assets.version(bench.workspace, asset.id(), asset.latest().number).await.unwrap(), None);
    assert!(!assets.is_author(bench.workspace, asset.id(), &Digest::of(b"one"), &bench.writer().actor).await.unwrap());
    assert_eq!(bench.read(&stays).await, Some(stays));
    assert!(matches!(assets.delete(&bench.deletion(&asset)).await, Err(CommitError::Conflict)));
}

/// A deletion that was decided on an earlier revision is a conflict.
pub async fn a_deletion_that_comes_too_late_removes_nothing(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let submitted = bench.decide(&asset, Transition::Submit).await;
    assert!(matches!(bench.repositories.assets.delete(&bench.deletion(&asset)).await, Err(CommitError::Conflict)));
    assert_eq!(bench.read(&submitted).await, Some(submitted));
    assert_eq!(bench.event_count(bench.workspace).await, 2);
}

/// The asset of another workspace is no asset.
pub async fn another_workspace_cannot_delete(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Ours", "one").await;
    let other = bench.add_workspace("other").await;
    let mut deletion = bench.deletion(&asset);
    deletion.workspace = other;
    deletion.event.workspace = other;
    assert!(matches!(bench.repositories.assets.delete(&deletion).await, Err(CommitError::Conflict)));
    assert_eq!(bench.read(&asset).await, Some(asset));
    assert_eq!(bench.event_count(other).await, 0);
}
