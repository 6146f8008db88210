use assets_domain::archive::{Entry, Form};

use super::check;
use crate::{parcel::Parcel, studio::sample};

type Damage = fn(Vec<u8>) -> Vec<u8>;

fn damaged(damage: Damage) -> Vec<u8> {
    damage(sample().0.to_vec())
}

/// The place of a record of the directory.
fn record(archive: &[u8], skip: usize) -> usize {
    let records = archive.windows(4).enumerate().filter(|(_, window)| window == b"PK\x01\x02");
    records.map(|(at, _)| at).nth(skip).unwrap()
}

fn flip(mut archive: Vec<u8>, at: usize) -> Vec<u8> {
    archive[at] ^= 1;
    archive
}

fn flip_in_record(archive: Vec<u8>, skip: usize, byte: usize) -> Vec<u8> {
    let at = record(&archive, skip) + byte;
    flip(archive, at)
}

fn flip_from_end(archive: Vec<u8>, back: usize) -> Vec<u8> {
    let at = archive.len() - back;
    flip(archive, at)
}

fn not_utf8(mut archive: Vec<u8>) -> Vec<u8> {
    let at = record(&archive, 1) + 46;
    archive[at] = 0xff;
    archive
}

/// Has the end count more files, or fewer.
fn counted(mut archive: Vec<u8>, more: u8) -> Vec<u8> {
    for back in [14, 12] {
        let at = archive.len() - back;
        archive[at] = archive[at].wrapping_add(more);
    }
    archive
}

fn commented(mut archive: Vec<u8>) -> Vec<u8> {
    let at = archive.len() - 2;
    archive[at] = 2;
    [archive, b"hi".to_vec()].concat()
}

fn hide_behind_directory(archive: Vec<u8>) -> Vec<u8> {
    let at = archive.len() - 22;
    put_in(archive, at, b"hidden")
}

fn put_in(mut archive: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    archive.splice(at..at, bytes.iter().copied());
    archive
}

/// Puts bytes in front of the directory, and says where it is now.
fn shift_directory(archive: Vec<u8>) -> Vec<u8> {
    let directory = record(&archive, 0);
    let mut archive = put_in(archive, directory, b"hidden");
    let end = archive.len() - 6;
    archive.splice(end..end + 4, u32::try_from(directory + 6).unwrap().to_le_bytes());
    archive
}

/// Has both headers of the first file say another checksum.
fn other_checksum(archive: Vec<u8>) -> Vec<u8> {
    let Parcel { files, moment } = Parcel::sample();
    let (name, bytes) = files[0].clone();
    let entry = Entry { name, size_bytes: bytes.len().try_into().unwrap(), crc32: 7 };
    let (opening, record_bytes) = (Form::at(moment).opening(&entry), Form::at(moment).record(&entry, 0));
    let at = record(&archive, 0);
    let mut archive = archive;
    archive.splice(at..at + record_bytes.len(), record_bytes);
    archive.splice(..opening.len(), opening);
    archive
}

#[test]
fn archives_that_are_not_as_they_are_written_are_found() {
    let table: &[(&str, Damage, &[&str])] = &[
        ("nothing", |_| Vec::new(), &["NotAnArchive"]),
        ("a text", |_| b"Hello! There is no archive here at all.".to_vec(), &["NotAnArchive"]),
        ("the last byte is cut off", |a| a[..a.len() - 1].to_vec(), &["CutOff"]),
        ("half of it is cut off", |a| a[..a.len() / 2].to_vec(), &["CutOff"]),
        ("the directory is cut off", |a| a[..record(&a, 0)].to_vec(), &["CutOff"]),
        ("the first bytes are cut off", |a| a[100..].to_vec(), &["CutOff"]),
        ("bytes stand before it", |a| put_in(a, 0, b"#!/bin/sh\n"), &["BytesBefore"]),
        ("bytes stand behind it", |a| [a, b"more".to_vec()].concat(), &["BytesBehind"]),
        ("another archive stands before it", |a| [a.clone(), a].concat(), &["BytesBefore"]),
        ("bytes are hidden before the directory", shift_directory, &["BytesBetween"]),
        ("bytes are hidden behind the directory", hide_behind_directory, &["BytesBetween"]),
        ("it has a comment", commented, &["CutOff"]),
        ("it is on two disks", |a| flip_from_end(a, 18), &["BrokenDirectory"]),
        ("it says that there are more files", |a| counted(a, 1), &["BrokenDirectory"]),
        ("it says that there are fewer files", |a| counted(a, 255), &["BrokenDirectory"]),
        ("a name in front of a file is another", |a| flip(a, 30), &["HeadersDiffer"]),
        ("a file is said to be packed", |a| flip(a, 8), &["HeadersDiffer"]),
        ("a file is said to be encrypted", |a| flip(a, 6), &["HeadersDiffer"]),
        ("a checksum in front of a file is another", |a| flip(a, 14), &["HeadersDiffer"]),
        ("a size in front of a file is another", |a| flip(a, 18), &["HeadersDiffer"]),
        ("a moment in the directory is another", |a| flip_in_record(a, 1, 12), &["HeadersDiffer"]),
        ("a file may be run", |a| flip_in_record(a, 1, 40), &["HeadersDiffer"]),
        ("a file is said to be another system's", |a| flip_in_record(a, 1, 5), &["HeadersDiffer"]),
        ("a size in the directory is another", |a| flip_in_record(a, 0, 24), &["BytesBetween", "HeadersDiffer"]),
        ("a file is said to lie elsewhere", |a| flip_in_record(a, 1, 42), &["BytesBetween"]),
        ("a record has a comment", |a| flip_in_record(a, 1, 32), &["HeadersDiffer"]),
        ("a record is none", |a| flip_in_record(a, 1, 0), &["BrokenDirectory"]),
        ("a name in the directory is not UTF-8", not_utf8, &["BrokenDirectory"]),
        ("a checksum in both headers is another", other_checksum, &["ChecksumDiffers"]),
    ];
    check(table, damaged);
}
