//! The word tables of lists (`lang/columns.toml`): headings, damage, causes; and what a word says a
//! thing is.

use super::Field;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;
use stele_model::{AreaKind, Category, Cause, Predicate, Word};

#[derive(Deserialize)]
struct Tables {
    headers: BTreeMap<String, Vec<String>>,
    not: Words,
    dates: Words,
    months: Months,
    sides: BTreeMap<String, Vec<String>>,
    totals: Words,
    categories: BTreeMap<String, Vec<String>>,
    damage: BTreeMap<String, Vec<String>>,
    causes: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Words {
    words: Vec<String>,
}

#[derive(Deserialize)]
struct Months {
    /// From January.
    names: Vec<Vec<String>>,
    beside: Vec<String>,
}

/// A phrase as its words, and what it stands for.
type Phrase<T> = (Vec<String>, T);

pub(super) struct Vocabulary {
    headers: Vec<Phrase<Field>>,
    not: Vec<Vec<String>>,
    dates: HashSet<Vec<String>>,
    months: Vec<Phrase<u32>>,
    beside_a_date: HashSet<String>,
    sides: HashMap<String, Side>,
    totals: HashSet<Vec<String>>,
    categories: Vec<Phrase<Category>>,
    damage: Vec<Phrase<Predicate>>,
    causes: Vec<Phrase<Cause>>,
}

pub(super) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    // The table is part of the program; a test reads it.
    let tables: Tables = toml::from_str(include_str!("../lang/columns.toml")).unwrap_or(Tables {
        headers: BTreeMap::new(),
        not: Words { words: Vec::new() },
        dates: Words { words: Vec::new() },
        months: Months {
            names: Vec::new(),
            beside: Vec::new(),
        },
        sides: BTreeMap::new(),
        totals: Words { words: Vec::new() },
        categories: BTreeMap::new(),
        damage: BTreeMap::new(),
        causes: BTreeMap::new(),
    });
    Vocabulary {
        headers: phrases(tables.headers, header_field),
        not: tables.not.words.iter().map(|w| words(w)).collect(),
        dates: tables.dates.words.iter().map(|w| words(w)).collect(),
        months: (1..)
            .zip(&tables.months.names)
            .flat_map(|(month, names)| names.iter().map(move |name| (words(name), month)))
            .collect(),
        beside_a_date: tables.months.beside.into_iter().collect(),
        sides: sides(&tables.sides),
        totals: tables.totals.words.iter().map(|w| words(w)).collect(),
        categories: phrases(tables.categories, Category::from_id),
        damage: phrases(tables.damage, Predicate::from_id),
        causes: phrases(tables.causes, Cause::from_id),
    }
});

/// Phrases with what they stand for, the longest first.
fn phrases<T: Clone>(
    table: BTreeMap<String, Vec<String>>,
    what: impl Fn(&str) -> Option<T>,
) -> Vec<Phrase<T>> {
    let mut all: Vec<Phrase<T>> = Vec::new();
    for (id, entries) in &table {
        if let Some(value) = what(id) {
            all.extend(entries.iter().map(|entry| (words(entry), value.clone())));
        }
    }
    all.sort_by_key(|(words, _)| Reverse(words.len()));
    all
}

/// What a word beside an angle says of it: which axis it is of and, unless it only names the axis, on which
/// side of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Side {
    pub axis: Axis,
    /// 1 north and east, -1 south and west.
    pub turn: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Lat,
    Lon,
}

fn side_of(id: &str) -> Option<Side> {
    let (axis, turn) = match id {
        "north" => (Axis::Lat, Some(1.0)),
        "south" => (Axis::Lat, Some(-1.0)),
        "latitude" => (Axis::Lat, None),
        "east" => (Axis::Lon, Some(1.0)),
        "west" => (Axis::Lon, Some(-1.0)),
        "longitude" => (Axis::Lon, None),
        _ => return None,
    };
    Some(Side { axis, turn })
}

fn sides(table: &BTreeMap<String, Vec<String>>) -> HashMap<String, Side> {
    let entries = table
        .iter()
        .filter_map(|(id, words)| Some((side_of(id)?, words)));
    entries
        .flat_map(|(side, words)| words.iter().map(move |word| (word.clone(), side)))
        .collect()
}

