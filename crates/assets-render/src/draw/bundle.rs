//! stub
use assets_domain::ports::{RenderOrder, Shortfall};
use std::fs::File;
pub(super) fn draw(_: RenderOrder, _: File) -> super::Made {
    Err(Shortfall::Unreadable)
}
