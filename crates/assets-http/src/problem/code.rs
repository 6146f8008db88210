//! The codes that problems go by.

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! codes {
    (@status $known:ident) => { StatusCode::$known };
    (@status $number:literal) => { StatusCode::from_u16($number).unwrap_or(StatusCode::BAD_REQUEST) };
    ($( $(#[$doc:meta])* $name:ident = $status:tt, $text:literal, $title:literal; )*) => {
        /// What went wrong, for programs to branch on. A code never changes its meaning.
        /// Later versions have more of them: go by `status` where one is unknown.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode { $( $(#[$doc])* $name, )* }

        impl ProblemCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $( Self::$name => codes!(@status $status), )* }
            }

            /// As on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            pub(crate) const fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )* }
            }
        }
    };
}

codes! {
    /// The request cannot be read at all.
    BadRequest = BAD_REQUEST, "bad_request", "The request cannot be read";
    /// The cursor was altered, is over a day old, or belongs to another list.
    InvalidCursor = BAD_REQUEST, "invalid_cursor", "The cursor is not good for this list";
    /// No API key, or none that opens anything.
    Unauthenticated = UNAUTHORIZED, "unauthenticated", "A valid API key is required";
    /// Only a key of kind `person` decides.
    HumanRequired = FORBIDDEN, "human_required", "Only a person can decide this";
    /// The key lacks a scope.
    ForbiddenScope = FORBIDDEN, "forbidden_scope", "The key lacks a scope";
    /// No key grants what it has not.
    ForbiddenGrant = FORBIDDEN, "forbidden_grant", "A key cannot grant what it has not";
    /// An author of the bytes may not approve them.
    SelfApproval = FORBIDDEN, "self_approval", "An author cannot approve these bytes";
    /// The preview link was altered.
    InvalidLink = FORBIDDEN, "invalid_link", "The link is not valid";
    /// The service answers at another host than the one that was asked, or not to scripts from this origin.
    ForbiddenOrigin = FORBIDDEN, "forbidden_origin", "The host or the origin is not allowed";
    /// The workspace has as much as it may have; `quota` of `get_usage` says how much that is.
    QuotaExceeded = FORBIDDEN, "quota_exceeded", "The workspace is full";
    /// There is no such thing for this caller.
    NotFound = NOT_FOUND, "not_found", "There is no such thing";
    /// No version of the asset is approved.
    NotApproved = NOT_FOUND, "not_approved", "Nothing is approved";
    /// The path exists, but not with this method.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here";
    /// The caller takes nothing that the service could answer.
    NotAcceptable = NOT_ACCEPTABLE, "not_acceptable", "The answer would not be accepted";
    /// The body did not arrive in time.
    RequestTimeout = REQUEST_TIMEOUT, "request_timeout", "The request took too long to arrive";
    /// The asset as it stands does not allow it.
    IllegalTransition = CONFLICT, "illegal_transition", "The asset does not allow this now";
    /// Changes that were asked for block the asset; `open_items` lists them.
    OpenChangeRequests = CONFLICT, "open_change_requests", "Changes that were asked for are open";
    /// The decision was made on other bytes than the current ones.
    StaleVersion = CONFLICT, "stale_version", "The version is not the current one";
    /// Only a draft that was never approved can be deleted.
    NotDeletable = CONFLICT, "not_deletable", "The asset cannot be deleted";
    /// Too many others change the asset at once.
    Contended = CONFLICT, "contended", "Too many others change the asset at once";
    /// The upload has other bytes by now than the caller takes it to have.
    UploadConflict = CONFLICT, "upload_conflict", "The upload goes on elsewhere";
    /// The version is approved already, on other terms.
    OtherTerms = CONFLICT, "other_terms", "The version is approved on other terms";
    /// The asset is not handed out for this purpose; `reasons` says why.
    NotReleased = CONFLICT, "not_released", "The asset is not released";
    /// More or fewer approvals match than the caller expects.
    CountMismatch = CONFLICT, "count_mismatch", "Another number of approvals matches";
    /// The workspace has as many webhooks as it may.
    TooManyWebhooks = CONFLICT, "too_many_webhooks", "The workspace has too many webhooks";
    /// Nothing is sent to the webhook until it is enabled again.
    WebhookDisabled = CONFLICT, "webhook_disabled", "The webhook is disabled";
    /// Some of the export was taken back.
    ExportRecalled = GONE, "export_recalled", "A member of the export was taken back";
    /// The time of the export is over.
    ExportExpired = GONE, "export_expired", "The export has expired";
    /// The link has expired or was taken back.
    LinkGone = GONE, "link_gone", "The link is no longer good";
    /// The asset has changed since the caller looked.
    PreconditionFailed = PRECONDITION_FAILED, "precondition_failed", "The asset has changed";
    /// The caller does not speak version 1.0.0 of the protocol for resumable uploads (tus).
    TusVersion = PRECONDITION_FAILED, "tus_version", "The version of the protocol is not supported";
    /// More bytes than allowed.
    TooLarge = PAYLOAD_TOO_LARGE, "too_large", "The request is too large";
    /// The body is of a type that the operation does not take.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body is of an unsupported type";
    /// The range lies outside the content.
    RangeNotSatisfiable = RANGE_NOT_SATISFIABLE, "range_not_satisfiable", "The range lies outside the content";
    /// A field or parameter makes no sense; `errors` says which.
    InvalidRequest = UNPROCESSABLE_ENTITY, "invalid_request", "The request is not valid";
    /// The bytes do not fit the asset's type, or are not what they are declared to be.
    ContentMismatch = UNPROCESSABLE_ENTITY, "content_mismatch", "The content does not fit";
    /// The bytes that arrived are not those that `Repr-Digest` announced.
    DigestMismatch = UNPROCESSABLE_ENTITY, "digest_mismatch", "The content is not what was announced";
    /// The workspace asks that decisions name the digest.
    DigestRequired = UNPROCESSABLE_ENTITY, "digest_required", "The decision must name the digest";
    /// The bytes that arrived are not those that `Upload-Checksum` announced.
    ChecksumMismatch = 460, "checksum_mismatch", "The bytes are not what was announced";
    /// More assets match than an export may have.
    TooManyMembers = UNPROCESSABLE_ENTITY, "too_many_members", "The export would be too large";
    /// The `Idempotency-Key` was used for another body.
    IdempotencyMismatch = UNPROCESSABLE_ENTITY, "idempotency_mismatch", "The Idempotency-Key was used for another request";
    /// The key has begun too many uploads that are not finished.
    TooManyUploads = TOO_MANY_REQUESTS, "too_many_uploads", "Too many uploads are under way";
    /// Too many exports of the workspace are being made, or wait to be downloaded.
    TooManyExports = TOO_MANY_REQUESTS, "too_many_exports", "Too many exports";
    /// Too much is to be delivered again already.
    TooManyReplays = TOO_MANY_REQUESTS, "too_many_replays", "Too many replays wait";
    /// Too many archives of the workspace are being downloaded.
    TooManyDownloads = TOO_MANY_REQUESTS, "too_many_downloads", "Too many archives are being downloaded";
    /// Too many requests in a minute.
    RateLimited = TOO_MANY_REQUESTS, "rate_limited", "Too many requests";
    /// A fault of the service.
    Internal = INTERNAL_SERVER_ERROR, "internal", "The service failed";
    /// The service cannot do it for now.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "The service is not available for now";
    /// No space is left.
    StorageFull = INSUFFICIENT_STORAGE, "storage_full", "The storage is full";
}
