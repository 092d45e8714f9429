//! Records of every kind: lists, one with what stands around it, its history; recording, correcting,
//! withdrawing. Reviews and publications are records too.

use super::operation::{Call, Method, Nothing, Operation, Told, Who};
use super::overview::WordCount;
use super::{ById, address};
use crate::drafts::{self, Draft};
use crate::pages::list::order_of;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use stele_model::{AnyId, Kind, Record, Word};
use stele_registry::view::Titles;
use stele_registry::{After, Filter, Receipt, Refusal, Shown};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/records",
            Who::Anyone,
            Told {
                id: "list_records",
                of: "Records",
                summary: "Records of one kind, a page at a time",
                about: "Narrowed as on the pages; the same cost however long the list is. Follow `next` until there is none.",
                example: "\"$STELE/api/records?kind=site&limit=2\"",
            },
            list,
        ),
        Operation::act(
            Method::Post,
            "/api/records",
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "record",
                of: "Records",
                summary: "Record one act of one or many records",
                about: "Whole or not at all. A draft with a `key` can be named by the others as `\"@key\"` where an id is wanted. Who writes a finding or a review is the account of the token.",
                example: "-H \"Authorization: Bearer $TOKEN\" -H 'Idempotency-Key: party-1' --json '{\"records\": [{\"type\": \"party\", \"data\": {\"kind\": \"ngo\", \"names\": [{\"text\": \"Blue Shield example\", \"lang\": \"en\"}]}}]}' \"$STELE/api/records\"",
            },
            record,
        ),
        Operation::act(
            Method::Post,
            "/api/records/check",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "check_records",
                of: "Records",
                summary: "Say what is wrong with an act, and record nothing",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"records\": [{\"type\": \"party\", \"data\": {\"kind\": \"ngo\", \"names\": [{\"text\": \"Blue Shield example\", \"lang\": \"en\"}]}}]}' \"$STELE/api/records/check\"",
            },
            check,
        ),
        Operation::read(
            "/api/records/{id}",
            Who::Anyone,
            Told {
                id: "get_record",
                of: "Records",
                summary: "One record with what refers to it",
                about: "",
                example: "\"$STELE/api/records/$SITE\"",
            },
            one,
        ),
        Operation::read(
            "/api/records/{id}/related/{kind}",
            Who::Anyone,
            Told {
                id: "related_records",
                of: "Records",
                summary: "More records of a kind that refer to one",
                about: "",
                example: "\"$STELE/api/records/$SITE/related/claim\"",
            },
            related,
        ),
        Operation::read(
            "/api/records/{id}/history",
            Who::Anyone,
            Told {
                id: "record_history",
                of: "Records",
                summary: "Every revision of a record, oldest first",
                about: "",
                example: "\"$STELE/api/records/$CLAIM/history\"",
            },
            history,
        ),
        Operation::read(
            "/api/records/{id}/lineage",
            Who::Anyone,
            Told {
                id: "claim_lineage",
                of: "Records",
                summary: "How the figure of a claim travelled",
                about: "Each statement by date, and what changed from the one before. Says that statements differ, never why.",
                example: "\"$STELE/api/records/$CLAIM/lineage\"",
            },
            lineage,
        ),
        Operation::read(
            "/api/records/{id}/figures",
            Who::Anyone,
            Told {
                id: "record_figures",
                of: "Records",
                summary: "Figures a claim, party, area, site, source or mission has to do with, and how far they were checked",
                about: "",
                example: "\"$STELE/api/records/$CLAIM/figures\"",
            },
            figures,
        ),
        Operation::read(
            "/api/records/{id}/board",
            Who::Anyone,
            Told {
                id: "mission_board",
                of: "Records",
                summary: "Where a mission stands, according to whom",
                about: "One track per organisation; statements about whose answer is awaited stand side by side.",
                example: "\"$STELE/api/records/$MISSION/board\"",
            },
            board,
        ),
        Operation::read(
            "/api/records/{id}/unmet",
            Who::Member,
            Told {
                id: "finding_unmet",
                of: "Records",
                summary: "What stands between a finding and its publication",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/records/$FINDING/unmet\"",
            },
            unmet,
        ),
        Operation::read(
            "/api/records/{id}/whole",
            Who::Member,
            Told {
                id: "whole_record",
                of: "Records",
                summary: "A record as it was recorded, its exact place too, to be corrected",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/records/$SITE/whole\"",
            },
            whole,
        ),
        Operation::act(
            Method::Post,
            "/api/records/{id}/revisions",
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "revise_record",
                of: "Records",
                summary: "Correct a record, with the reason",
                about: "`data` is the whole record as it is to stand; what stood before is kept. Read it first at `/whole`.",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"reason\": \"Spelling\", \"data\": {\"kind\": \"ngo\", \"names\": [{\"text\": \"Blue Shield (example)\", \"lang\": \"en\"}]}}' \"$STELE/api/records/$OWN_PARTY/revisions\"",
            },
            revise,
        ),
        Operation::act(
            Method::Post,
            "/api/records/{id}/withdrawal",
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "withdraw_record",
                of: "Records",
                summary: "Withdraw a record that was recorded by mistake",
                about: "It stays in the ledger, marked. A party's own retraction of its claim is a record of the kind `retraction`.",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"reason\": \"Recorded twice\"}' \"$STELE/api/records/$OWN_PARTY/withdrawal\"",
            },
            withdraw,
        ),
    ]
}

