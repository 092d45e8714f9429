//! Linkage: what agreement in each field is worth, learnt from the two lists, and the probability
//! that a claim means a candidate.
//!
//! For a pair, each field gives a level of agreement; a level weighs `m/u`, how often it is seen
//! among matches against how often among pairs taken at random. A claim means each place of its part
//! of the inventory, or none of them, with a prior; the weights turn that into probabilities that
//! add up to one. `m` and the share of claims that mean a place at all are found by
//! expectation–maximisation, `u` by counting.

mod areas;
mod compare;
mod curve;
mod fields;
mod model;
mod position;

use crate::Entry;
use crate::parallel::in_parallel;
use areas::{Areas, Parts};
use compare::{Compared, Lists, compare_all, strangers};
pub use curve::{Point, Thresholds, curve};
use fields::Pair;
pub use fields::{FIELDS, Field, Found};
use model::{Model, learn};
pub(crate) use position::Position;
use std::collections::HashMap;

/// How to match.
#[derive(Debug, Clone)]
pub struct Options {
    /// Candidates given for each claim.
    pub best: usize,
    /// Threads; the result is the same for any number.
    pub threads: usize,
    /// The list holds nothing twice: a place is given to one claim at most.
    pub one_to_one: bool,
    /// What people have decided already; it is kept, and learnt from.
    pub decided: Vec<Decided>,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Options {
            best: 5,
            threads,
            one_to_one: false,
            decided: Vec::new(),
        }
    }
}

/// A pair a person has decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// The claim, by its position.
    pub claim: usize,
    /// The place, by its position.
    pub place: usize,
    /// Whether the claim means the place.
    pub same: bool,
}

/// What was decided of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Is(u32),
    IsNotSome,
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
    pub reasons: [Reason; FIELDS],
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

/// Share of claims expected to mean a place before anything is seen.
const MEANT: f64 = 0.75;
/// Share of a list's entries expected to stand on it twice.
const TWICE: f64 = 0.02;

/// Finds what each claim means among the inventory.
///
/// The same input gives the same output, whatever the number of threads.
pub fn link(inventory: &[Entry], claims: &[Entry], options: &Options) -> Vec<Linked> {
    let (lists, areas) = Lists::new(inventory, claims, options);
    let (compared, model) = compare_and_learn(&lists, &areas, options, MEANT);
    let mut linked = in_parallel(&compared, SHARE, options.threads, |share| {
        let mut shares = Vec::new();
        share
            .iter()
            .map(|claim| decide(claim, &model, options.best, &mut shares))
            .collect()
    });
    if options.one_to_one {
        give_each_place_once(&mut linked);
    }
    linked
}

fn compare_and_learn(
    lists: &Lists,
    areas: &Areas,
    options: &Options,
    meant: f64,
) -> (Vec<Compared>, Model) {
    let parts = Parts::new(areas);
    let (compared, neighbours) = compare_all(lists, &parts, options);
    let random = strangers(lists, &parts, options.threads);
    let model = learn(&compared, &random, &neighbours, meant, options.threads);
    (compared, model)
}

/// Two entries of one list that may be one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// The earlier one, by its position.
    pub a: usize,
    /// The later one.
    pub b: usize,
    /// Probability that they are the same.
    pub probability: f64,
    /// Why: what each field said.
    pub reasons: [Reason; FIELDS],
}

/// Least probability of a pair that is told.
const LEAST_TOLD: f64 = 0.01;

/// Finds what a list holds twice, the likeliest first. Each pair is judged for itself, so that a
/// thing that stands there three times is three likely pairs. Pairs that are decided are left out.
pub fn duplicates(list: &[Entry], options: &Options) -> Vec<Duplicate> {
    let (lists, areas) = Lists::of_itself(list, options);
    let (compared, model) = compare_and_learn(&lists, &areas, options, TWICE);
    let claims: Vec<usize> = (0..compared.len()).collect();
    let seen = in_parallel(&claims, SHARE, options.threads, |share| {
        let mut seen = Vec::new();
        for &claim in share {
            let of = &compared[claim];
            for pair in &of.pairs {
                let place = pair.place as usize;
                let probability = model.alone(of, pair);
                if probability >= LEAST_TOLD && !lists.is_decided(claim, place) {
                    let reasons = reasons(&model, of.class, pair);
                    seen.push((claim.min(place), claim.max(place), probability, reasons));
                }
            }
        }
        seen
    });
    let mut found: HashMap<(usize, usize), Duplicate> = HashMap::new();
    for (a, b, probability, reasons) in seen {
        // Looked at from both sides; the names of a place are not compared alike from each.
        let pair = found.entry((a, b)).or_insert(Duplicate {
            a,
            b,
            probability,
            reasons,
        });
        if probability > pair.probability {
            (pair.probability, pair.reasons) = (probability, reasons);
        }
    }
    let mut found: Vec<Duplicate> = found.into_values().collect();
    found.sort_by(|x, y| {
        y.probability
            .total_cmp(&x.probability)
            .then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    found
}

fn reasons(model: &Model, class: usize, pair: &Pair) -> [Reason; FIELDS] {
    let weights = model.weights(class, pair);
    Field::ALL.map(|field| Reason {
        field,
        found: pair.found(field),
        bits: weights[field as usize] / std::f64::consts::LN_2,
    })
}

/// Claims decided in one go by a thread.
const SHARE: usize = 1_000;

fn decide(claim: &Compared, model: &Model, best: usize, shares: &mut Vec<f64>) -> Linked {
    let none = model.told(claim, shares);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let likelier = |&a: &usize, &b: &usize| {
        shares[b]
            .total_cmp(&shares[a])
            .then(claim.pairs[a].place.cmp(&claim.pairs[b].place))
    };
    if order.len() > best {
        order.select_nth_unstable_by(best, likelier);
        order.truncate(best);
    }
    order.sort_unstable_by(likelier);
    let candidates = order
        .into_iter()
        .map(|at| {
            let pair = &claim.pairs[at];
            Candidate {
                place: pair.place as usize,
                probability: shares[at],
                reasons: reasons(model, claim.class, pair),
            }
        })
        .collect();
    Linked { candidates, none }
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
