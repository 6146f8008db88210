//! What came back.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    /// What was asked, for messages.
    pub asked: String,
}

impl Reply {
    /// The body as JSON, if the answer is a success. An empty body is null.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "expected success: {self}");
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub fn status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "expected {status}: {self}");
        self
    }

    /// The body, if the answer is a well-formed problem with this code.
    #[track_caller]
    pub fn problem(self, code: &str) -> Value {
        assert!(self.status >= 400, "expected the problem {code}: {self}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "expected the problem {code}: {self}");
        let body = self.json();
        assert_eq!(body.get("code").and_then(Value::as_str), Some(code), "expected the problem {code}: {self}");
        assert_eq!(body.get("status").and_then(Value::as_u64), Some(u64::from(self.status)), "the status is told twice: {self}");
        for member in ["type", "title", "detail"] {
            assert!(body.get(member).is_some_and(|text| text.as_str().is_some_and(|text| !text.is_empty())), "{member} is missing: {self}");
        }
        body
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("expected JSON ({error}): {self}"))
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.to_vec()).unwrap_or_else(|error| panic!("expected text ({error}): {self}"))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A header that must be there.
    #[track_caller]
    pub fn need(&self, name: &str) -> String {
        self.header(name).unwrap_or_else(|| panic!("expected the header {name}: {self}")).to_owned()
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} was answered {}", self.asked, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        let shown = self.bytes.get(..4000).unwrap_or(&self.bytes);
        write!(f, "\n{}", String::from_utf8_lossy(shown))
    }
}
