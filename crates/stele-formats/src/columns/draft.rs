//! From a row to a draft of what it says. A cell that cannot be read as its field stays as the list's
//! own words and is told of; a row is refused only where it names nothing or its place is no place.

mod placed;

use super::vocabulary::{VOCABULARY, category, kind_in, may_be_words, words};
use super::{BadMapping, Field, Mapping, cells, dates};
use crate::table::{BadRow, Cell, Projection, Row, Table};
use std::borrow::Cow;
use std::collections::HashMap;
use stele_model::{
    AreaKind, Category, Cause, Certainty, EdtfDate, Holding, Identifier, Location, Method, Name,
    NameKind, ObservedCause, OwnField, Predicate, Quantity, SiteKind, Word,
};

/// What a list says came of a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// In our words.
    pub predicate: Predicate,
    /// In the list's words; empty where only a date was given.
    pub words: String,
    /// When it happened.
    pub event: Option<EdtfDate>,
    /// What is said to have caused it, in the list's words.
    pub cause: Option<String>,
}

/// An observation a list holds, on EAMENA's scales.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When; the list gives no year where it is absent.
    pub observed: Option<EdtfDate>,
    /// How.
    pub method: Method,
    /// EAMENA's overall condition, as written.
    pub overall: Option<String>,
    /// EAMENA's damage extent, as written.
    pub extent: Option<String>,
    /// Physical causes.
    pub causes: Vec<ObservedCause>,
}

/// A figure of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The column it stands in.
    pub column: String,
    /// What is counted.
    pub category: Category,
    /// What is said of them.
    pub predicate: Predicate,
    /// How many.
    pub count: Quantity,
    /// What stands in the cell.
    pub text: String,
}

/// An area as a row names it: one of a kind, perhaps in several languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedArea {
    /// Which kind.
    pub kind: AreaKind,
    /// Its names, at least one.
    pub names: Vec<String>,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its row.
    pub row: u64,
    /// How many rows speak of it, the first among them.
    pub rows: u64,
    /// What the list knows the thing by; none where it has no such column.
    pub key: Option<String>,
    /// Its names.
    pub names: Vec<Name>,
    /// Which of the four kinds.
    pub kind: SiteKind,
    /// What it is.
    pub category: Category,
    /// Areas it lies in, wide to narrow, as named.
    pub areas: Vec<NamedArea>,
    /// Where it is.
    pub location: Option<Location>,
    /// What it holds.
    pub holdings: Vec<Holding>,
    /// What others list it as.
    pub identifiers: Vec<Identifier>,
    /// When it was made.
    pub made: Option<EdtfDate>,
    /// What it is, in a few words.
    pub description: Option<String>,
    /// What is said of it.
    pub condition: Option<Condition>,
    /// What was observed.
    pub observations: Vec<Observation>,
    /// How many of what, where rows are figures.
    pub counts: Vec<Counted>,
    /// When the list says it.
    pub stated: Option<EdtfDate>,
    /// The list's own columns.
    pub fields: Vec<OwnField>,
    /// Cells that could not be read as their field: column, and what stands there.
    pub unread: Vec<(String, String)>,
}

impl Draft {
    /// Roughly how many bytes it takes in memory: what is long in a long one, its outline and the list's own texts.
    pub fn bytes(&self) -> usize {
        const ALL_THE_REST: usize = 1024;
        let positions = self
            .location
            .as_ref()
            .map_or(0, |location| location.geometry.positions().count());
        let fields = self.fields.iter().map(|field| field.value.len());
        let unread = self.unread.iter().map(|(_, text)| text.len());
        ALL_THE_REST
            + positions * size_of::<stele_model::place::Position2>()
            + fields.chain(unread).sum::<usize>()
    }
}

/// What stands in the cells of a row.
type Texts<'r> = [Option<Cow<'r, str>>];

