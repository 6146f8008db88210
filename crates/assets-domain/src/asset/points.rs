use crate::{AnchorError, Answer, ChangeItem, DecisionRequest, FieldError, ItemId, NamedBytes, PathItem, Refusal, Transition};

use super::Asset;

/// What is said point by point is about points that are open, and places that are there.
impl Asset {
    /// Whether the points of a decision make sense for the asset as it stands.
    ///
    /// # Errors
    /// [`Refusal::Points`] says which does not.
    pub fn judge_points(&self, request: &DecisionRequest) -> Result<(), Refusal> {
        let DecisionRequest { action, items, dismissed, .. } = request;
        let wrong = |field, kind, message| Err(Refusal::Points(FieldError::of(field, kind, message)));
        match (action, dismissed) {
            (Transition::Dismiss, Some(none)) if none.is_empty() => wrong("item_ids", "count", "name the points, or leave it out for all"),
            (Transition::Dismiss, Some(points)) if items.is_empty() => match self.first_not_open(points) {
                Some(place) => Err(not_open(vec![PathItem::Field("item_ids"), PathItem::Index(place)])),
                None => Ok(()),
            },
            (Transition::RequestChanges, None) => self.judge_items(request.named, items),
            (_, Some(_)) if *action != Transition::Dismiss => {
                wrong("item_ids", "unexpected", "only to dismiss is about points that were asked for")
            }
            _ if !items.is_empty() => wrong("items", "unexpected", "only a request for changes has points"),
            _ => Ok(()),
        }
    }

    fn judge_items(&self, named: NamedBytes, items: &[ChangeItem]) -> Result<(), Refusal> {
        if items.len().saturating_add(self.open_items().len()) > ChangeItem::MOST_OPEN {
            let message = format!("at most {} points of an asset may be open; dismiss some", ChangeItem::MOST_OPEN);
            return Err(Refusal::Points(FieldError::of("items", "too_many", message)));
        }
        let latest = self.latest();
        // Places in other bytes are looked for nowhere: the decision is refused for naming those.
        let places = if named.agree_with(latest.number, &latest.content.digest) { items } else { &[] };
        for (place, item) in places.iter().enumerate() {
            let Some(anchor) = &item.anchor else { continue };
            let path = || vec![PathItem::Field("items"), PathItem::Index(place), PathItem::Field("anchor")];
            anchor.judge(self.parts.asset_type, &latest.content).map_err(|error| Refusal::Points(misplaced(path(), &error)))?;
        }
        Ok(())
    }

    /// Whether answers are to open points, one to each.
    ///
    /// # Errors
    /// [`Refusal::Points`] says which is not.
    pub fn judge_answers(&self, answers: &[Answer]) -> Result<(), Refusal> {
        let answered: Vec<ItemId> = answers.iter().map(|answer| answer.item_id).collect();
        match self.first_not_open(&answered) {
            Some(place) => Err(not_open(vec![PathItem::Field("answers"), PathItem::Index(place), PathItem::Field("item_id")])),
            None => Ok(()),
        }
    }

    /// The place of the first of these that is no open point of the asset, or was there before.
    fn first_not_open(&self, items: &[ItemId]) -> Option<usize> {
        let is_open = |wanted: &ItemId| self.parts.open_items.iter().any(|item| item.id == *wanted);
        let is_wrong = |(place, item): &(usize, &ItemId)| !is_open(item) || items.iter().take(*place).any(|other| other == *item);
        items.iter().enumerate().find(is_wrong).map(|(place, _)| place)
    }
}

fn not_open(path: Vec<PathItem>) -> Refusal {
    let message = "is no open point of the asset, or is named twice; see get_change_requests".to_owned();
    Refusal::Points(FieldError { path, message, kind: "not_open" })
}

/// An anchor that points at nothing.
pub(crate) fn misplaced(path: Vec<PathItem>, error: &AnchorError) -> FieldError {
    FieldError { path, message: error.to_string(), kind: "anchor" }
}
