//! The root element of an SVG image.

use assets_domain::Facts;

/// What stands behind `<svg` in the root element, if that is what the text begins with.
pub(crate) fn root(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    loop {
        rest = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->")?.1
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            instruction.split_once("?>")?.1
        } else if let Some(doctype) = rest.strip_prefix("<!DOCTYPE") {
            let (before, behind) = doctype.split_once('>')?;
            // Declarations of its own stand in brackets.
            if before.contains('[') { doctype.split_once(']')?.1.split_once('>')?.1 } else { behind }
        } else {
            let attributes = rest.strip_prefix("<svg")?;
            return attributes.starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').then_some(attributes);
        }
        .trim_start();
    }
}

/// Width and height as the root element says, in pixels; else those of its `viewBox`; else nothing.
pub(crate) fn measure(text: &str) -> Facts {
    let (mut width, mut height, mut view_box) = (None, None, None);
    for (name, value) in root(text).map(attributes).into_iter().flatten() {
        match name {
            "width" => width = pixels(value),
            "height" => height = pixels(value),
            "viewBox" => view_box = corners(value),
            _ => {}
        }
    }
    match (width.zip(height)).or(view_box) {
        Some((width, height)) => Facts { width: Some(width), height: Some(height), ..Facts::default() },
        None => Facts::default(),
    }
}

/// The attributes up to the first thing that is none, such as the end of the element.
fn attributes(element: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = element;
    std::iter::from_fn(move || {
        let (name, behind) = rest.split_once('=')?;
        let name = name.trim();
        let value = behind.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        if name.contains(['>', '<', '/']) {
            return None;
        }
        let (value, behind) = value.strip_prefix(quote)?.split_once(quote)?;
        rest = behind;
        Some((name, value))
    })
}

fn corners(value: &str) -> Option<(u32, u32)> {
    let mut numbers = value.split([' ', ',', '\t', '\n', '\r']).filter(|number| !number.is_empty()).skip(2);
    Some((pixels(numbers.next()?)?, pixels(numbers.next()?)?))
}

/// A length in pixels, without its fraction. Other units have no size before something is drawn.
fn pixels(value: &str) -> Option<u32> {
    let number = value.trim();
    let number = number.strip_suffix("px").unwrap_or(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = fraction.bytes().all(|digit| digit.is_ascii_digit());
    whole.parse().ok().filter(|pixels| is_number && *pixels > 0)
}
