//! Recording: permission, shape, references, then the rules against the current state, all within
//! the writer's transaction, so that nothing can change in between.

use crate::Registry;
use crate::account::Account;
use crate::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet};
use stele_model::rules::{Policy, judge};
use stele_model::*;
use stele_store::{Files, Kept, Read, Received, Recorded};

/// Most records of one act.
pub const MOST_RECORDS: usize = 200_000;

/// What was recorded, acknowledged after it is durable.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Receipt {
    /// Number of the entry in this node's log.
    pub entry: u64,
    /// Clock and node.
    pub stamp: String,
    /// The records.
    pub ids: Vec<AnyId>,
}

impl From<Recorded> for Receipt {
    fn from(recorded: Recorded) -> Self {
        Receipt {
            entry: recorded.seq,
            stamp: recorded.stamp.to_string(),
            ids: recorded.ids,
        }
    }
}

impl Registry {
    /// Records one act of one or many records, whole or not at all.
    pub fn record(&self, actor: &Account, records: Vec<Record>) -> Result<Receipt, Refusal> {
        let (actor, files, policy) = (actor.clone(), self.files.clone(), self.policy.clone());
        self.store.write(move |w| {
            let records = admit(&mut w.read(), &files, &policy, &actor, records)?;
            Ok(w.append(&actor.id, crate::clock::now_ms(), &records)?
                .into())
        })
    }

    /// What is wrong with an act, without recording it.
    pub fn check(&self, actor: &Account, records: Vec<Record>) -> Result<(), Refusal> {
        self.store
            .read(|read| admit(read, &self.files, &self.policy, actor, records).map(|_| ()))
    }

    /// Takes a file in; it is evidence once a record of it is recorded.
    pub fn keep_file(&self, actor: &Account, from: impl std::io::Read) -> Result<Kept, Refusal> {
        Ok(self.files.place(self.take_in(actor, from)?)?)
    }

    /// Takes a file in that is looked at before it is kept; dropped, it is gone.
    pub fn take_in(&self, actor: &Account, from: impl std::io::Read) -> Result<Received, Refusal> {
        if !actor.records() {
            return Err(Refusal::NotAllowed(
                "your account may read, not record".into(),
            ));
        }
        Ok(self.files.receive(from)?)
    }

    /// Takes a file in from a program that will record it in a request of its own, and remembers who
    /// brought it.
    pub fn receive_file(&self, actor: &Account, from: impl std::io::Read) -> Result<Kept, Refusal> {
        let kept = self.keep_file(actor, from)?;
        let (account, sha256, now) = (
            actor.id.clone(),
            kept.sha256.clone(),
            crate::clock::now_ms(),
        );
        self.store.write(move |w| {
            let before = now.saturating_sub(BROUGHT_MS);
            Ok::<_, Refusal>(w.house().put_received(&account, &sha256, now, before)?)
        })?;
        Ok(kept)
    }

    /// Evidence that a program names by its hash has to be a file that it brought itself, or what stood
    /// there before: who merely knows the hash of a restricted file must not come to open it under a
    /// record of their own.
    pub fn brought(&self, actor: &Account, records: &[Record]) -> Result<(), Refusal> {
        let since = crate::clock::now_ms().saturating_sub(BROUGHT_MS);
        for (i, record) in records.iter().enumerate() {
            let Body::Evidence(evidence) = &record.body else {
                continue;
            };
            let stands = self
                .store
                .read(|read| Ok::<_, Refusal>(read.find(record.id)?))?;
            let same = matches!(stands.map(|s| s.body), Some(Body::Evidence(e)) if e.sha256 == evidence.sha256);
            let brought = same
                || self
                    .store
                    .house(|h| h.received(&actor.id, &evidence.sha256, since))?;
            if !brought {
                return Err(Refusal::field(
                    format!("records[{i}].data.sha256"),
                    "is not a file that this account sent here in the last 30 days; send the file first (POST /api/files)",
                ));
            }
        }
        Ok(())
    }
}

/// How long it is remembered who brought a file.
const BROUGHT_MS: u64 = 30 * 24 * 3600 * 1000;

