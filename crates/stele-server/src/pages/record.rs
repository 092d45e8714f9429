//! The page of one record, with what stands around it, in the form that is asked for; files of evidence.

mod cite;
mod facts;
mod source;

use cite::Citation;

use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page};
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::negotiate::{self, Form, Sent};
use crate::pages::framed;
use crate::pages::linked::{data_block, written};
use crate::pages::list::capital;
use crate::pages::{coverage, sampling, unlisted};
use crate::served::Served;
use crate::since::Since;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde::Deserialize;
use std::cmp::Reverse;
use stele_formats::linked::{self as linked_data, Base};
use stele_model::rules::{Unmet, verification::status_sentence};
use stele_model::*;
use stele_registry::coverage::Overlaps;
use stele_registry::find::{MissionView, RecordView, Related};
use stele_registry::revision::Alone;
use stele_registry::sampling::{PlanView, UnlistedView};
use stele_registry::view::Titles;
use stele_registry::{AccountRole, Refusal, Shown, clock};

/// What the address may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    /// Show only what refers to it of this kind…
    related: Option<String>,
    /// … after this one.
    after: Option<String>,
    /// The form: see [`FORMS`].
    f: Option<String>,
    /// Stamp of the revision that is meant; the latest where it is left out.
    as_of: Option<String>,
}

/// Forms in which a record can be had.
const FORMS: &[Form] = &[
    Form::Html,
    Form::Json,
    Form::JsonLd,
    Form::Turtle,
    Form::Bibtex,
    Form::Csl,
];

/// What some kinds need beside the record itself.
#[derive(Default)]
struct Beside {
    mission: Option<MissionView>,
    unmet: Vec<Unmet>,
    gap: Option<String>,
    figures: Vec<Shown>,
    overlaps: Overlaps,
    unlisted: Option<UnlistedView>,
    plan: Option<PlanView>,
}

/// Sites in scope up to which the estimate of what is on no list stands on the aggregate's own page.
const COMPARED_AT_ONCE: usize = 300;

/// `GET /{kind}/{id}`, in the form that `f` or `Accept` asks for; `.json` at the end means JSON too.
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    Path((kind, id)): Path<(String, String)>,
    crate::asked::Asked(q): crate::asked::Asked<Ask>,
) -> Answer {
    let Some(kind) = Kind::from_id(&kind) else {
        return Ok(crate::pages::not_found().await.into_response());
    };
    let (text, f) = match id.strip_suffix(".json") {
        Some(id) => (id, Some("json")),
        None => (id.as_str(), q.f.as_deref()),
    };
    let form = match negotiate::wanted(f, &headers, FORMS) {
        Ok(form) => form,
        Err(refused) => return Ok(*refused),
    };
    let since = match form {
        // A page says how long an answer is awaited by today, and who is signed in.
        Form::Html => Since::default(),
        _ => Since::of(&app).await,
    };
    let asked = Asked {
        since,
        app: &app,
        reader: &reader,
        headers: &headers,
        kind,
        form,
    };
    let answer = match text.parse::<AnyId>() {
        Err(_) => Err(Refusal::NotFound(text.chars().take(60).collect()).into()),
        Ok(id) => asked.answer(id, &q).await,
    };
    match form.is_for_programs() {
        true => answer.map_err(Failure::into_json),
        false => answer,
    }
}

/// A record that is asked for.
struct Asked<'a> {
    app: &'a App,
    reader: &'a Reader,
    headers: &'a HeaderMap,
    kind: Kind,
    form: Form,
    /// Since when everything is as it will be answered.
    since: Since,
}

