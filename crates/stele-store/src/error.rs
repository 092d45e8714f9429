//! What can go wrong in the store.

use stele_model::AnyId;

/// A failure of the store; says what and, where it can, what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine refused a statement.
    #[error("the database reported: {0}")]
    Engine(String),
    /// The engine cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// What is kept cannot be read.
    #[error(
        "the data is damaged: {0}; run `stele verify` to see where, `stele rebuild` to compute the state anew from the log"
    )]
    Damaged(String),
    /// A record id is used for two kinds.
    #[error("record {0} is of another kind; an id keeps its kind")]
    OtherKind(AnyId),
    /// One entry holds the same thing twice.
    #[error("one act holds two records of {0}; put them in two")]
    Twice(AnyId),
    /// A file or folder could not be used.
    #[error("{what}: {error}")]
    File {
        /// Which file and what was tried.
        what: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The writer has stopped.
    #[error("the store is closed")]
    Closed,
    /// The writer gave no answer.
    #[error(
        "the writer stopped before it answered; look whether it was recorded before you try again"
    )]
    Gone,
    /// Another attempt at the same request has written already.
    #[error("this request was carried out already")]
    Repeated,
    /// The ledger's own rules.
    #[error("the ledger: {0}")]
    Ledger(String),
    /// The database was made by another version.
    #[error(
        "the database has schema {found}, this program knows {known}; use the program that made it, or a newer one"
    )]
    Schema {
        /// What the database says.
        found: String,
        /// What this program knows.
        known: &'static str,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Engine(error.to_string())
    }
}

impl StoreError {
    /// The same failure, to be told to several.
    pub(crate) fn again(&self) -> Self {
        match self {
            StoreError::Engine(text) => StoreError::Engine(text.clone()),
            StoreError::Unreachable(text) => StoreError::Unreachable(text.clone()),
            StoreError::Damaged(text) => StoreError::Damaged(text.clone()),
            StoreError::Ledger(text) => StoreError::Ledger(text.clone()),
            StoreError::Repeated => StoreError::Repeated,
            other => StoreError::Engine(other.to_string()),
        }
    }

    /// A failure of a file.
    pub fn file(what: impl Into<String>, error: std::io::Error) -> Self {
        StoreError::File {
            what: what.into(),
            error,
        }
    }
}
