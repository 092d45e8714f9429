//! What a node keeps for itself, apart from the log: accounts, sessions, texts being read in.

mod requests;
mod tokens;

pub use requests::{Attempt, RequestRow};
pub use tokens::TokenRow;

use crate::engine::{Connection, first, rows};
use crate::error::StoreError;

/// An account, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub id: String,
    /// Address it signs in with.
    pub email: String,
    /// Name shown.
    pub name: String,
    /// Role, as a word of the registry's.
    pub role: String,
    /// Party it belongs to, as an id.
    pub affiliation: Option<String>,
    /// Hash of its password; none until it was set.
    pub password: Option<String>,
}

/// A text that was read in and waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeRow {
    /// Its id.
    pub id: String,
    /// Who brought it.
    pub account: String,
    /// When, in milliseconds since 1970.
    pub made_ms: u64,
    /// Title of the source.
    pub title: String,
    /// Proposals not decided on.
    pub open: u64,
    /// The proposals and decisions, as JSON.
    pub body: String,
}

/// The tables of the house.
pub struct House<'a>(pub(crate) &'a mut dyn Connection);

const ACCOUNT: &str = "SELECT id, email, name, role, affiliation, password FROM account";

fn account(row: &crate::engine::Row) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        id: row.text(0)?.to_owned(),
        email: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        role: row.text(3)?.to_owned(),
        affiliation: row.maybe_text(4)?.map(str::to_owned),
        password: row.maybe_text(5)?.map(str::to_owned),
    })
}

impl House<'_> {
    /// A setting.
    pub fn setting(&mut self, key: &str) -> Result<Option<String>, StoreError> {
        let row = first(
            self.0,
            "SELECT value FROM meta WHERE key = $1",
            &[key.into()],
        )?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Keeps a setting.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &[key.into(), value.into()],
        )?;
        Ok(())
    }

    /// Every account.
    pub fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError> {
        rows(
            self.0,
            &format!("{ACCOUNT} ORDER BY name, id LIMIT 1000"),
            &[],
        )?
        .iter()
        .map(account)
        .collect()
    }

    /// The account with this id.
    pub fn account(&mut self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        first(self.0, &format!("{ACCOUNT} WHERE id = $1"), &[id.into()])?
            .as_ref()
            .map(account)
            .transpose()
    }

    /// The account with this address.
    pub fn account_by_email(&mut self, email: &str) -> Result<Option<AccountRow>, StoreError> {
        first(
            self.0,
            &format!("{ACCOUNT} WHERE email = $1"),
            &[email.into()],
        )?
        .as_ref()
        .map(account)
        .transpose()
    }

    /// Adds an account or changes what it says.
    pub fn put_account(&mut self, row: &AccountRow, now_ms: u64) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO account (id, email, name, role, affiliation, password, made_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, role = excluded.role, affiliation = excluded.affiliation, password = excluded.password",
            &[
                row.id.as_str().into(),
                row.email.as_str().into(),
                row.name.as_str().into(),
                row.role.as_str().into(),
                row.affiliation.clone().into(),
                row.password.clone().into(),
                now_ms.into(),
            ],
        )?;
        Ok(())
    }

    /// Keeps the hash of a session's token.
    pub fn put_session(
        &mut self,
        token: &str,
        account: &str,
        expires_ms: u64,
    ) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO session (token, account, expires_ms) VALUES ($1, $2, $3)",
            &[token.into(), account.into(), expires_ms.into()],
        )?;
        Ok(())
    }

    /// The account of a session that has not run out.
    pub fn session(&mut self, token: &str, now_ms: u64) -> Result<Option<AccountRow>, StoreError> {
        let row = first(
            self.0,
            "SELECT account FROM session WHERE token = $1 AND expires_ms > $2",
            &[token.into(), now_ms.into()],
        )?;
        match row {
            Some(row) => self.account(row.text(0)?),
            None => Ok(None),
        }
    }

    /// Ends a session; and all that have run out.
    pub fn end_session(&mut self, token: &str, now_ms: u64) -> Result<(), StoreError> {
        self.0.execute(
            "DELETE FROM session WHERE token = $1 OR expires_ms <= $2",
            &[token.into(), now_ms.into()],
        )?;
        Ok(())
    }

    /// Keeps the hash of a one-time sign-in link.
    pub fn put_invitation(
        &mut self,
        token: &str,
        account: &str,
        expires_ms: u64,
    ) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO invitation (token, account, expires_ms) VALUES ($1, $2, $3)",
            &[token.into(), account.into(), expires_ms.into()],
        )?;
        Ok(())
    }

    /// The account that a one-time link is for, if it still holds.
    pub fn invitation(
        &mut self,
        token: &str,
        now_ms: u64,
    ) -> Result<Option<AccountRow>, StoreError> {
        let row = first(
            self.0,
            "SELECT account FROM invitation WHERE token = $1 AND expires_ms > $2",
            &[token.into(), now_ms.into()],
        )?;
        match row {
            Some(row) => self.account(row.text(0)?),
            None => Ok(None),
        }
    }

    /// Uses a one-time link up; whether it was still there.
    pub fn use_invitation(&mut self, token: &str) -> Result<bool, StoreError> {
        Ok(self
            .0
            .execute("DELETE FROM invitation WHERE token = $1", &[token.into()])?
            == 1)
    }

    /// Keeps a text that was read in.
    pub fn put_intake(&mut self, row: &IntakeRow) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO intake (id, account, made_ms, title, open, body) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET title = excluded.title, open = excluded.open, body = excluded.body",
            &[
                row.id.as_str().into(),
                row.account.as_str().into(),
                row.made_ms.into(),
                row.title.as_str().into(),
                row.open.into(),
                row.body.as_str().into(),
            ],
        )?;
        Ok(())
    }

    /// One text that was read in.
    pub fn intake(&mut self, id: &str) -> Result<Option<IntakeRow>, StoreError> {
        let sql = "SELECT id, account, made_ms, title, open, body FROM intake WHERE id = $1";
        first(self.0, sql, &[id.into()])?
            .as_ref()
            .map(intake)
            .transpose()
    }

    /// Texts with proposals that nobody decided on, latest first.
    pub fn open_intakes(&mut self, limit: usize) -> Result<Vec<IntakeRow>, StoreError> {
        let sql = format!(
            "SELECT id, account, made_ms, title, open, body FROM intake WHERE open > 0 ORDER BY made_ms DESC, id LIMIT {limit}"
        );
        rows(self.0, &sql, &[])?.iter().map(intake).collect()
    }
}

