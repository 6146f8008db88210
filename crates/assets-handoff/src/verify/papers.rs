use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    io::{self, BufRead, BufReader, Read, Seek},
};

use assets_domain::{Digest, Fingerprint, WorkspaceId, archive::Form};

use super::{
    ATTESTATIONS, Finding, MANIFEST, PAPERS, PUBLIC_KEYS, Report, SEAL, SUMS,
    container::{Container, Placed},
    contents::Contents,
    section::Section,
    statements::{Attested, Statements, compare, signed},
};
use crate::{
    PublicKeys, Statement,
    manifest::{ExportBody, Manifest, ManifestReader, MemberBody, read_line},
    statement::Exported,
};

/// The longest set of keys that is read.
const MAX_KEYS_BYTES: u64 = 1 << 20;

/// Checks what the papers say: keys, seal, statements and manifest.
pub(super) fn check<F: Read + Seek>(
    file: &RefCell<F>,
    container: &Container,
    contents: &Contents,
    keys: Option<&PublicKeys>,
    report: &mut Report,
) -> io::Result<()> {
    let own_keys = read_keys(file, container, report)?;
    // Without any key, every signature is a foreign one.
    let keys = keys.cloned().or(own_keys).unwrap_or_default();
    let reading = Reading { file, container, contents, keys: &keys };
    let seal = reading.seal(report)?;
    let statements = match container.find(ATTESTATIONS) {
        Some(placed) => Statements::read(file, placed, &keys, report)?,
        None => Statements::default(),
    };
    reading.manifest(seal, statements, report)
}

fn read_keys<F: Read + Seek>(file: &RefCell<F>, container: &Container, report: &mut Report) -> io::Result<Option<PublicKeys>> {
    let Some(placed) = container.find(PUBLIC_KEYS) else { return Ok(None) };
    let read = if placed.entry.size_bytes > MAX_KEYS_BYTES {
        Err("it is too long".to_owned())
    } else {
        let text = String::from_utf8(Section::new(file, placed.data_at..placed.end()).bytes()?);
        text.map_err(|_| "it is not UTF-8".to_owned()).and_then(|text| PublicKeys::parse(&text).map_err(|error| error.to_string()))
    };
    Ok(match read {
        Ok(keys) => Some(keys),
        Err(why) => {
            report.find(Finding::unreadable(PUBLIC_KEYS, why));
            None
        }
    })
}

/// An archive whose papers are being read.
struct Reading<'a, F> {
    file: &'a RefCell<F>,
    container: &'a Container,
    contents: &'a Contents,
    keys: &'a PublicKeys,
}

impl<F: Read + Seek> Reading<'_, F> {
    fn lines(&self, placed: &Placed) -> impl BufRead {
        BufReader::new(Section::new(self.file, placed.data_at..placed.end()))
    }

    fn members(&self) -> impl Iterator<Item = (&Placed, &Fingerprint)> {
        self.container.files.iter().zip(&self.contents.found).filter(|(placed, _)| !PAPERS.contains(&placed.entry.name.as_str()))
    }

    /// Reads the seal, if there is one that can be believed.
    fn sealed(&self, report: &mut Report) -> io::Result<Option<Statement<Exported>>> {
        let Some(placed) = self.container.find(SEAL) else {
            report.find(Finding::MissingSeal);
            return Ok(None);
        };
        let mut lines = self.lines(placed);
        let (line, is_over) = (read_line(&mut lines)?, lines.fill_buf()?.is_empty());
        let Some(line) = line.filter(|_| is_over) else {
            report.find(Finding::unreadable(SEAL, "it is not one line"));
            return Ok(None);
        };
        let Some(payload) = signed(&line, &format!("{SEAL:?}"), SEAL, self.keys, report) else { return Ok(None) };
        Ok(Statement::parse(&payload).map_err(|error| report.find(Finding::unreadable(SEAL, error))).ok())
    }

    /// Checks what the seal says.
    fn seal(&self, report: &mut Report) -> io::Result<Option<Exported>> {
        let Some(Statement { name, digest, predicate: seal }) = self.sealed(report)? else { return Ok(None) };
        let sums = self.container.files.iter().zip(&self.contents.found).find(|(placed, _)| placed.entry.name == SUMS);
        if name != SUMS || sums.is_some_and(|(_, found)| found.digest != digest) {
            report.find(Finding::SumsChanged);
        }
        if Form::at(seal.created_at) != self.container.form {
            report.find(Finding::OtherMoment);
        }
        if u64::try_from(self.members().count()) != Ok(seal.count) {
            report.find(Finding::SealDiffers { what: "how many files there are" });
        }
        (report.export, report.created_at) = (Some(seal.export_id), Some(seal.created_at));
        Ok(Some(seal))
    }

    /// Checks the manifest against the files, the statements and the seal.
    fn manifest(&self, seal: Option<Exported>, mut statements: Statements, report: &mut Report) -> io::Result<()> {
        let mut roll = Roll::of(self.members());
        report.files = u64::try_from(roll.present.len()).unwrap_or(u64::MAX);
        report.size_bytes = roll.present.values().map(|(_, found)| found.size_bytes).fold(0, u64::saturating_add);
        let Some(placed) = self.container.find(MANIFEST) else { return Ok(()) };
        let (manifest, mut reader) = match ManifestReader::open(self.lines(placed))? {
            Ok(opened) => opened,
            Err(error) => {
                report.find(Finding::unreadable(MANIFEST, error));
                return Ok(());
            }
        };
        check_export(&manifest, seal, report);
        while let Some(member) = reader.next_member()? {
            let member = match member {
                Ok(member) => member,
                Err(error) => {
                    report.find(Finding::unreadable(MANIFEST, error));
                    return Ok(());
                }
            };
            roll.call(&member, self.contents, report);
            self.approval(manifest.export.workspace_id, &member, &mut statements, report)?;
        }
        roll.close(manifest.count, self.contents, report);
        statements.rest(report);
        Ok(())
    }

    fn approval(&self, workspace: WorkspaceId, member: &MemberBody, statements: &mut Statements, report: &mut Report) -> io::Result<()> {
        match statements.take(self.file, member.asset_id)? {
            Attested::By { statement, misplaced } => {
                if let Some(line) = misplaced {
                    report.find(Finding::MisplacedStatement { line });
                }
                compare(workspace, member, &statement, report);
            }
            // What is wrong with it was said when it was read.
            Attested::Badly => {}
            Attested::Not if member.approval.is_signed => report.find(Finding::MissingStatement { name: member.path.clone() }),
            Attested::Not => report.unsigned = report.unsigned.saturating_add(1),
        }
        Ok(())
    }
}

