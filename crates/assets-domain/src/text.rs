//! Checked text: what people and agents type, held to one length and one alphabet.

use serde::{Deserialize, Serialize};

/// Why a text was refused. The words fit after "failed to accept …: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than allowed, in Unicode scalar values.
    #[error("must be at most {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A character of Unicode category Cc, other than line breaks and tabs where those are allowed.
    #[error("must not contain control characters")]
    Control,
    /// A character that this kind of text does not have.
    #[error("{0}")]
    Shape(&'static str),
}

#[derive(Clone, Copy)]
enum Lines {
    One,
    Many,
}

fn check(text: &str, max: usize, lines: Lines) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    // Bytes bound characters from above, so that the common short text is not counted.
    if text.len() > max && text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    let allowed = |c: char| matches!((lines, c), (Lines::Many, '\n' | '\r' | '\t'));
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(TextError::Control);
    }
    Ok(())
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, max $max:literal, $lines:ident $(tidied by $tidy:ident)? $(, $shape:expr)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters (Unicode scalar values) allowed.
            pub const MAX_CHARS: usize = $max;

            /// Accepts a text that keeps the rules of this kind.
            ///
            /// # Errors
            /// The first rule that the text breaks.
            pub fn parse(text: impl Into<String>) -> Result<Self, TextError> {
                let text = text.into();
                $( let text = $tidy(&text); )?
                check(&text, $max, Lines::$lines)?;
                $( let shape: fn(&str) -> Result<(), TextError> = $shape; shape(&text)?; )?
                Ok(Self(text))
            }

            /// The text as it is kept.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// What an asset is called: one line, 1 to 300 characters.
    Title, max 300, One
);
checked_text!(
    /// What an asset is about: 1 to 8,000 characters, line breaks allowed.
    Description, max 8000, Many
);
checked_text!(
    /// What somebody says with a decision, or of a version: 1 to 8,000 characters, line breaks allowed.
    Comment, max 8000, Many
);
checked_text!(
    /// What is said about a place or a point: 1 to 2,000 characters, line breaks allowed.
    ChangeText, max 2000, Many
);
checked_text!(
    /// A foreign identifier that is kept as given (agent, run, campaign, brand, brief, model): one line, 1 to 200 characters.
    Label, max 200, One
);
checked_text!(
    /// What a key is called; people are told apart by it: one line, 1 to 100 characters, all of them to be seen. White
    /// space around it goes, and between words there is one space.
    KeyName, max 100, One tidied by single_spaced, |text| {
        if text.contains(is_invisible) { Err(TextError::Shape("must not contain invisible characters")) } else { Ok(()) }
    }
);
checked_text!(
    /// What a tenant is called: 1 to 63 of `a-z`, `0-9` and `-`.
    WorkspaceName, max 63, One, |text| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.chars().all(plain) && !text.starts_with('-') {
            Ok(())
        } else {
            Err(TextError::Shape("must be lower-case letters, digits and hyphens, and not begin with a hyphen"))
        }
    }
);
checked_text!(
    /// Where something is published, e.g. `linkedin`: 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`.
    Channel, max 64, One, |text| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        if text.chars().all(plain) { Ok(()) } else { Err(TextError::Shape("must be lower-case letters, digits, dots, hyphens and underscores")) }
    }
);
checked_text!(
    /// For whom something is published, e.g. `DE` or `US-CA`: 1 to 64 of `A-Z`, `0-9`, `_` and `-`.
    Market, max 64, One, |text| {
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        if text.chars().all(plain) { Ok(()) } else { Err(TextError::Shape("must be upper-case letters, digits, hyphens and underscores")) }
    }
);
checked_text!(
    /// Where an endpoint is: one line, 1 to 2,048 characters. Whether something may be sent there, who sends it says.
    WebhookUrl, max 2048, One
);
checked_text!(
    /// The name of a file, without any folder: one line, 1 to 255 characters, no `/` or `\`.
    Filename, max 255, One, |text| {
        if text.contains(['/', '\\']) {
            Err(TextError::Shape("must not contain path separators"))
        } else if text == "." || text == ".." {
            Err(TextError::Shape("must be the name of a file"))
        } else {
            Ok(())
        }
    }
);

