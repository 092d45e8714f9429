//! How long a search takes and how often it finds:
//! `cargo bench -p stele --bench search -- [N] [FILE.csv] [FOLDER]`.
//!
//! Records N sites (100,000 when left out), then asks for some of them by a name as it is recorded, by
//! one broken off in its last word, by one with a slip in a word, and by one in a script that is not
//! recorded for the site. The names come from FILE (columns `name`, `name_az`, `name_hy`, `name_ru`,
//! `name_ka`, `name_fa`) or are made up (`-`). Beside it: SQLite's own trigram index on the same names.
//! With FOLDER the registry and the questions are kept there, and asked again the next time; a registry
//! that `stele import` made of FILE may stand there as `r`, it is corrected for the questions.
//!
//! A question that names another site just as well is counted apart: there the right one cannot be told.

#![allow(clippy::unwrap_used)]

use asked::{Asked, Way};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use stele_model::*;
use stele_registry::clock::mint;
use stele_registry::{Registry, SearchQuery, Viewer};

mod asked;
mod made_up;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sites asked for.
const ASKED: usize = 2_000;
/// The time a large registry is given to read its lists.
const READING: Duration = Duration::from_secs(15);
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
    let list = args.get(1).filter(|path| *path != "-").cloned();
    let rows = || -> Box<dyn Iterator<Item = Row>> {
        match &list {
            Some(path) => Box::new(read(path.clone()).take(n)),
            None => Box::new(made_up::sites(n)),
        }
    };
    let passing = tempfile::tempdir().unwrap();
    let kept = args.get(2).map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(passing.path());
    let (registry, mut asked) = match asked::load(folder) {
        Some(asked) => (Registry::open(&folder.join("r"), None).unwrap(), asked),
        None if folder.join("r").exists() => ask_of(folder, n, &rows),
        None => fill(folder, n, &rows),
    };
    asked::share(&mut asked, rows());
    let viewer = Viewer::Public;
    let start = Instant::now();
    registry.suggest(&viewer, "a", 5, "en").unwrap();
    println!(
        "first search, reading the vocabulary: {:.0} ms",
        ms(start.elapsed())
    );
    // A large registry's lists are read on a thread of their own; until then the engine's index answers.
    let (reading, mut times) = (Instant::now(), Vec::new());
    for one in asked.iter().cycle() {
        times.push(timed(|| registry.suggest(&viewer, one.exact(), 5, "en").unwrap()).1);
        if reading.elapsed() > READING {
            break;
        }
    }
    report_times("in the first seconds", &mut times);
    for way in Way::ALL {
        ask(&registry, &asked, way);
    }
    let mut times = Vec::new();
    for one in asked.iter().take(200) {
        let query = SearchQuery::words(one.text(Way::Short).unwrap_or(one.exact()));
        times.push(timed(|| registry.search(&viewer, &query, 30, "en").unwrap()).1);
    }
    report_times("a page of hits with its counts", &mut times);
    for text in ["church", "mosque baku", "ba", "library no 5"] {
        let query = SearchQuery::words(text);
        let (found, took) = timed(|| registry.search(&viewer, &query, 30, "en").unwrap());
        println!(
            "counting “{text}”: {:.1} ms for {}{}",
            ms(took.wall),
            found.total,
            if found.cut { "+" } else { "" }
        );
        let (_, took) = timed(|| registry.suggest(&viewer, text, 5, "en").unwrap());
        println!("suggesting “{text}”: {:.1} ms", ms(took.wall));
    }
    let trigrams = folder.join("trigrams.db");
    if trigrams.exists() {
        Trigrams::open(&trigrams).compare(&asked);
    }
}

/// Asks every question of one way, and reports.
fn ask(registry: &Registry, asked: &[Asked], way: Way) {
    let told = std::env::var("STELE_BENCH_MISSES").is_ok();
    let mut times = Vec::new();
    // Of all, and of those that name one site only.
    let (mut first, mut in_five) = ([0; 2], [0; 2]);
    let mut single = 0;
    for one in asked {
        let Some(text) = one.text(way) else { continue };
        let (found, took) = timed(|| registry.suggest(&Viewer::Public, text, 5, "en").unwrap());
        times.push(took);
        let is_single = !one.is_shared(way);
        single += usize::from(is_single);
        let hit = found.iter().position(|f| f.id == one.id);
        for of in 0..=usize::from(is_single) {
            first[of] += usize::from(hit == Some(0));
            in_five[of] += usize::from(hit.is_some());
        }
        if told && hit.is_none() {
            let titles: Vec<&str> = found.iter().map(|f| f.title.as_str()).collect();
            let shared = if is_single { "" } else { " (shared)" };
            println!(
                "  missed{shared}: {text} | {} -> {titles:?}",
                one.recorded()
            );
        }
    }
    let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
    let all = times.len();
    println!(
        "{way}: right one first {:.1} %, in the first five {:.1} % of {all}; {} name other sites as well, of the rest first {:.1} %, in the first five {:.1} %",
        share(first[0], all),
        share(in_five[0], all),
        all - single,
        share(first[1], single),
        share(in_five[1], single),
    );
    report_times(&way.to_string(), &mut times);
}

