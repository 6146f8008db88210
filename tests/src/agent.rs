//! Who speaks MCP, in calls of tools.

use serde_json::{Value, json};

use crate::{Ask, Caller, Method, Reply};

/// The version of the protocol that is spoken unless a test says otherwise: the newest with a handshake.
pub const PROTOCOL: &str = "2025-11-25";

impl Caller {
    /// Calls a tool over HTTP.
    pub fn tool(&self, name: &str, arguments: Value) -> Ask {
        self.mcp("tools/call", json!({"name": name, "arguments": arguments}))
    }

    /// Sends any message over HTTP.
    pub fn mcp(&self, method: &str, params: Value) -> Ask {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.ask(Method::POST, "/mcp")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", PROTOCOL)
            .json(message)
    }
}

impl Reply {
    /// What a message was answered, if it was answered with a result.
    #[track_caller]
    pub fn answered(self) -> Value {
        let said = self.to_string();
        let mut message = self.status(200).json();
        message.get_mut("result").map(Value::take).unwrap_or_else(|| panic!("expected a result: {said}"))
    }

    /// What a tool gives, if it was not refused.
    #[track_caller]
    pub fn given(self) -> Value {
        let mut result = self.answered();
        assert_eq!(result.get("isError").and_then(Value::as_bool), Some(false), "expected no refusal: {result}");
        result.get_mut("structuredContent").map(Value::take).unwrap_or_else(|| panic!("nothing is structured: {result}"))
    }

    /// The problem for which a tool was refused.
    #[track_caller]
    pub fn refused(self, code: &str) -> Value {
        let mut result = self.answered();
        assert_eq!(result.get("isError").and_then(Value::as_bool), Some(true), "expected the refusal {code}: {result}");
        let problem = result.pointer_mut("/structuredContent/problem").map(Value::take).unwrap_or_default();
        assert_eq!(problem.get("code").and_then(Value::as_str), Some(code), "expected the refusal {code}: {problem}");
        problem
    }
}
