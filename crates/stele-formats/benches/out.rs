//! Features written a second, per format, beside `ogr2ogr` writing the same features to the same format.
//!
//! `cargo bench -p stele-formats --bench out -- [FEATURES]` (200,000 when left out). `ogr2ogr` reads them
//! from a FlatGeobuf file, the quickest it reads, and without an index to read in order; its time has
//! the start of the program in it. Prints `name: value unit (peer value, ratio)`.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use stele_formats::feature::{Column, Feature, Holds, Value};
use stele_formats::out::{Format, Provenance, Sheet, write_features};
use stele_model::date::Day;
use stele_model::place::Position2;
use stele_model::{AnyId, Geometry};

const fn column(id: &'static str, holds: Holds) -> Column {
    Column {
        id,
        about: "A column.",
        holds,
    }
}

/// As a collection of sites has it.
const COLUMNS: &[Column] = &[
    column("title", Holds::Text),
    column("names", Holds::Text),
    column("kind", Holds::Word(&["place"])),
    column("category", Holds::Word(&["church", "mosque", "library"])),
    column("status", Holds::Word(&["reported"])),
    column("areas", Holds::Text),
    column("place", Holds::Word(&["exact"])),
    column("grid_m", Holds::Whole),
    column("uncertainty_m", Holds::Whole),
    column("claimed_since", Holds::Day),
    column("description", Holds::Text),
    column("address", Holds::Text),
    column("recorded", Holds::Moment),
    column("revision", Holds::Text),
];

fn feature(n: u64) -> Feature {
    let text = |text: String| Some(Value::Text(text));
    let mut random = [0u8; 10];
    random[..8].copy_from_slice(&n.to_be_bytes());
    // Spread over the globe without any generator: by the golden ratio.
    let part = (n as f64 * 0.618_033_988_75).fract();
    let id = AnyId::v7(1_700_000_000_000, random);
    Feature {
        id,
        geometry: Some(Geometry::Point(
            Position2::new(part * 360.0 - 180.0, (n % 160) as f64 - 80.0).unwrap(),
        )),
        values: vec![
            text(format!("Church {n}")),
            text(format!(
                "Church {n} (en); Церковь {n} (ru); Kilsə {n} (az); Եկեղեցի {n} (hy)"
            )),
            text("place".into()),
            text(["church", "mosque", "library"][n as usize % 3].into()),
            (n.is_multiple_of(4)).then(|| Value::Text("reported".into())),
            text(format!("District {}", n % 300)),
            text("exact".into()),
            None,
            Some(Value::Whole(50)),
            (n.is_multiple_of(4)).then_some(Value::Day(Day(18_000 + n as i64 % 2_000))),
            None,
            text(format!("/site/{id}")),
            Some(Value::Moment(1_700_000_000_000 + n as i64)),
            text(format!("01700000000000-0000@bench-{:06}", n % 1_000_000)),
        ],
        time: None,
        stamp: String::new(),
    }
}

fn write(format: Format, path: &Path, features: &[Feature]) -> f64 {
    let of = Provenance {
        attribution: "Bench".into(),
        ..Provenance::default()
    };
    let sheet = Sheet {
        name: "sites",
        title: "Sites",
        about: "Made up.",
        columns: COLUMNS,
        provenance: &of,
    };
    let out = Box::new(BufWriter::new(File::create(path).unwrap()));
    let begun = Instant::now();
    let given = features.iter().cloned().map(io::Result::Ok);
    write_features(format, &sheet, path.parent().unwrap(), given, out).unwrap();
    features.len() as f64 / begun.elapsed().as_secs_f64()
}

/// The same by `ogr2ogr`, where it is here and knows the format.
fn peer(format: Format, from: &Path, to: &Path, count: usize) -> Option<f64> {
    let driver = match format {
        Format::Csv => "CSV",
        Format::GeoJson => "GeoJSON",
        Format::GeoJsonSeq => "GeoJSONSeq",
        Format::FlatGeobuf => "FlatGeobuf",
        Format::GeoPackage => "GPKG",
        Format::GeoParquet => "Parquet",
    };
    let more: &[&str] = match format {
        Format::Csv => &["-lco", "GEOMETRY=AS_WKT"],
        _ => &[],
    };
    let begun = Instant::now();
    let done = Command::new("ogr2ogr")
        .args(["-f", driver])
        .args([to, from])
        .args(more)
        .output()
        .ok()?;
    let seconds = begun.elapsed().as_secs_f64();
    done.status.success().then_some(count as f64 / seconds)
}

fn main() {
    let count = std::env::args().skip(1).find_map(|a| a.parse().ok());
    let count: usize = count.unwrap_or(200_000);
    let features: Vec<Feature> = (0..count as u64).map(feature).collect();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.fgb");
    write(Format::FlatGeobuf, &source, &features);
    for format in Format::ALL {
        let path = folder.path().join(format!("ours.{}", format.id()));
        let rate = write(format, &path, &features);
        let size_mb = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
        let to = folder.path().join(format!("theirs.{}", format.id()));
        let beside = match peer(format, &source, &to, count) {
            Some(theirs) => format!("ogr2ogr {theirs:.0}, ratio {:.2}", rate / theirs),
            None => "ogr2ogr does not write it here".into(),
        };
        println!(
            "write {}: {rate:.0} features/s ({beside}); {size_mb:.1} MB",
            format.id()
        );
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_file(to);
    }
}
