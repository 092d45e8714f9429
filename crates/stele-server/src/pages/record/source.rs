//! The text of a source with the passages of its claims and positions marked and linked.

use crate::html::passages::pieces;
use maud::{Markup, html};
use std::collections::BTreeMap;
use stele_model::name::is_rtl;
use stele_model::{AnyId, Body, Kind, Passage, Source, Word};
use stele_registry::find::RecordView;

/// Records taken from one passage.
type Marks = Vec<(AnyId, Kind)>;

/// The text.
pub fn text(source: &Source, view: &RecordView) -> Markup {
    let Some(text) = &source.text else {
        return html! {};
    };
    let mut passages: BTreeMap<(usize, usize), Vec<(AnyId, Kind)>> = BTreeMap::new();
    for row in [Kind::Claim, Kind::Position, Kind::MissionStep]
        .iter()
        .flat_map(|k| view.related(*k))
    {
        let passage = match &row.body {
            Body::Claim(b) => b.passage.as_ref(),
            Body::Position(b) => b.passage.as_ref(),
            Body::MissionStep(b) => b.passage.as_ref(),
            _ => None,
        };
        if let Some(Passage {
            start: Some(start),
            end: Some(end),
            ..
        }) = passage
        {
            passages
                .entry((*start as usize, *end as usize))
                .or_default()
                .push((row.id, row.kind));
        }
    }
    let spans: Vec<(usize, usize, Marks)> = passages
        .into_iter()
        .map(|((a, b), ids)| (a, b, ids))
        .collect();
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
