//! Which records have which word, in memory: what a search reads first.
//!
//! Each word has a list of row numbers, ascending, written as differences of seven bits a byte; beside
//! them a few facts of each row to rank and narrow by. Long texts are not held, only that a word stands
//! in one. Rows come in by ascending number and are never changed, only struck out. Knows no SQL.

use super::{NEXT_NAME, mark};
use rustc_hash::FxHashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use stele_match::generic::{Generic, generic};
use stele_model::{AnyId, Kind, Word};

/// Words of a text that is held; those of a longer one are the engine's to find.
const LONGEST_TEXT: usize = 48;
/// Bytes taken at most; a registry that would take more is searched by the engine's index alone.
const MOST_BYTES: usize = 256 << 20;
/// Bytes that a word or a row takes beside its postings, about.
const WORD_BYTES: usize = 88;
const ROW_BYTES: usize = std::mem::size_of::<Facts>() + std::mem::size_of::<AnyId>();

/// Stands for no record.
const NOBODY: [u8; 16] = [0; 16];

/// The marks of the kinds.
static KINDS: LazyLock<Vec<String>> =
    LazyLock::new(|| Kind::ALL.iter().map(|kind| mark::kind(*kind)).collect());

/// What is known of a row beside its words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// Kinds of things its names speak of, a bit each.
    pub says: u64,
    /// Its facet, by its place among those met; 0 for none.
    pub facet: u16,
    /// Its place among the kinds, from 1; 0 for a row that is nobody's.
    kind: u8,
    /// Words of the shortest of its names.
    pub shortest: u8,
}

impl Facts {
    /// The kind; none where the record has other words by now, or none.
    pub fn kind(self) -> Option<Kind> {
        Kind::ALL
            .get(usize::from(self.kind).checked_sub(1)?)
            .copied()
    }
}

/// A list of rows.
#[derive(Default)]
struct List {
    bytes: Vec<u8>,
    last: u32,
    count: u32,
    /// Whether the word stands in a text that is not held.
    in_long: bool,
    /// The bit of [`Facts::says`] it sets.
    says: u64,
}

impl List {
    /// Takes a row in, unless it is in already. Gives the bytes that took.
    fn push(&mut self, row: u32, in_text: bool) -> usize {
        if self.count > 0 && self.last == row {
            return 0;
        }
        let before = self.bytes.len();
        let mut rest = u64::from(row - self.last) << 1 | u64::from(in_text);
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
        (self.last, self.count) = (row, self.count + 1);
        self.bytes.len() - before
    }

    fn each(&self, mut found: impl FnMut(u32, bool)) {
        let (mut row, mut value, mut shift) = (0u32, 0u64, 0);
        for &byte in &self.bytes {
            if byte < 0x80 && shift == 0 {
                row += u32::from(byte >> 1);
                found(row, byte & 1 != 0);
                continue;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 != 0 {
                shift += 7;
                continue;
            }
            row += (value >> 1) as u32;
            found(row, value & 1 != 0);
            (value, shift) = (0, 0);
        }
    }
}

/// A word that rows are listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed(u32);

/// Two numbers a row, for whoever counts over rows; all zero between two uses.
#[derive(Default)]
pub(crate) struct Slate {
    cells: Vec<[u16; 2]>,
    /// Rows that have something, a bit each: most rows of a long list have nothing, and so few bytes stay in
    /// the processor's cache.
    met: Vec<u64>,
}

impl Slate {
    fn fit(&mut self, rows: usize) {
        self.cells.resize(rows, [0; 2]);
        self.met.resize(rows.div_ceil(64), 0);
    }

    /// What a row has, where it has something.
    pub fn met(&mut self, row: u32) -> Option<&mut [u16; 2]> {
        let at = row as usize;
        match self.met[at / 64] >> (at % 64) & 1 {
            0 => None,
            _ => Some(&mut self.cells[at]),
        }
    }

    /// What a row has, from now on something.
    pub fn meet(&mut self, row: u32) -> &mut [u16; 2] {
        let at = row as usize;
        self.met[at / 64] |= 1 << (at % 64);
        &mut self.cells[at]
    }

