//! Trees and their proofs: against the recursive definition of RFC 6962, for
//! every place in every size up to 200, with damage anywhere refused.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails here

use proptest::prelude::*;
use std::cell::Cell;
use std::convert::Infallible;
use stele_ledger::merkle::{
    consistency_proof, empty_root, inclusion_proof, leaf_hash, node_hash, root_at,
    verify_consistency, verify_inclusion,
};
use stele_ledger::tile::{
    TileKind, decode_bundle, decode_large_bundle, encode_bundle, encode_large_bundle,
};
use stele_ledger::{Error, Frontier, Hash, MemoryTree, NodeReader, Tile};

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// `MTH` word for word.
fn definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        many => {
            let split = many.len().next_power_of_two() / 2;
            node_hash(&definition(&many[..split]), &definition(&many[split..]))
        }
    }
}

#[test]
fn roots_are_those_of_the_definition() {
    let leaves = leaves(200);
    let tree: MemoryTree = leaves.iter().copied().collect();
    let mut frontier = Frontier::new();
    for size in 0..=200 {
        let root = definition(&leaves[..size]);
        assert_eq!(frontier.root(), root);
        assert_eq!(root_at(&tree, size as u64).unwrap(), root);
        assert_eq!(Frontier::load(&tree, size as u64).unwrap(), frontier);
        let parts = Frontier::from_parts(size as u64, frontier.peaks().to_vec()).unwrap();
        assert_eq!(parts, frontier);
        if size < 200 {
            for node in frontier.append(leaves[size]) {
                assert_eq!(tree.node(node.level, node.index), Ok(Some(node.hash)));
            }
        }
    }
    assert!(matches!(
        Frontier::from_parts(3, vec![leaves[0]]),
        Err(Error::BadFrontier {
            size: 3,
            wanted: 2,
            found: 1
        })
    ));
}

#[test]
fn every_proof_up_to_size_200_verifies() {
    let tree: MemoryTree = leaves(200).into_iter().collect();
    for size in 1..=200 {
        let root = root_at(&tree, size).unwrap();
        for index in 0..size {
            let leaf = tree.node(0, index).unwrap().unwrap();
            let path = inclusion_proof(&tree, index, size).unwrap();
            verify_inclusion(index, size, &leaf, &path, &root).unwrap();
            let old_size = index + 1;
            let old_root = root_at(&tree, old_size).unwrap();
            let proof = consistency_proof(&tree, old_size, size).unwrap();
            verify_consistency(old_size, size, &old_root, &root, &proof).unwrap();
        }
    }
}

struct Counting<'a>(&'a MemoryTree, Cell<u32>);

impl NodeReader for Counting<'_> {
    type Error = Infallible;
    fn node(&self, level: u8, index: u64) -> Result<Option<Hash>, Infallible> {
        self.1.set(self.1.get() + 1);
        self.0.node(level, index)
    }
}

#[test]
fn proofs_read_few_nodes() {
    let size = 100_001;
    let tree: MemoryTree = leaves(size).into_iter().collect();
    for index in (0..size).step_by(997).chain([size - 1]) {
        let reader = Counting(&tree, Cell::new(0));
        inclusion_proof(&reader, index, size).unwrap();
        assert!(
            reader.1.get() <= 2 * 17,
            "inclusion of {index}: {} reads",
            reader.1.get()
        );
        let reader = Counting(&tree, Cell::new(0));
        consistency_proof(&reader, index + 1, size).unwrap();
        assert!(
            reader.1.get() <= 3 * 17,
            "from {}: {} reads",
            index + 1,
            reader.1.get()
        );
    }
}

#[test]
fn places_outside_the_tree_are_named() {
    let tree: MemoryTree = leaves(5).into_iter().collect();
    let error = inclusion_proof(&tree, 5, 5).unwrap_err().to_string();
    assert_eq!(error, "entry 5 lies outside a tree of size 5");
    assert!(consistency_proof(&tree, 6, 5).is_err());
    assert!(consistency_proof(&tree, 0, 5).is_err());
    let error = root_at(&tree, 8).unwrap_err().to_string();
    assert_eq!(error, "tree node at level 3, index 0 is missing");
    // Sizes that only an attacker would name neither panic nor pass.
    let leaf = leaf_hash(b"");
    for (index, size) in [
        (0, u64::MAX),
        (u64::MAX - 1, u64::MAX),
        (u64::MAX, u64::MAX),
        (0, 0),
    ] {
        assert!(verify_inclusion(index, size, &leaf, &[leaf; 70], &leaf).is_err());
        assert!(verify_inclusion(index, size, &leaf, &[], &leaf).is_err());
        assert!(verify_consistency(index, size, &leaf, &leaf, &[leaf; 70]).is_err());
    }
}

