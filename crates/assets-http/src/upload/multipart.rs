//! The parts of a multipart body (RFC 7578), in order and in bounded memory.
//!
//! The part ends where its boundary is and nowhere else: a `Content-Length` among its headers is passed over, as the RFC asks,
//! so that a wrong one cannot cut off content. And a body ends with its closing boundary, or not at all.
//!
//! Why not multer 3.1: it takes in all that is ready before it hands out a piece (its issue 62), so that a fast sender fills the
//! memory; only the limit of the whole body bounds a part's headers and the preamble; of repeated headers it keeps the last one.

use std::io;

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{self, ContentDisposition, DispositionType, HeaderMap, HeaderName, HeaderValue},
};
use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;

use crate::problem::{Problem, ProblemCode};

use super::arrival::{self, Arrival};

/// What the headers of a part may take, and what may stand before the first boundary or behind the last.
const MAX_BETWEEN_BYTES: usize = 16 << 10;
/// RFC 2046 allows 70 characters; some clients take a few more.
const MAX_BOUNDARY_BYTES: usize = 200;

/// The head of a part.
pub(super) struct Part {
    /// The name of the form's field.
    pub(super) name: String,
    /// What the bytes are said to be.
    pub(super) content_type: Option<String>,
    /// What the file is called, or what is wrong with how that is said.
    pub(super) filename: Option<Result<String, &'static str>>,
    /// All that was said.
    pub(super) headers: HeaderMap,
}

/// The parts of a body, one after the other.
pub(super) struct Parts {
    arrival: Arrival,
    /// What has arrived and was not yet taken.
    buffer: Bytes,
    /// Finds a line break, two hyphens and the boundary.
    delimiter: Finder<'static>,
    is_begun: bool,
}

impl Parts {
    /// The parts of a request's body.
    pub(super) fn new(request: &HttpRequest, arrival: Arrival) -> Result<Self, Problem> {
        let mime = request.mime_type().ok().flatten();
        let boundary = mime.as_ref().and_then(|mime| mime.get_param("boundary")).map(|boundary| boundary.as_str());
        match boundary {
            Some(boundary) if (1..=MAX_BOUNDARY_BYTES).contains(&boundary.len()) => Ok(Self::with_boundary(boundary, arrival)),
            _ => Err(Problem::new(ProblemCode::BadRequest, "the Content-Type multipart/form-data needs a boundary")),
        }
    }

    fn with_boundary(boundary: &str, arrival: Arrival) -> Self {
        // The first boundary may stand at the very beginning, where no line break comes before it.
        let buffer = Bytes::from_static(b"\r\n");
        Self { arrival, buffer, delimiter: Finder::new(&format!("\r\n--{boundary}")).into_owned(), is_begun: false }
    }

