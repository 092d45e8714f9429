//! The pages of `/ogc` for people: the same as the JSON beside them, readable without JavaScript.

use super::Call;
use super::landing::ABOUT;
use crate::html::components as ui;
use crate::pages::framed;
use maud::{Markup, html};
use serde_json::{Map, Value as Json};
use stele_formats::crs::Crs;
use stele_formats::feature::moment;
use stele_model::{Geometry, Word, grouped};
use stele_registry::features::{Collection, Feature, FeaturePage, Holds, Value};

/// A name for programs as a heading for people.
pub(super) fn heading(id: &str) -> String {
    match id.strip_suffix("_m") {
        Some(length) => crate::pages::list::capital(&format!("{length} in metres")),
        None => crate::pages::list::capital(id),
    }
}

fn page(call: &Call, title: &str, above: &[(&str, String)], body: Markup) -> Markup {
    framed(&call.app, &call.reader, "/ogc", title, above, body)
}

fn above(collection: Option<Collection>) -> Vec<(String, String)> {
    let mut above = vec![("/ogc".to_owned(), "Data services".to_owned())];
    if let Some(collection) = collection {
        above.push((
            format!("/ogc/collections/{}", collection.id()),
            collection.title().to_owned(),
        ));
    }
    above
}

fn framed_in(call: &Call, title: &str, within: Vec<(String, String)>, body: Markup) -> Markup {
    let above: Vec<(&str, String)> = within
        .iter()
        .map(|(address, label)| (address.as_str(), label.clone()))
        .collect();
    page(call, title, &above, body)
}

fn as_json(call: &Call) -> Markup {
    html! { p.muted { "The same as " a href=(call.here(&[("f", Some("json"))])) { "JSON" } "." } }
}

pub(super) fn landing(call: &Call) -> Markup {
    let body = html! {
        (ui::heading("data services", html! { "Data of " (call.app.registry.name()) }, html! {}))
        p { (ABOUT) }
        (collection_list())
        h2 { "Use it" }
        dl.facts {
            div { dt { "QGIS, ArcGIS, GDAL" } dd { "Add a layer of the kind “WFS / OGC API – Features” with the address " code { (call.url("/ogc")) } } }
            div { dt { "Programs" } dd { a href="/ogc/api?f=html" { "What can be asked" } ", " a href="/ogc/api?f=json" { "the same as OpenAPI 3.0" } ", " a href="/ogc/conformance" { "what this conforms to" } } }
        }
        (as_json(call))
    };
    page(call, "Data services", &[], body)
}

fn collection_list() -> Markup {
    html! {
        table.table {
            thead { tr { th scope="col" { "Collection" } th scope="col" { "What is in it" } } }
            tbody {
                @for collection in Collection::ALL {
                    tr {
                        th scope="row" data-label="Collection" { a href={ "/ogc/collections/" (collection.id()) } { (collection.title()) } }
                        td data-label="What is in it" { (collection.about()) }
                    }
                }
            }
        }
    }
}

pub(super) fn conformance(call: &Call, classes: &[&str]) -> Markup {
    let body = html! {
        (ui::heading("data services", html! { "What this conforms to" }, html! {}))
        ul { @for class in classes { li { code { (class) } } } }
        (as_json(call))
    };
    framed_in(call, "What this conforms to", above(None), body)
}

pub(super) fn collections(call: &Call) -> Markup {
    let body = html! {
        (ui::heading("data services", html! { "Collections" }, html! {}))
        (collection_list())
        (as_json(call))
    };
    framed_in(call, "Collections", above(None), body)
}

pub(super) fn collection(call: &Call, collection: Collection) -> Markup {
    let at = format!("/ogc/collections/{}", collection.id());
    let body = html! {
        (ui::heading("collection", html! { (collection.title()) }, html! {}))
        p { (collection.about()) }
        ul {
            li { a href={ (at) "/items" } { "Features" } }
            li { a href={ (at) "/schema" } { "Columns" } }
            li { a href={ (at) "/queryables" } { "What can be filtered by" } }
            li { a href={ (at) "/sortables" } { "What can be sorted by" } }
        }
        details {
            summary { "Coordinate reference systems (" (Crs::offered().len()) ")" }
            ul { @for uri in Crs::offered() { li { code { (uri) } } } }
        }
        (as_json(call))
    };
    framed_in(call, collection.title(), above(None), body)
}

