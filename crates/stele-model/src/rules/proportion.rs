//! Exact intervals for how many of a number of things have a property, from a random sample.
//!
//! Both are equal-tailed inversions of the exact distribution, so they hold what they promise for
//! every sample size: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404–413, for a
//! proportion without end; H. S. Konijn, *Statistical Theory of Sample Survey Design and Analysis*
//! (1973), and J. P. Buonaccorsi, The American Statistician 41 (1987) 215–218, for a count in a
//! finite population. Rule 3 of `model.md`: only a probability sample gives a rate.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF, Normal};
use statrs::function::factorial::ln_binomial;

/// How sure an interval is to hold the truth, in per mille: 950 is 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Level(u16);

/// A level that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level of {0} per mille is not between 500 and 999; 950 is 95 %")]
pub struct BadLevel(pub u16);

impl Level {
    /// 95 %.
    pub const USUAL: Level = Level(950);

    /// Per mille.
    pub fn permille(self) -> u16 {
        self.0
    }

    /// What is left to error: 0.05 at 95 %.
    pub fn alpha(self) -> f64 {
        1.0 - f64::from(self.0) / 1000.0
    }

    /// The normal quantile of two tails: 1.96 at 95 %.
    pub fn z(self) -> f64 {
        normal_quantile(1.0 - self.alpha() / 2.0)
    }

    /// `95 %`.
    pub fn in_words(self) -> String {
        match self.0 % 10 {
            0 => format!("{} %", self.0 / 10),
            rest => format!("{}.{rest} %", self.0 / 10),
        }
    }
}

impl TryFrom<u16> for Level {
    type Error = BadLevel;
    fn try_from(permille: u16) -> Result<Self, BadLevel> {
        match permille {
            500..=999 => Ok(Level(permille)),
            other => Err(BadLevel(other)),
        }
    }
}

impl From<Level> for u16 {
    fn from(level: Level) -> u16 {
        level.0
    }
}

/// The quantile of the standard normal distribution.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// From how many to how many, both ends possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The fewest.
    pub lower: u64,
    /// The most.
    pub upper: u64,
}

/// The Clopper–Pearson interval of a proportion: `k` of `n` drawn from a population without end.
/// The ends are quantiles of Beta(k, n − k + 1) and Beta(k + 1, n − k).
pub fn clopper_pearson(k: u64, n: u64, level: Level) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let k = k.min(n);
    let (has, lacks) = (k as f64, (n - k) as f64);
    let tail = level.alpha() / 2.0;
    let quantile = |a: f64, b: f64, p: f64, limit: f64| {
        Beta::new(a, b).map_or(limit, |beta| beta.inverse_cdf(p))
    };
    let lower = match k {
        0 => 0.0,
        _ => quantile(has, lacks + 1.0, tail, 0.0),
    };
    let upper = match n - k {
        0 => 1.0,
        _ => quantile(has + 1.0, lacks, 1.0 - tail, 1.0),
    };
    (lower, upper)
}

/// How many of `population` have the property, when `k` of `n` drawn without return have it: every
/// count under which neither `k` or more nor `k` or fewer would be rarer than half the error.
pub fn in_population(k: u64, n: u64, population: u64, level: Level) -> Counts {
    at_alpha(k, n, population, level.alpha())
}

pub(crate) fn at_alpha(k: u64, n: u64, population: u64, alpha: f64) -> Counts {
    let n = n.min(population);
    let k = k.min(n);
    let (fewest, most) = (k, population - (n - k));
    let tail = alpha / 2.0;
    // P(X ≥ k) grows with the count, P(X ≤ k) falls: each end is where its tail crosses.
    let lower = first(fewest, most, |count| {
        tail_from(k, n, count, population) > tail
    });
    let upper = first(fewest, most, |count| {
        tail_to(k, n, count, population) <= tail
    });
    let upper = match tail_to(k, n, upper, population) > tail {
        true => upper,
        false => upper.saturating_sub(1).max(lower),
    };
    Counts { lower, upper }
}

