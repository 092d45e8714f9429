//! The same thing in several records: searching for pairs, deciding about them, undoing.

use super::operation::{Call, Method, Nothing, Operation, Told, Who};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_model::AnyId;
use stele_registry::matching::{
    Act, Decision, Ending, Outcome, PairView, Running, Scope, Search, Told as Reason,
};
use stele_registry::view::Titles;
use stele_registry::{Refusal, Shown};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/matching",
            Who::Recorder,
            Told {
                id: "matching",
                of: "Matching",
                summary: "The last search for pairs, how many wait, the latest decisions",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/matching\"",
            },
            desk,
        ),
        Operation::act(
            Method::Post,
            "/api/matching/search",
            Who::Recorder,
            StatusCode::ACCEPTED,
            Told {
                id: "search_pairs",
                of: "Matching",
                summary: "Search for pairs anew: all sites with each other, or a list with all others",
                about: "Runs in the background; fills the queue anew. What was decided stays decided, and is learnt from.",
                example: "-H \"Authorization: Bearer $TOKEN\" -X POST \"$STELE/api/matching/search\"",
            },
            search,
        ),
        Operation::act(
            Method::Post,
            "/api/matching/next",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "next_pair",
                of: "Matching",
                summary: "The pair whose decision matters most; kept for this account for five minutes",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" -X POST \"$STELE/api/matching/next\"",
            },
            next,
        ),
        Operation::read(
            "/api/matching/pairs/{a}/{b}",
            Who::Recorder,
            Told {
                id: "get_pair",
                of: "Matching",
                summary: "Two sites side by side, with what speaks for their being one",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/matching/pairs/$PAIR_A/$PAIR_B\"",
            },
            pair,
        ),
        Operation::act(
            Method::Post,
            "/api/matching/pairs/{a}/{b}",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "decide_pair",
                of: "Matching",
                summary: "Say whether two sites are one",
                about: "`skip` puts the pair behind the others. Where somebody decided before, theirs stands and is told.",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"decision\": \"different\"}' \"$STELE/api/matching/pairs/$PAIR_A/$PAIR_B\"",
            },
            decide,
        ),
        Operation::act(
            Method::Post,
            "/api/matching/accept",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "accept_pairs",
                of: "Matching",
                summary: "Take every waiting pair from a probability up for the same, as one act",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"above\": 0.99}' \"$STELE/api/matching/accept\"",
            },
            accept,
        ),
        Operation::act(
            Method::Post,
            "/api/matching/undo",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "undo_pairs",
                of: "Matching",
                summary: "Undo one act of deciding",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" --json \"{\\\"act\\\": \\\"$ACT\\\"}\" \"$STELE/api/matching/undo\"",
            },
            undo,
        ),
    ]
}

/// Where matching stands.
#[derive(Serialize, JsonSchema)]
struct Desk {
    /// The last search.
    last: Option<Search>,
    /// Pairs that wait for a decision.
    waiting: u64,
    /// A search that is under way.
    running: Option<Running>,
    /// Why the last one did not come to its end.
    failed: Option<String>,
    /// Latest decisions.
    acts: Vec<Act>,
}

fn desk(call: &Call, _: Nothing, _: Nothing) -> Result<Desk, Refusal> {
    let viewer = &call.viewer;
    let (last, waiting) = call
        .registry
        .last_search(viewer)?
        .map_or((None, 0), |(search, waiting)| (Some(search), waiting));
    Ok(Desk {
        last,
        waiting,
        running: call.registry.running_search(viewer)?,
        failed: call.registry.failed_search(viewer)?,
        acts: call.registry.matching_acts(viewer)?,
    })
}

/// What is searched.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchPairsAsk {
    /// A list to compare with all other sites: id, address or name of a source, an import, a party or an aggregate.
    list: Option<String>,
}