/// The records as they will be appended, or every reason against them.
pub(crate) fn admit(
    read: &mut Read<'_>,
    files: &Files,
    policy: &Policy,
    actor: &Account,
    mut records: Vec<Record>,
) -> Result<Vec<Record>, Refusal> {
    if records.is_empty() {
        return Err(Refusal::field(
            "records",
            "is empty; there is nothing to record",
        ));
    }
    if records.len() > MOST_RECORDS {
        return Err(Refusal::field(
            "records",
            format!("has more than {MOST_RECORDS} records; split it"),
        ));
    }
    if let Some(kind) = records
        .iter()
        .map(Record::kind)
        .find(|kind| !actor.may_record(*kind))
    {
        return Err(Refusal::NotAllowed(format!(
            "your account has the role \"{}\" and may not record a {}",
            actor.role.id(),
            kind.label()
        )));
    }
    let mut act = Act {
        batch: BTreeMap::new(),
        errors: Vec::new(),
    };
    for record in &records {
        if act.batch.insert(record.id, record.body.clone()).is_some() {
            act.errors.push(FieldError::new(
                "id",
                format!("{} stands twice in one act", record.id),
            ));
        }
    }
    let many = records.len() > 1;
    for (i, record) in records.iter_mut().enumerate() {
        let first_error = act.errors.len();
        act.errors.extend(check::shape(record));
        revision(read, record, &mut act.errors)?;
        if !record.is_withdrawn() {
            act.references(read, record)?;
            act.rules(read, files, policy, actor, record)?;
        }
        if many {
            for error in &mut act.errors[first_error..] {
                error.field = format!("records[{i}].{}", error.field);
            }
        }
        if act.errors.len() > MOST_ERRORS {
            break;
        }
    }
    if act.errors.is_empty() {
        Ok(records)
    } else {
        Err(Refusal::Fields(act.errors))
    }
}

/// Errors told at once.
const MOST_ERRORS: usize = 200;

/// A thing that is there is revised with a reason; one that is not cannot be.
fn revision(
    read: &mut Read<'_>,
    record: &mut Record,
    errors: &mut Vec<FieldError>,
) -> Result<(), Refusal> {
    match (read.find(record.id)?, &mut record.revision) {
        (None, None) => {}
        (None, Some(_)) => {
            errors.push(FieldError::new(
                "revision",
                format!("there is no record {} to revise", record.id),
            ));
        }
        (Some(_), None) => errors.push(FieldError::new(
            "id",
            format!(
                "{} is recorded already; to correct it, give a revision with its reason",
                record.id
            ),
        )),
        (Some(stored), Some(revision)) => {
            if stored.kind != record.body.kind() {
                let (is, not) = (stored.kind.label(), record.body.kind().label());
                errors.push(FieldError::new(
                    "type",
                    format!("{} is a {is}, it cannot become a {not}", record.id),
                ));
            }
            if revision.after.is_empty() {
                revision.after = read
                    .revisions(record.id)?
                    .into_iter()
                    .map(|r| r.stamp)
                    .collect();
            }
        }
    }
    Ok(())
}

struct Act {
    batch: BTreeMap<AnyId, Body>,
    errors: Vec<FieldError>,
}

impl Act {
    fn wrong(&mut self, field: &str, problem: impl Into<String>) {
        self.errors.push(FieldError::new(field, problem));
    }

    /// The body of a record of this act or of the state.
    fn body(&self, read: &mut Read<'_>, id: AnyId) -> Result<Option<Body>, Refusal> {
        match self.batch.get(&id) {
            Some(body) => Ok(Some(body.clone())),
            None => Ok(read.find(id)?.filter(|s| !s.withdrawn).map(|s| s.body)),
        }
    }

    fn get<T: AsRecord>(&self, read: &mut Read<'_>, id: Id<T>) -> Result<Option<T>, Refusal> {
        Ok(self
            .body(read, id.any())?
            .and_then(|body| body.as_kind::<T>().cloned()))
    }

    fn references(&mut self, read: &mut Read<'_>, record: &Record) -> Result<(), Refusal> {
        let mut seen = BTreeSet::new();
        for reference in record.body.references() {
            if !seen.insert((reference.role, reference.id)) {
                continue;
            }
            let found = self.body(read, reference.id)?.map(|body| body.kind());
            let field = format!("data ({})", reference.role.id());
            match (found, reference.kind) {
                (None, _) => self.wrong(
                    &field,
                    format!("refers to {}, which is not recorded here", reference.id),
                ),
                (Some(is), Some(wanted)) if is != wanted => self.wrong(
                    &field,
                    format!(
                        "refers to {}, which is a {}, not a {}",
                        reference.id,
                        is.label(),
                        wanted.label()
                    ),
                ),
                _ => {}
            }
        }
        Ok(())
    }

