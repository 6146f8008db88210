//! What content is, and whether an asset may hold it.

use assets_domain::{
    AssetType, MediaType,
    ports::{MediaInspector, Unfit},
};

use crate::{
    signature::{Signature, foreign_name, signature},
    svg,
};

pub(crate) fn sniff(asset_type: AssetType, declared: Option<MediaType>, head: &[u8]) -> Result<MediaType, Unfit> {
    if head.is_empty() {
        return Err(Unfit::Malformed("the content is empty".to_owned()));
    }
    let unfit = |found: &str| Unfit::Type { asset_type, found: found.to_owned() };
    let found = match signature(head) {
        // What a bundle is made of is its maker's business, as long as it is an archive.
        Some(Signature::Known(MediaType::Pptx) | Signature::OtherOffice(_)) if asset_type == AssetType::Bundle => MediaType::Zip,
        Some(Signature::Known(known)) => known,
        Some(Signature::OtherOffice(name) | Signature::Foreign(name)) => return Err(unfit(name)),
        None => match text(head) {
            Some(text) => return sniff_text(asset_type, declared, text),
            None if takes_text(asset_type) && !head.contains(&0) && foreign_name(head).is_none() => return Err(not_utf8()),
            None => return Err(unfit(foreign_name(head).unwrap_or("not recognised"))),
        },
    };
    if !asset_type.takes(found) {
        return Err(unfit(found.as_str()));
    }
    match declared {
        Some(declared) if declared != found => Err(Unfit::Declared { declared, found: found.as_str().to_owned() }),
        _ => Ok(found),
    }
}

/// The refusal of text in another encoding.
pub(crate) fn not_utf8() -> Unfit {
    Unfit::Malformed("the text is not valid UTF-8".to_owned())
}

/// Kinds of text look alike: the sender says which it is, among those that the asset may hold.
fn sniff_text(asset_type: AssetType, declared: Option<MediaType>, text: &str) -> Result<MediaType, Unfit> {
    let unfit = |found: &str| Unfit::Type { asset_type, found: found.to_owned() };
    if asset_type == AssetType::Image && svg::root(text).is_some() {
        return match declared {
            Some(declared) if declared != MediaType::Svg => Err(Unfit::Declared { declared, found: MediaType::Svg.as_str().to_owned() }),
            _ => Ok(MediaType::Svg),
        };
    }
    if !takes_text(asset_type) {
        return Err(unfit("text"));
    }
    match declared {
        Some(declared) if !declared.is_text() => Err(Unfit::Declared { declared, found: "text".to_owned() }),
        Some(declared) if !asset_type.takes(declared) => Err(unfit(declared.as_str())),
        Some(declared) => Ok(declared),
        None if asset_type.takes(MediaType::Json) && looks_like_variants(text) => Ok(MediaType::Json),
        None => asset_type.media_types().first().copied().ok_or_else(|| unfit("text")),
    }
}

fn takes_text(asset_type: AssetType) -> bool {
    asset_type.media_types().iter().any(|media_type| media_type.is_text() && *media_type != MediaType::Svg)
}

/// The head as text: UTF-8 without NUL. Where the head is all that is shown, a character may be cut in two at its end.
fn text(head: &[u8]) -> Option<&str> {
    if head.contains(&0) {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && head.len() >= <dyn MediaInspector>::HEAD_BYTES => {
            head.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok())
        }
        Err(_) => None,
    }
}

fn looks_like_variants(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    after(text, "{").and_then(|rest| after(rest, "\"variants\"")).and_then(|rest| after(rest, ":")).is_some()
}

fn after<'a>(text: &'a str, token: &str) -> Option<&'a str> {
    text.trim_start().strip_prefix(token)
}
