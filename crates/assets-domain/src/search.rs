//! Full text, folded here so that every database finds the same.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Case and accents folded away: NFKD, combining marks removed, lower case.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// What is searched: folded words, separated by single spaces.
///
/// At most [`SearchText::MAX_BYTES`]; what lies behind is not found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchText(String);

impl SearchText {
    /// The most bytes of folded text that are kept of one content.
    pub const MAX_BYTES: usize = 1 << 20;

    /// Folds a text into its words.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut kept = String::with_capacity(text.len().min(Self::MAX_BYTES));
        for word in words(text) {
            if kept.len() + word.len() + 1 > Self::MAX_BYTES {
                break;
            }
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(&word);
        }
        Self(kept)
    }

    /// Takes back what [`SearchText::as_str`] gave, e.g. from a row.
    #[must_use]
    pub fn from_folded(folded: String) -> Self {
        Self(folded)
    }

    /// The folded words, separated by single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is looked for: every word must occur, the last one as the beginning of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerms {
    words: Vec<String>,
    prefix: String,
}

impl SearchTerms {
    /// The most characters of a search text.
    pub const MAX_CHARS: usize = 256;

    /// Reads a search text. `None` if it holds no word at all: then nothing is looked for.
    ///
    /// # Errors
    /// Longer than [`SearchTerms::MAX_CHARS`].
    pub fn parse(text: &str) -> Result<Option<Self>, crate::TextError> {
        if text.chars().count() > Self::MAX_CHARS {
            return Err(crate::TextError::TooLong { max: Self::MAX_CHARS });
        }
        let mut words: Vec<String> = words(text).collect();
        Ok(words.pop().map(|prefix| Self { words, prefix }))
    }

    /// The words that must occur whole, folded: letters and digits only.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// What some word must begin with, folded: letters and digits only.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether a text has all the words: the rule that databases keep by their indexes.
    #[must_use]
    pub fn match_text(&self, text: &SearchText) -> bool {
        let has = |wanted: &String| text.as_str().split(' ').any(|word| word == wanted);
        self.words.iter().all(has) && text.as_str().split(' ').any(|word| word.starts_with(&self.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        SearchTerms::parse(query).unwrap().is_none_or(|terms| terms.match_text(&SearchText::of(text)))
    }

    #[test]
    fn case_and_accents_are_ignored() {
        assert!(finds("CAFÉ ete", "Un café, l'été"));
        assert!(finds("strasse", "Strasse"));
    }

    #[test]
    fn all_words_must_occur_and_the_last_may_be_a_beginning() {
        assert!(finds("spring laun", "The Launch of spring"));
        assert!(!finds("spri launch", "The Launch of spring"));
    }

    #[test]
    fn punctuation_alone_looks_for_nothing() {
        assert_eq!(SearchTerms::parse("\"*- ").unwrap(), None);
    }
}
