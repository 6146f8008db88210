//! The table of states and actions, as the machine has it and as the README shows it.

use assets_domain::{
    Action, Asset, Change, ChangeItem, Circumstances, DecisionRequest, ItemId, NamedBytes, OneMore, Outcome, Policy, Principal, Quorum,
    Refusal, Requirement, Round, Ruling, Severity, Status, Transition, VersionStatus,
    machine::{Situation, Wanted, outcome},
};
use assets_testkit::fixtures;
use uuid::Uuid;

use crate::cast::{ASSET, agent, circumstances, comment, content, details, new_asset, noon, person, provenance};

/// An asset brought to where it is by moves alone.
struct Brought(Asset);

impl Brought {
    fn new() -> Self {
        Self(Asset::create(ASSET, new_asset(), content("first"), &agent("maker"), noon()).into_asset())
    }

    /// Submitted and sent back with a point.
    fn wanting(self, severity: Severity) -> Self {
        let item = ChangeItem { id: ItemId::new(Uuid::from_u128(1)), anchor: None, severity, text: fixtures::said("shorter") };
        let request = DecisionRequest { items: vec![item], ..request(Transition::RequestChanges) };
        let Self(submitted) = self.through(Transition::Submit);
        Self(changed(submitted.decide(request, &circumstances(&person("ann"), false))))
    }

    fn through(self, transition: Transition) -> Self {
        Self(changed(decide(self.0, transition, &person("ann"))))
    }

    /// Back to the first version, whose approval is carried.
    fn rolled_back(self) -> Self {
        let (ann, Self(submitted)) = (person("ann"), Self::new().through(Transition::Submit));
        let Ok(Ruling::Changed(approves)) = decide(submitted, Transition::Approve, &ann) else { panic!("it is approved") };
        let first = approves.asset().latest();
        let back = self.0.rollback(first, None, Vec::new(), approves.decision(), &circumstances(&ann, false));
        Self(back.unwrap().into_asset())
    }

    /// Submitted while two people are required, of whom so many have approved; ann is the first.
    fn needing_two(self, approved: bool) -> Self {
        let (ann, policy) = (person("ann"), Policy { required_approvals: Quorum::new(2).unwrap(), ..Policy::default() });
        let strict = Circumstances { policy, ..circumstances(&ann, false) };
        let submitted = Self(changed(self.0.decide(request(Transition::Submit), &strict)));
        if approved { submitted.through(Transition::Approve) } else { submitted }
    }

    fn with_new_version(self) -> Self {
        let maker = agent("maker");
        Self(self.0.add_version(content("next"), provenance(), None, Vec::new(), &circumstances(&maker, true)).unwrap().into_asset())
    }

    fn approved() -> Self {
        Self::new().through(Transition::Submit).through(Transition::Approve)
    }

    /// Every way to be in a status: without an approval before, with one that stands, with one that is over.
    fn all() -> Vec<Asset> {
        use Transition as T;
        let over = || Self::approved().through(T::Revoke);
        let stands = || Self::approved().with_new_version();
        let (suggested, blocked) = (|way: Self| way.wanting(Severity::Suggestion), |way: Self| way.wanting(Severity::Blocking));
        let needing_two = [false, true].into_iter().flat_map(|approved| {
            let plain = [Self::new(), over(), stands()];
            let suggested = [Self::new(), over(), stands()].map(suggested);
            plain.into_iter().chain(suggested).map(move |way| way.needing_two(approved))
        });
        let ways = [
            Self::new(),
            over(),
            stands(),
            Self::new().through(T::Submit),
            over().through(T::Submit),
            stands().through(T::Submit),
            Self::approved(),
            stands().through(T::Submit).through(T::Approve),
            Self::new().through(T::Archive),
            Self::approved().through(T::Archive),
            suggested(Self::new()),
            suggested(over()),
            suggested(stands()),
            suggested(Self::new()).through(T::Submit),
            suggested(over()).through(T::Submit),
            suggested(stands()).through(T::Submit),
            suggested(stands()).through(T::Submit).through(T::Approve),
            suggested(Self::new()).through(T::Archive),
            suggested(stands()).through(T::Archive),
            blocked(Self::new()),
            blocked(over()),
            blocked(stands()),
            blocked(stands()).rolled_back(),
            blocked(Self::new()).through(T::Archive),
            blocked(stands()).through(T::Archive),
        ];
        ways.into_iter().chain(needing_two).map(|Self(asset)| asset).collect()
    }
}

