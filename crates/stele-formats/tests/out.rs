//! Collections as files, read back by GDAL (by the `parquet` crate, which this GDAL cannot read): what
//! goes in comes out alike, and memory does not grow with the features.

#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use stele_formats::feature::{Column, Feature, Holds, Value};
use stele_formats::out::{Format, Provenance, Sheet, write_features, writer};
use stele_model::date::Day;
use stele_model::place::Position2;
use stele_model::{AnyId, Geometry};

const COLUMNS: &[Column] = &[
    Column {
        id: "title",
        about: "What it is called.",
        holds: Holds::Text,
    },
    Column {
        id: "status",
        about: "One of two words.",
        holds: Holds::Word(&["verified", "refuted"]),
    },
    Column {
        id: "grid_m",
        about: "Size of its cell.",
        holds: Holds::Whole,
    },
    Column {
        id: "since",
        about: "First day.",
        holds: Holds::Day,
    },
    Column {
        id: "recorded",
        about: "When.",
        holds: Holds::Moment,
    },
];

fn provenance() -> Provenance {
    Provenance {
        attribution: "Registry of “tests”".into(),
        licence: Some("CC BY 4.0".into()),
        as_of_ms: 1_764_032_098_123,
        checkpoint: Some("tests-1a2b3c\n57\nAAAA\n\n— tests-1a2b3c signature\n".into()),
    }
}

/// A sink that can be looked at when the writer is gone.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(format: Format, features: &[Feature]) -> Vec<u8> {
    let scratch = tempfile::tempdir().unwrap();
    let of = provenance();
    let sheet = Sheet {
        name: "sites",
        title: "Sites",
        about: "Made up.",
        columns: COLUMNS,
        provenance: &of,
    };
    let kept = Kept::default();
    let out = Box::new(kept.clone());
    let features = features.iter().cloned().map(Ok);
    write_features(format, &sheet, scratch.path(), features, out).unwrap();
    assert_eq!(
        std::fs::read_dir(scratch.path()).unwrap().count(),
        0,
        "{format:?} leaves nothing"
    );
    kept.0.lock().unwrap().clone()
}

fn position() -> impl Strategy<Value = Position2> {
    (-180.0..180.0f64, -90.0..90.0f64).prop_map(|(lon, lat)| Position2::new(lon, lat).unwrap())
}

fn ring() -> impl Strategy<Value = Vec<Position2>> {
    vec(position(), 3..6).prop_map(|mut ring| {
        ring.push(ring[0]);
        ring
    })
}

fn geometry() -> impl Strategy<Value = Geometry> {
    prop_oneof![
        position().prop_map(Geometry::Point),
        vec(position(), 2..5).prop_map(Geometry::LineString),
        vec(ring(), 1..3).prop_map(Geometry::Polygon),
        vec(position(), 1..4).prop_map(Geometry::MultiPoint),
        vec(vec(position(), 2..4), 1..3).prop_map(Geometry::MultiLineString),
        vec(vec(ring(), 1..3), 1..3).prop_map(Geometry::MultiPolygon),
    ]
}

/// Texts in every script; GDAL takes one that begins as JSON for JSON when it writes GeoJSON.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\\PC]{1,20}",
        Just("Şuşa, \"qala\"; Шуша, Շուշի, شوشا, 舒沙".to_owned()),
        Just("=HYPERLINK(\"x\")".to_owned()),
    ]
    .prop_filter("not JSON", |t| !t.starts_with(['{', '[']) && t.trim() == t)
}

fn feature() -> impl Strategy<Value = Feature> {
    let values = (
        option::of(text()),
        option::of(prop_oneof![Just("verified"), Just("refuted")]),
        option::of(-9_007_199_254_740_992i64..9_007_199_254_740_992),
        option::of(-100_000i64..100_000),
        option::of(0i64..4_000_000_000_000),
    );
    (any::<[u8; 10]>(), option::of(geometry()), values).prop_map(|(id, geometry, v)| Feature {
        id: AnyId::v7(1_700_000_000_000, id),
        geometry,
        values: vec![
            v.0.map(Value::Text),
            v.1.map(|w| Value::Text(w.into())),
            v.2.map(Value::Whole),
            v.3.map(|d| Value::Day(Day(d))),
            v.4.map(Value::Moment),
        ],
        time: None,
        stamp: String::new(),
    })
}

