//! Components that several pages share; `/gallery` shows each. A claim and a finding never look alike.

use super::say;
use maud::{Markup, PreEscaped, html};
use stele_model::*;
use stele_registry::Shown;
use stele_registry::view::Titles;

/// A badge with a word; `tone` is a class of the style sheet.
pub fn badge(word: &str, tone: &str) -> Markup {
    html! { span.badge.(format!("badge--{tone}")) { (word) } }
}

/// The status of a record, where it has one.
pub fn status(shown: &Shown) -> Markup {
    let word = match shown.status.as_str() {
        "" => return html! {},
        "draft" => "draft, not published",
        "retracted" => "retracted by its party",
        "undone" => "undone",
        "superseded" => "superseded",
        other => FindingStatus::from_id(other)
            .map(Word::label)
            .or(Stage::from_id(other).map(Word::label))
            .unwrap_or(other),
    };
    if shown.kind == Kind::Mission {
        return badge(word, &format!("stage-{}", shown.status));
    }
    badge(word, &shown.status)
}

/// A stage of a mission; no status of a finding, though words are shared.
pub fn stage(stage: Stage) -> Markup {
    badge(stage.label(), &format!("stage-{}", stage.id()))
}

/// A link to a record under its title; plain text where it has no page for this reader.
pub fn link<K>(titles: &Titles, id: Id<K>) -> Markup {
    link_any(titles, id.any())
}

/// The same for any record.
pub fn link_any(titles: &Titles, id: AnyId) -> Markup {
    match titles.address(id) {
        Some(address) => html! { a href=(address) { (say::text(&titles.of(id))) } },
        None => html! { span.muted { "a record that is not shown" } },
    }
}

/// Several of them, by commas.
pub fn links<K>(titles: &Titles, ids: &[Id<K>]) -> Markup {
    html! { @for (i, id) in ids.iter().enumerate() { @if i > 0 { ", " } (link(titles, *id)) } }
}

/// A page's title with the kind above it.
pub fn heading(kind: &str, title: Markup, badges: Markup) -> Markup {
    html! { div.page-title { p.page-title__kind { (kind) } h1 { (title) } div.page-title__badges { (badges) } } }
}

/// A list of terms and what stands to them; empty ones are left out.
pub fn facts(rows: Vec<(&str, Option<Markup>)>) -> Markup {
    html! { dl.facts { @for (term, value) in rows { @if let Some(value) = value { div { dt { (term) } dd { (value) } } } } } }
}

/// Every name, with language, kind and who uses it. The reader's language stands first.
pub fn names(titles: &Titles, names: &[Name], lang: &str) -> Markup {
    let mut sorted: Vec<&Name> = names.iter().collect();
    sorted.sort_by_key(|n| (!n.lang.starts_with(lang), n.lang.clone(), n.text.clone()));
    html! {
        ul.names {
            @for name in sorted {
                li {
                    span.names__text { (say::name(name)) }
                    span.names__note {
                        (say::language(&name.lang)) " · " (name.kind.label())
                        @if let Some(by) = name.by { " · used by " (link(titles, by)) }
                        @if let Some(valid) = &name.valid { " · " (say::date(valid)) }
                    }
                }
            }
        }
    }
}

/// A claim: always quoted, outlined, its speaker first.
pub fn claim(shown: &Shown, titles: &Titles) -> Markup {
    let Body::Claim(claim) = &shown.body else {
        return html! {};
    };
    html! {
        article.claim-card {
            header.claim-card__head {
                p.claim-card__speaker { "According to " (link(titles, claim.party)) @if let Some(stated) = &claim.stated { ", " (say::date(stated)) } }
                (badge("claim, not a finding", "claim")) " " (status(shown))
            }
            p.claim-card__subject { a href=(address(shown)) { (say::text(&subject_title(titles, claim))) } " " span.claim-card__predicate { @match claim.subject { Subject::Aggregate(_) => (claim.predicate.label_of_many()), _ => (claim.predicate.label()) } } }
            blockquote.claim-card__words dir="auto" { "“" (claim.words) "”" }
            p.claim-card__source { "in " (link(titles, claim.source)) @if let Some(event) = &claim.event { " · said to have happened " (say::date(event)) } }
        }
    }
}

