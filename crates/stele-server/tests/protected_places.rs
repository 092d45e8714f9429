//! Somebody without the right tries to find out where a protected place is, with everything that `/ogc`
//! lets anybody ask. A place that moves within its cell, or a withheld one that moves anywhere, must
//! change no answer and no tag; only its revision may tell that something was recorded.

#![allow(clippy::unwrap_used)]

#[path = "../../stele-registry/tests/common/mod.rs"]
mod common;
mod web;

use axum::body::Body as Payload;
use axum::http::{HeaderMap, Request, StatusCode};
use common::{House, site};
use serde_json::Value;
use stele_model::*;
use stele_registry::{AccountRole, Viewer};
use web::Web;

/// Where the protected places are, and where they move to: the first within its cell of 10 km.
const HIDDEN: [(f64, f64); 2] = [(46.7512, 39.7634), (46.7699, 39.7377)];
const WITHHELD: [(f64, f64); 2] = [(46.7711, 39.7799), (44.5123, 40.1717)];

struct World {
    house: House,
    web: Web,
    hidden: AnyId,
    withheld: AnyId,
    member: String,
}

fn place((lon, lat): (f64, f64), sensitivity: Sensitivity) -> Location {
    Location {
        sensitivity,
        uncertainty_m: Some(12),
        ..Location::point(lon, lat).unwrap()
    }
}

