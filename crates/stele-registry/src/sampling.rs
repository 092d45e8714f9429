//! Sampling plans: the frame as it stands, the draw, the draw again, and what the findings on the drawn
//! sites say of all; and how many may be on no list.
//!
//! The rules are the model's ([`stele_model::rules::sampling`], [`stele_model::rules::estimate`],
//! [`stele_model::rules::unlisted`]); here their input is gathered from the state.

mod frame;
mod lists;

pub(crate) use frame::faults;
pub use lists::{MOST_COMPARED, PartyList, UnlistedView};

use crate::Registry;
use crate::account::{Account, Viewer};
use crate::clock;
use crate::coverage::{aggregate_of, counted_items};
use crate::refusal::Refusal;
use crate::view::{Shown, Titles, may_see};
use frame::strata_of;
use std::collections::BTreeSet;
use stele_model::check::MAX_ITEMS;
use stele_model::reading::Role;
use stele_model::rules::estimate::{Estimate, Tally, estimate};
use stele_model::rules::{Level, Verdict, sampling};
use stele_model::*;
use stele_store::{Read, Said};

/// How large a sample is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So large that a share is told to within this, in per mille.
    Margin(u16),
    /// So many sites.
    Sites(u64),
}

impl Size {
    /// Why a plan draws more than was asked for, where it does.
    pub fn exceeded_by(self, plan: &SamplingPlan) -> Option<String> {
        match self {
            Size::Sites(asked) if plan.size() > asked => Some(format!(
                "That is more than the {asked} asked for: parts of {} or fewer are taken whole, and of every other part at least {}, so that each can be told of. Divided by less, fewer are drawn.",
                sampling::CENSUS_AT_MOST,
                sampling::FEWEST
            )),
            _ => None,
        }
    }

    /// A margin written in points: `5`, `2.5`.
    pub fn from_points(text: &str) -> Result<Self, FieldError> {
        match text.trim().replace(',', ".").parse::<f64>() {
            Ok(points) if (0.1..50.0).contains(&points) => {
                Ok(Size::Margin((points * 10.0).round() as u16))
            }
            _ => Err(FieldError::new(
                "margin",
                "is not a number of points between 0.1 and 49.9; 5 is usual",
            )),
        }
    }
}

/// A level written in per cent: `95`, `99.5`.
pub fn level_from_percent(text: &str) -> Result<Level, FieldError> {
    let percent = text.trim().trim_end_matches('%').trim().parse::<f64>().ok();
    percent
        .filter(|p| (50.0..100.0).contains(p))
        .and_then(|p| Level::try_from((p * 10.0).round() as u16).ok())
        .ok_or_else(|| FieldError::new("level", "is not between 50 and 99.9 per cent; 95 is usual"))
}

/// The sample somebody wants.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Of which aggregate's items.
    pub aggregate: Id<Aggregate>,
    /// For which mission.
    pub mission: Option<Id<Mission>>,
    /// Divided by what.
    pub by: Vec<StratifiedBy>,
    /// How large.
    pub size: Size,
    /// How sure.
    pub level: Level,
    /// The seed; one is made at random when it is left out.
    pub seed: Option<String>,
}

/// What is known of a drawn site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Published findings say that the claim's predicate holds.
    Holds,
    /// They say that it does not.
    HoldsNot,
    /// Examined, without a conclusion.
    Inconclusive,
    /// Somebody tried and did not get there. Never "not damaged".
    NotReached,
    /// Nothing published yet.
    Pending,
}

impl Outcome {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Outcome::Holds => "it holds",
            Outcome::HoldsNot => "it does not hold",
            Outcome::Inconclusive => "inconclusive",
            Outcome::NotReached => "not reached",
            Outcome::Pending => "pending",
        }
    }

    /// As JSON and style sheets name it.
    pub fn id(self) -> &'static str {
        match self {
            Outcome::Holds => "holds",
            Outcome::HoldsNot => "holds_not",
            Outcome::Inconclusive => "inconclusive",
            Outcome::NotReached => "not_reached",
            Outcome::Pending => "pending",
        }
    }
}

