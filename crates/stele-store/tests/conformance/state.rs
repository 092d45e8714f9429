//! What was recorded is found again: by id, in lists, by words of any script, by place; and it stays.

use crate::common::*;
use crate::on_both_engines;
use serde_json::json;
use stele_model::place::Bounds;
use stele_model::{AnyId, Kind, Record};
use stele_store::{Filter, Order, Pointer, Sight, Store, StoreError};

on_both_engines! {
    acknowledged_is_kept
    a_failed_act_leaves_nothing
    many_at_once
    lists_go_page_by_page
    ids_are_laid_out_in_spans
    records_where_their_rows_were
    boxes_on_the_globe
    rebuilding_changes_nothing
    a_registry_of_the_version_before_is_taken_over
}

fn found(store: &Store, kind: Kind) -> u64 {
    store.read(|read| read.count(kind)).unwrap()
}

fn acknowledged_is_kept(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![party(1, "A State"), source(2, 1, "A report", "2021-05")],
    );
    append(&store, vec![site(3, "A church", "church")]);
    drop(store);
    let store = bench.open();
    let stored = store.read(|read| read.find(id(2))).unwrap().unwrap();
    assert_eq!(
        (stored.kind, stored.body.title("en").as_str()),
        (Kind::Source, "A report")
    );
    assert_eq!(found(&store, Kind::Site), 1);
    append(&store, vec![site(4, "Another church", "church")]);
    assert_sound(bench, &store);
}

fn a_failed_act_leaves_nothing(bench: &Bench) {
    let store = bench.open();
    append(&store, vec![party(1, "A State")]);
    let before = canonical_of(&store);
    let refused: Result<(), StoreError> = store.write(|w| {
        w.append("ana", NOON, &[party(2, "Half recorded")])?;
        Err(StoreError::file(
            "change their mind",
            std::io::Error::other("no"),
        ))
    });
    assert!(refused.is_err());
    assert_eq!(canonical_of(&store), before);
    assert_eq!(
        append(&store, vec![party(3, "Next")]).seq,
        1,
        "and no number of the log is lost"
    );
    assert_sound(bench, &store);
}

fn many_at_once(bench: &Bench) {
    let store = bench.open();
    let mut seqs: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8u64)
            .map(|t| {
                let store = &store;
                scope.spawn(move || {
                    (0..10)
                        .map(|k| {
                            append(store, vec![party(100 * t + k, &format!("Party {t} {k}"))]).seq
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect()
    });
    seqs.sort_unstable();
    assert_eq!(
        seqs,
        (0..80).collect::<Vec<_>>(),
        "every act has its own number, none is missing"
    );
    assert_eq!(found(&store, Kind::Party), 80);
    assert_sound(bench, &store);
}

fn lists_go_page_by_page(bench: &Bench) {
    let store = bench.open();
    let churches: Vec<Record> = (0..25)
        .map(|n| site(n, &format!("Church {:02}", (n * 7) % 25), "church"))
        .collect();
    append(&store, churches);
    append(
        &store,
        (30..35)
            .map(|n| site(n, &format!("Bridge {n}"), "bridge"))
            .collect(),
    );
    let filter = Filter {
        kind: Some(Kind::Site),
        facet: Some("church".into()),
        ..Filter::default()
    };
    for order in [
        Order::Title,
        Order::Day,
        Order::Weight,
        Order::Latest,
        Order::Id,
    ] {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = store
                .read(|read| read.list(&filter, order, after.as_ref(), 10))
                .unwrap();
            all.extend(page.rows.iter().map(|r| r.id));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((all.len(), once.len()), (25, 25), "{order:?}: each once");
        if matches!(order, Order::Day | Order::Id) {
            assert_eq!(all, once, "{order:?}: sites have no date");
        }
    }
    let titles: Vec<String> = store
        .read(|read| read.list(&filter, Order::Title, None, 3))
        .unwrap()
        .rows
        .iter()
        .map(|r| r.body.title("en"))
        .collect();
    assert_eq!(titles, ["Church 00", "Church 01", "Church 02"]);
    let tally = store.read(|read| read.tally(Kind::Site, "facet")).unwrap();
    assert!(
        tally.contains(&("church".into(), 25)) && tally.contains(&("bridge".into(), 5)),
        "{tally:?}"
    );
}

/// Spans by id name each record once, and none that was taken back.
fn ids_are_laid_out_in_spans(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        (1..=10).map(|n| site(n, "A church", "church")).collect(),
    );
    append(&store, vec![party(11, "A State")]);
    let stamp = store.read(|read| read.find(id(4))).unwrap().unwrap().stamp;
    append(
        &store,
        vec![withdrawn(
            site(4, "A church", "church"),
            &[&stamp.parse().unwrap()],
        )],
    );
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let until = store
            .read(|read| read.id_further(Kind::Site, &[], after, 4))
            .unwrap();
        let span = store
            .read(|read| read.stamps(Kind::Site, &[], after, until, 100))
            .unwrap();
        assert!(span.len() <= 4);
        seen.extend(span.into_iter().map(|(id, _)| id));
        match until {
            Some(_) => after = until,
            None => break,
        }
    }
    let all: Vec<AnyId> = (1..=10).filter(|n| *n != 4).map(id).collect();
    assert_eq!(seen, all);
    let none = store
        .read(|read| read.stamps(Kind::Site, &["", "reported"], None, None, 100))
        .unwrap();
    assert_eq!(none, Vec::new(), "a status that is asked not to be shown");
}

fn records_where_their_rows_were(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        (1..=3).map(|n| site_at(n, 40.0, n as f64)).collect(),
    );
    let everywhere = Bounds {
        west: -180.0,
        south: -90.0,
        east: 180.0,
        north: 90.0,
    };
    let pointers = || -> Vec<Pointer> {
        let read = store.read(|read| {
            read.places(Kind::Site, Sight::Shown, |places| {
                let page = places.page(everywhere, None, 10, &|_| true);
                page.iter().map(|(_, spot)| spot.pointer()).collect()
            })
        });
        read.unwrap()
    };
    let found = |asked: &[Pointer]| {
        let found = store.read(|read| read.find_at(asked)).unwrap();
        let mut ids: Vec<AnyId> = found.iter().map(|stored| stored.id).collect();
        ids.sort_unstable();
        ids
    };
    let all = [id(1), id(2), id(3)];
    let before = pointers();
    assert_eq!(found(&before), all);
    // One that is not here is left out, one without a place is found as well as others.
    append(&store, vec![site(4, "nowhere", "bridge")]);
    assert_eq!(found(&[id(4).into(), id(9).into(), before[0]]).len(), 2);
    // A place that is taken up later.
    append(&store, vec![site_at(5, 40.0, 5.0)]);
    assert_eq!(found(&pointers()), [id(1), id(2), id(3), id(5)]);
    if !bench.is_postgres() {
        // Rows have the numbers of others since, as VACUUM may give them.
        for sql in [
            "UPDATE thing SET rowid = rowid + 100",
            "UPDATE thing SET rowid = rowid - 99",
        ] {
            assert_eq!(bench.connection().execute(sql, &[]).unwrap(), 5);
        }
        assert_eq!(found(&before), all);
    }
}

