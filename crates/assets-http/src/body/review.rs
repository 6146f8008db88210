use assets_domain::{Anchor, Answer, ChangeItem, ChangeRequest, ChangeText, Digest, ItemId, ItemState, NamedBytes, Remark, VersionNumber};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ActorBody, ItemStateName, SeverityName};

/// Where in content somebody points. Text is in copy and blogs, boxes are in images (alone), slides (with `page`) and videos (with
/// `at_seconds`), pages are in slides, times in videos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Anchor)]
pub enum AnchorBody {
    /// A passage of text.
    #[schema(title = "TextAnchor")]
    Text {
        /// Its first character (Unicode code point), from 0.
        start: u32,
        /// The character behind its last one.
        #[schema(minimum = 1)]
        end: u32,
        /// The passage itself, so that it is found again in another text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, min_length = 1, max_length = 2000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
        quote: Option<ChangeText>,
    },
    /// A rectangle of a picture, in fractions of it from its upper left corner.
    #[schema(title = "BoxAnchor")]
    Box {
        /// Where it begins from the left.
        #[schema(minimum = 0, maximum = 1)]
        x: f64,
        /// Where it begins from the top.
        #[schema(minimum = 0, maximum = 1)]
        y: f64,
        /// How wide it is.
        #[schema(exclusive_minimum = 0, maximum = 1)]
        width: f64,
        /// How high it is.
        #[schema(exclusive_minimum = 0, maximum = 1)]
        height: f64,
        /// Of which page of slides, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 1)]
        page: Option<u32>,
        /// Of which moment of a video, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 0)]
        at_seconds: Option<f64>,
    },
    /// A page of slides.
    #[schema(title = "PageAnchor")]
    Page {
        /// From 1.
        #[schema(minimum = 1)]
        page: u32,
    },
    /// A moment or a passage of a video.
    #[schema(title = "TimeAnchor")]
    Time {
        /// Where it begins, in seconds.
        #[schema(minimum = 0)]
        start_seconds: f64,
        /// Where it ends, in seconds; without, it is a moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(exclusive_minimum = 0)]
        end_seconds: Option<f64>,
    },
}

/// The same variants both ways; what is new in the domain must be said here.
macro_rules! same_anchors {
    ($($from:ident => $to:ident),+) => {
        $(
            impl From<$from> for $to {
                fn from(anchor: $from) -> Self {
                    match anchor {
                        $from::Text { start, end, quote } => Self::Text { start, end, quote },
                        $from::Box { x, y, width, height, page, at_seconds } => Self::Box { x, y, width, height, page, at_seconds },
                        $from::Page { page } => Self::Page { page },
                        $from::Time { start_seconds, end_seconds } => Self::Time { start_seconds, end_seconds },
                    }
                }
            }
        )+
    };
}

same_anchors!(Anchor => AnchorBody, AnchorBody => Anchor);

/// One point of a request for changes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeItemInput {
    /// Where in the content, if it is about a place.
    #[serde(default)]
    pub anchor: Option<AnchorBody>,
    /// What hangs on it: while a point that is `blocking` is open, which it is unless said otherwise, the asset cannot be submitted.
    #[serde(default)]
    pub severity: SeverityName,
    /// What is wanted.
    #[schema(value_type = String, min_length = 1, max_length = 2000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub text: ChangeText,
}

impl ChangeItemInput {
    /// The point, with its id.
    #[must_use]
    pub fn into_item(self, id: Uuid) -> ChangeItem {
        let Self { anchor, severity, text } = self;
        ChangeItem { id: ItemId::new(id), anchor: anchor.map(Into::into), severity: severity.into(), text }
    }
}

/// What a new version says to an open point of a request for changes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Answer)]
pub struct AnswerBody {
    /// To which point. It must be open.
    pub item_id: Uuid,
    /// What was done about it.
    #[schema(value_type = String, min_length = 1, max_length = 2000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub text: ChangeText,
}

impl From<Answer> for AnswerBody {
    fn from(answer: Answer) -> Self {
        Self { item_id: answer.item_id.as_uuid(), text: answer.text }
    }
}

impl From<AnswerBody> for Answer {
    fn from(answer: AnswerBody) -> Self {
        Self { item_id: ItemId::new(answer.item_id), text: answer.text }
    }
}

/// One point of a request for changes, as it was made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RequestedChange)]
pub struct RequestedChangeBody {
    /// Which.
    pub id: Uuid,
    /// Where in the content, if it is about a place.
    #[schema(required)]
    pub anchor: Option<AnchorBody>,
    /// What hangs on it.
    pub severity: SeverityName,
    /// What is wanted.
    #[schema(value_type = String)]
    pub text: ChangeText,
}

impl From<ChangeItem> for RequestedChangeBody {
    fn from(item: ChangeItem) -> Self {
        let ChangeItem { id, anchor, severity, text } = item;
        Self { id: id.as_uuid(), anchor: anchor.map(Into::into), severity: severity.into(), text }
    }
}

