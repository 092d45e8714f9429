//! Tokens of programs. A token acts for an account, never with more than the account may do, for a
//! time; its text is told once and kept only as a hash.
//!
//! The text is `stele_`, 48 digits of chance and 8 of a checksum, so that it is recognised where it
//! should not stand, and a mistyped one is refused without asking the database.

use super::{Account, AccountRole, Token, account_of, digest};
use crate::Registry;
use crate::refusal::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_store::TokenRow;

/// What a token may do, at most. What its account may not do, it may not either.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Read what members read.
    Read,
    /// Record, but judge nothing.
    Record,
    /// Record, assess, write findings, review and publish them.
    Verify,
    /// Everything its account may do, accounts too.
    Administer,
}

impl TokenScope {
    /// Every scope, least first.
    pub const ALL: [TokenScope; 4] = [
        TokenScope::Read,
        TokenScope::Record,
        TokenScope::Verify,
        TokenScope::Administer,
    ];

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            TokenScope::Read => "read",
            TokenScope::Record => "record",
            TokenScope::Verify => "verify",
            TokenScope::Administer => "administer",
        }
    }

    /// What it lets a program do.
    pub fn label(self) -> &'static str {
        match self {
            TokenScope::Read => "read what members read",
            TokenScope::Record => "read and record",
            TokenScope::Verify => "read, record, judge and publish",
            TokenScope::Administer => "everything, accounts too",
        }
    }

    /// The scope of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.id() == id)
    }

    /// The role it stands for.
    pub fn role(self) -> AccountRole {
        match self {
            TokenScope::Read => AccountRole::Viewer,
            TokenScope::Record => AccountRole::Recorder,
            TokenScope::Verify => AccountRole::Verifier,
            TokenScope::Administer => AccountRole::Administrator,
        }
    }
}

/// A token as its owner sees it. Its text is not here: nobody has it but who was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TokenShown {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, at most.
    pub scope: TokenScope,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: u64,
    /// When it runs out.
    pub expires_ms: u64,
    /// When it was last seen, to within five minutes.
    pub used_ms: Option<u64>,
    /// When it was revoked.
    pub revoked_ms: Option<u64>,
}

impl TokenShown {
    /// Whether it still holds.
    pub fn holds(&self, now_ms: u64) -> bool {
        self.revoked_ms.is_none() && self.expires_ms > now_ms
    }
}

/// What a token's text led to.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The account, with no more of a role than the token has.
    pub account: Account,
    /// Id of the token.
    pub token: String,
    /// Whether its use is to be noted.
    pub unnoted: bool,
}

/// Days a token holds when nothing else is said.
pub const USUAL_DAYS: u32 = 90;
/// Days a token holds at most.
pub const MOST_DAYS: u32 = 366;
/// Tokens of an account that hold at once.
pub const MOST_TOKENS: usize = 50;
/// Tokens listed.
const LISTED: usize = 200;
/// Longest name in characters.
const LONGEST_NAME: usize = 100;
/// What every token begins with.
pub const PREFIX: &str = "stele_";
const SECRET_DIGITS: usize = 48;
const CHECK_DIGITS: usize = 8;
const DAY_MS: u64 = 24 * 3600 * 1000;
/// Use is noted no more often than this: reading is not to become writing.
const NOTED_EVERY_MS: u64 = 5 * 60 * 1000;

fn checksum(text: &str) -> String {
    digest(text)[..CHECK_DIGITS].to_owned()
}

/// Whether a text has the form of a token, its checksum right.
pub fn well_formed(text: &str) -> bool {
    let length = PREFIX.len() + SECRET_DIGITS + CHECK_DIGITS;
    text.is_ascii() && text.len() == length && text.starts_with(PREFIX) && {
        let (start, check) = text.split_at(length - CHECK_DIGITS);
        checksum(start) == check
    }
}

