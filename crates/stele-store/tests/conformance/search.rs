//! Searching finds a thing under any of its names, in any script, with a slip, and only there.

use crate::common::*;
use crate::on_both_engines;
use serde_json::{Value, json};
use stele_model::place::Bounds;
use stele_model::{AnyId, Kind, Record};
use stele_store::search::LOOKED_AT;
use stele_store::{Narrow, Near, Sight, Sought, Store, Tallies};

on_both_engines! {
    words_of_any_script
    a_slip_is_forgiven
    what_is_being_typed_is_found
    all_words_beat_some
    corrections_and_withdrawals_are_followed
    readers_follow_what_is_corrected_after_they_asked
    a_rare_word_tells_more_than_a_common_one
    words_recorded_later_are_found_by_readers_from_before
    real_names_are_found_in_a_script_that_is_not_recorded
    every_narrowing_narrows
    counts_are_of_what_was_found
    thousands_are_counted_as_few_are
    what_is_hidden_is_neither_found_nor_counted
    sheltered_places_are_found_where_they_are_shown
    odd_texts_do_no_harm
    rebuilding_keeps_every_answer
}

fn named(n: u64, kind: &str, names: &[(&str, &str)]) -> Record {
    let names: Vec<Value> = names
        .iter()
        .map(|(text, lang)| json!({"text": text, "lang": lang}))
        .collect();
    let data = match kind {
        "area" => json!({"names": names, "kind": "city"}),
        _ => json!({"kind": "place", "names": names, "category": "church"}),
    };
    record(n, kind, data)
}

fn find(store: &Store, sought: &Sought) -> Vec<AnyId> {
    let found = store.read(|read| read.search(sought, 0, 20)).unwrap();
    found.hits.iter().map(|hit| hit.stored.id).collect()
}

fn words(text: &str) -> Sought {
    Sought {
        text: text.into(),
        ..Sought::default()
    }
}

fn hits(store: &Store, text: &str) -> Vec<AnyId> {
    find(store, &words(text))
}

fn tallies(store: &Store, sought: &Sought) -> Tallies {
    store
        .read(|read| read.search_counted(sought, 0, 5))
        .unwrap()
        .1
}

fn words_of_any_script(bench: &Bench) {
    let store = bench.open();
    let shusha = [("Şuşa", "az"), ("Շուշի", "hy"), ("Шуша", "ru")];
    let mosque = [("مسجد النوري", "ar"), ("Great Mosque of al-Nuri", "en")];
    append(
        &store,
        vec![
            named(1, "area", &shusha),
            named(2, "site", &mosque),
            named(3, "site", &[("Qandzasar", "en")]),
        ],
    );
    for text in ["susa", "Şuşa", "шуша", "Շուշի", "SHUSHA", "შუშა", "شوشا"] {
        assert_eq!(hits(&store, text), [id(1)], "{text}");
    }
    for text in [
        "مسجد النوري",
        "nuri",
        "great mosq",
        "al-nuri",
        "Мечеть Нури",
    ] {
        assert_eq!(hits(&store, text), [id(2)], "{text}");
    }
    let found = store
        .read(|read| read.search(&words("Шуша"), 0, 1))
        .unwrap();
    assert_eq!(
        found.hits[0].name,
        Some(2),
        "the name that is written so is the one that matched"
    );
}

fn a_slip_is_forgiven(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![
            named(1, "site", &[("Gandzasar Monastery", "en")]),
            named(2, "site", &[("Dadivank Monastery", "en")]),
            named(3, "site", &[("Ханкенди", "ru")]),
        ],
    );
    for text in [
        "gandzasr",
        "gandzassar",
        "gadnzasar",
        "gandzosar",
        "gandzasar monastrey",
        "hanzasar",
    ] {
        assert_eq!(hits(&store, text).first(), Some(&id(1)), "{text}");
    }
    assert_eq!(hits(&store, "xankedi"), [id(3)], "a slip in another script");
    assert_eq!(hits(&store, "gandzasar")[0], id(1));
    assert_eq!(
        hits(&store, "palmyra"),
        [],
        "what is not alike is not given"
    );
}

