//! Features as they are written, kept while the state is as it was: a page of a box that was asked for
//! before is put together without reading a record.
//!
//! What is kept was made from [`Shown`] for one sight and language, and is given to no other. All of it
//! goes when an entry is added to any log: a feature names other records, and any may change what it shows.

use super::row::Rows;
use super::{Feature, FeatureQuery, touches};
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, may_see};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use stele_formats::geojson::Writing;
use stele_model::AnyId;
use stele_model::place::Bounds;
use stele_store::{Read, Sight, StateOf, Stored};

/// Bytes of features that are kept.
const KEPT_BYTES: usize = 96 << 20;
/// A feature larger than this is not kept: outlines of a coast would push out thousands of others.
const LARGEST_BYTES: usize = 16 << 10;
/// What one costs beside its bytes.
const BESIDE_BYTES: usize = 120;
/// Titles kept of what features name.
const MOST_TITLES: usize = 20_000;

/// A feature, written.
pub(super) struct Written {
    pub json: Box<[u8]>,
    /// The box around its geometry.
    bounds: Option<Bounds>,
}

/// Features kept.
#[derive(Default)]
pub(crate) struct Kept(RwLock<Shelf>);

#[derive(Default)]
struct Shelf {
    as_of: StateOf,
    bytes: usize,
    /// How often half of them was let go.
    halved: u64,
    readers: HashMap<Reader, OfReader>,
}

/// Whose eyes, and in which language: what is made for one is given to no other.
type Reader = (Sight, String);

/// Titles of records that features name.
pub(super) type Known = Arc<HashMap<AnyId, Arc<str>>>;

#[derive(Default)]
struct OfReader {
    written: HashMap<AnyId, Arc<Written>>,
    titles: Known,
}

impl Kept {
    /// What is kept of these, in this order.
    fn get(&self, reader: &Reader, as_of: StateOf, ids: &[AnyId]) -> Vec<Option<Arc<Written>>> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_reader = shelf.of(reader, as_of);
        let get = |id| of_reader.and_then(|kept| kept.written.get(id).cloned());
        ids.iter().map(get).collect()
    }

    fn titles(&self, reader: &Reader, as_of: StateOf) -> Known {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_reader = shelf.of(reader, as_of);
        of_reader.map_or_else(Known::default, |kept| kept.titles.clone())
    }

    fn put(
        &self,
        reader: &Reader,
        as_of: StateOf,
        made: &[(AnyId, Arc<Written>)],
        titles: &HashMap<AnyId, Arc<str>>,
    ) {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // A view may be older than another's that was kept for.
        if shelf.as_of > as_of {
            return;
        }
        if shelf.as_of < as_of {
            *shelf = Shelf {
                as_of,
                ..Shelf::default()
            };
        }
        for (id, written) in made {
            let bytes = written.bytes();
            if bytes > LARGEST_BYTES {
                continue;
            }
            if shelf.bytes + bytes > KEPT_BYTES {
                shelf.halve();
            }
            let of_reader = shelf.readers.entry(reader.clone()).or_default();
            if of_reader.written.insert(*id, written.clone()).is_none() {
                shelf.bytes += bytes;
            }
        }
        if let Some(of_reader) = shelf.readers.get_mut(reader) {
            let is_new = |id| !of_reader.titles.contains_key(id);
            if of_reader.titles.len() < MOST_TITLES && titles.keys().any(is_new) {
                let titles = titles.iter().map(|(id, title)| (*id, title.clone()));
                Arc::make_mut(&mut of_reader.titles).extend(titles);
            }
        }
    }
}

impl Written {
    /// What it costs.
    fn bytes(&self) -> usize {
        self.json.len() + BESIDE_BYTES
    }
}

impl Shelf {
    fn of(&self, reader: &Reader, as_of: StateOf) -> Option<&OfReader> {
        let is_current = self.as_of == as_of;
        self.readers.get(reader).filter(|_| is_current)
    }

    /// Lets half of them go, whichever: were it the oldest, a walk over more than fits would find nothing
    /// of what it had left behind.
    fn halve(&mut self) {
        self.halved += 1;
        let turn = self.halved.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut bytes = 0;
        for kept in self.readers.values_mut() {
            kept.written.retain(|id, written| {
                let [.., a, b, c, d, e, f, g, h] = *id.as_bytes();
                let mixed = u64::from_be_bytes([a, b, c, d, e, f, g, h]).wrapping_mul(turn);
                let stays = mixed >> 63 == 1;
                bytes += usize::from(stays) * written.bytes();
                stays
            });
        }
        self.readers.retain(|_, kept| !kept.written.is_empty());
        self.bytes = bytes;
    }
}

