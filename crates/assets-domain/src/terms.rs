//! What an approval is good for: from when until when, in which channels and markets.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Channel, Market, View};

/// What an approval is good for. Without any of it: for ever and everywhere.
///
/// Whoever hands out approved bytes for a purpose asks [`Terms::judge`] first: the gate for single assets, and exports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StatedTerms")]
pub struct Terms {
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    channels: BTreeSet<Channel>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    markets: BTreeSet<Market>,
}

/// Terms as somebody states them, not checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StatedTerms {
    /// From when on the bytes may be published; at once without.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when (exclusive); for ever without.
    pub valid_until: Option<DateTime<Utc>>,
    /// In which channels; in all without.
    pub channels: BTreeSet<Channel>,
    /// In which markets; in all without.
    pub markets: BTreeSet<Market>,
}

impl StatedTerms {
    /// The first field that says anything.
    #[must_use]
    pub fn first_field(&self) -> Option<&'static str> {
        let said = [
            (self.valid_from.is_some(), "valid_from"),
            (self.valid_until.is_some(), "valid_until"),
            (!self.channels.is_empty(), "channels"),
            (!self.markets.is_empty(), "markets"),
        ];
        said.into_iter().find_map(|(is_said, field)| is_said.then_some(field))
    }
}

/// Why terms make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// They end before they begin.
    #[error("valid_until must be later than valid_from")]
    Backwards,
    /// So many channels that nobody reads them.
    #[error("must be at most {} channels", Terms::MOST_NAMED)]
    TooManyChannels,
    /// So many markets that nobody reads them.
    #[error("must be at most {} markets", Terms::MOST_NAMED)]
    TooManyMarkets,
}

/// What approved bytes are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// In which channel, if one was named.
    pub channel: Option<&'a Channel>,
    /// In which market, if one was named.
    pub market: Option<&'a Market>,
}

/// Why an asset is not handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// There is no such asset, or none that the caller may see.
    NotFound,
    /// It is archived.
    Archived,
    /// No approval of it stands.
    NotApproved,
    /// Its approval begins later.
    NotYetValid,
    /// Its approval was good until a moment that is past.
    Expired,
    /// It is approved for other channels, or for some and none was named.
    ChannelNotAllowed,
    /// It is approved for other markets, or for some and none was named.
    MarketNotAllowed,
}

impl Withheld {
    /// What one reader is told: who sees only what is published sees nothing else.
    #[must_use]
    pub const fn seen_as(self, view: View) -> Self {
        match (view, self) {
            (View::Published, Self::Archived | Self::NotApproved) => Self::NotFound,
            (View::Published | View::Working, reason) => reason,
        }
    }

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Archived => "archived",
            Self::NotApproved => "not_approved",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::ChannelNotAllowed => "channel_not_allowed",
            Self::MarketNotAllowed => "market_not_allowed",
        }
    }
}

impl Terms {
    /// How many channels, and how many markets, an approval may name: 64.
    pub const MOST_NAMED: usize = 64;

    /// Checks what somebody states.
    ///
    /// # Errors
    /// They end before they begin; they name too much.
    pub fn new(stated: StatedTerms) -> Result<Self, TermsError> {
        let StatedTerms { valid_from, valid_until, channels, markets } = stated;
        if valid_from.zip(valid_until).is_some_and(|(from, until)| from >= until) {
            return Err(TermsError::Backwards);
        }
        if channels.len() > Self::MOST_NAMED {
            return Err(TermsError::TooManyChannels);
        }
        if markets.len() > Self::MOST_NAMED {
            return Err(TermsError::TooManyMarkets);
        }
        Ok(Self { valid_from, valid_until, channels, markets })
    }

    /// From when on the bytes may be published.
    #[must_use]
    pub const fn valid_from(&self) -> Option<DateTime<Utc>> {
        self.valid_from
    }

    /// Until when they may be (exclusive).
    #[must_use]
    pub const fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.valid_until
    }

    /// In which channels; empty: in all.
    #[must_use]
    pub const fn channels(&self) -> &BTreeSet<Channel> {
        &self.channels
    }

    /// In which markets; empty: in all.
    #[must_use]
    pub const fn markets(&self) -> &BTreeSet<Market> {
        &self.markets
    }

    /// Whether the approval is good for ever and everywhere.
    #[must_use]
    pub fn are_unlimited(&self) -> bool {
        *self == Self::default()
    }

    /// Everything that speaks against a purpose; nothing if it is allowed.
    #[must_use]
    pub fn judge(&self, purpose: &Purpose<'_>) -> Vec<Withheld> {
        let excludes = |named: bool, within: bool| named && !within;
        let against = [
            (self.valid_from.is_some_and(|from| purpose.at < from), Withheld::NotYetValid),
            (self.valid_until.is_some_and(|until| purpose.at >= until), Withheld::Expired),
            (
                excludes(!self.channels.is_empty(), purpose.channel.is_some_and(|channel| self.channels.contains(channel))),
                Withheld::ChannelNotAllowed,
            ),
            (
                excludes(!self.markets.is_empty(), purpose.market.is_some_and(|market| self.markets.contains(market))),
                Withheld::MarketNotAllowed,
            ),
        ];
        against.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect()
    }
}

impl TryFrom<StatedTerms> for Terms {
    type Error = TermsError;
    fn try_from(stated: StatedTerms) -> Result<Self, TermsError> {
        Self::new(stated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(hour * 3600, 0).unwrap()
    }

    fn terms() -> Terms {
        Terms::new(StatedTerms {
            valid_from: Some(at(10)),
            valid_until: Some(at(20)),
            channels: BTreeSet::from([Channel::parse("linkedin").unwrap()]),
            markets: BTreeSet::from([Market::parse("DE").unwrap()]),
        })
        .unwrap()
    }

    #[test]
    fn everything_that_speaks_against_a_purpose_is_said() {
        let (channel, other) = (Channel::parse("linkedin").unwrap(), Channel::parse("email").unwrap());
        let market = Market::parse("DE").unwrap();
        let judge = |hour, channel, market| terms().judge(&Purpose { at: at(hour), channel, market });
        assert_eq!(judge(10, Some(&channel), Some(&market)), []);
        assert_eq!(judge(20, Some(&channel), Some(&market)), [Withheld::Expired]);
        assert_eq!(judge(9, Some(&other), None), [Withheld::NotYetValid, Withheld::ChannelNotAllowed, Withheld::MarketNotAllowed]);
        assert_eq!(judge(10, None, Some(&market)), [Withheld::ChannelNotAllowed]);
        assert_eq!(Terms::default().judge(&Purpose { at: at(0), channel: Some(&other), market: None }), []);
    }

    #[test]
    fn terms_end_later_than_they_begin() {
        let backwards = StatedTerms { valid_from: Some(at(2)), valid_until: Some(at(2)), ..StatedTerms::default() };
        assert_eq!(Terms::new(backwards), Err(TermsError::Backwards));
    }
}
