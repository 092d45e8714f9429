//! KML 2.2 and KMZ: placemarks, with their folders and extended data. Entities other than XML's own
//! five and numbered ones are refused, so that nothing outside is read and nothing is blown up.

use super::{BadRow, Cell, Inside, Kind, Limits, Row, Shape, Table, Take, Unreadable, shortened};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

fn broken(e: impl std::fmt::Display) -> Unreadable {
    Unreadable::broken("KML", e)
}

pub(super) fn open(path: &Path, limits: &Limits) -> Result<Table, Unreadable> {
    open_as(path, Kind::Kml, limits)
}

pub(super) fn open_zip(path: &Path, limits: &Limits) -> Result<Table, Unreadable> {
    open_as(path, Kind::Kmz, limits)
}

fn open_as(path: &Path, kind: Kind, limits: &Limits) -> Result<Table, Unreadable> {
    let mut table = Table {
        kind,
        sheet: None,
        others: Vec::new(),
        columns: Vec::new(),
        notes: Vec::new(),
        path: path.to_owned(),
        limits: limits.clone(),
        inside: Inside::Kml,
    };
    let mut columns: Vec<String> = Vec::new();
    let mut any = false;
    let read = placemarks(&table, &mut |placemark| {
        any = true;
        for (key, _) in &placemark.values {
            if !columns.contains(key) {
                columns.push(key.clone());
            }
        }
        if columns.len() > limits.columns {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    match read {
        Err(e) if !any => return Err(e),
        Ok(()) if !any => {
            return Err(Unreadable::Unknown(
                "there is no placemark in the XML".to_owned(),
            ));
        }
        _ => {}
    }
    if columns.len() > limits.columns {
        return Err(Unreadable::TooLarge(format!(
            "the placemarks have over {} fields",
            limits.columns
        )));
    }
    table.columns = columns;
    Ok(table)
}

pub(super) fn each(table: &Table, take: Take) -> Result<(), Unreadable> {
    let mut last = 0;
    let read = placemarks(table, &mut |placemark| {
        last = placemark.number;
        take(row(table, placemark))
    });
    if let Err(e) = read {
        let reason = format!("{e}; what follows was not read");
        let _ = take(Err(BadRow {
            number: last + 1,
            column: None,
            reason,
            row: String::new(),
        }));
    }
    Ok(())
}

fn row(table: &Table, placemark: Placemark) -> Result<Row, BadRow> {
    let Placemark {
        number,
        values,
        shapes,
        bad,
    } = placemark;
    let wrong = bad.or_else(|| shapes.iter().find_map(Shape::off_globe));
    if let Some(reason) = wrong {
        let row = values
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect::<Vec<_>>()
            .join(" | ");
        return Err(BadRow {
            number,
            column: Some("coordinates".to_owned()),
            reason,
            row: shortened(&row),
        });
    }
    let cells = table
        .columns
        .iter()
        .map(
            |column| match values.iter().find(|(key, _)| key == column) {
                Some((_, value)) => Cell::Text(value.clone()),
                None => Cell::Empty,
            },
        )
        .collect();
    let shape = match shapes.len() {
        0 => None,
        1 => shapes.into_iter().next(),
        _ => Some(Shape::Many(shapes)),
    };
    Ok(Row {
        number,
        cells,
        shape,
    })
}

#[derive(Default)]
struct Placemark {
    number: u64,
    values: Vec<(String, String)>,
    shapes: Vec<Shape>,
    bad: Option<String>,
}

impl Placemark {
    fn put(&mut self, key: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        match self.values.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => {
                known.push('\n');
                known.push_str(value);
            }
            None => self.values.push((key.to_owned(), value.to_owned())),
        }
    }
}

fn placemarks(
    table: &Table,
    take: &mut dyn FnMut(Placemark) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    if table.kind == Kind::Kml {
        return parse(
            BufReader::new(File::open(&table.path)?),
            &table.limits,
            take,
        );
    }
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(&table.path)?)).map_err(broken)?;
    let name = zip
        .file_names()
        .flatten()
        .filter(|name| name.to_ascii_lowercase().ends_with(".kml"))
        .min_by_key(|name| (!name.eq_ignore_ascii_case("doc.kml"), name.len()))
        .map(|name| name.into_owned())
        .ok_or_else(|| broken("the KMZ holds no .kml"))?;
    let entry = zip.by_name(&name).map_err(broken)?;
    parse(
        BufReader::new(entry.take(table.limits.unpacked_bytes)),
        &table.limits,
        take,
    )
}

/// Where the reader stands.
#[derive(Default)]
struct Standing {
    /// Open elements, without prefixes.
    path: Vec<String>,
    text: String,
    folders: Vec<String>,
    placemark: Option<Placemark>,
    /// Name of the data element that is open.
    data: Option<String>,
    rings: Vec<Vec<[f64; 2]>>,
    number: u64,
}

