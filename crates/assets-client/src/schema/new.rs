use serde::Serialize;
use uuid::Uuid;

use super::{Answer, AssetType, MediaType};

/// A new asset with inline text, or with what was uploaded before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct CreateAsset {
    /// What kind of thing. It never changes.
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    /// What it is called: one line.
    pub title: String,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is filed under: `namespace:value`, with a lower-case namespace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub tags: Vec<String>,
    /// Where it comes from.
    pub provenance: NewProvenance,
    /// The text itself, or what was uploaded before. A file of moderate size is sent as multipart instead.
    pub content: NewContent,
}

/// What a new asset is, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct NewAssetMetadata {
    /// What kind of thing. It never changes.
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    /// What it is called: one line.
    pub title: String,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is filed under: `namespace:value`, with a lower-case namespace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub tags: Vec<String>,
    /// Where it comes from.
    pub provenance: NewProvenance,
}

/// A new version with inline text, or with what was uploaded before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct AddVersion {
    /// Where it comes from. What is not stated is as in the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<StatedProvenanceInput>,
    /// Why it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it answers of the open points of requests for changes (`get_change_requests`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub answers: Vec<Answer>,
    /// The text itself, or what was uploaded before. A file of moderate size is sent as multipart instead.
    pub content: NewContent,
}

/// What a new version is, without its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct NewVersionMetadata {
    /// Where it comes from. What is not stated is as in the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<StatedProvenanceInput>,
    /// Why it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it answers of the open points of requests for changes (`get_change_requests`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub answers: Vec<Answer>,
}

/// Content in a JSON body: text, or what was uploaded before. Which of them, its fields tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum NewContent {
    /// Text.
    Inline(InlineContent),
    /// What was uploaded before.
    Uploaded(UploadedContent),
}

/// Text as content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct InlineContent {
    /// The text. It may fill the body: 1 MiB.
    pub text: String,
    /// What it is. Without it, the first that the type of asset takes: plain text for copy, Markdown for a blog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// What it is called when saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// What was uploaded before as content (`create_upload`), by the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct UploadedContent {
    /// Which upload. It must have all its bytes, and can be used again.
    pub upload_id: Uuid,
    /// What it is. Without it, what was said when the upload began, or else what the bytes look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// What it is called when saved. Without it, what was said when the upload began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// Where a new asset comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct NewProvenance {
    /// The agent that made it.
    pub agent_slug: String,
    /// The run of that agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The campaign it was made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// The brand it speaks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand_id: Option<String>,
    /// The brief it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief_id: Option<String>,
    /// The model that generated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// A digest of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_digest: Option<String>,
    /// The versions it was made from, in the same workspace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub derived_from: Vec<SourceInput>,
}

/// What a new version states of where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct StatedProvenanceInput {
    /// The agent that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_slug: Option<String>,
    /// The run of that agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The campaign it was made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// The brand it speaks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand_id: Option<String>,
    /// The brief it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief_id: Option<String>,
    /// The model that generated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// A digest of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_digest: Option<String>,
    /// The versions it was made from, in the same workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived_from: Option<Vec<SourceInput>>,
}

/// A version that another was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct SourceInput {
    /// Which asset.
    pub asset_id: Uuid,
    /// Which of its versions.
    pub version: u32,
}

/// A JSON Merge Patch (RFC 7396) of title, description and tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct UpdateAsset {
    /// A new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A new description; `Some(None)` removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    pub description: Option<Option<String>>,
    /// New tags instead of all the old ones; an empty list removes them all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// Which version is to be the latest again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct RollbackInput {
    /// Any version of the asset, the latest included.
    pub to_version: u32,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it answers of the open points of requests for changes (`get_change_requests`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub answers: Vec<Answer>,
}

impl NewProvenance {
    /// Made by an agent. What else is known is added by its fields: `NewProvenance { model: …, ..NewProvenance::by("me") }`.
    #[must_use]
    pub fn by(agent_slug: impl Into<String>) -> Self {
        Self {
            agent_slug: agent_slug.into(),
            run_id: None,
            campaign_id: None,
            brand_id: None,
            brief_id: None,
            model: None,
            prompt_digest: None,
            derived_from: Vec::new(),
        }
    }
}

impl NewAssetMetadata {
    /// What every asset must have.
    #[must_use]
    pub fn new(asset_type: AssetType, title: impl Into<String>, provenance: NewProvenance) -> Self {
        Self { asset_type, title: title.into(), description: None, tags: Vec::new(), provenance }
    }

    /// Together with its content.
    #[must_use]
    pub fn with(self, content: impl Into<NewContent>) -> CreateAsset {
        let Self { asset_type, title, description, tags, provenance } = self;
        CreateAsset { asset_type, title, description, tags, provenance, content: content.into() }
    }
}

impl NewVersionMetadata {
    /// Why it is added.
    #[must_use]
    pub fn noting(note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::default() }
    }

    /// Together with its content.
    #[must_use]
    pub fn with(self, content: impl Into<NewContent>) -> AddVersion {
        let Self { provenance, note, answers } = self;
        AddVersion { provenance, note, answers, content: content.into() }
    }

    /// With an answer more to an open point.
    #[must_use]
    pub fn answering(mut self, item_id: Uuid, text: impl Into<String>) -> Self {
        self.answers.push(Answer { item_id, text: text.into() });
        self
    }
}

impl RollbackInput {
    /// Back to a version.
    #[must_use]
    pub const fn to(to_version: u32) -> Self {
        Self { to_version, reason: None, answers: Vec::new() }
    }
}

impl From<&str> for NewContent {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for NewContent {
    fn from(text: String) -> Self {
        Self::Inline(InlineContent { text, media_type: None, filename: None })
    }
}

impl From<InlineContent> for NewContent {
    fn from(inline: InlineContent) -> Self {
        Self::Inline(inline)
    }
}

impl From<UploadedContent> for NewContent {
    fn from(uploaded: UploadedContent) -> Self {
        Self::Uploaded(uploaded)
    }
}
