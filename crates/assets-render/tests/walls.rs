//! What a worker cannot do, and what it cannot be made to do.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod bench;

use std::{
    io::{Cursor, Write},
    os::unix::process::ExitStatusExt,
    process::{Command, Output},
    time::{Duration, Instant},
};

use assets_domain::{AssetType, MediaType, Variant, ports::Shortfall};
use bench::{content, render, workshop};
use nix::sys::resource::{UsageWho, getrusage};
use zip::{ZipWriter, write::SimpleFileOptions};

fn worker(argument: &str, folder: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_render-worker-under-test")).arg(argument).current_dir(folder).output().unwrap()
}

#[test]
fn a_worker_reaches_nothing_but_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("job");
    std::fs::create_dir(&own).unwrap();
    let output = worker("probe", &own);
    assert!(output.status.success(), "{output:?}");
    let could = String::from_utf8(output.stdout).unwrap();
    // A kernel without Landlock leaves files to their permissions.
    let has_landlock = Command::new("sh").args(["-c", "grep -q landlock /proc/kallsyms"]).status().unwrap().success();
    if has_landlock {
        assert_eq!(could, "write");
    } else {
        assert!(!could.split(' ').any(|deed| !["read", "leave", "write"].contains(&deed)), "{could}");
    }
}

#[test]
fn a_worker_that_does_not_end_is_ended() {
    let (folder, started) = (tempfile::tempdir().unwrap(), Instant::now());
    let output = worker("spin", folder.path());
    assert!(output.status.signal().is_some() && started.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_worker_that_swells_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    assert!(worker("swell", folder.path()).status.signal().is_some());
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())))
}

fn chunk(name: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), bytes].concat();
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// A PNG that says that it is so large, with these bytes as its pixels.
fn png(width: u32, height: u32, deflated: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", deflated), chunk(b"IEND", b"")].concat()
}

/// Many zeros, squeezed as a ZIP squeezes them, without what is around them there.
fn squeezed(megabytes: usize) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bomb.png", SimpleFileOptions::default()).unwrap();
    (0..megabytes).for_each(|_| writer.write_all(&vec![0; 1 << 20]).unwrap());
    writer.finish().unwrap().into_inner()
}

fn svg(inner: &str) -> Vec<u8> {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="4000" height="4000">{inner}</svg>"#
    )
    .into()
}

fn multiplied() -> String {
    let level = |level: u32| format!("<g id='l{level}'>{}</g>", format!("<use xlink:href='#l{}'/>", level - 1).repeat(12));
    format!("<defs><g id='l0'><rect width='9' height='9'/></g>{}</defs><use xlink:href='#l9'/>", (1..10).map(level).collect::<String>())
}

fn deep_pdf() -> Vec<u8> {
    let deep = "[".repeat(200_000);
    format!("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/X {deep}>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>endobj\ntrailer<</Root 1 0 R>>").into()
}

#[tokio::test]
async fn no_bomb_goes_off() {
    use AssetType::{Blog, Bundle, Image, Slide};
    let jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00\xff\xd9".to_vec();
    let blur = "<filter id='f' x='-9' y='-9' width='99' height='99'><feGaussianBlur stdDeviation='900'/><feTurbulence baseFrequency='9' numOctaves='99999'/><feMorphology radius='999'/></filter>".to_owned()
        + &"<g filter='url(#f)'><rect width='4000' height='4000'/></g>".repeat(200);
    let entities = format!(
        "<!DOCTYPE svg [<!ENTITY a0 'xxxxxxxxxx'>{}]>",
        (1..9).map(|n| format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10))).collect::<String>()
    );
    let laughing = [entities.as_bytes(), &svg("<text>&a8;</text>")].concat();
    let bombs = [
        ("a picture as large as a field", Image, MediaType::Png, Variant::Small, png(50_000, 50_000, b"x"), true),
        ("more pixels than there are", Image, MediaType::Png, Variant::Small, png(7000, 7000, b"x"), true),
        ("pixels that are not there", Image, MediaType::Png, Variant::Small, png(5000, 5000, b"\x78\x9c\x63\x00"), false),
        ("a photograph of a wrong size", Image, MediaType::Jpeg, Variant::Small, jpeg, true),
        ("a drawing of itself", Image, MediaType::Svg, Variant::Small, svg(&multiplied()), false),
        ("a drawing in a fog", Image, MediaType::Svg, Variant::Small, svg(&blur), false),
        ("a drawing that laughs", Image, MediaType::Svg, Variant::Small, laughing, false),
        ("a deep drawing", Image, MediaType::Svg, Variant::Small, svg(&"<g>".repeat(300_000)), true),
        ("a deep document", Slide, MediaType::Pdf, Variant::Small, deep_pdf(), true),
        ("a page in a page", Blog, MediaType::Html, Variant::Page, "<div><b>".repeat(100_000).into(), false),
        ("a list in a list", Blog, MediaType::Markdown, Variant::Page, "> - ".repeat(100_000).into(), false),
        ("a heavy bundle", Bundle, MediaType::Zip, Variant::Page, squeezed(300), false),
    ];
    for (name, asset_type, media_type, variant, bytes, is_refused) in bombs {
        let started = Instant::now();
        let made = render(&workshop(), asset_type, media_type, variant, &content(bytes)).await;
        println!("{name}: {:?} in {:?}", made.shortfall(variant), started.elapsed());
        if is_refused {
            assert!(made.shortfall(variant).is_some_and(|why| !matches!(why, Shortfall::Needs(_))), "{name}");
        }
    }
    let peak = peak_kib();
    println!("the largest child had {peak} KiB");
    assert!(peak < 256 * 1024, "{peak} KiB");
}

/// The most memory that any child of this process had so far.
fn peak_kib() -> i64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()
}