/// Takes the questions of a registry that has the list already: sites that one name alone leads to, the
/// name in another script taken out by a correction.
fn ask_of(
    folder: &Path,
    n: usize,
    rows: &dyn Fn() -> Box<dyn Iterator<Item = Row>>,
) -> (Registry, Vec<Asked>) {
    let registry = Registry::open(&folder.join("r"), None).unwrap();
    let role = stele_registry::AccountRole::Administrator;
    let (_, token) = registry
        .invite("bench@b.example", "Bench", role, None)
        .unwrap();
    let actor = registry.redeem(token.text(), "long enough").unwrap().0;
    let member = Viewer::Member(actor.clone());
    let mut random = made_up::Random(42);
    let (mut asked, mut corrected) = (Vec::new(), Vec::new());
    for (number, mut row) in rows().enumerate() {
        if number % (n / ASKED).max(1) != 0 || row.names.len() < 2 {
            continue;
        }
        let mut one = Asked::of(mint(), number, &mut row, &mut random);
        let kind = Some(Kind::Site);
        let Ok(id) = registry.resolve(&member, kind, one.exact()).unwrap() else {
            continue;
        };
        one.id = id;
        if let Some(out) = one.out() {
            let after = vec![registry.get(&member, id).unwrap().stamp];
            let mut record = registry.whole(&member, id).unwrap();
            if let Body::Site(site) = &mut record.body {
                site.names.retain(|name| name.text != out);
            }
            record.revision = Some(Revision {
                reason: "Asked for by this name.".into(),
                after,
                withdrawn: false,
            });
            corrected.push(record);
        }
        asked.push(one);
    }
    for batch in corrected.chunks(200) {
        registry.record(&actor, batch.to_vec()).unwrap();
    }
    asked::keep(folder, &asked);
    (registry, asked)
}

/// Records the list, and keeps what is asked of it.
fn fill(
    folder: &Path,
    n: usize,
    rows: &dyn Fn() -> Box<dyn Iterator<Item = Row>>,
) -> (Registry, Vec<Asked>) {
    let server = std::env::var("STELE_BENCH_POSTGRES").ok();
    let (registry, token) =
        Registry::create(&folder.join("r"), "Bench", "a@b.example", server.as_deref()).unwrap();
    let actor = registry.redeem(token.text(), "long enough").unwrap().0;
    let trigrams = std::env::var("STELE_BENCH_ALONE")
        .is_err()
        .then(|| Trigrams::create(&folder.join("trigrams.db")));

    let mut asked: Vec<Asked> = Vec::new();
    let mut random = made_up::Random(42);
    let (mut batch, mut count, mut names) = (Vec::new(), 0, 0);
    let mut recording = Duration::ZERO;
    for mut row in rows() {
        let id = mint();
        if count % (n / ASKED).max(1) == 0 && row.names.len() > 1 {
            asked.push(Asked::of(id, count, &mut row, &mut random));
        }
        count += 1;
        names += row.names.len();
        if let Some(trigrams) = &trigrams {
            trigrams.add(count, &row);
        }
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
    if let Some(trigrams) = trigrams {
        trigrams.0.execute_batch("COMMIT").unwrap();
    }
    asked::keep(folder, &asked);
    (registry, asked)
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

fn read(path: String) -> impl Iterator<Item = Row> {
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

/// How long something took: on the wall, and of this thread's processor time, which others do not lengthen.
struct Took {
    wall: Duration,
    processor: Duration,
}

fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Runs, and says how long it took.
fn timed<T>(run: impl FnOnce() -> T) -> (T, Took) {
    let (start, worked) = (Instant::now(), processor_time());
    let done = run();
    let (wall, processor) = (start.elapsed(), processor_time() - worked);
    (done, Took { wall, processor })
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

fn report_times(what: &str, times: &mut [Took]) {
    let quantiles = |of: fn(&Took) -> Duration| {
        let mut all: Vec<Duration> = times.iter().map(of).collect();
        all.sort_unstable();
        let at = |share: usize| ms(all[(all.len() * share / 100).min(all.len() - 1)]);
        (at(50), at(99))
    };
    let (wall, processor) = (quantiles(|t| t.wall), quantiles(|t| t.processor));
    println!(
        "{what}: p50 {:.2} ms, p99 {:.2} ms; processor time p50 {:.2} ms, p99 {:.2} ms",
        wall.0, wall.1, processor.0, processor.1
    );
}

/// SQLite's trigram index on the same names, asked for any of the query's trigrams, ranked by bm25.
struct Trigrams(rusqlite::Connection);

impl Trigrams {
    fn open(path: &Path) -> Trigrams {
        Trigrams(rusqlite::Connection::open(path).unwrap())
    }

    fn create(path: &Path) -> Trigrams {
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
        let mut times = Vec::new();
        for text in asked
            .iter()
            .filter_map(|a| a.text(Way::Slip))
            .take(COMPARED)
        {
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
