//! Searching: the words of a query against the index of [`crate::names`], narrowed, ranked, counted.
//!
//! Work is bounded whatever is asked: a query has so many words, a word so many that are like it, and
//! so many records are looked at. What the bound cut off is said ([`Tallies::cut`]), never guessed.
//! Knows no viewer: which records are left out, and whether a place is compared as it is or as it is
//! shown, the registry says.

use crate::atlas::RowPlace;
use crate::engine::{Connection, Dialect, Value, rows};
use crate::error::StoreError;
use crate::names::mark;
use crate::read::{Filter, Order, Read, Stored};
use std::collections::BTreeMap;
use stele_model::place::Bounds;
use stele_model::{AnyId, Kind, Word};

mod rank;

use rank::Query;

/// Records ranked where nothing has to be counted.
const RANKED: usize = 200;
/// Records looked at to narrow and to count.
pub const LOOKED_AT: usize = 10_000;
/// Hits so few that records with only some of the words are shown as well.
const FEW: usize = 5;

/// Which place of a record is compared with a box or a distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    /// As it is shown to everybody: a generalised place is its cell, a withheld one nowhere.
    #[default]
    Shown,
    /// As exactly as it is known.
    Exact,
}

/// A distance from a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Kilometres.
    pub km: f64,
}

/// What a search is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrow {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only with one of these words of their own: category, predicate, kind.
    pub facets: Vec<String>,
    /// Only in one of these areas.
    pub areas: Vec<AnyId>,
    /// Only said by this party, or under a name it uses.
    pub party: Option<AnyId>,
    /// Only with this status.
    pub status: Option<String>,
    /// Only dated on this day or later.
    pub from_day: Option<i64>,
    /// Only dated on this day or earlier.
    pub to_day: Option<i64>,
    /// Only what touches this box.
    pub within: Option<Bounds>,
    /// Only what comes this near.
    pub near: Option<Near>,
    /// Left out: records of a kind with one of these statuses, or all of it where none is named.
    pub hidden: Vec<(Kind, &'static [&'static str])>,
    /// Which place is compared.
    pub sight: Sight,
}

impl Narrow {
    fn is_placed(&self) -> bool {
        self.within.is_some() || self.near.is_some()
    }
    /// Whether something has to be asked of a record that the index of words does not hold.
    fn looks_further(&self) -> bool {
        self.is_placed()
            || self.status.is_some()
            || self.from_day.is_some()
            || self.to_day.is_some()
    }
}

/// What is sought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sought {
    /// The words; none to browse.
    pub text: String,
    /// What it is narrowed by.
    pub narrow: Narrow,
}

/// A record found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The record.
    pub stored: Stored,
    /// Which of its names matched best, where a name did.
    pub name: Option<usize>,
    /// How well, 0 to 1.
    pub score: f32,
}

/// Records found, best first; by title where no words were given.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The records of this page.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
    /// Whether none had all the words, so that these have some of them.
    pub partial: bool,
}

/// How many records there are of each kind, category and so on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Records found.
    pub total: u64,
    /// Whether there may be more than were looked at.
    pub cut: bool,
    /// By kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// By kind and word of its own.
    pub facets: BTreeMap<(Kind, String), u64>,
    /// By status.
    pub statuses: BTreeMap<String, u64>,
    /// By party.
    pub parties: BTreeMap<AnyId, u64>,
    /// By area.
    pub areas: BTreeMap<AnyId, u64>,
}

/// A record on its way through the search.
struct Candidate {
    id: AnyId,
    names: String,
    marks: String,
    kind: String,
    facet: String,
    status: String,
    title: String,
}

struct Ranked {
    id: AnyId,
    name: Option<usize>,
    score: f32,
}

/// Groups of words: a record needs one of each group, and none of the last.
#[derive(Default)]
struct Terms {
    all: Vec<Vec<String>>,
    none: Vec<String>,
}

