//! Taking an import back as one act: what it recorded for the first time is withdrawn, what it
//! changed stands as it stood before. Nothing is deleted; the import's own record says it was taken back.

use crate::Registry;
use crate::account::Account;
use crate::clock::now_ms;
use crate::record::Receipt;
use crate::refusal::Refusal;
use stele_model::*;
use stele_store::{Read, Write};

/// Records of one entry.
const PER_ENTRY: usize = 1_000;

impl Registry {
    /// Takes an import back, whole or not at all.
    pub fn retract_import(
        &self,
        actor: &Account,
        import: Id<Import>,
        reason: &str,
    ) -> Result<Receipt, Refusal> {
        if !actor.may_record(Kind::Import) {
            return Err(Refusal::NotAllowed(
                "your account may read, not record".into(),
            ));
        }
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(Refusal::field(
                "reason",
                "is empty; say why it is taken back",
            ));
        }
        let account = actor.id.clone();
        self.store
            .write(move |w| take_back(w, &account, import, &reason))
    }
}

fn take_back(
    w: &mut Write<'_>,
    account: &str,
    id: Id<Import>,
    reason: &str,
) -> Result<Receipt, Refusal> {
    let stored = w.read().find(id.any())?;
    let Some(stored) = stored else {
        return Err(Refusal::NotFound(id.to_string()));
    };
    let Body::Import(import) = stored.body.clone() else {
        return Err(Refusal::NotFound(id.to_string()));
    };
    if stored.withdrawn {
        return Err(Refusal::field("import", "was taken back already"));
    }
    let why = format!("the import {id} was taken back: {reason}");
    if let Some(range) = &import.entries {
        for seq in range.first..=range.last {
            let mut back = Vec::new();
            for record in w.read().records_of(&range.log, seq)? {
                back.extend(undone(&mut w.read(), record, range, &why)?);
            }
            for part in back.chunks(PER_ENTRY) {
                w.append(account, now_ms(), part)?;
            }
        }
    }
    let after = w.read().revisions(id.any())?;
    let last = Record {
        id: id.any(),
        body: Body::Import(import),
        revision: Some(Revision {
            reason: reason.to_owned(),
            after: after.into_iter().map(|r| r.stamp).collect(),
            withdrawn: true,
        }),
    };
    let recorded = w.append(account, now_ms(), &[last])?;
    Ok(recorded.into())
}

/// The record that undoes what an import recorded; none for what others rest on as well: parties,
/// areas and the list itself, which may be in use by now.
fn undone(
    read: &mut Read<'_>,
    record: Record,
    range: &EntryRange,
    why: &str,
) -> Result<Option<Record>, Refusal> {
    if matches!(
        record.kind(),
        Kind::Party | Kind::Source | Kind::Area | Kind::Evidence
    ) {
        return Ok(None);
    }
    let revisions = read.revisions(record.id)?;
    let ours = |r: &stele_store::Revised| {
        r.log == range.log && (range.first..=range.last).contains(&r.seq)
    };
    // The last thing said before the import, if it changed something that was there.
    let before = revisions.iter().take_while(|r| !ours(r)).last().cloned();
    if revisions.last().is_none_or(|last| !ours(last)) {
        // Said since: where it is what the import said (a later import was taken back), it goes with it;
        // what somebody said otherwise stands, and its history shows the import.
        let now = read.find(record.id)?;
        if now.is_none_or(|now| now.withdrawn || now.body != record.body) {
            return Ok(None);
        }
    }
    let body = match &before {
        None => None,
        Some(revised) => read
            .record_at(revised)?
            .filter(|old| !old.is_withdrawn())
            .map(|old| old.body),
    };
    let withdrawn = body.is_none();
    Ok(Some(Record {
        id: record.id,
        body: body.unwrap_or(record.body),
        revision: Some(Revision {
            reason: why.to_owned(),
            after: revisions.into_iter().map(|r| r.stamp).collect(),
            withdrawn,
        }),
    }))
}
