//! From the log to the state: what one record changes.
//!
//! The state is a function of the *set* of records (invariant 2): whatever order entries are applied
//! in, the tables come out alike. So nothing here depends on what was applied before, but for what
//! it recomputes: the current revision, and through [`crate::summary`] what follows from others.

use crate::echo::Echoes;
use crate::engine::{Connection, Value, first, rows};
use crate::error::StoreError;
use crate::{atlas, names, summary};
use std::collections::BTreeMap;
use stele_model::reading::Role;
use stele_model::rules::Fingerprint;
use stele_model::{AnyId, Body, Kind, Record, Site, Source, Stamp, Word, search_key};

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
/// status or summary that changed.
pub fn apply(
    c: &mut dyn Connection,
    origin: &Origin,
    records: &[Record],
) -> Result<Echoes, StoreError> {
    let mut echoes = Echoes::default();
    let mut touched = summary::Touched::default();
    let mut gathered = Gathered::default();
    for (ix, record) in records.iter().enumerate() {
        let changed = (&mut touched, &mut gathered, &mut echoes);
        one(c, origin, ix, record, changed)?;
    }
    gathered.counts.write(c)?;
    gathered.words.write(c)?;
    summary::recompute(c, touched, &mut echoes)?;
    Ok(echoes)
}

fn one(
    c: &mut dyn Connection,
    origin: &Origin,
    ix: usize,
    record: &Record,
    (touched, gathered, echoes): (&mut summary::Touched, &mut Gathered, &mut Echoes),
) -> Result<(), StoreError> {
    let stamp = origin.stamp.to_string();
    let after = known_stamps(record).join(" ");
    let added = c.execute(
        "INSERT INTO revision (id, stamp, log, seq, ix, account, after, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        &[
            record.id.into(),
            stamp.as_str().into(),
            origin.log.as_str().into(),
            origin.seq.into(),
            ix.into(),
            origin.account.as_str().into(),
            after.as_str().into(),
            record.revision.as_ref().map_or("", |r| r.reason.as_str()).into(),
        ],
    )?;
    if added == 0 {
        return Ok(());
    }
    let before = current(c, record.id)?;
    if let Some(before) = &before {
        touched.add(c, record.id, &before.body)?;
    }
    touched.add(c, record.id, &record.body)?;
    let is_current = before.as_ref().is_none_or(|b| stamp > b.stamp);
    if is_current {
        if let Some(before) = before.as_ref().filter(|b| !b.withdrawn) {
            unindex(c, record.id, &before.body, &mut gathered.counts)?;
        }
        if let Some(before) = before.as_ref().filter(|b| b.body.kind() != record.kind()) {
            // Registries refuse it; two nodes can still do it to each other.
            summary::set(c, echoes, record.id, before.body.kind(), "", "", None)?;
        }
        write_thing(c, record, &stamp)?;
        if !record.is_withdrawn() {
            index(c, record.id, &record.body, gathered)?;
        }
    }
    if before.is_some() {
        count_revisions(c, record.id)?;
    }
    Ok(())
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

/// Characters of a folded title that lists are sorted by.
const TITLE_KEY_CHARS: usize = 120;

