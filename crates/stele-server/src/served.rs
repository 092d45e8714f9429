//! Files that never change, whole or in part (RFC 9110, section 14): a download that was interrupted goes on, and a
//! program that needs a corner of an image reads that corner.

use crate::answer::Answer;
use crate::html::components::query;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use std::path::PathBuf;
use stele_registry::Refusal;
use tower_http::services::ServeFile;

/// What a file is served as.
pub struct Served<'a> {
    /// Its tag: made of what is in it.
    pub etag: String,
    /// Its media type.
    pub media: &'static str,
    /// What it is called where it is kept.
    pub file_name: &'a str,
    /// Who may keep a copy of the answer.
    pub cache: &'static str,
}

impl Served<'_> {
    /// The parts of the file that are asked for.
    pub async fn file(&self, path: PathBuf, request: Request) -> Answer {
        if names_tag(request.headers(), header::IF_NONE_MATCH, &self.etag) {
            let etag = [(header::ETAG, self.etag.clone())];
            return Ok((StatusCode::NOT_MODIFIED, etag).into_response());
        }
        let (mut head, body) = request.into_parts();
        // A range of another file than this is no range of this one (RFC 9110, 13.1.5).
        if head.headers.contains_key(header::IF_RANGE)
            && !names_tag(&head.headers, header::IF_RANGE, &self.etag)
        {
            head.headers.remove(header::RANGE);
        }
        let served = ServeFile::new(path)
            .try_call(Request::from_parts(head, body))
            .await;
        let mut response = served
            .map_err(|error| {
                tracing::error!(%error, "a file cannot be read");
                Refusal::Missing(format!("file {} any more", self.file_name))
            })?
            .into_response();
        let headers = response.headers_mut();
        let mut put = |name: HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        put(header::ETAG, &self.etag);
        put(header::ACCEPT_RANGES, "bytes");
        put(header::CONTENT_TYPE, self.media);
        let name = self.file_name;
        let is_plain = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        put(
            header::CONTENT_DISPOSITION,
            &match is_plain {
                true => format!("attachment; filename=\"{name}\""),
                false => format!("attachment; filename*=UTF-8''{}", query(name)),
            },
        );
        put(header::CACHE_CONTROL, self.cache);
        Ok(response)
    }
}

/// Whether a header names a tag, among others or alone.
fn names_tag(headers: &HeaderMap, name: header::HeaderName, etag: &str) -> bool {
    let text = headers.get(name).and_then(|v| v.to_str().ok());
    text.is_some_and(|text| text.split(',').any(|tag| tag.trim() == etag))
}
