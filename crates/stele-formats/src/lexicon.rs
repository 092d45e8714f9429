//! The word lists of a language, read from `lang/*.toml`. A language is added as a table, not as code.
//!
//! A phrase is words apart by spaces; a word that ends in `*` stands for every word that begins so.
//! A comma in the text before a joining word (`culture, and recreation parks`) does not break a phrase.

use crate::text::{Sort, Text};
use serde::Deserialize;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;
use stele_model::{
    AreaKind, Category, InstrumentKind, Issue, PartyKind, Predicate, Qualifier, Stage,
};

/// A phrase list with what each phrase stands for.
pub(crate) struct Phrases<T> {
    /// By the first word; prefixes apart.
    whole: HashMap<String, Vec<(Vec<String>, T)>>,
    prefixed: Vec<(Vec<String>, T)>,
}

impl<T: Clone> Phrases<T> {
    fn new(entries: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut phrases = Phrases {
            whole: HashMap::new(),
            prefixed: Vec::new(),
        };
        for (phrase, value) in entries {
            let words: Vec<String> = phrase.split(' ').map(str::to_owned).collect();
            match words.first() {
                Some(first) if first.ends_with('*') => phrases.prefixed.push((words, value)),
                Some(first) => phrases
                    .whole
                    .entry(first.clone())
                    .or_default()
                    .push((words, value)),
                None => {}
            }
        }
        phrases
    }

    /// The longest phrase that begins at a token: what it stands for, and the token after it.
    pub(crate) fn at(&self, text: &Text, i: usize) -> Option<(&T, usize)> {
        let first = text.tokens.get(i)?;
        if first.sort == Sort::Mark {
            return None;
        }
        let whole = self.whole.get(&first.form).into_iter().flatten();
        whole
            .chain(&self.prefixed)
            .filter_map(|(words, value)| Some((value, phrase_end(words, text, i)?)))
            .max_by_key(|(_, end)| *end)
    }

    /// Every phrase in a range of tokens, the longest at each place, none within another.
    pub(crate) fn all_in(&self, text: &Text, range: Range<usize>) -> Vec<(Range<usize>, &T)> {
        let mut found = Vec::new();
        let mut i = range.start;
        while i < range.end {
            match self.at(text, i) {
                Some((value, end)) if end <= range.end => {
                    found.push((i..end, value));
                    i = end;
                }
                _ => i += 1,
            }
        }
        found
    }
}

