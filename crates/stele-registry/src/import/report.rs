//! What an import tells: while it runs, and when it is done.

use super::ListOrder;
use super::records::Made;
use crate::clock::now_ms;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use stele_formats::columns::Mapping;
use stele_formats::export::{Cell, CsvWriter};
use stele_formats::table::BadRow;
use stele_model::{AnyId, Id, Import, ImportCounts, Kind, Source};

/// How far an import is. Read by whoever waits for it.
#[derive(Debug, Default)]
pub struct Progress {
    began_ms: AtomicU64,
    expected: AtomicU64,
    read: AtomicU64,
    refused: AtomicU64,
    written: AtomicU64,
    all_read: AtomicBool,
    failure: Mutex<Option<String>>,
}

impl Progress {
    pub(super) fn expect(&self, rows: Option<u64>) {
        self.began_ms.store(now_ms(), Ordering::Relaxed);
        self.expected.store(rows.unwrap_or(0), Ordering::Relaxed);
    }
    pub(super) fn read_rows(&self, rows: u64) {
        self.read.fetch_add(rows, Ordering::Relaxed);
    }
    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
    pub(super) fn wrote(&self, things: usize) {
        self.written.fetch_add(things as u64, Ordering::Relaxed);
    }
    pub(super) fn all_read(&self) {
        self.all_read.store(true, Ordering::Release);
    }
    pub(super) fn fail(&self, reason: String) {
        if let Ok(mut failure) = self.failure.lock() {
            *failure = Some(reason);
        }
    }

    /// Why reading broke off; an end that was not reached counts as such.
    pub(super) fn failure(&self) -> Option<String> {
        let failure = self.failure.lock().ok().and_then(|f| f.clone());
        failure.or_else(|| {
            (!self.all_read.load(Ordering::Acquire))
                .then(|| "reading the list broke off before its end".to_owned())
        })
    }

    /// Rows expected; none where the format does not show it.
    pub fn expected(&self) -> Option<u64> {
        Some(self.expected.load(Ordering::Relaxed)).filter(|rows| *rows > 0)
    }

    /// Rows read, refused ones among them, and how many were refused.
    pub fn counts(&self) -> (u64, u64) {
        let refused = self.refused.load(Ordering::Relaxed);
        (self.read.load(Ordering::Relaxed) + refused, refused)
    }

    /// Rows a second since it began, and the seconds left where it is known how many rows there are; none
    /// before there is anything to tell.
    pub fn pace(&self) -> Option<(u64, Option<u64>)> {
        let (read, _) = self.counts();
        let began_ms = self.began_ms.load(Ordering::Relaxed);
        let elapsed_ms = now_ms().saturating_sub(began_ms);
        if began_ms == 0 || elapsed_ms < 1_000 || read == 0 {
            return None;
        }
        let per_second = (read * 1_000 / elapsed_ms).max(1);
        let left = self
            .expected()
            .map(|all| all.saturating_sub(read) / per_second);
        Some((per_second, left))
    }

    /// Things compared with what is known, and recorded where that is wanted.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedRow {
    /// Its number in the file.
    pub row: u64,
    /// The column at fault, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Why.
    pub reason: String,
    /// The row itself.
    pub cells: String,
}

impl From<BadRow> for RefusedRow {
    fn from(bad: BadRow) -> Self {
        RefusedRow {
            row: bad.number,
            column: bad.column,
            reason: bad.reason,
            cells: bad.row,
        }
    }
}

/// Refused rows told one by one; of more than this many only the number is told.
const MOST_REFUSED: usize = 50_000;

/// Rows refused so far.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    pub rows: Vec<RefusedRow>,
    pub more: u64,
}

impl Refusals {
    pub fn add(&mut self, bad: impl Into<RefusedRow>) {
        match self.rows.len() < MOST_REFUSED {
            true => self.rows.push(bad.into()),
            false => self.more += 1,
        }
    }
}

