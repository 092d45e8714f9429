//! A text cut at the ends of its passages, to mark them.

/// A part of the text.
#[derive(Debug, PartialEq)]
pub struct Piece<T> {
    /// Its words.
    pub text: String,
    /// What stands on it; several where passages overlap.
    pub marks: Vec<T>,
}

/// Cuts a text at the ends of its passages (character offsets), so that each piece has the same marks throughout.
pub fn pieces<T: Clone>(text: &str, spans: &[(usize, usize, T)]) -> Vec<Piece<T>> {
    let chars: Vec<char> = text.chars().collect();
    let mut cuts: Vec<usize> = spans
        .iter()
        .flat_map(|(a, b, _)| [*a, *b])
        .filter(|at| *at <= chars.len())
        .collect();
    cuts.extend([0, chars.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .map(|ends| {
            let (from, to) = (ends[0], ends[1]);
            let marks = spans
                .iter()
                .filter(|(a, b, _)| *a <= from && to <= *b)
                .map(|(_, _, mark)| mark.clone())
                .collect();
            Piece {
                text: chars[from..to].iter().collect(),
                marks,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn overlapping_passages_share_the_middle() {
        let cut = pieces("abcdef", &[(0, 4, 1), (2, 6, 2)]);
        let shown: Vec<(&str, &[i32])> = cut
            .iter()
            .map(|p| (p.text.as_str(), p.marks.as_slice()))
            .collect();
        assert_eq!(
            shown,
            [("ab", &[1][..]), ("cd", &[1, 2][..]), ("ef", &[2][..])]
        );
    }

    proptest! {
        #[test]
        fn no_character_is_lost(text in "\\PC{0,60}", spans in proptest::collection::vec((0usize..80, 0usize..80, 0u8..9), 0..8)) {
            let joined: String = pieces(&text, &spans).into_iter().map(|p| p.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
