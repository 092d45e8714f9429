//! Records: one struct per kind, as `model.md` defines them, and what holds for all of them.
//!
//! A [`Record`] is what an entry of the ledger holds. Nothing is overwritten: a correction is a
//! record of the same id with a [`Revision`]. JSON: `{"id", "type", "data", "revision"?}`.

use crate::date::EdtfDate;
use crate::id::{AnyId, Id};
use crate::name::Name;
use crate::place::Location;
use crate::quantity::Quantity;
use crate::rules::proportion::Level;
use crate::words::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One record: an id for good, its body, and what it revises.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Permanent id of the thing the record is about.
    pub id: AnyId,
    /// What is recorded.
    pub body: Body,
    /// Present when an earlier record of the same id is corrected or withdrawn.
    pub revision: Option<Revision>,
}

/// Why and on which earlier state a record of the same id follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// Why, in the words of who corrects.
    pub reason: String,
    /// The stamps it was made in knowledge of; what it does not name competes with it (rule 7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Whether the record is taken back altogether, as recorded by mistake.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $label:literal, $plural:literal;)+) => {
        /// The kind of a record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Kind { $(#[doc = $label] #[serde(rename = $id)] $name,)+ }
        impl Word for Kind {
            const LIST: &'static str = "kind of record";
            const ALL: &'static [Self] = &[$(Kind::$name,)+];
            const IDS: &'static [&'static str] = &[$($id,)+];
            fn id(self) -> &'static str { match self { $(Kind::$name => $id,)+ } }
            fn label(self) -> &'static str { match self { $(Kind::$name => $label,)+ } }
        }
        impl Kind {
            /// The kind as the last word of a list's address: `claims`.
            pub fn plural(self) -> &'static str { match self { $(Kind::$name => $plural,)+ } }
            /// JSON Schema of what a record of this kind says (`data`).
            pub fn schema(self, make: &mut schemars::SchemaGenerator) -> schemars::Schema {
                match self { $(Kind::$name => make.subschema_for::<$name>(),)+ }
            }
        }
        impl std::fmt::Display for Kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.label()) }
        }
        /// The body of a record of any kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Body { $(#[doc = $label] $name($name),)+ }
        impl Body {
            /// Its kind.
            pub fn kind(&self) -> Kind { match self { $(Body::$name(_) => Kind::$name,)+ } }
            /// Reads a body from the text of its JSON. For a text of others [`Record::from_json`] says which field is wrong.
            pub fn from_text(kind: Kind, text: &str) -> Result<Self, serde_json::Error> {
                Ok(match kind { $(Kind::$name => Body::$name(serde_json::from_str(text)?),)+ })
            }
            pub(crate) fn from_data(kind: Kind, data: serde_json::Value) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
                Ok(match kind { $(Kind::$name => Body::$name(serde_path_to_error::deserialize(data)?),)+ })
            }
        }
        impl serde::Serialize for Body {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self { $(Body::$name(body) => body.serialize(s),)+ }
            }
        }
        $(impl From<$name> for Body { fn from(body: $name) -> Self { Body::$name(body) } }
        impl AsRecord for $name {
            const KIND: Kind = Kind::$name;
            fn of(body: &Body) -> Option<&Self> { match body { Body::$name(b) => Some(b), _ => None } }
        })+
    };
}

/// A body of one known kind.
pub trait AsRecord: Into<Body> + Clone {
    /// The kind.
    const KIND: Kind;
    /// The body, when it is of this kind.
    fn of(body: &Body) -> Option<&Self>;
}

