//! Lists read row by row, whatever file they come in. What their columns mean is for
//! [`crate::columns`] to say.
//!
//! A [`Table`] is opened once to learn its columns, then hands over its rows one after another, so
//! that memory does not grow with the file. A row that cannot be read is handed over as a [`BadRow`]
//! with its number and the reason; it never stops the rest.

mod arches;
mod concepts;
mod csv;
pub(crate) mod geojson;
mod geopackage;
mod kml;
mod projection;
mod shapefile;
mod spreadsheet;
pub(crate) mod wkt;

pub use projection::{Projection, UnknownProjection};
pub use wkt::parse as parse_wkt;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Csv,
    Xlsx,
    Ods,
    GeoJson,
    GeoJsonSeq,
    Kml,
    Kmz,
    GeoPackage,
    Shapefile,
    Json,
}

/// One cell, as the file holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text; dates of spreadsheets in ISO 8601.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
    /// A list or an object.
    Nested(serde_json::Value),
}

impl Cell {
    /// Text of a cell, with the space around it taken off; empty cells give nothing.
    pub fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
        let text: std::borrow::Cow<str> = match self {
            Cell::Empty => return None,
            Cell::Text(text) => text.trim().into(),
            Cell::Whole(number) => number.to_string().into(),
            Cell::Number(number) => number.to_string().into(),
            Cell::Truth(truth) => truth.to_string().into(),
            Cell::Nested(value) => value.to_string().into(),
        };
        (!text.is_empty()).then_some(text)
    }

    fn from_json(value: serde_json::Value) -> Cell {
        use serde_json::Value;
        match value {
            Value::Null => Cell::Empty,
            Value::Bool(truth) => Cell::Truth(truth),
            Value::String(text) => Cell::Text(text),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Cell::Whole(whole),
                None => Cell::Number(number.as_f64().unwrap_or_default()),
            },
            nested => Cell::Nested(nested),
        }
    }
}

/// A place as a file gives it, in WGS 84: longitude, latitude.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A position.
    Point([f64; 2]),
    /// A line.
    Line(Vec<[f64; 2]>),
    /// Rings: the outer one, then holes.
    Polygon(Vec<Vec<[f64; 2]>>),
    /// Several.
    Many(Vec<Shape>),
}

impl Shape {
    /// Every position.
    pub fn positions(&self) -> Box<dyn Iterator<Item = [f64; 2]> + '_> {
        match self {
            Shape::Point(position) => Box::new(std::iter::once(*position)),
            Shape::Line(line) => Box::new(line.iter().copied()),
            Shape::Polygon(rings) => Box::new(rings.iter().flatten().copied()),
            Shape::Many(shapes) => Box::new(shapes.iter().flat_map(Shape::positions)),
        }
    }

    /// The same with each position changed; the first that cannot be changed stops it.
    fn map<E>(self, change: &mut impl FnMut([f64; 2]) -> Result<[f64; 2], E>) -> Result<Shape, E> {
        let line = |line: Vec<[f64; 2]>,
                    change: &mut dyn FnMut([f64; 2]) -> Result<[f64; 2], E>| {
            line.into_iter().map(change).collect::<Result<Vec<_>, E>>()
        };
        Ok(match self {
            Shape::Point(position) => Shape::Point(change(position)?),
            Shape::Line(positions) => Shape::Line(line(positions, change)?),
            Shape::Polygon(rings) => Shape::Polygon(
                rings
                    .into_iter()
                    .map(|ring| line(ring, change))
                    .collect::<Result<_, E>>()?,
            ),
            Shape::Many(shapes) => {
                let mut changed = Vec::with_capacity(shapes.len());
                for shape in shapes {
                    changed.push(shape.map(change)?);
                }
                Shape::Many(changed)
            }
        })
    }

    /// Why it is no place on the globe, if it is none.
    fn off_globe(&self) -> Option<String> {
        let bad = self
            .positions()
            .find(|[lon, lat]| !((-180.0..=180.0).contains(lon) && (-90.0..=90.0).contains(lat)))?;
        Some(format!(
            "longitude {}, latitude {} is not on the globe: longitude goes from -180 to 180, latitude from -90 to 90",
            bad[0], bad[1]
        ))
    }
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// How a person finds it again: the line of a text file, the row of a sheet, the ordinal of a
    /// feature from 1.
    pub number: u64,
    /// Its cells, column by column; as many as the table has columns.
    pub cells: Vec<Cell>,
    /// Its geometry, where the format has one.
    pub shape: Option<Shape>,
}

/// Rows looked at for the one that names the columns.
const HEAD_ROWS: usize = 6;

/// What is told of a list whose columns are named further down.
fn below_a_title(header: u64) -> String {
    format!("row {header} names the columns; what stands above it is a title")
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Its number, as in [`Row::number`].
    pub number: u64,
    /// The column at fault, if it is one.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// The row itself, as far as it can be shown.
    pub row: String,
}

