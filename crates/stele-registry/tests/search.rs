//! Who is no member learns by searching no more than the pages show.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use stele_model::place::Bounds;
use stele_model::*;
use stele_registry::{Near, Refusal, SearchQuery, SearchView, Viewer, Written};

fn sheltered(sensitivity: Sensitivity, lon: f64, lat: f64) -> Location {
    let mut place = Location::point(lon, lat).unwrap();
    place.sensitivity = sensitivity;
    place
}

fn asked(house: &House, viewer: &Viewer, query: &SearchQuery) -> SearchView {
    house.registry.search(viewer, query, 50, "en").unwrap()
}

fn near(text: &str, lon: f64, lat: f64, km: f64) -> SearchQuery {
    SearchQuery {
        near: Some(Near { lon, lat, km }),
        ..SearchQuery::words(text)
    }
}

/// An attacker who puts the same questions to two registries that differ only in where, within its
/// cell, a protected site lies, gets the same answers.
#[test]
fn no_probing_narrows_a_protected_place_down() {
    let shown = |lon, lat| sheltered(Sensitivity::Generalised, lon, lat).shown(false);
    let (a, b) = ((46.751, 39.761), (46.789, 39.792));
    assert_eq!(shown(a.0, a.1), shown(b.0, b.1), "one cell");
    let house_at = |(lon, lat): (f64, f64)| {
        let house = House::new();
        house.add(site(
            "Rough hoard",
            Some(sheltered(Sensitivity::Generalised, lon, lat)),
        ));
        house.add(site(
            "Hidden hoard",
            Some(sheltered(Sensitivity::Withheld, lon, lat)),
        ));
        house.add(site(
            "Open hoard",
            Some(Location::point(46.70, 39.70).unwrap()),
        ));
        house
    };
    let (one, other) = (house_at(a), house_at(b));
    let mut answers = std::collections::BTreeSet::new();
    for text in ["", "hoard"] {
        for step in 0..60 {
            let (lon, lat) = (
                46.60 + f64::from(step) * 0.005,
                39.65 + f64::from(step) * 0.004,
            );
            let boxed = SearchQuery {
                bbox: Some(Bounds {
                    west: lon,
                    south: lat,
                    east: lon + 0.004,
                    north: lat + 0.004,
                }),
                ..SearchQuery::words(text)
            };
            for query in [near(text, lon, lat, 0.2), near(text, lon, lat, 3.0), boxed] {
                let told = |house: &House| {
                    let view = asked(house, &Viewer::Public, &query);
                    let mut titles: Vec<String> =
                        view.hits.iter().map(|hit| hit.record.title("en")).collect();
                    titles.sort();
                    format!(
                        "{titles:?} {} {} {:?} {:?}",
                        view.total, view.cut, view.kinds, view.categories
                    )
                };
                let answer = told(&one);
                assert_eq!(answer, told(&other), "{query:?}");
                assert!(!answer.contains("Hidden"), "{query:?}");
                answers.insert(answer);
            }
        }
    }
    assert!(
        answers.len() > 2,
        "the questions do tell places apart: {answers:?}"
    );
    let member = asked(&one, &one.member(), &near("hoard", a.0, a.1, 0.2));
    assert_eq!(member.total, 2, "members ask of the exact places");
}

#[test]
fn what_is_not_for_all_is_neither_found_nor_counted() {
    let house = House::new();
    let agency = house.party("Agency", &[]);
    let place = house.site("Khan bath");
    let mut unseen = assessment(place, agency, Grade::Severe);
    unseen.examined = "the vault of the hammam".into();
    house.add(unseen);
    let query = SearchQuery::words("vault hammam");
    let outside = asked(&house, &Viewer::Public, &query);
    assert_eq!((outside.hits.len(), outside.total), (0, 0));
    assert!(outside.kinds.is_empty());
    let inside = asked(&house, &house.member(), &query);
    assert_eq!(inside.kinds, [(Kind::Assessment, 1)]);
}

#[test]
fn what_is_written_is_read_or_the_field_is_named() {
    let house = House::new();
    let read = |written: Written| house.registry.read_query(&Viewer::Public, &written);
    let field = |written: Written| match read(written).unwrap_err() {
        Refusal::Fields(fields) => fields[0].field.clone(),
        other => panic!("{other}"),
    };
    let blank = Written::default;
    assert_eq!(
        field(Written {
            near: "46,39".into(),
            ..blank()
        }),
        "near"
    );
    assert_eq!(
        field(Written {
            bbox: "a,b,c,d".into(),
            ..blank()
        }),
        "bbox"
    );
    assert_eq!(
        field(Written {
            from: "last year".into(),
            ..blank()
        }),
        "from"
    );
    assert_eq!(
        field(Written {
            kind: "thing".into(),
            ..blank()
        }),
        "kind"
    );
    assert_eq!(
        field(Written {
            area: "Nowhere".into(),
            ..blank()
        }),
        "area"
    );
    let query = read(Written {
        kind: "sites".into(),
        near: " 46.5, 39 ,20".into(),
        ..blank()
    })
    .unwrap();
    assert_eq!(query.kind, Some(Kind::Site));
    assert_eq!(
        query.near,
        Some(Near {
            lon: 46.5,
            lat: 39.0,
            km: 20.0
        })
    );
    for (lon, lat, km) in [
        (181.0, 0.0, 1.0),
        (0.0, 91.0, 1.0),
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 1e9),
    ] {
        let refused = house
            .registry
            .search(&Viewer::Public, &near("x", lon, lat, km), 5, "en");
        assert!(
            matches!(refused, Err(Refusal::Fields(_))),
            "{lon} {lat} {km}"
        );
    }
}

#[test]
fn a_category_brings_the_finer_ones_and_the_name_that_matched_is_told() {
    let house = House::new();
    let mut shusha = site("Yukhari Govhar Agha", None);
    shusha.category = Category::Mosque;
    shusha
        .names
        .push(Name::new("Мечеть Юхары Говхар-ага", "ru"));
    house.add(shusha);
    let query = SearchQuery {
        category: Some("religious_site".into()),
        ..SearchQuery::words("говхар")
    };
    let view = asked(&house, &Viewer::Public, &query);
    assert_eq!(view.hits.len(), 1);
    assert_eq!(view.hits[0].matched.as_ref().unwrap().lang, "ru");
    let json = view.hits[0].to_json();
    assert_eq!(json["matched"]["text"], "Мечеть Юхары Говхар-ага");
    assert!(json["score"].as_f64().unwrap() > 0.3);
    let suggested = house
        .registry
        .suggest(&Viewer::Public, "qövhər", 5, "en")
        .unwrap();
    assert_eq!(suggested[0].title, "Yukhari Govhar Agha");
}