bodies! {
    Party = "party", "party", "parties";
    Source = "source", "source", "sources";
    Area = "area", "area", "areas";
    Site = "site", "site", "sites";
    Aggregate = "aggregate", "aggregate", "aggregates";
    Claim = "claim", "claim", "claims";
    Retraction = "retraction", "retraction", "retractions";
    Position = "position", "position", "positions";
    Reply = "reply", "reply", "replies";
    Link = "link", "link", "links";
    Evidence = "evidence", "evidence", "evidence";
    Assessment = "assessment", "assessment", "assessments";
    Finding = "finding", "finding", "findings";
    Review = "review", "review", "reviews";
    Publication = "publication", "publication", "publications";
    Mission = "mission", "mission", "missions";
    MissionStep = "mission_step", "mission step", "mission-steps";
    Instrument = "instrument", "instrument", "instruments";
    Adherence = "adherence", "adherence", "adherences";
    Obligation = "obligation", "obligation", "obligations";
    Protection = "protection", "protection", "protections";
    Import = "import", "import", "imports";
    SamplingPlan = "sampling_plan", "sampling plan", "sampling-plans";
}

macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident : $ty:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$attr])* pub $field: $ty,)+ }
    };
}

/// Where in a source a statement stands: a W3C Web Annotation TextQuoteSelector with the
/// character offsets of the archived text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// The words themselves.
    pub exact: String,
    /// A little of what stands before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// A little of what stands after.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
    /// First character (Unicode scalar values of the source's text, from 0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// One past the last character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
}

record! {
    /// Who can say or do something.
    Party {
        /// What it is called, by whom, in which language.
        names: Vec<Name>,
        /// What it is.
        kind: PartyKind,
        /// Country or place it belongs to, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")] country: Option<String>,
        /// Parties it is an organ or a part of, or is run by; its word is not independent of theirs.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] belongs_to: Vec<Id<Party>>,
        /// Parties it is held to be independent of although a link suggests otherwise.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] independent_of: Vec<Id<Party>>,
        /// Anything a reader should know about its interest, in neutral words.
        #[serde(default, skip_serializing_if = "Option::is_none")] note: Option<String>,
    }
}

record! {
    /// One publication or document of a party.
    Source {
        /// Its title as published.
        title: String,
        /// What it is.
        kind: SourceKind,
        /// Who published it.
        publisher: Id<Party>,
        /// Who wrote it, as named.
        #[serde(default, skip_serializing_if = "Option::is_none")] author: Option<String>,
        /// Language of the text (BCP 47).
        #[serde(default, skip_serializing_if = "Option::is_none")] language: Option<String>,
        /// When it was published.
        #[serde(default, skip_serializing_if = "Option::is_none")] published: Option<EdtfDate>,
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")] url: Option<String>,
        /// When it was retrieved.
        #[serde(default, skip_serializing_if = "Option::is_none")] retrieved: Option<EdtfDate>,
        /// The archived copy.
        #[serde(default, skip_serializing_if = "Option::is_none")] archived: Option<Id<Evidence>>,
        /// Plain text that passages count their characters in.
        #[serde(default, skip_serializing_if = "Option::is_none")] text: Option<String>,
        /// Parties whose statements it only passes on, so that it is no origin of its own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] quotes_only: Vec<Id<Party>>,
    }
}

record! {
    /// A territory under a name, for a time.
    Area {
        /// Its names.
        names: Vec<Name>,
        /// What it is.
        kind: AreaKind,
        /// The area it lies in.
        #[serde(default, skip_serializing_if = "Option::is_none")] parent: Option<Id<Area>>,
        /// Where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")] location: Option<Location>,
        /// When it existed under this name.
        #[serde(default, skip_serializing_if = "Option::is_none")] valid: Option<EdtfDate>,
    }
}

/// What a collection or institution holds, as of a date.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// What is held: `books`, `exhibits`, `manuscripts`.
    pub kind: String,
    /// How many.
    pub count: Quantity,
    /// As of when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<EdtfDate>,
}

/// A number or name under which others know the same thing.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// The list: `whc`, `wikidata`, `osm`, or the party's own register.
    pub scheme: String,
    /// The identifier in it.
    pub value: String,
}

