//! Where things are, in memory, in order of place: asked by box for pages, counts and tiles.
//!
//! The table `spot` has one row a site or area, numbered anew at each change, so that a reader takes up
//! what changed since it last looked. A place that is not for everybody stands twice: as it is shown, and
//! as it is. Which of the two is asked says [`Sight`]; a question can only meet the places of its sight.
//!
//! In memory because an R*Tree has no order to go on by and counts by visiting (`docs/decisions.md`).

mod chart;
mod morton;

pub use morton::{Key, Node};

use crate::engine::{Connection, Dialect, Insertion, Row, Value, first};
use crate::error::StoreError;
use crate::search::Sight;
use crate::summary::Milestones;
use chart::Chart;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use stele_model::place::Bounds;
use stele_model::*;

/// Kinds that have a place of their own.
const KINDS: [Kind; 2] = [Kind::Site, Kind::Area];

/// A thing with a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Its id.
    pub id: AnyId,
    /// The box around it; of a generalised place the cell it is shown in.
    pub bounds: Bounds,
    /// Since when it is claimed harmed, observed and judged, in days since 1970.
    since: [i32; 3],
    /// Size of the cell in metres, where the place is generalised.
    grid_m: Option<NonZeroU32>,
    /// Row of its record, where that is known.
    row: Option<NonZeroU32>,
    category: u8,
    status: u8,
    /// Where its middle stands on the curve.
    key: Key,
}

/// No day.
const NEVER: i32 = i32::MAX;

/// A record, and where its row is likely to be found: rows that are asked for by their own numbers are found
/// without the index of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// The record.
    pub id: AnyId,
    /// Its row of `thing`; SQLite may have given the rows other numbers since.
    pub(crate) row: Option<NonZeroU32>,
}

impl From<AnyId> for Pointer {
    fn from(id: AnyId) -> Self {
        Pointer { id, row: None }
    }
}

impl Spot {
    /// Its record.
    pub fn pointer(&self) -> Pointer {
        Pointer {
            id: self.id,
            row: self.row,
        }
    }

    /// Size of the cell in metres, where the place is generalised.
    pub fn grid_m(&self) -> Option<u32> {
        self.grid_m.map(u32::from)
    }

    /// Category of a site.
    pub fn category(&self) -> Option<Category> {
        Category::ALL.get(usize::from(self.category)).copied()
    }

    /// Where the knowledge about a site stands.
    pub fn status(&self) -> Option<FindingStatus> {
        FindingStatus::ALL.get(usize::from(self.status)).copied()
    }

    /// Where the knowledge about a site stood on a day, as far as its milestones tell: that a second
    /// origin came later is not among them.
    pub fn status_on(&self, day: date::Day) -> Option<FindingStatus> {
        let milestones = self.milestones();
        let come = |since: Option<date::Day>| since.is_some_and(|since| since <= day);
        match (come(milestones.verified), come(milestones.claimed)) {
            (true, _) => self.status(),
            (false, true) => Some(FindingStatus::Reported),
            (false, false) => None,
        }
    }

    /// Whether it has no extent.
    pub fn is_point(&self) -> bool {
        self.bounds.west == self.bounds.east && self.bounds.south == self.bounds.north
    }

    /// Since when it is claimed harmed, observed and judged.
    pub fn milestones(&self) -> Milestones {
        let [claimed, assessed, verified] = self.since.map(|day| match day {
            NEVER => None,
            day => Some(date::Day(i64::from(day))),
        });
        Milestones {
            claimed,
            assessed,
            verified,
        }
    }
}

/// What every answer about places is as of; another after any change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AsOf {
    /// How often the state was computed anew.
    epoch: i64,
    /// Number of the last change.
    change: i64,
}

/// The places of one store, kept in memory; shared by its readers.
#[derive(Clone, Default)]
pub(crate) struct Atlas(Arc<RwLock<Charts>>, Arc<Looked>);

/// When the table was last looked at.
#[derive(Default)]
struct Looked {
    /// Commits of this process that were known then, and one.
    commits: AtomicU64,
    /// When.
    at_ms: AtomicU64,
}

#[derive(Default)]
struct Charts {
    as_of: Option<AsOf>,
    /// By kind, then: open to all, as shown, as it is.
    by_kind: HashMap<Kind, [Chart; 3]>,
}

/// The places of a kind as one sight has them.
pub struct Places<'a> {
    charts: RwLockReadGuard<'a, Charts>,
    kind: Kind,
    sight: Sight,
}

