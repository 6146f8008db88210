//! What reaches a bucket, and what does not, whatever the store and the network do.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "in tests, what is unexpected should end the test"
)]

mod proxy;

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use assets_domain::{
    Fingerprint, Fingerprinter, WorkspaceId,
    ports::{BlobKey, BlobStore, Breakage, ByteStream, LinkTerms, StoredBlob, StoredObject, WriteError},
};
use assets_opendal::{Bucket, Location, OpenDalBlobs};
use assets_testkit::{Store, fixtures};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use proxy::{Fate, Proxy, Request};

async fn store() -> Store {
    Store { blobs: Arc::new(opened(bucket())), guard: Box::new(()) }
}

assets_testkit::blob_store_suite!(store(), #[ignore = "needs S3"]);

/// A part of the bucket that nobody else uses.
fn bucket() -> Bucket {
    #[expect(clippy::disallowed_methods, reason = "which store there is, the recipe that starts it says")]
    let url = std::env::var("ASSETS_TEST_S3").expect("ASSETS_TEST_S3 names a store: just with-s3");
    let Location::S3(bucket) = Location::parse(&url).unwrap() else { panic!("{url} is no bucket") };
    let mut random = [0; 8];
    getrandom::fill(&mut random).unwrap();
    let own = hex::encode(random);
    Bucket { prefix: format!("{}/{own}", bucket.prefix).trim_start_matches('/').to_owned(), ..bucket }
}

fn opened(bucket: Bucket) -> OpenDalBlobs {
    OpenDalBlobs::open(&Location::S3(bucket)).unwrap()
}

/// The same place by two ways: through a proxy, and past it.
struct Ways {
    proxy: Proxy,
    through: OpenDalBlobs,
    past: OpenDalBlobs,
}

async fn ways(fates: impl Fn(&Request) -> Fate + Send + Sync + 'static) -> Ways {
    let bucket = bucket();
    let address: SocketAddr = bucket.endpoint.as_ref().unwrap().trim_start_matches("http://").parse().unwrap();
    let proxy = Proxy::before(address, fates).await;
    let through = Bucket { endpoint: Some(format!("http://{}", proxy.address)), ..bucket.clone() };
    Ways { proxy, through: opened(through), past: opened(bucket) }
}

/// One fate for the first requests of a kind, and then they pass.
fn at_first(times: usize, fate: Fate, kind: impl Fn(&Request) -> bool + Send + Sync + 'static) -> impl Fn(&Request) -> Fate + Send + Sync {
    let left = AtomicUsize::new(times);
    move |request| {
        let strikes = kind(request) && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if strikes { fate } else { Fate::Pass }
    }
}

const UNAVAILABLE: Fate = Fate::Answer("503 Service Unavailable");
const MEBIBYTE: u64 = 1 << 20;

fn workspace() -> WorkspaceId {
    WorkspaceId::new(Uuid::from_u128(0x5_0000_0000))
}

/// So many mebibytes, none like another, in pieces of 64 KiB.
fn mebibytes(count: u64) -> impl stream::Stream<Item = std::io::Result<Bytes>> + Send {
    stream::iter((0..count * 16).map(|place| Ok(Bytes::from(place.to_le_bytes().repeat(8192)))))
}

async fn fingerprint_of(count: u64) -> Fingerprint {
    let mut fingerprinter = Fingerprinter::default();
    let mut pieces = Box::pin(mebibytes(count));
    while let Some(piece) = pieces.try_next().await.unwrap() {
        fingerprinter.update(&piece);
    }
    fingerprinter.finish()
}

async fn write(blobs: &OpenDalBlobs, count: u64) -> Result<StoredBlob, WriteError> {
    blobs.write(workspace(), Box::pin(mebibytes(count)), u64::MAX).await
}

async fn read(blobs: &OpenDalBlobs, key: &BlobKey, count: u64) -> Result<Fingerprint, Breakage> {
    let mut fingerprinter = Fingerprinter::default();
    let mut pieces = blobs.read(key, 0..count * MEBIBYTE).await?;
    while let Some(piece) = pieces.try_next().await.map_err(Breakage::from_cut)? {
        fingerprinter.update(&piece);
    }
    Ok(fingerprinter.finish())
}

async fn listed(blobs: &OpenDalBlobs) -> Vec<StoredObject> {
    blobs.list().await.unwrap().try_collect().await.unwrap()
}

async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waited).await.expect(what);
}

fn is_unavailable<T>(outcome: &Result<T, WriteError>) -> bool {
    matches!(outcome, Err(WriteError::Breakage(Breakage::Unavailable(_))))
}

