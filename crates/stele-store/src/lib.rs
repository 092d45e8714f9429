//! Keeps entries and the state computed from them, on SQLite or PostgreSQL; keeps evidence bytes.
//!
//! One writer thread takes jobs in groups and commits each group once (group commit), with the log
//! and the state in one transaction and a signed checkpoint at its end; readers take a connection
//! each. Knows no accounts' rights and no viewer: that is the registry's.

mod apply;
pub mod atlas;
pub mod dump;
mod echo;
pub mod engine;
pub mod error;
pub mod files;
pub mod house;
pub mod log;
mod matching;
mod names;
pub mod read;
pub mod schema;
pub mod search;
mod summary;
mod writer;

pub use apply::{Prepared, Preparing};
pub use atlas::{AsOf, Key, Node, Places, Pointer, Spot};
pub use error::StoreError;
pub use files::{Files, Kept, Received};
pub use house::{AccountRow, Attempt, House, IntakeRow, ListingRow, RequestRow, TokenRow};
pub use log::Fault;
pub use matching::{ActRow, PairRow};
pub use read::{
    After, Ask, COUNTED, EntryRow, Filter, Order, Page, Read, Revised, StateOf, Stored,
};
pub use search::{Found, Hit, Narrow, Near, Sight, Sought, Tallies};
pub use summary::{Milestones, Said};
pub use writer::{Recorded, Write};

use engine::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use stele_ledger::{SigningKey, VerifierKey};

/// Where the entries and the state are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite database file.
    File(PathBuf),
    /// A PostgreSQL server's database, as `postgres://…`.
    Server(String),
}

impl Place {
    fn writer(&self) -> Result<Box<dyn Connection>, StoreError> {
        Ok(match self {
            Place::File(path) => Box::new(engine::sqlite::Sqlite::writer(path)?),
            Place::Server(url) => Box::new(engine::postgres::Postgres::connect(url)?),
        })
    }

    fn reader(&self) -> Result<Box<dyn Connection>, StoreError> {
        Ok(match self {
            Place::File(path) => Box::new(engine::sqlite::Sqlite::reader(path)?),
            Place::Server(url) => Box::new(engine::postgres::Postgres::connect(url)?),
        })
    }
}

/// Most connections kept for readers.
const KEPT_READERS: usize = 16;

/// The store of one node.
#[derive(Clone)]
pub struct Store {
    place: Place,
    writer: writer::Writer,
    readers: Arc<Mutex<Vec<Box<dyn Connection>>>>,
    lexicon: names::Lexicon,
    atlas: atlas::Atlas,
    commits: Arc<AtomicU64>,
    key: VerifierKey,
    attempt: Option<Arc<Attempt>>,
}

impl Store {
    /// Opens the store, making its tables where they are not there, and starts its writer.
    /// `note` is where a copy of the latest checkpoint is kept outside the database.
    pub fn open(place: Place, key: SigningKey, note: Option<&Path>) -> Result<Self, StoreError> {
        let mut connection = place.writer()?;
        schema::create(connection.as_mut())?;
        let stale = schema::is_stale(connection.as_mut())?;
        let verifier = key.verifier().clone();
        let commits = Arc::new(AtomicU64::new(0));
        let note = note.map(Path::to_path_buf);
        let writer = writer::Writer::start(place.clone(), connection, key, note, commits.clone())?;
        let store = Store {
            lexicon: names::Lexicon::of(place.clone()),
            place,
            writer,
            readers: Arc::default(),
            atlas: atlas::Atlas::default(),
            commits,
            key: verifier,
            attempt: None,
        };
        // Made by an earlier version: what that computed is computed anew, once.
        if stale {
            store.rebuild()?;
        }
        Ok(store)
    }

    /// The name of this node's log.
    pub fn log_name(&self) -> &str {
        self.key.name()
    }

    /// The key this node's checkpoints verify under.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Runs a job on the writer's thread, inside its transaction; returns after the data is durable.
    /// When the job fails, nothing of it is kept.
    pub fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    {
        match self.attempt.clone() {
            None => self.writer.run(job),
            Some(attempt) => self.writer.run(move |w| {
                w.house().claim(&attempt)?;
                job(w)
            }),
        }
    }

    /// The same store for one attempt at a request: whatever it writes, it writes together with the
    /// request's key, so that no other attempt under that key can write anything.
    pub fn attempting(&self, attempt: Attempt) -> Store {
        Store {
            attempt: Some(Arc::new(attempt)),
            ..self.clone()
        }
    }

    /// Asks the state on a connection for readers.
    pub fn read<T, E: From<StoreError>>(
        &self,
        ask: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with_reader(|c| ask(&mut Read(c, &self.lexicon, Some(&self.atlas))))
    }

    /// How often this process wrote: another number after anything that it did.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// What the places are as of, without asking the database, unless this process wrote since they were
    /// looked at; another process may have, so that what is older than `fresh_ms` is not told either.
    pub fn places_known(&self, now_ms: u64, fresh_ms: u64) -> Option<AsOf> {
        let commits = self.commits.load(Ordering::Acquire);
        self.atlas.known(commits, now_ms.saturating_sub(fresh_ms))
    }

    /// What the places are as of, after taking up what changed.
    pub fn places_as_of(&self, now_ms: u64) -> Result<AsOf, StoreError> {
        let commits = self.commits.load(Ordering::Acquire);
        self.with_reader(|c| self.atlas.look(c, commits, now_ms))
    }

    /// Asks the tables of the house.
    pub fn house<T, E: From<StoreError>>(
        &self,
        ask: impl FnOnce(&mut House<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with_reader(|c| ask(&mut House(c)))
    }

    /// Asks the logs.
    pub fn with_reader<T, E: From<StoreError>>(
        &self,
        ask: impl FnOnce(&mut dyn Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = loop {
            match self
                .readers
                .lock()
                .ok()
                .and_then(|mut readers| readers.pop())
            {
                // The server may have gone and come again since; those that do not begin are let go.
                Some(mut kept) => {
                    if engine::begin_reading(kept.as_mut()).is_ok() {
                        break kept;
                    }
                }
                None => {
                    let mut fresh = self.place.reader()?;
                    engine::begin_reading(fresh.as_mut())?;
                    break fresh;
                }
            }
        };
        let answer = ask(connection.as_mut());
        // A connection that cannot end its transaction is not used again.
        if connection.script("ROLLBACK").is_ok()
            && let Ok(mut readers) = self.readers.lock()
            && readers.len() < KEPT_READERS
        {
            readers.push(connection);
        }
        answer
    }

    /// Computes the state (and the stored tree) anew from the logs, in one transaction.
    pub fn rebuild(&self) -> Result<u64, StoreError> {
        self.write(|w| w.rebuild())
    }
}
