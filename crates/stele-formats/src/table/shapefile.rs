//! Shapefiles (ESRI, July 1998), zipped or bare: the shapes of `.shp`, the fields of `.dbf`, the
//! projection of `.prj`, the encoding of `.cpg`.

use super::{
    BadRow, Cell, Kind, Limits, Projection, Row, Shape, Table, Take, Unreadable, shortened,
};
use shapefile::dbase::{self, FieldValue};
use shapefile::record::polygon::PolygonRing;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::path::Path;

fn broken(e: impl std::fmt::Display) -> Unreadable {
    Unreadable::broken("Shapefile", e)
}

/// Name of the layer in the zip, without its ending; `None` for a bare file.
#[derive(Debug)]
pub(super) struct Inside {
    layer: Option<String>,
}

/// The parts of a layer, in memory: a `.shp` and a `.dbf` hold at most 2 GB each by their format, and
/// the limits hold them to less.
struct Parts {
    shp: Vec<u8>,
    dbf: Option<Vec<u8>>,
    prj: Option<String>,
    cpg: Option<String>,
}

const PART_BYTES: u64 = 512 << 20;

fn parts(path: &Path, inside: &Inside) -> Result<Parts, Unreadable> {
    let Some(layer) = &inside.layer else {
        let beside = |ending: &str| -> Result<Option<Vec<u8>>, Unreadable> {
            for ending in [ending.to_owned(), ending.to_ascii_uppercase()] {
                let file = path.with_extension(ending);
                if file.is_file() {
                    let mut bytes = Vec::new();
                    File::open(file)?.take(PART_BYTES).read_to_end(&mut bytes)?;
                    return Ok(Some(bytes));
                }
            }
            Ok(None)
        };
        let text = |bytes: Option<Vec<u8>>| {
            bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        let mut shp = Vec::new();
        File::open(path)?.take(PART_BYTES).read_to_end(&mut shp)?;
        return Ok(Parts {
            shp,
            dbf: beside("dbf")?,
            prj: text(beside("prj")?),
            cpg: text(beside("cpg")?),
        });
    };
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(broken)?;
    let mut part = |ending: &str| -> Result<Option<Vec<u8>>, Unreadable> {
        let wanted = format!("{layer}.{ending}");
        let Some(name) = zip
            .file_names()
            .flatten()
            .find(|name| name.eq_ignore_ascii_case(&wanted))
            .map(|name| name.into_owned())
        else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        zip.by_name(&name)
            .map_err(broken)?
            .take(PART_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    let shp = part("shp")?.ok_or_else(|| broken("the zip holds no .shp of that name"))?;
    let dbf = part("dbf")?;
    let mut text = |ending: &str| -> Result<Option<String>, Unreadable> {
        Ok(part(ending)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    let (prj, cpg) = (text("prj")?, text("cpg")?);
    Ok(Parts { shp, dbf, prj, cpg })
}

pub(super) fn open_bare(path: &Path, limits: &Limits) -> Result<Table, Unreadable> {
    open(path, Inside { layer: None }, Vec::new(), limits)
}

pub(super) fn open_zip(
    path: &Path,
    sheet: Option<&str>,
    limits: &Limits,
) -> Result<Table, Unreadable> {
    let zip = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(broken)?;
    let mut layers: Vec<String> = zip
        .file_names()
        .flatten()
        .filter(|name| name.to_ascii_lowercase().ends_with(".shp"))
        .map(|name| name[..name.len() - 4].to_owned())
        .collect();
    layers.sort();
    let chosen = match sheet {
        Some(wanted) => layers
            .iter()
            .find(|layer| *layer == wanted || layer.ends_with(&format!("/{wanted}"))),
        None => layers.first(),
    };
    let chosen = chosen.cloned().ok_or_else(|| {
        broken(format!(
            "it has no such layer; there are: {}",
            layers.join(", ")
        ))
    })?;
    let others = layers
        .into_iter()
        .filter(|layer| *layer != chosen)
        .collect();
    open(
        path,
        Inside {
            layer: Some(chosen),
        },
        others,
        limits,
    )
}

fn open(
    path: &Path,
    inside: Inside,
    others: Vec<String>,
    limits: &Limits,
) -> Result<Table, Unreadable> {
    let parts = parts(path, &inside)?;
    let columns = match fields(&parts)? {
        Some(reader) => {
            super::column_names(reader.fields().iter().map(|field| field.name().to_owned()))
        }
        None => Vec::new(),
    };
    let projection = parts
        .prj
        .as_deref()
        .map(Projection::wkt)
        .transpose()?
        .flatten();
    let mut notes: Vec<String> = projection
        .iter()
        .map(|p| format!("reprojected from {}", p.name))
        .collect();
    if parts.prj.is_none() {
        notes.push("there is no .prj: the coordinates are taken for WGS 84".to_owned());
    }
    if parts.dbf.is_none() {
        notes.push("there is no .dbf: the shapes have no fields".to_owned());
    }
    Ok(Table {
        kind: Kind::Shapefile,
        sheet: inside.layer.clone(),
        others,
        columns,
        notes,
        path: path.to_owned(),
        limits: limits.clone(),
        inside: super::Inside::Shapefile(inside),
    })
}

type Fields<'a> = dbase::Reader<Cursor<&'a [u8]>>;

fn fields(parts: &Parts) -> Result<Option<Fields<'_>>, Unreadable> {
    let Some(dbf) = &parts.dbf else {
        return Ok(None);
    };
    // Record bytes a header promises must be there, or the library would reserve room for them.
    let promised = |at: usize| {
        dbf.get(at..at + 2)
            .map_or(0, |b| u16::from_le_bytes([b[0], b[1]]) as usize)
    };
    if promised(8) < 33 || promised(8) > dbf.len() || promised(10) == 0 {
        return Err(broken("the .dbf has no true header"));
    }
    let named = parts
        .cpg
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let label = named.map(|name| match name.strip_prefix("ANSI ").unwrap_or(name) {
        page if page.chars().all(|c| c.is_ascii_digit()) => format!("windows-{page}"),
        other => other.to_owned(),
    });
    let encoding = label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    guarded(|| {
        let options = dbase::ReaderBuilder::new();
        let built = match encoding {
            Some(encoding) => options
                .with_encoding(dbase::encoding::EncodingRs::from(encoding))
                .build(Cursor::new(dbf.as_slice())),
            None => options.build(Cursor::new(dbf.as_slice())),
        };
        built.map(Some).map_err(broken)
    })
}

/// The libraries read files nobody has checked, and some broken ones make them panic: that is turned
/// into an error here, at the one place where they are called.
fn guarded<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(broken("its parts contradict each other")))
}

pub(super) fn each(table: &Table, inside: &Inside, take: Take) -> Result<(), Unreadable> {
    let parts = parts(&table.path, inside)?;
    let projection = parts
        .prj
        .as_deref()
        .map(Projection::wkt)
        .transpose()?
        .flatten();
    let mut reader = fields(&parts)?;
    // A record gives its fields by name, in no order.
    let names: Vec<String> = reader
        .iter()
        .flat_map(|reader| reader.fields())
        .map(|field| field.name().to_owned())
        .collect();
    let mut records = reader.as_mut().map(|reader| reader.iter_records());
    let mut shapes =
        guarded(|| shapefile::ShapeReader::new(Cursor::new(parts.shp.as_slice())).map_err(broken))?;
    let mut shapes = shapes.iter_shapes();
    let mut number = 0;
    loop {
        number += 1;
        let shape = guarded(|| Ok(shapes.next()));
        let record = match &mut records {
            Some(records) => guarded(|| Ok(records.next())),
            None => Ok(None),
        };
        let (shape, record) = match (shape, record) {
            (Ok(None), _) => return Ok(()),
            (Ok(Some(Ok(shape))), Ok(record)) => (shape, record),
            (Ok(Some(Err(e))), _) => return stop(number, broken(e), take),
            (Err(e), _) | (_, Err(e)) => return stop(number, e, take),
        };
        let cells = match record {
            Some(Ok(mut record)) => names
                .iter()
                .map(|name| record.remove(name).map_or(Cell::Empty, cell))
                .collect::<Vec<_>>(),
            Some(Err(e)) => {
                let bad = BadRow {
                    number,
                    column: None,
                    reason: e.to_string(),
                    row: String::new(),
                };
                match take(Err(bad)) {
                    ControlFlow::Continue(()) => continue,
                    ControlFlow::Break(()) => return Ok(()),
                }
            }
            None => vec![Cell::Empty; table.columns.len()],
        };
        let placed = placed(shape, projection.as_ref());
        let row = match placed {
            Ok(shape) => Ok(Row {
                number,
                cells,
                shape,
            }),
            Err(reason) => Err(BadRow {
                number,
                column: Some("geometry".to_owned()),
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
        if take(row).is_break() {
            return Ok(());
        }
    }
}

fn stop(number: u64, why: Unreadable, take: Take) -> Result<(), Unreadable> {
    let reason = format!("{why}; what follows was not read");
    let _ = take(Err(BadRow {
        number,
        column: None,
        reason,
        row: String::new(),
    }));
    Ok(())
}

fn placed(
    shape: shapefile::Shape,
    projection: Option<&Projection>,
) -> Result<Option<Shape>, String> {
    let Some(shape) = convert(shape)? else {
        return Ok(None);
    };
    let shape = match projection {
        Some(projection) => projection.shape(shape)?,
        None => shape,
    };
    match shape.off_globe() {
        Some(reason) => Err(reason),
        None => Ok(Some(shape)),
    }
}

fn convert(shape: shapefile::Shape) -> Result<Option<Shape>, String> {
    use shapefile::Shape as S;
    macro_rules! positions {
        ($points:expr) => {
            $points.iter().map(|p| [p.x, p.y]).collect::<Vec<_>>()
        };
    }
    macro_rules! lines {
        ($line:expr) => {
            one_or_many(
                $line
                    .parts()
                    .iter()
                    .map(|part| Shape::Line(positions!(part)))
                    .collect(),
            )
        };
    }
    macro_rules! polygons {
        ($polygon:expr) => {{
            let mut shapes: Vec<Vec<Vec<[f64; 2]>>> = Vec::new();
            for ring in $polygon.rings() {
                let points = positions!(ring.points());
                match (ring, shapes.last_mut()) {
                    (PolygonRing::Inner(_), Some(outer)) => outer.push(points),
                    _ => shapes.push(vec![points]),
                }
            }
            one_or_many(shapes.into_iter().map(Shape::Polygon).collect())
        }};
    }
    Ok(match shape {
        S::NullShape => None,
        S::Point(p) => Some(Shape::Point([p.x, p.y])),
        S::PointM(p) => Some(Shape::Point([p.x, p.y])),
        S::PointZ(p) => Some(Shape::Point([p.x, p.y])),
        S::Polyline(line) => lines!(line),
        S::PolylineM(line) => lines!(line),
        S::PolylineZ(line) => lines!(line),
        S::Polygon(polygon) => polygons!(polygon),
        S::PolygonM(polygon) => polygons!(polygon),
        S::PolygonZ(polygon) => polygons!(polygon),
        S::Multipoint(points) => one_or_many(
            positions!(points.points())
                .into_iter()
                .map(Shape::Point)
                .collect(),
        ),
        S::MultipointM(points) => one_or_many(
            positions!(points.points())
                .into_iter()
                .map(Shape::Point)
                .collect(),
        ),
        S::MultipointZ(points) => one_or_many(
            positions!(points.points())
                .into_iter()
                .map(Shape::Point)
                .collect(),
        ),
        S::Multipatch(_) => return Err("surfaces in three dimensions are not read".to_owned()),
    })
}

fn one_or_many(mut shapes: Vec<Shape>) -> Option<Shape> {
    match shapes.len() {
        0 => None,
        1 => shapes.pop(),
        _ => Some(Shape::Many(shapes)),
    }
}

fn cell(value: FieldValue) -> Cell {
    let text = |text: String| {
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        }
    };
    let number = |number: f64| match number.fract() == 0.0 && number.abs() < 9e15 {
        true => Cell::Whole(number as i64),
        false => Cell::Number(number),
    };
    match value {
        FieldValue::Character(value) => value.map_or(Cell::Empty, text),
        FieldValue::Memo(value) => text(value),
        FieldValue::Numeric(value) => value.map_or(Cell::Empty, number),
        FieldValue::Float(value) => value.map_or(Cell::Empty, |value| number(f64::from(value))),
        FieldValue::Integer(value) => Cell::Whole(i64::from(value)),
        FieldValue::Currency(value) | FieldValue::Double(value) => number(value),
        FieldValue::Logical(value) => value.map_or(Cell::Empty, Cell::Truth),
        FieldValue::Date(value) => value.map_or(Cell::Empty, |date| {
            Cell::Text(format!(
                "{:04}-{:02}-{:02}",
                date.year(),
                date.month(),
                date.day()
            ))
        }),
        FieldValue::DateTime(value) => {
            let date = value.date();
            Cell::Text(format!(
                "{:04}-{:02}-{:02}",
                date.year(),
                date.month(),
                date.day()
            ))
        }
    }
}
