//! The edge: wall clock, randomness, new ids.

use stele_model::date::Day;
use stele_model::AnyId;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// Today, in UTC.
pub fn today() -> Day {
    Day(i64::try_from(now_ms() / 86_400_000).unwrap_or(0))
}

/// Random bytes from the operating system. Without them nothing secret can be made, so the program ends.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes,
        Err(_) => std::process::abort(),
    }
}

/// A new id.
pub fn mint() -> AnyId {
    AnyId::v7(now_ms(), random())
}
