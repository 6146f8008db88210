//! Tags: `namespace:value`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A tag such as `brand:acme` or `audience:cfo`.
///
/// The namespace is 1 to 32 of `a-z`, `0-9`, `_` and `-`; the value is anything without control characters; 128 characters in all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

/// Why a tag was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be namespace:value, with a lower-case namespace of at most 32 characters and at most 128 characters in all")]
pub struct TagError;

impl Tag {
    /// The most characters of a whole tag.
    pub const MAX_CHARS: usize = 128;
    /// The most characters of the part before the colon.
    pub const MAX_NAMESPACE_CHARS: usize = 32;

    /// Accepts a well-formed tag.
    ///
    /// # Errors
    /// The tag has no namespace or value, or breaks a limit.
    pub fn parse(text: impl Into<String>) -> Result<Self, TagError> {
        let text = text.into();
        let (namespace, value) = text.split_once(':').ok_or(TagError)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        let good_namespace = !namespace.is_empty() && namespace.len() <= Self::MAX_NAMESPACE_CHARS && namespace.chars().all(plain);
        let good_value = !value.trim().is_empty() && value.trim() == value && !value.chars().any(char::is_control);
        if good_namespace && good_value && text.chars().count() <= Self::MAX_CHARS { Ok(Self(text)) } else { Err(TagError) }
    }

    /// The whole tag, `namespace:value`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Tag {
    type Error = TagError;
    fn try_from(text: String) -> Result<Self, TagError> {
        Self::parse(text)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tags of one asset: at most 64, each once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tag>", into = "Vec<Tag>")]
pub struct Tags(BTreeSet<Tag>);

/// More tags than an asset may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be at most {max} tags", max = Tags::MAX)]
pub struct TooManyTags;

impl Tags {
    /// The most tags of one asset.
    pub const MAX: usize = 64;

    /// Collects tags, each once.
    ///
    /// # Errors
    /// More than [`Tags::MAX`] different ones.
    pub fn collect(tags: impl IntoIterator<Item = Tag>) -> Result<Self, TooManyTags> {
        let tags: BTreeSet<Tag> = tags.into_iter().collect();
        if tags.len() > Self::MAX { Err(TooManyTags) } else { Ok(Self(tags)) }
    }

    /// The tags in order.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every one of the wanted tags is here.
    #[must_use]
    pub fn contain_all<'a>(&self, wanted: impl IntoIterator<Item = &'a Tag>) -> bool {
        wanted.into_iter().all(|tag| self.0.contains(tag))
    }
}

impl TryFrom<Vec<Tag>> for Tags {
    type Error = TooManyTags;
    fn try_from(tags: Vec<Tag>) -> Result<Self, TooManyTags> {
        Self::collect(tags)
    }
}

impl From<Tags> for Vec<Tag> {
    fn from(tags: Tags) -> Self {
        tags.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_lower_case_namespace_and_a_value() {
        for good in ["brand:acme", "audience:CFO & friends", "channel:a:b", "x_1-y:é"] {
            assert!(Tag::parse(good).is_ok(), "{good}");
        }
        for bad in ["brand", ":x", "Brand:x", "brand:", "brand: x", "brand:\u{7}"] {
            assert_eq!(Tag::parse(bad), Err(TagError), "{bad}");
        }
        assert!(Tag::parse(format!("a:{}", "x".repeat(127))).is_err());
    }

    #[test]
    fn an_asset_has_at_most_64_tags_and_each_once() {
        let tags = |n: usize| (0..n).map(|i| Tag::parse(format!("n:{i}")).unwrap());
        assert!(Tags::collect(tags(64).chain(tags(64))).is_ok());
        assert_eq!(Tags::collect(tags(65)), Err(TooManyTags));
    }
}
