//! What stands around a number of things that are not named: its items, what they lack, other figures
//! over the same ground, linking by rule, how many may be on no list.

use super::operation::{Call, Method, Nothing, Operation, Told, Who};
use super::records::AfterAsk;
use super::{ById, address};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_model::AnyId;
use stele_model::rules::coverage::Verdict;
use stele_registry::coverage::{ItemRow, Lack};
use stele_registry::sampling::MOST_COMPARED;
use stele_registry::view::Titles;
use stele_registry::{Receipt, Refusal, Shown};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/aggregates/{id}/items",
            Who::Anyone,
            Told {
                id: "aggregate_items",
                of: "Aggregates",
                summary: "The sites linked as items, and what is known of each",
                about: "",
                example: "\"$STELE/api/aggregates/$AGGREGATE/items\"",
            },
            items,
        ),
        Operation::read(
            "/api/aggregates/{id}/missing",
            Who::Member,
            Told {
                id: "aggregate_missing",
                of: "Aggregates",
                summary: "Items that lack something: a list to work on",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/aggregates/$AGGREGATE/missing?what=location\"",
            },
            missing,
        ),
        Operation::read(
            "/api/aggregates/{id}/overlaps",
            Who::Anyone,
            Told {
                id: "aggregate_overlaps",
                of: "Aggregates",
                summary: "Other figures over the same ground",
                about: "They stand side by side; they may count the same things and are never added.",
                example: "\"$STELE/api/aggregates/$AGGREGATE/overlaps\"",
            },
            overlaps,
        ),
        Operation::read(
            "/api/aggregates/{id}/unlisted",
            Who::Anyone,
            Told {
                id: "aggregate_unlisted",
                of: "Aggregates",
                summary: "How many may be on no list",
                about: "An estimate with what it takes for granted, or why it cannot be told.",
                example: "\"$STELE/api/aggregates/$AGGREGATE/unlisted\"",
            },
            unlisted,
        ),
        Operation::read(
            "/api/aggregates/{id}/by-rule",
            Who::Recorder,
            Told {
                id: "aggregate_rule",
                of: "Aggregates",
                summary: "What linking by rule would link, and what such acts have linked",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/aggregates/$AGGREGATE/by-rule\"",
            },
            by_rule,
        ),
        Operation::act(
            Method::Post,
            "/api/aggregates/{id}/by-rule",
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "link_by_rule",
                of: "Aggregates",
                summary: "Link every site of the rule as an item, as one act",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" -X POST \"$STELE/api/aggregates/$RULED/by-rule\"",
            },
            link_by_rule,
        ),
        Operation::act(
            Method::Post,
            "/api/aggregates/{id}/by-rule/undo",
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "undo_rule",
                of: "Aggregates",
                summary: "Take back what an act linked by rule and still stands",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" --json \"{\\\"act\\\": \\\"$RULE_ACT\\\"}\" \"$STELE/api/aggregates/$LINKED/by-rule/undo\"",
            },
            undo,
        ),
    ]
}

/// Items of an aggregate.
#[derive(Serialize, JsonSchema)]
struct Items {
    /// The items.
    rows: Vec<Item>,
    /// Address of more.
    next: Option<String>,
    /// Titles of everything named.
    titles: Titles,
}

/// One item.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AggregateItem")]
struct Item {
    /// The link that makes it one.
    link: AnyId,
    /// The site.
    site: Shown,
    /// Whether its identity is confirmed.
    identified: bool,
    /// Why it does not count, where it does not.
    excluded: Option<String>,
    /// The item it is the same as, where it is a duplicate.
    same_as: Option<AnyId>,
    /// What published findings say of it.
    verdict: VerdictWord,
    /// Whether it was assessed independently of the claimant.
    assessed_independently: bool,
    /// Whether the claimant's own side assessed it.
    assessed_by_the_claimant: bool,
}

/// What published findings say of an item.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum VerdictWord {
    /// Nothing yet.
    Pending,
    /// That what is claimed holds.
    For,
    /// That it does not.
    Against,
    /// Examined without a conclusion.
    Inconclusive,
}

impl Item {
    fn of(row: ItemRow) -> Self {
        let (independent, affiliated) = row.assessed.unwrap_or_default();
        Item {
            link: row.link.id,
            site: row.site,
            identified: row.identified,
            excluded: row.excluded,
            same_as: row.same_as,
            verdict: match row.verdict {
                Verdict::For => VerdictWord::For,
                Verdict::Against => VerdictWord::Against,
                Verdict::Inconclusive => VerdictWord::Inconclusive,
                Verdict::Pending => VerdictWord::Pending,
            },
            assessed_independently: independent,
            assessed_by_the_claimant: affiliated,
        }
    }
}

fn items(call: &Call, path: ById, ask: AfterAsk) -> Result<Items, Refusal> {
    let (page, titles) = call
        .registry
        .items(&call.viewer, path.id, ask.after, &call.lang)?;
    let here = format!("/api/aggregates/{}/items", path.id);
    Ok(Items {
        rows: page.rows.into_iter().map(Item::of).collect(),
        next: page
            .next
            .map(|next| address(&here, &[("after", &next.id.to_string())])),
        titles,
    })
}

