//! Geometries that are compared: the one a feature is shown at, and those written in the filter. The
//! relations are those of the `geo` crate, on the plane of longitude and latitude.

use super::{Feature, Unfit};
use geo::algorithm::{BoundingRect, Intersects, Relate, Validation};
use geo::{Coord, LineString, MultiPolygon, Point, Polygon, Rect};
use std::panic::{AssertUnwindSafe, catch_unwind};
use stele_formats::cql2::Spatial;
use stele_formats::crs::Crs;
use stele_formats::table::Shape;
use stele_model::Geometry;
use stele_model::place::{Bounds, Position2};

/// A geometry.
#[derive(Debug)]
pub(super) enum Place {
    /// Where the feature is shown.
    Own,
    Given(Box<geo::Geometry>, Bounds),
}

/// A geometry written out, brought to longitude and latitude.
pub(super) fn given(shape: &Shape, crs: &Crs) -> Result<Place, Unfit> {
    let geometry = brought(shape, crs)?;
    geometry
        .check_validation()
        .map_err(|e| Unfit::Place(format!("a geometry of the filter is not valid: {e}")))?;
    placed(geometry)
}

/// A box written out, in the order of axes of its system; in degrees one whose west lies east of its
/// east crosses the antimeridian.
pub(super) fn boxed([min_a, min_b, max_a, max_b]: [f64; 4], crs: &Crs) -> Result<Place, Unfit> {
    let none = || Unfit::Place("BBOX has a corner that is no place of its system".to_owned());
    if !crs.in_degrees() {
        if min_a > max_a || min_b > max_b {
            return Err(Unfit::Place("BBOX ends before it begins".to_owned()));
        }
        const STEPS: u32 = 16;
        let mut ring = Vec::new();
        let corners = [
            [min_a, min_b],
            [max_a, min_b],
            [max_a, max_b],
            [min_a, max_b],
            [min_a, min_b],
        ];
        for pair in corners.windows(2) {
            for i in 0..STEPS {
                let part = f64::from(i) / f64::from(STEPS);
                let at = |k: usize| pair[0][k] + (pair[1][k] - pair[0][k]) * part;
                let p = crs.lon_lat([at(0), at(1)]).ok_or_else(none)?;
                ring.push(coord(p));
            }
        }
        return placed(Polygon::new(LineString::new(ring), Vec::new()).into());
    }
    let is_turned = !crs.is_stored();
    let [west, south, east, north] = match is_turned {
        true => [min_b, min_a, max_b, max_a],
        false => [min_a, min_b, max_a, max_b],
    };
    if south > north {
        return Err(Unfit::Place(
            "BBOX has its south north of its north".to_owned(),
        ));
    }
    let part =
        |west: f64, east: f64| Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north });
    match west <= east {
        true => placed(thin(part(west, east))),
        false => placed(
            MultiPolygon::new(vec![
                part(west, west.max(180.0)).to_polygon(),
                part(east.min(-180.0), east).to_polygon(),
            ])
            .into(),
        ),
    }
}

/// A box without width or height is a line or a point.
fn thin(rect: Rect) -> geo::Geometry {
    let (min, max) = (rect.min(), rect.max());
    match (min.x < max.x, min.y < max.y) {
        (true, true) => rect.to_polygon().into(),
        (false, false) => Point::from(min).into(),
        _ => LineString::new(vec![min, max]).into(),
    }
}

fn placed(geometry: geo::Geometry) -> Result<Place, Unfit> {
    let Some(rect) = geometry.bounding_rect() else {
        return Err(Unfit::Place("a geometry of the filter is empty".to_owned()));
    };
    let bounds = Bounds {
        west: rect.min().x,
        south: rect.min().y,
        east: rect.max().x,
        north: rect.max().y,
    };
    Ok(Place::Given(Box::new(geometry), bounds))
}

fn coord(p: Position2) -> Coord {
    Coord {
        x: p.lon(),
        y: p.lat(),
    }
}

fn brought(shape: &Shape, crs: &Crs) -> Result<geo::Geometry, Unfit> {
    let position = |p: &[f64; 2]| -> Result<Coord, Unfit> {
        if crs.is_stored() {
            return Ok(Coord { x: p[0], y: p[1] });
        }
        crs.lon_lat(*p)
            .map(coord)
            .ok_or_else(|| Unfit::Place(format!("{}, {} is no place in {}", p[0], p[1], crs.uri())))
    };
    let line = |line: &[[f64; 2]]| -> Result<LineString, Unfit> {
        Ok(LineString::new(
            line.iter().map(position).collect::<Result<_, _>>()?,
        ))
    };
    Ok(match shape {
        Shape::Point(p) => Point::from(position(p)?).into(),
        Shape::Line(l) => line(l)?.into(),
        Shape::Polygon(rings) => {
            let mut rings: Vec<LineString> =
                rings.iter().map(|r| line(r)).collect::<Result<_, _>>()?;
            if rings.iter().any(|ring| ring.0.first() != ring.0.last()) {
                return Err(Unfit::Place(
                    "a ring of a polygon does not end where it began".to_owned(),
                ));
            }
            match rings.is_empty() {
                true => Polygon::new(LineString::new(Vec::new()), Vec::new()).into(),
                false => {
                    let outer = rings.remove(0);
                    Polygon::new(outer, rings).into()
                }
            }
        }
        Shape::Many(shapes) => {
            let parts: Vec<geo::Geometry> = shapes
                .iter()
                .map(|s| brought(s, crs))
                .collect::<Result<_, _>>()?;
            let polygons: Option<Vec<Polygon>> = parts
                .iter()
                .map(|part| match part {
                    geo::Geometry::Polygon(p) => Some(p.clone()),
                    _ => None,
                })
                .collect();
            match polygons {
                Some(polygons) => MultiPolygon::new(polygons).into(),
                None => geo::Geometry::GeometryCollection(parts.into()),
            }
        }
    })
}

