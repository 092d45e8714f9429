//! The API for programs: everything a person can do in the pages, under `/api`, told in
//! `/api/openapi.json`. One module per resource, with route, request and answer together.

pub mod accounts;
pub mod aggregates;
pub mod document;
pub mod evidence;
pub mod imports;
pub mod intakes;
pub mod ledger;
pub mod matching;
mod once;
pub mod operation;
pub mod overview;
pub mod page;
pub mod problem;
pub mod records;
pub mod samples;
pub mod search;
pub mod tokens;

use crate::App;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use operation::Operation;
use problem::Problem;
use schemars::JsonSchema;
use serde::Deserialize;
use stele_model::AnyId;

/// Every operation, in the order it is told of.
pub fn operations() -> Vec<Operation> {
    [
        overview::operations(),
        search::operations(),
        records::operations(),
        aggregates::operations(),
        samples::operations(),
        evidence::operations(),
        intakes::operations(),
        imports::operations(),
        matching::operations(),
        ledger::operations(),
        tokens::operations(),
        accounts::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Their routes, those that take as long as an upload does apart.
pub struct Routes {
    /// Answered in a minute.
    pub quick: Router<App>,
    /// Uploads of any size.
    pub slow: Router<App>,
}

/// The routes, with the page and the document that tell of them.
pub fn routes() -> Routes {
    let mut quick = Router::new()
        .route("/api", get(page::page))
        .route("/api/openapi.json", get(document::serve))
        .route(
            "/api/{*rest}",
            get(nowhere)
                .post(nowhere)
                .put(nowhere)
                .delete(nowhere)
                .patch(nowhere),
        );
    let mut slow = Router::new();
    for operation in operations() {
        if operation.slow {
            slow = slow.route(operation.path, operation.route);
        } else {
            quick = quick.route(operation.path, operation.route);
        }
    }
    Routes { quick, slow }
}

async fn nowhere() -> Response {
    let detail = "There is nothing at this address; /api/openapi.json lists what there is.";
    Problem::new(StatusCode::NOT_FOUND, "not-found", detail).into_response()
}

/// A record, by its id.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ById {
    /// The record.
    pub id: AnyId,
}

/// A page of a list of some kind.
#[derive(Debug, serde::Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Rows<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Address of the next page; none after the last.
    pub next: Option<String>,
}

/// An address with parameters; those that are empty are left out.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// Text to hand out in place.
pub(crate) fn plain(text: String, media_type: &str) -> operation::Download {
    operation::Download {
        media_type: media_type.to_owned(),
        name: None,
        body: text.into(),
    }
}

/// Media type of plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
