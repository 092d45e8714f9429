//! How far an aggregate has been broken down: its items, what is missing of them, which aggregates of
//! others lie over it, and the figures that stand beside other records.
//!
//! The ladder itself is the store's summary; here stands what a page or an export needs beside it.

mod by_rule;
mod export;

pub(crate) use by_rule::linked_by_hand;
pub use by_rule::{Act, RuleView};

use crate::Registry;
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, Titles, may_see};
use std::collections::{BTreeMap, BTreeSet};
use stele_model::reading::Role;
use stele_model::rules::{Item, Verdict};
use stele_model::*;
use stele_store::{Filter, Order, Page, Read, Said, Stored};

/// Items of one page.
const ITEMS: usize = 100;
/// Links looked through for one page of what is missing.
const LOOKED_THROUGH: usize = 500;
/// Areas that an aggregate's are compared with at most.
const MOST_AREAS: usize = 2_000;
/// Aggregates of others shown beside one.
const BESIDE: usize = 30;

/// One item of an aggregate.
#[derive(Debug, Clone)]
pub struct ItemRow {
    /// The link that says so.
    pub link: Shown,
    /// The site.
    pub site: Shown,
    /// Whether its identity was confirmed.
    pub identified: bool,
    /// Why it does not count, where it does not.
    pub excluded: Option<String>,
    /// The item that it is the same as, where that one counts.
    pub same_as: Option<AnyId>,
    /// What findings say of it against the claim.
    pub verdict: Verdict,
    /// Who assessed it, independently and not; for members, because assessments may not be published.
    pub assessed: Option<(bool, bool)>,
}

/// What an item can lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// No place.
    Location,
    /// Nobody independent of the claimant examined it.
    Assessment,
    /// Nobody confirmed which heritage record it is.
    Identity,
    /// No published finding.
    Finding,
}

impl Lack {
    /// Each, in the order work is done.
    pub const ALL: [Lack; 4] = [
        Lack::Identity,
        Lack::Location,
        Lack::Assessment,
        Lack::Finding,
    ];

    /// As an address names it.
    pub fn id(self) -> &'static str {
        match self {
            Lack::Location => "location",
            Lack::Assessment => "assessment",
            Lack::Identity => "identity",
            Lack::Finding => "finding",
        }
    }

    /// What the list of them is called.
    pub fn label(self) -> &'static str {
        match self {
            Lack::Location => "Without a location",
            Lack::Assessment => "Not assessed independently",
            Lack::Identity => "Identity not confirmed",
            Lack::Finding => "Pending: no published finding",
        }
    }

    /// The lack of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lack| lack.id() == id)
    }

    fn of(self, identified: bool, item: &Item) -> bool {
        match self {
            Lack::Location => !item.located,
            Lack::Assessment => !item.assessed_independent,
            Lack::Identity => !identified,
            Lack::Finding => item.verdict == Verdict::Pending,
        }
    }
}

/// Items that lack something.
#[derive(Debug, Clone)]
pub struct MissingView {
    /// The aggregate.
    pub aggregate: Shown,
    /// The items.
    pub rows: Vec<ItemRow>,
    /// Link to go on after; none when these are all.
    pub next: Option<AnyId>,
    /// Titles of everything named.
    pub titles: Titles,
}

/// An aggregate beside another, with who claims it.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The aggregate.
    pub aggregate: Shown,
    /// Who claims it.
    pub parties: Vec<Id<Party>>,
}

/// Aggregates of the same group of categories over overlapping areas.
#[derive(Debug, Clone, Default)]
pub struct Overlaps {
    /// By title.
    pub rows: Vec<Beside>,
    /// Titles of everything named.
    pub titles: Titles,
}

impl Registry {
    /// A page of an aggregate's items, for a page or an export.
    pub fn items(
        &self,
        viewer: &Viewer,
        aggregate: AnyId,
        after: Option<AnyId>,
        lang: &str,
    ) -> Result<(Page<ItemRow>, Titles), Refusal> {
        self.store.read(|read| {
            aggregate_of(read, viewer, aggregate)?;
            let said = read.said_of(aggregate)?;
            let page = standing_items(read, aggregate, after, ITEMS)?;
            let mut rows = Vec::with_capacity(page.rows.len());
            for (stored, link) in page.rows {
                rows.extend(
                    item_row(read, viewer, aggregate, stored, &link, &said)?.map(|(row, _)| row),
                );
            }
            let titles = titles_of(read, viewer, lang, &rows)?;
            Ok((
                Page {
                    rows,
                    next: page.next,
                },
                titles,
            ))
        })
    }

