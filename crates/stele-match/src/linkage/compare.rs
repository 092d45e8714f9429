//! Candidates compared: for each claim the places of its part of the inventory whose names come close,
//! that lie where it says, or that carry its identifier, each compared field by field.

use super::areas::{Areas, Parts};
use super::fields::*;
use super::model::{Neighbours, Strangers, name_levels};
use super::{Options, Position, Verdict};
use crate::candidates::{Names, Near, Scratch};
use crate::generic::{Generic, Kind, generic};
use crate::heard::{Heard, OfEntries};
use crate::lexicon::{Lexicon, hear};
use crate::parallel::{beside, in_parallel};
use crate::sound::{Script, Spelling};
use crate::{Entry, Spot};
use rustc_hash::FxHashMap;

/// Candidates compared for each claim.
const COMPARED: usize = 24;
/// Neighbours compared whatever their name.
const NEIGHBOURS: usize = 10;
/// Likeness from which names are also compared letter by letter.
const SOUNDS_THE_SAME: f32 = 0.95;
/// Places an identifier may stand at and still identify them.
const IDENTIFIED: usize = 4;

/// A claim with the places it may mean.
pub(super) struct Compared {
    pub class: usize,
    /// Places this claim could mean.
    pub among: f64,
    /// Likeness down to which all places whose names come close are among the pairs.
    pub all_above: f32,
    pub pairs: Vec<Pair>,
    /// What a person decided.
    pub verdict: Option<Verdict>,
}

/// Entries with their names heard and their other fields understood.
pub(super) struct Prepared<'a> {
    entries: &'a [Entry],
    heard: OfEntries,
    understood: Vec<Understood>,
}

/// The other fields of an entry, beside each other in memory: looking them up is most of comparing them.
struct Understood {
    position: Option<Position>,
    /// Category as a number, with the kind its words name.
    category: Option<(u32, Option<Kind>)>,
    /// Areas it lies in, the narrowest first.
    areas: Box<[u32]>,
    /// Scheme and value.
    identifiers: Box<[(u32, u32)]>,
    holds: bool,
}

/// Words of both lists as numbers.
#[derive(Default)]
pub(super) struct Interned<'a> {
    words: FxHashMap<&'a str, u32>,
    categories: FxHashMap<String, u32>,
}

/// Numbers words in the order they are met.
struct Numbers<'n, 'a>(&'n mut FxHashMap<&'a str, u32>);

impl<'a> Numbers<'_, 'a> {
    fn of(&mut self, word: &'a str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(word).or_insert(next)
    }
}

/// The two lists.
pub(super) struct Lists<'a> {
    lexicon: Lexicon,
    places: Prepared<'a>,
    wanted: Prepared<'a>,
    by_identifier: FxHashMap<(u32, u32), Vec<u32>>,
    /// How far the places of half the claims are certain to.
    usual_reach_km: f64,
    /// Both lists are one: nothing is compared to itself.
    itself: bool,
    decided: FxHashMap<u32, Vec<(u32, bool)>>,
}

impl<'a> Lists<'a> {
    /// An inventory and the claims to be found in it.
    pub fn new(
        inventory: &'a [Entry],
        claims: &'a [Entry],
        options: &Options,
    ) -> (Lists<'a>, Areas) {
        Lists::prepare(inventory, claims, options, false)
    }

    /// A list and itself: nothing is compared to itself.
    pub fn of_itself(list: &'a [Entry], options: &Options) -> (Lists<'a>, Areas) {
        Lists::prepare(list, list, options, true)
    }

