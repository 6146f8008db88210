use std::collections::BTreeSet;

use assets_domain::{
    Asset, AssetId, AssetType, AuditLine, Checkpoint, SearchText, SignedCheckpoint, Transition,
    ports::{AssetRepository, AuditTrail, BlobLedger, Breakage, Clock, Deletion, KeyRepository},
};
use assets_testkit::fixtures;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

use super::Desk;
use crate::{Database, DatabaseOptions, OpenError, scope::Scope};

async fn refusal(desk: &Desk, sql: &str) -> String {
    desk.write(sql).await.unwrap_err().to_string()
}

#[tokio::test]
async fn decisions_and_events_cannot_be_changed_or_removed() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    desk.decide(asset, Transition::Submit).await;
    for table in ["decisions", "events"] {
        let refused = refusal(&desk, &format!("UPDATE {table} SET body = '{{}}'")).await;
        assert!(refused.contains(&format!("{table} are append-only")), "{refused}");
        let refused = refusal(&desk, &format!("DELETE FROM {table}")).await;
        assert!(refused.contains(&format!("{table} are append-only")), "{refused}");
    }
}

#[tokio::test]
async fn the_audit_cannot_be_changed_or_removed() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    desk.decide(asset, Transition::Submit).await;
    let line = desk.database.places(desk.workspace, 0, 1).await.unwrap().remove(0).line.unwrap();
    let hash = line.link(&AuditLine::GENESIS);
    let checkpoint = Checkpoint { workspace: desk.workspace, sequence: 1, hash, at: desk.clock.now() };
    let noted = SignedCheckpoint { checkpoint, signed: "signed".to_owned() };
    desk.database.seal(desk.workspace, &[(1, hash)], Some(&noted)).await.unwrap();
    for table in ["audit", "audit_chain", "audit_checkpoints"] {
        for sql in [format!("UPDATE {table} SET sequence = 7"), format!("DELETE FROM {table}")] {
            let refused = refusal(&desk, &sql).await;
            assert!(refused.contains(&format!("{table} are append-only")), "{refused}");
        }
    }
}

#[tokio::test]
async fn with_a_draft_goes_every_row_but_its_events() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    let asset = desk.decide(asset, Transition::Submit).await;
    let asset = desk.decide(asset, Transition::Withdraw).await;
    let by = fixtures::agent(desk.workspace, "writer");
    let event = asset.deleted(assets_domain::EventId::new(uuid::Uuid::from_u128(1)), &desk.now_by(&by));
    let entry = asset.deletion_entry(&desk.now_by(&by));
    let deletion = Deletion { workspace: desk.workspace, asset: asset.id(), before: asset.revision(), event, entry };
    desk.database.delete(&deletion).await.unwrap();
    for table in ["assets", "versions", "decisions", "authors", "listing", "listing_tags", "listing_text"] {
        assert_eq!(desk.write(&format!("SELECT 1 FROM {table}")).await.unwrap().len(), 0, "{table}");
    }
    assert_eq!(desk.write("SELECT 1 FROM events").await.unwrap().len(), 4);
}

#[tokio::test]
async fn with_the_row_of_bytes_goes_their_text() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    let texts = async || desk.write("SELECT 1 FROM texts").await.unwrap().len();
    let by = fixtures::agent(desk.workspace, "writer");
    let event = asset.deleted(assets_domain::EventId::new(Uuid::from_u128(1)), &desk.now_by(&by));
    let entry = asset.deletion_entry(&desk.now_by(&by));
    let deletion = Deletion { workspace: desk.workspace, asset: asset.id(), before: asset.revision(), event, entry };
    desk.database.delete(&deletion).await.unwrap();
    assert_eq!(texts().await, 1, "the bytes may come in again until they are swept");
    desk.database.retire_unreferenced(desk.clock.now(), desk.clock.now()).await.unwrap();
    assert_eq!(texts().await, 0);
}

#[tokio::test]
async fn a_version_of_bytes_that_are_not_there_is_not_saved() {
    let desk = Desk::new().await;
    desk.create("text").await;
    let refused = refusal(&desk, "UPDATE versions SET digest = x'00'").await;
    assert!(refused.contains("FOREIGN KEY"), "{refused}");
}

#[tokio::test]
async fn every_connection_is_set_up_to_lose_nothing() {
    let desk = Desk::new().await;
    for (setting, wanted) in [("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)] {
        let sql = format!("SELECT * FROM pragma_{setting}");
        for row in [&desk.write(&sql).await.unwrap()[0], &desk.write_as_a_commit(&sql).await[0]] {
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), wanted, "{setting}");
        }
    }
    let mode = &desk.write("SELECT * FROM pragma_journal_mode").await.unwrap()[0];
    assert_eq!(mode.try_get_by_index::<String>(0).unwrap(), "wal");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let desk = Desk::new().await;
    let refused = desk.database.reader.execute_unprepared("DELETE FROM keys").await.unwrap_err().to_string();
    assert!(refused.contains("readonly"), "{refused}");
}

