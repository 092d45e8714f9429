//! The logs in the database: append, checkpoints, proofs, and the audit of all that is kept.

use crate::apply::{Gathered, Origin, Prepared, apply};
use crate::echo;
use crate::engine::{Connection, first, rows};
use crate::error::StoreError;
use crate::read::{EntryRow, Page};
use serde_json::value::RawValue;
use std::cell::RefCell;
use std::collections::BTreeSet;
use stele_ledger::merkle::Frontier;
use stele_ledger::{
    Auditor, Canonical, Checkpoint, Entry, EntryView, Hash, NodeReader, Note, Proof, SigningKey,
    VerifierKey,
};
use stele_model::{AnyId, Hlc, Stamp};

fn ledger(error: stele_ledger::Error) -> StoreError {
    StoreError::Ledger(error.to_string())
}

/// The nodes of a log's tree, read from its table.
pub(crate) struct Nodes<'a, 'c> {
    pub(crate) log: &'a str,
    pub(crate) connection: RefCell<&'c mut dyn Connection>,
}

impl NodeReader for Nodes<'_, '_> {
    type Error = StoreError;

    fn node(&self, level: u8, index: u64) -> Result<Option<Hash>, StoreError> {
        let mut c = self.connection.borrow_mut();
        let row = first(
            &mut **c,
            "SELECT hash FROM tree WHERE log = $1 AND level = $2 AND ix = $3",
            &[self.log.into(), i64::from(level).into(), index.into()],
        )?;
        row.map(|row| hash(row.bytes(0)?)).transpose()
    }
}

fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    Hash::from_slice(bytes)
        .ok_or_else(|| StoreError::Damaged("a hash of the tree is not 32 bytes".into()))
}

/// Where a node's log ends, kept by its writer so that appending reads nothing.
#[derive(Clone)]
pub struct Tail {
    /// The log's name: the node's.
    pub log: String,
    tree: Frontier,
    clock: Hlc,
    signed: u64,
}

impl Tail {
    /// Reads the end of a log. Refuses one that the checkpoint signed last speaks against, because
    /// who goes on from there signs a second history ([`StoreError::Damaged`]).
    pub fn load(c: &mut dyn Connection, log: &str) -> Result<Self, StoreError> {
        let size = size_of(c, log)?;
        let against = |what: String| {
            StoreError::Damaged(format!("log {log} {what}; nothing can be added to it"))
        };
        let signed = match checkpoint(c, log)? {
            Some(note) => Some(
                unverified(&note)
                    .map_err(|e| against(format!("has a checkpoint that cannot be read: {e}")))?,
            ),
            None => None,
        };
        let signed_size = signed.as_ref().map_or(0, |checkpoint| checkpoint.size);
        if signed_size != size {
            return Err(against(format!(
                "has {size} entries, its last checkpoint was signed over {signed_size}"
            )));
        }
        let fits = |tree: &Frontier| {
            signed
                .as_ref()
                .is_none_or(|checkpoint| checkpoint.root == tree.root())
        };
        let stored = Frontier::load(
            &Nodes {
                log,
                connection: RefCell::new(c),
            },
            size,
        );
        let tree = match stored {
            Ok(tree) if fits(&tree) => tree,
            // The stored tree can be computed anew; the entries decide.
            _ => Some(tree_of(c, log)?)
                .filter(|tree| tree.size() == size && fits(tree))
                .ok_or_else(|| {
                    against("does not have the entries its last checkpoint was signed over".into())
                })?,
        };
        let last = match size.checked_sub(1) {
            Some(last) => entry(c, log, last)?,
            None => None,
        };
        let written = match last {
            Some(row) => EntryView::parse(&row.bytes)
                .ok()
                .and_then(|entry| entry.at().parse().ok()),
            None => None,
        };
        let clock = latest(c)?.max(written.unwrap_or_default());
        Ok(Tail {
            log: log.to_owned(),
            tree,
            clock,
            signed: size,
        })
    }

