//! What follows from several records together: status of sites and findings, ladders of aggregates,
//! stages of missions. Computed by the model's rules, kept so that pages need not compute it.
//!
//! [`Touched`] gathers what a record may have changed; [`recompute`] does each of it once.

use crate::apply::{add_to_tally, body_of, role};
use crate::atlas;
use crate::echo::Echoes;
use crate::engine::{Connection, Value, first, rows};
use crate::error::StoreError;
use std::collections::{BTreeMap, BTreeSet};
use stele_model::date::Day;
use stele_model::reading::Role;
use stele_model::rules::coverage::{Item, Verdict, ladder};
use stele_model::rules::independence::{Affiliations, Statement, independent_origins};
use stele_model::rules::verification::{status_of, status_of_claims};
use stele_model::rules::{board, turns::Board};
use stele_model::*;

/// What may follow from a record that is new.
pub enum Follows {
    /// Nothing for any summary.
    Nothing,
    /// Nothing, unless a record that came before refers to it.
    WhereReferredTo,
    /// What [`Touched::add`] finds.
    Something,
}

/// What may follow from a record with this body, when it is new.
pub fn follows(body: &Body) -> Follows {
    match body {
        Body::Site(_) => Follows::WhereReferredTo,
        Body::Area(_)
        | Body::Reply(_)
        | Body::Evidence(_)
        | Body::Instrument(_)
        | Body::Adherence(_)
        | Body::Obligation(_)
        | Body::Protection(_)
        | Body::Import(_)
        | Body::SamplingPlan(_) => Follows::Nothing,
        Body::Link(_)
        | Body::Claim(_)
        | Body::Retraction(_)
        | Body::Assessment(_)
        | Body::Finding(_)
        | Body::Review(_)
        | Body::Publication(_)
        | Body::Aggregate(_)
        | Body::Mission(_)
        | Body::MissionStep(_)
        | Body::Position(_)
        | Body::Source(_)
        | Body::Party(_) => Follows::Something,
    }
}

/// Ids whose summary may have changed, by kind.
#[derive(Default)]
pub struct Touched {
    links: BTreeSet<AnyId>,
    findings: BTreeSet<AnyId>,
    sites: BTreeSet<AnyId>,
    aggregates: BTreeSet<AnyId>,
    claims: BTreeSet<AnyId>,
    missions: BTreeSet<AnyId>,
}

impl Touched {
    /// Whether nothing was taken up.
    pub fn is_empty(&self) -> bool {
        let Touched {
            links,
            findings,
            sites,
            aggregates,
            claims,
            missions,
        } = self;
        [links, findings, sites, aggregates, claims, missions]
            .iter()
            .all(|ids| ids.is_empty())
    }

    /// Takes up sites.
    pub fn add_sites(&mut self, sites: Vec<AnyId>) {
        self.sites.extend(sites);
    }

