//! What is written together is told apart.

use std::time::Duration;

use assets_domain::{
    Asset, AssetId, AssetType, EventId, Ruling, Transition,
    ports::{AssetRepository, BlobLedger, Breakage, Clock, Commit, CommitError, Ids},
};
use assets_testkit::fixtures;
use futures_util::{FutureExt, future::join_all};
use sea_orm::Statement;

use super::Desk;
use crate::{Database, DatabaseOptions, batch::Batch, scope::Scope};

fn submission(desk: &Desk, asset: &Asset) -> Commit {
    let by = fixtures::person(desk.workspace, "ann");
    let request = assets_domain::DecisionRequest::of(Transition::Submit, Default::default(), None);
    let Ruling::Changed(change) = asset.clone().decide(request, &desk.now_by(&by)).unwrap() else { panic!("it was submitted already") };
    let event = change.event(EventId::new(desk.ids.next()));
    Commit { change: *change, event, blob: None, receipt: None, presented: None, attestation: None }
}

fn creation(desk: &Desk, text: &str) -> Commit {
    let by = fixtures::agent(desk.workspace, "writer");
    let content = fixtures::content(AssetType::Copy, text.as_bytes());
    let new = fixtures::new_asset(AssetType::Copy, text);
    let change = Asset::create(AssetId::new(desk.ids.next()), new, content, &by, desk.clock.now());
    let blob = fixtures::blob(desk.workspace, &format!("file/{}", desk.ids.next()), text.as_bytes(), desk.clock.now());
    let event = change.event(EventId::new(desk.ids.next()));
    Commit { change, event, blob: Some(blob), receipt: None, presented: None, attestation: None }
}

async fn count(desk: &Desk, table: &str) -> usize {
    desk.write(&format!("SELECT 1 FROM {table}")).await.unwrap().len()
}

#[tokio::test]
async fn of_many_that_commit_together_those_that_are_refused_are_refused_alone() {
    let desk = Desk::new().await;
    let contested = desk.create("contested").await;
    let mut commits: Vec<Commit> = (0..20).map(|_| submission(&desk, &contested)).collect();
    commits.extend((0..20).map(|place| creation(&desk, &format!("new {place}"))));
    let swept = creation(&desk, "swept");
    let key = &swept.blob.as_ref().unwrap().blob.key;
    assert!(desk.database.retire_orphan(key, desk.clock.now()).await.unwrap());
    commits.insert(25, swept);
    let outcomes = join_all(commits.iter().map(|commit| desk.database.commit(commit))).await;
    let (contest, rest) = outcomes.split_at(20);
    assert_eq!(contest.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(contest.iter().all(|outcome| matches!(outcome, Ok(()) | Err(CommitError::Conflict))), "{contest:?}");
    assert!(matches!(rest[5], Err(CommitError::BlobRetired)));
    assert_eq!(rest.iter().filter(|outcome| outcome.is_ok()).count(), 20);
    assert_eq!(count(&desk, "assets").await, 21);
    assert_eq!(count(&desk, "listing").await, 21);
    assert_eq!(count(&desk, "decisions").await, 1);
    assert_eq!(count(&desk, "events").await, 22);
    assert_eq!(count(&desk, "events WHERE sequence <= 22").await, 22);
}

#[tokio::test]
async fn what_was_brought_is_written_whole_though_its_caller_went_away() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    let commit = submission(&desk, &asset);
    assert!(desk.database.commit(&commit).now_or_never().is_none(), "it waits for the disk");
    desk.create("the next one waits for the one before").await;
    assert_eq!(desk.database.asset(desk.workspace, asset.id()).await.unwrap().as_ref(), Some(commit.change.asset()));
    assert_eq!((count(&desk, "decisions").await, count(&desk, "events").await), (1, 3));
}

#[tokio::test]
async fn when_another_process_writes_for_too_long_all_who_wait_are_told_and_may_come_again() {
    let desk = Desk::new().await;
    let impatient = DatabaseOptions { patience: Duration::from_millis(50), ..desk.database.options.clone() };
    let database = Database::open(impatient).await.unwrap();
    let commits: Vec<Commit> = (0..3).map(|place| creation(&desk, &format!("new {place}"))).collect();
    let other = desk.database.write(Scope::Tenant(desk.workspace)).await.unwrap();
    for outcome in join_all(commits.iter().map(|commit| database.commit(commit))).await {
        assert!(matches!(outcome, Err(CommitError::Breakage(Breakage::Unavailable(_)))), "{outcome:?}");
    }
    other.rollback().await.unwrap();
    for outcome in join_all(commits.iter().map(|commit| database.commit(commit))).await {
        outcome.unwrap();
    }
    assert_eq!(count(&desk, "events").await, 3);
}

#[tokio::test]
async fn the_log_is_moved_into_the_file_while_the_database_is_open() {
    let desk = Desk::new().await;
    let file = desk.database.options.file().unwrap();
    for key in 0..20 {
        let row = format!("{key:020}{}", "x".repeat(1 << 20));
        let statement = Statement::from_sql_and_values(desk.database.backend(), "INSERT INTO tombstones VALUES (?, 0, NULL)", [row.into()]);
        let mut batch = Batch::new(desk.database.backend(), Scope::Every);
        batch.add_built(statement);
        desk.database.apply(batch).await.unwrap();
    }
    let moved = async {
        while std::fs::metadata(&file).unwrap().len() < (10 << 20) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), moved).await.expect("a checkpoint was made");
}
