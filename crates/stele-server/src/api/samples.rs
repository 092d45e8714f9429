//! Samples drawn for missions that cannot visit all, and what they say so far.

use super::ById;
use super::operation::{Call, Method, Nothing, Operation, Told, Who};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stele_model::{AnyId, Kind, SamplingPlan, StratifiedBy};
use stele_registry::Refusal;
use stele_registry::sampling::{Size, Wish, level_from_percent};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::act(
            Method::Post,
            "/api/samples/lay-out",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "lay_out_sample",
                of: "Samples",
                summary: "How many sites would be drawn from which part; records nothing",
                about: "Which sites is told when the plan is recorded, so that nobody tries seeds until they like them.",
                example: "-H \"Authorization: Bearer $TOKEN\" --json \"{\\\"aggregate\\\": \\\"$AGGREGATE\\\", \\\"margin_points\\\": 10, \\\"by\\\": [\\\"area\\\"]}\" \"$STELE/api/samples/lay-out\"",
            },
            lay_out,
        ),
        Operation::act(
            Method::Post,
            "/api/samples",
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "draw_sample",
                of: "Samples",
                summary: "Draw a sample and record the plan",
                about: "The seed stands in the ledger; anybody can draw again and get the same sites.",
                example: "-H \"Authorization: Bearer $TOKEN\" --json \"{\\\"aggregate\\\": \\\"$AGGREGATE\\\", \\\"size\\\": 2, \\\"seed\\\": \\\"2026-01-31 lottery 4711\\\"}\" \"$STELE/api/samples\"",
            },
            draw,
        ),
        Operation::read(
            "/api/samples/{id}",
            Who::Anyone,
            Told {
                id: "sample",
                of: "Samples",
                summary: "A plan: its sites, what came of each, what the sample says so far",
                about: "For members until every drawn site is accounted for.",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/samples/$PLAN\"",
            },
            plan,
        ),
    ]
}

/// What is wished.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SampleAsk {
    /// The aggregate whose items are sampled.
    aggregate: AnyId,
    /// The mission it is drawn for.
    mission: Option<AnyId>,
    /// By what the items are divided.
    #[serde(default)]
    by: Vec<StratifiedBy>,
    /// How near the estimate is to come, in points of a hundred; 5 where neither this nor a size is said.
    #[schemars(range(min = 0.1, max = 49.9))]
    margin_points: Option<f64>,
    /// A number of sites, in place of the margin.
    #[schemars(range(min = 1))]
    size: Option<u64>,
    /// How sure the estimate is to be, in per cent; 95 where nothing is said.
    #[schemars(range(min = 50, max = 99))]
    level_percent: Option<f64>,
    /// The seed; made at random where there is none.
    seed: Option<String>,
}

fn wish(call: &Call, ask: SampleAsk) -> Result<Wish, Refusal> {
    let is = |id: AnyId, kind: Kind, field: &str| match call.registry.get(&call.viewer, id) {
        Ok(shown) if shown.kind == kind => Ok(id),
        Ok(_) | Err(Refusal::NotFound(_)) => Err(Refusal::field(field, format!("is no {kind}"))),
        Err(other) => Err(other),
    };
    let wrong = |e| Refusal::Fields(vec![e]);
    let size = match (ask.size, ask.margin_points) {
        (Some(size), _) => Size::Sites(size),
        (None, margin) => Size::from_points(&margin.unwrap_or(5.0).to_string()).map_err(wrong)?,
    };
    let level =
        level_from_percent(&ask.level_percent.unwrap_or(95.0).to_string()).map_err(wrong)?;
    let mission = ask
        .mission
        .map(|id| is(id, Kind::Mission, "mission"))
        .transpose()?;
    Ok(Wish {
        aggregate: is(ask.aggregate, Kind::Aggregate, "aggregate")?.into(),
        mission: mission.map(Into::into),
        by: ask.by,
        size,
        level,
        seed: ask.seed,
    })
}

/// What a plan would be.
#[derive(Serialize, JsonSchema)]
struct LaidOut {
    /// Sites of the frame.
    sites: u64,
    /// Sites that would be drawn.
    drawn: u64,
    /// The parts.
    strata: Vec<StratumCount>,
}

/// A part that is sampled on its own.
#[derive(Serialize, JsonSchema)]
struct StratumCount {
    /// The area.
    area: Option<AnyId>,
    /// The category.
    category: Option<stele_model::Category>,
    /// How it can be reached.
    access: Option<stele_model::Access>,
    /// Its sites.
    sites: usize,
    /// Of these, drawn.
    drawn: usize,
}

fn lay_out(call: &Call, _: Nothing, ask: SampleAsk) -> Result<LaidOut, Refusal> {
    let wish = wish(call, ask)?;
    let plan: SamplingPlan = call.registry.lay_out(&call.viewer, &wish)?;
    let strata = plan.strata.iter().map(|s| StratumCount {
        area: s.area.map(|id| id.any()),
        category: s.category,
        access: s.access,
        sites: s.sites.len(),
        drawn: s.drawn.len(),
    });
    Ok(LaidOut {
        sites: plan.frame.count,
        drawn: plan.size(),
        strata: strata.collect(),
    })
}

/// The plan that was recorded.
#[derive(Serialize, JsonSchema)]
struct Drawn {
    /// Its id.
    id: AnyId,
}

fn draw(call: &Call, _: Nothing, ask: SampleAsk) -> Result<Drawn, Refusal> {
    let wish = wish(call, ask)?;
    let id = call.registry.draw_sample(call.account()?, &wish)?;
    Ok(Drawn { id })
}

/// A plan with its estimate, as `stele estimate` tells of it (`docs/commands.md`).
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct PlanTold(Map<String, Value>);

fn plan(call: &Call, path: ById, _: Nothing) -> Result<PlanTold, Refusal> {
    let view = call.registry.plan(&call.viewer, path.id, &call.lang)?;
    match view.to_json() {
        Value::Object(told) => Ok(PlanTold(told)),
        _ => Ok(PlanTold(Map::new())),
    }
}
