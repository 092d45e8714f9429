//! Sampling plans: making one, its page, the list of sites to take along.

use crate::App;
use crate::answer::{Answer, Failure, ask, json, page as answer_page, wrong_form};
use crate::fields::Fields;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::form::member;
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use stele_model::rules::Counts;
use stele_model::rules::estimate::{Share, Standing};
use stele_model::*;
use stele_registry::find::RecordView;
use stele_registry::sampling::{Outcome, PlanView, Size, Wish};
use stele_registry::{Refusal, Registry, Viewer, clock};

/// `GET /sample?aggregate=ID`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    RawQuery(query): RawQuery,
) -> Answer {
    member(&reader)?;
    let mut values =
        Fields::of(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned());
    if values.get("seed").is_empty() {
        values.set("seed".into(), clock::seed());
    }
    if values.get("margin").is_empty() && values.get("size").is_empty() {
        values.set("margin".into(), "5".into());
    }
    answer_page(draw_form(&app, &reader, &values, None, &[]))
}

/// `POST /sample`: shows the strata, or draws and records.
pub async fn submit(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    values: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let asked = values.clone();
    let draws = values.get("do") == "draw";
    let outcome = ask(&app, move |registry| {
        let viewer = Viewer::Member(account.clone());
        let wish = match wish(registry, &viewer, &asked)? {
            Ok(wish) => wish,
            Err(errors) => return Ok(Err(errors)),
        };
        let done = match draws {
            true => registry.draw_sample(&account, &wish).map(Done::Drawn),
            false => registry.lay_out(&viewer, &wish).map(|plan| {
                let mut titles = Vec::new();
                for stratum in &plan.strata {
                    let area = stratum
                        .area
                        .and_then(|a| registry.get(&viewer, a.any()).ok());
                    titles.push(area.map(|a| a.title("en")));
                }
                Done::LaidOut(Box::new(plan), titles)
            }),
        };
        match done {
            Ok(done) => Ok(Ok(done)),
            Err(Refusal::Fields(errors)) => Ok(Err(errors)),
            Err(other) => Err(other),
        }
    })
    .await?;
    match outcome {
        Ok(Done::Drawn(id)) => Ok(Redirect::to(&format!("/sampling_plan/{id}")).into_response()),
        Ok(Done::LaidOut(plan, areas)) => answer_page(draw_form(
            &app,
            &reader,
            &values,
            Some((&plan, &areas)),
            &[],
        )),
        Err(errors) => wrong_form(draw_form(&app, &reader, &values, None, &errors)),
    }
}

enum Done {
    Drawn(AnyId),
    LaidOut(Box<SamplingPlan>, Vec<Option<String>>),
}

/// The wish that a form says, or what is wrong with it.
fn wish(
    registry: &Registry,
    viewer: &Viewer,
    values: &Fields,
) -> Result<Result<Wish, Vec<FieldError>>, Refusal> {
    let mut errors = Vec::new();
    let aggregate = named(registry, viewer, Kind::Aggregate, values, "aggregate")?;
    let mission = match values.get("mission") {
        "" => Ok(None),
        _ => named(registry, viewer, Kind::Mission, values, "mission")?.map(Some),
    };
    let size = match (values.get("size"), values.get("margin")) {
        ("", margin) => Size::from_points(margin),
        (size, _) => size
            .parse()
            .map(Size::Sites)
            .map_err(|_| FieldError::new("size", "is not a whole number of sites")),
    };
    let level = stele_registry::sampling::level_from_percent(match values.get("level") {
        "" => "95",
        level => level,
    });
    let by = StratifiedBy::ALL
        .iter()
        .copied()
        .filter(|by| !values.get(&format!("by-{}", by.id())).is_empty())
        .collect();
    let mut taken = |e: FieldError| errors.push(e);
    let aggregate = aggregate.map_err(&mut taken).ok();
    let mission = mission.map_err(&mut taken).ok();
    let size = size.map_err(&mut taken).ok();
    let level = level.map_err(&mut taken).ok();
    Ok(match (aggregate, mission, size, level) {
        (Some(aggregate), Some(mission), Some(size), Some(level)) => Ok(Wish {
            aggregate: aggregate.into(),
            mission: mission.map(Into::into),
            by,
            size,
            level,
            seed: Some(values.get("seed").to_owned()),
        }),
        _ => Err(errors),
    })
}