/// What a file may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes a packed file may unpack to.
    pub unpacked_bytes: u64,
    /// Columns.
    pub columns: usize,
    /// Bytes of one row.
    pub row_bytes: usize,
    /// Depth of nested values.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 8 << 30,
            unpacked_bytes: 2 << 30,
            columns: 4_000,
            row_bytes: 4 << 20,
            depth: 64,
        }
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system would not give it.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Not one of the formats.
    #[error(
        "this is no list Stele reads: CSV, XLSX, ODS, GeoJSON, KML, KMZ, GeoPackage, Shapefile or JSON; {0}"
    )]
    Unknown(String),
    /// Larger than is read.
    #[error("{0}")]
    TooLarge(String),
    /// Broken.
    #[error("the {kind} is broken: {reason}")]
    Broken {
        /// What it was taken for.
        kind: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Its coordinates cannot be placed.
    #[error(transparent)]
    Projection(#[from] UnknownProjection),
}

impl Unreadable {
    fn broken(kind: &'static str, reason: impl std::fmt::Display) -> Unreadable {
        Unreadable::Broken {
            kind,
            reason: reason.to_string(),
        }
    }
}

/// What takes the rows, one after another; may stop the reading.
pub type Take<'a> = &'a mut dyn FnMut(Result<Row, BadRow>) -> ControlFlow<()>;

/// A list, opened.
#[derive(Debug)]
pub struct Table {
    /// What the file is.
    pub kind: Kind,
    /// Name of the sheet or layer read, where the format has several.
    pub sheet: Option<String>,
    /// The other sheets or layers.
    pub others: Vec<String>,
    /// Names of the columns, none twice, none empty.
    pub columns: Vec<String>,
    /// What was found out while opening: the encoding, the projection.
    pub notes: Vec<String>,
    path: PathBuf,
    limits: Limits,
    inside: Inside,
}

/// What each format needs to know to read its rows.
#[derive(Debug)]
enum Inside {
    Csv(csv::Dialect),
    Spreadsheet(spreadsheet::Inside),
    GeoJson { lines: bool },
    Kml,
    GeoPackage(geopackage::Layer),
    Shapefile(shapefile::Inside),
    Json(arches::Inside),
}

impl Table {
    /// Opens a file; what is in it decides what it is, its name only where that says nothing.
    ///
    /// `sheet` picks one of several sheets or layers; left out, the one with most rows is read.
    pub fn open(path: &Path, sheet: Option<&str>, limits: &Limits) -> Result<Table, Unreadable> {
        let bytes = std::fs::metadata(path)?.len();
        if bytes > limits.file_bytes {
            return Err(Unreadable::TooLarge(format!(
                "the file has {bytes} bytes; at most {} are read",
                limits.file_bytes
            )));
        }
        let head = head(path)?;
        if head.is_empty() {
            return Err(Unreadable::Empty);
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let first = text
            .iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .copied();
        if head.starts_with(b"SQLite format 3\0") {
            return geopackage::open(path, sheet, limits);
        }
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return open_zip(path, sheet, limits);
        }
        if head.starts_with(b"\xd0\xcf\x11\xe0") {
            let hint = "this is a workbook of Excel before 2007, or one with a password: save it as XLSX without";
            return Err(Unreadable::Unknown(hint.to_owned()));
        }
        let index = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("shx"));
        if head.starts_with(&[0, 0, 0x27, 0x0a]) && index {
            return Err(Unreadable::Unknown(
                "this is the index of a Shapefile: give the .shp or a zip of all".to_owned(),
            ));
        }
        if head.starts_with(&[0, 0, 0x27, 0x0a]) {
            return shapefile::open_bare(path, limits);
        }
        match first {
            Some(b'{' | b'[' | 0x1e) => geojson::open(path, limits),
            Some(b'<') => kml::open(path, limits),
            None => Err(Unreadable::Empty),
            Some(_) => csv::open(path, limits),
        }
    }

    /// The column that its format says things are known by, where it says so.
    pub fn key(&self) -> Option<usize> {
        let key = match &self.inside {
            Inside::Csv(dialect) if dialect.is_arches() => concepts::RESOURCE,
            Inside::Json(inside) if inside.is_arches() => "resourceinstanceid",
            _ => return None,
        };
        self.columns.iter().position(|column| column == key)
    }

    /// Says that its file was moved.
    pub fn moved_to(&mut self, path: PathBuf) {
        self.path = path;
    }

    /// Hands over every row until there are no more or `take` breaks off.
    pub fn each(&self, take: Take) -> Result<(), Unreadable> {
        match &self.inside {
            Inside::Csv(dialect) => csv::each(self, dialect, &|_| true, take),
            Inside::Spreadsheet(inside) => spreadsheet::each(self, inside, take),
            Inside::GeoJson { lines } => geojson::each(self, *lines, take),
            Inside::Kml => kml::each(self, take),
            Inside::GeoPackage(layer) => geopackage::each(self, layer, take),
            Inside::Shapefile(inside) => shapefile::each(self, inside, take),
            Inside::Json(inside) => arches::each(self, inside, take),
        }
    }

    /// The same where only some columns are asked for: the cells of others may be empty.
    pub(crate) fn each_of(
        &self,
        asked: &dyn Fn(usize) -> bool,
        take: Take,
    ) -> Result<(), Unreadable> {
        match &self.inside {
            Inside::Csv(dialect) => csv::each(self, dialect, asked, take),
            _ => self.each(take),
        }
    }

    /// About how many rows there are, from the size of the file and of its first rows; none where the
    /// file is packed.
    pub fn rows_expected(&self, first: &[Row]) -> Option<u64> {
        if !matches!(self.kind, Kind::Csv | Kind::GeoJsonSeq) || first.is_empty() {
            return None;
        }
        let bytes = std::fs::metadata(&self.path).ok()?.len();
        let texts = |row: &Row| -> usize {
            let cells = row
                .cells
                .iter()
                .map(|cell| cell.text().map_or(0, |t| t.len()) + 1);
            cells.sum()
        };
        let all: usize = first.iter().map(texts).sum();
        Some(bytes * first.len() as u64 / (all as u64).max(1))
    }

    /// The first rows, for a preview.
    pub fn first(&self, count: usize) -> Result<Vec<Row>, Unreadable> {
        let mut rows = Vec::new();
        self.each(&mut |row| {
            rows.extend(row.ok());
            if rows.len() < count {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        Ok(rows)
    }
}

fn head(path: &Path) -> Result<Vec<u8>, std::io::Error> {
    use std::io::Read;
    let mut head = Vec::with_capacity(4096);
    std::fs::File::open(path)?
        .take(4096)
        .read_to_end(&mut head)?;
    Ok(head)
}

/// The words that cells of a workbook share, which are held in memory while it is read.
const SHARED: &str = "xl/sharedStrings.xml";
/// How large they may be.
const SHARED_BYTES: u64 = 512 << 20;

/// A zip is a spreadsheet, a KMZ, a Shapefile or an export of Arches by what it holds. What it says it unpacks to is held
/// against the limits before anything is unpacked.
fn open_zip(path: &Path, sheet: Option<&str>, limits: &Limits) -> Result<Table, Unreadable> {
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    let mut zip = zip::ZipArchive::new(file).map_err(|e| Unreadable::broken("zip", e))?;
    let mut unpacked: u64 = 0;
    let mut names = Vec::new();
    for at in 0..zip.len() {
        let entry = zip
            .by_index_raw(at)
            .map_err(|e| Unreadable::broken("zip", e))?;
        unpacked = unpacked.saturating_add(entry.size());
        if entry.size() > SHARED_BYTES && entry.name().is_ok_and(|name| name == SHARED) {
            return Err(Unreadable::TooLarge(format!(
                "the words that the cells of the workbook share have {} bytes; at most {SHARED_BYTES} are held in memory: save it as CSV",
                entry.size()
            )));
        }
        names.push(
            entry
                .name()
                .map_err(|e| Unreadable::broken("zip", e))?
                .into_owned(),
        );
    }
    let packed = std::fs::metadata(path)?.len().max(1);
    if unpacked > limits.unpacked_bytes || (unpacked > 100 << 20 && unpacked / packed > 200) {
        return Err(Unreadable::TooLarge(format!(
            "the packed file would unpack to {unpacked} bytes from {packed}: it is not opened"
        )));
    }
    let has = |suffix: &str| {
        names
            .iter()
            .any(|name| name.to_ascii_lowercase().ends_with(suffix))
    };
    if has("xl/workbook.bin") {
        return Err(Unreadable::Unknown(
            "this is a binary workbook (XLSB): save it as XLSX".to_owned(),
        ));
    }
    if has("xl/workbook.xml") {
        return spreadsheet::open(path, Kind::Xlsx, sheet, limits);
    }
    if names.iter().any(|name| name == "content.xml") {
        return spreadsheet::open(path, Kind::Ods, sheet, limits);
    }
    if has(".shp") {
        return shapefile::open_zip(path, sheet, limits);
    }
    if has(".kml") {
        return kml::open_zip(path, limits);
    }
    if names.iter().any(|name| csv::is_list(name)) {
        return csv::open_zip(path, &names, sheet, limits);
    }
    Err(Unreadable::Unknown(
        "the zip holds no workbook, no .kml, no .shp and no .csv".to_owned(),
    ))
}

/// Names for columns as a header gives them: none empty, none twice.
fn column_names(header: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut seen = std::collections::HashMap::<String, usize>::new();
    for (at, given) in header.into_iter().enumerate() {
        let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = if given.is_empty() {
            format!("column {}", at + 1)
        } else {
            given
        };
        let count = seen.entry(base.clone()).or_default();
        *count += 1;
        names.push(if *count == 1 {
            base
        } else {
            format!("{base} ({count})")
        });
    }
    names
}

/// A row cut short for a report.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 2_000;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
