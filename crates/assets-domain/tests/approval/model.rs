//! Every state that three actors can bring an asset of at most three versions into, and every move from each of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use assets_domain::{
    Asset, Change, Circumstances, Decision, DecisionRequest, Digest, EventId, EventType, KeyPrefix, NamedBytes, Policy, Principal, Quorum,
    Refusal, Ruling, Status, Transition, Version, VersionNumber, VersionStatus,
};

use crate::{
    cast::{ASSET, agent, circumstances, comment, content, details, new_asset, noon, person, provenance},
    ledger::{Ledger, Move, Seen},
};

const TEXTS: [&str; 2] = ["one", "two"];

/// An asset with what a repository would keep beside it.
#[derive(Clone)]
struct Shelf {
    asset: Asset,
    versions: Vec<Version>,
    authors: Vec<(Digest, Principal)>,
    verdicts: BTreeMap<Digest, Decision>,
    ledger: Ledger,
    policy: Policy,
    revoked: Vec<KeyPrefix>,
}

/// What of a shelf decides how it goes on. How it came about, and when, does not.
type Key = (Vec<(Digest, VersionStatus)>, Status, Option<VersionNumber>, bool, Ledger, BTreeMap<Digest, Transition>);

impl Shelf {
    fn new(by: &Principal) -> Self {
        let change = Asset::create(ASSET, new_asset(), content(TEXTS[0]), by, noon());
        let digest = change.asset().latest().content.digest;
        Self {
            versions: vec![change.asset().latest().clone()],
            asset: change.into_asset(),
            authors: vec![(digest, by.clone())],
            verdicts: BTreeMap::new(),
            ledger: Ledger::created(by, digest),
            policy: Policy::default(),
            revoked: Vec::new(),
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            status: self.asset.status(),
            versions: self.versions.iter().map(|version| (version.content.digest, version.status)).collect(),
            approved: self.asset.standing().map(|approval| approval.version.number.get().try_into().unwrap()),
        }
    }

    fn key(&self) -> Key {
        let standing = self.asset.standing().map(|approval| approval.version.number);
        let ever_approved = self.asset.parts().ever_approved;
        let verdicts = self.verdicts.iter().map(|(digest, verdict)| (*digest, verdict.action)).collect();
        (self.seen().versions, self.asset.status(), standing, ever_approved, self.ledger.clone(), verdicts)
    }

    fn is_author(&self, by: &Principal, digest: &Digest) -> bool {
        self.authors.iter().any(|(added, author)| added == digest && author.actor.is_same_as(&by.actor))
    }

    /// Decides as the catalogue does: with what the repository knows of the bytes in question.
    fn decided(&self, by: &Principal, wanted: Move, named: NamedBytes) -> Result<Ruling, Refusal> {
        let latest = self.asset.latest().content.digest;
        let moment = |digest: &Digest| -> Circumstances<'_> {
            let (policy, revoked) = (self.policy.clone(), self.revoked.clone());
            Circumstances { policy, revoked, ..circumstances(by, self.is_author(by, digest)) }
        };
        let asset = self.asset.clone();
        let changed = |change| Ruling::Changed(Box::new(change));
        match wanted {
            Move::Decide(action) => asset.decide(DecisionRequest::of(action, named, Some(comment("because"))), &moment(&latest)),
            Move::Add(digest) => {
                let text = TEXTS.into_iter().find(|text| Digest::of(text.as_bytes()) == digest).unwrap();
                asset.add_version(content(text), provenance(), None, Vec::new(), &moment(&latest)).map(changed)
            }
            Move::Rollback { to } => {
                let version = &self.versions[to - 1];
                let digest = version.content.digest;
                asset.rollback(version, None, Vec::new(), self.verdicts.get(&digest), &moment(&digest)).map(changed)
            }
            Move::Update => asset.update(details("Another title"), &moment(&latest)),
        }
    }

    /// Keeps a change as a repository does, and holds it to what every change must be.
    fn keep(mut self, by: &Principal, done: Move, change: Change) -> Self {
        let before = self.seen();
        assert_eq!(change.before(), Some(self.asset.revision()));
        assert_eq!(change.asset().revision().get(), self.asset.revision().get() + 1, "one change, one revision");
        assert!(change.restated().len() <= 3, "a change touches a constant number of rows");
        for (number, status) in change.restated() {
            let version = self.versions.iter_mut().find(|version| version.number == *number);
            version.expect("only versions that exist are restated").status = *status;
        }
        if let Some(version) = change.added_version() {
            assert_eq!(usize::try_from(version.number.get()).unwrap(), self.versions.len() + 1, "versions are numbered without gaps");
            self.versions.push(version.clone());
            if change.adds_author() {
                self.authors.push((version.content.digest, by.clone()));
            }
        }
        match change.decision().map(|decision| (decision.action, decision)) {
            Some((Transition::Archive, decision)) => self.verdicts.values_mut().for_each(|verdict| *verdict = decision.clone()),
            // What waits for more people is no verdict, and nobody is told of an approval.
            Some((Transition::Approve, decision)) if !decision.is_approval() => {
                assert_eq!(change.endorsement(), None);
                assert_eq!(change.event(EventId::new(ASSET.as_uuid())).event_type, EventType::Updated);
            }
            Some((Transition::Approve | Transition::RequestChanges | Transition::Revoke, decision)) => {
                self.verdicts.insert(decision.digest, decision.clone());
            }
            _ => assert!(!matches!(done, Move::Decide(Transition::Approve | Transition::Revoke)), "a decision is on record"),
        }
        self.asset = change.into_asset();
        assert_eq!(self.versions.last().unwrap(), self.asset.latest());
        assert_eq!(Asset::from_parts(self.asset.parts().clone()).as_ref(), Ok(&self.asset), "what was kept can be read again");
        let after = self.seen();
        self.ledger.accepted(by, done, &before, &after);
        self
    }

    /// The same with another number of people who must approve.
    fn asking_for(mut self, people: u8) -> Self {
        self.policy.required_approvals = Quorum::new(people).unwrap();
        self.ledger.asks_for(people.into());
        self
    }

    /// The same with somebody's key revoked.
    fn without(mut self, whose: &Principal) -> Self {
        self.revoked.push(whose.actor.key_prefix.clone());
        self.ledger.revoked(whose);
        self
    }
}