impl Terms {
    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// As the engine's index takes it. Words have letters and digits, no quotes.
    fn expression(&self, dialect: Dialect) -> String {
        let (quote, or, and) = match dialect {
            Dialect::Sqlite => ('"', " OR ", " AND "),
            Dialect::Postgres => ('\'', " | ", " & "),
        };
        let any = |words: &[String]| {
            let quoted: Vec<String> = words.iter().map(|w| format!("{quote}{w}{quote}")).collect();
            format!("({})", quoted.join(or))
        };
        let all: Vec<String> = self.all.iter().map(|group| any(group)).collect();
        let all = all.join(and);
        match (dialect, self.none.is_empty()) {
            (_, true) => all,
            (Dialect::Sqlite, false) => format!("({all}) NOT {}", any(&self.none)),
            (Dialect::Postgres, false) => format!("({all}) & !{}", any(&self.none)),
        }
    }
}

/// The marks a search is narrowed by.
fn marks(narrow: &Narrow) -> Terms {
    let mut terms = Terms::default();
    if let Some(kind) = narrow.kind {
        terms.all.push(vec![mark::kind(kind)]);
    }
    if !narrow.facets.is_empty() {
        terms
            .all
            .push(narrow.facets.iter().map(|f| mark::facet(f)).collect());
    }
    if !narrow.areas.is_empty() {
        terms
            .all
            .push(narrow.areas.iter().map(|a| mark::area(*a)).collect());
    }
    if let Some(party) = narrow.party {
        terms.all.push(vec![mark::party(party)]);
    }
    for (kind, statuses) in &narrow.hidden {
        if statuses.is_empty() {
            terms.none.push(mark::kind(*kind));
        }
    }
    terms
}

