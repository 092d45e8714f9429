//! A list of one kind, with facets; its JSON twin at `…json`.

use crate::App;
use crate::answer::{Answer, Failure, ask, json, page as answer_page};
use crate::asked::Asked;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use crate::pages::overview::mission_card;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde::Deserialize;
use stele_model::{AnyId, Body, Kind, Word, grouped};
use stele_registry::find::ListView;
use stele_registry::view::Titles;
use stele_registry::{After, Filter, Order, Refusal, Shown};

/// What the address may ask for.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Ask {
    facet: Option<String>,
    status: Option<String>,
    party: Option<String>,
    /// `KEY~ID` of the last row of the page before.
    after: Option<String>,
    limit: Option<usize>,
}

impl Ask {
    /// What the list is narrowed by, and where it goes on.
    fn read(&self, kind: Kind) -> Result<(Filter, Option<After>), Refusal> {
        let given = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        let word = |field: &str, text: &Option<String>, known: &[&str]| match given(text) {
            Some(word) if !known.contains(&word.as_str()) => Err(Refusal::field(
                field,
                match known {
                    [] => format!("is no word that {} have; leave it out", kind.plural()),
                    known => format!("is one of: {}", known.join(", ")),
                },
            )),
            word => Ok(word),
        };
        let filter = Filter {
            kind: Some(kind),
            facet: word("facet", &self.facet, kind.facets())?,
            status: word("status", &self.status, kind.statuses())?,
            party: given(&self.party)
                .map(|id| id.parse::<AnyId>())
                .transpose()
                .map_err(|_| {
                    Refusal::field(
                        "party",
                        "is the id of a party: the last part of its address",
                    )
                })?,
            ..Filter::default()
        };
        let after = given(&self.after)
            .map(|text| {
                let (key, id) = text.rsplit_once('~')?;
                Some(After {
                    key: key.to_owned(),
                    id: id.parse().ok()?,
                })
            })
            .map(|after| {
                after.ok_or_else(|| {
                    let why = "does not continue this list; take it from the link to the next page as it is";
                    Refusal::field("after", why)
                })
            })
            .transpose()?;
        Ok((filter, after))
    }
}

/// Rows of a page.
const ROWS: usize = 50;

/// `GET /claims`, `GET /claims.json`, and so for every kind.
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(plural): Path<String>,
    Asked(q): Asked<Ask>,
) -> Answer {
    let (name, as_json) = match plural.strip_suffix(".json") {
        Some(name) => (name, true),
        None => (plural.as_str(), false),
    };
    let Some(kind) = Kind::ALL.iter().copied().find(|kind| kind.plural() == name) else {
        return Ok(crate::pages::not_found().await.into_response());
    };
    let (filter, after) = q.read(kind).map_err(|refusal| {
        let failure = Failure::from(refusal).of_address();
        match as_json {
            true => failure.into_json(),
            false => failure,
        }
    })?;
    let order = order_of(kind);
    let limit = q
        .limit
        .unwrap_or(if as_json { 1000 } else { ROWS })
        .clamp(1, stele_registry::find::LONGEST_PAGE);
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let (asked, from) = (filter.clone(), after.clone());
    let found = ask(&app, move |registry| {
        registry.list(&viewer, &asked, order, from.as_ref(), limit, &lang)
    })
    .await;
    if as_json {
        let view = found.map_err(|f| f.into_json())?;
        let next = view
            .next
            .as_ref()
            .map(|next| address(kind, &q, Some(next), true));
        return json(&serde_json::json!({"rows": view.rows, "next": next}));
    }
    let view = found?;
    let missions = match kind {
        Kind::Mission => Some(boards(&app, &reader, &view).await?),
        _ => None,
    };
    let title = capital(kind.plural());
    let section = format!("/{}", kind.plural());
    let body = html! {
        (ui::heading("list", html! { (title) }, html! {}))
        @if reader.account().is_some_and(|a| a.may_record(kind)) {
            p { @match kind {
                Kind::Import => { a.button href="/read-list" { "Read in a list" } }
                kind => { a.button href={ "/record/" (kind.id()) } { "Record " (say::one(kind.label())) } }
            } }
        }
        (narrowing(kind, &q, &view))
        @if view.rows.is_empty() { (nothing(kind, &reader)) }
        @match missions {
            Some(boards) => div.mission-grid { @for board in boards { (board) } },
            None => (rows(kind, &view, &reader)),
        }
        (ui::pagination(view.next.as_ref().map(|next| address(kind, &q, Some(next), false))))
        p.muted { "The same as " a href=(address(kind, &Ask { after: None, ..q.clone() }, None, true)) { "JSON" } "." }
    };
    answer_page(framed(&app, &reader, &section, &title, &[], body))
}

