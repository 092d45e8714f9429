//! Input that is broken on purpose: read, or refused with the row, the column and the reason.
//!
//! | what | where it is tried |
//! | --- | --- |
//! | 1,000,000 columns | here, for CSV, GeoJSON and JSON |
//! | a cell without end | `tables.rs`, `what_would_fill_the_memory_is_refused` |
//! | zip bombs | here, for XLSX, ODS and CSV; `tables.rs`, `a_zip_bomb_is_not_opened`, for KMZ |
//! | formulas | here, for XLSX; `cli.rs` of the command, `items_are_exported_without_formulas`, on the way out |
//! | NaN and places off the globe | here |
//! | polygons that cross themselves | here |
//! | several encodings in one file | here; `tables.rs`, `a_bad_row_is_told_with_its_line_and_the_rest_is_read` |
//! | one id twice | `columns.rs`, `rows_of_one_key_are_one_thing_unless_a_later_one_calls_another_by_it` |
//! | killed in the middle | `import.rs` of the command, `killed_while_reading_a_list_in` |
//! | files that broke other readers | `tables.rs`, `hostile_files_are_read_or_refused` |
//! | bytes changed at random, every format | `mutated.rs`; for longer, `fuzz/` |

#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use stele_formats::columns::{Draft, LOOKED_AT, each, propose};
use stele_formats::table::{BadRow, Limits, Table, Unreadable};
use zip::write::SimpleFileOptions;

struct Written {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Written {
    fn new(name: &'static str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        Written { folder, name }
    }

    fn open(&self) -> Result<Table, Unreadable> {
        Table::open(
            &self.folder.path().join(self.name),
            None,
            &Limits::default(),
        )
    }

    fn refused(&self) -> String {
        self.open().map(|table| table.kind).unwrap_err().to_string()
    }

