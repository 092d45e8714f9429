//! The audit of a whole log in one pass and O(log n) memory: canonical form,
//! envelope, sequence and node of every entry, and the roots of all
//! checkpoints. It goes on behind a fault, so that one run names them all.
//!
//! What an audit cannot see: entries behind the last checkpoint, which nobody
//! has signed yet, cut off or exchanged for others that are well-formed. The
//! report says how many these are.

use crate::merkle::leaf_hash;
use crate::{Checkpoint, EntryView, Error, Frontier, Hash, Result};

/// Most faults that are kept; further ones are counted.
pub const MAX_FAULTS: usize = 1000;

/// Checks a log fed entry by entry.
///
/// ```
/// # use stele_ledger::{Auditor, Entry};
/// let mut audit = Auditor::new("n1");
/// for seq in 0..3 {
///     let entry = Entry::new("n1", seq, "t", "ana", vec![serde_json::json!({})]);
///     audit.push(seq, &entry.to_bytes()?);
/// }
/// let report = audit.finish().into_result()?;
/// assert_eq!((report.entries, report.unsigned), (3, 3));
/// # Ok::<(), stele_ledger::Error>(())
/// ```
#[derive(Debug)]
pub struct Auditor {
    node: Option<String>,
    check_entries: bool,
    tree: Frontier,
    /// Index of the next entry; differs from the tree's size only after a gap.
    next: u64,
    broken: bool,
    /// Sorted by size, the next one to be met last.
    ahead: Vec<Checkpoint>,
    good_size: u64,
    signed_size: u64,
    agreed: u64,
    faults: Vec<Error>,
    fault_count: u64,
}

/// The outcome of an audit.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// Entries seen.
    pub entries: u64,
    /// Root of the tree of these entries.
    pub root: Hash,
    /// Checkpoints that agree with the entries.
    pub checkpoints: u64,
    /// Entries behind the largest checkpoint: well-formed perhaps, signed not.
    pub unsigned: u64,
    /// What is wrong, in the order found; at most [`MAX_FAULTS`].
    pub faults: Vec<Error>,
    /// Number of all faults.
    pub fault_count: u64,
}

impl Auditor {
    /// An audit of the log of this node from its first entry.
    #[must_use]
    pub fn new(node: impl Into<String>) -> Self {
        Self {
            node: Some(node.into()),
            check_entries: true,
            ..Self::of_bytes()
        }
    }

    /// An audit of any tlog: the tree and the checkpoints only, without opening
    /// the entries.
    #[must_use]
    pub fn of_bytes() -> Self {
        Self {
            node: None,
            check_entries: false,
            tree: Frontier::new(),
            next: 0,
            broken: false,
            ahead: Vec::new(),
            good_size: 0,
            signed_size: 0,
            agreed: 0,
            faults: Vec::new(),
            fault_count: 0,
        }
    }

    /// Goes on from a tree verified before, instead of the first entry.
    #[must_use]
    pub fn resume(mut self, tree: Frontier) -> Self {
        self.next = tree.size();
        self.good_size = tree.size();
        self.tree = tree;
        self
    }

