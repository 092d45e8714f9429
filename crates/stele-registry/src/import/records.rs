//! From drafts to records: what the list knew before is revised where it changed, areas known by name
//! are used again, all else is made.

use super::figures::Figures;
use super::report::{Changed, Gone, Progress, RefusedRow};
use super::{ListOrder, ON_LIST};
use crate::clock::{mint, today};
use crate::refusal::Refusal;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use stele_formats::columns::{Draft, NamedArea, Observation};
use stele_model::reading::Role;
use stele_model::rules::crosswalk;
use stele_model::*;
use stele_store::{Ask, Stored};

/// Changes told one by one.
pub(super) const MOST_CHANGES: usize = 500;
/// Areas held in mind; beyond this they are asked for again.
const MOST_AREAS: usize = 200_000;
/// Records read at once.
pub(super) const PAGE: usize = 500;

/// What an import made, or would make.
#[derive(Default)]
pub(super) struct Made {
    pub counts: ImportCounts,
    pub gone: u64,
    pub import: Option<Id<Import>>,
    pub list: Option<Id<Source>>,
    pub refused: Vec<RefusedRow>,
    pub changes: Vec<Changed>,
    pub missing: Vec<Gone>,
    pub unread: BTreeMap<String, (u64, String)>,
}

/// An import under way.
pub(super) struct Making {
    rows_are: RowsAre,
    sensitivity: Sensitivity,
    pub party: Id<Party>,
    pub list: Id<Source>,
    pub is_new_party: bool,
    pub is_new_list: bool,
    import: AnyId,
    observed_at_latest: EdtfDate,
    /// Areas by name, with their kinds.
    areas: HashMap<String, Vec<(AreaKind, Id<Area>)>>,
    /// Sites the list holds, where it held some before.
    kept: HashSet<AnyId>,
    /// Figures read so far, where rows are figures.
    pub(super) figures: Figures,
    pub(super) counting_rule: Option<String>,
    pub records: Vec<Record>,
    pub made: Made,
    progress: Arc<Progress>,
}

impl Making {
    pub fn new(
        order: &ListOrder,
        (party, list): (Option<Id<Party>>, Option<Id<Source>>),
        import: AnyId,
        progress: Arc<Progress>,
    ) -> Self {
        Making {
            rows_are: order.rows_are,
            sensitivity: order.sensitivity,
            party: party.unwrap_or_else(|| mint().into()),
            list: list.unwrap_or_else(|| mint().into()),
            is_new_party: party.is_none(),
            is_new_list: list.is_none(),
            import,
            observed_at_latest: order
                .published
                .clone()
                .unwrap_or_else(|| EdtfDate::from_day(today())),
            areas: HashMap::new(),
            kept: HashSet::new(),
            figures: Figures::default(),
            counting_rule: None,
            records: Vec::new(),
            made: Made::default(),
            progress,
        }
    }

    /// Adds the records of some drafts.
    pub fn take(&mut self, state: &mut dyn Ask, drafts: Vec<Draft>) -> Result<(), Refusal> {
        let count = drafts.len();
        for draft in drafts {
            self.one(state, draft)?;
        }
        self.progress.wrote(count);
        Ok(())
    }

