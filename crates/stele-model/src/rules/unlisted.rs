//! How many may be on no list: capture–recapture from independent lists that overlap.
//!
//! Two lists: D. G. Chapman, University of California Publications in Statistics 1 (1951) 131–160;
//! variance: G. A. F. Seber, *The Estimation of Animal Abundance*, 2nd ed. (1982), section 3.1.
//! Three and more: log-linear models ([`loglinear`]). An estimate stands apart from every count of
//! what is known, with its assumptions, and is refused with a reason where the lists do not carry it.

mod loglinear;

use super::proportion::Level;
use serde::Serialize;
use std::collections::BTreeSet;

/// Most lists compared at once.
pub const MOST_LISTS: usize = 5;

/// What an estimate takes for granted, in plain words.
pub const ASSUMPTIONS: [(&str, &str); 4] = [
    (
        "a closed population",
        "the lists are about the same things over the same area and time; none was added or lost in between",
    ),
    (
        "independence",
        "being on one list makes it neither more nor less likely to be on another; lists that copy from each other make the estimate too low, lists that avoid each other make it too high",
    ),
    (
        "equal catchability",
        "each thing is as likely as any other to be on a given list; if well-known ones are on every list and obscure ones on none, the estimate is too low",
    ),
    (
        "perfect matching",
        "two entries are taken as the same thing if and only if they are; a match that was missed makes the estimate too high, a false one makes it too low",
    ),
];

/// On which lists a number of things stand: list `i` is bit `i`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    lists: usize,
    cells: Vec<u64>,
}

impl Overlap {
    /// No things yet, of this many lists.
    pub fn of(lists: usize) -> Self {
        let lists = lists.min(MOST_LISTS);
        Overlap {
            lists,
            cells: vec![0; 1 << lists],
        }
    }

    /// Takes up things that stand on these lists; those on no list are not known to anyone.
    pub fn add(&mut self, on: &BTreeSet<usize>, things: u64) {
        let cell: usize = on.iter().filter(|i| **i < self.lists).map(|i| 1 << i).sum();
        if cell != 0 {
            self.cells[cell] += things;
        }
    }

    /// How many things are on at least one list.
    pub fn observed(&self) -> u64 {
        self.cells.iter().sum()
    }

    /// How many things are on all of these lists at least.
    pub fn on_all(&self, lists: &[usize]) -> u64 {
        let mask: usize = lists.iter().map(|i| 1 << i).sum();
        self.cells
            .iter()
            .enumerate()
            .filter(|(cell, _)| cell & mask == mask)
            .map(|(_, n)| n)
            .sum()
    }

    /// Length of a list.
    pub fn length(&self, list: usize) -> u64 {
        self.on_all(&[list])
    }

    /// How many lists there are.
    pub fn lists(&self) -> usize {
        self.lists
    }
}

/// Why nothing can be estimated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotEstimate {
    /// One list says nothing of what is on none.
    #[error("there are fewer than two lists independent of each other that name any of them")]
    TooFewLists,
    /// More lists than are compared.
    #[error("there are more than {MOST_LISTS} lists; compare fewer of them")]
    TooManyLists,
    /// Lists without anything in common.
    #[error(
        "list {0} has nothing in common with any other list, so nothing tells how much either leaves out; entries that are the same may not be linked yet"
    )]
    NoOverlap(usize),
    /// One list holds all that any other does.
    #[error(
        "list {0} names everything that the others name, so nothing tells how much it leaves out; the others may have been taken from it"
    )]
    NothingBeyond(usize),
    /// The counts fix no model.
    #[error("the overlaps between the lists are too few to fix any model")]
    NoModel,
}

/// By which method a number was estimated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "method")]
pub enum Method {
    /// Chapman's estimator for two lists.
    Chapman,
    /// A log-linear model for three and more.
    LogLinear {
        /// Dependences between lists that the model allows for, as list numbers from 0.
        dependences: Vec<Vec<usize>>,
        /// Akaike's criterion, by which it was chosen.
        aic: f64,
        /// Deviance and the degrees of freedom left.
        deviance: f64,
        /// Degrees of freedom left.
        freedom: usize,
        /// How many models were compared.
        compared: usize,
        /// Lowest and highest estimate of the models whose AIC lies within 2 of the best.
        as_good: (f64, f64),
        /// What the model chosen by Schwarz's criterion (BIC) gives.
        by_bic: f64,
    },
}

