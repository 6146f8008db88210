//! stub
use assets_domain::ports::{RenderOrder, Shortfall};
use std::fs::File;
pub(super) fn draw_pdf(_: RenderOrder, _: Vec<u8>) -> super::Made {
    Err(Shortfall::Unreadable)
}
pub(super) fn draw_pptx(_: RenderOrder, _: File) -> super::Made {
    Err(Shortfall::Unreadable)
}
pub(super) fn draw_print(_: RenderOrder, _: &[u8]) -> super::Made {
    Err(Shortfall::Unreadable)
}
