//! Items of an aggregate: linked by rule and undone as one act, what is missing, what stands beside
//! it, and what leaves the registry in a table.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use stele_model::*;
use stele_registry::coverage::Lack;
use stele_registry::{Refusal, Viewer};

struct Scene {
    house: House,
    region: Id<Area>,
    village: Id<Area>,
    aggregate: Id<Aggregate>,
}

fn aggregate(category: Category, areas: Vec<Id<Area>>) -> Aggregate {
    Aggregate {
        category,
        count: Quantity::exactly(10),
        holdings: Vec::new(),
        areas,
        words: None,
        part_of: None,
        listed: None,
    }
}

fn area(house: &House, name: &str, parent: Option<Id<Area>>) -> Id<Area> {
    house
        .add(Area {
            names: vec![Name::new(name, "en")],
            kind: AreaKind::District,
            parent,
            location: None,
            valid: None,
        })
        .into()
}

fn place(
    house: &House,
    name: &str,
    category: Category,
    area: Id<Area>,
    at: Option<Location>,
) -> AnyId {
    house.add(Site {
        areas: vec![area],
        category,
        ..site(name, at)
    })
}

/// Three religious sites in a region, one of them in a village of it; a library; a church elsewhere.
fn scene() -> Scene {
    let house = House::new();
    let region = area(&house, "Region", None);
    let village = area(&house, "Village", Some(region));
    let elsewhere = area(&house, "Elsewhere", None);
    place(
        &house,
        "Mosque",
        Category::Mosque,
        region,
        Location::point(46.5, -39.5).ok(),
    );
    place(&house, "Church", Category::Church, region, None);
    place(&house, "=HYPERLINK(\"x\")", Category::Shrine, village, None);
    place(&house, "Library", Category::Library, region, None);
    place(&house, "Far church", Category::Church, elsewhere, None);
    let aggregate = house
        .add(aggregate(Category::ReligiousSite, vec![region]))
        .into();
    Scene {
        house,
        region,
        village,
        aggregate,
    }
}

impl Scene {
    fn ladder(&self) -> stele_model::rules::Ladder {
        let shown = self
            .house
            .registry
            .get(&self.house.member(), self.aggregate.any());
        shown.unwrap().ladder.unwrap()
    }
}

#[test]
fn a_rule_links_what_it_showed_and_is_undone_as_one_act() {
    let scene = scene();
    let (registry, recorder) = (&scene.house.registry, &scene.house.recorder);
    let id = scene.aggregate.any();
    let shown = registry.by_rule(&scene.house.member(), id, "en").unwrap();
    assert_eq!((shown.count, shown.linked, shown.areas), (3, 0, 2));
    let receipt = registry.link_by_rule(recorder, id).unwrap();
    assert_eq!(receipt.ids.len(), 3);
    assert_eq!(scene.ladder().itemised, 3);
    // What is linked already is left alone.
    assert!(matches!(
        registry.link_by_rule(recorder, id),
        Err(Refusal::Fields(_))
    ));
    place(
        &scene.house,
        "Chapel",
        Category::Church,
        scene.village,
        None,
    );
    assert_eq!(registry.link_by_rule(recorder, id).unwrap().ids.len(), 1);
    assert_eq!(scene.ladder().itemised, 4);

    let acts = registry
        .by_rule(&scene.house.member(), id, "en")
        .unwrap()
        .acts;
    assert_eq!(acts.len(), 1, "one link alone is undone on its own page");
    registry.undo_links(recorder, id, &acts[0].stamp).unwrap();
    assert_eq!(scene.ladder().itemised, 1);
    assert!(matches!(
        registry.undo_links(recorder, id, &acts[0].stamp),
        Err(Refusal::Fields(_))
    ));
    // And can be linked again.
    assert_eq!(registry.link_by_rule(recorder, id).unwrap().ids.len(), 3);
    assert_eq!(scene.ladder().itemised, 4);
}

#[test]
fn a_rule_looks_in_areas_that_are_the_same() {
    // Another list calls the region otherwise, and has a village of its own in it.
    let scene = scene();
    let (registry, recorder) = (&scene.house.registry, &scene.house.recorder);
    let id = scene.aggregate.any();
    let other = area(&scene.house, "Region, as others call it", None);
    let hamlet = area(&scene.house, "Hamlet", Some(other));
    place(&scene.house, "Chapel", Category::Church, hamlet, None);
    let count = || {
        let shown = registry.by_rule(&scene.house.member(), id, "en").unwrap();
        (shown.count, shown.areas)
    };
    assert_eq!(count(), (3, 2));
    let same = Link {
        from: other.any(),
        to: scene.region.any(),
        kind: LinkKind::SameAs,
        score_permille: None,
        reasons: vec!["two names of one region".into()],
        identified: false,
        excluded: None,
        undoes: None,
    };
    let link = scene.house.add(same.clone());
    assert_eq!(count(), (4, 4));
    // Whichever of them a search is narrowed to.
    let found = |area: Id<Area>| {
        let query = stele_registry::search::SearchQuery {
            area: Some(area.any()),
            kind: Some(Kind::Site),
            ..Default::default()
        };
        let found = registry.search(&scene.house.member(), &query, 20, "en");
        found.unwrap().hits.len()
    };
    assert_eq!((found(other), found(scene.region)), (5, 5));
    registry.link_by_rule(recorder, id).unwrap();
    assert_eq!(scene.ladder().itemised, 4);
    // Undone, it says nothing any more; what was linked stays.
    scene.house.add(Link {
        undoes: Some(link.into()),
        ..same
    });
    assert_eq!(count(), (0, 2));
    assert_eq!((found(other), scene.ladder().itemised), (1, 4));
}

