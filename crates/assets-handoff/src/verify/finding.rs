use assets_domain::VersionNumber;

use crate::envelope::SignatureError;

/// How many characters of what somebody wrote are quoted.
const MOST_QUOTED: usize = 300;

/// What is wrong with an archive. Its words name the file, in quotes, with whatever a terminal must not be sent escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// It is something else.
    #[error("this is no archive")]
    NotAnArchive,
    /// Some of it is missing.
    #[error("the archive is cut off")]
    CutOff,
    /// Something stands in front of it.
    #[error("{count} bytes stand before the archive")]
    BytesBefore {
        /// How many bytes.
        count: u64,
    },
    /// Something stands within it that is part of nothing.
    #[error("{count} bytes that belong to nothing stand before {before:?}")]
    BytesBetween {
        /// In front of what.
        before: String,
        /// How many bytes.
        count: u64,
    },
    /// Something stands behind it.
    #[error("{count} bytes stand behind the archive")]
    BytesBehind {
        /// How many bytes.
        count: u64,
    },
    /// It has more files than any archive of this service.
    #[error("{count} files are in the archive, more than there ever are")]
    TooManyFiles {
        /// How many it says.
        count: u64,
    },
    /// What says where the files are contradicts itself.
    #[error("the directory of the archive is broken: {why}")]
    BrokenDirectory {
        /// In which way.
        why: &'static str,
    },
    /// What stands before a file is not what the directory says of it, or not what this service writes.
    #[error("the headers of {name:?} contradict each other, or are not those of this service")]
    HeadersDiffer {
        /// Of which file.
        name: String,
    },
    /// The checksum in the headers is not that of the bytes, which are right.
    #[error("the headers of {name:?} have a checksum that is not that of the file")]
    ChecksumDiffers {
        /// Of which file.
        name: String,
    },
    /// The files bear a moment that is not that of the export.
    #[error("the files in the archive bear another moment than the export was made at")]
    OtherMoment,
    /// A name that would lead out of the folder into which the archive is unpacked, or that is none.
    #[error("{name:?} is no name of a file in an archive of this service")]
    UnsafeName {
        /// Which.
        name: String,
    },
    /// Two files have one name, whatever their case.
    #[error("{name:?} is in the archive twice")]
    NameTwice {
        /// Which.
        name: String,
    },
    /// A file lies, or is named, somewhere else than it should be.
    #[error("{name:?} is not where it belongs in the order of the files")]
    OutOfPlace {
        /// Which.
        name: String,
    },
    /// A file has other bytes than it had.
    #[error("{name:?} was changed: its bytes are not those that left")]
    Changed {
        /// Which.
        name: String,
    },
    /// Two files have each other's bytes.
    #[error("{one:?} holds the bytes of {other:?}, and the other way round")]
    Swapped {
        /// The first of them.
        one: String,
        /// The second.
        other: String,
    },
    /// A file has the bytes of another.
    #[error("{name:?} holds the bytes of {of:?}")]
    HoldsAnother {
        /// Which.
        name: String,
        /// Of which other.
        of: String,
    },
    /// A file is not there.
    #[error("{name:?} is missing")]
    Missing {
        /// Which.
        name: String,
    },
    /// A file is there of which nothing speaks.
    #[error("{name:?} does not belong here: it is not among the files that left")]
    NotListed {
        /// Which.
        name: String,
    },
    /// A file has another name than it had.
    #[error("{from:?} was renamed to {to:?}")]
    Renamed {
        /// What it was called.
        from: String,
        /// What it is called.
        to: String,
    },
    /// One of the papers cannot be read.
    #[error("{name:?} cannot be read: {why}")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        why: String,
    },
    /// The list of digests is not the one that was sealed.
    #[error("\"SHA256SUMS\" was changed: it is not the list that was sealed")]
    SumsChanged,
    /// There is no seal.
    #[error("the seal \"export.intoto.jsonl\" is missing")]
    MissingSeal,
    /// The seal says something else of the export than the archive and its manifest.
    #[error("the seal says something else of the export than what is here: {what}")]
    SealDiffers {
        /// Of what.
        what: &'static str,
    },
    /// Something is signed by a key that is not trusted.
    #[error("{paper} is signed by the key {kid:?}, which is none of the known ones")]
    ForeignSignature {
        /// What is.
        paper: String,
        /// By which key, as it says.
        kid: String,
    },
    /// A signature that is not that of the key, or of something else.
    #[error("the signature of {paper} does not hold: the key {kid:?} did not sign this")]
    BrokenSignature {
        /// Of what.
        paper: String,
        /// Which key, as it says.
        kid: String,
    },
    /// Something is not signed, or by more than one.
    #[error("{paper} should have one signature, and has {count}")]
    Signatures {
        /// What.
        paper: String,
        /// How many it has.
        count: usize,
    },
    /// Nothing signed says that a file was approved.
    #[error("there is no signed statement that {name:?} was approved")]
    MissingStatement {
        /// Which file.
        name: String,
    },
    /// The statement of a file is about something else.
    #[error("the signed statement of {name:?} is about other bytes")]
    OtherBytes {
        /// Which file.
        name: String,
    },
    /// The statement of a file is about another version of the same asset, or about an earlier approval of it.
    #[error("the signed statement of {name:?} is about another approval: of version {approved}, and version {present} is here")]
    OtherVersion {
        /// Which file.
        name: String,
        /// Which version was approved.
        approved: VersionNumber,
        /// Which version is there.
        present: VersionNumber,
    },
    /// A statement is about nothing that is here.
    #[error("line {line} of \"attestations.intoto.jsonl\" is about nothing in this archive")]
    StrayStatement {
        /// In which line, from 1.
        line: u64,
    },
    /// A statement is not in the place of its file.
    #[error("line {line} of \"attestations.intoto.jsonl\" is not where it belongs in the order of the files")]
    MisplacedStatement {
        /// In which line, from 1.
        line: u64,
    },
    /// The manifest says something else than the signed statement.
    #[error("the manifest says something else of {name:?} than its signed statement: {what}")]
    ManifestDiffers {
        /// Of which file.
        name: String,
        /// Of what.
        what: &'static str,
    },
    /// The manifest says something that is not so in the archive, or contradicts itself.
    #[error("the manifest says something of {name:?} that is not so: {what}")]
    ManifestWrong {
        /// Of which file.
        name: String,
        /// Of what.
        what: &'static str,
    },
}

impl Finding {
    /// That one of the papers cannot be read.
    pub(super) fn unreadable(name: &str, why: impl ToString) -> Self {
        // What is quoted from the paper may hold anything, and any amount of it.
        let mut told = String::new();
        for c in why.to_string().chars().take(MOST_QUOTED) {
            if matches!(c, '"' | '\'' | '\\') { told.push(c) } else { told.extend(c.escape_debug()) }
        }
        Self::Unreadable { name: name.to_owned(), why: told }
    }

    /// That something is not signed as it should be.
    pub(super) fn of_signature(paper: String, error: SignatureError) -> Self {
        let short = |kid: String| kid.chars().take(MOST_QUOTED).collect();
        match error {
            SignatureError::Missing => Self::Signatures { paper, count: 0 },
            SignatureError::Foreign { kid } => Self::ForeignSignature { paper, kid: short(kid) },
            SignatureError::Broken { kid } => Self::BrokenSignature { paper, kid: short(kid) },
        }
    }
}
