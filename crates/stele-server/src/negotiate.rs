//! Which form of a thing is wanted (`?f=`, or `Accept` by RFC 9110, section 12), and answers that can
//! be asked for again (`ETag`, `If-None-Match`) and found again (`Link`).

use crate::App;
use crate::guard::Reader;
use crate::since::Since;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use stele_formats::linked::Base;

/// A form in which a thing can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A page.
    Html,
    /// JSON as the registry has it.
    Json,
    /// RDF as JSON-LD.
    JsonLd,
    /// RDF as Turtle.
    Turtle,
    /// A reference for reference managers: BibTeX.
    Bibtex,
    /// The same as CSL-JSON.
    Csl,
}

impl Form {
    /// Its name in `?f=`.
    pub fn id(self) -> &'static str {
        match self {
            Form::Html => "html",
            Form::Json => "json",
            Form::JsonLd => "jsonld",
            Form::Turtle => "ttl",
            Form::Bibtex => "bibtex",
            Form::Csl => "csl",
        }
    }

    /// Its media type.
    pub fn media(self) -> &'static str {
        match self {
            Form::Html => "text/html",
            Form::Json => "application/json",
            Form::JsonLd => "application/ld+json",
            Form::Turtle => "text/turtle",
            Form::Bibtex => "application/x-bibtex",
            Form::Csl => "application/vnd.citationstyles.csl+json",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Form::Html => "text/html; charset=utf-8",
            Form::Turtle => "text/turtle; charset=utf-8",
            Form::Bibtex => "application/x-bibtex; charset=utf-8",
            other => other.media(),
        }
    }

    /// Whether failures are told to a program.
    pub fn is_for_programs(self) -> bool {
        self != Form::Html
    }
}

/// Longest `Accept` that is read; beyond it a page is given.
const LONGEST_ACCEPT: usize = 4096;

/// The form wanted among those offered, the first of them where several are wanted alike; else the
/// answer that says what there is.
pub fn wanted(
    f: Option<&str>,
    headers: &HeaderMap,
    offered: &[Form],
) -> Result<Form, Box<Response>> {
    if let Some(f) = f {
        return offered
            .iter()
            .copied()
            .find(|form| form.id() == f)
            .ok_or_else(|| {
                let shown: String = f.chars().take(40).collect();
                Box::new(refuse(
                    StatusCode::BAD_REQUEST,
                    &format!(
                        "there is no form “{shown}” here; f is one of: {}",
                        names(offered)
                    ),
                ))
            });
    }
    let accept: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let accept = accept.join(",");
    let first = offered.first().copied().unwrap_or(Form::Html);
    if accept.trim().is_empty() || accept.len() > LONGEST_ACCEPT {
        return Ok(first);
    }
    let mut best: Option<(u16, Form)> = None;
    for form in offered {
        let q = quality(&accept, *form, offered);
        if q > 0 && best.is_none_or(|(than, _)| q > than) {
            best = Some((q, *form));
        }
    }
    best.map(|(_, form)| form).ok_or_else(|| {
        Box::new(refuse(
            StatusCode::NOT_ACCEPTABLE,
            &format!(
                "none of the media types asked for is to be had here; there is: {}",
                offered
                    .iter()
                    .map(|form| form.media())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ))
    })
}

fn names(offered: &[Form]) -> String {
    let ids: Vec<&str> = offered.iter().map(|form| form.id()).collect();
    ids.join(", ")
}

/// How much a form is wanted, in thousandths: by the range that names it most closely.
fn quality(accept: &str, form: Form, offered: &[Form]) -> u16 {
    let mut found: Option<(u8, u16)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';');
        let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let Some(closeness) = closeness(&media, form, offered) else {
            continue;
        };
        let q = parts
            .find_map(|p| p.trim().strip_prefix("q=").or(p.trim().strip_prefix("Q=")))
            .map_or(1000, thousandths);
        if found.is_none_or(|(than, _)| closeness > than) {
            found = Some((closeness, q));
        }
    }
    found.map_or(0, |(_, q)| q)
}

fn closeness(range: &str, form: Form, offered: &[Form]) -> Option<u8> {
    let also: &[&str] = match form {
        Form::Html => &["application/xhtml+xml"],
        // Where there is no JSON of our own, JSON-LD is JSON.
        Form::JsonLd if !offered.contains(&Form::Json) => &["application/json"],
        Form::Turtle => &["application/x-turtle"],
        Form::Bibtex => &["text/x-bibtex"],
        _ => &[],
    };
    let media = form.media();
    if range == media || also.contains(&range) {
        return Some(3);
    }
    let kind = range.strip_suffix("/*")?;
    match kind {
        "*" => Some(1),
        kind if media.split('/').next() == Some(kind) => Some(2),
        _ => None,
    }
}

/// A weight of RFC 9110 in thousandths; what is no weight counts as none.
fn thousandths(q: &str) -> u16 {
    match q.trim().parse::<f32>() {
        Ok(q) if (0.0..=1.0).contains(&q) => (q * 1000.0).round() as u16,
        _ => 0,
    }
}

