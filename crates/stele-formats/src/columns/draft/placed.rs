//! Where a row says its thing is.

use super::super::{Field, Swapped, cells, place};
use super::{Draft, Reader, Texts, short};
use crate::table::Shape;
use stele_model::{Category, Location, Sensitivity};

impl Reader<'_> {
    /// Shape of a row and the radius it is certain to; the column at fault where it is no place.
    #[allow(clippy::type_complexity)]
    pub(super) fn place(
        &self,
        texts: &Texts<'_>,
        shape: Option<Shape>,
    ) -> Result<Option<(Shape, Option<u32>)>, (Option<usize>, String)> {
        let cell = |wanted: &Field| {
            self.fields
                .iter()
                .enumerate()
                .filter(|(_, field)| *field == wanted)
                .find_map(|(at, _)| Some((at, texts[at].as_deref()?)))
        };
        let degrees = |found: Option<(usize, &str)>| match found {
            None => Ok(None),
            Some((at, text)) => place::angle(text).map(|d| Some((at, d))).ok_or_else(|| {
                (
                    Some(at),
                    format!("\"{}\" is no angle in degrees", short(text)),
                )
            }),
        };
        let in_one = |field: &Field| {
            match cell(field) {
            None => Ok(None),
            Some((at, text)) => place::pair(text, self.mapping.longitude_first)
                .map(Some)
                .ok_or_else(|| (Some(at), format!("\"{}\" is no place: write 39.76, 46.75 or 39°45'36\"N 46°45'E, MGRS or well-known text", short(text)))),
        }
        };
        let mut found = shape;
        if found.is_none() {
            found = in_one(&Field::Geometry)?;
        }
        if let Some(projection) = &self.projection {
            let turned = found.map(|shape| projection.shape(shape).map_err(|e| (None, e)));
            found = turned.transpose()?;
        }
        if found.is_none() {
            let lat = degrees(cell(&Field::Latitude))?;
            let lon = degrees(cell(&Field::Longitude))?;
            found = match (lat, lon) {
                (Some((_, lat)), Some((_, lon))) => Some(Shape::Point([lon, lat])),
                (Some((at, _)), None) => {
                    return Err((Some(at), "there is a latitude and no longitude".to_owned()));
                }
                (None, Some((at, _))) => {
                    return Err((Some(at), "there is a longitude and no latitude".to_owned()));
                }
                (None, None) => None,
            };
        }
        if found.is_none() {
            found = in_one(&Field::Coordinates)?;
        }
        if found.is_none()
            && let (Some((at, x)), Some((_, y))) = (cell(&Field::Easting), cell(&Field::Northing))
        {
            let metres = |text: &str| {
                cells::plain_digits(text)
                    .replace([' ', '\u{a0}'], "")
                    .replace(',', ".")
                    .parse::<f64>()
            };
            let (Ok(x), Ok(y)) = (metres(x), metres(y)) else {
                return Err((
                    Some(at),
                    "easting or northing is no number of metres".to_owned(),
                ));
            };
            let position = match (cell(&Field::UtmZone), &self.projection) {
                (Some((at, zone)), _) => place::in_zone(zone, [x, y]).ok_or_else(|| {
                    let zone = short(zone);
                    (Some(at), format!("\"{zone}\" is no zone of UTM that {x}, {y} lie in: write its number and its half of the globe, as in 38N or 56S"))
                })?,
                (None, Some(projection)) => {
                    projection.position([x, y]).map_err(|e| (Some(at), e))?
                }
                (None, None) => {
                    return Err((Some(at), "the row does not say in which zone of UTM it is".to_owned()));
                }
            };
            found = Some(Shape::Point(position));
        }
        let radius = |field: &Field, metres: f64| {
            let (_, text) = cell(field)?;
            let number: f64 = text.replace(',', ".").parse().ok()?;
            let metres = (number * metres).round();
            (0.0..2.0e7).contains(&metres).then_some(metres as u32)
        };
        let uncertainty = radius(&Field::UncertaintyM, 1.0)
            .or_else(|| radius(&Field::UncertaintyKm, 1_000.0))
            .filter(|m| *m > 0);
        Ok(found.map(|shape| (shape, uncertainty)))
    }

    /// The column the place of a row was read from, for who has to mend it.
    pub(super) fn place_column(&self, texts: &Texts<'_>) -> Option<usize> {
        let of_place = |field: &Field| {
            matches!(
                field,
                Field::Geometry
                    | Field::Latitude
                    | Field::Longitude
                    | Field::Coordinates
                    | Field::Easting
            )
        };
        (0..self.fields.len()).find(|at| of_place(&self.fields[*at]) && texts[*at].is_some())
    }

    pub(super) fn location(
        &self,
        shape: Shape,
        uncertainty_m: Option<u32>,
        draft: &Draft,
    ) -> Result<Location, String> {
        let shape = self.unswapped(shape)?;
        Ok(Location {
            geometry: place::geometry(shape)?,
            uncertainty_m,
            method: None,
            // Collections in hiding are never on a map (rule 11).
            sensitivity: match draft.category {
                Category::Refuge => Sensitivity::Withheld,
                _ => Sensitivity::Public,
            },
            grid_m: None,
        })
    }

    /// A row whose place lies apart from the rest of the list and would lie among it with its axes
    /// exchanged is asked about.
    fn unswapped(&self, shape: Shape) -> Result<Shape, String> {
        let (Some([west, south, east, north]), Shape::Point([lon, lat])) =
            (self.mapping.bulk, &shape)
        else {
            return Ok(shape);
        };
        let (lon, lat) = (*lon, *lat);
        let among =
            |lon: f64, lat: f64| (west..=east).contains(&lon) && (south..=north).contains(&lat);
        if self.mapping.swapped == Swapped::Keep || among(lon, lat) || !among(lat, lon) {
            return Ok(shape);
        }
        match self.mapping.swapped {
            Swapped::Mend => Ok(Shape::Point([lat, lon])),
            _ => Err(format!(
                "longitude {lon} and latitude {lat} look exchanged: exchanged, the place would lie among the rest of the list. Say `swapped = \"mend\"` in the mapping to exchange such rows, or `\"keep\"` to take them as they stand"
            )),
        }
    }
}
