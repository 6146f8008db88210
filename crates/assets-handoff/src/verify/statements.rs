use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
    io::{self, BufReader, Read, Seek},
    ops::Range,
};

use assets_domain::{AssetId, Export, WorkspaceId};

use super::{ATTESTATIONS, Finding, Report, container::Placed, section::Section};
use crate::{
    Envelope, PublicKeys, Statement,
    manifest::{MemberBody, read_line},
    statement::Approved,
};

/// The statements of an archive, checked, and where they lie: they are read again one by one when they are needed.
#[derive(Default)]
pub(super) struct Statements {
    of: HashMap<AssetId, Located>,
    /// Whether there were any that could not be read or believed.
    are_broken: bool,
    latest: u64,
}

struct Located {
    range: Range<u64>,
    line: u64,
}

/// Whether an approval is signed.
pub(super) enum Attested {
    /// By this statement.
    By {
        /// The statement.
        statement: Box<Statement<Approved>>,
        /// In which line it is, if that is not where it belongs.
        misplaced: Option<u64>,
    },
    /// There may have been a statement, and it is not to be believed.
    Badly,
    /// There is none.
    Not,
}

impl Statements {
    /// Reads all of them, and checks their signatures.
    pub(super) fn read<F: Read + Seek>(file: &RefCell<F>, placed: &Placed, keys: &PublicKeys, report: &mut Report) -> io::Result<Self> {
        let mut statements = Self::default();
        let mut lines = BufReader::new(Section::new(file, placed.data_at..placed.end()));
        let (mut at, mut number) = (placed.data_at, 0);
        while at < placed.end() {
            number += 1;
            let Some(line) = read_line(&mut lines)?.filter(|_| number <= u64::from(Export::MOST_MEMBERS)) else {
                report.find(Finding::unreadable(
                    ATTESTATIONS,
                    format!("line {number} has no end, is too long, is not UTF-8 or is one too many"),
                ));
                statements.are_broken = true;
                break;
            };
            let end = at.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
            statements.take_in(&line, Located { range: at..end, line: number }, keys, report);
            at = end.saturating_add(1);
        }
        Ok(statements)
    }

    fn take_in(&mut self, line: &str, located: Located, keys: &PublicKeys, report: &mut Report) {
        let number = located.line;
        let paper = format!("the statement in line {number} of {ATTESTATIONS:?}");
        let Some(payload) = signed(line, &paper, ATTESTATIONS, keys, report) else {
            self.are_broken = true;
            return;
        };
        match Statement::<Approved>::parse(&payload) {
            Ok(statement) => {
                let asset = statement.predicate.asset_id;
                if let Entry::Vacant(place) = self.of.entry(asset) {
                    place.insert(located);
                } else {
                    report.find(Finding::StrayStatement { line: number });
                }
            }
            Err(error) => {
                self.are_broken = true;
                report.find(Finding::unreadable(ATTESTATIONS, format!("line {number}: {error}")));
            }
        }
    }

    /// The statement of an asset, once.
    pub(super) fn take<F: Read + Seek>(&mut self, file: &RefCell<F>, asset: AssetId) -> io::Result<Attested> {
        let Some(Located { range, line }) = self.of.remove(&asset) else {
            return Ok(if self.are_broken { Attested::Badly } else { Attested::Not });
        };
        let misplaced = (std::mem::replace(&mut self.latest, line) > line).then_some(line);
        let text = String::from_utf8(Section::new(file, range).bytes()?).unwrap_or_default();
        let statement = Envelope::parse(&text).ok().and_then(|envelope| Statement::parse(envelope.payload()).ok());
        Ok(statement.map_or(Attested::Badly, |statement| Attested::By { statement: Box::new(statement), misplaced }))
    }

    /// Says of those that nobody asked for that they do not belong.
    pub(super) fn rest(self, report: &mut Report) {
        let mut lines: Vec<u64> = self.of.into_values().map(|located| located.line).collect();
        lines.sort_unstable();
        for line in lines {
            report.find(Finding::StrayStatement { line });
        }
    }
}

/// What stands in an envelope, if it is as it is written here and one of these keys signed it.
pub(super) fn signed(line: &str, paper: &str, name: &str, keys: &PublicKeys, report: &mut Report) -> Option<Vec<u8>> {
    let envelope = match Envelope::parse(line) {
        Ok(envelope) => envelope,
        Err(error) => {
            report.find(Finding::unreadable(name, format!("{paper}: {error}")));
            return None;
        }
    };
    let paper = paper.to_owned();
    match envelope.verify(keys) {
        Err(error) => report.find(Finding::of_signature(paper, error)),
        // What is not signed itself could say anything.
        Ok(_) if envelope.signatures() != 1 => report.find(Finding::Signatures { paper, count: envelope.signatures() }),
        Ok(_) if envelope.to_line() != line => report.find(Finding::unreadable(name, format!("{paper} is not written as it is here"))),
        Ok(key) => {
            report.signed_by(key.kid());
            return Some(envelope.payload().to_vec());
        }
    }
    None
}

/// Compares what the manifest says of a member with the signed statement of its approval.
pub(super) fn compare(workspace: WorkspaceId, member: &MemberBody, statement: &Statement<Approved>, report: &mut Report) {
    let Statement { name: filename, digest, predicate } = statement;
    let name = || member.path.clone();
    if predicate.version != member.version || predicate.revision != member.approval.revision {
        report.find(Finding::OtherVersion { name: name(), approved: predicate.version, present: member.version });
        return;
    }
    if digest.to_hex() != member.sha256 {
        report.find(Finding::OtherBytes { name: name() });
        return;
    }
    let before = report.findings.len();
    let mut agree = |what, agrees: bool| {
        if !agrees {
            report.find(Finding::ManifestDiffers { name: name(), what });
        }
    };
    agree("in which workspace it was approved", predicate.workspace_id == workspace);
    agree("that it is signed", member.approval.is_signed);
    agree("its filename", filename == member.filename.as_str());
    agree("its type", predicate.asset_type == member.asset_type);
    agree("its size", predicate.size_bytes == member.size_bytes);
    agree("its media type", predicate.media_type == member.media_type);
    agree("its title", predicate.title == member.title);
    agree("its description", predicate.description == member.description);
    agree("its tags", predicate.tags == member.tags);
    agree("where it comes from", predicate.provenance == member.provenance);
    if let Some(decision) = member.pinned() {
        agree("who approved it", predicate.approved_by == decision.by);
        agree("who stands behind its approval", predicate.approvers == decision.approvers);
        agree("when it was approved", predicate.approved_at == decision.at);
        agree("whether the bytes were named", predicate.bytes_named == decision.bytes_named);
        agree("the comment of its approval", predicate.comment == decision.comment);
        agree("whose approval is carried on", predicate.carried_from == decision.carried_from);
        agree("the terms of its approval", predicate.terms == decision.terms);
    }
    if report.findings.len() == before {
        report.approved_by(&predicate.approved_by);
        report.limited = report.limited.saturating_add(u64::from(!predicate.terms.are_unlimited()));
    }
}
