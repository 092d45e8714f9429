//! Features as they are written, kept while the state is as it was: a page of a box that was asked for
//! before is put together without reading a record.
//!
//! What is kept was made from [`Shown`] for one sight and language, and is given to no other. All of it
//! goes when an entry is added to any log: a feature names other records, and any may change what it shows.

use super::row::Rows;
use super::{Feature, FeatureQuery, Value, touches};
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, may_see};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};
use stele_formats::geojson::Writing;
use stele_model::AnyId;
use stele_model::place::Bounds;
use stele_store::{Pointer, Read, Sight, StateOf, Stored};

/// Bytes of features that are kept.
const KEPT_BYTES: usize = 96 << 20;
/// A feature larger than this is not kept: outlines of a coast would push out thousands of others.
const LARGEST_BYTES: usize = 16 << 10;
/// Bytes of a position, about.
const POSITION_BYTES: usize = 20;
/// Bytes of a feature, about.
const USUAL_BYTES: usize = 800;
/// What one costs beside its bytes.
const BESIDE_BYTES: usize = 120;
/// Titles kept of what features name.
const MOST_TITLES: usize = 20_000;

/// Features as they were written one after another, for one page; they are let go together.
struct Batch {
    json: Vec<u8>,
    parts: Vec<Part>,
}

/// Where a feature stands in its batch.
struct Part {
    id: AnyId,
    json: Range<usize>,
    /// The box around its geometry.
    bounds: Option<Bounds>,
}

/// A feature, written.
#[derive(Clone)]
pub(super) struct Written {
    batch: Arc<Batch>,
    at: usize,
}

impl Written {
    pub fn json(&self) -> &[u8] {
        let part = self.batch.parts.get(self.at);
        let json = part.and_then(|part| self.batch.json.get(part.json.clone()));
        json.unwrap_or_default()
    }

    fn bounds(&self) -> Option<Bounds> {
        self.batch.parts.get(self.at).and_then(|part| part.bounds)
    }
}

/// Features kept.
#[derive(Default)]
pub(crate) struct Kept(RwLock<Shelf>);

#[derive(Default)]
struct Shelf {
    as_of: StateOf,
    bytes: usize,
    readers: HashMap<Arc<Reader>, OfReader>,
    /// Whatever is kept, in no order.
    batches: Vec<(Arc<Reader>, Arc<Batch>)>,
    /// Which of them is let go next.
    turn: u64,
}

/// Whose eyes, and in which language: what is made for one is given to no other.
type Reader = (Sight, String);

/// Titles of records that features name.
pub(super) type Known = Arc<HashMap<AnyId, Arc<str>>>;

#[derive(Default)]
struct OfReader {
    written: HashMap<AnyId, Written>,
    titles: Known,
}

