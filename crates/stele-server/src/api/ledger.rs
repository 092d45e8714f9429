//! The ledger: entries, the signed checkpoint, the proof of a record.

use super::operation::{Call, Download, Nothing, Operation, Told, Who};
use super::{ById, TEXT, address, plain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_model::{AnyId, Kind};
use stele_registry::Refusal;

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/ledger",
            Who::Anyone,
            Told {
                id: "ledger",
                of: "Ledger",
                summary: "Entries of the log, the latest first",
                about: "",
                example: "\"$STELE/api/ledger?limit=2\"",
            },
            entries,
        ),
        Operation::download(
            "/api/ledger/checkpoint",
            "text/plain",
            Who::Anyone,
            Told {
                id: "checkpoint",
                of: "Ledger",
                summary: "The latest signed checkpoint (C2SP signed note)",
                about: "Keep it: who has one can later prove whether history was rewritten.",
                example: "\"$STELE/api/ledger/checkpoint\"",
            },
            checkpoint,
        ),
        Operation::download(
            "/api/ledger/proofs/{id}",
            "application/json",
            Who::Anyone,
            Told {
                id: "proof",
                of: "Ledger",
                summary: "The proof that a record stands in the log",
                about: "Carries its whole entry; who may not see all of that gets none.",
                example: "\"$STELE/api/ledger/proofs/$CLAIM\"",
            },
            proof,
        ),
    ]
}

/// What a page of entries may ask for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct EntriesAsk {
    /// Only entries before this one, as `next` says.
    before: Option<u64>,
    /// Entries wanted, 50 where nothing is said.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

const ENTRIES: usize = 50;
const MOST_ENTRIES: usize = 500;

/// The log.
#[derive(Serialize, JsonSchema)]
struct Log {
    /// Its name.
    log: String,
    /// How many entries it has.
    size: u64,
    /// The key its checkpoints verify under.
    key: String,
    /// A page of entries, the latest first.
    rows: Vec<EntryTold>,
    /// Address of the next page.
    next: Option<String>,
}

/// An entry.
#[derive(Serialize, JsonSchema)]
struct EntryTold {
    /// Its number.
    entry: u64,
    /// Its leaf hash (RFC 6962), in hexadecimal digits.
    leaf: String,
    /// Clock of the node.
    at: String,
    /// Who acted, under the name shown.
    by: String,
    /// Its size.
    size_bytes: usize,
    /// The first record of each kind that the reader may see.
    records: Vec<RecordNamed>,
    /// How many records it holds.
    count: usize,
}

/// A record of an entry.
#[derive(Serialize, JsonSchema)]
struct RecordNamed {
    /// Its kind.
    #[serde(rename = "type")]
    kind: Kind,
    /// Its id.
    id: AnyId,
}

fn entries(call: &Call, _: Nothing, ask: EntriesAsk) -> Result<Log, Refusal> {
    let limit = ask.limit.unwrap_or(ENTRIES);
    if !(1..=MOST_ENTRIES).contains(&limit) {
        let problem = format!("is not a number from 1 to {MOST_ENTRIES}");
        return Err(Refusal::field("limit", problem));
    }
    let view = call.registry.ledger(&call.viewer, ask.before, limit)?;
    let rows = view.entries.into_iter().map(|entry| EntryTold {
        entry: entry.seq,
        leaf: entry.leaf,
        at: entry.at,
        by: entry.by,
        size_bytes: entry.size_bytes,
        records: entry
            .records
            .into_iter()
            .map(|(kind, id)| RecordNamed { kind, id })
            .collect(),
        count: entry.count,
    });
    Ok(Log {
        log: view.log,
        size: view.size,
        key: view.key,
        rows: rows.collect(),
        next: view.next.map(|before| {
            address(
                "/api/ledger",
                &[
                    ("before", &before.to_string()),
                    ("limit", &limit.to_string()),
                ],
            )
        }),
    })
}

fn checkpoint(call: &Call, _: Nothing) -> Result<Download, Refusal> {
    let view = call.registry.ledger(&call.viewer, None, 1)?;
    let note = view
        .checkpoint
        .ok_or_else(|| Refusal::NotFound("checkpoint".into()))?;
    Ok(plain(note, TEXT))
}

fn proof(call: &Call, path: ById) -> Result<Download, Refusal> {
    let proof = call.registry.proof(&call.viewer, path.id)?;
    let text = serde_json::to_string(&proof).map_err(|e| Refusal::Unreadable(e.to_string()))?;
    Ok(plain(text, "application/json"))
}