/// How two geometries lie to each other.
#[derive(Debug)]
pub(super) struct Lie {
    how: Spatial,
    a: Place,
    b: Place,
}

impl Lie {
    pub fn new(how: Spatial, a: Place, b: Place) -> Self {
        Lie { how, a, b }
    }

    /// A box that the feature touches where this holds.
    pub fn envelope(&self) -> Option<Bounds> {
        match (self.how, &self.a, &self.b) {
            (Spatial::Disjoint, ..) => None,
            (_, Place::Own, Place::Given(_, bounds)) | (_, Place::Given(_, bounds), Place::Own) => {
                Some(*bounds)
            }
            _ => None,
        }
    }

    pub fn holds(&self, feature: &Feature) -> Option<bool> {
        match (&self.a, &self.b) {
            (Place::Own, Place::Given(given, bounds)) => {
                self.with(feature.geometry.as_ref()?, given, bounds, false)
            }
            (Place::Given(given, bounds), Place::Own) => {
                self.with(feature.geometry.as_ref()?, given, bounds, true)
            }
            (Place::Given(a, _), Place::Given(b, _)) => related(self.how, a, b),
            (Place::Own, Place::Own) => {
                let own = of(feature.geometry.as_ref()?);
                related(self.how, &own, &own)
            }
        }
    }

    fn with(
        &self,
        own: &Geometry,
        given: &geo::Geometry,
        bounds: &Bounds,
        turned: bool,
    ) -> Option<bool> {
        // Boxes apart decide most, without looking further.
        let apart = own.bounds().is_none_or(|b| {
            b.east < bounds.west
                || b.west > bounds.east
                || b.north < bounds.south
                || b.south > bounds.north
        });
        if apart {
            return Some(self.how == Spatial::Disjoint);
        }
        if let Geometry::Point(p) = own {
            let meets = || given.intersects(&Point::from(coord(*p)));
            match self.how {
                Spatial::Intersects => return Some(meets()),
                Spatial::Disjoint => return Some(!meets()),
                _ => {}
            }
        }
        let own = of(own);
        match turned {
            true => related(self.how, given, &own),
            false => related(self.how, &own, given),
        }
    }
}

/// A stored geometry may cross itself, for which the relations promise nothing and may panic: then it is
/// neither true nor false.
fn related(how: Spatial, a: &geo::Geometry, b: &geo::Geometry) -> Option<bool> {
    let matrix = catch_unwind(AssertUnwindSafe(|| a.relate(b))).ok()?;
    Some(match how {
        Spatial::Intersects => matrix.is_intersects(),
        Spatial::Equals => matrix.is_equal_topo(),
        Spatial::Disjoint => matrix.is_disjoint(),
        Spatial::Touches => matrix.is_touches(),
        Spatial::Within => matrix.is_within(),
        Spatial::Overlaps => matrix.is_overlaps(),
        Spatial::Crosses => matrix.is_crosses(),
        Spatial::Contains => matrix.is_contains(),
    })
}

fn of(geometry: &Geometry) -> geo::Geometry {
    let line = |line: &[Position2]| LineString::new(line.iter().map(|p| coord(*p)).collect());
    let polygon = |rings: &[Vec<Position2>]| {
        let mut rings = rings.iter().map(|ring| line(ring));
        let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        Polygon::new(outer, rings.collect())
    };
    match geometry {
        Geometry::Point(p) => Point::from(coord(*p)).into(),
        Geometry::LineString(l) => line(l).into(),
        Geometry::Polygon(rings) => polygon(rings).into(),
        Geometry::MultiPoint(points) => {
            geo::MultiPoint::new(points.iter().map(|p| Point::from(coord(*p))).collect()).into()
        }
        Geometry::MultiLineString(lines) => {
            geo::MultiLineString::new(lines.iter().map(|l| line(l)).collect()).into()
        }
        Geometry::MultiPolygon(polygons) => {
            MultiPolygon::new(polygons.iter().map(|p| polygon(p)).collect()).into()
        }
    }
}

/// Whether a geometry's own box, in another system, touches a box of it.
pub(super) fn touches(
    geometry: &Geometry,
    crs: &Crs,
    [min_a, min_b, max_a, max_b]: &[f64; 4],
) -> bool {
    let mut own: Option<[f64; 4]> = None;
    for p in geometry.positions() {
        let Some([a, b]) = crs.of([p.lon(), p.lat()]) else {
            continue;
        };
        own = Some(match own {
            None => [a, b, a, b],
            Some([a0, b0, a1, b1]) => [a0.min(a), b0.min(b), a1.max(a), b1.max(b)],
        });
    }
    own.is_some_and(|[a0, b0, a1, b1]| a0 <= *max_a && a1 >= *min_a && b0 <= *max_b && b1 >= *min_b)
}
