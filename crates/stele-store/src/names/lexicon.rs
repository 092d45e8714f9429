//! What searches keep in memory of one store: its vocabulary and its postings, as new as who asks.
//!
//! Words and rows are numbered upwards and never used again, so what is new is what comes after the
//! last one seen. The postings of a large registry take seconds to read: that is done on a thread of
//! its own, once, and until then the engine's index answers.

use super::postings::Postings;
use crate::Place;
use crate::engine::{Connection, Dialect, Value, begin_reading, first, rows};
use crate::error::StoreError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use stele_match::Vocabulary;

/// New rows that a search takes up itself; more are left to a thread.
const AT_ONCE: i64 = 20_000;
/// Rows that the thread reads before it lets others in.
const CHUNK: i64 = 25_000;

/// The words of one store in memory; shared by its readers.
#[derive(Clone, Default)]
pub(crate) struct Lexicon(Arc<Known>);

#[derive(Default)]
struct Known {
    words: RwLock<Vocabulary>,
    /// First and last number that was read.
    seen: Mutex<Option<(i64, i64)>>,
    postings: RwLock<Postings>,
    upto: Mutex<Upto>,
    /// Held by who takes rows up.
    reading: AtomicBool,
    /// Where a thread of its own reads; none for a view that may yet be undone.
    place: Option<Place>,
}

/// How far the postings are read. Ordered as time goes on within an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Upto {
    /// Number of the first word: another one after the state was computed anew.
    epoch: i64,
    /// Number of the last row.
    row: i64,
    /// Number of the last row struck out, in the order of that.
    gone: i64,
}

impl Upto {
    fn of(c: &mut dyn Connection) -> Result<Upto, StoreError> {
        let table = rows_table(c.dialect());
        let sql = format!(
            "SELECT (SELECT n FROM lexeme ORDER BY n LIMIT 1), (SELECT n FROM {table} ORDER BY n DESC LIMIT 1), (SELECT k FROM words_gone ORDER BY k DESC LIMIT 1)"
        );
        let row = first(c, &sql, &[])?;
        let number = |at: usize| match row.as_ref().and_then(|row| row.0.get(at)) {
            Some(Value::Int(n)) => *n,
            _ => 0,
        };
        Ok(Upto {
            epoch: number(0),
            row: number(1),
            gone: number(2),
        })
    }

    fn covers(&self, other: &Upto) -> bool {
        self.epoch == other.epoch && self.row >= other.row && self.gone >= other.gone
    }
}

/// The table that has a row's words.
pub(crate) fn rows_table(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "words_row",
        Dialect::Postgres => "words",
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lexicon {
    /// One that keeps postings too, read from there.
    pub fn of(place: Place) -> Lexicon {
        Lexicon(Arc::new(Known {
            place: Some(place),
            ..Known::default()
        }))
    }

    /// Runs with every word that this connection's view of the state has.
    pub fn with<T>(
        &self,
        c: &mut dyn Connection,
        ask: impl FnOnce(&Vocabulary) -> T,
    ) -> Result<T, StoreError> {
        self.catch_up(c)?;
        Ok(ask(&self
            .0
            .words
            .read()
            .unwrap_or_else(PoisonError::into_inner)))
    }

    fn catch_up(&self, c: &mut dyn Connection) -> Result<(), StoreError> {
        let last = first(c, "SELECT n FROM lexeme ORDER BY n DESC LIMIT 1", &[])?;
        let Some(last) = last.map(|row| row.int(0)).transpose()? else {
            return Ok(());
        };
        let mut seen = locked(&self.0.seen);
        if seen.is_some_and(|(_, to)| to >= last) {
            return Ok(());
        }
        // A rebuilt registry numbers its words anew, above the old ones.
        let begin = first(c, "SELECT n FROM lexeme ORDER BY n LIMIT 1", &[])?;
        let begin = begin.map_or(Ok(last), |row| row.int(0))?;
        let after = match *seen {
            Some((from, to)) if from == begin => to,
            _ => 0,
        };
        let new = rows(
            c,
            "SELECT written FROM lexeme WHERE n > $1 ORDER BY n",
            &[after.into()],
        )?;
        let mut words = self.0.words.write().unwrap_or_else(PoisonError::into_inner);
        if after == 0 {
            *words = Vocabulary::default();
        }
        let new = new
            .iter()
            .map(|row| row.text(0))
            .collect::<Result<Vec<_>, _>>()?;
        words.learn(new);
        *seen = Some((begin, last));
        Ok(())
    }

    /// The postings, where they have every row that this connection's view of the state has. They may
    /// have newer ones, and lack what was struck out since.
    pub fn postings(
        &self,
        c: &mut dyn Connection,
    ) -> Result<Option<RwLockReadGuard<'_, Postings>>, StoreError> {
        let known = &self.0;
        let Some(place) = &known.place else {
            return Ok(None);
        };
        let wanted = Upto::of(c)?;
        let has = *locked(&known.upto);
        if wanted.epoch < has.epoch {
            return Ok(None);
        }
        if !has.covers(&wanted) {
            if known.reading.swap(true, Ordering::AcqRel) {
                return Ok(None);
            }
            let new = match has.epoch == wanted.epoch {
                true => (wanted.row - has.row).max(wanted.gone - has.gone),
                false => wanted.row,
            };
            if new > AT_ONCE {
                read_on(known.clone(), place.clone());
                return Ok(None);
            }
            let taken = known.take_up(c, wanted, i64::MAX);
            known.reading.store(false, Ordering::Release);
            taken?;
        }
        let postings = known.postings.read();
        let postings = postings.unwrap_or_else(PoisonError::into_inner);
        Ok((!postings.is_full()).then_some(postings))
    }
}

