//! Geometry as well-known binary, little-endian, and as well-known text (OGC 06-103r4).

use std::fmt::Write;
use stele_model::Geometry;
use stele_model::place::Position2;

/// Number of the kind of geometry, the same in WKB and FlatGeobuf.
pub(super) fn type_number(geometry: &Geometry) -> u8 {
    match geometry {
        Geometry::Point(_) => 1,
        Geometry::LineString(_) => 2,
        Geometry::Polygon(_) => 3,
        Geometry::MultiPoint(_) => 4,
        Geometry::MultiLineString(_) => 5,
        Geometry::MultiPolygon(_) => 6,
    }
}

/// Name of the kind of geometry in GeoJSON and GeoParquet.
pub(super) fn type_name(geometry: &Geometry) -> &'static str {
    match geometry {
        Geometry::Point(_) => "Point",
        Geometry::LineString(_) => "LineString",
        Geometry::Polygon(_) => "Polygon",
        Geometry::MultiPoint(_) => "MultiPoint",
        Geometry::MultiLineString(_) => "MultiLineString",
        Geometry::MultiPolygon(_) => "MultiPolygon",
    }
}

/// Appends a geometry as well-known binary.
pub(super) fn append(out: &mut Vec<u8>, geometry: &Geometry) {
    head(out, type_number(geometry));
    match geometry {
        Geometry::Point(p) => position(out, *p),
        Geometry::LineString(line) => positions(out, line),
        Geometry::Polygon(rings) => parts(out, rings),
        Geometry::MultiPoint(points) => {
            count(out, points.len());
            for p in points {
                head(out, 1);
                position(out, *p);
            }
        }
        Geometry::MultiLineString(lines) => {
            count(out, lines.len());
            for line in lines {
                head(out, 2);
                positions(out, line);
            }
        }
        Geometry::MultiPolygon(polygons) => {
            count(out, polygons.len());
            for rings in polygons {
                head(out, 3);
                parts(out, rings);
            }
        }
    }
}

fn head(out: &mut Vec<u8>, number: u8) {
    out.push(1);
    out.extend(u32::from(number).to_le_bytes());
}

fn count(out: &mut Vec<u8>, n: usize) {
    // A geometry has MAX_POSITIONS at most.
    out.extend(u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
}

fn position(out: &mut Vec<u8>, p: Position2) {
    out.extend(p.lon().to_le_bytes());
    out.extend(p.lat().to_le_bytes());
}

fn positions(out: &mut Vec<u8>, line: &[Position2]) {
    count(out, line.len());
    line.iter().for_each(|p| position(out, *p));
}

fn parts(out: &mut Vec<u8>, rings: &[Vec<Position2>]) {
    count(out, rings.len());
    rings.iter().for_each(|ring| positions(out, ring));
}

/// A geometry as well-known text.
pub(super) fn text(geometry: &Geometry) -> String {
    let mut out = type_name(geometry).to_uppercase();
    out.push(' ');
    match geometry {
        Geometry::Point(p) => list(&mut out, &[*p], pair),
        Geometry::LineString(line) | Geometry::MultiPoint(line) => list(&mut out, line, pair),
        Geometry::Polygon(rings) | Geometry::MultiLineString(rings) => {
            list(&mut out, rings, |out, ring| list(out, ring, pair));
        }
        Geometry::MultiPolygon(polygons) => list(&mut out, polygons, |out, rings| {
            list(out, rings, |out, ring| list(out, ring, pair));
        }),
    }
    out
}

fn list<T>(out: &mut String, items: &[T], each: impl Fn(&mut String, &T)) {
    out.push('(');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        each(out, item);
    }
    out.push(')');
}

fn pair(out: &mut String, p: &Position2) {
    let _ = write!(out, "{} {}", p.lon(), p.lat());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_geometry_is_written_as_the_standard_has_it() {
        let read = |json: &str| serde_json::from_str::<Geometry>(json).unwrap();
        let point = read(r#"{"type":"Point","coordinates":[46.75,39.5]}"#);
        assert_eq!(text(&point), "POINT (46.75 39.5)");
        let mut bytes = Vec::new();
        append(&mut bytes, &point);
        assert_eq!(bytes[..5], [1, 1, 0, 0, 0]);
        assert_eq!(bytes[5..13], 46.75f64.to_le_bytes());
        let two = read(
            r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}"#,
        );
        assert_eq!(
            text(&two),
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))"
        );
    }
}