/// What is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct MissingAsk {
    /// What the items lack.
    #[serde(default)]
    what: LackWord,
    /// Go on after this link, as `next` says.
    after: Option<AnyId>,
}

/// What an item may lack.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum LackWord {
    /// Its identity is not confirmed.
    #[default]
    Identity,
    /// It has no place.
    Location,
    /// Nobody independent assessed it.
    Assessment,
    /// No finding is published.
    Finding,
}

impl LackWord {
    fn lack(self) -> Lack {
        match self {
            LackWord::Identity => Lack::Identity,
            LackWord::Location => Lack::Location,
            LackWord::Assessment => Lack::Assessment,
            LackWord::Finding => Lack::Finding,
        }
    }
}

fn missing(call: &Call, path: ById, ask: MissingAsk) -> Result<Items, Refusal> {
    let lack = ask.what.lack();
    let view = call
        .registry
        .missing(&call.viewer, path.id, lack, ask.after, &call.lang)?;
    let here = format!("/api/aggregates/{}/missing", path.id);
    Ok(Items {
        rows: view.rows.into_iter().map(Item::of).collect(),
        next: view
            .next
            .map(|next| address(&here, &[("what", lack.id()), ("after", &next.to_string())])),
        titles: view.titles,
    })
}

/// Figures over the same ground.
#[derive(Serialize, JsonSchema)]
struct Overlaps {
    /// The figures.
    rows: Vec<Beside>,
    /// How the parts of this figure stand to its total, where they do not add up.
    sum_of_parts: Option<String>,
    /// Titles of everything named.
    titles: Titles,
}

/// A figure beside another.
#[derive(Serialize, JsonSchema)]
struct Beside {
    /// What is counted, with how far it was checked.
    aggregate: Shown,
    /// Who claims it.
    parties: Vec<AnyId>,
}

fn overlaps(call: &Call, path: ById, _: Nothing) -> Result<Overlaps, Refusal> {
    aggregate(call, path.id)?;
    let view = call.registry.overlaps(&call.viewer, path.id, &call.lang)?;
    let rows = view.rows.into_iter().map(|row| Beside {
        aggregate: row.aggregate,
        parties: row.parties.iter().map(|id| id.any()).collect(),
    });
    Ok(Overlaps {
        rows: rows.collect(),
        sum_of_parts: call.registry.sum_of_parts(&call.viewer, path.id)?,
        titles: view.titles,
    })
}

fn aggregate(call: &Call, id: AnyId) -> Result<Shown, Refusal> {
    let shown = call.registry.get(&call.viewer, id)?;
    match shown.kind {
        stele_model::Kind::Aggregate => Ok(shown),
        _ => Err(Refusal::NotFound(id.to_string())),
    }
}

/// An estimate of how many are on no list, as `docs/commands.md` tells of it.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct Unlisted(serde_json::Map<String, serde_json::Value>);

fn unlisted(call: &Call, path: ById, _: Nothing) -> Result<Unlisted, Refusal> {
    let view = call
        .registry
        .unlisted(&call.viewer, path.id, MOST_COMPARED, &call.lang)?;
    match view.to_json() {
        serde_json::Value::Object(told) => Ok(Unlisted(told)),
        _ => Ok(Unlisted(serde_json::Map::new())),
    }
}

/// What linking by rule would do.
#[derive(Serialize, JsonSchema)]
struct Rule {
    /// The first sites that would be linked.
    sites: Vec<Shown>,
    /// How many would be.
    count: usize,
    /// How many of the rule are items already.
    linked: usize,
    /// How many areas the rule looks at.
    areas: usize,
    /// Acts that linked several items.
    acts: Vec<RuleAct>,
    /// Titles of everything named.
    titles: Titles,
}

/// An act that linked several items.
#[derive(Serialize, JsonSchema)]
struct RuleAct {
    /// By which it is undone.
    act: String,
    /// How many of its links stand.
    links: usize,
}

fn by_rule(call: &Call, path: ById, _: Nothing) -> Result<Rule, Refusal> {
    let view = call.registry.by_rule(&call.viewer, path.id, &call.lang)?;
    let acts = view.acts.into_iter().map(|act| RuleAct {
        act: act.stamp,
        links: act.links,
    });
    Ok(Rule {
        sites: view.sites,
        count: view.count,
        linked: view.linked,
        areas: view.areas,
        acts: acts.collect(),
        titles: view.titles,
    })
}

fn link_by_rule(call: &Call, path: ById, _: Nothing) -> Result<Receipt, Refusal> {
    call.registry.link_by_rule(call.account()?, path.id)
}

/// Which act.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ActAsk {
    /// The act, as it was told.
    act: String,
}

fn undo(call: &Call, path: ById, ask: ActAsk) -> Result<Receipt, Refusal> {
    call.registry.undo_links(call.account()?, path.id, &ask.act)
}
