use std::sync::atomic::{AtomicU32, Ordering};

use assets_domain::{
    Variant,
    ports::{Breakage, Foresight, RandomRead, RenderOrder, Renderer, Rendering, RenditionId, Tool},
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;

/// Makes of content a line that says what was asked for, and pictures of every size at once. It has no tools.
#[derive(Debug, Default)]
pub struct PlainRenderer {
    orders: AtomicU32,
}

impl PlainRenderer {
    /// Its only edition.
    pub const EDITION: i32 = 1;

    /// How often it was asked to make something.
    #[must_use]
    pub fn orders(&self) -> u32 {
        self.orders.load(Ordering::Relaxed)
    }

    fn line(variant: Variant, size_bytes: u64) -> Bytes {
        format!("{variant} of {size_bytes} bytes").into()
    }
}

#[async_trait]
impl Renderer for PlainRenderer {
    fn edition(&self) -> i32 {
        Self::EDITION
    }

    fn has(&self, _tool: Tool) -> bool {
        false
    }

    async fn render(&self, order: RenderOrder, content: &dyn RandomRead) -> Result<Vec<Rendering>, Breakage> {
        self.orders.fetch_add(1, Ordering::Relaxed);
        content.read(0..1).await?;
        let variants = if Variant::PICTURES.contains(&order.variant) { Variant::PICTURES.to_vec() } else { vec![order.variant] };
        let made = |variant| {
            let line = Self::line(variant, content.size_bytes());
            Rendering { variant, bytes: Box::pin(stream::iter([Ok(line)])), shortfall: None }
        };
        Ok(variants.into_iter().map(made).collect())
    }

    async fn nothing(&self, variant: Variant) -> Result<Bytes, Breakage> {
        Ok(format!("no {variant}").into())
    }
}

/// Passes over what it hears.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoForesight;

impl Foresight for NoForesight {
    fn expect(&self, _wanted: RenditionId) {}
}