    fn prepare(
        inventory: &'a [Entry],
        claims: &'a [Entry],
        options: &Options,
        itself: bool,
    ) -> (Lists<'a>, Areas) {
        // Numbering is done by one thread alone, and so is much of hearing: each fills the other's gaps.
        let understand = || {
            let areas = Areas::new(inventory, claims);
            let mut interned = Interned::default();
            let places = understand(inventory, &areas.places, &mut interned);
            let wanted = understand(claims, &areas.claims, &mut interned);
            (areas, places, wanted)
        };
        let hear = || hear([inventory, claims], options.threads);
        let (understood, (lexicon, [of_places, of_claims])) =
            beside(options.threads, understand, hear);
        let (areas, places, wanted) = understood;
        let mut places = Prepared {
            entries: inventory,
            heard: of_places,
            understood: places,
        };
        let mut wanted = Prepared {
            entries: claims,
            heard: of_claims,
            understood: wanted,
        };
        let mut by_identifier: FxHashMap<(u32, u32), Vec<u32>> = FxHashMap::default();
        for (place, understood) in places.understood.iter().enumerate() {
            for identifier in &understood.identifiers {
                by_identifier
                    .entry(*identifier)
                    .or_default()
                    .push(place as u32);
            }
        }
        // What stands at many places identifies none: "n/a", the number of the list itself.
        let rare = |id: &(u32, u32)| {
            by_identifier
                .get(id)
                .is_none_or(|at| at.len() <= IDENTIFIED)
        };
        for entry in places.understood.iter_mut().chain(&mut wanted.understood) {
            if !entry.identifiers.iter().all(rare) {
                entry.identifiers = entry.identifiers.iter().copied().filter(rare).collect();
            }
        }
        let mut decided: FxHashMap<u32, Vec<(u32, bool)>> = FxHashMap::default();
        for known in &options.decided {
            let mut keep = |claim: usize, place: usize| {
                decided
                    .entry(claim as u32)
                    .or_default()
                    .push((place as u32, known.same));
            };
            keep(known.claim, known.place);
            if itself {
                keep(known.place, known.claim);
            }
        }
        decided.values_mut().for_each(|pairs| pairs.sort_unstable());
        let lists = Lists {
            lexicon,
            places,
            wanted,
            by_identifier,
            usual_reach_km: usual_reach_km(claims),
            itself,
            decided,
        };
        (lists, areas)
    }

    /// Whether a person has decided about a pair.
    pub fn is_decided(&self, claim: usize, place: usize) -> bool {
        let of_claim = self.decided.get(&(claim as u32));
        of_claim.is_some_and(|pairs| pairs.iter().any(|(p, _)| *p as usize == place))
    }
}

fn usual_reach_km(claims: &[Entry]) -> f64 {
    let certain = |claim: &Entry| Some(claim.place?.uncertain_km.unwrap_or(CERTAIN_KM).max(0.1));
    let mut certain: Vec<f64> = claims.iter().filter_map(certain).collect();
    certain.sort_unstable_by(f64::total_cmp);
    certain
        .get(certain.len() / 2)
        .copied()
        .unwrap_or(CERTAIN_KM)
}

/// Understands the fields of entries but their names.
fn understand<'a>(
    entries: &'a [Entry],
    areas: &[Box<[Option<u32>]>],
    interned: &mut Interned<'a>,
) -> Vec<Understood> {
    let mut kinds: FxHashMap<&str, (u32, Option<Kind>)> = FxHashMap::default();
    let mut category = |entry: &'a Entry| {
        let words = entry.category.as_deref()?.trim();
        let known = kinds.entry(words).or_insert_with(|| {
            let folded = words.to_lowercase();
            let kind = folded
                .split(|c: char| !c.is_alphanumeric())
                .find_map(|word| match generic(word) {
                    Some(Generic::Kind(kind)) => Some(kind),
                    _ => None,
                });
            let next = interned.categories.len() as u32;
            (*interned.categories.entry(folded).or_insert(next), kind)
        });
        (!words.is_empty()).then_some(*known)
    };
    let mut numbers = Numbers(&mut interned.words);
    let understood = entries.iter().zip(areas);
    let understood = understood.map(|(entry, columns)| Understood {
        position: entry.place.map(Position::of),
        category: category(entry),
        areas: match entry.within.as_slice() {
            [] => columns.iter().rev().flatten().copied().collect(),
            within => within.iter().map(|area| numbers.of(area)).collect(),
        },
        identifiers: entry
            .identifiers
            .iter()
            .map(|id| (numbers.of(&id.scheme), numbers.of(&id.value)))
            .collect(),
        holds: !entry.holdings.is_empty(),
    });
    understood.collect()
}

