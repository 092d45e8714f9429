//! What is proposed, and its JSON form as `stele ingest --propose` prints it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_model::{
    AreaKind, Category, EdtfDate, Holding, InstrumentKind, Issue, PartyKind, Passage, Predicate,
    Quantity, SiteKind, Stage,
};

/// Whom a proposal is attributed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyRef {
    /// Name, in English where the tables know it; as written otherwise.
    pub name: String,
    /// What it is, as far as the words tell.
    pub kind: PartyKind,
    /// The country whose organ it is, as the words tell: its word is not independent of that State's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The publication speaks in its own voice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_voice: bool,
}

/// A number of unnamed things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AggregateRef {
    /// What is counted.
    pub category: Category,
    /// How many.
    pub count: Quantity,
    /// What they hold.
    #[serde(default)]
    pub holdings: Vec<Holding>,
    /// Over which areas.
    #[serde(default)]
    pub areas: Vec<String>,
    /// Number of the proposal that gives the total this is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<usize>,
}

/// A named site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteRef {
    /// Name as written.
    pub name: String,
    /// Area it is said to lie in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// What it is.
    pub category: Category,
    /// Place, institution, collection or object.
    pub kind: SiteKind,
}

/// A mission comes to a stage, in the words of the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRef {
    /// The stage.
    pub stage: Stage,
    /// Who says so.
    pub party: PartyRef,
    /// Whose answer is awaited, at `awaiting_response`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaits: Vec<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<EdtfDate>,
    /// Where it stands.
    pub passage: Passage,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Proposed {
    /// A claim about one site or a number of things.
    Claim {
        /// What is said to be the case.
        predicate: Predicate,
        /// In what words.
        words: String,
        /// A number of things.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aggregate: Option<AggregateRef>,
        /// One site.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        site: Option<SiteRef>,
        /// When the party said it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stated: Option<EdtfDate>,
        /// When it is said to have happened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<Box<EdtfDate>>,
        /// Cause it asserts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asserted_cause: Option<String>,
        /// Whom it says to be responsible.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asserted_perpetrator: Option<String>,
        /// What it calls the act.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asserted_characterisation: Option<String>,
    },
    /// What an actor says about a process.
    Position {
        /// On what.
        issue: Issue,
        /// In neutral words.
        position: String,
        /// In the words of the text.
        words: String,
        /// Whose answer is awaited.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        awaits: Vec<String>,
        /// Organisations whose mission it is about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        organisations: Vec<String>,
        /// When it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<EdtfDate>,
    },
    /// A mission of one organisation, or one process of it.
    Mission {
        /// Whose mission.
        organisations: Vec<String>,
        /// The furthest stage the text tells.
        stage: Stage,
        /// Where.
        #[serde(default)]
        areas: Vec<String>,
        /// Each stage with its passage and speaker.
        steps: Vec<StepRef>,
    },
    /// A treaty, protocol, agreement or plan.
    Instrument {
        /// Its name.
        name: String,
        /// What it is.
        kind: InstrumentKind,
        /// When it was adopted or signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        adopted: Option<EdtfDate>,
    },
    /// An area the text names.
    Area {
        /// Its name.
        name: String,
        /// What it is.
        kind: AreaKind,
    },
}

/// One proposal with the passage it is taken from and whose statement it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// What.
    #[serde(flatten)]
    pub what: Proposed,
    /// Where it stands: character offsets in the archived text.
    pub passage: Passage,
    /// Whose.
    pub party: PartyRef,
}
