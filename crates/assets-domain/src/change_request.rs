//! Change requests: what a person wants otherwise, point by point, until each point is settled.
//!
//! The points go on record with the decision that asks for changes, answers with the version that answers, dismissals with the
//! decision that dismisses. The asset itself holds those that are open, and nothing else: what of them blocks it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, AssetType, ChangeText, Comment, Content, Decision, ItemId, Transition, Version, VersionNumber, VersionStatus};

/// How much hangs on a point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The asset cannot be submitted while it is open.
    #[default]
    Blocking,
    /// Whoever works on it may see to it, or not.
    Suggestion,
}

/// Where in content somebody points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Anchor {
    /// At a passage of text.
    Text {
        /// Its first character (Unicode scalar value), from 0.
        start: u32,
        /// The character behind its last one.
        end: u32,
        /// The passage itself, so that it is found again in another text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quote: Option<ChangeText>,
    },
    /// At a rectangle of a picture, in fractions of it from its upper left corner.
    Box {
        /// Where it begins from the left.
        x: f64,
        /// Where it begins from the top.
        y: f64,
        /// How wide it is.
        width: f64,
        /// How high it is.
        height: f64,
        /// Of which page, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<u32>,
        /// Of which moment of a video, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_seconds: Option<f64>,
    },
    /// At a page.
    Page {
        /// From 1.
        page: u32,
    },
    /// At a moment or a passage of a video.
    Time {
        /// Where it begins, in seconds.
        start_seconds: f64,
        /// Where it ends, in seconds; without, it is a moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end_seconds: Option<f64>,
    },
}

/// Why an anchor points at nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// Such content has no such places.
    #[error("an asset of type {} has no such places", .0.as_str())]
    Kind(AssetType),
    /// It ends before it begins.
    #[error("must end behind its start")]
    Backwards,
    /// It lies behind the end of the text.
    #[error("must end within the text")]
    OutsideText,
    /// It lies outside the picture.
    #[error("must lie within the picture: fractions from 0 to 1, with some extent")]
    OutsidePicture,
    /// Pages are counted from 1 to the last.
    #[error("must be a page of the content, from 1")]
    NoSuchPage,
    /// Times are counted from 0 to the end.
    #[error("must be seconds within the content, from 0")]
    NoSuchTime,
}

impl Anchor {
    /// Whether it points at something in content of this type, as far as that is known without reading it.
    ///
    /// # Errors
    /// It does not.
    pub fn judge(&self, asset_type: AssetType, content: &Content) -> Result<(), AnchorError> {
        use AssetType::{Blog, Bundle, Copy, Image, Slide, Video};
        let (kind, facts) = (AnchorError::Kind(asset_type), &content.facts);
        let page = |page: u32| {
            let last = facts.pages.unwrap_or(u32::MAX);
            if (1..=last).contains(&page) { Ok(()) } else { Err(AnchorError::NoSuchPage) }
        };
        let time = |seconds: f64| {
            let end = facts.duration_seconds.unwrap_or(f64::MAX);
            if (0.0..=end).contains(&seconds) { Ok(()) } else { Err(AnchorError::NoSuchTime) }
        };
        match (self, asset_type) {
            (Self::Text { start, end, .. }, Copy | Blog) => {
                // A character has a byte at least.
                match start < end {
                    true if u64::from(*end) <= content.size_bytes => Ok(()),
                    true => Err(AnchorError::OutsideText),
                    false => Err(AnchorError::Backwards),
                }
            }
            (Self::Box { page: None, at_seconds: None, .. }, Image) => self.within_picture(),
            (Self::Box { page: Some(which), at_seconds: None, .. }, Slide) => page(*which).and_then(|()| self.within_picture()),
            (Self::Box { page: None, at_seconds: Some(at), .. }, Video) => time(*at).and_then(|()| self.within_picture()),
            (Self::Page { page: which }, Slide) => page(*which),
            (Self::Time { start_seconds, end_seconds }, Video) => {
                time(*start_seconds)?;
                match end_seconds {
                    Some(end) if end <= start_seconds => Err(AnchorError::Backwards),
                    Some(end) => time(*end),
                    None => Ok(()),
                }
            }
            (Self::Text { .. }, Image | Slide | Video | Bundle)
            | (Self::Box { .. }, Copy | Blog | Bundle | Image | Slide | Video)
            | (Self::Page { .. }, Copy | Blog | Bundle | Image | Video)
            | (Self::Time { .. }, Copy | Blog | Bundle | Image | Slide) => Err(kind),
        }
    }