impl Places<'_> {
    /// What this is as of.
    pub fn as_of(&self) -> AsOf {
        self.charts.as_of.unwrap_or_default()
    }

    fn charts(&self) -> impl Iterator<Item = &Chart> {
        let sheltered = match self.sight {
            Sight::Shown => 1,
            Sight::Exact => 2,
        };
        let three = self.charts.by_kind.get(&self.kind);
        three.into_iter().flat_map(move |c| [&c[0], &c[sheltered]])
    }

    /// Hands over everything that touches a box, in no order.
    pub fn each(&self, within: Bounds, each: &mut dyn FnMut(&Spot)) {
        let boxes = parted(within);
        self.charts().for_each(|chart| chart.each(&boxes, each));
    }

    /// Hands over everything by the node of this level that its middle lies in, where any of the node
    /// touches the box. A node may come in several runs.
    pub fn each_node<'a>(
        &'a self,
        within: Bounds,
        level: u32,
        each: &mut dyn FnMut(Node, &'a [Spot]),
    ) {
        let boxes = parted(within);
        self.charts()
            .for_each(|chart| chart.each_node(&boxes, level, each));
    }

    /// The box around all of them, from what each chart keeps of its outermost.
    pub fn extent(&self) -> Option<Bounds> {
        let each = self.charts().filter_map(Chart::extent);
        each.reduce(|a, b| chart::around(&a, &b))
    }

    /// How many touch a box.
    pub fn count(&self, within: Bounds) -> u64 {
        let boxes = parted(within);
        self.charts().map(|chart| chart.count(&boxes)).sum()
    }

    /// How many are drawn in a box or touch it with their outline, and at most `most` of those of which
    /// only the record tells: cells of generalised places that reach out of it.
    pub fn weigh(&self, within: Bounds, most: usize) -> (u64, Vec<AnyId>) {
        let boxes = parted(within);
        let (mut sure, mut unsure) = (0, Vec::new());
        for chart in self.charts() {
            let (more, perhaps) = chart.weigh(&boxes, most);
            sure += more;
            unsure.extend(perhaps);
        }
        unsure.truncate(most);
        (sure, unsure)
    }

    /// The first `limit` that touch a box and pass, in order of place.
    pub fn page(
        &self,
        within: Bounds,
        after: Option<(Key, AnyId)>,
        limit: usize,
        passes: &dyn Fn(&Spot) -> bool,
    ) -> Vec<(Key, Spot)> {
        let boxes = parted(within);
        let mut found: Vec<(Key, Spot)> = self
            .charts()
            .flat_map(|chart| chart.page(&boxes, after, limit, passes))
            .collect();
        found.sort_unstable_by_key(|(key, spot)| (*key, spot.id));
        found.truncate(limit);
        found
    }
}

/// A box that crosses the antimeridian is two (RFC 7946, section 5.2).
fn parted(b: Bounds) -> Vec<Bounds> {
    match b.west <= b.east {
        true => vec![b],
        false => vec![Bounds { east: 180.0, ..b }, Bounds { west: -180.0, ..b }],
    }
}

