//! What the seal promises to whoever holds a key, a link or a cursor, and to whoever would like to forge one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests, what is unexpected should end the test")]

use assets_domain::{
    AssetId, Filename, LinkEpoch, LinkTarget, Position, Variant, VersionNumber, WorkspaceId,
    ports::{KeyMint, PresentedKey},
};
use assets_seal::{CursorClaims, InvalidCursor, LinkError, PreviewLink, PreviewLinkClaims, Seal, Secret};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

fn seal() -> Seal {
    Seal::new(&Secret::from_hex(&"7e".repeat(32)).unwrap())
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_secs(seconds).unwrap()
}

const NOW: i64 = 1_800_000_000;

fn link() -> PreviewLink {
    PreviewLink {
        target: LinkTarget {
            workspace: WorkspaceId::new(Uuid::from_u128(1)),
            asset: AssetId::new(Uuid::from_u128(2)),
            version: VersionNumber::new(3).unwrap(),
            epoch: LinkEpoch::new(4),
        },
        variant: Variant::Original,
        filename: Filename::parse("Hero image (final).png").unwrap(),
        expires_at: at(NOW + 3_600),
    }
}

fn cursor() -> CursorClaims {
    CursorClaims {
        position: Position {
            at: DateTime::from_timestamp_micros(NOW * 1_000_000 + 123_456).unwrap(),
            id: AssetId::new(Uuid::from_u128(5)),
        },
        binding: [6; 32],
        issued_at: at(NOW),
    }
}

/// The text with one character replaced, or `None` if it already is that character.
fn altered(text: &str, place: prop::sample::Index, by: char) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    let place = place.index(chars.len());
    (chars[place] != by).then(|| {
        chars[place] = by;
        chars.into_iter().collect()
    })
}

fn any_char() -> impl Strategy<Value = char> {
    prop_oneof!["[0-9A-Za-z_.-]".prop_map(|text| text.chars().next().unwrap()), any::<char>()]
}

#[test]
fn a_key_has_the_form_that_scanners_look_for() {
    let key = seal().mint().key;
    let (brand, rest) = key.split_at(4);
    let (prefix, rest) = rest.split_at(8);
    assert_eq!((brand, &rest[..1], key.len()), ("tnx_", "_", 51));
    assert!(prefix.chars().chain(rest[1..].chars()).all(|c| c.is_ascii_alphanumeric()));
}

#[test]
fn a_minted_key_is_known_again_by_prefix_and_mac() {
    let minted = seal().mint();
    let presented = seal().read(&minted.key).unwrap();
    assert_eq!(presented.prefix, minted.prefix);
    assert!(seal().matches(Some(&minted.mac), &presented));
}

#[test]
fn no_two_keys_are_the_same() {
    assert_ne!(seal().mint().key, seal().mint().key);
}

#[test]
fn without_anything_kept_no_key_matches_not_even_one_with_the_mac_of_nothing() {
    let prefix = seal().mint().prefix;
    assert!(!seal().matches(None, &PresentedKey { prefix, mac: [0; 32] }));
}

#[test]
fn a_key_of_another_installation_does_not_match() {
    let minted = Seal::new(&Secret::random()).mint();
    let presented = seal().read(&minted.key).expect("the checksum is no secret");
    assert!(!seal().matches(Some(&minted.mac), &presented));
}

/// The checksum was computed with another implementation of CRC-32.
#[test]
fn a_key_with_the_right_checksum_is_read_and_with_any_other_is_not() {
    let body = "tnx_ABCDEFGH_0123456789abcdefghijKLMNOPQRSTuv";
    assert!(seal().read(&format!("{body}0uLji9")).is_some());
    assert!(seal().read(&format!("{body}000000")).is_none());
}

#[test]
fn a_link_opens_with_its_file_name_until_it_expires() {
    let link = link();
    let token = seal().link_token(&link);
    let claims = PreviewLinkClaims { target: link.target, variant: link.variant, expires_at: link.expires_at };
    assert_eq!(seal().open_link(&token, link.filename.as_str(), at(NOW + 3_599)), Ok(claims));
    assert_eq!(seal().open_link(&token, link.filename.as_str(), at(NOW + 3_600)), Err(LinkError::Expired));
}

