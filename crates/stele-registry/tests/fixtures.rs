//! The seed fixtures of the design (8.7): real situations, with the parties' names in them.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use stele_model::rules::Change;
use stele_model::*;
use stele_registry::intake::Known;
use stele_registry::{SearchQuery, Viewer};

const WIRE: &str = "Ministry on heritage\n23 June 2021\n\nThe Azerbaijani Foreign Ministry said that 927 libraries with a book fund of 4.6 million and the Shusha Reserve were destroyed. It gave no further numbers, and promised a list of the places that are meant.\n";

fn known(publisher: &str) -> Known {
    Known {
        publisher: Some(publisher.into()),
        ..Known::default()
    }
}

/// F1: an article and its reprint are two documents of one origin.
#[test]
fn f1_a_reprint_is_one_origin() {
    let house = House::new();
    let first = house
        .registry
        .read_in(
            &house.recorder,
            WIRE.as_bytes(),
            "a.txt",
            known("The Paper"),
        )
        .unwrap();
    assert!(first.twin.is_none());
    house.registry.accept_all(&house.recorder, first).unwrap();
    let reprint = format!("{WIRE}\nRead more on our site.\n");
    let second = house
        .registry
        .read_in(
            &house.recorder,
            reprint.as_bytes(),
            "b.txt",
            known("Another Paper"),
        )
        .unwrap();
    assert!(second.twin.is_some() && !second.is_known());
    house.registry.accept_all(&house.recorder, second).unwrap();
    let viewer = house.member();
    let sites = house
        .registry
        .search(
            &viewer,
            &SearchQuery {
                kind: Some(Kind::Site),
                ..SearchQuery::words("shusha reserve")
            },
            10,
            "en",
        )
        .unwrap()
        .hits;
    assert_eq!(sites.len(), 1, "one site, claimed about twice");
    assert_eq!(
        sites[0].record.status, "reported",
        "two documents of one origin corroborate nothing"
    );
    let view = house
        .registry
        .find(&viewer, sites[0].record.id, "en")
        .unwrap();
    assert_eq!(view.related(Kind::Claim).len(), 2);
}

fn figure(
    house: &House,
    party: Id<Party>,
    publisher: Id<Party>,
    year: &str,
    count: u64,
    predicate: Predicate,
) -> Id<Claim> {
    let source = house.source(&format!("Article of {year}"), publisher, year);
    let aggregate: Id<Aggregate> = house
        .add(Aggregate {
            category: Category::Library,
            count: Quantity::exactly(count),
            holdings: Vec::new(),
            areas: Vec::new(),
            words: None,
            part_of: None,
            listed: None,
        })
        .into();
    let mut claim = claim(party, source, Subject::Aggregate(aggregate), predicate);
    claim.stated = Some(date(year));
    house.add(claim).into()
}

/// F2: how a figure travelled: what changed from statement to statement, by date, and no word of why.
#[test]
fn f2_the_lineage_of_a_figure() {
    let house = House::new();
    let paper = house.party("The Paper", &[]);
    let ministry = house.party("Ministry of Culture", &[]);
    let system = house.party("A library system", &[]);
    let education = house.party("Ministry of Education", &[]);
    let foreign = house.party("Foreign Ministry", &[]);
    let service = house.party("State Service for Heritage", &[]);
    // The seven rows of domain.md 1.2.
    let rows = [
        (ministry, "2011-10-18", 927, Predicate::Looted),
        (system, "2015-04-15", 297, Predicate::Destroyed),
        (ministry, "2020-10-01", 927, Predicate::LocatedIn),
        (ministry, "2020-11-06", 927, Predicate::Destroyed),
        (education, "2020-12-29", 927, Predicate::Destroyed),
        (foreign, "2021-05", 927, Predicate::Victim),
        (service, "2021-12-28", 462, Predicate::Examined),
    ];
    let claims: Vec<Id<Claim>> = rows
        .iter()
        .map(|(party, year, count, predicate)| {
            figure(&house, *party, paper, year, *count, *predicate)
        })
        .collect();
    // Linked out of order: the page orders by date.
    for (later, earlier) in [(6, 5), (3, 2), (1, 0), (5, 4), (2, 0), (4, 3)] {
        house.link(
            claims[later].any(),
            claims[earlier].any(),
            LinkKind::Restates,
        );
    }
    let view = house
        .registry
        .lineage(&Viewer::Public, claims[2].any(), "en")
        .unwrap();
    let years: Vec<String> = view
        .steps
        .iter()
        .map(|s| s.claim.body.date().unwrap().to_string())
        .collect();
    let stated: Vec<&str> = rows.iter().map(|row| row.1).collect();
    assert_eq!(years, stated, "by date, in whatever order they were linked");
    assert!(view.steps[0].changes.is_empty());
    assert!(
        view.steps[1].changes.contains(&Change::SharedDigits),
        "927 and 297 are shown as a possible variant, both kept"
    );
    assert!(view.steps[3].changes.contains(&Change::Predicate(
        Predicate::LocatedIn,
        Predicate::Destroyed
    )));
    assert!(
        !view.steps[4]
            .changes
            .iter()
            .any(|c| matches!(c, Change::Predicate(..) | Change::Quantity(..))),
        "another speaker, the same words and number"
    );
    let last = &view.steps[6].changes;
    assert!(last.contains(&Change::Quantity("927".into(), "462".into())));
    assert!(last.contains(&Change::Predicate(Predicate::Victim, Predicate::Examined)));
    // An undone link falls out of the lineage.
    let wrong = view
        .links
        .iter()
        .find(|l| matches!(&l.body, Body::Link(l) if l.from == claims[1].any()))
        .unwrap();
    let mut undo = link(claims[1].any(), claims[0].any(), LinkKind::Restates);
    undo.undoes = Some(wrong.id.into());
    house.add(undo);
    assert_eq!(
        house
            .registry
            .lineage(&Viewer::Public, claims[2].any(), "en")
            .unwrap()
            .steps
            .len(),
        6
    );
}