/// What a list may ask for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct ListAsk {
    /// Kind of the records.
    kind: Kind,
    /// Only with this category, predicate, grade or kind of its own.
    facet: Option<String>,
    /// Only with this status.
    status: Option<String>,
    /// Only statements of this party.
    party: Option<AnyId>,
    /// Where to go on, as `next` says.
    after: Option<String>,
    /// Rows wanted, 100 where nothing is said.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
}

const ROWS: usize = 100;
const MOST_ROWS: usize = 1_000;

/// A page of a list.
#[derive(Serialize, JsonSchema)]
struct RecordList {
    /// The records.
    rows: Vec<Shown>,
    /// Address of the next page; none after the last.
    next: Option<String>,
    /// How many there are of each facet, over the whole list; empty where that is not told.
    facets: Vec<WordCount>,
    /// How many there are of each status, over the whole list; empty where that is not told.
    statuses: Vec<WordCount>,
}

fn list(call: &Call, _: Nothing, ask: ListAsk) -> Result<RecordList, Refusal> {
    let limit = ask.limit.unwrap_or(ROWS);
    if !(1..=MOST_ROWS).contains(&limit) {
        let problem = format!("is not a number from 1 to {MOST_ROWS}");
        return Err(Refusal::field("limit", problem));
    }
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    let filter = Filter {
        kind: Some(ask.kind),
        facet: given(&ask.facet),
        status: given(&ask.status),
        party: ask.party,
        ..Filter::default()
    };
    let after = given(&ask.after).map(|text| after_of(&text)).transpose()?;
    let view = call.registry.list(
        &call.viewer,
        &filter,
        order_of(ask.kind),
        after.as_ref(),
        limit,
        &call.lang,
    )?;
    let next = view.next.map(|next| {
        address(
            "/api/records",
            &[
                ("kind", ask.kind.id()),
                ("facet", filter.facet.as_deref().unwrap_or_default()),
                ("status", filter.status.as_deref().unwrap_or_default()),
                (
                    "party",
                    &filter.party.map(|p| p.to_string()).unwrap_or_default(),
                ),
                ("limit", &limit.to_string()),
                ("after", &format!("{}~{}", next.key, next.id)),
            ],
        )
    });
    Ok(RecordList {
        rows: view.rows,
        next,
        facets: WordCount::of(view.facets),
        statuses: WordCount::of(view.statuses),
    })
}

/// `KEY~ID` of the last row of the page before.
fn after_of(text: &str) -> Result<After, Refusal> {
    text.rsplit_once('~')
        .and_then(|(key, id)| {
            Some(After {
                key: key.to_owned(),
                id: id.parse().ok()?,
            })
        })
        .ok_or_else(|| Refusal::field("after", "is not what `next` of a page before said"))
}

/// A record with what stands around it.
#[derive(Serialize, JsonSchema)]
struct OneRecord {
    /// The record.
    record: Shown,
    /// What refers to it, by kind; the first of each.
    related: Vec<RelatedRecords>,
    /// Titles of everything named.
    titles: Titles,
}

/// Records of one kind that refer to another.
#[derive(Serialize, JsonSchema)]
struct RelatedRecords {
    /// Their kind.
    #[serde(rename = "type")]
    kind: Kind,
    /// How many there are, counted to ten thousand, as far as the reader may know.
    count: u64,
    /// The first of them.
    rows: Vec<Shown>,
    /// Address of more.
    next: Option<String>,
}

fn related_address(id: AnyId, kind: Kind, after: AnyId) -> String {
    address(
        &format!("/api/records/{id}/related/{}", kind.id()),
        &[("after", &after.to_string())],
    )
}

