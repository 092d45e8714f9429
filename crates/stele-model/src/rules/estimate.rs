//! From the findings on drawn sites to how many of all: stratum by stratum, and combined.
//!
//! Each stratum has an exact interval ([`super::proportion`]). The combined one is the sum of the
//! strata's intervals, each at the level 1 − (1 − α)^(1/H) of Šidák (Journal of the American
//! Statistical Association 62 (1967) 626–633), H the number of strata that are no census: strata are
//! drawn independently, so all H hold together at least as often as the level says. That is
//! conservative: the true level is never below the one stated (J. Wendell and J. Schmee, JASA 96
//! (2001) 1050–1060, give a tighter one at much greater cost).
//!
//! Sites that were not reached, and those without a conclusion, are nobody's "not damaged". They are
//! let take either side (C. F. Manski's worst-case bounds), so the interval needs no guess why they
//! were not reached.

use super::proportion::{Counts, Level, at_alpha};
use serde::{Deserialize, Serialize};

/// What is known of the drawn sites of one stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Sites of the stratum.
    pub population: u64,
    /// Sites drawn.
    pub drawn: u64,
    /// Published findings say that the claim's predicate holds.
    pub holds: u64,
    /// Published findings say that it does not.
    pub holds_not: u64,
    /// Examined, without a conclusion, or findings contradict each other.
    pub inconclusive: u64,
    /// Assessed as not examined: not reached, no access. A class of its own.
    pub not_reached: u64,
    /// Nothing published yet.
    pub pending: u64,
}

impl Tally {
    /// Drawn sites that could still take either side.
    pub fn open(&self) -> u64 {
        self.drawn
            .saturating_sub(self.holds.saturating_add(self.holds_not))
    }

    fn plus(self, other: Tally) -> Tally {
        Tally {
            population: self.population + other.population,
            drawn: self.drawn + other.drawn,
            holds: self.holds + other.holds,
            holds_not: self.holds_not + other.holds_not,
            inconclusive: self.inconclusive + other.inconclusive,
            not_reached: self.not_reached + other.not_reached,
            pending: self.pending + other.pending,
        }
    }
}

/// What a sample says of a number of sites.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// What was counted.
    pub tally: Tally,
    /// The best guess of how many of all, when every drawn site came to a conclusion; none otherwise.
    pub expected: Option<f64>,
    /// How many of all, if none of the open sites holds.
    pub fewest: Counts,
    /// How many of all, if every open site holds.
    pub most: Counts,
}

impl Share {
    /// How many of all, whatever the open sites turn out to be.
    pub fn bounds(&self) -> Counts {
        Counts {
            lower: self.fewest.lower,
            upper: self.most.upper,
        }
    }
}

/// Whether a sample may stand for the frame it was drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing is concluded of any drawn site yet.
    NotYet,
    /// Every drawn site came to a conclusion.
    Representative,
    /// Some did not; what is known of the others does not speak for them.
    Incomplete,
}

/// The estimate of a plan: every stratum, and all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Stratum by stratum, each at the plan's level on its own.
    pub strata: Vec<Share>,
    /// All strata together, at the plan's level.
    pub combined: Share,
    /// The level.
    pub level: Level,
    /// Whether it may stand for the frame.
    pub standing: Standing,
}

/// The estimate from what is known of the drawn sites.
pub fn estimate(strata: &[Tally], level: Level) -> Estimate {
    let doubtful = strata.iter().filter(|t| t.drawn < t.population).count();
    let together = match doubtful {
        0 => level.alpha(),
        n => 1.0 - (1.0 - level.alpha()).powf(1.0 / n as f64),
    };
    let each: Vec<Share> = strata.iter().map(|t| share(*t, level.alpha())).collect();
    let mut combined = Share {
        tally: Tally::default(),
        expected: Some(0.0),
        fewest: Counts { lower: 0, upper: 0 },
        most: Counts { lower: 0, upper: 0 },
    };
    let sum = |a: Counts, b: Counts| Counts {
        lower: a.lower + b.lower,
        upper: a.upper + b.upper,
    };
    for tally in strata {
        let one = share(*tally, together);
        combined = Share {
            tally: combined.tally.plus(*tally),
            expected: combined.expected.zip(one.expected).map(|(a, b)| a + b),
            fewest: sum(combined.fewest, one.fewest),
            most: sum(combined.most, one.most),
        };
    }
    let t = &combined.tally;
    let standing = match (t.holds + t.holds_not, t.open()) {
        (0, _) => Standing::NotYet,
        (_, 0) => Standing::Representative,
        _ => Standing::Incomplete,
    };
    Estimate {
        strata: each,
        combined,
        level,
        standing,
    }
}