/// F3: accounts of who must answer that do not agree stand side by side, each the last of its speaker.
#[test]
fn f3_incompatible_accounts_of_whose_turn_it_is() {
    let house = House::new();
    let (unesco, state, other) = (
        house.party("UNESCO", &[]),
        house.party("A State", &[]),
        house.party("Another State", &[]),
    );
    let source = house.source("Statements", unesco, "2021-06-23");
    let mission = house.mission("Technical mission", unesco, None);
    house.awaits(unesco, mission, state, source, "2020-12-21");
    house.awaits(state, mission, unesco, source, "2021-06-22");
    house.awaits(other, mission, state, source, "2023");
    house.awaits(state, mission, unesco, source, "2021-07-01");
    let view = house
        .registry
        .mission(&Viewer::Public, mission.any(), "en")
        .unwrap();
    assert!(view.board.accounts_differ);
    let speakers: Vec<Id<Party>> = view.board.accounts.iter().map(|a| a.speaker).collect();
    assert_eq!(speakers.len(), 3, "one account each");
    assert!([unesco, state, other].iter().all(|p| speakers.contains(p)));
    let of_state = view
        .board
        .accounts
        .iter()
        .find(|a| a.speaker == state)
        .unwrap();
    assert_eq!(
        (
            of_state.awaits.as_slice(),
            of_state.since.as_ref().unwrap().to_string()
        ),
        ([unesco].as_slice(), "2021-07-01".into())
    );
}

/// F5: two lists of one publisher with different totals and categories are both kept.
#[test]
fn f5_a_list_at_two_dates() {
    let house = House::new();
    let unesco = house.party("UNESCO", &[]);
    let earlier = figure(
        &house,
        unesco,
        unesco,
        "2022-10-26",
        207,
        Predicate::Damaged,
    );
    let later = figure(
        &house,
        unesco,
        unesco,
        "2023-07-26",
        274,
        Predicate::Damaged,
    );
    house.link(later.any(), earlier.any(), LinkKind::Restates);
    let view = house
        .registry
        .lineage(&Viewer::Public, later.any(), "en")
        .unwrap();
    assert_eq!(
        view.steps[1]
            .changes
            .iter()
            .find(|c| matches!(c, Change::Quantity(..))),
        Some(&Change::Quantity("207".into(), "274".into()))
    );
    assert_eq!(
        house
            .registry
            .list(
                &Viewer::Public,
                &stele_registry::Filter {
                    kind: Some(Kind::Claim),
                    ..Default::default()
                },
                stele_registry::Order::Day,
                None,
                10,
                "en"
            )
            .unwrap()
            .rows
            .len(),
        2
    );
}

/// F7: two tables that call a State's act by different names are both shown, each with its table.
#[test]
fn f7_treaty_tables_that_differ() {
    let house = House::new();
    let state = house.party("A State", &[]);
    let unesco = house.party("UNESCO", &[]);
    let tables = [
        house.source("Table on the site", unesco, "2020"),
        house.source("Table as at 2003", unesco, "2003-12-09"),
    ];
    let instrument: Id<Instrument> = house
        .add(Instrument {
            names: vec![Name::new("Second Protocol", "en")],
            kind: InstrumentKind::Protocol,
            adopted: Some(date("1999-03-26")),
            in_force: None,
            depositary: None,
            url: None,
            parent: None,
        })
        .into();
    for (table, act) in tables.into_iter().zip([Act::Ratification, Act::Accession]) {
        house.add(Adherence {
            instrument,
            state,
            act,
            on: date("2001-04-17"),
            in_force: None,
            declaration: None,
            source: table,
        });
    }
    let view = house
        .registry
        .find(&Viewer::Public, instrument.any(), "en")
        .unwrap();
    let mut acts: Vec<(&str, Id<Source>)> = view
        .related(Kind::Adherence)
        .iter()
        .map(|r| match &r.body {
            Body::Adherence(a) => (a.act.label(), a.source),
            _ => panic!("an adherence"),
        })
        .collect();
    acts.sort();
    assert_eq!(
        acts,
        [("accession", tables[1]), ("ratification", tables[0])]
    );
}

