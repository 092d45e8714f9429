//! A filter somebody wrote, checked against the columns of a collection and then decided feature by
//! feature. It looks at the feature as it is shown and at nothing behind it, so that no filter can tell
//! more than the answer to it shows.
//!
//! Three-valued, as CQL2 has it: what is compared with nothing is neither true nor false, and does not
//! pass, negated or not.

mod places;
mod terms;
mod times;

use super::{Collection, Column, Feature, Holds, Test};
use places::{Lie, Place};
use std::collections::HashSet;
use stele_formats::cql2::{Comparison, Expr};
use stele_formats::crs::Crs;
use stele_model::place::Bounds;
use terms::{Pattern, Scalar, Term};
use times::{Order, Time};

/// Property that the geometry is asked for by.
pub const GEOMETRY: &str = "geometry";
/// Property that the time a feature holds for is asked for by.
pub const TIME: &str = "time";
/// Property that the id is asked for by.
pub const ID: &str = "id";
/// Most predicates of a filter that cost more than a comparison: patterns, folded texts, geometries.
const MOST_COSTLY: usize = 40;

/// Why a filter does not fit a collection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A property is not there.
    #[error("there is no property \"{name}\" in {collection}; there are {known}")]
    NoProperty {
        /// As it was written.
        name: String,
        /// The collection.
        collection: &'static str,
        /// What there is.
        known: String,
    },
    /// Values of two kinds are compared, or an operation is given a kind it does not take.
    #[error("{0}")]
    Mismatch(String),
    /// It is CQL2, and not evaluated here.
    #[error("{0} is not supported here")]
    NotSupported(String),
    /// A geometry that is none.
    #[error("{0}")]
    Place(String),
    /// More work than one request gets.
    #[error(
        "the filter has more than {MOST_COSTLY} patterns, folded texts and geometries; ask in several requests"
    )]
    Costly,
}

/// A filter of a collection.
#[derive(Debug)]
pub struct Filter {
    check: Check,
    within: Option<(Crs, [f64; 4])>,
}

impl Filter {
    /// Checks an expression against the columns; its geometries are in this system.
    pub fn new(collection: Collection, expr: &Expr, crs: &Crs) -> Result<Self, Unfit> {
        let mut reader = Reader {
            collection,
            crs,
            costly: 0,
        };
        Ok(Filter {
            check: reader.check(expr)?,
            within: None,
        })
    }

    /// Also only what lies in this box of another system, in its own order of axes.
    pub fn within(mut self, crs: Crs, bbox: [f64; 4]) -> Self {
        self.within = Some((crs, bbox));
        self
    }
}

impl Test for Filter {
    fn passes(&self, feature: &Feature) -> bool {
        let inside = match &self.within {
            None => true,
            Some((crs, bbox)) => feature
                .geometry
                .as_ref()
                .is_some_and(|g| places::touches(g, crs, bbox)),
        };
        inside && self.check.holds(feature) == Some(true)
    }

    fn envelope(&self) -> Option<Bounds> {
        self.check.envelope()
    }

    fn words(&self, column: &str) -> Option<Vec<String>> {
        self.check.words(column)
    }
}

/// What is decided of a feature.
#[derive(Debug)]
enum Check {
    Always(bool),
    Not(Box<Check>),
    All(Vec<Check>),
    Any(Vec<Check>),
    Compare(Comparison, Term, Term),
    Like(Term, Pattern),
    OneOf {
        term: Term,
        /// The name of the column, where it is one and nothing else.
        column: Option<&'static str>,
        texts: HashSet<String>,
        others: Vec<Scalar<'static>>,
    },
    IsNull(Term),
    NoPlace,
    NoTime,
    Lie(Lie),
    Order(Order),
}

impl Check {
    fn holds(&self, feature: &Feature) -> Option<bool> {
        match self {
            Check::Always(flag) => Some(*flag),
            Check::Not(check) => check.holds(feature).map(|holds| !holds),
            Check::All(checks) => all(checks, feature, false),
            Check::Any(checks) => all(checks, feature, true),
            Check::Compare(how, a, b) => {
                let ordering = a.of(feature)?.compare(&b.of(feature)?)?;
                Some(match how {
                    Comparison::Equal => ordering.is_eq(),
                    Comparison::NotEqual => ordering.is_ne(),
                    Comparison::Less => ordering.is_lt(),
                    Comparison::Greater => ordering.is_gt(),
                    Comparison::AtMost => ordering.is_le(),
                    Comparison::AtLeast => ordering.is_ge(),
                })
            }
            Check::Like(term, pattern) => match term.of(feature)? {
                Scalar::Text(text) => Some(pattern.matches(&text)),
                _ => None,
            },
            Check::OneOf {
                term,
                texts,
                others,
                ..
            } => {
                let value = term.of(feature)?;
                let is_text = match &value {
                    Scalar::Text(text) => texts.contains(text.as_ref()),
                    _ => false,
                };
                let same = |other: &Scalar<'_>| value.compare(other).is_some_and(|o| o.is_eq());
                Some(is_text || others.iter().any(same))
            }
            Check::IsNull(term) => Some(term.of(feature).is_none()),
            Check::NoPlace => Some(feature.geometry.is_none()),
            Check::NoTime => Some(feature.time.is_none()),
            Check::Lie(lie) => lie.holds(feature),
            Check::Order(order) => order.holds(feature),
        }
    }

