//! Questions to the state: a record, lists by key, what refers to what, search, counts.
//!
//! Every list is a page by a stable key, so that its cost does not grow with the registry. Nothing
//! here knows who asks: what a viewer may see is the registry's to say.

use crate::apply::{body_of, role};
use crate::atlas::{Atlas, Places, Pointer};
use crate::echo;
use crate::engine::{Connection, Dialect, Row, Value, by_ids, by_keys, first, rows};
use crate::error::StoreError;
use crate::schema::{is_of_day, of_day};
use crate::search::Sight;
use crate::summary::{self, Milestones, Said};
use std::collections::BTreeSet;
use stele_model::reading::Role;
use stele_model::rules::turns::Board;
use stele_model::rules::{Affiliations, Item, Ladder};
use stele_model::*;

/// A record as the state has it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its id.
    pub id: AnyId,
    /// Its kind.
    pub kind: Kind,
    /// The revision shown: the latest.
    pub stamp: String,
    /// The first one.
    pub first: String,
    /// How many revisions there are.
    pub revisions: u64,
    /// Whether two of them were made without knowing of each other.
    pub conflicted: bool,
    /// Whether it was taken back as recorded by mistake.
    pub withdrawn: bool,
    /// What follows from other records: a finding status, a mission stage, `draft`, `retracted`, `undone`, or nothing.
    pub status: String,
    /// What it says.
    pub body: Body,
    /// Kept result of a rule, as JSON, where the kind has one.
    pub summary: String,
}

impl Stored {
    /// The ladder of an aggregate.
    pub fn ladder(&self) -> Ladder {
        serde_json::from_str(&self.summary).unwrap_or_default()
    }

    /// Since when a site is claimed harmed, observed and judged.
    pub fn milestones(&self) -> Milestones {
        match self.kind {
            Kind::Site => Milestones::read(&self.summary),
            _ => Milestones::default(),
        }
    }
}

const COLUMNS: &str = "t.id, t.kind, t.stamp, t.first, t.revisions, t.conflicted, t.withdrawn, t.status, t.body, t.summary";

fn stored(mut row: Row) -> Result<Stored, StoreError> {
    let id = row.id(0)?;
    let kind = row.text(1)?;
    Ok(Stored {
        id,
        kind: Kind::from_id(kind)
            .ok_or_else(|| StoreError::Damaged(format!("record {id} has kind {kind}")))?,
        revisions: row.count(4)?,
        conflicted: row.int(5)? != 0,
        withdrawn: row.int(6)? != 0,
        body: body_of(id, kind, row.text(8)?)?,
        stamp: row.take_text(2)?,
        first: row.take_text(3)?,
        status: row.take_text(7)?,
        summary: row.take_text(9)?,
    })
}

/// What everything that is computed from the records is as of: a later one after any entry of any log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct StateOf {
    /// How often the state was computed anew.
    epoch: i64,
    /// Entries of all logs.
    entries: u64,
}

/// Texts worth comparing word for word with a new one.
const COMPARED: usize = 5;

/// A band among the keys of names; no name folds to a key with a tilde.
pub(crate) fn band_key(band: &str) -> String {
    format!("~{band}")
}

/// What a list knows a thing by, among the keys of names.
pub(crate) fn listed_key(address: &str) -> String {
    format!("~{address}")
}

/// Records counted one by one; beyond this it is said that there are more.
pub const COUNTED: u64 = 10_000;

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By title, folded.
    #[default]
    Title,
    /// By the day of the record, earliest first; undated last.
    Day,
    /// By the number counted, largest first.
    Weight,
    /// By when it was last recorded, latest first.
    Latest,
    /// By id, which is when it was first recorded.
    Id,
}

impl Order {
    /// Its column, and whether it goes down.
    fn column(self) -> (&'static str, bool) {
        match self {
            Order::Title => ("t.title", false),
            Order::Day => ("t.day", false),
            Order::Weight => ("t.weight", true),
            Order::Latest => ("t.stamp", true),
            Order::Id => ("t.id", false),
        }
    }
}

