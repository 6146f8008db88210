//! The protocol for resumable uploads, tus 1.0.0 (<https://tus.io/protocols/resumable-upload>): its headers, and how they
//! are read.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderName, HeaderValue},
};
use assets_domain::{Filename, MediaType, NewUpload, Upload};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::problem::{FieldProblem, Problem, ProblemCode};

/// The one version that is spoken.
pub(crate) const VERSION: &str = "1.0.0";
/// What is spoken of it besides its core.
pub(crate) const EXTENSIONS: &str = "creation,creation-with-upload,checksum,expiration,termination";
/// By what bytes can be announced.
pub(crate) const ALGORITHMS: &str = "sha1,sha256";
/// The type of a body that is a piece of an upload.
pub(crate) const PIECE: &str = "application/offset+octet-stream";

pub(crate) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(crate) const VERSIONS: HeaderName = HeaderName::from_static("tus-version");
pub(crate) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(crate) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(crate) const CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(crate) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(crate) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(crate) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
pub(crate) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const DEFER_LENGTH: HeaderName = HeaderName::from_static("upload-defer-length");
/// The method that is meant where only POST passes through.
pub(crate) const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// What scripts of other origins may send.
pub(crate) const REQUEST_HEADERS: [HeaderName; 6] = [RESUMABLE, LENGTH, OFFSET, METADATA, CHECKSUM, METHOD_OVERRIDE];
/// What they may see of an answer.
pub(crate) const ANSWER_HEADERS: [HeaderName; 9] =
    [RESUMABLE, VERSIONS, EXTENSION, MAX_SIZE, CHECKSUM_ALGORITHM, OFFSET, LENGTH, EXPIRES, METADATA];

/// What every answer about an upload carries.
///
/// # Errors
/// Those that there were.
pub(crate) fn answered(answered: Result<HttpResponse, Problem>) -> Result<HttpResponse, Problem> {
    match answered {
        Ok(mut response) => {
            response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
            Ok(response)
        }
        Err(problem) => Err(problem.of_upload()),
    }
}

/// Whether the caller speaks the protocol.
///
/// # Errors
/// No version, or another.
pub(crate) fn spoken(request: &HttpRequest) -> Result<(), Problem> {
    if request.headers().get(RESUMABLE).is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::TusVersion, format!("send the header \"Tus-Resumable: {VERSION}\"")))
}

/// A moment as HTTP has it (RFC 9110, section 5.6.7).
pub(crate) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A header of ASCII; `None` if it is not there.
fn text(request: &HttpRequest, name: &HeaderName) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(name) else { return Ok(None) };
    let value = value.to_str().map_err(|_| unreadable(name, "must be ASCII"))?;
    Ok(Some(value.trim().to_owned()))
}

fn unreadable(name: &HeaderName, rule: &str) -> Problem {
    Problem::new(ProblemCode::BadRequest, format!("the header {}: {rule}", title(name)))
}

/// A header as the protocol writes it.
fn title(name: &HeaderName) -> String {
    let capital = |word: &str| word.get(..1).unwrap_or_default().to_ascii_uppercase() + word.get(1..).unwrap_or_default();
    name.as_str().split('-').map(capital).collect::<Vec<_>>().join("-")
}

fn number(request: &HttpRequest, name: &HeaderName) -> Result<u64, Problem> {
    let text = text(request, name)?.ok_or_else(|| unreadable(name, "is missing"))?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse().ok() } else { None };
    number.ok_or_else(|| unreadable(name, "must be a whole number of bytes"))
}

/// How many bytes the caller takes an upload to have.
///
/// # Errors
/// It does not say, or not in digits.
pub(crate) fn offset(request: &HttpRequest) -> Result<u64, Problem> {
    number(request, &OFFSET)
}