fn what_is_being_typed_is_found(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![
            named(1, "site", &[("Ազոխի քարանձավ", "hy"), ("Azykh Cave", "en")]),
            named(2, "site", &[("Tomb of Vagif", "en")]),
        ],
    );
    for text in ["az", "azy", "azykh c", "азых", "ազ"] {
        assert_eq!(hits(&store, text), [id(1)], "{text}");
    }
    assert_eq!(hits(&store, "vag"), [id(2)]);
    assert_eq!(hits(&store, "vag "), [], "a space ends the word");
}

fn all_words_beat_some(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![
            named(1, "site", &[("Church of Saint Gayane, Vagharshapat", "en")]),
            named(2, "site", &[("Mosque, Vagharshapat", "en")]),
            named(3, "site", &[("Saint Gayane", "en")]),
        ],
    );
    let first = hits(&store, "gayane vagharshapat");
    assert_eq!(first[0], id(1));
    let exact = hits(&store, "mosque vagharshapat");
    assert_eq!(exact[0], id(2), "the kind of thing orders what is alike");
    let found = store
        .read(|read| read.search(&words("gayane samarkand"), 0, 5))
        .unwrap();
    assert!(found.partial, "nothing has both");
    assert!(found.hits.iter().any(|hit| hit.stored.id == id(3)));
}

fn corrections_and_withdrawals_are_followed(bench: &Bench) {
    let store = bench.open();
    append(&store, vec![named(1, "area", &[("Şuşa", "az")])]);
    append(&store, vec![named(2, "area", &[("Laçın", "az")])]);
    let stamp = |n: u64| -> stele_model::Stamp {
        let stored = store.read(|read| read.find(id(n))).unwrap().unwrap();
        stored.stamp.parse().unwrap()
    };
    let corrected = revised(named(1, "area", &[("Berdzor", "und")]), &[&stamp(1)]);
    append(&store, vec![corrected]);
    assert_eq!(
        (hits(&store, "susa"), hits(&store, "berdzor")),
        (vec![], vec![id(1)])
    );
    append(
        &store,
        vec![withdrawn(
            named(2, "area", &[("Laçın", "az")]),
            &[&stamp(2)],
        )],
    );
    assert_eq!(hits(&store, "lachin"), []);
    assert_eq!(
        tallies(
            &store,
            &Sought {
                narrow: Narrow {
                    kind: Some(Kind::Area),
                    areas: vec![],
                    sight: Sight::Exact,
                    ..Narrow::default()
                },
                ..words("berdzor lachin")
            }
        )
        .total,
        0
    );
    assert_sound(bench, &store);
}

fn readers_follow_what_is_corrected_after_they_asked(bench: &Bench) {
    let (early, writer) = (bench.open(), bench.open());
    append(
        &writer,
        (1..=3)
            .map(|n| named(n, "area", &[("Xankəndi", "az")]))
            .collect(),
    );
    assert_eq!(hits(&early, "xankendi").len(), 3);
    let stamp = |n: u64| -> stele_model::Stamp {
        let stored = early.read(|read| read.find(id(n))).unwrap().unwrap();
        stored.stamp.parse().unwrap()
    };
    let renamed = revised(named(1, "area", &[("Ağdam", "az")]), &[&stamp(1)]);
    let gone = withdrawn(named(2, "area", &[("Xankəndi", "az")]), &[&stamp(2)]);
    append(&writer, vec![renamed]);
    append(&writer, vec![gone]);
    assert_eq!(hits(&early, "xankendi"), [id(3)]);
    assert_eq!(hits(&early, "agdam"), [id(1)]);
    assert_eq!(tallies(&early, &words("xankendi")).total, 1);
    let back = revised(named(1, "area", &[("Xankəndi", "az")]), &[&stamp(1)]);
    append(&writer, vec![back]);
    assert_eq!(tallies(&early, &words("xankendi")).total, 2);
    assert_eq!(tallies(&early, &words("agdam")).total, 0);
    assert_sound(bench, &writer);
}