impl Read<'_> {
    /// The records sought, best first, from `skip` on.
    pub fn search(
        &mut self,
        sought: &Sought,
        skip: usize,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let query = self.query(&sought.text)?;
        let narrow = &sought.narrow;
        let (ranked, partial) = if query.is_empty() {
            if let Some(found) = self.browse_kind(narrow, skip, limit)? {
                return Ok(found);
            }
            let (candidates, _) = self.candidates(&query, narrow)?;
            (by_title(candidates), false)
        } else if narrow.looks_further() {
            let (candidates, _) = self.candidates(&query, narrow)?;
            (ranked(&query, &candidates), false)
        } else {
            self.best(&query, narrow, skip + limit)?
        };
        self.page(ranked, partial, skip, limit)
    }

    /// The same, with counts of everything found.
    pub fn search_counted(
        &mut self,
        sought: &Sought,
        skip: usize,
        limit: usize,
    ) -> Result<(Found, Tallies), StoreError> {
        let query = self.query(&sought.text)?;
        let narrow = &sought.narrow;
        if query.is_empty()
            && let Some(found) = self.browse_kind(narrow, skip, limit)?
        {
            let tallies = self.kept_tallies(narrow)?;
            return Ok((found, tallies));
        }
        let (candidates, cut) = self.candidates(&query, narrow)?;
        let tallies = tallied(&candidates, cut);
        let found = if query.is_empty() {
            self.page(by_title(candidates), false, skip, limit)?
        } else if candidates.len() >= FEW || narrow.looks_further() {
            self.page(ranked(&query, &candidates), false, skip, limit)?
        } else {
            let (ranked, partial) = self.best(&query, narrow, skip + limit)?;
            self.page(ranked, partial, skip, limit)?
        };
        Ok((found, tallies))
    }

    /// An area and those within it, as deep as they go.
    pub fn areas_within(&mut self, area: AnyId) -> Result<Vec<AnyId>, StoreError> {
        const MOST: usize = 500;
        let mut all = vec![area];
        let mut next = 0;
        while let Some(here) = all.get(next).copied() {
            next += 1;
            let sql = "SELECT src FROM ref WHERE dst = $1 AND kind = 'area' AND role = 'within' ORDER BY src";
            for row in rows(self.0, sql, &[here.into()])? {
                let id = row.id(0)?;
                if all.len() < MOST && !all.contains(&id) {
                    all.push(id);
                }
            }
        }
        Ok(all)
    }

    fn query(&mut self, text: &str) -> Result<Query, StoreError> {
        self.1.with(self.0, |words| Query::of(text, words))
    }

    fn page(
        &mut self,
        ranked: Vec<Ranked>,
        partial: bool,
        skip: usize,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let more = ranked.len() > skip + limit;
        let mut hits = Vec::with_capacity(limit.min(ranked.len()));
        for one in ranked.into_iter().skip(skip).take(limit) {
            if let Some(stored) = self.find(one.id)? {
                hits.push(Hit {
                    stored,
                    name: one.name,
                    score: one.score,
                });
            }
        }
        Ok(Found {
            hits,
            more,
            partial,
        })
    }

    /// Where nothing is asked but a kind and its words, its list is in order already, and counted.
    fn browse_kind(
        &mut self,
        narrow: &Narrow,
        skip: usize,
        limit: usize,
    ) -> Result<Option<Found>, StoreError> {
        let plain = narrow.areas.is_empty()
            && narrow.party.is_none()
            && narrow.facets.len() < 2
            && !narrow.is_placed()
            && narrow.from_day.is_none()
            && narrow.to_day.is_none();
        let hides = narrow
            .hidden
            .iter()
            .any(|(kind, _)| Some(*kind) == narrow.kind);
        if !plain || hides || narrow.kind.is_none() {
            return Ok(None);
        }
        let filter = Filter {
            kind: narrow.kind,
            facet: narrow.facets.first().cloned(),
            status: narrow.status.clone(),
            ..Filter::default()
        };
        let page = self.list(&filter, Order::Title, None, (skip + limit).min(LOOKED_AT))?;
        let hits = page.rows.into_iter().skip(skip).map(|stored| Hit {
            stored,
            name: None,
            score: 0.0,
        });
        Ok(Some(Found {
            hits: hits.collect(),
            more: page.next.is_some(),
            partial: false,
        }))
    }

    fn kept_tallies(&mut self, narrow: &Narrow) -> Result<Tallies, StoreError> {
        let mut tallies = Tallies::default();
        let Some(kind) = narrow.kind else {
            return Ok(tallies);
        };
        if narrow.facets.is_empty() && narrow.status.is_none() {
            tallies.total = self.count(kind)?;
            for (facet, n) in self.tally(kind, "facet")? {
                tallies.facets.insert((kind, facet), n);
            }
            tallies.statuses = self.tally(kind, "status")?.into_iter().collect();
            tallies.statuses.remove("");
        } else {
            let (candidates, cut) = self.browsed(narrow)?;
            tallies = tallied(&candidates, cut);
        }
        tallies.kinds.insert(kind, tallies.total);
        Ok(tallies)
    }

    /// The best records by words alone, and whether none had all of them.
    fn best(
        &mut self,
        query: &Query,
        narrow: &Narrow,
        wanted: usize,
    ) -> Result<(Vec<Ranked>, bool), StoreError> {
        let ranked_at_most = RANKED.max(wanted + 1);
        let mut met: BTreeMap<AnyId, Ranked> = BTreeMap::new();
        let full = self.matching(query.telling(), narrow, ranked_at_most)?;
        let is_full = full.len() == ranked_at_most;
        meet(&mut met, query, full, rank::Match::All);
        if is_full {
            // So many that the best may not be among those read: ask for all the words, then for
            // these very words.
            for groups in [query.every(), query.verbatim()] {
                let better = self.matching(groups, narrow, ranked_at_most)?;
                meet(&mut met, query, better, rank::Match::All);
            }
        }
        let found_all = met.len();
        if found_all < FEW {
            for groups in query.without_one() {
                let some = self.matching(groups, narrow, RANKED / 2)?;
                meet(&mut met, query, some, rank::Match::Some);
            }
        }
        if met.is_empty() && query.telling().len() > 2 {
            for group in query.telling() {
                let some = self.matching(vec![group], narrow, RANKED / 4)?;
                meet(&mut met, query, some, rank::Match::Some);
            }
        }
        let mut ranked: Vec<Ranked> = met.into_values().collect();
        sort(&mut ranked);
        let partial = found_all == 0 && !ranked.is_empty();
        Ok((ranked, partial))
    }

    /// Ids and names of records that have a word of each group.
    fn matching(
        &mut self,
        groups: Vec<Vec<String>>,
        narrow: &Narrow,
        limit: usize,
    ) -> Result<Vec<(AnyId, String)>, StoreError> {
        let mut terms = marks(narrow);
        terms.all.splice(0..0, groups);
        let expression = terms.expression(self.0.dialect());
        // SQLite plans a statement anew each time when its limit is a parameter.
        let sql = match self.0.dialect() {
            Dialect::Sqlite => format!(
                "SELECT r.id, r.names FROM (SELECT rowid AS n FROM words WHERE words MATCH $1 LIMIT {limit}) f CROSS JOIN words_row r ON r.n = f.n"
            ),
            Dialect::Postgres => format!(
                "SELECT id, names FROM words WHERE tokens @@ CAST($1::text AS tsquery) LIMIT {limit}"
            ),
        };
        rows(self.0, &sql, &[expression.into()])?
            .iter()
            .map(|row| Ok((row.id(0)?, row.text(1)?.to_owned())))
            .collect()
    }

    /// Every record that matches, as far as they are looked at, and whether that cut any off.
    fn candidates(
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
        let rows_table = match self.0.dialect() {
            Dialect::Sqlite => "words_row",
            Dialect::Postgres => "words",
        };
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
    fn browsed(&mut self, narrow: &Narrow) -> Result<(Vec<Candidate>, bool), StoreError> {
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
        let rows_table = match self.0.dialect() {
            Dialect::Sqlite => "words_row",
            Dialect::Postgres => "words",
        };
        let sql = format!(
            "SELECT r.id, r.names, r.marks, t.kind, t.facet, t.status, t.title FROM (SELECT id, kind, facet, status, title FROM thing t WHERE {wheres} LIMIT {LOOKED_AT}) t JOIN {rows_table} r ON r.id = t.id"
        );
        gather(self.0, &sql, &binds.0, narrow)
    }
}

