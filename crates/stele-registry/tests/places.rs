//! Features and tiles: what a box, a zoom or a count tells, and that it is never old.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use std::collections::BTreeSet;
use stele_formats::crs::Crs;
use stele_formats::geojson::Writing;
use stele_model::place::Bounds;
use stele_model::*;
use stele_registry::features::{Collection, FeatureQuery, Value};
use stele_registry::tiles::{Grid, Milestone, TileQuery};
use stele_registry::{After, Viewer};

fn sheltered(sensitivity: Sensitivity, lon: f64, lat: f64) -> Location {
    let mut place = Location::point(lon, lat).unwrap();
    place.sensitivity = sensitivity;
    place
}

fn id(n: u8) -> AnyId {
    AnyId::v7(1_700_000_000_000 + u64::from(n), [n; 10])
}

fn put(house: &House, n: u8, body: impl Into<Body>) -> AnyId {
    let record = Record::new(id(n), body);
    house
        .registry
        .record(&house.recorder, vec![record])
        .unwrap();
    id(n)
}

fn tile(grid: Grid, z: u8, lon: f64, lat: f64) -> TileQuery {
    let whole = grid.tile(0, 0, 0).unwrap();
    let (x, y) = whole.place(lon, lat);
    let steps = f64::from(1u32 << z) / 4096.0;
    let tile = grid.tile(z, (x * steps) as u32, (y * steps) as u32);
    TileQuery {
        collection: Collection::Sites,
        tile: tile.unwrap(),
        categories: Vec::new(),
        statuses: Vec::new(),
        as_of: None,
        come: None,
    }
}

fn bytes(house: &House, viewer: &Viewer, query: &TileQuery) -> Vec<u8> {
    house.registry.tile(viewer, query).unwrap().bytes().to_vec()
}

/// Everything a page of features says, but when it was recorded.
fn page(
    house: &House,
    viewer: &Viewer,
    collection: Collection,
    query: &FeatureQuery,
) -> (String, Option<After>) {
    let page = house
        .registry
        .features(viewer, collection, query, "en")
        .unwrap();
    let told = ["recorded", "revision"].map(|c| collection.column(c).unwrap());
    let mut said = format!("{:?} {:?}", page.matched, page.next);
    for feature in page.features {
        let values = feature.values.iter().enumerate();
        let values: Vec<_> = values.filter(|(i, _)| !told.contains(i)).collect();
        said.push_str(&format!(
            "\n{} {:?} {values:?}",
            feature.id, feature.geometry
        ));
    }
    (said, page.next)
}

fn boxed(west: f64, south: f64, east: f64, north: f64) -> FeatureQuery {
    FeatureQuery {
        bbox: Some(Bounds {
            west,
            south,
            east,
            north,
        }),
        limit: 10,
        ..FeatureQuery::default()
    }
}

/// Two registries that differ only in where, within its cell, a protected site lies, and in where one
/// lies that is withheld: no tile of any zoom and no page of features tells them apart.
#[test]
fn no_zoom_and_no_box_narrows_a_protected_place_down() {
    let shown = |lon, lat| sheltered(Sensitivity::Generalised, lon, lat).shown(false);
    let (a, b) = ((46.751, 39.761), (46.789, 39.792));
    assert_eq!(shown(a.0, a.1), shown(b.0, b.1), "one cell");
    let house_at = |(lon, lat): (f64, f64)| {
        let house = House::new();
        put(
            &house,
            1,
            site(
                "Rough hoard",
                Some(sheltered(Sensitivity::Generalised, lon, lat)),
            ),
        );
        put(
            &house,
            2,
            site(
                "Hidden hoard",
                Some(sheltered(Sensitivity::Withheld, lon, lat)),
            ),
        );
        put(
            &house,
            3,
            site("Open hoard", Some(Location::point(46.70, 39.70).unwrap())),
        );
        let square = |west: f64, south: f64| {
            let corners = [(0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.0)];
            let ring = corners.map(|(x, y)| place::Position2::new(west + x, south + y).unwrap());
            Geometry::Polygon(vec![ring.to_vec()])
        };
        for (n, sensitivity) in [(4, Sensitivity::Generalised), (5, Sensitivity::Withheld)] {
            let mut place = sheltered(sensitivity, lon, lat);
            place.geometry = square(lon, lat);
            put(&house, n, site("Walled hoard", Some(place)));
        }
        house
    };
    let (one, other) = (house_at(a), house_at(b));
    let mut distinct = BTreeSet::new();
    for grid in Grid::ALL {
        for z in 0..=18 {
            for (lon, lat) in [a, b, (46.70, 39.70), (46.77, 39.776)] {
                let query = tile(grid, z, lon, lat);
                let told = bytes(&one, &Viewer::Public, &query);
                assert_eq!(told, bytes(&other, &Viewer::Public, &query), "{query:?}");
                distinct.insert(told);
            }
        }
    }
    assert!(distinct.len() > 10, "the tiles say something");
    let mut boxes = vec![FeatureQuery::default()];
    for step in 0..50 {
        let (lon, lat) = (
            46.65 + f64::from(step) * 0.004,
            39.66 + f64::from(step) * 0.003,
        );
        boxes.push(boxed(lon, lat, lon + 0.01, lat + 0.01));
        boxes.push(boxed(46.0, 39.0, lon, lat));
        boxes.push(boxed(lon, 39.0, -179.0, lat));
    }
    for query in &boxes {
        for collection in Collection::ALL {
            let (told, _) = page(&one, &Viewer::Public, collection, query);
            assert_eq!(told, page(&other, &Viewer::Public, collection, query).0);
        }
    }
    // A member of the registry is told.
    let query = tile(Grid::WebMercatorQuad, 12, a.0, a.1);
    let member = one.member();
    assert_ne!(
        bytes(&one, &member, &query),
        bytes(&one, &Viewer::Public, &query)
    );
}

