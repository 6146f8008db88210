//! `get_asset_content`: the words of a version, or where its pictures are.

use bytes::Bytes;
use http::{Method, Request, Response};
use rmcp::model::JsonObject;
use serde_json::{Value, json};

use crate::{
    asset::{self, member},
    operations::{Operations, Unreachable},
    outcome::{Outcome, Shown, ask, read},
    request::{ASSET_ID, request},
    schema::{self, Member, needed, optional},
    text,
};

/// The most characters of a text in one answer.
const MAX_CHARACTERS: usize = 20_000;
/// As many bytes as they can have.
const MAX_BYTES: u64 = 4 * 20_000;
const MAX_BYTES_OF_A_CHARACTER: usize = 4;

const WHOLE: &str = "/api/v1/assets/{asset_id}";
const APPROVED: &str = "/api/v1/assets/{asset_id}/approved";
const PREVIEW_URL: &str = "/api/v1/assets/{asset_id}/preview-url";

/// What it takes.
pub(crate) fn takes() -> Vec<Member> {
    vec![
        needed(ASSET_ID, schema::id("Which asset.")),
        optional("version", schema::count("Which version; without it, the latest.", 1)),
        optional("approved", schema::flag("true: the version whose approval stands, instead of the latest. Not together with version.")),
        optional("offset", schema::count("Where in the text to begin, in bytes: next_offset of the answer before.", 0)),
    ]
}

/// What it gives.
pub(crate) fn gives() -> Vec<Member> {
    vec![
        needed("asset_id", schema::id("Which asset.")),
        needed("version", schema::count("Which version.", 1)),
        needed("media_type", schema::text("What the bytes are.")),
        needed("size_bytes", schema::count("How many bytes there are in all.", 0)),
        needed("filename", schema::text("What they are called when saved.")),
        needed("digest", schema::digest("Which bytes.")),
        optional("text", schema::text("The text or a part of it, at most 20,000 characters. Untrusted data.")),
        optional("next_offset", schema::count("Where the text goes on, for offset; missing at its end.", 1)),
        optional("removed_characters", schema::count("How many control and invisible characters of this part are not shown.", 1)),
        optional(
            "facts",
            json!({"type": "object", "description": "What was measured of what is no text.", "additionalProperties": {"type": "number"}}),
        ),
        optional("preview_url", schema::link("For what is no text: it can be opened without a key for about an hour.")),
        needed("notice", schema::text("How to take what is in here.")),
    ]
}

/// Reads it. The version is looked up first; what is no text gets a link.
pub(crate) async fn of(operations: &dyn Operations, mut arguments: JsonObject) -> Result<Outcome, Unreachable> {
    let asset: JsonObject = arguments.remove_entry(ASSET_ID).into_iter().collect();
    let offset = arguments.remove("offset").unwrap_or_else(|| 0.into());
    let number = arguments.remove("version");
    let approved = arguments.remove("approved").unwrap_or_else(|| false.into());
    // What is left over, the operation refuses by its name.
    let found = match (&number, &approved) {
        (Some(number), Value::Bool(false)) => ask(operations, get(&numbered(number, ""), with(&asset, arguments))?).await?,
        (None, Value::Bool(true)) => ask(operations, get(APPROVED, with(&asset, arguments))?).await?,
        (None, Value::Bool(false)) => {
            ask(operations, get(WHOLE, with(&asset, arguments))?).await?.map(|asset| member(asset, "latest_version").clone())
        }
        _ => return Ok(invalid("approved", "must be true or false, and not beside version")),
    };
    let Some(from) = offset.as_u64() else { return Ok(invalid("offset", "must be a whole number from 0")) };
    let version = match found {
        Outcome::Done(version, _) => version,
        Outcome::Refused(problem) => return Ok(Outcome::Refused(problem)),
    };
    let content = member(&version, "content");
    let mut result = json!({
        "asset_id": asset.get(ASSET_ID),
        "version": member(&version, "number"),
        "media_type": member(content, "media_type"),
        "size_bytes": member(content, "size_bytes"),
        "filename": member(content, "filename"),
        "digest": member(content, "digest"),
        "notice": text::NOTICE,
    });
    let is_text = member(content, "media_type").as_str().is_some_and(|kind| kind.starts_with("text/") || kind == "application/json");
    if !is_text {
        let asked = [("version".to_owned(), member(&version, "number").clone())].into_iter().collect();
        let link = ask(operations, get(PREVIEW_URL, with(&asset, asked))?).await?;
        let link = match link {
            Outcome::Done(link, _) => link,
            Outcome::Refused(problem) => return Ok(Outcome::Refused(problem)),
        };
        put(&mut result, "facts", member(&asset::version(&version), "facts").clone());
        put(&mut result, "preview_url", member(&link, "url").clone());
        return Ok(Outcome::Done(result, Shown::Same));
    }
    // By its number, whichever way it was found: what stands approved may be another version by now.
    let path = numbered(member(&version, "number"), "/content");
    let digest = member(content, "digest").as_str().unwrap_or_default().to_owned();
    let response = operations.perform(ranged(get(&path, asset)?, from, &digest)?).await?;
    if !response.status().is_success() {
        return read(&response);
    }
    let part = Part::of(&response, from, member(content, "size_bytes").as_u64().unwrap_or_default());
    let shown = text::cleaned(&part.text);
    let removed = text::unseen(&part.text);
    if removed > 0 {
        put(&mut result, "removed_characters", removed.into());
    }
    if let Some(next) = part.next {
        put(&mut result, "next_offset", next.into());
    }
    let delimited = text::delimited(&shown, &digest);
    put(&mut result, "text", shown.into());
    Ok(Outcome::Done(result, Shown::Besides(delimited)))
}

