//! Workbooks: XLSX sheet by sheet as a stream of cells, ODS within the limits in memory.

mod merged;

use super::{Cell, Kind, Limits, Row, Table, Take, Unreadable, column_names};
use calamine::{Data, DataRef, Dimensions, ExcelDateTime, Ods, Reader, Xlsx};
use merged::{Downwards, Filling, downwards, groups, merged};
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;

/// An ODS is held in memory: it may have this many bytes packed.
const ODS_BYTES: u64 = 64 << 20;

fn broken(e: impl std::fmt::Display) -> Unreadable {
    Unreadable::broken("workbook", e)
}

/// How a sheet is laid out.
#[derive(Debug, Default)]
pub(super) struct Inside {
    /// The last row that names the columns.
    header: u64,
    /// Cells that are drawn over others below them, the last first.
    merged: Vec<Downwards>,
    /// Rows that one cell is drawn over and that name those below them, in order; what they say is the last column.
    groups: Vec<u64>,
}

/// A row as it stands: its number from 1 and its cells by column.
type HeadRow = (u64, Vec<(usize, Cell)>);

/// Reads a sheet row by row: the number of the row from 1 and its cells by column.
type TakeCells<'a> = &'a mut dyn FnMut(u64, Vec<(usize, Cell)>) -> ControlFlow<()>;

