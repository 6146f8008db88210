//! The check of an archive, without the service that made it.
//!
//! An archive is a function of its files ([`assets_domain::archive`]): so what is read from its directory is built again,
//! and whatever differs by one byte is found, wherever it is. Then every file is hashed and compared with the list of
//! digests, with the manifest and with the signed statement of its approval, and the list with the seal.
//!
//! Contents pass in constant memory. What is kept is a line of each file, and a hundred thousand of them at most.

mod container;
mod contents;
mod finding;
mod papers;
mod report;
mod section;
mod statements;

use std::{
    cell::RefCell,
    io::{self, Read, Seek, SeekFrom},
};

pub use finding::Finding;
pub use report::{Approver, Report, Signer};

use assets_domain::archive::{ATTESTATIONS, MANIFEST, PAPERS, PUBLIC_KEYS, SEAL, SUMS};

use crate::PublicKeys;
use container::Container;
use contents::Contents;

/// Checks an archive. With keys, every signature must be by one of them; without, by one of those in the archive itself,
/// which says nothing about who made it until their thumbprints are compared with those that the service publishes.
///
/// # Errors
/// The file cannot be read. Whatever is wrong with the archive is in the report.
pub fn verify(mut file: impl Read + Seek, keys: Option<&PublicKeys>) -> io::Result<Report> {
    let length = file.seek(SeekFrom::End(0))?;
    let file = RefCell::new(file);
    let mut report = Report { is_by_known_keys: keys.is_some(), ..Report::default() };
    if let Some(container) = Container::read(&file, length, &mut report)? {
        let contents = Contents::read(&file, &container, &mut report)?;
        papers::check(&file, &container, &contents, keys, &mut report)?;
    }
    Ok(report)
}