impl Registry {
    /// Makes a token for an account; gives its text, this once.
    pub fn make_token(
        &self,
        account: &Account,
        name: &str,
        scope: TokenScope,
        days: u32,
    ) -> Result<(TokenShown, Token), Refusal> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Refusal::field(
                "name",
                format!("is empty or longer than {LONGEST_NAME} characters"),
            ));
        }
        if scope.role() > account.role {
            return Err(Refusal::field(
                "scope",
                format!(
                    "is more than your account may do; it has the role “{}”",
                    account.role.id()
                ),
            ));
        }
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Refusal::field(
                "days",
                format!("is not a number of days from 1 to {MOST_DAYS}"),
            ));
        }
        let start = format!(
            "{PREFIX}{}",
            stele_store::files::hex(&crate::clock::random::<{ SECRET_DIGITS / 2 }>())
        );
        let text = format!("{start}{}", checksum(&start));
        let now = crate::clock::now_ms();
        let row = TokenRow {
            id: format!(
                "tok-{}",
                stele_store::files::hex(&crate::clock::random::<6>())
            ),
            account: account.id.clone(),
            name: name.to_owned(),
            scope: scope.id().to_owned(),
            made_ms: now,
            expires_ms: now + u64::from(days) * DAY_MS,
            used_ms: None,
            revoked_ms: None,
        };
        let (hash, kept) = (digest(&text), row.clone());
        self.store.write(move |w| {
            let mut house = w.house();
            // Long enough to see afterwards what there was.
            house.forget_tokens(
                &kept.account,
                now.saturating_sub(u64::from(MOST_DAYS) * DAY_MS),
            )?;
            let all = house.tokens_of(&kept.account, LISTED)?;
            let hold = all
                .iter()
                .filter(|t| t.revoked_ms.is_none() && t.expires_ms > now);
            if hold.count() >= MOST_TOKENS || all.len() >= LISTED {
                return Err(Refusal::field(
                    "name",
                    format!("would be one token too many; {MOST_TOKENS} may hold at once. Revoke those that nothing uses"),
                ));
            }
            Ok(house.put_token(&hash, &kept)?)
        })?;
        Ok((shown(row)?, Token(text)))
    }

    /// Tokens of an account, the latest first.
    pub fn tokens(&self, account: &Account) -> Result<Vec<TokenShown>, Refusal> {
        let rows = self.store.house(|h| h.tokens_of(&account.id, LISTED))?;
        rows.into_iter().map(shown).collect()
    }

    /// Revokes a token of an account.
    pub fn revoke_token(&self, account: &Account, id: &str) -> Result<(), Refusal> {
        let (account, token, now) = (account.id.clone(), id.to_owned(), crate::clock::now_ms());
        self.store.write(
            move |w| match w.house().revoke_token(&account, &token, now)? {
                true => Ok(()),
                false => Err(Refusal::NotFound(token.chars().take(60).collect())),
            },
        )
    }

    /// Whom a token acts for. One that is wrong, has run out or was revoked is refused, and nothing is
    /// said of which.
    pub fn bearer(&self, text: &str) -> Result<Bearer, Refusal> {
        if !well_formed(text) {
            return Err(Refusal::WrongToken);
        }
        let now = crate::clock::now_ms();
        let found = self.store.house(|h| {
            let Some(token) = h.token(&digest(text), now)? else {
                return Ok::<_, Refusal>(None);
            };
            Ok(h.account(&token.account)?.map(|account| (token, account)))
        })?;
        let (token, account) = found.ok_or(Refusal::WrongToken)?;
        let scope = TokenScope::from_id(&token.scope).ok_or(Refusal::WrongToken)?;
        let account = account_of(account)?;
        let role = account.role.min(scope.role());
        Ok(Bearer {
            account: Account { role, ..account },
            unnoted: token.used_ms.is_none_or(|at| at + NOTED_EVERY_MS < now),
            token: token.id,
        })
    }

    /// Notes that a token is in use.
    pub fn note_token(&self, id: &str) -> Result<(), Refusal> {
        let (id, now) = (id.to_owned(), crate::clock::now_ms());
        self.store
            .write(move |w| Ok(w.house().note_token(&id, now)?))
    }
}

fn shown(row: TokenRow) -> Result<TokenShown, Refusal> {
    let scope = TokenScope::from_id(&row.scope)
        .ok_or_else(|| Refusal::Unreadable(format!("token {} is kept badly", row.id)))?;
    Ok(TokenShown {
        id: row.id,
        name: row.name,
        scope,
        made_ms: row.made_ms,
        expires_ms: row.expires_ms,
        used_ms: row.used_ms,
        revoked_ms: row.revoked_ms,
    })
}