/// Reads the rows of one list by one mapping.
pub struct Reader<'a> {
    mapping: &'a Mapping,
    columns: &'a [String],
    fields: Vec<Field>,
    projection: Option<Projection>,
    /// What the words of cells were found to mean, so that each is looked up once.
    categories: HashMap<String, Option<Category>>,
    predicates: HashMap<String, Option<Predicate>>,
    words: HashMap<String, String>,
    /// Headings in lower case with cells that only repeat them are no rows.
    headings: Vec<String>,
}

/// Meanings of cells held in mind.
const MEANINGS: usize = 10_000;
/// Why a row is refused that nothing can be called by.
pub(super) const NAMELESS: &str = "it has no name";
/// Most characters of one cell that stays as the list's own.
const OWN_CHARS: usize = 20_000;
/// Most characters of a heading that names a figure.
const COLUMN_CHARS: usize = 300;
/// Characters of a key.
const KEY_CHARS: usize = 200;
/// Most characters of a name.
const NAME_CHARS: usize = 1_000;

impl<'a> Reader<'a> {
    /// Fits a mapping to a list.
    pub fn new(mapping: &'a Mapping, table: &'a Table) -> Result<Self, BadMapping> {
        if let Some(column) = mapping.columns.keys().find(|c| !table.columns.contains(c)) {
            return Err(BadMapping::NoColumn {
                column: column.clone(),
                has: table.columns.join(", "),
            });
        }
        let fields: Vec<Field> = table
            .columns
            .iter()
            .map(|column| mapping.field(column).clone())
            .collect();
        let names = |f: &Field| matches!(f, Field::Key | Field::Name(_) | Field::OtherNames(_));
        if !fields.iter().any(names) && mapping.counts().next().is_none() {
            return Err(BadMapping::Nameless);
        }
        let projected = fields.contains(&Field::Easting) && !fields.contains(&Field::UtmZone);
        let projection = match mapping.epsg {
            Some(code) => {
                Projection::epsg(code).map_err(|e| BadMapping::Projection(e.to_string()))?
            }
            None if projected => return Err(BadMapping::NoProjection),
            None => None,
        };
        for (word, id) in &mapping.words {
            let known = Category::from_id(id).is_some()
                || Predicate::from_id(id).is_some()
                || Cause::from_id(id).is_some();
            if !known {
                return Err(BadMapping::Word(word.clone(), id.clone()));
            }
        }
        Ok(Reader {
            mapping,
            columns: &table.columns,
            fields,
            projection,
            categories: HashMap::new(),
            predicates: HashMap::new(),
            words: mapping
                .words
                .iter()
                .map(|(word, id)| (word.trim().to_lowercase(), id.clone()))
                .collect(),
            headings: table.columns.iter().map(|c| words(c).join(" ")).collect(),
        })
    }

