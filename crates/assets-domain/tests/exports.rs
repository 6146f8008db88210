//! Exports, over ports in memory: what is pinned, what leaves, and what is taken back.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::collections::BTreeSet;

use assets_domain::{
    AssetId, AssetType, AssetView, Call, CatalogError, Channel, DecisionRequest, Digest, Export, ExportStatus, Market, NamedBytes,
    NewExport, Principal, Selection, StatedTerms, Terms, Transition, Way, Withheld,
    archive::{Form, Layout},
    ports::{Blob, BlobLedger, Clock},
};
use assets_testkit::{TestWorld, fixtures};
use chrono::TimeDelta;
use futures_util::TryStreamExt;

fn of(ids: impl IntoIterator<Item = AssetId>) -> NewExport {
    NewExport { selection: Selection::Named(ids.into_iter().collect()), channel: None, market: None, expires_in: None }
}

fn channel(name: &str) -> Channel {
    Channel::parse(name).unwrap()
}

struct Studio {
    world: TestWorld,
    writer: Principal,
    ann: Principal,
    shop: Principal,
}

impl Studio {
    fn new() -> Self {
        let world = TestWorld::new();
        Self { writer: world.agent("writer"), ann: world.person("ann"), shop: world.service("shop"), world }
    }

    async fn draft(&self, title: &str, text: &'static str) -> AssetView {
        self.world.create(&self.writer, fixtures::new_asset(AssetType::Copy, title), text).await
    }

    async fn approved(&self, title: &str, text: &'static str) -> AssetView {
        let draft = self.draft(title, text).await;
        self.world.submit_and_approve(&draft, &self.ann).await
    }

    async fn approved_on(&self, terms: StatedTerms) -> AssetView {
        let draft = self.draft("Limited", "limited").await;
        let call = Call::by(self.ann.clone());
        self.world.catalog.submit(&call, draft.id, NamedBytes::default(), None).await.unwrap();
        let terms = Terms::new(terms).unwrap();
        let request = DecisionRequest { terms, ..DecisionRequest::of(Transition::Approve, NamedBytes::default(), None) };
        self.world.catalog.decide(&call, draft.id, request).await.unwrap()
    }

    async fn export(&self, new: NewExport) -> Export {
        self.world.catalog.create_export(&self.ann, &new, None).await.unwrap()
    }

    async fn blob(&self, digest: &Digest) -> Blob {
        self.world.assets.blob(self.world.workspace, digest).await.unwrap().unwrap()
    }

    async fn decide(&self, id: AssetId, action: Transition) {
        let request = DecisionRequest::of(action, NamedBytes::default(), Some(fixtures::comment("because")));
        self.world.catalog.decide(&Call::by(self.ann.clone()), id, request).await.unwrap();
    }

    async fn bytes(&self, export: &Export, range: std::ops::Range<u64>) -> Vec<u8> {
        let archive = self.world.catalog.download(&self.ann, export.id).await.unwrap();
        let pieces: Vec<_> = self.world.catalog.read_archive(&archive, range).await.unwrap().try_collect().await.unwrap();
        pieces.concat()
    }
}

fn reasons(export: &Export) -> Vec<Withheld> {
    export.left_out.first.iter().map(|(_, reason)| *reason).collect()
}

#[tokio::test]
async fn an_archive_has_the_length_that_was_said_and_the_bytes_that_were_approved() {
    let studio = Studio::new();
    let (hero, blog) = (studio.approved("Spring hero", "one").await, studio.approved("Blog", "two").await);
    let export = studio.export(of([hero.id, blog.id])).await;
    let all = studio.bytes(&export, 0..export.size_bytes).await;
    assert_eq!((u64::try_from(all.len()).unwrap(), export.count, export.left_out.count), (export.size_bytes, 2, 0));
    assert!(all.starts_with(b"PK\x03\x04") && all.windows(3).any(|bytes| bytes == b"one"));
    assert_eq!(studio.bytes(&export, 0..export.size_bytes).await, all, "twice the same");
}

