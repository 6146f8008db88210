//! Changes that are asked for, point by point: they stay open until a version answers them or a person no longer asks.

use assets_domain::{
    Anchor, AnchorError, Answer, AssetType, AssetView, Call, CatalogError, ChangeItem, ChangeRequest, ChangeText, Content, DecisionRequest,
    Denied, Facts, ItemId, ItemState, NamedBytes, NewRemark, NewVersion, PathItem, Principal, Refusal, Scope, Severity, Status, Transition,
};
use assets_testkit::fixtures::{comment, said};
use proptest::prelude::*;
use uuid::Uuid;

use crate::cast;
use crate::story::{self, Story, naming, refusal, status_of};

type Outcome = Result<AssetView, CatalogError>;

fn item(number: u128, severity: Severity) -> ChangeItem {
    ChangeItem { id: ItemId::new(Uuid::from_u128(number)), anchor: None, severity, text: said(&format!("point {number}")) }
}

fn answer(number: u128) -> Answer {
    Answer { item_id: ItemId::new(Uuid::from_u128(number)), text: said("done") }
}

async fn sends_back(story: &Story, items: Vec<ChangeItem>) -> Outcome {
    let request =
        DecisionRequest { items, ..DecisionRequest::of(Transition::RequestChanges, NamedBytes::default(), Some(comment("not yet"))) };
    story.world.catalog.decide(&Call::by(story.ann.clone()), story.id, request).await
}

async fn dismisses(story: &Story, by: &Principal, numbers: &[u128]) -> Outcome {
    let dismissed: Vec<_> = numbers.iter().map(|number| ItemId::new(Uuid::from_u128(*number))).collect();
    let request = DecisionRequest {
        dismissed: Some(dismissed).filter(|dismissed| !dismissed.is_empty()),
        ..DecisionRequest::of(Transition::Dismiss, NamedBytes::default(), None)
    };
    story.world.catalog.decide(&Call::by(by.clone()), story.id, request).await
}

async fn answers(story: &Story, text: &'static str, numbers: &[u128]) -> Outcome {
    let content = story.world.ingest(&story.maker, AssetType::Copy, text).await;
    let new = NewVersion { answers: numbers.iter().map(|number| answer(*number)).collect(), ..NewVersion::default() };
    story.world.catalog.add_version(&Call::by(story.maker.clone()), story.id, new, content).await
}

/// A draft of the maker that Ann sent back with two points that block and a suggestion.
async fn sent_back() -> Story {
    let story = Story::new().await;
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let items = vec![item(1, Severity::Blocking), item(2, Severity::Suggestion), item(3, Severity::Blocking)];
    sends_back(&story, items).await.unwrap();
    story
}

async fn blocking(story: &Story) -> Vec<u128> {
    match refusal(story.asks(&story.maker, Transition::Submit).await) {
        Refusal::ChangesOpen { items, legal_actions } => {
            assert!(!legal_actions.contains(&Transition::Submit.into()), "what is refused is not legal");
            items.iter().map(|item| item.id.as_uuid().as_u128()).collect()
        }
        other => panic!("refused for something else: {other:?}"),
    }
}

async fn requests(story: &Story) -> Vec<ChangeRequest> {
    story.world.catalog.change_requests(&story.maker, story.id).await.unwrap()
}

/// The fields that were refused.
fn wrong(outcome: Outcome) -> Vec<PathItem> {
    match outcome {
        Err(CatalogError::Invalid(errors)) => errors[0].path.clone(),
        other => panic!("not invalid: {other:?}"),
    }
}

#[tokio::test]
async fn a_draft_is_not_submitted_while_a_point_that_blocks_is_open() {
    let story = sent_back().await;
    assert_eq!(blocking(&story).await, [1, 3]);
    answers(&story, "two", &[3]).await.unwrap();
    assert_eq!(blocking(&story).await, [1]);
    answers(&story, "three", &[1]).await.unwrap();
    assert_eq!(status_of(story.asks(&story.maker, Transition::Submit).await), Status::PendingReview, "a suggestion does not block");
}