#[test]
fn a_tile_is_never_older_than_the_records() {
    let house = House::new();
    let query = tile(Grid::WebMercatorQuad, 5, 46.7, 39.7);
    let told = |query: &TileQuery| bytes(&house, &Viewer::Public, query);
    assert!(told(&query).is_empty());
    let site_id = put(
        &house,
        1,
        site("Mill", Some(Location::point(46.7, 39.7).unwrap())),
    );
    let one = told(&query);
    assert!(!one.is_empty());
    let same = house.registry.tile(&Viewer::Public, &query).unwrap();
    let again = house.registry.tile_kept(&Viewer::Public, &query);
    assert!(again.is_none_or(|again| again.etag() == same.etag()));
    // A claim changes its status, and the tile of each day from then on.
    let party = house.party("A ministry", &[]);
    let source = house.source("A report", party, "2021-05-09");
    house.add(claim(
        party,
        source,
        Subject::Site(site_id.into()),
        Predicate::Damaged,
    ));
    let claimed = told(&query);
    assert_ne!(one, claimed);
    assert!(
        house
            .registry
            .tile_kept(&Viewer::Public, &query)
            .is_none_or(|k| k.bytes() == claimed),
        "what was kept before is not told any more"
    );
    let before = TileQuery {
        as_of: Some(date::Day(0)),
        come: None,
        ..query.clone()
    };
    assert_ne!(told(&before), claimed);
    // Recorded by another process over the same folder.
    let folder = house.folder.path().join("data");
    let elsewhere = stele_registry::Registry::open(&folder, None).unwrap();
    let record = Record::new(
        id(9),
        site("Bridge", Some(Location::point(46.8, 39.8).unwrap())),
    );
    elsewhere.record(&house.recorder, vec![record]).unwrap();
    assert_ne!(told(&query), claimed);
}

#[test]
fn what_a_text_says_was_claimed_by_the_day_it_came_out() {
    let house = House::new();
    let at = Some(Location::point(46.7, 39.7).unwrap());
    let mill = put(&house, 1, site("Mill", at));
    let party = house.party("A ministry", &[]);
    let source = house.source("A list", party, "2021-05-09");
    // As in a list: a row says what came to harm, and not when that was said.
    let mut said = claim(
        party,
        source,
        Subject::Site(mill.into()),
        Predicate::Damaged,
    );
    said.stated = None;
    said.event = Some(date("2020-10-08"));
    house.add(said);
    let shown = |day: &str| {
        let day = date(day).earliest();
        let mut query = tile(Grid::WebMercatorQuad, 5, 46.7, 39.7);
        (query.as_of, query.come) = (day, Some(Milestone::Claimed));
        !bytes(&house, &Viewer::Public, &query).is_empty()
    };
    assert!(!shown("2021-05-08"));
    assert!(shown("2021-05-09"));
    // The text came out earlier than was thought.
    let mut earlier = house.registry.get(&house.member(), source.any()).unwrap();
    if let Body::Source(body) = &mut earlier.body {
        body.published = Some(date("2021-03-01"));
    }
    let mut record = Record::new(source.any(), earlier.body);
    record.revision = Some(Revision {
        reason: "read the imprint".into(),
        after: vec![earlier.stamp],
        withdrawn: false,
    });
    house
        .registry
        .record(&house.recorder, vec![record])
        .unwrap();
    assert!(shown("2021-03-01") && !shown("2021-02-28"));
}

