//! What agreement is worth: how often each level is seen among matches (`m`) and among strangers
//! (`u`), and the share of claims that mean a place at all, found by expectation–maximisation.
//!
//! Every frequency leans on one expected from the start, so that a list of five claims is weighed by
//! what was seen on many lists and a list of thousands by itself.

use super::curve::LEAST_AUTOMATIC;
use super::fields::{DIFFERENT, FIELDS, Field, LEVELS, NEAR, Pair, SAME, SILENT};
use super::{Compared, Verdict};
use crate::candidates::Near;
use crate::parallel::in_parallel;

/// Levels of likeness of names: same, then steps of [`STEP`].
pub(super) const NAME_LEVELS: usize = 16;
const STEP: f32 = 0.05;
/// The levels of names of which only part is alike follow those of whole names: that one word agrees
/// while others contradict is seen among neighbours (the village in both names) more than among matches.
const PARTLY: usize = NAME_LEVELS;
/// Then those of names that did not lead to each other, compared because of where they lie: any two short
/// words have something in common, which says little where it was not looked for among all.
const BESIDE: usize = 2 * NAME_LEVELS;
/// The level of names with nothing in common.
const BOTTOM: usize = 3 * NAME_LEVELS;
const NAMES: usize = BOTTOM + 1;
/// What each further name about as close is worth: names of one place come in many spellings, and a
/// claim's is likelier one more of them.
const CLOSE: f64 = 0.3;
/// Classes of claims whose names are told apart differently well: by length and by script.
pub(super) const CLASSES: usize = 12;
const ROUNDS: usize = 12;
/// Least share of matches under a name that is to those known as a stranger's, whatever the lists seem
/// to show: a place renamed is told from no match by little else than where it lies.
const OTHER_NAME: f64 = 0.05;
/// Claims the model is learnt from at most.
const LEARNT_FROM: usize = 6_000;
/// Pairs of names the expected frequencies among strangers count for.
const EXPECTED_PAIRS: f64 = 2_000.0;
/// Pairs those of all classes count for in one.
const EXPECTED_OF_CLASS: f64 = 500.0;
/// Pairs of strangers of all classes that count for in one.
const EXPECTED_BESIDE: f64 = 200.0;
/// Claims the expected share of those that mean a place counts for.
const EXPECTED_CLAIMS: f64 = 5.0;
/// Pairs the expected frequencies among matches count for.
const EXPECTED_MATCHES: f64 = 20.0;

type Levels = [f64; LEVELS];

/// Counts of levels among pairs taken at random from the same parts.
pub(super) struct Strangers {
    fields: [Levels; FIELDS],
    /// Levels of names beside each other, by class.
    names: [[f64; NAMES]; CLASSES],
}

impl Default for Strangers {
    fn default() -> Self {
        Strangers {
            fields: [[0.0; LEVELS]; FIELDS],
            names: [[0.0; NAMES]; CLASSES],
        }
    }
}

impl Strangers {
    /// Counts the fields of a pair but the name.
    pub fn count(&mut self, pair: &Pair) {
        for field in Field::ALL.into_iter().skip(1) {
            // How those that sound alike are written is no matter of pairs taken at random.
            let level = match field {
                Field::Spelling => SILENT,
                _ => pair.levels[field as usize],
            };
            if level != SILENT || field.silence_tells() {
                self.fields[field as usize][level as usize] += 1.0;
            }
        }
    }

    /// Counts the names of a pair, of a claim of a class.
    pub fn count_name(&mut self, class: usize, pair: &Pair) {
        for (level, part) in shared_levels(pair) {
            self.names[class][level] += part;
        }
    }

    pub fn add(&mut self, other: &Strangers) {
        add(self.fields.as_flattened_mut(), other.fields.as_flattened());
        add(self.names.as_flattened_mut(), other.names.as_flattened());
    }

    /// How names beside each other are alike, by class; what a class has too few of leans on all.
    fn beside(&self) -> Vec<[f64; NAMES]> {
        let mut even = [0.0; NAMES];
        even[BESIDE..].fill(1.0 / (NAMES - BESIDE) as f64);
        let mut all = [0.0; NAMES];
        self.names.iter().for_each(|counts| add(&mut all, counts));
        let all = lean(&all, &even, 1.0);
        let by_class = self.names.iter();
        by_class
            .map(|counts| lean(counts, &all, EXPECTED_BESIDE))
            .collect()
    }
}

