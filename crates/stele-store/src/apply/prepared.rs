//! What a record becomes in the log and in the state, as far as it can be told from the record alone.
//!
//! Asks nothing, so that it can be made beside the writer's thread, which has more than enough to do
//! with the database.

use crate::error::StoreError;
use crate::names::Words;
use crate::{atlas, names, read};
use stele_ledger::Canonical;
use stele_model::rules::Fingerprint;
use stele_model::{Body, FieldError, Record, Site, Source, search_key};

/// A record with its canonical JSON and what the state keeps of it.
pub struct Prepared {
    pub(crate) record: Record,
    /// Its canonical JSON, for the log; none of one that stands there.
    pub(crate) json: Option<Canonical>,
    pub(super) title: String,
    pub(super) day: i64,
    pub(super) weight: u64,
    pub(super) body: String,
    /// What finds it by a name, by its row on a list, or by a text like its own.
    pub(super) aliases: Vec<String>,
    pub(super) words: Words,
    pub(super) spot: Option<atlas::Where>,
}

/// Characters of a folded title that lists are sorted by.
const TITLE_KEY_CHARS: usize = 120;
/// Characters of a name that finds its record.
const ALIAS_CHARS: usize = 200;

impl Prepared {
    /// Prepares a record to be recorded. What is applied is what the log will say, as any rebuilding
    /// will read it: a record that would not be read as it is written is refused.
    pub fn of(record: &Record) -> Result<Self, StoreError> {
        let json = Canonical::of(record).map_err(|e| StoreError::Ledger(e.to_string()))?;
        let mut prepared = Prepared::logged(json.as_str()).map_err(|e| {
            StoreError::Ledger(format!(
                "the record would not be read as it is written: {e}"
            ))
        })?;
        prepared.json = Some(json);
        Ok(prepared)
    }

    /// Prepares a record as it stands in a log.
    pub(crate) fn logged(text: &str) -> Result<Self, FieldError> {
        let (record, data) = Record::with_data(text)?;
        let body = &record.body;
        let mut title = search_key(&body.title("en"));
        title.truncate(TITLE_KEY_CHARS);
        Ok(Prepared {
            title,
            day: body
                .date()
                .and_then(|d| d.earliest())
                .map_or(i64::MAX, |day| day.0),
            weight: match body {
                Body::Aggregate(aggregate) => aggregate.count.value,
                _ => 0,
            },
            body: data.to_owned(),
            aliases: aliases(body),
            words: names::words_of(body),
            spot: names::location_of(body).map(|place| atlas::Where::of(Some(place))),
            json: None,
            record,
        })
    }
}

/// The keys that find a record.
pub(super) fn aliases(body: &Body) -> Vec<String> {
    let mut aliases: Vec<String> = body
        .names()
        .iter()
        .map(|name| {
            // A key is ASCII: as many bytes as characters.
            let mut key = search_key(&name.text);
            key.truncate(ALIAS_CHARS);
            key
        })
        .filter(|key| !key.is_empty())
        .collect();
    match body {
        Body::Site(Site {
            listed: Some(listed),
            ..
        }) => aliases.push(read::listed_key(&listed.address())),
        Body::Source(Source {
            text: Some(text), ..
        }) => {
            let bands = Fingerprint::of(text).bands();
            aliases.extend(bands.iter().map(|band| read::band_key(band)));
        }
        _ => {}
    }
    aliases.sort_unstable();
    aliases.dedup();
    aliases
}
