//! Echoes: what an entry changed in records that it does not hold. A publication makes a draft a
//! finding and gives its site a status; who follows the log has to be told of both.
//!
//! Heard when an entry is first applied and kept beside the log, not part of the state: computing the
//! state anew in another order would hear them elsewhere, where who follows has been already.

use crate::apply::Origin;
use crate::engine::{Connection, rows};
use crate::error::StoreError;
use std::collections::{BTreeMap, BTreeSet};
use stele_model::AnyId;

/// Records whose status or summary changed, with the status each had before.
#[derive(Debug, Default)]
pub struct Echoes(BTreeMap<AnyId, String>);

impl Echoes {
    /// Takes up a record that changed; the status before the first change is kept.
    pub(crate) fn hear(&mut self, id: AnyId, before: &str) {
        self.0.entry(id).or_insert_with(|| before.to_owned());
    }
}

/// Keeps the echoes of an entry. Of its own records only a status that others could see: first ones
/// have none, and a draft is a draft.
pub(crate) fn keep(
    c: &mut dyn Connection,
    origin: &Origin,
    own: &BTreeSet<AnyId>,
    echoes: Echoes,
) -> Result<(), StoreError> {
    for (id, before) in echoes.0 {
        if own.contains(&id) && matches!(before.as_str(), "" | "draft") {
            continue;
        }
        c.execute(
            "INSERT INTO echo (log, seq, id, before) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            &[
                origin.log.as_str().into(),
                origin.seq.into(),
                id.into(),
                before.into(),
            ],
        )?;
    }
    Ok(())
}

/// Records that an entry changed without holding them.
pub(crate) fn of(c: &mut dyn Connection, log: &str, seq: u64) -> Result<Vec<AnyId>, StoreError> {
    let sql = "SELECT id FROM echo WHERE log = $1 AND seq = $2 ORDER BY id";
    let found = rows(c, sql, &[log.into(), seq.into()])?;
    found.iter().map(|row| row.id(0)).collect()
}

/// Statuses that a record had.
pub(crate) fn before(c: &mut dyn Connection, id: AnyId) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT before FROM echo WHERE id = $1 ORDER BY before";
    let found = rows(c, sql, &[id.into()])?;
    found
        .iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}
