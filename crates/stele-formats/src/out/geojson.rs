//! GeoJSON (RFC 7946): whole as one object, or a feature at a time as a text sequence (RFC 8142).

use super::{FeatureWriter, Sheet, moment, text_of};
use crate::feature::{Column, Feature, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;
use std::io::{self, BufWriter, Write};

/// A feature with its columns' names, as a GeoJSON object.
struct Object<'a>(&'a [Column], &'a Feature);
struct Properties<'a>(&'a [Column], &'a [Option<Value>]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let Object(columns, feature) = self;
        let mut map = s.serialize_map(Some(4))?;
        map.serialize_entry("type", "Feature")?;
        map.serialize_entry("id", &feature.id)?;
        map.serialize_entry("geometry", &feature.geometry)?;
        map.serialize_entry("properties", &Properties(columns, &feature.values))?;
        map.end()
    }
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.0.len()))?;
        for (column, value) in self.0.iter().zip(self.1) {
            match value {
                None => map.serialize_entry(column.id, &())?,
                Some(Value::Whole(n)) => map.serialize_entry(column.id, n)?,
                Some(Value::Text(text)) => map.serialize_entry(column.id, text)?,
                Some(value) => map.serialize_entry(column.id, &text_of(value))?,
            }
        }
        map.end()
    }
}

/// Writes a feature as a GeoJSON object, every column among its properties.
pub fn write_feature(out: &mut dyn Write, columns: &[Column], feature: &Feature) -> io::Result<()> {
    Ok(serde_json::to_writer(out, &Object(columns, feature))?)
}

/// One object.
pub(super) struct Whole<'c, W: Write> {
    out: BufWriter<W>,
    columns: Vec<Column>,
    between: &'c str,
}

impl<W: Write> Whole<'_, W> {
    pub fn begin(sheet: &Sheet<'_>, out: W) -> io::Result<Self> {
        let mut out = BufWriter::new(out);
        let of = sheet.provenance;
        let head = json!({
            "name": sheet.name,
            "title": sheet.title,
            "description": sheet.about,
            "attribution": of.attribution,
            "licence": of.licence,
            "as_of": moment(of.as_of_ms),
            "checkpoint": of.checkpoint,
        });
        let head = head.to_string();
        // The members before the features, within the one object.
        let members = head.strip_prefix('{').and_then(|h| h.strip_suffix('}'));
        write!(
            out,
            "{{\"type\":\"FeatureCollection\",{},\"features\":[",
            members.unwrap_or_default()
        )?;
        Ok(Whole {
            out,
            columns: sheet.columns.to_vec(),
            between: "\n",
        })
    }
}

impl<W: Write> FeatureWriter for Whole<'_, W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        self.out.write_all(self.between.as_bytes())?;
        self.between = ",\n";
        write_feature(&mut self.out, &self.columns, feature)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}

/// A feature at a time.
pub(super) struct Sequence<W: Write> {
    out: BufWriter<W>,
    columns: Vec<Column>,
}

impl<W: Write> Sequence<W> {
    pub fn begin(sheet: &Sheet<'_>, out: W) -> Self {
        Sequence {
            out: BufWriter::new(out),
            columns: sheet.columns.to_vec(),
        }
    }
}

impl<W: Write> FeatureWriter for Sequence<W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        // RFC 8142, section 2: a record separator before, a line feed after.
        self.out.write_all(b"\x1e")?;
        write_feature(&mut self.out, &self.columns, feature)?;
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
