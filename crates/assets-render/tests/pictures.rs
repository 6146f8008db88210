//! Pictures of pictures.

#![expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod bench;

use std::io::Cursor;

use assets_domain::{AssetType, MediaType, Variant, ports::Renderer, ports::Shortfall, ports::Tool};
use bench::{Made, content, render, tools, workshop, workshop_with};
use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn gradient(width: u32, height: u32) -> DynamicImage {
    let colour = |x, y| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, ((x * 7 + y * 3) % 64) as u8]);
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

async fn pictured(media_type: MediaType, bytes: Vec<u8>) -> Made {
    render(&workshop(), AssetType::Image, media_type, Variant::Small, &content(bytes)).await
}

#[tokio::test]
async fn a_photograph_comes_in_three_sizes() {
    let made = pictured(MediaType::Jpeg, encoded(&gradient(2000, 1000), ImageFormat::Jpeg)).await;
    made.show("photograph");
    assert_eq!(made.shortfall(Variant::Small), None);
    assert_eq!(made.picture(Variant::Thumbnail).dimensions(), (256, 128));
    assert_eq!(made.picture(Variant::Small).dimensions(), (640, 320));
    assert_eq!(made.picture(Variant::Large).dimensions(), (1600, 800));
}

#[tokio::test]
async fn what_is_small_is_not_made_larger() {
    for (media_type, format) in [
        (MediaType::Png, ImageFormat::Png),
        (MediaType::Gif, ImageFormat::Gif),
        (MediaType::Webp, ImageFormat::WebP),
        (MediaType::Jpeg, ImageFormat::Jpeg),
    ] {
        let made = pictured(media_type, encoded(&gradient(300, 60), format)).await;
        assert_eq!(made.shortfall(Variant::Small), None, "{media_type:?}");
        assert_eq!(made.picture(Variant::Thumbnail).dimensions(), (256, 51));
        assert_eq!(made.picture(Variant::Large).dimensions(), (300, 60));
    }
}

#[tokio::test]
async fn transparency_stays() {
    let half = RgbaImage::from_fn(800, 800, |x, _| Rgba([200, 20, 20, if x < 400 { 0 } else { 255 }]));
    let made = pictured(MediaType::Png, encoded(&DynamicImage::ImageRgba8(half), ImageFormat::Png)).await;
    let picture = made.picture(Variant::Small).to_rgba8();
    assert_eq!((picture.get_pixel(20, 300).0[3], picture.get_pixel(600, 300).0[3]), (0, 255));
    assert!(picture.get_pixel(600, 300).0[0] > 180);
}

#[tokio::test]
async fn sixteen_bits_a_channel_become_eight() {
    let deep = image::ImageBuffer::from_fn(400, 300, |_, _| image::Rgb([65535_u16, 32768, 0]));
    let made = pictured(MediaType::Png, encoded(&DynamicImage::ImageRgb16(deep), ImageFormat::Png)).await;
    let Rgb([red, green, blue]) = *made.picture(Variant::Thumbnail).to_rgb8().get_pixel(100, 100);
    assert!(red > 245 && (115..140).contains(&green) && blue < 12, "{red} {green} {blue}");
}

/// The file with what a camera says of how it was held: turned by a quarter to the right.
fn held_sideways(jpeg: &[u8]) -> Vec<u8> {
    let exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, exif, &jpeg[2..]].concat()
}

#[tokio::test]
async fn a_photograph_taken_sideways_stands_upright() {
    let made = pictured(MediaType::Jpeg, held_sideways(&encoded(&gradient(1800, 600), ImageFormat::Jpeg))).await;
    let picture = made.picture(Variant::Large).to_rgb8();
    assert_eq!(picture.dimensions(), (533, 1600));
    // Its left upper corner, which is dark, is to the right now.
    assert!(picture.get_pixel(520, 5).0[0] < 40 && picture.get_pixel(520, 1590).0[0] > 200);
}

