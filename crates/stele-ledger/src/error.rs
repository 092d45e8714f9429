//! Everything that can be wrong with a ledger, as one enum. Each variant names
//! the thing and the place, so that the sentence can be shown as it is.

use crate::Hash;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why bytes are not the canonical JSON of RFC 8785.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalFault {
    /// Not JSON at this place.
    #[error("not JSON: {0}")]
    Syntax(&'static str),
    /// A space, tab or line break between tokens.
    #[error("white space between tokens")]
    Whitespace,
    /// Bytes after the end of the value.
    #[error("bytes after the end of the value")]
    Trailing,
    /// Not UTF-8.
    #[error("not UTF-8")]
    Utf8,
    /// A key that sorts before the key in front of it (UTF-16 code units).
    #[error("key {0:?} is out of order")]
    KeyOrder(String),
    /// A key that stands twice in one object.
    #[error("key {0:?} stands twice")]
    DuplicateKey(String),
    /// An escape sequence that canonical JSON writes otherwise.
    #[error("escape not in its canonical form")]
    Escape,
    /// A number not written as ECMAScript writes it.
    #[error("number {0:?} is not in its canonical form")]
    Number(String),
    /// An integer or decimal that a double cannot hold as written.
    #[error("number {0} cannot be kept exactly as a double")]
    InexactNumber(String),
    /// Nested deeper than allowed.
    #[error("nested deeper than {0} levels")]
    Depth(usize),
    /// Longer than allowed.
    #[error("{bytes} bytes, more than the limit of {limit}")]
    Size {
        /// Length found.
        bytes: usize,
        /// Length allowed.
        limit: usize,
    },
    /// A value that cannot be written as JSON at all.
    #[error("cannot be written as JSON: {0}")]
    NotJson(String),
}

/// What is wrong, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes or a value without canonical form.
    #[error("not canonical JSON at byte {offset}{}{path}: {fault}", if path.is_empty() { "" } else { ", in " })]
    NotCanonical {
        /// Byte offset of the fault (0 when a value was to be written).
        offset: usize,
        /// JSON pointer (RFC 6901) to the value the fault is in; empty for the whole.
        path: String,
        /// What is wrong.
        fault: CanonicalFault,
    },
    /// An envelope whose field is missing, unknown or of the wrong shape.
    #[error("entry field {field:?}: {problem}")]
    EntryField {
        /// The field.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A hash in text that is none.
    #[error("not a SHA-256 hash in {encoding}: {text:?}")]
    BadHash {
        /// `hex` or `base64`.
        encoding: &'static str,
        /// The text, cut to 80 characters.
        text: String,
    },
    /// A key in text that is none.
    #[error("key {name:?}: {problem}")]
    BadKey {
        /// Name of the key, as far as it could be read; never key material.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// An Ed25519 signature that does not hold.
    #[error("signature by {name:?} does not verify")]
    BadSignature {
        /// Name of the key.
        name: String,
    },
    /// A signed note that is malformed.
    #[error("signed note, line {line}: {problem}")]
    BadNote {
        /// Line number from 1; 0 for the whole.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A note without a signature by any of the keys asked for.
    #[error("signed note has no signature by {wanted}; it is signed by {found}")]
    NotSigned {
        /// Names of the keys asked for.
        wanted: String,
        /// Names of the keys in the note.
        found: String,
    },
    /// A checkpoint text that is malformed.
    #[error("checkpoint, line {line}: {problem}")]
    BadCheckpoint {
        /// Line number from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A tile path that is none.
    #[error("tile path {path:?}: {problem}")]
    BadTile {
        /// The path.
        path: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A bundle of entries that is malformed.
    #[error("entry bundle at byte {offset}: {problem}")]
    BadBundle {
        /// Byte offset.
        offset: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// An entry longer than a bundle's length prefix can say.
    #[error(
        "entry {position} of the bundle has {bytes} bytes, more than the {limit} an entry bundle can hold"
    )]
    TooLongForBundle {
        /// Position within the bundle.
        position: usize,
        /// Length of the entry.
        bytes: usize,
        /// Longest possible.
        limit: u64,
    },
    /// An index or a size outside the tree.
    #[error("{what} {value} lies outside a tree of size {size}")]
    OutOfRange {
        /// What was asked for: `entry`, `size`, `tile`.
        what: &'static str,
        /// Its value.
        value: u64,
        /// Size of the tree.
        size: u64,
    },
    /// A hash of a complete subtree that the store does not have.
    #[error("tree node at level {level}, index {index} is missing")]
    MissingNode {
        /// Level, 0 for leaves.
        level: u8,
        /// Index within the level.
        index: u64,
    },
    /// The store of tree nodes failed.
    #[error("reading tree node at level {level}, index {index}")]
    Reader {
        /// Level, 0 for leaves.
        level: u8,
        /// Index within the level.
        index: u64,
        /// The store's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A frontier whose hashes do not fit its size.
    #[error("frontier of size {size} needs {wanted} hashes, {found} given")]
    BadFrontier {
        /// Size of the tree.
        size: u64,
        /// Hashes needed.
        wanted: usize,
        /// Hashes given.
        found: usize,
    },
    /// An inclusion proof that does not lead to the root.
    #[error("entry {index} is not proven to be in the tree of size {size}: {problem}")]
    NotIncluded {
        /// Index of the entry.
        index: u64,
        /// Size of the tree.
        size: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A consistency proof that does not hold.
    #[error(
        "the tree of size {new_size} is not proven to continue the tree of size {old_size}: {problem}"
    )]
    NotConsistent {
        /// Size of the older tree.
        old_size: u64,
        /// Size of the newer tree.
        new_size: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A proof document that is malformed.
    #[error("proof field {field:?}: {problem}")]
    BadProof {
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Audit: an entry that is wrong by itself.
    #[error("entry {index}: {source}")]
    BadEntry {
        /// Index of the entry.
        index: u64,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// Audit: entries missing, or given in the wrong order.
    #[error("entry {expected} expected, entry {found} found")]
    Gap {
        /// Index that should have come.
        expected: u64,
        /// Index that came.
        found: u64,
    },
    /// Audit: the bytes of an entry do not hash to the hash stored with it.
    #[error("entry {index}: its bytes hash to {computed}, stored is {stored}")]
    LeafMismatch {
        /// Index of the entry.
        index: u64,
        /// Hash stored with the entry.
        stored: Hash,
        /// Hash of the bytes.
        computed: Hash,
    },
    /// Audit: the entries do not give the root that was signed.
    #[error(
        "root mismatch between checkpoint of size {good_size} and size {size}: signed {signed}, entries give {computed}"
    )]
    RootMismatch {
        /// Size of the last checkpoint before it that agreed (0: none).
        good_size: u64,
        /// Size of the checkpoint that does not agree.
        size: u64,
        /// Root in the checkpoint.
        signed: Hash,
        /// Root of the entries.
        computed: Hash,
    },
    /// Audit: two signed checkpoints of one size with different roots.
    #[error("two checkpoints of size {size} differ: {one} and {other}")]
    SplitView {
        /// Their size.
        size: u64,
        /// Root of one.
        one: Hash,
        /// Root of the other.
        other: Hash,
    },
    /// Audit: a checkpoint of a log with another name.
    #[error("checkpoint of size {size} is of log {found:?}, expected {expected:?}")]
    WrongOrigin {
        /// Its size.
        size: u64,
        /// Origin expected.
        expected: String,
        /// Origin found.
        found: String,
    },
    /// Audit: fewer entries than a checkpoint was signed over.
    #[error("entries {entries} to {} are missing: a checkpoint of size {size} was signed, {entries} entries are there", size - 1)]
    Truncated {
        /// Entries given.
        entries: u64,
        /// Size of the checkpoint.
        size: u64,
    },
}

/// Shortens text from outside for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}