    /// What a row says, or why it is refused.
    pub fn read(&mut self, row: Row) -> Result<Draft, BadRow> {
        let Row {
            number,
            cells,
            shape,
        } = row;
        let texts: Vec<Option<Cow<'_, str>>> = cells
            .iter()
            .map(|cell| match cell {
                Cell::Nested(value) => Some(nested(value).into()),
                cell => cell.text(),
            })
            .collect();
        let refuse = |column: Option<usize>, reason: String| BadRow {
            number,
            column: column.and_then(|at| self.columns.get(at).cloned()),
            reason,
            row: shown(self.columns, &texts),
        };
        if self.repeats_the_headings(&texts) {
            return Err(refuse(None, "it only repeats the headings".to_owned()));
        }
        if is_sum(&texts) && self.mapping.counts().next().is_none() {
            let reason = "it adds the list up and names no thing".to_owned();
            return Err(refuse(None, reason));
        }
        let mut draft = Draft {
            row: number,
            rows: 1,
            key: None,
            names: Vec::new(),
            kind: SiteKind::Place,
            category: Category::CulturalProperty,
            areas: Vec::new(),
            location: None,
            holdings: Vec::new(),
            identifiers: Vec::new(),
            made: None,
            description: None,
            condition: None,
            observations: Vec::new(),
            counts: Vec::new(),
            stated: None,
            fields: Vec::new(),
            unread: Vec::new(),
        };
        let placed = self
            .place(&texts, shape)
            .map_err(|(at, reason)| refuse(at, reason))?;
        let mut condition = Said::default();
        for (at, text) in texts.iter().enumerate() {
            if let Some(text) = text.as_deref() {
                self.cell(at, text, &texts, &mut draft, &mut condition);
            }
        }
        if self.reads_figures() {
            draft.areas.sort_by_key(|area| area.kind);
            return Ok(draft);
        }
        self.name_by_key(&mut draft);
        // A further row of the thing above may leave its name out.
        if draft.names.is_empty() && draft.key.is_none() {
            let filled = texts.iter().flatten().count();
            let what = match filled {
                0 => "the row is empty",
                1 => "it has one cell and no name: a heading within the list?",
                _ => NAMELESS,
            };
            return Err(refuse(None, what.to_owned()));
        }
        self.what_it_is(&mut draft, condition.category);
        draft.condition = condition.said(self.mapping.predicate);
        draft.observations.extend(condition.observation);
        if let Some((shape, uncertainty_m)) = placed {
            let location = self.location(shape, uncertainty_m, &draft);
            draft.location =
                Some(location.map_err(|reason| refuse(self.place_column(&texts), reason))?);
        }
        draft.areas.sort_by_key(|area| area.kind);
        Ok(draft)
    }

    /// Whether the list has keys.
    pub(super) fn reads_keys(&self) -> bool {
        self.fields.contains(&Field::Key)
    }

    /// Whether a column has keys.
    pub(super) fn is_key(&self, column: usize) -> bool {
        self.fields.get(column) == Some(&Field::Key)
    }

    /// What the list knows the thing of a row by.
    pub(super) fn key(&self, row: &Row) -> Option<String> {
        let keys = row.cells.iter().zip(&self.fields);
        keys.filter(|(_, field)| **field == Field::Key)
            .find_map(|(cell, _)| match cell {
                Cell::Nested(value) => Some(nested(value)),
                cell => cell.text().map(|text| text.into_owned()),
            })
            .map(|text| first(&text, KEY_CHARS).to_owned())
    }

    /// Whether its rows are figures, and no things.
    pub(super) fn reads_figures(&self) -> bool {
        self.fields
            .iter()
            .any(|field| matches!(field, Field::Count(..)))
    }

    fn repeats_the_headings(&self, texts: &Texts<'_>) -> bool {
        let filled = texts.iter().flatten().count();
        // As a rule the first cells show that it does not.
        let mut others = filled * 2 / 10;
        for (text, heading) in texts.iter().zip(&self.headings) {
            let Some(text) = text else { continue };
            if !may_be_words(text, heading) || words(text).join(" ") != **heading {
                match others.checked_sub(1) {
                    Some(fewer) => others = fewer,
                    None => return false,
                }
            }
        }
        filled >= 2
    }