fn named(
    registry: &Registry,
    viewer: &Viewer,
    kind: Kind,
    values: &Fields,
    field: &str,
) -> Result<Result<AnyId, FieldError>, Refusal> {
    let found = match values.get(field) {
        "" => Err("is missing; give its address".to_owned()),
        text => registry.resolve(viewer, Some(kind), text)?,
    };
    let is_kind = |id: AnyId| match registry.get(viewer, id) {
        Ok(shown) if shown.kind == kind => Ok(id),
        _ => Err(format!("is no {}", kind.label())),
    };
    Ok(found
        .and_then(is_kind)
        .map_err(|problem| FieldError::new(field, problem)))
}

fn draw_form(
    app: &App,
    reader: &Reader,
    values: &Fields,
    laid_out: Option<(&SamplingPlan, &[Option<String>])>,
    errors: &[FieldError],
) -> Markup {
    let problem = |field: &str| {
        let here = errors
            .iter()
            .find(|e| e.field.trim_start_matches("data.") == field);
        here.map(|e| e.problem.clone())
    };
    let line = |name: &str, label: &str, hint: &str, mode: Option<&str>| {
        let (id, error) = (format!("f-{name}"), problem(name));
        let described = format!("{id}-hint {id}-error");
        html! {
            div.field.(if error.is_some() { "field--wrong" } else { "" }) {
                label for=(id) { (label) }
                p.field__hint id={ (id) "-hint" } { (hint) }
                input id=(id) name=(name) value=(values.get(name)) inputmode=[mode] autocomplete="off" spellcheck="false" aria-describedby=(described) aria-invalid=[error.as_ref().map(|_| "true")];
                @if let Some(error) = error { p.field__error id={ (id) "-error" } { (label) " " (error) } }
            }
        }
    };
    let known = ["aggregate", "mission", "margin", "size", "level", "seed"];
    let rest: Vec<&FieldError> = errors
        .iter()
        .filter(|e| !known.contains(&e.field.trim_start_matches("data.")))
        .collect();
    let body = html! {
        (ui::heading("sampling plan", html! { "Draw a sample to visit" }, html! {}))
        p { "For a mission that cannot visit all: sites are drawn at random from the items of an aggregate, so that what is found there stands for all of them. The seed goes into the ledger with the plan; anybody can draw again and get the same sites." }
        p.muted { "Every plan that is drawn is kept. Drawing until a wished-for site comes up leaves each attempt in the ledger." }
        @if !rest.is_empty() { (ui::notice("error", html! { ul.plain { @for e in &rest { li { (e.field.trim_start_matches("data.")) " " (e.problem) } } } })) }
        form.form method="post" action="/sample" novalidate {
            (line("aggregate", "Aggregate", "Address or id of the aggregate whose items are sampled", None))
            (line("mission", "Mission", "Address or id; may be empty", None))
            fieldset.group { legend { "Divide the items by" }
                p.field__hint { "Each part is sampled in proportion to its size; parts of five or fewer are taken whole." }
                @for by in StratifiedBy::ALL {
                    div.field { label.field__check { input type="checkbox" name={ "by-" (by.id()) } value="yes" checked[!values.get(&format!("by-{}", by.id())).is_empty()]; " " (by.label()) } }
                }
            }
            div.form__row {
                (line("margin", "Margin, in points", "5 means: to within five in a hundred", Some("decimal")))
                (line("size", "Or a number of sites", "Takes the place of the margin", Some("numeric")))
            }
            div.field { label for="f-level" { "Level" }
                select #f-level name="level" { @for level in ["90", "95", "99"] { option value=(level) selected[values.get("level") == level || (values.get("level").is_empty() && level == "95")] { (level) " %" } } }
                @if let Some(error) = problem("level") { p.field__error { "Level " (error) } }
            }
            (line("seed", "Seed", "Made at random; may be replaced by one that others can agree on, such as a date and a lottery draw", None))
            @if let Some((plan, areas)) = laid_out {
                (strata_preview(plan, areas))
                @if let Some(why) = values.get("size").parse().ok().and_then(|n| Size::Sites(n).exceeded_by(plan)) { p.muted { (why) } }
            }
            div.form__actions {
                button.button type="submit" name="do" value="show" { "Show how many in each part" } " "
                button.button.button--primary type="submit" name="do" value="draw" { "Draw and record" }
            }
        }
    };
    framed(
        app,
        reader,
        "/sampling-plans",
        "Draw a sample",
        &[("/sampling-plans", "Sampling plans".to_owned())],
        body,
    )
}

