//! What a record says, as terms and values. A new kind of record is shown here.

use crate::html::{components as ui, say};
use maud::{Markup, html};
use std::collections::BTreeMap;
use stele_model::*;
use stele_registry::Shown;
use stele_registry::view::Titles;

type Row<'a> = (&'a str, Option<Markup>);

fn text(value: &str) -> Option<Markup> {
    (!value.is_empty()).then(|| html! { (say::text(value)) })
}

fn maybe(value: &Option<String>) -> Option<Markup> {
    value.as_deref().and_then(text)
}

fn date(value: &Option<EdtfDate>) -> Option<Markup> {
    value.as_ref().map(say::date)
}

fn label(word: impl Word) -> Option<Markup> {
    Some(html! { (word.label()) })
}

fn holdings(holdings: &[Holding]) -> Option<Markup> {
    (!holdings.is_empty()).then(|| {
        html! { ul.plain { @for h in holdings { li { (h.count.in_words()) " " (say::text(&h.kind)) @if let Some(as_of) = &h.as_of { " (" (say::date(as_of)) ")" } } } } }
    })
}

fn interest(interest: &Interest) -> Option<Markup> {
    Some(match interest {
        Interest::None => html! { "no conflict of interest declared" },
        Interest::Declared { what } => html! { "declared: " (say::text(what)) },
    })
}

