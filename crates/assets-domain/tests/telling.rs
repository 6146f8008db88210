//! Who is told of events, and how the telling goes on when endpoints fail, processes die and settings change.
#![expect(clippy::unwrap_used, reason = "this is test code: what cannot be must stop the test")]

use std::sync::atomic::{AtomicU32, Ordering};

use assets_domain::{
    AssetView, Call, DeliveryKind, DeliveryOutcome, DisabledReason, EventType, FiltersPatch, KeyKind, NamedBytes, Principal, Replay,
    ReplayId, RevealedWebhook, Scope, Scopes, Standing, Subscription, Trouble, Wanted, Webhook, WebhookError, WebhookFilters, WebhookPatch,
    WebhookSettings, WebhookUrl,
    ports::{Clock, Holder, WebhookRepository},
};
use assets_testkit::TestWorld;
use chrono::TimeDelta;
use uuid::Uuid;

const ANN: Holder = Holder::new(Uuid::from_u128(1));
const BOB: Holder = Holder::new(Uuid::from_u128(2));
const SHOP: &str = "https://shop.example/hooks";
const DOWN: DeliveryOutcome = DeliveryOutcome::Answered { http_status: 503 };
const UP: DeliveryOutcome = DeliveryOutcome::Answered { http_status: 200 };

fn admin(world: &TestWorld) -> Principal {
    Principal { scopes: Scopes::from_iter([Scope::All]), ..world.person("ann") }
}

fn settings(url: &str, types: &[EventType], filters: WebhookFilters) -> WebhookSettings {
    let subscription = Subscription { types: types.iter().copied().collect(), filters };
    WebhookSettings { url: WebhookUrl::parse(url).unwrap(), description: None, subscription }
}

async fn hook(world: &TestWorld, types: &[EventType], filters: WebhookFilters) -> RevealedWebhook {
    world.webhooks.create(&admin(world), settings(SHOP, types, filters), None).await.unwrap()
}

async fn everything(world: &TestWorld) -> Webhook {
    hook(world, EventType::ALL, WebhookFilters::default()).await.webhook
}

async fn copies(world: &TestWorld, count: usize) -> Vec<AssetView> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(world.create_copy(&world.agent("writer"), "Spring").await);
    }
    made
}

/// One look of a process, and a turn for each endpoint that is due.
async fn work(world: &TestWorld, holder: Holder) -> u64 {
    let mut attempts = 0;
    for glance in world.webhooks.due(holder, 99, |_, _| None).await.unwrap() {
        if glance.is_wanted {
            let round = world.webhooks.serve(glance.workspace, glance.webhook, holder, |_| {}, || true).await.unwrap();
            attempts += round.map_or(0, |round| round.attempts);
        }
    }
    attempts
}

/// The bodies of what was sent since, which are the numbers of events.
fn told(world: &TestWorld) -> Vec<String> {
    world.courier.sent().drain(..).map(|parcel| String::from_utf8(parcel.body).unwrap()).collect()
}

async fn now(world: &TestWorld, webhook: &Webhook) -> Webhook {
    world.webhooks.get(&admin(world), webhook.id).await.unwrap()
}

#[tokio::test]
async fn an_endpoint_is_told_of_everything_since_it_was_made_in_its_order() {
    let world = TestWorld::new();
    copies(&world, 2).await;
    let webhook = everything(&world).await;
    copies(&world, 3).await;
    assert_eq!(work(&world, ANN).await, 3);
    let sent: Vec<_> = world.courier.sent().iter().map(|parcel| parcel.id).collect();
    let events: Vec<_> = world.assets.events(world.workspace)[2..].iter().map(|event| event.id).collect();
    assert_eq!(sent, events);
    assert_eq!(told(&world), ["3", "4", "5"]);
    assert_eq!(work(&world, ANN).await, 0, "nothing is sent twice");
    assert_eq!(now(&world, &webhook).await.cursor, 5);
}

