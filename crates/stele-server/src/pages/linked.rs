//! Linked data beside the records: lists of words, the catalogue, the context of our JSON-LD, maps for
//! search engines. Each is a page, JSON-LD and Turtle of the same triples.

use crate::App;
use crate::answer::{Answer, Failure, ask};
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::negotiate::{self, Form, Sent};
use crate::pages::framed;
use crate::since::Since;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use stele_formats::linked::catalogue::{About, COLLECTIONS, DESCRIPTION, FILES};
use stele_formats::linked::{self, Base, Graph, terms, vocabulary, write};
use stele_model::vocabulary::{Entry, List, list, lists};
use stele_model::{AnyId, Kind, Word};
use stele_registry::Refusal;
use stele_registry::publishing::Span;

/// What the address may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    f: Option<String>,
}

const FORMS: &[Form] = &[Form::Html, Form::JsonLd, Form::Turtle];

/// A data block in a page: no script, so the policy of the page lets it stand.
pub fn data_block(value: &serde_json::Value) -> Markup {
    // Nothing in it can end the block or begin a comment.
    let text = value.to_string().replace('<', "\\u003c");
    html! { script type="application/ld+json" { (PreEscaped(text)) } }
}

/// Triples in one of their forms.
pub fn written(graph: Graph, form: Form) -> Result<Vec<u8>, Failure> {
    let bad = |why: String| Failure::from(Refusal::Unreadable(why));
    match form {
        Form::JsonLd => {
            serde_json::to_vec_pretty(&write::json_ld(graph)).map_err(|e| bad(e.to_string()))
        }
        _ => write::turtle(graph).map_err(|e| bad(e.to_string())),
    }
}

/// A page that has the same as linked data.
struct Page<'a> {
    section: &'a str,
    title: &'a str,
    path: &'a str,
    above: Vec<(&'a str, String)>,
    body: Markup,
}

struct Asked<'a> {
    app: &'a App,
    reader: &'a Reader,
    headers: &'a HeaderMap,
    f: Option<&'a str>,
}

fn answer(asked: &Asked<'_>, page: Page<'_>, graph: impl FnOnce(&Base) -> Graph) -> Answer {
    let form = match negotiate::wanted(asked.f, asked.headers, FORMS) {
        Ok(form) => form,
        Err(refused) => return Ok(*refused),
    };
    let base = match negotiate::base(asked.app, asked.headers) {
        Ok(base) => base,
        Err(refused) => return Ok(*refused),
    };
    let bytes = match form {
        Form::Html => {
            let body = html! {
                (page.body)
                p.muted { "The same as " a href={ (page.path) "?f=jsonld" } { "JSON-LD" } " or " a href={ (page.path) "?f=ttl" } { "Turtle" } "." }
            };
            let page = framed(
                asked.app,
                asked.reader,
                page.section,
                page.title,
                &page.above,
                body,
            );
            page.into_string().into_bytes()
        }
        form => written(graph(&base), form)?,
    };
    let links = FORMS
        .iter()
        .filter(|other| **other != form)
        .map(|other| {
            let at = base.at(&format!("{}?f={}", page.path, other.id()));
            format!("{at}; rel=\"alternate\"; type=\"{}\"", other.media())
        })
        .chain([format!("{}; rel=\"canonical\"", base.at(page.path))])
        .collect();
    let sent = Sent {
        since: Since::default(),
        asked: asked.headers,
        reader: Some(asked.reader),
        form,
        bytes,
        links,
    };
    Ok(sent.into_response())
}

