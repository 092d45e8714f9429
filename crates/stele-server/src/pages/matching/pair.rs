//! One pair: both records side by side, what speaks for and against their being one, and the decision.

use super::{map, percent};
use crate::App;
use crate::answer::{Answer, ask, page as answer_page};
use crate::fields::Fields;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::form::member;
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use stele_model::{AnyId, Body, Word};
use stele_registry::matching::{Decision, Ending, Outcome, PairView, Told};
use stele_registry::{Refusal, Shown};

fn ids(a: &str, b: &str) -> Result<[AnyId; 2], Refusal> {
    let id = |text: &str| text.parse().map_err(|_| Refusal::NotFound(text.to_owned()));
    Ok([id(a)?, id(b)?])
}

/// `GET /matching/pair/{a}/{b}`
pub async fn pair_page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path((a, b)): Path<(String, String)>,
) -> Answer {
    member(&reader)?;
    let pair = ids(&a, &b)?;
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| registry.pair(&viewer, pair, &lang)).await?;
    answer_page(page_of(&app, &reader, &view, None))
}

fn page_of(app: &App, reader: &Reader, view: &PairView, refused: Option<&Ending>) -> Markup {
    let [a, b] = &view.sites;
    let body = html! {
        (ui::heading("matching", html! { "Are these the same?" }, html! {}))
        @if let Some(ending) = refused { (ui::notice("error", html! { p { "Your decision was not recorded: this pair was decided before. " (ended(ending)) } })) }
        @else if let Some(ending) = &view.ending { (ui::notice("info", html! { p { (ended(ending)) } })) }
        @else if let Some(by) = &view.held_by { (ui::notice("info", html! { p { (by) " looks at this pair just now." } })) }
        @if view.ending.is_none() { (decision(view)) }
        @else { div.form__actions { a.button.button--primary href="/matching/next" data-key="n" { "Next pair" } a.button href="/matching" { "To the queue" } } }
        div.pair { (site(a, view, "A", reader)) (site(b, view, "B", reader)) }
        @if let Some(drawing) = map::of([a.place.as_ref(), b.place.as_ref()]) {
            section.pair__map { h2 { "Where they lie" } (drawing) }
        }
        (waterfall(&view.reasons, view.permille))
    };
    framed(
        app,
        reader,
        "/matching",
        "A pair",
        &[("/matching", "Matching".to_owned())],
        body,
    )
}

fn ended(ending: &Ending) -> Markup {
    html! {
        (ending.by) " decided on " (say::moment(ending.at_ms)) " that they are "
        @if ending.same { "the same" } @else { "not the same" }
        ": " a href={ "/link/" (ending.link) } { "the link" } "."
    }
}

fn decision(view: &PairView) -> Markup {
    let [a, b] = &view.sites;
    let choice = |value: &str, key: &str, label: &str, primary: bool| {
        html! {
            button.button.(if primary { "button--primary" } else { "" }) type="submit" name="decision" value=(value) data-key=(key) { (label) " " kbd.kbd aria-hidden="true" { (key) } }
        }
    };
    html! {
        form.pair__decision method="post" action={ "/matching/pair/" (a.id) "/" (b.id) } {
            (choice("same", "s", "The same", true))
            (choice("different", "d", "Not the same", false))
            (choice("skip", "k", "Skip", false))
            a.button.button--quiet href="/matching" data-key="b" { "Back to the queue " kbd.kbd aria-hidden="true" { "b" } }
        }
    }
}

