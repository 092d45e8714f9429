//! The state in one canonical text, to compare two states byte for byte, and its rebuilding.

use crate::apply::{Gathered, apply};
use crate::engine::sqlite::Sqlite;
use crate::engine::{Connection, Value};
use crate::error::StoreError;
use crate::log;
use crate::schema;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use stele_ledger::EntryView;

/// The tables of the state with the columns that say something, in a fixed order.
const TABLES: &[(&str, &str)] = &[
    (
        "thing",
        "SELECT id, kind, stamp, first, revisions, conflicted, withdrawn, facet, party, day, weight, status, title, body, summary FROM thing ORDER BY id",
    ),
    (
        "revision",
        "SELECT id, stamp, log, seq, ix, account, after, reason FROM revision ORDER BY id, stamp",
    ),
    (
        "ref",
        "SELECT dst, kind, role, src FROM ref ORDER BY dst, kind, role, src",
    ),
    (
        "tally",
        "SELECT kind, what, value, n FROM tally ORDER BY kind, what, value",
    ),
    (
        "alias",
        "SELECT key, kind, id FROM alias ORDER BY key, kind, id",
    ),
    (
        "spot",
        "SELECT id, kind, w, s, e, t, sheltered, x, y, facet, status, milestones FROM spot WHERE w IS NOT NULL ORDER BY id",
    ),
];

/// Writes the canonical dump: one line a row, the same on every engine.
pub fn dump(c: &mut dyn Connection, out: &mut dyn Write) -> Result<(), StoreError> {
    each_line(c, &mut |line| {
        writeln!(out, "{line}").map_err(|e| StoreError::file("write the dump", e))
    })
}

/// Takes the lines of a dump, in order.
type TakeLine<'a> = &'a mut dyn FnMut(String) -> Result<(), StoreError>;

fn each_line(c: &mut dyn Connection, take: TakeLine) -> Result<(), StoreError> {
    for (table, sql) in TABLES {
        c.query(sql, &[], &mut |row| {
            let mut line = (*table).to_owned();
            for value in &row.0 {
                line.push('\t');
                let text = |t: &str| {
                    t.replace('\\', "\\\\")
                        .replace('\t', "\\t")
                        .replace('\n', "\\n")
                };
                match value {
                    Value::Null => line.push('-'),
                    Value::Int(n) => line.push_str(&n.to_string()),
                    Value::Real(n) => line.push_str(&n.to_string()),
                    Value::Text(t) => line.push_str(&text(t)),
                    Value::Word(t) => line.push_str(&text(t)),
                    Value::Bytes(b) => line.push_str(&crate::files::hex(b)),
                    Value::Id(id) => line.push_str(&crate::files::hex(id.as_bytes())),
                }
            }
            take(line)
        })?;
    }
    words(c, take)
}

/// The text index, through the ids of the records it knows.
fn words(c: &mut dyn Connection, take: TakeLine) -> Result<(), StoreError> {
    let sql = match c.dialect() {
        crate::engine::Dialect::Sqlite => {
            "SELECT id, names, text, marks FROM words_row WHERE marks <> '' ORDER BY id"
        }
        crate::engine::Dialect::Postgres => "SELECT id, names, text, marks FROM words ORDER BY id",
    };
    c.query(sql, &[], &mut |row| {
        take(format!(
            "words\t{}\t{}\t{}\t{}",
            row.id(0)?,
            row.text(1)?,
            row.text(2)?,
            row.text(3)?
        ))
    })
}

/// Computes the state anew from the logs; gives the number of entries read.
pub fn rebuild(c: &mut dyn Connection) -> Result<u64, StoreError> {
    schema::reset_state(c)?;
    let mut count = 0;
    for name in log::logs(c)? {
        log::rebuild_tree(c, &name)?;
        count += replay(c, &name, None)?;
    }
    Ok(count)
}

/// Entries read at a time.
const BATCH: u64 = 50;

