//! What [`Uploads`](assets_domain::ports::Uploads) promises: an upload has its pieces without a gap and none twice, and their
//! files are known for as long as it has them.

use assets_domain::{
    Digest, KeyPrefix, MediaType, Upload, UploadId, WorkspaceId,
    ports::{Append, AppendError, BlobKey, UploadPart},
};
use chrono::Duration;
use uuid::Uuid;

use crate::Repositories;

use super::bench::Bench;

/// Runs the clauses of [`suites::uploads`](crate::suites::uploads).
#[macro_export]
macro_rules! uploads_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            uploads,
            $make,
            [
                an_upload_is_found_as_it_began,
                an_upload_of_another_workspace_does_not_exist,
                pieces_are_appended_behind_one_another,
                pieces_for_another_place_are_not_appended,
                of_two_at_once_for_one_place_one_is_appended,
                pieces_for_an_upload_that_is_not_there_are_not_appended,
                a_file_that_was_swept_is_not_appended,
                files_of_pieces_are_known_and_no_orphans,
                an_upload_that_became_content_has_no_pieces,
                an_upload_that_became_content_takes_no_more,
                an_upload_that_ended_is_gone_with_its_pieces,
                what_is_not_there_ends_without_an_error,
                uploads_past_their_time_are_dropped,
                a_key_has_so_many_under_way_and_no_more,
                of_many_begun_at_once_no_more_are_under_way,
            ]
        );
    };
}

const UPLOAD: UploadId = UploadId::new(Uuid::from_u128(7));

fn owner() -> KeyPrefix {
    KeyPrefix::parse("aaaaaaaa").unwrap()
}

fn upload(bench: &Bench, workspace: WorkspaceId, id: UploadId) -> Upload {
    let now = bench.now();
    Upload {
        workspace,
        id,
        owner: owner(),
        length_bytes: 100,
        offset_bytes: 0,
        metadata: Some("filename aGVyby5wbmc=,note".to_owned()),
        filename: Some("hero.png".parse().unwrap()),
        media_type: Some(MediaType::Png),
        created_at: now,
        expires_at: now + Upload::LIFE,
        assembled: None,
    }
}

async fn begin(bench: &Bench, workspace: WorkspaceId, id: UploadId) -> Upload {
    let upload = upload(bench, workspace, id);
    assert!(bench.repositories.uploads.begin(&upload, 100).await.unwrap());
    upload
}

fn part(offset_bytes: u64, size_bytes: u64, key: &str) -> UploadPart {
    UploadPart { offset_bytes, size_bytes, crc32: u32::MAX, key: BlobKey::new(key) }
}

fn appended(bench: &Bench, from_bytes: u64, parts: Vec<UploadPart>) -> Append {
    Append { workspace: bench.workspace, id: UPLOAD, from_bytes, parts, expires_at: bench.now() + Upload::LIFE }
}

async fn append(bench: &Bench, from_bytes: u64, parts: Vec<UploadPart>) -> Result<(), AppendError> {
    bench.repositories.uploads.append(&appended(bench, from_bytes, parts)).await
}

async fn found(bench: &Bench) -> Option<Upload> {
    bench.repositories.uploads.find(bench.workspace, UPLOAD).await.unwrap()
}

async fn parts(bench: &Bench) -> Vec<UploadPart> {
    bench.repositories.uploads.parts(bench.workspace, UPLOAD).await.unwrap()
}

/// All of it comes back as it was, whether there is much to say of it or little.
pub async fn an_upload_is_found_as_it_began(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    assert_eq!(found(&bench).await, None);
    let upload = begin(&bench, bench.workspace, UPLOAD).await;
    assert_eq!((found(&bench).await, parts(&bench).await), (Some(upload.clone()), Vec::new()));
    let bare = Upload { id: UploadId::new(Uuid::from_u128(8)), metadata: None, filename: None, media_type: None, ..upload };
    assert!(bench.repositories.uploads.begin(&bare, 100).await.unwrap());
    assert_eq!(bench.repositories.uploads.find(bench.workspace, bare.id).await.unwrap(), Some(bare));
}

/// Not for looking, not for appending and not for ending.
pub async fn an_upload_of_another_workspace_does_not_exist(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = bench.add_workspace("other").await;
    let upload = begin(&bench, bench.workspace, UPLOAD).await;
    append(&bench, 0, vec![part(0, 10, "a")]).await.unwrap();
    let uploads = &bench.repositories.uploads;
    assert_eq!(uploads.find(other, UPLOAD).await.unwrap(), None);
    assert_eq!(uploads.parts(other, UPLOAD).await.unwrap(), []);
    let foreign = Append { workspace: other, ..appended(&bench, 10, vec![part(10, 10, "b")]) };
    assert!(matches!(uploads.append(&foreign).await, Err(AppendError::Conflict)));
    assert_eq!(uploads.note_assembled(other, UPLOAD, &Digest::of(b""), bench.now()).await.unwrap(), []);
    assert_eq!(uploads.end(other, UPLOAD).await.unwrap(), []);
    let now = found(&bench).await.unwrap();
    assert_eq!((now.offset_bytes, now.assembled, now.owner), (10, None, upload.owner));
    // The same id is another upload there.
    begin(&bench, other, UPLOAD).await;
    assert_eq!(found(&bench).await.unwrap().offset_bytes, 10);
}

