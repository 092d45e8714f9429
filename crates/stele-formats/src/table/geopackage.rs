//! GeoPackage 1.x (OGC 12-128): the feature and attribute tables of an SQLite file that somebody else
//! made. It is opened for reading only, without trust in what its schema would run.

use super::{
    BadRow, Cell, Kind, Limits, Projection, Row, Shape, Table, Take, Unreadable, shortened,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::ops::ControlFlow;
use std::path::Path;

fn broken(e: impl std::fmt::Display) -> Unreadable {
    Unreadable::broken("GeoPackage", e)
}

/// The layer to be read.
#[derive(Debug)]
pub(super) struct Layer {
    table: String,
    geometry: Option<String>,
    srs: i64,
}

fn connect(path: &Path) -> Result<Connection, Unreadable> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(broken)?;
    db.execute_batch("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA query_only=ON; PRAGMA mmap_size=0;")
        .map_err(broken)?;
    Ok(db)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn open(path: &Path, sheet: Option<&str>, limits: &Limits) -> Result<Table, Unreadable> {
    let db = connect(path)?;
    let mut names: Vec<String> = Vec::new();
    {
        let mut found = db
            .prepare("SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes', 'aspatial')")
            .map_err(broken)?;
        let mut rows = found.query([]).map_err(broken)?;
        while let Some(row) = rows.next().map_err(broken)? {
            names.push(row.get(0).map_err(broken)?);
        }
    }
    let count = |name: &String| -> Option<i64> {
        db.query_row(
            &format!("SELECT count(*) FROM {}", quoted(name)),
            [],
            |row| row.get(0),
        )
        .ok()
    };
    let chosen = match sheet {
        Some(wanted) => names.iter().find(|name| *name == wanted).cloned(),
        None => names
            .iter()
            .filter_map(|name| Some((count(name)?, name)))
            .rev()
            .max_by_key(|(rows, _)| *rows)
            .map(|(_, name)| name.clone()),
    };
    let chosen = chosen.ok_or_else(|| {
        broken(format!(
            "it has no such layer; there are: {}",
            names.join(", ")
        ))
    })?;
    let geometry: Option<(String, i64)> = db
        .query_row(
            "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?1",
            [&chosen],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .ok();
    let columns: Vec<String> = {
        let select = db
            .prepare(&format!("SELECT * FROM {} LIMIT 0", quoted(&chosen)))
            .map_err(broken)?;
        select.column_names().map(str::to_owned).collect()
    };
    if columns.len() > limits.columns {
        return Err(Unreadable::TooLarge(format!(
            "the layer has over {} columns",
            limits.columns
        )));
    }
    let (geometry, srs) = geometry.map_or((None, 0), |(column, srs)| (Some(column), srs));
    let projection = projection(&db, srs)?;
    Ok(Table {
        kind: Kind::GeoPackage,
        others: names.into_iter().filter(|name| *name != chosen).collect(),
        columns: columns
            .into_iter()
            .filter(|column| Some(column) != geometry.as_ref())
            .collect(),
        notes: projection
            .iter()
            .map(|p| format!("reprojected from {}", p.name))
            .collect(),
        path: path.to_owned(),
        limits: limits.clone(),
        inside: super::Inside::GeoPackage(Layer {
            table: chosen.clone(),
            geometry,
            srs,
        }),
        sheet: Some(chosen),
    })
}

fn projection(db: &Connection, srs: i64) -> Result<Option<Projection>, Unreadable> {
    if matches!(srs, 4326 | 0 | -1) {
        return Ok(None);
    }
    let found: Result<(String, i64, String), _> = db.query_row(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1",
        [srs],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    );
    let (organisation, code, definition) = found.map_err(broken)?;
    let by_code = match organisation.eq_ignore_ascii_case("epsg") {
        true => u32::try_from(code).ok().map(Projection::epsg),
        false => None,
    };
    match by_code {
        Some(Ok(projection)) => Ok(projection),
        _ => Ok(Projection::wkt(&definition)?),
    }
}

pub(super) fn each(table: &Table, layer: &Layer, take: Take) -> Result<(), Unreadable> {
    let db = connect(&table.path)?;
    let projection = projection(&db, layer.srs)?;
    let mut select = db
        .prepare(&format!("SELECT * FROM {}", quoted(&layer.table)))
        .map_err(broken)?;
    let names: Vec<String> = select.column_names().map(str::to_owned).collect();
    let mut rows = select.query([]).map_err(broken)?;
    let mut number = 0;
    loop {
        number += 1;
        let read = match rows.next() {
            Ok(Some(row)) => cells(&names, layer, row, projection.as_ref()),
            Ok(None) => return Ok(()),
            Err(e) => {
                let reason = format!("the file is broken here: {e}; what follows was not read");
                let _ = take(Err(BadRow {
                    number,
                    column: None,
                    reason,
                    row: String::new(),
                }));
                return Ok(());
            }
        };
        let read = match read {
            Ok((cells, shape)) => Ok(Row {
                number,
                cells,
                shape,
            }),
            Err((reason, cells)) => Err(BadRow {
                number,
                column: layer.geometry.clone(),
                reason,
                row: shortened(
                    &cells
                        .iter()
                        .filter_map(Cell::text)
                        .collect::<Vec<_>>()
                        .join(" | "),
                ),
            }),
        };
        if take(read) == ControlFlow::Break(()) {
            return Ok(());
        }
    }
}

type Cells = (Vec<Cell>, Option<Shape>);

fn cells(
    names: &[String],
    layer: &Layer,
    row: &rusqlite::Row,
    projection: Option<&Projection>,
) -> Result<Cells, (String, Vec<Cell>)> {
    let (mut cells, mut shape) = (Vec::with_capacity(names.len()), Ok(None));
    for (at, name) in names.iter().enumerate() {
        let value = match row.get_ref(at) {
            Ok(value) => value,
            Err(e) => return Err((e.to_string(), cells)),
        };
        if Some(name) == layer.geometry.as_ref() {
            if let ValueRef::Blob(blob) = value {
                shape = geometry(blob)
                    .map(Some)
                    .ok_or_else(|| "the geometry is broken".to_owned());
            }
            continue;
        }
        cells.push(match value {
            ValueRef::Null => Cell::Empty,
            ValueRef::Integer(number) => Cell::Whole(number),
            ValueRef::Real(number) => Cell::Number(number),
            ValueRef::Text(b"") => Cell::Empty,
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(blob) => Cell::Text(format!("{} bytes", blob.len())),
        });
    }
    let placed = shape.and_then(|shape| match (shape, projection) {
        (Some(shape), Some(projection)) => projection.shape(shape).map(Some),
        (shape, _) => Ok(shape),
    });
    match placed {
        Ok(Some(shape)) if shape.positions().next().is_none() => Ok((cells, None)),
        Ok(Some(shape)) => match shape.off_globe() {
            Some(reason) => Err((reason, cells)),
            None => Ok((cells, Some(shape))),
        },
        Ok(None) => Ok((cells, None)),
        Err(reason) => Err((reason, cells)),
    }
}

/// A geometry blob: the GeoPackage header, then well-known binary.
fn geometry(blob: &[u8]) -> Option<Shape> {
    let flags = *blob.get(3)?;
    if blob.get(..2)? != b"GP" {
        return None;
    }
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    let mut reader = Wkb {
        rest: blob.get(8 + envelope..)?,
        depth: 0,
    };
    reader.shape()
}

struct Wkb<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl Wkb<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    fn number(&mut self, little: bool) -> Option<u32> {
        let bytes = self.take()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn position(&mut self, little: bool, ordinates: usize) -> Option<[f64; 2]> {
        let mut position = [0.0; 2];
        for at in 0..ordinates {
            let bytes = self.take()?;
            let value = if little {
                f64::from_le_bytes(bytes)
            } else {
                f64::from_be_bytes(bytes)
            };
            if let Some(place) = position.get_mut(at) {
                *place = value;
            }
        }
        Some(position)
    }

    /// A count that the bytes left can hold.
    fn count(&mut self, little: bool, least: usize) -> Option<usize> {
        let count = self.number(little)? as usize;
        (count <= self.rest.len() / least).then_some(count)
    }

    fn line(&mut self, little: bool, ordinates: usize) -> Option<Vec<[f64; 2]>> {
        (0..self.count(little, ordinates * 8)?)
            .map(|_| self.position(little, ordinates))
            .collect()
    }

    fn shape(&mut self) -> Option<Shape> {
        self.depth += 1;
        if self.depth > 8 {
            return None;
        }
        let little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let kind = self.number(little)?;
        let ordinates = match kind / 1000 {
            0 => 2,
            1 | 2 => 3,
            3 => 4,
            _ => return None,
        };
        let shape = match kind % 1000 {
            1 => match self.position(little, ordinates)? {
                [x, y] if x.is_nan() && y.is_nan() => Shape::Many(Vec::new()),
                position => Shape::Point(position),
            },
            2 => Shape::Line(self.line(little, ordinates)?),
            3 => {
                let rings = self.count(little, 4)?;
                Shape::Polygon(
                    (0..rings)
                        .map(|_| self.line(little, ordinates))
                        .collect::<Option<_>>()?,
                )
            }
            4..=7 => {
                let parts = self.count(little, 5)?;
                Shape::Many((0..parts).map(|_| self.shape()).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        self.depth -= 1;
        Some(shape)
    }
}