fn a_rare_word_tells_more_than_a_common_one(bench: &Bench) {
    let store = bench.open();
    let mut records: Vec<Record> = (10..60)
        .map(|n| named(n, "site", &[(&format!("Church {n}, Tabriz"), "en")]))
        .collect();
    records.push(named(1, "site", &[("Niran Church, Yerevan", "en")]));
    append(&store, records);
    assert_eq!(
        hits(&store, "niran church tabriz").first(),
        Some(&id(1)),
        "nothing has both, and Niran is one alone"
    );
}

fn words_recorded_later_are_found_by_readers_from_before(bench: &Bench) {
    let (early, writer) = (bench.open(), bench.open());
    append(&writer, vec![named(1, "area", &[("Şuşa", "az")])]);
    assert_eq!(hits(&early, "shusha"), [id(1)]);
    append(&writer, vec![named(2, "area", &[("Xocavənd", "az")])]);
    assert_eq!(hits(&early, "хожавенд"), [id(2)]);
    writer.rebuild().unwrap();
    append(&writer, vec![named(3, "area", &[("Zəngilan", "az")])]);
    for (text, n) in [("зангелан", 3), ("shusha", 1), ("xocavend", 2)] {
        assert_eq!(hits(&early, text), [id(n)], "{text}, after a rebuild");
    }
}

/// Places of the South Caucasus under their names in several scripts, where the file is at hand.
fn real_places() -> Option<Vec<Vec<String>>> {
    let path = std::env::var("STELE_TEST_NAMES").unwrap_or_else(|_| {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/data/names/karabakh_places_multiscript.jsonl"
        )
        .into()
    });
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "skipped: {path} is not here; set STELE_TEST_NAMES to a file of places with names"
        );
        return None;
    };
    let places = text.lines().filter_map(|line| {
        let place: Value = serde_json::from_str(line).ok()?;
        let names = place["names"].as_object()?;
        let of = |lang: &str| Some(names.get(lang)?.get(0)?.as_str()?.to_owned());
        let scripts = [
            "aze_x_preferred",
            "hye_x_preferred",
            "rus_x_preferred",
            "kat_x_preferred",
        ];
        let names: Vec<String> = scripts.iter().filter_map(|lang| of(lang)).collect();
        (names.len() >= 2).then_some(names)
    });
    Some(places.collect())
}

fn real_names_are_found_in_a_script_that_is_not_recorded(bench: &Bench) {
    let Some(places) = real_places() else {
        return;
    };
    let store = bench.open();
    // The last name of each is kept back, to ask with it.
    let records = places.iter().zip(1000..).map(|(names, n)| {
        let kept = &names[..names.len() - 1];
        let kept: Vec<(&str, &str)> = kept.iter().map(|name| (name.as_str(), "und")).collect();
        named(n, "area", &kept)
    });
    append(&store, records.collect());
    let mut in_five = 0;
    for (names, n) in places.iter().zip(1000..) {
        let asked = names.last().unwrap();
        let twins: Vec<u64> = places
            .iter()
            .zip(1000..)
            .filter(|(other, _)| other[0] == names[0])
            .map(|(_, n)| n)
            .collect();
        let found = store.read(|read| read.search(&words(asked), 0, 5)).unwrap();
        let right = found
            .hits
            .iter()
            .any(|hit| hit.stored.id == id(n) || twins.iter().any(|t| hit.stored.id == id(*t)));
        in_five += usize::from(right);
    }
    let share = in_five as f64 / places.len() as f64;
    eprintln!("{in_five} of {} in the first five", places.len());
    assert!(
        share > 0.8,
        "{in_five} of {} in the first five",
        places.len()
    );
}

