//! Features by where they are: pages in order of place, and how many match, from the places kept in
//! memory. Claims, findings and assessments are where their site is.

use super::kept::Make;
use super::row::Rows;
use super::{AT_ONCE, Collection, FeatureQuery, LOOKED_AT};
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::Shown;
use stele_model::place::Bounds;
use stele_model::{AnyId, Kind, Role, Word};
use stele_store::{After, Key, Pointer, Read, Spot};

/// Generalised places at the edge of a box that are looked at one by one to count what matches.
const UNSURE: usize = 200;

/// Where a page in order of place goes on: a site on the curve, and a record about it.
#[derive(Clone, Copy)]
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
pub(super) fn placing(collection: Collection) -> Kind {
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

/// Features of a page in order of place, and where the next one begins.
pub(super) struct Placed<T> {
    pub features: Vec<T>,
    pub next: Option<After>,
}

/// A page in order of place.
pub(super) fn page<M: Make>(
    read: &mut Read<'_>,
    viewer: &Viewer,
    collection: Collection,
    query: &FeatureQuery,
    (bbox, limit): (Bounds, usize),
    make: &mut M,
) -> Result<Placed<M::One>, Refusal> {
    let kind = placing(collection);
    let own = kind == collection.kind();
    let mut features = Vec::with_capacity(limit.min(AT_ONCE));
    let mut cursor = query.after.as_ref().map(Cursor::read).transpose()?;
    // The site in whose records the page before ended has more of them, perhaps.
    let mut open = cursor.filter(|c| c.record.is_some());
    if open.is_some() {
        cursor = cursor.map(|c| Cursor { record: None, ..c });
    }
    let mut next: Option<Cursor> = None;
    let mut looked_at = 0;
    loop {
        let wanted = (limit + 1 - features.len()).clamp(50, AT_ONCE);
        let after = cursor.map(|c| (c.key, c.site));
        let mut pointers: Vec<Pointer> = Vec::new();
        let spots = match open.take() {
            Some(c) => vec![c],
            None => {
                let found = read.places(kind, viewer.sight(), |places| {
                    places.page(bbox, after, wanted, &|s| may_pass(query, collection, s))
                })?;
                looked_at += found.len();
                if found.is_empty() {
                    return Ok(Placed {
                        features,
                        next: None,
                    });
                }
                pointers.extend(found.iter().map(|(_, spot)| spot.pointer()));
                let at = |(key, spot): (Key, Spot)| Cursor {
                    key,
                    site: spot.id,
                    record: None,
                };
                found.into_iter().map(at).collect()
            }
        };
        cursor = spots.last().map(|at| Cursor {
            record: None,
            ..*at
        });
        let is_full = |next: Option<Cursor>, features| Placed {
            features,
            next: next.map(|at| at.written()),
        };
        if own {
            for (at, one) in spots.iter().zip(make.of_all(read, viewer, &pointers)?) {
                if let Some(one) = one.filter(|one| make.passes(one, query)) {
                    if features.len() == limit {
                        return Ok(is_full(next, features));
                    }
                    features.push(one);
                }
                next = Some(*at);
            }
        } else {
            for mut at in spots {
                loop {
                    let (about, kind) = (Some(Role::About), collection.kind());
                    let found = read.referring(at.site, kind, about, at.record, 100)?;
                    looked_at += found.rows.len();
                    for stored in found.rows {
                        let record = Some(stored.id);
                        let one = make.of(read, viewer, stored)?;
                        if let Some(one) = one.filter(|one| make.passes(one, query)) {
                            if features.len() == limit {
                                return Ok(is_full(next, features));
                            }
                            features.push(one);
                        }
                        at.record = record;
                        next = Some(at);
                    }
                    if found.next.is_none() {
                        break;
                    }
                }
                if features.len() < limit {
                    next = Some(Cursor { record: None, ..at });
                }
            }
        }
        if looked_at >= LOOKED_AT {
            return Ok(is_full(next, features));
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
            let (mut count, unsure) =
                read.places(kind, viewer.sight(), |places| places.weigh(*bbox, UNSURE))?;
            if unsure.len() >= UNSURE {
                return Ok(None);
            }
            for stored in read.find_all(&unsure)? {
                if !stored.withdrawn {
                    let feature = rows.feature(read, viewer, Shown::of(viewer, stored))?;
                    count += u64::from(rows.passes(&feature, query));
                }
            }
            Ok(Some(count))
        }
        _ => Ok(None),
    }
}
