//! Matching: what a search finds, how a person decides, how it is undone, and that nobody is asked twice.

#![allow(clippy::unwrap_used)]

mod common;

use common::House;
use stele_model::*;
use stele_registry::Refusal;
use stele_registry::clock::mint;
use stele_registry::matching::{Decision, Outcome, Scope, Search};

fn site(names: &[(&str, &str)], category: Category, at: Option<(f64, f64)>) -> Site {
    Site {
        kind: SiteKind::Place,
        names: names
            .iter()
            .map(|(text, lang)| Name::new(*text, *lang))
            .collect(),
        category,
        areas: Vec::new(),
        location: at.map(|(lon, lat)| Location::point(lon, lat).unwrap()),
        holdings: Vec::new(),
        identifiers: Vec::new(),
        listed: None,
        fields: Vec::new(),
        made: None,
        description: None,
        article1: None,
    }
}

const PLACES: [(&str, &str, f64, f64); 12] = [
    (
        "Ghazanchetsots Cathedral",
        "Собор Казанчецоц",
        46.7472,
        39.7583,
    ),
    ("Govhar Agha Mosque", "Мечеть Говхар-аги", 46.7510, 39.7570),
    ("Vagif Mausoleum", "Мавзолей Вагифа", 46.7400, 39.7600),
    ("Askeran Fortress", "Аскеранская крепость", 46.8330, 39.9400),
    (
        "Gandzasar Monastery",
        "Монастырь Гандзасар",
        46.5310,
        40.0570,
    ),
    ("Imarat Garvand", "Имарат Гарванд", 46.9300, 39.9900),
    ("Tigranakert", "Тигранакерт", 46.9060, 40.0650),
    ("Dadivank", "Дадиванк", 46.2880, 40.1610),
    ("Juma Mosque Aghdam", "Джума-мечеть Агдам", 46.9290, 39.9920),
    ("Kobryn Museum", "Музей Кобрин", 24.3500, 52.2100),
    ("Lviv Theatre", "Львовский театр", 24.0260, 49.8440),
    ("Odesa Library", "Одесская библиотека", 30.7300, 46.4800),
];

/// A registry that holds every place once in Latin letters; the first eight also in Cyrillic, as if
/// of another list, a hundred metres off.
fn filled() -> (House, Vec<AnyId>, Vec<AnyId>) {
    let house = House::new();
    let first = PLACES
        .iter()
        .map(|(name, _, lon, lat)| {
            house.add(site(
                &[(name, "en")],
                Category::Monument,
                Some((*lon, *lat)),
            ))
        })
        .collect();
    let second = PLACES[..8]
        .iter()
        .map(|(_, name, lon, lat)| {
            house.add(site(
                &[(name, "ru")],
                Category::Monument,
                Some((lon + 0.001, *lat)),
            ))
        })
        .collect();
    (house, first, second)
}

fn search(house: &House, scope: Scope) -> Search {
    house
        .registry
        .find_matches(&house.recorder, scope, &mut |_, _| {})
        .unwrap()
}

fn links(house: &House, kind: LinkKind) -> Vec<Link> {
    let filter = stele_registry::Filter {
        kind: Some(Kind::Link),
        facet: Some(kind.id().to_owned()),
        ..Default::default()
    };
    let order = stele_registry::Order::Id;
    let list = house
        .registry
        .list(&house.member(), &filter, order, None, 100, "en")
        .unwrap();
    let standing = list.rows.into_iter().filter(|row| row.status != "undone");
    standing
        .filter_map(|row| match row.body {
            Body::Link(link) if link.undoes.is_none() => Some(link),
            _ => None,
        })
        .collect()
}

#[test]
fn what_stands_twice_is_found_and_decided_once() {
    let (house, first, second) = filled();
    let found = search(&house, Scope::Duplicates);
    assert_eq!(found.sought, 20);
    let mut right = 0;
    let mut seen = std::collections::BTreeSet::new();
    while let Some(pair) = house.registry.next_pair(&house.recorder).unwrap() {
        assert!(seen.insert(pair), "asked twice: {pair:?}");
        let is = first
            .iter()
            .zip(&second)
            .any(|(a, b)| pair == [*a.min(b), *a.max(b)]);
        right += usize::from(is);
        let decision = if is {
            Decision::Same
        } else {
            Decision::Different
        };
        let outcome = house
            .registry
            .decide_pair(&house.recorder, pair, decision)
            .unwrap();
        assert!(matches!(outcome, Outcome::Recorded(_)), "{outcome:?}");
    }
    assert!(right >= 6, "{right} of 8 pairs were found");
    assert_eq!(links(&house, LinkKind::SameAs).len(), right);
    // Decided either way, a pair never comes back.
    let again = search(&house, Scope::Duplicates);
    assert_eq!(again.decided, seen.len());
    while let Some(pair) = house.registry.next_pair(&house.recorder).unwrap() {
        assert!(!seen.contains(&pair));
        house
            .registry
            .decide_pair(&house.recorder, pair, Decision::Different)
            .unwrap();
    }
}