/// The answer to a question: status, tag, body.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    status: StatusCode,
    tag: Option<String>,
    body: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let house = House::new();
        let area: Id<Area> = house
            .add(Area {
                names: vec![Name::new("District", "en")],
                kind: AreaKind::District,
                location: None,
                parent: None,
                valid: None,
            })
            .into();
        let mut open = site("Open church", Some(Location::point(46.7, 39.7).unwrap()));
        open.areas = vec![area];
        house.add(open);
        let mut ids = Vec::new();
        for (name, at, sensitivity) in [
            ("Hidden chapel", HIDDEN[0], Sensitivity::Generalised),
            ("Kept vault", WITHHELD[0], Sensitivity::Withheld),
        ] {
            let mut protected = site(name, Some(place(at, sensitivity)));
            protected.areas = vec![area];
            ids.push(house.add(protected));
        }
        let party = house.party("A party", &[]);
        let source = house.source("A text", party, "2021-05-04");
        for id in &ids {
            house.claim(
                party,
                source,
                Subject::Site((*id).into()),
                Predicate::Damaged,
            );
        }
        let mut mission = match house
            .registry
            .get(
                &Viewer::Member(house.recorder.clone()),
                house.mission("A visit", party, None).any(),
            )
            .unwrap()
            .body
        {
            Body::Mission(mission) => mission,
            _ => panic!("a mission"),
        };
        mission.itinerary = ids.iter().map(|id| (*id).into()).collect();
        mission.title = "A visit to both".into();
        house.add(mission);
        let (_, token) = house
            .registry
            .invite("eyes@test.example", "Eyes", AccountRole::Viewer, None)
            .unwrap();
        let (_, session) = house.registry.redeem(token.text(), "long enough").unwrap();
        World {
            web: Web::of(&house.registry),
            hidden: ids[0],
            withheld: ids[1],
            member: format!("stele_session={}", session.text()),
            house,
        }
    }

    /// Moves both protected places.
    fn move_them(&self) {
        for (id, to, sensitivity) in [
            (self.hidden, HIDDEN[1], Sensitivity::Generalised),
            (self.withheld, WITHHELD[1], Sensitivity::Withheld),
        ] {
            let viewer = Viewer::Member(self.house.recorder.clone());
            let shown = self.house.registry.get(&viewer, id).unwrap();
            let Body::Site(mut body) = shown.body else {
                panic!("a site");
            };
            body.location = Some(place(to, sensitivity));
            let mut record = Record::new(id, body);
            record.revision = Some(Revision {
                reason: "measured anew".into(),
                after: vec![shown.stamp],
                withdrawn: false,
            });
            self.house
                .registry
                .record(&self.house.recorder, vec![record])
                .unwrap();
        }
    }

    fn ask(&self, path: &str, cookie: Option<&str>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = Request::get(path).header("host", "registry.example");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.body(Payload::empty()).unwrap();
        let (parts, body) = self.web.send(request).into_parts();
        (parts.status, parts.headers, body)
    }

    /// What anybody is told. When a page was written is no news.
    fn told(&self, path: &str, cookie: Option<&str>) -> Told {
        let (status, headers, mut body) = self.ask(path, cookie);
        if let Ok(mut json) = serde_json::from_slice::<Value>(&body) {
            json.as_object_mut()
                .map(|members| members.remove("timeStamp"));
            body = json.to_string().into_bytes();
        }
        let tag = headers.get("etag").map(|t| t.to_str().unwrap().to_owned());
        Told { status, tag, body }
    }

    fn all(&self, paths: &[String], cookie: Option<&str>) -> Vec<Told> {
        let mut told = Vec::new();
        for path in paths {
            told.push(self.told(path, cookie));
        }
        told
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Everything an attacker thinks of. The columns that tell of the revision are left out, so that not
/// even a tag may change.
fn questions(world: &World) -> Vec<String> {
    let quiet = |collection: &str| match collection {
        "sites" => "title,place,grid_m,uncertainty_m,areas,description,identifiers,names",
        "missions" => "title,stops,stops_shown,areas",
        _ => "title,place,grid_m",
    };
    let mut asked = Vec::new();
    let mut ask = |collection: &str, query: String| {
        asked.push(format!(
            "/ogc/collections/{collection}/items?properties={}&{query}",
            quiet(collection)
        ));
    };
    let every = [HIDDEN[0], HIDDEN[1], WITHHELD[0], WITHHELD[1], (46.7, 39.7)];
    for collection in ["sites", "claims", "missions"] {
        ask(collection, "limit=1000".into());
        ask(collection, "sortby=title".into());
        ask(collection, "limit=1&sortby=id".into());
        ask(collection, "skipGeometry=true".into());
        // Boxes ever smaller around every place; so small ones also ask for counts by limit=1.
        for (lon, lat) in every {
            for halvings in 0..14 {
                let half = 2.0 / f64::from(1 << halvings);
                let (w, s, e, n) = (lon - half, lat - half, lon + half * 0.7, lat + half * 0.6);
                ask(collection, format!("bbox={w},{s},{e},{n}"));
                ask(collection, format!("limit=1&bbox={w},{s},{e},{n}"));
                for predicate in ["S_INTERSECTS", "S_WITHIN", "S_DISJOINT", "S_TOUCHES"] {
                    let filter = format!("{predicate}(geometry, BBOX({w},{s},{e},{n}))");
                    ask(collection, format!("filter={}", encoded(&filter)));
                }
                let filter =
                    format!("NOT S_DISJOINT(BBOX({w},{s},{e},{n}), geometry) OR title LIKE 'K%'");
                ask(collection, format!("filter={}", encoded(&filter)));
            }
            for filter in [
                format!("S_EQUALS(geometry, POINT({lon} {lat}))"),
                format!("S_CROSSES(geometry, LINESTRING({lon} {lat}, 0 0))"),
                format!("S_INTERSECTS(geometry, LINESTRING({lon} 0, {lon} 80))"),
                format!("NOT S_INTERSECTS(geometry, POINT({lon} {lat}))"),
                "geometry IS NULL".to_owned(),
                "uncertainty_m = 12 OR uncertainty_m IS NULL".to_owned(),
            ] {
                if collection == "sites" || !filter.contains("uncertainty_m") {
                    ask(collection, format!("filter={}", encoded(&filter)));
                }
            }
        }
        for crs in ["4326", "3857", "32638", "28408", "32640"] {
            let uri = format!("http://www.opengis.net/def/crs/EPSG/0/{crs}");
            ask(collection, format!("crs={}", encoded(&uri)));
        }
        ask(
            collection,
            format!(
                "bbox=5200000,4800000,5208000,4838000&bbox-crs={}",
                encoded("http://www.opengis.net/def/crs/EPSG/0/3857")
            ),
        );
        ask(collection, "bbox=1,2,3".into());
    }
    for id in [world.hidden, world.withheld] {
        for more in ["", "?f=html"] {
            asked.push(format!("/ogc/collections/claims/items/{id}{more}"));
            asked.push(format!("/ogc/collections/areas/items/{id}{more}"));
        }
    }
    for path in [
        "",
        "/areas",
        "/sites",
        "/areas/items",
        "/sites/queryables",
        "/sites/schema",
    ] {
        asked.push(format!("/ogc/collections{path}"));
    }
    asked.push("/ogc".into());
    for (lon, lat) in every {
        for z in [0, 4, 8, 10, 12, 14, 16, 18] {
            let n = f64::from(1 << z);
            let x = ((lon + 180.0) / 360.0 * n).floor();
            let y =
                ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n).floor();
            asked.push(format!(
                "/ogc/collections/sites/tiles/WebMercatorQuad/{z}/{y}/{x}"
            ));
        }
    }
    asked
}

