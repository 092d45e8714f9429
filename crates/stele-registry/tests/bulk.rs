//! Whole collections as files: what the public gets, as of when, and that no byte of them tells more.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use stele_model::place::Position2;
use stele_model::*;
use stele_registry::bulk::snapshot::{Manifest, Pace, Taken};
use stele_registry::bulk::{Format, WholeFile};
use stele_registry::changes::Position;
use stele_registry::features::Collection;
use stele_registry::{Refusal, Registry, Viewer};

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

fn file(
    registry: &Registry,
    viewer: &Viewer,
    collection: Collection,
    format: Format,
) -> (u64, Vec<u8>) {
    let kept = Kept::default();
    let out = Box::new(kept.clone());
    let count = registry
        .export(viewer, collection, format, "en", out, &mut |_| true)
        .unwrap();
    let bytes = kept.0.lock().unwrap().clone();
    (count, bytes)
}

/// Where the withheld and the generalised site really are.
const WITHHELD: (f64, f64) = (45.318273645, 41.273849502);
const GENERALISED: (f64, f64) = (44.123456789, 40.987654321);
const PUBLIC: (f64, f64) = (46.751234567, 39.761234567);

fn at((lon, lat): (f64, f64), sensitivity: Sensitivity) -> Option<Location> {
    Some(Location {
        sensitivity,
        ..Location::point(lon, lat).unwrap()
    })
}

/// A site of each kind of protection, everything that can be said about them, and a mission to all.
fn protected() -> House {
    let house = House::new();
    let party = house.party("Ministry", &[]);
    let source = house.source("List", party, "2021-05-04");
    let mut sites = Vec::new();
    for (name, place, sensitivity) in [
        ("Open", PUBLIC, Sensitivity::Public),
        ("In a cell", GENERALISED, Sensitivity::Generalised),
        ("Hidden", WITHHELD, Sensitivity::Withheld),
    ] {
        let id: Id<Site> = house.add(site(name, at(place, sensitivity))).into();
        house.claim(party, source, Subject::Site(id), Predicate::Damaged);
        let seen = assessment(id, party, Grade::Severe);
        let seen: Id<Assessment> = house
            .by(
                &house.verifier,
                Assessment {
                    source: Some(source),
                    ..seen
                },
            )
            .into();
        let concluded = finding(
            &house.verifier,
            id,
            Conclusion::Damaged,
            vec![seen],
            Vec::new(),
        );
        let concluded: Id<Finding> = house.by(&house.verifier, concluded).into();
        house.by(
            &house.second,
            review(&house.second, concluded, Decision::Approve),
        );
        house.by(&house.second, publication(&house, concluded));
        sites.push(id);
    }
    // An outline that is withheld, and one that is generalised.
    let corner = |(lon, lat): (f64, f64), x: f64, y: f64| Position2::new(lon + x, lat + y).unwrap();
    for (place, sensitivity) in [
        (WITHHELD, Sensitivity::Withheld),
        (GENERALISED, Sensitivity::Generalised),
    ] {
        let ring = [(0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.0)];
        let ring = ring.map(|(x, y)| corner(place, x, y)).to_vec();
        let location = Location {
            geometry: Geometry::Polygon(vec![ring]),
            ..at(place, sensitivity).unwrap()
        };
        house.add(site("Outline", Some(location)));
    }
    let mission = house.mission("To all", party, None);
    let mut whole = house
        .registry
        .whole(&house.member(), mission.any())
        .unwrap();
    let Body::Mission(body) = &mut whole.body else {
        panic!()
    };
    body.itinerary = sites;
    whole.revision = Some(Revision {
        reason: "planned".into(),
        after: Vec::new(),
        withdrawn: false,
    });
    house.registry.record(&house.recorder, vec![whole]).unwrap();
    house
}

/// Every way a number may stand in a file: text, and binary of either width and order, with the
/// neighbours that an index rounds to.
fn traces(n: f64) -> Vec<Vec<u8>> {
    let mut all = vec![
        format!("{n:.4}").into_bytes(),
        format!("{:.3}", (n * 1e3).floor() / 1e3).into_bytes(),
    ];
    for double in [n, n + 0.001, n + 0.0005] {
        all.push(double.to_le_bytes().to_vec());
        all.push(double.to_be_bytes().to_vec());
        let single = double as f32;
        for single in [single, single.next_up(), single.next_down()] {
            all.push(single.to_le_bytes().to_vec());
            all.push(single.to_be_bytes().to_vec());
        }
    }
    all
}

