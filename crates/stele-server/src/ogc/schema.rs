//! What a collection's features have, can be filtered by and sorted by, as JSON Schema (Part 3, clause
//! 6.2; Part 5).

use super::parameters::sortables as orders;
use super::{Call, Form, Problem, pages};
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Map, Value, json};
use stele_registry::features::filter::{GEOMETRY, ID, TIME};
use stele_registry::features::{Collection, Column, Holds};

const SCHEMA: &str = "application/schema+json";
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// `GET /ogc/collections/{collection}/queryables`
pub async fn queryables(call: Call, Path(id): Path<String>) -> Result<Response, Problem> {
    let collection = call.collection(&id)?;
    let mut properties = Map::new();
    properties.insert(ID.into(), id_schema());
    properties.insert(GEOMETRY.into(), geometry_schema());
    properties.insert(
        TIME.into(),
        json!({"title": "Time", "description": "When it holds, for the predicates that begin with T_.", "type": "string", "format": "date-time", "x-ogc-role": "primary-instant"}),
    );
    columns(collection, &mut properties);
    answer(
        &call,
        collection,
        "queryables",
        "what can be filtered by",
        properties,
    )
}

/// `GET /ogc/collections/{collection}/sortables`
pub async fn sortables(call: Call, Path(id): Path<String>) -> Result<Response, Problem> {
    let collection = call.collection(&id)?;
    let mut properties = Map::new();
    for (id, sign, _) in orders(collection) {
        let schema = collection.columns().iter().find(|c| c.id == id);
        let mut schema = schema.map_or_else(id_schema, column_schema);
        let way = match sign {
            '-' => "Latest first only",
            _ => "Ascending only",
        };
        schema["description"] = format!("{way}: sortby={sign}{id}").into();
        properties.insert(id.to_owned(), schema);
    }
    answer(
        &call,
        collection,
        "sortables",
        "what can be sorted by",
        properties,
    )
}

/// `GET /ogc/collections/{collection}/schema`
pub async fn schema(call: Call, Path(id): Path<String>) -> Result<Response, Problem> {
    let collection = call.collection(&id)?;
    let mut properties = Map::new();
    properties.insert(ID.into(), id_schema());
    properties.insert(GEOMETRY.into(), geometry_schema());
    columns(collection, &mut properties);
    answer(&call, collection, "schema", "columns", properties)
}

fn answer(
    call: &Call,
    collection: Collection,
    name: &str,
    what: &str,
    properties: Map<String, Value>,
) -> Result<Response, Problem> {
    let title = format!("{}: {what}", collection.title());
    if call.plain()? == Form::Html {
        return Ok(call.send_page(pages::schema(call, collection, &title, &properties)));
    }
    let at = call.url(&format!("/ogc/collections/{}/{name}", collection.id()));
    Ok(call.send_json(
        SCHEMA,
        &json!({
            "$schema": DRAFT,
            "$id": at,
            "type": "object",
            "title": title,
            "properties": properties,
            "additionalProperties": false,
        }),
    ))
}

fn columns(collection: Collection, properties: &mut Map<String, Value>) {
    for (i, column) in collection.columns().iter().enumerate() {
        let mut schema = column_schema(column);
        schema["x-ogc-propertySeq"] = (i + 1).into();
        properties.insert(column.id.into(), schema);
    }
}

fn id_schema() -> Value {
    json!({"title": "Id", "description": "Permanent id of the record.", "type": "string", "x-ogc-role": "id"})
}

fn geometry_schema() -> Value {
    json!({"title": "Geometry", "description": "Where it is, as exactly as it may be shown.", "format": "geometry-any", "x-ogc-role": "primary-geometry"})
}

/// A column as JSON Schema.
pub(super) fn column_schema(column: &Column) -> Value {
    let title = pages::heading(column.id);
    let mut schema = json!({"title": title, "description": column.about});
    let more = match column.holds {
        Holds::Text => json!({"type": "string"}),
        Holds::Word(words) => json!({"type": "string", "enum": words}),
        Holds::Whole => json!({"type": "integer"}),
        Holds::Day => json!({"type": "string", "format": "date"}),
        Holds::Moment => json!({"type": "string", "format": "date-time"}),
    };
    if let (Value::Object(schema), Value::Object(more)) = (&mut schema, more) {
        schema.extend(more);
    }
    schema
}