#[tokio::test]
async fn only_what_is_asked_for_is_told() {
    let world = TestWorld::new();
    let (writer, ann) = (world.agent("writer"), world.person("ann"));
    let filters = WebhookFilters { campaigns: ["autumn".parse().unwrap()].into(), approval_changed: true, ..WebhookFilters::default() };
    let webhook = hook(&world, EventType::ALL, filters).await.webhook;
    let other = world.create_copy(&writer, "Spring").await;
    world.submit_and_approve(&other, &ann).await;
    let mut new = assets_testkit::fixtures::new_asset(assets_domain::AssetType::Copy, "Autumn");
    new.provenance.campaign_id = Some("autumn".parse().unwrap());
    let wanted = world.create(&writer, new, "Autumn").await;
    world.submit_and_approve(&wanted, &ann).await;
    world.catalog.revoke(&Call::by(ann), wanted.id, NamedBytes::default(), assets_testkit::fixtures::comment("no")).await.unwrap();
    assert_eq!(work(&world, ANN).await, 2);
    assert_eq!(told(&world), ["6", "7"]);
    let patch = WebhookPatch {
        filters: Some(FiltersPatch { campaigns: Some([].into()), ..FiltersPatch::default() }),
        types: Some([EventType::Submitted].into()),
        ..WebhookPatch::default()
    };
    let changed = world.webhooks.update(&admin(&world), webhook.id, &patch).await.unwrap();
    assert!(changed.settings.subscription.filters.approval_changed, "what is not named stays");
}

#[tokio::test]
async fn what_fails_holds_up_what_comes_behind_it_and_is_sent_again_with_its_id() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    world.courier.answer(SHOP, DOWN);
    copies(&world, 3).await;
    for (delay, attempts) in [(0, 1), (4, 0), (1, 1), (29, 0), (1, 1), (119, 0), (1, 1), (301, 1)] {
        world.clock.advance(TimeDelta::seconds(delay));
        assert_eq!(work(&world, ANN).await, attempts, "after {delay} seconds more");
    }
    let first = world.assets.events(world.workspace)[0].id;
    assert!(world.courier.sent().iter().all(|parcel| parcel.id == first), "it is the endpoint that is tried, not each message");
    assert!(matches!(now(&world, &webhook).await.standing, Standing::Failing(failing) if failing.attempts == 5));
    told(&world);
    world.courier.answer(SHOP, UP);
    world.clock.advance(TimeDelta::seconds(301));
    assert_eq!(work(&world, ANN).await, 3, "the first that arrives releases all that waits");
    assert_eq!(told(&world), ["1", "2", "3"]);
    let log = world.webhooks.deliveries(&admin(&world), webhook.id, None, 99).await.unwrap();
    assert_eq!(log.iter().map(|delivery| (delivery.sequence, delivery.attempt)).collect::<Vec<_>>()[..4], [(3, 1), (2, 1), (1, 6), (1, 5)]);
    assert_eq!(log[3].outcome.error(), Some("http_status"));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_and_others_hear_of_it() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    world.courier.answer(SHOP, DeliveryOutcome::Answered { http_status: 410 });
    copies(&world, 2).await;
    assert_eq!(work(&world, ANN).await, 1);
    assert!(matches!(now(&world, &webhook).await.standing, Standing::Disabled { reason: DisabledReason::Gone, .. }));
    assert_eq!(world.assets.events(world.workspace).last().unwrap().event_type, EventType::WebhookDisabled);
    world.clock.advance(TimeDelta::days(9));
    assert_eq!(work(&world, ANN).await, 0);
    told(&world);
    world.courier.answer(SHOP, UP);
    let patch = WebhookPatch { enabled: Some(true), ..WebhookPatch::default() };
    world.webhooks.update(&admin(&world), webhook.id, &patch).await.unwrap();
    assert_eq!(work(&world, ANN).await, 3);
    assert_eq!(told(&world), ["1", "2", "3"], "it goes on where it was, and hears that it was disabled");
}

