//! The frame of a sample: an aggregate's items as they stand, divided into strata; and what is wrong with
//! a plan that has another.

use crate::coverage::{counted_items, within};
use crate::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet};
use stele_model::check::MAX_ITEMS;
use stele_model::reading::Role;
use stele_model::rules::sampling;
use stele_model::*;
use stele_store::Read;

/// What is wrong with a plan against the state: its frame must be the aggregate's items as they stand,
/// divided as they are, so that nobody draws from a list of their choice.
pub(crate) fn faults(read: &mut Read<'_>, plan: &SamplingPlan) -> Result<Vec<FieldError>, Refusal> {
    let Some(Body::Aggregate(aggregate)) = read.find(plan.aggregate.any())?.map(|s| s.body) else {
        return Ok(Vec::new());
    };
    let items = counted_items(read, plan.aggregate.any(), MAX_ITEMS)?;
    let frame: Vec<AnyId> = items.keys().copied().collect();
    if sampling::frame_hash(&frame) != plan.frame.sha256 {
        return Ok(vec![FieldError::new(
            "data.frame",
            "is not the aggregate's items as they stand now; they may have changed, draw again",
        )]);
    }
    let strata = strata_of(read, &aggregate, &items, &plan.by)?;
    let alike = strata.len() == plan.strata.len()
        && strata.iter().all(|s| {
            plan.strata.iter().any(|p| {
                (p.area, p.category, p.access) == (s.area, s.category, s.access)
                    && p.sites.iter().collect::<BTreeSet<_>>() == s.sites.iter().collect()
            })
        });
    match alike {
        true => Ok(Vec::new()),
        false => Ok(vec![FieldError::new(
            "data.strata",
            "are not how the items are divided by area, category and access now; draw again",
        )]),
    }
}

type Division = (Option<Id<Area>>, Option<Category>, Option<Access>);

/// The items divided, each stratum with its sites by id and nothing drawn yet.
pub(super) fn strata_of(
    read: &mut Read<'_>,
    aggregate: &Aggregate,
    items: &BTreeMap<AnyId, BTreeSet<AnyId>>,
    by: &[StratifiedBy],
) -> Result<Vec<Stratum>, Refusal> {
    // The aggregate's own areas part it; what lies within one of them counts to the lowest id.
    let mut home: BTreeMap<AnyId, Id<Area>> = BTreeMap::new();
    if by.contains(&StratifiedBy::Area) {
        let mut own = aggregate.areas.clone();
        own.sort_unstable();
        for area in own {
            for inner in within(read, &[area])? {
                home.entry(inner).or_insert(area);
            }
        }
    }
    let mut divided: BTreeMap<Division, Vec<Id<Site>>> = BTreeMap::new();
    for (id, same) in items {
        let Some(Body::Site(site)) = read.find(*id)?.map(|s| s.body) else {
            continue;
        };
        let area = by.contains(&StratifiedBy::Area).then(|| {
            let homes = site.areas.iter().filter_map(|a| home.get(&a.any()));
            homes
                .min()
                .copied()
                .or_else(|| site.areas.iter().min().copied())
        });
        let access = match by.contains(&StratifiedBy::Access) {
            true => Some(access_of(read, same)?),
            false => None,
        };
        let category = by
            .contains(&StratifiedBy::Category)
            .then_some(site.category);
        divided
            .entry((area.flatten(), category, access))
            .or_default()
            .push((*id).into());
    }
    Ok(divided
        .into_iter()
        .map(|((area, category, access), sites)| Stratum {
            area,
            category,
            access,
            sites,
            drawn: Vec::new(),
        })
        .collect())
}

fn access_of(read: &mut Read<'_>, same: &BTreeSet<AnyId>) -> Result<Access, Refusal> {
    let mut access = Access::Untried;
    for id in same {
        for stored in read
            .referring(*id, Kind::Assessment, Some(Role::About), None, 100)?
            .rows
        {
            let Body::Assessment(a) = &stored.body else {
                continue;
            };
            match (a.method, a.grade) {
                (_, Grade::NotExamined) => access = Access::NotReached,
                (Method::OnSite, _) => return Ok(Access::Examined),
                _ => {}
            }
        }
    }
    Ok(access)
}
