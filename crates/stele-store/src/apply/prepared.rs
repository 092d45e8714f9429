//! What a record becomes in the log and in the state, as far as it can be told from the record alone.
//!
//! Asks nothing, so that it can be made beside the writer's thread, which has more than enough to do
//! with the database.

use crate::error::StoreError;
use crate::names::{Folding, Words};
use crate::{atlas, names, read, schema};
use stele_ledger::Canonical;
use stele_model::reading::Reference;
use stele_model::rules::Fingerprint;
use stele_model::{Body, FieldError, Record, Site, Source};

/// A record with its canonical JSON and what the state keeps of it.
#[derive(Debug, PartialEq)]
pub struct Prepared {
    pub(crate) record: Record,
    /// Its canonical JSON, for the log; none of one that stands there.
    pub(crate) json: Option<Canonical>,
    pub(super) title: String,
    pub(super) day: i64,
    pub(super) weight: u64,
    pub(super) body: String,
    pub(super) references: Vec<Reference>,
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
        let json = canonical(record)?;
        let mut prepared = Prepared::logged(json.as_str()).map_err(unreadable)?;
        prepared.json = Some(json);
        Ok(prepared)
    }

    /// Prepares a record as it stands in a log.
    pub(crate) fn logged(text: &str) -> Result<Self, FieldError> {
        let (record, data) = Record::with_data(text)?;
        Ok(Prepared::made(record, data, &mut Folding::default()))
    }

    fn made(record: Record, data: &str, folding: &mut Folding) -> Self {
        let body = &record.body;
        debug_assert!(body.date().is_none() || schema::is_of_day(body.kind()));
        Prepared {
            title: folding.key(&body.title("en"), TITLE_KEY_CHARS),
            day: body
                .date()
                .and_then(|d| d.earliest())
                .map_or(i64::MAX, |day| day.0),
            weight: match body {
                Body::Aggregate(aggregate) => aggregate.count.value,
                _ => 0,
            },
            body: data.to_owned(),
            references: body.references(),
            aliases: aliases(body, folding),
            words: names::words_of(body, folding),
            spot: names::location_of(body).map(|place| atlas::Where::of(Some(place))),
            json: None,
            record,
        }
    }
}

fn canonical(record: &Record) -> Result<Canonical, StoreError> {
    Canonical::of(record).map_err(|e| StoreError::Ledger(e.to_string()))
}

fn unreadable(error: FieldError) -> StoreError {
    StoreError::Ledger(format!(
        "the record would not be read as it is written: {error}"
    ))
}

/// Prepares the records of one act that has many which are like each other, as a list's are. All of them
/// have to be applied, in the order in which they were prepared, by an act that nothing else is applied
/// in front of: the words of one are not learnt again with the next.
pub struct Preparing(Folding);

impl Default for Preparing {
    fn default() -> Self {
        Preparing(Folding::remembering())
    }
}

impl Preparing {
    /// As [`Prepared::of`]; without reading what was written where that is sure to give the record.
    pub fn prepare(&mut self, record: Record) -> Result<Prepared, StoreError> {
        let json = canonical(&record)?;
        let (record, data) = match record.data_surely_read(json.as_str()) {
            Some(data) => (record, data),
            None => Record::with_data(json.as_str()).map_err(unreadable)?,
        };
        let mut prepared = match record.revision {
            None => Prepared::made(record, data, &mut self.0),
            // Its words may not be learnt: it may be withdrawn, or older than what stands.
            Some(_) => Prepared::made(record, data, &mut Folding::default()),
        };
        prepared.json = Some(json);
        Ok(prepared)
    }
}

/// The keys that find a record.
pub(super) fn aliases(body: &Body, folding: &mut Folding) -> Vec<String> {
    let mut aliases: Vec<String> = body
        .names()
        .iter()
        .map(|name| folding.key(&name.text, ALIAS_CHARS))
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

#[cfg(test)]
mod tests;
