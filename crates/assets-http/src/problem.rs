//! Problems: every error that the service can emit, in one form (RFC 9457).

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use assets_domain::{
    Action, CatalogError, Denied, FieldError, KeyError, PathItem, Refusal, Scope, Status, TextError, Unauthenticated, ports::Breakage,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{body::AssetStatus, observe};

macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident = $status:ident, $text:literal, $title:literal; )*) => {
        /// What went wrong, for programs to branch on. A code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode { $( $(#[$doc])* $name, )* }

        impl ProblemCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $( Self::$name => StatusCode::$status, )* }
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
    /// There is no such thing for this caller.
    NotFound = NOT_FOUND, "not_found", "There is no such thing";
    /// No version of the asset is approved.
    NotApproved = NOT_FOUND, "not_approved", "Nothing is approved";
    /// The path exists, but not with this method.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here";
    /// The body did not arrive in time.
    RequestTimeout = REQUEST_TIMEOUT, "request_timeout", "The request took too long to arrive";
    /// The asset as it stands does not allow it.
    IllegalTransition = CONFLICT, "illegal_transition", "The asset does not allow this now";
    /// The decision was made on other bytes than the current ones.
    StaleVersion = CONFLICT, "stale_version", "The version is not the current one";
    /// Only a draft that was never approved can be deleted.
    NotDeletable = CONFLICT, "not_deletable", "The asset cannot be deleted";
    /// Too many others change the asset at once.
    Contended = CONFLICT, "contended", "Too many others change the asset at once";
    /// The link has expired or was taken back.
    LinkGone = GONE, "link_gone", "The link is no longer good";
    /// The asset has changed since the caller looked.
    PreconditionFailed = PRECONDITION_FAILED, "precondition_failed", "The asset has changed";
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
    /// The `Idempotency-Key` was used for another body.
    IdempotencyMismatch = UNPROCESSABLE_ENTITY, "idempotency_mismatch", "The Idempotency-Key was used for another request";
    /// Too many requests in a minute.
    RateLimited = TOO_MANY_REQUESTS, "rate_limited", "Too many requests";
    /// A fault of the service.
    Internal = INTERNAL_SERVER_ERROR, "internal", "The service failed";
    /// The service cannot do it for now.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "The service is not available for now";
    /// No space is left.
    StorageFull = INSUFFICIENT_STORAGE, "storage_full", "The storage is full";
}

/// One bad field or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Where it is, from the outside in: `["body", "provenance", "derived_from", 0]`, `["query", "limit"]`.
    #[schema(example = json!(["body", "title"]))]
    pub loc: Vec<LocItem>,
    /// What is wrong with it, in words.
    #[schema(example = "must not be empty")]
    pub msg: String,
    /// What is wrong with it, for programs.
    #[serde(rename = "type")]
    #[schema(example = "empty")]
    pub kind: String,
}

/// A field by name, or a place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum LocItem {
    /// A field by name.
    #[schema(title = "LocField")]
    Field(String),
    /// A place in a list, from 0.
    #[schema(title = "LocIndex")]
    Index(usize),
}

/// A problem (RFC 9457), sent as `application/problem+json`. Branch on `code`; the words may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A URI for the kind of problem: `urn:assets:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:assets:problem:not_found")]
    pub kind: String,
    /// The kind of problem, in words.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What is wrong and what to do about it.
    pub detail: String,
    /// What programs branch on.
    pub code: ProblemCode,
    /// The bad fields and parameters, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldProblem>,
    /// Where the asset stands, if that is what refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_status: Option<AssetStatus>,
    /// What this caller could do instead, now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_actions: Option<Vec<&'static str>>,
    /// The version that the decision would be about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<u32>,
    /// The bytes that the decision would be about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_digest: Option<String>,
    /// The scope that the key lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_scope: Option<&'static str>,
    /// Where a person can decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_url: Option<String>,
    /// The request, for whoever reads the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
}

