//! From the coordinates of a file to longitude and latitude in WGS 84.

use super::Shape;
use proj4rs::proj::Proj;
use proj4rs::transform::transform;

/// Coordinates of another reference system, ready to be turned into WGS 84.
pub struct Projection {
    from: Proj,
    to: Proj,
    /// What it was called where it was found.
    pub name: String,
    degrees: bool,
}

/// A reference system that is not known.
#[derive(Debug, thiserror::Error)]
#[error("the coordinate system {0} is not known: give the list in WGS 84 (EPSG:4326)")]
pub struct UnknownProjection(pub String);

impl std::fmt::Debug for Projection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Projection").field(&self.name).finish()
    }
}

impl Projection {
    /// By its EPSG code; `None` where the coordinates are WGS 84 already.
    pub fn epsg(code: u32) -> Result<Option<Projection>, UnknownProjection> {
        if matches!(code, 4326 | 4979 | 0) {
            return Ok(None);
        }
        let name = format!("EPSG:{code}");
        let proj = u16::try_from(code)
            .ok()
            .and_then(|code| Proj::from_epsg_code(code).ok());
        Projection::from_proj(proj.ok_or_else(|| UnknownProjection(name.clone()))?, name).map(Some)
    }

    /// By the well-known text of a `.prj` file or a GeoPackage.
    pub fn wkt(text: &str) -> Result<Option<Projection>, UnknownProjection> {
        let name: String = text
            .split('"')
            .nth(1)
            .unwrap_or("without a name")
            .to_owned();
        let unknown = || UnknownProjection(name.clone());
        let plain = text.to_ascii_uppercase().replace([' ', '_'], "");
        if plain.trim_start().starts_with("GEOGCS") && plain.contains("WGS1984") {
            return Ok(None);
        }
        // An authority at the very end names the whole of it.
        let code = text.rsplit_once("EPSG").map(|(_, tail)| {
            tail.chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
        });
        if let Some(projection) = code
            .and_then(|code| code.parse().ok())
            .and_then(|code| Projection::epsg(code).ok())
        {
            return Ok(projection);
        }
        let definition = proj4wkt::wkt_to_projstring(text).map_err(|_| unknown())?;
        let proj = Proj::from_proj_string(&definition).map_err(|_| unknown())?;
        Projection::from_proj(proj, name).map(Some)
    }

    fn from_proj(from: Proj, name: String) -> Result<Projection, UnknownProjection> {
        let to = Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs")
            .map_err(|_| UnknownProjection(name.clone()))?;
        let degrees = from.is_latlong();
        Ok(Projection {
            from,
            to,
            name,
            degrees,
        })
    }

    /// Longitude and latitude of a position.
    pub fn position(&self, [x, y]: [f64; 2]) -> Result<[f64; 2], String> {
        let mut point = if self.degrees {
            (x.to_radians(), y.to_radians(), 0.0)
        } else {
            (x, y, 0.0)
        };
        transform(&self.from, &self.to, &mut point)
            .map_err(|e| format!("{x}, {y} is no position in {}: {e}", self.name))?;
        let [lon, lat] = [point.0.to_degrees(), point.1.to_degrees()];
        // Eleven digits are a hundredth of a millimetre; the rest is noise of the arithmetic.
        let round = |degrees: f64| (degrees * 1e9).round() / 1e9;
        Ok([round(lon), round(lat)])
    }

    /// A shape, position by position.
    pub fn shape(&self, shape: Shape) -> Result<Shape, String> {
        shape.map(&mut |position| self.position(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_agree_with_published_ones() {
        // Ordnance Survey, "A guide to coordinate systems in Great Britain": the Caister water tower.
        let grid = Projection::epsg(27700).unwrap().unwrap();
        let [lon, lat] = grid.position([651_409.903, 313_177.270]).unwrap();
        assert!(
            (lon - 1.716_073).abs() < 1e-4 && (lat - 52.658_007).abs() < 1e-4,
            "{lon} {lat}"
        );
        let utm = Projection::epsg(32638).unwrap().unwrap();
        let [lon, lat] = utm.position([500_000.0, 4_427_757.0]).unwrap();
        assert!(
            (lon - 45.0).abs() < 1e-6 && (lat - 40.0).abs() < 1e-4,
            "{lon} {lat}"
        );
        assert!(Projection::epsg(4326).unwrap().is_none());
        assert!(Projection::epsg(999_999).is_err());
    }
}
