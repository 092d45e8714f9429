//! What the address of a page asks for. A value that means nothing is refused, with the reason and what to
//! write instead (400): an answer to another question than the one asked would be taken for its answer.

use crate::answer::Failure;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use stele_model::FieldError;
use stele_registry::Refusal;

/// The fields after the question mark.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| Asked(asked))
            .map_err(|rejected| {
                let source = std::error::Error::source(&rejected);
                let why = source.map_or_else(|| rejected.to_string(), ToString::to_string);
                let failure = Failure::from(Refusal::Unreadable(format!(
                    "the address is not understood: {why}"
                )));
                let query = parts.uri.query().unwrap_or_default();
                let is_json = parts.uri.path().ends_with(".json")
                    || form_urlencoded::parse(query.as_bytes())
                        .any(|(name, value)| name == "format" && value == "json");
                match is_json {
                    true => failure.of_address().into_json(),
                    false => failure.of_address(),
                }
            })
    }
}

/// The wrong field, where it is a field of the address that a failure is about.
pub fn wrong_field(failure: &Failure) -> Option<FieldError> {
    match failure.refusal() {
        Refusal::Fields(fields) => fields.first().cloned(),
        _ => None,
    }
}

/// Words by commas, each of them one of those known; none where the field is empty.
pub fn words<'a>(field: &str, text: &str, known: &[&'a str]) -> Result<Vec<&'a str>, Refusal> {
    let said = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    said.map(|word| {
        known.iter().copied().find(|k| *k == word).ok_or_else(|| {
            let short: String = word.chars().take(60).collect();
            let why = format!("“{short}” is not understood; write {}", choice(known));
            Refusal::field(field, why)
        })
    })
    .collect()
}

fn choice(known: &[&str]) -> String {
    match known {
        [] => "nothing".into(),
        [one] => (*one).into(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}
