//! GeoJSON (RFC 7946) and sequences of it (RFC 8142, or one feature a line), feature by feature.

use super::{
    BadRow, Cell, Inside, Kind, Limits, Projection, Row, Shape, Table, Take, Unreadable, shortened,
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

fn broken(e: impl std::fmt::Display) -> Unreadable {
    Unreadable::broken("GeoJSON", e)
}

pub(super) fn open(path: &Path, limits: &Limits) -> Result<Table, Unreadable> {
    let lines = is_lines(path)?;
    let mut table = Table {
        kind: if lines {
            Kind::GeoJsonSeq
        } else {
            Kind::GeoJson
        },
        sheet: None,
        others: Vec::new(),
        columns: Vec::new(),
        notes: Vec::new(),
        path: path.to_owned(),
        limits: limits.clone(),
        inside: Inside::GeoJson { lines },
    };
    // One pass over the file tells all the properties its features have.
    let mut known: HashSet<String> = HashSet::new();
    let mut columns: Vec<String> = Vec::new();
    let mut features = 0u64;
    let mut first_bad: Option<BadRow> = None;
    let found = features_of(&table, lines, &mut |feature| {
        match feature {
            Ok(feature) => {
                features += 1;
                for key in feature.keys() {
                    if !known.contains(&key) {
                        known.insert(key.clone());
                        columns.push(key);
                    }
                }
            }
            Err(bad) => first_bad = first_bad.take().or(Some(bad)),
        }
        if columns.len() > limits.columns {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    match found {
        Ok(Found::Features) if features > 0 => {}
        Ok(Found::Features) => {
            return Err(first_bad.map_or(Unreadable::Empty, |bad| {
                broken(format!("feature {}: {}", bad.number, bad.reason))
            }));
        }
        // JSON of another kind: a list of objects, an Arches export.
        Ok(Found::OtherJson) | Err(_) if features == 0 && !lines => {
            return super::arches::open(path, limits);
        }
        Ok(Found::OtherJson) => return Err(broken("it holds no features")),
        // A file cut short: its whole features are read, and the cut is told when they are.
        Err(_) if features > 0 => {}
        Err(e) => return Err(e),
    }
    if columns.len() > limits.columns {
        return Err(Unreadable::TooLarge(format!(
            "the features have over {} properties",
            limits.columns
        )));
    }
    table.columns = columns;
    Ok(table)
}

/// One value a line, or parted by the record separator.
fn is_lines(path: &Path) -> Result<bool, Unreadable> {
    let mut reader = BufReader::new(File::open(path)?).take(4 << 20);
    let mut line = Vec::new();
    let mut values = 0;
    while values < 2 {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        let text = text.trim_ascii();
        if text.is_empty() || text == b"\x1e" {
            continue;
        }
        if text.first() == Some(&0x1e) {
            return Ok(true);
        }
        let whole = serde_json::from_slice::<Value>(text);
        match whole {
            Ok(value) if value["type"] != "FeatureCollection" && value.is_object() => values += 1,
            _ => return Ok(false),
        }
    }
    Ok(values == 2)
}

/// A feature, as the file has it.
struct Feature {
    number: u64,
    id: Option<Value>,
    properties: serde_json::Map<String, Value>,
    geometry: Option<Value>,
}

impl Feature {
    fn keys(&self) -> impl Iterator<Item = String> + '_ {
        let id =
            (self.id.is_some() && !self.properties.contains_key("id")).then(|| "id".to_owned());
        id.into_iter().chain(self.properties.keys().cloned())
    }
}

enum Found {
    Features,
    OtherJson,
}

type TakeFeature<'a> = &'a mut dyn FnMut(Result<Feature, BadRow>) -> ControlFlow<()>;

fn feature(number: u64, text: &str, limits: &Limits) -> Result<Feature, BadRow> {
    let bad = |reason: String| BadRow {
        number,
        column: None,
        reason,
        row: shortened(text),
    };
    if text.len() > limits.row_bytes * 8 {
        return Err(bad(format!(
            "the feature has {} bytes; {} are read at most",
            text.len(),
            limits.row_bytes * 8
        )));
    }
    let value: Value =
        serde_json::from_str(text).map_err(|e| bad(format!("this is no JSON: {e}")))?;
    let Value::Object(mut object) = value else {
        return Err(bad(
            "this is no feature: an object with \"type\": \"Feature\" stands here in GeoJSON"
                .to_owned(),
        ));
    };
    if object.get("type") != Some(&Value::from("Feature")) {
        let geometry = object.contains_key("coordinates") || object.contains_key("geometries");
        return match geometry {
            true => Ok(Feature {
                number,
                id: None,
                properties: Default::default(),
                geometry: Some(object.into()),
            }),
            false => Err(bad(
                "this is no feature: its \"type\" is not \"Feature\"".to_owned()
            )),
        };
    }
    let properties = match object.remove("properties") {
        Some(Value::Object(properties)) => properties,
        None | Some(Value::Null) => Default::default(),
        Some(_) => return Err(bad("the properties of the feature are no object".to_owned())),
    };
    let id = object.remove("id").filter(|id| !id.is_null());
    Ok(Feature {
        number,
        id,
        properties,
        geometry: object.remove("geometry").filter(|g| !g.is_null()),
    })
}

fn features_of(table: &Table, lines: bool, take: TakeFeature) -> Result<Found, Unreadable> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(&table.path)?);
    if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    if lines {
        let (mut line, mut number) = (Vec::new(), 0);
        loop {
            line.clear();
            let read = (&mut reader)
                .take(table.limits.row_bytes as u64 * 8)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(Found::Features);
            }
            number += 1;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_matches(|c: char| c == '\u{1e}' || c.is_whitespace());
            if !text.is_empty() && take(feature(number, text, &table.limits)).is_break() {
                return Ok(Found::Features);
            }
        }
    }
    let mut state = State {
        number: 0,
        stopped: false,
        found: false,
        limits: &table.limits,
        take,
    };
    let mut json = serde_json::Deserializer::from_reader(reader);
    let read = Collection(&mut state).deserialize(&mut json);
    let (stopped, found) = (state.stopped, state.found);
    match read {
        Ok(()) | Err(_) if stopped => Ok(Found::Features),
        Ok(()) if found => Ok(Found::Features),
        Ok(()) => Ok(Found::OtherJson),
        Err(e) => Err(broken(e)),
    }
}

