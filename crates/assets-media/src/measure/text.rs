//! Text: all of it must be UTF-8, its words are counted, and its beginning is searched.

use assets_domain::{
    AssetType, Facts, MediaType, SearchText,
    ports::{Breakage, Measured, RandomRead, Unfit},
};

use crate::sniff::not_utf8;

const PIECE_BYTES: u64 = 256 * 1024;
/// How much text is folded for search: folding makes it shorter, seldom to less than half.
const SEARCHED_BYTES: usize = SearchText::MAX_BYTES * 2;

pub(super) async fn measure(
    asset_type: AssetType,
    media_type: MediaType,
    content: &dyn RandomRead,
) -> Result<Result<Measured, Unfit>, Breakage> {
    let (mut decoder, mut words, mut searched) = (Decoder::default(), WordCount::default(), String::new());
    let mut markup = (media_type == MediaType::Html).then(Markup::default);
    let mut at = 0;
    while at < content.size_bytes() {
        let piece = content.read(at..at.saturating_add(PIECE_BYTES)).await?;
        if piece.is_empty() {
            break;
        }
        at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        let Some(text) = decoder.decode(&piece) else { return Ok(Err(not_utf8())) };
        let text = markup.as_mut().map_or_else(|| text.clone(), |markup| markup.strip(&text));
        words.take(&text);
        if searched.len() < SEARCHED_BYTES {
            searched.push_str(&text);
        }
    }
    if !decoder.is_complete() {
        return Ok(Err(not_utf8()));
    }
    let text = if asset_type.is_searched_by_text() { SearchText::of(&searched) } else { SearchText::default() };
    Ok(Ok(Measured { facts: Facts { words: Some(words.count()), ..Facts::default() }, text }))
}

/// Decodes UTF-8 that comes in pieces, which may cut characters in two.
#[derive(Default)]
struct Decoder {
    cut: Vec<u8>,
}

impl Decoder {
    /// The text of a piece, without a character that it cuts in two; `None` if it is not UTF-8.
    fn decode(&mut self, piece: &[u8]) -> Option<String> {
        let mut bytes = std::mem::take(&mut self.cut);
        bytes.extend_from_slice(piece);
        match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) if error.utf8_error().error_len().is_none() => {
                let whole = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                self.cut = bytes.split_off(whole);
                String::from_utf8(bytes).ok()
            }
            Err(_) => None,
        }
    }

    /// Whether no character was left cut in two.
    const fn is_complete(&self) -> bool {
        self.cut.is_empty()
    }
}

/// Counts words in text that comes in pieces: what stands between white space and has a letter or a digit.
#[derive(Default)]
pub(super) struct WordCount {
    count: u64,
    in_word: bool,
}

impl WordCount {
    pub(super) fn take(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.in_word = false;
            } else if c.is_alphanumeric() && !self.in_word {
                self.in_word = true;
                self.count = self.count.saturating_add(1);
            }
        }
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }
}

/// Takes tags, comments, scripts and styles out of HTML that comes in pieces. It is for counting and searching, where
/// a page that is odd may be read oddly.
#[derive(Default)]
struct Markup {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Text,
    /// Behind a `<`, of which it is not yet known whether it begins a tag.
    Open,
    /// In a tag: its name as far as it was read, whether that goes on, and the quotation mark that is open.
    Tag { name: String, in_name: bool, quote: Option<char> },
    /// In a comment, behind so many hyphens.
    Comment { hyphens: u8 },
    /// In a script or style, with so many characters of its end tag seen.
    Raw { end: &'static str, seen: usize },
}

impl Markup {
    fn strip(&mut self, html: &str) -> String {
        let mut text = String::with_capacity(html.len());
        for c in html.chars() {
            self.state = next(std::mem::take(&mut self.state), c, &mut text);
        }
        text
    }
}

fn next(state: State, c: char, text: &mut String) -> State {
    match state {
        State::Text if c == '<' => State::Open,
        State::Text => {
            text.push(c);
            State::Text
        }
        State::Open if c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?') => {
            State::Tag { name: c.to_ascii_lowercase().to_string(), in_name: true, quote: None }
        }
        State::Open => {
            text.push('<');
            next(State::Text, c, text)
        }
        State::Tag { name, in_name, quote } => in_tag(name, in_name, quote, c, text),
        State::Comment { hyphens } => match c {
            '>' if hyphens >= 2 => State::Text,
            '-' => State::Comment { hyphens: hyphens.saturating_add(1) },
            _ => State::Comment { hyphens: 0 },
        },
        State::Raw { end, seen } => {
            let matches = end.chars().nth(seen) == Some(c.to_ascii_lowercase());
            match if matches { seen.saturating_add(1) } else { usize::from(c == '<') } {
                seen if seen == end.len() => State::Tag { name: String::new(), in_name: false, quote: None },
                seen => State::Raw { end, seen },
            }
        }
    }
}

fn in_tag(mut name: String, in_name: bool, quote: Option<char>, c: char, text: &mut String) -> State {
    if quote.is_some() {
        return State::Tag { name, in_name: false, quote: quote.filter(|quote| *quote != c) };
    }
    match c {
        '>' => {
            // Words on both sides of a tag are two words.
            text.push(' ');
            match name.as_str() {
                "script" => State::Raw { end: "</script", seen: 0 },
                "style" => State::Raw { end: "</style", seen: 0 },
                _ => State::Text,
            }
        }
        '"' | '\'' => State::Tag { name, in_name: false, quote: Some(c) },
        _ if in_name && (c.is_ascii_alphanumeric() || c == '-') && name.len() < 16 => {
            name.push(c.to_ascii_lowercase());
            if name == "!--" { State::Comment { hyphens: 0 } } else { State::Tag { name, in_name, quote } }
        }
        _ => State::Tag { name, in_name: false, quote },
    }
}