fn boxes_on_the_globe(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![
            site_at(1, 46.75, 39.76),
            site_at(2, -3.0, 16.77),
            site_at(3, 179.9, -16.5),
            site_at(4, 0.0, 90.0),
        ],
    );
    let within = |west, south, east, north| {
        let asked = Bounds {
            west,
            south,
            east,
            north,
        };
        let mut ids: Vec<AnyId> = store
            .read(|read| {
                read.places(Kind::Site, Sight::Shown, |places| {
                    let page = places.page(asked, None, 10, &|_| true);
                    assert_eq!(page.len() as u64, places.count(asked));
                    page.into_iter().map(|(_, spot)| spot.id).collect()
                })
            })
            .unwrap();
        ids.sort_unstable();
        ids
    };
    assert_eq!(within(46.0, 39.0, 47.0, 40.0), [id(1)]);
    assert_eq!(within(-180.0, -90.0, 180.0, 90.0).len(), 4);
    assert_eq!(within(10.0, 10.0, 11.0, 11.0), []);
    assert_eq!(within(-1.0, 89.0, 1.0, 90.0), [id(4)]);
    // West of the antimeridian and east of it.
    assert_eq!(within(179.0, -20.0, -179.0, 0.0), [id(3)]);
    // What changes is seen: moved, taken back, and after the state was computed anew.
    let mut moved = site_at(1, 10.5, 10.5);
    moved.revision = Some(stele_model::Revision {
        reason: "read from the wrong map".into(),
        after: Vec::new(),
        withdrawn: false,
    });
    append(&store, vec![moved]);
    assert_eq!(within(46.0, 39.0, 47.0, 40.0), []);
    assert_eq!(within(10.0, 10.0, 11.0, 11.0), [id(1)]);
    let mut gone = site_at(2, -3.0, 16.77);
    gone.revision = Some(stele_model::Revision {
        reason: "recorded by mistake".into(),
        after: Vec::new(),
        withdrawn: true,
    });
    append(&store, vec![gone]);
    assert_eq!(within(-180.0, -90.0, 180.0, 90.0), [id(1), id(3), id(4)]);
    store.rebuild().unwrap();
    assert_eq!(within(-180.0, -90.0, 180.0, 90.0), [id(1), id(3), id(4)]);
}

fn a_registry_of_the_version_before_is_taken_over(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![
            party(1, "A State"),
            site_at(3, 46.0, 39.0),
            site(4, "Mill", "house"),
        ],
    );
    let before = canonical_of(&store);
    drop(store);
    let mut c = bench.connection();
    c.script("UPDATE meta SET value = '2' WHERE key = 'schema'; DROP TABLE spot; CREATE TABLE place (n BIGINT)")
        .unwrap();
    drop(c);
    let store = bench.open();
    assert_eq!(canonical_of(&store), before);
    append(&store, vec![site_at(5, 46.0, 39.0)]);
    assert_sound(bench, &store);
    // One that is newer than this program is left alone.
    drop(store);
    let mut c = bench.connection();
    c.script("UPDATE meta SET value = '99' WHERE key = 'schema'")
        .unwrap();
    drop(c);
    assert!(matches!(bench.try_open(), Err(StoreError::Schema { .. })));
}

fn rebuilding_changes_nothing(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![
            party(1, "A State"),
            source(2, 1, "A report", "2021-05"),
            site_at(3, 46.0, 39.0),
        ],
    );
    append(
        &store,
        vec![claim(4, 1, 2, json!({"site": id(3)}), "it was damaged")],
    );
    let before = canonical_of(&store);
    assert_eq!(store.rebuild().unwrap(), 2);
    assert_eq!(canonical_of(&store), before);
    assert_sound(bench, &store);
}
