//! One module per page: what it asks, what it shows.

pub mod about;
pub mod account;
pub mod compare;
pub mod coverage;
pub mod data;
pub mod form;
pub mod gallery;
pub mod intake;
pub mod ledger;
pub mod lineage;
pub mod linked;
pub mod list;
pub mod list_in;
pub mod map;
pub mod matching;
pub mod overview;
pub mod record;
pub mod sampling;
pub mod search;
pub mod tokens;
pub mod unlisted;

use crate::App;
use crate::guard::Reader;
use crate::html::layout::{self, Frame};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

/// A page of a section in its frame.
pub(crate) fn framed(
    app: &App,
    reader: &Reader,
    section: &str,
    title: &str,
    above: &[(&str, String)],
    body: Markup,
) -> Markup {
    layout::page(
        &Frame {
            registry: app.registry.name(),
            title,
            section,
            reader,
            above,
        },
        body,
    )
}

/// No such address.
pub async fn not_found() -> Response {
    let body = html! {
        h1 { "Not here" }
        p { "There is no page at this address. " a href="/" { "To the dossier" } " or " a href="/search" { "search" } "." }
    };
    (
        StatusCode::NOT_FOUND,
        Html(layout::bare("Not here", body).into_string()),
    )
        .into_response()
}
