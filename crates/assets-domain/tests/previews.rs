//! What is shown to those who have a link: made once, kept, made again when it has to be.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering},
};

use assets_domain::{
    AssetType, AssetView, Call, Catalog, CatalogError, Comment, LinkTarget, NamedBytes, Ports, Showable, Variant,
    ports::{BlobStore, Breakage, Foresight, RandomRead, RenderOrder, Renderer, Rendering, RenditionId, Shortfall, Tool},
};
use assets_testkit::{PlainRenderer, TestWorld, fixtures};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::{TryStreamExt, future::join_all};

/// Falls short as it is told, and counts what it is asked.
#[derive(Default)]
struct Artist {
    plain: PlainRenderer,
    edition: AtomicI32,
    has_tools: AtomicBool,
    shortfall: Mutex<Option<Shortfall>>,
    forgets_what_was_wanted: AtomicBool,
    at_once: AtomicU32,
    most_at_once: AtomicU32,
}

#[async_trait]
impl Renderer for Artist {
    fn edition(&self) -> i32 {
        self.edition.load(Ordering::Relaxed)
    }

    fn has(&self, _tool: Tool) -> bool {
        self.has_tools.load(Ordering::Relaxed)
    }

    async fn render(&self, order: RenderOrder, content: &dyn RandomRead) -> Result<Vec<Rendering>, Breakage> {
        let at_once = self.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::Relaxed);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let made = self.plain.render(order, content).await;
        self.at_once.fetch_sub(1, Ordering::Relaxed);
        let shortfall = *self.shortfall.lock().unwrap();
        let mut made: Vec<_> = made?.into_iter().map(|rendering| Rendering { shortfall, ..rendering }).collect();
        if self.forgets_what_was_wanted.load(Ordering::Relaxed) {
            made.retain(|rendering| rendering.variant != order.variant);
        }
        Ok(made)
    }

    async fn nothing(&self, variant: Variant) -> Result<Bytes, Breakage> {
        self.plain.nothing(variant).await
    }
}

struct Stage {
    world: TestWorld,
    artist: Arc<Artist>,
    catalog: Catalog,
    asset: AssetView,
}

impl Stage {
    async fn set() -> Self {
        let world = TestWorld::new();
        let artist = Arc::new(Artist::default());
        let catalog = world.catalog_over(|ports| Ports { renderer: artist.clone(), ..ports });
        let asset = world.create_copy(&world.agent("writer"), "spring").await;
        Self { world, artist, catalog, asset }
    }

    fn target(&self) -> LinkTarget {
        let AssetView { id, latest, link_epoch, .. } = &self.asset;
        LinkTarget { workspace: self.world.workspace, asset: *id, version: latest.number, epoch: *link_epoch }
    }

    async fn showable(&self) -> Showable {
        self.catalog.follow(&self.target()).await.unwrap()
    }

    async fn text(&self, variant: Variant) -> String {
        let shown = self.catalog.variant(&self.showable().await, variant).await.unwrap();
        let pieces: Vec<Bytes> = self.catalog.deliver(&shown.source).await.unwrap().try_collect().await.unwrap();
        String::from_utf8(pieces.concat()).unwrap()
    }

    fn orders(&self) -> u32 {
        self.artist.plain.orders()
    }
}

#[tokio::test]
async fn a_variant_is_made_once_and_the_pictures_together() {
    let stage = Stage::set().await;
    assert_eq!(stage.text(Variant::Small).await, "small of 6 bytes");
    assert_eq!(stage.text(Variant::Thumbnail).await, "thumbnail of 6 bytes");
    assert_eq!(stage.text(Variant::Small).await, "small of 6 bytes");
    assert_eq!(stage.orders(), 1);
    assert_eq!(stage.text(Variant::Page).await, "page of 6 bytes");
    assert_eq!(stage.orders(), 2);
    assert_eq!(stage.text(Variant::Original).await, "spring");
    assert_eq!(stage.orders(), 2);
}

