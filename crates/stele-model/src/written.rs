//! Which records are sure to be read as they are written, told without reading them.
//!
//! Any record is read again before it is kept, so that the log never says what nobody can read. For those
//! that a list makes by the hundred thousand that costs more than writing them, and what can go wrong
//! with them is known: dates and quantities that no text gives, and a zero below zero, which JSON has not.

use crate::date::EdtfDate;
use crate::name::Name;
use crate::place::Location;
use crate::quantity::Quantity;
use crate::record::{Body, Claim, Holding, Record, Site};
use crate::words::Word;

impl Record {
    /// The text of `data` in this record's canonical JSON, where reading that JSON is sure to give this very
    /// record. Of others it may be so all the same: who reads them sees.
    pub fn data_surely_read<'a>(&self, json: &'a str) -> Option<&'a str> {
        if self.revision.is_some() || !is_read_as_written(&self.body) {
            return None;
        }
        let rest = json.strip_prefix("{\"data\":")?;
        let rest = rest.strip_suffix("\"}")?;
        let rest = rest.strip_suffix(self.kind().id())?;
        let rest = rest.strip_suffix("\",\"type\":\"")?;
        let end = rest.len().checked_sub(ID_CHARS)?;
        rest.get(..end)?.strip_suffix(",\"id\":\"")
    }
}

/// Characters of an id.
const ID_CHARS: usize = 26;

fn is_read_as_written(body: &Body) -> bool {
    match body {
        Body::Site(site) => site_is(site),
        Body::Claim(claim) => claim_is(claim),
        _ => false,
    }
}

// All fields are named, so that a new one is thought of here.

fn site_is(site: &Site) -> bool {
    let Site {
        kind: _,
        names,
        category: _,
        areas: _,
        location,
        holdings,
        identifiers: _,
        made,
        description: _,
        article1: _,
        listed: _,
        fields: _,
    } = site;
    names.iter().all(name_is)
        && location.as_ref().is_none_or(location_is)
        && holdings.iter().all(holding_is)
        && made.as_ref().is_none_or(date_is)
}

fn claim_is(claim: &Claim) -> bool {
    let Claim {
        party: _,
        source: _,
        passage: _,
        subject: _,
        predicate: _,
        words: _,
        stated,
        event,
        scope,
        asserted_cause: _,
        asserted_perpetrator: _,
        asserted_characterisation: _,
    } = claim;
    let dates = [stated, event, &scope.period];
    dates.into_iter().flatten().all(date_is)
}

fn name_is(name: &Name) -> bool {
    let Name {
        text: _,
        lang: _,
        kind: _,
        by: _,
        source: _,
        valid,
    } = name;
    valid.as_ref().is_none_or(date_is)
}

fn location_is(location: &Location) -> bool {
    let Location {
        geometry,
        uncertainty_m: _,
        method: _,
        sensitivity: _,
        grid_m: _,
    } = location;
    // What is not finite is no position; zero is written without its sign.
    let is = |degrees: f64| degrees != 0.0 || degrees.is_sign_positive();
    geometry.positions().all(|p| is(p.lon()) && is(p.lat()))
}

fn holding_is(holding: &Holding) -> bool {
    let Holding {
        kind: _,
        count,
        as_of,
    } = holding;
    quantity_is(count) && as_of.as_ref().is_none_or(date_is)
}

fn quantity_is(quantity: &Quantity) -> bool {
    quantity.check().is_ok()
}

fn date_is(date: &EdtfDate) -> bool {
    date.to_string().parse().as_ref() == Ok(date)
}