#[test]
fn a_link_says_why_and_how_sure() {
    let (house, ..) = filled();
    search(&house, Scope::Duplicates);
    let pair = house.registry.next_pair(&house.recorder).unwrap().unwrap();
    let view = house.registry.pair(&house.member(), pair, "en").unwrap();
    assert!(view.permille.is_some() && view.reasons.iter().any(|told| told.field == "Name"));
    house
        .registry
        .decide_pair(&house.recorder, pair, Decision::Same)
        .unwrap();
    let link = &links(&house, LinkKind::SameAs)[0];
    assert_eq!(link.score_permille.map(u64::from), view.permille);
    assert!(
        link.reasons
            .iter()
            .any(|reason| reason.starts_with("Name: ")),
        "{:?}",
        link.reasons
    );
    assert!(
        link.reasons
            .iter()
            .any(|reason| reason.starts_with("Place: ")),
        "{:?}",
        link.reasons
    );
}

#[test]
fn a_link_of_a_protected_place_tells_nothing_of_where_it_is() {
    let house = House::new();
    let mut protected = site(
        &[("Gandzasar Monastery", "en")],
        Category::Monument,
        Some((46.531, 40.057)),
    );
    protected.location.as_mut().unwrap().sensitivity = Sensitivity::Withheld;
    let a = house.add(protected);
    let b = house.add(site(
        &[("Гандзасар", "ru")],
        Category::Monument,
        Some((46.5311, 40.057)),
    ));
    for (name, _, lon, lat) in PLACES {
        house.add(site(
            &[(name, "en")],
            Category::Monument,
            Some((lon + 3.0, lat)),
        ));
    }
    search(&house, Scope::Duplicates);
    house
        .registry
        .decide_pair(&house.recorder, [a, b], Decision::Same)
        .unwrap();
    let link = &links(&house, LinkKind::SameAs)[0];
    assert!(
        link.reasons
            .iter()
            .all(|reason| !reason.starts_with("Place")),
        "{:?}",
        link.reasons
    );
    assert_eq!(link.score_permille, None);
}

#[test]
fn two_people_are_never_shown_one_pair_and_the_second_is_told_who_decided() {
    let (house, ..) = filled();
    search(&house, Scope::Duplicates);
    let mine = house.registry.next_pair(&house.recorder).unwrap().unwrap();
    let theirs = house.registry.next_pair(&house.second).unwrap().unwrap();
    assert_ne!(mine, theirs);
    assert_eq!(
        house.registry.next_pair(&house.recorder).unwrap().unwrap(),
        mine
    );
    let seen_by_second = stele_registry::Viewer::Member(house.second.clone());
    let view = house.registry.pair(&seen_by_second, mine, "en").unwrap();
    assert_eq!(view.held_by.as_deref(), Some("recorder"));
    house
        .registry
        .decide_pair(&house.recorder, mine, Decision::Same)
        .unwrap();
    let outcome = house
        .registry
        .decide_pair(&house.second, mine, Decision::Different)
        .unwrap();
    let Outcome::Already(ending) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(ending.same && ending.by == "recorder", "{ending:?}");
    assert_eq!(links(&house, LinkKind::DifferentFrom).len(), 0);
}

#[test]
fn what_is_skipped_comes_last() {
    let (house, ..) = filled();
    search(&house, Scope::Duplicates);
    let skipped = house.registry.next_pair(&house.recorder).unwrap().unwrap();
    house
        .registry
        .decide_pair(&house.recorder, skipped, Decision::Skip)
        .unwrap();
    let mut last = skipped;
    while let Some(pair) = house.registry.next_pair(&house.recorder).unwrap() {
        last = pair;
        house
            .registry
            .decide_pair(&house.recorder, pair, Decision::Different)
            .unwrap();
    }
    assert_eq!(last, skipped);
}

