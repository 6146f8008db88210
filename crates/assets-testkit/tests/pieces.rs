//! The pieces that stand in for time, chance and misfortune behave as they say.

use std::sync::Arc;

use assets_domain::{
    AssetType, Call, CatalogError, Grantor, Incoming, KeyKind, MediaType, NamedBytes, NewKey, Ports, Scope, Status,
    ports::{BlobKey, BlobStore, Breakage, Clock, Ids, MediaInspector, Unfit},
};
use assets_testkit::{FailingAssets, FailingBlobs, FixedClock, InMemoryBlobs, PlainInspector, SequentialIds, TestWorld, fixtures};
use chrono::Duration;

#[test]
fn a_fixed_clock_moves_when_it_is_moved() {
    let clock = FixedClock::default();
    assert_eq!((clock.now(), clock.now()), (FixedClock::start(), FixedClock::start()));
    clock.advance(Duration::hours(1));
    assert_eq!(clock.now(), FixedClock::start() + Duration::hours(1));
    clock.set(FixedClock::start());
    assert_eq!(clock.now(), FixedClock::start());
}

#[test]
fn a_stepping_clock_shows_no_moment_twice() {
    let clock = FixedClock::stepping();
    assert_eq!(clock.now() + Duration::milliseconds(1), clock.now());
}

