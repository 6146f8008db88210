//! What is in decks and bundles.

#![expect(clippy::as_conversions, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod bench;

use std::{
    io::{Cursor, Write},
    num::NonZeroU16,
};

use assets_domain::{AssetType, MediaType, Variant, ports::Shortfall, ports::Tool};
use bench::{Made, content, render, tools, workshop, workshop_with};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use zip::{ZipWriter, write::SimpleFileOptions};

/// A PDF with a page for each of these words.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: String = (0..pages.len()).map(|page| format!("{} 0 R ", 4 + page * 2)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {}>>", pages.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    for (page, words) in pages.iter().enumerate() {
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Resources<</Font<</F1 3 0 R>>>>/Contents {} 0 R>>",
            5 + page * 2
        ));
        let drawing = format!("0.9 0.95 1 rg 0 0 400 300 re f 0 g BT /F1 24 Tf 40 200 Td ({words}) Tj 0 -40 Td (second line) Tj ET");
        objects.push(format!("<</Length {}>>stream\n{drawing}\nendstream", drawing.len()));
    }
    let (mut file, mut places) = (String::from("%PDF-1.4\n"), Vec::new());
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.push_str(&format!("{} 0 obj{object}endobj\n", number + 1));
    }
    let start = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    places.iter().for_each(|place| file.push_str(&format!("{place:010} 00000 n \n")));
    file.push_str(&format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF", objects.len() + 1));
    file.into_bytes()
}

fn zipped(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn png(shade: u8, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([shade, (x % 256) as u8, (y % 256) as u8]));
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn slide(number: u16) -> Variant {
    Variant::Slide(NonZeroU16::new(number).unwrap())
}

async fn deck(media_type: MediaType, variant: Variant, bytes: Vec<u8>) -> Made {
    render(&workshop(), AssetType::Slide, media_type, variant, &content(bytes)).await
}

#[tokio::test]
async fn the_pages_of_a_pdf_are_counted_drawn_and_read() {
    let bytes = pdf(&["first page", "second page", "third page"]);
    assert_eq!(workshop().pages(&content(bytes.clone())).await.unwrap(), Some(3));
    assert_eq!(workshop().pages(&content("no pdf")).await.unwrap(), None);
    let made = deck(MediaType::Pdf, slide(2), bytes.clone()).await;
    made.show("pdf");
    assert_eq!((made.shortfall(slide(2)), made.bytes.len()), (None, 1));
    assert_eq!((made.picture(slide(2)).width(), made.picture(slide(2)).height()), (1600, 1200));
    let made = deck(MediaType::Pdf, Variant::Thumbnail, bytes.clone()).await;
    assert_eq!((made.bytes.len(), made.picture(Variant::Thumbnail).width()), (3, 256));
    let made = deck(MediaType::Pdf, Variant::Text, bytes.clone()).await;
    assert_eq!(
        made.text(Variant::Text),
        "--- page 1 ---\nfirst page\nsecond line\n\n--- page 2 ---\nsecond page\nsecond line\n\n--- page 3 ---\nthird page\nsecond line\n"
    );
    let made = deck(MediaType::Pdf, slide(4), bytes).await;
    made.show("pdf-beyond");
    assert_eq!(made.shortfall(slide(4)), Some(Shortfall::Unreadable));
}

/// A small presentation, as a program would write it.
fn pptx(slides: &[&str]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/presentationml/2006/main";
    let draw = "http://schemas.openxmlformats.org/drawingml/2006/main";
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let pack = "http://schemas.openxmlformats.org/package/2006";
    let kind = "application/vnd.openxmlformats-officedocument.presentationml";
    let (mut types, mut ids, mut relations, mut parts) = (String::new(), String::new(), String::new(), Vec::new());
    for (place, words) in slides.iter().enumerate() {
        let number = slides.len() - place;
        types += &format!("<Override PartName=\"/ppt/slides/slide{number}.xml\" ContentType=\"{kind}.slide+xml\"/>");
        ids += &format!("<p:sldId id=\"{}\" r:id=\"rId{number}\"/>", 256 + place);
        relations += &format!("<Relationship Id=\"rId{number}\" Type=\"{rel}/slide\" Target=\"slides/slide{number}.xml\"/>");
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><p:sld xmlns:p=\"{main}\" xmlns:a=\"{draw}\" xmlns:r=\"{rel}\"><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>\
             <p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"T\"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x=\"914400\" y=\"914400\"/><a:ext cx=\"7000000\" cy=\"2000000\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr>\
             <p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang=\"en\" sz=\"4400\"/><a:t>{words}</a:t></a:r></a:p><a:p><a:r><a:t>Tea &amp; toast</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
        );
        parts.push((format!("ppt/slides/slide{number}.xml"), xml));
    }
    parts.push(("[Content_Types].xml".into(), format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"{pack}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/ppt/presentation.xml\" ContentType=\"{kind}.presentation.main+xml\"/>{types}</Types>")));
    parts.push(("_rels/.rels".into(), format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships xmlns=\"{pack}/relationships\"><Relationship Id=\"rId1\" Type=\"{rel}/officeDocument\" Target=\"ppt/presentation.xml\"/></Relationships>")));
    parts.push(("ppt/presentation.xml".into(), format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><p:presentation xmlns:p=\"{main}\" xmlns:r=\"{rel}\"><p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx=\"9144000\" cy=\"5143500\"/></p:presentation>")));
    parts.push((
        "ppt/_rels/presentation.xml.rels".into(),
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships xmlns=\"{pack}/relationships\">{relations}</Relationships>"),
    ));
    let members: Vec<(&str, Vec<u8>)> = parts.iter().map(|(name, xml)| (name.as_str(), xml.clone().into_bytes())).collect();
    zipped(&members)
}