    fn things(&self) -> (Vec<Draft>, Vec<BadRow>) {
        let table = self.open().unwrap();
        let mapping = propose(&table, &table.first(LOOKED_AT).unwrap()).mapping;
        let (mut things, mut bad) = (Vec::new(), Vec::new());
        each(&table, &mapping, &mut |next| {
            match next {
                Ok(thing) => things.push(thing),
                Err(row) => bad.push(row),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        (things, bad)
    }
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_million_columns_are_refused_in_every_format_of_text() {
    let names = |from: &str| {
        (0..1_000_000)
            .map(|n| format!("\"{from}{n}\":1"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let feature = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":null,"properties":{{{}}}}}]}}"#,
        names("p")
    );
    for (name, text) in [
        ("wide.csv", "name,".repeat(1_000_000)),
        ("wide.tsv", "name\t".repeat(1_000_000)),
        ("wide.geojson", feature),
        ("wide.json", format!("[{{{}}}]", names("m"))),
    ] {
        let refused = Written::new(name, text.as_bytes()).refused();
        assert!(
            ["columns", "properties", "members", "bytes"]
                .iter()
                .any(|word| refused.contains(word)),
            "{name}: {refused}"
        );
    }
}

#[test]
fn zip_bombs_are_not_opened_whatever_they_hold() {
    let zeros = vec![b' '; 300 << 20];
    for (name, inside) in [
        ("bomb.xlsx", "xl/workbook.xml"),
        ("bomb.ods", "content.xml"),
        ("bomb.kmz", "doc.kml"),
        ("bomb.zip", "list.csv"),
    ] {
        let refused = Written::new(name, &zip(&[(inside, &zeros)])).refused();
        assert!(refused.contains("would unpack to"), "{name}: {refused}");
    }
    // Words shared by the cells of a workbook are held in memory.
    let refused = Written::new(
        "words.xlsx",
        &lying(
            zip(&[
                ("xl/workbook.xml", b"<workbook/>"),
                ("xl/sharedStrings.xml", b"<sst/>"),
            ]),
            700 << 20,
        ),
    )
    .refused();
    assert!(
        refused.contains("would unpack to") || refused.contains("words"),
        "{refused}"
    );
}

/// An archive whose last entry is said to unpack to another size.
fn lying(mut bytes: Vec<u8>, size: u32) -> Vec<u8> {
    let at = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[at + 24..at + 28].copy_from_slice(&size.to_le_bytes());
    bytes
}

#[test]
fn an_archive_that_lies_about_its_size_is_read_no_further_than_it_may() {
    let row = b"Name,Note\nMill,x\n".to_vec();
    let long: Vec<u8> = row
        .iter()
        .copied()
        .chain(b"Bridge,y\n".repeat(200_000))
        .collect();
    let bytes = lying(zip(&[("list.csv", &long)]), 17);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.zip");
    std::fs::write(&path, bytes).unwrap();
    let limits = Limits {
        unpacked_bytes: 1 << 20,
        ..Limits::default()
    };
    let Ok(table) = Table::open(&path, None, &limits) else {
        return;
    };
    let mut rows = 0;
    let ended = table.each(&mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    });
    assert!(ended.is_err() || rows < 200_000, "{rows} rows");
}

const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="inlineStr"><is><t>Books</t></is></c><c r="C1" t="inlineStr"><is><t>Note</t></is></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><t>Village library</t></is></c><c r="B2"><f>SUM(40,2)</f><v>42</v></c><c r="C2" t="inlineStr"><is><t>=cmd|' /C calc'!A0</t></is></c></row>
<row r="3"><c r="A3" t="str"><f>"Mill"&amp;""</f><v>Mill</v></c><c r="B3"><f>WEBSERVICE("http://example.org")</f></c></row>
</sheetData></worksheet>"#;

/// A workbook of one sheet.
fn workbook(sheet: &str) -> Vec<u8> {
    let relations = |target: &str, kind: &str| {
        format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let workbook = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    zip(&[
        (
            "_rels/.rels",
            relations("xl/workbook.xml", "officeDocument").as_bytes(),
        ),
        ("xl/workbook.xml", workbook.as_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            relations("worksheets/sheet1.xml", "worksheet").as_bytes(),
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// A sheet of words and numbers; `merged` are ranges such as `A2:A4`.
fn sheet(rows: &[&[&str]], merged: &[&str]) -> String {
    let mut text = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#.to_owned();
    for (at, row) in rows.iter().enumerate() {
        text.push_str(&format!("<row r=\"{}\">", at + 1));
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let place = format!("{}{}", char::from(b'A' + column as u8), at + 1);
            text.push_str(&match cell.parse::<f64>() {
                Ok(number) => format!("<c r=\"{place}\"><v>{number}</v></c>"),
                Err(_) => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
            });
        }
        text.push_str("</row>");
    }
    text.push_str("</sheetData><mergeCells>");
    for range in merged {
        text.push_str(&format!("<mergeCell ref=\"{range}\"/>"));
    }
    text + "</mergeCells></worksheet>"
}

/// The same as an ODS: repeated cells and rows, and a covered cell where another is drawn over it.
fn open_document(rows: &[&[&str]], merged: &[&str]) -> Vec<u8> {
    let cell = |place: &str| {
        let column = usize::from(place.as_bytes()[0] - b'A');
        (place[1..].parse::<usize>().unwrap() - 1, column)
    };
    let merged: Vec<_> = merged
        .iter()
        .map(|range| range.split_once(':').unwrap())
        .map(|(first, last)| (cell(first), cell(last)))
        .collect();
    let mut text = r#"<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Other &amp; more"><table:table-row><table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="9"/></table:table-row></table:table><table:table table:name="A &amp; B"><table:table-header-rows>"#.to_owned();
    for (at, row) in rows.iter().enumerate() {
        text.push_str("<table:table-row>");
        for (column, cell) in row.iter().enumerate() {
            let spans = merged.iter().find(|(first, _)| *first == (at, column));
            let spans = spans.map_or_else(String::new, |(first, last)| {
                format!(
                    " table:number-rows-spanned=\"{}\" table:number-columns-spanned=\"{}\"",
                    last.0 - first.0 + 1,
                    last.1 - first.1 + 1
                )
            });
            text.push_str(&match (*cell, cell.parse::<f64>()) {
                ("", _) => "<table:covered-table-cell/>".to_owned(),
                (_, Ok(number)) => format!("<table:table-cell{spans} office:value-type=\"float\" office:value=\"{number}\"><text:p>{number}</text:p></table:table-cell>"),
                (text, Err(_)) => format!("<table:table-cell{spans} office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"),
            });
        }
        text.push_str(
            "<table:table-cell table:number-columns-repeated=\"1000\"/></table:table-row>",
        );
        if at == 0 {
            text.push_str("</table:table-header-rows>");
        }
    }
    text.push_str("</table:table></office:spreadsheet></office:body></office:document-content>");
    zip(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("META-INF/manifest.xml", b"<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>"),
        ("content.xml", text.as_bytes()),
    ])
}

#[test]
fn a_list_as_an_office_writes_it_with_title_merged_cells_and_a_sum() {
    let books = |rows, merged| {
        [
            ("list.xlsx", workbook(&sheet(rows, merged))),
            ("list.ods", open_document(rows, merged)),
        ]
    };
    let titled: &[&[&str]] = &[
        &["Damaged property of the north"],
        &["as of March"],
        &["Region", "Name", "Books", "Latitude", "Longitude"],
        &["Upper", "Old library", "100", "39.1", "46.1"],
        &["", "Mill", "", "39.2", "46.2"],
        &["", "Bridge", "", "39.3", "46.3"],
        &["Lower", "Bath", "", "39.4", "46.4"],
        &["", "Gate", "", "39.5", "46.5"],
        &["Total", "", "100"],
    ];
    for (name, book) in books(titled, &["A1:E1", "A4:A6", "B8:C8"]) {
        let (things, bad) = Written::new(name, &book).things();
        let said: Vec<(&str, Option<&str>)> = things
            .iter()
            .map(|t| {
                let area = t.areas.first().and_then(|area| area.names.first());
                (t.names[0].text.as_str(), area.map(String::as_str))
            })
            .collect();
        assert_eq!(
            said,
            [
                ("Old library", Some("Upper")),
                ("Mill", Some("Upper")),
                ("Bridge", Some("Upper")),
                ("Bath", Some("Lower")),
                // An empty cell that nothing is drawn over stays empty.
                ("Gate", None),
            ]
        );
        assert_eq!(bad.len(), 1, "{bad:?}");
        assert_eq!(
            (bad[0].number, bad[0].reason.as_str()),
            (9, "it adds the list up and names no thing")
        );
    }

    // Headings in two rows, the upper ones drawn over several columns.
    let rows: &[&[&str]] = &[
        &["Region", "Object", "", "Found", "", "Said", ""],
        &["", "Name", "Type", "Date", "By", "Date", "By"],
        &["Upper", "Old mosque", "mosque", "2021", "A", "2020", "B"],
        &["", "Old church", "church", "2021", "A", "2020", "B"],
    ];
    for (name, book) in books(rows, &["A1:A2", "B1:C1", "D1:E1", "F1:G1", "A3:A4"]) {
        let list = Written::new(name, &book);
        assert_eq!(
            list.open().unwrap().columns,
            [
                "Region",
                "Name",
                "Type",
                "Found: Date",
                "Found: By",
                "Said: Date",
                "Said: By"
            ]
        );
        let (things, bad) = list.things();
        assert!(bad.is_empty(), "{bad:?}");
        let names: Vec<&str> = things.iter().map(|t| t.names[0].text.as_str()).collect();
        assert_eq!(names, ["Old mosque", "Old church"]);
        assert_eq!(things[1].areas[0].names, ["Upper"]);
    }

    // Groups of rows under headings drawn over the columns; a note that no row follows, and one between groups.
    let rows: &[&[&str]] = &[
        &["Name", "Books", "Latitude", "Longitude"],
        &["Upper district"],
        &["Old library", "100", "39.1", "46.1"],
        &["Mill", "", "39.2", "46.2"],
        &["Not visited"],
        &["Lower district"],
        &["Bath", "", "39.4", "46.4"],
        &["Drawn up in March"],
    ];
    for (name, book) in books(rows, &["A2:D2", "A5:C5", "A6:D6", "A8:D8"]) {
        let (things, bad) = Written::new(name, &book).things();
        let said: Vec<(&str, u64, &str)> = things
            .iter()
            .map(|t| {
                let group = t.fields.iter().find(|field| field.name == "group");
                (
                    t.names[0].text.as_str(),
                    t.row,
                    group.unwrap().value.as_str(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                ("Old library", 3, "Upper district"),
                ("Mill", 4, "Upper district"),
                ("Bath", 7, "Lower district"),
            ]
        );
        let told: Vec<(u64, &str)> = bad.iter().map(|b| (b.number, b.row.as_str())).collect();
        assert_eq!(told, [(5, "Not visited"), (8, "Drawn up in March")]);
    }

    // The same as text; a title may hold the very sign that parts the cells.
    for title in [
        "Damaged property of the north",
        "Mills, baths and gates;;;;",
        "\"Mills; baths\";;;;",
    ] {
        let mut text = format!("{title}\n\n");
        for row in &titled[2..] {
            text.push_str(&row.join(";"));
            text.push('\n');
        }
        let list = Written::new("list.csv", text.as_bytes());
        assert!(
            list.open()
                .unwrap()
                .notes
                .iter()
                .any(|n| n.contains("row 3 names")),
            "{title}"
        );
        let (things, bad) = list.things();
        assert_eq!((things.len(), bad.len()), (5, 1), "{title}: {bad:?}");
        assert_eq!(things[0].row, 4);
    }
    // No title: a first column of few headings, and a list of two columns.
    for text in ["Name\nMill\nBridge\n", "Name,Note\nMill,\nBridge,old\n"] {
        assert_eq!(
            Written::new("list.csv", text.as_bytes()).things().0.len(),
            2,
            "{text}"
        );
    }
}

#[test]
fn formulas_are_not_computed_and_what_stands_with_them_is_read() {
    let book = workbook(SHEET);
    let (things, bad) = Written::new("list.xlsx", &book).things();
    assert_eq!(bad, []);
    let names: Vec<&str> = things.iter().map(|t| t.names[0].text.as_str()).collect();
    assert_eq!(names, ["Village library", "Mill"]);
    let note = things[0]
        .fields
        .iter()
        .chain(&things[0].fields)
        .find(|f| f.name == "Note");
    let said = things[0]
        .description
        .clone()
        .or(note.map(|f| f.value.clone()));
    assert_eq!(
        said.as_deref(),
        Some("=cmd|' /C calc'!A0"),
        "kept as it stands"
    );
    assert_eq!(
        things[0].holdings.len(),
        1,
        "the value kept with the formula"
    );
    assert_eq!(
        things[1].holdings.len(),
        0,
        "a formula without a value says nothing"
    );
}

#[test]
fn places_that_are_none_are_refused_with_row_and_column() {
    let list = "Name,Latitude,Longitude\nA,39.7,46.7\nB,NaN,46.7\nC,inf,46.7\nD,91,46.7\nE,39.7,181\nF,1e999,46.7\nG,,\n";
    let (things, bad) = Written::new("list.csv", list.as_bytes()).things();
    let placed: Vec<&str> = things
        .iter()
        .filter(|t| t.location.is_some())
        .map(|t| t.names[0].text.as_str())
        .collect();
    assert_eq!(placed, ["A"], "{bad:?}");
    for row in &bad {
        assert!(row.column.is_some(), "{row:?}");
    }
    // What is no number stays as it is written; what is one and lies off the globe is refused.
    let told = bad.len() + things.iter().filter(|t| !t.unread.is_empty()).count();
    assert_eq!(told, 5, "{bad:?} {things:?}");

    let geojson = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"name":"A"},"geometry":{"type":"Point","coordinates":[46.7,39.7]}},
        {"type":"Feature","properties":{"name":"B"},"geometry":{"type":"Point","coordinates":[200,39.7]}},
        {"type":"Feature","properties":{"name":"C"},"geometry":{"type":"Point","coordinates":[46.7,1e308]}}]}"#;
    let (things, bad) = Written::new("list.geojson", geojson.as_bytes()).things();
    assert_eq!((things.len(), bad.len()), (1, 2), "{bad:?}");
    // JSON knows no NaN: the file ends there, and says so.
    let broken = geojson.replace("1e308", "NaN");
    let table = Written::new("list.geojson", broken.as_bytes());
    let table = table.open().unwrap();
    let mut told = Vec::new();
    let ended = table.each(&mut |row| {
        told.extend(row.err().map(|bad| bad.reason));
        ControlFlow::Continue(())
    });
    assert!(
        ended.is_err() || told.iter().any(|t| t.contains("JSON")),
        "{told:?}"
    );
}

#[test]
fn polygons_that_cross_themselves_are_kept_as_their_party_drew_them() {
    let bowtie = "[[46,39],[47,40],[47,39],[46,40],[46,39]]";
    let geojson = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"name":"Bowtie"}},"geometry":{{"type":"Polygon","coordinates":[{bowtie}]}}}},
        {{"type":"Feature","properties":{{"name":"Open"}},"geometry":{{"type":"Polygon","coordinates":[[[46,39],[47,39],[47,40]]]}}}}]}}"#
    );
    let (things, bad) = Written::new("list.geojson", geojson.as_bytes()).things();
    // One that is no ring is refused.
    assert_eq!((things.len(), bad.len()), (1, 1), "{bad:?}");
    assert!(bad[0].reason.contains("ring of a polygon"), "{bad:?}");
    let bowtie = things.iter().find(|t| t.names[0].text == "Bowtie").unwrap();
    let bounds = bowtie.location.as_ref().unwrap().geometry.bounds().unwrap();
    assert!((bounds.centre().lat() - 39.5).abs() < 1e-6);
}

#[test]
fn a_file_of_two_encodings_loses_only_the_rows_of_the_other() {
    for rows in [40, 80_000] {
        of_two_encodings(rows);
    }
}

fn of_two_encodings(rows: usize) {
    let mut bytes = "Name,District\nЦерковь,Шуша\n".as_bytes().to_vec();
    bytes.extend("Мечеть,Агдам\n".repeat(rows).as_bytes());
    bytes.extend(
        encoding_rs::WINDOWS_1251
            .encode("Библиотека,Лачин\n")
            .0
            .iter(),
    );
    bytes.extend("Музей,Гадрут\n".as_bytes());
    let (things, bad) = Written::new("list.csv", &bytes).things();
    assert_eq!(things.len(), rows + 2);
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert_eq!(
        (bad[0].number, bad[0].column.as_deref()),
        (rows as u64 + 3, Some("Name"))
    );
    assert!(bad[0].reason.contains("one encoding"), "{}", bad[0].reason);
}
