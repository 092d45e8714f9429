//! CQL2, the filter language of OGC (21-065r2), as text and as JSON: read into one [`Expr`].
//!
//! Our own because the `cql2` crate turns on `preserve_order` of serde_json for the whole program, whose
//! ledger lives by sorted keys, and bounds neither depth nor size. Here length, depth, number of parts
//! and of positions are bounded before anything is built. Knows no column and no record: what a name
//! means is for whoever evaluates.

mod json;
mod text;

use crate::table::Shape;
use stele_model::date::Day;

/// Longest filter, in bytes.
pub const LONGEST: usize = 32 * 1024;
/// Deepest nesting.
pub const DEEPEST: usize = 40;
/// Most parts of a filter.
pub const MOST_PARTS: usize = 1_000;
/// Most positions of the geometries of a filter.
pub const MOST_POSITIONS: usize = 2_000;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// The value of a property.
    Property(String),
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A day.
    Date(Day),
    /// A moment, in milliseconds since 1970, UTC.
    Timestamp(i64),
    /// From, to.
    Interval(Box<Expr>, Box<Expr>),
    /// An end of an interval that has no limit.
    Open,
    /// A geometry.
    Geometry(Shape),
    /// West, south, east, north.
    Bbox([f64; 4]),
    /// Several.
    Array(Vec<Expr>),
    /// None of it.
    Not(Box<Expr>),
    /// All of them.
    And(Vec<Expr>),
    /// One of them at least.
    Or(Vec<Expr>),
    /// One compared with another.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// A text like a pattern.
    Like(Box<Expr>, Box<Expr>),
    /// A value within two others.
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// One of several.
    In(Box<Expr>, Vec<Expr>),
    /// Whether there is nothing.
    IsNull(Box<Expr>),
    /// Without regard to capitals.
    CaseI(Box<Expr>),
    /// Without regard to marks above and below letters.
    AccentI(Box<Expr>),
    /// A sum, product and so on.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// How two geometries lie to each other.
    Spatial(Spatial, Box<Expr>, Box<Expr>),
    /// How two times lie to each other.
    Temporal(Temporal, Box<Expr>, Box<Expr>),
    /// How two arrays compare, by the name of the predicate.
    Arrays(String, Box<Expr>, Box<Expr>),
    /// A function of any other name.
    Function(String, Vec<Expr>),
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $id:literal, $about:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = $about] $variant,)+
        }

        impl $name {
            /// Its name in CQL2.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// The one of this name, in capitals or not.
            pub fn from_id(id: &str) -> Option<Self> {
                [$(Self::$variant,)+].into_iter().find(|one| one.id().eq_ignore_ascii_case(id))
            }
        }
    };
}

named! {
    /// A comparison.
    Comparison {
        Equal = "=", "The same.";
        NotEqual = "<>", "Another.";
        Less = "<", "Less.";
        Greater = ">", "Greater.";
        AtMost = "<=", "Less or the same.";
        AtLeast = ">=", "Greater or the same.";
    }
}

named! {
    /// An operation on numbers.
    Arithmetic {
        Plus = "+", "Sum.";
        Minus = "-", "Difference.";
        Times = "*", "Product.";
        Divided = "/", "Quotient.";
        Modulo = "%", "Rest of a division.";
        WholeDivided = "div", "Quotient without its fraction.";
        Power = "^", "Power.";
    }
}

named! {
    /// How two geometries lie to each other (OGC 06-103r4, 6.1.15).
    Spatial {
        Intersects = "S_INTERSECTS", "They share a position.";
        Equals = "S_EQUALS", "They are the same set of positions.";
        Disjoint = "S_DISJOINT", "They share none.";
        Touches = "S_TOUCHES", "They share positions of their boundaries only.";
        Within = "S_WITHIN", "The first lies in the second.";
        Overlaps = "S_OVERLAPS", "They share some of their positions, each has others.";
        Crosses = "S_CROSSES", "They share some of their positions, of a lower dimension.";
        Contains = "S_CONTAINS", "The second lies in the first.";
    }
}

named! {
    /// How two times lie to each other (Allen's relations, and the two that sum them up).
    Temporal {
        After = "T_AFTER", "Begins after the other ended.";
        Before = "T_BEFORE", "Ended before the other began.";
        Contains = "T_CONTAINS", "Began before the other and ended after it.";
        Disjoint = "T_DISJOINT", "They have no time in common.";
        During = "T_DURING", "Began after the other and ended before it.";
        Equals = "T_EQUALS", "Begin and end alike.";
        FinishedBy = "T_FINISHEDBY", "Began before the other, ended with it.";
        Finishes = "T_FINISHES", "Began after the other, ended with it.";
        Intersects = "T_INTERSECTS", "They have time in common.";
        Meets = "T_MEETS", "Ends where the other begins.";
        MetBy = "T_METBY", "Begins where the other ends.";
        OverlappedBy = "T_OVERLAPPEDBY", "Began within the other, ended after it.";
        Overlaps = "T_OVERLAPS", "Began before the other, ended within it.";
        StartedBy = "T_STARTEDBY", "Began with the other, ended after it.";
        Starts = "T_STARTS", "Began with the other, ended before it.";
    }
}

