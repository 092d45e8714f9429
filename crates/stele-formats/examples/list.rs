//! Prints the columns and first rows of a list: `cargo run -p stele-formats --example list -- FILE`.

use std::path::Path;
use stele_formats::table::{Limits, Table};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a file")?;
    let table = Table::open(Path::new(&path), None, &Limits::default())?;
    println!("{:?} {:?} {:?}", table.kind, table.sheet, table.notes);
    let rows = table.first(3)?;
    for (at, column) in table.columns.iter().enumerate() {
        let cells: Vec<String> = rows
            .iter()
            .map(|row| {
                row.cells[at]
                    .text()
                    .unwrap_or_default()
                    .chars()
                    .take(60)
                    .collect()
            })
            .collect();
        println!("  {column}: {}", cells.join(" | "));
    }
    Ok(())
}
