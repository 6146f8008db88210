//! What becomes of what is sent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DeliveryId, EventId, ReplayId, WebhookId, WorkspaceId};

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It leads where nothing may be sent.
    ForbiddenAddress,
    /// The name of the host has no address.
    Unresolved,
    /// Nobody listens there, or the connection broke.
    Connection,
    /// Who answers there cannot prove to be the host.
    Certificate,
    /// It took longer than ten seconds.
    Timeout,
    /// The secret does not open: it was sealed by another installation.
    Secret,
}

impl Trouble {
    /// Every trouble there is.
    pub const ALL: [Self; 6] = [Self::ForbiddenAddress, Self::Unresolved, Self::Connection, Self::Certificate, Self::Timeout, Self::Secret];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForbiddenAddress => "forbidden_address",
            Self::Unresolved => "unresolved",
            Self::Connection => "connection",
            Self::Certificate => "certificate",
            Self::Timeout => "timeout",
            Self::Secret => "secret",
        }
    }
}

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// There was an answer.
    Answered {
        /// Its status.
        http_status: u16,
    },
    /// There was none.
    Unanswered(Trouble),
}

impl DeliveryOutcome {
    /// Whether it arrived: an answer of 2xx.
    #[must_use]
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::Answered { http_status: 200..=299 })
    }

    /// Whether the endpoint says that it is no more.
    #[must_use]
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Answered { http_status: 410 })
    }

    /// The status of the answer, if there was one.
    #[must_use]
    pub const fn http_status(self) -> Option<u16> {
        match self {
            Self::Answered { http_status } => Some(http_status),
            Self::Unanswered(_) => None,
        }
    }

    /// What was wrong, in one word.
    #[must_use]
    pub const fn error(self) -> Option<&'static str> {
        match self {
            Self::Answered { http_status: 200..=299 } => None,
            Self::Answered { http_status: 300..=399 } => Some("redirect"),
            Self::Answered { http_status: 410 } => Some("gone"),
            Self::Answered { .. } => Some("http_status"),
            Self::Unanswered(trouble) => Some(trouble.as_str()),
        }
    }
}

/// Why something was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// It was its turn.
    Event,
    /// Somebody asked for it once more.
    Replay,
    /// Somebody wanted to see whether anything arrives.
    Ping,
}

/// One attempt to deliver, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Whose.
    pub workspace: WorkspaceId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Which attempt of all.
    pub id: DeliveryId,
    /// Why it was sent.
    pub kind: DeliveryKind,
    /// What was sent: every attempt at one event has its id.
    pub event: EventId,
    /// The number of that event; 0 for a ping, which is in no feed.
    pub sequence: u64,
    /// How many attempts there had been, this one included, since the endpoint answered last.
    pub attempt: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// What came of it.
    pub outcome: DeliveryOutcome,
}

/// Events that are to be delivered once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Whose.
    pub workspace: WorkspaceId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Which request.
    pub id: ReplayId,
    /// Behind which number they begin; it moves on with what is delivered.
    pub after: u64,
    /// With which number they end.
    pub until: u64,
    /// Whether it is delivered whatever the endpoint wants to be told: it was asked for by its id.
    pub is_exact: bool,
}