/// How names of places of the inventory are like those of their neighbours, and of all others: villages
/// are named for each other (upper and lower, old and new), and no two places of it are one.
#[derive(Default)]
pub(super) struct Neighbours {
    /// Pairs of neighbours, and of any two.
    pub near: f64,
    pub all: f64,
    near_like: [[f64; STEPS]; 2],
    all_like: [[f64; STEPS]; 2],
}

/// Steps of likeness by which neighbours are counted: there are few of them.
const STEPS: usize = 6;
/// Levels of names in a step.
const LEVELS_IN_STEP: usize = 3;
/// Pairs of neighbours expected to be like any others.
const EXPECTED_NEAR: f64 = 2.0;

impl Neighbours {
    /// Counts two places whose names led to each other.
    pub fn count(&mut self, likeness: f32, partly: bool, near: bool) {
        let step = match likeness_level(likeness) {
            Some((level, _)) => level / LEVELS_IN_STEP,
            None => return,
        };
        let family = usize::from(partly);
        self.all_like[family][step] += 1.0;
        self.near_like[family][step] += f64::from(u8::from(near));
    }

    pub fn add(&mut self, other: &Neighbours) {
        self.near += other.near;
        self.all += other.all;
        add(
            self.near_like.as_flattened_mut(),
            other.near_like.as_flattened(),
        );
        add(
            self.all_like.as_flattened_mut(),
            other.all_like.as_flattened(),
        );
    }

    /// How many times oftener neighbours are this much alike than any two places, as a logarithm.
    fn oftener(&self) -> [f64; NAMES] {
        let share = self.near / self.all.max(1.0);
        std::array::from_fn(|level| {
            // Of one that sounds the same nearby it is not known that it is another.
            if level >= BESIDE || level % NAME_LEVELS < 2 || self.near < 1.0 {
                return 0.0;
            }
            let (family, step) = (level / NAME_LEVELS, level % NAME_LEVELS / LEVELS_IN_STEP);
            let expected = self.all_like[family][step] * share;
            let seen = self.near_like[family][step];
            ((seen + EXPECTED_NEAR) / (expected + EXPECTED_NEAR))
                .ln()
                .max(0.0)
        })
    }
}

fn add(sum: &mut [f64], more: &[f64]) {
    sum.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}

/// The model.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// Share of claims that mean a place of the inventory.
    meant: f64,
    name_m: Vec<[f64; NAMES]>,
    name_u: Vec<[f64; NAMES]>,
    m: [Levels; FIELDS],
    u: [Levels; FIELDS],
    /// How names of strangers beside each other are alike, by class.
    beside: Vec<[f64; NAMES]>,
    /// What names that are so alike weigh less where the places are neighbours.
    nearby: [f64; NAMES],
    /// Logarithms of the ratios, for use.
    name_weight: Vec<[f64; NAMES]>,
    weight: [Levels; FIELDS],
}

/// Frequencies from counts, leaning on what is expected where little was seen.
fn lean<const N: usize>(counts: &[f64; N], expected: &[f64; N], count: f64) -> [f64; N] {
    let all: f64 = counts.iter().sum::<f64>() + count;
    std::array::from_fn(|k| (counts[k] + count * expected[k]) / all)
}

/// The levels a pair of names belongs to, with the share that belongs to the second.
pub(super) fn name_levels(names: &Near) -> ([u8; 2], f32) {
    let family = match names {
        Near { beside: true, .. } => BESIDE,
        Near { partly: true, .. } => PARTLY,
        _ => 0,
    };
    match likeness_level(names.likeness) {
        None => ([BOTTOM as u8; 2], 0.0),
        Some((level, lower)) => {
            let next = (level + 1).min(NAME_LEVELS - 1);
            (
                [(family + level) as u8, (family + next) as u8],
                lower as f32,
            )
        }
    }
}