/// A site to visit.
#[derive(Debug, Clone)]
pub struct DrawnSite {
    /// The site.
    pub site: Shown,
    /// Which stratum of the plan it stands for.
    pub stratum: usize,
    /// What is known of it.
    pub outcome: Outcome,
}

/// A plan with everything that follows from it.
#[derive(Debug, Clone)]
pub struct PlanView {
    /// The record.
    pub plan: Shown,
    /// The aggregate it samples.
    pub aggregate: Shown,
    /// What it says.
    pub body: SamplingPlan,
    /// Whether drawing again from the recorded frame and seed gives the same sites.
    pub redrawn_alike: bool,
    /// How many sites the aggregate has since gained and lost as items that count.
    pub frame_since: (usize, usize),
    /// The drawn sites, stratum by stratum in the order of the draw.
    pub sites: Vec<DrawnSite>,
    /// What the findings say of all.
    pub estimate: Estimate,
    /// Sites of the frame that the mission assessed though they were not drawn.
    pub not_drawn: u64,
    /// Titles of everything named.
    pub titles: Titles,
}

impl PlanView {
    /// `{"plan", "redrawn", "estimate", "sites", …}`.
    pub fn to_json(&self) -> serde_json::Value {
        let sites: Vec<_> = self
            .sites
            .iter()
            .map(|s| {
                serde_json::json!({"site": s.site.id, "title": s.site.title("en"), "stratum": s.stratum, "outcome": s.outcome.id(), "place": s.site.place})
            })
            .collect();
        serde_json::json!({
            "plan": self.plan,
            "redrawn": if self.redrawn_alike { "the same sites" } else { "other sites" },
            "frame_since": {"gained": self.frame_since.0, "lost": self.frame_since.1},
            "estimate": self.estimate,
            "assessed_but_not_drawn": self.not_drawn,
            "sites": sites,
        })
    }
}

/// Sites of the frame looked through for those assessed though not drawn.
const MOST_ASSESSED: usize = 2_000;

impl Registry {
    /// The plan a wish would make: the frame as it stands, the strata, and the draw. Records nothing.
    pub fn lay_out(&self, viewer: &Viewer, wish: &Wish) -> Result<SamplingPlan, Refusal> {
        let seed = match wish.seed.as_deref().map(str::trim) {
            Some(seed) if !seed.is_empty() => seed.to_owned(),
            _ => clock::seed(),
        };
        let margin = match wish.size {
            Size::Margin(margin) if !(1..500).contains(&margin) => {
                return Err(Refusal::field(
                    "margin",
                    "is not between 0.1 and 49.9 points; 5 is usual",
                ));
            }
            Size::Sites(0) => {
                return Err(Refusal::field(
                    "size",
                    "is 0; a sample has at least one site",
                ));
            }
            Size::Margin(margin) => Some(margin),
            Size::Sites(_) => None,
        };
        self.store.read(|read| {
            let (_, aggregate) = aggregate_of(read, viewer, wish.aggregate.any())?;
            let items = counted_items(read, wish.aggregate.any(), MAX_ITEMS)?;
            if items.is_empty() {
                return Err(Refusal::field(
                    "aggregate",
                    "has no items to draw from; link the sites that are meant, one by one or by rule",
                ));
            }
            let mut by = wish.by.clone();
            by.sort_unstable();
            by.dedup();
            let mut strata = strata_of(read, &aggregate, &items, &by)?;
            let sizes: Vec<u64> = strata.iter().map(|s| s.sites.len() as u64).collect();
            let population: u64 = sizes.iter().sum();
            let wanted = match wish.size {
                Size::Margin(margin) => sampling::required(population, margin, wish.level),
                Size::Sites(n) => n,
            };
            // An undivided frame gives as many as were asked for; a census of it is asked for by name.
            let census_at_most = if by.is_empty() { 0 } else { sampling::CENSUS_AT_MOST };
            let shares = sampling::allocate(&sizes, wanted, census_at_most);
            for (stratum, n) in strata.iter_mut().zip(shares) {
                let sites: Vec<AnyId> = stratum.sites.iter().map(|id| id.any()).collect();
                stratum.drawn = sampling::draw(&seed, &sites, n)
                    .into_iter()
                    .map(Into::into)
                    .collect();
            }
            let frame: Vec<AnyId> = items.keys().copied().collect();
            Ok(SamplingPlan {
                aggregate: wish.aggregate,
                mission: wish.mission,
                drawn_on: EdtfDate::from_day(clock::today()),
                frame: Frame {
                    count: population,
                    sha256: sampling::frame_hash(&frame),
                },
                by,
                level: wish.level,
                margin_permille: margin,
                seed,
                strata,
                method: sampling::METHOD.into(),
            })
        })
    }