    /// What one cell adds to a draft.
    fn cell(
        &mut self,
        at: usize,
        text: &str,
        texts: &Texts<'_>,
        draft: &mut Draft,
        said: &mut Said,
    ) {
        let column = &self.columns[at];
        let own = |draft: &mut Draft| {
            draft.fields.push(OwnField {
                name: first(column, NAME_CHARS).to_owned(),
                value: first(text, OWN_CHARS).to_owned(),
            });
        };
        let unread = |draft: &mut Draft| {
            draft
                .unread
                .push((column.clone(), first(text, 120).to_owned()));
        };
        let day_first = self.mapping.day_first;
        match &self.fields[at] {
            Field::Key => {
                draft
                    .key
                    .get_or_insert_with(|| first(text, KEY_CHARS).to_owned());
            }
            Field::Name(lang) => {
                let lang = self.language_at(at, texts).or(lang.as_deref());
                self.add_names(text, false, lang, NameKind::AsWritten, draft);
            }
            Field::OtherNames(lang) => {
                let lang = self.language_at(at, texts).or(lang.as_deref());
                self.add_names(text, true, lang, NameKind::AsWritten, draft);
            }
            Field::LanguageOf(_) => own(draft),
            Field::Category => {
                let found = self.category_of(text);
                said.category = said.category.or(found);
                own(draft);
                if found.is_none() {
                    unread(draft);
                }
            }
            Field::Area(kind) => {
                for names in cells::areas(text) {
                    draft.areas.push(NamedArea { kind: *kind, names });
                }
            }
            // Read together, in `place`; what is not plain degrees stays beside it as written.
            Field::Latitude | Field::Longitude => {
                if text.parse::<f64>().is_err() {
                    own(draft);
                }
            }
            Field::Coordinates
            | Field::Easting
            | Field::Northing
            | Field::UtmZone
            | Field::UncertaintyM
            | Field::UncertaintyKm => own(draft),
            Field::Geometry => {}
            Field::Holding(kind) => {
                own(draft);
                match cells::count(text) {
                    Some(count) => draft.holdings.push(Holding {
                        kind: kind.clone(),
                        count,
                        as_of: None,
                    }),
                    None => unread(draft),
                }
            }
            Field::Made => match dates::date(text, day_first) {
                Some(date) if draft.made.is_none() => {
                    if date.to_string() != text {
                        own(draft);
                    }
                    draft.made = Some(date);
                }
                Some(_) => own(draft),
                None => {
                    own(draft);
                    unread(draft);
                }
            },
            Field::Description => match draft.description.is_none() {
                true => draft.description = Some(first(text, OWN_CHARS).to_owned()),
                false => own(draft),
            },
            Field::Identifier(scheme) => {
                let value = identifier(scheme, text);
                if value != text {
                    own(draft);
                }
                draft.identifiers.push(Identifier {
                    scheme: scheme.clone(),
                    value,
                });
            }
            Field::Condition => {
                own(draft);
                let found = self.predicate_of(text);
                said.predicate = said.predicate.or(found);
                if found.is_none() {
                    unread(draft);
                }
                if !said.words.is_empty() {
                    said.words.push_str("; ");
                }
                said.words.push_str(first(text, 2_000));
            }
            Field::Event => match dates::date(text, day_first) {
                Some(date) => {
                    if date.to_string() != text {
                        own(draft);
                    }
                    said.event = said.event.take().or(Some(date));
                }
                None => {
                    own(draft);
                    unread(draft);
                }
            },
            Field::Cause => {
                said.cause = Some(first(text, 2_000).to_owned());
            }
            Field::OverallCondition => {
                own(draft);
                said.observation().overall = last_of(text);
            }
            Field::Extent => {
                own(draft);
                said.observation().extent = last_of(text);
            }
            Field::Causes => {
                own(draft);
                let certainties = self.list_at(&Field::CauseCertainty, texts);
                for (k, cause) in listed(text).enumerate() {
                    let cause = self.cause_of(cause);
                    let certainty = certainties
                        .get(k)
                        .and_then(|c| Certainty::from_id(&c.to_lowercase()))
                        .unwrap_or(Certainty::Low);
                    let causes = &mut said.observation().causes;
                    match causes.iter_mut().find(|known| known.cause == cause) {
                        // The more certain of two; certainties go from definite down.
                        Some(known) => known.certainty = known.certainty.min(certainty),
                        None => causes.push(ObservedCause { cause, certainty }),
                    }
                }
            }
            Field::CauseCertainty => own(draft),
            Field::Observed => {
                let dates: Vec<EdtfDate> = listed(text)
                    .filter_map(|part| dates::date(part, day_first))
                    .collect();
                own(draft);
                match dates.into_iter().max_by_key(EdtfDate::latest) {
                    Some(date) => said.observation().observed = Some(date),
                    None => unread(draft),
                }
            }
            Field::Method => {
                own(draft);
                if let Some(method) = method_of(text) {
                    said.observation().method = method;
                }
            }
            Field::Count(category, predicate) => match cells::count(text) {
                Some(count) => draft.counts.push(Counted {
                    column: first(column, COLUMN_CHARS).to_owned(),
                    category: *category,
                    predicate: *predicate,
                    count,
                    text: first(text, 200).to_owned(),
                }),
                None => unread(draft),
            },
            Field::Stated => match dates::date(text, day_first) {
                Some(date) => draft.stated = draft.stated.take().or(Some(date)),
                None => {
                    own(draft);
                    unread(draft);
                }
            },
            Field::Own => own(draft),
        }
    }

