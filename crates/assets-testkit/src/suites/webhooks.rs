//! What [`WebhookRepository`](assets_domain::ports::WebhookRepository) promises: settings by compare-and-swap, one holder a webhook,
//! and what is settled is settled whole, by whoever has the lease.

use assets_domain::{
    Delivery, DeliveryId, DeliveryKind, DeliveryOutcome, DisabledReason, Event, EventId, EventType, Failing, FormerSecret, Replay,
    ReplayId, SealedSecret, Standing, Subscription, Trouble, Webhook, WebhookFilters, WebhookId, WebhookSettings, WebhookUrl,
    ports::{Beginning, Begun, Holder, Receipt, ReceiptId, Settlement},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::Repositories;

use super::bench::Bench;

/// Runs the clauses of [`suites::webhooks`](crate::suites::webhooks).
#[macro_export]
macro_rules! webhooks_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            webhooks,
            $make,
            [
                a_webhook_comes_back_as_it_was,
                a_workspace_has_so_many_and_no_more,
                of_two_changes_to_one_revision_one_is_saved,
                settings_leave_the_cursor_alone,
                what_is_removed_is_gone_with_its_deliveries,
                another_tenant_has_none_of_it,
                something_is_due_when_there_is_something_to_tell,
                what_is_disabled_or_waits_is_not_due,
                whoever_waited_longest_comes_first,
                of_many_who_claim_one_has_it,
                a_lease_passes_on_when_its_time_is_over,
                what_is_settled_is_settled_whole,
                whoever_lost_the_lease_settles_nothing,
                what_was_changed_meanwhile_keeps_its_standing,
                a_webhook_is_disabled_with_an_event,
                what_was_changed_meanwhile_is_not_disabled,
                deliveries_come_back_from_the_newest,
                what_was_tried_is_known_by_its_event,
                replays_come_one_after_the_other,
                so_many_replays_wait_and_no_more,
                whoever_fails_can_be_tried_at_once,
                the_answer_is_kept_with_the_webhook,
            ]
        );
    };
}

const ANN: Holder = Holder::new(Uuid::from_u128(1));
const BOB: Holder = Holder::new(Uuid::from_u128(2));