    /// Items that count and lack something: a list to work on, for members.
    pub fn missing(
        &self,
        viewer: &Viewer,
        aggregate: AnyId,
        lack: Lack,
        after: Option<AnyId>,
        lang: &str,
    ) -> Result<MissingView, Refusal> {
        if !viewer.is_member() {
            return Err(Refusal::NotAllowed(
                "sign in to see what is still to be done".into(),
            ));
        }
        self.store.read(|read| {
            let shown = aggregate_of(read, viewer, aggregate)?.0;
            let said = read.said_of(aggregate)?;
            let page = standing_items(read, aggregate, after, LOOKED_THROUGH)?;
            let mut rows = Vec::new();
            let mut next = page.next.map(|n| n.id);
            for (stored, link) in page.rows {
                let at = stored.id;
                let Some((row, item)) = item_row(read, viewer, aggregate, stored, &link, &said)?
                else {
                    continue;
                };
                if row.excluded.is_none() && row.same_as.is_none() && lack.of(row.identified, &item)
                {
                    rows.push(row);
                }
                if rows.len() == ITEMS {
                    next = Some(at);
                    break;
                }
            }
            let titles = titles_of(read, viewer, lang, &rows)?;
            Ok(MissingView {
                aggregate: shown,
                rows,
                next,
                titles,
            })
        })
    }

    /// Aggregates of the same group of categories whose areas overlap this one's: to stand side by
    /// side, never added.
    pub fn overlaps(
        &self,
        viewer: &Viewer,
        aggregate: AnyId,
        lang: &str,
    ) -> Result<Overlaps, Refusal> {
        self.store.read(|read| {
            let mut rows = Vec::new();
            let own = read.find(aggregate)?.and_then(|s| figure_address(&s.body));
            let mut beside = overlapping(read, viewer, aggregate)?;
            // Its own other statements stand in its lineage.
            beside.retain(|shown| own.is_none() || figure_address(&shown.body) != own);
            for shown in latest_of_each(read, beside)? {
                let parties = read.said_of(shown.id)?.claimants.into_iter().collect();
                rows.push(Beside {
                    aggregate: shown,
                    parties,
                });
            }
            rows.sort_by_key(|r| (search_key(&r.aggregate.title(lang)), r.aggregate.id));
            let mut titles = Titles::default();
            for row in &rows {
                titles.meet(read, viewer, lang, row.parties.iter().map(|p| p.any()))?;
                titles.meet_all(read, viewer, lang, &[&row.aggregate])?;
            }
            Ok(Overlaps { rows, titles })
        })
    }

    /// The aggregates that stand beside a record: what a claim is about, what a party claims, what
    /// lies in a mission's areas, what a site is an item of.
    pub fn figures(&self, viewer: &Viewer, id: AnyId) -> Result<Vec<Shown>, Refusal> {
        self.store.read(|read| {
            let Some(stored) = read.find(id)? else {
                return Ok(Vec::new());
            };
            let mut ids = BTreeSet::new();
            match &stored.body {
                Body::Claim(claim) => {
                    ids.insert(claim.subject.any());
                }
                Body::Party(_) => {
                    let filter = Filter {
                        kind: Some(Kind::Claim),
                        party: Some(id),
                        weight: Some((1, u64::MAX >> 1)),
                        ..Filter::default()
                    };
                    let claims = read.list(&filter, Order::Weight, None, BESIDE)?.rows;
                    ids.extend(subjects(&claims));
                }
                Body::Source(_) => {
                    let claims = read
                        .referring(id, Kind::Claim, Some(Role::In), None, BESIDE)?
                        .rows;
                    ids.extend(subjects(&claims));
                }
                Body::Area(_) => ids.extend(over_areas(read, &[id.into()])?),
                Body::Mission(mission) => ids.extend(over_areas(read, &mission.areas)?),
                Body::Site(_) => {
                    ids.extend(read.linked(id, LinkKind::ItemOf, Role::From, Role::To)?)
                }
                _ => {}
            }
            let mut shown = Vec::new();
            for id in ids {
                if let Some(stored) = read
                    .find(id)?
                    .filter(|s| s.kind == Kind::Aggregate && !s.withdrawn)
                    && may_see(read, viewer, &stored)?
                {
                    shown.push(Shown::of(viewer, stored));
                }
            }
            let mut shown = latest_of_each(read, shown)?;
            shown.sort_by_key(|s| (search_key(&s.title("en")), s.id));
            shown.truncate(BESIDE);
            Ok(shown)
        })
    }
}