    /// Whether another process has written since; the caller then loads it anew.
    pub fn is_stale(&self, c: &mut dyn Connection) -> Result<bool, StoreError> {
        Ok(size_of(c, &self.log)? != self.tree.size() || latest(c)? > self.clock)
    }

    /// Takes notice of a clock elsewhere, so that what is recorded here from now on is later.
    pub(crate) fn hear(&mut self, clock: Hlc) {
        self.clock = self.clock.max(clock);
    }

    /// Appends one entry to this node's log and applies it.
    pub(crate) fn append(
        &mut self,
        c: &mut dyn Connection,
        by: &str,
        now_ms: u64,
        records: Vec<Prepared>,
        gathered: &mut Gathered,
    ) -> Result<Origin, StoreError> {
        let at = self.clock.next(now_ms);
        let written: Option<Vec<&Canonical>> = records.iter().map(|p| p.json.as_ref()).collect();
        let written = written.ok_or_else(|| {
            StoreError::Ledger("a record that stands in a log is not written a second time".into())
        })?;
        let seq = self.tree.size();
        let bytes =
            Entry::assemble(&self.log, seq, &at.to_string(), by, &written).map_err(ledger)?;
        self.clock = at;
        put(c, &self.log, &mut self.tree, &bytes)?;
        let origin = Origin {
            log: self.log.clone(),
            seq,
            stamp: Stamp {
                at,
                node: self.log.clone(),
            },
            account: by.to_owned(),
        };
        take_in(c, &origin, records, gathered)?;
        Ok(origin)
    }

    /// Signs the log as it stands, when it grew since it was last signed. Gives the note.
    pub fn sign(
        &mut self,
        c: &mut dyn Connection,
        key: &SigningKey,
    ) -> Result<Option<String>, StoreError> {
        let size = self.tree.size();
        if size == self.signed {
            return Ok(None);
        }
        let note = Checkpoint::new(key.name(), size, self.tree.root())
            .sign(&[key])
            .map_err(ledger)?
            .to_string();
        c.execute(
            "INSERT INTO checkpoint (log, size, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[self.log.as_str().into(), size.into(), note.as_str().into()],
        )?;
        self.signed = size;
        Ok(Some(note))
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }
}

fn put(
    c: &mut dyn Connection,
    log: &str,
    tree: &mut Frontier,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let leaf = stele_ledger::merkle::leaf_hash(bytes);
    c.execute(
        "INSERT INTO entry (log, seq, leaf, bytes) VALUES ($1, $2, $3, $4)",
        &[
            log.into(),
            tree.size().into(),
            leaf.as_bytes().as_slice().into(),
            bytes.into(),
        ],
    )?;
    grow(c, log, tree, leaf)
}

/// Adds a leaf to the tree, and to the stored one.
fn grow(
    c: &mut dyn Connection,
    log: &str,
    tree: &mut Frontier,
    leaf: Hash,
) -> Result<(), StoreError> {
    for node in tree.append(leaf) {
        c.execute(
            "INSERT INTO tree (log, level, ix, hash) VALUES ($1, $2, $3, $4) ON CONFLICT (log, level, ix) DO UPDATE SET hash = excluded.hash",
            &[log.into(), i64::from(node.level).into(), node.index.into(), node.hash.as_bytes().as_slice().into()],
        )?;
    }
    Ok(())
}

/// The latest clock of all that was applied.
fn latest(c: &mut dyn Connection) -> Result<Hlc, StoreError> {
    let last = first(c, "SELECT MAX(stamp) FROM thing", &[])?;
    let stamp = last
        .as_ref()
        .map(|row| row.maybe_text(0))
        .transpose()?
        .flatten();
    Ok(stamp
        .and_then(|stamp| stamp.parse::<Stamp>().ok())
        .map(|stamp| stamp.at)
        .unwrap_or_default())
}

/// What a checkpoint says, whoever signed it.
pub(crate) fn unverified(note: &str) -> Result<Checkpoint, stele_ledger::Error> {
    Checkpoint::parse(Note::parse(note.as_bytes())?.text())
}

