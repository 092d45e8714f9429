//! How long a search takes and how often it finds: `cargo bench -p stele --bench search -- [N] [FILE.csv]`.
//!
//! Records N sites (100,000 when left out), then asks for some of them by a name as it is recorded, by
//! one broken off in its last word, by one with a slip in a word, and by one in a script that is not
//! recorded for the site. The names come from FILE (columns `name`, `name_az`, `name_hy`, `name_ru`,
//! `name_ka`, `name_fa`) or are made up. Beside it: SQLite's own trigram index on the same names.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::time::{Duration, Instant};
use stele_match::sound::Script;
use stele_model::*;
use stele_registry::clock::mint;
use stele_registry::{Registry, SearchQuery, Viewer};

mod made_up;

/// Sites asked for.
const ASKED: usize = 2_000;
/// Queries put to the trigram index, which is slow.
const COMPARED: usize = 60;
const LANGS: [&str; 6] = ["en", "az", "hy", "ru", "ka", "fa"];

/// A site of the list.
pub struct Row {
    /// Its names by language.
    pub names: Vec<(&'static str, String)>,
    /// What it is.
    pub category: Category,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let n: usize = args.first().and_then(|a| a.parse().ok()).unwrap_or(100_000);
    let rows: Box<dyn Iterator<Item = Row>> = match args.get(1) {
        Some(path) => Box::new(read(path)),
        None => Box::new(made_up::sites(n)),
    };
    let folder = tempfile::tempdir().unwrap();
    let server = std::env::var("STELE_BENCH_POSTGRES").ok();
    let (registry, token) = Registry::create(
        &folder.path().join("r"),
        "Bench",
        "a@b.example",
        server.as_deref(),
    )
    .unwrap();
    let actor = registry.redeem(token.text(), "long enough").unwrap().0;
    let trigrams = Trigrams::create(&folder.path().join("trigrams.db"));

    let mut asked: Vec<Asked> = Vec::new();
    let mut random = made_up::Random(42);
    let (mut batch, mut count, mut names) = (Vec::new(), 0, 0);
    let mut recording = Duration::ZERO;
    for mut row in rows.take(n) {
        let id = mint();
        if count % (n / ASKED).max(1) == 0 && row.names.len() > 1 {
            asked.push(Asked::of(id, &mut row, &mut random));
        }
        count += 1;
        names += row.names.len();
        trigrams.add(count, &row);
        batch.push(Record::new(id, site(row)));
        if batch.len() == 5_000 {
            let start = Instant::now();
            registry.record(&actor, std::mem::take(&mut batch)).unwrap();
            recording += start.elapsed();
        }
    }
    let start = Instant::now();
    if !batch.is_empty() {
        registry.record(&actor, batch).unwrap();
    }
    recording += start.elapsed();
    println!("sites {count}, names {names}");
    println!(
        "recorded, with ledger and every index: {:.0} sites/s",
        f64::from(count as u32) / recording.as_secs_f64()
    );
    let viewer = Viewer::Public;
    let start = Instant::now();
    registry.suggest(&viewer, "a", 5, "en").unwrap();
    println!(
        "first search, reading the vocabulary: {:.0} ms",
        ms(start.elapsed())
    );

    for (what, text) in [
        (
            "as recorded",
            (|a| Some(&a.exact)) as fn(&Asked) -> Option<&String>,
        ),
        ("last word unfinished", |a| Some(&a.prefix)),
        ("one slip", |a| a.typo.as_ref()),
        ("two slips", |a| a.typos.as_ref()),
        ("a script not recorded", |a| a.other.as_ref()),
        ("without its kind, one slip", |a| a.short.as_ref()),
    ] {
        let mut times = Vec::new();
        let (mut first, mut in_five) = (0, 0);
        for (text, id) in asked.iter().filter_map(|a| Some((text(a)?, a.id))) {
            let (found, took) = timed(|| registry.suggest(&viewer, text, 5, "en").unwrap());
            times.push(took);
            first += usize::from(found.first().is_some_and(|f| f.id == id));
            let hit = found.iter().any(|f| f.id == id);
            in_five += usize::from(hit);
            if !hit && std::env::var("STELE_BENCH_MISSES").is_ok() {
                let titles: Vec<&str> = found.iter().map(|f| f.title.as_str()).collect();
                println!("  missed: {text} -> {titles:?}");
            }
        }
        report(what, &mut times, first, in_five);
    }
    let mut times = Vec::new();
    for one in asked.iter().take(200) {
        let query = SearchQuery::words(one.short.as_ref().unwrap_or(&one.exact));
        times.push(timed(|| registry.search(&viewer, &query, 30, "en").unwrap()).1);
    }
    report_times("a page of hits with its counts", &mut times);
    for text in ["church", "mosque baku", "ba", "library no 5"] {
        let query = SearchQuery::words(text);
        let (found, took) = timed(|| registry.search(&viewer, &query, 30, "en").unwrap());
        println!(
            "counting “{text}”: {:.1} ms for {}{}",
            ms(took),
            found.total,
            if found.cut { "+" } else { "" }
        );
        let (_, took) = timed(|| registry.suggest(&viewer, text, 5, "en").unwrap());
        println!("suggesting “{text}”: {:.1} ms", ms(took));
    }
    trigrams.compare(&asked);
}

/// A site asked for, in several ways.
struct Asked {
    id: AnyId,
    exact: String,
    prefix: String,
    typo: Option<String>,
    typos: Option<String>,
    other: Option<String>,
    short: Option<String>,
}

impl Asked {
    /// Takes one name out of the row, where it is the only one in its script.
    fn of(id: AnyId, row: &mut Row, random: &mut made_up::Random) -> Asked {
        let script = |name: &str| name.chars().find_map(Script::of);
        let out = random.below(row.names.len());
        let alone = {
            let scripts: Vec<_> = row.names.iter().map(|(_, name)| script(name)).collect();
            scripts.iter().filter(|s| **s == scripts[out]).count() == 1
        };
        let other = alone.then(|| row.names.remove(out).1);
        let exact = row.names[random.below(row.names.len())].1.clone();
        let letters: Vec<char> = exact.chars().collect();
        let last = letters
            .iter()
            .rposition(|c| !c.is_alphanumeric())
            .map_or(0, |at| at + 1);
        let keep = last + (letters.len() - last).div_ceil(2);
        let prefix = letters[..keep].iter().collect();
        let typo = slip(&exact, random);
        let typos = typo.as_ref().and_then(|once| slip(once, random));
        // What a person remembers of it: all but the words for its kind.
        let short = typo.as_ref().map(|name| {
            let mut words = stele_match::tokens(name);
            words.retain(|word| stele_match::generic::generic(word).is_none());
            words.join(" ")
        });
        Asked {
            id,
            exact,
            prefix,
            typo,
            typos,
            other,
            short,
        }
    }
}

/// The name with a letter left out, doubled, exchanged with its neighbour or another in its place, in
/// a word of five letters or more.
fn slip(name: &str, random: &mut made_up::Random) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    let mut inner = Vec::new();
    let mut from = 0;
    for at in 0..=letters.len() {
        if at == letters.len() || !letters[at].is_alphabetic() {
            if at - from >= 5 {
                inner.extend(from + 1..at - 1);
            }
            from = at + 1;
        }
    }
    let at = *inner.get(random.below(inner.len().max(1)))?;
    match random.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters.swap(at, at + 1),
        _ => letters[at] = letters[*inner.get(random.below(inner.len()))?],
    }
    Some(letters.into_iter().collect())
}