#[test]
fn pages_of_a_box_go_on_where_they_ended_and_miss_nothing() {
    let house = House::new();
    let party = house.party("A ministry", &[]);
    let source = house.source("A report", party, "2021-05-09");
    let mut expected = (BTreeSet::new(), BTreeSet::new());
    for n in 0..60u8 {
        let (lon, lat) = (40.0 + f64::from(n % 8), 38.0 + f64::from(n / 8));
        let at = put(
            &house,
            n,
            site("House", Some(Location::point(lon, lat).unwrap())),
        );
        let inside = (41.0..=45.0).contains(&lon) && (39.0..=44.0).contains(&lat);
        for _ in 0..n % 4 {
            let said = house.add(claim(
                party,
                source,
                Subject::Site(at.into()),
                Predicate::Damaged,
            ));
            if inside {
                expected.1.insert(said);
            }
        }
        if inside {
            expected.0.insert(at);
        }
    }
    for (collection, expected) in [
        (Collection::Sites, expected.0),
        (Collection::Claims, expected.1),
    ] {
        for limit in [1, 7, 100] {
            let mut query = FeatureQuery {
                limit,
                ..boxed(41.0, 39.0, 45.0, 44.0)
            };
            let mut met = Vec::new();
            loop {
                let page = house
                    .registry
                    .features(&Viewer::Public, collection, &query, "en")
                    .unwrap();
                assert!(page.features.len() <= limit);
                if let Some(matched) = page.matched.filter(|_| query.after.is_none()) {
                    assert_eq!(matched, expected.len() as u64, "{collection:?}");
                }
                met.extend(page.features.iter().map(|f| f.id));
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
            let distinct: BTreeSet<AnyId> = met.iter().copied().collect();
            assert_eq!(met.len(), distinct.len(), "nothing twice");
            assert_eq!(distinct, expected, "{collection:?} by {limit}");
        }
    }
}

/// In every order that lists are kept in, also where what is shown of a title is not what is sorted by.
#[test]
fn pages_of_an_order_go_on_where_they_ended_and_miss_nothing() {
    let house = House::new();
    let mut expected = BTreeSet::new();
    for n in 0..40u8 {
        let place = sheltered(Sensitivity::Withheld, 46.0 + f64::from(n) / 100.0, 39.5);
        let name = format!("Cave at 46.{n:02}, 39.50");
        expected.insert(put(&house, n, site(&name, Some(place))));
    }
    use stele_registry::Order::{Day, Id, Latest, Title, Weight};
    for order in [Id, Title, Day, Latest, Weight] {
        let mut query = FeatureQuery {
            limit: 7,
            order: Some(order),
            ..FeatureQuery::default()
        };
        let mut met = Vec::new();
        loop {
            let sites = Collection::Sites;
            let page = house
                .registry
                .features(&Viewer::Public, sites, &query, "en");
            let page = page.unwrap();
            met.extend(page.features.iter().map(|f| f.id));
            assert!(met.len() <= expected.len(), "{order:?} goes round");
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        let distinct: BTreeSet<AnyId> = met.iter().copied().collect();
        assert_eq!((met.len(), distinct), (40, expected.clone()), "{order:?}");
    }
}

/// What a column holds is what the record says.
#[test]
fn a_claim_stands_where_its_site_does_and_says_whose_it_is() {
    let house = House::new();
    let at = put(
        &house,
        1,
        site("Mill", Some(sheltered(Sensitivity::Withheld, 46.7, 39.7))),
    );
    let party = house.party("A ministry", &[]);
    let source = house.source("A report", party, "2021-05-09");
    let said = house.add(claim(
        party,
        source,
        Subject::Site(at.into()),
        Predicate::Damaged,
    ));
    let feature = |viewer: &Viewer| {
        let claims = Collection::Claims;
        house.registry.feature(viewer, claims, said, "en").unwrap()
    };
    assert!(feature(&Viewer::Public).geometry.is_none());
    assert!(feature(&house.member()).geometry.is_some());
    let column = |id| Collection::Claims.column(id).unwrap();
    let public = feature(&Viewer::Public);
    assert_eq!(
        public.values[column("party")],
        Some(Value::Text("A ministry".into()))
    );
    assert_eq!(
        public.values[column("place")],
        Some(Value::Text("withheld".into()))
    );
}

/// What the list of a box has written in it.
fn written(house: &House, viewer: &Viewer, lang: &str, query: &FeatureQuery) -> String {
    let (sites, crs) = (Collection::Sites, Crs::default());
    let writing = Writing {
        columns: sites.columns(),
        only: None,
        geometry: true,
        crs: &crs,
    };
    let page = house
        .registry
        .features_written(viewer, (sites, lang), query, &writing, b"[");
    let page = page.unwrap();
    // What is kept says what is made anew.
    let anew = house.registry.features(viewer, sites, query, lang).unwrap();
    let mut json = Vec::new();
    for (i, feature) in anew.features.iter().enumerate() {
        if i > 0 {
            json.push(b',');
        }
        writing.feature(&mut json, feature, None);
    }
    assert_eq!(
        (page.count, page.matched),
        (anew.features.len(), anew.matched)
    );
    assert_eq!(page.next, anew.next);
    assert_eq!(page.json, [b"[".as_slice(), &json].concat());
    String::from_utf8(json).unwrap()
}

#[test]
fn a_written_feature_is_never_older_than_the_records_nor_shown_to_whom_it_was_not_made_for() {
    let house = House::new();
    let district = |name: &str| Area {
        names: vec![Name::new(name, "en"), Name::new("Bezirk", "de")],
        kind: AreaKind::District,
        location: None,
        parent: None,
        valid: None,
    };
    let area: Id<Area> = put(&house, 9, district("District")).into();
    let named = |name: &str, place: Location| {
        let mut one = site(name, Some(place));
        one.areas = vec![area];
        one
    };
    put(
        &house,
        1,
        named("Open church", Location::point(46.71, 39.71).unwrap()),
    );
    let hidden = (46.7512, 39.7634);
    put(
        &house,
        2,
        named(
            "Hoard",
            sheltered(Sensitivity::Generalised, hidden.0, hidden.1),
        ),
    );
    let query = boxed(46.0, 39.0, 47.5, 40.5);
    let (public, member) = (Viewer::Public, house.member());
    let first = written(&house, &public, "en", &query);
    assert!(
        first.contains("Open church") && first.contains("District") && !first.contains("46.7512")
    );
    // Twice, so that the second is of what was kept for the first.
    assert_eq!(written(&house, &public, "en", &query), first);
    let told = written(&house, &member, "en", &query);
    assert!(told.contains("46.7512"));
    assert_eq!(written(&house, &public, "en", &query), first);
    assert!(written(&house, &public, "de", &query).contains("Bezirk"));
    // An area has no place of its own: its new name is seen all the same.
    revised(&house, 9, district("Province"), false);
    let renamed = written(&house, &public, "en", &query);
    assert!(renamed.contains("Province") && !renamed.contains("District"));
    // A place that becomes protected is out of what was kept before it was.
    revised(
        &house,
        1,
        named(
            "Open church",
            sheltered(Sensitivity::Withheld, 46.71, 39.71),
        ),
        false,
    );
    let closed = written(&house, &public, "en", &query);
    assert!(!closed.contains("Open church") && closed.contains("Hoard"));
    assert!(written(&house, &member, "en", &query).contains("46.71"));
    // What another process over the same folder takes back is gone here.
    let folder = house.folder.path().join("data");
    let elsewhere = stele_registry::Registry::open(&folder, None).unwrap();
    let hoard = named(
        "Hoard",
        sheltered(Sensitivity::Generalised, hidden.0, hidden.1),
    );
    let mut record = Record::new(id(2), hoard);
    record.revision = Some(Revision {
        after: Vec::new(),
        reason: "Twice on the list".into(),
        withdrawn: true,
    });
    elsewhere.record(&house.verifier, vec![record]).unwrap();
    assert_eq!(written(&house, &public, "en", &query), "");
}

fn revised(house: &House, n: u8, body: impl Into<Body>, withdrawn: bool) {
    let mut record = Record::new(id(n), body);
    record.revision = Some(Revision {
        after: Vec::new(),
        reason: "As it is now".into(),
        withdrawn,
    });
    let recorded = house.registry.record(&house.verifier, vec![record]);
    recorded.unwrap();
}

/// The box that an extent gives, rounded so that sums of a cell's side compare.
fn extent(house: &House, viewer: &Viewer, collection: Collection) -> Option<[f64; 4]> {
    let told = house.registry.extent(viewer, collection).unwrap();
    let round = |n: f64| (n * 1e6).round() / 1e6;
    told.bounds
        .map(|b| [b.west, b.south, b.east, b.north].map(round))
}

#[test]
fn an_extent_is_of_the_places_as_they_are_shown_and_never_old() {
    let house = House::new();
    let (all, us) = (Viewer::Public, house.member());
    assert_eq!(extent(&house, &all, Collection::Sites), None);
    let at = |lon, lat| Some(Location::point(lon, lat).unwrap());
    put(&house, 1, site("West", at(10.0, 40.0)));
    put(&house, 2, site("East", at(20.0, 45.0)));
    put(&house, 3, site("Nowhere", None));
    assert_eq!(
        extent(&house, &all, Collection::Sites),
        Some([10.0, 40.0, 20.0, 45.0])
    );
    // A withheld place widens what members are told, and nothing else.
    let withheld = sheltered(Sensitivity::Withheld, -70.0, -30.0);
    put(&house, 4, site("Kept", Some(withheld)));
    assert_eq!(
        extent(&house, &all, Collection::Sites),
        Some([10.0, 40.0, 20.0, 45.0])
    );
    assert_eq!(
        extent(&house, &us, Collection::Sites),
        Some([-70.0, -30.0, 20.0, 45.0])
    );
    // A generalised one by its cell, wherever in it the place is.
    let with = |lon, lat| {
        let house = House::new();
        let place = sheltered(Sensitivity::Generalised, lon, lat);
        put(&house, 1, site("Rough", Some(place)));
        extent(&house, &Viewer::Public, Collection::Sites)
    };
    let cell = with(46.751, 39.761).unwrap();
    assert_eq!(Some(cell), with(46.789, 39.792));
    assert!(cell[0] < 46.751 && cell[2] > 46.789 && cell[2] - cell[0] > 0.05);
    // What is about a site is where the site is.
    for of_sites in [
        Collection::Claims,
        Collection::Findings,
        Collection::Missions,
    ] {
        assert_eq!(
            extent(&house, &all, of_sites),
            Some([10.0, 40.0, 20.0, 45.0])
        );
    }
    assert_eq!(extent(&house, &all, Collection::Areas), None);
    // The outermost moves inward, and is then taken back.
    let correct = |n: u8, location: Option<Location>, withdrawn| {
        let shown = house.registry.get(&us, id(n)).unwrap();
        let mut record = Record::new(id(n), site("East", location));
        record.revision = Some(Revision {
            reason: "measured anew".into(),
            after: vec![shown.stamp],
            withdrawn,
        });
        house
            .registry
            .record(&house.recorder, vec![record])
            .unwrap();
    };
    correct(2, at(15.0, 41.0), false);
    assert_eq!(
        extent(&house, &all, Collection::Sites),
        Some([10.0, 40.0, 15.0, 41.0])
    );
    correct(2, at(15.0, 41.0), true);
    assert_eq!(
        extent(&house, &all, Collection::Sites),
        Some([10.0, 40.0, 10.0, 40.0])
    );
}

#[test]
fn an_extent_in_time_begins_with_what_may_be_seen() {
    let house = House::new();
    let since = |viewer: &Viewer, collection| {
        let told = house.registry.extent(viewer, collection).unwrap();
        told.since.map(|day| day.to_string())
    };
    let (all, us) = (Viewer::Public, house.member());
    let agency = house.party("Agency", &[]);
    let place = house.site("Bath");
    let mut seen = assessment(place, agency, Grade::Severe);
    seen.observed = date("2022-03");
    let seen: Id<Assessment> = house.add(seen).into();
    let mut draft = finding(
        &house.verifier,
        place,
        Conclusion::Destroyed,
        vec![seen],
        Vec::new(),
    );
    draft.as_at = date("2022-03-01");
    house.by(&house.verifier, draft);
    assert_eq!(
        since(&us, Collection::Assessments).as_deref(),
        Some("2022-03-01")
    );
    assert_eq!(
        since(&us, Collection::Findings).as_deref(),
        Some("2022-03-01")
    );
    assert_eq!(since(&all, Collection::Assessments), None);
    assert_eq!(
        since(&all, Collection::Findings),
        None,
        "a draft is for members"
    );
    assert_eq!(since(&us, Collection::Sites), None);
}
