//! Forms to record and to revise by hand. One form per kind, drawn from one list of fields.

mod draw;
mod fields;
mod read;

use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page, wrong_form};
use crate::drafts::by_the_account;
use crate::fields::Fields;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use crate::pages::list::capital;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use draw::{Drawing, kinds_asked};
use fields::fields_of;
use maud::{Markup, html};
use read::Reading;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use stele_model::{AnyId, FieldError, Kind, Record, Word};
use stele_registry::{Account, Filter, Order, Refusal, Registry, Viewer};

/// Names offered for a field at most; others can be typed.
const OFFERS: usize = 300;

/// `GET /record`
pub async fn choose(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    let account = member(&reader)?;
    let may = |kind: &&Kind| account.may_record(**kind);
    let group = |title: &str, kinds: &[Kind]| {
        html! {
            section {
                h2 { (title) }
                ul.choices { @for kind in kinds.iter().filter(may) { li { a href={ "/record/" (kind.id()) } { (capital(kind.label())) } " " span.muted { (what_for(*kind)) } } } }
            }
        }
    };
    let body = html! {
        (ui::heading("record", html! { "Record by hand" }, html! {}))
        p { "A text is quicker to " a href="/read-in" { "read in" } ": its claims are proposed to you with their passages." }
        (group("What is said", &[Kind::Source, Kind::Claim, Kind::Aggregate, Kind::Position, Kind::Reply, Kind::Retraction]))
        (group("What it is about", &[Kind::Party, Kind::Area, Kind::Site, Kind::Protection, Kind::Link]))
        (group("What was observed and concluded", &[Kind::Evidence, Kind::Assessment, Kind::Finding, Kind::Review, Kind::Publication]))
        (group("Missions and instruments", &[Kind::Mission, Kind::MissionStep, Kind::SamplingPlan, Kind::Instrument, Kind::Adherence, Kind::Obligation]))
    };
    answer_page(framed(
        &app,
        &reader,
        "/record",
        "Record by hand",
        &[],
        body,
    ))
}

fn what_for(kind: Kind) -> &'static str {
    match kind {
        Kind::Source => "an article, statement, report or list",
        Kind::Claim => "a party says that something is the case",
        Kind::Aggregate => "a number of things that are not named",
        Kind::Position => "what an actor says about a process",
        Kind::Reply => "a concerned party's answer",
        Kind::Retraction => "a party takes its own claim back",
        Kind::Party => "who can say or do something",
        Kind::Area => "a territory under its names",
        Kind::Site => "a place, institution, collection or object",
        Kind::Protection => "a status under an instrument",
        Kind::SamplingPlan => "sites drawn at random for a mission",
        Kind::Link => "how two records stand to each other",
        Kind::Evidence => "a file, kept as received",
        Kind::Assessment => "one observation of one site",
        Kind::Finding => "a conclusion about a site's condition",
        Kind::Review => "a second person's judgement",
        Kind::Publication => "a finding that met the policy",
        Kind::Mission => "a visit, planned or made",
        Kind::MissionStep => "a mission comes to a stage",
        Kind::Instrument => "a treaty, protocol or plan",
        Kind::Adherence => "a State's act towards an instrument",
        Kind::Obligation => "what is owed, and by when",
        Kind::Import => "a list read in as one act",
    }
}

/// Who may record anything; others are asked to sign in.
pub(crate) fn member(reader: &Reader) -> Result<&Account, Failure> {
    match reader.account() {
        Some(account) if account.records() => Ok(account),
        Some(_) => Err(Refusal::NotAllowed(
            "your account may read, not record; an administrator can change that".into(),
        )
        .into()),
        None => Err(Refusal::NotAllowed("sign in to record".into()).into()),
    }
}

fn kind_named(id: &str) -> Result<Kind, Failure> {
    Kind::from_id(id).ok_or_else(|| Refusal::NotFound(id.to_owned()).into())
}

