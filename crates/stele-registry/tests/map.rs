//! What the map is told of places is what the pages show, and further basemaps stay within their bounds.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use stele_model::place::Bounds;
use stele_model::*;
use stele_registry::map::in_cells;
use stele_registry::{Registry, SearchQuery, Viewer};

fn sheltered(sensitivity: Sensitivity, lon: f64, lat: f64) -> Location {
    let mut place = Location::point(lon, lat).unwrap();
    place.sensitivity = sensitivity;
    place
}

#[test]
fn hits_are_where_the_viewer_may_see_them() {
    let house = House::new();
    house.add(site(
        "Open chapel",
        Some(Location::point(46.70, 39.70).unwrap()),
    ));
    house.add(site(
        "Rough chapel",
        Some(sheltered(Sensitivity::Generalised, 46.751, 39.761)),
    ));
    house.add(site(
        "Hidden chapel",
        Some(sheltered(Sensitivity::Withheld, 46.752, 39.762)),
    ));
    house.add(site("Unplaced chapel", None));
    let query = SearchQuery::words("chapel");
    let hits = house
        .registry
        .map_hits(&Viewer::Public, &query, "en")
        .unwrap();
    let mut told: Vec<(String, bool)> = hits
        .sites
        .iter()
        .map(|s| (s.title.clone(), matches!(s.place, ShownPlace::Grid { .. })))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [("Open chapel".into(), false), ("Rough chapel".into(), true)]
    );
    assert_eq!(hits.without_place, 2);
    assert!(!hits.cut);
    let members = house
        .registry
        .map_hits(&house.member(), &query, "en")
        .unwrap();
    assert_eq!(members.sites.len(), 3);
    assert!(
        members
            .sites
            .iter()
            .all(|s| matches!(s.place, ShownPlace::Exact { .. }))
    );
    let extent = house.registry.map_extent(&Viewer::Public).unwrap().unwrap();
    assert!(extent.west >= 46.69 && extent.north <= 39.81, "{extent:?}");
}

/// An attacker who asks the map of two registries that differ only in where, within its cell, a protected
/// site lies, is told the same.
#[test]
fn no_box_of_the_map_narrows_a_protected_place_down() {
    let told = |lon, lat| {
        let house = House::new();
        house.add(site(
            "Hoard",
            Some(sheltered(Sensitivity::Generalised, lon, lat)),
        ));
        house.add(site(
            "Cache",
            Some(sheltered(Sensitivity::Withheld, lon, lat)),
        ));
        let mut answers = Vec::new();
        for step in 0..40 {
            let west = 46.6 + f64::from(step) * 0.006;
            let query = SearchQuery {
                bbox: Some(Bounds {
                    west,
                    south: 39.7,
                    east: west + 0.01,
                    north: 39.82,
                }),
                ..SearchQuery::default()
            };
            let hits = house
                .registry
                .map_hits(&Viewer::Public, &query, "en")
                .unwrap();
            let cells = in_cells(hits.sites.iter(), 12);
            let cells: Vec<(f64, f64, u64)> =
                cells.iter().map(|c| (c.lon, c.lat, c.count)).collect();
            let places: Vec<ShownPlace> = hits.sites.into_iter().map(|s| s.place).collect();
            answers.push(format!(
                "{places:?} {cells:?} {} {}",
                hits.cut, hits.without_place
            ));
        }
        answers
    };
    assert_eq!(told(46.751, 39.761), told(46.789, 39.792));
}

#[test]
fn cells_count_every_hit_once() {
    let house = House::new();
    for i in 0..30 {
        let at = Location::point(46.0 + f64::from(i) * 0.01, 39.5).unwrap();
        house.add(site(&format!("Stone {i}"), Some(at)));
    }
    let hits = house
        .registry
        .map_hits(&Viewer::Public, &SearchQuery::words("stone"), "en")
        .unwrap();
    for halvings in [0, 4, 8, 14, 30] {
        let cells = in_cells(hits.sites.iter(), halvings);
        assert_eq!(cells.iter().map(|c| c.count).sum::<u64>(), 30, "{halvings}");
        assert!(cells.iter().all(|c| (46.0..46.3).contains(&c.lon)));
        assert!(cells.iter().all(|c| c.only.is_some() == (c.count == 1)));
    }
}

#[test]
fn settings_name_further_basemaps_or_say_what_is_wrong() {
    let house = House::new();
    let folder = house.folder.path().join("data");
    let settings = folder.join("stele.toml");
    let own = std::fs::read_to_string(&settings).unwrap();
    let with = |more: &str| {
        std::fs::write(
            &settings,
            format!("{own}\n[[basemap]]\nname = \"Survey\"\n{more}\n"),
        )
        .unwrap();
        Registry::open(&folder, None)
    };
    let registry = with(
        "tiles = \"https://tiles.example.org/{z}/{x}/{y}.png\"\nattribution = \"Survey office\"",
    )
    .unwrap();
    let origin = registry.basemaps().first().and_then(|b| b.origin());
    assert_eq!(origin.as_deref(), Some("https://tiles.example.org"));
    assert!(registry.basemap_file(0).is_err(), "it has no file");
    let registry = with("file = \"maps/region.pmtiles\"").unwrap();
    assert!(registry.basemap_file(0).is_err(), "the file is not there");
    std::fs::create_dir(folder.join("maps")).unwrap();
    std::fs::write(folder.join("maps/region.pmtiles"), b"PMTiles").unwrap();
    assert!(
        registry
            .basemap_file(0)
            .unwrap()
            .ends_with("maps/region.pmtiles")
    );
    assert!(registry.basemap_file(1).is_err());
    for (more, reason) in [
        ("file = \"../outside.pmtiles\"", "outside"),
        ("file = \"node.key\"", ".pmtiles"),
        ("tiles = \"https://tiles.example.org/{z}/{x}.png\"", "{y}"),
        ("tiles = \"javascript:{z}{x}{y}\"", "https://"),
        ("", "either"),
    ] {
        let Err(refused) = with(more) else {
            panic!("{more} was taken")
        };
        let said = refused.to_string();
        assert!(said.contains(reason) && said.contains("Survey"), "{said}");
    }
}
