//! From the log to the state: what one record changes.
//!
//! The state is a function of the *set* of records (invariant 2): whatever order entries are applied
//! in, the tables come out alike. So nothing here depends on what was applied before, but for what
//! it recomputes: the current revision, and through [`crate::summary`] what follows from others.
//!
//! In three steps. [`Prepared`] is what can be told from the record alone; [`Gathered`] holds new
//! records until somebody asks for them; a later revision is applied at once.

mod gathered;
mod prepared;

pub(crate) use gathered::Gathered;
pub use prepared::{Prepared, Preparing};

use crate::echo::Echoes;
use crate::engine::{Connection, Value, by_ids, first, rows};
use crate::error::StoreError;
use crate::{atlas, names, summary};
use std::collections::HashSet;
use stele_model::reading::Role;
use stele_model::{AnyId, Body, Kind, Record, Stamp, Word};

/// Where in the logs a record stands, and who recorded it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The log.
    pub log: String,
    /// Number of the entry in it.
    pub seq: u64,
    /// Clock and node.
    pub stamp: Stamp,
    /// Account that recorded it.
    pub account: String,
}

/// Applies the records of one entry, then recomputes what follows from them. Gives the records whose
/// status or summary that changed. What is left in `gathered` has to be written before anybody asks.
pub(crate) fn apply(
    c: &mut dyn Connection,
    origin: &Origin,
    records: Vec<Prepared>,
    gathered: &mut Gathered,
) -> Result<Echoes, StoreError> {
    let mut echoes = Echoes::default();
    let mut touched = summary::Touched::default();
    let entry = gathered::Entry::of(origin);
    let ids: Vec<AnyId> = records.iter().map(|p| p.record.id).collect();
    let mut known = among(c, ("thing", "id"), &ids)?;
    known.extend(ids.iter().filter(|id| gathered.holds(**id)));
    let (mut sites, mut others) = (Vec::new(), Vec::new());
    for (ix, prepared) in records.into_iter().enumerate() {
        let (id, body) = (prepared.record.id, &prepared.record.body);
        if known.contains(&id) {
            gathered.settle(c)?;
            let changed = (&mut touched, &mut *gathered, &mut echoes);
            revise(c, &entry, ix, prepared, changed)?;
            continue;
        }
        match summary::follows(body) {
            summary::Follows::Nothing => {}
            summary::Follows::WhereReferredTo => sites.push(id),
            summary::Follows::Something => others.push((id, body.clone())),
        }
        known.insert(id);
        gathered.add(prepared, &entry, ix);
    }
    let is_referred_to = sites.iter().any(|id| gathered.refers_to(*id))
        || !among(c, ("ref", "dst"), &sites)?.is_empty();
    if is_referred_to || !others.is_empty() {
        gathered.settle(c)?;
        touched.add_sites(sites);
        for (id, body) in others {
            touched.add(c, id, &body)?;
        }
    }
    if !touched.is_empty() {
        gathered.settle(c)?;
        summary::recompute(c, touched, &mut echoes)?;
    }
    if gathered.is_full() {
        gathered.write(c)?;
    }
    Ok(echoes)
}

/// Which of these ids stand in a column.
fn among(
    c: &mut dyn Connection,
    (table, column): (&str, &str),
    ids: &[AnyId],
) -> Result<HashSet<AnyId>, StoreError> {
    // Ids are made in the order of time: most that are new come after all that are known.
    let sql = format!("SELECT {column} FROM {table} ORDER BY {column} DESC LIMIT 1");
    let last = first(c, &sql, &[])?.map(|row| row.id(0)).transpose()?;
    let may_be: Vec<AnyId> = ids.iter().copied().filter(|id| Some(*id) <= last).collect();
    let asked = format!("SELECT {column} FROM {table} WHERE {column} IN");
    let mut found = HashSet::new();
    by_ids(c, (&asked, ""), &may_be, &mut |row| {
        found.insert(row.id(0)?);
        Ok(())
    })?;
    Ok(found)
}

/// Applies a record to what was known of it.
fn revise(
    c: &mut dyn Connection,
    entry: &gathered::Entry,
    ix: usize,
    prepared: Prepared,
    (touched, gathered, echoes): (&mut summary::Touched, &mut Gathered, &mut Echoes),
) -> Result<(), StoreError> {
    let record = &prepared.record;
    let id = record.id;
    let stamp = entry.stamp();
    let (shared, own) = entry.revision(record, ix);
    let added = c.execute(
        "INSERT INTO revision (stamp, log, seq, account, after, reason, id, ix) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        &[shared.as_slice(), &own].concat(),
    )?;
    if added == 0 {
        return Ok(());
    }
    let before = current(c, id)?;
    if let Some(before) = &before {
        touched.add(c, id, &before.body)?;
    }
    touched.add(c, id, &record.body)?;
    if before.as_ref().is_none_or(|b| stamp > b.stamp.as_str()) {
        if let Some(before) = before.as_ref().filter(|b| !b.withdrawn) {
            unindex(c, id, &before.body)?;
            gathered.count(&before.body, -1);
        }
        if let Some(before) = before.as_ref().filter(|b| b.body.kind() != record.kind()) {
            // Registries refuse it; two nodes can still do it to each other.
            summary::set(c, echoes, id, before.body.kind(), "", "", None)?;
        }
        write_thing(c, &prepared, stamp)?;
        if !record.is_withdrawn() {
            gathered.learn(&prepared);
            index(c, prepared)?;
        }
    }
    count_revisions(c, id)
}