    /// Takes up everything that a record of this body can change.
    pub fn add(
        &mut self,
        c: &mut dyn Connection,
        id: AnyId,
        body: &Body,
    ) -> Result<(), StoreError> {
        match body {
            Body::Link(link) => self.link(c, id, link)?,
            Body::Claim(claim) => {
                self.claims.insert(id);
                self.subject(
                    claim.subject.any(),
                    matches!(claim.subject, Subject::Site(_)),
                );
            }
            Body::Retraction(retraction) => {
                self.claims.insert(retraction.claim.any());
                if let Some(Body::Claim(claim)) = body_in(c, retraction.claim.any())? {
                    self.subject(
                        claim.subject.any(),
                        matches!(claim.subject, Subject::Site(_)),
                    );
                }
            }
            Body::Assessment(assessment) => {
                self.sites.insert(assessment.site.any());
            }
            Body::Finding(finding) => {
                self.findings.insert(id);
                self.sites.insert(finding.site.any());
                if let Some(earlier) = finding.supersedes {
                    self.finding(c, earlier.any())?;
                }
            }
            Body::Review(review) => self.finding(c, review.finding.any())?,
            Body::Publication(publication) => {
                self.finding(c, publication.finding.any())?;
                if let Some(Body::Finding(finding)) = body_in(c, publication.finding.any())?
                    && let Some(earlier) = finding.supersedes
                {
                    self.finding(c, earlier.any())?;
                }
            }
            Body::Site(_) => {
                self.sites.insert(id);
            }
            Body::Aggregate(_) => {
                self.aggregates.insert(id);
                self.claims
                    .extend(referring(c, id, Kind::Claim, Role::About)?);
            }
            Body::Mission(_) => {
                self.missions.insert(id);
            }
            Body::MissionStep(step) => {
                self.missions.insert(step.mission.any());
            }
            Body::Position(position) => {
                self.missions.insert(position.about);
            }
            Body::Source(_) => self.source(c, id)?,
            Body::Party(_) => self.party(c, id)?,
            Body::Area(_)
            | Body::Reply(_)
            | Body::Evidence(_)
            | Body::Instrument(_)
            | Body::Adherence(_)
            | Body::Obligation(_)
            | Body::Protection(_)
            | Body::Import(_)
            | Body::SamplingPlan(_) => {}
        }
        Ok(())
    }

    fn subject(&mut self, id: AnyId, is_site: bool) {
        match is_site {
            true => self.sites.insert(id),
            false => self.aggregates.insert(id),
        };
    }

    /// A link, and what it undoes, and so on: each may stand or fall with it. What undoes this one
    /// may have come first, which asks for nothing more.
    fn link(&mut self, c: &mut dyn Connection, id: AnyId, link: &Link) -> Result<(), StoreError> {
        let (mut id, mut link) = (id, link.clone());
        let mut seen = BTreeSet::new();
        while seen.insert(id) {
            self.links.insert(id);
            self.ends(c, &link)?;
            let Some(undone) = link.undoes else { break };
            let Some(Body::Link(other)) = body_in(c, undone.any())? else {
                break;
            };
            (id, link) = (undone.any(), other);
        }
        Ok(())
    }

    /// What a link of its kind bears on. Not asked of the ends, which may not have arrived yet.
    fn ends(&mut self, c: &mut dyn Connection, link: &Link) -> Result<(), StoreError> {
        match link.kind {
            LinkKind::SameAs => self.sites.extend([link.from, link.to]),
            LinkKind::ItemOf => {
                self.aggregates.insert(link.to);
            }
            LinkKind::Copies => self.source(c, link.from)?,
            _ => {}
        }
        Ok(())
    }

    fn finding(&mut self, c: &mut dyn Connection, id: AnyId) -> Result<(), StoreError> {
        self.findings.insert(id);
        if let Some(Body::Finding(finding)) = body_in(c, id)? {
            self.sites.insert(finding.site.any());
        }
        Ok(())
    }

    /// What a source only quotes, and what it copies, decides how many origins the claims in it
    /// have, and those in its copies, and in theirs.
    fn source(&mut self, c: &mut dyn Connection, id: AnyId) -> Result<(), StoreError> {
        let mut open = vec![id];
        let mut seen = BTreeSet::from([id]);
        while let Some(next) = open.pop() {
            for claim in referring(c, next, Kind::Claim, Role::In)? {
                if let Some(Body::Claim(claim)) = body_in(c, claim)? {
                    self.subject(
                        claim.subject.any(),
                        matches!(claim.subject, Subject::Site(_)),
                    );
                }
            }
            let copies = linked(c, next, LinkKind::Copies, Role::To, Role::From)?;
            open.extend(copies.into_iter().filter(|copy| seen.insert(*copy)));
        }
        Ok(())
    }