/// The members of an archive, called one by one as the manifest names them.
struct Roll<'a> {
    present: HashMap<&'a str, (usize, &'a Fingerprint)>,
    uncalled: HashSet<&'a str>,
    called: u64,
    latest: usize,
}

impl<'a> Roll<'a> {
    fn of(members: impl Iterator<Item = (&'a Placed, &'a Fingerprint)>) -> Self {
        let present: HashMap<_, _> =
            members.zip(0..).map(|((placed, found), place)| (placed.entry.name.as_str(), (place, found))).collect();
        Self { uncalled: present.keys().copied().collect(), present, called: 0, latest: 0 }
    }

    fn call(&mut self, member: &MemberBody, contents: &Contents, report: &mut Report) {
        self.called = self.called.saturating_add(1);
        let name = || member.path.clone();
        let Some((place, found)) = self.present.get(member.path.as_str()) else {
            if !contents.missing.contains(&member.path) {
                report.find(Finding::Missing { name: name() });
            }
            return;
        };
        if !self.uncalled.remove(member.path.as_str()) {
            report.find(Finding::ManifestWrong { name: name(), what: "it is spoken of twice" });
        } else if std::mem::replace(&mut self.latest, *place) > *place {
            report.find(Finding::OutOfPlace { name: name() });
        }
        let expected = contents.listed.get(&member.path).copied().unwrap_or(found.digest);
        check_member(member, expected, found, report);
    }

    fn close(self, count: u64, contents: &Contents, report: &mut Report) {
        if self.called != count {
            report.find(Finding::ManifestWrong { name: MANIFEST.to_owned(), what: "how many files there are" });
        }
        let mut strangers: Vec<&str> = self.uncalled.into_iter().filter(|name| !contents.unlisted.contains(*name)).collect();
        strangers.sort_unstable();
        for name in strangers {
            report.find(Finding::NotListed { name: name.to_owned() });
        }
    }
}

fn check_export(manifest: &Manifest, seal: Option<Exported>, report: &mut Report) {
    let Some(Exported { workspace_id, export_id, created_by, created_at, count }) = seal else { return };
    let export: &ExportBody = &manifest.export;
    let agreements = [
        ("in which workspace it was made", export.workspace_id == workspace_id),
        ("which one it is", export.id == export_id),
        ("who asked for it", export.created_by == created_by),
        ("when it was made", export.created_at == created_at),
        ("how many files there are", manifest.count == count),
    ];
    for (what, _) in agreements.into_iter().filter(|(_, agree)| !agree) {
        report.find(Finding::SealDiffers { what });
    }
}

/// Compares what the manifest says of a member with its bytes, and with itself.
fn check_member(member: &MemberBody, expected: Digest, found: &Fingerprint, report: &mut Report) {
    let pinned = member.pinned();
    let agreements = [
        ("its digest", member.sha256 == expected.to_hex()),
        // Other bytes may be more or less: that they are others was said.
        ("its size", member.size_bytes == found.size_bytes || expected != found.digest),
        ("which decision approved it", pinned.is_some()),
        ("which version was approved", pinned.is_none_or(|decision| decision.version == member.version)),
        ("which bytes were approved", pinned.is_none_or(|decision| decision.digest.to_hex() == member.sha256)),
    ];
    for (what, _) in agreements.into_iter().filter(|(_, agree)| !agree) {
        report.find(Finding::ManifestWrong { name: member.path.clone(), what });
    }
}
