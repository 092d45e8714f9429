//! The words of a query with those that are like them, and how well a record's names answer it.

use rustc_hash::FxHashMap;
use stele_match::generic::{Generic, generic};
use stele_match::{Vocabulary, tokens};

/// Words of a query that are read.
const WORDS: usize = 10;
/// Words that a record has to have, or something like them.
const TELLING: usize = 4;
/// Words like one of the query that are looked for.
const LIKE: usize = 64;
/// How much less alike than the best of them a word may be.
const LESS_ALIKE: f32 = 0.34;
/// Those of them that the engine's index is asked for; fewer where the query has many words.
const LIKE_ASKED: [usize; 5] = [0, 24, 14, 10, 8];
/// Words that begin like the last one of the query.
const BEGINNING: usize = 256;
/// Those of them that the engine's index is asked for.
const BEGINNING_ASKED: usize = 32;
/// Letters of a last word below which it narrows nothing by itself.
const SHORT: usize = 3;

/// What is known of a record before its names are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// It has all the words, in its names or its text.
    All,
    /// It has some of them.
    Some,
}

/// A word of the query.
pub(super) struct Asked {
    pub written: String,
    /// Words of the registry that are like it.
    pub like: FxHashMap<String, f32>,
    /// As many of them as the engine's index is asked for, best first.
    group: Vec<String>,
    pub kind: Option<Generic>,
    pub weight: f32,
    pub is_telling: bool,
    /// It may go on.
    pub is_open: bool,
}

/// A query against a vocabulary.
pub(super) struct Query {
    pub words: Vec<Asked>,
}

impl Query {
    /// Reads a text; the last word may be unfinished unless a space follows it.
    pub(super) fn of(text: &str, vocabulary: &Vocabulary) -> Query {
        let written: Vec<String> = tokens(text).into_iter().take(WORDS).collect();
        let open = text.chars().last().is_some_and(char::is_alphanumeric);
        let count = written.len();
        let is_number = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
        let mut words: Vec<Asked> = written
            .into_iter()
            .enumerate()
            .map(|(at, written)| {
                let is_open = open && at + 1 == count && !is_number(&written);
                let kind = generic(&written);
                let short = is_open && count > 1 && written.chars().count() < SHORT;
                let weight = match kind {
                    None if is_number(&written) => 0.4,
                    None => 1.0,
                    Some(Generic::Kind(_)) => 0.35,
                    Some(Generic::Plain) => 0.15,
                };
                Asked {
                    is_telling: kind.is_none() && !is_number(&written) && !short,
                    written,
                    like: FxHashMap::default(),
                    group: Vec::new(),
                    kind,
                    weight,
                    is_open,
                }
            })
            .collect();
        if words.iter().all(|word| !word.is_telling) {
            words.iter_mut().for_each(|word| word.is_telling = true);
        }
        // The longest tell most.
        let mut telling: Vec<usize> = (0..words.len()).filter(|i| words[*i].is_telling).collect();
        telling.sort_by_key(|i| std::cmp::Reverse(words[*i].written.chars().count()));
        for i in telling.iter().skip(TELLING) {
            words[*i].is_telling = false;
        }
        let asked = LIKE_ASKED[telling.len().min(TELLING)];
        for word in &mut words {
            let alike = match is_number(&word.written) {
                true => Vec::new(),
                false => vocabulary.like(&word.written, LIKE),
            };
            let beginning = match word.is_open {
                true => vocabulary.beginning(&word.written, BEGINNING),
                false => Vec::new(),
            };
            let best = alike.first().map_or(0.0, |best| best.likeness);
            let near = alike.iter().take_while(|a| a.likeness >= best - LESS_ALIKE);
            let alike = near.copied().collect();
            for (found, asked) in [(alike, asked), (beginning, BEGINNING_ASKED)] {
                for (at, found) in found.into_iter().enumerate() {
                    let best = word.like.entry(found.written.to_owned()).or_insert(0.0);
                    if *best == 0.0 && at < asked {
                        word.group.push(found.written.to_owned());
                    }
                    *best = best.max(found.likeness);
                }
            }
            if word.like.insert(word.written.clone(), 1.0).is_none() {
                word.group.insert(0, word.written.clone());
            }
        }
        Query { words }
    }

    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn groups(&self, which: impl Fn(&Asked) -> bool) -> Vec<Vec<String>> {
        self.words
            .iter()
            .filter(|word| which(word))
            .map(|word| word.group.clone())
            .collect()
    }