/// An estimate of how many there are, on a list or on none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unlisted {
    /// On at least one list.
    pub observed: u64,
    /// Estimate of all.
    pub total: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower end of the interval; never below what is observed.
    pub lower: f64,
    /// Upper end; none when the lists set no limit.
    pub upper: Option<f64>,
    /// The level of the interval.
    pub level: Level,
    /// How.
    pub method: Method,
    /// What makes it weak, in sentences.
    pub cautions: Vec<String>,
}

/// The estimate that these lists carry, or why they carry none.
pub fn unlisted(overlap: &Overlap, level: Level) -> Result<Unlisted, CannotEstimate> {
    let used: Vec<usize> = (0..overlap.lists)
        .filter(|i| overlap.length(*i) > 0)
        .collect();
    if used.len() < 2 {
        return Err(CannotEstimate::TooFewLists);
    }
    if used.len() < overlap.lists {
        let mut fewer = Overlap::of(used.len());
        for (cell, n) in overlap.cells.iter().enumerate() {
            let on = used
                .iter()
                .enumerate()
                .filter(|(_, old)| cell & (1 << **old) != 0)
                .map(|(new, _)| new)
                .collect();
            fewer.add(&on, *n);
        }
        return unlisted(&fewer, level);
    }
    for i in 0..overlap.lists {
        if (0..overlap.lists).all(|j| i == j || overlap.on_all(&[i, j]) == 0) {
            return Err(CannotEstimate::NoOverlap(i + 1));
        }
        if overlap.length(i) == overlap.observed() {
            return Err(CannotEstimate::NothingBeyond(i + 1));
        }
    }
    let mut found = match overlap.lists {
        2 => chapman(
            overlap.length(0),
            overlap.length(1),
            overlap.on_all(&[0, 1]),
            level,
        ),
        _ => loglinear::best(overlap, level)?,
    };
    let both = (0..overlap.lists)
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .map(|(i, j)| overlap.on_all(&[i, j]))
        .min()
        .unwrap_or(0);
    // Robson and Regier, Transactions of the American Fisheries Society 93 (1964): with seven in
    // both lists the bias is negligible at 95 %.
    if both < 7 {
        found.cautions.push(format!(
            "two of the lists have only {both} in common; under 7 the estimate is unsure and may be biased"
        ));
    }
    if found.upper.is_none() {
        found
            .cautions
            .push("the lists set no upper limit that means anything".into());
    }
    Ok(found)
}

