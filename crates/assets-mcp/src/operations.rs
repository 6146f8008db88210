//! The port: what a caller can have done.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

/// The REST operations of the service, for one caller. Whoever implements it adds the caller's key, or is known by it already.
#[async_trait]
pub trait Operations: Send + Sync {
    /// Has an operation performed; the request has a path and no host. What the operation refuses is an answer like others.
    ///
    /// # Errors
    /// There is no answer.
    async fn perform(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Unreachable>;
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);