    fn one(&mut self, state: &mut dyn Ask, mut draft: Draft) -> Result<(), Refusal> {
        for (column, text) in std::mem::take(&mut draft.unread) {
            self.made.unread.entry(column).or_insert((0, text)).0 += 1;
        }
        if self.rows_are == RowsAre::Figures {
            return self.figures_of(state, draft);
        }
        let key = draft.key.clone().unwrap_or_default();
        let known = match self.is_new_list {
            true => None,
            false => state.read().listed(self.list, &key)?,
        };
        let row = draft.row;
        let condition = draft.condition.take();
        let stated = draft.stated.take();
        let observations = std::mem::take(&mut draft.observations);
        let begun = self.records.len();
        let site = self.site(state, draft, key)?;
        let (id, is_new) = match &known {
            Some(stored) => (stored.id, false),
            None => (mint(), true),
        };
        let record = Record::new(id, site);
        let wrong = check::shape(&record);
        if !wrong.is_empty() {
            // Areas made for a row that is refused are made by the next row that names them.
            let dropped: HashSet<AnyId> = self.records.drain(begun..).map(|r| r.id).collect();
            if !dropped.is_empty() {
                let is_kept = |(_, id): &(AreaKind, Id<Area>)| !dropped.contains(&id.any());
                self.areas.retain(|_, areas| {
                    areas.retain(is_kept);
                    !areas.is_empty()
                });
            }
            let reason: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            self.made.counts.refused += 1;
            self.made.refused.push(RefusedRow {
                row,
                column: None,
                reason: reason.join("; "),
                cells: record.body.title("en"),
            });
            return Ok(());
        }
        if !self.is_new_list {
            self.kept.insert(id);
        }
        let mut changed = Vec::new();
        match known {
            None => self.records.push(record),
            Some(stored) => {
                changed = differences(&stored.body, &record.body);
                if !changed.is_empty() {
                    self.records
                        .push(self.revision(state, &stored, record.body.clone())?);
                }
            }
        }
        let site: Id<Site> = id.into();
        if self.rows_are == RowsAre::Claims {
            changed.extend(self.claim(state, site, is_new, condition, stated)?);
        }
        for observation in observations {
            changed.extend(self.assessment(state, site, is_new, observation)?);
        }
        match (is_new, changed.is_empty()) {
            (true, _) => self.made.counts.recorded += 1,
            (false, true) => self.made.counts.unchanged += 1,
            (false, false) => {
                self.made.counts.updated += 1;
                if self.made.changes.len() < MOST_CHANGES {
                    self.made.changes.push(Changed {
                        row,
                        kind: Kind::Site,
                        site: id,
                        title: record_title(state, id)?,
                        fields: changed,
                    });
                }
            }
        }
        Ok(())
    }

    pub(super) fn revision(
        &self,
        state: &mut dyn Ask,
        stored: &Stored,
        body: Body,
    ) -> Result<Record, Refusal> {
        let after = state.read().revisions(stored.id)?;
        Ok(Record {
            id: stored.id,
            body,
            revision: Some(Revision {
                reason: format!("the list says so in the import {}", self.import),
                after: after.into_iter().map(|r| r.stamp).collect(),
                withdrawn: false,
            }),
        })
    }

    fn site(&mut self, state: &mut dyn Ask, draft: Draft, key: String) -> Result<Site, Refusal> {
        let areas = self.areas_of(state, &draft.areas)?;
        let mut location = draft.location;
        if let Some(location) = &mut location {
            // The more protected of what the list's import says and what its category asks for.
            location.sensitivity = location.sensitivity.max(self.sensitivity);
        }
        let mut names = draft.names;
        for name in &mut names {
            name.by = Some(self.party);
        }
        Ok(Site {
            kind: draft.kind,
            names,
            category: draft.category,
            areas,
            location,
            holdings: draft.holdings,
            identifiers: draft.identifiers,
            made: draft.made,
            description: draft.description,
            article1: None,
            listed: Some(Listed {
                list: self.list,
                row: draft.row,
                key,
            }),
            fields: draft.fields,
        })
    }

    /// Areas as a row names them, wide to narrow; each lies in the last of those that are wider.
    pub(super) fn areas_of(
        &mut self,
        state: &mut dyn Ask,
        named: &[NamedArea],
    ) -> Result<Vec<Id<Area>>, Refusal> {
        let mut areas: Vec<Id<Area>> = Vec::with_capacity(named.len());
        let mut met: Vec<(AreaKind, Id<Area>)> = Vec::with_capacity(named.len());
        for area in named {
            let wider = met.iter().rev().find(|(kind, _)| *kind != area.kind);
            let id = self.area(state, area, wider.map(|(_, id)| *id))?;
            if !areas.contains(&id) {
                areas.push(id);
            }
            met.push((area.kind, id));
        }
        Ok(areas)
    }

    fn area(
        &mut self,
        state: &mut dyn Ask,
        named: &NamedArea,
        wider: Option<Id<Area>>,
    ) -> Result<Id<Area>, Refusal> {
        let kept = named.names.iter().find_map(|name| {
            let areas = self.areas.get(name)?;
            areas.iter().find(|(kind, _)| *kind == named.kind)
        });
        if let Some((_, id)) = kept {
            return Ok(*id);
        }
        let id: Id<Area> = match known_area(state, named)? {
            Some(id) => id.into(),
            None => {
                let id = mint();
                let names = named.names.iter().map(|name| Name {
                    kind: NameKind::AsWritten,
                    by: Some(self.party),
                    ..Name::new(name, stele_formats::columns::language(name, None))
                });
                let area = Area {
                    names: names.collect(),
                    kind: named.kind,
                    parent: wider,
                    location: None,
                    valid: None,
                };
                self.records.push(Record::new(id, area));
                id.into()
            }
        };
        for name in &named.names {
            if self.areas.len() < MOST_AREAS {
                let areas = self.areas.entry(name.clone()).or_default();
                match areas.iter_mut().find(|(kind, _)| *kind == named.kind) {
                    Some((_, known)) => *known = id,
                    None => areas.push((named.kind, id)),
                }
            }
        }
        Ok(id)
    }

