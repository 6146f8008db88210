//! Rule 5: a rollback carries an approval, or it does not.

use assets_domain::{CatalogError, KeyKind, Policy, Principal, Scope, Status, Transition, VersionStatus};

use crate::story::{Story, approved, number};

/// Approved `one`, and a draft `two` over it.
async fn regenerated() -> Story {
    let story = Story::approved().await;
    story.adds(&story.maker, "two").await.unwrap();
    story
}

async fn is_carried(story: &Story, by: &Principal, to: u32) -> bool {
    let before = story.history().await;
    let after = story.rolls_back(by, to).await.unwrap();
    let approves = story.history().await.decisions.len() > before.decisions.len();
    let is_now_approved = approved(&after) == Some(after.latest.number.get());
    assert_eq!(approves, is_now_approved, "a carried approval is on record, and nothing else is");
    assert_eq!(after.status, if is_now_approved { Status::Approved } else { Status::Draft });
    is_now_approved
}

#[tokio::test]
async fn rule_5_a_rollback_to_bytes_whose_approval_holds_carries_it_and_is_recorded() {
    let story = regenerated().await;
    assert!(is_carried(&story, &story.bob, 1).await);
    let history = story.history().await;
    let (restored, original) = (&history.versions[0], &history.versions[2]);
    assert_eq!(restored.restored_from, Some(number(1)));
    assert_eq!((&restored.content, &restored.provenance), (&original.content, &original.provenance));
    assert_eq!(story.statuses().await, [VersionStatus::Superseded, VersionStatus::Draft, VersionStatus::Approved]);
    let decision = history.decisions.last().unwrap();
    assert_eq!((decision.action, decision.carried_from), (Transition::Approve, Some(number(1))));
    assert_eq!((decision.version, &decision.by), (number(3), &story.bob.actor));
    assert!(decision.bytes_named, "a rollback names its bytes");
}

#[tokio::test]
async fn rule_5_superseded_bytes_are_carried_as_well() {
    let story = regenerated().await;
    story.submits_and_approves().await;
    assert!(is_carried(&story, &story.bob, 1).await);
    assert_eq!(approved(&story.asset().await), Some(3));
}

#[tokio::test]
async fn rule_5_an_approval_can_be_carried_again_and_to_the_latest_itself() {
    let story = Story::approved().await;
    assert!(is_carried(&story, &story.bob, 1).await);
    assert!(is_carried(&story, &story.bob, 2).await);
    assert_eq!(story.statuses().await, [VersionStatus::Superseded, VersionStatus::Superseded, VersionStatus::Approved]);
}

#[tokio::test]
async fn rule_5_an_agents_rollback_is_a_draft_and_leaves_what_stands() {
    let story = regenerated().await;
    let robot = story.somebody(KeyKind::Agent, "robot", &[Scope::All]);
    assert!(!is_carried(&story, &robot, 1).await);
    assert_eq!(approved(&story.asset().await), Some(1));
}

#[tokio::test]
async fn rule_5_a_person_without_the_scope_carries_nothing() {
    let story = regenerated().await;
    let writer = story.somebody(KeyKind::Person, "writer", &[Scope::Read, Scope::Write]);
    assert!(!is_carried(&story, &writer, 1).await);
}

#[tokio::test]
async fn rule_5_an_author_of_the_bytes_carries_nothing_unless_the_policy_allows_it() {
    let story = Story::new().await;
    story.adds(&story.bob, "two").await.unwrap();
    story.submits_and_approves().await;
    assert!(!is_carried(&story, &story.bob, 2).await);
    story.world.set_policy(Policy { allow_self_approval: true, ..Policy::default() });
    assert!(is_carried(&story, &story.bob, 2).await);
}

#[tokio::test]
async fn rule_5_what_was_never_approved_is_not_carried() {
    let story = Story::new().await;
    story.adds(&story.maker, "two").await.unwrap();
    story.submits_and_approves().await;
    assert!(!is_carried(&story, &story.bob, 1).await);
    assert_eq!(approved(&story.asset().await), Some(2));
}

#[tokio::test]
async fn rule_5_what_was_revoked_or_sent_back_since_is_not_carried() {
    for taking_back in [Transition::Revoke, Transition::RequestChanges] {
        let story = Story::approved().await;
        story.asks(&story.ann, taking_back).await.unwrap();
        story.adds(&story.maker, "two").await.unwrap();
        assert!(!is_carried(&story, &story.bob, 1).await, "{taking_back:?}");
    }
}

#[tokio::test]
async fn rule_5_what_was_archived_since_is_not_carried_though_it_was_superseded_before() {
    let story = regenerated().await;
    story.submits_and_approves().await;
    story.asks(&story.ann, Transition::Archive).await.unwrap();
    story.asks(&story.ann, Transition::Restore).await.unwrap();
    for version in [1, 2] {
        assert!(!is_carried(&story, &story.bob, version).await, "version {version}");
    }
}

#[tokio::test]
async fn rule_5_the_newest_verdict_on_the_bytes_rules_whichever_version_it_was_about() {
    let story = Story::approved().await;
    story.adds(&story.maker, "one").await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    story.asks(&story.ann, Transition::RequestChanges).await.unwrap();
    assert!(!is_carried(&story, &story.bob, 1).await, "the same bytes were sent back as version 2");
    story.submits_and_approves().await;
    story.adds(&story.maker, "two").await.unwrap();
    assert!(is_carried(&story, &story.bob, 1).await, "and approved again as version 3");
}

#[tokio::test]
async fn rule_5_a_verdict_on_other_bytes_rules_nothing() {
    let story = regenerated().await;
    story.submits_and_approves().await;
    story.asks(&story.ann, Transition::Revoke).await.unwrap();
    assert!(is_carried(&story, &story.bob, 1).await);
}

#[tokio::test]
async fn rule_5_a_verdict_in_another_asset_rules_nothing() {
    let story = Story::approved().await;
    let other = Story { id: story.world.create_copy(&story.maker, "one").await.id, ..story };
    assert!(!is_carried(&other, &other.bob, 1).await);
}

#[tokio::test]
async fn rule_5_a_rollback_ends_a_review_and_needs_a_version_that_exists() {
    let story = Story::new().await;
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    assert!(matches!(story.rolls_back(&story.maker, 2).await, Err(CatalogError::Invalid(_))));
    assert_eq!(story.asset().await.status, Status::PendingReview);
    story.rolls_back(&story.maker, 1).await.unwrap();
    assert_eq!(story.statuses().await, [VersionStatus::Draft, VersionStatus::Draft]);
}

#[tokio::test]
async fn rule_5_a_carried_approval_is_of_the_details_that_were_approved() {
    let story = Story::approved().await;
    let approved = story.asset().await.details;
    story.updates(&story.maker, "What nobody approved").await.unwrap();
    for version in [1, 2] {
        let working = story.rolls_back(&story.bob, version).await.unwrap();
        assert_eq!(working.details.title.as_str(), "What nobody approved", "the working title stays");
        let shop = story.world.service("shop");
        assert_eq!(story.world.catalog.get(&shop, story.id).await.unwrap().details, approved);
        let decision = story.history().await.decisions.pop().unwrap();
        assert_eq!((decision.carried_from, decision.details), (Some(number(version)), approved.clone()));
        assert!(decision.bytes_named);
    }
}