fn webhook(bench: &Bench, number: u128) -> Webhook {
    Webhook {
        workspace: bench.workspace,
        id: WebhookId::new(Uuid::from_u128(number)),
        settings: WebhookSettings {
            url: WebhookUrl::parse("https://example.com/hooks?x=1").unwrap(),
            description: Some("the shop".parse().unwrap()),
            subscription: Subscription {
                types: [EventType::Approved, EventType::Revoked].into(),
                filters: WebhookFilters { campaigns: ["spring".parse().unwrap()].into(), ..WebhookFilters::default() },
            },
        },
        secret: SealedSecret(vec![1, 2, 3]),
        former: None,
        cursor: 0,
        standing: Standing::Working,
        created_by: bench.reviewer().actor,
        created_at: at(0),
        revision: 1,
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

fn delivery(webhook: &Webhook, number: u128, sequence: u64) -> Delivery {
    Delivery {
        workspace: webhook.workspace,
        webhook: webhook.id,
        id: DeliveryId::new(Uuid::from_u128(number)),
        kind: DeliveryKind::Event,
        event: EventId::new(Uuid::from_u128(u128::from(sequence))),
        sequence,
        attempt: 1,
        at: at(i64::try_from(number).unwrap()),
        latency_ms: 17,
        outcome: DeliveryOutcome::Answered { http_status: 200 },
    }
}

fn settlement(webhook: &Webhook, holder: Holder) -> Settlement {
    Settlement {
        workspace: webhook.workspace,
        webhook: webhook.id,
        holder,
        until: at(200),
        standing: Standing::Working,
        revision: webhook.revision,
        cursor: webhook.cursor,
        replay: None,
        delivery: None,
        event: None,
    }
}

fn failing(next_attempt_at: DateTime<Utc>) -> Standing {
    Standing::Failing(Failing { since: at(1), attempts: 3, next_attempt_at })
}

impl Bench {
    async fn hook(&self, number: u128) -> Webhook {
        let webhook = webhook(self, number);
        assert!(self.repositories.webhooks.add(&webhook, 20, None).await.unwrap());
        webhook
    }

    async fn kept(&self, webhook: &Webhook) -> Webhook {
        self.repositories.webhooks.webhook(webhook.workspace, webhook.id).await.unwrap().expect("it is there")
    }

    async fn claim(&self, webhook: &Webhook, holder: Holder, second: i64) -> bool {
        let claimed = self.repositories.webhooks.claim(webhook.workspace, webhook.id, holder, at(second), at(second + 60));
        claimed.await.unwrap().is_some()
    }

    async fn due(&self, second: i64) -> Vec<(WebhookId, u64, bool)> {
        let due = self.repositories.webhooks.due(ANN, at(second), 9).await.unwrap();
        due.into_iter().map(|(webhook, head, has_replay)| (webhook.id, head, has_replay)).collect()
    }

    async fn replays(&self, webhook: &Webhook, number: u128) -> Replay {
        let id = ReplayId::new(Uuid::from_u128(number));
        let replay = Replay { workspace: webhook.workspace, webhook: webhook.id, id, after: 0, until: 9, is_exact: number == 7 };
        assert!(self.repositories.webhooks.add_replay(&replay, 20, None).await.unwrap());
        replay
    }
}

/// All of it.
pub async fn a_webhook_comes_back_as_it_was(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut added = webhook(&bench, 1);
    added.cursor = 7;
    assert!(bench.repositories.webhooks.add(&added, 20, None).await.unwrap());
    assert_eq!(bench.kept(&added).await, added);
    let former = Some(FormerSecret { secret: SealedSecret(vec![9]), until: at(9) });
    for (revision, standing) in [failing(at(5)), Standing::Disabled { since: at(3), reason: DisabledReason::Gone }].into_iter().enumerate()
    {
        let changed = Webhook { revision: u64::try_from(revision).unwrap() + 2, standing, former: former.clone(), ..added.clone() };
        assert!(bench.repositories.webhooks.save(&changed, None).await.unwrap());
        assert_eq!(bench.kept(&added).await, changed);
    }
    let second = bench.hook(2).await;
    let all = bench.repositories.webhooks.webhooks(bench.workspace).await.unwrap();
    assert_eq!(all.into_iter().map(|webhook| webhook.id).collect::<Vec<_>>(), [added.id, second.id]);
}

/// However they race.
pub async fn a_workspace_has_so_many_and_no_more(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let hooks: Vec<_> = (1..=8).map(|number| webhook(&bench, number)).collect();
    let added = join_all(hooks.iter().map(|webhook| bench.repositories.webhooks.add(webhook, 3, None))).await;
    assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 3);
    assert_eq!(bench.repositories.webhooks.webhooks(bench.workspace).await.unwrap().len(), 3);
}

/// The other begins again.
pub async fn of_two_changes_to_one_revision_one_is_saved(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let before = bench.hook(1).await;
    let changed = Webhook { revision: 2, ..before.clone() };
    assert!(bench.repositories.webhooks.save(&changed, None).await.unwrap());
    assert!(!bench.repositories.webhooks.save(&changed, None).await.unwrap());
    assert!(!bench.repositories.webhooks.save(&Webhook { revision: 2, ..webhook(&bench, 5) }, None).await.unwrap(), "it is not there");
}

/// How far it is, only whoever has the lease knows.
pub async fn settings_leave_the_cursor_alone(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let before = bench.hook(1).await;
    assert!(bench.claim(&before, ANN, 0).await);
    bench.repositories.webhooks.settle(&Settlement { cursor: 5, ..settlement(&before, ANN) }).await.unwrap();
    assert!(bench.repositories.webhooks.save(&Webhook { revision: 2, ..before.clone() }, None).await.unwrap());
    assert_eq!(bench.kept(&before).await.cursor, 5);
}

/// Nothing of it is left, and nothing can be added to it.
pub async fn what_is_removed_is_gone_with_its_deliveries(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let webhooks = &bench.repositories.webhooks;
    webhooks.log(&delivery(&webhook, 1, 1)).await.unwrap();
    let replay = bench.replays(&webhook, 1).await;
    assert!(webhooks.remove(bench.workspace, webhook.id).await.unwrap());
    assert!(!webhooks.remove(bench.workspace, webhook.id).await.unwrap());
    webhooks.log(&delivery(&webhook, 2, 2)).await.unwrap();
    assert_eq!(webhooks.deliveries(bench.workspace, webhook.id, None, 9).await.unwrap(), []);
    assert_eq!(webhooks.replay(bench.workspace, webhook.id).await.unwrap(), None);
    assert!(!webhooks.add_replay(&replay, 9, None).await.unwrap());
    assert!(!bench.claim(&webhook, ANN, 0).await);
}

/// By the same id.
pub async fn another_tenant_has_none_of_it(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let webhooks = &bench.repositories.webhooks;
    webhooks.log(&delivery(&webhook, 1, 1)).await.unwrap();
    bench.replays(&webhook, 1).await;
    let other = bench.add_workspace("other").await;
    assert_eq!(webhooks.webhooks(other).await.unwrap(), []);
    assert_eq!(webhooks.webhook(other, webhook.id).await.unwrap(), None);
    assert_eq!(webhooks.deliveries(other, webhook.id, None, 9).await.unwrap(), []);
    assert_eq!(webhooks.tried(other, webhook.id, EventId::new(Uuid::from_u128(1))).await.unwrap(), None);
    assert_eq!(webhooks.replay(other, webhook.id).await.unwrap(), None);
    assert!(!webhooks.save(&Webhook { workspace: other, revision: 2, ..webhook.clone() }, None).await.unwrap());
    assert!(!webhooks.remove(other, webhook.id).await.unwrap());
    assert_eq!(bench.kept(&webhook).await, webhook);
}

/// An event behind the cursor, or something that is to be delivered again.
pub async fn something_is_due_when_there_is_something_to_tell(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    assert_eq!(bench.due(0).await, []);
    bench.copy("Spring", "one").await;
    assert_eq!(bench.due(0).await, [(webhook.id, 1, false)]);
    assert!(bench.claim(&webhook, ANN, 0).await);
    bench.repositories.webhooks.settle(&Settlement { cursor: 1, ..settlement(&webhook, ANN) }).await.unwrap();
    assert_eq!(bench.due(0).await, []);
    bench.replays(&webhook, 1).await;
    assert_eq!(bench.due(0).await, [(webhook.id, 1, true)]);
}

/// Nor what somebody else has.
pub async fn what_is_disabled_or_waits_is_not_due(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Spring", "one").await;
    let [waits, held, disabled] = [bench.hook(1).await, bench.hook(2).await, bench.hook(3).await];
    let saved = [(&waits, failing(at(10))), (&disabled, Standing::Disabled { since: at(0), reason: DisabledReason::Request })];
    for (webhook, standing) in saved {
        assert!(bench.repositories.webhooks.save(&Webhook { standing, revision: 2, ..webhook.clone() }, None).await.unwrap());
    }
    assert!(bench.claim(&held, BOB, 0).await);
    assert_eq!(bench.due(9).await, []);
    assert!(!bench.claim(&waits, ANN, 9).await && !bench.claim(&disabled, ANN, 9).await);
    assert_eq!(bench.due(10).await, [(waits.id, 1, false)]);
    assert!(bench.claim(&waits, ANN, 10).await);
}

/// So that nobody is forgotten where not all can have their turn at once.
pub async fn whoever_waited_longest_comes_first(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Spring", "one").await;
    let [one, two] = [bench.hook(1).await, bench.hook(2).await];
    for (webhook, second) in [(&one, 5), (&two, 6)] {
        assert!(bench.claim(webhook, ANN, 0).await);
        bench.repositories.webhooks.release(webhook.workspace, webhook.id, ANN, at(second)).await.unwrap();
    }
    assert_eq!(bench.due(9).await, [(one.id, 1, false), (two.id, 1, false)]);
    assert!(bench.claim(&one, ANN, 9).await);
    bench.repositories.webhooks.release(one.workspace, one.id, ANN, at(10)).await.unwrap();
    assert_eq!(bench.due(11).await, [(two.id, 1, false), (one.id, 1, false)]);
    assert_eq!(bench.repositories.webhooks.due(ANN, at(11), 1).await.unwrap().len(), 1);
}

/// However they race.
pub async fn of_many_who_claim_one_has_it(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let holders: Vec<_> = (1..=16).map(|number| Holder::new(Uuid::from_u128(number))).collect();
    let claimed = join_all(holders.iter().map(|holder| bench.claim(&webhook, *holder, 0))).await;
    assert_eq!(claimed.into_iter().filter(|claimed| *claimed).count(), 1);
}

/// Then, and not before; and the one who is late does not give back what is another's.
pub async fn a_lease_passes_on_when_its_time_is_over(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    assert!(bench.claim(&webhook, ANN, 0).await);
    assert!(bench.claim(&webhook, ANN, 1).await, "whoever has it may have it again");
    assert!(!bench.claim(&webhook, BOB, 60).await);
    assert!(bench.claim(&webhook, BOB, 61).await);
    bench.repositories.webhooks.release(webhook.workspace, webhook.id, ANN, at(62)).await.unwrap();
    assert!(!bench.claim(&webhook, ANN, 62).await);
    bench.repositories.webhooks.release(webhook.workspace, webhook.id, BOB, at(63)).await.unwrap();
    assert!(bench.claim(&webhook, ANN, 63).await);
}

/// Cursor, standing, lease and log.
pub async fn what_is_settled_is_settled_whole(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let replay = bench.replays(&webhook, 1).await;
    assert!(bench.claim(&webhook, ANN, 0).await);
    let tried = Delivery { outcome: DeliveryOutcome::Unanswered(Trouble::Timeout), ..delivery(&webhook, 4, 3) };
    let settled = Settlement {
        cursor: 2,
        standing: failing(at(77)),
        delivery: Some(tried.clone()),
        replay: Some((replay.id, Some(5))),
        ..settlement(&webhook, ANN)
    };
    assert_eq!(bench.repositories.webhooks.settle(&settled).await.unwrap(), Some(1));
    assert_eq!(bench.kept(&webhook).await, Webhook { cursor: 2, standing: failing(at(77)), ..webhook.clone() });
    assert_eq!(bench.repositories.webhooks.deliveries(bench.workspace, webhook.id, None, 9).await.unwrap(), [tried]);
    assert_eq!(bench.repositories.webhooks.replay(bench.workspace, webhook.id).await.unwrap(), Some(Replay { after: 5, ..replay }));
    assert!(!bench.claim(&webhook, BOB, 199).await && bench.claim(&webhook, BOB, 200).await, "the lease was extended");
}

/// What it says is of no use any more.
pub async fn whoever_lost_the_lease_settles_nothing(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let settled = |holder| Settlement { cursor: 5, delivery: Some(delivery(&webhook, 1, 1)), ..settlement(&webhook, holder) };
    assert_eq!(bench.repositories.webhooks.settle(&settled(ANN)).await.unwrap(), None, "nobody has it");
    assert!(bench.claim(&webhook, ANN, 0).await && bench.claim(&webhook, BOB, 60).await);
    assert_eq!(bench.repositories.webhooks.settle(&settled(ANN)).await.unwrap(), None);
    assert_eq!(bench.kept(&webhook).await, webhook);
    assert_eq!(bench.repositories.webhooks.deliveries(bench.workspace, webhook.id, None, 9).await.unwrap(), []);
    assert_eq!(bench.repositories.webhooks.settle(&settled(BOB)).await.unwrap(), Some(1));
}

/// What was delivered was delivered, but how it stands now, somebody else has said.
pub async fn what_was_changed_meanwhile_keeps_its_standing(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    assert!(bench.claim(&webhook, ANN, 0).await);
    let standing = Standing::Disabled { since: at(1), reason: DisabledReason::Request };
    assert!(bench.repositories.webhooks.save(&Webhook { standing, revision: 2, ..webhook.clone() }, None).await.unwrap());
    let settled = Settlement { cursor: 5, ..settlement(&webhook, ANN) };
    assert_eq!(bench.repositories.webhooks.settle(&settled).await.unwrap(), Some(2));
    assert_eq!(bench.kept(&webhook).await, Webhook { standing, revision: 2, cursor: 5, ..webhook });
}

/// Others hear of it.
pub async fn a_webhook_is_disabled_with_an_event(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    assert!(bench.claim(&webhook, ANN, 0).await);
    let event = Event::webhook_disabled(EventId::new(Uuid::from_u128(3)), &webhook, DisabledReason::Gone, at(2));
    let standing = Standing::Disabled { since: at(2), reason: DisabledReason::Gone };
    let settled = Settlement { standing, event: Some(event.clone()), ..settlement(&webhook, ANN) };
    assert_eq!(bench.repositories.webhooks.settle(&settled).await.unwrap(), Some(2));
    assert_eq!(bench.kept(&webhook).await, Webhook { standing, revision: 2, ..webhook.clone() });
    // Who changes it as it was before would enable it again without a word.
    assert!(!bench.repositories.webhooks.save(&Webhook { revision: 2, ..webhook.clone() }, None).await.unwrap());
    let told = bench.repositories.events.events(bench.workspace).await;
    assert_eq!(told.into_iter().map(|recorded| recorded.event).collect::<Vec<_>>(), [event]);
}

/// It may have been repaired.
pub async fn what_was_changed_meanwhile_is_not_disabled(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    assert!(bench.claim(&webhook, ANN, 0).await);
    assert!(bench.repositories.webhooks.save(&Webhook { revision: 2, ..webhook.clone() }, None).await.unwrap());
    let event = Event::webhook_disabled(EventId::new(Uuid::from_u128(3)), &webhook, DisabledReason::Gone, at(2));
    let standing = Standing::Disabled { since: at(2), reason: DisabledReason::Gone };
    let settled = Settlement { standing, event: Some(event), cursor: 5, ..settlement(&webhook, ANN) };
    assert_eq!(bench.repositories.webhooks.settle(&settled).await.unwrap(), None);
    assert_eq!(bench.kept(&webhook).await, Webhook { revision: 2, ..webhook });
    assert_eq!(bench.repositories.events.events(bench.workspace).await.len(), 0);
}

/// Page by page, until they are forgotten.
pub async fn deliveries_come_back_from_the_newest(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let webhooks = &bench.repositories.webhooks;
    let all: Vec<_> = (1..=3).map(|number| delivery(&webhook, number, 1)).collect();
    for delivery in &all {
        webhooks.log(delivery).await.unwrap();
    }
    let page = async |after, limit| webhooks.deliveries(bench.workspace, webhook.id, after, limit).await.unwrap();
    assert_eq!(page(None, 2).await, [all[2].clone(), all[1].clone()]);
    assert_eq!(page(Some(all[1].id), 2).await, [all[0].clone()]);
    assert_eq!(webhooks.forget_deliveries(all[2].at).await.unwrap(), 2);
    assert_eq!(page(None, 9).await, [all[2].clone()]);
}

/// As long as it is not forgotten.
pub async fn what_was_tried_is_known_by_its_event(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (webhook, other) = (bench.hook(1).await, bench.hook(2).await);
    bench.repositories.webhooks.log(&delivery(&webhook, 1, 7)).await.unwrap();
    bench.repositories.webhooks.log(&delivery(&webhook, 2, 7)).await.unwrap();
    let tried = async |webhook: &Webhook, event| {
        bench.repositories.webhooks.tried(bench.workspace, webhook.id, EventId::new(Uuid::from_u128(event))).await.unwrap()
    };
    assert_eq!(tried(&webhook, 7).await, Some(7));
    assert_eq!(tried(&webhook, 8).await, None);
    assert_eq!(tried(&other, 7).await, None);
}

/// Until each is through.
pub async fn replays_come_one_after_the_other(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let (first, second) = (bench.replays(&webhook, 6).await, bench.replays(&webhook, 7).await);
    assert!(bench.claim(&webhook, ANN, 0).await);
    for replay in [first, second] {
        assert_eq!(bench.repositories.webhooks.replay(bench.workspace, webhook.id).await.unwrap(), Some(replay.clone()));
        let settled = Settlement { replay: Some((replay.id, None)), ..settlement(&webhook, ANN) };
        assert_eq!(bench.repositories.webhooks.settle(&settled).await.unwrap(), Some(1));
    }
    assert_eq!(bench.repositories.webhooks.replay(bench.workspace, webhook.id).await.unwrap(), None);
}

/// However they race.
pub async fn so_many_replays_wait_and_no_more(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    let replays: Vec<_> = (1..=8)
        .map(|number| ReplayId::new(Uuid::from_u128(number)))
        .map(|id| Replay { workspace: webhook.workspace, webhook: webhook.id, id, after: 0, until: 9, is_exact: false })
        .collect();
    let added = join_all(replays.iter().map(|replay| bench.repositories.webhooks.add_replay(replay, 3, None))).await;
    assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 3);
}

