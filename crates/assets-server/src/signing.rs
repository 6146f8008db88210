//! The keys by which the installation signs: kept in the database under its secret, and so shared by all its processes.

use std::sync::Arc;

use assets_domain::ports::Clock;
use assets_handoff::{Keys, Office, PublicKey, PublicKeys, Seed, SigningKey};
use assets_seal::{Seal, Secret};
use assets_seaorm::{Database, KeptSigningKey};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretBox};

use crate::failure::Failure;

/// For how long a new key is made known before it signs: longer than anybody keeps what was known before, so that whoever meets its
/// first signature can know it.
const MADE_KNOWN_FOR: TimeDelta = TimeDelta::minutes(10);

/// The office that signs, and the keys that it signs with.
#[derive(Clone)]
pub(crate) struct Signing {
    database: Database,
    seal: Arc<Seal>,
    clock: Arc<dyn Clock>,
    office: Arc<Office>,
}

impl Signing {
    /// Opens the keys of an installation, and makes the first one if there is none.
    ///
    /// # Errors
    /// The database broke; the newest key was sealed under another secret.
    pub(crate) async fn open(database: Database, secret: &Secret, clock: Arc<dyn Clock>, issuer: &str) -> Result<Self, Failure> {
        let seal = Arc::new(Seal::new(secret));
        if database.signing_keys().await?.is_empty() {
            // Of processes that start at once, one makes it.
            database.add_signing_key(&made(&seal, 1, clock.now())).await?;
        }
        let office = Arc::new(Office::new(issuer, opened(&seal, &database.signing_keys().await?, clock.now())?));
        Ok(Self { database, seal, clock, office })
    }

    /// What signs.
    pub(crate) fn office(&self) -> Arc<Office> {
        self.office.clone()
    }

    /// Goes on with the keys that there are now.
    ///
    /// # Errors
    /// As [`Signing::open`].
    pub(crate) async fn refresh(&self) -> Result<(), Failure> {
        let kept = self.database.signing_keys().await?;
        let known = self.office.keys();
        let signs = signing(&kept, self.clock.now()).map(|key| key.public);
        if known.public().iter().count() != kept.len() || signs != Some(*known.newest().public().as_bytes()) {
            self.office.replace(opened(&self.seal, &kept, self.clock.now())?);
        }
        Ok(())
    }

    /// Makes a new key. It is made known for ten minutes before it signs, unless it is to sign at once.
    ///
    /// # Errors
    /// As [`Signing::open`]; another was made at the same time.
    pub(crate) async fn rotate(&self, at_once: bool) -> Result<(PublicKey, DateTime<Utc>), Failure> {
        let number = self.database.signing_keys().await?.last().map_or(0, |last| last.number).saturating_add(1);
        let signs_from = if at_once { self.clock.now() } else { self.clock.now() + MADE_KNOWN_FOR };
        let key = made(&self.seal, number, signs_from);
        if !self.database.add_signing_key(&key).await? {
            return Err(Failure::Refused("another key was made at the same moment; list them, and make one more if need be".to_owned()));
        }
        Ok((PublicKey::from_bytes(key.public), signs_from))
    }

    /// The keys that the installation made itself: those whose secret half is sealed under its secret. A row that somebody else put in
    /// is none of them.
    ///
    /// # Errors
    /// The database broke.
    pub(crate) async fn own_keys(&self) -> Result<PublicKeys, Failure> {
        let kept = self.database.signing_keys().await?;
        let own = kept.iter().filter_map(|key| {
            let key_pair = SigningKey::from_seed(seed(&self.seal.unwrap(&name(key.number), &key.sealed)?)?);
            Some(key_pair.public()).filter(|public| *public.as_bytes() == key.public)
        });
        Ok(PublicKeys::of(own))
    }

    /// Every key with the moment from which on it signs, oldest first.
    ///
    /// # Errors
    /// The database broke.
    pub(crate) async fn list(&self) -> Result<Vec<(PublicKey, DateTime<Utc>)>, Failure> {
        let kept = self.database.signing_keys().await?;
        Ok(kept.into_iter().map(|key| (PublicKey::from_bytes(key.public), key.signs_from)).collect())
    }
}

fn name(number: i32) -> String {
    format!("signing key {number}")
}

fn made(seal: &Seal, number: i32, signs_from: DateTime<Utc>) -> KeptSigningKey {
    let key = SigningKey::generate();
    let sealed = seal.wrap(&name(number), key.seed().expose_secret());
    KeptSigningKey { number, public: *key.public().as_bytes(), sealed, signs_from }
}

/// The key that signs at a moment: the last one whose time has come.
fn signing(kept: &[KeptSigningKey], now: DateTime<Utc>) -> Option<&KeptSigningKey> {
    kept.iter().rev().find(|key| key.signs_from <= now).or(kept.first())
}

/// The keys as they are worked with.
fn opened(seal: &Seal, kept: &[KeptSigningKey], now: DateTime<Utc>) -> Result<Keys, Failure> {
    let wrong =
        || Failure::Refused("ASSETS_SIGNING_KEY: the keys that sign were sealed under another secret; put that one back".to_owned());
    let signs = signing(kept, now).ok_or_else(wrong)?;
    let open = seal.unwrap(&name(signs.number), &signs.sealed).ok_or_else(wrong)?;
    let seed = seed(&open).ok_or_else(wrong)?;
    Ok(Keys::new(SigningKey::from_seed(seed), kept.iter().rev().map(|key| PublicKey::from_bytes(key.public))))
}

/// What a key was made of, if that is what was sealed.
fn seed(open: &SecretBox<[u8]>) -> Option<Seed> {
    let is_one = open.expose_secret().len() == SigningKey::SEED_BYTES;
    is_one.then(|| SecretBox::init_with_mut(|seed: &mut [u8; SigningKey::SEED_BYTES]| seed.copy_from_slice(open.expose_secret())))
}