fn request(action: Transition) -> DecisionRequest {
    DecisionRequest::of(action, NamedBytes::default(), Some(comment("because")))
}

fn decide(asset: Asset, action: Transition, by: &Principal) -> Result<Ruling, Refusal> {
    asset.decide(request(action), &circumstances(by, false))
}

fn changed(ruling: Result<Ruling, Refusal>) -> Asset {
    match ruling {
        Ok(Ruling::Changed(change)) => change.into_asset(),
        other => panic!("it came to {other:?}"),
    }
}

/// Where an asset stands for ann.
fn situation(asset: &Asset) -> Situation {
    asset.situation(&circumstances(&person("ann"), false))
}

/// What became of an asset, or `None` if the move was refused.
fn act(asset: &Asset, action: Action) -> Option<Effect> {
    let ann = person("ann");
    let circumstances = circumstances(&ann, false);
    let before = asset.clone();
    let saved = |change: Change| Some(Effect::Changed(Box::new(change.into_asset())));
    let ruled = |ruling| match ruling {
        Ruling::Unchanged(_) => Some(Effect::Unchanged),
        Ruling::Changed(change) => saved(*change),
    };
    match action {
        Action::Transition(transition) => decide(before, transition, &ann).ok().and_then(ruled),
        Action::AddVersion => before.add_version(content("more"), provenance(), None, Vec::new(), &circumstances).ok().and_then(saved),
        Action::Rollback => before.clone().rollback(before.latest(), None, Vec::new(), None, &circumstances).ok().and_then(saved),
        Action::Update => before.update(details("Another title"), &circumstances).ok().and_then(ruled),
        Action::Delete => before.delete(&circumstances).ok().map(|()| Effect::Gone),
    }
}

enum Effect {
    Unchanged,
    Changed(Box<Asset>),
    Gone,
}

/// What a move does to `approved_version`, in words, where it does anything worth saying.
fn on_approval(before: &Asset, after: &Asset) -> Option<&'static str> {
    let number = |asset: &Asset| asset.standing().map(|approval| approval.version.number);
    match (number(before), number(after)) {
        (None, Some(_)) => Some("becomes `approved_version`"),
        (Some(earlier), Some(now)) if earlier != now => Some("becomes `approved_version`, the earlier one is superseded"),
        (Some(_), Some(_)) if before.status() == Status::Approved => Some("`approved_version` stays"),
        (Some(_), None) => Some("a standing approval is revoked"),
        _ => None,
    }
}

fn move_in_words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Becomes(status) => format!("→ {}", status.as_str()),
        Outcome::Stays => "status stays".into(),
        Outcome::Unchanged => "200, no change".into(),
        Outcome::DraftOrApproved => "→ draft, or approved if carried".into(),
        Outcome::Gone => "gone".into(),
    }
}