/// `GET /record/{kind}`; what stands in the address fills fields.
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let kind = kind_named(&kind)?;
    member(&reader)?;
    if kind == Kind::SamplingPlan {
        let query = query.map_or_else(String::new, |q| format!("?{q}"));
        return Ok(Redirect::to(&format!("/sample{query}")).into_response());
    }
    let mut values =
        Fields::of(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned());
    if kind == Kind::Publication && values.get("on").is_empty() {
        values.set("on".into(), stele_registry::clock::today().to_string());
    }
    answer_page(draw_form(&app, &reader, kind, None, values, Vec::new()).await?)
}

/// `POST /record/{kind}`
pub async fn submit(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(kind): Path<String>,
    values: Fields,
) -> Answer {
    let kind = kind_named(&kind)?;
    let account = member(&reader)?.clone();
    let asked = values.clone();
    let outcome = ask(&app, move |registry| {
        let id = stele_registry::clock::mint();
        recorded(registry, &account, kind, id, Map::new(), &asked, None)
    })
    .await?;
    outcome_page(&app, &reader, kind, None, values, outcome).await
}

/// `GET /revise/{id}`
pub async fn revise_page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    member(&reader)?;
    let id: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.clone()))?;
    let viewer = reader.viewer.clone();
    let record = ask(&app, move |registry| registry.whole(&viewer, id)).await?;
    let mut values = Fields::default();
    read::written(
        fields_of(record.kind()),
        &record.to_json()["data"],
        "",
        &mut values,
    );
    answer_page(draw_form(&app, &reader, record.kind(), Some(id), values, Vec::new()).await?)
}

/// `POST /revise/{id}`
pub async fn revise(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    values: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let id: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.clone()))?;
    let asked = values.clone();
    let (kind, outcome) = ask(&app, move |registry| {
        let record = registry.whole(&Viewer::Member(account.clone()), id)?;
        let old = match record.to_json()["data"].take() {
            Value::Object(old) => old,
            _ => Map::new(),
        };
        let revision = json!({"reason": asked.get("revision.reason"), "withdrawn": !asked.get("revision.withdrawn").is_empty()});
        Ok((record.kind(), recorded(registry, &account, record.kind(), id, old, &asked, Some(revision))?))
    })
    .await?;
    outcome_page(&app, &reader, kind, Some(id), values, outcome).await
}

async fn outcome_page(
    app: &App,
    reader: &Reader,
    kind: Kind,
    revised: Option<AnyId>,
    values: Fields,
    outcome: Result<AnyId, Vec<FieldError>>,
) -> Answer {
    match outcome {
        Ok(id) => Ok(Redirect::to(&format!("/{}/{id}", kind.id())).into_response()),
        Err(errors) => wrong_form(draw_form(app, reader, kind, revised, values, errors).await?),
    }
}