/// The sort key at the end of a row.
fn key_in(row: &Row) -> String {
    match row.0.last() {
        Some(Value::Int(n)) => n.to_string(),
        Some(Value::Text(t)) => t.clone(),
        _ => String::new(),
    }
}

/// What a list is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only with this word: category, predicate, kind, stage.
    pub facet: Option<String>,
    /// Only with this status.
    pub status: Option<String>,
    /// Only statements of this party.
    pub party: Option<AnyId>,
    /// Only those whose number counted lies within: least and most.
    pub weight: Option<(u64, u64)>,
    /// Only those whose status is none of these.
    pub not_status: Vec<&'static str>,
}

/// Where a page of a list goes on: the sort key and the id of its last row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Value of the sort key.
    pub key: String,
    /// Id of the row.
    pub id: AnyId,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; none when this is the last.
    pub next: Option<After>,
}

/// An entry as the log lists it.
#[derive(Debug, Clone)]
pub struct EntryRow {
    /// Number in the log.
    pub seq: u64,
    /// Its leaf hash.
    pub leaf: Vec<u8>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A revision of a record: where it stands in the log.
#[derive(Debug, Clone)]
pub struct Revised {
    /// Clock and node.
    pub stamp: String,
    /// The log.
    pub log: String,
    /// Number of the entry.
    pub seq: u64,
    /// Which record of the entry.
    pub ix: usize,
    /// Account that recorded it.
    pub account: String,
    /// Why it was corrected; empty for a first record.
    pub reason: String,
}

/// A connection to ask.
pub struct Read<'a>(
    pub(crate) &'a mut dyn Connection,
    pub(crate) &'a crate::names::Lexicon,
    /// None within a transaction that may yet be undone: nobody else may learn of its places.
    pub(crate) Option<&'a Atlas>,
);

/// What the state can be asked through, when it comes to that: within an act, what was gathered is
/// written first.
pub trait Ask {
    /// Asks the state as it stands.
    fn read(&mut self) -> Read<'_>;
}

impl Ask for Read<'_> {
    fn read(&mut self) -> Read<'_> {
        Read(&mut *self.0, self.1, self.2)
    }
}