    /// What a row had; wipes it.
    pub fn take(&mut self, row: u32) -> [u16; 2] {
        let at = row as usize;
        self.met[at / 64] &= !(1 << (at % 64));
        std::mem::take(&mut self.cells[at])
    }
}

/// The lists.
#[derive(Default)]
pub(crate) struct Postings {
    /// Number of the first row.
    base: i64,
    rows: Vec<Facts>,
    /// Whose each row is.
    ids: Vec<[u8; 16]>,
    words: FxHashMap<Box<str>, u32>,
    lists: Vec<List>,
    facets: Vec<String>,
    /// Areas and parties, with their lists.
    marks: Vec<(Marked, Listed)>,
    bytes: usize,
    slates: Mutex<Vec<Slate>>,
}

impl Postings {
    /// Takes a row in, with its number and record. Rows come in ascending order; one that is nobody's has no
    /// marks.
    pub fn add(&mut self, (n, id): (i64, Option<AnyId>), names: &str, text: &str, marks: &str) {
        if self.rows.is_empty() {
            self.base = n;
        }
        let Ok(row) = u32::try_from(n - self.base) else {
            return;
        };
        if (row as usize) < self.rows.len() || self.is_full() {
            return;
        }
        self.rows.resize(row as usize, Facts::default());
        let mut facts = Facts {
            shortest: u8::MAX,
            ..Facts::default()
        };
        for word in marks.split(' ') {
            if word.starts_with("0k") {
                let at = KINDS.iter().position(|kind| kind == word);
                facts.kind = at.map_or(0, |at| at as u8 + 1);
            } else if word.starts_with("0f") {
                facts.facet = self.facet_number(word);
            } else if !word.is_empty() {
                let list = self.listed_anew(word);
                if self.lists[list].count == 0 {
                    let of = (mark::id_in(word, "0a").map(Marked::Area))
                        .or_else(|| mark::id_in(word, "0p").map(Marked::Party));
                    self.marks.extend(of.map(|of| (of, Listed(list as u32))));
                }
                self.bytes += self.lists[list].push(row, false);
            }
        }
        for name in names.split(NEXT_NAME) {
            let mut count = 0u8;
            for word in name.split(' ').filter(|w| !w.is_empty()) {
                let list = self.listed_anew(word);
                let list = &mut self.lists[list];
                self.bytes += list.push(row, false);
                facts.says |= list.says;
                count = count.saturating_add(1);
            }
            if count > 0 {
                facts.shortest = facts.shortest.min(count);
            }
        }
        let is_long = text.split(' ').nth(LONGEST_TEXT).is_some();
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            let list = self.listed_anew(word);
            match is_long {
                true => self.lists[list].in_long = true,
                false => self.bytes += self.lists[list].push(row, true),
            }
        }
        self.rows.push(facts);
        self.ids.resize(row as usize, NOBODY);
        self.ids.push(id.map_or(NOBODY, |id| *id.as_bytes()));
        self.bytes += ROW_BYTES;
        if self.is_full() {
            *self = Postings {
                bytes: self.bytes,
                ..Postings::default()
            };
        }
    }

    /// Gives back what the lists keep to grow, after many rows came in.
    pub fn settle(&mut self) {
        self.lists
            .iter_mut()
            .for_each(|list| list.bytes.shrink_to_fit());
        self.rows.shrink_to_fit();
        self.ids.shrink_to_fit();
    }

    /// Strikes a row out: its record has other words now, or none.
    pub fn strike(&mut self, n: i64) {
        if let Some(row) = usize::try_from(n - self.base)
            .ok()
            .and_then(|row| self.rows.get_mut(row))
        {
            row.kind = 0;
        }
    }

    /// Whether no more is taken in, so that not every row is here.
    pub fn is_full(&self) -> bool {
        self.bytes > MOST_BYTES
    }

    fn listed_anew(&mut self, word: &str) -> usize {
        if let Some(known) = self.words.get(word) {
            return *known as usize;
        }
        let list = self.lists.len();
        self.words.insert(word.into(), list as u32);
        self.lists.push(List {
            says: says(generic(word)),
            ..List::default()
        });
        self.bytes += WORD_BYTES + word.len();
        list
    }

    fn facet_number(&mut self, mark: &str) -> u16 {
        let at = match self.facets.iter().position(|f| f == mark) {
            Some(at) => at,
            None => {
                self.facets.push(mark.to_owned());
                self.facets.len() - 1
            }
        };
        u16::try_from(at + 1).unwrap_or(0)
    }

    /// The list of a word, where any row has it or a long text does.
    pub fn listed(&self, word: &str) -> Option<Listed> {
        self.words.get(word).map(|list| Listed(*list))
    }