/// `GET /vocabulary`
pub async fn vocabularies(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    crate::asked::Asked(q): crate::asked::Asked<Ask>,
) -> Answer {
    let body = html! {
        (ui::heading("vocabulary", html! { "Lists of words" }, html! {}))
        p { "Every word that records are described with, each with an address of its own. A word says what a list means; that it exists says nothing of any site." }
        table.table {
            thead { tr { th scope="col" { "List" } th scope="col" { "What it is" } th scope="col" { "Words" } } }
            tbody {
                @for list in lists() { tr {
                    th scope="row" data-label="List" { a href={ "/vocabulary/" (list.id) } { (list.title) } }
                    td data-label="What it is" { (list.note) }
                    td data-label="Words" { (list.words.len()) }
                } }
            }
        }
        p { a href="/vocabulary/terms" { "Terms of our own" } ", for what no standard has a word." }
    };
    let page = Page {
        section: "/vocabulary",
        title: "Lists of words",
        path: "/vocabulary",
        above: vec![("/", "Dossier".to_owned())],
        body,
    };
    let asked = Asked {
        app: &app,
        reader: &reader,
        headers: &headers,
        f: q.f.as_deref(),
    };
    answer(&asked, page, vocabulary::all)
}

/// `GET /vocabulary/{list}`
pub async fn words(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    Path(id): Path<String>,
    crate::asked::Asked(q): crate::asked::Asked<Ask>,
) -> Answer {
    let asked = Asked {
        app: &app,
        reader: &reader,
        headers: &headers,
        f: q.f.as_deref(),
    };
    let above = vec![("/vocabulary", "Lists of words".to_owned())];
    let path = format!("/vocabulary/{id}");
    if id == "terms" {
        let body = html! {
            (ui::heading("vocabulary", html! { "Terms of our own" }, html! {}))
            (ui::facts(terms::OWN.iter().map(|(term, meaning)| (*term, Some(html! { span id=(term) { (meaning) } }))).collect()))
        };
        let page = Page {
            section: "/vocabulary",
            title: "Terms of our own",
            path: &path,
            above,
            body,
        };
        return answer(&asked, page, vocabulary::terms);
    }
    let Some(list) = list(&id) else {
        return Err(no_such("list of words", &id));
    };
    let body = html! {
        (ui::heading("list of words", html! { (list.title) }, html! {}))
        p { (list.note) }
        table.table {
            thead { tr { th scope="col" { "Word" } th scope="col" { "Id" } th scope="col" { "More" } } }
            tbody { @for word in &list.words { tr {
                th scope="row" data-label="Word" { a href={ (path) "/" (word.id) } { (word.label) } }
                td data-label="Id" { code { (word.id) } }
                td data-label="More" { (wider(&list, word)) }
            } } }
        }
    };
    let page = Page {
        section: "/vocabulary",
        title: &list.title,
        path: &path,
        above,
        body,
    };
    answer(&asked, page, |base| vocabulary::scheme(base, &list))
}

fn wider(list: &List, word: &Entry) -> Markup {
    html! {
        @if let Some(broader) = word.broader {
            "part of " a href={ "/vocabulary/" (list.id) "/" (broader) } { (label(list, broader)) }
        }
    }
}

fn label<'a>(list: &'a List, id: &'a str) -> &'a str {
    list.words
        .iter()
        .find(|w| w.id == id)
        .map_or(id, |w| w.label)
}

/// `GET /vocabulary/{list}/{word}`
pub async fn word(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    Path((id, word_id)): Path<(String, String)>,
    crate::asked::Asked(q): crate::asked::Asked<Ask>,
) -> Answer {
    let Some(list) = list(&id) else {
        return Err(no_such("list of words", &id));
    };
    let Some(word) = list.words.iter().find(|word| word.id == word_id) else {
        return Err(no_such("word of this list", &word_id));
    };
    let path = format!("/vocabulary/{id}/{word_id}");
    let finer: Vec<&Entry> = list
        .words
        .iter()
        .filter(|w| w.broader == Some(word.id))
        .collect();
    let body = html! {
        (ui::heading("word of a list", html! { (word.label) }, html! {}))
        (ui::facts(vec![
            ("List", Some(html! { a href={ "/vocabulary/" (list.id) } { (list.title) } })),
            ("What the list is", Some(html! { (list.note) })),
            ("Id", Some(html! { code { (word.id) } })),
            ("Part of", word.broader.map(|_| wider(&list, word))),
            ("Finer words", (!finer.is_empty()).then(|| html! { @for (i, w) in finer.iter().enumerate() { @if i > 0 { ", " } a href={ "/vocabulary/" (list.id) "/" (w.id) } { (w.label) } } })),
            ("Words of others", (!word.notes.is_empty()).then(|| html! { ul.plain { @for note in &word.notes { li { (note) } } } })),
        ]))
    };
    let above = vec![("/vocabulary", "Lists of words".to_owned())];
    let page = Page {
        section: "/vocabulary",
        title: word.label,
        path: &path,
        above,
        body,
    };
    let asked = Asked {
        app: &app,
        reader: &reader,
        headers: &headers,
        f: q.f.as_deref(),
    };
    answer(&asked, page, |base| vocabulary::word(base, &list, word))
}