fn parse(
    reader: impl BufRead,
    limits: &Limits,
    take: &mut dyn FnMut(Placemark) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut xml = Reader::from_reader(reader);
    let mut at = Standing::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = xml.read_event_into(&mut buffer).map_err(broken)?;
        match event {
            Event::Start(start) => {
                if at.path.len() >= limits.depth {
                    return Err(broken(format!(
                        "its elements are nested over {} deep",
                        limits.depth
                    )));
                }
                at.open(&start);
            }
            Event::Empty(start) => {
                at.open(&start);
                if at.close(take).is_break() {
                    return Ok(());
                }
            }
            Event::End(_) if at.close(take).is_break() => return Ok(()),
            Event::Text(text) => at.text.push_str(text.as_ref()),
            Event::CData(text) => at.text.push_str(text.as_ref()),
            Event::GeneralRef(reference) => {
                let known = match reference.as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().map_err(broken)?,
                };
                let name: &str = reference.as_ref();
                at.text.push(
                    known.ok_or_else(|| broken(format!("the entity &{name}; is not known")))?,
                );
            }
            Event::Eof => {
                return if at.path.is_empty() {
                    Ok(())
                } else {
                    Err(broken("it ends in the middle"))
                };
            }
            _ => {}
        }
        if at.text.len() > limits.row_bytes * 4 {
            return Err(Unreadable::TooLarge(format!(
                "an element holds over {} bytes",
                limits.row_bytes * 4
            )));
        }
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

impl Standing {
    fn open(&mut self, start: &BytesStart) {
        let name = local(start.name().as_ref());
        let attribute = |key: &str| {
            start
                .attributes()
                .flatten()
                .find(|a| local(a.key.as_ref()) == key)
                .map(|a| a.value.replace("&amp;", "&").replace("&quot;", "\""))
        };
        match name.as_str() {
            "Placemark" => {
                self.number += 1;
                let mut placemark = Placemark {
                    number: self.number,
                    ..Placemark::default()
                };
                let folders: Vec<&str> = self
                    .folders
                    .iter()
                    .map(String::as_str)
                    .filter(|folder| !folder.is_empty())
                    .collect();
                placemark.put("folder", &folders.join(" / "));
                if let Some(id) = attribute("id") {
                    placemark.put("id", &id);
                }
                self.placemark = Some(placemark);
            }
            "Folder" => self.folders.push(String::new()),
            "Data" | "SimpleData" => self.data = attribute("name"),
            "Polygon" => self.rings.clear(),
            _ => {}
        }
        self.path.push(name);
        self.text.clear();
    }

    fn close(&mut self, take: &mut dyn FnMut(Placemark) -> ControlFlow<()>) -> ControlFlow<()> {
        let Some(name) = self.path.pop() else {
            return ControlFlow::Continue(());
        };
        let text = std::mem::take(&mut self.text);
        let parent = self.path.last().map(String::as_str).unwrap_or_default();
        if name == "Folder" {
            self.folders.pop();
        }
        if let ("name", "Folder", Some(folder)) = (name.as_str(), parent, self.folders.last_mut()) {
            text.trim().clone_into(folder);
        }
        let Some(placemark) = &mut self.placemark else {
            return ControlFlow::Continue(());
        };
        match (name.as_str(), parent) {
            ("Placemark", _) => {
                if let Some(placemark) = self.placemark.take() {
                    return take(placemark);
                }
            }
            ("value", "Data") | ("SimpleData", _) => {
                let key = self.data.clone().unwrap_or_else(|| "data".to_owned());
                placemark.put(&key, &text);
            }
            ("coordinates", _) => match coordinates(&text) {
                Err(bad) => placemark.bad = placemark.bad.take().or(Some(bad)),
                Ok(positions) => match (parent, positions.as_slice()) {
                    ("LinearRing", _) if self.path.iter().any(|open| open == "Polygon") => {
                        self.rings.push(positions)
                    }
                    ("Point", [position, ..]) => placemark.shapes.push(Shape::Point(*position)),
                    (_, []) => {}
                    _ => placemark.shapes.push(Shape::Line(positions)),
                },
            },
            ("Polygon", _) => {
                let rings = std::mem::take(&mut self.rings);
                if !rings.is_empty() {
                    placemark.shapes.push(Shape::Polygon(rings));
                }
            }
            ("when" | "begin" | "end", _) => placemark.put(&name, &text),
            (_, "Placemark") => placemark.put(&name, &text),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// `lon,lat[,height]` parted by space.
fn coordinates(text: &str) -> Result<Vec<[f64; 2]>, String> {
    text.split_whitespace()
        .map(|tuple| {
            let mut numbers = tuple.split(',').map(|number| number.trim().parse::<f64>());
            match (numbers.next(), numbers.next()) {
                (Some(Ok(lon)), Some(Ok(lat))) => Ok([lon, lat]),
                _ => Err(format!(
                    "\"{}\" is no position: longitude,latitude stands here in KML",
                    shortened(tuple)
                )),
            }
        })
        .collect()
}