    /// A box that everything that passes touches.
    fn envelope(&self) -> Option<Bounds> {
        match self {
            Check::All(checks) => checks
                .iter()
                .filter_map(Check::envelope)
                .reduce(|a, b| Bounds {
                    west: a.west.max(b.west),
                    south: a.south.max(b.south),
                    east: a.east.min(b.east),
                    north: a.north.min(b.north),
                })
                // Boxes that have nothing in common: the first does for a bound.
                .filter(|b| b.west <= b.east && b.south <= b.north)
                .or_else(|| checks.iter().find_map(Check::envelope)),
            Check::Any(checks) => {
                let boxes: Option<Vec<Bounds>> = checks.iter().map(Check::envelope).collect();
                boxes?.into_iter().reduce(|a, b| Bounds {
                    west: a.west.min(b.west),
                    south: a.south.min(b.south),
                    east: a.east.max(b.east),
                    north: a.north.max(b.north),
                })
            }
            Check::Lie(lie) => lie.envelope(),
            _ => None,
        }
    }

    /// Words of a column that everything that passes has one of.
    fn words(&self, wanted: &str) -> Option<Vec<String>> {
        match self {
            Check::All(checks) => checks.iter().find_map(|check| check.words(wanted)),
            Check::OneOf {
                column: Some(column),
                texts,
                others,
                ..
            } if *column == wanted && others.is_empty() => {
                let mut words: Vec<String> = texts.iter().cloned().collect();
                words.sort_unstable();
                Some(words)
            }
            Check::Any(checks) => {
                let mut words = Vec::new();
                for check in checks {
                    words.extend(check.words(wanted)?);
                }
                words.sort_unstable();
                words.dedup();
                Some(words)
            }
            _ => None,
        }
    }
}

/// Kleene's and, or: one that is `decisive` decides, one that is neither leaves it open.
fn all(checks: &[Check], feature: &Feature, decisive: bool) -> Option<bool> {
    let mut open = false;
    for check in checks {
        match check.holds(feature) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!decisive)
}

/// Makes checks of expressions.
struct Reader<'a> {
    collection: Collection,
    crs: &'a Crs,
    costly: usize,
}

