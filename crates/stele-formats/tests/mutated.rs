//! Files of every format with bytes changed at random, from a fixed seed: each is read or refused,
//! none panics. The long runs are `fuzz/`; this is the short one that always runs.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use stele_formats::columns::{each, propose};
use stele_formats::table::{Limits, Table};

/// xorshift64*: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// What stands in files and upsets readers.
const WORDS: [&[u8]; 12] = [
    b"\"",
    b",",
    b"\n",
    b"\0",
    b"NaN",
    b"1e999",
    b"-",
    b"<",
    b"{\"a\":[",
    b"&#x0;",
    b"\xff\xfe",
    b"PK\x03\x04",
];

fn mutate(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..1 + dice.below(6) {
        if out.is_empty() {
            break;
        }
        let at = dice.below(out.len());
        match dice.below(5) {
            0 => out[at] ^= 1 << dice.below(8),
            1 => out[at] = dice.next() as u8,
            2 => out.truncate(at),
            3 => {
                let word = WORDS[dice.below(WORDS.len())];
                out.splice(at..at, word.iter().copied());
            }
            _ => {
                let end = (at + dice.below(64)).min(out.len());
                let part = out[at..end].to_vec();
                out.splice(at..at, part);
            }
        }
    }
    out
}

fn read(bytes: &[u8], name: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::File::create(&path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
    let limits = Limits {
        unpacked_bytes: 8 << 20,
        ..Limits::default()
    };
    let Ok(table) = Table::open(&path, None, &limits) else {
        return false;
    };
    let Ok(rows) = table.first(20) else {
        return false;
    };
    let mapping = propose(&table, &rows).mapping;
    // A list that names nothing has no mapping that fits; its rows are read all the same.
    let _ = each(&table, &mapping, &mut |_| ControlFlow::Continue(()));
    table.each(&mut |_| ControlFlow::Continue(())).is_ok()
}

fn seeds() -> Vec<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        eprintln!("left out: there is no {}", data.display());
        return Vec::new();
    }
    let mut open = vec![data.join("hostile"), data.join("inventories")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false if std::fs::metadata(&path).unwrap().len() < 60_000 => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    files
}

#[test]
fn changed_bytes_are_read_or_refused() {
    let mut dice = Dice(0x5EED);
    let (mut ran, mut understood) = (0, 0);
    for path in seeds() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        for _ in 0..4 {
            understood += usize::from(read(&mutate(&bytes, &mut dice), &name));
            ran += 1;
        }
    }
    if ran > 0 {
        assert!(ran > 1_000, "{ran}");
        assert!(
            understood * 10 > ran,
            "most changes leave something to read: {understood} of {ran}"
        );
    }
}

#[test]
fn a_short_list_changed_in_every_way_is_read_or_refused() {
    let list = "id;name;lat;lon;geometry;built;books\n1;Şuşa \"Yuxarı\";39,76;46,75;POINT (46.75 39.76);ca. 1850;about 300\n2;مسجد;39°45'36\"N;46°45'E;;7th century;>100\n";
    let mut dice = Dice(0xC0FFEE);
    for _ in 0..3_000 {
        read(&mutate(list.as_bytes(), &mut dice), "list.csv");
    }
}
