//! OGC API – Features at `/ogc` (Parts 1 to 3 and CQL2): public reads, JSON for programs and pages for
//! people at the same addresses.
//!
//! Parses what is asked and writes what the registry gives; which records and how exact a place may be
//! seen is decided behind [`stele_registry::Registry::features`]. What is not understood is refused
//! with 400 and the reason, never ignored.

mod call;
mod collections;
mod form;
mod item;
mod items;
mod landing;
mod openapi;
mod pages;
pub(crate) mod parameters;
mod problem;
mod schema;
pub mod tiles;

pub use call::Call;
pub use form::Form;
pub use problem::Problem;

use crate::App;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/ogc", read(get(landing::landing)))
        .route("/ogc/", read(get(landing::landing)))
        .route("/ogc/conformance", read(get(landing::conformance)))
        .route("/ogc/api", read(get(openapi::document)))
        .route("/ogc/collections", read(get(collections::all)))
        .route("/ogc/collections/{collection}", read(get(collections::one)))
        .route(
            "/ogc/collections/{collection}/items",
            read(get(items::items)),
        )
        .route(
            "/ogc/collections/{collection}/items/{id}",
            read(get(item::item)),
        )
        .route(
            "/ogc/collections/{collection}/queryables",
            read(get(schema::queryables)),
        )
        .route(
            "/ogc/collections/{collection}/sortables",
            read(get(schema::sortables)),
        )
        .route(
            "/ogc/collections/{collection}/schema",
            read(get(schema::schema)),
        )
        .merge(tiles::routes())
        .route("/ogc/{*rest}", get(nothing_here))
}

/// A resource that is read: what a script of another origin asks before it reads is answered too.
fn read(methods: MethodRouter<App>) -> MethodRouter<App> {
    methods.options(options).fallback(other_method)
}

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// Scripts of any origin may read what is public; cookies of ours are never theirs to send.
async fn options() -> Response {
    let headers = [
        (header::ALLOW, METHODS),
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("Accept, Accept-Language, If-None-Match"),
        ),
        (
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        ),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

async fn other_method() -> Response {
    let mut response = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address can only be read: use GET, HEAD or OPTIONS",
    )
    .into_response();
    response.headers_mut().insert(header::ALLOW, METHODS);
    response
}

async fn nothing_here() -> Problem {
    Problem::not_found("there is nothing at this address; /ogc lists what there is")
}