#[test]
fn a_rule_needs_an_area() {
    let scene = scene();
    let bare = scene
        .house
        .add(aggregate(Category::ReligiousSite, Vec::new()));
    let refused = scene
        .house
        .registry
        .link_by_rule(&scene.house.recorder, bare);
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("no area to look in")
    );
    assert!(matches!(
        scene
            .house
            .registry
            .link_by_rule(&scene.house.reader, scene.aggregate.any()),
        Err(Refusal::NotAllowed(_))
    ));
}

#[test]
fn what_is_missing_is_a_list_for_members() {
    let scene = scene();
    let (registry, id) = (&scene.house.registry, scene.aggregate.any());
    registry.link_by_rule(&scene.house.recorder, id).unwrap();
    let lacking = |lack| {
        let view = registry
            .missing(&scene.house.member(), id, lack, None, "en")
            .unwrap();
        view.rows.len()
    };
    assert_eq!(lacking(Lack::Location), 2);
    assert_eq!(lacking(Lack::Identity), 3);
    assert_eq!(lacking(Lack::Assessment), 3);
    assert_eq!(lacking(Lack::Finding), 3);
    let church = registry
        .missing(&scene.house.member(), id, Lack::Location, None, "en")
        .unwrap()
        .rows[0]
        .site
        .id;
    let observatory = scene.house.party("Observatory", &[]);
    scene.house.by(
        &scene.house.verifier,
        assessment(church.into(), observatory, Grade::Severe),
    );
    assert_eq!(lacking(Lack::Assessment), 2);
    assert!(matches!(
        registry.missing(&Viewer::Public, id, Lack::Location, None, "en"),
        Err(Refusal::NotAllowed(_))
    ));
}

#[test]
fn figures_of_several_parties_stand_side_by_side() {
    let scene = scene();
    let house = &scene.house;
    let inner = house.add(aggregate(Category::Church, vec![scene.village]));
    let other = house.add(aggregate(Category::Library, vec![scene.region]));
    let far = area(house, "Far", None);
    let apart = house.add(aggregate(Category::Church, vec![far]));
    let party = house.party("Diocese", &[]);
    let source = house.source("Letter", party, "2021-01-01");
    let claim = house.claim(
        party,
        source,
        Subject::Aggregate(inner.into()),
        Predicate::Damaged,
    );
    let overlaps = |id| {
        let view = house.registry.overlaps(&Viewer::Public, id, "en").unwrap();
        view.rows
            .into_iter()
            .map(|r| (r.aggregate.id, r.parties))
            .collect::<Vec<_>>()
    };
    assert_eq!(overlaps(scene.aggregate.any()), [(inner, vec![party])]);
    assert_eq!(overlaps(inner), [(scene.aggregate.any(), vec![])]);
    assert!(overlaps(other).is_empty() && overlaps(apart).is_empty());

    let figures = |id| {
        let shown = house.registry.figures(&Viewer::Public, id).unwrap();
        shown.into_iter().map(|s| s.id).collect::<Vec<_>>()
    };
    assert_eq!(figures(claim.any()), [inner]);
    assert_eq!(figures(party.any()), [inner]);
    assert_eq!(figures(scene.village.any()), [inner]);
    assert_eq!(
        figures(scene.region.any()).len(),
        3,
        "with what lies within it"
    );
}

#[test]
fn the_table_of_items_starts_no_formula_and_keeps_protected_places() {
    let scene = scene();
    let (registry, id) = (&scene.house.registry, scene.aggregate.any());
    let hidden = Location {
        sensitivity: Sensitivity::Withheld,
        ..Location::point(45.123456, 40.654321).unwrap()
    };
    place(
        &scene.house,
        "Hidden",
        Category::Church,
        scene.region,
        Some(hidden),
    );
    registry.link_by_rule(&scene.house.recorder, id).unwrap();
    let export = |viewer: &Viewer| {
        let mut out = Vec::new();
        let count = registry.export_items(viewer, id, "en", &mut out).unwrap();
        (count, String::from_utf8(out).unwrap())
    };
    let (count, open) = export(&Viewer::Public);
    assert_eq!((count, open.lines().count()), (4, 5));
    assert!(open.contains("'=HYPERLINK"), "{open}");
    assert!(!open.contains(",=") && !open.contains(",\"="), "{open}");
    assert!(open.contains(",46.5,-39.5,"), "{open}");
    assert!(!open.contains("45.12") && open.contains("withheld to protect it"));
    let (_, member) = export(&scene.house.member());
    assert!(member.contains("45.123456"));
}