    /// What a party belongs to decides whose voice it is, and that of all that belong to it.
    fn party(&mut self, c: &mut dyn Connection, id: AnyId) -> Result<(), StoreError> {
        let mut open = vec![id];
        let mut seen = BTreeSet::from([id]);
        while let Some(next) = open.pop() {
            for claim in referring(c, next, Kind::Claim, Role::By)? {
                if let Some(Body::Claim(claim)) = body_in(c, claim)? {
                    self.subject(
                        claim.subject.any(),
                        matches!(claim.subject, Subject::Site(_)),
                    );
                }
            }
            for assessment in referring(c, next, Kind::Assessment, Role::By)? {
                if let Some(Body::Assessment(assessment)) = body_in(c, assessment)? {
                    self.sites.insert(assessment.site.any());
                }
            }
            // A source that only quotes it passes its word on.
            for quoting in referring(c, next, Kind::Source, Role::Part)? {
                self.source(c, quoting)?;
            }
            for child in referring(c, next, Kind::Party, Role::Part)? {
                if seen.insert(child) {
                    open.push(child);
                }
            }
        }
        Ok(())
    }
}

/// Recomputes every summary touched, in the order they depend on each other.
pub fn recompute(
    c: &mut dyn Connection,
    mut touched: Touched,
    echoes: &mut Echoes,
) -> Result<(), StoreError> {
    let mut voices = Voices::default();
    for id in std::mem::take(&mut touched.links) {
        link(c, echoes, id)?;
    }
    for id in std::mem::take(&mut touched.findings) {
        finding(c, echoes, id)?;
    }
    let mut sites = touched.sites;
    alone(c, &mut sites)?;
    // Sites that are the same count as one in a ladder.
    for id in sites.clone() {
        sites.extend(same_as(c, id)?);
    }
    for id in &sites {
        site(c, echoes, *id, &mut voices)?;
        touched.aggregates.extend(aggregates_of(c, *id)?);
    }
    for id in &touched.aggregates {
        aggregate(c, echoes, *id, &mut voices)?;
    }
    for id in touched.claims {
        claim(c, echoes, id)?;
    }
    for id in touched.missions {
        mission(c, echoes, id)?;
    }
    Ok(())
}

/// Leaves out the sites that no record refers to and that have no status: nothing follows from them.
/// Most of a list read in is such.
fn alone(c: &mut dyn Connection, sites: &mut BTreeSet<AnyId>) -> Result<(), StoreError> {
    let sql = "SELECT 1 FROM thing WHERE id = $1 AND status = '' AND NOT EXISTS (SELECT 1 FROM ref WHERE dst = $1)";
    let mut failed = Ok(());
    sites.retain(|id| match first(c, sql, &[(*id).into()]) {
        Ok(found) => found.is_none(),
        Err(e) => {
            failed = Err(e);
            true
        }
    });
    failed
}

/// Affiliations of the parties met so far in one recomputation.
#[derive(Default)]
pub(crate) struct Voices {
    known: BTreeSet<AnyId>,
    affiliations: Affiliations,
}

impl Voices {
    fn meet(&mut self, c: &mut dyn Connection, party: Id<Party>) -> Result<(), StoreError> {
        let mut open = vec![party.any()];
        while let Some(id) = open.pop() {
            if !self.known.insert(id) {
                continue;
            }
            if let Some(Body::Party(body)) = body_in(c, id)? {
                open.extend(body.belongs_to.iter().map(|p| p.any()));
                self.affiliations.add(id.into(), &body);
            }
        }
        Ok(())
    }

    fn one_voice(
        &mut self,
        c: &mut dyn Connection,
        a: Id<Party>,
        b: Id<Party>,
    ) -> Result<bool, StoreError> {
        self.meet(c, a)?;
        self.meet(c, b)?;
        Ok(self.affiliations.one_voice(a, b))
    }
}

fn link(c: &mut dyn Connection, echoes: &mut Echoes, id: AnyId) -> Result<(), StoreError> {
    let undone = is_undone(c, id, &mut BTreeSet::new())?;
    set(
        c,
        echoes,
        id,
        Kind::Link,
        if undone { "undone" } else { "" },
        "",
        None,
    )
}