fn phrase_end(words: &[String], text: &Text, mut i: usize) -> Option<usize> {
    for (k, word) in words.iter().enumerate() {
        let mut token = text.tokens.get(i)?;
        if k > 0
            && token.is(",")
            && matches!(
                word.as_str(),
                "and" | "or" | "и" | "или" | "та" | "et" | "və"
            )
        {
            i += 1;
            token = text.tokens.get(i)?;
        }
        if k > 0 && token.opens {
            return None;
        }
        let fits = match word.strip_suffix('*') {
            Some(stem) => token.form.starts_with(stem),
            None => token.form == *word,
        };
        if !fits {
            return None;
        }
        i += 1;
    }
    Some(i)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NounEntry {
    category: Category,
    /// Singular forms.
    #[serde(default)]
    one: Vec<String>,
    /// Plural forms, and forms that stand with numbers.
    #[serde(default)]
    many: Vec<String>,
    /// What a holding of these is called.
    holding: Option<String>,
    /// Says nothing of heritage by itself ("sites", "objects").
    #[serde(default)]
    vague: bool,
}

/// A heritage noun.
#[derive(Debug, Clone)]
pub(crate) struct Noun {
    pub category: Category,
    pub plural: bool,
    pub holding: Option<String>,
    pub vague: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PredicateEntry {
    predicate: Predicate,
    /// Participles: with an auxiliary before, or alone after a noun, they speak of what stands before them;
    /// as a verb with its own subject, of what stands after.
    #[serde(default)]
    participles: Vec<String>,
    /// Nouns and verbs that speak of what follows: "damage to", "looting of".
    #[serde(default)]
    of: Vec<String>,
    /// Phrases that speak of what stands before them: "have become victims of".
    #[serde(default)]
    about: Vec<String>,
}

/// Which way a word of condition points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Points {
    Participle,
    Forward,
    Back,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyEntry {
    /// English name; `{country}` is filled from beside it.
    name: String,
    kind: PartyKind,
    forms: Vec<String>,
    /// Whether it sends missions.
    #[serde(default)]
    sends: bool,
}

/// A party known by name.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub name: String,
    pub kind: PartyKind,
    pub sends: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgainEntry {
    kind: Again,
    forms: Vec<String>,
}

/// What a word like "the ministry" or "it" takes up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Again {
    Organ,
    Organisation,
    Person,
    Mission,
    Anyone,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageEntry {
    stage: Stage,
    forms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentEntry {
    name: String,
    kind: InstrumentKind,
    adopted: Option<String>,
    forms: Vec<String>,
}

/// An instrument known by name.
#[derive(Debug, Clone)]
pub(crate) struct Treaty {
    pub name: String,
    pub kind: InstrumentKind,
    pub adopted: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaEntry {
    kind: AreaKind,
    /// Words that follow a name: "Fuzuli district".
    #[serde(default)]
    after: Vec<String>,
    /// Words that come before a name: "city of Mosul".
    #[serde(default)]
    before: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceEntry {
    name: String,
    forms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QualifierEntry {
    qualifier: Qualifier,
    forms: Vec<String>,
    /// After the number: "or more".
    #[serde(default)]
    after: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssueEntry {
    issue: Issue,
    forms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    language: String,
    abbreviations: Vec<String>,
    months: Vec<String>,
    weekdays: Vec<String>,
    dates: DateWords,
    numerals: HashMap<String, u64>,
    scales: HashMap<String, u64>,
    /// "hundreds", "dozens": a number word standing for tens, hundreds, thousands.
    loose: HashMap<String, Qualifier>,
    qualifier: Vec<QualifierEntry>,
    noun: Vec<NounEntry>,
    /// "with a book fund of", "with", "holding": what stands between a thing and what it holds.
    holds: Vec<String>,
    /// A phrase that tells what is held without naming it after the number: "book fund" → books.
    fund: HashMap<String, String>,
    /// Words that cannot stand between a number and the noun it counts.
    stops: Vec<String>,
    /// Words that open a part of a list: "including".
    including: Vec<String>,
    predicate: Vec<PredicateEntry>,
    auxiliaries: Vec<String>,
    negations: Vec<String>,
    /// Words after which something is not said to have happened: "could", "to avoid".
    unreal: Vec<String>,
    /// Verbs of saying.
    says: Vec<String>,
    /// Verbs of establishing, which speak of what follows them.
    establishes: Vec<String>,
    /// Verbs of denying.
    denies: Vec<String>,
    /// "according to".
    according: Vec<String>,
    /// Words that may stand between a speaker and the verb.
    light: Vec<String>,
    /// Words that open a relative clause.
    relative: Vec<String>,
    /// Words that begin another statement within a sentence.
    breaks: Vec<String>,
    told_along: Vec<String>,
    of_which: Vec<String>,
    shares: Vec<String>,
    or: Vec<String>,
    long_ago: Vec<String>,
    conditional: Vec<String>,
    event_at: Vec<String>,
    event_since: Vec<String>,
    event_from: Vec<String>,
    /// Small words that may stand within a name.
    joins: Vec<String>,
    party: Vec<PartyEntry>,
    /// Nouns of bodies, written large within a name: "Ministry", "Directorate".
    bodies: Vec<String>,
    /// Small nouns that with a country make a party: "authorities".
    authorities: Vec<String>,
    /// People in general, who can be quoted: "experts".
    people: Vec<String>,
    /// Titles before a person's name.
    titles: Vec<String>,
    ranks: Vec<String>,
    again: Vec<AgainEntry>,
    mission_nouns: Vec<String>,
    not_missions: Vec<String>,
    stage: Vec<StageEntry>,
    awaits: Vec<String>,
    ready: Vec<String>,
    both: Vec<String>,
    issue: Vec<IssueEntry>,
    instrument: Vec<InstrumentEntry>,
    /// Last words of an instrument's name: "Convention", "peace deal".
    instrument_nouns: HashMap<String, InstrumentKind>,
    area: Vec<AreaEntry>,
    #[serde(default)]
    place: Vec<PlaceEntry>,
    /// Prepositions before a place.
    at: Vec<String>,
    /// Words for "the city's".
    the_place: Vec<String>,
    by: Vec<String>,
    and: Vec<String>,
    range: Vec<String>,
}

/// Words about dates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DateWords {
    pub early: Vec<String>,
    pub mid: Vec<String>,
    pub late: Vec<String>,
    pub year: Vec<String>,
}

/// The word lists of one language, ready to be asked.
pub(crate) struct Lexicon {
    pub language: String,
    pub abbreviations: Vec<String>,
    pub months: Vec<String>,
    pub weekdays: Vec<String>,
    pub dates: DateWords,
    pub numerals: HashMap<String, u64>,
    pub scales: Vec<(String, u64)>,
    pub loose: HashMap<String, Qualifier>,
    pub qualifiers: Phrases<Qualifier>,
    pub qualifiers_after: Phrases<Qualifier>,
    pub nouns: Phrases<Noun>,
    pub holds: Phrases<()>,
    pub funds: Phrases<String>,
    pub stops: Vec<String>,
    pub including: Phrases<()>,
    pub predicates: Phrases<(Predicate, Points)>,
    pub auxiliaries: Vec<String>,
    pub negations: Phrases<()>,
    pub unreal: Phrases<()>,
    pub says: Phrases<()>,
    pub establishes: Phrases<()>,
    pub denies: Phrases<()>,
    pub according: Phrases<()>,
    pub light: Vec<String>,
    pub relative: Vec<String>,
    pub breaks: Phrases<()>,
    /// Words before a place that is only told along: "near", "opposite".
    pub told_along: Phrases<()>,
    /// "of which", "из них": what follows is said of a part.
    pub of_which: Phrases<()>,
    /// "most", "half": a share of the number that follows.
    pub shares: Vec<String>,
    pub or: Vec<String>,
    /// "in Soviet times": told along from another age.
    pub long_ago: Phrases<()>,
    /// "if", "whether": what follows is not said to be so.
    pub conditional: Phrases<()>,
    /// Words before the date of an event: at it, since it, from it to another.
    pub event_at: Vec<String>,
    pub event_since: Vec<String>,
    pub event_from: Vec<String>,
    pub joins: Vec<String>,
    pub parties: Phrases<Known>,
    pub bodies: Vec<String>,
    pub authorities: Vec<String>,
    pub people: Phrases<()>,
    pub titles: Phrases<()>,
    /// Before a title: "deputy", "acting".
    pub ranks: Vec<String>,
    pub again: Phrases<Again>,
    pub mission_nouns: Phrases<()>,
    pub not_missions: Vec<String>,
    pub stages: Phrases<Stage>,
    pub awaits: Phrases<()>,
    pub ready: Phrases<()>,
    pub both: Vec<String>,
    pub issues: Phrases<Issue>,
    pub instruments: Phrases<Treaty>,
    pub instrument_nouns: Phrases<InstrumentKind>,
    pub area_after: Phrases<AreaKind>,
    pub area_before: Phrases<AreaKind>,
    pub places: Phrases<String>,
    pub at: Vec<String>,
    pub the_place: Phrases<()>,
    pub by: Vec<String>,
    pub and: Vec<String>,
    pub range: Vec<String>,
}

fn plain(phrases: Vec<String>) -> Phrases<()> {
    Phrases::new(phrases.into_iter().map(|p| (p, ())))
}

fn each<T, F: Clone>(
    entries: Vec<T>,
    forms: impl Fn(&T) -> Vec<String>,
    value: impl Fn(&T) -> F,
) -> Phrases<F> {
    Phrases::new(entries.iter().flat_map(|e| {
        let value = value(e);
        forms(e)
            .into_iter()
            .map(move |form| (form, value.clone()))
            .collect::<Vec<_>>()
    }))
}

impl Lexicon {
    fn read(toml: &str) -> Result<Self, toml::de::Error> {
        let t: Table = toml::from_str(toml)?;
        let mut nouns = Vec::new();
        for n in &t.noun {
            let make = |plural| Noun {
                category: n.category,
                plural,
                holding: n.holding.clone(),
                vague: n.vague,
            };
            nouns.extend(n.one.iter().map(|f| (f.clone(), make(false))));
            nouns.extend(n.many.iter().map(|f| (f.clone(), make(true))));
        }
        let mut predicates = Vec::new();
        for p in &t.predicate {
            for (forms, points) in [
                (&p.participles, Points::Participle),
                (&p.of, Points::Forward),
                (&p.about, Points::Back),
            ] {
                predicates.extend(forms.iter().map(|f| (f.clone(), (p.predicate, points))));
            }
        }
        let by_kind = |pick: fn(&AreaEntry) -> &Vec<String>| {
            Phrases::new(
                t.area
                    .iter()
                    .flat_map(|a| pick(a).iter().map(|f| (f.clone(), a.kind))),
            )
        };
        let mut scales: Vec<(String, u64)> = t.scales.into_iter().collect();
        scales.sort();
        Ok(Lexicon {
            area_after: by_kind(|a| &a.after),
            area_before: by_kind(|a| &a.before),
            language: t.language,
            abbreviations: t.abbreviations,
            months: t.months,
            weekdays: t.weekdays,
            dates: t.dates,
            numerals: t.numerals,
            scales,
            loose: t.loose,
            qualifiers_after: Phrases::new(
                t.qualifier
                    .iter()
                    .flat_map(|q| q.after.iter().map(|f| (f.clone(), q.qualifier))),
            ),
            qualifiers: Phrases::new(
                t.qualifier
                    .into_iter()
                    .flat_map(|q| q.forms.into_iter().map(move |f| (f, q.qualifier))),
            ),
            nouns: Phrases::new(nouns),
            holds: plain(t.holds),
            funds: Phrases::new(t.fund),
            stops: t.stops,
            including: plain(t.including),
            predicates: Phrases::new(predicates),
            auxiliaries: t.auxiliaries,
            negations: plain(t.negations),
            unreal: plain(t.unreal),
            says: plain(t.says),
            establishes: plain(t.establishes),
            denies: plain(t.denies),
            according: plain(t.according),
            light: t.light,
            relative: t.relative,
            breaks: plain(t.breaks),
            told_along: plain(t.told_along),
            of_which: plain(t.of_which),
            shares: t.shares,
            or: t.or,
            long_ago: plain(t.long_ago),
            conditional: plain(t.conditional),
            event_at: t.event_at,
            event_since: t.event_since,
            event_from: t.event_from,
            joins: t.joins,
            parties: Phrases::new(t.party.into_iter().flat_map(|p| {
                let known = Known {
                    name: p.name,
                    kind: p.kind,
                    sends: p.sends,
                };
                p.forms
                    .into_iter()
                    .map(move |f| (f, known.clone()))
                    .collect::<Vec<_>>()
            })),
            bodies: t.bodies,
            authorities: t.authorities,
            people: plain(t.people),
            titles: plain(t.titles),
            ranks: t.ranks,
            again: Phrases::new(t.again.into_iter().flat_map(|a| {
                a.forms
                    .into_iter()
                    .map(move |f| (f, a.kind))
                    .collect::<Vec<_>>()
            })),
            mission_nouns: plain(t.mission_nouns),
            not_missions: t.not_missions,
            stages: Phrases::new(t.stage.into_iter().flat_map(|s| {
                s.forms
                    .into_iter()
                    .map(move |f| (f, s.stage))
                    .collect::<Vec<_>>()
            })),
            awaits: plain(t.awaits),
            ready: plain(t.ready),
            both: t.both,
            issues: Phrases::new(t.issue.into_iter().flat_map(|s| {
                s.forms
                    .into_iter()
                    .map(move |f| (f, s.issue))
                    .collect::<Vec<_>>()
            })),
            instruments: Phrases::new(t.instrument.into_iter().flat_map(|i| {
                let treaty = Treaty {
                    name: i.name,
                    kind: i.kind,
                    adopted: i.adopted,
                };
                i.forms
                    .into_iter()
                    .map(move |f| (f, treaty.clone()))
                    .collect::<Vec<_>>()
            })),
            instrument_nouns: Phrases::new(t.instrument_nouns),
            places: Phrases::new(t.place.into_iter().flat_map(|p| {
                let name = p.name;
                p.forms
                    .into_iter()
                    .map(move |f| (f, name.clone()))
                    .collect::<Vec<_>>()
            })),
            at: t.at,
            the_place: plain(t.the_place),
            by: t.by,
            and: t.and,
            range: t.range,
        })
    }

    /// How many words of a text are words of saying, of heritage, of condition or of missions here.
    pub(crate) fn words_in(&self, sample: &str) -> usize {
        let text = Text::new(sample, 0, &[]);
        let all = 0..text.tokens.len();
        let known = self.says.all_in(&text, all.clone()).len()
            + self.nouns.all_in(&text, all.clone()).len()
            + self.predicates.all_in(&text, all.clone()).len();
        known
            + self.mission_nouns.all_in(&text, all.clone()).len()
            + self.stages.all_in(&text, all).len()
    }

    /// The word lists of a language, where there are any.
    pub(crate) fn of(language: &str) -> Option<&'static Lexicon> {
        LEXICONS.iter().find(|l| l.language == language)
    }
}

/// What was wrong with a table is shown by `every_table_reads`.
static LEXICONS: LazyLock<Vec<Lexicon>> = LazyLock::new(|| {
    TABLES
        .iter()
        .filter_map(|t| Lexicon::read(t).ok())
        .collect()
});

/// Languages with a table.
pub(crate) const TABLED: [&str; 2] = ["en", "ru"];

const TABLES: &[&str] = &[include_str!("lang/en.toml"), include_str!("lang/ru.toml")];

/// A country with the words that belong to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Country {
    pub name: String,
    /// Forms of the name and of its adjective, per language.
    pub names: Vec<String>,
    pub adjectives: Vec<String>,
}

#[derive(Deserialize)]
struct Countries {
    country: Vec<Country>,
}

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    toml::from_str::<Countries>(include_str!("lang/countries.toml"))
        .map(|c| c.country)
        .unwrap_or_default()
});

static COUNTRY_NAMES: LazyLock<Phrases<String>> =
    LazyLock::new(|| each(COUNTRIES.clone(), |c| c.names.clone(), |c| c.name.clone()));
static COUNTRY_ADJECTIVES: LazyLock<Phrases<String>> = LazyLock::new(|| {
    each(
        COUNTRIES.clone(),
        |c| c.adjectives.clone(),
        |c| c.name.clone(),
    )
});

/// The country whose name begins at a token, and the token after it.
pub(crate) fn country_at(text: &Text, i: usize) -> Option<(&'static str, usize)> {
    text.tokens.get(i).filter(|t| t.capital)?;
    COUNTRY_NAMES
        .at(text, i)
        .map(|(name, end)| (name.as_str(), end))
}

/// Whether a Cyrillic form of a country's name is its first one, the nominative.
pub(crate) fn is_nominative(country: &str, form: &str) -> bool {
    let cyrillic = |n: &&String| n.chars().any(|c| matches!(c, 'а'..='я' | 'ё'));
    COUNTRIES
        .iter()
        .find(|c| c.name == country)
        .and_then(|c| c.names.iter().find(cyrillic))
        .is_some_and(|n| n == form)
}

/// The country whose adjective stands at a token, and the token after it.
pub(crate) fn adjective_at(text: &Text, i: usize) -> Option<(&'static str, usize)> {
    COUNTRY_ADJECTIVES
        .at(text, i)
        .map(|(name, end)| (name.as_str(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_reads() {
        for table in TABLES {
            if let Err(error) = Lexicon::read(table) {
                panic!("{error}");
            }
        }
        toml::from_str::<Countries>(include_str!("lang/countries.toml")).unwrap();
    }

    #[test]
    fn phrases_match_the_longest_and_skip_a_comma_before_and() {
        let en = Lexicon::of("en").unwrap();
        let text = Text::new("8 culture, and recreation parks", 0, &[]);
        let (noun, end) = en.nouns.at(&text, 1).unwrap();
        assert_eq!((noun.category, end), (Category::Park, 6));
    }
}