#[test]
fn ids_rise_and_are_of_version_7() {
    let ids = SequentialIds::default();
    let made: Vec<_> = std::iter::repeat_with(|| ids.next()).take(1000).collect();
    assert!(made.is_sorted_by(|one, next| one < next));
    assert!(made.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    assert_eq!(SequentialIds::default().next(), made[0]);
}

#[test]
fn the_inspector_believes_what_fits() {
    let sniff = |asset_type, declared| PlainInspector.sniff(asset_type, declared, b"");
    assert_eq!(sniff(AssetType::Blog, None), Ok(MediaType::Markdown));
    assert_eq!(sniff(AssetType::Blog, Some(MediaType::Html)), Ok(MediaType::Html));
    assert!(matches!(sniff(AssetType::Blog, Some(MediaType::Png)), Err(Unfit::Type { .. })));
}

#[tokio::test]
async fn the_inspector_counts_words_and_refuses_what_is_no_text() {
    let world = TestWorld::new();
    let writer = world.agent("writer");
    let copy = world.create_copy(&writer, "Spring is here").await;
    assert_eq!(copy.latest.content.facts.words, Some(3));
    let refused = world.catalog.ingest(&writer, AssetType::Copy, Incoming::text(&b"\xff"[..], None, None)).await;
    assert!(matches!(refused, Err(CatalogError::Unfit(Unfit::Malformed(_)))));
    assert_eq!(world.blobs.keys().len(), 1, "of what was refused nothing is kept");
}

#[tokio::test]
async fn a_minted_key_opens_what_it_was_made_for() {
    let world = TestWorld::new();
    let new = NewKey { name: "ann".parse().unwrap(), kind: KeyKind::Person, scopes: [Scope::Read].into_iter().collect(), expires_at: None };
    let created = world.keyring.create(Grantor::Operator(world.workspace), new).await.unwrap();
    let principal = world.keyring.authenticate(&created.key).await.unwrap().unwrap();
    assert_eq!(principal, created.record.principal());
    for wrong in ["", "tnx_K0000001", "tnx_K0000001_other", "tnx_K0000002_secret"] {
        assert!(world.keyring.authenticate(wrong).await.unwrap().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_repository_fails_as_often_as_it_is_told_to() {
    let world = TestWorld::new();
    let asset = world.create_copy(&world.agent("writer"), "Spring is here").await;
    let failing = Arc::new(FailingAssets::new(world.assets.clone()));
    let catalog = world.catalog_over(|ports| Ports { assets: failing.clone(), ..ports });
    let (reader, call) = (world.person("ann"), Call::by(world.person("ann")));

    failing.faults.fail_next(2);
    for _ in 0..2 {
        assert!(matches!(catalog.get(&reader, asset.id).await, Err(CatalogError::Breakage(Breakage::Unavailable(_)))));
    }
    catalog.get(&reader, asset.id).await.expect("the third call is answered");

    failing.faults.fail_writes(true);
    let refused = catalog.submit(&call, asset.id, NamedBytes::default(), None).await;
    assert!(matches!(refused, Err(CatalogError::Breakage(Breakage::Unavailable(_)))));
    assert_eq!(catalog.get(&reader, asset.id).await.unwrap().status, Status::Draft);
    failing.faults.fail_writes(false);
    catalog.submit(&call, asset.id, NamedBytes::default(), None).await.expect("writes work again");
}

#[tokio::test]
async fn a_store_fails_when_it_is_told_to() {
    let world = TestWorld::new();
    let failing = Arc::new(FailingBlobs::new(world.blobs.clone()));
    let catalog = world.catalog_over(|ports| Ports { blobs: failing.clone(), ..ports });
    failing.faults.fail_writes(true);
    let refused = catalog.ingest(&world.agent("writer"), AssetType::Copy, Incoming::text("Spring", None, None)).await;
    assert!(matches!(refused, Err(CatalogError::Breakage(Breakage::Unavailable(_)))));
    assert_eq!(world.blobs.keys(), []);
    failing.check().await.expect("to look is not to write");
}

#[tokio::test]
async fn planted_files_are_found_by_the_housekeeper() {
    let world = TestWorld::new();
    world.create_copy(&world.agent("writer"), "Spring is here").await;
    assert!(world.housekeeper.fsck().await.unwrap().is_sound());
    world.blobs.plant(&world.blobs.keys()[0], "Winter is here");
    world.blobs.plant(&BlobKey::new("orphan"), "nobody's");
    world.blobs.plant_temporary(&BlobKey::new("unfinished"), "hal");
    let report = world.housekeeper.fsck().await.unwrap();
    assert_eq!((report.faults.len(), report.orphans, report.temporary), (1, 1, 1));
}

#[tokio::test]
async fn what_was_swept_while_its_commit_was_on_the_way_is_never_referred_to() {
    let world = TestWorld::new();
    let writer = world.agent("writer");
    let content = world.ingest(&writer, AssetType::Copy, "Spring is here").await;
    for _ in 0..3 {
        world.housekeeper.gc(Duration::zero()).await.unwrap();
    }
    assert_eq!(world.blobs.keys(), []);
    let new = fixtures::new_asset(AssetType::Copy, "Spring launch");
    let late = world.catalog.create(&Call::by(writer.clone()), new, content).await;
    assert!(matches!(late, Err(CatalogError::Breakage(Breakage::Unavailable(_)))), "{late:?}");
    world.create_copy(&writer, "Spring is here").await;
    assert!(world.housekeeper.fsck().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_store_without_a_clock_of_its_own_stands_at_the_start() {
    use futures_util::TryStreamExt;
    let store = InMemoryBlobs::default();
    let workspace = TestWorld::new().workspace;
    store.write(workspace, fixtures::in_pieces(b"bytes", 2), 10).await.unwrap();
    let files: Vec<_> = store.list().await.unwrap().try_collect().await.unwrap();
    assert_eq!(files[0].modified_at, FixedClock::start());
}

/// A clause that a macro does not name would be run by nobody.
#[test]
fn every_clause_is_in_its_suite() {
    let suites = [
        include_str!("../src/suites/asset_history.rs"),
        include_str!("../src/suites/asset_list.rs"),
        include_str!("../src/suites/asset_repository.rs"),
        include_str!("../src/suites/asset_search.rs"),
        include_str!("../src/suites/blob_ledger.rs"),
        include_str!("../src/suites/blob_store.rs"),
        include_str!("../src/suites/key_repository.rs"),
        include_str!("../src/suites/list_walk.rs"),
        include_str!("../src/suites/published_list.rs"),
        include_str!("../src/suites/receipts.rs"),
    ];
    for suite in suites {
        let clauses: Vec<&str> = suite.lines().filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next()).collect();
        assert!(!clauses.is_empty());
        for clause in clauses {
            assert!(suite.lines().any(|line| line.trim() == format!("{clause},")), "{clause} is run by nobody");
        }
    }
}
