//! How many may be on no list: the lists, what they have in common, the estimate and what it takes for
//! granted, or why there is none.

use crate::App;
use crate::answer::{Answer, Failure, ask, json, page as answer_page};
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use maud::{Markup, html};
use stele_model::rules::Unlisted;
use stele_model::rules::unlisted::{ASSUMPTIONS, Method};
use stele_model::*;
use stele_registry::sampling::{MOST_COMPARED, UnlistedView};
use stele_registry::{Refusal, Shown};

/// `GET /aggregate/{id}/unlisted`, `…/unlisted.json`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let (shown, view) = view_of(&app, &reader, &id).await?;
    let body = html! {
        (ui::heading("how many may be on no list", html! { a href=(ui::address(&shown)) { (say::text(&shown.title("en"))) } }, html! {}))
        (estimate(&view))
        p.muted { "The same as " a href={ (ui::address(&shown)) "/unlisted.json" } { "JSON" } "." }
    };
    answer_page(framed(
        &app,
        &reader,
        "/aggregates",
        "How many may be on no list",
        &[("/aggregates", "Aggregates".to_owned())],
        body,
    ))
}

/// The same for programs.
pub async fn as_json(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let (_, view) = view_of(&app, &reader, &id)
        .await
        .map_err(Failure::into_json)?;
    json(&view.to_json())
}

async fn view_of(app: &App, reader: &Reader, id: &str) -> Result<(Shown, UnlistedView), Failure> {
    let id: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.to_owned()))?;
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    ask(app, move |registry| {
        Ok((
            registry.get(&viewer, id)?,
            registry.unlisted(&viewer, id, MOST_COMPARED, &lang)?,
        ))
    })
    .await
}

/// The estimate with its lists and what it takes for granted, or why there is none.
pub(crate) fn estimate(view: &UnlistedView) -> Markup {
    let titles = &view.titles;
    let list = |i: usize| format!("list {}", i + 1);
    html! {
        @match &view.estimate {
            Ok(e) => (estimated(e)),
            Err(reason) => { p { "This cannot be told: " (reason.to_string()) "." } }
        }
        @if !view.lists.is_empty() {
            table.table {
                caption { "Who names such things over this ground; parties of one voice have one list." }
                thead { tr { th scope="col" { "List" } th scope="col" { "Of" } th.number scope="col" { "Things named" } } }
                tbody { @for (i, one) in view.lists.iter().enumerate() { tr {
                    th scope="row" data-label="List" { (i + 1) }
                    td data-label="Of" { (ui::links(titles, &one.parties)) }
                    td.number data-label="Things named" { (grouped(one.things)) }
                } } }
            }
            @if !view.in_common.is_empty() { p { "In common, " @for (i, (a, b, n)) in view.in_common.iter().enumerate() { @if i > 0 { "; " } (list(*a)) " and " (list(*b)) ": " (grouped(*n)) } "." } }
            @if view.left_out > 0 { p.muted { (say::count(view.left_out as u64, "shorter list", "shorter lists")) " left out." } }
        }
        @if view.estimate.is_ok() {
            h3 { "What this takes for granted" }
            dl.facts { @for (name, sentence) in ASSUMPTIONS { div { dt { (ui::first_large(name)) } dd { (ui::first_large(sentence)) "." } } } }
        }
    }
}

fn estimated(e: &Unlisted) -> Markup {
    let whole = |n: f64| grouped(n.round() as u64);
    html! {
        p.ladder__bounds { (grouped(e.observed)) " are on some list. An estimate of all is " (whole(e.total)) ", so that about " (whole(e.total - e.observed as f64)) " may be on none; "
            @match e.upper {
                Some(upper) => { "at " (e.level.in_words()) " between " (whole(e.lower)) " and " (whole(upper)) " in all." }
                None => { "at " (e.level.in_words()) " at least " (whole(e.lower)) " in all, without an upper limit." }
            }
        }
        p.muted { "An estimate, not a count and not a finding. "
            @match &e.method {
                Method::Chapman => "Two lists, Chapman’s estimator.",
                Method::LogLinear { dependences, compared, as_good, by_bic, .. } => {
                    "Log-linear model chosen by AIC among " (compared) ", "
                    @if dependences.is_empty() { "with independent lists" }
                    @else { "allowing for dependence of " @for (i, lists) in dependences.iter().enumerate() { @if i > 0 { "; " } "lists " (lists.iter().map(|l| (l + 1).to_string()).collect::<Vec<_>>().join(", ")) } }
                    ". Models that fit as well give " (whole(as_good.0)) " to " (whole(as_good.1)) "; the one chosen by BIC gives " (whole(*by_bic)) "."
                }
            }
        }
        @for caution in &e.cautions { (ui::notice("info", html! { p { (ui::first_large(caution)) "." } })) }
    }
}