/// For how long it has failed is not forgotten by that.
pub async fn whoever_fails_can_be_tried_at_once(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let webhook = bench.hook(1).await;
    bench.repositories.webhooks.hurry(webhook.workspace, webhook.id).await.unwrap();
    assert_eq!(bench.kept(&webhook).await, webhook);
    assert!(bench.repositories.webhooks.save(&Webhook { standing: failing(at(99)), revision: 2, ..webhook.clone() }, None).await.unwrap());
    bench.repositories.webhooks.hurry(webhook.workspace, webhook.id).await.unwrap();
    assert_eq!(bench.kept(&webhook).await.standing, failing(DateTime::UNIX_EPOCH));
    assert!(bench.claim(&webhook, ANN, 0).await);
}

/// A repetition of the request is answered likewise.
pub async fn the_answer_is_kept_with_the_webhook(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let now = bench.now();
    let hook = webhook(&bench, 1);
    let replay =
        Replay { workspace: hook.workspace, webhook: hook.id, id: ReplayId::new(Uuid::from_u128(1)), after: 0, until: 9, is_exact: false };
    for number in 1..=3 {
        let id = ReceiptId::new([number; 32]);
        let beginning = Beginning { workspace: bench.workspace, id, body: [2; 32], now, stale_before: now, forget_before: now };
        assert_eq!(bench.repositories.receipts.begin(beginning).await.unwrap(), Begun::Fresh);
        let receipt = Receipt { id, answer: vec![number] };
        let webhooks = &bench.repositories.webhooks;
        assert!(match number {
            1 => webhooks.add(&hook, 20, Some(&receipt)).await.unwrap(),
            2 => webhooks.save(&Webhook { revision: 2, ..hook.clone() }, Some(&receipt)).await.unwrap(),
            _ => webhooks.add_replay(&replay, 20, Some(&receipt)).await.unwrap(),
        });
        assert_eq!(bench.repositories.receipts.begin(beginning).await.unwrap(), Begun::Answered(vec![number]));
    }
}
