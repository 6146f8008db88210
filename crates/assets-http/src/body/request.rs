//! What callers send. Fields are domain types, so that reading a body checks it.

use assets_domain::{
    AssetId, Comment, Description, Details, DetailsPatch, Filename, Label, MediaType, NewAsset, NewVersion, Provenance, Source,
    StatedProvenance, Tags, Title, VersionNumber,
};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{FieldProblem, Problem};

use super::{AnswerBody, AssetTypeName, MediaTypeName, TagText};

/// Declares the metadata of an upload twice from one list of fields: alone, as the part `metadata` of a multipart body,
/// and with its content, as a JSON body.
macro_rules! metadata_and_body {
    (
        $(#[$doc:meta])* $metadata:ident, $(#[$body_doc:meta])* $body:ident
        { $( $(#[$field_doc:meta])* $field:ident: $kind:ty, )* }
    ) => {
        #[derive(Debug, Clone, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$doc])*
        pub struct $metadata { $( $(#[$field_doc])* pub $field: $kind, )* }

        #[derive(Debug, Clone, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$body_doc])*
        pub struct $body {
            $( $(#[$field_doc])* pub $field: $kind, )*
            /// The text itself, or what was uploaded before. A file of moderate size is sent as multipart instead.
            pub content: NewContent,
        }
    };
}

metadata_and_body!(
    /// What a new asset is, without its content.
    NewAssetMetadata,
    /// A new asset with inline text, or with what was uploaded before.
    #[schema(example = json!({
        "type": "copy", "title": "Spring launch: headline", "tags": ["brand:acme", "channel:linkedin"],
        "provenance": {"agent_slug": "copywriter", "campaign_id": "spring", "model": "writer-2"},
        "content": {"text": "Spring is in the details."}
    }))]
    CreateAsset {
        /// What kind of thing. It never changes.
        #[serde(rename = "type")]
        asset_type: AssetTypeName,
        /// What it is called: one line.
        #[schema(value_type = String, min_length = 1, max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
        title: Title,
        /// What it is about.
        #[serde(default)]
        #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
        description: Option<Description>,
        /// What it is filed under: `namespace:value`, with a lower-case namespace.
        #[serde(default)]
        #[schema(value_type = Vec<TagText>, max_items = 64)]
        tags: Tags,
        /// Where it comes from.
        provenance: NewProvenance,
    }
);

metadata_and_body!(
    /// What a new version is, without its content.
    NewVersionMetadata,
    /// A new version with inline text, or with what was uploaded before.
    #[schema(example = json!({"note": "shorter", "content": {"text": "Spring, in detail."}}))]
    AddVersion {
        /// Where it comes from. What is not stated is as in the version before.
        #[serde(default)]
        #[schema(nullable = false)]
        provenance: Option<StatedProvenanceInput>,
        /// Why it was added.
        #[serde(default)]
        #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
        note: Option<Comment>,
        /// What it answers of the open points of requests for changes (`get_change_requests`).
        #[serde(default)]
        #[schema(max_items = 100)]
        answers: Vec<AnswerBody>,
    }
);

/// Content in a JSON body: text, or what was uploaded before. Which of them, its fields tell.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum NewContent {
    /// Text.
    #[schema(title = "InlineContent")]
    Inline(InlineContent),
    /// What was uploaded before.
    #[schema(title = "UploadedContent")]
    Uploaded(UploadedContent),
}

/// What was uploaded before as content (`create_upload`), by the same key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadedContent {
    /// Which upload. It must have all its bytes, and can be used again.
    pub upload_id: Uuid,
    /// What it is. Without it, what was said when the upload began, or else what the bytes look like.
    #[serde(default)]
    #[schema(value_type = Option<MediaTypeName>)]
    pub media_type: Option<MediaType>,
    /// What it is called when saved. Without it, what was said when the upload began.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = r"^[^/\\\x00-\x1f\x7f-\x9f]*[^\s./\\\x00-\x1f\x7f-\x9f][^/\\\x00-\x1f\x7f-\x9f]*$")]
    pub filename: Option<Filename>,
}

/// Text as content.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InlineContent {
    /// The text. It may fill the body: 1 MiB.
    #[schema(min_length = 1)]
    pub text: String,
    /// What it is. Without it, the first that the type of asset takes: plain text for copy, Markdown for a blog.
    #[serde(default)]
    #[schema(value_type = Option<MediaTypeName>)]
    pub media_type: Option<MediaType>,
    /// What it is called when saved.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = r"^[^/\\\x00-\x1f\x7f-\x9f]*[^\s./\\\x00-\x1f\x7f-\x9f][^/\\\x00-\x1f\x7f-\x9f]*$")]
    pub filename: Option<Filename>,
}

/// A new asset with a file: first the part `metadata`, then the part `content`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAssetUpload {
    /// JSON, at most 64 KiB.
    pub metadata: NewAssetMetadata,
    /// The file, with its name and type.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub content: Vec<u8>,
}

/// A new version with a file: first the part `metadata`, then the part `content`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddVersionUpload {
    /// JSON, at most 64 KiB.
    pub metadata: NewVersionMetadata,
    /// The file, with its name and type.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub content: Vec<u8>,
}