/// How a page's features are made of records.
pub(super) trait Make {
    /// A feature made.
    type One;
    /// Those of these records, in this order; none of what is not there or may not be seen.
    fn of_ids(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        ids: &[AnyId],
    ) -> Result<Vec<Option<Self::One>>, Refusal>;
    /// That of a record, where it may be seen.
    fn of(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        stored: Stored,
    ) -> Result<Option<Self::One>, Refusal>;
    /// Whether it is asked for.
    fn passes(&self, one: &Self::One, query: &FeatureQuery) -> bool;
}

impl Make for Rows<'_> {
    type One = Feature;

    fn of_ids(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        ids: &[AnyId],
    ) -> Result<Vec<Option<Feature>>, Refusal> {
        let mut found: HashMap<AnyId, Stored> = HashMap::with_capacity(ids.len());
        found.extend(read.find_all(ids)?.into_iter().map(|s| (s.id, s)));
        let mut made = Vec::with_capacity(ids.len());
        for id in ids {
            made.push(match found.remove(id) {
                Some(stored) => self.of(read, viewer, stored)?,
                None => None,
            });
        }
        Ok(made)
    }

    fn of(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        stored: Stored,
    ) -> Result<Option<Feature>, Refusal> {
        match !stored.withdrawn && may_see(read, viewer, &stored)? {
            true => Ok(Some(self.feature(
                read,
                viewer,
                Shown::of(viewer, stored),
            )?)),
            false => Ok(None),
        }
    }

    fn passes(&self, one: &Feature, query: &FeatureQuery) -> bool {
        Rows::passes(self, one, query)
    }
}

/// Makes features as they are written, of those kept where it can.
pub(super) struct Writer<'a> {
    pub rows: Rows<'a>,
    writing: &'a Writing<'a>,
    kept: &'a Kept,
    reader: Reader,
    as_of: StateOf,
}

impl<'a> Writer<'a> {
    /// One for whole features only ([`Writing::is_whole`]), within this view of the state.
    pub fn new(
        read: &mut Read<'_>,
        viewer: &Viewer,
        mut rows: Rows<'a>,
        writing: &'a Writing<'a>,
        kept: &'a Kept,
    ) -> Result<Self, Refusal> {
        let reader = (viewer.sight(), rows.lang.to_owned());
        let as_of = read.state_of()?;
        rows.known = kept.titles(&reader, as_of);
        Ok(Writer {
            rows,
            writing,
            kept,
            reader,
            as_of,
        })
    }

    fn written(&self, feature: &Feature) -> Arc<Written> {
        let mut json = Vec::with_capacity(1_024);
        self.writing.feature(&mut json, feature, None);
        Arc::new(Written {
            json: json.into_boxed_slice(),
            bounds: feature.geometry.as_ref().and_then(|g| g.bounds()),
        })
    }
}

impl Make for Writer<'_> {
    type One = Arc<Written>;

    fn of_ids(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        ids: &[AnyId],
    ) -> Result<Vec<Option<Arc<Written>>>, Refusal> {
        let mut all = self.kept.get(&self.reader, self.as_of, ids);
        let lacking = || ids.iter().zip(&all).filter(|(_, kept)| kept.is_none());
        let lacking: Vec<AnyId> = lacking().map(|(id, _)| *id).collect();
        if lacking.is_empty() {
            return Ok(all);
        }
        let made = self
            .rows
            .of_ids(read, viewer, &lacking)?
            .into_iter()
            .flatten();
        let made: Vec<(AnyId, Arc<Written>)> = made
            .map(|feature| (feature.id, self.written(&feature)))
            .collect();
        self.kept
            .put(&self.reader, self.as_of, &made, &self.rows.titles);
        let mut made = made.into_iter().peekable();
        for (id, one) in ids.iter().zip(&mut all).filter(|(_, one)| one.is_none()) {
            *one = made.next_if(|(of, _)| of == id).map(|(_, written)| written);
        }
        Ok(all)
    }

    fn of(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        stored: Stored,
    ) -> Result<Option<Arc<Written>>, Refusal> {
        let made = self.rows.of(read, viewer, stored)?;
        Ok(made.map(|feature| self.written(&feature)))
    }

    fn passes(&self, one: &Arc<Written>, query: &FeatureQuery) -> bool {
        query
            .bbox
            .is_none_or(|bbox| one.bounds.is_some_and(|own| touches(&own, &bbox)))
    }
}
