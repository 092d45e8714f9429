//! The landing page and the list of conformance classes (Part 1, clauses 7.2 and 7.4).

use super::{Call, Form, Problem, pages};
use axum::response::Response;
use serde_json::json;

/// What this API conforms to.
pub const CONFORMS_TO: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
];

/// What the API is, for people and programs.
pub(super) const ABOUT: &str = "Sites, claims, findings, assessments, areas and missions as features. A claim is what a party says, a finding is what this registry verified; neither says who caused damage. Protected places are shown as the cell of a grid or not at all.";

/// `GET /ogc`
pub async fn landing(call: Call) -> Result<Response, Problem> {
    let form = call.plain()?;
    if form == Form::Html {
        return Ok(call.send_page(pages::landing(&call)));
    }
    let link = |path: &str, rel: &str, media: &str, title: &str| json!({"href": call.url(path), "rel": rel, "type": media, "title": title});
    let mut links = call.own_links(form, "application/json");
    links.extend([
        link(
            "/ogc/api",
            "service-desc",
            openapi_media(),
            "What can be asked, for programs (OpenAPI 3.0)",
        ),
        link(
            "/ogc/api?f=html",
            "service-doc",
            "text/html",
            "What can be asked, for people",
        ),
        link(
            "/ogc/conformance",
            "conformance",
            "application/json",
            "What this conforms to",
        ),
        link(
            "/ogc/collections",
            "data",
            "application/json",
            "The collections",
        ),
        link(
            "/ogc/tileMatrixSets",
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            "application/json",
            "How tiles are cut",
        ),
    ]);
    let title = call.app.registry.name();
    Ok(call.send_json(
        "application/json",
        &json!({"title": title, "description": ABOUT, "links": links}),
    ))
}

/// `GET /ogc/conformance`
pub async fn conformance(call: Call) -> Result<Response, Problem> {
    let form = call.plain()?;
    if form == Form::Html {
        return Ok(call.send_page(pages::conformance(&call, CONFORMS_TO)));
    }
    let links = call.own_links(form, "application/json");
    Ok(call.send_json(
        "application/json",
        &json!({"conformsTo": CONFORMS_TO, "links": links}),
    ))
}

/// The media type of the OpenAPI document.
pub(super) fn openapi_media() -> &'static str {
    "application/vnd.oai.openapi+json;version=3.0"
}