#[tokio::test]
async fn everybody_sees_what_became_of_each_point() {
    let story = sent_back().await;
    let answered = answers(&story, "two", &[1]).await.unwrap();
    dismisses(&story, &story.bob, &[3]).await.unwrap();
    let requests = requests(&story).await;
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(request.is_open && request.decision.comment == Some(comment("not yet")));
    let states: Vec<_> = request.items.iter().map(|(_, state)| state.clone()).collect();
    let [ItemState::Answered { version, text, by, .. }, ItemState::Open, ItemState::Dismissed { by: dismisser, comment: None, .. }] =
        states.as_slice()
    else {
        panic!("{states:?}")
    };
    assert_eq!((*version, text, by), (answered.latest.number, &said("done"), &story.maker.actor));
    assert_eq!(dismisser, &story.bob.actor);
}

#[tokio::test]
async fn a_request_without_points_is_open_until_a_version_comes() {
    let story = Story::new().await;
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    sends_back(&story, Vec::new()).await.unwrap();
    assert!(requests(&story).await[0].is_open);
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    assert!(!requests(&story).await[0].is_open, "who submits it again as it is has answered, too");
    sends_back(&story, Vec::new()).await.unwrap();
    story.adds(&story.maker, "two").await.unwrap();
    assert!(requests(&story).await.iter().all(|request| !request.is_open), "and so has who adds a version");
    assert_eq!(status_of(story.asks(&story.maker, Transition::Submit).await), Status::PendingReview);
}

#[tokio::test]
async fn what_is_not_open_cannot_be_answered() {
    let story = sent_back().await;
    let place = |place| vec![PathItem::Field("answers"), PathItem::Index(place), PathItem::Field("item_id")];
    assert_eq!(wrong(answers(&story, "two", &[1, 9]).await), place(1));
    assert_eq!(wrong(answers(&story, "two", &[1, 3, 1]).await), place(2), "each is answered once");
    answers(&story, "two", &[1]).await.unwrap();
    assert_eq!(wrong(answers(&story, "three", &[1]).await), place(0), "what is settled stays settled");
    assert_eq!(story.history().await.versions.len(), 2, "a refused version leaves nothing behind");
}

#[tokio::test]
async fn a_rollback_may_answer() {
    let story = sent_back().await;
    let call = Call::by(story.maker.clone());
    let unknown = story.world.catalog.rollback(&call, story.id, story::number(1), None, vec![answer(9)]).await;
    assert_eq!(wrong(unknown)[0], PathItem::Field("answers"));
    story.world.catalog.rollback(&call, story.id, story::number(1), None, vec![answer(1), answer(3)]).await.unwrap();
    assert_eq!(status_of(story.asks(&story.maker, Transition::Submit).await), Status::PendingReview);
}

#[tokio::test]
async fn a_person_dismisses_some_points_or_all_of_them() {
    let story = sent_back().await;
    let refused = dismisses(&story, &story.maker, &[1]).await;
    assert!(matches!(refused, Err(CatalogError::Denied(Denied::HumanRequired))), "{refused:?}");
    assert_eq!(wrong(dismisses(&story, &story.bob, &[1, 9]).await), [PathItem::Field("item_ids"), PathItem::Index(1)]);
    dismisses(&story, &story.bob, &[1]).await.unwrap();
    assert_eq!(blocking(&story).await, [3]);
    assert_eq!(dismisses(&story, &story.bob, &[]).await.unwrap().status, Status::Draft);
    assert_eq!(status_of(story.asks(&story.maker, Transition::Submit).await), Status::PendingReview);
    let over = refusal(dismisses(&story, &story.bob, &[]).await);
    assert!(matches!(over, Refusal::IllegalTransition { .. }), "nothing is open any more: {over:?}");
}

#[tokio::test]
async fn points_outlive_new_versions_and_the_archive() {
    let story = sent_back().await;
    story.adds(&story.maker, "two").await.unwrap();
    story.asks(&story.maker, Transition::Archive).await.unwrap();
    story.asks(&story.maker, Transition::Restore).await.unwrap();
    assert_eq!(blocking(&story).await, [1, 3]);
}