/// One or many at a time, and each time the upload lives on.
pub async fn pieces_are_appended_behind_one_another(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let begun = begin(&bench, bench.workspace, UPLOAD).await;
    append(&bench, 0, vec![part(0, 10, "a")]).await.unwrap();
    let further = appended(&bench, 10, vec![part(10, 30, "b"), part(40, 60, "c")]);
    bench.repositories.uploads.append(&further).await.unwrap();
    assert_eq!(found(&bench).await, Some(Upload { offset_bytes: 100, expires_at: further.expires_at, ..begun }));
    assert_eq!(parts(&bench).await, [part(0, 10, "a"), part(10, 30, "b"), part(40, 60, "c")]);
}

/// Neither before what is there nor with a gap behind it.
pub async fn pieces_for_another_place_are_not_appended(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin(&bench, bench.workspace, UPLOAD).await;
    append(&bench, 0, vec![part(0, 10, "a")]).await.unwrap();
    let before = found(&bench).await;
    for from in [0, 9, 11] {
        assert!(matches!(append(&bench, from, vec![part(from, 10, "b")]).await, Err(AppendError::Conflict)), "{from}");
    }
    assert_eq!((found(&bench).await, parts(&bench).await), (before, vec![part(0, 10, "a")]));
}

/// However many there are.
pub async fn of_two_at_once_for_one_place_one_is_appended(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin(&bench, bench.workspace, UPLOAD).await;
    let racing = ["a", "b", "c", "d"].map(|key| append(&bench, 0, vec![part(0, 10, key)]));
    let outcomes = futures_util::future::join_all(racing).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(AppendError::Conflict))), "{outcomes:?}");
    assert_eq!((found(&bench).await.unwrap().offset_bytes, parts(&bench).await.len()), (10, 1));
}

/// It never began, or it ended.
pub async fn pieces_for_an_upload_that_is_not_there_are_not_appended(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    assert!(matches!(append(&bench, 0, vec![part(0, 10, "a")]).await, Err(AppendError::Conflict)));
    assert!(bench.repositories.ledger.knows(&[BlobKey::new("a")]).await.unwrap().is_empty());
}

/// Of pieces one of which was swept none is appended.
pub async fn a_file_that_was_swept_is_not_appended(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin(&bench, bench.workspace, UPLOAD).await;
    assert!(bench.repositories.ledger.retire_orphan(&BlobKey::new("b"), bench.now()).await.unwrap());
    let swept = append(&bench, 0, vec![part(0, 10, "a"), part(10, 10, "b")]).await;
    assert!(matches!(swept, Err(AppendError::PartRetired)), "{swept:?}");
    assert_eq!((found(&bench).await.unwrap().offset_bytes, parts(&bench).await.len()), (0, 0));
}

/// Until the upload lets go of them.
pub async fn files_of_pieces_are_known_and_no_orphans(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin(&bench, bench.workspace, UPLOAD).await;
    let key = BlobKey::new("a");
    append(&bench, 0, vec![part(0, 10, "a")]).await.unwrap();
    let ledger = &bench.repositories.ledger;
    assert!(ledger.knows(&[key.clone(), BlobKey::new("b")]).await.unwrap().into_iter().eq([key.clone()]));
    assert!(!ledger.retire_orphan(&key, bench.now()).await.unwrap());
    bench.repositories.uploads.end(bench.workspace, UPLOAD).await.unwrap();
    assert!(ledger.knows(std::slice::from_ref(&key)).await.unwrap().is_empty());
    assert!(ledger.retire_orphan(&key, bench.now()).await.unwrap());
}

