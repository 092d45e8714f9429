//! The stone: what is written once and can be checked for ever. Canonical
//! entries (RFC 8785), their Merkle tree (RFC 6962, RFC 9162), signed
//! checkpoints and tiles (C2SP signed-note, tlog-checkpoint, tlog-tiles), the
//! proofs a user takes home and the audit of a whole log.
//!
//! This crate knows no record type, no database, no clock and no randomness:
//! bytes, seeds and node hashes are handed to it, and it hands back bytes,
//! hashes and verdicts.

pub mod audit;
pub mod canonical;
pub mod checkpoint;
pub mod entry;
mod error;
mod hash;
pub mod key;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod tile;

pub use audit::{Auditor, Report};
pub use checkpoint::Checkpoint;
pub use entry::{Canonical, Entry, EntryView};
pub use error::{CanonicalFault, Error, Result};
pub use hash::Hash;
pub use key::{SigningKey, VerifierKey};
pub use merkle::{Frontier, MemoryTree, Node, NodeReader};
pub use note::Note;
pub use proof::{Proof, Verified};
pub use tile::Tile;
