//! Collections as files: one writer per format behind [`FeatureWriter`], each with memory that does not
//! grow with the features (FlatGeobuf: some 100 bytes for each, for its index).
//!
//! A writer takes [`Feature`]s and knows nothing else: who may see what was decided where they were made.
//! It knows no clock and no network either; what a file says of itself is in [`Sheet`].

mod csv;
mod flatgeobuf;
mod geojson;
mod geopackage;
mod geoparquet;
mod wkb;

use crate::feature::{Column, Feature, Value, moment};
use std::io::{self, Write};
use std::path::Path;

/// A format that a collection is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Comma-separated values, the geometry as well-known text.
    Csv,
    /// GeoJSON (RFC 7946), one object.
    GeoJson,
    /// GeoJSON text sequence (RFC 8142): a feature at a time.
    GeoJsonSeq,
    /// FlatGeobuf 3, with its spatial index.
    FlatGeobuf,
    /// GeoPackage 1.3 (OGC 12-128r17), with its spatial index.
    GeoPackage,
    /// GeoParquet 1.1.
    GeoParquet,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 6] = [
        Format::GeoPackage,
        Format::FlatGeobuf,
        Format::GeoParquet,
        Format::GeoJson,
        Format::GeoJsonSeq,
        Format::Csv,
    ];

    /// Its name in addresses and arguments, and the ending of its files.
    pub fn id(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::GeoJson => "geojson",
            Format::GeoJsonSeq => "geojsons",
            Format::FlatGeobuf => "fgb",
            Format::GeoPackage => "gpkg",
            Format::GeoParquet => "parquet",
        }
    }

    /// The format of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.id() == id)
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Format::Csv => "CSV",
            Format::GeoJson => "GeoJSON",
            Format::GeoJsonSeq => "GeoJSON text sequence",
            Format::FlatGeobuf => "FlatGeobuf",
            Format::GeoPackage => "GeoPackage",
            Format::GeoParquet => "GeoParquet",
        }
    }

    /// What it is good for, in a few words.
    pub fn use_for(self) -> &'static str {
        match self {
            Format::Csv => "spreadsheets and scripts; the geometry as well-known text",
            Format::GeoJson => "web maps; whole in memory where it is read",
            Format::GeoJsonSeq => "programs that read a feature at a time",
            Format::FlatGeobuf => "QGIS and web maps that read only the part they show",
            Format::GeoPackage => "QGIS, ArcGIS and other desktop programs",
            Format::GeoParquet => "DuckDB, pandas and other analysis of many rows",
        }
    }

    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::GeoJson => "application/geo+json",
            Format::GeoJsonSeq => "application/geo+json-seq",
            Format::FlatGeobuf => "application/flatgeobuf",
            Format::GeoPackage => "application/geopackage+sqlite3",
            Format::GeoParquet => "application/vnd.apache.parquet",
        }
    }

    /// Whether its first byte can be written only when its last feature is known.
    pub fn needs_all_first(self) -> bool {
        matches!(self, Format::FlatGeobuf | Format::GeoPackage)
    }
}

/// Whose data a file holds, on what terms, and as of when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Whom to name as its source.
    pub attribution: String,
    /// On what terms it may be used; none where the registry states none.
    pub licence: Option<String>,
    /// The moment it stands for, in milliseconds since 1970, UTC.
    pub as_of_ms: i64,
    /// The signed checkpoint of the ledger it stands for (C2SP signed note); none of an empty ledger.
    pub checkpoint: Option<String>,
}

impl Provenance {
    /// In one line, for a format's description.
    pub fn sentence(&self) -> String {
        let licence = self.licence.as_deref().unwrap_or("not stated");
        let mut text = format!(
            "Source: {}. Licence: {licence}. As of {}",
            self.attribution,
            moment(self.as_of_ms)
        );
        if let Some(note) = &self.checkpoint {
            let mut lines = note.lines();
            if let (Some(log), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
            {
                text.push_str(&format!(
                    ", after {size} entries of the log {log} (root {root})"
                ));
            }
        }
        text.push('.');
        text
    }
}

/// What a file says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// Name of the layer or table, for programs.
    pub name: &'a str,
    /// Its title, for people.
    pub title: &'a str,
    /// What is in it.
    pub about: &'a str,
    /// Its columns, in the order of a feature's values; `id` and the geometry come besides.
    pub columns: &'a [Column],
    /// Whose data it is, and as of when.
    pub provenance: &'a Provenance,
}

impl Sheet<'_> {
    fn description(&self) -> String {
        format!("{} {}", self.about, self.provenance.sentence())
    }
}

/// Takes features one by one. What was written is a whole file only after [`FeatureWriter::finish`].
pub trait FeatureWriter {
    /// Takes a feature.
    fn write(&mut self, feature: &Feature) -> io::Result<()>;
    /// Writes what comes last.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A writer of a format. `scratch` is a folder for files that are needed while it writes; they are
/// gone when the writer is.
pub fn writer<'a>(
    format: Format,
    sheet: &Sheet<'_>,
    scratch: &Path,
    out: Box<dyn Write + Send + 'a>,
) -> io::Result<Box<dyn FeatureWriter + 'a>> {
    Ok(match format {
        Format::Csv => Box::new(csv::Csv::begin(sheet, out)?),
        Format::GeoJson => Box::new(geojson::Whole::begin(sheet, out)?),
        Format::GeoJsonSeq => Box::new(geojson::Sequence::begin(sheet, out)),
        Format::FlatGeobuf => Box::new(flatgeobuf::FlatGeobuf::begin(sheet, scratch, out)?),
        Format::GeoPackage => Box::new(geopackage::GeoPackage::begin(sheet, scratch, out)?),
        Format::GeoParquet => Box::new(geoparquet::GeoParquet::begin(sheet, out)?),
    })
}

/// Writes features as a file, and gives how many.
pub fn write_features<'a>(
    format: Format,
    sheet: &Sheet<'_>,
    scratch: &Path,
    features: impl IntoIterator<Item = io::Result<Feature>>,
    out: Box<dyn Write + Send + 'a>,
) -> io::Result<u64> {
    let mut writer = writer(format, sheet, scratch, out)?;
    let mut count = 0;
    for feature in features {
        writer.write(&feature?)?;
        count += 1;
    }
    writer.finish()?;
    Ok(count)
}

/// A value that is no number, as text.
fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Whole(n) => n.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Moment(ms) => moment(*ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_the_name_it_gives() {
        for format in Format::ALL {
            assert_eq!(Format::from_id(format.id()), Some(format));
        }
    }
}