record! {
    /// A thing that is protected or lived in: a place, an institution, a collection or an object.
    Site {
        /// Which of the four.
        kind: SiteKind,
        /// Its names, each by somebody.
        names: Vec<Name>,
        /// What it is.
        category: Category,
        /// Areas it lies in, as parties place it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] areas: Vec<Id<Area>>,
        /// Where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")] location: Option<Location>,
        /// What it holds.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] holdings: Vec<Holding>,
        /// What others list it as.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] identifiers: Vec<Identifier>,
        /// When it was made or built.
        #[serde(default, skip_serializing_if = "Option::is_none")] made: Option<EdtfDate>,
        /// What it is, in a few neutral words.
        #[serde(default, skip_serializing_if = "Option::is_none")] description: Option<String>,
        /// Article 1 qualification, when somebody assessed it.
        #[serde(default, skip_serializing_if = "Option::is_none")] article1: Option<Article1Opinion>,
        /// The row of a list it was read from.
        #[serde(default, skip_serializing_if = "Option::is_none")] listed: Option<Listed>,
        /// What the list says in columns that have no field here, as it says it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] fields: Vec<OwnField>,
    }
}

/// Where on a party's list a thing stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The list.
    pub list: Id<Source>,
    /// Row of the file, as a person counts it there.
    pub row: u64,
    /// What the list itself knows the thing by; made of the row's words where it has no such column.
    pub key: String,
}

impl Listed {
    /// The one name under which the store finds what a list knows by a key.
    pub fn address(&self) -> String {
        Listed::address_of(self.list, &self.key)
    }

    /// The same, of a list and a key.
    pub fn address_of(list: Id<Source>, key: &str) -> String {
        format!("{list}#{key}")
    }
}

/// A column of a list that has no field of its own, with what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnField {
    /// Heading of the column.
    pub name: String,
    /// What stands there.
    pub value: String,
}

/// Somebody's qualification of a site under Article 1 of the 1954 Convention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Article1Opinion {
    /// The qualification.
    pub qualification: Article1,
    /// Whose it is.
    pub by: Id<Party>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
}

record! {
    /// The subject of a claim that names no individual: "927 libraries with 4.6 million books".
    Aggregate {
        /// What is counted.
        category: Category,
        /// How many.
        count: Quantity,
        /// What they hold together.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] holdings: Vec<Holding>,
        /// Over which areas.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] areas: Vec<Id<Area>>,
        /// In what words.
        #[serde(default, skip_serializing_if = "Option::is_none")] words: Option<String>,
        /// The aggregate of the same statement that this is a part of ("207 sites: 88 religious sites, …").
        #[serde(default, skip_serializing_if = "Option::is_none")] part_of: Option<Id<Aggregate>>,
        /// Where on a party's list of figures it stands; the key names the figure, not the day.
        #[serde(default, skip_serializing_if = "Option::is_none")] listed: Option<Listed>,
    }
}

/// What a claim is about: one thing, or a number of unnamed ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One site.
    Site(Id<Site>),
    /// An aggregate.
    Aggregate(Id<Aggregate>),
}

impl Subject {
    /// The id, its kind forgotten.
    pub fn any(self) -> AnyId {
        match self {
            Subject::Site(id) => id.any(),
            Subject::Aggregate(id) => id.any(),
        }
    }
}

/// Over what a claim speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<Id<Area>>,
    /// Period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<EdtfDate>,
    /// What was counted as what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting_rule: Option<String>,
}

impl Scope {
    fn is_empty(&self) -> bool {
        *self == Scope::default()
    }
}

record! {
    /// A party, in a source, says that something is the case. Its parts verify separately.
    Claim {
        /// Whose claim it is.
        party: Id<Party>,
        /// Where it stands.
        source: Id<Source>,
        /// Where in the source.
        #[serde(default, skip_serializing_if = "Option::is_none")] passage: Option<Passage>,
        /// What it is about.
        subject: Subject,
        /// What is said to be the case.
        predicate: Predicate,
        /// In what words.
        words: String,
        /// When the party said it.
        #[serde(default, skip_serializing_if = "Option::is_none")] stated: Option<EdtfDate>,
        /// When it is said to have happened.
        #[serde(default, skip_serializing_if = "Option::is_none")] event: Option<EdtfDate>,
        /// Over what it speaks.
        #[serde(default, skip_serializing_if = "Scope::is_empty")] scope: Scope,
        /// Cause it asserts, in its words.
        #[serde(default, skip_serializing_if = "Option::is_none")] asserted_cause: Option<String>,
        /// Whom it says to be responsible, in its words. Part of a claim, never of a finding.
        #[serde(default, skip_serializing_if = "Option::is_none")] asserted_perpetrator: Option<String>,
        /// What it calls the act, in its words. Quoted, never verified.
        #[serde(default, skip_serializing_if = "Option::is_none")] asserted_characterisation: Option<String>,
    }
}