/// How many in each part; not which, so that nobody tries seeds until they like the sites.
fn strata_preview(plan: &SamplingPlan, areas: &[Option<String>]) -> Markup {
    html! {
        table.table {
            caption { (grouped(plan.size())) " of " (say::count(plan.frame.count, "site", "sites")) " would be drawn. Which ones is shown when the plan is recorded." }
            thead { tr { th scope="col" { "Part" } th.number scope="col" { "Sites" } th.number scope="col" { "Drawn" } } }
            tbody { @for (stratum, area) in plan.strata.iter().zip(areas) { tr {
                th scope="row" data-label="Part" { (stratum_name(stratum, plan, area.as_deref().map(|a| html! { (say::text(a)) }))) }
                td.number data-label="Sites" { (grouped(stratum.sites.len() as u64)) }
                td.number data-label="Drawn" { (grouped(stratum.drawn.len() as u64)) }
            } } }
        }
    }
}

fn stratum_name(stratum: &Stratum, plan: &SamplingPlan, area: Option<Markup>) -> Markup {
    let mut parts: Vec<Markup> = Vec::new();
    if plan.by.contains(&StratifiedBy::Area) {
        parts.push(area.unwrap_or_else(|| html! { "area not known" }));
    }
    parts.extend(stratum.category.map(|c| html! { (c.label()) }));
    parts.extend(stratum.access.map(|a| html! { (a.label()) }));
    if parts.is_empty() {
        parts.push(html! { "all of them" });
    }
    html! { @for (i, part) in parts.iter().enumerate() { @if i > 0 { ", " } (part) } }
}

fn stratum_in(view: &PlanView, index: usize) -> Markup {
    match view.body.strata.get(index) {
        Some(stratum) => {
            let area = stratum.area.map(|a| ui::link(&view.titles, a));
            stratum_name(stratum, &view.body, area)
        }
        None => html! {},
    }
}

fn from_to(counts: Counts) -> String {
    match counts.lower == counts.upper {
        true => grouped(counts.lower),
        false => format!("{} to {}", grouped(counts.lower), grouped(counts.upper)),
    }
}

/// What stands on the page of a plan.
pub(crate) fn plan(view: &PlanView) -> Markup {
    let e = &view.estimate;
    let plan = &view.body;
    html! {
        @if view.redrawn_alike {
            (ui::notice("done", html! { p { "Drawn again from the recorded list and seed: the same sites." } }))
        } @else {
            (ui::notice("error", html! { p { "Drawn again from the recorded list and seed: other sites. This plan is not what it says it is." } }))
        }
        section aria-labelledby="estimate-title" {
            h2 #estimate-title { "What the sample says" }
            (said(view))
            table.table {
                caption { "Of the drawn sites, from published findings; “of all” is the exact interval at " (e.level.in_words()) ", with sites that are not known taken either way." }
                thead { tr { th scope="col" { "Part" } th.number scope="col" { "Sites" } th.number scope="col" { "Drawn" } th.number scope="col" { "It holds" } th.number scope="col" { "It does not" } th.number scope="col" { "Inconclusive" } th.number scope="col" { "Not reached" } th.number scope="col" { "Pending" } th.number scope="col" { "Of all" } } }
                tbody {
                    @for (i, share) in e.strata.iter().enumerate() { (share_row(stratum_in(view, i), share)) }
                    @if e.strata.len() > 1 { (share_row(html! { strong { "Together" } }, &e.combined)) }
                }
            }
            p.muted { "The same as " a href={ "/sampling_plan/" (view.plan.id) "/estimate.json" } { "JSON" } "." }
            @if e.strata.len() > 1 { p.muted { "Together: the parts' intervals, each surer than " (e.level.in_words()) " (Šidák), added; never less sure than stated." } }
        }
        (ui::facts(vec![
            ("Sampled from the items of", Some(ui::link(&view.titles, plan.aggregate))),
            ("For the mission", plan.mission.map(|m| ui::link(&view.titles, m))),
            ("Drawn", Some(say::date(&plan.drawn_on))),
            ("List", Some(html! { (say::count(plan.frame.count, "site", "sites")) ", SHA-256 " code.hash { (plan.frame.sha256) } })),
            ("Divided by", (!plan.by.is_empty()).then(|| html! { @for (i, by) in plan.by.iter().enumerate() { @if i > 0 { ", " } (by.label()) } })),
            ("Level", Some(html! { (plan.level.in_words()) })),
            ("Margin wanted", plan.margin_permille.map(|m| html! { (f64::from(m) / 10.0) " points" })),
            ("Seed", Some(html! { code.hash { (plan.seed) } })),
            ("How it was drawn", Some(html! { (say::text(&plan.method)) })),
        ]))
        section aria-labelledby="drawn-title" {
            h2 #drawn-title { "Sites drawn" }
            p { a.button href={ "/sampling_plan/" (view.plan.id) "/visit" } { "List to take along" } }
            table.table {
                thead { tr { th scope="col" { "Site" } th scope="col" { "Part" } th scope="col" { "Known so far" } } }
                tbody { @for one in &view.sites { tr {
                    th scope="row" data-label="Site" { a href=(ui::address(&one.site)) { (say::text(&one.site.title("en"))) } }
                    td data-label="Part" { (stratum_in(view, one.stratum)) }
                    td data-label="Known so far" { (outcome(one.outcome)) }
                } } }
            }
        }
    }
}

