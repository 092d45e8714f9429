//! Whatever is changed behind the writer's back is found, and said where.

use crate::common::*;
use crate::on_both_engines;
use stele_store::engine::{Connection, Value};
use stele_store::{Fault, Store};

on_both_engines! {
    any_byte_of_an_entry
    an_entry_dropped
    two_entries_swapped
    the_tail_cut_off
    a_hash_of_the_tree
    a_signature
    a_row_of_the_state
}

const ENTRIES: u64 = 12;

fn filled(bench: &Bench) -> Store {
    let store = bench.open();
    for n in 0..ENTRIES {
        append(&store, vec![party(n, &format!("Party {n}"))]);
    }
    assert_sound(bench, &store);
    store
}

/// Runs SQL as somebody with the database in their hands, and gives what an audit then finds.
fn after(bench: &Bench, store: &Store, sql: &str, params: &[Value]) -> Vec<Fault> {
    let changed = bench.connection().execute(sql, params).unwrap();
    assert!(changed > 0, "{sql} changed nothing");
    faults(bench, store)
}

fn bytes_of(c: &mut dyn Connection, seq: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    c.query(
        "SELECT bytes FROM entry WHERE seq = $1",
        &[Value::Int(seq)],
        &mut |row| {
            bytes = match &row.0[0] {
                Value::Bytes(b) => b.clone(),
                _ => panic!("bytes"),
            };
            Ok(())
        },
    )
    .unwrap();
    bytes
}

fn any_byte_of_an_entry(bench: &Bench) {
    let store = filled(bench);
    let original = bytes_of(&mut *bench.connection(), 5);
    let step = (original.len() / 16).max(1);
    for at in (0..original.len()).step_by(step) {
        let mut bytes = original.clone();
        bytes[at] ^= 1;
        let found = after(
            bench,
            &store,
            "UPDATE entry SET bytes = $1 WHERE seq = 5",
            &[Value::Bytes(bytes)],
        );
        assert!(
            found.iter().any(|f| f.place.contains('5')),
            "byte {at}: {found:?}"
        );
    }
    assert_eq!(
        after(
            bench,
            &store,
            "UPDATE entry SET bytes = $1 WHERE seq = 5",
            &[Value::Bytes(original)]
        ),
        [],
        "put back, nothing is wrong"
    );
}

fn an_entry_dropped(bench: &Bench) {
    let store = filled(bench);
    assert!(!after(bench, &store, "DELETE FROM entry WHERE seq = 7", &[]).is_empty());
}

fn two_entries_swapped(bench: &Bench) {
    let store = filled(bench);
    let mut c = bench.connection();
    let (a, b) = (bytes_of(&mut *c, 3), bytes_of(&mut *c, 4));
    c.execute(
        "UPDATE entry SET bytes = $1 WHERE seq = 3",
        &[Value::Bytes(b)],
    )
    .unwrap();
    assert!(
        !after(
            bench,
            &store,
            "UPDATE entry SET bytes = $1 WHERE seq = 4",
            &[Value::Bytes(a)]
        )
        .is_empty()
    );
}

/// The tail with all that was signed over it: only the copy of the checkpoint outside tells.
fn the_tail_cut_off(bench: &Bench) {
    let store = filled(bench);
    let mut c = bench.connection();
    let keep = i64::try_from(ENTRIES - 2).unwrap();
    c.execute(
        "DELETE FROM checkpoint WHERE size > $1",
        &[Value::Int(keep)],
    )
    .unwrap();
    let found = after(
        bench,
        &store,
        "DELETE FROM entry WHERE seq >= $1",
        &[Value::Int(keep)],
    );
    assert!(!found.is_empty(), "a shorter log passes for whole");
}

fn a_hash_of_the_tree(bench: &Bench) {
    let store = filled(bench);
    assert!(
        !after(
            bench,
            &store,
            "UPDATE entry SET leaf = $1 WHERE seq = 2",
            &[Value::Bytes(vec![0; 32])]
        )
        .is_empty()
    );
}

fn a_signature(bench: &Bench) {
    let store = filled(bench);
    let sql = "UPDATE checkpoint SET note = REPLACE(note, 'A', 'B') WHERE size = $1";
    assert!(
        !after(
            bench,
            &store,
            sql,
            &[Value::Int(i64::try_from(ENTRIES).unwrap())]
        )
        .is_empty()
    );
}

/// The log is whole, but the state says something else: comparing with what the log makes finds it.
fn a_row_of_the_state(bench: &Bench) {
    let store = filled(bench);
    let before = canonical_of(&store);
    let changed = bench
        .connection()
        .execute(
            "UPDATE thing SET title = 'zzz' WHERE title LIKE 'party 4%'",
            &[],
        )
        .unwrap();
    assert_eq!(changed, 1);
    assert_eq!(faults(bench, &store), []);
    let difference = difference(bench, &store);
    assert!(
        difference.is_some_and(|d| d.contains("zzz") || d.contains("thing")),
        "the difference is named"
    );
    store.rebuild().unwrap();
    assert_eq!(canonical_of(&store), before, "rebuilding mends it");
}
