mod end;
mod record;

use std::{
    cell::RefCell,
    collections::HashSet,
    io::{self, BufReader, Read, Seek},
};

use assets_domain::{
    Export,
    archive::{Entry, Form, Layout},
};
use chrono::DateTime;

use super::{Finding, PAPERS, Report, section::Section};
use end::End;
use record::Record;

/// What every record of the directory begins with.
const CENTRAL: &[u8] = b"PK\x01\x02";

/// What an archive is made of, and where that lies. All of it is within the file, one behind the other, without a gap.
pub(super) struct Container {
    pub(super) form: Form,
    pub(super) files: Vec<Placed>,
}

/// A file, and where what stands in front of it begins.
pub(super) struct Placed {
    pub(super) entry: Entry,
    pub(super) offset: u64,
    /// Where its bytes begin.
    pub(super) data_at: u64,
}

impl Placed {
    pub(super) const fn end(&self) -> u64 {
        self.data_at.saturating_add(self.entry.size_bytes)
    }
}

impl Container {
    /// Reads the directory. Nothing if it cannot be relied on.
    pub(super) fn read<F: Read + Seek>(file: &RefCell<F>, length: u64, report: &mut Report) -> io::Result<Option<Self>> {
        let end = match End::find(file, length)? {
            Ok(end) => end,
            Err(finding) => {
                report.find(finding);
                return Ok(None);
            }
        };
        let records = BufReader::new(Section::new(file, end.directory_at..end.directory_at.saturating_add(end.directory_bytes)));
        let mut directory = Directory { end, records, form: None, layout: None, files: Vec::new() };
        Ok(match directory.read(report)? {
            Ok(container) => {
                container.check_names(report);
                Some(container)
            }
            Err(finding) => {
                report.find(finding);
                None
            }
        })
    }

    /// The file that is called so.
    pub(super) fn find(&self, name: &str) -> Option<&Placed> {
        self.files.iter().find(|file| file.entry.name == name)
    }

    fn check_names(&self, report: &mut Report) {
        let mut names = HashSet::with_capacity(self.files.len());
        for Placed { entry: Entry { name, .. }, .. } in &self.files {
            if !is_safe(name) {
                report.find(Finding::UnsafeName { name: name.clone() });
            }
            if !names.insert(name.to_lowercase()) {
                report.find(Finding::NameTwice { name: name.clone() });
            }
        }
        let last = self.files.iter().rev().take(PAPERS.len()).map(|file| file.entry.name.as_str());
        let is_there = |paper: &&str| self.find(paper).is_some();
        if let Some((paper, _)) = PAPERS.iter().rev().filter(|paper| is_there(paper)).zip(last).find(|(paper, name)| *paper != name) {
            report.find(Finding::OutOfPlace { name: (*paper).to_owned() });
        }
    }
}

/// The directory that is being read.
struct Directory<R> {
    end: End,
    records: R,
    form: Option<Form>,
    layout: Option<Layout>,
    files: Vec<Placed>,
}

impl<R: Read> Directory<R> {
    fn read(&mut self, report: &mut Report) -> io::Result<Result<Container, Finding>> {
        let most = u64::from(Export::MOST_MEMBERS).saturating_add(count(PAPERS.len()));
        if self.end.files > most {
            return Ok(Err(Finding::TooManyFiles { count: self.end.files }));
        }
        for _ in 0..self.end.files {
            let Some(record) = Record::read(&mut self.records)? else {
                return Ok(Err(Finding::BrokenDirectory { why: "something in it is no record of a file" }));
            };
            if let Err(finding) = self.take(record, report) {
                return Ok(Err(finding));
            }
        }
        let has_more = self.records.read(&mut [0])? > 0;
        Ok(if has_more { Err(Finding::BrokenDirectory { why: "there is more in it than it says" }) } else { self.conclude() })
    }

    /// Takes in a record, if its file lies right behind the one before.
    fn take(&mut self, record: Record, report: &mut Report) -> Result<(), Finding> {
        let Record { bytes, moment, entry, offset } = record;
        // All files bear the moment of the first one; a moment that is none is found when the record is built again.
        let form = *self.form.get_or_insert_with(|| Form::at(moment.unwrap_or_default()));
        let layout = self.layout.get_or_insert_with(|| Layout::of(form));
        let expected = layout.place(&entry);
        if let Some(count) = offset.checked_sub(expected).filter(|count| *count > 0) {
            return Err(Finding::BytesBetween { before: entry.name, count });
        }
        if offset < expected {
            return Err(Finding::BrokenDirectory { why: "two files overlap" });
        }
        if form.record(&entry, offset) != bytes {
            report.find(Finding::HeadersDiffer { name: entry.name.clone() });
        }
        let data_at = offset.saturating_add(count(form.opening(&entry).len()));
        self.files.push(Placed { entry, offset, data_at });
        Ok(())
    }

    fn conclude(&mut self) -> Result<Container, Finding> {
        let end = self.layout.map_or(0, |layout| layout.end());
        match self.end.directory_at.checked_sub(end) {
            Some(0) => {
                Ok(Container { form: self.form.unwrap_or_else(|| Form::at(DateTime::default())), files: std::mem::take(&mut self.files) })
            }
            Some(count) => Err(Finding::BytesBetween { before: "the directory".to_owned(), count }),
            None => Err(Finding::BrokenDirectory { why: "a file reaches into it" }),
        }
    }
}

/// Whether a file of this name would be unpacked into the folder, on every system.
fn is_safe(name: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.split('/').all(is_plain) && !name.contains(['\\', ':']) && !name.contains(char::is_control)
}

fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        for good in ["manifest.json", "image/größe-東京-1.png", "a/b/c..d"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "c:a", "a\nb", "a\0"] {
            assert!(!is_safe(bad), "{bad:?}");
        }
    }
}
