//! The OpenAPI 3.1 document, made of the operations and the schemas of their types; nothing of it is
//! written by hand but what the operations say of themselves.

use super::operation::{Operation, Shapes, Who};
use super::operations;
use super::problem::{MEDIA_TYPE, Problem};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static TEXT: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&document()).unwrap_or_default());

/// `GET /api/openapi.json`
pub async fn serve() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, TEXT.as_str()).into_response()
}

/// The document.
pub fn document() -> Value {
    let mut make = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let problem = make.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<Value> = Vec::new();
    for operation in operations() {
        let told = told(&operation, &mut make, &problem);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = told;
        if !tags.iter().any(|tag| tag["name"] == operation.told.of) {
            tags.push(json!({"name": operation.told.of}));
        }
    }
    let schemas: Map<String, Value> = make.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Stele",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A registry for cultural property in armed conflict",
            "description": "Everything a person can do in the pages. What is public is read without a token; for the rest a token of the page /tokens is sent as `Authorization: Bearer`. Errors are problem+json (RFC 9457). A claim is what a party says; a finding is what the registry verified; neither says who caused damage.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of the page /tokens: `stele_…`."},
            },
        },
    })
}

fn told(operation: &Operation, make: &mut SchemaGenerator, problem: &Schema) -> Value {
    let shapes = operation.shapes(make);
    let told = operation.told;
    let mut description = told.about.to_owned();
    if operation.who != Who::Anyone {
        let sep = if description.is_empty() { "" } else { " " };
        description.push_str(&format!("{sep}For {}.", operation.who.label()));
    }
    let mut parameters = parameters(&shapes.path, "path");
    parameters.extend(self::parameters(&shapes.query, "query"));
    if operation.records {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Any text of your own. The same request under the same key is carried out once, and answered alike for three days.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
        }));
    }
    let public = json!({});
    let token = json!({"token": []});
    let security = match operation.who {
        Who::Anyone => vec![public, token],
        _ => vec![token],
    };
    let mut json = json!({
        "operationId": told.id,
        "tags": [told.of],
        "summary": told.summary,
        "parameters": parameters,
        "responses": responses(operation, &shapes, problem),
        "security": security,
        "x-codeSamples": [{"lang": "sh", "source": format!("curl {}", told.example)}],
    });
    if !description.is_empty() {
        json["description"] = description.into();
    }
    if let Some((media, schema)) = &shapes.body {
        let optional = matches!(schema, Some(schema) if takes_nothing(make, schema));
        let content = schema
            .as_ref()
            .map_or_else(|| json!({}), |s| json!({"schema": s}));
        json["requestBody"] = json!({"required": !optional, "content": {*media: content}});
    }
    json
}

/// Whether an empty body is as good as any.
fn takes_nothing(make: &SchemaGenerator, schema: &Schema) -> bool {
    let named = schema.get("$ref").and_then(Value::as_str);
    let name = named.and_then(|r| r.rsplit('/').next());
    let whole = name.and_then(|name| make.definitions().get(name));
    let required = whole.unwrap_or(schema.as_value()).get("required");
    required.is_none_or(|r| r.as_array().is_none_or(Vec::is_empty))
}

/// The fields of an object as parameters. What may be left out is not there, never null.
fn parameters(schema: &Schema, place: &str) -> Vec<Value> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    let one = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let about = schema
            .as_object_mut()
            .and_then(|s| s.remove("description"))
            .unwrap_or_default();
        without_null(&mut schema);
        let mut parameter = json!({
            "name": name,
            "in": place,
            "required": place == "path" || required.contains(&name.as_str()),
            "schema": schema,
        });
        if about.is_string() {
            parameter["description"] = about;
        }
        parameter
    };
    fields.iter().map(one).collect()
}

fn without_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(any) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        any.retain(|s| s["type"] != "null");
        if let [only] = any.as_slice() {
            *schema = only.clone();
        }
    }
    if let Some(object) = schema.as_object_mut()
        && object.get("default").is_some_and(Value::is_null)
    {
        object.remove("default");
    }
}

fn responses(operation: &Operation, shapes: &Shapes, problem: &Schema) -> Value {
    let (status, media, schema) = &shapes.answer;
    let content = schema
        .as_ref()
        .map_or_else(|| json!({}), |s| json!({"schema": s}));
    let mut responses = Map::new();
    responses.insert(
        status.as_str().to_owned(),
        json!({"description": status.canonical_reason().unwrap_or("Done"), "content": {*media: content}}),
    );
    let mut refusals = vec![
        (
            StatusCode::UNAUTHORIZED,
            "The token does not hold, or one is needed.",
        ),
        (
            StatusCode::NOT_FOUND,
            "There is nothing at this address, or it may not be seen.",
        ),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Fields are wrong; `errors` names them.",
        ),
        (
            StatusCode::FORBIDDEN,
            "The account, or the scope of the token, does not allow this.",
        ),
    ];
    if shapes.body.is_some() || operation.records {
        refusals.extend([
            (
                StatusCode::CONFLICT,
                "A request with this key is under way, or its answer is lost.",
            ),
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
            (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The media type is not read here.",
            ),
        ]);
    }
    for (status, about) in refusals {
        responses.insert(
            status.as_str().to_owned(),
            json!({"description": about, "content": {MEDIA_TYPE: {"schema": problem}}}),
        );
    }
    responses.insert(
        "default".into(),
        json!({"description": "Any other refusal.", "content": {MEDIA_TYPE: {"schema": problem}}}),
    );
    Value::Object(responses)
}
