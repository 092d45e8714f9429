//! Comma-separated values: a row a feature, the geometry as well-known text in the column `WKT` that
//! GDAL and QGIS know, and the position of a point as numbers for spreadsheets.

use super::{FeatureWriter, Sheet, text_of, wkb};
use crate::export::{Cell, CsvWriter};
use crate::feature::{Feature, Value};
use std::io::{self, BufWriter, Write};
use stele_model::Geometry;

pub(super) struct Csv<W: Write> {
    csv: CsvWriter<BufWriter<W>>,
}

impl<W: Write> Csv<W> {
    pub fn begin(sheet: &Sheet<'_>, out: W) -> io::Result<Self> {
        let mut csv = CsvWriter::new(BufWriter::new(out));
        let mut names = vec!["id"];
        names.extend(sheet.columns.iter().map(|c| c.id));
        names.extend(["lon", "lat", "WKT"]);
        csv.header(&names)?;
        Ok(Csv { csv })
    }
}

impl<W: Write> FeatureWriter for Csv<W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        let id = feature.id.to_string();
        let wkt = feature.geometry.as_ref().map(wkb::text);
        let point = match &feature.geometry {
            Some(Geometry::Point(p)) => Some(*p),
            _ => None,
        };
        // Dates and moments are text to a spreadsheet.
        let texts: Vec<Option<String>> = feature
            .values
            .iter()
            .map(|value| match value {
                Some(value @ (Value::Day(_) | Value::Moment(_))) => Some(text_of(value)),
                _ => None,
            })
            .collect();
        let values = feature.values.iter().zip(&texts).map(|cell| match cell {
            (_, Some(text)) => Cell::Text(text),
            (Some(Value::Text(text)), _) => Cell::Text(text),
            (Some(Value::Whole(n)), _) => Cell::Whole(*n),
            _ => Cell::Empty,
        });
        let number = |n: Option<f64>| n.map_or(Cell::Empty, Cell::Number);
        let last = [
            number(point.map(|p| p.lon())),
            number(point.map(|p| p.lat())),
            wkt.as_deref().map_or(Cell::Empty, Cell::Text),
        ];
        self.csv
            .row(std::iter::once(Cell::Text(&id)).chain(values).chain(last))
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.csv.finish().map(drop)
    }
}