fn no_such(what: &str, id: &str) -> Failure {
    let id: String = id.chars().take(60).collect();
    Refusal::NotFound(format!("“{id}”, as a {what},")).into()
}

/// `GET /catalogue`
pub async fn catalogue(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    headers: HeaderMap,
    crate::asked::Asked(q): crate::asked::Asked<Ask>,
) -> Answer {
    let modified_ms = ask(&app, |registry| registry.last_recorded_ms()).await?;
    let registry = &app.registry;
    let body = html! {
        (ui::heading("catalogue", html! { "Data of this registry" }, html! {}))
        p { (DESCRIPTION) }
        (ui::facts(vec![
            ("Published by", Some(say::text(registry.publisher()))),
            ("Licence", Some(match registry.licence() { Some(licence) => html! { a href=(licence) { (licence) } }, None => html! { "None is stated: ask before you publish what is the registry's own. What parties say stays theirs." } })),
            ("Write to", registry.contact().map(|c| html! { a href=(contact_address(c)) { (c) } })),
            ("Last recorded", modified_ms.map(say::moment)),
        ]))
        @for collection in COLLECTIONS {
            section id=(collection.id) {
                h2 { a href={ "/" (collection.id) } { (collection.title) } }
                p { (collection.note) }
                ul.cite__forms {
                    li { a href=(collection.items()) { "OGC API" span.visually-hidden { ": " (collection.title) } } }
                    @for offer in FILES { li { a href=(collection.file(offer)) { (offer.title) span.visually-hidden { ": " (collection.title) } } } }
                }
            }
        }
        section {
            h2 { "Services" }
            ul.plain {
                li { a href="/ogc" { "OGC API" } ": features and tiles, for geographic programs" }
                li { a href="/api" { "API for programs" } }
                li { a href="/vocabulary" { "Lists of words" } ", each word with its address" }
                li { a href="/context.jsonld" { "Context" } " of our JSON-LD" }
            }
        }
    };
    let page = Page {
        section: "/catalogue",
        title: "Data of this registry",
        path: "/catalogue",
        above: vec![("/", "Dossier".to_owned())],
        body,
    };
    let asked = Asked {
        app: &app,
        reader: &reader,
        headers: &headers,
        f: q.f.as_deref(),
    };
    answer(&asked, page, |base| {
        linked::catalogue::catalogue(&about(&app, base, modified_ms))
    })
}

fn contact_address(contact: &str) -> String {
    match contact.contains("://") {
        true => contact.to_owned(),
        false => format!("mailto:{contact}"),
    }
}

/// What the registry says of itself.
pub fn about<'a>(app: &'a App, base: &'a Base, modified_ms: Option<u64>) -> About<'a> {
    About {
        base,
        name: app.registry.name(),
        publisher: app.registry.publisher(),
        licence: app.registry.licence(),
        contact: app.registry.contact(),
        modified_ms,
    }
}

/// `GET /context.jsonld`; pages of elsewhere may read it, as JSON-LD has them do.
pub async fn context(State(app): State<App>, headers: HeaderMap) -> Answer {
    let base = match negotiate::base(&app, &headers) {
        Ok(base) => base,
        Err(refused) => return Ok(*refused),
    };
    let context = write::context(&terms::own_namespace(&base));
    let sent = Sent {
        since: Since::default(),
        asked: &headers,
        reader: None,
        form: Form::JsonLd,
        bytes: context.to_string().into_bytes(),
        links: Vec::new(),
    };
    let mut response = sent.into_response();
    let any = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    Ok(response)
}

