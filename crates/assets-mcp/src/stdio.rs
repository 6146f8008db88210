//! MCP over standard input and output: for clients that start programs.

use std::sync::Arc;

use rmcp::{ServiceExt, transport::stdio};

use crate::{handler::Handler, operations::Operations};

/// Why the conversation came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StdioError(String);

/// Serves one caller on standard input and output, until the input ends. Nothing but the protocol is written there.
///
/// # Errors
/// The other side does not speak the protocol.
pub async fn serve_stdio(operations: Arc<dyn Operations>) -> Result<(), StdioError> {
    let running = Handler::for_one(operations).serve(stdio()).await.map_err(|error| StdioError(error.to_string()))?;
    running.waiting().await.map_err(|error| StdioError(error.to_string()))?;
    Ok(())
}
