//! Reading a text in: archived, its records proposed, and each decided on by a person. Nothing
//! proposed is recorded before; what is accepted is recorded in one act with its source and file.

mod lineage;
mod records;

use crate::Registry;
use crate::account::{Account, Viewer};
use crate::record::Receipt;
use crate::refusal::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stele_formats::propose::{AggregateRef, SiteRef};
use stele_formats::{Document, Proposal, Proposed};
use stele_model::rules::{Fingerprint, reprint::COPY_PERMILLE};
use stele_model::*;
use stele_store::{IntakeRow, Kept, Read};

/// The source as it will be recorded; what could not be read is for a person to fill in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceDraft {
    /// Title.
    pub title: String,
    /// Whether the title is only the beginning of the text.
    pub title_guessed: bool,
    /// What it is.
    pub kind: SourceKind,
    /// Who published it.
    pub publisher: Option<String>,
    /// When it was published.
    pub published: Option<EdtfDate>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// The file as received.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// Name it came with.
    pub original_name: String,
    /// Text that passages count their characters in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What a person knows of a text beside what it says itself.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Title.
    pub title: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// When it was published.
    pub published: Option<EdtfDate>,
    /// Its address.
    pub url: Option<String>,
    /// What it is.
    pub kind: Option<SourceKind>,
}

/// What was decided on a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ProposalDecision")]
pub enum Decided {
    /// Nothing yet.
    #[default]
    Later,
    /// To be recorded.
    Accept,
    /// Not a record.
    Reject,
}

/// A proposal and what was decided on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "IntakeItem")]
pub struct Item {
    /// What is proposed.
    #[serde(flatten)]
    pub proposal: Proposal,
    /// What was decided.
    pub decided: Decided,
    /// The record made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<AnyId>,
    /// The same figure in another source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierStatement>,
    /// Whether the link to it is recorded too.
    #[serde(default)]
    pub link_earlier: bool,
}

/// A claim recorded before that states the same figure, with what changed since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EarlierStatement {
    /// The claim.
    pub claim: AnyId,
    /// In few words: who, when, where.
    pub words: String,
    /// `repeats` or `restates`.
    pub kind: LinkKind,
    /// What changed.
    pub changes: Vec<String>,
}

/// A source recorded before with the same or nearly the same text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Twin {
    /// The source.
    pub source: AnyId,
    /// Its title.
    pub title: String,
    /// Runs of words in common, in per mille; 1000 when it is the same file.
    pub alike_permille: u16,
}

/// A text read in, with its proposals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Intake {
    /// Its id.
    pub id: AnyId,
    /// The source.
    pub source: SourceDraft,
    /// Its proposals, in the order of the text.
    pub proposals: Vec<Item>,
    /// A source with the same text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
    /// Record of the source, once something was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_source: Option<AnyId>,
}

impl Intake {
    /// Proposals not decided on.
    pub fn open(&self) -> usize {
        self.proposals
            .iter()
            .filter(|i| i.decided == Decided::Later)
            .count()
    }

    /// Whether the very same file is recorded already.
    pub fn is_known(&self) -> bool {
        self.recorded_source.is_none()
            && self.twin.as_ref().is_some_and(|t| t.alike_permille == 1000)
    }

    /// `{"source", "proposals", "duplicate_of"?}`, as the command line prints it.
    pub fn to_json(&self) -> serde_json::Value {
        let mut source = serde_json::to_value(&self.source).unwrap_or_default();
        if let Some(source) = source.as_object_mut() {
            source.remove("text");
            source.insert("characters".into(), self.source.text.chars().count().into());
        }
        let mut json = serde_json::json!({"source": source, "proposals": self.proposals});
        if let Some(twin) = &self.twin {
            let key = if self.is_known() {
                "duplicate_of"
            } else {
                "copy_of"
            };
            json[key] = serde_json::to_value(twin).unwrap_or_default();
        }
        json
    }
}

/// A text waiting for decisions, for a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OpenIntake {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Proposals not decided on.
    pub open: u64,
    /// When it was read in, in milliseconds since 1970.
    pub made_ms: u64,
}