/// Columns that say where a candidate is.
const PLACED: &str = ", p.w, p.s, p.e, p.t, p.sheltered, p.x, p.y";

#[derive(Default)]
struct Binds(Vec<Value>);

impl Binds {
    fn add(&mut self, value: Value) -> String {
        self.0.push(value);
        format!("${}", self.0.len())
    }
}

/// Conditions that the table of records answers.
fn further(narrow: &Narrow, binds: &mut Binds) -> String {
    let mut wheres = String::new();
    if let Some(status) = &narrow.status {
        let status = binds.add(status.as_str().into());
        wheres.push_str(&format!(" AND t.status = {status}"));
    }
    if narrow.from_day.is_some() || narrow.to_day.is_some() {
        // Undated records stand at the end of time.
        let from = binds.add(narrow.from_day.unwrap_or(i64::MIN).into());
        let to = binds.add(narrow.to_day.unwrap_or(i64::MAX - 1).into());
        wheres.push_str(&format!(" AND t.day >= {from} AND t.day <= {to}"));
    }
    for (kind, statuses) in &narrow.hidden {
        let kind = binds.add(kind.id().into());
        if statuses.is_empty() {
            wheres.push_str(&format!(" AND t.kind <> {kind}"));
        } else {
            let statuses: Vec<String> = statuses.iter().map(|s| binds.add((*s).into())).collect();
            wheres.push_str(&format!(
                " AND NOT (t.kind = {kind} AND t.status IN ({}))",
                statuses.join(", ")
            ));
        }
    }
    wheres
}

/// The boxes to look in; one that crosses the antimeridian is two (RFC 7946, section 5.2).
fn boxes(narrow: &Narrow) -> Vec<Bounds> {
    let asked = match (narrow.within, narrow.near) {
        (Some(b), _) => b,
        (None, Some(near)) => around(near),
        (None, None) => return Vec::new(),
    };
    match asked.west <= asked.east {
        true => vec![asked],
        false => vec![
            Bounds {
                east: 180.0,
                ..asked
            },
            Bounds {
                west: -180.0,
                ..asked
            },
        ],
    }
}

/// Kilometres of a degree of latitude.
const KM_PER_DEGREE: f64 = 111.2;