pub(super) fn schema(
    call: &Call,
    collection: Collection,
    title: &str,
    properties: &Map<String, Json>,
) -> Markup {
    let text = |schema: &Json, name: &str| schema[name].as_str().unwrap_or_default().to_owned();
    let kind = |schema: &Json| match &schema["enum"] {
        Json::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
            words.join(", ")
        }
        _ => [text(schema, "type"), text(schema, "format")]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
    };
    let body = html! {
        (ui::heading("collection", html! { (title) }, html! {}))
        table.table {
            thead { tr { th scope="col" { "Property" } th scope="col" { "What it is" } th scope="col" { "Holds" } } }
            tbody {
                @for (id, schema) in properties {
                    tr {
                        th scope="row" data-label="Property" { code { (id) } }
                        td data-label="What it is" { (text(schema, "description")) }
                        td data-label="Holds" { (kind(schema)) }
                    }
                }
            }
        }
        (as_json(call))
    };
    framed_in(call, title, above(Some(collection)), body)
}

/// Columns of a list for people: words, days and numbers; the rest stands on the feature's own page.
fn listed(collection: Collection) -> Vec<(usize, &'static str)> {
    let columns = collection.columns().iter().enumerate();
    columns
        .filter(|(_, c)| !matches!(c.holds, Holds::Text | Holds::Moment))
        .filter(|(_, c)| !matches!(c.id, "grid_m" | "uncertainty_m" | "standard" | "scale"))
        .map(|(i, c)| (i, c.id))
        .take(6)
        .collect()
}

fn said(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Whole(n)) => n.to_string(),
        Some(Value::Day(day)) => day.to_string(),
        Some(Value::Moment(ms)) => moment(*ms),
    }
}

fn words(value: Option<&Value>) -> String {
    said(value).replace('_', " ")
}

pub(super) fn items(
    call: &Call,
    collection: Collection,
    found: &FeaturePage,
    matched: Option<u64>,
    next: Option<String>,
) -> Markup {
    let columns = listed(collection);
    let title = collection.column("title");
    let at = format!("/ogc/collections/{}/items", collection.id());
    let next = next.map(|token| call.here(&[("after", Some(&token))]));
    let body = html! {
        (ui::heading("features", html! { (collection.title()) }, html! {}))
        (narrowing(call, collection))
        p {
            @match matched {
                Some(n) => { (grouped(n)) @if n == 1 { " feature" } @else { " features" } @if n != found.features.len() as u64 { ", of which this page shows " (found.features.len()) } }
                None => { (found.features.len()) " features on this page" },
            } "."
        }
        @if !found.features.is_empty() {
            table.table {
                thead { tr { th scope="col" { "Title" } @for (_, id) in &columns { th scope="col" { (heading(id)) } } } }
                tbody {
                    @for feature in &found.features {
                        tr {
                            th scope="row" data-label="Title" { a href={ (at) "/" (feature.id) } { bdi { (said(title.and_then(|i| value(feature, i)))) } } }
                            @for (i, id) in &columns { td data-label=(heading(id)) { (words(value(feature, *i))) } }
                        }
                    }
                }
            }
        }
        (ui::pagination(next))
        (as_json(call))
    };
    framed_in(call, "Features", above(Some(collection)), body)
}

fn value(feature: &Feature, at: usize) -> Option<&Value> {
    feature.values.get(at)?.as_ref()
}

