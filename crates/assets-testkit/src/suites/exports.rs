//! What [`Exports`] and [`Releases`](assets_domain::ports::Releases) promise: what is pinned
//! stays as it was, is seen whole or not at all, and is marked when any of it is taken back.

use std::sync::Arc;

use assets_domain::{
    Asked, Asset, AssetId, Channel, Digest, Event, EventId, Export, ExportId, Fingerprinter, Handover, LeftOut, Market, Member, Release,
    ReleaseId, Transition, Way, Withheld, WorkspaceId, Written,
    ports::{BlobKey, Exports, Packed, StoredBlob},
};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::Repositories;

use super::bench::Bench;

/// Runs the clauses of [`suites::exports`](crate::suites::exports).
#[macro_export]
macro_rules! exports_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            exports,
            $make,
            [
                the_approved_bytes_of_many_assets_are_found_at_once,
                what_is_pinned_comes_back_in_order_and_by_its_bytes,
                what_is_said_of_a_member_is_what_was_decided,
                an_export_is_seen_once_it_is_finished,
                what_was_decided_on_meanwhile_is_not_finished,
                nothing_is_finished_whose_files_are_to_go,
                the_files_of_an_export_are_no_orphans_until_it_is_over,
                what_is_taken_back_marks_whatever_has_it,
                what_is_archived_marks_whatever_has_any_of_it,
                exports_are_listed_from_the_newest,
                nothing_is_handed_out_of_an_asset_that_moved,
                who_has_what_is_listed_from_the_newest,
                what_is_not_finished_is_in_the_way_of_no_list,
                what_was_taken_back_of_others_is_not_said_of_all,
                a_workspace_has_so_many_exports_and_no_more,
                what_is_handed_out_is_one_event,
                another_tenant_sees_nothing,
            ]
        );
    };
}

struct Packer {
    bench: Bench,
}

impl Packer {
    async fn new(repositories: Repositories) -> Self {
        Self { bench: Bench::new(repositories).await }
    }

    fn exports(&self) -> &Arc<dyn Exports> {
        &self.bench.repositories.exports
    }

    async fn approved(&self, title: &str, text: &str) -> Asset {
        let draft = self.bench.copy(title, text).await;
        self.bench.submit_and_approve(&draft).await
    }

    async fn member(&self, place: u32, asset: &Asset) -> Member {
        let approval = asset.standing().expect("it is approved");
        let blob = self.bench.repositories.ledger.blob(self.bench.workspace, &approval.version.content.digest).await.unwrap();
        Member {
            place,
            asset: asset.id(),
            asset_type: asset.parts().asset_type,
            version: approval.version.number,
            approval: approval.revision,
            name: format!("copy/{place}.txt"),
            offset: u64::from(place) * 100,
            blob: blob.expect("its bytes are there"),
        }
    }

    /// Pins assets in an export with a number.
    async fn begun(&self, number: u128, assets: &[&Asset]) -> Packed {
        let (workspace, id) = (self.bench.workspace, ExportId::new(Uuid::from_u128(number)));
        let since = self.bench.repositories.assets.changes(workspace).await.unwrap();
        let at = self.bench.now();
        assert!(self.exports().begin(workspace, id, at, 100).await.unwrap());
        for (place, asset) in (0..).zip(assets) {
            let member = self.member(place, asset).await;
            self.exports().pin(workspace, id, &[member]).await.unwrap();
        }
        let left_out = (AssetId::new(Uuid::from_u128(9)), Withheld::NotApproved);
        let export = Export {
            workspace,
            id,
            by: self.bench.reviewer().actor,
            asked: Asked { assets: Some(2), channel: Some(Channel::parse("email").unwrap()), ..Asked::default() },
            created_at: at,
            expires_at: at + TimeDelta::days(7),
            count: u64::try_from(assets.len()).unwrap(),
            size_bytes: 1234,
            digest: Digest::of(b"whatever"),
            left_out: LeftOut { count: 1, first: vec![left_out] },
            written: vec![written(number, "SHA256SUMS", 500), written(number, "", 700)],
            recalled_at: None,
        };
        let event = Event::exported(EventId::new(Uuid::from_u128(number << 64)), &export);
        Packed { export, since, event, receipt: None }
    }

