//! How many may be on no list: which parties name the things an aggregate is about, each for itself,
//! and how their lists overlap.

use crate::Registry;
use crate::account::Viewer;
use crate::coverage::{aggregate_of, counted_items, linked_by_hand, overlapping, within};
use crate::refusal::Refusal;
use crate::view::Titles;
use std::collections::{BTreeMap, BTreeSet};
use stele_model::reading::Role;
use stele_model::rules::unlisted::{ASSUMPTIONS, MOST_LISTS};
use stele_model::rules::{CannotEstimate, Level, Overlap, Unlisted, unlisted};
use stele_model::*;
use stele_store::Read;

/// What one voice names: a party, or several that belong together.
#[derive(Debug, Clone)]
pub struct PartyList {
    /// Whose list.
    pub parties: Vec<Id<Party>>,
    /// How many things are on it.
    pub things: u64,
}

/// How many may be on no list, or why that cannot be told.
#[derive(Debug, Clone)]
pub struct UnlistedView {
    /// The lists compared, longest first.
    pub lists: Vec<PartyList>,
    /// Lists left out because only so many are compared.
    pub left_out: usize,
    /// Things on two lists: the numbers of the lists (from 0) and how many.
    pub in_common: Vec<(usize, usize, u64)>,
    /// The estimate.
    pub estimate: Result<Unlisted, CannotEstimate>,
    /// Titles of everything named.
    pub titles: Titles,
}

impl UnlistedView {
    /// `{"lists", "in_common", "estimate" | "cannot", "assumptions"}`.
    pub fn to_json(&self) -> serde_json::Value {
        let lists: Vec<_> = self
            .lists
            .iter()
            .map(|l| {
                let names: Vec<String> = l.parties.iter().map(|p| self.titles.of(*p)).collect();
                serde_json::json!({"parties": l.parties, "names": names, "things": l.things})
            })
            .collect();
        let common: Vec<_> = self
            .in_common
            .iter()
            .map(|(a, b, n)| serde_json::json!({"lists": [a, b], "things": n}))
            .collect();
        let assumptions: Vec<_> = ASSUMPTIONS
            .iter()
            .map(|(name, sentence)| serde_json::json!({"name": name, "sentence": sentence}))
            .collect();
        let mut json =
            serde_json::json!({"lists": lists, "in_common": common, "assumptions": assumptions});
        match &self.estimate {
            Ok(estimate) => json["estimate"] = serde_json::to_value(estimate).unwrap_or_default(),
            Err(reason) => json["cannot"] = reason.to_string().into(),
        }
        json
    }
}

/// Most sites gone through for one estimate.
pub const MOST_COMPARED: usize = 5_000;

impl Registry {
    /// How many things like those of an aggregate may be on no list.
    ///
    /// A thing is on a party's list when the party claims something of it or uses a name for it, or
    /// when it was linked, other than by rule, as an item of an aggregate that the party claims.
    /// Parties of one voice have one list. Refused as too much when more than `most` sites lie in
    /// the aggregate's scope.
    pub fn unlisted(
        &self,
        viewer: &Viewer,
        aggregate: AnyId,
        most: usize,
        lang: &str,
    ) -> Result<UnlistedView, Refusal> {
        self.store.read(|read| {
            let things = named_things(read, viewer, aggregate, most.min(MOST_COMPARED))?;
            let parties: BTreeSet<Id<Party>> = things.values().flatten().copied().collect();
            let mut lists: Vec<(BTreeSet<Id<Party>>, BTreeSet<AnyId>)> = Vec::new();
            for voice in voices(read, &parties)? {
                let names = |by: &BTreeSet<Id<Party>>| !by.is_disjoint(&voice);
                let on = things.iter().filter(|(_, by)| names(by));
                let on = on.map(|(thing, _)| *thing).collect();
                lists.push((voice, on));
            }
            lists.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
            let left_out = lists.len().saturating_sub(MOST_LISTS);
            lists.truncate(MOST_LISTS);
            let mut overlap = Overlap::of(lists.len());
            for thing in things.keys() {
                let on = (0..lists.len()).filter(|i| lists[*i].1.contains(thing));
                overlap.add(&on.collect(), 1);
            }
            let in_common = (0..lists.len())
                .flat_map(|i| (i + 1..lists.len()).map(move |j| (i, j)))
                .map(|(i, j)| (i, j, overlap.on_all(&[i, j])))
                .collect();
            let mut titles = Titles::default();
            titles.meet(read, viewer, lang, parties.iter().map(|p| p.any()))?;
            let lists = lists.into_iter().map(|(parties, on)| PartyList {
                parties: parties.into_iter().collect(),
                things: on.len() as u64,
            });
            Ok(UnlistedView {
                lists: lists.collect(),
                left_out,
                in_common,
                estimate: unlisted(&overlap, Level::USUAL),
                titles,
            })
        })
    }
}

