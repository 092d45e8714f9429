//! Order of records across nodes: a hybrid logical clock and the node's name.
//!
//! The clock's value is given by the caller; this module only orders, prints and steps it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Milliseconds since 1970 and a counter that orders what happens within one.
///
/// Text form `01788393600000-0003`: fixed width, so that it sorts as it is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hlc {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: u64,
    /// Order within the millisecond.
    pub count: u16,
}

impl Hlc {
    /// The next value after this one, at the wall clock's `now_ms`; never goes back.
    pub fn next(self, now_ms: u64) -> Hlc {
        if now_ms > self.unix_ms {
            return Hlc {
                unix_ms: now_ms,
                count: 0,
            };
        }
        match self.count.checked_add(1) {
            Some(count) => Hlc {
                unix_ms: self.unix_ms,
                count,
            },
            None => Hlc {
                unix_ms: self.unix_ms + 1,
                count: 0,
            },
        }
    }
}

impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:014}-{:04x}", self.unix_ms, self.count)
    }
}

/// A text that is not a clock value or stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a clock value of the form 01788393600000-0003")]
pub struct BadClock(pub String);

impl FromStr for Hlc {
    type Err = BadClock;
    fn from_str(text: &str) -> Result<Self, BadClock> {
        let bad = || BadClock(text.chars().take(60).collect());
        let (ms, count) = text.split_once('-').ok_or_else(bad)?;
        if ms.len() != 14 || count.len() != 4 || !ms.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let hlc = Hlc {
            unix_ms: ms.parse().map_err(|_| bad())?,
            count: u16::from_str_radix(count, 16).map_err(|_| bad())?,
        };
        if hlc.to_string() == text {
            Ok(hlc)
        } else {
            Err(bad())
        }
    }
}

/// When and where a record was made: the order in which the later of two is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// The clock.
    pub at: Hlc,
    /// The node's name.
    pub node: String,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.at, self.node)
    }
}

impl FromStr for Stamp {
    type Err = BadClock;
    fn from_str(text: &str) -> Result<Self, BadClock> {
        let (at, node) = text
            .split_once('@')
            .ok_or_else(|| BadClock(text.chars().take(60).collect()))?;
        Ok(Stamp {
            at: at.parse()?,
            node: node.to_owned(),
        })
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::id::parsed(d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_goes_back_and_sorts_as_text() {
        let mut clock = Hlc::default();
        let mut last = clock;
        for now in [5, 5, 3, 9, 9, 1] {
            clock = clock.next(now);
            assert!(clock > last && clock.to_string() > last.to_string());
            assert_eq!(clock.to_string().parse(), Ok(clock));
            last = clock;
        }
        let full = Hlc {
            unix_ms: 7,
            count: u16::MAX,
        };
        assert!(full.next(7) > full);
    }
}
