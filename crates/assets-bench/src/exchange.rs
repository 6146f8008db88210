//! Requests that are made once and sent many times, and a connection that sends them: HTTP/1.1 with keep-alive, and as
//! little else as there can be, so that what is measured is the server.

use std::net::SocketAddr;

use bytes::Bytes;
use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Failure;

/// How much is read at a time, in bytes.
const READ_BYTES: usize = 256 << 10;
/// How many digits of a body differ from one request to the next.
const STAMP_DIGITS: usize = 16;

/// One request, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    head: Bytes,
    body: Bytes,
    /// Whether the first 16 bytes of the content are a number that no other request has, and where they stand in the body.
    stamp_at: Option<usize>,
    expected: u16,
    is_head: bool,
}

impl Request {
    /// A request with these headers, each `Name: value`. An answer with another status than the expected one is an error.
    pub(crate) fn new(method: &str, target: &str, headers: &[String], body: impl Into<Bytes>, expected: u16) -> Self {
        let body = body.into();
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        Self { head: head.into(), body, stamp_at: None, expected, is_head: method == "HEAD" }
    }

    /// The same with 16 bytes of the body replaced by a number of its own whenever it is sent.
    pub(crate) fn stamped_at(self, place: usize) -> Self {
        Self { stamp_at: Some(place), ..self }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The body, if it was asked for.
    pub(crate) body: Vec<u8>,
    /// How long the body was, in bytes.
    pub(crate) body_bytes: usize,
    /// The entity tag, with its quotes.
    pub(crate) etag: Option<String>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// How much of the buffer has been read into.
    filled: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; READ_BYTES], filled: 0 })
    }

    /// Sends a request and reads its answer; the body is kept only if it is wanted.
    ///
    /// # Errors
    /// The connection broke, or the answer is not the expected one.
    pub(crate) async fn exchange(&mut self, request: &Request, stamp: u64, keep: bool) -> Result<Answer, Failure> {
        self.send(request, stamp).await?;
        let (head, mut body_bytes_read) = self.read_head().await?;
        let body_bytes = if request.is_head || head.status == 304 || head.status == 204 { 0 } else { head.body_bytes };
        let is_wrong = head.status != request.expected;
        let mut body = Vec::new();
        let keep = keep || is_wrong;
        if keep {
            body.extend_from_slice(self.buffer.get(..body_bytes_read.min(body_bytes)).unwrap_or_default());
        }
        while body_bytes_read < body_bytes {
            let read = self.stream.read(&mut self.buffer).await?;
            if read == 0 {
                return Err("the answer was cut off".into());
            }
            if keep {
                body.extend_from_slice(self.buffer.get(..read).unwrap_or_default());
            }
            body_bytes_read += read;
        }
        if is_wrong {
            let asked = String::from_utf8_lossy(&request.head);
            let asked = asked.lines().next().unwrap_or_default();
            let said = String::from_utf8_lossy(body.get(..body.len().min(600)).unwrap_or_default()).into_owned();
            return Err(format!("{asked}: {} instead of {}: {said}", head.status, request.expected).into());
        }
        Ok(Answer { body, body_bytes, etag: head.etag })
    }

    async fn send(&mut self, request: &Request, stamp: u64) -> Result<(), Failure> {
        let Some(place) = request.stamp_at else {
            if request.body.is_empty() || request.body.len() > READ_BYTES {
                self.stream.write_all(&request.head).await?;
                return Ok(self.stream.write_all(&request.body).await?);
            }
            let both = [&request.head[..], &request.body[..]].concat();
            return Ok(self.stream.write_all(&both).await?);
        };
        let (before, rest) = request.body.split_at(place.min(request.body.len()));
        let after = rest.get(STAMP_DIGITS..).unwrap_or_default();
        let first = [&request.head[..], before, format!("{stamp:016x}").as_bytes()].concat();
        self.stream.write_all(&first).await?;
        Ok(self.stream.write_all(after).await?)
    }

    /// Reads to the end of the head. What came of the body with it is moved to the front of the buffer; answers how much.
    async fn read_head(&mut self) -> Result<(Head, usize), Failure> {
        self.filled = 0;
        loop {
            let Some(free) = self.buffer.get_mut(self.filled..).filter(|free| !free.is_empty()) else {
                return Err("the head of the answer is too long".into());
            };
            let read = self.stream.read(free).await?;
            if read == 0 {
                return Err("the connection was closed".into());
            }
            self.filled += read;
            let seen = self.buffer.get(..self.filled).unwrap_or_default();
            if let Some(end) = memmem::find(seen, b"\r\n\r\n") {
                let head = Head::parse(seen.get(..end).unwrap_or_default())?;
                self.buffer.copy_within(end + 4..self.filled, 0);
                return Ok((head, self.filled - end - 4));
            }
        }
    }
}

struct Head {
    status: u16,
    body_bytes: usize,
    etag: Option<String>,
}

impl Head {
    fn parse(head: &[u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(head)?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.get(9..12)).ok_or("an answer without a status")?.parse()?;
        let (mut body_bytes, mut etag) = (None, None);
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            if name.eq_ignore_ascii_case("content-length") {
                body_bytes = Some(value.parse()?);
            } else if name.eq_ignore_ascii_case("etag") {
                etag = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err("the answer comes in chunks, which nothing that is measured should".into());
            }
        }
        Ok(Self { status, body_bytes: body_bytes.unwrap_or(0), etag })
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    use super::*;

    /// What comes back when a server says this.
    async fn said(words: &'static str) -> Result<Answer, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let _asked = stream.read(&mut asked).await.unwrap();
            stream.write_all(words.as_bytes()).await.unwrap();
        });
        Connection::open(address).await?.exchange(&Request::new("GET", "/", &[], "", 200), 0, true).await
    }

    #[tokio::test]
    async fn an_answer_is_read_to_its_end() {
        let answer = said("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"7\"\r\n\r\nhello").await.unwrap();
        assert_eq!((answer.body, answer.body_bytes, answer.etag), (b"hello".to_vec(), 5, Some("\"7\"".to_owned())));
    }

    #[tokio::test]
    async fn nothing_is_measured_that_is_not_as_expected() {
        for wrong in [
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "nonsense",
        ] {
            assert!(said(wrong).await.is_err(), "{wrong}");
        }
    }
}
