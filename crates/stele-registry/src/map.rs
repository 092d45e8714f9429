//! What a map asks beside tiles: where the hits of a search lie, how many share a cell, where to open.
//!
//! Made from [`Shown`] and nothing else: a generalised place is its cell, a withheld one is not on the
//! map, and counts are of what is shown.

use crate::Registry;
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::search::{SearchQuery, seen, sought};
use crate::tiles::MapCell;
use crate::view::Shown;
use std::collections::BTreeMap;
use stele_model::place::{Bounds, Position2};
use stele_model::{AnyId, FindingStatus, Geometry, Kind, ShownPlace, Word};
use stele_store::{Milestones, Order};

/// Most hits of a search that a map shows one by one.
pub const MOST_HITS: usize = 10_000;

/// A site on the map.
#[derive(Debug, Clone)]
pub struct MapSite {
    /// Its id.
    pub id: AnyId,
    /// What it is called, for the reader.
    pub title: String,
    /// Its category.
    pub category: &'static str,
    /// Where the knowledge about it stands; empty where nothing is claimed.
    pub status: String,
    /// Where it is, as exactly as the viewer may know; never withheld.
    pub place: ShownPlace,
    /// Since when it is claimed harmed, observed and judged.
    pub milestones: Milestones,
}

/// Sites that a search found, where they are.
#[derive(Debug, Clone, Default)]
pub struct MapHits {
    /// The sites.
    pub sites: Vec<MapSite>,
    /// Whether there are more than these.
    pub cut: bool,
    /// Sites found that have no place to show.
    pub without_place: usize,
}

impl Registry {
    /// The sites that answer a search, for a map.
    pub fn map_hits(
        &self,
        viewer: &Viewer,
        query: &SearchQuery,
        lang: &str,
    ) -> Result<MapHits, Refusal> {
        let query = SearchQuery {
            kind: Some(Kind::Site),
            ..query.clone()
        };
        self.store.read(|read| {
            let sought = sought(read, viewer, &query)?;
            let found = read.search(&sought, 0, MOST_HITS)?;
            let mut hits = MapHits {
                cut: found.more,
                ..MapHits::default()
            };
            // The search looks at so many records and no more; that many found means there may be others.
            hits.cut |= found.hits.len() >= MOST_HITS;
            for hit in seen(read, viewer, found.hits)? {
                match on_map(hit.record, lang) {
                    Some(site) => hits.sites.push(site),
                    None => hits.without_place += 1,
                }
            }
            Ok(hits)
        })
    }

    /// The box around the sites that were recorded first, to open the map on; none where no site has a place.
    pub fn map_extent(&self, viewer: &Viewer) -> Result<Option<Bounds>, Refusal> {
        const LOOKED_AT: usize = 1_000;
        self.store.read(|read| {
            let filter = stele_store::Filter {
                kind: Some(Kind::Site),
                ..stele_store::Filter::default()
            };
            let page = self.page(read, viewer, &filter, Order::Id, None, LOOKED_AT)?;
            let places = page
                .rows
                .into_iter()
                .filter_map(|shown| centre(shown.place.as_ref()?));
            let geometry = Geometry::MultiPoint(places.collect());
            Ok(geometry.bounds())
        })
    }
}

fn on_map(shown: Shown, lang: &str) -> Option<MapSite> {
    let place = shown
        .place
        .clone()
        .filter(|p| !matches!(p, ShownPlace::Withheld))?;
    let stele_model::Body::Site(site) = &shown.body else {
        return None;
    };
    Some(MapSite {
        id: shown.id,
        title: shown.title(lang),
        category: site.category.id(),
        status: shown.status,
        place,
        milestones: shown.milestones,
    })
}

/// The one position that stands for a place.
fn centre(place: &ShownPlace) -> Option<Position2> {
    match place {
        ShownPlace::Exact { geometry, .. } => geometry.bounds().map(|b| b.centre()),
        ShownPlace::Grid { centre, .. } => Some(*centre),
        ShownPlace::Withheld => None,
    }
}

/// Sites counted by cell, so many halvings of 360 degrees wide, as [`Registry::map_cells`] counts those of
/// the index.
pub fn in_cells<'a>(sites: impl Iterator<Item = &'a MapSite>, halvings: u32) -> Vec<MapCell> {
    let side = 360.0 / f64::from(2u32.pow(halvings.min(30)));
    let mut cells: BTreeMap<(i64, i64), MapCell> = BTreeMap::new();
    for site in sites {
        let Some(at) = centre(&site.place) else {
            continue;
        };
        // Truncating is meant: part of a cell belongs to it.
        let key = (
            (at.lat() / side).floor() as i64,
            (at.lon() / side).floor() as i64,
        );
        let cell = cells.entry(key).or_insert_with(|| MapCell {
            lon: 0.0,
            lat: 0.0,
            count: 0,
            only: None,
            statuses: BTreeMap::new(),
        });
        // The mean so far, moved by what the new one adds.
        cell.count += 1;
        cell.lon += (at.lon() - cell.lon) / cell.count as f64;
        cell.lat += (at.lat() - cell.lat) / cell.count as f64;
        cell.only = (cell.count == 1).then_some(site.id);
        *cell
            .statuses
            .entry(FindingStatus::from_id(&site.status))
            .or_default() += 1;
    }
    cells.into_values().collect()
}
