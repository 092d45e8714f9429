//! The collections and their columns: one table that every way out and every question goes by.

use stele_formats::feature::{Column, Holds};
use stele_model::*;

/// A collection of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// Things that are protected or lived in.
    Sites,
    /// What parties say is the case about single sites, placed where the site is.
    Claims,
    /// The registry's published conclusions, placed where the site is.
    Findings,
    /// Observations, placed where the site is.
    Assessments,
    /// Territories.
    Areas,
    /// Missions, as the line through their sites.
    Missions,
}

const fn text(id: &'static str, about: &'static str) -> Column {
    column(id, about, Holds::Text)
}

const fn column(id: &'static str, about: &'static str, holds: Holds) -> Column {
    Column { id, about, holds }
}

const PLACES: &[&str] = &["exact", "generalised", "withheld", "not_known"];

const TITLE: Column = text(
    "title",
    "What it is called, in the language asked for where it has such a name.",
);
const ADDRESS: Column = text("address", "Address of its page in this registry.");
const SITE: Column = text("site", "Title of the site it is about.");
const SITE_ID: Column = text("site_id", "Id of the site it is about.");
const PLACE: Column = column(
    "place",
    "How exactly the geometry is shown: as recorded, as the centre of a cell of a fixed grid, or not at all.",
    Holds::Word(PLACES),
);
const GRID: Column = column(
    "grid_m",
    "Size in metres of the cell whose centre the geometry is, where the place is generalised.",
    Holds::Whole,
);
const RECORDED: Column = column(
    "recorded",
    "When the revision shown was recorded.",
    Holds::Moment,
);
const STAMP: Column = text("revision", "Clock and node of the revision shown.");

const SITES: &[Column] = &[
    TITLE,
    text(
        "names",
        "Every name, with its language tag, separated by semicolons.",
    ),
    column(
        "kind",
        "Which of the four kinds of site.",
        Holds::Word(SiteKind::IDS),
    ),
    column(
        "category",
        "Category of cultural property.",
        Holds::Word(Category::IDS),
    ),
    column(
        "status",
        "Where the knowledge about it stands; empty where nothing is claimed of it.",
        Holds::Word(FindingStatus::IDS),
    ),
    text(
        "areas",
        "Areas it lies in, as parties place it, separated by semicolons.",
    ),
    PLACE,
    GRID,
    column(
        "uncertainty_m",
        "Radius in metres within which it lies.",
        Holds::Whole,
    ),
    column(
        "claimed_since",
        "First day on which a party claimed that it came to harm.",
        Holds::Day,
    ),
    column(
        "assessed_since",
        "First day on which it was observed, of published observations.",
        Holds::Day,
    ),
    column(
        "verified_since",
        "Day on which the first finding that stands was published.",
        Holds::Day,
    ),
    text("made", "When it was made or built (EDTF)."),
    text("description", "What it is, in a few neutral words."),
    text(
        "identifiers",
        "What others list it as: scheme and value, separated by semicolons.",
    ),
    ADDRESS,
    RECORDED,
    STAMP,
];

const CLAIMS: &[Column] = &[
    TITLE,
    text("party", "Who says it."),
    text("party_id", "Id of who says it."),
    text("source", "Title of the publication it stands in."),
    text("source_id", "Id of the publication it stands in."),
    column(
        "predicate",
        "What is said to be the case.",
        Holds::Word(Predicate::IDS),
    ),
    text("words", "In what words."),
    text("stated", "When it was said (EDTF)."),
    text("event", "When it is said to have happened (EDTF)."),
    column(
        "status",
        "Empty, or that the party took it back.",
        Holds::Word(&["retracted"]),
    ),
    text(
        "subject",
        "Title of the site or number of things it is about.",
    ),
    text("subject_id", "Id of what it is about."),
    PLACE,
    GRID,
    ADDRESS,
    RECORDED,
    STAMP,
];

const FINDINGS: &[Column] = &[
    TITLE,
    SITE,
    SITE_ID,
    column(
        "conclusion",
        "The conclusion about the site's condition.",
        Holds::Word(Conclusion::IDS),
    ),
    column(
        "status",
        "Where it stands; a finding never says who caused anything.",
        Holds::Word(&[
            "draft",
            "superseded",
            "verified",
            "refuted",
            "not_assessable",
        ]),
    ),
    column(
        "standard",
        "At which standard of proof.",
        Holds::Word(StandardOfProof::IDS),
    ),
    text("as_at", "As of when it holds (EDTF)."),
    text(
        "window",
        "Between when and when the condition arose (EDTF).",
    ),
    text("rationale", "How it was reached."),
    PLACE,
    GRID,
    ADDRESS,
    RECORDED,
    STAMP,
];