#[test]
fn a_link_does_not_open_with_another_file_name_even_when_expired() {
    let token = seal().link_token(&link());
    for now in [NOW, NOW + 4_000] {
        assert_eq!(seal().open_link(&token, "other.png", at(now)), Err(LinkError::Altered));
    }
}

#[test]
fn a_link_of_another_installation_does_not_open() {
    let token = Seal::new(&Secret::random()).link_token(&link());
    assert_eq!(seal().open_link(&token, link().filename.as_str(), at(NOW)), Err(LinkError::Altered));
}

#[test]
fn a_cursor_opens_for_its_list_and_for_a_day() {
    let text = seal().cursor(&cursor());
    let open = |binding, now| seal().open_cursor(&text, binding, now);
    assert_eq!(open(&[6; 32], at(NOW) + TimeDelta::hours(24)), Ok(cursor().position));
    assert_eq!(open(&[6; 32], at(NOW) + TimeDelta::hours(24) + TimeDelta::seconds(1)), Err(InvalidCursor));
    assert_eq!(open(&[7; 32], at(NOW)), Err(InvalidCursor));
}

#[test]
fn nothing_that_was_sealed_is_printed() {
    assert_eq!(format!("{:?}", seal()), "Seal(…)");
}

proptest! {
    #[test]
    fn a_key_with_any_character_altered_is_refused(place: prop::sample::Index, by in any_char()) {
        let minted = seal().mint();
        if let Some(forged) = altered(&minted.key, place, by) {
            prop_assert!(seal().read(&forged).is_none());
        }
    }

    #[test]
    fn a_token_with_any_character_altered_is_refused(place: prop::sample::Index, by in any_char()) {
        let token = seal().link_token(&link());
        if let Some(forged) = altered(&token, place, by) {
            prop_assert_eq!(seal().open_link(&forged, link().filename.as_str(), at(NOW)), Err(LinkError::Altered));
        }
    }

    #[test]
    fn a_cursor_with_any_character_altered_is_refused(place: prop::sample::Index, by in any_char()) {
        let text = seal().cursor(&cursor());
        if let Some(forged) = altered(&text, place, by) {
            prop_assert_eq!(seal().open_cursor(&forged, &cursor().binding, at(NOW)), Err(InvalidCursor));
        }
    }

    #[test]
    fn whatever_is_not_sealed_is_refused_without_a_panic(text: String) {
        prop_assert!(seal().read(&text).is_none());
        prop_assert!(seal().open_link(&text, "x", at(NOW)).is_err());
        prop_assert!(seal().open_cursor(&text, &[0; 32], at(NOW)).is_err());
    }

    #[test]
    fn every_link_opens_as_it_was_made(
        workspace: u128, asset: u128, number in 1..=VersionNumber::MAX, epoch: u32, left in 1..1_000_000_i64, name in "[^/\\\\\\p{Cc}]{1,40}x",
    ) {
        let target = LinkTarget {
            workspace: WorkspaceId::new(Uuid::from_u128(workspace)),
            asset: AssetId::new(Uuid::from_u128(asset)),
            version: VersionNumber::new(number).unwrap(),
            epoch: LinkEpoch::new(epoch),
        };
        let link = PreviewLink { target, variant: Variant::Original, filename: Filename::parse(name).unwrap(), expires_at: at(NOW + left) };
        let claims = seal().open_link(&seal().link_token(&link), link.filename.as_str(), at(NOW)).unwrap();
        prop_assert_eq!(claims, PreviewLinkClaims { target, variant: link.variant, expires_at: link.expires_at });
    }

    #[test]
    fn every_cursor_opens_as_it_was_made(micros in 0..4_000_000_000_000_000_i64, id: u128, binding: [u8; 32]) {
        let position = Position { at: DateTime::from_timestamp_micros(micros).unwrap(), id: AssetId::new(Uuid::from_u128(id)) };
        let text = seal().cursor(&CursorClaims { position, binding, issued_at: at(NOW) });
        prop_assert_eq!(seal().open_cursor(&text, &binding, at(NOW)), Ok(position));
    }
}
