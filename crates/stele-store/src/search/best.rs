//! The best records for some words, in two passes: a pool from the lists in memory, then names.
//!
//! Where the lists are not read yet, or a text is not among them, the engine's index gives the pool.

use super::narrow::{Narrow, marks};
use super::pool::Met;
use super::rank::{self, Query};
use super::{FEW, RANKED, Ranked, sort};
use crate::engine::{Dialect, rows};
use crate::error::StoreError;
use crate::names::rows_table;
use crate::read::Read;
use std::collections::BTreeMap;
use stele_model::AnyId;

/// Rows whose names are read at once: more after the first, which often settle it.
const AT_ONCE: [usize; 2] = [12, 48];

/// A row of the pool by its number.
struct Numbered {
    n: i64,
    bound: f32,
    is_full: bool,
}

/// What was met so far, by record.
#[derive(Default)]
struct Board(BTreeMap<AnyId, Ranked>);

impl Board {
    fn meet(
        &mut self,
        query: &Query,
        found: impl IntoIterator<Item = (AnyId, String)>,
        matched: rank::Match,
    ) {
        let mut ranker = query.ranker();
        for (id, names) in found {
            self.0.entry(id).or_insert_with(|| {
                let (score, name) = ranker.score(&names, matched);
                Ranked { id, name, score }
            });
        }
    }

    /// The score of the `nth` best; none where there are not so many.
    fn nth_score(&self, nth: usize) -> Option<f32> {
        let mut scores: Vec<f32> = self.0.values().map(|one| one.score).collect();
        let at = nth.checked_sub(1).filter(|at| *at < scores.len())?;
        Some(*scores.select_nth_unstable_by(at, |a, b| b.total_cmp(a)).1)
    }

    fn ranked(self) -> Vec<Ranked> {
        let mut ranked: Vec<Ranked> = self.0.into_values().collect();
        sort(&mut ranked);
        ranked
    }
}

