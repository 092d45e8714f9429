//! Permanent ids: UUIDv7 (RFC 9562), one Rust type per kind of record.
//!
//! JSON and addresses use the short form, 26 characters of Crockford base32 in lower case, which
//! sorts as the UUID does. The long form is read as well. Ids are minted at the edge, never here.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Stands for no digit.
const NO_DIGIT: u8 = u8::MAX;

/// What each byte is worth as a digit: a record names half a dozen others, and a page is of many records.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut worth = 0;
    while worth < ALPHABET.len() {
        digits[ALPHABET[worth] as usize] = worth as u8;
        worth += 1;
    }
    digits
};

/// The id of any record, whatever its kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnyId(Uuid);

/// The id of a record of kind `K`: `Id<Site>` cannot stand where `Id<Claim>` is wanted.
pub struct Id<K>(AnyId, PhantomData<fn() -> K>);

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a record id: an id is 26 letters and digits, such as 01jv3z7t2kf0m8q4x5c6b7n9pd"
)]
pub struct BadId(pub String);

impl AnyId {
    /// The id with these 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        AnyId(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes, big-endian.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// A UUIDv7 of this time (milliseconds since 1970) and these random bits.
    pub fn v7(unix_ms: u64, random: [u8; 10]) -> Self {
        AnyId(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
    }
}

impl AnyId {
    /// Its letters and digits.
    fn letters(&self) -> [u8; 26] {
        let mut n = u128::from_be_bytes(*self.0.as_bytes());
        let mut text = [0u8; 26];
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET[(n & 31) as usize];
            n >>= 5;
        }
        text
    }
}

impl fmt::Display for AnyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.letters()).unwrap_or_default())
    }
}

impl fmt::Debug for AnyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for AnyId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId(text.chars().take(60).collect());
        if text.len() == 36 {
            return Uuid::parse_str(text).map(AnyId).map_err(|_| bad());
        }
        if text.len() != 26 || text.as_bytes()[0] > b'7' {
            return Err(bad());
        }
        let mut n: u128 = 0;
        for byte in text.bytes() {
            let digit = DIGITS[usize::from(byte)];
            if digit == NO_DIGIT {
                return Err(bad());
            }
            n = (n << 5) | u128::from(digit);
        }
        Ok(AnyId(Uuid::from_bytes(n.to_be_bytes())))
    }
}

impl Serialize for AnyId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(std::str::from_utf8(&self.letters()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        parsed(d)
    }
}

/// Reads what is written as a text, without a copy of that.
pub(crate) fn parsed<'de, T, D>(d: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    struct Parse<T>(PhantomData<T>);
    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Parse<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    d.deserialize_str(Parse(PhantomData))
}

impl<K> Id<K> {
    /// The id, its kind forgotten.
    pub fn any(self) -> AnyId {
        self.0
    }
}

impl<K> From<AnyId> for Id<K> {
    fn from(id: AnyId) -> Self {
        Id(id, PhantomData)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> FromStr for Id<K> {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.parse().map(|id: AnyId| id.into())
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        AnyId::deserialize(d).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn short_form_round_trips_and_sorts_as_bytes(a: [u8; 16], b: [u8; 16]) {
            let (a, b) = (AnyId::from_bytes(a), AnyId::from_bytes(b));
            prop_assert_eq!(a.to_string().parse::<AnyId>(), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn any_text_is_an_id_or_refused(text in "\\PC{0,40}") {
            if let Ok(id) = text.parse::<AnyId>() {
                prop_assert!(text.len() == 36 || id.to_string() == text);
            }
        }
    }
}