    async fn finished(&self, number: u128, assets: &[&Asset]) -> Export {
        let packed = self.begun(number, assets).await;
        assert!(self.exports().finish(&packed).await.unwrap());
        packed.export
    }

    async fn seen(&self, id: ExportId) -> Option<Export> {
        self.exports().export(self.bench.workspace, id).await.unwrap()
    }

    async fn is_recalled(&self, export: &Export) -> bool {
        self.seen(export.id).await.expect("it is there").recalled_at.is_some()
    }

    fn release(&self, number: u128, asset: &Asset) -> Release {
        let at = self.bench.now();
        let version = &asset.standing().expect("it is approved").version;
        Release {
            workspace: self.bench.workspace,
            id: ReleaseId::new(Uuid::from_u128(number)),
            asset: asset.id(),
            version: version.number,
            digest: version.content.digest,
            channel: Channel::parse("email").unwrap(),
            market: Some(Market::parse("DE").unwrap()),
            by: self.bench.writer().actor,
            at,
            expires_at: at + Release::LIFE,
        }
    }

    async fn released(&self, number: u128, asset: &Asset) -> Release {
        let release = self.release(number, asset);
        assert!(self.record(&release, asset).await);
        release
    }

    async fn record(&self, release: &Release, asset: &Asset) -> bool {
        let event = Event::released(EventId::new(Uuid::from_u128(release.id.as_uuid().as_u128() << 96)), release);
        self.bench.repositories.releases.record(release, asset.revision(), &event, None).await.unwrap()
    }

    async fn handed(&self, asset: &Asset, after: Option<Uuid>, limit: u32) -> Vec<Handover> {
        self.bench.repositories.releases.handovers(self.bench.workspace, asset.id(), after, limit).await.unwrap()
    }
}

fn written(number: u128, name: &str, offset: u64) -> Written {
    let mut fingerprinter = Fingerprinter::default();
    fingerprinter.update(name.as_bytes());
    let key = BlobKey::new(format!("export {number} {name}"));
    Written { name: name.to_owned(), offset, stored: StoredBlob { key, fingerprint: fingerprinter.finish() } }
}

/// Those that are there, each with its approved bytes, whether or not it is worked on meanwhile; or without, if none are approved.
pub async fn the_approved_bytes_of_many_assets_are_found_at_once(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let (approved, draft) = (packer.approved("A", "a").await, packer.bench.copy("B", "b").await);
    let approved = packer.bench.add_version(&approved, "a draft of a").await;
    let ids = [approved.id(), draft.id(), AssetId::new(Uuid::from_u128(5))];
    let mut found = packer.bench.repositories.ledger.blobs_of_approved(packer.bench.workspace, &ids).await.unwrap();
    found.sort_by_key(|(asset, _)| asset.id());
    let bytes: Vec<_> = found.into_iter().map(|(asset, blob)| (asset, blob.map(|blob| blob.fingerprint.digest))).collect();
    assert_eq!(bytes, [(approved, Some(Digest::of(b"a"))), (draft, None)]);
}

/// From any place on, and by any byte of the archive.
pub async fn what_is_pinned_comes_back_in_order_and_by_its_bytes(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let (one, two, three) = (packer.approved("A", "a").await, packer.approved("B", "b").await, packer.approved("C", "c").await);
    let export = packer.finished(1, &[&two, &one, &three]).await;
    let (workspace, id) = (export.workspace, export.id);
    let members = packer.exports().members(workspace, id, 0, 10).await.unwrap();
    assert_eq!(members.iter().map(|member| member.asset).collect::<Vec<_>>(), [two.id(), one.id(), three.id()]);
    assert_eq!(members[0], packer.member(0, &two).await);
    assert_eq!(packer.exports().members(workspace, id, 1, 1).await.unwrap(), members[1..2]);
    assert_eq!(packer.exports().members(workspace, id, 3, 1).await.unwrap(), []);
    for (byte, place) in [(0, 0), (99, 0), (100, 1), (250, 2), (9_999, 2)] {
        assert_eq!(packer.exports().member_at(workspace, id, byte).await.unwrap(), Some(place), "{byte}");
    }
}

