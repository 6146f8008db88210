//! Rules 3 and 4: decisions, and taking them back, are about bytes.

use std::sync::Arc;

use assets_domain::{
    Asset, Call, CatalogError, Digest, NamedBytes, Policy, Ports, Refusal, Revision, Status, Transition, VersionStatus,
    ports::{Case, CommitError},
};
use assets_testkit::TestWorld;

use super::rows::MockRows;
use crate::{
    cast,
    story::{Story, approved, naming, number, refusal, status_of},
};

fn is_stale(refusal: Refusal, version_now: u32) -> bool {
    matches!(refusal, Refusal::StaleVersion { version, .. } if version == number(version_now))
}

#[tokio::test]
async fn rule_3_a_decision_on_a_stale_version_is_refused_by_number_and_by_digest() {
    let story = Story::new().await;
    let first = story.asset().await.latest;
    story.adds(&story.maker, "two").await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let by_number = NamedBytes { version: Some(first.number), digest: None };
    let by_digest = NamedBytes { version: None, digest: Some(first.content.digest) };
    for named in [by_number, by_digest, naming(&first)] {
        for action in [Transition::Approve, Transition::RequestChanges, Transition::Withdraw, Transition::Archive] {
            assert!(is_stale(refusal(story.decides(&story.ann, action, named).await), 2), "{action:?}");
        }
    }
    assert_eq!(story.asset().await.status, Status::PendingReview);
}

#[tokio::test]
async fn rule_3_number_and_digest_must_both_be_right() {
    let story = Story::new().await;
    let first = story.asset().await.latest;
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let mixed = NamedBytes { digest: Some(Digest::of(b"something else")), ..naming(&first) };
    assert!(is_stale(refusal(story.decides(&story.ann, Transition::Approve, mixed).await), 1));
    let answer = story.decides(&story.ann, Transition::Approve, naming(&first)).await.unwrap();
    assert_eq!(answer.approved.unwrap().content.digest, first.content.digest);
}

#[tokio::test]
async fn rule_3_a_revocation_is_about_the_standing_version() {
    let story = Story::approved().await;
    let first = story.asset().await.latest;
    let second = story.adds(&story.maker, "two").await.unwrap().latest;
    assert!(is_stale(refusal(story.decides(&story.ann, Transition::Revoke, naming(&second)).await), 1));
    let answer = story.decides(&story.ann, Transition::Revoke, naming(&first)).await.unwrap();
    assert_eq!(approved(&answer), None);
    assert_eq!(story.history().await.decisions.last().unwrap().digest, first.content.digest);
}

#[tokio::test]
async fn rule_3_a_revocation_sent_again_is_not_stale_but_over() {
    let story = Story::approved().await;
    let first = story.asset().await.latest;
    story.adds(&story.maker, "two").await.unwrap();
    story.decides(&story.ann, Transition::Revoke, naming(&first)).await.unwrap();
    let again = refusal(story.decides(&story.ann, Transition::Revoke, naming(&first)).await);
    assert!(matches!(again, Refusal::IllegalTransition { status: Status::Draft, .. }));
}

#[tokio::test]
async fn rule_3_without_a_name_it_is_about_the_latest_and_the_record_says_so() {
    let story = Story::new().await;
    story.adds(&story.maker, "two").await.unwrap();
    let latest = story.asks(&story.maker, Transition::Submit).await.unwrap().latest;
    let answer = story.asks(&story.ann, Transition::Approve).await.unwrap();
    assert_eq!(answer.approved.unwrap().number, latest.number, "the answer names what was decided");
    story.decides(&story.ann, Transition::Revoke, naming(&latest)).await.unwrap();
    let decisions = story.history().await.decisions;
    let named: Vec<bool> = decisions.iter().map(|decision| decision.bytes_named).collect();
    assert_eq!(named, [false, false, true]);
    assert!(decisions.iter().all(|decision| decision.digest == latest.content.digest));
}

#[tokio::test]
async fn rule_3_the_policy_may_require_the_digest() {
    let story = Story::new().await;
    story.world.set_policy(Policy { require_digest: true, ..Policy::default() });
    let first = story.asset().await.latest;
    let by_number = NamedBytes { version: Some(first.number), digest: None };
    for named in [NamedBytes::default(), by_number] {
        assert_eq!(refusal(story.decides(&story.maker, Transition::Submit, named).await), Refusal::DigestRequired);
    }
    assert_eq!(status_of(story.decides(&story.maker, Transition::Submit, naming(&first)).await), Status::PendingReview);
}

#[tokio::test]
async fn rule_3_that_the_digest_must_be_named_is_said_before_anything_of_the_moment() {
    let story = Story::new().await;
    story.world.set_policy(Policy { require_digest: true, ..Policy::default() });
    let another = NamedBytes { version: Some(number(2)), digest: None };
    assert_eq!(refusal(story.decides(&story.maker, Transition::Submit, another).await), Refusal::DigestRequired);
    let call = Call { if_match: Some(Revision::new(7)), ..Call::by(story.maker.clone()) };
    let late = story.world.catalog.submit(&call, story.id, NamedBytes::default(), None).await;
    assert_eq!(refusal(late), Refusal::DigestRequired);
}

