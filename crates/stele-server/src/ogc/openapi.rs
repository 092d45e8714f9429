//! The OpenAPI 3.0 document of `/ogc` (Part 1, clause 8.4), made from the collections and their columns.

use super::landing::{ABOUT, openapi_media};
use super::parameters::{DEFAULT_LIMIT, sortables};
use super::{Call, Form, Problem, pages, schema};
use axum::response::Response;
use serde_json::{Map, Value, json};
use stele_formats::crs::{CRS84, Crs};
use stele_registry::bulk::Format;
use stele_registry::features::{Collection, LONGEST_PAGE};

/// `GET /ogc/api`
pub async fn document(call: Call) -> Result<Response, Problem> {
    if call.plain()? == Form::Html {
        let parameters: Vec<pages::Parameter<'_>> = ABOUT_PARAMETERS
            .iter()
            .map(|(name, about)| pages::Parameter { name, about })
            .collect();
        return Ok(call.send_page(pages::api(&call, &parameters)));
    }
    Ok(call.send_json(openapi_media(), &openapi(&call)))
}

const ABOUT_PARAMETERS: &[(&str, &str)] = &[
    (
        "bbox",
        "Only what touches this box: west, south, east, north (or six numbers with heights, which are not compared). West may lie east of east: the box crosses the antimeridian. What has no place, or a withheld one, is in no box.",
    ),
    ("bbox-crs", "The system that bbox is in."),
    (
        "datetime",
        "Only what holds, happened or may have happened then: a day or moment, or two with / between, .. for no limit. What is bound to no time is always among the features.",
    ),
    ("limit", "At most so many features on a page."),
    (
        "after",
        "Where a page begins, as the link next of the page before gives it.",
    ),
    ("crs", "The system that the answer is in."),
    ("filter", "Only what passes this filter, in CQL2."),
    ("filter-lang", "The form of the filter."),
    (
        "filter-crs",
        "The system that the geometries of the filter are in.",
    ),
    ("properties", "Only these columns, by commas."),
    ("skipGeometry", "Without geometries."),
    (
        "sortby",
        "In this order; without it by id, which is when a record was first recorded.",
    ),
    (
        "{column}",
        "Only what has this value in a column; several by commas where the column holds one word of a list.",
    ),
    ("f", "The form of the answer, before what Accept says."),
];

fn about(name: &str) -> &'static str {
    ABOUT_PARAMETERS
        .iter()
        .find(|(n, _)| *n == name)
        .map_or("", |(_, about)| about)
}