pub(super) fn open(
    path: &Path,
    kind: Kind,
    sheet: Option<&str>,
    limits: &Limits,
) -> Result<Table, Unreadable> {
    if kind == Kind::Ods && std::fs::metadata(path)?.len() > ODS_BYTES {
        return Err(Unreadable::TooLarge(format!(
            "an ODS may have {ODS_BYTES} bytes at most: save it as XLSX or CSV"
        )));
    }
    let names = sheet_names(path, kind)?;
    let chosen = match sheet {
        Some(wanted) => names
            .iter()
            .find(|name| *name == wanted)
            .cloned()
            .ok_or_else(|| {
                broken(format!(
                    "there is no sheet \"{wanted}\"; there are: {}",
                    names.join(", ")
                ))
            })?,
        None => largest(path, kind, &names)?,
    };
    let mut head: Vec<HeadRow> = Vec::new();
    let mut table = Table {
        kind,
        others: names
            .iter()
            .filter(|name| **name != chosen)
            .cloned()
            .collect(),
        sheet: Some(chosen),
        columns: Vec::new(),
        notes: Vec::new(),
        path: path.to_owned(),
        limits: limits.clone(),
        inside: super::Inside::Spreadsheet(Inside::default()),
    };
    cells(&table, &mut |number, row| {
        head.push((number, row));
        match head.len() < super::HEAD_ROWS {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    let (header, row) = header_of(&head).ok_or(Unreadable::Empty)?;
    let merged = merged(&table)?;
    // With a row below them: what ends with its headings is no list.
    let two = head.windows(3).find_map(|rows| match rows {
        [upper, lower, _] if upper.0 == header || lower.0 == header => {
            names_parts(&merged, upper, lower).then_some((&upper.1, &lower.1, lower.0))
        }
        _ => None,
    });
    let most = limits.columns + 1;
    let (mut names, header) = match two {
        Some((upper, lower, last)) => {
            table.notes.push(format!(
                "rows {} and {last} name the columns: those under one heading by their own",
                last - 1
            ));
            (parts_named(texts(upper, most), texts(lower, most)), last)
        }
        None => (texts(row, most), header),
    };
    if two.is_none() && head.first().is_some_and(|(first, _)| *first < header) {
        table.notes.push(super::below_a_title(header));
    }
    let groups = groups(&merged, header, names.len());
    if !groups.is_empty() {
        table.notes.push(format!(
            "{} rows are one cell drawn over the columns: what they say stands beside the rows below, as the column \"{GROUP}\"",
            groups.len()
        ));
        names.push(GROUP.to_owned());
    }
    table.columns = column_names(names);
    table.inside = super::Inside::Spreadsheet(Inside {
        header,
        merged: downwards(merged),
        groups,
    });
    if table.columns.len() > limits.columns {
        return Err(Unreadable::TooLarge(format!(
            "the sheet has over {} columns; that many are read at most",
            limits.columns
        )));
    }
    Ok(table)
}

/// The first row that is about as full of words as any: titles and groups of columns stand above it
/// and fill few cells.
fn header_of(head: &[HeadRow]) -> Option<(u64, &Vec<(usize, Cell)>)> {
    let words = |row: &[(usize, Cell)]| {
        row.iter()
            .filter(|(_, cell)| matches!(cell, Cell::Text(_)))
            .count()
    };
    let most = head.iter().map(|(_, row)| words(row)).max()?;
    head.iter()
        .find(|(_, row)| most < 2 || words(row) * 10 >= most * 7)
        .map(|(number, row)| (*number, row))
}

/// The column for what the headings of groups of rows say.
const GROUP: &str = "group";

/// Whether two rows name the columns: the upper one has headings that are drawn over several columns, and the
/// lower one, of words alone, their parts.
fn names_parts(groups: &[Dimensions], upper: &HeadRow, lower: &HeadRow) -> bool {
    let has_parts = |group: &Dimensions| {
        let columns = group.start.1 as usize..=group.end.1 as usize;
        lower
            .1
            .iter()
            .filter(|(at, _)| columns.contains(at))
            .count()
            > 1
    };
    let mut grouped = groups
        .iter()
        .filter(|g| u64::from(g.start.0) + 1 == upper.0 && g.start.1 < g.end.1)
        .peekable();
    // A title is drawn over all of them.
    upper.1.len() > 1
        && upper.0 + 1 == lower.0
        && grouped.peek().is_some()
        && grouped.all(has_parts)
        && lower
            .1
            .iter()
            .all(|(_, cell)| matches!(cell, Cell::Text(_)))
}

/// Texts of a row, by column.
fn texts(row: &[(usize, Cell)], most: usize) -> Vec<String> {
    let width = row.last().map_or(0, |(column, _)| column + 1);
    let mut texts = vec![String::new(); width.min(most)];
    for (column, cell) in row {
        if let (Some(place), Some(text)) = (texts.get_mut(*column), cell.text()) {
            *place = text.into_owned();
        }
    }
    texts
}

/// The headings of two rows: the lower one where there is one, with the one above it where it comes again.
fn parts_named(upper: Vec<String>, lower: Vec<String>) -> Vec<String> {
    let mut group = "";
    let columns = 0..upper.len().max(lower.len());
    columns
        .map(|at| {
            let of = |row: &'_ [String]| row.get(at).filter(|name| !name.is_empty()).cloned();
            if let Some(own) = upper.get(at).filter(|name| !name.is_empty()) {
                group = own;
            }
            match of(&lower) {
                Some(part) if lower.iter().filter(|name| **name == part).count() > 1 => {
                    format!("{group}: {part}")
                }
                Some(part) => part,
                None => of(&upper).unwrap_or_default(),
            }
        })
        .collect()
}

fn sheet_names(path: &Path, kind: Kind) -> Result<Vec<String>, Unreadable> {
    let file = BufReader::new(File::open(path)?);
    Ok(match kind {
        Kind::Ods => guarded(|| Ods::new(file).map_err(broken))?.sheet_names(),
        _ => guarded(|| Xlsx::new(file).map_err(broken))?.sheet_names(),
    })
}

/// The sheet with most rows; of several, the first.
fn largest(path: &Path, kind: Kind, names: &[String]) -> Result<String, Unreadable> {
    let mut best: Option<(u64, &String)> = None;
    for name in names {
        let mut rows = 0;
        let counted = sheet_cells(path, kind, name, &mut |_, _| {
            rows += 1;
            ControlFlow::Continue(())
        });
        if let (Err(e), 1) = (&counted, names.len()) {
            return Err(broken(e));
        }
        if rows > 0 && best.is_none_or(|(most, _)| rows > most) {
            best = Some((rows, name));
        }
    }
    best.map(|(_, name)| name.clone()).ok_or(Unreadable::Empty)
}

pub(super) fn each(table: &Table, inside: &Inside, take: Take) -> Result<(), Unreadable> {
    let width = table.columns.len() - usize::from(!inside.groups.is_empty());
    let mut filling = Filling::new(&inside.merged);
    // The heading of the group that is read, with its row until one follows it.
    let (mut group, mut heads) = (Cell::Empty, None);
    cells(table, &mut |number, mut row| {
        if number <= inside.header {
            return ControlFlow::Continue(());
        }
        if let ([(_, said)], Ok(_)) = (&*row, inside.groups.binary_search(&number)) {
            group = said.clone();
            return match heads.replace((number, group.clone())) {
                Some(above) => take(Err(heads_nothing(above))),
                None => ControlFlow::Continue(()),
            };
        }
        heads = None;
        filling.fill(number, &mut row);
        let mut cells = vec![Cell::Empty; width];
        let mut surplus = None;
        for (column, cell) in row {
            match cells.get_mut(column) {
                Some(place) => *place = cell,
                None => surplus = surplus.or(Some(cell)),
            }
        }
        if !inside.groups.is_empty() {
            cells.push(group.clone());
        }
        match surplus {
            Some(cell) => take(Err(super::BadRow {
                number,
                column: None,
                reason: format!(
                    "a cell stands beyond the last column that has a name: {:?}",
                    cell.text().unwrap_or_default()
                ),
                row: super::shortened(
                    &cells
                        .iter()
                        .filter_map(Cell::text)
                        .collect::<Vec<_>>()
                        .join(" | "),
                ),
            })),
            None => take(Ok(Row {
                number,
                cells,
                shape: None,
            })),
        }
    })?;
    if let Some(last) = heads {
        let _ = take(Err(heads_nothing(last)));
    }
    Ok(())
}

/// A row drawn over the columns that no row of its own follows: a note, or the heading above another's.
fn heads_nothing((number, said): (u64, Cell)) -> super::BadRow {
    super::BadRow {
        number,
        column: None,
        reason: "it is one cell drawn over the columns, and no row of a group follows it"
            .to_owned(),
        row: super::shortened(&said.text().unwrap_or_default()),
    }
}

fn cells(table: &Table, take: TakeCells) -> Result<(), Unreadable> {
    let Some(sheet) = &table.sheet else {
        return Ok(());
    };
    sheet_cells(&table.path, table.kind, sheet, take)
}

/// The library reads files nobody has checked, and some broken ones make it panic: that is turned
/// into an error here, at the one place where it is called.
fn guarded<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(broken("its parts contradict each other")))
}

fn sheet_cells(path: &Path, kind: Kind, sheet: &str, take: TakeCells) -> Result<(), Unreadable> {
    let file = BufReader::new(File::open(path)?);
    if kind == Kind::Ods {
        let range = guarded(|| {
            Ods::new(file)
                .map_err(broken)?
                .worksheet_range(sheet)
                .map_err(broken)
        })?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (at, row) in range.rows().enumerate() {
            let row: Vec<(usize, Cell)> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| (column + first_column as usize, owned(cell)))
                .filter(|(_, cell)| *cell != Cell::Empty)
                .collect();
            if !row.is_empty() && take(u64::from(first_row) + at as u64 + 1, row).is_break() {
                break;
            }
        }
        return Ok(());
    }
    guarded(|| {
        let mut book = Xlsx::new(file).map_err(broken)?;
        let mut reader = book.worksheet_cells_reader(sheet).map_err(broken)?;
        let (mut number, mut row) = (0, Vec::new());
        while let Some(cell) = reader.next_cell().map_err(broken)? {
            let (at, column) = cell.get_position();
            if at != number {
                if !row.is_empty()
                    && take(u64::from(number) + 1, std::mem::take(&mut row)).is_break()
                {
                    return Ok(());
                }
                number = at;
            }
            let cell = shared(cell.get_value());
            if cell != Cell::Empty {
                row.push((column as usize, cell));
            }
        }
        if !row.is_empty() {
            let _ = take(u64::from(number) + 1, row);
        }
        Ok(())
    })
}

fn shared(cell: &DataRef) -> Cell {
    match cell {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Whole(*number),
        DataRef::Float(number) => float(*number),
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Bool(truth) => Cell::Truth(*truth),
        DataRef::DateTime(date) => Cell::Text(iso(date)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text_cell(text),
        DataRef::Error(error) => Cell::Text(error.to_string()),
    }
}

fn owned(cell: &Data) -> Cell {
    match cell {
        Data::Empty => Cell::Empty,
        Data::Int(number) => Cell::Whole(*number),
        Data::Float(number) => float(*number),
        Data::String(text) => text_cell(text),
        Data::Bool(truth) => Cell::Truth(*truth),
        Data::DateTime(date) => Cell::Text(iso(date)),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text_cell(text),
        Data::Error(error) => Cell::Text(error.to_string()),
    }
}

fn text_cell(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(text.to_owned())
    }
}

/// A workbook keeps all numbers as floating point; whole ones are whole to their reader.
fn float(number: f64) -> Cell {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Cell::Whole(number as i64)
    } else {
        Cell::Number(number)
    }
}

fn iso(date: &ExcelDateTime) -> String {
    if date.is_duration() {
        return date.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
    }
}