/// It says what it became, and answers the files that it no longer needs, once.
pub async fn an_upload_that_became_content_has_no_pieces(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let begun = begin(&bench, bench.workspace, UPLOAD).await;
    append(&bench, 0, vec![part(0, 40, "a"), part(40, 60, "b")]).await.unwrap();
    let (digest, expires_at) = (Digest::of(b"all of it"), bench.now() + Upload::LIFE);
    let uploads = &bench.repositories.uploads;
    let mut files = uploads.note_assembled(bench.workspace, UPLOAD, &digest, expires_at).await.unwrap();
    files.sort();
    assert_eq!(files, [BlobKey::new("a"), BlobKey::new("b")]);
    assert_eq!(found(&bench).await, Some(Upload { offset_bytes: 100, assembled: Some(digest), expires_at, ..begun }));
    assert_eq!(parts(&bench).await, []);
    assert!(bench.repositories.ledger.knows(&files).await.unwrap().is_empty());
    assert_eq!(uploads.note_assembled(bench.workspace, UPLOAD, &digest, expires_at).await.unwrap(), []);
}

/// Its bytes are decided.
pub async fn an_upload_that_became_content_takes_no_more(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin(&bench, bench.workspace, UPLOAD).await;
    append(&bench, 0, vec![part(0, 10, "a")]).await.unwrap();
    bench.repositories.uploads.note_assembled(bench.workspace, UPLOAD, &Digest::of(b""), bench.now()).await.unwrap();
    assert!(matches!(append(&bench, 10, vec![part(10, 10, "b")]).await, Err(AppendError::Conflict)));
}

/// And answers their files.
pub async fn an_upload_that_ended_is_gone_with_its_pieces(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin(&bench, bench.workspace, UPLOAD).await;
    append(&bench, 0, vec![part(0, 10, "a")]).await.unwrap();
    assert_eq!(bench.repositories.uploads.end(bench.workspace, UPLOAD).await.unwrap(), [BlobKey::new("a")]);
    assert_eq!((found(&bench).await, parts(&bench).await), (None, Vec::new()));
    assert!(matches!(append(&bench, 10, vec![part(10, 10, "b")]).await, Err(AppendError::Conflict)));
}

/// It has no files.
pub async fn what_is_not_there_ends_without_an_error(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    assert_eq!(bench.repositories.uploads.end(bench.workspace, UPLOAD).await.unwrap(), []);
}

/// Of every workspace, with their pieces; those that were gone on with are not among them.
pub async fn uploads_past_their_time_are_dropped(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = bench.add_workspace("other").await;
    let begun = begin(&bench, bench.workspace, UPLOAD).await;
    begin(&bench, other, UPLOAD).await;
    begin(&bench, other, UploadId::new(Uuid::from_u128(8))).await;
    bench.clock.advance(Duration::hours(1));
    append(&bench, 0, vec![part(0, 10, "a")]).await.unwrap();
    let uploads = &bench.repositories.uploads;
    assert_eq!(uploads.expire(begun.expires_at).await.unwrap(), 0);
    assert_eq!(uploads.expire(begun.expires_at + Duration::minutes(1)).await.unwrap(), 2);
    assert_eq!(found(&bench).await.unwrap().offset_bytes, 10);
    assert_eq!(uploads.expire(begun.expires_at + Duration::hours(2)).await.unwrap(), 1);
    assert!(found(&bench).await.is_none());
    assert!(bench.repositories.ledger.knows(&[BlobKey::new("a")]).await.unwrap().is_empty());
}

/// Those that became content or are past their time are not counted, nor are those of others.
pub async fn a_key_has_so_many_under_way_and_no_more(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let uploads = &bench.repositories.uploads;
    let numbered = |number| upload(&bench, bench.workspace, UploadId::new(Uuid::from_u128(number)));
    let (first, second) = (numbered(1), numbered(2));
    assert!(uploads.begin(&first, 2).await.unwrap() && uploads.begin(&second, 2).await.unwrap());
    assert!(!uploads.begin(&numbered(3), 2).await.unwrap());
    assert_eq!(uploads.find(bench.workspace, UploadId::new(Uuid::from_u128(3))).await.unwrap(), None);
    assert!(uploads.begin(&Upload { owner: KeyPrefix::parse("bbbbbbbb").unwrap(), ..numbered(4) }, 2).await.unwrap());
    uploads.note_assembled(bench.workspace, first.id, &Digest::of(b""), first.expires_at).await.unwrap();
    assert!(uploads.begin(&numbered(5), 2).await.unwrap());
    assert!(!uploads.begin(&numbered(6), 2).await.unwrap());
    bench.clock.advance(Upload::LIFE);
    assert!(uploads.begin(&numbered(7), 2).await.unwrap());
}

/// Not even if they begin at the same moment.
pub async fn of_many_begun_at_once_no_more_are_under_way(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let begun: Vec<_> = (1..=8).map(|number| upload(&bench, bench.workspace, UploadId::new(Uuid::from_u128(number)))).collect();
    let outcomes = futures_util::future::join_all(begun.iter().map(|upload| bench.repositories.uploads.begin(upload, 3))).await;
    assert_eq!(outcomes.into_iter().filter(|outcome| *outcome.as_ref().unwrap()).count(), 3);
}
