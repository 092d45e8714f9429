//! Accounts, for administrators.

use super::operation::{Call, Method, Nothing, Operation, Told, Who};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_model::AnyId;
use stele_registry::{Account, AccountRole, Refusal};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/accounts",
            Who::Administrator,
            Told {
                id: "list_accounts",
                of: "Tokens and accounts",
                summary: "Every account",
                about: "",
                example: "-H \"Authorization: Bearer $ADMIN_TOKEN\" \"$STELE/api/accounts\"",
            },
            list,
        ),
        Operation::act(
            Method::Post,
            "/api/accounts",
            Who::Administrator,
            StatusCode::CREATED,
            Told {
                id: "invite",
                of: "Tokens and accounts",
                summary: "Make an account; gives its one-time sign-in link",
                about: "The link works once and holds for three days.",
                example: "-H \"Authorization: Bearer $ADMIN_TOKEN\" --json '{\"email\": \"new@example.org\", \"name\": \"New Colleague\", \"role\": \"recorder\"}' \"$STELE/api/accounts\"",
            },
            invite,
        ),
    ]
}

fn list(call: &Call, _: Nothing, _: Nothing) -> Result<super::Rows<Account>, Refusal> {
    Ok(super::Rows {
        rows: call.registry.accounts(&call.viewer)?,
        next: None,
    })
}

/// A new account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InviteAsk {
    /// Address it signs in with.
    email: String,
    /// Name shown.
    name: String,
    /// What it may do.
    role: AccountRole,
    /// Party it belongs to.
    affiliation: Option<AnyId>,
}

/// A new account with its link.
#[derive(Serialize, JsonSchema)]
struct Invited {
    /// The account.
    account: Account,
    /// Path of the one-time sign-in link.
    sign_in: String,
}

fn invite(call: &Call, _: Nothing, ask: InviteAsk) -> Result<Invited, Refusal> {
    let affiliation = ask.affiliation.map(Into::into);
    let (account, token) = call
        .registry
        .invite(&ask.email, &ask.name, ask.role, affiliation)?;
    Ok(Invited {
        account,
        sign_in: format!("/welcome/{}", token.text()),
    })
}
