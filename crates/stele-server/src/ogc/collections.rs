//! The collections: what each is, and where its features, columns and systems are.

use super::{Call, Form, Problem, pages};
use crate::answer::ask_in_turn;
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};
use stele_formats::crs::{CRS84, Crs};
use stele_registry::bulk::Format;
use stele_registry::features::{Collection, Extent};

/// `GET /ogc/collections`
pub async fn all(call: Call) -> Result<Response, Problem> {
    let form = call.plain()?;
    if form == Form::Html {
        return Ok(call.send_page(pages::collections(&call)));
    }
    let viewer = call.reader.viewer.clone();
    let extents = ask_in_turn(&call.app, move |registry| {
        let all = Collection::ALL.into_iter();
        all.map(|c| Ok((c, registry.extent(&viewer, c)?)))
            .collect::<Result<Vec<_>, _>>()
    })
    .await?;
    let collections: Vec<Value> = extents
        .iter()
        .map(|(c, extent)| described(*c, extent, links(&call, *c)))
        .collect();
    let links = call.own_links(form, "application/json");
    Ok(call.send_json(
        "application/json",
        &json!({"links": links, "collections": collections, "crs": Crs::offered()}),
    ))
}

/// `GET /ogc/collections/{collection}`
pub async fn one(call: Call, Path(id): Path<String>) -> Result<Response, Problem> {
    let collection = call.collection(&id)?;
    let form = call.plain()?;
    if form == Form::Html {
        return Ok(call.send_page(pages::collection(&call, collection)));
    }
    let viewer = call.reader.viewer.clone();
    let extent = ask_in_turn(&call.app, move |registry| {
        registry.extent(&viewer, collection)
    })
    .await?;
    let mut all = call.own_links(form, "application/json");
    all.extend(
        links(&call, collection)
            .into_iter()
            .filter(|l| l["rel"] != "self" && l["rel"] != "alternate"),
    );
    Ok(call.send_json("application/json", &described(collection, &extent, all)))
}

fn described(collection: Collection, extent: &Extent, links: Vec<Value>) -> Value {
    // Midnight in universal time, as a finding's own day is compared (clause 7.15.4).
    let since = extent.since.map(|day| format!("{day}T00:00:00Z"));
    let mut all = json!({
        "id": collection.id(),
        "title": collection.title(),
        "description": collection.about(),
        "itemType": "feature",
        "extent": {"temporal": {"interval": [[since, null]]}},
        "crs": Crs::offered(),
        "storageCrs": CRS84,
        "links": links,
    });
    if let Some(b) = extent.bounds {
        all["extent"]["spatial"] =
            json!({"bbox": [[b.west, b.south, b.east, b.north]], "crs": CRS84});
    }
    all
}

/// Where everything of a collection is.
fn links(call: &Call, collection: Collection) -> Vec<Value> {
    let id = collection.id();
    let at = |rest: &str| call.url(&format!("/ogc/collections/{id}{rest}"));
    let ogc = |name: &str| format!("http://www.opengis.net/def/rel/ogc/1.0/{name}");
    let title = collection.title();
    let mut links = vec![
        json!({"href": at("?f=json"), "rel": "self", "type": "application/json", "title": title}),
        json!({"href": at("?f=html"), "rel": "alternate", "type": "text/html", "title": title}),
        json!({"href": at("/items?f=json"), "rel": "items", "type": "application/geo+json", "title": format!("{title} as GeoJSON")}),
        json!({"href": at("/items?f=html"), "rel": "items", "type": "text/html", "title": format!("{title} as a page")}),
        json!({"href": at("/schema?f=json"), "rel": "describedby", "type": "application/schema+json", "title": "Columns"}),
    ];
    for format in Format::ALL {
        let href = call.url(&format!("/data/{id}.{}", format.id()));
        links.push(json!({"href": href, "rel": "enclosure", "type": format.media_type(), "title": format!("{title} as a {} file", format.title())}));
    }
    for (name, what) in [
        ("queryables", "What can be filtered by"),
        ("sortables", "What can be sorted by"),
        ("schema", "Columns"),
    ] {
        links.push(json!({"href": at(&format!("/{name}?f=json")), "rel": ogc(name), "type": "application/schema+json", "title": what}));
    }
    if super::tiles::has(collection) {
        links.push(json!({"href": at("/tiles"), "rel": ogc("tilesets-vector"), "type": "application/json", "title": "Vector tiles"}));
    }
    links
}
