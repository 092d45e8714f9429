//! Records written by hand or by a program, with keys in place of ids: `"@azykh"` stands for the id
//! minted for that key, the same wherever it is written. Batches say who records them.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use stele_model::rules::Level;
use stele_model::{AnyId, FieldError, Record, StratifiedBy};
use stele_registry::sampling::{Size, Wish};
use stele_registry::{Account, Receipt, Refusal, Registry, Viewer};

/// Ids minted for keys so far, over all files.
#[derive(Default)]
pub struct Keys(BTreeMap<String, AnyId>);

impl Keys {
    fn id(&mut self, key: &str) -> AnyId {
        *self
            .0
            .entry(key.to_owned())
            .or_insert_with(stele_registry::clock::mint)
    }
}

/// One act: who records, and what.
pub struct Batch {
    /// Name of the account among those given; none for who runs the command.
    pub by: Option<String>,
    what: What,
}

/// What is recorded: records as they are written, or what follows from the state when it comes to it.
enum What {
    Records(Vec<Value>),
    /// Links the sites of an aggregate's category and areas as its items.
    ByRule(Value),
    /// Draws a sample of an aggregate's items.
    Sample(Sample),
}

/// A sample to be drawn: so many sites, by what, from which seed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    aggregate: Value,
    #[serde(default)]
    by: Vec<StratifiedBy>,
    sites: u64,
    seed: String,
}

/// Reads one record, an array of records, or an array of batches `{"by"?, "note"?, "records"}`.
pub fn read(text: &str) -> Result<Vec<Batch>, Refusal> {
    let value: Value = serde_json::from_str(text)
        .map_err(|e| Refusal::Unreadable(format!("this is not JSON: {e}")))?;
    let rows = match value {
        Value::Array(rows) => rows,
        one => vec![one],
    };
    let is_batch = |row: &Value| {
        ["records", "link_by_rule", "sample"]
            .iter()
            .any(|what| row.get(*what).is_some())
    };
    if rows.iter().any(is_batch) {
        return rows
            .into_iter()
            .enumerate()
            .map(|(i, row)| batch(i, row))
            .collect();
    }
    Ok(vec![Batch {
        by: None,
        what: What::Records(rows),
    }])
}

fn batch(i: usize, mut row: Value) -> Result<Batch, Refusal> {
    let by = row["by"].as_str().map(str::to_owned);
    let what = if !row["link_by_rule"].is_null() {
        What::ByRule(row["link_by_rule"].take())
    } else if !row["sample"].is_null() {
        let sample = serde_json::from_value(row["sample"].take());
        What::Sample(sample.map_err(|e| Refusal::field(format!("[{i}].sample"), e.to_string()))?)
    } else {
        match row["records"].take() {
            Value::Array(records) => What::Records(records),
            _ => {
                return Err(Refusal::field(
                    format!("[{i}].records"),
                    "is not an array of records",
                ));
            }
        }
    };
    Ok(Batch { by, what })
}

/// What stands beside the records of a batch.
pub struct Beside<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// Accounts by the name batches call them.
    pub accounts: &'a BTreeMap<String, Account>,
    /// Folder of the files named as evidence.
    pub folder: PathBuf,
}

impl Batch {
    /// Records with their keys and files resolved.
    pub fn records(
        self,
        keys: &mut Keys,
        beside: &Beside<'_>,
        actor: &Account,
    ) -> Result<Vec<Record>, Refusal> {
        let What::Records(rows) = self.what else {
            let problem = "follows from what is recorded before it: it cannot be looked at alone";
            return Err(Refusal::field("sample, link_by_rule", problem));
        };
        let mut records = Vec::with_capacity(rows.len());
        for (i, mut row) in rows.into_iter().enumerate() {
            keep_file(&mut row, beside, actor)?;
            if let Some(object) = row.as_object_mut()
                && !object.contains_key("id")
            {
                object.insert(
                    "id".into(),
                    Value::String(stele_registry::clock::mint().to_string()),
                );
            }
            resolve(&mut row, keys, beside);
            let record = Record::from_json(row).map_err(|e| {
                Refusal::Fields(vec![FieldError::new(
                    format!("records[{i}].{}", e.field),
                    e.problem,
                )])
            })?;
            records.push(record);
        }
        Ok(records)
    }

    /// Records the batch as one act; gives the ids of what was recorded.
    pub fn record(
        self,
        keys: &mut Keys,
        beside: &Beside<'_>,
        actor: &Account,
    ) -> Result<Receipt, Refusal> {
        let mut aggregate_of = |mut named: Value| {
            resolve(&mut named, keys, beside);
            let id = named.as_str().and_then(|id| id.parse::<AnyId>().ok());
            id.ok_or_else(|| Refusal::field("aggregate", "is no id and no @key"))
        };
        let records = match self.what {
            What::ByRule(aggregate) => {
                let aggregate = aggregate_of(aggregate)?;
                return beside.registry.link_by_rule(actor, aggregate);
            }
            What::Sample(sample) => {
                let wish = Wish {
                    aggregate: aggregate_of(sample.aggregate)?.into(),
                    mission: None,
                    by: sample.by,
                    size: Size::Sites(sample.sites),
                    level: Level::USUAL,
                    seed: Some(sample.seed),
                };
                let plan = beside
                    .registry
                    .lay_out(&Viewer::Member(actor.clone()), &wish)?;
                vec![Record::new(stele_registry::clock::mint(), plan)]
            }
            what => Batch { what, ..self }.records(keys, beside, actor)?,
        };
        beside.registry.record(actor, records)
    }
}

/// `@key` becomes an id, `@account:NAME` an account's, `@policy` the policy in force.
fn resolve(value: &mut Value, keys: &mut Keys, beside: &Beside<'_>) {
    match value {
        Value::String(text) => {
            let Some(key) = text.strip_prefix('@') else {
                return;
            };
            *text = match key.strip_prefix("account:") {
                Some(name) => beside
                    .accounts
                    .get(name)
                    .map_or_else(|| text.clone(), |a| a.id.clone()),
                None if key == "policy" => beside.registry.policy().version.clone(),
                None => keys.id(key).to_string(),
            };
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| resolve(item, keys, beside)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| resolve(field, keys, beside)),
        _ => {}
    }
}

/// A record of evidence may name a file: it is kept, and its hash, size and name filled in.
fn keep_file(row: &mut Value, beside: &Beside<'_>, actor: &Account) -> Result<(), Refusal> {
    if row["type"] != "evidence" {
        return Ok(());
    }
    let Some(data) = row.get_mut("data").and_then(Value::as_object_mut) else {
        return Ok(());
    };
    let Some(Value::String(name)) = data.remove("file") else {
        return Ok(());
    };
    let path = beside.folder.join(&name);
    let file = std::fs::File::open(&path).map_err(|e| {
        Refusal::field(
            "data.file",
            format!("{} cannot be opened: {e}", path.display()),
        )
    })?;
    let kept = beside.registry.keep_file(actor, file)?;
    fill(data, &path, &kept.sha256, kept.size_bytes);
    Ok(())
}

fn fill(data: &mut Map<String, Value>, path: &Path, sha256: &str, size: u64) {
    data.insert("sha256".into(), sha256.into());
    data.insert("size_bytes".into(), size.into());
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    data.entry("original_name")
        .or_insert_with(|| name.clone().into());
    let media = match path.extension().and_then(|e| e.to_str()) {
        Some("txt") => "text/plain",
        Some("svg") => "image/svg+xml",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    };
    data.entry("media_type").or_insert_with(|| media.into());
}