impl Asked<'_> {
    async fn answer(&self, id: AnyId, q: &Ask) -> Answer {
        match (self.form, q.as_of.as_deref()) {
            (Form::Html, None) => self.as_page(id, q).await,
            (Form::Json, None) => {
                let view = self.view(id).await?;
                let related: serde_json::Map<String, serde_json::Value> = view
                    .related
                    .iter()
                    .map(|r| {
                        (
                            r.kind.plural().to_owned(),
                            serde_json::json!({"count": r.count, "rows": r.rows}),
                        )
                    })
                    .collect();
                let value = serde_json::json!({"record": view.record, "related": related});
                self.sent(id, &view.record, json_bytes(&value)?)
            }
            (_, as_of) => self.alone(id, as_of.map(str::to_owned)).await,
        }
    }

    async fn view(&self, id: AnyId) -> Result<RecordView, Failure> {
        let (viewer, lang, kind) = (
            self.reader.viewer.clone(),
            self.reader.lang.clone(),
            self.kind,
        );
        ask(self.app, move |registry| {
            let view = registry.find(&viewer, id, &lang)?;
            match view.record.kind == kind {
                true => Ok(view),
                false => Err(Refusal::NotFound(id.to_string())),
            }
        })
        .await
    }

    async fn as_page(&self, id: AnyId, q: &Ask) -> Answer {
        let (app, reader) = (self.app, self.reader);
        let view = self.view(id).await?;
        if let Some(related) = q.related.as_deref().and_then(Kind::from_id) {
            return more_related(app, reader, &view, related, q.after.as_deref()).await;
        }
        let beside = beside(app, reader, &view).await?;
        let title = shown_title(&view.record, &view.titles, &reader.lang);
        let section = format!("/{}", view.record.kind.plural());
        let above = [(section.as_str(), capital(view.record.kind.plural()))];
        // Without a host to make an address of, the page stands without what needs one.
        let cited = negotiate::base(app, self.headers).ok().map(|base| {
            let recorder = view
                .history
                .iter()
                .find(|r| r.stamp == view.record.stamp)
                .and_then(|r| view.accounts.get(&r.account));
            let block = self
                .citation(&view.record, &view.titles, &base)
                .block(recorder.map(String::as_str), true);
            let kind_of = |id: AnyId| view.titles.kind(id);
            let known = linked_data::schema_org(&base, &view.record.piece(&kind_of), &title);
            html! { (block) @if let Some(known) = known { (data_block(&known)) } }
        });
        let page = framed(
            app,
            reader,
            &section,
            &title,
            &above,
            body(&view, &beside, reader, &cited.unwrap_or_default()),
        );
        self.sent(id, &view.record, page.into_string().into_bytes())
    }

    /// Everything that needs the record only, and earlier revisions of it.
    async fn alone(&self, id: AnyId, as_of: Option<String>) -> Answer {
        let (viewer, lang, kind) = (
            self.reader.viewer.clone(),
            self.reader.lang.clone(),
            self.kind,
        );
        let alone = ask(self.app, move |registry| {
            let alone = registry.alone(&viewer, id, as_of.as_deref(), &lang)?;
            match alone.record.kind == kind {
                true => Ok(alone),
                false => Err(Refusal::NotFound(id.to_string())),
            }
        })
        .await?;
        let base = match negotiate::base(self.app, self.headers) {
            Ok(base) => base,
            Err(refused) => return Ok(*refused),
        };
        let record = &alone.record;
        let citation = self.citation(record, &alone.titles, &base);
        let bytes = match self.form {
            Form::Html => self
                .revision_page(&alone, &citation)
                .into_string()
                .into_bytes(),
            Form::Json => {
                json_bytes(&serde_json::json!({"record": record, "superseded": alone.superseded}))?
            }
            Form::Bibtex => citation.bibtex().into_bytes(),
            Form::Csl => json_bytes(&citation.csl())?,
            form => {
                let kind_of = |id: AnyId| alone.titles.kind(id);
                written(linked_data::describe(&base, &record.piece(&kind_of)), form)?
            }
        };
        self.sent(id, record, bytes)
    }

    fn citation(&self, record: &Shown, titles: &Titles, base: &Base) -> Citation {
        let title = shown_title(record, titles, "en");
        let registry = &self.app.registry;
        Citation::of(
            record,
            title,
            titles,
            base,
            registry.name(),
            registry.publisher(),
        )
    }

    /// What a revision said, and nothing of what stands around it now.
    fn revision_page(&self, alone: &Alone, citation: &Citation) -> Markup {
        let record = &alone.record;
        let title = shown_title(record, &alone.titles, &self.reader.lang);
        let section = format!("/{}", record.kind.plural());
        let above = [(section.as_str(), capital(record.kind.plural()))];
        let badges = html! {
            @if record.kind == Kind::Claim { (ui::badge("claim, not a finding", "claim")) " " }
            @if record.withdrawn { (ui::badge("withdrawn", "retracted")) }
        };
        let names = match &record.body {
            Body::Site(b) => Some(&b.names),
            Body::Party(b) => Some(&b.names),
            Body::Area(b) => Some(&b.names),
            Body::Instrument(b) => Some(&b.names),
            _ => None,
        };
        let accounts = std::collections::BTreeMap::new();
        let body = html! {
            (ui::heading(record.kind.label(), html! { (say::text(&title)) }, badges))
            (ui::notice("info", html! { p {
                "This is what the revision of " (say::moment(record.recorded_ms())) " says. "
                @if alone.superseded { "It was corrected later: " a href=(ui::address(record)) { "the record as it stands" } "." }
                @else { "It still stands: " a href=(ui::address(record)) { "the record with what is known around it" } "." }
            } }))
            @if let Some(names) = names { (ui::names(&alone.titles, names, &self.reader.lang)) }
            @match &record.body {
                Body::Claim(claim) => { blockquote.claim-words dir="auto" { "“" (claim.words) "”" } }
                Body::Finding(finding) => { p.finding-rationale dir="auto" { (finding.rationale) } }
                _ => {}
            }
            (facts::of(record, &alone.titles, &accounts))
            (citation.block(alone.recorder.as_deref(), true))
        };
        framed(self.app, self.reader, &section, &title, &above, body)
    }

    /// The answer, with where else it is to be found.
    fn sent(&self, id: AnyId, record: &Shown, bytes: Vec<u8>) -> Answer {
        let mut links = Vec::new();
        if let Ok(base) = negotiate::base(self.app, self.headers) {
            let at = base.record(self.kind, id);
            links.push(format!("{at}; rel=\"canonical\""));
            let fixed = format!("{}?{}", at.as_str(), cite::as_of(&record.stamp));
            links.push(format!("<{fixed}>; rel=\"cite-as\""));
            for form in FORMS.iter().filter(|form| **form != self.form) {
                links.push(format!(
                    "<{}?f={}>; rel=\"alternate\"; type=\"{}\"",
                    at.as_str(),
                    form.id(),
                    form.media()
                ));
            }
            links.push(format!(
                "<{}?f=ttl>; rel=\"describedby\"; type=\"text/turtle\"",
                at.as_str()
            ));
        }
        let sent = Sent {
            since: self.since,
            asked: self.headers,
            reader: Some(self.reader),
            form: self.form,
            bytes,
            links,
        };
        Ok(sent.into_response())
    }
}