#[tokio::test]
async fn a_variant_has_a_name_and_a_kind_of_its_own() {
    let stage = Stage::set().await;
    let shown = stage.catalog.variant(&stage.showable().await, Variant::Thumbnail).await.unwrap();
    assert_eq!(shown.source.content.filename.as_str(), "copy-thumbnail.webp");
    assert_eq!(shown.source.content.media_type.as_str(), "image/webp");
    assert_eq!(shown.shortfall, None);
}

#[tokio::test]
async fn many_who_ask_at_once_have_it_made_once() {
    let stage = Stage::set().await;
    let texts = join_all((0..50).map(|_| stage.text(Variant::Large))).await;
    assert!(texts.iter().all(|text| text == "large of 6 bytes"));
    assert_eq!((stage.orders(), stage.artist.most_at_once.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn the_same_bytes_in_another_asset_are_not_made_again() {
    let stage = Stage::set().await;
    stage.text(Variant::Thumbnail).await;
    let asset = stage.world.create_copy(&stage.world.agent("other"), "spring").await;
    let twin = Stage { asset, ..stage };
    assert_eq!(twin.text(Variant::Thumbnail).await, "thumbnail of 6 bytes");
    assert_eq!(twin.orders(), 1);
}

#[tokio::test]
async fn another_edition_makes_it_anew() {
    let stage = Stage::set().await;
    stage.text(Variant::Page).await;
    stage.artist.edition.store(2, Ordering::Relaxed);
    for _ in 0..2 {
        stage.text(Variant::Page).await;
    }
    assert_eq!(stage.orders(), 2);
}

#[tokio::test]
async fn a_placeholder_for_want_of_a_program_goes_when_the_program_comes() {
    let stage = Stage::set().await;
    let needs = Shortfall::Needs(Tool::Ffmpeg);
    *stage.artist.shortfall.lock().unwrap() = Some(needs);
    for _ in 0..2 {
        let shown = stage.catalog.variant(&stage.showable().await, Variant::Large).await.unwrap();
        assert_eq!(shown.shortfall, Some(needs));
    }
    assert_eq!(stage.orders(), 1);
    stage.artist.has_tools.store(true, Ordering::Relaxed);
    *stage.artist.shortfall.lock().unwrap() = None;
    let shown = stage.catalog.variant(&stage.showable().await, Variant::Large).await.unwrap();
    assert_eq!((shown.shortfall, stage.orders()), (None, 2));
}

#[tokio::test]
async fn what_came_to_nothing_is_tried_again_later_and_what_is_too_large_is_not() {
    for (shortfall, orders_later) in [(Shortfall::TooSlow, 2), (Shortfall::Unreadable, 2), (Shortfall::TooLarge, 1)] {
        let stage = Stage::set().await;
        *stage.artist.shortfall.lock().unwrap() = Some(shortfall);
        for _ in 0..3 {
            stage.text(Variant::Large).await;
        }
        assert_eq!(stage.orders(), 1, "{shortfall}");
        stage.world.clock.advance(TimeDelta::minutes(61));
        stage.text(Variant::Large).await;
        assert_eq!(stage.orders(), orders_later, "{shortfall}");
    }
}

#[tokio::test]
async fn what_is_damaged_is_forgotten_and_made_again_but_never_the_original() {
    let stage = Stage::set().await;
    stage.text(Variant::Page).await;
    let showable = stage.showable().await;
    assert!(stage.catalog.forget_variant(&showable, Variant::Page).await.unwrap());
    assert!(!stage.catalog.forget_variant(&showable, Variant::Original).await.unwrap());
    assert_eq!(stage.text(Variant::Page).await, "page of 6 bytes");
    assert_eq!(stage.orders(), 2);
}

#[tokio::test]
async fn a_renderer_that_does_not_make_what_was_wanted_is_a_fault() {
    let stage = Stage::set().await;
    stage.artist.forgets_what_was_wanted.store(true, Ordering::Relaxed);
    let refused = stage.catalog.variant(&stage.showable().await, Variant::Page).await.unwrap_err();
    assert!(matches!(refused, CatalogError::Breakage(Breakage::Failed(_))), "{refused:?}");
}

#[tokio::test]
async fn what_shows_bytes_goes_with_them_and_its_file_is_swept() {
    let Stage { world, catalog, asset, artist } = Stage::set().await;
    let stage = Stage { world, catalog, asset, artist };
    stage.text(Variant::Thumbnail).await;
    let files = async || stage.world.blobs.list().await.unwrap().try_collect::<Vec<_>>().await.unwrap().len();
    assert_eq!(files().await, 4);
    let call = Call::by(stage.world.agent("writer"));
    stage.catalog.delete(&call, stage.asset.id).await.unwrap();
    for _ in 0..3 {
        stage.world.clock.advance(TimeDelta::hours(25));
        stage.world.housekeeper.gc(TimeDelta::hours(24)).await.unwrap();
    }
    assert_eq!(files().await, 0);
}

#[tokio::test]
async fn only_what_stands_approved_is_shown_without_end() {
    let stage = Stage::set().await;
    let (catalog, workspace, id) = (&stage.catalog, stage.world.workspace, stage.asset.id);
    let ann = stage.world.person("ann");
    assert!(catalog.standing(workspace, id).await.unwrap().is_none());
    stage.world.submit_and_approve(&stage.asset, &ann).await;
    let standing = catalog.standing(workspace, id).await.unwrap().unwrap();
    assert_eq!((standing.target.version.get(), standing.asset_type), (1, AssetType::Copy));

    let text = stage.world.ingest(&stage.world.agent("writer"), AssetType::Copy, "summer").await;
    let call = Call::by(stage.world.agent("writer"));
    catalog.add_version(&call, id, Default::default(), text).await.unwrap();
    assert_eq!(catalog.standing(workspace, id).await.unwrap().unwrap().target.version.get(), 1);

    let because = Comment::parse("because").unwrap();
    catalog.revoke(&Call::by(ann), id, NamedBytes::default(), because).await.unwrap();
    assert!(catalog.standing(workspace, id).await.unwrap().is_none());
    let elsewhere = assets_domain::WorkspaceId::new(uuid::Uuid::from_u128(77));
    assert!(catalog.standing(elsewhere, id).await.unwrap().is_none());
}

/// Takes note of what it hears.
#[derive(Default)]
struct Notes(Mutex<Vec<RenditionId>>);

impl Foresight for Notes {
    fn expect(&self, wanted: RenditionId) {
        self.0.lock().unwrap().push(wanted);
    }
}

#[tokio::test]
async fn whatever_comes_in_will_be_looked_at() {
    let (world, notes) = (TestWorld::new(), Arc::new(Notes::default()));
    let catalog = world.catalog_over(|ports| Ports { foresight: notes.clone(), ..ports });
    let (writer, ann) = (world.agent("writer"), Call::by(world.person("ann")));
    let call = Call::by(writer.clone());
    let first = world.ingest(&writer, AssetType::Copy, "spring").await;
    let asset = catalog.create(&call, fixtures::new_asset(AssetType::Copy, "Spring"), first).await.unwrap();
    let second = world.ingest(&writer, AssetType::Copy, "summer").await;
    let asset = catalog.add_version(&call, asset.id, Default::default(), second).await.unwrap();
    catalog.submit(&ann, asset.id, NamedBytes::default(), None).await.unwrap();
    let noted = notes.0.lock().unwrap().clone();
    assert_eq!(noted.len(), 2);
    assert_eq!(noted[1].digest, asset.latest.content.digest);
    for wanted in noted {
        catalog.prepare(wanted).await.unwrap();
    }
    let gone = RenditionId { digest: assets_domain::Digest::of(b"gone"), ..notes.0.lock().unwrap()[0] };
    catalog.prepare(gone).await.unwrap();
}

#[tokio::test]
async fn content_that_cannot_be_read_is_no_placeholder() {
    let stage = Stage::set().await;
    let showable = stage.showable().await;
    let files: Vec<_> = stage.world.blobs.list().await.unwrap().try_collect().await.unwrap();
    stage.world.blobs.delete(&files[0].key).await.unwrap();
    let refused = stage.catalog.variant(&showable, Variant::Page).await.unwrap_err();
    assert!(matches!(refused, CatalogError::Breakage(_)), "{refused:?}");
}
