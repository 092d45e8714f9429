//! What the columns of a list seem to mean, by their headings and by what stands in them; and what
//! has to be asked, because the list does not show it.

mod axes;
mod bare_dates;

use super::vocabulary::{VOCABULARY, words};
use super::{Field, Mapping, cells, dates, place};
use crate::table::{Row, Table};
use std::collections::{BTreeMap, HashSet};
use stele_model::Predicate;

/// A mapping as far as it could be seen, and what is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The mapping.
    pub mapping: Mapping,
    /// What the list does not show, as questions to a person.
    pub questions: Vec<String>,
}

/// Rows looked at.
pub const LOOKED_AT: usize = 1_000;

/// Languages as headings name them: `name_ar`, `Name (Armenian)`, `Название (рус)`.
const LANGUAGES: [(&str, &[&str]); 24] = [
    ("en", &["en", "eng", "english"]),
    ("az", &["az", "aze", "azerbaijani", "azeri", "azərbaycanca"]),
    ("hy", &["hy", "arm", "hye", "armenian", "հայերեն"]),
    ("ru", &["ru", "rus", "russian", "рус", "русский", "русском"]),
    (
        "uk",
        &["uk", "ua", "ukr", "ukrainian", "укр", "українською"],
    ),
    ("ka", &["ka", "geo", "kat", "georgian", "ქართული"]),
    ("fa", &["fa", "per", "fas", "persian", "farsi"]),
    ("ar", &["ar", "ara", "arabic", "عربي", "بالعربية"]),
    ("fr", &["fr", "fra", "french", "français"]),
    ("de", &["de", "ger", "german", "deutsch"]),
    ("tr", &["tr", "tur", "turkish", "türkçe"]),
    ("es", &["es", "spa", "spanish", "español"]),
    ("he", &["he", "heb", "hebrew"]),
    ("el", &["el", "gre", "greek"]),
    ("ku", &["ku", "kurdish"]),
    ("ps", &["ps", "pashto"]),
    ("ur", &["ur", "urdu"]),
    ("zh", &["zh", "chinese"]),
    ("ja", &["ja", "japanese"]),
    ("ko", &["ko", "korean"]),
    ("am", &["am", "amharic"]),
    ("ti", &["ti", "tigrinya"]),
    ("sr", &["sr", "serbian", "srpski"]),
    ("bs", &["bs", "bosnian"]),
];

/// Looks at the headings and the first rows.
pub fn propose(table: &Table, rows: &[Row]) -> Guess {
    let cells: Vec<Column> = (0..table.columns.len())
        .map(|at| Column::new(&table.columns, at, rows))
        .collect();
    let mut guess = Guesser {
        known_key: table.key(),
        columns: &cells,
        fields: BTreeMap::new(),
        questions: Vec::new(),
    };
    guess.by_heading();
    guess.by_content();
    guess.unnamed_axes(rows);
    guess.one_of_each();
    if !guess.figures() {
        guess.bare_dates();
        guess.key();
        guess.names();
    }
    let mut mapping = Mapping {
        day_first: guess.day_first(),
        separator: guess.separator(),
        predicate: guess.predicate(),
        ..Mapping::default()
    };
    guess.axes(&mut mapping, rows);
    let Guesser {
        fields, questions, ..
    } = guess;
    mapping.columns = fields
        .into_iter()
        .map(|(at, field)| (table.columns[at].clone(), field))
        .collect();
    mapping.sheet = table.sheet.clone().filter(|_| !table.others.is_empty());
    Guess { mapping, questions }
}

/// A column with what stands in its first rows.
struct Column {
    heading: Vec<String>,
    written: String,
    values: Vec<String>,
}

impl Column {
    fn new(columns: &[String], at: usize, rows: &[Row]) -> Column {
        Column {
            heading: words(&columns[at]),
            written: columns[at].clone(),
            values: rows
                .iter()
                .filter_map(|row| row.cells.get(at)?.text().map(|t| t.into_owned()))
                .collect(),
        }
    }

    /// Share of the filled cells that are so.
    fn share(&self, is: impl Fn(&str) -> bool) -> f64 {
        match self.values.len() {
            0 => 0.0,
            all => self.values.iter().filter(|value| is(value)).count() as f64 / all as f64,
        }
    }

    fn distinct(&self) -> f64 {
        let values: HashSet<&str> = self.values.iter().map(String::as_str).collect();
        values.len() as f64 / (self.values.len().max(1)) as f64
    }

