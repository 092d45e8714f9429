//! GeoJSON (RFC 7946): whole as one object, or a feature at a time as a text sequence (RFC 8142).

use super::{FeatureWriter, Sheet};
use crate::crs::Crs;
use crate::feature::{Column, Feature, moment};
use crate::geojson::Writing;
use serde_json::json;
use std::io::{self, BufWriter, Write};

/// Writes a feature with every column, and keeps the bytes' room for the next.
struct Line {
    columns: Vec<Column>,
    crs: Crs,
    bytes: Vec<u8>,
}

impl Line {
    fn new(columns: &[Column]) -> Self {
        Line {
            columns: columns.to_vec(),
            crs: Crs::default(),
            bytes: Vec::new(),
        }
    }

    fn of(&mut self, feature: &Feature) -> &[u8] {
        self.bytes.clear();
        let writing = Writing {
            columns: &self.columns,
            only: None,
            geometry: true,
            crs: &self.crs,
        };
        writing.feature(&mut self.bytes, feature, None);
        &self.bytes
    }
}

/// One object.
pub(super) struct Whole<'c, W: Write> {
    out: BufWriter<W>,
    line: Line,
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
            line: Line::new(sheet.columns),
            between: "\n",
        })
    }
}

impl<W: Write> FeatureWriter for Whole<'_, W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        self.out.write_all(self.between.as_bytes())?;
        self.between = ",\n";
        self.out.write_all(self.line.of(feature))
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}

/// A feature at a time.
pub(super) struct Sequence<W: Write> {
    out: BufWriter<W>,
    line: Line,
}

impl<W: Write> Sequence<W> {
    pub fn begin(sheet: &Sheet<'_>, out: W) -> Self {
        Sequence {
            out: BufWriter::new(out),
            line: Line::new(sheet.columns),
        }
    }
}

impl<W: Write> FeatureWriter for Sequence<W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        // RFC 8142, section 2: a record separator before, a line feed after.
        self.out.write_all(b"\x1e")?;
        self.out.write_all(self.line.of(feature))?;
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
