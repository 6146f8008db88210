//! A query as pairs: a name is repeated for each value of a list.

use serde::Serialize;
use serde_json::Value;

use crate::Error;

/// The pairs of what serializes as an object of texts, numbers, truths, and lists of these.
pub(crate) fn pairs(query: &impl Serialize) -> Result<Vec<(String, String)>, Error> {
    let Value::Object(members) = serde_json::to_value(query)? else { return Ok(Vec::new()) };
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let listed = |value: Value| match value {
        Value::Array(values) => values,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => vec![value],
    };
    Ok(members.into_iter().flat_map(|(name, value)| listed(value).into_iter().map(move |value| (name.clone(), text(value)))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AssetFilter, AssetType, ListSort};

    #[test]
    fn a_name_is_repeated_for_each_value_and_what_is_left_open_is_not_sent() {
        let filter = AssetFilter {
            asset_type: vec![AssetType::Copy, AssetType::Blog],
            has_approved: Some(true),
            limit: Some(2),
            sort: Some(ListSort::SubmittedAt),
            ..AssetFilter::default()
        };
        let mut sent = pairs(&filter).unwrap();
        sent.sort();
        let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(sent, [("has_approved", "true"), ("limit", "2"), ("sort", "submitted_at"), ("type", "blog"), ("type", "copy")]);
    }
}
