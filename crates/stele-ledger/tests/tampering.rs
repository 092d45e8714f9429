//! Whatever is done to a log behind its checkpoint is found, and named: bytes
//! changed, entries dropped, exchanged, repeated, cut off; proofs altered.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails here

use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;
use stele_ledger::merkle::leaf_hash;
use stele_ledger::{
    Auditor, Checkpoint, Entry, Error, Frontier, Hash, MemoryTree, Proof, Report, SigningKey,
};

const NODE: &str = "mission-2";
const COUNT: u64 = 23;

struct Log {
    key: SigningKey,
    entries: Vec<Vec<u8>>,
    leaves: Vec<Hash>,
    tree: MemoryTree,
    /// As signed notes, of sizes 7, 16 and 23.
    notes: Vec<String>,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let key = SigningKey::from_seed(NODE, &[9; 32]).unwrap();
    let entry = |seq| {
        let records =
            vec![json!({"claim": format!("library {seq}"), "count": seq * 3, "of": null})];
        Entry::new(
            NODE,
            seq,
            format!("2023-05-{:02}T08:00Z", seq + 1),
            "ana",
            records,
        )
    };
    let entries: Vec<_> = (0..COUNT)
        .map(|seq| entry(seq).to_bytes().unwrap())
        .collect();
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut tree = MemoryTree::new();
    let mut notes = Vec::new();
    for leaf in &leaves {
        tree.append(*leaf);
        if [7, 16, COUNT].contains(&tree.size()) {
            let checkpoint = Checkpoint::new(NODE, tree.size(), tree.root());
            notes.push(checkpoint.sign(&[&key]).unwrap().to_string());
        }
    }
    Log {
        key,
        entries,
        leaves,
        tree,
        notes,
    }
});

fn checkpoints() -> Vec<Checkpoint> {
    let keys = [LOG.key.verifier().clone()];
    LOG.notes
        .iter()
        .map(|note| Checkpoint::open(note.as_bytes(), &keys).unwrap())
        .collect()
}

fn audit(entries: &[Vec<u8>]) -> Report {
    let mut audit = Auditor::new(NODE).checkpoints(checkpoints());
    (0..)
        .zip(entries)
        .for_each(|(index, entry)| audit.push(index, entry));
    audit.finish()
}

