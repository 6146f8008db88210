//! Full text in the order of lists.
//!
//! On SQLite a row's id becomes its place in that order, since full text gives its rows in the order of their ids: the
//! moment of creation, and 11 bits that tell the rows of one moment apart. The index of words keeps no places of words any
//! more, which no search asks for, and the beginnings of words instead, up to 31 letters: to look up a beginning that it
//! does not keep, it would first gather every row with a word that begins so.
//!
//! On PostgreSQL the words of a row get what a list is sorted by beside them, so that a search can walk along them.
//!
//! The word that stands for a tenant's view gets a sign before it that no word has, lest somebody look for its beginning. On
//! SQLite it becomes short: the end of the tenant's id, and the view.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// The full text index cannot be asked for the words of a row, but for the rows of every word.
const SQLITE: &str = r#"
CREATE TABLE listing_moved (
    id INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, place INTEGER NOT NULL UNIQUE CHECK (place >> 11 = created_at)
);
INSERT INTO listing_moved
    SELECT id, created_at, (created_at << 11) + row_number() OVER (PARTITION BY created_at ORDER BY id) - 1 FROM listing;

CREATE VIRTUAL TABLE listing_words USING fts5vocab(listing_text, instance);
CREATE TABLE listing_kept (place INTEGER PRIMARY KEY, scope TEXT NOT NULL, words TEXT NOT NULL);
INSERT INTO listing_kept
    SELECT moved.place, max(found.term) FILTER (WHERE found.col = 'scope'),
        coalesce(string_agg(found.term, ' ') FILTER (WHERE found.col = 'words'), '')
    FROM listing_words found JOIN listing_moved moved ON moved.id = found.doc GROUP BY moved.place;
DROP TABLE listing_words;
DROP TABLE listing_text;
CREATE VIRTUAL TABLE listing_text USING fts5(scope, words, content='', contentless_delete=1, detail=none,
    prefix='1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31',
    tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'");
INSERT INTO listing_text (listing_text, rank) VALUES ('automerge', 8);
INSERT INTO listing_text (rowid, scope, words) SELECT place, '=' || substr(scope, 28, 5) || substr(scope, 34), words FROM listing_kept ORDER BY place;
DROP TABLE listing_kept;

PRAGMA defer_foreign_keys = ON;
UPDATE listing SET id = moved.place FROM listing_moved moved WHERE moved.id = listing.id;
UPDATE listing_tags SET listing_id = (SELECT place FROM listing_moved moved WHERE moved.id = listing_tags.listing_id);
DROP TABLE listing_moved;
"#;

/// New words wait beside the index until there are so many kilobytes of them, and every search looks through those.
const POSTGRES: &str = "
SET LOCAL assets.workspace = '*';
DROP INDEX listing_text_words;
ALTER TABLE listing_text ADD COLUMN scope text, ADD COLUMN created_at bigint, ADD COLUMN asset_id uuid;
UPDATE listing_text SET scope = '=' || plain, created_at = listing.created_at, asset_id = listing.asset_id,
    words = ts_delete(words, plain) || array_to_tsvector(ARRAY['=' || plain])
    FROM listing, LATERAL (SELECT replace(listing.workspace_id::text, '-', '') || 'v' || listing.view AS plain) AS scoped
    WHERE listing.id = listing_text.id;
ALTER TABLE listing_text
    ALTER COLUMN scope SET NOT NULL, ALTER COLUMN created_at SET NOT NULL, ALTER COLUMN asset_id SET NOT NULL;
CREATE INDEX listing_text_words ON listing_text USING gin (words) WITH (gin_pending_list_limit = 512);
CREATE INDEX listing_text_in_order ON listing_text (scope, created_at, asset_id);
";

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0006_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        };
        manager.get_connection().execute_unprepared(sql).await.map(|_| ())
    }
}
