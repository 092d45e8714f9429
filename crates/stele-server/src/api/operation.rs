//! One operation of the API: its address, who may ask it, what it takes and gives, and the function
//! that answers. Route and description are made from the same types, so neither can say what the
//! other does not.
//!
//! Answers are computed on a blocking thread. An operation that records takes an `Idempotency-Key`.

use super::once::run_once;
use super::problem::Problem;
use crate::App;
use crate::answer::Failure;
use crate::guard::{By, Reader};
use crate::incoming;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http_body_util::BodyExt;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use stele_registry::{Account, AccountRole, Received, Refusal, Registry, Viewer};

/// Who may ask an operation. What they may see and do in it is the registry's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Anybody.
    Anyone,
    /// Who has an account.
    Member,
    /// Who may record.
    Recorder,
    /// Who may do everything.
    Administrator,
}

impl Who {
    /// In a few words.
    pub fn label(self) -> &'static str {
        match self {
            Who::Anyone => "anyone",
            Who::Member => "members",
            Who::Recorder => "who may record",
            Who::Administrator => "administrators",
        }
    }

    fn admits(self, viewer: &Viewer) -> Result<(), Refusal> {
        let Some(account) = viewer.account() else {
            return match self {
                Who::Anyone => Ok(()),
                _ => Err(Refusal::SignIn),
            };
        };
        let least = match self {
            Who::Anyone | Who::Member => AccountRole::Viewer,
            Who::Recorder => AccountRole::Recorder,
            Who::Administrator => AccountRole::Administrator,
        };
        match account.role >= least {
            true => Ok(()),
            false => Err(Refusal::NotAllowed(format!(
                "this is for {}; the account, or the token, may do no more than a {}",
                self.label(),
                account.role.id()
            ))),
        }
    }
}

/// What a function that answers knows of the request.
pub struct Call {
    /// The registry.
    pub registry: Arc<Registry>,
    /// What runs beside requests.
    pub app: App,
    /// Whose eyes.
    pub viewer: Viewer,
    /// Language of the reader, for titles.
    pub lang: String,
    /// How it is known who asks.
    pub by: By,
}

impl Call {
    /// The account that asks.
    pub fn account(&self) -> Result<&Account, Refusal> {
        self.viewer.account().ok_or(Refusal::SignIn)
    }
}

/// Nothing: no part of the address varies, no parameter, no body.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Nothing {}

/// Bytes to hand out.
pub struct Download {
    /// Media type.
    pub media_type: String,
    /// Name to save it under; shown in place where there is none.
    pub name: Option<String>,
    /// The bytes.
    pub body: Body,
}

/// What an operation takes and gives, as schemas.
pub struct Shapes {
    /// Parts of the address.
    pub path: Schema,
    /// Parameters.
    pub query: Schema,
    /// Media type and schema of the body.
    pub body: Option<(&'static str, Option<Schema>)>,
    /// Status, media type and schema of the answer.
    pub answer: (StatusCode, &'static str, Option<Schema>),
}

type Shape = Box<dyn Fn(&mut SchemaGenerator) -> Shapes + Send + Sync>;

/// How an operation is told of.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Its name, for clients that are generated.
    pub id: &'static str,
    /// The resource it belongs to.
    pub of: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// More, where a line is too short.
    pub about: &'static str,
    /// Arguments of `curl` behind the address of the server, run in a test. `$NAME` stands for an id.
    pub example: &'static str,
}

/// One operation.
pub struct Operation {
    /// Its method.
    pub method: &'static str,
    /// Its address.
    pub path: &'static str,
    /// Who may ask.
    pub who: Who,
    /// How it is told of.
    pub told: Told,
    /// Whether it records, so that it takes an `Idempotency-Key`.
    pub records: bool,
    /// Whether it may take as long as an upload does.
    pub(super) slow: bool,
    shapes: Shape,
    pub(super) route: MethodRouter<App>,
}

/// Largest body of JSON, in bytes.
const LARGEST_JSON_BYTES: usize = 16 * 1024 * 1024;
/// Said where as many files are coming in as there is room for.
pub(super) const BUSY: &str =
    "as many files as are taken at once are being sent; try again in a moment";
pub(super) const JSON: &str = "application/json";

impl Operation {
    /// Its schemas.
    pub fn shapes(&self, make: &mut SchemaGenerator) -> Shapes {
        (self.shapes)(make)
    }

