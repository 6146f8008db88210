//! How assets look to their readers: one row for each asset and view, ready to be listed, filtered and searched.
//!
//! View 0 is the working view, view 1 the publisher's; its rows exist only while an approval stands. Every list is
//! answered from this one table by one index, in order.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::schema::{index, kept_in_key, one_of, primary_key, reference};

/// What a list may ask for besides its order. Where a value may be missing, its index leaves such rows out.
const FILTERS: &[(&str, &[&str], Option<&str>)] = &[
    ("listing_in_order", &[], None),
    ("listing_by_type", &["type"], None),
    ("listing_by_status", &["status"], None),
    ("listing_by_has_approved", &["has_approved"], None),
    ("listing_by_agent", &["agent"], None),
    ("listing_by_run", &["run_id"], Some("run_id")),
    ("listing_by_campaign", &["campaign_id"], Some("campaign_id")),
    ("listing_by_brand", &["brand_id"], Some("brand_id")),
    ("listing_by_brief", &["brief_id"], Some("brief_id")),
    ("listing_by_model", &["model"], Some("model")),
    ("listing_by_digest", &["digest"], None),
    ("listing_by_type_and_status", &["type", "status"], None),
    ("listing_by_agent_and_status", &["agent", "status"], None),
    ("listing_by_campaign_and_status", &["campaign_id", "status"], Some("campaign_id")),
    ("listing_by_campaign_and_has_approved", &["campaign_id", "has_approved"], Some("campaign_id")),
];

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0003_listing"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        manager.create_table(listing(backend)).await?;
        manager.create_table(kept_in_key(manager, &mut listing_tags())).await?;
        for (name, filters, present) in FILTERS {
            let columns = [&["workspace_id", "view"], *filters, &["created_at", "asset_id"]].concat();
            let mut index = index("listing", name, &columns);
            if let Some(column) = present {
                index.and_where(Expr::col(*column).is_not_null());
            }
            manager.create_index(index).await?;
        }
        let mut queue = index("listing", "listing_queue", &["workspace_id", "view", "submitted_at", "asset_id"]);
        let mut status_queue = index("listing", "listing_queue_by_status", &["workspace_id", "view", "status", "submitted_at", "asset_id"]);
        for queue in [&mut queue, &mut status_queue] {
            queue.and_where(Expr::col("submitted_at").is_not_null());
            manager.create_index(queue.to_owned()).await?;
        }
        manager.create_index(index("listing", "listing_by_change", &["workspace_id", "view", "updated_at"])).await?;
        manager.create_index(index("listing_tags", "listing_tags_of_row", &["listing_id", "tag"])).await?;
        full_text(manager).await
    }
}

fn listing(backend: DbBackend) -> TableCreateStatement {
    // On SQLite this is the row's own place, which full text refers to, so it has to be a column or VACUUM may change it.
    let mut id = ColumnDef::new("id");
    match backend {
        DbBackend::Sqlite => id.integer(),
        _ => id.big_integer().auto_increment(),
    };
    let asset = ("assets", ["workspace_id", "id"]);
    Table::create()
        .table("listing")
        .col(id.not_null().primary_key())
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("view").small_integer().not_null().check(Expr::col("view").is_in([0, 1])))
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("type").text().not_null().check(one_of("type", &["copy", "image", "slide", "video", "blog", "bundle"])))
        .col(ColumnDef::new("status").text().not_null().check(one_of("status", &["draft", "pending_review", "approved", "archived"])))
        .col(ColumnDef::new("agent").text().not_null())
        .col(ColumnDef::new("run_id").text())
        .col(ColumnDef::new("campaign_id").text())
        .col(ColumnDef::new("brand_id").text())
        .col(ColumnDef::new("brief_id").text())
        .col(ColumnDef::new("model").text())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("has_approved").boolean().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("updated_at").big_integer().not_null())
        .col(ColumnDef::new("submitted_at").big_integer())
        .col(ColumnDef::new("body").text().not_null())
        .index(primary_key(["workspace_id", "view", "asset_id"]).name("listing_of_asset").unique())
        .foreign_key(&mut reference(("listing", ["workspace_id", "asset_id"]), asset, ForeignKeyAction::Cascade))
        .to_owned()
}

fn listing_tags() -> TableCreateStatement {
    Table::create()
        .table("listing_tags")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("view").small_integer().not_null())
        .col(ColumnDef::new("tag").text().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("listing_id").big_integer().not_null())
        .primary_key(&mut primary_key(["workspace_id", "view", "tag", "created_at", "asset_id"]))
        .foreign_key(&mut reference(("listing_tags", ["listing_id"]), ("listing", ["id"]), ForeignKeyAction::Cascade))
        .to_owned()
}

/// The text arrives folded and cut into words, so the index takes every word as it is. On SQLite the tenant and view are
/// a word of each row, too: a search never looks at another tenant's postings for longer than it takes to skip them.
async fn full_text(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Sqlite => {
            "CREATE VIRTUAL TABLE listing_text USING fts5(scope, words, content='', contentless_delete=1, prefix='2 3', \
             tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'\")"
        }
        _ => {
            "CREATE TABLE listing_text (id bigint PRIMARY KEY REFERENCES listing (id) ON DELETE CASCADE, words tsvector NOT NULL); \
             CREATE INDEX listing_text_words ON listing_text USING gin (words)"
        }
    };
    manager.get_connection().execute_unprepared(sql).await.map(|_| ())
}
