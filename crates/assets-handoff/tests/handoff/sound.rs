use std::io::Cursor;

use assets_domain::{
    Channel, Digest, NewExport, Selection,
    ports::{Clock, Notary},
};
use assets_handoff::{Envelope, Keys, PublicKeys, Statement, Ticket, manifest::Manifest, statement::Approved, verify};

use crate::{
    parcel::{ATTESTATIONS, MANIFEST, Parcel},
    studio::{ISSUER, Studio, key, ours, published, sample},
};

#[test]
fn an_archive_of_the_service_is_sound_and_says_by_whom() {
    let (archive, _) = sample();
    let report = verify(Cursor::new(archive), Some(&published())).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.files, report.approvals, report.unsigned), (4, 4, 0));
    let words = report.to_string();
    for said in [
        "SOUND: every byte is as it left.",
        "Files: 4, of ",
        "Signed approvals: 4.",
        "approved by Ann Lee: 3",
        "approved by Ben: 1",
        &ours().public().kid(),
        "These are among the keys that you gave.",
        "Whether an approval was taken back since cannot be seen here",
    ] {
        assert!(words.contains(said), "{said:?} in {words}");
    }
    assert_eq!(report.signers().len(), 1);
    assert_eq!(report.signers()[0].signatures, 5);
}

#[test]
fn without_keys_the_fingerprints_are_named_to_be_compared() {
    let (archive, _) = sample();
    let report = verify(Cursor::new(archive), None).unwrap();
    assert_eq!(report.findings, []);
    let words = report.to_string();
    assert!(words.contains(&ours().public().kid()) && words.contains("no proof yet of who made it"), "{words}");
}

#[test]
fn a_forgery_with_keys_of_its_own_is_told_by_the_fingerprint_alone() {
    let mut parcel = Parcel::sample();
    let forger = key(66);
    *parcel.bytes("keys.json") = PublicKeys::of([forger.public()]).to_json().into_bytes();
    for place in 0..4 {
        parcel.statement(place, &forger, |_| ());
    }
    parcel.settle(&forger);
    let alone = verify(Cursor::new(parcel.pack()), None).unwrap();
    assert_eq!((alone.findings.as_slice(), alone.signers()[0].kid.clone()), (&[][..], forger.public().kid()));
    assert!(!verify(Cursor::new(parcel.pack()), Some(&published())).unwrap().is_sound());
}

#[test]
fn an_archive_packs_to_the_same_bytes_again() {
    assert_eq!(Parcel::sample().pack(), sample().0);
}

#[test]
fn the_manifest_says_what_was_approved_and_not_what_it_is_called_since() {
    let mut parcel = Parcel::sample();
    let text = String::from_utf8(parcel.bytes(MANIFEST).clone()).unwrap();
    let manifest = Manifest::parse(&text).unwrap();
    assert_eq!((manifest.count, manifest.export.selection.assets), (4, Some(4)));
    let image = &manifest.assets[1];
    assert_eq!(image.title.as_str(), "“Élan” — 春の新作");
    assert_eq!(image.pinned().unwrap().by.name.as_str(), "Ben");
    assert_eq!(image.pinned().unwrap().terms.channels().len(), 2);
    let back = &manifest.assets[2];
    assert_eq!((back.version.get(), back.restored_from.map(|version| version.get())), (3, Some(1)));
    assert_eq!(back.pinned().unwrap().carried_from.map(|version| version.get()), Some(1));
}