/// The stamps a revision was made in knowledge of; what is no stamp names no revision.
fn known_stamps(record: &Record) -> Vec<&str> {
    let named = record
        .revision
        .iter()
        .flat_map(|r| &r.after)
        .map(String::as_str);
    let plain = |s: &&str| {
        s.parse::<Stamp>().is_ok() && !s.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    named.filter(plain).collect()
}

struct Current {
    stamp: String,
    withdrawn: bool,
    body: Body,
}

fn current(c: &mut dyn Connection, id: AnyId) -> Result<Option<Current>, StoreError> {
    let row = first(
        c,
        "SELECT kind, stamp, withdrawn, body FROM thing WHERE id = $1",
        &[id.into()],
    )?;
    row.map(|row| {
        Ok(Current {
            stamp: row.text(1)?.to_owned(),
            withdrawn: row.int(2)? != 0,
            body: body_of(id, row.text(0)?, row.text(3)?)?,
        })
    })
    .transpose()
}

/// The body kept as text.
pub(crate) fn body_of(id: AnyId, kind: &str, text: &str) -> Result<Body, StoreError> {
    let damaged = |what: String| StoreError::Damaged(format!("record {id}: {what}"));
    let kind = Kind::from_id(kind).ok_or_else(|| damaged(format!("there is no kind {kind}")))?;
    Body::from_text(kind, text).map_err(|e| damaged(e.to_string()))
}

fn write_thing(c: &mut dyn Connection, prepared: &Prepared, stamp: &str) -> Result<(), StoreError> {
    let record = &prepared.record;
    let body = &record.body;
    c.execute(
        "UPDATE thing SET kind = $2, stamp = $3, withdrawn = $4, facet = $5, party = $6, day = $7, weight = $8, title = $9, body = $10 WHERE id = $1",
        &[
            record.id.into(),
            body.kind().id().into(),
            stamp.into(),
            record.is_withdrawn().into(),
            body.facet().unwrap_or_default().into(),
            body.party().into(),
            prepared.day.into(),
            prepared.weight.into(),
            prepared.title.as_str().into(),
            prepared.body.as_str().into(),
        ],
    )?;
    Ok(())
}

/// How many revisions there are, the first one, and whether two were made without knowing each other.
fn count_revisions(c: &mut dyn Connection, id: AnyId) -> Result<(), StoreError> {
    let all = rows(
        c,
        "SELECT stamp, after FROM revision WHERE id = $1 ORDER BY stamp",
        &[id.into()],
    )?;
    let mut known = std::collections::BTreeSet::new();
    let mut stamps = Vec::with_capacity(all.len());
    for row in &all {
        stamps.push(row.text(0)?.to_owned());
        known.extend(row.text(1)?.split_whitespace().map(str::to_owned));
    }
    let heads = stamps.iter().filter(|s| !known.contains(*s)).count();
    c.execute(
        "UPDATE thing SET revisions = $2, conflicted = $3, first = $4 WHERE id = $1",
        &[
            id.into(),
            stamps.len().into(),
            (heads > 1).into(),
            stamps
                .first()
                .map(String::as_str)
                .unwrap_or_default()
                .into(),
        ],
    )?;
    Ok(())
}

/// Takes up what finds a record that was known before.
fn index(c: &mut dyn Connection, prepared: Prepared) -> Result<(), StoreError> {
    let Prepared {
        record,
        references,
        aliases,
        words,
        spot,
        ..
    } = prepared;
    let (id, kind) = (record.id, record.kind());
    let mut refs = gathered::Refs::default();
    refs.add(id, kind, &references);
    refs.write(c)?;
    let aliases = aliases.into_iter().map(|key| (key, kind, id)).collect();
    gathered::write_aliases(c, aliases)?;
    names::index(c, id, words)?;
    match spot {
        Some(place) => atlas::put(c, id, &place),
        None => Ok(()),
    }
}

fn unindex(c: &mut dyn Connection, id: AnyId, body: &Body) -> Result<(), StoreError> {
    let kind = body.kind();
    for r in body.references() {
        c.execute(
            "DELETE FROM ref WHERE dst = $1 AND kind = $2 AND role = $3 AND src = $4",
            &[r.id.into(), kind.id().into(), r.role.id().into(), id.into()],
        )?;
    }
    for key in prepared::aliases(body, &mut names::Folding::default()) {
        c.execute(
            "DELETE FROM alias WHERE key = $1 AND kind = $2 AND id = $3",
            &[key.into(), kind.id().into(), id.into()],
        )?;
    }
    names::unindex(c, id)?;
    if names::location_of(body).is_some() {
        atlas::put(c, id, &atlas::Where::of(None))?;
    }
    Ok(())
}

pub(crate) fn add_to_tally(
    c: &mut dyn Connection,
    kind: &str,
    what: &str,
    value: &str,
    step: i64,
) -> Result<(), StoreError> {
    let key: [Value; 3] = [kind.into(), what.into(), value.into()];
    let [a, b, v] = key.clone();
    c.execute(
        "INSERT INTO tally (kind, what, value, n) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, what, value) DO UPDATE SET n = tally.n + excluded.n",
        &[a, b, v, step.into()],
    )?;
    if step < 0 {
        c.execute(
            "DELETE FROM tally WHERE kind = $1 AND what = $2 AND value = $3 AND n = 0",
            &key,
        )?;
    }
    Ok(())
}

/// Roles as the statements of other modules name them.
pub(crate) fn role(role: Role) -> Value {
    role.id().into()
}