/// Changes to one proposal, each as a person wrote it; empty ones change nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Fields by name: `party`, `words`, `predicate`, `category`, `value`, `qualifier`, `site`, `area`, `stated`, `event`, `name`, `stage`, `position`.
    pub fields: BTreeMap<String, String>,
}

/// Open texts listed.
const LISTED: usize = 100;

impl Registry {
    /// Reads a text and says what would be proposed. Records and keeps nothing.
    pub fn preview(&self, bytes: &[u8], name: &str, known: Known) -> Result<Intake, Refusal> {
        let document =
            stele_formats::read(bytes).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let kept = Kept {
            sha256: stele_store::files::hex(&<sha2::Sha256 as sha2::Digest>::digest(bytes)),
            size_bytes: bytes.len() as u64,
            known: false,
        };
        self.propose(document, &kept, name, known)
    }

    /// Reads a text in: keeps the file, proposes, and keeps the proposals until they are decided on.
    /// The same file, still open, is taken up again.
    pub fn read_in(
        &self,
        actor: &Account,
        bytes: &[u8],
        name: &str,
        known: Known,
    ) -> Result<Intake, Refusal> {
        if !actor.records() {
            return Err(Refusal::NotAllowed(
                "your account may read, not record".into(),
            ));
        }
        let document =
            stele_formats::read(bytes).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let kept = self.files.keep(bytes)?;
        for open in self.store.house(|h| h.open_intakes(LISTED))? {
            let intake = intake_of(&open)?;
            if intake.source.sha256 == kept.sha256 && intake.recorded_source.is_none() {
                return Ok(intake);
            }
        }
        let intake = self.propose(document, &kept, name, known)?;
        let row = row_of(&intake, &actor.id, crate::clock::now_ms())?;
        self.store
            .write(move |w| Ok::<_, Refusal>(w.house().put_intake(&row)?))?;
        Ok(intake)
    }

    fn propose(
        &self,
        mut document: Document,
        kept: &Kept,
        name: &str,
        known: Known,
    ) -> Result<Intake, Refusal> {
        document.publisher = known.publisher.or(document.publisher);
        document.published = known.published.or(document.published);
        let title_given = known.title.is_some();
        document.title = known.title.unwrap_or(document.title);
        let proposals = stele_formats::propose(&document);
        self.store.read(|read| {
            let twin = twin_of(read, &document.text, &kept.sha256)?;
            let mut items = Vec::with_capacity(proposals.len());
            for proposal in proposals {
                let earlier = lineage::earlier_statement(read, &proposal)?;
                let link_earlier = earlier.is_some();
                items.push(Item {
                    proposal,
                    decided: Decided::Later,
                    recorded: None,
                    earlier,
                    link_earlier,
                });
            }
            Ok(Intake {
                id: crate::clock::mint(),
                source: SourceDraft {
                    title: document.title.clone(),
                    title_guessed: document.title_guessed && !title_given,
                    kind: known.kind.unwrap_or(SourceKind::Article),
                    publisher: document.publisher.clone(),
                    published: document.published.clone(),
                    author: document.author.clone(),
                    language: document.language.clone(),
                    url: known.url.clone().or_else(|| document.url.clone()),
                    sha256: kept.sha256.clone(),
                    size_bytes: kept.size_bytes,
                    media_type: document.media_type.clone(),
                    original_name: name.to_owned(),
                    text: document.text.clone(),
                },
                proposals: items,
                twin,
                recorded_source: None,
            })
        })
    }

    /// A text that was read in.
    pub fn intake(&self, viewer: &Viewer, id: &str) -> Result<Intake, Refusal> {
        if !viewer.account().is_some_and(Account::records) {
            return Err(Refusal::NotAllowed(
                "sign in to see what was read in".into(),
            ));
        }
        let row = self.store.house(|h| h.intake(id))?;
        intake_of(&row.ok_or_else(|| Refusal::NotFound(id.to_owned()))?)
    }

