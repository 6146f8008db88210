//! Every operation that the client knows: what it is called, where it is, what it takes and what it gives. Tests hold this table
//! against the published contract, and the compiler holds the calls against this table.

use std::marker::PhantomData;

use reqwest::Method;

use crate::{
    AddVersion, ApiKeyList, Asset, AssetFilter, AssetHistory, AssetPage, AuditCheckpointPage, AuditPage, AuditQuery, BulkDecisions,
    BulkResults, ChangeRequestPage, ChangeRequestQuery, Comment, CommentInput, CommentPage, CreateAsset, CreatedApiKey, DecisionInput,
    DismissInput, Download, EventPage, EventQuery, EventStreamQuery, Export, ExportInput, ExportPage, HandoverPage, Health, MomentQuery,
    NewApiKey, NewAssetMetadata, NewVersionMetadata, PageQuery, Policy, PreviewQuery, PreviewUrl, Recall, RecallInput, RecallPage, Release,
    ReleaseInput, RequestChangesInput, RollbackInput, SigningKeys, UpdateAsset, UpdatePolicy, Usage, Version, Whoami,
};

/// An operation that takes `I` as its body or query, and gives `O`.
pub(crate) struct Operation<I, O> {
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    types: PhantomData<fn(I) -> O>,
}

impl<I, O> Clone for Operation<I, O> {
    fn clone(&self) -> Self {
        Self { method: self.method.clone(), ..*self }
    }
}

macro_rules! operations {
    ($( $name:ident = $id:literal $method:ident $path:literal ($takes:ty) -> $gives:ty; )*) => {
        $( pub(crate) const $name: Operation<$takes, $gives> =
            Operation { id: $id, method: Method::$method, path: $path, types: PhantomData }; )*

        /// Of each operation: id, method, path, and the names of what it takes and gives.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, Method, &str, &str, &str)] =
            &[$( ($id, Method::$method, $path, stringify!($takes), stringify!($gives)), )*];
    };
}