/// Whether a link that is not itself undone undoes this one. A circle undoes nothing.
fn is_undone(
    c: &mut dyn Connection,
    id: AnyId,
    above: &mut BTreeSet<AnyId>,
) -> Result<bool, StoreError> {
    if !above.insert(id) {
        return Ok(false);
    }
    let mut undone = false;
    for by in referring(c, id, Kind::Link, Role::Replaces)? {
        undone |= !above.contains(&by) && !is_undone(c, by, above)?;
    }
    above.remove(&id);
    Ok(undone)
}

fn claim(c: &mut dyn Connection, echoes: &mut Echoes, id: AnyId) -> Result<(), StoreError> {
    let Some(Body::Claim(body)) = body_in(c, id)? else {
        return set(c, echoes, id, Kind::Claim, "", "", None);
    };
    let mut retracted = false;
    for retraction in referring(c, id, Kind::Retraction, Role::About)? {
        if let Some(Body::Retraction(r)) = body_in(c, retraction)? {
            retracted |= r.party == body.party;
        }
    }
    let weight = match body.subject {
        Subject::Aggregate(aggregate) => match body_in(c, aggregate.any())? {
            Some(Body::Aggregate(a)) => a.count.value,
            _ => 0,
        },
        Subject::Site(_) => 0,
    };
    set(
        c,
        echoes,
        id,
        Kind::Claim,
        if retracted { "retracted" } else { "" },
        "",
        Some(weight),
    )
}

fn finding(c: &mut dyn Connection, echoes: &mut Echoes, id: AnyId) -> Result<(), StoreError> {
    let Some(Body::Finding(body)) = body_in(c, id)? else {
        return set(c, echoes, id, Kind::Finding, "", "", None);
    };
    let published = referring(c, id, Kind::Publication, Role::About)?;
    let mut superseded = false;
    for later in referring(c, id, Kind::Finding, Role::Replaces)? {
        superseded |= !referring(c, later, Kind::Publication, Role::About)?.is_empty();
    }
    let status = match (published.is_empty(), superseded) {
        (true, _) => "draft",
        (false, true) => "superseded",
        (false, false) => status_of(body.conclusion, false).id(),
    };
    set(c, echoes, id, Kind::Finding, status, "", None)
}

/// Published findings of a site that no later one takes the place of.
fn standing_findings(
    c: &mut dyn Connection,
    site: AnyId,
) -> Result<Vec<(AnyId, Finding)>, StoreError> {
    let found = rows(
        c,
        "SELECT t.id, t.body FROM ref r JOIN thing t ON t.id = r.src WHERE r.dst = $1 AND r.kind = 'finding' AND r.role = $2 AND t.status NOT IN ('draft', 'superseded', '') ORDER BY t.id",
        &[site.into(), role(Role::About)],
    )?;
    let mut all = Vec::new();
    for row in found {
        let id = row.id(0)?;
        if let Body::Finding(finding) = body_of(id, "finding", row.text(1)?)? {
            all.push((id, finding));
        }
    }
    Ok(all)
}

fn contradict(findings: &[(AnyId, Finding)]) -> bool {
    let harms: BTreeSet<bool> = findings
        .iter()
        .filter_map(|(_, f)| f.conclusion.harm())
        .collect();
    harms.len() > 1
}

fn site(
    c: &mut dyn Connection,
    echoes: &mut Echoes,
    id: AnyId,
    voices: &mut Voices,
) -> Result<(), StoreError> {
    if kind_in(c, id)? != Some(Kind::Site) {
        return Ok(());
    }
    let findings = standing_findings(c, id)?;
    let harm = claims_of_harm(c, id)?;
    let status = match findings.iter().max_by_key(|(_, f)| f.as_at.earliest()) {
        Some((_, last)) => Some(status_of(last.conclusion, contradict(&findings))),
        None => status_of_claims(origins(c, &harm, voices)?),
    };
    let milestones = milestones(c, id, &harm, &findings)?.written();
    let status = status.map_or("", Word::id);
    set(c, echoes, id, Kind::Site, status, &milestones, None)
}

