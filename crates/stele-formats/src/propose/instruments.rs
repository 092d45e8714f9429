//! Treaties, protocols, agreements and plans that a text invokes.

use super::dates;
use crate::lexicon::Lexicon;
use crate::text::Text;
use std::ops::Range;
use stele_model::date::Day;
use stele_model::{EdtfDate, InstrumentKind};

/// An instrument named in the text.
#[derive(Debug, Clone)]
pub(crate) struct Invoked {
    pub range: Range<usize>,
    pub name: String,
    pub kind: InstrumentKind,
    pub adopted: Option<EdtfDate>,
}

/// Instruments of a sentence: known ones by their table, others by a name that ends in what they are.
pub(crate) fn invoked(
    text: &Text,
    lex: &Lexicon,
    sentence: Range<usize>,
    published: Option<Day>,
) -> Vec<Invoked> {
    let mut found = Vec::new();
    for (range, treaty) in lex.instruments.all_in(text, sentence.clone()) {
        let large = text.tokens[range.clone()].iter().any(|t| t.capital);
        if large {
            let adopted = treaty.adopted.as_deref().and_then(|d| d.parse().ok());
            found.push(Invoked {
                range,
                name: treaty.name.clone(),
                kind: treaty.kind,
                adopted,
            });
        }
    }
    for (range, kind) in lex.instrument_nouns.all_in(text, sentence.clone()) {
        if found
            .iter()
            .any(|f: &Invoked| f.range.start < range.end && range.start < f.range.end)
        {
            continue;
        }
        let mut start = range.start;
        let describes = |t: &crate::text::Token| {
            matches!(
                t.form.as_str(),
                "trilateral" | "bilateral" | "multilateral" | "joint" | "tripartite"
            )
        };
        while start > sentence.start
            && ((text.tokens[start - 1].capital
                && !text.tokens[start - 1].possessive
                && !lex.stops.contains(&text.tokens[start - 1].form)
                && range.start - start < 5)
                || describes(&text.tokens[start - 1]))
        {
            start -= 1;
        }
        // "an agreement" and "the peace deal" name nothing.
        if start == range.start {
            continue;
        }
        let name = text.words(start..range.end);
        let signs = (sentence.start..sentence.end).any(|k| {
            matches!(
                text.tokens[k].form.as_str(),
                "signed" | "signing" | "concluded" | "ended" | "adopted"
            )
        });
        let day = signs
            .then(|| dates::first_in(text, lex, sentence.start..start, published))
            .flatten()
            .filter(|d| d.precision() == Some(stele_model::date::Precision::Day));
        found.push(Invoked {
            range: start..range.end,
            name,
            kind: *kind,
            adopted: day,
        });
    }
    found.sort_by_key(|f| f.range.start);
    found
}
