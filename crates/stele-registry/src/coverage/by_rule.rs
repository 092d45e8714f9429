//! Linking items to an aggregate by rule: every site of its category in its areas and the areas within
//! them. Shown first, then recorded as one act, and undone as one act.

use super::{Registry, aggregate_of, standing_items, within};
use crate::account::{Account, Viewer};
use crate::clock;
use crate::record::Receipt;
use crate::refusal::Refusal;
use crate::view::{Shown, Titles, may_see};
use std::collections::{BTreeMap, BTreeSet};
use stele_model::reading::Role;
use stele_model::*;
use stele_store::Read;

/// How the reason of a link made by rule begins. Who is linked so was not named by the claimant.
const BY_RULE: &str = "linked by rule: ";

/// Most links of one act by rule.
const MOST_LINKED: usize = 20_000;
/// Sites shown before they are linked.
const PREVIEW: usize = 200;

/// Links that came with one act and still stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Clock and node of the act.
    pub stamp: String,
    /// How many of its links stand.
    pub links: usize,
}

/// What linking by rule would do.
#[derive(Debug, Clone)]
pub struct RuleView {
    /// The aggregate.
    pub aggregate: Shown,
    /// The first sites that would be linked.
    pub sites: Vec<Shown>,
    /// How many would be linked.
    pub count: usize,
    /// How many of the rule's sites are items already.
    pub linked: usize,
    /// How many areas are looked in, those within them counted.
    pub areas: usize,
    /// Acts that linked several items, whose links can be undone together.
    pub acts: Vec<Act>,
    /// Titles of everything named.
    pub titles: Titles,
}

impl Registry {
    /// The sites that linking by rule would link, for a page to show.
    pub fn by_rule(
        &self,
        viewer: &Viewer,
        aggregate: AnyId,
        lang: &str,
    ) -> Result<RuleView, Refusal> {
        self.store.read(|read| {
            let (shown, body) = aggregate_of(read, viewer, aggregate)?;
            let areas = within(read, &body.areas)?;
            let found = matching(read, &body, &areas)?;
            let links = all_links(read, aggregate)?;
            let known: BTreeSet<AnyId> = links.iter().map(|(_, link)| link.from).collect();
            let fresh: Vec<AnyId> = found.difference(&known).copied().collect();
            let mut sites = Vec::new();
            for id in fresh.iter().take(PREVIEW) {
                if let Some(stored) = read.find(*id)?
                    && may_see(read, viewer, &stored)?
                {
                    sites.push(Shown::of(viewer, stored));
                }
            }
            sites.sort_by_key(|s| (search_key(&s.title(lang)), s.id));
            let mut acts: BTreeMap<String, usize> = BTreeMap::new();
            for (first, _) in links {
                *acts.entry(first).or_default() += 1;
            }
            let mut titles = Titles::default();
            titles.meet_all(read, viewer, lang, &[&shown])?;
            titles.meet_all(read, viewer, lang, &sites.iter().collect::<Vec<_>>())?;
            Ok(RuleView {
                aggregate: shown,
                sites,
                count: fresh.len(),
                linked: found.intersection(&known).count(),
                areas: areas.len(),
                acts: acts
                    .into_iter()
                    .rev()
                    .filter(|(_, links)| *links > 1)
                    .map(|(stamp, links)| Act { stamp, links })
                    .collect(),
                titles,
            })
        })
    }

    /// Links every site of the rule that is no item yet, as one act.
    pub fn link_by_rule(&self, actor: &Account, aggregate: AnyId) -> Result<Receipt, Refusal> {
        let viewer = Viewer::Member(actor.clone());
        let records = self.store.read(|read| {
            let (_, body) = aggregate_of(read, &viewer, aggregate)?;
            let areas = within(read, &body.areas)?;
            let found = matching(read, &body, &areas)?;
            let known: BTreeSet<AnyId> = all_links(read, aggregate)?
                .into_iter()
                .map(|(_, link)| link.from)
                .collect();
            let reason = format!(
                "{BY_RULE}{} in the aggregate's areas and the areas within them",
                body.category.label()
            );
            Ok::<_, Refusal>(
                found
                    .difference(&known)
                    .map(|site| {
                        let link = Link {
                            reasons: vec![reason.clone()],
                            ..item_of(*site, aggregate)
                        };
                        Record::new(clock::mint(), link)
                    })
                    .collect::<Vec<_>>(),
            )
        })?;
        if records.is_empty() {
            return Err(Refusal::field(
                "aggregate",
                "has every site of the rule as an item already; nothing was linked",
            ));
        }
        self.record(actor, records)
    }

