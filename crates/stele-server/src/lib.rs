//! HTTP: pages, forms, downloads, sign-in. Parses and renders; decides nothing.
//!
//! Every handler asks the registry on a blocking thread and renders what it got. Checks that hold
//! for every request (who asks, same origin, headers, limits) stand in [`guard`].

pub mod answer;
pub mod assets;
pub mod fields;
pub mod guard;
pub mod html;
pub mod pages;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;
use stele_registry::Registry;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

/// Largest body of a request, in bytes. A larger upload is refused with a page that says so.
pub const LARGEST_BODY_BYTES: usize = 60 * 1024 * 1024;
/// Longest time for one request.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);

/// What every handler knows.
#[derive(Clone)]
pub struct App {
    /// The registry.
    pub registry: Arc<Registry>,
}

/// Every route.
pub fn router(registry: Registry) -> Router {
    let app = App {
        registry: Arc::new(registry),
    };
    Router::new()
        .route("/", get(pages::overview::page))
        .route("/assets/{version}/{*name}", get(assets::serve))
        .route("/search", get(pages::search::page))
        .route("/search/suggest", get(pages::search::suggest))
        .route("/ledger", get(pages::ledger::page))
        .route("/ledger/checkpoint", get(pages::ledger::checkpoint))
        .route("/ledger/proof/{id}", get(pages::ledger::proof))
        .route("/lineage/{id}", get(pages::lineage::page))
        .route("/about", get(pages::about::page))
        .route("/gallery", get(pages::gallery::page))
        .route(
            "/sign-in",
            get(pages::account::sign_in_page).post(pages::account::sign_in),
        )
        .route("/sign-out", post(pages::account::sign_out))
        .route(
            "/welcome/{token}",
            get(pages::account::welcome_page).post(pages::account::welcome),
        )
        .route(
            "/accounts",
            get(pages::account::list).post(pages::account::invite),
        )
        .route(
            "/read-in",
            get(pages::intake::upload_page).post(pages::intake::upload),
        )
        .route(
            "/read-in/{id}",
            get(pages::intake::review_page).post(pages::intake::decide),
        )
        .route("/record", get(pages::form::choose))
        .route(
            "/record/{kind}",
            get(pages::form::page).post(pages::form::submit),
        )
        .route(
            "/revise/{id}",
            get(pages::form::revise_page).post(pages::form::revise),
        )
        .route("/evidence/{id}/file", get(pages::record::file))
        .route("/{plural}", get(pages::list::page))
        .route("/{kind}/{id}", get(pages::record::page))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), guard::who))
        .layer(from_fn(guard::same_origin))
        .layer(from_fn(guard::headers))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST_REQUEST,
        ))
        .with_state(app)
}

/// Serves the registry until `shutdown` is done; open requests are finished first.
pub async fn serve(
    registry: Registry,
    listener: tokio::net::TcpListener,
    shutdown: impl std::future::Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(registry))
        .with_graceful_shutdown(shutdown)
        .await
}