impl Reader<'_> {
    fn check(&mut self, expr: &Expr) -> Result<Check, Unfit> {
        Ok(match expr {
            Expr::Flag(flag) => Check::Always(*flag),
            Expr::Not(inner) => Check::Not(Box::new(self.check(inner)?)),
            Expr::And(parts) => Check::All(self.checks(parts)?),
            Expr::Or(parts) => Check::Any(self.checks(parts)?),
            Expr::Compare(how, a, b) => self.compare(*how, a, b)?,
            Expr::Between(value, low, high) => Check::All(vec![
                self.compare(Comparison::AtLeast, value, low)?,
                self.compare(Comparison::AtMost, value, high)?,
            ]),
            Expr::In(value, list) => self.one_of(value, list)?,
            Expr::Like(text, pattern) => {
                self.cost()?;
                let term = self.text(text, "LIKE")?;
                Check::Like(term, Pattern::new(pattern)?)
            }
            Expr::IsNull(inner) => match inner.as_ref() {
                Expr::Property(name) if name == GEOMETRY => Check::NoPlace,
                Expr::Property(name) if name == TIME => Check::NoTime,
                other => Check::IsNull(self.term(other)?),
            },
            Expr::Spatial(how, a, b) => {
                self.cost()?;
                let (a, b) = (self.place(a, how.id())?, self.place(b, how.id())?);
                Check::Lie(Lie::new(*how, a, b))
            }
            Expr::Temporal(how, a, b) => {
                let (a, b) = (self.time(a, how.id())?, self.time(b, how.id())?);
                Check::Order(Order::new(*how, a, b))
            }
            Expr::Arrays(name, ..) => {
                return Err(Unfit::NotSupported(format!(
                    "{name} (no property holds an array)"
                )));
            }
            Expr::Function(name, _) => return Err(no_function(name)),
            other => {
                return Err(Unfit::Mismatch(format!(
                    "{} stands where a condition is expected",
                    said(other)
                )));
            }
        })
    }

    fn checks(&mut self, parts: &[Expr]) -> Result<Vec<Check>, Unfit> {
        parts.iter().map(|part| self.check(part)).collect()
    }

    fn cost(&mut self) -> Result<(), Unfit> {
        self.costly += 1;
        match self.costly > MOST_COSTLY {
            true => Err(Unfit::Costly),
            false => Ok(()),
        }
    }

    fn compare(&mut self, how: Comparison, a: &Expr, b: &Expr) -> Result<Check, Unfit> {
        let (a, b) = self.alike(self.term(a)?, self.term(b)?)?;
        if how == Comparison::Equal
            && let (Some(column), Term::Constant(Scalar::Text(text))) = (a.column(), &b)
        {
            return Ok(Check::OneOf {
                column: Some(column),
                texts: HashSet::from([text.to_string()]),
                others: Vec::new(),
                term: a,
            });
        }
        self.costly += usize::from(a.folds() || b.folds());
        if self.costly > MOST_COSTLY {
            return Err(Unfit::Costly);
        }
        Ok(Check::Compare(how, a, b))
    }

    /// Two terms of the same kind; a text beside a time is read as one.
    fn alike(&self, a: Term, b: Term) -> Result<(Term, Term), Unfit> {
        let (kind_a, kind_b) = (a.kind(), b.kind());
        if kind_a == kind_b {
            return Ok((a, b));
        }
        let mismatch = || {
            Unfit::Mismatch(format!(
                "{kind_a} is compared with {kind_b}, which tells nothing"
            ))
        };
        match (a.into_time(), b.into_time()) {
            (Some(a), Some(b)) => Ok((a, b)),
            _ => Err(mismatch()),
        }
    }

    fn one_of(&mut self, value: &Expr, list: &[Expr]) -> Result<Check, Unfit> {
        let first = self.term(value)?;
        if first.folds() {
            self.cost()?;
        }
        let (mut texts, mut others) = (HashSet::new(), Vec::new());
        for item in list {
            let (_, item) = self.alike(self.term(value)?, self.term(item)?)?;
            match item {
                Term::Constant(Scalar::Text(text)) => {
                    texts.insert(text.into_owned());
                }
                Term::Constant(other) => others.push(other),
                _ => {
                    return Err(Unfit::NotSupported(
                        "a property in the list of IN".to_owned(),
                    ));
                }
            }
        }
        Ok(Check::OneOf {
            column: first.column(),
            term: first,
            texts,
            others,
        })
    }

    fn column(&self, name: &str) -> Result<(usize, &'static Column), Unfit> {
        let columns = self.collection.columns();
        let found = columns.iter().enumerate().find(|(_, c)| c.id == name);
        found.ok_or_else(|| Unfit::NoProperty {
            name: name
                .chars()
                .take(60)
                .collect::<String>()
                .escape_default()
                .to_string(),
            collection: self.collection.id(),
            known: queryables(self.collection).join(", "),
        })
    }

    fn term(&self, expr: &Expr) -> Result<Term, Unfit> {
        Ok(match expr {
            Expr::Property(name) if name == ID => Term::Id,
            Expr::Property(name) if name == GEOMETRY || name == TIME => {
                let takes = if name == GEOMETRY { "S_" } else { "T_" };
                return Err(Unfit::Mismatch(format!(
                    "{name} is compared by the predicates that begin with {takes}, and by IS NULL"
                )));
            }
            Expr::Property(name) => {
                let (at, column) = self.column(name)?;
                Term::Column {
                    at,
                    id: column.id,
                    kind: terms::kind_of(column.holds),
                }
            }
            Expr::Text(text) => Term::Constant(Scalar::Text(text.clone().into())),
            Expr::Number(n) => Term::Constant(Scalar::Number(*n)),
            Expr::Flag(flag) => Term::Constant(Scalar::Flag(*flag)),
            Expr::Date(day) => Term::Constant(Scalar::Day(*day)),
            Expr::Timestamp(ms) => Term::Constant(Scalar::Moment(*ms)),
            Expr::CaseI(inner) => self.text(inner, "CASEI")?.folded(true, false),
            Expr::AccentI(inner) => self.text(inner, "ACCENTI")?.folded(false, true),
            Expr::Arithmetic(how, a, b) => {
                let (a, b) = (self.term(a)?, self.term(b)?);
                for term in [&a, &b] {
                    if term.kind() != terms::Kind::Number {
                        return Err(Unfit::Mismatch(format!(
                            "{} takes numbers, not {}",
                            how.id(),
                            term.kind()
                        )));
                    }
                }
                Term::Arithmetic(*how, Box::new(a), Box::new(b))
            }
            Expr::Function(name, _) => return Err(no_function(name)),
            other => {
                return Err(Unfit::Mismatch(format!(
                    "{} stands where a text, a number or a time is expected",
                    said(other)
                )));
            }
        })
    }

    fn text(&self, expr: &Expr, what: &str) -> Result<Term, Unfit> {
        let term = self.term(expr)?;
        match term.kind() {
            terms::Kind::Text => Ok(term),
            other => Err(Unfit::Mismatch(format!("{what} takes a text, not {other}"))),
        }
    }

    fn place(&self, expr: &Expr, what: &str) -> Result<Place, Unfit> {
        match expr {
            Expr::Property(name) if name == GEOMETRY => Ok(Place::Own),
            Expr::Property(name) => {
                self.column(name)?;
                Err(Unfit::Mismatch(format!(
                    "{what} takes geometries; the property that is one is {GEOMETRY}"
                )))
            }
            Expr::Geometry(shape) => places::given(shape, self.crs),
            Expr::Bbox(numbers) => places::boxed(*numbers, self.crs),
            Expr::Function(name, _) => Err(no_function(name)),
            other => Err(Unfit::Mismatch(format!(
                "{what} takes geometries, not {}",
                said(other)
            ))),
        }
    }

    fn time(&self, expr: &Expr, what: &str) -> Result<Time, Unfit> {
        Ok(match expr {
            Expr::Property(name) if name == TIME => Time::Own,
            Expr::Interval(from, to) => {
                let (from, to) = (self.end(from, what)?, self.end(to, what)?);
                Time::interval(from, to)?
            }
            other => Time::Instant(self.instant(other, what)?),
        })
    }

    fn end(&self, expr: &Expr, what: &str) -> Result<Option<Term>, Unfit> {
        match expr {
            Expr::Open => Ok(None),
            other => self.instant(other, what).map(Some),
        }
    }

    fn instant(&self, expr: &Expr, what: &str) -> Result<Term, Unfit> {
        let term = self.term(expr)?;
        let kind = term.kind();
        match kind {
            terms::Kind::Time => Ok(term),
            _ => term.into_time().filter(|t| t.kind() == terms::Kind::Time).ok_or_else(|| {
                Unfit::Mismatch(format!(
                    "{what} takes a day, a moment, an interval of them or the property {TIME}, not {kind}"
                ))
            }),
        }
    }
}