fn cell(status: Status, action: Action) -> String {
    let ways: Vec<Asset> = Brought::all().into_iter().filter(|asset| asset.status() == status).collect();
    let (ways, waiting): (Vec<Asset>, Vec<Asset>) = ways.into_iter().partition(|asset| situation(asset).one_more == OneMore::Completes);
    let possible: Vec<(&Asset, Outcome)> = ways.iter().filter_map(|asset| Some((asset, outcome(situation(asset), action)?))).collect();
    let Some((_, first)) = possible.first() else {
        return "409".into();
    };
    assert!(possible.iter().all(|(_, outcome)| outcome == first), "one cell, one outcome");
    let mut words = move_in_words(*first);
    let effect = possible.iter().rev().find_map(|(asset, _)| match act(asset, action)? {
        Effect::Changed(after) => on_approval(asset, &after),
        Effect::Unchanged | Effect::Gone => None,
    });
    if let Some(effect) = effect {
        words = format!("{words}; {effect}");
    }
    if possible.len() < ways.len() {
        words.push_str(condition(action));
    }
    for one_more in [OneMore::Counts, OneMore::Repeats] {
        let Some(asset) = waiting.iter().find(|asset| situation(asset).one_more == one_more) else { continue };
        let led = outcome(situation(asset), action);
        if let Some(led) = led.filter(|led| led != first && action == Transition::Approve.into()) {
            words = format!("{words}; {} {}", move_in_words(led), while_more_are_required(one_more));
        }
    }
    words
}

fn while_more_are_required(one_more: OneMore) -> &'static str {
    match one_more {
        OneMore::Completes => panic!("nobody else is required"),
        OneMore::Counts => "while more people are required",
        OneMore::Repeats => "by who is counted already",
    }
}

/// What makes a move possible besides the status.
fn condition(action: Action) -> &'static str {
    match action {
        Action::Transition(Transition::Submit) => "; 409 while a change that was asked for blocks it",
        Action::Transition(Transition::Revoke) => "; 409 if none stands",
        Action::Transition(Transition::Dismiss) => "; 409 if nothing is open",
        Action::Delete => ", if never approved; else 409",
        other => panic!("{other:?} depends on the status alone"),
    }
}

fn row_name(action: Action) -> &'static str {
    match action {
        Action::Transition(Transition::RequestChanges) => "request_changes (comment required)",
        Action::Transition(Transition::Revoke) => "revoke (comment required)",
        Action::Transition(Transition::Dismiss) => "dismiss changes that were asked for",
        Action::Transition(transition) => transition.as_str(),
        Action::AddVersion => "add version",
        Action::Rollback => "rollback to version n",
        Action::Delete => "delete",
        Action::Update => "update title, description, tags",
    }
}

/// The table as it stands in the README.
fn rendered() -> String {
    let heads = Status::ALL.map(Status::as_str).join(" | ");
    let mut table = format!("| action \\ status | {heads} |\n|---|---|---|---|---|\n");
    for action in Action::ALL {
        let cells = Status::ALL.map(|status| cell(status, action)).join(" | ");
        table.push_str(&format!("| {} | {cells} |\n", row_name(action)));
    }
    table
}

#[test]
fn the_approval_table_is_the_one_that_was_agreed() {
    insta::assert_snapshot!(rendered());
}

#[test]
fn the_readme_shows_the_very_table_that_the_machine_has() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).expect("the README is there");
    let shown = readme.split_once("<!-- approval table -->").and_then(|(_, rest)| rest.split_once("<!-- /approval table -->"));
    let shown = shown.map(|(table, _)| table.trim());
    assert!(shown == Some(rendered().trim()), "between its markers the README must show this table:\n\n{}", rendered());
}

#[test]
fn the_assets_of_these_tests_are_in_every_situation_that_can_be() {
    let mut met: Vec<Situation> = Brought::all().iter().map(situation).collect();
    let mut possible: Vec<Situation> = situations().into_iter().filter(can_be).collect();
    let order = |situation: &Situation| {
        (situation.status, situation.approval_stands, situation.ever_approved, situation.wanted, situation.one_more)
    };
    met.sort_by_key(order);
    met.dedup();
    possible.sort_by_key(order);
    assert_eq!(met, possible);
}

#[test]
fn every_action_in_every_situation_does_what_the_table_says() {
    for asset in Brought::all() {
        for action in Action::ALL {
            let situation = situation(&asset);
            let expected = outcome(situation, action);
            let agrees = match (act(&asset, action), expected) {
                (None, None) | (Some(Effect::Unchanged), Some(Outcome::Unchanged)) | (Some(Effect::Gone), Some(Outcome::Gone)) => true,
                (Some(Effect::Changed(after)), Some(Outcome::Becomes(status))) => after.status() == status,
                (Some(Effect::Changed(after)), Some(Outcome::Stays)) => after.status() == asset.status(),
                (Some(Effect::Changed(after)), Some(Outcome::DraftOrApproved)) => after.status() == Status::Draft,
                _ => false,
            };
            assert!(agrees, "{action:?} in {situation:?} is not {expected:?}");
        }
    }
}