/// Places of the inventory whose neighbours are looked at, for what neighbours have in common.
const SAMPLED_NEIGHBOURS: usize = 1_000;
/// Claims of a part from which on the threads share them.
const LARGE: usize = 200;

/// A share of the work: claims of a part, and places of it whose neighbours are looked at.
type Share<'a> = (&'a [u32], &'a [u32]);

/// Compares every claim to its candidates, and places of the inventory to each other.
pub(super) fn compare_all(
    lists: &Lists,
    parts: &Parts,
    options: &Options,
) -> (Vec<Compared>, Neighbours) {
    let threads = options.threads;
    let mut by_part: Vec<Vec<u32>> = vec![Vec::new(); parts.places.len()];
    for (claim, part) in parts.of_claim.iter().enumerate() {
        by_part[*part].push(claim as u32);
    }
    let stride = lists
        .places
        .entries
        .len()
        .div_ceil(SAMPLED_NEIGHBOURS)
        .max(1) as u32;
    let sampled: Vec<Vec<u32>> = parts
        .places
        .iter()
        .map(|places| {
            let sampled = places.iter().filter(|place| *place % stride == 0);
            sampled.copied().collect()
        })
        .collect();
    // Small shares of work, each with the part of the inventory it needs.
    let mut order: Vec<usize> = (0..by_part.len())
        .filter(|part| !by_part[*part].is_empty())
        .collect();
    order.sort_by_key(|part| std::cmp::Reverse(by_part[*part].len() + parts.places[*part].len()));
    let (large, small): (Vec<usize>, Vec<usize>) = order
        .into_iter()
        .partition(|part| by_part[*part].len() > LARGE);
    // Many small parts: a thread takes whole parts. A large one: the threads share its claims.
    let mut done = in_parallel(&small, 1, threads, |share| {
        let part = |part: &usize| {
            let ready = Part::new(lists, &parts.places[*part]);
            ready.compare((&by_part[*part], &sampled[*part]))
        };
        share.iter().map(part).collect()
    });
    let ready = in_parallel(&large, 1, threads, |share| {
        let part = |part: &usize| Part::new(lists, &parts.places[*part]);
        share.iter().map(part).collect()
    });
    // As many shares as threads of each: what was heard of a word is kept within one.
    let mut shares: Vec<(&Part, Share)> = Vec::new();
    for (ready, part) in ready.iter().zip(&large) {
        let size = |list: &[u32]| list.len().div_ceil(threads.max(1)).max(1);
        let (claims, sampled) = (&by_part[*part], &sampled[*part]);
        let mut sampled = sampled.chunks(size(sampled));
        let claims = claims.chunks(size(claims));
        shares.extend(claims.map(|claims| (ready, (claims, sampled.next().unwrap_or_default()))));
    }
    done.extend(in_parallel(&shares, 1, threads, |share| {
        share
            .iter()
            .map(|(part, share)| part.compare(*share))
            .collect()
    }));
    let mut neighbours = Neighbours::default();
    let mut compared: Vec<Option<Compared>> =
        (0..lists.wanted.entries.len()).map(|_| None).collect();
    for (claims, seen) in done {
        neighbours.add(&seen);
        for (claim, result) in claims {
            compared[claim as usize] = Some(result);
        }
    }
    let compared = compared.into_iter().map(|claim| {
        claim.unwrap_or(Compared {
            class: 0,
            among: 1.0,
            all_above: 0.0,
            pairs: Vec::new(),
            verdict: None,
        })
    });
    (compared.collect(), neighbours)
}

/// A part of the inventory, ready for claims.
struct Part<'a> {
    lists: &'a Lists<'a>,
    names: Names<'a>,
    /// Places by cell of a grid of a tenth of a degree, in order of the cells.
    grid: Vec<((i32, i32), u32)>,
    /// Where they are, in that order: most are looked at again and again.
    positions: Vec<Position>,
}

const CELL: f64 = 10.0;

fn cell(lon: f64, lat: f64) -> (i32, i32) {
    ((lon * CELL).floor() as i32, (lat * CELL).floor() as i32)
}