#[tokio::test]
async fn points_belong_to_a_request_for_changes_alone() {
    let story = sent_back().await;
    let by = Call::by(story.ann.clone());
    let of = |action| DecisionRequest::of(action, NamedBytes::default(), Some(comment("because")));
    let with_items = DecisionRequest { items: vec![item(7, Severity::Blocking)], ..of(Transition::Archive) };
    assert_eq!(wrong(story.world.catalog.decide(&by, story.id, with_items).await), [PathItem::Field("items")]);
    let with_ids = DecisionRequest { dismissed: Some(vec![item(1, Severity::Blocking).id]), ..of(Transition::Archive) };
    assert_eq!(wrong(story.world.catalog.decide(&by, story.id, with_ids).await), [PathItem::Field("item_ids")]);
}

#[tokio::test]
async fn at_most_a_hundred_points_are_open() {
    let story = Story::new().await;
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let many = |count| (1..=count).map(|number| item(number, Severity::Suggestion)).collect::<Vec<_>>();
    assert_eq!(wrong(sends_back(&story, many(101)).await), [PathItem::Field("items")]);
    sends_back(&story, many(100)).await.unwrap();
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    assert_eq!(wrong(sends_back(&story, vec![item(200, Severity::Suggestion)]).await), [PathItem::Field("items")]);
}

#[tokio::test]
async fn a_point_is_at_a_place_of_the_content() {
    let story = Story::new().await;
    story.asks(&story.maker, Transition::Submit).await.unwrap();
    let at = |anchor| vec![item(1, Severity::Blocking), ChangeItem { anchor: Some(anchor), ..item(2, Severity::Blocking) }];
    let page = Anchor::Page { page: 1 };
    assert_eq!(wrong(sends_back(&story, at(page)).await)[..2], [PathItem::Field("items"), PathItem::Index(1)]);
    let passage = Anchor::Text { start: 0, end: 3, quote: Some(said("one")) };
    sends_back(&story, at(passage.clone())).await.unwrap();
    assert_eq!(requests(&story).await[0].items[1].0.anchor, Some(passage));
}

#[tokio::test]
async fn a_remark_is_about_one_version_and_decides_nothing() {
    let story = sent_back().await;
    story.adds(&story.maker, "two").await.unwrap();
    let before = story.history().await;
    let says = async |by: &Principal, about| {
        let new = NewRemark { about, anchor: None, text: said("why not blue?") };
        story.world.catalog.remark(by, story.id, new, None).await
    };
    let latest = says(&story.maker, NamedBytes::default()).await.unwrap();
    let first = says(&story.ann, naming(&before.versions[1])).await.unwrap();
    assert_eq!((latest.version.get(), first.version.get(), first.digest), (2, 1, before.versions[1].content.digest));
    assert_eq!(story.history().await, before, "nothing is decided");
    let heard = story.world.catalog.remarks(&story.bob, story.id, None, 9).await.unwrap();
    assert_eq!(heard, [first, latest]);

    let unheard_of = says(&story.ann, NamedBytes { version: Some(story::number(9)), digest: None }).await;
    assert!(matches!(unheard_of, Err(CatalogError::Invalid(_))), "{unheard_of:?}");
    let of_other_bytes = NamedBytes { version: Some(story::number(2)), digest: Some(before.versions[1].content.digest) };
    let stale = says(&story.ann, of_other_bytes).await;
    assert!(matches!(stale, Err(CatalogError::Refused(Refusal::StaleVersion { .. }))), "{stale:?}");
    let reader = story.somebody(assets_domain::KeyKind::Person, "reader", &[Scope::Read]);
    assert!(matches!(says(&reader, NamedBytes::default()).await, Err(CatalogError::Denied(Denied::MissingScope(Scope::Write)))));
}

#[tokio::test]
async fn publishers_do_not_hear_what_is_said_on_the_way() {
    let story = sent_back().await;
    let shop = story.world.service("shop");
    let refused = Err(Denied::MissingScope(Scope::Read));
    let denied = |error| if let CatalogError::Denied(denied) = error { denied } else { panic!("{error:?}") };
    assert_eq!(story.world.catalog.change_requests(&shop, story.id).await.map(|_| ()).map_err(denied), refused);
    assert_eq!(story.world.catalog.remarks(&shop, story.id, None, 9).await.map(|_| ()).map_err(denied), refused);
}

