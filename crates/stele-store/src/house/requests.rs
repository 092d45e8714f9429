//! Requests that carry a key of their own (`Idempotency-Key`), so that one sent twice is carried out
//! once. The key is written in the transaction of what it asks for: power failing at any point leaves
//! both or neither. The answer follows, and is given again to who asks again.

use super::House;
use crate::engine::{Row, first};
use crate::error::StoreError;

/// One attempt at a request that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Account that asks.
    pub account: String,
    /// The key, as the account chose it.
    pub key: String,
    /// SHA-256 of the request.
    pub request: String,
    /// Tells this attempt from others under the same key.
    pub attempt: String,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: u64,
}

/// What is known of a request under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// SHA-256 of the request.
    pub request: String,
    /// The answer: status, media type, body. None while it is not known, or where it was lost.
    pub answer: Option<(u16, String, Vec<u8>)>,
}

fn request(row: &Row) -> Result<RequestRow, StoreError> {
    let status = row.maybe_count(1)?;
    let answer = match status {
        None => None,
        Some(status) => Some((
            u16::try_from(status).unwrap_or(500),
            row.text(2)?.to_owned(),
            row.bytes(3)?.to_vec(),
        )),
    };
    Ok(RequestRow {
        request: row.text(0)?.to_owned(),
        answer,
    })
}

impl House<'_> {
    /// What is known of a request under a key.
    pub fn request(&mut self, account: &str, key: &str) -> Result<Option<RequestRow>, StoreError> {
        first(
            self.0,
            "SELECT request, status, media, body FROM api_request WHERE account = $1 AND key = $2",
            &[account.into(), key.into()],
        )?
        .as_ref()
        .map(request)
        .transpose()
    }

    /// How many keys of an account are kept since a time.
    pub fn requests_of(&mut self, account: &str, since_ms: u64) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM api_request WHERE account = $1 AND made_ms >= $2";
        first(self.0, sql, &[account.into(), since_ms.into()])?.map_or(Ok(0), |row| row.count(0))
    }

    /// Takes the key for this attempt, within the transaction of what it writes.
    pub(crate) fn claim(&mut self, a: &Attempt) -> Result<(), StoreError> {
        let claimed = self.0.execute(
            "INSERT INTO api_request (account, key, request, attempt, made_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account, key) DO UPDATE SET made_ms = excluded.made_ms WHERE api_request.attempt = excluded.attempt",
            &[
                a.account.as_str().into(),
                a.key.as_str().into(),
                a.request.as_str().into(),
                a.attempt.as_str().into(),
                a.made_ms.into(),
            ],
        )?;
        if claimed == 1 {
            Ok(())
        } else {
            Err(StoreError::Repeated)
        }
    }

    /// Keeps the answer of an attempt that wrote something; forgets keys from before a time.
    pub fn put_answer(
        &mut self,
        a: &Attempt,
        answer: (u16, &str, &[u8]),
        before_ms: u64,
    ) -> Result<(), StoreError> {
        let (status, media, body) = answer;
        self.0.execute(
            "UPDATE api_request SET status = $4, media = $5, body = $6 WHERE account = $1 AND key = $2 AND attempt = $3",
            &[
                a.account.as_str().into(),
                a.key.as_str().into(),
                a.attempt.as_str().into(),
                u64::from(status).into(),
                media.into(),
                body.into(),
            ],
        )?;
        self.0.execute(
            "DELETE FROM api_request WHERE made_ms < $1",
            &[before_ms.into()],
        )?;
        Ok(())
    }

    /// Notes that an account brought a file; forgets those brought before a time.
    pub fn put_received(
        &mut self,
        account: &str,
        sha256: &str,
        now_ms: u64,
        before_ms: u64,
    ) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO received (account, sha256, made_ms) VALUES ($1, $2, $3) ON CONFLICT (account, sha256) DO UPDATE SET made_ms = excluded.made_ms",
            &[account.into(), sha256.into(), now_ms.into()],
        )?;
        self.0.execute(
            "DELETE FROM received WHERE account = $1 AND made_ms < $2",
            &[account.into(), before_ms.into()],
        )?;
        Ok(())
    }

    /// Whether an account brought a file since a time.
    pub fn received(
        &mut self,
        account: &str,
        sha256: &str,
        since_ms: u64,
    ) -> Result<bool, StoreError> {
        let sql =
            "SELECT made_ms FROM received WHERE account = $1 AND sha256 = $2 AND made_ms >= $3";
        let row = first(
            self.0,
            sql,
            &[account.into(), sha256.into(), since_ms.into()],
        )?;
        Ok(row.is_some())
    }
}
