//! How far apart two words sound: an edit distance whose costs know which sounds are taken for each
//! other between languages (kh and h, g and gh, w and v), and that vowels are often not written.

use crate::sound::{ALPHABET, Sound, Spelling};
use std::sync::LazyLock;

/// Cost of two sounds that have nothing in common; all other costs are shares of it.
const APART: u16 = 20;

/// Longest word compared; the rest is cut.
const LONGEST: usize = 48;

struct Costs {
    change: Vec<u16>,
    leave_out: [u16; ALPHABET.len()],
}

/// Groups of sounds that stand for each other at this cost, in either kind of comparison.
const ALIKE: &[(&str, u16)] = &[
    // vowels
    ("aeiou", 8),
    ("ae", 5),
    ("ao", 5),
    ("ei", 5),
    ("ou", 4),
    ("iy", 1),
    ("ey", 5),
    ("uw", 2),
    ("ow", 4),
    // glides
    ("yj", 8),
    ("vw", 1),
    // taken for each other between languages
    ("hx", 3),
    ("gG", 2),
    ("kx", 7),
    ("gh", 5),
    ("Gh", 5),
    ("Gx", 5),
    ("gk", 6),
    ("kG", 7),
    ("GC", 12),
    ("sS", 6),
    ("zZ", 6),
    ("SZ", 7),
    ("sz", 6),
    ("cs", 6),
    ("cz", 5),
    ("cC", 6),
    ("ct", 8),
    ("cS", 10),
    ("CS", 6),
    ("CZ", 10),
    ("Cj", 7),
    ("Zj", 4),
    ("zj", 9),
    ("dj", 9),
    ("Ct", 10),
    ("sC", 9),
    ("zd", 10),
    ("gj", 6),
    ("bp", 7),
    ("dt", 6),
    ("vf", 6),
    ("bv", 7),
    ("pf", 7),
    ("mn", 10),
    ("lr", 12),
    ("st", 13),
    // letters read differently from language to language
    ("1c", 3),
    ("1k", 4),
    ("1j", 5),
    ("1s", 5),
    ("1C", 5),
    ("1S", 9),
    ("1g", 9),
    ("14", 6),
    ("2y", 1),
    ("2i", 2),
    ("2j", 2),
    ("2Z", 3),
    ("2x", 6),
    ("2h", 7),
    ("23", 8),
    ("2z", 9),
    ("3x", 2),
    ("3h", 5),
    ("3S", 4),
    ("3k", 6),
    ("3s", 8),
    ("4C", 1),
    ("4x", 3),
    ("4S", 3),
    ("4k", 5),
    ("4h", 5),
    ("4c", 6),
    ("4G", 8),
];

/// Cost of a sound that only one word has.
const LEFT_OUT: &[(&str, u16)] =
    &[("aeiou", 10), ("y", 5), ("w", 9), ("h", 6), ("2", 9), ("G", 11), ("v", 14), ("n", 14)];

/// What changes when one of the words leaves its vowels out.
const ALIKE_VOWELLESS: &[(&str, u16)] = &[
    ("aeiou", 2),
    ("wuo", 0),
    ("yie", 0),
    ("wv", 1),
    ("wa", 6),
    ("ya", 4),
    ("1j", 6),
    ("pf", 4),
    ("bv", 4),
    ("gj", 5),
    ("ah", 3),
    ("eh", 3),
];
const LEFT_OUT_VOWELLESS: &[(&str, u16)] =
    &[("aeiou", 2), ("y", 3), ("w", 4), ("h", 6), ("2", 8), ("G", 11), ("v", 12), ("n", 14)];

/// What changes when one of the words is written in syllables.
const ALIKE_SYLLABIC: &[(&str, u16)] = &[
    ("aeiou", 5),
    ("lr", 1),
    ("bvw", 2),
    ("pf", 4),
    ("pv", 6),
    ("hf", 5),
    ("hx", 1),
    ("hk", 5),
    ("hg", 4),
    ("hv", 8),
    ("sS", 2),
    ("sc", 4),
    ("st", 8),
    ("zj", 3),
    ("zc", 3),
    ("Cc", 2),
    ("Ct", 6),
    ("Ck", 6),
    ("jg", 6),
    ("jk", 8),
    ("jy", 6),
    ("jC", 3),
    ("dj", 6),
    ("Sh", 5),
    ("Sx", 5),
    ("Sg", 9),
    ("SZ", 4),
    ("zs", 4),
    ("td", 2),
    ("pb", 3),
    ("kg", 2),
    ("mn", 4),
    ("wo", 2),
    ("4C", 1),
    ("4j", 4),
];
const LEFT_OUT_SYLLABIC: &[(&str, u16)] =
    &[("aeiou", 3), ("y", 3), ("w", 4), ("h", 5), ("2", 6), ("r", 8), ("l", 9), ("n", 8), ("G", 9), ("v", 12)];

fn costs(alike: &[&[(&str, u16)]], left_out: &[(&str, u16)]) -> Costs {
    let n = ALPHABET.len();
    let place = |sound: u8| ALPHABET.iter().position(|&s| s == sound);
    let mut costs = Costs { change: vec![APART; n * n], leave_out: [16; ALPHABET.len()] };
    for i in 0..n {
        costs.change[i * n + i] = 0;
    }
    for (group, cost) in alike.iter().copied().flatten() {
        for a in group.bytes().filter_map(place) {
            for b in group.bytes().filter_map(place).filter(|&b| b != a) {
                costs.change[a * n + b] = *cost;
            }
        }
    }
    for (group, cost) in left_out {
        for a in group.bytes().filter_map(place) {
            costs.leave_out[a] = *cost;
        }
    }
    costs
}