/// Where a new asset comes from.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProvenance {
    /// The agent that made it.
    #[schema(value_type = String, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub agent_slug: Label,
    /// The run of that agent.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub run_id: Option<Label>,
    /// The campaign it was made for.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub campaign_id: Option<Label>,
    /// The brand it speaks for.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub brand_id: Option<Label>,
    /// The brief it answers.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub brief_id: Option<Label>,
    /// The model that generated it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub model: Option<Label>,
    /// A digest of the prompt.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub prompt_digest: Option<Label>,
    /// The versions it was made from, in the same workspace.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub derived_from: Vec<SourceInput>,
}

/// What a new version states of where it comes from.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatedProvenanceInput {
    /// The agent that made it.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub agent_slug: Option<Label>,
    /// The run of that agent.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub run_id: Option<Label>,
    /// The campaign it was made for.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub campaign_id: Option<Label>,
    /// The brand it speaks for.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub brand_id: Option<Label>,
    /// The brief it answers.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub brief_id: Option<Label>,
    /// The model that generated it.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub model: Option<Label>,
    /// A digest of the prompt.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub prompt_digest: Option<Label>,
    /// The versions it was made from, in the same workspace.
    #[schema(max_items = 100)]
    pub derived_from: Option<Vec<SourceInput>>,
}

/// A version that another was made from.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceInput {
    /// Which asset.
    pub asset_id: Uuid,
    /// Which of its versions.
    #[schema(value_type = u32, minimum = 1)]
    pub version: VersionNumber,
}

/// A JSON Merge Patch (RFC 7396) of title, description and tags.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Spring launch: headline, short", "description": null, "tags": ["brand:acme"]}))]
pub struct UpdateAsset {
    /// A new title.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub title: Option<Title>,
    /// A new description; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub description: Option<Option<Description>>,
    /// New tags instead of all the old ones; null removes them all.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<TagText>>, max_items = 64)]
    pub tags: Option<Option<Tags>>,
}

/// Tells a field that is null from one that is not there.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Which version is to be the latest again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to_version": 1, "reason": "the client liked the first one better"}))]
pub struct RollbackInput {
    /// Any version of the asset, the latest included.
    #[schema(value_type = u32, minimum = 1)]
    pub to_version: VersionNumber,
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub reason: Option<Comment>,
    /// What it answers of the open points of requests for changes.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub answers: Vec<AnswerBody>,
}

impl NewAssetMetadata {
    /// What the domain makes an asset of.
    ///
    /// # Errors
    /// Too many sources.
    pub fn into_new_asset(self) -> Result<NewAsset, Problem> {
        let provenance = self.provenance;
        Ok(NewAsset {
            asset_type: self.asset_type.into(),
            details: Details { title: self.title, description: self.description, tags: self.tags },
            provenance: Provenance {
                agent_slug: provenance.agent_slug,
                run_id: provenance.run_id,
                campaign_id: provenance.campaign_id,
                brand_id: provenance.brand_id,
                brief_id: provenance.brief_id,
                model: provenance.model,
                prompt_digest: provenance.prompt_digest,
                derived_from: sources(provenance.derived_from)?,
            },
        })
    }
}

impl NewVersionMetadata {
    /// What the domain adds a version of.
    ///
    /// # Errors
    /// Too many sources.
    pub fn into_new_version(self) -> Result<NewVersion, Problem> {
        let provenance = self.provenance.unwrap_or_default().into_stated()?;
        Ok(NewVersion { provenance, note: self.note, answers: self.answers.into_iter().map(Into::into).collect() })
    }
}

impl StatedProvenanceInput {
    /// What the domain inherits the rest of.
    ///
    /// # Errors
    /// Too many sources.
    pub fn into_stated(self) -> Result<StatedProvenance, Problem> {
        Ok(StatedProvenance {
            agent_slug: self.agent_slug,
            run_id: self.run_id,
            campaign_id: self.campaign_id,
            brand_id: self.brand_id,
            brief_id: self.brief_id,
            model: self.model,
            prompt_digest: self.prompt_digest,
            derived_from: self.derived_from.map(sources).transpose()?,
        })
    }
}

impl From<UpdateAsset> for DetailsPatch {
    fn from(update: UpdateAsset) -> Self {
        Self { title: update.title, description: update.description, tags: update.tags.map(Option::unwrap_or_default) }
    }
}

fn sources(sources: Vec<SourceInput>) -> Result<Vec<Source>, Problem> {
    if sources.len() > Provenance::MAX_SOURCES {
        let message = format!("must be at most {} sources", Provenance::MAX_SOURCES);
        return Err(Problem::invalid(vec![FieldProblem::at(&["body", "provenance", "derived_from"], "too_many", message)]));
    }
    Ok(sources.into_iter().map(|source| Source { asset_id: AssetId::new(source.asset_id), version: source.version }).collect())
}