/// What names a figure that a list states again and again.
pub(crate) fn figure_address(body: &Body) -> Option<String> {
    match body {
        Body::Aggregate(aggregate) => aggregate.listed.as_ref().map(Listed::address),
        _ => None,
    }
}

/// The last day on which an aggregate was stated.
pub(crate) fn stated_last(read: &mut Read<'_>, aggregate: AnyId) -> Result<i64, Refusal> {
    let claims = read.referring(aggregate, Kind::Claim, Some(Role::About), None, 10)?;
    let days = claims.rows.iter().filter_map(|claim| match &claim.body {
        Body::Claim(body) => body.stated.as_ref()?.latest(),
        _ => None,
    });
    Ok(days.max().map_or(i64::MIN, |day| day.0))
}

/// A figure that a list states again and again stands once, as it was stated last: the rest is its lineage.
fn latest_of_each(read: &mut Read<'_>, shown: Vec<Shown>) -> Result<Vec<Shown>, Refusal> {
    let mut latest: BTreeMap<String, (i64, AnyId)> = BTreeMap::new();
    for one in &shown {
        if let Some(address) = figure_address(&one.body) {
            let this = (stated_last(read, one.id)?, one.id);
            let known = latest.entry(address).or_insert(this);
            *known = this.max(*known);
        }
    }
    let stands = |one: &Shown| {
        figure_address(&one.body)
            .is_none_or(|address| latest.get(&address).is_some_and(|(_, id)| *id == one.id))
    };
    Ok(shown.into_iter().filter(stands).collect())
}

fn subjects(claims: &[Stored]) -> Vec<AnyId> {
    let subject = |s: &Stored| match &s.body {
        Body::Claim(claim) => Some(claim.subject.any()),
        _ => None,
    };
    claims.iter().filter_map(subject).collect()
}

/// Aggregates said of these areas or of any area within them.
fn over_areas(read: &mut Read<'_>, areas: &[Id<Area>]) -> Result<BTreeSet<AnyId>, Refusal> {
    let mut ids = BTreeSet::new();
    for area in within(read, areas)? {
        for stored in read
            .referring(area, Kind::Aggregate, Some(Role::Within), None, BESIDE)?
            .rows
        {
            ids.insert(stored.id);
        }
    }
    Ok(ids)
}

/// The aggregate as a viewer may see it, and what it says.
pub(crate) fn aggregate_of(
    read: &mut Read<'_>,
    viewer: &Viewer,
    id: AnyId,
) -> Result<(Shown, Aggregate), Refusal> {
    let not_here = || Refusal::NotFound(id.to_string());
    let stored = read
        .find(id)?
        .filter(|s| !s.withdrawn)
        .ok_or_else(not_here)?;
    let Body::Aggregate(body) = stored.body.clone() else {
        return Err(not_here());
    };
    Ok((Shown::of(viewer, stored), body))
}

/// Links that say a site is an item, and stand; by their ids.
pub(crate) fn standing_items(
    read: &mut Read<'_>,
    aggregate: AnyId,
    after: Option<AnyId>,
    limit: usize,
) -> Result<Page<(Stored, Link)>, Refusal> {
    let page = read.referring(aggregate, Kind::Link, Some(Role::To), after, limit)?;
    let next = page.next;
    let stands = |s: Stored| match &s.body {
        Body::Link(l)
            if l.kind == LinkKind::ItemOf
                && l.to == aggregate
                && l.undoes.is_none()
                && s.status != "undone" =>
        {
            let link = l.clone();
            Some((s, link))
        }
        _ => None,
    };
    Ok(Page {
        rows: page.rows.into_iter().filter_map(stands).collect(),
        next,
    })
}