fn openapi(call: &Call) -> Value {
    let mut paths = Map::new();
    let json = "application/json";
    let mut add = |path: &str,
                   id: &str,
                   what: &str,
                   media: &str,
                   more: Vec<Value>,
                   codes: &[u16]| {
        let form = match media {
            GEOJSON_PAGE => "#/components/parameters/f-items",
            _ => "#/components/parameters/f",
        };
        let mut parameters = vec![json!({"$ref": form})];
        parameters.extend(more);
        let mut responses = Map::new();
        let schema = match media {
            GEOJSON_PAGE => json!({"$ref": "#/components/schemas/featureCollectionGeoJSON"}),
            GEOJSON_ONE => json!({"$ref": "#/components/schemas/featureGeoJSON"}),
            _ => json!({"type": "object"}),
        };
        let is_page = media == GEOJSON_PAGE;
        let media = media.split('#').next().unwrap_or(media);
        let mut content =
            json!({media: {"schema": schema}, "text/html": {"schema": {"type": "string"}}});
        for format in files().filter(|_| is_page) {
            // Some types are those of the page as well: that has a schema.
            if content.get(format.media_type()).is_none() {
                let bytes = json!({"schema": {"type": "string", "format": "binary"}});
                content[format.media_type()] = bytes;
            }
        }
        responses.insert(
            "200".into(),
            json!({"description": what, "content": content}),
        );
        responses.insert(
            "304".into(),
            json!({"description": "What If-None-Match names is what there is still"}),
        );
        for code in codes {
            responses.insert(
                code.to_string(),
                json!({"$ref": format!("#/components/responses/{code}")}),
            );
        }
        for code in [405, 408, 500] {
            responses.insert(
                code.to_string(),
                json!({"$ref": format!("#/components/responses/{code}")}),
            );
        }
        paths.insert(
            path.into(),
            json!({"get": {"operationId": id, "summary": what, "tags": ["features"], "parameters": parameters, "responses": responses}}),
        );
    };
    add("/", "landing", "Where everything is", json, vec![], &[400]);
    add(
        "/conformance",
        "conformance",
        "What this conforms to",
        json,
        vec![],
        &[400],
    );
    add(
        "/api",
        "api",
        "This document",
        openapi_media(),
        vec![],
        &[400],
    );
    add(
        "/collections",
        "collections",
        "The collections",
        json,
        vec![],
        &[400],
    );
    for collection in Collection::ALL {
        let id = collection.id();
        let at = |rest: &str| format!("/collections/{id}{rest}");
        let title = collection.title();
        add(
            &at(""),
            id,
            &format!("{title}: what is in it"),
            json,
            vec![],
            &[400, 404],
        );
        add(
            &at("/items"),
            &format!("{id}_items"),
            &format!("{title}, page by page"),
            GEOJSON_PAGE,
            item_parameters(collection),
            &[400, 404],
        );
        add(
            &at("/items/{featureId}"),
            &format!("{id}_item"),
            &format!("One of {title}"),
            GEOJSON_ONE,
            vec![
                json!({"$ref": "#/components/parameters/crs"}),
                json!({"name": "featureId", "in": "path", "required": true, "schema": {"type": "string"}}),
            ],
            &[400, 404],
        );
        for (name, what) in [
            ("queryables", "what can be filtered by"),
            ("sortables", "what can be sorted by"),
            ("schema", "columns"),
        ] {
            add(
                &at(&format!("/{name}")),
                &format!("{id}_{name}"),
                &format!("{title}: {what}"),
                "application/schema+json",
                vec![],
                &[400, 404],
            );
        }
    }
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "openapi": "3.0.3",
        "info": {"title": call.app.registry.name(), "description": ABOUT, "version": version},
        "servers": [{"url": call.url("/ogc")}],
        "tags": [{"name": "features", "description": "OGC API – Features"}],
        "security": [{}, {"session": []}, {"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": crate::guard::COOKIE, "description": "Public records need none. A member's session shows what a member may see."},
                "token": {"type": "http", "scheme": "bearer", "description": "The same with a token of a member's."},
            },
            "parameters": shared_parameters(),
            "schemas": schemas(),
            "responses": {
                "400": problem("A parameter is not understood; `detail` says which and why"),
                "404": problem("There is no such thing, or it may not be seen"),
                "405": problem("The address can only be read"),
                "408": json!({"description": "It took longer than a request may"}),
                "500": problem("The registry could not read its data"),
            },
        },
    })
}

const GEOJSON_PAGE: &str = "application/geo+json#page";
const GEOJSON_ONE: &str = "application/geo+json#one";

fn problem(what: &str) -> Value {
    json!({"description": what, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}})
}

/// A parameter of the query that is not repeated.
fn query(name: &str, schema: Value, about: &str) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": about, "schema": schema, "style": "form", "explode": false})
}

/// Formats of files that a page of features is given in.
fn files() -> impl Iterator<Item = Format> {
    Format::ALL
        .into_iter()
        .filter(|f| Form::ALL.iter().all(|form| form.id() != f.id()))
}

