//! An independent witness: it hears what was asked and what was answered, and believes nothing else.

use std::collections::{BTreeMap, BTreeSet};

use assets_domain::{Digest, KeyKind, Principal, Scope, Status, Transition, VersionStatus};

/// Something that somebody asks for, of an asset that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    Decide(Transition),
    Add(Digest),
    Rollback { to: usize },
    Update,
}

/// What everybody can see of an asset: its status, its versions from the first on, and which one is approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: Status,
    pub(crate) versions: Vec<(Digest, VersionStatus)>,
    pub(crate) approved: Option<usize>,
}

impl Seen {
    fn approved_digest(&self) -> Option<Digest> {
        self.approved.map(|number| self.versions[number - 1].0)
    }

    fn latest(&self) -> Digest {
        self.versions.last().unwrap().0
    }
}

/// Who added which bytes, and which bytes a person approved that nobody took back.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ledger {
    history: Vec<Digest>,
    authors: BTreeSet<(Digest, String)>,
    /// Each with how many people approved it.
    good: BTreeMap<Digest, usize>,
    /// Who has approved the latest version since it was submitted, and how many must.
    consents: BTreeSet<String>,
    asked_then: usize,
    /// How many must as the policy is.
    asked_now: usize,
    /// Whose keys are revoked.
    revoked: BTreeSet<String>,
}

impl Ledger {
    /// Writes down who created the asset with which bytes.
    pub(crate) fn created(by: &Principal, digest: Digest) -> Self {
        let mut ledger = Self { asked_now: 1, ..Self::default() };
        ledger.added(by, digest);
        ledger
    }

    /// Writes down how many people must approve from now on.
    pub(crate) fn asks_for(&mut self, people: usize) {
        self.asked_now = people;
    }

    /// Writes down that somebody's key is revoked.
    pub(crate) fn revoked(&mut self, whose: &Principal) {
        self.revoked.insert(name(whose));
    }

    /// How many people stand behind the latest version, as far as they count.
    fn counted(&self) -> usize {
        self.consents.difference(&self.revoked).count()
    }

    /// Whether somebody has approved the latest version, and it counts, and is not enough.
    pub(crate) fn waits_for_others_than(&self, by: &Principal) -> bool {
        self.consents.contains(&name(by)) && !self.revoked.contains(&name(by)) && self.counted() < self.asked_now.max(self.asked_then)
    }

    fn added(&mut self, by: &Principal, digest: Digest) {
        self.history.push(digest);
        for known_as in aliases(by) {
            self.authors.insert((digest, known_as));
        }
    }

    /// Whether this caller could answer for an approval of these bytes.
    pub(crate) fn may_approve(&self, by: &Principal, digest: Digest) -> bool {
        let is_author = aliases(by).into_iter().any(|known_as| self.authors.contains(&(digest, known_as)));
        by.actor.kind == KeyKind::Person && has(by, Scope::Approve) && !is_author
    }

    /// Writes down an approval: it is one when enough people gave it, whose keys are good.
    fn approved(&mut self, by: &Principal, before: &Seen, after: &Seen) {
        assert!(self.may_approve(by, before.latest()), "somebody approved who may not");
        self.consents.insert(name(by));
        let counted = self.counted();
        if counted >= self.asked_now.max(self.asked_then) {
            assert_eq!(after.approved, Some(self.history.len()), "enough people approved");
            self.good.insert(before.latest(), counted);
            self.consents.clear();
        } else {
            assert_eq!(after, before, "too few people approved, and something came of it");
        }
    }

    /// Writes down a move that was accepted, and says what is wrong with it.
    pub(crate) fn accepted(&mut self, by: &Principal, done: Move, before: &Seen, after: &Seen) {
        match done {
            Move::Decide(Transition::Approve | Transition::Revoke | Transition::Restore | Transition::Dismiss) => {}
            Move::Decide(Transition::Submit) => {
                self.consents.clear();
                self.asked_then = self.asked_now;
            }
            Move::Decide(Transition::Withdraw | Transition::RequestChanges | Transition::Archive)
            | Move::Add(_)
            | Move::Rollback { .. }
            | Move::Update => self.consents.clear(),
        }
        let decider = by.actor.kind == KeyKind::Person && has(by, Scope::Approve);
        let stays = before.approved == after.approved;
        match done {
            Move::Add(digest) => {
                self.added(by, digest);
                assert!(stays, "new work disturbed the approval");
            }
            Move::Rollback { to } => {
                let digest = self.history[to - 1];
                self.history.push(digest);
                let is_good = self.good.get(&digest).is_some_and(|people| *people >= self.asked_now);
                let carried = is_good && self.may_approve(by, digest);
                let expected = if carried { Some(self.history.len()) } else { before.approved };
                assert_eq!(after.approved, expected, "an approval is carried if, and only if, it holds and the caller may approve");
            }
            Move::Decide(Transition::Approve) => self.approved(by, before, after),
            Move::Decide(Transition::RequestChanges) => {
                assert!(decider, "somebody judged who may not");
                self.good.remove(&before.latest());
                assert!(if before.approved_digest() == Some(before.latest()) { after.approved.is_none() } else { stays });
            }
            Move::Decide(Transition::Revoke) => {
                assert!(decider, "somebody revoked who may not");
                self.good.remove(&before.approved_digest().expect("there was something to revoke"));
                assert_eq!(after.approved, None, "a revoked approval fell back to another");
            }
            Move::Decide(Transition::Archive) => {
                assert!(decider || before.approved.is_none(), "somebody ended an approval who may not");
                self.good.clear();
                assert_eq!(after.approved, None);
            }
            Move::Decide(Transition::Submit | Transition::Withdraw | Transition::Restore | Transition::Dismiss) | Move::Update => {
                assert!(stays, "the approval changed by the way");
            }
        }
        self.check(after);
    }

    /// The bytes that may be published, if any: those of the approved version, if somebody answers for them.
    pub(crate) fn standing(&self, seen: &Seen) -> Option<Digest> {
        seen.approved_digest().filter(|digest| self.good.contains_key(digest))
    }

    /// What must be true of an asset at any time.
    pub(crate) fn check(&self, seen: &Seen) {
        let digests: Vec<Digest> = seen.versions.iter().map(|(digest, _)| *digest).collect();
        assert_eq!(digests, self.history, "history is not what was added, in that order");
        let approved: Vec<usize> =
            (1..).zip(&seen.versions).filter(|(_, (_, status))| *status == VersionStatus::Approved).map(|(number, _)| number).collect();
        assert_eq!(approved, Vec::from_iter(seen.approved), "exactly the version whose approval stands is approved");
        if let Some(digest) = seen.approved_digest() {
            assert!(self.good.contains_key(&digest), "an approval stands that nobody gave, or that was taken back");
        }
        let (_, earlier) = seen.versions.split_last().unwrap();
        assert!(earlier.iter().all(|(_, status)| *status != VersionStatus::PendingReview), "a version passed by a newer one waits");
        assert_eq!(seen.status == Status::Approved, seen.approved == Some(seen.versions.len()));
    }
}

fn has(by: &Principal, scope: Scope) -> bool {
    by.scopes.iter().any(|held| held == scope || held == Scope::All)
}

fn name(by: &Principal) -> String {
    by.actor.name.as_str().to_lowercase()
}

/// What somebody is known by: the key, and its name in any case.
fn aliases(by: &Principal) -> [String; 2] {
    [format!("key {}", by.actor.key_prefix), format!("name {}", name(by))]
}
