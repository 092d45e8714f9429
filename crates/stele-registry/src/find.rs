//! Finding for a viewer: one record with what stands around it, lists, search, lineages, missions.

use crate::Registry;
use crate::account::Viewer;
use crate::record::gather;
use crate::refusal::Refusal;
use crate::view::{Shown, Titles, may_see};
use std::collections::{BTreeMap, BTreeSet};
use stele_model::reading::Role;
use stele_model::rules::lineage::{is_repeat, sum_gap};
use stele_model::rules::{Board, Change, Figure, Unmet, changes};
use stele_model::*;
use stele_store::{After, Filter, Order, Page, Read, Revised};

/// Records of one kind that refer to the one shown.
#[derive(Debug, Clone)]
pub struct Related {
    /// Their kind.
    pub kind: Kind,
    /// The first of them.
    pub rows: Vec<Shown>,
    /// How many there are, as far as the viewer may know.
    pub count: u64,
    /// Id to go on after; none when these are all.
    pub next: Option<AnyId>,
}

/// One record with what stands around it.
#[derive(Debug, Clone)]
pub struct RecordView {
    /// The record.
    pub record: Shown,
    /// Its revisions, oldest first.
    pub history: Vec<Revised>,
    /// What refers to it, by kind.
    pub related: Vec<Related>,
    /// Titles of everything named.
    pub titles: Titles,
    /// Names of the accounts in its history and reviews.
    pub accounts: BTreeMap<String, String>,
}

impl RecordView {
    /// Related records of a kind.
    pub fn related(&self, kind: Kind) -> &[Shown] {
        self.related
            .iter()
            .find(|r| r.kind == kind)
            .map_or(&[], |r| &r.rows)
    }
}

/// A list for a page.
#[derive(Debug, Clone)]
pub struct ListView {
    /// Its rows.
    pub rows: Vec<Shown>,
    /// Where the next page begins.
    pub next: Option<After>,
    /// Titles of everything named.
    pub titles: Titles,
    /// Of claims about numbers of things: the aggregate, by the claim.
    pub figures: BTreeMap<AnyId, Shown>,
    /// How many there are of each facet.
    pub facets: Vec<(String, u64)>,
    /// How many there are of each status.
    pub statuses: Vec<(String, u64)>,
}

/// One statement of a lineage.
#[derive(Debug, Clone)]
pub struct LineageStep {
    /// The claim.
    pub claim: Shown,
    /// Its aggregate or site.
    pub subject: Option<Shown>,
    /// What changed since the statement before it.
    pub changes: Vec<Change>,
}

/// How a figure travelled.
#[derive(Debug, Clone)]
pub struct LineageView {
    /// Statements by date.
    pub steps: Vec<LineageStep>,
    /// Links that hold them together.
    pub links: Vec<Shown>,
    /// Titles of everything named.
    pub titles: Titles,
}

/// A mission with where it stands.
#[derive(Debug, Clone)]
pub struct MissionView {
    /// The mission.
    pub mission: Shown,
    /// Its tracks and accounts.
    pub board: Board,
    /// Titles of everything named.
    pub titles: Titles,
}

/// Rows of related records on a record's page.
const RELATED: usize = 50;
/// Claims of one lineage.
const LINEAGE: usize = 200;
/// Claims of a list that come with their figures.
const FIGURES: usize = 50;
/// Longest page of a list.
pub const LONGEST_PAGE: usize = 10_000;

impl Registry {
    /// One record with what stands around it.
    pub fn find(&self, viewer: &Viewer, id: AnyId, lang: &str) -> Result<RecordView, Refusal> {
        let mut view = self.store.read(|read| {
            let stored = read
                .find(id)?
                .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
            if !may_see(read, viewer, &stored)? {
                return Err(Refusal::NotFound(id.to_string()));
            }
            let record = Shown::of(viewer, stored);
            let mut related = Vec::new();
            for (kind, count) in read.referring_counts(id)? {
                related.extend(related_of(read, viewer, id, kind, None, count)?);
            }
            let mut titles = Titles::default();
            titles.meet_all(read, viewer, lang, &[&record])?;
            for group in &related {
                titles.meet_all(read, viewer, lang, &group.rows.iter().collect::<Vec<_>>())?;
                titles.meet(read, viewer, lang, group.rows.iter().map(|r| r.id))?;
            }
            titles.meet(read, viewer, lang, [id])?;
            let history = read.revisions(id)?;
            Ok(RecordView {
                record,
                history,
                related,
                titles,
                accounts: BTreeMap::new(),
            })
        })?;
        let mut ids: BTreeSet<String> = view.history.iter().map(|r| r.account.clone()).collect();
        let bodies = view
            .related
            .iter()
            .flat_map(|g| &g.rows)
            .chain([&view.record]);
        for body in bodies.map(|r| &r.body) {
            match body {
                Body::Review(review) => ids.insert(review.reviewer.clone()),
                Body::Finding(finding) => ids.insert(finding.author.clone()),
                Body::Assessment(assessment) => assessment
                    .assessor
                    .as_ref()
                    .is_some_and(|id| ids.insert(id.clone())),
                _ => false,
            };
        }
        for id in ids {
            if let Some(name) = self.account_name(&id)? {
                view.accounts.insert(id, name);
            }
        }
        Ok(view)
    }