fn header_field(id: &str) -> Option<Field> {
    Some(match id {
        "key" => Field::Key,
        "name" => Field::Name(None),
        "other_names" => Field::OtherNames(None),
        "category" => Field::Category,
        "area_state" => Field::Area(AreaKind::State),
        "area_region" => Field::Area(AreaKind::Region),
        "area_district" => Field::Area(AreaKind::District),
        "area_city" => Field::Area(AreaKind::City),
        "area_village" => Field::Area(AreaKind::Village),
        "latitude" => Field::Latitude,
        "longitude" => Field::Longitude,
        "coordinates" => Field::Coordinates,
        "geometry" => Field::Geometry,
        "easting" => Field::Easting,
        "northing" => Field::Northing,
        "utm_zone" => Field::UtmZone,
        "uncertainty_m" => Field::UncertaintyM,
        "uncertainty_km" => Field::UncertaintyKm,
        "made" => Field::Made,
        "description" => Field::Description,
        "condition" => Field::Condition,
        "overall_condition" => Field::OverallCondition,
        "extent" => Field::Extent,
        "event" => Field::Event,
        "cause" => Field::Cause,
        "causes" => Field::Causes,
        "cause_certainty" => Field::CauseCertainty,
        "observed" => Field::Observed,
        "method" => Field::Method,
        "stated" => Field::Stated,
        "books" | "exhibits" | "manuscripts" => Field::Holding(id.to_owned()),
        _ => return None,
    })
}

/// A text as words in lower case; `siteName` and `site_name` are two words.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for c in text.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.push(if is_of_word(c) { c } else { ' ' });
        before = c;
    }
    // The Turkish capital İ is in lower case an i with a dot upon its dot.
    spaced
        .split_whitespace()
        .map(|word| word.to_lowercase().replace("i\u{307}", "i"))
        .collect()
}

/// Whether the [`words`] of a text may be these, apart by one space: told by their first letter.
pub(super) fn may_be_words(text: &str, words: &str) -> bool {
    let first = text.chars().find(|c| is_of_word(*c));
    let first = first.and_then(|c| c.to_lowercase().next());
    first == words.chars().next()
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '*' || is_mark(c)
}

/// Vowel signs of scripts that write them as marks.
pub(super) fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn word_fits(pattern: &str, word: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), None) => word.ends_with(rest),
        (Some(rest), Some(_)) => word.contains(rest.trim_end_matches('*')),
        (None, Some(stem)) => word.starts_with(stem),
        (None, None) => word == pattern,
    }
}

/// Where a phrase stands among words.
fn find(phrase: &[String], text: &[String]) -> Option<usize> {
    if phrase.is_empty() {
        return None;
    }
    text.windows(phrase.len())
        .position(|window| window.iter().zip(phrase).all(|(w, p)| word_fits(p, w)))
}

impl Vocabulary {
    /// The field a heading is the very words of.
    pub(super) fn heading(&self, heading: &[String]) -> Option<Field> {
        self.headers
            .iter()
            .find(|(phrase, _)| phrase.len() == heading.len() && find(phrase, heading) == Some(0))
            .map(|(_, field)| field.clone())
            .or_else(|| self.side_as_heading(heading))
    }

    /// A side of the globe in two words or more: *Пн. ш.*, *северная широта*. One word or letter may be metres
    /// or anything else; degrees south or west would have to be turned, which a person has to say.
    fn side_as_heading(&self, heading: &[String]) -> Option<Field> {
        let side = self.side(&heading.join(" "))?;
        if heading.len() < 2 || side.turn == Some(-1.0) {
            return None;
        }
        Some(match side.axis {
            Axis::Lat => Field::Latitude,
            Axis::Lon => Field::Longitude,
        })
    }

    /// Whether a heading is about something beside the field its words would name.
    pub(super) fn is_aside(&self, heading: &[String]) -> bool {
        self.not
            .iter()
            .any(|phrase| find(phrase, heading).is_some())
    }

    /// Whether a heading says that a column is of dates, and not of what.
    pub(super) fn is_bare_date(&self, heading: &[String]) -> bool {
        self.dates.contains(heading)
    }

