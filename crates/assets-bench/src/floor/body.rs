//! Answers of the floor: plain values of a row, written by serde in the service's fields and order.

use serde::Serialize;
use serde_json::value::RawValue;

use super::columns::{ITEM, ITEM_KEYS, VERSION};
use crate::Failure;

/// A row, whichever database it comes from: the value at a place, or none.
pub(crate) trait Fields {
    fn text(&self, place: usize) -> Result<Option<&str>, Failure>;
    fn integer(&self, place: usize) -> Result<Option<i64>, Failure>;
    fn real(&self, place: usize) -> Result<Option<f64>, Failure>;
    fn flag(&self, place: usize) -> Result<Option<bool>, Failure>;

    /// A list that is kept as JSON text.
    fn list(&self, place: usize) -> Result<Option<&RawValue>, Failure> {
        Ok(self.text(place)?.map(serde_json::from_str).transpose()?)
    }
}

#[derive(Serialize)]
struct Content<'r> {
    digest: Option<&'r str>,
    size_bytes: Option<i64>,
    media_type: Option<&'r str>,
    filename: Option<&'r str>,
    facts: Facts,
}

#[derive(Serialize)]
struct Facts {
    width: Option<i64>,
    height: Option<i64>,
    pages: Option<i64>,
    duration_seconds: Option<f64>,
    words: Option<i64>,
}

#[derive(Clone, Copy, Serialize)]
struct Provenance<'r> {
    agent_slug: Option<&'r str>,
    run_id: Option<&'r str>,
    campaign_id: Option<&'r str>,
    brand_id: Option<&'r str>,
    brief_id: Option<&'r str>,
    model: Option<&'r str>,
    prompt_digest: Option<&'r str>,
    derived_from: Option<&'r RawValue>,
}

#[derive(Serialize)]
struct Actor<'r> {
    key_prefix: Option<&'r str>,
    name: Option<&'r str>,
    kind: Option<&'r str>,
}

impl<'r> Actor<'r> {
    fn read(row: &'r impl Fields, first: usize) -> Result<Self, Failure> {
        Ok(Self { key_prefix: row.text(first)?, name: row.text(first + 1)?, kind: row.text(first + 2)? })
    }
}

/// A version.
#[derive(Serialize)]
pub(crate) struct Version<'r> {
    number: Option<i64>,
    status: Option<&'r str>,
    content: Content<'r>,
    provenance: Provenance<'r>,
    note: Option<&'r str>,
    restored_from: Option<i64>,
    created_by: Actor<'r>,
    created_at: Option<&'r str>,
}

impl<'r> Version<'r> {
    /// The version whose columns begin at a place of a row.
    pub(crate) fn read(row: &'r impl Fields, first: usize) -> Result<Self, Failure> {
        Ok(Self {
            number: row.integer(first)?,
            status: row.text(first + 1)?,
            content: Content {
                digest: row.text(first + 2)?,
                size_bytes: row.integer(first + 3)?,
                media_type: row.text(first + 4)?,
                filename: row.text(first + 5)?,
                facts: Facts {
                    width: row.integer(first + 6)?,
                    height: row.integer(first + 7)?,
                    pages: row.integer(first + 8)?,
                    duration_seconds: row.real(first + 9)?,
                    words: row.integer(first + 10)?,
                },
            },
            provenance: Provenance {
                agent_slug: row.text(first + 11)?,
                run_id: row.text(first + 12)?,
                campaign_id: row.text(first + 13)?,
                brand_id: row.text(first + 14)?,
                brief_id: row.text(first + 15)?,
                model: row.text(first + 16)?,
                prompt_digest: row.text(first + 17)?,
                derived_from: row.list(first + 18)?,
            },
            note: row.text(first + 19)?,
            restored_from: row.integer(first + 20)?,
            created_by: Actor::read(row, first + 21)?,
            created_at: row.text(first + 24)?,
        })
    }
}

