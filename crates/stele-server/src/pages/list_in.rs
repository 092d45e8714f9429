//! Reading a list in: upload, say what its columns mean, try it, read it in, see what came of it.

mod columns;
pub mod first_rows;

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
use stele_model::{Kind, PartyKind, RowsAre, Sensitivity, Word, grouped};
use stele_registry::import::{ImportReport, ListOrder, Progress, WaitingList};
use stele_registry::{Filter, Order, Refusal};

/// Section of the navigation.
const SECTION: &str = "/read-list";

/// `GET /read-list`
pub async fn upload_page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    member(&reader)?;
    answer_page(upload_form(&app, &reader, &Fields::default(), None).await?)
}

async fn upload_form(
    app: &App,
    reader: &Reader,
    fields: &Fields,
    problem: Option<&str>,
) -> Result<Markup, Failure> {
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let (waiting, parties) = ask(app, move |registry| {
        let filter = Filter {
            kind: Some(Kind::Party),
            ..Filter::default()
        };
        let parties = registry.list(&viewer, &filter, Order::Title, None, 300, &lang)?;
        Ok((registry.waiting_lists(&viewer)?, parties))
    })
    .await?;
    let text = |name: &str, label: &str, hint: &str, needed: bool| {
        html! {
            div.field {
                label for=(name) { (label) @if !needed { " " span.field__optional { "optional" } } }
                @if !hint.is_empty() { p.field__hint { (hint) } }
                input id=(name) name=(name) value=(fields.get(name)) dir="auto" list=[(name == "party").then_some("parties")] required[needed] maxlength="500";
            }
        }
    };
    let body = html! {
        (ui::heading("read in", html! { "Read in a list" }, html! {}))
        p { "An inventory or a list of damage of one party: CSV, Excel, OpenDocument, GeoJSON, KML, GeoPackage, a zipped Shapefile, or JSON. You see how its columns are understood before anything is recorded; every name keeps its speaker, and a list can be taken back as one act." }
        @if let Some(text) = problem { (ui::notice("error", html! { p { (crate::answer::sentence(text)) } })) }
        form.form.upload method="post" action="/read-list" enctype="multipart/form-data" {
            div.field { label for="file" { "File" } p.field__hint { "Up to 60 MB here; larger ones by the command " code { "stele import" } } input #file type="file" name="file" required accept=".csv,.tsv,.txt,.xlsx,.ods,.geojson,.geojsonl,.json,.kml,.kmz,.gpkg,.zip"; }
            (text("party", "Whose list it is", "The party that says so: a ministry, an organisation, a person", true))
            datalist #parties { @for party in &parties.rows { option value=(party.title(&reader.lang)) {} } }
            div.field { label for="party_kind" { "What the party is, if it is new here" } select #party_kind name="party_kind" { @for kind in PartyKind::ALL { option value=(kind.id()) selected[*kind == PartyKind::Other] { (kind.label()) } } } }
            fieldset.field { legend { "Its rows are" }
                @for (i, rows) in RowsAre::ALL.iter().enumerate() { label.choice { input type="radio" name="rows_are" value=(rows.id()) checked[i == 0]; " " (rows.label()) } }
            }
            (text("list", "Title of the list", "A list read in again under its title is updated; the name of the file when left out", false))
            (text("url", "Web address", "", false))
            div.field { label for="sensitivity" { "Its places may be shown" } p.field__hint { "Places of intact or lootable sites are better generalised or withheld." } select #sensitivity name="sensitivity" { @for s in Sensitivity::ALL { option value=(s.id()) { (s.label()) } } } }
            div.form__actions { button.button.button--primary type="submit" { "Look at it" } }
        }
        @if !waiting.is_empty() {
            section { h2 { "Waiting to be read in" } ul { @for list in &waiting { li { a href={ "/read-list/" (list.id) } { (say::text(&list.order.title())) } " " span.muted { "of " (say::text(&list.order.party)) } } } } }
        }
        p.muted { "Lists that were read in stand under " a href="/imports" { "imports" } "." }
    };
    Ok(framed(app, reader, SECTION, "Read in a list", &[], body))
}

/// `POST /read-list`
pub async fn upload(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let problem = match (&fields.file, fields.get("party")) {
        (None, _) => Some("choose the file of the list"),
        (_, "") => Some("say whose list it is"),
        _ => None,
    };
    if let Some(problem) = problem {
        return wrong_form(upload_form(&app, &reader, &fields, Some(problem)).await?);
    }
    let Some(file) = fields.file.clone() else {
        return Err(Refusal::field("file", "is missing").into());
    };
    let given = |name: &str| Some(fields.get(name).to_owned()).filter(|v| !v.is_empty());
    let rows_are = RowsAre::from_id(fields.get("rows_are")).unwrap_or(RowsAre::Sites);
    let order = ListOrder {
        party_kind: PartyKind::from_id(fields.get("party_kind")).unwrap_or(PartyKind::Other),
        sensitivity: Sensitivity::from_id(fields.get("sensitivity"))
            .unwrap_or(Sensitivity::Withheld),
        list: given("list"),
        url: given("url"),
        ..ListOrder::new(
            rows_are,
            fields.get("party"),
            std::path::Path::new(&file.name),
        )
    };
    match ask(&app, move |registry| {
        registry.keep_list(&account, &file.bytes, order)
    })
    .await
    {
        Ok(list) => Ok(Redirect::to(&format!("/read-list/{}", list.id)).into_response()),
        Err(failure) => match failure.refusal() {
            Refusal::Unreadable(reason) => {
                let reason = reason.clone();
                wrong_form(upload_form(&app, &reader, &fields, Some(&reason)).await?)
            }
            _ => Err(failure),
        },
    }
}

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
    let asked = list.clone();
    let look = ask(app, move |registry| registry.look_at_waiting(&asked)).await?;
    let first = match list.is_done() {
        true => html! {},
        false => first_rows::part(app, list.clone(), look.mapping.clone()).await?,
    };
    let title = list.order.title();
    let body = html! {
        (ui::heading("read in a list", html! { (say::text(&title)) }, html! {}))
        p { "A list of " strong { (say::text(&list.order.party)) } ", its rows read as " (list.order.rows_are.label()) "; its places " (list.order.sensitivity.label()) "." }
        @if let Some(problem) = problem.or(list.failure.as_deref()) { (ui::notice("error", html! { p { (crate::answer::sentence(problem)) } })) }
        @if let Some(report) = &list.report { (report_of(&list, report)) }
        @if !list.is_done() { (columns::form(&list, &look, first)) }
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
                div { dt { "Rows read" } dd { (grouped(counts.read)) } }
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