fn finds(bytes: &[u8], trace: &[u8]) -> bool {
    bytes.windows(trace.len()).any(|w| w == trace)
}

/// What is packed in a Parquet file, unpacked: every value, the statistics, and what it says of itself.
fn unpacked(bytes: &[u8], folder: &Path) -> Vec<u8> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let path = folder.join("x.parquet");
    std::fs::write(&path, bytes).unwrap();
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut all = format!("{:?}", reader.metadata()).into_bytes();
    fn put(all: &mut Vec<u8>, field: &Field) {
        match field {
            Field::Bytes(bytes) => all.extend(bytes.data()),
            Field::Double(n) => all.extend(n.to_le_bytes()),
            Field::Group(row) => row.get_column_iter().for_each(|(_, field)| put(all, field)),
            other => all.extend(other.to_string().into_bytes()),
        }
    }
    for row in reader.get_row_iter(None).unwrap() {
        for (_, field) in row.unwrap().get_column_iter() {
            put(&mut all, field);
        }
    }
    all.extend(bytes);
    all
}

#[test]
fn no_byte_of_a_public_file_tells_a_protected_place() {
    let house = protected();
    let folder = tempfile::tempdir().unwrap();
    for collection in Collection::ALL {
        for format in Format::ALL {
            let look = |viewer: &Viewer| {
                let (count, bytes) = file(&house.registry, viewer, collection, format);
                let bytes = match format {
                    Format::GeoParquet => unpacked(&bytes, folder.path()),
                    _ => bytes,
                };
                (count, bytes)
            };
            let (count, bytes) = look(&Viewer::Public);
            for (lon, lat) in [WITHHELD, GENERALISED] {
                for trace in [traces(lon), traces(lat)].concat() {
                    assert!(
                        !finds(&bytes, &trace),
                        "{collection:?} as {format:?} has {trace:?}"
                    );
                }
            }
            if collection == Collection::Sites {
                assert_eq!(count, 5);
                let shown = match format {
                    Format::Csv | Format::GeoJson | Format::GeoJsonSeq => b"46.7512".to_vec(),
                    _ => PUBLIC.0.to_le_bytes().to_vec(),
                };
                assert!(finds(&bytes, &shown), "{format:?} shows the open place");
                // The same look finds what members get, so it would find a leak.
                let (_, members) = look(&house.member());
                let found = traces(WITHHELD.0).iter().any(|t| finds(&members, t));
                assert!(found, "{format:?} gives members the place");
            }
        }
    }
}

#[test]
fn a_public_file_has_no_drafts_and_a_members_file_has() {
    let house = House::new();
    let party = house.party("Ministry", &[]);
    let site = house.site("Church");
    let seen: Id<Assessment> = house
        .by(&house.verifier, assessment(site, party, Grade::Severe))
        .into();
    house.by(
        &house.verifier,
        finding(
            &house.verifier,
            site,
            Conclusion::Damaged,
            vec![seen],
            Vec::new(),
        ),
    );
    for (collection, viewer, count) in [
        (Collection::Findings, Viewer::Public, 0),
        (Collection::Findings, house.member(), 1),
        (Collection::Assessments, Viewer::Public, 0),
        (Collection::Assessments, house.member(), 1),
        (Collection::Sites, Viewer::Public, 1),
    ] {
        let (written, bytes) = file(&house.registry, &viewer, collection, Format::GeoJson);
        assert_eq!(written, count, "{collection:?}");
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["features"].as_array().unwrap().len() as u64, count);
        assert_eq!(json["attribution"], "Test");
        assert!(json["checkpoint"].as_str().unwrap().starts_with("test-"));
    }
}

