//! Answers: pages, JSON twins, and refusals as a page for a person or problem+json (RFC 9457) for a program.

use crate::App;
use crate::api::problem::Problem;
use crate::html::layout;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use stele_registry::{Refusal, Registry};

/// What a handler gives.
pub type Answer = Result<Response, Failure>;

/// A refusal on its way out.
#[derive(Debug)]
pub struct Failure {
    refusal: Refusal,
    as_json: bool,
    /// Whether what was refused stands in the address: then the request itself is bad.
    of_address: bool,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure {
            refusal,
            as_json: false,
            of_address: false,
        }
    }
}

impl Failure {
    /// As problem+json.
    pub fn into_json(self) -> Self {
        Failure {
            as_json: true,
            ..self
        }
    }

    /// Of what the address asks for.
    pub fn of_address(self) -> Self {
        Failure {
            of_address: true,
            ..self
        }
    }

    /// The status it goes out with.
    pub fn status(&self) -> StatusCode {
        match &self.refusal {
            Refusal::Fields(_) | Refusal::Unreadable(_) if self.of_address => {
                StatusCode::BAD_REQUEST
            }
            refusal => status_of(refusal),
        }
    }

    /// What was refused, to be told otherwise.
    pub fn into_refusal(self) -> Refusal {
        self.refusal
    }

    /// What was refused.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

/// Asks the registry on a blocking thread: the database never holds up other requests.
pub async fn ask<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&Registry) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Failure> {
    let registry = app.registry.clone();
    match tokio::task::spawn_blocking(move || question(&registry)).await {
        Ok(result) => result.map_err(Failure::from),
        Err(error) => {
            tracing::error!(%error, "a request ended badly");
            Err(Refusal::Unreadable(
                "the request could not be finished; it was noted in the log of the server".into(),
            )
            .into())
        }
    }
}

/// The same for what is answered in milliseconds and asked for by the thousand: as many at a time as the
/// machine can work on, the others in the order they came. All at once, each would take as long as all.
pub async fn ask_in_turn<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&Registry) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Failure> {
    // It is never closed; without a turn the question is asked all the same.
    let turn = app.turns.clone().acquire_owned().await;
    let answer = ask(app, question).await;
    drop(turn);
    answer
}

/// The status of a refusal.
pub fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Fields(_) | Refusal::Unmet(_) | Refusal::Unreadable(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::NotAllowed(_) => StatusCode::FORBIDDEN,
        Refusal::SignIn | Refusal::WrongToken | Refusal::WrongPassword | Refusal::SpentLink => {
            StatusCode::UNAUTHORIZED
        }
        Refusal::Repeated => StatusCode::CONFLICT,
        Refusal::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Refusal::NotFound(_) | Refusal::Missing(_) => StatusCode::NOT_FOUND,
        Refusal::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Folder(_) | Refusal::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status();
        if self.as_json {
            let problem = Problem {
                status: status.as_u16(),
                ..Problem::of(&self.refusal)
            };
            return problem.into_response();
        }
        let detail = told(&self.refusal);
        let heading = match status {
            StatusCode::NOT_FOUND => "Not here",
            StatusCode::FORBIDDEN => "Not allowed",
            StatusCode::UNAUTHORIZED => "Sign in",
            StatusCode::BAD_REQUEST => "This address is not understood",
            StatusCode::UNPROCESSABLE_ENTITY => "This cannot be recorded as it is",
            StatusCode::SERVICE_UNAVAILABLE => "Not at the moment",
            _ => "Something went wrong",
        };
        let body = html! {
            h1 { (heading) }
            p { (detail) }
            p { a href="/" { "To the dossier" } " · " a href="/search" { "Search" } " · " a href="/sign-in" { "Sign in" } }
        };
        (status, Html(layout::bare(heading, body).into_string())).into_response()
    }
}

/// The address of this server, as who asks calls it.
pub fn own_address(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{}", text("host").unwrap_or("localhost"))
}

/// What a refusal says to who asked.
pub fn told(refusal: &Refusal) -> String {
    match refusal {
        // What the engine said is for the operator's log, not for who asked.
        Refusal::Store(error) => {
            tracing::error!(%error, "the store failed");
            "The registry could not read or write its data. The operator finds the reason in the server's log.".to_owned()
        }
        refusal => sentence(&refusal.to_string()),
    }
}

/// First letter large, a full stop at the end.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", chars.as_str())
}

/// A page.
pub fn page(markup: Markup) -> Answer {
    Ok(Html(markup.into_string()).into_response())
}

/// A page that says what is wrong with a form.
pub fn wrong_form(markup: Markup) -> Answer {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(markup.into_string())).into_response())
}

/// Whether a script of ours asks, which shows what it is told itself.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with("application/json"))
}

/// The JSON twin of a page.
pub fn json(value: &impl serde::Serialize) -> Answer {
    let text =
        serde_json::to_string_pretty(value).map_err(|e| Refusal::Unreadable(e.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}
