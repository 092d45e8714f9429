//! Where something is: geometry in WGS 84 with its uncertainty, how it was got, and who may see it.
//!
//! [`Location`] holds the exact place and must not reach a serialiser of the outside:
//! [`Location::shown`] gives what a viewer may see ([`ShownPlace`]), the same for every answer.

use crate::words::Sensitivity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longitude and latitude in degrees, WGS 84, in GeoJSON's order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct Position2 {
    lon: f64,
    lat: f64,
}

/// Numbers that are not a place on the globe.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadPlace {
    /// Longitude or latitude out of range or not a number.
    #[error(
        "longitude {0}, latitude {1} is not on the globe: longitude goes from -180 to 180, latitude from -90 to 90"
    )]
    OffGlobe(f64, f64),
    /// A geometry without enough positions.
    #[error("a {0} needs at least {1} positions")]
    TooFew(&'static str, usize),
    /// More positions than are kept.
    #[error("a geometry may have {MAX_POSITIONS} positions at most")]
    TooMany,
    /// A ring of a polygon that does not end where it began.
    #[error("a ring of the polygon does not end where it began")]
    OpenRing,
}

/// Most positions of one geometry.
pub const MAX_POSITIONS: usize = 100_000;

impl Position2 {
    /// A position; refuses what is not on the globe.
    pub fn new(lon: f64, lat: f64) -> Result<Self, BadPlace> {
        // NaN fails both comparisons.
        if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) {
            Ok(Position2 { lon, lat })
        } else {
            Err(BadPlace::OffGlobe(lon, lat))
        }
    }
    /// Degrees east.
    pub fn lon(self) -> f64 {
        self.lon
    }
    /// Degrees north.
    pub fn lat(self) -> f64 {
        self.lat
    }
}

impl TryFrom<[f64; 2]> for Position2 {
    type Error = BadPlace;
    fn try_from([lon, lat]: [f64; 2]) -> Result<Self, BadPlace> {
        Position2::new(lon, lat)
    }
}

impl From<Position2> for [f64; 2] {
    fn from(p: Position2) -> Self {
        [p.lon, p.lat]
    }
}

/// Point, line, polygon, or several of one kind, in GeoJSON's form (RFC 7946).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "coordinates", deny_unknown_fields)]
pub enum Geometry {
    /// One position.
    Point(Position2),
    /// Two positions and more.
    LineString(Vec<Position2>),
    /// Rings: the outer one, then holes.
    Polygon(Vec<Vec<Position2>>),
    /// Several positions.
    MultiPoint(Vec<Position2>),
    /// Several lines.
    MultiLineString(Vec<Vec<Position2>>),
    /// Several polygons.
    MultiPolygon(Vec<Vec<Vec<Position2>>>),
}

/// West, south, east, north.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Westernmost longitude.
    pub west: f64,
    /// Southernmost latitude.
    pub south: f64,
    /// Easternmost longitude.
    pub east: f64,
    /// Northernmost latitude.
    pub north: f64,
}

impl Bounds {
    /// The box with so many degrees around it, as far as the globe goes.
    pub fn wider(&self, degrees: f64) -> Bounds {
        Bounds {
            west: (self.west - degrees).max(-180.0),
            south: (self.south - degrees).max(-90.0),
            east: (self.east + degrees).min(180.0),
            north: (self.north + degrees).min(90.0),
        }
    }

    /// Whether a position lies in it; its edges belong to it.
    pub fn holds(&self, lon: f64, lat: f64) -> bool {
        (self.west..=self.east).contains(&lon) && (self.south..=self.north).contains(&lat)
    }

    /// The position in its middle.
    pub fn centre(&self) -> Position2 {
        Position2 {
            lon: (self.west + self.east) / 2.0,
            lat: (self.south + self.north) / 2.0,
        }
    }
}