/// Records what the form says, or gives what is wrong with it, field by field.
fn recorded(
    registry: &Registry,
    account: &Account,
    kind: Kind,
    id: AnyId,
    mut data: Map<String, Value>,
    values: &Fields,
    revision: Option<Value>,
) -> Result<Result<AnyId, Vec<FieldError>>, Refusal> {
    let viewer = Viewer::Member(account.clone());
    let mut reading = Reading {
        registry,
        viewer: &viewer,
        errors: Vec::new(),
    };
    reading.object(fields_of(kind), values, "", &mut data)?;
    let mut errors = reading.errors;
    by_the_account(registry, account, kind, &mut data);
    if kind == Kind::Evidence && !data.contains_key("sha256") {
        match &values.file {
            Some(file) => {
                let kept = registry.keep_file(account, file.bytes.as_slice())?;
                data.insert("sha256".into(), json!(kept.sha256));
                data.insert("size_bytes".into(), json!(kept.size_bytes));
                data.insert("media_type".into(), json!(file.media_type));
                data.insert("original_name".into(), json!(file.name));
            }
            None => errors.push(FieldError::new("file", "is missing; choose one")),
        }
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let mut form = json!({"id": id, "type": kind, "data": data});
    if let Some(revision) = revision {
        form["revision"] = revision;
    }
    let record = match Record::from_json(form) {
        Ok(record) => record,
        Err(error) => return Ok(Err(vec![error])),
    };
    match registry.record(account, vec![record]) {
        Ok(_) => Ok(Ok(id)),
        Err(Refusal::Fields(errors)) => Ok(Err(errors)),
        Err(other) => Err(other),
    }
}

async fn draw_form(
    app: &App,
    reader: &Reader,
    kind: Kind,
    revised: Option<AnyId>,
    values: Fields,
    errors: Vec<FieldError>,
) -> Result<Markup, Failure> {
    let specs = fields_of(kind);
    let mut kinds = Vec::new();
    kinds_asked(specs, &mut kinds);
    let (viewer, lang, asked) = (reader.viewer.clone(), reader.lang.clone(), values.clone());
    let (offers, titles) = ask(app, move |registry| {
        offers(registry, &viewer, &lang, &kinds, &asked, kind)
    })
    .await?;
    let drawing = Drawing {
        specs,
        fields: &values,
        errors: &errors,
        offers: &offers,
        titles: &titles,
    };
    let action = match revised {
        Some(id) => format!("/revise/{id}"),
        None => format!("/record/{}", kind.id()),
    };
    let title = match revised {
        Some(_) => format!("Correct this {}", kind.label()),
        None => format!("Record: {}", kind.label()),
    };
    let multipart = (kind == Kind::Evidence && revised.is_none()).then_some("multipart/form-data");
    let body = html! {
        (ui::heading("record", html! { (title) }, html! {}))
        p.muted { (say::text(&capital(what_for(kind)))) "." }
        (drawing.summary())
        form.form method="post" action=(action) enctype=[multipart] novalidate {
            @if kind == Kind::Evidence && revised.is_some() { (drawing.fields(&specs[1..], "")) } @else { (drawing.fields(specs, "")) }
            @if revised.is_some() {
                fieldset.group { legend { "Why it is corrected" }
                    div.field { label for="f-revision-reason" { "Reason" } p.field__hint { "Kept for good beside what stood before" } input #f-revision-reason name="revision.reason" value=(values.get("revision.reason")) required; }
                    div.field { label.field__check { input type="checkbox" name="revision.withdrawn" value="yes"; " It was recorded by mistake and is withdrawn altogether" } }
                }
            }
            div.form__actions { button.button.button--primary type="submit" { @if revised.is_some() { "Record the correction" } @else { "Record" } } " " a href=(revised.map_or_else(|| "/record".to_owned(), |id| format!("/{}/{id}", kind.id()))) { "Cancel" } }
        }
        (drawing.offers())
    };
    Ok(framed(
        app,
        reader,
        "/record",
        &title,
        &[("/record", "Record by hand".to_owned())],
        body,
    ))
}

type Offers = (BTreeMap<Kind, Vec<String>>, BTreeMap<String, String>);

fn offers(
    registry: &Registry,
    viewer: &Viewer,
    lang: &str,
    kinds: &[Kind],
    values: &Fields,
    kind: Kind,
) -> Result<Offers, Refusal> {
    let mut offers = BTreeMap::new();
    for kind in kinds {
        let filter = Filter {
            kind: Some(*kind),
            ..Filter::default()
        };
        let rows = registry
            .list(viewer, &filter, Order::Title, None, OFFERS, lang)?
            .rows;
        offers.insert(*kind, rows.iter().map(|row| row.title(lang)).collect());
    }
    let mut titles = BTreeMap::new();
    for id in ids_in(fields_of(kind), values, "") {
        if let Ok(parsed) = id.parse::<AnyId>()
            && let Ok(shown) = registry.get(viewer, parsed)
        {
            titles.insert(id, shown.title(lang));
        }
    }
    Ok((offers, titles))
}

/// Ids that stand in fields which name records.
fn ids_in(specs: &[fields::Field], values: &Fields, prefix: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for spec in specs {
        let path = read::join(prefix, spec.name);
        match &spec.input {
            fields::Input::One(_) | fields::Input::Many(_) | fields::Input::Subject => {
                ids.extend(
                    values
                        .get(&path)
                        .lines()
                        .map(|l| l.trim().to_owned())
                        .filter(|l| l.len() == 26),
                );
            }
            fields::Input::Group(parts) => ids.extend(ids_in(parts, values, &path)),
            _ => {}
        }
    }
    ids
}