    /// The month that words begin with, from 1, and how many of them name it.
    pub(super) fn month(&self, text: &[String]) -> Option<(u32, usize)> {
        let named = |(phrase, _): &&Phrase<u32>| {
            text.len() >= phrase.len() && find(phrase, &text[..phrase.len()]).is_some()
        };
        let (phrase, month) = self.months.iter().find(named)?;
        Some((*month, phrase.len()))
    }

    /// Whether a word stands beside the parts of a date and says nothing more.
    pub(super) fn is_beside_a_date(&self, word: &str) -> bool {
        self.beside_a_date.contains(word)
    }

    /// Whether a cell is a word for the sum of a column.
    pub(super) fn is_total(&self, cell: &str) -> bool {
        self.totals.contains(&words(cell))
    }

    /// What words beside an angle say of it, in lower case, parted by spaces and without their stops.
    pub(super) fn side(&self, words: &str) -> Option<Side> {
        self.sides.get(words).copied()
    }

    /// What the words of a cell say a thing is.
    fn category(&self, text: &[String]) -> Option<Category> {
        // The Arabic article is written onto its noun.
        let has_article = text.iter().any(|word| word.starts_with("ال"));
        let bare: Option<Vec<String>> = has_article.then(|| {
            let bare = |word: &String| word.strip_prefix("ال").unwrap_or(word).to_owned();
            text.iter().map(bare).collect()
        });
        let mut found: Vec<(usize, &Phrase<Category>)> = Vec::new();
        for phrase in &self.categories {
            let at = find(&phrase.0, text);
            let at = at.or_else(|| find(&phrase.0, bare.as_ref()?));
            found.extend(at.map(|at| (at, phrase)));
        }
        // Of those that begin at one word the longest is meant: a *могильник* is no *могила*.
        let letters = |(words, _): &Phrase<Category>| words.iter().map(String::len).sum::<usize>();
        found.sort_by_key(|(at, phrase)| (*at, Reverse((phrase.0.len(), letters(phrase)))));
        found.dedup_by_key(|(at, _)| *at);
        let says_little = |category: Category| {
            use Category as C;
            matches!(
                category,
                C::ReligiousSite | C::Building | C::Monument | C::House
            )
        };
        let (_, (_, category)) = found.into_iter().min_by_key(|(at, (words, category))| {
            (Reverse(words.len()), says_little(*category), *at)
        })?;
        Some(*category)
    }

    /// What a cell says came of a thing.
    pub(super) fn damage(&self, cell: &str) -> Option<Predicate> {
        let text = words(cell);
        let (at, found) = self
            .damage
            .iter()
            .find_map(|(phrase, predicate)| find(phrase, &text).map(|at| (at, *predicate)))?;
        let denied = at
            .checked_sub(1)
            .and_then(|before| text.get(before))
            .is_some_and(|word| {
                matches!(word.as_str(), "not" | "no" | "не" | "ոչ" | "غير" | "non")
            });
        match (denied, found.asserts_harm()) {
            (false, _) => Some(found),
            (true, true) => Some(Predicate::Intact),
            (true, false) => None,
        }
    }

    /// What a cell says the cause was, in our words.
    pub(super) fn cause(&self, cell: &str) -> Option<Cause> {
        let text = words(cell);
        self.causes
            .iter()
            .find_map(|(phrase, cause)| find(phrase, &text).map(|_| *cause))
    }
}

/// What a list's word says a thing is: our own id or label, a reporting group in words, or a word
/// that names a kind of building in any language.
pub(super) fn category(cell: &str) -> Option<Category> {
    let text = words(cell);
    let plain = text.join(" ");
    if plain.is_empty() {
        return None;
    }
    let same = |category: &Category| {
        words(category.id()).join(" ") == plain || words(category.label()).join(" ") == plain
    };
    if let Some(category) = Category::ALL.iter().copied().find(same) {
        return Some(category);
    }
    if matches!(
        plain.as_str(),
        "cultural" | "mixed" | "культурный" | "культурна"
    ) {
        return Some(Category::CulturalProperty);
    }
    if matches!(plain.as_str(), "natural" | "природный" | "природна") {
        return Some(Category::Other);
    }
    VOCABULARY.category(&text).or_else(|| kind_in(&text))
}

