//! What goes by itself, what is taken back together, and how much there may be.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use assets_domain::{
    AssetView, Call, CatalogError, Comment, DraftRetention, EventType, Filter, NamedBytes, NewRecall, Quantity, Quota, Spared,
    ports::{AssetRepository, Recalls, Usages},
};
use assets_testkit::{TestWorld, fixtures};
use chrono::Duration;

async fn keep_drafts_for(world: &TestWorld, days: u16) {
    world.assets.set_draft_retention(world.workspace, Some(DraftRetention::of_days(days).unwrap())).await.unwrap();
}

async fn is_there(world: &TestWorld, asset: &AssetView) -> bool {
    world.assets.asset(world.workspace, asset.id).await.unwrap().is_some()
}

#[tokio::test]
async fn drafts_that_nobody_changes_go_and_all_else_stays() {
    let world = TestWorld::new();
    let (robot, ann) = (world.agent("robot"), world.person("ann"));
    let call = Call::by(robot.clone());
    let (idle, pending, archived) =
        (world.create_copy(&robot, "idle").await, world.create_copy(&robot, "pending").await, world.create_copy(&robot, "archived").await);
    let once_approved = world.create_copy(&robot, "approved").await;
    world.submit_and_approve(&once_approved, &ann).await;
    world.catalog.revoke(&Call::by(ann.clone()), once_approved.id, NamedBytes::default(), fixtures::comment("no")).await.unwrap();
    world.catalog.submit(&call, pending.id, NamedBytes::default(), None).await.unwrap();
    world.catalog.archive(&call, archived.id, NamedBytes::default(), None).await.unwrap();
    world.clock.advance(Duration::days(8));
    assert_eq!(world.catalog.sweep().await.unwrap().drafts, 0, "drafts are kept for ever unless somebody says otherwise");
    keep_drafts_for(&world, 7).await;
    let fresh = world.create_copy(&robot, "fresh").await;
    assert_eq!(world.catalog.sweep().await.unwrap().drafts, 1);
    assert!(!is_there(&world, &idle).await);
    for kept in [&pending, &archived, &once_approved, &fresh] {
        assert!(is_there(&world, kept).await);
    }
    let told = world.assets.events(world.workspace).pop().unwrap();
    assert_eq!((told.event_type, told.asset(), told.by.name.as_str()), (EventType::Deleted, Some(idle.id), "retention"));
    assert_eq!(world.catalog.sweep().await.unwrap().drafts, 0);
}

#[tokio::test]
async fn many_drafts_go_in_one_sweep_and_those_of_others_stay() {
    let world = TestWorld::new();
    let robot = world.agent("robot");
    for _ in 0..450 {
        world.create_copy(&robot, "text").await;
    }
    world.clock.advance(Duration::days(8));
    keep_drafts_for(&world, 7).await;
    assert_eq!(world.catalog.sweep().await.unwrap().drafts, 450);
}

fn by_ann(world: &TestWorld) -> NewRecall {
    NewRecall {
        filter: Filter::default(),
        approved_by: Some(vec![world.person("ann").actor.key_prefix]),
        stated: vec![("approved_by".to_owned(), "ann".to_owned())],
        comment: Comment::parse("she left").unwrap(),
        expected_count: None,
    }
}

#[tokio::test]
async fn what_others_did_meanwhile_is_left_over_and_what_was_done_before_the_cut_counts() {
    let world = TestWorld::new();
    let (robot, ann, bob) = (world.agent("robot"), world.person("ann"), world.person("bob"));
    let mut assets = Vec::new();
    for text in ["untouched", "ended", "anew", "done"] {
        assets.push(world.create_copy(&robot, text).await);
        world.submit_and_approve(assets.last().unwrap(), &ann).await;
    }
    let recall = world.catalog.create_recall(&bob, &by_ann(&world), None).await.unwrap();
    assert_eq!(recall.concern.count, 4);
    let call = Call::by(bob.clone());
    let revoke = async |asset: &AssetView, why: &str| {
        world.catalog.revoke(&call, asset.id, NamedBytes::default(), fixtures::comment(why)).await.unwrap();
    };
    let [_, ended, anew, done] = &assets[..] else { panic!("four") };
    revoke(ended, "for another reason").await;
    revoke(anew, "too early").await;
    world.submit_and_approve(anew, &ann).await;
    // As the recall does it, whose process was killed before it could note that.
    revoke(done, "she left").await;
    world.clock.advance(Duration::minutes(1));
    assert_eq!(world.catalog.resume_recalls().await.unwrap(), 1);
    let progress = world.catalog.recall(&bob, recall.id).await.unwrap().progress;
    assert_eq!((progress.revoked, progress.left_over), (2, 2));
    let mut left = progress.first_left.clone();
    left.sort();
    let mut expected = vec![(ended.id, Spared::AlreadyEnded), (anew.id, Spared::ApprovedAnew)];
    expected.sort();
    assert_eq!(left, expected);
    assert!(world.catalog.approved(&bob, anew.id).await.is_ok(), "what was approved later stands");
    assert_eq!(world.catalog.resume_recalls().await.unwrap(), 0, "it is done");
}

#[tokio::test]
async fn who_counted_another_number_takes_nothing_back() {
    let world = TestWorld::new();
    let (robot, ann, bob) = (world.agent("robot"), world.person("ann"), world.person("bob"));
    let asset = world.create_copy(&robot, "text").await;
    world.submit_and_approve(&asset, &ann).await;
    let wrong = NewRecall { expected_count: Some(2), ..by_ann(&world) };
    let refused = world.catalog.create_recall(&bob, &wrong, None).await;
    assert!(matches!(refused, Err(CatalogError::OtherCount { found: 1 })));
    assert_eq!(world.assets.recalls(world.workspace, None, 10).await.unwrap(), []);
    assert!(world.catalog.create_recall(&robot, &by_ann(&world), None).await.is_err(), "only a person takes back");
    assert!(world.catalog.approved(&bob, asset.id).await.is_ok());
}

#[tokio::test]
async fn what_would_be_too_much_is_refused_while_it_comes_in() {
    let world = TestWorld::new();
    let robot = world.agent("robot");
    world.assets.set_quota(world.workspace, Quota { bytes: Some(10), assets: None }).await.unwrap();
    world.create_copy(&robot, "12345678").await;
    let incoming = assets_domain::Incoming::text("123", None, None);
    let refused = world.catalog.ingest(&robot, assets_domain::AssetType::Copy, incoming).await;
    assert!(matches!(refused, Err(CatalogError::OverQuota(Quantity::Bytes))), "{:?}", refused.map(|_| ()));
    assert_eq!(world.assets.usage(world.workspace).await.unwrap().bytes, 8);
}