impl Problem {
    /// A problem with words of its own.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:assets:problem:{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail: detail.into(),
            code,
            errors: Vec::new(),
            current_status: None,
            legal_actions: None,
            current_version: None,
            current_digest: None,
            required_scope: None,
            review_url: None,
            request_id: None,
            retry_after_seconds: None,
        }
    }

    /// Bad fields or parameters.
    #[must_use]
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", path_of(only), only.msg),
            several => format!("{} fields or parameters are not valid, see errors", several.len()),
        };
        Self { errors, ..Self::new(ProblemCode::InvalidRequest, detail) }
    }

    /// With the seconds after which a repetition may succeed.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// With the page where a person can decide.
    #[must_use]
    pub fn with_review_url(mut self, url: String) -> Self {
        if self.code == ProblemCode::HumanRequired {
            self.review_url = Some(url);
        }
        self
    }

    /// With the name of the request that met it.
    #[must_use]
    pub(crate) fn named(self, request_id: Option<String>) -> Self {
        Self { request_id, ..self }
    }

    /// The kind of the problem.
    #[must_use]
    pub const fn code(&self) -> ProblemCode {
        self.code
    }

    fn conflict(code: ProblemCode, detail: String, status: Status, legal: &[Action]) -> Self {
        Self {
            current_status: Some(status.into()),
            legal_actions: Some(legal.iter().map(|action| action.as_str()).collect()),
            ..Self::new(code, detail)
        }
    }
}

fn path_of(error: &FieldProblem) -> String {
    let items = error.loc.iter().map(|item| match item {
        LocItem::Field(name) => name.clone(),
        LocItem::Index(place) => place.to_string(),
    });
    items.collect::<Vec<_>>().join(".")
}

impl FieldProblem {
    /// A bad value at a place.
    #[must_use]
    pub fn at(loc: &[&str], kind: &str, msg: impl Into<String>) -> Self {
        Self { loc: loc.iter().map(|field| LocItem::Field((*field).to_owned())).collect(), msg: msg.into(), kind: kind.to_owned() }
    }

    /// A bad text at a place.
    #[must_use]
    pub fn text(loc: &[&str], error: TextError) -> Self {
        let kind = match error {
            TextError::Empty => "empty",
            TextError::TooLong { .. } => "too_long",
            TextError::Control => "control_character",
            TextError::Shape(_) => "malformed",
        };
        Self::at(loc, kind, error.to_string())
    }

