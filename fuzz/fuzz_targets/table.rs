//! Any bytes as a list: opened, its columns guessed, its rows read. Nothing may panic or hang.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use std::ops::ControlFlow;
use stele_formats::columns::{each, propose};
use stele_formats::table::{Limits, Table};

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::new() else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    let limits = Limits {
        unpacked_bytes: 8 << 20,
        ..Limits::default()
    };
    let Ok(table) = Table::open(file.path(), None, &limits) else {
        return;
    };
    let Ok(rows) = table.first(50) else { return };
    let mapping = propose(&table, &rows).mapping;
    let _ = each(&table, &mapping, &mut |_| ControlFlow::Continue(()));
});
