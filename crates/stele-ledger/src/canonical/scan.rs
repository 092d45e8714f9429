//! One pass over bytes that says whether they are canonical JSON, without
//! building a value: an audit checks every entry of a log with it.

use super::key_order;
use super::write::within;
use crate::error::excerpt;
use crate::{CanonicalFault, Error, Result};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Bounds on what is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest input, in bytes.
    pub bytes: usize,
    /// Deepest nesting of arrays and objects.
    pub depth: usize,
}

impl Default for Limits {
    /// 16 MiB, 64 levels (below the 128 where `serde_json` stops reading).
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            depth: 64,
        }
    }
}

/// A member of the outermost object: its key as written (without quotes) and
/// the bytes of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The key, with escapes as written.
    pub key: &'a str,
    /// The canonical bytes of the value.
    pub value: &'a str,
}

/// Checks that bytes are one canonical JSON value.
///
/// # Errors
/// [`Error::NotCanonical`] for the first fault.
pub fn scan(bytes: &[u8], limits: &Limits) -> Result<()> {
    run(bytes, limits, |scanner| scanner.value(limits.depth))
}

/// As [`scan`] for bytes that have to be an object, handing each member of the
/// outermost object to `member` in the order of their keys.
///
/// # Errors
/// [`Error::NotCanonical`] for the first fault.
pub fn scan_members<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    mut member: impl FnMut(Member<'a>),
) -> Result<()> {
    run(bytes, limits, |scanner| match scanner.peek() {
        Some(b'{') => scanner.object(limits.depth, &mut member),
        _ => scanner.fail(CanonicalFault::Syntax("object expected")),
    })
}

fn run<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    scan: impl FnOnce(&mut Scanner<'a>) -> Result<()>,
) -> Result<()> {
    let fail = |offset, fault| {
        Err(Error::NotCanonical {
            offset,
            path: String::new(),
            fault,
        })
    };
    if bytes.len() > limits.bytes {
        let fault = CanonicalFault::Size {
            bytes: bytes.len(),
            limit: limits.bytes,
        };
        return fail(limits.bytes, fault);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return fail(error.valid_up_to(), CanonicalFault::Utf8),
    };
    let mut scanner = Scanner {
        text,
        bytes,
        at: 0,
        depth_limit: limits.depth,
    };
    scan(&mut scanner)?;
    match scanner.peek() {
        None => Ok(()),
        Some(b' ' | b'\t' | b'\n' | b'\r') => scanner.fail(CanonicalFault::Whitespace),
        Some(_) => scanner.fail(CanonicalFault::Trailing),
    }
}

/// Bytes that end a run of plain characters within a string.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth_limit: usize,
}