#[test]
fn a_place_that_moves_within_its_cell_changes_no_answer() {
    let world = World::new();
    let asked = questions(&world);
    let before = world.all(&asked, None);
    let member = Some(world.member.clone());
    let seen_before = world.all(&asked, member.as_deref());
    world.move_them();
    let after = world.all(&asked, None);
    for ((path, before), after) in asked.iter().zip(&before).zip(&after) {
        assert_eq!(
            before,
            after,
            "{path}\n{}\n{}",
            String::from_utf8_lossy(&before.body),
            String::from_utf8_lossy(&after.body)
        );
    }
    // The questions would tell: to those who may see the places they do.
    let seen_after = world.all(&asked, member.as_deref());
    let differ = seen_before
        .iter()
        .zip(&seen_after)
        .filter(|(a, b)| a != b)
        .count();
    assert!(
        differ > 200,
        "only {differ} of {} questions tell a member",
        asked.len()
    );
    let answered = after.iter().filter(|t| t.status.is_success()).count();
    assert!(
        answered > 900,
        "only {answered} of {} are answered",
        asked.len()
    );
}

/// Members' extents move with the places; anybody's hold only what is shown, as large as its cell.
#[test]
fn the_extent_tells_no_more_than_the_cells() {
    let world = World::new();
    let paths: Vec<String> = [
        "",
        "/sites",
        "/claims",
        "/findings",
        "/assessments",
        "/missions",
    ]
    .iter()
    .map(|path| format!("/ogc/collections{path}"))
    .collect();
    let member = Some(world.member.clone());
    let before = world.all(&paths, None);
    let seen_before = world.all(&paths, member.as_deref());
    let sites: Value = serde_json::from_slice(&before[1].body).unwrap();
    let edges: Vec<f64> =
        serde_json::from_value(sites["extent"]["spatial"]["bbox"][0].clone()).unwrap();
    let ShownPlace::Grid { centre, grid_m } =
        place(HIDDEN[0], Sensitivity::Generalised).shown(false)
    else {
        panic!("a cell");
    };
    let cell = stele_model::place::cell_around(centre.lon(), centre.lat(), grid_m);
    let shown = [
        cell.west.min(46.7),
        cell.south.min(39.7),
        cell.east.max(46.7),
        cell.north.max(39.7),
    ];
    for (edge, shown) in edges.iter().zip(shown) {
        assert!((edge - shown).abs() < 1e-9, "{edges:?} {shown:?}");
    }
    world.move_them();
    assert_eq!(before, world.all(&paths, None));
    let seen_after = world.all(&paths, member.as_deref());
    for ((path, before), after) in paths.iter().zip(&seen_before).zip(&seen_after) {
        assert_ne!(before, after, "{path} would tell");
    }
}

/// When an answer last changed is told of the registry as a whole, as its ledger tells it: the same date
/// whatever is asked, so that it says of no record that it was the one.
#[test]
fn a_date_is_of_the_whole_registry_and_not_of_a_record() {
    let world = World::new();
    let paths = [
        "/ogc/collections".to_owned(),
        "/ogc/collections/sites/items".to_owned(),
        format!("/ogc/collections/sites/items/{}", world.hidden),
        format!("/ogc/collections/claims/items?bbox={},{},{},{}", 1, 1, 2, 2),
        format!("/site/{}?f=json", world.withheld),
        format!("/site/{}?f=ttl", world.hidden),
        "/data/sites.csv".to_owned(),
    ];
    let date = |path: &str| loop {
        // Not told within the second of the change.
        let (status, headers, _) = world.ask(path, None);
        assert_eq!(status, StatusCode::OK, "{path}");
        match headers.get("last-modified") {
            Some(date) => return date.to_str().unwrap().to_owned(),
            None => std::thread::yield_now(),
        }
    };
    let first = date(&paths[0]);
    for path in &paths {
        assert_eq!(date(path), first, "{path}");
    }
    let held = |path: &str, name: &str, value: &str| {
        let request = Request::get(path)
            .header("host", "registry.example")
            .header(name, value);
        let request = request.body(Payload::empty()).unwrap();
        let answer = world.web.send(request);
        (answer.status(), answer.body().len())
    };
    for path in &paths {
        let told = held(path, "if-modified-since", &first);
        assert_eq!(told, (StatusCode::NOT_MODIFIED, 0), "{path}");
        let old = held(path, "if-modified-since", "Sat, 01 Jan 2000 00:00:00 GMT");
        assert_eq!(old.0, StatusCode::OK, "{path}");
        let nonsense = held(path, "if-modified-since", "yesterday");
        assert_eq!(nonsense.0, StatusCode::OK, "{path}");
    }
    world.move_them();
    for path in &paths {
        assert_eq!(
            held(path, "if-modified-since", &first).0,
            StatusCode::OK,
            "{path}"
        );
        assert_ne!(date(path), first, "{path}");
    }
    let pages = [
        "/ogc/collections?f=html".to_owned(),
        format!("/site/{}", world.hidden),
    ];
    for path in pages {
        let (_, headers, _) = world.ask(&path, None);
        assert!(
            !headers.contains_key("last-modified"),
            "{path} shows who is signed in"
        );
    }
}

