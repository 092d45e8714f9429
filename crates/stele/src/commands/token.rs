//! `stele token`: tokens for programs, made on the machine itself.

use super::{Done, OK};
use crate::args::TokenAct;
use crate::print;
use serde_json::json;
use stele_registry::{Refusal, Registry, TokenScope};

/// Does what is asked with tokens.
pub fn token(registry: &Registry, action: TokenAct, as_json: bool) -> Done {
    match action {
        TokenAct::Add {
            email,
            name,
            scope,
            days,
        } => {
            let account = registry.acting(Some(&email))?;
            let scope = TokenScope::from_id(&scope).ok_or_else(|| {
                let known: Vec<&str> = TokenScope::ALL.iter().map(|s| s.id()).collect();
                Refusal::field(
                    "--scope",
                    format!(
                        "“{scope}” is not a scope; it is one of: {}",
                        known.join(", ")
                    ),
                )
            })?;
            let (shown, token) = registry.make_token(&account, &name, scope, days)?;
            match as_json {
                true => print::json(&json!({"token": token.text(), "made": shown})),
                false => print::line(&format!(
                    "{}\nKept nowhere: copy it now. It may {}, for {days} days.",
                    token.text(),
                    scope.label()
                )),
            }
        }
        TokenAct::List { email } => {
            let tokens = registry.tokens(&registry.acting(Some(&email))?)?;
            let now = stele_registry::clock::now_ms();
            let state = |holds: bool| if holds { "holds" } else { "spent" };
            match as_json {
                true => print::json(&json!(tokens)),
                false => print::table(
                    &tokens
                        .iter()
                        .map(|t| {
                            vec![
                                t.id.clone(),
                                t.name.clone(),
                                t.scope.id().to_owned(),
                                state(t.holds(now)).to_owned(),
                            ]
                        })
                        .collect::<Vec<_>>(),
                ),
            }
        }
        TokenAct::Revoke { email, token } => {
            registry.revoke_token(&registry.acting(Some(&email))?, &token)?;
            match as_json {
                true => print::json(&json!({"revoked": token})),
                false => print::line(&format!("{token} holds no more.")),
            }
        }
    }
    OK
}