fn outcome(outcome: Outcome) -> Markup {
    let tone = match outcome {
        Outcome::Holds => "verified",
        Outcome::HoldsNot => "refuted",
        Outcome::Inconclusive => "not_assessable",
        Outcome::NotReached => "differ",
        Outcome::Pending => "draft",
    };
    ui::badge(outcome.label(), tone)
}

fn share_row(name: Markup, share: &Share) -> Markup {
    let t = &share.tally;
    html! { tr {
        th scope="row" data-label="Part" { (name) }
        td.number data-label="Sites" { (grouped(t.population)) }
        td.number data-label="Drawn" { (grouped(t.drawn)) }
        td.number data-label="It holds" { (grouped(t.holds)) }
        td.number data-label="It does not" { (grouped(t.holds_not)) }
        td.number data-label="Inconclusive" { (grouped(t.inconclusive)) }
        td.number data-label="Not reached" { (grouped(t.not_reached)) }
        td.number data-label="Pending" { (grouped(t.pending)) }
        td.number data-label="Of all" { (from_to(share.bounds())) }
    } }
}

/// The estimate in sentences: never a rate without its coverage.
fn said(view: &PlanView) -> Markup {
    let e = &view.estimate;
    let t = &e.combined.tally;
    let bounds = e.combined.bounds();
    let claimed = match &view.aggregate.body {
        Body::Aggregate(a) => a.count.in_words(),
        _ => String::new(),
    };
    html! {
        @match (e.standing, e.combined.expected) {
            (Standing::Representative, Some(expected)) => {
                p.ladder__bounds { "It holds for about " (grouped(expected.round() as u64)) " of the " (say::count(t.population, "site", "sites")) " of the list: between " (grouped(bounds.lower)) " and " (grouped(bounds.upper)) ", at " (e.level.in_words()) "." }
                p { "Drawn at random were " (grouped(t.drawn)) " of " (grouped(t.population)) "; all of them were examined to a conclusion, and it holds for " (grouped(t.holds)) "." }
            }
            (Standing::NotYet, _) => { p.ladder__bounds { "Nothing is concluded of any drawn site yet." } }
            _ => {
                p.ladder__bounds { "Not representative: of " (grouped(t.drawn)) " drawn sites " (grouped(t.open())) (if t.open() == 1 { " has" } else { " have" }) " no conclusion"
                    @if t.not_reached > 0 { " (" (grouped(t.not_reached)) " not reached)" } "; what is known of the others does not speak for them, so no share is given." }
                p { "Whatever they are like, it holds for between " (grouped(bounds.lower)) " and " (grouped(bounds.upper)) " of the " (say::count(t.population, "site", "sites")) " of the list, at " (e.level.in_words()) ": "
                    (from_to(e.combined.fewest)) " if it holds for none of them, " (from_to(e.combined.most)) " if it holds for all of them." }
            }
        }
        p.muted { "It speaks for the " (say::count(t.population, "item", "items")) " that were named, out of " (claimed) " claimed, not for those that nobody named."
            @if view.frame_since != (0, 0) { " The aggregate has since gained " (say::count(view.frame_since.0 as u64, "item", "items")) " and lost " (grouped(view.frame_since.1 as u64)) "; the sample stands for the list as it was." }
        }
        @if view.not_drawn > 0 {
            (ui::notice("info", html! { p { (say::count(view.not_drawn, "site", "sites")) " of the list that " (if view.not_drawn == 1 { "was" } else { "were" }) " not drawn " (if view.not_drawn == 1 { "was" } else { "were" }) " assessed on the mission. They take no drawn site’s place and are not counted here: not representative, selection by access." } }))
        }
    }
}

