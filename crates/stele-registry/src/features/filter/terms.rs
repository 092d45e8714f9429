//! Values that are compared: texts, numbers, times; from a column, written in the filter, or computed.

use super::{Feature, Holds, Unfit};
use crate::features::Value;
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use stele_formats::cql2::{self, Arithmetic, Expr};
use stele_model::date::Day;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const DAY_MS: i64 = 86_400_000;
/// Longest pattern, in characters.
const LONGEST_PATTERN: usize = 200;

/// A kind of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Time,
    Flag,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Text => "a text",
            Kind::Number => "a number",
            Kind::Time => "a time",
            Kind::Flag => "true or false",
        })
    }
}

/// The kind of what a column holds.
pub(super) fn kind_of(holds: Holds) -> Kind {
    match holds {
        Holds::Text | Holds::Word(_) => Kind::Text,
        Holds::Whole => Kind::Number,
        Holds::Day | Holds::Moment => Kind::Time,
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Day(Day),
    Moment(i64),
    Flag(bool),
}

impl Scalar<'_> {
    /// How two stand to each other. A day and a moment are compared by the day.
    pub fn compare(&self, other: &Scalar<'_>) -> Option<Ordering> {
        match (self, other) {
            (Scalar::Text(a), Scalar::Text(b)) => Some(a.cmp(b)),
            (Scalar::Number(a), Scalar::Number(b)) => a.partial_cmp(b),
            (Scalar::Flag(a), Scalar::Flag(b)) => Some(a.cmp(b)),
            (Scalar::Moment(a), Scalar::Moment(b)) => Some(a.cmp(b)),
            _ => Some(self.day()?.cmp(&other.day()?)),
        }
    }

    fn day(&self) -> Option<Day> {
        match self {
            Scalar::Day(day) => Some(*day),
            Scalar::Moment(ms) => Some(Day(ms.div_euclid(DAY_MS))),
            _ => None,
        }
    }
}

