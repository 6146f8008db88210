//! Several people for one approval: who counts, what ends a round, and what is told of it.

use assets_domain::{
    Action, AssetView, Call, CatalogError, DecisionRequest, EventType, KeyKind, KeyRecord, NamedBytes, Policy, Principal, Quorum, Refusal,
    Rule, Scope, StatedTerms, Status, Tags, Tally, Terms, Transition as T, ports::KeyRepository,
};
use assets_testkit::{FixedClock, fixtures};
use chrono::Duration;

use crate::story::{Story, approved, naming, refusal, status_of};

fn quorum(people: u8) -> Quorum {
    Quorum::new(people).unwrap()
}

fn policy_of(people: u8) -> Policy {
    Policy { required_approvals: quorum(people), ..Policy::default() }
}

/// A draft in a workspace that asks for so many people.
async fn story_of(people: u8) -> Story {
    let story = Story::new().await;
    story.world.set_policy(policy_of(people));
    story
}

async fn submitted(people: u8) -> Story {
    let story = story_of(people).await;
    story.asks(&story.maker, T::Submit).await.unwrap();
    story
}

async fn has_key(story: &Story, whose: &Principal) {
    let record = KeyRecord {
        workspace: story.world.workspace,
        actor: whose.actor.clone(),
        scopes: whose.scopes.clone(),
        mac: [0; 32],
        created_at: FixedClock::start(),
        expires_at: None,
        revoked_at: None,
    };
    assert!(story.world.assets.add_key(&record, None, &fixtures::key_creation(&record)).await.unwrap());
}

async fn loses_key(story: &Story, whose: &Principal) {
    let (workspace, prefix, at) = (story.world.workspace, &whose.actor.key_prefix, FixedClock::start());
    assert!(story.world.assets.revoke_key(workspace, prefix, at, &fixtures::revocation(workspace, prefix, at)).await.unwrap());
}

/// Who has approved so far, of how many.
fn review(asset: &AssetView) -> (Vec<&str>, u8) {
    let round = asset.review.as_ref().expect("a review is under way");
    (round.consents.iter().map(|consent| consent.by.name.as_str()).collect(), round.required.get())
}

fn last_event(story: &Story) -> EventType {
    story.world.assets.events(story.world.workspace).last().unwrap().event_type
}

async fn tally(story: &Story) -> Tally {
    story.history().await.decisions.last().unwrap().tally()
}

#[tokio::test]
async fn an_asset_waits_until_enough_people_have_approved_it() {
    let story = submitted(2).await;
    let waiting = story.asks(&story.ann, T::Approve).await.unwrap();
    assert_eq!((waiting.status, approved(&waiting), review(&waiting)), (Status::PendingReview, None, (vec!["ann"], 2)));
    assert_eq!(tally(&story).await, Tally { given: 1, required: quorum(2) });
    assert_eq!(last_event(&story), EventType::Updated);
    let publisher = story.world.service("publisher");
    assert!(matches!(story.world.catalog.approved(&publisher, story.id).await, Err(CatalogError::NotApproved)));

    let done = story.asks(&story.bob, T::Approve).await.unwrap();
    assert_eq!((done.status, approved(&done), done.review.clone()), (Status::Approved, Some(1), None));
    assert_eq!(last_event(&story), EventType::Approved);
    let decisions = story.history().await.decisions;
    let last = decisions.last().unwrap();
    assert!(last.is_approval() && !decisions[1].is_approval());
    assert_eq!(last.approvers().iter().map(|approver| approver.by.name.as_str()).collect::<Vec<_>>(), ["ann", "bob"]);
    let seen = story.world.catalog.history(&publisher, story.id).await.unwrap();
    assert_eq!((seen.decisions, seen.asset.review), (vec![last.clone()], None), "a publisher sees the approval and nothing of the way");
}

#[tokio::test]
async fn the_same_person_counts_once_by_whatever_key() {
    let story = submitted(2).await;
    let first = story.asks(&story.ann, T::Approve).await.unwrap();
    let again = story.asks(&story.ann, T::Approve).await.unwrap();
    assert_eq!(again, first, "200, and nothing is written");
    let laptop = story.somebody(KeyKind::Person, "\u{c1}NN", &[Scope::All]);
    assert_ne!(laptop.actor.key_prefix, story.ann.actor.key_prefix);
    assert_eq!(story.asks(&laptop, T::Approve).await.unwrap(), first, "distinct means distinct names, folded");
    assert_eq!(story.history().await.decisions.len(), 2);
}

#[tokio::test]
async fn who_is_counted_is_not_told_to_approve_again() {
    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    let legal = async |by: &Principal| match refusal(story.asks(by, T::Submit).await) {
        Refusal::IllegalTransition { legal_actions, .. } => legal_actions.contains(&Action::from(T::Approve)),
        other => panic!("{other:?}"),
    };
    assert!(!legal(&story.ann).await && legal(&story.bob).await);
}

