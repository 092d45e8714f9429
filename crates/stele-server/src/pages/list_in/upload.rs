//! A list is sent: its file goes to the disk while it comes, then it is looked at. Works without a script; with
//! one the page shows how much is sent.

use super::SECTION;
use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page, sentence, wants_json};
use crate::fields::{Fields, base_name};
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::incoming::{Lost, in_words, take_in};
use crate::pages::form::member;
use crate::pages::framed;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use axum::{Extension, Json};
use maud::{Markup, html};
use serde_json::json;
use stele_model::{Kind, PartyKind, RowsAre, Sensitivity, Word};
use stele_registry::import::ListOrder;
use stele_registry::{Account, Filter, Order, Received, Refusal};

/// Longest text of a field beside the file, in bytes, and how many such fields there may be.
const FIELD_BYTES: usize = 16 << 10;
const FIELDS: usize = 40;

/// `GET /read-list`
pub async fn page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    member(&reader)?;
    answer_page(form(&app, &reader, &Fields::default(), None).await?)
}

async fn form(
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
    let chosen = |name: &str, id: &str, usual: bool| match fields.get(name) {
        "" => usual,
        given => given == id,
    };
    let text = |name: &str, label: &str, hint: &str, needed: bool| {
        html! {
            div.field {
                label for=(name) { (label) @if !needed { " " span.field__optional { "optional" } } }
                @if !hint.is_empty() { p.field__hint { (hint) } }
                input id=(name) name=(name) value=(fields.get(name)) dir="auto" list=[(name == "party").then_some("parties")] required[needed] maxlength="500";
            }
        }
    };
    let largest = app.registry.limits().list_bytes();
    let body = html! {
        (ui::heading("read in", html! { "Read in a list" }, html! {}))
        p { "An inventory or a list of damage of one party: CSV, Excel, OpenDocument, GeoJSON, KML, GeoPackage, a zipped Shapefile, an export of Arches, or JSON. You see how its columns are understood before anything is recorded; every name keeps its speaker, and a list can be taken back as one act." }
        @if let Some(text) = problem { (ui::notice("error", html! { p { (sentence(text)) } })) }
        form.form.upload method="post" action="/read-list" enctype="multipart/form-data" data-largest-bytes=(largest) data-largest=(in_words(largest)) {
            div.field { label for="file" { "File" } p.field__hint { "Up to " (in_words(largest)) "; larger ones by the command " code { "stele import" } } input #file type="file" name="file" required accept=".csv,.tsv,.txt,.xlsx,.ods,.geojson,.geojsonl,.json,.kml,.kmz,.gpkg,.zip"; }
            (text("party", "Whose list it is", "The party that says so: a ministry, an organisation, a person", true))
            datalist #parties { @for party in &parties.rows { option value=(party.title(&reader.lang)) {} } }
            div.field { label for="party_kind" { "What the party is, if it is new here" } select #party_kind name="party_kind" { @for kind in PartyKind::ALL { option value=(kind.id()) selected[chosen("party_kind", kind.id(), *kind == PartyKind::Other)] { (kind.label()) } } } }
            fieldset.field { legend { "Its rows are" }
                @for (i, rows) in RowsAre::ALL.iter().enumerate() { label.choice { input type="radio" name="rows_are" value=(rows.id()) checked[chosen("rows_are", rows.id(), i == 0)]; " " (rows.label()) } }
            }
            (text("list", "Title of the list", "A list read in again under its title is updated; the name of the file when left out", false))
            (text("url", "Web address", "", false))
            div.field { label for="sensitivity" { "Its places may be shown" } p.field__hint { "Places of intact or lootable sites are better generalised or withheld." } select #sensitivity name="sensitivity" { @for (i, s) in Sensitivity::ALL.iter().enumerate() { option value=(s.id()) selected[chosen("sensitivity", s.id(), i == 0)] { (s.label()) } } } }
            div.form__actions { button.button.button--primary type="submit" { "Look at it" } }
            div.upload__sending hidden {
                p role="status" {}
                progress aria-label="Sent" max="1" value="0" {}
                p.muted.upload__pace {}
                button.button type="button" { "Stop sending" }
            }
        }
        @if !waiting.is_empty() {
            section { h2 { "Waiting to be read in" } ul { @for list in &waiting { li { a href={ "/read-list/" (list.id) } { (say::text(&list.order.title())) } " " span.muted { "of " (say::text(&list.order.party)) } } } } }
        }
        p.muted { "Lists that were read in stand under " a href="/imports" { "imports" } "." }
    };
    Ok(framed(app, reader, SECTION, "Read in a list", &[], body))
}

/// `POST /read-list`: a script is answered with the address to go to, or with the problem; a form with a page.
pub async fn submit(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    request: Request,
) -> Answer {
    let account = member(&reader)?.clone();
    let headers = request.headers().clone();
    let mut fields = Fields::default();
    let sent = match receive(&app, &headers, &account, request, &mut fields).await {
        Ok(file) => keep(&app, account, file, &fields).await,
        Err(lost) => Err(lost),
    };
    let by_script = wants_json(&headers);
    match sent {
        Ok(id) if by_script => {
            let told = Json(json!({ "at": format!("/read-list/{id}") }));
            Ok((StatusCode::CREATED, told).into_response())
        }
        Ok(id) => Ok(Redirect::to(&format!("/read-list/{id}")).into_response()),
        Err(lost) if by_script => Ok(lost.problem().into_response()),
        Err(Lost::Refused(refusal)) if !is_about_the_list(&refusal) => Err(refusal.into()),
        Err(lost) => {
            let page = form(&app, &reader, &fields, Some(&lost.sentence())).await?;
            Ok((lost.status(), Html(page.into_string())).into_response())
        }
    }
}

/// Whether the form says what is wrong; other refusals have a page of their own.
fn is_about_the_list(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Unreadable(_) | Refusal::Fields(_))
}

/// Takes the form in: its file to the disk, its fields into `fields`.
async fn receive(
    app: &App,
    headers: &HeaderMap,
    account: &Account,
    request: Request,
    fields: &mut Fields,
) -> Result<Option<(String, Received)>, Lost> {
    let Ok(_place) = app.running.uploads.clone().try_acquire_owned() else {
        let busy = "as many files as are taken at once are being sent; try again in a moment";
        return Err(Refusal::TooMany(busy.into()).into());
    };
    let unreadable = |reason: String| Lost::from(Refusal::Unreadable(reason));
    let mut parts = Multipart::from_request(request, app)
        .await
        .map_err(|e| unreadable(format!("the form could not be read: {e}")))?;
    let mut file = None;
    let mut count = 0;
    while let Some(part) = parts.next_field().await.map_err(|_| Lost::BrokenOff)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(base_name) {
            Some(file_name) if file.is_none() && !file_name.is_empty() => {
                let (registry, account) = (app.registry.clone(), account.clone());
                let largest = registry.limits().list_bytes();
                let received = take_in(headers, largest, part, move |bytes| {
                    registry.take_in(&account, bytes)
                });
                file = Some((file_name, received.await?));
            }
            Some(_) => {}
            None => {
                count += 1;
                if count > FIELDS {
                    return Err(unreadable(format!(
                        "the form has more than {FIELDS} fields"
                    )));
                }
                fields.set(name, short_text(part).await?);
            }
        }
    }
    Ok(file)
}

async fn short_text(mut part: Field<'_>) -> Result<String, Lost> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|_| Lost::BrokenOff)? {
        if bytes.len() + piece.len() > FIELD_BYTES {
            let reason = format!("a field of the form has more than {FIELD_BYTES} bytes");
            return Err(Refusal::Unreadable(reason).into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Keeps a list that can be read; gives its id.
async fn keep(
    app: &App,
    account: Account,
    file: Option<(String, Received)>,
    fields: &Fields,
) -> Result<String, Lost> {
    let missing = |problem: &str| Lost::from(Refusal::Unreadable(problem.to_owned()));
    let Some((name, file)) = file else {
        return Err(missing("choose the file of the list"));
    };
    if fields.get("party").is_empty() {
        return Err(missing("say whose list it is"));
    }
    let given = |name: &str| Some(fields.get(name).to_owned()).filter(|v| !v.is_empty());
    let rows_are = RowsAre::from_id(fields.get("rows_are")).unwrap_or(RowsAre::Sites);
    let order = ListOrder {
        party_kind: PartyKind::from_id(fields.get("party_kind")).unwrap_or(PartyKind::Other),
        sensitivity: Sensitivity::from_id(fields.get("sensitivity"))
            .unwrap_or(Sensitivity::Withheld),
        list: given("list"),
        url: given("url"),
        ..ListOrder::new(rows_are, fields.get("party"), std::path::Path::new(&name))
    };
    let kept = ask(app, move |registry| {
        registry.keep_list(&account, file, order)
    });
    match kept.await {
        Ok((list, _)) => Ok(list.id),
        Err(failure) => Err(failure.into_refusal().into()),
    }
}
