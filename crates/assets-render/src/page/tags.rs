//! Reads HTML that was cleaned: every tag in it is whole, and every attribute in double quotation marks.

/// A piece of HTML.
pub(super) enum Piece<'html> {
    /// Words, still escaped.
    Words(&'html str),
    /// A tag.
    Tag(Tag<'html>),
}

/// A tag, as it stands.
#[derive(Clone, Copy)]
pub(super) struct Tag<'html> {
    pub(super) whole: &'html str,
    pub(super) name: &'html str,
    pub(super) is_end: bool,
}

impl<'html> Tag<'html> {
    fn of(whole: &'html str) -> Self {
        let inner = whole.trim_start_matches('<').trim_end_matches('>');
        let (is_end, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let name = inner.split([' ', '/']).next().unwrap_or_default();
        Self { whole, name, is_end }
    }

    /// The value of an attribute, still escaped.
    pub(super) fn attribute(&self, name: &str) -> Option<&'html str> {
        let mut rest = self.whole.split_once(' ')?.1;
        loop {
            let (key, after) = rest.split_once("=\"")?;
            let (value, after) = after.split_once('"')?;
            if key.trim() == name {
                return Some(value);
            }
            rest = after;
        }
    }
}

/// The pieces of HTML that was cleaned, one after another.
pub(super) struct Pieces<'html> {
    rest: &'html str,
}

pub(super) const fn pieces(html: &str) -> Pieces<'_> {
    Pieces { rest: html }
}

impl<'html> Iterator for Pieces<'html> {
    type Item = Piece<'html>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        if !self.rest.starts_with('<') {
            let (words, rest) = self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
            self.rest = rest;
            return Some(Piece::Words(words));
        }
        let mut is_quoted = false;
        let end = self.rest.char_indices().find(|(_, c)| {
            is_quoted ^= *c == '"';
            *c == '>' && !is_quoted
        });
        let (tag, rest) = self.rest.split_at(end.map_or(self.rest.len(), |(at, _)| at.saturating_add(1)));
        self.rest = rest;
        Some(Piece::Tag(Tag::of(tag)))
    }
}

/// Words without their escapes; a cleaned page has no others than these.
pub(super) fn unescape(words: &str) -> String {
    words
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}