impl Atlas {
    /// The places of a kind as this connection's view of the state has them, or newer.
    pub fn places(
        &self,
        c: &mut dyn Connection,
        kind: Kind,
        sight: Sight,
    ) -> Result<Places<'_>, StoreError> {
        self.catch_up(c)?;
        Ok(self.as_they_are(kind, sight))
    }

    /// The places as they were last looked at.
    pub fn as_they_are(&self, kind: Kind, sight: Sight) -> Places<'_> {
        Places {
            charts: self.0.read().unwrap_or_else(PoisonError::into_inner),
            kind,
            sight,
        }
    }

    /// What this is as of, when it was looked at no earlier than this and this process wrote nothing since.
    pub fn known(&self, commits: u64, since_ms: u64) -> Option<AsOf> {
        let known = self.1.commits.load(Ordering::Acquire) == commits + 1
            && self.1.at_ms.load(Ordering::Acquire) >= since_ms;
        match known {
            true => self.0.read().unwrap_or_else(PoisonError::into_inner).as_of,
            false => None,
        }
    }

    /// Takes up what changed.
    pub fn look(
        &self,
        c: &mut dyn Connection,
        commits: u64,
        now_ms: u64,
    ) -> Result<AsOf, StoreError> {
        self.catch_up(c)?;
        self.1.commits.store(commits + 1, Ordering::Release);
        self.1.at_ms.store(now_ms, Ordering::Release);
        let charts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(charts.as_of.unwrap_or_default())
    }

    fn catch_up(&self, c: &mut dyn Connection) -> Result<(), StoreError> {
        let sql = "SELECT (SELECT value FROM meta WHERE key = 'places'), (SELECT MAX(n) FROM spot)";
        let row = first(c, sql, &[])?
            .ok_or_else(|| StoreError::Damaged("the places have no number".into()))?;
        let now = AsOf {
            epoch: row
                .maybe_text(0)?
                .and_then(|n| n.parse().ok())
                .unwrap_or_default(),
            change: match row.0.get(1) {
                Some(Value::Int(n)) => *n,
                _ => 0,
            },
        };
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).as_of;
        // A view may be older than another's that has been taken up.
        let is_known = |known: AsOf| {
            known.epoch > now.epoch || (known.epoch == now.epoch && known.change >= now.change)
        };
        if known.is_some_and(is_known) {
            return Ok(());
        }
        let mut charts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if charts.as_of.is_some_and(is_known) {
            return Ok(());
        }
        let after = match charts.as_of {
            Some(known) if known.epoch == now.epoch => known.change,
            _ => {
                charts.by_kind.clear();
                0
            }
        };
        charts.take_up(c, after, now.change)?;
        charts.as_of = Some(now);
        Ok(())
    }
}

impl Charts {
    fn take_up(&mut self, c: &mut dyn Connection, after: i64, to: i64) -> Result<(), StoreError> {
        let from_scratch = after == 0;
        let mut new: HashMap<Kind, [Vec<Spot>; 3]> = HashMap::new();
        // Where all are read, the rows are had in one walk beside; for a few they are looked for.
        let row = match (c.dialect(), from_scratch) {
            (Dialect::Sqlite, false) => "(SELECT t.rowid FROM thing t WHERE t.id = s.id)",
            _ => "NULL",
        };
        let sql = format!(
            "SELECT id, kind, {PLACE_COLUMNS}, facet, status, milestones, {row} FROM spot s WHERE n > $1 AND n <= $2"
        );
        let by_kind = &mut self.by_kind;
        c.query(&sql, &[after.into(), to.into()], &mut |row| {
            let id = row.id(0)?;
            let kind = Kind::from_id(row.text(1)?);
            if !from_scratch {
                by_kind
                    .values_mut()
                    .flatten()
                    .for_each(|chart| chart.remove(id));
            }
            if let Some(kind) = kind.filter(|k| KINDS.contains(k)) {
                let spots = spots_of(id, &row)?;
                let (charts, new) = (
                    by_kind.entry(kind).or_default(),
                    new.entry(kind).or_default(),
                );
                for ((spot, chart), new) in spots.into_iter().zip(charts).zip(new) {
                    match spot {
                        Some(spot) if from_scratch => new.push(spot),
                        Some(spot) => chart.put(spot),
                        None => {}
                    }
                }
            }
            Ok(())
        })?;
        for (kind, mut spots) in new.into_iter().filter(|_| from_scratch) {
            let rows = Rows::of(c, kind)?;
            let all = spots.iter_mut().flatten();
            all.for_each(|spot| spot.row = rows.row(spot.id));
            for (chart, spots) in self.by_kind.entry(kind).or_default().iter_mut().zip(spots) {
                chart.fill(spots);
            }
        }
        self.by_kind.values_mut().flatten().for_each(Chart::tidy);
        Ok(())
    }
}

/// The rows of all records of a kind, in the order of their ids.
struct Rows(Vec<(AnyId, NonZeroU32)>);

impl Rows {
    fn of(c: &mut dyn Connection, kind: Kind) -> Result<Self, StoreError> {
        let mut rows = Vec::new();
        if c.dialect() == Dialect::Sqlite {
            // As an index has them.
            let sql = "SELECT id, rowid FROM thing WHERE kind = $1 AND withdrawn = 0 ORDER BY id";
            c.query(sql, &[Value::Word(kind.id())], &mut |row| {
                if let Some(n) = row_number(&row, 1) {
                    rows.push((row.id(0)?, n));
                }
                Ok(())
            })?;
        }
        Ok(Rows(rows))
    }

    fn row(&self, id: AnyId) -> Option<NonZeroU32> {
        let at = self.0.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.0.get(at).map(|(_, row)| *row)
    }
}

