//! How far apart two words sound: an edit distance whose costs know which sounds are taken for each
//! other between languages (kh and h, g and gh, w and v), and that vowels are often not written.

use crate::sound::{ALPHABET, Sound, Spelling};
use std::sync::LazyLock;

/// Cost of two sounds that have nothing in common; all other costs are shares of it.
const APART: u16 = 20;

/// Longest word compared; the rest is cut.
pub(crate) const LONGEST: usize = 48;

/// Room for the alphabet in the tables: a power of two, so that no bound has to be checked.
const ROOM: usize = 64;
const _: () = assert!(ALPHABET.len() <= ROOM && LONGEST < ROOM);

struct Costs {
    change: [[u16; ROOM]; ROOM],
    leave_out: [u16; ROOM],
}

fn at(place: u8) -> usize {
    usize::from(place) % ROOM
}

/// The tables of `rules/costs.txt`: full, vowelless, syllabic.
static COSTS: LazyLock<[Costs; 3]> = LazyLock::new(|| {
    let empty = || {
        let mut change = [[APART; ROOM]; ROOM];
        (0..ROOM).for_each(|i| change[i][i] = 0);
        Costs {
            change,
            leave_out: [APART; ROOM],
        }
    };
    let mut tables = [empty(), empty(), empty()];
    let mut table = 0;
    let place = |sound: &str| ALPHABET.iter().position(|s| sound.as_bytes() == [*s]);
    for line in include_str!("../rules/costs.txt").lines() {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["[vowelless]"] => table = 1,
            ["[syllabic]"] => table = 2,
            [a, b, cost] => {
                let (Some(a), Ok(cost)) = (place(a), cost.parse::<u16>()) else {
                    continue;
                };
                match place(b) {
                    Some(b) => {
                        tables[table].change[a][b] = cost;
                        tables[table].change[b][a] = cost;
                    }
                    None => tables[table].leave_out[a] = cost,
                }
            }
            _ => {}
        }
    }
    tables
});
static PLACES: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let mut places = [0; 256];
    for (at, &sound) in ALPHABET.iter().enumerate() {
        places[sound as usize] = at as u8;
    }
    places
});

/// A word ready to be compared: places in the tables of costs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coded(Box<[u8]>);

impl Coded {
    /// Codes sounds; what is longer than any real word is cut.
    pub fn new(sounds: &[Sound]) -> Coded {
        Coded(
            sounds
                .iter()
                .take(LONGEST)
                .map(|&s| PLACES[s as usize])
                .collect(),
        )
    }
    /// Number of sounds.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// The sounds.
    pub fn sounds(&self) -> impl Iterator<Item = Sound> {
        self.0.iter().map(|&place| ALPHABET[place as usize])
    }
    /// Whether it begins with another's sounds.
    pub fn starts_with(&self, other: &Coded) -> bool {
        self.0.starts_with(&other.0)
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
    /// What leaving all of it out costs, by each table.
    heavy: [u16; 3],
}

impl Spoken {
    /// Prepares a word.
    pub fn new(word: &crate::sound::Word) -> Spoken {
        let coded = Coded::new(&word.sounds);
        let weigh = |costs: &Costs| coded.0.iter().map(|&s| costs.leave_out[at(s)]).sum();
        let [full, vowelless, syllabic] = &*COSTS;
        Spoken {
            heavy: [weigh(full), weigh(vowelless), weigh(syllabic)],
            coded,
            spelling: word.spelling,
        }
    }
}

impl Spoken {
    fn ready(&self) -> Ready<'_> {
        Ready {
            sounds: &self.coded.0,
            spelling: self.spelling,
            heavy: self.heavy,
        }
    }
}

/// What comparing a word needs, wherever it is kept.
#[derive(Clone, Copy)]
struct Ready<'a> {
    sounds: &'a [u8],
    spelling: Spelling,
    heavy: [u16; 3],
}