    fn rules(
        &mut self,
        read: &mut Read<'_>,
        files: &Files,
        policy: &Policy,
        actor: &Account,
        record: &Record,
    ) -> Result<(), Refusal> {
        match &record.body {
            Body::Claim(claim) => self.passage(read, claim.source, claim.passage.as_ref())?,
            Body::Position(position) => {
                self.passage(read, position.source, position.passage.as_ref())?
            }
            Body::MissionStep(step) => {
                self.passage(read, step.source, step.passage.as_ref())?;
                if let (Some(organisation), Some(mission)) =
                    (step.organisation, self.get(read, step.mission)?)
                    && !mission.organisations.contains(&organisation)
                {
                    self.wrong(
                        "data.organisation",
                        "is not one of the mission's organisations",
                    );
                }
            }
            Body::Retraction(retraction) => {
                let claim = self.get(read, retraction.claim)?;
                if claim.is_some_and(|claim| claim.party != retraction.party) {
                    self.wrong(
                        "data.party",
                        "is not the party whose claim it is; only that party retracts it",
                    );
                }
            }
            Body::Link(link) => self.link(read, link)?,
            Body::Reply(reply) => {
                let to = self.body(read, reply.to)?.map(|b| b.kind());
                if to.is_some_and(|kind| !matches!(kind, Kind::Claim | Kind::Finding)) {
                    self.wrong("data.to", "is neither a claim nor a finding");
                }
            }
            Body::Evidence(evidence) => {
                if let Some(problem) = files.check(&evidence.sha256, evidence.size_bytes)? {
                    self.wrong(
                        "data.sha256",
                        format!("the file was not received whole: {problem}"),
                    );
                }
            }
            Body::Assessment(assessment) => {
                if assessment
                    .assessor
                    .as_ref()
                    .is_some_and(|id| *id != actor.id)
                {
                    self.wrong(
                        "data.assessor",
                        "is another account; an assessor records their own observation",
                    );
                }
            }
            Body::Finding(finding) => {
                if finding.author != actor.id {
                    self.wrong(
                        "data.author",
                        "is another account; authors record their own findings",
                    );
                }
                if let Some(earlier) = finding.supersedes
                    && self
                        .get(read, earlier)?
                        .is_some_and(|f: Finding| f.site != finding.site)
                {
                    self.wrong("data.supersedes", "is a finding about another site");
                }
            }
            Body::Review(review) => {
                if review.reviewer != actor.id {
                    self.wrong(
                        "data.reviewer",
                        "is another account; reviewers record their own decision",
                    );
                }
                if self
                    .get(read, review.finding)?
                    .is_some_and(|f| f.author == actor.id)
                {
                    self.wrong(
                        "data.reviewer",
                        "is the author of the finding; another person reviews it",
                    );
                }
            }
            Body::Publication(publication) => self.publication(read, files, policy, publication)?,
            Body::Party(_)
            | Body::Source(_)
            | Body::Area(_)
            | Body::Site(_)
            | Body::Aggregate(_)
            | Body::Mission(_)
            | Body::Instrument(_)
            | Body::Adherence(_)
            | Body::Obligation(_)
            | Body::Protection(_)
            | Body::Import(_) => {}
            Body::SamplingPlan(plan) => self.sampling_plan(read, record, plan)?,
        }
        Ok(())
    }

    /// A passage says exactly what stands in the archived text at its place.
    fn passage(
        &mut self,
        read: &mut Read<'_>,
        source: Id<Source>,
        passage: Option<&Passage>,
    ) -> Result<(), Refusal> {
        let Some(Passage {
            exact,
            start: Some(start),
            end: Some(end),
            ..
        }) = passage
        else {
            return Ok(());
        };
        if let Some(Source {
            text: Some(text), ..
        }) = self.get(read, source)?
        {
            let there: String = text
                .chars()
                .skip(*start as usize)
                .take((end - start) as usize)
                .collect();
            if there != *exact {
                self.wrong(
                    "data.passage",
                    "does not stand at this place of the source's text",
                );
            }
        }
        Ok(())
    }

