//! GeoParquet 1.1: well-known binary in the column `geometry`, its box beside it in `bbox` (the covering
//! column by which readers skip), longitude and latitude on OGC:CRS84 as the standard has by default.
//!
//! Rows wait in memory until a row group is full; row groups are bounded in rows and bytes.

use super::{FeatureWriter, Sheet, wkb};
use crate::feature::{Column, Feature, Holds, Value, moment};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;
use stele_model::Geometry;
use stele_model::place::Bounds;

/// Most rows of a row group.
const GROUP_ROWS: usize = 32_768;
/// Most bytes of text and geometry of a row group.
const GROUP_BYTES: usize = 16 << 20;

pub(super) struct GeoParquet<W: Write + Send> {
    file: SerializedFileWriter<W>,
    waiting: Waiting,
    kinds: BTreeSet<&'static str>,
    bounds: Option<Bounds>,
}

/// Values of one column; of those that may be missing, which are there.
struct Slot<T> {
    values: Vec<T>,
    there: Vec<i16>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot {
            values: Vec::new(),
            there: Vec::new(),
        }
    }
}

impl<T> Slot<T> {
    fn put(&mut self, value: Option<T>) {
        self.there.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    fn clear(&mut self) {
        self.values.clear();
        self.there.clear();
    }

    fn write<D>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    ) -> Result<(), ParquetError>
    where
        D: DataType<T = T>,
    {
        let mut column = group
            .next_column()?
            .ok_or_else(|| ParquetError::General("a column is missing".into()))?;
        column
            .typed::<D>()
            .write_batch(&self.values, Some(&self.there), None)?;
        column.close()?;
        self.clear();
        Ok(())
    }
}

enum Cells {
    Text(Slot<ByteArray>),
    Whole(Slot<i64>),
    Day(Slot<i32>),
}

/// The rows of the row group under way, by column.
struct Waiting {
    ids: Slot<ByteArray>,
    geometries: Slot<ByteArray>,
    /// West, south, east, north.
    corners: [Slot<f64>; 4],
    cells: Vec<Cells>,
    rows: usize,
    bytes: usize,
}

impl Waiting {
    fn new(columns: &[Column]) -> Self {
        let cells = columns.iter().map(|c| match c.holds {
            Holds::Text | Holds::Word(_) => Cells::Text(Slot::default()),
            Holds::Whole | Holds::Moment => Cells::Whole(Slot::default()),
            Holds::Day => Cells::Day(Slot::default()),
        });
        Waiting {
            ids: Slot::default(),
            geometries: Slot::default(),
            corners: Default::default(),
            cells: cells.collect(),
            rows: 0,
            bytes: 0,
        }
    }

    fn put(&mut self, feature: &Feature, bounds: Option<Bounds>) {
        let mut bytes_of = |bytes: Vec<u8>| {
            self.bytes += bytes.len();
            ByteArray::from(bytes)
        };
        self.ids
            .put(Some(bytes_of(feature.id.to_string().into_bytes())));
        self.geometries.put(feature.geometry.as_ref().map(|g| {
            let mut bytes = Vec::new();
            wkb::append(&mut bytes, g);
            bytes_of(bytes)
        }));
        let corners = bounds.map(|b| [b.west, b.south, b.east, b.north]);
        for (i, slot) in self.corners.iter_mut().enumerate() {
            slot.put(corners.map(|c| c[i]));
        }
        for (cells, value) in self.cells.iter_mut().zip(&feature.values) {
            match (cells, value) {
                (Cells::Text(slot), Some(Value::Text(text))) => {
                    slot.put(Some(bytes_of(text.clone().into_bytes())));
                }
                (Cells::Whole(slot), Some(Value::Whole(n) | Value::Moment(n))) => {
                    slot.put(Some(*n));
                }
                (Cells::Day(slot), Some(Value::Day(day))) => slot.put(i32::try_from(day.0).ok()),
                (Cells::Text(slot), _) => slot.put(None),
                (Cells::Whole(slot), _) => slot.put(None),
                (Cells::Day(slot), _) => slot.put(None),
            }
        }
        self.rows += 1;
    }
}

