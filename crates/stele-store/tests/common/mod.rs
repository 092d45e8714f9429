//! What the tests of the store share: a place on each engine, and records to put there.
#![allow(dead_code)] // each test binary uses a part

pub mod dossier;

use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use stele_ledger::{Entry, SigningKey, VerifierKey};
use stele_model::{AnyId, Hlc, Record, Revision, Stamp};
use stele_store::engine::Connection;
use stele_store::engine::{postgres::Postgres, sqlite::Sqlite};
use stele_store::{Fault, Place, Recorded, Store, StoreError, dump, log};

/// The log of the node under test.
pub const NODE: &str = "test-node";
/// A moment for the wall clock of tests, in milliseconds since 1970.
pub const NOON: u64 = 1_700_000_000_000;

/// A place for one store, gone when dropped.
pub struct Bench {
    pub place: Place,
    pub folder: tempfile::TempDir,
    server: Option<(String, String)>,
}

/// Runs each function named as one test per engine.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident)+) => { $(
        mod $name {
            #[test]
            fn on_sqlite() {
                super::$name(&$crate::common::Bench::sqlite());
            }
            #[test]
            fn on_postgres() {
                if let Some(bench) = $crate::common::Bench::postgres() {
                    super::$name(&bench);
                }
            }
        }
    )+ };
}

impl Bench {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::File(folder.path().join("stele.db"));
        Bench {
            place,
            folder,
            server: None,
        }
    }

    /// A database of its own on the server named by `STELE_TEST_POSTGRES`.
    pub fn postgres() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Some(url) = std::env::var("STELE_TEST_POSTGRES")
            .ok()
            .filter(|url| !url.is_empty())
        else {
            eprintln!(
                "skipped on PostgreSQL: set STELE_TEST_POSTGRES to a URL, such as `scripts/postgres start DIR` prints"
            );
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("stele_test_{}_{number}", std::process::id());
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .unwrap();
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let (server, _) = url
            .rsplit_once('/')
            .expect("a URL with a database at its end");
        let place = Place::Server(format!("{server}/{name}"));
        Some(Bench {
            place,
            folder: tempfile::tempdir().unwrap(),
            server: Some((url, name)),
        })
    }

    /// Where the copy of the checkpoint is kept.
    pub fn note(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    /// Opens the store, as often as wanted.
    pub fn open(&self) -> Store {
        self.try_open().unwrap()
    }

    pub fn try_open(&self) -> Result<Store, StoreError> {
        Store::open(self.place.clone(), key(), Some(&self.note()))
    }

    /// A connection beside the store's own.
    pub fn connection(&self) -> Box<dyn Connection> {
        match &self.place {
            Place::File(path) => Box::new(Sqlite::writer(path).unwrap()),
            Place::Server(url) => Box::new(Postgres::connect(url).unwrap()),
        }
    }

    pub fn is_postgres(&self) -> bool {
        self.server.is_some()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some((url, name)) = &self.server
            && let Ok(mut client) = postgres::Client::connect(url, postgres::NoTls)
        {
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

pub fn key() -> SigningKey {
    SigningKey::from_seed(NODE, &[7; 32]).unwrap()
}

pub fn verifier() -> VerifierKey {
    key().verifier().clone()
}

/// The id with this number; ids sort by their numbers.
pub fn id(n: u64) -> AnyId {
    AnyId::v7(NOON - 1_000_000 + n, [n as u8; 10])
}

/// A record from its JSON.
pub fn record(n: u64, kind: &str, data: Value) -> Record {
    Record::from_json(json!({"id": id(n), "type": kind, "data": data})).unwrap()
}

/// The same thing recorded anew, in knowledge of these stamps.
pub fn revised(mut record: Record, after: &[&Stamp]) -> Record {
    let after = after.iter().map(ToString::to_string).collect();
    record.revision = Some(Revision {
        reason: "a correction".into(),
        after,
        withdrawn: false,
    });
    record
}

/// The record taken back.
pub fn withdrawn(record: Record, after: &[&Stamp]) -> Record {
    let mut record = revised(record, after);
    record.revision.as_mut().unwrap().withdrawn = true;
    record
}

pub fn site(n: u64, name: &str, category: &str) -> Record {
    let names = json!([{"text": name, "lang": "en"}]);
    record(
        n,
        "site",
        json!({"kind": "place", "names": names, "category": category}),
    )
}

pub fn site_at(n: u64, lon: f64, lat: f64) -> Record {
    let point = json!({"geometry": {"type": "Point", "coordinates": [lon, lat]}});
    let names = json!([{"text": format!("place {n}"), "lang": "en"}]);
    record(
        n,
        "site",
        json!({"kind": "place", "names": names, "category": "bridge", "location": point}),
    )
}

pub fn party(n: u64, name: &str) -> Record {
    record(
        n,
        "party",
        json!({"names": [{"text": name, "lang": "en"}], "kind": "state"}),
    )
}

pub fn source(n: u64, publisher: u64, title: &str, published: &str) -> Record {
    let data = json!({"title": title, "kind": "report", "publisher": id(publisher), "published": published});
    record(n, "source", data)
}

pub fn claim(n: u64, party: u64, source: u64, subject: Value, words: &str) -> Record {
    let data = json!({"party": id(party), "source": id(source), "subject": subject, "predicate": "damaged", "words": words});
    record(n, "claim", data)
}

/// Appends one entry at noon and the number of its first record, so that clocks step.
pub fn append(store: &Store, records: Vec<Record>) -> Recorded {
    try_append(store, records).unwrap()
}

pub fn try_append(store: &Store, records: Vec<Record>) -> Result<Recorded, StoreError> {
    store.write(move |w| w.append("ana", NOON, &records))
}

/// The bytes of an entry that another node wrote.
pub fn foreign(node: &str, seq: u64, at_ms: u64, records: &[Record]) -> Vec<u8> {
    let at = Hlc {
        unix_ms: at_ms,
        count: 0,
    }
    .to_string();
    Entry::new(
        node,
        seq,
        at,
        "ben",
        records.iter().map(Record::to_json).collect(),
    )
    .to_bytes()
    .unwrap()
}

pub fn canonical(c: &mut dyn Connection) -> String {
    let mut out = Vec::new();
    dump::dump(c, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub fn canonical_of(store: &Store) -> String {
    store
        .with_reader(|c| Ok::<_, StoreError>(canonical(c)))
        .unwrap()
}

/// What an audit of this node's log finds, the copy of the checkpoint included.
pub fn faults(bench: &Bench, store: &Store) -> Vec<Fault> {
    let outside: Vec<String> = std::fs::read_to_string(bench.note())
        .ok()
        .into_iter()
        .collect();
    store
        .with_reader(|c| log::audit(c, NODE, &[verifier()], &outside, &mut |_, _| {}))
        .unwrap()
        .1
}

/// Nothing is wrong: entries, tree, checkpoints, state.
pub fn assert_sound(bench: &Bench, store: &Store) {
    assert_eq!(faults(bench, store), []);
    assert_eq!(difference(bench, store), None);
}

/// What the state has and the log does not make, or the other way about.
pub fn difference(bench: &Bench, store: &Store) -> Option<String> {
    let folder = bench.note().parent().unwrap().to_path_buf();
    let found = store.with_reader(|c| dump::compare(c, &folder)).unwrap();
    let left = std::fs::read_dir(&folder).unwrap().flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("verify-"));
    assert_eq!(left.count(), 0, "what was computed anew is gone");
    found
}
