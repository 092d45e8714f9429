//! Sites that a search found, as points of a map: GeoJSON with the same properties that the tiles have.

use super::super::search::Ask;
use super::state::check_search;
use crate::App;
use crate::answer::{Answer, ask};
use crate::asked::Asked;
use crate::asked::words;
use crate::guard::Reader;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use stele_model::{Category, FindingStatus, ShownPlace, Word};
use stele_registry::Refusal;
use stele_registry::map::{MapHits, MapSite};
use stele_registry::tiles::MapCell;

/// Words of a list by commas: several may be asked for at once, which a search does not take.
pub(super) struct Among {
    categories: BTreeSet<&'static str>,
    statuses: BTreeSet<&'static str>,
}

/// The status of sites that nothing is claimed of.
const NONE: &str = "none";

impl Among {
    /// Takes what names several out of the question; what is left the search narrows by itself.
    pub fn take(q: &mut Ask) -> Result<Self, Refusal> {
        let several = |field: &String| field.contains(',') || field.trim() == NONE;
        let taken = |is_taken: bool, field: &mut String| match is_taken {
            true => std::mem::take(field),
            false => String::new(),
        };
        Among::read(
            &taken(several(&q.category), &mut q.category),
            &taken(several(&q.status), &mut q.status),
        )
    }

    /// Takes every category and status out of the question.
    pub fn all(q: &mut Ask) -> Result<Self, Refusal> {
        Among::read(
            &std::mem::take(&mut q.category),
            &std::mem::take(&mut q.status),
        )
    }

    fn read(categories: &str, statuses: &str) -> Result<Self, Refusal> {
        let known: Vec<&str> = FindingStatus::IDS.iter().copied().chain([NONE]).collect();
        Ok(Among {
            categories: words("category", categories, Category::IDS)?
                .into_iter()
                .collect(),
            statuses: words("status", statuses, &known)?.into_iter().collect(),
        })
    }

    /// Whether a site is among them. `none` is the status of sites that nothing is claimed of.
    pub fn has(&self, site: &MapSite) -> bool {
        let group = Category::from_id(site.category).map(|c| c.group().id());
        let of_category = self.categories.is_empty()
            || self.categories.contains(site.category)
            || group.is_some_and(|g| self.categories.contains(g));
        let status = match site.status.as_str() {
            "" => NONE,
            status => status,
        };
        of_category && (self.statuses.is_empty() || self.statuses.contains(status))
    }

    /// Categories asked for, with those under each group.
    pub fn categories(&self) -> Vec<Category> {
        let all = Category::ALL.iter().copied();
        all.filter(|c| self.categories.contains(c.id()) || self.categories.contains(c.group().id()))
            .collect()
    }

    /// Leaves in each cell what has one of the statuses.
    pub fn narrow(&self, cells: &mut Vec<MapCell>) {
        if self.statuses.is_empty() {
            return;
        }
        for cell in cells.iter_mut() {
            cell.statuses
                .retain(|status, _| self.statuses.contains(status.map_or(NONE, Word::id)));
            cell.count = cell.statuses.values().sum();
        }
        cells.retain(|cell| cell.count > 0);
    }
}

/// `GET /map/hits`
pub async fn hits(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(mut q): Asked<Ask>,
) -> Answer {
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let found = ask(&app, move |registry| {
        check_search(registry, &viewer, &q)?;
        let among = Among::take(&mut q)?;
        let written = q.written();
        let query = registry.read_query(&viewer, &written)?;
        let mut found = registry.map_hits(&viewer, &query, &lang)?;
        found.sites.retain(|site| among.has(site));
        Ok(found)
    })
    .await
    .map_err(|f| f.of_address().into_json())?;
    let media = [(header::CONTENT_TYPE, "application/geo+json")];
    Ok((media, as_geojson(&found).to_string()).into_response())
}

fn as_geojson(found: &MapHits) -> Value {
    json!({
        "type": "FeatureCollection",
        "features": found.sites.iter().filter_map(feature).collect::<Vec<_>>(),
        "cut": found.cut,
        "without_place": found.without_place,
    })
}

fn feature(site: &MapSite) -> Option<Value> {
    let (at, how, grid_m) = match &site.place {
        ShownPlace::Exact { geometry, .. } => (geometry.bounds()?.centre(), "exact", None),
        ShownPlace::Grid { centre, grid_m } => (*centre, "generalised", Some(*grid_m)),
        ShownPlace::Withheld => return None,
    };
    let mut properties = json!({
        "id": site.id,
        "title": site.title,
        "category": site.category,
        "place": how,
        "address": format!("/site/{}", site.id),
    });
    let days = [
        ("since_claimed", site.milestones.claimed),
        ("since_assessed", site.milestones.assessed),
        ("since_verified", site.milestones.verified),
    ];
    for (name, day) in days {
        if let Some(day) = day {
            properties[name] = day.0.into();
        }
    }
    if let Some(metres) = grid_m {
        properties["grid_m"] = metres.into();
    }
    if !site.status.is_empty() {
        properties["status"] = site.status.clone().into();
    }
    Some(json!({
        "type": "Feature",
        "id": site.id,
        "geometry": {"type": "Point", "coordinates": [at.lon(), at.lat()]},
        "properties": properties,
    }))
}
