//! Search in any script, and suggestions while something is typed. The page's own JSON is this answer.

use super::operation::{Call, Nothing, Operation, Told, Who};
use super::overview::WordCount;
use super::{Rows, address};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_model::name::is_rtl;
use stele_model::{AnyId, Name};
use stele_registry::{Refusal, SearchHit, SearchView, Shown, Suggestion, Written};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/search",
            Who::Anyone,
            Told {
                id: "search",
                of: "Search",
                summary: "Search names and texts in any script",
                about: "Narrowed as on the page. A protected place is where it is shown: neither a box nor a distance tells more.",
                example: "--get --data-urlencode \"q=Шуша\" --data-urlencode \"kind=site\" \"$STELE/api/search\"",
            },
            search,
        ),
        Operation::read(
            "/api/search/suggest",
            Who::Anyone,
            Told {
                id: "suggest",
                of: "Search",
                summary: "The best few records for words that are being typed",
                about: "",
                example: "--get --data-urlencode \"q=shush\" \"$STELE/api/search/suggest\"",
            },
            suggest,
        ),
    ]
}

/// What a search may ask for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
struct SearchAsk {
    /// Words, in any script; the last may be unfinished.
    q: String,
    /// Only records of this kind.
    kind: String,
    /// Only of this category, predicate or kind of its own.
    category: String,
    /// Only in this area and those within it: id or name.
    area: String,
    /// Only with this status.
    status: String,
    /// Only according to this party: id or name.
    party: String,
    /// Dated on or after (EDTF).
    from: String,
    /// Dated on or before (EDTF).
    to: String,
    /// `LONGITUDE,LATITUDE,KILOMETRES`.
    near: String,
    /// `WEST,SOUTH,EAST,NORTH`.
    bbox: String,
    /// Hits to pass over, as `next` says.
    after: String,
    /// Hits wanted, 30 where nothing is said.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
}

const HITS: usize = 30;
const SUGGESTED: usize = 8;

impl SearchAsk {
    fn written(&self) -> Written {
        Written {
            text: self.q.clone(),
            kind: self.kind.clone(),
            category: self.category.clone(),
            area: self.area.clone(),
            status: self.status.clone(),
            party: self.party.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            near: self.near.clone(),
            bbox: self.bbox.clone(),
            after: self.after.clone(),
        }
    }

    fn next(&self, after: usize) -> String {
        let after = after.to_string();
        let limit = self.limit.map(|n| n.to_string()).unwrap_or_default();
        address(
            "/api/search",
            &[
                ("q", &self.q),
                ("kind", &self.kind),
                ("category", &self.category),
                ("area", &self.area),
                ("status", &self.status),
                ("party", &self.party),
                ("from", &self.from),
                ("to", &self.to),
                ("near", &self.near),
                ("bbox", &self.bbox),
                ("limit", &limit),
                ("after", &after),
            ],
        )
    }
}

/// What was found.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SearchAnswer {
    /// Records, the best first.
    rows: Vec<Found>,
    /// How many there are.
    total: u64,
    /// Whether there are more than `total`; counts are then of the first `total`.
    at_least: bool,
    /// Whether nothing has all of the words, and these have some of them.
    partial: bool,
    /// Address of the next page.
    next: Option<String>,
    /// What the search can be narrowed by.
    facets: Facets,
}

/// A record that was found.
#[derive(Serialize, JsonSchema)]
struct Found {
    /// The record.
    #[serde(flatten)]
    record: Shown,
    /// The name that matched, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    matched: Option<Name>,
    /// How well it matches, 0 to 1.
    score: f64,
}

/// Counts to narrow by.
#[derive(Serialize, JsonSchema)]
struct Facets {
    /// By kind.
    kind: Vec<WordCount>,
    /// By category, predicate or kind of its own.
    category: Vec<WordCount>,
    /// By status.
    status: Vec<WordCount>,
    /// By party.
    party: Vec<RecordCount>,
    /// By area.
    area: Vec<RecordCount>,
}

/// How many there are of a record.
#[derive(Serialize, JsonSchema)]
struct RecordCount {
    /// The record.
    id: AnyId,
    /// Its title.
    title: String,
    /// How many.
    count: u64,
}

impl SearchAnswer {
    /// Of what was found, with the address of the next page.
    pub(crate) fn of(view: SearchView, next: impl FnOnce(usize) -> String) -> Self {
        let named = |counts: &[(AnyId, u64)]| {
            let one = |(id, count): &(AnyId, u64)| RecordCount {
                id: *id,
                title: view.titles.of(*id),
                count: *count,
            };
            counts.iter().map(one).collect()
        };
        let kinds = view
            .kinds
            .iter()
            .map(|(kind, n)| (stele_model::Word::id(*kind).to_owned(), *n));
        let facets = Facets {
            kind: WordCount::of(kinds.collect()),
            category: WordCount::of(view.categories),
            status: WordCount::of(view.statuses),
            party: named(&view.parties),
            area: named(&view.areas),
        };
        SearchAnswer {
            rows: view.hits.into_iter().map(Found::of).collect(),
            total: view.total,
            at_least: view.cut,
            partial: view.partial,
            next: view.next.map(next),
            facets,
        }
    }
}

impl Found {
    fn of(hit: SearchHit) -> Self {
        Found {
            record: hit.record,
            matched: hit.matched,
            score: (f64::from(hit.score) * 1000.0).round() / 1000.0,
        }
    }
}

fn search(call: &Call, _: Nothing, ask: SearchAsk) -> Result<SearchAnswer, Refusal> {
    let query = call.registry.read_query(&call.viewer, &ask.written())?;
    let limit = ask.limit.unwrap_or(HITS);
    let view = call
        .registry
        .search(&call.viewer, &query, limit, &call.lang)?;
    Ok(SearchAnswer::of(view, |after| ask.next(after)))
}

/// What is being typed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
struct SuggestAsk {
    /// Words, in any script; the last may be unfinished.
    q: String,
}

/// A record to go to.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Suggested {
    /// Address of its page.
    address: String,
    /// What it is called, for the reader.
    title: String,
    /// Its kind, in words.
    kind: &'static str,
    /// Where it is, in words.
    area: Option<String>,
    /// The name that matched, where it is another than the title.
    matched: Option<Matched>,
}

/// A name with how it is written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MatchedName")]
struct Matched {
    /// The name.
    text: String,
    /// Its language (BCP 47).
    lang: String,
    /// `ltr` or `rtl`.
    dir: &'static str,
}

impl Suggested {
    /// Of a suggestion.
    pub(crate) fn of(one: Suggestion) -> Self {
        Suggested {
            address: format!("/{}/{}", stele_model::Word::id(one.kind), one.id),
            title: one.title,
            kind: stele_model::Word::label(one.kind),
            area: one.area,
            matched: one.matched.map(|name| Matched {
                dir: if is_rtl(&name.text) { "rtl" } else { "ltr" },
                text: name.text,
                lang: name.lang,
            }),
        }
    }
}

fn suggest(call: &Call, _: Nothing, ask: SuggestAsk) -> Result<Rows<Suggested>, Refusal> {
    let found = call
        .registry
        .suggest(&call.viewer, &ask.q, SUGGESTED, &call.lang)?;
    Ok(Rows {
        rows: found.into_iter().map(Suggested::of).collect(),
        next: None,
    })
}