fn one(call: &Call, path: ById, _: Nothing) -> Result<OneRecord, Refusal> {
    let view = call.registry.find(&call.viewer, path.id, &call.lang)?;
    let related = view.related.into_iter().map(|group| RelatedRecords {
        kind: group.kind,
        count: group.count,
        rows: group.rows,
        next: group
            .next
            .map(|after| related_address(path.id, group.kind, after)),
    });
    Ok(OneRecord {
        record: view.record,
        related: related.collect(),
        titles: view.titles,
    })
}

/// A record, and a kind of what refers to it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
struct ByKind {
    /// The record.
    id: AnyId,
    /// The kind.
    kind: Kind,
}

/// Where to go on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct AfterAsk {
    /// Go on after this record, as `next` says.
    pub after: Option<AnyId>,
}

/// More related records.
#[derive(Serialize, JsonSchema)]
struct RelatedPage {
    /// The records.
    rows: Vec<Shown>,
    /// Address of more.
    next: Option<String>,
    /// Titles of everything named.
    titles: Titles,
}

fn related(call: &Call, path: ByKind, ask: AfterAsk) -> Result<RelatedPage, Refusal> {
    call.registry.get(&call.viewer, path.id)?;
    let empty = || RelatedPage {
        rows: Vec::new(),
        next: None,
        titles: Titles::default(),
    };
    let found = call
        .registry
        .related(&call.viewer, path.id, path.kind, ask.after, &call.lang);
    match found {
        Ok((group, titles)) => Ok(RelatedPage {
            rows: group.rows,
            next: group
                .next
                .map(|after| related_address(path.id, path.kind, after)),
            titles,
        }),
        Err(Refusal::NotFound(_)) => Ok(empty()),
        Err(other) => Err(other),
    }
}

/// The revisions of a record.
#[derive(Serialize, JsonSchema)]
struct History {
    /// Oldest first.
    revisions: Vec<RevisionShown>,
}

/// One revision.
#[derive(Serialize, JsonSchema)]
struct RevisionShown {
    /// Clock and node.
    stamp: String,
    /// The log it stands in.
    log: String,
    /// Number of its entry.
    entry: u64,
    /// Who recorded it, under the name shown.
    by: String,
    /// Why it was corrected; empty for the first.
    reason: String,
}

fn history(call: &Call, path: ById, _: Nothing) -> Result<History, Refusal> {
    let view = call.registry.find(&call.viewer, path.id, &call.lang)?;
    let accounts = view.accounts;
    let revisions = view.history.into_iter().map(|r| RevisionShown {
        by: accounts.get(&r.account).cloned().unwrap_or(r.account),
        stamp: r.stamp,
        log: r.log,
        entry: r.seq,
        reason: r.reason,
    });
    Ok(History {
        revisions: revisions.collect(),
    })
}

/// How a figure travelled.
#[derive(Serialize, JsonSchema)]
struct Lineage {
    /// Statements by date.
    steps: Vec<Step>,
    /// Links that hold them together.
    links: Vec<Shown>,
    /// Titles of everything named.
    titles: Titles,
}

/// One statement.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LineageStatement")]
struct Step {
    /// The claim.
    claim: Shown,
    /// What it is about.
    subject: Option<Shown>,
    /// What changed since the statement before, in words.
    changes: Vec<String>,
}

fn lineage(call: &Call, path: ById, _: Nothing) -> Result<Lineage, Refusal> {
    call.registry.get(&call.viewer, path.id)?;
    let view = call.registry.lineage(&call.viewer, path.id, &call.lang)?;
    let steps = view.steps.into_iter().map(|step| Step {
        claim: step.claim,
        subject: step.subject,
        changes: step.changes.iter().map(|c| c.in_words()).collect(),
    });
    Ok(Lineage {
        steps: steps.collect(),
        links: view.links,
        titles: view.titles,
    })
}

fn figures(call: &Call, path: ById, _: Nothing) -> Result<super::Rows<Shown>, Refusal> {
    call.registry.get(&call.viewer, path.id)?;
    let rows = call.registry.figures(&call.viewer, path.id)?;
    Ok(super::Rows { rows, next: None })
}

/// Where a mission stands.
#[derive(Serialize, JsonSchema)]
struct MissionBoard {
    /// The mission.
    mission: Shown,
    /// The stage it stands at over all tracks.
    stage: Option<stele_model::Stage>,
    /// The track of each organisation; the one without is for all.
    tracks: Vec<MissionTrack>,
    /// Who says whose answer is awaited.
    accounts: Vec<TurnAccount>,
    /// Whether these differ.
    accounts_differ: bool,
    /// Titles of everything named.
    titles: Titles,
}