impl<W: Write + Send> GeoParquet<W> {
    pub fn begin(sheet: &Sheet<'_>, out: W) -> io::Result<Self> {
        let mut schema = String::from(
            "message features { required binary id (STRING); optional binary geometry;
             optional group bbox { required double xmin; required double ymin; required double xmax; required double ymax; } ",
        );
        for column in sheet.columns {
            let form = match column.holds {
                Holds::Text | Holds::Word(_) => "binary {} (STRING)",
                Holds::Whole => "int64 {}",
                Holds::Day => "int32 {} (DATE)",
                Holds::Moment => "int64 {} (TIMESTAMP(MILLIS,true))",
            };
            schema.push_str(&format!("optional {}; ", form.replace("{}", column.id)));
        }
        schema.push('}');
        let schema = parse_message_type(&schema).map_err(io::Error::other)?;
        // Boxes stand in the column beside; the least and largest bytes of a geometry say nothing.
        let without = |b: parquet::file::properties::WriterPropertiesBuilder, name: &str| {
            let path = ColumnPath::from(name);
            b.set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
                .set_column_dictionary_enabled(path, false)
        };
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_key_value_metadata(Some(told(sheet)))
            .set_created_by(concat!("stele ", env!("CARGO_PKG_VERSION")).to_owned());
        let properties = without(without(properties, "geometry"), "id").build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))
            .map_err(io::Error::other)?;
        Ok(GeoParquet {
            file,
            waiting: Waiting::new(sheet.columns),
            kinds: BTreeSet::new(),
            bounds: None,
        })
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        if self.waiting.rows == 0 {
            return Ok(());
        }
        let w = &mut self.waiting;
        let mut group = self.file.next_row_group()?;
        w.ids.write::<ByteArrayType>(&mut group)?;
        w.geometries.write::<ByteArrayType>(&mut group)?;
        for slot in &mut w.corners {
            slot.write::<DoubleType>(&mut group)?;
        }
        for cells in &mut w.cells {
            match cells {
                Cells::Text(slot) => slot.write::<ByteArrayType>(&mut group)?,
                Cells::Whole(slot) => slot.write::<Int64Type>(&mut group)?,
                Cells::Day(slot) => slot.write::<Int32Type>(&mut group)?,
            }
        }
        group.close()?;
        (w.rows, w.bytes) = (0, 0);
        Ok(())
    }
}

impl<W: Write + Send> FeatureWriter for GeoParquet<W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        let bounds = feature.geometry.as_ref().and_then(Geometry::bounds);
        if let (Some(geometry), Some(b)) = (&feature.geometry, bounds) {
            self.kinds.insert(wkb::type_name(geometry));
            self.bounds = Some(self.bounds.map_or(b, |all| Bounds {
                west: all.west.min(b.west),
                south: all.south.min(b.south),
                east: all.east.max(b.east),
                north: all.north.max(b.north),
            }));
        }
        self.waiting.put(feature, bounds);
        if self.waiting.rows >= GROUP_ROWS || self.waiting.bytes >= GROUP_BYTES {
            self.write_group().map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.write_group().map_err(io::Error::other)?;
        let corner = |name: &str| json!(["bbox", name]);
        let mut column = json!({
            "encoding": "WKB",
            "geometry_types": self.kinds,
            "covering": {"bbox": {"xmin": corner("xmin"), "ymin": corner("ymin"), "xmax": corner("xmax"), "ymax": corner("ymax")}},
        });
        if let Some(b) = self.bounds {
            column["bbox"] = json!([b.west, b.south, b.east, b.north]);
        }
        let geo = json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}});
        self.file
            .append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_string()));
        let mut out = self.file.into_inner().map_err(io::Error::other)?;
        out.flush()
    }
}

/// What the file says of itself, beside `geo`.
fn told(sheet: &Sheet<'_>) -> Vec<KeyValue> {
    let of = sheet.provenance;
    let columns: serde_json::Map<String, serde_json::Value> = sheet
        .columns
        .iter()
        .map(|c| (c.id.to_owned(), c.about.into()))
        .collect();
    let mut told = vec![
        ("title", sheet.title.to_owned()),
        ("description", sheet.about.to_owned()),
        ("attribution", of.attribution.clone()),
        ("as_of", moment(of.as_of_ms)),
        ("columns", serde_json::Value::from(columns).to_string()),
    ];
    told.extend(of.licence.clone().map(|text| ("licence", text)));
    told.extend(of.checkpoint.clone().map(|note| ("checkpoint", note)));
    told.into_iter()
        .map(|(name, text)| KeyValue::new(name.to_owned(), text))
        .collect()
}
