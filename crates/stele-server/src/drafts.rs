//! Drafts as a form or a program brings them, on their way to become records: ids minted, keys
//! resolved, and what the account itself says filled in.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use stele_model::{AnyId, FieldError, Kind, Record};
use stele_registry::{Account, Refusal, Registry};

/// One draft of an act.
pub struct Draft {
    /// Name by which other drafts of the act refer to it: `"@name"`.
    pub key: Option<String>,
    /// Its id; minted where it has none.
    pub id: Option<AnyId>,
    /// Its kind.
    pub kind: Kind,
    /// What it says.
    pub data: Map<String, Value>,
}

/// The records that drafts become, with the ids of their keys.
pub fn records(
    registry: &Registry,
    account: &Account,
    drafts: Vec<Draft>,
) -> Result<(Vec<Record>, BTreeMap<String, AnyId>), Refusal> {
    let mut keys = BTreeMap::new();
    let mut ids = Vec::with_capacity(drafts.len());
    for (i, draft) in drafts.iter().enumerate() {
        let id = draft.id.unwrap_or_else(stele_registry::clock::mint);
        if let Some(key) = &draft.key
            && keys.insert(key.clone(), id).is_some()
        {
            let problem = "is the key of another draft too";
            return Err(Refusal::field(format!("records[{i}].key"), problem));
        }
        ids.push(id);
    }
    let mut records = Vec::with_capacity(drafts.len());
    let mut errors = Vec::new();
    for (i, (draft, id)) in drafts.into_iter().zip(ids).enumerate() {
        let mut data = draft.data;
        for value in data.values_mut() {
            resolve(value, &keys);
        }
        by_the_account(registry, account, draft.kind, &mut data);
        match Record::from_json(json!({"id": id, "type": draft.kind, "data": data})) {
            Ok(record) => records.push(record),
            Err(e) => errors.push(FieldError::new(
                format!("records[{i}].{}", e.field),
                e.problem,
            )),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::Fields(errors));
    }
    registry.brought(account, &records)?;
    Ok((records, keys))
}

/// `"@key"` becomes the id of the draft with that key; any other text stays.
fn resolve(value: &mut Value, keys: &BTreeMap<String, AnyId>) {
    match value {
        Value::String(text) => {
            if let Some(id) = text.strip_prefix('@').and_then(|key| keys.get(key)) {
                *text = id.to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, keys)),
        Value::Object(fields) => fields.values_mut().for_each(|field| resolve(field, keys)),
        _ => {}
    }
}

/// Who judges is who is signed in; nobody types it.
pub fn by_the_account(
    registry: &Registry,
    account: &Account,
    kind: Kind,
    data: &mut Map<String, Value>,
) {
    let field = match kind {
        Kind::Finding => "author",
        Kind::Review => "reviewer",
        Kind::Publication => {
            data.insert("policy".into(), json!(registry.policy().version));
            return;
        }
        Kind::Assessment => {
            data.entry("assessor").or_insert_with(|| json!(account.id));
            return;
        }
        _ => return,
    };
    data.entry(field).or_insert_with(|| json!(account.id));
    if let Some(party) = account.affiliation {
        data.entry("affiliation").or_insert_with(|| json!(party));
    }
}
