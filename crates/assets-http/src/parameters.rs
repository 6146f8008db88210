//! Parameters that operations share, and how they are read.

use std::str::FromStr;

use actix_web::HttpRequest;
use assets_domain::{AssetId, VersionNumber};
use utoipa::IntoParams;
use uuid::{Uuid, fmt::Hyphenated};

use crate::problem::{FieldProblem, Problem};

/// Which asset.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what asset_id() reads")]
pub(crate) struct AssetPath {
    /// Which asset. Another workspace's does not exist.
    asset_id: Uuid,
}

/// Which version of which asset.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what asset_id() and version_number() read")]
pub(crate) struct VersionPath {
    /// Which asset. Another workspace's does not exist.
    asset_id: Uuid,
    /// Which of its versions.
    #[param(minimum = 1)]
    number: u32,
}

/// Repeating a POST safely.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module idempotency reads")]
pub(crate) struct Repeatable {
    /// Makes the request safe to send again: for 24 hours the same body gets the first answer, another body is refused.
    /// 1 to 255 visible ASCII characters.
    #[param(rename = "Idempotency-Key", required = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    idempotency_key: String,
}

/// Changing only what was seen.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module etag reads")]
pub(crate) struct Conditional {
    /// The ETag of the asset as it was seen. If its revision is not the current one: 412.
    #[param(rename = "If-Match", required = false, pattern = "^(\\*|(W/)?\"[!#-~]*\"( *, *(W/)?\"[!#-~]*\")*)$", example = "\"3.1847\"")]
    if_match: String,
}

/// Changing only the policy that was seen.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module etag reads")]
pub(crate) struct ConditionalPolicy {
    /// The ETag of the policy as it was seen. If it is not the current one: 412.
    #[param(rename = "If-Match", required = false, pattern = "^(\\*|(W/)?\"[!#-~]*\"( *, *(W/)?\"[!#-~]*\")*)$", example = "\"3\"")]
    if_match: String,
}

/// Fetching only what changed.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module etag reads")]
pub(crate) struct Cached {
    /// The ETag of what is at hand. If it is still the same: 304, without a body.
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}

/// Fetching pieces of content.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module deliver reads")]
pub(crate) struct Ranged {
    /// One range of bytes; several at once are answered with the whole.
    #[param(rename = "Range", required = false, example = "bytes=0-1023")]
    range: String,
    /// The ETag that the range is meant for. If it is another one now, the whole is sent.
    #[param(rename = "If-Range", required = false)]
    if_range: String,
    /// The ETag of what is at hand. If it is still the same: 304, without a body.
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}

/// Announcing what is sent.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module upload reads")]
pub(crate) struct Announced {
    /// The digest of the content (RFC 9530), as `sha-256=:<base64>:`. If other bytes arrive: 422 `digest_mismatch`.
    #[param(rename = "Repr-Digest", required = false, pattern = "^sha-256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:$")]
    repr_digest: String,
}

/// Which upload.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what the module uploads reads")]
pub(crate) struct UploadPath {
    /// Which upload: the last part of the `Location` that was answered when it began. Another key's does not exist.
    upload_id: Uuid,
}

/// Speaking the protocol of resumable uploads.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module tus reads")]
pub(crate) struct Versioned {
    /// The version of the protocol: `1.0.0`.
    #[param(rename = "Tus-Resumable", pattern = "^1\\.0\\.0$", example = "1.0.0")]
    tus_resumable: String,
}

/// Beginning an upload.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module tus reads")]
pub(crate) struct BeginsUpload {
    /// How many bytes it will have.
    #[param(rename = "Upload-Length", minimum = 1)]
    upload_length: u64,
    /// Names and values in base64, with commas between them. `filename` and `filetype` (a media type) are what the content is
    /// called and said to be; the others are given back as they are.
    #[param(
        rename = "Upload-Metadata",
        required = false,
        pattern = "^([!-+--~]+( ([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?)?(,[!-+--~]+( ([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?)?)*)?$",
        example = "filename aGVyby5wbmc=,filetype aW1hZ2UvcG5n"
    )]
    upload_metadata: String,
}

/// Sending a piece of an upload.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module tus reads")]
pub(crate) struct SendsPiece {
    /// How many bytes the upload has: the piece begins there. If they are others by now: 409 `upload_conflict`.
    #[param(rename = "Upload-Offset")]
    upload_offset: u64,
}

/// Announcing a piece of an upload.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what the module tus reads")]
pub(crate) struct Summed {
    /// The digest of the body: `sha1` or `sha256`, and the digest in base64. If other bytes arrive: 460 `checksum_mismatch`.
    #[param(
        rename = "Upload-Checksum",
        required = false,
        pattern = "^(sha1 [A-Za-z0-9+/]{26}|sha256 [A-Za-z0-9+/]{42})[AEIMQUYcgkosw048]=$",
        example = "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
    )]
    upload_checksum: String,
}

/// The asset that the path names.
pub(crate) fn asset_id(request: &HttpRequest) -> Result<AssetId, Problem> {
    let id: Hyphenated = part(request, "asset_id", "uuid", "must be a UUID with its hyphens")?;
    Ok(AssetId::new(id.into_uuid()))
}

/// The version that the path names.
pub(crate) fn version_number(request: &HttpRequest) -> Result<VersionNumber, Problem> {
    let number: u32 = part(request, "number", "version_number", "must be a whole number from 1")?;
    VersionNumber::new(number)
        .map_err(|error| Problem::invalid(vec![FieldProblem::at(&["path", "number"], "version_number", error.to_string())]))
}

/// A part of the path.
pub(crate) fn part<T: FromStr>(request: &HttpRequest, name: &'static str, kind: &'static str, rule: &'static str) -> Result<T, Problem> {
    let text = request.match_info().get(name).unwrap_or_default();
    text.parse().map_err(|_| Problem::invalid(vec![FieldProblem::at(&["path", name], kind, rule)]))
}
