//! Which field or parameter is bad, and how.

use assets_domain::{FieldError, Filename, PathItem, TextError};
use serde::Serialize;
use utoipa::ToSchema;

/// One bad field or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Where it is, from the outside in: `["body", "provenance", "derived_from", 0]`, `["query", "limit"]`.
    #[schema(example = json!(["body", "title"]))]
    pub loc: Vec<LocItem>,
    /// What is wrong with it, in words.
    #[schema(example = "must not be empty")]
    pub msg: String,
    /// What is wrong with it, for programs.
    #[serde(rename = "type")]
    #[schema(example = "empty")]
    pub kind: String,
}

/// A field by name, or a place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum LocItem {
    /// A field by name.
    #[schema(title = "LocField")]
    Field(String),
    /// A place in a list, from 0.
    #[schema(title = "LocIndex")]
    Index(usize),
}

impl std::fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let items = self.loc.iter().map(|item| match item {
            LocItem::Field(name) => name.clone(),
            LocItem::Index(place) => place.to_string(),
        });
        write!(f, "{}: {}", items.collect::<Vec<_>>().join("."), self.msg)
    }
}

impl FieldProblem {
    /// A bad value at a place.
    #[must_use]
    pub fn at(loc: &[&str], kind: &str, msg: impl Into<String>) -> Self {
        Self { loc: loc.iter().map(|field| LocItem::Field((*field).to_owned())).collect(), msg: msg.into(), kind: kind.to_owned() }
    }

    /// A bad text at a place.
    #[must_use]
    pub fn text(loc: &[&str], error: TextError) -> Self {
        Self::at(loc, kind_of_text(error), error.to_string())
    }

    pub(super) fn in_body(error: FieldError) -> Self {
        let path = error.path.into_iter().map(|item| match item {
            PathItem::Field(name) => LocItem::Field(name.to_owned()),
            PathItem::Index(place) => LocItem::Index(place),
        });
        let loc = std::iter::once(LocItem::Field("body".to_owned())).chain(path).collect();
        Self { loc, msg: error.message, kind: error.kind.to_owned() }
    }
}

/// What kind of fault a bad text has.
const fn kind_of_text(error: TextError) -> &'static str {
    match error {
        TextError::Empty => "empty",
        TextError::TooLong { .. } => "too_long",
        TextError::Control => "control_character",
        TextError::Shape(_) => "malformed",
    }
}

/// The kind of fault by what is said of it: whatever reads JSON hands up words alone. `None` if it is not about a text.
pub(crate) fn kind_of_said(said: &str) -> Option<&'static str> {
    let longest = said.split(' ').find_map(|word| word.parse().ok()).map(|max| TextError::TooLong { max });
    let shapes = ["/", "."].into_iter().filter_map(|bad| Filename::parse(bad).err());
    let known = [TextError::Empty, TextError::Control].into_iter().chain(longest).chain(shapes);
    known.into_iter().find(|error| error.to_string() == said).map(kind_of_text)
}
