//! `/api`: the operations for a person, each with an example that can be run as it stands.

use super::operation::{Operation, Who};
use super::operations;
use super::problem::KINDS;
use crate::App;
use crate::answer::{Answer, ask, page as answer_page};
use crate::guard::Reader;
use crate::html::components as ui;
use crate::pages::framed;
use crate::pages::list::order_of;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use maud::{Markup, html};
use stele_model::Kind;
use stele_registry::{Filter, Refusal, Registry, Viewer};

/// Names that stand for a record in examples.
const NAMES: [(&str, Kind); 8] = [
    ("$SITE", Kind::Site),
    ("$CLAIM", Kind::Claim),
    ("$MISSION", Kind::Mission),
    ("$FINDING", Kind::Finding),
    ("$AGGREGATE", Kind::Aggregate),
    ("$EVIDENCE", Kind::Evidence),
    ("$PLAN", Kind::SamplingPlan),
    ("$IMPORT", Kind::Import),
];

/// `GET /api`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
) -> Answer {
    let viewer = reader.viewer.clone();
    let mut known = ask(&app, move |registry| first_of_each(registry, &viewer)).await?;
    // Last: no id holds a dollar sign.
    known.push(("$STELE", crate::answer::own_address(&headers)));
    let operations = operations();
    let mut groups: Vec<&str> = Vec::new();
    for operation in &operations {
        if !groups.contains(&operation.told.of) {
            groups.push(operation.told.of);
        }
    }
    let body = html! {
        (ui::heading("for programs", html! { "The API" }, html! {}))
        p { "Everything a person can do in the pages, for programs. It is described in " a href="/api/openapi.json" { "an OpenAPI 3.1 document" } ", from which clients can be generated." }
        ul {
            li { "What is public is read without a token. For the rest, " a href="/tokens" { "make a token" } " and send it as " code { "Authorization: Bearer stele_…" } "." }
            li { "Lists come a page at a time: follow " code { "next" } " until there is none. Titles are in the language of " code { "Accept-Language" } "." }
            li { "A request that records may carry an " code { "Idempotency-Key" } ": sent twice, it is carried out once and answered alike." }
            li { "Errors are " code { "application/problem+json" } " (RFC 9457), with the fields that are wrong." }
            li { "What may not be seen is in no answer: a generalised place is its grid cell, a withheld one is nowhere." }
        }
        nav.narrowing aria-label="Groups of operations" { p { @for group in &groups { a.chip href={ "#" (anchor(group)) } { (group) } " " } a.chip href="#problems" { "Problems" } } }
        @for group in &groups {
            section.api-group aria-labelledby=(anchor(group)) {
                h2 id=(anchor(group)) { (group) }
                @for operation in operations.iter().filter(|o| o.told.of == *group) { (one(operation, &known)) }
            }
        }
        section aria-labelledby="problems" {
            h2 #problems { "Problems" }
            p.muted { "What " code { "type" } " may say." }
            dl.facts { @for (id, title, about) in KINDS { div { dt id=(id) { (title) } dd { (in_code(about)) " " code { "/api#" (id) } } } } }
        }
    };
    answer_page(framed(&app, &reader, "/api", "The API", &[], body))
}

fn anchor(group: &str) -> String {
    group.to_lowercase().replace(' ', "-")
}

fn one(operation: &Operation, known: &[(&'static str, String)]) -> Markup {
    let told = operation.told;
    html! {
        article.operation id=(told.id) {
            h3.operation__head {
                span.operation__method.(format!("operation__method--{}", operation.method)) { (operation.method.to_uppercase()) }
                " " code.operation__path { (operation.path) }
            }
            p { (told.summary) ". " @if operation.who != Who::Anyone { span.muted { "For " (operation.who.label()) "." } } }
            @if !told.about.is_empty() { p.muted { (in_code(told.about)) } }
            pre.operation__example { code { "curl " (filled(told.example, known)) } }
        }
    }
}

/// What stands between backticks, as code.
fn in_code(text: &str) -> Markup {
    html! { @for (i, part) in text.split('`').enumerate() { @if i % 2 == 1 { code { (part) } } @else { (part) } } }
}

fn filled(example: &str, known: &[(&'static str, String)]) -> String {
    let mut text = example.to_owned();
    for (name, value) in known {
        text = text.replace(name, value);
    }
    text
}

/// The first record of each kind that the reader may see, so that examples lead somewhere.
fn first_of_each(
    registry: &Registry,
    viewer: &Viewer,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let mut known = Vec::new();
    for (name, kind) in NAMES {
        let filter = Filter {
            kind: Some(kind),
            ..Filter::default()
        };
        let view = registry.list(viewer, &filter, order_of(kind), None, 1, "en")?;
        if let Some(row) = view.rows.first() {
            known.push((name, row.id.to_string()));
        }
    }
    Ok(known)
}
