//! Whatever anybody does in whatever order: what must stay true does, through the catalogue and over the ports.

use assets_domain::{
    Asset, CatalogError, Digest, KeyKind, NamedBytes, Principal, Revision, Scope, Status, Transition, Version, ViewedHistory,
    ports::AssetRepository, standing_at,
};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use proptest::{prelude::*, sample::select};

use crate::{
    ledger::{Ledger, Move},
    story::{Answer, Story, naming},
};

const TEXTS: [&str; 3] = ["one", "two", "three"];

/// Who asks, for what, and which bytes the request says it is about.
#[derive(Debug, Clone, Copy)]
struct Step {
    by: usize,
    wanted: Move,
    naming: Naming,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    Nothing,
    TheRightBytes,
    OtherBytes,
}

/// Agents, persons and a publisher; some lack scopes, and some share a name under different keys.
fn cast(story: &Story) -> Vec<Principal> {
    use KeyKind::{Agent, Person, Service};
    let with = |kind, name, scopes: &[Scope]| story.somebody(kind, name, scopes);
    vec![
        story.ann.clone(),
        story.bob.clone(),
        story.maker.clone(),
        with(Agent, "Ann", &[Scope::All]),
        with(Agent, "robot", &[Scope::All]),
        with(Person, "maker", &[Scope::All]),
        with(Person, "writer", &[Scope::Read, Scope::Write]),
        with(Person, "judge", &[Scope::Approve]),
        with(Service, "publisher", &[Scope::ReadApproved]),
    ]
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        4 => Just(Move::Decide(Transition::Submit)),
        4 => Just(Move::Decide(Transition::Approve)),
        3 => select(&Transition::ALL[..]).prop_map(Move::Decide),
        2 => select(&TEXTS[..]).prop_map(|text| Move::Add(Digest::of(text.as_bytes()))),
        2 => (1_usize..=4).prop_map(|to| Move::Rollback { to }),
        1 => Just(Move::Update),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let by = prop_oneof![3 => 0_usize..2, 2 => 0_usize..9];
    let naming = prop_oneof![3 => Just(Naming::Nothing), 2 => Just(Naming::TheRightBytes), 1 => Just(Naming::OtherBytes)];
    let step = (by, moves(), naming).prop_map(|(by, wanted, naming)| Step { by, wanted, naming });
    prop::collection::vec(step, 1..40)
}

/// Everything that is kept of an asset, to be compared.
#[derive(Debug, Clone, PartialEq)]
struct Kept {
    history: ViewedHistory,
    events: usize,
}

async fn kept(story: &Story) -> Kept {
    Kept { history: story.history().await, events: story.world.assets.events(story.world.workspace).len() }
}

fn named(naming_of: Naming, wanted: Move, kept: &Kept) -> NamedBytes {
    let asset = &kept.history.asset;
    match (naming_of, wanted) {
        (Naming::Nothing, _) => NamedBytes::default(),
        (Naming::OtherBytes, _) => NamedBytes { version: None, digest: Some(Digest::of(b"bytes of another asset")) },
        (Naming::TheRightBytes, Move::Decide(Transition::Revoke)) => naming(asset.approved.as_ref().unwrap_or(&asset.latest)),
        (Naming::TheRightBytes, _) => naming(&asset.latest),
    }
}

