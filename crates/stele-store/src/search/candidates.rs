//! Every record that answers, as far as they are looked at: to narrow further, to sort, and to count.

use super::best::{number_list, numbers};
use super::narrow::{Binds, Narrow, Terms, around, further, has_marks, lies, marks};
use super::rank::Query;
use super::{LOOKED_AT, Tallies};
use crate::atlas::RowPlace;
use crate::engine::{Connection, Dialect, Value, by_ids, first, rows};
use crate::error::StoreError;
use crate::names::postings::Marked;
use crate::names::{mark, rows_table};
use crate::read::Read;
use std::collections::{BTreeMap, HashMap};
use stele_model::{AnyId, Kind, Word};

/// Records that are counted one by one, their marks read; more are counted by the lists of the marks.
const READ: usize = 1_000;

/// A record on its way through the search.
pub(super) struct Candidate {
    pub id: AnyId,
    pub names: String,
    marks: String,
    kind: String,
    facet: String,
    status: String,
    pub title: String,
}

impl Read<'_> {
    /// Every record that matches, as far as they are looked at, and whether that cut any off.
    pub(super) fn candidates(
        &mut self,
        query: &Query,
        narrow: &Narrow,
    ) -> Result<(Vec<Candidate>, bool), StoreError> {
        let mut terms = marks(narrow);
        let by_words = !query.is_empty();
        if by_words {
            terms.all.splice(0..0, query.telling());
        }
        if !by_words && narrow.is_placed() {
            let (mut found, cut) = self.placed(narrow)?;
            // Marks were not asked of the places.
            found.retain(|c| has_marks(&c.marks, &terms));
            return Ok((found, cut));
        }
        if by_words && let Some((numbers, cut)) = self.numbers_of(query, narrow)? {
            return Ok((self.at(&numbers, narrow)?, cut));
        }
        if terms.is_empty() {
            return self.browsed(narrow);
        }
        let mut binds = Binds::default();
        let dialect = self.0.dialect();
        let expression = binds.add(terms.expression(dialect).into());
        let (source, key, rows_table) = match dialect {
            Dialect::Sqlite => (
                format!(
                    "(SELECT rowid AS n FROM words WHERE words MATCH {expression} LIMIT {LOOKED_AT})"
                ),
                "n",
                "words_row",
            ),
            Dialect::Postgres => (
                format!(
                    "(SELECT id FROM words WHERE tokens @@ CAST({expression}::text AS tsquery) LIMIT {LOOKED_AT})"
                ),
                "id",
                "words",
            ),
        };
        let (places, joins) = match narrow.is_placed() {
            true => (PLACED, " LEFT JOIN spot p ON p.id = r.id"),
            false => ("", ""),
        };
        let further = further(narrow, &mut binds);
        let sql = format!(
            "SELECT r.id, r.names, r.marks, t.kind, t.facet, t.status, t.title{places} FROM {source} f
             CROSS JOIN {rows_table} r CROSS JOIN thing t{joins} WHERE r.{key} = f.{key} AND t.id = r.id AND t.withdrawn = 0{further} LIMIT {LOOKED_AT}"
        );
        let (found, mut cut) = gather(self.0, &sql, &binds.0, narrow)?;
        if !cut && narrow.looks_further() {
            // More may have matched by word than were looked at.
            cut = self.is_longer(&terms)?;
        }
        Ok((found, cut))
    }

    /// Records by where they are.
    fn placed(&mut self, narrow: &Narrow) -> Result<(Vec<Candidate>, bool), StoreError> {
        let asked = match (narrow.within, narrow.near) {
            (Some(b), _) => b,
            (None, Some(near)) => around(near),
            (None, None) => return Ok((Vec::new(), false)),
        };
        let mut ids = Vec::new();
        for kind in [Kind::Site, Kind::Area] {
            if narrow.kind.is_none_or(|k| k == kind) {
                let spots = self.places(kind, narrow.sight, |places| {
                    places.page(asked, None, LOOKED_AT, &|spot| {
                        lies(Some(spot.bounds), narrow)
                    })
                })?;
                ids.extend(spots.into_iter().map(|(_, spot)| spot.id));
            }
        }
        let cut = ids.len() >= LOOKED_AT;
        let rows_table = rows_table(self.0.dialect());
        let mut found = Vec::new();
        for id in ids.into_iter().take(LOOKED_AT) {
            let mut binds = Binds::default();
            let id = binds.add(id.into());
            let further = further(narrow, &mut binds);
            // With its place, though the spot had it: the spot may be newer than this view.
            let sql = format!(
                "SELECT r.id, r.names, r.marks, t.kind, t.facet, t.status, t.title{PLACED} FROM {rows_table} r JOIN thing t ON t.id = r.id JOIN spot p ON p.id = r.id WHERE r.id = {id} AND t.withdrawn = 0{further}"
            );
            found.extend(gather(self.0, &sql, &binds.0, narrow)?.0);
        }
        Ok((found, cut))
    }

    /// Whether more records match than are looked at.
    fn is_longer(&mut self, terms: &Terms) -> Result<bool, StoreError> {
        let sql = match self.0.dialect() {
            Dialect::Sqlite => {
                format!("SELECT rowid FROM words WHERE words MATCH $1 LIMIT 1 OFFSET {LOOKED_AT}")
            }
            Dialect::Postgres => format!(
                "SELECT id FROM words WHERE tokens @@ CAST($1::text AS tsquery) LIMIT 1 OFFSET {LOOKED_AT}"
            ),
        };
        let expression = terms.expression(self.0.dialect());
        Ok(!rows(self.0, &sql, &[expression.into()])?.is_empty())
    }

    /// Records by what the lists are kept in order of: status and day.
    pub(super) fn browsed(
        &mut self,
        narrow: &Narrow,
    ) -> Result<(Vec<Candidate>, bool), StoreError> {
        let mut binds = Binds::default();
        let all: Vec<String> = match narrow.kind {
            Some(kind) => vec![binds.add(kind.id().into())],
            None if narrow.looks_further() => Kind::ALL
                .iter()
                .map(|kind| binds.add(kind.id().into()))
                .collect(),
            None => return Ok((Vec::new(), false)),
        };
        let mut wheres = format!("t.kind IN ({}) AND t.withdrawn = 0", all.join(", "));
        if !narrow.facets.is_empty() {
            let facets: Vec<String> = narrow
                .facets
                .iter()
                .map(|f| binds.add(f.as_str().into()))
                .collect();
            wheres.push_str(&format!(" AND t.facet IN ({})", facets.join(", ")));
        }
        wheres.push_str(&further(narrow, &mut binds));
        let rows_table = rows_table(self.0.dialect());
        let sql = format!(
            "SELECT r.id, r.names, r.marks, t.kind, t.facet, t.status, t.title FROM (SELECT id, kind, facet, status, title FROM thing t WHERE {wheres} LIMIT {LOOKED_AT}) t JOIN {rows_table} r ON r.id = t.id"
        );
        gather(self.0, &sql, &binds.0, narrow)
    }

    /// Numbers of the rows that have the words, by the lists in memory, where they are read; and whether
    /// there are more than are looked at.
    fn numbers_of(
        &mut self,
        query: &Query,
        narrow: &Narrow,
    ) -> Result<Option<(Vec<i64>, bool)>, StoreError> {
        let lexicon = self.1;
        let (mut found, asks_texts) = {
            let Some(postings) = lexicon.postings(self.0)? else {
                return Ok(None);
            };
            let (found, asks_texts) = query.every_row(&postings, narrow);
            let found = found.into_iter().take(LOOKED_AT + 1);
            let found: Vec<i64> = found.map(|row| postings.number(row)).collect();
            (found, asks_texts)
        };
        if asks_texts && found.len() <= LOOKED_AT {
            let mut terms = marks(narrow);
            terms.all.splice(0..0, query.telling());
            let dialect = self.0.dialect();
            let sql = match dialect {
                Dialect::Sqlite => {
                    format!(
                        "SELECT rowid FROM words WHERE words MATCH $1 LIMIT {}",
                        LOOKED_AT + 1
                    )
                }
                Dialect::Postgres => format!(
                    "SELECT n FROM words WHERE tokens @@ CAST($1::text AS tsquery) LIMIT {}",
                    LOOKED_AT + 1
                ),
            };
            for row in rows(self.0, &sql, &[terms.expression(dialect).into()])? {
                found.push(row.int(0)?);
            }
            found.sort_unstable();
            found.dedup();
        }
        let cut = found.len() > LOOKED_AT;
        found.truncate(LOOKED_AT);
        Ok(Some((found, cut)))
    }

    /// The records of these rows, as far as they lie and are as asked.
    fn at(&mut self, found: &[i64], narrow: &Narrow) -> Result<Vec<Candidate>, StoreError> {
        let (places, joins) = match narrow.is_placed() {
            true => (PLACED, " LEFT JOIN spot p ON p.id = r.id"),
            false => ("", ""),
        };
        let mut binds = Binds::default();
        let from = self.things_at(found, narrow, joins, &mut binds);
        let sql = format!(
            "SELECT r.id, r.names, r.marks, t.kind, t.facet, t.status, t.title{places}{from}"
        );
        Ok(gather(self.0, &sql, &binds.0, narrow)?.0)
    }

    /// Where the records of these rows are asked for.
    fn things_at(&self, found: &[i64], narrow: &Narrow, joins: &str, binds: &mut Binds) -> String {
        let dialect = self.0.dialect();
        let list = binds.add(number_list(dialect, found.iter().copied()).into());
        let further = further(narrow, binds);
        format!(
            " FROM {} CROSS JOIN {} r CROSS JOIN thing t{joins} WHERE r.n = j.value AND t.id = r.id AND t.withdrawn = 0{further}",
            numbers(dialect, &list),
            rows_table(dialect)
        )
    }

    /// The statuses of those of these records that have one.
    fn statuses_of(&mut self, ids: &[AnyId]) -> Result<HashMap<AnyId, String>, StoreError> {
        // Most have none: the index of those that have is small, and says it without the records.
        let index = match self.0.dialect() {
            Dialect::Sqlite => " INDEXED BY thing_status_of",
            Dialect::Postgres => "",
        };
        let asked =
            format!("SELECT t.id, t.status FROM thing t{index} WHERE t.status <> '' AND t.id IN");
        let mut statuses = HashMap::new();
        by_ids(self.0, (&asked, ""), ids, &mut |mut row| {
            statuses.insert(row.id(0)?, row.take_text(1)?);
            Ok(())
        })?;
        Ok(statuses)
    }

    /// Counts of everything that has the words, where they are quicker had from the lists in memory than
    /// from the records.
    pub(super) fn tallies_of(
        &mut self,
        query: &Query,
        narrow: &Narrow,
    ) -> Result<Option<Tallies>, StoreError> {
        if query.is_empty() || narrow.looks_further() {
            return Ok(None);
        }
        let Some((found, cut)) = self.numbers_of(query, narrow)? else {
            return Ok(None);
        };
        if found.len() <= READ {
            return Ok(None);
        }
        let lexicon = self.1;
        // The row of each record, and its facet by number; those whose status counts apart.
        let (mut counted, statuses) = {
            let Some(postings) = lexicon.postings(self.0)? else {
                return Ok(None);
            };
            let row = |n: &i64| {
                let row = postings.row(*n)?;
                let facts = postings.facts(row);
                Some((postings.id(row), row, (facts.kind()?, facts.facet)))
            };
            let counted: Vec<_> = found.iter().filter_map(row).collect();
            drop(postings);
            let mut with_status: BTreeMap<Kind, bool> = BTreeMap::new();
            let mut ids = Vec::new();
            for (id, _, (kind, _)) in &counted {
                let has = match with_status.get(kind) {
                    Some(has) => *has,
                    None => {
                        let kept = self.tally(*kind, "status")?;
                        let has = kept.iter().any(|(status, n)| !status.is_empty() && *n > 0);
                        *with_status.entry(*kind).or_insert(has)
                    }
                };
                if has {
                    ids.push(*id);
                }
            }
            (counted, self.statuses_of(&ids)?)
        };
        counted.retain(|(id, _, (kind, _))| {
            let status = statuses.get(id).map(String::as_str).unwrap_or_default();
            !narrow.hides(*kind, Some(status))
        });
        let mut tallies = Tallies {
            total: counted.len() as u64,
            cut,
            ..Tallies::default()
        };
        let mut facets: BTreeMap<(Kind, u16), (AnyId, u64)> = BTreeMap::new();
        for (id, _, (kind, facet)) in &counted {
            *tallies.kinds.entry(*kind).or_default() += 1;
            facets.entry((*kind, *facet)).or_insert((*id, 0)).1 += 1;
            if let Some(status) = statuses.get(id) {
                *tallies.statuses.entry(status.clone()).or_default() += 1;
            }
        }
        // What a facet is called, one of the records tells.
        for ((kind, _), (one, n)) in facets.into_iter().filter(|((_, facet), _)| *facet > 0) {
            let sql = "SELECT facet FROM thing WHERE id = $1";
            if let Some(row) = first(self.0, sql, &[one.into()])? {
                tallies.facets.insert((kind, row.text(0)?.to_owned()), n);
            }
        }
        let Some(postings) = lexicon.postings(self.0)? else {
            return Ok(None);
        };
        let mut rows: Vec<u32> = counted.iter().map(|(_, row, _)| *row).collect();
        rows.sort_unstable();
        for (of, list) in postings.marks() {
            let (mut n, mut next) = (0, 0);
            postings.each(*list, |row, _| {
                while rows.get(next).is_some_and(|counted| *counted < row) {
                    next += 1;
                }
                n += u64::from(rows.get(next) == Some(&row));
            });
            if n > 0 {
                match of {
                    Marked::Area(id) => tallies.areas.insert(*id, n),
                    Marked::Party(id) => tallies.parties.insert(*id, n),
                };
            }
        }
        Ok(Some(tallies))
    }
}

