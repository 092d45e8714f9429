//! What the columns of a list mean: a [`Mapping`] from headings to [`Field`]s, proposed from the
//! headings and the cells ([`propose`]), corrected by a person, kept as TOML, and applied row by row
//! ([`Reader`]) to give a [`Draft`] of what the row says. A column without a field stays as the
//! list's own ([`stele_model::OwnField`]); no column is lost.
//!
//! No store, no parties: whose list it is and what is known already is the registry's to say.

mod cells;
mod dates;
mod draft;
mod guess;
mod place;
mod rows;
mod vocabulary;

pub use cells::language;
pub use draft::{Condition, Counted, Draft, NamedArea, Observation, Reader};
pub use guess::{Guess, LOOKED_AT, propose};
pub use rows::{Unlisted, each, first};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use stele_model::{AreaKind, Category, Predicate, RowsAre, SiteKind, Word};

/// What a column holds. Written as a few words: `name az`, `area district`, `holding books`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Field {
    /// What the list itself knows the thing by.
    Key,
    /// A name, in a language where the column says which.
    Name(Option<String>),
    /// Several names in a cell.
    OtherNames(Option<String>),
    /// The language of the names in another column, row by row.
    LanguageOf(String),
    /// What it is, in the list's words.
    Category,
    /// An area it lies in.
    Area(AreaKind),
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
    /// A place in one cell: two numbers, degrees and minutes, MGRS, UTM, the address of a map.
    Coordinates,
    /// Metres east in the list's projection.
    Easting,
    /// Metres north in the list's projection.
    Northing,
    /// Zone of UTM that easting and northing of the row are in: `38N`, `56S`.
    UtmZone,
    /// A geometry as well-known text or GeoJSON.
    Geometry,
    /// Radius the place is certain to, in metres.
    UncertaintyM,
    /// Radius the place is certain to, in kilometres.
    UncertaintyKm,
    /// How many of something it holds.
    Holding(String),
    /// When it was made or built.
    Made,
    /// What it is, in a few words.
    Description,
    /// A number another list knows it by.
    Identifier(String),
    /// What came of it, in the list's words.
    Condition,
    /// When that happened.
    Event,
    /// What the list says caused it.
    Cause,
    /// EAMENA's overall condition.
    OverallCondition,
    /// EAMENA's damage extent.
    Extent,
    /// EAMENA's disturbance causes.
    Causes,
    /// Their certainties.
    CauseCertainty,
    /// When it was assessed.
    Observed,
    /// How it was assessed.
    Method,
    /// How many of a category are said to be so: the rows are figures, and name no thing.
    Count(Category, Predicate),
    /// When the list says it.
    Stated,
    /// Kept as the list's own.
    Own,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = match self {
            Field::Name(Some(lang)) => return write!(f, "name {lang}"),
            Field::OtherNames(Some(lang)) => return write!(f, "other names {lang}"),
            Field::LanguageOf(column) => return write!(f, "language of {column}"),
            Field::Area(kind) => return write!(f, "area {}", kind.id()),
            Field::Holding(kind) => return write!(f, "holding {kind}"),
            Field::Identifier(scheme) => return write!(f, "identifier {scheme}"),
            Field::Count(what, said) => return write!(f, "count {} {}", what.id(), said.id()),
            Field::Key => "key",
            Field::Name(None) => "name",
            Field::OtherNames(None) => "other names",
            Field::Category => "category",
            Field::Latitude => "latitude",
            Field::Longitude => "longitude",
            Field::Coordinates => "coordinates",
            Field::Easting => "easting",
            Field::Northing => "northing",
            Field::UtmZone => "utm zone",
            Field::Geometry => "geometry",
            Field::UncertaintyM => "uncertainty m",
            Field::UncertaintyKm => "uncertainty km",
            Field::Made => "made",
            Field::Description => "description",
            Field::Condition => "condition",
            Field::Event => "event",
            Field::Cause => "cause",
            Field::OverallCondition => "overall condition",
            Field::Extent => "extent",
            Field::Causes => "causes",
            Field::CauseCertainty => "cause certainty",
            Field::Observed => "observed",
            Field::Method => "method",
            Field::Stated => "stated",
            Field::Own => "own",
        };
        f.write_str(plain)
    }
}

/// Words that name no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no field; it is one of: {all}", all = FIELDS.join(", "))]
pub struct UnknownField(pub String);