/// Words beside each other in memory, to be compared to one after another: looking them up where they
/// were heard cost more than comparing them.
#[derive(Default)]
pub(crate) struct Shelf {
    sounds: Vec<u8>,
    words: Vec<Shelved>,
}

struct Shelved {
    from: u32,
    length: u8,
    spelling: Spelling,
    heavy: [u16; 3],
}

impl Shelf {
    /// Puts a word at the end.
    pub fn put(&mut self, word: &Spoken) {
        self.words.push(Shelved {
            from: self.sounds.len() as u32,
            length: word.coded.len() as u8,
            spelling: word.spelling,
            heavy: word.heavy,
        });
        self.sounds.extend_from_slice(&word.coded.0);
    }

    fn word(&self, place: u32) -> Ready<'_> {
        let known = &self.words[place as usize];
        let from = known.from as usize;
        Ready {
            sounds: &self.sounds[from..from + usize::from(known.length)],
            spelling: known.spelling,
            heavy: known.heavy,
        }
    }
}

/// Words of a shelf on their way to be compared to the one asked for: many at once, as each takes little
/// more than looking up what its sounds cost, and nothing has to be foretold.
#[derive(Default)]
pub(crate) struct Queue {
    /// By table.
    waiting: [Waiting; 3],
    rows: Rows,
    /// What was found: the word's turn and how alike it is.
    pub found: Vec<(u32, f32)>,
}

#[derive(Default)]
struct Waiting {
    count: usize,
    turn: [u32; ABREAST],
    length: [u8; ABREAST],
    most: Lanes,
    all: [u16; ABREAST],
    /// The sounds of each word beside those of the others.
    sounds: Sounds,
}

/// Words compared at once: as many numbers as fit a register of any processor.
const ABREAST: usize = 8;
type Lanes = [i16; ABREAST];

struct Sounds([Lanes; LONGEST]);

impl Default for Sounds {
    fn default() -> Self {
        Sounds([[0; ABREAST]; LONGEST])
    }
}

/// Room for the rows of the table an edit distance is found by, and for what adding each sound costs.
struct Rows([[Lanes; ROOM]; 4]);

impl Default for Rows {
    fn default() -> Self {
        Rows([[[0; ABREAST]; ROOM]; 4])
    }
}

impl Queue {
    /// Puts a word of a shelf into the queue, unless it is known already not to be as alike as `least`.
    /// What is found is told at once or when more words wait; those less alike are left out.
    pub fn put(&mut self, asked: &Asked, shelf: &Shelf, (turn, place): (u32, u32), least: f32) {
        let known = shelf.word(place);
        let table = table_of(asked.word, known);
        let (heavy, known_heavy) = (asked.word.heavy[table], known.heavy[table]);
        let Some(most) = most_apart(heavy, known_heavy, least) else {
            return;
        };
        let cheapest = &asked.cheapest[table - usize::from(asked.word.spelling as u8)];
        let apart: u16 = known.sounds.iter().map(|&sound| cheapest[at(sound)]).sum();
        if apart > most {
            return;
        }
        if asked.word.sounds == known.sounds {
            self.found.push((turn, 1.0));
            return;
        }
        let waiting = &mut self.waiting[table];
        let lane = waiting.count;
        waiting.turn[lane] = turn;
        waiting.length[lane] = known.sounds.len() as u8;
        waiting.most[lane] = most as i16;
        waiting.all[lane] = (heavy + known_heavy).max(1);
        for (sounds, &sound) in waiting.sounds.0.iter_mut().zip(known.sounds) {
            sounds[lane] = i16::from(sound);
        }
        waiting.count += 1;
        if waiting.count == ABREAST {
            self.compare(asked, table);
        }
    }

    /// Compares the words that still wait.
    pub fn finish(&mut self, asked: &Asked) {
        for table in 0..self.waiting.len() {
            if self.waiting[table].count > 0 {
                self.compare(asked, table);
            }
        }
    }

