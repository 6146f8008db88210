//! A tool: arguments into an operation, and its answer into something small.

use rmcp::model::{self, JsonObject, ToolAnnotations};
use serde_json::Value;

use crate::{
    content,
    operations::{Operations, Unreachable},
    outcome::{Outcome, Shown, ask},
    request::Route,
    schema::{self, Member},
};

/// What a tool does to the world, as clients are told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Reads,
    /// It adds something each time it is called.
    Adds,
    /// It moves an asset; called again, it is refused or changes nothing.
    Moves,
    /// It takes back what others rely on.
    TakesBack,
}

/// How a tool comes to its result.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// One operation, and what is made of its answer.
    Operation(Route, fn(&Value) -> Value),
    /// The same, where what is shown as text is something else than the result.
    Listing(Route, fn(&Value) -> Value, fn(&Value) -> Shown),
    /// The content of a version.
    Content,
}

/// A tool.
#[derive(Clone)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) effect: Effect,
    pub(crate) way: Way,
    pub(crate) takes: Vec<Member>,
    pub(crate) gives: Vec<Member>,
}

impl Tool {
    /// Does it. What a schema gives as a default is sent, and null is as good as nothing.
    pub(crate) async fn call(&self, operations: &dyn Operations, mut arguments: JsonObject) -> Result<Outcome, Unreachable> {
        arguments.retain(|_, value| !value.is_null());
        for member in &self.takes {
            if let Some(default) = member.schema.get("default") {
                arguments.entry(member.name).or_insert_with(|| default.clone());
            }
        }
        match self.way {
            Way::Operation(route, shape) => Ok(ask(operations, route.request(arguments)?).await?.map(shape)),
            Way::Listing(route, shape, show) => Ok(ask(operations, route.request(arguments)?).await?.map(shape).shown(show)),
            Way::Content => content::of(operations, arguments).await,
        }
    }

    /// As clients are told of it.
    pub(crate) fn described(&self) -> model::Tool {
        let annotations = ToolAnnotations::from_raw(
            Some(self.title.to_owned()),
            Some(self.effect == Effect::Reads),
            Some(self.effect == Effect::TakesBack),
            Some(matches!(self.effect, Effect::Reads | Effect::Moves | Effect::TakesBack)),
            Some(false),
        );
        model::Tool::new(self.name, self.description, schema::input(&self.takes))
            .with_title(self.title)
            .with_raw_output_schema(schema::output(&self.gives))
            .with_annotations(annotations)
    }
}