/// Sites that count as items, each thing once, with the others that are the same thing.
pub(crate) fn counted_items(
    read: &mut Read<'_>,
    aggregate: AnyId,
    most: usize,
) -> Result<BTreeMap<AnyId, BTreeSet<AnyId>>, Refusal> {
    let mut sites: BTreeMap<AnyId, bool> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = standing_items(read, aggregate, after, 1_000)?;
        for (_, link) in page.rows {
            *sites.entry(link.from).or_default() |= link.excluded.is_some();
        }
        if sites.len() > most {
            return Err(Refusal::Unreadable(format!(
                "the aggregate has more than {most} items, more than can be gone through at once; break it down into parts"
            )));
        }
        match page.next {
            Some(next) => after = Some(next.id),
            None => break,
        }
    }
    let mut seen = BTreeSet::new();
    let mut counted = BTreeMap::new();
    for (site, excluded) in sites {
        let same = read.same_as(site)?;
        let first = seen.is_disjoint(&same);
        seen.insert(site);
        if first && !excluded {
            counted.insert(site, same);
        }
    }
    Ok(counted)
}

fn item_row(
    read: &mut Read<'_>,
    viewer: &Viewer,
    aggregate: AnyId,
    stored: Stored,
    link: &Link,
    said: &Said,
) -> Result<Option<(ItemRow, Item)>, Refusal> {
    let Some(site) = read.find(link.from)?.filter(|s| !s.withdrawn) else {
        return Ok(None);
    };
    if !may_see(read, viewer, &stored)? || !may_see(read, viewer, &site)? {
        return Ok(None);
    }
    let same = read.same_as(link.from)?;
    let mut same_as = None;
    // As in the ladder, the first of those that are the same counts.
    for other in same.iter().filter(|other| **other < link.from) {
        if read
            .linked(*other, LinkKind::ItemOf, Role::From, Role::To)?
            .contains(&aggregate)
        {
            same_as = Some(*other);
            break;
        }
    }
    let item = read.item(&same, said)?;
    let assessed = viewer
        .is_member()
        .then_some((item.assessed_independent, item.assessed_affiliated));
    let row = ItemRow {
        identified: link.identified,
        excluded: link.excluded.clone(),
        same_as,
        verdict: item.verdict,
        assessed,
        link: Shown::of(viewer, stored),
        site: Shown::of(viewer, site),
    };
    Ok(Some((row, item)))
}

fn titles_of(
    read: &mut Read<'_>,
    viewer: &Viewer,
    lang: &str,
    rows: &[ItemRow],
) -> Result<Titles, Refusal> {
    let mut titles = Titles::default();
    for row in rows {
        titles.meet(read, viewer, lang, [row.site.id])?;
        titles.meet(read, viewer, lang, row.same_as)?;
        if let Body::Site(site) = &row.site.body {
            titles.meet(read, viewer, lang, site.areas.iter().map(|a| a.any()))?;
        }
    }
    Ok(titles)
}

/// These areas and every area within them, or the same as one of them.
pub(crate) fn within(read: &mut Read<'_>, areas: &[Id<Area>]) -> Result<BTreeSet<AnyId>, Refusal> {
    let mut all = BTreeSet::new();
    for area in areas {
        if !all.contains(&area.any()) {
            all.extend(read.areas_within(area.any(), MOST_AREAS)?);
        }
    }
    Ok(all)
}

/// Aggregates of the same group of categories that share an area with this one, or lie within or
/// around one of its areas.
pub(crate) fn overlapping(
    read: &mut Read<'_>,
    viewer: &Viewer,
    aggregate: AnyId,
) -> Result<Vec<Shown>, Refusal> {
    let (_, body) = aggregate_of(read, viewer, aggregate)?;
    let mut areas = within(read, &body.areas)?;
    for area in &body.areas {
        let mut at = Some(*area);
        while let Some(id) = at {
            let parent = match read.find(id.any())?.map(|s| s.body) {
                Some(Body::Area(area)) => area.parent,
                _ => None,
            };
            at = parent.filter(|p| areas.insert(p.any()));
        }
    }
    let mut found: BTreeMap<AnyId, Shown> = BTreeMap::new();
    for area in areas {
        let page = read.referring(area, Kind::Aggregate, Some(Role::Within), None, BESIDE * 4)?;
        for stored in page.rows {
            let same_group = matches!(&stored.body, Body::Aggregate(other) if other.category.group() == body.category.group());
            if same_group && stored.id != aggregate && may_see(read, viewer, &stored)? {
                found.insert(stored.id, Shown::of(viewer, stored));
            }
        }
        if found.len() >= BESIDE {
            break;
        }
    }
    Ok(found.into_values().take(BESIDE).collect())
}