async fn boards(app: &App, reader: &Reader, view: &ListView) -> Result<Vec<Markup>, Failure> {
    let mut boards = Vec::new();
    for mission in &view.rows {
        let (id, viewer, lang) = (mission.id, reader.viewer.clone(), reader.lang.clone());
        let board = ask(app, move |registry| registry.mission(&viewer, id, &lang)).await?;
        boards.push(mission_card(&board));
    }
    Ok(boards)
}

/// The order a kind is read in.
pub(crate) fn order_of(kind: Kind) -> Order {
    match kind {
        Kind::Claim
        | Kind::Position
        | Kind::Finding
        | Kind::Assessment
        | Kind::MissionStep
        | Kind::Source
        | Kind::Obligation
        | Kind::Adherence => Order::Day,
        Kind::Aggregate => Order::Weight,
        _ => Order::Title,
    }
}

fn address(kind: Kind, q: &Ask, next: Option<&After>, as_json: bool) -> String {
    let mut parts = Vec::new();
    for (name, value) in [
        ("facet", &q.facet),
        ("status", &q.status),
        ("party", &q.party),
    ] {
        if let Some(value) = value.as_deref().filter(|v| !v.is_empty()) {
            parts.push(format!("{name}={}", ui::query(value)));
        }
    }
    if let Some(next) = next {
        parts.push(format!("after={}~{}", ui::query(&next.key), next.id));
    }
    let twin = if as_json { ".json" } else { "" };
    match parts.is_empty() {
        true => format!("/{}{twin}", kind.plural()),
        false => format!("/{}{twin}?{}", kind.plural(), parts.join("&")),
    }
}

fn narrowing(kind: Kind, q: &Ask, view: &ListView) -> Markup {
    let group = |title: &str,
                 chosen: &Option<String>,
                 counts: &[(String, u64)],
                 make: &dyn Fn(Option<String>) -> Ask| {
        html! {
            @if counts.len() > 1 || chosen.is_some() {
                div.facets__group {
                    h2.facets__title { (title) }
                    ul {
                        @if chosen.is_some() { li { a href=(address(kind, &make(None), None, false)) { "all" } } }
                        @for (value, n) in counts {
                            li { a href=(address(kind, &make(Some(value.clone())), None, false)) aria-current=[(chosen.as_deref() == Some(value)).then_some("true")] { (word(kind, value)) " " span.facets__count { (grouped(*n)) } } }
                        }
                    }
                }
            }
        }
    };
    let base = Ask {
        after: None,
        ..q.clone()
    };
    html! {
        @if view.facets.len() + view.statuses.len() > 1 {
            nav.facets aria-label="Narrow the list" {
                (group(facet_title(kind), &q.facet, &view.facets, &|facet| Ask { facet, ..base.clone() }))
                (group("Status", &q.status, &view.statuses, &|status| Ask { status, ..base.clone() }))
            }
        }
    }
}

fn facet_title(kind: Kind) -> &'static str {
    match kind {
        Kind::Site | Kind::Aggregate => "Category",
        Kind::Claim => "What is said",
        Kind::Assessment => "Grade",
        Kind::Finding => "Conclusion",
        _ => "Kind",
    }
}

/// A facet or status in words.
pub(crate) fn word(kind: Kind, id: &str) -> String {
    use stele_model::*;
    let facet = match kind {
        Kind::Site | Kind::Aggregate => Category::from_id(id).map(Word::label),
        Kind::Claim => Predicate::from_id(id).map(Word::label),
        Kind::Party => PartyKind::from_id(id).map(Word::label),
        Kind::Source => SourceKind::from_id(id).map(Word::label),
        Kind::Area => AreaKind::from_id(id).map(Word::label),
        Kind::Link => LinkKind::from_id(id).map(Word::label),
        Kind::Assessment => Grade::from_id(id).map(Word::label),
        Kind::Finding => Conclusion::from_id(id).map(Word::label),
        Kind::Mission => MissionKind::from_id(id).map(Word::label),
        Kind::Instrument => InstrumentKind::from_id(id).map(Word::label),
        Kind::Adherence => Act::from_id(id).map(Word::label),
        Kind::Protection => ProtectionLevel::from_id(id).map(Word::label),
        _ => None,
    };
    facet
        .or_else(|| FindingStatus::from_id(id).map(Word::label))
        .or_else(|| Stage::from_id(id).map(Word::label))
        .map_or_else(|| id.replace('_', " "), str::to_owned)
}