#[tokio::test]
async fn any_range_is_that_part_of_the_whole() {
    let studio = Studio::new();
    let mut ids = Vec::new();
    for number in 0..450 {
        ids.push(studio.approved(&format!("Number {number}"), "all the same bytes").await.id);
    }
    let export = studio.export(of(ids)).await;
    let all = studio.bytes(&export, 0..export.size_bytes).await;
    let mut place = 7_u64;
    for _ in 0..300 {
        place = place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let start = (place >> 20) % export.size_bytes;
        let end = (start + 1 + (place >> 50)).min(export.size_bytes);
        let cut = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
        assert_eq!(studio.bytes(&export, start..end).await, all[cut], "{start}..{end}");
    }
}

#[tokio::test]
async fn what_is_not_approved_is_left_out_and_the_reason_said() {
    let studio = Studio::new();
    let (approved, draft, archived) = (studio.approved("A", "a").await, studio.draft("B", "b").await, studio.approved("C", "c").await);
    studio.decide(archived.id, Transition::Archive).await;
    let nobody = AssetId::new(uuid::Uuid::max());
    let wanted = of([approved.id, draft.id, archived.id, nobody, approved.id]);
    let export = studio.export(wanted.clone()).await;
    assert_eq!((export.count, reasons(&export)), (1, vec![Withheld::NotApproved, Withheld::Archived, Withheld::NotFound]));
    let seen = studio.world.catalog.create_export(&studio.shop, &wanted, None).await.unwrap();
    assert_eq!(reasons(&seen), [Withheld::NotFound; 3], "a publisher learns nothing of what it cannot see");
}

#[tokio::test]
async fn an_approval_leaves_only_for_what_it_is_good_for_and_no_longer() {
    let studio = Studio::new();
    let now = studio.world.clock.now();
    let until = now + TimeDelta::hours(1);
    let limited = studio
        .approved_on(StatedTerms { valid_until: Some(until), channels: BTreeSet::from([channel("linkedin")]), ..StatedTerms::default() })
        .await;
    assert_eq!(reasons(&studio.export(of([limited.id])).await), [Withheld::ChannelNotAllowed]);
    let export = studio.export(NewExport { channel: Some(channel("linkedin")), ..of([limited.id]) }).await;
    assert_eq!((export.count, export.expires_at), (1, until), "it cannot be downloaded when the approval is over");
    studio.world.clock.advance(TimeDelta::hours(2));
    assert_eq!(export.status(studio.world.clock.now()), ExportStatus::Expired);
    assert!(matches!(studio.world.catalog.download(&studio.ann, export.id).await, Err(CatalogError::ExportExpired)));
    let late = studio.export(NewExport { channel: Some(channel("linkedin")), ..of([limited.id]) }).await;
    assert_eq!(reasons(&late), [Withheld::Expired]);
}

#[tokio::test]
async fn what_is_taken_back_ends_every_archive_that_has_it() {
    for action in [Transition::Revoke, Transition::RequestChanges, Transition::Archive] {
        let studio = Studio::new();
        let (one, other) = (studio.approved("A", "a").await, studio.approved("B", "b").await);
        let (both, without) = (studio.export(of([one.id, other.id])).await, studio.export(of([other.id])).await);
        studio.decide(one.id, action).await;
        assert!(matches!(studio.world.catalog.download(&studio.ann, both.id).await, Err(CatalogError::ExportRecalled)), "{action:?}");
        assert!(studio.world.catalog.download(&studio.ann, without.id).await.is_ok(), "{action:?}");
    }
}

#[tokio::test]
async fn what_is_taken_back_on_the_way_never_arrives_whole() {
    for count in [1, 450] {
        let studio = Studio::new();
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(studio.approved(&format!("Number {number}"), "words").await.id);
        }
        let export = studio.export(of(ids.clone())).await;
        let archive = studio.world.catalog.download(&studio.ann, export.id).await.unwrap();
        let mut bytes = studio.world.catalog.read_archive(&archive, 0..export.size_bytes).await.unwrap();
        assert!(bytes.try_next().await.unwrap().is_some());
        studio.decide(ids[0], Transition::Revoke).await;
        assert!(bytes.try_collect::<Vec<_>>().await.is_err(), "{count} members");
    }
}