/// What a claim is about, in words.
pub fn subject_title(titles: &Titles, claim: &Claim) -> String {
    titles.of(claim.subject.any())
}

/// A finding: solid, with who verified it.
pub fn finding(shown: &Shown, titles: &Titles) -> Markup {
    let Body::Finding(finding) = &shown.body else {
        return html! {};
    };
    html! {
        article.finding-card {
            header.finding-card__head {
                p.finding-card__result { a href=(address(shown)) { (say::text(&titles.of(finding.site))) ": " (finding.conclusion.label()) } }
                (badge("finding", "finding")) " " (status(shown))
            }
            p { "As at " (say::date(&finding.as_at)) ", at the standard “" (finding.standard.label()) "”"
                @if let Some(window) = &finding.window { "; the condition arose " (say::date(window)) } "." }
            p.finding-card__rests { "Rests on " (say::count(finding.assessments.len() as u64, "assessment", "assessments")) "." }
        }
    }
}

/// An assessment in one line.
pub fn assessment(shown: &Shown, titles: &Titles) -> Markup {
    let Body::Assessment(a) = &shown.body else {
        return html! {};
    };
    html! {
        article.assessment-card {
            p { a href=(address(shown)) { (badge(a.grade.label(), &format!("grade-{}", a.grade.id()))) } " " (a.method.label()) ", " (say::date(&a.observed)) }
            p { "By " (link(titles, a.organisation)) " · certainty " (a.certainty.label()) " · examined: " (say::text(&a.examined)) }
        }
    }
}

/// A record's address.
pub fn address(shown: &Shown) -> String {
    format!("/{}/{}", shown.kind.id(), shown.id)
}

/// The ladder of an aggregate: bars on one scale, the numbers in a table, the bounds in a sentence.
pub fn ladder(shown: &Shown) -> Markup {
    let (Body::Aggregate(aggregate), Some(l)) = (&shown.body, &shown.ladder) else {
        return html! {};
    };
    let claimed = &aggregate.count;
    let scale = claimed
        .upper
        .unwrap_or(claimed.value)
        .max(l.itemised)
        .max(1);
    let rows: [(&str, &str, u64, &str); 8] = [
        (
            "claimed",
            "Claimed",
            claimed.upper.unwrap_or(claimed.value),
            "",
        ),
        (
            "itemised",
            "Itemised",
            l.members(),
            "named one by one, duplicates and exclusions apart",
        ),
        ("located", "Located", l.located, ""),
        (
            "independent",
            "Assessed, independently",
            l.assessed_independent,
            "",
        ),
        (
            "affiliated",
            "Assessed by the claimant's side",
            l.assessed_affiliated,
            "never added to the independent ones",
        ),
        ("for", "Conclusive: it holds", l.conclusive_for, ""),
        (
            "against",
            "Conclusive: it does not hold",
            l.conclusive_against,
            "",
        ),
        ("inconclusive", "Inconclusive", l.inconclusive, ""),
    ];
    html! {
        div.ladder {
            table.ladder__table {
                caption { "How far the figure has been broken down and checked. " strong { "A claim, not a finding." } }
                thead { tr { th scope="col" { "Step" } th scope="col" { "Count" } th.ladder__bar-head scope="col" { span.visually-hidden { "Bar" } } } }
                tbody {
                    @for (class, label, n, note) in rows {
                        tr.(format!("ladder__row--{class}")) {
                            th scope="row" { (label) @if !note.is_empty() { " " span.ladder__note { (note) } } }
                            td.number { @if class == "claimed" { (claimed.in_words()) } @else { (grouped(n)) } }
                            td.ladder__bar { (bar(class, n, scale)) }
                        }
                    }
                }
            }
            p.ladder__bounds { (bounds_sentence(shown)) }
            @if l.duplicate + l.excluded > 0 {
                p.muted { (say::count(l.duplicate, "duplicate", "duplicates")) " and " (say::count(l.excluded, "excluded item", "excluded items")) " are not counted above." }
            }
        }
    }
}

