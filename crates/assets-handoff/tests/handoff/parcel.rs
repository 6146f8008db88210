//! The files of an archive, taken out to be tampered with, and packed again.

use assets_domain::{
    Digest,
    archive::{Entry, Form, Layout},
};
use assets_handoff::{
    Envelope, SigningKey, Statement,
    manifest::Manifest,
    statement::{Approved, Exported, Predicate},
};
use chrono::{DateTime, Utc};

use crate::studio::{ours, sample};

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const ATTESTATIONS: &str = "attestations.intoto.jsonl";
pub(crate) const SUMS: &str = "SHA256SUMS";
pub(crate) const SEAL: &str = "export.intoto.jsonl";

#[derive(Clone)]
pub(crate) struct Parcel {
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) moment: DateTime<Utc>,
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

impl Parcel {
    pub(crate) fn sample() -> Self {
        let (archive, moment) = sample();
        Self::open(archive, moment)
    }

    pub(crate) fn open(archive: &[u8], moment: DateTime<Utc>) -> Self {
        let (mut files, mut at) = (Vec::new(), 0);
        while archive[at..].starts_with(b"PK\x03\x04") {
            let (size, name, extra) = (number(archive, at + 18, 4), number(archive, at + 26, 2), number(archive, at + 28, 2));
            let data = at + 30 + name + extra;
            let name = String::from_utf8(archive[at + 30..at + 30 + name].to_vec()).unwrap();
            files.push((name, archive[data..data + size].to_vec()));
            at = data + size;
        }
        Self { files, moment }
    }

    pub(crate) fn pack(&self) -> Vec<u8> {
        let form = Form::at(self.moment);
        let (mut layout, mut archive, mut directory) = (Layout::of(form), Vec::new(), Vec::new());
        for (name, bytes) in &self.files {
            let entry = Entry { name: name.clone(), size_bytes: bytes.len().try_into().unwrap(), crc32: crc32fast::hash(bytes) };
            directory.extend(form.record(&entry, layout.place(&entry)));
            archive.extend(form.opening(&entry));
            archive.extend(bytes);
        }
        archive.extend(directory);
        archive.extend(layout.closing());
        archive
    }

    fn place(&self, name: &str) -> usize {
        self.files.iter().position(|(known, _)| known == name).unwrap()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.files.remove(self.place(name));
    }

    pub(crate) fn bytes(&mut self, name: &str) -> &mut Vec<u8> {
        let place = self.place(name);
        &mut self.files[place].1
    }

    pub(crate) fn text(&mut self, name: &str, edit: impl FnOnce(String) -> String) {
        let text = String::from_utf8(self.bytes(name).clone()).unwrap();
        *self.bytes(name) = edit(text).into_bytes();
    }

    pub(crate) fn lines(&mut self, name: &str, edit: impl FnOnce(&mut Vec<String>)) {
        self.text(name, |text| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            edit(&mut lines);
            lines.into_iter().map(|line| line + "\n").collect()
        });
    }

    pub(crate) fn manifest(&mut self, edit: impl FnOnce(&mut Manifest)) {
        self.text(MANIFEST, |text| {
            let mut manifest = Manifest::parse(&text).unwrap();
            edit(&mut manifest);
            let members: Vec<String> = manifest.assets.drain(..).map(|member| serde_json::to_string(&member).unwrap()).collect();
            let head = serde_json::to_string(&manifest).unwrap();
            format!("{}\n{}\n]}}\n", head.strip_suffix("]}").unwrap(), members.join(",\n"))
        });
    }

    pub(crate) fn statement(&mut self, place: usize, key: &SigningKey, edit: impl FnOnce(&mut Statement<Approved>)) {
        self.lines(ATTESTATIONS, |lines| lines[place] = signed_anew(&lines[place], key, edit));
    }

    pub(crate) fn seal(&mut self, key: &SigningKey, edit: impl FnOnce(&mut Statement<Exported>)) {
        self.lines(SEAL, |lines| lines[0] = signed_anew(&lines[0], key, edit));
    }

    /// Lists the digests of what is there now.
    pub(crate) fn sum(&mut self) {
        let listed = self.files.iter().filter(|(name, _)| name != SUMS && name != SEAL);
        *self.bytes(SUMS) =
            listed.map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes).to_hex())).collect::<String>().into_bytes();
    }

    /// Lists the digests of what is there now, and seals the list.
    pub(crate) fn settle(&mut self, key: &SigningKey) {
        self.sum();
        let sums = Digest::of(self.bytes(SUMS));
        self.seal(key, |seal| seal.digest = sums);
    }

    /// The same, as only the service itself could do it.
    pub(crate) fn settle_as_the_service(&mut self) {
        self.settle(&ours());
    }
}

pub(crate) fn signed_anew<P: Predicate>(line: &str, key: &SigningKey, edit: impl FnOnce(&mut Statement<P>)) -> String {
    let mut statement = Statement::parse(Envelope::parse(line).unwrap().payload()).unwrap();
    edit(&mut statement);
    Envelope::seal(statement.to_json(), key).to_line()
}