struct State<'a, 'b> {
    number: u64,
    stopped: bool,
    found: bool,
    limits: &'a Limits,
    take: TakeFeature<'b>,
}

impl State<'_, '_> {
    /// Hands a feature over; whether to go on.
    fn hand_over(&mut self, text: &str) -> bool {
        self.number += 1;
        self.stopped = (self.take)(feature(self.number, text, self.limits)).is_break();
        !self.stopped
    }
}

/// The object a file holds: a collection, of which the features are read one by one, or one feature.
struct Collection<'a, 'b, 'c>(&'c mut State<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Collection<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Collection<'_, '_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GeoJSON")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut members = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "features" => {
                    self.0.found = true;
                    map.next_value_seed(Features(self.0))?;
                    if self.0.stopped {
                        return Err(serde::de::Error::custom("enough was read"));
                    }
                }
                "type" | "properties" | "geometry" | "id" | "coordinates" | "geometries" => {
                    members.insert(key, map.next_value()?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let kind = members
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !self.0.found && (kind == "Feature" || members.contains_key("coordinates")) {
            self.0.found = true;
            self.0.hand_over(&Value::Object(members).to_string());
        }
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

struct Features<'a, 'b, 'c>(&'c mut State<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Features<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Features<'_, '_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of features")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<Box<RawValue>>()? {
            if !self.0.hand_over(raw.get()) {
                return Err(serde::de::Error::custom("enough was read"));
            }
        }
        Ok(())
    }
}

pub(super) fn each(table: &Table, lines: bool, take: Take) -> Result<(), Unreadable> {
    let projection = named_projection(&table.path)?;
    let mut read = 0;
    let ended = features_of(table, lines, &mut |feature| {
        let feature = match feature {
            Ok(feature) => feature,
            Err(bad) => return take(Err(bad)),
        };
        read = feature.number;
        take(row(table, feature, projection.as_ref()))
    });
    match ended {
        Ok(_) => Ok(()),
        Err(e) => {
            let reason = format!("{e}; what follows was not read");
            let _ = take(Err(BadRow {
                number: read + 1,
                column: None,
                reason,
                row: String::new(),
            }));
            Ok(())
        }
    }
}

