//! Which addresses a name has.

use std::{io, net::IpAddr};

use async_trait::async_trait;

/// Says which addresses a name has at this moment.
#[async_trait]
pub trait Names: Send + Sync {
    /// Every address of a name; none if it has none.
    ///
    /// # Errors
    /// It cannot be found out.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// As the operating system says.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect())
    }
}