    /// What the list says of a site. A list that says something else than before says it anew; what it
    /// said before stays and is linked.
    fn claim(
        &mut self,
        state: &mut dyn Ask,
        site: Id<Site>,
        is_new: bool,
        condition: Option<stele_formats::columns::Condition>,
        stated: Option<EdtfDate>,
    ) -> Result<Vec<(String, String, String)>, Refusal> {
        let (predicate, words, event, cause) = match condition {
            Some(c) => (c.predicate, c.words, c.event, c.cause),
            None => (Predicate::Exists, String::new(), None, None),
        };
        let claim = Claim {
            party: self.party,
            source: self.list,
            passage: None,
            subject: Subject::Site(site),
            predicate,
            words: match words.is_empty() {
                true => format!("on the list: {}", predicate.label()),
                false => words,
            },
            stated,
            event,
            scope: Scope::default(),
            asserted_cause: cause,
            asserted_perpetrator: None,
            asserted_characterisation: None,
        };
        let before = match is_new {
            true => None,
            false => self.latest(state, site.any(), Kind::Claim)?,
        };
        let Some((old, Body::Claim(said))) = before else {
            self.records.push(Record::new(mint(), claim));
            return Ok(Vec::new());
        };
        if said.predicate == claim.predicate
            && said.words == claim.words
            && said.event == claim.event
            && said.asserted_cause == claim.asserted_cause
        {
            return Ok(Vec::new());
        }
        let told = |c: &Claim| match &c.event {
            Some(event) => format!("{} ({event})", c.words),
            None => c.words.clone(),
        };
        let change = ("claim".to_owned(), told(&said), told(&claim));
        let new = mint();
        self.records.push(Record::new(new, claim));
        self.records.push(Record::new(
            mint(),
            Link {
                from: new,
                to: old,
                kind: LinkKind::Restates,
                score_permille: None,
                reasons: vec![format!("the list said \"{}\" before", change.1)],
                identified: false,
                excluded: None,
                undoes: None,
            },
        ));
        Ok(vec![change])
    }

    fn assessment(
        &mut self,
        state: &mut dyn Ask,
        site: Id<Site>,
        is_new: bool,
        seen: Observation,
    ) -> Result<Vec<(String, String, String)>, Refusal> {
        let extent = seen.extent.as_deref().and_then(crosswalk::of_extent);
        let overall = seen.overall.as_deref().and_then(crosswalk::of_condition);
        // What names no grade stays in the list's own columns.
        let Some((grade, certainty)) = extent
            .filter(|(grade, _)| *grade != Grade::NotExamined)
            .or(overall)
            .or(extent)
        else {
            return Ok(Vec::new());
        };
        let native = match (&seen.overall, &seen.extent) {
            (_, Some(value)) if extent.is_some_and(|(g, _)| g == grade) => Some(NativeGrade {
                scale: Scale::EamenaExtent,
                value: value.clone(),
            }),
            (Some(value), _) => Some(NativeGrade {
                scale: Scale::EamenaCondition,
                value: value.clone(),
            }),
            _ => None,
        };
        let assessment = Assessment {
            site,
            observed: seen
                .observed
                .unwrap_or_else(|| before(&self.observed_at_latest)),
            method: seen.method,
            organisation: self.party,
            assessor: None,
            observers: 1,
            mission: None,
            examined: "what was examined is not said on the list".into(),
            not_examined: None,
            grade,
            native,
            certainty,
            baseline: None,
            components: Vec::new(),
            causes: seen.causes,
            risks: None,
            urgent_measures: None,
            evidence: Vec::new(),
            source: Some(self.list),
        };
        if !is_new {
            let mut after = None;
            loop {
                let page = state.read().referring(
                    site.any(),
                    Kind::Assessment,
                    Some(Role::About),
                    after,
                    PAGE,
                )?;
                let same = |stored: &Stored| matches!(&stored.body, Body::Assessment(known) if *known == assessment);
                if page.rows.iter().any(same) {
                    return Ok(Vec::new());
                }
                match page.next {
                    Some(next) => after = Some(next.id),
                    None => break,
                }
            }
        }
        let told = format!("{}, {}", grade.label(), assessment.observed);
        self.records.push(Record::new(mint(), assessment));
        Ok(match is_new {
            true => Vec::new(),
            false => vec![("assessment".to_owned(), String::new(), told)],
        })
    }

