//! Features as GeoJSON (RFC 7946), written straight into bytes: no tree in between.
//!
//! In another system than WGS 84 the positions are in that system and in its order of axes (OGC API –
//! Features, Part 2), which whoever writes must say beside it.

use crate::crs::Crs;
use crate::feature::{Column, Feature, Value, moment};
use stele_model::Geometry;
use stele_model::place::Position2;

/// How features are written.
#[derive(Debug)]
pub struct Writing<'a> {
    /// The columns of the collection.
    pub columns: &'a [Column],
    /// Only these, by their place among the columns; all where none is given.
    pub only: Option<&'a [bool]>,
    /// Whether geometries are written.
    pub geometry: bool,
    /// In which system.
    pub crs: &'a Crs,
}

impl Writing<'_> {
    /// Whether everything is written, and as it is stored.
    pub fn is_whole(&self) -> bool {
        self.only.is_none() && self.geometry && self.crs.is_as_stored()
    }

    /// Writes a feature. `links` is JSON that stands as its links, where there are any.
    pub fn feature(&self, out: &mut Vec<u8>, feature: &Feature, links: Option<&str>) {
        out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":\"");
        out.extend_from_slice(feature.id.to_string().as_bytes());
        out.extend_from_slice(b"\",\"geometry\":");
        match feature.geometry.as_ref().filter(|_| self.geometry) {
            Some(geometry) => self.geometry(out, geometry),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"properties\":{");
        let mut first = true;
        for (i, column) in self.columns.iter().enumerate() {
            if self
                .only
                .is_some_and(|only| !only.get(i).is_some_and(|chosen| *chosen))
            {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.push(b'"');
            out.extend_from_slice(column.id.as_bytes());
            out.extend_from_slice(b"\":");
            value(out, feature.values.get(i).and_then(Option::as_ref));
        }
        out.push(b'}');
        if let Some(links) = links {
            out.extend_from_slice(b",\"links\":");
            out.extend_from_slice(links.as_bytes());
        }
        out.push(b'}');
    }

    /// A geometry; `null` where the system does not reach it.
    fn geometry(&self, out: &mut Vec<u8>, geometry: &Geometry) {
        let start = out.len();
        let name = match geometry {
            Geometry::Point(_) => "Point",
            Geometry::LineString(_) => "LineString",
            Geometry::Polygon(_) => "Polygon",
            Geometry::MultiPoint(_) => "MultiPoint",
            Geometry::MultiLineString(_) => "MultiLineString",
            Geometry::MultiPolygon(_) => "MultiPolygon",
        };
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\",\"coordinates\":");
        let written = match geometry {
            Geometry::Point(p) => self.position(out, p),
            Geometry::LineString(line) | Geometry::MultiPoint(line) => self.line(out, line),
            Geometry::Polygon(rings) | Geometry::MultiLineString(rings) => self.rings(out, rings),
            Geometry::MultiPolygon(polygons) => {
                list(out, polygons, |out, rings| self.rings(out, rings))
            }
        };
        out.push(b'}');
        if written.is_none() {
            out.truncate(start);
            out.extend_from_slice(b"null");
        }
    }

    fn rings(&self, out: &mut Vec<u8>, rings: &[Vec<Position2>]) -> Option<()> {
        list(out, rings, |out, line| self.line(out, line))
    }

    fn line(&self, out: &mut Vec<u8>, line: &[Position2]) -> Option<()> {
        list(out, line, |out, p| self.position(out, p))
    }

    fn position(&self, out: &mut Vec<u8>, p: &Position2) -> Option<()> {
        let [a, b] = self.crs.of([p.lon(), p.lat()])?;
        out.push(b'[');
        number(out, a);
        out.push(b',');
        number(out, b);
        out.push(b']');
        Some(())
    }
}

fn list<T>(
    out: &mut Vec<u8>,
    items: &[T],
    mut each: impl FnMut(&mut Vec<u8>, &T) -> Option<()>,
) -> Option<()> {
    out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        each(out, item)?;
    }
    out.push(b']');
    Some(())
}

/// Writing into memory does not fail, and numbers that are none are written as `null`.
fn number(out: &mut Vec<u8>, n: f64) {
    let _ = serde_json::to_writer(out, &n);
}

/// A text in quotation marks.
pub fn text(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

fn value(out: &mut Vec<u8>, value: Option<&Value>) {
    match value {
        None => out.extend_from_slice(b"null"),
        Some(Value::Text(words)) => text(out, words),
        Some(Value::Whole(n)) => {
            let _ = serde_json::to_writer(out, n);
        }
        Some(Value::Day(day)) => text(out, &day.to_string()),
        Some(Value::Moment(ms)) => text(out, &moment(*ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Holds;
    use stele_model::AnyId;
    use stele_model::date::Day;

    const COLUMNS: &[Column] = &[
        Column {
            id: "title",
            about: "",
            holds: Holds::Text,
        },
        Column {
            id: "since",
            about: "",
            holds: Holds::Day,
        },
    ];

    fn written(geometry: Option<Geometry>, crs: &Crs, only: Option<&[bool]>) -> serde_json::Value {
        let feature = Feature {
            id: AnyId::from_bytes([1; 16]),
            geometry,
            values: vec![
                Some(Value::Text("a \"b\" \u{1}ш".into())),
                Some(Value::Day(Day(0))),
            ],
            time: None,
            stamp: String::new(),
        };
        let writing = Writing {
            columns: COLUMNS,
            only,
            geometry: true,
            crs,
        };
        let mut out = Vec::new();
        writing.feature(&mut out, &feature, Some("[]"));
        serde_json::from_slice(&out).unwrap()
    }

    fn at(lon: f64, lat: f64) -> Position2 {
        Position2::new(lon, lat).unwrap()
    }

    #[test]
    fn what_is_written_reads_back() {
        let square = vec![at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 0.0)];
        let geometry = Geometry::MultiPolygon(vec![vec![square.clone(), square]]);
        let json = written(Some(geometry.clone()), &Crs::default(), None);
        assert_eq!(json["properties"]["title"], "a \"b\" \u{1}ш");
        assert_eq!(json["properties"]["since"], "1970-01-01");
        let back: Geometry = serde_json::from_value(json["geometry"].clone()).unwrap();
        assert_eq!(back, geometry);
    }

    #[test]
    fn only_the_columns_asked_for_are_written() {
        let json = written(None, &Crs::default(), Some(&[false, true]));
        assert_eq!(
            json["properties"],
            serde_json::json!({"since": "1970-01-01"})
        );
        assert!(json["geometry"].is_null());
    }

    #[test]
    fn a_geometry_that_a_system_does_not_reach_is_none() {
        let mercator = Crs::from_uri("EPSG:3857").unwrap();
        let line = Geometry::LineString(vec![at(0.0, 0.0), at(0.0, 90.0)]);
        assert!(written(Some(line), &mercator, None)["geometry"].is_null());
        let turned = Crs::from_uri("EPSG:4326").unwrap();
        let json = written(Some(Geometry::Point(at(46.5, 39.5))), &turned, None);
        assert_eq!(
            json["geometry"]["coordinates"],
            serde_json::json!([39.5, 46.5])
        );
    }
}