/// What a reader makes of a feature: geometry in GeoJSON, and its values as text.
type Read = BTreeMap<String, (Option<Geometry>, Vec<Option<String>>)>;

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Dates by their digits, as each program writes them its own way.
fn as_text(column: &Column, value: &Json) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(match column.holds {
        Holds::Day => digits(&text).chars().take(8).collect(),
        Holds::Moment => {
            // A whole second comes back without its three noughts.
            let bare = text.trim_end_matches("+00").trim_end_matches("+00:00");
            format!("{:0<17}", digits(bare))
        }
        _ => text,
    })
}

fn expected(format: Format, features: &[Feature]) -> Read {
    let value = |value: &Option<Value>| {
        value.as_ref().map(|value| match value {
            Value::Text(text)
                if format == Format::Csv
                    && text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) =>
            {
                format!("'{text}")
            }
            Value::Text(text) => text.clone(),
            Value::Whole(n) => n.to_string(),
            Value::Day(day) => digits(&day.to_string()),
            Value::Moment(ms) => digits(&stele_formats::feature::moment(*ms)),
        })
    };
    let row = |f: &Feature| {
        (
            f.id.to_string(),
            (f.geometry.clone(), f.values.iter().map(value).collect()),
        )
    };
    features.iter().map(row).collect()
}

fn gdal(program: &str, args: &[&str]) -> Vec<u8> {
    let done = Command::new(program).args(args).output().unwrap();
    assert!(
        done.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    // GeoJSON, which the test reads, has no dates; CSV says of no reference system.
    let noise = String::from_utf8_lossy(&done.stderr).into_owned();
    let noise: String = noise
        .lines()
        .filter(|l| !l.contains("does not natively support Date") && !l.contains("No SRS set"))
        .collect();
    assert!(
        !noise.contains("Warning") && !noise.contains("ERROR"),
        "{args:?}: {noise}"
    );
    done.stdout
}

fn has_gdal() -> bool {
    let there = Command::new("ogr2ogr").arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: ogr2ogr is not here (apt install gdal-bin)");
    }
    there
}

fn read_by_gdal(file: &Path) -> Read {
    let args = [
        "-f",
        "GeoJSON",
        "/vsistdout/",
        file.to_str().unwrap(),
        "-lco",
        "SIGNIFICANT_FIGURES=17",
        "-lco",
        "ID_FIELD=id",
        "-preserve_fid",
        "-oo",
        "EMPTY_STRING_AS_NULL=YES",
    ];
    let args: Vec<&str> = match file.extension().unwrap().to_str().unwrap() {
        "csv" => args.to_vec(),
        _ => args[..args.len() - 2].to_vec(),
    };
    let out = String::from_utf8(gdal("ogr2ogr", &args)).unwrap();
    let mut read = Read::new();
    let whole: Json = serde_json::from_str(&out).unwrap();
    for json in whole["features"].as_array().unwrap() {
        let id = match json["id"].as_str() {
            Some(id) => id.to_owned(),
            None => json["properties"]["id"].as_str().unwrap().to_owned(),
        };
        let geometry: Option<Geometry> = serde_json::from_value(json["geometry"].clone()).unwrap();
        let values = COLUMNS
            .iter()
            .map(|c| as_text(c, &json["properties"][c.id]))
            .collect();
        assert!(
            read.insert(id, (geometry, values)).is_none(),
            "twice the same"
        );
    }
    read
}

