//! The same thing in several records: searching for such pairs, and the queue in which people decide
//! about them one by one. Works as forms alone; the script only adds keys.

mod map;
mod pair;

pub use pair::{decide, pair_page};

use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page, wrong_form};
use crate::fields::Fields;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::form::member;
use crate::pages::framed;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use stele_registry::Refusal;
use stele_registry::matching::{Act, CurvePoint, Running, Scope, Search};

/// What the page shows.
struct Desk {
    last: Option<(Search, u64)>,
    running: Option<Running>,
    failed: Option<String>,
    acts: Vec<Act>,
}

/// `GET /matching`
pub async fn page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    member(&reader)?;
    answer_page(desk_page(&app, &reader, &Fields::default(), None).await?)
}

async fn desk_page(
    app: &App,
    reader: &Reader,
    fields: &Fields,
    problem: Option<&str>,
) -> Result<Markup, Failure> {
    let viewer = reader.viewer.clone();
    let desk = ask(app, move |registry| {
        Ok(Desk {
            last: registry.last_search(&viewer)?,
            running: registry.running_search(&viewer)?,
            failed: registry.failed_search(&viewer)?,
            acts: registry.matching_acts(&viewer)?,
        })
    })
    .await?;
    let body = html! {
        (ui::heading("matching", html! { "The same thing in several records" }, html! {}))
        p { "Lists of several parties name one place in many ways. A search compares names in every script, categories, areas, places with their uncertainty, holdings and identifiers, and gives each pair a probability. Nothing is linked before a person decides, and every decision can be undone." }
        @if let Some(running) = &desk.running { (ui::notice("info", html! { p { "A search is under way (" (running.doing) ", since " (say::moment(running.since_ms)) "). " a href="/matching" { "Look again" } "." } })) }
        @if let Some(why) = &desk.failed { (ui::notice("error", html! { p { "The last search did not come to its end: " (why) } })) }
        @if let Some((search, waiting)) = &desk.last { (found(search, *waiting)) }
        (search_form(fields, problem))
        (acts(&desk.acts))
    };
    Ok(framed(app, reader, "/matching", "Matching", &[], body))
}

fn search_form(fields: &Fields, problem: Option<&str>) -> Markup {
    html! {
        section {
            h2 { "Search" }
            p { "A search fills the queue anew; what was decided stays decided, and is learnt from." }
            form.form method="post" action="/matching" {
                div.field.(if problem.is_some() { "field--wrong" } else { "" }) {
                    label for="list" { "A list to compare with all other sites" " " span.field__optional { "optional" } }
                    p.field__hint #list-hint { "Address or name of a source, an import, a party or an aggregate. Left empty, all sites are compared with each other." }
                    input #list name="list" value=(fields.get("list")) dir="auto" aria-describedby="list-hint" aria-invalid=[problem.map(|_| "true")];
                    @if let Some(problem) = problem { p.field__error { (crate::answer::sentence(problem)) } }
                }
                div.form__actions { button.button type="submit" { "Search for pairs" } }
            }
        }
    }
}

fn found(search: &Search, waiting: u64) -> Markup {
    html! {
        section {
            h2 { "The queue" }
            p {
                (say::count(waiting, "pair waits", "pairs wait")) " for a decision. "
                "The last search (" (say::moment(search.made_ms)) ") looked for " (say::count(search.sought as u64, "site", "sites")) " among " (search.among)
                @match search.scope { Scope::Duplicates => ", all with each other", Scope::List(id) => { ", those of " a href={ "/matching/list/" (id) } { "this list" } " with all others" } }
                " and learnt from " (say::count(search.decided as u64, "earlier decision", "earlier decisions")) "."
            }
            @if waiting > 0 {
                div.form__actions { a.button.button--primary href="/matching/next" { "Decide about the next pair" } }
                @if search.automatic > 0 {
                    form.matching__accept method="post" action="/matching/accept" {
                        input type="hidden" name="above" value=(search.automatic_at);
                        button.button type="submit" { "Accept all from " (percent(search.automatic_at)) " up" }
                        " " span.muted { "one act, undone as one; at most one pair in a hundred is expected to be wrong" }
                    }
                }
            }
            (curve(search))
        }
    }
}

/// A probability in per cent, with a decimal where it tells.
pub(super) fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    match percent.fract().abs() < 0.05 {
        true => format!("{percent:.0} %"),
        false => format!("{percent:.1} %"),
    }
}

const CURVE_WIDTH: f64 = 240.0;
const CURVE_HEIGHT: f64 = 120.0;