    fn compare(&mut self, asked: &Asked, table: usize) {
        let waiting = &mut self.waiting[table];
        let count = std::mem::take(&mut waiting.count);
        // What was there before counts no more.
        waiting.most[count..].fill(-1);
        waiting.length[count..].fill(0);
        let apart = self.rows.costs(asked.word.sounds, waiting, &COSTS[table]);
        for (lane, &apart) in apart.iter().enumerate().take(count) {
            if apart <= waiting.most[lane] {
                let likeness = 1.0 - 2.0 * f32::from(apart) / f32::from(waiting.all[lane]);
                self.found.push((waiting.turn[lane], likeness));
            }
        }
    }
}

impl Rows {
    /// What [`cost`] finds, of many words at once; anything over the most where it is more.
    fn costs(&mut self, asked: &[u8], words: &Waiting, costs: &Costs) -> Lanes {
        let longest = usize::from(words.length.iter().copied().max().unwrap_or(0));
        let words_sounds = &words.sounds.0[..longest];
        let [added, before, last, here] = &mut self.0;
        let (mut before, mut last, mut here) = (before, last, here);
        let mut sum = [0; ABREAST];
        last[0] = sum;
        for ((added, last), to) in added.iter_mut().zip(&mut last[1..]).zip(words_sounds) {
            *added = std::array::from_fn(|lane| costs.leave_out[at(to[lane] as u8)] as i16);
            sum = plus(sum, *added);
            *last = sum;
        }
        let mut from_before = -1;
        for &from in asked {
            let change = &costs.change[at(from)];
            let drop = [costs.leave_out[at(from)] as i16; ABREAST];
            let from = i16::from(from);
            let mut left = plus(last[0], drop);
            let mut row_least = left;
            here[0] = left;
            let mut to_before = [-1; ABREAST];
            let mut two_back = [0; ABREAST];
            for (j, to) in words_sounds.iter().enumerate() {
                let changed = std::array::from_fn(|lane| change[at(to[lane] as u8)] as i16);
                let least = smaller(plus(last[j], changed), plus(last[j + 1], drop));
                // Neighbours exchanged cost half a change.
                let exchanged = std::array::from_fn(|lane| {
                    if (to[lane] == from_before) & (to_before[lane] == from) {
                        two_back[lane] + APART as i16 / 2
                    } else {
                        i16::MAX
                    }
                });
                left = smaller(smaller(least, exchanged), plus(left, added[j]));
                here[j + 1] = left;
                row_least = smaller(row_least, left);
                (to_before, two_back) = (*to, before[j]);
            }
            // An exchange reaches back one row and costs half a change.
            let over = |lane: usize| row_least[lane] > words.most[lane] + APART as i16 / 2;
            if (0..ABREAST).fold(true, |all, lane| all & over(lane)) {
                return [i16::MAX; ABREAST];
            }
            from_before = from;
            (before, last, here) = (last, here, before);
        }
        std::array::from_fn(|lane| last[usize::from(words.length[lane])][lane])
    }
}

fn plus(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

fn smaller(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|lane| a[lane].min(b[lane]))
}

/// A word asked for, with what each sound of another costs at the least beside it: whatever it is best
/// laid beside, or left out. Added up they are a bound that most words fail before they are compared.
pub(crate) struct Asked<'a> {
    word: Ready<'a>,
    /// By table, from that of its own spelling on.
    cheapest: [[u16; ROOM]; 3],
}