/// Since when a site is claimed to have come to harm, observed, and judged: the days on which that
/// became known. Of what is published only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Milestones {
    /// First day on which a party said that it came to harm.
    pub claimed: Option<Day>,
    /// First day on which it was observed, of observations that are published.
    pub assessed: Option<Day>,
    /// First day on which a finding that stands was published.
    pub verified: Option<Day>,
}

impl Milestones {
    fn written(self) -> String {
        if self == Milestones::default() {
            return String::new();
        }
        let day = |day: Option<Day>| day.map_or(String::new(), |d| d.0.to_string());
        format!(
            "{},{},{}",
            day(self.claimed),
            day(self.assessed),
            day(self.verified)
        )
    }

    pub(crate) fn read(summary: &str) -> Milestones {
        let mut days = summary.split(',').map(|n| n.parse().ok().map(Day));
        let mut next = || days.next().flatten();
        Milestones {
            claimed: next(),
            assessed: next(),
            verified: next(),
        }
    }
}

fn milestones(
    c: &mut dyn Connection,
    site: AnyId,
    harm: &[Claim],
    findings: &[(AnyId, Finding)],
) -> Result<Milestones, StoreError> {
    let mut claimed: Option<Day> = None;
    for claim in harm {
        let day = said_on(c, claim)?;
        claimed = [claimed, day].into_iter().flatten().min();
    }
    let relied: BTreeSet<AnyId> = findings
        .iter()
        .flat_map(|(_, f)| f.assessments.iter().map(|a| a.any()))
        .collect();
    let mut assessed: Option<Day> = None;
    for id in referring(c, site, Kind::Assessment, Role::About)? {
        let Some(Body::Assessment(body)) = body_in(c, id)? else {
            continue;
        };
        let published = body.source.is_some() || relied.contains(&id);
        if published && body.grade != Grade::NotExamined {
            let day = body.observed.earliest();
            assessed = [assessed, day].into_iter().flatten().min();
        }
    }
    let mut verified: Option<Day> = None;
    for (id, _) in findings {
        for publication in referring(c, *id, Kind::Publication, Role::About)? {
            if let Some(Body::Publication(body)) = body_in(c, publication)? {
                verified = [verified, body.on.earliest()].into_iter().flatten().min();
            }
        }
    }
    Ok(Milestones {
        claimed,
        assessed,
        verified,
    })
}

/// The day by which a claim was made: when its party said so, else when the text that says so came out; of a
/// text without a date, when what it tells of took place.
fn said_on(c: &mut dyn Connection, claim: &Claim) -> Result<Option<Day>, StoreError> {
    let earliest = |date: &Option<EdtfDate>| date.as_ref().and_then(|d| d.earliest());
    if let Some(day) = earliest(&claim.stated) {
        return Ok(Some(day));
    }
    let published = match body_in(c, claim.source.any())? {
        Some(Body::Source(source)) => earliest(&source.published),
        _ => None,
    };
    Ok(published.or_else(|| earliest(&claim.event)))
}

/// Claims that stand and say that the thing came to harm.
fn claims_of_harm(c: &mut dyn Connection, subject: AnyId) -> Result<Vec<Claim>, StoreError> {
    let mut claims = Vec::new();
    for id in referring(c, subject, Kind::Claim, Role::About)? {
        if let Some(Body::Claim(claim)) = body_in(c, id)?
            && claim.predicate.asserts_harm()
            && !is_retracted(c, id, claim.party)?
        {
            claims.push(claim);
        }
    }
    Ok(claims)
}

