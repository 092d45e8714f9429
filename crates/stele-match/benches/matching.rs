//! How well and how fast lists with known truth are matched: `cargo bench -p stele-match`.
//!
//! Each folder of `STELE_MATCH_LISTS` (parted by `:`) holds an `inventory.csv` and a `claims.csv`
//! whose column `truth` is the id of the right place, or nothing; the columns are those of
//! `benches/matching-peers`, which also runs the peers. `STELE_MATCH_BY=script` adds a line for each
//! value of that column of the claims. `STELE_MATCH_MISSED=FILE` writes the claims whose first
//! candidate is not the right one, with what was found instead. Claims are parted into two halves by a
//! hash of their id: rules are tuned on the first and judged on the second.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;
use stele_match::{Entry, Linked, Options, Spot, curve, link};

type Row = HashMap<String, String>;
type Done = Result<(), Box<dyn std::error::Error>>;

fn main() -> Done {
    let lists = std::env::var("STELE_MATCH_LISTS").unwrap_or_default();
    let folders: Vec<&str> = lists
        .split(':')
        .filter(|folder| !folder.is_empty())
        .collect();
    if folders.is_empty() {
        println!(
            "matching: no lists; set STELE_MATCH_LISTS to folders with inventory.csv and claims.csv"
        );
    }
    folders
        .into_iter()
        .try_for_each(|folder| measure(Path::new(folder)))
}

fn measure(folder: &Path) -> Done {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let (inventory, places) = read(&folder.join("inventory.csv"))?;
    let (claims, rows) = read(&folder.join("claims.csv"))?;
    let (started, worked) = (Instant::now(), cpu_seconds());
    let linked = link(&inventory, &claims, &Options::default());
    let (seconds, worked) = (started.elapsed().as_secs_f64(), cpu_seconds() - worked);
    let truth: Vec<Option<&str>> = rows
        .iter()
        .map(|row| {
            row.get("truth")
                .map(String::as_str)
                .filter(|truth| !truth.is_empty())
        })
        .collect();
    let right = |k: usize, rank: usize| {
        let found = linked[k].candidates.get(rank);
        truth[k].is_some()
            && found.is_some_and(|c| Some(places[c.place]["id"].as_str()) == truth[k])
    };
    let positive = truth.iter().flatten().count().max(1) as f64;
    let among = |ranks: usize| {
        let found = (0..claims.len()).filter(|k| (0..ranks).any(|rank| right(*k, rank)));
        found.count() as f64 / positive
    };
    let (f1, at_f1) = best_f1(&linked, positive, |k| right(k, 0));
    let firsts = linked
        .iter()
        .filter_map(|l| Some(l.candidates.first()?.probability));
    let (_, thresholds) = curve(firsts, &[]);
    let accepted: Vec<usize> = (0..claims.len())
        .filter(|k| {
            linked[*k]
                .candidates
                .first()
                .is_some_and(|c| c.probability >= thresholds.automatic)
        })
        .collect();
    let hits = accepted.iter().filter(|k| right(**k, 0)).count() as f64;
    let print = |what: &str, value: String| println!("matching {name} {what}: {value}");
    print("recall@1", format!("{:.4}", among(1)));
    print("recall@5", format!("{:.4}", among(5)));
    for half in [false, true] {
        let here = |k: &usize| truth[*k].is_some() && second_half(&rows[*k]["claim_id"]) == half;
        let all = (0..claims.len()).filter(here).count().max(1) as f64;
        let hits = (0..claims.len()).filter(here).filter(|k| right(*k, 0));
        let what = if half {
            "recall@1, half judged on"
        } else {
            "recall@1, half tuned on"
        };
        print(what, format!("{:.4}", hits.count() as f64 / all));
    }
    print("best F1", format!("{f1:.4} (at {at_f1:.3})"));
    print(
        "automatic",
        format!(
            "precision {:.4}, recall {:.4} (at {:.3})",
            hits / accepted.len().max(1) as f64,
            hits / positive,
            thresholds.automatic
        ),
    );
    print(
        "rate",
        format!(
            "{:.0} claims/s ({seconds:.2} s, {worked:.2} s of processor time)",
            claims.len() as f64 / seconds
        ),
    );
    if let Ok(column) = std::env::var("STELE_MATCH_BY") {
        let mut by: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for k in (0..rows.len()).filter(|k| truth[*k].is_some()) {
            let count = by
                .entry(rows[k].get(&column).map_or("", String::as_str))
                .or_default();
            *count = (count.0 + usize::from(right(k, 0)), count.1 + 1);
        }
        for (value, (hits, all)) in by {
            print(
                value,
                format!("recall@1 {:.3} of {all}", hits as f64 / all as f64),
            );
        }
    }
    if let Ok(file) = std::env::var("STELE_MATCH_MISSED") {
        let mut to = std::io::BufWriter::new(std::fs::File::create(file)?);
        let missed = (0..claims.len()).filter(|k| !right(*k, 0));
        let by_id: HashMap<&str, &Row> = places.iter().map(|p| (p["id"].as_str(), p)).collect();
        for k in missed {
            tell(&mut to, &rows[k], &linked[k], &places, &by_id)?;
        }
    }
    Ok(())
}

