//! Verifying proofs: RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use super::node_hash;
use crate::{Error, Hash, Result};

/// The root that an inclusion proof leads to. The caller compares it with a
/// root that is trusted.
///
/// # Errors
/// [`Error::NotIncluded`] if the proof has not the length for this place.
pub fn root_of_inclusion(index: u64, size: u64, leaf: &Hash, path: &[Hash]) -> Result<Hash> {
    let fail = |problem| Error::NotIncluded {
        index,
        size,
        problem,
    };
    if index >= size {
        return Err(fail("the tree has no such entry"));
    }
    let (mut node, mut last) = (index, size - 1);
    let mut root = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(fail("the proof is too long"));
        }
        if node & 1 == 1 || node == last {
            root = node_hash(sibling, &root);
            // On the right edge, levels where the node has no sibling are skipped.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(fail("the proof is too short"));
    }
    Ok(root)
}

/// Verifies that the entry with this leaf hash stands at `index` in the tree
/// with this size and root.
///
/// # Errors
/// [`Error::NotIncluded`].
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    path: &[Hash],
    root: &Hash,
) -> Result<()> {
    if root_of_inclusion(index, size, leaf, path)? == *root {
        Ok(())
    } else {
        Err(Error::NotIncluded {
            index,
            size,
            problem: "the proof leads to another root",
        })
    }
}

/// Verifies that the tree of `new_size` has the tree of `old_size` as its
/// beginning.
///
/// From the empty tree nothing is to be proven, every log continues it, and such
/// a question is refused rather than answered yes (RFC 9162 has `0 < m <= n`).
///
/// # Errors
/// [`Error::NotConsistent`].
pub fn verify_consistency(
    old_size: u64,
    new_size: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<()> {
    let fail = |problem| Error::NotConsistent {
        old_size,
        new_size,
        problem,
    };
    if old_size > new_size {
        return Err(fail("the older tree is the larger"));
    }
    if old_size == 0 {
        return Err(fail("nothing can be proven from the empty tree"));
    }
    if old_size == new_size {
        return match (proof.is_empty(), old_root == new_root) {
            (false, _) => Err(fail("the proof should be empty")),
            (true, false) => Err(fail("the sizes are equal, the roots are not")),
            (true, true) => Ok(()),
        };
    }
    // A complete old tree is itself the first node of the path.
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof
            .split_first()
            .ok_or_else(|| fail("the proof is empty"))?
    };
    if rest.is_empty() {
        return Err(fail("the proof is too short"));
    }
    let skip = (old_size - 1).trailing_ones();
    let (mut node, mut last) = ((old_size - 1) >> skip, (new_size - 1) >> skip);
    let (mut old, mut new) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return Err(fail("the proof is too long"));
        }
        if node & 1 == 1 || node == last {
            old = node_hash(hash, &old);
            new = node_hash(hash, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(fail("the proof is too short"));
    }
    if old != *old_root {
        return Err(fail("the proof leads to another older root"));
    }
    if new != *new_root {
        return Err(fail("the proof leads to another newer root"));
    }
    Ok(())
}
