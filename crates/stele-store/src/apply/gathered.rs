//! What was applied and is not yet in the tables: new records, gathered over entries and written in
//! order of their keys, many a statement.
//!
//! A list of a million rows is one act in thousands of entries, and nobody asks the state between
//! them. Written one by one, every record costs a step into each of some twenty B-trees, each
//! somewhere else; in order, neighbours go to one page.

use super::{Origin, Prepared, add_to_tally, known_stamps};
use crate::engine::{Connection, Insertion, Value};
use crate::error::StoreError;
use crate::{atlas, names};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use stele_model::reading::Reference;
use stele_model::{AnyId, Body, Kind, Record, Word};

/// Records gathered at most. The more, the fewer pages each table is written to for a record, and the fewer
/// parts the index of words is in (seen: a quarter less time than with 4,000, at 40 MB).
const MOST: usize = 12_000;
/// Bytes of their bodies gathered at most.
const MOST_BYTES: usize = 16 << 20;

/// New records that stand in the log and not yet in the state's tables, and what is counted and
/// learnt of all.
#[derive(Default)]
pub(crate) struct Gathered {
    new: Vec<New>,
    ids: FxHashSet<AnyId>,
    /// What they refer to.
    referred: FxHashSet<AnyId>,
    bytes: usize,
    counts: Counts,
    words: names::NewWords,
}

struct New {
    prepared: Prepared,
    entry: Entry,
    ix: usize,
}

/// The entry that records stand in.
#[derive(Clone)]
pub(crate) struct Entry(Arc<(Origin, String)>);

impl Entry {
    pub fn of(origin: &Origin) -> Self {
        Entry(Arc::new((origin.clone(), origin.stamp.to_string())))
    }

    pub fn stamp(&self) -> &str {
        &self.0.1
    }

    /// A row of `revision`: what it shares with others of the entry, and its own.
    pub fn revision(&self, record: &Record, ix: usize) -> ([Value; 6], [Value; 2]) {
        let Origin {
            log, seq, account, ..
        } = &self.0.0;
        let reason = record.revision.as_ref().map_or("", |r| r.reason.as_str());
        let shared = [
            self.stamp().into(),
            log.as_str().into(),
            (*seq).into(),
            account.as_str().into(),
            known_stamps(record).join(" ").into(),
            reason.into(),
        ];
        (shared, [record.id.into(), ix.into()])
    }
}

impl New {
    /// Whether it shares with another what rows of one entry share.
    fn is_beside(&self, other: &New) -> bool {
        let is_first = |new: &New| new.prepared.record.revision.is_none();
        Arc::ptr_eq(&self.entry.0, &other.entry.0) && is_first(self) && is_first(other)
    }
}

impl Gathered {
    /// Whether a record is among those gathered.
    pub fn holds(&self, id: AnyId) -> bool {
        self.ids.contains(&id)
    }

    /// Whether any record gathered refers to this one.
    pub fn refers_to(&self, id: AnyId) -> bool {
        self.referred.contains(&id)
    }

    /// Whether there is enough to be written now.
    pub fn is_full(&self) -> bool {
        self.new.len() >= MOST || self.bytes >= MOST_BYTES
    }

    /// Takes up a record that is new to the state.
    pub fn add(&mut self, mut prepared: Prepared, entry: &Entry, ix: usize) {
        // The log has it by now.
        prepared.json = None;
        self.ids.insert(prepared.record.id);
        self.bytes += prepared.body.len();
        if !prepared.record.is_withdrawn() {
            self.referred
                .extend(prepared.references.iter().map(|r| r.id));
            self.learn(&prepared);
        }
        self.new.push(New {
            prepared,
            entry: entry.clone(),
            ix,
        });
    }

    /// Counts a record and learns its words.
    pub fn learn(&mut self, prepared: &Prepared) {
        self.counts.add(&prepared.record.body, 1);
        self.words.gather(&prepared.words);
    }

    /// Counts what a record said before, or takes it out of the count.
    pub fn count(&mut self, body: &Body, step: i64) {
        self.counts.add(body, step);
    }

    /// Writes all of it.
    pub fn write(&mut self, c: &mut dyn Connection) -> Result<(), StoreError> {
        self.settle(c)?;
        std::mem::take(&mut self.counts).write(c)?;
        self.words.write(c)
    }

    /// Writes the records, so that what is asked of them by id and by reference is true.
    pub fn settle(&mut self, c: &mut dyn Connection) -> Result<(), StoreError> {
        if self.new.is_empty() {
            return Ok(());
        }
        self.ids.clear();
        self.referred.clear();
        self.bytes = 0;
        let mut new = std::mem::take(&mut self.new);
        new.sort_unstable_by_key(|n| n.prepared.record.id);
        for beside in new.chunk_by(New::is_beside) {
            let Some(New {
                prepared, entry, ..
            }) = beside.first()
            else {
                continue;
            };
            let (shared, _) = entry.revision(&prepared.record, 0);
            let own = |n: &New| [n.prepared.record.id.into(), n.ix.into()];
            REVISIONS.write(c, &shared, beside.iter().map(own))?;
        }
        let mut refs = Refs::default();
        for New { prepared, .. } in &new {
            if !prepared.record.is_withdrawn() {
                let kind = prepared.record.kind();
                refs.add(prepared.record.id, kind, &prepared.references);
            }
        }
        let mut rows = Rows::default();
        let beside: Vec<usize> = new.chunk_by(New::is_beside).map(<[New]>::len).collect();
        let mut new = new.into_iter();
        for count in beside {
            let mut beside = new.by_ref().take(count).peekable();
            let stamp = beside
                .peek()
                .map_or(Value::Null, |n| n.entry.stamp().into());
            THINGS.write(c, &[stamp], beside.map(|n| rows.thing(n)))?;
        }
        refs.write(c)?;
        write_aliases(c, rows.aliases)?;
        atlas::put_new(c, rows.spots)?;
        names::index_new(c, rows.words)
    }
}

