use assets_handoff::PublicKeys;
use chrono::TimeDelta;

use super::{Tampering, check, cut, kinds, packed};
use crate::{
    parcel::{ATTESTATIONS, MANIFEST, Parcel, SEAL, SUMS},
    studio::{key, sample},
};

fn push(parcel: &mut Parcel, place: usize, name: &str) {
    parcel.files.insert(place, (name.to_owned(), b"more".to_vec()));
}

/// Tampers with something, and with the digests.
fn summed(parcel: &mut Parcel, tamper: Tampering) {
    tamper(parcel);
    parcel.sum();
}

#[test]
fn files_that_were_tampered_with_are_named() {
    let table: &[(&str, Tampering, &[&str])] = &[
        ("a byte was changed", |p| p.files[0].1[0] ^= 1, &["Changed"]),
        ("a byte was added", |p| p.files[0].1.push(0), &["Changed"]),
        ("a file was cut off", |p| p.files[1].1.truncate(3), &["Changed"]),
        ("a file was emptied", |p| p.files[1].1.clear(), &["Changed"]),
        ("two files were swapped", |p| (p.files[0].1, p.files[3].1) = (p.files[3].1.clone(), p.files[0].1.clone()), &["Swapped"]),
        ("a file holds another", |p| p.files[0].1 = p.files[3].1.clone(), &["HoldsAnother"]),
        ("a file was taken out", |p| drop(p.files.remove(0)), &["Missing", "SealDiffers"]),
        ("a file was put in", |p| push(p, 0, "copy/more.txt"), &["NotListed", "SealDiffers"]),
        ("a file was put behind", |p| push(p, 10, "copy/more.txt"), &["NotListed", "OutOfPlace", "SealDiffers"]),
        ("a file was renamed", |p| p.files[0].0.push('x'), &["Renamed"]),
        ("a file was renamed and changed", |p| p.files[0] = ("copy/x".into(), vec![1]), &["Missing", "NotListed"]),
        ("a name leads out of the folder", |p| p.files[0].0.insert_str(0, "../"), &["Renamed", "UnsafeName"]),
        ("a name leads out from within", |p| p.files[0].0 = "copy/../../x".into(), &["Renamed", "UnsafeName"]),
        ("a name begins at the root", |p| p.files[0].0.insert(0, '/'), &["Renamed", "UnsafeName"]),
        ("a name is a drive", |p| p.files[0].0 = "C:x".into(), &["Renamed", "UnsafeName"]),
        ("a name has a backslash", |p| p.files[0].0 = "..\\x".into(), &["Renamed", "UnsafeName"]),
        ("a name has a line break", |p| p.files[0].0.push('\n'), &["Renamed", "UnsafeName"]),
        ("a name is empty", |p| p.files[0].0.clear(), &["Renamed", "UnsafeName"]),
        ("a name is there in two cases", |p| p.files[3].0 = p.files[0].0.to_uppercase(), &["NameTwice", "Renamed"]),
        ("a name is there twice", |p| p.files.insert(0, p.files[0].clone()), &["NameTwice", "OutOfPlace", "SealDiffers"]),
        ("two files changed places", |p| p.files.swap(0, 1), &["OutOfPlace"]),
        ("two papers changed places", |p| p.files.swap(4, 6), &["OutOfPlace"]),
        ("a paper stands in front", |p| p.files.rotate_right(1), &["OutOfPlace"]),
        ("the manifest is missing", |p| p.remove(MANIFEST), &["Missing"]),
        ("the statements are missing", |p| p.remove(ATTESTATIONS), &["Missing", "MissingStatement"]),
        ("the keys are missing", |p| p.remove("keys.json"), &["Missing"]),
        ("the README is missing", |p| p.remove("README.txt"), &["Missing"]),
        ("the digests are missing", |p| p.remove(SUMS), &["Missing"]),
        ("the seal is missing", |p| p.remove(SEAL), &["MissingSeal"]),
        ("everything is missing", |p| p.files.clear(), &["Missing", "MissingSeal"]),
        ("the README was changed", |p| p.bytes("README.txt").push(b'!'), &["Changed"]),
        ("the README was changed, and its digest", |p| summed(p, |p| p.bytes("README.txt").push(b'!')), &["SumsChanged"]),
        ("a file was changed, and its digest", |p| summed(p, |p| p.files[0].1[0] ^= 1), &["ManifestWrong", "SumsChanged"]),
        ("a file was put in, and its digest", |p| summed(p, |p| push(p, 0, "copy/x")), &["NotListed", "SealDiffers", "SumsChanged"]),
        ("a file was taken out, and its digest", |p| summed(p, |p| drop(p.files.remove(0))), &["Missing", "SealDiffers", "SumsChanged"]),
        ("two digests changed places", |p| p.lines(SUMS, |lines| lines.swap(0, 1)), &["OutOfPlace", "SumsChanged"]),
        ("a digest is named twice", |p| p.lines(SUMS, |lines| lines.insert(0, lines[0].clone())), &["SumsChanged", "Unreadable"]),
        ("the digests are none", |p| *p.bytes(SUMS) = b"none\n".to_vec(), &["SumsChanged", "Unreadable"]),
        ("the digests end without a line", |p| cut(p, SUMS), &["SumsChanged", "Unreadable"]),
        ("the keys were replaced", |p| *p.bytes("keys.json") = PublicKeys::of([key(66).public()]).to_json().into(), &["Changed"]),
        ("the keys are of another kind", |p| p.text("keys.json", |text| text.replace("OKP", "RSA")), &["Changed", "Unreadable"]),
        ("the keys are none", |p| p.bytes("keys.json").clear(), &["Changed", "Unreadable"]),
        ("all of it bears another moment", |p| p.moment += TimeDelta::hours(1), &["OtherMoment"]),
    ];
    check(table, packed);
}

#[test]
fn more_files_than_a_field_of_16_bits_can_count_are_read() {
    let files = (0..65_600).map(|number| (format!("copy/{number}.txt"), Vec::new())).collect();
    let archive = Parcel { files, moment: sample().1 }.pack();
    assert_eq!(kinds(&archive, None), ["Missing", "MissingSeal"]);
}