/// Every term of a record.
pub fn of(shown: &Shown, titles: &Titles, accounts: &BTreeMap<String, String>) -> Markup {
    let link = |id: AnyId| Some(ui::link_any(titles, id));
    let place = shown.place.as_ref().map(ui::place);
    let who = |id: &str| accounts.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let rows: Vec<Row<'_>> = match &shown.body {
        Body::Party(b) => vec![
            ("What it is", label(b.kind)),
            ("Country or place", maybe(&b.country)),
            ("Belongs to", many(titles, &b.belongs_to)),
            ("Held to be independent of", many(titles, &b.independent_of)),
            ("To know of its interest", maybe(&b.note)),
            ("Claims", Some(html! { a href={ "/claims?party=" (shown.id) } { "Its claims" } })),
        ],
        Body::Source(b) => vec![
            ("What it is", label(b.kind)),
            ("Published by", link(b.publisher.any())),
            ("Published", date(&b.published)),
            ("Author", maybe(&b.author)),
            ("Language", b.language.as_deref().map(|l| html! { (say::language(l)) })),
            ("Address", b.url.as_deref().map(|url| html! { a href=(url) rel="noreferrer nofollow" { (url) } })),
            ("Retrieved", date(&b.retrieved)),
            ("Archived copy", b.archived.and_then(|id| link(id.any()))),
            ("Only passes on", many(titles, &b.quotes_only)),
        ],
        Body::Area(b) => vec![
            ("What it is", label(b.kind)),
            ("Lies in", b.parent.and_then(|id| link(id.any()))),
            ("Existed under this name", date(&b.valid)),
            ("Location", place),
        ],
        Body::Site(b) => vec![
            ("What it is", Some(html! { (b.category.label()) ", " (b.kind.label()) })),
            ("Lies in", many(titles, &b.areas)),
            ("Location", place),
            ("Holdings", holdings(&b.holdings)),
            ("Made", date(&b.made)),
            ("Listed as", (!b.identifiers.is_empty()).then(|| html! { @for i in &b.identifiers { span.chip { (i.scheme) " " (i.value) } " " } })),
            ("Description", maybe(&b.description)),
            ("Article 1 of the 1954 Convention", b.article1.as_ref().map(|a| html! { (a.qualification.label()) ", according to " (ui::link(titles, a.by)) })),
            ("On the list", b.listed.as_ref().map(|l| html! { (ui::link(titles, l.list)) ", row " (grouped(l.row)) ", there " span.chip { (l.key) } })),
            ("As the list says it", (!b.fields.is_empty()).then(|| html! { dl.own-fields { @for field in &b.fields { dt { (say::text(&field.name)) } dd { (say::text(&field.value)) } } } })),
        ],
        Body::Aggregate(b) => vec![
            ("What is counted", label(b.category)),
            ("How many", Some(html! { (b.count.to_string()) })),
            ("Holdings", holdings(&b.holdings)),
            ("Areas", many(titles, &b.areas)),
            ("Part of", b.part_of.and_then(|id| link(id.any()))),
        ],
        Body::Claim(b) => vec![
            ("According to", link(b.party.any())),
            ("About", link(b.subject.any())),
            ("Is said to be the case", label(b.predicate)),
            ("Stated", date(&b.stated)),
            ("Said to have happened", date(&b.event)),
            ("Source", link(b.source.any())),
            ("Areas", many(titles, &b.scope.areas)),
            ("Period", date(&b.scope.period)),
            ("Counting rule", maybe(&b.scope.counting_rule)),
            ("Asserted cause, in its words", maybe(&b.asserted_cause)),
            ("Asserted as responsible, in its words", maybe(&b.asserted_perpetrator)),
            ("Called, in its words", maybe(&b.asserted_characterisation)),
        ],
        Body::Retraction(b) => vec![
            ("Claim", link(b.claim.any())),
            ("Taken back by", link(b.party.any())),
            ("Stated", date(&b.stated)),
            ("In what words", text(&b.words)),
            ("Source", link(b.source.any())),
        ],
        Body::Position(b) => vec![
            ("According to", link(b.actor.any())),
            ("About", link(b.about)),
            ("On", label(b.issue)),
            ("Position", text(&b.position)),
            ("In its words", maybe(&b.words)),
            ("Whose answer it says is awaited", many(titles, &b.awaits)),
            ("Since", date(&b.since)),
            ("Source", link(b.source.any())),
            ("Passage", b.passage.as_ref().map(ui::passage)),
        ],
        Body::Reply(b) => vec![
            ("Reply of", link(b.party.any())),
            ("To", link(b.to)),
            ("Stated", date(&b.stated)),
            ("Reply", text(&b.text)),
            ("Source", link(b.source.any())),
        ],
        Body::Link(b) => vec![
            ("From", link(b.from)),
            ("How they stand", label(b.kind)),
            ("To", link(b.to)),
            ("Reasons", (!b.reasons.is_empty()).then(|| html! { ul.plain { @for reason in &b.reasons { li { (say::text(reason)) } } } })),
            ("Likelihood given by the machine", b.score_permille.map(|s| html! { (s) " in 1,000" })),
            ("Identity confirmed", b.identified.then(|| html! { "yes" })),
            ("Does not count because", maybe(&b.excluded)),
            ("Undoes", b.undoes.and_then(|id| link(id.any()))),
        ],
        Body::Evidence(b) => vec![
            ("File", Some(html! { a href={ "/evidence/" (shown.id) "/file" } { (b.original_name) } ", " (grouped(b.size_bytes)) " bytes, " (b.media_type) })),
            ("SHA-256", Some(html! { code.hash { (b.sha256) } })),
            ("Who may open it", label(b.restriction)),
            ("Acquired", maybe(&b.acquired)),
            ("Acquired on", date(&b.acquired_on)),
            ("Captured on", date(&b.captured)),
            ("Made from", b.derived_from.and_then(|id| link(id.any()))),
        ],
        Body::Assessment(b) => vec![
            ("Site", link(b.site.any())),
            ("Observed", Some(say::date(&b.observed))),
            ("Method", label(b.method)),
            ("Grade", Some(ui::badge(b.grade.label(), &format!("grade-{}", b.grade.id())))),
            ("Certainty", label(b.certainty)),
            ("As read", b.native.as_ref().map(|n| html! { (n.value) " (" (n.scale.label()) ")" })),
            ("By", link(b.organisation.any())),
            ("Observers", Some(html! { (b.observers) })),
            ("Recorded by", b.assessor.as_deref().map(|id| html! { (who(id)) })),
            ("Examined", text(&b.examined)),
            ("Not examined", maybe(&b.not_examined)),
            ("Compared with", date(&b.baseline)),
            ("Components", (!b.components.is_empty()).then(|| html! { ul.plain { @for c in &b.components { li { (say::text(&c.part)) ": " (say::text(&c.observed)) @if let Some(e) = &c.extent { ", " (say::text(e)) } } } } })),
            ("Physical causes", (!b.causes.is_empty()).then(|| html! { ul.plain { @for c in &b.causes { li { (c.cause.label()) ", certainty " (c.certainty.label()) } } } })),
            ("Risks", maybe(&b.risks)),
            ("Measures that cannot wait", maybe(&b.urgent_measures)),
            ("Mission", b.mission.and_then(|id| link(id.any()))),
            ("Files it rests on", many(titles, &b.evidence)),
            ("Published in", b.source.and_then(|id| link(id.any()))),
        ],
        Body::Finding(b) => vec![
            ("Site", link(b.site.any())),
            ("Conclusion", label(b.conclusion)),
            ("Standard", label(b.standard)),
            ("As at", Some(say::date(&b.as_at))),
            ("The condition arose", date(&b.window)),
            ("Rests on", many(titles, &b.assessments)),
            ("Claims judged", many(titles, &b.claims)),
            ("Written by", Some(html! { (who(&b.author)) @if let Some(party) = b.affiliation { ", " (ui::link(titles, party)) } })),
            ("Interest of the author", interest(&b.interest)),
            ("Takes the place of", b.supersedes.and_then(|id| link(id.any()))),
        ],
        Body::Review(b) => vec![
            ("Finding", link(b.finding.any())),
            ("Decision", label(b.decision)),
            ("Why", text(&b.reason)),
            ("Reviewed by", Some(html! { (who(&b.reviewer)) @if let Some(party) = b.affiliation { ", " (ui::link(titles, party)) } })),
            ("Interest of the reviewer", interest(&b.interest)),
        ],
        Body::Publication(b) => vec![
            ("Finding", link(b.finding.any())),
            ("Published", Some(say::date(&b.on))),
            ("Policy it passed", text(&b.policy)),
        ],
        Body::Mission(b) => vec![
            ("What it is for", label(b.kind)),
            ("Organisations", many(titles, &b.organisations)),
            ("Requested by", many(titles, &b.requested_by)),
            ("Mandate", maybe(&b.mandate)),
            ("Areas", many(titles, &b.areas)),
            ("Itinerary", many(titles, &b.itinerary)),
            ("Report", b.report.and_then(|id| link(id.any()))),
            ("Limitations", maybe(&b.limitations)),
        ],
        Body::MissionStep(b) => vec![
            ("Mission", link(b.mission.any())),
            ("Organisation", b.organisation.and_then(|id| link(id.any()))),
            ("Stage", label(b.stage)),
            ("When", Some(say::date(&b.on))),
            ("According to", link(b.according_to.any())),
            ("Whose answer is awaited", many(titles, &b.awaits)),
            ("Source", link(b.source.any())),
            ("Passage", b.passage.as_ref().map(ui::passage)),
            ("Note", maybe(&b.note)),
        ],
        Body::Instrument(b) => vec![
            ("What it is", label(b.kind)),
            ("Adopted", date(&b.adopted)),
            ("In force", date(&b.in_force)),
            ("Depositary", maybe(&b.depositary)),
            ("Address", b.url.as_deref().map(|url| html! { a href=(url) rel="noreferrer nofollow" { (url) } })),
            ("Belongs to", b.parent.and_then(|id| link(id.any()))),
        ],
        Body::Adherence(b) => vec![
            ("Instrument", link(b.instrument.any())),
            ("State", link(b.state.any())),
            ("Act", label(b.act)),
            ("On", Some(say::date(&b.on))),
            ("In force for the State", date(&b.in_force)),
            ("Declaration", maybe(&b.declaration)),
            ("According to", link(b.source.any())),
        ],
        Body::Obligation(b) => vec![
            ("Instrument", link(b.instrument.any())),
            ("Article", text(&b.basis)),
            ("By", b.state.and_then(|id| link(id.any()))),
            ("Due", date(&b.due)),
            ("Comes again", b.every_years.map(|n| html! { "every " (n) " years" })),
            ("Met", date(&b.met)),
            ("Source", b.source.and_then(|id| link(id.any()))),
        ],
        Body::Protection(b) => vec![
            ("Site", link(b.site.any())),
            ("Level", label(b.level)),
            ("State", label(b.state)),
            ("Since", date(&b.on)),
            ("Under", b.instrument.and_then(|id| link(id.any()))),
            ("Number in the list", maybe(&b.reference)),
            ("Emblem", b.emblem.and_then(label)),
            ("Source", link(b.source.any())),
        ],
        Body::Import(b) => vec![
            ("List", link(b.list.any())),
            ("Party", link(b.party.any())),
            ("Rows read as", label(b.rows_are)),
            ("Rows read", Some(html! { (grouped(b.counts.read)) })),
            ("Recorded for the first time", Some(html! { (grouped(b.counts.recorded)) })),
            ("Changed since the last import", Some(html! { (grouped(b.counts.updated)) })),
            ("As they stood", Some(html! { (grouped(b.counts.unchanged)) })),
            ("Rows refused", Some(html! { (grouped(b.counts.refused)) })),
            ("File", link(b.file.any())),
            ("Entries", b.entries.as_ref().map(|e| html! { (grouped(e.first)) "–" (grouped(e.last)) " of the log " (e.log) })),
            ("Columns read as", Some(html! { pre { (b.mapping) } })),
        ],
    };
    ui::facts(rows)
}

