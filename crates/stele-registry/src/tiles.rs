//! Tiles of a viewer: what of the places stands in them, how much of it, and how long they keep.
//!
//! What would be drawn on top of each other becomes one point with its counts: a cell of the curve's
//! quadtree that holds several sites, at all zooms but the deepest. A tile therefore never holds more
//! than a screen can show, however many sites there are. Places are taken in the viewer's sight, so that
//! no zoom and no count tells more of a protected place than its page does.

use crate::Registry;
use crate::account::Viewer;
use crate::clock;
use crate::features::Collection;
use crate::refusal::Refusal;
use crate::view::Shown;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use stele_formats::tile::{EXTENT, Layer, MARGIN, Prop, encode};
pub use stele_formats::tile::{Grid, Tile};
use stele_model::date::Day;
use stele_model::*;
use stele_store::{AsOf, Milestones, Places, Read, Sight, Spot};

/// From this zoom of Web Mercator on each site stands by itself.
pub const EACH_FROM_ZOOM: u32 = 14;
/// Sites of a tile beyond which they are counted by cell at any zoom.
const MOST_SITES: usize = 10_000;
/// Halvings from a tile to the cells that it counts by: 16 across, on a map 32 pixels and more each, which
/// is what a sign with its number takes. With 64 the signs of a million sites were a heap.
const CELLS: u32 = 4;
/// Halvings from which outlines of sites are drawn.
const OUTLINES_FROM: u32 = 12;
/// Outlines drawn in one tile.
const MOST_OUTLINES: usize = 2_000;
/// Bytes of tiles that are kept.
const KEPT_BYTES: usize = 64 << 20;
/// Tiles are known to be as the state is without asking the database for so long; what this process
/// writes is known at once.
const FRESH_MS: u64 = 100;

/// What is asked of a tile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TileQuery {
    /// Sites or areas.
    pub collection: Collection,
    /// Which tile.
    pub tile: Tile,
    /// Only of these categories; all where empty.
    pub categories: Vec<Category>,
    /// Only with one of these statuses; all where empty.
    pub statuses: Vec<FindingStatus>,
    /// As it stood on a day.
    pub as_of: Option<Day>,
    /// Only what had come to this by then.
    pub come: Option<Milestone>,
}

/// What a site comes to, once: what a slider of time may go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Milestone {
    /// A party claimed that it came to harm.
    Claimed,
    /// It was observed.
    Assessed,
    /// A finding about it was published.
    Verified,
}

impl Milestone {
    /// Their names, in the order in which they usually come.
    pub const IDS: [&'static str; 3] = ["claimed", "assessed", "verified"];

    /// By its name.
    pub fn from_id(id: &str) -> Option<Self> {
        let all = [Milestone::Claimed, Milestone::Assessed, Milestone::Verified];
        all.into_iter()
            .zip(Self::IDS)
            .find(|(_, name)| *name == id)
            .map(|(m, _)| m)
    }

    /// Whether a site with these milestones had come to it by a day.
    pub fn is_come(self, milestones: &Milestones, day: Day) -> bool {
        let since = match self {
            Milestone::Claimed => milestones.claimed,
            Milestone::Assessed => milestones.assessed,
            Milestone::Verified => milestones.verified,
        };
        since.is_some_and(|since| since <= day)
    }
}

/// A tile, made.
pub struct Made {
    bytes: Vec<u8>,
    packed: OnceLock<Vec<u8>>,
    etag: String,
}

impl Made {
    fn new(bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes);
        Made {
            etag: format!("\"{}\"", stele_store::files::hex(&digest[..12])),
            bytes,
            packed: OnceLock::new(),
        }
    }

    /// Mapbox Vector Tile.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same as a gzip member.
    pub fn gzip(&self) -> &[u8] {
        self.packed
            .get_or_init(|| stele_formats::export::gzip(&self.bytes))
    }

    /// Changes when the bytes do, and only then.
    pub fn etag(&self) -> &str {
        &self.etag
    }
}

/// Tiles made since something last changed.
#[derive(Default)]
pub(crate) struct Kept(RwLock<Shelf>);

#[derive(Default)]
struct Shelf {
    as_of: AsOf,
    bytes: usize,
    tiles: HashMap<(TileQuery, Sight), Arc<Made>>,
}

