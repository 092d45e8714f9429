//! Cutting lines and rings to a tile and its margin (Sutherland and Hodgman, 1974; Liang and Barsky, 1984).

use super::{EXTENT, MARGIN};

type Point = (f64, f64);

const LEAST: f64 = -(MARGIN as f64);
const MOST: f64 = EXTENT as f64 + MARGIN as f64;

/// What is left of a ring; a hole or bay at the edge may leave edges on the margin, which no one sees.
pub(super) fn ring(points: &[Point]) -> Vec<Point> {
    /// How far inside of one side a point is; less than nothing outside.
    type Inside = fn(&Point) -> f64;
    let sides: [Inside; 4] = [
        |p| p.0 - LEAST,
        |p| MOST - p.0,
        |p| p.1 - LEAST,
        |p| MOST - p.1,
    ];
    let mut ring = points.to_vec();
    for inside_by in sides {
        let mut kept = Vec::with_capacity(ring.len());
        let mut before = ring.last().copied();
        for point in ring {
            if let Some(before) = before {
                let (a, b) = (inside_by(&before), inside_by(&point));
                if (a < 0.0) != (b < 0.0) {
                    kept.push(between(before, point, a / (a - b)));
                }
            }
            if inside_by(&point) >= 0.0 {
                kept.push(point);
            }
            before = Some(point);
        }
        ring = kept;
    }
    ring
}

/// The pieces that are left of a line.
pub(super) fn line(points: &[Point]) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let &[a, b] = pair else { continue };
        let Some((from, to)) = segment(a, b) else {
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

fn segment(a: Point, b: Point) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut from, mut to) = (0.0f64, 1.0f64);
    for (p, q) in [
        (-dx, a.0 - LEAST),
        (dx, MOST - a.0),
        (-dy, a.1 - LEAST),
        (dy, MOST - a.1),
    ] {
        if p == 0.0 {
            if q < 0.0 {
                return None;
            }
        } else if p < 0.0 {
            from = from.max(q / p);
        } else {
            to = to.min(q / p);
        }
    }
    let ends = |t: f64| match t {
        0.0 => a,
        1.0 => b,
        t => between(a, b, t),
    };
    (from <= to).then(|| (ends(from), ends(to)))
}

fn between(a: Point, b: Point, share: f64) -> Point {
    (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_around_the_tile_becomes_its_margin() {
        let around = [(-9e9, -9e9), (9e9, -9e9), (9e9, 9e9), (-9e9, 9e9)];
        let cut = ring(&around);
        assert_eq!(cut.len(), 4, "{cut:?}");
        assert!(
            cut.iter()
                .all(|p| [LEAST, MOST].contains(&p.0) && [LEAST, MOST].contains(&p.1))
        );
        assert!(ring(&[(-500.0, 0.0), (-400.0, 0.0), (-400.0, 9.0)]).is_empty());
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two() {
        let cut = line(&[(10.0, 10.0), (10.0, 9000.0), (20.0, 9000.0), (20.0, 10.0)]);
        assert_eq!(
            cut,
            [
                vec![(10.0, 10.0), (10.0, MOST)],
                vec![(20.0, MOST), (20.0, 10.0)]
            ]
        );
        assert_eq!(line(&[(0.0, 0.0), (5.0, 5.0), (9.0, 0.0)]).len(), 1);
    }
}
