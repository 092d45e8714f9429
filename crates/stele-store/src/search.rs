//! Searching: the words of a query against the index of [`crate::names`], narrowed, ranked, counted.
//!
//! Work is bounded whatever is asked: a query has so many words, a word so many that are like it, and
//! so many records are looked at. What the bound cut off is said ([`Tallies::cut`]), never guessed.
//! Knows no viewer: which records are left out, and whether a place is compared as it is or as it is
//! shown, the registry says.

use crate::engine::{first, rows};
use crate::error::StoreError;
use crate::read::{Filter, Order, Read, Stored};
use std::collections::{BTreeMap, BTreeSet};
use stele_model::{AnyId, Kind};

mod best;
mod candidates;
mod narrow;
mod pool;
mod rank;

pub use narrow::{Narrow, Near, Sight};

use candidates::{Candidate, tallied};
use rank::Query;

/// Records ranked where nothing has to be counted.
const RANKED: usize = 200;
/// Records looked at to narrow and to count.
pub const LOOKED_AT: usize = 10_000;
/// Hits so few that records with only some of the words are shown as well.
const FEW: usize = 5;

/// What is sought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sought {
    /// The words; none to browse.
    pub text: String,
    /// What it is narrowed by.
    pub narrow: Narrow,
}

/// A record found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The record.
    pub stored: Stored,
    /// Which of its names matched best, where a name did.
    pub name: Option<usize>,
    /// How well, 0 to 1.
    pub score: f32,
}

/// Records found, best first; by title where no words were given.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The records of this page.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
    /// Whether none had all the words, so that these have some of them.
    pub partial: bool,
}

/// How many records there are of each kind, category and so on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Records found.
    pub total: u64,
    /// Whether there may be more than were looked at.
    pub cut: bool,
    /// By kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// By kind and word of its own.
    pub facets: BTreeMap<(Kind, String), u64>,
    /// By status.
    pub statuses: BTreeMap<String, u64>,
    /// By party.
    pub parties: BTreeMap<AnyId, u64>,
    /// By area.
    pub areas: BTreeMap<AnyId, u64>,
}

struct Ranked {
    id: AnyId,
    name: Option<usize>,
    score: f32,
}

