//! Tokens of programs: kept by their hash, never by their text.

use super::House;
use crate::engine::{Row, first, rows};
use crate::error::StoreError;

/// A token of a program, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id, which is no secret.
    pub id: String,
    /// Account it acts for.
    pub account: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, as a word of the registry's.
    pub scope: String,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: u64,
    /// When it runs out.
    pub expires_ms: u64,
    /// When it was last seen.
    pub used_ms: Option<u64>,
    /// When it was revoked.
    pub revoked_ms: Option<u64>,
}

const TOKEN: &str =
    "SELECT id, account, name, scope, made_ms, expires_ms, used_ms, revoked_ms FROM api_token";

fn token(row: &Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.text(0)?.to_owned(),
        account: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        scope: row.text(3)?.to_owned(),
        made_ms: row.count(4)?,
        expires_ms: row.count(5)?,
        used_ms: row.maybe_count(6)?,
        revoked_ms: row.maybe_count(7)?,
    })
}

impl House<'_> {
    /// Keeps a token under its hash.
    pub fn put_token(&mut self, hash: &str, row: &TokenRow) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO api_token (hash, id, account, name, scope, made_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                hash.into(),
                row.id.as_str().into(),
                row.account.as_str().into(),
                row.name.as_str().into(),
                row.scope.as_str().into(),
                row.made_ms.into(),
                row.expires_ms.into(),
            ],
        )?;
        Ok(())
    }

    /// The token with this hash, if it still holds.
    pub fn token(&mut self, hash: &str, now_ms: u64) -> Result<Option<TokenRow>, StoreError> {
        let sql = format!("{TOKEN} WHERE hash = $1 AND expires_ms > $2 AND revoked_ms IS NULL");
        first(self.0, &sql, &[hash.into(), now_ms.into()])?
            .as_ref()
            .map(token)
            .transpose()
    }

    /// Tokens of an account, the latest first.
    pub fn tokens_of(&mut self, account: &str, limit: usize) -> Result<Vec<TokenRow>, StoreError> {
        let sql =
            format!("{TOKEN} WHERE account = $1 ORDER BY made_ms DESC, id DESC LIMIT {limit}");
        rows(self.0, &sql, &[account.into()])?
            .iter()
            .map(token)
            .collect()
    }

    /// Notes that a token was seen.
    pub fn note_token(&mut self, id: &str, now_ms: u64) -> Result<(), StoreError> {
        self.0.execute(
            "UPDATE api_token SET used_ms = $2 WHERE id = $1 AND (used_ms IS NULL OR used_ms < $2)",
            &[id.into(), now_ms.into()],
        )?;
        Ok(())
    }

    /// Revokes a token of an account; whether there was one that held.
    pub fn revoke_token(
        &mut self,
        account: &str,
        id: &str,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let revoked = self.0.execute(
            "UPDATE api_token SET revoked_ms = $3 WHERE account = $1 AND id = $2 AND revoked_ms IS NULL",
            &[account.into(), id.into(), now_ms.into()],
        )?;
        Ok(revoked == 1)
    }

    /// Forgets tokens of an account that ran out or were revoked before this time.
    pub fn forget_tokens(&mut self, account: &str, before_ms: u64) -> Result<(), StoreError> {
        self.0.execute(
            "DELETE FROM api_token WHERE account = $1 AND (expires_ms < $2 OR revoked_ms < $2)",
            &[account.into(), before_ms.into()],
        )?;
        Ok(())
    }
}