/// How many origins independent of each other make these claims.
fn origins(
    c: &mut dyn Connection,
    claims: &[Claim],
    voices: &mut Voices,
) -> Result<usize, StoreError> {
    let mut statements = Vec::new();
    for claim in claims {
        voices.meet(c, claim.party)?;
        let (origin, quotes_only) = origin_of(c, claim.source)?;
        for quoted in &quotes_only {
            voices.meet(c, *quoted)?;
        }
        statements.push(Statement {
            party: claim.party,
            origin,
            quotes_only,
        });
    }
    Ok(independent_origins(&statements, &voices.affiliations))
}

fn is_retracted(
    c: &mut dyn Connection,
    claim: AnyId,
    party: Id<Party>,
) -> Result<bool, StoreError> {
    for retraction in referring(c, claim, Kind::Retraction, Role::About)? {
        if let Some(Body::Retraction(r)) = body_in(c, retraction)?
            && r.party == party
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The source a text was first in: follows `copies` links, of several the lowest id; of sources
/// that copy each other the lowest id.
fn origin_of(
    c: &mut dyn Connection,
    source: Id<Source>,
) -> Result<(Id<Source>, Vec<Id<Party>>), StoreError> {
    let mut path = vec![source.any()];
    let mut at = source.any();
    while let Some(next) = linked(c, at, LinkKind::Copies, Role::From, Role::To)?
        .into_iter()
        .next()
    {
        if let Some(entered) = path.iter().position(|id| *id == next) {
            at = path[entered..].iter().copied().min().unwrap_or(next);
            break;
        }
        path.push(next);
        at = next;
    }
    let quotes = match body_in(c, at)? {
        Some(Body::Source(body)) => body.quotes_only,
        _ => Vec::new(),
    };
    Ok((at.into(), quotes))
}

/// Links that say something: not undone, not taken back, and not there to undo another.
const STANDS: &str = "t.status <> 'undone' AND t.withdrawn = 0 AND NOT EXISTS (SELECT 1 FROM ref u WHERE u.kind = 'link' AND u.src = t.id AND u.role = 'replaces')";

/// Ids at the other end of the standing links of a kind; `here` is the end that `id` stands at.
pub(crate) fn linked(
    c: &mut dyn Connection,
    id: AnyId,
    kind: LinkKind,
    here: Role,
    there: Role,
) -> Result<Vec<AnyId>, StoreError> {
    let found = rows(
        c,
        &format!(
            "SELECT DISTINCT o.dst FROM ref r JOIN thing t ON t.id = r.src JOIN ref o ON o.kind = 'link' AND o.src = t.id AND o.role = $4
             WHERE r.dst = $1 AND r.kind = 'link' AND r.role = $2 AND t.facet = $3 AND {STANDS} ORDER BY o.dst"
        ),
        &[id.into(), role(here), kind.id().into(), role(there)],
    )?;
    found.iter().map(|row| row.id(0)).collect()
}

/// This record and all that are linked to it as the same.
pub(crate) fn same_as(c: &mut dyn Connection, id: AnyId) -> Result<BTreeSet<AnyId>, StoreError> {
    let mut all = BTreeSet::from([id]);
    let mut open = vec![id];
    while let Some(next) = open.pop() {
        let mut near = linked(c, next, LinkKind::SameAs, Role::From, Role::To)?;
        near.extend(linked(c, next, LinkKind::SameAs, Role::To, Role::From)?);
        open.extend(near.into_iter().filter(|n| all.insert(*n)));
    }
    Ok(all)
}

fn aggregates_of(c: &mut dyn Connection, site: AnyId) -> Result<Vec<AnyId>, StoreError> {
    linked(c, site, LinkKind::ItemOf, Role::From, Role::To)
}

fn aggregate(
    c: &mut dyn Connection,
    echoes: &mut Echoes,
    id: AnyId,
    voices: &mut Voices,
) -> Result<(), StoreError> {
    let Some(Body::Aggregate(_)) = body_in(c, id)? else {
        return set(c, echoes, id, Kind::Aggregate, "", "", None);
    };
    let said = said_of(c, id)?;
    let links = rows(
        c,
        &format!(
            "SELECT t.body FROM ref r JOIN thing t ON t.id = r.src WHERE r.dst = $1 AND r.kind = 'link' AND r.role = $2 AND t.facet = $3 AND {STANDS} ORDER BY t.id"
        ),
        &[id.into(), role(Role::To), LinkKind::ItemOf.id().into()],
    )?;
    let mut by_site: BTreeMap<AnyId, (bool, bool)> = BTreeMap::new();
    for row in &links {
        if let Body::Link(link) = body_of(id, "link", row.text(0)?)? {
            let known = by_site.entry(link.from).or_default();
            known.0 |= link.identified;
            known.1 |= link.excluded.is_some();
        }
    }
    let mut counted: BTreeSet<AnyId> = BTreeSet::new();
    let mut items = Vec::with_capacity(by_site.len());
    for (site_id, (identified, excluded)) in &by_site {
        let same = same_as(c, *site_id)?;
        let duplicate = same.iter().any(|other| counted.contains(other));
        counted.insert(*site_id);
        items.push(Item {
            duplicate,
            excluded: *excluded,
            identified: *identified,
            ..item(c, &same, &said, voices)?
        });
    }
    let summary = serde_json::to_string(&ladder(&items)).unwrap_or_default();
    set(c, echoes, id, Kind::Aggregate, "", &summary, None)
}

/// What claims say of an aggregate, and who: its items are judged against it.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Who claims it.
    pub claimants: BTreeSet<Id<Party>>,
    /// Whether any claim says that its members came to harm.
    pub asserts_harm: bool,
}

pub(crate) fn said_of(c: &mut dyn Connection, aggregate: AnyId) -> Result<Said, StoreError> {
    let mut said = Said::default();
    for claim_id in referring(c, aggregate, Kind::Claim, Role::About)? {
        if let Some(Body::Claim(claim)) = body_in(c, claim_id)? {
            said.asserts_harm |= claim.predicate.asserts_harm();
            said.claimants.insert(claim.party);
        }
    }
    Ok(said)
}

/// What is known of one item of an aggregate, where these sites are all the same thing.
pub(crate) fn item(
    c: &mut dyn Connection,
    same: &BTreeSet<AnyId>,
    said: &Said,
    voices: &mut Voices,
) -> Result<Item, StoreError> {
    let mut item = Item::default();
    for site in same {
        fill(c, *site, said, voices, &mut item)?;
    }
    Ok(item)
}

fn fill(
    c: &mut dyn Connection,
    site: AnyId,
    said: &Said,
    voices: &mut Voices,
    item: &mut Item,
) -> Result<(), StoreError> {
    if let Some(Body::Site(body)) = body_in(c, site)? {
        item.located |= body.location.is_some();
    }
    for assessment in referring(c, site, Kind::Assessment, Role::About)? {
        let Some(Body::Assessment(body)) = body_in(c, assessment)? else {
            continue;
        };
        if body.grade == Grade::NotExamined {
            continue;
        }
        let mut affiliated = false;
        for claimant in &said.claimants {
            affiliated |= voices.one_voice(c, body.organisation, *claimant)?;
        }
        match affiliated {
            true => item.assessed_affiliated = true,
            false => item.assessed_independent = true,
        }
    }
    let findings = standing_findings(c, site)?;
    if findings.is_empty() {
        return Ok(());
    }
    let last = findings.iter().max_by_key(|(_, f)| f.as_at.earliest());
    item.verdict = match last.and_then(|(_, f)| f.conclusion.harm()) {
        _ if contradict(&findings) => Verdict::Inconclusive,
        Some(harm) if harm == said.asserts_harm => Verdict::For,
        Some(_) => Verdict::Against,
        None => Verdict::Inconclusive,
    };
    Ok(())
}

fn mission(c: &mut dyn Connection, echoes: &mut Echoes, id: AnyId) -> Result<(), StoreError> {
    if !matches!(kind_in(c, id)?, Some(Kind::Mission)) {
        return Ok(());
    }
    let board = board_of(c, id)?;
    set(
        c,
        echoes,
        id,
        Kind::Mission,
        board.stage.map_or("", Word::id),
        "",
        None,
    )
}

/// The mission's steps and positions put together.
pub(crate) fn board_of(c: &mut dyn Connection, id: AnyId) -> Result<Board, StoreError> {
    let mut steps = Vec::new();
    for step in referring(c, id, Kind::MissionStep, Role::About)? {
        if let Some(Body::MissionStep(body)) = body_in(c, step)? {
            steps.push((step, body));
        }
    }
    let mut positions = Vec::new();
    for position in referring(c, id, Kind::Position, Role::About)? {
        if let Some(Body::Position(body)) = body_in(c, position)? {
            positions.push((position, body));
        }
    }
    Ok(board(&steps, &positions))
}

/// Writes a summary where it changed, and keeps the counts by status true. A thing of another kind
/// than was referred to keeps its own.
pub(crate) fn set(
    c: &mut dyn Connection,
    echoes: &mut Echoes,
    id: AnyId,
    kind: Kind,
    status: &str,
    summary: &str,
    weight: Option<u64>,
) -> Result<(), StoreError> {
    let Some(row) = first(
        c,
        "SELECT kind, status, summary, withdrawn FROM thing WHERE id = $1",
        &[id.into()],
    )?
    else {
        return Ok(());
    };
    if row.text(0)? != kind.id() {
        return Ok(());
    }
    let (old, old_summary) = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
    let status = if row.int(3)? != 0 { "" } else { status };
    if old != status || old_summary != summary {
        echoes.hear(id, &old);
        c.execute(
            "UPDATE thing SET status = $2, summary = $3 WHERE id = $1",
            &[id.into(), status.into(), summary.into()],
        )?;
        if kind == Kind::Site {
            atlas::put_status(c, id, status, summary)?;
        }
        if old != status {
            for (word, step) in [(old.as_str(), -1), (status, 1)] {
                if !word.is_empty() {
                    add_to_tally(c, kind.id(), "status", word, step)?;
                }
            }
        }
    }
    if let Some(weight) = weight {
        c.execute(
            "UPDATE thing SET weight = $2 WHERE id = $1 AND weight <> $2",
            &[id.into(), weight.into()],
        )?;
    }
    Ok(())
}

/// Ids of records of a kind that refer to this one in a role.
pub(crate) fn referring(
    c: &mut dyn Connection,
    id: AnyId,
    kind: Kind,
    by: Role,
) -> Result<Vec<AnyId>, StoreError> {
    let found = rows(
        c,
        "SELECT src FROM ref WHERE dst = $1 AND kind = $2 AND role = $3 ORDER BY src",
        &[Value::from(id), kind.id().into(), role(by)],
    )?;
    found.iter().map(|row| row.id(0)).collect()
}

/// The current body of a record that is not withdrawn.
pub(crate) fn body_in(c: &mut dyn Connection, id: AnyId) -> Result<Option<Body>, StoreError> {
    first(
        c,
        "SELECT kind, body FROM thing WHERE id = $1 AND withdrawn = 0",
        &[id.into()],
    )?
    .map(|row| body_of(id, row.text(0)?, row.text(1)?))
    .transpose()
}

fn kind_in(c: &mut dyn Connection, id: AnyId) -> Result<Option<Kind>, StoreError> {
    let row = first(c, "SELECT kind FROM thing WHERE id = $1", &[id.into()])?;
    Ok(row.and_then(|row| row.text(0).ok().and_then(Kind::from_id)))
}
