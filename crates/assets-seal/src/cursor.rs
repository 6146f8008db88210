//! Cursors: where the next page of one list begins, for whoever got the page before.

use assets_domain::Position;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{Seal, claims::Fields, mac::MAC_BYTES};

/// How long a cursor is good for, at the least.
const LIFE: TimeDelta = TimeDelta::hours(24);
/// The moment it was given out is rounded up to a multiple of this, so that the same page has the same cursor, and with it
/// the same `ETag`, for a while: as long as a preview link stays the same.
const WINDOW_SECONDS: i64 = 15 * 60;

/// The form of the claims: goes up whenever they change.
const FORM: u8 = 1;
const CLAIMS_BYTES: usize = 1 + 8 + 16 + 8;

/// What a cursor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorClaims {
    /// The last item of the page before, in whole microseconds.
    pub position: Position,
    /// A digest over workspace, filters and sort: the cursor is good for this list alone. It is not in the text.
    pub binding: [u8; 32],
    /// When it was given out.
    pub issued_at: DateTime<Utc>,
}

/// Not a cursor of this list: altered, older than 24 hours, or from another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of this list, or older than 24 hours")]
pub struct InvalidCursor;

impl Seal {
    /// A cursor as text: letters, digits, `-` and `_`.
    #[must_use]
    pub fn cursor(&self, claims: &CursorClaims) -> String {
        let mut sealed = Vec::with_capacity(CLAIMS_BYTES + MAC_BYTES);
        sealed.push(FORM);
        sealed.extend_from_slice(&claims.position.at.timestamp_micros().to_be_bytes());
        sealed.extend_from_slice(claims.position.id.as_uuid().as_bytes());
        sealed.extend_from_slice(&windowed(claims.issued_at).to_be_bytes());
        let mac = self.cursors.mac(&[&sealed, &claims.binding]);
        sealed.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Reads a cursor of the list with a binding.
    ///
    /// # Errors
    /// It was altered, is of another list, or is older than 24 hours; which of these is not told.
    pub fn open_cursor(&self, text: &str, binding: &[u8; 32], now: DateTime<Utc>) -> Result<Position, InvalidCursor> {
        let mut sealed = [0; CLAIMS_BYTES + MAC_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut sealed).map_err(|_| InvalidCursor)?;
        if length != sealed.len() {
            return Err(InvalidCursor);
        }
        let (claims, mac) = sealed.split_last_chunk::<MAC_BYTES>().ok_or(InvalidCursor)?;
        if !self.cursors.verifies(&[claims, binding], mac) {
            return Err(InvalidCursor);
        }
        let (position, issued_at) = parse(claims).ok_or(InvalidCursor)?;
        if now.signed_duration_since(issued_at) > LIFE { Err(InvalidCursor) } else { Ok(position) }
    }
}

fn windowed(issued_at: DateTime<Utc>) -> i64 {
    let whole = issued_at.timestamp().saturating_add(i64::from(issued_at.timestamp_subsec_nanos() > 0));
    whole.saturating_add(WINDOW_SECONDS - 1).div_euclid(WINDOW_SECONDS).saturating_mul(WINDOW_SECONDS)
}

fn parse(claims: &[u8]) -> Option<(Position, DateTime<Utc>)> {
    let mut fields = Fields(claims);
    if fields.u8()? != FORM {
        return None;
    }
    let at = DateTime::from_timestamp_micros(fields.i64()?)?;
    let id = fields.asset()?;
    let issued_at = DateTime::from_timestamp_secs(fields.i64()?)?;
    fields.are_over().then_some((Position { at, id }, issued_at))
}