fn every_narrowing_narrows(bench: &Bench) {
    let store = bench.open();
    let area = |n: u64, name: &str, parent: Option<u64>| {
        let mut data = json!({"names": [{"text": name, "lang": "en"}], "kind": "district"});
        if let Some(parent) = parent {
            data["parent"] = json!(id(parent));
        }
        record(n, "area", data)
    };
    let site = |n: u64, name: &str, category: &str, area: u64, at: [f64; 2], by: u64| {
        let point = json!({"geometry": {"type": "Point", "coordinates": at}});
        record(
            n,
            "site",
            json!({"kind": "place", "names": [{"text": name, "lang": "en", "by": id(by)}], "category": category, "location": point, "areas": [id(area)]}),
        )
    };
    append(
        &store,
        vec![
            area(1, "Upper", None),
            area(2, "Lower", Some(1)),
            party(5, "One"),
            party(6, "Other"),
            source(7, 5, "Old list", "2019"),
            source(8, 6, "New list", "2022-03"),
            site(11, "Old Stone", "bridge", 1, [46.0, 39.0], 5),
            site(12, "New Stone", "church", 2, [47.0, 40.0], 6),
            site(13, "Far Stone", "church", 9, [-70.0, 10.0], 6),
        ],
    );
    append(
        &store,
        vec![claim(21, 5, 7, json!({"site": id(11)}), "stone fell")],
    );
    let narrowed = |narrow: Narrow, text: &str| {
        let sought = Sought {
            text: text.into(),
            narrow,
        };
        let (mut found, counted) = (find(&store, &sought), tallies(&store, &sought).total);
        assert_eq!(found.len() as u64, counted, "{sought:?}");
        found.sort_unstable();
        found
    };
    let bare = Narrow::default;
    let sites = |ns: &[u64]| ns.iter().map(|n| id(*n)).collect::<Vec<_>>();
    let below = store.read(|read| read.areas_within(id(1), 10)).unwrap();
    assert_eq!(below, [id(1), id(2)]);
    for text in ["stone", ""] {
        let kind = Some(Kind::Site);
        let cases = [
            (Narrow { kind, ..bare() }, sites(&[11, 12, 13])),
            (
                Narrow {
                    kind,
                    facets: vec!["church".into()],
                    ..bare()
                },
                sites(&[12, 13]),
            ),
            (
                Narrow {
                    kind,
                    areas: below.clone(),
                    ..bare()
                },
                sites(&[11, 12]),
            ),
            (
                Narrow {
                    kind,
                    areas: vec![id(2)],
                    ..bare()
                },
                sites(&[12]),
            ),
            (
                Narrow {
                    kind,
                    party: Some(id(6)),
                    ..bare()
                },
                sites(&[12, 13]),
            ),
            (
                Narrow {
                    kind,
                    status: Some("reported".into()),
                    ..bare()
                },
                sites(&[11]),
            ),
            (
                Narrow {
                    kind,
                    near: Some(Near {
                        lon: 46.0,
                        lat: 39.01,
                        km: 5.0,
                    }),
                    ..bare()
                },
                sites(&[11]),
            ),
            (
                Narrow {
                    kind,
                    near: Some(Near {
                        lon: 46.0,
                        lat: 39.01,
                        km: 0.5,
                    }),
                    ..bare()
                },
                sites(&[]),
            ),
            (
                Narrow {
                    kind,
                    near: Some(Near {
                        lon: 46.5,
                        lat: 39.5,
                        km: 100.0,
                    }),
                    ..bare()
                },
                sites(&[11, 12]),
            ),
            (
                Narrow {
                    within: Some(Bounds {
                        west: 46.5,
                        south: 39.0,
                        east: 48.0,
                        north: 41.0,
                    }),
                    ..bare()
                },
                sites(&[12]),
            ),
            (
                Narrow {
                    within: Some(Bounds {
                        west: 170.0,
                        south: 0.0,
                        east: -60.0,
                        north: 20.0,
                    }),
                    ..bare()
                },
                sites(&[13]),
            ),
        ];
        for (narrow, expected) in cases {
            assert_eq!(
                narrowed(narrow.clone(), text),
                expected,
                "{text:?} {narrow:?}"
            );
        }
    }
    let day = |y: i32| {
        stele_model::EdtfDate::from_str(&y.to_string())
            .unwrap()
            .earliest()
            .unwrap()
            .0
    };
    use std::str::FromStr;
    let dated = Narrow {
        kind: Some(Kind::Source),
        from_day: Some(day(2021)),
        ..bare()
    };
    assert_eq!(narrowed(dated.clone(), ""), [id(8)]);
    assert_eq!(narrowed(dated, "list"), [id(8)]);
    let dated = Narrow {
        to_day: Some(day(2021)),
        ..bare()
    };
    assert_eq!(narrowed(dated, "list"), [id(7)]);
    let claims = Narrow {
        kind: Some(Kind::Claim),
        party: Some(id(5)),
        ..bare()
    };
    assert_eq!(narrowed(claims, "stone"), [id(21)]);
}