/// `GET /sampling_plan/{id}/visit`: the sites on paper.
pub async fn visit(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let id: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.clone()))?;
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| registry.plan(&viewer, id, &lang)).await?;
    let body = html! {
        (ui::heading("sites to visit", html! { a href={ "/sampling_plan/" (id) } { (say::text(&view.plan.title("en"))) } }, html! {}))
        p { "Drawn from the items of " (ui::link(&view.titles, view.body.aggregate)) @if let Some(mission) = view.body.mission { ", for " (ui::link(&view.titles, mission)) } "." }
        p.muted { "Visit every site of the list. Where one cannot be reached, say so and why; do not take another in its place." }
        table.table.visit {
            thead { tr { th scope="col" { "No." } th scope="col" { "Site and its names" } th scope="col" { "Where" } th scope="col" { "Visited on" } th scope="col" { "If not reached, why" } } }
            tbody { @for (i, one) in view.sites.iter().enumerate() { tr {
                td.number data-label="No." { (i + 1) }
                th scope="row" data-label="Site" {
                    a href=(ui::address(&one.site)) { (say::text(&one.site.title(&reader.lang))) }
                    @for name in one.site.body.names().iter().filter(|n| n.text != one.site.title(&reader.lang)) { br; span.muted { (say::name(name)) } }
                    br; span.muted.hash { (one.site.id) }
                }
                td data-label="Where" {
                    @if let Body::Site(site) = &one.site.body { (ui::links(&view.titles, &site.areas)) }
                    @match &one.site.place { Some(place) => { br; (ui::place(place)) }, None => { br; span.muted { "location not known" } } }
                }
                td data-label="Visited on" {}
                td data-label="If not reached, why" {}
            } } }
        }
    };
    answer_page(framed(
        &app,
        &reader,
        "/sampling-plans",
        "Sites to visit",
        &[("/sampling-plans", "Sampling plans".to_owned())],
        body,
    ))
}

/// `GET /sampling_plan/{id}/estimate.json`
pub async fn estimate_json(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let found: Result<AnyId, Refusal> = id.parse().map_err(|_| Refusal::NotFound(id.clone()));
    let id = found.map_err(|e| Failure::from(e).into_json())?;
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| registry.plan(&viewer, id, &lang))
        .await
        .map_err(Failure::into_json)?;
    json(&view.to_json())
}

/// The section on the page of an aggregate or a mission.
pub(crate) fn plans(view: &RecordView, reader: &Reader) -> Markup {
    let rows = view.related(Kind::SamplingPlan);
    let may = reader.account().is_some_and(|a| a.records());
    let field = match view.record.kind {
        Kind::Mission => "mission",
        _ => "aggregate",
    };
    html! {
        @if may || !rows.is_empty() {
            section aria-labelledby="plans-title" {
                h2 #plans-title { "Sampling plan" }
                @if rows.is_empty() { p.muted { "No sample is drawn yet. Where not all can be visited, a random sample tells what holds for all." } }
                ul.plain { @for row in rows { li { a href=(ui::address(row)) { (say::text(&row.title("en"))) } } } }
                @if may { p { a.button href={ "/sample?" (field) "=" (view.record.id) } { "Draw a sample" } } }
            }
        }
    }
}
