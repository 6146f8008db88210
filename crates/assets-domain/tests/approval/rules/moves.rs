//! Rules 6 and 7: what versions become, and how a move is refused.

use assets_domain::{Action, CatalogError, FieldError, NamedBytes, Refusal, Status, Transition as T, VersionStatus as V, machine};

use crate::story::{Story, refusal, status_of};

#[tokio::test]
async fn rule_6_a_version_that_is_sent_back_wants_changes_while_its_asset_is_a_draft() {
    let story = Story::new().await;
    story.asks(&story.maker, T::Submit).await.unwrap();
    let answer = story.asks(&story.ann, T::RequestChanges).await.unwrap();
    assert_eq!((answer.status, answer.latest.status), (Status::Draft, V::ChangesRequested));
    assert_eq!(story.history().await.decisions.last().unwrap().comment.as_ref().unwrap().as_str(), "because");
}

#[tokio::test]
async fn rule_6_a_later_approval_supersedes_the_earlier() {
    let story = Story::approved().await;
    story.adds(&story.maker, "two").await.unwrap();
    story.submits_and_approves().await;
    assert_eq!(story.statuses().await, [V::Superseded, V::Approved]);
}

#[tokio::test]
async fn rule_6_a_revoked_latest_version_makes_its_asset_a_draft() {
    let story = Story::approved().await;
    let answer = story.asks(&story.ann, T::Revoke).await.unwrap();
    assert_eq!((answer.status, answer.latest.status), (Status::Draft, V::Revoked));
    assert_eq!(status_of(story.asks(&story.maker, T::Submit).await), Status::PendingReview, "and it can be submitted again");
}

#[tokio::test]
async fn rule_6_a_pending_version_passed_by_a_newer_one_is_a_draft_again() {
    let story = Story::new().await;
    story.asks(&story.maker, T::Submit).await.unwrap();
    story.adds(&story.maker, "two").await.unwrap();
    assert_eq!(story.statuses().await, [V::Draft, V::Draft]);
}

#[tokio::test]
async fn rule_6_a_pending_version_does_not_wait_in_an_archived_asset() {
    let story = Story::new().await;
    story.asks(&story.maker, T::Submit).await.unwrap();
    story.asks(&story.maker, T::Archive).await.unwrap();
    assert_eq!(status_of(story.asks(&story.maker, T::Restore).await), Status::Draft);
    assert_eq!(story.statuses().await, [V::Draft]);
}

#[tokio::test]
async fn rule_6_new_work_leaves_the_approved_version_alone() {
    let story = Story::approved().await;
    story.adds(&story.maker, "two").await.unwrap();
    story.updates(&story.maker, "Autumn launch").await.unwrap();
    let published = story.world.catalog.approved(&story.ann, story.id).await.unwrap();
    assert_eq!((published.version().number.get(), published.details().title.as_str()), (1, "Spring launch"));
    assert_eq!(story.asset().await.details.title.as_str(), "Autumn launch");
}

/// Everything that can be asked of the asset, by the one who may most, in an order in which nothing succeeds by accident.
async fn refused_moves(story: &Story) -> Vec<(Action, Refusal)> {
    let mut refused = Vec::new();
    for transition in T::ALL {
        let (status, wanted) = (story.asset().await.status, machine::Wanted::Nothing);
        let situation =
            machine::Situation { status, approval_stands: false, ever_approved: true, wanted, one_more: machine::OneMore::Completes };
        if machine::outcome(situation, transition.into()).is_none() {
            refused.push((transition.into(), refusal(story.asks(&story.ann, transition).await)));
        }
    }
    refused
}

#[tokio::test]
async fn rule_7_a_refused_move_says_where_the_asset_stands_and_what_is_legal_now() {
    let story = Story::new().await;
    for (action, refusal) in refused_moves(&story).await {
        let legal = [T::Submit.into(), T::Archive.into(), Action::AddVersion, Action::Rollback, Action::Delete, Action::Update];
        let expected = Refusal::IllegalTransition { action, status: Status::Draft, legal_actions: legal.into() };
        assert_eq!(refusal, expected);
    }
}