fn nothing(kind: Kind, reader: &Reader) -> Markup {
    let what = format!("No {} to show here.", kind.plural().replace('-', " "));
    ui::empty(
        &what,
        html! {
            @if reader.account().is_some_and(|a| a.may_record(kind)) {
                a href={ "/record/" (kind.id()) } { "Record the first " (kind.label()) } " or " a href="/read-in" { "read in an article" } "."
            } @else { "Clear what the list is narrowed by, or " a href="/sign-in" { "sign in" } " to record." }
        },
    )
}

fn rows(kind: Kind, view: &ListView, reader: &Reader) -> Markup {
    match kind {
        Kind::Claim => {
            html! { div.card-list { @for row in &view.rows {
                @match view.figures.get(&row.id) { Some(figure) => div.claim-with-figure { (ui::claim(row, &view.titles)) (ui::ladder_line(figure)) }, None => (ui::claim(row, &view.titles)) }
            } } }
        }
        Kind::Finding => {
            html! { div.card-list { @for row in &view.rows { (ui::finding(row, &view.titles)) } } }
        }
        Kind::Assessment => {
            html! { div.card-list { @for row in &view.rows { (ui::assessment(row, &view.titles)) } } }
        }
        Kind::Aggregate => {
            html! { div.card-list { @for row in &view.rows { article.figure-card { h2 { a href=(ui::address(row)) { (say::text(&row.title("en"))) } } (ui::ladder_line(row)) } } } }
        }
        _ if view.rows.is_empty() => html! {},
        _ => html! {
            table.table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "What it is" } th scope="col" { "More" } } }
                tbody { @for row in &view.rows { (table_row(row, &view.titles, reader)) } }
            }
        },
    }
}

fn table_row(row: &Shown, titles: &Titles, reader: &Reader) -> Markup {
    let what = row
        .body
        .facet()
        .map(|f| word(row.kind, f))
        .unwrap_or_default();
    html! {
        tr {
            th scope="row" data-label="Name" { a href=(ui::address(row)) { (say::text(&row.title(&reader.lang))) } }
            td data-label="What it is" { (what) " " (ui::status(row)) }
            td data-label="More" { (more(row, titles)) }
        }
    }
}

fn more(row: &Shown, titles: &Titles) -> Markup {
    html! {
        @match &row.body {
            Body::Site(b) => { @if !b.areas.is_empty() { (ui::links(titles, &b.areas)) } @if let Some(place) = &row.place { " " span.muted { (ui::place(place)) } } }
            Body::Source(b) => { (ui::link(titles, b.publisher)) @if let Some(date) = &b.published { ", " (say::date(date)) } }
            Body::Area(b) => { @if let Some(parent) = b.parent { "in " (ui::link(titles, parent)) } }
            Body::Party(b) => { @if let Some(country) = &b.country { (say::text(country)) } @if !b.belongs_to.is_empty() { " · belongs to " (ui::links(titles, &b.belongs_to)) } }
            Body::Instrument(b) => { @if let Some(date) = &b.adopted { (say::date(date)) } }
            Body::Obligation(b) => { (ui::link(titles, b.instrument)) ", " (b.basis) @if let Some(due) = &b.due { " · due " (say::date(due)) } }
            Body::Adherence(b) => { (ui::link(titles, b.state)) ", " (say::date(&b.on)) " · according to " (ui::link(titles, b.source)) }
            Body::Position(b) => { (ui::link(titles, b.actor)) @if let Some(since) = &b.since { ", " (say::date(since)) } }
            Body::MissionStep(b) => { (ui::link(titles, b.mission)) ", " (say::date(&b.on)) }
            Body::Protection(b) => { (ui::link(titles, b.site)) }
            Body::Link(b) => { (ui::link_any(titles, b.from)) " → " (ui::link_any(titles, b.to)) }
            Body::Evidence(b) => { (b.media_type) ", " (grouped(b.size_bytes)) " bytes" }
            Body::Review(b) => { (ui::link(titles, b.finding)) }
            Body::Publication(b) => { (ui::link(titles, b.finding)) }
            Body::Reply(b) => { (ui::link(titles, b.party)) " to " (ui::link_any(titles, b.to)) }
            Body::Retraction(b) => { (ui::link(titles, b.party)) }
            Body::Import(b) => { (ui::link(titles, b.list)) " · " (ui::link(titles, b.party)) }
            Body::SamplingPlan(b) => { (ui::link(titles, b.aggregate)) @if let Some(mission) = b.mission { ", for " (ui::link(titles, mission)) } }
            Body::Claim(_) | Body::Aggregate(_) | Body::Assessment(_) | Body::Finding(_) | Body::Mission(_) => {}
        }
    }
}

/// First letter large.
pub(crate) fn capital(text: &str) -> String {
    let text = text.replace(['-', '_'], " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| {
        c.to_uppercase().collect::<String>() + chars.as_str()
    })
}
