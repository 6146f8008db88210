//! An asset as a client knows it.

use serde_json::Value;

/// An asset as a client knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    revision: u64,
    status: String,
    /// The content of each version, in order.
    pub(crate) texts: Vec<String>,
    /// The decisions, in order.
    pub(crate) decisions: Vec<&'static str>,
    /// The number of the version that may be published.
    approved: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Move {
    Add,
    Submit,
    Approve,
    RequestChanges,
    Rollback,
    Retitle,
    Delete,
}

/// What of an asset is compared: revision, status, versions by size, decisions, what is approved.
pub(crate) type Shape = (u64, String, Vec<u64>, Vec<String>, Option<u64>);

impl Known {
    /// A new draft.
    pub(crate) fn new(text: &str) -> Self {
        Self { revision: 1, status: "draft".to_owned(), texts: vec![text.to_owned()], ..Self::default() }
    }

    /// What may be done to it, and be accepted.
    pub(crate) fn moves(&self) -> &'static [Move] {
        match self.status.as_str() {
            "draft" if self.approved.is_none() && !self.decisions.contains(&"approve") => {
                &[Move::Add, Move::Submit, Move::Submit, Move::Rollback, Move::Retitle, Move::Delete]
            }
            "draft" => &[Move::Add, Move::Submit, Move::Submit, Move::Rollback, Move::Retitle],
            "pending_review" => &[Move::Add, Move::Approve, Move::Approve, Move::RequestChanges, Move::Rollback],
            _ => &[Move::Add, Move::RequestChanges, Move::Rollback, Move::Retitle],
        }
    }

    /// What it is after a move; `None`: gone.
    pub(crate) fn after(&self, step: Move, text: &str) -> Option<Self> {
        let mut after = Self { revision: self.revision + 1, ..self.clone() };
        match step {
            Move::Add => after.append(text.to_owned()),
            Move::Rollback => after.append(self.texts.first().unwrap().clone()),
            Move::Submit => after.decide("submit", "pending_review"),
            Move::Approve => {
                after.decide("approve", "approved");
                after.approved = Some(self.texts.len());
            }
            Move::RequestChanges => {
                after.decide("request_changes", "draft");
                // Taking back is about bytes: whatever version of them is approved.
                if self.approved_text() == self.texts.last().map(String::as_str) {
                    after.approved = None;
                }
            }
            Move::Retitle => {}
            Move::Delete => return None,
        }
        Some(after)
    }

    /// The content that may be published.
    pub(crate) fn approved_text(&self) -> Option<&str> {
        self.approved.map(|number| self.texts.get(number - 1).unwrap().as_str())
    }

    pub(crate) fn shape(&self) -> Shape {
        (
            self.revision,
            self.status.clone(),
            self.texts.iter().map(|text| u64::try_from(text.len()).unwrap()).collect(),
            self.decisions.iter().map(|action| (*action).to_owned()).collect(),
            self.approved.map(|number| u64::try_from(number).unwrap()),
        )
    }

    fn append(&mut self, text: String) {
        self.texts.push(text);
        "draft".clone_into(&mut self.status);
    }

    fn decide(&mut self, action: &'static str, status: &str) {
        self.decisions.push(action);
        status.clone_into(&mut self.status);
    }
}

/// What is seen of an asset in its history.
pub(crate) fn seen(history: &Value) -> Shape {
    let list = |name: &str| history.get(name).and_then(Value::as_array).unwrap();
    let number = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_u64).unwrap();
    let versions = list("versions").iter().rev();
    let (numbers, sizes): (Vec<u64>, Vec<u64>) =
        versions.map(|version| (number(version, "/number"), number(version, "/content/size_bytes"))).unzip();
    assert!(numbers.iter().copied().eq(1..=u64::try_from(numbers.len()).unwrap()), "the versions have a gap: {history}");
    (
        number(history, "/revision"),
        history.get("status").and_then(Value::as_str).unwrap().to_owned(),
        sizes,
        list("decisions").iter().map(|decision| decision.get("action").and_then(Value::as_str).unwrap().to_owned()).collect(),
        history.pointer("/approved_version/number").and_then(Value::as_u64),
    )
}
