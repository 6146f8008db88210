//! Closed lists of names. One that came later than this crate is read as `Other`.

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $( $(#[$variant_doc:meta])* $variant:ident = $text:literal, )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_doc])* #[doc = concat!("`", $text, "`")] $variant, )*
            /// A name that came later than this crate.
            Other(String),
        }

        impl $name {
            /// Every name that is known.
            pub const KNOWN: &'static [Self] = &[$( Self::$variant, )*];

            /// As on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $( $text => Self::$variant, )*
                    _later => Self::Other(text),
                }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        #[cfg(test)]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let names = Self::KNOWN.iter().map(Self::as_str);
                utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String).enum_values(Some(names)).into()
            }
        }

        #[cfg(test)]
        impl utoipa::ToSchema for $name {}
    };
}

names! {
    /// Where an asset stands: the status of its latest version, or `archived`.
    /// What can be published is another question: ask for `has_approved`.
    AssetStatus {
        Draft = "draft",
        PendingReview = "pending_review",
        Approved = "approved",
        Archived = "archived",
    }
}
names! {
    /// What happened.
    EventType {
        AssetCreated = "asset.created",
        AssetVersionAdded = "asset.version_added",
        AssetSubmitted = "asset.submitted",
        AssetWithdrawn = "asset.withdrawn",
        AssetApproved = "asset.approved",
        AssetChangesRequested = "asset.changes_requested",
        AssetRevoked = "asset.revoked",
        AssetArchived = "asset.archived",
        AssetRestored = "asset.restored",
        AssetRolledBack = "asset.rolled_back",
        AssetUpdated = "asset.updated",
        AssetDeleted = "asset.deleted",
        AssetReleased = "asset.released",
        ExportCreated = "export.created",
        PolicyChanged = "policy.changed",
        RecallMade = "recall.made",
        WebhookDisabled = "webhook.disabled",
    }
}
names! {
    /// What did something.
    AuditActorKind {
        Agent = "agent",
        Person = "person",
        Service = "service",
        Operator = "operator",
        Installation = "installation",
    }
}
names! {
    /// Why an endpoint is not told of anything any more.
    DisabledReason {
        Request = "request",
        Gone = "gone",
        Failing = "failing",
    }
}
names! {
    /// What kind of thing an asset is.
    AssetType {
        Copy = "copy",
        Image = "image",
        Slide = "slide",
        Video = "video",
        Blog = "blog",
        Bundle = "bundle",
    }
}
names! {
    /// Something that can be done to an asset.
    AssetAction {
        Submit = "submit",
        Withdraw = "withdraw",
        Approve = "approve",
        RequestChanges = "request_changes",
        Revoke = "revoke",
        Archive = "archive",
        Restore = "restore",
        Dismiss = "dismiss",
        AddVersion = "add_version",
        Rollback = "rollback",
        Delete = "delete",
        Update = "update",
    }
}
names! {
    /// What has been decided about one version.
    VersionStatus {
        Draft = "draft",
        PendingReview = "pending_review",
        ChangesRequested = "changes_requested",
        Approved = "approved",
        Superseded = "superseded",
        Revoked = "revoked",
    }
}
names! {
    /// A recorded decision.
    DecisionAction {
        Submit = "submit",
        Withdraw = "withdraw",
        Approve = "approve",
        RequestChanges = "request_changes",
        Revoke = "revoke",
        Archive = "archive",
        Restore = "restore",
        Dismiss = "dismiss",
    }
}
names! {
    /// What hangs on a point of a request for changes.
    Severity {
        Blocking = "blocking",
        Suggestion = "suggestion",
    }
}
names! {
    /// What became of a point of a request for changes.
    ChangeItemState {
        Open = "open",
        Answered = "answered",
        Dismissed = "dismissed",
    }
}
names! {
    /// Which requests for changes are listed.
    ChangeRequestState {
        Open = "open",
    }
}
names! {
    /// Why an asset is not handed out.
    Reason {
        NotFound = "not_found",
        Archived = "archived",
        NotApproved = "not_approved",
        NotYetValid = "not_yet_valid",
        Expired = "expired",
        ChannelNotAllowed = "channel_not_allowed",
        MarketNotAllowed = "market_not_allowed",
    }
}
names! {
    /// Where an export stands.
    ExportStatus {
        Ready = "ready",
        Recalled = "recalled",
        Expired = "expired",
    }
}
names! {
    /// Where a recall stands.
    RecallStatus {
        Proposed = "proposed",
        Running = "running",
        Done = "done",
    }
}
names! {
    /// Why a recall has not revoked an approval.
    LeftOverReason {
        AlreadyEnded = "already_ended",
        ApprovedAnew = "approved_anew",
    }
}
names! {
    /// In which way bytes were handed out.
    HandoverKind {
        Ticket = "ticket",
        Export = "export",
    }
}
names! {
    /// What holds a key. Only a person decides.
    KeyKind {
        Agent = "agent",
        Person = "person",
        Service = "service",
    }
}
names! {
    /// What a key may do.
    Scope {
        Read = "assets:read",
        ReadApproved = "assets:read:approved",
        Write = "assets:write",
        Approve = "assets:approve",
        Admin = "admin",
        All = "*",
    }
}
names! {
    /// What bytes are.
    MediaType {
        PlainText = "text/plain",
        Markdown = "text/markdown",
        Html = "text/html",
        Json = "application/json",
        Png = "image/png",
        Jpeg = "image/jpeg",
        Gif = "image/gif",
        Webp = "image/webp",
        Avif = "image/avif",
        Svg = "image/svg+xml",
        Pdf = "application/pdf",
        Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Mp4 = "video/mp4",
        Webm = "video/webm",
        QuickTime = "video/quicktime",
        Zip = "application/zip",
    }
}
names! {
    /// The order of a list.
    ListSort {
        /// Newest first.
        CreatedAt = "created_at",
        /// What was submitted first, first: for those who review.
        SubmittedAt = "submitted_at",
    }
}
names! {
    /// What a list can say besides its items.
    ListInclude {
        /// How many there are in all.
        Total = "total",
    }
}
names! {
    /// What went wrong, for programs to branch on. A code never changes its meaning.
    ProblemCode {
        /// The request cannot be read at all.
        BadRequest = "bad_request",
        /// The cursor was altered, is over a day old, or belongs to another list.
        InvalidCursor = "invalid_cursor",
        /// No API key, or none that opens anything.
        Unauthenticated = "unauthenticated",
        /// Only a key of kind `person` decides.
        HumanRequired = "human_required",
        /// The key lacks a scope.
        ForbiddenScope = "forbidden_scope",
        /// No key grants what it has not.
        ForbiddenGrant = "forbidden_grant",
        /// An author of the bytes may not approve them.
        SelfApproval = "self_approval",
        QuotaExceeded = "quota_exceeded",
        /// The preview link was altered.
        InvalidLink = "invalid_link",
        /// The host or the origin is not allowed.
        ForbiddenOrigin = "forbidden_origin",
        /// There is no such thing for this caller.
        NotFound = "not_found",
        /// No version of the asset is approved.
        NotApproved = "not_approved",
        /// The path exists, but not with this method.
        MethodNotAllowed = "method_not_allowed",
        /// The answer would not be accepted.
        NotAcceptable = "not_acceptable",
        /// The body did not arrive in time.
        RequestTimeout = "request_timeout",
        /// The asset as it stands does not allow it.
        IllegalTransition = "illegal_transition",
        /// Changes that were asked for block the asset; `open_items` lists them.
        OpenChangeRequests = "open_change_requests",
        /// The decision was made on other bytes than the current ones.
        StaleVersion = "stale_version",
        /// Only a draft that was never approved can be deleted.
        NotDeletable = "not_deletable",
        /// Too many others change the asset at once.
        Contended = "contended",
        /// The upload has other bytes by now than the caller takes it to have.
        UploadConflict = "upload_conflict",
        /// The version is approved already, on other terms.
        OtherTerms = "other_terms",
        /// The asset is not handed out for this purpose; `reasons` says why.
        NotReleased = "not_released",
        CountMismatch = "count_mismatch",
        /// The workspace has as many webhooks as it may.
        TooManyWebhooks = "too_many_webhooks",
        /// Nothing is sent to the webhook until it is enabled again.
        WebhookDisabled = "webhook_disabled",
        /// Some of the export was taken back.
        ExportRecalled = "export_recalled",
        /// The time of the export is over.
        ExportExpired = "export_expired",
        /// The link has expired or was taken back.
        LinkGone = "link_gone",
        /// The asset has changed since the caller looked.
        PreconditionFailed = "precondition_failed",
        /// The caller does not speak version 1.0.0 of the protocol for resumable uploads (tus).
        TusVersion = "tus_version",
        /// More bytes than allowed.
        TooLarge = "too_large",
        /// The body is of a type that the operation does not take.
        UnsupportedMediaType = "unsupported_media_type",
        /// The range lies outside the content.
        RangeNotSatisfiable = "range_not_satisfiable",
        /// A field or parameter makes no sense; `errors` says which.
        InvalidRequest = "invalid_request",
        /// The bytes do not fit the asset's type, or are not what they are declared to be.
        ContentMismatch = "content_mismatch",
        /// The bytes that arrived are not those that `Repr-Digest` announced.
        DigestMismatch = "digest_mismatch",
        /// The workspace asks that decisions name the digest.
        DigestRequired = "digest_required",
        /// The bytes that arrived are not those that `Upload-Checksum` announced.
        ChecksumMismatch = "checksum_mismatch",
        /// More assets match than an export may have.
        TooManyMembers = "too_many_members",
        /// The `Idempotency-Key` was used for another body.
        IdempotencyMismatch = "idempotency_mismatch",
        /// The key has begun too many uploads that are not finished.
        TooManyUploads = "too_many_uploads",
        /// Too many exports of the workspace are being made, or wait to be downloaded.
        TooManyExports = "too_many_exports",
        /// Too much is to be delivered again already.
        TooManyReplays = "too_many_replays",
        /// Too many archives of the workspace are being downloaded.
        TooManyDownloads = "too_many_downloads",
        /// Too many requests in a minute.
        RateLimited = "rate_limited",
        /// A fault of the service.
        Internal = "internal",
        /// The service cannot do it for now.
        Unavailable = "unavailable",
        /// No space is left.
        StorageFull = "storage_full",
    }
}