#[tokio::test]
async fn what_is_superseded_is_not_taken_back_until_its_bytes_are() {
    let studio = Studio::new();
    let asset = studio.approved("A", "first").await;
    let export = studio.export(of([asset.id])).await;
    let call = Call::by(studio.writer.clone());
    let text = studio.world.ingest(&studio.writer, AssetType::Copy, "second").await;
    let next = studio.world.catalog.add_version(&call, asset.id, Default::default(), text).await.unwrap();
    studio.world.submit_and_approve(&next, &studio.ann).await;
    studio.decide(asset.id, Transition::Revoke).await;
    assert!(studio.world.catalog.download(&studio.ann, export.id).await.is_ok(), "nobody took the first bytes back");
    studio.decide(asset.id, Transition::Archive).await;
    assert!(studio.world.catalog.download(&studio.ann, export.id).await.is_err());
}

#[tokio::test]
async fn an_export_by_filters_takes_what_is_approved_as_it_was_approved() {
    let studio = Studio::new();
    studio.approved("Spring hero", "a").await;
    studio.draft("Spring draft", "b").await;
    let selection = Selection::Matching { filter: Box::default(), stated: vec![("type".to_owned(), "copy".to_owned())] };
    let export = studio.export(NewExport { selection, ..of([]) }).await;
    assert_eq!((export.count, export.left_out.count), (1, 0));
    assert_eq!(export.asked.filters, [("type".to_owned(), "copy".to_owned())]);
}

#[tokio::test]
async fn a_damaged_member_ends_the_download_before_it_looks_complete() {
    let studio = Studio::new();
    let asset = studio.approved("A", "a text that is damaged later").await;
    let export = studio.export(of([asset.id])).await;
    let digest = asset.latest.content.digest;
    let blob = studio.blob(&digest).await;
    studio.world.blobs.plant(&blob.key, "a text that is DAMAGED later");
    let archive = studio.world.catalog.download(&studio.ann, export.id).await.unwrap();
    let read = studio.world.catalog.read_archive(&archive, 0..export.size_bytes).await.unwrap();
    assert!(read.try_collect::<Vec<_>>().await.is_err());
}

#[tokio::test]
async fn the_files_of_an_export_are_swept_when_it_is_over_and_not_before() {
    let studio = Studio::new();
    let asset = studio.approved("A", "a").await;
    let export = studio.export(of([asset.id])).await;
    let sweep = async || {
        for _ in 0..3 {
            studio.world.clock.advance(TimeDelta::hours(30));
            studio.world.housekeeper.gc(TimeDelta::hours(1)).await.unwrap();
        }
    };
    sweep().await;
    assert_eq!(studio.bytes(&export, 0..export.size_bytes).await.len(), usize::try_from(export.size_bytes).unwrap());
    studio.world.clock.advance(Export::LIFE);
    sweep().await;
    assert_eq!(studio.world.blobs.keys().len(), 1, "only the approved bytes are left");
    assert!(studio.world.catalog.export(&studio.ann, export.id).await.is_ok(), "that it was stays on record");
    studio.world.clock.advance(Export::ON_RECORD);
    sweep().await;
    assert!(matches!(studio.world.catalog.export(&studio.ann, export.id).await, Err(CatalogError::NotFound)));
}

