//! A sampling plan: how many to visit, how many in each stratum, and which.
//!
//! Size: W. G. Cochran, *Sampling Techniques*, 3rd ed. (1977), section 4.4, with the finite
//! population correction. The draw is a stratified simple random sample that anybody can check by
//! hand and that depends on no program: in each stratum the sites are ordered by
//! SHA-256(seed, line feed, id) and the first ones are taken. As long as nobody can choose the ids
//! with the seed in mind, each subset is as likely as any other.

use super::proportion::Level;
use crate::id::AnyId;
use sha2::{Digest, Sha256};

/// The most useful part of a plan's text: how the draw is repeated with common tools.
pub const METHOD: &str = "Stratified simple random sample without replacement. Within each stratum the sites of the frame are ordered by the SHA-256 of the seed, a line feed and the site's id (26 characters), compared as hexadecimal; the first are drawn. To check one: printf '%s\\n%s' SEED ID | sha256sum.";

/// Strata of no more than this many are taken whole, when nothing else is said.
pub const CENSUS_AT_MOST: u64 = 5;

/// Fewest taken of a stratum that is not taken whole, so that it can speak for itself.
pub const FEWEST: u64 = 2;

/// How many of `population` to draw, so that a simple random sample tells a share to within
/// `margin_permille` (50 is 5 points), whatever the share is:
/// n₀ = z² · ¼ / e², n = n₀ / (1 + (n₀ − 1) / N), rounded up.
pub fn required(population: u64, margin_permille: u16, level: Level) -> u64 {
    if population == 0 {
        return 0;
    }
    if margin_permille == 0 {
        return population;
    }
    let margin = f64::from(margin_permille) / 1000.0;
    let endless = level.z().powi(2) * 0.25 / margin.powi(2);
    let n = endless / (1.0 + (endless - 1.0) / population as f64);
    (n.ceil() as u64).clamp(1, population)
}

/// How many to draw in each stratum: a census of the small ones, the rest in proportion to their
/// size (largest remainders), but two at least. The sum may exceed `wanted` by what that asks for.
pub fn allocate(sizes: &[u64], wanted: u64, census_at_most: u64) -> Vec<u64> {
    let total: u64 = sizes.iter().sum();
    let wanted = wanted.min(total);
    let small = |size: u64| size <= census_at_most.max(FEWEST);
    let taken: u64 = sizes.iter().copied().filter(|s| small(*s)).sum();
    let large: u64 = total - taken;
    let left = wanted.saturating_sub(taken);
    let mut shares: Vec<u64> = Vec::with_capacity(sizes.len());
    let mut remainders: Vec<(u64, usize)> = Vec::new();
    for (i, size) in sizes.iter().copied().enumerate() {
        if small(size) {
            shares.push(size);
        } else {
            let exact = u128::from(left) * u128::from(size);
            shares.push(u64::try_from(exact / u128::from(large)).unwrap_or(size));
            remainders.push((u64::try_from(exact % u128::from(large)).unwrap_or(0), i));
        }
    }
    let given: u64 = remainders.iter().map(|(_, i)| shares[*i]).sum();
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, i) in remainders
        .iter()
        .take(usize::try_from(left - given.min(left)).unwrap_or(0))
    {
        shares[*i] += 1;
    }
    for (_, i) in remainders {
        shares[i] = shares[i].clamp(FEWEST, sizes[i]);
    }
    shares
}

/// Where a site stands in the draw of a seed; the lowest are drawn.
pub fn rank(seed: &str, id: AnyId) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.as_bytes());
    hash.update(b"\n");
    hash.update(id.to_string().as_bytes());
    hash.finalize().into()
}

/// The `n` sites that a seed draws from a stratum, in the order of their ranks. The order the
/// stratum is given in, and a site given twice, make no difference.
pub fn draw(seed: &str, stratum: &[AnyId], n: u64) -> Vec<AnyId> {
    let mut ranked: Vec<([u8; 32], AnyId)> =
        stratum.iter().map(|id| (rank(seed, *id), *id)).collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.truncate(usize::try_from(n).unwrap_or(usize::MAX));
    ranked.into_iter().map(|(_, id)| id).collect()
}