fn read_parquet(bytes: Vec<u8>) -> Read {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    std::fs::write(&path, bytes).unwrap();
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut read = Read::new();
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        let fields: BTreeMap<&String, &Field> = row.get_column_iter().collect();
        let of = |name: &str| fields[&name.to_owned()].clone();
        let geometry = match of("geometry") {
            Field::Null => None,
            Field::Bytes(bytes) => Some(from_wkb(&mut bytes.data())),
            other => panic!("{other:?}"),
        };
        match (geometry.as_ref().and_then(Geometry::bounds), of("bbox")) {
            (None, Field::Null) => {}
            (Some(b), Field::Group(group)) => {
                let corners: Vec<f64> = group
                    .get_column_iter()
                    .map(|(_, f)| match f {
                        Field::Double(d) => *d,
                        other => panic!("{other:?}"),
                    })
                    .collect();
                assert_eq!(corners, [b.west, b.south, b.east, b.north]);
            }
            other => panic!("{other:?}"),
        }
        let values = COLUMNS.iter().map(|c| match of(c.id) {
            Field::Null => None,
            Field::Str(text) => Some(text),
            Field::Long(n) => Some(n.to_string()),
            Field::Date(n) => Some(digits(&Day(n.into()).to_string())),
            Field::TimestampMillis(ms) => Some(digits(&stele_formats::feature::moment(ms))),
            other => panic!("{other:?}"),
        });
        let values = values.collect();
        let Field::Str(id) = of("id") else {
            panic!("no id")
        };
        read.insert(id, (geometry, values));
    }
    read
}

/// A reader of well-known binary of this test's own.
fn from_wkb(bytes: &mut &[u8]) -> Geometry {
    fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
        let (head, rest) = bytes.split_at(N);
        *bytes = rest;
        head.try_into().unwrap()
    }
    fn count(bytes: &mut &[u8]) -> usize {
        u32::from_le_bytes(take(bytes)) as usize
    }
    fn position(bytes: &mut &[u8]) -> Position2 {
        let (lon, lat) = (
            f64::from_le_bytes(take(bytes)),
            f64::from_le_bytes(take(bytes)),
        );
        Position2::new(lon, lat).unwrap()
    }
    fn line(bytes: &mut &[u8]) -> Vec<Position2> {
        (0..count(bytes)).map(|_| position(bytes)).collect()
    }
    fn rings(bytes: &mut &[u8]) -> Vec<Vec<Position2>> {
        (0..count(bytes)).map(|_| line(bytes)).collect()
    }
    assert_eq!(take::<1>(bytes), [1]);
    match count(bytes) {
        1 => Geometry::Point(position(bytes)),
        2 => Geometry::LineString(line(bytes)),
        3 => Geometry::Polygon(rings(bytes)),
        kind => {
            let parts: Vec<Geometry> = (0..count(bytes)).map(|_| from_wkb(bytes)).collect();
            match kind {
                4 => Geometry::MultiPoint(
                    parts
                        .into_iter()
                        .map(|g| match g {
                            Geometry::Point(p) => p,
                            _ => panic!(),
                        })
                        .collect(),
                ),
                5 => Geometry::MultiLineString(
                    parts
                        .into_iter()
                        .map(|g| match g {
                            Geometry::LineString(l) => l,
                            _ => panic!(),
                        })
                        .collect(),
                ),
                6 => Geometry::MultiPolygon(
                    parts
                        .into_iter()
                        .map(|g| match g {
                            Geometry::Polygon(r) => r,
                            _ => panic!(),
                        })
                        .collect(),
                ),
                _ => panic!("kind {kind}"),
            }
        }
    }
}