/// The levels of a pair of names, and by what share it belongs to each.
fn shared_levels(pair: &Pair) -> [(usize, f64); 2] {
    let ([level, next], lower) = pair.name;
    let lower = f64::from(lower);
    [(level.into(), 1.0 - lower), (next.into(), lower)]
}

/// The likeness a level of names stands for.
fn likeness_of(level: usize) -> f32 {
    1.0 - STEP * (level % NAME_LEVELS) as f32
}

/// Level of a likeness, with the share that belongs to the next lower one, so that the weight goes
/// from one to the next without a step.
fn likeness_level(likeness: f32) -> Option<(usize, f64)> {
    if likeness >= 0.999 {
        return Some((0, 0.0));
    }
    let exact = f64::from((1.0 - likeness) / STEP) + 0.5;
    let level = exact.floor() as usize;
    (level + 1 < NAME_LEVELS)
        .then_some((level.max(1), if level == 0 { 0.0 } else { exact.fract() }))
}

/// Frequencies among matches as they are on most lists.
fn expected_matches() -> [Levels; FIELDS] {
    let mut m = [[0.0; LEVELS]; FIELDS];
    let mut set = |field: Field, levels: &[f64]| {
        m[field as usize][..levels.len()].copy_from_slice(levels);
    };
    set(
        Field::Place,
        &[
            0.0, 0.13, 0.13, 0.13, 0.13, 0.13, 0.13, 0.13, 0.015, 0.015, 0.015, 0.015, 0.015, 0.015,
        ],
    );
    // Silent, the same, akin, different.
    set(Field::Category, &[0.1, 0.7, 0.1, 0.1]);
    set(Field::Kind, &[0.1, 0.6, 0.2, 0.1]);
    set(Field::Number, &[0.6, 0.2, 0.15, 0.05]);
    set(Field::Spelling, &[0.0, 0.35, 0.25, 0.4]);
    set(Field::Area, &[0.0, 0.75, 0.12, 0.05, 0.08]);
    set(Field::Holdings, &[0.0, 0.6, 0.2, 0.2]);
    set(Field::Identifier, &[0.0, 0.97, 0.0, 0.03]);
    m
}

impl Model {
    fn start(random: &Strangers) -> Model {
        // Matches mostly sound alike; strangers hardly ever.
        let mut name_m: [f64; NAMES] = std::array::from_fn(|level| match level {
            BESIDE.. => 0.0,
            PARTLY.. => 0.03 / NAME_LEVELS as f64,
            _ => 0.3 * 0.7f64.powi(level as i32),
        });
        let all: f64 = name_m.iter().sum();
        name_m
            .iter_mut()
            .for_each(|m| *m *= (1.0 - OTHER_NAME) / all);
        let beside = random.beside();
        let renamed = |beside: &[f64; NAMES]| {
            let mut m = name_m;
            add(&mut m, &beside.map(|share| share * OTHER_NAME));
            m
        };
        let mut u = [[0.0; LEVELS]; FIELDS];
        let mut m = expected_matches();
        for field in Field::ALL {
            let counts = &random.fields[field as usize];
            let all: f64 = counts.iter().sum();
            u[field as usize] = match field {
                Field::Spelling => m[field as usize],
                Field::Place => lean(counts, &even(1..LEVELS), 2.0),
                // Names that sound alike name the same kind more often than strangers do: agreement
                // is held to a few bits.
                Field::Category | Field::Kind | Field::Number => {
                    lean(counts, &even(0..4), 4.0 + all * 0.05)
                }
                Field::Area => lean(counts, &even(1..5), 4.0 + all * 0.05),
                Field::Holdings => lean(counts, &even(1..4), 4.0 + all * 0.05),
                Field::Identifier => {
                    let mut rare = [0.0; LEVELS];
                    (rare[SAME as usize], rare[DIFFERENT as usize]) = (1e-6, 1.0);
                    // Those of a sample that share one are not strangers.
                    let mut counts = *counts;
                    counts[SAME as usize] = 0.0;
                    lean(&counts, &rare, 1000.0)
                }
                Field::Name => continue,
            };
        }
        // Whether lists say a thing at all is theirs, until it is seen to go with matches.
        for field in [Field::Category, Field::Kind, Field::Number] {
            let silent = u[field as usize][SILENT as usize];
            let said = 1.0 - m[field as usize][SILENT as usize];
            for level in m[field as usize].iter_mut().skip(1) {
                *level *= (1.0 - silent) / said;
            }
            m[field as usize][SILENT as usize] = silent;
        }
        let mut model = Model {
            meant: 0.75,
            name_m: beside.iter().map(renamed).collect(),
            name_u: vec![[1e-3; NAMES]; CLASSES],
            m,
            u,
            beside,
            nearby: [0.0; NAMES],
            name_weight: vec![[0.0; NAMES]; CLASSES],
            weight: [[0.0; LEVELS]; FIELDS],
        };
        model.weigh();
        model
    }

