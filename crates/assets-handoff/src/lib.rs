//! What leaves the service, so that whoever receives it can check it without the service.
//!
//! - Approvals and exports are put in writing as [in-toto statements](statement) in signed [envelopes](envelope).
//! - Bytes that are handed out singly go with a [ticket](Ticket) for whoever publishes them.
//! - How far an audit went is noted in [checkpoints](sign_checkpoint), to be kept elsewhere.
//! - An export archive says what is in it in its [manifest], and [`verify()`] checks all of it, offline.
//! - The [`Office`] does the writing: it is the domain's port [`Notary`](assets_domain::ports::Notary).
//!
//! ```
//! use assets_handoff::{Envelope, PublicKeys, SigningKey, envelope::SignatureError};
//!
//! let key = SigningKey::generate();
//! let line = Envelope::seal(b"{}".to_vec(), &key).to_line();
//!
//! let published = PublicKeys::of([key.public()]).to_json();
//! let keys = PublicKeys::parse(&published).expect("what was printed reads back");
//! let envelope = Envelope::parse(&line).expect("what was written reads back");
//! assert_eq!(envelope.verify(&keys), Ok(&key.public()));
//!
//! let others = PublicKeys::of([SigningKey::generate().public()]);
//! assert!(matches!(envelope.verify(&others), Err(SignatureError::Foreign { .. })));
//! ```
//!
//! # Rules
//! - Nothing here reads or writes anything but memory and the file it is given; no clock is looked at. The only thing taken
//!   from outside is the randomness of the operating system, for new keys.
//! - A signature is checked over the bytes as they were received, before anything in them is looked at.
//! - What is written for the same thing is always the same, byte for byte.
//! - Whatever is read here may come from anybody: nothing is believed, and nothing that can be read makes it panic.

mod checkpoint;
mod jws;
mod key;
mod keys;
mod office;
mod ticket;

pub mod envelope;
pub mod manifest;
pub mod statement;
pub mod verify;

pub use checkpoint::{CheckpointError, find_checkpoints, sign_checkpoint, verify_checkpoint};
pub use envelope::Envelope;
pub use key::{PublicKey, PublicKeyError, Seed, SigningKey};
pub use keys::{Keys, PublicKeys, PublicKeysError};
pub use office::Office;
pub use statement::Statement;
pub use ticket::{Ticket, TicketError};
pub use verify::{Finding, Report, verify};
