//! Full text, folded here so that every database finds the same.

use std::ops::ControlFlow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Case and accents folded away: NFKD, combining marks removed, full case folding (`ß` is `ss`, `ς` is `σ`).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(fold_case).collect()
}

/// What is one letter in upper case is one letter. To lower case comes first, too, since the capital `ẞ` has no upper case but itself.
fn fold_case(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Shows one folded word after another, until enough was seen. A long text is never folded whole.
fn each_word(text: &str, mut show: impl FnMut(&str) -> ControlFlow<()>) {
    let _seen = text.split_whitespace().try_for_each(|piece| {
        let folded = fold(piece);
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).try_for_each(&mut show)
    });
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
        each_word(text, |word| {
            if kept.len() + word.len() + 1 > Self::MAX_BYTES {
                return ControlFlow::Break(());
            }
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(word);
            ControlFlow::Continue(())
        });
        Self(kept)
    }

    /// Takes back what [`SearchText::as_str`] gave, e.g. from a row.
    #[must_use]
    pub fn from_folded(folded: String) -> Self {
        Self(folded)
    }

    /// Whether there is no word in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words of both texts. Nothing of them is left out, however long they are together.
    #[must_use]
    pub fn and(self, more: &Self) -> Self {
        let Self(mut words) = self;
        if !words.is_empty() && !more.is_empty() {
            words.push(' ');
        }
        words.push_str(&more.0);
        Self(words)
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
        let mut words = Vec::new();
        each_word(text, |word| {
            words.push(word.to_owned());
            ControlFlow::Continue(())
        });
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
    fn letters_that_are_one_in_another_case_are_one() {
        for (query, text) in [("STRASSE", "Straße"), ("straße", "STRASSE"), ("STRAẞE", "straße"), ("ΟΔΟΣ", "οδος"), ("οδοσ", "ΟΔΟΣ")]
        {
            assert!(finds(query, text), "{query} in {text}");
        }
    }

    #[test]
    fn every_character_folds_as_it_does_in_upper_and_lower_case_and_once_is_enough() {
        // The iota below a Greek vowel is an accent, and goes, though in upper case it stands beside it.
        let iota_below = |c: &char| c.nfkd().any(|part| part == '\u{345}');
        for c in ('\0'..='\u{1ffff}').filter(|c| !iota_below(c)) {
            let folded = fold(&c.to_string());
            assert_eq!(folded, fold(&c.to_lowercase().to_string()), "{c:?} in lower case");
            assert_eq!(folded, fold(&c.to_uppercase().to_string()), "{c:?} in upper case");
            assert_eq!(folded, fold(&folded), "{c:?} folded twice");
        }
    }

    #[test]
    fn all_words_must_occur_and_the_last_may_be_a_beginning() {
        assert!(finds("spring laun", "The Launch of spring"));
        assert!(!finds("spri launch", "The Launch of spring"));
    }

    #[test]
    fn a_text_ends_with_the_last_word_that_has_room() {
        let text = "Spring ".repeat(SearchText::MAX_BYTES / 4);
        let kept = SearchText::of(&text);
        assert!(kept.as_str().len() <= SearchText::MAX_BYTES && kept.as_str().len() > SearchText::MAX_BYTES - "spring ".len());
        assert!(kept.as_str().ends_with(" spring"));
    }

    #[test]
    fn punctuation_alone_looks_for_nothing() {
        assert_eq!(SearchTerms::parse("\"*- ").unwrap(), None);
    }
}