/// Something the list knew before that says something else now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Its row.
    pub row: u64,
    /// What kind of record changed: a site, or the claim of a figure.
    #[serde(default = "site", skip_serializing_if = "is_site")]
    pub kind: Kind,
    /// The record.
    pub site: AnyId,
    /// What it is called.
    pub title: String,
    /// What changed: field, before, now.
    pub fields: Vec<(String, String, String)>,
}

/// Something the list knew before and does not hold any more. It stays as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gone {
    /// What kind of record it is: a site, or a figure.
    #[serde(default = "site", skip_serializing_if = "is_site")]
    pub kind: Kind,
    /// The record.
    pub site: AnyId,
    /// What it is called.
    pub title: String,
}

fn site() -> Kind {
    Kind::Site
}

fn is_site(kind: &Kind) -> bool {
    *kind == Kind::Site
}

/// Cells of a column that could not be read as its field; they stay as the list's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnreadColumn {
    /// The column.
    pub column: String,
    /// How many cells.
    pub cells: u64,
    /// One of them.
    pub example: String,
}

/// What came of an import, or would come of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// Rows and things.
    #[serde(flatten)]
    pub counts: ImportCounts,
    /// Things the list knew before and does not hold any more.
    pub gone: u64,
    /// The import, where it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Id<Import>>,
    /// The list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Id<Source>>,
    /// Title of the list.
    pub title: String,
    /// How its columns were read.
    pub mapping: String,
    /// Every refused row.
    pub refusals: Vec<RefusedRow>,
    /// Refused rows that are not told one by one.
    pub refusals_not_told: u64,
    /// What changed, the first of it.
    pub changes: Vec<Changed>,
    /// What is gone, the first of it.
    pub missing: Vec<Gone>,
    /// Columns with cells that were kept as written, because they could not be read.
    pub unread: Vec<UnreadColumn>,
}

impl Made {
    pub(super) fn report(
        mut self,
        order: &ListOrder,
        mapping: &Mapping,
        mut refusals: Refusals,
        progress: &Progress,
    ) -> ImportReport {
        let (read, refused) = progress.counts();
        self.counts.read = read;
        self.counts.refused += refused;
        for bad in self.refused {
            refusals.add(bad);
        }
        refusals.rows.sort_by_key(|bad| bad.row);
        ImportReport {
            counts: self.counts,
            gone: self.gone,
            import: self.import,
            list: self.list,
            title: order.title(),
            mapping: mapping.to_toml(),
            refusals: refusals.rows,
            refusals_not_told: refusals.more,
            changes: self.changes,
            missing: self.missing,
            unread: unread(self.unread),
        }
    }
}

fn unread(columns: BTreeMap<String, (u64, String)>) -> Vec<UnreadColumn> {
    columns
        .into_iter()
        .map(|(column, (cells, example))| UnreadColumn {
            column,
            cells,
            example,
        })
        .collect()
}

impl ImportReport {
    /// Rows that speak of a thing of which another row speaks too, where rows are things.
    pub fn further_rows(&self) -> u64 {
        let counts = &self.counts;
        let things = counts.recorded + counts.updated + counts.unchanged;
        counts.read.saturating_sub(counts.refused + things)
    }

    /// The refused rows as CSV, safe to open in a spreadsheet.
    pub fn refusals_csv(&self) -> String {
        let mut csv = CsvWriter::new(Vec::new());
        // Writing to memory does not fail.
        let _ = csv.header(&["row", "column", "reason", "cells"]);
        for bad in &self.refusals {
            let _ = csv.row([
                Cell::Count(bad.row),
                bad.column.as_deref().map_or(Cell::Empty, Cell::Text),
                Cell::Text(&bad.reason),
                Cell::Text(&bad.cells),
            ]);
        }
        String::from_utf8(csv.finish().unwrap_or_default()).unwrap_or_default()
    }
}
