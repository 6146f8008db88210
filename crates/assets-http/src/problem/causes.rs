//! What every refusal and every breakage of the domain is to a caller. No wildcards: what is new there must be said here.

use assets_domain::{Action, CatalogError, Denied, KeyError, Refusal, Scope, Status, Unauthenticated, WebhookError, ports::Breakage};

use crate::observe;

use super::{ActionName, FieldProblem, Problem, ProblemCode};

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
    let mut problem = Problem::new(ProblemCode::ForbiddenScope, detail);
    problem.required_scope = Some(scope.into());
    problem
}

fn conflict(code: ProblemCode, detail: String, status: Status, legal: &[Action]) -> Problem {
    let mut problem = Problem::new(code, detail);
    problem.current_status = Some(status.into());
    problem.legal_actions = Some(legal.iter().copied().map(ActionName::from).collect());
    problem
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let said = refusal.to_string();
        match refusal {
            Refusal::StaleVersion { version, digest } => {
                let detail = format!("{said}, which is version {version}; look at that one and decide again");
                let mut problem = Self::new(ProblemCode::StaleVersion, detail);
                problem.current_version = Some(version.get());
                problem.current_digest = Some(digest.to_string());
                problem
            }
            Refusal::IllegalTransition { status, ref legal_actions, .. } => {
                conflict(ProblemCode::IllegalTransition, said, status, legal_actions)
            }
            Refusal::ChangesOpen { items, legal_actions } => {
                let mut problem = conflict(ProblemCode::OpenChangeRequests, said, Status::Draft, &legal_actions);
                problem.open_items = Some(items.into_iter().map(Into::into).collect());
                problem
            }
            Refusal::NotDeletable { status, ref legal_actions } => conflict(ProblemCode::NotDeletable, said, status, legal_actions),
            Refusal::OtherTerms => Self::new(ProblemCode::OtherTerms, said),
            Refusal::Points(error) => Self::invalid(vec![FieldProblem::in_body(error)]),
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
            CatalogError::ExportRecalled => Self::new(ProblemCode::ExportRecalled, format!("{said}; make a new export")),
            CatalogError::ExportExpired => Self::new(ProblemCode::ExportExpired, format!("{said}; make a new export")),
            CatalogError::TooManyExports { most } => Self::new(
                ProblemCode::TooManyExports,
                format!("a workspace may have {most} exports that are not expired; wait, or make those to come with a shorter expires_in"),
            ),
            CatalogError::TooManyMembers { .. } => Self::new(ProblemCode::TooManyMembers, format!("{said}; ask for less at a time")),
            CatalogError::OtherCount { .. } => {
                Self::new(ProblemCode::CountMismatch, format!("{said}; look again and decide on what there is now"))
            }
            CatalogError::NotReleased { reasons } => {
                let named: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
                let mut problem = Self::new(ProblemCode::NotReleased, format!("it may not be published so now: {}", named.join(", ")));
                problem.reasons = Some(reasons.into_iter().map(Into::into).collect());
                problem
            }
            CatalogError::Invalid(errors) => Self::invalid(errors.into_iter().map(FieldProblem::in_body).collect()),
            CatalogError::Unfit(unfit) => {
                let mut problem = Self::new(ProblemCode::ContentMismatch, unfit.to_string());
                problem.errors.push(FieldProblem::at(&["body", "content"], "content_mismatch", unfit.to_string()));
                problem
            }
            CatalogError::DigestMismatch { announced, arrived } => Self::new(
                ProblemCode::DigestMismatch,
                format!("{announced} was announced and {arrived} arrived; nothing was kept, send the content again"),
            ),
            CatalogError::TooLarge { limit_bytes } => {
                Self::new(ProblemCode::TooLarge, format!("content may have at most {limit_bytes} bytes"))
            }
            CatalogError::OverQuota(_) => Self::new(
                ProblemCode::QuotaExceeded,
                format!("{said}; remove what is not needed, or ask whoever runs the service for more"),
            ),
            CatalogError::UploadConflict { offset_bytes } => Self::new(
                ProblemCode::UploadConflict,
                format!("the upload goes on at {offset_bytes} bytes; ask with HEAD, and send the rest"),
            ),
            CatalogError::TooManyUploads { most } => Self::new(
                ProblemCode::TooManyUploads,
                format!("a key may have {most} uploads under way; finish and use some, end them, or wait 24 hours"),
            ),
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
            KeyError::PolicyChanged { current } => Self::new(
                ProblemCode::PreconditionFailed,
                format!("the policy is at revision {} now; read it again and decide on what it is", current.get()),
            ),
            KeyError::BeyondGrantor => Self::new(ProblemCode::ForbiddenGrant, "no key can be given a scope that yours lacks"),
            KeyError::NotFound => Self::new(ProblemCode::NotFound, "there is no key with this prefix in the workspace"),
            KeyError::Invalid(errors) => Self::invalid(errors.into_iter().map(FieldProblem::in_body).collect()),
            KeyError::Breakage(breakage) => breakage.into(),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let said = error.to_string();
        match error {
            WebhookError::Denied(denied) => denied.into(),
            WebhookError::NotFound => Self::new(ProblemCode::NotFound, "there is no such webhook in the workspace"),
            WebhookError::TooMany { .. } => Self::new(ProblemCode::TooManyWebhooks, format!("{said}; delete one, or have one do for more")),
            WebhookError::TooManyReplays { .. } => {
                Self::new(ProblemCode::TooManyReplays, format!("{said}; wait until they are through")).retry_after(60)
            }
            WebhookError::Disabled => Self::new(ProblemCode::WebhookDisabled, format!("{said}; enable it first")),
            WebhookError::Contended => Self::new(ProblemCode::Contended, said).retry_after(1),
            WebhookError::Invalid(errors) => Self::invalid(errors.into_iter().map(FieldProblem::in_body).collect()),
            WebhookError::Breakage(breakage) => breakage.into(),
        }
    }
}
