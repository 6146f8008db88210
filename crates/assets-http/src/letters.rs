//! What endpoints are sent: events as the feed has them, and pings.

use assets_domain::{EventId, Recorded, View, Webhook, ports::Wording};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::body::EventBody;

/// What a ping is called.
const PING: &str = "webhook.ping";

/// Writes what endpoints are sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Letters;

/// Something that is sent to see whether it arrives. It looks like an event, and is in no feed.
#[derive(Serialize)]
struct Ping {
    id: String,
    r#type: &'static str,
    workspace_id: Uuid,
    sequence: u64,
    occurred_at: DateTime<Utc>,
    data: PingData,
}

#[derive(Serialize)]
struct PingData {
    webhook_id: Uuid,
}

fn written(letter: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and moments: there is nothing in it that JSON cannot hold.
    serde_json::to_vec(letter).unwrap_or_default()
}

impl Wording for Letters {
    fn event(&self, recorded: &Recorded) -> Vec<u8> {
        recorded.seen_as(View::Working).map(|view| written(&EventBody::from(view))).unwrap_or_default()
    }

    fn ping(&self, webhook: &Webhook, id: EventId, at: DateTime<Utc>) -> Vec<u8> {
        written(&Ping {
            id: format!("evt_{id}"),
            r#type: PING,
            workspace_id: webhook.workspace.as_uuid(),
            sequence: 0,
            occurred_at: at,
            data: PingData { webhook_id: webhook.id.as_uuid() },
        })
    }
}
