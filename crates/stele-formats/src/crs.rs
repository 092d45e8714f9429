//! Coordinate reference systems that places can be asked for and given in (OGC API – Features, Part 2):
//! by their URI, in the order of axes that the system itself has.
//!
//! Transformations are those of `proj4rs` with the seven parameters of the EPSG registry and without
//! grids: compared with GDAL, systems on another datum than WGS 84 are right to ten metres, most to one.
//! One that is further off is not offered.

use proj4rs::proj::Proj;
use proj4rs::transform::transform;
use std::sync::LazyLock;
use stele_model::place::{Bounds, Position2};

/// Longitude and latitude, WGS 84: what places are stored in, and the default of every question.
pub const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0/";

/// Systems whose first axis goes east.
const EAST_FIRST: &[u16] = &[
    3857, 5041, 5042, 2154, 27700, 2157, 25828, 25829, 25830, 25831, 25832, 25833, 25834, 25835,
    25836, 25837, 2056, 21781, 31370, 28992, 3067, 3765, 3794, 2039, 3890, 3891, 3892, 6312, 2100,
    22991, 22992,
];
/// Systems whose first axis goes north, as the EPSG registry defines them.
const NORTH_FIRST: &[u16] = &[
    3035, 3006, 2180, 31287, 5253, 5254, 5255, 5256, 5257, 5258, 5259, 28404, 28405, 28406, 28407,
    28408, 28409, 28410, 3346, 3301, 3059, 7801, 5562, 5563, 5564, 5565,
];
/// Zones of UTM on WGS 84, north and south.
const UTM: [std::ops::RangeInclusive<u16>; 2] = [32601..=32660, 32701..=32760];

/// Every system offered, WGS 84 first.
static OFFERED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let codes = [4326].into_iter().chain(EAST_FIRST.iter().copied());
    let codes = codes.chain(NORTH_FIRST.iter().copied());
    let codes = codes.chain(UTM.into_iter().flatten());
    let systems = codes.map(|code| format!("{EPSG}{code}"));
    [CRS84.to_owned()].into_iter().chain(systems).collect()
});

/// A system that is not offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no coordinate reference system offered here: the list stands in the collection as `crs`, for example {CRS84} or {EPSG}3857"
)]
pub struct UnknownCrs(pub String);

/// A coordinate reference system.
pub struct Crs {
    uri: String,
    way: Way,
}

enum Way {
    /// Longitude, latitude.
    AsStored,
    /// Latitude, longitude.
    Turned,
    /// Projected.
    Projected {
        proj: Box<Proj>,
        wgs84: Box<Proj>,
        north_first: bool,
    },
}

impl std::fmt::Debug for Crs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Crs").field(&self.uri).finish()
    }
}

impl Default for Crs {
    fn default() -> Self {
        Crs {
            uri: CRS84.to_owned(),
            way: Way::AsStored,
        }
    }
}

impl Crs {
    /// Whether positions are in it as they are stored.
    pub fn is_as_stored(&self) -> bool {
        matches!(self.way, Way::AsStored)
    }