record! {
    /// A party takes its own claim back.
    Retraction {
        /// The claim.
        claim: Id<Claim>,
        /// Who retracts; only the party whose claim it is.
        party: Id<Party>,
        /// Where it says so.
        source: Id<Source>,
        /// Where in the source.
        #[serde(default, skip_serializing_if = "Option::is_none")] passage: Option<Passage>,
        /// When it said so.
        #[serde(default, skip_serializing_if = "Option::is_none")] stated: Option<EdtfDate>,
        /// In what words.
        words: String,
    }
}

record! {
    /// What an actor says about a process: mostly about whose answer is awaited.
    Position {
        /// Whose position.
        actor: Id<Party>,
        /// The mission or other record it is about.
        about: AnyId,
        /// On what.
        issue: Issue,
        /// The position, in neutral words.
        position: String,
        /// In the actor's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")] words: Option<String>,
        /// On issue `response`: whose answer the actor says is awaited.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] awaits: Vec<Id<Party>>,
        /// Since when.
        #[serde(default, skip_serializing_if = "Option::is_none")] since: Option<EdtfDate>,
        /// Where it stands.
        source: Id<Source>,
        /// Where in the source.
        #[serde(default, skip_serializing_if = "Option::is_none")] passage: Option<Passage>,
    }
}

record! {
    /// A concerned party's answer to a claim or finding, specific and about facts
    /// (modelled on Article 11.5 of the Second Protocol); shown beside it with the same weight.
    Reply {
        /// Whose reply.
        party: Id<Party>,
        /// The claim or finding.
        to: AnyId,
        /// The reply.
        text: String,
        /// Where it stands.
        source: Id<Source>,
        /// When it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")] stated: Option<EdtfDate>,
    }
}

record! {
    /// A decision on how two records stand to each other; may be undone by a later link.
    Link {
        /// From.
        from: AnyId,
        /// To.
        to: AnyId,
        /// How they stand.
        kind: LinkKind,
        /// Likelihood the machine gave it, in per mille, when it proposed it.
        #[serde(default, skip_serializing_if = "Option::is_none")] score_permille: Option<u16>,
        /// Reasons: for a `restates`, what changed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] reasons: Vec<String>,
        /// For `item_of`: a reviewer confirmed which heritage record the item is.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] identified: bool,
        /// For `item_of`: why the item does not count (out of scope, outside the counting rule).
        #[serde(default, skip_serializing_if = "Option::is_none")] excluded: Option<String>,
        /// A link this one undoes; it then says nothing else.
        #[serde(default, skip_serializing_if = "Option::is_none")] undoes: Option<Id<Link>>,
    }
}

record! {
    /// A file, exactly as received.
    Evidence {
        /// SHA-256 of the bytes, 64 hexadecimal digits.
        sha256: String,
        /// Size in bytes.
        size_bytes: u64,
        /// Media type.
        media_type: String,
        /// Name it came with.
        original_name: String,
        /// How, from where and by whom it was acquired.
        #[serde(default, skip_serializing_if = "Option::is_none")] acquired: Option<String>,
        /// When it was acquired.
        #[serde(default, skip_serializing_if = "Option::is_none")] acquired_on: Option<EdtfDate>,
        /// When it was captured.
        #[serde(default, skip_serializing_if = "Option::is_none")] captured: Option<EdtfDate>,
        /// The file it is made from.
        #[serde(default, skip_serializing_if = "Option::is_none")] derived_from: Option<Id<Evidence>>,
        /// Who may open it.
        restriction: Restriction,
    }
}

