//! Where a version comes from.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Label, VersionNumber};

/// Who and what made a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The agent that made it.
    pub agent_slug: Label,
    /// The run of that agent.
    pub run_id: Option<Label>,
    /// The campaign it was made for.
    pub campaign_id: Option<Label>,
    /// The brand it speaks for.
    pub brand_id: Option<Label>,
    /// The brief it answers.
    pub brief_id: Option<Label>,
    /// The model that generated it.
    pub model: Option<Label>,
    /// A digest of the prompt.
    pub prompt_digest: Option<Label>,
    /// The versions of other assets it was made from, in the same workspace; at most [`Provenance::MAX_SOURCES`].
    pub derived_from: Vec<Source>,
}

/// A version that another was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// Which asset.
    pub asset_id: AssetId,
    /// Which of its versions.
    pub version: VersionNumber,
}

/// What a new version states of its provenance. What it does not state it inherits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatedProvenance {
    /// See [`Provenance::agent_slug`].
    pub agent_slug: Option<Label>,
    /// See [`Provenance::run_id`].
    pub run_id: Option<Label>,
    /// See [`Provenance::campaign_id`].
    pub campaign_id: Option<Label>,
    /// See [`Provenance::brand_id`].
    pub brand_id: Option<Label>,
    /// See [`Provenance::brief_id`].
    pub brief_id: Option<Label>,
    /// See [`Provenance::model`].
    pub model: Option<Label>,
    /// See [`Provenance::prompt_digest`].
    pub prompt_digest: Option<Label>,
    /// See [`Provenance::derived_from`].
    pub derived_from: Option<Vec<Source>>,
}

impl Provenance {
    /// The most sources of one version.
    pub const MAX_SOURCES: usize = 100;

    /// The least that is known of anything: the agent.
    #[must_use]
    pub const fn by(agent_slug: Label) -> Self {
        Self {
            agent_slug,
            run_id: None,
            campaign_id: None,
            brand_id: None,
            brief_id: None,
            model: None,
            prompt_digest: None,
            derived_from: Vec::new(),
        }
    }

    /// The provenance of a next version: what it states, and for the rest what this one says.
    #[must_use]
    pub fn inherited_by(&self, stated: StatedProvenance) -> Self {
        let or = |stated: Option<Label>, inherited: &Option<Label>| stated.or_else(|| inherited.clone());
        Self {
            agent_slug: stated.agent_slug.unwrap_or_else(|| self.agent_slug.clone()),
            run_id: or(stated.run_id, &self.run_id),
            campaign_id: or(stated.campaign_id, &self.campaign_id),
            brand_id: or(stated.brand_id, &self.brand_id),
            brief_id: or(stated.brief_id, &self.brief_id),
            model: or(stated.model, &self.model),
            prompt_digest: or(stated.prompt_digest, &self.prompt_digest),
            derived_from: stated.derived_from.unwrap_or_else(|| self.derived_from.clone()),
        }
    }
}