fn json_bytes(value: &serde_json::Value) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec_pretty(value).map_err(|e| Refusal::Unreadable(e.to_string()).into())
}

async fn beside(app: &App, reader: &Reader, view: &RecordView) -> Result<Beside, Failure> {
    let (viewer, lang, id, kind) = (
        reader.viewer.clone(),
        reader.lang.clone(),
        view.record.id,
        view.record.kind,
    );
    let draft = view.record.status == "draft";
    ask(app, move |registry| {
        let mut beside = Beside::default();
        match kind {
            Kind::Mission => {
                beside.mission = Some(registry.mission(&viewer, id, &lang)?);
                beside.figures = registry.figures(&viewer, id)?;
            }
            Kind::Claim | Kind::Party | Kind::Area | Kind::Site | Kind::Source => {
                beside.figures = registry.figures(&viewer, id)?;
            }
            Kind::SamplingPlan => beside.plan = Some(registry.plan(&viewer, id, &lang)?),
            Kind::Aggregate => {
                beside.gap = registry.sum_of_parts(&viewer, id)?;
                beside.overlaps = registry.overlaps(&viewer, id, &lang)?;
                beside.unlisted = match registry.unlisted(&viewer, id, COMPARED_AT_ONCE, &lang) {
                    Ok(view) => Some(view),
                    Err(Refusal::Unreadable(_)) => None,
                    Err(other) => return Err(other),
                };
            }
            Kind::Finding if draft && viewer.is_member() => {
                beside.unmet = registry.unmet(&viewer, id)?
            }
            _ => {}
        }
        Ok(beside)
    })
    .await
}

fn shown_title(record: &Shown, titles: &Titles, lang: &str) -> String {
    let title = titles.of(record.id);
    if title == record.id.to_string() {
        record.title(lang)
    } else {
        title
    }
}

