//! The first pass of a search: which rows answer best, as far as the lists in memory tell.
//!
//! Each word's lists are read once, the rarest word first, and give every row they name its share of the
//! score. No row can score more than its bound, so the second pass, which reads names, stops where the
//! bounds fall below what it has.

use super::narrow::Narrow;
use super::rank::{Asked, IN_TEXT, Query, WHOLE_NAME};
use crate::names::mark;
use crate::names::postings::{Facts, Listed, Postings, Slate, says};
use stele_match::generic::Generic;

/// A word that narrows nothing and has more rows than this is not read: whoever might have it is taken to.
const WORTH_READING: usize = 200_000;
/// A word with more rows than this brings none in that lack the others.
const WORTH_BRINGING: usize = 10_000;
/// Likeness from which a word is taken to be the one that was meant, to see how rare that is.
const MEANT: f32 = 0.85;
/// Share of its weight that a word loses when every row has it.
const COMMON: f32 = 0.8;
/// Rows from which on it counts how rare a word is among them all.
const MANY: f32 = 10_000.0;
/// Scores are kept as whole numbers of this share.
const SCALE: f32 = 6_000.0;
/// What rounding may take from a score.
const ROUNDED: f32 = 0.002;

/// What a slate has of a row beside its score: telling words met, the last word met, and whether that was
/// in the text; whether it stands in an area and with a party that were asked for.
const MET: u16 = 0x000f;
const LAST: u16 = 0x01f0;
const LAST_SHIFT: u32 = 4;
const TEXT: u16 = 0x0200;
const AREA: u16 = 0x0400;
const PARTY: u16 = 0x0800;

/// A row that answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub row: u32,
    /// It scores no more than this.
    pub bound: f32,
    /// Whether it has all the telling words.
    pub is_full: bool,
}

/// The rows that answer best.
pub(super) struct Pool {
    /// The best bounds first; those that lack words only where few have all.
    pub met: Vec<Met>,
    /// How many have all the telling words.
    pub full: usize,
    /// Whether a text that is not held may answer.
    pub asks_texts: bool,
}

/// A word with its lists, the most alike first.
struct Part<'q> {
    asked: &'q Asked,
    lists: Vec<(Listed, f32)>,
    rows: usize,
}

impl<'q> Part<'q> {
    fn of(asked: &'q Asked, postings: &Postings) -> Part<'q> {
        let mut lists: Vec<(Listed, f32)> = asked
            .like
            .iter()
            .filter_map(|(word, alike)| Some((postings.listed(word)?, *alike)))
            .collect();
        lists.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
        let rows = lists.iter().map(|(list, _)| postings.count(*list)).sum();
        Part { asked, lists, rows }
    }

    fn is_in_long(&self, postings: &Postings) -> bool {
        self.lists
            .iter()
            .any(|(list, _)| postings.is_in_long(*list))
    }
}

/// A query's words against the lists, the telling ones apart, the rarest first.
struct Parts<'q> {
    telling: Vec<Part<'q>>,
    others: Vec<Part<'q>>,
}

impl<'q> Parts<'q> {
    fn of(query: &'q Query, postings: &Postings) -> Parts<'q> {
        let parts = query.words.iter().map(|asked| Part::of(asked, postings));
        let (mut telling, others): (Vec<_>, Vec<_>) = parts.partition(|p| p.asked.is_telling);
        telling.sort_by_key(|part| part.rows);
        Parts { telling, others }
    }

    /// Whether a text that is not held may have all these words, with the names beside it.
    fn asks_texts(&self, postings: &Postings) -> bool {
        let telling = &self.telling;
        telling.iter().any(|part| part.is_in_long(postings))
            && telling
                .iter()
                .all(|part| part.rows > 0 || part.is_in_long(postings))
    }

    /// Writes on the slate what the telling words give each row that has `least` of them.
    fn telling(&self, postings: &Postings, slate: &mut Slate, least: usize) -> Vec<u32> {
        let mut touched = Vec::new();
        // Who has so many of them has one of these at least.
        let bring = (self.telling.len() + 1).saturating_sub(least);
        for (at, part) in self.telling.iter().enumerate() {
            let last = (at as u16 + 1) << LAST_SHIFT;
            let brings = at == 0 || (at < bring && part.rows <= WORTH_BRINGING);
            let in_text = share(part.asked.weight * IN_TEXT);
            for (list, alike) in &part.lists {
                let in_name = share(part.asked.weight * alike);
                postings.each(*list, |row, is_text| {
                    let [score, flags] = match slate.met(row) {
                        Some(cell) => cell,
                        None if brings => {
                            touched.push(row);
                            slate.meet(row)
                        }
                        None => return,
                    };
                    if *flags & LAST == last {
                        if *flags & TEXT != 0 && !is_text {
                            *score += in_name.saturating_sub(in_text);
                            *flags &= !TEXT;
                        }
                        return;
                    }
                    *score += if is_text { in_text } else { in_name };
                    *flags = ((*flags & MET) + 1) | last | if is_text { TEXT } else { 0 };
                });
            }
        }
        touched
    }

    /// What the other words give the rows on the slate; gives the weight of those that were not read.
    fn others(&self, postings: &Postings, slate: &mut Slate) -> f32 {
        let mut unread = 0.0;
        for (at, part) in self.others.iter().enumerate() {
            if matches!(part.asked.kind, Some(Generic::Kind(_))) {
                continue;
            }
            if part.rows > WORTH_READING {
                unread += part.asked.weight;
                continue;
            }
            let last = ((self.telling.len() + at) as u16 + 1) << LAST_SHIFT;
            for (list, alike) in &part.lists {
                let in_name = share(part.asked.weight * alike);
                postings.each(*list, |row, is_text| {
                    if let Some([score, flags]) = slate.met(row)
                        && *flags & LAST != last
                        && !is_text
                    {
                        *score += in_name;
                        *flags = (*flags & !LAST) | last;
                    }
                });
            }
        }
        unread
    }
}

fn share(weight: f32) -> u16 {
    (weight * SCALE) as u16
}

/// Marks the rows on the slate that stand in one of the areas and with the party that are asked for.
fn narrowed(postings: &Postings, narrow: &Narrow, slate: &mut Slate) -> u16 {
    let mut needed = 0;
    let mut mark = |words: Vec<String>, bit: u16| {
        needed |= bit;
        for list in words.iter().filter_map(|word| postings.listed(word)) {
            postings.each(list, |row, _| {
                if let Some([_, flags]) = slate.met(row) {
                    *flags |= bit;
                }
            });
        }
    };
    if !narrow.areas.is_empty() {
        mark(narrow.areas.iter().map(|a| mark::area(*a)).collect(), AREA);
    }
    if let Some(party) = narrow.party {
        mark(vec![mark::party(party)], PARTY);
    }
    needed
}

/// Whether a row is of a kind and a facet that are asked for.
struct Fits<'n> {
    narrow: &'n Narrow,
    facets: Vec<String>,
}