static WRITTEN: LazyLock<Costs> = LazyLock::new(|| costs(&[ALIKE], LEFT_OUT));
static VOWELLESS: LazyLock<Costs> =
    LazyLock::new(|| costs(&[ALIKE, ALIKE_VOWELLESS], LEFT_OUT_VOWELLESS));
static SYLLABIC: LazyLock<Costs> = LazyLock::new(|| costs(&[ALIKE, ALIKE_SYLLABIC], LEFT_OUT_SYLLABIC));
static PLACES: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let mut places = [0; 256];
    for (at, &sound) in ALPHABET.iter().enumerate() {
        places[sound as usize] = at as u8;
    }
    places
});

/// A word ready to be compared: places in the tables of costs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Coded(Box<[u8]>);

impl Coded {
    /// Codes sounds; what is longer than any real word is cut.
    pub fn new(sounds: &[Sound]) -> Coded {
        Coded(sounds.iter().take(LONGEST).map(|&s| PLACES[s as usize]).collect())
    }
    /// Number of sounds.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// The sounds.
    pub fn sounds(&self) -> impl Iterator<Item = Sound> {
        self.0.iter().map(|&place| ALPHABET[place as usize])
    }
    /// Whether nothing is heard.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A word ready to be compared, with how it is spelled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spoken {
    /// Its sounds.
    pub coded: Coded,
    /// What may be missing from it.
    pub spelling: Spelling,
}

impl Spoken {
    /// Prepares a word.
    pub fn new(word: &crate::sound::Word) -> Spoken {
        Spoken { coded: Coded::new(&word.sounds), spelling: word.spelling }
    }
}

/// Words less alike than this are given as not alike at all.
pub const LEAST: f32 = 0.5;

/// How alike two words sound: 1 (the same) down to [`LEAST`], or 0.
pub fn likeness(a: &Spoken, b: &Spoken) -> f32 {
    if a.coded == b.coded {
        return 1.0;
    }
    let costs: &Costs = match a.spelling.max(b.spelling) {
        Spelling::Full => &WRITTEN,
        Spelling::Vowelless => &VOWELLESS,
        Spelling::Syllabic => &SYLLABIC,
    };
    let weigh = |word: &Coded| word.0.iter().map(|&s| costs.leave_out[s as usize]).sum::<u16>();
    let (heavy_a, heavy_b) = (weigh(&a.coded), weigh(&b.coded));
    let all = f32::from(heavy_a + heavy_b).max(1.0);
    let most = ((1.0 - LEAST) * 0.5 * all) as u16;
    // The difference of the weights is the least they can be apart.
    if heavy_a.abs_diff(heavy_b) > most {
        return 0.0;
    }
    match cost(&a.coded.0, &b.coded.0, costs, most) {
        Some(apart) => 1.0 - 2.0 * f32::from(apart) / all,
        None => 0.0,
    }
}

/// Weighted edit distance with exchange of neighbours (Damerau, restricted); `None` if over `most`.
fn cost(a: &[u8], b: &[u8], costs: &Costs, most: u16) -> Option<u16> {
    let n = ALPHABET.len();
    let mut rows = [[0u16; LONGEST + 1]; 3];
    for (j, &sound) in b.iter().enumerate() {
        rows[0][j + 1] = rows[0][j] + costs.leave_out[sound as usize];
    }
    for (i, &from) in a.iter().enumerate() {
        let (before, last, here) = ((i + 2) % 3, i % 3, (i + 1) % 3);
        let drop = costs.leave_out[from as usize];
        rows[here][0] = rows[last][0] + drop;
        let mut row_least = rows[here][0];
        let change = &costs.change[from as usize * n..(from as usize + 1) * n];
        for (j, &to) in b.iter().enumerate() {
            let mut least = rows[last][j] + change[to as usize];
            least = least.min(rows[last][j + 1] + drop);
            least = least.min(rows[here][j] + costs.leave_out[to as usize]);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                least = least.min(rows[before][j - 1] + 10);
            }
            rows[here][j + 1] = least;
            row_least = row_least.min(least);
        }
        // An exchange reaches back one row and costs half a change.
        if row_least > most + APART / 2 {
            return None;
        }
    }
    Some(rows[a.len() % 3][b.len()]).filter(|cost| *cost <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::hear;

    fn alike(a: &str, b: &str) -> f32 {
        likeness(&Spoken::new(&hear(a)[0]), &Spoken::new(&hear(b)[0]))
    }

    #[test]
    fn the_same_place_is_closer_than_another() {
        for (name, same, other) in [
            ("Xankəndi", "Ханкенди", "Хачмаз"),
            ("Hadrut", "Гадрут", "Гардман"),
            ("Welyki", "Великі", "Малі"),
            ("fhrj", "Fahraj", "Farab"),
            ("خشکبیجار", "Xoşkbicar", "Xoşrov"),
            ("Нетивот", "נתיבות", "נצרת"),
            ("Chernivtsi", "Czerniowce", "Chernihiv"),
            ("Khiitola", "Хиитола", "Хитрово"),
        ] {
            assert!(alike(name, same) > alike(name, other), "{name}: {} {}", alike(name, same), alike(name, other));
            assert!(alike(name, same) > 0.6, "{name} {same} {}", alike(name, same));
        }
    }

    #[test]
    fn neighbours_exchanged_cost_less_than_two_changes() {
        assert!(alike("Kursk", "Krusk") > alike("Kursk", "Kamsk"));
    }
}
