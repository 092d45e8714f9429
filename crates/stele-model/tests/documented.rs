//! Every example of `docs/records.md` is a record, and every kind and field of it is documented.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeSet;
use stele_model::{AnyId, Kind, Record, Word, check};

fn documentation() -> String {
    std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/records.md"
    ))
    .unwrap()
}

fn blocks(text: &str) -> Vec<Value> {
    text.split("```json\n")
        .skip(1)
        .map(|rest| {
            let block = rest.split("```").next().unwrap();
            serde_json::from_str(block).unwrap_or_else(|e| panic!("{e}: {block}"))
        })
        .collect()
}

/// `@key` stands for an id; any one will do here.
fn resolve(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with('@') => {
            let mut bytes = [0u8; 16];
            for (i, byte) in text.bytes().enumerate() {
                bytes[i % 16] = bytes[i % 16].wrapping_mul(31).wrapping_add(byte);
            }
            *text = AnyId::from_bytes(bytes).to_string();
        }
        Value::Array(items) => items.iter_mut().for_each(resolve),
        Value::Object(fields) => fields.values_mut().for_each(resolve),
        _ => {}
    }
}

#[test]
fn every_example_is_a_record_and_every_kind_has_one() {
    let mut seen = BTreeSet::new();
    for mut block in blocks(&documentation()) {
        resolve(&mut block);
        if block.get("data").is_none() {
            continue;
        }
        let record = Record::from_json(block.clone()).unwrap_or_else(|e| panic!("{e}: {block}"));
        assert_eq!(check::shape(&record), Vec::new(), "{block}");
        assert_eq!(Record::from_json(record.to_json()).unwrap(), record);
        seen.insert(record.kind());
    }
    let all: BTreeSet<Kind> = Kind::ALL.iter().copied().collect();
    assert_eq!(seen, all);
}

#[test]
fn every_field_of_the_examples_is_in_its_table() {
    let text = documentation();
    for block in blocks(&text) {
        let (Some(kind), Some(data)) = (block["type"].as_str(), block["data"].as_object()) else {
            continue;
        };
        let label = Kind::from_id(kind).unwrap().label();
        let section = text
            .split(&format!("\n## {label}\n"))
            .nth(1)
            .unwrap()
            .split("\n## ")
            .next()
            .unwrap();
        for field in data.keys() {
            assert!(
                section.contains(&format!("| `{field}` |")),
                "{field} of {kind}"
            );
        }
    }
}
