//! Cells of a sheet that are merged: which they are, and saying downwards what they say.

use super::{Cell, Kind, Limits, Table, Unreadable, broken, guarded};
use calamine::{Dimensions, Reader as _, Xlsx};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Merged cells that are looked at.
const MOST_MERGED: usize = 200_000;
/// Bytes of a workbook beyond which nobody merged its cells by hand; to look for them takes reading it once more.
const MERGED_BYTES: u64 = 32 << 20;

/// A cell that is drawn over several rows of one column: its first row, from 1, its column, and its last row.
pub(super) type Downwards = (u64, usize, u64);

/// The merged cells of the sheet that is read.
pub(super) fn merged(table: &Table) -> Result<Vec<Dimensions>, Unreadable> {
    let Some(sheet) = table.sheet.as_deref() else {
        return Ok(Vec::new());
    };
    if std::fs::metadata(&table.path)?.len() > MERGED_BYTES {
        return Ok(Vec::new());
    }
    let mut found = match table.kind {
        Kind::Ods => spanned(&table.path, sheet, &table.limits)?,
        _ => {
            let file = BufReader::new(File::open(&table.path)?);
            guarded(|| {
                let mut book = Xlsx::new(file).map_err(broken)?;
                book.merge_cells_by_sheet_name(sheet).map_err(broken)
            })?
        }
    };
    found.truncate(MOST_MERGED);
    Ok(found)
}

/// The cells of a sheet of an ODS that span others (OpenDocument 1.3, part 3, 19.675 and 19.678), which the library
/// that reads the cells does not tell.
fn spanned(path: &Path, sheet: &str, limits: &Limits) -> Result<Vec<Dimensions>, Unreadable> {
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(broken)?;
    let content = zip.by_name("content.xml").map_err(broken)?;
    let mut xml = Reader::from_reader(BufReader::new(content.take(limits.unpacked_bytes)));
    // What the cells are read from as well is not refused for an end that has another name.
    xml.config_mut().check_end_names = false;
    let mut found = Vec::new();
    // Whether the sheet is being read; the row and column of the next cell.
    let (mut within, mut row, mut column) = (false, 0u32, 0u32);
    let mut rows = 0;
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match xml.read_event_into(&mut buf).map_err(broken)? {
            Event::Eof => break,
            Event::Start(e) if e.name().as_ref() == "table:table" => {
                within = text(&e, "table:name").as_deref() == Some(sheet);
            }
            Event::End(e) if within && e.name().as_ref() == "table:table" => break,
            _ if !within => {}
            Event::Start(e) if e.name().as_ref() == "table:table-row" => {
                (rows, column) = (count(&e, "table:number-rows-repeated"), 0);
            }
            Event::Empty(e) if e.name().as_ref() == "table:table-row" => {
                row = row.saturating_add(count(&e, "table:number-rows-repeated"));
            }
            Event::End(e) if e.name().as_ref() == "table:table-row" => {
                row = row.saturating_add(rows);
            }
            Event::Start(e) | Event::Empty(e)
                if matches!(
                    e.name().as_ref(),
                    "table:table-cell" | "table:covered-table-cell"
                ) =>
            {
                let down = count(&e, "table:number-rows-spanned");
                let across = count(&e, "table:number-columns-spanned");
                if (down > 1 || across > 1) && found.len() < MOST_MERGED {
                    let last = (
                        row.saturating_add(down - 1),
                        column.saturating_add(across - 1),
                    );
                    found.push(Dimensions::new((row, column), last));
                }
                column = column.saturating_add(count(&e, "table:number-columns-repeated"));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn text(element: &BytesStart, name: &str) -> Option<String> {
    let value = element.try_get_attribute(name).ok()??;
    Some(
        value
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .ok()?
            .into_owned(),
    )
}

/// A number from 1 that an element need not tell.
fn count(element: &BytesStart, name: &str) -> u32 {
    let told = text(element, name).and_then(|n| n.parse().ok());
    told.unwrap_or(1).max(1)
}

/// Those of one column and several rows, the last first.
pub(super) fn downwards(merged: Vec<Dimensions>) -> Vec<Downwards> {
    let row = |at: u32| u64::from(at) + 1;
    let mut found: Vec<_> = merged
        .into_iter()
        .filter(|cells| cells.start.1 == cells.end.1 && cells.start.0 < cells.end.0)
        .map(|cells| (row(cells.start.0), cells.start.1 as usize, row(cells.end.0)))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

/// The rows below the headings that one cell is drawn over, over more than half of the columns, in order.
pub(super) fn groups(merged: &[Dimensions], header: u64, columns: usize) -> Vec<u64> {
    let over = |cells: &Dimensions| (cells.end.1 - cells.start.1) as usize + 1;
    let mut rows: Vec<u64> = merged
        .iter()
        .filter(|cells| cells.start.0 == cells.end.0 && over(cells) * 2 > columns)
        .map(|cells| u64::from(cells.start.0) + 1)
        .filter(|row| *row > header)
        .collect();
    rows.sort_unstable();
    rows
}

/// Filling down what merged cells say: it is said of every row that they stand beside.
pub(super) struct Filling<'i> {
    /// Those further down.
    merged: &'i [Downwards],
    /// What is being filled down: column, last row, and what is said.
    open: Vec<(usize, u64, Cell)>,
}

impl<'i> Filling<'i> {
    pub(super) fn new(merged: &'i [Downwards]) -> Self {
        Self {
            merged,
            open: Vec::new(),
        }
    }

    pub(super) fn fill(&mut self, number: u64, row: &mut Vec<(usize, Cell)>) {
        self.open.retain(|(_, last, _)| *last >= number);
        for (column, _, cell) in &self.open {
            if row.iter().all(|(at, _)| at != column) {
                row.push((*column, cell.clone()));
            }
        }
        while let Some(((first, column, last), further)) = self.merged.split_last()
            && *first <= number
        {
            self.merged = further;
            let said = row.iter().find(|(at, _)| *first == number && at == column);
            let said = said.map(|(_, cell)| (*column, *last, cell.clone()));
            self.open.extend(said);
        }
    }
}
