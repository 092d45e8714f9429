//! Reading a text in: upload or paste, then each proposal beside its passage, accepted, edited or rejected.

use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page, wrong_form};
use crate::decisions::{Decisions, EDITABLE, Said, SourceSaid, decided};
use crate::fields::Fields;
use crate::guard::Reader;
use crate::html::passages::pieces;
use crate::html::{components as ui, say};
use crate::pages::form::member;
use crate::pages::framed;
use crate::pages::list::capital;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use std::collections::BTreeMap;
use stele_formats::{Proposal, Proposed};
use stele_model::name::is_rtl;
use stele_model::{Category, EdtfDate, Predicate, Qualifier, SourceKind, Stage, Word};
use stele_registry::Refusal;
use stele_registry::intake::{Decided, Intake, Item, Known, OpenIntake};

/// `GET /read-in`
pub async fn upload_page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    member(&reader)?;
    answer_page(upload_form(&app, &reader, &Fields::default(), None).await?)
}

async fn upload_form(
    app: &App,
    reader: &Reader,
    fields: &Fields,
    problem: Option<(&str, &str)>,
) -> Result<Markup, Failure> {
    let viewer = reader.viewer.clone();
    let open = ask(app, move |registry| registry.open_intakes(&viewer)).await?;
    let wrong = |name: &str| {
        problem
            .filter(|(field, _)| *field == name)
            .map(|(_, text)| html! { p.field__error id={ (name) "-error" } { (text) } })
    };
    let line = |name: &str, label: &str, hint: &str| {
        html! {
            div.field.(if wrong(name).is_some() { "field--wrong" } else { "" }) {
                label for=(name) { (label) " " span.field__optional { "optional" } }
                @if !hint.is_empty() { p.field__hint { (hint) } }
                input id=(name) name=(name) value=(fields.get(name)) dir="auto" aria-invalid=[wrong(name).map(|_| "true")];
                @if let Some(error) = wrong(name) { (error) }
            }
        }
    };
    let body = html! {
        (ui::heading("read in", html! { "Read in a text" }, html! {}))
        p { "A table of sites or of damage is read in as " a href="/read-list" { "a list" } "." }
        p { "An article or a statement, as plain text or HTML. It is archived as received, and its claims, missions and positions are proposed to you, each with its passage and its speaker. Nothing is recorded before you accept it." }
        @if let Some(("text", text)) = problem { (ui::notice("error", html! { p { (crate::answer::sentence(text)) } })) }
        form.form.upload method="post" action="/read-in" enctype="multipart/form-data" {
            div.field { label for="file" { "File" } p.field__hint { "Text or HTML, in any encoding, up to 20 MB" } input #file type="file" name="file" accept=".txt,.html,.htm,.md,text/plain,text/html"; }
            p.upload__or { "or" }
            div.field { label for="text" { "Text" } textarea #text name="text" rows="10" dir="auto" { (fields.get("text")) } }
            (line("publisher", "Published by", "Where the text does not say so itself"))
            (line("published", "Published on", "2021-06-23"))
            (line("title", "Title", ""))
            (line("url", "Web address", ""))
            div.form__actions { button.button.button--primary type="submit" { "Read it in" } }
        }
        (waiting(&open))
    };
    Ok(framed(app, reader, "/read-in", "Read in a text", &[], body))
}

fn waiting(open: &[OpenIntake]) -> Markup {
    html! {
        @if !open.is_empty() {
            section {
                h2 { "Waiting for decisions" }
                ul { @for intake in open { li { a href={ "/read-in/" (intake.id) } { (say::text(&intake.title)) } " " span.muted { (say::count(intake.open, "proposal", "proposals")) ", read in " (say::moment(intake.made_ms)) } } } }
            }
        }
    }
}

/// `POST /read-in`
pub async fn upload(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let (bytes, name) = match &fields.file {
        Some(file) => (file.bytes.clone(), file.name.clone()),
        None => (
            fields.get("text").as_bytes().to_vec(),
            "pasted.txt".to_owned(),
        ),
    };
    let given = |name: &str| Some(fields.get(name).to_owned()).filter(|v| !v.is_empty());
    let published = match given("published").map(|text| text.parse::<EdtfDate>()) {
        Some(Err(error)) => {
            return wrong_form(
                upload_form(
                    &app,
                    &reader,
                    &fields,
                    Some(("published", &error.to_string())),
                )
                .await?,
            );
        }
        Some(Ok(date)) => Some(date),
        None => None,
    };
    let known = Known {
        title: given("title"),
        publisher: given("publisher"),
        published,
        url: given("url"),
        kind: None,
    };
    match ask(&app, move |registry| {
        registry.read_in(&account, &bytes, &name, known)
    })
    .await
    {
        Ok(intake) => Ok(Redirect::to(&format!("/read-in/{}", intake.id)).into_response()),
        Err(failure) => match failure.refusal() {
            Refusal::Unreadable(reason) => {
                let reason = reason.clone();
                wrong_form(upload_form(&app, &reader, &fields, Some(("text", &reason))).await?)
            }
            _ => Err(failure),
        },
    }
}

/// `GET /read-in/{id}`
pub async fn review_page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let viewer = reader.viewer.clone();
    let intake = ask(&app, move |registry| registry.intake(&viewer, &id)).await?;
    answer_page(review(&app, &reader, &intake, &Wrong::default()))
}

/// What is wrong, by proposal; the source's own fields under none.
#[derive(Default)]
struct Wrong(crate::decisions::Wrong);

impl Wrong {
    fn at(&self, proposal: Option<usize>, field: &str) -> Option<&str> {
        self.0
            .get(&proposal)?
            .iter()
            .find(|e| e.field == field)
            .map(|e| e.problem.as_str())
    }
}

fn review(app: &App, reader: &Reader, intake: &Intake, wrong: &Wrong) -> Markup {
    let action = format!("/read-in/{}", intake.id);
    let recorded = intake
        .proposals
        .iter()
        .filter(|i| i.recorded.is_some())
        .count();
    let rejected = intake
        .proposals
        .iter()
        .filter(|i| i.decided == Decided::Reject)
        .count();
    let body = html! {
        (ui::heading("read in", html! { (say::text(&intake.source.title)) }, html! {}))
        (notices(intake))
        @if !wrong.0.is_empty() {
            div.error-summary role="alert" tabindex="-1" { h2 { "Nothing was recorded yet" }
                ul { @for (proposal, errors) in &wrong.0 { @for error in errors { li {
                    @match proposal { Some(k) => { a href={ "#p-" (k) } { "Proposal " (k + 1) } ", " (error.field) }, None => { a href={ "#source-" (error.field) } { (capital(&error.field)) } } }
                    " " (error.problem)
                } } } }
            }
        }
        form method="post" action=(action) data-review novalidate {
            (source_fields(intake, wrong))
            @if intake.proposals.is_empty() {
                (ui::empty("No records are proposed from this text.", html! {
                    "No claim was found that could be attributed surely"
                    @if !matches!(intake.source.language.as_deref(), Some("en" | "ru")) { "; proposals are made from English and Russian texts so far" }
                    ". Read it, and " a href="/record/source" { "record the source" } " and " a href="/record/claim" { "its claims" } " by hand."
                }))
                (whole_text(intake))
            } @else {
                p.muted.review__hint { "Keys: " kbd.kbd { "j" } " next, " kbd.kbd { "k" } " previous, " kbd.kbd { "a" } " accept, " kbd.kbd { "r" } " reject, " kbd.kbd { "e" } " edit, " kbd.kbd { "u" } " later." }
                div.review__bar {
                    p { span data-count="accept" { (recorded) } " accepted, " span data-count="reject" { (rejected) } " rejected, " span data-count="later" { (intake.open()) } " left" }
                    p.visually-hidden data-live aria-live="polite" {}
                    button.button.button--primary type="submit" name="do" value="save" { "Record what is accepted" }
                    button.button type="submit" name="do" value="all" { "Accept all that are left" }
                }
                div.review {
                    div.review__text tabindex="0" role="region" aria-label="The text" { (marked_text(intake)) }
                    div.review__proposals {
                        @for (k, item) in intake.proposals.iter().enumerate() { (proposal(k, item, wrong)) }
                    }
                }
            }
        }
    };
    framed(
        app,
        reader,
        "/read-in",
        "Proposals",
        &[("/read-in", "Read in".to_owned())],
        body,
    )
}

fn notices(intake: &Intake) -> Markup {
    html! {
        @if let Some(source) = intake.recorded_source { (ui::notice("done", html! { p { "Recorded as " a href={ "/source/" (source) } { "this source" } "." } })) }
        @if let Some(twin) = &intake.twin {
            (ui::notice("info", html! { p {
                @if intake.is_known() { "This very text was read in before, as " } @else { "This text is a copy of " }
                a href={ "/source/" (twin.source) } { (say::text(&twin.title)) }
                @if intake.is_known() { ". There is no need to record it again." } @else { " (" (twin.alike_permille) " of 1,000 runs of words in common). The two share one origin and will be linked so." }
            } }))
        }
        @if intake.source.title_guessed { (ui::notice("info", html! { p { "The text has no title of its own; its first words stand in for one." } })) }
    }
}

fn source_fields(intake: &Intake, wrong: &Wrong) -> Markup {
    let s = &intake.source;
    let recorded = intake.recorded_source.is_some();
    let line = |name: &str, label: &str, value: &str, needed: bool| {
        let error = wrong.at(None, name);
        html! {
            div.field.(if error.is_some() { "field--wrong" } else { "" }) {
                label for={ "source-" (name) } { (label) @if !needed { " " span.field__optional { "optional" } } }
                input id={ "source-" (name) } name={ "source." (name) } value=(value) dir="auto" required[needed] aria-invalid=[error.map(|_| "true")];
                @if let Some(error) = error { p.field__error { "“" (label) "” " (error) } }
            }
        }
    };
    html! {
        @if !recorded {
            fieldset.group.source-fields {
                legend { "The source" }
                (line("title", "Title", &s.title, true))
                (line("publisher", "Published by", s.publisher.as_deref().unwrap_or_default(), true))
                (line("published", "Published on", &s.published.as_ref().map(ToString::to_string).unwrap_or_default(), false))
                (line("author", "Author", s.author.as_deref().unwrap_or_default(), false))
                (line("language", "Language", s.language.as_deref().unwrap_or_default(), false))
                (line("url", "Web address", s.url.as_deref().unwrap_or_default(), false))
                div.field { label for="source-kind" { "What it is" } select #source-kind name="source.kind" { @for kind in SourceKind::ALL { option value=(kind.id()) selected[*kind == s.kind] { (kind.label()) } } } }
            }
        }
    }
}

fn marked_text(intake: &Intake) -> Markup {
    let spans: Vec<(usize, usize, usize)> = intake
        .proposals
        .iter()
        .enumerate()
        .filter_map(|(k, item)| {
            Some((
                item.proposal.passage.start? as usize,
                item.proposal.passage.end? as usize,
                k,
            ))
        })
        .collect();
    let text = &intake.source.text;
    html! {
        div.source-text dir=(if is_rtl(text) { "rtl" } else { "auto" }) lang=[intake.source.language.as_deref()] {
            @for piece in pieces(text, &spans) {
                @match piece.marks.last() {
                    None => (piece.text),
                    Some(k) => mark.proposal-mark data-proposal=(k) { a href={ "#p-" (k) } { (piece.text) } },
                }
            }
        }
    }
}

fn whole_text(intake: &Intake) -> Markup {
    html! { div.source-text dir="auto" lang=[intake.source.language.as_deref()] { (intake.source.text) } }
}

fn type_of(what: &Proposed) -> &'static str {
    match what {
        Proposed::Claim { .. } => "claim",
        Proposed::Position { .. } => "position",
        Proposed::Mission { .. } => "mission",
        Proposed::Instrument { .. } => "instrument",
        Proposed::Area { .. } => "area",
    }
}

fn proposal(k: usize, item: &Item, wrong: &Wrong) -> Markup {
    let p = &item.proposal;
    let state = match (item.recorded, item.decided) {
        (Some(_), _) => "proposal--accepted",
        (None, Decided::Reject) => "proposal--rejected",
        _ => "",
    };
    html! {
        article.proposal.(state) id={ "p-" (k) } tabindex="-1" data-proposal=(k) data-start=[p.passage.start] data-end=[p.passage.end] aria-labelledby={ "p-" (k) "-title" } {
            header.proposal__head {
                span.proposal__type { (type_of(&p.what)) }
                h2.proposal__title id={ "p-" (k) "-title" } { (say::text(&summary(p))) }
            }
            (facts(p))
            blockquote.proposal__passage dir="auto" { @if !p.passage.prefix.is_empty() { span.muted { "…" (p.passage.prefix) " " } } mark { (p.passage.exact) } @if !p.passage.suffix.is_empty() { span.muted { " " (p.passage.suffix) "…" } } }
            @if let Some(earlier) = &item.earlier {
                div.proposal__earlier {
                    p { "The same figure was stated before: " a href={ "/claim/" (earlier.claim) } { (say::text(&earlier.words)) } }
                    @if !earlier.changes.is_empty() { ul.lineage__changes { @for change in &earlier.changes { li { span.chip.chip--change { (change) } } } } }
                    @if item.recorded.is_none() { label { input type="checkbox" name={ "link-" (k) } value="yes" checked[item.link_earlier]; " link as “" (earlier.kind.label()) "”" } }
                }
            }
            @match item.recorded {
                Some(_) => p.proposal__done { "Recorded." },
                None => (decision(k, item, wrong)),
            }
        }
    }
}

/// What is proposed, in a few words.
fn summary(p: &Proposal) -> String {
    match &p.what {
        Proposed::Claim {
            predicate,
            aggregate: Some(_),
            ..
        } => {
            let named = p
                .passage
                .exact
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            format!("{named}: {}", predicate.label_of_many())
        }
        Proposed::Claim {
            predicate,
            site: Some(s),
            ..
        } => format!("{}: {}", s.name, predicate.label()),
        Proposed::Claim { words, .. } => words.clone(),
        Proposed::Position { position, .. } => position.clone(),
        Proposed::Mission {
            organisations,
            stage,
            ..
        } => format!("{}: {}", organisations.join(", "), stage.label()),
        Proposed::Instrument { name, .. } => name.clone(),
        Proposed::Area { name, kind } => format!("{name} ({})", kind.label()),
    }
}

fn facts(p: &Proposal) -> Markup {
    let mut rows: Vec<(&str, Option<Markup>)> = vec![(
        "According to",
        Some(
            html! { (say::text(&p.party.name)) @if p.party.own_voice { " " span.muted { "(in its own voice)" } } },
        ),
    )];
    let text = |t: &str| Some(html! { (say::text(t)) });
    match &p.what {
        Proposed::Claim {
            words,
            aggregate,
            site,
            stated,
            event,
            asserted_cause,
            asserted_perpetrator,
            asserted_characterisation,
            ..
        } => {
            rows.push((
                "In its words",
                Some(html! { span.quote dir="auto" { "“" (words) "”" } }),
            ));
            rows.push(("Stated", stated.as_ref().map(say::date)));
            rows.push(("Said to have happened", event.as_deref().map(say::date)));
            if let Some(a) = aggregate {
                let held: Vec<String> = a
                    .holdings
                    .iter()
                    .map(|h| format!("{} {}", h.count.in_words(), h.kind))
                    .collect();
                rows.push((
                    "What is counted",
                    Some(html! { (a.category.label()) ": " (a.count.in_words()) }),
                ));
                rows.push((
                    "Holdings",
                    (!held.is_empty()).then(|| html! { (held.join(", ")) }),
                ));
                rows.push((
                    "Areas",
                    (!a.areas.is_empty()).then(|| html! { (a.areas.join(", ")) }),
                ));
                rows.push((
                    "Part of",
                    a.part_of
                        .map(|n| html! { a href={ "#p-" (n) } { "proposal " (n + 1) } }),
                ));
            }
            if let Some(s) = site {
                rows.push(("What it is", Some(html! { (s.category.label()) })));
                rows.push(("Area", s.area.as_deref().and_then(text)));
            }
            rows.push(("Asserted cause", asserted_cause.as_deref().and_then(text)));
            rows.push((
                "Asserted as responsible",
                asserted_perpetrator.as_deref().and_then(text),
            ));
            rows.push((
                "Called by it",
                asserted_characterisation.as_deref().and_then(text),
            ));
        }
        Proposed::Position { awaits, words, .. } => {
            rows.push((
                "Whose answer is awaited",
                (!awaits.is_empty()).then(|| html! { (awaits.join(", ")) }),
            ));
            rows.push(("In the words of the text", text(words)));
        }
        Proposed::Mission { areas, steps, .. } => {
            rows.push((
                "Where",
                (!areas.is_empty()).then(|| html! { (areas.join(", ")) }),
            ));
            rows.push(("Stages", Some(html! { ul.plain { @for step in steps { li { (step.stage.label()) ", according to " (say::text(&step.party.name)) @if !step.awaits.is_empty() { "; the answer of " (step.awaits.join(", ")) " is awaited" } } } } })));
        }
        Proposed::Instrument { kind, adopted, .. } => {
            rows.push(("What it is", Some(html! { (kind.label()) })));
            rows.push(("Adopted", adopted.as_ref().map(say::date)));
        }
        Proposed::Area { .. } => {}
    }
    html! { div.proposal__facts { (ui::facts(rows)) } }
}

fn decision(k: usize, item: &Item, wrong: &Wrong) -> Markup {
    let choice = |value: &str, label: &str, chosen: bool| {
        let id = format!("d-{k}-{value}");
        html! { span.choice { input type="radio" id=(id) name={ "decision-" (k) } value=(value) checked[chosen]; label for=(id) { (label) } } }
    };
    let open = wrong.0.contains_key(&Some(k));
    html! {
        fieldset.proposal__actions {
            legend.visually-hidden { "Decision on proposal " (k + 1) }
            (choice("accept", "Accept", item.decided == Decided::Accept && !open))
            (choice("edit", "Accept as edited", open))
            (choice("reject", "Reject", item.decided == Decided::Reject))
            (choice("later", "Later", item.decided == Decided::Later && !open))
        }
        details.proposal__edit open[open] { summary { "Edit" } (edit_fields(k, &item.proposal, wrong)) }
    }
}

fn edit_fields(k: usize, p: &Proposal, wrong: &Wrong) -> Markup {
    let id = |name: &str| format!("e-{k}-{name}");
    let error = |name: &str| {
        wrong
            .at(Some(k), name)
            .map(|problem| html! { p.field__error { (problem) } })
    };
    let line = |name: &str, label: &str, value: &str| {
        html! { div.field { label for=(id(name)) { (label) } input id=(id(name)) name={ "edit-" (k) "." (name) } value=(value) dir="auto"; @if let Some(error) = error(name) { (error) } } }
    };
    fn choose<W: Word + PartialEq>(words: &[W], chosen: W) -> Markup {
        html! { @for word in words { option value=(word.id()) selected[*word == chosen] { @if word.label().is_empty() { "exactly" } @else { (word.label()) } } } }
    }
    let select = |name: &str, label: &str, options: Markup| {
        html! { div.field { label for=(id(name)) { (label) } select id=(id(name)) name={ "edit-" (k) "." (name) } { (options) } @if let Some(error) = error(name) { (error) } } }
    };
    html! {
        (line("party", "According to", &p.party.name))
        @match &p.what {
            Proposed::Claim { predicate, words, aggregate, site, stated, event, .. } => {
                (select("predicate", "Is said to be the case", choose(Predicate::ALL, *predicate)))
                (line("words", "In what words", words))
                (line("stated", "Stated", &stated.as_ref().map(ToString::to_string).unwrap_or_default()))
                (line("event", "Said to have happened", &event.as_ref().map(ToString::to_string).unwrap_or_default()))
                @if let Some(a) = aggregate {
                    (select("category", "What is counted", choose(Category::ALL, a.category)))
                    (select("qualifier", "Said as", choose(Qualifier::ALL, a.count.qualifier)))
                    (line("value", "Number", &a.count.value.to_string()))
                    (line("area", "Areas, apart by ;", &a.areas.join("; ")))
                }
                @if let Some(s) = site {
                    (line("site", "Name of the site", &s.name))
                    (select("category", "What it is", choose(Category::ALL, s.category)))
                    (line("area", "Area", s.area.as_deref().unwrap_or_default()))
                }
            }
            Proposed::Position { position, .. } => (line("position", "Position, in neutral words", position)),
            Proposed::Mission { stage, .. } => (select("stage", "Stage", choose(Stage::ALL, *stage))),
            Proposed::Instrument { name, .. } | Proposed::Area { name, .. } => (line("name", "Name", name)),
        }
    }
}

/// `POST /read-in/{id}`
pub async fn decide(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let account = member(&reader)?.clone();
    let (viewer, asked) = (reader.viewer.clone(), id.clone());
    let mut intake = ask(&app, move |registry| registry.intake(&viewer, &asked)).await?;
    let wrong = Wrong(decisions(&intake, &fields).put_into(&mut intake));
    if !wrong.0.is_empty() {
        return wrong_form(review(&app, &reader, &intake, &wrong));
    }
    let asked = intake.clone();
    match ask(&app, move |registry| registry.decide(&account, asked)).await {
        Ok((decided, _)) => {
            let to = match decided.recorded_source.filter(|_| decided.open() == 0) {
                Some(source) => format!("/source/{source}"),
                None => format!("/read-in/{id}"),
            };
            Ok(Redirect::to(&to).into_response())
        }
        Err(failure) => match failure.refusal() {
            Refusal::Fields(errors) => {
                let wrong = Wrong(BTreeMap::from([(None, errors.clone())]));
                wrong_form(review(&app, &reader, &intake, &wrong))
            }
            _ => Err(failure),
        },
    }
}

/// What the form decides.
fn decisions(intake: &Intake, fields: &Fields) -> Decisions {
    let text = |name: &str| Some(fields.get(&format!("source.{name}")).to_owned());
    let all = fields.get("do") == "all";
    let said = (0..intake.proposals.len()).map(|k| {
        let word = fields.get(&format!("decision-{k}"));
        let edit = match word {
            "edit" => EDITABLE
                .iter()
                .map(|n| {
                    let written = fields.get(&format!("edit-{k}.{n}"));
                    ((*n).to_owned(), written.to_owned())
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        Said {
            proposal: k,
            decision: match decided(word) {
                Decided::Later if all => Decided::Accept,
                decided => decided,
            },
            link_earlier: Some(!fields.get(&format!("link-{k}")).is_empty()),
            edit,
        }
    });
    Decisions {
        source: SourceSaid {
            title: text("title"),
            publisher: text("publisher"),
            published: text("published"),
            author: text("author"),
            language: text("language"),
            url: text("url"),
            kind: text("kind"),
        },
        decisions: said.collect(),
        accept_the_rest: false,
    }
}