/// A track of responses.
#[derive(Serialize, JsonSchema)]
struct MissionTrack {
    /// The organisation.
    organisation: Option<AnyId>,
    /// Its stage.
    stage: stele_model::Stage,
    /// Since when.
    since: stele_model::EdtfDate,
}

/// What one party says about whose answer is awaited.
#[derive(Serialize, JsonSchema)]
struct TurnAccount {
    /// Who says so.
    speaker: AnyId,
    /// Whose answer is awaited.
    awaits: Vec<AnyId>,
    /// Since when.
    since: Option<stele_model::EdtfDate>,
    /// Where it says so.
    source: AnyId,
    /// The record that says so.
    record: AnyId,
    /// In what words.
    words: Option<String>,
}

fn board(call: &Call, path: ById, _: Nothing) -> Result<MissionBoard, Refusal> {
    let mission = call.registry.get(&call.viewer, path.id)?;
    if mission.kind != Kind::Mission {
        return Err(Refusal::NotFound(path.id.to_string()));
    }
    let view = call.registry.mission(&call.viewer, path.id, &call.lang)?;
    let board = view.board;
    let tracks = board
        .tracks
        .into_iter()
        .map(|(organisation, (stage, since))| MissionTrack {
            organisation: organisation.map(|id| id.any()),
            stage,
            since,
        });
    let accounts = board.accounts.into_iter().map(|account| TurnAccount {
        speaker: account.speaker.any(),
        awaits: account.awaits.iter().map(|id| id.any()).collect(),
        since: account.since,
        source: account.source.any(),
        record: account.record,
        words: account.words,
    });
    Ok(MissionBoard {
        mission: view.mission,
        stage: board.stage,
        tracks: tracks.collect(),
        accounts: accounts.collect(),
        accounts_differ: board.accounts_differ,
        titles: view.titles,
    })
}

/// Rules that are not met.
#[derive(Serialize, JsonSchema)]
struct UnmetRules {
    /// Empty when the finding may be published.
    unmet: Vec<UnmetRule>,
}

/// A rule that is not met.
#[derive(Serialize, JsonSchema)]
struct UnmetRule {
    /// The rule, by its number.
    rule: &'static str,
    /// What is missing and what to do.
    sentence: String,
}

fn unmet(call: &Call, path: ById, _: Nothing) -> Result<UnmetRules, Refusal> {
    let unmet = call.registry.unmet(&call.viewer, path.id)?;
    let one = |u: stele_model::rules::Unmet| UnmetRule {
        rule: u.rule,
        sentence: u.sentence,
    };
    Ok(UnmetRules {
        unmet: unmet.into_iter().map(one).collect(),
    })
}

/// A record as it was recorded.
struct WholeRecord(Record);

impl Serialize for WholeRecord {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.to_json().serialize(s)
    }
}

/// `{"type", "data"}` of every kind, as the types of the model have it.
fn kinds(make: &mut schemars::SchemaGenerator) -> Vec<Value> {
    let one = |kind: &Kind| {
        let data = kind.schema(make);
        json!({"title": kind.label(), "properties": {"type": {"const": kind}, "data": data}})
    };
    Kind::ALL.iter().map(one).collect()
}

impl JsonSchema for WholeRecord {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Record".into()
    }
    fn json_schema(make: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (id, kinds) = (make.subschema_for::<AnyId>(), kinds(make));
        schemars::json_schema!({
            "type": "object",
            "description": "A record as it was recorded.",
            "required": ["id", "type", "data"],
            "properties": {"id": id, "type": {"type": "string"}, "data": {"type": "object"}},
            "oneOf": kinds,
        })
    }
}

fn whole(call: &Call, path: ById, _: Nothing) -> Result<WholeRecord, Refusal> {
    call.registry.get(&call.viewer, path.id)?;
    call.registry.whole(&call.viewer, path.id).map(WholeRecord)
}

/// Most drafts of one act here; a list with more is imported.
const MOST_DRAFTS: usize = 5_000;

/// One act.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecordAsk {
    /// What is recorded.
    #[schemars(length(min = 1, max = 5_000))]
    records: Vec<DraftAsk>,
}

/// A draft of a record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftAsk {
    key: Option<String>,
    id: Option<AnyId>,
    #[serde(rename = "type")]
    kind: Kind,
    data: Map<String, Value>,
}

