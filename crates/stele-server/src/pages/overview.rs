//! The first page: what the registry holds, claims by party with their ladders, missions, last changes.

use crate::App;
use crate::answer::{Answer, ask, json, page as answer_page};
use crate::asked::Asked;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::negotiate;
use crate::pages::framed;
use crate::pages::linked::{about, data_block};
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use maud::{Markup, html};
use serde::Deserialize;
use stele_formats::linked::registry_in_schema_org;
use stele_model::{FindingStatus, Kind, Word, grouped};
use stele_registry::clock;
use stele_registry::find::MissionView;
use stele_registry::overview::{Overview, PartyStanding};

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub struct Ask {
    /// `json` for the twin.
    format: Option<String>,
}

/// `GET /`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    Asked(q): Asked<Ask>,
) -> Answer {
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let view = ask(&app, move |registry| registry.overview(&viewer, &lang)).await?;
    if q.format.as_deref() == Some("json") {
        let counts: serde_json::Map<String, serde_json::Value> = view
            .counts
            .iter()
            .map(|(kind, n)| (kind.plural().to_owned(), (*n).into()))
            .collect();
        let parties: Vec<_> = view
            .parties
            .iter()
            .map(|p| serde_json::json!({"party": p.party, "claims": p.claims, "about_sites": p.about_sites, "about_aggregates": p.about_aggregates}))
            .collect();
        return json(
            &serde_json::json!({"counts": counts, "parties": parties, "latest": view.latest}),
        );
    }
    let known = negotiate::base(&app, &headers)
        .ok()
        .map(|base| registry_in_schema_org(&about(&app, &base, None)));
    let body = html! {
        (body(&app, &reader, &view))
        @if let Some(known) = known { (data_block(&known)) }
    };
    answer_page(framed(&app, &reader, "/", app.registry.name(), &[], body))
}

fn body(app: &App, reader: &Reader, view: &Overview) -> Markup {
    html! {
        section.hero aria-labelledby="hero-title" {
            h1 #hero-title { (app.registry.name()) }
            p.hero__lead { "A registry for cultural property in armed conflict: what was claimed and by whom, what the evidence shows, what was verified. " strong { "One never passes for another." } }
            (three_steps(view))
            @if !view.parties.is_empty() || !view.missions.is_empty() {
                p.hero__jump {
                    @if !view.parties.is_empty() { a href="#parties-title" { "Claims by party" } " " }
                    @if !view.missions.is_empty() { a href="#missions-title" { "Missions: who waits for whom" } " " }
                    a href="#latest-title" { "Recorded last" } " "
                    a href="/about" { "How to read this registry" }
                }
            }
        }
        @if view.counts.iter().all(|(_, n)| *n == 0) {
            (ui::empty("Nothing is recorded yet.", html! {
                @if reader.account().is_some_and(|a| a.records()) {
                    "Begin by " a href="/read-in" { "reading in an article or statement" } ", or " a href="/record" { "record something by hand" } "."
                } @else { a href="/sign-in" { "Sign in" } " to read in an article or statement." }
            }))
        }
        @if !view.parties.is_empty() {
            section aria-labelledby="parties-title" {
                h2 #parties-title { "What parties claim, and how far it was checked" }
                p.muted { "By name. "
                    @if view.parties_with_claims > view.parties.len() { "These are " (view.parties.len()) " of " (view.parties_with_claims) " parties with claims; " a href="/parties" { "all parties" } "." }
                    " Figures of different parties stand side by side and are never added." }
                div.party-grid { @for standing in &view.parties { (party(standing, reader)) } }
            }
        }
        @if !view.missions.is_empty() {
            section aria-labelledby="missions-title" {
                h2 #missions-title { "Missions, and who waits for whom" }
                div.mission-grid { @for mission in &view.missions { (mission_card(mission)) } }
                p { a href="/missions" { "All missions" } }
            }
        }
        @if !view.latest.is_empty() {
            section aria-labelledby="latest-title" {
                h2 #latest-title { "Recorded last" }
                ol.latest {
                    @for one in &view.latest {
                        li { span.latest__kind { (one.kind.label()) } " " a href=(ui::address(one)) { (say::text(&view.titles.of(one.id))) } " " (ui::status(one)) " " span.muted { (say::moment(one.recorded_ms())) } }
                    }
                }
                p { a href="/ledger" { "The ledger that holds every act" } }
            }
        }
    }
}

fn three_steps(view: &Overview) -> Markup {
    let count = |kind: Kind| {
        view.counts
            .iter()
            .find(|(k, _)| *k == kind)
            .map_or(0, |(_, n)| *n)
    };
    let status = |wanted: FindingStatus| {
        view.site_statuses
            .iter()
            .find(|(s, _)| s == wanted.id())
            .map_or(0, |(_, n)| *n)
    };
    html! {
        ol.steps {
            li.steps__claimed {
                a href="/claims" { strong { (grouped(count(Kind::Claim))) } " claims" }
                span { "by parties, each with its source and passage" }
            }
            li.steps__evidence {
                a href="/sites" { strong { (grouped(count(Kind::Site))) } " sites" }
                span { (grouped(status(FindingStatus::Reported) + status(FindingStatus::Corroborated))) " of them known from claims only" }
            }
            li.steps__verified {
                a href="/findings" { strong { (grouped(status(FindingStatus::Verified))) } " verified" }
                span { (grouped(status(FindingStatus::Refuted))) " refuted, " (grouped(status(FindingStatus::NotAssessable) + status(FindingStatus::Disputed))) " inconclusive or disputed" }
            }
        }
    }
}

fn party(standing: &PartyStanding, reader: &Reader) -> Markup {
    html! {
        article.party-card {
            h3 { a href=(ui::address(&standing.party)) { (say::text(&standing.party.title(&reader.lang))) } }
            p.muted { a href={ "/claims?party=" (standing.party.id) } { (say::count(standing.claims, "claim", "claims")) }
                ": " (grouped(standing.about_sites)) " about named sites, " (grouped(standing.about_aggregates)) " about numbers of things" }
            @for (claim, aggregate) in &standing.largest {
                div.party-card__figure {
                    p { a href=(ui::address(aggregate)) { (say::text(&aggregate.title("en"))) } " "
                        @if let stele_model::Body::Claim(c) = &claim.body { span.quote dir="auto" { "“" (c.words) "”" } @if let Some(stated) = &c.stated { ", " (say::date(stated)) } } }
                    (ui::ladder_line(aggregate))
                }
            }
            @if standing.largest.is_empty() { p.muted { "Claims about named sites only." } }
        }
    }
}

/// A mission with its accounts side by side.
pub(crate) fn mission_card(view: &MissionView) -> Markup {
    let today = clock::today();
    html! {
        article.mission-card {
            h3 { a href=(ui::address(&view.mission)) { (say::text(&view.mission.title("en"))) } }
            p { (ui::status(&view.mission)) @if view.board.accounts_differ { " " (ui::badge("accounts differ", "differ")) } }
            @if view.board.accounts.is_empty() { p.muted { "No party is recorded as awaiting an answer." } }
            div.accounts {
                @for account in view.board.accounts.iter().rev().take(4) {
                    p.accounts__one { "According to " (ui::link(&view.titles, account.speaker)) ", the answer of " (ui::links(&view.titles, &account.awaits)) " is awaited"
                        @if let Some(since) = &account.since { " (stated " (say::date(since)) "; " (say::waited(since, today)) " ago)" } "." }
                }
            }
        }
    }
}