fn sentences(report: &Report) -> Vec<String> {
    report.faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_log_left_alone_is_sound() {
    let report = audit(&LOG.entries).into_result().unwrap();
    assert_eq!(
        (report.entries, report.checkpoints, report.unsigned),
        (COUNT, 3, 0)
    );
    assert_eq!(report.root, LOG.tree.root());
}

#[test]
fn every_byte_changed_is_found_in_its_entry_or_between_its_checkpoints() {
    for (index, entry) in LOG.entries.iter().enumerate() {
        let (good, bad) = match index {
            0..7 => (0, 7),
            7..16 => (7, 16),
            _ => (16, 23),
        };
        for at in 0..entry.len() {
            let mut entries = LOG.entries.clone();
            entries[index][at] ^= 1 << (at % 8);
            let report = audit(&entries);
            let mismatch = report.faults.iter().find_map(|fault| match fault {
                Error::RootMismatch {
                    good_size, size, ..
                } => Some((*good_size, *size)),
                _ => None,
            });
            assert_eq!(mismatch, Some((good, bad)), "entry {index}, byte {at}");
            for fault in &report.faults {
                if let Error::BadEntry { index: named, .. } = fault {
                    assert_eq!(*named, index as u64);
                }
            }
            // With stored leaf hashes the entry is named, always.
            let mut audit = Auditor::new(NODE).checkpoints(checkpoints());
            for (i, (entry, leaf)) in entries.iter().zip(&LOG.leaves).enumerate() {
                audit.push_with_leaf(i as u64, entry, leaf);
            }
            let report = audit.finish();
            let named = report.faults.iter().filter_map(|fault| match fault {
                Error::LeafMismatch { index, .. } => Some(*index),
                _ => None,
            });
            assert_eq!(named.collect::<Vec<_>>(), [index as u64]);
        }
    }
}

#[test]
fn faults_are_sentences_with_thing_and_place() {
    let with = |index: usize, from: &str, to: &str| {
        let mut entries = LOG.entries.clone();
        let text = String::from_utf8(entries[index].clone()).unwrap();
        assert!(text.contains(from));
        entries[index] = text.replacen(from, to, 1).into_bytes();
        sentences(&audit(&entries))
    };
    let first = |index, from, to| with(index, from, to).swap_remove(0);
    assert_eq!(
        first(4, "\"count\":12", "\"count\":012"),
        "entry 4: not canonical JSON at byte 96, in /records/0/count: number \"012\" is not in its canonical form"
    );
    assert_eq!(
        first(4, "\"seq\":4", "\"seq\":5"),
        "entry 4: entry field \"seq\": 5 stands where 4 belongs"
    );
    assert_eq!(
        first(4, NODE, "mission-3"),
        "entry 4: entry field \"node\": \"mission-3\" in the log of \"mission-2\""
    );
    assert_eq!(
        first(4, "\"v\":1", "\"w\":1"),
        "entry 4: entry field \"w\": unknown"
    );
    assert_eq!(
        first(4, "\"v\":1", "\"v\":2"),
        "entry 4: entry field \"v\": version 2 is not known, only 1"
    );
    assert!(
        first(9, "library 9", "library 8")
            .starts_with("root mismatch between checkpoint of size 7 and size 16: signed ")
    );
}

#[test]
fn dropped_exchanged_repeated_and_cut_off_entries_are_found() {
    let count = LOG.entries.len();
    for index in 0..count {
        let mut dropped = LOG.entries.clone();
        dropped.remove(index);
        let faults = sentences(&audit(&dropped));
        if index + 1 < count {
            let wanted = format!("entry {index}: entry field \"seq\"");
            assert!(faults[0].starts_with(&wanted), "{faults:?}");
        }
        let wanted = "entries 22 to 22 are missing: a checkpoint of size 23 was signed, 22 entries are there";
        assert_eq!(faults.last().unwrap(), wanted);

        let mut repeated = LOG.entries.clone();
        repeated.insert(index, LOG.entries[index].clone());
        assert!(!audit(&repeated).is_sound());

        let mut swapped = LOG.entries.clone();
        swapped.swap(index, (index + 1) % count);
        assert!(!audit(&swapped).is_sound());

        let truncated = audit(&LOG.entries[..index]);
        let missing = truncated
            .faults
            .iter()
            .any(|f| matches!(f, Error::Truncated { size: 23, .. }));
        assert!(missing, "cut off at {index}");

        let mut cut = LOG.entries.clone();
        cut[index].pop();
        assert!(sentences(&audit(&cut))[0].starts_with(&format!("entry {index}: not canonical")));
    }
}

#[test]
fn a_gap_in_the_indices_is_found() {
    let mut audit = Auditor::new(NODE).checkpoints(checkpoints());
    for index in (0..COUNT).filter(|index| *index != 5) {
        audit.push(index, &LOG.entries[index as usize]);
    }
    let faults = sentences(&audit.finish());
    assert_eq!(faults[0], "entry 5 expected, entry 6 found");
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with("root mismatch"))
    );
}

#[test]
fn checkpoints_that_contradict_each_other_are_found() {
    let mut all = checkpoints();
    all.push(Checkpoint::new(NODE, 7, LOG.leaves[0]));
    all.push(Checkpoint::new("elsewhere", 30, LOG.leaves[0]));
    let report = Auditor::new(NODE).checkpoints(all).finish();
    assert!(
        report
            .faults
            .iter()
            .any(|fault| matches!(fault, Error::SplitView { size: 7, .. }))
    );
    assert!(
        report
            .faults
            .iter()
            .any(|fault| matches!(fault, Error::WrongOrigin { size: 30, .. }))
    );
}

#[test]
fn an_audit_goes_on_from_a_verified_tree() {
    let tree = Frontier::load(&LOG.tree, 16).unwrap();
    let mut audit = Auditor::new(NODE).resume(tree).checkpoints(checkpoints());
    (16..COUNT).for_each(|index| audit.push(index, &LOG.entries[index as usize]));
    let report = audit.finish().into_result().unwrap();
    assert_eq!((report.entries, report.checkpoints), (COUNT, 2));
}

#[test]
fn entries_not_yet_signed_are_counted() {
    let mut audit = Auditor::new(NODE).checkpoints(checkpoints().into_iter().take(2));
    (0..)
        .zip(&LOG.entries)
        .for_each(|(index, entry)| audit.push(index, entry));
    assert_eq!(audit.finish().into_result().unwrap().unsigned, 7);
}

fn proof(index: u64) -> Proof {
    let entry = &LOG.entries[index as usize];
    Proof::new(&LOG.tree, index, entry, &LOG.notes[2], LOG.key.verifier()).unwrap()
}

#[test]
fn a_proof_verifies_alone_and_for_every_entry() {
    for index in 0..COUNT {
        let json = proof(index).for_record(0).to_json().unwrap();
        let verified = Proof::from_json(json.as_bytes()).unwrap().verify().unwrap();
        assert_eq!(verified.entry.seq, index);
        assert_eq!(verified.checkpoint.size, COUNT);
        assert_eq!(verified.leaf, LOG.leaves[index as usize]);
    }
    let text = proof(3).to_tlog_proof();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 3\n") && text.ends_with(&LOG.notes[2]));
}