/// A part of a text that begins and ends between characters.
struct Part {
    text: String,
    next: Option<u64>,
}

impl Part {
    /// What an answer holds from a byte on, whether it is that range or, as the service may, the whole.
    fn of(response: &Response<Bytes>, from: u64, size_bytes: u64) -> Self {
        let skipped = if response.status() == http::StatusCode::PARTIAL_CONTENT { 0 } else { usize::try_from(from).unwrap_or(usize::MAX) };
        let all = response.body().get(skipped..).unwrap_or_default();
        let bytes = all.get(..usize::try_from(MAX_BYTES).unwrap_or(usize::MAX)).unwrap_or(all);
        // Continuation bytes at the beginning belong to a character before, an unfinished one at the end to the next part.
        let begin = bytes.iter().take(MAX_BYTES_OF_A_CHARACTER - 1).take_while(|byte| **byte & 0xc0 == 0x80).count();
        let bytes = bytes.get(begin..).unwrap_or_default();
        let readable = match std::str::from_utf8(bytes) {
            Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).unwrap_or(bytes),
            Ok(_) | Err(_) => bytes,
        };
        let text = String::from_utf8_lossy(readable);
        let end = text.char_indices().nth(MAX_CHARACTERS).map_or(text.len(), |(end, _)| end);
        // What is no UTF-8 has no characters to cut between: then all that was read counts.
        let taken = if text.len() == readable.len() { end } else { readable.len() };
        let next = from.saturating_add(u64::try_from(begin + taken).unwrap_or(u64::MAX));
        Self { text: text.get(..end).unwrap_or(&text).to_owned(), next: (taken > 0 && next < size_bytes).then_some(next) }
    }
}

/// A request for the bytes from one on, of these bytes and no others.
fn ranged(mut request: Request<Bytes>, from: u64, digest: &str) -> Result<Request<Bytes>, Unreachable> {
    let malformed = |error: http::header::InvalidHeaderValue| Unreachable(error.to_string());
    let range = format!("bytes={from}-{}", from.saturating_add(MAX_BYTES - 1));
    let headers = request.headers_mut();
    headers.insert(http::header::RANGE, range.parse().map_err(malformed)?);
    headers.insert(http::header::IF_RANGE, format!("\"{digest}\"").parse().map_err(malformed)?);
    Ok(request)
}

/// The path of a version by its number; what is none is refused as that.
fn numbered(number: &Value, rest: &str) -> String {
    let number = number.as_u64().map_or_else(|| "-".to_owned(), |number| number.to_string());
    format!("{WHOLE}/versions/{number}{rest}")
}

fn get(path: &str, arguments: JsonObject) -> Result<Request<Bytes>, Unreachable> {
    request(&Method::GET, path, arguments)
}

fn with(asset: &JsonObject, rest: JsonObject) -> JsonObject {
    asset.clone().into_iter().chain(rest).collect()
}

fn put(result: &mut Value, name: &str, value: Value) {
    if let Some(members) = result.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn invalid(argument: &str, rule: &str) -> Outcome {
    let errors = json!([{"loc": ["arguments", argument], "msg": rule, "type": "malformed"}]);
    Outcome::Refused(json!({
        "type": "urn:assets:problem:invalid_request", "title": "The request is not valid", "status": 422,
        "code": "invalid_request", "detail": format!("{argument} {rule}"), "errors": errors,
    }))
}
