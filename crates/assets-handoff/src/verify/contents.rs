use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
    io::{self, BufReader, Read, Seek},
};

use assets_domain::{Digest, Fingerprint, Fingerprinter, archive::Form};

use super::{
    Finding, PAPERS, Report, SEAL, SUMS,
    container::{Container, Placed},
    section::Section,
};
use crate::manifest::{MAX_NAME_BYTES, read_line};

/// How much of a file is in memory at once.
const PIECE_BYTES: usize = 64 << 10;

/// What the files of an archive turned out to be.
pub(super) struct Contents {
    /// What each of them is known by, in their order.
    pub(super) found: Vec<Fingerprint>,
    /// Those that are listed and not there, under their names in the list.
    pub(super) missing: HashSet<String>,
    /// Those that are there and not listed.
    pub(super) unlisted: HashSet<String>,
    /// What each of them should be, as far as the list of digests can be read.
    pub(super) listed: HashMap<String, Digest>,
}

impl Contents {
    /// Hashes every file, and compares it with the list of digests.
    pub(super) fn read<F: Read + Seek>(file: &RefCell<F>, container: &Container, report: &mut Report) -> io::Result<Self> {
        let (mut found, mut piece) = (Vec::with_capacity(container.files.len()), vec![0; PIECE_BYTES]);
        for placed in &container.files {
            found.push(hash(file, container.form, placed, &mut piece, report)?);
        }
        let mut contents = Self { found, missing: HashSet::new(), unlisted: HashSet::new(), listed: HashMap::new() };
        for paper in PAPERS.iter().filter(|paper| **paper != SEAL && container.find(paper).is_none()) {
            contents.missing.insert((*paper).to_owned());
            report.find(Finding::Missing { name: (*paper).to_owned() });
        }
        if let Some(sums) = container.find(SUMS) {
            let list = BufReader::new(Section::new(file, sums.data_at..sums.end()));
            match read_list(list, container.files.len())? {
                Ok(listed) => contents.compare(container, listed, report),
                Err(why) => report.find(Finding::unreadable(SUMS, why)),
            }
        }
        for (Placed { entry, .. }, found) in container.files.iter().zip(&contents.found) {
            // Other bytes have another checksum: that they are others was said.
            let is_right = contents.listed.get(&entry.name).is_none_or(|digest| *digest == found.digest);
            if is_right && found.crc32 != entry.crc32 {
                report.find(Finding::ChecksumDiffers { name: entry.name.clone() });
            }
        }
        Ok(contents)
    }

    fn compare(&mut self, container: &Container, listed: Vec<(String, Digest)>, report: &mut Report) {
        // The list does not speak of itself, nor of the seal upon it.
        let speaks_of = |name: &str| name != SUMS && name != SEAL;
        let present: HashMap<&str, Digest> = container.files.iter().map(name).zip(self.found.iter().map(|found| found.digest)).collect();
        let digests: HashMap<&str, Digest> = listed.iter().map(|(name, digest)| (name.as_str(), *digest)).collect();
        for stranger in container.files.iter().map(name).filter(|name| speaks_of(name) && !digests.contains_key(name)) {
            self.unlisted.insert(stranger.to_owned());
        }
        self.missing.extend(listed.iter().map(|(name, _)| name).filter(|name| !present.contains_key(name.as_str())).cloned());
        self.find_strangers(&listed, &present, report);
        find_changes(&listed, &present, report);
        let in_archive = container.files.iter().map(name).filter(|name| digests.contains_key(name));
        let in_list = listed.iter().map(|(name, _)| name.as_str()).filter(|name| present.contains_key(name));
        if let Some((name, _)) = in_archive.zip(in_list).find(|(one, other)| one != other) {
            report.find(Finding::OutOfPlace { name: name.to_owned() });
        }
        self.listed = listed.into_iter().collect();
    }

