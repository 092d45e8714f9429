//! Where the points of a list lie, and which of its columns are the axes.

use super::super::{Field, Mapping, place};
use super::Guesser;
use crate::table::{Row, Shape};

impl Guesser<'_> {
    /// Two columns of degrees, side by side, where neither a heading nor the file says where things are: taken
    /// when their points lie in one part of the world, else asked about.
    pub(super) fn unnamed_axes(&mut self, rows: &[Row]) {
        let of_place = |field: &Field| {
            matches!(
                field,
                Field::Latitude | Field::Coordinates | Field::Geometry | Field::Easting
            )
        };
        if self.fields.values().any(of_place) || rows.iter().any(|row| row.shape.is_some()) {
            return;
        }
        let degrees = |at: usize, most: f64| {
            let column = &self.columns[at];
            let fine = |v: &str| v.rsplit_once(['.', ',']).is_some_and(|(_, f)| f.len() >= 4);
            let angle = |v: &str| place::angle(v).is_some_and(|d| d.abs() <= most && d.abs() > 1.0);
            !self.fields.contains_key(&at)
                && !column.values.is_empty()
                && column.share(|v| fine(v) && angle(v)) > 0.95
        };
        let pair = (1..self.columns.len()).find_map(|right| {
            let left = right - 1;
            if !degrees(left, 180.0) || !degrees(right, 180.0) {
                return None;
            }
            match (degrees(left, 90.0), degrees(right, 90.0)) {
                (true, _) => Some((left, right)),
                (false, true) => Some((right, left)),
                (false, false) => None,
            }
        });
        let Some((lat, lon)) = pair else { return };
        let axis = |at: usize| {
            self.columns[at]
                .values
                .iter()
                .filter_map(|v| place::angle(v))
        };
        let points: Vec<[f64; 2]> = axis(lon).zip(axis(lat)).map(|(x, y)| [x, y]).collect();
        let (y, x) = (&self.columns[lat].written, &self.columns[lon].written);
        self.questions.push(match bulk(&points) {
            Some(_) => format!("No heading says where things are; \"{y}\" was taken for the latitude and \"{x}\" for the longitude. Is that right?"),
            None => format!("No heading says where things are. Is \"{y}\" the latitude and \"{x}\" the longitude? If so, say it."),
        });
        if bulk(&points).is_some() {
            self.fields.insert(lat, Field::Latitude);
            self.fields.insert(lon, Field::Longitude);
        }
    }

    /// The box most of the list lies in, and whether its axes look exchanged as a whole.
    pub(super) fn axes(&mut self, mapping: &mut Mapping, rows: &[Row]) {
        let at = |wanted: &Field| {
            self.fields
                .iter()
                .find(|(_, f)| *f == wanted)
                .map(|(at, _)| *at)
        };
        let mut points: Vec<[f64; 2]> = Vec::new();
        let text = |row: &Row, at: usize| {
            row.cells
                .get(at)
                .and_then(|c| c.text().map(|t| t.into_owned()))
        };
        let (lat, lon, both) = (
            at(&Field::Latitude),
            at(&Field::Longitude),
            at(&Field::Coordinates),
        );
        for row in rows {
            let point = match (&row.shape, lat.zip(lon), both) {
                (Some(Shape::Point(p)), _, _) => Some(*p),
                (_, Some((lat, lon)), _) => {
                    let axis = |at| text(row, at).and_then(|t| place::angle(&t));
                    axis(lon).zip(axis(lat)).map(|(lon, lat)| [lon, lat])
                }
                (_, _, Some(both)) => match text(row, both).and_then(|t| place::pair(&t, false)) {
                    Some(Shape::Point(p)) => Some(p),
                    _ => None,
                },
                _ => None,
            };
            points.extend(point);
        }
        if points.is_empty() {
            return;
        }
        let off = points.iter().filter(|[_, lat]| lat.abs() > 90.0).count();
        if lat.is_some() && off * 2 > points.len() {
            if let (Some(lat), Some(lon)) = (lat, lon) {
                self.fields.insert(lat, Field::Longitude);
                self.fields.insert(lon, Field::Latitude);
            }
            self.questions.push("Most latitudes are over 90: the columns of latitude and longitude were exchanged. Is that right?".to_owned());
            return;
        }
        if let Some(both) = both {
            let bare = self.columns[both].share(|v| {
                v.chars().all(|c| {
                    c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ',' | ';' | '-')
                })
            });
            if bare > 0.5
                && points
                    .iter()
                    .all(|[lon, lat]| lon.abs() <= 90.0 && lat.abs() <= 90.0)
            {
                let [lon, lat] = points[0];
                self.questions.push(format!("\"{}\" holds two numbers: {lat}, {lon} was read as latitude, longitude. If longitude comes first, say `longitude_first = true`.", self.columns[both].written));
            }
        }
        mapping.bulk = bulk(&points);
    }
}

/// The box that holds the middle of the points with room about it; none where they are few or lie
/// all over the world.
fn bulk(points: &[[f64; 2]]) -> Option<[f64; 4]> {
    if points.len() < 8 {
        return None;
    }
    let middle = |axis: usize| {
        let mut values: Vec<f64> = points
            .iter()
            .map(|p| p[axis])
            .filter(|v| v.is_finite())
            .collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
        if values.is_empty() {
            return None;
        }
        let (low, high) = (at(0.1), at(0.9));
        let room = (high - low).max(0.5);
        Some((low - room, high + room, high - low))
    };
    let (west, east, wide) = middle(0)?;
    let (south, north, tall) = middle(1)?;
    (wide < 30.0 && tall < 20.0)
        .then_some([west, south, east, north].map(|v| (v * 1e3).round() / 1e3))
}