fn write_thing(c: &mut dyn Connection, record: &Record, stamp: &str) -> Result<(), StoreError> {
    let body = &record.body;
    let mut title = search_key(&body.title("en"));
    title.truncate(TITLE_KEY_CHARS);
    let day = body
        .date()
        .and_then(|d| d.earliest())
        .map_or(i64::MAX, |day| day.0);
    let weight = match body {
        Body::Aggregate(aggregate) => aggregate.count.value,
        _ => 0,
    };
    let data = body.to_text();
    c.execute(
        "INSERT INTO thing (id, kind, stamp, first, revisions, conflicted, withdrawn, facet, party, day, weight, status, title, body, summary)
         VALUES ($1, $2, $3, $4, 1, 0, $5, $6, $7, $8, $9, '', $10, $11, '')
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, stamp = excluded.stamp, withdrawn = excluded.withdrawn, facet = excluded.facet,
           party = excluded.party, day = excluded.day, weight = excluded.weight, title = excluded.title, body = excluded.body",
        &[
            record.id.into(),
            body.kind().id().into(),
            stamp.into(),
            stamp.into(),
            record.is_withdrawn().into(),
            body.facet().unwrap_or_default().into(),
            body.party().into(),
            day.into(),
            weight.into(),
            title.into(),
            data.into(),
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

fn index(
    c: &mut dyn Connection,
    id: AnyId,
    body: &Body,
    gathered: &mut Gathered,
) -> Result<(), StoreError> {
    let kind = body.kind();
    for reference in body.references() {
        c.execute(
            "INSERT INTO ref (dst, kind, role, src) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            &[
                reference.id.into(),
                kind.id().into(),
                reference.role.id().into(),
                id.into(),
            ],
        )?;
    }
    gathered.counts.add(body, 1);
    let keys: Vec<String> = body.names().iter().map(|n| search_key(&n.text)).collect();
    for key in keys.iter().filter(|k| !k.is_empty()) {
        let alias: String = key.chars().take(200).collect();
        c.execute(
            "INSERT INTO alias (key, kind, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[alias.into(), kind.id().into(), id.into()],
        )?;
    }
    if let Body::Site(Site {
        listed: Some(listed),
        ..
    }) = body
    {
        c.execute(
            "INSERT INTO alias (key, kind, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[
                crate::read::listed_key(&listed.address()).into(),
                kind.id().into(),
                id.into(),
            ],
        )?;
    }
    if let Body::Source(Source {
        text: Some(text), ..
    }) = body
    {
        for band in Fingerprint::of(text).bands() {
            c.execute(
                "INSERT INTO alias (key, kind, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                &[
                    crate::read::band_key(&band).into(),
                    kind.id().into(),
                    id.into(),
                ],
            )?;
        }
    }
    names::index(c, id, body, &mut gathered.words)?;
    if let Some(location) = names::location_of(body) {
        atlas::put(c, id, Some(location))?;
    }
    Ok(())
}

fn unindex(
    c: &mut dyn Connection,
    id: AnyId,
    body: &Body,
    counts: &mut Counts,
) -> Result<(), StoreError> {
    c.execute("DELETE FROM ref WHERE src = $1", &[id.into()])?;
    c.execute("DELETE FROM alias WHERE id = $1", &[id.into()])?;
    counts.add(body, -1);
    names::unindex(c, id)?;
    if names::location_of(body).is_some() {
        atlas::put(c, id, None)?;
    }
    Ok(())
}

/// What the records of an entry share, written once for all of them.
#[derive(Default)]
struct Gathered {
    counts: Counts,
    words: names::NewWords,
}

/// Counts that pages show without counting rows: per kind, facet, party. Gathered over an entry and
/// written once, as a list's records share theirs.
#[derive(Default)]
struct Counts(BTreeMap<(&'static str, &'static str, String), i64>);

impl Counts {
    fn add(&mut self, body: &Body, step: i64) {
        let kind = body.kind().id();
        let mut count = |what: &'static str, value: String| {
            *self.0.entry((kind, what, value)).or_default() += step;
        };
        count("all", String::new());
        if let Some(facet) = body.facet() {
            count("facet", facet.to_owned());
        }
        if let Some(party) = body.party() {
            count("party", party.to_string());
        }
        if let Body::Claim(claim) = body {
            let subject = match claim.subject {
                stele_model::Subject::Site(_) => "site",
                stele_model::Subject::Aggregate(_) => "aggregate",
            };
            count("party_subject", format!("{} {subject}", claim.party));
        }
    }

    fn write(self, c: &mut dyn Connection) -> Result<(), StoreError> {
        for ((kind, what, value), step) in self.0 {
            if step != 0 {
                add_to_tally(c, kind, what, &value, step)?;
            }
        }
        Ok(())
    }
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
