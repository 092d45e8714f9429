//! Two places on one small drawing, north up, each as exactly as it is shown to this reader.

use maud::{Markup, html};
use stele_model::ShownPlace;

const SIDE: f64 = 320.0;
const MARGIN: f64 = 40.0;
const METRES_PER_DEGREE: f64 = 111_320.0;
/// Least extent of a drawing in metres, so that one point still has surroundings.
const LEAST_M: f64 = 100.0;

/// A place as a circle in degrees and metres, or a cell of a grid.
struct Spot {
    lon: f64,
    lat: f64,
    around_m: f64,
    is_cell: bool,
}

fn spot(place: &ShownPlace) -> Option<Spot> {
    match place {
        ShownPlace::Exact {
            geometry,
            uncertainty_m,
        } => {
            let b = geometry.bounds()?;
            let lat = (b.south + b.north) / 2.0;
            let wide = (b.east - b.west) * lat.to_radians().cos() * METRES_PER_DEGREE;
            let extent = wide.hypot((b.north - b.south) * METRES_PER_DEGREE) / 2.0;
            Some(Spot {
                lon: (b.west + b.east) / 2.0,
                lat,
                around_m: uncertainty_m.map_or(extent, |m| extent + f64::from(m)),
                is_cell: false,
            })
        }
        ShownPlace::Grid { centre, grid_m } => Some(Spot {
            lon: centre.lon(),
            lat: centre.lat(),
            around_m: f64::from(*grid_m) / 2.0,
            is_cell: true,
        }),
        ShownPlace::Withheld => None,
    }
}

/// The drawing; none unless both places are shown.
pub(super) fn of(places: [Option<&ShownPlace>; 2]) -> Option<Markup> {
    let [a, b] = places.map(|place| place.and_then(spot));
    let spots = [a?, b?];
    let (lon, lat) = (
        (spots[0].lon + spots[1].lon) / 2.0,
        (spots[0].lat + spots[1].lat) / 2.0,
    );
    let metres = |s: &Spot| {
        let x = (s.lon - lon) * lat.to_radians().cos() * METRES_PER_DEGREE;
        (x, -(s.lat - lat) * METRES_PER_DEGREE)
    };
    let reach = spots.iter().map(|s| {
        let (x, y) = metres(s);
        x.abs().max(y.abs()) + s.around_m
    });
    let reach = reach.fold(LEAST_M, f64::max);
    let scale = (SIDE / 2.0 - MARGIN) / reach;
    let apart = {
        let ((ax, ay), (bx, by)) = (metres(&spots[0]), metres(&spots[1]));
        (ax - bx).hypot(ay - by)
    };
    let bar_m = round_below(reach);
    let drawn = spots.iter().zip(["A", "B"]).map(|(s, letter)| {
        let (x, y) = metres(s);
        let (x, y, r) = (SIDE / 2.0 + x * scale, SIDE / 2.0 + y * scale, s.around_m * scale);
        let side = if letter == "A" { "map__a" } else { "map__b" };
        // Letters of places on one spot stand beside each other.
        let dx = if letter == "A" { -14.0 } else { 6.0 };
        html! {
            @if s.is_cell { rect.map__around.(side) x=(tenth(x - r)) y=(tenth(y - r)) width=(tenth(2.0 * r)) height=(tenth(2.0 * r)) {} }
            @else if r > 3.0 { circle.map__around.(side) cx=(tenth(x)) cy=(tenth(y)) r=(tenth(r)) {} }
            circle.map__spot.(side) cx=(tenth(x)) cy=(tenth(y)) r="4" {}
            text.map__letter x=(tenth(x + dx)) y=(tenth(y - 6.0)) { (letter) }
        }
    });
    let drawn: Vec<Markup> = drawn.collect();
    let words = format!("A and B lie {} apart, middle to middle", distance(apart));
    Some(html! {
        svg.map viewBox={ "0 0 " (SIDE) " " (SIDE) } width=(SIDE) height=(SIDE) role="img" aria-label=(words) {
            rect.map__sheet x="0.5" y="0.5" width=(SIDE - 1.0) height=(SIDE - 1.0) {}
            @for spot in &drawn { (spot) }
            line.map__scale x1="16" x2=(tenth(16.0 + bar_m * scale)) y1=(SIDE - 16.0) y2=(SIDE - 16.0) {}
            text.map__words x="16" y=(SIDE - 22.0) { (distance(bar_m)) }
            text.map__words x=(SIDE - 36.0) y="22" { "N ↑" }
        }
        p.muted { (words) ". Circles are what each place is certain to; a square is the cell of a grid that a protected place is shown on." }
    })
}

fn tenth(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

/// 1, 2 or 5 times a power of ten, not above.
fn round_below(metres: f64) -> f64 {
    let power = 10f64.powf(metres.log10().floor());
    let steps = [5.0, 2.0, 1.0];
    steps
        .into_iter()
        .map(|s| s * power)
        .find(|m| *m <= metres)
        .unwrap_or(power)
}

fn distance(metres: f64) -> String {
    match metres {
        m if m >= 10_000.0 => format!("{:.0} km", m / 1000.0),
        m if m >= 1_000.0 => format!("{:.1} km", m / 1000.0),
        m => format!("{m:.0} m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stele_model::Location;

    fn exact(lon: f64, lat: f64) -> ShownPlace {
        Location::point(lon, lat).unwrap().shown(true)
    }

    #[test]
    fn a_place_that_is_withheld_is_not_drawn() {
        assert!(of([Some(&exact(46.0, 40.0)), Some(&ShownPlace::Withheld)]).is_none());
        assert!(of([Some(&exact(46.0, 40.0)), None]).is_none());
    }

    #[test]
    fn the_drawing_says_how_far_apart_they_lie() {
        let drawn = of([Some(&exact(46.0, 40.0)), Some(&exact(46.0, 40.1))]).unwrap();
        assert!(drawn.into_string().contains("A and B lie 11 km apart"));
        let same = of([Some(&exact(46.0, 40.0)), Some(&exact(46.0, 40.0))]).unwrap();
        assert!(!same.into_string().contains("NaN"));
    }
}
