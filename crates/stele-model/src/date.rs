//! Dates as they were said: EDTF (ISO 8601-2) levels 0 and 1, and of level 2 what records meet:
//! qualification of a part, unspecified digits anywhere, sets, seasons.
//!
//! Our own because the `edtf` crate stops at level 1 and is not kept. Interval logic, never a false
//! day: [`EdtfDate::earliest`] and [`EdtfDate::latest`] bound what the text allows; `~` and `?` are
//! kept and said, and widen nothing.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

mod calendar;
mod parse;
mod words;

pub use calendar::Day;

/// A date, an interval or a set of dates, kept as it was written.
///
/// ```
/// use stele_model::EdtfDate;
/// let war: EdtfDate = "2020-09-27/2020-11-10".parse()?;
/// assert_eq!(war.in_words(), "between 27 September 2020 and 10 November 2020");
/// assert!("201X".parse::<EdtfDate>()?.earliest() < war.earliest());
/// # Ok::<(), stele_model::date::BadDate>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EdtfDate {
    text: String,
    shape: Shape,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Single(Part),
    Interval(End, End),
    /// One of, or all of, several.
    Set {
        all: bool,
        members: Vec<(End, End)>,
    },
}

/// One end of an interval.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// `..`: no limit.
    Open,
    /// Nothing: not known.
    Unknown,
    At(Part),
}

/// One date of some precision.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    pub(crate) first: Day,
    pub(crate) last: Day,
    pub(crate) precision: Precision,
    pub(crate) approximate: bool,
    pub(crate) uncertain: bool,
    /// Time of day as written, after the `T`.
    pub(crate) time: Option<String>,
}

/// How exact a single date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// A day.
    Day,
    /// A month.
    Month,
    /// A season or quarter.
    Season,
    /// A year.
    Year,
    /// A decade.
    Decade,
    /// A century.
    Century,
    /// Anything wider, or digits left open in the middle.
    Wider,
}

/// A text that is not an EDTF date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not a date (EDTF): {problem} at character {at}; write for example 2021-06-23, 2021-06, 2021~, 201X or 2020-09-27/2020-11-10"
)]
pub struct BadDate {
    /// What was read.
    pub text: String,
    /// What is wrong.
    pub problem: &'static str,
    /// Where, counted from 1.
    pub at: usize,
}

/// Longest text of a date, in characters.
pub const LONGEST: usize = 256;

impl EdtfDate {
    /// A single day.
    pub fn from_day(day: Day) -> Self {
        let part = Part {
            first: day,
            last: day,
            precision: Precision::Day,
            approximate: false,
            uncertain: false,
            time: None,
        };
        EdtfDate {
            text: day.to_string(),
            shape: Shape::Single(part),
        }
    }

    /// First day it may mean; `None` when open or not known.
    pub fn earliest(&self) -> Option<Day> {
        match &self.shape {
            Shape::Single(part) => Some(part.first),
            Shape::Interval(from, _) => from.first(),
            Shape::Set { members, .. } => members
                .iter()
                .map(|(from, _)| from.first())
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .min(),
        }
    }

    /// Last day it may mean; `None` when open or not known.
    pub fn latest(&self) -> Option<Day> {
        match &self.shape {
            Shape::Single(part) => Some(part.last),
            Shape::Interval(_, to) => to.last(),
            Shape::Set { members, .. } => members
                .iter()
                .map(|(_, to)| to.last())
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .max(),
        }
    }

    fn parts(&self) -> Vec<&Part> {
        match &self.shape {
            Shape::Single(part) => vec![part],
            Shape::Interval(a, b) => [a, b].into_iter().filter_map(End::part).collect(),
            Shape::Set { members, .. } => members
                .iter()
                .flat_map(|(a, b)| [a, b])
                .filter_map(End::part)
                .collect(),
        }
    }

    /// Whether any part is marked `~` or `%`.
    pub fn is_approximate(&self) -> bool {
        self.parts().iter().any(|p| p.approximate)
    }

    /// Whether any part is marked `?` or `%`.
    pub fn is_uncertain(&self) -> bool {
        self.parts().iter().any(|p| p.uncertain)
    }

    /// Precision of a single date; `None` for intervals and sets.
    pub fn precision(&self) -> Option<Precision> {
        match &self.shape {
            Shape::Single(part) => Some(part.precision),
            _ => None,
        }
    }

    /// Whether it is over before the other can have begun.
    pub fn certainly_before(&self, other: &EdtfDate) -> bool {
        matches!((self.latest(), other.earliest()), (Some(a), Some(b)) if a < b)
    }

    /// Whether both may mean some same day; an unbounded side reaches everywhere.
    pub fn may_overlap(&self, other: &EdtfDate) -> bool {
        !self.certainly_before(other) && !other.certainly_before(self)
    }

    /// Whether a day lies within what it may mean.
    pub fn contains(&self, day: Day) -> bool {
        self.earliest().is_none_or(|d| d <= day) && self.latest().is_none_or(|d| day <= d)
    }

    /// Days from it to a day: fewest and most; `None` where it sets no limit.
    pub fn days_until(&self, day: Day) -> (Option<i64>, Option<i64>) {
        let to = |d: Day| day.0 - d.0;
        (self.latest().map(to), self.earliest().map(to))
    }

    /// The date in English, saying what is not known of it.
    pub fn in_words(&self) -> String {
        words::in_words(&self.shape)
    }
}

impl End {
    fn part(&self) -> Option<&Part> {
        match self {
            End::At(part) => Some(part),
            End::Open | End::Unknown => None,
        }
    }
    fn first(&self) -> Option<Day> {
        self.part().map(|p| p.first)
    }
    fn last(&self) -> Option<Day> {
        self.part().map(|p| p.last)
    }
}

impl FromStr for EdtfDate {
    type Err = BadDate;
    fn from_str(text: &str) -> Result<Self, BadDate> {
        let shape = parse::shape(text)?;
        Ok(EdtfDate {
            text: text.to_owned(),
            shape,
        })
    }
}

impl fmt::Display for EdtfDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for EdtfDate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |d: &EdtfDate| (d.earliest(), d.latest());
        key(self)
            .cmp(&key(other))
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for EdtfDate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for EdtfDate {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EdtfDate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::id::parsed(d)
    }
}
