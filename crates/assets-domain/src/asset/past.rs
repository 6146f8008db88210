//! What was so at an earlier moment, as the record tells it.

use chrono::{DateTime, Utc};

use crate::{Decision, Transition};

/// The approval that stood at a moment, from all decisions about an asset, oldest first: the last that approved, unless it was taken
/// back since. `None` if none stood.
///
/// What was decided in one order is taken in that order: the first decision of a later moment ends the look back, whatever the clocks
/// of those behind it say.
///
/// ```
/// use assets_domain::{Call, NamedBytes, Transition, standing_at};
/// use assets_testkit::TestWorld;
/// use chrono::TimeDelta;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), assets_domain::CatalogError> {
/// let world = TestWorld::new();
/// let (writer, ann) = (world.agent("writer"), world.person("ann"));
/// let copy = world.create_copy(&writer, "Spring is here").await;
/// world.catalog.submit(&Call::by(writer.clone()), copy.id, NamedBytes::default(), None).await?;
/// world.catalog.approve(&Call::by(ann), copy.id, NamedBytes::default(), None).await?;
///
/// let decisions = world.catalog.history(&writer, copy.id).await?.decisions;
/// let approved_at = decisions[1].at;
/// assert_eq!(standing_at(&decisions, approved_at), Some(&decisions[1]));
/// assert_eq!(standing_at(&decisions, approved_at - TimeDelta::microseconds(1)), None);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn standing_at(decisions: &[Decision], at: DateTime<Utc>) -> Option<&Decision> {
    let until_then = decisions.iter().take_while(|decision| decision.at <= at);
    until_then.fold(None, |standing, decision| match decision.action {
        Transition::Approve if decision.is_approval() => Some(decision),
        // One of several that are asked for approves nothing by itself.
        Transition::Approve => standing,
        Transition::Revoke | Transition::Archive => None,
        // Who wants the very bytes otherwise takes their approval back.
        Transition::RequestChanges => standing.filter(|approval: &&Decision| approval.digest != decision.digest),
        Transition::Submit | Transition::Withdraw | Transition::Restore | Transition::Dismiss => standing,
    })
}