    fn add_names(
        &self,
        text: &str,
        several: bool,
        lang: Option<&str>,
        kind: NameKind,
        draft: &mut Draft,
    ) {
        let given = lang.or(self.mapping.language.as_deref());
        for name in cells::names(text, several, self.mapping.separator.as_deref()) {
            let name: String = first(name, NAME_CHARS).to_owned();
            if draft.names.iter().all(|known| known.text != name) {
                let lang = cells::language(&name, given);
                draft.names.push(Name {
                    kind,
                    ..Name::new(name, lang)
                });
            }
        }
    }

    /// A list that only numbers its things calls them by their numbers.
    fn name_by_key(&self, draft: &mut Draft) {
        let nameless = || {
            self.fields
                .iter()
                .all(|field| !matches!(field, Field::Name(_) | Field::OtherNames(_)))
        };
        if let Some(key) = &draft.key
            && draft.names.is_empty()
            && nameless()
        {
            draft.names.push(Name {
                kind: NameKind::AsWritten,
                ..Name::new(key.clone(), "und")
            });
        }
    }

    /// What another column says the language of this one is.
    fn language_at<'t>(&self, at: usize, texts: &'t Texts<'_>) -> Option<&'t str> {
        let column = &self.columns[at];
        let says = |field: &Field| matches!(field, Field::LanguageOf(of) if of == column);
        let beside = self.fields.iter().position(says)?;
        texts[beside]
            .as_deref()
            .filter(|tag| super::is_language(tag))
    }

    fn list_at(&self, field: &Field, texts: &Texts<'_>) -> Vec<String> {
        let at = self.fields.iter().position(|f| f == field);
        let text = at.and_then(|at| texts[at].as_deref()).unwrap_or_default();
        listed(text).map(str::to_owned).collect()
    }

    /// A word of the list that the mapping gives a meaning.
    fn given<W: Word>(&self, text: &str) -> Option<W> {
        W::from_id(self.words.get(&text.trim().to_lowercase())?)
    }

    fn category_of(&mut self, text: &str) -> Option<Category> {
        if let Some(known) = self.categories.get(text) {
            return *known;
        }
        let found = self.given(text).or_else(|| category(text));
        if self.categories.len() < MEANINGS {
            self.categories.insert(text.to_owned(), found);
        }
        found
    }

    fn predicate_of(&mut self, text: &str) -> Option<Predicate> {
        if let Some(known) = self.predicates.get(text) {
            return *known;
        }
        let found = self.given(text).or_else(|| VOCABULARY.damage(text));
        if self.predicates.len() < MEANINGS {
            self.predicates.insert(text.to_owned(), found);
        }
        found
    }

    fn cause_of(&self, text: &str) -> Cause {
        self.given(text)
            .or_else(|| VOCABULARY.cause(text))
            .unwrap_or(Cause::Unknown)
    }

    /// Category and kind: as the row says, else as its names say, else as the mapping says.
    fn what_it_is(&self, draft: &mut Draft, said: Option<Category>) {
        let named = || {
            draft
                .names
                .iter()
                .find_map(|name| kind_in(&words(&name.text)))
        };
        draft.category = said
            .or(self.mapping.category)
            .or_else(named)
            .unwrap_or(Category::CulturalProperty);
        draft.kind = self.mapping.kind.unwrap_or(match draft.category {
            category if category.is_movable() => SiteKind::Object,
            _ => SiteKind::Place,
        });
    }
}