/// `GET /robots.txt`
pub async fn robots(State(app): State<App>, headers: HeaderMap) -> Answer {
    let base = match negotiate::base(&app, &headers) {
        Ok(base) => base,
        Err(refused) => return Ok(*refused),
    };
    // What is made anew for every question, and forms: nothing a search engine should keep.
    let text = format!(
        "User-agent: *\nDisallow: /search\nDisallow: /sign-in\nDisallow: /record\nDisallow: /revise/\nDisallow: /matching\n\nSitemap: {}\n",
        base.at("/sitemap.xml").as_str()
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SITEMAP: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// `GET /sitemap.xml`: the index of the maps.
pub async fn sitemap(State(app): State<App>, headers: HeaderMap) -> Answer {
    let base = match negotiate::base(&app, &headers) {
        Ok(base) => base,
        Err(refused) => return Ok(*refused),
    };
    let maps = ask(&app, |registry| registry.maps()).await?;
    let mut text = format!("{XML}<sitemapindex xmlns=\"{SITEMAP}\">\n");
    for span in maps {
        let at = base.at(&format!("/sitemap/{}", map_name(span)));
        text.push_str(&format!("<sitemap><loc>{}</loc></sitemap>\n", at.as_str()));
    }
    text.push_str("</sitemapindex>\n");
    Ok(xml(text))
}

/// `GET /sitemap/{kind}~{after}~{until}.xml`: one map.
pub async fn map(State(app): State<App>, headers: HeaderMap, Path(name): Path<String>) -> Answer {
    let Some(span) = span_of(&name) else {
        return Err(no_such("map", &name));
    };
    let base = match negotiate::base(&app, &headers) {
        Ok(base) => base,
        Err(refused) => return Ok(*refused),
    };
    let records = ask(&app, move |registry| registry.map(span)).await?;
    let mut text = format!("{XML}<urlset xmlns=\"{SITEMAP}\">\n");
    for (id, ms) in records {
        let at = base.record(span.kind, id);
        let when = linked::moment(ms);
        text.push_str(&format!(
            "<url><loc>{}</loc><lastmod>{when}</lastmod></url>\n",
            at.as_str()
        ));
    }
    text.push_str("</urlset>\n");
    Ok(xml(text))
}

fn xml(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

fn map_name(span: Span) -> String {
    let end = |id: Option<AnyId>| id.map_or_else(String::new, |id| id.to_string());
    format!(
        "{}~{}~{}.xml",
        span.kind.id(),
        end(span.after),
        end(span.until)
    )
}

fn span_of(name: &str) -> Option<Span> {
    let mut parts = name.strip_suffix(".xml")?.split('~');
    let kind = Kind::from_id(parts.next()?)?;
    let mut end = || match parts.next()? {
        "" => Some(None),
        id => id.parse().ok().map(Some),
    };
    let (after, until) = (end()?, end()?);
    parts
        .next()
        .is_none()
        .then_some(Span { kind, after, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_block_cannot_be_left() {
        let block = data_block(&serde_json::json!({"name": "</script><!-- <script>alert(1)"}));
        let text = block.into_string();
        assert_eq!(text.matches('<').count(), 2, "{text}");
    }

    #[test]
    fn names_of_maps_are_read_back() {
        let id = "01jv3z7t2kf0m8q4x5c6b7n9pd".parse().ok();
        for span in [
            Span {
                kind: Kind::Site,
                after: None,
                until: None,
            },
            Span {
                kind: Kind::Claim,
                after: id,
                until: None,
            },
            Span {
                kind: Kind::Claim,
                after: id,
                until: id,
            },
        ] {
            assert_eq!(span_of(&map_name(span)), Some(span));
        }
        for bad in [
            "",
            "site.xml",
            "site~~~.xml",
            "dragon~~.xml",
            "site~x~.xml",
            "site~~",
            "site~~.xml.xml",
        ] {
            assert_eq!(span_of(bad), None, "{bad}");
        }
    }
}
