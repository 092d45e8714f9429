//! The one writer: takes jobs in groups, commits each group once, then answers.
//!
//! A job runs inside a savepoint; when it fails, what it wrote is undone and the others stand. When
//! the commit fails, every job of the group is told so. Power failing before the commit leaves
//! nothing of the group; after it, everything: nobody was answered before.

use crate::engine::Connection;
use crate::error::StoreError;
use crate::house::House;
use crate::log::Tail;
use crate::read::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use stele_ledger::SigningKey;
use stele_model::{AnyId, Record, Stamp};

/// Most jobs of one group.
const GROUP: usize = 256;
/// Jobs that may wait before those who bring more have to.
const WAITING: usize = 1024;

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn FnOnce(&mut Write<'_>) -> (bool, Answer) + Send>;

/// What was recorded by one act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Number of the entry in this node's log.
    pub seq: u64,
    /// Clock and node.
    pub stamp: Stamp,
    /// The things it is about.
    pub ids: Vec<AnyId>,
}

/// What a job may do.
pub struct Write<'a> {
    connection: &'a mut dyn Connection,
    tail: &'a mut Tail,
}

impl Write<'_> {
    /// Asks the state as it stands within the transaction.
    pub fn read(&mut self) -> Read<'_> {
        Read(self.connection)
    }

    /// The tables of the house.
    pub fn house(&mut self) -> House<'_> {
        House(self.connection)
    }

    /// Appends one entry with these records, by this account, at this time of the wall clock.
    pub fn append(&mut self, by: &str, now_ms: u64, records: &[Record]) -> Result<Recorded, StoreError> {
        let mut ids: Vec<AnyId> = records.iter().map(|r| r.id).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(StoreError::Twice(twice[0]));
        }
        let origin = self.tail.append(self.connection, by, now_ms, records)?;
        Ok(Recorded { seq: origin.seq, stamp: origin.stamp, ids: records.iter().map(|r| r.id).collect() })
    }

    /// Takes up an entry of another node's log.
    pub fn take_up(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        crate::log::take_up(self.connection, bytes).map(|_| ())
    }

    pub(crate) fn connection(&mut self) -> &mut dyn Connection {
        self.connection
    }
}

/// A handle to the writer's thread.
#[derive(Clone)]
pub(crate) struct Writer(Arc<Thread>);

/// Joined when the last handle goes, so that a store that was dropped has finished writing.
struct Thread {
    jobs: Option<SyncSender<Job>>,
    handle: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(
        mut connection: Box<dyn Connection>,
        key: SigningKey,
        note: Option<PathBuf>,
    ) -> Result<Self, StoreError> {
        let mut tail = Tail::load(connection.as_mut(), key.name())?;
        let (jobs, queue) = sync_channel::<Job>(WAITING);
        std::thread::Builder::new()
            .name("stele-writer".into())
            .spawn(move || work(connection.as_mut(), &mut tail, &key, note.as_deref(), &queue))
            .map_err(|e| StoreError::file("start the writer's thread", e))
            .map(|handle| Writer(Arc::new(Thread { jobs: Some(jobs), handle: Some(handle) })))
    }

    pub(crate) fn run<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, hear) = sync_channel::<Result<T, E>>(1);
        let boxed: Job = Box::new(move |write| {
            let result = job(write);
            let kept = result.is_ok();
            let answer: Answer = Box::new(move |committed| {
                let result = match (result, committed) {
                    (Ok(_), Err(error)) => Err(E::from(error)),
                    (result, _) => result,
                };
                // Nobody may be waiting any more; what was committed stands all the same.
                let _ = tell.send(result);
            });
            (kept, answer)
        });
        let jobs = self.0.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(boxed).map_err(|_| E::from(StoreError::Closed))?;
        hear.recv().map_err(|_| E::from(StoreError::Closed))?
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // The thread sees the end of its queue and finishes.
        self.jobs = None;
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

fn work(
    c: &mut dyn Connection,
    tail: &mut Tail,
    key: &SigningKey,
    note: Option<&std::path::Path>,
    queue: &Receiver<Job>,
) {
    while let Ok(first) = queue.recv() {
        let mut answers = Vec::new();
        let committed = group(c, tail, key, first, queue, &mut answers);
        let failure = committed.as_ref().err().map(ToString::to_string);
        if failure.is_some() {
            let _ = c.script("ROLLBACK");
            // What the tail remembers was not kept.
            if let Ok(fresh) = Tail::load(c, key.name()) {
                *tail = fresh;
            }
        } else if let (Ok(Some(text)), Some(path)) = (&committed, note) {
            // A copy outside the database, by which a shortened log is noticed. Losing it loses nothing.
            let _ = keep_note(path, text);
        }
        for answer in answers {
            answer(match &failure {
                None => Ok(()),
                Some(text) => Err(StoreError::Engine(text.clone())),
            });
        }
    }
}

fn group(
    c: &mut dyn Connection,
    tail: &mut Tail,
    key: &SigningKey,
    first: Job,
    queue: &Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<Option<String>, StoreError> {
    c.script(match c.dialect() {
        crate::engine::Dialect::Sqlite => "BEGIN IMMEDIATE",
        crate::engine::Dialect::Postgres => "BEGIN",
    })?;
    if c.dialect() == crate::engine::Dialect::Postgres {
        // One writer at a time over all processes, as BEGIN IMMEDIATE gives on SQLite.
        c.script("SELECT pg_advisory_xact_lock(7358293)")?;
    }
    if tail.is_stale(c)? {
        *tail = Tail::load(c, key.name())?;
    }
    let mut next = Some(first);
    while let Some(job) = next.take() {
        c.script("SAVEPOINT job")?;
        let before = tail.clone();
        let (kept, answer) = job(&mut Write { connection: c, tail });
        answers.push(answer);
        if kept {
            c.script("RELEASE SAVEPOINT job")?;
        } else {
            c.script("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job")?;
            *tail = before;
        }
        if answers.len() < GROUP {
            next = queue.try_recv().ok();
        }
    }
    let note = tail.sign(c, key)?;
    c.script("COMMIT")?;
    Ok(note)
}

fn keep_note(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    std::fs::write(&draft, text)?;
    std::fs::rename(draft, path)
}
