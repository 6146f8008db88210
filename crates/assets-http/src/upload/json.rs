//! JSON that others wrote: bounded in depth and length, without a name twice in one object, and each fault told with its place.

use std::cell::RefCell;

use actix_web::{HttpMessage, HttpRequest};
use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use crate::{
    body::NewContent,
    problem::{FieldProblem, LocItem, Problem, ProblemCode, kind_of_said},
};

use super::strict::Strict;

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 32;
/// How long a string may be.
const MAX_STRING_BYTES: usize = 64 << 10;
/// The one string that may fill the body.
const INLINE_TEXT: [&str; 2] = ["content", "text"];

/// Which JSON bodies an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonBody {
    /// `application/json`.
    Required,
    /// The same, or no body at all, which means `{}`.
    Optional,
    /// `application/merge-patch+json` as well.
    MergePatch,
}

impl JsonBody {
    pub(super) const fn may_be_missing(self) -> bool {
        matches!(self, Self::Optional)
    }

    /// Whether the body is of the right type, or of none.
    pub(super) fn accept(self, request: &HttpRequest) -> Result<(), Problem> {
        let sent = request.content_type().trim().to_ascii_lowercase();
        match (sent.as_str(), self) {
            ("" | "application/json", _) | ("application/merge-patch+json", Self::MergePatch) => Ok(()),
            _ => Err(Problem::new(ProblemCode::UnsupportedMediaType, "send the body as application/json")),
        }
    }
}

/// Reads JSON of a shape. Faults are told with their place under `root`.
///
/// # Errors
/// It is no JSON (400), or of another shape (422).
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8], root: &'static str) -> Result<T, Problem> {
    shaped(checked(bytes, root)?, &[root])
}

/// Reads an object whose field `content` is a thing of its own, of one of two shapes.
///
/// # Errors
/// It is no JSON (400), or either is of another shape (422).
pub(super) fn parse_with_content<M: DeserializeOwned>(bytes: &[u8]) -> Result<(M, NewContent), Problem> {
    let mut body: Map<String, Value> = shaped(checked(bytes, "body")?, &["body"])?;
    let content = body.remove("content");
    let metadata = shaped(Value::Object(body), &["body"])?;
    match content {
        Some(content) => Ok((metadata, one_of_two(content)?)),
        None => Err(Problem::invalid(vec![FieldProblem::at(&["body", "content"], "missing", "the field is missing")])),
    }
}

/// Which of two shapes content has, one field tells.
fn one_of_two(content: Value) -> Result<NewContent, Problem> {
    let root = ["body", "content"];
    match (content.get("text"), content.get("upload_id")) {
        (Some(_), Some(_)) => {
            let message = "send either text or an upload_id, not both";
            Err(Problem::invalid(vec![FieldProblem::at(&["body", "content", "upload_id"], "ambiguous", message)]))
        }
        (None, Some(_)) => shaped(content, &root).map(NewContent::Uploaded),
        (_, None) => shaped(content, &root).map(NewContent::Inline),
    }
}

/// Any JSON within bounds.
fn checked(bytes: &[u8], root: &'static str) -> Result<Value, Problem> {
    let fault = RefCell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let seed = Bounded { place: &Place::Root(root), depth: 0, fault: &fault };
    let read = seed.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    match (read, fault.into_inner()) {
        (_, Some(fault)) => Err(Problem::invalid(vec![fault])),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(Problem::new(ProblemCode::BadRequest, format!("the {root} is not JSON: {error}"))),
    }
}

fn shaped<T: DeserializeOwned>(value: Value, root: &[&str]) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| {
        let mut loc: Vec<_> = root.iter().map(|field| LocItem::Field((*field).to_owned())).collect();
        loc.extend(error.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(LocItem::Index(*index)),
            Segment::Map { key } => Some(LocItem::Field(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        }));
        let said = error.inner().to_string();
        let (kind, field) = kind_of(&said);
        // What is missing or unknown is told by its parent, and named in the words alone.
        if let Some(field) = field.map(|field| LocItem::Field(field.to_owned())).filter(|field| loc.last() != Some(field)) {
            loc.push(field);
        }
        Problem::invalid(vec![FieldProblem { loc, msg: said, kind: kind.to_owned() }])
    })
}