impl Read<'_> {
    /// The best records by words alone, and whether none had all of them.
    pub(super) fn best(
        &mut self,
        query: &Query,
        narrow: &Narrow,
        wanted: usize,
    ) -> Result<(Vec<Ranked>, bool), StoreError> {
        match self.recalled(query, narrow, wanted)? {
            Some(best) => Ok(best),
            None => self.matched(query, narrow, wanted),
        }
    }

    /// The same by the lists in memory, where they are read.
    fn recalled(
        &mut self,
        query: &Query,
        narrow: &Narrow,
        wanted: usize,
    ) -> Result<Option<(Vec<Ranked>, bool)>, StoreError> {
        let ranked_at_most = RANKED.max(wanted + 1);
        let lexicon = self.1;
        let (pool, full, asks_texts) = {
            let Some(postings) = lexicon.postings(self.0)? else {
                return Ok(None);
            };
            let pool = query.pool(&postings, narrow, FEW, ranked_at_most);
            let number = |met: &Met| Numbered {
                n: postings.number(met.row),
                bound: met.bound,
                is_full: met.is_full,
            };
            let numbered: Vec<Numbered> = pool.met.iter().map(number).collect();
            (numbered, pool.full, pool.asks_texts)
        };
        let mut board = Board::default();
        let (mut at, mut found_all) = (0, 0);
        while let Some(next) = pool.get(at) {
            if board
                .nth_score(wanted + 1)
                .is_some_and(|worst| worst > next.bound)
            {
                break;
            }
            let to = (at + AT_ONCE[usize::from(at > 0)]).min(pool.len());
            let chunk = &pool[at..to];
            at = to;
            let mut names = self.names_of(chunk)?;
            for one in chunk {
                let Some(found) = names.remove(&one.n) else {
                    continue;
                };
                found_all += usize::from(one.is_full);
                let matched = match one.is_full {
                    true => rank::Match::All,
                    false => rank::Match::Some,
                };
                board.meet(query, [found], matched);
            }
        }
        if asks_texts && full < FEW.max(wanted) {
            let before = board.0.len();
            let found = self.matching(query.telling(), narrow, ranked_at_most)?;
            board.meet(query, found, rank::Match::All);
            found_all += board.0.len() - before;
            if found_all < FEW {
                self.some(query, narrow, &mut board)?;
            }
        }
        let partial = found_all == 0 && !board.0.is_empty();
        Ok(Some((board.ranked(), partial)))
    }

    /// Ids and names of rows, by their number; of those that this view of the state has.
    fn names_of(
        &mut self,
        rows_asked: &[Numbered],
    ) -> Result<BTreeMap<i64, (AnyId, String)>, StoreError> {
        let dialect = self.0.dialect();
        let sql = format!(
            "SELECT r.n, r.id, r.names FROM {} CROSS JOIN {} r WHERE r.n = j.value AND r.marks <> ''",
            numbers(dialect, "$1"),
            rows_table(dialect)
        );
        let asked = number_list(dialect, rows_asked.iter().map(|one| one.n));
        rows(self.0, &sql, &[asked.into()])?
            .iter()
            .map(|row| Ok((row.int(0)?, (row.id(1)?, row.text(2)?.to_owned()))))
            .collect()
    }

    /// The best records by the engine's index.
    fn matched(
        &mut self,
        query: &Query,
        narrow: &Narrow,
        wanted: usize,
    ) -> Result<(Vec<Ranked>, bool), StoreError> {
        let ranked_at_most = RANKED.max(wanted + 1);
        let mut board = Board::default();
        let full = self.matching(query.telling(), narrow, ranked_at_most)?;
        let is_full = full.len() == ranked_at_most;
        board.meet(query, full, rank::Match::All);
        if is_full {
            // So many that the best may not be among those read: ask for all the words, then for
            // these very words.
            for groups in [query.every(), query.verbatim()] {
                let better = self.matching(groups, narrow, ranked_at_most)?;
                board.meet(query, better, rank::Match::All);
            }
        }
        let found_all = board.0.len();
        if found_all < FEW {
            self.some(query, narrow, &mut board)?;
        }
        let partial = found_all == 0 && !board.0.is_empty();
        Ok((board.ranked(), partial))
    }

    /// Records that have all the words but one.
    fn some(
        &mut self,
        query: &Query,
        narrow: &Narrow,
        board: &mut Board,
    ) -> Result<(), StoreError> {
        for groups in query.without_one() {
            let found = self.matching(groups, narrow, RANKED / 2)?;
            board.meet(query, found, rank::Match::Some);
        }
        Ok(())
    }

    /// Ids and names of records that have a word of each group.
    fn matching(
        &mut self,
        groups: Vec<Vec<String>>,
        narrow: &Narrow,
        limit: usize,
    ) -> Result<Vec<(AnyId, String)>, StoreError> {
        let mut terms = marks(narrow);
        terms.all.splice(0..0, groups);
        let expression = terms.expression(self.0.dialect());
        // SQLite plans a statement anew each time when its limit is a parameter.
        let sql = match self.0.dialect() {
            Dialect::Sqlite => format!(
                "SELECT r.id, r.names FROM (SELECT rowid AS n FROM words WHERE words MATCH $1 LIMIT {limit}) f CROSS JOIN words_row r ON r.n = f.n"
            ),
            Dialect::Postgres => format!(
                "SELECT id, names FROM words WHERE tokens @@ CAST($1::text AS tsquery) LIMIT {limit}"
            ),
        };
        rows(self.0, &sql, &[expression.into()])?
            .iter()
            .map(|row| Ok((row.id(0)?, row.text(1)?.to_owned())))
            .collect()
    }
}

/// A list of numbers, as a parameter, for [`numbers`].
pub(super) fn number_list(dialect: Dialect, ns: impl Iterator<Item = i64>) -> String {
    let (open, close) = match dialect {
        Dialect::Sqlite => ('[', ']'),
        Dialect::Postgres => ('{', '}'),
    };
    let mut list = String::from(open);
    for (at, n) in ns.enumerate() {
        if at > 0 {
            list.push(',');
        }
        list.push_str(&n.to_string());
    }
    list.push(close);
    list
}

/// The table `j` of the numbers of a parameter; its column is `value`.
pub(super) fn numbers(dialect: Dialect, parameter: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("json_each({parameter}) j"),
        Dialect::Postgres => format!("unnest(CAST({parameter}::text AS bigint[])) j(value)"),
    }
}