    /// The head of the next part, once the one before was read to its end; `None` behind the last one.
    pub(super) async fn next(&mut self) -> io::Result<Option<Part>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            self.skip_preamble().await?;
        }
        while self.buffer.len() < 2 {
            self.more().await?;
        }
        if self.buffer.starts_with(b"--") {
            self.skip_epilogue().await?;
            return Ok(None);
        }
        let head = loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                let head = self.buffer.split_to(end);
                self.take(4);
                break head;
            }
            if self.buffer.len() > MAX_BETWEEN_BYTES {
                return Err(malformed("the headers of a part are too long"));
            }
            self.more().await?;
        };
        Part::read(&head).map(Some)
    }

    /// The next bytes of the part; `None` at its end. They are handed on as they arrived, without a copy.
    pub(super) async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(end) = self.delimiter.find(&self.buffer) {
                if end > 0 {
                    return Ok(Some(self.buffer.split_to(end)));
                }
                self.take(self.delimiter.needle().len());
                return Ok(None);
            }
            let safe = self.buffer.len().saturating_sub(self.begun_delimiter());
            if safe > 0 {
                return Ok(Some(self.buffer.split_to(safe)));
            }
            self.more().await?;
        }
    }

    /// How many of the last bytes may be the beginning of a delimiter.
    fn begun_delimiter(&self) -> usize {
        let delimiter = self.delimiter.needle();
        let begins = |length: &usize| delimiter.get(..*length).is_some_and(|beginning| self.buffer.ends_with(beginning));
        (1..delimiter.len()).rev().find(begins).unwrap_or(0)
    }

    /// The whole of a part of at most so many bytes.
    pub(super) async fn whole(&mut self, max_bytes: usize, name: &str) -> Result<Bytes, Problem> {
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.piece().await.map_err(arrival::problem)? {
            if bytes.len().saturating_add(piece.len()) > max_bytes {
                return Err(arrival::too_large(&format!("the part \"{name}\""), max_bytes));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }

    async fn skip_preamble(&mut self) -> io::Result<()> {
        let mut skipped = 0_usize;
        while let Some(piece) = self.piece().await? {
            skipped = skipped.saturating_add(piece.len());
            if skipped > MAX_BETWEEN_BYTES {
                return Err(malformed("the boundary is missing"));
            }
        }
        Ok(())
    }

    /// Reads to the end, so that the connection can be used again.
    async fn skip_epilogue(&mut self) -> io::Result<()> {
        let mut skipped = self.buffer.len();
        while let Some(piece) = self.arrival.next().await? {
            skipped = skipped.saturating_add(piece.len());
            if skipped > MAX_BETWEEN_BYTES {
                return Err(malformed("there is more behind the closing boundary"));
            }
        }
        Ok(())
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.arrival.next().await? {
            Some(piece) if self.buffer.is_empty() => self.buffer = piece,
            Some(piece) => self.buffer = [&*self.buffer, &*piece].concat().into(),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }

    fn take(&mut self, length: usize) {
        drop(self.buffer.split_to(length.min(self.buffer.len())));
    }
}

impl Part {
    fn read(head: &[u8]) -> io::Result<Self> {
        // What follows the boundary on its line is white space, if anything.
        let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        if lines.next().is_some_and(|rest| !rest.is_empty()) {
            return Err(malformed("a boundary is not followed by a line break"));
        }
        let mut headers = HeaderMap::new();
        for line in lines {
            let colon = line.iter().position(|byte| *byte == b':').ok_or_else(|| malformed("a part has a header without a colon"))?;
            let (name, value) = line.split_at(colon);
            let name = HeaderName::from_bytes(name).map_err(|_| malformed("a part has a malformed header"))?;
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            headers.append(name, HeaderValue::from_bytes(value).map_err(|_| malformed("a part has a malformed header"))?);
        }
        Self::of(headers)
    }

    fn of(headers: HeaderMap) -> io::Result<Self> {
        let raw = headers.get(header::CONTENT_DISPOSITION).ok_or_else(|| malformed("a part has no Content-Disposition"))?;
        let disposition = ContentDisposition::from_raw(raw).map_err(|_| malformed("a part has a malformed Content-Disposition"))?;
        let (DispositionType::FormData, Some(name)) = (&disposition.disposition, disposition.get_name()) else {
            return Err(malformed("a part has a Content-Disposition without form-data and a name"));
        };
        let plain =
            |value: &HeaderValue| [b"binary".as_slice(), b"8bit", b"7bit"].iter().any(|one| value.as_bytes().eq_ignore_ascii_case(one));
        if !headers.get_all("content-transfer-encoding").all(plain) {
            return Err(malformed("a part has a Content-Transfer-Encoding; send its bytes as they are"));
        }
        let name = name.to_owned();
        let filename = filename(&disposition, raw.as_bytes());
        let content_type = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Ok(Self { name, content_type, filename, headers })
    }

    /// Whether the part can be JSON by what it is said to be; many clients say nothing, or text.
    pub(super) fn require_json(&self) -> Result<(), Problem> {
        let essence = self.content_type.as_deref().and_then(|text| text.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
        if matches!(essence.as_str(), "" | "application/json" | "text/plain") {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::UnsupportedMediaType, format!("send the part \"{}\" as application/json", self.name)))
    }
}

/// The name as `filename*` has it, or else as `filename` has it.
fn filename(disposition: &ContentDisposition, raw: &[u8]) -> Option<Result<String, &'static str>> {
    if let Some(extended) = disposition.get_filename_ext() {
        return Some(String::from_utf8(extended.value.clone()).map_err(|_| "must be UTF-8"));
    }
    let name = disposition.get_filename()?;
    // In a quoted text a backslash is to stand before a quote or another one. Clients that send a Windows path as it is would
    // have it read without its separators.
    let mut rest = raw.iter();
    while let Some(byte) = rest.next() {
        if *byte == b'\\' && !matches!(rest.next(), Some(b'"' | b'\\')) {
            return Some(Err("must not contain path separators"));
        }
    }
    Some(Ok(name.to_owned()))
}

fn malformed(why: &'static str) -> io::Error {
    io::Error::other(Problem::new(ProblemCode::BadRequest, format!("the multipart body cannot be read: {why}")))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const BODY: &str = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n--b\r\n\
        Content-Disposition: form-data; name=\"content\"; filename=\"a.bin\"\r\nContent-Type: image/png\r\nContent-Length: 1\r\n\r\n\
        one\r\n--\r\n-- b\r\rtwo\r\n--b--\r\n";

    fn parts(body: &[u8], piece: usize) -> Parts {
        let pieces: Vec<_> = body.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Parts::with_boundary("b", Arrival::new(stream::iter(pieces)))
    }

    async fn read(body: &[u8], piece: usize) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut parts = parts(body, piece);
        let mut all = Vec::new();
        while let Some(part) = parts.next().await? {
            let mut bytes = Vec::new();
            while let Some(piece) = parts.piece().await? {
                bytes.extend_from_slice(&piece);
            }
            all.push((part.name, bytes));
        }
        Ok(all)
    }

    #[tokio::test]
    async fn parts_are_read_however_the_body_arrives() {
        let expected = vec![("metadata".to_owned(), b"{}".to_vec()), ("content".to_owned(), b"one\r\n--\r\n-- b\r\rtwo".to_vec())];
        for piece in 1..BODY.len() {
            assert_eq!(read(BODY.as_bytes(), piece).await.unwrap(), expected, "in pieces of {piece}");
        }
        let with_preamble = format!("hello\r\n{BODY}and good-bye");
        assert_eq!(read(with_preamble.as_bytes(), 7).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_body_that_is_cut_off_anywhere_is_an_error() {
        let closed = BODY.len() - 2;
        for end in 0..closed {
            for piece in [1, 5, BODY.len()] {
                assert!(read(&BODY.as_bytes()[..end], piece).await.is_err(), "cut off at {end}");
            }
        }
        assert!(read(&BODY.as_bytes()[..closed], 5).await.is_ok());
    }

    #[tokio::test]
    async fn a_file_is_named_in_either_way_and_never_with_a_folder() {
        let named = async |parameters: &str| {
            let body = format!("--b\r\nContent-Disposition: form-data; name=\"content\"; {parameters}\r\n\r\nx\r\n--b--");
            parts(body.as_bytes(), 9).next().await.unwrap().unwrap().filename
        };
        assert_eq!(named("filename=\"Größe.png\"").await, Some(Ok("Größe.png".to_owned())));
        assert_eq!(named("filename=\"x.png\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.png").await, Some(Ok("Größe.png".to_owned())));
        assert_eq!(named("filename=\"a\\\"b.png\"").await, Some(Ok("a\"b.png".to_owned())));
        assert_eq!(named("filename=\"a\\\\b.png\"").await, Some(Ok("a\\b.png".to_owned())));
        assert_eq!(named("filename=\"..\\..\\b.png\"").await, Some(Err("must not contain path separators")));
        assert_eq!(named("x=y").await, None);
    }

    #[tokio::test]
    async fn headers_and_preamble_are_bounded() {
        let endless = format!("--b\r\nContent-Disposition: form-data; name=\"{}", "x".repeat(1 << 20));
        assert!(read(endless.as_bytes(), 1000).await.is_err());
        assert!(read(&vec![b'x'; 1 << 20], 1000).await.is_err());
        let mut long = parts(BODY.as_bytes(), 1000);
        assert!(long.next().await.unwrap().is_some());
        assert_eq!(long.whole(1, "metadata").await.unwrap_err().code(), ProblemCode::TooLarge);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(tail in proptest::collection::vec(proptest::sample::select(b"\r\n-b:;=\"\\ax\xff".to_vec()), 0..80), piece in 1_usize..9) {
            let body = [b"--b\r\nContent-Disposition: form-data; name=\"a\"".as_slice(), &tail].concat();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let _ = runtime.block_on(read(&body, piece));
        }
    }
}
