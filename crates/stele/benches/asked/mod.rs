//! What is asked for: sites of a list by their names in several ways, and whether another site answers as well.

use super::Row;
use super::made_up::Random;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;
use stele_match::generic::generic;
use stele_match::sound::Script;
use stele_match::tokens;
use stele_model::AnyId;

/// A way to ask for a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Exact,
    Prefix,
    Slip,
    Slips,
    Script,
    Short,
}

impl Way {
    pub const ALL: [Way; 6] = [
        Way::Exact,
        Way::Prefix,
        Way::Slip,
        Way::Slips,
        Way::Script,
        Way::Short,
    ];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Exact => "as recorded",
            Way::Prefix => "last word unfinished",
            Way::Slip => "one slip",
            Way::Slips => "two slips",
            Way::Script => "a script not recorded",
            Way::Short => "without its kind, one slip",
        })
    }
}

/// A site asked for.
pub struct Asked {
    pub id: AnyId,
    /// Which row of the list it is.
    row: usize,
    /// By way: what is asked, and whether another site has just that name.
    texts: [Option<(String, bool)>; 6],
    /// The name that was taken out, then those that are recorded.
    names: Vec<String>,
}

impl Asked {
    /// Takes one name out of the row, where it is the only one in its script.
    pub fn of(id: AnyId, row_number: usize, row: &mut Row, random: &mut Random) -> Asked {
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
        let slipped = slip(&exact, random);
        let twice = slipped.as_ref().and_then(|once| slip(once, random));
        // What a person remembers of it: all but the words for its kind.
        let short = slipped.as_ref().map(|name| {
            let mut words = tokens(name);
            words.retain(|word| generic(word).is_none());
            words.join(" ")
        });
        let mut names = vec![other.clone().unwrap_or_default()];
        names.push(exact.clone());
        let others = row.names.iter().map(|(_, name)| name.clone());
        names.extend(others.filter(|name| *name != exact));
        Asked {
            id,
            row: row_number,
            texts: [Some(exact), Some(prefix), slipped, twice, other, short]
                .map(|text| text.map(|text| (text, false))),
            names,
        }
    }

    pub fn text(&self, way: Way) -> Option<&str> {
        self.texts[way as usize].as_ref().map(|t| t.0.as_str())
    }

    /// The name that was taken out.
    pub fn out(&self) -> Option<&str> {
        self.text(Way::Script)
    }

    pub fn exact(&self) -> &str {
        self.text(Way::Exact).unwrap_or_default()
    }

    /// Whether another site answers as well as the one that was meant.
    pub fn is_shared(&self, way: Way) -> bool {
        self.texts[way as usize].as_ref().is_some_and(|t| t.1)
    }

    pub fn recorded(&self) -> String {
        self.names[1..].join(" ; ")
    }
}

/// The name with a letter left out, doubled, exchanged with its neighbour or another in its place, in
/// a word of five letters or more.
fn slip(name: &str, random: &mut Random) -> Option<String> {
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

/// A name as its words, whatever stands between them.
fn key(name: &str) -> String {
    tokens(name).join(" ")
}

/// Its words but those for its kind, in order of the alphabet.
fn bare(name: &str) -> String {
    let mut words = tokens(name);
    words.retain(|word| generic(word).is_none());
    words.sort_unstable();
    words.join(" ")
}

fn longest(words: &str) -> String {
    let longest = words.split(' ').max_by_key(|word| word.chars().count());
    longest.unwrap_or_default().to_owned()
}

/// Says of each question whether the list has other sites that it names as well: with the name it was
/// made of (or, where that is recorded nowhere, with one of the names the site is recorded under), with
/// the very words asked, with what is asked as a beginning, or with all its words but those for the kind.
pub fn share(asked: &mut [Asked], rows: impl Iterator<Item = Row>) {
    let mut by_key: HashMap<(u8, String), Vec<(usize, Way)>> = HashMap::new();
    for (at, one) in asked.iter().enumerate() {
        for way in Way::ALL {
            let Some(text) = one.text(way) else { continue };
            let mut wanted = vec![(0, key(text))];
            match way {
                Way::Prefix => wanted.push((1, key(text))),
                // Whoever has these words and more.
                Way::Short => wanted = vec![(2, longest(&bare(one.exact())))],
                Way::Script => wanted.extend(one.names.iter().map(|name| (0, key(name)))),
                _ => wanted.push((0, key(one.exact()))),
            }
            for key in wanted.into_iter().filter(|(_, key)| !key.is_empty()) {
                by_key.entry(key).or_default().push((at, way));
            }
        }
    }
    let beginnings: HashSet<usize> = by_key
        .keys()
        .filter(|(family, _)| *family == 1)
        .map(|(_, key)| key.len())
        .collect();
    for (number, row) in rows.enumerate() {
        for (_, name) in &row.names {
            let whole = key(name);
            let words = bare(name);
            let mut has: Vec<(u8, String)> =
                words.split(' ').map(|word| (2, word.to_owned())).collect();
            has.dedup();
            for (end, _) in whole.char_indices() {
                if beginnings.contains(&end) {
                    has.push((1, whole[..end].to_owned()));
                }
            }
            has.push((1, whole.clone()));
            has.push((0, whole));
            for key in has {
                for (at, way) in by_key.get(&key).into_iter().flatten() {
                    let wanted = bare(asked[*at].exact());
                    let has_all = || wanted.split(' ').all(|w| words.split(' ').any(|h| h == w));
                    if asked[*at].row != number
                        && (key.0 != 2 || has_all())
                        && let Some(text) = &mut asked[*at].texts[*way as usize]
                    {
                        text.1 = true;
                    }
                }
            }
        }
    }
}

const FILE: &str = "asked.csv";

/// Keeps the questions beside the registry they are asked of.
pub fn keep(folder: &Path, asked: &[Asked]) {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_path(folder.join(FILE))
        .unwrap();
    for one in asked {
        let mut row = vec![one.id.to_string(), one.row.to_string()];
        for text in &one.texts {
            row.push(text.clone().unwrap_or_default().0);
        }
        row.extend(one.names.iter().cloned());
        writer.write_record(&row).unwrap();
    }
    writer.flush().unwrap();
}

/// The questions that were kept, where there are any.
pub fn load(folder: &Path) -> Option<Vec<Asked>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_path(folder.join(FILE))
        .ok()?;
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let text = |way: Way| {
            let text = &row[2 + way as usize];
            (!text.is_empty()).then(|| (text.to_owned(), false))
        };
        Asked {
            id: row[0].parse().unwrap(),
            row: row[1].parse().unwrap(),
            texts: Way::ALL.map(text),
            names: row.iter().skip(8).map(str::to_owned).collect(),
        }
    });
    Some(rows.collect())
}
