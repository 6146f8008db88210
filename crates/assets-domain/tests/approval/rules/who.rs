//! Rules 1 and 2: who decides.

use std::sync::Arc;

use assets_domain::{
    Action, Actor, AssetType, Call, CatalogError, Denied, Grantor, KeyError, KeyKind, KeyRecord, NewKey, NewVersion, Policy, Ports,
    Principal, Refusal, Remember, Scope, Source, StatedProvenance, Status, Transition,
    ports::{Beginning, Begun, Clock, ReceiptId, Receipts},
};
use assets_testkit::TestWorld;

use super::rows::MockRows;
use crate::story::{Answer, Story, approved, number, refusal, status_of};

const DECISIONS: [Transition; 3] = [Transition::Approve, Transition::RequestChanges, Transition::Revoke];

fn denied(answer: Answer) -> Denied {
    match answer {
        Err(CatalogError::Denied(denied) | CatalogError::Refused(Refusal::Denied(denied))) => denied,
        other => panic!("not denied: {other:?}"),
    }
}

#[tokio::test]
async fn rule_1_only_a_persons_key_decides_whatever_the_scopes_of_the_others() {
    let story = Story::approved().await;
    for kind in [KeyKind::Agent, KeyKind::Service] {
        let robot = story.somebody(kind, "robot", &[Scope::All]);
        for action in DECISIONS {
            assert_eq!(denied(story.asks(&robot, action).await), Denied::HumanRequired, "{kind:?} {action:?}");
        }
    }
    assert_eq!(story.asset().await.status, Status::Approved);
}

#[tokio::test]
async fn rule_1_to_archive_what_is_approved_is_to_decide() {
    let story = Story::approved().await;
    let robot = story.somebody(KeyKind::Agent, "robot", &[Scope::All]);
    let writer = story.somebody(KeyKind::Person, "writer", &[Scope::Write]);
    let judge = story.somebody(KeyKind::Person, "judge", &[Scope::Approve]);
    assert_eq!(denied(story.asks(&robot, Transition::Archive).await), Denied::HumanRequired);
    assert_eq!(denied(story.asks(&writer, Transition::Archive).await), Denied::MissingScope(Scope::Approve));
    assert_eq!(status_of(story.asks(&judge, Transition::Archive).await), Status::Archived);
}

#[tokio::test]
async fn rule_1_to_archive_what_is_not_approved_is_to_write() {
    let story = Story::new().await;
    let judge = story.somebody(KeyKind::Person, "judge", &[Scope::Approve]);
    assert_eq!(denied(story.asks(&judge, Transition::Archive).await), Denied::MissingScope(Scope::Write));
    assert_eq!(status_of(story.asks(&story.maker, Transition::Archive).await), Status::Archived);
}

#[tokio::test]
async fn rule_1_an_agent_that_may_not_end_an_approval_is_told_so_before_its_bytes_are_judged() {
    let story = Story::approved().await;
    let robot = story.somebody(KeyKind::Agent, "robot", &[Scope::All]);
    let elsewhere = assets_domain::NamedBytes { version: None, digest: Some(assets_domain::Digest::of(b"elsewhere")) };
    assert_eq!(denied(story.decides(&robot, Transition::Archive, elsewhere).await), Denied::HumanRequired);
}

#[tokio::test]
async fn rule_1_a_person_needs_the_scope() {
    let story = Story::new().await;
    let writer = story.somebody(KeyKind::Person, "writer", &[Scope::Read, Scope::Write, Scope::Admin]);
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    for action in DECISIONS {
        assert_eq!(denied(story.asks(&writer, action).await), Denied::MissingScope(Scope::Approve));
    }
}

#[tokio::test]
async fn rule_1_a_caller_who_may_not_never_reaches_the_repository() {
    // A mock without a single expectation: any call to it fails the test.
    let world = TestWorld::rewired(|ports| Ports { assets: Arc::new(MockRows::new()), ..ports });
    let robot = assets_testkit::fixtures::principal(world.workspace, KeyKind::Agent, "robot", [Scope::All]);
    let reader = assets_testkit::fixtures::principal(world.workspace, KeyKind::Person, "reader", [Scope::Read]);
    let id = crate::cast::ASSET;
    for action in Action::ALL {
        assert!(matches!(world.catalog.admit(&reader, action, id).await, Err(CatalogError::Denied(Denied::MissingScope(_)))));
    }
    for action in DECISIONS {
        let request = || assets_domain::DecisionRequest::of(action, Default::default(), None);
        for (caller, expected) in [(&robot, Denied::HumanRequired), (&reader, Denied::MissingScope(Scope::Approve))] {
            assert_eq!(denied(world.catalog.decide(&Call::by(caller.clone()), id, request()).await), expected);
        }
    }
}