impl<'a> Scanner<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[cold]
    fn fail<T>(&self, fault: CanonicalFault) -> Result<T> {
        Err(Error::NotCanonical {
            offset: self.at,
            path: String::new(),
            fault,
        })
    }

    #[cold]
    fn unexpected<T>(&self, expected: &'static str) -> Result<T> {
        match self.peek() {
            Some(b' ' | b'\t' | b'\n' | b'\r') => self.fail(CanonicalFault::Whitespace),
            _ => self.fail(CanonicalFault::Syntax(expected)),
        }
    }

    fn value(&mut self, depth: usize) -> Result<()> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'{') => self.object(depth, &mut |_| ()),
            Some(b'[') => self.array(depth),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.unexpected("value expected"),
        }
    }

    fn literal(&mut self, word: &'static str) -> Result<()> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            self.fail(CanonicalFault::Syntax("value expected"))
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize> {
        match depth.checked_sub(1) {
            Some(depth) => Ok(depth),
            None => self.fail(CanonicalFault::Depth(self.depth_limit)),
        }
    }

    fn array(&mut self, depth: usize) -> Result<()> {
        let depth = self.deeper(depth)?;
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        let mut index = 0usize;
        loop {
            self.value(depth)
                .map_err(|error| within(error, &index.to_string()))?;
            index += 1;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.unexpected("',' or ']' expected"),
            }
        }
    }

    fn object(&mut self, depth: usize, member: &mut dyn FnMut(Member<'a>)) -> Result<()> {
        let depth = self.deeper(depth)?;
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut previous: Option<&'a str> = None;
        loop {
            let key_at = self.at;
            if self.peek() != Some(b'"') {
                return self.unexpected("key expected");
            }
            let key = self.string()?;
            if let Some(previous) = previous {
                self.check_order(previous, key, key_at)?;
            }
            previous = Some(key);
            if self.peek() != Some(b':') {
                return self.unexpected("':' expected");
            }
            self.at += 1;
            let from = self.at;
            self.value(depth)
                .map_err(|error| within(error, &unescape(key)))?;
            member(Member {
                key,
                value: &self.text[from..self.at],
            });
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.unexpected("',' or '}' expected"),
            }
        }
    }

    #[inline]
    fn check_order(&mut self, before: &str, key: &str, key_at: usize) -> Result<()> {
        let (before, key) = (unescape(before), unescape(key));
        let fault = match key_order(&before, &key) {
            Ordering::Less => return Ok(()),
            Ordering::Equal => CanonicalFault::DuplicateKey(excerpt(&key)),
            Ordering::Greater => CanonicalFault::KeyOrder(excerpt(&key)),
        };
        self.at = key_at;
        self.fail(fault)
    }

    /// Reads a string from its opening quote; returns what stands between the
    /// quotes. Canonical strings escape what has to be, in one way only.
    #[inline]
    fn string(&mut self) -> Result<&'a str> {
        let from = self.at + 1;
        self.at = from;
        loop {
            let rest = &self.bytes[self.at..];
            let Some(plain) = rest.iter().position(|&byte| SPECIAL[usize::from(byte)]) else {
                self.at = self.bytes.len();
                return self.fail(CanonicalFault::Syntax("string without end"));
            };
            self.at += plain;
            match rest[plain] {
                b'"' => {
                    let inner = &self.text[from..self.at];
                    self.at += 1;
                    return Ok(inner);
                }
                b'\\' => self.escape(&rest[plain + 1..])?,
                _ => return self.fail(CanonicalFault::Syntax("control character in a string")),
            }
        }
    }

    /// `rest` begins behind the backslash at the current position.
    fn escape(&mut self, rest: &[u8]) -> Result<()> {
        self.at += match rest {
            [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            // \u00XX only for control characters without a short form, in lowercase.
            [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
            | [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 6,
            [b'u' | b'/', ..] => return self.fail(CanonicalFault::Escape),
            _ => return self.fail(CanonicalFault::Syntax("unknown escape")),
        };
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        let rest = &self.bytes[self.at..];
        let sign = usize::from(rest[0] == b'-');
        let digits = rest[sign..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let next = rest.get(sign + digits);
        let integer = !matches!(next, Some(b'.' | b'e' | b'E' | b'+' | b'-'));
        let leading = rest.get(sign);
        // Up to 15 digits every integer is its own canonical form.
        if integer
            && (1..=15).contains(&digits)
            && (leading != Some(&b'0') || (digits == 1 && sign == 0))
        {
            self.at += sign + digits;
            return Ok(());
        }
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
        let length = rest.iter().take_while(is_part).count();
        let token = &self.text[self.at..self.at + length];
        // Text that equals what ECMAScript prints for a double is valid JSON, so
        // no grammar has to be checked here.
        let canonical = length <= 32
            && token.parse::<f64>().is_ok_and(|double| {
                double.is_finite() && ryu_js::Buffer::new().format_finite(double) == token
            });
        if !canonical {
            return self.fail(CanonicalFault::Number(excerpt(token)));
        }
        self.at += length;
        Ok(())
    }
}

/// The text of a string that [`Scanner::string`] has accepted.
fn unescape(inner: &str) -> Cow<'_, str> {
    if !inner.as_bytes().contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    match serde_json::from_str(&format!("\"{inner}\"")) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(inner),
    }
}