fn row(table: &Table, feature: Feature, projection: Option<&Projection>) -> Result<Row, BadRow> {
    let Feature {
        number,
        id,
        mut properties,
        geometry,
    } = feature;
    let show = |properties: &serde_json::Map<String, Value>| {
        shortened(&Value::Object(properties.clone()).to_string())
    };
    let bad = |reason: String, properties: &serde_json::Map<String, Value>| BadRow {
        number,
        column: Some("geometry".to_owned()),
        reason,
        row: show(properties),
    };
    let shape = match geometry {
        None => None,
        Some(geometry) => {
            let shape = shape(&geometry, 0).ok_or_else(|| {
                bad(
                    format!(
                        "the geometry is none GeoJSON knows: {}",
                        shortened(&geometry.to_string())
                    ),
                    &properties,
                )
            })?;
            let shape = match projection {
                Some(projection) => projection
                    .shape(shape)
                    .map_err(|reason| bad(reason, &properties))?,
                None => shape,
            };
            match shape.off_globe() {
                Some(reason) => return Err(bad(reason, &properties)),
                None if shape.positions().next().is_none() => None,
                None => Some(shape),
            }
        }
    };
    let cells = table
        .columns
        .iter()
        .map(|column| match properties.remove(column) {
            Some(value) => Cell::from_json(value),
            None if column == "id" => id.clone().map_or(Cell::Empty, Cell::from_json),
            None => Cell::Empty,
        })
        .collect();
    Ok(Row {
        number,
        cells,
        shape,
    })
}

/// The reference system an older file names (GeoJSON of 2008), looked for in its beginning.
fn named_projection(path: &Path) -> Result<Option<Projection>, Unreadable> {
    let mut head = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    let Some((_, crs)) = head.split_once("\"crs\"") else {
        return Ok(None);
    };
    let crs = &crs[..crs.find('}').unwrap_or(crs.len())];
    let Some((_, code)) = crs.split_once("EPSG:") else {
        return Ok(None);
    };
    let digits: String = code
        .trim_start_matches(':')
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits
        .parse()
        .map_or(Ok(None), |code| Ok(Projection::epsg(code)?))
}

/// A geometry of GeoJSON.
pub(crate) fn shape(geometry: &Value, depth: usize) -> Option<Shape> {
    if depth > 8 {
        return None;
    }
    let coordinates = &geometry["coordinates"];
    let list = |value: &Value| value.as_array().cloned();
    let position = |value: &Value| -> Option<[f64; 2]> {
        let numbers = value.as_array()?;
        Some([numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?])
    };
    let line =
        |value: &Value| -> Option<Vec<[f64; 2]>> { list(value)?.iter().map(position).collect() };
    let polygon = |value: &Value| -> Option<Shape> {
        Some(Shape::Polygon(
            list(value)?.iter().map(line).collect::<Option<_>>()?,
        ))
    };
    Some(match geometry["type"].as_str()? {
        "Point" if coordinates.as_array().is_some_and(Vec::is_empty) => Shape::Many(Vec::new()),
        "Point" => Shape::Point(position(coordinates)?),
        "LineString" => Shape::Line(line(coordinates)?),
        "Polygon" => polygon(coordinates)?,
        "MultiPoint" => Shape::Many(line(coordinates)?.into_iter().map(Shape::Point).collect()),
        "MultiLineString" => Shape::Many(
            list(coordinates)?
                .iter()
                .map(|l| line(l).map(Shape::Line))
                .collect::<Option<_>>()?,
        ),
        "MultiPolygon" => Shape::Many(
            list(coordinates)?
                .iter()
                .map(polygon)
                .collect::<Option<_>>()?,
        ),
        "GeometryCollection" => Shape::Many(
            list(&geometry["geometries"])?
                .iter()
                .map(|g| shape(g, depth + 1))
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}