    /// The latest record of a kind that the list says about a site.
    fn latest(
        &self,
        state: &mut dyn Ask,
        site: AnyId,
        kind: Kind,
    ) -> Result<Option<(AnyId, Body)>, Refusal> {
        let mut found = None;
        let mut after = None;
        loop {
            let page = state
                .read()
                .referring(site, kind, Some(Role::About), after, PAGE)?;
            for stored in page.rows {
                let of_list = matches!(&stored.body, Body::Claim(c) if c.source == self.list);
                if of_list && !stored.withdrawn {
                    // Ids grow with time.
                    found = Some((stored.id, stored.body));
                }
            }
            match page.next {
                Some(next) => after = Some(next.id),
                None => return Ok(found),
            }
        }
    }

    /// What can only be said when all rows are read: figures in order of date, and what the list knew
    /// before and does not hold any more.
    pub fn finish(&mut self, state: &mut dyn Ask) -> Result<(), Refusal> {
        match self.rows_are {
            RowsAre::Figures => self.state_figures(state),
            _ => self.gone(state),
        }
    }

    fn gone(&mut self, state: &mut dyn Ask) -> Result<(), Refusal> {
        if self.is_new_list {
            return Ok(());
        }
        let mut after = None;
        loop {
            let page =
                state
                    .read()
                    .referring(self.list.any(), Kind::Site, Some(ON_LIST), after, PAGE)?;
            for stored in &page.rows {
                if stored.withdrawn || self.kept.contains(&stored.id) {
                    continue;
                }
                self.made.gone += 1;
                if self.made.missing.len() < MOST_CHANGES {
                    self.made.missing.push(Gone {
                        kind: Kind::Site,
                        site: stored.id,
                        title: stored.body.title("en"),
                    });
                }
            }
            match page.next {
                Some(next) => after = Some(next.id),
                None => return Ok(()),
            }
        }
    }
}

pub(super) fn record_title(state: &mut dyn Ask, id: AnyId) -> Result<String, Refusal> {
    Ok(state
        .read()
        .find(id)?
        .map_or_else(String::new, |s| s.body.title("en")))
}

/// Some time before a day that is all that is known.
fn before(latest: &EdtfDate) -> EdtfDate {
    let end = latest.latest().map(EdtfDate::from_day);
    end.and_then(|day| format!("../{day}").parse().ok())
        .unwrap_or_else(|| latest.clone())
}

/// What two bodies of a site say differently; the row it stands in is no difference.
fn differences(before: &Body, now: &Body) -> Vec<(String, String, String)> {
    let fields = |body: &Body| -> BTreeMap<String, serde_json::Value> {
        let json = Record::new(AnyId::from_bytes([0; 16]), body.clone()).to_json();
        let mut fields: BTreeMap<String, serde_json::Value> = json["data"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if let Some(listed) = fields.get_mut("listed").and_then(|l| l.as_object_mut()) {
            listed.remove("row");
        }
        // The list's own columns are told apart by their headings.
        if let Some(serde_json::Value::Array(own)) = fields.remove("fields") {
            for field in own {
                let name = field["name"].as_str().unwrap_or_default().to_owned();
                fields.insert(format!("\u{201c}{name}\u{201d}"), field["value"].clone());
            }
        }
        fields
    };
    let (before, now) = (fields(before), fields(now));
    let told = |value: Option<&serde_json::Value>| match value {
        None => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != now.get(*key))
        .map(|key| (key.clone(), told(before.get(key)), told(now.get(key))))
        .collect()
}

/// The area that is recorded under one of these names; one of the same kind before one of another.
fn known_area(state: &mut dyn Ask, named: &NamedArea) -> Result<Option<AnyId>, Refusal> {
    let mut found = None;
    for name in &named.names {
        for id in state.read().named(Kind::Area, name)? {
            let stored = state.read().find(id)?.filter(|s| !s.withdrawn);
            if let Some(Body::Area(area)) = stored.map(|s| s.body) {
                if area.kind == named.kind {
                    return Ok(Some(id));
                }
                found = found.or(Some(id));
            }
        }
    }
    Ok(found)
}