/// Reads all there is on a thread of its own. Should that fail, the next search begins again.
fn read_on(known: Arc<Known>, place: Place) {
    let beside = known.clone();
    let read = move || -> Result<(), StoreError> {
        let mut c = place.reader()?;
        loop {
            begin_reading(c.as_mut())?;
            let wanted = Upto::of(c.as_mut())?;
            known.take_up(c.as_mut(), wanted, CHUNK)?;
            c.script("ROLLBACK")?;
            if locked(&known.upto).covers(&wanted) {
                return Ok(());
            }
        }
    };
    let spawned = std::thread::Builder::new()
        .name("postings".into())
        .spawn(move || {
            // Searches do without it meanwhile, and are told of what is wrong with the database.
            let _told_by_searches = read();
            beside.reading.store(false, Ordering::Release);
        });
    drop(spawned);
}

impl Known {
    /// Takes up so many rows that this view has more than the postings; what was struck out once all are in.
    fn take_up(&self, c: &mut dyn Connection, to: Upto, most: i64) -> Result<(), StoreError> {
        let mut upto = *locked(&self.upto);
        let is_new = upto.epoch != to.epoch;
        if is_new {
            upto = Upto {
                epoch: to.epoch,
                ..Upto::default()
            };
        }
        let table = rows_table(c.dialect());
        let sql = format!(
            "SELECT n, id, names, text, marks FROM {table} WHERE n > $1 AND n <= $2 ORDER BY n LIMIT {}",
            most.min(1 << 30)
        );
        let new = rows(c, &sql, &[upto.row.into(), to.row.into()])?;
        let is_last = (new.len() as i64) < most;
        let gone = match is_last {
            true => rows(
                c,
                "SELECT n FROM words_gone WHERE k > $1 AND k <= $2",
                &[upto.gone.into(), to.gone.into()],
            )?,
            false => Vec::new(),
        };
        {
            let mut postings = self.postings.write();
            let postings = postings.as_mut().map_err(|_| {
                StoreError::Damaged("the postings in memory were left half-written".into())
            })?;
            if is_new {
                **postings = Postings::default();
            }
            for row in &new {
                // A row that is nobody's has no record's id.
                let (n, id) = (row.int(0)?, row.id(1).ok());
                postings.add((n, id), row.text(2)?, row.text(3)?, row.text(4)?);
                upto.row = n;
            }
            for row in &gone {
                postings.strike(row.int(0)?);
            }
            if is_last && most < i64::MAX {
                postings.settle();
            }
        }
        if is_last {
            upto = to;
        }
        *locked(&self.upto) = upto;
        Ok(())
    }
}