/// A form for the questions asked most; every other parameter goes in the address.
fn narrowing(call: &Call, collection: Collection) -> Markup {
    let chosen = |name: &str, value: &str| call.get(name) == Some(value);
    let lists = collection.columns().iter().filter_map(|c| match c.holds {
        Holds::Word(words) if words.len() > 1 => Some((c.id, words)),
        _ => None,
    });
    html! {
        form.search-form method="get" action={ "/ogc/collections/" (collection.id()) "/items" } aria-label="Narrow the features" {
            input type="hidden" name="f" value="html";
            @for (id, words) in lists.take(3) {
                div.field {
                    label for={ "by-" (id) } { (heading(id)) }
                    select id={ "by-" (id) } name=(id) {
                        option value="" { "any" }
                        @for word in words { option value=(word) selected[chosen(id, word)] { (word.replace('_', " ")) } }
                    }
                }
            }
            // Sites and missions are bound to no time.
            @if !matches!(collection, Collection::Sites | Collection::Missions) {
                div.field {
                    label for="by-datetime" { "Time" }
                    input #by-datetime type="text" name="datetime" value=[call.get("datetime")] placeholder="2020-09-27/2020-11-10" maxlength="60" autocomplete="off";
                }
            }
            button.button type="submit" { "Narrow" }
        }
    }
}

pub(super) fn item(call: &Call, collection: Collection, feature: &Feature) -> Markup {
    let title = collection.column("title");
    let title = said(title.and_then(|i| value(feature, i)));
    let record = format!("/{}/{}", collection.kind().id(), feature.id);
    let rows = collection.columns().iter().enumerate();
    let body = html! {
        (ui::heading("feature", html! { bdi { (title) } }, html! {}))
        p { a href=(record) { "The record, with what stands around it" } }
        dl.facts {
            @for (i, column) in rows {
                @let text = match column.holds { Holds::Word(_) => words(value(feature, i)), _ => said(value(feature, i)) };
                @if !text.is_empty() && !matches!(column.id, "address" | "title") {
                    div { dt { (heading(column.id)) } dd { bdi { (text) } } }
                }
            }
            @if let Some(geometry) = &feature.geometry { div { dt { "Geometry" } dd { (place(geometry)) } } }
        }
        (as_json(call))
    };
    let mut within = above(Some(collection));
    within.push((
        format!("/ogc/collections/{}/items", collection.id()),
        "Features".to_owned(),
    ));
    framed_in(call, &title, within, body)
}

fn place(geometry: &Geometry) -> String {
    match geometry {
        Geometry::Point(p) => format!("{:.5}, {:.5} (longitude, latitude)", p.lon(), p.lat()),
        other => match other.bounds() {
            Some(b) => format!(
                "{} positions within {:.5}, {:.5}, {:.5}, {:.5}",
                other.positions().count(),
                b.west,
                b.south,
                b.east,
                b.north
            ),
            None => "empty".to_owned(),
        },
    }
}

/// A parameter of the API for people.
pub(super) struct Parameter<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it does.
    pub about: &'a str,
}

pub(super) fn api(call: &Call, parameters: &[Parameter<'_>]) -> Markup {
    let body = html! {
        (ui::heading("data services", html! { "What can be asked" }, html! {}))
        p { "Every address below gives JSON to programs and a page to browsers; " code { "f=json" } " and " code { "f=html" } " choose. Places are longitude, latitude (WGS 84) unless " code { "crs" } " says otherwise. What is not understood is answered with 400 and the reason." }
        table.table {
            thead { tr { th scope="col" { "Address" } th scope="col" { "What it gives" } } }
            tbody {
                @for (address, what) in [
                    ("/ogc", "Where everything is"),
                    ("/ogc/conformance", "What this conforms to"),
                    ("/ogc/collections", "The collections"),
                    ("/ogc/collections/{collection}", "One collection"),
                    ("/ogc/collections/{collection}/items", "Its features, page by page"),
                    ("/ogc/collections/{collection}/items/{id}", "One feature"),
                    ("/ogc/collections/{collection}/queryables", "What can be filtered by"),
                    ("/ogc/collections/{collection}/sortables", "What can be sorted by"),
                    ("/ogc/collections/{collection}/schema", "The columns"),
                ] { tr { th scope="row" data-label="Address" { code { (address) } } td data-label="What it gives" { (what) } } }
            }
        }
        h2 { "Parameters of features" }
        table.table {
            thead { tr { th scope="col" { "Parameter" } th scope="col" { "What it does" } } }
            tbody { @for p in parameters { tr { th scope="row" data-label="Parameter" { code { (p.name) } } td data-label="What it does" { (p.about) } } } }
        }
        p.muted { "The same as " a href="/ogc/api?f=json" { "OpenAPI 3.0" } "." }
    };
    framed_in(call, "What can be asked", above(None), body)
}
