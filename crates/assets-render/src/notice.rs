//! What is said in place of content.

use assets_domain::{
    AssetType, Variant,
    ports::{RenderOrder, Shortfall, Tool},
};

/// What is not shown, in a word or two.
pub(crate) fn title(order: RenderOrder) -> String {
    if let Variant::Slide(number) = order.variant {
        return format!("Slide {number}");
    }
    let kind = match order.asset_type {
        AssetType::Copy => "Copy",
        AssetType::Image => "Image",
        AssetType::Slide => "Deck",
        AssetType::Video => "Video",
        AssetType::Blog => "Blog post",
        AssetType::Bundle => "Bundle",
    };
    kind.to_owned()
}

/// Why it is not shown.
pub(crate) const fn reason(order: RenderOrder, shortfall: Shortfall) -> &'static str {
    match shortfall {
        Shortfall::Needs(Tool::Ffmpeg) if matches!(order.asset_type, AssetType::Video) => "A poster needs ffmpeg on the server",
        Shortfall::Needs(Tool::Ffmpeg) => "AVIF needs ffmpeg on the server",
        Shortfall::Needs(Tool::LibreOffice) => "Slides need LibreOffice on the server",
        Shortfall::TooLarge => "Too large to be shown",
        Shortfall::TooSlow => "Took too long to draw",
        Shortfall::Unreadable => "Could not be read",
    }
}
