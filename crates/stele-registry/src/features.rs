//! Collections of features: what geographic programs ask for and take away (OGC API – Features, tiles,
//! bulk files), as a viewer may see it.
//!
//! A [`Feature`] is made from [`Shown`] and so knows no more of a place than the viewer may. Filters,
//! boxes, sorting and counts look at the features made, never at what stands behind them: no question
//! can tell more than the answer to it shows.

mod collection;
pub mod filter;
pub(crate) mod kept;
mod placed;
mod row;

pub use collection::Collection;
pub use stele_formats::feature::{Column, Feature, Holds, Span, Value};

use crate::Registry;
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, may_see};
use kept::Writer;
use row::Rows;
use stele_formats::geojson::Writing;
use stele_model::date::Day;
use stele_model::place::Bounds;
use stele_model::{AnyId, Kind};
use stele_store::{After, Filter, Order, Read};

/// Most features of one page.
pub const LONGEST_PAGE: usize = 10_000;
/// Records looked at for one page, so that a filter that few pass costs no more than one that all do.
const LOOKED_AT: usize = 20_000;
/// Records read at a time when a whole collection is written.
const AT_ONCE: usize = 1_000;

/// Room for what is written after the features of a page.
const AFTER_BYTES: usize = 2_048;

/// Decides about a feature: a filter somebody wrote, already checked against the columns.
pub trait Test: Send + Sync {
    /// Whether it passes.
    fn passes(&self, feature: &Feature) -> bool;
    /// A box that every feature that passes touches, where there is one.
    fn envelope(&self) -> Option<Bounds> {
        None
    }
    /// Words of a column that every feature that passes has one of, where it is narrowed so.
    fn words(&self, _column: &str) -> Option<Vec<String>> {
        None
    }
}

/// What is asked of a collection.
#[derive(Default)]
pub struct FeatureQuery {
    /// Only what touches this box; one whose west lies east of its east crosses the antimeridian.
    pub bbox: Option<Bounds>,
    /// Only what has a day in common with this, or is bound to no time.
    pub time: Option<Span>,
    /// Only with one of these words as category, predicate, conclusion, grade or kind; all where empty.
    pub facets: Vec<&'static str>,
    /// Only with one of these statuses; all where empty.
    pub statuses: Vec<&'static str>,
    /// Only what passes.
    pub filter: Option<Box<dyn Test>>,
    /// In this order; in whichever is quickest where none is asked.
    pub order: Option<Order>,
    /// Only what comes after this one of an earlier page.
    pub after: Option<After>,
    /// At most so many.
    pub limit: usize,
}

/// A page of features.
#[derive(Debug, Clone, Default)]
pub struct FeaturePage {
    /// The features.
    pub features: Vec<Feature>,
    /// Where the next page begins; it may come though this one is not full, as only so many records
    /// are looked at for one page.
    pub next: Option<After>,
    /// How many match in all, where that is known without looking at each.
    pub matched: Option<u64>,
}

/// Where and when a collection's features are.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extent {
    /// The box around their places; none where none is shown.
    pub bounds: Option<Bounds>,
    /// The day before which none of them is, where that is known. When the last one ends is not: a finding
    /// holds as of a day and after it.
    pub since: Option<Day>,
}

/// A page of features, written.
#[derive(Debug, Clone, Default)]
pub struct WrittenPage {
    /// What was to stand before them, and the features, with commas between them.
    pub json: Vec<u8>,
    /// How many they are.
    pub count: usize,
    /// As in [`FeaturePage`].
    pub next: Option<After>,
    /// As in [`FeaturePage`].
    pub matched: Option<u64>,
}

/// The box by which a page is made in order of place.
fn by_place(collection: Collection, query: &FeatureQuery) -> Option<Bounds> {
    let has_place = query.order.is_none() && collection != Collection::Missions;
    query.bbox.filter(|_| has_place)
}

/// How many match in all, after a page with so many, which may be the last.
fn matched(
    read: &mut Read<'_>,
    viewer: &Viewer,
    query: &FeatureQuery,
    (count, is_last): (usize, bool),
    rows: &mut Rows<'_>,
) -> Result<Option<u64>, Refusal> {
    match is_last && query.after.is_none() {
        true => Ok(Some(count as u64)),
        false => placed::matched(read, viewer, query, rows),
    }
}