fn body(view: &RecordView, beside: &Beside, reader: &Reader, cited: &Markup) -> Markup {
    let record = &view.record;
    let badges = html! {
        @if record.kind == Kind::Claim { (ui::badge("claim, not a finding", "claim")) " " }
        @if record.kind == Kind::Finding && record.status != "draft" { (ui::badge("finding", "finding")) " " }
        (ui::status(record))
        @if record.conflicted { " " (ui::badge("two revisions compete", "differ")) }
        @if record.withdrawn { " " (ui::badge("withdrawn", "retracted")) }
    };
    html! {
        (ui::heading(record.kind.label(), html! { (say::text(&shown_title(&view.record, &view.titles, &reader.lang))) }, badges))
        div.record {
            div.record__main { (main_part(view, beside, reader)) }
            aside.record__side aria-label="About this record" {
                @if let (Kind::Site, Some(place)) = (record.kind, &record.place) { (crate::pages::map::small(place, &record.id.to_string())) }
                (actions(view, reader))
                (history(view))
                (cited)
            }
        }
    }
}

fn main_part(view: &RecordView, beside: &Beside, reader: &Reader) -> Markup {
    let record = &view.record;
    let titles = &view.titles;
    html! {
        @match &record.body {
            Body::Source(source) => {
                (facts::of(record, titles, &view.accounts))
                (source::text(source, view))
                (coverage::figures(&beside.figures))
                (related(view, &[]))
            }
            Body::Site(site) => {
                @if let Some(status) = FindingStatus::from_id(&record.status) { p.status-sentence { (status_sentence(status)) } }
                section { h2 { "Names" } p.muted { "Every name somebody gives it. None is the name." } (ui::names(titles, &site.names, &reader.lang)) }
                (facts::of(record, titles, &view.accounts))
                (timeline(view))
                (coverage::figures(&beside.figures))
                (related(view, &[Kind::Claim, Kind::Assessment, Kind::Finding]))
            }
            Body::Aggregate(_) => {
                (ui::ladder(record))
                @if let Some(gap) = &beside.gap { (ui::notice("info", html! { p { (gap) } })) }
                (facts::of(record, titles, &view.accounts))
                (coverage::overlaps(record, &beside.overlaps))
                (coverage::missing_counts(record))
                (items(view))
                (sampling::plans(view, reader))
                (on_no_list(record, beside.unlisted.as_ref()))
                (related(view, &[Kind::Link, Kind::SamplingPlan]))
            }
            Body::Claim(claim) => {
                blockquote.claim-words dir="auto" { "“" (claim.words) "”" }
                (facts::of(record, titles, &view.accounts))
                @if let Some(passage) = &claim.passage { section { h2 { "Passage" } (ui::passage(passage)) p { a href=(format!("/source/{}#{}", claim.source, record.id)) { "See it in the source" } } } }
                (coverage::figures(&beside.figures))
                @if !view.related(Kind::Link).is_empty() { p { a.button href={ "/lineage/" (record.id) } { "How this figure travelled" } } }
                (related(view, &[]))
            }
            Body::Mission(_) => {
                @if let Some(mission) = &beside.mission { (board(mission)) }
                (facts::of(record, titles, &view.accounts))
                (steps(view))
                (sampling::plans(view, reader))
                (coverage::figures(&beside.figures))
                (related(view, &[Kind::MissionStep, Kind::SamplingPlan]))
            }
            Body::Instrument(instrument) => {
                (ui::names(titles, &instrument.names, &reader.lang))
                (facts::of(record, titles, &view.accounts))
                (obligations(view))
                (adherences(view))
                (related(view, &[Kind::Obligation, Kind::Adherence]))
            }
            Body::Finding(finding) => {
                p.finding-rationale dir="auto" { (finding.rationale) }
                (facts::of(record, titles, &view.accounts))
                @if record.status == "draft" { (way_to_publication(view, beside, reader)) }
                (related(view, &[]))
            }
            Body::SamplingPlan(_) => { @if let Some(plan) = &beside.plan { (sampling::plan(plan)) } (related(view, &[])) }
            Body::Party(b) => { (ui::names(titles, &b.names, &reader.lang)) (facts::of(record, titles, &view.accounts)) (coverage::figures(&beside.figures)) (related(view, &[])) }
            Body::Area(b) => { (ui::names(titles, &b.names, &reader.lang)) (facts::of(record, titles, &view.accounts)) (coverage::figures(&beside.figures)) (related(view, &[Kind::Aggregate])) }
            _ => { (facts::of(record, titles, &view.accounts)) (related(view, &[])) }
        }
    }
}