#[tokio::test]
async fn rule_1_only_a_persons_key_or_the_operator_makes_a_persons_key() {
    let story = Story::new().await;
    let keyring = &story.world.keyring;
    let wanted =
        |kind, scopes: &[Scope]| NewKey { name: "new".parse().unwrap(), kind, scopes: scopes.iter().copied().collect(), expires_at: None };
    let robot = story.somebody(KeyKind::Agent, "robot", &[Scope::All]);
    let person = wanted(KeyKind::Person, &[Scope::Read]);
    let refused = keyring.create(Grantor::Key(&robot), person.clone()).await;
    assert!(matches!(refused, Err(KeyError::Denied(Denied::HumanRequired))));
    assert!(keyring.create(Grantor::Key(&robot), wanted(KeyKind::Agent, &[Scope::Read])).await.is_ok());
    let admin = story.somebody(KeyKind::Person, "admin", &[Scope::Admin, Scope::Read]);
    assert!(keyring.create(Grantor::Key(&admin), person.clone()).await.is_ok());
    assert!(keyring.create(Grantor::Operator(story.world.workspace), person).await.is_ok());
}

#[tokio::test]
async fn rule_1_who_may_not_is_told_so_before_what_was_sent_is_judged() {
    let story = Story::new().await;
    let long_ago = Some(crate::cast::noon() - chrono::Duration::days(10_000));
    let robot = story.somebody(KeyKind::Agent, "robot", &[Scope::All]);
    let new = NewKey { name: "new".parse().unwrap(), kind: KeyKind::Person, scopes: Default::default(), expires_at: long_ago };
    let refused = story.world.keyring.create(Grantor::Key(&robot), new).await;
    assert!(matches!(refused, Err(KeyError::Denied(Denied::HumanRequired))));

    let reader = story.somebody(KeyKind::Agent, "reader", &[Scope::Read]);
    let nowhere = Source { asset_id: crate::cast::ASSET, version: number(1) };
    let content = story.world.ingest(&reader, AssetType::Copy, "two").await;
    let provenance = StatedProvenance { derived_from: Some(vec![nowhere]), ..Default::default() };
    let new = NewVersion { provenance, ..NewVersion::default() };
    let refused = story.world.catalog.add_version(&Call::by(reader), story.id, new, content).await;
    assert_eq!(denied(refused), Denied::MissingScope(Scope::Write));
}

#[tokio::test]
async fn rule_1_no_key_grants_what_it_has_not() {
    let story = Story::new().await;
    let admin = story.somebody(KeyKind::Person, "admin", &[Scope::Admin, Scope::Read]);
    for (scope, covered) in [(Scope::Read, true), (Scope::ReadApproved, true), (Scope::Approve, false), (Scope::All, false)] {
        let new = NewKey { name: "new".parse().unwrap(), kind: KeyKind::Person, scopes: [scope].into_iter().collect(), expires_at: None };
        match story.world.keyring.create(Grantor::Key(&admin), new).await {
            Ok(_) => assert!(covered, "{scope:?} was granted"),
            Err(error) => assert!(!covered && matches!(error, KeyError::BeyondGrantor), "{scope:?}: {error}"),
        }
    }
}

#[tokio::test]
async fn rule_1_no_key_outlives_the_key_that_made_it() {
    let story = Story::new().await;
    let end = story.world.clock.now() + chrono::Duration::days(1);
    let keyring = &story.world.keyring;
    let until = |expires_at| NewKey {
        name: "admin".parse().unwrap(),
        kind: KeyKind::Person,
        scopes: [Scope::Admin].into_iter().collect(),
        expires_at,
    };
    let operator = Grantor::Operator(story.world.workspace);
    let made = keyring.create(operator, until(Some(end))).await.unwrap();
    let admin = keyring.authenticate(&made.key).await.unwrap().unwrap();
    for too_long in [None, Some(end + chrono::Duration::microseconds(1))] {
        match keyring.create(Grantor::Key(&admin), until(too_long)).await {
            Err(KeyError::Invalid(errors)) => assert_eq!(errors[0].path, [assets_domain::PathItem::Field("expires_at")]),
            other => panic!("{too_long:?} was not refused: {:?}", other.map(|made| made.record)),
        }
    }
    assert!(keyring.create(Grantor::Key(&admin), until(Some(end))).await.is_ok());
    assert!(keyring.create(operator, until(None)).await.is_ok());
}