#[tokio::test]
async fn one_request_for_changes_ends_the_round_and_so_does_whatever_else_ends_the_review() {
    for end in [T::RequestChanges, T::Withdraw, T::Archive] {
        let story = submitted(2).await;
        story.asks(&story.ann, T::Approve).await.unwrap();
        let ended = story.asks(&story.bob, end).await.unwrap();
        assert_eq!(ended.review, None, "{end:?}");
        if end == T::Archive {
            story.asks(&story.bob, T::Restore).await.unwrap();
        }
        story.adds(&story.maker, "two").await.unwrap();
        story.asks(&story.maker, T::Submit).await.unwrap();
        let waiting = story.asks(&story.bob, T::Approve).await.unwrap();
        assert_eq!(review(&waiting).0, ["bob"], "ann's approval is forgotten after {end:?}");
    }
    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    story.adds(&story.maker, "two").await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    assert_eq!(review(&story.asks(&story.bob, T::Approve).await.unwrap()).0, ["bob"], "a new version is another thing");
    assert_eq!(story.rolls_back(&story.maker, 1).await.unwrap().review, None);
}

#[tokio::test]
async fn what_is_called_otherwise_is_to_be_looked_at_again() {
    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    let renamed = story.updates(&story.maker, "Not what ann approved").await.unwrap();
    assert_eq!(review(&renamed), (Vec::new(), 2));
    assert_eq!(status_of(story.asks(&story.bob, T::Approve).await), Status::PendingReview);
    assert_eq!(status_of(story.asks(&story.ann, T::Approve).await), Status::Approved);
}

#[tokio::test]
async fn an_author_counts_for_nothing_among_many_as_alone() {
    let story = story_of(2).await;
    story.adds(&story.bob, "two").await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    story.asks(&story.ann, T::Approve).await.unwrap();
    assert_eq!(refusal(story.asks(&story.bob, T::Approve).await), Refusal::SelfApproval);
}

#[tokio::test]
async fn an_approval_that_the_policy_would_not_take_any_more_does_not_count() {
    let story = story_of(2).await;
    story.world.set_policy(Policy { allow_self_approval: true, ..policy_of(2) });
    story.adds(&story.bob, "two").await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    story.asks(&story.bob, T::Approve).await.unwrap();
    story.world.set_policy(policy_of(2));
    let waiting = story.asks(&story.ann, T::Approve).await.unwrap();
    assert_eq!((waiting.status, review(&waiting).0), (Status::PendingReview, vec!["ann"]), "bob is an author");

    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    story.world.set_policy(Policy { require_digest: true, ..policy_of(2) });
    assert_eq!(refusal(story.asks(&story.bob, T::Approve).await), Refusal::DigestRequired);
    let named = naming(&story.asset().await.latest);
    let waiting = story.decides(&story.bob, T::Approve, named).await.unwrap();
    assert_eq!((waiting.status, review(&waiting).0), (Status::PendingReview, vec!["bob"]), "ann named no digest");
    assert_eq!(status_of(story.decides(&story.ann, T::Approve, named).await), Status::Approved);
}

#[tokio::test]
async fn what_was_approved_by_a_key_that_is_revoked_meanwhile_does_not_count() {
    let story = submitted(2).await;
    let cleo = story.world.person("cleo");
    for whose in [&story.ann, &story.bob, &cleo] {
        has_key(&story, whose).await;
    }
    story.asks(&story.ann, T::Approve).await.unwrap();
    loses_key(&story, &story.ann).await;
    let waiting = story.asks(&story.bob, T::Approve).await.unwrap();
    assert_eq!((waiting.status, review(&waiting).0), (Status::PendingReview, vec!["bob"]));
    assert_eq!(tally(&story).await, Tally { given: 1, required: quorum(2) });
    let other_key = story.somebody(KeyKind::Person, "Ann", &[Scope::All]);
    assert_eq!(status_of(story.asks(&other_key, T::Approve).await), Status::Approved, "ann has a new key, and approves again");
    loses_key(&story, &story.bob).await;
    assert_eq!(story.asset().await.status, Status::Approved, "what was complete stays");
}

#[tokio::test]
async fn the_strictest_of_then_and_now_counts() {
    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    story.world.set_policy(policy_of(1));
    assert_eq!(story.asset().await.status, Status::PendingReview, "to ask for less approves nothing");
    assert_eq!(status_of(story.asks(&story.ann, T::Approve).await), Status::PendingReview, "two were asked for when it was submitted");
    assert_eq!(status_of(story.asks(&story.bob, T::Approve).await), Status::Approved);

    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    story.world.set_policy(policy_of(3));
    let waiting = story.asks(&story.bob, T::Approve).await.unwrap();
    assert_eq!((waiting.status, review(&waiting)), (Status::PendingReview, (vec!["ann", "bob"], 3)), "three are asked for now");
    story.world.set_policy(policy_of(2));
    assert_eq!(story.asset().await.status, Status::PendingReview);
    assert_eq!(status_of(story.asks(&story.bob, T::Approve).await), Status::Approved, "who decides anew may complete it");

    let story = submitted(2).await;
    story.world.set_policy(policy_of(1));
    story.asks(&story.maker, T::Withdraw).await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    assert_eq!(status_of(story.asks(&story.ann, T::Approve).await), Status::Approved, "what is submitted again is asked for less");
}