impl Registry {
    /// A page of a collection.
    pub fn features(
        &self,
        viewer: &Viewer,
        collection: Collection,
        query: &FeatureQuery,
        lang: &str,
    ) -> Result<FeaturePage, Refusal> {
        let limit = query.limit.clamp(1, LONGEST_PAGE);
        self.store.read(|read| {
            let mut rows = Rows::new(collection, lang);
            let mut page = match by_place(collection, query) {
                Some(bbox) => {
                    let found =
                        placed::page(read, viewer, collection, query, (bbox, limit), &mut rows)?;
                    FeaturePage {
                        features: found.features,
                        next: found.next,
                        matched: None,
                    }
                }
                None => self.listed(read, viewer, query, limit, &mut rows)?,
            };
            let count = (page.features.len(), page.next.is_none());
            page.matched = matched(read, viewer, query, count, &mut rows)?;
            Ok(page)
        })
    }

    /// A page of a collection as the members of a GeoJSON list, with commas between them, written behind
    /// what stands before them.
    pub fn features_written(
        &self,
        viewer: &Viewer,
        (collection, lang): (Collection, &str),
        query: &FeatureQuery,
        writing: &Writing<'_>,
        before: &[u8],
    ) -> Result<WrittenPage, Refusal> {
        // What is looked at to decide about a feature is not kept, but for its box.
        let looks_within = query.filter.is_some()
            || query.time.is_some()
            || !(query.facets.is_empty() && query.statuses.is_empty());
        let bbox = by_place(collection, query).filter(|_| writing.is_whole() && !looks_within);
        let Some(bbox) = bbox else {
            let page = self.features(viewer, collection, query, lang)?;
            let mut json = Vec::with_capacity(before.len() + page.features.len() * 768);
            json.extend_from_slice(before);
            for (i, feature) in page.features.iter().enumerate() {
                if i > 0 {
                    json.push(b',');
                }
                writing.feature(&mut json, feature, None);
            }
            return Ok(WrittenPage {
                json,
                count: page.features.len(),
                next: page.next,
                matched: page.matched,
            });
        };
        let limit = query.limit.clamp(1, LONGEST_PAGE);
        let page = self.store.read(|read| -> Result<_, Refusal> {
            let rows = Rows::new(collection, lang);
            let mut writer = Writer::new(read, viewer, rows, writing, &self.features)?;
            let page = placed::page(read, viewer, collection, query, (bbox, limit), &mut writer)?;
            let count = (page.features.len(), page.next.is_none());
            let matched = matched(read, viewer, query, count, &mut writer.rows)?;
            Ok((page, matched))
        })?;
        let (page, matched) = page;
        let features = page.features.iter().map(|one| one.json());
        let bytes: usize = features.clone().map(|json| json.len() + 1).sum();
        let mut json = Vec::with_capacity(before.len() + bytes + AFTER_BYTES);
        json.extend_from_slice(before);
        for (i, feature) in features.enumerate() {
            if i > 0 {
                json.push(b',');
            }
            json.extend_from_slice(feature);
        }
        Ok(WrittenPage {
            json,
            count: page.features.len(),
            next: page.next,
            matched,
        })
    }

    /// A page by a kept order, looking at each record.
    fn listed(
        &self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        query: &FeatureQuery,
        limit: usize,
        rows: &mut Rows<'_>,
    ) -> Result<FeaturePage, Refusal> {
        let order = query.order.unwrap_or(Order::Id);
        let filter = Filter {
            kind: Some(rows.collection.kind()),
            facet: only(&query.facets),
            status: only(&query.statuses),
            ..Filter::default()
        };
        let mut page = FeaturePage::default();
        let (mut after, mut looked_at, mut last) = (query.after.clone(), 0, None);
        loop {
            let wanted = (limit + 1 - page.features.len()).clamp(100, AT_ONCE);
            let found = self.page(read, viewer, &filter, order, after.as_ref(), wanted)?;
            looked_at += wanted;
            for shown in found.rows {
                let id = shown.id;
                let feature = rows.feature(read, viewer, shown)?;
                if rows.passes(&feature, query) {
                    if page.features.len() == limit {
                        page.next = last.map(|id| read.after(id, order)).transpose()?;
                        return Ok(page);
                    }
                    page.features.push(feature);
                }
                last = Some(id);
            }
            after = found.next;
            match &after {
                None => return Ok(page),
                next if looked_at >= LOOKED_AT => {
                    page.next = next.clone();
                    return Ok(page);
                }
                _ => {}
            }
        }
    }

