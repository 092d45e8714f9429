//! Linkage: what agreement in each field is worth, learnt from the two lists, and the probability
//! that a claim means a candidate.
//!
//! For a pair, each field gives a level of agreement; a level weighs `m/u`, how often it is seen
//! among matches against how often among pairs taken at random. A claim means each place of its part
//! of the inventory, or none of them, with a prior; the weights turn that into probabilities that
//! add up to one. `m` and the share of claims that mean a place at all are found by
//! expectation–maximisation, `u` by counting.

use crate::Entry;
use crate::candidates::{Heard, Lexicon, Names, Near, Scratch};
use crate::generic::{Generic, Kind, generic};
use crate::sound::{Script, Spelling};
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How to match.
#[derive(Debug, Clone)]
pub struct Options {
    /// Candidates given for each claim.
    pub best: usize,
    /// Threads; the result is the same for any number.
    pub threads: usize,
    /// The list holds nothing twice: a place is given to one claim at most.
    pub one_to_one: bool,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Options {
            best: 5,
            threads,
            one_to_one: false,
        }
    }
}

/// What a claim was found to mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Linked {
    /// The likeliest places, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// Probability that the inventory does not hold what the claim means.
    pub none: f64,
}

/// A place a claim may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its position in the inventory.
    pub place: usize,
    /// Probability that the claim means it.
    pub probability: f64,
    /// Why: what each field said.
    pub reasons: [Reason; 5],
}

/// What a field said about a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// The field.
    pub field: Field,
    /// What was found.
    pub found: Found,
    /// How many times likelier this is for a match than for strangers, as a power of two.
    pub bits: f64,
}

/// A field compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// How the names sound.
    Name,
    /// How far apart they lie.
    Place,
    /// The category the lists give.
    Category,
    /// The kind the names themselves say.
    Kind,
    /// Numbers in the names.
    Number,
}

/// Candidates compared for each claim.
const COMPARED: usize = 24;
/// Neighbours compared whatever their name.
const NEIGHBOURS: usize = 10;
/// What each further name about as close is worth: names of one place come in many spellings, and a
/// claim's is likelier one more of them.
const CLOSE: f64 = 0.4;
/// Levels of likeness of names: same, then steps of [`STEP`] down to [`LEAST`].
const NAME_LEVELS: usize = 16;
const STEP: f32 = 0.05;
/// Edges of the levels of distance, in kilometres over what is certain.
const PLACE_EDGES: [f64; 12] = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.8, 2.5, 4.0, 8.0];
const PLACE_LEVELS: usize = PLACE_EDGES.len() + 1;
/// Radius a place is certain to where the list says nothing, in kilometres.
const CERTAIN_KM: f64 = 5.0;
/// Classes of claims whose names are told apart differently well: by length and by script.
const CLASSES: usize = 12;
const ROUNDS: usize = 12;
/// Claims the model is learnt from at most.
const LEARNT_FROM: usize = 6_000;

/// A pair, level by level.
#[derive(Debug, Clone, Copy)]
struct Pair {
    place: u32,
    likeness: f32,
    close: u8,
    distance: Option<u8>,
    category: u8,
    kind: u8,
    number: u8,
}

struct Compared {
    class: usize,
    /// Places this claim could mean.
    among: f64,
    pairs: Vec<Pair>,
}

/// Frequency of levels.
#[derive(Clone)]
struct Levels<const N: usize>([f64; N]);

impl<const N: usize> Levels<N> {
    fn even() -> Self {
        Levels([1.0 / N as f64; N])
    }
    /// From counts, leaning on what is expected where little was seen.
    fn from_counts(counts: &[f64; N], expected: &[f64; N], lean: f64) -> Self {
        let all: f64 = counts.iter().sum::<f64>() + lean;
        let mut levels = [0.0; N];
        for k in 0..N {
            levels[k] = (counts[k] + lean * expected[k]) / all;
        }
        Levels(levels)
    }
}

/// Agreement and disagreement among three: said by one only or neither, the same, akin, different.
const SILENT: u8 = 0;
const SAME: u8 = 1;
const AKIN: u8 = 2;
const DIFFERENT: u8 = 3;