/// What can be said without any assumption.
pub fn bounds_sentence(shown: &Shown) -> String {
    let (Body::Aggregate(a), Some(l)) = (&shown.body, &shown.ladder) else {
        return String::new();
    };
    if l.exceeds(&a.count) {
        return format!(
            "More items are named ({}) than were claimed ({}). Both are kept.",
            grouped(l.members()),
            a.count.in_words()
        );
    }
    match shown.bounds() {
        Some(Interval {
            lower,
            upper: Some(upper),
        }) => {
            format!(
                "Without any assumption, the number this holds for lies between {} and {}.",
                grouped(lower),
                grouped(upper)
            )
        }
        Some(Interval { lower, upper: None }) => {
            format!(
                "Without any assumption, this holds for at least {}; the words set no upper limit.",
                grouped(lower)
            )
        }
        None => String::new(),
    }
}

fn bar(class: &str, n: u64, scale: u64) -> Markup {
    let width = ((n as f64 / scale as f64) * 1000.0)
        .round()
        .clamp(0.0, 1000.0);
    let width = if n > 0 { width.max(3.0) } else { 0.0 };
    PreEscaped(format!(
        r#"<svg class="bar bar--{class}" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="bar__track" width="1000" height="12"/><rect class="bar__value" width="{width}" height="12"/></svg>"#
    ))
}

/// A ladder in little: three numbers and one bar, for lists.
pub fn ladder_line(shown: &Shown) -> Markup {
    let (Body::Aggregate(a), Some(l)) = (&shown.body, &shown.ladder) else {
        return html! {};
    };
    let scale = a
        .count
        .upper
        .unwrap_or(a.count.value)
        .max(l.itemised)
        .max(1);
    html! {
        div.ladder-line {
            (bar("claimed", scale, scale)) (bar("itemised", l.members(), scale)) (bar("for", l.conclusive_for + l.conclusive_against, scale))
            p.ladder-line__text { (a.count.in_words()) " claimed · " (grouped(l.members())) " itemised · " (grouped(l.conclusive_for)) " verified · " (grouped(l.conclusive_against)) " refuted" }
        }
    }
}

/// Nothing here yet, and what to do.
pub fn empty(what: &str, next: Markup) -> Markup {
    html! { div.empty-state { p.empty-state__what { (what) } p { (next) } } }
}

/// A notice.
pub fn notice(tone: &str, body: Markup) -> Markup {
    html! { div.notice.(format!("notice--{tone}")) role=[(tone == "error").then_some("alert")] { (body) } }
}

/// Where a place is, as far as it is shown.
pub fn place(place: &ShownPlace) -> Markup {
    match place {
        ShownPlace::Exact {
            geometry,
            uncertainty_m,
        } => html! {
            @match geometry {
                Geometry::Point(p) => { (coordinates(p.lon(), p.lat())) }
                _ => { @if let Some(b) = geometry.bounds() { "within " (coordinates(b.west, b.south)) " and " (coordinates(b.east, b.north)) } }
            }
            @if let Some(m) = uncertainty_m { ", within " (grouped(u64::from(*m))) " m" }
        },
        ShownPlace::Grid { centre, grid_m } => html! {
            "in a cell of " (grouped(u64::from(*grid_m) / 1000)) " km around " (coordinates(centre.lon(), centre.lat()))
            " " (badge("generalised to protect it", "protected"))
        },
        ShownPlace::Withheld => {
            html! { "known, not shown " (badge("withheld to protect it", "protected")) }
        }
    }
}

fn coordinates(lon: f64, lat: f64) -> String {
    let half = |n: f64, plus: char, minus: char| {
        format!("{:.5}° {}", n.abs(), if n < 0.0 { minus } else { plus })
    };
    format!("{}, {}", half(lat, 'N', 'S'), half(lon, 'E', 'W'))
}

/// Where a passage stands.
pub fn passage(passage: &Passage) -> Markup {
    html! {
        blockquote.passage dir="auto" {
            @if !passage.prefix.is_empty() { span.muted { "…" (passage.prefix) } }
            mark { (passage.exact) }
            @if !passage.suffix.is_empty() { span.muted { (passage.suffix) "…" } }
        }
    }
}

/// Links to the next page of a list.
pub fn pagination(next: Option<String>) -> Markup {
    html! { @if let Some(address) = next { nav.pagination aria-label="Pages" { a.button rel="next" href=(address) { "Next page" } } } }
}

/// A text for an address's query.
pub fn query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