/// SHA-256 over the sorted ids of a frame, each followed by a line feed: `sort | sha256sum`.
pub fn frame_hash(ids: &[AnyId]) -> String {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut hash = Sha256::new();
    for id in sorted {
        hash.update(id.to_string().as_bytes());
        hash.update(b"\n");
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 927 libraries: 272 for five points, 88 for ten (z = 1.96, p = ½); 22 museums: a census but
    /// for one. For a population without end 385, as Cochran's table has it.
    #[test]
    fn sizes_as_published() {
        assert_eq!(required(927, 50, Level::USUAL), 272);
        assert_eq!(required(927, 100, Level::USUAL), 88);
        assert_eq!(required(22, 50, Level::USUAL), 21);
        assert_eq!(required(1_000_000_000, 50, Level::USUAL), 385);
        assert_eq!(required(0, 50, Level::USUAL), 0);
        assert_eq!(required(12, 0, Level::USUAL), 12);
    }

    #[test]
    fn small_strata_are_taken_whole_and_the_rest_in_proportion() {
        assert_eq!(allocate(&[600, 300, 4], 94, 5), vec![60, 30, 4]);
        // Two at least, even where proportion would give none.
        assert_eq!(allocate(&[1000, 6], 20, 5), vec![20, 2]);
        assert_eq!(allocate(&[3, 4], 1, 5), vec![3, 4]);
        assert_eq!(allocate(&[], 10, 5), Vec::<u64>::new());
        // Thirds: the largest remainders, the first of equals.
        assert_eq!(allocate(&[100, 100, 100], 100, 5), vec![34, 33, 33]);
    }

    fn ids(n: u128) -> Vec<AnyId> {
        (1..=n)
            .map(|i| AnyId::from_bytes(i.to_be_bytes()))
            .collect()
    }

    /// Computed with `printf '%s\n%s' stele ID | sha256sum | sort`, not with this program.
    #[test]
    fn the_draw_is_what_common_tools_give() {
        let frame = ids(5);
        let drawn: Vec<String> = draw("stele", &frame, 2)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            drawn,
            [EXPECTED_DRAW[0], EXPECTED_DRAW[1]],
            "SHA-256 ranks changed"
        );
        assert_eq!(frame_hash(&frame), EXPECTED_HASH);
    }

    const EXPECTED_DRAW: [&str; 2] = ["00000000000000000000000003", "00000000000000000000000002"];
    const EXPECTED_HASH: &str = "4912223bb57b3a3471d3a53c9cc9c5f2ca1a5a87ea09cc5c591cbeb3d2634ee5";

    /// Each site is drawn about as often as any other: 6,000 seeds, 3 of 12; a χ² of 11 degrees of
    /// freedom beyond 40 comes once in 25,000 times. Seeds are fixed, so the test does not waver.
    #[test]
    fn no_site_is_favoured() {
        let frame = ids(12);
        let mut drawn = vec![0f64; 12];
        for seed in 0..6_000 {
            for id in draw(&seed.to_string(), &frame, 3) {
                drawn[frame.iter().position(|f| *f == id).unwrap()] += 1.0;
            }
        }
        let expected = 6_000.0 * 3.0 / 12.0;
        // Drawing without return makes the sum smaller by (N − n) / (N − 1).
        let chi2: f64 = drawn
            .iter()
            .map(|n| (n - expected).powi(2) / expected)
            .sum();
        assert!(chi2 * 11.0 / 9.0 < 40.0, "{chi2}: {drawn:?}");
    }

    proptest! {
        #[test]
        fn the_order_of_the_list_does_not_matter(seed in "[a-z0-9]{1,12}", n in 0u64..30, turn in 0usize..20) {
            let frame = ids(20);
            let mut turned = frame.clone();
            turned.rotate_left(turn);
            turned.push(frame[0]);
            prop_assert_eq!(draw(&seed, &frame, n), draw(&seed, &turned, n));
            prop_assert_eq!(frame_hash(&frame), frame_hash(&turned));
        }

        #[test]
        fn no_stratum_gives_more_than_it_has(sizes in proptest::collection::vec(0u64..500, 0..12), wanted in 0u64..3_000) {
            let n = allocate(&sizes, wanted, CENSUS_AT_MOST);
            prop_assert!(n.iter().zip(&sizes).all(|(n, size)| n <= size && (*n >= FEWEST.min(*size))));
            prop_assert!(n.iter().sum::<u64>() >= wanted.min(sizes.iter().sum()));
        }
    }
}
