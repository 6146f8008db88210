//! Writing as a page to read, as plain words, and as the pieces from which its picture is drawn.

mod clean;
mod tags;
mod variants;
mod words;

use std::fmt::Write;

use assets_domain::{
    AssetType, CopyVariants, MediaType,
    ports::{RenderOrder, Shortfall},
};

pub(crate) use words::{Block, Kind};

/// Writing beyond this is cut off.
pub(crate) const MAX_TEXT_BYTES: usize = 2 << 20;
const STYLE: &str = include_str!("page.css");

/// Copy or a blog post.
pub(crate) struct Writing {
    body: Body,
    is_cut: bool,
    /// What it is called where it has no heading of its own.
    kind: &'static str,
}

enum Body {
    Plain(String),
    /// Of tags, only those that are harmless.
    Clean(String),
    Variants(CopyVariants),
}

impl Writing {
    /// Reads the first bytes of it.
    pub(crate) fn read(order: RenderOrder, bytes: &[u8]) -> Result<Self, Shortfall> {
        let is_cut = bytes.len() > MAX_TEXT_BYTES;
        let bytes = bytes.get(..MAX_TEXT_BYTES).unwrap_or(bytes);
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        // What was cut may end within a character.
        let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
        let body = match order.media_type {
            MediaType::Markdown => Body::Clean(clean::markdown(text)),
            MediaType::Html => Body::Clean(clean::html(text)),
            MediaType::Json if is_cut => return Err(Shortfall::TooLarge),
            MediaType::Json => Body::Variants(serde_json::from_str(text).map_err(|_| Shortfall::Unreadable)?),
            _ => Body::Plain(text.to_owned()),
        };
        Ok(Self { body, is_cut, kind: if order.asset_type == AssetType::Blog { "Blog post" } else { "Copy" } })
    }

    /// A page that needs nothing but itself.
    pub(crate) fn page(&self) -> String {
        let mut body = match &self.body {
            Body::Plain(text) => format!("<main class=\"plain\" dir=\"auto\">{}</main>", escape(text)),
            Body::Clean(html) => format!("<main class=\"prose\" dir=\"auto\">\n{html}\n</main>"),
            Body::Variants(copy) => variants::page(copy),
        };
        if self.is_cut {
            body.push_str("\n<p class=\"cut\">Only the first 2 MiB are shown here.</p>");
        }
        shell(&self.title(), &body)
    }

    /// Its words, and nothing else.
    pub(crate) fn words(&self) -> String {
        let mut words = match &self.body {
            Body::Plain(text) => text.clone(),
            Body::Clean(html) => words::join(&words::blocks(html)),
            Body::Variants(copy) => variants::words(copy),
        };
        if !words.ends_with('\n') {
            words.push('\n');
        }
        if self.is_cut {
            words.push_str("\n[Only the first 2 MiB are shown here.]\n");
        }
        words
    }

    /// The wordings, if it has several.
    pub(crate) const fn variants(&self) -> Option<&CopyVariants> {
        match &self.body {
            Body::Variants(copy) => Some(copy),
            Body::Plain(_) | Body::Clean(_) => None,
        }
    }

    /// Its first pieces, as many as a picture may need.
    pub(crate) fn beginning(&self) -> Vec<Block> {
        let mut blocks = match &self.body {
            Body::Plain(text) => text.lines().filter(|line| !line.trim().is_empty()).take(60).map(Block::text).collect(),
            Body::Clean(html) => words::blocks(html),
            Body::Variants(_) => Vec::new(),
        };
        blocks.truncate(60);
        blocks
    }

    fn title(&self) -> String {
        let heading = self.beginning().into_iter().find(|block| matches!(block.kind, Kind::Heading(_)));
        heading.map_or_else(|| self.kind.to_owned(), |heading| heading.words.chars().take(120).collect())
    }
}

/// A page that says why there is nothing to read.
pub(crate) fn notice(title: &str, reason: &str) -> String {
    shell(title, &format!("<main class=\"notice\"><h1>{}</h1><p>{}</p></main>", escape(title), escape(reason)))
}

/// A whole page around what it shows. It works without a script, a file, or an address.
pub(crate) fn shell(title: &str, body: &str) -> String {
    let mut page = String::with_capacity(body.len().saturating_add(STYLE.len()).saturating_add(512));
    let _ = write!(
        page,
        "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n",
        escape(title)
    );
    page
}

/// Words as they stand in HTML and SVG, also within quotation marks. What no XML may hold is left out.
pub(crate) fn escape(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if c.is_control() => {}
            _ => escaped.push(c),
        }
    }
    escaped
}