    /// Says what is missing and what does not belong. The same bytes under another name are the same file, renamed.
    fn find_strangers(&self, listed: &[(String, Digest)], present: &HashMap<&str, Digest>, report: &mut Report) {
        let mut strangers: HashMap<Digest, BTreeSet<&str>> = HashMap::new();
        for stranger in &self.unlisted {
            if let Some(digest) = present.get(stranger.as_str()) {
                strangers.entry(*digest).or_default().insert(stranger);
            }
        }
        for (from, digest) in listed.iter().filter(|(name, _)| self.missing.contains(name)) {
            let renamed = strangers.get_mut(digest).and_then(BTreeSet::pop_first);
            report.find(match renamed {
                Some(to) => Finding::Renamed { from: from.clone(), to: to.to_owned() },
                None => Finding::Missing { name: from.clone() },
            });
        }
        let rest: BTreeSet<&str> = strangers.into_values().flatten().collect();
        for name in rest {
            report.find(Finding::NotListed { name: name.to_owned() });
        }
    }
}

fn name(placed: &Placed) -> &str {
    &placed.entry.name
}

/// Says which files have other bytes than they had, and whose, if they are those of another.
fn find_changes(listed: &[(String, Digest)], present: &HashMap<&str, Digest>, report: &mut Report) {
    let owners: HashMap<Digest, &str> = listed.iter().rev().map(|(name, digest)| (*digest, name.as_str())).collect();
    let mut told = HashSet::new();
    for (name, digest) in listed {
        let Some(found) = present.get(name.as_str()).filter(|found| *found != digest) else { continue };
        let Some(owner) = owners.get(found) else {
            report.find(Finding::Changed { name: name.clone() });
            continue;
        };
        let (name, owner) = (name.clone(), (*owner).to_owned());
        if present.get(owner.as_str()) != Some(digest) {
            report.find(Finding::HoldsAnother { name, of: owner });
        } else if !told.contains(&name) {
            // Of a swap is spoken once.
            told.insert(owner.clone());
            report.find(Finding::Swapped { one: name, other: owner });
        }
    }
}

/// What a file is known by. On the way, what stands in front of it is compared with what the directory says.
fn hash<F: Read + Seek>(file: &RefCell<F>, form: Form, placed: &Placed, piece: &mut [u8], report: &mut Report) -> io::Result<Fingerprint> {
    let Placed { entry, offset, data_at } = placed;
    if Section::new(file, *offset..*data_at).bytes()? != form.opening(entry) {
        report.find(Finding::HeadersDiffer { name: entry.name.clone() });
    }
    let mut passed = Fingerprinter::default();
    let mut section = Section::new(file, *data_at..placed.end());
    loop {
        let read = section.read(piece)?;
        match piece.get(..read) {
            Some(bytes) if read > 0 => passed.update(bytes),
            _ => break,
        }
    }
    Ok(passed.finish())
}

/// Reads the list of digests: `{digest}  {name}` on each line, each name once.
fn read_list(mut lines: impl io::BufRead, most: usize) -> io::Result<Result<Vec<(String, Digest)>, String>> {
    let mut listed = Vec::new();
    let mut names = HashSet::new();
    while !lines.fill_buf()?.is_empty() {
        let number = listed.len() + 1;
        let line = read_line(&mut lines)?;
        let read = line
            .as_deref()
            .and_then(|line| line.split_once("  "))
            .and_then(|(hex, name)| Some((name, Digest::parse(&format!("sha256:{hex}")).ok()?)));
        let Some((name, digest)) = read.filter(|(name, _)| name.len() <= MAX_NAME_BYTES) else {
            return Ok(Err(format!("line {number} is not a digest and a name")));
        };
        if !names.insert(name.to_owned()) {
            return Ok(Err(format!("line {number} names a file for the second time")));
        }
        // A file may be missing, and more may; but not more than any archive has.
        if number > most.saturating_add(usize::try_from(assets_domain::Export::MOST_MEMBERS).unwrap_or(usize::MAX)) {
            return Ok(Err("it lists more files than there ever are".to_owned()));
        }
        listed.push((name.to_owned(), digest));
    }
    Ok(Ok(listed))
}