impl<'a> Part<'a> {
    fn new(lists: &'a Lists<'a>, of_part: &[u32]) -> Part<'a> {
        let names = Names::new(&lists.lexicon, &lists.places.heard, of_part);
        let places = of_part.iter().filter_map(|&place| {
            let spot = lists.places.entries[place as usize].place?;
            Some((cell(spot.lon, spot.lat), place))
        });
        let mut grid: Vec<((i32, i32), u32)> = places.collect();
        grid.sort_unstable();
        let understood = &lists.places.understood;
        let positions = grid.iter();
        let positions = positions.filter_map(|(_, place)| understood[*place as usize].position);
        Part {
            lists,
            names,
            positions: positions.collect(),
            grid,
        }
    }

    fn compare(&self, (claims, sampled): Share) -> (Vec<(u32, Compared)>, Neighbours) {
        let mut scratch = Scratch::default();
        let compared = claims
            .iter()
            .map(|&claim| (claim, self.compare_one(claim as usize, &mut scratch)))
            .collect();
        let mut seen = Neighbours::default();
        for &place in sampled {
            self.look_around(place, &mut scratch, &mut seen);
        }
        (compared, seen)
    }

    /// Counts how the names of a place's neighbours are like its own, beside those of all others.
    fn look_around(&self, place: u32, scratch: &mut Scratch, seen: &mut Neighbours) {
        let lists = self.lists;
        let at = place as usize;
        let (Some(spot), Some(from), Some(name)) = (
            lists.places.entries[at].place,
            &lists.places.understood[at].position,
            lists.places.heard[at].first(),
        ) else {
            return;
        };
        let reach = lists.usual_reach_km;
        let near = self.within(spot, from, reach);
        let found = self.names.closest(name, COMPARED, scratch);
        for found in found.iter().filter(|found| found.place != place) {
            let is_near = near.iter().any(|(_, place)| *place == found.place);
            seen.count(found.likeness, found.partly, is_near);
        }
        seen.near += near.len().saturating_sub(1) as f64;
        seen.all += self.names.places().saturating_sub(1) as f64;
    }

    /// The places no further from a place than this, with how far they are.
    fn within(&self, spot: Spot, from: &Position, reach_km: f64) -> Vec<(f64, u32)> {
        let (east, north) = cell(spot.lon, spot.lat);
        let span = ((reach_km / 111.0 * CELL).ceil() as i32).clamp(1, 3);
        let mut found: Vec<(f64, u32)> = Vec::new();
        for x in east - span..=east + span {
            let south = self
                .grid
                .partition_point(|(cell, _)| *cell < (x, north - span));
            let column = self.grid[south..].iter().zip(&self.positions[south..]);
            let column = column.take_while(|((cell, _), _)| *cell <= (x, north + span));
            let near = column.map(|((_, place), there)| (from.km_to(there), *place));
            found.extend(near.filter(|(km, _)| *km <= reach_km));
        }
        found
    }

    fn compare_one(&self, claim: usize, scratch: &mut Scratch) -> Compared {
        let heard = &self.lists.wanted.heard[claim];
        // Closest name, and which of the claim's own names it is closest to.
        let mut near: Vec<(Near, usize)> = Vec::with_capacity(2 * COMPARED);
        for (own, name) in heard.iter().enumerate() {
            for &found in self.names.closest(name, COMPARED, scratch) {
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
        let all_above = match near.get(COMPARED - 1) {
            Some((last, _)) => last.likeness,
            None => 0.0,
        };
        near.truncate(COMPARED);
        let lists = self.lists;
        let decided = lists
            .decided
            .get(&(claim as u32))
            .map_or(&[][..], Vec::as_slice);
        let others = self
            .neighbours(claim)
            .into_iter()
            .chain(lists.identified(claim))
            .chain(
                decided
                    .iter()
                    .filter(|(_, same)| *same)
                    .map(|(place, _)| *place),
            );
        for place in others {
            if near.iter().all(|(known, _)| known.place != place) {
                near.push(near_there(lists, heard, place));
            }
        }
        let ruled_out = |place: u32| {
            (lists.itself && place as usize == claim) || decided.contains(&(place, false))
        };
        let mut pairs: Vec<Pair> = Vec::with_capacity(near.len());
        pairs.extend(
            near.iter()
                .filter(|(found, _)| !ruled_out(found.place))
                .map(|(found, own)| pair(lists, claim, *own, found)),
        );
        let is = decided.iter().find(|(_, same)| *same);
        Compared {
            class: class(&lists.lexicon, heard),
            among: self.names.places() as f64,
            all_above,
            pairs,
            verdict: match is {
                Some((place, _)) => Some(Verdict::Is(*place)),
                None if decided.is_empty() => None,
                None => Some(Verdict::IsNotSome),
            },
        }
    }

    /// The places closest to where a claim lies.
    fn neighbours(&self, claim: usize) -> Vec<u32> {
        let wanted = &self.lists.wanted;
        let (Some(spot), Some(position)) = (
            wanted.entries[claim].place,
            wanted.understood[claim].position,
        ) else {
            return Vec::new();
        };
        let reach = spot.uncertain_km.unwrap_or(CERTAIN_KM) * 1.2;
        let mut found = self.within(spot, &position, reach);
        let closer = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if found.len() > NEIGHBOURS {
            found.select_nth_unstable_by(NEIGHBOURS, closer);
            found.truncate(NEIGHBOURS);
        }
        found.sort_unstable_by(closer);
        found.into_iter().map(|(_, place)| place).collect()
    }
}

/// How a claim's names compare to those of a place that was not found by them.
fn near_there(lists: &Lists, heard: &[Heard], place: u32) -> (Near, usize) {
    let (mut likeness, mut of_place, mut own) = (0.0, 0, 0);
    for (said_at, said) in heard.iter().enumerate() {
        for (known_at, known) in lists.places.heard[place as usize].iter().enumerate() {
            let found = lists.lexicon.beside(said, known, likeness);
            if found > likeness {
                (likeness, of_place, own) = (found, known_at, said_at);
            }
        }
    }
    let near = Near {
        name: of_place as u32,
        likeness,
        ..nameless(place)
    };
    (near, own)
}

/// Which claims' names are told apart alike: by how much is heard, and how it is written.
fn class(lexicon: &Lexicon, heard: &[Heard]) -> usize {
    let Some(name) = heard.first() else { return 0 };
    let spoken = || name.words.iter().map(|word| lexicon.spoken(*word));
    let length = match spoken().map(|word| word.coded.len()).sum() {
        0..=4 => 0,
        5..=6 => 1,
        7..=9 => 2,
        _ => 3,
    };
    let mut words = name.words.iter().map(|word| lexicon.word(*word));
    let script = match words.next() {
        Some(_)
            if spoken()
                .next()
                .is_some_and(|word| word.spelling == Spelling::Vowelless) =>
        {
            2
        }
        Some(word) if matches!(word.script, Script::Latin | Script::Cyrillic) => 0,
        _ => 1,
    };
    length * 3 + script
}

impl Lists<'_> {
    /// Places with an identifier of a claim.
    fn identified(&self, claim: usize) -> impl Iterator<Item = u32> {
        let identifiers = self.wanted.understood[claim].identifiers.iter();
        identifiers
            .filter_map(|identifier| self.by_identifier.get(identifier))
            .flatten()
            .copied()
            .take(IDENTIFIED)
    }
}

