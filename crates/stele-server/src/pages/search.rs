//! Search over everything, in any script: hits, what narrows them, and suggestions while typing.
//!
//! Every state has an address; the form and the facets are links and fields of plain HTML. `?format=json`
//! is the JSON twin. The script only adds suggestions, from `/search/suggest`.

mod form;

pub use form::Ask;
pub(crate) use form::{Page, form};

use crate::App;
use crate::answer::{Answer, Failure, ask, json, sentence};
use crate::api::search::{SearchAnswer, Suggested};
use crate::asked::{Asked, wrong_field};
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use crate::pages::list::word;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use maud::{Markup, html};
use stele_model::{AnyId, FieldError, Kind, Name, Word, grouped};
use stele_registry::SearchView;

/// Hits on a page.
const HITS: usize = 30;
/// Suggestions while typing.
const SUGGESTED: usize = 8;
/// `GET /search`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(q): Asked<Ask>,
) -> Answer {
    let (viewer, lang, written) = (reader.viewer.clone(), reader.lang.clone(), q.written());
    let found = ask(&app, move |registry| {
        let query = registry.read_query(&viewer, &written)?;
        registry.search(&viewer, &query, HITS, &lang)
    })
    .await
    .map_err(Failure::of_address);
    if q.format == "json" {
        let view = found.map_err(|f| f.into_json())?;
        let next = |after: usize| q.address(&[("after", &after.to_string()), ("format", "json")]);
        return json(&SearchAnswer::of(view, next));
    }
    let (view, status, problem) = match found {
        Ok(view) => (view, StatusCode::OK, None),
        Err(failure) => match wrong_field(&failure) {
            Some(problem) => (SearchView::default(), failure.status(), Some(problem)),
            None => return Err(failure),
        },
    };
    let asked = q.q.trim();
    let heading =
        html! { @if asked.is_empty() { "Search" } @else { "Search: " (say::text(asked)) } };
    let body = html! {
        (ui::heading("search", heading, html! {}))
        (form(&q, Page::Search))
        (narrowing(&q, &view))
        @if let Some(problem) = &problem {
            (wrong_field_notice(problem))
        } @else if view.hits.is_empty() {
            (nothing(&q))
        } @else {
            p role="status" { (summary(&view, &q)) " " @if q.kind.is_empty() || q.kind == "site" { a href=(q.at("/map", &[])) { "Sites of these on the map" } "." } }
            (hits(&view))
            (ui::pagination(view.next.map(|after| q.address(&[("after", &after.to_string())]))))
        }
        @if problem.is_none() && !q.is_empty() { p.muted { "The same as " a href=(q.address(&[("after", q.after.as_str()), ("format", "json")])) { "JSON" } "." } }
    };
    let page = framed(&app, &reader, "/search", "Search", &[], body);
    Ok((status, axum::response::Html(page.into_string())).into_response())
}

/// What is wrong with a field of the form, above it.
pub(crate) fn wrong_field_notice(problem: &FieldError) -> Markup {
    ui::notice(
        "error",
        html! { p { (field_label(&problem.field)) ": " (sentence(&problem.problem)) } },
    )
}

/// `GET /search/suggest?q=…`: the best few records, for the script.
pub async fn suggest(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(q): Asked<Ask>,
) -> Answer {
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let found = ask(&app, move |registry| {
        registry.suggest(&viewer, &q.q, SUGGESTED, &lang)
    })
    .await
    .map_err(|f| f.into_json())?;
    json(&found.into_iter().map(Suggested::of).collect::<Vec<_>>())
}

fn field_label(field: &str) -> &str {
    match field {
        "near" => "Near",
        "bbox" => "Box",
        "from" => "Dated from",
        "to" => "Dated until",
        "area" => "Area",
        "party" => "Party",
        "kind" => "Only",
        "category" => "Category",
        "status" => "Status",
        "at" => "As of the date",
        "by" => "As of (by)",
        other => other,
    }
}

