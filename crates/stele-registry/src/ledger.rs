//! The ledger for a viewer: entries, checkpoint, proofs; verification and rebuilding of the whole.

use crate::Registry;
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::may_see;
use serde::Serialize;
use stele_ledger::{Entry, Proof};
use stele_model::{AnyId, Body, Kind, Record, Sensitivity, Word};
use stele_store::{Fault, Filter, Order, dump, log};

/// An entry as the ledger page lists it.
#[derive(Debug, Clone, Serialize)]
pub struct EntryShown {
    /// Number in the log.
    pub seq: u64,
    /// Leaf hash, in hexadecimal digits.
    pub leaf: String,
    /// Clock of the node.
    pub at: String,
    /// Account, under the name it is shown.
    pub by: String,
    /// Size in bytes.
    pub size_bytes: usize,
    /// The first record of each kind that the viewer may see.
    pub records: Vec<(Kind, AnyId)>,
    /// How many records it holds.
    pub count: usize,
}

/// The ledger page.
#[derive(Debug, Clone)]
pub struct LedgerView {
    /// Name of the log.
    pub log: String,
    /// Number of entries.
    pub size: u64,
    /// Latest signed checkpoint.
    pub checkpoint: Option<String>,
    /// Key it verifies under.
    pub key: String,
    /// A page of entries, latest first.
    pub entries: Vec<EntryShown>,
    /// Number to go on before.
    pub next: Option<u64>,
}

/// Records of one entry looked at for those a viewer may see.
const TRIED: usize = 40;

/// What `verify` found.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// Logs read.
    pub logs: u64,
    /// Entries checked.
    pub entries: u64,
    /// Evidence files checked.
    pub evidence: u64,
    /// Everything that is wrong, and where.
    pub faults: Vec<Fault>,
}

/// What a long verification tells while it runs.
pub type Progress<'a> = &'a mut dyn FnMut(&str, u64);

