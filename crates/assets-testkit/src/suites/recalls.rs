//! What [`Recalls`](assets_domain::ports::Recalls) promises: what was pinned stays pinned, what became of it is noted once, and what is
//! left half done is found by whoever looks, one at a time.

use assets_domain::{
    Approval, Asset, Concern, Event, EventId, Filter, Progress, Recall, RecallId, Spared, Target, Transition, View, WorkspaceId,
    ports::{Beginning, Begun, Receipt, ReceiptId},
};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::{Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::recalls`](crate::suites::recalls).
#[macro_export]
macro_rules! recalls_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            recalls,
            $make,
            [
                nobody_sees_a_recall_before_it_is_made,
                what_became_of_a_target_is_noted_once,
                what_is_left_half_done_is_taken_up_by_one,
                what_was_begun_and_not_made_is_dropped,
                a_recall_is_told_and_its_answer_kept_with_it,
                another_tenant_has_other_recalls,
                whose_word_an_approval_rests_on_is_known_while_it_stands,
            ]
        );
    };
}

fn target(asset: &Asset) -> Target {
    let Approval { version, revision, .. } = asset.standing().expect("an approval stands");
    Target { asset: asset.id(), version: version.number, digest: version.content.digest, approval: *revision }
}

fn recall_of(bench: &Bench, number: u128, targets: &[Target]) -> Recall {
    Recall {
        workspace: bench.workspace,
        id: RecallId::new(Uuid::from_u128(number)),
        by: bench.reviewer().actor,
        filters: vec![("model".to_owned(), "large".to_owned())],
        comment: fixtures::comment("what it was trained on"),
        at: bench.now(),
        concern: Concern { count: targets.len().try_into().unwrap(), first: targets.to_vec(), ..Concern::default() },
        progress: Progress::default(),
    }
}

async fn approved(bench: &Bench, text: &str) -> Asset {
    bench.submit_and_approve(&bench.copy(text, text).await).await
}

async fn make(bench: &Bench, number: u128, targets: &[Target]) -> Recall {
    let (recall, recalls) = (recall_of(bench, number, targets), &bench.repositories.recalls);
    recalls.begin(recall.workspace, recall.id, recall.at).await.unwrap();
    recalls.pin(recall.workspace, recall.id, targets).await.unwrap();
    let event = Event::recalling(EventId::new(Uuid::from_u128(number)), &recall);
    assert!(recalls.make(&recall, &event, None).await.unwrap());
    recall
}

/// Neither by its id, nor in the list, nor as something to go on with.
pub async fn nobody_sees_a_recall_before_it_is_made(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let target = target(&approved(&bench, "one").await);
    let (recall, recalls) = (recall_of(&bench, 1, std::slice::from_ref(&target)), &bench.repositories.recalls);
    recalls.begin(recall.workspace, recall.id, recall.at).await.unwrap();
    recalls.pin(recall.workspace, recall.id, &[target]).await.unwrap();
    let later = bench.now() + TimeDelta::hours(1);
    assert_eq!(recalls.recall(recall.workspace, recall.id).await.unwrap(), None);
    assert_eq!(recalls.recalls(recall.workspace, None, 10).await.unwrap(), []);
    assert_eq!(recalls.take_up(later, later).await.unwrap(), None);
    recalls.abandon(recall.workspace, recall.id).await.unwrap();
    let event = Event::recalling(EventId::new(Uuid::from_u128(1)), &recall);
    assert!(!recalls.make(&recall, &event, None).await.unwrap(), "it is gone");

    let (first, second) = (make(&bench, 2, &[]).await, make(&bench, 3, &[]).await);
    assert_eq!(recalls.recalls(bench.workspace, None, 10).await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(recalls.recalls(bench.workspace, Some(second.id), 10).await.unwrap(), [first]);
}

/// Two may carry it out at once.
pub async fn what_became_of_a_target_is_noted_once(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut targets = Vec::new();
    for text in ["one", "two", "three"] {
        targets.push(target(&approved(&bench, text).await));
    }
    let (recall, recalls) = (make(&bench, 1, &targets).await, &bench.repositories.recalls);
    let (workspace, id) = (recall.workspace, recall.id);
    let open = async || recalls.open_targets(workspace, id, 10).await.unwrap();
    assert_eq!(open().await, targets);
    assert_eq!(recalls.open_targets(workspace, id, 1).await.unwrap(), targets[..1]);

    let ended = [(targets[0].asset, Ok(())), (targets[1].asset, Err(Spared::ApprovedAnew))];
    recalls.settle(workspace, id, &ended, bench.now()).await.unwrap();
    let otherwise = [(targets[0].asset, Err(Spared::AlreadyEnded)), (targets[1].asset, Ok(()))];
    recalls.settle(workspace, id, &otherwise, bench.now()).await.unwrap();
    assert_eq!(open().await, targets[2..]);
    let done = bench.now();
    recalls.settle(workspace, id, &[(targets[2].asset, Ok(()))], done).await.unwrap();
    recalls.finish(workspace, id, done).await.unwrap();
    recalls.finish(workspace, id, bench.now()).await.unwrap();
    let first_left = vec![(targets[1].asset, Spared::ApprovedAnew)];
    let progress = Progress { revoked: 2, left_over: 1, first_left, finished_at: Some(done) };
    assert_eq!(recalls.recall(workspace, id).await.unwrap(), Some(Recall { progress, ..recall }));
}

/// Whoever touched it last has it, until they fall silent.
pub async fn what_is_left_half_done_is_taken_up_by_one(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let targets = [target(&approved(&bench, "one").await), target(&approved(&bench, "two").await)];
    let (recall, recalls) = (make(&bench, 1, &targets).await, &bench.repositories.recalls);
    let place = (recall.workspace, recall.id);
    let later = |seconds| recall.at + TimeDelta::seconds(seconds);
    assert_eq!(recalls.take_up(recall.at, later(1)).await.unwrap(), None, "somebody is at it");
    assert_eq!(recalls.take_up(later(1), later(10)).await.unwrap(), Some(place));
    assert_eq!(recalls.take_up(later(10), later(11)).await.unwrap(), None, "it was taken up");
    recalls.settle(place.0, place.1, &[(targets[0].asset, Ok(()))], later(20)).await.unwrap();
    assert_eq!(recalls.take_up(later(20), later(21)).await.unwrap(), None, "it goes on");
    assert_eq!(recalls.take_up(later(21), later(30)).await.unwrap(), Some(place));
    recalls.finish(place.0, place.1, later(31)).await.unwrap();
    assert_eq!(recalls.take_up(later(99), later(100)).await.unwrap(), None, "it is done");
}

/// What was made stays.
pub async fn what_was_begun_and_not_made_is_dropped(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (recall, recalls) = (make(&bench, 1, &[]).await, &bench.repositories.recalls);
    let (old, fresh) = (RecallId::new(Uuid::from_u128(2)), RecallId::new(Uuid::from_u128(3)));
    recalls.begin(bench.workspace, old, recall.at).await.unwrap();
    recalls.begin(bench.workspace, fresh, recall.at + TimeDelta::hours(2)).await.unwrap();
    assert_eq!(recalls.drop_unmade(recall.at + TimeDelta::hours(1)).await.unwrap(), 1);
    assert_eq!(recalls.drop_unmade(recall.at + TimeDelta::hours(1)).await.unwrap(), 0);
    assert_eq!(recalls.recall(recall.workspace, recall.id).await.unwrap(), Some(recall));
}

/// In one transaction.
pub async fn a_recall_is_told_and_its_answer_kept_with_it(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (recall, recalls) = (recall_of(&bench, 1, &[]), &bench.repositories.recalls);
    let receipt = Receipt { id: ReceiptId::new([7; 32]), answer: b"made".to_vec() };
    let (now, past) = (bench.now(), bench.now() - TimeDelta::hours(1));
    let beginning = Beginning { workspace: bench.workspace, id: receipt.id, body: [1; 32], now, stale_before: past, forget_before: past };
    assert_eq!(bench.repositories.receipts.begin(beginning).await.unwrap(), Begun::Fresh);
    recalls.begin(recall.workspace, recall.id, recall.at).await.unwrap();
    let before = bench.event_count(bench.workspace).await;
    let event = Event::recalling(EventId::new(Uuid::from_u128(1)), &recall);
    assert!(recalls.make(&recall, &event, Some(&receipt)).await.unwrap());
    assert_eq!(bench.event_count(bench.workspace).await, before + 1);
    assert_eq!(bench.repositories.receipts.begin(beginning).await.unwrap(), Begun::Answered(b"made".to_vec()));
}

/// Neither seen nor touched.
pub async fn another_tenant_has_other_recalls(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other: WorkspaceId = bench.add_workspace("elsewhere").await;
    let asset = approved(&bench, "one").await;
    let (recall, recalls) = (make(&bench, 1, &[target(&asset)]).await, &bench.repositories.recalls);
    assert_eq!(recalls.recall(other, recall.id).await.unwrap(), None);
    assert_eq!(recalls.recalls(other, None, 10).await.unwrap(), []);
    assert_eq!(recalls.open_targets(other, recall.id, 10).await.unwrap(), []);
    recalls.abandon(other, recall.id).await.unwrap();
    recalls.finish(other, recall.id, bench.now()).await.ok();
    assert_eq!(recalls.recall(recall.workspace, recall.id).await.unwrap(), Some(recall));
    assert_eq!(recalls.handed(other, &[asset.id()]).await.unwrap(), []);
}

/// Of a superseded approval, and of one that ended, nobody is asked any more.
pub async fn whose_word_an_approval_rests_on_is_known_while_it_stands(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let key = |who: assets_domain::Principal| [who.actor.key_prefix].into();
    let by_ann = Filter { approved_by: key(bench.reviewer()), ..Filter::default() };
    let by_bob = Filter { approved_by: key(fixtures::person(bench.workspace, "bob")), ..Filter::default() };
    let asset = approved(&bench, "one").await;
    for view in [View::Published, View::Working] {
        assert_eq!(bench.titles(view, by_ann.clone()).await, ["one"]);
        assert_eq!(bench.titles(view, by_bob.clone()).await, [""; 0]);
    }
    let newer = bench.add_version(&asset, "newer").await;
    assert_eq!(bench.titles(View::Published, by_ann.clone()).await, ["one"], "it stands");
    let newer = bench.submit_and_approve(&newer).await;
    assert_eq!(bench.titles(View::Published, by_ann.clone()).await, ["one"], "another of hers stands");
    bench.decide(&newer, Transition::Revoke).await;
    for view in [View::Published, View::Working] {
        assert_eq!(bench.titles(view, by_ann.clone()).await, [""; 0]);
    }
}