impl Read<'_> {
    /// The records sought, best first, from `skip` on.
    pub fn search(
        &mut self,
        sought: &Sought,
        skip: usize,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let query = self.query(&sought.text)?;
        let narrow = &sought.narrow;
        let (ranked, partial) = if query.is_empty() {
            if let Some(found) = self.browse_kind(narrow, skip, limit)? {
                return Ok(found);
            }
            let (candidates, _) = self.candidates(&query, narrow)?;
            (by_title(candidates), false)
        } else if narrow.looks_further() {
            let (candidates, _) = self.candidates(&query, narrow)?;
            (ranked(&query, &candidates), false)
        } else {
            self.best(&query, narrow, skip + limit)?
        };
        self.page(ranked, partial, skip, limit)
    }

    /// The same, with counts of everything found.
    pub fn search_counted(
        &mut self,
        sought: &Sought,
        skip: usize,
        limit: usize,
    ) -> Result<(Found, Tallies), StoreError> {
        let query = self.query(&sought.text)?;
        let narrow = &sought.narrow;
        if query.is_empty()
            && let Some(found) = self.browse_kind(narrow, skip, limit)?
        {
            let tallies = self.kept_tallies(narrow)?;
            return Ok((found, tallies));
        }
        if let Some(tallies) = self.tallies_of(&query, narrow)? {
            let (ranked, partial) = self.best(&query, narrow, skip + limit)?;
            return Ok((self.page(ranked, partial, skip, limit)?, tallies));
        }
        let (candidates, cut) = self.candidates(&query, narrow)?;
        let tallies = tallied(&candidates, cut);
        let found = if query.is_empty() {
            self.page(by_title(candidates), false, skip, limit)?
        } else if candidates.len() >= FEW || narrow.looks_further() {
            self.page(ranked(&query, &candidates), false, skip, limit)?
        } else {
            let (ranked, partial) = self.best(&query, narrow, skip + limit)?;
            self.page(ranked, partial, skip, limit)?
        };
        Ok((found, tallies))
    }

    /// An area and those within it, as deep as they go, with what is linked to any of them as the same: lists
    /// call one region by several names. So many at most.
    pub fn areas_within(&mut self, area: AnyId, most: usize) -> Result<Vec<AnyId>, StoreError> {
        let mut known = BTreeSet::from([area]);
        let mut all = vec![area];
        let mut next = 0;
        while let Some(here) = all.get(next).copied() {
            next += 1;
            let inner = "SELECT src FROM ref WHERE dst = $1 AND kind = 'area' AND role = 'within' ORDER BY src";
            let inner = rows(self.0, inner, &[here.into()])?;
            let mut found = inner
                .iter()
                .map(|row| row.id(0))
                .collect::<Result<Vec<_>, _>>()?;
            // Few areas are linked to anything.
            let linked = "SELECT 1 FROM ref WHERE dst = $1 AND kind = 'link' LIMIT 1";
            if first(self.0, linked, &[here.into()])?.is_some() {
                found.extend(self.same_as(here)?);
            }
            found.retain(|id| known.insert(*id));
            all.extend(found.into_iter().take(most.saturating_sub(all.len())));
        }
        Ok(all)
    }

    fn query(&mut self, text: &str) -> Result<Query, StoreError> {
        let lexicon = self.1;
        let mut query = lexicon.with(self.0, |words| Query::of(text, words))?;
        if !query.is_empty()
            && let Some(postings) = lexicon.postings(self.0)?
        {
            query.weigh(&postings);
        }
        Ok(query)
    }

    fn page(
        &mut self,
        ranked: Vec<Ranked>,
        partial: bool,
        skip: usize,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let more = ranked.len() > skip + limit;
        let mut hits = Vec::with_capacity(limit.min(ranked.len()));
        for one in ranked.into_iter().skip(skip).take(limit) {
            if let Some(stored) = self.find(one.id)? {
                hits.push(Hit {
                    stored,
                    name: one.name,
                    score: one.score,
                });
            }
        }
        Ok(Found {
            hits,
            more,
            partial,
        })
    }

    /// Where nothing is asked but a kind and its words, its list is in order already, and counted.
    fn browse_kind(
        &mut self,
        narrow: &Narrow,
        skip: usize,
        limit: usize,
    ) -> Result<Option<Found>, StoreError> {
        let plain = narrow.areas.is_empty()
            && narrow.party.is_none()
            && narrow.facets.len() < 2
            && !narrow.is_placed()
            && narrow.from_day.is_none()
            && narrow.to_day.is_none();
        let hides = narrow
            .hidden
            .iter()
            .any(|(kind, _)| Some(*kind) == narrow.kind);
        if !plain || hides || narrow.kind.is_none() {
            return Ok(None);
        }
        let filter = Filter {
            kind: narrow.kind,
            facet: narrow.facets.first().cloned(),
            status: narrow.status.clone(),
            ..Filter::default()
        };
        let page = self.list(&filter, Order::Title, None, (skip + limit).min(LOOKED_AT))?;
        let hits = page.rows.into_iter().skip(skip).map(|stored| Hit {
            stored,
            name: None,
            score: 0.0,
        });
        Ok(Some(Found {
            hits: hits.collect(),
            more: page.next.is_some(),
            partial: false,
        }))
    }

    fn kept_tallies(&mut self, narrow: &Narrow) -> Result<Tallies, StoreError> {
        let mut tallies = Tallies::default();
        let Some(kind) = narrow.kind else {
            return Ok(tallies);
        };
        if narrow.facets.is_empty() && narrow.status.is_none() {
            tallies.total = self.count(kind)?;
            for (facet, n) in self.tally(kind, "facet")? {
                tallies.facets.insert((kind, facet), n);
            }
            tallies.statuses = self.tally(kind, "status")?.into_iter().collect();
            tallies.statuses.remove("");
        } else {
            let (candidates, cut) = self.browsed(narrow)?;
            tallies = tallied(&candidates, cut);
        }
        tallies.kinds.insert(kind, tallies.total);
        Ok(tallies)
    }
}

fn by_title(mut candidates: Vec<Candidate>) -> Vec<Ranked> {
    candidates.sort_unstable_by(|a, b| a.title.cmp(&b.title).then(a.id.cmp(&b.id)));
    candidates
        .into_iter()
        .map(|c| Ranked {
            id: c.id,
            name: None,
            score: 0.0,
        })
        .collect()
}

fn ranked(query: &Query, candidates: &[Candidate]) -> Vec<Ranked> {
    let mut ranker = query.ranker();
    let mut ranked: Vec<Ranked> = candidates
        .iter()
        .map(|c| {
            let (score, name) = ranker.score(&c.names, rank::Match::All);
            Ranked {
                id: c.id,
                name,
                score,
            }
        })
        .collect();
    sort(&mut ranked);
    ranked
}

fn sort(ranked: &mut [Ranked]) {
    ranked.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
}
