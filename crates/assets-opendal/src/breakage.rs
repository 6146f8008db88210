//! What broke, in the terms of the ports.

use std::{error::Error, io};

use assets_domain::ports::Breakage;

/// An error of OpenDAL: full if the disk says so, else whether it may work again is OpenDAL's judgement.
pub(crate) fn broken(error: opendal::Error) -> Breakage {
    if is_about_space(&error) {
        Breakage::Full(Box::new(error))
    } else if error.is_temporary() {
        Breakage::Unavailable(Box::new(error))
    } else {
        Breakage::Failed(Box::new(error))
    }
}

/// An error while an upload gets its name: if its file is gone, a sweep took it for a rest, and it can be sent again.
pub(crate) fn broken_rename(error: opendal::Error) -> Breakage {
    match error.kind() {
        opendal::ErrorKind::NotFound => Breakage::Unavailable(Box::new(error)),
        _ => broken(error),
    }
}

/// An error while reading something that was acknowledged: that it is missing is damage.
pub(crate) fn broken_read(error: opendal::Error) -> Breakage {
    match error.kind() {
        opendal::ErrorKind::NotFound | opendal::ErrorKind::RangeNotSatisfied => Breakage::Damaged(Box::new(error)),
        _ => broken(error),
    }
}

/// An error of the file system itself.
pub(crate) fn broken_disk(error: io::Error) -> Breakage {
    if is_about_space(&error) { Breakage::Full(Box::new(error)) } else { Breakage::Failed(Box::new(error)) }
}

fn is_about_space(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
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
