//! What the address of the map says beside what the search is narrowed by. The script reads it (`state.ts`);
//! here it is only told apart from what the script would pass over in silence.

use super::super::search::Ask;
use super::hits::Among;
use crate::asked::words;
use serde::Deserialize;
use stele_model::date::Day;
use stele_model::{AnyId, EdtfDate, Kind, Word};
use stele_registry::tiles::Milestone;
use stele_registry::{Refusal, Registry, Viewer};

/// As the address has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct State {
    at: String,
    by: String,
    #[serde(rename = "as")]
    drawn_as: String,
    show: String,
    hide: String,
    basemap: String,
    site: String,
    overlay: String,
}

impl State {
    /// Refuses what means nothing, field by field.
    pub fn check(&self, basemaps: usize) -> Result<(), Refusal> {
        if let Some(day) = given(&self.at) {
            let date: Option<EdtfDate> = day.parse().ok();
            let (first, last) = (
                date.as_ref().and_then(EdtfDate::earliest),
                date.as_ref().and_then(EdtfDate::latest),
            );
            if day.len() != "2021-05-31".len() || first.is_none() || first != last {
                return Err(Refusal::field("at", "is one day, such as 2021-05-31"));
            }
        }
        words("by", &self.by, &Milestone::IDS)?;
        words("as", &self.drawn_as, &["circles", "heat"])?;
        words("show", &self.show, &["areas", "missions"])?;
        words("hide", &self.hide, &["lines", "names"])?;
        if let Some(number) = given(&self.basemap) {
            let is_one = number.parse::<usize>().is_ok_and(|n| n < basemaps);
            if !is_one {
                let why = match basemaps {
                    0 => "this registry has no further basemap; leave it out".to_owned(),
                    n => format!("is the number of a further basemap, from 0 to {}", n - 1),
                };
                return Err(Refusal::field("basemap", why));
            }
        }
        for (field, text) in [("site", &self.site), ("overlay", &self.overlay)] {
            if given(text).is_some_and(|id| id.parse::<AnyId>().is_err()) {
                let why = "is the id of a record: the last part of its address";
                return Err(Refusal::field(field, why));
            }
        }
        Ok(())
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|t| !t.is_empty())
}

/// A day of an address; the last of those that a less exact date may mean.
pub(super) fn as_of(text: &str) -> Result<Option<Day>, Refusal> {
    given(text)
        .map(|text| {
            let day = text.parse::<EdtfDate>().ok().and_then(|d| d.latest());
            day.ok_or_else(|| Refusal::field("at", "is a date such as 2021-05-31"))
        })
        .transpose()
}

/// Refuses what the search of the map would refuse, so that the page says so and not its script.
pub(super) fn check_search(registry: &Registry, viewer: &Viewer, q: &Ask) -> Result<(), Refusal> {
    let mut q = q.clone();
    if !matches!(q.kind.trim(), "" | "site" | "sites") {
        let why = "the map shows sites; leave it out, or ask the search";
        return Err(Refusal::field("kind", why));
    }
    q.kind = Kind::Site.id().into();
    Among::take(&mut q)?;
    registry.read_query(viewer, &q.written()).map(drop)
}