/// Applies the entries of a log to a state: its own, or another's.
pub(crate) fn replay(
    c: &mut dyn Connection,
    name: &str,
    mut other: Option<&mut dyn Connection>,
) -> Result<u64, StoreError> {
    let (mut from, mut count) = (0u64, 0);
    let mut gathered = Gathered::default();
    loop {
        let sql = format!(
            "SELECT seq, bytes FROM entry WHERE log = $1 AND seq >= $2 ORDER BY seq LIMIT {BATCH}"
        );
        let batch = crate::engine::rows(c, &sql, &[name.into(), from.into()])?;
        for row in &batch {
            let seq = row.count(0)?;
            let damaged = |e| StoreError::Damaged(format!("entry {seq} of log {name}: {e}"));
            let entry = EntryView::parse(row.bytes(1)?).map_err(damaged)?;
            from = seq + 1;
            count += 1;
            let (origin, records) = log::opened(entry)?;
            // Who follows the log has its echoes already, where they were first heard.
            match other.as_deref_mut() {
                Some(other) => apply(other, &origin, records, &mut gathered)?,
                None => apply(c, &origin, records, &mut gathered)?,
            };
        }
        if (batch.len() as u64) < BATCH {
            match other {
                Some(other) => gathered.write(other)?,
                None => gathered.write(c)?,
            }
            return Ok(count);
        }
    }
}

/// Whether the state is what the logs make: recomputed into a database of its own in `folder`, gone when
/// this ends, and compared line by line, so that memory does not grow with the registry. Gives the first
/// line that differs.
pub fn compare(c: &mut dyn Connection, folder: &Path) -> Result<Option<String>, StoreError> {
    let place = tempfile::Builder::new()
        .prefix("verify-")
        .tempdir_in(folder)
        .map_err(|e| StoreError::file(format!("make a place in {}", folder.display()), e))?;
    let mut fresh = Sqlite::passing(&place.path().join("state.db"))?;
    schema::create(&mut fresh)?;
    fresh.script("BEGIN")?;
    for name in log::logs(c)? {
        replay(c, &name, Some(&mut fresh))?;
    }
    fresh.script("COMMIT")?;
    std::thread::scope(|scope| {
        let (send, made) = sync_channel(BATCHES);
        let making = scope.spawn(move || send_lines(&mut fresh, &send));
        let mut theirs = Lines {
            made,
            batch: Vec::new().into_iter(),
        };
        let (mut differs, mut ended) = (None, false);
        let outcome = each_line(c, &mut |ours| match theirs.next() {
            Some(line) if line == ours => Ok(()),
            line => {
                ended = line.is_none();
                differs = Some(difference(Some(&ours), line.as_deref()));
                // Nothing after the first is told.
                Err(StoreError::Closed)
            }
        });
        if differs.is_none() {
            outcome?;
            let more = theirs.next();
            ended = more.is_none();
            differs = more.map(|line| difference(None, Some(&line)));
        }
        drop(theirs);
        let made = making.join().unwrap_or(Err(StoreError::Gone));
        // Lines that ended because they could not be read are no difference.
        match ended {
            true => made.map(|()| differs),
            false => Ok(differs),
        }
    })
}

/// Lines handed over at once, in bytes, and how many such batches may wait.
const BATCH_BYTES: usize = 1 << 18;
const BATCHES: usize = 4;

/// Hands over the lines of a dump in batches; ends early where nobody takes them any more.
fn send_lines(c: &mut dyn Connection, to: &SyncSender<Vec<String>>) -> Result<(), StoreError> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let gone = |_| StoreError::Closed;
    each_line(c, &mut |line| {
        bytes += line.len();
        batch.push(line);
        if bytes < BATCH_BYTES {
            return Ok(());
        }
        bytes = 0;
        to.send(std::mem::take(&mut batch)).map_err(gone)
    })?;
    to.send(batch).map_err(gone)
}

/// The lines that come from the other thread.
struct Lines {
    made: Receiver<Vec<String>>,
    batch: std::vec::IntoIter<String>,
}

impl Iterator for Lines {
    type Item = String;
    fn next(&mut self) -> Option<String> {
        loop {
            if let Some(line) = self.batch.next() {
                return Some(line);
            }
            self.batch = self.made.recv().ok()?.into_iter();
        }
    }
}

fn difference(ours: Option<&str>, theirs: Option<&str>) -> String {
    let short =
        |line: Option<&str>| line.map_or("nothing".to_owned(), |l| l.chars().take(160).collect());
    format!(
        "the state has “{}” where the log makes “{}”",
        short(ours),
        short(theirs)
    )
}