/// Whatever happens to the asset later, it is said what was decided about the version, with the approval as it was attested.
pub async fn what_is_said_of_a_member_is_what_was_decided(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let export = packer.finished(1, &[&asset]).await;
    let later = packer.bench.add_version(&asset, "b").await;
    packer.bench.decide(&later, Transition::Submit).await;
    let exhibits = packer.exports().exhibits(export.workspace, export.id, 0, 10).await.unwrap();
    let [exhibit] = exhibits.as_slice() else { panic!("one member: {exhibits:?}") };
    assert_eq!(exhibit.version, asset.standing().unwrap().version);
    assert_eq!(exhibit.decisions.iter().map(|made| made.action).collect::<Vec<_>>(), [Transition::Submit, Transition::Approve]);
    assert_eq!(exhibit.approval().map(|made| made.revision), Some(asset.standing().unwrap().revision));
    let attested = packer.exports().attestations(export.workspace, export.id, 0, 10).await.unwrap();
    assert!(exhibit.is_signed && attested.len() == 1);
    assert!(attested[0].as_ref().is_some_and(|attestation| attestation.starts_with("ann approved version 1")));
}

/// Not before, and not if it is dropped; with all that is known of it.
pub async fn an_export_is_seen_once_it_is_finished(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let packed = packer.begun(1, &[&asset]).await;
    let id = packed.export.id;
    assert_eq!((packer.seen(id).await, packer.handed(&asset, None, 10).await), (None, vec![]));
    assert!(packer.exports().finish(&packed).await.unwrap());
    assert_eq!(packer.seen(id).await, Some(packed.export.clone()));
    packer.exports().abandon(packer.bench.workspace, id).await.unwrap();
    assert_eq!(packer.seen(id).await, Some(packed.export), "what is finished is not abandoned");

    let dropped = packer.begun(2, &[&asset]).await;
    packer.exports().abandon(packer.bench.workspace, dropped.export.id).await.unwrap();
    assert!(!packer.exports().finish(&dropped).await.unwrap());
    assert_eq!(packer.exports().members(packer.bench.workspace, dropped.export.id, 0, 10).await.unwrap(), []);
}

/// Whoever was taken back, approved anew or rolled back since the first look is not as it was pinned. What others do, and what is
/// only worked on, changes nothing.
pub async fn what_was_decided_on_meanwhile_is_not_finished(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let (asset, other) = (packer.approved("A", "a").await, packer.approved("B", "b").await);
    let packed = packer.begun(1, &[&asset]).await;
    packer.bench.decide(&other, Transition::Revoke).await;
    let worked_on = packer.bench.add_version(&asset, "next").await;
    assert!(packer.exports().finish(&packed).await.unwrap());
    for (number, action) in [(2, Transition::RequestChanges), (3, Transition::Revoke), (4, Transition::Archive)] {
        let asset = packer.approved("C", &format!("c {number}")).await;
        let packed = packer.begun(number, &[&asset]).await;
        packer.bench.decide(&asset, action).await;
        assert!(!packer.exports().finish(&packed).await.unwrap(), "{action:?}");
        assert_eq!(packer.seen(packed.export.id).await, None);
    }
    let packed = packer.begun(5, &[&worked_on]).await;
    packer.bench.submit_and_approve(&worked_on).await;
    assert!(!packer.exports().finish(&packed).await.unwrap(), "another version is approved");
}

/// What was taken for an orphan is not anybody's any more.
pub async fn nothing_is_finished_whose_files_are_to_go(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let packed = packer.begun(1, &[&asset]).await;
    assert!(packer.bench.repositories.ledger.retire_orphan(&packed.export.written[0].stored.key, packer.bench.now()).await.unwrap());
    assert!(!packer.exports().finish(&packed).await.unwrap());
}

/// The sweep leaves them alone until then; the record stays for longer, and goes as well.
pub async fn the_files_of_an_export_are_no_orphans_until_it_is_over(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let export = packer.finished(1, &[&asset]).await;
    let unfinished = packer.begun(2, &[&asset]).await.export.id;
    let key = &export.written[0].stored.key;
    let knows = async || !packer.bench.repositories.ledger.knows(std::slice::from_ref(key)).await.unwrap().is_empty();
    let expire = async |expired, unfinished, off_record| packer.exports().expire(expired, unfinished, off_record).await.unwrap();
    let (begun, over) = (export.created_at, export.expires_at + TimeDelta::seconds(1));
    assert_eq!((expire(begun, begun, begun).await, knows().await), (0, true));
    assert_eq!((expire(over, begun, begun).await, knows().await), (1, false));
    assert_eq!(packer.seen(export.id).await, Some(Export { written: vec![], ..export.clone() }));
    assert_eq!(expire(over, over, begun).await, 1, "what was never finished");
    assert_eq!(packer.exports().members(export.workspace, unfinished, 0, 10).await.unwrap(), []);
    assert_eq!(expire(over, over, over).await, 1);
    assert_eq!(packer.seen(export.id).await, None);
}

