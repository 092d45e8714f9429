//! Matches a list with known truth and prints how well and how fast.
//! `evaluate INVENTORY.csv CLAIMS.csv [CLAIMS]`: columns as in the lists of the benchmark.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;
use stele_match::{Entry, Options, Spot, link};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let (inventory, ids) = read(&arguments[1], usize::MAX)?;
    let most = arguments.get(3).map_or(Ok(usize::MAX), |n| n.parse())?;
    let (claims, rows) = read(&arguments[2], most)?;
    let (started, worked) = (Instant::now(), cpu_seconds());
    let linked = link(&inventory, &claims, &Options::default());
    let (seconds, worked) = (started.elapsed().as_secs_f64(), cpu_seconds() - worked);
    let truth: Vec<Option<&String>> = rows
        .iter()
        .map(|r| r.get("truth").filter(|t| !t.is_empty()))
        .collect();
    let positive = truth.iter().flatten().count() as f64;
    let right = |k: usize, c: usize| {
        truth[k].is_some()
            && linked[k]
                .candidates
                .get(c)
                .is_some_and(|c| Some(&ids[c.place]["id"]) == truth[k])
    };
    let first = (0..claims.len()).filter(|k| right(*k, 0)).count() as f64;
    let five = (0..claims.len())
        .filter(|k| (0..5).any(|c| right(*k, c)))
        .count() as f64;
    let mut scored: Vec<(f64, bool)> = (0..claims.len())
        .filter_map(|k| Some((linked[k].candidates.first()?.probability, right(k, 0))))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut best) = (0.0, (0.0, 0.0, 0.0, 0.0));
    let mut automatic = (0.0, 0.0);
    for (at, (probability, ok)) in scored.iter().enumerate() {
        hits += f64::from(u8::from(*ok));
        let (p, r) = (hits / (at + 1) as f64, hits / positive);
        let f = 2.0 * p * r / (p + r);
        if f > best.0 {
            best = (f, p, r, *probability);
        }
        if *probability >= 0.95 {
            automatic = (p, r);
        }
    }
    println!(
        "{:.2} s ({worked:.2} s of CPU), {:.0} claims/s, recall@1 {:.4}, recall@5 {:.4}, best F1 {:.4} (p {:.3} r {:.3} at {:.3}), at 0.95: p {:.4} r {:.3}",
        seconds,
        claims.len() as f64 / seconds,
        first / positive,
        five / positive,
        best.0,
        best.1,
        best.2,
        best.3,
        automatic.0,
        automatic.1
    );
    let mut by: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    for (k, row) in rows.iter().enumerate().filter(|(k, _)| truth[*k].is_some()) {
        let what = row
            .get("script")
            .or(row.get("kind"))
            .cloned()
            .unwrap_or_default();
        let what = format!(
            "{}{}",
            what,
            if claims[k].place.is_some() {
                "+place"
            } else {
                ""
            }
        );
        let count = by.entry(what).or_default();
        count.0 += 1;
        count.1 += usize::from(right(k, 0));
        count.2 += usize::from((0..5).any(|c| right(k, c)));
    }
    let mut by: Vec<_> = by.into_iter().collect();
    by.sort_by_key(|(_, (all, ..))| std::cmp::Reverse(*all));
    for (what, (all, one, five)) in by.iter().take(24) {
        println!(
            "  {what}: {:.3} {:.3} of {all}",
            *one as f64 / *all as f64,
            *five as f64 / *all as f64
        );
    }
    if std::env::var_os("WRONG").is_some() {
        for k in (0..claims.len()).filter(|k| !right(*k, 0) && truth[*k].is_some()) {
            let Some(t) = ids.iter().position(|r| Some(&r["id"]) == truth[k]) else {
                continue;
            };
            let (name, close) = (&claims[k].names[0], |of: &[String]| {
                let mut all: Vec<(f32, String)> = of
                    .iter()
                    .map(|n| (joined(&claims[k].names[0], n), n.clone()))
                    .collect();
                all.sort_by(|a, b| b.0.total_cmp(&a.0));
                all.into_iter().next().unwrap_or_default()
            });
            let rank = linked[k].candidates.iter().position(|c| c.place == t);
            let first = linked[k]
                .candidates
                .first()
                .map(|c| close(&inventory[c.place].names));
            println!(
                "{}\t{name}\t{:?}\t{:?}\t{:?}",
                rank.map_or(9, |r| r + 1),
                close(&inventory[t].names),
                first,
                claims[k].place.is_some()
            );
        }
    }
    Ok(())
}

/// User and system time this process has used, on Linux; the machine may be shared.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

type Row = HashMap<String, String>;

fn read(path: &str, most: usize) -> Result<(Vec<Entry>, Vec<Row>), Box<dyn std::error::Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let rows: Vec<Row> = reader.deserialize().take(most).collect::<Result<_, _>>()?;
    let entries = rows.iter().map(entry).collect();
    Ok((entries, rows))
}

fn entry(row: &Row) -> Entry {
    let text = |column: &str| row.get(column).filter(|value| !value.is_empty()).cloned();
    let number = |column: &str| text(column).and_then(|value| value.parse().ok());
    let mut names: Vec<String> = [
        "name", "name_az", "name_hy", "name_ru", "name_ka", "name_fa",
    ]
    .into_iter()
    .filter_map(text)
    .collect();
    names.extend(
        text("other_names")
            .iter()
            .flat_map(|all| all.split('|'))
            .map(str::to_owned),
    );
    let place = number("lon").zip(number("lat"));
    Entry {
        names,
        category: text("category"),
        areas: vec![text("country"), text("district")],
        place: place.map(|(lon, lat)| Spot {
            lon,
            lat,
            uncertain_km: number("place_uncertainty_km"),
        }),
        ..Entry::default()
    }
}

/// How alike two names sound as one word each.
fn joined(a: &str, b: &str) -> f32 {
    use stele_match::{
        distance::{Spoken, likeness},
        sound::hear,
    };
    let whole = |name: &str| {
        let mut words = hear(name).into_iter();
        words.next().map(|mut first| {
            for word in words {
                first.sounds.extend(word.sounds);
                first.spelling = first.spelling.max(word.spelling);
            }
            Spoken::new(&first)
        })
    };
    whole(a)
        .zip(whole(b))
        .map_or(0.0, |(a, b)| likeness(&a, &b))
}