/// Where a value comes from.
#[derive(Debug)]
pub(super) enum Term {
    Constant(Scalar<'static>),
    Id,
    Column {
        at: usize,
        id: &'static str,
        kind: Kind,
    },
    Folded {
        inner: Box<Term>,
        case: bool,
        accent: bool,
    },
    Arithmetic(Arithmetic, Box<Term>, Box<Term>),
}

impl Term {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Term::Constant(Scalar::Text(_)) | Term::Id | Term::Folded { .. } => Kind::Text,
            Term::Constant(Scalar::Number(_)) | Term::Arithmetic(..) => Kind::Number,
            Term::Constant(Scalar::Flag(_)) => Kind::Flag,
            Term::Constant(Scalar::Day(_) | Scalar::Moment(_)) => Kind::Time,
            Term::Column { kind, .. } => *kind,
        }
    }

    /// The column it is, if it is one and nothing else.
    pub fn column(&self) -> Option<&'static str> {
        match self {
            Term::Column { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Whether a text is folded for each feature.
    pub fn folds(&self) -> bool {
        matches!(self, Term::Folded { .. })
    }

    /// The same as a time: a text that is written as one is taken for it.
    pub fn into_time(self) -> Option<Term> {
        match self {
            Term::Constant(Scalar::Text(text)) => {
                let day = cql2::day(&text).map(Scalar::Day);
                let moment = || cql2::timestamp(&text).map(Scalar::Moment);
                day.or_else(moment).map(Term::Constant)
            }
            term => (term.kind() == Kind::Time).then_some(term),
        }
    }

    /// Without regard to capitals, to marks.
    pub fn folded(self, case: bool, accent: bool) -> Term {
        match self {
            Term::Constant(Scalar::Text(text)) => {
                Term::Constant(Scalar::Text(fold(&text, case, accent).into()))
            }
            Term::Folded {
                inner,
                case: was_case,
                accent: was_accent,
            } => Term::Folded {
                inner,
                case: case || was_case,
                accent: accent || was_accent,
            },
            term => Term::Folded {
                inner: Box::new(term),
                case,
                accent,
            },
        }
    }

    /// Its value for a feature; none where there is nothing.
    pub fn of<'a>(&'a self, feature: &'a Feature) -> Option<Scalar<'a>> {
        match self {
            Term::Constant(scalar) => Some(match scalar {
                Scalar::Text(text) => Scalar::Text(Cow::Borrowed(text)),
                other => other.clone(),
            }),
            Term::Id => Some(Scalar::Text(feature.id.to_string().into())),
            Term::Column { at, .. } => Some(match feature.values.get(*at)?.as_ref()? {
                Value::Text(text) => Scalar::Text(Cow::Borrowed(text)),
                #[allow(clippy::cast_precision_loss)]
                Value::Whole(n) => Scalar::Number(*n as f64),
                Value::Day(day) => Scalar::Day(*day),
                Value::Moment(ms) => Scalar::Moment(*ms),
            }),
            Term::Folded {
                inner,
                case,
                accent,
            } => match inner.of(feature)? {
                Scalar::Text(text) => Some(Scalar::Text(fold(&text, *case, *accent).into())),
                _ => None,
            },
            Term::Arithmetic(how, a, b) => {
                let (Scalar::Number(a), Scalar::Number(b)) = (a.of(feature)?, b.of(feature)?)
                else {
                    return None;
                };
                let result = match how {
                    Arithmetic::Plus => a + b,
                    Arithmetic::Minus => a - b,
                    Arithmetic::Times => a * b,
                    Arithmetic::Divided => a / b,
                    Arithmetic::Modulo => a % b,
                    Arithmetic::WholeDivided => (a / b).trunc(),
                    Arithmetic::Power => a.powf(b),
                };
                result.is_finite().then_some(Scalar::Number(result))
            }
        }
    }
}

/// A text without regard to capitals (full case folding by way of capitals, so that `ß` is `ss`) or to
/// combining marks.
fn fold(text: &str, case: bool, accent: bool) -> String {
    let bare = match accent {
        true => text
            .nfd()
            .filter(|c| !is_combining_mark(*c))
            .nfc()
            .collect(),
        false => text.to_owned(),
    };
    match case {
        true => bare.to_uppercase().to_lowercase(),
        false => bare,
    }
}

/// A pattern with `%` for any text, `_` for one character, and `\` before one that is meant as it is.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// From a literal, folded or not.
    pub fn new(expr: &Expr) -> Result<Self, Unfit> {
        let text = written(expr).ok_or_else(|| {
            Unfit::Mismatch("LIKE takes a pattern that is written out".to_owned())
        })?;
        let too_long = || {
            Unfit::Mismatch(format!(
                "the pattern of LIKE is longer than {LONGEST_PATTERN} characters"
            ))
        };
        if text.chars().count() > LONGEST_PATTERN {
            return Err(too_long());
        }
        // An automaton without backtracking: its time grows with the text and the pattern, no faster.
        let mut pattern = String::from("^");
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '%' | '_' => {
                    let (mut any, mut single) = (c == '%', u32::from(c == '_'));
                    while let Some(next) = chars.next_if(|c| matches!(c, '%' | '_')) {
                        any |= next == '%';
                        single += u32::from(next == '_');
                    }
                    pattern.push_str(&format!(".{{{single}{}}}", if any { "," } else { "" }));
                }
                '\\' if chars.peek().is_some() => {
                    let meant = chars.next().unwrap_or_default();
                    pattern.push_str(&regex::escape(meant.encode_utf8(&mut [0; 4])));
                }
                c => pattern.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        pattern.push('$');
        RegexBuilder::new(&pattern)
            .dot_matches_new_line(true)
            .size_limit(1 << 20)
            .dfa_size_limit(1 << 20)
            .build()
            .map(Pattern)
            .map_err(|_| too_long())
    }

    /// Whether a text is like it.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn written(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Text(text) => Some(text.clone()),
        Expr::CaseI(inner) => written(inner).map(|text| fold(&text, true, false)),
        Expr::AccentI(inner) => written(inner).map(|text| fold(&text, false, true)),
        _ => None,
    }
}