/// Expected precision and recall at thresholds: a drawing for the eye, the numbers in a table.
fn curve(search: &Search) -> Markup {
    let line = |value: fn(&CurvePoint) -> f64| {
        let points = search.curve.iter().map(|p| {
            let (x, y) = (p.at * CURVE_WIDTH, (1.0 - value(p)) * CURVE_HEIGHT);
            format!("{x:.1},{y:.1}")
        });
        points.collect::<Vec<_>>().join(" ")
    };
    html! {
        details.matching__curve {
            summary { "What may be expected at each threshold" }
            svg viewBox={ "-2 -4 " (CURVE_WIDTH + 4.0) " " (CURVE_HEIGHT + 8.0) } width=(CURVE_WIDTH) height=(CURVE_HEIGHT) role="img" aria-label="Expected precision and recall against the least probability accepted; the numbers stand in the table" {
                rect.curve__frame x="0" y="0" width=(CURVE_WIDTH) height=(CURVE_HEIGHT) fill="none" {}
                polyline.curve__precision points=(line(|p| p.precision)) fill="none" {}
                polyline.curve__recall points=(line(|p| p.recall)) fill="none" {}
                line.curve__automatic x1=(search.automatic_at * CURVE_WIDTH) x2=(search.automatic_at * CURVE_WIDTH) y1="0" y2=(CURVE_HEIGHT) {}
            }
            p.muted { "Solid: precision, the share of accepted pairs expected to be right. Dashed: recall, the share of the right ones that are accepted. Dotted: the automatic threshold. Below " (percent(search.review_at)) " a pair is taken for no match." }
            div.table-scroll tabindex="0" role="region" aria-label="Thresholds" {
                table.table {
                    thead { tr { th scope="col" { "From" } th scope="col" { "Pairs" } th scope="col" { "Precision" } th scope="col" { "Recall" } } }
                    tbody { @for p in &search.curve { tr { th scope="row" { (percent(p.at)) } td.number data-label="Pairs" { (p.pairs) } td.number data-label="Precision" { (percent(p.precision)) } td.number data-label="Recall" { (percent(p.recall)) } } } }
                }
            }
        }
    }
}

fn acts(acts: &[Act]) -> Markup {
    html! {
        @if !acts.is_empty() {
            section {
                h2 { "Latest decisions" }
                ul.matching__acts {
                    @for act in acts { li {
                        (say::moment(act.made_ms)) ", " (act.by) ": "
                        @match act.what.as_str() { "same" => "the same", "different" => "not the same", _ => { (say::count(act.pairs, "pair", "pairs")) " accepted" } }
                        @match &act.undone {
                            Some((at, by)) => { " " span.muted { "undone " (say::moment(*at)) " by " (by) } }
                            None => form.matching__undo method="post" action="/matching/undo" { input type="hidden" name="act" value=(act.id); button.button.button--quiet type="submit" aria-label={ "Undo the decision of " (act.by) ", " (act.id) } { "Undo" } }
                        }
                    } }
                }
            }
        }
    }
}

/// `POST /matching`
pub async fn search(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let (viewer, list) = (reader.viewer.clone(), fields.get("list").trim().to_owned());
    let started = ask(&app, move |registry| {
        let scope = match list.is_empty() {
            true => Scope::Duplicates,
            false => Scope::List(registry.list_named(&viewer, &list)?),
        };
        registry.start_search(&account, scope)
    })
    .await;
    match started {
        Ok(()) => Ok(Redirect::to("/matching").into_response()),
        Err(failure) => match failure.refusal() {
            Refusal::NotAllowed(_) | Refusal::Store(_) => Err(failure),
            refusal => {
                let problem = match refusal {
                    Refusal::Fields(fields) => fields
                        .first()
                        .map(|f| f.problem.clone())
                        .unwrap_or_default(),
                    other => other.to_string(),
                };
                wrong_form(desk_page(&app, &reader, &fields, Some(&problem)).await?)
            }
        },
    }
}

/// `GET /matching/next`: the next pair to decide about, or the desk when none waits.
pub async fn next(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    let account = member(&reader)?.clone();
    let pair = ask(&app, move |registry| registry.next_pair(&account)).await?;
    let address = match pair {
        Some([a, b]) => format!("/matching/pair/{a}/{b}"),
        None => "/matching".to_owned(),
    };
    Ok(Redirect::to(&address).into_response())
}

/// `GET /matching/list/{id}`: the page of the list that was compared.
pub async fn list(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Answer {
    let id: stele_model::AnyId = id.parse().map_err(|_| Refusal::NotFound(id.clone()))?;
    let viewer = reader.viewer.clone();
    let shown = ask(&app, move |registry| registry.get(&viewer, id)).await?;
    Ok(Redirect::to(&ui::address(&shown)).into_response())
}

/// `POST /matching/accept`
pub async fn accept(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let above: f64 = fields
        .get("above")
        .parse()
        .map_err(|_| Refusal::field("above", "is not a probability"))?;
    ask(&app, move |registry| registry.accept_above(&account, above)).await?;
    Ok(Redirect::to("/matching").into_response())
}

/// `POST /matching/undo`
pub async fn undo(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let act = fields.get("act").to_owned();
    ask(&app, move |registry| registry.undo_matching(&account, &act)).await?;
    Ok(Redirect::to("/matching").into_response())
}
