//! Search over everything, in any script.

use crate::App;
use crate::answer::{Answer, ask, json, page as answer_page};
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Query, State};
use maud::html;
use serde::Deserialize;
use stele_model::{Kind, Word};

/// What the address may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    #[serde(default)]
    q: String,
    kind: Option<String>,
    format: Option<String>,
}

/// Hits on a page.
const HITS: usize = 60;

/// `GET /search`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Query(q): Query<Ask>,
) -> Answer {
    let kind = q.kind.as_deref().and_then(Kind::from_id);
    let (viewer, lang, text) = (reader.viewer.clone(), reader.lang.clone(), q.q.clone());
    let view = ask(&app, move |registry| {
        registry.search(&viewer, &text, kind, HITS, &lang)
    })
    .await?;
    if q.format.as_deref() == Some("json") {
        return json(&serde_json::json!({"rows": view.rows}));
    }
    let asked = q.q.trim();
    let body = html! {
        (ui::heading("search", html! { @if asked.is_empty() { "Search" } @else { "Search: " (say::text(asked)) } }, html! {}))
        form.search-form action="/search" method="get" role="search" aria-label="This search" {
            div.field { label for="search-text" { "Words, in any script" } input #search-text type="search" name="q" value=(q.q) maxlength="200"; }
            div.field { label for="search-kind" { "Only" } select #search-kind name="kind" { option value="" { "everything" } @for k in [Kind::Site, Kind::Claim, Kind::Source, Kind::Party, Kind::Area, Kind::Finding, Kind::Mission, Kind::Instrument] { option value=(k.id()) selected[kind == Some(k)] { (k.plural()) } } } }
            button.button.button--primary type="submit" { "Search" }
        }
        @if !asked.is_empty() && view.rows.is_empty() {
            (ui::empty("Nothing was found.", html! { "Every word has to begin a word of the record. Try fewer or shorter words, or another spelling; names are found in every script they are recorded in." }))
        }
        @if !view.rows.is_empty() {
            p { (say::count(view.rows.len() as u64, "record", "records")) @if view.rows.len() == HITS { " (the best ones; add words to see fewer)" } }
            ul.hits {
                @for row in &view.rows {
                    li { a.hits__title href=(ui::address(row)) { (say::text(&view.titles.of(row.id))) } " " span.hits__kind { (row.kind.label()) } " " (ui::status(row))
                        @if row.body.names().len() > 1 { p.hits__names { @for (i, name) in row.body.names().iter().take(6).enumerate() { @if i > 0 { " · " } (say::name(name)) } } } }
                }
            }
        }
    };
    answer_page(framed(&app, &reader, "/search", "Search", &[], body))
}