#[tokio::test]
async fn an_endpoint_that_fails_for_five_days_is_disabled() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    world.courier.answer(SHOP, DeliveryOutcome::Unanswered(Trouble::Connection));
    copies(&world, 1).await;
    let began = world.clock.now();
    while !now(&world, &webhook).await.standing.is_disabled() {
        work(&world, ANN).await;
        world.clock.advance(TimeDelta::seconds(300));
        assert!(world.clock.now() - began < TimeDelta::days(6));
    }
    let Standing::Disabled { since, reason } = now(&world, &webhook).await.standing else { panic!("it is disabled") };
    assert_eq!(reason, DisabledReason::Failing);
    assert!((TimeDelta::days(5)..TimeDelta::days(5) + TimeDelta::minutes(11)).contains(&(since - began)), "{since}");
}

#[tokio::test]
async fn whoever_dies_before_it_is_settled_has_it_sent_again_with_the_same_id_and_nothing_is_passed_over() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    copies(&world, 3).await;
    // Claims, and is never heard of again.
    let until = world.clock.now() + TimeDelta::seconds(15);
    let now = world.clock.now();
    assert!(world.assets.claim(webhook.workspace, webhook.id, ANN, now, until).await.unwrap().is_some());
    assert_eq!(work(&world, BOB).await, 0, "it may live");
    world.clock.advance(TimeDelta::seconds(15));
    assert_eq!(work(&world, BOB).await, 3);
    assert_eq!(told(&world), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_slow_end_of_a_turn_leaves_the_rest_for_the_next() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    copies(&world, 3).await;
    let asked = AtomicU32::new(0);
    let twice = || asked.fetch_add(1, Ordering::Relaxed) < 2;
    let round = world.webhooks.serve(webhook.workspace, webhook.id, ANN, |_| {}, twice).await.unwrap().unwrap();
    assert!(round.is_cut_short && round.attempts == 2);
    assert_eq!(work(&world, BOB).await, 1, "it is given back at once");
    assert_eq!(told(&world), ["1", "2", "3"]);
}

#[tokio::test]
async fn one_event_or_a_range_is_delivered_again_before_what_waits() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    copies(&world, 4).await;
    work(&world, ANN).await;
    told(&world);
    let (by, events) = (admin(&world), world.assets.events(world.workspace));
    world.webhooks.replay(&by, webhook.id, Wanted::Event(events[1].id), None).await.unwrap();
    let range = world.webhooks.replay(&by, webhook.id, Wanted::Range { after: 2, until: None }, None).await.unwrap();
    assert_eq!((range.after, range.until), (2, 4));
    copies(&world, 1).await;
    assert_eq!(work(&world, ANN).await, 4);
    assert_eq!(told(&world), ["2", "3", "4", "5"]);
    assert_eq!(work(&world, ANN).await, 0);
    let log = world.webhooks.deliveries(&by, webhook.id, None, 4).await.unwrap();
    let kinds: Vec<_> = log.iter().rev().map(|delivery| delivery.kind).collect();
    assert_eq!(kinds, [DeliveryKind::Replay, DeliveryKind::Replay, DeliveryKind::Replay, DeliveryKind::Event]);
    assert_eq!(log[3].event, events[1].id);
}

#[tokio::test]
async fn a_replay_that_fails_goes_on_where_it_was() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    copies(&world, 3).await;
    work(&world, ANN).await;
    told(&world);
    world.webhooks.replay(&admin(&world), webhook.id, Wanted::Range { after: 0, until: Some(3) }, None).await.unwrap();
    world.courier.answer(SHOP, DOWN);
    assert_eq!(work(&world, ANN).await, 1);
    world.courier.answer(SHOP, UP);
    world.clock.advance(TimeDelta::seconds(5));
    assert_eq!(work(&world, ANN).await, 3);
    assert_eq!(told(&world), ["1", "1", "2", "3"]);
}