/// What the cells of a row say of its condition, put together.
#[derive(Default)]
struct Said {
    category: Option<Category>,
    predicate: Option<Predicate>,
    words: String,
    event: Option<EdtfDate>,
    cause: Option<String>,
    observation: Option<Observation>,
}

impl Said {
    fn observation(&mut self) -> &mut Observation {
        self.observation.get_or_insert(Observation {
            observed: None,
            method: Method::DocumentReview,
            overall: None,
            extent: None,
            causes: Vec::new(),
        })
    }

    fn said(&mut self, default: Option<Predicate>) -> Option<Condition> {
        Some(Condition {
            predicate: self.predicate.or(default)?,
            words: std::mem::take(&mut self.words),
            event: self.event.take(),
            cause: self.cause.take(),
        })
    }
}

/// The parts of a cell that holds a list; `None` stands in some for nothing.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '|'])
        .map(str::trim)
        .filter(|part| !part.is_empty() && *part != "None")
}

fn last_of(text: &str) -> Option<String> {
    listed(text).last().map(str::to_owned)
}

fn method_of(text: &str) -> Option<Method> {
    if let Some(method) = Method::from_id(text) {
        return Some(method);
    }
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    Some(match () {
        () if has(&["field", "on-site", "on site", "ground survey", "visit"]) => Method::OnSite,
        () if has(&["satellite", "imagery", "image interpretation", "remote"]) => Method::Satellite,
        () if has(&["aerial", "drone", "uav"]) => Method::Aerial,
        () if has(&["photo", "video"]) => Method::GroundImages,
        () if has(&["desk", "literature", "document"]) => Method::DocumentReview,
        () => return None,
    })
}

/// The identifier itself, where the cell holds its address.
fn identifier(scheme: &str, text: &str) -> String {
    let last = |text: &str| {
        text.trim_end_matches('/')
            .rsplit('/')
            .next()
            .map(str::to_owned)
    };
    match scheme {
        "wikidata" | "whc" if text.starts_with("http") => {
            last(text).unwrap_or_else(|| text.to_owned())
        }
        _ => first(text, 500).to_owned(),
    }
}

/// The first characters of a text.
fn first(text: &str, most: usize) -> &str {
    // No text has more characters than bytes.
    if text.len() <= most {
        return text;
    }
    let end = text.char_indices().nth(most);
    end.map_or(text, |(end, _)| &text[..end])
}

fn nested(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) if items.iter().all(|item| item.is_string()) => items
            .iter()
            .filter_map(|item| item.as_str())
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

fn short(text: &str) -> String {
    first(text, 60).to_owned()
}

/// The row for a report: heading and cell, cut where long.
fn shown(columns: &[String], texts: &Texts<'_>) -> String {
    let mut row = String::new();
    for (column, text) in columns.iter().zip(texts) {
        if let Some(text) = text {
            if !row.is_empty() {
                row.push_str(" | ");
            }
            row.push_str(column);
            row.push_str(": ");
            row.push_str(first(text, 200));
        }
        if row.len() > 2_000 {
            row.push('…');
            break;
        }
    }
    row
}

/// Whether a row is the sum below a list: a word for it, and otherwise numbers.
fn is_sum(texts: &Texts<'_>) -> bool {
    let is_word = |text: &&Cow<'_, str>| text.chars().any(char::is_alphabetic);
    let mut words = texts.iter().flatten().filter(is_word);
    let alone = words.next().filter(|_| words.next().is_none());
    alone.is_some_and(|word| VOCABULARY.is_total(word))
        && texts
            .iter()
            .flatten()
            .filter(|t| !t.trim().is_empty())
            .count()
            > 1
}
