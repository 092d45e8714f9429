//! The one writer: takes jobs in groups, commits each group once, then answers.
//!
//! A job runs inside a savepoint; when it fails, what it wrote is undone and the others stand. When
//! the commit fails, every job of the group is told so. Power failing before the commit leaves
//! nothing of the group; after it, everything: nobody was answered before.

use crate::Place;
use crate::apply::{Gathered, Prepared};
use crate::engine::{Connection, Dialect};
use crate::error::StoreError;
use crate::house::House;
use crate::log::{self, Tail};
use crate::names::Lexicon;
use crate::read::{Ask, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use stele_ledger::{Entry, SigningKey};
use stele_model::{AnyId, Record, Stamp};

/// Most jobs of one group.
const GROUP: usize = 256;
/// Jobs that may wait before those who bring more have to.
const WAITING: usize = 1024;

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs in the transaction, or hears why there is none; says whether to keep what it wrote.
type Job = Box<dyn FnOnce(Result<&mut Write<'_>, StoreError>) -> (bool, Answer) + Send>;

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
    end: &'a mut End,
    lexicon: &'a Lexicon,
    /// What was appended and is in no table of the state yet.
    gathered: Gathered,
    /// Why nothing of the job can be kept, whatever it answers.
    broken: Option<StoreError>,
}

impl Write<'_> {
    /// Asks the state as it stands within the transaction.
    pub fn read(&mut self) -> Read<'_> {
        self.settle();
        Read(&mut *self.connection, self.lexicon, None)
    }

    /// Writes what was gathered. A job must not stay whose records the state does not know.
    fn settle(&mut self) {
        if let Err(error) = self.gathered.write(self.connection) {
            self.broken = Some(error);
        }
    }

    /// The tables of the house.
    pub fn house(&mut self) -> House<'_> {
        House(self.connection)
    }

    /// Appends one entry with these records, by this account, at this time of the wall clock.
    /// When it fails, nothing of the job is kept.
    pub fn append(
        &mut self,
        by: &str,
        now_ms: u64,
        records: &[Record],
    ) -> Result<Recorded, StoreError> {
        let prepared = records.iter().map(Prepared::of).collect::<Result<_, _>>();
        let prepared = self.whole(prepared)?;
        self.append_prepared(by, now_ms, prepared)
    }

    /// The same with records that were prepared on another thread.
    pub fn append_prepared(
        &mut self,
        by: &str,
        now_ms: u64,
        records: Vec<Prepared>,
    ) -> Result<Recorded, StoreError> {
        let recorded: Vec<AnyId> = records.iter().map(|p| p.record.id).collect();
        let mut ids = recorded.clone();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(StoreError::Twice(twice[0]));
        }
        let tail = match &mut self.end.tail {
            Ok(tail) => tail,
            Err(refused) => return Err(refused.again()),
        };
        let outcome = tail.append(self.connection, by, now_ms, records, &mut self.gathered);
        let origin = self.whole(outcome)?;
        Ok(Recorded {
            seq: origin.seq,
            stamp: origin.stamp,
            ids: recorded,
        })
    }

    /// Takes up an entry of another node's log. When it fails, nothing of the job is kept.
    pub fn take_up(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let entry = Entry::parse(bytes).map_err(|e| StoreError::Ledger(e.to_string()))?;
        if entry.node == self.end.log {
            // Who sends us our own next entry wants us to sign it.
            return Err(StoreError::Ledger(format!(
                "log {} is this node's own; only it adds to it",
                entry.node
            )));
        }
        let outcome = log::take_up_one(self.connection, bytes, &mut self.gathered);
        let origin = self.whole(outcome)?;
        if let Ok(tail) = &mut self.end.tail {
            tail.hear(origin.stamp.at);
        }
        Ok(())
    }

    /// An entry that was written in part must not stay because a job made light of the failure.
    fn whole<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &outcome {
            self.broken = Some(error.again());
        }
        outcome
    }

    /// Computes the state and the stored trees anew from the logs; gives the number of entries read.
    pub(crate) fn rebuild(&mut self) -> Result<u64, StoreError> {
        self.settle();
        let outcome = crate::dump::rebuild(self.connection);
        self.whole(outcome)
    }
}