#[tokio::test]
async fn rule_3_an_approval_that_lost_a_race_against_new_bytes_is_judged_anew_and_refused() {
    let maker = cast::agent("maker");
    let draft = Asset::create(cast::ASSET, cast::new_asset(), cast::content("one"), &maker, cast::noon()).into_asset();
    let mut parts = draft.parts().clone();
    parts.latest.status = VersionStatus::PendingReview;
    let pending = Asset::from_parts(parts).unwrap();
    let first = pending.latest().clone();
    let passed =
        pending.clone().add_version(cast::content("two"), cast::provenance(), None, Vec::new(), &cast::circumstances(&maker, true));
    let passed = passed.unwrap().into_asset();

    let mut rows = MockRows::new();
    let mut reads = [pending, passed].into_iter();
    let read = move |asset| Case { asset, policy: Policy::default(), by_author: false, revoked: Vec::new() };
    rows.expect_cases().times(2).returning(move |_, _, _| Ok(reads.next().map(read).into_iter().collect()));
    rows.expect_commit().times(1).returning(|_| Err(CommitError::Conflict));
    let world = TestWorld::rewired(|ports| Ports { assets: Arc::new(rows), ..ports });
    let call = assets_domain::Call::by(world.person("ann"));
    let answer = world.catalog.approve(&call, cast::ASSET, naming(&first), None).await;
    assert!(is_stale(refusal(answer), 2));
}

#[tokio::test]
async fn rule_4_a_revocation_never_falls_back_to_an_earlier_approval() {
    let story = Story::approved().await;
    story.adds(&story.maker, "two").await.unwrap();
    story.submits_and_approves().await;
    let answer = story.asks(&story.ann, Transition::Revoke).await.unwrap();
    assert_eq!((answer.status, approved(&answer)), (Status::Draft, None));
    assert_eq!(story.statuses().await, [VersionStatus::Superseded, VersionStatus::Revoked]);
    let nothing = story.world.catalog.approved(&story.ann, story.id).await;
    assert!(matches!(nothing, Err(CatalogError::NotApproved)));
}

#[tokio::test]
async fn rule_4_request_changes_on_a_version_with_the_standing_digest_revokes_that_approval() {
    let story = Story::approved().await;
    story.adds(&story.maker, "one").await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let answer = story.asks(&story.ann, Transition::RequestChanges).await.unwrap();
    assert_eq!((answer.status, approved(&answer)), (Status::Draft, None));
    assert_eq!(story.statuses().await, [VersionStatus::Revoked, VersionStatus::ChangesRequested]);
}

#[tokio::test]
async fn rule_4_request_changes_on_other_bytes_leaves_the_approval() {
    let story = Story::approved().await;
    story.adds(&story.maker, "two").await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let answer = story.asks(&story.ann, Transition::RequestChanges).await.unwrap();
    assert_eq!((answer.status, approved(&answer)), (Status::Draft, Some(1)));
    assert_eq!(story.statuses().await, [VersionStatus::Approved, VersionStatus::ChangesRequested]);
}

#[tokio::test]
async fn rule_4_archive_ends_every_approval_and_restore_brings_none_back() {
    let story = Story::approved().await;
    story.adds(&story.maker, "two").await.unwrap();
    assert_eq!(approved(&story.asks(&story.ann, Transition::Archive).await.unwrap()), None);
    let restored = story.asks(&story.ann, Transition::Restore).await.unwrap();
    assert_eq!((restored.status, approved(&restored)), (Status::Draft, None));
    assert_eq!(story.statuses().await, [VersionStatus::Revoked, VersionStatus::Draft]);
}

#[tokio::test]
async fn rule_4_links_die_with_what_is_taken_back_and_with_nothing_else() {
    let story = Story::new().await;
    let mut epoch = story.asset().await.link_epoch;
    story.submits_and_approves().await;
    story.adds(&story.maker, "two").await.unwrap();
    story.submits_and_approves().await;
    story.rolls_back(&story.ann, 1).await.unwrap();
    assert_eq!(story.asset().await.link_epoch, epoch, "new versions, submit and approve leave links");
    for action in [Transition::RequestChanges, Transition::Archive] {
        let now = story.asks(&story.ann, action).await.unwrap().link_epoch;
        assert!(now > epoch, "{action:?} takes links back");
        epoch = now;
    }
    assert_eq!(story.asks(&story.ann, Transition::Restore).await.unwrap().link_epoch, epoch);
    story.submits_and_approves().await;
    assert!(story.asks(&story.ann, Transition::Revoke).await.unwrap().link_epoch > epoch);
}