/// Columns that say where a candidate is.
const PLACED: &str = ", p.w, p.s, p.e, p.t, p.sheltered, p.x, p.y";

fn gather(
    c: &mut dyn Connection,
    sql: &str,
    params: &[Value],
    narrow: &Narrow,
) -> Result<(Vec<Candidate>, bool), StoreError> {
    let (mut found, mut seen) = (Vec::new(), 0);
    c.query(sql, params, &mut |row| {
        seen += 1;
        let marks = row.text(2)?;
        let place = match narrow.is_placed() {
            true => RowPlace::seen(&row, 7, narrow.sight)?,
            false => None,
        };
        if lies(place, narrow) {
            found.push(Candidate {
                id: row.id(0)?,
                names: row.text(1)?.to_owned(),
                marks: marks.to_owned(),
                kind: row.text(3)?.to_owned(),
                facet: row.text(4)?.to_owned(),
                status: row.text(5)?.to_owned(),
                title: row.text(6)?.to_owned(),
            });
        }
        Ok(())
    })?;
    Ok((found, seen >= LOOKED_AT))
}

impl Tallies {
    /// Counts a record.
    fn add(&mut self, kind: &str, facet: &str, status: &str) {
        let Some(kind) = Kind::from_id(kind) else {
            return;
        };
        self.total += 1;
        *self.kinds.entry(kind).or_default() += 1;
        if !facet.is_empty() {
            match self.facets.get_mut(&(kind, facet.to_owned())) {
                Some(n) => *n += 1,
                None => {
                    self.facets.insert((kind, facet.to_owned()), 1);
                }
            }
        }
        if !status.is_empty() {
            match self.statuses.get_mut(status) {
                Some(n) => *n += 1,
                None => {
                    self.statuses.insert(status.to_owned(), 1);
                }
            }
        }
    }
}

pub(super) fn tallied(candidates: &[Candidate], cut: bool) -> Tallies {
    let mut tallies = Tallies {
        cut,
        ..Tallies::default()
    };
    for one in candidates {
        tallies.add(&one.kind, &one.facet, &one.status);
        for m in one.marks.split(' ') {
            if let Some(area) = mark::id_in(m, "0a") {
                *tallies.areas.entry(area).or_default() += 1;
            } else if let Some(party) = mark::id_in(m, "0p") {
                *tallies.parties.entry(party).or_default() += 1;
            }
        }
    }
    tallies
}