    /// Texts with proposals that nobody decided on.
    pub fn open_intakes(&self, viewer: &Viewer) -> Result<Vec<OpenIntake>, Refusal> {
        if !viewer.account().is_some_and(Account::records) {
            return Ok(Vec::new());
        }
        let rows = self.store.house(|h| h.open_intakes(LISTED))?;
        Ok(rows
            .into_iter()
            .map(|r| OpenIntake {
                id: r.id,
                title: r.title,
                open: r.open,
                made_ms: r.made_ms,
            })
            .collect())
    }

    /// Records what is accepted and keeps what was decided, in one transaction.
    pub fn decide(
        &self,
        actor: &Account,
        mut intake: Intake,
    ) -> Result<(Intake, Option<Receipt>), Refusal> {
        if !actor.records() {
            return Err(Refusal::NotAllowed(
                "your account may read, not record".into(),
            ));
        }
        let (actor, files, policy) = (actor.clone(), self.files.clone(), self.policy.clone());
        self.store.write(move |w| {
            let now = crate::clock::now_ms();
            // Somebody else may have decided meanwhile: what is recorded stays recorded once.
            if let Some(row) = w.house().intake(&intake.id.to_string())? {
                let current = intake_of(&row)?;
                intake.recorded_source = current.recorded_source;
                for (item, known) in intake.proposals.iter_mut().zip(current.proposals) {
                    if known.recorded.is_some() {
                        *item = known;
                    }
                }
            }
            let records = records::of(&mut w.read(), &mut intake)?;
            let receipt = if records.is_empty() {
                None
            } else {
                let records =
                    crate::record::admit(&mut w.read(), &files, &policy, &actor, records)?;
                Some(Receipt::from(w.append(&actor.id, now, &records)?))
            };
            let row = row_of(&intake, &actor.id, now)?;
            w.house().put_intake(&row)?;
            Ok((intake, receipt))
        })
    }

    /// Accepts every proposal.
    pub fn accept_all(
        &self,
        actor: &Account,
        mut intake: Intake,
    ) -> Result<(Intake, Option<Receipt>), Refusal> {
        if intake.is_known() {
            return Ok((intake, None));
        }
        for item in &mut intake.proposals {
            item.decided = Decided::Accept;
        }
        self.decide(actor, intake)
    }
}

/// The earlier source whose text is the same or nearly so.
fn twin_of(read: &mut Read<'_>, text: &str, sha256: &str) -> Result<Option<Twin>, Refusal> {
    let fingerprint = Fingerprint::of(text);
    let mut best: Option<Twin> = None;
    for id in read.maybe_copies(&fingerprint.bands())? {
        let Some(stored) = read.find(id)?.filter(|s| !s.withdrawn) else {
            continue;
        };
        let Body::Source(Source {
            title,
            text: Some(other),
            archived,
            ..
        }) = stored.body
        else {
            continue;
        };
        let same_file = match archived {
            Some(evidence) => {
                matches!(read.find(evidence.any())?.map(|s| s.body), Some(Body::Evidence(e)) if e.sha256 == sha256)
            }
            None => false,
        };
        let alike = fingerprint.alike_permille(&Fingerprint::of(&other));
        let alike_permille = if same_file || other == text {
            1000
        } else {
            alike.min(999)
        };
        if alike_permille >= COPY_PERMILLE
            && best
                .as_ref()
                .is_none_or(|b| alike_permille > b.alike_permille)
        {
            best = Some(Twin {
                source: id,
                title,
                alike_permille,
            });
        }
    }
    Ok(best)
}

fn intake_of(row: &IntakeRow) -> Result<Intake, Refusal> {
    serde_json::from_str(&row.body).map_err(|e| {
        Refusal::Unreadable(format!(
            "the proposals of {} cannot be read: {e}",
            row.title
        ))
    })
}