/// An asset, as a list has it.
#[derive(Serialize)]
pub(crate) struct Item<'r> {
    id: Option<&'r str>,
    #[serde(rename = "type")]
    kind: Option<&'r str>,
    title: Option<&'r str>,
    description: Option<&'r str>,
    status: Option<&'r str>,
    tags: Option<&'r RawValue>,
    provenance: Provenance<'r>,
    latest_version: Version<'r>,
    approved_version: Option<Version<'r>>,
    preview_url: Option<&'r str>,
    created_at: Option<&'r str>,
    updated_at: Option<&'r str>,
    revision: Option<i64>,
}

impl<'r> Item<'r> {
    /// The item of a row that has all its columns.
    pub(crate) fn read(row: &'r impl Fields) -> Result<Self, Failure> {
        let first = ITEM_KEYS.len();
        let latest = first + ITEM.len();
        let approved = latest + VERSION.len();
        let latest_version = Version::read(row, latest)?;
        Ok(Self {
            id: row.text(first)?,
            kind: row.text(first + 1)?,
            title: row.text(first + 2)?,
            description: row.text(first + 3)?,
            status: row.text(first + 4)?,
            tags: row.list(first + 5)?,
            provenance: latest_version.provenance,
            latest_version,
            approved_version: row.integer(approved)?.map(|_| Version::read(row, approved)).transpose()?,
            preview_url: row.text(first + 6)?,
            created_at: row.text(first + 7)?,
            updated_at: row.text(first + 8)?,
            revision: row.integer(first + 9)?,
        })
    }
}

/// A decision.
#[derive(Serialize)]
pub(crate) struct Decision<'r> {
    action: Option<&'r str>,
    version: Option<i64>,
    digest: Option<&'r str>,
    bytes_named: Option<bool>,
    by: Actor<'r>,
    at: Option<&'r str>,
    comment: Option<&'r str>,
    carried_from: Option<i64>,
    title: Option<&'r str>,
    description: Option<&'r str>,
    tags: Option<&'r RawValue>,
}

impl<'r> Decision<'r> {
    /// The decision of a row that has all its columns.
    pub(crate) fn read(row: &'r impl Fields) -> Result<Self, Failure> {
        let first = 2;
        Ok(Self {
            action: row.text(first)?,
            version: row.integer(first + 1)?,
            digest: row.text(first + 2)?,
            bytes_named: row.flag(first + 3)?,
            by: Actor::read(row, first + 4)?,
            at: row.text(first + 7)?,
            comment: row.text(first + 8)?,
            carried_from: row.integer(first + 9)?,
            title: row.text(first + 10)?,
            description: row.text(first + 11)?,
            tags: row.list(first + 12)?,
        })
    }
}

/// JSON that grows as rows come: a row is gone when the next one is there.
pub(crate) struct Body(Vec<u8>);

impl Body {
    /// An answer of about so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn value(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        Ok(serde_json::to_writer(&mut self.0, value)?)
    }

    /// Begins a list in an object: the first field of one, or the next one of an object that was written before.
    pub(crate) fn begin(&mut self, name: &str) {
        let before = if self.0.pop().is_some() { b',' } else { b'{' };
        self.0.push(before);
        self.0.extend_from_slice(format!("\"{name}\":[").as_bytes());
    }

    pub(crate) fn element(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        if self.0.last() != Some(&b'[') {
            self.0.push(b',');
        }
        self.value(value)
    }

    /// Ends a list and its object.
    pub(crate) fn end(&mut self) {
        self.0.extend_from_slice(b"]}");
    }

    /// Ends a list, and its object with where the next page begins.
    pub(crate) fn end_page(mut self, next: Option<(i64, i64)>) -> Result<Vec<u8>, Failure> {
        self.0.extend_from_slice(b"],\"next_cursor\":");
        self.value(&next.map(|(created, place)| format!("{created}-{place}")))?;
        self.0.push(b'}');
        Ok(self.0)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
