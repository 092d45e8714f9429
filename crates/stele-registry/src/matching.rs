//! Which records are the same thing: a list against the rest of the registry, or the whole registry
//! against itself. What a search finds waits in a queue for a person ([`queue`]); what a person
//! decides is recorded as a link, and the next search learns from it.
//!
//! Only members search and decide: exact places are compared here, and no reason that tells of a
//! protected place is recorded with a link.

mod entries;
mod queue;

pub use entries::{holding, spot};
pub use queue::{Act, Decision, Ending, Outcome, PairView};

use crate::Registry;
use crate::account::{Account, Viewer};
use crate::clock::now_ms;
use crate::refusal::Refusal;
use crate::search::SearchQuery;
use entries::Listing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_match::{Decided, Options, Reason};
use stele_model::{AnyId, Kind, search_key};
use stele_store::PairRow;

/// Most sites compared in one search: each takes some kilobytes of memory while it runs.
pub const MOST_SITES: usize = 300_000;
/// Most pairs put into the queue by one search, those that matter most first.
pub const MOST_PAIRS: usize = 20_000;
/// Setting of the house that keeps what the last search found.
const LAST: &str = "matching.last";
/// Setting of the house that tells of the search under way.
const RUNNING: &str = "matching.running";
/// Longest that one stage of a search may take before it counts as ended.
const LONGEST_STAGE_MS: u64 = 60 * 60 * 1000;
/// Least probabilities the curve is told at.
const CURVE_AT: [f64; 13] = [
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999,
];

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MatchingScope")]
pub enum Scope {
    /// The whole registry with itself.
    Duplicates,
    /// The sites of a source, an import, a party or an aggregate with all others.
    List(AnyId),
}

/// What accepting every pair from a probability up may be expected to give.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// The least probability accepted.
    pub at: f64,
    /// Pairs accepted.
    pub pairs: usize,
    /// Share of them expected to be right.
    pub precision: f64,
    /// Share of all that are expected to be right which are accepted.
    pub recall: f64,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MatchingSearch")]
pub struct Search {
    /// What was compared with what.
    pub scope: Scope,
    /// When, in milliseconds since 1970.
    pub made_ms: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Sites looked for.
    pub sought: usize,
    /// Sites looked among.
    pub among: usize,
    /// Pairs decided before, which it learnt from.
    pub decided: usize,
    /// Pairs in the queue.
    pub to_review: usize,
    /// Of these, pairs at or above the automatic threshold.
    pub automatic: usize,
    /// Least probability at which a pair may be accepted without a look.
    pub automatic_at: f64,
    /// Least probability of a pair in the queue.
    pub review_at: f64,
    /// Expected precision and recall at thresholds.
    pub curve: Vec<CurvePoint>,
}

/// A search under way, or why one failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MatchingRunning")]
pub struct Running {
    /// When this stage began, in milliseconds since 1970.
    pub since_ms: u64,
    /// What is being done.
    pub doing: String,
    /// Whether it has failed, and `doing` says why.
    pub failed: bool,
}

/// What one field said about a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MatchingReason")]
pub struct Told {
    /// The field.
    pub field: String,
    /// What was found.
    pub found: String,
    /// How much it speaks for a match, as a power of two; below zero against.
    pub bits: f64,
    /// Whether it tells how places lie to each other.
    pub of_place: bool,
}

impl Told {
    fn of(reason: &Reason) -> Told {
        Told {
            field: reason.field.label().to_owned(),
            found: reason.found.to_string(),
            bits: (reason.bits * 10.0).round() / 10.0,
            of_place: reason.field == stele_match::Field::Place,
        }
    }
}

/// Fields that said nothing are not told.
fn told(reasons: &[Reason]) -> Vec<Told> {
    reasons
        .iter()
        .filter(|r| r.found != stele_match::Found::Silent)
        .map(Told::of)
        .collect()
}

/// Two sites that may be one, by their positions among those listed.
struct Found {
    a: usize,
    b: usize,
    probability: f64,
    reasons: Vec<Told>,
}