/// A value on the scale it was read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NativeGrade {
    /// The scale.
    pub scale: Scale,
    /// The value as it was given.
    pub value: String,
}

/// A damaged component of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Which: `roof`, `north wall`.
    pub part: String,
    /// What was seen.
    pub observed: String,
    /// How much of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<String>,
}

/// A physical cause with its certainty. Never who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservedCause {
    /// The cause.
    pub cause: Cause,
    /// How certain.
    pub certainty: Certainty,
}

record! {
    /// One structured observation of one site at one time by one method.
    Assessment {
        /// The site.
        site: Id<Site>,
        /// When it was observed.
        observed: EdtfDate,
        /// How.
        method: Method,
        /// For whom the assessors worked.
        organisation: Id<Party>,
        /// Account that recorded it as assessor, where it was one of ours.
        #[serde(default, skip_serializing_if = "Option::is_none")] assessor: Option<String>,
        /// How many people observed it, or read the images, each for themselves.
        #[serde(default = "one")] observers: u16,
        /// The mission it was made on.
        #[serde(default, skip_serializing_if = "Option::is_none")] mission: Option<Id<Mission>>,
        /// What was looked at.
        examined: String,
        /// What was not, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")] not_examined: Option<String>,
        /// Common grade.
        grade: Grade,
        /// The grade on the scale it was read on.
        #[serde(default, skip_serializing_if = "Option::is_none")] native: Option<NativeGrade>,
        /// How certain the grade is; an axis of its own.
        certainty: Certainty,
        /// Date of what it was compared with.
        #[serde(default, skip_serializing_if = "Option::is_none")] baseline: Option<EdtfDate>,
        /// Components.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] components: Vec<Component>,
        /// Physical causes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] causes: Vec<ObservedCause>,
        /// Risks seen.
        #[serde(default, skip_serializing_if = "Option::is_none")] risks: Option<String>,
        /// Measures that cannot wait.
        #[serde(default, skip_serializing_if = "Option::is_none")] urgent_measures: Option<String>,
        /// Files it rests on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] evidence: Vec<Id<Evidence>>,
        /// The source it was published in, when it is somebody else's.
        #[serde(default, skip_serializing_if = "Option::is_none")] source: Option<Id<Source>>,
    }
}

fn one() -> u16 {
    1
}

/// What a person declared about their own interest in the matter they judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "interest", deny_unknown_fields)]
pub enum Interest {
    /// No conflict of interest.
    None,
    /// A conflict, said in words; who declares one cannot approve.
    Declared {
        /// What it is.
        what: String,
    },
}

record! {
    /// The registry's own conclusion about a site's condition. It has no field for who caused it.
    Finding {
        /// The site.
        site: Id<Site>,
        /// The conclusion.
        conclusion: Conclusion,
        /// How it was reached; answers evidence that contradicts it.
        rationale: String,
        /// At which standard.
        standard: StandardOfProof,
        /// Between when and when the condition arose: last seen without, first seen with.
        #[serde(default, skip_serializing_if = "Option::is_none")] window: Option<EdtfDate>,
        /// As of when it holds.
        as_at: EdtfDate,
        /// Observations it rests on.
        assessments: Vec<Id<Assessment>>,
        /// Claims it judges.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] claims: Vec<Id<Claim>>,
        /// Account of its author.
        author: String,
        /// Party the author belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")] affiliation: Option<Id<Party>>,
        /// The author's declaration of interest.
        interest: Interest,
        /// An earlier finding it takes the place of.
        #[serde(default, skip_serializing_if = "Option::is_none")] supersedes: Option<Id<Finding>>,
    }
}

record! {
    /// One person's judgement of a finding before it is published.
    Review {
        /// The finding.
        finding: Id<Finding>,
        /// Account of the reviewer.
        reviewer: String,
        /// Party the reviewer belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")] affiliation: Option<Id<Party>>,
        /// The decision.
        decision: Decision,
        /// Why.
        reason: String,
        /// The reviewer's declaration of interest.
        interest: Interest,
    }
}

