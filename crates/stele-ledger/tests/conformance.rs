//! The public test vectors: RFC 6962 proofs and a Tessera log
//! (transparency-dev), tiles written by Sunlight, Ed25519 (Wycheproof).
//! Canonical JSON has its own file, `canonical.rs`.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails here

mod shared;

use serde::Deserialize;
use shared::vectors;
use std::fs;
use std::path::{Path, PathBuf};
use stele_ledger::merkle::{leaf_hash, root_at, verify_consistency, verify_inclusion};
use stele_ledger::tile::{TileKind, decode_bundle, encode_bundle};
use stele_ledger::{Auditor, Checkpoint, Hash, MemoryTree, Note, Tile, VerifierKey};

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(json_files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    found
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

fn hashes(texts: Option<Vec<String>>) -> stele_ledger::Result<Vec<Hash>> {
    texts
        .unwrap_or_default()
        .iter()
        .map(|text| Hash::from_base64(text))
        .collect()
}

#[test]
fn rfc6962_inclusion_vectors() {
    let Some(folder) = vectors("tlog/rfc6962-merkle-testdata/inclusion") else {
        return;
    };
    let (mut happy, mut failing) = (0, 0);
    for path in json_files(&folder) {
        let v: Inclusion = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let verdict = (|| {
            let (leaf, root) = (
                Hash::from_base64(&v.leaf_hash)?,
                Hash::from_base64(&v.root)?,
            );
            verify_inclusion(v.leaf_idx, v.tree_size, &leaf, &hashes(v.proof)?, &root)
        })();
        assert_eq!(
            verdict.is_err(),
            v.want_err,
            "{}: {verdict:?}",
            path.display()
        );
        if v.want_err { failing += 1 } else { happy += 1 }
    }
    println!("inclusion: {happy} happy, {failing} failing");
    assert!(happy >= 5 && failing >= 50);
}

#[test]
fn rfc6962_consistency_vectors() {
    let Some(folder) = vectors("tlog/rfc6962-merkle-testdata/consistency") else {
        return;
    };
    let (mut happy, mut failing) = (0, 0);
    for path in json_files(&folder) {
        let v: Consistency = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let verdict = (|| {
            // One happy vector has "don't care" as both roots: keep equality.
            let root = |text: &str| Hash::from_base64(text).unwrap_or(leaf_hash(text.as_bytes()));
            let proof = hashes(v.proof)?;
            verify_consistency(v.size1, v.size2, &root(&v.root1), &root(&v.root2), &proof)
        })();
        assert_eq!(
            verdict.is_err(),
            v.want_err,
            "{}: {verdict:?}",
            path.display()
        );
        if v.want_err { failing += 1 } else { happy += 1 }
    }
    println!("consistency: {happy} happy, {failing} failing");
    assert!(happy >= 5 && failing >= 50);
}

/// The key of the log in Tessera's testdata, published with it.
const TESSERA: &str =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

#[test]
fn a_tessera_log_is_recomputed_and_verified() {
    let Some(log) = vectors("tlog/tessera-log") else {
        return;
    };
    let key: VerifierKey = TESSERA.parse().unwrap();
    let read = |path: String| fs::read(log.join(&path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let tile = |kind, size| Tile::in_log(kind, 0, size).unwrap();
    let bundle = read(tile(TileKind::Entries, 15).to_string());
    let entries = decode_bundle(&bundle).unwrap();
    let tree: MemoryTree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut checkpoints = Vec::new();
    for size in 0..=15u64 {
        let path = format!("checkpoint.{size}");
        if !log.join(&path).exists() {
            continue;
        }
        let bytes = read(path);
        let note = Note::parse(&bytes).unwrap();
        assert_eq!(
            note.to_string().as_bytes(),
            bytes,
            "written again as it was"
        );
        let checkpoint = Checkpoint::open(&bytes, std::slice::from_ref(&key)).unwrap();
        assert_eq!(checkpoint.to_string(), note.text());
        assert_eq!(checkpoint.size, size);
        assert_eq!(
            checkpoint.root,
            root_at(&tree, size).unwrap(),
            "size {size}"
        );
        if size > 0 {
            let hashes = tile(TileKind::Hashes(0), size);
            assert_eq!(hashes.read(&tree).unwrap(), read(hashes.to_string()));
            let first = &entries[..usize::try_from(size).unwrap()];
            let bundle = encode_bundle(first).unwrap();
            assert_eq!(bundle, read(tile(TileKind::Entries, size).to_string()));
        }
        checkpoints.push(checkpoint);
    }
    assert!(checkpoints.len() >= 12);
    let wanted = checkpoints.len() as u64;
    let mut audit = Auditor::of_bytes().checkpoints(checkpoints);
    (0..)
        .zip(&entries)
        .for_each(|(index, entry)| audit.push(index, entry));
    let report = audit.finish().into_result().unwrap();
    assert_eq!(
        (report.entries, report.checkpoints, report.unsigned),
        (15, wanted, 0)
    );
}

/// Of Sunlight's testdata only these two tiles belong together; its entry
/// bundles are dummies and its checkpoint is of another tree.
#[test]
fn a_sunlight_tile_of_256_leaves_gives_the_tile_above() {
    let Some(folder) = vectors("tlog/sunlight-skylight-testdata") else {
        return;
    };
    let log = folder
        .join("witness/mirror/000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706");
    let tile = |level| Tile::in_log(TileKind::Hashes(level), 0, 256).unwrap();
    let read = |tile: Tile| fs::read(log.join(tile.to_string())).unwrap();
    let leaves = read(tile(0));
    let tree: MemoryTree = leaves
        .chunks(32)
        .map(|leaf| Hash::from_slice(leaf).unwrap())
        .collect();
    assert_eq!(tree.size(), 256);
    assert_eq!(tile(0).read(&tree).unwrap(), leaves);
    assert_eq!(tile(1).read(&tree).unwrap(), read(tile(1)));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wycheproof {
    test_groups: Vec<Group>,
    number_of_tests: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    public_key: PublicKey,
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct PublicKey {
    pk: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    tc_id: u32,
    comment: String,
    msg: String,
    sig: String,
    result: String,
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn wycheproof_ed25519() {
    let Some(folder) = vectors("wycheproof") else {
        return;
    };
    let file = fs::read(folder.join("ed25519_test.json")).unwrap();
    let file: Wycheproof = serde_json::from_slice(&file).unwrap();
    let mut seen = 0;
    for group in &file.test_groups {
        let public = unhex(&group.public_key.pk).try_into().unwrap();
        let key = VerifierKey::from_public_key("wycheproof", &public);
        for case in &group.tests {
            let verdict = key
                .as_ref()
                .is_ok_and(|key| key.verify(&unhex(&case.msg), &unhex(&case.sig)).is_ok());
            let wanted = case.result == "valid";
            assert_eq!(verdict, wanted, "test {}: {}", case.tc_id, case.comment);
            seen += 1;
        }
    }
    assert_eq!(seen, file.number_of_tests);
}