impl Read<'_> {
    /// One record, withdrawn or not.
    pub fn find(&mut self, id: AnyId) -> Result<Option<Stored>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM thing t WHERE t.id = $1");
        first(self.0, &sql, &[id.into()])?.map(stored).transpose()
    }

    /// Records, withdrawn or not, by id, however they were asked for; those that are not there are left out.
    pub fn find_all(&mut self, ids: &[AnyId]) -> Result<Vec<Stored>, StoreError> {
        let asked = format!("SELECT {COLUMNS} FROM thing t WHERE t.id IN");
        let mut found = Vec::with_capacity(ids.len());
        by_ids(self.0, (&asked, "ORDER BY t.id"), ids, &mut |row| {
            found.push(stored(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The same by where their rows are likely to be, in no order.
    pub fn find_at(&mut self, asked: &[Pointer]) -> Result<Vec<Stored>, StoreError> {
        let mut ids: Vec<AnyId> = asked.iter().map(|at| at.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut lacking = vec![true; ids.len()];
        let mut found = Vec::with_capacity(ids.len());
        if self.0.dialect() == Dialect::Sqlite {
            let rows = asked.iter().filter_map(|at| Some(at.row?.get()));
            let sql = format!("SELECT {COLUMNS} FROM thing t WHERE t.rowid IN");
            by_keys(self.0, (&sql, ""), rows.collect(), &mut |row| {
                // Another record may stand in the row by now.
                let at = ids.binary_search(&row.id(0)?).ok();
                if let Some(lacking) = at.and_then(|at| lacking.get_mut(at)) {
                    *lacking = false;
                    found.push(stored(row)?);
                }
                Ok(())
            })?;
        }
        let mut lacks = lacking.into_iter();
        ids.retain(|_| lacks.next() == Some(true));
        if !ids.is_empty() {
            found.extend(self.find_all(&ids)?);
        }
        Ok(found)
    }

    /// What the state is as of in this view of it.
    pub fn state_of(&mut self) -> Result<StateOf, StoreError> {
        // Logs are few and entries many: where there are several, they are found by leaping from one to the
        // next.
        let row = first(
            self.0,
            "SELECT (SELECT value FROM meta WHERE key = 'places'), CASE WHEN ends.least = ends.most
               THEN (SELECT MAX(e.seq) + 1 FROM entry e WHERE e.log = ends.least)
               ELSE (WITH RECURSIVE known (log) AS (SELECT MIN(log) FROM entry UNION ALL SELECT (SELECT MIN(e.log) FROM entry e WHERE e.log > known.log) FROM known WHERE known.log IS NOT NULL)
                 SELECT CAST(COALESCE(SUM((SELECT MAX(e.seq) + 1 FROM entry e WHERE e.log = known.log)), 0) AS BIGINT) FROM known) END
             FROM (SELECT (SELECT MIN(log) FROM entry) AS least, (SELECT MAX(log) FROM entry) AS most) ends",
            &[],
        )?
        .ok_or_else(|| StoreError::Damaged("the state has no number".into()))?;
        Ok(StateOf {
            epoch: row
                .maybe_text(0)?
                .and_then(|n| n.parse().ok())
                .unwrap_or_default(),
            entries: row.count(1)?,
        })
    }

    /// A page of records that are not withdrawn.
    pub fn list(
        &mut self,
        filter: &Filter,
        order: Order,
        after: Option<&After>,
        limit: usize,
    ) -> Result<Page<Stored>, StoreError> {
        let mut params: Vec<Value> = Vec::new();
        let mut wheres = vec!["t.withdrawn = 0".to_owned()];
        let mut bind = |value: Value| {
            params.push(value);
            format!("${}", params.len())
        };
        let mut order = order;
        if let Some(kind) = filter.kind {
            wheres.push(format!("t.kind = {}", bind(kind.id().into())));
            match order {
                Order::Day if is_of_day(kind) => wheres.push(of_day("t.kind")),
                // Undated records come in the order of their ids.
                Order::Day => order = Order::Id,
                _ => {}
            }
        }
        if let Some(facet) = &filter.facet {
            wheres.push(format!("t.facet = {}", bind(facet.as_str().into())));
        }
        if let Some(status) = &filter.status {
            wheres.push(format!("t.status = {}", bind(status.as_str().into())));
            if !status.is_empty() {
                // What the index of statuses holds.
                wheres.push("t.status <> ''".to_owned());
            }
        }
        if let Some(party) = filter.party {
            wheres.push(format!("t.party = {}", bind(party.into())));
        }
        if let Some((least, most)) = filter.weight {
            wheres.push(format!("t.weight >= {}", bind(least.into())));
            wheres.push(format!("t.weight <= {}", bind(most.into())));
        }
        for status in &filter.not_status {
            wheres.push(format!("t.status <> {}", bind((*status).into())));
        }
        let (column, down) = order.column();
        let (than, direction) = if down { ("<", "DESC") } else { (">", "ASC") };
        if let Some(after) = after {
            let id = bind(after.id.into());
            if order == Order::Id {
                wheres.push(format!("t.id > {id}"));
            } else {
                let key: Value = match order {
                    Order::Day | Order::Weight => {
                        after.key.parse::<i64>().unwrap_or_default().into()
                    }
                    _ => after.key.as_str().into(),
                };
                let key = bind(key);
                wheres.push(format!("({column}, t.id) {than} ({key}, {id})"));
            }
        }
        let sort = match order {
            Order::Id => "t.id".to_owned(),
            _ => format!("{column} {direction}, t.id {direction}"),
        };
        let sql = format!(
            "SELECT {COLUMNS}, {column} FROM thing t WHERE {} ORDER BY {sort} LIMIT {}",
            wheres.join(" AND "),
            one_more(limit)
        );
        let mut found = rows(self.0, &sql, &params)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = match (more, found.last()) {
            (true, Some(row)) => Some(After {
                key: key_in(row),
                id: row.id(0)?,
            }),
            _ => None,
        };
        Ok(Page {
            rows: found.into_iter().map(stored).collect::<Result<_, _>>()?,
            next,
        })
    }

    /// Ids and stamps of records of a kind that are not withdrawn and have none of these statuses,
    /// by id, after one and up to another. Reads no bodies.
    pub fn stamps(
        &mut self,
        kind: Kind,
        not_status: &[&str],
        after: Option<AnyId>,
        until: Option<AnyId>,
        limit: usize,
    ) -> Result<Vec<(AnyId, String)>, StoreError> {
        let (wheres, params) = between(kind, not_status, after, until);
        let sql =
            format!("SELECT t.id, t.stamp FROM thing t WHERE {wheres} ORDER BY t.id LIMIT {limit}");
        rows(self.0, &sql, &params)?
            .iter()
            .map(|row| Ok((row.id(0)?, row.text(1)?.to_owned())))
            .collect()
    }

    /// The id of the record that stands `n` further than one, in the order and choice of [`Self::stamps`].
    pub fn id_further(
        &mut self,
        kind: Kind,
        not_status: &[&str],
        after: Option<AnyId>,
        n: usize,
    ) -> Result<Option<AnyId>, StoreError> {
        let (wheres, params) = between(kind, not_status, after, None);
        let sql = format!(
            "SELECT t.id FROM thing t WHERE {wheres} ORDER BY t.id LIMIT 1 OFFSET {}",
            n.saturating_sub(1)
        );
        first(self.0, &sql, &params)?
            .map(|row| row.id(0))
            .transpose()
    }

    /// Where a list in this order goes on after a record.
    pub fn after(&mut self, id: AnyId, order: Order) -> Result<After, StoreError> {
        let (column, _) = order.column();
        let sql = format!("SELECT {column} FROM thing t WHERE t.id = $1");
        let row = first(self.0, &sql, &[id.into()])?;
        Ok(After {
            key: row.as_ref().map(key_in).unwrap_or_default(),
            id,
        })
    }

    /// A page of records of a kind that refer to this one, in a role or any, by id. Reads no more
    /// than a page, however many there are.
    pub fn referring(
        &mut self,
        id: AnyId,
        kind: Kind,
        by: Option<Role>,
        after: Option<AnyId>,
        limit: usize,
    ) -> Result<Page<Stored>, StoreError> {
        let roles = by.as_ref().map_or(&Role::ALL[..], std::slice::from_ref);
        let mut ids = BTreeSet::new();
        for one in roles {
            let mut params: Vec<Value> = vec![id.into(), kind.id().into(), role(*one)];
            let mut on = "";
            if let Some(after) = after {
                params.push(after.into());
                on = " AND src > $4";
            }
            let sql = format!(
                "SELECT src FROM ref WHERE dst = $1 AND kind = $2 AND role = $3{on} ORDER BY src LIMIT {}",
                one_more(limit)
            );
            for row in rows(self.0, &sql, &params)? {
                ids.insert(row.id(0)?);
            }
        }
        let more = ids.len() > limit;
        let ids: Vec<AnyId> = ids.into_iter().take(limit).collect();
        let rows = self.find_all(&ids)?;
        let next = rows.last().filter(|_| more).map(|r| After {
            key: String::new(),
            id: r.id,
        });
        Ok(Page { rows, next })
    }

    /// How many records of each kind refer to this one; [`COUNTED`] and one where there are more.
    pub fn referring_counts(&mut self, id: AnyId) -> Result<Vec<(Kind, u64)>, StoreError> {
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT DISTINCT src FROM ref WHERE dst = $1 AND kind = $2 LIMIT {}) counted",
            COUNTED + 1
        );
        let mut counts = Vec::new();
        for kind in Kind::ALL {
            let found = first(self.0, &sql, &[id.into(), kind.id().into()])?;
            let count = found.map_or(Ok(0), |row| row.count(0))?;
            if count > 0 {
                counts.push((*kind, count));
            }
        }
        counts.sort_by_key(|(kind, _)| kind.id());
        Ok(counts)
    }

    /// Standing links of a kind at this record: the other ends.
    pub fn linked(
        &mut self,
        id: AnyId,
        kind: LinkKind,
        here: Role,
        there: Role,
    ) -> Result<Vec<AnyId>, StoreError> {
        summary::linked(self.0, id, kind, here, there)
    }

    /// This record and every one linked to it as the same.
    pub fn same_as(&mut self, id: AnyId) -> Result<BTreeSet<AnyId>, StoreError> {
        summary::same_as(self.0, id)
    }

    /// What claims say of an aggregate, and who.
    pub fn said_of(&mut self, aggregate: AnyId) -> Result<Said, StoreError> {
        summary::said_of(self.0, aggregate)
    }

    /// What is known of an item, where these sites are the same thing: the step of the ladder that
    /// it stands on.
    pub fn item(&mut self, same: &BTreeSet<AnyId>, said: &Said) -> Result<Item, StoreError> {
        summary::item(self.0, same, said, &mut summary::Voices::default())
    }

    /// What entry of a log changed in records that it does not hold: their statuses and summaries.
    pub fn echoes_of(&mut self, log: &str, seq: u64) -> Result<Vec<AnyId>, StoreError> {
        echo::of(self.0, log, seq)
    }

    /// The statuses a record had before, of those that were taken from it by another record.
    pub fn statuses_before(&mut self, id: AnyId) -> Result<Vec<String>, StoreError> {
        echo::before(self.0, id)
    }

    /// The logs, within the view of the state that this is.
    pub fn logs(&mut self) -> &mut dyn Connection {
        self.0
    }

    /// Records of a kind one of whose names folds to this key.
    pub fn named(&mut self, kind: Kind, name: &str) -> Result<Vec<AnyId>, StoreError> {
        let key: String = search_key(name).chars().take(200).collect();
        let found = rows(
            self.0,
            "SELECT id FROM alias WHERE key = $1 AND kind = $2 ORDER BY id LIMIT 50",
            &[key.into(), kind.id().into()],
        )?;
        found.iter().map(|row| row.id(0)).collect()
    }

    /// The thing a list knows by a key, withdrawn or not.
    pub fn listed(&mut self, list: Id<Source>, key: &str) -> Result<Option<Stored>, StoreError> {
        let address = listed_key(&Listed::address_of(list, key));
        let sql = format!(
            "SELECT {COLUMNS} FROM alias a JOIN thing t ON t.id = a.id WHERE a.key = $1 AND a.kind = 'site' ORDER BY t.id LIMIT 1"
        );
        first(self.0, &sql, &[address.into()])?
            .map(stored)
            .transpose()
    }

    /// Sources whose text may be a copy of one with these bands ([`stele_model::rules::Fingerprint`]):
    /// those that share most of them first.
    pub fn maybe_copies(&mut self, bands: &[String]) -> Result<Vec<AnyId>, StoreError> {
        let mut shared: std::collections::BTreeMap<AnyId, usize> =
            std::collections::BTreeMap::new();
        for band in bands {
            let sql =
                "SELECT id FROM alias WHERE key = $1 AND kind = 'source' ORDER BY id LIMIT 20";
            for row in rows(self.0, sql, &[band_key(band).into()])? {
                *shared.entry(row.id(0)?).or_default() += 1;
            }
        }
        let mut found: Vec<(usize, AnyId)> = shared.into_iter().map(|(id, n)| (n, id)).collect();
        found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(found.into_iter().take(COMPARED).map(|(_, id)| id).collect())
    }

    /// Where the sites or areas are, as one sight has them. What it hands over should be gathered and
    /// the places let go before anything else is read.
    pub fn places<T>(
        &mut self,
        kind: Kind,
        sight: Sight,
        ask: impl FnOnce(&Places<'_>) -> T,
    ) -> Result<T, StoreError> {
        let own = Atlas::default();
        let atlas = self.2.unwrap_or(&own);
        Ok(ask(&atlas.places(self.0, kind, sight)?))
    }

    /// Counts kept per kind: `all`, `facet`, `party`, `party_subject`, `status`.
    pub fn tally(&mut self, kind: Kind, what: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let found = rows(
            self.0,
            "SELECT value, n FROM tally WHERE kind = $1 AND what = $2 ORDER BY value",
            &[kind.id().into(), what.into()],
        )?;
        found
            .iter()
            .map(|row| Ok((row.text(0)?.to_owned(), row.count(1)?)))
            .collect()
    }

    /// How many claims of a party are about sites, and about aggregates.
    pub fn party_subjects(&mut self, party: AnyId) -> Result<(u64, u64), StoreError> {
        let mut of = |subject: &str| {
            let row = first(
                self.0,
                "SELECT n FROM tally WHERE kind = 'claim' AND what = 'party_subject' AND value = $1",
                &[format!("{party} {subject}").into()],
            )?;
            row.map_or(Ok(0), |row| row.count(0))
        };
        Ok((of("site")?, of("aggregate")?))
    }

    /// How many records of a kind there are.
    pub fn count(&mut self, kind: Kind) -> Result<u64, StoreError> {
        Ok(self.tally(kind, "all")?.first().map_or(0, |(_, n)| *n))
    }

    /// The mission's tracks and accounts.
    pub fn board(&mut self, mission: AnyId) -> Result<Board, StoreError> {
        summary::board_of(self.0, mission)
    }

    /// What these parties belong to, all the way up.
    pub fn affiliations(&mut self, parties: &[Id<Party>]) -> Result<Affiliations, StoreError> {
        let mut known = std::collections::BTreeSet::new();
        let mut found = Affiliations::default();
        let mut open: Vec<AnyId> = parties.iter().map(|p| p.any()).collect();
        while let Some(id) = open.pop() {
            if known.insert(id)
                && let Some(Body::Party(body)) = summary::body_in(self.0, id)?
            {
                open.extend(body.belongs_to.iter().map(|p| p.any()));
                found.add(id.into(), &body);
            }
        }
        Ok(found)
    }

    /// Every revision of a record, oldest first.
    pub fn revisions(&mut self, id: AnyId) -> Result<Vec<Revised>, StoreError> {
        let found = rows(
            self.0,
            "SELECT stamp, log, seq, ix, account, reason FROM revision WHERE id = $1 ORDER BY stamp",
            &[id.into()],
        )?;
        found
            .iter()
            .map(|row| {
                Ok(Revised {
                    stamp: row.text(0)?.to_owned(),
                    log: row.text(1)?.to_owned(),
                    seq: row.count(2)?,
                    ix: row.count(3)? as usize,
                    account: row.text(4)?.to_owned(),
                    reason: row.text(5)?.to_owned(),
                })
            })
            .collect()
    }
}

impl Read<'_> {
    /// The records of an entry, as they were recorded.
    pub fn records_of(&mut self, log: &str, seq: u64) -> Result<Vec<Record>, StoreError> {
        let Some(row) = crate::log::entry(self.0, log, seq)? else {
            return Ok(Vec::new());
        };
        let damaged =
            |what: String| StoreError::Damaged(format!("entry {seq} of log {log}: {what}"));
        let entry = stele_ledger::Entry::parse(&row.bytes).map_err(|e| damaged(e.to_string()))?;
        let records = entry.records.into_iter();
        records
            .map(|json| Record::from_json(json).map_err(|e| damaged(e.to_string())))
            .collect()
    }

    /// What a revision said.
    pub fn record_at(&mut self, revised: &Revised) -> Result<Option<Record>, StoreError> {
        let mut records = self.records_of(&revised.log, revised.seq)?;
        Ok((revised.ix < records.len()).then(|| records.swap_remove(revised.ix)))
    }
}

/// The condition of [`Read::stamps`] with its values.
fn between(
    kind: Kind,
    not_status: &[&str],
    after: Option<AnyId>,
    until: Option<AnyId>,
) -> (String, Vec<Value>) {
    let mut params: Vec<Value> = vec![kind.id().into()];
    let mut wheres = vec!["t.kind = $1".to_owned(), "t.withdrawn = 0".to_owned()];
    let mut also = |condition: &str, value: Value| {
        params.push(value);
        wheres.push(format!("{condition} ${}", params.len()));
    };
    for status in not_status {
        also("t.status <>", (*status).into());
    }
    if let Some(after) = after {
        also("t.id >", after.into());
    }
    if let Some(until) = until {
        also("t.id <=", until.into());
    }
    (wheres.join(" AND "), params)
}

/// One row more than asked for tells whether there are more.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}
