//! Copy with variants: its wordings beside each other.

use std::fmt::Write;

use assets_domain::{CopyVariant, CopyVariants};

use super::escape;

pub(super) fn page(copy: &CopyVariants) -> String {
    let mut page = String::from("<main class=\"cards\">\n");
    for variant in &copy.variants {
        let (language, characters) = (language(variant), variant.text.chars().count());
        let tag = language.map(|language| format!("<span class=\"locale\">{language}</span>")).unwrap_or_default();
        let lang = language.map(|language| format!(" lang=\"{language}\"")).unwrap_or_default();
        let _ = writeln!(
            page,
            "<article class=\"card\"><header><h2 dir=\"auto\">{}</h2>{tag}</header>\n<p class=\"plain\" dir=\"auto\"{lang}>{}</p>\n<footer>{characters} character{}</footer></article>",
            escape(&variant.label),
            escape(&variant.text),
            if characters == 1 { "" } else { "s" },
        );
    }
    page + "</main>"
}

/// What was given as the language, if it can be one.
fn language(variant: &CopyVariant) -> Option<&str> {
    let is_tag = |tag: &&str| !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    variant.locale.as_deref().filter(is_tag)
}

pub(super) fn words(copy: &CopyVariants) -> String {
    let one = |variant: &CopyVariant| {
        let lines = [Some(variant.label.as_str()), variant.locale.as_deref(), Some(variant.text.as_str())];
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
    };
    copy.variants.iter().map(one).collect::<Vec<_>>().join("\n\n")
}
