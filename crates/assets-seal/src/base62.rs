//! Digits and letters: what survives every shell, log and double click.

use crate::random;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn digit(value: u32) -> Option<char> {
    DIGITS.get(usize::try_from(value).ok()?).copied().map(char::from)
}

/// So many digits, each as likely as any other.
pub(crate) fn random_digits(count: usize) -> String {
    let mut digits = String::with_capacity(count);
    let mut bytes = [0; 64];
    while digits.len() < count {
        random::fill(&mut bytes);
        // Six bits are 64 values; the two without a digit are thrown away, since to fold them in would favour two digits.
        let drawn = bytes.iter().filter_map(|byte| digit(u32::from(byte & 0b11_1111)));
        digits.extend(drawn.take(count - digits.len()));
    }
    digits
}

/// A number in 6 digits, which hold any of 32 bits.
pub(crate) fn six_digits(number: u32) -> String {
    let mut rest = number;
    let mut digits = ['0'; 6];
    for place in digits.iter_mut().rev() {
        *place = digit(rest % 62).unwrap_or('0');
        rest /= 62;
    }
    digits.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_six_digits_of_its_own() {
        assert_eq!(six_digits(0), "000000");
        assert_eq!(six_digits(61), "00000z");
        assert_eq!(six_digits(62), "000010");
        assert_eq!(six_digits(u32::MAX), "4gfFC3");
    }

    /// 62,000 digits: each is expected 1000 times, with a standard deviation of 31. A modulo over bytes would give some
    /// of them a quarter more than others.
    #[test]
    fn every_digit_is_as_likely_as_any_other() {
        let drawn = random_digits(62_000);
        for digit in DIGITS {
            let count = drawn.bytes().filter(|other| other == digit).count();
            assert!((800..1200).contains(&count), "{} came {count} times", char::from(*digit));
        }
    }
}