fn no_function(name: &str) -> Unfit {
    let name: String = name.chars().take(60).collect();
    Unfit::NotSupported(format!("the function {}", name.escape_default()))
}

/// What an expression is, in words.
fn said(expr: &Expr) -> &'static str {
    match expr {
        Expr::Property(_) => "a property",
        Expr::Text(_) | Expr::CaseI(_) | Expr::AccentI(_) => "a text",
        Expr::Number(_) | Expr::Arithmetic(..) => "a number",
        Expr::Date(_) | Expr::Timestamp(_) => "a time",
        Expr::Interval(..) | Expr::Open => "an interval",
        Expr::Geometry(_) | Expr::Bbox(_) => "a geometry",
        Expr::Array(_) => "an array",
        Expr::Function(..) => "a function",
        _ => "a condition",
    }
}

/// The properties of a collection that can be filtered by.
pub fn queryables(collection: Collection) -> Vec<&'static str> {
    let columns = collection.columns().iter().map(|c| c.id);
    [ID, GEOMETRY, TIME].into_iter().chain(columns).collect()
}

/// The values of a property given in an address, by commas where it is one of a list of words: only
/// what has one of them.
pub fn one_of(collection: Collection, name: &str, given: &str) -> Result<Expr, Unfit> {
    let column = collection.columns().iter().find(|c| c.id == name);
    let wrong = |what: &str| {
        let given: String = given.chars().take(60).collect();
        Unfit::Mismatch(format!("\"{}\" is no {what}", given.escape_default()))
    };
    let values = match column.map(|c| c.holds) {
        Some(Holds::Word(words)) => {
            let mut values = Vec::new();
            for word in given.split(',') {
                let word = word.trim();
                if !words.contains(&word) {
                    return Err(wrong(&format!("word of its list: {}", words.join(", "))));
                }
                values.push(Expr::Text(word.to_owned()));
            }
            values
        }
        Some(Holds::Whole) => {
            let number = given
                .trim()
                .parse::<i64>()
                .map_err(|_| wrong("whole number"))?;
            #[allow(clippy::cast_precision_loss)]
            let number = number as f64;
            vec![Expr::Number(number)]
        }
        Some(Holds::Day | Holds::Moment) => {
            let day = stele_formats::cql2::day(given).map(Expr::Date);
            let moment = || stele_formats::cql2::timestamp(given).map(Expr::Timestamp);
            let time = day.or_else(moment);
            vec![time.ok_or_else(|| wrong("day or moment, such as 2021-06-23"))?]
        }
        Some(Holds::Text) | None => vec![Expr::Text(given.to_owned())],
    };
    Ok(Expr::In(Box::new(Expr::Property(name.to_owned())), values))
}

#[cfg(test)]
mod tests;
