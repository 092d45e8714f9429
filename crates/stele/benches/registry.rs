//! What a registry does per second, and how long its pages take: `cargo bench -p stele`.
//!
//! Arguments after `--`: `small` for a quick run, `pages` for the pages only. Set `STELE_TEST_POSTGRES` to a URL to run on
//! PostgreSQL as well. Prints one line per figure; `benches/README.md` keeps the measured ones.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use stele_model::*;
use stele_registry::clock::mint;
use stele_registry::intake::Known;
use stele_registry::{Account, Registry};

fn main() {
    let small = std::env::args().any(|a| a == "small");
    let scale = if small { 100 } else { 1 };
    on("SQLite", None, scale);
    if let Ok(url) = std::env::var("STELE_TEST_POSTGRES") {
        on("PostgreSQL", Some(url), scale);
    }
}

fn on(engine: &str, server: Option<String>, scale: usize) {
    println!("# {engine}");
    let folder = tempfile::tempdir().unwrap();
    let mut made = 0;
    let mut open = || {
        made += 1;
        let path = folder.path().join(format!("r{made}"));
        let database = server.as_ref().map(|url| database(url, made));
        let (registry, token) =
            Registry::create(&path, "Bench", "a@b.example", database.as_deref()).unwrap();
        let actor = registry.redeem(token.text(), "long enough").unwrap().0;
        (registry, actor)
    };
    if !std::env::args().any(|a| a == "pages") {
        appending(open(), 20_000 / scale);
        articles(open(), 1_000 / scale);
    }
    if !std::env::args().any(|a| a == "articles") {
        overview(open(), 100_000 / scale);
    }
}

/// A database of its own on the server.
fn database(url: &str, n: usize) -> String {
    let name = format!("stele_bench_{}_{n}", std::process::id());
    let status = std::process::Command::new("psql")
        .args(["-q", url, "-c", &format!("CREATE DATABASE {name}")])
        .status()
        .unwrap();
    assert!(status.success(), "psql could not make a database");
    format!("{}/{name}", url.rsplit_once('/').unwrap().0)
}

fn party(n: usize) -> Record {
    let names = vec![Name::new(format!("Party {n}"), "en")];
    Record::new(
        mint(),
        Party {
            names,
            kind: PartyKind::Other,
            country: None,
            belongs_to: Vec::new(),
            independent_of: Vec::new(),
            note: None,
        },
    )
}

fn rate(what: &str, n: usize, took: Duration) {
    println!(
        "{what}: {:.0}/s ({n} in {:.2} s)",
        n as f64 / took.as_secs_f64(),
        took.as_secs_f64()
    );
}

fn appending((registry, actor): (Registry, Account), n: usize) {
    let acts = n / 10;
    let start = Instant::now();
    for k in 0..acts {
        registry.record(&actor, vec![party(k)]).unwrap();
    }
    rate(
        "acts of one record, one writer after another",
        acts,
        start.elapsed(),
    );
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (registry, actor) = (&registry, &actor);
            scope.spawn(move || {
                (0..acts / 8).for_each(|k| {
                    drop(
                        registry
                            .record(actor, vec![party(thread * acts + k)])
                            .unwrap(),
                    )
                })
            });
        }
    });
    rate(
        "acts of one record, eight people at once",
        acts / 8 * 8,
        start.elapsed(),
    );
    let start = Instant::now();
    for chunk in 0..n.div_ceil(1_000) {
        let size = n.min(1_000);
        registry
            .record(
                &actor,
                (0..size).map(|k| party(chunk * 1_000 + k)).collect(),
            )
            .unwrap();
    }
    rate(
        "records in acts of a thousand",
        n.div_ceil(1_000) * n.min(1_000),
        start.elapsed(),
    );
    let start = Instant::now();
    let found = registry.verify(&[], &mut |_, _| {}).unwrap();
    assert!(found.ok);
    let records = acts + acts / 8 * 8 + n.div_ceil(1_000) * n.min(1_000);
    rate(
        "verify: entries, proofs, files and the whole state, in records",
        records,
        start.elapsed(),
    );
    let start = Instant::now();
    registry.rebuild().unwrap();
    rate("rebuild, in records", records, start.elapsed());
}