    /// Just one record.
    pub fn get(&self, viewer: &Viewer, id: AnyId) -> Result<Shown, Refusal> {
        self.store.read(|read| {
            let stored = read
                .find(id)?
                .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
            match may_see(read, viewer, &stored)? {
                true => Ok(Shown::of(viewer, stored)),
                false => Err(Refusal::NotFound(id.to_string())),
            }
        })
    }

    /// A record with everything it says, its exact place too: for a member who corrects it.
    pub fn whole(&self, viewer: &Viewer, id: AnyId) -> Result<Record, Refusal> {
        if !viewer.is_member() {
            return Err(Refusal::NotAllowed("sign in to correct a record".into()));
        }
        let stored = self.store.read(|read| Ok::<_, Refusal>(read.find(id)?))?;
        let stored = stored.ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        Ok(Record {
            id,
            body: stored.body,
            revision: None,
        })
    }

    /// The record meant by an id, an address or a name; `Err` says why none or no single one is.
    pub fn resolve(
        &self,
        viewer: &Viewer,
        kind: Option<Kind>,
        text: &str,
    ) -> Result<Result<AnyId, String>, Refusal> {
        let text = text.trim();
        let last = text.rsplit('/').next().unwrap_or(text);
        self.store.read(|read| {
            if let Ok(id) = last.parse::<AnyId>() {
                let known = match read.find(id)? {
                    Some(stored) => may_see(read, viewer, &stored)?,
                    None => false,
                };
                return Ok(if known { Ok(id) } else { Err(format!("there is no record {id} here")) });
            }
            let kinds: Vec<Kind> = kind.map_or_else(|| vec![Kind::Site, Kind::Mission, Kind::Party, Kind::Source], |k| vec![k]);
            let mut found = BTreeSet::new();
            for kind in &kinds {
                found.extend(read.named(*kind, text)?);
            }
            let mut found = found.into_iter();
            Ok(match (found.next(), found.next()) {
                (Some(id), None) => Ok(id),
                (Some(a), Some(b)) => Err(format!("“{text}” names several records ({a}, {b} …); give the id or address of the one that is meant")),
                (None, _) => {
                    let what = kind.map_or("record", Word::label);
                    Err(format!("no {what} is called “{text}” here; record it first, or give its id or address"))
                }
            })
        })
    }

    /// More records of a kind that refer to one.
    pub fn related(
        &self,
        viewer: &Viewer,
        id: AnyId,
        kind: Kind,
        after: Option<AnyId>,
        lang: &str,
    ) -> Result<(Related, Titles), Refusal> {
        self.store.read(|read| {
            let related = related_of(read, viewer, id, kind, after, 0)?
                .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
            let mut titles = Titles::default();
            titles.meet_all(read, viewer, lang, &related.rows.iter().collect::<Vec<_>>())?;
            titles.meet(read, viewer, lang, [id])?;
            Ok((related, titles))
        })
    }

    /// A page of a list.
    pub fn list(
        &self,
        viewer: &Viewer,
        filter: &Filter,
        order: Order,
        after: Option<&After>,
        limit: usize,
        lang: &str,
    ) -> Result<ListView, Refusal> {
        self.store.read(|read| {
            let page = self.page(read, viewer, filter, order, after, limit)?;
            let mut titles = Titles::default();
            titles.meet_all(read, viewer, lang, &page.rows.iter().collect::<Vec<_>>())?;
            let mut figures = BTreeMap::new();
            // A page's worth; long lists for programs carry the ids.
            for row in page.rows.iter().take(FIGURES) {
                if let Body::Claim(claim) = &row.body
                    && let Subject::Aggregate(aggregate) = claim.subject
                    && let Some(stored) = read.find(aggregate.any())?
                {
                    figures.insert(row.id, Shown::of(viewer, stored));
                }
            }
            let (facets, statuses) = match filter.kind {
                Some(kind)
                    if viewer.is_member()
                        || !matches!(
                            kind,
                            Kind::Finding | Kind::Assessment | Kind::Evidence | Kind::Review
                        ) =>
                {
                    (read.tally(kind, "facet")?, read.tally(kind, "status")?)
                }
                _ => (Vec::new(), Vec::new()),
            };
            Ok(ListView {
                rows: page.rows,
                next: page.next,
                titles,
                figures,
                facets,
                statuses,
            })
        })
    }

