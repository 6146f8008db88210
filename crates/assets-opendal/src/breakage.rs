//! What broke, in the terms of the ports.

use std::{error::Error, io};

use assets_domain::ports::Breakage;
use opendal::ErrorKind;

use crate::transport::Unserved;

/// An error of OpenDAL: full if the store says so, else whether it may work again later.
pub(crate) fn broken(error: opendal::Error) -> Breakage {
    if is_about_space(&error) {
        Breakage::Full(Box::new(error))
    } else if may_pass(&error) {
        Breakage::Unavailable(Box::new(error))
    } else {
        Breakage::Failed(Box::new(error))
    }
}

/// An error while an upload becomes what can be read. If it is gone, a sweep took it for a rest, or the answer that it was
/// closed was lost: it can be sent again.
pub(crate) fn broken_finish(error: opendal::Error) -> Breakage {
    match error.kind() {
        ErrorKind::NotFound => Breakage::Unavailable(Box::new(error)),
        _ => broken(error),
    }
}

/// An error while reading something that was acknowledged: that it is missing is damage.
pub(crate) fn broken_read(error: opendal::Error) -> Breakage {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::RangeNotSatisfied => Breakage::Damaged(Box::new(error)),
        _ => broken(error),
    }
}

/// Whether it may work again later. OpenDAL's own judgement is lost where its retry layer gave up; there it is found in
/// what kind of error it is, or in what it came from. Only the nearest source counts: that no credentials were found may
/// come from a network, too, and does not pass.
fn may_pass(error: &opendal::Error) -> bool {
    let source = error.source();
    error.is_temporary()
        || matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::Conflict)
        || source.is_some_and(|source| source.is::<Unserved>() || source.is::<reqwest::Error>())
}

/// An error of the file system itself.
pub(crate) fn broken_disk(error: io::Error) -> Breakage {
    if is_about_space(&error) { Breakage::Full(Box::new(error)) } else { Breakage::Failed(Box::new(error)) }
}

fn is_about_space(error: &(dyn Error + 'static)) -> bool {
    let on_disk = |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    std::iter::successors(Some(error), |&error| error.source())
        .any(|error| error.downcast_ref().is_some_and(on_disk) || error.downcast_ref().is_some_and(Unserved::is_about_space))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_disk(kind: io::ErrorKind) -> opendal::Error {
        opendal::Error::new(opendal::ErrorKind::Unexpected, "writing").set_source(io::Error::from(kind))
    }

    #[test]
    fn a_full_disk_is_known_from_the_source_of_the_error() {
        assert!(matches!(broken(from_disk(io::ErrorKind::StorageFull)), Breakage::Full(_)));
        assert!(matches!(broken(from_disk(io::ErrorKind::QuotaExceeded).set_temporary()), Breakage::Full(_)));
        assert!(matches!(broken(from_disk(io::ErrorKind::PermissionDenied)), Breakage::Failed(_)));
        assert!(matches!(broken(from_disk(io::ErrorKind::TimedOut).set_temporary()), Breakage::Unavailable(_)));
        assert!(matches!(broken_disk(io::ErrorKind::StorageFull.into()), Breakage::Full(_)));
    }
}