/// What is recorded while a collection is written is not in it, however late it is read.
#[test]
fn a_file_is_as_of_one_moment() {
    let house = House::new();
    let all: Vec<Record> = (0..1_500)
        .map(|n| {
            Record::new(
                stele_registry::clock::mint(),
                site(&format!("Site {n}"), None),
            )
        })
        .collect();
    house.registry.record(&house.recorder, all).unwrap();
    let (mut names, mut once) = (Vec::new(), true);
    house
        .registry
        .walk(&Viewer::Public, "en", |walk| {
            let before = walk.position()?;
            walk.each(Collection::Sites, &mut |feature| {
                names.push(feature.id);
                if std::mem::take(&mut once) {
                    house.site("Too late");
                }
                Ok(())
            })?;
            assert_eq!(walk.position()?, before);
            Ok(())
        })
        .unwrap();
    assert_eq!(names.len(), 1_500);
    let (count, _) = file(
        &house.registry,
        &Viewer::Public,
        Collection::Sites,
        Format::Csv,
    );
    assert_eq!(count, 1_501);
}

#[test]
fn who_stops_wanting_it_stops_the_writing_and_nothing_is_left() {
    let house = House::new();
    let all: Vec<Record> = (0..2_500)
        .map(|n| {
            Record::new(
                stele_registry::clock::mint(),
                site(&format!("Site {n}"), None),
            )
        })
        .collect();
    house.registry.record(&house.recorder, all).unwrap();
    let mut asked = 0;
    let stopped = house.registry.export(
        &Viewer::Public,
        Collection::Sites,
        Format::GeoPackage,
        "en",
        Box::new(io::sink()),
        &mut |_| {
            asked += 1;
            asked < 2
        },
    );
    assert!(matches!(stopped, Err(Refusal::Unreadable(_))));
    let tmp = house.folder.path().join("data/tmp");
    let files = walk_files(&tmp);
    assert!(files.iter().all(|f| f == "lock"), "{files:?}");
}

fn walk_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path().is_dir() {
            true => found.extend(walk_files(&entry.path())),
            false => found.push(entry.file_name().into_string().unwrap()),
        }
    }
    found
}

#[test]
fn a_file_takes_its_place_only_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sites.csv");
    std::fs::write(&path, "old").unwrap();
    let half = WholeFile::begin(&path).unwrap();
    half.file().unwrap().write_all(b"ne").unwrap();
    drop(half);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    let whole = WholeFile::begin(&path).unwrap();
    whole.file().unwrap().write_all(b"new").unwrap();
    assert_eq!(whole.finish().unwrap(), 3);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(walk_files(folder.path()), ["sites.csv"]);
}

fn take(house: &House) -> Manifest {
    match house
        .registry
        .take_snapshot(Pace::Full, &mut |_| true)
        .unwrap()
    {
        Taken::Made(manifest) => *manifest,
        Taken::Unchanged(name) => panic!("nothing new since {name}"),
    }
}