impl Geometry {
    /// Checks what the types alone do not.
    pub fn check(&self) -> Result<(), BadPlace> {
        let count = self.positions().count();
        if count > MAX_POSITIONS {
            return Err(BadPlace::TooMany);
        }
        match self {
            Geometry::Point(_) => Ok(()),
            Geometry::LineString(line) => check_line(line),
            Geometry::Polygon(rings) => check_rings(rings),
            _ if count == 0 => Err(BadPlace::TooFew("geometry of several parts", 1)),
            Geometry::MultiPoint(_) => Ok(()),
            Geometry::MultiLineString(lines) => lines.iter().try_for_each(|line| check_line(line)),
            Geometry::MultiPolygon(polygons) => {
                polygons.iter().try_for_each(|rings| check_rings(rings))
            }
        }
    }

    /// Every position.
    pub fn positions(&self) -> Box<dyn Iterator<Item = Position2> + '_> {
        match self {
            Geometry::Point(p) => Box::new(std::iter::once(*p)),
            Geometry::LineString(line) | Geometry::MultiPoint(line) => {
                Box::new(line.iter().copied())
            }
            Geometry::Polygon(rings) | Geometry::MultiLineString(rings) => {
                Box::new(rings.iter().flatten().copied())
            }
            Geometry::MultiPolygon(polygons) => {
                Box::new(polygons.iter().flatten().flatten().copied())
            }
        }
    }

    /// The smallest box around it; `None` for an empty geometry.
    pub fn bounds(&self) -> Option<Bounds> {
        self.positions().fold(None, |b: Option<Bounds>, p| {
            Some(match b {
                None => Bounds {
                    west: p.lon,
                    south: p.lat,
                    east: p.lon,
                    north: p.lat,
                },
                Some(b) => Bounds {
                    west: b.west.min(p.lon),
                    south: b.south.min(p.lat),
                    east: b.east.max(p.lon),
                    north: b.north.max(p.lat),
                },
            })
        })
    }
}

fn check_line(line: &[Position2]) -> Result<(), BadPlace> {
    if line.len() < 2 {
        return Err(BadPlace::TooFew("line", 2));
    }
    Ok(())
}

fn check_rings(rings: &[Vec<Position2>]) -> Result<(), BadPlace> {
    if rings.is_empty() || rings.iter().any(|ring| ring.len() < 4) {
        return Err(BadPlace::TooFew("ring of a polygon", 4));
    }
    match rings.iter().all(|ring| ring.first() == ring.last()) {
        true => Ok(()),
        false => Err(BadPlace::OpenRing),
    }
}

/// Where a thing is, as exactly as it is known.
///
/// JSON: `{"geometry": {"type": "Point", "coordinates": [46.75, 39.76]}, "uncertainty_m": 50,
/// "method": "imagery", "sensitivity": "public"}`; `generalised` has `grid_m`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The geometry.
    pub geometry: Geometry,
    /// Radius in metres within which the thing lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertainty_m: Option<u32>,
    /// How the place was got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Who may see it.
    #[serde(default = "public")]
    pub sensitivity: Sensitivity,
    /// Size of the grid in metres that `generalised` is shown on; [`DEFAULT_GRID_M`] when not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid_m: Option<u32>,
}

fn public() -> Sensitivity {
    Sensitivity::Public
}

/// Grid of a generalised place when none is stated, in metres.
pub const DEFAULT_GRID_M: u32 = 10_000;
/// Smallest grid that counts as generalised, in metres.
pub const SMALLEST_GRID_M: u32 = 1_000;

/// What a viewer may see of a location.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "shown", rename_all = "snake_case")]
pub enum ShownPlace {
    /// As exactly as it is known.
    Exact {
        /// The geometry.
        geometry: Geometry,
        /// Radius in metres within which the thing lies.
        uncertainty_m: Option<u32>,
    },
    /// The cell of a fixed grid that holds it.
    Grid {
        /// Centre of the cell.
        centre: Position2,
        /// Size of the cell in metres.
        grid_m: u32,
    },
    /// Known to the registry, not shown.
    Withheld,
}

impl Location {
    /// A public point.
    pub fn point(lon: f64, lat: f64) -> Result<Self, BadPlace> {
        Ok(Location {
            geometry: Geometry::Point(Position2::new(lon, lat)?),
            uncertainty_m: None,
            method: None,
            sensitivity: Sensitivity::Public,
            grid_m: None,
        })
    }