fn site(row: Row) -> Site {
    Site {
        kind: SiteKind::Place,
        names: row
            .names
            .into_iter()
            .map(|(lang, name)| Name::new(name, lang))
            .collect(),
        category: row.category,
        areas: Vec::new(),
        location: Location::point(row.lon, row.lat).ok(),
        holdings: Vec::new(),
        identifiers: Vec::new(),
        made: None,
        description: None,
        article1: None,
        listed: None,
        fields: Vec::new(),
    }
}

fn read(path: &str) -> impl Iterator<Item = Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader.headers().unwrap().clone();
    let column = move |name: &str| head.iter().position(|h| h == name).unwrap();
    let names = LANGS.map(|lang| match lang {
        "en" => column("name"),
        other => column(&format!("name_{other}")),
    });
    let (category, lon, lat) = (column("category"), column("lon"), column("lat"));
    reader.into_records().map(move |row| {
        let row = row.unwrap();
        Row {
            names: LANGS
                .iter()
                .zip(names)
                .filter(|(_, at)| !row[*at].is_empty())
                .map(|(lang, at)| (*lang, row[at].to_owned()))
                .collect(),
            category: Category::from_id(&row[category].replace(' ', "_"))
                .unwrap_or(Category::CulturalProperty),
            lon: row[lon].parse().unwrap(),
            lat: row[lat].parse().unwrap(),
        }
    })
}

/// Runs, and says how long it took.
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = run();
    (done, start.elapsed())
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

fn report(what: &str, times: &mut [Duration], first: usize, in_five: usize) {
    let share = |n: usize| 100.0 * n as f64 / times.len().max(1) as f64;
    println!(
        "{what}: right one first {:.1} %, in the first five {:.1} % of {}",
        share(first),
        share(in_five),
        times.len()
    );
    report_times(what, times);
}

fn report_times(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| ms(times[(times.len() * share / 100).min(times.len() - 1)]);
    println!("{what}: p50 {:.2} ms, p99 {:.2} ms", at(50), at(99));
}

/// SQLite's trigram index on the same names, asked for any of the query's trigrams, ranked by bm25.
struct Trigrams(rusqlite::Connection);

impl Trigrams {
    fn create(path: &std::path::Path) -> Trigrams {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE VIRTUAL TABLE t USING fts5(name, tokenize = 'trigram', detail = none); BEGIN")
            .unwrap();
        Trigrams(connection)
    }

    fn add(&self, n: usize, row: &Row) {
        let names: Vec<&str> = row.names.iter().map(|(_, name)| name.as_str()).collect();
        self.0
            .prepare_cached("INSERT INTO t (rowid, name) VALUES (?1, ?2)")
            .unwrap()
            .execute((n as i64, names.join(" ; ")))
            .unwrap();
    }

    fn compare(&self, asked: &[Asked]) {
        self.0.execute_batch("COMMIT").unwrap();
        let mut times = Vec::new();
        for text in asked.iter().filter_map(|a| a.typo.as_ref()).take(COMPARED) {
            let letters: Vec<char> = text.to_lowercase().replace('"', "").chars().collect();
            let grams: HashSet<String> = letters
                .windows(3)
                .map(|w| format!("\"{}\"", w.iter().collect::<String>()))
                .collect();
            let query = grams.into_iter().collect::<Vec<_>>().join(" OR ");
            let mut statement = self
                .0
                .prepare_cached("SELECT rowid FROM t WHERE t MATCH ?1 ORDER BY rank LIMIT 5")
                .unwrap();
            let ask = || {
                let found = statement.query_map([query], |row| row.get::<_, i64>(0));
                found.unwrap().count()
            };
            let (found, took) = timed(ask);
            assert!(found <= 5);
            times.push(took);
        }
        report_times("beside it, FTS5 trigrams, one slip", &mut times);
    }
}