impl KeyName {
    /// The name with case and accents folded away: two keys with one folded name belong to one person.
    #[must_use]
    pub fn folded(&self) -> String {
        crate::search::fold(self.as_str())
    }
}

/// Line breaks and tabs stay, so that they are refused as in any other line.
fn single_spaced(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() && !c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Characters that show nothing and are not folded away, with which two names could look like one: format characters
/// (Unicode category Cf) and blanks that count as letters or symbols.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' // soft hyphen
            | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' // Arabic and Syriac marks
            | '\u{180e}' // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}' // zero width, and marks of direction
            | '\u{202a}'..='\u{202e}' // direction: embedding and override
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, direction: isolates
            | '\u{feff}' // byte order mark
            | '\u{fff9}'..='\u{fffb}' // annotations between lines
            | '\u{110bd}' | '\u{110cd}' // Kaithi number signs
            | '\u{13430}'..='\u{1343f}' // hieroglyphs: format
            | '\u{1bca0}'..='\u{1bca3}' // shorthand: format
            | '\u{1d173}'..='\u{1d17a}' // music: format
            | '\u{e0000}'..='\u{e007f}' // tags
            | '\u{115f}'..='\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{2800}' // the Braille pattern without dots
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_holds_300_characters_of_any_script_and_no_more() {
        assert!(Title::parse("é".repeat(300)).is_ok());
        assert_eq!(Title::parse("é".repeat(301)), Err(TextError::TooLong { max: 300 }));
    }

    #[test]
    fn a_title_is_one_line_and_a_comment_may_be_many() {
        assert_eq!(Title::parse("a\nb"), Err(TextError::Control));
        assert!(Comment::parse("a\nb").is_ok());
        assert_eq!(Comment::parse("a\u{0}b"), Err(TextError::Control));
        assert_eq!(Comment::parse(" \n"), Err(TextError::Empty));
    }

    #[test]
    fn a_file_name_has_no_folder() {
        for bad in ["a/b", "a\\b", "..", "."] {
            assert!(Filename::parse(bad).is_err(), "{bad}");
        }
        assert!(Filename::parse("Hero image (final).png").is_ok());
    }

    #[test]
    fn one_person_is_known_by_any_spelling_of_the_name() {
        let folded = |name| KeyName::parse(name).unwrap().folded();
        for (one, other) in [
            ("Ána", "ana"),
            ("Bob", " Bob\u{a0}"),
            ("Ann Lee", "Ann \u{2003} Lee"),
            ("ΝΙΚΟΣ", "Νικος"),
            ("WEISS", "Weiß"),
            ("WEIẞ", "weiß"),
            ("Bob\u{fe0f}", "bob"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} and {other}");
        }
        assert_ne!(folded("Ann Lee"), folded("Annlee"));
    }

    #[test]
    fn the_name_of_a_key_is_kept_without_needless_white_space() {
        assert_eq!(KeyName::parse(" Ann \u{3000} Lee ").unwrap().as_str(), "Ann Lee");
        assert!(KeyName::parse(format!("  {}  ", "é".repeat(100))).is_ok());
        assert_eq!(KeyName::parse("Ann\nLee"), Err(TextError::Control));
        assert_eq!(KeyName::parse(" \u{a0} "), Err(TextError::Empty));
    }

    #[test]
    fn the_name_of_a_key_has_nothing_invisible_in_it() {
        for hidden in ['\u{ad}', '\u{61c}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2060}', '\u{2066}', '\u{3164}', '\u{feff}', '\u{e0041}']
        {
            assert!(matches!(KeyName::parse(format!("bob{hidden}")), Err(TextError::Shape(_))), "{hidden:?}");
        }
        assert!(KeyName::parse("نگار 葛\u{e0100}飾").is_ok());
    }
}