#[tokio::test]
async fn rule_7_legal_actions_are_legal_for_this_caller() {
    let story = Story::new().await;
    story.adds(&story.bob, "two").await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    let legal_to = async |by| match refusal(story.asks(by, T::Submit).await) {
        Refusal::IllegalTransition { legal_actions, .. } => legal_actions,
        other => panic!("{other:?}"),
    };
    let writing = [Action::from(T::Withdraw), T::Archive.into(), Action::AddVersion, Action::Rollback, Action::Update];
    assert_eq!(legal_to(&story.maker).await, writing);
    let of_an_author = legal_to(&story.bob).await;
    assert!(of_an_author.contains(&T::RequestChanges.into()) && !of_an_author.contains(&T::Approve.into()));
    assert!(legal_to(&story.ann).await.contains(&T::Approve.into()));
}

#[tokio::test]
async fn rule_7_what_is_said_to_be_legal_succeeds() {
    let story = Story::approved().await;
    story.adds(&story.maker, "two").await.unwrap();
    let Refusal::IllegalTransition { legal_actions, .. } = refusal(story.asks(&story.ann, T::Approve).await) else {
        panic!("approve is not possible in a draft");
    };
    assert!(legal_actions.contains(&T::Revoke.into()) && !legal_actions.contains(&Action::Delete));
    for transition in T::ALL.into_iter().filter(|transition| legal_actions.contains(&Action::from(*transition))) {
        let other = Story::approved().await;
        other.adds(&other.maker, "two").await.unwrap();
        assert!(other.asks(&other.ann, transition).await.is_ok(), "{transition:?}");
    }
}

#[tokio::test]
async fn rule_7_a_refused_call_changes_nothing() {
    let story = Story::approved().await;
    story.adds(&story.bob, "two").await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    let before = (story.history().await, story.world.assets.events(story.world.workspace).len());
    let stale = NamedBytes { digest: Some(assets_domain::Digest::of(b"elsewhere")), version: None };
    for transition in T::ALL {
        assert!(story.decides(&story.ann, transition, stale).await.is_err());
    }
    assert!(story.asks(&story.bob, T::Approve).await.is_err());
    assert!(story.asks(&story.maker, T::Approve).await.is_err());
    assert!(story.asks(&story.ann, T::Restore).await.is_err());
    assert!(story.rolls_back(&story.ann, 9).await.is_err());
    assert!(matches!(story.deletes(&story.ann).await, Err(CatalogError::Refused(Refusal::NotDeletable { .. }))));
    assert_eq!(before, (story.history().await, story.world.assets.events(story.world.workspace).len()));
}

#[tokio::test]
async fn rule_7_a_decision_that_must_say_why_is_refused_without_a_comment_whatever_the_state() {
    let story = Story::new().await;
    for action in [T::RequestChanges, T::Revoke] {
        let request = assets_domain::DecisionRequest::of(action, NamedBytes::default(), None);
        let answer = story.world.catalog.decide(&assets_domain::Call::by(story.ann.clone()), story.id, request).await;
        let expected = [FieldError::of("comment", "missing", "this decision must say why")];
        assert!(matches!(answer, Err(CatalogError::Invalid(errors)) if errors == expected));
    }
}

#[tokio::test]
async fn rule_7_an_approval_or_an_archive_repeated_changes_nothing_and_is_no_error() {
    for (action, status) in [(T::Approve, Status::Approved), (T::Archive, Status::Archived)] {
        let story = Story::approved().await;
        story.asks(&story.ann, action).await.unwrap();
        let before = story.history().await;
        assert_eq!(status_of(story.asks(&story.ann, action).await), status);
        assert_eq!(story.history().await, before);
    }
}

#[tokio::test]
async fn rule_7_only_a_draft_that_was_never_approved_is_deleted() {
    let story = Story::new().await;
    story.asks(&story.maker, T::Submit).await.unwrap();
    assert!(story.deletes(&story.maker).await.is_err());
    story.asks(&story.maker, T::Withdraw).await.unwrap();
    story.deletes(&story.maker).await.unwrap();
    assert!(matches!(story.asks(&story.maker, T::Submit).await, Err(CatalogError::NotFound)));
}