record! {
    /// A finding leaves the registry: it passed the policy named.
    Publication {
        /// The finding.
        finding: Id<Finding>,
        /// When.
        on: EdtfDate,
        /// Version of the policy it passed.
        policy: String,
    }
}

record! {
    /// An organisation's visit, planned or made.
    Mission {
        /// What it is called.
        title: String,
        /// What it is for.
        kind: MissionKind,
        /// Whose mission; each has a response track of its own.
        organisations: Vec<Id<Party>>,
        /// Who asked for it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] requested_by: Vec<Id<Party>>,
        /// On what mandate.
        #[serde(default, skip_serializing_if = "Option::is_none")] mandate: Option<String>,
        /// Where.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] areas: Vec<Id<Area>>,
        /// Which sites, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] itinerary: Vec<Id<Site>>,
        /// Its report.
        #[serde(default, skip_serializing_if = "Option::is_none")] report: Option<Id<Source>>,
        /// What it did not see, do or ask, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")] limitations: Option<String>,
    }
}

record! {
    /// A mission comes to a stage, according to somebody.
    MissionStep {
        /// The mission.
        mission: Id<Mission>,
        /// The organisation whose track it is; none when it holds for all.
        #[serde(default, skip_serializing_if = "Option::is_none")] organisation: Option<Id<Party>>,
        /// The stage.
        stage: Stage,
        /// When.
        on: EdtfDate,
        /// Who says so.
        according_to: Id<Party>,
        /// At `awaiting_response`: whose answer is awaited, according to them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] awaits: Vec<Id<Party>>,
        /// Where it stands.
        source: Id<Source>,
        /// Where in the source.
        #[serde(default, skip_serializing_if = "Option::is_none")] passage: Option<Passage>,
        /// Anything more, in neutral words.
        #[serde(default, skip_serializing_if = "Option::is_none")] note: Option<String>,
    }
}

record! {
    /// A treaty, protocol, agreement or plan.
    Instrument {
        /// Its names; the first of kind `official` is its title.
        names: Vec<Name>,
        /// What it is.
        kind: InstrumentKind,
        /// When it was adopted or signed.
        #[serde(default, skip_serializing_if = "Option::is_none")] adopted: Option<EdtfDate>,
        /// When it entered into force.
        #[serde(default, skip_serializing_if = "Option::is_none")] in_force: Option<EdtfDate>,
        /// Who keeps it.
        #[serde(default, skip_serializing_if = "Option::is_none")] depositary: Option<String>,
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")] url: Option<String>,
        /// The instrument it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")] parent: Option<Id<Instrument>>,
    }
}

record! {
    /// A State's act towards an instrument, according to a table or text (rule 8).
    Adherence {
        /// The instrument.
        instrument: Id<Instrument>,
        /// The State.
        state: Id<Party>,
        /// The act.
        act: Act,
        /// When.
        on: EdtfDate,
        /// When it entered into force for the State.
        #[serde(default, skip_serializing_if = "Option::is_none")] in_force: Option<EdtfDate>,
        /// Declaration or reservation.
        #[serde(default, skip_serializing_if = "Option::is_none")] declaration: Option<String>,
        /// Where it stands.
        source: Id<Source>,
    }
}

record! {
    /// What an instrument obliges to, and by when.
    Obligation {
        /// The instrument.
        instrument: Id<Instrument>,
        /// Article it stands in.
        basis: String,
        /// What is owed.
        title: String,
        /// Who owes it; none when every party to the instrument does.
        #[serde(default, skip_serializing_if = "Option::is_none")] state: Option<Id<Party>>,
        /// When it is due; none when it holds all the time.
        #[serde(default, skip_serializing_if = "Option::is_none")] due: Option<EdtfDate>,
        /// Every how many years it comes again.
        #[serde(default, skip_serializing_if = "Option::is_none")] every_years: Option<u8>,
        /// When it was met, with the source.
        #[serde(default, skip_serializing_if = "Option::is_none")] met: Option<EdtfDate>,
        /// Where it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")] source: Option<Id<Source>>,
    }
}

