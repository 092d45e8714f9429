//! Parts that the forms of several kinds share: names, quantities, places, passages.

use super::{Field, Input};
use stele_model::*;

pub(super) const fn needed(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    input: Input,
) -> Field {
    Field {
        name,
        label,
        hint,
        needed: true,
        input,
    }
}

pub(super) const fn also(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    input: Input,
) -> Field {
    Field {
        name,
        label,
        hint,
        needed: false,
        input,
    }
}

pub(super) fn words<W: Word>() -> Vec<(&'static str, &'static str)> {
    W::ALL
        .iter()
        .map(|w| {
            (
                w.id(),
                if w.label().is_empty() {
                    w.id()
                } else {
                    w.label()
                },
            )
        })
        .collect()
}

pub(super) fn interests() -> Vec<(&'static str, &'static str)> {
    vec![
        ("none", "I have no conflict of interest"),
        ("declared", "I declare a conflict of interest"),
    ]
}

pub(super) const DATE_HINT: &str =
    "A day, month, year or more: 2021-05-03, 2021-05, 2021, 2021-05~ (about), 2020/2021";
pub(super) const NAME_HINT: &str = "Its name, address or id; it must be recorded already";

pub(super) const NAMES: Input = Input::Rows(&[
    needed("text", "Name", "", Input::Line),
    also(
        "lang",
        "Language",
        "en, hy, az, az-Cyrl, ar, uk …; und when not known",
        Input::Line,
    ),
    also(
        "kind",
        "What the name is",
        "",
        Input::Choice(words::<NameKind>),
    ),
    also("by", "Used by", "", Input::One(Some(Kind::Party))),
]);

pub(super) const QUANTITY: Input = Input::Group(&[
    needed("value", "Number", "", Input::Number),
    needed("qualifier", "Said as", "", Input::Choice(qualifiers)),
    also(
        "upper",
        "Upper number",
        "with “between” only",
        Input::Number,
    ),
    also("unit", "Unit", "", Input::Line),
]);

pub(super) fn qualifiers() -> Vec<(&'static str, &'static str)> {
    Qualifier::ALL
        .iter()
        .map(|q| {
            (
                q.id(),
                if *q == Qualifier::Exactly {
                    "exactly"
                } else {
                    q.label()
                },
            )
        })
        .collect()
}

pub(super) const HOLDINGS: Input = Input::Rows(&[
    needed(
        "kind",
        "What is held",
        "books, exhibits, manuscripts",
        Input::Line,
    ),
    needed("count", "How many", "", QUANTITY),
    also("as_of", "As of", "", Input::Date),
]);

pub(super) const PLACE: Input = Input::Group(&[
    needed("geometry", "Place", "", Input::Place),
    also(
        "uncertainty_m",
        "Uncertain within, in metres",
        "",
        Input::Number,
    ),
    also(
        "method",
        "How the place was got",
        "imagery, gazetteer, on site",
        Input::Line,
    ),
    also(
        "sensitivity",
        "Who may see it",
        "",
        Input::Choice(words::<Sensitivity>),
    ),
    also(
        "grid_m",
        "Grid in metres, when generalised",
        "",
        Input::Number,
    ),
]);

pub(super) const PASSAGE: Input = Input::Group(&[
    needed("exact", "The passage, word for word", "", Input::Long),
    also(
        "start",
        "First character",
        "counted from 0 in the archived text",
        Input::Number,
    ),
    also("end", "One past the last character", "", Input::Number),
]);

pub(super) const INTEREST: Input = Input::Group(&[
    needed("interest", "Interest", "", Input::Choice(interests)),
    also("what", "What it is", "", Input::Line),
]);