    pub(crate) fn page(
        &self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        filter: &Filter,
        order: Order,
        after: Option<&After>,
        limit: usize,
    ) -> Result<Page<Shown>, Refusal> {
        let mut filter = filter.clone();
        if !viewer.is_member() {
            filter.not_status.push("draft");
        }
        let page = read.list(&filter, order, after, limit.min(LONGEST_PAGE))?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for stored in page.rows {
            if may_see(read, viewer, &stored)? {
                rows.push(Shown::of(viewer, stored));
            }
        }
        Ok(Page {
            rows,
            next: page.next,
        })
    }

    /// Where a mission stands, according to whom.
    pub fn mission(&self, viewer: &Viewer, id: AnyId, lang: &str) -> Result<MissionView, Refusal> {
        self.store.read(|read| {
            let stored = read
                .find(id)?
                .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
            mission_view(read, viewer, Shown::of(viewer, stored), lang)
        })
    }

    /// How the figure of a claim travelled: every claim linked to it as the same or a changed statement.
    pub fn lineage(
        &self,
        viewer: &Viewer,
        claim: AnyId,
        lang: &str,
    ) -> Result<LineageView, Refusal> {
        self.store.read(|read| {
            let mut seen = BTreeSet::from([claim]);
            let mut open = vec![claim];
            let mut links: BTreeMap<AnyId, Shown> = BTreeMap::new();
            while let Some(id) = open.pop() {
                if seen.len() > LINEAGE {
                    break;
                }
                for stored in read.referring(id, Kind::Link, None, None, LINEAGE)?.rows {
                    let Body::Link(link) = &stored.body else {
                        continue;
                    };
                    let joins = matches!(
                        link.kind,
                        LinkKind::Repeats
                            | LinkKind::Restates
                            | LinkKind::Corrects
                            | LinkKind::Contradicts
                    );
                    if !joins || link.undoes.is_some() || stored.status == "undone" {
                        continue;
                    }
                    let ends = [link.from, link.to];
                    links.insert(stored.id, Shown::of(viewer, stored));
                    open.extend(ends.into_iter().filter(|end| seen.insert(*end)));
                }
            }
            let mut claims = Vec::new();
            for id in seen {
                if let Some(stored) = read
                    .find(id)?
                    .filter(|s| s.kind == Kind::Claim && !s.withdrawn)
                {
                    claims.push(Shown::of(viewer, stored));
                }
            }
            if claims.is_empty() {
                return Err(Refusal::NotFound(claim.to_string()));
            }
            claims.sort_by_key(|c| {
                (
                    c.body
                        .date()
                        .and_then(|d| d.earliest())
                        .map_or(i64::MAX, |d| d.0),
                    c.id,
                )
            });
            let mut steps: Vec<LineageStep> = Vec::new();
            let mut before: Option<Figure> = None;
            for claim in claims {
                let Body::Claim(body) = &claim.body else {
                    continue;
                };
                let subject = read.find(body.subject.any())?.map(|s| Shown::of(viewer, s));
                let figure = figure_of(body, subject.as_ref());
                let changes = before
                    .as_ref()
                    .map(|b| changes(b, &figure))
                    .unwrap_or_default();
                before = Some(figure);
                steps.push(LineageStep {
                    claim,
                    subject,
                    changes,
                });
            }
            let mut titles = Titles::default();
            titles.meet_all(
                read,
                viewer,
                lang,
                &steps.iter().map(|s| &s.claim).collect::<Vec<_>>(),
            )?;
            Ok(LineageView {
                steps,
                links: links.into_values().collect(),
                titles,
            })
        })
    }

    /// What still stands between a finding and its publication.
    pub fn unmet(&self, viewer: &Viewer, id: AnyId) -> Result<Vec<Unmet>, Refusal> {
        if !viewer.is_member() {
            return Err(Refusal::NotAllowed(
                "drafts of findings are for members".into(),
            ));
        }
        self.store
            .read(|read| match read.find(id)?.map(|s| s.body) {
                Some(Body::Finding(finding)) => {
                    Ok(gather(read, id.into(), &finding)?.judge(&finding, &self.policy))
                }
                _ => Err(Refusal::NotFound(id.to_string())),
            })
    }

    /// Arithmetic that takes no side: how the parts of an aggregate stand to its total.
    pub fn sum_of_parts(
        &self,
        viewer: &Viewer,
        aggregate: AnyId,
    ) -> Result<Option<String>, Refusal> {
        self.store.read(|read| {
            let Some(Body::Aggregate(total)) = read.find(aggregate)?.map(|s| s.body) else {
                return Ok(None);
            };
            let parts =
                read.referring(aggregate, Kind::Aggregate, Some(Role::Part), None, RELATED)?;
            let counts: Vec<Quantity> = parts
                .rows
                .into_iter()
                .filter_map(|s| match Shown::of(viewer, s).body {
                    Body::Aggregate(part) => Some(part.count),
                    _ => None,
                })
                .collect();
            Ok(sum_gap(&total.count, &counts))
        })
    }