/// By their bytes, in this asset: the same bytes in another are nobody's concern here, nor are other bytes of the same.
pub async fn what_is_taken_back_marks_whatever_has_it(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let (asset, twin) = (packer.approved("A", "a").await, packer.approved("B", "a").await);
    let (first, of_twin) = (packer.finished(1, &[&asset]).await, packer.finished(2, &[&twin]).await);
    packer.released(11, &asset).await;
    let asset = packer.bench.submit_and_approve(&packer.bench.add_version(&asset, "second").await).await;
    let second = packer.finished(3, &[&twin, &asset]).await;
    packer.released(12, &asset).await;
    packer.bench.decide(&asset, Transition::Revoke).await;
    assert!(packer.is_recalled(&second).await);
    assert!(!packer.is_recalled(&first).await && !packer.is_recalled(&of_twin).await);
    let recalled: Vec<_> =
        packer.handed(&asset, None, 10).await.iter().map(|handed| (handed.way.id().as_u128(), handed.recalled_at.is_some())).collect();
    assert_eq!(recalled, [(12, true), (11, false), (3, true), (1, false)]);
}

/// Every version of it, and once: what is marked stays as it is.
pub async fn what_is_archived_marks_whatever_has_any_of_it(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let first = packer.finished(1, &[&asset]).await;
    packer.released(11, &asset).await;
    let asset = packer.bench.submit_and_approve(&packer.bench.add_version(&asset, "second").await).await;
    let archived = packer.bench.decide(&asset, Transition::Archive).await;
    let marked = packer.seen(first.id).await.unwrap().recalled_at;
    assert_eq!(marked, Some(archived.parts().updated_at));
    let restored = packer.bench.decide(&archived, Transition::Restore).await;
    packer.bench.decide(&restored, Transition::Archive).await;
    assert_eq!(packer.seen(first.id).await.unwrap().recalled_at, marked);
    assert!(packer.handed(&asset, None, 10).await.iter().all(|handed| handed.recalled_at == marked));
}

/// Page by page.
pub async fn exports_are_listed_from_the_newest(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    for number in 1..=3 {
        packer.finished(number, &[&asset]).await;
    }
    packer.begun(4, &[&asset]).await;
    let page = async |after: Option<u128>, limit| {
        let after = after.map(|after| ExportId::new(Uuid::from_u128(after)));
        let exports = packer.exports().exports(packer.bench.workspace, after, limit).await.unwrap();
        exports.iter().map(|export| export.id.as_uuid().as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2).await, [3, 2]);
    assert_eq!(page(Some(2), 2).await, [1]);
}

/// Whoever looked at it before must look again.
pub async fn nothing_is_handed_out_of_an_asset_that_moved(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let release = packer.release(1, &asset);
    packer.bench.decide(&asset, Transition::Revoke).await;
    assert!(!packer.record(&release, &asset).await);
    assert_eq!(packer.handed(&asset, None, 10).await, []);
}

/// Tickets and archives together, page by page.
pub async fn who_has_what_is_listed_from_the_newest(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let (asset, other) = (packer.approved("A", "a").await, packer.approved("B", "b").await);
    let release = packer.released(1, &asset).await;
    let export = packer.finished(2, &[&other, &asset]).await;
    packer.released(3, &asset).await;
    packer.released(4, &other).await;
    let ids = |handed: Vec<Handover>| handed.iter().map(|handed| handed.way.id().as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(packer.handed(&asset, None, 10).await), [3, 2, 1]);
    assert_eq!(ids(packer.handed(&asset, None, 2).await), [3, 2]);
    let rest = packer.handed(&asset, Some(Uuid::from_u128(3)), 10).await;
    let version = &asset.standing().unwrap().version;
    let archive = Handover {
        way: Way::Export { id: export.id },
        version: version.number,
        digest: version.content.digest,
        channel: export.asked.channel,
        market: None,
        by: export.by,
        at: export.created_at,
        expires_at: export.expires_at,
        recalled_at: None,
    };
    let Release { channel, market, by, at, expires_at, .. } = release.clone();
    let ticket = Handover { way: Way::Ticket { id: release.id }, channel: Some(channel), market, by, at, expires_at, ..archive.clone() };
    assert_eq!(rest, [archive, ticket]);
}

