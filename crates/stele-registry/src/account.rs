//! Who acts and who reads: accounts, roles, sign-in by password and one-time link.
//!
//! Passwords are kept as Argon2id hashes; tokens of sessions and links only as SHA-256, so that who
//! reads the database cannot sign in. Fuller policy has its place here, in [`Account::may_record`]
//! and [`Viewer`].

mod once;
pub mod tokens;

pub use once::{Attempted, KeptAnswer, Once};
pub use tokens::{Bearer, TokenScope, TokenShown};

use crate::Registry;
use crate::refusal::Refusal;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use sha2::{Digest, Sha256};
use stele_model::{Id, Kind, Party};
use stele_store::{AccountRow, Sight};

/// What an account may do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Reads what members read.
    Viewer,
    /// Records, but judges nothing.
    Recorder,
    /// Assesses, writes findings, reviews and publishes them.
    Verifier,
    /// Everything, and accounts.
    Administrator,
}

impl AccountRole {
    /// Every role, least first.
    pub const ALL: [AccountRole; 4] = [
        AccountRole::Viewer,
        AccountRole::Recorder,
        AccountRole::Verifier,
        AccountRole::Administrator,
    ];

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            AccountRole::Viewer => "viewer",
            AccountRole::Recorder => "recorder",
            AccountRole::Verifier => "verifier",
            AccountRole::Administrator => "administrator",
        }
    }

    /// The role of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id() == id)
    }
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Account {
    /// Its id, as entries name it.
    pub id: String,
    /// Address it signs in with.
    pub email: String,
    /// Name shown.
    pub name: String,
    /// What it may do.
    pub role: AccountRole,
    /// Party it belongs to.
    pub affiliation: Option<Id<Party>>,
}

impl Account {
    /// Whether it may record a kind.
    pub fn may_record(&self, kind: Kind) -> bool {
        let judges = matches!(kind, Kind::Finding | Kind::Review | Kind::Publication);
        match self.role {
            AccountRole::Viewer => false,
            AccountRole::Recorder => !judges,
            AccountRole::Verifier | AccountRole::Administrator => true,
        }
    }

    /// Whether it may record anything at all.
    pub fn records(&self) -> bool {
        self.role >= AccountRole::Recorder
    }
}

/// Who reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody.
    Public,
    /// Somebody signed in.
    Member(Account),
}

impl Viewer {
    /// Whether exact places, drafts and reviews in progress may be seen.
    pub fn is_member(&self) -> bool {
        matches!(self, Viewer::Member(_))
    }

    /// Which place of a record they are answered by.
    pub(crate) fn sight(&self) -> Sight {
        match self.is_member() {
            true => Sight::Exact,
            false => Sight::Shown,
        }
    }

    /// The account, when signed in.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Viewer::Public => None,
            Viewer::Member(account) => Some(account),
        }
    }
}

/// A secret given out once; kept only as its hash.
pub struct Token(String);

impl Token {
    /// The text to give out.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Shortest password, in characters.
pub const SHORTEST_PASSWORD: usize = 10;
/// Longest password, in bytes.
const LONGEST_PASSWORD: usize = 1_000;
/// How long a session holds.
const SESSION_MS: u64 = 14 * 24 * 3600 * 1000;
/// How long a one-time link holds.
const LINK_MS: u64 = 3 * 24 * 3600 * 1000;

pub(crate) fn digest(token: &str) -> String {
    stele_store::files::hex(&Sha256::digest(token.as_bytes()))
}

pub(crate) fn account_of(row: AccountRow) -> Result<Account, Refusal> {
    let role = AccountRole::from_id(&row.role)
        .ok_or_else(|| Refusal::NotAllowed(format!("account {} has no role known here", row.id)))?;
    let affiliation = row.affiliation.as_deref().and_then(|id| id.parse().ok());
    Ok(Account {
        id: row.id,
        email: row.email,
        name: row.name,
        role,
        affiliation,
    })
}

impl Registry {
    fn token(&self) -> Token {
        Token(stele_store::files::hex(&crate::clock::random::<24>()))
    }

    /// Adds an account; gives a one-time sign-in link's token.
    pub fn invite(
        &self,
        email: &str,
        name: &str,
        role: AccountRole,
        affiliation: Option<Id<Party>>,
    ) -> Result<(Account, Token), Refusal> {
        let email = email.trim().to_lowercase();
        if email.len() > 200 || !email.contains('@') || email.contains(char::is_whitespace) {
            return Err(Refusal::field("email", "is not an e-mail address"));
        }
        if name.trim().is_empty() || name.chars().count() > 200 {
            return Err(Refusal::field(
                "name",
                "is empty or longer than 200 characters",
            ));
        }
        let now = crate::clock::now_ms();
        let row = AccountRow {
            id: format!(
                "acc-{}",
                stele_store::files::hex(&crate::clock::random::<6>())
            ),
            email: email.clone(),
            name: name.trim().to_owned(),
            role: role.id().to_owned(),
            affiliation: affiliation.map(|id| id.to_string()),
            password: None,
        };
        let token = self.token();
        let hash = digest(token.text());
        let row = self.store.write(move |w| {
            let mut house = w.house();
            if house.account_by_email(&row.email)?.is_some() {
                return Err(Refusal::field("email", "has an account already"));
            }
            house.put_account(&row, now)?;
            house.put_invitation(&hash, &row.id, now + LINK_MS)?;
            Ok(row)
        })?;
        Ok((account_of(row)?, token))
    }

