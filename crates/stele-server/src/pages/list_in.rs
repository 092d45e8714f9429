//! Reading a list in: upload, say what its columns mean, try it, read it in, see what came of it.

mod columns;
pub mod first_rows;
pub mod upload;

use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page, wrong_form};
use crate::fields::Fields;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::form::member;
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use stele_model::{RowsAre, Word, grouped};
use stele_registry::Refusal;
use stele_registry::import::{ImportReport, Progress, WaitingList, first_rows};

/// Section of the navigation.
const SECTION: &str = "/read-list";

/// `GET /read-list/{id}`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    member(&reader)?;
    let viewer = reader.viewer.clone();
    let wanted = id.clone();
    // Asked first: what ends after this is told by the page that comes again, what ended before it by
    // the list that is read next.
    let running = app.running.of(&id);
    let list = ask(&app, move |registry| {
        registry.waiting_list(&viewer, &wanted)
    })
    .await?;
    if let Some(progress) = running {
        let answer = answer_page(under_way(&app, &reader, &list, &progress))?;
        // Works without a script; the page comes again until it is done.
        return Ok(([(header::REFRESH, "1")], answer).into_response());
    }
    let body = shown(&app, &reader, list, None).await?;
    answer_page(body)
}

async fn shown(
    app: &App,
    reader: &Reader,
    list: WaitingList,
    problem: Option<&str>,
) -> Result<Markup, Failure> {
    let form = match list.is_done() {
        true => html! {},
        false => {
            let asked = list.clone();
            // Opened once: what its columns are and what its first rows say by them.
            let (look, first) = ask(app, move |registry| {
                let look = registry.look_at_waiting(&asked)?;
                let rows = first_rows(&look.table, &look.mapping, asked.order.rows_are);
                Ok((look, rows))
            })
            .await?;
            let first = first_rows::part(list.order.rows_are, first)?;
            columns::form(&list, &look, first)
        }
    };
    let title = list.order.title();
    let body = html! {
        (ui::heading("read in a list", html! { (say::text(&title)) }, html! {}))
        p { "A list of " strong { (say::text(&list.order.party)) } ", its rows read as " (list.order.rows_are.label()) "; its places " (list.order.sensitivity.label()) "." }
        @if let Some(problem) = problem.or(list.failure.as_deref()) { (ui::notice("error", html! { p { (crate::answer::sentence(problem)) } })) }
        @if let Some(report) = &list.report { (report_of(&list, report)) }
        (form)
    };
    Ok(framed(
        app,
        reader,
        SECTION,
        &title,
        &[("/read-list", "Read in a list".into())],
        body,
    ))
}

/// `POST /read-list/{id}`: the columns are said anew; then it is looked at, tried, or read in.
pub async fn run(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let viewer = reader.viewer.clone();
    let wanted = id.clone();
    let list = ask(&app, move |registry| {
        registry.waiting_list(&viewer, &wanted)
    })
    .await?;
    let here = format!("/read-list/{id}");
    if list.is_done() || app.running.of(&id).is_some() {
        return Ok(Redirect::to(&here).into_response());
    }
    let mapping = match columns::said(&list, &fields) {
        Ok(mapping) => mapping,
        Err(problem) => return wrong_form(shown(&app, &reader, list, Some(&problem)).await?),
    };
    let (actor, mut list) = (account.clone(), list);
    let list = ask(&app, move |registry| {
        registry.set_mapping(&actor, &mut list, mapping)?;
        Ok(list)
    })
    .await?;
    let in_earnest = match fields.get("do") {
        "try" => false,
        "import" => true,
        _ => return Ok(Redirect::to(&here).into_response()),
    };
    crate::running::run_list(&app, app.registry.clone(), account, list, in_earnest);
    Ok(Redirect::to(&here).into_response())
}

fn under_way(app: &App, reader: &Reader, list: &WaitingList, progress: &Progress) -> Markup {
    let title = list.order.title();
    let (read, refused) = progress.counts();
    let body = html! {
        (ui::heading("read in a list", html! { (say::text(&title)) }, html! {}))
        p role="status" { "Under way: " (grouped(read)) " rows read" @if let Some(all) = progress.expected() { " of about " (grouped(all)) } ", " (grouped(progress.written())) " compared with what is known, " (grouped(refused)) " refused." }
        @if let Some((per_second, left)) = progress.pace() { p.muted { (grouped(per_second)) " rows a second" @if let Some(left) = left { ", about " @if left < 90 { (say::count(left, "second", "seconds")) } @else { (say::count(left.div_ceil(60), "minute", "minutes")) } " left" } "." } }
        @if let Some(all) = progress.expected() { progress max=(all.max(read)) value=(read) aria-label="Rows read" {} }
        p.muted { "This page comes again by itself until it is done. Nothing of a list is seen by others before all of it is recorded." }
    };
    framed(
        app,
        reader,
        SECTION,
        &title,
        &[("/read-list", "Read in a list".into())],
        body,
    )
}

/// Refused rows and changes shown on the page.
const SHOWN: usize = 100;