impl Kept {
    fn get(&self, key: &(TileQuery, Sight), as_of: AsOf) -> Option<Arc<Made>> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (shelf.as_of == as_of)
            .then(|| shelf.tiles.get(key).cloned())
            .flatten()
    }

    fn put(&self, key: (TileQuery, Sight), as_of: AsOf, made: Arc<Made>) {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // The packed form is kept along.
        let bytes = made.bytes.len() * 3 / 2 + 300;
        if shelf.as_of != as_of || shelf.bytes + bytes > KEPT_BYTES {
            *shelf = Shelf {
                as_of,
                ..Shelf::default()
            };
        }
        shelf.bytes += bytes;
        shelf.tiles.insert(key, made);
    }
}

impl Registry {
    /// A tile that was made before and is as the state is, without asking the database.
    pub fn tile_kept(&self, viewer: &Viewer, query: &TileQuery) -> Option<Arc<Made>> {
        let as_of = self.store.places_known(clock::now_ms(), FRESH_MS)?;
        self.tiles.get(&(query.clone(), viewer.sight()), as_of)
    }

    /// A tile.
    pub fn tile(&self, viewer: &Viewer, query: &TileQuery) -> Result<Arc<Made>, Refusal> {
        let key = (query.clone(), viewer.sight());
        let as_of = self.store.places_as_of(clock::now_ms())?;
        if let Some(made) = self.tiles.get(&key, as_of) {
            return Ok(made);
        }
        let (layers, as_of) = self.store.read(|read| match query.collection {
            Collection::Areas => areas(read, viewer, query),
            _ => sites(read, viewer, query),
        })?;
        let made = Arc::new(Made::new(encode(layers)));
        self.tiles.put(key, as_of, made.clone());
        Ok(made)
    }

    /// Sites of a box by cell, this many halvings of 360 degrees wide: what a picture of the map draws.
    pub fn map_cells(
        &self,
        viewer: &Viewer,
        within: place::Bounds,
        halvings: u32,
        query: &TileQuery,
    ) -> Result<Vec<MapCell>, Refusal> {
        self.store.read(|read| {
            Ok(read.places(Kind::Site, viewer.sight(), |places| {
                let mut cells = cells(places, within, halvings, query);
                cells.retain(|cell| within.holds(cell.lon(), cell.lat()));
                cells.into_iter().map(MapCell::of).collect()
            })?)
        })
    }
}

/// Sites that are drawn as one.
#[derive(Debug, Clone, PartialEq)]
pub struct MapCell {
    /// Mean longitude of their middles.
    pub lon: f64,
    /// Mean latitude of their middles.
    pub lat: f64,
    /// How many they are.
    pub count: u64,
    /// The site, where it is one.
    pub only: Option<AnyId>,
    /// How many have each status.
    pub statuses: BTreeMap<Option<FindingStatus>, u64>,
}

impl MapCell {
    fn of(cell: Cell<'_>) -> Self {
        MapCell {
            lon: cell.lon(),
            lat: cell.lat(),
            count: cell.count,
            only: cell.only.map(|spot| spot.id),
            statuses: statuses(&cell).collect(),
        }
    }
}

/// Sites that share a cell.
#[derive(Default)]
struct Cell<'a> {
    count: u64,
    lon: f64,
    lat: f64,
    /// By ordinal of the status; none last.
    statuses: [u64; NO_STATUS + 1],
    /// The one site, while it is one.
    only: Option<&'a Spot>,
}

const NO_STATUS: usize = FindingStatus::ALL.len();

impl<'a> Cell<'a> {
    fn lon(&self) -> f64 {
        self.lon / self.count as f64
    }

    fn lat(&self) -> f64 {
        self.lat / self.count as f64
    }

    fn add(&mut self, spot: &'a Spot, status: Option<FindingStatus>) {
        self.count += 1;
        self.lon += (spot.bounds.west + spot.bounds.east) / 2.0;
        self.lat += (spot.bounds.south + spot.bounds.north) / 2.0;
        let at = status.map_or(NO_STATUS, |s| s as usize);
        if let Some(n) = self.statuses.get_mut(at) {
            *n += 1;
        }
        self.only = (self.count == 1).then_some(spot);
    }
}

fn statuses(cell: &Cell<'_>) -> impl Iterator<Item = (Option<FindingStatus>, u64)> {
    let words = FindingStatus::ALL.iter().copied().map(Some).chain([None]);
    words.zip(cell.statuses).filter(|(_, n)| *n > 0)
}

/// The status of a site as it is asked for; none where it is not asked for.
fn asked(query: &TileQuery, spot: &Spot) -> Option<Option<FindingStatus>> {
    let status = match query.as_of {
        Some(day) => spot.status_on(day),
        None => spot.status(),
    };
    let categories = &query.categories;
    let is_come = match (query.come, query.as_of) {
        (Some(milestone), Some(day)) => milestone.is_come(&spot.milestones(), day),
        _ => true,
    };
    let fits = is_come
        && (categories.is_empty() || spot.category().is_some_and(|c| categories.contains(&c)))
        && (query.statuses.is_empty() || status.is_some_and(|s| query.statuses.contains(&s)));
    fits.then_some(status)
}

