//! Comma-separated values and their kin (RFC 4180 and what is called by its name): any delimiter,
//! UTF-8, UTF-16, Windows-125x and other encodings.

use super::concepts::{self, Concepts};
use super::{BadRow, Cell, Kind, Limits, Row, Table, Take, Unreadable, column_names, shortened};
use csv_core::{ReadRecordResult, ReaderBuilder};
use encoding_rs::Encoding;
use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

/// How a file is written.
#[derive(Debug)]
pub(super) struct Dialect {
    encoding: &'static Encoding,
    delimiter: u8,
    /// Number of the row that names the columns; titles may stand above it.
    header: u64,
    /// The files of the archive it stands in, one continuing the other; none where it stands by itself.
    entries: Vec<String>,
    /// What stands for concepts of Arches.
    concepts: Concepts,
}

/// Bytes looked at for the encoding and the delimiter.
const LOOKED_AT: u64 = 1 << 20;

/// Opens a file; a mapping file of Arches beside it, and its concepts, say what its ids are.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<Table, Unreadable> {
    let mapping = path.with_extension("mapping");
    let mut concepts = None;
    if mapping.is_file() {
        concepts = Concepts::of_mapping(&concepts::read(File::open(&mapping)?, "the mapping")?);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let words = path.with_file_name(format!("{stem}_concepts.json"));
        if let Some(concepts) = concepts.as_mut().filter(|_| words.is_file()) {
            concepts.learn(&concepts::read(
                File::open(&words)?,
                "the list of concepts",
            )?);
        }
    }
    open_as(path, Vec::new(), concepts, limits)
}

/// Opens the lists of an archive; of several without a mapping file of Arches, one.
pub(super) fn open_zip(
    path: &Path,
    names: &[String],
    sheet: Option<&str>,
    limits: &Limits,
) -> Result<Table, Unreadable> {
    let broken = |e: zip::result::ZipError| Unreadable::broken("zip", e);
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(broken)?;
    let ends = |name: &str, end: &str| name.to_ascii_lowercase().ends_with(end);
    let mut lists: Vec<(u64, &str)> = Vec::new();
    for name in names.iter().filter(|name| is_list(name)) {
        lists.push((zip.by_name(name).map_err(broken)?.size(), name));
    }
    lists.sort_by_key(|(size, name)| (ends(name, GROUPS), std::cmp::Reverse(*size)));
    let chosen = match sheet {
        None => lists.first(),
        Some(wanted) => lists.iter().find(|(_, name)| *name == wanted),
    };
    let Some((_, chosen)) = chosen.copied() else {
        let has: Vec<&str> = lists.iter().map(|(_, name)| *name).collect();
        let reason = format!("it has no such list; there are: {}", has.join(", "));
        return Err(Unreadable::broken("zip", reason));
    };
    let mut concepts: Option<Concepts> = None;
    for name in names.iter().filter(|name| ends(name, ".mapping")) {
        let file = concepts::read(zip.by_name(name).map_err(broken)?, name)?;
        concepts = concepts.or(Concepts::of_mapping(&file));
    }
    let mut entries = vec![chosen.to_owned()];
    if let Some(concepts) = &mut concepts {
        for name in names.iter().filter(|name| ends(name, ".json")) {
            concepts.learn(&concepts::read(zip.by_name(name).map_err(broken)?, name)?);
        }
        // What a resource says more than once stands in a list of its own, of the same columns.
        let groups = format!("{}{GROUPS}", &chosen[..chosen.len() - ".csv".len()]);
        entries.extend(names.iter().find(|name| **name == groups).cloned());
    }
    let others = lists.iter().map(|(_, name)| *name);
    let others = others.filter(|name| entries.iter().all(|entry| entry != name));
    let others = others.map(str::to_owned).collect();
    let mut table = open_as(path, entries, concepts, limits)?;
    table.sheet = Some(chosen.to_owned());
    table.others = others;
    Ok(table)
}