fn share(t: Tally, alpha: f64) -> Share {
    let expected = (t.open() == 0 && t.drawn > 0)
        .then(|| t.population as f64 * t.holds as f64 / t.drawn as f64)
        .or((t.population == 0).then_some(0.0));
    Share {
        tally: t,
        expected,
        fewest: at_alpha(t.holds, t.drawn, t.population, alpha),
        most: at_alpha(t.holds + t.open(), t.drawn, t.population, alpha),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(population: u64, drawn: u64, holds: u64, holds_not: u64) -> Tally {
        Tally {
            population,
            drawn,
            holds,
            holds_not,
            ..Tally::default()
        }
    }

    /// One stratum is the published case of [`super::super::proportion`]: 45 of 100 of 300.
    #[test]
    fn one_stratum_is_the_plain_interval() {
        let e = estimate(&[tally(300, 100, 45, 55)], Level::USUAL);
        assert_eq!(
            e.combined.bounds(),
            Counts {
                lower: 111,
                upper: 160
            }
        );
        assert_eq!(e.combined.expected, Some(135.0));
        assert_eq!(e.standing, Standing::Representative);
    }

    /// Cochran 1977, section 5.11: the stratified estimate of a count is Σ Nₕ pₕ; a census adds no
    /// doubt to the sum.
    #[test]
    fn strata_add_up_and_a_census_adds_no_doubt() {
        let e = estimate(
            &[tally(300, 100, 45, 55), tally(22, 22, 9, 13)],
            Level::USUAL,
        );
        assert_eq!(e.combined.expected, Some(144.0));
        assert_eq!(
            e.combined.bounds(),
            Counts {
                lower: 120,
                upper: 169
            }
        );
        let two = estimate(
            &[tally(150, 50, 20, 30), tally(150, 50, 25, 25)],
            Level::USUAL,
        );
        let apart: u64 = two.strata.iter().map(|s| s.bounds().lower).sum();
        // Each must be surer than 95 %, so that both are 95 % sure together.
        assert!(two.combined.bounds().lower < apart);
        assert_eq!(two.combined.expected, Some(135.0));
    }

    #[test]
    fn what_was_not_reached_takes_either_side_and_gives_no_rate() {
        let t = Tally {
            not_reached: 10,
            ..tally(100, 40, 20, 10)
        };
        let e = estimate(&[t], Level::USUAL);
        assert_eq!(e.standing, Standing::Incomplete);
        assert_eq!(e.combined.expected, None);
        let (low, high) = (
            estimate(&[tally(100, 40, 20, 20)], Level::USUAL),
            estimate(&[tally(100, 40, 30, 10)], Level::USUAL),
        );
        assert_eq!(
            e.combined.bounds(),
            Counts {
                lower: low.combined.bounds().lower,
                upper: high.combined.bounds().upper
            }
        );
    }

    #[test]
    fn nothing_concluded_says_nothing() {
        let t = Tally {
            pending: 40,
            ..tally(100, 40, 0, 0)
        };
        let e = estimate(&[t], Level::USUAL);
        assert_eq!(e.standing, Standing::NotYet);
        assert_eq!(
            e.combined.bounds(),
            Counts {
                lower: 0,
                upper: 100
            }
        );
        assert_eq!(estimate(&[], Level::USUAL).standing, Standing::NotYet);
    }

    /// 95 % means 95 %: over every pair of samples from two strata, the combined interval misses the
    /// true sum no more often than it says.
    #[test]
    fn the_combined_interval_covers_the_truth() {
        let weight = |k: u64, n: u64, count: u64, population: u64| {
            use statrs::function::factorial::ln_binomial as c;
            if k > count || n - k > population - count {
                return 0.0;
            }
            (c(count, k) + c(population - count, n - k) - c(population, n)).exp()
        };
        for (a, b) in [(3, 20), (10, 10), (25, 1), (0, 30)] {
            let mut covered = 0.0;
            for k in 0..=8 {
                for l in 0..=10 {
                    let i = estimate(
                        &[tally(25, 8, k, 8 - k), tally(30, 10, l, 10 - l)],
                        Level::USUAL,
                    )
                    .combined
                    .bounds();
                    if i.lower <= a + b && a + b <= i.upper {
                        covered += weight(k, 8, a, 25) * weight(l, 10, b, 30);
                    }
                }
            }
            assert!(covered >= 0.95, "{a} {b}: {covered}");
        }
    }
}