record! {
    /// A status of a site under an instrument. Prejudices nobody's legal position (Article 11.4).
    Protection {
        /// The site.
        site: Id<Site>,
        /// The level.
        level: ProtectionLevel,
        /// Where it stands.
        state: ProtectionState,
        /// When it came to stand there.
        #[serde(default, skip_serializing_if = "Option::is_none")] on: Option<EdtfDate>,
        /// Under which instrument.
        #[serde(default, skip_serializing_if = "Option::is_none")] instrument: Option<Id<Instrument>>,
        /// Number in the list.
        #[serde(default, skip_serializing_if = "Option::is_none")] reference: Option<String>,
        /// Emblem displayed.
        #[serde(default, skip_serializing_if = "Option::is_none")] emblem: Option<Emblem>,
        /// Where it stands.
        source: Id<Source>,
    }
}

/// What came of the rows of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportCounts {
    /// Rows read.
    pub read: u64,
    /// Things recorded for the first time.
    pub recorded: u64,
    /// Things known from an earlier import of the list that changed.
    pub updated: u64,
    /// Things known from an earlier import that stand as they stood.
    pub unchanged: u64,
    /// Rows refused.
    pub refused: u64,
}

/// Entries of one log that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryRange {
    /// The log.
    pub log: String,
    /// Number of the first entry.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
}

record! {
    /// A list of a party read in as one act; its records stand in the entries before it.
    Import {
        /// The list, as a publication of the party.
        list: Id<Source>,
        /// The party whose list it is.
        party: Id<Party>,
        /// What its rows were read as.
        rows_are: RowsAre,
        /// The file as received.
        file: Id<Evidence>,
        /// How its columns were understood (TOML; `docs/import.md`).
        mapping: String,
        /// What came of its rows.
        counts: ImportCounts,
        /// Where the records stand; none where no row was recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")] entries: Option<EntryRange>,
    }
}

/// The list a sample was drawn from, so that anybody can tell whether it is the same list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// How many sites it has: items that count, each once.
    pub count: u64,
    /// SHA-256 of their sorted ids, each followed by a line feed.
    pub sha256: String,
}

/// A part of a frame that is sampled on its own. What it is not divided by is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// Divided by area: which; none where a site's area is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Id<Area>>,
    /// Divided by category: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Divided by access: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Every site of it (N of them), by id.
    pub sites: Vec<Id<Site>>,
    /// The sites drawn (n of them), in the order of the draw.
    pub drawn: Vec<Id<Site>>,
}

record! {
    /// A sample drawn for a mission that cannot visit all: from which list, how divided, with which
    /// seed, and which sites. The draw can be repeated ([`crate::rules::sampling`]). What the sample
    /// says is computed, never recorded.
    SamplingPlan {
        /// The aggregate whose items are sampled.
        aggregate: Id<Aggregate>,
        /// The mission it is drawn for.
        #[serde(default, skip_serializing_if = "Option::is_none")] mission: Option<Id<Mission>>,
        /// When it was drawn.
        drawn_on: EdtfDate,
        /// The list it was drawn from.
        frame: Frame,
        /// By what the list was divided.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] by: Vec<StratifiedBy>,
        /// How sure the estimate is to be, in per mille.
        level: Level,
        /// How near it is to come, in per mille (50: five points), where the size follows from that.
        #[serde(default, skip_serializing_if = "Option::is_none")] margin_permille: Option<u16>,
        /// The seed of the draw.
        seed: String,
        /// The strata, each with its sites and those drawn.
        strata: Vec<Stratum>,
        /// How it was drawn, so that anybody can repeat it.
        method: String,
    }
}

impl SamplingPlan {
    /// How many sites were drawn.
    pub fn size(&self) -> u64 {
        self.strata.iter().map(|s| s.drawn.len() as u64).sum()
    }
}