/// How many may be on no list: at once where few sites are compared, on a page of its own otherwise.
fn on_no_list(record: &Shown, found: Option<&UnlistedView>) -> Markup {
    html! {
        section aria-labelledby="unlisted-title" {
            h2 #unlisted-title { "How many may be on no list" }
            @match found {
                Some(view) => (unlisted::estimate(view)),
                None => { p { a.button href={ (ui::address(record)) "/unlisted" } { "Compare the lists" } } }
            }
        }
    }
}

fn actions(view: &RecordView, reader: &Reader) -> Markup {
    let record = &view.record;
    let account = reader.account().filter(|a| a.records());
    let id = record.id;
    html! {
        ul.actions {
            @if let Some(account) = account {
                @if record.kind != Kind::Import { li { a.button href={ "/revise/" (id) } { @if record.kind == Kind::SamplingPlan { "Withdraw" } @else { "Correct" } } } }
                @match record.kind {
                    Kind::Site => {
                        li { a.button href={ "/record/claim?subject=" (id) } { "Record a claim on it" } }
                        li { a.button href={ "/record/assessment?site=" (id) } { "Record an assessment" } }
                        @if account.role >= AccountRole::Verifier { li { a.button href=(finding_address(view)) { "Write a finding" } } }
                    }
                    Kind::Claim => {
                        li { a.button href={ "/record/reply?to=" (id) } { "Record a reply" } }
                        li { a.button href={ "/record/link?from=" (id) "&kind=repeats" } { "Link to another claim" } }
                    }
                    Kind::Aggregate => { li { a.button href={ "/record/link?to=" (id) "&kind=item_of" } { "Add an item" } } li { a.button href={ "/aggregate/" (id) "/by-rule" } { "Link items by rule" } } }
                    Kind::Mission => {
                        li { a.button href={ "/record/mission_step?mission=" (id) } { "Record a step" } }
                        li { a.button href={ "/record/position?about=" (id) "&issue=response" } { "Record a position" } }
                    }
                    Kind::Area => { li { a.button href={ "/record/link?from=" (id) "&kind=same_as" } { "The same as another area" } } }
                    Kind::Source => { li { a.button href={ "/record/claim?source=" (id) } { "Record a claim of it" } } }
                    Kind::Link => (undo(record)),
                    Kind::Import if !record.withdrawn => { li { a.button href={ "/retract/" (id) } { "Take it back" } } }
                    _ => {}
                }
            }
            @if let Body::Evidence(evidence) = &record.body {
                @if crate::pages::compare::is_image(evidence) { li { a.button href={ "/evidence/" (id) "/compare" } { "Compare with another image" } } }
                @if crate::pages::compare::is_geotiff(evidence) { li { a.button href={ "/map?overlay=" (id) } { "Lay over the map" } } }
            }
            @if record.kind == Kind::Aggregate { li { a href={ "/aggregate/" (id) "/items.csv" } download { "Items as a table (CSV)" } } }
            li { a href={ "/ledger/proof/" (id) ".json" } download { "Download the proof" } }
            li { a href={ "/" (record.kind.id()) "/" (id) ".json" } { "This record as JSON" } }
        }
    }
}

/// A link is taken back by another that says so.
fn undo(record: &Shown) -> Markup {
    let Body::Link(link) = &record.body else {
        return html! {};
    };
    if record.status == "undone" {
        return html! {};
    }
    let address = format!(
        "/record/link?undoes={}&from={}&to={}&kind={}",
        record.id,
        link.from,
        link.to,
        link.kind.id()
    );
    html! { li { a.button href=(address) { "Undo this link" } } }
}

/// The form of a finding with the site's assessments and claims filled in.
fn finding_address(view: &RecordView) -> String {
    let ids = |kind: Kind| {
        view.related(kind)
            .iter()
            .map(|r| r.id.to_string())
            .collect::<Vec<_>>()
            .join("\n")
    };
    format!(
        "/record/finding?site={}&assessments={}&claims={}",
        view.record.id,
        ui::query(&ids(Kind::Assessment)),
        ui::query(&ids(Kind::Claim))
    )
}