    /// Keeps the logarithms of the ratios.
    fn weigh(&mut self) {
        let ratio = |m: f64, u: f64| {
            if m > 0.0 && u > 0.0 {
                (m / u).ln()
            } else {
                0.0
            }
        };
        for class in 0..CLASSES {
            for k in 0..NAMES {
                self.name_weight[class][k] = ratio(self.name_m[class][k], self.name_u[class][k]);
            }
        }
        for field in Field::ALL {
            for k in 0..LEVELS {
                self.weight[field as usize][k] =
                    ratio(self.m[field as usize][k], self.u[field as usize][k]);
            }
            if !field.silence_tells() {
                self.weight[field as usize][SILENT as usize] = 0.0;
            }
        }
    }

    /// Natural logarithm of the weight of the name.
    fn name(&self, class: usize, pair: &Pair) -> f64 {
        let weights = &self.name_weight[class];
        let near = (1..=NEAR).contains(&pair.levels[Field::Place as usize]);
        let nearby = if near { 1.0 } else { 0.0 };
        let name: f64 = shared_levels(pair)
            .into_iter()
            .map(|(level, share)| (weights[level] - nearby * self.nearby[level]) * share)
            .sum();
        name + f64::from(pair.close) * CLOSE
    }

    /// Natural logarithms of the weights of each field.
    pub fn weights(&self, class: usize, pair: &Pair) -> [f64; FIELDS] {
        let mut weights: [f64; FIELDS] =
            std::array::from_fn(|field| self.weight[field][pair.levels[field] as usize]);
        weights[Field::Name as usize] = self.name(class, pair);
        weights
    }

    fn sum(&self, class: usize, pair: &Pair) -> f64 {
        let others: f64 = (1..FIELDS)
            .map(|field| self.weight[field][pair.levels[field] as usize])
            .sum();
        self.name(class, pair) + others
    }

    fn prior(&self, claim: &Compared) -> f64 {
        (self.meant / (1.0 - self.meant) / claim.among.max(1.0)).ln()
    }

    /// Probability of a pair judged for itself, whatever else the claim may mean.
    pub fn alone(&self, claim: &Compared, pair: &Pair) -> f64 {
        let probability = 1.0 / (1.0 + (-self.prior(claim) - self.sum(claim.class, pair)).exp());
        probability.min(most_sure(pair))
    }

    /// Probabilities as they are told: those of [`Model::posterior`], none surer than a pair can be.
    pub fn told(&self, claim: &Compared, shares: &mut Vec<f64>) -> f64 {
        let mut none = self.posterior(claim, shares);
        if claim.verdict.is_none() {
            for (share, pair) in shares.iter_mut().zip(&claim.pairs) {
                let told = share.min(most_sure(pair));
                none += *share - told;
                *share = told;
            }
        }
        none
    }

    /// Probabilities of each pair, into `shares`, and of none.
    pub fn posterior(&self, claim: &Compared, shares: &mut Vec<f64>) -> f64 {
        shares.clear();
        if let Some(Verdict::Is(place)) = claim.verdict {
            let is = |pair: &Pair| f64::from(u8::from(pair.place == place));
            shares.extend(claim.pairs.iter().map(is));
            return 0.0;
        }
        let prior = self.prior(claim);
        let odds = claim
            .pairs
            .iter()
            .map(|pair| prior + self.sum(claim.class, pair));
        shares.extend(odds);
        // The largest is taken out, so that nothing overflows.
        let most = shares.iter().copied().fold(0.0, f64::max);
        shares
            .iter_mut()
            .for_each(|share| *share = (*share - most).exp());
        let none = (-most).exp();
        let all = none + shares.iter().sum::<f64>();
        shares.iter_mut().for_each(|share| *share /= all);
        none / all
    }
}