    fn within_picture(&self) -> Result<(), AnchorError> {
        let Self::Box { x, y, width, height, .. } = self else { return Ok(()) };
        // Three tenths and seven tenths are not quite one.
        const WHOLE: f64 = 1.0 + 1e-9;
        let fits = |from: f64, extent: f64| from >= 0.0 && extent > 0.0 && from + extent <= WHOLE;
        if fits(*x, *width) && fits(*y, *height) { Ok(()) } else { Err(AnchorError::OutsidePicture) }
    }
}

/// One point of a request for changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeItem {
    /// Which.
    pub id: ItemId,
    /// Where in the content, if it is about a place.
    pub anchor: Option<Anchor>,
    /// What hangs on it.
    pub severity: Severity,
    /// What is wanted.
    pub text: ChangeText,
}

impl ChangeItem {
    /// The most points of an asset that may be open: 100.
    pub const MOST_OPEN: usize = 100;
}

/// What the maker of a version says to a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// To which.
    pub item_id: ItemId,
    /// What was done about it.
    pub text: ChangeText,
}

/// What became of a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemState {
    /// Nothing yet.
    Open,
    /// A version answers it.
    Answered {
        /// Which.
        version: VersionNumber,
        /// What it says.
        text: ChangeText,
        /// Who added it.
        by: Actor,
        /// When.
        at: DateTime<Utc>,
    },
    /// A person no longer asks for it.
    Dismissed {
        /// Why, if that was said.
        comment: Option<Comment>,
        /// Who.
        by: Actor,
        /// When.
        at: DateTime<Utc>,
    },
}

/// A request for changes, with what became of its points.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRequest {
    /// The decision that asks for them.
    pub decision: Decision,
    /// Its points, in their order.
    pub items: Vec<(ChangeItem, ItemState)>,
    /// Whether something is still to be done: a point is open or, if there are none, the latest version is as it was sent back.
    pub is_open: bool,
}

impl ChangeRequest {
    /// The requests in a history, newest first.
    #[must_use]
    pub fn among(versions: &[Version], decisions: &[Decision]) -> Vec<Self> {
        let latest = versions.iter().max_by_key(|version| version.number);
        let states = states(versions, decisions);
        let requests = decisions.iter().rev().filter(|decision| decision.action == Transition::RequestChanges);
        let request = |decision: &Decision| {
            let state = |item: &ChangeItem| states.get(&item.id).cloned().unwrap_or(ItemState::Open);
            let items: Vec<_> = decision.items.iter().map(|item| (item.clone(), state(item))).collect();
            let is_sent_back =
                latest.is_some_and(|latest| latest.number == decision.version && latest.status == VersionStatus::ChangesRequested);
            let is_open = (items.is_empty() && is_sent_back) || items.iter().any(|(_, state)| *state == ItemState::Open);
            Self { decision: decision.clone(), items, is_open }
        };
        requests.map(request).collect()
    }
}

/// What became of each point that is settled.
fn states(versions: &[Version], decisions: &[Decision]) -> BTreeMap<ItemId, ItemState> {
    let answered = versions.iter().flat_map(|version| {
        let state = |answer: &Answer| {
            let Version { number, created_by, created_at, .. } = version;
            (answer.item_id, ItemState::Answered { version: *number, text: answer.text.clone(), by: created_by.clone(), at: *created_at })
        };
        version.answers.iter().map(state)
    });
    let dismissed = decisions.iter().flat_map(|decision| {
        let Decision { comment, by, at, .. } = decision;
        let state = move |id: &ItemId| (*id, ItemState::Dismissed { comment: comment.clone(), by: by.clone(), at: *at });
        decision.dismissed.iter().map(state)
    });
    answered.chain(dismissed).collect()
}
