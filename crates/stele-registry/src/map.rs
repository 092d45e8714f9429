//! What a map asks: where the hits of a search lie, how many lie in each cell, which further basemaps there are.
//!
//! Made from [`Shown`] and nothing else: a generalised place is its cell, a withheld one is not on the
//! map, and counts are of what is shown.

use crate::Registry;
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::search::{SearchQuery, seen, sought};
use crate::view::Shown;
use std::collections::BTreeMap;
use stele_model::place::{Bounds, Position2};
use stele_model::{AnyId, Geometry, Kind, ShownPlace, Word};
use stele_store::{Milestones, Order};

/// Most hits of a search that a map shows one by one.
pub const MOST_HITS: usize = 10_000;
/// Most cells of a picture along one side.
pub const MOST_CELLS: u32 = 400;

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

/// A cell of a picture and what lies in it.
#[derive(Debug, Clone, PartialEq)]
pub struct MapCell {
    /// Where its sites lie, on the average of what is shown of each.
    pub at: Position2,
    /// How many sites.
    pub count: u64,
    /// How many of each status; the empty one is that of sites nothing is claimed of.
    pub by_status: BTreeMap<String, u64>,
}

/// A box cut into cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// The box.
    pub bounds: Bounds,
    /// Cells from west to east.
    pub columns: u32,
    /// Cells from south to north.
    pub rows: u32,
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

    /// How many sites lie in each cell of a grid, and whether there may be more than were counted.
    ///
    /// The one seam between pictures and the index: the counts of a spatial index can take its place.
    pub fn map_cells(
        &self,
        viewer: &Viewer,
        query: &SearchQuery,
        grid: Grid,
    ) -> Result<(Vec<MapCell>, bool), Refusal> {
        let query = SearchQuery {
            bbox: Some(grid.bounds),
            ..query.clone()
        };
        let hits = self.map_hits(viewer, &query, "en")?;
        Ok((cells(&hits.sites, grid), hits.cut))
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

fn cells(sites: &[MapSite], grid: Grid) -> Vec<MapCell> {
    #[derive(Default)]
    struct Sum {
        lon: f64,
        lat: f64,
        count: u64,
        by_status: BTreeMap<String, u64>,
    }
    let b = grid.bounds;
    let cell = |at: f64, from: f64, to: f64, n: u32| {
        let part = (at - from) / (to - from).max(f64::EPSILON) * f64::from(n);
        // Truncating is meant: part of a cell belongs to it.
        (part.max(0.0) as u32).min(n.saturating_sub(1))
    };
    let mut sums: BTreeMap<(u32, u32), Sum> = BTreeMap::new();
    for site in sites {
        let Some(at) = centre(&site.place) else {
            continue;
        };
        let within =
            (b.west..=b.east).contains(&at.lon()) && (b.south..=b.north).contains(&at.lat());
        if !within {
            continue;
        }
        let key = (
            cell(at.lat(), b.south, b.north, grid.rows),
            cell(at.lon(), b.west, b.east, grid.columns),
        );
        let sum = sums.entry(key).or_default();
        sum.lon += at.lon();
        sum.lat += at.lat();
        sum.count += 1;
        *sum.by_status.entry(site.status.clone()).or_default() += 1;
    }
    sums.into_values()
        .filter_map(|sum| {
            let n = sum.count as f64;
            Some(MapCell {
                at: Position2::new(sum.lon / n, sum.lat / n).ok()?,
                count: sum.count,
                by_status: sum.by_status,
            })
        })
        .collect()
}
