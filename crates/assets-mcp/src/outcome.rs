//! What came of an operation.

use bytes::Bytes;
use http::{Request, Response};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};

use crate::{
    asset::{member, shortened},
    operations::{Operations, Unreachable},
    text,
};

/// The most characters of a point that holds up a submission; get_change_requests has the rest.
const MAX_POINT: usize = 300;

/// What came of an operation, without what nobody sees.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Its result, and what is shown as text.
    Done(Value, Shown),
    /// The problem for which it was refused.
    Refused(Value),
}

/// What is shown of a result as text.
#[derive(Debug, Clone)]
pub(crate) enum Shown {
    /// The result, as JSON.
    Same,
    /// The result, as JSON, and this.
    Besides(String),
    /// This: the result would be too long twice.
    Instead(String),
}

/// Has an operation performed whose answer is JSON.
pub(crate) async fn ask(operations: &dyn Operations, request: Request<Bytes>) -> Result<Outcome, Unreachable> {
    read(&operations.perform(request).await?)
}

/// An answer in JSON, whichever it is.
pub(crate) fn read(response: &Response<Bytes>) -> Result<Outcome, Unreachable> {
    let status = response.status();
    let body = serde_json::from_slice(response.body());
    let body = body.map(text::cleaned_value).map_err(|error| Unreachable(format!("the service answered {status} and no JSON: {error}")))?;
    if status.is_success() { Ok(Outcome::Done(body, Shown::Same)) } else { Ok(Outcome::Refused(body)) }
}

impl Outcome {
    /// With something else shown as text.
    pub(crate) fn shown(self, show: impl FnOnce(&Value) -> Shown) -> Self {
        match self {
            Self::Done(result, _) => {
                let shown = show(&result);
                Self::Done(result, shown)
            }
            Self::Refused(problem) => Self::Refused(problem),
        }
    }

    /// With something else made of the result.
    pub(crate) fn map(self, shape: impl FnOnce(&Value) -> Value) -> Self {
        match self {
            Self::Done(result, shown) => Self::Done(shape(&result), shown),
            Self::Refused(problem) => Self::Refused(problem),
        }
    }

    /// As a tool answers it: structured, and the same as text, because some clients give a model the one and some the other.
    pub(crate) fn into_result(self) -> CallToolResult {
        match self {
            Self::Done(result, shown) => {
                let mut answer = CallToolResult::structured(result);
                match shown {
                    Shown::Same => {}
                    Shown::Besides(text) => answer.content.push(ContentBlock::text(text)),
                    Shown::Instead(text) => answer.content = vec![ContentBlock::text(text)],
                }
                answer
            }
            Self::Refused(problem) => CallToolResult::structured_error(refusal(problem)),
        }
    }
}

/// A problem as a tool answers it. What people wrote in it is said to be theirs, and cut.
fn refusal(mut problem: Value) -> Value {
    let Some(items) = problem.get_mut("open_items").and_then(Value::as_array_mut) else { return json!({"problem": problem}) };
    for item in items {
        *item = json!({
            "id": member(item, "id"), "severity": member(item, "severity"), "text": shortened(member(item, "text"), MAX_POINT),
        });
    }
    json!({"problem": problem, "notice": text::NOTICE})
}