fn moves(shelf: &Shelf, most_versions: usize) -> Vec<Move> {
    let mut moves: Vec<Move> = Transition::ALL.into_iter().map(Move::Decide).collect();
    moves.push(Move::Update);
    if shelf.versions.len() < most_versions {
        moves.extend(TEXTS.map(|text| Move::Add(Digest::of(text.as_bytes()))));
        moves.extend((1..=shelf.versions.len()).map(|to| Move::Rollback { to }));
    }
    moves
}

/// Every state that can be reached by these people, and by what becomes of a shelf by the way.
fn reach(start: Shelf, actors: &[Principal], most_versions: usize, by_the_way: impl Fn(&Shelf) -> Vec<Shelf>) -> (usize, BTreeSet<Status>) {
    let stale = NamedBytes { version: None, digest: Some(Digest::of(b"bytes of another asset")) };
    let mut met = BTreeSet::from([start.key()]);
    let mut waiting = VecDeque::from([start]);
    let mut statuses = BTreeSet::new();
    while let Some(shelf) = waiting.pop_front() {
        statuses.insert(shelf.asset.status());
        let mut reached = by_the_way(&shelf);
        let live = |actor: &&Principal| !shelf.revoked.contains(&actor.actor.key_prefix);
        for (actor, wanted) in
            actors.iter().filter(live).flat_map(|actor| moves(&shelf, most_versions).into_iter().map(move |wanted| (actor, wanted)))
        {
            if let Move::Decide(transition) = wanted {
                assert!(shelf.decided(actor, wanted, stale).is_err(), "{transition:?} was decided on bytes that are not there");
            }
            match shelf.decided(actor, wanted, NamedBytes::default()) {
                Ok(Ruling::Changed(change)) => reached.push(shelf.clone().keep(actor, wanted, *change)),
                Ok(Ruling::Unchanged(asset)) if wanted == Move::Decide(Transition::Approve) && asset.status() == Status::PendingReview => {
                    assert!(shelf.ledger.waits_for_others_than(actor), "an approval that would count was passed over");
                }
                Ok(Ruling::Unchanged(_)) | Err(_) => {}
            }
        }
        for next in reached {
            if met.insert(next.key()) {
                waiting.push_back(next);
            }
        }
    }
    (met.len(), statuses)
}

#[test]
fn no_state_that_three_actors_and_three_versions_can_reach_breaks_the_promise() {
    let actors = [agent("maker"), person("ann"), person("bob")];
    let (met, statuses) = reach(Shelf::new(&actors[0]), &actors, 3, |_| Vec::new());
    assert_eq!(statuses, BTreeSet::from(Status::ALL), "every status was met");
    assert!(met > 1000, "only {met} states were met");
}

#[test]
fn no_state_that_a_policy_of_two_a_change_of_it_and_a_lost_key_can_lead_to_breaks_the_promise() {
    let actors = [agent("maker"), person("ann"), person("bob"), person("cleo")];
    let by_the_way = |shelf: &Shelf| {
        let other = if shelf.policy.required_approvals == Quorum::ONE { 2 } else { 1 };
        let mut shelves = vec![shelf.clone().asking_for(other)];
        // Whose it is does not matter: the three can do the same.
        if shelf.revoked.is_empty() {
            shelves.push(shelf.clone().without(&actors[1]));
        }
        shelves
    };
    let (met, statuses) = reach(Shelf::new(&actors[0]).asking_for(2), &actors, 2, by_the_way);
    assert_eq!(statuses, BTreeSet::from(Status::ALL), "every status was met");
    assert!(met > 1000, "only {met} states were met");
}

#[test]
fn three_people_of_three_are_asked_for_and_none_of_them_twice() {
    let actors = [agent("maker"), person("ann"), person("bob"), person("cleo")];
    let (met, statuses) = reach(Shelf::new(&actors[0]).asking_for(3), &actors, 2, |_| Vec::new());
    assert_eq!(statuses, BTreeSet::from(Status::ALL), "every status was met");
    assert!(met > 1000, "only {met} states were met");
}