fn file_of(folder: &Path, format: Format, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(format!("sites.{}", format.id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_feature_comes_out_as_it_went_in() {
    let gdal_is_here = has_gdal();
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    });
    let done = runner.run(&vec(feature(), 1..60), |features| {
        for format in Format::ALL {
            let bytes = written(format, &features);
            let read = match format {
                Format::GeoParquet => read_parquet(bytes),
                _ if gdal_is_here => {
                    let folder = tempfile::tempdir().unwrap();
                    read_by_gdal(&file_of(folder.path(), format, &bytes))
                }
                _ => continue,
            };
            let expected = expected(format, &features);
            prop_assert_eq!(read.len(), expected.len(), "{:?}", format);
            for (id, row) in expected {
                prop_assert_eq!(read.get(&id), Some(&row), "{:?} {}", format, id);
            }
        }
        Ok(())
    });
    done.unwrap();
}

fn point(n: u64, lon: f64, lat: f64) -> Feature {
    let mut random = [0u8; 10];
    random[..8].copy_from_slice(&n.to_be_bytes());
    Feature {
        id: AnyId::v7(1_700_000_000_000, random),
        geometry: Some(Geometry::Point(Position2::new(lon, lat).unwrap())),
        values: vec![
            Some(Value::Text(format!("Site {n} of a list, Сайт {n}"))),
            None,
            Some(Value::Whole(n as i64)),
            Some(Value::Day(Day(n as i64 % 20_000))),
            Some(Value::Moment(1_700_000_000_000 + n as i64)),
        ],
        time: None,
        stamp: String::new(),
    }
}

#[test]
fn an_empty_collection_is_a_whole_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let no_place = Feature {
        geometry: None,
        ..point(1, 0.0, 0.0)
    };
    for format in Format::ALL {
        for features in [&[][..], std::slice::from_ref(&no_place)] {
            let bytes = written(format, features);
            assert_eq!(
                bytes.is_empty(),
                format == Format::GeoJsonSeq && features.is_empty(),
                "{format:?}"
            );
            let read = match format {
                Format::GeoParquet => read_parquet(bytes),
                // GDAL takes an empty text for no sequence.
                Format::GeoJsonSeq if features.is_empty() => continue,
                _ if has_gdal() => read_by_gdal(&file_of(folder.path(), format, &bytes)),
                _ => continue,
            };
            assert_eq!(read, expected(format, features), "{format:?}");
        }
    }
}

#[test]
fn spatial_indexes_find_what_lies_in_a_box_and_nothing_without_a_place() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut features: Vec<Feature> = (0..900u64)
        .map(|n| point(n, (n % 30) as f64, (n / 30) as f64))
        .collect();
    features.extend((900..1000).map(|n| Feature {
        geometry: None,
        ..point(n, 0.0, 0.0)
    }));
    for format in [Format::GeoPackage, Format::FlatGeobuf] {
        let path = file_of(folder.path(), format, &written(format, &features));
        let told = gdal(
            "ogrinfo",
            &[
                "-so",
                "-al",
                path.to_str().unwrap(),
                "-spat",
                "9.5",
                "9.5",
                "12.5",
                "11.5",
            ],
        );
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("Feature Count: 6"), "{told}");
        let all = gdal("ogrinfo", &["-so", "-al", path.to_str().unwrap()]);
        let all = String::from_utf8(all).unwrap();
        for said in [
            "Feature Count: 1000",
            "(0.000000, 0.000000) - (29.000000, 29.000000)",
            "WGS 84",
        ] {
            assert!(all.contains(said), "{format:?} does not say {said}: {all}");
        }
    }
}

#[test]
fn a_geopackage_is_one_by_its_numbers_and_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = file_of(
        folder.path(),
        Format::GeoPackage,
        &written(Format::GeoPackage, &[point(1, 46.75, 39.5)]),
    );
    let db = rusqlite::Connection::open(path).unwrap();
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA application_id"), 0x4750_4B47);
    assert_eq!(number("PRAGMA user_version"), 10_300);
    assert_eq!(number("SELECT count(*) FROM rtree_sites_geom"), 1);
    assert_eq!(
        number("SELECT count(*) FROM gpkg_spatial_ref_sys WHERE srs_id IN (4326, 0, -1)"),
        3
    );
    assert_eq!(
        number(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree_sites_geom_%'"
        ),
        6
    );
    let told: String = db
        .query_row(
            "SELECT description FROM gpkg_data_columns WHERE column_name = 'title'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(told, "What it is called.");
    let checked: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(checked, "ok");
}