impl Registry {
    /// Searches for sites that are the same thing and fills the queue with what it found, in place of
    /// what waited there. `progress` is told what is being done, and how much of it is.
    pub fn find_matches(
        &self,
        actor: &Account,
        scope: Scope,
        progress: &mut dyn FnMut(&str, u64),
    ) -> Result<Search, Refusal> {
        if !actor.records() {
            return Err(Refusal::NotAllowed(
                "your account may read, not match records".into(),
            ));
        }
        let started = now_ms();
        let listing = self
            .store
            .read(|read| Listing::read(read, scope, progress))?;
        progress("comparing", listing.sought() as u64);
        let found = compare(&listing);
        let probabilities = found.iter().map(|pair| pair.probability);
        let (points, thresholds) = stele_match::curve(probabilities, &CURVE_AT);
        let mut rows: Vec<PairRow> = found
            .iter()
            .filter(|pair| pair.probability >= thresholds.review)
            .map(|pair| listing.row(pair))
            .collect::<Result<_, _>>()?;
        rows.sort_by(|x, y| {
            y.matters
                .cmp(&x.matters)
                .then((&x.a, &x.b).cmp(&(&y.a, &y.b)))
        });
        rows.truncate(MOST_PAIRS);
        // Rounded up, as the pairs are rounded down.
        let automatic = (thresholds.automatic * 1000.0).ceil() as u64;
        let search = Search {
            scope,
            made_ms: started,
            took_ms: now_ms().saturating_sub(started),
            sought: listing.sought(),
            among: listing.sites.len(),
            decided: listing.decided.len(),
            to_review: rows.len(),
            automatic: rows.iter().filter(|row| row.permille >= automatic).count(),
            automatic_at: automatic as f64 / 1000.0,
            review_at: thresholds.review,
            curve: points
                .iter()
                .map(|p| CurvePoint {
                    at: p.at,
                    pairs: p.pairs,
                    precision: p.precision,
                    recall: p.recall,
                })
                .collect(),
        };
        progress("keeping the pairs", rows.len() as u64);
        let kept =
            serde_json::to_string(&search).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        self.store.write(move |w| {
            let mut house = w.house();
            house.clear_waiting_pairs()?;
            for row in &rows {
                house.put_pair(row)?;
            }
            house.set(LAST, &kept)?;
            Ok::<_, Refusal>(())
        })?;
        Ok(search)
    }

    /// The list meant by an id, an address or a name: a source, a party, an import or an aggregate.
    pub fn list_named(&self, viewer: &Viewer, text: &str) -> Result<AnyId, Refusal> {
        let kinds = [Kind::Source, Kind::Party];
        let mut problem = String::new();
        for kind in kinds {
            match self.resolve(viewer, Some(kind), text)? {
                Ok(id) => return Ok(id),
                Err(why) => problem = why,
            }
        }
        if let Some(id) = self.source_titled(viewer, text)? {
            return Ok(id);
        }
        Err(Refusal::field("list", problem))
    }

    /// The one source with this title.
    fn source_titled(&self, viewer: &Viewer, title: &str) -> Result<Option<AnyId>, Refusal> {
        let key = search_key(title);
        let query = SearchQuery {
            kind: Some(Kind::Source),
            ..SearchQuery::words(title)
        };
        let found = self.search(viewer, &query, 50, "en")?;
        let mut same = found
            .hits
            .iter()
            .map(|hit| &hit.record)
            .filter(|row| search_key(&row.title("en")) == key);
        Ok(match (same.next(), same.next()) {
            (Some(row), None) => Some(row.id),
            _ => None,
        })
    }

    /// Starts a search on a thread of its own; [`Registry::running_search`] tells how far it is.
    pub fn start_search(&self, actor: &Account, scope: Scope) -> Result<(), Refusal> {
        if let Some(running) = self.running_search(&Viewer::Member(actor.clone()))? {
            return Err(Refusal::Unreadable(format!(
                "a search is under way ({}); wait for its end",
                running.doing
            )));
        }
        if let Scope::List(id) = scope {
            self.get(&Viewer::Member(actor.clone()), id)?;
        }
        let (registry, actor) = (self.clone(), actor.clone());
        registry.mark_running(Some("starting"))?;
        std::thread::spawn(move || {
            let mut last = String::new();
            let ended = registry.find_matches(&actor, scope, &mut |doing, _| {
                if doing != last {
                    doing.clone_into(&mut last);
                    // A mark that cannot be kept stops no search.
                    let _ = registry.mark_running(Some(doing));
                }
            });
            let _ = registry.mark_running(None);
            if let Err(refusal) = ended {
                let _ = registry.mark_failed(&refusal.to_string());
            }
        });
        Ok(())
    }

    fn mark_running(&self, doing: Option<&str>) -> Result<(), Refusal> {
        let running = doing.map(|doing| Running {
            since_ms: now_ms(),
            doing: doing.to_owned(),
            failed: false,
        });
        self.keep_running(running)
    }