impl Registry {
    /// The ledger page.
    pub fn ledger(
        &self,
        viewer: &Viewer,
        before: Option<u64>,
        limit: usize,
    ) -> Result<LedgerView, Refusal> {
        let name = self.store.log_name().to_owned();
        let (size, checkpoint, page) = self.store.with_reader(|c| {
            let page = log::entries(c, &name, before, limit)?;
            Ok::<_, Refusal>((log::size_of(c, &name)?, log::checkpoint(c, &name)?, page))
        })?;
        let mut entries = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            entries.push(self.entry_shown(viewer, row)?);
        }
        let next = entries.last().map(|e| e.seq).filter(|seq| *seq > 0);
        Ok(LedgerView {
            log: name,
            size,
            checkpoint,
            key: self.store.key().to_string(),
            entries,
            next,
        })
    }

    fn entry_shown(
        &self,
        viewer: &Viewer,
        row: &stele_store::EntryRow,
    ) -> Result<EntryShown, Refusal> {
        let entry =
            Entry::parse(&row.bytes).map_err(|e| stele_store::StoreError::Ledger(e.to_string()))?;
        let mut records: Vec<(Kind, AnyId)> = Vec::new();
        let mut tried = 0;
        for record in &entry.records {
            let id = record["id"]
                .as_str()
                .and_then(|id| id.parse::<AnyId>().ok());
            let kind = record["type"].as_str().and_then(Kind::from_id);
            if let (Some(id), Some(kind)) = (id, kind)
                && records.iter().all(|(known, _)| *known != kind)
                && tried < TRIED
            {
                tried += 1;
                if self.get(viewer, id).is_err() {
                    continue;
                }
                records.push((kind, id));
            }
        }
        let by = self
            .account_name(&entry.by)?
            .unwrap_or_else(|| entry.by.clone());
        Ok(EntryShown {
            seq: row.seq,
            leaf: stele_store::files::hex(&row.leaf),
            at: entry.at.clone(),
            by,
            size_bytes: row.bytes.len(),
            records,
            count: entry.records.len(),
        })
    }

    /// The proof that the shown revision of a record stands in the log. It carries the whole entry,
    /// so who may not see all of the entry exactly gets none.
    pub fn proof(&self, viewer: &Viewer, id: AnyId) -> Result<Proof, Refusal> {
        let shown = self.get(viewer, id)?;
        let revision = self
            .store
            .read(|read| {
                Ok::<_, Refusal>(
                    read.revisions(id)?
                        .into_iter()
                        .find(|r| r.stamp == shown.stamp),
                )
            })?
            .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        let proof = self
            .store
            .with_reader(|c| {
                log::proof(
                    c,
                    &revision.log,
                    revision.seq,
                    revision.ix,
                    self.store.key(),
                )
            })?
            .ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        let entry = Entry::parse(proof.entry.as_bytes())
            .map_err(|e| stele_store::StoreError::Ledger(e.to_string()))?;
        if !viewer.is_member() && !self.is_public(viewer, &entry)? {
            return Err(Refusal::NotAllowed(
                "the entry of this record also holds what is not public; a member of the registry can give you its proof".into(),
            ));
        }
        Ok(proof)
    }

    fn is_public(&self, viewer: &Viewer, entry: &Entry) -> Result<bool, Refusal> {
        self.store.read(|read| {
            for json in &entry.records {
                let Ok(record) = Record::from_json(json.clone()) else {
                    return Ok(false);
                };
                let location = match &record.body {
                    Body::Site(site) => site.location.as_ref(),
                    Body::Area(area) => area.location.as_ref(),
                    _ => None,
                };
                let exact = location.is_none_or(|l| l.sensitivity == Sensitivity::Public);
                let now = match read.find(record.id)? {
                    // What is protected today was perhaps public when it was recorded.
                    Some(stored) => match &stored.body {
                        Body::Site(site) => site
                            .location
                            .as_ref()
                            .is_none_or(|l| l.sensitivity == Sensitivity::Public),
                        _ => may_see(read, viewer, &stored)?,
                    },
                    None => false,
                };
                if !(exact && now) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// Checks every entry, proof and evidence file, and that the state is what the log makes.
    /// `kept` are checkpoints somebody kept elsewhere.
    pub fn verify(&self, kept: &[String], progress: Progress<'_>) -> Result<Verification, Refusal> {
        let mut faults = Vec::new();
        let keys = [self.store.key().clone()];
        let own = self.store.log_name().to_owned();
        let mut outside = kept.to_vec();
        match std::fs::read_to_string(self.folder.checkpoint_path()) {
            Ok(note) => outside.push(note),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                if self.store.with_reader(|c| log::size_of(c, &own))? > 0 {
                    faults.push(Fault::new(
                        "checkpoint",
                        "the copy of the latest checkpoint is missing from the folder",
                    ));
                }
            }
            Err(e) => faults.push(Fault::new("checkpoint", format!("cannot be read: {e}"))),
        }
        let names = self.store.with_reader(log::logs)?;
        if !names.contains(&own) && !outside.is_empty() {
            faults.push(Fault::new(
                format!("log {own}"),
                "is empty, but a checkpoint over its entries is kept",
            ));
        }
        let mut entries = 0;
        for name in &names {
            let outside: &[String] = if *name == own { &outside } else { &[] };
            let audited = self.store.with_reader(|c| {
                log::audit(c, name, &keys, outside, &mut |seq, _| {
                    if seq % 1000 == 0 {
                        progress("entries", seq);
                    }
                })
            });
            match audited {
                Ok((count, found)) => {
                    entries += count;
                    faults.extend(found);
                }
                Err(error) => faults.push(Fault::new(format!("log {name}"), error)),
            }
        }
        let evidence = self.verify_evidence(&mut faults, progress)?;
        if faults.is_empty() {
            progress("state", entries);
            let beside = self.scratch.folder()?;
            match self.store.with_reader(|c| dump::compare(c, &beside)) {
                Ok(None) => {}
                Ok(Some(difference)) => faults.push(Fault::new(
                    "state",
                    format!("{difference}; `stele rebuild` computes it anew"),
                )),
                Err(error) => faults.push(Fault::new("state", error)),
            }
        }
        Ok(Verification {
            ok: faults.is_empty(),
            logs: names.len() as u64,
            entries,
            evidence,
            faults,
        })
    }

    fn verify_evidence(
        &self,
        faults: &mut Vec<Fault>,
        progress: Progress<'_>,
    ) -> Result<u64, Refusal> {
        let filter = Filter {
            kind: Some(Kind::Evidence),
            ..Filter::default()
        };
        let (mut after, mut count) = (None, 0);
        loop {
            let page = match self
                .store
                .read(|read| read.list(&filter, Order::Id, after.as_ref(), 500))
            {
                Ok(page) => page,
                Err(error) => {
                    faults.push(Fault::new("evidence", error));
                    return Ok(count);
                }
            };
            for stored in page.rows {
                let Body::Evidence(evidence) = stored.body else {
                    continue;
                };
                count += 1;
                progress("evidence", count);
                if let Some(problem) = self.files.check(&evidence.sha256, evidence.size_bytes)? {
                    faults.push(Fault::new(
                        format!("evidence {} ({})", stored.id, evidence.original_name),
                        problem,
                    ));
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(count),
            }
        }
    }

    /// Computes the state anew from the log.
    pub fn rebuild(&self) -> Result<u64, Refusal> {
        Ok(self.store.rebuild()?)
    }

    /// Writes the canonical dump of the state.
    pub fn dump(&self, out: &mut dyn std::io::Write) -> Result<(), Refusal> {
        self.store.with_reader(|c| Ok(dump::dump(c, out)?))
    }
}