#[tokio::test]
async fn a_drawing_is_drawn_without_what_lies_beside_it() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="20" height="10">
        <rect width="20" height="10" fill="#0a0"/><image href="file:///etc/hostname" width="9" height="9"/>
        <image xlink:href="/usr/share/pixmaps/debian-logo.png" width="20" height="10"/><text x="1" y="8" font-family="serif">Wg</text></svg>"##;
    let made = pictured(MediaType::Svg, svg.into()).await;
    made.show("drawing");
    assert_eq!(made.shortfall(Variant::Small), None);
    let picture = made.picture(Variant::Large).to_rgb8();
    assert_eq!(picture.dimensions(), (1600, 800));
    let Rgb([red, green, _]) = *picture.get_pixel(1590, 10);
    assert!(red < 30 && green > 150);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_card_that_says_so() {
    for media_type in [MediaType::Jpeg, MediaType::Png, MediaType::Gif, MediaType::Webp, MediaType::Svg] {
        let made = pictured(media_type, b"\x89PNG no picture at all".to_vec()).await;
        made.show("unreadable");
        assert_eq!(made.shortfalls.into_values().collect::<Vec<_>>(), vec![Some(Shortfall::Unreadable); 3], "{media_type:?}");
    }
}

#[tokio::test]
async fn without_its_helper_a_kind_is_a_card_that_names_it() {
    let made = render(&workshop(), AssetType::Video, MediaType::Mp4, Variant::Thumbnail, &content("anything")).await;
    made.show("helpless");
    assert_eq!(made.shortfall(Variant::Thumbnail), Some(Shortfall::Needs(Tool::Ffmpeg)));
    assert_eq!(made.picture(Variant::Thumbnail).dimensions(), (256, 160));
}

#[tokio::test]
async fn the_card_that_says_nothing_is_as_large_as_asked() {
    let workshop = workshop();
    for (variant, width) in [(Variant::Thumbnail, 256), (Variant::Small, 640), (Variant::Large, 1600), (Variant::Page, 1600)] {
        let card = workshop.nothing(variant).await.unwrap();
        assert_eq!(image::load_from_memory(&card).unwrap().width(), width);
        assert_eq!(workshop.nothing(variant).await.unwrap(), card);
        if std::path::Path::new("/tmp/render-look").is_dir() {
            std::fs::write(format!("/tmp/render-look/nothing-{variant}.webp"), &card).unwrap();
        }
    }
}

async fn filmed(arguments: &[&str], name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    let status =
        tokio::process::Command::new("ffmpeg").args(["-v", "error", "-y", "-f", "lavfi", "-i"]).args(arguments).arg(&file).status();
    assert!(status.await.unwrap().success());
    std::fs::read(file).unwrap()
}

#[tokio::test]
#[ignore = "needs ffmpeg"]
async fn a_movie_has_a_poster() {
    let workshop = workshop_with(tools());
    assert!(workshop.has(Tool::Ffmpeg));
    for (seconds, name, media_type) in [("3", "a.mp4", MediaType::Mp4), ("0.3", "b.mp4", MediaType::Mp4), ("2", "c.webm", MediaType::Webm)]
    {
        let movie = filmed(&["testsrc=size=1920x1080:rate=25", "-t", seconds, "-pix_fmt", "yuv420p"], name).await;
        let made = render(&workshop, AssetType::Video, media_type, Variant::Thumbnail, &content(movie)).await;
        made.show("poster");
        assert_eq!(made.shortfall(Variant::Thumbnail), None, "{name}");
        assert_eq!(made.picture(Variant::Large).dimensions(), (1600, 900));
    }
    let made = render(&workshop, AssetType::Video, MediaType::Mp4, Variant::Small, &content("no movie")).await;
    assert_eq!(made.shortfall(Variant::Small), Some(Shortfall::Unreadable));
}