/// The first count from `low` to `high` for which this holds, given that it holds ever after; `high`
/// when it never does.
fn first(low: u64, high: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (low, high);
    while low < high {
        let middle = low + (high - low) / 2;
        match holds(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    low
}

/// P(X = x) for `n` drawn without return from `population` of which `count` have the property.
fn hypergeometric(x: u64, n: u64, count: u64, population: u64) -> f64 {
    if x > count || x > n || n - x > population - count {
        return 0.0;
    }
    (ln_binomial(count, x) + ln_binomial(population - count, n - x) - ln_binomial(population, n))
        .exp()
}

fn tail_from(k: u64, n: u64, count: u64, population: u64) -> f64 {
    (k..=n.min(count))
        .map(|x| hypergeometric(x, n, count, population))
        .sum()
}

fn tail_to(k: u64, n: u64, count: u64, population: u64) -> f64 {
    (0..=k)
        .map(|x| hypergeometric(x, n, count, population))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64, within: f64) -> bool {
        (a - b).abs() <= within
    }

    /// The rule of three's exact form, 1 − (α/2)^(1/n), and the interval every textbook prints for
    /// 4 of 20 (R's `binom.test(4, 20)`: 0.057334 to 0.436614).
    #[test]
    fn clopper_and_pearson_as_published() {
        let (lower, upper) = clopper_pearson(0, 10, Level::USUAL);
        assert!(lower == 0.0 && near(upper, 1.0 - 0.025f64.powf(0.1), 1e-9));
        let (lower, upper) = clopper_pearson(4, 20, Level::USUAL);
        assert!(
            near(lower, 0.057_334, 1e-6) && near(upper, 0.436_614, 1e-6),
            "{lower} {upper}"
        );
        assert_eq!(clopper_pearson(0, 0, Level::USUAL), (0.0, 1.0));
        assert_eq!(clopper_pearson(7, 7, Level::USUAL).1, 1.0);
    }

    /// G. Kauermann and H. Küchenhoff, *Stichproben* (2010), as their package samplingbook prints
    /// it: 45 of 100 asked of 300 employees, "number in population [110, 161]". Those are the nearest
    /// counts that the sample contradicts; ours are the outermost that it does not.
    #[test]
    fn a_finite_population_as_published() {
        let found = in_population(45, 100, 300, Level::USUAL);
        assert_eq!((found.lower - 1, found.upper + 1), (110, 161));
        assert!(tail_from(45, 100, 110, 300) <= 0.025 && tail_from(45, 100, 111, 300) > 0.025);
        assert!(tail_to(45, 100, 161, 300) <= 0.025 && tail_to(45, 100, 160, 300) > 0.025);
    }

    /// In a population without end the two intervals meet.
    #[test]
    fn a_large_population_is_as_good_as_endless() {
        let (lower, upper) = clopper_pearson(62, 70, Level::USUAL);
        let found = in_population(62, 70, 10_000_000, Level::USUAL);
        assert!(
            near(found.lower as f64 / 1e7, lower, 1e-5)
                && near(found.upper as f64 / 1e7, upper, 1e-5)
        );
    }

    #[test]
    fn a_census_leaves_no_doubt_and_no_sample_leaves_all() {
        for k in [0, 3, 22] {
            assert_eq!(
                in_population(k, 22, 22, Level::USUAL),
                Counts { lower: k, upper: k }
            );
        }
        assert_eq!(
            in_population(0, 0, 50, Level::USUAL),
            Counts {
                lower: 0,
                upper: 50
            }
        );
    }

    #[test]
    fn levels_outside_their_range_are_refused() {
        assert!(Level::try_from(499).is_err() && Level::try_from(1000).is_err());
        assert_eq!(
            Level::try_from(995).map(Level::in_words),
            Ok("99.5 %".into())
        );
        assert!(near(Level::USUAL.z(), 1.959_964, 1e-6));
    }

    proptest! {
        /// What the interval promises: whatever the truth, it is missed no more often than the level
        /// allows. Counted over every possible sample.
        #[test]
        fn it_covers_the_truth_as_often_as_it_says(population in 2u64..60, n in 1u64..60, count in 0u64..60) {
            let (n, count) = (n.min(population), count.min(population));
            let covered: f64 = (0..=n)
                .filter(|k| {
                    let i = in_population(*k, n, population, Level::USUAL);
                    i.lower <= count && count <= i.upper
                })
                .map(|k| hypergeometric(k, n, count, population))
                .sum();
            prop_assert!(covered >= 0.95 - 1e-9, "{covered}");
        }

        /// Of a sample that had no cases and one that had only cases the intervals mirror each other.
        #[test]
        fn exchanging_what_is_counted_mirrors_it(population in 1u64..400, n in 0u64..400, k in 0u64..400) {
            let n = n.min(population);
            let k = k.min(n);
            let (a, b) = (in_population(k, n, population, Level::USUAL), in_population(n - k, n, population, Level::USUAL));
            prop_assert_eq!((a.lower, a.upper), (population - b.upper, population - b.lower));
        }
    }
}
