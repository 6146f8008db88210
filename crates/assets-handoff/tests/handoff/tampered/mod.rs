//! Archives that somebody tampered with, and what is found. Where the lists of digests and the seal are made anew with the
//! key of the service, it is what the service itself could get wrong.

mod bytes;
mod files;
mod manifest;
mod papers;

use std::{collections::BTreeSet, io::Cursor};

use assets_handoff::{Finding, PublicKeys, Report, verify};

use crate::{parcel::Parcel, studio::published};

/// What is found in an archive, by kind.
fn kinds(archive: &[u8], keys: Option<&PublicKeys>) -> Vec<String> {
    let report = verify(Cursor::new(archive), keys).unwrap();
    assert!(report.to_string().starts_with(if report.is_sound() { "SOUND" } else { "NOT SOUND" }));
    let kind = |finding: &Finding| format!("{finding:?}").split([' ', '{']).next().unwrap().to_owned();
    report.findings.iter().map(kind).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What somebody does to an archive.
pub(crate) type Tampering = fn(&mut Parcel);

fn check<T: Copy>(table: &[(&str, T, &[&str])], made: impl Fn(T) -> Vec<u8>) {
    let mut wrong = Vec::new();
    for (name, tampering, expected) in table {
        let found = kinds(&made(*tampering), Some(&published()));
        if found != *expected {
            wrong.push(format!("{name}: found {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn packed(tamper: Tampering) -> Vec<u8> {
    let mut parcel = Parcel::sample();
    tamper(&mut parcel);
    parcel.pack()
}

/// The same, with digests and seal as only the service could make them.
fn settled(tamper: Tampering) -> Vec<u8> {
    let mut parcel = Parcel::sample();
    tamper(&mut parcel);
    parcel.settle_as_the_service();
    parcel.pack()
}

/// Puts one text in the place of another, where that is found first.
fn replace(parcel: &mut Parcel, name: &str, text: &str, by: &str) {
    parcel.text(name, |whole| whole.replacen(text, by, 1));
}

/// Cuts the last byte off.
fn cut(parcel: &mut Parcel, name: &str) {
    parcel.bytes(name).pop();
}

/// Another id than any that is there.
fn other<T: std::str::FromStr<Err: std::fmt::Debug>>() -> T {
    "019b76da-a800-7000-8000-0000ffffffff".parse().unwrap()
}

#[test]
fn words_name_the_files_and_send_nothing_to_a_terminal() {
    let mut parcel = Parcel::sample();
    parcel.files[0].0 = "copy/\u{1b}[2J\u{202e}txt".to_owned();
    (parcel.files[1].1, parcel.files[3].1) = (parcel.files[3].1.clone(), parcel.files[1].1.clone());
    let words = verify(Cursor::new(parcel.pack()), Some(&published())).unwrap().to_string();
    assert!(
        words.contains(&format!("{:?} holds the bytes of {:?}, and the other way round", parcel.files[1].0, parcel.files[3].0)),
        "{words}"
    );
    assert!(!words.contains(['\u{1b}', '\u{202e}']), "{words}");
}

#[test]
fn no_more_findings_are_listed_than_somebody_could_read() {
    let mut parcel = Parcel::sample();
    let more = (0..1500).map(|number| (format!("copy/{number}.txt"), Vec::new()));
    parcel.files.splice(0..0, more);
    let report = verify(Cursor::new(parcel.pack()), Some(&published())).unwrap();
    assert_eq!(report.findings.len(), Report::MOST_FINDINGS);
    assert!(report.unlisted > 500 && report.to_string().contains(&format!("- and {} more", report.unlisted)));
}