/// End of the name of the list with what resources of Arches say more than once.
const GROUPS: &str = "_groups.csv";

/// Whether a file of an archive is a list of this kind.
pub(super) fn is_list(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.to_ascii_lowercase().ends_with(".csv")
        && !file.starts_with('.')
        && !name.starts_with("__MACOSX/")
}

fn open_as(
    path: &Path,
    entries: Vec<String>,
    concepts: Option<Concepts>,
    limits: &Limits,
) -> Result<Table, Unreadable> {
    let mut head = Vec::new();
    each_file(path, &entries, limits, &mut |file| {
        file.take(LOOKED_AT).read_to_end(&mut head)?;
        Ok(ControlFlow::Break(()))
    })?;
    if head.is_empty() {
        return Err(Unreadable::Empty);
    }
    let encoding = encoding_of(&head);
    let (text, _, _) = encoding.decode(&head);
    let controls = text
        .chars()
        .take(4096)
        .filter(|c| c.is_control() && !c.is_whitespace())
        .count();
    if controls > 0 {
        return Err(Unreadable::Unknown(
            "its first bytes are no text".to_owned(),
        ));
    }
    let dialect = Dialect {
        encoding,
        delimiter: delimiter_of(&text),
        header: 0,
        entries,
        concepts: concepts.unwrap_or_default(),
    };
    let mut notes = vec![format!("read as {}", encoding.name())];
    notes.push(match dialect.delimiter {
        b'\t' => "cells parted by tabs".to_owned(),
        other => format!("cells parted by {}", other as char),
    });
    if let Some(model) = &dialect.concepts.model {
        notes.push(format!(
            "an export of Arches (“{model}”) with {} labels of concepts; concepts without one are kept as “unresolved concept”",
            dialect.concepts.len()
        ));
    }
    if let [_, more, ..] = dialect.entries.as_slice() {
        notes.push(format!("{more} continues it; its rows are counted on"));
    }
    let mut table = Table {
        kind: Kind::Csv,
        sheet: None,
        others: Vec::new(),
        columns: Vec::new(),
        notes,
        path: path.to_owned(),
        limits: limits.clone(),
        inside: super::Inside::Csv(dialect),
    };
    let super::Inside::Csv(dialect) = &table.inside else {
        return Err(Unreadable::Empty);
    };
    let mut head: Vec<Record> = Vec::new();
    read(&table, dialect, &|_| true, &mut |record| {
        head.extend(record.ok());
        match head.len() < super::HEAD_ROWS {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    let above = titles_above(&head);
    let (number, header) = head.get(above).ok_or(Unreadable::Empty)?;
    let number = *number;
    table.columns = column_names(header.clone());
    if let super::Inside::Csv(dialect) = &mut table.inside {
        dialect.header = number;
        let rows = head.iter().skip(above + 1).map(|(_, row)| row.as_slice());
        if !dialect.is_arches()
            && let Some(concepts) = Concepts::of_rows(&table.columns, rows)
        {
            table.notes.push(format!(
                "an export of Arches without its mapping: what {} name are ids without words, kept as “unresolved id”; give the list together with its .mapping and _concepts.json, as one zip, to read the words",
                concepts.unmapped().join(", ")
            ));
            dialect.concepts = concepts;
        }
    }
    if above > 0 {
        table.notes.push(super::below_a_title(number));
    }
    if table.columns.len() > limits.columns {
        return Err(Unreadable::TooLarge(format!(
            "the list has {} columns; at most {} are read",
            table.columns.len(),
            limits.columns
        )));
    }
    Ok(table)
}

/// How many of the first rows are a title: they fill a cell or two of many, and further down a row names the
/// columns.
fn titles_above(head: &[Record]) -> usize {
    let filled = |(_, cells): &Record| cells.iter().filter(|c| !c.trim().is_empty()).count();
    let words = |(_, cells): &Record| {
        let is_word = |c: &&String| c.chars().any(char::is_alphabetic);
        cells.iter().filter(is_word).count()
    };
    let most = head.iter().map(words).max().unwrap_or(0);
    let is_title = |row: &Record| most >= 3 && filled(row) * 3 <= most;
    let titles = head.iter().take_while(|row| is_title(row)).count();
    let names_columns = |row: &Record| words(row) * 10 >= most * 7;
    match head.get(titles).is_some_and(names_columns) {
        true => titles,
        false => 0,
    }
}

/// Letters of several bytes for each byte that is none, from which on a file is UTF-8 with faults.
const UTF8_LETTERS: usize = 10;

fn encoding_of(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    // The end of what was looked at may fall inside a character. A file that is UTF-8 but for a row or two stays
    // UTF-8: those rows are told of, and the others keep their letters.
    let (mut letters, mut broken) = (0usize, 0usize);
    for chunk in head.utf8_chunks() {
        letters += chunk.valid().bytes().filter(|byte| *byte >= 0xc2).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    let cut = std::str::from_utf8(head).is_err_and(|e| e.error_len().is_none());
    if broken == usize::from(cut) || letters > broken * UTF8_LETTERS {
        return encoding_rs::UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(head, true);
    detector.guess(None, chardetng::Utf8Detection::Allow)
}

/// The sign that parts the first rows into the same number of cells, and into most.
fn delimiter_of(text: &str) -> u8 {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(20)
        .collect();
    let cells = |line: &str, delimiter: char| {
        let mut quoted = false;
        line.chars()
            .filter(|c| {
                quoted ^= *c == '"';
                *c == delimiter && !quoted
            })
            .count()
    };
    let signs = [',', ';', '\t', '|'];
    // A title above the columns may be parted by nothing.
    let is_parted = |line: &&&str| signs.iter().any(|sign| cells(line, *sign) > 0);
    let first = lines.iter().find(is_parted).copied().unwrap_or_default();
    let score = |delimiter: char| match cells(first, delimiter) {
        0 => 0,
        all => {
            let alike = lines.iter().filter(|line| cells(line, delimiter) == all);
            (all + alike.count()) * 2
        }
    };
    let best = signs
        .into_iter()
        .max_by_key(|delimiter| (score(*delimiter), *delimiter == ','));
    best.filter(|delimiter| score(*delimiter) > 0)
        .unwrap_or(',') as u8
}

impl Dialect {
    /// Whether it is business data of Arches.
    pub fn is_arches(&self) -> bool {
        self.concepts.model.is_some() || !self.concepts.unmapped().is_empty()
    }
}

pub(super) fn each(
    table: &Table,
    dialect: &Dialect,
    asked: Asked,
    take: Take,
) -> Result<(), Unreadable> {
    let width = table.columns.len();
    let concepts: Vec<bool> = table
        .columns
        .iter()
        .map(|column| dialect.concepts.is_concept(column))
        .collect();
    // Cells beyond the columns say that a row is broken.
    let asked = |column| column >= width || asked(column);
    read(table, dialect, &asked, &mut |record| {
        let (number, record) = match record {
            Ok(record) => record,
            Err(bad) => return take(Err(bad)),
        };
        if number <= dialect.header {
            return ControlFlow::Continue(());
        }
        let surplus =
            record.len() > width && record[width..].iter().any(|cell| !cell.trim().is_empty());
        if surplus {
            return take(Err(BadRow {
                number,
                column: None,
                reason: format!(
                    "the row has {} cells, the list has {width} columns: is a quote or a delimiter missing?",
                    record.len()
                ),
                row: shortened(&record.join(&(dialect.delimiter as char).to_string())),
            }));
        }
        let mut cells: Vec<Cell> = record
            .into_iter()
            .take(width)
            .zip(&concepts)
            .map(|(cell, is_concept)| match cell {
                cell if cell.is_empty() => Cell::Empty,
                cell if *is_concept => Cell::Text(dialect.concepts.told(&cell).unwrap_or(cell)),
                cell => Cell::Text(cell),
            })
            .collect();
        cells.resize(width, Cell::Empty);
        take(Ok(Row {
            number,
            cells,
            shape: None,
        }))
    })
}

/// Which columns are asked for.
type Asked<'a> = &'a dyn Fn(usize) -> bool;

/// The cells of a record, by where each ends; the column of the first that is not UTF-8.
fn cells_of(record: &[u8], ends: &[usize], asked: Asked) -> Result<Vec<String>, usize> {
    let starts = || std::iter::once(0).chain(ends.iter().copied());
    // Looked at as a whole first. A cell may still begin inside a letter that its neighbour began.
    if let Ok(text) = std::str::from_utf8(record) {
        let cells = starts().zip(ends).enumerate();
        let cells: Option<Vec<String>> = cells
            .map(|(column, (start, end))| {
                let cell = text.get(start..*end)?;
                Some(if asked(column) {
                    cell.to_owned()
                } else {
                    String::new()
                })
            })
            .collect();
        if let Some(cells) = cells {
            return Ok(cells);
        }
    }
    let cells = starts().zip(ends).enumerate();
    cells
        .map(|(column, (start, end))| {
            let cell = std::str::from_utf8(&record[start..*end]);
            cell.map(str::to_owned).map_err(|_| column)
        })
        .collect()
}

fn lines_within(record: &[u8]) -> u64 {
    record.iter().filter(|byte| **byte == b'\n').count() as u64
}

type Record = (u64, Vec<String>);

/// Takes the files of a list, one after another.
type TakeFile<'a> = &'a mut dyn FnMut(&mut dyn Read) -> Result<ControlFlow<()>, Unreadable>;

fn each_file(
    path: &Path,
    entries: &[String],
    limits: &Limits,
    take: TakeFile,
) -> Result<(), Unreadable> {
    if entries.is_empty() {
        return take(&mut File::open(path)?).map(|_| ());
    }
    let broken = |e: zip::result::ZipError| Unreadable::broken("zip", e);
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(broken)?;
    for name in entries {
        let entry = zip.by_name(name).map_err(broken)?;
        if take(&mut entry.take(limits.unpacked_bytes))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Reads record by record; rows without any text are left out, and the header of what continues a list.
fn read(
    table: &Table,
    dialect: &Dialect,
    asked: Asked,
    take: &mut dyn FnMut(Result<Record, BadRow>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let (mut before, mut last) = (0, 0);
    each_file(&table.path, &dialect.entries, &table.limits, &mut |file| {
        let mut header = before > 0;
        let flow = read_file(table, dialect, (file, asked), &mut |record| {
            let (number, record) = match record {
                Ok((number, cells)) => (number, Ok((before + number, cells))),
                Err(bad) => {
                    let number = bad.number;
                    let counted_on = before + number;
                    (
                        number,
                        Err(BadRow {
                            number: counted_on,
                            ..bad
                        }),
                    )
                }
            };
            last = before + number;
            match std::mem::take(&mut header) {
                true => ControlFlow::Continue(()),
                false => take(record),
            }
        });
        before = last;
        flow
    })
}

fn read_file(
    table: &Table,
    dialect: &Dialect,
    (file, asked): (&mut dyn Read, Asked),
    take: &mut dyn FnMut(Result<Record, BadRow>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Unreadable> {
    let mut source: Box<dyn Read + '_> = if dialect.encoding == encoding_rs::UTF_8 {
        Box::new(file)
    } else {
        let mut decoder = encoding_rs_io::DecodeReaderBytesBuilder::new();
        Box::new(
            decoder
                .encoding(Some(dialect.encoding))
                .bom_override(true)
                .build(file),
        )
    };
    let mut reader = ReaderBuilder::new().delimiter(dialect.delimiter).build();
    let mut input = vec![0; 1 << 16];
    let (mut from, mut to, mut ended) = (0, 0, false);
    let mut record = vec![0; 1 << 12];
    let mut ends = vec![0; 64];
    let (mut filled, mut cells) = (0, 0);
    let mut at_start = true;
    let mut overlong: Option<BadRow> = None;
    loop {
        if from == to && !ended {
            to = source.read(&mut input)?;
            from = 0;
            ended = to == 0;
            if at_start && input[..to].starts_with(b"\xef\xbb\xbf") {
                from = 3;
            }
            at_start = false;
        }
        let (result, read, written, ended_cells) =
            reader.read_record(&input[from..to], &mut record[filled..], &mut ends[cells..]);
        from += read;
        filled += written;
        cells += ended_cells;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull if record.len() >= table.limits.row_bytes => {
                // Read on to its end, and leave it out.
                if overlong.is_none() {
                    let lines = lines_within(&record[..filled]);
                    overlong = Some(BadRow {
                        number: reader.line().saturating_sub(lines).max(1),
                        column: None,
                        reason: format!(
                            "the row is longer than {} bytes: is a quote not closed?",
                            table.limits.row_bytes
                        ),
                        row: shortened(&String::from_utf8_lossy(&record[..4_000])),
                    });
                }
                (filled, cells) = (0, 0);
            }
            ReadRecordResult::OutputFull => record.resize(record.len() * 2, 0),
            ReadRecordResult::OutputEndsFull if overlong.is_some() => cells = 0,
            ReadRecordResult::OutputEndsFull if ends.len() > table.limits.columns * 2 => {
                return Err(Unreadable::TooLarge(format!(
                    "row {} has over {} cells; at most {} columns are read",
                    reader.line(),
                    ends.len(),
                    table.limits.columns
                )));
            }
            ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
            ReadRecordResult::Record if overlong.is_some() => {
                if let Some(mut bad) = overlong.take() {
                    if ended {
                        bad.reason.push_str(" It goes on to the end of the file");
                    }
                    if take(Err(bad)).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                (filled, cells) = (0, 0);
            }
            ReadRecordResult::Record => {
                // The reader counts lines, the empty ones between records too; those inside quotes
                // belong to the record.
                let within = lines_within(&record[..filled]);
                let ended_by_lf = read > 0 && from > 0 && input[from - 1] == b'\n';
                let number = (reader.line() - u64::from(ended_by_lf))
                    .saturating_sub(within)
                    .max(1);
                let (record, ends) = (&record[..filled], &ends[..cells]);
                let is_blank = std::str::from_utf8(record).is_ok_and(|text| text.trim().is_empty());
                let flow = match cells_of(record, ends, asked) {
                    _ if is_blank => ControlFlow::Continue(()),
                    Ok(texts) => take(Ok((number, texts))),
                    Err(column) => take(Err(BadRow {
                        number,
                        column: table.columns.get(column).cloned(),
                        reason: "the text is not UTF-8, as the rest of the file is: save the file in one encoding"
                            .to_owned(),
                        row: shortened(&String::from_utf8_lossy(record)),
                    })),
                };
                if flow.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                (filled, cells) = (0, 0);
            }
            ReadRecordResult::End => return Ok(ControlFlow::Continue(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_letter_is_none_in_any_cell() {
        let all = |_: usize| true;
        let cells = cells_of("aуb".as_bytes(), &[1, 3, 4], &all);
        assert_eq!(cells, Ok(vec!["a".into(), "у".into(), "b".into()]));
        // Together they are a letter, each by itself is broken.
        assert_eq!(cells_of("aуb".as_bytes(), &[2, 4], &all), Err(0));
        assert_eq!(cells_of(b"a\xff", &[1, 2], &all), Err(1));
    }

    #[test]
    fn a_cell_nobody_asks_for_is_empty() {
        let second = |column: usize| column == 1;
        let cells = cells_of(b"abc", &[1, 2, 3], &second);
        assert_eq!(cells, Ok(vec![String::new(), "b".into(), String::new()]));
        // That it is broken is told all the same.
        assert_eq!(cells_of(b"\xffb", &[1, 2], &second), Err(0));
    }
}