/// Chapman's estimator of all, from two lists of `n1` and `n2` with `m` in common, and an interval on
/// the logarithm of the unlisted (A. Chao, Biometrics 43 (1987) 783–791), which never falls below
/// what is observed.
pub fn chapman(n1: u64, n2: u64, m: u64, level: Level) -> Unlisted {
    let (a, b, both) = (n1 as f64, n2 as f64, m as f64);
    let observed = n1 + n2 - m;
    let total = (a + 1.0) * (b + 1.0) / (both + 1.0) - 1.0;
    let variance =
        (a + 1.0) * (b + 1.0) * (a - both) * (b - both) / ((both + 1.0).powi(2) * (both + 2.0));
    let seen = observed as f64;
    let unseen = (total - seen).max(0.0);
    let (lower, upper) = if unseen > 0.0 {
        let spread = (level.z() * (variance / unseen.powi(2)).ln_1p().sqrt()).exp();
        (seen + unseen / spread, seen + unseen * spread)
    } else {
        (seen, seen)
    };
    Unlisted {
        observed,
        total,
        standard_error: variance.sqrt(),
        lower,
        upper: Some(upper),
        level,
        method: Method::Chapman,
        cautions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(lists: usize, cells: &[(&[usize], u64)]) -> Overlap {
        let mut all = Overlap::of(lists);
        for (on, n) in cells {
            all.add(&on.iter().copied().collect(), *n);
        }
        all
    }

    /// Known diabetics of Casale Monferrato 1988 on four lists (G. Bruno et al., Diabetes Care 17
    /// (1994) 548–556): 2,069 cases. The estimates by pairs are those that A. Chao et al., Statistics
    /// in Medicine 20 (2001) 3123–3157, print.
    pub(super) fn casale() -> Overlap {
        overlap(
            4,
            &[
                (&[3], 10),
                (&[2], 182),
                (&[2, 3], 8),
                (&[1], 74),
                (&[1, 3], 7),
                (&[1, 2], 20),
                (&[1, 2, 3], 14),
                (&[0], 709),
                (&[0, 3], 12),
                (&[0, 2], 650),
                (&[0, 2, 3], 46),
                (&[0, 1], 104),
                (&[0, 1, 3], 18),
                (&[0, 1, 2], 157),
                (&[0, 1, 2, 3], 58),
            ],
        )
    }

    #[test]
    fn chapman_as_published() {
        let all = casale();
        assert_eq!(all.observed(), 2069);
        let pairs = [
            (0, 1, 2351.0),
            (0, 2, 2185.0),
            (1, 2, 2057.0),
            (1, 3, 803.0),
            (2, 3, 1555.0),
        ];
        for (i, j, published) in pairs {
            let e = chapman(
                all.length(i),
                all.length(j),
                all.on_all(&[i, j]),
                Level::USUAL,
            );
            assert_eq!(e.total.round(), published, "lists {i} and {j}");
        }
        // The textbook's turtles: 10 marked, 15 seen, 5 of them marked.
        let e = chapman(10, 15, 5, Level::USUAL);
        assert!((e.total - 28.33).abs() < 0.01);
        assert!(
            (e.standard_error - (11.0f64 * 16.0 * 5.0 * 10.0 / (36.0 * 7.0)).sqrt()).abs() < 1e-12
        );
        assert!(e.lower >= e.observed as f64 && e.upper.is_some_and(|u| u > e.total));
    }

    #[test]
    fn what_lists_cannot_tell_is_refused_with_a_reason() {
        let none = overlap(2, &[(&[0], 40), (&[1], 30)]);
        assert_eq!(
            unlisted(&none, Level::USUAL),
            Err(CannotEstimate::NoOverlap(1))
        );
        let one = overlap(2, &[(&[0], 40)]);
        assert_eq!(
            unlisted(&one, Level::USUAL),
            Err(CannotEstimate::TooFewLists)
        );
        let apart = overlap(3, &[(&[0], 9), (&[1], 9), (&[0, 1], 9), (&[2], 5)]);
        assert_eq!(
            unlisted(&apart, Level::USUAL),
            Err(CannotEstimate::NoOverlap(3))
        );
    }

    /// Such lists would give an estimate of exactly what is known, with no doubt at all.
    #[test]
    fn a_list_that_only_repeats_another_tells_nothing() {
        let copied = overlap(2, &[(&[0], 4), (&[0, 1], 1)]);
        assert_eq!(
            unlisted(&copied, Level::USUAL),
            Err(CannotEstimate::NothingBeyond(1))
        );
        let three = overlap(3, &[(&[1], 14), (&[0, 1], 5), (&[1, 2], 4)]);
        assert_eq!(
            unlisted(&three, Level::USUAL),
            Err(CannotEstimate::NothingBeyond(2))
        );
    }

    #[test]
    fn few_in_common_is_said() {
        let few = overlap(2, &[(&[0], 12), (&[1], 9), (&[0, 1], 2)]);
        let Ok(e) = unlisted(&few, Level::USUAL) else {
            panic!("two lists that overlap carry an estimate")
        };
        assert!(e.cautions[0].contains("only 2 in common"));
    }

    /// An empty third list changes nothing.
    #[test]
    fn an_empty_list_is_no_list() {
        let two = overlap(2, &[(&[0], 12), (&[1], 9), (&[0, 1], 8)]);
        let three = overlap(3, &[(&[0], 12), (&[2], 9), (&[0, 2], 8)]);
        assert_eq!(unlisted(&two, Level::USUAL), unlisted(&three, Level::USUAL));
    }
}
