//! What [`AssetRepository`](assets_domain::ports::AssetRepository) promises of the past: it only grows, and answers who and what.

use assets_domain::{Actor, Asset, AssetType, Digest, Source, Status, Transition, VersionNumber, VersionStatus};

use crate::{Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::asset_history`](crate::suites::asset_history).
#[macro_export]
macro_rules! asset_history_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            asset_history,
            $make,
            [
                versions_come_newest_first,
                decisions_come_oldest_first_as_they_were_made,
                every_version_is_read_by_its_number,
                an_approval_supersedes_the_one_before,
                a_review_ends_under_a_new_version,
                a_version_keeps_that_changes_were_requested,
                a_revoked_version_stays_revoked,
                a_rollback_says_what_it_restores,
                a_carried_approval_is_on_record,
                an_author_is_known_by_key,
                an_author_is_known_by_any_spelling_of_the_name,
                authorship_is_of_bytes_in_one_asset,
                whoever_adds_the_same_bytes_is_an_author_too,
                a_rollback_makes_no_author,
                without_a_decision_there_is_no_verdict,
                the_newest_verdict_on_the_bytes_counts,
                a_verdict_is_about_its_bytes_whichever_version_has_them,
                an_archive_is_a_verdict_on_all_bytes,
                an_approval_to_which_more_people_must_agree_is_no_verdict,
                a_source_must_be_a_version_of_the_workspace,
            ]
        );
    };
}

fn number(number: u32) -> VersionNumber {
    VersionNumber::new(number).expect("the number of a version")
}

/// The numbers and statuses of an asset's versions, newest first.
async fn statuses(bench: &Bench, asset: &Asset) -> Vec<(u32, VersionStatus)> {
    bench.history(asset).await.versions.iter().map(|version| (version.number.get(), version.status)).collect()
}

/// The tenth version comes above the ninth.
pub async fn versions_come_newest_first(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut asset = bench.copy("Spring", "text 1").await;
    let mut versions = vec![asset.latest().clone()];
    for place in 2..=12 {
        asset = bench.add_version(&asset, &format!("text {place}")).await;
        versions.insert(0, asset.latest().clone());
    }
    let history = bench.history(&asset).await;
    assert_eq!(history.asset, asset);
    assert_eq!(history.versions, versions);
}

/// Decisions are kept whole: comment, version, bytes and the details of their moment.
pub async fn decisions_come_oldest_first_as_they_were_made(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut asset = bench.copy("Spring", "one").await;
    let mut made = Vec::new();
    use Transition as T;
    for action in [T::Submit, T::Withdraw, T::Submit, T::Approve, T::Revoke, T::Archive, T::Restore, T::Submit, T::RequestChanges] {
        let change = bench.decision(&asset, action);
        made.push(change.decision().expect("a decision").clone());
        asset = bench.save(bench.commit(change, None)).await;
        if asset.status() != Status::Archived {
            asset = bench.update(&asset, fixtures::details(&format!("After revision {}", asset.revision().get()))).await;
        }
    }
    assert_eq!(bench.history(&asset).await.decisions, made);
}

/// A version is the same by number as in the history; a number beyond the latest is absent.
pub async fn every_version_is_read_by_its_number(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let asset = bench.add_version(&bench.add_version(&asset, "two").await, "three").await;
    for version in bench.history(&asset).await.versions {
        let read = bench.repositories.assets.version(bench.workspace, asset.id(), version.number).await.unwrap();
        assert_eq!(read, Some(version));
    }
    assert_eq!(bench.repositories.assets.version(bench.workspace, asset.id(), number(4)).await.unwrap(), None);
}

/// Of two approved versions the older one is superseded.
pub async fn an_approval_supersedes_the_one_before(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let asset = bench.submit_and_approve(&bench.add_version(&asset, "two").await).await;
    assert_eq!(statuses(&bench, &asset).await, [(2, VersionStatus::Approved), (1, VersionStatus::Superseded)]);
}

/// A pending version that is passed by a newer one is a draft again.
pub async fn a_review_ends_under_a_new_version(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.decide(&bench.copy("Spring", "one").await, Transition::Submit).await;
    assert_eq!(statuses(&bench, &asset).await, [(1, VersionStatus::PendingReview)]);
    let asset = bench.add_version(&asset, "two").await;
    assert_eq!(statuses(&bench, &asset).await, [(2, VersionStatus::Draft), (1, VersionStatus::Draft)]);
}

/// What was wanted otherwise says so for ever.
pub async fn a_version_keeps_that_changes_were_requested(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.decide(&bench.copy("Spring", "one").await, Transition::Submit).await;
    let asset = bench.add_version(&bench.decide(&asset, Transition::RequestChanges).await, "two").await;
    assert_eq!(statuses(&bench, &asset).await, [(2, VersionStatus::Draft), (1, VersionStatus::ChangesRequested)]);
}

/// A revoked version stays so, though it is not the latest when it is revoked.
pub async fn a_revoked_version_stays_revoked(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let asset = bench.decide(&bench.add_version(&asset, "two").await, Transition::Revoke).await;
    assert_eq!(statuses(&bench, &asset).await, [(2, VersionStatus::Draft), (1, VersionStatus::Revoked)]);
    assert_eq!(bench.read(&asset).await.and_then(|read| read.approved_version()), None);
}

/// A rollback appends, and the versions between stay.
pub async fn a_rollback_says_what_it_restores(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let first = bench.copy("Spring", "one").await;
    let asset = bench.roll_back(&bench.add_version(&first, "two").await, first.latest()).await;
    let versions = bench.history(&asset).await.versions;
    assert_eq!(versions.len(), 3);
    assert_eq!(versions[0].restored_from, Some(number(1)));
    assert_eq!(versions[0].content, versions[2].content);
    assert_eq!(bench.read(&asset).await, Some(asset));
}

/// An approval that came by rollback names the version whose approval it carries on, and has the details that were approved.
pub async fn a_carried_approval_is_on_record(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let approved = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let asset = bench.submit_and_approve(&bench.add_version(&approved, "two").await).await;
    let asset = bench.update(&asset, fixtures::details("Summer")).await;
    let asset = bench.roll_back(&asset, approved.latest()).await;
    use VersionStatus::{Approved, Superseded};
    assert_eq!(statuses(&bench, &asset).await, [(3, Approved), (2, Superseded), (1, Superseded)]);
    let last = bench.history(&asset).await.decisions.pop().expect("there are decisions");
    assert_eq!((last.action, last.version, last.carried_from), (Transition::Approve, number(3), Some(number(1))));
    assert_eq!(last.details, fixtures::details("Spring"));
    let read = bench.read(&asset).await.expect("the asset is there");
    assert_eq!(read.approved_version().expect("it is approved").details(), &last.details);
    assert_eq!(read, asset);
}

/// Whoever added the bytes is their author, and nobody else is.
pub async fn an_author_is_known_by_key(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let mut renamed = bench.writer().actor;
    renamed.name = "another name".parse().expect("the name of a key");
    assert!(is_author(&bench, &asset, b"one", &renamed).await);
    assert!(!is_author(&bench, &asset, b"one", &bench.reviewer().actor).await);
}

/// Two keys with one name belong to one person, whatever the case and the accents.
pub async fn an_author_is_known_by_any_spelling_of_the_name(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let author = fixtures::person(bench.workspace, "Ána Müller");
    let asset = bench.create_by(&author, fixtures::new_asset(AssetType::Copy, "Spring"), "one").await;
    for spelling in ["Ána Müller", "ana muller", "ANA MÜLLER"] {
        let other_key = fixtures::agent(bench.workspace, spelling);
        assert_ne!(other_key.actor.key_prefix, author.actor.key_prefix);
        assert!(is_author(&bench, &asset, b"one", &other_key.actor).await, "{spelling}");
    }
    assert!(!is_author(&bench, &asset, b"one", &fixtures::agent(bench.workspace, "ana").actor).await);
}

/// The author of some bytes is not the author of others, nor of the same in another asset.
pub async fn authorship_is_of_bytes_in_one_asset(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let ann = bench.reviewer();
    let first = bench.copy("First", "one").await;
    let first = bench.add_version_by(&ann, &first, first.latest().provenance.clone(), "two").await;
    let second = bench.copy("Second", "two").await;
    assert!(is_author(&bench, &first, b"two", &ann.actor).await);
    assert!(!is_author(&bench, &first, b"one", &ann.actor).await);
    assert!(!is_author(&bench, &second, b"two", &ann.actor).await);
    assert!(is_author(&bench, &first, b"one", &bench.writer().actor).await, "older versions keep their authors");
}

/// The same bytes again have one author more, and lose none.
pub async fn whoever_adds_the_same_bytes_is_an_author_too(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let ann = bench.reviewer();
    let asset = bench.copy("Spring", "one").await;
    let asset = bench.add_version_by(&ann, &asset, asset.latest().provenance.clone(), "one").await;
    let asset = bench.add_version(&asset, "one").await;
    assert!(is_author(&bench, &asset, b"one", &ann.actor).await);
    assert!(is_author(&bench, &asset, b"one", &bench.writer().actor).await);
}

/// Who brings old bytes back did not make them.
pub async fn a_rollback_makes_no_author(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let first = bench.copy("Spring", "one").await;
    let asset = bench.roll_back(&bench.add_version(&first, "two").await, first.latest()).await;
    assert!(!is_author(&bench, &asset, b"one", &bench.reviewer().actor).await);
    assert!(is_author(&bench, &asset, b"one", &bench.writer().actor).await);
}

async fn is_author(bench: &Bench, asset: &Asset, bytes: &[u8], actor: &Actor) -> bool {
    bench.repositories.assets.is_author(bench.workspace, asset.id(), &Digest::of(bytes), actor).await.unwrap()
}

/// The newest verdict, which is one of the decisions in the history, whole.
async fn verdict(bench: &Bench, asset: &Asset, bytes: &[u8]) -> Option<Transition> {
    let verdict = bench.repositories.assets.newest_verdict(bench.workspace, asset.id(), &Digest::of(bytes)).await.unwrap()?;
    assert!(bench.history(asset).await.decisions.contains(&verdict));
    Some(verdict.action)
}

/// To submit and to withdraw says nothing about bytes.
pub async fn without_a_decision_there_is_no_verdict(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.decide(&bench.copy("Spring", "one").await, Transition::Submit).await;
    let asset = bench.decide(&asset, Transition::Withdraw).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, None);
}

/// The last word counts, and to submit is no word.
pub async fn the_newest_verdict_on_the_bytes_counts(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::Approve));
    let asset = bench.decide(&asset, Transition::RequestChanges).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::RequestChanges));
    let asset = bench.decide(&asset, Transition::Submit).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::RequestChanges));
    let asset = bench.decide(&asset, Transition::Approve).await;
    let asset = bench.decide(&asset, Transition::Revoke).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::Revoke));
}

/// Other bytes have verdicts of their own, and so have other assets; another version of the same bytes has the same.
pub async fn a_verdict_is_about_its_bytes_whichever_version_has_them(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let asset = bench.decide(&bench.add_version(&asset, "two").await, Transition::Submit).await;
    let asset = bench.decide(&asset, Transition::RequestChanges).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::Approve));
    assert_eq!(verdict(&bench, &asset, b"two").await, Some(Transition::RequestChanges));
    let asset = bench.decide(&bench.add_version(&asset, "one").await, Transition::Submit).await;
    let asset = bench.decide(&asset, Transition::RequestChanges).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::RequestChanges));
    assert_eq!(verdict(&bench, &bench.copy("Other", "one").await, b"one").await, None);
}

/// Whatever was archived was taken back, whichever version it was.
pub async fn an_archive_is_a_verdict_on_all_bytes(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let asset = bench.decide(&bench.add_version(&asset, "two").await, Transition::Archive).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::Archive));
    let asset = bench.decide(&asset, Transition::Restore).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::Archive), "to restore brings nothing back");
    let asset = bench.submit_and_approve(&asset).await;
    assert_eq!(verdict(&bench, &asset, b"two").await, Some(Transition::Approve));
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::Archive));
}

/// It is on record, and what was said before of the bytes is still the last word.
pub async fn an_approval_to_which_more_people_must_agree_is_no_verdict(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.half_approved(&bench.copy("Spring", "one").await).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, None);
    let asset = bench.decide(&asset, Transition::RequestChanges).await;
    let asset = bench.half_approved(&asset).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::RequestChanges));
    let bob = fixtures::person(bench.workspace, "bob");
    let asset = bench.save(bench.commit(bench.decision_of_two(&asset, Transition::Approve, &bob), None)).await;
    assert_eq!(verdict(&bench, &asset, b"one").await, Some(Transition::Approve));
    let asset = bench.half_approved(&bench.add_version(&asset, "one").await).await;
    let newest = bench.repositories.assets.newest_verdict(bench.workspace, asset.id(), &Digest::of(b"one")).await.unwrap();
    assert_eq!(newest.map(|verdict| (verdict.version, verdict.tally().given)), Some((number(1), 2)));
}

/// The first source that is not there is named by its place.
pub async fn a_source_must_be_a_version_of_the_workspace(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.add_version(&bench.copy("Spring", "one").await, "two").await;
    let other = bench.copy("Other", "one").await;
    let source = |asset: &Asset, version| Source { asset_id: asset.id(), version: number(version) };
    let missing = async |sources: &[Source]| bench.repositories.assets.missing_source(bench.workspace, sources).await.unwrap();
    assert_eq!(missing(&[]).await, None);
    assert_eq!(missing(&[source(&asset, 2), source(&other, 1), source(&asset, 1), source(&asset, 1)]).await, None);
    assert_eq!(missing(&[source(&asset, 1), source(&other, 2), source(&asset, 3)]).await, Some(1));
    bench.delete(&other).await;
    assert_eq!(missing(&[source(&asset, 1), source(&asset, 2), source(&other, 1)]).await, Some(2));
}