/// A refusal of the request's own form, as problem+json.
pub fn refuse(status: StatusCode, detail: &str) -> Response {
    let body = serde_json::json!({
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": crate::answer::sentence(detail),
    });
    (
        status,
        [
            (header::CONTENT_TYPE, "application/problem+json"),
            (header::VARY, "Accept"),
        ],
        body.to_string(),
    )
        .into_response()
}

/// The address that absolute addresses begin with: of the settings, else the host that was asked.
pub fn base(app: &App, headers: &HeaderMap) -> Result<Base, Box<Response>> {
    if let Some(base) = app.registry.address() {
        return Ok(base);
    }
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| host.len() <= 255 && !host.contains('/'))
        .and_then(|host| Base::parse(&format!("http://{host}")))
        .ok_or_else(|| {
            Box::new(refuse(
                StatusCode::BAD_REQUEST,
                "the request names no host that an address can be made of; the operator can set `address` in stele.toml",
            ))
        })
}

/// An answer on its way out.
pub struct Sent<'a> {
    /// What was asked.
    pub asked: &'a HeaderMap,
    /// Who asked; none where everybody gets the same.
    pub reader: Option<&'a Reader>,
    /// The form.
    pub form: Form,
    /// Since when it is as it is, where nothing but records says.
    pub since: Since,
    /// What is sent.
    pub bytes: Vec<u8>,
    /// Values of `Link`.
    pub links: Vec<String>,
}

impl Sent<'_> {
    /// The answer, or that nothing changed. The tag is made of what is sent and for whom, so that it
    /// changes with everything that the answer shows: the record, what stands around it, the right to see.
    pub fn into_response(self) -> Response {
        let member = self.reader.is_some_and(|r| r.viewer.is_member());
        let mut hash = Sha256::new();
        hash.update([u8::from(member)]);
        hash.update(self.form.id());
        hash.update(&self.bytes);
        let hash = hash.finalize();
        let tag: String = hash[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // Weak, because it stays the same where the answer is compressed.
        let tag = format!("W/\"{tag}\"");
        let mut response = if is_known(self.asked, &tag) || self.since.is_known(self.asked) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let media = HeaderValue::from_static(self.form.content_type());
            ([(header::CONTENT_TYPE, media)], self.bytes).into_response()
        };
        let headers = response.headers_mut();
        self.since.put(headers);
        let vary = match self.reader {
            Some(_) => "Accept, Accept-Language, Cookie",
            None => "Accept",
        };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        let mut put = |name: HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.append(name, value);
            }
        };
        put(header::ETAG, &tag);
        for link in &self.links {
            put(header::LINK, link);
        }
        response
    }
}

/// Whether one of the tags that the asker holds is this one (weak comparison).
pub(crate) fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|held| held.trim() == "*" || plain(held) == plain(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Form] = &[Form::Html, Form::Json, Form::JsonLd, Form::Turtle];

    fn of(accept: &str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
        wanted(None, &headers, ALL).ok()
    }

    #[test]
    fn the_form_wanted_most_is_given() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, form) in [
            (browser, Some(Form::Html)),
            ("*/*", Some(Form::Html)),
            ("", Some(Form::Html)),
            ("application/json", Some(Form::Json)),
            ("application/ld+json", Some(Form::JsonLd)),
            ("text/turtle", Some(Form::Turtle)),
            ("TEXT/TURTLE", Some(Form::Turtle)),
            (
                "text/turtle;q=0.4, application/ld+json;q=0.5",
                Some(Form::JsonLd),
            ),
            ("text/html;q=0.1, text/turtle ; q=0.9", Some(Form::Turtle)),
            ("text/html;q=0, */*;q=0.5", Some(Form::Json)),
            ("application/*", Some(Form::Json)),
            ("text/*, text/html;q=0.2", Some(Form::Turtle)),
            ("application/rdf+xml, text/turtle;q=0.8", Some(Form::Turtle)),
            ("application/rdf+xml", None),
            ("text/turtle;q=0", None),
            ("text/turtle;q=nan", None),
            ("text/turtle;q=7", None),
            (",;,=;q", None),
        ] {
            assert_eq!(of(accept), form, "{accept}");
        }
        assert_eq!(
            of(&"a/b,".repeat(2000)),
            Some(Form::Html),
            "not read to its end"
        );
    }

    #[test]
    fn the_address_may_say_the_form_and_is_told_what_there_is() {
        let headers = HeaderMap::new();
        assert_eq!(wanted(Some("ttl"), &headers, ALL).ok(), Some(Form::Turtle));
        let refused = wanted(Some("rdf"), &headers, ALL).unwrap_err();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn where_there_is_no_json_json_ld_is_json() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let linked = &[Form::Html, Form::JsonLd, Form::Turtle];
        assert_eq!(wanted(None, &headers, linked).ok(), Some(Form::JsonLd));
    }
}
