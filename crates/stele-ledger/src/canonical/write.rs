//! Writing canonical JSON. `serde_json_canonicalizer` 0.4 passes the vectors
//! too, but rounds integers above 2^53 without a word, and wrote 214,000 of the
//! records of `benches/ledger.rs` in a second where this writes 934,000.

use super::key_order;
use super::scan::Limits;
use crate::error::excerpt;
use crate::{CanonicalFault, Error, Result};
use serde::Serialize;
use serde_json::{Number, Value};

/// The canonical bytes of anything that serde can turn into JSON.
///
/// ```
/// # use stele_ledger::canonical::to_bytes;
/// let value = serde_json::json!({"b": 1.0, "a": "é"});
/// assert_eq!(to_bytes(&value)?, r#"{"a":"é","b":1}"#.as_bytes());
/// # Ok::<(), stele_ledger::Error>(())
/// ```
///
/// # Errors
/// [`Error::NotCanonical`] if a number cannot be held by a double as written,
/// if the nesting exceeds [`Limits`], or if serde refuses.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let value = serde_json::to_value(value)
        .map_err(|error| refuse(CanonicalFault::NotJson(error.to_string())))?;
    let mut bytes = Vec::with_capacity(512);
    write(&value, &mut bytes)?;
    Ok(bytes)
}

/// Appends the canonical bytes of a value. After an error `out` holds a part.
///
/// # Errors
/// As [`to_bytes`].
pub fn write(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    write_value(value, out, Limits::default().depth)
}

fn write_value(value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<()> {
    let inside = |depth: usize| {
        depth
            .checked_sub(1)
            .ok_or_else(|| refuse(CanonicalFault::Depth(Limits::default().depth)))
    };
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_str(text, out),
        Value::Array(items) => {
            let depth = inside(depth)?;
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_value(item, out, depth).map_err(|error| within(error, &i.to_string()))?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let depth = inside(depth)?;
            // serde_json keeps keys in UTF-8 order, or in order of insertion
            // when some crate in the build asks for that; neither is JCS.
            if members.keys().is_sorted_by(|a, b| key_order(a, b).is_lt()) {
                write_members(members.iter(), out, depth)?;
            } else {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_unstable_by(|a, b| key_order(a.0, b.0));
                write_members(sorted.into_iter(), out, depth)?;
            }
        }
    }
    Ok(())
}

fn write_members<'a>(
    members: impl Iterator<Item = (&'a String, &'a Value)>,
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<()> {
    out.push(b'{');
    for (i, (key, value)) in members.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_str(key, out);
        out.push(b':');
        write_value(value, out, depth).map_err(|error| within(error, key))?;
    }
    out.push(b'}');
    Ok(())
}

/// Appends a string as canonical JSON, RFC 8785, section 3.2.2.2.
pub fn write_str(text: &str, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[done..i]);
        done = i + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0C => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(DIGITS[usize::from(byte >> 4)]);
                out.push(DIGITS[usize::from(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}

/// Up to here every integer is a double and printed by its own digits.
const SAFE: u64 = 1 << 53;

fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<()> {
    use std::io::Write as _;
    let inexact = || refuse(CanonicalFault::InexactNumber(excerpt(&number.to_string())));
    if let Some(integer) = number.as_i64().filter(|n| n.unsigned_abs() <= SAFE) {
        return write!(out, "{integer}").map_err(|_| inexact());
    }
    let double = number
        .as_f64()
        .filter(|double| double.is_finite())
        .ok_or_else(inexact)?;
    let mut buffer = ryu_js::Buffer::new();
    let text = buffer.format_finite(double);
    // A larger integer may be written only if its digits survive: an identifier
    // that is silently another identifier is worse than an error.
    if !number.is_f64() && text != number.to_string() {
        return Err(inexact());
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn refuse(fault: CanonicalFault) -> Error {
    Error::NotCanonical {
        offset: 0,
        path: String::new(),
        fault,
    }
}

/// Puts a key or an index in front of an error's path (RFC 6901).
pub(super) fn within(error: Error, step: &str) -> Error {
    match error {
        Error::NotCanonical {
            offset,
            path,
            fault,
        } => {
            let step = excerpt(step).replace('~', "~0").replace('/', "~1");
            Error::NotCanonical {
                offset,
                path: format!("/{step}{path}"),
                fault,
            }
        }
        other => other,
    }
}