fn articles((registry, actor): (Registry, Account), n: usize) {
    let text = |k: usize| {
        format!(
            "Heritage report {k}\n{} May 2023\n\nThe Sudanese Ministry of Culture said that {} museums with more than {} artefacts and {} libraries were damaged. The House Museum number {k} in Omdurman was destroyed, the ministry said.\n\nUNESCO said it had verified damage to {} sites: {} religious sites and {} monuments. Sudan invited a UNESCO mission. Sudan said that it was awaiting a response from UNESCO.\n\nReport {k} was written in district {k} by the reporter of that place, who saw {k} streets.\n",
            k % 28 + 1,
            100 + k,
            20_000 + k,
            300 + k,
            500 + k,
            101 + k,
            201 + k
        )
    };
    let texts: Vec<String> = (0..n).map(text).collect();
    let start = Instant::now();
    let mut proposals = 0;
    for text in &texts {
        proposals += stele_formats::propose(&stele_formats::read(text.as_bytes()).unwrap()).len();
    }
    rate("articles read and proposed from", n, start.elapsed());
    let start = Instant::now();
    let mut proposing = Duration::ZERO;
    for text in &texts {
        let begun = Instant::now();
        let known = Known {
            publisher: Some("The Paper".into()),
            ..Known::default()
        };
        let intake = registry.preview(text.as_bytes(), "a.txt", known).unwrap();
        proposing += begun.elapsed();
        registry.keep_file(&actor, text.as_bytes()).unwrap();
        registry.accept_all(&actor, intake).unwrap();
    }
    rate(
        &format!("articles read in and recorded ({proposals} proposals)"),
        n,
        start.elapsed(),
    );
    println!(
        "  of it, finding copies and earlier statements: {:.2} s",
        proposing.as_secs_f64()
    );
}

fn overview((registry, actor): (Registry, Account), claims: usize) {
    let parties: Vec<Record> = (0..200).map(party).collect();
    let ids: Vec<Id<Party>> = parties.iter().map(|p| p.id.into()).collect();
    let source = Record::new(
        mint(),
        Source {
            title: "List".into(),
            kind: SourceKind::List,
            publisher: ids[0],
            author: None,
            language: None,
            published: None,
            url: None,
            retrieved: None,
            archived: None,
            text: None,
            quotes_only: Vec::new(),
        },
    );
    let in_source: Id<Source> = source.id.into();
    registry
        .record(&actor, parties.into_iter().chain([source]).collect())
        .unwrap();
    let start = Instant::now();
    for chunk in 0..claims.div_ceil(1_000) {
        let mut records = Vec::new();
        for k in 0..claims.min(1_000) {
            let n = chunk * 1_000 + k;
            let subject = if n % 10 == 0 {
                let aggregate = Record::new(
                    mint(),
                    Aggregate {
                        category: Category::Library,
                        count: Quantity::exactly(n as u64 + 2),
                        holdings: Vec::new(),
                        areas: Vec::new(),
                        words: None,
                        part_of: None,
                        listed: None,
                    },
                );
                records.push(aggregate.clone());
                Subject::Aggregate(aggregate.id.into())
            } else {
                let place = Location::point(
                    20.0 + (n % 3000) as f64 / 100.0,
                    10.0 + (n / 3000) as f64 / 10.0,
                )
                .unwrap();
                let site = Record::new(
                    mint(),
                    Site {
                        kind: SiteKind::Place,
                        names: vec![Name::new(format!("Church {n}"), "en")],
                        category: Category::Church,
                        areas: Vec::new(),
                        location: Some(place),
                        holdings: Vec::new(),
                        identifiers: Vec::new(),
                        made: None,
                        description: None,
                        article1: None,
                        listed: None,
                        fields: Vec::new(),
                    },
                );
                records.push(site.clone());
                Subject::Site(site.id.into())
            };
            records.push(Record::new(
                mint(),
                Claim {
                    party: ids[n % 200],
                    source: in_source,
                    passage: None,
                    subject,
                    predicate: Predicate::Damaged,
                    words: format!("claim {n}"),
                    stated: None,
                    event: None,
                    scope: Scope::default(),
                    asserted_cause: None,
                    asserted_perpetrator: None,
                    asserted_characterisation: None,
                },
            ));
        }
        registry.record(&actor, records).unwrap();
    }
    rate(
        "claims recorded, each with its subject",
        claims,
        start.elapsed(),
    );
    pages(registry, claims);
}

fn pages(registry: Registry, claims: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(stele_server::serve(
        registry,
        listener,
        stele_server::serving::Limits::default(),
        std::future::pending(),
    ));
    for path in ["/", "/claims", "/sites", "/search?q=church+4711"] {
        let mut took: Vec<Duration> = (0..400)
            .map(|_| {
                let start = Instant::now();
                let mut stream = TcpStream::connect(address).unwrap();
                stream
                    .write_all(
                        format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                            .as_bytes(),
                    )
                    .unwrap();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).unwrap();
                assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}");
                start.elapsed()
            })
            .collect();
        took.sort();
        let ms = |at: usize| took[at].as_secs_f64() * 1000.0;
        println!(
            "GET {path} with {claims} claims: p50 {:.1} ms, p99 {:.1} ms",
            ms(200),
            ms(396)
        );
    }
}
