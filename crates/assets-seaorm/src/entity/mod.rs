//! The tables. What a table is for, its step in `migrations/` says.
#![expect(unreachable_pub, reason = "the derive of an entity demands public models")]

pub(crate) mod approver;
pub(crate) mod asset;
pub(crate) mod audit;
pub(crate) mod audit_chain;
pub(crate) mod audit_checkpoint;
pub(crate) mod author;
pub(crate) mod blob;
pub(crate) mod decision;
pub(crate) mod event;
pub(crate) mod export;
pub(crate) mod export_file;
pub(crate) mod export_member;
pub(crate) mod key;
pub(crate) mod lease;
pub(crate) mod listing;
pub(crate) mod listing_tag;
pub(crate) mod recall;
pub(crate) mod recall_target;
pub(crate) mod receipt;
pub(crate) mod release;
pub(crate) mod remark;
pub(crate) mod rendition;
pub(crate) mod signing_key;
pub(crate) mod text;
pub(crate) mod tombstone;
pub(crate) mod upload;
pub(crate) mod upload_part;
pub(crate) mod usage;
pub(crate) mod version;
pub(crate) mod webhook;
pub(crate) mod webhook_delivery;
pub(crate) mod webhook_replay;
pub(crate) mod workspace;

use chrono::{DateTime, Utc};

use crate::error::Fault;

/// A moment as it is kept: whole microseconds since 1970.
pub(crate) const fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// The moment that was kept.
pub(crate) fn moment(micros: i64) -> Result<DateTime<Utc>, Fault> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| Fault::row("a moment beyond the calendar"))
}

/// A digest, MAC or id that was kept.
pub(crate) fn bytes32(kept: Vec<u8>) -> Result<[u8; 32], Fault> {
    kept.try_into().map_err(|_| Fault::row("a digest that has not 32 bytes"))
}

/// A number as it is kept. Nothing that counts here comes near the limit.
pub(crate) fn kept(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The number that was kept.
pub(crate) fn number<T: TryFrom<i64>>(kept: i64) -> Result<T, Fault> {
    T::try_from(kept).map_err(|_| Fault::row("a number out of its range"))
}