/// What kind of fault it is, and the field it names.
fn kind_of(said: &str) -> (&'static str, Option<&str>) {
    for (prefix, kind) in [("missing field `", "missing"), ("unknown field `", "unknown_field")] {
        if let Some(rest) = said.strip_prefix(prefix) {
            return (kind, rest.split('`').next());
        }
    }
    let kind = if said.starts_with("invalid type") { "invalid_type" } else { kind_of_said(said).unwrap_or("invalid") };
    (kind, None)
}

/// Where in a body a value stands.
enum Place<'p> {
    Root(&'static str),
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn loc(&self) -> Vec<LocItem> {
        let (parent, item) = match self {
            Self::Root(name) => return vec![LocItem::Field((*name).to_owned())],
            Self::Field(parent, name) => (parent, LocItem::Field((*name).to_owned())),
            Self::Item(parent, index) => (parent, LocItem::Index(*index)),
        };
        let mut loc = parent.loc();
        loc.push(item);
        loc
    }

    fn is_inline_text(&self) -> bool {
        let [outer, inner] = INLINE_TEXT;
        matches!(self, Self::Field(Self::Field(Self::Root(_), first), second) if *first == outer && *second == inner)
    }
}

/// Reads any value, and notes the first fault with its place.
#[derive(Clone, Copy)]
struct Bounded<'p> {
    place: &'p Place<'p>,
    depth: usize,
    fault: &'p RefCell<Option<FieldProblem>>,
}

