//! Lists of other hands, read as they are: every file of `inventories/` and `damage/`, and every one
//! of `hostile/` either read or refused with a reason.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use stele_formats::table::{Cell, Kind, Limits, Row, Shape, Table};

/// The folder of real data; tests that need it are left out where it is not there.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("STELE_SHARED_DATA")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("left out: there is no {}", folder.display());
    None
}

fn read(path: &Path) -> (Table, Vec<Row>, Vec<String>) {
    let table = Table::open(path, None, &Limits::default())
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    table
        .each(&mut |row| {
            match row {
                Ok(row) => rows.push(row),
                Err(row) => bad.push(format!("{}: {}", row.number, row.reason)),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    (table, rows, bad)
}

/// File, kind, rows, columns, rows with a shape. Counted with GDAL 3.6 and Python's csv module.
const LISTS: &[(&str, Kind, usize, usize, usize)] = &[
    (
        "inventories/arches-resources-1000.csv",
        Kind::Csv,
        1000,
        18,
        0,
    ),
    (
        "inventories/eamena-algeria-2022.geojson",
        Kind::GeoJson,
        6134,
        4,
        6134,
    ),
    (
        "inventories/eamena-bulk-upload-filled.xlsx",
        Kind::Xlsx,
        3547,
        99,
        0,
    ),
    (
        "inventories/eamena-caravanserais-shp.zip",
        Kind::Shapefile,
        209,
        4,
        209,
    ),
    (
        "inventories/eamena-caravanserais.geojson",
        Kind::GeoJson,
        424,
        101,
        424,
    ),
    (
        "inventories/eamena-caravanserais.kml",
        Kind::Kml,
        250,
        6,
        250,
    ),
    (
        "inventories/eamena-disturbances-edtf.xlsx",
        Kind::Xlsx,
        62,
        7,
        0,
    ),
    (
        "inventories/eamena-test-duplicates.xlsx",
        Kind::Xlsx,
        5,
        4,
        0,
    ),
    ("inventories/eamena-waypoints.kmz", Kind::Kmz, 488, 3, 488),
    (
        "inventories/southwark-listed-grade-1-epsg27700.zip",
        Kind::Shapefile,
        4,
        7,
        4,
    ),
    (
        "inventories/ukraine-world-heritage-and-tentative.csv",
        Kind::Csv,
        42,
        13,
        0,
    ),
    (
        "inventories/wikidata-ukraine-museums.csv",
        Kind::Csv,
        500,
        11,
        0,
    ),
    (
        "inventories/world-heritage-enriched.csv",
        Kind::Csv,
        1197,
        28,
        0,
    ),
    ("damage/gaza-heritage-sites.csv", Kind::Csv, 146, 12, 0),
    (
        "damage/gaza-infrastructure-daily-t4p.json",
        Kind::Json,
        730,
        15,
        0,
    ),
    (
        "damage/ukraine-claimed-stolen-objects.csv",
        Kind::Csv,
        2287,
        11,
        0,
    ),
    (
        "damage/ukraine-destroyed-heritage-gwzo.csv",
        Kind::Csv,
        120,
        32,
        0,
    ),
    (
        "damage/ukraine-linked4resilience-2.csv",
        Kind::Csv,
        227,
        9,
        0,
    ),
    (
        "damage/unesco-ukraine-linked4resilience.csv",
        Kind::Csv,
        365,
        20,
        0,
    ),
];

#[test]
fn every_list_is_read_whole() {
    let Some(data) = data() else { return };
    for &(name, kind, rows, columns, shapes) in LISTS {
        let (table, read, bad) = read(&data.join(name));
        let shaped = read.iter().filter(|row| row.shape.is_some()).count();
        assert_eq!(
            (table.kind, read.len(), table.columns.len(), shaped),
            (kind, rows, columns, shapes),
            "{name}"
        );
        assert_eq!(bad, Vec::<String>::new(), "{name}");
        assert!(read.iter().all(|row| row.cells.len() == columns), "{name}");
    }
}

#[test]
fn coordinates_of_another_system_are_turned_into_degrees() {
    let Some(data) = data() else { return };
    let (table, rows, _) = read(&data.join("inventories/southwark-listed-grade-1-epsg27700.zip"));
    assert_eq!(table.notes, ["reprojected from EPSG:27700"]);
    let Some(Shape::Polygon(rings)) = &rows[0].shape else {
        panic!("{:?}", rows[0].shape)
    };
    // The same corner by PROJ 9, with its grid of shifts: the seven parameters come within metres.
    let [lon, lat] = rings[0][0];
    assert!(
        (lon - -0.089_761_5).abs() < 7e-5 && (lat - 51.504_137_1).abs() < 5e-5,
        "{lon} {lat}"
    );
}

/// Writes a file of a test's own and opens it.
fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn text_is_read_in_its_own_encoding_and_delimiter() {
    let windows = encoding_rs::WINDOWS_1251.encode("название;район\nЦентральная библиотека имени Пушкина;Шуша\nМузей истории города;Агдам\n").0;
    let (_folder, path) = written("list.csv", &windows);
    let (table, rows, _) = read(&path);
    assert_eq!(table.columns, ["название", "район"]);
    assert_eq!(rows[1].cells[1], Cell::Text("Агдам".into()));

    let utf16: Vec<u8> = "\u{feff}ad\tsayı\nXankəndi\t3\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let (_folder, path) = written("list.txt", &utf16);
    let (table, rows, _) = read(&path);
    assert_eq!(table.columns, ["ad", "sayı"]);
    assert_eq!(rows[0].cells[0], Cell::Text("Xankəndi".into()));
}

#[test]
fn a_bad_row_is_told_with_its_line_and_the_rest_is_read() {
    let mut bytes = b"id,name\n1,a\n2,b,surplus\n3,\"two\nlines\"\n4,".to_vec();
    bytes.extend([0xff, 0xfe, b'\n']);
    bytes.extend(b"5,e\n");
    let (_folder, path) = written("list.csv", &bytes);
    // The broken byte makes the encoding a guess; the head of a larger file would be UTF-8.
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    table
        .each(&mut |row| {
            match row {
                Ok(row) => good.push(row.number),
                Err(row) => bad.push(row.number),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(bad, [3]);
    assert_eq!(good, [2, 4, 6, 7]);
}

#[test]
fn rows_are_numbered_as_an_editor_shows_them() {
    for end in ["\n", "\r\n"] {
        let (_folder, path) = written(
            "list.csv",
            ["id", "1", "", "\"a\nb\"", "4", ""].join(end).as_bytes(),
        );
        let (_, rows, _) = read(&path);
        assert_eq!(
            rows.iter().map(|row| row.number).collect::<Vec<_>>(),
            [2, 4, 6],
            "{end:?}"
        );
    }
}

#[test]
fn headers_are_never_empty_and_never_twice() {
    let (_folder, path) = written("list.csv", b"name,,name,  a   b \n1,2,3,4\n");
    let (table, ..) = read(&path);
    assert_eq!(table.columns, ["name", "column 2", "name (2)", "a b"]);
}

#[test]
fn what_would_fill_the_memory_is_refused() {
    let opened = |name: &str, bytes: &[u8]| {
        let (_folder, path) = written(name, bytes);
        let table = Table::open(&path, None, &Limits::default())?;
        let mut last = String::new();
        table.each(&mut |row| {
            if let Err(row) = row {
                last = row.reason;
            }
            ControlFlow::Continue(())
        })?;
        Ok::<_, stele_formats::table::Unreadable>(last)
    };
    let wide = vec![b','; 1_000_000];
    assert!(
        opened("wide.csv", &wide)
            .unwrap_err()
            .to_string()
            .contains("columns")
    );
    let mut long = b"id,name\n1,\"".to_vec();
    long.resize(50 << 20, b'x');
    let told = opened("long.csv", &long).unwrap();
    assert!(told.contains("quote not closed") && told.contains("to the end of the file"));
    // One whose quote is closed is left out, and what follows it is read.
    long.extend(b"\"\n2,Mill\n");
    let (_folder, path) = written("long.csv", &long);
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    let mut rows = Vec::new();
    table
        .each(&mut |row| {
            rows.push(row.map(|row| row.number).map_err(|bad| bad.number));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(rows, [Err(2), Ok(3)]);
    let deep = "[".repeat(1_000_000);
    assert!(opened("deep.json", deep.as_bytes()).is_err());
    let nowhere =
        br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},
        "geometry":{"type":"Point","coordinates":[200, 95]}}]}"#;
    assert!(
        opened("nowhere.geojson", nowhere)
            .unwrap()
            .contains("not on the globe")
    );
}

#[test]
fn a_zip_bomb_is_not_opened() {
    use std::io::Write;
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file("doc.kml", zip::write::SimpleFileOptions::default())
        .unwrap();
    let zeros = vec![b' '; 1 << 20];
    (0..300).for_each(|_| bomb.write_all(&zeros).unwrap());
    let bytes = bomb.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 20);
    let (_folder, path) = written("bomb.kmz", &bytes);
    let refused = Table::open(&path, None, &Limits::default())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("would unpack to"), "{refused}");
}

/// What became of every file that broke other readers.
#[test]
fn hostile_files_are_read_or_refused() {
    let Some(data) = data() else { return };
    let mut files = Vec::new();
    walk(&data.join("hostile"), &mut files);
    files.sort();
    let mut outcomes = String::new();
    for file in files {
        let name = file
            .strip_prefix(&data)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let (tell, told) = std::sync::mpsc::channel();
        let path = file.clone();
        std::thread::spawn(move || tell.send(outcome(&path)));
        let outcome = told.recv_timeout(std::time::Duration::from_secs(60));
        let outcome = outcome.unwrap_or_else(|_| panic!("{name}: a panic or no end"));
        outcomes.push_str(&format!(
            "{}: {outcome}\n",
            name.trim_start_matches("hostile/")
        ));
    }
    insta::assert_snapshot!(outcomes);
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        match entry.is_dir() {
            true => walk(&entry, files),
            false => files.push(entry),
        }
    }
}

fn outcome(path: &Path) -> String {
    let table = match Table::open(path, None, &Limits::default()) {
        Ok(table) => table,
        Err(e) => return format!("refused: {}", one_line(&e.to_string())),
    };
    let (mut good, mut bad, mut first) = (0, 0, String::new());
    let ended = table.each(&mut |row| {
        match row {
            Ok(_) => good += 1,
            Err(row) => {
                bad += 1;
                if bad == 1 {
                    first = format!(", {}: {}", row.number, one_line(&row.reason));
                }
            }
        }
        ControlFlow::Continue(())
    });
    let ended = ended
        .err()
        .map(|e| format!("; then {}", one_line(&e.to_string())))
        .unwrap_or_default();
    format!(
        "{:?}, {} columns, {good} rows, {bad} refused{first}{ended}",
        table.kind,
        table.columns.len()
    )
}

fn one_line(text: &str) -> String {
    text.chars()
        .take(110)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