    /// How many rows a list has.
    pub fn count(&self, list: Listed) -> usize {
        self.lists[list.0 as usize].count as usize
    }

    /// Whether the word stands in texts that are not held.
    pub fn is_in_long(&self, list: Listed) -> bool {
        self.lists[list.0 as usize].in_long
    }

    /// The rows of a list, in order; whether the word is in no name but in the text.
    pub fn each(&self, list: Listed, found: impl FnMut(u32, bool)) {
        self.lists[list.0 as usize].each(found);
    }

    /// What is known of a row.
    pub fn facts(&self, row: u32) -> Facts {
        self.rows.get(row as usize).copied().unwrap_or_default()
    }

    /// The record of a row.
    pub fn id(&self, row: u32) -> AnyId {
        AnyId::from_bytes(self.ids.get(row as usize).copied().unwrap_or(NOBODY))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of a number.
    pub fn row(&self, n: i64) -> Option<u32> {
        let row = u32::try_from(n.checked_sub(self.base)?).ok()?;
        ((row as usize) < self.rows.len()).then_some(row)
    }

    /// The number of a row.
    pub fn number(&self, row: u32) -> i64 {
        self.base + i64::from(row)
    }

    /// The facet of a row that has one of these marks.
    pub fn has_facet(&self, facts: Facts, marks: &[String]) -> bool {
        let own = usize::from(facts.facet).checked_sub(1);
        own.and_then(|at| self.facets.get(at))
            .is_some_and(|own| marks.contains(own))
    }

    /// Areas and parties that rows are listed under.
    pub fn marks(&self) -> &[(Marked, Listed)] {
        &self.marks
    }

    /// Runs with a slate as long as there are rows; who writes on it wipes it, too.
    pub fn with_slate<T>(&self, run: impl FnOnce(&mut Slate) -> T) -> T {
        let kept = |slates: &Mutex<Vec<Slate>>| {
            let mut slates = slates.lock().unwrap_or_else(PoisonError::into_inner);
            slates.pop().unwrap_or_default()
        };
        let mut slate = kept(&self.slates);
        slate.fit(self.rows.len());
        let done = run(&mut slate);
        self.slates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(slate);
        done
    }
}

/// What a list of rows is of, beside words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marked {
    /// Rows in this area.
    Area(AnyId),
    /// Rows of this party.
    Party(AnyId),
}

/// The bit that a word for a kind of thing sets.
pub(crate) fn says(generic: Option<Generic>) -> u64 {
    match generic {
        Some(Generic::Kind(kind)) => 1 << (kind.kind % 64),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SITE: &str = "0ksite 0fchurch";

    proptest! {
        #[test]
        fn a_list_gives_back_the_rows_that_have_its_word(gaps in prop::collection::vec((1..70_000i64, any::<bool>(), any::<bool>()), 1..60)) {
            let mut postings = Postings::default();
            let (mut n, mut has) = (7, Vec::new());
            for (gap, in_name, in_text) in gaps {
                n += gap;
                let name = if in_name { "shusha x shusha" } else { "x" };
                postings.add((n, None), name, if in_text { "shusha" } else { "" }, SITE);
                if in_name || in_text {
                    has.push((n, !in_name));
                }
            }
            let mut found = Vec::new();
            if let Some(list) = postings.listed("shusha") {
                prop_assert_eq!(postings.count(list), has.len());
                postings.each(list, |row, in_text| found.push((postings.number(row), in_text)));
            }
            prop_assert_eq!(found, has);
        }
    }

    #[test]
    fn a_row_struck_out_is_nobodys() {
        let mut postings = Postings::default();
        postings.add((5, None), "shusha ; church of all saints", "", SITE);
        let row = postings.row(5).unwrap();
        assert_eq!(postings.facts(row).kind(), Some(Kind::Site));
        assert_eq!(postings.facts(row).shortest, 1);
        postings.strike(5);
        assert_eq!(postings.facts(row).kind(), None);
    }

    #[test]
    fn of_a_long_text_it_is_known_only_that_a_word_is_in_one() {
        let mut postings = Postings::default();
        let text = vec!["stone"; LONGEST_TEXT + 1].join(" ");
        postings.add((1, None), "shusha", &text, SITE);
        let list = postings.listed("stone").unwrap();
        assert!(postings.is_in_long(list));
        assert_eq!(postings.count(list), 0);
    }
}