fn many<K>(titles: &Titles, ids: &[Id<K>]) -> Option<Markup> {
    (!ids.is_empty()).then(|| ui::links(titles, ids))
}

/// A few words beside the title of a related record.
pub fn in_one_line(shown: &Shown, titles: &Titles) -> Markup {
    html! {
        @match &shown.body {
            Body::Link(b) => { span.muted { ": " (ui::link_any(titles, b.from)) " " (b.kind.label()) " " (ui::link_any(titles, b.to)) @for reason in &b.reasons { " · " (say::text(reason)) } } }
            Body::Position(b) => { span.muted { " · " (ui::link(titles, b.actor)) @if let Some(since) = &b.since { ", " (say::date(since)) } } }
            Body::Source(b) => { span.muted { " · " (ui::link(titles, b.publisher)) @if let Some(date) = &b.published { ", " (say::date(date)) } } }
            Body::Review(b) => { span.muted { " · " (say::text(&b.reason)) } }
            Body::Reply(b) => { span.muted { " · " (ui::link(titles, b.party)) } }
            Body::Retraction(b) => { span.muted { " · " (ui::link(titles, b.party)) @if let Some(stated) = &b.stated { ", " (say::date(stated)) } } }
            Body::Adherence(b) => { span.muted { " · " (ui::link(titles, b.state)) ", " (ui::link(titles, b.instrument)) ", " (say::date(&b.on)) } }
            Body::Protection(b) => { span.muted { " · " (ui::link(titles, b.site)) " · " (b.state.label()) @if let Some(on) = &b.on { ", " (say::date(on)) } } }
            Body::MissionStep(b) => { span.muted { " · " (ui::link(titles, b.mission)) ", " (say::date(&b.on)) } }
            Body::Site(b) => { span.muted { " · " (b.category.label()) } }
            Body::Publication(b) => { span.muted { " · policy " (b.policy) } }
            _ => {}
        }
    }
}