/// The tree that the entries make.
fn tree_of(c: &mut dyn Connection, log: &str) -> Result<Frontier, StoreError> {
    let mut tree = Frontier::new();
    c.query(
        "SELECT bytes FROM entry WHERE log = $1 ORDER BY seq",
        &[log.into()],
        &mut |row| {
            tree.append_with(stele_ledger::merkle::leaf_hash(row.bytes(0)?), |_| ());
            Ok(())
        },
    )?;
    Ok(tree)
}

/// Longest name of a log or account.
const LONGEST_NAME: usize = 255;
/// Latest clock taken up. Ours goes on from the latest it heard of, and has 14 digits.
const LATEST_MS: u64 = 32_503_680_000_000;

/// Takes up entries of other nodes' logs, each log's in its order. The bytes are kept as they are.
pub fn take_up<'a>(
    c: &mut dyn Connection,
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), StoreError> {
    let mut gathered = Gathered::default();
    for bytes in entries {
        take_up_one(c, bytes, &mut gathered)?;
    }
    gathered.write(c)
}

/// Takes up one of them; the caller writes what was gathered.
pub(crate) fn take_up_one(
    c: &mut dyn Connection,
    bytes: &[u8],
    gathered: &mut Gathered,
) -> Result<Origin, StoreError> {
    let entry = EntryView::parse(bytes).map_err(ledger)?;
    let (node, by) = (entry.node(), entry.by());
    let odd = |name: &str| name.len() > LONGEST_NAME || name.contains(|c: char| c.is_control());
    // As a key's name has to be (C2SP signed-note), by which the log's checkpoints are signed.
    if odd(&node) || odd(&by) || node.contains(|c: char| c.is_whitespace() || c == '+') {
        return Err(StoreError::Ledger(
            "the entry's node or account has a name that none can have".into(),
        ));
    }
    let seq = entry.seq();
    let (origin, records) = opened(entry)?;
    if origin.stamp.at.unix_ms > LATEST_MS {
        return Err(StoreError::Ledger(format!(
            "the entry's clock, {}, lies beyond the year 3000",
            entry.at()
        )));
    }
    let size = size_of(c, &node)?;
    if seq != size {
        return Err(StoreError::Ledger(format!(
            "entry {seq} of log {node} was given where entry {size} is next; give the entries of a log in their order"
        )));
    }
    let mut tree = Frontier::load(
        &Nodes {
            log: &node,
            connection: RefCell::new(c),
        },
        size,
    )
    .map_err(ledger)?;
    put(c, &node, &mut tree, bytes)?;
    take_in(c, &origin, records, gathered)?;
    Ok(origin)
}

/// Applies an entry and keeps its echoes.
fn take_in(
    c: &mut dyn Connection,
    origin: &Origin,
    records: Vec<Prepared>,
    gathered: &mut Gathered,
) -> Result<(), StoreError> {
    let own: BTreeSet<AnyId> = records.iter().map(|p| p.record.id).collect();
    let echoes = apply(c, origin, records, gathered)?;
    echo::keep(c, origin, &own, echoes)
}

/// Where an entry's records come from, and the records.
pub(crate) fn opened(entry: EntryView<'_>) -> Result<(Origin, Vec<Prepared>), StoreError> {
    let (seq, node) = (entry.seq(), entry.node().into_owned());
    let damaged = |e: String| StoreError::Damaged(format!("entry {seq} of log {node}: {e}"));
    let at = entry
        .at()
        .parse()
        .map_err(|e: stele_model::clock::BadClock| damaged(e.to_string()))?;
    let written: Vec<&RawValue> =
        serde_json::from_str(entry.records_json()).map_err(|e| damaged(e.to_string()))?;
    let records = written
        .into_iter()
        .map(|json| Prepared::logged(json.get()).map_err(|e| damaged(e.to_string())))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let origin = Origin {
        log: node.clone(),
        seq,
        stamp: Stamp { at, node },
        account: entry.by().into_owned(),
    };
    Ok((origin, records))
}

