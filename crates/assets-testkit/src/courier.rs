use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use assets_domain::{
    DeliveryOutcome, EventId, Recorded, SealedSecret, Webhook, WebhookId, WebhookUrl,
    ports::{Barred, Courier, MintedSecret, Parcel, WebhookVault, Wording},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Brings what is sent nowhere, and keeps it; what it is answered, a test says.
#[derive(Debug, Default)]
pub struct PlainCourier {
    sent: Mutex<Vec<Parcel>>,
    answers: Mutex<BTreeMap<String, DeliveryOutcome>>,
}

impl PlainCourier {
    /// Everything that was sent, in its order, whatever became of it.
    pub fn sent(&self) -> MutexGuard<'_, Vec<Parcel>> {
        self.sent.lock().expect("no test panics while it holds what was sent")
    }

    /// Has everything that is sent somewhere answered so from now on; unless told otherwise, it is 204.
    pub fn answer(&self, url: &str, outcome: DeliveryOutcome) {
        self.answers.lock().expect("no test panics while it holds the answers").insert(url.to_owned(), outcome);
    }
}

#[async_trait]
impl Courier for PlainCourier {
    /// Nothing may be sent where it says `private`.
    async fn admit(&self, url: &WebhookUrl) -> Result<(), Barred> {
        if url.as_str().contains("private") { Err(Barred("must be public")) } else { Ok(()) }
    }

    async fn deliver(&self, parcel: Parcel) -> DeliveryOutcome {
        let answers = self.answers.lock().expect("no test panics while it holds the answers");
        let outcome = answers.get(parcel.url.as_str()).copied();
        self.sent().push(parcel);
        outcome.unwrap_or(DeliveryOutcome::Answered { http_status: 204 })
    }
}

/// Makes secrets that are none: each is named like its webhook, and counts.
#[derive(Debug, Default)]
pub struct PlainVault(Mutex<u64>);

impl WebhookVault for PlainVault {
    fn mint(&self, webhook: WebhookId) -> MintedSecret {
        let mut made = self.0.lock().expect("no test panics while it counts");
        *made += 1;
        let secret = format!("whsec_{webhook}_{made}");
        MintedSecret { sealed: SealedSecret(secret.clone().into_bytes()), secret }
    }

    fn mac(&self, _webhook: WebhookId, secret: &SealedSecret, _message: &[u8]) -> Option<[u8; 32]> {
        secret.0.first_chunk().copied()
    }
}

/// Writes the number of an event, and of a ping that it is one.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainWording;

impl Wording for PlainWording {
    fn event(&self, recorded: &Recorded) -> Vec<u8> {
        recorded.sequence.to_string().into_bytes()
    }

    fn ping(&self, _webhook: &Webhook, _id: EventId, _at: DateTime<Utc>) -> Vec<u8> {
        b"ping".to_vec()
    }
}