    /// Draws a sample and records it, so that its seed stands in the ledger.
    pub fn draw_sample(&self, actor: &Account, wish: &Wish) -> Result<AnyId, Refusal> {
        let plan = self.lay_out(&Viewer::Member(actor.clone()), wish)?;
        let id = clock::mint();
        self.record(actor, vec![Record::new(id, plan)])?;
        Ok(id)
    }

    /// A plan with what follows from it.
    pub fn plan(&self, viewer: &Viewer, id: AnyId, lang: &str) -> Result<PlanView, Refusal> {
        self.store.read(|read| {
            let not_here = || Refusal::NotFound(id.to_string());
            let stored = read.find(id)?.ok_or_else(not_here)?;
            if !may_see(read, viewer, &stored)? {
                return Err(not_here());
            }
            let Body::SamplingPlan(body) = stored.body.clone() else {
                return Err(not_here());
            };
            plan_view(read, viewer, Shown::of(viewer, stored), body, lang)
        })
    }
}

fn plan_view(
    read: &mut Read<'_>,
    viewer: &Viewer,
    plan: Shown,
    body: SamplingPlan,
    lang: &str,
) -> Result<PlanView, Refusal> {
    let said = read.said_of(body.aggregate.any())?;
    let mut titles = Titles::default();
    titles.meet_all(read, viewer, lang, &[&plan])?;
    let mut sites = Vec::new();
    let mut tallies = Vec::with_capacity(body.strata.len());
    for (i, stratum) in body.strata.iter().enumerate() {
        let mut tally = Tally {
            population: stratum.sites.len() as u64,
            drawn: stratum.drawn.len() as u64,
            ..Tally::default()
        };
        for id in &stratum.drawn {
            let outcome = outcome_of(read, viewer, *id, &said, &body)?;
            match outcome {
                Outcome::Holds => tally.holds += 1,
                Outcome::HoldsNot => tally.holds_not += 1,
                Outcome::Inconclusive => tally.inconclusive += 1,
                Outcome::NotReached => tally.not_reached += 1,
                Outcome::Pending => tally.pending += 1,
            }
            // A site withdrawn since still counts among those drawn.
            if let Some(site) = read.find(id.any())? {
                let site = Shown::of(viewer, site);
                titles.meet_all(read, viewer, lang, &[&site])?;
                sites.push(DrawnSite {
                    site,
                    stratum: i,
                    outcome,
                });
            }
        }
        tallies.push(tally);
    }
    let aggregate = aggregate_of(read, viewer, body.aggregate.any())?.0;
    Ok(PlanView {
        aggregate,
        redrawn_alike: drawn_again(&body),
        frame_since: frame_since(read, &body)?,
        estimate: estimate(&tallies, body.level),
        not_drawn: not_drawn(read, viewer, &body)?,
        plan,
        body,
        sites,
        titles,
    })
}

/// Draws again from what the record says, and compares.
fn drawn_again(plan: &SamplingPlan) -> bool {
    let mut frame: Vec<AnyId> = Vec::new();
    let mut alike = true;
    for stratum in &plan.strata {
        let sites: Vec<AnyId> = stratum.sites.iter().map(|id| id.any()).collect();
        let drawn: Vec<AnyId> = stratum.drawn.iter().map(|id| id.any()).collect();
        alike &= sampling::draw(&plan.seed, &sites, drawn.len() as u64) == drawn;
        frame.extend(sites);
    }
    alike && sampling::frame_hash(&frame) == plan.frame.sha256
}