/// The names of predicates about arrays.
const ARRAYS: &[&str] = &["A_EQUALS", "A_CONTAINS", "A_CONTAINEDBY", "A_OVERLAPS"];

/// A text that is not CQL2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCql2 {
    /// It goes wrong somewhere.
    #[error("{problem} at character {at}")]
    At {
        /// What was met, and what was expected.
        problem: String,
        /// Where, counted from 1.
        at: usize,
    },
    /// A member of the JSON is wrong.
    #[error("{0}")]
    Member(String),
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// It is longer, deeper or larger than is read.
    #[error("it has more than {0} {1}")]
    TooMuch(usize, &'static str),
}

impl Expr {
    /// Reads CQL2 text.
    ///
    /// ```
    /// use stele_formats::cql2::Expr;
    /// let expr = Expr::from_text("category = 'library' AND NOT status IS NULL")?;
    /// assert!(matches!(expr, Expr::And(parts) if parts.len() == 2));
    /// # Ok::<(), stele_formats::cql2::NotCql2>(())
    /// ```
    pub fn from_text(text: &str) -> Result<Expr, NotCql2> {
        if text.len() > LONGEST {
            return Err(NotCql2::TooMuch(LONGEST, "bytes"));
        }
        text::read(text)
    }

    /// Reads CQL2 JSON.
    pub fn from_json(json: &str) -> Result<Expr, NotCql2> {
        if json.len() > LONGEST {
            return Err(NotCql2::TooMuch(LONGEST, "bytes"));
        }
        json::read(json)
    }
}

/// Counts what has been built, and how deep it is.
#[derive(Debug, Default)]
struct Budget {
    parts: usize,
    depth: usize,
    positions: usize,
}

impl Budget {
    /// One level down.
    fn enter(&mut self) -> Result<(), NotCql2> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => Err(NotCql2::TooMuch(DEEPEST, "levels of nesting")),
            false => Ok(()),
        }
    }

    /// Back up.
    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// One part more.
    fn part(&mut self) -> Result<(), NotCql2> {
        self.parts += 1;
        match self.parts > MOST_PARTS {
            true => Err(NotCql2::TooMuch(MOST_PARTS, "parts")),
            false => Ok(()),
        }
    }

    /// A geometry more; refuses one whose numbers are none.
    fn geometry(&mut self, shape: Shape) -> Result<Expr, NotCql2> {
        if shape.positions().next().is_none() {
            return Err(NotCql2::Member("a geometry has no position".into()));
        }
        for position in shape.positions() {
            self.positions += 1;
            if self.positions > MOST_POSITIONS {
                return Err(NotCql2::TooMuch(MOST_POSITIONS, "positions"));
            }
            if position.iter().any(|n| !n.is_finite()) {
                return Err(NotCql2::Member(
                    "a geometry has a number that is not finite".into(),
                ));
            }
        }
        Ok(Expr::Geometry(shape))
    }
}

/// A box of four numbers, or of six with heights, which are left out.
fn bbox(numbers: &[f64]) -> Result<Expr, NotCql2> {
    match numbers {
        _ if numbers.iter().any(|n| !n.is_finite()) => Err(NotCql2::Member(
            "BBOX has a number that is not finite".into(),
        )),
        [west, south, east, north] | [west, south, _, east, north, _] => {
            Ok(Expr::Bbox([*west, *south, *east, *north]))
        }
        _ => Err(NotCql2::Member(format!(
            "BBOX takes 4 or 6 numbers, not {}",
            numbers.len()
        ))),
    }
}

/// A day as `YYYY-MM-DD`.
pub fn day(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    let is_shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| match i {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !is_shaped {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    Day::from_ymd(
        year.into(),
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    )
}

/// A moment as RFC 3339 has it, in milliseconds since 1970; what is finer is cut off.
///
/// ```
/// assert_eq!(stele_formats::cql2::timestamp("1970-01-01T01:00:00.5+01:00"), Some(500));
/// ```
pub fn timestamp(text: &str) -> Option<i64> {
    let date = day(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let (time, offset_min) = match rest.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let at = rest.rfind(['+', '-'])?;
            let (time, offset) = rest.split_at(at);
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let minutes = two(hours, 23)? * 60 + two(minutes, 59)?;
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            (time, sign * minutes)
        }
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut parts = clock.split(':');
    let (hours, minutes) = (two(parts.next()?, 23)?, two(parts.next()?, 59)?);
    // A leap second is taken as the second after it.
    let seconds = two(parts.next()?, 60)?;
    if parts.next().is_some() {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let minute = date.0 * 1_440 + hours * 60 + minutes - offset_min;
    Some((minute * 60 + seconds) * 1_000 + millis)
}

fn two(digits: &str, most: i64) -> Option<i64> {
    let is_two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|n| is_two && (0..=most).contains(n))
}

/// An end of an interval as text: a day, a moment, or `..`.
fn end(text: &str) -> Option<Expr> {
    match text {
        ".." => Some(Expr::Open),
        _ => day(text)
            .map(Expr::Date)
            .or_else(|| timestamp(text).map(Expr::Timestamp)),
    }
}

#[cfg(test)]
mod tests;