fn site(shown: &Shown, view: &PairView, letter: &str, reader: &Reader) -> Markup {
    let Body::Site(site) = &shown.body else {
        return html! {};
    };
    let titles = &view.titles;
    let holdings = site
        .holdings
        .iter()
        .map(|h| format!("{} {}", h.count.in_words(), h.kind));
    let identifiers = site
        .identifiers
        .iter()
        .map(|id| format!("{} {}", id.scheme, id.value));
    let joined = |parts: Vec<String>| (!parts.is_empty()).then(|| html! { (parts.join("; ")) });
    html! {
        article.pair__site aria-labelledby={ "site-" (letter) } {
            h2 id={ "site-" (letter) } { span.pair__letter { (letter) } " " a href=(ui::address(shown)) { (say::text(&shown.title(&reader.lang))) } }
            (ui::names(titles, &site.names, &reader.lang))
            (ui::facts(vec![
                ("Category", Some(html! { (site.category.label()) })),
                ("Area", (!site.areas.is_empty()).then(|| ui::links(titles, &site.areas))),
                ("Place", shown.place.as_ref().map(ui::place)),
                ("Holds", joined(holdings.collect())),
                ("Known as", joined(identifiers.collect())),
                ("On the list", site.listed.as_ref().map(|l| html! { (ui::link(titles, l.list)) ", row " (l.row) })),
                ("Description", site.description.as_ref().map(|d| say::text(d))),
                // What often decides it: the address, the year, a remark.
                ("As the list says it", (!site.fields.is_empty()).then(|| html! { dl.own-fields { @for field in &site.fields { dt { (say::text(&field.name)) } dd { (say::text(&field.value)) } } } })),
            ]))
        }
    }
}

/// Bits of evidence drawn at most; more changes nothing for the eye.
const MOST_BITS: f64 = 16.0;
const BAR_WIDTH: f64 = 160.0;

/// What each field adds to the balance, and the balance at the end.
fn waterfall(reasons: &[Told], permille: Option<u64>) -> Markup {
    let Some(permille) = permille else {
        return html! {
            section { h2 { "Why" } p { "No search has compared this pair." } }
        };
    };
    html! {
        section.waterfall {
            h2 { "Why" }
            p { "Taken together they are the same with a probability of " strong { (percent(permille as f64 / 1000.0)) } ". Each bit doubles the odds; a negative one halves them. The balance starts from how rare it is that two records taken at random are one thing." }
            div.table-scroll tabindex="0" role="region" aria-label="Reasons" {
                table.table {
                    thead { tr { th scope="col" { "Field" } th scope="col" { "What was found" } th scope="col" { "Bits" } td {} } }
                    tbody { @for told in reasons { tr {
                        th scope="row" { (told.field) }
                        td data-label="What was found" { (told.found) }
                        td.number data-label="Bits" { (format!("{:+.1}", told.bits)) }
                        td { (bar(told.bits)) }
                    } } }
                }
            }
        }
    }
}

fn bar(bits: f64) -> Markup {
    let half = BAR_WIDTH / 2.0;
    let long = bits.abs().min(MOST_BITS) / MOST_BITS * half;
    let x = if bits < 0.0 { half - long } else { half };
    html! {
        svg.waterfall__bar viewBox={ "0 0 " (BAR_WIDTH) " 12" } width=(BAR_WIDTH) height="12" aria-hidden="true" focusable="false" {
            line.waterfall__zero x1=(half) x2=(half) y1="0" y2="12" {}
            rect.(if bits < 0.0 { "waterfall__against" } else { "waterfall__for" }) x=(x) y="2" width=(long) height="8" {}
        }
    }
}

/// `POST /matching/pair/{a}/{b}`
pub async fn decide(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path((a, b)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let pair = ids(&a, &b)?;
    let decision = Decision::from_id(fields.get("decision"))
        .ok_or_else(|| Refusal::field("decision", "is none of: same, different, skip"))?;
    let outcome = ask(&app, move |registry| {
        registry.decide_pair(&account, pair, decision)
    })
    .await?;
    let Outcome::Already(ending) = outcome else {
        return Ok(Redirect::to("/matching/next").into_response());
    };
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| registry.pair(&viewer, pair, &lang)).await?;
    crate::answer::wrong_form(page_of(&app, &reader, &view, Some(&ending)))
}
