//! Tokens for programs: made, listed with their last use, revoked. A token's text is shown once.

use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page, wrong_form};
use crate::fields::Fields;
use crate::guard::{By, Reader};
use crate::html::{components as ui, say};
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use stele_model::FieldError;
use stele_registry::account::tokens::{MOST_DAYS, USUAL_DAYS};
use stele_registry::{Account, Refusal, Token, TokenScope, TokenShown, clock};

/// Who is signed in themselves: a token neither makes nor shows others here.
fn person(reader: &Reader) -> Result<&Account, Failure> {
    match (reader.account(), &reader.by) {
        (Some(account), By::Session) => Ok(account),
        (Some(_), _) => Err(Refusal::NotAllowed(
            "tokens are made by a person who is signed in, not by another token".into(),
        )
        .into()),
        (None, _) => Err(Refusal::NotAllowed("sign in to make tokens".into()).into()),
    }
}

/// `GET /tokens`
pub async fn page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    person(&reader)?;
    answer_page(draw(&app, &reader, &Fields::default(), None, &[]).await?)
}

/// `POST /tokens`
pub async fn make(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    fields: Fields,
) -> Answer {
    let account = person(&reader)?.clone();
    let name = fields.get("name").to_owned();
    let scope = TokenScope::from_id(fields.get("scope"));
    let days = fields.get("days").parse::<u32>();
    let made = ask(&app, move |registry| {
        let scope = scope.ok_or_else(|| Refusal::field("scope", "is none of those offered"))?;
        let days = days.map_err(|_| {
            Refusal::field(
                "days",
                format!("is not a number of days from 1 to {MOST_DAYS}"),
            )
        })?;
        registry.make_token(&account, &name, scope, days)
    })
    .await;
    match made {
        Ok((shown, token)) => {
            let page = draw(
                &app,
                &reader,
                &Fields::default(),
                Some((&shown, &token)),
                &[],
            )
            .await?;
            // The one page with a secret on it is kept nowhere.
            let no_store = [(header::CACHE_CONTROL, "no-store")];
            Ok((no_store, answer_page(page)?).into_response())
        }
        Err(failure) => match failure.refusal() {
            Refusal::Fields(errors) => {
                let errors = errors.clone();
                wrong_form(draw(&app, &reader, &fields, None, &errors).await?)
            }
            _ => Err(failure),
        },
    }
}

/// `POST /tokens/{id}/revoke`
pub async fn revoke(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let account = person(&reader)?.clone();
    ask(&app, move |registry| registry.revoke_token(&account, &id)).await?;
    Ok(Redirect::to("/tokens").into_response())
}

async fn draw(
    app: &App,
    reader: &Reader,
    fields: &Fields,
    made: Option<(&TokenShown, &Token)>,
    errors: &[FieldError],
) -> Result<Markup, Failure> {
    let account = person(reader)?.clone();
    let role = account.role;
    let tokens = ask(app, move |registry| registry.tokens(&account)).await?;
    let now = clock::now_ms();
    let (hold, spent): (Vec<&TokenShown>, Vec<&TokenShown>) =
        tokens.iter().partition(|token| token.holds(now));
    let problem = |field: &str| {
        errors
            .iter()
            .find(|e| e.field == field)
            .map(|e| e.problem.as_str())
    };
    let wrong = |field: &str| {
        html! { @if let Some(problem) = problem(field) { p.field__error id={ (field) "-error" } { (crate::answer::sentence(problem)) } } }
    };
    let chosen = TokenScope::from_id(fields.get("scope")).unwrap_or(TokenScope::Read);
    let usual = USUAL_DAYS.to_string();
    let days = fields.raw("days").unwrap_or(&usual);
    let body = html! {
        (ui::heading("for programs", html! { "Tokens" }, html! {}))
        p { "A token lets a program act for you through " a href="/api" { "the API" } ", with no more than you may do yourself and only as long as you say. Make one for each program, so that each can be revoked alone." }
        @if let Some((shown, token)) = made {
            (ui::notice("done", html! {
                p { "The token “" (say::text(&shown.name)) "” was made. Copy it now: it is shown this once and kept nowhere." }
                p { code.hash.token { (token.text()) } }
            }))
        }
        section aria-labelledby="hold" {
            h2 #hold { "Tokens that hold" }
            @if hold.is_empty() { (ui::empty("No token holds.", html! { "Make one below." })) }
            @else {
                table.table {
                    thead { tr { th scope="col" { "Name" } th scope="col" { "May" } th scope="col" { "Last seen" } th scope="col" { "Runs out" } th scope="col" { span.visually-hidden { "Revoke" } } } }
                    tbody { @for token in &hold { tr {
                        th scope="row" data-label="Name" { (say::text(&token.name)) }
                        td data-label="May" { (token.scope.label()) }
                        td data-label="Last seen" { @match token.used_ms { Some(at) => (say::moment(at)), None => span.muted { "never" } } }
                        td data-label="Runs out" { (say::moment(token.expires_ms)) }
                        td { form.inline method="post" action={ "/tokens/" (token.id) "/revoke" } { button.button.button--danger type="submit" aria-label={ "Revoke " (token.name) } { "Revoke" } } }
                    } } }
                }
            }
        }
        section aria-labelledby="make" {
            h2 #make { "Make a token" }
            form.form method="post" action="/tokens" {
                div.field.(if problem("name").is_some() { "field--wrong" } else { "" }) {
                    label for="name" { "Name" }
                    p.field__hint #name-hint { "What it is for: “nightly export”, “QGIS on the laptop”" }
                    input #name name="name" value=(fields.get("name")) required maxlength="100" dir="auto" autocomplete="off" aria-describedby="name-hint" aria-invalid=[problem("name").map(|_| "true")];
                    (wrong("name"))
                }
                fieldset.field { legend { "It may" }
                    @for scope in TokenScope::ALL.iter().filter(|scope| scope.role() <= role) {
                        label.choice { input type="radio" name="scope" value=(scope.id()) checked[*scope == chosen]; " " (scope.label()) }
                    }
                    (wrong("scope"))
                }
                div.field.(if problem("days").is_some() { "field--wrong" } else { "" }) {
                    label for="days" { "Days it holds" }
                    input #days name="days" type="number" min="1" max=(MOST_DAYS) value=(days) required aria-invalid=[problem("days").map(|_| "true")];
                    (wrong("days"))
                }
                div.form__actions { button.button.button--primary type="submit" { "Make the token" } }
            }
        }
        @if !spent.is_empty() {
            details { summary { "Tokens that ran out or were revoked" }
                ul { @for token in spent { li { (say::text(&token.name)) " " span.muted {
                    @match token.revoked_ms { Some(at) => { "revoked " (say::moment(at)) }, None => { "ran out " (say::moment(token.expires_ms)) } }
                    @if let Some(at) = token.used_ms { ", last seen " (say::moment(at)) }
                } } } }
            }
        }
    };
    Ok(framed(app, reader, "/tokens", "Tokens", &[], body))
}