/// Whole, right, and the only thing there.
async fn assert_kept(ways: &Ways, outcome: Result<StoredBlob, WriteError>, count: u64) {
    let stored = outcome.expect("it is written after all");
    assert_eq!(stored.fingerprint, fingerprint_of(count).await);
    assert_eq!(read(&ways.past, &stored.key, count).await.unwrap(), stored.fingerprint);
    let keys: Vec<BlobKey> = listed(&ways.past).await.into_iter().map(|object| object.key).collect();
    assert_eq!(keys, [stored.key]);
}

async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let outcome = tokio::time::timeout(limit, future).await;
    outcome.unwrap_or_else(|_| panic!("it took more than {:?}", begun.elapsed()))
}

fn is_part(request: &Request) -> bool {
    request.is("PUT", "uploadid=")
}

fn is_completion(request: &Request) -> bool {
    request.is("POST", "uploadid=")
}

fn is_abort(request: &Request) -> bool {
    request.is("DELETE", "uploadid=")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs S3"]
async fn an_upload_of_64_mebibytes_is_never_held_in_memory() {
    let ways = ways(|_| Fate::Pass).await;
    let (came, most) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
    let (held, proxy) = (most.clone(), Arc::new(ways.proxy));
    let watching = proxy.clone();
    let watched = mebibytes(64).inspect(move |piece| {
        let came = came.fetch_add(u64::try_from(piece.as_ref().unwrap().len()).unwrap(), Ordering::Relaxed);
        held.fetch_max(came.saturating_sub(watching.passed_bytes()), Ordering::Relaxed);
    });
    let stored = ways.through.write(workspace(), Box::pin(watched), u64::MAX).await.unwrap();
    assert_eq!(stored.fingerprint, fingerprint_of(64).await);
    assert_eq!(read(&ways.past, &stored.key, 64).await.unwrap(), stored.fingerprint);
    assert_eq!(proxy.count(is_part), 13);
    let most = most.load(Ordering::Relaxed);
    assert!((1..=21 * MEBIBYTE).contains(&most), "{most} bytes were held");
}

#[tokio::test]
#[ignore = "needs S3"]
async fn what_fits_into_one_chunk_is_one_request() {
    let ways = ways(|_| Fate::Pass).await;
    for count in [0, 1, 5] {
        let before = ways.proxy.seen().len();
        let stored = write(&ways.through, count).await.unwrap();
        let seen = ways.proxy.seen().split_off(before);
        assert!(
            matches!(seen.as_slice(), [put, asked] if put.brings_bytes() && put.size_bytes == count * MEBIBYTE && asked.is("HEAD", "/"))
        );
        assert_eq!(read(&ways.past, &stored.key, count).await.unwrap(), fingerprint_of(count).await);
    }
}

#[tokio::test]
#[ignore = "needs S3"]
async fn every_byte_is_sent_under_a_checksum_that_the_store_compares() {
    let ways = ways(at_first(usize::MAX, Fate::FlipBit, Request::brings_bytes)).await;
    for count in [1, 12] {
        assert!(write(&ways.through, count).await.is_err(), "{count} MiB of other bytes");
    }
    let seen = ways.proxy.seen();
    let bringing: Vec<_> = seen.iter().filter(|request| request.brings_bytes()).collect();
    assert!(bringing.len() >= 2 && bringing.iter().all(|request| request.head.contains("\nx-amz-checksum-crc32c:")), "{bringing:?}");
    soon("nothing of it is left", async || listed(&ways.past).await.is_empty()).await;
}

#[tokio::test]
#[ignore = "needs S3"]
async fn an_upload_that_is_refused_or_cut_off_leaves_nothing() {
    let ways = ways(|_| Fate::Pass).await;
    let cut_off: ByteStream = Box::pin(mebibytes(12).chain(stream::iter([Err(std::io::Error::other("gone"))])));
    assert!(matches!(ways.through.write(workspace(), cut_off, u64::MAX).await, Err(WriteError::Source(_))));
    assert_eq!(ways.proxy.count(is_abort), 1);
    let too_large = ways.through.write(workspace(), Box::pin(mebibytes(12)), 11 * MEBIBYTE).await;
    assert!(matches!(too_large, Err(WriteError::TooLarge { .. })));
    assert_eq!(ways.proxy.count(is_abort), 2);
    assert_eq!(listed(&ways.past).await, []);
}

#[tokio::test]
#[ignore = "needs S3"]
async fn an_upload_that_nobody_waits_for_is_aborted() {
    let ways = ways(|_| Fate::Pass).await;
    let stuck: ByteStream = Box::pin(mebibytes(12).chain(stream::pending()));
    let upload = tokio::spawn({
        let blobs = ways.through.clone();
        async move { blobs.write(workspace(), stuck, u64::MAX).await }
    });
    soon("a part is on its way", async || ways.proxy.count(is_part) > 0).await;
    upload.abort();
    soon("the store is told", async || ways.proxy.count(is_abort) == 1).await;
    assert_eq!(listed(&ways.past).await, []);
}

#[tokio::test]
#[ignore = "needs S3"]
async fn a_store_that_is_away_when_an_upload_is_aborted_is_told_again() {
    let ways = ways(at_first(6, UNAVAILABLE, is_abort)).await;
    let cut_off: ByteStream = Box::pin(mebibytes(12).chain(stream::iter([Err(std::io::Error::other("gone"))])));
    let refused = within(Duration::from_secs(5), ways.through.write(workspace(), cut_off, u64::MAX)).await;
    assert!(matches!(refused, Err(WriteError::Source(_))));
    soon("it is told until it hears", async || ways.proxy.count(is_abort) == 7).await;
}

#[tokio::test]
#[ignore = "needs S3"]
async fn what_fails_for_a_moment_is_tried_again() {
    for fate in
        [UNAVAILABLE, Fate::Answer("429 Too Many Requests"), Fate::Answer("500 Internal Server Error"), Fate::CutBody, Fate::LoseAnswer]
    {
        for count in [1, 12] {
            let ways = ways(at_first(2, fate, Request::brings_bytes)).await;
            assert_kept(&ways, write(&ways.through, count).await, count).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs S3"]
async fn a_store_that_is_away_is_asked_a_few_times_and_then_it_is_unavailable() {
    for fate in [UNAVAILABLE, Fate::CutBody, Fate::Answer("429 Too Many Requests")] {
        for count in [1, 12] {
            let ways = ways(at_first(usize::MAX, fate, Request::brings_bytes)).await;
            let outcome = within(Duration::from_secs(15), write(&ways.through, count)).await;
            assert!(is_unavailable(&outcome), "{fate:?}, {count} MiB: {outcome:?}");
            assert!(ways.proxy.count(Request::brings_bytes) <= 12);
            soon("nothing of it is left", async || listed(&ways.past).await.is_empty()).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs S3"]
async fn an_upload_that_was_closed_while_the_answer_was_lost_is_never_half_a_success() {
    let ways = ways(at_first(1, Fate::LoseAnswer, is_completion)).await;
    match write(&ways.through, 12).await {
        Ok(stored) => assert_kept(&ways, Ok(stored), 12).await,
        outcome => {
            assert!(is_unavailable(&outcome), "{outcome:?}");
            soon("nothing of it is left", async || listed(&ways.past).await.is_empty()).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs S3"]
async fn a_store_that_only_says_that_it_has_the_bytes_is_not_believed() {
    let ways = ways(at_first(usize::MAX, Fate::Answer("200 OK"), Request::brings_bytes)).await;
    let outcome = write(&ways.through, 1).await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
}

#[tokio::test]
#[ignore = "needs S3"]
async fn what_cannot_be_confirmed_is_not_written() {
    let ways = ways(at_first(usize::MAX, UNAVAILABLE, |request| request.is("HEAD", "/"))).await;
    for count in [1, 12] {
        let outcome = write(&ways.through, count).await;
        assert!(is_unavailable(&outcome), "{outcome:?}");
        soon("nothing of it is left", async || listed(&ways.past).await.is_empty()).await;
    }
}

#[tokio::test]
#[ignore = "needs S3"]
async fn a_download_that_is_cut_goes_on_where_it_was() {
    let ways = ways(at_first(3, Fate::CutAnswer(3_000_000), |request| request.is("GET", "/"))).await;
    let stored = write(&ways.past, 12).await.unwrap();
    assert_eq!(read(&ways.through, &stored.key, 12).await.unwrap(), stored.fingerprint);
    assert_eq!(ways.proxy.count(|request| request.is("GET", "/")), 4);
    assert_eq!(ways.proxy.count(|request| request.is("HEAD", "/")), 0, "its size is known");
}

#[tokio::test]
#[ignore = "needs S3"]
async fn a_download_from_a_store_that_is_away_is_unavailable() {
    let away = ways(|_| UNAVAILABLE).await;
    let stored = write(&away.past, 1).await.unwrap();
    let unread = within(Duration::from_secs(15), read(&away.through, &stored.key, 1)).await;
    assert!(matches!(unread, Err(Breakage::Unavailable(_))), "{unread:?}");
    assert!(matches!(away.through.size_bytes(&stored.key).await, Err(Breakage::Unavailable(_))));
    assert!(matches!(away.through.check().await, Err(Breakage::Unavailable(_))));
    assert!(matches!(away.through.delete(&stored.key).await, Err(Breakage::Unavailable(_))));

    let sinking = ways(at_first(usize::MAX, Fate::CutAnswer(500_000), |request| request.is("GET", "/"))).await;
    let stored = write(&sinking.past, 12).await.unwrap();
    let unread = within(Duration::from_secs(30), read(&sinking.through, &stored.key, 12)).await;
    assert!(unread.is_ok_and(|read| read == stored.fingerprint), "each answer brings some bytes, so that it gets there");
}

#[tokio::test]
#[ignore = "needs S3"]
async fn a_store_that_does_not_listen_is_unavailable() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let blobs = opened(Bucket { endpoint: Some(format!("http://{nobody}")), ..bucket() });
    assert!(matches!(within(Duration::from_secs(15), blobs.check()).await, Err(Breakage::Unavailable(_))));
    assert!(is_unavailable(&within(Duration::from_secs(15), write(&blobs, 1)).await));
}

#[tokio::test]
#[ignore = "needs S3"]
async fn what_the_store_refuses_is_a_fault_of_the_set_up_and_is_said_at_once() {
    let forged = ways(|_| Fate::Forge).await;
    // Of a large body a store may refuse to read the end, which looks like a connection that was lost.
    let small = async |blobs: &OpenDalBlobs| blobs.write(workspace(), fixtures::in_pieces(b"small", 5), u64::MAX).await.map(drop);
    for outcome in [forged.through.check().await.map_err(WriteError::Breakage), small(&forged.through).await] {
        let Err(WriteError::Breakage(Breakage::Failed(source))) = outcome else { panic!("{outcome:?}") };
        assert!(source.to_string().contains("PermissionDenied"), "{source}");
    }
    assert_eq!(forged.proxy.seen().len(), 2, "nothing is tried again: {:?}", forged.proxy.seen());

    let elsewhere = opened(Bucket { bucket: "there-is-no-such-bucket".to_owned(), ..bucket() });
    assert!(matches!(elsewhere.check().await, Err(Breakage::Failed(_))));
    assert!(matches!(small(&elsewhere).await, Err(WriteError::Breakage(Breakage::Failed(_)))));
}

#[tokio::test]
#[ignore = "needs S3"]
async fn bytes_are_taken_over_under_the_key_that_they_had_on_a_disk_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, bucket) = (OpenDalBlobs::disk(folder.path()).unwrap(), opened(bucket()));
    let (from_disk, from_bucket) = (write(&disk, 7).await.unwrap(), write(&bucket, 7).await.unwrap());
    for (there, here, stored) in [(&disk, &bucket, &from_disk), (&bucket, &disk, &from_bucket)] {
        for _ in 0..2 {
            let bytes = there.read(&stored.key, 0..7 * MEBIBYTE).await.unwrap();
            assert_eq!(here.adopt(&stored.key, bytes).await.unwrap(), *stored);
        }
        assert_eq!(read(here, &stored.key, 7).await.unwrap(), stored.fingerprint);
        assert_eq!(listed(here).await.len(), 2);
    }
    let other = bucket.adopt(&from_disk.key, Box::pin(mebibytes(1))).await;
    assert!(matches!(other, Err(WriteError::Breakage(Breakage::Damaged(_)))), "the key names other bytes");
    assert_eq!(read(&bucket, &from_disk.key, 7).await.unwrap(), from_disk.fingerprint);
}

#[tokio::test]
#[ignore = "needs S3"]
async fn a_link_gives_the_bytes_as_it_was_signed_and_in_no_other_way() {
    let blobs = opened(bucket());
    let stored = write(&blobs, 1).await.unwrap();
    let disposition = "attachment; filename=\"Gr__e.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf";
    let terms =
        LinkTerms { media_type: "application/pdf".to_owned(), disposition: disposition.to_owned(), expires_in: Duration::from_secs(3600) };
    let link = blobs.link(&stored.key, &terms).await.unwrap().expect("a bucket has links");
    assert!(link.contains("X-Amz-Expires=60"), "{link}");
    let client = reqwest::Client::new();
    let answer = client.get(&link).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert_eq!(answer.headers()["content-disposition"], disposition);
    assert_eq!(answer.bytes().await.unwrap().len(), 1 << 20);
    for altered in [link.replace("attachment", "inline"), link.replace("application/pdf", "text/html")] {
        assert_ne!(altered, link);
        assert_eq!(client.get(&altered).send().await.unwrap().status(), 403);
    }

    let folder = tempfile::tempdir().unwrap();
    let disk = OpenDalBlobs::disk(folder.path()).unwrap();
    assert_eq!(disk.link(&write(&disk, 1).await.unwrap().key, &terms).await.unwrap(), None);
}