impl Bounded<'_> {
    fn refuse<E: Error>(&self, kind: &'static str, msg: String) -> E {
        *self.fault.borrow_mut() = Some(FieldProblem { loc: self.place.loc(), msg, kind: kind.to_owned() });
        E::custom("out of bounds")
    }

    fn deeper<E: Error>(&self) -> Result<usize, E> {
        let depth = self.depth.saturating_add(1);
        if depth > MAX_DEPTH { Err(self.refuse("too_deep", format!("must not be nested more than {MAX_DEPTH} deep"))) } else { Ok(depth) }
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        if value.len() > MAX_STRING_BYTES && !self.place.is_inline_text() {
            return Err(self.refuse("too_long", format!("must be at most {MAX_STRING_BYTES} bytes")));
        }
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Bounded { place: &Place::Item(self.place, list.len()), depth, fault: self.fault })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let place = Place::Field(self.place, &name);
            let field = Bounded { place: &place, depth, fault: self.fault };
            if object.contains_key(&name) {
                return Err(field.refuse("duplicate", "the field is there twice".to_owned()));
            }
            let value = fields.next_value_seed(field)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::body::InlineContent;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        numbers: Vec<u8>,
    }

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        inner: Option<Inner>,
    }

    fn fault(json: &str) -> (u16, String) {
        let problem = parse::<Outer>(json.as_bytes(), "body").unwrap_err();
        (problem.status, serde_json::to_string(&problem.errors.iter().map(|e| (&e.loc, &e.kind)).collect::<Vec<_>>()).unwrap())
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        assert_eq!(fault(r#"{"inner": null}"#), (422, r#"[[["body","type"],"missing"]]"#.to_owned()));
        assert_eq!(fault(r#"{"type": "a", "other": 1}"#), (422, r#"[[["body","other"],"unknown_field"]]"#.to_owned()));
        assert_eq!(fault(r#"{"type": 7}"#), (422, r#"[[["body","type"],"invalid_type"]]"#.to_owned()));
        assert_eq!(
            fault(r#"{"type": "a", "inner": {"numbers": [1, 300]}}"#),
            (422, r#"[[["body","inner","numbers",1],"invalid"]]"#.to_owned())
        );
        assert_eq!(fault(r#"{"type": "a", "inner": {}}"#), (422, r#"[[["body","inner","numbers"],"missing"]]"#.to_owned()));
        assert_eq!(
            fault(r#"{"type": "a", "inner": {"numbers": [], "x": 1}}"#),
            (422, r#"[[["body","inner","x"],"unknown_field"]]"#.to_owned())
        );
        assert_eq!(fault(r#"["a", null]"#), (422, r#"[[["body"],"invalid_type"]]"#.to_owned()));
        assert_eq!(fault(r#"{"type": "a", "inner": [[]]}"#), (422, r#"[[["body","inner"],"invalid_type"]]"#.to_owned()));
        assert_eq!(fault(r#"{"type": "a", "type": "b"}"#), (422, r#"[[["body","type"],"duplicate"]]"#.to_owned()));
    }

    #[test]
    fn what_is_no_json_cannot_be_read() {
        for bad in ["", "{", "{} {}", r#"{"type": "a",}"#, r#"{"type": "\ud800"}"#, "\u{feff}{}", "nul", r#"{"type": NaN}"#, "1e999"] {
            assert_eq!(fault(bad), (400, "[]".to_owned()), "{bad}");
        }
        assert_eq!(parse::<Outer>(b"{\"type\": \"\xff\"}", "body").unwrap_err().code(), ProblemCode::BadRequest);
    }

    #[test]
    fn json_is_nested_32_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse::<Value>(nested(32).as_bytes(), "body").is_ok());
        assert_eq!(parse::<Value>(nested(33).as_bytes(), "body").unwrap_err().code(), ProblemCode::InvalidRequest);
        assert_eq!(parse::<Value>("[".repeat(1 << 20).as_bytes(), "body").unwrap_err().code(), ProblemCode::InvalidRequest);
        assert!(parse::<Value>(format!("\"{}\"", "[".repeat(100)).as_bytes(), "body").is_ok());
    }

    #[test]
    fn only_inline_text_may_be_longer_than_64_kib() {
        let long = "a".repeat(MAX_STRING_BYTES + 1);
        let text = |json: String| parse::<Value>(json.as_bytes(), "body").map(|_| ()).map_err(|problem| problem.code());
        assert_eq!(text(format!(r#"{{"content": {{"text": "{long}"}}}}"#)), Ok(()));
        assert_eq!(text(format!(r#"{{"note": "{long}"}}"#)), Err(ProblemCode::InvalidRequest));
        assert_eq!(text(format!(r#"{{"x": {{"content": {{"text": "{long}"}}}}}}"#)), Err(ProblemCode::InvalidRequest));
    }

    #[test]
    fn content_is_read_apart_from_the_metadata() {
        let read = |json: &str| parse_with_content::<Outer>(json.as_bytes());
        let (outer, content) = read(r#"{"content": {"text": "hi"}, "type": "a"}"#).unwrap();
        assert!(outer.kind == "a" && matches!(content, NewContent::Inline(InlineContent { text, .. }) if text == "hi"));
        let upload_id = "0192f0c1-2345-7abc-8def-0123456789ab";
        let (_, content) = read(&format!(r#"{{"content": {{"upload_id": "{upload_id}"}}, "type": "a"}}"#)).unwrap();
        assert!(matches!(content, NewContent::Uploaded(content) if content.upload_id.to_string() == upload_id));
        let loc = |json: &str| serde_json::to_string(&read(json).unwrap_err().errors[0].loc).unwrap();
        assert_eq!(loc(r#"{"type": "a"}"#), r#"["body","content"]"#);
        assert_eq!(loc(r#"{"type": "a", "content": {"text": "", "x": 1}}"#), r#"["body","content","x"]"#);
        assert_eq!(loc(r#"{"type": "a", "content": {}}"#), r#"["body","content","text"]"#);
        assert_eq!(loc(r#"{"type": "a", "content": {"upload_id": 7}}"#), r#"["body","content","upload_id"]"#);
        assert_eq!(loc(r#"{"type": "a", "content": {"text": "", "upload_id": ""}}"#), r#"["body","content","upload_id"]"#);
        assert_eq!(loc(r#"{"type": "a", "content": null}"#), r#"["body","content"]"#);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = parse::<Outer>(&bytes, "body");
        }
    }
}
