//! Canonical JSON, RFC 8785 (JCS): one value, one sequence of bytes. Writing
//! is by [`write()`] and [`to_bytes`], checking received bytes by [`scan`],
//! which makes no copy of them.

mod scan;
mod write;

pub use scan::{Limits, Member, scan, scan_members};
pub(crate) use write::to_text;
pub use write::{to_bytes, write, write_str};

use crate::{CanonicalFault, Error, Result};
use serde_json::Value;
use std::cmp::Ordering;

/// Reads bytes that have to be canonical JSON within the default [`Limits`],
/// and says where they are not.
///
/// ```
/// # use stele_ledger::canonical::parse;
/// assert!(parse(br#"{"a":1,"b":[true,"x"]}"#).is_ok());
/// let wrong = parse(br#"{"b":1,"a":2}"#).unwrap_err();
/// assert_eq!(wrong.to_string(), "not canonical JSON at byte 7: key \"a\" is out of order");
/// ```
///
/// # Errors
/// [`Error::NotCanonical`] with offset, JSON pointer and reason.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    scan(bytes, &Limits::default())?;
    // The scan accepts a subset of JSON, so this fails only if the two disagree.
    serde_json::from_slice(bytes).map_err(|error| Error::NotCanonical {
        offset: error.column().saturating_sub(1),
        path: String::new(),
        fault: CanonicalFault::NotJson(error.to_string()),
    })
}

/// The order of keys in RFC 8785, section 3.2.3: by UTF-16 code units.
///
/// UTF-8 sorts the same but in one case: characters from U+10000 (first byte
/// 0xF0 and above) are surrogates in UTF-16, and these sort before U+E000 to
/// U+FFFF (first bytes 0xEE, 0xEF).
fn key_order(a: &str, b: &str) -> Ordering {
    match a.bytes().zip(b.bytes()).find(|(x, y)| x != y) {
        None => a.len().cmp(&b.len()),
        Some((x, y)) if x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0) => y.cmp(&x),
        Some((x, y)) => x.cmp(&y),
    }
}
