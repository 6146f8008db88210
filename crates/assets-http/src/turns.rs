//! Few at once for each workspace, so that one does not take it all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use assets_domain::WorkspaceId;

/// How many at once.
const AT_ONCE: usize = 2;

/// What may be done by each workspace twice at once, and no more, at this process.
#[derive(Debug, Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<WorkspaceId, usize>>>);

/// A turn, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    workspace: WorkspaceId,
}

impl Turns {
    /// A turn, unless as many as there may be are taken.
    pub(crate) fn take(&self, workspace: WorkspaceId) -> Option<Turn> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(workspace).or_default();
        if *count >= AT_ONCE {
            return None;
        }
        *count += 1;
        Some(Turn { turns: self.clone(), workspace })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.workspace) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.workspace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_workspace_has_two_turns_at_once_and_no_more() {
        let turns = Turns::default();
        let [one, other] = [1, 2].map(|number| WorkspaceId::new(Uuid::from_u128(number)));
        let first = turns.take(one).unwrap();
        let _second = turns.take(one).unwrap();
        assert!(turns.take(one).is_none());
        assert!(turns.take(other).is_some());
        drop(first);
        assert!(turns.take(one).is_some());
    }
}