operations! {
    CREATE_ASSET = "create_asset" POST "/api/v1/assets" (CreateAsset) -> Asset;
    UPLOAD_ASSET = "create_asset" POST "/api/v1/assets" (NewAssetMetadata) -> Asset;
    LIST_ASSETS = "list_assets" GET "/api/v1/assets" (AssetFilter) -> AssetPage;
    GET_ASSET = "get_asset" GET "/api/v1/assets/{asset_id}" (()) -> AssetHistory;
    UPDATE_ASSET = "update_asset" PATCH "/api/v1/assets/{asset_id}" (UpdateAsset) -> Asset;
    DELETE_ASSET = "delete_asset" DELETE "/api/v1/assets/{asset_id}" (()) -> ();

    ADD_VERSION = "add_version" POST "/api/v1/assets/{asset_id}/versions" (AddVersion) -> Asset;
    UPLOAD_VERSION = "add_version" POST "/api/v1/assets/{asset_id}/versions" (NewVersionMetadata) -> Asset;
    GET_VERSION = "get_version" GET "/api/v1/assets/{asset_id}/versions/{number}" (()) -> Version;
    GET_VERSION_CONTENT = "get_version_content" GET "/api/v1/assets/{asset_id}/versions/{number}/content" (()) -> Download;
    ROLLBACK_ASSET = "rollback_asset" POST "/api/v1/assets/{asset_id}/rollback" (RollbackInput) -> Asset;

    SUBMIT_ASSET = "submit_asset" POST "/api/v1/assets/{asset_id}/submit" (DecisionInput) -> Asset;
    WITHDRAW_ASSET = "withdraw_asset" POST "/api/v1/assets/{asset_id}/withdraw" (DecisionInput) -> Asset;
    APPROVE_ASSET = "approve_asset" POST "/api/v1/assets/{asset_id}/approve" (DecisionInput) -> Asset;
    REQUEST_CHANGES = "request_changes" POST "/api/v1/assets/{asset_id}/request-changes" (RequestChangesInput) -> Asset;
    REVOKE_APPROVAL = "revoke_approval" POST "/api/v1/assets/{asset_id}/revoke" (DecisionInput) -> Asset;
    ARCHIVE_ASSET = "archive_asset" POST "/api/v1/assets/{asset_id}/archive" (DecisionInput) -> Asset;
    RESTORE_ASSET = "restore_asset" POST "/api/v1/assets/{asset_id}/restore" (DecisionInput) -> Asset;
    DISMISS_CHANGE_ITEMS = "dismiss_change_items" POST "/api/v1/assets/{asset_id}/dismiss" (DismissInput) -> Asset;
    DECIDE_ASSETS = "decide_assets" POST "/api/v1/assets/decisions" (BulkDecisions) -> BulkResults;

    GET_CHANGE_REQUESTS = "get_change_requests" GET "/api/v1/assets/{asset_id}/change-requests" (ChangeRequestQuery) -> ChangeRequestPage;
    COMMENT_ON_ASSET = "comment_on_asset" POST "/api/v1/assets/{asset_id}/comments" (CommentInput) -> Comment;
    LIST_COMMENTS = "list_comments" GET "/api/v1/assets/{asset_id}/comments" (PageQuery) -> CommentPage;

    GET_APPROVED_VERSION = "get_approved_version" GET "/api/v1/assets/{asset_id}/approved" (()) -> Version;
    GET_APPROVED_VERSION_AT = "get_approved_version" GET "/api/v1/assets/{asset_id}/approved" (MomentQuery) -> Version;
    GET_APPROVED_CONTENT = "get_approved_content" GET "/api/v1/assets/{asset_id}/approved/content" (()) -> Download;
    RELEASE_ASSET = "release_asset" POST "/api/v1/assets/{asset_id}/release" (ReleaseInput) -> Release;
    LIST_RELEASES = "list_releases" GET "/api/v1/assets/{asset_id}/releases" (PageQuery) -> HandoverPage;
    GET_SIGNING_KEYS = "get_signing_keys" GET "/.well-known/assets-keys.json" (()) -> SigningKeys;

    CREATE_EXPORT = "create_export" POST "/api/v1/assets/exports" (ExportInput) -> Export;
    LIST_EXPORTS = "list_exports" GET "/api/v1/assets/exports" (PageQuery) -> ExportPage;
    GET_EXPORT = "get_export" GET "/api/v1/assets/exports/{export_id}" (()) -> Export;
    DOWNLOAD_EXPORT = "download_export" GET "/api/v1/assets/exports/{export_id}/archive" (()) -> Download;

    CREATE_RECALL = "create_recall" POST "/api/v1/assets/recalls" (RecallInput) -> Recall;
    LIST_RECALLS = "list_recalls" GET "/api/v1/assets/recalls" (PageQuery) -> RecallPage;
    GET_RECALL = "get_recall" GET "/api/v1/assets/recalls/{recall_id}" (()) -> Recall;

    GET_USAGE = "get_usage" GET "/api/v1/admin/usage" (()) -> Usage;
    LIST_EVENTS = "list_events" GET "/api/v1/assets/events" (EventQuery) -> EventPage;
    STREAM_EVENTS = "stream_events" GET "/api/v1/assets/events/stream" (EventStreamQuery) -> Download;

    GET_PREVIEW_URL = "get_preview_url" GET "/api/v1/assets/{asset_id}/preview-url" (PreviewQuery) -> PreviewUrl;

    CREATE_API_KEY = "create_api_key" POST "/api/v1/admin/api-keys" (NewApiKey) -> CreatedApiKey;
    LIST_API_KEYS = "list_api_keys" GET "/api/v1/admin/api-keys" (()) -> ApiKeyList;
    LIST_AUDIT = "list_audit" GET "/api/v1/admin/audit" (AuditQuery) -> AuditPage;
    LIST_AUDIT_CHECKPOINTS = "list_audit_checkpoints" GET "/api/v1/admin/audit/checkpoints" (PageQuery) -> AuditCheckpointPage;

    REVOKE_API_KEY = "revoke_api_key" DELETE "/api/v1/admin/api-keys/{prefix}" (()) -> ();
    GET_POLICY = "get_policy" GET "/api/v1/admin/policy" (()) -> Policy;
    UPDATE_POLICY = "update_policy" PATCH "/api/v1/admin/policy" (UpdatePolicy) -> Policy;
    WHOAMI = "whoami" GET "/api/v1/whoami" (()) -> Whoami;

    HEALTHZ = "healthz" GET "/healthz" (()) -> Health;
    READYZ = "readyz" GET "/readyz" (()) -> Health;
}

/// What the contract has and the client has not, and why.
#[cfg(test)]
pub(crate) const LEFT_OUT: &[(&str, &str)] = &[
    ("create_upload", "resumable uploads are a protocol with clients of its own (tus 1.0); UploadedContent names what they brought"),
    ("get_upload", "the same"),
    ("append_upload", "the same"),
    ("delete_upload", "the same"),
    ("get_preview", "a link is followed whole, as it was given: Previews::follow"),
    ("get_stable_preview", "the same"),
    ("create_webhook", "endpoints are set up once, by whoever runs the workspace; a client of Rust follows the feed: Events::follow"),
    ("list_webhooks", "the same"),
    ("get_webhook", "the same"),
    ("update_webhook", "the same"),
    ("delete_webhook", "the same"),
    ("list_deliveries", "the same"),
    ("replay_deliveries", "the same"),
    ("ping_webhook", "the same"),
    ("rotate_webhook_secret", "the same"),
    ("metrics", "for what collects metrics, in a form of its own"),
    ("get_openapi", "for what makes clients"),
];
