//! The curve: what may be expected of accepting all pairs from a probability up, and the thresholds
//! chosen on it.

/// What accepting every pair at this probability or above may be expected to give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The least probability accepted.
    pub at: f64,
    /// Pairs accepted.
    pub pairs: usize,
    /// Share of them that may be expected to be right.
    pub precision: f64,
    /// Share of all pairs that may be expected to be right which are accepted.
    pub recall: f64,
}

/// The thresholds between automatic, to review and no match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// At or above: may be accepted without being looked at.
    pub automatic: f64,
    /// At or above: worth a look; below: no match.
    pub review: f64,
}

/// Wrong pairs borne among those accepted without a look.
const BORNE: f64 = 0.01;
/// Chance of being right above which a pair is worth a look.
const WORTH_A_LOOK: f64 = 0.1;
/// Least probability of one pair that is accepted without a look, however right the others are.
pub(super) const LEAST_AUTOMATIC: f64 = 0.9;

/// The curve of pairs of these probabilities at each probability of `at`, and the thresholds chosen
/// on it: automatic is the lowest at which no more than one pair in a hundred may be expected to be
/// wrong. Of a linkage, the pairs are the first candidates.
pub fn curve(pairs: impl IntoIterator<Item = f64>, at: &[f64]) -> (Vec<Point>, Thresholds) {
    let mut firsts: Vec<f64> = pairs.into_iter().collect();
    firsts.sort_unstable_by(|a, b| b.total_cmp(a));
    let all: f64 = firsts.iter().sum();
    let points = at
        .iter()
        .map(|&at| {
            let accepted = &firsts[..firsts.partition_point(|p| *p >= at)];
            let right: f64 = accepted.iter().sum();
            Point {
                at,
                pairs: accepted.len(),
                precision: if accepted.is_empty() {
                    1.0
                } else {
                    right / accepted.len() as f64
                },
                recall: if all > 0.0 { right / all } else { 0.0 },
            }
        })
        .collect();
    let (mut wrong, mut automatic) = (0.0, 0.99);
    for (count, probability) in firsts.iter().enumerate() {
        wrong += 1.0 - probability;
        if *probability < LEAST_AUTOMATIC || wrong > BORNE * (count + 1) as f64 {
            break;
        }
        automatic = *probability;
    }
    let thresholds = Thresholds {
        automatic: automatic.min(0.99),
        review: WORTH_A_LOOK,
    };
    (points, thresholds)
}
