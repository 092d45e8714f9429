//! `Last-Modified` and `If-Modified-Since` (RFC 9110, 8.8.2 and 13.1.3), beside tags: for answers that
//! depend on nothing but records. What the date is, and what it does not tell, says
//! [`stele_registry::Registry::unchanged_since`].

use crate::App;
use crate::answer::ask;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::{Duration, UNIX_EPOCH};

/// The second since which an answer is as it is, where that is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Since(Option<u64>);

impl Since {
    /// Of what is asked for from now on.
    pub async fn of(app: &App) -> Self {
        match app.registry.unchanged_since_known() {
            Some(known) => Since(known),
            // What cannot be told now is left out: the answer itself will say what is wrong.
            None => Since(
                ask(app, |registry| registry.unchanged_since())
                    .await
                    .unwrap_or_default(),
            ),
        }
    }

    /// Value of `Last-Modified`.
    pub fn header(self) -> Option<HeaderValue> {
        let at = UNIX_EPOCH.checked_add(Duration::from_secs(self.0?))?;
        HeaderValue::from_str(&httpdate::fmt_http_date(at)).ok()
    }

    /// Whether the asker has what is to be had. A tag that came along decides alone.
    pub fn is_known(self, asked: &HeaderMap) -> bool {
        if asked.contains_key(header::IF_NONE_MATCH) {
            return false;
        }
        let held = asked
            .get(header::IF_MODIFIED_SINCE)
            .and_then(|text| httpdate::parse_http_date(text.to_str().ok()?).ok())
            .and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        match (held, self.0) {
            (Some(held), Some(since)) => held.as_secs() >= since,
            _ => false,
        }
    }

    /// Puts the date into an answer that has none.
    pub fn put(self, headers: &mut HeaderMap) {
        if let Some(value) = self.header() {
            headers.insert(header::LAST_MODIFIED, value);
        }
    }

    /// That nothing changed, without having made what did not.
    pub fn not_modified(self) -> Response {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        self.put(response.headers_mut());
        response
    }
}