fn row_of(intake: &Intake, account: &str, made_ms: u64) -> Result<IntakeRow, Refusal> {
    Ok(IntakeRow {
        id: intake.id.to_string(),
        account: account.to_owned(),
        made_ms,
        title: intake.source.title.clone(),
        open: intake.open() as u64,
        body: serde_json::to_string(intake).map_err(|e| Refusal::Unreadable(e.to_string()))?,
    })
}

/// Puts a person's changes into a proposal, or says which field is wrong.
pub fn edit(proposal: &mut Proposal, edit: &Edit) -> Result<(), Vec<FieldError>> {
    let mut wrong = Vec::new();
    let given = |name: &str| {
        edit.fields
            .get(name)
            .map(|v| v.trim())
            .filter(|v| !v.is_empty())
    };
    if let Some(name) = given("party")
        && name != proposal.party.name
    {
        proposal.party.name = name.to_owned();
        proposal.party.country = None;
        proposal.party.own_voice = false;
    }
    fn word<W: Word + std::str::FromStr<Err = UnknownWord>>(
        name: &str,
        text: Option<&str>,
        slot: &mut W,
        wrong: &mut Vec<FieldError>,
    ) {
        if let Some(text) = text {
            match text.parse() {
                Ok(word) => *slot = word,
                Err(e) => wrong.push(FieldError::new(name, e.to_string())),
            }
        }
    }
    match &mut proposal.what {
        Proposed::Claim {
            predicate,
            words,
            aggregate,
            site,
            stated,
            event,
            ..
        } => {
            word("predicate", given("predicate"), predicate, &mut wrong);
            if let Some(text) = given("words") {
                *words = text.to_owned();
            }
            if let Some(text) = given("stated") {
                match text.parse() {
                    Ok(date) => *stated = Some(date),
                    Err(e) => wrong.push(FieldError::new("stated", format!("{e}"))),
                }
            }
            match edit.fields.get("event").map(|text| text.trim()) {
                None => {}
                Some("") => *event = None,
                Some(text) => match text.parse() {
                    Ok(date) => *event = Some(Box::new(date)),
                    Err(e) => wrong.push(FieldError::new("event", format!("{e}"))),
                },
            }
            if let Some(AggregateRef {
                category,
                count,
                areas,
                ..
            }) = aggregate
            {
                word("category", given("category"), category, &mut wrong);
                let mut qualifier = count.qualifier;
                word("qualifier", given("qualifier"), &mut qualifier, &mut wrong);
                let digits = |t: &str| {
                    t.chars()
                        .filter(|c| !matches!(c, ' ' | ',' | '\u{a0}'))
                        .collect::<String>()
                };
                let value = given("value").map_or(Ok(count.value), |t| digits(t).parse());
                match value {
                    Ok(value) if value != count.value || qualifier != count.qualifier => {
                        let unit = count.unit.clone();
                        let upper = count.upper.filter(|_| qualifier == Qualifier::Between);
                        *count = Quantity {
                            unit,
                            upper: upper.or((qualifier == Qualifier::Between).then_some(value)),
                            ..Quantity::new(value, qualifier)
                        };
                    }
                    Ok(_) => {}
                    Err(_) => wrong.push(FieldError::new(
                        "value",
                        "is not a whole number; write digits only",
                    )),
                }
                if let Some(text) = given("area") {
                    *areas = text
                        .split(';')
                        .map(|a| a.trim().to_owned())
                        .filter(|a| !a.is_empty())
                        .collect();
                }
            }
            if let Some(SiteRef {
                name,
                area,
                category,
                ..
            }) = site
            {
                word("category", given("category"), category, &mut wrong);
                if let Some(text) = given("site") {
                    *name = text.to_owned();
                }
                if let Some(text) = given("area") {
                    *area = Some(text.to_owned());
                }
            }
        }
        Proposed::Position { position, .. } => {
            if let Some(text) = given("position") {
                *position = text.to_owned();
            }
        }
        Proposed::Mission { stage, .. } => word("stage", given("stage"), stage, &mut wrong),
        Proposed::Instrument { name, .. } | Proposed::Area { name, .. } => {
            if let Some(text) = given("name") {
                *name = text.to_owned();
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