    /// A file of evidence, for who may open it: media type, name and bytes.
    pub fn evidence_file(
        &self,
        viewer: &Viewer,
        id: AnyId,
    ) -> Result<(Evidence, Vec<u8>), Refusal> {
        let evidence = self.may_open(viewer, id)?;
        let bytes = self
            .files
            .read(&evidence.sha256)?
            .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        Ok((evidence, bytes))
    }

    /// The same, by where it stands.
    pub fn evidence_place(
        &self,
        viewer: &Viewer,
        id: AnyId,
    ) -> Result<(Evidence, std::path::PathBuf), Refusal> {
        let evidence = self.may_open(viewer, id)?;
        let stands = self.files.stands_at(&evidence.sha256);
        let path = stands.ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        Ok((evidence, path))
    }

    /// The same, to be read piece by piece.
    pub fn evidence_stream(
        &self,
        viewer: &Viewer,
        id: AnyId,
    ) -> Result<(Evidence, std::fs::File), Refusal> {
        let evidence = self.may_open(viewer, id)?;
        let file = self
            .files
            .stands_at(&evidence.sha256)
            .and_then(|path| std::fs::File::open(path).ok())
            .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        Ok((evidence, file))
    }

    /// Evidence whose file this viewer may open; refused to everybody else.
    pub fn may_open(&self, viewer: &Viewer, id: AnyId) -> Result<Evidence, Refusal> {
        let shown = self.get(viewer, id)?;
        let Body::Evidence(evidence) = shown.body else {
            return Err(Refusal::NotFound(id.to_string()));
        };
        let open = match evidence.restriction {
            Restriction::Public => true,
            Restriction::Members => viewer.is_member(),
            Restriction::Verification => viewer
                .account()
                .is_some_and(|a| a.role >= crate::AccountRole::Verifier),
            Restriction::Named | Restriction::Sealed => false,
        };
        match open {
            true => Ok(evidence),
            false => Err(Refusal::NotAllowed(
                "this file is restricted; its custodian can open it".into(),
            )),
        }
    }
}

fn related_of(
    read: &mut Read<'_>,
    viewer: &Viewer,
    id: AnyId,
    kind: Kind,
    after: Option<AnyId>,
    count: u64,
) -> Result<Option<Related>, Refusal> {
    let page = read.referring(id, kind, None, after, RELATED)?;
    let found = page.rows.len();
    let mut rows = Vec::with_capacity(found);
    for stored in page.rows {
        if may_see(read, viewer, &stored)? {
            rows.push(Shown::of(viewer, stored));
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let hidden = (found - rows.len()) as u64;
    let next = page.next.map(|n| n.id);
    Ok(Some(Related {
        kind,
        count: count.saturating_sub(hidden).max(rows.len() as u64),
        rows,
        next,
    }))
}

pub(crate) fn figure_of(claim: &Claim, subject: Option<&Shown>) -> Figure {
    let (count, holdings, mut areas) = match subject.map(|s| &s.body) {
        Some(Body::Aggregate(a)) => (Some(a.count.clone()), a.holdings.clone(), a.areas.clone()),
        _ => (None, Vec::new(), Vec::new()),
    };
    areas.extend(&claim.scope.areas);
    Figure {
        party: claim.party,
        source: claim.source,
        predicate: claim.predicate,
        count,
        holdings,
        areas: areas.into_iter().collect(),
    }
}

/// How one claim stands to an earlier one of the same figure.
pub(crate) fn link_between(earlier: &Figure, later: &Figure) -> (LinkKind, Vec<Change>) {
    let changes = changes(earlier, later);
    (
        if is_repeat(&changes) {
            LinkKind::Repeats
        } else {
            LinkKind::Restates
        },
        changes,
    )
}

pub(crate) fn mission_view(
    read: &mut Read<'_>,
    viewer: &Viewer,
    mission: Shown,
    lang: &str,
) -> Result<MissionView, Refusal> {
    let board = read.board(mission.id)?;
    let mut titles = Titles::default();
    titles.meet_all(read, viewer, lang, &[&mission])?;
    for account in &board.accounts {
        let ids = account
            .awaits
            .iter()
            .map(|p| p.any())
            .chain([account.speaker.any(), account.source.any()]);
        titles.meet(read, viewer, lang, ids)?;
    }
    titles.meet(
        read,
        viewer,
        lang,
        board.tracks.keys().flatten().map(|p| p.any()),
    )?;
    Ok(MissionView {
        mission,
        board,
        titles,
    })
}
