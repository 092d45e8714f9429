//! A row with a place, as geographic programs take it: one set of columns for every way out (GeoJSON,
//! GeoPackage, FlatGeobuf, GeoParquet, CSV) and for asking (queryables, CQL2, sorting).
//!
//! The geometry is what may be shown: a feature is made from what a viewer sees, and has no field for
//! anything else.

use stele_model::date::Day;
use stele_model::{AnyId, Geometry};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number.
    Whole,
    /// A day of the calendar.
    Day,
    /// A moment, in milliseconds since 1970, UTC.
    Moment,
}

/// A column of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, for programs.
    pub id: &'static str,
    /// What it is, for people, in one sentence.
    pub about: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, or a word of a list.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A day of the calendar.
    Day(Day),
    /// A moment, in milliseconds since 1970, UTC.
    Moment(i64),
}

/// A moment in milliseconds since 1970 as text (RFC 3339, UTC).
///
/// ```
/// assert_eq!(stele_formats::feature::moment(1_000), "1970-01-01T00:00:01.000Z");
/// ```
pub fn moment(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let of_day = ms.rem_euclid(DAY_MS);
    let (hours, minutes) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (seconds, rest) = (of_day / 1_000 % 60, of_day % 1_000);
    let day = Day(ms.div_euclid(DAY_MS));
    format!("{day}T{hours:02}:{minutes:02}:{seconds:02}.{rest:03}Z")
}

/// The days that something took, held or may have happened in; an open end has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First day.
    pub from: Option<Day>,
    /// Last day.
    pub to: Option<Day>,
}

impl Span {
    /// Whether the two have a day in common.
    pub fn meets(&self, other: &Span) -> bool {
        let begins_late =
            |a: &Span, b: &Span| matches!((a.from, b.to), (Some(from), Some(to)) if from > to);
        !begins_late(self, other) && !begins_late(other, self)
    }
}

/// A row with a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Permanent id.
    pub id: AnyId,
    /// The geometry that may be shown, WGS 84; none where there is none, or it is withheld.
    pub geometry: Option<Geometry>,
    /// What stands in each column, in the order of the columns.
    pub values: Vec<Option<Value>>,
    /// When it holds; none where it is not bound to a time.
    pub time: Option<Span>,
    /// Clock and node of the revision shown: changes when what is shown of the record itself changes.
    pub stamp: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_meet_where_they_share_a_day() {
        let span = |from: Option<i64>, to: Option<i64>| Span {
            from: from.map(Day),
            to: to.map(Day),
        };
        assert!(span(Some(1), Some(5)).meets(&span(Some(5), None)));
        assert!(!span(Some(1), Some(5)).meets(&span(Some(6), None)));
        assert!(span(None, None).meets(&span(Some(6), Some(6))));
        assert!(!span(Some(7), None).meets(&span(None, Some(6))));
    }
}