#[tokio::test]
async fn the_gate_gives_out_what_is_approved_and_says_every_reason_why_not() {
    let studio = Studio::new();
    let catalog = &studio.world.catalog;
    let asset = studio.approved("A", "a").await;
    let released = catalog.release(&studio.shop, asset.id, &channel("email"), None, None).await.unwrap();
    assert_eq!((released.version.number.get(), released.release.digest), (1, asset.latest.content.digest));
    assert_eq!(released.release.expires_at - released.release.at, TimeDelta::minutes(15));

    let limited = StatedTerms {
        channels: BTreeSet::from([channel("linkedin")]),
        markets: BTreeSet::from([Market::parse("DE").unwrap()]),
        ..StatedTerms::default()
    };
    let limited = studio.approved_on(limited).await;
    match catalog.release(&studio.shop, limited.id, &channel("email"), None, None).await {
        Err(CatalogError::NotReleased { reasons }) => assert_eq!(reasons, [Withheld::ChannelNotAllowed, Withheld::MarketNotAllowed]),
        other => panic!("{other:?}"),
    }
    let draft = studio.draft("B", "b").await;
    let asked = catalog.release(&studio.ann, draft.id, &channel("email"), None, None).await;
    assert!(matches!(asked, Err(CatalogError::NotReleased { reasons }) if reasons == [Withheld::NotApproved]));
    assert!(matches!(catalog.release(&studio.shop, draft.id, &channel("email"), None, None).await, Err(CatalogError::NotFound)));
}

#[tokio::test]
async fn who_has_bytes_that_are_taken_back_can_be_seen() {
    let studio = Studio::new();
    let catalog = &studio.world.catalog;
    let asset = studio.approved("A", "a").await;
    catalog.release(&studio.shop, asset.id, &channel("email"), None, None).await.unwrap();
    studio.export(of([asset.id])).await;
    let handed = async || catalog.handovers(&studio.ann, asset.id, None, 10).await.unwrap();
    assert_eq!(handed().await.iter().map(|handed| handed.recalled_at.is_some()).collect::<Vec<_>>(), [false, false]);
    studio.decide(asset.id, Transition::Revoke).await;
    let handed = handed().await;
    assert!(matches!((&handed[0].way, &handed[1].way), (Way::Export { .. }, Way::Ticket { .. })), "newest first");
    assert!(handed.iter().all(|handed| handed.recalled_at.is_some()));
    assert_eq!(handed[1].by.name.as_str(), "shop");
}

#[tokio::test]
async fn approving_again_on_other_terms_is_refused_and_without_any_changes_nothing() {
    let studio = Studio::new();
    let limited = studio.approved_on(StatedTerms { channels: BTreeSet::from([channel("linkedin")]), ..StatedTerms::default() }).await;
    let call = Call::by(studio.ann.clone());
    let approve = async |channels: &[&str]| {
        let channels = channels.iter().map(|name| channel(name)).collect();
        let terms = Terms::new(StatedTerms { channels, ..StatedTerms::default() }).unwrap();
        let request = DecisionRequest { terms, ..DecisionRequest::of(Transition::Approve, NamedBytes::default(), None) };
        studio.world.catalog.decide(&call, limited.id, request).await
    };
    assert_eq!(approve(&[]).await.unwrap().revision, limited.revision);
    assert_eq!(approve(&["linkedin"]).await.unwrap().revision, limited.revision);
    assert!(matches!(approve(&["email"]).await, Err(CatalogError::Refused(assets_domain::Refusal::OtherTerms))));
}

#[tokio::test]
async fn the_whole_is_where_the_layout_says() {
    let studio = Studio::new();
    let asset = studio.approved("Größe für alle", "a").await;
    let export = studio.export(of([asset.id])).await;
    let all = studio.bytes(&export, 0..export.size_bytes).await;
    let mut layout = Layout::of(Form::at(export.created_at));
    let name = format!("copy/größe-für-alle-{}.txt", &asset.id.as_uuid().simple().to_string()[24..]);
    let crc32 = studio.blob(&Digest::of(b"a")).await.fingerprint.crc32;
    let entry = assets_domain::archive::Entry { name, size_bytes: 1, crc32 };
    assert_eq!(layout.place(&entry), 0);
    for written in export.written.iter().filter_map(|written| Some((written.offset, written.entry()?))) {
        assert_eq!(layout.place(&written.1), written.0);
    }
    assert!(all.starts_with(&Form::at(export.created_at).opening(&entry)));
    assert!(all.ends_with(&layout.closing()));
}
