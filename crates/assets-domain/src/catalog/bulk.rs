//! Many decisions in one call: read together, committed together, judged each for itself.

use std::collections::{BTreeSet, HashMap};

use crate::{
    Action, AssetId, AssetView, CatalogError, DecisionRequest, Principal, Revision, Ruling,
    ports::{Breakage, Case, CommitError},
};

use super::{
    Catalog,
    write::{MAX_ATTEMPTS, broken, judge},
};

/// One decision of many.
#[derive(Debug, Clone)]
pub struct BulkDecision {
    /// About which asset.
    pub asset: AssetId,
    /// The revision that the asset must be at.
    pub if_match: Option<Revision>,
    /// What is to be decided.
    pub request: DecisionRequest,
}

type Answer = Result<AssetView, CatalogError>;

/// A decision that is not made yet, and its place in the call.
struct Open<'a> {
    place: usize,
    decision: &'a BulkDecision,
    attempts: usize,
}

impl Catalog {
    /// Makes many decisions. Each is judged and saved for itself, as by [`Catalog::decide`]; those about the same asset one
    /// after the other. The answers are in their order.
    pub async fn decide_each(&self, by: &Principal, decisions: &[BulkDecision]) -> Vec<Answer> {
        let mut answers: Vec<(usize, Answer)> = Vec::with_capacity(decisions.len());
        let place = |(place, decision)| Open { place, decision, attempts: 0 };
        let mut open: Vec<Open<'_>> = decisions.iter().enumerate().map(place).collect();
        while !open.is_empty() {
            // A change is decided on the asset as it was read: of those about one asset, the next waits for the first.
            let mut taken = BTreeSet::new();
            let (round, later): (Vec<_>, Vec<_>) = open.into_iter().partition(|open| taken.insert(open.decision.asset));
            open = self.decide_round(by, round, &mut answers).await;
            open.extend(later);
            open.sort_by_key(|open| open.place);
        }
        answers.sort_by_key(|(place, _)| *place);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Makes decisions about different assets. Gives back those that lost a race.
    async fn decide_round<'a>(&self, by: &Principal, round: Vec<Open<'a>>, answers: &mut Vec<(usize, Answer)>) -> Vec<Open<'a>> {
        let ids: Vec<AssetId> = round.iter().map(|open| open.decision.asset).collect();
        let mut cases: HashMap<AssetId, Case> = match self.ports.assets.cases(by.workspace, &ids, &by.actor).await {
            Ok(cases) => cases.into_iter().map(|case| (case.asset.id(), case)).collect(),
            Err(breakage) => {
                answers.extend(round.iter().map(|open| (open.place, Err(likewise(&breakage).into()))));
                return Vec::new();
            }
        };
        let (mut changed, mut commits) = (Vec::new(), Vec::new());
        for open in round {
            match self.ruling(by, open.decision, cases.remove(&open.decision.asset)) {
                Ok(Ruling::Changed(change)) => match self.commit(*change, None, None) {
                    Ok(commit) => {
                        commits.push(commit);
                        changed.push(open);
                    }
                    Err(breakage) => answers.push((open.place, Err(breakage.into()))),
                },
                Ok(Ruling::Unchanged(asset)) => answers.push((open.place, Ok(asset.working()))),
                Err(error) => answers.push((open.place, Err(error))),
            }
        }
        let outcomes = self.ports.assets.commit_each(&commits).await;
        let mut lost = Vec::new();
        for ((open, commit), outcome) in changed.into_iter().zip(commits).zip(outcomes) {
            match outcome {
                Ok(()) => answers.push((open.place, Ok(commit.change.into_asset().working()))),
                Err(CommitError::Conflict) if open.attempts + 1 < MAX_ATTEMPTS => lost.push(Open { attempts: open.attempts + 1, ..open }),
                Err(error) => answers.push((open.place, Err(broken(error)))),
            }
        }
        lost
    }

    /// What becomes of one decision, as [`Catalog::decide`] judges it.
    fn ruling(&self, by: &Principal, decision: &BulkDecision, case: Option<Case>) -> Result<Ruling, CatalogError> {
        let action = Action::from(decision.request.action);
        action.admit(by)?;
        let case = case.ok_or(CatalogError::NotFound)?;
        action.right_on(case.asset.standing().is_some()).judge(by)?;
        let (asset, circumstances) = self.moment(by, case);
        judge(asset, decision.if_match, decision.request.clone(), &circumstances)
    }
}

/// The same for another whom it hits.
fn likewise(breakage: &Breakage) -> Breakage {
    let source = format!("{breakage:?}").into();
    match breakage {
        Breakage::Unavailable(_) => Breakage::Unavailable(source),
        Breakage::Full(_) => Breakage::Full(source),
        Breakage::Damaged(_) => Breakage::Damaged(source),
        Breakage::Failed(_) => Breakage::Failed(source),
    }
}
