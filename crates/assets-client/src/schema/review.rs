use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Actor, ChangeItemState, Severity, Version};

/// Where in content somebody points. Text is in copy and blogs, boxes are in images (alone), slides (with `page`) and videos (with
/// `at_seconds`), pages are in slides, times in videos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Anchor {
    /// A passage of text.
    Text {
        /// Its first character (Unicode code point), from 0.
        start: u32,
        /// The character behind its last one.
        end: u32,
        /// The passage itself, so that it is found again in another text.
        #[serde(skip_serializing_if = "Option::is_none")]
        quote: Option<String>,
    },
    /// A rectangle of a picture, in fractions of it from its upper left corner.
    Box {
        /// Where it begins from the left.
        x: f64,
        /// Where it begins from the top.
        y: f64,
        /// How wide it is.
        width: f64,
        /// How high it is.
        height: f64,
        /// Of which page of slides, from 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<u32>,
        /// Of which moment of a video, in seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_seconds: Option<f64>,
    },
    /// A page of slides.
    Page {
        /// From 1.
        page: u32,
    },
    /// A moment or a passage of a video.
    Time {
        /// Where it begins, in seconds.
        start_seconds: f64,
        /// Where it ends, in seconds; without, it is a moment.
        #[serde(skip_serializing_if = "Option::is_none")]
        end_seconds: Option<f64>,
    },
}

/// What a request for changes is about, and what is wanted.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct RequestChangesInput {
    /// The version that was looked at. If it is not the current one: 409 `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The bytes that were looked at. If they are not the current ones: 409 `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What is wanted, in all.
    pub comment: String,
    /// What is wanted, point by point. At most 100 points of an asset may be open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub items: Vec<ChangeItemInput>,
}

/// One point of a request for changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct ChangeItemInput {
    /// Where in the content, if it is about a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// What hangs on it: while a point that is `blocking` is open, the asset cannot be submitted.
    #[cfg_attr(test, schema(required = false))]
    pub severity: Severity,
    /// What is wanted.
    pub text: String,
}

/// Which points of requests for changes are no longer asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct DismissInput {
    /// The version that was looked at. If it is not the current one: 409 `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The bytes that were looked at. If they are not the current ones: 409 `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Which points; without, all that are open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_ids: Option<Vec<Uuid>>,
}

/// What a new version says to an open point of a request for changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct Answer {
    /// To which point. It must be open.
    pub item_id: Uuid,
    /// What was done about it.
    pub text: String,
}

/// One point of a request for changes, as it was made.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RequestedChange {
    /// Which.
    pub id: Uuid,
    /// Where in the content, if it is about a place.
    pub anchor: Option<Anchor>,
    /// What hangs on it.
    pub severity: Severity,
    /// What is wanted.
    pub text: String,
}

/// One point of a request for changes, with what became of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ChangeItem {
    /// Which.
    pub id: Uuid,
    /// Where in the content, if it is about a place.
    pub anchor: Option<Anchor>,
    /// What hangs on it.
    pub severity: Severity,
    /// What is wanted.
    pub text: String,
    /// What became of it.
    pub state: ChangeItemState,
    /// The version that answers it, if one does.
    pub answer: Option<GivenAnswer>,
    /// The person who no longer asks for it, if somebody does not.
    pub dismissal: Option<Dismissal>,
}

/// How a point was answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct GivenAnswer {
    /// By which version.
    pub version: u32,
    /// What was done about it.
    pub text: String,
    /// Who added the version.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// That a point is no longer asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Dismissal {
    /// Why, if that was said.
    pub comment: Option<String>,
    /// Who dismissed it.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// A person's request for changes, with what became of each of its points.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ChangeRequest {
    /// Whether something is still to be done: a point is open or, if it has none, the version stands as it was sent back.
    pub open: bool,
    /// About which version.
    pub version: u32,
    /// About which bytes.
    pub digest: String,
    /// What is wanted, in all.
    pub comment: Option<String>,
    /// Who asks.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Point by point.
    pub items: Vec<ChangeItem>,
}

/// Something to be said about a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct CommentInput {
    /// What is said.
    pub text: String,
    /// About which version; without, about the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The bytes that it is about. If the version has others: 409 `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Where in the content, if it is about a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
}

/// Something that was said about a version. It decides nothing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Comment {
    /// Which.
    pub id: Uuid,
    /// About which version.
    pub version: u32,
    /// About which bytes.
    pub digest: String,
    /// Where in the content, if it is about a place.
    pub anchor: Option<Anchor>,
    /// What was said.
    pub text: String,
    /// Who said it.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

impl RequestChangesInput {
    /// About exactly these bytes.
    #[must_use]
    pub fn about(seen: &Version, comment: impl Into<String>) -> Self {
        let (version, digest) = (Some(seen.number), Some(seen.content.digest.clone()));
        Self { version, digest, comment: comment.into(), items: Vec::new() }
    }

    /// With a point more.
    #[must_use]
    pub fn wanting(mut self, item: ChangeItemInput) -> Self {
        self.items.push(item);
        self
    }
}

impl ChangeItemInput {
    /// What has to be seen to.
    #[must_use]
    pub fn blocking(text: impl Into<String>) -> Self {
        Self { anchor: None, severity: Severity::Blocking, text: text.into() }
    }

    /// What may be seen to.
    #[must_use]
    pub fn suggestion(text: impl Into<String>) -> Self {
        Self { severity: Severity::Suggestion, ..Self::blocking(text) }
    }

    /// At a place.
    #[must_use]
    pub fn at(self, anchor: Anchor) -> Self {
        Self { anchor: Some(anchor), ..self }
    }
}

impl CommentInput {
    /// About the latest version.
    #[must_use]
    pub fn saying(text: impl Into<String>) -> Self {
        Self { text: text.into(), version: None, digest: None, anchor: None }
    }
}