#[derive(Clone)]
struct Model {
    /// Share of claims that mean a place of the inventory.
    meant: f64,
    name_m: Vec<[f64; NAME_LEVELS + 1]>,
    name_u: Vec<[f64; NAME_LEVELS + 1]>,
    place_m: Levels<PLACE_LEVELS>,
    place_u: Levels<PLACE_LEVELS>,
    category_m: Levels<4>,
    category_u: Levels<4>,
    kind_m: Levels<4>,
    kind_u: Levels<4>,
    number_m: Levels<4>,
    number_u: Levels<4>,
}

/// Finds what each claim means among the inventory.
///
/// The same input gives the same output, whatever the number of threads.
pub fn link(inventory: &[Entry], claims: &[Entry], options: &Options) -> Vec<Linked> {
    let mut lexicon = Lexicon::default();
    let places = Prepared::new(inventory, &mut lexicon, options.threads);
    let wanted = Prepared::new(claims, &mut lexicon, options.threads);
    let lists = Lists {
        lexicon: &lexicon,
        places,
        wanted,
    };
    let parts = Parts::new(inventory, claims);
    let compared = compare_all(&lists, &parts, options.threads);
    let random = strangers(&lists, &parts);
    let model = learn(&compared, &random);
    let mut linked: Vec<Linked> = compared
        .iter()
        .map(|claim| decide(claim, &model, options.best))
        .collect();
    if options.one_to_one {
        give_each_place_once(&mut linked);
    }
    linked
}

/// Entries with their names heard and their category understood.
struct Prepared<'a> {
    entries: &'a [Entry],
    heard: Vec<Vec<Heard>>,
    category: Vec<Option<(String, Option<Kind>)>>,
}

/// The two lists.
struct Lists<'a> {
    lexicon: &'a Lexicon,
    places: Prepared<'a>,
    wanted: Prepared<'a>,
}

impl<'a> Prepared<'a> {
    fn new(entries: &'a [Entry], lexicon: &mut Lexicon, threads: usize) -> Self {
        let shares = in_parallel(
            entries,
            entries.len().div_ceil(threads.max(1)),
            threads,
            |part| {
                let mut lexicon = Lexicon::default();
                let mut hear = |entry: &Entry| -> Vec<Heard> {
                    entry
                        .names
                        .iter()
                        .filter_map(|name| lexicon.take_apart(name))
                        .collect()
                };
                let heard: Vec<Vec<Heard>> = part.iter().map(&mut hear).collect();
                vec![(heard, lexicon)]
            },
        );
        let mut heard = Vec::with_capacity(entries.len());
        for (mut share, words) in shares {
            let numbers = lexicon.merge(words);
            share
                .iter_mut()
                .flatten()
                .for_each(|name| name.renumber(&numbers));
            heard.append(&mut share);
        }
        let category = entries
            .iter()
            .map(|entry| {
                let words = entry.category.as_ref()?.trim().to_lowercase();
                let kind =
                    words
                        .split(|c: char| !c.is_alphanumeric())
                        .find_map(|word| match generic(word) {
                            Some(Generic::Kind(kind)) => Some(kind),
                            _ => None,
                        });
                (!words.is_empty()).then_some((words, kind))
            })
            .collect();
        Prepared {
            entries,
            heard,
            category,
        }
    }
}

