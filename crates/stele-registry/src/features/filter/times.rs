//! Times that are compared: instants, intervals, and what a feature holds for. A day beside a moment is
//! compared by the day; an end without limit lies before or after everything.

use super::terms::{Scalar, Term};
use super::{Feature, Unfit};
use std::cmp::Ordering;
use stele_formats::cql2::Temporal;
use stele_model::date::Day;

/// A time.
#[derive(Debug)]
pub(super) enum Time {
    /// When the feature holds.
    Own,
    Instant(Term),
    Interval(Option<Term>, Option<Term>),
}

/// Begin and end, each none where it has no limit.
type Ends = (Option<Scalar<'static>>, Option<Scalar<'static>>);

impl Time {
    /// An interval; refuses one written out that ends before it begins.
    pub fn interval(from: Option<Term>, to: Option<Term>) -> Result<Self, Unfit> {
        if let (Some(Term::Constant(a)), Some(Term::Constant(b))) = (&from, &to)
            && a.compare(b) == Some(Ordering::Greater)
        {
            return Err(Unfit::Mismatch(
                "an interval ends before it begins".to_owned(),
            ));
        }
        Ok(Time::Interval(from, to))
    }

    /// Begin and end for a feature; none where they are not known.
    fn of(&self, feature: &Feature) -> Option<Ends> {
        let value = |term: &Term| {
            Some(match term.of(feature)? {
                Scalar::Day(day) => Scalar::Day(day),
                Scalar::Moment(ms) => Scalar::Moment(ms),
                _ => return None,
            })
        };
        let end = |term: &Option<Term>| match term {
            None => Some(None),
            Some(term) => value(term).map(Some),
        };
        match self {
            Time::Own => {
                let span = feature.time?;
                let day = |day: Option<Day>| day.map(Scalar::Day);
                Some((day(span.from), day(span.to)))
            }
            Time::Instant(term) => {
                let at = value(term)?;
                Some((Some(at.clone()), Some(at)))
            }
            Time::Interval(from, to) => Some((end(from)?, end(to)?)),
        }
    }
}

/// How two times lie to each other.
#[derive(Debug)]
pub(super) struct Order {
    how: Temporal,
    a: Time,
    b: Time,
}

impl Order {
    pub fn new(how: Temporal, a: Time, b: Time) -> Self {
        Order { how, a, b }
    }

    pub fn holds(&self, feature: &Feature) -> Option<bool> {
        let (from_a, to_a) = self.a.of(feature)?;
        let (from_b, to_b) = self.b.of(feature)?;
        let begins = || starts(&from_a, &from_b);
        let ends = || stops(&to_a, &to_b);
        let (before, after) = (across(&to_a, &from_b), across(&to_b, &from_a));
        use Ordering::{Equal, Greater, Less};
        Some(match self.how {
            Temporal::Before => before == Less,
            Temporal::After => after == Less,
            Temporal::Disjoint => before == Less || after == Less,
            Temporal::Intersects => before != Less && after != Less,
            Temporal::Equals => begins() == Equal && ends() == Equal,
            Temporal::Contains => begins() == Less && ends() == Greater,
            Temporal::During => begins() == Greater && ends() == Less,
            Temporal::Starts => begins() == Equal && ends() == Less,
            Temporal::StartedBy => begins() == Equal && ends() == Greater,
            Temporal::Finishes => begins() == Greater && ends() == Equal,
            Temporal::FinishedBy => begins() == Less && ends() == Equal,
            Temporal::Meets => before == Equal,
            Temporal::MetBy => after == Equal,
            Temporal::Overlaps => begins() == Less && before == Greater && ends() == Less,
            Temporal::OverlappedBy => begins() == Greater && after == Greater && ends() == Greater,
        })
    }
}

/// Two begins; one without limit is the earliest.
fn starts(a: &Option<Scalar<'_>>, b: &Option<Scalar<'_>>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.compare(b).unwrap_or(Ordering::Equal),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Two ends; one without limit is the latest.
fn stops(a: &Option<Scalar<'_>>, b: &Option<Scalar<'_>>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.compare(b).unwrap_or(Ordering::Equal),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// An end beside a begin; without limit on either side it lies after.
fn across(end: &Option<Scalar<'_>>, begin: &Option<Scalar<'_>>) -> Ordering {
    match (end, begin) {
        (Some(end), Some(begin)) => end.compare(begin).unwrap_or(Ordering::Equal),
        _ => Ordering::Greater,
    }
}
