//! Any text as a cell of every kind a column can be: places, dates, numbers, names, words. Nothing may panic
//! or hang, and what is read as a date or a geometry is read the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use std::ops::ControlFlow;
use stele_formats::columns::{Mapping, each};
use stele_formats::table::{Limits, Table, parse_wkt};
use stele_model::EdtfDate;

const FIELDS: [&str; 14] = [
    "key", "name", "other names", "category", "area district", "latitude", "longitude", "coordinates",
    "geometry", "uncertainty km", "holding books", "made", "condition", "event",
];

fuzz_target!(|text: &str| {
    let _ = parse_wkt(text);
    if let Ok(date) = text.parse::<EdtfDate>() {
        assert_eq!(date.to_string().parse::<EdtfDate>().as_ref(), Ok(&date));
    }
    // Each field alone, so that one that is refused does not hide the others.
    for field in FIELDS {
        let Ok(mut file) = tempfile::NamedTempFile::new() else {
            return;
        };
        let cell = text.replace('"', "\"\"");
        if write!(file, "A name,A cell\nMill,\"{cell}\"\n").is_err() {
            return;
        }
        let mapping = format!("[columns]\n\"A name\" = \"description\"\n\"A cell\" = \"{field}\"\n");
        let (Ok(mut mapping), Ok(table)) = (
            Mapping::from_toml(&mapping),
            Table::open(file.path(), None, &Limits::default()),
        ) else {
            continue;
        };
        if !matches!(field, "name" | "other names" | "key") {
            let named = Mapping::from_toml("[columns]\n\"A name\" = \"name\"\n");
            mapping.columns.extend(named.map(|m| m.columns).unwrap_or_default());
        }
        let _ = each(&table, &mapping, &mut |_| ControlFlow::Continue(()));
    }
});
