//! Learns the costs of `rules/costs.txt` from pairs of names of one place, one pair a line with a tab
//! between, on standard input. Prints the new table. Run it again on its own result until it rests.

use std::collections::HashMap;
use std::io::BufRead;
use stele_match::distance::{Spoken, align, likeness};
use stele_match::sound::{ALPHABET, Spelling, hear};

fn main() -> Result<(), std::io::Error> {
    let mut counts: HashMap<(Spelling, u8, u8), f64> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Some((a, b)) = line.split_once('\t') else {
            continue;
        };
        let (Some(a), Some(b)) = (whole(a), whole(b)) else {
            continue;
        };
        let alike = likeness(&a, &b);
        if alike < 0.6 || alike == 1.0 && a.spelling == b.spelling && a.coded.len() < 3 {
            continue;
        }
        let spelling = a.spelling.max(b.spelling);
        for (x, y) in align(&a, &b) {
            let (x, y) = (x.unwrap_or(b'-'), y.unwrap_or(b'-'));
            *counts.entry((spelling, x.min(y), x.max(y))).or_default() += 1.0;
        }
    }
    for (spelling, title) in [
        (Spelling::Full, "full"),
        (Spelling::Vowelless, "vowelless"),
        (Spelling::Syllabic, "syllabic"),
    ] {
        println!("\n[{title}]");
        let count = |x: u8, y: u8| {
            counts
                .get(&(spelling, x.min(y), x.max(y)))
                .copied()
                .unwrap_or(0.0)
        };
        let all = |x: u8| {
            count(x, b'-')
                + ALPHABET
                    .iter()
                    .map(|&y| count(x, y) * if x == y { 2.0 } else { 1.0 })
                    .sum::<f64>()
        };
        for (at, &x) in ALPHABET.iter().enumerate() {
            // How much rarer than staying itself; 20 is once in two thousand.
            let rare = |often: f64, all: f64| {
                let share = (often + 0.5) / (all + 50.0);
                (-share.ln() * 20.0 / 2000f64.ln()).round().clamp(0.0, 20.0)
            };
            println!("{} - {}", x as char, rare(count(x, b'-'), all(x)));
            for &y in &ALPHABET[at + 1..] {
                let often = count(x, y);
                if often >= 3.0 {
                    let cost = rare(often, all(x).min(all(y)));
                    if cost < 20.0 {
                        println!("{} {} {cost}", x as char, y as char);
                    }
                }
            }
        }
    }
    Ok(())
}

fn whole(name: &str) -> Option<Spoken> {
    let mut words = hear(name).into_iter();
    let mut first = words.next()?;
    for word in words {
        first.sounds.extend(word.sounds);
        first.spelling = first.spelling.max(word.spelling);
    }
    first.sounds.dedup();
    Some(Spoken::new(&first))
}