fn flip(hashes: &mut [Hash], which: usize, bit: usize) {
    let mut bytes = *hashes[which].as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    hashes[which] = Hash::from_bytes(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_flipped_bit_anywhere_fails(
        size in 1u64..200, at in any::<prop::sample::Index>(),
        which in any::<prop::sample::Index>(), bit in 0usize..256,
    ) {
        let tree: MemoryTree = leaves(size).into_iter().collect();
        let index = at.index(size as usize) as u64;
        // Path, leaf and root in one list, one bit of which is flipped.
        let mut all = inclusion_proof(&tree, index, size).unwrap();
        let path = all.len();
        all.push(tree.node(0, index).unwrap().unwrap());
        all.push(tree.root());
        flip(&mut all, which.index(path + 2), bit);
        prop_assert!(verify_inclusion(index, size, &all[path], &all[..path], &all[path + 1]).is_err());

        let old_size = index + 1;
        let mut all = consistency_proof(&tree, old_size, size).unwrap();
        let path = all.len();
        all.push(root_at(&tree, old_size).unwrap());
        all.push(tree.root());
        flip(&mut all, which.index(path + 2), bit);
        let verdict =
            verify_consistency(old_size, size, &all[path], &all[path + 1], &all[..path]);
        prop_assert!(verdict.is_err());
    }

    #[test]
    fn a_proof_for_another_place_or_length_fails(
        size in 2u64..200, at in any::<prop::sample::Index>(), other in 0u64..200,
    ) {
        let tree: MemoryTree = leaves(size).into_iter().collect();
        let index = at.index(size as usize) as u64;
        let (leaf, root) = (tree.node(0, index).unwrap().unwrap(), tree.root());
        let path = inclusion_proof(&tree, index, size).unwrap();
        if other != index {
            prop_assert!(verify_inclusion(other, size, &leaf, &path, &root).is_err());
        }
        prop_assert!(verify_inclusion(index, size, &leaf, &path[1..], &root).is_err());
        prop_assert!(verify_inclusion(index, size, &leaf, &[&path[..], &[leaf]].concat(), &root).is_err());
    }

    #[test]
    fn tile_paths_are_read_as_they_are_written(
        kind in prop_oneof![
            (0u8..64).prop_map(TileKind::Hashes), Just(TileKind::Entries), Just(TileKind::LargeEntries)
        ],
        index in prop_oneof![0u64..3000, 0..u64::MAX / 257], width in 1u16..=256,
    ) {
        let tile = Tile { kind, index, width };
        prop_assert_eq!(tile.to_string().parse::<Tile>().unwrap(), tile);
    }

    #[test]
    fn no_text_makes_the_tile_parser_panic(text in "(tile/)?(entries|[0-9]{1,3})?/?[x0-9/.p]{0,40}") {
        if let Ok(tile) = text.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), text);
            prop_assert_eq!(tile.nodes().len(), usize::from(tile.width));
        }
    }
}

#[test]
fn tiles_are_those_of_the_specification() {
    // The example of c2sp.org/tlog-tiles: a tree of size 70,000.
    let width =
        |level, index| Tile::in_log(TileKind::Hashes(level), index, 70_000).map(|t| t.width);
    assert_eq!(
        [width(0, 272), width(0, 273), width(0, 274)],
        [Some(256), Some(112), None]
    );
    assert_eq!(
        [width(1, 0), width(1, 1), width(1, 2)],
        [Some(256), Some(17), None]
    );
    assert_eq!(
        [width(2, 0), width(2, 1), width(3, 0)],
        [Some(1), None, None]
    );
    let tile: Tile = "tile/0/x001/x234/067".parse().unwrap();
    assert_eq!((tile.index, tile.width), (1_234_067, 256));
    assert!(!tile.is_within(70_000));
    assert!(tile.is_within(u64::MAX));
    for wrong in [
        "tile/64/000",
        "tile/00/000",
        "tile/0/1",
        "tile/0/0001",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/001/002",
        "tile/0/",
        "tile/x/000",
        "tiles/0/000",
        "tile/0/x001/002/",
        "tile/0/+01",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(wrong.parse::<Tile>().is_err(), "{wrong}");
    }
    let tree: MemoryTree = leaves(70_000).into_iter().collect();
    let upper: Tile = "tile/1/001.p/17".parse().unwrap();
    let below: Tile = "tile/0/x256".replace("x256", "256").parse().unwrap();
    let hashes = below.read(&tree).unwrap();
    let hashes: Vec<Hash> = hashes
        .chunks(32)
        .map(|h| Hash::from_slice(h).unwrap())
        .collect();
    assert_eq!(
        &upper.read(&tree).unwrap()[..32],
        definition(&hashes).as_bytes()
    );
    assert!(
        "tile/entries/000"
            .parse::<Tile>()
            .unwrap()
            .read(&tree)
            .is_err()
    );
}

#[test]
fn bundles_hold_entries_and_refuse_what_they_cannot() {
    let entries = [&b"one"[..], b"", &[7; 65_535]];
    let bundle = encode_bundle(entries).unwrap();
    assert_eq!(decode_bundle(&bundle).unwrap(), entries);
    let error = decode_bundle(&bundle[..bundle.len() - 1])
        .unwrap_err()
        .to_string();
    assert_eq!(error, "entry bundle at byte 7: the entry is cut off");
    assert!(decode_bundle(&bundle[..6]).is_err());
    let long = vec![7u8; 65_536];
    let error = encode_bundle([&b"one"[..], &long]).unwrap_err().to_string();
    assert!(
        error.starts_with("entry 1 of the bundle has 65536 bytes"),
        "{error}"
    );
    let bundle = encode_large_bundle([&b"one"[..], &long]).unwrap();
    assert_eq!(decode_large_bundle(&bundle).unwrap(), [&b"one"[..], &long]);
    assert!(decode_bundle(&vec![0; 2 * 257]).is_err());
}