impl<'n> Fits<'n> {
    fn of(narrow: &'n Narrow) -> Fits<'n> {
        let facets = narrow.facets.iter().map(|f| mark::facet(f)).collect();
        Fits { narrow, facets }
    }

    fn fits(&self, postings: &Postings, facts: Facts) -> bool {
        let Some(kind) = facts.kind() else {
            return false;
        };
        let narrow = self.narrow;
        narrow.kind.is_none_or(|asked| asked == kind)
            && !narrow.hides(kind, None)
            && (self.facets.is_empty() || postings.has_facet(facts, &self.facets))
    }
}

impl Query {
    /// Weighs each word by how rare it is: of two things that have one word each, the rarer word's is meant.
    pub(super) fn weigh(&mut self, postings: &Postings) {
        let all = (postings.len() as f32).max(MANY).ln();
        for word in self.words.iter_mut().filter(|word| word.kind.is_none()) {
            let lists = word.like.iter().filter(|(_, alike)| **alike >= MEANT);
            let rows: usize = lists
                .filter_map(|(word, _)| Some(postings.count(postings.listed(word)?)))
                .sum();
            word.weight *= 1.0 - COMMON * (1.0 + rows as f32).ln().min(all) / all;
        }
    }

    /// The rows that answer best; those that lack half the words at most where fewer than `few` have all.
    pub(super) fn pool(
        &self,
        postings: &Postings,
        narrow: &Narrow,
        few: usize,
        most: usize,
    ) -> Pool {
        let parts = Parts::of(self, postings);
        let words = parts.telling.len() as u16;
        let least = (words / 2).max(1);
        let mut met = postings.with_slate(|slate| {
            let touched = parts.telling(postings, slate, least.into());
            let unread = parts.others(postings, slate);
            let needed = narrowed(postings, narrow, slate);
            let fits = Fits::of(narrow);
            let kinds: Vec<(u64, f32)> = parts
                .others
                .iter()
                .map(|part| (says(part.asked.kind), part.asked.weight))
                .filter(|(bit, _)| *bit != 0)
                .collect();
            let all = self.words.iter().map(|word| word.weight).sum::<f32>();
            let mut met = Vec::new();
            for row in touched {
                let [score, flags] = slate.take(row);
                let is_full = flags & MET == words;
                if flags & MET < least || flags & needed != needed {
                    continue;
                }
                let facts = postings.facts(row);
                if !fits.fits(postings, facts) {
                    continue;
                }
                let named: f32 = kinds
                    .iter()
                    .filter(|(bit, _)| facts.says & bit != 0)
                    .map(|(_, weight)| weight)
                    .sum();
                let sum = f32::from(score) / SCALE + named + unread;
                let whole = (self.words.len() as f32 / f32::from(facts.shortest)).min(1.0);
                let bound = (sum / f32::max(all, 0.01)).min(1.0) * (1.0 - WHOLE_NAME)
                    + whole * WHOLE_NAME
                    + ROUNDED;
                met.push(Met {
                    row,
                    bound,
                    is_full,
                });
            }
            met
        });
        let full = met.iter().filter(|one| one.is_full).count();
        if full >= few {
            met.retain(|one| one.is_full);
        }
        let better = |a: &Met, b: &Met| b.bound.total_cmp(&a.bound).then(a.row.cmp(&b.row));
        if met.len() > most {
            met.select_nth_unstable_by(most, better);
            met.truncate(most);
        }
        met.sort_unstable_by(better);
        Pool {
            met,
            full,
            asks_texts: parts.asks_texts(postings),
        }
    }

    /// Every row that has all the telling words, in order, and whether a text that is not held may answer.
    pub(super) fn every_row(&self, postings: &Postings, narrow: &Narrow) -> (Vec<u32>, bool) {
        let parts = Parts::of(self, postings);
        let words = parts.telling.len() as u16;
        let mut rows = postings.with_slate(|slate| {
            let touched = parts.telling(postings, slate, words.into());
            let needed = narrowed(postings, narrow, slate);
            let fits = Fits::of(narrow);
            let mut has = |row: &u32| {
                let [_, flags] = slate.take(*row);
                flags & MET == words
                    && flags & needed == needed
                    && fits.fits(postings, postings.facts(*row))
            };
            let mut rows = touched;
            rows.retain(|row| has(row));
            rows
        });
        rows.sort_unstable();
        (rows, parts.asks_texts(postings))
    }
}