    /// Reads.
    pub fn read<P, Q, T>(
        path: &'static str,
        who: Who,
        told: Told,
        answer: fn(&Call, P, Q) -> Result<T, Refusal>,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        T: Serialize + JsonSchema + 'static,
    {
        let route = on(
            MethodFilter::GET,
            move |State(app): State<App>,
                  Extension(reader): Extension<Reader>,
                  path: Result<Path<P>, PathRejection>,
                  parts: Parts| async move {
                let asked = in_path(path).and_then(|path| Ok((path, in_query::<Q>(&parts)?)));
                run(app, reader, who, move |call| {
                    let (path, query) = asked?;
                    json(StatusCode::OK, &answer(call, path, query)?)
                })
                .await
            },
        );
        let shapes: Shape = Box::new(|make| Shapes {
            path: make.subschema_for::<P>(),
            query: make.subschema_for::<Q>(),
            body: None,
            answer: (StatusCode::OK, JSON, Some(make.subschema_for::<T>())),
        });
        Operation {
            method: "get",
            path,
            who,
            told,
            records: false,
            slow: false,
            shapes,
            route,
        }
    }

    /// Hands bytes out.
    pub fn download<P>(
        path: &'static str,
        media_type: &'static str,
        who: Who,
        told: Told,
        answer: fn(&Call, P) -> Result<Download, Refusal>,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
    {
        let route = on(
            MethodFilter::GET,
            move |State(app): State<App>,
                  Extension(reader): Extension<Reader>,
                  path: Result<Path<P>, PathRejection>,
                  parts: Parts| async move {
                let asked =
                    in_path(path).and_then(|path| in_query::<Nothing>(&parts).map(|_| path));
                run(app, reader, who, move |call| {
                    let file = answer(call, asked?)?;
                    let mut response =
                        ([(header::CONTENT_TYPE, file.media_type)], file.body).into_response();
                    if let Some(name) = file
                        .name
                        .and_then(|name| HeaderValue::from_str(&attachment(&name)).ok())
                    {
                        response
                            .headers_mut()
                            .insert(header::CONTENT_DISPOSITION, name);
                    }
                    Ok(response)
                })
                .await
            },
        );
        let shapes: Shape = Box::new(move |make| Shapes {
            path: make.subschema_for::<P>(),
            query: make.subschema_for::<Nothing>(),
            body: None,
            answer: (StatusCode::OK, media_type, None),
        });
        Operation {
            method: "get",
            path,
            who,
            told,
            records: false,
            slow: false,
            shapes,
            route,
        }
    }

    /// Does what a body of JSON asks for; `done` is the status of success.
    pub fn act<P, B, T>(
        method: Method,
        path: &'static str,
        who: Who,
        done: StatusCode,
        told: Told,
        answer: fn(&Call, P, B) -> Result<T, Refusal>,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        T: Serialize + JsonSchema + 'static,
    {
        let route = on(
            method.filter(),
            move |State(app): State<App>,
                  Extension(reader): Extension<Reader>,
                  path: Result<Path<P>, PathRejection>,
                  request: Request| async move {
                // Who may not ask is not read.
                if let Err(refusal) = who.admits(&reader.viewer) {
                    return refused(refusal);
                }
                let (parts, body) = request.into_parts();
                let bytes = match in_body(body, LARGEST_JSON_BYTES).await {
                    Ok(bytes) => bytes,
                    Err(problem) => return problem.into_response(),
                };
                if !bytes.is_empty() && !is_json(&parts.headers) {
                    let detail = "The body has to be JSON; send Content-Type: application/json.";
                    return Problem::new(
                        StatusCode::UNSUPPORTED_MEDIA_TYPE,
                        "wrong-media-type",
                        detail,
                    )
                    .into_response();
                }
                let asked = in_path(path)
                    .and_then(|path| in_query::<Nothing>(&parts).map(|_| path))
                    .and_then(|path| Ok((path, in_json::<B>(&bytes)?)));
                run_once(app, reader, who, parts, bytes, move |call| {
                    let (path, body) = asked?;
                    json(done, &answer(call, path, body)?)
                })
                .await
            },
        );
        let shapes: Shape = Box::new(move |make| Shapes {
            path: make.subschema_for::<P>(),
            query: make.subschema_for::<Nothing>(),
            body: is_something::<B>().then(|| (JSON, Some(make.subschema_for::<B>()))),
            answer: (done, JSON, Some(make.subschema_for::<T>())),
        });
        Operation {
            method: method.id(),
            path,
            who,
            told,
            records: matches!(method, Method::Post),
            slow: false,
            shapes,
            route,
        }
    }

    /// Takes a file in, as the body; what is said of it stands in the address.
    pub fn upload<P, Q, T>(
        path: &'static str,
        who: Who,
        done: StatusCode,
        largest_bytes: usize,
        told: Told,
        answer: fn(&Call, Q, Bytes) -> Result<T, Refusal>,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        T: Serialize + JsonSchema + 'static,
    {
        let route = on(
            MethodFilter::POST,
            move |State(app): State<App>,
                  Extension(reader): Extension<Reader>,
                  request: Request| async move {
                if let Err(refusal) = who.admits(&reader.viewer) {
                    return refused(refusal);
                }
                let Ok(_place) = app.running.uploads.clone().try_acquire_owned() else {
                    return refused(Refusal::TooMany(BUSY.into()));
                };
                let (parts, body) = request.into_parts();
                let asked = in_query::<Q>(&parts);
                let bytes = match in_body(body, largest_bytes).await {
                    Ok(bytes) => bytes,
                    Err(problem) => return problem.into_response(),
                };
                let file = bytes.clone();
                run_once(app, reader, who, parts, bytes, move |call| {
                    json(done, &answer(call, asked?, file)?)
                })
                .await
            },
        );
        let shapes: Shape = Box::new(move |make| Shapes {
            path: make.subschema_for::<P>(),
            query: make.subschema_for::<Q>(),
            body: Some(("application/octet-stream", None)),
            answer: (done, JSON, Some(make.subschema_for::<T>())),
        });
        Operation {
            method: "post",
            path,
            who,
            told,
            records: true,
            slow: false,
            shapes,
            route,
        }
    }

    /// Takes a file of any size in, as the body, which is looked at on the disk; what is said of it stands in the
    /// address.
    pub fn receive<Q, T>(
        path: &'static str,
        who: Who,
        done: StatusCode,
        largest_bytes: fn(&Registry) -> u64,
        told: Told,
        answer: fn(&Call, Q, Received) -> Result<T, Refusal>,
    ) -> Self
    where
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        T: Serialize + JsonSchema + 'static,
    {
        let route = on(
            MethodFilter::POST,
            move |State(app): State<App>,
                  Extension(reader): Extension<Reader>,
                  request: Request| async move {
                if let Err(refusal) = who.admits(&reader.viewer) {
                    return refused(refusal);
                }
                let Some(account) = reader.viewer.account().cloned() else {
                    return refused(Refusal::SignIn);
                };
                let Ok(_place) = app.running.uploads.clone().try_acquire_owned() else {
                    return refused(Refusal::TooMany(BUSY.into()));
                };
                let (parts, body) = request.into_parts();
                let asked = match in_query::<Q>(&parts) {
                    Ok(asked) => asked,
                    Err(refusal) => return refused(refusal),
                };
                let (registry, largest) = (app.registry.clone(), largest_bytes(&app.registry));
                let file = incoming::take_in(
                    &parts.headers,
                    largest,
                    body.into_data_stream(),
                    move |file| registry.take_in(&account, file),
                );
                let file = match file.await {
                    Ok(file) => file,
                    Err(lost) => return lost.problem().into_response(),
                };
                // Its hash tells one file from another that is sent under the same key.
                let hash = Bytes::from(file.sha256().to_owned());
                run_once(app, reader, who, parts, hash, move |call| {
                    json(done, &answer(call, asked, file)?)
                })
                .await
            },
        );
        let shapes: Shape = Box::new(move |make| Shapes {
            path: make.subschema_for::<Nothing>(),
            query: make.subschema_for::<Q>(),
            body: Some(("application/octet-stream", None)),
            answer: (done, JSON, Some(make.subschema_for::<T>())),
        });
        Operation {
            method: "post",
            path,
            who,
            told,
            records: true,
            slow: true,
            shapes,
            route,
        }
    }

    /// An operation with a route of its own, which may take as long as an upload does.
    pub fn own<Q, T>(
        method: Method,
        path: &'static str,
        who: Who,
        done: StatusCode,
        told: Told,
        route: MethodRouter<App>,
    ) -> Self
    where
        Q: JsonSchema,
        T: JsonSchema,
    {
        let shapes: Shape = Box::new(move |make| Shapes {
            path: make.subschema_for::<Nothing>(),
            query: make.subschema_for::<Q>(),
            body: Some(("application/octet-stream", None)),
            answer: (done, JSON, Some(make.subschema_for::<T>())),
        });
        Operation {
            method: method.id(),
            path,
            who,
            told,
            records: false,
            slow: true,
            shapes,
            route,
        }
    }
}

/// Method of an operation that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Records, decides, begins.
    Post,
    /// Says anew.
    Put,
    /// Takes away.
    Delete,
}

impl Method {
    fn id(self) -> &'static str {
        match self {
            Method::Post => "post",
            Method::Put => "put",
            Method::Delete => "delete",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Delete => MethodFilter::DELETE,
        }
    }
}

fn is_something<B: 'static>() -> bool {
    std::any::TypeId::of::<B>() != std::any::TypeId::of::<Nothing>()
}

fn attachment(name: &str) -> String {
    // RFC 6266 with RFC 8187: any script, and nothing that ends the header.
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() || b"-_.".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// The problem a refusal is.
pub(super) fn refused(refusal: Refusal) -> Response {
    Failure::from(refusal).into_json().into_response()
}

pub(super) fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Refusal> {
    let text = serde_json::to_string(value).map_err(|e| Refusal::Unreadable(e.to_string()))?;
    Ok((status, [(header::CONTENT_TYPE, JSON)], text).into_response())
}

/// Runs on a blocking thread, for who may ask.
pub(super) async fn run(
    app: App,
    reader: Reader,
    who: Who,
    answer: impl FnOnce(&Call) -> Result<Response, Refusal> + Send + 'static,
) -> Response {
    if let Err(refusal) = who.admits(&reader.viewer) {
        return refused(refusal);
    }
    let done = tokio::task::spawn_blocking(move || {
        let call = call(app.registry.clone(), app, reader);
        answer(&call).unwrap_or_else(refused)
    });
    finished(done.await)
}

pub(super) fn call(registry: Arc<Registry>, app: App, reader: Reader) -> Call {
    Call {
        registry,
        app,
        viewer: reader.viewer,
        lang: reader.lang,
        by: reader.by,
    }
}

pub(super) fn finished(done: Result<Response, tokio::task::JoinError>) -> Response {
    done.unwrap_or_else(|error| {
        tracing::error!(%error, "a request ended badly");
        let detail = "The request could not be finished; it was noted in the log of the server.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", detail).into_response()
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|m| m.to_str().ok());
    let media = media
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    media.eq_ignore_ascii_case(JSON) || media.to_ascii_lowercase().ends_with("+json")
}

/// Bytes of a body that is too large which are read all the same, so that who sends it is still there to
/// hear the answer.
const HEARD_OUT_BYTES: usize = 16 * 1024 * 1024;

async fn in_body(mut body: Body, largest: usize) -> Result<Bytes, Problem> {
    let (mut bytes, mut size) = (Vec::new(), 0usize);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let detail = "The body broke off before its end.";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "unreadable", detail));
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        size = size.saturating_add(data.len());
        if size <= largest {
            bytes.extend_from_slice(&data);
        } else if size > largest.saturating_add(HEARD_OUT_BYTES) {
            break;
        }
    }
    match size <= largest {
        true => Ok(bytes.into()),
        false => {
            let detail = format!("The body is larger than {largest} bytes.");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            Err(Problem::new(status, "too-large", detail))
        }
    }
}

fn in_path<P>(path: Result<Path<P>, PathRejection>) -> Result<P, Refusal> {
    match path {
        Ok(Path(path)) => Ok(path),
        Err(_) => Err(Refusal::NotFound("with such an address".into())),
    }
}

pub(super) fn in_query<Q: DeserializeOwned>(parts: &Parts) -> Result<Q, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let read = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(read).map_err(|error| {
        let field = named(error.path(), "the address");
        Refusal::field(field, error.into_inner().to_string())
    })
}

fn in_json<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Refusal> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut read = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut read).map_err(|error| {
        let field = named(error.path(), "the body");
        let inner = error.into_inner();
        match inner.is_data() {
            true => Refusal::field(field, inner.to_string()),
            false => Refusal::Unreadable(format!("the body is not JSON: {inner}")),
        }
    })?;
    read.end()
        .map_err(|e| Refusal::Unreadable(format!("the body is not one JSON value: {e}")))?;
    Ok(value)
}

fn named(path: &serde_path_to_error::Path, whole: &str) -> String {
    match path.to_string().as_str() {
        "." | "?" => whole.to_owned(),
        path => path.to_owned(),
    }
}