impl<'a> Asked<'a> {
    /// Prepares a word to be asked for.
    pub fn new(word: &'a Spoken) -> Asked<'a> {
        let word = word.ready();
        let own = usize::from(word.spelling as u8);
        let mut cheapest = [[0; ROOM]; 3];
        for (cheapest, costs) in cheapest.iter_mut().zip(&COSTS[own..]) {
            *cheapest = costs.leave_out;
            for &sound in word.sounds {
                for (least, change) in cheapest.iter_mut().zip(&costs.change[at(sound)]) {
                    *least = (*least).min(*change);
                }
            }
        }
        Asked { word, cheapest }
    }
}

/// Which table two words are compared by.
fn table_of(a: Ready, b: Ready) -> usize {
    match a.spelling.max(b.spelling) {
        Spelling::Full => 0,
        Spelling::Vowelless => 1,
        Spelling::Syllabic => 2,
    }
}

/// Words less alike than this are given as not alike at all.
pub const LEAST: f32 = 0.5;

/// How alike two words sound: 1 (the same) down to [`LEAST`], or 0.
pub fn likeness(a: &Spoken, b: &Spoken) -> f32 {
    compare(a.ready(), b.ready(), LEAST)
}

/// The same, or 0 where they are less alike than `least`: the sooner known, the higher that is.
pub fn likeness_above(a: &Spoken, b: &Spoken, least: f32) -> f32 {
    compare(a.ready(), b.ready(), least)
}

/// How far apart two words of these weights may be at most; `None` where they are further, as the
/// difference of the weights is the least they can be.
fn most_apart(a: u16, b: u16, least: f32) -> Option<u16> {
    let most = ((1.0 - least) * 0.5 * f32::from(a + b).max(1.0)) as u16;
    (a.abs_diff(b) <= most).then_some(most)
}

fn compare(a: Ready, b: Ready, least: f32) -> f32 {
    let table = table_of(a, b);
    let Some(most) = most_apart(a.heavy[table], b.heavy[table], least) else {
        return 0.0;
    };
    let all = f32::from(a.heavy[table] + b.heavy[table]).max(1.0);
    if a.sounds == b.sounds {
        return 1.0;
    }
    match cost(a.sounds, b.sounds, &COSTS[table], most) {
        Some(apart) => 1.0 - 2.0 * f32::from(apart) / all,
        None => 0.0,
    }
}

/// Weighted edit distance with exchange of neighbours (Damerau, restricted); `None` if over `most`.
fn cost(a: &[u8], b: &[u8], costs: &Costs, most: u16) -> Option<u16> {
    let b = &b[..b.len().min(LONGEST)];
    let mut rows = [[0u16; ROOM]; 3];
    let mut added = [0u16; ROOM];
    let [before, last, here] = &mut rows;
    let (mut before, mut last, mut here) = (before, last, here);
    for (j, &sound) in b.iter().enumerate() {
        added[j] = costs.leave_out[at(sound)];
        last[j + 1] = last[j] + added[j];
    }
    // The sound before in each word; none is written so.
    let mut from_before = u8::MAX;
    for &from in a {
        let drop = costs.leave_out[at(from)];
        let change = &costs.change[at(from)];
        let mut left = last[0] + drop;
        let mut row_least = left;
        here[0] = left;
        let mut to_before = u8::MAX;
        let above = last[..=b.len()].windows(2);
        let cells = b.iter().zip(&added).zip(above).zip(&mut here[1..]);
        for (j, (((&to, added), above), cell)) in cells.enumerate() {
            let mut least = (above[0] + change[at(to)]).min(above[1] + drop);
            if from == to_before && from_before == to {
                least = least.min(before[j - 1] + APART / 2);
            }
            left = least.min(left + added);
            *cell = left;
            row_least = row_least.min(left);
            to_before = to;
        }
        // An exchange reaches back one row and costs half a change.
        if row_least > most + APART / 2 {
            return None;
        }
        from_before = from;
        (before, last, here) = (last, here, before);
    }
    Some(last[b.len()]).filter(|cost| *cost <= most)
}

/// Pairs of sounds that stand for each other, or a sound only one word has.
pub type Aligned = Vec<(Option<Sound>, Option<Sound>)>;

/// How two words are best laid beside each other: what the costs were learnt from.
pub fn align(a: &Spoken, b: &Spoken) -> Aligned {
    let (a_coded, b_coded) = (&a.coded.0, &b.coded.0);
    let costs = &COSTS[table_of(a.ready(), b.ready())];
    let drop = |s: u8| costs.leave_out[at(s)];
    let mut rows = vec![vec![0u16; b_coded.len() + 1]; a_coded.len() + 1];
    for i in 0..=a_coded.len() {
        for j in 0..=b_coded.len() {
            let up = (i > 0).then(|| rows[i - 1][j] + drop(a_coded[i - 1]));
            let left = (j > 0).then(|| rows[i][j - 1] + drop(b_coded[j - 1]));
            let both = (i > 0 && j > 0)
                .then(|| rows[i - 1][j - 1] + costs.change[at(a_coded[i - 1])][at(b_coded[j - 1])]);
            rows[i][j] = up.into_iter().chain(left).chain(both).min().unwrap_or(0);
        }
    }
    let (mut i, mut j, mut aligned) = (a_coded.len(), b_coded.len(), Vec::new());
    let sound = |s: u8| Some(ALPHABET[s as usize]);
    while i > 0 || j > 0 {
        let here = rows[i][j];
        if i > 0 && j > 0 {
            let change = costs.change[at(a_coded[i - 1])][at(b_coded[j - 1])];
            if here == rows[i - 1][j - 1] + change {
                (i, j) = (i - 1, j - 1);
                aligned.push((sound(a_coded[i]), sound(b_coded[j])));
                continue;
            }
        }
        if i > 0 && here == rows[i - 1][j] + drop(a_coded[i - 1]) {
            i -= 1;
            aligned.push((sound(a_coded[i]), None));
        } else {
            j -= 1;
            aligned.push((None, sound(b_coded[j])));
        }
    }
    aligned
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
            assert!(
                alike(name, same) > alike(name, other),
                "{name}: {} {}",
                alike(name, same),
                alike(name, other)
            );
            assert!(
                alike(name, same) > 0.6,
                "{name} {same} {}",
                alike(name, same)
            );
        }
    }

    #[test]
    fn neighbours_exchanged_cost_less_than_two_changes() {
        assert!(alike("Kursk", "Krusk") > alike("Kursk", "Kamsk"));
    }

    proptest::proptest! {
        #[test]
        fn many_words_at_once_are_as_alike_as_one_by_one(
            asked in "[abghkSnriuvwxy]{0,9}|[abn]{45,50}",
            words in proptest::collection::vec(("[abghkSnriuvwxy]{0,9}|[abn]{45,50}", 0..3u8), 1..40),
            least in 0.0..0.9f32,
        ) {
            let spelling = |of| match of {
                0u8 => Spelling::Full,
                1 => Spelling::Vowelless,
                _ => Spelling::Syllabic,
            };
            let word = |sounds: &str, of| Spoken::new(&crate::sound::Word {
                sounds: sounds.bytes().collect(),
                spelling: spelling(of),
                script: crate::sound::Script::Latin,
            });
            let words: Vec<Spoken> = words.iter().map(|(word_of, of)| word(word_of, *of)).collect();
            let mut shelf = Shelf::default();
            words.iter().for_each(|word| shelf.put(word));
            let asked = word(&asked, 0);
            let (ready, mut queue) = (Asked::new(&asked), Queue::default());
            for place in 0..words.len() as u32 {
                queue.put(&ready, &shelf, (place, place), least);
            }
            queue.finish(&ready);
            queue.found.sort_unstable_by_key(|(turn, _)| *turn);
            let one_by_one = words.iter().enumerate().map(|(turn, word)| (turn as u32, likeness_above(&asked, word, least)));
            let one_by_one: Vec<(u32, f32)> = one_by_one.filter(|(_, alike)| *alike > 0.0).collect();
            proptest::prop_assert_eq!(&queue.found, &one_by_one);
        }
    }
}