/// Runs a function over a list in small shares, which the threads take as they come free, and puts
/// the results in order.
fn in_parallel<T: Sync, R: Send>(
    list: &[T],
    share: usize,
    threads: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let shares: Vec<&[T]> = list.chunks(share.max(1)).collect();
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(share) = shares.get(at) else {
                return done;
            };
            done.push((at, work(share)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for thread in others {
            match thread.join() {
                Ok(results) => done.extend(results),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

/// The inventory cut into parts by the narrowest area both lists name in the same words; a claim
/// whose area the inventory does not know is looked for everywhere.
struct Parts {
    of_claim: Vec<usize>,
    places: Vec<Vec<u32>>,
}

fn same_area(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Parts {
    fn new(inventory: &[Entry], claims: &[Entry]) -> Parts {
        let columns = inventory
            .iter()
            .chain(claims)
            .map(|e| e.areas.len())
            .max()
            .unwrap_or(0);
        let value = |entry: &Entry, column: usize| {
            entry
                .areas
                .get(column)
                .and_then(Option::as_deref)
                .map(same_area)
                .filter(|v| !v.is_empty())
        };
        let mut chosen: Option<(usize, HashMap<String, usize>)> = None;
        for column in 0..columns {
            let mut known: HashMap<String, usize> = HashMap::new();
            for entry in inventory {
                if let Some(area) = value(entry, column) {
                    let next = known.len() + 1;
                    known.entry(area).or_insert(next);
                }
            }
            let named: Vec<String> = claims
                .iter()
                .filter_map(|claim| value(claim, column))
                .collect();
            let shared = named
                .iter()
                .filter(|area| known.contains_key(*area))
                .count();
            let narrower = chosen
                .as_ref()
                .is_none_or(|(_, now)| known.len() > now.len());
            if shared * 2 > claims.len() && narrower {
                chosen = Some((column, known));
            }
        }
        let everywhere: Vec<u32> = (0..inventory.len() as u32).collect();
        let Some((column, known)) = chosen else {
            return Parts {
                of_claim: vec![0; claims.len()],
                places: vec![everywhere],
            };
        };
        let mut places = vec![Vec::new(); known.len() + 1];
        for (at, entry) in inventory.iter().enumerate() {
            if let Some(part) = value(entry, column).and_then(|area| known.get(&area)) {
                places[*part].push(at as u32);
            }
        }
        let of_claim: Vec<usize> = claims
            .iter()
            .map(|claim| {
                value(claim, column)
                    .and_then(|area| known.get(&area).copied())
                    .unwrap_or(0)
            })
            .collect();
        if of_claim.contains(&0) {
            places[0] = everywhere;
        }
        Parts { of_claim, places }
    }
}

fn compare_all(lists: &Lists, parts: &Parts, threads: usize) -> Vec<Compared> {
    let mut by_part: Vec<Vec<u32>> = vec![Vec::new(); parts.places.len()];
    for (claim, part) in parts.of_claim.iter().enumerate() {
        by_part[*part].push(claim as u32);
    }
    // Small shares of work, each with the part of the inventory it needs.
    let mut order: Vec<usize> = (0..by_part.len())
        .filter(|part| !by_part[*part].is_empty())
        .collect();
    order.sort_by_key(|part| std::cmp::Reverse(by_part[*part].len() + parts.places[*part].len()));
    let mut compared: Vec<Option<Compared>> =
        (0..lists.wanted.entries.len()).map(|_| None).collect();
    let large: Vec<usize> = order
        .iter()
        .copied()
        .filter(|p| by_part[*p].len() > 200)
        .collect();
    let small: Vec<usize> = order
        .into_iter()
        .filter(|p| by_part[*p].len() <= 200)
        .collect();
    let mut keep = |results: Vec<(u32, Compared)>| {
        for (claim, result) in results {
            compared[claim as usize] = Some(result);
        }
    };
    // Many small parts: a thread takes whole parts. A large one: the threads share its claims.
    keep(in_parallel(&small, 1, threads, |share| {
        share
            .iter()
            .flat_map(|part| Part::new(lists, &parts.places[*part]).compare(&by_part[*part]))
            .collect()
    }));
    for part in large {
        let names = Part::new(lists, &parts.places[part]);
        let share = by_part[part].len().div_ceil(threads.max(1));
        keep(in_parallel(&by_part[part], share, threads, |share| {
            names.compare(share)
        }));
    }
    compared
        .into_iter()
        .map(|claim| {
            claim.unwrap_or(Compared {
                class: 0,
                among: 1.0,
                pairs: Vec::new(),
            })
        })
        .collect()
}

/// A part of the inventory, ready for claims.
struct Part<'a> {
    lists: &'a Lists<'a>,
    names: Names<'a>,
    /// Places by cell of a grid of a tenth of a degree.
    grid: FxHashMap<(i32, i32), Vec<u32>>,
}

const CELL: f64 = 10.0;

fn cell(lon: f64, lat: f64) -> (i32, i32) {
    ((lon * CELL).floor() as i32, (lat * CELL).floor() as i32)
}

impl<'a> Part<'a> {
    fn new(lists: &'a Lists<'a>, of_part: &[u32]) -> Part<'a> {
        let names = Names::new(lists.lexicon, &lists.places.heard, of_part);
        let mut grid: FxHashMap<(i32, i32), Vec<u32>> = FxHashMap::default();
        for &place in of_part {
            if let Some(spot) = lists.places.entries[place as usize].place {
                grid.entry(cell(spot.lon, spot.lat))
                    .or_default()
                    .push(place);
            }
        }
        Part { lists, names, grid }
    }

    fn compare(&self, claims: &[u32]) -> Vec<(u32, Compared)> {
        let mut scratch = Scratch::default();
        claims
            .iter()
            .map(|&claim| (claim, self.compare_one(claim as usize, &mut scratch)))
            .collect()
    }

    fn compare_one(&self, claim: usize, scratch: &mut Scratch) -> Compared {
        let heard = &self.lists.wanted.heard[claim];
        // Closest name, and which of the claim's own names it is closest to.
        let mut near: Vec<(Near, usize)> = Vec::new();
        for (own, name) in heard.iter().enumerate() {
            for found in self.names.closest(name, COMPARED, scratch) {
                match near
                    .iter_mut()
                    .find(|(known, _)| known.place == found.place)
                {
                    Some((known, _)) if known.likeness >= found.likeness => {}
                    Some(known) => *known = (found, own),
                    None => near.push((found, own)),
                }
            }
        }
        near.sort_by(|a, b| {
            b.0.likeness
                .total_cmp(&a.0.likeness)
                .then(a.0.place.cmp(&b.0.place))
        });
        near.truncate(COMPARED);
        for place in self.neighbours(&self.lists.wanted.entries[claim]) {
            if near.iter().all(|(known, _)| known.place != place) {
                near.push(self.beside(heard, place));
            }
        }
        let pairs = near
            .iter()
            .map(|(found, own)| pair(self.lists, claim, *own, found))
            .collect();
        Compared {
            class: class(self.lists.lexicon, heard),
            among: self.names.places() as f64,
            pairs,
        }
    }

    /// How a claim's names compare to those of a place that was not found by them.
    fn beside(&self, heard: &[Heard], place: u32) -> (Near, usize) {
        let mut closest = (
            Near {
                place,
                name: 0,
                likeness: 0.0,
                close: 1,
            },
            0,
        );
        for (own, said) in heard.iter().enumerate() {
            for (name, known) in self.lists.places.heard[place as usize].iter().enumerate() {
                let likeness = self.lists.lexicon.beside(said, known);
                if likeness > closest.0.likeness {
                    closest = (
                        Near {
                            place,
                            name: name as u32,
                            likeness,
                            close: 1,
                        },
                        own,
                    );
                }
            }
        }
        closest
    }

    /// The places closest to where a claim lies.
    fn neighbours(&self, claim: &Entry) -> Vec<u32> {
        let Some(spot) = claim.place else {
            return Vec::new();
        };
        let reach = spot.uncertain_km.unwrap_or(CERTAIN_KM) * 1.2;
        let (east, north) = cell(spot.lon, spot.lat);
        let span = ((reach / 111.0 * CELL).ceil() as i32).clamp(1, 3);
        let mut found: Vec<(f64, u32)> = Vec::new();
        for x in east - span..=east + span {
            for y in north - span..=north + span {
                for &place in self.grid.get(&(x, y)).into_iter().flatten() {
                    let Some(there) = self.lists.places.entries[place as usize].place else {
                        continue;
                    };
                    let km = spot.km_to(there);
                    if km <= reach {
                        found.push((km, place));
                    }
                }
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
            .into_iter()
            .take(NEIGHBOURS)
            .map(|(_, place)| place)
            .collect()
    }
}

/// Which claims' names are told apart alike: by how much is heard, and how it is written.
fn class(lexicon: &Lexicon, heard: &[Heard]) -> usize {
    let Some(name) = heard.first() else { return 0 };
    let words = || name.words.iter().map(|word| lexicon.word(*word));
    let length = match words().map(|word| word.spoken.coded.len()).sum() {
        0..=4 => 0,
        5..=6 => 1,
        7..=9 => 2,
        _ => 3,
    };
    let script = match words().next() {
        Some(word) if word.spoken.spelling == Spelling::Vowelless => 2,
        Some(word) if matches!(word.script, Script::Latin | Script::Cyrillic) => 0,
        _ => 1,
    };
    length * 3 + script
}

fn distance_level(a: &Entry, b: &Entry) -> Option<u8> {
    let (a, b) = (a.place?, b.place?);
    let certain = match (a.uncertain_km, b.uncertain_km) {
        (None, None) => CERTAIN_KM,
        (a, b) => (a.unwrap_or(0.0) + b.unwrap_or(0.0)).max(0.1),
    };
    let share = a.km_to(b) / certain;
    Some(
        PLACE_EDGES
            .iter()
            .position(|edge| share <= *edge)
            .unwrap_or(PLACE_EDGES.len()) as u8,
    )
}

fn kinds_agree(a: Option<Kind>, b: Option<Kind>) -> u8 {
    match (a, b) {
        (Some(a), Some(b)) if a.kind == b.kind => SAME,
        (Some(a), Some(b)) if a.family == b.family => AKIN,
        (Some(_), Some(_)) => DIFFERENT,
        _ => SILENT,
    }
}

fn categories_agree(a: &Option<(String, Option<Kind>)>, b: &Option<(String, Option<Kind>)>) -> u8 {
    match (a, b) {
        (Some((a, _)), Some((b, _))) if a == b => SAME,
        (Some((_, a)), Some((_, b))) => kinds_agree(*a, *b).max(AKIN),
        _ => SILENT,
    }
}

/// How the numbers of two names stand to each other: [`AKIN`] is one with and one without.
fn numbers_agree(a: &[u32], b: &[u32]) -> u8 {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => SILENT,
        (false, false) if a == b => SAME,
        (false, false) => DIFFERENT,
        _ => AKIN,
    }
}

fn pair(lists: &Lists, claim: usize, own: usize, found: &Near) -> Pair {
    let (places, wanted) = (&lists.places, &lists.wanted);
    let place = found.place as usize;
    let said = wanted.heard[claim].get(own);
    let known = places.heard[place].get(found.name as usize);
    let kind = |name: Option<&Heard>, others: &[Heard]| {
        name.and_then(|name| name.kind)
            .or_else(|| others.iter().find_map(|name| name.kind))
    };
    Pair {
        place: found.place,
        likeness: found.likeness,
        close: found.close,
        distance: distance_level(&wanted.entries[claim], &places.entries[place]),
        category: categories_agree(&wanted.category[claim], &places.category[place]),
        kind: kinds_agree(
            kind(said, &wanted.heard[claim]),
            kind(known, &places.heard[place]),
        ),
        number: match (said, known) {
            (Some(said), Some(known)) => numbers_agree(&said.numbers, &known.numbers),
            _ => SILENT,
        },
    }
}

/// Counts of levels among pairs taken at random from the same parts.
struct Strangers {
    place: [f64; PLACE_LEVELS],
    category: [f64; 4],
    kind: [f64; 4],
    number: [f64; 4],
}

/// Claims looked at for what strangers look like, and places for each.
const SAMPLED_CLAIMS: usize = 4_000;
const SAMPLED_PLACES: usize = 60;

fn strangers(lists: &Lists, parts: &Parts) -> Strangers {
    let mut counts = Strangers {
        place: [0.0; PLACE_LEVELS],
        category: [0.0; 4],
        kind: [0.0; 4],
        number: [0.0; 4],
    };
    let claims = lists.wanted.entries.len();
    let step = claims.div_ceil(SAMPLED_CLAIMS).max(1);
    for claim in (0..claims).step_by(step) {
        let among = &parts.places[parts.of_claim[claim]];
        let stride = among.len().div_ceil(SAMPLED_PLACES).max(1);
        for &place in among.iter().skip(claim % stride).step_by(stride) {
            let pair = pair(
                lists,
                claim,
                0,
                &Near {
                    place,
                    name: 0,
                    likeness: 0.0,
                    close: 1,
                },
            );
            if let Some(level) = pair.distance {
                counts.place[level as usize] += 1.0;
            }
            counts.category[pair.category as usize] += 1.0;
            counts.kind[pair.kind as usize] += 1.0;
            counts.number[pair.number as usize] += 1.0;
        }
    }
    counts
}

/// Level of a likeness, with the share that belongs to the next lower one, so that the weight goes
/// from one to the next without a step.
fn name_level(likeness: f32) -> Option<(usize, f64)> {
    if likeness >= 0.999 {
        return Some((0, 0.0));
    }
    let exact = f64::from((1.0 - likeness) / STEP) + 0.5;
    let level = exact.floor() as usize;
    (level + 1 < NAME_LEVELS)
        .then_some((level.max(1), if level == 0 { 0.0 } else { exact.fract() }))
}

impl Model {
    fn start() -> Model {
        // Matches mostly sound alike; strangers hardly ever.
        let mut name_m = [0.0; NAME_LEVELS + 1];
        for (level, m) in name_m.iter_mut().enumerate() {
            *m = 0.3 * 0.7f64.powi(level as i32);
        }
        name_m[NAME_LEVELS] = 0.05;
        let all: f64 = name_m.iter().sum();
        name_m.iter_mut().for_each(|m| *m /= all);
        let mut near = [0.0; PLACE_LEVELS];
        for (level, share) in near.iter_mut().enumerate() {
            *share = if level < 7 { 0.13 } else { 0.015 };
        }
        Model {
            meant: 0.75,
            name_m: vec![name_m; CLASSES],
            name_u: vec![[1e-3; NAME_LEVELS + 1]; CLASSES],
            place_m: Levels(near),
            place_u: Levels::even(),
            category_m: Levels([0.1, 0.7, 0.1, 0.1]),
            category_u: Levels::even(),
            kind_m: Levels([0.1, 0.6, 0.2, 0.1]),
            kind_u: Levels::even(),
            number_m: Levels([0.6, 0.2, 0.15, 0.05]),
            number_u: Levels::even(),
        }
    }

    /// Natural logarithms of the weights of each field: name, place, category, kind, number.
    fn weights(&self, class: usize, pair: &Pair) -> [f64; 5] {
        let ratio = |m: f64, u: f64| (m / u).ln();
        let four = |m: &Levels<4>, u: &Levels<4>, level: u8| {
            ratio(m.0[level as usize], u.0[level as usize])
        };
        let name = match name_level(pair.likeness) {
            None => ratio(
                self.name_m[class][NAME_LEVELS],
                self.name_u[class][NAME_LEVELS],
            ),
            Some((level, lower)) => {
                let at = |level: usize| {
                    let k = level.min(NAME_LEVELS - 1);
                    ratio(self.name_m[class][k], self.name_u[class][k])
                };
                at(level) * (1.0 - lower) + at(level + 1) * lower
            }
        };
        [
            name + f64::from(pair.close).ln() * CLOSE,
            pair.distance.map_or(0.0, |level| {
                ratio(
                    self.place_m.0[level as usize],
                    self.place_u.0[level as usize],
                )
            }),
            four(&self.category_m, &self.category_u, pair.category),
            four(&self.kind_m, &self.kind_u, pair.kind),
            four(&self.number_m, &self.number_u, pair.number),
        ]
    }

    /// Probabilities of each pair and of none.
    fn posterior(&self, claim: &Compared) -> (Vec<f64>, f64) {
        let prior = (self.meant / (1.0 - self.meant) / claim.among.max(1.0)).ln();
        let odds: Vec<f64> = claim
            .pairs
            .iter()
            .map(|pair| prior + self.weights(claim.class, pair).iter().sum::<f64>())
            .collect();
        // The largest is taken out, so that nothing overflows.
        let most = odds.iter().copied().fold(0.0, f64::max);
        let shares: Vec<f64> = odds.iter().map(|o| (o - most).exp()).collect();
        let none = (-most).exp();
        let all = none + shares.iter().sum::<f64>();
        (shares.iter().map(|share| share / all).collect(), none / all)
    }
}

fn learn(compared: &[Compared], random: &Strangers) -> Model {
    let mut model = Model::start();
    // Names that sound alike name the same kind more often than strangers do: agreement is held to
    // a few bits.
    let u = |counts: &[f64; 4]| {
        let all: f64 = counts.iter().sum();
        Levels::from_counts(counts, &[0.25; 4], 4.0 + all * 0.05)
    };
    model.place_u = Levels::from_counts(
        &random.place,
        &[1.0 / PLACE_LEVELS as f64; PLACE_LEVELS],
        2.0,
    );
    model.category_u = u(&random.category);
    model.kind_u = u(&random.kind);
    model.number_u = u(&random.number);
    let first = model.clone();
    let step = compared.len().div_ceil(LEARNT_FROM).max(1);
    let sample = || compared.iter().step_by(step);
    for _ in 0..ROUNDS {
        let mut meant = 0.0;
        let mut name_m = vec![[0.0; NAME_LEVELS + 1]; CLASSES];
        let mut name_u = vec![[0.0; NAME_LEVELS + 1]; CLASSES];
        let mut among = [0.0; CLASSES];
        let mut place_m = [0.0; PLACE_LEVELS];
        let (mut category_m, mut kind_m, mut number_m) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        for claim in sample() {
            let (shares, none) = model.posterior(claim);
            meant += 1.0 - none;
            among[claim.class] += claim.among;
            for (pair, share) in claim.pairs.iter().zip(&shares) {
                let mut count = |k: usize, part: f64| {
                    name_m[claim.class][k] += share * part;
                    name_u[claim.class][k] += (1.0 - share) * part;
                };
                match name_level(pair.likeness) {
                    None => count(NAME_LEVELS, 1.0),
                    Some((level, lower)) => {
                        count(level, 1.0 - lower);
                        count((level + 1).min(NAME_LEVELS - 1), lower);
                    }
                }
                if let Some(level) = pair.distance {
                    place_m[level as usize] += share;
                }
                category_m[pair.category as usize] += share;
                kind_m[pair.kind as usize] += share;
                number_m[pair.number as usize] += share;
            }
        }
        model.meant = (meant / sample().count().max(1) as f64).clamp(0.02, 0.98);
        model.names(&name_m, &mut name_u, &among, &first);
        model.place_m = Levels::from_counts(&place_m, &first.place_m.0, 20.0);
        model.category_m = Levels::from_counts(&category_m, &first.category_m.0, 20.0);
        model.kind_m = Levels::from_counts(&kind_m, &first.kind_m.0, 20.0);
        model.number_m = Levels::from_counts(&number_m, &first.number_m.0, 20.0);
    }
    model
}

impl Model {
    /// The levels of names, class by class: what a class has too few of leans on all classes.
    fn names(
        &mut self,
        m: &[[f64; NAME_LEVELS + 1]],
        u: &mut [[f64; NAME_LEVELS + 1]],
        among: &[f64],
        first: &Model,
    ) {
        const BOTTOM: usize = NAME_LEVELS;
        for (class, counts) in u.iter_mut().enumerate() {
            // Pairs that were not even candidates have nothing in common.
            let seen: f64 = counts.iter().sum();
            counts[BOTTOM] += (among[class] - seen).max(0.0);
        }
        let sum = |of: &[[f64; BOTTOM + 1]]| {
            let mut all = [0.0; BOTTOM + 1];
            for counts in of {
                for (into, count) in all.iter_mut().zip(counts) {
                    *into += count;
                }
            }
            let total: f64 = all.iter().sum::<f64>().max(1.0);
            all.map(|count| count / total)
        };
        let (all_m, all_u) = (sum(m), sum(u));
        let all_m = Levels::from_counts(&all_m, &first.name_m[0], 0.02).0;
        let all_u = Levels::from_counts(&all_u, &first.name_m[0], 1e-9).0;
        for class in 0..CLASSES {
            self.name_m[class] = Levels::from_counts(&m[class], &all_m, 100.0).0;
            self.name_u[class] =
                Levels::from_counts(&u[class], &all_u, 0.02 * among[class] + 1.0).0;
            self.never_rising(class);
        }
    }

    /// A closer name never weighs less than one further off (pool adjacent violators).
    fn never_rising(&mut self, class: usize) {
        let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
        for level in 0..NAME_LEVELS {
            blocks.push((self.name_m[class][level], self.name_u[class][level], 1));
            while let [.., before, last] = blocks.as_slice() {
                if before.0 * last.1 >= last.0 * before.1 {
                    break;
                }
                let pooled = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
                blocks.truncate(blocks.len() - 2);
                blocks.push(pooled);
            }
        }
        let mut k = 0;
        for (m, u, size) in blocks {
            for _ in 0..size {
                self.name_m[class][k] = m / size as f64;
                self.name_u[class][k] = u / size as f64;
                k += 1;
            }
        }
    }
}

fn decide(claim: &Compared, model: &Model, best: usize) -> Linked {
    let (shares, none) = model.posterior(claim);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| {
        shares[b]
            .total_cmp(&shares[a])
            .then(claim.pairs[a].place.cmp(&claim.pairs[b].place))
    });
    let candidates = order
        .into_iter()
        .take(best)
        .map(|at| {
            let pair = &claim.pairs[at];
            let reasons = reasons(pair, model.weights(claim.class, pair));
            Candidate {
                place: pair.place as usize,
                probability: shares[at],
                reasons,
            }
        })
        .collect();
    Linked { candidates, none }
}

/// What comparing a field of two records found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Found {
    /// One of them or both say nothing.
    Silent,
    /// The same.
    Same,
    /// Named for each other, or only one has it.
    Akin,
    /// Not the same.
    Different,
    /// Names this much alike, 0 to 1.
    Alike(f32),
    /// Not further apart than this share of what is certain; `None`: further than any looked at.
    Within(Option<f64>),
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Found::Silent => f.write_str("not said by both"),
            Found::Same => f.write_str("the same"),
            Found::Akin => f.write_str("akin"),
            Found::Different => f.write_str("different"),
            Found::Alike(l) if *l >= 0.999 => f.write_str("sounds the same"),
            Found::Alike(l) if *l > 0.0 => write!(f, "sounds {:.0} % alike", l * 100.0),
            Found::Alike(_) => f.write_str("nothing in common"),
            Found::Within(Some(share)) => write!(f, "within {share} of the uncertainty"),
            Found::Within(None) => f.write_str("far apart"),
        }
    }
}

fn reasons(pair: &Pair, weights: [f64; 5]) -> [Reason; 5] {
    let four = |level: u8| match level {
        SAME => Found::Same,
        AKIN => Found::Akin,
        DIFFERENT => Found::Different,
        _ => Found::Silent,
    };
    let place = match pair.distance {
        None => Found::Silent,
        Some(level) => Found::Within(PLACE_EDGES.get(level as usize).copied()),
    };
    let reason = |field, found, weight: f64| Reason {
        field,
        found,
        bits: weight / std::f64::consts::LN_2,
    };
    [
        reason(Field::Name, Found::Alike(pair.likeness), weights[0]),
        reason(Field::Place, place, weights[1]),
        reason(Field::Category, four(pair.category), weights[2]),
        reason(Field::Kind, four(pair.kind), weights[3]),
        reason(Field::Number, four(pair.number), weights[4]),
    ]
}

/// Gives each place to the claim that means it most, and takes it from the others.
fn give_each_place_once(linked: &mut [Linked]) {
    let mut wishes: Vec<(f64, usize, usize)> = Vec::new();
    for (claim, found) in linked.iter().enumerate() {
        wishes.extend(
            found
                .candidates
                .iter()
                .map(|c| (c.probability, claim, c.place)),
        );
    }
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut taken: HashMap<usize, usize> = HashMap::new();
    let mut has: Vec<bool> = vec![false; linked.len()];
    for (probability, claim, place) in wishes {
        if probability > 0.5 && !has[claim] && !taken.contains_key(&place) {
            taken.insert(place, claim);
            has[claim] = true;
        }
    }
    for (claim, found) in linked.iter_mut().enumerate() {
        found
            .candidates
            .retain(|c| taken.get(&c.place).is_none_or(|owner| *owner == claim));
        let rest: f64 = found.none + found.candidates.iter().map(|c| c.probability).sum::<f64>();
        if rest > 0.0 {
            found.none /= rest;
            found
                .candidates
                .iter_mut()
                .for_each(|c| c.probability /= rest);
        }
    }
}