fn narrowing(q: &Ask, view: &SearchView) -> Markup {
    let base = Ask {
        after: String::new(),
        ..q.clone()
    };
    type Change<'a> = &'a dyn Fn(&mut Ask, String);
    let group = |title: &str,
                 chosen: &str,
                 rows: Vec<(String, Markup, u64)>,
                 change: Change<'_>| {
        let with = |value: String| {
            let mut next = base.clone();
            change(&mut next, value);
            next.address(&[])
        };
        html! {
            @if rows.len() > 1 || !chosen.is_empty() {
                div.facets__group {
                    h2.facets__title { (title) }
                    ul {
                        @if !chosen.is_empty() { li { a href=(with(String::new())) { "all" } } }
                        @for (value, label, n) in rows {
                            li { a href=(with(value.clone())) aria-current=[(value == chosen).then_some("true")] { span { (label) } " " span.facets__count { (grouped(n)) @if view.cut { "+" } } } }
                        }
                    }
                }
            }
        }
    };
    let kind = Kind::from_id(&q.kind).or(match view.kinds.as_slice() {
        [(only, _)] => Some(*only),
        _ => None,
    });
    let words = |counts: &[(String, u64)]| {
        counts
            .iter()
            .map(|(id, n)| {
                (
                    id.clone(),
                    html! { (kind.map_or_else(|| id.replace('_', " "), |k| word(k, id))) },
                    *n,
                )
            })
            .collect()
    };
    let named = |counts: &[(AnyId, u64)]| {
        let shown = counts
            .iter()
            .filter(|(id, _)| view.titles.address(*id).is_some());
        shown
            .map(|(id, n)| (id.to_string(), say::text(&view.titles.of(*id)), *n))
            .collect()
    };
    let kinds = view
        .kinds
        .iter()
        .map(|(k, n)| {
            (
                k.id().to_owned(),
                html! { (k.plural().replace('-', " ")) },
                *n,
            )
        })
        .collect();
    html! {
        @if view.total > 0 {
            nav.facets aria-label="Narrow the search" {
                // Words of one kind's own mean nothing beside another kind.
                (group("Kind", &q.kind, kinds, &|ask, v| { ask.kind = v; ask.category.clear(); ask.status.clear(); }))
                (group("Category", &q.category, words(&view.categories), &|ask, v| { ask.kind = kind.map_or_else(|| ask.kind.clone(), |k| k.id().to_owned()); ask.category = v; }))
                (group("Status", &q.status, words(&view.statuses), &|ask, v| ask.status = v))
                (group("Area", &q.area, named(&view.areas), &|ask, v| ask.area = v))
                (group("Party", &q.party, named(&view.parties), &|ask, v| ask.party = v))
            }
        }
    }
}

/// How many there are, and what that means.
fn summary(view: &SearchView, q: &Ask) -> Markup {
    html! {
        @if view.partial {
            "Nothing has all of these words. These records have some of them or sound like it."
        } @else if view.cut {
            "More than " (grouped(view.total)) " records were found; the counts are of the first " (grouped(view.total)) ". Add words or narrow the search."
        } @else {
            (say::count(view.total, "record", "records"))
            @if q.q.trim().is_empty() { ", by title." }
            @else if view.hits.len() as u64 > view.total { "; below, others that have some of the words." }
            @else { ", the best first." }
        }
    }
}

fn hits(view: &SearchView) -> Markup {
    html! {
        ul.hits {
            @for hit in &view.hits {
                @let row = &hit.record;
                li {
                    a.hits__title href=(ui::address(row)) { (say::text(&view.titles.of(row.id))) } " "
                    span.hits__kind { (row.kind.label()) @if let Some(facet) = row.body.facet() { ", " (word(row.kind, facet)) } } " " (ui::status(row))
                    (names(row.body.names(), hit.matched.as_ref()))
                }
            }
        }
    }
}

/// The name that matched, marked, and some of the others.
fn names(all: &[Name], matched: Option<&Name>) -> Markup {
    let others = all.iter().filter(|name| Some(*name) != matched);
    html! {
        @if all.len() > 1 || matched.is_some() {
            p.hits__names {
                @if let Some(name) = matched { mark { (say::name(name)) } }
                @for (i, name) in others.take(5).enumerate() { @if i > 0 || matched.is_some() { " · " } (say::name(name)) }
            }
        }
    }
}

fn nothing(q: &Ask) -> Markup {
    if q.is_empty() {
        return ui::empty(
            "What are you looking for?",
            html! { "Type a name in any script, such as Shusha, Шуша or شوشا, or words of a claim; or choose a kind of record to leaf through." },
        );
    }
    let bare = Ask {
        q: q.q.clone(),
        ..Ask::default()
    };
    ui::empty(
        "Nothing was found.",
        html! {
            @if !q.q.trim().is_empty() && *q != bare { a href=(bare.address(&[])) { "Search everything for these words" } ", or try " }
            @else if q.q.trim().is_empty() { "Widen what the search is narrowed by, or try " }
            @else { "Try " }
            "fewer words or another spelling. Names are found in every script and with a slip or two; other texts by words that sound like yours."
        },
    )
}