/// How sure a pair can be. Names of which a word on either side contradicts, or a number, are as often of
/// two neighbours as of one place, and lie, are of a kind and carry the village's name alike, which the
/// weights count as if each spoke for itself: a person has to look.
fn most_sure(pair: &Pair) -> f64 {
    let contradicts = pair.partly || pair.levels[Field::Number as usize] == DIFFERENT;
    if contradicts && pair.levels[Field::Identifier as usize] != SAME {
        LEAST_AUTOMATIC - 0.01
    } else {
        1.0
    }
}

fn even(levels: std::ops::Range<usize>) -> Levels {
    let each = 1.0 / levels.len() as f64;
    std::array::from_fn(|k| if levels.contains(&k) { each } else { 0.0 })
}

/// What claims were found to be, counted.
struct Counts {
    meant: f64,
    claims: f64,
    name_m: Vec<[f64; NAMES]>,
    name_u: Vec<[f64; NAMES]>,
    /// Places the claims could mean, and of them those of claims all of whose pairs of a level are seen.
    among: [f64; CLASSES],
    seen: [[f64; NAMES]; CLASSES],
    m: [Levels; FIELDS],
    spelling_u: Levels,
}

impl Counts {
    fn new() -> Counts {
        Counts {
            meant: 0.0,
            claims: 0.0,
            name_m: vec![[0.0; NAMES]; CLASSES],
            name_u: vec![[0.0; NAMES]; CLASSES],
            among: [0.0; CLASSES],
            seen: [[0.0; NAMES]; CLASSES],
            m: [[0.0; LEVELS]; FIELDS],
            spelling_u: [0.0; LEVELS],
        }
    }

    /// Counts claims as a model sees them.
    fn of(model: &Model, claims: &[&Compared]) -> Counts {
        let mut counts = Counts::new();
        let mut shares = Vec::new();
        for claim in claims {
            let none = model.posterior(claim, &mut shares);
            counts.meant += 1.0 - none;
            counts.claims += 1.0;
            counts.among[claim.class] += claim.among;
            for (level, seen) in counts.seen[claim.class][..BESIDE].iter_mut().enumerate() {
                if likeness_of(level) >= claim.all_above {
                    *seen += claim.among;
                }
            }
            for (pair, &share) in claim.pairs.iter().zip(&shares) {
                for (level, part) in shared_levels(pair) {
                    counts.name_m[claim.class][level] += share * part;
                    if level < BESIDE && likeness_of(level) >= claim.all_above {
                        counts.name_u[claim.class][level] += (1.0 - share) * part;
                    }
                }
                for field in 1..FIELDS {
                    counts.m[field][pair.levels[field] as usize] += share;
                }
                counts.spelling_u[pair.levels[Field::Spelling as usize] as usize] += 1.0 - share;
            }
        }
        counts
    }

    fn add(&mut self, other: &Counts) {
        self.meant += other.meant;
        self.claims += other.claims;
        add(&mut self.among, &other.among);
        add(self.seen.as_flattened_mut(), other.seen.as_flattened());
        add(&mut self.spelling_u, &other.spelling_u);
        add(self.m.as_flattened_mut(), other.m.as_flattened());
        add(self.name_m.as_flattened_mut(), other.name_m.as_flattened());
        add(self.name_u.as_flattened_mut(), other.name_u.as_flattened());
    }
}

/// Claims a thread counts in one go.
const COUNTED: usize = 500;