#[test]
fn only_the_revision_tells_that_a_place_was_recorded_anew() {
    let world = World::new();
    let paths = [
        "/ogc/collections/sites/items".to_owned(),
        format!("/ogc/collections/sites/items/{}", world.hidden),
        format!("/ogc/collections/sites/items/{}", world.withheld),
    ];
    let bare = |told: Told| {
        let mut json: Value = serde_json::from_slice(&told.body).unwrap();
        let strip = |feature: &mut Value| {
            let properties = feature["properties"].as_object_mut().unwrap();
            assert!(
                properties.remove("recorded").is_some() && properties.remove("revision").is_some()
            );
        };
        match json["features"].as_array_mut() {
            Some(features) => features.iter_mut().for_each(strip),
            None => strip(&mut json),
        }
        json
    };
    for path in paths {
        let before = bare(world.told(&path, None));
        world.move_them();
        assert_eq!(before, bare(world.told(&path, None)), "{path}");
    }
}

#[test]
fn halving_a_box_ends_at_the_middle_of_the_cell() {
    let world = World::new();
    let is_in = |w: f64, s: f64, e: f64, n: f64, id: AnyId| {
        let path = format!("/ogc/collections/sites/items?bbox={w},{s},{e},{n}&limit=10");
        let told = world.told(&path, None);
        String::from_utf8_lossy(&told.body).contains(&id.to_string())
    };
    let (mut w, mut s, mut e, mut n) = (46.0, 39.0, 47.0, 40.0);
    assert!(is_in(w, s, e, n, world.hidden));
    for _ in 0..20 {
        let (lon, lat) = ((w + e) / 2.0, (s + n) / 2.0);
        match is_in(w, s, lon, n, world.hidden) {
            true => e = lon,
            false => w = lon,
        }
        match is_in(w, s, e, lat, world.hidden) {
            true => n = lat,
            false => s = lat,
        }
    }
    let ShownPlace::Grid { centre, .. } = place(HIDDEN[0], Sensitivity::Generalised).shown(false)
    else {
        panic!("a cell");
    };
    assert!((w - centre.lon()).abs() < 1e-5 && (s - centre.lat()).abs() < 1e-5);
    assert!(!is_in(-180.0, -90.0, 180.0, 90.0, world.withheld));
}

/// Nothing that anybody gets has a digit more of the places than the cell.
#[test]
fn no_answer_holds_the_digits_of_a_protected_place() {
    let world = World::new();
    for (path, told) in questions(&world)
        .iter()
        .zip(world.all(&questions(&world), None))
    {
        // What was asked comes back in the links; the answer itself is what is looked at.
        let mut json: Value = serde_json::from_slice(&told.body).unwrap_or_default();
        if let Some(members) = json.as_object_mut() {
            members.remove("links");
        }
        let text = json["features"].to_string() + json["geometry"].to_string().as_str();
        for secret in [
            "46.7512", "39.7634", "46.7711", "39.7799", "46.751", "39.763",
        ] {
            assert!(!text.contains(secret), "{path} tells {secret}: {text}");
        }
    }
    for name in ["claims", "missions", "sites"] {
        let told = world.told(&format!("/ogc/collections/{name}/items?f=html"), None);
        assert!(!String::from_utf8_lossy(&told.body).contains("46.75"));
    }
}
