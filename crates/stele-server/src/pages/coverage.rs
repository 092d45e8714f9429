//! What stands around an aggregate's ladder: figures of others beside it, what is missing as a list to
//! work on, linking by rule, the items as a table to take along.

use crate::App;
use crate::answer::{Answer, ask, page as answer_page};
use crate::asked::Asked;
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
use serde::Deserialize;
use stele_model::*;
use stele_registry::coverage::{ItemRow, Lack, MissingView, Overlaps, RuleView};
use stele_registry::{Refusal, Shown};

/// Largest table a page hands out; the command writes larger ones.
const MOST_EXPORTED: u64 = 50_000;

fn id_of(text: &str) -> Result<AnyId, Refusal> {
    text.parse()
        .map_err(|_| Refusal::NotFound(text.chars().take(60).collect()))
}

/// What the address of what is missing may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    /// What the items lack.
    what: Option<String>,
    /// Go on after this link.
    after: Option<String>,
}

/// `GET /aggregate/{id}/missing?what=location`
pub async fn missing(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    Asked(q): Asked<Ask>,
) -> Answer {
    let id = id_of(&id)?;
    let lack = q
        .what
        .as_deref()
        .and_then(Lack::from_id)
        .unwrap_or(Lack::Identity);
    let after = q.after.as_deref().and_then(|a| a.parse().ok());
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| {
        registry.missing(&viewer, id, lack, after, &lang)
    })
    .await?;
    let title = view.aggregate.title("en");
    answer_page(framed(
        &app,
        &reader,
        "/aggregates",
        "What is missing",
        &above(),
        missing_body(&title, &view, lack, &reader),
    ))
}

fn above() -> [(&'static str, String); 1] {
    [("/aggregates", "Aggregates".to_owned())]
}

fn missing_body(title: &str, view: &MissingView, lack: Lack, reader: &Reader) -> Markup {
    let base = format!("/aggregate/{}/missing", view.aggregate.id);
    let next = view
        .next
        .map(|next| format!("{base}?what={}&after={next}", lack.id()));
    html! {
        (ui::heading("what is missing", html! { a href=(ui::address(&view.aggregate)) { (say::text(title)) } }, html! {}))
        nav.narrowing aria-label="What the items lack" {
            p { @for one in Lack::ALL {
                a.chip href={ (base) "?what=" (one.id()) } aria-current=[(one == lack).then_some("page")] { (one.label()) } " "
            } }
        }
        h2 { (lack.label()) }
        @if view.rows.is_empty() {
            @if next.is_some() { p.muted { "None among the items looked through so far." } }
            @else { (ui::empty("Nothing is missing here.", html! { a href=(ui::address(&view.aggregate)) { "Back to the aggregate" } })) }
        } @else {
            table.table {
                caption { "Items that count; duplicates and exclusions are left out." }
                thead { tr { th scope="col" { "Site" } th scope="col" { "Areas" } th scope="col" { "To do" } } }
                tbody { @for row in &view.rows { tr {
                    th scope="row" data-label="Site" { a href=(ui::address(&row.site)) { (say::text(&row.site.title(&reader.lang))) } }
                    td data-label="Areas" { @if let Body::Site(site) = &row.site.body { (ui::links(&view.titles, &site.areas)) } }
                    td data-label="To do" { (to_do(row, lack)) }
                } } }
            }
        }
        (ui::pagination(next))
    }
}

fn to_do(row: &ItemRow, lack: Lack) -> Markup {
    let site = row.site.id;
    match lack {
        Lack::Location => html! { a href={ "/revise/" (site) } { "Add its location" } },
        Lack::Assessment => {
            html! { a href={ "/record/assessment?site=" (site) } { "Record an assessment" } }
        }
        Lack::Identity => html! { a href={ "/revise/" (row.link.id) } { "Confirm its identity" } },
        Lack::Finding => html! { a href=(ui::address(&row.site)) { "See what is known" } },
    }
}

/// How many items lack what, with links to the lists.
pub(crate) fn missing_counts(shown: &Shown) -> Markup {
    let Some(l) = &shown.ladder else {
        return html! {};
    };
    let members = l.members();
    let counts = [
        (Lack::Identity, members - l.identified),
        (Lack::Location, members - l.located),
        (Lack::Assessment, members - l.assessed_independent),
        (Lack::Finding, l.pending),
    ];
    html! {
        section aria-labelledby="missing-title" {
            h2 #missing-title { "What is missing" }
            @if members == 0 { p.muted { "No item is named yet, so nothing can be looked for." } }
            @else {
                ul.plain { @for (lack, n) in counts { li {
                    a href={ (ui::address(shown)) "/missing?what=" (lack.id()) } { (lack.label()) } ": " (grouped(n)) " of " (say::count(members, "item", "items"))
                } } }
            }
        }
    }
}

/// Figures of the same kind over the same ground: side by side, never added.
pub(crate) fn overlaps(own: &Shown, view: &Overlaps) -> Markup {
    html! {
        @if !view.rows.is_empty() {
            section aria-labelledby="overlaps-title" {
                h2 #overlaps-title { "Other figures over the same ground" }
                p.muted { "Of the same group of categories, over areas that overlap. They stand side by side; they may count the same things and are never added." }
                div.party-grid {
                    article.figure-card { h3 { "This figure" } p { (say::text(&own.title("en"))) } (ui::ladder_line(own)) }
                    @for row in &view.rows {
                        article.figure-card {
                            h3 { a href=(ui::address(&row.aggregate)) { (say::text(&row.aggregate.title("en"))) } }
                            @if !row.parties.is_empty() { p { "According to " (ui::links(&view.titles, &row.parties)) } }
                            (ui::ladder_line(&row.aggregate))
                        }
                    }
                }
            }
        }
    }
}

/// `GET /aggregate/{id}/by-rule`
pub async fn by_rule(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    member(&reader)?;
    let id = id_of(&id)?;
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| registry.by_rule(&viewer, id, &lang)).await?;
    answer_page(framed(
        &app,
        &reader,
        "/aggregates",
        "Link items by rule",
        &above(),
        rule_body(&view, &reader),
    ))
}

