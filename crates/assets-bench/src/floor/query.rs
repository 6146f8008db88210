//! The statements of the floor, one for each thing that is asked. Values are named as SQLite does; PostgreSQL writes `$` for `?`.

/// How many items a page has.
pub(crate) const PAGE: usize = 50;

pub(crate) const ONE: &str = "SELECT * FROM items WHERE id = ?1";
pub(crate) const VERSIONS: &str = "SELECT * FROM versions WHERE item = ?1 ORDER BY number DESC";
pub(crate) const DECISIONS: &str = "SELECT * FROM decisions WHERE item = ?1 ORDER BY revision";
pub(crate) const DIGEST: &str = "SELECT latest_digest FROM items WHERE id = ?1";
pub(crate) const MOVE: &str =
    "UPDATE items SET status = ?2, latest_status = ?2, revision = revision + 1, updated_at = ?3 WHERE id = ?1 AND status = ?4";
pub(crate) const RECORD: &str = "INSERT INTO decisions SELECT place, revision, ?2, latest_number, latest_digest, false, latest_by_key_prefix, \
     latest_by_name, latest_by_kind, ?3, NULL, NULL, title, description, tags FROM items WHERE id = ?1";
pub(crate) const ADD: &str = "INSERT INTO uploads (name, digest, size_bytes, item) VALUES (?1, ?2, ?3, ?4)";

/// Which page of which list: filters, and a place to go on from.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(rename = "type")]
    kind: Option<String>,
    status: Option<String>,
    has_approved: Option<bool>,
    agent: Option<String>,
    campaign_id: Option<String>,
    brand_id: Option<String>,
    brief_id: Option<String>,
    model: Option<String>,
    tag: Option<String>,
    /// Moment and place of the last item of the page before.
    pub(crate) created: Option<i64>,
    pub(crate) place: Option<i64>,
}

impl Asked {
    /// The statement, and the texts that it takes as ?4 and on. ?1 is the workspace, ?2 and ?3 are the place to go on from.
    pub(crate) fn statement(&self) -> (String, Vec<&str>) {
        let mut texts = Vec::new();
        let (mut from, mut order) = ("items i", "i");
        let mut filters = String::new();
        if let Some(tag) = &self.tag {
            (from, order) = ("tags t CROSS JOIN items i", "t");
            filters.push_str(" AND i.place = t.place AND t.tag = ?4");
            texts.push(tag.as_str());
        }
        let plain = [
            ("type", &self.kind),
            ("latest_agent_slug", &self.agent),
            ("latest_campaign_id", &self.campaign_id),
            ("latest_brand_id", &self.brand_id),
            ("latest_brief_id", &self.brief_id),
            ("latest_model", &self.model),
            ("status", &self.status),
        ];
        for (column, value) in plain {
            if let Some(value) = value {
                texts.push(value);
                filters.push_str(&format!(" AND i.{column} = ?{}", texts.len() + 3));
            }
        }
        if let Some(has_approved) = self.has_approved {
            filters.push_str(&format!(" AND i.has_approved = {has_approved}"));
        }
        let sql = format!(
            "SELECT i.* FROM {from} WHERE {order}.workspace = ?1 AND ({order}.created, {order}.place) < (?2, ?3){filters} \
             ORDER BY {order}.created DESC, {order}.place DESC LIMIT 51"
        );
        (sql, texts)
    }
}
