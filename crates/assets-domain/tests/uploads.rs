//! Uploads as time goes by, as senders go away, and as files rot.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io;

use assets_domain::{
    AssetType, Call, CatalogError, Keep, NewUpload, Principal, Upload, UploadId, Uploaded,
    ports::{BlobStore, Breakage, ByteStream, Uploads},
};
use assets_testkit::{TestWorld, fixtures};
use bytes::Bytes;
use chrono::Duration;
use futures_util::{TryStreamExt, stream};

const TEXT: &str = "Spring is in the details.";

fn sent(text: &'static str, cut: Option<io::ErrorKind>) -> ByteStream {
    let pieces = text.as_bytes().chunks(7).map(|piece| Ok(Bytes::from_static(piece)));
    Box::pin(stream::iter(pieces.chain(cut.map(|kind| Err(kind.into()))).collect::<Vec<_>>()))
}

async fn begun(world: &TestWorld, by: &Principal) -> UploadId {
    let new = NewUpload { length_bytes: 25, metadata: None, filename: None, media_type: None };
    world.catalog.begin_upload(by, new).await.unwrap().id
}

async fn whole(world: &TestWorld, by: &Principal) -> UploadId {
    let id = begun(world, by).await;
    let appended = world.catalog.append_upload(by, id, 0, sent(TEXT, None), Keep::WhatCame).await.unwrap();
    assert!(appended.cut.is_none() && appended.upload.is_complete());
    id
}

fn used(id: UploadId) -> Uploaded {
    Uploaded { id, media_type: None, filename: None, announced: None }
}

async fn files(world: &TestWorld) -> usize {
    world.blobs.list().await.unwrap().try_collect::<Vec<_>>().await.unwrap().len()
}

#[tokio::test]
async fn what_came_before_a_cut_is_kept_unless_it_is_all_or_nothing() {
    let world = TestWorld::new();
    let robot = world.agent("robot");
    let id = begun(&world, &robot).await;
    let cut = Some(io::ErrorKind::UnexpectedEof);
    let refused = world.catalog.append_upload(&robot, id, 0, sent("Spring is", cut), Keep::AllOrNothing).await.unwrap_err();
    assert!(matches!(refused, CatalogError::Interrupted(_)), "{refused}");
    assert_eq!((world.catalog.upload(&robot, id).await.unwrap().offset_bytes, files(&world).await), (0, 0));
    let kept = world.catalog.append_upload(&robot, id, 0, sent("Spring is", cut), Keep::WhatCame).await.unwrap();
    assert_eq!((kept.upload.offset_bytes, kept.cut.unwrap().kind()), (9, io::ErrorKind::UnexpectedEof));
    let nothing = world.catalog.append_upload(&robot, id, 9, sent("", cut), Keep::WhatCame).await.unwrap();
    assert_eq!((nothing.upload.offset_bytes, files(&world).await), (9, 1));
    for keep in [Keep::AllOrNothing, Keep::WhatCame] {
        let surplus = world.catalog.append_upload(&robot, id, 9, sent(TEXT, None), keep).await.unwrap_err();
        assert!(matches!(surplus, CatalogError::TooLarge { limit_bytes: 25 }), "{surplus}");
    }
    assert_eq!((world.catalog.upload(&robot, id).await.unwrap().offset_bytes, files(&world).await), (9, 1));
}

#[tokio::test]
async fn an_upload_past_its_time_does_not_exist_and_the_sweep_takes_its_files() {
    let world = TestWorld::new();
    let robot = world.agent("robot");
    let id = whole(&world, &robot).await;
    world.clock.advance(Upload::LIFE - Duration::minutes(1));
    assert!(world.catalog.upload(&robot, id).await.is_ok());
    assert_eq!(world.housekeeper.gc(Duration::hours(1)).await.unwrap().uploads, 0);
    world.clock.advance(Duration::minutes(2));
    assert!(matches!(world.catalog.upload(&robot, id).await, Err(CatalogError::NotFound)));
    let refused = world.catalog.ingest_upload(&robot, AssetType::Copy, used(id)).await.unwrap_err();
    assert!(matches!(refused, CatalogError::Invalid(_)), "{refused}");
    let swept = world.housekeeper.gc(Duration::hours(1)).await.unwrap();
    assert_eq!((swept.uploads, swept.orphans, files(&world).await), (1, 1, 1));
    world.clock.advance(Duration::hours(2));
    assert_eq!(world.housekeeper.gc(Duration::hours(1)).await.unwrap().removed, 1);
    assert_eq!(files(&world).await, 0);
}

#[tokio::test]
async fn an_upload_that_was_used_lives_a_day_longer() {
    let world = TestWorld::new();
    let robot = world.agent("robot");
    let id = whole(&world, &robot).await;
    world.clock.advance(Duration::hours(23));
    for hours in [2, 0] {
        let content = world.catalog.ingest_upload(&robot, AssetType::Copy, used(id)).await.unwrap();
        let new = fixtures::new_asset(AssetType::Copy, "Spring launch");
        world.catalog.create(&Call::by(robot.clone()), new, content).await.unwrap();
        assert_eq!(files(&world).await, 1);
        world.clock.advance(Duration::hours(hours));
    }
}

#[tokio::test]
async fn a_piece_that_is_not_what_was_written_becomes_no_content() {
    let world = TestWorld::new();
    let robot = world.agent("robot");
    let id = whole(&world, &robot).await;
    let parts = world.assets.parts(world.workspace, id).await.unwrap();
    let key = &parts.first().unwrap().key;
    let (rotten, short) = (TEXT.replace('S', "s"), "Spring");
    for spoilt in [Some(rotten.as_str()), Some(short), None] {
        match spoilt {
            Some(text) => world.blobs.plant(key, text.to_owned()),
            None => world.blobs.delete(key).await.unwrap(),
        }
        let refused = world.catalog.ingest_upload(&robot, AssetType::Copy, used(id)).await.unwrap_err();
        assert!(matches!(refused, CatalogError::Breakage(Breakage::Damaged(_) | Breakage::Failed(_))), "{spoilt:?}: {refused}");
    }
    assert_eq!(files(&world).await, 0);
}