/// Five characters, three pages and ten seconds.
fn known() -> Content {
    Content { facts: Facts { pages: Some(3), duration_seconds: Some(10.0), ..Facts::default() }, ..cast::content("12345") }
}

fn anchors() -> impl Strategy<Value = Anchor> {
    let fraction = || prop_oneof![-0.5..1.5_f64, Just(0.0), Just(1.0), Just(f64::NAN), Just(f64::INFINITY)];
    let page = || prop::option::of(0..5_u32);
    let seconds = || prop_oneof![-1.0..20.0_f64, Just(f64::NAN), Just(f64::INFINITY)];
    let passage = (0..9_u32, 0..9_u32).prop_map(|(start, end)| Anchor::Text { start, end, quote: None });
    let extent = (fraction(), fraction(), fraction(), fraction(), page(), prop::option::of(seconds()));
    let area = extent.prop_map(|(x, y, width, height, page, at_seconds)| Anchor::Box { x, y, width, height, page, at_seconds });
    let time =
        (seconds(), prop::option::of(seconds())).prop_map(|(start_seconds, end_seconds)| Anchor::Time { start_seconds, end_seconds });
    prop_oneof![passage, area, (0..5_u32).prop_map(|page| Anchor::Page { page }), time]
}

proptest! {
    #[test]
    fn an_anchor_that_is_accepted_points_into_the_content(anchor in anchors(), kind in prop::sample::select(AssetType::ALL.to_vec())) {
        let content = known();
        if anchor.judge(kind, &content).is_ok() {
            let in_film = |seconds: f64| (0.0..=10.0).contains(&seconds);
            match anchor {
                Anchor::Text { start, end, .. } => prop_assert!(start < end && end <= 5 && matches!(kind, AssetType::Copy | AssetType::Blog)),
                Anchor::Box { x, y, width, height, page, at_seconds } => {
                    prop_assert!(x >= 0.0 && y >= 0.0 && width > 0.0 && height > 0.0 && x + width < 1.000_001 && y + height < 1.000_001);
                    prop_assert!(page.is_none_or(|page| (1..=3).contains(&page)) && page.is_some() == (kind == AssetType::Slide));
                    prop_assert!(at_seconds.is_none_or(in_film) && at_seconds.is_some() == (kind == AssetType::Video));
                }
                Anchor::Page { page } => prop_assert!((1..=3).contains(&page) && kind == AssetType::Slide),
                Anchor::Time { start_seconds, end_seconds } => {
                    prop_assert!(in_film(start_seconds) && end_seconds.is_none_or(|end| in_film(end) && end > start_seconds));
                }
            }
        }
    }
}

#[test]
fn each_type_has_places_of_its_own() {
    let content = known();
    let whole = |page, at_seconds| Anchor::Box { x: 0.0, y: 0.0, width: 1.0, height: 1.0, page, at_seconds };
    let passage = || Anchor::Text { start: 0, end: 1, quote: None::<ChangeText> };
    for (kind, anchor) in [
        (AssetType::Copy, passage()),
        (AssetType::Blog, passage()),
        (AssetType::Image, whole(None, None)),
        (AssetType::Slide, whole(Some(3), None)),
        (AssetType::Slide, Anchor::Page { page: 3 }),
        (AssetType::Video, whole(None, Some(10.0))),
        (AssetType::Video, Anchor::Time { start_seconds: 0.0, end_seconds: Some(10.0) }),
    ] {
        assert_eq!(anchor.judge(kind, &content), Ok(()), "{anchor:?} in {kind}");
    }
    assert_eq!(passage().judge(AssetType::Bundle, &content), Err(AnchorError::Kind(AssetType::Bundle)));
    assert_eq!(Anchor::Page { page: 4 }.judge(AssetType::Slide, &content), Err(AnchorError::NoSuchPage));
    assert_eq!(Anchor::Page { page: 4 }.judge(AssetType::Slide, &cast::content("12345")), Ok(()), "how many there are is not known");
}