/// Learns from the claims as they were compared; what people decided counts as what they said.
pub(super) fn learn(
    compared: &[Compared],
    random: &Strangers,
    neighbours: &Neighbours,
    meant: f64,
    threads: usize,
) -> Model {
    let mut model = Model::start(random);
    model.meant = meant;
    model.nearby = neighbours.oftener();
    let first = model.clone();
    let step = compared.len().div_ceil(LEARNT_FROM).max(1);
    let learnt_from: Vec<&Compared> = compared
        .iter()
        .enumerate()
        .filter(|(at, claim)| at % step == 0 || claim.verdict.is_some())
        .map(|(_, claim)| claim)
        .collect();
    for _ in 0..ROUNDS {
        let shares = in_parallel(&learnt_from, COUNTED, threads, |claims| {
            vec![Counts::of(&model, claims)]
        });
        // In the order of the claims, so that the sums are the same for any number of threads.
        let mut counts = Counts::new();
        shares.iter().for_each(|share| counts.add(share));
        model.meant = ((counts.meant + EXPECTED_CLAIMS * first.meant)
            / (counts.claims + EXPECTED_CLAIMS))
            .clamp(0.001, 0.98);
        model.names(&mut counts, &first);
        for field in Field::ALL.into_iter().skip(1) {
            let seen = &mut counts.m[field as usize];
            if !field.silence_tells() {
                seen[SILENT as usize] = 0.0;
            }
            model.m[field as usize] = lean(seen, &first.m[field as usize], EXPECTED_MATCHES);
        }
        // How often strangers that sound the same are written the same is seen on them alone.
        counts.spelling_u[SILENT as usize] = 0.0;
        let spelling = Field::Spelling as usize;
        model.u[spelling] = lean(&counts.spelling_u, &first.u[spelling], EXPECTED_MATCHES);
        model.weigh();
    }
    model
}

impl Model {
    /// The levels of names, class by class: what a class has too few of leans on all classes.
    fn names(&mut self, counts: &mut Counts, first: &Model) {
        for class in 0..CLASSES {
            let u = &mut counts.name_u[class];
            let among = counts.among[class];
            // What is less alike than the last candidate kept was not seen; it is as on other claims.
            for (u, seen) in u.iter_mut().zip(&counts.seen[class]) {
                *u *= if *seen > 0.0 { among / seen } else { 0.0 };
            }
            // The names of all others did not lead to each other.
            let rest = (among - u.iter().sum::<f64>()).max(0.0);
            add(u, &self.beside[class].map(|share| share * rest));
        }
        let sum = |of: &[[f64; NAMES]]| -> [f64; NAMES] {
            std::array::from_fn(|k| of.iter().map(|counts| counts[k]).sum())
        };
        let (m, u) = (&counts.name_m, &counts.name_u);
        let all_m = lean(&sum(m), &first.name_m[0], EXPECTED_MATCHES);
        for class in 0..CLASSES {
            let beside = &self.beside[class];
            let all_u = lean(&sum(u), &expected_strangers(beside), EXPECTED_PAIRS);
            self.name_m[class] = lean(&m[class], &all_m, 100.0);
            // A place renamed is called what a stranger might be.
            for (m, share) in self.name_m[class].iter_mut().zip(beside) {
                *m = m.max(OTHER_NAME * share);
            }
            let few = 0.02 * counts.among[class] + EXPECTED_OF_CLASS;
            self.name_u[class] = lean(&u[class], &all_u, few);
            for family in [0..PARTLY, PARTLY..BESIDE, BESIDE..NAMES] {
                never_rising(
                    &mut self.name_m[class][family.clone()],
                    &mut self.name_u[class][family],
                );
            }
        }
    }
}

/// A closer name never weighs less than one further off (pool adjacent violators).
fn never_rising(m: &mut [f64], u: &mut [f64]) {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (m, u) in m.iter().zip(&*u) {
        blocks.push((*m, *u, 1));
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
    for (of_m, of_u, size) in blocks {
        for _ in 0..size {
            m[k] = of_m / size as f64;
            u[k] = of_u / size as f64;
            k += 1;
        }
    }
}

/// How often names of strangers are alike, as measured on lists of places of many countries; those that
/// do not lead to each other as they are beside each other.
fn expected_strangers(beside: &[f64; NAMES]) -> [f64; NAMES] {
    let mut u: [f64; NAMES] = std::array::from_fn(|level| match level {
        BESIDE.. => 0.0,
        _ => 5e-5 * 1.35f64.powi((level % NAME_LEVELS) as i32),
    });
    let rest = 1.0 - u.iter().sum::<f64>();
    add(&mut u, &beside.map(|share| share * rest));
    u
}