    /// Whether equal cells stand together, so that each value comes once or in one run.
    fn is_grouped(&self) -> bool {
        let values: HashSet<&str> = self.values.iter().map(String::as_str).collect();
        let runs = self.values.chunk_by(|a, b| a == b).count();
        values.len() > 1 && runs == values.len()
    }

    fn is_numbers(&self) -> bool {
        self.share(|v| v.replace(',', ".").parse::<f64>().is_ok()) > 0.9
    }

    /// Words a person would call a thing: letters, not an address, not a code.
    fn is_names(&self) -> bool {
        self.share(|v| {
            v.chars().any(char::is_alphabetic)
                && !is_address(v)
                && !is_code(v)
                && v.chars().count() < 200
        }) > 0.6
    }
}

fn is_address(value: &str) -> bool {
    value.starts_with("http://") || value.starts_with("https://")
}

/// `EAMENA-0182033`, `obj_001`, a UUID: letters without a space and with digits.
fn is_code(value: &str) -> bool {
    !value.contains(' ')
        && value.is_ascii()
        && !(value.contains('.') && value.parse::<f64>().is_ok())
        && value.bytes().any(|b| b.is_ascii_digit())
        && value
            .bytes()
            .any(|b| matches!(b, b'-' | b'_' | b'0'..=b'9'))
}

fn is_name(field: &Field) -> bool {
    matches!(field, Field::Name(_) | Field::OtherNames(_))
}

struct Guesser<'a> {
    /// The key that the format itself names.
    known_key: Option<usize>,
    columns: &'a [Column],
    fields: BTreeMap<usize, Field>,
    questions: Vec<String>,
}