    /// The URIs of every system offered.
    pub fn offered() -> &'static [String] {
        &OFFERED
    }

    /// By its URI; also as URN, safe CURIE and `EPSG:code`, which programs send.
    ///
    /// ```
    /// use stele_formats::crs::Crs;
    /// let utm = Crs::from_uri("http://www.opengis.net/def/crs/EPSG/0/32638")?;
    /// let [east, north] = utm.of([45.0, 40.0]).unwrap();
    /// assert!((east - 500_000.0).abs() < 1e-3 && (north - 4_427_757.2).abs() < 1.0);
    /// # Ok::<(), stele_formats::crs::UnknownCrs>(())
    /// ```
    pub fn from_uri(uri: &str) -> Result<Self, UnknownCrs> {
        let unknown = || UnknownCrs(uri.chars().take(100).collect());
        if uri.len() > 200 {
            return Err(unknown());
        }
        let bare = uri
            .trim()
            .trim_start_matches(['<', '['])
            .trim_end_matches(['>', ']']);
        let bare = bare.replacen("https://", "http://", 1);
        if [CRS84, "OGC:CRS84", "CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"].contains(&bare.as_str()) {
            return Ok(Crs::default());
        }
        let code = [EPSG, "EPSG:", "urn:ogc:def:crs:EPSG::"]
            .iter()
            .find_map(|prefix| bare.strip_prefix(prefix))
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u16>().ok())
            .ok_or_else(unknown)?;
        let way = match code {
            4326 => Way::Turned,
            _ => {
                let north_first = NORTH_FIRST.contains(&code);
                let is_offered = north_first
                    || EAST_FIRST.contains(&code)
                    || UTM.iter().any(|zones| zones.contains(&code));
                if !is_offered {
                    return Err(unknown());
                }
                let wgs84 = Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs");
                Way::Projected {
                    proj: Box::new(Proj::from_epsg_code(code).map_err(|_| unknown())?),
                    wgs84: Box::new(wgs84.map_err(|_| unknown())?),
                    north_first,
                }
            }
        };
        Ok(Crs {
            uri: format!("{EPSG}{code}"),
            way,
        })
    }

    /// Its URI.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether it is the one that places are stored in.
    pub fn is_stored(&self) -> bool {
        matches!(self.way, Way::AsStored)
    }

    /// Whether its numbers are degrees.
    pub fn in_degrees(&self) -> bool {
        !matches!(self.way, Way::Projected { .. })
    }

    /// A position given as longitude and latitude, in this system; none where the system does not
    /// reach: a position that does not come back to where it was.
    pub fn of(&self, [lon, lat]: [f64; 2]) -> Option<[f64; 2]> {
        match &self.way {
            Way::AsStored => Some([lon, lat]),
            Way::Turned => Some([lat, lon]),
            Way::Projected { .. } => {
                let there = self.project([lon, lat])?;
                let back = self.unproject(there)?;
                let astray = (back[0] - lon).abs().max((back[1] - lat).abs());
                // On a pole every longitude is the same place, and so are both sides of the date line.
                let same = lat.abs() > 89.999_999 || (back[0] - lon).abs() > 359.999_999;
                let millimetres = |n: f64| (n * 1e3).round() / 1e3;
                (astray < 1e-5 || same).then(|| there.map(millimetres))
            }
        }
    }

    /// Longitude and latitude of a position of this system; none where it is no place on the globe.
    pub fn lon_lat(&self, [a, b]: [f64; 2]) -> Option<Position2> {
        let [lon, lat] = match &self.way {
            Way::AsStored => [a, b],
            Way::Turned => [b, a],
            Way::Projected { .. } => {
                let degrees = self.unproject([a, b])?;
                // What is beyond the system's edge comes back somewhere else.
                let back = self.project(degrees)?;
                let metre = |n: f64, back: f64| (n - back).abs() < 1.0;
                if !metre(a, back[0]) || !metre(b, back[1]) {
                    return None;
                }
                degrees
            }
        };
        Position2::new(lon, lat).ok()
    }

    /// The box of longitudes and latitudes around a box of this system, its edges followed.
    pub fn around(&self, [min_a, min_b, max_a, max_b]: [f64; 4]) -> Option<Bounds> {
        const STEPS: u32 = 32;
        let mut around: Option<Bounds> = None;
        for i in 0..=STEPS {
            let part = f64::from(i) / f64::from(STEPS);
            let (a, b) = (
                min_a + (max_a - min_a) * part,
                min_b + (max_b - min_b) * part,
            );
            for corner in [[a, min_b], [a, max_b], [min_a, b], [max_a, b]] {
                let p = self.lon_lat(corner)?;
                let own = Bounds {
                    west: p.lon(),
                    east: p.lon(),
                    south: p.lat(),
                    north: p.lat(),
                };
                around = Some(match around {
                    None => own,
                    Some(b) => Bounds {
                        west: b.west.min(own.west),
                        east: b.east.max(own.east),
                        south: b.south.min(own.south),
                        north: b.north.max(own.north),
                    },
                });
            }
        }
        around
    }

    fn project(&self, [lon, lat]: [f64; 2]) -> Option<[f64; 2]> {
        let Way::Projected {
            proj,
            wgs84,
            north_first,
        } = &self.way
        else {
            return None;
        };
        let mut point = (lon.to_radians(), lat.to_radians(), 0.0);
        transform(wgs84, proj, &mut point).ok()?;
        let (x, y, _) = point;
        let ordered = if *north_first { [y, x] } else { [x, y] };
        ordered.iter().all(|n| n.is_finite()).then_some(ordered)
    }

    fn unproject(&self, [a, b]: [f64; 2]) -> Option<[f64; 2]> {
        let Way::Projected {
            proj,
            wgs84,
            north_first,
        } = &self.way
        else {
            return None;
        };
        let (x, y) = if *north_first { (b, a) } else { (a, b) };
        let mut point = (x, y, 0.0);
        transform(proj, wgs84, &mut point).ok()?;
        let degrees = [point.0.to_degrees(), point.1.to_degrees()];
        degrees.iter().all(|n| n.is_finite()).then_some(degrees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_offered_is_known_by_its_uri() {
        for uri in Crs::offered() {
            assert_eq!(Crs::from_uri(uri).unwrap().uri(), uri);
        }
        for bad in [
            "",
            "http://www.opengis.net/def/crs/EPSG/0/",
            "http://www.opengis.net/def/crs/EPSG/0/999999",
            "EPSG:-1",
            "EPSG:4978",
            "+proj=longlat",
        ] {
            assert!(Crs::from_uri(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn axes_go_as_the_system_has_them() {
        let of = |uri: &str, lon_lat| Crs::from_uri(uri).unwrap().of(lon_lat);
        assert_eq!(of("EPSG:4326", [45.0, 40.0]), Some([40.0, 45.0]));
        let [north, east] = of("EPSG:28408", [45.0, 40.0]).unwrap();
        assert!((8_400_000.0..8_600_000.0).contains(&east) && north < 5_000_000.0);
        let [x, y] = of("EPSG:3857", [180.0, 0.0]).unwrap();
        assert!(
            (x - 20_037_508.343).abs() < 0.01 && y.abs() < 0.01,
            "{x} {y}"
        );
    }

    #[test]
    fn a_system_gives_no_position_where_it_does_not_reach() {
        let of = |uri: &str, lon_lat| Crs::from_uri(uri).unwrap().of(lon_lat);
        assert_eq!(of("EPSG:3857", [0.0, 90.0]), None);
        assert_eq!(of("EPSG:32638", [135.0, 0.0]), None);
        assert!(of("EPSG:5041", [20.0, 90.0]).is_some());
    }

    #[test]
    fn a_box_is_followed_along_its_edges() {
        let mercator = Crs::from_uri("EPSG:3857").unwrap();
        let around = mercator
            .around([0.0, 0.0, 1_113_194.908, 1_118_889.975])
            .unwrap();
        assert!((around.east - 10.0).abs() < 1e-6 && (around.north - 10.0).abs() < 1e-6);
        assert_eq!(mercator.around([0.0, 0.0, f64::NAN, 1.0]), None);
        assert_eq!(mercator.around([-1e300, 0.0, 0.0, 1.0]), None);
        assert_eq!(mercator.around([0.0, 0.0, 1e30, 1e30]), None);
        // To the edge of the world it is a box of the system.
        let edge = 20_037_508.342_789_244;
        assert!(mercator.around([-edge, -edge, edge, edge]).is_some());
    }
}
