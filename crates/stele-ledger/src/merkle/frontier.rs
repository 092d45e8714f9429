//! Appending to the tree with O(log n) memory: the right edge ("frontier"),
//! and a whole tree in memory for tests and small logs.

use super::prove::{NodeReader, read_node};
use super::{empty_root, node_hash};
use crate::{Error, Hash, Result};
use std::convert::Infallible;

/// The hash of one complete subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// 0 for leaves, one more for each step towards the root.
    pub level: u8,
    /// Position within the level, from 0.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

/// The right edge of a tree: the roots of its maximal complete subtrees, left
/// to right. Enough to append and to compute the root.
///
/// ```
/// # use stele_ledger::{Frontier, merkle::leaf_hash};
/// let mut tree = Frontier::new();
/// let completed = tree.append(leaf_hash(b"one"));
/// assert_eq!(completed.len(), 1); // the leaf itself
/// let completed = tree.append(leaf_hash(b"two"));
/// assert_eq!((completed[1].level, completed[1].index), (1, 0));
/// assert_eq!(tree.root(), completed[1].hash);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A frontier kept elsewhere: one hash for each bit set in `size`, from the
    /// largest subtree to the smallest.
    ///
    /// # Errors
    /// [`Error::BadFrontier`] if the number of hashes does not fit.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Result<Self> {
        let wanted = size.count_ones() as usize;
        if wanted != peaks.len() {
            return Err(Error::BadFrontier {
                size,
                wanted,
                found: peaks.len(),
            });
        }
        Ok(Self { size, peaks })
    }

    /// Reads the frontier of a stored tree of `size` leaves, O(log n) reads.
    ///
    /// # Errors
    /// [`Error::MissingNode`] or [`Error::Reader`].
    pub fn load<R: NodeReader + ?Sized>(reader: &R, size: u64) -> Result<Self> {
        let mut peaks = Vec::new();
        let mut covered = 0u64;
        for level in (0..64u8).rev() {
            if size >> level & 1 == 1 {
                peaks.push(read_node(reader, level, covered >> level)?);
                covered += 1 << level;
            }
        }
        Ok(Self { size, peaks })
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the maximal complete subtrees, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf; returns the nodes that it completes, the leaf itself
    /// first (level 0), then each interior node, ready to be stored.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut completed = Vec::with_capacity(1 + self.size.trailing_ones() as usize);
        self.append_with(leaf, |node| completed.push(node));
        completed
    }

    /// As [`Frontier::append`], handing each completed node to a function
    /// instead of collecting them.
    pub fn append_with(&mut self, leaf: Hash, mut completed: impl FnMut(Node)) {
        let (mut level, mut index, mut hash) = (0, self.size, leaf);
        completed(Node { level, index, hash });
        while index & 1 == 1 {
            // An odd index has a complete left sibling, and it is the last peak.
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            level += 1;
            index >>= 1;
            completed(Node { level, index, hash });
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root (`MTH`) of the tree as it stands.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => empty_root(),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

/// A whole tree in memory: for tests, tools and small logs.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
}

impl MemoryTree {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf hash.
    pub fn append(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.frontier.append_with(leaf, |node| {
            let level = usize::from(node.level);
            if levels.len() == level {
                levels.push(Vec::new());
            }
            levels[level].push(node.hash);
        });
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }
}

impl FromIterator<Hash> for MemoryTree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        leaves.into_iter().for_each(|leaf| tree.append(leaf));
        tree
    }
}

impl NodeReader for MemoryTree {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Option<Hash>, Infallible> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        Ok(self
            .levels
            .get(usize::from(level))
            .and_then(|hashes| hashes.get(index))
            .copied())
    }
}