    /// The words that tell one record from another, each with those like it.
    pub(super) fn telling(&self) -> Vec<Vec<String>> {
        self.groups(|word| word.is_telling)
    }

    /// All words, each with those like it.
    pub(super) fn every(&self) -> Vec<Vec<String>> {
        self.groups(|_| true)
    }

    /// All words as they are written; the last with those it may become.
    pub(super) fn verbatim(&self) -> Vec<Vec<String>> {
        self.words
            .iter()
            .map(|word| match word.is_open {
                true => word.group.clone(),
                false => vec![word.written.clone()],
            })
            .collect()
    }

    /// The telling words but one, for each of them.
    pub(super) fn without_one(&self) -> Vec<Vec<Vec<String>>> {
        let telling = self.telling();
        if telling.len() < 2 {
            return Vec::new();
        }
        (0..telling.len())
            .map(|out| {
                let kept = telling.iter().enumerate().filter(|(at, _)| *at != out);
                kept.map(|(_, group)| group.clone()).collect()
            })
            .collect()
    }

    /// Something to rank records with.
    pub(super) fn ranker(&self) -> Ranker<'_> {
        Ranker {
            query: self,
            kinds: FxHashMap::default(),
        }
    }
}

/// Ranks records by their names; remembers what kind of word each is.
pub(super) struct Ranker<'q> {
    query: &'q Query,
    kinds: FxHashMap<String, Option<Generic>>,
}

/// Share of a word that was found, but in no name.
pub(super) const IN_TEXT: f32 = 0.45;
/// Likeness of two words that name the same kind of thing in different languages.
const SAME_KIND: f32 = 0.8;
/// What a name that has no other words is worth beside one that has.
pub(super) const WHOLE_NAME: f32 = 0.12;

fn kind_of(known: &mut FxHashMap<String, Option<Generic>>, word: &str) -> Option<Generic> {
    if let Some(kind) = known.get(word) {
        return *kind;
    }
    let kind = generic(word);
    known.insert(word.to_owned(), kind);
    kind
}

impl Ranker<'_> {
    /// How well a record's names answer, 0 to 1, and which of them best.
    pub(super) fn score(&mut self, names: &str, matched: Match) -> (f32, Option<usize>) {
        let unmatched = match matched {
            Match::All => IN_TEXT,
            Match::Some => 0.0,
        };
        let mut best: (f32, Option<usize>) = (0.0, None);
        for (at, name) in names.split(" ; ").enumerate() {
            let (score, met) = self.score_name(name, unmatched);
            if score > best.0 {
                best = (score, (met > 0).then_some(at));
            }
        }
        best
    }

    fn score_name(&mut self, name: &str, unmatched: f32) -> (f32, usize) {
        let words: Vec<&str> = name.split(' ').filter(|w| !w.is_empty()).collect();
        let (mut sum, mut all, mut met) = (0.0, 0.0, 0);
        let mut used = vec![false; words.len()];
        for asked in &self.query.words {
            let mut near = (0.0, None);
            for (at, word) in words.iter().enumerate() {
                let mut alike = asked.like.get(*word).copied().unwrap_or(0.0);
                if alike == 0.0
                    && matches!(asked.kind, Some(Generic::Kind(_)))
                    && kind_of(&mut self.kinds, word) == asked.kind
                {
                    alike = SAME_KIND;
                }
                if alike == 0.0 && asked.is_open && word.starts_with(asked.written.as_str()) {
                    alike = 0.85;
                }
                if alike > near.0 && !used[at] {
                    near = (alike, Some(at));
                }
            }
            all += asked.weight;
            sum += asked.weight
                * match near.1 {
                    Some(at) => {
                        used[at] = true;
                        met += 1;
                        near.0
                    }
                    None if asked.is_telling => unmatched,
                    None => 0.0,
                };
        }
        let whole = met as f32 / words.len().max(1) as f32;
        let score = sum / f32::max(all, 0.01) * (1.0 - WHOLE_NAME) + whole * WHOLE_NAME;
        (score, met)
    }
}
