//! Requests that carry a key, so that one sent twice is carried out once (`Idempotency-Key`).

use super::Account;
use crate::Registry;
use crate::refusal::Refusal;
use sha2::{Digest, Sha256};
use stele_store::Attempt;

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Status of HTTP.
    pub status: u16,
    /// Media type.
    pub media_type: String,
    /// Body.
    pub body: Vec<u8>,
}

/// What is to be done with a request that carries a key.
pub enum Once {
    /// It was answered before.
    Answered(KeptAnswer),
    /// It is carried out, through the registry given: what that writes it writes together with the key.
    Begin(Box<Registry>, Attempted),
}

/// An attempt whose answer is to be kept.
#[derive(Debug, Clone)]
pub struct Attempted(Attempt);

/// Keys are kept at least two days; a third is for clocks that differ and retries that queue.
const KEPT_MS: u64 = 72 * 3600 * 1000;
/// Keys of one account that are kept at once.
const MOST_KEYS: u64 = 50_000;
/// Largest answer that is kept, in bytes.
const LARGEST_KEPT_BYTES: usize = 1 << 20;
/// Longest key in characters.
const LONGEST_KEY: usize = 200;

impl Registry {
    /// Looks whether a request under a key was carried out. `request` is all it says.
    pub fn once(&self, account: &Account, key: &str, request: &[&[u8]]) -> Result<Once, Refusal> {
        let printable = key.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if key.is_empty() || key.len() > LONGEST_KEY || !printable {
            return Err(Refusal::field(
                "Idempotency-Key",
                format!("is empty, longer than {LONGEST_KEY} characters, or not plain ASCII"),
            ));
        }
        let request = fingerprint(request);
        let now = crate::clock::now_ms();
        let (known, count) = self.store.house(|h| {
            let known = h.request(&account.id, key)?;
            let count = if known.is_none() {
                h.requests_of(&account.id, now.saturating_sub(KEPT_MS))?
            } else {
                0
            };
            Ok::<_, Refusal>((known, count))
        })?;
        match known {
            Some(row) if row.request != request => Err(Refusal::field(
                "Idempotency-Key",
                "was used for another request; take a new one for each",
            )),
            Some(row) => match row.answer {
                Some((status, media_type, body)) => Ok(Once::Answered(KeptAnswer {
                    status,
                    media_type,
                    body,
                })),
                None => Err(Refusal::Repeated),
            },
            None if count >= MOST_KEYS => Err(Refusal::TooMany(format!(
                "{MOST_KEYS} keys of this account are kept already; leave the key out, or send more records in one request"
            ))),
            None => {
                let attempt = Attempt {
                    account: account.id.clone(),
                    key: key.to_owned(),
                    request,
                    attempt: stele_store::files::hex(&crate::clock::random::<12>()),
                    made_ms: now,
                };
                let mut registry = self.clone();
                registry.store = self.store.attempting(attempt.clone());
                Ok(Once::Begin(Box::new(registry), Attempted(attempt)))
            }
        }
    }

    /// Takes the key of the request, where it has one, before work begins that writes later.
    pub fn take_key(&self) -> Result<(), Refusal> {
        self.store.write(|_| Ok(()))
    }

    /// Keeps the answer to an attempt, where it wrote anything.
    pub fn keep_answer(&self, attempted: &Attempted, answer: KeptAnswer) -> Result<(), Refusal> {
        let attempt = attempted.0.clone();
        let before = crate::clock::now_ms().saturating_sub(KEPT_MS);
        if answer.body.len() > LARGEST_KEPT_BYTES {
            return Ok(());
        }
        self.store.write(move |w| {
            Ok(w.house().put_answer(
                &attempt,
                (answer.status, &answer.media_type, &answer.body),
                before,
            )?)
        })
    }
}

/// SHA-256 over all parts, each with its length before it.
fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    stele_store::files::hex(&hash.finalize())
}
