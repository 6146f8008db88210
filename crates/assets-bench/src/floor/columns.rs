//! The floor's tables: which columns there are, and where in the service's answer their values stand.
//!
//! An item is one row, with its latest and its approved version in columns of their own, so that a page is one statement
//! over one table. Every value is a plain one; only what is a free list in the service, too, is kept as JSON text.

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holds {
    Text,
    Integer,
    Real,
    Flag,
    /// A list of any length, as JSON text.
    List,
}

impl Holds {
    const fn sql(self) -> &'static str {
        match self {
            Self::Text | Self::List => "text",
            Self::Integer => "bigint",
            Self::Real => "double precision",
            Self::Flag => "boolean",
        }
    }
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    /// Where its value stands in the service's answer: a JSON pointer (RFC 6901).
    pub(crate) pointer: &'static str,
}

const fn column(name: &'static str, holds: Holds, pointer: &'static str) -> Column {
    Column { name, holds, pointer }
}

/// What an item is found by, before [`ITEM`] in its row.
pub(crate) const ITEM_KEYS: [Column; 4] = [
    column("place", Holds::Integer, ""),
    column("workspace", Holds::Integer, ""),
    column("created", Holds::Integer, ""),
    column("has_approved", Holds::Flag, ""),
];
/// What an item says of itself; its latest and its approved version follow in its row, each with all of [`VERSION`].
pub(crate) const ITEM: [Column; 10] = [
    column("id", Holds::Text, "/id"),
    column("type", Holds::Text, "/type"),
    column("title", Holds::Text, "/title"),
    column("description", Holds::Text, "/description"),
    column("status", Holds::Text, "/status"),
    column("tags", Holds::List, "/tags"),
    column("preview_url", Holds::Text, "/preview_url"),
    column("created_at", Holds::Text, "/created_at"),
    column("updated_at", Holds::Text, "/updated_at"),
    column("revision", Holds::Integer, "/revision"),
];
/// What the two versions in an item's row are called, with where they stand in the service's answer.
pub(crate) const PLACES: [(&str, &str); 2] = [("latest", "/latest_version"), ("approved", "/approved_version")];
/// What a version says of itself, in its own row behind the place of its item.
pub(crate) const VERSION: [Column; 25] = [
    column("number", Holds::Integer, "/number"),
    column("status", Holds::Text, "/status"),
    column("digest", Holds::Text, "/content/digest"),
    column("size_bytes", Holds::Integer, "/content/size_bytes"),
    column("media_type", Holds::Text, "/content/media_type"),
    column("filename", Holds::Text, "/content/filename"),
    column("width", Holds::Integer, "/content/facts/width"),
    column("height", Holds::Integer, "/content/facts/height"),
    column("pages", Holds::Integer, "/content/facts/pages"),
    column("duration_seconds", Holds::Real, "/content/facts/duration_seconds"),
    column("words", Holds::Integer, "/content/facts/words"),
    column("agent_slug", Holds::Text, "/provenance/agent_slug"),
    column("run_id", Holds::Text, "/provenance/run_id"),
    column("campaign_id", Holds::Text, "/provenance/campaign_id"),
    column("brand_id", Holds::Text, "/provenance/brand_id"),
    column("brief_id", Holds::Text, "/provenance/brief_id"),
    column("model", Holds::Text, "/provenance/model"),
    column("prompt_digest", Holds::Text, "/provenance/prompt_digest"),
    column("derived_from", Holds::List, "/provenance/derived_from"),
    column("note", Holds::Text, "/note"),
    column("restored_from", Holds::Integer, "/restored_from"),
    column("by_key_prefix", Holds::Text, "/created_by/key_prefix"),
    column("by_name", Holds::Text, "/created_by/name"),
    column("by_kind", Holds::Text, "/created_by/kind"),
    column("created_at", Holds::Text, "/created_at"),
];
/// What a decision says, in its row behind the place of its item and the revision that it made.
pub(crate) const DECISION: [Column; 13] = [
    column("action", Holds::Text, "/action"),
    column("version", Holds::Integer, "/version"),
    column("digest", Holds::Text, "/digest"),
    column("bytes_named", Holds::Flag, "/bytes_named"),
    column("by_key_prefix", Holds::Text, "/by/key_prefix"),
    column("by_name", Holds::Text, "/by/name"),
    column("by_kind", Holds::Text, "/by/kind"),
    column("at", Holds::Text, "/at"),
    column("comment", Holds::Text, "/comment"),
    column("carried_from", Holds::Integer, "/carried_from"),
    column("title", Holds::Text, "/title"),
    column("description", Holds::Text, "/description"),
    column("tags", Holds::List, "/tags"),
];

/// The statements that make the tables, without their indexes.
pub(crate) fn schema() -> String {
    let defined = |prefix: &str, columns: &[Column]| {
        let each = columns.iter().map(|column| format!("{prefix}{} {}", column.name, column.holds.sql()));
        each.collect::<Vec<_>>().join(", ")
    };
    let versions = PLACES.map(|(name, _)| defined(&format!("{name}_"), &VERSION)).join(", ");
    format!(
        "CREATE TABLE items ({}, {}, {versions}); \
         CREATE TABLE versions (item bigint, {}); \
         CREATE TABLE decisions (item bigint, revision bigint, {}); \
         CREATE TABLE tags (workspace bigint, tag text, created bigint, place bigint); \
         CREATE TABLE uploads (name text, digest text, size_bytes bigint, item text)",
        defined("", &ITEM_KEYS),
        defined("", &ITEM),
        defined("", &VERSION),
        defined("", &DECISION),
    )
}