impl Ask for Write<'_> {
    fn read(&mut self) -> Read<'_> {
        self.read()
    }
}

/// Where the log ends, or why nothing can be added to it; the rest of the store works all the same.
#[derive(Clone)]
struct End {
    log: String,
    note: Option<PathBuf>,
    tail: Result<Tail, Arc<StoreError>>,
}

impl End {
    fn load(c: &mut dyn Connection, log: &str, note: Option<PathBuf>) -> Result<Self, StoreError> {
        let tail = Tail::load(c, log).and_then(|tail| not_shortened(tail, note.as_deref()));
        let tail = match tail {
            Ok(tail) => Ok(tail),
            Err(damaged @ StoreError::Damaged(_)) => Err(Arc::new(damaged)),
            Err(other) => return Err(other),
        };
        Ok(End {
            log: log.to_owned(),
            note,
            tail,
        })
    }

    /// Brings it up to date with what other processes wrote, and with what was mended.
    fn refresh(&mut self, c: &mut dyn Connection) -> Result<(), StoreError> {
        let stale = match &self.tail {
            Ok(tail) => tail.is_stale(c)?,
            Err(_) => true,
        };
        if stale {
            *self = End::load(c, &self.log, self.note.take())?;
        }
        Ok(())
    }
}

/// A log that is shorter than the checkpoint kept outside the database was cut, or is an old copy.
/// Going on from it would sign a second history, and overwrite what tells of the first.
fn not_shortened(tail: Tail, note: Option<&Path>) -> Result<Tail, StoreError> {
    let text = note.and_then(|path| std::fs::read_to_string(path).ok());
    let kept = text
        .and_then(|text| log::unverified(&text).ok())
        .filter(|kept| kept.origin == tail.log);
    match (kept, note) {
        (Some(kept), Some(path)) if kept.size > tail.size() => Err(StoreError::Damaged(format!(
            "log {} has {} entries, the checkpoint in {} was signed over {}; nothing can be added to it. If this is a copy put back on purpose, move that file away",
            tail.log,
            tail.size(),
            path.display(),
            kept.size
        ))),
        _ => Ok(tail),
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
        place: Place,
        mut connection: Box<dyn Connection>,
        key: SigningKey,
        note: Option<PathBuf>,
        commits: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        let end = End::load(connection.as_mut(), key.name(), note)?;
        mend_note(connection.as_mut(), &end)?;
        let (jobs, queue) = sync_channel::<Job>(WAITING);
        let mut work = Work {
            place,
            connection,
            end,
            key,
            commits,
        };
        std::thread::Builder::new()
            .name("stele-writer".into())
            .spawn(move || work.until_closed(&queue))
            .map_err(|e| StoreError::file("start the writer's thread", e))
            .map(|handle| {
                Writer(Arc::new(Thread {
                    jobs: Some(jobs),
                    handle: Some(handle),
                }))
            })
    }

    pub(crate) fn run<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, hear) = sync_channel::<Result<T, E>>(1);
        let boxed: Job = Box::new(move |write| {
            let result = match write {
                Ok(write) => job(write).and_then(|done| {
                    write.settle();
                    match write.broken.take() {
                        None => Ok(done),
                        Some(error) => Err(E::from(error)),
                    }
                }),
                Err(error) => Err(E::from(error)),
            };
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
        hear.recv().map_err(|_| E::from(StoreError::Gone))?
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // The thread sees the end of its queue and finishes.
        self.jobs = None;
        // A job may hold the last handle; a thread cannot wait for itself.
        if let Some(handle) = self
            .handle
            .take()
            .filter(|h| h.thread().id() != std::thread::current().id())
        {
            let _ = handle.join();
        }
    }
}

/// What the writer's thread works with.
struct Work {
    place: Place,
    connection: Box<dyn Connection>,
    end: End,
    key: SigningKey,
    /// How often something was committed; told before anybody is answered.
    commits: Arc<AtomicU64>,
}

