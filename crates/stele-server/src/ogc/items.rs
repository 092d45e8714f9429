//! The features of a collection, page by page (Part 1, clause 7.15).

use super::parameters::{self, Asked, content_crs, token};
use super::{Call, Form, Problem, pages};
use crate::answer::ask_in_turn;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, LINK};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::{Value, json};
use stele_formats::crs::Crs;
use stele_formats::feature::moment;
use stele_formats::geojson::{Writing, text};
use stele_registry::bulk::Format;
use stele_registry::clock::now_ms;
use stele_registry::features::{Collection, FeaturePage, FeatureQuery};

/// Media type of features as GeoJSON.
pub const GEOJSON: &str = "application/geo+json";
/// Header that says in which system positions are.
pub const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");

/// `GET /ogc/collections/{collection}/items`
pub async fn items(call: Call, Path(id): Path<String>) -> Result<Response, Problem> {
    let collection = call.collection(&id)?;
    let asked = parameters::asked(&call, collection)?;
    let (viewer, lang) = (call.reader.viewer.clone(), call.reader.lang.clone());
    let Asked {
        form,
        file,
        query,
        crs,
        only,
        geometry,
    } = asked;
    if let Some(format) = file {
        let part = Part { only, geometry };
        return as_file(&call, collection, format, query, part).await;
    }
    let (order, from) = (query.order, query.after.clone());
    if form == Form::Html {
        let page = ask_in_turn(&call.app, move |registry| {
            registry.features(&viewer, collection, &query, &lang)
        })
        .await?;
        let next = page.next.as_ref().map(|next| token(next, order));
        let matched = matched(&page, from.is_some());
        return Ok(call.send_page(pages::items(&call, collection, &page, matched, next)));
    }
    let uri = content_crs(&crs);
    let is_first = from.is_none();
    // Asked and written on the same thread: a page goes from the store into bytes at once.
    let page = ask_in_turn(&call.app, move |registry| {
        let writing = Writing {
            columns: collection.columns(),
            only: only.as_deref(),
            geometry,
            crs: &crs,
        };
        let before = b"{\"type\":\"FeatureCollection\",\"features\":[";
        registry.features_written(&viewer, (collection, &lang), &query, &writing, before)
    })
    .await?;
    let is_all = is_first && page.next.is_none();
    let matched = page.matched.or(is_all.then_some(page.count as u64));
    let mut body = page.json;
    let mut links = call.own_links(form, GEOJSON);
    if let Some(next) = &page.next {
        links.push(link_next(&call, &token(next, order)));
    }
    let collection_at = call.url(&format!("/ogc/collections/{}", collection.id()));
    links.push(json!({"href": collection_at, "rel": "collection", "type": "application/json", "title": collection.title()}));
    body.extend_from_slice(b"],\"links\":");
    body.extend_from_slice(Value::Array(links).to_string().as_bytes());
    if let Some(matched) = matched {
        body.extend_from_slice(format!(",\"numberMatched\":{matched}").as_bytes());
    }
    body.extend_from_slice(format!(",\"numberReturned\":{}", page.count).as_bytes());
    let tagged = body.len();
    body.extend_from_slice(b",\"timeStamp\":");
    text(
        &mut body,
        &moment(i64::try_from(now_ms()).unwrap_or_default()),
    );
    body.push(b'}');
    let mut response = call.send(GEOJSON, body, tagged);
    if let Ok(value) = HeaderValue::from_str(&uri) {
        response.headers_mut().insert(CONTENT_CRS, value);
    }
    Ok(response)
}

/// Which parts of its features a file holds.
struct Part {
    only: Option<Vec<bool>>,
    geometry: bool,
}

impl Part {
    fn chosen<T: Clone>(&self, all: &[T]) -> Vec<T> {
        let is_chosen = |i: usize| {
            self.only
                .as_ref()
                .is_none_or(|only| only.get(i) == Some(&true))
        };
        let all = all.iter().enumerate();
        all.filter(|(i, _)| is_chosen(*i))
            .map(|(_, one)| one.clone())
            .collect()
    }
}

/// The same page as a file, with where to go on in its head.
async fn as_file(
    call: &Call,
    collection: Collection,
    format: Format,
    query: FeatureQuery,
    part: Part,
) -> Result<Response, Problem> {
    let (viewer, lang) = (call.reader.viewer.clone(), call.reader.lang.clone());
    let file_name = call.app.registry.file_name(&viewer, collection, format);
    let order = query.order;
    let (body, next) = ask_in_turn(&call.app, move |registry| {
        let page = registry.features(&viewer, collection, &query, &lang)?;
        let columns = part.chosen(collection.columns());
        let features = page.features.into_iter().map(|mut feature| {
            feature.values = part.chosen(&feature.values);
            feature.geometry = feature.geometry.filter(|_| part.geometry);
            feature
        });
        let body = registry.as_file(collection, format, &columns, features)?;
        Ok((body, page.next.as_ref().map(|next| token(next, order))))
    })
    .await?;
    let tagged = body.len();
    let mut response = call.send(format.media_type(), body, tagged);
    let next = next.map(|next| call.here(&[("after", Some(&next))]));
    for (name, text) in [
        (
            CONTENT_DISPOSITION,
            Some(format!("attachment; filename=\"{file_name}\"")),
        ),
        (LINK, next.map(|url| format!("<{url}>; rel=\"next\""))),
        (CONTENT_CRS, Some(content_crs(&Crs::default()))),
    ] {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// How many match in all: as the registry knows it, or because this page is all there is.
fn matched(page: &FeaturePage, is_later: bool) -> Option<u64> {
    let is_all = !is_later && page.next.is_none();
    let all = is_all.then(|| u64::try_from(page.features.len()).unwrap_or(u64::MAX));
    page.matched.or(all)
}

fn link_next(call: &Call, next: &str) -> Value {
    json!({"href": call.here(&[("after", Some(next))]), "rel": "next", "type": GEOJSON, "title": "The next page"})
}
