//! Chance, instead of a hand, at work on archives.

use std::io::Cursor;

use assets_handoff::{Envelope, PublicKeys, manifest::Manifest, verify};
use proptest::prelude::*;

use crate::studio::{published, sample};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_change_of_a_byte_goes_unseen(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut archive = sample().0.to_vec();
        let at = at.index(archive.len());
        archive[at] ^= flip;
        prop_assert!(!verify(Cursor::new(archive), Some(&published())).unwrap().is_sound());
    }

    #[test]
    fn nothing_can_be_cut_out(from in any::<prop::sample::Index>(), count in 1..500_usize) {
        let mut archive = sample().0.to_vec();
        let from = from.index(archive.len());
        archive.drain(from..(from + count).min(sample().0.len()));
        prop_assert!(!verify(Cursor::new(archive), None).unwrap().is_sound());
    }

    #[test]
    fn nothing_can_be_put_in(at in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..100)) {
        let mut archive = sample().0.to_vec();
        let at = at.index(archive.len() + 1);
        archive.splice(at..at, more);
        prop_assert!(!verify(Cursor::new(archive), None).unwrap().is_sound());
    }

    #[test]
    fn any_bytes_are_no_archive_and_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(!verify(Cursor::new(bytes), None).unwrap().is_sound());
    }

    #[test]
    fn any_directory_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), end in prop::collection::vec(any::<u8>(), 18)) {
        let archive = [b"PK\x03\x04".as_slice(), &bytes, b"PK\x05\x06", &end].concat();
        prop_assert!(!verify(Cursor::new(archive), None).unwrap().is_sound());
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
        prop_assert!(Envelope::parse(&text).is_err() && PublicKeys::parse(&text).is_err() && Manifest::parse(&text).is_err());
    }
}

#[test]
fn no_changed_byte_of_the_directory_goes_unseen() {
    let (archive, _) = sample();
    let directory = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    for at in directory..archive.len() {
        let mut archive = archive.to_vec();
        archive[at] ^= 1 << (at % 8);
        assert!(!verify(Cursor::new(archive), Some(&published())).unwrap().is_sound(), "byte {at}");
    }
}

#[test]
fn no_archive_that_is_cut_off_is_sound() {
    let (archive, _) = sample();
    for length in (0..archive.len()).rev().step_by(7) {
        assert!(!verify(Cursor::new(&archive[..length]), Some(&published())).unwrap().is_sound(), "{length} bytes");
    }
}