    fn in_body(error: FieldError) -> Self {
        let path = error.path.into_iter().map(|item| match item {
            PathItem::Field(name) => LocItem::Field(name.to_owned()),
            PathItem::Index(place) => LocItem::Index(place),
        });
        let loc = std::iter::once(LocItem::Field("body".to_owned())).chain(path).collect();
        Self { loc, msg: error.message, kind: error.kind.to_owned() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.code == ProblemCode::Unauthenticated {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = self.retry_after_seconds {
            response.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        let request_id = self.request_id.clone().or_else(observe::request_id).filter(|_| self.code.status().is_server_error());
        let body = self.clone().named(request_id);
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

impl From<Unauthenticated> for Problem {
    fn from(_: Unauthenticated) -> Self {
        Self::new(
            ProblemCode::Unauthenticated,
            "send a key that is neither expired nor revoked as \"Authorization: Bearer tnx_…\", in exactly one header",
        )
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::HumanRequired => Self::new(
                ProblemCode::HumanRequired,
                "only a key of kind \"person\" can do this, whatever its scopes; ask a person to decide",
            ),
            Denied::MissingScope(scope) => missing_scope(scope),
        }
    }
}

fn missing_scope(scope: Scope) -> Problem {
    let detail = format!("the key needs the scope \"{}\"; ask whoever manages the workspace's keys for one that has it", scope.as_str());
    Problem { required_scope: Some(scope.as_str()), ..Problem::new(ProblemCode::ForbiddenScope, detail) }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let said = refusal.to_string();
        match refusal {
            Refusal::StaleVersion { version, digest } => Self {
                current_version: Some(version.get()),
                current_digest: Some(digest.to_string()),
                ..Self::new(ProblemCode::StaleVersion, format!("{said}, which is version {version}; look at that one and decide again"))
            },
            Refusal::IllegalTransition { status, ref legal_actions, .. } => {
                Self::conflict(ProblemCode::IllegalTransition, said, status, legal_actions)
            }
            Refusal::NotDeletable { status, ref legal_actions } => Self::conflict(ProblemCode::NotDeletable, said, status, legal_actions),
            Refusal::DigestRequired => Self::new(ProblemCode::DigestRequired, said),
            Refusal::Denied(denied) => denied.into(),
            Refusal::SelfApproval => Self::new(ProblemCode::SelfApproval, format!("{said}; another person has to")),
        }
    }
}

impl From<Breakage> for Problem {
    fn from(breakage: Breakage) -> Self {
        observe::broken(&breakage);
        match breakage {
            Breakage::Unavailable(_) => {
                Self::new(ProblemCode::Unavailable, "the storage does not answer; try again in a few seconds").retry_after(5)
            }
            Breakage::Full(_) => {
                Self::new(ProblemCode::StorageFull, "nothing more can be stored until space is made; reading goes on").retry_after(60)
            }
            Breakage::Damaged(_) | Breakage::Failed(_) => {
                Self::new(ProblemCode::Internal, "the request failed for a reason that is in the service's log")
            }
        }
    }
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        let said = error.to_string();
        match error {
            CatalogError::Denied(denied) => denied.into(),
            CatalogError::NotFound => Self::new(ProblemCode::NotFound, "there is nothing here that this key can see"),
            CatalogError::NotApproved => Self::new(ProblemCode::NotApproved, "no version of the asset is approved at the moment"),
            CatalogError::LinkGone => Self::new(ProblemCode::LinkGone, "the link was taken back; ask for a new one"),
            CatalogError::Invalid(errors) => Self::invalid(errors.into_iter().map(FieldProblem::in_body).collect()),
            CatalogError::Unfit(unfit) => Self {
                errors: vec![FieldProblem::at(&["body", "content"], "content_mismatch", unfit.to_string())],
                ..Self::new(ProblemCode::ContentMismatch, unfit.to_string())
            },
            CatalogError::DigestMismatch { announced, arrived } => Self::new(
                ProblemCode::DigestMismatch,
                format!("{announced} was announced and {arrived} arrived; nothing was kept, send the content again"),
            ),
            CatalogError::TooLarge { limit_bytes } => {
                Self::new(ProblemCode::TooLarge, format!("content may have at most {limit_bytes} bytes"))
            }
            CatalogError::PreconditionFailed { current } => Self::new(
                ProblemCode::PreconditionFailed,
                format!("the asset is at revision {} now; read it again and decide on what it is", current.get()),
            ),
            CatalogError::Refused(refusal) => refusal.into(),
            CatalogError::Contended => Self::new(ProblemCode::Contended, said).retry_after(1),
            CatalogError::Interrupted(source) => interrupted(&source),
            CatalogError::Breakage(breakage) => breakage.into(),
        }
    }
}

fn interrupted(source: &std::io::Error) -> Problem {
    if source.kind() == std::io::ErrorKind::TimedOut {
        return Problem::new(ProblemCode::RequestTimeout, "the content came too slowly; nothing was kept");
    }
    match source.get_ref().and_then(|inner| inner.downcast_ref::<Problem>()) {
        Some(problem) => problem.clone(),
        None => Problem::new(ProblemCode::BadRequest, "the content was cut off before its end; nothing was kept, send it again"),
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Denied(denied) => denied.into(),
            KeyError::BeyondGrantor => Self::new(ProblemCode::ForbiddenGrant, "no key can be given a scope that yours lacks"),
            KeyError::NotFound => Self::new(ProblemCode::NotFound, "there is no key with this prefix in the workspace"),
            KeyError::Invalid(errors) => Self::invalid(errors.into_iter().map(FieldProblem::in_body).collect()),
            KeyError::Breakage(breakage) => breakage.into(),
        }
    }
}
