//! One request to `/ogc`: who asks, where, with which parameters; and how its answer goes back:
//! with its tag, for whom it may be kept, and for which origins.

use super::{Form, Problem};
use crate::App;
use crate::guard::Reader;
use crate::html::components::query;
use crate::negotiate::is_known;
use crate::since::Since;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use stele_registry::bulk::Format;
use stele_registry::features::Collection;

/// Longest query of an address, in bytes.
const LONGEST_QUERY: usize = 64 * 1024;
/// Most parameters of a request.
const MOST_PARAMETERS: usize = 100;

/// A request.
pub struct Call {
    /// The registry.
    pub app: App,
    /// Who asks.
    pub reader: Reader,
    /// Address of this registry.
    pub base: String,
    path: String,
    parameters: Vec<(String, String)>,
    accept: String,
    headers: HeaderMap,
    since: Since,
}

impl FromRequestParts<App> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let raw = parts.uri.query().unwrap_or_default();
        if raw.len() > LONGEST_QUERY {
            return Err(Problem::bad(format!(
                "the address is longer than {LONGEST_QUERY} bytes"
            )));
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()).into_owned() {
            if parameters.iter().any(|(n, _)| *n == name) {
                return Err(Problem::parameter(&shown(&name), "it is given twice"));
            }
            if parameters.len() == MOST_PARAMETERS {
                return Err(Problem::bad(format!(
                    "there are more than {MOST_PARAMETERS} parameters"
                )));
            }
            parameters.push((name, value));
        }
        let text = |name: HeaderName| {
            let value = parts.headers.get(name).and_then(|v| v.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let reader = parts.extensions.get::<Reader>().cloned();
        let base = crate::negotiate::base(app, &parts.headers);
        let base = base.map_err(|_| {
            Problem::bad("the request names no host that an address can be made of; the operator can set `address` in stele.toml")
        })?;
        Ok(Call {
            app: app.clone(),
            reader: reader.unwrap_or(Reader {
                viewer: stele_registry::Viewer::Public,
                lang: "en".into(),
                by: crate::guard::By::Nobody,
            }),
            base: base.text().to_owned(),
            path: parts.uri.path().trim_end_matches('/').to_owned(),
            accept: text(header::ACCEPT),
            // Before anything is read: what is answered is no older than it says.
            since: Since::of(app).await,
            headers: parts.headers.clone(),
            parameters,
        })
    }
}

/// A text of a stranger, short enough to be repeated to them.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("\"{}\"", short.escape_default())
}

impl Call {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Refuses parameters that are none of these.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        for (name, _) in &self.parameters {
            if !known.contains(&name.as_str()) {
                return Err(Problem::bad(format!(
                    "{} is no parameter here; there are {}",
                    shown(name),
                    known.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// The form of a resource that has no other parameters.
    pub fn plain(&self) -> Result<Form, Problem> {
        self.only(&["f"])?;
        self.form()
    }

    /// The form wanted.
    pub fn form(&self) -> Result<Form, Problem> {
        Form::wanted(self.get("f"), &self.accept)
    }

    /// The format of a file, where `f` names one: of features only.
    pub fn file_format(&self) -> Option<Format> {
        let id = self
            .get("f")
            .filter(|f| Form::ALL.iter().all(|form| form.id() != *f));
        id.and_then(Format::from_id)
    }

    /// An absolute address.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The absolute address of this resource, with parameters given anew, or left out.
    pub fn here(&self, anew: &[(&str, Option<&str>)]) -> String {
        let kept = self.parameters.iter().filter_map(|(name, value)| {
            let is_anew = anew.iter().any(|(n, _)| n == name);
            (!is_anew).then_some((name.as_str(), value.as_str()))
        });
        let given = anew.iter().filter_map(|(n, v)| v.map(|v| (*n, v)));
        let mut url = self.url(&self.path);
        for (i, (name, value)) in kept.chain(given).enumerate() {
            url.push(if i == 0 { '?' } else { '&' });
            url.push_str(&query(name));
            url.push('=');
            url.push_str(&query(value));
        }
        url
    }

    /// Links to this resource in the form it comes in and in every other; `media` is the type of its JSON.
    pub fn own_links(&self, form: Form, media: &str) -> Vec<serde_json::Value> {
        let one = |f: Form| {
            let media = match f {
                Form::Json => media,
                Form::Html => "text/html",
            };
            let rel = if f == form { "self" } else { "alternate" };
            let title = format!("This as {}", f.label());
            serde_json::json!({"href": self.here(&[("f", Some(f.id()))]), "rel": rel, "type": media, "title": title})
        };
        Form::ALL.into_iter().map(one).collect()
    }

    /// The collection named in the address.
    pub fn collection(&self, id: &str) -> Result<Collection, Problem> {
        Collection::from_id(id).ok_or_else(|| {
            let known: Vec<&str> = Collection::ALL.iter().map(|c| c.id()).collect();
            Problem::not_found(format!(
                "there is no collection {}; there are {}",
                shown(id),
                known.join(", ")
            ))
        })
    }

    /// Sends a body back. `tagged` is how much of it the tag is made from: all but when it was written.
    pub fn send(&self, media: &str, body: Vec<u8>, tagged: usize) -> Response {
        let tag = tag(media, body.get(..tagged).unwrap_or(&body));
        let mut headers = HeaderMap::new();
        let is_public = !self.reader.viewer.is_member();
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(if is_public {
                "public, no-cache"
            } else {
                "private, no-cache"
            }),
        );
        headers.insert(
            header::VARY,
            HeaderValue::from_static("Accept, Accept-Language, Cookie, Authorization"),
        );
        if is_public {
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_ORIGIN,
                HeaderValue::from_static("*"),
            );
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("Content-Crs, ETag, Last-Modified, Link"),
            );
            headers.insert(
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("cross-origin"),
            );
        }
        // A page also shows who is signed in, which is no record.
        let mut is_same = is_known(&self.headers, &tag);
        if !media.starts_with("text/html") {
            is_same |= self.since.is_known(&self.headers);
            self.since.put(&mut headers);
        }
        if let Ok(value) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, value);
        }
        if is_same {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if let Ok(value) = HeaderValue::from_str(media) {
            headers.insert(header::CONTENT_TYPE, value);
        }
        (headers, body).into_response()
    }

    /// Sends JSON back.
    pub fn send_json(&self, media: &str, json: &serde_json::Value) -> Response {
        let body = json.to_string().into_bytes();
        let tagged = body.len();
        self.send(media, body, tagged)
    }

    /// Sends a page back.
    pub fn send_page(&self, page: maud::Markup) -> Response {
        let body = page.into_string().into_bytes();
        let tagged = body.len();
        self.send("text/html; charset=utf-8", body, tagged)
    }
}

/// A weak tag: made from what is shown and nothing else, so that it tells no more than the body does.
fn tag(media: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(media.as_bytes());
    hash.update([0]);
    hash.update(body);
    let digest = hash.finalize();
    let mut tag = String::from("W/\"");
    for byte in digest.iter().take(12) {
        tag.push_str(&format!("{byte:02x}"));
    }
    tag.push('"');
    tag
}