/// F8: a mission that saw no damage and visited no villages: its limits stay with it, and it refutes
/// nothing beyond what it examined.
#[test]
fn f8_no_damage_seen_where_it_was_looked() {
    let house = House::new();
    let un = house.party("United Nations", &[]);
    let claimant = house.party("A ministry", &[]);
    let source = house.source("Statement", un, "2023-10-02");
    let mission = house.mission(
        "Visit of one day",
        un,
        Some("Urban areas; no rural villages were visited."),
    );
    let (seen, unseen) = (
        house.site("Church in the city"),
        house.site("Church in a village"),
    );
    for site in [seen, unseen] {
        house.claim(claimant, source, Subject::Site(site), Predicate::Destroyed);
    }
    let mut looked = assessment(seen, un, Grade::NoVisible);
    looked.mission = Some(mission);
    looked.examined = "outside, from the street".into();
    looked.not_examined = Some("interior".into());
    let looked: Id<Assessment> = house.by(&house.verifier, looked).into();
    let drafted: Id<Finding> = house
        .by(
            &house.verifier,
            finding(
                &house.verifier,
                seen,
                Conclusion::NoDamage,
                vec![looked],
                Vec::new(),
            ),
        )
        .into();
    house.by(
        &house.second,
        review(&house.second, drafted, Decision::Approve),
    );
    house.by(&house.second, publication(&house, drafted));
    assert_eq!(house.status(seen.any()), "refuted");
    assert_eq!(
        house.status(unseen.any()),
        "reported",
        "nothing is concluded about what was not visited"
    );
    let Body::Mission(kept) = house
        .registry
        .get(&Viewer::Public, mission.any())
        .unwrap()
        .body
    else {
        panic!("a mission")
    };
    assert_eq!(
        kept.limitations.as_deref(),
        Some("Urban areas; no rural villages were visited.")
    );
    let Body::Assessment(kept) = house
        .registry
        .get(&Viewer::Public, looked.any())
        .unwrap()
        .body
    else {
        panic!("an assessment")
    };
    assert_eq!(kept.not_examined.as_deref(), Some("interior"));
}

/// What the first page and a party's claims look like, without names and ids.
fn shape(names: [&str; 2]) -> Vec<String> {
    let house = House::new();
    let [a, b] = names.map(|name| house.party(name, &[]));
    let paper = house.party("Zeitung", &[]);
    let source = house.source("Statements", paper, "2021-06-23");
    for party in [a, b] {
        let church = house.site("A church");
        house.claim(party, source, Subject::Site(church), Predicate::Destroyed);
        figure(&house, party, paper, "2021", 22, Predicate::Destroyed);
    }
    let mission = house.mission("Mission", paper, None);
    house.awaits(a, mission, b, source, "2021");
    house.awaits(b, mission, a, source, "2021");
    let view = house.registry.overview(&Viewer::Public, "en").unwrap();
    let mut shown: Vec<String> = view
        .parties
        .iter()
        .map(|p| {
            format!(
                "{}: {} {} {}",
                p.party.title("en"),
                p.claims,
                p.about_sites,
                p.about_aggregates
            )
        })
        .collect();
    shown.push(format!("{:?}", view.site_statuses));
    shown.push(format!(
        "{} {}",
        view.missions[0].board.accounts.len(),
        view.missions[0].board.accounts_differ
    ));
    shown.extend(
        view.missions[0]
            .board
            .accounts
            .iter()
            .map(|x| view.missions[0].titles.of(x.speaker)),
    );
    shown
}

/// F9: the parties' names exchanged, the same is shown of each: order goes by name, never by party.
#[test]
fn f9_mirror() {
    let shown = shape(["Armenia", "Azerbaijan"]);
    let mirrored = shape(["Azerbaijan", "Armenia"]);
    assert_eq!(shown[..3], mirrored[..3]);
    assert!(
        shown[0].starts_with("Armenia: 2 1 1") && shown[1].starts_with("Azerbaijan: 2 1 1"),
        "{shown:?}"
    );
    let exchanged: Vec<String> = shown[4..]
        .iter()
        .map(|s| {
            if s == "Armenia" {
                "Azerbaijan".into()
            } else {
                "Armenia".to_owned()
            }
        })
        .collect();
    let mut both = [exchanged, mirrored[4..].to_vec()];
    both.iter_mut().for_each(|b| b.sort());
    assert_eq!(both[0], both[1]);
}