const ASSESSMENTS: &[Column] = &[
    TITLE,
    SITE,
    SITE_ID,
    text("observed", "When it was observed (EDTF)."),
    column("method", "How.", Holds::Word(Method::IDS)),
    text("organisation", "For whom the assessors worked."),
    text("organisation_id", "Id of whom the assessors worked for."),
    column(
        "grade",
        "Damage grade on the common scale.",
        Holds::Word(Grade::IDS),
    ),
    column(
        "certainty",
        "How certain the grade is.",
        Holds::Word(Certainty::IDS),
    ),
    column(
        "scale",
        "Scale the grade was read on.",
        Holds::Word(Scale::IDS),
    ),
    text("value", "The grade on that scale."),
    text("examined", "What was looked at."),
    text("not_examined", "What was not, and why."),
    PLACE,
    GRID,
    ADDRESS,
    RECORDED,
    STAMP,
];

const AREAS: &[Column] = &[
    TITLE,
    text(
        "names",
        "Every name, with its language tag, separated by semicolons.",
    ),
    column("kind", "What it is.", Holds::Word(AreaKind::IDS)),
    text("parent", "The area it lies in, as recorded."),
    text("parent_id", "Id of the area it lies in."),
    text("valid", "When it existed under this name (EDTF)."),
    PLACE,
    GRID,
    ADDRESS,
    RECORDED,
    STAMP,
];

const MISSIONS: &[Column] = &[
    TITLE,
    column("kind", "What it is for.", Holds::Word(MissionKind::IDS)),
    column(
        "status",
        "The stage it has come to.",
        Holds::Word(Stage::IDS),
    ),
    text("organisations", "Whose mission, separated by semicolons."),
    text("areas", "Where, separated by semicolons."),
    column(
        "stops",
        "How many sites are on its itinerary.",
        Holds::Whole,
    ),
    column(
        "stops_shown",
        "How many of them the line goes through: those whose place may be shown.",
        Holds::Whole,
    ),
    ADDRESS,
    RECORDED,
    STAMP,
];

impl Collection {
    /// Every collection.
    pub const ALL: [Collection; 6] = [
        Collection::Sites,
        Collection::Claims,
        Collection::Findings,
        Collection::Assessments,
        Collection::Areas,
        Collection::Missions,
    ];

    /// Its name in addresses and file names.
    pub fn id(self) -> &'static str {
        self.kind().plural()
    }

    /// The collection of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.id() == id)
    }

    /// The kind of its records.
    pub fn kind(self) -> Kind {
        match self {
            Collection::Sites => Kind::Site,
            Collection::Claims => Kind::Claim,
            Collection::Findings => Kind::Finding,
            Collection::Assessments => Kind::Assessment,
            Collection::Areas => Kind::Area,
            Collection::Missions => Kind::Mission,
        }
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Collection::Sites => "Sites",
            Collection::Claims => "Claims",
            Collection::Findings => "Findings",
            Collection::Assessments => "Assessments",
            Collection::Areas => "Areas",
            Collection::Missions => "Missions",
        }
    }

    /// What is in it, and what it is not.
    pub fn about(self) -> &'static str {
        match self {
            Collection::Sites => {
                "Places, institutions, collections and objects of cultural property. A site's status says where the knowledge about it stands, not who is right. Inclusion prejudices nobody's legal position."
            }
            Collection::Claims => {
                "What parties say is the case, each with who said it, where and in which words. A claim is not a finding."
            }
            Collection::Findings => {
                "The registry's own published conclusions about the condition of sites. They say what condition, never who caused it."
            }
            Collection::Assessments => {
                "Published observations of single sites, each by one method at one time. “No damage seen” and “not examined” are results like any other."
            }
            Collection::Areas => {
                "Territories under the names parties give them. Names and outlines express no opinion on the legal status of any territory."
            }
            Collection::Missions => {
                "Visits by organisations, planned or made, as the line through their sites."
            }
        }
    }

    /// Its columns, in order.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Collection::Sites => SITES,
            Collection::Claims => CLAIMS,
            Collection::Findings => FINDINGS,
            Collection::Assessments => ASSESSMENTS,
            Collection::Areas => AREAS,
            Collection::Missions => MISSIONS,
        }
    }

    /// Where a column stands.
    pub fn column(self, id: &str) -> Option<usize> {
        self.columns().iter().position(|c| c.id == id)
    }

    /// The column that holds the word its records are narrowed by.
    pub fn facet_column(self) -> Option<usize> {
        self.column(match self {
            Collection::Sites => "category",
            Collection::Claims => "predicate",
            Collection::Findings => "conclusion",
            Collection::Assessments => "grade",
            Collection::Areas | Collection::Missions => "kind",
        })
    }
}
