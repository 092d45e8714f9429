//! The bars of the ledger, on one core: verifying every entry, inclusion
//! proofs, canonical JSON. `cargo bench -p stele-ledger`; one line per figure,
//! `name: value unit`. The number of entries may be given: `-- 1000000`.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};
use stele_ledger::canonical::{self, Limits};
use stele_ledger::merkle::{consistency_proof, inclusion_proof, leaf_hash, verify_inclusion};
use stele_ledger::{Auditor, Checkpoint, Entry, Hash, MemoryTree, Proof, SigningKey};

/// A record such as a claim is: nested, three scripts, numbers, about 380 bytes.
fn record(i: u64) -> Value {
    json!({
        "id": format!("0190b5f2-7c1e-7d40-8a3b-{i:012x}"),
        "kind": "claim",
        "party": "ministry-of-culture",
        "site": {"names": [
            {"lang": "az", "text": format!("Şəhər kitabxanası № {i}")},
            {"lang": "ru", "text": format!("Городская библиотека {i}")},
            {"lang": "en", "text": format!("City library {i}")},
        ]},
        "at": [46.75 + (i % 1000) as f64 / 1000.0, 39.8],
        "count": {"least": i % 90, "said": "about"},
        "source": format!("statement-{}", i / 100),
    })
}

fn best(rounds: u32, mut work: impl FnMut()) -> Duration {
    let times = (0..rounds).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

fn rate(name: &str, count: usize, bytes: usize, time: Duration) {
    let seconds = time.as_secs_f64();
    println!("{name}: {:.0} entries/s", count as f64 / seconds);
    println!("{name}, volume: {:.0} MB/s", bytes as f64 / seconds / 1e6);
}

fn audit(name: &str, entries: &[Vec<u8>], auditor: impl Fn() -> Auditor, leaves: Option<&[Hash]>) {
    let time = best(5, || {
        let mut audit = auditor();
        for (index, entry) in entries.iter().enumerate() {
            match leaves {
                Some(leaves) => audit.push_with_leaf(index as u64, entry, &leaves[index]),
                None => audit.push(index as u64, entry),
            }
        }
        let report = audit.finish();
        assert!(report.is_sound() && report.checkpoints == 1);
    });
    rate(
        name,
        entries.len(),
        entries.iter().map(Vec::len).sum(),
        time,
    );
}

fn main() -> Result<(), stele_ledger::Error> {
    let count = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(200_000u64);
    let drafts: Vec<Entry> = (0..count)
        .map(|i| {
            Entry::new(
                "ministry",
                i,
                "2023-05-01T08:00:00.000Z-0000",
                "ana",
                vec![record(i)],
            )
        })
        .collect();
    let entries: Vec<Vec<u8>> = drafts
        .iter()
        .map(Entry::to_bytes)
        .collect::<Result<_, _>>()?;
    let bytes: usize = entries.iter().map(Vec::len).sum();
    println!(
        "entries: {count} of {} bytes each on average",
        bytes / entries.len()
    );

    let tree: MemoryTree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let checkpoint = Checkpoint::new("ministry", tree.size(), tree.root());
    let plain = || Auditor::of_bytes().checkpoints([checkpoint.clone()]);
    let full = || Auditor::new("ministry").checkpoints([checkpoint.clone()]);
    audit("verify, hashes and tree", &entries, plain, None);
    audit(
        "verify, with canonical form and envelope",
        &entries,
        full,
        None,
    );
    audit(
        "verify, with stored leaf hashes too",
        &entries,
        full,
        Some(&leaves),
    );

    let time = best(5, || {
        entries.iter().for_each(|entry| {
            black_box(canonical::scan(black_box(entry), &Limits::default()).is_ok());
        })
    });
    rate("canonical check", entries.len(), bytes, time);
    let time = best(3, || {
        entries.iter().for_each(|entry| {
            let value = serde_json::from_slice::<Value>(entry).map(|v| canonical::to_bytes(&v));
            black_box(value.is_ok_and(|again| again.is_ok_and(|again| again == *entry)));
        })
    });
    rate(
        "canonical check by reading and writing again",
        entries.len(),
        bytes,
        time,
    );
    let time = best(5, || {
        drafts.iter().for_each(|draft| {
            black_box(draft.to_bytes().is_ok());
        })
    });
    rate("entry to canonical bytes", entries.len(), bytes, time);

    let places: Vec<u64> = (0..10_000).map(|i| i * 7919 % count).collect();
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / places.len() as f64;
    let time = best(5, || {
        places.iter().for_each(|index| {
            black_box(inclusion_proof(&tree, *index, count).is_ok());
        })
    });
    println!("inclusion proof, made from memory: {:.2} us", micros(time));
    let time = best(5, || {
        places.iter().for_each(|index| {
            black_box(consistency_proof(&tree, index + 1, count).is_ok());
        })
    });
    println!(
        "consistency proof, made from memory: {:.2} us",
        micros(time)
    );
    let path = inclusion_proof(&tree, 1, count)?;
    let time = best(5, || {
        places.iter().for_each(|_| {
            let verdict =
                verify_inclusion(1, count, &leaves[1], black_box(&path), &checkpoint.root);
            assert!(verdict.is_ok());
        })
    });
    println!("inclusion proof, verified: {:.2} us", micros(time));

    let key = SigningKey::from_seed("ministry", &[1; 32])?;
    let note = checkpoint.sign(&[&key])?.to_string();
    let proof = Proof::new(&tree, 1, &entries[1], &note, key.verifier())?;
    let time = best(5, || {
        (0..1000).for_each(|_| assert!(black_box(&proof).verify().is_ok()))
    });
    println!(
        "proof document, verified with its signature: {:.1} us",
        time.as_secs_f64() * 1e3
    );
    let time = best(5, || {
        (0..1000).for_each(|_| {
            black_box(checkpoint.sign(&[&key]).is_ok());
        })
    });
    println!("checkpoint, signed: {:.1} us", time.as_secs_f64() * 1e3);
    Ok(())
}
