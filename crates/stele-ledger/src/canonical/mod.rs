//! Canonical JSON, RFC 8785 (JCS): one value, one sequence of bytes. Writing
//! is by [`write`] and [`to_bytes`], checking received bytes by [`scan`],
//! which makes no copy of them.

mod scan;
mod write;

pub use scan::{Limits, Member, scan, scan_members};
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
fn key_order(a: &str, b: &str) -> Ordering {
    // UTF-8 sorts the same except where surrogate pairs (characters from
    // U+10000) meet U+E000 to U+FFFF, all of which begin with 0xEE or above.
    if a.bytes().chain(b.bytes()).all(|byte| byte < 0xEE) {
        a.cmp(b)
    } else {
        a.encode_utf16().cmp(b.encode_utf16())
    }
}