#[tokio::test]
async fn a_replay_of_nothing_holds_nothing_up() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    copies(&world, 1).await;
    assert_eq!(work(&world, ANN).await, 1);
    let nothing = Replay {
        workspace: world.workspace,
        webhook: webhook.id,
        id: ReplayId::new(Uuid::from_u128(1)),
        after: 1,
        until: 1,
        is_exact: false,
    };
    assert!(WebhookRepository::add_replay(&*world.assets, &nothing, 1, None).await.unwrap());
    copies(&world, 1).await;
    assert_eq!(work(&world, ANN).await, 1);
    assert_eq!(told(&world), ["1", "2"]);
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    let by = admin(&world);
    copies(&world, 1).await;
    assert_eq!(work(&world, ANN).await, 1);
    copies(&world, 1).await;
    let unsent = world.assets.events(world.workspace)[1].id;
    for nothing in [Wanted::Event(unsent), Wanted::Range { after: 1, until: None }, Wanted::Range { after: 9, until: Some(3) }] {
        let refused = world.webhooks.replay(&by, webhook.id, nothing, None).await.unwrap_err();
        assert!(matches!(refused, WebhookError::Invalid(_)), "{refused:?}");
    }
    for _ in 0..Webhook::MOST_REPLAYS {
        world.webhooks.replay(&by, webhook.id, Wanted::Range { after: 0, until: None }, None).await.unwrap();
    }
    let refused = world.webhooks.replay(&by, webhook.id, Wanted::Range { after: 0, until: None }, None).await.unwrap_err();
    assert!(matches!(refused, WebhookError::TooManyReplays { .. }), "{refused:?}");
    let patch = WebhookPatch { enabled: Some(false), ..WebhookPatch::default() };
    world.webhooks.update(&by, webhook.id, &patch).await.unwrap();
    let refused = world.webhooks.replay(&by, webhook.id, Wanted::Range { after: 0, until: None }, None).await.unwrap_err();
    assert!(matches!(refused, WebhookError::Disabled), "{refused:?}");
    assert_eq!(work(&world, ANN).await, 0);
}

#[tokio::test]
async fn a_ping_that_arrives_has_a_failing_endpoint_tried_at_once() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    copies(&world, 1).await;
    world.courier.answer(SHOP, DOWN);
    work(&world, ANN).await;
    assert!(!world.webhooks.ping(&admin(&world), webhook.id).await.unwrap().outcome.is_delivered());
    assert_eq!(work(&world, ANN).await, 0);
    world.courier.answer(SHOP, UP);
    let ping = world.webhooks.ping(&admin(&world), webhook.id).await.unwrap();
    assert!(ping.outcome.is_delivered() && ping.kind == DeliveryKind::Ping && ping.sequence == 0);
    assert_eq!(work(&world, ANN).await, 1);
    assert_eq!(told(&world), ["1", "ping", "ping", "1"]);
    let refused = world.webhooks.replay(&admin(&world), webhook.id, Wanted::Event(ping.event), None).await.unwrap_err();
    assert!(matches!(refused, WebhookError::Invalid(_)), "a ping is no event: {refused:?}");
}

