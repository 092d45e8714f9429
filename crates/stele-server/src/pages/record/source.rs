//! The text of a source with the passages of its claims and positions marked and linked.

use maud::{Markup, html};
use std::collections::BTreeMap;
use stele_model::name::is_rtl;
use stele_model::{AnyId, Body, Kind, Passage, Source, Word};
use stele_registry::find::RecordView;

/// A part of the text.
#[derive(Debug, PartialEq)]
pub(crate) struct Piece<T> {
    /// Its words.
    pub text: String,
    /// What stands on it; several where passages overlap.
    pub marks: Vec<T>,
}

/// Cuts a text at the ends of its passages (character offsets), so that each piece has the same marks throughout.
pub(crate) fn pieces<T: Clone>(text: &str, spans: &[(usize, usize, T)]) -> Vec<Piece<T>> {
    let chars: Vec<char> = text.chars().collect();
    let mut cuts: Vec<usize> = spans.iter().flat_map(|(a, b, _)| [*a, *b]).filter(|at| *at <= chars.len()).collect();
    cuts.extend([0, chars.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .map(|ends| {
            let (from, to) = (ends[0], ends[1]);
            let marks = spans.iter().filter(|(a, b, _)| *a <= from && to <= *b).map(|(_, _, mark)| mark.clone()).collect();
            Piece { text: chars[from..to].iter().collect(), marks }
        })
        .collect()
}

/// The text.
pub fn text(source: &Source, view: &RecordView) -> Markup {
    let Some(text) = &source.text else { return html! {} };
    let mut passages: BTreeMap<(usize, usize), Vec<(AnyId, Kind)>> = BTreeMap::new();
    for row in [Kind::Claim, Kind::Position, Kind::MissionStep].iter().flat_map(|k| view.related(*k)) {
        let passage = match &row.body {
            Body::Claim(b) => b.passage.as_ref(),
            Body::Position(b) => b.passage.as_ref(),
            Body::MissionStep(b) => b.passage.as_ref(),
            _ => None,
        };
        if let Some(Passage { start: Some(start), end: Some(end), .. }) = passage {
            passages.entry((*start as usize, *end as usize)).or_default().push((row.id, row.kind));
        }
    }
    let spans: Vec<(usize, usize, Vec<(AnyId, Kind)>)> = passages.into_iter().map(|((a, b), ids)| (a, b, ids)).collect();
    let dir = if is_rtl(text) { "rtl" } else { "auto" };
    let mut anchored: Vec<AnyId> = Vec::new();
    html! {
        section {
            h2 { "Text" }
            @if !spans.is_empty() { p.muted { "Marked passages lead to the records taken from them." } }
            div.source-text dir=(dir) lang=[source.language.as_deref()] {
                @for piece in pieces(text, &spans) {
                    @let ids: Vec<(AnyId, Kind)> = piece.marks.concat();
                    @match ids.first() {
                        None => (piece.text),
                        Some((first, kind)) => {
                            @for (id, _) in &ids { @if !anchored.contains(id) { span id=(id) {} } }
                            mark.anchor { a href={ "/" (kind.id()) "/" (first) } { (piece.text) }
                                @for (id, kind) in ids.iter().skip(1) { sup { a href={ "/" (kind.id()) "/" (id) } aria-label={ "another " (kind.label()) } { "+" } } } }
                            ({ anchored.extend(ids.iter().map(|(id, _)| *id)); "" })
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn overlapping_passages_share_the_middle() {
        let cut = pieces("abcdef", &[(0, 4, 1), (2, 6, 2)]);
        let shown: Vec<(&str, &[i32])> = cut.iter().map(|p| (p.text.as_str(), p.marks.as_slice())).collect();
        assert_eq!(shown, [("ab", &[1][..]), ("cd", &[1, 2][..]), ("ef", &[2][..])]);
    }

    proptest! {
        #[test]
        fn no_character_is_lost(text in "\\PC{0,60}", spans in proptest::collection::vec((0usize..80, 0usize..80, 0u8..9), 0..8)) {
            let joined: String = pieces(&text, &spans).into_iter().map(|p| p.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
