use serde::Deserialize;

use super::{AssetAction, AssetStatus, ProblemCode, Reason, RequestedChange, Scope};

/// A problem (RFC 9457), sent as `application/problem+json`. Branch on `code`; the words may change.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Problem {
    /// A URI for the kind of problem: `urn:assets:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem, in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what to do about it.
    pub detail: String,
    /// What programs branch on.
    pub code: ProblemCode,
    /// The bad fields and parameters, each with its place.
    #[serde(default)]
    pub errors: Vec<FieldProblem>,
    /// Where the asset stands, if that is what refuses.
    pub current_status: Option<AssetStatus>,
    /// What this caller could do instead, now.
    #[serde(default)]
    pub legal_actions: Vec<AssetAction>,
    /// The version that the decision would be about.
    pub current_version: Option<u32>,
    /// The bytes that the decision would be about.
    pub current_digest: Option<String>,
    /// The changes that were asked for and block the asset.
    #[serde(default)]
    pub open_items: Vec<RequestedChange>,
    /// Everything that speaks against handing the asset out.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// The scope that the key lacks.
    pub required_scope: Option<Scope>,
    /// Where a person can decide.
    pub review_url: Option<String>,
    /// The request, for whoever reads the log.
    pub request_id: Option<String>,
}

/// One bad field or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct FieldProblem {
    /// Where it is, from the outside in: `["body", "provenance", "derived_from", 0]`, `["query", "limit"]`.
    pub loc: Vec<LocItem>,
    /// What is wrong with it, in words.
    pub msg: String,
    /// What is wrong with it, for programs.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A field by name, or a place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum LocItem {
    /// A field by name.
    Field(String),
    /// A place in a list, from 0.
    Index(usize),
}

impl std::fmt::Display for LocItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Index(place) => write!(f, "{place}"),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)?;
        for FieldProblem { loc, msg, .. } in &self.errors {
            let place: Vec<_> = loc.iter().map(LocItem::to_string).collect();
            write!(f, "; {}: {msg}", place.join("."))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
