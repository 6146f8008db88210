//! What [`Renditions`](assets_domain::ports::Renditions) promises: what was made to show bytes is found as long as they are
//! there, and goes with them.

use assets_domain::{
    AssetType, Digest, Fingerprinter, MediaType, Variant, WorkspaceId,
    ports::{BlobKey, Rendition, RenditionId, Shortfall, StoredBlob},
};
use chrono::{DateTime, TimeDelta};

use crate::Repositories;

use super::bench::Bench;

/// Runs the clauses of [`suites::renditions`](crate::suites::renditions).
#[macro_export]
macro_rules! renditions_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            renditions,
            $make,
            [
                what_was_made_is_found_by_what_it_shows,
                what_was_made_anew_takes_the_place_of_what_was_made_before,
                the_same_bytes_are_shown_otherwise_as_something_else,
                nothing_is_kept_of_bytes_that_are_not_there,
                nothing_is_kept_in_a_file_that_is_to_go,
                what_was_made_is_no_orphan_until_its_bytes_go,
                what_is_forgotten_is_made_again,
                another_tenant_sees_nothing,
            ]
        );
    };
}

fn rendition(workspace: WorkspaceId, shows: &str, file: &str) -> Rendition {
    let mut fingerprinter = Fingerprinter::default();
    fingerprinter.update(file.as_bytes());
    Rendition {
        id: RenditionId {
            workspace,
            digest: Digest::of(shows.as_bytes()),
            asset_type: AssetType::Copy,
            media_type: MediaType::PlainText,
            variant: Variant::Thumbnail,
        },
        edition: 3,
        stored: StoredBlob { key: BlobKey::new(file), fingerprint: fingerprinter.finish() },
        shortfall: None,
        made_at: DateTime::UNIX_EPOCH + TimeDelta::days(20_000),
    }
}

async fn bench(repositories: Repositories) -> Bench {
    let bench = Bench::new(repositories).await;
    bench.copy("Spring", "spring").await;
    bench
}

/// What was kept comes back whole, with or without a reason for a placeholder.
pub async fn what_was_made_is_found_by_what_it_shows(repositories: Repositories) {
    let bench = bench(repositories).await;
    let renditions = &bench.repositories.renditions;
    let made = rendition(bench.workspace, "spring", "a");
    assert_eq!(renditions.rendition(&made.id).await.unwrap(), None);
    assert!(renditions.keep(&made).await.unwrap());
    assert_eq!(renditions.rendition(&made.id).await.unwrap(), Some(made.clone()));
    for (number, shortfall) in (1..).zip(Shortfall::ALL) {
        let slide = Variant::Slide(std::num::NonZeroU16::new(number).unwrap());
        let mut other = rendition(bench.workspace, "spring", &format!("file {number}"));
        (other.id.variant, other.shortfall) = (slide, Some(shortfall));
        assert!(renditions.keep(&other).await.unwrap());
        assert_eq!(renditions.rendition(&other.id).await.unwrap(), Some(other));
    }
    assert_eq!(renditions.rendition(&made.id).await.unwrap(), Some(made));
}

/// There is one of each; the later stays, and the file of the earlier is nobody's.
pub async fn what_was_made_anew_takes_the_place_of_what_was_made_before(repositories: Repositories) {
    let bench = bench(repositories).await;
    let (renditions, ledger) = (&bench.repositories.renditions, &bench.repositories.ledger);
    let (first, second) = (rendition(bench.workspace, "spring", "a"), rendition(bench.workspace, "spring", "b"));
    let second = Rendition { edition: 4, shortfall: Some(Shortfall::TooLarge), ..second };
    for made in [&first, &second, &second] {
        assert!(renditions.keep(made).await.unwrap());
    }
    assert_eq!(renditions.rendition(&first.id).await.unwrap(), Some(second.clone()));
    let known = ledger.knows(&[first.stored.key, second.stored.key.clone()]).await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [second.stored.key]);
}