impl Kept {
    /// What is kept of these, in this order.
    fn get(&self, reader: &Reader, as_of: StateOf, asked: &[Pointer]) -> Vec<Option<Written>> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_reader = shelf.of(reader, as_of);
        let get = |at: &Pointer| of_reader.and_then(|kept| kept.written.get(&at.id).cloned());
        asked.iter().map(get).collect()
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
        made: &Arc<Batch>,
        titles: &HashMap<AnyId, Arc<str>>,
    ) {
        // What is let go is dropped when others may read again: after the lock.
        let (mut before, mut gone) = (Shelf::default(), Vec::new());
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // A view may be older than another's that was kept for.
        if shelf.as_of > as_of {
            return;
        }
        if shelf.as_of < as_of {
            std::mem::swap(&mut *shelf, &mut before);
            shelf.as_of = as_of;
        }
        if !made.parts.is_empty() {
            shelf.put(reader, made.clone());
        }
        while shelf.bytes > KEPT_BYTES
            && let Some(batch) = shelf.let_one_go()
        {
            gone.push(batch);
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

impl Batch {
    /// What it costs.
    fn bytes(&self) -> usize {
        self.json.capacity() + self.parts.len() * BESIDE_BYTES
    }
}

impl Shelf {
    fn of(&self, reader: &Reader, as_of: StateOf) -> Option<&OfReader> {
        let is_current = self.as_of == as_of;
        self.readers.get(reader).filter(|_| is_current)
    }

    fn put(&mut self, reader: &Reader, batch: Arc<Batch>) {
        let reader = match self.readers.get_key_value(reader) {
            Some((known, _)) => known.clone(),
            None => Arc::new(reader.clone()),
        };
        let of_reader = self.readers.entry(reader.clone()).or_default();
        let written = batch.parts.iter().enumerate().map(|(at, part)| {
            let batch = batch.clone();
            (part.id, Written { batch, at })
        });
        of_reader.written.extend(written);
        self.bytes += batch.bytes();
        self.batches.push((reader, batch));
    }

    /// Lets one batch go, whichever: were it the oldest, a walk over more than fits would find nothing of what
    /// it had left behind. One at a time: while half of all went at once, everybody waited.
    fn let_one_go(&mut self) -> Option<Arc<Batch>> {
        let turn = self.turn.wrapping_mul(0x5851_f42d_4c95_7f2d);
        self.turn = turn.wrapping_add(0x1405_7b7e_f767_814f);
        if self.batches.is_empty() {
            return None;
        }
        let at = (self.turn >> 33) as usize % self.batches.len();
        let (reader, batch) = self.batches.swap_remove(at);
        self.bytes -= batch.bytes();
        let kept = self.readers.get_mut(&reader)?;
        for part in &batch.parts {
            // Made twice at the same time, it is kept of one of the two.
            let is_its = |kept: &Written| Arc::ptr_eq(&kept.batch, &batch);
            if kept.written.get(&part.id).is_some_and(is_its) {
                kept.written.remove(&part.id);
            }
        }
        if kept.written.is_empty() {
            self.readers.remove(&reader);
        }
        Some(batch)
    }
}

/// Whether it is too large to be kept.
fn is_large(feature: &Feature) -> bool {
    let texts = feature.values.iter().flatten().map(|value| match value {
        Value::Text(text) => text.len(),
        _ => 0,
    });
    let texts: usize = texts.sum();
    let most = LARGEST_BYTES.saturating_sub(texts) / POSITION_BYTES;
    let geometry = feature.geometry.as_ref();
    geometry.is_some_and(|geometry| geometry.positions().nth(most).is_some())
        || texts > LARGEST_BYTES
}

/// How a page's features are made of records.
pub(super) trait Make {
    /// A feature made.
    type One;
    /// Those of these records, each once, in this order; none of what is not there or may not be seen.
    fn of_all(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        asked: &[Pointer],
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

    fn of_all(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        asked: &[Pointer],
    ) -> Result<Vec<Option<Feature>>, Refusal> {
        let order = asked.iter().map(|at| at.id).zip(0..);
        let order: HashMap<AnyId, usize> = order.collect();
        let mut made: Vec<Option<Feature>> = vec![None; asked.len()];
        for stored in read.find_at(asked)? {
            let slot = order.get(&stored.id).and_then(|at| made.get_mut(*at));
            if let Some(slot) = slot {
                *slot = self.of(read, viewer, stored)?;
            }
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

    /// Features one after another.
    fn batch(&self, features: impl ExactSizeIterator<Item = Feature>) -> Arc<Batch> {
        let mut batch = Batch {
            json: Vec::with_capacity(features.len() * USUAL_BYTES),
            parts: Vec::with_capacity(features.len()),
        };
        for feature in features {
            let from = batch.json.len();
            self.writing.feature(&mut batch.json, &feature, None);
            batch.parts.push(Part {
                id: feature.id,
                json: from..batch.json.len(),
                bounds: feature.geometry.as_ref().and_then(|g| g.bounds()),
            });
        }
        Arc::new(batch)
    }

    /// One feature, not to be kept.
    fn written(&self, feature: Feature) -> Written {
        let batch = self.batch(std::iter::once(feature));
        Written { batch, at: 0 }
    }
}

impl Make for Writer<'_> {
    type One = Written;

    fn of_all(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        asked: &[Pointer],
    ) -> Result<Vec<Option<Written>>, Refusal> {
        let mut all = self.kept.get(&self.reader, self.as_of, asked);
        let lacking = || asked.iter().zip(&all).filter(|(_, kept)| kept.is_none());
        let lacking: Vec<Pointer> = lacking().map(|(at, _)| *at).collect();
        if lacking.is_empty() {
            return Ok(all);
        }
        let made = self.rows.of_all(read, viewer, &lacking)?;
        let (large, made): (Vec<Feature>, Vec<Feature>) =
            made.into_iter().flatten().partition(is_large);
        let batch = self.batch(made.into_iter());
        self.kept
            .put(&self.reader, self.as_of, &batch, &self.rows.titles);
        let (mut large, mut at) = (large.into_iter().peekable(), 0);
        for (pointer, one) in asked.iter().zip(&mut all).filter(|(_, one)| one.is_none()) {
            if batch
                .parts
                .get(at)
                .is_some_and(|part| part.id == pointer.id)
            {
                let batch = batch.clone();
                *one = Some(Written { batch, at });
                at += 1;
            } else if let Some(feature) = large.next_if(|feature| feature.id == pointer.id) {
                *one = Some(self.written(feature));
            }
        }
        Ok(all)
    }

    fn of(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        stored: Stored,
    ) -> Result<Option<Written>, Refusal> {
        let made = self.rows.of(read, viewer, stored)?;
        Ok(made.map(|feature| self.written(feature)))
    }

    fn passes(&self, one: &Written, query: &FeatureQuery) -> bool {
        query
            .bbox
            .is_none_or(|bbox| one.bounds().is_some_and(|own| touches(&own, &bbox)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH_BYTES: usize = 1 << 20;

    fn reader(lang: &str) -> Reader {
        (Sight::Shown, lang.to_owned())
    }

    fn id(n: usize) -> AnyId {
        AnyId::from_bytes((n as u128).to_be_bytes())
    }

    /// Two features that take a mebibyte together.
    fn batch(first: usize) -> Arc<Batch> {
        let json = vec![b' '; BATCH_BYTES - 2 * BESIDE_BYTES];
        let part = |n: usize| Part {
            id: id(n),
            json: n - first..n - first + 1,
            bounds: None,
        };
        let parts = vec![part(first), part(first + 1)];
        Arc::new(Batch { json, parts })
    }

    #[test]
    fn what_is_kept_has_a_limit_and_belongs_to_one_reader() {
        let (kept, as_of, none) = (Kept::default(), StateOf::default(), HashMap::new());
        let fit = KEPT_BYTES / BATCH_BYTES;
        for n in 0..2 * fit {
            let lang = if n % 2 == 0 { "en" } else { "az" };
            kept.put(&reader(lang), as_of, &batch(2 * n), &none);
        }
        let asked: Vec<Pointer> = (0..4 * fit).map(|n| id(n).into()).collect();
        let count = |lang| {
            let got = kept.get(&reader(lang), as_of, &asked);
            got.iter().flatten().count()
        };
        assert_eq!(count("en") + count("az"), 2 * fit);
        assert!(count("en") > fit / 2 && count("az") > fit / 2);
        assert_eq!(count("ru"), 0);
        let shelf = kept.0.read().unwrap();
        assert_eq!((shelf.bytes, shelf.batches.len()), (fit * BATCH_BYTES, fit));
    }

    #[test]
    fn what_was_made_twice_is_there_while_one_of_the_two_is() {
        let mut shelf = Shelf::default();
        let of = reader("en");
        shelf.put(&of, batch(0));
        shelf.put(&of, batch(1));
        let has = |shelf: &Shelf, n: usize| {
            let of_reader = shelf.readers.get(&of);
            of_reader.is_some_and(|kept| kept.written.contains_key(&id(n)))
        };
        // The later has the one that both have.
        shelf.batches.swap(0, 1);
        let later = shelf.batches.split_off(1);
        assert!(shelf.let_one_go().is_some());
        assert!(has(&shelf, 0) && !has(&shelf, 1) && !has(&shelf, 2));
        shelf.batches = later;
        assert!(shelf.let_one_go().is_some());
        assert!(shelf.readers.is_empty() && shelf.bytes == 0);
        assert!(shelf.let_one_go().is_none());
    }

    #[test]
    fn a_later_state_has_nothing_of_an_earlier_one() {
        let (kept, none) = (Kept::default(), HashMap::new());
        let states = crate::age::states();
        for (at, as_of) in states.iter().enumerate() {
            kept.put(&reader("en"), *as_of, &batch(10 * at), &none);
        }
        let has = |as_of, n| kept.get(&reader("en"), as_of, &[id(n).into()])[0].is_some();
        assert!(has(states[1], 10) && !has(states[1], 0) && !has(states[0], 0));
        // A view from before changes nothing.
        kept.put(&reader("en"), states[0], &batch(20), &none);
        assert!(!has(states[0], 20) && has(states[1], 10));
    }
}
