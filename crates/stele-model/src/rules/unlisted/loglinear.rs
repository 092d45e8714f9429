//! Log-linear models of overlapping lists, and which of them to believe.
//!
//! S. E. Fienberg, Biometrika 59 (1972) 591–603; Y. M. M. Bishop, S. E. Fienberg and P. W. Holland,
//! *Discrete Multivariate Analysis* (1975), chapter 6; International Working Group for Disease
//! Monitoring and Forecasting, American Journal of Epidemiology 142 (1995) 1047–1058 and 1059–1068.
//! The 2^k − 1 cells of those seen are Poisson counts with log μ linear in the lists and their
//! dependences; the constant term gives the cell of those on no list. Fitted by iteratively
//! reweighted least squares. Every hierarchical model is compared by Akaike's criterion (pairs only
//! for five lists). The interval is that of the profile likelihood of the total (R. M. Cormack,
//! Biometrics 48 (1992) 567–576), which may have no upper end.

use super::{CannotEstimate, Method, Overlap, Unlisted};
use crate::rules::proportion::Level;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::gamma::ln_gamma;

/// Beyond so many times what is observed, the upper end says nothing.
const NO_LIMIT: f64 = 1_000.0;
/// Steps of reweighting before a fit is given up.
const STEPS: usize = 200;

/// A fitted model.
struct Fit {
    terms: Vec<usize>,
    /// Estimate of the cell of those on no list.
    unseen: f64,
    /// Variance of its logarithm.
    log_variance: f64,
    deviance: f64,
    cells: usize,
}

impl Fit {
    fn parameters(&self) -> usize {
        self.terms.len() + 1
    }
    fn aic(&self) -> f64 {
        self.deviance + 2.0 * self.parameters() as f64
    }
    fn bic(&self, observed: f64) -> f64 {
        self.deviance + observed.ln() * self.parameters() as f64
    }
}

/// The estimate of the best model.
pub(super) fn best(overlap: &Overlap, level: Level) -> Result<Unlisted, CannotEstimate> {
    let lists = overlap.lists();
    let observed = overlap.observed() as f64;
    let counts: Vec<f64> = overlap.cells[1..].iter().map(|n| *n as f64).collect();
    let mut fits: Vec<Fit> = models(overlap)
        .into_iter()
        .filter_map(|terms| fit(&counts, terms))
        .filter(|f| f.unseen < observed * NO_LIMIT)
        .collect();
    // Of equals, the one with fewer dependences, then in the order of the lists.
    fits.sort_by(|a, b| {
        (a.aic().total_cmp(&b.aic()))
            .then(a.terms.len().cmp(&b.terms.len()))
            .then_with(|| a.terms.cmp(&b.terms))
    });
    let compared = fits.len();
    let by_bic = fits
        .iter()
        .min_by(|a, b| a.bic(observed).total_cmp(&b.bic(observed)))
        .map_or(0.0, |f| observed + f.unseen);
    let chosen = fits.first().ok_or(CannotEstimate::NoModel)?;
    let close = || fits.iter().filter(|f| f.aic() <= chosen.aic() + 2.0);
    let as_good = close().fold((f64::INFINITY, 0f64), |(least, most), f| {
        let total = observed + f.unseen;
        (least.min(total), most.max(total))
    });
    let (lower, upper) = profile(&counts, &chosen.terms, chosen.unseen, level);
    let dependences = chosen
        .terms
        .iter()
        .filter(|t| t.count_ones() > 1)
        .map(|t| (0..lists).filter(|i| t & (1 << i) != 0).collect())
        .collect();
    Ok(Unlisted {
        observed: overlap.observed(),
        total: observed + chosen.unseen,
        standard_error: (chosen.unseen + chosen.unseen.powi(2) * chosen.log_variance).sqrt(),
        lower: observed + lower,
        upper: upper.map(|u| observed + u),
        level,
        method: Method::LogLinear {
            dependences,
            aic: chosen.aic(),
            deviance: chosen.deviance,
            freedom: chosen.cells - chosen.parameters(),
            compared,
            as_good,
            by_bic,
        },
        cautions: Vec::new(),
    })
}