/// The number of a row in a column, where there is one and it is small enough to be kept.
fn row_number(row: &Row, column: usize) -> Option<NonZeroU32> {
    match row.0.get(column) {
        Some(Value::Int(n)) => NonZeroU32::new(u32::try_from(*n).ok()?),
        _ => None,
    }
}

/// What stands on the three charts of a row: open to all, as shown, as it is.
fn spots_of(id: AnyId, row: &Row) -> Result<[Option<Spot>; 3], StoreError> {
    if matches!(row.0.get(2), None | Some(Value::Null)) {
        return Ok([None; 3]);
    }
    let milestones = Milestones::read(row.text(11)?);
    let day = |day: Option<date::Day>| day.and_then(|d| i32::try_from(d.0).ok()).unwrap_or(NEVER);
    let ordinal = |at: Option<usize>| at.and_then(|n| u8::try_from(n).ok()).unwrap_or(u8::MAX);
    let (facet, status) = (row.text(9)?, row.text(10)?);
    let place = RowPlace::read(row, 2)?;
    let key = |b: &Bounds| Key::at(b.centre().lon(), b.centre().lat());
    let exact = Spot {
        id,
        key: key(&place.exact),
        bounds: place.exact,
        since: [
            day(milestones.claimed),
            day(milestones.assessed),
            day(milestones.verified),
        ],
        grid_m: None,
        row: row_number(row, 12),
        category: ordinal(Category::IDS.iter().position(|id| *id == facet)),
        status: ordinal(FindingStatus::IDS.iter().position(|id| *id == status)),
    };
    Ok(match (place.is_open, place.cell) {
        (true, _) => [Some(exact), None, None],
        (false, None) => [None, None, Some(exact)],
        (false, Some((cell, grid_m))) => {
            let shown = Spot {
                key: key(&cell),
                bounds: cell,
                grid_m: NonZeroU32::new(grid_m),
                ..exact
            };
            [None, Some(shown), Some(exact)]
        }
    })
}

/// Columns of `spot` that say where: [`RowPlace::read`].
pub(crate) const PLACE_COLUMNS: &str = "w, s, e, t, sheltered, x, y";

/// Where a row of `spot` says a record is.
pub(crate) struct RowPlace {
    /// As it is.
    exact: Bounds,
    /// Whether that is for everybody.
    is_open: bool,
    /// The cell it is shown in, with its size in metres.
    cell: Option<(Bounds, u32)>,
}

impl RowPlace {
    /// Reads [`PLACE_COLUMNS`] from a column on; the first of them is not null.
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        let exact = Bounds {
            west: row.real(at)?,
            south: row.real(at + 1)?,
            east: row.real(at + 2)?,
            north: row.real(at + 3)?,
        };
        let sheltered = row.int(at + 4)?;
        let cell = match sheltered {
            OPEN | WITHHELD => None,
            grid_m => {
                let grid_m = u32::try_from(grid_m).unwrap_or(u32::MAX);
                let (lon, lat) = (row.real(at + 5)?, row.real(at + 6)?);
                Some((place::cell_around(lon, lat, grid_m), grid_m))
            }
        };
        Ok(RowPlace {
            exact,
            is_open: sheltered == OPEN,
            cell,
        })
    }

    /// The box that a sight has of the record; none where it has no place, or shows none.
    pub fn seen(row: &Row, at: usize, sight: Sight) -> Result<Option<Bounds>, StoreError> {
        if matches!(row.0.get(at), None | Some(Value::Null)) {
            return Ok(None);
        }
        let place = RowPlace::read(row, at)?;
        Ok(match sight {
            Sight::Exact => Some(place.exact),
            Sight::Shown if place.is_open => Some(place.exact),
            Sight::Shown => place.cell.map(|(cell, _)| cell),
        })
    }
}

/// Value of `sheltered` of a place that everybody may see.
const OPEN: i64 = -1;
/// Of one that is shown nowhere; any other is the size in metres of the cell it is shown in.
const WITHHELD: i64 = 0;

/// Where a record is, as the table `spot` has it.
#[derive(Debug, PartialEq)]
pub(crate) struct Where {
    /// West, south, east, top.
    exact: Option<[f64; 4]>,
    sheltered: i64,
    centre: Option<[f64; 2]>,
}