fn history(view: &RecordView) -> Markup {
    html! {
        section.history {
            h2 { "Recorded" }
            ol {
                @for revision in view.history.iter().rev() {
                    li {
                        @let moment = say::moment(cite::when(&revision.stamp));
                        @if revision.stamp == view.record.stamp { (moment) }
                        @else { a href={ (ui::address(&view.record)) "?" (cite::as_of(&revision.stamp)) } { (moment) } }
                        @if let Some(name) = view.accounts.get(&revision.account) { " by " (name) }
                        @if !revision.reason.is_empty() { p { "Corrected: " (say::text(&revision.reason)) } }
                    }
                }
            }
            p.muted.hash { (view.record.id) }
        }
    }
}

/// Claims, assessments and findings about a site, by date.
fn timeline(view: &RecordView) -> Markup {
    let kinds = [Kind::Claim, Kind::Assessment, Kind::Finding];
    let mut rows: Vec<&Shown> = kinds.iter().flat_map(|k| view.related(*k)).collect();
    rows.sort_by_key(|r| {
        (
            Reverse(
                r.body
                    .date()
                    .and_then(|d| d.latest())
                    .map_or(i64::MIN, |d| d.0),
            ),
            r.id,
        )
    });
    html! {
        section {
            h2 { "What is said and known of it" }
            @if rows.is_empty() { (ui::empty("Nothing is said of this site yet.", html! { "A claim or an assessment that names it will stand here, by date." })) }
            ol.timeline {
                @for row in rows {
                    li.timeline__item.(format!("timeline__item--{}", row.kind.id())) {
                        p.timeline__date { @match row.body.date() { Some(date) => (say::date(date)), None => "date not stated" } }
                        div.timeline__body { (card(row, &view.titles)) }
                    }
                }
            }
            @for group in view.related.iter().filter(|g| kinds.contains(&g.kind)) { (more_link(view, group)) }
        }
    }
}

fn items(view: &RecordView) -> Markup {
    let links: Vec<(&Shown, &Link)> = view
        .related(Kind::Link)
        .iter()
        .filter_map(|row| match &row.body {
            Body::Link(link) if link.kind == LinkKind::ItemOf && row.status != "undone" => {
                Some((row, link))
            }
            _ => None,
        })
        .collect();
    let rest: Vec<&Shown> = view
        .related(Kind::Link)
        .iter()
        .filter(|row| !matches!(&row.body, Body::Link(l) if l.kind == LinkKind::ItemOf))
        .collect();
    html! {
        section {
            h2 { "Items" }
            @if links.is_empty() { (ui::empty("None of them is named yet.", html! { "Link the sites that are meant, one by one, as items of this aggregate." })) }
            @else {
                table.table {
                    thead { tr { th scope="col" { "Site" } th scope="col" { "Identity" } th scope="col" { "Counted" } } }
                    tbody { @for (row, link) in links { tr {
                        th scope="row" data-label="Site" { (ui::link_any(&view.titles, link.from)) }
                        td data-label="Identity" { @if link.identified { "confirmed" } @else { a href=(ui::address(row)) { "not confirmed yet" } } }
                        td data-label="Counted" { @match &link.excluded { Some(reason) => { "no: " (say::text(reason)) }, None => "yes" } }
                    } } }
                }
            }
            @for row in rest { (card(row, &view.titles)) }
            @for group in view.related.iter().filter(|g| g.kind == Kind::Link) { (more_link(view, group)) }
        }
    }
}

