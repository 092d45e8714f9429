//! Signing in and out, the one-time link, accounts.

use crate::App;
use crate::answer::{Answer, ask, page as answer_page, wrong_form};
use crate::asked::Asked;
use crate::fields::Fields;
use crate::guard::{COOKIE, Reader, session_token};
use crate::html::components as ui;
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use stele_registry::account::SHORTEST_PASSWORD;
use stele_registry::{AccountRole, Refusal, Token};

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`
pub async fn sign_in_page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(q): Asked<Ask>,
) -> Answer {
    answer_page(sign_in_form(&app, &reader, "", &q.next, None))
}

fn sign_in_form(
    app: &App,
    reader: &Reader,
    email: &str,
    next: &str,
    problem: Option<&str>,
) -> Markup {
    let body = html! {
        div.sign-in {
            h1 { "Sign in" }
            p { "What is public can be read without signing in." }
            @if let Some(problem) = problem { (ui::notice("error", html! { p { (problem) } })) }
            form.form method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                div.field { label for="email" { "E-mail address" } input #email type="email" name="email" value=(email) required autocomplete="username"; }
                div.field { label for="password" { "Password" } input #password type="password" name="password" required autocomplete="current-password"; }
                div.form__actions { button.button.button--primary type="submit" { "Sign in" } }
            }
            p.muted { "No password yet? Use the one-time link an administrator gave you." }
        }
    };
    framed(app, reader, "/sign-in", "Sign in", &[], body)
}

/// `POST /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    let (email, password) = (
        fields.get("email").to_owned(),
        fields.get("password").to_owned(),
    );
    let asked = email.clone();
    match ask(&app, move |registry| registry.sign_in(&asked, &password)).await {
        Ok((_, token)) => Ok(enter(&token, own_path(fields.get("next")), &headers)),
        Err(failure) if matches!(failure.refusal(), Refusal::WrongPassword) => {
            let problem = "The address or the password is wrong. Nothing else is said, so that nobody can find out who has an account.";
            wrong_form(sign_in_form(
                &app,
                &reader,
                &email,
                fields.get("next"),
                Some(problem),
            ))
        }
        Err(failure) => Err(failure),
    }
}

/// A path of this server; anything else leads to the first page.
fn own_path(next: &str) -> &str {
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']) {
        next
    } else {
        "/"
    }
}

fn enter(token: &Token, to: &str, headers: &HeaderMap) -> Response {
    // Behind a proxy that speaks TLS the cookie never travels without it.
    let secure = headers
        .get("x-forwarded-proto")
        .is_some_and(|v| v == "https");
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600{secure}",
        token.text()
    );
    ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

/// `POST /sign-out`
pub async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Answer {
    if let Some(token) = session_token(&headers) {
        ask(&app, move |registry| registry.sign_out(&token)).await?;
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/")).into_response())
}

/// `GET /welcome/{token}`
pub async fn welcome_page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(token): Path<String>,
) -> Answer {
    let asked = token.clone();
    let account = ask(&app, move |registry| registry.invited(&asked)).await?;
    answer_page(welcome_form(&app, &reader, &token, &account.email, None))
}

fn welcome_form(
    app: &App,
    reader: &Reader,
    token: &str,
    email: &str,
    problem: Option<&str>,
) -> Markup {
    let body = html! {
        div.sign-in {
            h1 { "Choose a password" }
            p { "For " strong { (email) } ". This link works once." }
            form.form method="post" action={ "/welcome/" (token) } {
                input type="hidden" name="username" value=(email) autocomplete="username";
                div.field.(if problem.is_some() { "field--wrong" } else { "" }) {
                    label for="password" { "Password" }
                    p.field__hint #password-hint { "At least " (SHORTEST_PASSWORD) " characters; a few words are good" }
                    input #password type="password" name="password" required minlength=(SHORTEST_PASSWORD) autocomplete="new-password" aria-describedby="password-hint" aria-invalid=[problem.map(|_| "true")];
                    @if let Some(problem) = problem { p.field__error role="alert" { "The password " (problem) } }
                }
                div.form__actions { button.button.button--primary type="submit" { "Set the password and sign in" } }
            }
        }
    };
    framed(app, reader, "/sign-in", "Choose a password", &[], body)
}

