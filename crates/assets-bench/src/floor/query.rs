//! The statements of the floor, one for each thing that is asked. Values are named as SQLite does; PostgreSQL writes `$` for `?`.

/// How many items a page has.
pub(crate) const PAGE: usize = 50;

/// The columns that an item is written from, in their order.
pub(crate) const ITEM: &str = "i.id, i.type, i.title, i.description, i.status, i.tags, i.provenance, i.number, i.version_status, i.digest, \
     i.size_bytes, i.media_type, i.filename, i.facts, i.version_provenance, i.note, i.restored_from, i.created_by, i.version_created_at, \
     i.approved, i.preview_url, i.created_at, i.updated_at, i.revision, i.created, i.place";
pub(crate) const VERSIONS: &str = "SELECT number, status, digest, size_bytes, media_type, filename, facts, provenance, note, restored_from, \
     created_by, created_at FROM versions WHERE item = ?1 ORDER BY number DESC";
pub(crate) const DECISIONS: &str = "SELECT action, version, digest, bytes_named, made_by, at, comment, carried_from, title, description, \
     tags FROM decisions WHERE item = ?1 ORDER BY revision";
pub(crate) const MOVE: &str =
    "UPDATE items SET status = ?2, version_status = ?2, revision = revision + 1, updated_at = ?3 WHERE id = ?1 AND status = ?4";
pub(crate) const RECORD: &str = "INSERT INTO decisions SELECT place, revision, ?2, number, digest, 0, created_by, ?3, NULL, NULL, title, \
     description, tags FROM items WHERE id = ?1";

/// Which page of which list: a filter on one field or two, and a place to go on from.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(crate) struct Asked {
    pub(crate) campaign_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) tag: Option<String>,
    /// Moment and place of the last item of the page before.
    pub(crate) created: Option<i64>,
    pub(crate) place: Option<i64>,
}

impl Asked {
    /// The statement, and the texts that it takes as ?4 and ?5. ?1 is the workspace, ?2 and ?3 are the place to go on from.
    pub(crate) fn statement(&self) -> (String, Vec<&str>) {
        let mut texts = Vec::new();
        let (mut from, mut order) = ("items i", "i");
        let mut filters = String::new();
        if let Some(tag) = &self.tag {
            (from, order) = ("tags t CROSS JOIN items i", "t");
            filters.push_str(" AND i.place = t.place AND t.tag = ?4");
            texts.push(tag.as_str());
        }
        for (column, value) in [("campaign_id", &self.campaign_id), ("status", &self.status)] {
            if let Some(value) = value {
                texts.push(value);
                filters.push_str(&format!(" AND i.{column} = ?{}", texts.len() + 3));
            }
        }
        let sql = format!(
            "SELECT {ITEM} FROM {from} WHERE {order}.workspace = ?1 AND ({order}.created, {order}.place) < (?2, ?3){filters} \
             ORDER BY {order}.created DESC, {order}.place DESC LIMIT 51"
        );
        (sql, texts)
    }
}