    fn link(&mut self, read: &mut Read<'_>, link: &Link) -> Result<(), Refusal> {
        let from = self.body(read, link.from)?.map(|b| b.kind());
        let to = self.body(read, link.to)?.map(|b| b.kind());
        let (Some(from), Some(to)) = (from, to) else {
            return Ok(());
        };
        let fits = match link.kind {
            LinkKind::ItemOf => from == Kind::Site && to == Kind::Aggregate,
            LinkKind::Copies => from == Kind::Source && to == Kind::Source,
            LinkKind::HousedIn => from == Kind::Site && to == Kind::Site,
            LinkKind::Repeats | LinkKind::Restates => from == Kind::Claim && to == Kind::Claim,
            LinkKind::RelatedProcess => from == Kind::Mission && to == Kind::Mission,
            LinkKind::SameAs | LinkKind::DifferentFrom | LinkKind::PartOf => from == to,
            LinkKind::Corrects | LinkKind::Contradicts | LinkKind::Supports => true,
        };
        if !fits {
            self.wrong(
                "data.kind",
                format!(
                    "a {} and a {} are not linked as “{}”",
                    from.label(),
                    to.label(),
                    link.kind.label()
                ),
            );
        }
        if link.excluded.is_some() && link.kind != LinkKind::ItemOf {
            self.wrong("data.excluded", "goes with items of an aggregate only");
        }
        Ok(())
    }

    /// A plan is drawn once. Its frame is checked against the state it was drawn in.
    fn sampling_plan(
        &mut self,
        read: &mut Read<'_>,
        record: &Record,
        plan: &SamplingPlan,
    ) -> Result<(), Refusal> {
        if record.revision.is_some() {
            self.wrong(
                "revision",
                "a sampling plan is not corrected; withdraw it, then draw another, so that both stand in the ledger",
            );
        } else if self.errors.is_empty() {
            self.errors.extend(crate::sampling::faults(read, plan)?);
        }
        Ok(())
    }

    fn publication(
        &mut self,
        read: &mut Read<'_>,
        files: &Files,
        policy: &Policy,
        publication: &Publication,
    ) -> Result<(), Refusal> {
        let Some(finding) = self.get(read, publication.finding)? else {
            return Ok(());
        };
        let gathered = gather(read, publication.finding, &finding)?;
        for assessment in &gathered.assessments {
            for evidence in &assessment.evidence {
                if let Some(Body::Evidence(body)) = read.find(evidence.any())?.map(|s| s.body)
                    && let Some(problem) = files.check(&body.sha256, body.size_bytes)?
                {
                    self.wrong(
                        "data.finding",
                        format!(
                            "its evidence {} does not verify: {problem}",
                            body.original_name
                        ),
                    );
                }
            }
        }
        let unmet = gathered.judge(&finding, policy);
        if !unmet.is_empty() {
            return Err(Refusal::Unmet(unmet));
        }
        if publication.policy != policy.version {
            self.wrong(
                "data.policy",
                format!("is not the policy in force here, {}", policy.version),
            );
        }
        Ok(())
    }
}

/// What a finding is judged by.
pub(crate) struct Gathered {
    pub(crate) assessments: Vec<Assessment>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) reviews: Vec<Review>,
    affiliations: rules::Affiliations,
}

impl Gathered {
    pub(crate) fn judge(&self, finding: &Finding, policy: &Policy) -> Vec<rules::Unmet> {
        judge(
            finding,
            &self.assessments,
            &self.claims,
            &self.reviews,
            &self.affiliations,
            policy,
        )
    }
}

pub(crate) fn gather(
    read: &mut Read<'_>,
    id: Id<Finding>,
    finding: &Finding,
) -> Result<Gathered, Refusal> {
    let mut parties: Vec<Id<Party>> = finding.affiliation.into_iter().collect();
    let mut assessments = Vec::new();
    for assessment in &finding.assessments {
        if let Some(Body::Assessment(body)) = read
            .find(assessment.any())?
            .filter(|s| !s.withdrawn)
            .map(|s| s.body)
        {
            parties.push(body.organisation);
            assessments.push(body);
        }
    }
    let mut claims = Vec::new();
    for claim in &finding.claims {
        if let Some(Body::Claim(body)) = read
            .find(claim.any())?
            .filter(|s| !s.withdrawn)
            .map(|s| s.body)
        {
            parties.push(body.party);
            claims.push(body);
        }
    }
    let mut reviews = Vec::new();
    // In the order of their ids, which is the order they were first recorded in.
    for stored in read
        .referring(id.any(), Kind::Review, None, None, 200)?
        .rows
    {
        if let Body::Review(body) = stored.body {
            parties.extend(body.affiliation);
            reviews.push(body);
        }
    }
    let affiliations = read.affiliations(&parties)?;
    Ok(Gathered {
        assessments,
        claims,
        reviews,
        affiliations,
    })
}