/// A page that is full of what is there ends where it should.
pub async fn what_is_not_finished_is_in_the_way_of_no_list(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    packer.finished(1, &[&asset]).await;
    packer.finished(2, &[&asset]).await;
    for number in 3..=6 {
        packer.begun(number, &[&asset]).await;
    }
    let ids: Vec<_> = packer.handed(&asset, None, 2).await.iter().map(|handed| handed.way.id().as_u128()).collect();
    assert_eq!(ids, [2, 1]);
}

/// An export is recalled as a whole; who has it is told what of it is.
pub async fn what_was_taken_back_of_others_is_not_said_of_all(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let (one, other) = (packer.approved("A", "a").await, packer.approved("B", "b").await);
    let export = packer.finished(1, &[&one, &other]).await;
    packer.bench.decide(&one, Transition::Revoke).await;
    assert!(packer.is_recalled(&export).await);
    let recalled = async |asset| packer.handed(asset, None, 1).await[0].recalled_at.is_some();
    assert!(recalled(&one).await && !recalled(&other).await);
}

/// Those that expired make room.
pub async fn a_workspace_has_so_many_exports_and_no_more(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let export = packer.finished(1, &[&asset]).await;
    let begin = async |number, at, most| {
        let id = ExportId::new(Uuid::from_u128(number));
        packer.exports().begin(packer.bench.workspace, id, at, most).await.unwrap()
    };
    assert!(!begin(2, packer.bench.now(), 1).await);
    assert!(begin(3, packer.bench.now(), 2).await);
    assert!(begin(4, export.expires_at, 1).await);
}

/// In the transaction that hands it out, and in no other.
pub async fn what_is_handed_out_is_one_event(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let before = packer.bench.event_count(packer.bench.workspace).await;
    let dropped = packer.begun(1, &[&asset]).await;
    packer.exports().abandon(packer.bench.workspace, dropped.export.id).await.unwrap();
    assert_eq!(packer.bench.event_count(packer.bench.workspace).await, before);
    let (export, release) = (packer.begun(2, &[&asset]).await, packer.release(3, &asset));
    assert!(packer.exports().finish(&export).await.unwrap());
    assert!(packer.record(&release, &asset).await);
    let late = packer.release(4, &asset);
    packer.bench.decide(&asset, Transition::Revoke).await;
    assert!(!packer.record(&late, &asset).await);
    let told: Vec<Event> =
        packer.bench.repositories.events.events(packer.bench.workspace).await.into_iter().map(|told| told.event).collect();
    assert_eq!(told.len(), before + 3);
    assert_eq!(told[before], export.event);
    assert_eq!(told[before + 1].subject, Event::released(export.event.id, &release).subject);
}

/// Nothing of it, by whatever name.
pub async fn another_tenant_sees_nothing(repositories: Repositories) {
    let packer = Packer::new(repositories).await;
    let asset = packer.approved("A", "a").await;
    let export = packer.finished(1, &[&asset]).await;
    packer.released(2, &asset).await;
    let other: WorkspaceId = packer.bench.add_workspace("other").await;
    let (exports, releases) = (packer.exports(), &packer.bench.repositories.releases);
    assert_eq!(exports.export(other, export.id).await.unwrap(), None);
    assert_eq!(exports.exports(other, None, 10).await.unwrap(), []);
    assert_eq!(exports.members(other, export.id, 0, 10).await.unwrap(), []);
    assert_eq!(exports.exhibits(other, export.id, 0, 10).await.unwrap(), []);
    assert_eq!(exports.member_at(other, export.id, 0).await.unwrap(), None);
    assert_eq!(releases.handovers(other, asset.id(), None, 10).await.unwrap(), []);
    assert_eq!(packer.bench.repositories.ledger.blobs_of_approved(other, &[asset.id()]).await.unwrap(), []);
    exports.abandon(other, export.id).await.unwrap();
    assert_eq!(packer.seen(export.id).await, Some(export));
}