fn counts_are_of_what_was_found(bench: &Bench) {
    let store = bench.open();
    let records = (0..40).map(|n| match n % 4 {
        0 => site(100 + n, &format!("Agdam bridge {n}"), "bridge"),
        _ => site(100 + n, &format!("Agdam church {n}"), "church"),
    });
    append(&store, records.collect());
    append(
        &store,
        vec![party(1, "Agdam administration"), party(2, "A State")],
    );
    let all = tallies(&store, &words("agdam"));
    assert_eq!((all.total, all.cut), (41, false));
    assert_eq!(all.kinds[&Kind::Site], 40);
    assert_eq!(all.facets[&(Kind::Site, "bridge".to_owned())], 10);
    let browsed = Sought {
        narrow: Narrow {
            kind: Some(Kind::Site),
            ..Narrow::default()
        },
        ..Sought::default()
    };
    let all = tallies(&store, &browsed);
    assert_eq!(all.total, 40);
    assert_eq!(all.facets[&(Kind::Site, "church".to_owned())], 30);
    // Pages of a search hold each record once.
    let mut met = Vec::new();
    for skip in (0..41).step_by(10) {
        let found = store
            .read(|read| read.search(&words("agdam"), skip, 10))
            .unwrap();
        assert_eq!(found.more, skip < 31, "from {skip} on");
        met.extend(found.hits.iter().map(|hit| hit.stored.id));
    }
    let count = met.len();
    met.sort_unstable();
    met.dedup();
    assert_eq!((count, met.len()), (41, 41));
    const { assert!(LOOKED_AT >= 1_000, "or the counts above would be cut") };
}

fn thousands_are_counted_as_few_are(bench: &Bench) {
    let store = bench.open();
    let (all, bridges) = (1_200, 300);
    let records = (0..all).map(|n| {
        let category = if n < bridges {
            "archaeological_site"
        } else {
            "church"
        };
        let names = json!([{"text": format!("Agdam place {n}"), "lang": "en"}]);
        let areas: Vec<AnyId> = (n % 3 == 0).then(|| id(3)).into_iter().collect();
        let data = json!({"kind": "place", "names": names, "category": category, "areas": areas});
        record(100 + n, "site", data)
    });
    append(&store, vec![named(3, "area", &[("District", "en")])]);
    append(&store, records.collect());
    append(
        &store,
        vec![party(1, "A State"), source(2, 1, "A list", "2021")],
    );
    let about = |n: u64| json!({"site": id(n)});
    append(
        &store,
        vec![
            claim(4, 1, 2, about(100), "It was hit."),
            claim(5, 1, 2, about(1_000), "It was hit."),
        ],
    );
    let sought = |hidden: Vec<(Kind, &'static [&'static str])>| Sought {
        narrow: Narrow {
            hidden,
            ..Narrow::default()
        },
        ..words("agdam")
    };
    let found = tallies(&store, &sought(vec![]));
    assert_eq!((found.total, found.cut), (all, false));
    assert_eq!(found.kinds[&Kind::Site], all);
    let facet = |word: &str| found.facets[&(Kind::Site, word.to_owned())];
    assert_eq!(facet("archaeological_site"), bridges);
    assert_eq!(facet("church"), all - bridges);
    assert_eq!(found.areas[&id(3)], all / 3);
    assert_eq!(found.statuses.values().sum::<u64>(), 2);
    // What has a status that is hidden is not counted, nor is what has none where that is.
    let (status, _) = found.statuses.first_key_value().unwrap();
    assert_eq!(status, "reported");
    let others = tallies(&store, &sought(vec![(Kind::Site, &["reported"])]));
    assert_eq!((others.total, others.statuses.len()), (all - 2, 0));
    assert_eq!(others.areas[&id(3)], all / 3 - 2);
    let stated = tallies(&store, &sought(vec![(Kind::Site, &[""])]));
    assert_eq!((stated.total, stated.areas[&id(3)]), (2, 2));
}

