//! Many clients who all want to change one asset.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::{Ask, Caller, Chance, Reply};

/// What came of many moves on one asset.
#[derive(Debug, Default)]
pub struct Contest {
    /// What was done, and the revision that was answered.
    made: Vec<(&'static str, u64)>,
    /// What nobody was told of: the process died.
    cut_off: Vec<&'static str>,
    /// How often each status was answered, refusals with their code.
    pub answers: BTreeMap<String, usize>,
}

impl Contest {
    /// Holds so many moves by so many clients at once.
    pub async fn hold(ann: &Caller, robot: &Caller, id: &str, moves: usize, clients: usize, chance: &mut Chance) -> Self {
        let chances: Vec<Chance> = (0..moves).map(|_| chance.of()).collect();
        let answers: Vec<_> = stream::iter(chances.into_iter().enumerate())
            .map(|(place, mut chance)| async move {
                // Every fourth asks again for a review, so that there is something to decide.
                let (action, ask) =
                    if place % 4 == 0 { ("submit", robot.submit(id)) } else { any_move(&mut chance, ann, robot, id, place) };
                (action, ask.attempt().await)
            })
            .buffer_unordered(clients)
            .collect()
            .await;
        let mut contest = Self::default();
        for (action, answer) in answers {
            contest.note(action, answer);
        }
        contest
    }

    fn note(&mut self, action: &'static str, answer: Result<Reply, reqwest::Error>) {
        match answer {
            Ok(reply) => {
                let code = reply.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
                *self.answers.entry(format!("{} {code}", reply.status).trim_end().to_owned()).or_default() += 1;
                if let Some(asset) = accepted(reply) {
                    self.made.push((action, asset.get("revision").and_then(Value::as_u64).unwrap()));
                }
            }
            Err(_) => self.cut_off.push(action),
        }
    }

    /// How many moves were made.
    #[must_use]
    pub const fn made(&self) -> usize {
        self.made.len()
    }

    /// How many moves were answered, refusals included.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.answers.values().sum()
    }

    /// How many moves nobody was told of.
    #[must_use]
    pub const fn cut_off(&self) -> usize {
        self.cut_off.len()
    }

    /// The moves of another contest on the same asset, too.
    pub fn add(&mut self, other: Self) {
        self.made.extend(other.made);
        self.cut_off.extend(other.cut_off);
        for (answer, times) in other.answers {
            *self.answers.entry(answer).or_default() += times;
        }
    }

    /// The history is one, without a gap: each revision belongs to one move, and each move that was answered is in it.
    ///
    /// # Panics
    /// It is not.
    pub fn judge(&self, history: &Value) {
        let number = |pointer: &str| history.pointer(pointer).and_then(Value::as_u64).unwrap();
        let list = |name: &str| history.get(name).and_then(Value::as_array).unwrap();
        let numbers: Vec<u64> =
            list("versions").iter().rev().map(|version| version.get("number").and_then(Value::as_u64).unwrap()).collect();
        assert!(numbers.iter().copied().eq(1..=number("/latest_version/number")), "the versions have a gap: {numbers:?}");
        self.assert_recorded(&["add_version", "rollback"], numbers.len() - 1);

        let mut by_revision: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
        for (action, revision) in &self.made {
            by_revision.entry(*revision).or_default().push(action);
        }
        for (revision, actions) in &by_revision {
            // Approving what is approved changes nothing, and is answered with the revision that it was found at.
            let approvals = actions.iter().filter(|action| **action == "approve").count();
            assert!(approvals == actions.len() || (approvals == 0 && actions.len() == 1), "revision {revision} was given to {actions:?}");
        }
        let untold: Vec<u64> = (2..=number("/revision")).filter(|revision| !by_revision.contains_key(revision)).collect();
        assert!(untold.len() <= self.cut_off.len(), "revisions that nobody was told of: {untold:?}, {} were cut off", self.cut_off.len());
        assert!(by_revision.keys().all(|revision| (2..=number("/revision")).contains(revision)), "a revision that is not there");
        for action in ["submit", "request_changes"] {
            let recorded = list("decisions").iter().filter(|decision| decision.get("action").is_some_and(|made| made == action)).count();
            self.assert_recorded(&[action], recorded);
        }
        let recorded = list("decisions").iter().filter(|decision| decision.get("action").is_some_and(|made| made == "approve")).count();
        let approved = by_revision.values().filter(|actions| actions.contains(&"approve")).count();
        assert!((approved..=approved + self.cut_off.len()).contains(&recorded), "{recorded} approvals, {approved} were answered");
    }

    /// As many are recorded as were answered; of those that were cut off, any.
    fn assert_recorded(&self, actions: &[&str], recorded: usize) {
        let of = |made: &&str| actions.contains(made);
        let answered = self.made.iter().filter(|(made, _)| of(made)).count();
        let unknown = self.cut_off.iter().filter(|made| of(made)).count();
        assert!((answered..=answered + unknown).contains(&recorded), "{recorded} of {actions:?}; {answered} answered, {unknown} cut off");
    }
}

/// One of the four moves, by one of many clients.
pub fn any_move(chance: &mut Chance, ann: &Caller, robot: &Caller, id: &str, place: usize) -> (&'static str, Ask) {
    match chance.below(4) {
        0 => ("approve", ann.approve(id)),
        1 => ("request_changes", ann.request_changes(id, &format!("not yet, says client {place}"))),
        2 => ("add_version", robot.add_text_version(id, &format!("text {place} of {}", chance.number()))),
        _ => ("rollback", robot.rollback(id, 1)),
    }
}

/// An answer that any of many may get: it did it, or was told why not. Nothing else.
#[must_use]
#[track_caller]
pub fn accepted(reply: Reply) -> Option<Value> {
    match reply.status {
        200 | 201 => Some(reply.json()),
        409 | 412 => {
            let problem = reply.json();
            let code = problem.get("code").and_then(Value::as_str).unwrap();
            assert!(["illegal_transition", "stale_version", "contended", "precondition_failed"].contains(&code), "{reply}");
            None
        }
        _ => panic!("neither done nor refused: {reply}"),
    }
}
