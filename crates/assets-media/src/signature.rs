//! What the first bytes of binary formats look like.

use assets_domain::MediaType;

/// What a signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// A media type that the service takes.
    Known(MediaType),
    /// An archive whose names are those of another office document, which is a ZIP all the same.
    OtherOffice(&'static str),
    /// Something else, by its usual name.
    Foreign(&'static str),
}

/// Reads signatures that no text begins with, but for PDF and GIF, whose first words no text begins with by chance.
pub(crate) fn signature(head: &[u8]) -> Option<Signature> {
    use MediaType as M;
    let known = |media_type| Some(Signature::Known(media_type));
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => known(M::Png),
        [0xff, 0xd8, 0xff, ..] => known(M::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => known(M::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => known(M::Webp),
        [b'%', b'P', b'D', b'F', b'-', ..] => known(M::Pdf),
        [b'P', b'K', 3, 4, ..] => Some(archive(head)),
        // An archive without any file.
        [b'P', b'K', 5, 6, ..] => known(M::Zip),
        [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => Some(matroska(rest)),
        [0, _, _, _, b'f', b't', b'y', b'p', ..] => base_media(head),
        // QuickTime from before there were brands. The first byte of a size is 0, which no text begins with.
        [0, _, _, _, b'm', b'o', b'o', b'v', ..] | [0, _, _, _, b'm', b'd', b'a', b't', ..] | [0, 0, 0, 8, b'w', b'i', b'd', b'e', ..] => {
            known(M::QuickTime)
        }
        _ => None,
    }
}

/// The name of something that the service does not take, for the one who sent it. Some of these are the beginnings of
/// words, so that it must be known already that the bytes are no text.
pub(crate) fn foreign_name(head: &[u8]) -> Option<&'static str> {
    const NAMES: [(&[u8], &str); 14] = [
        (b"BM", "image/bmp"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"8BPS", "a Photoshop document"),
        (b"RIFF", "a RIFF file other than WebP"),
        (b"ID3", "audio/mpeg"),
        (b"OggS", "application/ogg"),
        (b"\xd0\xcf\x11\xe0", "a legacy office document"),
        (b"\x1f\x8b", "application/gzip"),
        (b"7z\xbc\xaf", "application/x-7z-compressed"),
        (b"Rar!", "application/vnd.rar"),
        (b"MZ", "a Windows program"),
        (b"\x7fELF", "a program"),
        (b"\xff\xfe", "text in UTF-16"),
    ];
    NAMES.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|(_, name)| *name)
}

/// A ZIP archive is told from office documents by the names of its first files.
fn archive(head: &[u8]) -> Signature {
    let mut is_package = false;
    for name in local_names(head) {
        for (folder, office) in [("word/", "a Word document"), ("xl/", "an Excel workbook"), ("visio/", "a Visio drawing")] {
            if name.starts_with(folder.as_bytes()) && is_package {
                return Signature::OtherOffice(office);
            }
        }
        if name.starts_with(b"ppt/") {
            return Signature::Known(MediaType::Pptx);
        }
        is_package |= name == b"[Content_Types].xml";
    }
    // A package whose first files are large, e.g. a thumbnail: none of the other folders was seen.
    Signature::Known(if is_package { MediaType::Pptx } else { MediaType::Zip })
}

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";

/// The names of the files whose headers lie in the head of an archive.
fn local_names(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = head;
    std::iter::from_fn(move || {
        let header = rest.strip_prefix(LOCAL_HEADER)?;
        let number = |at: usize| Some(usize::from(u16::from_le_bytes(*header.get(at..)?.first_chunk()?)));
        let has_size = number(2)? & 0b1000 == 0;
        let packed_size = u32::from_le_bytes(*header.get(14..)?.first_chunk()?);
        let (name_size, extra_size) = (number(22)?, number(24)?);
        let name = header.get(26..)?.get(..name_size)?;
        let data = header.get(26..)?.get(name_size.checked_add(extra_size)?..).unwrap_or_default();
        rest = match usize::try_from(packed_size) {
            Ok(size) if has_size => data.get(size..).unwrap_or_default(),
            // The size stands behind the data: look for what comes next.
            _ => data.windows(LOCAL_HEADER.len()).position(|four| four == LOCAL_HEADER).and_then(|at| data.get(at..)).unwrap_or_default(),
        };
        Some(name)
    })
}

/// WebM is Matroska that says so in its header.
fn matroska(header: &[u8]) -> Signature {
    const DOC_TYPE_WEBM: &[u8] = b"\x42\x82\x84webm";
    let beginning = header.get(..header.len().min(256)).unwrap_or_default();
    let says_webm = beginning.windows(DOC_TYPE_WEBM.len()).any(|window| window == DOC_TYPE_WEBM);
    if says_webm { Signature::Known(MediaType::Webm) } else { Signature::Foreign("video/x-matroska") }
}

/// Files of the ISO base media family are told apart by the brands in their first box.
fn base_media(head: &[u8]) -> Option<Signature> {
    let size = usize::try_from(u32::from_be_bytes(*head.first_chunk()?)).ok()?;
    let brands = head.get(8..size.min(head.len()))?;
    let major: &[u8; 4] = brands.first_chunk()?;
    let all = || brands.chunks_exact(4);
    let has = |wanted: &[&[u8; 4]]| all().any(|brand| wanted.iter().any(|wanted| brand == wanted.as_slice()));
    Some(match major {
        b"qt  " => Signature::Known(MediaType::QuickTime),
        b"avif" | b"avis" => Signature::Known(MediaType::Avif),
        b"mif1" | b"msf1" | b"miaf" if has(&[b"avif", b"avis"]) => Signature::Known(MediaType::Avif),
        b"mif1" | b"msf1" | b"miaf" | b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Signature::Foreign("image/heif"),
        b"M4A " | b"M4B " | b"M4P " => Signature::Foreign("audio/mp4"),
        b"crx " => Signature::Foreign("a Canon raw image"),
        [b'3', b'g', b'p' | b'2' | b'r' | b's', _] => Signature::Foreign("video/3gpp"),
        [b'j', b'p', b'2' | b'x' | b'm', _] => Signature::Foreign("image/jp2"),
        _ => Signature::Known(MediaType::Mp4),
    })
}