    /// Where and when the features of a collection are, as this viewer is shown them: of the places kept
    /// in memory and an index, so that it costs the same in any registry.
    pub fn extent(&self, viewer: &Viewer, collection: Collection) -> Result<Extent, Refusal> {
        self.store.read(|read| {
            // What is about a site is where the site is shown; a mission lies between its sites.
            let kind = placed::placing(collection);
            let bounds = read.places(kind, viewer.sight(), |places| places.extent())?;
            let since = match collection {
                Collection::Findings => Some(Kind::Finding),
                // Whether others may see one hangs on what else is published: one by one, they would be
                // told how many they do not see.
                Collection::Assessments if viewer.is_member() => Some(Kind::Assessment),
                _ => None,
            };
            let since = match since {
                None => None,
                Some(kind) => {
                    let filter = Filter {
                        kind: Some(kind),
                        ..Filter::default()
                    };
                    let first = self.page(read, viewer, &filter, Order::Day, None, 1)?;
                    let first = first.rows.first();
                    first.and_then(|shown| shown.body.date()?.earliest())
                }
            };
            Ok(Extent { bounds, since })
        })
    }

    /// One feature of a collection.
    pub fn feature(
        &self,
        viewer: &Viewer,
        collection: Collection,
        id: AnyId,
        lang: &str,
    ) -> Result<Feature, Refusal> {
        let missing = || Refusal::NotFound(id.to_string());
        self.store.read(|read| {
            let stored = read.find(id)?.ok_or_else(missing)?;
            let is_there = stored.kind == collection.kind() && !stored.withdrawn;
            if !is_there || !may_see(read, viewer, &stored)? {
                return Err(missing());
            }
            Rows::new(collection, lang).feature(read, viewer, Shown::of(viewer, stored))
        })
    }

    /// Hands over every feature of a collection, by id, and gives how many, all as of one moment. Reads
    /// a thousand at a time: memory does not grow with the collection. `each` runs within a read
    /// transaction, which holds up the database's housekeeping, so it should not wait for anybody.
    pub fn each_feature(
        &self,
        viewer: &Viewer,
        collection: Collection,
        lang: &str,
        each: &mut dyn FnMut(Feature) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        self.store
            .read(|read| self.each_feature_in(read, viewer, collection, lang, each))
    }

    /// The same within a view of the state that others are asked of too.
    pub(crate) fn each_feature_in(
        &self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        collection: Collection,
        lang: &str,
        each: &mut dyn FnMut(Feature) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        let filter = Filter {
            kind: Some(collection.kind()),
            ..Filter::default()
        };
        let mut rows = Rows::new(collection, lang);
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self.page(read, viewer, &filter, Order::Id, after.as_ref(), AT_ONCE)?;
            for shown in page.rows {
                each(rows.feature(read, viewer, shown)?)?;
                count += 1;
            }
            after = page.next;
            if after.is_none() {
                return Ok(count);
            }
        }
    }
}

/// The one word, where there is one.
fn only(words: &[&'static str]) -> Option<String> {
    match words {
        [word] => Some((*word).to_owned()),
        _ => None,
    }
}

/// Whether the box around a geometry touches a box, which may cross the antimeridian.
fn touches(own: &Bounds, bbox: &Bounds) -> bool {
    let across = match bbox.west <= bbox.east {
        true => own.west <= bbox.east && own.east >= bbox.west,
        false => own.east >= bbox.west || own.west <= bbox.east,
    };
    across && own.south <= bbox.north && own.north >= bbox.south
}
