//! Cards that stand in place of content: calm, without colour, the type in words and why it is not shown.

use std::fmt::Write;

use assets_domain::{
    AssetType, Variant,
    ports::{RenderOrder, Shortfall},
};

use super::{Made, picture::LARGEST, save, save_picture, vector, wrap::wrap};
use crate::{job::companions, notice, page};

/// Draws the cards of an order, as many as are made together.
pub(super) fn draw(order: RenderOrder, shortfall: Shortfall) -> Made {
    let (title, reason) = (notice::title(order), notice::reason(order, shortfall));
    let mut made = Vec::new();
    for variant in companions(order.variant) {
        made.extend(match variant {
            Variant::Page => save(variant, page::notice(&title, reason).as_bytes())?,
            Variant::Text | Variant::Original => save(variant, format!("{title}\n{reason}\n").as_bytes())?,
            _ => draw_one(variant, icon(order.asset_type), &title, reason)?,
        });
    }
    Ok(made)
}

/// Draws the card that says nothing of what it stands for.
pub(super) fn draw_nothing(variant: Variant) -> Made {
    draw_one(variant, NOTHING, "", "Nothing to show")
}

/// The smaller the card, the larger its words on it: all of them are to be read.
fn draw_one(variant: Variant, icon: &str, title: &str, reason: &str) -> Made {
    let side = variant.longest_side().unwrap_or(LARGEST);
    let (title_size, size, stroke) = match side {
        0..=256 => (58, 38, 3.4),
        257..=640 => (38, 23, 2.4),
        _ => (30, 16, 1.8),
    };
    let lines = wrap(reason, f64::from(size), 540.0, 3);
    let title_height = if title.is_empty() { 0 } else { title_size + size / 2 };
    let (icon_height, line_height) = (if side <= 256 { 92 } else { 104 }, size * 13 / 10);
    let line_count = i32::try_from(lines.len()).unwrap_or(1);
    let top = (400 - icon_height - title_height - line_count * line_height) / 2;
    let mut words = String::new();
    if !title.is_empty() {
        let y = top + icon_height + title_size;
        let _ = write!(words, r##"<text x="320" y="{y}" font-size="{title_size}" fill="#3d4550">{}</text>"##, page::escape(title));
    }
    for (place, line) in (1..).zip(&lines) {
        let y = top + icon_height + title_height + place * line_height;
        let _ = write!(words, r##"<text x="320" y="{y}" font-size="{size}" fill="#69727f">{}</text>"##, page::escape(line));
    }
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" width="640" height="400">
        <rect width="640" height="400" fill="#eef0f2"/>
        <g transform="translate(284 {top})" fill="none" stroke="#8a94a1" stroke-width="{stroke}" stroke-linejoin="round" stroke-linecap="round">{icon}</g>
        <g text-anchor="middle">{words}</g></svg>"##
    );
    save_picture(variant, &vector::draw_own(&svg, reason, side)?)
}

const NOTHING: &str = r#"<circle cx="36" cy="36" r="30"/><path d="M22 36h28"/>"#;

/// A drawing for a type, on a square of 72.
const fn icon(asset_type: AssetType) -> &'static str {
    match asset_type {
        AssetType::Copy => r#"<path d="M8 16h56M8 30h56M8 44h56M8 58h32"/>"#,
        AssetType::Image => {
            r#"<rect x="4" y="10" width="64" height="52" rx="6"/><circle cx="24" cy="28" r="6"/><path d="M6 56l20-18 12 10 14-14 14 14"/>"#
        }
        AssetType::Slide => {
            r#"<rect x="4" y="8" width="64" height="42" rx="4"/><path d="M36 50v8M22 64l14-6 14 6M20 40V30M32 40V20M44 40V26M54 40V34"/>"#
        }
        AssetType::Video => r#"<rect x="4" y="10" width="64" height="52" rx="6"/><path d="M29 24v24l20-12z"/>"#,
        AssetType::Blog => r#"<path d="M14 4h32l14 14v50H14zM46 4v14h14M24 32h26M24 43h26M24 54h16"/>"#,
        AssetType::Bundle => r#"<path d="M6 22L36 8l30 14v30L36 66 6 52zM6 22l30 14 30-14M36 36v30M21 15l30 14"/>"#,
    }
}