fn rule_body(view: &RuleView, reader: &Reader) -> Markup {
    let Body::Aggregate(aggregate) = &view.aggregate.body else {
        return html! {};
    };
    let address = ui::address(&view.aggregate);
    html! {
        (ui::heading("link items by rule", html! { a href=(address) { (say::text(&view.aggregate.title("en"))) } }, html! {}))
        p { "The rule: every site of the category “" (aggregate.category.label()) "”, or of a finer one, that a party places in " (ui::links(&view.titles, &aggregate.areas)) " or an area within (" (say::count(view.areas as u64, "area", "areas")) " in all)." }
        p.muted { "A site linked so is a candidate: its identity is not confirmed, and the party whose claim it is has not named it." }
        @if view.count == 0 {
            (ui::empty("The rule finds no site that is not an item already.", html! { (say::count(view.linked as u64, "site", "sites")) " of the rule " @if view.linked == 1 { "is an item" } @else { "are items" } " already." }))
        } @else {
            form method="post" action={ (address) "/by-rule" } {
                p { button.button.button--primary type="submit" { "Link " (say::count(view.count as u64, "site", "sites")) " as items" }
                    " " span.muted { "One act in the ledger; " (grouped(view.linked as u64)) " linked already and left as they are." } }
            }
            table.table {
                caption { @if view.count > view.sites.len() { "The first " (view.sites.len()) " of " (grouped(view.count as u64)) " sites that would be linked." } @else { "The sites that would be linked." } }
                thead { tr { th scope="col" { "Site" } th scope="col" { "What it is" } th scope="col" { "Areas" } } }
                tbody { @for site in &view.sites { @if let Body::Site(body) = &site.body { tr {
                    th scope="row" data-label="Site" { a href=(ui::address(site)) { (say::text(&site.title(&reader.lang))) } }
                    td data-label="What it is" { (body.category.label()) }
                    td data-label="Areas" { (ui::links(&view.titles, &body.areas)) }
                } } } }
            }
        }
        @if !view.acts.is_empty() {
            section { h2 { "Acts that linked several items" }
                p.muted { "Undoing one takes back those of its links that still stand; nothing is erased." }
                ul.plain { @for act in &view.acts { li {
                    form.inline method="post" action={ (address) "/by-rule/undo" } {
                        input type="hidden" name="act" value=(act.stamp);
                        (say::moment(act.stamp.parse::<Stamp>().map_or(0, |s| s.at.unix_ms))) ": " (say::count(act.links as u64, "link", "links")) " "
                        button.button.button--danger type="submit" aria-label={ "Undo the act of " (act.stamp) } { "Undo" }
                    }
                } } }
            }
        }
    }
}

/// `POST /aggregate/{id}/by-rule`
pub async fn link_by_rule(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let account = member(&reader)?.clone();
    let id = id_of(&id)?;
    ask(&app, move |registry| registry.link_by_rule(&account, id)).await?;
    Ok(Redirect::to(&format!("/aggregate/{id}")).into_response())
}

/// `POST /aggregate/{id}/by-rule/undo`
pub async fn undo_links(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    values: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let id = id_of(&id)?;
    let act = values.get("act").to_owned();
    ask(&app, move |registry| {
        registry.undo_links(&account, id, &act)
    })
    .await?;
    Ok(Redirect::to(&format!("/aggregate/{id}/by-rule")).into_response())
}

/// `GET /aggregate/{id}/items.csv`
pub async fn items_csv(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let id = id_of(&id)?;
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let bytes = ask(&app, move |registry| {
        let shown = registry.get(&viewer, id)?;
        if shown.ladder.is_some_and(|l| l.itemised > MOST_EXPORTED) {
            return Err(Refusal::Unreadable(format!("the aggregate has more than {MOST_EXPORTED} items; the command writes them: stele export --data DIR {id} --out items.csv")));
        }
        let mut bytes = Vec::new();
        registry.export_items(&viewer, id, &lang, &mut bytes)?;
        Ok(bytes)
    })
    .await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"items-{id}.csv\""),
            ),
        ],
        bytes,
    )
        .into_response())
}

/// Figures beside a record, each with its ladder in little.
pub(crate) fn figures(rows: &[Shown]) -> Markup {
    html! {
        @if !rows.is_empty() {
            section aria-labelledby="figures-title" {
                h2 #figures-title { "Figures, and how far they were checked" }
                div.party-grid { @for row in rows { (ui::figure(row)) } }
            }
        }
    }
}
