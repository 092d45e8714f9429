//! Sites as matching sees them: all their names, the areas they lie in with those around these, their
//! place with its uncertainty, holdings, identifiers; and what people have decided about them.

use super::{Found, MOST_SITES, Scope, permille};
use crate::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use stele_match::{Decided, Entry, Holding, Identifier, Spot};
use stele_model::reading::Role;
use stele_model::*;
use stele_store::{Filter, Order, PairRow, Read};

/// Records read at a time.
const PAGE: usize = 1_000;
/// How far up areas are followed.
const DEEPEST: usize = 12;
const METRES_PER_DEGREE: f64 = 111_320.0;

/// Sites ready to be compared.
pub(super) struct Listing {
    pub sites: Vec<AnyId>,
    pub entries: Vec<Entry>,
    /// Positions of the sites of the list, in order; none where all are compared with all.
    pub list: Option<Vec<usize>>,
    pub decided: Vec<Decided>,
}

impl Listing {
    pub fn read(
        read: &mut Read<'_>,
        scope: Scope,
        progress: &mut dyn FnMut(&str, u64),
    ) -> Result<Listing, Refusal> {
        let count = read.count(Kind::Site)?;
        if count > MOST_SITES as u64 {
            return Err(Refusal::Unreadable(format!(
                "the registry holds {count} sites; one search compares {MOST_SITES} at most"
            )));
        }
        let areas = Areas::read(read)?;
        let (mut sites, mut entries) = (Vec::new(), Vec::new());
        each(read, Kind::Site, None, |stored| {
            if let Body::Site(site) = &stored.body {
                sites.push(stored.id);
                entries.push(entry(site, &areas));
            }
            progress("reading the sites", sites.len() as u64);
        })?;
        let at: HashMap<AnyId, usize> = sites.iter().enumerate().map(|(n, id)| (*id, n)).collect();
        let list = match scope {
            Scope::Duplicates => None,
            Scope::List(id) => {
                let wanted = sites_of(read, id)?;
                let list: BTreeSet<usize> = wanted
                    .iter()
                    .filter_map(|site| at.get(site).copied())
                    .collect();
                if list.is_empty() {
                    return Err(Refusal::field(
                        "list",
                        "has no sites here: it is a source, an import, a party or an aggregate with sites of its own",
                    ));
                }
                Some(list.into_iter().collect())
            }
        };
        let mut decided = Vec::new();
        for (kind, same) in [(LinkKind::SameAs, true), (LinkKind::DifferentFrom, false)] {
            each(read, Kind::Link, Some(kind.id()), |stored| {
                let Body::Link(link) = &stored.body else {
                    return;
                };
                let ends = at.get(&link.from).zip(at.get(&link.to));
                if stored.status != "undone"
                    && link.undoes.is_none()
                    && let Some((claim, place)) = ends
                {
                    decided.push(Decided {
                        claim: *claim,
                        place: *place,
                        same,
                    });
                }
            })?;
        }
        Ok(Listing {
            sites,
            entries,
            list,
            decided,
        })
    }

    /// How many sites are looked for.
    pub fn sought(&self) -> usize {
        self.list.as_ref().map_or(self.sites.len(), Vec::len)
    }

    /// A pair for the queue, the lower id first.
    pub fn row(&self, pair: &Found) -> Result<PairRow, Refusal> {
        let (x, y) = (self.sites[pair.a], self.sites[pair.b]);
        let (a, b) = (x.min(y), x.max(y));
        // A decision tells most where it is least known.
        let unsure = 4.0 * pair.probability * (1.0 - pair.probability);
        Ok(PairRow {
            a: a.to_string(),
            b: b.to_string(),
            permille: permille(pair.probability),
            matters: (unsure * 1e6) as u64,
            reasons: serde_json::to_string(&pair.reasons)
                .map_err(|e| Refusal::Unreadable(e.to_string()))?,
            holder: None,
            held_until_ms: 0,
            act: None,
        })
    }
}

