//! How a figure travelled: each statement, and what changed from the one before. Never why.

use crate::App;
use crate::answer::{Answer, ask, page as answer_page};
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use maud::{Markup, html};
use stele_model::{AnyId, Body};
use stele_registry::Refusal;
use stele_registry::find::{LineageStep, LineageView};

/// `GET /lineage/{claim}`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let claim: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.clone()))?;
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| {
        registry.lineage(&viewer, claim, &lang)
    })
    .await?;
    let body = html! {
        (ui::heading("lineage", html! { "How the figure travelled" }, html! {}))
        p { (say::count(view.steps.len() as u64, "statement", "statements")) ", by date. Each change of what is said, of how many, over which area and by whom is marked. The page says that statements differ, never why." }
        (steps(&view, claim))
        @if !view.links.is_empty() {
            details { summary { "The links that hold it together" }
                ul { @for link in &view.links { @if let Body::Link(l) = &link.body {
                    li { a href=(ui::address(link)) { (stele_model::Word::label(l.kind)) } @for reason in &l.reasons { " · " (reason) } }
                } } }
            }
        }
        @if view.steps.len() == 1 { (ui::empty("No other statement of this figure is linked yet.", html! { "Read in another source, or " a href="/record/link" { "record a link" } "." })) }
    };
    answer_page(framed(
        &app,
        &reader,
        "/claims",
        "Lineage",
        &[("/claims", "Claims".to_owned())],
        body,
    ))
}

/// Steps shown before and after those that are folded, where there are many: a figure that is stated
/// every few days has too many to read, and its first and latest say most.
const FIRST: usize = 5;
const LATEST: usize = 12;

fn steps(view: &LineageView, here: AnyId) -> Markup {
    let all = |steps: &[LineageStep]| html! { ol.lineage { @for step in steps { (step_of(step, view, here)) } } };
    if view.steps.len() <= FIRST + LATEST + 3 {
        return all(&view.steps);
    }
    let (first, rest) = view.steps.split_at(FIRST);
    let (between, latest) = rest.split_at(rest.len() - LATEST);
    let is_here = between.iter().any(|step| step.claim.id == here);
    html! {
        (all(first))
        details.lineage__between open[is_here] {
            summary { (say::count(between.len() as u64, "statement", "statements")) " between" }
            (all(between))
        }
        (all(latest))
    }
}

fn step_of(step: &LineageStep, view: &LineageView, here: AnyId) -> Markup {
    let Body::Claim(claim) = &step.claim.body else {
        return html! {};
    };
    html! {
        li.lineage__step aria-current=[(step.claim.id == here).then_some("true")] {
            p.lineage__date { @match &claim.stated { Some(date) => (say::date(date)), None => "date not stated" } }
            div.lineage__body {
                p { (ui::link(&view.titles, claim.party)) ": "
                    @if let Some(subject) = &step.subject { a href=(ui::address(&step.claim)) { (say::text(&subject.title("en"))) } } " "
                    span.quote dir="auto" { "“" (claim.words) "”" } }
                p.muted { "in " (ui::link(&view.titles, claim.source)) " · " (stele_model::Word::label(claim.predicate)) }
                @if !step.changes.is_empty() {
                    ul.lineage__changes aria-label="Changed since the statement before" { @for change in &step.changes { li { span.chip.chip--change { (change.in_words()) } } } }
                }
            }
        }
    }
}
