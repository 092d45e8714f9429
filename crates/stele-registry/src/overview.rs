//! The first page of a dossier: claims by party with their ladders, missions, last changes.

use crate::Registry;
use crate::account::Viewer;
use crate::coverage::{figure_address, stated_last};
use crate::find::{MissionView, mission_view};
use crate::refusal::Refusal;
use crate::view::{Shown, Titles};
use stele_model::{AnyId, Body, Kind, Stage, Subject, Word};
use stele_store::{Filter, Order, Read};

/// One party's claims.
#[derive(Debug, Clone)]
pub struct PartyStanding {
    /// The party.
    pub party: Shown,
    /// How many claims it made.
    pub claims: u64,
    /// Of these, about named sites.
    pub about_sites: u64,
    /// Of these, about aggregates.
    pub about_aggregates: u64,
    /// Its largest aggregates, each with the claim.
    pub largest: Vec<(Shown, Shown)>,
}

/// What the first page shows.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How many records there are of each kind.
    pub counts: Vec<(Kind, u64)>,
    /// How many sites stand at each status.
    pub site_statuses: Vec<(String, u64)>,
    /// Parties with claims, by title; those with most claims when there are many.
    pub parties: Vec<PartyStanding>,
    /// How many parties made claims.
    pub parties_with_claims: usize,
    /// Missions, latest recorded first.
    pub missions: Vec<MissionView>,
    /// What was recorded last.
    pub latest: Vec<Shown>,
    /// Titles of everything named.
    pub titles: Titles,
}

/// Parties on the first page.
const PARTIES: usize = 12;
/// Aggregates per party.
const AGGREGATES: usize = 3;
/// Missions on the first page.
const MISSIONS: usize = 6;
/// Last changes.
const LATEST: usize = 10;

/// Kinds counted on the first page; what the public may not count is left out.
const COUNTED: &[Kind] = &[
    Kind::Claim,
    Kind::Aggregate,
    Kind::Site,
    Kind::Source,
    Kind::Party,
    Kind::Area,
    Kind::Mission,
    Kind::Instrument,
];

impl Registry {
    /// What the first page shows.
    pub fn overview(&self, viewer: &Viewer, lang: &str) -> Result<Overview, Refusal> {
        self.store.read(|read| {
            let mut counts = Vec::new();
            for kind in COUNTED {
                counts.push((*kind, read.count(*kind)?));
            }
            let by_party = read.tally(Kind::Claim, "party")?;
            let parties_with_claims = by_party.len();
            let mut titles = Titles::default();
            let parties = standings(read, viewer, lang, by_party, &mut titles)?;
            // Who waits stands first; the rest fill the places left, both by name.
            let waiting = Filter {
                kind: Some(Kind::Mission),
                status: Some(Stage::AwaitingResponse.id().to_owned()),
                ..Filter::default()
            };
            let any = Filter {
                kind: Some(Kind::Mission),
                ..Filter::default()
            };
            let mut missions: Vec<MissionView> = Vec::new();
            for filter in [waiting, any] {
                let page = self.page(read, viewer, &filter, Order::Title, None, MISSIONS)?;
                for mission in page.rows {
                    let shown = missions.iter().any(|m| m.mission.id == mission.id);
                    if !shown && missions.len() < MISSIONS {
                        missions.push(mission_view(read, viewer, mission, lang)?);
                    }
                }
            }
            let latest = self
                .page(
                    read,
                    viewer,
                    &Filter::default(),
                    Order::Latest,
                    None,
                    LATEST,
                )?
                .rows;
            titles.meet(read, viewer, lang, latest.iter().map(|r| r.id))?;
            titles.meet_all(read, viewer, lang, &latest.iter().collect::<Vec<_>>())?;
            let site_statuses = read.tally(Kind::Site, "status")?;
            Ok(Overview {
                counts,
                site_statuses,
                parties,
                parties_with_claims,
                missions,
                latest,
                titles,
            })
        })
    }
}

fn standings(
    read: &mut Read<'_>,
    viewer: &Viewer,
    lang: &str,
    mut by_party: Vec<(String, u64)>,
    titles: &mut Titles,
) -> Result<Vec<PartyStanding>, Refusal> {
    by_party.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    by_party.truncate(PARTIES);
    let mut standings = Vec::new();
    for (id, claims) in by_party {
        let Ok(id) = id.parse::<AnyId>() else {
            continue;
        };
        let Some(party) = read.find(id)? else {
            continue;
        };
        let filter = Filter {
            kind: Some(Kind::Claim),
            party: Some(id),
            weight: Some((1, u64::MAX >> 1)),
            ..Filter::default()
        };
        let mut largest: Vec<(Shown, Shown)> = Vec::new();
        // Restatements of one figure stand in its lineage; here the figure stands once.
        for stored in read
            .list(&filter, Order::Weight, None, AGGREGATES * 6)?
            .rows
        {
            let claim = Shown::of(viewer, stored);
            let Body::Claim(body) = &claim.body else {
                continue;
            };
            let Subject::Aggregate(aggregate) = body.subject else {
                continue;
            };
            let Some(aggregate) = read.find(aggregate.any())?.map(|s| Shown::of(viewer, s)) else {
                continue;
            };
            let Body::Aggregate(a) = &aggregate.body else {
                continue;
            };
            // Of a figure that a list states again and again, the latest stands.
            let address = figure_address(&aggregate.body);
            let same = |(_, other): &(Shown, Shown)| figure_address(&other.body) == address;
            if address.is_some()
                && let Some(at) = largest.iter().position(same)
            {
                if stated_last(read, largest[at].1.id)? < stated_last(read, aggregate.id)? {
                    largest[at] = (claim, aggregate);
                }
                continue;
            }
            let shown = largest.iter().any(|(_, other)| {
                matches!(&other.body, Body::Aggregate(b) if b.category == a.category && b.count.value == a.count.value)
            });
            if !shown && largest.len() < AGGREGATES {
                largest.push((claim, aggregate));
            }
        }
        for (claim, aggregate) in &largest {
            titles.meet_all(read, viewer, lang, &[claim, aggregate])?;
        }
        let kept = read.party_subjects(id)?;
        standings.push(PartyStanding {
            party: Shown::of(viewer, party),
            claims,
            about_sites: kept.0,
            about_aggregates: kept.1,
            largest,
        });
    }
    // By title, so that no party stands first for its number.
    standings.sort_by_key(|s| (stele_model::search_key(&s.party.title(lang)), s.party.id));
    Ok(standings)
}