    /// Another one-time link for an account.
    pub fn invite_again(&self, email: &str) -> Result<Token, Refusal> {
        let token = self.token();
        let (hash, email) = (digest(token.text()), email.trim().to_lowercase());
        let now = crate::clock::now_ms();
        self.store.write(move |w| {
            let account = w
                .house()
                .account_by_email(&email)?
                .ok_or_else(|| Refusal::NotFound(email.clone()))?;
            w.house()
                .put_invitation(&hash, &account.id, now + LINK_MS)?;
            Ok::<_, Refusal>(())
        })?;
        Ok(token)
    }

    /// The account a one-time link is for, without using it up.
    pub fn invited(&self, token: &str) -> Result<Account, Refusal> {
        let now = crate::clock::now_ms();
        let row = self.store.house(|h| h.invitation(&digest(token), now))?;
        account_of(row.ok_or(Refusal::SpentLink)?)
    }

    /// Uses a one-time link up: sets the password and signs in.
    pub fn redeem(&self, token: &str, password: &str) -> Result<(Account, Token), Refusal> {
        let account = self.invited(token)?;
        if password.chars().count() < SHORTEST_PASSWORD {
            return Err(Refusal::field(
                "password",
                format!("is shorter than {SHORTEST_PASSWORD} characters"),
            ));
        }
        if password.len() > LONGEST_PASSWORD {
            return Err(Refusal::field(
                "password",
                format!("is longer than {LONGEST_PASSWORD} bytes"),
            ));
        }
        let hashed = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|_| Refusal::Unreadable("the password could not be kept; try again".into()))?
            .to_string();
        let (hash, id, now) = (digest(token), account.id.clone(), crate::clock::now_ms());
        self.store.write(move |w| {
            let mut house = w.house();
            if !house.use_invitation(&hash)? {
                return Err(Refusal::SpentLink);
            }
            let mut row = house.account(&id)?.ok_or(Refusal::SpentLink)?;
            row.password = Some(hashed);
            Ok(house.put_account(&row, now)?)
        })?;
        let session = self.begin_session(&account)?;
        Ok((account, session))
    }

    /// Signs in by address and password. Takes as long for an address nobody has.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<(Account, Token), Refusal> {
        // Hash of a password nobody knows, so that time does not tell which addresses exist.
        const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c3RlbGUtbm9ib2R5LXNhbHQ$5dVbP7hQ3b5kFqkF0a8xTj0zVJm6qf1m8h0Yh0m0c2E";
        if password.len() > LONGEST_PASSWORD {
            return Err(Refusal::WrongPassword);
        }
        let email = email.trim().to_lowercase();
        let row = self.store.house(|h| h.account_by_email(&email))?;
        let kept = row.as_ref().and_then(|r| r.password.clone());
        let hash = PasswordHash::new(kept.as_deref().unwrap_or(NOBODY))
            .map_err(|_| Refusal::WrongPassword)?;
        let right = Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok();
        match row {
            Some(row) if right && kept.is_some() => {
                let account = account_of(row)?;
                let session = self.begin_session(&account)?;
                Ok((account, session))
            }
            _ => Err(Refusal::WrongPassword),
        }
    }

    fn begin_session(&self, account: &Account) -> Result<Token, Refusal> {
        let token = self.token();
        let (hash, id) = (digest(token.text()), account.id.clone());
        let expires = crate::clock::now_ms() + SESSION_MS;
        self.store
            .write(move |w| Ok::<_, Refusal>(w.house().put_session(&hash, &id, expires)?))?;
        Ok(token)
    }

    /// Who a session's token belongs to.
    pub fn session(&self, token: &str) -> Result<Option<Account>, Refusal> {
        let now = crate::clock::now_ms();
        self.store
            .house(|h| h.session(&digest(token), now))?
            .map(account_of)
            .transpose()
    }

    /// Ends a session.
    pub fn sign_out(&self, token: &str) -> Result<(), Refusal> {
        let (hash, now) = (digest(token), crate::clock::now_ms());
        self.store
            .write(move |w| Ok(w.house().end_session(&hash, now)?))
    }

    /// Every account, for an administrator.
    pub fn accounts(&self, viewer: &Viewer) -> Result<Vec<Account>, Refusal> {
        match viewer.account() {
            Some(account) if account.role == AccountRole::Administrator => self
                .store
                .house(|h| h.accounts())?
                .into_iter()
                .map(account_of)
                .collect(),
            _ => Err(Refusal::NotAllowed(
                "only an administrator sees the accounts".into(),
            )),
        }
    }

    /// The account that a command on this machine acts as: the one with this address, else the first administrator.
    pub fn acting(&self, email: Option<&str>) -> Result<Account, Refusal> {
        let rows = self.store.house(|h| h.accounts())?;
        let wanted = email.map(|e| e.trim().to_lowercase());
        let row = rows.into_iter().find(|row| match &wanted {
            Some(email) => row.email == *email,
            None => row.role == AccountRole::Administrator.id(),
        });
        account_of(row.ok_or_else(|| {
            Refusal::NotFound(wanted.unwrap_or_else(|| "of an administrator".into()))
        })?)
    }

    /// The name an account is shown under.
    pub fn account_name(&self, id: &str) -> Result<Option<String>, Refusal> {
        Ok(self.store.house(|h| h.account(id))?.map(|row| row.name))
    }
}