fn shared_parameters() -> Value {
    let forms: Vec<&str> = Form::ALL
        .iter()
        .map(|f| f.id())
        .chain(files().map(Format::id))
        .collect();
    let text = json!({"type": "string"});
    let crs = json!({"type": "string", "format": "uri", "default": CRS84, "enum": Crs::offered()});
    json!({
        "f": query("f", json!({"type": "string", "enum": ["json", "html"]}), about("f")),
        "f-items": query("f", json!({"type": "string", "enum": forms}), "The form of the answer, before what Accept says; a file holds the same page, with where to go on in the header Link."),
        "bbox": query("bbox", json!({"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}], "items": {"type": "number"}}), about("bbox")),
        "bbox-crs": query("bbox-crs", crs.clone(), about("bbox-crs")),
        "datetime": query("datetime", text.clone(), about("datetime")),
        "limit": query("limit", json!({"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": DEFAULT_LIMIT}), about("limit")),
        "after": query("after", text.clone(), about("after")),
        "crs": query("crs", crs.clone(), about("crs")),
        "filter": query("filter", text, about("filter")),
        "filter-lang": query("filter-lang", json!({"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}), about("filter-lang")),
        "filter-crs": query("filter-crs", crs, about("filter-crs")),
        "skipGeometry": query("skipGeometry", json!({"type": "boolean", "default": false}), about("skipGeometry")),
    })
}

fn item_parameters(collection: Collection) -> Vec<Value> {
    let mut parameters: Vec<Value> = [
        "bbox",
        "bbox-crs",
        "datetime",
        "limit",
        "after",
        "crs",
        "filter",
        "filter-lang",
        "filter-crs",
        "skipGeometry",
    ]
    .iter()
    .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}))
    .collect();
    let names: Vec<&str> = collection.columns().iter().map(|c| c.id).collect();
    parameters.push(query(
        "properties",
        json!({"type": "array", "items": {"type": "string", "enum": names}}),
        about("properties"),
    ));
    let orders: Vec<String> = sortables(collection)
        .iter()
        .flat_map(|(id, sign, _)| match sign {
            '-' => vec![format!("-{id}")],
            _ => vec![(*id).to_owned(), format!("+{id}")],
        })
        .collect();
    parameters.push(query(
        "sortby",
        json!({"type": "array", "maxItems": 1, "items": {"type": "string", "enum": orders}}),
        about("sortby"),
    ));
    for column in collection.columns() {
        let one = schema::column_schema(column);
        let mut plain = Map::new();
        for key in ["type", "format", "enum"] {
            if let Some(value) = one.get(key) {
                plain.insert(key.into(), value.clone());
            }
        }
        let schema = match one.get("enum") {
            Some(_) => json!({"type": "array", "items": plain}),
            None => Value::Object(plain),
        };
        parameters.push(query(column.id, schema, column.about));
    }
    parameters
}

fn schemas() -> Value {
    let link = json!({
        "type": "object",
        "required": ["href", "rel", "type"],
        "properties": {"href": {"type": "string"}, "rel": {"type": "string"}, "type": {"type": "string"}, "title": {"type": "string"}},
    });
    let links = json!({"type": "array", "items": {"$ref": "#/components/schemas/link"}});
    let geometry = json!({
        "type": "object",
        "nullable": true,
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"type": "string", "enum": ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]},
            "coordinates": {"type": "array", "items": {}},
        },
    });
    let feature = json!({
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": geometry,
            "properties": {"type": "object", "nullable": true},
            "links": links,
        },
    });
    json!({
        "link": link,
        "featureGeoJSON": feature,
        "featureCollectionGeoJSON": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": {"type": "string", "enum": ["FeatureCollection"]},
                "features": {"type": "array", "items": {"$ref": "#/components/schemas/featureGeoJSON"}},
                "links": links,
                "timeStamp": {"type": "string", "format": "date-time"},
                "numberMatched": {"type": "integer", "minimum": 0},
                "numberReturned": {"type": "integer", "minimum": 0},
            },
        },
        "problem": {
            "type": "object",
            "required": ["title", "status", "detail", "code"],
            "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}, "code": {"type": "string"}, "description": {"type": "string"}},
        },
    })
}
