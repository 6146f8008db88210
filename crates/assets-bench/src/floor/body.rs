//! Answers of the floor, written straight from a row: the same fields in the same order as the service's.

use serde::Serialize;

/// Writes JSON into a buffer. What the database keeps as ready JSON goes through as it is.
pub(crate) struct Json(pub(crate) Vec<u8>);

impl Json {
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn value(&mut self, value: &impl Serialize) {
        // Text and numbers can always be written into memory.
        let _written = serde_json::to_writer(&mut self.0, value);
    }

    /// A field and its comma; `name` comes with quotes and colon.
    fn field(&mut self, name: &str, value: &impl Serialize) {
        self.raw(name);
        self.value(value);
        self.raw(",");
    }

    fn ready(&mut self, name: &str, json: Option<&str>) {
        self.raw(name);
        self.raw(json.unwrap_or("null"));
        self.raw(",");
    }

    /// Takes the last comma away.
    pub(crate) fn trim(&mut self) {
        if self.0.last() == Some(&b',') {
            self.0.pop();
        }
    }
}

/// A version as its row has it.
pub(crate) struct Version<'r> {
    pub(crate) number: i64,
    pub(crate) status: &'r str,
    pub(crate) digest: &'r str,
    pub(crate) size_bytes: i64,
    pub(crate) media_type: &'r str,
    pub(crate) filename: &'r str,
    pub(crate) facts: &'r str,
    pub(crate) provenance: &'r str,
    pub(crate) note: Option<&'r str>,
    pub(crate) restored_from: Option<i64>,
    pub(crate) created_by: &'r str,
    pub(crate) created_at: &'r str,
}

impl Version<'_> {
    pub(crate) fn write(&self, json: &mut Json) {
        json.raw("{");
        json.field("\"number\":", &self.number);
        json.field("\"status\":", &self.status);
        json.raw("\"content\":{");
        json.field("\"digest\":", &self.digest);
        json.field("\"size_bytes\":", &self.size_bytes);
        json.field("\"media_type\":", &self.media_type);
        json.field("\"filename\":", &self.filename);
        json.ready("\"facts\":", Some(self.facts));
        json.trim();
        json.raw("},");
        json.ready("\"provenance\":", Some(self.provenance));
        json.field("\"note\":", &self.note);
        json.field("\"restored_from\":", &self.restored_from);
        json.ready("\"created_by\":", Some(self.created_by));
        json.field("\"created_at\":", &self.created_at);
        json.trim();
        json.raw("},");
    }
}

/// An asset as its row has it.
pub(crate) struct Item<'r> {
    pub(crate) id: &'r str,
    pub(crate) kind: &'r str,
    pub(crate) title: &'r str,
    pub(crate) description: Option<&'r str>,
    pub(crate) status: &'r str,
    pub(crate) tags: &'r str,
    pub(crate) provenance: &'r str,
    pub(crate) latest: Version<'r>,
    pub(crate) approved: Option<&'r str>,
    pub(crate) preview_url: Option<&'r str>,
    pub(crate) created_at: &'r str,
    pub(crate) updated_at: &'r str,
    pub(crate) revision: i64,
}

impl Item<'_> {
    /// The fields, without the closing brace: a history goes on.
    pub(crate) fn write_open(&self, json: &mut Json) {
        json.raw("{");
        json.field("\"id\":", &self.id);
        json.field("\"type\":", &self.kind);
        json.field("\"title\":", &self.title);
        json.field("\"description\":", &self.description);
        json.field("\"status\":", &self.status);
        json.ready("\"tags\":", Some(self.tags));
        json.ready("\"provenance\":", Some(self.provenance));
        json.raw("\"latest_version\":");
        self.latest.write(json);
        json.ready("\"approved_version\":", self.approved);
        json.field("\"preview_url\":", &self.preview_url);
        json.field("\"created_at\":", &self.created_at);
        json.field("\"updated_at\":", &self.updated_at);
        json.field("\"revision\":", &self.revision);
    }
}

/// A decision as its row has it.
pub(crate) struct Decision<'r> {
    pub(crate) action: &'r str,
    pub(crate) version: i64,
    pub(crate) digest: &'r str,
    pub(crate) bytes_named: bool,
    pub(crate) by: &'r str,
    pub(crate) at: &'r str,
    pub(crate) comment: Option<&'r str>,
    pub(crate) carried_from: Option<i64>,
    pub(crate) title: &'r str,
    pub(crate) description: Option<&'r str>,
    pub(crate) tags: &'r str,
}

impl Decision<'_> {
    pub(crate) fn write(&self, json: &mut Json) {
        json.raw("{");
        json.field("\"action\":", &self.action);
        json.field("\"version\":", &self.version);
        json.field("\"digest\":", &self.digest);
        json.field("\"bytes_named\":", &self.bytes_named);
        json.ready("\"by\":", Some(self.by));
        json.field("\"at\":", &self.at);
        json.field("\"comment\":", &self.comment);
        json.field("\"carried_from\":", &self.carried_from);
        json.field("\"title\":", &self.title);
        json.field("\"description\":", &self.description);
        json.ready("\"tags\":", Some(self.tags));
        json.trim();
        json.raw("},");
    }
}