fn categories_agree(a: Option<(u32, Option<Kind>)>, b: Option<(u32, Option<Kind>)>) -> u8 {
    match (a, b) {
        (Some((a, _)), Some((b, _))) if a == b => SAME,
        (Some((_, a)), Some((_, b))) => kinds_agree(a, b).max(AKIN),
        _ => SILENT,
    }
}

/// Compares a claim, by one of its names, to a place.
fn pair(lists: &Lists, claim: usize, own: usize, found: &Near) -> Pair {
    let (places, wanted) = (&lists.places, &lists.wanted);
    let place = found.place as usize;
    let (names, names_there) = (&wanted.heard[claim], &places.heard[place]);
    let (said, known) = (names.get(own), names_there.get(found.name as usize));
    let (entry, other) = (&wanted.understood[claim], &places.understood[place]);
    // That of the first name that says one, where this one does not.
    let kind = |name: Option<&Heard>, names: &[Heard]| {
        let said = name.and_then(|name| name.kind);
        said.or_else(|| names.iter().find_map(|name| name.kind))
    };
    let mut levels = [SILENT; FIELDS];
    levels[Field::Place as usize] =
        distance_level(entry.position.as_ref(), other.position.as_ref());
    levels[Field::Category as usize] = categories_agree(entry.category, other.category);
    levels[Field::Kind as usize] = kinds_agree(kind(said, names), kind(known, names_there));
    if let (Some(said), Some(known)) = (said, known) {
        levels[Field::Number as usize] = numbers_agree(&said.numbers, &known.numbers);
    }
    if let Some(said) = said.filter(|_| found.likeness >= SOUNDS_THE_SAME) {
        let level = |name: &Heard| match () {
            () if name.written == said.written => SAME,
            () if name.letters == said.letters => AKIN,
            () => DIFFERENT,
        };
        levels[Field::Spelling as usize] = names_there.iter().map(level).min().unwrap_or(DIFFERENT);
    }
    levels[Field::Area as usize] = areas_agree(&entry.areas, &other.areas);
    if entry.holds && other.holds {
        let holdings = (
            &wanted.entries[claim].holdings,
            &places.entries[place].holdings,
        );
        levels[Field::Holdings as usize] = holdings_agree(holdings.0, holdings.1);
    }
    levels[Field::Identifier as usize] = identifiers_agree(&entry.identifiers, &other.identifiers);
    Pair {
        place: found.place,
        likeness: found.likeness,
        name: name_levels(found),
        close: found.close.ln(),
        partly: found.partly,
        levels,
    }
}