#[tokio::test]
async fn a_row_that_does_not_read_back_is_damage() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    desk.write("UPDATE listing SET body = '{}'").await.unwrap();
    let read = desk.database.asset(desk.workspace, asset.id()).await;
    assert!(matches!(read, Err(Breakage::Damaged(_))), "{read:?}");
}

#[tokio::test]
async fn sqlite_keeps_every_word_as_the_domain_folded_it() {
    let desk = Desk::new().await;
    let folded = ('\0'..='\u{1ffff}').map(|c| SearchText::of(&c.to_string()).as_str().to_owned());
    let words: BTreeSet<String> = folded.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    let by = fixtures::agent(desk.workspace, "writer");
    let text = words.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let content = fixtures::content(AssetType::Copy, text.as_bytes());
    let change = Asset::create(AssetId::new(Uuid::from_u128(1)), fixtures::new_asset(AssetType::Copy, "a"), content, &by, desk.clock.now());
    desk.save(change, Some(&text)).await;
    desk.write("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(listing_text, row)").await.unwrap();
    let kept = desk.write("SELECT term FROM vocabulary").await.unwrap();
    let kept: BTreeSet<String> = kept.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let lost: Vec<&String> = words.difference(&kept).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn a_full_disk_is_told_from_other_faults() {
    let desk = Desk::new().await;
    let pages: i64 = desk.write("PRAGMA page_count").await.unwrap()[0].try_get_by_index(0).unwrap();
    desk.write(&format!("PRAGMA max_page_count = {pages}")).await.unwrap();
    let statement = Statement::from_string(desk.database.backend(), "INSERT INTO tombstones SELECT hex(randomblob(100000)), 0, NULL");
    let transaction = desk.database.write(Scope::Tenant(desk.workspace)).await.unwrap();
    let error = transaction.execute_raw(statement).await.unwrap_err();
    assert!(matches!(Breakage::from(crate::error::Fault::from(error)), Breakage::Full(_)));
}

#[tokio::test]
async fn a_copy_of_a_live_database_has_everything_in_it() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    let file = desk.folder.path().join("copy.db");
    desk.database.backup_into(&file).await.unwrap();
    let copy = Database::open(DatabaseOptions::new(format!("sqlite:{}", file.display()))).await.unwrap();
    copy.check().await.unwrap();
    assert_eq!(copy.asset(desk.workspace, asset.id()).await.unwrap(), Some(asset));
    assert!(desk.database.backup_into(&file).await.is_err(), "a copy is never overwritten");
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let desk = Desk::new().await;
    desk.database.migrate().await.unwrap();
    assert_eq!(desk.database.workspaces().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_database_without_its_schema_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(DatabaseOptions::new(format!("sqlite:{}/assets.db", folder.path().display()))).await.unwrap();
    assert!(database.check().await.is_err());
    database.migrate().await.unwrap();
    database.check().await.unwrap();
}

#[tokio::test]
async fn connections_to_sqlite_keep_their_pages_and_take_no_common_lock() {
    let desk = Desk::new().await;
    let options = Statement::from_string(DbBackend::Sqlite, "SELECT compile_options FROM pragma_compile_options");
    let rows = desk.database.reader.query_all_raw(options).await.unwrap();
    let options: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert!(
        !options.contains(&"ENABLE_MEMORY_MANAGEMENT".to_owned()) && options.contains(&"DEFAULT_MEMSTATUS=0".to_owned()),
        "{options:?}"
    );
}

#[tokio::test]
async fn a_database_in_memory_or_of_another_kind_is_refused() {
    for url in ["sqlite::memory:", "sqlite://?mode=memory", "mysql://localhost/assets", "assets.db"] {
        assert!(matches!(Database::open(DatabaseOptions::new(url)).await, Err(OpenError::Url)), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_agree_on_one_schema() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/new.db", folder.path().display());
    let migrated = futures_util::future::join_all((0..6).map(|_| async {
        let database = Database::open(DatabaseOptions::new(url.clone())).await.unwrap();
        database.migrate().await
    }));
    for outcome in migrated.await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn the_schema_of_a_later_release_is_not_worked_on() {
    let desk = Desk::new().await;
    desk.write("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await.unwrap();
    let refused = format!("{:?}", desk.database.migrate().await.unwrap_err());
    assert!(refused.contains("later release") && refused.contains("m9999_later"), "{refused}");
}
