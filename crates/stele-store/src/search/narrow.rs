//! What a search is narrowed by: marks that the index has, columns that the table of records has, places.

use crate::engine::{Dialect, Value};
use crate::names::mark;
use stele_model::place::Bounds;
use stele_model::{AnyId, Kind, Word};

/// Which place of a record is compared with a box or a distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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
    pub(super) fn is_placed(&self) -> bool {
        self.within.is_some() || self.near.is_some()
    }
    /// Whether a record of a kind with a status is left out; without one, whether all of the kind is.
    pub(super) fn hides(&self, kind: Kind, status: Option<&str>) -> bool {
        self.hidden.iter().any(|(hidden, statuses)| {
            let named = || status.is_some_and(|status| statuses.contains(&status));
            *hidden == kind && (statuses.is_empty() || named())
        })
    }
    /// Whether something has to be asked of a record that the index of words does not hold.
    pub(super) fn looks_further(&self) -> bool {
        self.is_placed()
            || self.status.is_some()
            || self.from_day.is_some()
            || self.to_day.is_some()
    }
}

/// Groups of words: a record needs one of each group, and none of the last.
#[derive(Default)]
pub(super) struct Terms {
    pub all: Vec<Vec<String>>,
    pub none: Vec<String>,
}

impl Terms {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// As the engine's index takes it. Words have letters and digits, no quotes.
    pub(super) fn expression(&self, dialect: Dialect) -> String {
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
pub(super) fn marks(narrow: &Narrow) -> Terms {
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

pub(super) fn has_marks(marks: &str, terms: &Terms) -> bool {
    let has = |wanted: &String| marks.split(' ').any(|m| m == wanted);
    terms.all.iter().all(|group| group.iter().any(has)) && !terms.none.iter().any(has)
}

#[derive(Default)]
pub(super) struct Binds(pub Vec<Value>);

impl Binds {
    pub fn add(&mut self, value: Value) -> String {
        self.0.push(value);
        format!("${}", self.0.len())
    }
}

/// Conditions that the table of records answers.
pub(super) fn further(narrow: &Narrow, binds: &mut Binds) -> String {
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
pub(super) fn boxes(narrow: &Narrow) -> Vec<Bounds> {
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
pub(super) fn around(near: Near) -> Bounds {
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
pub(super) fn lies(place: Option<Bounds>, narrow: &Narrow) -> bool {
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