#[test]
fn a_snapshot_is_whole_public_and_true_to_its_manifest() {
    use sha2::{Digest, Sha256};
    let house = protected();
    let manifest = take(&house);
    assert_eq!(
        manifest.files.len(),
        Collection::ALL.len() * Format::ALL.len()
    );
    let folder = house
        .folder
        .path()
        .join("data/snapshots")
        .join(&manifest.name);
    for told in &manifest.files {
        let bytes = std::fs::read(folder.join(&told.name)).unwrap();
        assert_eq!(told.size_bytes, bytes.len() as u64, "{}", told.name);
        let sum: String = Sha256::digest(&bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(told.sha256, sum, "{}", told.name);
        assert!(
            !finds(&bytes, &WITHHELD.0.to_le_bytes()) && !finds(&bytes, b"45.318"),
            "{}",
            told.name
        );
    }
    let counts: BTreeMap<&str, u64> = manifest
        .files
        .iter()
        .map(|f| (f.collection.as_str(), f.count))
        .collect();
    assert_eq!(counts["sites"], 5);
    assert_eq!(counts["findings"], 3);
    assert!(manifest.checkpoint.is_some());
    let since: Position = manifest.position.parse().unwrap();
    let page = house.registry.changes(&Viewer::Public, &since, 10).unwrap();
    assert!(
        page.changes.is_empty() && !page.more,
        "the feed goes on behind the snapshot"
    );
    assert_eq!(
        house.registry.snapshots().unwrap(),
        std::slice::from_ref(&manifest)
    );
    assert_eq!(house.registry.snapshot("latest").unwrap(), manifest);
    let mut files = walk_files(&folder);
    files.sort();
    let mut told: Vec<String> = manifest
        .files
        .iter()
        .map(|f| f.name.clone())
        .chain(["manifest.json".into()])
        .collect();
    told.sort();
    assert_eq!(files, told, "and nothing besides");
}

#[test]
fn snapshots_of_a_day_stand_beside_each_other_and_old_ones_go() {
    let house = House::new();
    house.site("One");
    let first = take(&house);
    let again = house
        .registry
        .take_snapshot(Pace::Gentle, &mut |_| true)
        .unwrap();
    assert_eq!(
        again,
        Taken::Unchanged(first.name.clone()),
        "the night makes none where nothing is new"
    );
    house.site("Two");
    let second = match house
        .registry
        .take_snapshot(Pace::Gentle, &mut |_| true)
        .unwrap()
    {
        Taken::Made(manifest) => *manifest,
        other => panic!("{other:?}"),
    };
    assert_eq!(second.name, format!("{}-2", first.name));
    // What a killed process left, and what is no snapshot.
    let root = house.folder.path().join("data/snapshots");
    for left in [".making-abc", "2020-01-01", "notes"] {
        std::fs::create_dir(root.join(left)).unwrap();
        std::fs::write(root.join(left).join("sites.csv"), "half").unwrap();
    }
    let names = |house: &House| {
        house
            .registry
            .snapshots()
            .unwrap()
            .into_iter()
            .map(|m| m.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&house),
        [second.name.clone(), first.name.clone()],
        "half of one is none"
    );
    for n in 3..=8 {
        assert_eq!(take(&house).name, format!("{}-{n}", first.name));
    }
    assert_eq!(names(&house).len(), 7, "seven are kept");
    assert!(!root.join(&first.name).exists(), "the oldest is gone");
    assert!(!root.join(".making-abc").exists());
    assert!(root.join("notes").exists(), "what is not ours stays");
    for wrong in ["..", "../..", "2020-01-01", "latest/..", ""] {
        assert!(
            matches!(house.registry.snapshot(wrong), Err(Refusal::Missing(_))),
            "{wrong}"
        );
    }
    let last = house.registry.snapshot("latest").unwrap();
    assert!(house.registry.snapshot_file(&last, "../lock").is_err());
}

#[test]
fn one_snapshot_is_made_at_a_time() {
    let house = House::new();
    house.site("One");
    take(&house);
    let gate = std::fs::File::open(house.folder.path().join("data/snapshots/lock")).unwrap();
    gate.lock().unwrap();
    let refused = house.registry.take_snapshot(Pace::Full, &mut |_| true);
    assert!(matches!(refused, Err(Refusal::Busy(_))), "{refused:?}");
    drop(gate);
    take(&house);
}

#[test]
fn the_settings_say_when_how_many_and_on_what_terms() {
    let house = House::new();
    house.site("One");
    let path = house.folder.path().join("data/stele.toml");
    let settings = std::fs::read_to_string(&path).unwrap();
    let open = |more: &str| {
        std::fs::write(&path, format!("{settings}\n{more}")).unwrap();
        Registry::open(path.parent().unwrap(), None)
    };
    let registry = open("licence = \"https://creativecommons.org/licenses/by/4.0/\"\npublisher = \"Us\"\n[snapshots]\nkeep = 2\nat = \"23:59\"\n").unwrap();
    for _ in 0..3 {
        registry.take_snapshot(Pace::Full, &mut |_| true).unwrap();
    }
    let kept = registry.snapshots().unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(
        kept[0].licence.as_deref(),
        Some("https://creativecommons.org/licenses/by/4.0/")
    );
    assert_eq!(kept[0].attribution, "Us");
    assert_eq!(registry.snapshot_plan().at.to_string(), "23:59");
    for wrong in ["at = \"24:00\"", "at = \"2:00\"", "keep = 0", "nightly = 1"] {
        let refused = open(&format!("[snapshots]\n{wrong}\n"))
            .err()
            .unwrap()
            .to_string();
        assert!(refused.contains("stele.toml"), "{wrong}: {refused}");
    }
}