#[tokio::test]
async fn for_a_day_everything_is_signed_by_two_secrets() {
    let world = TestWorld::new();
    let made = hook(&world, EventType::ALL, WebhookFilters::default()).await;
    let rotated = world.webhooks.rotate(&admin(&world), made.webhook.id, None).await.unwrap();
    let again = world.webhooks.rotate(&admin(&world), made.webhook.id, None).await.unwrap();
    let secrets = async || {
        world.webhooks.ping(&admin(&world), made.webhook.id).await.unwrap();
        let sent = world.courier.sent().pop().unwrap();
        sent.secrets.into_iter().map(|secret| String::from_utf8(secret.0).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(secrets().await, [again.secret.clone(), rotated.secret], "the first one is not good any more");
    world.clock.advance(TimeDelta::hours(24));
    assert_eq!(secrets().await, [again.secret]);
}

#[tokio::test]
async fn only_who_manages_the_workspace_has_to_do_with_its_webhooks() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    let agent = Principal { scopes: Scopes::from_iter([Scope::Read, Scope::Write]), ..world.agent("robot") };
    assert_eq!(agent.actor.kind, KeyKind::Agent);
    let denied = |error| assert!(matches!(error, WebhookError::Denied(_)), "{error:?}");
    denied(world.webhooks.list(&agent).await.unwrap_err());
    denied(world.webhooks.get(&agent, webhook.id).await.unwrap_err());
    denied(world.webhooks.create(&agent, webhook.settings.clone(), None).await.err().unwrap());
    denied(world.webhooks.update(&agent, webhook.id, &WebhookPatch::default()).await.unwrap_err());
    denied(world.webhooks.delete(&agent, webhook.id).await.unwrap_err());
    denied(world.webhooks.rotate(&agent, webhook.id, None).await.err().unwrap());
    denied(world.webhooks.ping(&agent, webhook.id).await.unwrap_err());
    denied(world.webhooks.replay(&agent, webhook.id, Wanted::Range { after: 0, until: None }, None).await.unwrap_err());
    denied(world.webhooks.deliveries(&agent, webhook.id, None, 1).await.unwrap_err());
}

#[tokio::test]
async fn nothing_is_sent_where_it_may_not_be() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    let inside = settings("https://private.example", EventType::ALL, WebhookFilters::default());
    assert!(matches!(world.webhooks.create(&admin(&world), inside.clone(), None).await.err().unwrap(), WebhookError::Invalid(_)));
    let patch = WebhookPatch { url: Some(inside.url), ..WebhookPatch::default() };
    assert!(matches!(world.webhooks.update(&admin(&world), webhook.id, &patch).await.unwrap_err(), WebhookError::Invalid(_)));
    let nothing = settings(SHOP, &[], WebhookFilters::default());
    assert!(matches!(world.webhooks.create(&admin(&world), nothing, None).await.err().unwrap(), WebhookError::Invalid(_)));
}

#[tokio::test]
async fn another_tenants_webhook_does_not_exist() {
    let world = TestWorld::new();
    let webhook = everything(&world).await;
    let other = Principal { workspace: assets_domain::WorkspaceId::new(Uuid::from_u128(99)), ..admin(&world) };
    assert!(matches!(world.webhooks.get(&other, webhook.id).await.unwrap_err(), WebhookError::NotFound));
    assert!(matches!(world.webhooks.ping(&other, webhook.id).await.unwrap_err(), WebhookError::NotFound));
    assert!(matches!(world.webhooks.delete(&other, webhook.id).await.unwrap_err(), WebhookError::NotFound));
}

#[tokio::test]
async fn what_concerns_nobody_costs_no_turn() {
    let world = TestWorld::new();
    let webhook = hook(&world, &[EventType::Approved], WebhookFilters::default()).await.webhook;
    copies(&world, 5).await;
    let [glance] = world.webhooks.due(ANN, 9, |_, _| None).await.unwrap().try_into().unwrap();
    assert!(!glance.is_wanted && glance.clear_to == 5);
    assert_eq!(now(&world, &webhook).await.cursor, 0, "what is passed over is not written down each time");
    let reviewed = copies(&world, 1).await;
    world.submit_and_approve(&reviewed[0], &world.person("ann")).await;
    let [glance] = world.webhooks.due(ANN, 9, |_, _| Some(5)).await.unwrap().try_into().unwrap();
    assert!(glance.is_wanted);
    assert_eq!(work(&world, ANN).await, 1);
    assert_eq!(told(&world), ["8"]);
}