/// Cells of this level that have sites which are asked for, in order of the curve.
fn cells<'a>(
    places: &'a Places<'_>,
    within: place::Bounds,
    level: u32,
    query: &TileQuery,
) -> Vec<Cell<'a>> {
    // A cell stands at the mean of its sites, which may lie in a tile that none of them does.
    let side = 360.0 / f64::from(2u32.pow(level.min(31)));
    let within = within.wider(side);
    let mut runs: Vec<(u64, &[Spot])> = Vec::new();
    places.each_node(within, level, &mut |node, run| runs.push((node.first, run)));
    // They come in a few rows that are each in order, which a stable sort goes through once; the sites
    // of a cell are added in the order they came, so that its mean is the same wherever it is drawn.
    runs.sort_by_key(|(first, _)| *first);
    let mut cells: Vec<Cell<'_>> = Vec::with_capacity(runs.len());
    for of_cell in runs.chunk_by(|a, b| a.0 == b.0) {
        let mut cell = Cell::default();
        for spot in of_cell.iter().flat_map(|(_, run)| *run) {
            if let Some(status) = asked(query, spot) {
                cell.add(spot, status);
            }
        }
        if cell.count > 0 {
            cells.push(cell);
        }
    }
    cells
}

/// Layers of a tile of sites: `sites`, points; from [`OUTLINES_FROM`] on `site_shapes`.
fn sites(
    read: &mut Read<'_>,
    viewer: &Viewer,
    query: &TileQuery,
) -> Result<(Vec<Layer>, AsOf), Refusal> {
    let tile = query.tile;
    let within = tile.bounds(MARGIN);
    let mut layer = Layer::new("sites");
    let mut outlined = Vec::new();
    let as_of = read.places(Kind::Site, viewer.sight(), |places| {
        if tile.halvings() >= OUTLINES_FROM {
            places.each(within, &mut |spot| {
                let is_shape = !spot.is_point() && spot.grid_m().is_none();
                if is_shape && outlined.len() < MOST_OUTLINES && asked(query, spot).is_some() {
                    outlined.push(spot.pointer());
                }
            });
        }
        let each = tile.halvings() >= EACH_FROM_ZOOM && places.count(within) <= MOST_SITES as u64;
        if each {
            places.each(within, &mut |spot| {
                if let Some(status) = asked(query, spot) {
                    let middle = spot.bounds.centre();
                    one(&mut layer, tile, (middle.lon(), middle.lat()), spot, status);
                }
            });
        } else {
            let level = tile.halvings() + CELLS;
            for cell in &cells(places, within, level, query) {
                let at = (cell.lon(), cell.lat());
                match cell.only {
                    Some(spot) => {
                        let status = statuses(cell).next().and_then(|(status, _)| status);
                        one(&mut layer, tile, at, spot, status);
                    }
                    None => several(&mut layer, tile, at, cell),
                }
            }
        }
        places.as_of()
    })?;
    let mut layers = vec![layer];
    if !outlined.is_empty() {
        let mut shapes = Layer::new("site_shapes");
        let found = read.find_at(&outlined)?.into_iter();
        for stored in found.filter(|s| !s.withdrawn) {
            let shown = Shown::of(viewer, stored);
            let facet = shown.body.facet().unwrap_or_default();
            let id = shown.id.to_string();
            let properties = [
                ("id", Prop::Text(&id)),
                ("category", Prop::Text(facet)),
                ("status", Prop::Text(&shown.status)),
            ];
            shape(&mut shapes, tile, &shown, &properties);
        }
        layers.push(shapes);
    }
    Ok((layers, as_of))
}

/// The layer of a tile of areas.
fn areas(
    read: &mut Read<'_>,
    viewer: &Viewer,
    query: &TileQuery,
) -> Result<(Vec<Layer>, AsOf), Refusal> {
    let within = query.tile.bounds(MARGIN);
    let (found, as_of) = read.places(Kind::Area, viewer.sight(), |places| {
        let found = places.page(within, None, MOST_OUTLINES, &|_| true);
        (found, places.as_of())
    })?;
    let mut layer = Layer::new("areas");
    for (_, spot) in found {
        if let Some(stored) = read.find(spot.id)?.filter(|s| !s.withdrawn) {
            let shown = Shown::of(viewer, stored);
            let (id, name) = (shown.id.to_string(), shown.title("en"));
            let properties = [
                ("id", Prop::Text(&id)),
                ("name", Prop::Text(&name)),
                ("kind", Prop::Text(shown.body.facet().unwrap_or_default())),
            ];
            shape(&mut layer, query.tile, &shown, &properties);
        }
    }
    Ok((vec![layer], as_of))
}

