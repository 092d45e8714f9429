//! One feature (Part 1, clause 7.16).

use super::items::{CONTENT_CRS, GEOJSON};
use super::parameters::content_crs;
use super::{Call, Form, Problem, pages};
use crate::answer::ask_in_turn;
use crate::ogc::call::shown;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::response::Response;
use serde_json::{Value, json};
use stele_formats::crs::Crs;
use stele_formats::geojson::Writing;
use stele_model::{AnyId, Word};

/// `GET /ogc/collections/{collection}/items/{id}`
pub async fn item(
    call: Call,
    Path((collection, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let collection = call.collection(&collection)?;
    call.only(&["f", "crs"])?;
    let form = call.form()?;
    let crs = match call.get("crs") {
        None => Crs::default(),
        Some(uri) => Crs::from_uri(uri).map_err(|e| Problem::parameter("crs", e))?,
    };
    // What is withheld, what is elsewhere and what never was are answered alike.
    let missing = || {
        Problem::not_found(format!(
            "there is no feature {} in {}",
            shown(&id),
            collection.id()
        ))
    };
    let id: AnyId = id.parse().map_err(|_| missing())?;
    let (viewer, lang) = (call.reader.viewer.clone(), call.reader.lang.clone());
    let feature = ask_in_turn(&call.app, move |registry| {
        registry.feature(&viewer, collection, id, &lang)
    })
    .await;
    let feature = match feature {
        Ok(feature) => feature,
        Err(failure) if matches!(failure.refusal(), stele_registry::Refusal::NotFound(_)) => {
            return Err(missing());
        }
        Err(failure) => return Err(failure.into()),
    };
    if form == Form::Html {
        return Ok(call.send_page(pages::item(&call, collection, &feature)));
    }
    let mut links = call.own_links(form, GEOJSON);
    let collection_at = call.url(&format!("/ogc/collections/{}", collection.id()));
    links.push(json!({"href": collection_at, "rel": "collection", "type": "application/json", "title": collection.title()}));
    let record = call.url(&format!("/{}/{id}", collection.kind().id()));
    links.push(json!({"href": record, "rel": "canonical", "type": "text/html", "title": "The record, with what stands around it"}));
    let writing = Writing {
        columns: collection.columns(),
        only: None,
        geometry: true,
        crs: &crs,
    };
    let mut body = Vec::with_capacity(2_048);
    writing.feature(&mut body, &feature, Some(&Value::Array(links).to_string()));
    let tagged = body.len();
    let mut response = call.send(GEOJSON, body, tagged);
    if let Ok(value) = HeaderValue::from_str(&content_crs(&crs)) {
        response.headers_mut().insert(CONTENT_CRS, value);
    }
    Ok(response)
}
