//! Requests that carry an `Idempotency-Key`: carried out once, answered alike ever after.

use super::operation::{Call, JSON, Who, call, finished, refused, run};
use crate::App;
use crate::guard::Reader;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use stele_registry::account::{KeptAnswer, Once};
use stele_registry::{Refusal, Registry};

/// Header that tells one request from another that looks the same.
const KEY: &str = "idempotency-key";
/// Header of an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";

/// Answers, on a blocking thread, for who may ask; a request with an `Idempotency-Key` is carried out once and answered alike ever after.
pub(super) async fn run_once(
    app: App,
    reader: Reader,
    who: Who,
    parts: Parts,
    bytes: Bytes,
    answer: impl FnOnce(&Call) -> Result<Response, Refusal> + Send + 'static,
) -> Response {
    let key = match parts.headers.get(KEY).map(HeaderValue::to_str) {
        None => return run(app, reader, who, answer).await,
        Some(Ok(key)) => key.to_owned(),
        Some(Err(_)) => {
            return refused(Refusal::field("Idempotency-Key", "is not plain ASCII"));
        }
    };
    let runtime = tokio::runtime::Handle::current();
    // The task goes on when the client does not wait: what was recorded has its answer kept.
    let done = tokio::task::spawn_blocking(move || {
        let outcome = once(&app, &reader, &key, &parts, &bytes, |registry| {
            let call = call(registry, app.clone(), reader.clone());
            let response = answer(&call).unwrap_or_else(refused);
            runtime.block_on(kept(response))
        });
        outcome.unwrap_or_else(refused)
    });
    finished(done.await)
}

fn once(
    app: &App,
    reader: &Reader,
    key: &str,
    parts: &Parts,
    bytes: &[u8],
    answer: impl FnOnce(Arc<Registry>) -> KeptAnswer,
) -> Result<Response, Refusal> {
    let account = reader.viewer.account().ok_or(Refusal::SignIn)?;
    let address = parts.uri.to_string();
    let request = [parts.method.as_str().as_bytes(), address.as_bytes(), bytes];
    let Some(_alone) = app.running.alone(&account.id, key) else {
        return Err(Refusal::Repeated);
    };
    match app.registry.once(account, key, &request)? {
        Once::Answered(kept) => Ok(given_again(kept, true)),
        Once::Begin(registry, attempted) => {
            let kept = answer(Arc::from(registry));
            app.registry.keep_answer(&attempted, kept.clone())?;
            Ok(given_again(kept, false))
        }
    }
}

/// An answer as it can be kept. Bodies here were written whole, so reading one does not wait.
async fn kept(response: Response) -> KeptAnswer {
    let (parts, body) = response.into_parts();
    let media = parts.headers.get(header::CONTENT_TYPE);
    KeptAnswer {
        status: parts.status.as_u16(),
        media_type: media
            .and_then(|m| m.to_str().ok())
            .unwrap_or(JSON)
            .to_owned(),
        body: axum::body::to_bytes(body, usize::MAX)
            .await
            .map(|b| b.to_vec())
            .unwrap_or_default(),
    }
}

fn given_again(kept: KeptAnswer, replayed: bool) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response =
        (status, [(header::CONTENT_TYPE, kept.media_type)], kept.body).into_response();
    if replayed {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