/// How many items the aggregate has gained and lost since the draw.
fn frame_since(read: &mut Read<'_>, plan: &SamplingPlan) -> Result<(usize, usize), Refusal> {
    let then: BTreeSet<AnyId> = plan
        .strata
        .iter()
        .flat_map(|s| s.sites.iter().map(|id| id.any()))
        .collect();
    let now: BTreeSet<AnyId> = match counted_items(read, plan.aggregate.any(), MAX_ITEMS * 2) {
        Ok(items) => items.into_keys().collect(),
        // More items than can be gone through: the plan stands for its frame all the same.
        Err(Refusal::Unreadable(_)) => return Ok((0, 0)),
        Err(other) => return Err(other),
    };
    Ok((now.difference(&then).count(), then.difference(&now).count()))
}

/// Sites of the frame that the plan's mission assessed though the draw did not name them.
fn not_drawn(read: &mut Read<'_>, viewer: &Viewer, plan: &SamplingPlan) -> Result<u64, Refusal> {
    let Some(mission) = plan.mission else {
        return Ok(0);
    };
    let in_frame = |site: &Id<Site>| plan.strata.iter().any(|s| s.sites.contains(site));
    let drawn = |site: &Id<Site>| plan.strata.iter().any(|s| s.drawn.contains(site));
    let mut sites = BTreeSet::new();
    let page = read.referring(
        mission.any(),
        Kind::Assessment,
        Some(Role::Part),
        None,
        MOST_ASSESSED,
    )?;
    for stored in page.rows {
        if let Body::Assessment(assessment) = &stored.body
            && in_frame(&assessment.site)
            && !drawn(&assessment.site)
            && may_see(read, viewer, &stored)?
        {
            sites.insert(assessment.site);
        }
    }
    Ok(sites.len() as u64)
}

/// What published findings, and assessments that the viewer may see, say of a drawn site.
fn outcome_of(
    read: &mut Read<'_>,
    viewer: &Viewer,
    site: Id<Site>,
    said: &Said,
    plan: &SamplingPlan,
) -> Result<Outcome, Refusal> {
    let same = read.same_as(site.any())?;
    match read.item(&same, said)?.verdict {
        Verdict::For => return Ok(Outcome::Holds),
        Verdict::Against => return Ok(Outcome::HoldsNot),
        Verdict::Inconclusive if !not_accessible(read, &same)? => {
            return Ok(Outcome::Inconclusive);
        }
        Verdict::Inconclusive => return Ok(Outcome::NotReached),
        Verdict::Pending => {}
    }
    for id in same {
        for stored in read
            .referring(id, Kind::Assessment, Some(Role::About), None, 100)?
            .rows
        {
            let Body::Assessment(assessment) = &stored.body else {
                continue;
            };
            let since = assessment.observed.latest() >= plan.drawn_on.earliest();
            if assessment.grade == Grade::NotExamined && since && may_see(read, viewer, &stored)? {
                return Ok(Outcome::NotReached);
            }
        }
    }
    Ok(Outcome::Pending)
}

/// Whether a published finding says that the site could not be got to.
fn not_accessible(read: &mut Read<'_>, same: &BTreeSet<AnyId>) -> Result<bool, Refusal> {
    let mut only = false;
    for id in same {
        for stored in read
            .referring(*id, Kind::Finding, Some(Role::About), None, 100)?
            .rows
        {
            if matches!(stored.status.as_str(), "draft" | "superseded" | "") {
                continue;
            }
            match &stored.body {
                Body::Finding(f) if f.conclusion == Conclusion::NotAccessible => only = true,
                _ => return Ok(false),
            }
        }
    }
    Ok(only)
}

/// Whether a plan may be seen outside: not while one of its sites is still to be visited, so that
/// nobody learns from it where a mission will go.
pub(crate) fn is_done(read: &mut Read<'_>, plan: &SamplingPlan) -> Result<bool, Refusal> {
    let said = read.said_of(plan.aggregate.any())?;
    for site in plan.strata.iter().flat_map(|s| &s.drawn) {
        if outcome_of(read, &Viewer::Public, *site, &said, plan)? == Outcome::Pending {
            return Ok(false);
        }
    }
    Ok(true)
}
