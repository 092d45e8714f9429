//! Dates in English: what is known, and that the rest is not.

use super::{End, Part, Precision, Shape};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn in_words(shape: &Shape) -> String {
    match shape {
        Shape::Single(part) => one(part),
        Shape::Interval(a, b) => interval(a, b),
        Shape::Set { all, members } => {
            let each: Vec<String> = members
                .iter()
                .map(|(a, b)| match (a, b) {
                    (End::At(x), End::At(y)) if x == y => one(x),
                    (a, b) => interval(a, b),
                })
                .collect();
            match all {
                true => format!("all of: {}", each.join(", ")),
                false => format!("one of: {}", each.join(", ")),
            }
        }
    }
}

fn interval(a: &End, b: &End) -> String {
    match (a, b) {
        (End::At(a), End::At(b)) => format!("between {} and {}", one(a), one(b)),
        (End::At(a), End::Open) => format!("since {}", one(a)),
        (End::At(a), End::Unknown) => format!("from {}, until when is not known", one(a)),
        (End::Open, End::At(b)) => format!("until {}", one(b)),
        (End::Unknown, End::At(b)) => format!("until {}, since when is not known", one(b)),
        _ => "at any time".into(),
    }
}

fn one(part: &Part) -> String {
    let (year, month, day) = part.first.ymd();
    let year_words = if year < 1 {
        format!("{} BCE", 1 - year)
    } else {
        year.to_string()
    };
    let plain = match part.precision {
        Precision::Day => format!("{day} {} {year_words}", MONTHS[usize::from(month) - 1]),
        Precision::Month => format!("{} {year_words}", MONTHS[usize::from(month) - 1]),
        Precision::Season => format!("a season of {year_words}"),
        Precision::Year => year_words,
        Precision::Decade => format!("some time in the {year}s"),
        Precision::Century => format!("some time between {year} and {}", year + 99),
        Precision::Wider => {
            format!("some time between {} and {}", part.first, part.last)
        }
    };
    match (part.approximate, part.uncertain) {
        (true, true) => format!("perhaps about {plain}"),
        (true, false) => format!("about {plain}"),
        (false, true) => format!("perhaps {plain}"),
        (false, false) => plain,
    }
}