    /// What may be shown. Depends on nothing but the location itself and the right, so that a
    /// protected place is generalised once and the same in every answer (rule 11).
    pub fn shown(&self, may_see_exact: bool) -> ShownPlace {
        match self.sensitivity {
            _ if may_see_exact => self.exact(),
            Sensitivity::Public => self.exact(),
            Sensitivity::Withheld => ShownPlace::Withheld,
            Sensitivity::Generalised => {
                let grid_m = self.grid_m.unwrap_or(DEFAULT_GRID_M).max(SMALLEST_GRID_M);
                match self.geometry.bounds() {
                    None => ShownPlace::Withheld,
                    Some(b) => cell_of((b.west + b.east) / 2.0, (b.south + b.north) / 2.0, grid_m),
                }
            }
        }
    }

    /// Whether a text has this place's longitude or latitude in it, as decimal degrees or as degrees
    /// and minutes. Errs towards yes: any number this near counts, whatever it was meant as.
    pub fn is_told_in(&self, text: &str) -> bool {
        let Some(b) = self.geometry.bounds() else {
            return false;
        };
        let near = |n: f64| {
            let within = |from: f64, to: f64| from - NEAR_DEGREES <= n && n <= to + NEAR_DEGREES;
            within(
                b.west.abs().min(b.east.abs()),
                b.west.abs().max(b.east.abs()),
            ) || within(
                b.south.abs().min(b.north.abs()),
                b.south.abs().max(b.north.abs()),
            )
        };
        degrees_in(text).any(near)
    }

    fn exact(&self) -> ShownPlace {
        ShownPlace::Exact {
            geometry: self.geometry.clone(),
            uncertainty_m: self.uncertainty_m,
        }
    }
}

/// Nearer than this a number in a text is taken to tell the place.
const NEAR_DEGREES: f64 = 0.1;

/// Numbers of a text that may be degrees: with a decimal part, or followed by a degree sign and minutes.
fn degrees_in(text: &str) -> impl Iterator<Item = f64> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c.is_ascii_digit())?;
            rest = &rest[start..];
            let (number, decimals, after) = number_at(rest);
            rest = after;
            let minutes = after.trim_start().strip_prefix(['°', 'º', 'd']);
            if let Some(minutes) = minutes {
                let mut degrees = number;
                let mut part = minutes.trim_start();
                for divisor in [60.0, 3600.0] {
                    if !part.starts_with(|c: char| c.is_ascii_digit()) {
                        break;
                    }
                    let (n, _, after) = number_at(part);
                    degrees += n / divisor;
                    rest = after;
                    part = after.trim_start_matches(|c: char| !c.is_alphanumeric());
                }
                return Some(degrees);
            }
            if decimals > 0 {
                return Some(number);
            }
        }
    })
}

/// The number a text begins with, how many decimals it has, and what stands after it.
fn number_at(text: &str) -> (f64, usize, &str) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let decimals = match text[whole..].strip_prefix(['.', ',']) {
        Some(after) => digits(after),
        None => 0,
    };
    let end = if decimals > 0 {
        whole + 1 + decimals
    } else {
        whole
    };
    let number = text[..end].replace(',', ".").parse().unwrap_or(f64::NAN);
    (number, decimals, &text[end..])
}

/// Metres of a degree of latitude, as the fixed grid counts them.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// The box of the cell of the fixed grid with this centre, for a generalised place.
pub fn cell_around(lon: f64, lat: f64, grid_m: u32) -> Bounds {
    let high = f64::from(grid_m) / METRES_PER_DEGREE / 2.0;
    let wide = (high / lat.to_radians().cos().max(0.01)).min(180.0);
    Bounds {
        west: (lon - wide).max(-180.0),
        south: (lat - high).max(-90.0),
        east: (lon + wide).min(180.0),
        north: (lat + high).min(90.0),
    }
}

impl ShownPlace {
    /// What may be drawn: the geometry, or the cell that stands for it; nothing of a withheld place.
    pub fn drawn(&self) -> Option<Geometry> {
        match self {
            ShownPlace::Exact { geometry, .. } => Some(geometry.clone()),
            ShownPlace::Grid { centre, grid_m } => {
                Some(cell_around(centre.lon, centre.lat, *grid_m).ring())
            }
            ShownPlace::Withheld => None,
        }
    }
}