const REVISIONS: Insertion<2> = Insertion {
    into: "revision (stamp, log, seq, account, after, reason, id, ix)",
    row: "(?1, ?2, ?3, ?4, ?5, ?6, ?, ?)",
    end: "",
};
const THINGS: Insertion<9> = Insertion {
    into: "thing (stamp, first, id, kind, revisions, conflicted, withdrawn, facet, party, day, weight, status, title, body, summary)",
    row: "(?1, ?1, ?, ?, 1, 0, ?, ?, ?, ?, ?, '', ?, ?, '')",
    end: "",
};

/// Rows of the tables beside `thing`.
#[derive(Default)]
struct Rows {
    aliases: Vec<Alias>,
    spots: Vec<atlas::NewSpot>,
    words: Vec<(AnyId, names::Words)>,
}

impl Rows {
    /// Takes a record apart; gives its row of `thing`.
    fn thing(&mut self, new: New) -> [Value; 9] {
        let prepared = new.prepared;
        let (id, body) = (prepared.record.id, &prepared.record.body);
        let (kind, facet) = (body.kind(), body.facet().unwrap_or_default());
        if !prepared.record.is_withdrawn() {
            let keys = prepared.aliases.into_iter();
            self.aliases.extend(keys.map(|key| (key, kind, id)));
            self.words.push((id, prepared.words));
            self.spots.extend(prepared.spot.map(|place| atlas::NewSpot {
                id,
                kind,
                place,
                facet: facet.to_owned(),
            }));
        }
        [
            id.into(),
            Value::Word(kind.id()),
            prepared.record.is_withdrawn().into(),
            facet.into(),
            body.party().into(),
            prepared.day.into(),
            prepared.weight.into(),
            prepared.title.into(),
            prepared.body.into(),
        ]
    }
}

/// What records refer to. Gathered by what is referred to and how, because a list's records refer to the
/// same few: only those are sorted.
#[derive(Default)]
pub(super) struct Refs(FxHashMap<(AnyId, &'static str, &'static str), Vec<AnyId>>);

impl Refs {
    /// Takes up what a record refers to. Records come in the order of their ids.
    pub fn add(&mut self, src: AnyId, kind: Kind, references: &[Reference]) {
        for Reference { role, id, .. } in references {
            let sources = self.0.entry((*id, kind.id(), role.id())).or_default();
            if sources.last() != Some(&src) {
                sources.push(src);
            }
        }
    }

    /// Writes them in the order of their table's key.
    pub fn write(self, c: &mut dyn Connection) -> Result<(), StoreError> {
        const ALIKE: Insertion<1> = Insertion {
            into: "ref (dst, kind, role, src)",
            row: "(?1, ?2, ?3, ?)",
            end: "",
        };
        const SINGLE: Insertion<4> = Insertion {
            into: ALIKE.into,
            row: "(?, ?, ?, ?)",
            end: "",
        };
        let mut referred: Vec<_> = self.0.into_iter().collect();
        referred.sort_unstable_by_key(|(key, _)| *key);
        let mut few = Vec::new();
        for ((dst, kind, role), from) in referred {
            let shared = [dst.into(), Value::Word(kind), Value::Word(role)];
            let (many, rest) = from.split_at(from.len() - from.len() % Insertion::<1>::AT_ONCE);
            ALIKE.write(c, &shared, many.iter().map(|src| [(*src).into()]))?;
            let [dst, kind, role] = &shared;
            few.extend(
                rest.iter()
                    .map(|src| [dst.clone(), kind.clone(), role.clone(), (*src).into()]),
            );
        }
        SINGLE.write(c, &[], few)
    }
}

/// A key that finds a record.
type Alias = (String, Kind, AnyId);

pub(super) fn write_aliases(
    c: &mut dyn Connection,
    mut aliases: Vec<Alias>,
) -> Result<(), StoreError> {
    const ALIASES: Insertion<2> = Insertion {
        into: "alias (kind, key, id)",
        row: "(?1, ?, ?)",
        end: "",
    };
    aliases.sort_unstable_by(|a, b| (a.1, &a.0, a.2).cmp(&(b.1, &b.0, b.2)));
    let mut rest = aliases.into_iter().peekable();
    while let Some((_, kind, _)) = rest.peek() {
        let kind = *kind;
        let alike = std::iter::from_fn(|| rest.next_if(|(_, other, _)| *other == kind));
        let rows = alike.map(|(key, _, id)| [key.into(), id.into()]);
        ALIASES.write(c, &[Value::Word(kind.id())], rows)?;
    }
    Ok(())
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
