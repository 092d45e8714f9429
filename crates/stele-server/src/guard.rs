//! What holds for every request: who asks, that a change comes from our own pages, security headers.

use crate::App;
use crate::answer::{Failure, ask};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use stele_registry::{Refusal, Viewer};

/// Largest body of a request of nobody we know: all they send are forms to sign in with. Forms are read
/// into memory, and anybody may send many at once, slowly.
const LARGEST_OF_NOBODY_BYTES: usize = 64 << 10;

/// Name of the session's cookie.
pub const COOKIE: &str = "stele_session";

/// Who asks, and in which language: kept with the request.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Whose eyes.
    pub viewer: Viewer,
    /// Primary language of the reader, for names.
    pub lang: String,
    /// How we know.
    pub by: By,
}

/// How it is known who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// It is not.
    Nobody,
    /// By the cookie of a session: a person in a browser.
    Session,
    /// By a token: a program.
    Token,
}

impl Reader {
    /// The account, or a page that asks to sign in.
    pub fn account(&self) -> Option<&stele_registry::Account> {
        self.viewer.account()
    }
}

/// Finds out who asks: by the token that came along, else by the session's cookie. A token that does
/// not hold is refused; who sent one is never taken for the public, or for whom a cookie names.
pub async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let found = match request.headers().get(header::AUTHORIZATION) {
        Some(sent) => by_token(&app, bearer_token(sent)).await,
        None => by_cookie(&app, session_token(request.headers())).await,
    };
    let (viewer, by) = match found {
        Ok(found) => found,
        Err(failure) => return failure.into_response(),
    };
    let lang = language(request.headers());
    if by == By::Nobody {
        request = request.map(|body| Body::new(Limited::new(body, LARGEST_OF_NOBODY_BYTES)));
    }
    request.extensions_mut().insert(Reader { viewer, lang, by });
    next.run(request).await
}

async fn by_cookie(app: &App, token: Option<String>) -> Result<(Viewer, By), Failure> {
    let Some(token) = token else {
        return Ok((Viewer::Public, By::Nobody));
    };
    let account = ask(app, move |registry| registry.session(&token)).await?;
    Ok(account.map_or((Viewer::Public, By::Nobody), |account| {
        (Viewer::Member(account), By::Session)
    }))
}

async fn by_token(app: &App, token: Option<String>) -> Result<(Viewer, By), Failure> {
    let token = token.ok_or_else(|| Failure::from(Refusal::WrongToken).into_json())?;
    let bearer = ask(app, move |registry| registry.bearer(&token))
        .await
        .map_err(Failure::into_json)?;
    if bearer.unnoted && app.running.note(&bearer.token) {
        // Nobody waits for this: the writer may be busy with a long list.
        let (registry, running) = (app.registry.clone(), app.running.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = registry.note_token(&bearer.token) {
                tracing::warn!(%error, "the use of a token could not be noted");
            }
            running.noted(&bearer.token);
        });
    }
    Ok((Viewer::Member(bearer.account), By::Token))
}

/// The token of an `Authorization: Bearer` header (RFC 6750).
fn bearer_token(sent: &HeaderValue) -> Option<String> {
    let (scheme, token) = sent.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
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
    // A token is sent on purpose, by a program that has it; only cookies come along by themselves.
    let by_token = request.headers().contains_key(header::AUTHORIZATION);
    if safe || by_token || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "This form was sent from another site. Open it here and send it again.",
    )
        .into_response()
}

/// Addresses whose public answers any page on the web may read: the API and the geo world's doors.
const OPEN: [&str; 2] = ["/api", "/ogc"];

/// Lets pages of other origins read what is public (CORS), never what a cookie or token opened. Goes
/// inside [`who`].
pub async fn open_reads(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let ours = OPEN.iter().any(|open| {
        path.strip_prefix(open)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let reader = request.extensions().get::<Reader>();
    let public = reader.is_some_and(|reader| reader.by == By::Nobody);
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    let asks_before = *request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !ours || !public || !(read || asks_before) {
        return next.run(request).await;
    }
    let mut response = match asks_before {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    // Whether a cookie came along decides, so that no cache mixes the two up.
    headers.append(
        header::VARY,
        HeaderValue::from_static("cookie, authorization"),
    );
    if asks_before {
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "accept, accept-language, content-type, if-none-match, if-modified-since",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    } else {
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("etag, link, content-crs"),
        );
    }
    response
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