#[test]
fn the_table_is_total_and_no_outcome_leads_out_of_it() {
    for situation in situations() {
        for action in Action::ALL {
            let led = outcome(situation, action);
            let is_archived = situation.status == Status::Archived;
            let way_out = matches!(action, Action::Transition(Transition::Restore | Transition::Archive));
            assert!(!is_archived || led.is_none() || way_out, "{action:?} works on an archived asset");
            assert!(led != Some(Outcome::Gone) || !situation.ever_approved, "what was approved can be deleted");
            let approves = led == Some(Outcome::Becomes(Status::Approved));
            assert!(!approves || action == Transition::Approve.into(), "{action:?} approves");
        }
    }
}

#[test]
fn rows_in_a_situation_that_cannot_be_are_refused() {
    for situation in situations().into_iter().filter(|situation| !can_be(situation)) {
        let Brought(asset) = Brought::approved().with_new_version();
        let mut parts = asset.parts().clone();
        let approved = parts.standing.clone().unwrap();
        parts.ever_approved = situation.ever_approved;
        parts.archived_at = (situation.status == Status::Archived).then(noon);
        parts.latest.status = match situation.status {
            Status::PendingReview => VersionStatus::PendingReview,
            Status::Approved => VersionStatus::Approved,
            Status::Draft | Status::Archived => VersionStatus::Draft,
        };
        parts.open_items = match situation.wanted {
            Wanted::Nothing => Vec::new(),
            Wanted::Suggestions => Brought::new().wanting(Severity::Suggestion).0.open_items().to_vec(),
            Wanted::Blocking => Brought::new().wanting(Severity::Blocking).0.open_items().to_vec(),
        };
        parts.standing = situation.approval_stands.then_some(approved).map(|mut approval| {
            if situation.status == Status::Approved {
                approval.version = parts.latest.clone();
            }
            approval
        });
        parts.round = (situation.one_more != OneMore::Completes).then(|| Round::new(Requirement::default()));
        assert!(Asset::from_parts(parts).is_err(), "{situation:?} was taken for an asset");
    }
}

fn situations() -> Vec<Situation> {
    let flags = [(false, false), (false, true), (true, false), (true, true)];
    let each = flags.into_iter().flat_map(|flags| Wanted::ALL.map(|wanted| (flags, wanted)));
    let each = each.flat_map(|(flags, wanted)| OneMore::ALL.map(|one_more| (flags, wanted, one_more)));
    let with = |status| {
        each.clone().map(move |((approval_stands, ever_approved), wanted, one_more)| Situation {
            status,
            approval_stands,
            ever_approved,
            wanted,
            one_more,
        })
    };
    Status::ALL.into_iter().flat_map(with).collect()
}

/// What stands was approved once; what is approved stands; what is archived does not; what is blocked is not submitted; people are
/// counted while they are waited for.
fn can_be(situation: &Situation) -> bool {
    (situation.one_more == OneMore::Completes || situation.status == Status::PendingReview)
        && (!situation.approval_stands || situation.ever_approved)
        && match situation.status {
            Status::Approved => situation.approval_stands,
            Status::Archived => !situation.approval_stands,
            Status::PendingReview => situation.wanted != Wanted::Blocking,
            Status::Draft => true,
        }
}

#[test]
fn every_name_of_a_status_and_a_transition_reads_back() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
    for transition in Transition::ALL {
        assert_eq!(Transition::parse(transition.as_str()), Some(transition));
    }
    for status in VersionStatus::ALL {
        assert_eq!(VersionStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(Status::parse("Draft"), None);
}