impl Bounds {
    /// Its four sides as a polygon, to a ten-thousandth of a degree.
    fn ring(&self) -> Geometry {
        let rounded = |n: f64| (n * 1e4).round() / 1e4;
        let corner = |lon: f64, lat: f64| Position2 {
            lon: rounded(lon),
            lat: rounded(lat),
        };
        Geometry::Polygon(vec![vec![
            corner(self.west, self.south),
            corner(self.east, self.south),
            corner(self.east, self.north),
            corner(self.west, self.north),
            corner(self.west, self.south),
        ]])
    }
}

/// The cell of the fixed grid: rows of equal latitude, columns of equal longitude per row.
fn cell_of(lon: f64, lat: f64, grid_m: u32) -> ShownPlace {
    let step = f64::from(grid_m) / METRES_PER_DEGREE;
    let row_lat = ((lat / step).floor() + 0.5) * step;
    let column_step = (step / row_lat.to_radians().cos().max(0.01)).min(360.0);
    let column_lon = ((lon / column_step).floor() + 0.5) * column_step;
    let rounded = |n: f64| (n * 1e4).round() / 1e4;
    let centre = Position2 {
        lon: rounded(column_lon.clamp(-180.0, 180.0)),
        lat: rounded(row_lat.clamp(-90.0, 90.0)),
    };
    ShownPlace::Grid { centre, grid_m }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn off_the_globe_is_refused() {
        for (lon, lat) in [
            (181.0, 0.0),
            (0.0, 90.1),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ] {
            assert!(Location::point(lon, lat).is_err());
        }
    }

    #[test]
    fn a_text_that_has_the_coordinates_in_it_tells_the_place() {
        let here = Location::point(46.7512, 39.7634).unwrap();
        for text in [
            "39.7634, 46.7512",
            "bei 39,76 N",
            "N39°45'48\" E46°45'04\"",
            "39° 45′ north",
            "lat=39.763",
            "-46.7512",
        ] {
            assert!(here.is_told_in(text), "{text}");
        }
        for text in [
            "built in 1939",
            "39 rooms, 46 windows",
            "height 12.5 m",
            "41.90 N",
            "1.2.3.4",
            "",
            "№ 5°",
        ] {
            assert!(!here.is_told_in(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_to_be_looked_through(text in "[0-9., °'d\\PC]{0,40}") {
            let _ = Location::point(1.5, 2.5).unwrap().is_told_in(&text);
        }

        #[test]
        fn generalising_is_stable_and_hides_the_place(lon in -180.0..180.0f64, lat in -85.0..85.0f64) {
            let mut here = Location::point(lon, lat).unwrap();
            here.sensitivity = Sensitivity::Generalised;
            prop_assert_eq!(here.shown(false), here.shown(false));
            let ShownPlace::Grid { centre, grid_m } = here.shown(false) else { panic!("exact") };
            // Any place of the cell gives the same centre: the answer tells the cell, no more.
            let mut at_centre = Location::point(centre.lon(), centre.lat()).unwrap();
            at_centre.sensitivity = Sensitivity::Generalised;
            prop_assert_eq!(at_centre.shown(false), ShownPlace::Grid { centre, grid_m });
            // The cell that is drawn holds the place (to the rounding of its corners).
            let b = here.shown(false).drawn().unwrap().bounds().unwrap();
            prop_assert!(b.west - 2e-4 <= lon && lon <= b.east + 2e-4, "{b:?}");
            prop_assert!(b.south - 2e-4 <= lat && lat <= b.north + 2e-4, "{b:?}");
        }

        #[test]
        fn withheld_shows_nothing(lon in -180.0..180.0f64, lat in -90.0..90.0f64) {
            let mut here = Location::point(lon, lat).unwrap();
            here.sensitivity = Sensitivity::Withheld;
            prop_assert_eq!(here.shown(false), ShownPlace::Withheld);
        }
    }
}
