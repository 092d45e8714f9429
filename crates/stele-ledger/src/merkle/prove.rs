//! Roots and proofs of a stored tree, each in O(log n) reads of complete
//! subtrees. RFC 6962, sections 2.1.1 and 2.1.2.

use super::{empty_root, node_hash};
use crate::{Error, Hash, Result};

/// A store of the hashes of complete subtrees.
pub trait NodeReader {
    /// What can go wrong in the store.
    type Error: Into<Box<dyn std::error::Error + Send + Sync>>;

    /// The hash at `level` (0 for leaves) and `index`, if it is stored.
    ///
    /// # Errors
    /// The store's own.
    fn node(&self, level: u8, index: u64) -> Result<Option<Hash>, Self::Error>;
}

/// Reads a node that has to be there.
pub(crate) fn read_node<R: NodeReader + ?Sized>(reader: &R, level: u8, index: u64) -> Result<Hash> {
    match reader.node(level, index) {
        Ok(Some(hash)) => Ok(hash),
        Ok(None) => Err(Error::MissingNode { level, index }),
        Err(source) => Err(Error::Reader {
            level,
            index,
            source: source.into(),
        }),
    }
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// [`Error::MissingNode`] or [`Error::Reader`].
pub fn root_at<R: NodeReader + ?Sized>(reader: &R, size: u64) -> Result<Hash> {
    if size == 0 {
        Ok(empty_root())
    } else {
        range_root(reader, 0, size)
    }
}

/// `PATH(index, D[0:size])`: the proof that the entry at `index` is in the tree
/// of `size` leaves, from the leaf's sibling upwards.
///
/// # Errors
/// [`Error::OutOfRange`] if there is no such entry; [`Error::MissingNode`] or
/// [`Error::Reader`].
pub fn inclusion_proof<R: NodeReader + ?Sized>(
    reader: &R,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>> {
    if index >= size {
        return Err(Error::OutOfRange {
            what: "entry",
            value: index,
            size,
        });
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(range_root(reader, middle, to)?);
            to = middle;
        } else {
            path.push(range_root(reader, from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// `PROOF(old_size, D[0:new_size])`: the proof that the tree of `new_size`
/// leaves continues the tree of `old_size` leaves. Empty if they are equal.
///
/// # Errors
/// [`Error::OutOfRange`] if `old_size` is 0 or the larger; [`Error::MissingNode`] or
/// [`Error::Reader`].
pub fn consistency_proof<R: NodeReader + ?Sized>(
    reader: &R,
    old_size: u64,
    new_size: u64,
) -> Result<Vec<Hash>> {
    if old_size == 0 || old_size > new_size {
        return Err(Error::OutOfRange {
            what: "size",
            value: old_size,
            size: new_size,
        });
    }
    if old_size == new_size {
        return Ok(Vec::new());
    }
    let (mut from, mut to) = (0, new_size);
    let mut path = Vec::new();
    // Descend to the subtree that ends where the old tree ends.
    while to != old_size {
        let middle = from + split(to - from);
        if old_size <= middle {
            path.push(range_root(reader, middle, to)?);
            to = middle;
        } else {
            path.push(range_root(reader, from, middle)?);
            from = middle;
        }
    }
    // If that subtree is the whole old tree its root is known to the verifier.
    if from != 0 {
        path.push(range_root(reader, from, to)?);
    }
    path.reverse();
    Ok(path)
}

/// The largest power of two smaller than `n`, for `n > 1`.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// `MTH(D[from:to])`, where `from` is where a subtree of that size may begin.
fn range_root<R: NodeReader + ?Sized>(reader: &R, from: u64, to: u64) -> Result<Hash> {
    let count = to - from;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return read_node(reader, level as u8, from >> level);
    }
    let middle = from + split(count);
    let left = range_root(reader, from, middle)?;
    let right = range_root(reader, middle, to)?;
    Ok(node_hash(&left, &right))
}
