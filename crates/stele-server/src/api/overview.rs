//! The dossier at a glance, and who asks.

use super::operation::{Call, Nothing, Operation, Told, Who};
use crate::guard::By;
use schemars::JsonSchema;
use serde::Serialize;
use stele_model::{AnyId, Kind};
use stele_registry::view::Titles;
use stele_registry::{Account, Refusal, Shown};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/overview",
            Who::Anyone,
            Told {
                id: "overview",
                of: "Dossier",
                summary: "The dossier at a glance",
                about: "How many records there are of each kind, parties with their largest figures, missions, the latest records.",
                example: "\"$STELE/api/overview\"",
            },
            overview,
        ),
        Operation::read(
            "/api/me",
            Who::Anyone,
            Told {
                id: "me",
                of: "Dossier",
                summary: "Whose eyes the API answers for",
                about: "The account of the token, with no more of a role than the token has; none for who sends no token.",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/me\"",
            },
            me,
        ),
    ]
}

/// The dossier at a glance.
#[derive(Serialize, JsonSchema)]
struct Overview {
    /// Name of the registry.
    registry: String,
    /// How many records there are of each kind.
    counts: Vec<KindCount>,
    /// How many sites stand at each status.
    site_statuses: Vec<WordCount>,
    /// Parties with claims, by title.
    parties: Vec<PartyStanding>,
    /// How many parties made claims.
    parties_with_claims: usize,
    /// Missions; those that wait for a response first.
    missions: Vec<Shown>,
    /// What was recorded last.
    latest: Vec<Shown>,
    /// Titles of everything named.
    titles: Titles,
}

/// How many there are of a kind.
#[derive(Serialize, JsonSchema)]
pub(super) struct KindCount {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// How many.
    pub count: u64,
}

/// How many there are of a word.
#[derive(Serialize, JsonSchema)]
pub(crate) struct WordCount {
    /// The word.
    pub id: String,
    /// How many.
    pub count: u64,
}

impl WordCount {
    /// A list of them.
    pub fn of(counts: Vec<(String, u64)>) -> Vec<Self> {
        let one = |(id, count)| WordCount { id, count };
        counts.into_iter().map(one).collect()
    }
}

/// One party's claims.
#[derive(Serialize, JsonSchema)]
struct PartyStanding {
    /// The party.
    party: AnyId,
    /// How many claims it made.
    claims: u64,
    /// Of these, about named sites.
    about_sites: u64,
    /// Of these, about numbers of things.
    about_aggregates: u64,
    /// Its largest figures.
    largest: Vec<Figure>,
}

/// A claim about a number of things.
#[derive(Serialize, JsonSchema)]
struct Figure {
    /// The claim.
    claim: Shown,
    /// What it counts, with how far that was checked.
    aggregate: Shown,
}

fn overview(call: &Call, _: Nothing, _: Nothing) -> Result<Overview, Refusal> {
    let view = call.registry.overview(&call.viewer, &call.lang)?;
    Ok(Overview {
        registry: call.registry.name().to_owned(),
        counts: view
            .counts
            .into_iter()
            .map(|(kind, count)| KindCount { kind, count })
            .collect(),
        site_statuses: WordCount::of(view.site_statuses),
        parties: view
            .parties
            .into_iter()
            .map(|standing| PartyStanding {
                party: standing.party.id,
                claims: standing.claims,
                about_sites: standing.about_sites,
                about_aggregates: standing.about_aggregates,
                largest: standing
                    .largest
                    .into_iter()
                    .map(|(claim, aggregate)| Figure { claim, aggregate })
                    .collect(),
            })
            .collect(),
        parties_with_claims: view.parties_with_claims,
        missions: view.missions.into_iter().map(|m| m.mission).collect(),
        latest: view.latest,
        titles: view.titles,
    })
}

/// Who asks.
#[derive(Serialize, JsonSchema)]
struct Me {
    /// The account; none for who is not signed in.
    account: Option<Account>,
    /// How that is known.
    by: KnownBy,
}

/// How it is known who asks.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum KnownBy {
    /// It is not.
    Nobody,
    /// By a session's cookie.
    Session,
    /// By a token.
    Token,
}

fn me(call: &Call, _: Nothing, _: Nothing) -> Result<Me, Refusal> {
    Ok(Me {
        account: call.viewer.account().cloned(),
        by: match call.by {
            By::Nobody => KnownBy::Nobody,
            By::Session => KnownBy::Session,
            By::Token => KnownBy::Token,
        },
    })
}