/// Every hierarchical model: each list, then dependences of two, then of three where all their pairs
/// are there. A dependence between lists that have nothing in common has no estimate, and is left out.
fn models(overlap: &Overlap) -> Vec<Vec<usize>> {
    let lists = overlap.lists();
    let members = |t: usize| (0..lists).filter(move |i| t & (1 << i) != 0);
    let seen = |t: &usize| overlap.on_all(&members(*t).collect::<Vec<_>>()) > 0;
    let of_size = |size: u32| -> Vec<usize> {
        (1..1usize << lists)
            .filter(|t| t.count_ones() == size)
            .filter(seen)
            .collect()
    };
    let (mains, pairs) = (of_size(1), of_size(2));
    let triples = match lists {
        4 => of_size(3),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for choice in 0..1usize << pairs.len() {
        let chosen = picked(&pairs, choice);
        let possible: Vec<usize> = triples
            .iter()
            .copied()
            .filter(|t| members(*t).all(|i| chosen.contains(&(t & !(1 << i)))))
            .collect();
        for more in 0..1usize << possible.len() {
            let mut terms = mains.clone();
            terms.extend(&chosen);
            terms.extend(picked(&possible, more));
            all.push(terms);
        }
    }
    all
}

fn picked(from: &[usize], choice: usize) -> Vec<usize> {
    from.iter()
        .enumerate()
        .filter(|(i, _)| choice & (1 << i) != 0)
        .map(|(_, t)| *t)
        .collect()
}

/// Fits the cells of those seen (cell `c` at index `c − 1`); none where the counts fix no fit.
fn fit(counts: &[f64], terms: Vec<usize>) -> Option<Fit> {
    let rows: Vec<(usize, f64)> = counts
        .iter()
        .enumerate()
        .map(|(i, n)| (i + 1, *n))
        .collect();
    if terms.len() + 1 > rows.len() {
        return None;
    }
    let (means, coefficients, information) = reweighted(&rows, &terms)?;
    let unseen = coefficients[0].exp();
    let log_variance = solve(
        information,
        (0..=terms.len())
            .map(|i| f64::from(u8::from(i == 0)))
            .collect(),
    )?[0];
    let sound = unseen.is_finite() && log_variance.is_finite() && log_variance >= 0.0;
    sound.then(|| Fit {
        unseen,
        log_variance,
        deviance: deviance(&rows, &means),
        cells: rows.len(),
        terms,
    })
}

fn deviance(rows: &[(usize, f64)], means: &[f64]) -> f64 {
    let each = |((_, n), mean): (&(usize, f64), &f64)| {
        let own = if *n > 0.0 { n * (n / mean).ln() } else { 0.0 };
        own - (n - mean)
    };
    2.0 * rows.iter().zip(means).map(each).sum::<f64>()
}

type Weighted = (Vec<f64>, Vec<f64>, Vec<Vec<f64>>);

/// Poisson regression with logarithmic link: the means, the coefficients (the constant first) and the
/// information matrix. None when it does not settle.
fn reweighted(rows: &[(usize, f64)], terms: &[usize]) -> Option<Weighted> {
    let design: Vec<Vec<f64>> = rows
        .iter()
        .map(|(cell, _)| {
            std::iter::once(1.0)
                .chain(terms.iter().map(|t| f64::from(u8::from(cell & t == *t))))
                .collect()
        })
        .collect();
    let size = terms.len() + 1;
    let mut means: Vec<f64> = rows.iter().map(|(_, n)| n + 0.5).collect();
    let mut last = f64::INFINITY;
    for _ in 0..STEPS {
        let mut information = vec![vec![0.0; size]; size];
        let mut right = vec![0.0; size];
        for ((x, (_, n)), mean) in design.iter().zip(rows).zip(&means) {
            let working = mean.ln() + (n - mean) / mean;
            for i in 0..size {
                right[i] += mean * x[i] * working;
                for j in 0..size {
                    information[i][j] += mean * x[i] * x[j];
                }
            }
        }
        let coefficients = solve(information.clone(), right)?;
        for (mean, x) in means.iter_mut().zip(&design) {
            let log: f64 = x.iter().zip(&coefficients).map(|(a, b)| a * b).sum();
            // A cell that tends to nothing is held there, above zero.
            *mean = log.clamp(-30.0, 30.0).exp();
        }
        let now = deviance(rows, &means);
        if (last - now).abs() <= 1e-10 * (1.0 + now.abs()) {
            return Some((means, coefficients, information));
        }
        last = now;
    }
    None
}

/// Solves a small symmetric system by elimination with pivots; none when it is singular.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|i, j| a[*i][column].abs().total_cmp(&a[*j][column].abs()))?;
        if a[pivot][column].abs() < 1e-11 {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in column + 1..n {
            let factor = a[row][column] / a[column][column];
            let (above, below) = a.split_at_mut(row);
            for (x, y) in below[0][column..].iter_mut().zip(&above[column][column..]) {
                *x -= factor * y;
            }
            b[row] -= factor * b[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|j| a[row][j] * b[j]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    Some(b)
}

/// Numbers on no list that the counts do not contradict at this level.
fn profile(counts: &[f64], terms: &[usize], unseen: f64, level: Level) -> (f64, Option<f64>) {
    let observed: f64 = counts.iter().sum();
    let log_likelihood = |on_none: f64| -> Option<f64> {
        let mut rows: Vec<(usize, f64)> = counts
            .iter()
            .enumerate()
            .map(|(i, n)| (i + 1, *n))
            .collect();
        rows.push((0, on_none));
        let (means, ..) = reweighted(&rows, terms)?;
        let total = observed + on_none;
        let cells: f64 = rows
            .iter()
            .zip(&means)
            .map(|((_, n), mean)| {
                if *n > 0.0 {
                    n * (mean / total).ln()
                } else {
                    0.0
                }
            })
            .sum();
        Some(ln_gamma(total + 1.0) - ln_gamma(on_none + 1.0) + cells)
    };
    // The likelihood of whole numbers has its top near the estimate; it is looked for there.
    let top = (0..=80)
        .filter_map(|i| log_likelihood((unseen * (0.6 + f64::from(i) * 0.01)).max(0.0)))
        .fold(f64::NEG_INFINITY, f64::max);
    let allowed =
        ChiSquared::new(1.0).map_or(3.841, |chi| chi.inverse_cdf(1.0 - level.alpha())) / 2.0;
    let kept = |n: f64| log_likelihood(n).is_some_and(|l| top - l <= allowed);
    let between = |mut inside: f64, mut outside: f64| {
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if kept(middle) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        inside
    };
    let lower = if kept(0.0) { 0.0 } else { between(unseen, 0.0) };
    let mut outside = unseen.max(1.0);
    while kept(outside) {
        outside *= 2.0;
        if outside > observed * NO_LIMIT {
            return (lower, None);
        }
    }
    (lower, Some(between(unseen, outside)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Cells by number: 1 = list 1 only, 2 = list 2 only, 3 = lists 1 and 2, 4 = list 3 only, …
    const CELLS: [f64; 7] = [60.0, 49.0, 4.0, 247.0, 112.0, 142.0, 12.0];

    fn unseen(pairs: &[usize]) -> f64 {
        let mut terms = vec![1, 2, 4];
        terms.extend(pairs);
        fit(&CELLS, terms).unwrap().unseen
    }

    /// Where the estimate has a closed form (Bishop, Fienberg and Holland 1975, section 6.4), the
    /// fit gives it: all pairs dependent, two pairs, one pair.
    #[test]
    fn closed_forms_as_published() {
        let [a, b, ab, c, ac, bc, abc] = CELLS;
        let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-6 * y.max(1.0), "{x} {y}");
        near(unseen(&[3, 5, 6]), abc * a * b * c / (ab * ac * bc));
        near(unseen(&[3, 5]), b * c / bc);
        near(unseen(&[3, 6]), a * c / ac);
        near(unseen(&[3]), (a + b + ab) * c / (ac + bc + abc));
    }

    /// Casale Monferrato, all models of four lists (see the pairs in the module above): with every
    /// pair and triple that hierarchy allows there are 113.
    #[test]
    fn four_lists_have_113_models() {
        let all = super::super::tests::casale();
        assert_eq!(models(&all).len(), 113);
    }

    /// The estimate published for it (Bruno et al. 1994, used by the International Working Group
    /// 1995 and Chao et al. 2001): 2,771 with standard error 145, and 2,251 if the lists were
    /// independent. Another model that fits as well gives 2,586: that span is told beside it.
    #[test]
    fn casale_as_published() {
        let all = super::super::tests::casale();
        let found = super::super::unlisted(&all, Level::USUAL).unwrap();
        assert_eq!(found.total.round(), 2771.0);
        assert_eq!(found.standard_error.round(), 145.0);
        assert!(found.lower > 2_400.0 && found.lower < 2_771.0);
        assert!(found.upper.is_some_and(|u| u > 2_771.0 && u < 3_300.0));
        let Method::LogLinear {
            dependences,
            freedom,
            compared,
            as_good,
            ..
        } = found.method
        else {
            panic!("four lists are fitted by log-linear models")
        };
        assert_eq!(
            dependences,
            [vec![0, 1], vec![0, 2], vec![1, 2], vec![1, 3], vec![2, 3]]
        );
        assert_eq!((freedom, compared), (5, 113));
        assert_eq!(as_good.0.round(), 2586.0);
        let counts: Vec<f64> = all.cells[1..].iter().map(|n| *n as f64).collect();
        let independent = fit(&counts, vec![1, 2, 4, 8]).unwrap();
        assert_eq!((2069.0 + independent.unseen).round(), 2251.0);
    }

    /// Lists that only nest leave a model or a reason, never a number that is none.
    #[test]
    fn sparse_lists_do_not_break_it() {
        for cells in 1u32..128 {
            let mut all = Overlap::of(3);
            for cell in 0..7 {
                if cells & (1 << cell) != 0 {
                    let on = (0..3).filter(|i| (cell + 1) & (1 << i) != 0).collect();
                    all.add(&on, 3);
                }
            }
            if let Ok(e) = super::super::unlisted(&all, Level::USUAL) {
                assert!(
                    e.total.is_finite() && e.standard_error.is_finite(),
                    "{cells:b}"
                );
                assert!(e.lower >= e.observed as f64 && e.upper.is_none_or(|u| u >= e.lower));
            }
        }
    }
}