/// Every field as it is written; capitals stand for a word of the writer's own.
pub const FIELDS: [&str; 33] = [
    "key",
    "name",
    "name LANG",
    "other names",
    "other names LANG",
    "language of COLUMN",
    "category",
    "area KIND",
    "latitude",
    "longitude",
    "coordinates",
    "easting",
    "northing",
    "utm zone",
    "geometry",
    "uncertainty m",
    "uncertainty km",
    "holding KIND",
    "made",
    "description",
    "identifier LIST",
    "condition",
    "event",
    "cause",
    "overall condition",
    "extent",
    "causes",
    "cause certainty",
    "observed",
    "method",
    "count CATEGORY PREDICATE",
    "stated",
    "own",
];

impl FromStr for Field {
    type Err = UnknownField;
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        let text = text.trim();
        let unknown = || UnknownField(text.chars().take(80).collect());
        let plain = [
            Field::Key,
            Field::Name(None),
            Field::OtherNames(None),
            Field::Category,
            Field::Latitude,
            Field::Longitude,
            Field::Coordinates,
            Field::Easting,
            Field::Northing,
            Field::UtmZone,
            Field::Geometry,
            Field::UncertaintyM,
            Field::UncertaintyKm,
            Field::Made,
            Field::Description,
            Field::Condition,
            Field::Event,
            Field::Cause,
            Field::OverallCondition,
            Field::Extent,
            Field::Causes,
            Field::CauseCertainty,
            Field::Observed,
            Field::Method,
            Field::Stated,
            Field::Own,
        ];
        if let Some(field) = plain.into_iter().find(|field| field.to_string() == text) {
            return Ok(field);
        }
        let tagged = |prefix: &str| {
            text.strip_prefix(prefix)
                .map(str::trim)
                .filter(|rest| !rest.is_empty())
                .map(str::to_owned)
        };
        let language = |tag: String| match is_language(&tag) {
            true => Ok(tag),
            false => Err(unknown()),
        };
        if let Some(tag) = tagged("other names ") {
            return Ok(Field::OtherNames(Some(language(tag)?)));
        }
        if let Some(tag) = tagged("name ") {
            return Ok(Field::Name(Some(language(tag)?)));
        }
        if let Some(kind) = tagged("area ") {
            return AreaKind::from_id(&kind)
                .map(Field::Area)
                .ok_or_else(unknown);
        }
        if let Some(rest) = tagged("count ") {
            let mut words = rest.split_whitespace();
            let category = words.next().and_then(Category::from_id);
            let predicate = words.next().and_then(Predicate::from_id);
            return match (category, predicate, words.next()) {
                (Some(category), Some(predicate), None) => Ok(Field::Count(category, predicate)),
                _ => Err(unknown()),
            };
        }
        tagged("language of ")
            .map(Field::LanguageOf)
            .or_else(|| tagged("holding ").map(Field::Holding))
            .or_else(|| tagged("identifier ").map(Field::Identifier))
            .ok_or_else(unknown)
    }
}

impl TryFrom<String> for Field {
    type Error = UnknownField;
    fn try_from(text: String) -> Result<Self, UnknownField> {
        text.parse()
    }
}

impl From<Field> for String {
    fn from(field: Field) -> String {
        field.to_string()
    }
}

/// Whether a text has the form of a language tag (BCP 47).
fn is_language(tag: &str) -> bool {
    (2..=35).contains(&tag.len())
        && tag
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && tag.bytes().take(2).all(|b| b.is_ascii_lowercase())
}

/// What to do with a row whose longitude and latitude look exchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Swapped {
    /// Refuse it and ask.
    #[default]
    Ask,
    /// Exchange them.
    Mend,
    /// Take them as they stand.
    Keep,
}

/// How a list is read. Kept per party and list as TOML.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Sheet or layer, where the file has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Projection of easting and northing, or of a geometry: EPSG code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsg: Option<u32>,
    /// Whether a cell with two numbers has longitude first; latitude is first where this is not said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub longitude_first: bool,
    /// What to do with rows whose axes look exchanged.
    #[serde(default, skip_serializing_if = "is_ask")]
    pub swapped: Swapped,
    /// West, south, east, north of most of the list; what lies outside and would lie inside with its
    /// axes exchanged looks exchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk: Option<[f64; 4]>,
    /// Whether 03/04/2022 is the third of April; asked where the list does not show it.
    #[serde(default = "yes")]
    pub day_first: bool,
    /// What parts several names in a cell; `;`, `|` and line ends where this is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// Language of names whose column and script do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What a thing is where its row does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Which of the four kinds the rows are; movables are objects, all else places where this is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SiteKind>,
    /// What the list says of a thing where its row does not, when rows are claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<Predicate>,
    /// What is counted as what, in the list's words, when rows are figures: `cumulative`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting_rule: Option<String>,
    /// Columns by heading.
    pub columns: BTreeMap<String, Field>,
    /// What the list's own words stand for: a category, predicate or cause by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