/// Number of entries of a log.
pub fn size_of(c: &mut dyn Connection, log: &str) -> Result<u64, StoreError> {
    let row = first(
        c,
        "SELECT COALESCE(MAX(seq) + 1, 0) FROM entry WHERE log = $1",
        &[log.into()],
    )?;
    row.map_or(Ok(0), |row| row.count(0))
}

/// Names of the logs kept here.
pub fn logs(c: &mut dyn Connection) -> Result<Vec<String>, StoreError> {
    let found = rows(c, "SELECT DISTINCT log FROM entry ORDER BY log", &[])?;
    found
        .iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}

/// A page of a log, latest entry first, from the one before `before`.
pub fn entries(
    c: &mut dyn Connection,
    log: &str,
    before: Option<u64>,
    limit: usize,
) -> Result<Page<EntryRow>, StoreError> {
    let before = before.unwrap_or(i64::MAX as u64);
    let sql = format!(
        "SELECT seq, leaf, bytes FROM entry WHERE log = $1 AND seq < $2 ORDER BY seq DESC LIMIT {limit}"
    );
    let found = rows(c, &sql, &[log.into(), before.into()])?;
    let rows = found
        .iter()
        .map(|row| {
            Ok(EntryRow {
                seq: row.count(0)?,
                leaf: row.bytes(1)?.to_vec(),
                bytes: row.bytes(2)?.to_vec(),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Page { rows, next: None })
}

/// Entries of a log from a number on, in order.
pub fn entries_from(
    c: &mut dyn Connection,
    log: &str,
    from: u64,
    limit: usize,
) -> Result<Vec<EntryRow>, StoreError> {
    let sql = format!(
        "SELECT seq, leaf, bytes FROM entry WHERE log = $1 AND seq >= $2 ORDER BY seq LIMIT {limit}"
    );
    let found = rows(c, &sql, &[log.into(), from.into()])?;
    found
        .iter()
        .map(|row| {
            Ok(EntryRow {
                seq: row.count(0)?,
                leaf: row.bytes(1)?.to_vec(),
                bytes: row.bytes(2)?.to_vec(),
            })
        })
        .collect()
}

/// One entry.
pub fn entry(c: &mut dyn Connection, log: &str, seq: u64) -> Result<Option<EntryRow>, StoreError> {
    let row = first(
        c,
        "SELECT seq, leaf, bytes FROM entry WHERE log = $1 AND seq = $2",
        &[log.into(), seq.into()],
    )?;
    row.map(|row| {
        Ok(EntryRow {
            seq: row.count(0)?,
            leaf: row.bytes(1)?.to_vec(),
            bytes: row.bytes(2)?.to_vec(),
        })
    })
    .transpose()
}

/// How many checkpoints of a log are kept.
pub(crate) fn times_signed(c: &mut dyn Connection, log: &str) -> Result<u64, StoreError> {
    let count = first(
        c,
        "SELECT COUNT(*) FROM checkpoint WHERE log = $1",
        &[log.into()],
    )?;
    count.map_or(Ok(0), |row| row.count(0))
}

/// The latest signed checkpoint of a log.
pub fn checkpoint(c: &mut dyn Connection, log: &str) -> Result<Option<String>, StoreError> {
    let row = first(
        c,
        "SELECT note FROM checkpoint WHERE log = $1 ORDER BY size DESC LIMIT 1",
        &[log.into()],
    )?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// The proof that an entry stands in the log, for one of its records.
pub fn proof(
    c: &mut dyn Connection,
    log: &str,
    seq: u64,
    record: usize,
    key: &VerifierKey,
) -> Result<Option<Proof>, StoreError> {
    let (Some(entry), Some(note)) = (entry(c, log, seq)?, checkpoint(c, log)?) else {
        return Ok(None);
    };
    let nodes = Nodes {
        log,
        connection: RefCell::new(c),
    };
    let proof = Proof::new(&nodes, seq, &entry.bytes, &note, key).map_err(ledger)?;
    Ok(Some(proof.for_record(record)))
}

/// A fault found by an audit: where, and what.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// Which part: `entry 12 of log …`, `checkpoint`, `evidence …`, `state`.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(place: impl Into<String>, problem: impl ToString) -> Self {
        Fault {
            place: place.into(),
            problem: problem.to_string(),
        }
    }
}

/// Checks a log whole: every entry's form, place and hash, the tree, every checkpoint's signature.
/// Calls `seen` with each entry's number and bytes. What cannot be read is a fault, not an end.
pub fn audit(
    c: &mut dyn Connection,
    log: &str,
    keys: &[VerifierKey],
    outside: &[String],
    seen: &mut dyn FnMut(u64, &[u8]),
) -> Result<(u64, Vec<Fault>), StoreError> {
    let mut faults = Vec::new();
    let signed = audit_checkpoints(c, log, keys, outside, &mut faults)?;
    if signed.is_empty() && size_of(c, log)? > 0 {
        faults.push(Fault::new(
            format!("log {log}"),
            "has entries but no checkpoint that verifies",
        ));
    }
    let mut auditor = Auditor::new(log).checkpoints(signed);
    let mut count = 0u64;
    c.query(
        "SELECT seq, leaf, bytes FROM entry WHERE log = $1 ORDER BY seq",
        &[log.into()],
        &mut |row| {
            count += 1;
            let seq = match row.count(0) {
                Ok(seq) => seq,
                Err(error) => {
                    faults.push(Fault::new(
                        format!("an entry of log {log}"),
                        format!("its number cannot be read: {error}"),
                    ));
                    return Ok(());
                }
            };
            let place = format!("entry {seq} of log {log}");
            let bytes = row.bytes(2).unwrap_or_default();
            match row.bytes(1).ok().and_then(Hash::from_slice) {
                Some(leaf) => auditor.push_with_leaf(seq, bytes, &leaf),
                None => {
                    faults.push(Fault::new(place, "its stored hash is not 32 bytes"));
                    auditor.push(seq, bytes);
                }
            }
            seen(seq, bytes);
            Ok(())
        },
    )?;
    let report = auditor.finish();
    faults.extend(
        report
            .faults
            .iter()
            .map(|fault| Fault::new(place_of(log, fault), fault)),
    );
    if report.unsigned > 0 {
        faults.push(Fault::new(
            format!("log {log}"),
            format!(
                "its last {} entries are under no signed checkpoint",
                report.unsigned
            ),
        ));
    }
    audit_tree(c, log, &mut faults)?;
    Ok((count, faults))
}

/// Where a fault of an audit lies.
fn place_of(log: &str, fault: &stele_ledger::Error) -> String {
    use stele_ledger::Error;
    match fault {
        Error::BadEntry { index, .. } | Error::LeafMismatch { index, .. } => {
            format!("entry {index} of log {log}")
        }
        Error::Gap { expected, .. } => format!("entry {expected} of log {log}"),
        Error::Truncated { entries, .. } => format!("entry {entries} of log {log}"),
        Error::RootMismatch { size, .. }
        | Error::SplitView { size, .. }
        | Error::WrongOrigin { size, .. } => {
            format!("checkpoint of size {size} of log {log}")
        }
        _ => format!("log {log}"),
    }
}

/// The checkpoints whose signatures hold, those kept in the database and those kept elsewhere.
fn audit_checkpoints(
    c: &mut dyn Connection,
    log: &str,
    keys: &[VerifierKey],
    outside: &[String],
    faults: &mut Vec<Fault>,
) -> Result<Vec<Checkpoint>, StoreError> {
    let mut notes: Vec<(String, Option<u64>, String)> = Vec::new();
    for row in rows(
        c,
        "SELECT size, note FROM checkpoint WHERE log = $1 ORDER BY size",
        &[log.into()],
    )? {
        match (row.count(0), row.text(1)) {
            (Ok(size), Ok(note)) => {
                notes.push((
                    format!("checkpoint of size {size} of log {log}"),
                    Some(size),
                    note.to_owned(),
                ));
            }
            (Err(error), _) | (_, Err(error)) => {
                faults.push(Fault::new(format!("a checkpoint of log {log}"), error));
            }
        }
    }
    let place = format!("checkpoint kept outside the database for log {log}");
    notes.extend(
        outside
            .iter()
            .map(|note| (place.clone(), None, note.clone())),
    );
    let mut signed = Vec::new();
    for (place, size, note) in notes {
        match Checkpoint::open(note.as_bytes(), keys) {
            Ok(checkpoint) if checkpoint.origin != log => {
                faults.push(Fault::new(
                    place,
                    format!("the note is of log {}", checkpoint.origin),
                ));
            }
            Ok(checkpoint) => {
                if size.is_some_and(|size| size != checkpoint.size) {
                    faults.push(Fault::new(
                        place,
                        format!("the note is of size {}", checkpoint.size),
                    ));
                }
                signed.push(checkpoint);
            }
            Err(error) => faults.push(Fault::new(place, error)),
        }
    }
    Ok(signed)
}

/// The stored tree must be the one that the entries make: recomputed level by level.
fn audit_tree(
    c: &mut dyn Connection,
    log: &str,
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    let mut wrong = |level: i64| {
        let place = format!("tree of log {log}, level {level}");
        faults.push(Fault::new(
            place,
            "does not fit the entries; `stele rebuild` computes it anew",
        ));
    };
    let mut nodes: Vec<Hash> = Vec::new();
    c.query(
        "SELECT leaf FROM entry WHERE log = $1 ORDER BY seq",
        &[log.into()],
        &mut |row| {
            nodes.extend(row.bytes(0).ok().and_then(Hash::from_slice));
            Ok(())
        },
    )?;
    let mut level = 0i64;
    while !nodes.is_empty() {
        let (mut ix, mut alike) = (0usize, true);
        let sql = "SELECT ix, hash FROM tree WHERE log = $1 AND level = $2 ORDER BY ix";
        c.query(sql, &[log.into(), level.into()], &mut |row| {
            alike &= row.count(0).is_ok_and(|stored| stored == ix as u64)
                && nodes
                    .get(ix)
                    .is_some_and(|hash| row.bytes(1).is_ok_and(|bytes| bytes == hash.as_bytes()));
            ix += 1;
            Ok(())
        })?;
        if !alike || ix != nodes.len() {
            wrong(level);
        }
        nodes = nodes
            .chunks_exact(2)
            .map(|pair| stele_ledger::merkle::node_hash(&pair[0], &pair[1]))
            .collect();
        level += 1;
    }
    let above = first(
        c,
        "SELECT MIN(level) FROM tree WHERE log = $1 AND level >= $2",
        &[log.into(), level.into()],
    )?;
    if let Some(level) = above.and_then(|row| row.int(0).ok()) {
        wrong(level);
    }
    Ok(())
}

/// Entries read at a time.
const BATCH: u64 = 50;

/// Computes the tree anew from the entries.
pub(crate) fn rebuild_tree(c: &mut dyn Connection, log: &str) -> Result<(), StoreError> {
    c.execute("DELETE FROM tree WHERE log = $1", &[log.into()])?;
    let mut tree = Frontier::new();
    let mut from = 0u64;
    loop {
        let sql = format!(
            "SELECT seq, bytes FROM entry WHERE log = $1 AND seq >= $2 ORDER BY seq LIMIT {BATCH}"
        );
        let batch = rows(c, &sql, &[log.into(), from.into()])?;
        for row in &batch {
            grow(
                c,
                log,
                &mut tree,
                stele_ledger::merkle::leaf_hash(row.bytes(1)?),
            )?;
            from = row.count(0)? + 1;
        }
        if (batch.len() as u64) < BATCH {
            return Ok(());
        }
    }
}
