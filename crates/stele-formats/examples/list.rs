//! Prints how the columns of a list are understood, and its first drafts:
//! `cargo run -p stele-formats --example list -- FILE [MAPPING.toml]`.

use std::ops::ControlFlow;
use std::path::Path;
use stele_formats::columns::{LOOKED_AT, Mapping, each, propose};
use stele_formats::table::{Limits, Table};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a file")?;
    let table = Table::open(Path::new(&path), None, &Limits::default())?;
    println!("{:?} {:?} {:?}", table.kind, table.sheet, table.notes);
    let guess = propose(&table, &table.first(LOOKED_AT)?);
    for question in &guess.questions {
        println!("? {question}");
    }
    let mapping = match std::env::args().nth(2) {
        Some(file) => Mapping::from_toml(&std::fs::read_to_string(file)?)?,
        None => guess.mapping,
    };
    println!("{}", mapping.to_toml());
    let (mut read, mut refused, mut unread) = (0, 0, 0);
    each(&table, &mapping, &mut |draft| {
        match draft {
            Ok(draft) => {
                read += 1;
                unread += draft.unread.len();
                if read <= 2 {
                    println!("{draft:?}");
                }
            }
            Err(bad) => {
                refused += 1;
                if refused <= 4 {
                    println!("row {}, {:?}: {}", bad.number, bad.column, bad.reason);
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    println!("{read} read, {refused} refused, {unread} cells not understood");
    Ok(())
}
