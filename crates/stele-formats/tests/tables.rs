//! Lists of other hands, read as they are: every file of `inventories/` and `damage/`, and every one
//! of `hostile/` either read or refused with a reason.

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
    let table = Table::open(path, None, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
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

/// File, rows read, columns, rows with a shape, rows refused: counted with other tools.
const LISTS: &[(&str, Kind, usize, usize, usize, usize)] = &[];

#[test]
fn every_list_is_read_whole() {
    let Some(data) = data() else { return };
    for folder in ["inventories", "damage"] {
        let mut files: Vec<_> = std::fs::read_dir(data.join(folder)).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|e| e != "mapping")) {
            let (table, rows, bad) = read(file);
            let name = file.file_name().unwrap().to_string_lossy();
            let shapes = rows.iter().filter(|row| row.shape.is_some()).count();
            println!("    (\"{name}\", Kind::{:?}, {}, {}, {shapes}, {}), // {:?} {:?} {:?}", table.kind, rows.len(), table.columns.len(), bad.len(), table.sheet, table.notes, bad.first());
        }
    }
    let _ = LISTS;
}
