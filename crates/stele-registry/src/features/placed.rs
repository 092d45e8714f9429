//! Features by where they are: pages in order of place, and how many match, from the places kept in
//! memory. Claims, findings and assessments are where their site is.

use super::row::Rows;
use super::{AT_ONCE, Collection, FeaturePage, FeatureQuery, LOOKED_AT};
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, may_see};
use stele_model::place::Bounds;
use stele_model::{AnyId, Kind, Role, Word};
use stele_store::{After, Key, Read, Spot};

/// Things at the edge of a box that are looked at one by one to count what matches.
const EDGE: usize = 200;

/// Where a page in order of place goes on: a site on the curve, and a record about it.
struct Cursor {
    key: Key,
    site: AnyId,
    record: Option<AnyId>,
}

impl Cursor {
    fn read(after: &After) -> Result<Self, Refusal> {
        let bad = || {
            Refusal::field(
                "after",
                "does not continue this list; take it from the link to the next page as it is",
            )
        };
        let (key, site) = match after.key.split_once('.') {
            Some((key, site)) => (key, site.parse().map_err(|_| bad())?),
            None => (after.key.as_str(), after.id),
        };
        Ok(Cursor {
            key: Key(u64::from_str_radix(key, 16).map_err(|_| bad())?),
            site,
            record: after.key.contains('.').then_some(after.id),
        })
    }

    fn written(&self) -> After {
        match self.record {
            None => After {
                key: format!("{:016x}", self.key.0),
                id: self.site,
            },
            Some(record) => After {
                key: format!("{:016x}.{}", self.key.0, self.site),
                id: record,
            },
        }
    }
}

/// The kind of the things that place a collection's features.
fn placing(collection: Collection) -> Kind {
    match collection {
        Collection::Areas => Kind::Area,
        _ => Kind::Site,
    }
}

/// What a site's own spot tells about whether it is asked for.
fn may_pass(query: &FeatureQuery, collection: Collection, spot: &Spot) -> bool {
    let has = |words: &[&'static str], own: Option<&'static str>| {
        words.is_empty() || own.is_some_and(|own| words.contains(&own))
    };
    collection != Collection::Sites
        || (has(&query.facets, spot.category().map(Word::id))
            && has(&query.statuses, spot.status().map(Word::id)))
}

/// A page in order of place.
pub(super) fn page(
    read: &mut Read<'_>,
    viewer: &Viewer,
    query: &FeatureQuery,
    bbox: Bounds,
    limit: usize,
    rows: &mut Rows<'_>,
) -> Result<FeaturePage, Refusal> {
    let collection = rows.collection;
    let (kind, own) = (
        placing(collection),
        placing(collection) == collection.kind(),
    );
    let mut page = FeaturePage::default();
    let mut cursor = query.after.as_ref().map(Cursor::read).transpose()?;
    // The site in whose records the page before ended has more of them, perhaps.
    let mut open = cursor.take_if(|c| c.record.is_some());
    if let Some(c) = &open {
        cursor = Some(Cursor { record: None, ..*c });
    }
    let mut looked_at = 0;
    loop {
        let wanted = (limit + 1 - page.features.len()).clamp(50, AT_ONCE);
        let after = cursor.as_ref().map(|c| (c.key, c.site));
        let spots = match open.take() {
            Some(c) => vec![(c.key, c.site, c.record)],
            None => {
                let found = read.places(kind, viewer.sight(), |places| {
                    places.page(bbox, after, wanted, &|s| may_pass(query, collection, s))
                })?;
                looked_at += found.len();
                if found.is_empty() {
                    return Ok(FeaturePage { next: None, ..page });
                }
                found.into_iter().map(|(k, s)| (k, s.id, None)).collect()
            }
        };
        for (key, site, mut record) in spots {
            loop {
                let (found, more) = match own {
                    true => (read.find(site)?.into_iter().collect(), false),
                    false => {
                        let found = read.referring(
                            site,
                            collection.kind(),
                            Some(Role::About),
                            record,
                            100,
                        )?;
                        looked_at += found.rows.len();
                        (found.rows, found.next.is_some())
                    }
                };
                for stored in found {
                    let id = stored.id;
                    record = (!own).then_some(id);
                    if !stored.withdrawn && may_see(read, viewer, &stored)? {
                        let feature = rows.feature(read, viewer, Shown::of(viewer, stored))?;
                        if rows.passes(&feature, query) {
                            if page.features.len() == limit {
                                return Ok(page);
                            }
                            page.features.push(feature);
                        }
                    }
                    let at = Cursor { key, site, record };
                    page.next = Some(at.written());
                }
                if !more {
                    break;
                }
            }
            let at = Cursor {
                key,
                site,
                record: None,
            };
            if page.features.len() < limit {
                page.next = Some(at.written());
            }
            cursor = Some(at);
        }
        if looked_at >= LOOKED_AT {
            return Ok(page);
        }
    }
}

/// How many match in all, where that is kept or quickly counted.
pub(super) fn matched(
    read: &mut Read<'_>,
    viewer: &Viewer,
    query: &FeatureQuery,
    rows: &mut Rows<'_>,
) -> Result<Option<u64>, Refusal> {
    let (collection, kind) = (rows.collection, rows.collection.kind());
    let hides = matches!(collection, Collection::Findings | Collection::Assessments);
    if query.filter.is_some() || query.time.is_some() || (hides && !viewer.is_member()) {
        return Ok(None);
    }
    match (
        &query.bbox,
        query.facets.as_slice(),
        query.statuses.as_slice(),
    ) {
        (None, [], []) => Ok(Some(read.count(kind)?)),
        (None, words, []) | (None, [], words) => {
            let what = match query.facets.is_empty() {
                true => "status",
                false => "facet",
            };
            let tally = read.tally(kind, what)?.into_iter();
            let asked = tally.filter(|(word, _)| words.contains(&word.as_str()));
            Ok(Some(asked.map(|(_, n)| n).sum()))
        }
        (Some(bbox), [], []) if placing(collection) == kind => {
            let (inside, edge) =
                read.places(kind, viewer.sight(), |places| places.weigh(*bbox, EDGE))?;
            if edge.len() >= EDGE {
                return Ok(None);
            }
            let mut count = inside;
            for id in edge {
                if let Some(stored) = read.find(id)?.filter(|s| !s.withdrawn) {
                    let feature = rows.feature(read, viewer, Shown::of(viewer, stored))?;
                    count += u64::from(rows.passes(&feature, query));
                }
            }
            Ok(Some(count))
        }
        _ => Ok(None),
    }
}