#[tokio::test]
async fn the_words_of_a_presentation_stand_in_the_order_of_its_slides() {
    let made = deck(MediaType::Pptx, Variant::Text, pptx(&["Hello", "World"])).await;
    assert_eq!(made.text(Variant::Text), "--- slide 1 ---\nHello\nTea & toast\n\n--- slide 2 ---\nWorld\nTea & toast\n");
}

#[tokio::test]
async fn without_libreoffice_a_presentation_has_the_picture_that_it_brings() {
    let made = deck(MediaType::Pptx, Variant::Small, pptx(&["Hello"])).await;
    assert_eq!(made.shortfall(Variant::Small), Some(Shortfall::Needs(Tool::LibreOffice)));
    let made = deck(MediaType::Pptx, slide(1), pptx(&["Hello"])).await;
    made.show("slide");
    assert_eq!(made.shortfall(slide(1)), Some(Shortfall::Needs(Tool::LibreOffice)));
    let brought = zipped(&[("ppt/presentation.xml", b"<p/>".to_vec()), ("docProps/thumbnail.png", png(9, 300, 200))]);
    let made = deck(MediaType::Pptx, Variant::Small, brought).await;
    assert_eq!((made.shortfall(Variant::Small), made.picture(Variant::Small).width()), (None, 300));
}

#[tokio::test]
#[ignore = "needs LibreOffice"]
async fn with_libreoffice_a_presentation_is_drawn_in_one_go() {
    let workshop = workshop_with(tools());
    let made = render(&workshop, AssetType::Slide, MediaType::Pptx, slide(2), &content(pptx(&["Hello", "World", "Bye"]))).await;
    made.show("deck");
    let names: Vec<String> = made.bytes.keys().map(Variant::to_string).collect();
    assert_eq!(names, ["thumbnail", "small", "large", "text", "slide-1", "slide-2", "slide-3"]);
    assert!(made.shortfalls.values().all(Option::is_none));
    assert_eq!(made.picture(slide(3)).width(), 1600);
    let made = render(&workshop, AssetType::Slide, MediaType::Pptx, slide(9), &content(pptx(&["Hello"]))).await;
    assert_eq!((made.shortfall(slide(9)), made.shortfall(slide(1))), (Some(Shortfall::Unreadable), None));
}

async fn bundled(variant: Variant, bytes: Vec<u8>) -> Made {
    render(&workshop(), AssetType::Bundle, MediaType::Zip, variant, &content(bytes)).await
}

#[tokio::test]
async fn a_bundle_lists_its_members_with_their_pictures() {
    let members = [
        ("hero.png", png(200, 900, 600)),
        ("folder/tall.png", png(90, 300, 700)),
        ("wide.png", png(30, 1200, 300)),
        ("broken.png", b"\x89PNG nothing".to_vec()),
        ("../../etc/<passwd>.txt", b"root".to_vec()),
    ];
    let made = bundled(Variant::Page, zipped(&members)).await;
    made.show("bundle");
    let page = made.text(Variant::Page);
    assert_eq!(page.matches("data:image/webp;base64,").count(), 3);
    assert!(page.contains("../../etc/&lt;passwd&gt;.txt") && page.contains("5 files") && page.contains("4 B"), "{page}");
    let made = bundled(Variant::Large, zipped(&members)).await;
    made.show("contact");
    assert_eq!((made.shortfall(Variant::Large), made.picture(Variant::Large).width()), (None, 1600));
    let made = bundled(Variant::Large, zipped(&[("notes.txt", b"x".to_vec()), ("plan.docx", b"x".to_vec())])).await;
    made.show("names");
    assert_eq!(made.shortfall(Variant::Large), None);
}

#[tokio::test]
async fn of_a_long_bundle_the_first_are_listed() {
    let names: Vec<String> = (0..2500).map(|number| format!("{number}.txt")).collect();
    let members: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), Vec::new())).collect();
    let made = bundled(Variant::Page, zipped(&members)).await;
    assert!(made.text(Variant::Page).contains("and 500 more"));
}