#[test]
fn a_parquet_file_says_what_it_is() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let folder = tempfile::tempdir().unwrap();
    let path = file_of(
        folder.path(),
        Format::GeoParquet,
        &written(
            Format::GeoParquet,
            &[point(1, 46.75, 39.5), point(2, 50.0, 41.0)],
        ),
    );
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let told: BTreeMap<String, String> = reader
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .unwrap()
        .iter()
        .map(|kv| (kv.key.clone(), kv.value.clone().unwrap()))
        .collect();
    let geo: Json = serde_json::from_str(&told["geo"]).unwrap();
    assert_eq!(geo["version"], "1.1.0");
    let column = &geo["columns"]["geometry"];
    assert_eq!(column["encoding"], "WKB");
    assert_eq!(column["geometry_types"], serde_json::json!(["Point"]));
    assert_eq!(column["bbox"], serde_json::json!([46.75, 39.5, 50.0, 41.0]));
    assert_eq!(told["licence"], "CC BY 4.0");
    assert!(told["checkpoint"].starts_with("tests-1a2b3c\n57\n"));
}

/// Takes everything and keeps nothing.
struct Nowhere(Arc<Mutex<u64>>);

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.lock().unwrap() += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_was_not_finished_is_no_whole_file() {
    let of = provenance();
    let sheet = Sheet {
        name: "sites",
        title: "Sites",
        about: "Made up.",
        columns: COLUMNS,
        provenance: &of,
    };
    for format in [
        Format::GeoJson,
        Format::FlatGeobuf,
        Format::GeoPackage,
        Format::GeoParquet,
    ] {
        let scratch = tempfile::tempdir().unwrap();
        let kept = Kept::default();
        let mut writing = writer(format, &sheet, scratch.path(), Box::new(kept.clone())).unwrap();
        (0..50).for_each(|n| writing.write(&point(n, 1.0, 1.0)).unwrap());
        drop(writing);
        assert_eq!(
            std::fs::read_dir(scratch.path()).unwrap().count(),
            0,
            "{format:?} leaves nothing"
        );
        let bytes = kept.0.lock().unwrap().clone();
        match format {
            Format::GeoJson => assert!(serde_json::from_slice::<Json>(&bytes).is_err()),
            Format::GeoParquet => assert!(!bytes.ends_with(b"PAR1") || bytes.len() < 8),
            _ => assert!(bytes.is_empty()),
        }
    }
}

/// Resident memory of this process, in bytes.
#[cfg(target_os = "linux")]
fn peak_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024
}

/// Each format writes 300,000 features in a process of its own, which may not grow by more than 80 MB.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_features() {
    const FORMAT: &str = "STELE_TEST_WRITE";
    const MOST_BYTES: u64 = 80 << 20;
    if let Ok(id) = std::env::var(FORMAT) {
        let format = Format::from_id(&id).unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let of = provenance();
        let sheet = Sheet {
            name: "sites",
            title: "Sites",
            about: "Made up.",
            columns: COLUMNS,
            provenance: &of,
        };
        let written = Arc::new(Mutex::new(0));
        let before = peak_bytes();
        let features = (0..300_000u64).map(|n| {
            Ok(point(
                n,
                (n % 3_600) as f64 / 10.0 - 180.0,
                (n / 3_600) as f64 - 80.0,
            ))
        });
        write_features(
            format,
            &sheet,
            scratch.path(),
            features,
            Box::new(Nowhere(written.clone())),
        )
        .unwrap();
        let grown = peak_bytes() - before;
        let written = *written.lock().unwrap();
        eprintln!("{id}: {written} bytes written, {grown} bytes of memory");
        assert!(written > 5_000_000, "{id}: {written}");
        assert!(grown < MOST_BYTES, "{id} took {grown} bytes");
        return;
    }
    for format in Format::ALL {
        let done = Command::new(std::env::current_exe().unwrap())
            .args([
                "memory_does_not_grow_with_the_features",
                "--exact",
                "--nocapture",
            ])
            .env(FORMAT, format.id())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(
            done.status.success(),
            "{told}{}",
            String::from_utf8_lossy(&done.stdout)
        );
        assert!(told.contains("bytes of memory"), "{told}");
        eprint!("{told}");
    }
}
