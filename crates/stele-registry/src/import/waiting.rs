//! Lists that were uploaded and wait for a person to say how they are read. Not records: they are
//! kept in the house, and their files as evidence is, so that nothing is uploaded twice.

use super::{ImportReport, ListLook, ListOrder, Progress};
use crate::Registry;
use crate::account::{Account, Viewer};
use crate::clock::{mint, now_ms};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stele_formats::columns::{self, Draft, Mapping};
use stele_formats::table::{BadRow, Table};
use stele_model::RowsAre;
use stele_store::{Kept, ListingRow, Received};

/// A list that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WaitingList {
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// What was said of it.
    pub order: ListOrder,
    /// The file as received.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// What came of it, or would come, the last time it was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ImportReport>,
    /// Why the last run broke off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl WaitingList {
    /// Whether it was read in.
    pub fn is_done(&self) -> bool {
        self.report.as_ref().is_some_and(|r| r.import.is_some())
    }
}

/// Lists shown as waiting.
const SHOWN: usize = 50;
/// Rows read while its columns are being said.
const FIRST_ROWS: usize = 200;
/// Refused rows kept with a list; the report of the run itself told all.
const KEPT_REFUSALS: usize = 5_000;

impl Registry {
    /// Keeps a list that was uploaded, once it is seen that it can be read at all: what cannot is not kept.
    pub fn keep_list(
        &self,
        actor: &Account,
        file: Received,
        order: ListOrder,
    ) -> Result<(WaitingList, ListLook), Refusal> {
        let mut look = self.look_at_list(file.path(), &order)?;
        let kept = self.files.place(file)?;
        let list = WaitingList {
            id: mint().to_string(),
            order: ListOrder {
                mapping: Some(look.mapping.clone()),
                ..order
            },
            sha256: kept.sha256,
            size_bytes: kept.size_bytes,
            report: None,
            failure: None,
        };
        look.table.moved_to(self.place_of(&list)?);
        self.put_list(&actor.id, &list)?;
        Ok((list, look))
    }

    /// One list that waits.
    pub fn waiting_list(&self, viewer: &Viewer, id: &str) -> Result<WaitingList, Refusal> {
        let allowed = viewer.account().is_some_and(Account::records);
        let row = self.store.house(|h| h.listing(id))?;
        match row.filter(|_| allowed) {
            Some(row) => list_of(&row),
            None => Err(Refusal::NotFound(id.to_owned())),
        }
    }

    /// Lists that were not read in yet, latest first.
    pub fn waiting_lists(&self, viewer: &Viewer) -> Result<Vec<WaitingList>, Refusal> {
        if !viewer.account().is_some_and(Account::records) {
            return Ok(Vec::new());
        }
        let rows = self.store.house(|h| h.open_listings(SHOWN))?;
        rows.iter().map(list_of).collect()
    }

    /// Looks at a list that waits: its columns, first rows and questions.
    pub fn look_at_waiting(&self, list: &WaitingList) -> Result<ListLook, Refusal> {
        self.look_at_list(&self.place_of(list)?, &list.order)
    }

    /// What the first rows of a list that waits say by a mapping, which is not kept.
    pub fn first_rows(
        &self,
        list: &WaitingList,
        mapping: &Mapping,
    ) -> Result<Vec<Result<Draft, BadRow>>, Refusal> {
        let table = super::open(&self.place_of(list)?, mapping.sheet.as_deref())?;
        first_rows(&table, mapping, list.order.rows_are)
    }

    /// Says how a list that waits is read.
    pub fn set_mapping(
        &self,
        actor: &Account,
        list: &mut WaitingList,
        mapping: Mapping,
    ) -> Result<(), Refusal> {
        list.order.mapping = Some(mapping);
        list.report = None;
        list.failure = None;
        self.put_list(&actor.id, list)
    }

    /// Runs a list that waits, as a trial or in earnest, and keeps what came of it.
    pub fn run_waiting(
        &self,
        actor: &Account,
        mut list: WaitingList,
        in_earnest: bool,
        progress: &Arc<Progress>,
    ) -> Result<WaitingList, Refusal> {
        let place = self.place_of(&list)?;
        let outcome = match in_earnest {
            true => self.import_kept(actor, &list, &place, progress),
            false => self.try_import(&place, &list.order, progress),
        };
        match outcome {
            Ok(mut report) => {
                let more = report.refusals.len().saturating_sub(KEPT_REFUSALS);
                report.refusals.truncate(KEPT_REFUSALS);
                report.refusals_not_told += more as u64;
                list.report = Some(report);
                list.failure = None;
            }
            Err(refusal) => {
                list.report = None;
                list.failure = Some(refusal.to_string());
            }
        }
        self.put_list(&actor.id, &list)?;
        Ok(list)
    }

    /// Its file is here: only that it still is what was received has to be seen.
    fn import_kept(
        &self,
        actor: &Account,
        list: &WaitingList,
        place: &Path,
        progress: &Arc<Progress>,
    ) -> Result<ImportReport, Refusal> {
        super::may_import(actor)?;
        if let Some(problem) = self.files.check(&list.sha256, list.size_bytes)? {
            return Err(Refusal::Unreadable(format!(
                "the file of this list was damaged since it was sent ({problem}); send it again"
            )));
        }
        let kept = Kept {
            sha256: list.sha256.clone(),
            size_bytes: list.size_bytes,
            known: true,
        };
        let look = self.look_at_list(place, &list.order)?;
        self.import_looked_at(actor, look, kept, &list.order, progress)
    }

    fn place_of(&self, list: &WaitingList) -> Result<PathBuf, Refusal> {
        self.files
            .stands_at(&list.sha256)
            .ok_or_else(|| Refusal::Unreadable("the file of this list is not here any more".into()))
    }

    fn put_list(&self, account: &str, list: &WaitingList) -> Result<(), Refusal> {
        let body = serde_json::to_string(list).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let row = ListingRow {
            id: list.id.clone(),
            account: account.to_owned(),
            made_ms: now_ms(),
            open: !list.is_done(),
            body,
        };
        self.store
            .write(move |w| Ok::<_, Refusal>(w.house().put_listing(&row)?))
    }
}

/// What the first rows of a list say by a mapping.
pub fn first_rows(
    table: &Table,
    mapping: &Mapping,
    rows_are: RowsAre,
) -> Result<Vec<Result<Draft, BadRow>>, Refusal> {
    let wrong = |e: &dyn std::fmt::Display| Refusal::field("mapping", e.to_string());
    columns::check(mapping, table, rows_are).map_err(|e| wrong(&e))?;
    columns::first(table, mapping, FIRST_ROWS).map_err(|e| wrong(&e))
}

fn list_of(row: &ListingRow) -> Result<WaitingList, Refusal> {
    let list: WaitingList = serde_json::from_str(&row.body)
        .map_err(|e| Refusal::Unreadable(format!("the list {} is kept badly: {e}", row.id)))?;
    Ok(WaitingList {
        id: row.id.clone(),
        ..list
    })
}