/// What a heading counts and what it says of them: `places_of_worship.mosques_destroyed`. The words
/// after the last dot say it before those of the groups it stands in.
pub(super) fn counted(heading: &str) -> (Option<Category>, Option<Predicate>) {
    let last = heading.rsplit('.').next().unwrap_or(heading);
    let what = |text: &str| {
        let text = words(text);
        // A heading counts several: "mosques", "libraries".
        let single: Vec<String> = text.iter().map(|w| singular(w)).collect();
        kind_in(&text).or_else(|| kind_in(&single))
    };
    let category = what(last).or_else(|| what(heading));
    let predicate = VOCABULARY
        .damage(last)
        .or_else(|| VOCABULARY.damage(heading));
    (category, predicate)
}

/// An English plural as one of them; other languages name kinds by their stems.
fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word
            .strip_suffix("es")
            .filter(|stem| stem.ends_with("ch"))
            .or_else(|| word.strip_suffix('s'))
            .unwrap_or(word)
            .to_owned(),
    }
}

/// The kind of thing the words of a name say it is; the last such word decides in a name, as in
/// "Church Street Library".
pub(super) fn kind_in(words: &[String]) -> Option<Category> {
    words.iter().rev().find_map(|word| {
        Some(match stele_match::generic::kind_named(word)? {
            "mosque" => Category::Mosque,
            "church" | "chapel" => Category::Church,
            "monastery" => Category::Monastery,
            "shrine" => Category::Shrine,
            "synagogue" => Category::Synagogue,
            "mausoleum" => Category::Mausoleum,
            "cemetery" => Category::Cemetery,
            "kurgan" | "tell" => Category::ArchaeologicalSite,
            "fortress" | "tower" => Category::Castle,
            "palace" => Category::Palace,
            "bridge" => Category::Bridge,
            "bath" => Category::Bathhouse,
            "caravanserai" => Category::Caravanserai,
            "spring" => Category::Monument,
            "memorial" => Category::Monument,
            "library" => Category::Library,
            "museum" => Category::Museum,
            "gallery" => Category::Gallery,
            "theatre" => Category::Theatre,
            "culture" => Category::CulturalCentre,
            "archive" => Category::Archive,
            "cave" => Category::Cave,
            "park" => Category::Park,
            "school" => Category::School,
            "village" => Category::Settlement,
            "quarter" => Category::Reserve,
            "house" => Category::House,
            _ => return None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_by_their_first_letter() {
        let texts = [
            "site name",
            "siteName",
            " Site_Name ",
            "-- name",
            "Name",
            "Σ",
            "ΣΑΣ",
            "İstanbul",
            "ǅ",
            "*",
            "",
            "–",
            "\u{301}a",
            "ı",
            "Straße",
            "2nd",
        ];
        for one in texts {
            for other in texts {
                let other = words(other).join(" ");
                if words(one).join(" ") == other {
                    assert!(may_be_words(one, &other), "{one:?} {other:?}");
                }
            }
        }
        assert!(!may_be_words("Şuşa", "name"));
    }

    #[test]
    fn every_word_of_the_tables_stands_for_something() {
        let tables: Tables = toml::from_str(include_str!("../lang/columns.toml")).unwrap();
        for (id, entries) in &tables.headers {
            let field = header_field(id);
            assert!(field.is_some(), "{id}");
            for entry in entries {
                assert_eq!(
                    VOCABULARY.heading(&words(entry)),
                    field,
                    "{entry} heads two"
                );
            }
        }
        for id in tables.sides.keys() {
            assert!(side_of(id).is_some(), "{id}");
        }
        for (side, words) in &tables.sides {
            for word in words {
                assert_eq!(
                    VOCABULARY.side(word),
                    side_of(side),
                    "{word} stands for two"
                );
            }
        }
        for (id, entries) in &tables.categories {
            let category = Category::from_id(id);
            assert!(category.is_some(), "{id}");
            for entry in entries {
                let cell = entry.replace('*', "");
                assert_eq!(super::category(&cell), category, "{cell} stands for two");
            }
        }
        assert_eq!(tables.months.names.len(), 12);
        for (month, names) in (1..).zip(&tables.months.names) {
            for name in names {
                let text = words(&name.replace('*', ""));
                let found = VOCABULARY.month(&text);
                assert_eq!(found, Some((month, text.len())), "{name} is of two");
            }
        }
        for id in tables.damage.keys() {
            assert!(Predicate::from_id(id).is_some(), "{id}");
        }
        for id in tables.causes.keys() {
            assert!(Cause::from_id(id).is_some(), "{id}");
        }
    }

    #[test]
    fn sides_of_the_globe_head_columns_of_degrees() {
        let field = |heading: &str| VOCABULARY.heading(&words(heading));
        assert_eq!(field("Пн. ш."), Some(Field::Latitude));
        assert_eq!(field("Восточная долгота"), Some(Field::Longitude));
        assert_eq!(field("South latitude"), None);
        assert_eq!(field("N"), None);
        assert_eq!(field("North"), None);
    }

    #[test]
    fn damage_is_read_in_several_languages_and_denied_ones_turn() {
        for (cell, is) in [
            ("heavily-damaged", Some(Predicate::Damaged)),
            ("Destroyed (2022)", Some(Predicate::Destroyed)),
            ("частично разрушена", Some(Predicate::PartlyDestroyed)),
            ("зруйновано", Some(Predicate::Destroyed)),
            ("not damaged", Some(Predicate::Intact)),
            ("не пошкоджено", Some(Predicate::Intact)),
            ("مدمر", Some(Predicate::Destroyed)),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(VOCABULARY.damage(cell), is, "{cell}");
        }
    }

    #[test]
    fn headings_that_count_say_what_of_what() {
        for (heading, category, predicate) in [
            (
                "places_of_worship.mosques_destroyed",
                Some(Category::Mosque),
                Some(Predicate::Destroyed),
            ),
            (
                "places_of_worship.ext_churches_damaged",
                Some(Category::Church),
                Some(Predicate::Damaged),
            ),
            (
                "Libraries destroyed",
                Some(Category::Library),
                Some(Predicate::Destroyed),
            ),
            (
                "museums.looted",
                Some(Category::Museum),
                Some(Predicate::Looted),
            ),
            ("residential.destroyed", None, Some(Predicate::Destroyed)),
            ("population", None, None),
        ] {
            assert_eq!(counted(heading), (category, predicate), "{heading}");
        }
    }

    #[test]
    fn categories_are_read_from_the_lists_words() {
        for (cell, is) in [
            ("religious site", Some(Category::ReligiousSite)),
            (
                "building of historical and/or artistic interest",
                Some(Category::Building),
            ),
            ("archaeological", Some(Category::ArchaeologicalSite)),
            ("Mosque", Some(Category::Mosque)),
            ("мечеть", Some(Category::Mosque)),
            ("Kitabxana", Some(Category::Library)),
            ("Caravanserai/Khan", Some(Category::Caravanserai)),
            ("церква", Some(Category::Church)),
            ("Пам’ятка архітектури", Some(Category::Building)),
            ("памʼятка археології", Some(Category::ArchaeologicalSite)),
            ("Будинок культури", Some(Category::CulturalCentre)),
            ("дом-музей", Some(Category::Museum)),
            ("Детская музыкальная школа", Some(Category::MusicSchool)),
            ("Здание библиотеки", Some(Category::Library)),
            ("Mədəniyyət evi", Some(Category::CulturalCentre)),
            ("Ալեքսանդրապոլի ամրոց", Some(Category::Castle)),
            ("المسجد", Some(Category::Mosque)),
            ("المركز الثقافي", Some(Category::CulturalCentre)),
            ("بيت كنيست", Some(Category::House)),
            ("清真寺", Some(Category::Mosque)),
            ("县级图书馆", Some(Category::Library)),
            ("cimetière et église", Some(Category::Cemetery)),
            ("places of worship: churches", Some(Category::ReligiousSite)),
            ("religious/church", Some(Category::Church)),
            ("transport", None),
        ] {
            assert_eq!(category(cell), is, "{cell}");
        }
    }
}
