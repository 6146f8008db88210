//! The words of a cleaned page, in pieces.

use super::tags::{Piece, pieces, unescape};

/// What a piece of writing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A heading of a level, the highest is 1.
    Heading(u8),
    /// A point in a list.
    Item,
    /// A row of a table.
    Row,
    /// What stands as it was typed.
    Code,
    /// Anything else.
    Text,
}

/// A piece of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    pub(crate) words: String,
}

impl Block {
    pub(super) fn text(words: &str) -> Self {
        Self { kind: Kind::Text, words: words.trim().to_owned() }
    }
}

/// The pieces of a cleaned page.
pub(super) fn blocks(html: &str) -> Vec<Block> {
    let (mut blocks, mut kind, mut words) = (Vec::new(), Kind::Text, String::new());
    let mut end = |kind: Kind, words: &mut String| {
        let words = std::mem::take(words);
        let words = if kind == Kind::Code { words.trim_matches('\n').to_owned() } else { squeeze(&words) };
        if !words.is_empty() {
            blocks.push(Block { kind, words });
        }
    };
    for piece in pieces(html) {
        let tag = match piece {
            Piece::Words(text) => {
                words.push_str(&unescape(text));
                continue;
            }
            Piece::Tag(tag) => tag,
        };
        let begun = match tag.name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => tag.name.bytes().last().map(|digit| Kind::Heading(digit.saturating_sub(b'0'))),
            "li" => Some(Kind::Item),
            "pre" => Some(Kind::Code),
            "tr" => Some(Kind::Row),
            "td" | "th" => {
                if tag.is_end {
                    words.push('\t');
                }
                None
            }
            "br" => {
                words.push(if kind == Kind::Code { '\n' } else { BREAK });
                None
            }
            // A paragraph in a list is still a point of it.
            "p" | "div" if kind == Kind::Item && !tag.is_end => (!words.trim().is_empty()).then_some(Kind::Item),
            "p" | "div" | "section" | "article" | "header" | "footer" | "aside" | "nav" | "ul" | "ol" | "dl" | "dt" | "dd"
            | "blockquote" | "table" | "caption" | "figure" | "figcaption" | "hr" | "details" | "summary" | "center" => Some(Kind::Text),
            _ => None,
        };
        if let Some(begun) = begun {
            end(kind, &mut words);
            kind = if tag.is_end { Kind::Text } else { begun };
        }
    }
    end(kind, &mut words);
    blocks
}

/// Words with one space between them, and one line under another where that was said.
fn squeeze(words: &str) -> String {
    let cell = |cell: &str| cell.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = |line: &str| line.trim_matches('\t').split('\t').map(cell).collect::<Vec<_>>().join("\t");
    words.replace('\n', " ").split(BREAK).map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Stands for a break that was asked for, while those that only wrap the source are taken out.
const BREAK: char = '\u{b}';

/// All the words, an empty line between what stands apart.
pub(super) fn join(blocks: &[Block]) -> String {
    let mut joined = String::new();
    let mut last = None;
    for block in blocks {
        let is_close = matches!(block.kind, Kind::Item | Kind::Row) && last == Some(block.kind);
        if last.is_some() {
            joined.push_str(if is_close { "\n" } else { "\n\n" });
        }
        if block.kind == Kind::Item {
            joined.push_str("- ");
        }
        joined.push_str(&block.words);
        last = Some(block.kind);
    }
    joined
}
