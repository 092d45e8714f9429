//! HTTP: pages, forms, downloads, sign-in. Parses and renders; decides nothing.
//!
//! Every handler asks the registry on a blocking thread and renders what it got. Checks that hold
//! for every request (who asks, same origin, headers, limits) stand in [`guard`].

pub mod answer;
pub mod api;
pub mod asked;
pub mod assets;
mod decisions;
pub mod download;
mod drafts;
pub mod fields;
pub mod guard;
pub mod html;
pub mod incoming;
pub mod negotiate;
pub mod nightly;
pub mod ogc;
pub mod pages;
pub mod running;
mod served;
pub mod serving;
mod since;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;
use stele_registry::Registry;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::timeout::TimeoutLayer;

/// Largest body of a request, in bytes. A larger upload is refused with a page that says so.
pub const LARGEST_BODY_BYTES: usize = 60 * 1024 * 1024;
/// Longest time for one request.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);
/// Longest time for one file sent in.
const LONGEST_UPLOAD: Duration = Duration::from_secs(3600);

/// What every handler knows.
#[derive(Clone)]
pub struct App {
    /// The registry.
    pub registry: Arc<Registry>,
    /// Imports under way.
    pub running: running::Running,
    /// Downloads under way.
    pub downloads: download::Downloads,
    /// Turns of quick questions ([`answer::ask_in_turn`]).
    pub turns: Arc<tokio::sync::Semaphore>,
}

/// Quick questions worked on at a time: one more than there are processors, for when one waits.
fn turns() -> usize {
    std::thread::available_parallelism().map_or(2, |n| n.get()) + 1
}

/// Every route.
pub fn router(registry: Registry) -> Router {
    let app = App {
        registry: Arc::new(registry),
        running: running::Running::default(),
        downloads: download::Downloads::default(),
        turns: Arc::new(tokio::sync::Semaphore::new(turns())),
    };
    let api = api::routes();
    Router::new()
        .route("/", get(pages::overview::page))
        .route("/assets/{version}/{*name}", get(assets::serve))
        .route("/map", get(pages::map::page))
        .route("/map/ground", get(pages::map::ground))
        .route("/map/hits", get(pages::map::hits))
        .route("/map/picture.svg", get(pages::map::picture))
        .route("/map/basemap/{number}", get(pages::map::basemap))
        .route("/search", get(pages::search::page))
        .route("/search/suggest", get(pages::search::suggest))
        .route("/ledger", get(pages::ledger::page))
        .route("/ledger/checkpoint", get(pages::ledger::checkpoint))
        .route("/ledger/proof/{id}", get(pages::ledger::proof))
        .route("/lineage/{id}", get(pages::lineage::page))
        .route("/data", get(pages::data::page))
        .route("/data.json", get(pages::data::as_json))
        .route("/data/{name}", get(pages::data::live))
        .route("/data/snapshots/{name}/{file}", get(pages::data::file))
        .route("/changes", get(pages::data::changes))
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
        .route(
            "/matching",
            get(pages::matching::page).post(pages::matching::search),
        )
        .route("/matching/next", get(pages::matching::next))
        .route("/matching/list/{id}", get(pages::matching::list))
        .route("/matching/accept", post(pages::matching::accept))
        .route("/matching/undo", post(pages::matching::undo))
        .route(
            "/matching/pair/{a}/{b}",
            get(pages::matching::pair_page).post(pages::matching::decide),
        )
        .route("/read-list", get(pages::list_in::upload::page))
        .route(
            "/read-list/{id}",
            get(pages::list_in::page).post(pages::list_in::run),
        )
        .route(
            "/read-list/{id}/first-rows",
            post(pages::list_in::first_rows::asked),
        )
        .route("/read-list/{id}/refused.csv", get(pages::list_in::refused))
        .route(
            "/retract/{id}",
            get(pages::list_in::retract_page).post(pages::list_in::retract),
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
        .route("/evidence/{id}/compare", get(pages::compare::choose))
        .route("/evidence/{id}/compare/{other}", get(pages::compare::page))
        .route(
            "/sample",
            get(pages::sampling::page).post(pages::sampling::submit),
        )
        .route("/sampling_plan/{id}/visit", get(pages::sampling::visit))
        .route(
            "/sampling_plan/{id}/estimate.json",
            get(pages::sampling::estimate_json),
        )
        .route("/aggregate/{id}/missing", get(pages::coverage::missing))
        .route(
            "/aggregate/{id}/by-rule",
            get(pages::coverage::by_rule).post(pages::coverage::link_by_rule),
        )
        .route(
            "/aggregate/{id}/by-rule/undo",
            post(pages::coverage::undo_links),
        )
        .route("/aggregate/{id}/items.csv", get(pages::coverage::items_csv))
        .route("/aggregate/{id}/unlisted", get(pages::unlisted::page))
        .route(
            "/aggregate/{id}/unlisted.json",
            get(pages::unlisted::as_json),
        )
        .route("/vocabulary", get(pages::linked::vocabularies))
        .route("/vocabulary/{list}", get(pages::linked::words))
        .route("/vocabulary/{list}/{word}", get(pages::linked::word))
        .route("/catalogue", get(pages::linked::catalogue))
        .route("/context.jsonld", get(pages::linked::context))
        .route("/robots.txt", get(pages::linked::robots))
        .route("/sitemap.xml", get(pages::linked::sitemap))
        .route("/sitemap/{map}", get(pages::linked::map))
        .route(
            "/tokens",
            get(pages::tokens::page).post(pages::tokens::make),
        )
        .route("/tokens/{id}/revoke", post(pages::tokens::revoke))
        .merge(ogc::routes())
        .route("/{plural}", get(pages::list::page))
        .route("/{kind}/{id}", get(pages::record::page))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES))
        .merge(api.quick)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST_REQUEST,
        ))
        .merge(api.slow)
        .merge(
            Router::new()
                .route("/read-list", post(pages::list_in::upload::submit))
                // It bounds the file itself, and the fields about it.
                .layer(DefaultBodyLimit::disable()),
        )
        .layer(from_fn(guard::open_reads))
        .layer(from_fn_with_state(app.clone(), guard::who))
        .layer(from_fn(guard::same_origin))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST_UPLOAD,
        ))
        .layer(from_fn(api::problem::everywhere))
        .layer(from_fn(guard::headers))
        .layer(from_fn_with_state(
            serving::Outgoing::default(),
            serving::outgoing,
        ))
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(download::may_be_packed)),
        )
        .with_state(app)
}

/// Serves the registry until `shutdown` is done; open requests are finished first.
pub async fn serve(
    registry: Registry,
    listener: tokio::net::TcpListener,
    limits: serving::Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    serving::serve(router(registry), listener, limits, shutdown).await
}
