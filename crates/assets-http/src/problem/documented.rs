//! Which problems an operation can answer with, for the document.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Schema},
};

use super::{Problem, ProblemCode};

macro_rules! problem_sets {
    ($( $(#[$doc:meta])* $name:ident { $($code:ident),* $(,)? } )*) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    responses_of(&[$(ProblemCode::$code),*])
                }
            }
        )*
    };
}

problem_sets! {
    /// Whoever asks with a key.
    KeyedProblems { Unauthenticated, ForbiddenScope, RateLimited, Internal, Unavailable }
    /// Lists.
    ListProblems { InvalidCursor, Unauthenticated, ForbiddenScope, InvalidRequest, RateLimited, Internal, Unavailable }
    /// Following what happens.
    FeedProblems { Unauthenticated, ForbiddenScope, InvalidRequest, RateLimited, Internal, Unavailable }
    /// Reading one thing.
    ReadProblems { Unauthenticated, ForbiddenScope, NotFound, InvalidRequest, RateLimited, Internal, Unavailable }
    /// Reading content.
    ContentProblems {
        Unauthenticated, ForbiddenScope, NotFound, PreconditionFailed, RangeNotSatisfiable, InvalidRequest, RateLimited, Internal, Unavailable
    }
    /// Reading what is approved.
    ApprovedProblems { Unauthenticated, ForbiddenScope, NotFound, NotApproved, InvalidRequest, RateLimited, Internal, Unavailable }
    /// Reading approved content.
    ApprovedContentProblems {
        Unauthenticated, ForbiddenScope, NotFound, NotApproved, PreconditionFailed, RangeNotSatisfiable, InvalidRequest, RateLimited, Internal,
        Unavailable
    }
    /// Following a link.
    LinkProblems { BadRequest, InvalidLink, LinkGone, PreconditionFailed, RangeNotSatisfiable, Internal, Unavailable }
    /// Following a link that never expires.
    StableLinkProblems { BadRequest, InvalidLink, PreconditionFailed, RangeNotSatisfiable, Internal, Unavailable }
    /// Asking for a link.
    PreviewProblems { Unauthenticated, ForbiddenScope, NotFound, LinkGone, InvalidRequest, RateLimited, Internal, Unavailable }
    /// Creating an asset.
    CreateProblems {
        BadRequest, Unauthenticated, ForbiddenScope, QuotaExceeded, RequestTimeout, Contended, TooLarge, UnsupportedMediaType, InvalidRequest,
        ContentMismatch, DigestMismatch, IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Adding a version.
    AddVersionProblems {
        BadRequest, Unauthenticated, ForbiddenScope, QuotaExceeded, NotFound, RequestTimeout, IllegalTransition, Contended, PreconditionFailed, TooLarge,
        UnsupportedMediaType, InvalidRequest, ContentMismatch, DigestMismatch, IdempotencyMismatch, RateLimited, Internal, Unavailable,
        StorageFull
    }
    /// Beginning an upload.
    BeginUploadProblems {
        BadRequest, Unauthenticated, ForbiddenScope, QuotaExceeded, RequestTimeout, Contended, TusVersion, TooLarge, UnsupportedMediaType, InvalidRequest,
        ContentMismatch, ChecksumMismatch, IdempotencyMismatch, TooManyUploads, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Sending more of an upload.
    AppendUploadProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, UploadConflict, TusVersion, TooLarge, UnsupportedMediaType,
        InvalidRequest, ChecksumMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Asking about an upload, or ending it.
    UploadProblems { Unauthenticated, ForbiddenScope, NotFound, TusVersion, InvalidRequest, RateLimited, Internal, Unavailable }
    /// Changing an asset.
    ChangeProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, IllegalTransition, Contended, PreconditionFailed, TooLarge,
        UnsupportedMediaType, InvalidRequest, IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Deleting an asset.
    DeleteProblems {
        Unauthenticated, ForbiddenScope, NotFound, NotDeletable, Contended, PreconditionFailed, InvalidRequest, RateLimited, Internal,
        Unavailable, StorageFull
    }
    /// Submitting.
    SubmitProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, IllegalTransition, OpenChangeRequests, StaleVersion,
        Contended, PreconditionFailed, TooLarge, UnsupportedMediaType, InvalidRequest, DigestRequired, IdempotencyMismatch, RateLimited,
        Internal, Unavailable, StorageFull
    }
    /// Saying something about a version.
    CommentProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, StaleVersion, Contended, TooLarge, UnsupportedMediaType,
        InvalidRequest, IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// A decision that any writer may make, unless it ends an approval.
    MoveProblems {
        BadRequest, Unauthenticated, HumanRequired, ForbiddenScope, NotFound, RequestTimeout, IllegalTransition, StaleVersion, Contended,
        PreconditionFailed, TooLarge, UnsupportedMediaType, InvalidRequest, DigestRequired, IdempotencyMismatch, RateLimited, Internal,
        Unavailable, StorageFull
    }
    /// A decision that only a person may make, and not about bytes of their own.
    ApprovalProblems {
        BadRequest, Unauthenticated, HumanRequired, ForbiddenScope, SelfApproval, NotFound, RequestTimeout, IllegalTransition, StaleVersion,
        OtherTerms, Contended, PreconditionFailed, TooLarge, UnsupportedMediaType, InvalidRequest, DigestRequired, IdempotencyMismatch, RateLimited,
        Internal, Unavailable, StorageFull
    }
    /// Many decisions at once; each has its own problem besides.
    BulkProblems {
        BadRequest, Unauthenticated, ForbiddenScope, RequestTimeout, Contended, TooLarge, UnsupportedMediaType, InvalidRequest,
        IdempotencyMismatch, RateLimited, Internal, Unavailable
    }
    /// Making a key.
    KeyProblems {
        BadRequest, Unauthenticated, HumanRequired, ForbiddenScope, ForbiddenGrant, RequestTimeout, Contended, TooLarge,
        UnsupportedMediaType, InvalidRequest, IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Changing the policy.
    PolicyProblems {
        BadRequest, Unauthenticated, HumanRequired, ForbiddenScope, RequestTimeout, PreconditionFailed, TooLarge, UnsupportedMediaType,
        InvalidRequest, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Making an export.
    ExportProblems {
        BadRequest, Unauthenticated, ForbiddenScope, RequestTimeout, Contended, TooLarge, UnsupportedMediaType, InvalidRequest,
        TooManyMembers, IdempotencyMismatch, TooManyExports, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Downloading an archive.
    ArchiveProblems {
        Unauthenticated, ForbiddenScope, NotFound, ExportRecalled, ExportExpired, PreconditionFailed, RangeNotSatisfiable, InvalidRequest,
        TooManyDownloads, RateLimited, Internal, Unavailable
    }
    /// Having an asset handed out.
    ReleaseProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, NotReleased, Contended, TooLarge, UnsupportedMediaType,
        InvalidRequest, IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Taking approvals back together.
    RecallProblems {
        BadRequest, Unauthenticated, HumanRequired, ForbiddenScope, RequestTimeout, Contended, CountMismatch, TooLarge,
        UnsupportedMediaType, InvalidRequest, IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Making a webhook.
    NewWebhookProblems {
        BadRequest, Unauthenticated, ForbiddenScope, RequestTimeout, TooManyWebhooks, Contended, TooLarge, UnsupportedMediaType,
        InvalidRequest, IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Changing a webhook.
    UpdateWebhookProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, Contended, TooLarge, UnsupportedMediaType, InvalidRequest,
        RateLimited, Internal, Unavailable, StorageFull
    }
    /// Having events delivered once more.
    ReplayProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, WebhookDisabled, Contended, TooLarge, UnsupportedMediaType,
        InvalidRequest, IdempotencyMismatch, TooManyReplays, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Trying a webhook, or giving it another secret.
    PokeWebhookProblems {
        BadRequest, Unauthenticated, ForbiddenScope, NotFound, RequestTimeout, Contended, TooLarge, UnsupportedMediaType, InvalidRequest,
        IdempotencyMismatch, RateLimited, Internal, Unavailable, StorageFull
    }
    /// Lists about one thing.
    PartListProblems { InvalidCursor, Unauthenticated, ForbiddenScope, NotFound, InvalidRequest, RateLimited, Internal, Unavailable }
    /// Asking for what everybody may know.
    PublicProblems { Internal }
    /// Asking whether the service is ready.
    ReadinessProblems { Unavailable }
}

/// One response for each status, whose words say which codes it comes with.
fn responses_of(codes: &[ProblemCode]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    by_status.into_iter().map(|(status, codes)| (status.to_string(), response_of(&codes).into())).collect()
}

fn response_of(codes: &[ProblemCode]) -> Response {
    let said = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title())).collect::<Vec<_>>().join("; ");
    let schema = Ref::from_schema_name(Problem::name());
    let example = codes.first().map(|code| serde_json::json!(Problem::new(*code, code.title())));
    let content = ContentBuilder::new().schema(Some(schema)).example(example).build();
    ResponseBuilder::new().description(said).content("application/problem+json", content).build()
}

/// The schemas that these responses refer to.
pub(crate) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    schemas
}