/// `POST /welcome/{token}`
pub async fn welcome(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(token): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    let (asked, password) = (token.clone(), fields.get("password").to_owned());
    let account = ask(&app, move |registry| registry.invited(&asked)).await?;
    let asked = token.clone();
    match ask(&app, move |registry| registry.redeem(&asked, &password)).await {
        Ok((_, session)) => Ok(enter(&session, "/", &headers)),
        Err(failure) => match failure.refusal() {
            Refusal::Fields(errors) => {
                let problem = errors
                    .first()
                    .map_or("is not accepted", |e| e.problem.as_str());
                wrong_form(welcome_form(
                    &app,
                    &reader,
                    &token,
                    &account.email,
                    Some(problem),
                ))
            }
            _ => Err(failure),
        },
    }
}

/// `GET /accounts`
pub async fn list(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    answer_page(accounts_page(&app, &reader, None, None).await?)
}

/// `POST /accounts`
pub async fn invite(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    let may = reader
        .account()
        .is_some_and(|a| a.role == AccountRole::Administrator);
    if !may {
        return Err(Refusal::NotAllowed("only an administrator adds accounts".into()).into());
    }
    let (email, name) = (
        fields.get("email").to_owned(),
        fields.get("name").to_owned(),
    );
    let role = AccountRole::from_id(fields.get("role"));
    let made = ask(&app, move |registry| {
        let role = role.ok_or_else(|| Refusal::field("role", "is not a role"))?;
        registry.invite(&email, &name, role, None)
    })
    .await;
    match made {
        Ok((account, token)) => {
            let here = crate::answer::own_address(&headers);
            let link = format!("{here}/welcome/{}", token.text());
            answer_page(accounts_page(&app, &reader, Some((&account.email, &link)), None).await?)
        }
        Err(failure) => match failure.refusal() {
            Refusal::Fields(errors) => {
                let problem = errors
                    .iter()
                    .map(|e| format!("{} {}", e.field, e.problem))
                    .collect::<Vec<_>>()
                    .join("; ");
                wrong_form(accounts_page(&app, &reader, None, Some(&problem)).await?)
            }
            _ => Err(failure),
        },
    }
}

async fn accounts_page(
    app: &App,
    reader: &Reader,
    made: Option<(&str, &str)>,
    problem: Option<&str>,
) -> Result<Markup, crate::answer::Failure> {
    let viewer = reader.viewer.clone();
    let accounts = ask(app, move |registry| registry.accounts(&viewer)).await?;
    let body = html! {
        (ui::heading("accounts", html! { "Accounts" }, html! {}))
        @if let Some((email, link)) = made {
            (ui::notice("done", html! { p { "An account was made for " strong { (email) } ". Give them this link; it works once and holds for three days:" } p { code.hash { (link) } } }))
        }
        @if let Some(problem) = problem { (ui::notice("error", html! { p { "No account was made: " (problem) "." } })) }
        table.table {
            thead { tr { th scope="col" { "Name" } th scope="col" { "E-mail address" } th scope="col" { "Role" } } }
            tbody { @for account in &accounts { tr { th scope="row" data-label="Name" { (account.name) } td data-label="E-mail address" { (account.email) } td data-label="Role" { (account.role.id()) } } } }
        }
        section {
            h2 { "Add an account" }
            form.form method="post" action="/accounts" {
                div.field { label for="name" { "Name" } input #name name="name" required; }
                div.field { label for="email" { "E-mail address" } input #email type="email" name="email" required; }
                div.field { label for="role" { "Role" } select #role name="role" { @for role in AccountRole::ALL { option value=(role.id()) { (role.id()) } } } }
                div.form__actions { button.button.button--primary type="submit" { "Make the account" } }
            }
        }
    };
    Ok(framed(app, reader, "/accounts", "Accounts", &[], body))
}
