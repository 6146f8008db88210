use assets_domain::{Digest, Revision, VersionNumber};
use assets_handoff::{
    Statement,
    statement::{Approved, Exported},
};
use chrono::TimeDelta;

use super::{Tampering, check, cut, other, packed, replace, settled};
use crate::{
    parcel::{ATTESTATIONS, Parcel, SEAL},
    studio::{key, ours},
};

fn seal(parcel: &mut Parcel, edit: fn(&mut Statement<Exported>)) {
    parcel.seal(&ours(), edit);
}

fn unsigned_seal(parcel: &mut Parcel) {
    parcel.text(SEAL, |text| text[..text.find('[').unwrap()].to_owned() + "[]}\n");
}

fn approval_for_seal(parcel: &mut Parcel) {
    let text = String::from_utf8(parcel.bytes(ATTESTATIONS).clone()).unwrap();
    *parcel.bytes(SEAL) = format!("{}\n", text.lines().next().unwrap()).into_bytes();
}

fn seal_for_approval(parcel: &mut Parcel) {
    let seal = String::from_utf8(parcel.bytes(SEAL).clone()).unwrap();
    parcel.lines(ATTESTATIONS, |lines| lines[0] = seal.trim().to_owned());
}

/// Signs the first statement anew, as only the service could.
fn first(parcel: &mut Parcel, edit: fn(&mut Statement<Approved>)) {
    parcel.statement(0, &ours(), edit);
}

fn swap_signatures(parcel: &mut Parcel) {
    parcel.lines(ATTESTATIONS, |lines| {
        let at = lines[0].find("\"signatures\"").unwrap();
        let signature = lines[3][lines[3].find("\"signatures\"").unwrap()..].to_owned();
        lines[0].replace_range(at.., &signature);
    });
}

#[test]
fn seals_that_do_not_hold_are_found() {
    let table: &[(&str, Tampering, &[&str])] = &[
        ("by a foreign key", |p| p.seal(&key(66), |_| ()), &["ForeignSignature"]),
        ("by a foreign key of our name", |p| replace(p, SEAL, "\"sig\":\"", "\"sig\":\"AAAA"), &["BrokenSignature"]),
        ("by nobody", |p| unsigned_seal(p), &["Signatures"]),
        ("of another export", |p| seal(p, |s| s.digest = Digest::of(b"other")), &["SumsChanged"]),
        ("of something else", |p| seal(p, |s| s.name = "README.txt".to_owned()), &["SumsChanged"]),
        ("of more files", |p| seal(p, |s| s.predicate.count += 1), &["SealDiffers"]),
        ("of another id", |p| seal(p, |s| s.predicate.export_id = other()), &["SealDiffers"]),
        ("of another person", |p| seal(p, |s| s.predicate.created_by.name = "Eve".parse().unwrap()), &["SealDiffers"]),
        ("of another moment", |p| seal(p, |s| s.predicate.created_at += TimeDelta::hours(1)), &["OtherMoment", "SealDiffers"]),
        ("that is a statement of an approval", |p| approval_for_seal(p), &["Unreadable"]),
        ("that is written otherwise", |p| replace(p, SEAL, ",\"payloadType", ", \"payloadType"), &["Unreadable"]),
        ("that has two lines", |p| p.bytes(SEAL).push(b'\n'), &["Unreadable"]),
        ("that has no end", |p| cut(p, SEAL), &["Unreadable"]),
        ("that is no seal", |p| *p.bytes(SEAL) = b"none\n".to_vec(), &["Unreadable"]),
        ("that is empty", |p| p.bytes(SEAL).clear(), &["Unreadable"]),
    ];
    check(table, packed);
}

#[test]
fn statements_that_do_not_fit_are_found() {
    let table: &[(&str, Tampering, &[&str])] = &[
        ("one is missing", |p| p.lines(ATTESTATIONS, |lines| drop(lines.remove(1))), &["MissingStatement"]),
        ("one is there twice", |p| p.lines(ATTESTATIONS, |lines| lines.insert(0, lines[0].clone())), &["StrayStatement"]),
        ("two changed places", |p| p.lines(ATTESTATIONS, |lines| lines.swap(0, 1)), &["MisplacedStatement"]),
        ("one is about other bytes", |p| first(p, |s| s.digest = Digest::of(b"other")), &["OtherBytes"]),
        ("one is about another version", |p| first(p, |s| s.predicate.version = VersionNumber::new(9).unwrap()), &["OtherVersion"]),
        ("one is about an earlier approval", |p| p.statement(2, &ours(), |s| s.predicate.revision = Revision::new(3)), &["OtherVersion"]),
        ("one is about another asset", |p| first(p, |s| s.predicate.asset_id = other()), &["MissingStatement", "StrayStatement"]),
        ("one is about another workspace", |p| first(p, |s| s.predicate.workspace_id = other()), &["ManifestDiffers"]),
        ("one is by a foreign key", |p| p.statement(3, &key(66), |_| ()), &["ForeignSignature"]),
        ("one is by nobody that is named", |p| replace(p, ATTESTATIONS, &ours().public().kid(), ""), &["ForeignSignature"]),
        (
            "one is by a retired key that did not sign it",
            |p| replace(p, ATTESTATIONS, &ours().public().kid(), &key(2).public().kid()),
            &["BrokenSignature"],
        ),
        ("one has the signature of another", swap_signatures, &["BrokenSignature"]),
        ("one is said to be something else", |p| replace(p, ATTESTATIONS, "vnd.in-toto", "vnd.out-toto"), &["Unreadable"]),
        ("one is the seal", |p| seal_for_approval(p), &["Unreadable"]),
        ("one is no statement", |p| p.lines(ATTESTATIONS, |lines| lines[0] = "{}".to_owned()), &["Unreadable"]),
        ("one is an empty line", |p| p.lines(ATTESTATIONS, |lines| lines.push(String::new())), &["Unreadable"]),
        ("the last has no end", |p| cut(p, ATTESTATIONS), &["Unreadable"]),
        ("one is not UTF-8", |p| p.bytes(ATTESTATIONS)[0] = 0xff, &["Unreadable"]),
        ("two are on one line", |p| replace(p, ATTESTATIONS, "\n", ""), &["Unreadable"]),
    ];
    check(table, settled);
}