    /// The checkpoints, of which the signatures have been verified
    /// ([`Checkpoint::open`]), in any order. To be called once, before the first
    /// entry. Those smaller than a resumed tree are passed over.
    #[must_use]
    pub fn checkpoints(mut self, checkpoints: impl IntoIterator<Item = Checkpoint>) -> Self {
        self.ahead = checkpoints.into_iter().collect();
        self.ahead
            .sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.size));
        let mut faults = Vec::new();
        for pair in self.ahead.windows(2) {
            let [one, other] = pair else { continue };
            let size = one.size;
            if size == other.size && one.root != other.root {
                faults.push(Error::SplitView {
                    size,
                    one: one.root,
                    other: other.root,
                });
            }
            if one.origin != other.origin {
                let (expected, found) = (other.origin.clone(), one.origin.clone());
                faults.push(Error::WrongOrigin {
                    size,
                    expected,
                    found,
                });
            }
        }
        faults.into_iter().for_each(|fault| self.fault(fault));
        self.signed_size = self.ahead.first().map_or(0, |largest| largest.size);
        while self
            .ahead
            .last()
            .is_some_and(|checkpoint| checkpoint.size < self.next)
        {
            self.ahead.pop();
        }
        self.meet_checkpoints();
        self
    }

    /// The next entry.
    pub fn push(&mut self, index: u64, bytes: &[u8]) {
        self.take(index, bytes, None);
    }

    /// The next entry together with the leaf hash stored for it, by which an
    /// altered entry is named exactly.
    pub fn push_with_leaf(&mut self, index: u64, bytes: &[u8], stored: &Hash) {
        self.take(index, bytes, Some(stored));
    }

    /// Whether anything was found so far.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        self.fault_count > 0
    }

    /// The tree so far, from which a later audit may [`Auditor::resume`].
    #[must_use]
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// Ends the audit.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let entries = self.next;
        while let Some(checkpoint) = self.ahead.pop() {
            self.fault(Error::Truncated {
                entries,
                size: checkpoint.size,
            });
        }
        Report {
            entries,
            root: self.tree.root(),
            checkpoints: self.agreed,
            unsigned: entries.saturating_sub(self.signed_size),
            faults: self.faults,
            fault_count: self.fault_count,
        }
    }

    fn take(&mut self, index: u64, bytes: &[u8], stored: Option<&Hash>) {
        if index != self.next {
            self.fault(Error::Gap {
                expected: self.next,
                found: index,
            });
            // No root can be right from here on; the entries still are checked.
            self.broken = true;
        }
        self.next = index.saturating_add(1);
        if self.check_entries
            && let Err(source) = self.check_entry(index, bytes)
        {
            self.fault(Error::BadEntry {
                index,
                source: Box::new(source),
            });
        }
        let computed = leaf_hash(bytes);
        if let Some(stored) = stored
            && *stored != computed
        {
            self.fault(Error::LeafMismatch {
                index,
                stored: *stored,
                computed,
            });
        }
        self.tree.append_with(computed, |_| ());
        self.meet_checkpoints();
    }

    fn check_entry(&self, index: u64, bytes: &[u8]) -> Result<()> {
        let entry = EntryView::parse(bytes)?;
        let wrong = |field: &str, problem| {
            Err(Error::EntryField {
                field: field.into(),
                problem,
            })
        };
        if entry.seq() != index {
            return wrong(
                "seq",
                format!("{} stands where {index} belongs", entry.seq()),
            );
        }
        match &self.node {
            Some(node) if entry.node() != node.as_str() => {
                wrong("node", format!("{:?} in the log of {node:?}", entry.node()))
            }
            _ => Ok(()),
        }
    }

    /// Compares the root with the checkpoints of the size now reached.
    fn meet_checkpoints(&mut self) {
        while let Some(checkpoint) = self.ahead.pop_if(|next| next.size <= self.next) {
            let computed = self.tree.root();
            let (size, good_size) = (checkpoint.size, self.good_size);
            if self.broken || size != self.tree.size() || computed != checkpoint.root {
                let signed = checkpoint.root;
                self.fault(Error::RootMismatch {
                    good_size,
                    size,
                    signed,
                    computed,
                });
            } else {
                self.agreed += 1;
                self.good_size = size;
            }
        }
    }

    fn fault(&mut self, fault: Error) {
        self.fault_count += 1;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.fault_count == 0
    }

    /// The report if nothing is wrong.
    ///
    /// # Errors
    /// The first fault.
    pub fn into_result(mut self) -> Result<Self> {
        if self.faults.is_empty() {
            Ok(self)
        } else {
            Err(self.faults.swap_remove(0))
        }
    }
}