/// Who waits for whom, according to whom: side by side, with equal weight.
fn board(mission: &MissionView) -> Markup {
    let today = clock::today();
    html! {
        section {
            h2 { "Whose turn it is" }
            @if mission.board.accounts_differ { (ui::notice("info", html! { p { "The accounts name different parties as the one who must answer. They stand side by side; the registry does not choose." } })) }
            @if mission.board.accounts.is_empty() { p.muted { "No party is recorded as awaiting an answer." } }
            div.accounts.accounts--wide {
                @for account in &mission.board.accounts {
                    article.accounts__card {
                        h3 { "According to " (ui::link(&mission.titles, account.speaker)) }
                        p { "The answer of " strong { (ui::links(&mission.titles, &account.awaits)) } " is awaited." }
                        @if let Some(words) = &account.words { blockquote.quote dir="auto" { "“" (words) "”" } }
                        p.muted { @match &account.since { Some(since) => { "Stated " (say::date(since)) ", " (say::waited(since, today)) " ago · " }, None => {} } "in " (ui::link(&mission.titles, account.source)) }
                    }
                }
            }
            @if !mission.board.tracks.is_empty() {
                h2 { "Track of each organisation" }
                table.table { thead { tr { th scope="col" { "Organisation" } th scope="col" { "Stage" } th scope="col" { "Since" } } }
                    tbody { @for (organisation, (stage, on)) in &mission.board.tracks { tr {
                        th scope="row" data-label="Organisation" { @match organisation { Some(id) => (ui::link(&mission.titles, *id)), None => "all of them" } }
                        td data-label="Stage" { (ui::stage(*stage)) }
                        td data-label="Since" { (say::date(on)) }
                    } } }
                }
            }
        }
    }
}

fn steps(view: &RecordView) -> Markup {
    let mut rows: Vec<&Shown> = view.related(Kind::MissionStep).iter().collect();
    rows.sort_by_key(|r| {
        (
            r.body
                .date()
                .and_then(|d| d.earliest())
                .map_or(i64::MAX, |d| d.0),
            r.id,
        )
    });
    html! {
        @if !rows.is_empty() {
            section { h2 { "Steps" }
                ol.timeline { @for row in rows { @if let Body::MissionStep(step) = &row.body {
                    li.timeline__item {
                        p.timeline__date { (say::date(&step.on)) }
                        div.timeline__body {
                            p { a href=(ui::address(row)) { (ui::stage(step.stage)) } @if let Some(o) = step.organisation { " " (ui::link(&view.titles, o)) } }
                            p.muted { "according to " (ui::link(&view.titles, step.according_to)) ", in " (ui::link(&view.titles, step.source)) }
                            @if let Some(note) = &step.note { p dir="auto" { (note) } }
                        }
                    }
                } } }
            }
        }
    }
}

fn obligations(view: &RecordView) -> Markup {
    let rows = view.related(Kind::Obligation);
    let today = clock::today();
    html! {
        @if !rows.is_empty() {
            section { h2 { "Obligations" }
                table.table { thead { tr { th scope="col" { "What is owed" } th scope="col" { "Article" } th scope="col" { "By" } th scope="col" { "Due" } } }
                    tbody { @for row in rows { @if let Body::Obligation(o) = &row.body { tr {
                        th scope="row" data-label="What is owed" { a href=(ui::address(row)) { (o.title) } }
                        td data-label="Article" { (o.basis) }
                        td data-label="By" { @match o.state { Some(state) => (ui::link(&view.titles, state)), None => "every party to it" } }
                        td data-label="Due" {
                            @match (&o.due, &o.met) {
                                (_, Some(met)) => { "met " (say::date(met)) }
                                (Some(due), None) => { (say::date(due)) @if due.latest().is_some_and(|d| d < today) { " " (ui::badge("date passed", "differ")) } }
                                (None, None) => "at all times",
                            }
                            @if let Some(years) = o.every_years { ", every " (years) " years" }
                        }
                    } } } }
                }
            }
        }
    }
}

/// Acts of States, each according to its table: differing tables stand side by side (rule 8).
fn adherences(view: &RecordView) -> Markup {
    let mut rows: Vec<&Shown> = view.related(Kind::Adherence).iter().collect();
    rows.sort_by_key(|r| match &r.body {
        Body::Adherence(a) => (view.titles.of(a.state), a.on.to_string()),
        _ => Default::default(),
    });
    html! {
        @if !rows.is_empty() {
            section { h2 { "Acts of States" }
                p.muted { "Each according to the table or text it stands in. Where tables differ, both stand." }
                table.table { thead { tr { th scope="col" { "State" } th scope="col" { "Act" } th scope="col" { "On" } th scope="col" { "According to" } } }
                    tbody { @for row in rows { @if let Body::Adherence(a) = &row.body { tr {
                        th scope="row" data-label="State" { (ui::link(&view.titles, a.state)) }
                        td data-label="Act" { a href=(ui::address(row)) { (a.act.label()) } }
                        td data-label="On" { (say::date(&a.on)) }
                        td data-label="According to" { (ui::link(&view.titles, a.source)) }
                    } } } }
                }
            }
        }
    }
}

