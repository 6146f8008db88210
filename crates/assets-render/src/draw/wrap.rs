//! Words in lines, without asking a font.

/// Words in lines of a width, at most so many, for letters of a size. How wide letters are is reckoned, a little too wide.
pub(super) fn wrap(words: &str, size: f64, width: f64, limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut line, mut used) = (String::new(), 0.0);
    for word in words.split_whitespace() {
        for part in broken(word, size, width) {
            let wide = wide(&part) * size;
            if !line.is_empty() && used + SPACE * size + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if lines.len() >= limit {
                return cut(lines);
            }
            if !line.is_empty() {
                line.push(' ');
                used += SPACE * size;
            }
            line.push_str(&part);
            used += wide;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

const SPACE: f64 = 0.25;

/// What does not fit is told by the last line.
fn cut(mut lines: Vec<String>) -> Vec<String> {
    if let Some(last) = lines.last_mut() {
        last.push('\u{2026}');
    }
    lines
}

/// A word in parts that fit into a line.
fn broken(word: &str, size: f64, width: f64) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut used = 0.0;
    for c in word.chars() {
        let next = letter(c) * size;
        if used + next > width {
            parts.push(String::new());
            used = 0.0;
        }
        used += next;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn wide(words: &str) -> f64 {
    words.chars().map(letter).sum()
}

/// How wide a letter is, as a part of its size.
fn letter(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | '\u{2019}' => 0.26,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '-' => 0.36,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '\u{2014}' => 0.88,
        'A'..='Z' | '&' => 0.66,
        // Scripts whose letters are as wide as they are high.
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' => {
            1.0
        }
        '\u{1f000}'.. => 1.2,
        _ => 0.55,
    }
}