/// Claims looked at for what strangers look like, and places for each.
const SAMPLED_CLAIMS: usize = 2_000;
const SAMPLED_PLACES: usize = 40;
/// Claims among these whose names are compared too, which takes far longer than the rest.
const SAMPLED_NAMES: usize = 250;

/// Claims a thread looks at in one go.
const LOOKED_AT: usize = 100;

/// Counts what strangers look like.
pub(super) fn strangers(lists: &Lists, parts: &Parts, threads: usize) -> Strangers {
    let claims = lists.wanted.entries.len();
    let step = claims.div_ceil(SAMPLED_CLAIMS).max(1);
    let sampled: Vec<usize> = (0..claims).step_by(step).collect();
    let with_names = step * sampled.len().div_ceil(SAMPLED_NAMES).max(1);
    let shares = in_parallel(&sampled, LOOKED_AT, threads, |claims| {
        let mut counts = Strangers::default();
        for &claim in claims {
            let with_names = claim % with_names == 0;
            count_strangers(lists, parts, claim, with_names, &mut counts);
        }
        vec![counts]
    });
    let mut counts = Strangers::default();
    shares.iter().for_each(|share| counts.add(share));
    counts
}

fn count_strangers(
    lists: &Lists,
    parts: &Parts,
    claim: usize,
    with_names: bool,
    counts: &mut Strangers,
) {
    let heard = &lists.wanted.heard[claim];
    let class = class(&lists.lexicon, heard);
    let among = &parts.places[parts.of_claim[claim]];
    let stride = among.len().div_ceil(SAMPLED_PLACES).max(1);
    for &place in among.iter().skip(claim % stride).step_by(stride) {
        if lists.itself && place as usize == claim {
            continue;
        }
        let (near, own) = if with_names {
            near_there(lists, heard, place)
        } else {
            (nameless(place), 0)
        };
        let pair = pair(lists, claim, own, &near);
        counts.count(&pair);
        if with_names {
            counts.count_name(class, &pair);
        }
    }
}

/// A place whose names are not compared.
fn nameless(place: u32) -> Near {
    Near {
        place,
        name: 0,
        likeness: 0.0,
        close: 1.0,
        partly: false,
        beside: true,
    }
}