    fn mark_failed(&self, why: &str) -> Result<(), Refusal> {
        self.keep_running(Some(Running {
            since_ms: now_ms(),
            doing: why.to_owned(),
            failed: true,
        }))
    }

    fn keep_running(&self, running: Option<Running>) -> Result<(), Refusal> {
        let kept =
            serde_json::to_string(&running).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        self.store
            .write(move |w| Ok::<_, Refusal>(w.house().set(RUNNING, &kept)?))
    }

    /// The search under way, if there is one.
    pub fn running_search(&self, viewer: &Viewer) -> Result<Option<Running>, Refusal> {
        Ok(self.search_state(viewer)?.filter(|running| !running.failed))
    }

    /// Why the last search started here did not come to its end.
    pub fn failed_search(&self, viewer: &Viewer) -> Result<Option<String>, Refusal> {
        let state = self.search_state(viewer)?;
        Ok(state
            .filter(|running| running.failed)
            .map(|running| running.doing))
    }

    fn search_state(&self, viewer: &Viewer) -> Result<Option<Running>, Refusal> {
        members_only(viewer)?;
        let kept = self
            .store
            .house(|house| Ok::<_, Refusal>(house.setting(RUNNING)?))?;
        let state: Option<Running> = kept
            .and_then(|kept| serde_json::from_str(&kept).ok())
            .flatten();
        // A program that was ended in the middle has left its mark.
        Ok(state.filter(|s| s.failed || now_ms().saturating_sub(s.since_ms) < LONGEST_STAGE_MS))
    }

    /// What the last search found, with the queue as it stands now.
    pub fn last_search(&self, viewer: &Viewer) -> Result<Option<(Search, u64)>, Refusal> {
        members_only(viewer)?;
        self.store.house(|house| {
            let Some(kept) = house.setting(LAST)? else {
                return Ok(None);
            };
            let search = serde_json::from_str(&kept).map_err(|e| {
                Refusal::Unreadable(format!(
                    "the last search cannot be read ({e}); search again"
                ))
            })?;
            Ok(Some((search, house.count_pairs(0)?)))
        })
    }
}

fn members_only(viewer: &Viewer) -> Result<&Account, Refusal> {
    match viewer.account() {
        Some(account) => Ok(account),
        None => Err(Refusal::NotAllowed("sign in to match records".into())),
    }
}

/// A probability in per mille, rounded down: what is not quite sure never counts as sure.
fn permille(probability: f64) -> u64 {
    (probability.clamp(0.0, 1.0) * 1000.0).floor() as u64
}

/// Pairs that may be the same and are not decided, each once.
fn compare(listing: &Listing) -> Vec<Found> {
    let options = |decided: Vec<Decided>| Options {
        decided,
        ..Options::default()
    };
    let Some(list) = &listing.list else {
        let found = stele_match::duplicates(&listing.entries, &options(listing.decided.clone()));
        return found
            .into_iter()
            .map(|pair| Found {
                a: pair.a,
                b: pair.b,
                probability: pair.probability,
                reasons: told(&pair.reasons),
            })
            .collect();
    };
    let is_listed = |at: usize| list.binary_search(&at).is_ok();
    let others: Vec<usize> = (0..listing.entries.len())
        .filter(|at| !is_listed(*at))
        .collect();
    let taken = |places: &[usize]| -> Vec<stele_match::Entry> {
        places
            .iter()
            .map(|at| listing.entries[*at].clone())
            .collect()
    };
    // What was decided between the list and the others, by their positions there.
    let decided = listing.decided.iter().filter_map(|pair| {
        let (claim, place) = match is_listed(pair.claim) {
            true => (pair.claim, pair.place),
            false => (pair.place, pair.claim),
        };
        Some(Decided {
            claim: list.binary_search(&claim).ok()?,
            place: others.binary_search(&place).ok()?,
            same: pair.same,
        })
    });
    let options = options(decided.collect());
    let linked = stele_match::link(&taken(&others), &taken(list), &options);
    let mut found = Vec::new();
    for (claim, linked) in linked.iter().enumerate() {
        if options.decided.iter().any(|d| d.claim == claim && d.same) {
            continue;
        }
        found.extend(linked.candidates.iter().map(|candidate| Found {
            a: list[claim],
            b: others[candidate.place],
            probability: candidate.probability,
            reasons: told(&candidate.reasons),
        }));
    }
    found
}