fn is_ask(swapped: &Swapped) -> bool {
    *swapped == Swapped::Ask
}

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMapping {
    /// It is not TOML of that form.
    #[error("the mapping cannot be read: {0}")]
    Toml(String),
    /// It names a column the list does not have.
    #[error("the mapping names a column \"{column}\"; the list has: {has}")]
    NoColumn {
        /// The column.
        column: String,
        /// The list's columns.
        has: String,
    },
    /// Nothing in it can name a thing.
    #[error("no column holds a name or a key: say which one does (`\"Heading\" = \"name\"`)")]
    Nameless,
    /// Nothing in it is a figure.
    #[error(
        "no column holds a figure: say which one counts what, and what is said of it (`\"Heading\" = \"count library destroyed\"`)"
    )]
    Countless,
    /// Its rows are figures and were to be read as things.
    #[error(
        "its columns count things and name none ({0}): read its rows as figures, or give these columns another field"
    )]
    Figures(String),
    /// Easting and northing mean nothing without their projection.
    #[error(
        "easting and northing need their projection: say `epsg = 32638` (or whichever it is) in the mapping, or which column has the zone of UTM (`\"Heading\" = \"utm zone\"`)"
    )]
    NoProjection,
    /// The projection is not known.
    #[error("{0}")]
    Projection(String),
    /// A word of the list is given something that is no word of ours.
    #[error("\"{0}\" is given as \"{1}\", which is no category, predicate or cause")]
    Word(String, String),
}

impl Mapping {
    /// Reads a mapping from TOML.
    pub fn from_toml(text: &str) -> Result<Self, BadMapping> {
        toml::from_str(text).map_err(|e| BadMapping::Toml(e.to_string().trim().to_owned()))
    }

    /// The mapping as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Columns that hold figures.
    pub fn counts(&self) -> impl Iterator<Item = &str> {
        let counts = |field: &Field| matches!(field, Field::Count(..));
        self.columns
            .iter()
            .filter(move |(_, field)| counts(field))
            .map(|(column, _)| column.as_str())
    }

    /// The field of a column.
    pub fn field(&self, column: &str) -> &Field {
        self.columns.get(column).unwrap_or(&Field::Own)
    }
}

/// Whether a mapping fits a list, and what its rows are to be read as.
pub fn check(
    mapping: &Mapping,
    table: &crate::table::Table,
    rows_are: RowsAre,
) -> Result<(), BadMapping> {
    let counts: Vec<&str> = mapping.counts().collect();
    match (rows_are, counts.is_empty()) {
        (RowsAre::Figures, true) => return Err(BadMapping::Countless),
        (RowsAre::Sites | RowsAre::Claims, false) => {
            return Err(BadMapping::Figures(counts.join(", ")));
        }
        _ => {}
    }
    Reader::new(mapping, table).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_back_as_they_are_written() {
        for text in [
            "key",
            "name",
            "name az-Cyrl",
            "other names hy",
            "language of label.value",
            "area district",
            "holding books",
            "identifier wikidata",
            "uncertainty km",
            "overall condition",
            "count mosque damaged_or_destroyed",
            "stated",
            "own",
        ] {
            assert_eq!(text.parse::<Field>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "nam",
            "name Armenian",
            "area continent",
            "holding ",
            "count mosque",
            "count destroyed mosque",
            "count mosque destroyed x",
        ] {
            assert!(text.parse::<Field>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mapping_reads_back_from_toml() {
        let text = "epsg = 32638\nday_first = false\ncategory = \"library\"\n\n[columns]\n\"Ad\" = \"name az\"\nX = \"easting\"\n\n[words]\nkitabxana = \"library\"\n";
        let mapping = Mapping::from_toml(text).unwrap();
        assert_eq!(mapping.field("Ad"), &Field::Name(Some("az".into())));
        assert_eq!(mapping.field("Y"), &Field::Own);
        assert_eq!(Mapping::from_toml(&mapping.to_toml()).unwrap(), mapping);
        let wrong = Mapping::from_toml("[columns]\nAd = \"nam\"").unwrap_err();
        assert!(wrong.to_string().contains("\"nam\" is no field"), "{wrong}");
    }
}