/// The box around a circle; it crosses the antimeridian or reaches all round where the circle does.
fn around(near: Near) -> Bounds {
    let high = near.km / KM_PER_DEGREE * 1.01;
    let (south, north) = ((near.lat - high).max(-90.0), (near.lat + high).min(90.0));
    let narrowest = south.abs().max(north.abs()).to_radians().cos();
    let wide = high / narrowest.max(1e-6);
    let (mut west, mut east) = (near.lon - wide, near.lon + wide);
    if wide >= 180.0 {
        (west, east) = (-180.0, 180.0);
    } else {
        if west < -180.0 {
            west += 360.0;
        }
        if east > 180.0 {
            east -= 360.0;
        }
    }
    Bounds {
        west,
        south,
        east,
        north,
    }
}

/// Whether a place lies where it is sought: its box touches the box, and comes as near as asked.
fn lies(place: Option<Bounds>, narrow: &Narrow) -> bool {
    if !narrow.is_placed() {
        return true;
    }
    let Some(place) = place else {
        return false;
    };
    let touches = |b: &Bounds| {
        place.west <= b.east
            && place.east >= b.west
            && place.south <= b.north
            && place.north >= b.south
    };
    let within = narrow.within.is_none() || boxes(narrow).iter().any(touches);
    let near = narrow
        .near
        .is_none_or(|near| km_to_box(near, place) <= near.km);
    within && near
}

/// Kilometres from a point to the nearest of a box, on a sphere.
fn km_to_box(near: Near, place: Bounds) -> f64 {
    let lat = near.lat.clamp(place.south, place.north);
    let mut least = f64::INFINITY;
    // The same meridian counted from either side.
    for turn in [-360.0, 0.0, 360.0] {
        let lon = (near.lon + turn).clamp(place.west, place.east);
        let spot = |lon, lat| stele_match::Spot {
            lon,
            lat,
            uncertain_km: None,
        };
        least = least.min(spot(near.lon, near.lat).km_to(spot(lon, lat)));
    }
    least
}

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

fn has_marks(marks: &str, terms: &Terms) -> bool {
    let has = |wanted: &String| marks.split(' ').any(|m| m == wanted);
    terms.all.iter().all(|group| group.iter().any(has)) && !terms.none.iter().any(has)
}

fn tallied(candidates: &[Candidate], cut: bool) -> Tallies {
    let mut tallies = Tallies {
        total: candidates.len() as u64,
        cut,
        ..Tallies::default()
    };
    for one in candidates {
        let Some(kind) = Kind::from_id(&one.kind) else {
            continue;
        };
        *tallies.kinds.entry(kind).or_default() += 1;
        if !one.facet.is_empty() {
            match tallies.facets.get_mut(&(kind, one.facet.clone())) {
                Some(n) => *n += 1,
                None => {
                    tallies.facets.insert((kind, one.facet.clone()), 1);
                }
            }
        }
        if !one.status.is_empty() {
            match tallies.statuses.get_mut(&one.status) {
                Some(n) => *n += 1,
                None => {
                    tallies.statuses.insert(one.status.clone(), 1);
                }
            }
        }
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

fn by_title(mut candidates: Vec<Candidate>) -> Vec<Ranked> {
    candidates.sort_unstable_by(|a, b| a.title.cmp(&b.title).then(a.id.cmp(&b.id)));
    candidates
        .into_iter()
        .map(|c| Ranked {
            id: c.id,
            name: None,
            score: 0.0,
        })
        .collect()
}

fn ranked(query: &Query, candidates: &[Candidate]) -> Vec<Ranked> {
    let mut ranker = query.ranker();
    let mut ranked: Vec<Ranked> = candidates
        .iter()
        .map(|c| {
            let (score, name) = ranker.score(&c.names, rank::Match::All);
            Ranked {
                id: c.id,
                name,
                score,
            }
        })
        .collect();
    sort(&mut ranked);
    ranked
}

fn meet(
    met: &mut BTreeMap<AnyId, Ranked>,
    query: &Query,
    found: Vec<(AnyId, String)>,
    matched: rank::Match,
) {
    let mut ranker = query.ranker();
    for (id, names) in found {
        met.entry(id).or_insert_with(|| {
            let (score, name) = ranker.score(&names, matched);
            Ranked { id, name, score }
        });
    }
}

fn sort(ranked: &mut [Ranked]) {
    ranked.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
}
