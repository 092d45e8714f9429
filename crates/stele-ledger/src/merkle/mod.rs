//! The Merkle tree of RFC 6962, section 2.1 (the same in RFC 9162), over
//! SHA-256. Stored are the hashes of complete subtrees only: node (level,
//! index) covers the leaves `index * 2^level .. (index + 1) * 2^level` and,
//! once written, never changes.

mod frontier;
mod prove;
mod verify;

pub use frontier::{Frontier, MemoryTree, Node};
pub(crate) use prove::read_node;
pub use prove::{NodeReader, consistency_proof, inclusion_proof, root_at};
pub use verify::{root_of_inclusion, verify_consistency, verify_inclusion};

use crate::Hash;
use sha2::{Digest as _, Sha256};

/// `MTH({})`: the root of the tree without entries.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::from_bytes(Sha256::digest([]).into())
}

/// `SHA-256(0x00 || entry)`: the hash of a leaf.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::from_bytes(
        Sha256::new()
            .chain_update([0])
            .chain_update(entry)
            .finalize()
            .into(),
    )
}

/// `SHA-256(0x01 || left || right)`: the hash of an interior node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1u8; 65];
    bytes[1..33].copy_from_slice(left.as_bytes());
    bytes[33..].copy_from_slice(right.as_bytes());
    Hash::from_bytes(Sha256::digest(bytes).into())
}
