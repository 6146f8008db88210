use std::io::{self, BufRead};

use super::{MAX_NAME_BYTES, Manifest, MemberBody, NO_MEMBERS, SCHEMA};

/// The longest line that is read: more than any member has of which thousands of decisions are on record.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// Why a manifest cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ManifestError {
    /// Where, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

impl ManifestError {
    pub(super) fn other_schema(found: &str) -> Self {
        Self { line: 1, why: format!("its schema is {found:?} and not {SCHEMA}") }
    }
}

/// Reads a manifest as it was written: line by line, one member in memory at a time.
pub struct ManifestReader<R> {
    lines: R,
    line: usize,
    /// Whether another member must come, or none may.
    expects_more: Option<bool>,
    is_over: bool,
}

impl<R: BufRead> ManifestReader<R> {
    /// Begins to read. Answers what is said of the whole, too, without any member.
    ///
    /// # Errors
    /// Reading failed; in it: the first line is not one of a manifest.
    pub fn open(mut lines: R) -> io::Result<Result<(Manifest, Self), ManifestError>> {
        let Some(mut head) = read_line(&mut lines)? else { return Ok(Err(ManifestError { line: 1, why: "it is cut off".to_owned() })) };
        head.push_str(NO_MEMBERS);
        Ok(Manifest::parse(&head).map(|manifest| (manifest, Self { lines, line: 1, expects_more: None, is_over: false })))
    }

    /// The next member.
    ///
    /// # Errors
    /// Reading failed; in it: what comes next is no member. Nothing comes after that.
    pub fn next_member(&mut self) -> io::Result<Option<Result<MemberBody, ManifestError>>> {
        if self.is_over {
            return Ok(None);
        }
        self.line += 1;
        let member = match read_line(&mut self.lines)? {
            Some(line) if line == NO_MEMBERS || (line.is_empty() && self.line == 2) => return self.close(&line),
            Some(line) => self.member(&line),
            None => Err(self.error("it is cut off, or a line is too long or not UTF-8")),
        };
        self.is_over = member.is_err();
        Ok(Some(member))
    }

    fn member(&mut self, line: &str) -> Result<MemberBody, ManifestError> {
        let (line, has_comma) = line.strip_suffix(',').map_or((line, false), |line| (line, true));
        if self.expects_more.replace(has_comma) == Some(false) {
            return Err(self.error("it goes on where it should be over"));
        }
        let member: MemberBody = serde_json::from_str(line).map_err(|error| self.error(&error.to_string()))?;
        if member.path.len() > MAX_NAME_BYTES { Err(self.error("its path is too long")) } else { Ok(member) }
    }

    /// Looks whether all is over when it should be.
    fn close(&mut self, line: &str) -> io::Result<Option<Result<MemberBody, ManifestError>>> {
        self.is_over = true;
        // Where there is no member, there is an empty line in place of it.
        let is_closed = line == NO_MEMBERS || read_line(&mut self.lines)?.is_some_and(|line| line == NO_MEMBERS);
        let is_over = is_closed && self.expects_more != Some(true) && self.lines.fill_buf()?.is_empty();
        Ok((!is_over).then(|| Err(self.error("it does not end as it should"))))
    }

    fn error(&self, why: &str) -> ManifestError {
        ManifestError { line: self.line, why: why.to_owned() }
    }
}

/// The next line without its end; nothing if it has none, is too long or is not UTF-8.
pub(crate) fn read_line(lines: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    io::Read::take(&mut *lines, MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    Ok(String::from_utf8(line).ok())
}