#[tokio::test]
async fn rule_1_a_request_for_a_key_is_remembered_with_the_key_and_without_its_secret() {
    let world = TestWorld::new();
    let (id, body, now) = (ReceiptId::new([1; 32]), [2; 32], world.clock.now());
    world.assets.begin(Beginning { workspace: world.workspace, id, body, now, stale_before: now, forget_before: now }).await.unwrap();
    let new = NewKey { name: "new".parse().unwrap(), kind: KeyKind::Agent, scopes: [Scope::Read].into_iter().collect(), expires_at: None };
    let render = |record: &KeyRecord| record.actor.key_prefix.as_str().as_bytes().to_vec();
    let remember = Remember { id, render: Arc::new(render) };
    let made = world.keyring.create_once(Grantor::Operator(world.workspace), new, Some(remember)).await.unwrap();
    let kept =
        world.assets.begin(Beginning { workspace: world.workspace, id, body, now, stale_before: now, forget_before: now }).await.unwrap();
    assert_eq!(kept, Begun::Answered(render(&made.record)));
}

#[tokio::test]
async fn rule_2_an_author_by_key_may_not_approve() {
    let story = Story::new().await;
    story.adds(&story.ann, "two").await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let renamed = Principal { actor: Actor { name: "ann-at-home".parse().unwrap(), ..story.ann.actor.clone() }, ..story.ann.clone() };
    for author in [&story.ann, &renamed] {
        assert_eq!(refusal(story.asks(author, Transition::Approve).await), Refusal::SelfApproval);
    }
    assert_eq!(status_of(story.asks(&story.bob, Transition::Approve).await), Status::Approved);
}

#[tokio::test]
async fn rule_2_an_author_by_key_name_may_not_approve_with_another_key_however_it_is_spelt() {
    let story = Story::new().await;
    let agent_of_ann = story.somebody(KeyKind::Agent, "Ann", &[Scope::Write]);
    story.adds(&agent_of_ann, "two").await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    for name in ["ann", "ANN", "Ánn"] {
        let other_key = story.somebody(KeyKind::Person, name, &[Scope::All]);
        assert_eq!(refusal(story.asks(&other_key, Transition::Approve).await), Refusal::SelfApproval, "{name}");
    }
}

#[tokio::test]
async fn rule_2_whoever_ever_added_the_bytes_is_an_author_of_them() {
    let story = Story::new().await;
    story.adds(&story.ann, "two").await.unwrap();
    story.adds(&story.maker, "three").await.unwrap();
    story.adds(&story.maker, "two").await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    assert_eq!(refusal(story.asks(&story.ann, Transition::Approve).await), Refusal::SelfApproval);
    assert_eq!(status_of(story.asks(&story.bob, Transition::Approve).await), Status::Approved);
}

#[tokio::test]
async fn rule_2_a_rollback_makes_no_author_and_takes_none_away() {
    let story = Story::new().await;
    story.adds(&story.bob, "two").await.unwrap();
    story.rolls_back(&story.ann, 1).await.unwrap();
    story.asks(&story.ann, Transition::Submit).await.unwrap();
    assert_eq!(approved(&story.asks(&story.ann, Transition::Approve).await.unwrap()), Some(3));
    story.rolls_back(&story.ann, 2).await.unwrap();
    story.asks(&story.ann, Transition::Submit).await.unwrap();
    assert_eq!(refusal(story.asks(&story.bob, Transition::Approve).await), Refusal::SelfApproval);
}

#[tokio::test]
async fn rule_2_an_author_may_ask_for_changes_and_take_an_approval_back() {
    let story = Story::new().await;
    story.adds(&story.bob, "two").await.unwrap();
    story.submits_and_approves().await;
    assert_eq!(status_of(story.asks(&story.bob, Transition::Revoke).await), Status::Draft);
}

#[tokio::test]
async fn rule_2_the_policy_of_the_workspace_may_allow_it() {
    let story = Story::new().await;
    story.adds(&story.ann, "two").await.unwrap();
    story.world.set_policy(Policy { allow_self_approval: true, ..Policy::default() });
    story.asks(&story.ann, Transition::Submit).await.unwrap();
    assert_eq!(status_of(story.asks(&story.ann, Transition::Approve).await), Status::Approved);
}