    /// Undoes, as one act, the links to an aggregate that came with one act and still stand.
    pub fn undo_links(
        &self,
        actor: &Account,
        aggregate: AnyId,
        stamp: &str,
    ) -> Result<Receipt, Refusal> {
        let links = self.store.read(|read| undoable(read, aggregate, stamp))?;
        if links.is_empty() {
            return Err(Refusal::field(
                "act",
                "linked nothing to this aggregate that still stands; nothing was undone",
            ));
        }
        self.record(actor, links)
    }
}

/// Sites that somebody linked to an aggregate, one by one or by matching, not by rule.
pub(crate) fn linked_by_hand(
    read: &mut Read<'_>,
    aggregate: AnyId,
) -> Result<BTreeSet<AnyId>, Refusal> {
    let links = all_links(read, aggregate)?;
    let by_hand = links
        .into_iter()
        .filter(|(_, link)| !link.reasons.iter().any(|r| r.starts_with(BY_RULE)));
    Ok(by_hand.map(|(_, link)| link.from).collect())
}

fn undoable(read: &mut Read<'_>, aggregate: AnyId, stamp: &str) -> Result<Vec<Record>, Refusal> {
    let mut undoing = Vec::new();
    let mut after = None;
    loop {
        let page = standing_items(read, aggregate, after, 1_000)?;
        for (stored, link) in page.rows {
            if stored.first == stamp {
                let undo = Link {
                    undoes: Some(stored.id.into()),
                    reasons: vec!["undone together with the act that linked it".into()],
                    ..item_of(link.from, aggregate)
                };
                undoing.push(Record::new(clock::mint(), undo));
            }
        }
        match page.next {
            Some(next) => after = Some(next.id),
            None => return Ok(undoing),
        }
    }
}

fn item_of(site: AnyId, aggregate: AnyId) -> Link {
    Link {
        from: site,
        to: aggregate,
        kind: LinkKind::ItemOf,
        score_permille: None,
        reasons: Vec::new(),
        identified: false,
        excluded: None,
        undoes: None,
    }
}

/// Standing links to an aggregate, each with the stamp of the act it came with.
fn all_links(read: &mut Read<'_>, aggregate: AnyId) -> Result<Vec<(String, Link)>, Refusal> {
    let mut links = Vec::new();
    let mut after = None;
    loop {
        let page = standing_items(read, aggregate, after, 1_000)?;
        links.extend(page.rows.into_iter().map(|(s, link)| (s.first, link)));
        match page.next {
            Some(next) => after = Some(next.id),
            None => return Ok(links),
        }
    }
}

/// Sites of the aggregate's category that parties place in these areas.
pub(crate) fn matching(
    read: &mut Read<'_>,
    aggregate: &Aggregate,
    areas: &BTreeSet<AnyId>,
) -> Result<BTreeSet<AnyId>, Refusal> {
    if aggregate.areas.is_empty() {
        return Err(Refusal::field(
            "areas",
            "is empty: the aggregate names no area to look in; correct it and add one",
        ));
    }
    let mut found = BTreeSet::new();
    for area in areas {
        let mut after = None;
        loop {
            let page = read.referring(*area, Kind::Site, Some(Role::Within), after, 1_000)?;
            for stored in &page.rows {
                if matches!(&stored.body, Body::Site(s) if aggregate.category.includes(s.category))
                {
                    found.insert(stored.id);
                }
            }
            if found.len() > MOST_LINKED {
                return Err(Refusal::field(
                    "areas",
                    format!(
                        "hold more than {MOST_LINKED} sites of this category; link them part by part, with smaller areas"
                    ),
                ));
            }
            match page.next {
                Some(next) => after = Some(next.id),
                None => break,
            }
        }
    }
    Ok(found)
}