impl JsonSchema for DraftAsk {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Draft".into()
    }
    fn json_schema(make: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let id = make.subschema_for::<AnyId>();
        let kinds: Vec<Value> = kinds(make);
        schemars::json_schema!({
            "type": "object",
            "description": "What is to be recorded. `data` is as in a record of its kind; where an id of a record is wanted, `\"@key\"` may stand for another draft of the act. `author`, `reviewer`, `assessor` and `policy` may be left out: they are the account's and the registry's.",
            "required": ["type", "data"],
            "properties": {
                "key": {"type": ["string", "null"], "maxLength": 100, "description": "Name by which other drafts of the act refer to it."},
                "id": {"anyOf": [id, {"type": "null"}], "description": "Id for good; minted when left out. A UUIDv7 is taken too."},
                "type": {"type": "string"},
                "data": {"type": "object"},
            },
            "additionalProperties": false,
            "anyOf": kinds,
        })
    }
}

/// What was recorded, acknowledged after it is durable.
#[derive(Serialize, JsonSchema)]
struct Recorded {
    /// Number of the entry in this node's log.
    entry: u64,
    /// Clock and node.
    stamp: String,
    /// The records, in the order of the drafts.
    ids: Vec<AnyId>,
    /// The ids of keys.
    keys: BTreeMap<String, AnyId>,
}

fn drafted(call: &Call, ask: RecordAsk) -> Result<(Vec<Record>, BTreeMap<String, AnyId>), Refusal> {
    if ask.records.len() > MOST_DRAFTS {
        let problem = format!("has more than {MOST_DRAFTS} drafts; split it, or import a list");
        return Err(Refusal::field("records", problem));
    }
    let drafts = ask.records.into_iter().map(|draft| Draft {
        key: draft.key,
        id: draft.id,
        kind: draft.kind,
        data: draft.data,
    });
    drafts::records(&call.registry, call.account()?, drafts.collect())
}

fn record(call: &Call, _: Nothing, ask: RecordAsk) -> Result<Recorded, Refusal> {
    let (records, keys) = drafted(call, ask)?;
    let receipt = call
        .registry
        .record(call.account()?, records)
        .map_err(by_draft)?;
    Ok(Recorded {
        entry: receipt.entry,
        stamp: receipt.stamp,
        ids: receipt.ids,
        keys,
    })
}

/// Fields are named by the draft they belong to, also where there is one only.
fn by_draft(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Fields(mut errors) => {
            for error in &mut errors {
                if !error.field.starts_with("records") {
                    error.field = format!("records[0].{}", error.field);
                }
            }
            Refusal::Fields(errors)
        }
        other => other,
    }
}

/// Nothing is wrong.
#[derive(Serialize, JsonSchema)]
struct Checked {
    /// How many records it would be.
    records: usize,
}

fn check(call: &Call, _: Nothing, ask: RecordAsk) -> Result<Checked, Refusal> {
    let (records, _) = drafted(call, ask)?;
    let count = records.len();
    call.registry
        .check(call.account()?, records)
        .map_err(by_draft)?;
    Ok(Checked { records: count })
}

/// A correction.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReviseAsk {
    /// Why, in your words; kept for good.
    reason: String,
    /// The whole record as it is to stand.
    data: Map<String, Value>,
    /// Stamps of the revisions it is made in knowledge of; all there are when left out.
    #[serde(default)]
    after: Vec<String>,
}

fn revise(call: &Call, path: ById, ask: ReviseAsk) -> Result<Receipt, Refusal> {
    let shown = call.registry.get(&call.viewer, path.id)?;
    let mut data = ask.data;
    drafts::by_the_account(&call.registry, call.account()?, shown.kind, &mut data);
    let revision = json!({"reason": ask.reason, "after": ask.after});
    revised(
        call,
        json!({"id": path.id, "type": shown.kind, "data": data, "revision": revision}),
    )
}

fn revised(call: &Call, form: Value) -> Result<Receipt, Refusal> {
    let record = Record::from_json(form).map_err(|e| Refusal::Fields(vec![e]))?;
    call.registry
        .brought(call.account()?, std::slice::from_ref(&record))?;
    call.registry.record(call.account()?, vec![record])
}

/// Why a record is withdrawn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonAsk {
    /// Why, in your words; kept for good.
    pub reason: String,
}

fn withdraw(call: &Call, path: ById, ask: ReasonAsk) -> Result<Receipt, Refusal> {
    call.registry.get(&call.viewer, path.id)?;
    let mut form = call.registry.whole(&call.viewer, path.id)?.to_json();
    form["revision"] = json!({"reason": ask.reason, "withdrawn": true});
    revised(call, form)
}
