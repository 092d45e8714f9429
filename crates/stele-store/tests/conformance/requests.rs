//! A request under a key writes together with the key, or not at all; another attempt writes nothing.

use crate::common::*;
use crate::on_both_engines;
use std::sync::Barrier;
use stele_model::Kind;
use stele_store::{Attempt, RequestRow, Store, StoreError};

on_both_engines! {
    a_key_is_kept_with_what_was_written
    a_second_attempt_writes_nothing
    what_failed_leaves_the_key_free
    of_many_attempts_at_once_one_writes
    answers_are_forgotten_after_their_time
}

fn attempt(key: &str, attempt: &str) -> Attempt {
    Attempt {
        account: "acc-1".into(),
        key: key.into(),
        request: "hash".into(),
        attempt: attempt.into(),
        made_ms: NOON,
    }
}

fn record(store: &Store, n: u64) -> Result<(), StoreError> {
    store.write(move |w| {
        w.append("acc-1", NOON, &[party(n, "A State")])?;
        Ok(())
    })
}

fn parties(store: &Store) -> u64 {
    store.read(|read| read.count(Kind::Party)).unwrap()
}

fn known(store: &Store, key: &str) -> Option<RequestRow> {
    store.house(|house| house.request("acc-1", key)).unwrap()
}

fn a_key_is_kept_with_what_was_written(bench: &Bench) {
    let store = bench.open();
    record(&store.attempting(attempt("k", "one")), 1).unwrap();
    drop(store);
    let store = bench.open();
    let row = known(&store, "k").unwrap();
    assert_eq!((row.request.as_str(), row.answer), ("hash", None));
    store
        .write(|w| {
            w.house()
                .put_answer(&attempt("k", "one"), (201, "text/plain", b"done"), 0)
        })
        .unwrap_or_else(|e: StoreError| panic!("{e}"));
    let answer = known(&store, "k").unwrap().answer;
    assert_eq!(answer, Some((201, "text/plain".into(), b"done".to_vec())));
    assert_eq!(parties(&store), 1);
    assert_sound(bench, &store);
}

fn a_second_attempt_writes_nothing(bench: &Bench) {
    let store = bench.open();
    let first = store.attempting(attempt("k", "one"));
    record(&first, 1).unwrap();
    record(&first, 2).unwrap();
    let second = record(&store.attempting(attempt("k", "two")), 3);
    assert!(matches!(second, Err(StoreError::Repeated)), "{second:?}");
    // The key belongs to an account.
    let other = Attempt {
        account: "acc-2".into(),
        ..attempt("k", "three")
    };
    record(&store.attempting(other), 4).unwrap();
    assert_eq!(parties(&store), 3);
    assert_sound(bench, &store);
}

fn what_failed_leaves_the_key_free(bench: &Bench) {
    let store = bench.open();
    let failed = store
        .attempting(attempt("k", "one"))
        .write(|_| Err::<(), _>(StoreError::Engine("no".into())));
    assert!(failed.is_err());
    assert_eq!(known(&store, "k"), None);
    record(&store.attempting(attempt("k", "two")), 1).unwrap();
    assert_eq!(parties(&store), 1);
}

fn of_many_attempts_at_once_one_writes(bench: &Bench) {
    let store = bench.open();
    let start = Barrier::new(8);
    let wrote: usize = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|n| {
                let (store, start) = (store.attempting(attempt("k", &n.to_string())), &start);
                scope.spawn(move || {
                    start.wait();
                    usize::from(record(&store, n + 1).is_ok())
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!((wrote, parties(&store)), (1, 1));
    assert_sound(bench, &store);
}

fn answers_are_forgotten_after_their_time(bench: &Bench) {
    let store = bench.open();
    record(&store.attempting(attempt("old", "one")), 1).unwrap();
    let late = Attempt {
        made_ms: NOON + 10,
        ..attempt("new", "two")
    };
    record(&store.attempting(late.clone()), 2).unwrap();
    let answered = store.write(move |w| {
        let answer = (201, "text/plain", &b""[..]);
        w.house().put_answer(&late, answer, NOON + 5)
    });
    answered.unwrap_or_else(|e: StoreError| panic!("{e}"));
    assert_eq!(known(&store, "old"), None);
    assert!(known(&store, "new").is_some());
    let count = |since| {
        store
            .house(|house| house.requests_of("acc-1", since))
            .unwrap_or_else(|e: StoreError| panic!("{e}"))
    };
    assert_eq!((count(0), count(NOON + 11)), (1, 0));
}
