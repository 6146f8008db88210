//! Problems: every error that the service can emit, in one form (RFC 9457).

mod action;
mod causes;
mod code;
pub(crate) mod documented;
mod field;

use std::{
    borrow::Cow,
    ops::{Deref, DerefMut},
};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{
    body::{AssetStatus, ReasonName, RequestedChangeBody, ScopeName},
    observe, tus,
};

pub(crate) use self::field::kind_of_said;
pub use self::{
    action::ActionName,
    code::ProblemCode,
    field::{FieldProblem, LocItem},
};

/// A problem, boxed: whatever can fail hands one up, and hardly ever does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<ProblemBody>);

/// A problem (RFC 9457), sent as `application/problem+json`. Branch on `code`; the words may change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
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
    #[schema(nullable = false)]
    pub current_status: Option<AssetStatus>,
    /// What this caller could do instead, now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub legal_actions: Option<Vec<ActionName>>,
    /// The version that the decision would be about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub current_version: Option<u32>,
    /// The bytes that the decision would be about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^sha256:[0-9a-f]{64}$")]
    pub current_digest: Option<String>,
    /// The changes that were asked for and block the asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub open_items: Option<Vec<RequestedChangeBody>>,
    /// Everything that speaks against handing the asset out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reasons: Option<Vec<ReasonName>>,
    /// The scope that the key lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub required_scope: Option<ScopeName>,
    /// Where a person can decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub review_url: Option<String>,
    /// The request, for whoever reads the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request_id: Option<String>,
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
    #[serde(skip)]
    allowed: Option<String>,
    #[serde(skip)]
    is_of_upload: bool,
}

impl Problem {
    /// A problem with words of its own.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemBody {
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
            open_items: None,
            reasons: None,
            required_scope: None,
            review_url: None,
            request_id: None,
            retry_after_seconds: None,
            allowed: None,
            is_of_upload: false,
        }))
    }

    /// Bad fields or parameters.
    #[must_use]
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.to_string(),
            several => format!("{} fields or parameters are not valid, see errors", several.len()),
        };
        let mut problem = Self::new(ProblemCode::InvalidRequest, detail);
        problem.errors = errors;
        problem
    }

    /// With the seconds after which a repetition may succeed.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// With the methods that the path takes.
    #[must_use]
    pub fn allowing(mut self, methods: String) -> Self {
        self.allowed = Some(methods);
        self
    }

    /// With what every answer about a resumable upload carries.
    #[must_use]
    pub(crate) fn of_upload(mut self) -> Self {
        self.is_of_upload = true;
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
    pub(crate) fn named(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id;
        self
    }

    /// The kind of the problem.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.code
    }
}

impl Deref for Problem {
    type Target = ProblemBody;

    fn deref(&self) -> &ProblemBody {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut ProblemBody {
        &mut self.0
    }
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        ProblemBody::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        ProblemBody::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ProblemBody::schemas(schemas);
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
        if let Some(methods) = &self.allowed {
            response.insert_header((header::ALLOW, methods.as_str()));
        }
        if self.is_of_upload {
            response.insert_header((tus::RESUMABLE, tus::VERSION));
        }
        if self.code == ProblemCode::TusVersion {
            response.insert_header((tus::VERSIONS, tus::VERSION));
        }
        let request_id = self.request_id.clone().or_else(observe::request_id).filter(|_| self.code.status().is_server_error());
        let body = self.clone().named(request_id);
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use assets_domain::{Action, Digest, Refusal, Scope, Status, VersionNumber};
    use serde_json::{Value, json, to_value};

    use super::*;

    #[test]
    fn a_problem_says_what_is_the_matter_and_nothing_else() {
        let plain = json!({
            "type": "urn:assets:problem:not_found", "title": "There is no such thing", "status": 404, "detail": "gone", "code": "not_found",
        });
        assert_eq!(to_value(Problem::new(ProblemCode::NotFound, "gone").retry_after(1)).unwrap(), plain);
        let refused = |refusal: Refusal| to_value(Problem::from(refusal)).unwrap();
        let action = Action::Update;
        let archived = refused(Refusal::IllegalTransition { action, status: Status::Archived, legal_actions: Action::ALL.to_vec() });
        assert_eq!(archived["current_status"], "archived");
        assert_eq!(archived["legal_actions"], json!(Action::ALL.map(Action::as_str)));
        let digest = Digest::of(b"new");
        let stale = refused(Refusal::StaleVersion { version: VersionNumber::FIRST, digest });
        assert_eq!((&stale["current_version"], &stale["current_digest"]), (&json!(1), &json!(digest.to_string())));
        let unscoped = refused(Refusal::Denied(assets_domain::Denied::MissingScope(Scope::Approve)));
        assert_eq!(unscoped["required_scope"], "assets:approve");
    }

    #[test]
    fn the_document_lists_every_member_and_asks_for_those_that_are_always_there() {
        let schema = to_value(Problem::schema()).unwrap();
        assert_eq!(schema["required"], json!(["type", "title", "status", "detail", "code"]));
        let optional = [
            "errors",
            "current_status",
            "legal_actions",
            "current_version",
            "current_digest",
            "open_items",
            "reasons",
            "required_scope",
            "review_url",
        ];
        for member in optional.iter().chain(&["request_id"]) {
            let described = &schema["properties"][member];
            assert!(described["description"].is_string() && !described.to_string().contains("null"), "{member}: {described}");
        }
        let mut named = Vec::new();
        Problem::schemas(&mut named);
        let actions = named.into_iter().find(|(name, _)| name == "AssetAction").map(|(_, schema)| to_value(schema).unwrap()).unwrap();
        assert_eq!(actions["enum"], Value::from(Action::ALL.map(Action::as_str).to_vec()));
        assert_eq!(schema["properties"]["legal_actions"]["items"]["$ref"], "#/components/schemas/AssetAction");
    }
}
