//! One range of bytes (RFC 9110, section 14).

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Everything: also where the header is malformed, of another unit, or asks for several ranges at once.
    Whole,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// Bytes that are not there.
    Outside,
}

impl Wanted {
    /// Reads a `Range` header for content of a size.
    pub(super) fn parse(header: &str, size: u64) -> Self {
        Self::try_parse(header, size).unwrap_or(Self::Whole)
    }

    fn try_parse(header: &str, size: u64) -> Option<Self> {
        let (unit, set) = header.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (first, last) = set.trim().split_once('-')?;
        let range = match (first, last) {
            ("", suffix) => size.saturating_sub(position(suffix)?)..size,
            (first, "") => position(first)?..size,
            (first, last) => {
                let (first, last) = (position(first)?, position(last)?);
                if last < first {
                    return None;
                }
                first..last.saturating_add(1).min(size)
            }
        };
        Some(if range.is_empty() { Self::Outside } else { Self::Part(range) })
    }
}

/// A place in bytes. One that no number can hold lies behind every end.
fn position(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_closed_open_or_a_suffix() {
        assert_eq!(Wanted::parse("bytes=0-0", 10), Wanted::Part(0..1));
        assert_eq!(Wanted::parse("bytes=2-5", 10), Wanted::Part(2..6));
        assert_eq!(Wanted::parse("Bytes=7-", 10), Wanted::Part(7..10));
        assert_eq!(Wanted::parse("bytes=-3", 10), Wanted::Part(7..10));
        assert_eq!(Wanted::parse("bytes=-30", 10), Wanted::Part(0..10));
        assert_eq!(Wanted::parse("bytes=4-99999999999999999999999", 10), Wanted::Part(4..10));
    }

    #[test]
    fn what_lies_outside_the_content_is_refused() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(Wanted::parse(header, 10), Wanted::Outside, "{header}");
        }
        assert_eq!(Wanted::parse("bytes=0-", 0), Wanted::Outside);
        assert_eq!(Wanted::parse("bytes=-1", 0), Wanted::Outside);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        for header in ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "bytes=a-b", "bytes=+1-2", "items=0-1", "bytes=1 -2"]
        {
            assert_eq!(Wanted::parse(header, 10), Wanted::Whole, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_yields_bytes_that_are_not_there(header in "(bytes=)?[-0-9, a]{0,24}", size in 0_u64..100) {
            if let Wanted::Part(range) = Wanted::parse(&header, size) {
                proptest::prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
