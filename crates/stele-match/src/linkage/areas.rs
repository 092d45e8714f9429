//! Areas the lists name: numbered, those of the claims taken for the inventory's where they are
//! written another way, and the inventory cut into parts by the narrowest column that both share.

use crate::Entry;
use crate::distance::{Spoken, likeness};
use crate::generic::generic;
use crate::sound::{Piece, fold, pieces, sound_out};
use rustc_hash::FxHashMap;

/// How alike an area's names have to sound to be taken for one, and by how much more than the next.
const TAKEN_FOR: f32 = 0.8;
const CLEARLY: f32 = 0.04;
/// Pairs of areas compared by sound at most, so that lists without shared areas cost little.
const COMPARED: usize = 400_000;

/// The areas of each entry by column, wide to narrow, as numbers.
pub(super) struct Areas {
    pub places: Vec<Box<[Option<u32>]>>,
    pub claims: Vec<Box<[Option<u32>]>>,
}

impl Areas {
    pub fn new<'a>(inventory: &'a [Entry], claims: &'a [Entry]) -> Areas {
        let mut numbers: FxHashMap<(usize, String), u32> = FxHashMap::default();
        // As it stands, so that one is put in lower case once and not for each entry.
        let mut written: FxHashMap<(usize, &'a str), Option<u32>> = FxHashMap::default();
        let mut number = |entry: &'a Entry| -> Box<[Option<u32>]> {
            let areas = entry.areas.iter().enumerate();
            areas
                .map(|(column, area)| {
                    let area = area.as_deref()?;
                    *written.entry((column, area)).or_insert_with(|| {
                        let area = area.trim().to_lowercase();
                        let next = numbers.len() as u32;
                        (!area.is_empty()).then(|| *numbers.entry((column, area)).or_insert(next))
                    })
                })
                .collect()
        };
        let places: Vec<_> = inventory.iter().map(&mut number).collect();
        let mut claims: Vec<_> = claims.iter().map(&mut number).collect();
        let mut known = vec![false; numbers.len()];
        for area in places.iter().flat_map(|areas| areas.iter()).flatten() {
            known[*area as usize] = true;
        }
        let taken = taken_for(&numbers, &known);
        for area in claims
            .iter_mut()
            .flat_map(|areas| areas.iter_mut())
            .flatten()
        {
            *area = taken.get(area).copied().unwrap_or(*area);
        }
        Areas { places, claims }
    }
}

/// Areas only the claims name, each with the area of the inventory that sounds like it.
fn taken_for(numbers: &FxHashMap<(usize, String), u32>, known: &[bool]) -> FxHashMap<u32, u32> {
    let mut taken = FxHashMap::default();
    let columns = numbers
        .keys()
        .map(|(column, _)| column + 1)
        .max()
        .unwrap_or(0);
    for column in 0..columns {
        let mut of_column: Vec<(u32, &str)> = numbers
            .iter()
            .filter(|((c, _), _)| *c == column)
            .map(|((_, name), number)| (*number, name.as_str()))
            .collect();
        of_column.sort_unstable();
        let (there, asked): (Vec<_>, Vec<_>) = of_column
            .into_iter()
            .partition(|(number, _)| known[*number as usize]);
        if there.len() * asked.len() > COMPARED {
            continue;
        }
        let there: Vec<(u32, Spoken)> = there
            .iter()
            .filter_map(|(number, name)| Some((*number, whole(name)?)))
            .collect();
        for (number, name) in asked {
            let Some(asked) = whole(name) else { continue };
            let (mut best, mut next) = ((0.0, 0), 0.0);
            for (area, spoken) in &there {
                let alike = likeness(&asked, spoken);
                if alike > best.0 {
                    (next, best) = (best.0, (alike, *area));
                } else if alike > next {
                    next = alike;
                }
            }
            if best.0 >= TAKEN_FOR && best.0 >= next + CLEARLY {
                taken.insert(number, best.1);
            }
        }
    }
    taken
}

/// A name as one word, without the words that say what kind of area it is; `None` for a code of a
/// letter or two, which sounds like many.
fn whole(name: &str) -> Option<Spoken> {
    let folded = fold(name);
    let mut words = Vec::new();
    pieces(&folded, |piece| {
        if let Piece::Word(word) = piece {
            words.push(word);
        }
    });
    let telling: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| generic(word).is_none())
        .collect();
    let telling = if telling.is_empty() { &words } else { &telling };
    let mut heard = telling.iter().map(|word| sound_out(word));
    let mut first = heard.next()?;
    for word in heard {
        first.sounds.extend(word.sounds);
        first.spelling = first.spelling.max(word.spelling);
    }
    (first.sounds.len() >= 3).then(|| Spoken::new(&first))
}

/// The inventory cut into parts; a claim whose area the inventory does not know is looked for
/// everywhere.
pub(super) struct Parts {
    pub of_claim: Vec<usize>,
    pub places: Vec<Vec<u32>>,
}

impl Parts {
    pub fn new(areas: &Areas) -> Parts {
        let columns = areas.claims.iter().map(|c| c.len()).max().unwrap_or(0);
        let value = |areas: &[Option<u32>], column: usize| areas.get(column).copied().flatten();
        let mut chosen: Option<(usize, FxHashMap<u32, usize>)> = None;
        for column in 0..columns {
            let mut known: FxHashMap<u32, usize> = FxHashMap::default();
            for area in areas.places.iter().filter_map(|place| value(place, column)) {
                let next = known.len() + 1;
                known.entry(area).or_insert(next);
            }
            let shared = areas
                .claims
                .iter()
                .filter_map(|claim| value(claim, column))
                .filter(|area| known.contains_key(area))
                .count();
            let narrower = chosen
                .as_ref()
                .is_none_or(|(_, now)| known.len() > now.len());
            if shared * 2 > areas.claims.len() && narrower {
                chosen = Some((column, known));
            }
        }
        let everywhere: Vec<u32> = (0..areas.places.len() as u32).collect();
        let Some((column, known)) = chosen else {
            return Parts {
                of_claim: vec![0; areas.claims.len()],
                places: vec![everywhere],
            };
        };
        let mut places = vec![Vec::new(); known.len() + 1];
        // What the inventory does not place may lie in any part.
        let mut anywhere = Vec::new();
        for (at, place) in areas.places.iter().enumerate() {
            match value(place, column).and_then(|area| known.get(&area)) {
                Some(part) => places[*part].push(at as u32),
                None => anywhere.push(at as u32),
            }
        }
        // In a part with the others only where they are few: they would be indexed once for each.
        if anywhere.len() * 20 <= areas.places.len() {
            for part in places.iter_mut().skip(1) {
                part.extend(&anywhere);
                part.sort_unstable();
            }
        }
        let of_claim: Vec<usize> = areas
            .claims
            .iter()
            .map(|claim| value(claim, column).and_then(|area| known.get(&area).copied()))
            .map(|part| part.unwrap_or(0))
            .collect();
        if of_claim.contains(&0) {
            places[0] = everywhere;
        }
        Parts { of_claim, places }
    }
}