fn what_is_hidden_is_neither_found_nor_counted(bench: &Bench) {
    let store = bench.open();
    append(
        &store,
        vec![
            party(1, "Secret party"),
            site(2, "Secret site", "church"),
            party(3, "Other"),
        ],
    );
    let sought = |hidden: Vec<(Kind, &'static [&'static str])>| Sought {
        narrow: Narrow {
            hidden,
            ..Narrow::default()
        },
        ..words("secret")
    };
    assert_eq!(tallies(&store, &sought(vec![])).total, 2);
    let hidden = sought(vec![(Kind::Party, &[])]);
    assert_eq!(find(&store, &hidden), [id(2)]);
    assert_eq!(tallies(&store, &hidden).total, 1);
    let by_status = sought(vec![(Kind::Site, &["", "reported"])]);
    assert_eq!(tallies(&store, &by_status).total, 1);
}

fn sheltered_places_are_found_where_they_are_shown(bench: &Bench) {
    let store = bench.open();
    let at = |n: u64, sensitivity: &str, lon: f64| {
        let place = json!({"geometry": {"type": "Point", "coordinates": [lon, 39.5]}, "sensitivity": sensitivity});
        record(
            n,
            "site",
            json!({"kind": "place", "names": [{"text": format!("Hoard {n}"), "lang": "en"}], "category": "church", "location": place}),
        )
    };
    append(
        &store,
        vec![
            at(1, "public", 46.50),
            at(2, "generalised", 46.50),
            at(3, "withheld", 46.50),
        ],
    );
    let near = |km: f64, lon: f64, sight: Sight, text: &str| {
        let mut found = find(
            &store,
            &Sought {
                text: text.into(),
                narrow: Narrow {
                    near: Some(Near { lon, lat: 39.5, km }),
                    sight,
                    ..Narrow::default()
                },
            },
        );
        found.sort_unstable();
        found
    };
    for text in ["", "hoard"] {
        assert_eq!(near(0.1, 46.50, Sight::Exact, text), [id(1), id(2), id(3)]);
        assert_eq!(
            near(0.1, 46.50, Sight::Shown, text),
            [id(1), id(2)],
            "its cell holds the point"
        );
        assert_eq!(
            near(500.0, 46.50, Sight::Shown, text),
            [id(1), id(2)],
            "what is withheld is nowhere"
        );
    }
    assert_sound(bench, &store);
}

fn odd_texts_do_no_harm(bench: &Bench) {
    let store = bench.open();
    append(&store, vec![named(1, "area", &[("Şuşa", "az")])]);
    let long = "x".repeat(10_000);
    let many = "ab ".repeat(5_000);
    for text in [
        "",
        " ",
        "\"",
        "' OR 1=1 --",
        "*",
        "a AND b NOT c",
        "NEAR(a b)",
        "(",
        "\\",
        "\0",
        "0ksite",
        "0sheltered",
        "'':*",
        "&|!",
        "\u{202e}",
        &long,
        &many,
    ] {
        assert_eq!(hits(&store, text), [], "{text:.20}");
    }
    assert_eq!(hits(&store, "shusha \" ' * ( )"), [id(1)]);
}

fn rebuilding_keeps_every_answer(bench: &Bench) {
    let store = bench.open();
    for n in 0..20 {
        append(
            &store,
            vec![site(n, &format!("Church number {n} of Lachin"), "church")],
        );
    }
    let asked = ["lachin", "lashin church", "number 7", "лачин"];
    let before: Vec<_> = asked.iter().map(|text| hits(&store, text)).collect();
    assert_eq!(before[0].len(), 20);
    store.rebuild().unwrap();
    let after: Vec<_> = asked.iter().map(|text| hits(&store, text)).collect();
    let sorted = |mut all: Vec<Vec<AnyId>>| {
        all.iter_mut().for_each(|found| found.sort_unstable());
        all
    };
    assert_eq!(sorted(before), sorted(after));
    assert_sound(bench, &store);
}