/// Hands over every record of a kind that is not withdrawn, page by page.
fn each(
    read: &mut Read<'_>,
    kind: Kind,
    facet: Option<&str>,
    mut take: impl FnMut(&stele_store::Stored),
) -> Result<(), Refusal> {
    let filter = Filter {
        kind: Some(kind),
        facet: facet.map(str::to_owned),
        ..Filter::default()
    };
    let mut after = None;
    loop {
        let page = read.list(&filter, Order::Id, after.as_ref(), PAGE)?;
        page.rows.iter().for_each(&mut take);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Areas: those of one name are one, whoever named them.
struct Areas {
    parent: HashMap<AnyId, AnyId>,
    same: HashMap<AnyId, String>,
}

impl Areas {
    fn read(read: &mut Read<'_>) -> Result<Areas, Refusal> {
        let mut areas = Areas {
            parent: HashMap::new(),
            same: HashMap::new(),
        };
        let mut by_name: BTreeMap<String, String> = BTreeMap::new();
        each(read, Kind::Area, None, |stored| {
            let Body::Area(area) = &stored.body else {
                return;
            };
            if let Some(parent) = area.parent {
                areas.parent.insert(stored.id, parent.any());
            }
            let names: Vec<String> = area.names.iter().map(|n| search_key(&n.text)).collect();
            let own = stored.id.to_string();
            let key = names
                .iter()
                .find_map(|name| by_name.get(name).cloned())
                .unwrap_or(own);
            for name in names {
                by_name.entry(name).or_insert_with(|| key.clone());
            }
            areas.same.insert(stored.id, key);
        })?;
        Ok(areas)
    }

    /// The area and those around it, the narrowest first.
    fn within(&self, areas: &[Id<Area>]) -> Vec<String> {
        let mut within = Vec::new();
        for area in areas {
            let mut here = Some(area.any());
            for _ in 0..DEEPEST {
                let Some(id) = here else { break };
                if let Some(key) = self.same.get(&id).filter(|key| !within.contains(*key)) {
                    within.push(key.clone());
                }
                here = self.parent.get(&id).copied();
            }
        }
        within
    }
}

fn entry(site: &Site, areas: &Areas) -> Entry {
    Entry {
        names: site.names.iter().map(|name| name.text.clone()).collect(),
        category: Some(site.category.label().to_owned()),
        areas: Vec::new(),
        within: areas.within(&site.areas),
        place: site.location.as_ref().and_then(spot),
        holdings: site.holdings.iter().map(holding).collect(),
        identifiers: site
            .identifiers
            .iter()
            .map(|id| Identifier {
                scheme: id.scheme.to_lowercase(),
                value: id.value.trim().to_lowercase(),
            })
            .collect(),
    }
}

/// An amount as matching sees it; what has no upper limit is taken for ten times at most.
pub fn holding(holding: &stele_model::record::Holding) -> Holding {
    let interval = holding.count.interval();
    let most = interval
        .upper
        .map_or(interval.lower.saturating_mul(10), |upper| upper);
    Holding {
        kind: holding.kind.to_lowercase(),
        least: interval.lower as f64,
        most: most as f64,
    }
}

/// The middle of a place, certain to its own uncertainty and half its extent.
pub fn spot(location: &Location) -> Option<Spot> {
    let b = location.geometry.bounds()?;
    let (lon, lat) = ((b.west + b.east) / 2.0, (b.south + b.north) / 2.0);
    let (wide, high) = (
        (b.east - b.west) * lat.to_radians().cos() * METRES_PER_DEGREE,
        (b.north - b.south) * METRES_PER_DEGREE,
    );
    let extent = wide.hypot(high) / 2.0;
    let uncertain_km = match location.uncertainty_m {
        Some(metres) => Some((f64::from(metres) + extent) / 1000.0),
        None if extent > 0.0 => Some((extent / 1000.0).max(1.0)),
        None => None,
    };
    Some(Spot {
        lon,
        lat,
        uncertain_km,
    })
}

/// Referring records read for one list.
const MOST_OF_A_LIST: usize = MOST_SITES;

/// The sites of a source, an import, a party or an aggregate.
fn sites_of(read: &mut Read<'_>, id: AnyId) -> Result<BTreeSet<AnyId>, Refusal> {
    let stored = read
        .find(id)?
        .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
    let of = match stored.body {
        Body::Aggregate(_) => {
            return Ok(read
                .linked(id, LinkKind::ItemOf, Role::To, Role::From)?
                .into_iter()
                .collect());
        }
        Body::Import(import) => import.list.any(),
        _ => id,
    };
    let mut sites = BTreeSet::new();
    for kind in [Kind::Site, Kind::Claim] {
        let mut after = None;
        loop {
            let page = read.referring(of, kind, None, after, PAGE)?;
            for row in &page.rows {
                match &row.body {
                    Body::Claim(claim) => sites.insert(claim.subject.any()),
                    _ => sites.insert(row.id),
                };
            }
            match page.next {
                Some(next) if sites.len() < MOST_OF_A_LIST => after = Some(next.id),
                _ => break,
            }
        }
    }
    Ok(sites)
}
