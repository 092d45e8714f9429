//! What holds for every request: who asks, that a change comes from our own pages, security headers.

use crate::App;
use crate::answer::ask;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use stele_registry::Viewer;

/// Name of the session's cookie.
pub const COOKIE: &str = "stele_session";

/// Who asks, and in which language: kept with the request.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Whose eyes.
    pub viewer: Viewer,
    /// Primary language of the reader, for names.
    pub lang: String,
}

impl Reader {
    /// The account, or a page that asks to sign in.
    pub fn account(&self) -> Option<&stele_registry::Account> {
        self.viewer.account()
    }
}

/// Finds out who asks.
pub async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let token = session_token(request.headers());
    let viewer = match token {
        Some(token) => match ask(&app, move |registry| registry.session(&token)).await {
            Ok(Some(account)) => Viewer::Member(account),
            Ok(None) => Viewer::Public,
            Err(error) => return error.into_response(),
        },
        None => Viewer::Public,
    };
    let lang = language(request.headers());
    request.extensions_mut().insert(Reader { viewer, lang });
    next.run(request).await
}

/// The session's token in the cookies.
pub fn session_token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}

fn language(headers: &HeaderMap) -> String {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("en");
    let first: String = wanted
        .chars()
        .take_while(|c| c.is_ascii_alphabetic())
        .take(3)
        .collect();
    if first.len() < 2 {
        "en".into()
    } else {
        first.to_ascii_lowercase()
    }
}

/// A change must come from a page of our own: browsers say so, and another site cannot lie about it.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if safe || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "This form was sent from another site. Open it here and send it again.",
    )
        .into_response()
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
    };
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, o)| o == host),
        // A program that is no browser carries no cookies of one.
        (None, _) => true,
        _ => false,
    }
}

/// No inline script, no other origin, no frame, no guessing of types.
const CSP: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The policy of a page with a map: its worker is a script of our own, and basemaps that the operator
/// named may be asked at their origins. Nothing else is loosened.
pub fn policy_with_map(origins: &[String]) -> HeaderValue {
    let more: String = origins.iter().map(|origin| format!(" {origin}")).collect();
    let policy = CSP
        .replace(
            "img-src 'self' data:",
            &format!("img-src 'self' data:{more}"),
        )
        .replace("connect-src 'self'", &format!("connect-src 'self'{more}"));
    HeaderValue::from_str(&format!("{policy}; worker-src 'self'"))
        .unwrap_or(HeaderValue::from_static(CSP))
}

/// Adds the headers that every answer carries; a page may have brought a policy of its own.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CSP),
        );
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "geolocation=(), camera=(), microphone=()",
        ),
    ] {
        // A handler may have widened one: open data is for other origins too.
        if !headers.contains_key(name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, private"),
        );
    }
    response
}
