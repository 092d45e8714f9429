//! Sites chosen on the map, as a table: the question of `/ogc/collections/sites/items`, answered as CSV.

use crate::answer::ask;
use crate::ogc::{Call, Problem, parameters};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use stele_formats::out::{Format, Provenance, Sheet, write_features};
use stele_registry::Refusal;
use stele_registry::features::Collection;

/// `GET /map/chosen.csv`
pub async fn chosen(call: Call) -> Result<Response, Problem> {
    let collection = Collection::Sites;
    let asked = parameters::asked(&call, collection)?;
    let (viewer, lang) = (call.reader.viewer.clone(), call.reader.lang.clone());
    let body = ask(&call.app, move |registry| {
        let page = registry.features(&viewer, collection, &asked.query, &lang)?;
        let provenance = Provenance::default();
        let sheet = Sheet {
            name: collection.id(),
            title: collection.title(),
            about: collection.about(),
            columns: collection.columns(),
            provenance: &provenance,
        };
        let mut body = Vec::new();
        let features = page.features.into_iter().map(Ok);
        // A table needs no files while it is written.
        let scratch = std::env::temp_dir();
        write_features(Format::Csv, &sheet, &scratch, features, Box::new(&mut body))
            .map_err(|e| Refusal::Unreadable(format!("the table could not be written: {e}")))?;
        Ok(body)
    })
    .await?;
    let tagged = body.len();
    let mut response = call.send("text/csv; charset=utf-8", body, tagged);
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"sites.csv\""),
    );
    Ok(response)
}