/// One change, one revision, one event, at most one decision and one version; nothing that was there goes away.
fn grew(before: &Kept, after: &Kept, wanted: Move) {
    assert_eq!(after.history.asset.revision.get(), before.history.asset.revision.get() + 1, "one change, one revision");
    assert_eq!(after.events, before.events + 1, "one change, one event");
    let new_decisions = after.history.decisions.strip_prefix(&before.history.decisions[..]).expect("decisions only grow").len();
    let expected = match wanted {
        Move::Decide(_) => 1..=1,
        Move::Rollback { .. } if after.history.asset.status == Status::Approved => 1..=1,
        Move::Rollback { .. } | Move::Add(_) | Move::Update => 0..=0,
    };
    assert!(expected.contains(&new_decisions), "{wanted:?} left {new_decisions} decisions");
    let immutable = |versions: &[Version]| -> Vec<Version> {
        versions.iter().map(|version| Version { status: assets_domain::VersionStatus::Draft, ..version.clone() }).collect()
    };
    let (earlier, now) = (immutable(&before.history.versions), immutable(&after.history.versions));
    let added = now.strip_suffix(&earlier[..]).expect("versions are only added, and never change but for their status").len();
    assert_eq!(added, usize::from(matches!(wanted, Move::Add(_) | Move::Rollback { .. })));
}

/// What a publisher receives, byte for byte.
async fn published(story: &Story) -> Option<Vec<u8>> {
    let publisher = story.world.service("publisher");
    let source = match story.world.catalog.approved_content(&publisher, story.id).await {
        Ok(source) => source,
        Err(CatalogError::NotApproved) => return None,
        Err(error) => panic!("{error}"),
    };
    let bytes = story.world.catalog.deliver(&source).await.unwrap();
    let pieces: Vec<_> = bytes.try_collect().await.unwrap();
    Some(pieces.concat())
}

async fn take(story: &Story, ledger: &mut Ledger, by: &Principal, step: Step) {
    let (before, seen_before) = (kept(story).await, story.seen().await);
    let named = named(step.naming, step.wanted, &before);
    let text_of = |digest| TEXTS.into_iter().find(|text| Digest::of(text.as_bytes()) == digest).unwrap();
    let answer: Answer = story.makes(by, step.wanted, named, text_of).await;
    let (after, seen_after) = (kept(story).await, story.seen().await);
    let changed = before.history.asset.revision != after.history.asset.revision;
    if matches!(step.wanted, Move::Decide(_)) && step.naming == Naming::OtherBytes {
        assert!(answer.is_err(), "a decision was made on bytes that are not there");
    }
    match answer {
        Ok(asset) if changed => {
            assert_eq!(asset, after.history.asset, "the answer is what is kept");
            grew(&before, &after, step.wanted);
            ledger.accepted(by, step.wanted, &seen_before, &seen_after);
        }
        Ok(_) | Err(_) => assert_eq!(before, after, "what came to nothing changed something"),
    }
    let asset = story.world.assets.asset(story.world.workspace, story.id).await.unwrap().unwrap();
    assert_eq!(Asset::from_parts(asset.parts().clone()), Ok(asset), "what was kept can be read again");
}

/// When an asset came to be as it is, and the decision whose approval stands.
async fn standing(story: &Story) -> (DateTime<Utc>, Option<Revision>) {
    let asset = story.world.assets.asset(story.world.workspace, story.id).await.unwrap().unwrap();
    (asset.parts().updated_at, asset.standing().map(|approval| approval.revision))
}

async fn play(steps: Vec<Step>) {
    let story = Story::new().await;
    let cast = cast(&story);
    let mut ledger = Ledger::created(&story.maker, Digest::of(TEXTS[0].as_bytes()));
    let mut stood = vec![standing(&story).await];
    for step in steps {
        take(&story, &mut ledger, &cast[step.by], step).await;
        stood.push(standing(&story).await);
    }
    let decisions = story.history().await.decisions;
    for (at, revision) in stood {
        let told = standing_at(&decisions, at).map(|decision| decision.revision);
        assert_eq!(told, revision, "the record tells otherwise what stood at {at}");
    }
    let published = published(&story).await.map(|bytes| Digest::of(&bytes));
    assert_eq!(published, ledger.standing(&story.seen().await), "a publisher receives what was approved, and nothing else");
    let seen_by_publisher = story.world.catalog.get(&story.world.service("publisher"), story.id).await;
    assert_eq!(seen_by_publisher.is_ok(), published.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_moves_by_anybody_breaks_the_promise(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(play(steps));
    }
}