fn report_of(list: &WaitingList, report: &ImportReport) -> Markup {
    let counts = &report.counts;
    let done = report.import.is_some();
    html! {
        section.report aria-labelledby="report" {
            h2 #report { @if done { "Read in" } @else { "What would come of it" } }
            dl.facts {
                div { dt { "Rows read" } dd { (grouped(counts.read)) @if list.order.rows_are != RowsAre::Figures && report.further_rows() > 0 { span.muted { " " (say::count(report.further_rows(), "speaks", "speak")) " of a thing of which another row speaks too" } } } }
                div { dt { "Recorded for the first time" } dd { (grouped(counts.recorded)) } }
                div { dt { "Changed since the list was read before" } dd { (grouped(counts.updated)) } }
                div { dt { "As they stood" } dd { (grouped(counts.unchanged)) } }
                div { dt { "Not on the list any more" } dd { (grouped(report.gone)) @if report.gone > 0 { span.muted { " they stay as they stood" } } } }
                div { dt { "Rows refused" } dd { (grouped(counts.refused)) @if counts.refused > 0 { " · " a href={ "/read-list/" (list.id) "/refused.csv" } { "all refused rows as CSV" } } } }
            }
            @if let Some(import) = report.import { p { a.button href={ "/import/" (import) } { "The import as a record" } " " @if let Some(source) = report.list { a.button href={ "/source/" (source) } { "The list" } } } }
            @if !report.unread.is_empty() {
                h3 { "Kept as written" }
                p.muted { "These cells could not be read as what their column is said to hold; they stay as the list's own." }
                ul { @for column in &report.unread { li { (say::text(&column.column)) ": " (say::count(column.cells, "cell", "cells")) ", such as “" (say::text(&column.example)) "”" } } }
            }
            @if !report.refusals.is_empty() {
                h3 { "Refused rows" }
                div.table-scroll tabindex="0" role="region" aria-label="Refused rows" { table { thead { tr { th { "Row" } th { "Column" } th { "Why" } th { "What stands there" } } } tbody {
                    @for bad in report.refusals.iter().take(SHOWN) { tr { td { (bad.row) } td { (bad.column.as_deref().unwrap_or("–")) } td { (bad.reason) } td dir="auto" { (bad.cells.chars().take(200).collect::<String>()) } } }
                } } }
                @if report.refusals.len() > SHOWN { p.muted { "The first " (SHOWN) " are shown." } }
            }
            @if !report.changes.is_empty() {
                h3 { "Changes" }
                div.table-scroll tabindex="0" role="region" aria-label="Changes" { table { thead { tr { th { "Row" } th { "Site" } th { "What" } th { "Before" } th { "Now" } } } tbody {
                    @for change in report.changes.iter().take(SHOWN) { @for (field, before, now) in &change.fields { tr { td { (change.row) } td { a href={ "/" (change.kind.id()) "/" (change.site) } { (say::text(&change.title)) } } td { (field) } td dir="auto" { (cut(before)) } td dir="auto" { (cut(now)) } } } }
                } } }
            }
            @if !report.missing.is_empty() {
                h3 { "Not on the list any more" }
                ul { @for gone in report.missing.iter().take(SHOWN) { li { a href={ "/" (gone.kind.id()) "/" (gone.site) } { (say::text(&gone.title)) } } } }
            }
        }
    }
}

fn cut(text: &str) -> String {
    match text.chars().count() > 120 {
        true => format!("{}…", text.chars().take(120).collect::<String>()),
        false => text.to_owned(),
    }
}

/// `GET /read-list/{id}/refused.csv`
pub async fn refused(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    member(&reader)?;
    let viewer = reader.viewer.clone();
    let list = ask(&app, move |registry| registry.waiting_list(&viewer, &id)).await?;
    let csv = list
        .report
        .map(|report| report.refusals_csv())
        .unwrap_or_default();
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"refused-rows.csv\"",
            ),
        ],
        csv,
    )
        .into_response())
}

/// `GET /retract/{id}`: asks why an import is taken back.
pub async fn retract_page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    member(&reader)?;
    answer_page(retract_form(&app, &reader, &id, None))
}

fn retract_form(app: &App, reader: &Reader, id: &str, problem: Option<&str>) -> Markup {
    let body = html! {
        (ui::heading("import", html! { "Take an import back" }, html! {}))
        p { "What it recorded for the first time is withdrawn, what it changed stands as it stood before. The history keeps both. What somebody corrected by hand since stays." }
        @if let Some(problem) = problem { (ui::notice("error", html! { p { (crate::answer::sentence(problem)) } })) }
        form.form method="post" action={ "/retract/" (id) } {
            div.field { label for="reason" { "Why" } textarea #reason name="reason" rows="3" required maxlength="2000" dir="auto" {} }
            div.form__actions { button.button.button--primary type="submit" { "Take it back" } a.button href={ "/import/" (id) } { "Leave it" } }
        }
    };
    framed(app, reader, SECTION, "Take an import back", &[], body)
}

/// `POST /retract/{id}`
pub async fn retract(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let Ok(import) = id.parse::<stele_model::AnyId>() else {
        return Err(Refusal::NotFound(id).into());
    };
    let reason = fields.get("reason").to_owned();
    match ask(&app, move |registry| {
        registry.retract_import(&account, import.into(), &reason)
    })
    .await
    {
        Ok(_) => Ok(Redirect::to(&format!("/import/{id}")).into_response()),
        Err(failure) => match failure.refusal() {
            Refusal::Fields(_) => {
                let problem = failure.refusal().to_string();
                wrong_form(retract_form(&app, &reader, &id, Some(&problem)))
            }
            _ => Err(failure),
        },
    }
}