/// Type, media type and variant each make another of it.
pub async fn the_same_bytes_are_shown_otherwise_as_something_else(repositories: Repositories) {
    let bench = bench(repositories).await;
    let renditions = &bench.repositories.renditions;
    let made = rendition(bench.workspace, "spring", "a");
    assert!(renditions.keep(&made).await.unwrap());
    let others = [
        RenditionId { asset_type: AssetType::Blog, ..made.id },
        RenditionId { media_type: MediaType::Markdown, ..made.id },
        RenditionId { variant: Variant::Page, ..made.id },
        RenditionId { digest: Digest::of(b"winter"), ..made.id },
    ];
    for other in others {
        assert_eq!(renditions.rendition(&other).await.unwrap(), None, "{other:?}");
    }
}

/// A row that showed what is not there would never go.
pub async fn nothing_is_kept_of_bytes_that_are_not_there(repositories: Repositories) {
    let bench = bench(repositories).await;
    let made = rendition(bench.workspace, "winter", "a");
    assert!(!bench.repositories.renditions.keep(&made).await.unwrap());
    assert_eq!(bench.repositories.renditions.rendition(&made.id).await.unwrap(), None);
}

/// What was taken for an orphan is not anybody's any more.
pub async fn nothing_is_kept_in_a_file_that_is_to_go(repositories: Repositories) {
    let bench = bench(repositories).await;
    let made = rendition(bench.workspace, "spring", "a");
    assert!(bench.repositories.ledger.retire_orphan(&made.stored.key, bench.now()).await.unwrap());
    assert!(!bench.repositories.renditions.keep(&made).await.unwrap());
}

/// The sweep leaves its file alone, and takes the row with the bytes that it shows; then the file is an orphan.
pub async fn what_was_made_is_no_orphan_until_its_bytes_go(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "spring").await;
    let (renditions, ledger) = (&bench.repositories.renditions, &bench.repositories.ledger);
    let made = rendition(bench.workspace, "spring", "a");
    let key = &made.stored.key;
    assert!(renditions.keep(&made).await.unwrap());
    assert!(ledger.knows(std::slice::from_ref(key)).await.unwrap().contains(key));
    assert!(!ledger.retire_orphan(key, bench.now()).await.unwrap());

    bench.delete(&asset).await;
    let later = bench.now() + TimeDelta::hours(1);
    assert_eq!(ledger.retire_unreferenced(later, later).await.unwrap(), 1);
    assert_eq!(renditions.rendition(&made.id).await.unwrap(), None);
    assert!(ledger.knows(std::slice::from_ref(key)).await.unwrap().is_empty());
    assert!(ledger.retire_orphan(key, later).await.unwrap());
}

/// To forget what is not there is no error.
pub async fn what_is_forgotten_is_made_again(repositories: Repositories) {
    let bench = bench(repositories).await;
    let renditions = &bench.repositories.renditions;
    let made = rendition(bench.workspace, "spring", "a");
    assert!(renditions.keep(&made).await.unwrap());
    for _ in 0..2 {
        renditions.forget(&made.id).await.unwrap();
        assert_eq!(renditions.rendition(&made.id).await.unwrap(), None);
    }
    assert!(renditions.keep(&Rendition { stored: StoredBlob { key: BlobKey::new("b"), ..made.stored }, ..made }).await.unwrap());
}

/// Nor can it keep or forget anything there.
pub async fn another_tenant_sees_nothing(repositories: Repositories) {
    let bench = bench(repositories).await;
    let other = bench.add_workspace("other").await;
    let renditions = &bench.repositories.renditions;
    let (ours, theirs) = (rendition(bench.workspace, "spring", "a"), rendition(other, "spring", "b"));
    assert!(renditions.keep(&ours).await.unwrap());
    assert_eq!(renditions.rendition(&theirs.id).await.unwrap(), None);
    assert!(!renditions.keep(&theirs).await.unwrap());
    renditions.forget(&theirs.id).await.unwrap();
    assert_eq!(renditions.rendition(&ours.id).await.unwrap(), Some(ours));
}
