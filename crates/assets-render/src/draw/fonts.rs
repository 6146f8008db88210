//! The fonts with which words are drawn.

use std::sync::Arc;

use resvg::usvg::fontdb::{Database, FaceInfo, Stretch, Style, Weight};

/// The one that is always there.
pub(super) const OWN_FAMILY: &str = "Ubuntu";
/// Where others are, if any are installed.
const FOLDERS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
/// Those that stand in for the general kinds, the best first.
const SANS: [&str; 6] = ["Arial", "Helvetica", "Liberation Sans", "Noto Sans", "DejaVu Sans", OWN_FAMILY];
const SERIF: [&str; 6] = ["Times New Roman", "Liberation Serif", "Noto Serif", "DejaVu Serif", "FreeSerif", OWN_FAMILY];
const MONO: [&str; 5] = ["Courier New", "Liberation Mono", "Noto Sans Mono", "DejaVu Sans Mono", OWN_FAMILY];

/// The service's own font, so that what it says looks the same everywhere; with those that are installed besides, where the words
/// need other letters.
pub(super) fn for_words(words: &str) -> Arc<Database> {
    let needs_others = words.chars().any(|c| !matches!(u32::from(c), 0..0x530 | 0x2000..0x2070 | 0x20A0..0x20C0));
    let mut fonts = own();
    if needs_others {
        load_installed(&mut fonts);
        // Whatever stands in for a letter that is missing is upright and of ordinary weight, like the rest.
        let is_plain = |face: &FaceInfo| face.style == Style::Normal && face.weight <= Weight::NORMAL && face.stretch == Stretch::Normal;
        let others: Vec<_> = fonts.faces().filter(|face| !is_plain(face)).map(|face| face.id).collect();
        others.into_iter().for_each(|face| fonts.remove_face(face));
    }
    Arc::new(fonts)
}

/// The fonts for a drawing that somebody else made.
pub(super) fn for_drawing(has_words: bool) -> Arc<Database> {
    let mut fonts = own();
    if has_words {
        load_installed(&mut fonts);
        let first = |names: &[&str]| {
            let known = |name: &&&str| fonts.faces().any(|face| face.families.iter().any(|(family, _)| family == **name));
            names.iter().find(known).map_or(OWN_FAMILY, |name| *name).to_owned()
        };
        let (sans, serif, mono) = (first(&SANS), first(&SERIF), first(&MONO));
        fonts.set_sans_serif_family(sans);
        fonts.set_serif_family(serif);
        fonts.set_monospace_family(mono);
    }
    Arc::new(fonts)
}

fn own() -> Database {
    let mut fonts = Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.set_sans_serif_family(OWN_FAMILY);
    fonts.set_serif_family(OWN_FAMILY);
    fonts.set_monospace_family(OWN_FAMILY);
    fonts.set_cursive_family(OWN_FAMILY);
    fonts.set_fantasy_family(OWN_FAMILY);
    fonts
}

fn load_installed(fonts: &mut Database) {
    for folder in FOLDERS {
        fonts.load_fonts_dir(folder);
    }
}