impl Guesser<'_> {
    fn by_heading(&mut self) {
        for (at, column) in self.columns.iter().enumerate() {
            // What a query gives with types: `museumLabel.value` beside `museumLabel.xml:lang`.
            let typed = column.written.strip_suffix(".value");
            if let Some(base) = column.written.strip_suffix(".xml:lang") {
                let of = format!("{base}.value");
                if self.columns.iter().any(|c| c.written == of) {
                    self.fields.insert(at, Field::LanguageOf(of));
                }
                continue;
            }
            let heading = typed.map_or_else(|| column.heading.clone(), words);
            if let Some(field) = self.heading(&heading, typed.is_some()) {
                self.fields.insert(at, field);
            }
        }
    }

    fn heading(&self, heading: &[String], typed: bool) -> Option<Field> {
        let (plain, lang) = without_language(heading);
        let with = |field: Field| match field {
            Field::Name(_) => Field::Name(lang.map(str::to_owned)),
            Field::OtherNames(_) => Field::OtherNames(lang.map(str::to_owned)),
            field => field,
        };
        if let Some(field) = VOCABULARY.heading(heading) {
            return Some(field);
        }
        if let Some(field) = VOCABULARY.heading(&plain) {
            return Some(with(field));
        }
        if VOCABULARY.is_aside(heading) {
            return None;
        }
        // A unit or a number at the end: `Latitude (WGS84)`, `Books (pcs)`, `id_number 1`.
        if let [before @ .., last] = plain.as_slice()
            && let Some(field) = VOCABULARY.heading(before)
        {
            let counted = last.bytes().all(|b| b.is_ascii_digit());
            let measured = matches!(
                field,
                Field::Latitude
                    | Field::Longitude
                    | Field::Coordinates
                    | Field::Geometry
                    | Field::Easting
                    | Field::Northing
                    | Field::Holding(_)
            );
            if measured || (counted && field == Field::Key) {
                return Some(field);
            }
        }
        // "Name of damaged site in Ukrainian": a heading in a sentence that says a language.
        let names = ["name", "title", "название", "назва", "nom"];
        if lang.is_some() && plain.iter().any(|word| names.contains(&word.as_str())) {
            let other = plain.iter().any(|word| word.starts_with("alternat"));
            return Some(match other {
                true => Field::OtherNames(lang.map(str::to_owned)),
                false => Field::Name(lang.map(str::to_owned)),
            });
        }
        if typed && plain.last().is_some_and(|word| word == "label") {
            let area = plain
                .iter()
                .any(|w| matches!(w.as_str(), "location" | "place" | "city" | "admin"));
            return Some(match area {
                true => Field::Area(stele_model::AreaKind::City),
                false => Field::Name(None),
            });
        }
        None
    }

    /// What the cells show whatever the heading says.
    fn by_content(&mut self) {
        for (at, column) in self.columns.iter().enumerate() {
            let place = |v: &str| {
                !is_address(v) && place::pair(v, false).is_some() && v.parse::<f64>().is_err()
            };
            let shapes = column.share(|v| crate::table::parse_wkt(v).is_some());
            let current = self.fields.get(&at).cloned();
            let found = match current {
                _ if shapes > 0.9 => Some(Field::Geometry),
                None if column.values.len() > 1
                    && column.share(place) > 0.9
                    && !column.is_numbers() =>
                {
                    Some(Field::Coordinates)
                }
                None | Some(Field::Key)
                    if column.share(|v| v.contains("wikidata.org/entity/Q")) > 0.9 =>
                {
                    Some(Field::Identifier("wikidata".to_owned()))
                }
                // A heading that fits and cells that do not.
                Some(Field::Geometry) if shapes < 0.5 => None,
                Some(Field::Latitude | Field::Longitude)
                    if column.share(|v| place::angle(v).is_some()) < 0.5 =>
                {
                    None
                }
                Some(Field::Coordinates)
                    if column.share(|v| place::pair(v, false).is_some()) < 0.5 =>
                {
                    None
                }
                Some(Field::Area(_))
                    if column.share(|v| v.chars().count() < 80 && !is_address(v)) < 0.8
                        || column.is_numbers() =>
                {
                    None
                }
                Some(Field::Made) if column.share(|v| dates::date(v, true).is_some()) < 0.3 => None,
                Some(Field::Event) if column.share(|v| dates::date(v, true).is_some()) < 0.3 => {
                    None
                }
                // One word for all that is none of ours says nothing of what a thing is.
                Some(Field::Category)
                    if column.values.windows(2).all(|w| w[0] == w[1])
                        && column.share(|v| super::vocabulary::category(v).is_some()) == 0.0 =>
                {
                    None
                }
                Some(Field::Category) if column.distinct() > 0.8 && column.values.len() > 20 => {
                    None
                }
                Some(Field::Condition) if column.values.len() > 20 && column.is_numbers() => None,
                current => current,
            };
            match found {
                Some(field) => self.fields.insert(at, field),
                None => self.fields.remove(&at),
            };
        }
        // A shape, or two axes, is better than a pair in words.
        let has =
            |fields: &BTreeMap<usize, Field>, field: &Field| fields.values().any(|f| f == field);
        let axes = has(&self.fields, &Field::Latitude) && has(&self.fields, &Field::Longitude);
        if !axes {
            self.fields
                .retain(|_, f| !matches!(f, Field::Latitude | Field::Longitude));
        }
        if axes || has(&self.fields, &Field::Geometry) {
            self.fields.retain(|_, f| *f != Field::Coordinates);
        }
        let metres = has(&self.fields, &Field::Easting) && has(&self.fields, &Field::Northing);
        let zoned = |column: &Column| {
            let zone = |v: &str| place::in_zone(v, [500_000.0, 4_000_000.0]).is_some();
            column.share(zone) > 0.5
        };
        self.fields
            .retain(|at, f| *f != Field::UtmZone || zoned(&self.columns[*at]));
        if !metres || axes {
            self.fields
                .retain(|_, f| !matches!(f, Field::Easting | Field::Northing | Field::UtmZone));
        }
        if metres && !axes && !has(&self.fields, &Field::UtmZone) {
            self.questions.push(
                "Easting and northing are given: in which projection? Say its EPSG code."
                    .to_owned(),
            );
        }
    }

    /// Of fields that stand once in a row, the column that says most keeps it.
    fn one_of_each(&mut self) {
        let single = [
            Field::Category,
            Field::Latitude,
            Field::Longitude,
            Field::Coordinates,
            Field::Geometry,
            Field::Made,
            Field::Description,
            Field::Event,
            Field::Identifier("wikidata".to_owned()),
        ];
        for field in single {
            let mut having: Vec<usize> = self
                .fields
                .iter()
                .filter(|(_, f)| **f == field)
                .map(|(at, _)| *at)
                .collect();
            // Of categories the one whose words are known to us, of others the one most filled.
            having.sort_by_key(|at| {
                let column = &self.columns[*at];
                let known = match field {
                    Field::Category => {
                        (column.share(|v| super::vocabulary::category(v).is_some()) * 1000.0)
                            as usize
                    }
                    Field::Identifier(_) => (column.distinct() * 1000.0) as usize,
                    _ => column.values.len(),
                };
                (std::cmp::Reverse(known), *at)
            });
            for at in having.into_iter().skip(1) {
                self.fields.remove(&at);
            }
        }
    }

    /// Whether the rows are figures: they name no thing, and columns count things of a category that
    /// are said to be so. Of two columns that count the same, the plainer one is read and the other asked about.
    fn figures(&mut self) -> bool {
        let names = |at: usize, column: &Column| {
            column.values.len() > 1
                && !self.fields.contains_key(&at)
                && column.is_names()
                && column.distinct() > 0.7
        };
        let named = self.fields.values().any(is_name)
            || self.columns.iter().enumerate().any(|(at, c)| names(at, c));
        if named {
            return false;
        }
        let mut found: Vec<(usize, Field)> = Vec::new();
        let mut uncertain: Vec<usize> = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let counts = column.share(|v| cells::count(v).is_some()) > 0.9 && column.is_numbers();
            if self.fields.contains_key(&at) || !counts {
                continue;
            }
            match super::vocabulary::counted(&column.written) {
                (Some(category), Some(predicate)) => {
                    found.push((at, Field::Count(category, predicate)));
                }
                (None, Some(_)) => uncertain.push(at),
                _ => {}
            }
        }
        if found.is_empty() {
            return false;
        }
        found.sort_by_key(|(at, _)| (self.columns[*at].heading.len(), *at));
        for (at, field) in found {
            let known = self.fields.iter().find(|(_, f)| **f == field);
            match known.map(|(at, _)| *at) {
                None => {
                    self.fields.insert(at, field);
                }
                Some(read) => self.questions.push(format!(
                    "\"{}\" and \"{}\" count the same ({field}). The first was read. Which one does the list's party state, and which is worked out from it?",
                    self.columns[read].written, self.columns[at].written
                )),
            }
        }
        let written: Vec<String> = uncertain
            .iter()
            .take(8)
            .map(|at| format!("\"{}\"", self.columns[*at].written))
            .collect();
        if !written.is_empty() {
            self.questions.push(format!(
                "{} count something whose category is not said; they are left. If it is cultural property, say of which category: `count library destroyed`.",
                written.join(", ")
            ));
        }
        let dated = |f: &Field| matches!(f, Field::Stated);
        if !self.fields.values().any(dated) {
            let day = (0..self.columns.len()).find(|at| {
                let column = &self.columns[*at];
                let free = matches!(self.fields.get(at), None | Some(Field::Made));
                free && !column.is_numbers()
                    && column.share(|v| dates::date(v, true).is_some()) > 0.9
            });
            match day {
                Some(at) => {
                    self.fields.insert(at, Field::Stated);
                }
                None => self
                    .questions
                    .push("No column says when the figures were stated. Is there none?".to_owned()),
            }
        }
        true
    }

    /// One column whose cells are all different and that looks like an identifier.
    fn key(&mut self) {
        if let Some(key) = self.known_key {
            self.fields.retain(|_, field| *field != Field::Key);
            self.fields.insert(key, Field::Key);
            return;
        }
        let mut keys: Vec<usize> = self
            .fields
            .iter()
            .filter(|(_, f)| **f == Field::Key)
            .map(|(at, _)| *at)
            .collect();
        let rows = self
            .columns
            .iter()
            .map(|c| c.values.len())
            .max()
            .unwrap_or(0);
        // Several rows of one thing stand together in some lists.
        keys.retain(|at| {
            let column = &self.columns[*at];
            (column.distinct() > 0.95 || column.is_grouped())
                && column.values.len() * 10 >= rows * 9
        });
        if keys.is_empty() && !self.fields.values().any(is_name) {
            // A list of codes and nothing else.
            keys.extend((0..self.columns.len()).find(|at| {
                let column = &self.columns[*at];
                !self.fields.contains_key(at)
                    && column.values.len() >= rows
                    && column.distinct() > 0.95
                    && column.share(is_code) > 0.9
            }));
            self.fields.extend(keys.iter().map(|at| (*at, Field::Key)));
            self.questions.extend(keys.iter().map(|at| {
                format!(
                    "No column holds names; things are called by \"{}\". Is that right?",
                    self.columns[*at].written
                )
            }));
        }
        keys.sort_by_key(|at| {
            let column = &self.columns[*at];
            // A register's own number before a UUID of some system, which is made anew at each export.
            let uuid = column.share(|v| v.len() == 36 && v.matches('-').count() == 4) > 0.5;
            (uuid, *at)
        });
        let chosen = keys.first().copied();
        let others: Vec<usize> = self
            .fields
            .iter()
            .filter(|(at, f)| **f == Field::Key && Some(**at) != chosen)
            .map(|(at, _)| *at)
            .collect();
        for at in others {
            self.fields.remove(&at);
        }
    }

    /// At least one column of names, that holds names.
    fn names(&mut self) {
        let named: Vec<usize> = self
            .fields
            .iter()
            .filter(|(_, f)| is_name(f))
            .map(|(at, _)| *at)
            .collect();
        let good: Vec<usize> = named
            .iter()
            .copied()
            .filter(|at| self.columns[*at].is_names())
            .collect();
        if !good.is_empty() {
            for at in named.into_iter().filter(|at| !good.contains(at)) {
                self.fields.remove(&at);
            }
            return;
        }
        if named.is_empty() {
            // No heading says it: the first column of different words that has no other meaning.
            let words = (0..self.columns.len()).find(|at| {
                let column = &self.columns[*at];
                !self.fields.contains_key(at)
                    && !column.values.is_empty()
                    && column.is_names()
                    && column.distinct() > 0.7
                    && !VOCABULARY.is_aside(&column.heading)
            });
            let keyed = self.fields.values().any(|f| *f == Field::Key);
            match words {
                Some(at) if !keyed => {
                    self.fields.insert(at, Field::Name(None));
                    self.questions.push(format!(
                        "No heading says which column holds the names; \"{}\" was taken. Is it?",
                        self.columns[at].written
                    ));
                }
                None if !keyed => self
                    .questions
                    .push("Which column holds the names? None was found.".to_owned()),
                Some(at) => self.questions.push(format!(
                    "No heading says which column holds the names, so that things are called by their keys. Is it \"{}\"?",
                    self.columns[at].written
                )),
                None => {}
            }
        }
    }

    /// Whether days come first in dates with strokes; the list shows it by a number over twelve.
    fn day_first(&mut self) -> bool {
        let mut first = [false, false];
        let mut strokes = false;
        for (at, field) in &self.fields {
            if !matches!(
                field,
                Field::Made | Field::Event | Field::Observed | Field::Stated
            ) {
                continue;
            }
            for value in &self.columns[*at].values {
                let parts: Vec<u32> = value.split('/').filter_map(|p| p.parse().ok()).collect();
                if let [a, b, year] = parts.as_slice()
                    && *year > 1000
                {
                    strokes = true;
                    first[0] |= *a > 12;
                    first[1] |= *b > 12;
                }
            }
        }
        if strokes && first[0] == first[1] {
            self.questions.push(
                "Does 3/4/2022 mean the third of April in this list? The dates do not show it; it was taken so.".to_owned(),
            );
        }
        first[0] || !first[1]
    }

    /// A comma parts several names in a cell where the column for several names has many.
    fn separator(&self) -> Option<String> {
        let several = self
            .fields
            .iter()
            .filter(|(_, f)| matches!(f, Field::OtherNames(_)))
            .map(|(at, _)| &self.columns[*at]);
        let mut comma = false;
        for column in several {
            let semicolons = column.share(|v| v.contains([';', '|']));
            comma |= semicolons < 0.05 && column.share(|v| v.contains(", ")) > 0.2;
        }
        comma.then(|| ",".to_owned())
    }

    /// A list of dates of damage says that its things came to harm; how far is not said.
    fn predicate(&mut self) -> Option<Predicate> {
        let heading = self.fields.iter().find_map(|(at, field)| {
            (*field == Field::Event).then(|| self.columns[*at].heading.join(" "))
        })?;
        let harm = [
            "damag",
            "destr",
            "повреж",
            "разруш",
            "пошкод",
            "руйн",
            "تدمير",
            "dommage",
        ];
        if harm.iter().any(|stem| heading.contains(stem)) {
            return Some(Predicate::DamagedOrDestroyed);
        }
        if !self.fields.values().any(|f| *f == Field::Condition) {
            self.questions.push(format!(
                "\"{heading}\" is a date; of what? When rows are claims, say what the list claims: `predicate = \"looted\"` or another."
            ));
        }
        None
    }
}

/// A heading without the language it names, and that language.
fn without_language(heading: &[String]) -> (Vec<String>, Option<&'static str>) {
    let of = |word: &String| {
        LANGUAGES
            .iter()
            .find(|(_, words)| words.contains(&word.as_str()))
            .map(|(tag, _)| *tag)
    };
    // "en" and "de" are words of French and Spanish headings: short ones count at the end only.
    let found = heading.iter().enumerate().rev().find_map(|(at, word)| {
        let counts = word.chars().count() > 3 || at + 1 == heading.len();
        Some((
            at,
            of(word).filter(|_| counts && (at > 0 || heading.len() > 1))?,
        ))
    });
    match found {
        None => (heading.to_vec(), None),
        Some((at, tag)) => {
            let mut plain = heading.to_vec();
            plain.remove(at);
            if plain.last().is_some_and(|w| w == "in" || w == "на") {
                plain.pop();
            }
            (plain, Some(tag))
        }
    }
}