fn way_to_publication(view: &RecordView, beside: &Beside, reader: &Reader) -> Markup {
    let id = view.record.id;
    let own = matches!((&view.record.body, reader.account()), (Body::Finding(f), Some(a)) if f.author == a.id);
    let verifies = reader
        .account()
        .is_some_and(|a| a.role >= AccountRole::Verifier);
    html! {
        section {
            h2 { "Before it is published" }
            @if beside.unmet.is_empty() { p { "Nothing stands between this finding and its publication." } }
            @else { ul.unmet { @for unmet in &beside.unmet { li { "The finding " (unmet.sentence) " " span.muted { "(rule " (unmet.rule) ")" } } } } }
            @if verifies {
                p {
                    @if own { span.muted { "You wrote this finding; another verifier reviews it. " } }
                    @else { a.button href={ "/record/review?finding=" (id) } { "Review this finding" } " " }
                    @if beside.unmet.is_empty() { a.button.button--primary href={ "/record/publication?finding=" (id) } { "Publish it" } }
                }
            }
        }
    }
}

/// One related record, drawn as what it is.
fn card(row: &Shown, titles: &Titles) -> Markup {
    match row.kind {
        Kind::Claim => ui::claim(row, titles),
        Kind::Finding => ui::finding(row, titles),
        Kind::Assessment => ui::assessment(row, titles),
        Kind::Aggregate => ui::figure(row),
        _ => {
            html! { div.related__row { a href=(ui::address(row)) { (say::text(&titles.of(row.id))) } " " (ui::status(row)) (facts::in_one_line(row, titles)) } }
        }
    }
}

fn related(view: &RecordView, but: &[Kind]) -> Markup {
    html! {
        @for group in view.related.iter().filter(|g| !but.contains(&g.kind)) {
            section.related {
                h2 { (capital(group.kind.plural())) " " span.muted { (counted(group.count)) } }
                @for row in &group.rows { (card(row, &view.titles)) }
                (more_link(view, group))
            }
        }
    }
}

/// A count as far as it was counted.
fn counted(count: u64) -> String {
    match count > stele_registry::COUNTED {
        true => format!("more than {}", grouped(stele_registry::COUNTED)),
        false => grouped(count),
    }
}

fn more_link(view: &RecordView, group: &Related) -> Markup {
    let address = group.next.map(|next| {
        format!(
            "{}?related={}&after={next}",
            ui::address(&view.record),
            group.kind.id()
        )
    });
    html! { @if let Some(address) = address { p { a href=(address) { "More " (group.kind.plural().replace('-', " ")) } } } }
}

async fn more_related(
    app: &App,
    reader: &Reader,
    view: &RecordView,
    kind: Kind,
    after: Option<&str>,
) -> Answer {
    let (viewer, lang, id) = (reader.viewer.clone(), reader.lang.clone(), view.record.id);
    let after = after.and_then(|id| id.parse().ok());
    let (group, titles) = ask(app, move |registry| {
        registry.related(&viewer, id, kind, after, &lang)
    })
    .await?;
    let title = format!(
        "{} of {}",
        capital(kind.plural()),
        shown_title(&view.record, &view.titles, &reader.lang)
    );
    let section = format!("/{}", view.record.kind.plural());
    let body = html! {
        (ui::heading(view.record.kind.label(), html! { (say::text(&title)) }, html! {}))
        @for row in &group.rows { (card(row, &titles)) }
        (more_link(view, &group))
    };
    let above = [(section.as_str(), capital(view.record.kind.plural()))];
    answer_page(framed(app, reader, &section, &title, &above, body))
}

/// `GET /evidence/{id}/file`: always a download, never shown by the browser.
pub async fn file(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let id: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.clone()))?;
    let viewer = reader.viewer.clone();
    let (evidence, path) = ask(&app, move |registry| registry.evidence_place(&viewer, id)).await?;
    let served = Served {
        etag: format!("\"{}\"", evidence.sha256),
        media: "application/octet-stream",
        file_name: &evidence.original_name,
        // Whether it may be opened is asked each time.
        cache: "private, no-cache",
    };
    served.file(path, request).await
}