/// A list that was uploaded and waits to be read in.
#[derive(Debug, Clone)]
pub struct ListingRow {
    /// Its id.
    pub id: String,
    /// Account that brought it.
    pub account: String,
    /// When it was last touched, in milliseconds since 1970.
    pub made_ms: u64,
    /// Whether it was not read in yet.
    pub open: bool,
    /// What is known of it, as JSON.
    pub body: String,
}

impl House<'_> {
    /// Keeps a list that waits.
    pub fn put_listing(&mut self, row: &ListingRow) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO listing (id, account, made_ms, open, body) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET made_ms = excluded.made_ms, open = excluded.open, body = excluded.body",
            &[
                row.id.as_str().into(),
                row.account.as_str().into(),
                row.made_ms.into(),
                row.open.into(),
                row.body.as_str().into(),
            ],
        )?;
        Ok(())
    }

    /// One list that waits or was read in.
    pub fn listing(&mut self, id: &str) -> Result<Option<ListingRow>, StoreError> {
        let sql = "SELECT id, account, made_ms, open, body FROM listing WHERE id = $1";
        first(self.0, sql, &[id.into()])?
            .as_ref()
            .map(listing)
            .transpose()
    }

    /// Lists that wait, latest first.
    pub fn open_listings(&mut self, limit: usize) -> Result<Vec<ListingRow>, StoreError> {
        let sql = format!(
            "SELECT id, account, made_ms, open, body FROM listing WHERE open > 0 ORDER BY made_ms DESC, id LIMIT {limit}"
        );
        rows(self.0, &sql, &[])?.iter().map(listing).collect()
    }
}

fn listing(row: &crate::engine::Row) -> Result<ListingRow, StoreError> {
    Ok(ListingRow {
        id: row.text(0)?.to_owned(),
        account: row.text(1)?.to_owned(),
        made_ms: row.count(2)?,
        open: row.int(3)? != 0,
        body: row.text(4)?.to_owned(),
    })
}

fn intake(row: &crate::engine::Row) -> Result<IntakeRow, StoreError> {
    Ok(IntakeRow {
        id: row.text(0)?.to_owned(),
        account: row.text(1)?.to_owned(),
        made_ms: row.count(2)?,
        title: row.text(3)?.to_owned(),
        open: row.count(4)?,
        body: row.text(5)?.to_owned(),
    })
}
