//! What is told of each change, and what each reader hears of it.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use assets_domain::{
    Call, Channel, EventFilter, EventType, Heard, NamedBytes, NewExport, Principal, Scope, Selection, Subject, Transition,
};
use assets_testkit::{TestWorld, fixtures};

/// An asset that was approved, released, exported, archived; and a draft.
async fn lived() -> (TestWorld, Principal) {
    let world = TestWorld::new();
    let (writer, ann) = (world.agent("writer"), world.person("ann"));
    let copy = world.create_copy(&writer, "Spring is here").await;
    world.submit_and_approve(&copy, &ann).await;
    world.catalog.release(&ann, copy.id, &Channel::parse("email").unwrap(), None, None).await.unwrap();
    let new = NewExport { selection: Selection::Named(vec![copy.id]), channel: None, market: None, expires_in: None };
    world.catalog.create_export(&ann, &new, None).await.unwrap();
    world.catalog.archive(&Call::by(ann.clone()), copy.id, NamedBytes::default(), None).await.unwrap();
    world.create_copy(&writer, "A draft").await;
    (world, ann)
}

#[tokio::test]
async fn everything_is_told_to_those_who_see_everything() {
    let (world, ann) = lived().await;
    let page = world.catalog.events(&ann, 0, EventFilter::default(), 100).await.unwrap();
    use EventType as E;
    let types: Vec<E> = page.items.iter().map(|event| event.event_type).collect();
    assert_eq!(types, [E::Created, E::Submitted, E::Approved, E::Released, E::Exported, E::Archived, E::Created]);
    assert!(page.items.iter().zip(1..).all(|(event, number)| event.sequence == number && event.workspace == world.workspace));
    assert!(matches!(&page.items[2].heard, Heard::Whole(Subject::Asset(change), by) if change.approval_changed && *by == ann.actor));
    assert!(matches!(&page.items[3].heard, Heard::Whole(Subject::Release(_), _)));
    assert!(matches!(&page.items[4].heard, Heard::Whole(Subject::Export(made), _) if made.count == 1));
}

#[tokio::test]
async fn publishers_hear_which_bytes_are_approved_and_nothing_else() {
    let (world, ann) = lived().await;
    let publisher = fixtures::service(world.workspace, "publisher");
    assert!(!publisher.scopes.allow(Scope::Read));
    let page = world.catalog.events(&publisher, 0, EventFilter::default(), 100).await.unwrap();
    assert_eq!(page.items.iter().map(|event| event.sequence).collect::<Vec<_>>(), [3, 6]);
    assert_eq!((page.next_after, page.head), (7, 7));
    let all = world.catalog.events(&ann, 0, EventFilter::default(), 100).await.unwrap();
    let Heard::Whole(Subject::Asset(change), _) = &all.items[2].heard else { panic!("it is about an asset") };
    let Heard::Approval { asset, approved, .. } = &page.items[0].heard else { panic!("no more is heard") };
    assert_eq!((*asset, *approved), (change.asset, Some((change.version, change.digest))));
    assert!(matches!(&page.items[1].heard, Heard::Approval { approved: None, .. }));
    let drafts = EventFilter { types: Some([EventType::Created].into()), ..EventFilter::default() };
    assert_eq!(world.catalog.events(&publisher, 0, drafts, 100).await.unwrap().items, []);
}

#[tokio::test]
async fn whoever_may_not_read_hears_nothing() {
    let (world, mut ann) = lived().await;
    ann.scopes = [Scope::Admin, Scope::Write].into_iter().collect();
    assert!(world.catalog.events(&ann, 0, EventFilter::default(), 100).await.is_err());
}

#[test]
fn every_transition_is_told_as_something_that_can_be_asked_for() {
    for transition in Transition::ALL {
        let event_type = EventType::from(transition);
        assert_eq!(EventType::parse(event_type.as_str()), Some(event_type));
    }
    assert_eq!(EventType::parse("asset.sold"), None);
}
