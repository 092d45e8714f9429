//! The fields of each kind's form. A new kind of record gets its list here.
//!
//! A field's name is its path in the record's JSON (`count.value`), so that an error of the model or
//! of a rule finds its field by itself.

mod parts;

use parts::*;
use stele_model::*;

/// How a field is asked for and read.
pub enum Input {
    /// One line.
    Line,
    /// Several lines.
    Long,
    /// An EDTF date.
    Date,
    /// A whole number.
    Number,
    /// Yes or not.
    Check,
    /// A word of a list: id and label of each.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// One record, of a kind or any.
    One(Option<Kind>),
    /// Records of a kind, one per line.
    Many(Kind),
    /// A site or an aggregate.
    Subject,
    /// Texts, one per line.
    Lines,
    /// Longitude and latitude, or GeoJSON.
    Place,
    /// Parts of one thing.
    Group(&'static [Field]),
    /// Several things of the same parts.
    Rows(&'static [Field]),
    /// A file to keep as evidence.
    File,
}

/// One field of a form.
pub struct Field {
    /// Its path under the one above it.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What to write, in a few words; empty when the label says it.
    pub hint: &'static str,
    /// Whether it must be filled.
    pub needed: bool,
    /// How it is asked for.
    pub input: Input,
}

const PARTY: &[Field] = &[
    needed("names", "Names", "", NAMES),
    needed("kind", "What it is", "", Input::Choice(words::<PartyKind>)),
    also("country", "Country or place", "", Input::Line),
    also(
        "belongs_to",
        "Is an organ or part of",
        "One per line. Its word is not independent of theirs.",
        Input::Many(Kind::Party),
    ),
    also(
        "independent_of",
        "Is held to be independent of",
        "One per line",
        Input::Many(Kind::Party),
    ),
    also(
        "note",
        "What a reader should know of its interest",
        "In neutral words",
        Input::Long,
    ),
];

const SOURCE: &[Field] = &[
    needed("title", "Title as published", "", Input::Line),
    needed("kind", "What it is", "", Input::Choice(words::<SourceKind>)),
    needed(
        "publisher",
        "Published by",
        NAME_HINT,
        Input::One(Some(Kind::Party)),
    ),
    also("published", "Published on", DATE_HINT, Input::Date),
    also("author", "Author as named", "", Input::Line),
    also("language", "Language", "en, ru, ar …", Input::Line),
    also("url", "Web address", "", Input::Line),
    also("retrieved", "Retrieved on", "", Input::Date),
    also(
        "archived",
        "Archived copy",
        "A file recorded as evidence",
        Input::One(Some(Kind::Evidence)),
    ),
    also(
        "quotes_only",
        "Only passes on statements of",
        "One party per line",
        Input::Many(Kind::Party),
    ),
    also(
        "text",
        "Text",
        "Passages count their characters in it",
        Input::Long,
    ),
];

const AREA: &[Field] = &[
    needed("names", "Names", "", NAMES),
    needed("kind", "What it is", "", Input::Choice(words::<AreaKind>)),
    also("parent", "Lies in", NAME_HINT, Input::One(Some(Kind::Area))),
    also("valid", "Existed under this name", DATE_HINT, Input::Date),
    also("location", "Location", "", PLACE),
];

const SITE: &[Field] = &[
    needed("names", "Names", "Every name that somebody gives it", NAMES),
    needed(
        "kind",
        "Place, institution, collection or object",
        "",
        Input::Choice(words::<SiteKind>),
    ),
    needed("category", "Category", "", Input::Choice(words::<Category>)),
    also(
        "areas",
        "Lies in",
        "One area per line; as parties place it",
        Input::Many(Kind::Area),
    ),
    also("location", "Location", "", PLACE),
    also("holdings", "Holdings", "", HOLDINGS),
    also(
        "identifiers",
        "Listed as",
        "",
        Input::Rows(&[
            needed(
                "scheme",
                "List",
                "whc, wikidata, or a party's register",
                Input::Line,
            ),
            needed("value", "Number", "", Input::Line),
        ]),
    ),
    also("made", "Made or built", DATE_HINT, Input::Date),
    also(
        "description",
        "What it is, in a few neutral words",
        "",
        Input::Long,
    ),
];

const AGGREGATE: &[Field] = &[
    needed(
        "category",
        "What is counted",
        "",
        Input::Choice(words::<Category>),
    ),
    needed("count", "How many", "", QUANTITY),
    also("holdings", "What they hold together", "", HOLDINGS),
    also(
        "areas",
        "Over which areas",
        "One per line",
        Input::Many(Kind::Area),
    ),
    also("words", "In what words", "", Input::Line),
    also(
        "part_of",
        "Part of the total",
        "An aggregate of the same statement",
        Input::One(Some(Kind::Aggregate)),
    ),
];

const CLAIM: &[Field] = &[
    needed(
        "party",
        "Whose claim it is",
        NAME_HINT,
        Input::One(Some(Kind::Party)),
    ),
    needed(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
    needed("subject", "About", "A site or an aggregate", Input::Subject),
    needed(
        "predicate",
        "What is said to be the case",
        "",
        Input::Choice(words::<Predicate>),
    ),
    needed(
        "words",
        "In what words",
        "As the party says it",
        Input::Line,
    ),
    also("passage", "Passage", "", PASSAGE),
    also("stated", "When the party said it", DATE_HINT, Input::Date),
    also(
        "event",
        "When it is said to have happened",
        DATE_HINT,
        Input::Date,
    ),
    also(
        "scope",
        "Over what it speaks",
        "",
        Input::Group(&[
            also("areas", "Areas", "One per line", Input::Many(Kind::Area)),
            also("period", "Period", DATE_HINT, Input::Date),
            also("counting_rule", "What was counted as what", "", Input::Line),
        ]),
    ),
    also(
        "asserted_cause",
        "Cause it asserts",
        "In its words",
        Input::Line,
    ),
    also(
        "asserted_perpetrator",
        "Whom it says to be responsible",
        "In its words; part of the claim, never of a finding",
        Input::Line,
    ),
    also(
        "asserted_characterisation",
        "What it calls the act",
        "In its words; quoted, never verified",
        Input::Line,
    ),
];

const RETRACTION: &[Field] = &[
    needed("claim", "Claim", NAME_HINT, Input::One(Some(Kind::Claim))),
    needed(
        "party",
        "Party that takes it back",
        NAME_HINT,
        Input::One(Some(Kind::Party)),
    ),
    needed(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
    needed("words", "In what words", "", Input::Line),
    also("stated", "When", DATE_HINT, Input::Date),
    also("passage", "Passage", "", PASSAGE),
];

const POSITION: &[Field] = &[
    needed(
        "actor",
        "Whose position",
        NAME_HINT,
        Input::One(Some(Kind::Party)),
    ),
    needed(
        "about",
        "About",
        "A mission or another record",
        Input::One(None),
    ),
    needed("issue", "On", "", Input::Choice(words::<Issue>)),
    needed(
        "position",
        "The position, in neutral words",
        "",
        Input::Line,
    ),
    also(
        "awaits",
        "Whose answer they say is awaited",
        "One party per line",
        Input::Many(Kind::Party),
    ),
    also("words", "In the actor's own words", "", Input::Long),
    also("since", "Since", DATE_HINT, Input::Date),
    needed(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
    also("passage", "Passage", "", PASSAGE),
];

const REPLY: &[Field] = &[
    needed(
        "party",
        "Whose reply",
        NAME_HINT,
        Input::One(Some(Kind::Party)),
    ),
    needed("to", "To the claim or finding", NAME_HINT, Input::One(None)),
    needed("text", "The reply", "", Input::Long),
    needed(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
    also("stated", "When", DATE_HINT, Input::Date),
];

const LINK: &[Field] = &[
    needed("from", "From", NAME_HINT, Input::One(None)),
    needed(
        "kind",
        "How they stand",
        "",
        Input::Choice(words::<LinkKind>),
    ),
    needed("to", "To", NAME_HINT, Input::One(None)),
    also("reasons", "Reasons", "One per line", Input::Lines),
    also(
        "identified",
        "The item's identity is confirmed",
        "for items of an aggregate",
        Input::Check,
    ),
    also(
        "excluded",
        "Why the item does not count",
        "for items of an aggregate",
        Input::Line,
    ),
    also(
        "undoes",
        "Undoes the link",
        "It then says nothing else",
        Input::One(Some(Kind::Link)),
    ),
];

const EVIDENCE: &[Field] = &[
    needed(
        "file",
        "File",
        "Kept exactly as received, under its SHA-256",
        Input::File,
    ),
    needed(
        "restriction",
        "Who may open it",
        "",
        Input::Choice(words::<Restriction>),
    ),
    also(
        "acquired",
        "How, from where and by whom it was acquired",
        "",
        Input::Line,
    ),
    also("acquired_on", "Acquired on", DATE_HINT, Input::Date),
    also("captured", "Captured on", DATE_HINT, Input::Date),
    also(
        "derived_from",
        "Made from",
        "Another file",
        Input::One(Some(Kind::Evidence)),
    ),
];

const ASSESSMENT: &[Field] = &[
    needed("site", "Site", NAME_HINT, Input::One(Some(Kind::Site))),
    needed("observed", "Observed on", DATE_HINT, Input::Date),
    needed("method", "Method", "", Input::Choice(words::<Method>)),
    needed(
        "organisation",
        "For whom the assessors worked",
        NAME_HINT,
        Input::One(Some(Kind::Party)),
    ),
    also(
        "observers",
        "How many people observed it, each for themselves",
        "1 when left empty",
        Input::Number,
    ),
    needed("examined", "What was looked at", "", Input::Line),
    also("not_examined", "What was not, and why", "", Input::Line),
    needed("grade", "Damage grade", "", Input::Choice(words::<Grade>)),
    needed(
        "certainty",
        "Certainty of the grade",
        "An axis of its own",
        Input::Choice(words::<Certainty>),
    ),
    also(
        "native",
        "Grade on the scale it was read on",
        "",
        Input::Group(&[
            needed("scale", "Scale", "", Input::Choice(words::<Scale>)),
            needed("value", "Value", "", Input::Line),
        ]),
    ),
    also(
        "baseline",
        "Compared with a state of",
        DATE_HINT,
        Input::Date,
    ),
    also(
        "components",
        "Components",
        "",
        Input::Rows(&[
            needed("part", "Part", "roof, north wall", Input::Line),
            needed("observed", "What was seen", "", Input::Line),
            also("extent", "How much of it", "", Input::Line),
        ]),
    ),
    also(
        "causes",
        "Physical causes",
        "Never who",
        Input::Rows(&[
            needed("cause", "Cause", "", Input::Choice(words::<Cause>)),
            needed(
                "certainty",
                "Certainty",
                "",
                Input::Choice(words::<Certainty>),
            ),
        ]),
    ),
    also("risks", "Risks seen", "", Input::Line),
    also(
        "urgent_measures",
        "Measures that cannot wait",
        "",
        Input::Line,
    ),
    also(
        "mission",
        "Made on the mission",
        NAME_HINT,
        Input::One(Some(Kind::Mission)),
    ),
    also(
        "evidence",
        "Files it rests on",
        "One per line",
        Input::Many(Kind::Evidence),
    ),
    also(
        "source",
        "Source it was published in",
        "When it is somebody else's",
        Input::One(Some(Kind::Source)),
    ),
];

const FINDING: &[Field] = &[
    needed("site", "Site", NAME_HINT, Input::One(Some(Kind::Site))),
    needed(
        "conclusion",
        "Conclusion",
        "",
        Input::Choice(words::<Conclusion>),
    ),
    needed(
        "assessments",
        "Assessments it rests on",
        "One address or id per line",
        Input::Many(Kind::Assessment),
    ),
    also(
        "claims",
        "Claims it judges",
        "One address or id per line",
        Input::Many(Kind::Claim),
    ),
    needed(
        "rationale",
        "How it was reached",
        "Answers evidence that contradicts it",
        Input::Long,
    ),
    needed(
        "standard",
        "Standard of proof",
        "",
        Input::Choice(words::<StandardOfProof>),
    ),
    needed("as_at", "Holds as of", DATE_HINT, Input::Date),
    also(
        "window",
        "The condition arose between",
        "last seen without / first seen with: 2022-03-01/2022-03-12",
        Input::Date,
    ),
    needed("interest", "Your declaration of interest", "", INTEREST),
    also(
        "supersedes",
        "Takes the place of",
        "An earlier finding",
        Input::One(Some(Kind::Finding)),
    ),
];

const REVIEW: &[Field] = &[
    needed(
        "finding",
        "Finding",
        NAME_HINT,
        Input::One(Some(Kind::Finding)),
    ),
    needed("decision", "Decision", "", Input::Choice(words::<Decision>)),
    needed("reason", "Why", "", Input::Long),
    needed(
        "interest",
        "Your declaration of interest",
        "Who declares a conflict cannot approve",
        INTEREST,
    ),
];

const PUBLICATION: &[Field] = &[
    needed(
        "finding",
        "Finding",
        NAME_HINT,
        Input::One(Some(Kind::Finding)),
    ),
    needed("on", "Published on", DATE_HINT, Input::Date),
];

const MISSION: &[Field] = &[
    needed("title", "Title", "", Input::Line),
    needed(
        "kind",
        "What it is for",
        "",
        Input::Choice(words::<MissionKind>),
    ),
    needed(
        "organisations",
        "Whose mission",
        "One organisation per line; each has a track of its own",
        Input::Many(Kind::Party),
    ),
    also(
        "requested_by",
        "Requested by",
        "One party per line",
        Input::Many(Kind::Party),
    ),
    also("mandate", "Mandate", "", Input::Line),
    also("areas", "Areas", "One per line", Input::Many(Kind::Area)),
    also(
        "itinerary",
        "Itinerary",
        "One site per line, in order",
        Input::Many(Kind::Site),
    ),
    also(
        "report",
        "Report",
        "A source",
        Input::One(Some(Kind::Source)),
    ),
    also(
        "limitations",
        "What it did not see, do or ask, and why",
        "",
        Input::Long,
    ),
];

const MISSION_STEP: &[Field] = &[
    needed(
        "mission",
        "Mission",
        NAME_HINT,
        Input::One(Some(Kind::Mission)),
    ),
    also(
        "organisation",
        "Organisation whose track it is",
        "Empty when it holds for all",
        Input::One(Some(Kind::Party)),
    ),
    needed("stage", "Stage", "", Input::Choice(words::<Stage>)),
    needed("on", "When", DATE_HINT, Input::Date),
    needed(
        "according_to",
        "According to",
        NAME_HINT,
        Input::One(Some(Kind::Party)),
    ),
    also(
        "awaits",
        "Whose answer is awaited, according to them",
        "One party per line",
        Input::Many(Kind::Party),
    ),
    needed(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
    also("passage", "Passage", "", PASSAGE),
    also("note", "Anything more, in neutral words", "", Input::Long),
];

const INSTRUMENT: &[Field] = &[
    needed("names", "Names", "The official title first", NAMES),
    needed(
        "kind",
        "What it is",
        "",
        Input::Choice(words::<InstrumentKind>),
    ),
    also("adopted", "Adopted or signed", DATE_HINT, Input::Date),
    also("in_force", "In force since", DATE_HINT, Input::Date),
    also("depositary", "Depositary", "", Input::Line),
    also("url", "Web address", "", Input::Line),
    also(
        "parent",
        "Belongs to",
        "Another instrument",
        Input::One(Some(Kind::Instrument)),
    ),
];

const ADHERENCE: &[Field] = &[
    needed(
        "instrument",
        "Instrument",
        NAME_HINT,
        Input::One(Some(Kind::Instrument)),
    ),
    needed("state", "State", NAME_HINT, Input::One(Some(Kind::Party))),
    needed("act", "Act", "", Input::Choice(words::<Act>)),
    needed("on", "When", DATE_HINT, Input::Date),
    also(
        "in_force",
        "In force for the State since",
        DATE_HINT,
        Input::Date,
    ),
    also("declaration", "Declaration or reservation", "", Input::Long),
    needed(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
];

const OBLIGATION: &[Field] = &[
    needed(
        "instrument",
        "Instrument",
        NAME_HINT,
        Input::One(Some(Kind::Instrument)),
    ),
    needed("basis", "Article", "", Input::Line),
    needed("title", "What is owed", "", Input::Line),
    also(
        "state",
        "By whom",
        "Empty when every party to the instrument owes it",
        Input::One(Some(Kind::Party)),
    ),
    also("due", "Due", DATE_HINT, Input::Date),
    also(
        "every_years",
        "Comes again every … years",
        "",
        Input::Number,
    ),
    also("met", "Met on", DATE_HINT, Input::Date),
    also(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
];

const PROTECTION: &[Field] = &[
    needed("site", "Site", NAME_HINT, Input::One(Some(Kind::Site))),
    needed(
        "level",
        "Level",
        "",
        Input::Choice(words::<ProtectionLevel>),
    ),
    needed(
        "state",
        "State",
        "",
        Input::Choice(words::<ProtectionState>),
    ),
    also("on", "Since", DATE_HINT, Input::Date),
    also(
        "instrument",
        "Under",
        NAME_HINT,
        Input::One(Some(Kind::Instrument)),
    ),
    also("reference", "Number in the list", "", Input::Line),
    also(
        "emblem",
        "Emblem displayed",
        "",
        Input::Choice(words::<Emblem>),
    ),
    needed(
        "source",
        "Source",
        NAME_HINT,
        Input::One(Some(Kind::Source)),
    ),
];

/// The fields of a kind.
pub fn fields_of(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Party => PARTY,
        Kind::Source => SOURCE,
        Kind::Area => AREA,
        Kind::Site => SITE,
        Kind::Aggregate => AGGREGATE,
        Kind::Claim => CLAIM,
        Kind::Retraction => RETRACTION,
        Kind::Position => POSITION,
        Kind::Reply => REPLY,
        Kind::Link => LINK,
        Kind::Evidence => EVIDENCE,
        Kind::Assessment => ASSESSMENT,
        Kind::Finding => FINDING,
        Kind::Review => REVIEW,
        Kind::Publication => PUBLICATION,
        Kind::Mission => MISSION,
        Kind::MissionStep => MISSION_STEP,
        Kind::Instrument => INSTRUMENT,
        Kind::Adherence => ADHERENCE,
        Kind::Obligation => OBLIGATION,
        Kind::Protection => PROTECTION,
        // A list is read in by the page of imports, never typed.
        Kind::Import => &[],
    }
}
