//! What went wrong, for a program: problem+json (RFC 9457), the only form of error under `/api`.

use crate::answer::{sentence, status_of, told};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use stele_registry::Refusal;

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, and what to do (RFC 9457).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Problem {
    /// Which kind of problem, as an address that explains it: `/api#wrong-fields`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// Status of the answer.
    pub status: u16,
    /// What was wrong this time, where, and what to do.
    pub detail: String,
    /// Fields that are wrong, each by its path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<WrongField>,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WrongField {
    /// Path of the field: `records[0].data.names[0].lang`.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// Every kind of problem: the last part of its address, its title, what it means.
pub const KINDS: [(&str, &str, &str); 14] = [
    (
        "wrong-fields",
        "Fields are wrong",
        "Something in the body or the address is not as it has to be; `errors` names each field. Nothing was changed.",
    ),
    (
        "unreadable",
        "Cannot be read",
        "The body is not what it is said to be: broken JSON, a file of no known format.",
    ),
    (
        "rules-unmet",
        "Rules are not met yet",
        "The finding does not meet the policy for publication yet.",
    ),
    (
        "sign-in",
        "A token is needed",
        "Only members may do this: send `Authorization: Bearer` with a token of the page /tokens.",
    ),
    (
        "wrong-token",
        "The token does not hold",
        "It is mistyped, has run out or was revoked. Nothing is said of which.",
    ),
    (
        "not-allowed",
        "Not allowed",
        "The account, or the scope of the token, does not allow this.",
    ),
    (
        "not-found",
        "Not here",
        "There is nothing at this address, or it may not be seen by who asks; the two are not told apart.",
    ),
    (
        "wrong-method",
        "Wrong method",
        "The address is right and the method is not; `Allow` says which there are.",
    ),
    (
        "too-large",
        "Too large",
        "The body is larger than is taken here.",
    ),
    (
        "wrong-media-type",
        "Wrong media type",
        "`Content-Type` names something that is not read here; JSON is `application/json`.",
    ),
    (
        "took-too-long",
        "Took too long",
        "The request was not finished in time.",
    ),
    (
        "repeated",
        "Under way or done already",
        "A request with this Idempotency-Key is being carried out, or was and its answer is lost.",
    ),
    (
        "too-many",
        "Too many",
        "More was asked for at once than is kept; wait, or ask in larger pieces.",
    ),
    (
        "failed",
        "The registry failed",
        "The reason stands in the server's log.",
    ),
];

impl Problem {
    /// A problem of a kind.
    pub fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        let known = KINDS.iter().find(|(id, _, _)| *id == kind);
        Problem {
            kind: format!("/api#{kind}"),
            title: known.map_or("Problem", |(_, title, _)| title).to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// What a refusal is to a program.
    pub fn of(refusal: &Refusal) -> Self {
        let kind = match refusal {
            Refusal::Fields(_) => "wrong-fields",
            Refusal::Unreadable(_) => "unreadable",
            Refusal::Unmet(_) => "rules-unmet",
            Refusal::SignIn | Refusal::WrongPassword | Refusal::SpentLink => "sign-in",
            Refusal::WrongToken => "wrong-token",
            Refusal::NotAllowed(_) => "not-allowed",
            Refusal::NotFound(_) | Refusal::Missing(_) => "not-found",
            Refusal::Repeated => "repeated",
            Refusal::TooMany(_) | Refusal::Busy(_) => "too-many",
            Refusal::Folder(_) | Refusal::Store(_) => "failed",
        };
        let mut problem = Problem::new(status_of(refusal), kind, told(refusal));
        if let Refusal::Fields(errors) = refusal {
            problem.errors = errors
                .iter()
                .map(|e| WrongField {
                    field: e.field.clone(),
                    detail: sentence(&e.problem),
                })
                .collect();
        }
        problem
    }

    /// What a bare status, with whatever text came along, is to a program.
    fn of_status(status: StatusCode, text: &str) -> Self {
        let (kind, usual) = match status {
            StatusCode::UNAUTHORIZED => ("sign-in", "This is for members."),
            StatusCode::FORBIDDEN => ("not-allowed", "This is not allowed."),
            StatusCode::NOT_FOUND => (
                "not-found",
                "There is nothing at this address; /api/openapi.json lists what there is.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "wrong-method",
                "This method is not understood here; Allow says which are.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("too-large", "The body is larger than is taken here.")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("wrong-media-type", "This media type is not read here.")
            }
            StatusCode::REQUEST_TIMEOUT => {
                ("took-too-long", "The request was not finished in time.")
            }
            StatusCode::CONFLICT => ("repeated", "This is under way or done already."),
            StatusCode::TOO_MANY_REQUESTS => {
                ("too-many", "More was asked for at once than is kept.")
            }
            s if s.is_server_error() => ("failed", "The reason stands in the server's log."),
            _ => ("unreadable", "The request could not be read."),
        };
        let text = text.trim();
        let detail = match text.is_empty() || status.is_server_error() {
            true => usual.to_owned(),
            false => sentence(text),
        };
        Problem::new(status, kind, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS) {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750, 3: an error is told only where a token was sent.
            let challenge = match self.kind.ends_with("wrong-token") {
                true => "Bearer realm=\"stele\", error=\"invalid_token\"",
                false => "Bearer realm=\"stele\"",
            };
            let headers = response.headers_mut();
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        response
    }
}

/// Most bytes of a refusal's own text that are read.
const LONGEST_TEXT_BYTES: usize = 4_096;

/// Whatever refuses a request under `/api` — a limit, a layer, the router — does so as a problem.
pub async fn everywhere(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let ours = path == "/api" || path.starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    if !ours || !(status.is_client_error() || status.is_server_error()) || is_problem(&response) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = match axum::body::to_bytes(body, LONGEST_TEXT_BYTES).await {
        Ok(bytes) => String::from_utf8(bytes.to_vec()).unwrap_or_default(),
        Err(_) => String::new(),
    };
    let mut response = Problem::of_status(status, &text).into_response();
    for (name, value) in &parts.headers {
        let of_the_body = [
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
        ];
        if !of_the_body.contains(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn is_problem(response: &Response) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE);
    media.is_some_and(|m| m.as_bytes().starts_with(MEDIA_TYPE.as_bytes()))
}
