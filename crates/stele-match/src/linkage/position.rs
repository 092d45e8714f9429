//! Places as points on a sphere, so that many are quickly told how far apart they lie.

use crate::Spot;

/// Mean radius of the Earth (IUGG R1), in kilometres.
const RADIUS_KM: f64 = 6371.0088;

/// A point on the unit sphere, with its uncertainty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    at: [f64; 3],
    /// Radius it is certain to, in kilometres, if the list says.
    pub uncertain_km: Option<f64>,
}

impl Position {
    pub fn of(spot: Spot) -> Position {
        let (lat_sin, lat_cos) = spot.lat.to_radians().sin_cos();
        let (lon_sin, lon_cos) = spot.lon.to_radians().sin_cos();
        Position {
            at: [lat_cos * lon_cos, lat_cos * lon_sin, lat_sin],
            uncertain_km: spot.uncertain_km,
        }
    }

    /// Great-circle distance in kilometres.
    pub fn km_to(&self, other: &Position) -> f64 {
        let apart = self
            .at
            .iter()
            .zip(&other.at)
            .map(|(a, b)| (a - b) * (a - b));
        let half_chord = 0.5 * apart.sum::<f64>().sqrt();
        // Of places this close the arc is its chord but for a part in ten millions.
        let arc = match half_chord {
            near if near < 0.03 => near * (1.0 + near * near / 6.0),
            far => far.min(1.0).asin(),
        };
        2.0 * RADIUS_KM * arc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_haversine() {
        let haversine = |a: Spot, b: Spot| {
            let (from, to) = (a.lat.to_radians(), b.lat.to_radians());
            let (dlat, dlon) = (to - from, (b.lon - a.lon).to_radians());
            let h = (dlat / 2.0).sin().powi(2) + from.cos() * to.cos() * (dlon / 2.0).sin().powi(2);
            2.0 * RADIUS_KM * h.sqrt().min(1.0).asin()
        };
        let spot = |lon, lat| Spot {
            lon,
            lat,
            uncertain_km: None,
        };
        let from = spot(46.75, 39.76);
        for to in [
            spot(46.75, 39.76),
            spot(46.751, 39.76),
            spot(46.2, 40.1),
            spot(44.5, 41.0),
            spot(-133.25, -39.76),
            spot(179.0, 89.9),
        ] {
            let (seen, meant) = (from.km_to(to), haversine(from, to));
            assert!((seen - meant).abs() < 1e-6 + meant * 1e-6, "{seen} {meant}");
        }
    }
}