impl Work {
    fn until_closed(&mut self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let mut next = Some(first);
            let mut answers = Vec::new();
            let committed = self.group(&mut next, queue, &mut answers);
            let failure = match committed {
                Ok(Some(text)) => {
                    // A copy outside the database, by which a shortened log is noticed. Losing it loses nothing.
                    let _ = self.end.note.as_deref().map(|path| keep_note(path, &text));
                    None
                }
                Ok(None) => None,
                Err(error) => {
                    let _ = self.connection.script("ROLLBACK");
                    // What the tail remembers was not kept.
                    self.end.tail = Err(Arc::new(error.again()));
                    Some(error)
                }
            };
            for answer in answers {
                answer(failure.as_ref().map_or(Ok(()), |error| Err(error.again())));
            }
            if let (Some(job), Some(error)) = (next, failure) {
                // It was not begun.
                job(Err(error)).1(Ok(()));
            }
        }
    }

    /// Runs the jobs that wait, in one transaction. A job that was not begun stays in `next`.
    fn group(
        &mut self,
        next: &mut Option<Job>,
        queue: &Receiver<Job>,
        answers: &mut Vec<Answer>,
    ) -> Result<Option<String>, StoreError> {
        if let Err(error) = begin(self.connection.as_mut()) {
            if !self.connection.is_lost() {
                return Err(error);
            }
            self.connection = self.place.writer()?;
            begin(self.connection.as_mut())?;
        }
        let c = self.connection.as_mut();
        self.end.refresh(c)?;
        // A job that has the transaction to itself needs no savepoint, for which the engine would keep a
        // copy of every page that it changes.
        let mut by_itself = true;
        while next.is_some() {
            if !by_itself {
                c.script("SAVEPOINT job")?;
            }
            let Some(job) = next.take() else { break };
            let before = self.end.tail.clone();
            // Words of an act that may yet fail are no other's to know.
            let lexicon = Lexicon::default();
            let mut write = Write {
                connection: c,
                end: &mut self.end,
                lexicon: &lexicon,
                gathered: Gathered::default(),
                broken: None,
            };
            // A job that panics is one that failed; its caller finds nobody at the other end.
            let kept = match catch_unwind(AssertUnwindSafe(|| job(Ok(&mut write)))) {
                Ok((kept, answer)) => {
                    answers.push(answer);
                    kept
                }
                Err(_) => false,
            };
            match (kept, by_itself) {
                (true, true) => by_itself = false,
                (true, false) => c.script("RELEASE SAVEPOINT job")?,
                (false, false) => {
                    c.script("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job")?;
                    self.end.tail = before;
                }
                (false, true) => {
                    c.script("ROLLBACK")?;
                    self.end.tail = before;
                    begin(c)?;
                    self.end.refresh(c)?;
                }
            }
            if answers.len() < GROUP {
                *next = queue.try_recv().ok();
            }
        }
        let note = match &mut self.end.tail {
            Ok(tail) => tail.sign(c, &self.key)?,
            Err(_) => None,
        };
        c.script("COMMIT")?;
        self.commits.fetch_add(1, Ordering::Release);
        Ok(note)
    }
}

fn begin(c: &mut dyn Connection) -> Result<(), StoreError> {
    c.script(match c.dialect() {
        Dialect::Sqlite => "BEGIN IMMEDIATE",
        // One writer at a time over all processes, as BEGIN IMMEDIATE gives on SQLite.
        Dialect::Postgres => "BEGIN; SELECT pg_advisory_xact_lock(7358293)",
    })
}

/// Power may fail between the commit of a log's first group and the copy of its checkpoint: the copy of
/// a log that was signed once is made again. Later there is always a copy to replace, so that one which
/// is missing was taken away, and verification says so.
fn mend_note(c: &mut dyn Connection, end: &End) -> Result<(), StoreError> {
    let (Some(path), Ok(_)) = (end.note.as_deref(), &end.tail) else {
        return Ok(());
    };
    if !path.exists()
        && log::times_signed(c, &end.log)? == 1
        && let Some(text) = log::checkpoint(c, &end.log)?
    {
        let _ = keep_note(path, &text);
    }
    Ok(())
}

fn keep_note(path: &Path, text: &str) -> std::io::Result<()> {
    let first = !path.exists();
    let draft = path.with_extension("new");
    let mut file = std::fs::File::create(&draft)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    // Renamed before it was flushed, it could be there and empty after a power cut.
    file.sync_data()?;
    std::fs::rename(draft, path)?;
    // From now on the name is there after any power cut, with the old text or the new.
    match path.parent().filter(|_| first && cfg!(unix)) {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