fn search(call: &Call, _: Nothing, ask: SearchPairsAsk) -> Result<Desk, Refusal> {
    let list = ask.list.filter(|l| !l.trim().is_empty());
    let scope = match list {
        None => Scope::Duplicates,
        Some(list) => Scope::List(call.registry.list_named(&call.viewer, &list)?),
    };
    call.registry.take_key()?;
    // It writes when it is done, long after this request was answered.
    call.app.registry.start_search(call.account()?, scope)?;
    desk(call, Nothing {}, Nothing {})
}

/// A pair that waits.
#[derive(Serialize, JsonSchema)]
struct NextPair {
    /// The two sites; none when nothing waits.
    pair: Option<[AnyId; 2]>,
}

fn next(call: &Call, _: Nothing, _: Nothing) -> Result<NextPair, Refusal> {
    let pair = call.registry.next_pair(call.account()?)?;
    Ok(NextPair { pair })
}

/// Two sites.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(inline)]
struct ByPair {
    /// One.
    a: AnyId,
    /// The other.
    b: AnyId,
}

/// Two sites side by side.
#[derive(Serialize, JsonSchema)]
struct Pair {
    /// The sites.
    sites: [Shown; 2],
    /// Probability that they are one, in per mille; none for a pair that no search found.
    permille: Option<u64>,
    /// Why.
    reasons: Vec<Reason>,
    /// Who else looks at it now.
    held_by: Option<String>,
    /// How it was decided.
    ending: Option<Ending>,
    /// Titles of everything named.
    titles: Titles,
}

impl Pair {
    fn of(view: PairView) -> Self {
        Pair {
            sites: view.sites,
            permille: view.permille,
            reasons: view.reasons,
            held_by: view.held_by,
            ending: view.ending,
            titles: view.titles,
        }
    }
}

fn pair(call: &Call, path: ByPair, _: Nothing) -> Result<Pair, Refusal> {
    let view = call
        .registry
        .pair(&call.viewer, [path.a, path.b], &call.lang)?;
    Ok(Pair::of(view))
}

/// A decision about a pair.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DecideAsk {
    /// Whether they are one.
    decision: Decision,
}

/// What came of a decision.
#[derive(Serialize, JsonSchema)]
struct Decided {
    /// The act, by which it is undone; none where nothing was recorded.
    act: Option<String>,
    /// What somebody had decided before; it stands.
    already: Option<Ending>,
}

fn decide(call: &Call, path: ByPair, ask: DecideAsk) -> Result<Decided, Refusal> {
    let outcome = call
        .registry
        .decide_pair(call.account()?, [path.a, path.b], ask.decision)?;
    let (act, already) = match outcome {
        Outcome::Recorded(act) => (Some(act), None),
        Outcome::Skipped => (None, None),
        Outcome::Already(ending) => (None, Some(ending)),
    };
    Ok(Decided { act, already })
}

/// From which probability up.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AcceptAsk {
    /// Least probability.
    #[schemars(range(min = 0.5, max = 1.0))]
    above: f64,
}

/// What was accepted.
#[derive(Serialize, JsonSchema)]
struct Accepted {
    /// The act, by which it is undone; none where nothing waited.
    act: Option<String>,
    /// Pairs accepted.
    pairs: usize,
}

fn accept(call: &Call, _: Nothing, ask: AcceptAsk) -> Result<Accepted, Refusal> {
    let done = call.registry.accept_above(call.account()?, ask.above)?;
    let (act, pairs) = done.map_or((None, 0), |(act, pairs)| (Some(act), pairs));
    Ok(Accepted { act, pairs })
}

/// Which act.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UndoAsk {
    /// Its id, as it was told.
    act: String,
}

/// What was undone.
#[derive(Serialize, JsonSchema)]
struct Undone {
    /// Pairs that wait again.
    pairs: usize,
}

fn undo(call: &Call, _: Nothing, ask: UndoAsk) -> Result<Undone, Refusal> {
    let pairs = call.registry.undo_matching(call.account()?, &ask.act)?;
    Ok(Undone { pairs })
}
