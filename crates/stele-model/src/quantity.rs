//! A quantity as it was said: value, qualifier, unit. Never a false exact value.
//!
//! [`Quantity::interval`] gives what the words allow; arithmetic is done on intervals only.

use crate::words::{Qualifier, Word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A count or measure with the words that qualify it.
///
/// JSON: `{"value": 100000, "qualifier": "more_than", "unit": "exhibits"}`; `between` has `upper`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, try_from = "Unchecked")]
#[schemars(!try_from)]
pub struct Quantity {
    /// The number said; for `tens`, `hundreds`, `thousands` the number the word stands on (10, 100, 1000).
    pub value: u64,
    /// How the number is qualified.
    pub qualifier: Qualifier,
    /// Upper end of `between`, absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<u64>,
    /// What is counted, in the source's words, where it is not said elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    value: u64,
    qualifier: Qualifier,
    upper: Option<u64>,
    unit: Option<String>,
}

/// Why two numbers and a qualifier are no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// `between` needs an upper end that is not below the lower.
    #[error("\"between\" needs an upper number that is not smaller than {0}")]
    Between(u64),
    /// An upper end was given with another qualifier.
    #[error("an upper number goes with \"between\" only, not with \"{0}\"")]
    StrayUpper(&'static str),
    /// Beyond what JSON numbers carry exactly (2^53 - 1; RFC 8785).
    #[error("{0} is too large: counts go up to 9007199254740991")]
    TooLarge(u64),
}

/// Largest count: what a JSON number carries exactly.
pub const LARGEST: u64 = (1 << 53) - 1;

impl TryFrom<Unchecked> for Quantity {
    type Error = QuantityError;
    fn try_from(raw: Unchecked) -> Result<Self, QuantityError> {
        let quantity = Quantity {
            value: raw.value,
            qualifier: raw.qualifier,
            upper: raw.upper,
            unit: raw.unit,
        };
        quantity.check()?;
        Ok(quantity)
    }
}

/// Closed interval of counts; `upper` of `None` is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Smallest count the words allow.
    pub lower: u64,
    /// Largest count the words allow; `None` when they set no limit.
    pub upper: Option<u64>,
}

impl Interval {
    /// Sum of two intervals.
    pub fn plus(self, other: Interval) -> Interval {
        Interval {
            lower: self.lower.saturating_add(other.lower),
            upper: self
                .upper
                .zip(other.upper)
                .map(|(a, b)| a.saturating_add(b)),
        }
    }

    /// Whether both allow some same count.
    pub fn overlaps(self, other: Interval) -> bool {
        let below = |a: Interval, b: Interval| a.upper.is_some_and(|u| u < b.lower);
        !below(self, other) && !below(other, self)
    }
}

impl Quantity {
    /// Refuses numbers that do not go with the qualifier, or that JSON does not carry.
    pub(crate) fn check(&self) -> Result<(), QuantityError> {
        let numbers = [Some(self.value), self.upper];
        if let Some(large) = numbers.into_iter().flatten().find(|n| *n > LARGEST) {
            return Err(QuantityError::TooLarge(large));
        }
        match (self.qualifier, self.upper) {
            (Qualifier::Between, Some(upper)) if upper >= self.value => Ok(()),
            (Qualifier::Between, _) => Err(QuantityError::Between(self.value)),
            (_, None) => Ok(()),
            (other, Some(_)) => Err(QuantityError::StrayUpper(other.id())),
        }
    }

    /// A number said without qualification.
    pub fn exactly(value: u64) -> Self {
        Self::new(value, Qualifier::Exactly)
    }

    /// A number with a qualifier other than `between`; with `between` both ends are the value.
    pub fn new(value: u64, qualifier: Qualifier) -> Self {
        let upper = (qualifier == Qualifier::Between).then_some(value);
        Quantity {
            value,
            qualifier,
            upper,
            unit: None,
        }
    }

    /// The same quantity of the unit named.
    pub fn of(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// What the words allow. `about` sets no logical limit, so it gives no bound but zero;
    /// `tens`, `hundreds`, `thousands` mean at least two of them ("hundreds": 200 and more).
    pub fn interval(&self) -> Interval {
        let (lower, upper) = match self.qualifier {
            Qualifier::Exactly => (self.value, Some(self.value)),
            Qualifier::AtLeast => (self.value, None),
            Qualifier::MoreThan => (self.value.saturating_add(1), None),
            Qualifier::AtMost => (0, Some(self.value)),
            Qualifier::LessThan => (0, Some(self.value.saturating_sub(1))),
            Qualifier::About => (0, None),
            Qualifier::Between => (self.value, self.upper),
            Qualifier::Tens | Qualifier::Hundreds | Qualifier::Thousands => {
                (self.value.saturating_mul(2), None)
            }
        };
        Interval { lower, upper }
    }

    /// The number with its thousands apart, without the unit: `more than 100,000`.
    pub fn in_words(&self) -> String {
        match self.qualifier {
            Qualifier::Exactly => grouped(self.value),
            Qualifier::Between => {
                format!(
                    "between {} and {}",
                    grouped(self.value),
                    grouped(self.upper.unwrap_or(self.value))
                )
            }
            Qualifier::Tens => "tens".into(),
            Qualifier::Hundreds => "hundreds".into(),
            Qualifier::Thousands => "thousands".into(),
            other => format!("{} {}", other.label(), grouped(self.value)),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words())?;
        match &self.unit {
            Some(unit) => write!(f, " {unit}"),
            None => Ok(()),
        }
    }
}

/// A whole number with commas between its thousands.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_give_intervals() {
        let cases = [
            (Quantity::exactly(927), 927, Some(927)),
            (Quantity::new(100_000, Qualifier::MoreThan), 100_001, None),
            (Quantity::new(300, Qualifier::About), 0, None),
            (Quantity::new(100, Qualifier::Hundreds), 200, None),
            (Quantity::new(7, Qualifier::AtMost), 0, Some(7)),
        ];
        for (quantity, lower, upper) in cases {
            assert_eq!(quantity.interval(), Interval { lower, upper }, "{quantity}");
        }
    }

    #[test]
    fn between_needs_its_ends_in_order() {
        let read = |text| serde_json::from_str::<Quantity>(text);
        assert!(read(r#"{"value":2,"qualifier":"between","upper":5}"#).is_ok());
        assert!(read(r#"{"value":5,"qualifier":"between","upper":2}"#).is_err());
        assert!(read(r#"{"value":5,"qualifier":"between"}"#).is_err());
        assert!(read(r#"{"value":5,"qualifier":"about","upper":9}"#).is_err());
        assert!(read(r#"{"value":9007199254740993,"qualifier":"about"}"#).is_err());
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            Quantity::new(4_600_000, Qualifier::About)
                .of("books")
                .to_string(),
            "about 4,600,000 books"
        );
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1000), "1,000");
    }
}