#[tokio::test]
async fn tags_that_are_taken_off_while_it_waits_make_nothing_easier() {
    let story = Story::new().await;
    let tags = Tags::collect([fixtures::tag("risk:high")]).unwrap();
    let rule = Rule { tags, required_approvals: Some(quorum(2)), ..Rule::default() };
    story.world.set_policy(Policy { rules: vec![rule], ..Policy::default() });
    let tagged = async |tags: &[&str]| {
        let tags = Tags::collect(tags.iter().map(|tag| fixtures::tag(tag))).unwrap();
        let patch = assets_domain::DetailsPatch { tags: Some(tags), ..Default::default() };
        story.world.catalog.update(&Call::by(story.maker.clone()), story.id, patch).await.unwrap()
    };
    tagged(&["risk:high"]).await;
    story.asks(&story.maker, T::Submit).await.unwrap();
    tagged(&[]).await;
    assert_eq!(status_of(story.asks(&story.ann, T::Approve).await), Status::PendingReview);
    story.asks(&story.maker, T::Withdraw).await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    tagged(&["risk:high"]).await;
    assert_eq!(status_of(story.asks(&story.ann, T::Approve).await), Status::PendingReview, "nor do tags that come later");
}

#[tokio::test]
async fn all_who_approve_agree_to_the_same_terms() {
    let story = submitted(3).await;
    let until = |hours| {
        let valid_until = Some(FixedClock::start() + Duration::hours(hours));
        Terms::new(StatedTerms { valid_until, ..StatedTerms::default() }).unwrap()
    };
    let approves = async |by: &Principal, terms: Terms| {
        let request = DecisionRequest { terms, ..DecisionRequest::of(T::Approve, NamedBytes::default(), None) };
        story.world.catalog.decide(&Call::by(by.clone()), story.id, request).await
    };
    approves(&story.ann, until(1)).await.unwrap();
    for by in [&story.ann, &story.bob] {
        assert_eq!(refusal(approves(by, until(2)).await), Refusal::OtherTerms);
    }
    assert_eq!(status_of(approves(&story.bob, Terms::default()).await), Status::PendingReview, "who says nothing agrees");
    let cleo = story.world.person("cleo");
    assert_eq!(status_of(approves(&cleo, until(1)).await), Status::Approved);
    let last = story.history().await.decisions.pop().unwrap();
    assert_eq!(last.terms, until(1));
}

#[tokio::test]
async fn an_approval_is_carried_if_as_many_people_gave_it_as_are_asked_for_now() {
    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    story.asks(&story.bob, T::Approve).await.unwrap();
    story.adds(&story.maker, "two").await.unwrap();
    let carried = story.rolls_back(&story.ann, 1).await.unwrap();
    assert_eq!((carried.status, approved(&carried)), (Status::Approved, Some(3)));
    let decision = story.history().await.decisions.pop().unwrap();
    assert_eq!(decision.tally(), Tally { given: 2, required: quorum(2) });
    let names: Vec<_> = decision.approvers().into_iter().map(|approver| approver.by.name.to_string()).collect();
    assert_eq!(names, ["ann", "bob"], "who carries it on is not among those who gave it");
    story.world.set_policy(policy_of(3));
    let draft = story.rolls_back(&story.ann, 1).await.unwrap();
    assert_eq!((draft.status, approved(&draft)), (Status::Draft, Some(3)), "three would be asked for now");
}

#[tokio::test]
async fn what_waits_for_more_people_says_nothing_of_bytes_that_were_approved_before() {
    let story = Story::approved().await;
    story.world.set_policy(policy_of(2));
    story.adds(&story.maker, "one").await.unwrap();
    story.asks(&story.maker, T::Submit).await.unwrap();
    story.asks(&story.ann, T::Approve).await.unwrap();
    assert_eq!(approved(&story.rolls_back(&story.bob, 1).await.unwrap()), Some(1), "one of two is nothing to carry on");
    story.world.set_policy(policy_of(1));
    assert_eq!(approved(&story.rolls_back(&story.bob, 1).await.unwrap()), Some(4), "the approval of before is");
}

#[tokio::test]
async fn a_draft_that_only_some_approved_was_never_approved() {
    let story = submitted(2).await;
    story.asks(&story.ann, T::Approve).await.unwrap();
    story.asks(&story.maker, T::Withdraw).await.unwrap();
    story.deletes(&story.maker).await.unwrap();
}

#[tokio::test]
async fn whom_the_policy_names_is_told_of_what_is_submitted() {
    let story = Story::new().await;
    story.world.set_policy(Policy { notify: vec!["ann".parse().unwrap()], ..Policy::default() });
    story.asks(&story.maker, T::Submit).await.unwrap();
    let event = story.world.assets.events(story.world.workspace).pop().unwrap();
    let assets_domain::Subject::Asset(told) = event.subject else { panic!("it is about an asset") };
    assert_eq!(told.notify.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ann"]);
}
