//! Files of every format with bytes changed at random, from a fixed seed: each is read or refused,
//! none panics. The long runs are `fuzz/`; this is the short one that always runs.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use stele_formats::columns::{Mapping, each, propose};
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

#[test]
fn cells_of_every_kind_changed_in_every_way_are_read_or_kept_as_they_are() {
    let cells = [
        "39°45'36\"N 46°45'12.5\"E",
        "38SMJ1234567890",
        "38S 649905 4402585",
        "SRID=4326;POLYGON ((46 39, 47 39, 47 40, 46 39))",
        "{\"type\":\"Point\",\"coordinates\":[46.7,39.7]}",
        "https://www.google.com/maps/@39.7,46.7,15z",
        "800 BCE - 1100 CE",
        "2021-11~/2022?",
        "7th century",
        "more than 4 600 000",
        "between 200 and 300",
        "Şuşa; Shushi / Շուշի | Шуша",
        "partially destroyed, looted",
    ];
    let fields = [
        "name",
        "category",
        "area district",
        "latitude",
        "coordinates",
        "geometry",
        "uncertainty km",
        "holding books",
        "made",
        "condition",
        "event",
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    let mut dice = Dice(0xCE11);
    for cell in cells {
        for _ in 0..60 {
            let bytes = mutate(cell.as_bytes(), &mut dice);
            let text = String::from_utf8_lossy(&bytes).replace('"', "\"\"");
            let _ = stele_formats::table::parse_wkt(&text);
            if let Ok(date) = text.parse::<stele_model::EdtfDate>() {
                assert_eq!(date.to_string().parse().as_ref(), Ok(&date), "{text:?}");
            }
            std::fs::write(&path, format!("A name,A cell\nMill,\"{text}\"\n")).unwrap();
            let Ok(table) = Table::open(&path, None, &Limits::default()) else {
                continue;
            };
            for field in fields {
                let mapping =
                    format!("[columns]\n\"A name\" = \"name\"\n\"A cell\" = \"{field}\"\n");
                let mapping = Mapping::from_toml(&mapping).unwrap();
                let _ = each(&table, &mapping, &mut |_| ControlFlow::Continue(()));
            }
        }
    }
}

#[test]
fn a_mapping_changed_in_every_way_is_read_or_refused_and_reads_back() {
    let toml = "epsg = 32638\nday_first = false\nswapped = \"mend\"\nbulk = [46.0, 38.5, 48.0, 40.5]\n[columns]\n\"Ad\" = \"name az\"\nX = \"easting\"\nN = \"count mosque destroyed\"\n[words]\nk = \"library\"\n";
    let mut dice = Dice(0x70_4A11);
    for _ in 0..3_000 {
        let bytes = mutate(toml.as_bytes(), &mut dice);
        if let Ok(mapping) = Mapping::from_toml(&String::from_utf8_lossy(&bytes)) {
            let again = Mapping::from_toml(&mapping.to_toml());
            assert_eq!(again.as_ref(), Ok(&mapping));
        }
    }
}

#[test]
fn an_article_changed_in_every_way_is_read_or_refused() {
    let article = "<html><head><title>Libraries</title></head><body><h1>Libraries</h1><p>7 May 2021. The Culture Ministry said that 927 libraries with a book fund of 4.6 million, “and more than 100,000 exhibits”, were destroyed.</p></body></html>";
    let mut dice = Dice(0xA471);
    for _ in 0..600 {
        if let Ok(document) = stele_formats::read(&mutate(article.as_bytes(), &mut dice)) {
            let _ = stele_formats::propose(&document);
        }
    }
}