/// What the caller says of an upload that is to begin.
///
/// # Errors
/// Its length is missing or nothing; what it says of it cannot be read, or is no name or type that is taken.
pub(crate) fn new_upload(request: &HttpRequest) -> Result<NewUpload, Problem> {
    if request.headers().contains_key(DEFER_LENGTH) {
        return Err(Problem::new(ProblemCode::BadRequest, "say at the beginning how long the upload will be: Upload-Length"));
    }
    let length_bytes = number(request, &LENGTH)?;
    if length_bytes == 0 {
        return Err(Problem::invalid(vec![FieldProblem::at(&["header", "Upload-Length"], "empty", "content may not be empty")]));
    }
    let metadata = text(request, &METADATA)?;
    let said = said(metadata.as_deref().unwrap_or_default())?;
    let value = |name: &str| -> Result<Option<String>, Problem> {
        let value = said.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).filter(|value| !value.is_empty());
        value.map(|value| String::from_utf8(value).map_err(|_| unreadable(&METADATA, &format!("{name} must be UTF-8")))).transpose()
    };
    Ok(NewUpload { length_bytes, filename: filename(value("filename")?)?, media_type: media_type(value("filetype")?)?, metadata })
}

/// Keys and values of `Upload-Metadata`.
fn said(metadata: &str) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let rule = "must be pairs of a name and a value in base64, with a comma between them";
    let mut names = BTreeSet::new();
    let pairs = metadata.split(',').filter(|_| !metadata.is_empty()).map(|pair| {
        let (name, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let value = STANDARD.decode(value.trim()).map_err(|_| unreadable(&METADATA, rule))?;
        if name.is_empty() || !names.insert(name) {
            return Err(unreadable(&METADATA, rule));
        }
        Ok((name.to_owned(), value))
    });
    pairs.collect()
}

fn filename(name: Option<String>) -> Result<Option<Filename>, Problem> {
    let parsed = name.map(Filename::parse).transpose();
    parsed.map_err(|error| Problem::invalid(vec![FieldProblem::text(&["header", "Upload-Metadata", "filename"], error)]))
}

fn media_type(declared: Option<String>) -> Result<Option<MediaType>, Problem> {
    // What browsers say where they do not know, and what some call a ZIP: the bytes say what it is.
    let says_nothing = |declared: &String| {
        ["application/octet-stream", "application/x-zip-compressed"].iter().any(|vague| declared.eq_ignore_ascii_case(vague))
    };
    let declared = declared.filter(|declared| !says_nothing(declared));
    declared.as_deref().map(MediaType::parse).transpose().map_err(|unknown| {
        let mut problem = Problem::new(ProblemCode::ContentMismatch, unknown.to_string());
        problem.errors.push(FieldProblem::at(&["header", "Upload-Metadata", "filetype"], "unknown_media_type", unknown.to_string()));
        problem
    })
}

/// The headers that say where an upload is, for an answer.
pub(crate) fn place(upload: &Upload) -> [(HeaderName, String); 2] {
    [(OFFSET, upload.offset_bytes.to_string()), (EXPIRES, http_date(upload.expires_at))]
}

/// What bytes are announced to be, and what came of them so far.
pub(crate) struct Checksum {
    sum: Sum,
    announced: Vec<u8>,
}

enum Sum {
    Sha1(Sha1),
    Sha256(Sha256),
}

/// The checksum that a request announces.
///
/// # Errors
/// It cannot be read, or is by another algorithm.
pub(crate) fn checksum(request: &HttpRequest) -> Result<Option<Checksum>, Problem> {
    let Some(text) = text(request, &CHECKSUM)? else { return Ok(None) };
    let (algorithm, encoded) = text.split_once(' ').unwrap_or((&text, ""));
    let (sum, length) = match algorithm {
        "sha1" => (Sum::Sha1(Sha1::new()), 20),
        "sha256" => (Sum::Sha256(Sha256::new()), 32),
        _ => return Err(unreadable(&CHECKSUM, &format!("the algorithm must be one of {ALGORITHMS}"))),
    };
    let announced = STANDARD.decode(encoded.trim()).ok().filter(|digest| digest.len() == length);
    let announced = announced.ok_or_else(|| unreadable(&CHECKSUM, "must be an algorithm and the digest in base64"))?;
    Ok(Some(Checksum { sum, announced }))
}

