//! Tokens of the account that asks. Made on the page `/tokens` by a person, never by another token: one
//! that leaks must not outlive its own end by making others.

use super::operation::{Call, Method, Nothing, Operation, Told, Who};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_registry::{Refusal, TokenShown};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/tokens",
            Who::Member,
            Told {
                id: "list_tokens",
                of: "Tokens and accounts",
                summary: "The tokens of your account, with their last use",
                about: "They are made on the page /tokens; a token cannot make another.",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/tokens\"",
            },
            list,
        ),
        Operation::act(
            Method::Delete,
            "/api/tokens/{token}",
            Who::Member,
            StatusCode::OK,
            Told {
                id: "revoke_token",
                of: "Tokens and accounts",
                summary: "Revoke a token of your account, at once",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" -X DELETE \"$STELE/api/tokens/$OTHER_TOKEN\"",
            },
            revoke,
        ),
    ]
}

fn list(call: &Call, _: Nothing, _: Nothing) -> Result<super::Rows<TokenShown>, Refusal> {
    Ok(super::Rows {
        rows: call.registry.tokens(call.account()?)?,
        next: None,
    })
}

/// A token, by its id.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
struct ByToken {
    /// Its id: `tok-…`.
    token: String,
}

/// What was revoked.
#[derive(Serialize, JsonSchema)]
struct Revoked {
    /// Id of the token.
    revoked: String,
}

fn revoke(call: &Call, path: ByToken, _: Nothing) -> Result<Revoked, Refusal> {
    call.registry.revoke_token(call.account()?, &path.token)?;
    Ok(Revoked {
        revoked: path.token,
    })
}