impl Where {
    /// Nowhere, when it has no place or is withdrawn.
    pub fn of(location: Option<&Location>) -> Self {
        let bounds = location.and_then(|l| Some((l, l.geometry.bounds()?)));
        let shown = location.map(|l| l.shown(false));
        Where {
            exact: bounds.map(|(_, b)| [b.west, b.south, b.east, b.north]),
            sheltered: match (bounds, &shown) {
                (None, _) => OPEN,
                (Some((l, _)), _) if l.sensitivity == Sensitivity::Public => OPEN,
                (_, Some(ShownPlace::Grid { grid_m, .. })) => i64::from(*grid_m),
                _ => WITHHELD,
            },
            centre: match shown {
                Some(ShownPlace::Grid { centre, .. }) => Some([centre.lon(), centre.lat()]),
                _ => None,
            },
        }
    }

    /// [`PLACE_COLUMNS`].
    fn columns(&self) -> [Value; 7] {
        let [w, s, e, t] = match self.exact {
            Some(four) => four.map(Value::from),
            None => [const { Value::Null }; 4],
        };
        let [x, y] = match self.centre {
            Some(two) => two.map(Value::from),
            None => [const { Value::Null }; 2],
        };
        [w, s, e, t, self.sheltered.into(), x, y]
    }
}

/// The place of a record that is new to the state.
pub(crate) struct NewSpot {
    pub id: AnyId,
    pub kind: Kind,
    pub place: Where,
    pub facet: String,
}

/// Writes the places of new records, about which nothing is known yet.
pub(crate) fn put_new(c: &mut dyn Connection, new: Vec<NewSpot>) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let last = first(c, "SELECT COALESCE(MAX(n), 0) FROM spot", &[])?;
    let last = last.map_or(Ok(0), |row| row.int(0))?;
    let rows = new.into_iter().zip(last + 1..).map(|(spot, n)| {
        let [w, s, e, t, sheltered, x, y] = spot.place.columns();
        let (id, kind) = (spot.id.into(), Value::Word(spot.kind.id()));
        let facet = spot.facet.into();
        [n.into(), id, kind, w, s, e, t, sheltered, x, y, facet]
    });
    const SPOTS: Insertion<11> = Insertion {
        into: "spot (n, id, kind, w, s, e, t, sheltered, x, y, facet, status, milestones)",
        row: "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
        end: "",
    };
    SPOTS.write(c, &[], rows)
}

/// Writes where a record is now.
pub(crate) fn put(c: &mut dyn Connection, id: AnyId, place: &Where) -> Result<(), StoreError> {
    let mut params: Vec<Value> = vec![id.into()];
    params.extend(place.columns());
    c.execute(
        "INSERT INTO spot (n, id, w, s, e, t, sheltered, x, y, kind, facet, status, milestones)
         SELECT (SELECT COALESCE(MAX(n), 0) + 1 FROM spot), id, CAST($2 AS DOUBLE PRECISION), CAST($3 AS DOUBLE PRECISION), CAST($4 AS DOUBLE PRECISION), CAST($5 AS DOUBLE PRECISION), CAST($6 AS BIGINT), CAST($7 AS DOUBLE PRECISION), CAST($8 AS DOUBLE PRECISION), kind, facet, status, CASE kind WHEN 'site' THEN summary ELSE '' END FROM thing WHERE id = $1
         ON CONFLICT (id) DO UPDATE SET n = excluded.n, w = excluded.w, s = excluded.s, e = excluded.e, t = excluded.t, sheltered = excluded.sheltered, x = excluded.x, y = excluded.y,
           kind = excluded.kind, facet = excluded.facet, status = excluded.status, milestones = excluded.milestones",
        &params,
    )?;
    Ok(())
}

/// Writes what follows from other records for a site.
pub(crate) fn put_status(
    c: &mut dyn Connection,
    id: AnyId,
    status: &str,
    milestones: &str,
) -> Result<(), StoreError> {
    c.execute(
        "UPDATE spot SET n = (SELECT MAX(n) + 1 FROM spot), status = $2, milestones = $3 WHERE id = $1",
        &[id.into(), status.into(), milestones.into()],
    )?;
    Ok(())
}

/// Empties the table; readers take up everything anew.
pub(crate) fn reset(c: &mut dyn Connection) -> Result<(), StoreError> {
    c.script("DELETE FROM spot")?;
    c.execute(
        "INSERT INTO meta (key, value) VALUES ('places', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)",
        &[],
    )?;
    Ok(())
}
