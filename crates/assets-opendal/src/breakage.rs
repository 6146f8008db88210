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

/// An error while an upload to a bucket is closed: if it is gone, the answer that it was closed was lost; if its bytes
/// arrived as others, or the store stumbled, it says so in ways of its own. It can be sent again.
pub(crate) fn broken_close(error: opendal::Error) -> Breakage {
    match error.kind() {
        ErrorKind::NotFound => Breakage::Unavailable(Box::new(error)),
        ErrorKind::Unexpected if error.source().is_none() => Breakage::Unavailable(Box::new(error)),
        _ => broken(error),
    }
}

/// Whether the store says that it will not, whoever asks how often.
pub(crate) fn is_refusal(error: &opendal::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ConfigInvalid | ErrorKind::Unsupported)
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
    #[test]
    fn what_a_retry_layer_gave_up_on_may_still_pass() {
        let answered = |status| Unserved::answered(http::StatusCode::from_u16(status).unwrap());
        let given_up = |status| opendal::Error::new(ErrorKind::Unexpected, "asking").set_source(answered(status)).set_persistent();
        assert!(matches!(broken(given_up(503)), Breakage::Unavailable(_)));
        assert!(matches!(broken_read(given_up(429)), Breakage::Unavailable(_)));
        assert!(matches!(broken(given_up(507)), Breakage::Full(_)));
        let refused = |kind| opendal::Error::new(kind, "asking").set_persistent();
        assert!(matches!(broken(refused(ErrorKind::PermissionDenied)), Breakage::Failed(_)));
        assert!(matches!(broken_close(refused(ErrorKind::PermissionDenied)), Breakage::Failed(_)));
        assert!(matches!(broken(refused(ErrorKind::RateLimited)), Breakage::Unavailable(_)));
    }

    #[test]
    fn credentials_that_a_network_kept_from_being_found_do_not_pass() {
        let network = opendal::Error::new(ErrorKind::Unexpected, "asking").set_source(Unserved::answered(http::StatusCode::BAD_GATEWAY));
        let signing = opendal::Error::new(ErrorKind::Unexpected, "signing").set_source(network).set_persistent();
        assert!(matches!(broken(signing), Breakage::Failed(_)));
    }
}