/// Where a point stands in a tile, where it does.
fn stands(tile: Tile, (lon, lat): (f64, f64)) -> Option<(i32, i32)> {
    let (x, y) = tile.place(lon, lat);
    // A point has no margin to reach over, but its symbol has: both tiles at an edge draw it.
    let (least, most) = (-f64::from(MARGIN), f64::from(EXTENT) + f64::from(MARGIN));
    let inside = |n: f64| (least..=most).contains(&n);
    (inside(x) && inside(y)).then(|| (x.floor() as i32, y.floor() as i32))
}

fn one(layer: &mut Layer, tile: Tile, at: (f64, f64), spot: &Spot, status: Option<FindingStatus>) {
    let Some(at) = stands(tile, at) else { return };
    let id = spot.id.to_string();
    let since = spot.milestones();
    let day = |key, day: Option<Day>| day.map(|d| (key, Prop::Whole(d.0)));
    let place = match spot.grid_m() {
        Some(_) => "generalised",
        None => "exact",
    };
    let properties = [
        Some(("id", Prop::Own(&id))),
        spot.category().map(|c| ("category", Prop::Word(c.id()))),
        status.map(|s| ("status", Prop::Word(s.id()))),
        Some(("place", Prop::Word(place))),
        spot.grid_m().map(|m| ("grid_m", Prop::Whole(i64::from(m)))),
        day("since_claimed", since.claimed),
        day("since_assessed", since.assessed),
        day("since_verified", since.verified),
    ];
    layer.point(at, properties.into_iter().flatten());
}

fn several(layer: &mut Layer, tile: Tile, at: (f64, f64), cell: &Cell<'_>) {
    let Some(at) = stands(tile, at) else { return };
    let whole = |n: u64| Prop::Whole(i64::try_from(n).unwrap_or(i64::MAX));
    let counts = statuses(cell).map(|(status, n)| (counted(status), whole(n)));
    layer.point(at, [("count", whole(cell.count))].into_iter().chain(counts));
}

/// The property that counts sites of a status.
fn counted(status: Option<FindingStatus>) -> &'static str {
    match status {
        None => "n_none",
        Some(FindingStatus::Reported) => "n_reported",
        Some(FindingStatus::Corroborated) => "n_corroborated",
        Some(FindingStatus::Verified) => "n_verified",
        Some(FindingStatus::Refuted) => "n_refuted",
        Some(FindingStatus::NotAssessable) => "n_not_assessable",
        Some(FindingStatus::Disputed) => "n_disputed",
    }
}

/// Draws the outline of what may be shown exactly; nothing of what may not.
fn shape(layer: &mut Layer, tile: Tile, shown: &Shown, properties: &[(&'static str, Prop<'_>)]) {
    let properties = || {
        let said = properties.iter().copied();
        said.filter(|(_, value)| *value != Prop::Text(""))
    };
    let line = |points: &[place::Position2]| -> Vec<(f64, f64)> {
        points
            .iter()
            .map(|p| tile.place(p.lon(), p.lat()))
            .collect()
    };
    let lines = |all: &[Vec<place::Position2>]| all.iter().map(|l| line(l)).collect::<Vec<_>>();
    let geometry = match &shown.place {
        Some(ShownPlace::Exact { geometry, .. }) => geometry,
        Some(ShownPlace::Grid { centre, grid_m }) => {
            let b = place::cell_around(centre.lon(), centre.lat(), *grid_m);
            let corners = [
                (b.west, b.south),
                (b.east, b.south),
                (b.east, b.north),
                (b.west, b.north),
                (b.west, b.south),
            ];
            let ring = corners.iter().map(|(lon, lat)| tile.place(*lon, *lat));
            return layer.polygons(&[vec![ring.collect()]], properties());
        }
        _ => return,
    };
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => {
            for p in geometry.positions() {
                if let Some(at) = stands(tile, (p.lon(), p.lat())) {
                    layer.point(at, properties());
                }
            }
        }
        Geometry::LineString(points) => layer.lines(&[line(points)], properties()),
        Geometry::MultiLineString(all) => layer.lines(&lines(all), properties()),
        Geometry::Polygon(rings) => layer.polygons(&[lines(rings)], properties()),
        Geometry::MultiPolygon(all) => {
            let all: Vec<_> = all.iter().map(|rings| lines(rings)).collect();
            layer.polygons(&all, properties());
        }
    }
}
