//! How a photograph is to be turned before it is shown, as cameras note it (Exif 2.32, tag 0x0112).

/// Where the directory of a TIFF header may be, at most: cameras put it right behind.
const MAX_ENTRIES: u16 = 512;
const ORIENTATION: u16 = 0x0112;

/// Whether a JPEG is shown lying on its side: width and height change places.
pub(super) fn is_on_its_side(jpeg: &[u8]) -> bool {
    segments(jpeg).find_map(|segment| orientation(segment.strip_prefix(b"Exif\0\0")?)).is_some_and(|turn| (5..=8).contains(&turn))
}

/// What the application segments (`APP1`) in front of the picture hold.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let [0xff, marker, high, low] = *rest.first_chunk()? else { return None };
            // The picture begins: nothing is said about it any more.
            if marker == 0xda {
                return None;
            }
            let length = usize::from(u16::from_be_bytes([high, low]));
            let segment = rest.get(4..length.checked_add(2)?)?;
            rest = rest.get(length.checked_add(2)?..)?;
            if marker == 0xe1 {
                return Some(segment);
            }
        }
    })
}

/// The tag's value in the first directory of a TIFF header, in whichever order of bytes it is written.
fn orientation(tiff: &[u8]) -> Option<u16> {
    let is_big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let long = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = short(directory)?.min(MAX_ENTRIES);
    (0..usize::from(entries))
        .map_while(|entry| directory.checked_add(2)?.checked_add(entry.checked_mul(12)?))
        .find(|at| short(*at) == Some(ORIENTATION))
        .and_then(|at| short(at.checked_add(8)?))
}
