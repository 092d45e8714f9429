//! What is wrong with a request, as problem+json (RFC 9457).

use crate::answer::{Failure, sentence, status_of};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stele_registry::Refusal;

/// A refusal of a request, with the reason for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    /// This status for this reason.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem {
            status,
            detail: detail.into(),
        }
    }

    /// The request is not understood, for this reason.
    pub fn bad(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The value of a parameter is not understood.
    pub fn parameter(name: &str, detail: impl std::fmt::Display) -> Self {
        Problem::bad(format!("the parameter {name} is not understood: {detail}"))
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::NOT_FOUND, detail)
    }

    /// The reason.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure.refusal() {
            Refusal::Store(error) => {
                tracing::error!(%error, "the store failed");
                Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the registry could not read its data; the operator finds the reason in the server's log",
                )
            }
            // What is asked stands in the address: it is the request that is wrong.
            Refusal::Fields(_) | Refusal::Unreadable(_) => {
                Problem::bad(failure.refusal().to_string())
            }
            refusal => Problem::new(status_of(refusal), refusal.to_string()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = match self.status {
            StatusCode::NOT_FOUND => "NotFound",
            StatusCode::BAD_REQUEST => "InvalidParameterValue",
            StatusCode::METHOD_NOT_ALLOWED => "MethodNotAllowed",
            status if status.is_server_error() => "ServerError",
            _ => "Refused",
        };
        let detail = sentence(&self.detail);
        let body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": detail,
            "code": code,
            "description": detail,
        });
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/problem+json"),
            ),
            (
                header::ACCESS_CONTROL_ALLOW_ORIGIN,
                HeaderValue::from_static("*"),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (self.status, headers, body.to_string()).into_response()
    }
}