#[test]
fn a_statement_is_one_of_in_toto() {
    let mut parcel = Parcel::sample();
    let line = String::from_utf8(parcel.bytes(ATTESTATIONS).clone()).unwrap().lines().nth(1).unwrap().to_owned();
    let envelope = Envelope::parse(&line).unwrap();
    let json: serde_json::Value = serde_json::from_slice(envelope.payload()).unwrap();
    assert_eq!(json["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(json["predicateType"], "urn:assets:predicate:approval:v1");
    assert_eq!(json["subject"][0]["name"], "image.png");
    assert_eq!(json["subject"][0]["digest"]["sha256"], Digest::of(b"no picture, but bytes").to_hex());
    let predicate = &json["predicate"];
    assert_eq!(predicate["approved_by"]["kind"], "person");
    assert!(predicate["approved_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(predicate["terms"]["channels"], serde_json::json!(["email", "linkedin"]));
    assert_eq!(predicate["policy"], serde_json::json!({"required_approvals": 1, "allow_self_approval": false, "require_digest": false}));
    assert_eq!(predicate["bytes_named"], true);
    let statement = Statement::<Approved>::parse(envelope.payload()).unwrap();
    assert_eq!(statement.to_json(), envelope.payload(), "what is written for the same thing is the same");
}

#[test]
fn the_readme_tells_the_receiver_what_to_do_in_plain_ascii() {
    let mut parcel = Parcel::sample();
    let text = String::from_utf8(parcel.bytes("README.txt").clone()).unwrap();
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 80), "{text}");
    for said in [
        "Approved files in this archive: 4",
        "sha256sum -c SHA256SUMS",
        "assets verify FILE.zip --keys keys.json",
        "https://assets.example/.well-known/assets-keys.json",
        &ours().public().kid(),
    ] {
        assert!(text.contains(said), "{said:?} in {text}");
    }
}

#[tokio::test]
async fn an_export_of_nothing_and_one_of_hundreds_are_sound() {
    let studio = Studio::new();
    let mut ids = Vec::new();
    for number in 0..450 {
        ids.push(studio.approved(&format!("Number {number}"), "all the same bytes").await.id);
    }
    let (_, many) = studio.export(ids).await;
    let report = verify(Cursor::new(many), Some(&published())).unwrap();
    assert_eq!((report.findings, report.files, report.approvals), (vec![], 450, 450));
    let draft = studio.world.create_copy(&studio.writer, "a draft").await;
    let (export, nothing) = studio.export([draft.id]).await;
    assert_eq!(export.count, 0);
    let report = verify(Cursor::new(nothing), Some(&published())).unwrap();
    assert_eq!((report.findings, report.files), (vec![], 0));
}

#[tokio::test]
async fn what_was_signed_before_a_key_was_replaced_is_checked_by_the_earlier_one() {
    let studio = Studio::new();
    let early = studio.approved("Early", "early").await;
    studio.office.replace(Keys::new(key(3), published().iter().copied()));
    let late = studio.approved("Late", "late").await;
    let (_, archive) = studio.export([early.id, late.id]).await;
    let report = verify(Cursor::new(&archive), Some(studio.office.keys().public())).unwrap();
    assert_eq!((report.findings.as_slice(), report.signers().len()), (&[][..], 2));
    assert!(!verify(Cursor::new(&archive), Some(&published())).unwrap().is_sound(), "the old keys know nothing of the new one");
}

#[tokio::test]
async fn the_filters_of_an_export_are_in_its_manifest() {
    let studio = Studio::new();
    studio.approved("A", "a").await;
    let selection = Selection::Matching { filter: Box::default(), stated: vec![("type".to_owned(), "copy".to_owned())] };
    let (export, archive) = studio.export_of(NewExport { selection, channel: None, market: None, expires_in: None }).await;
    let mut parcel = Parcel::open(&archive, export.created_at);
    let manifest = Manifest::parse(std::str::from_utf8(parcel.bytes(MANIFEST)).unwrap()).unwrap();
    let filters = manifest.export.selection.filters.unwrap();
    assert_eq!((filters[0].name.as_str(), filters[0].value.as_str()), ("type", "copy"));
    assert!(verify(Cursor::new(archive), Some(&published())).unwrap().is_sound());
}

#[tokio::test]
async fn a_ticket_of_a_release_is_good_for_its_bytes_and_its_time() {
    let studio = Studio::new();
    let hero = studio.approved("Spring launch", "one").await;
    let channel = Channel::parse("linkedin").unwrap();
    let released = studio.world.catalog.release(&studio.world.service("shop"), hero.id, &channel, None, None).await.unwrap();
    let now = studio.world.clock.now();
    let ticket = Ticket::verify(&released.ticket, &published(), now).unwrap();
    assert_eq!((ticket.issuer.as_str(), ticket.digest, ticket.asset, &ticket.channel), (ISSUER, Digest::of(b"one"), hero.id, &channel));
    assert_eq!(ticket.release, released.release.id);
    assert!(Ticket::verify(&released.ticket, &published(), now + chrono::TimeDelta::minutes(15)).is_err());
}

#[test]
fn what_was_approved_before_approvals_were_signed_is_counted_and_not_blamed() {
    let mut parcel = Parcel::sample();
    parcel.lines(ATTESTATIONS, |lines| drop(lines.remove(0)));
    parcel.manifest(|manifest| manifest.assets[0].approval.is_signed = false);
    parcel.settle_as_the_service();
    let report = verify(Cursor::new(parcel.pack()), Some(&published())).unwrap();
    assert_eq!((report.findings.as_slice(), report.approvals, report.unsigned), (&[][..], 3, 1));
    assert!(report.to_string().contains("Approved before approvals were signed, with the seal alone to speak for them: 1."), "{report}");
}

#[test]
fn the_office_publishes_its_keys_newest_first() {
    let studio = Studio::new();
    let keys = PublicKeys::parse(&studio.office.public_keys().unwrap()).unwrap();
    assert_eq!(keys, published());
}
