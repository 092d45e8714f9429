//! Whether two texts are one text: reprints and wire copies are recognised as one origin.
//!
//! A text is the set of its runs of four words (shingles); its signature is the least hash of each
//! of 64 families over that set (MinHash), cut into 16 bands. Texts that share a band are compared.

use std::collections::BTreeSet;

/// Words in a row.
const SHINGLE: usize = 4;
/// Families of hashes.
const FAMILIES: usize = 64;
/// Hashes of a band: texts that are alike to 0.6 share one of the bands with a likelihood of 0.9.
const BAND: usize = 4;
/// Shingles in common, in per mille, from which on a text is a copy of another.
pub const COPY_PERMILLE: u16 = 600;

/// What a text is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    shingles: BTreeSet<u64>,
}

/// FNV-1a: the same on every machine and in every version.
fn fnv(bytes: impl Iterator<Item = u8>, seed: u64) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let n = (n ^ (n >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    n ^ (n >> 33)
}

impl Fingerprint {
    /// Of a text; case, punctuation and line breaks do not count.
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .collect();
        let shingles = if words.len() < SHINGLE {
            BTreeSet::from([fnv(words.join(" ").bytes(), 0)])
        } else {
            words
                .windows(SHINGLE)
                .map(|w| fnv(w.join(" ").bytes(), 0))
                .collect()
        };
        Fingerprint { shingles }
    }

    /// Shingles of this text that the other has too, in per mille of the smaller of the two: a reprint
    /// with a head and a tail of its own is still a reprint.
    pub fn alike_permille(&self, other: &Fingerprint) -> u16 {
        let common = self.shingles.intersection(&other.shingles).count();
        let smaller = self.shingles.len().min(other.shingles.len()).max(1);
        u16::try_from(common * 1000 / smaller).unwrap_or(1000)
    }

    /// Keys under which texts that may be copies of each other are found.
    pub fn bands(&self) -> Vec<String> {
        let least: Vec<u64> = (0..FAMILIES as u64)
            .map(|family| {
                self.shingles
                    .iter()
                    .map(|s| mixed(s ^ mixed(family + 1)))
                    .min()
                    .unwrap_or(0)
            })
            .collect();
        least
            .chunks(BAND)
            .enumerate()
            .map(|(k, band)| {
                format!(
                    "{k:02}{:016x}",
                    fnv(band.iter().flat_map(|n| n.to_le_bytes()), 7)
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The ministry said that three museums and a library in the district were damaged during the shelling of the old town, and that the books of the library could be brought to a safe place before the fire reached the stacks on the upper floor.";

    #[test]
    fn a_reprint_is_recognised_and_another_text_is_not() {
        let wire = Fingerprint::of(TEXT);
        let reprint = Fingerprint::of(&format!(
            "By our own reporter. {} The Paper, page 3.",
            TEXT.to_uppercase()
        ));
        let other = Fingerprint::of(
            "A team of the organisation visited the old town and found that the museums of the district were closed and the library was safe.",
        );
        assert!(wire.alike_permille(&reprint) > 900);
        assert!(wire.alike_permille(&other) < 200);
        let bands: BTreeSet<String> = wire.bands().into_iter().collect();
        assert!(reprint.bands().iter().any(|b| bands.contains(b)));
        assert!(!other.bands().iter().any(|b| bands.contains(b)));
    }

    #[test]
    fn signatures_never_change_between_versions() {
        assert_eq!(
            Fingerprint::of("one two three four five").bands()[0],
            SIGNED
        );
    }

    const SIGNED: &str = "00ddd37d54c79951a1";
}
