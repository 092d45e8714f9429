//! The state in one canonical text, to compare two states byte for byte, and its rebuilding.

use crate::apply::{Gathered, apply};
use crate::engine::{Connection, Value};
use crate::error::StoreError;
use crate::log;
use crate::schema;
use std::io::Write;
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
    let failed = |e| StoreError::file("write the dump", e);
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
            line.push('\n');
            out.write_all(line.as_bytes()).map_err(failed)
        })?;
    }
    words(c, out)
}

/// The text index, through the ids of the records it knows.
fn words(c: &mut dyn Connection, out: &mut dyn Write) -> Result<(), StoreError> {
    let sql = match c.dialect() {
        crate::engine::Dialect::Sqlite => {
            "SELECT id, names, text, marks FROM words_row WHERE marks <> '' ORDER BY id"
        }
        crate::engine::Dialect::Postgres => "SELECT id, names, text, marks FROM words ORDER BY id",
    };
    c.query(sql, &[], &mut |row| {
        let line = format!(
            "words\t{}\t{}\t{}\t{}\n",
            row.id(0)?,
            row.text(1)?,
            row.text(2)?,
            row.text(3)?
        );
        out.write_all(line.as_bytes())
            .map_err(|e| StoreError::file("write the dump", e))
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

/// Whether the state is what the logs make: recomputed in memory on SQLite and compared.
/// Gives the first line that differs.
pub fn compare(c: &mut dyn Connection) -> Result<Option<String>, StoreError> {
    let mut fresh = crate::engine::sqlite::Sqlite::writer(std::path::Path::new(":memory:"))?;
    schema::create(&mut fresh)?;
    fresh.script("BEGIN")?;
    for name in log::logs(c)? {
        replay(c, &name, Some(&mut fresh))?;
    }
    let (mut here, mut there) = (Vec::new(), Vec::new());
    dump(c, &mut here)?;
    dump(&mut fresh, &mut there)?;
    if here == there {
        return Ok(None);
    }
    let (here, there) = (
        String::from_utf8_lossy(&here),
        String::from_utf8_lossy(&there),
    );
    let (mut ours, mut theirs) = (here.lines(), there.lines());
    loop {
        let (a, b) = (ours.next(), theirs.next());
        if a != b || (a.is_none() && b.is_none()) {
            let short = |line: Option<&str>| {
                line.map_or("nothing".to_owned(), |l| l.chars().take(160).collect())
            };
            return Ok(Some(format!(
                "the state has “{}” where the log makes “{}”",
                short(a),
                short(b)
            )));
        }
    }
}