/// Which half a claim belongs to, by FNV-1a of its id.
fn second_half(id: &str) -> bool {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) & 1 == 1
}

/// A missed claim in a block of lines: the claim, the right place, the candidates with reasons.
fn tell(
    to: &mut impl std::io::Write,
    claim: &Row,
    linked: &Linked,
    places: &[Row],
    by_id: &HashMap<&str, &Row>,
) -> Done {
    let text = |row: &Row| {
        let columns = ["name", "other_names", "country", "district", "lon", "lat"];
        let mut said: Vec<&str> = columns
            .iter()
            .filter_map(|column| row.get(*column).map(String::as_str))
            .collect();
        said.extend(row.get("kind").map(String::as_str));
        said.join("; ")
    };
    let half = u8::from(second_half(&claim["claim_id"]));
    writeln!(
        to,
        "CLAIM {} half {half} none {:.3}: {}",
        claim["claim_id"],
        linked.none,
        text(claim)
    )?;
    match by_id.get(claim["truth"].as_str()) {
        Some(place) => writeln!(to, "  right {}: {}", place["id"], text(place))?,
        None => writeln!(to, "  right none")?,
    }
    for candidate in &linked.candidates {
        let place = &places[candidate.place];
        let reasons: Vec<String> = candidate
            .reasons
            .iter()
            .filter(|r| r.bits.abs() > 0.05)
            .map(|r| format!("{} {} {:+.1}", r.field.label(), r.found, r.bits))
            .collect();
        writeln!(
            to,
            "  {:.3} {}: {} [{}]",
            candidate.probability,
            place["id"],
            text(place),
            reasons.join(", ")
        )?;
    }
    Ok(())
}

fn best_f1(linked: &[Linked], positive: f64, right: impl Fn(usize) -> bool) -> (f64, f64) {
    let mut scored: Vec<(f64, bool)> = linked
        .iter()
        .enumerate()
        .filter_map(|(k, l)| Some((l.candidates.first()?.probability, right(k))))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut best) = (0.0, (0.0, 1.0));
    for (at, (probability, ok)) in scored.iter().enumerate() {
        hits += f64::from(u8::from(*ok));
        let (precision, recall) = (hits / (at + 1) as f64, hits / positive);
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        if f1 > best.0 {
            best = (f1, *probability);
        }
    }
    best
}

/// User and system time this process has used, on Linux; the machine may be shared.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn read(path: &Path) -> Result<(Vec<Entry>, Vec<Row>), Box<dyn std::error::Error>> {
    let mut reader =
        csv::Reader::from_path(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let rows: Vec<Row> = reader.deserialize().collect::<Result<_, _>>()?;
    Ok((rows.iter().map(entry).collect(), rows))
}

fn entry(row: &Row) -> Entry {
    let text = |column: &str| row.get(column).filter(|value| !value.is_empty()).cloned();
    let number = |column: &str| text(column).and_then(|value| value.parse().ok());
    let columns = [
        "name", "name_az", "name_hy", "name_ru", "name_ka", "name_fa",
    ];
    let mut names: Vec<String> = columns.into_iter().filter_map(text).collect();
    let others = text("other_names");
    names.extend(
        others
            .iter()
            .flat_map(|all| all.split('|'))
            .map(str::to_owned),
    );
    Entry {
        names,
        category: text("category"),
        areas: vec![text("country"), text("district")],
        place: number("lon").zip(number("lat")).map(|(lon, lat)| Spot {
            lon,
            lat,
            uncertain_km: number("place_uncertainty_km"),
        }),
        ..Entry::default()
    }
}