#[test]
fn an_altered_proof_fails_with_its_reason() {
    let fails = |change: fn(&mut Proof)| {
        let mut proof = proof(11);
        change(&mut proof);
        proof.verify().unwrap_err().to_string()
    };
    let path =
        "entry 11 is not proven to be in the tree of size 23: the proof leads to another root";
    assert_eq!(
        fails(|p| p.entry = p.entry.replace("library", "museum")),
        path
    );
    assert_eq!(fails(|p| p.path.swap(0, 1)), path);
    assert!(fails(|p| p.index = 12).contains("entry 12 is not proven"));
    assert!(fails(|p| p.record = Some(1)).contains("field \"record\""));
    assert!(fails(|p| p.format = "other".into()).contains("field \"format\""));
    let forged = "signature by \"mission-2\" does not verify";
    assert_eq!(
        fails(|p| p.checkpoint = p.checkpoint.replacen("23", "22", 1)),
        forged
    );
    let other = SigningKey::from_seed(NODE, &[8; 32]).unwrap();
    let error = proof(11)
        .verify_with(other.verifier())
        .unwrap_err()
        .to_string();
    assert!(error.contains("field \"vkey\""));
    assert!(Proof::from_json(b"{\"format\":\"stele-proof/1\",\"more\":1}").is_err());
}

#[test]
fn an_entry_is_written_as_deep_as_it_is_read_and_no_deeper() {
    let nested = |levels: usize| {
        (0..levels).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]))
    };
    let entry = |levels| Entry::new("n", 0, "t", "b", vec![nested(levels)]);
    let deepest = entry(62).to_bytes().unwrap();
    assert_eq!(Entry::parse(&deepest).unwrap(), entry(62));
    assert!(entry(63).to_bytes().is_err());
}

#[test]
fn envelopes_of_the_wrong_shape_are_not_written_and_not_read() {
    let entry = |node: &str, records| Entry::new(node, 0, "t", "ana", records);
    assert!(
        entry("n", vec![])
            .to_bytes()
            .unwrap_err()
            .to_string()
            .contains("\"records\"")
    );
    assert!(
        entry("", vec![json!(1)])
            .to_bytes()
            .unwrap_err()
            .to_string()
            .contains("\"node\": empty")
    );
    let quoted = entry("a \"b\"\n", vec![json!(1)]);
    assert_eq!(Entry::parse(&quoted.to_bytes().unwrap()).unwrap(), quoted);
    for (wrong, named) in [
        (
            r#"{"at":"t","by":"b","node":"n","records":[1],"seq":0}"#,
            "\"v\": missing",
        ),
        (
            r#"{"at":"t","by":"b","node":"n","records":[1],"seq":-1,"v":1}"#,
            "\"seq\"",
        ),
        (
            r#"{"at":"t","by":"b","node":"n","records":{},"seq":0,"v":1}"#,
            "\"records\"",
        ),
        (
            r#"{"at":1,"by":"b","node":"n","records":[1],"seq":0,"v":1}"#,
            "\"at\": not a string",
        ),
        (
            r#"{"at":"t","by":"b","extra":1,"node":"n","records":[1],"seq":0,"v":1}"#,
            "\"extra\": unknown",
        ),
        ("[]", "object expected"),
    ] {
        let error = Entry::parse(wrong.as_bytes()).expect_err(wrong).to_string();
        assert!(error.contains(named), "{wrong}: {error}");
    }
}

proptest! {
    /// Any bytes in place of an entry, any number of exchanges: never unseen.
    #[test]
    fn arbitrary_tampering_is_found(
        index in 0..COUNT as usize, bytes in prop::collection::vec(any::<u8>(), 0..80),
        a in 0..COUNT as usize, b in 0..COUNT as usize,
    ) {
        let mut entries = LOG.entries.clone();
        entries[index] = bytes;
        entries.swap(a, b);
        prop_assert!(!audit(&entries).is_sound());
    }

    #[test]
    fn a_damaged_proof_document_never_verifies(at in any::<prop::sample::Index>(), byte: u8) {
        let json = proof(5).to_json().unwrap().into_bytes();
        let mut damaged = json.clone();
        let at = at.index(json.len());
        damaged[at] = byte;
        // White space between tokens and the like may change without harm.
        if let Ok(read) = Proof::from_json(&damaged) && read != proof(5) {
            prop_assert!(read.verify().is_err());
        }
    }
}