#[test]
fn accepting_many_is_one_act_and_is_undone_as_one() {
    let (house, ..) = filled();
    let found = search(&house, Scope::Duplicates);
    let (act, count) = house
        .registry
        .accept_above(&house.recorder, 0.5)
        .unwrap()
        .unwrap();
    assert!(count >= 2, "{count} of {found:?}");
    assert_eq!(links(&house, LinkKind::SameAs).len(), count);
    let acts = house.registry.matching_acts(&house.member()).unwrap();
    assert_eq!(
        (acts[0].pairs, acts[0].what.as_str()),
        (count as u64, "accepted")
    );
    assert_eq!(
        house.registry.undo_matching(&house.recorder, &act).unwrap(),
        count
    );
    assert_eq!(links(&house, LinkKind::SameAs).len(), 0);
    assert!(
        house.registry.undo_matching(&house.recorder, &act).is_err(),
        "undone twice"
    );
    // They wait again, and can be accepted again.
    assert_eq!(
        house
            .registry
            .accept_above(&house.recorder, 0.5)
            .unwrap()
            .unwrap()
            .1,
        count
    );
    assert!(matches!(
        house.registry.accept_above(&house.recorder, 0.2),
        Err(Refusal::Fields(_))
    ));
    assert!(house.registry.verify(&[], &mut |_, _| {}).unwrap().ok);
}

#[test]
fn a_list_is_matched_to_the_rest_alone() {
    let (house, _, second) = filled();
    let party = house.party("A ministry", &[]);
    let source = house.source("A list", party, "2021");
    let aggregate = house.add(Aggregate {
        category: Category::Monument,
        count: Quantity::exactly(8),
        holdings: Vec::new(),
        areas: Vec::new(),
        words: None,
        part_of: None,
        listed: None,
    });
    for site in &second {
        house.link(*site, aggregate, LinkKind::ItemOf);
    }
    let found = search(&house, Scope::List(aggregate));
    assert_eq!(found.sought, 8);
    let mut pairs = 0;
    while let Some(pair) = house.registry.next_pair(&house.recorder).unwrap() {
        let listed = pair.iter().filter(|id| second.contains(id)).count();
        assert_eq!(listed, 1, "a pair within the list or without it");
        house
            .registry
            .decide_pair(&house.recorder, pair, Decision::Same)
            .unwrap();
        pairs += 1;
    }
    assert!(pairs >= 6, "{pairs}");
    let empty =
        house
            .registry
            .find_matches(&house.recorder, Scope::List(source.any()), &mut |_, _| {});
    assert!(matches!(empty, Err(Refusal::Fields(_))), "{empty:?}");
    let unknown = house
        .registry
        .find_matches(&house.recorder, Scope::List(mint()), &mut |_, _| {});
    assert!(matches!(unknown, Err(Refusal::NotFound(_))));
}

#[test]
fn an_identifier_on_one_list_outweighs_the_names() {
    let (house, ..) = filled();
    let wikidata = |value: &str| {
        vec![Identifier {
            scheme: "wikidata".into(),
            value: value.into(),
        }]
    };
    let mut a = site(&[("Old Town Hall", "en")], Category::Building, None);
    let mut b = site(&[("Ратуша", "ru")], Category::Building, None);
    a.identifiers = wikidata("Q42");
    b.identifiers = wikidata("q42 ");
    let (a, b) = (house.add(a), house.add(b));
    search(&house, Scope::Duplicates);
    let view = house.registry.pair(&house.member(), [b, a], "en").unwrap();
    assert!(
        view.permille.is_some_and(|p| p >= 950),
        "{:?} {:?}",
        view.permille,
        view.reasons
    );
}

#[test]
fn readers_neither_search_nor_see_the_queue() {
    let (house, first, _) = filled();
    let refused = house
        .registry
        .find_matches(&house.reader, Scope::Duplicates, &mut |_, _| {});
    assert!(matches!(refused, Err(Refusal::NotAllowed(_))));
    assert!(matches!(
        house.registry.next_pair(&house.reader),
        Err(Refusal::NotAllowed(_))
    ));
    let nobody = stele_registry::Viewer::Public;
    assert!(matches!(
        house.registry.last_search(&nobody),
        Err(Refusal::NotAllowed(_))
    ));
    let pair = house.registry.pair(&nobody, [first[0], first[1]], "en");
    assert!(matches!(pair, Err(Refusal::NotAllowed(_))));
}