/// Each thing in the aggregate's scope, under the lowest id of those that are the same, with the
/// parties that name it.
fn named_things(
    read: &mut Read<'_>,
    viewer: &Viewer,
    aggregate: AnyId,
    most: usize,
) -> Result<BTreeMap<AnyId, BTreeSet<Id<Party>>>, Refusal> {
    let (_, body) = aggregate_of(read, viewer, aggregate)?;
    let mut scope: Vec<AnyId> = vec![aggregate];
    scope.extend(overlapping(read, viewer, aggregate)?.iter().map(|s| s.id));
    let mut named: BTreeMap<AnyId, BTreeSet<Id<Party>>> = BTreeMap::new();
    let mut sites: BTreeSet<AnyId> = BTreeSet::new();
    let too_many = || {
        Refusal::Unreadable(format!(
            "more than {most} sites lie in the aggregate's scope, more than are compared at once; choose an aggregate over smaller areas"
        ))
    };
    for one in scope {
        let items = counted_items(read, one, most)?;
        let claimants = read.said_of(one)?.claimants;
        let by_hand = linked_by_hand(read, one)?;
        for (site, same) in items {
            sites.insert(site);
            if !by_hand.is_disjoint(&same) {
                named.entry(site).or_default().extend(&claimants);
            }
        }
        if sites.len() > most {
            return Err(too_many());
        }
    }
    for area in within(read, &body.areas)? {
        let page = read.referring(area, Kind::Site, Some(Role::Within), None, MOST_COMPARED)?;
        if page.next.is_some() {
            return Err(too_many());
        }
        for stored in page.rows {
            if matches!(&stored.body, Body::Site(site) if body.category.includes(site.category)) {
                sites.insert(stored.id);
            }
        }
        if sites.len() > most {
            return Err(too_many());
        }
    }
    let mut things: BTreeMap<AnyId, BTreeSet<Id<Party>>> = BTreeMap::new();
    for site in sites {
        let same = read.same_as(site)?;
        let by = things
            .entry(same.first().copied().unwrap_or(site))
            .or_default();
        by.extend(named.remove(&site).unwrap_or_default());
        for one in same {
            let Some(Body::Site(body)) = read.find(one)?.filter(|s| !s.withdrawn).map(|s| s.body)
            else {
                continue;
            };
            by.extend(body.names.iter().filter_map(|name| name.by));
            let claims = read.referring(one, Kind::Claim, Some(Role::About), None, 200)?;
            for claim in claims.rows {
                if let Body::Claim(claim) = claim.body {
                    by.insert(claim.party);
                }
            }
        }
    }
    things.retain(|_, by| !by.is_empty());
    Ok(things)
}

/// Parties by voice: those that belong together have one list between them.
fn voices(
    read: &mut Read<'_>,
    parties: &BTreeSet<Id<Party>>,
) -> Result<Vec<BTreeSet<Id<Party>>>, Refusal> {
    let all: Vec<Id<Party>> = parties.iter().copied().collect();
    let affiliations = read.affiliations(&all)?;
    let mut voices: Vec<BTreeSet<Id<Party>>> = Vec::new();
    for party in all {
        let one_voice =
            |voice: &BTreeSet<Id<Party>>| voice.iter().any(|p| affiliations.one_voice(*p, party));
        let (together, apart): (Vec<_>, Vec<_>) = voices.into_iter().partition(one_voice);
        voices = apart;
        let mut one: BTreeSet<Id<Party>> = together.into_iter().flatten().collect();
        one.insert(party);
        voices.push(one);
    }
    Ok(voices)
}