impl Checksum {
    /// Takes in the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.sum {
            Sum::Sha1(sum) => sum.update(bytes),
            Sum::Sha256(sum) => sum.update(bytes),
        }
    }

    /// Whether the bytes are what was announced.
    pub(crate) fn agrees(self) -> bool {
        match self.sum {
            Sum::Sha1(sum) => sum.finalize().as_slice() == self.announced,
            Sum::Sha256(sum) => sum.finalize().as_slice() == self.announced,
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn begun(headers: &[(&str, &str)]) -> Result<NewUpload, Problem> {
        let request = headers.iter().fold(TestRequest::default(), |request, header| request.append_header(*header));
        new_upload(&request.to_http_request())
    }

    #[test]
    fn what_is_said_of_an_upload_is_read_and_kept_word_for_word() {
        let metadata = "filename aMOpcm8ucG5n,filetype aW1hZ2UvcG5n,relativePath bnVsbA==,is_confidential";
        let new = begun(&[("Upload-Length", "5"), ("Upload-Metadata", metadata)]).unwrap();
        assert_eq!((new.length_bytes, new.metadata.as_deref(), new.media_type), (5, Some(metadata), Some(MediaType::Png)));
        assert_eq!(new.filename.unwrap().as_str(), "héro.png");
        let bare = begun(&[("Upload-Length", "5")]).unwrap();
        assert_eq!((bare.metadata, bare.filename, bare.media_type), (None, None, None));
        let vague = begun(&[("Upload-Length", "5"), ("Upload-Metadata", "filetype YXBwbGljYXRpb24vb2N0ZXQtc3RyZWFt,filename")]).unwrap();
        assert_eq!((vague.filename, vague.media_type), (None, None));
    }

    #[test]
    fn what_cannot_be_read_is_told_from_what_is_not_taken() {
        let length = ("Upload-Length", "5");
        for bad in ["filename a", "filename aGk=,filename aGk=", ",", "filename aGk= b"] {
            assert_eq!(begun(&[length, ("Upload-Metadata", bad)]).unwrap_err().code(), ProblemCode::BadRequest, "{bad}");
        }
        for bad in ["", "-1", "+5", "0x5", "5.0", "99999999999999999999"] {
            assert_eq!(begun(&[("Upload-Length", bad)]).unwrap_err().code(), ProblemCode::BadRequest, "{bad}");
        }
        assert_eq!(begun(&[("Upload-Defer-Length", "1")]).unwrap_err().code(), ProblemCode::BadRequest);
        assert_eq!(begun(&[("Upload-Length", "0")]).unwrap_err().code(), ProblemCode::InvalidRequest);
        assert_eq!(begun(&[length, ("Upload-Metadata", "filename YS9i")]).unwrap_err().code(), ProblemCode::InvalidRequest);
        assert_eq!(begun(&[length, ("Upload-Metadata", "filetype YS9i")]).unwrap_err().code(), ProblemCode::ContentMismatch);
    }

    #[test]
    fn a_checksum_agrees_with_the_bytes_it_was_made_of() {
        for header in ["sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="] {
            let read = || checksum(&TestRequest::default().append_header(("Upload-Checksum", header)).to_http_request()).unwrap().unwrap();
            let (mut same, mut other) = (read(), read());
            same.update(b"a");
            same.update(b"bc");
            other.update(b"abd");
            assert!(same.agrees() && !other.agrees(), "{header}");
        }
        for bad in ["md5 AAAA", "sha1", "sha1 AAAA", "sha256 !", ""] {
            let request = TestRequest::default().append_header(("Upload-Checksum", bad)).to_http_request();
            assert_eq!(checksum(&request).err().unwrap().code(), ProblemCode::BadRequest, "{bad}");
        }
    }

    #[test]
    fn a_moment_is_written_as_http_has_it() {
        assert_eq!(http_date(DateTime::from_timestamp(784_111_777, 0).unwrap()), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
