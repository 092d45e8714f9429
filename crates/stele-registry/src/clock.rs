//! The edge: wall clock, randomness, new ids.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use stele_model::AnyId;
use stele_model::date::Day;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// Today, in UTC.
pub fn today() -> Day {
    Day(i64::try_from(now_ms() / 86_400_000).unwrap_or(0))
}

/// Waits.
pub(crate) fn pause(ms: u64) {
    std::thread::sleep(std::time::Duration::from_millis(ms));
}

/// Random bytes from the operating system. Without them nothing secret can be made, so the program ends.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes,
        Err(_) => std::process::abort(),
    }
}

/// A seed for a draw that nobody chose: 16 hexadecimal digits.
pub fn seed() -> String {
    stele_store::files::hex(&random::<8>())
}

/// A new id, after every id this process made before: what is recorded in one act keeps its order.
pub fn mint() -> AnyId {
    static LAST: Mutex<(u64, u16)> = Mutex::new((0, 0));
    let now = now_ms();
    let (ms, count) = {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        // 12 bits count within a millisecond (RFC 9562, 6.2, method 1); a full one borrows from the next.
        *last = match *last {
            (ms, count) if now <= ms && count < 0xfff => (ms, count + 1),
            (ms, _) if now <= ms => (ms + 1, 0),
            _ => (now, 0),
        };
        *last
    };
    let mut bytes: [u8; 10] = random();
    bytes[..2].copy_from_slice(&count.to_be_bytes());
    AnyId::v7(ms, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_the_order_they_were_made_in() {
        let ids: Vec<AnyId> = (0..10_000).map(|_| mint()).collect();
        assert!(ids.windows(2).all(|w| w[0] < w[1]));
    }
}
