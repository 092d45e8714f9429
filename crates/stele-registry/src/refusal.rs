//! Why something was not done, for the person who asked.

use stele_model::FieldError;
use stele_model::rules::Unmet;
use stele_store::StoreError;

/// A refusal: nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Fields that are wrong.
    #[error("{}", in_lines(.0))]
    Fields(Vec<FieldError>),
    /// The account may not do this.
    #[error("{0}")]
    NotAllowed(String),
    /// Nobody is signed in, and only a member may do this.
    #[error("this is for members: send a token, or sign in")]
    SignIn,
    /// Sign-in failed; never says which part was wrong.
    #[error("the address or the password is wrong")]
    WrongPassword,
    /// A one-time link that does not hold (any more).
    #[error("this sign-in link was used already or has run out; ask an administrator for another")]
    SpentLink,
    /// A token that is not known, has run out or was revoked; never says which.
    #[error(
        "this token is not known here, has run out or was revoked; make another on the page /tokens"
    )]
    WrongToken,
    /// A request that was carried out already, and whose answer was not kept.
    #[error(
        "a request with this key is being carried out, or was and its answer is not known any more; ask again in a moment, and look at what is recorded before you take another key"
    )]
    Repeated,
    /// More than may be kept at once.
    #[error("{0}")]
    TooMany(String),
    /// Rules that a finding does not meet yet.
    #[error("the finding cannot be published yet: {}", unmet_in_lines(.0))]
    Unmet(Vec<Unmet>),
    /// There is no such record, or it may not be seen.
    #[error("there is no record {0} here")]
    NotFound(String),
    /// There is no such file or snapshot; with what there is.
    #[error("there is no {0}")]
    Missing(String),
    /// What was brought cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The folder is not a registry, or is one already.
    #[error("{0}")]
    Folder(String),
    /// Too much is asked at once; later it can be done.
    #[error("{0}")]
    Busy(String),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Repeated => Refusal::Repeated,
            other => Refusal::Store(other),
        }
    }
}

fn in_lines(errors: &[FieldError]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

fn unmet_in_lines(unmet: &[Unmet]) -> String {
    unmet
        .iter()
        .map(|u| format!("it {} ({})", u.sentence, u.rule))
        .collect::<Vec<_>>()
        .join("; ")
}

impl Refusal {
    /// One field that is wrong.
    pub fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Refusal::Fields(vec![FieldError::new(field, problem)])
    }
}
