//! Copy with variants.

use assets_domain::{
    CopyVariants, Facts, SearchText,
    ports::{Breakage, Measured, RandomRead, Unfit},
};

use super::text::WordCount;

const MAX_BYTES: u64 = 1 << 20;

pub(super) async fn measure(content: &dyn RandomRead) -> Result<Result<Measured, Unfit>, Breakage> {
    if content.size_bytes() > MAX_BYTES {
        return Ok(Err(Unfit::Malformed(format!("copy with variants must be at most {MAX_BYTES} bytes"))));
    }
    let bytes = content.read(0..content.size_bytes()).await?;
    Ok(parse(&bytes).map(|copy| measured(&copy)).map_err(Unfit::Malformed))
}

fn parse(bytes: &[u8]) -> Result<CopyVariants, String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let copy: CopyVariants = serde_json::from_slice(bytes).map_err(|error| format!("the content is not copy with variants: {error}"))?;
    if copy.variants.is_empty() {
        return Err("the copy needs at least one variant".to_owned());
    }
    for (place, variant) in copy.variants.iter().enumerate() {
        if variant.label.trim().is_empty() || variant.text.trim().is_empty() {
            return Err(format!("variant {place} needs a label and a text"));
        }
    }
    Ok(copy)
}

fn measured(copy: &CopyVariants) -> Measured {
    let mut words = WordCount::default();
    let mut searched = String::new();
    for variant in &copy.variants {
        words.take(&variant.text);
        words.take(" ");
        searched.extend([variant.label.as_str(), " ", variant.text.as_str(), " "]);
    }
    Measured { facts: Facts { words: Some(words.count()), ..Facts::default() }, text: SearchText::of(&searched) }
}