/// One point of a request for changes, with what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChangeItem)]
pub struct ChangeItemBody {
    /// Which.
    pub id: Uuid,
    /// Where in the content, if it is about a place.
    #[schema(required)]
    pub anchor: Option<AnchorBody>,
    /// What hangs on it.
    pub severity: SeverityName,
    /// What is wanted.
    #[schema(value_type = String)]
    pub text: ChangeText,
    /// What became of it.
    pub state: ItemStateName,
    /// The version that answers it, if one does.
    #[schema(required)]
    pub answer: Option<GivenAnswer>,
    /// The person who no longer asks for it, if somebody does not.
    #[schema(required)]
    pub dismissal: Option<Dismissal>,
}

/// How a point was answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GivenAnswer {
    /// By which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// What was done about it.
    #[schema(value_type = String)]
    pub text: ChangeText,
    /// Who added the version.
    pub by: ActorBody,
    /// When.
    pub at: DateTime<Utc>,
}

/// That a point is no longer asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dismissal {
    /// Why, if that was said.
    #[schema(required)]
    pub comment: Option<String>,
    /// Who dismissed it.
    pub by: ActorBody,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<(ChangeItem, ItemState)> for ChangeItemBody {
    fn from((item, state): (ChangeItem, ItemState)) -> Self {
        let RequestedChangeBody { id, anchor, severity, text } = item.into();
        let open = Self { id, anchor, severity, text, state: ItemStateName::Open, answer: None, dismissal: None };
        match state {
            ItemState::Open => open,
            ItemState::Answered { version, text, by, at } => {
                let answer = GivenAnswer { version: version.get(), text, by: by.into(), at };
                Self { state: ItemStateName::Answered, answer: Some(answer), ..open }
            }
            ItemState::Dismissed { comment, by, at } => {
                let dismissal = Dismissal { comment: comment.map(Into::into), by: by.into(), at };
                Self { state: ItemStateName::Dismissed, dismissal: Some(dismissal), ..open }
            }
        }
    }
}

/// A person's request for changes, with what became of each of its points.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChangeRequest)]
pub struct ChangeRequestBody {
    /// Whether something is still to be done: a point is open or, if it has none, the version stands as it was sent back.
    pub open: bool,
    /// About which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// About which bytes.
    pub digest: String,
    /// What is wanted, in all.
    #[schema(required)]
    pub comment: Option<String>,
    /// Who asks.
    pub by: ActorBody,
    /// When.
    pub at: DateTime<Utc>,
    /// Point by point.
    pub items: Vec<ChangeItemBody>,
}

impl From<ChangeRequest> for ChangeRequestBody {
    fn from(request: ChangeRequest) -> Self {
        let ChangeRequest { decision, items, is_open } = request;
        Self {
            open: is_open,
            version: decision.version.get(),
            digest: decision.digest.to_string(),
            comment: decision.comment.map(Into::into),
            by: decision.by.into(),
            at: decision.at,
            items: items.into_iter().map(Into::into).collect(),
        }
    }
}

/// One page of requests for changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeRequestPage {
    /// Newest first.
    pub items: Vec<ChangeRequestBody>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// Something to be said about a version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "why not blue?", "version": 2, "anchor": {"kind": "text", "start": 0, "end": 6}}))]
pub struct CommentInput {
    /// What is said.
    #[schema(value_type = String, min_length = 1, max_length = 2000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub text: ChangeText,
    /// About which version; without, about the latest.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub version: Option<VersionNumber>,
    /// The bytes that it is about. If the version has others: 409 `stale_version`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: Option<Digest>,
    /// Where in the content, if it is about a place.
    #[serde(default)]
    pub anchor: Option<AnchorBody>,
}

impl CommentInput {
    /// What it is about.
    #[must_use]
    pub const fn about(&self) -> NamedBytes {
        NamedBytes { version: self.version, digest: self.digest }
    }
}

/// Something that was said about a version. It decides nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentBody {
    /// Which.
    pub id: Uuid,
    /// About which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// About which bytes.
    pub digest: String,
    /// Where in the content, if it is about a place.
    #[schema(required)]
    pub anchor: Option<AnchorBody>,
    /// What was said.
    #[schema(value_type = String)]
    pub text: ChangeText,
    /// Who said it.
    pub by: ActorBody,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<Remark> for CommentBody {
    fn from(remark: Remark) -> Self {
        let Remark { id, version, digest, anchor, text, by, at, .. } = remark;
        Self {
            id: id.as_uuid(),
            version: version.get(),
            digest: digest.to_string(),
            anchor: anchor.map(Into::into),
            text,
            by: by.into(),
            at,
        }
    }
}

/// One page of comments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommentPage {
    /// Newest first.
    pub items: Vec<CommentBody>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
