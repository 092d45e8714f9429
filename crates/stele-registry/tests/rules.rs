//! What may be recorded by whom, what may be seen by whom, and how a finding leaves the registry.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use stele_model::*;
use stele_registry::{Filter, Order, Refusal, SearchQuery, Viewer};

struct Scene {
    house: House,
    site: Id<Site>,
    assessment: Id<Assessment>,
    observatory: Id<Party>,
}

fn scene() -> Scene {
    let house = House::new();
    let observatory = house.party("Observatory", &[]);
    let site = house.site("Church");
    let assessment = house
        .by(
            &house.verifier,
            assessment(site, observatory, Grade::Destroyed),
        )
        .into();
    Scene {
        house,
        site,
        assessment,
        observatory,
    }
}

fn rules_unmet(result: Result<AnyId, Refusal>) -> Vec<&'static str> {
    match result {
        Err(Refusal::Unmet(unmet)) => unmet.iter().map(|u| u.rule).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_finding_needs_another_person() {
    let Scene {
        house,
        site,
        assessment,
        ..
    } = scene();
    let drafted = finding(
        &house.verifier,
        site,
        Conclusion::Destroyed,
        vec![assessment],
        Vec::new(),
    );
    assert!(
        matches!(
            house.try_by(&house.recorder, drafted.clone()),
            Err(Refusal::NotAllowed(_))
        ),
        "a recorder writes no finding"
    );
    let mut forged = drafted.clone();
    forged.author = house.second.id.clone();
    assert!(
        matches!(
            house.try_by(&house.verifier, forged),
            Err(Refusal::Fields(_))
        ),
        "nobody writes in another's name"
    );
    let id: Id<Finding> = house.by(&house.verifier, drafted).into();

    assert_eq!(house.status(id.any()), "draft");
    assert_eq!(house.status(site.any()), "", "a draft changes nothing");
    assert!(
        house.registry.get(&Viewer::Public, id.any()).is_err(),
        "and is not seen outside"
    );
    assert!(rules_unmet(house.try_by(&house.verifier, publication(&house, id))).contains(&"R1"));
    assert!(
        matches!(
            house.try_by(
                &house.verifier,
                review(&house.verifier, id, Decision::Approve)
            ),
            Err(Refusal::Fields(_))
        ),
        "nor approved by its author"
    );

    let mut conflicted = review(&house.second, id, Decision::Approve);
    conflicted.interest = Interest::Declared {
        what: "I worked for the claimant".into(),
    };
    house.by(&house.second, conflicted);
    assert!(
        rules_unmet(house.try_by(&house.second, publication(&house, id))).contains(&"R1"),
        "a declared conflict approves nothing"
    );

    house.by(&house.second, review(&house.second, id, Decision::Return));
    assert!(rules_unmet(house.try_by(&house.second, publication(&house, id))).contains(&"R7"));
    house.by(&house.second, review(&house.second, id, Decision::Approve));
    house.by(&house.second, publication(&house, id));
    assert_eq!(house.status(site.any()), "verified");
    let seen = house.registry.get(&Viewer::Public, id.any()).unwrap();
    assert!(
        !seen.to_json().to_string().contains("perpetrator"),
        "a finding names nobody"
    );
}

#[test]
fn a_finding_rests_on_observation() {
    let Scene {
        house,
        site,
        observatory,
        ..
    } = scene();
    let bare: Id<Finding> = house
        .by(
            &house.verifier,
            finding(
                &house.verifier,
                site,
                Conclusion::Destroyed,
                Vec::new(),
                Vec::new(),
            ),
        )
        .into();
    house.by(
        &house.second,
        review(&house.second, bare, Decision::Approve),
    );
    assert!(rules_unmet(house.try_by(&house.second, publication(&house, bare))).contains(&"1a"));
    let mut alone = assessment(site, observatory, Grade::Destroyed);
    alone.observers = 1;
    let alone = house.by(&house.verifier, alone).into();
    let weak: Id<Finding> = house
        .by(
            &house.verifier,
            finding(
                &house.verifier,
                site,
                Conclusion::Destroyed,
                vec![alone],
                Vec::new(),
            ),
        )
        .into();
    house.by(
        &house.second,
        review(&house.second, weak, Decision::Approve),
    );
    assert!(rules_unmet(house.try_by(&house.second, publication(&house, weak))).contains(&"R4"));
}

#[test]
fn independent_origins_corroborate_and_affiliated_ones_do_not() {
    let house = House::new();
    let state = house.party("A State", &[]);
    let (ministry, organ) = (
        house.party("Its ministry", &[state]),
        house.party("Its other organ", &[state]),
    );
    let ngo = house.party("An NGO", &[]);
    let paper = house.party("A paper", &[]);
    let site = house.site("Church");
    for (party, title) in [(ministry, "One"), (organ, "Two")] {
        let source = house.source(title, paper, "2021");
        house.claim(party, source, Subject::Site(site), Predicate::Damaged);
    }
    assert_eq!(
        house.status(site.any()),
        "reported",
        "two organs of one State are one voice"
    );
    let source = house.source("Three", ngo, "2021");
    let claim = house.claim(ngo, source, Subject::Site(site), Predicate::Damaged);
    assert_eq!(house.status(site.any()), "corroborated");
    let other = house.try_by(
        &house.recorder,
        Retraction {
            claim,
            party: ministry,
            source,
            passage: None,
            stated: None,
            words: "taken back".into(),
        },
    );
    assert!(
        matches!(other, Err(Refusal::Fields(_))),
        "nobody takes back another's claim"
    );
    house.add(Retraction {
        claim,
        party: ngo,
        source,
        passage: None,
        stated: None,
        words: "taken back".into(),
    });
    assert_eq!(house.status(site.any()), "reported");
    assert_eq!(house.status(claim.any()), "retracted");
}

#[test]
fn the_ladder_counts_links_and_forgets_undone_ones() {
    let house = House::new();
    let aggregate = house.add(Aggregate {
        category: Category::Church,
        count: Quantity::exactly(5),
        holdings: Vec::new(),
        areas: Vec::new(),
        words: None,
        part_of: None,
        listed: None,
    });
    let sites = [house.site("One"), house.site("Two")];
    let links: Vec<Id<Link>> = sites
        .iter()
        .map(|s| house.link(s.any(), aggregate, LinkKind::ItemOf))
        .collect();
    let ladder = || {
        house
            .registry
            .get(&Viewer::Public, aggregate)
            .unwrap()
            .ladder
            .unwrap()
    };
    assert_eq!(ladder().members(), 2);
    let mut undo = link(sites[0].any(), aggregate, LinkKind::ItemOf);
    undo.undoes = Some(links[0]);
    house.add(undo);
    assert_eq!(ladder().members(), 1);
    assert_eq!(house.status(links[0].any()), "undone");
    let wrong = house.try_by(
        &house.recorder,
        link(aggregate, sites[0].any(), LinkKind::ItemOf),
    );
    assert!(
        matches!(wrong, Err(Refusal::Fields(_))),
        "an aggregate is no item of a site"
    );
}

#[test]
fn protected_places_reach_no_answer() {
    let house = House::new();
    let mut here = Location::point(46.751_234, 39.761_234).unwrap();
    here.sensitivity = Sensitivity::Withheld;
    let hidden = house.add(site("Hidden shrine", Some(here.clone())));
    here.sensitivity = Sensitivity::Generalised;
    let rough = house.add(site("Rough shrine", Some(here)));
    let filter = Filter {
        kind: Some(Kind::Site),
        ..Filter::default()
    };
    let mut answers = String::new();
    for id in [hidden, rough] {
        let view = house.registry.find(&Viewer::Public, id, "en").unwrap();
        answers.push_str(&format!("{view:?}{}", view.record.to_json()));
        answers.push_str(&format!(
            "{:?}",
            house.registry.get(&Viewer::Public, id).unwrap()
        ));
    }
    answers.push_str(&format!(
        "{:?}",
        house
            .registry
            .list(&Viewer::Public, &filter, Order::Title, None, 10, "en")
            .unwrap()
    ));
    answers.push_str(&format!(
        "{:?}",
        house
            .registry
            .search(&Viewer::Public, &SearchQuery::words("shrine"), 10, "en")
            .unwrap()
    ));
    answers.push_str(&format!(
        "{:?}",
        house.registry.overview(&Viewer::Public, "en").unwrap()
    ));
    for digits in ["46.7512", "39.7612", "46.75", "39.76"] {
        assert!(!answers.contains(digits), "{digits} is in an answer");
    }
    assert!(house.registry.whole(&Viewer::Public, hidden).is_err());
    let proof = house.registry.proof(&Viewer::Public, hidden);
    assert!(
        !proof.is_ok_and(|p| format!("{p:?}").contains("46.7512")),
        "nor in a proof"
    );
}

#[test]
fn corrections_keep_what_stood_before() {
    let house = House::new();
    let id = house.add(site("Chruch", None));
    let again = |reason: Option<&str>, after: Vec<String>| {
        let revision = reason.map(|reason| Revision {
            reason: reason.into(),
            after,
            withdrawn: false,
        });
        house.registry.record(
            &house.recorder,
            vec![Record {
                id,
                body: site("Church", None).into(),
                revision,
            }],
        )
    };
    assert!(
        matches!(again(None, Vec::new()), Err(Refusal::Fields(_))),
        "not without a reason"
    );
    assert!(matches!(
        again(Some("  "), Vec::new()),
        Err(Refusal::Fields(_))
    ));
    again(Some("misspelt"), Vec::new()).unwrap();
    let view = house.registry.find(&Viewer::Public, id, "en").unwrap();
    assert_eq!(
        (
            view.record.title("en").as_str(),
            view.history.len(),
            view.record.conflicted
        ),
        ("Church", 2, false)
    );
    assert_eq!(view.history[1].reason, "misspelt");
    // Made in knowledge of the first revision only, it competes with the second.
    let first = view.history[0].stamp.clone();
    again(Some("made elsewhere"), vec![first]).unwrap();
    assert!(house.registry.get(&Viewer::Public, id).unwrap().conflicted);
}

#[test]
fn an_act_is_recorded_whole_or_not_at_all() {
    let house = House::new();
    let good = Record::new(stele_registry::clock::mint(), site("One", None));
    let bad = Record::new(
        stele_registry::clock::mint(),
        claim(
            stele_registry::clock::mint().into(),
            stele_registry::clock::mint().into(),
            Subject::Site(good.id.into()),
            Predicate::Damaged,
        ),
    );
    match house
        .registry
        .record(&house.recorder, vec![good.clone(), bad])
    {
        Err(Refusal::Fields(errors)) => assert!(
            errors.iter().all(|e| e.field.starts_with("records[1]")),
            "{errors:?}"
        ),
        other => panic!("{other:?}"),
    }
    assert!(house.registry.get(&house.member(), good.id).is_err());
    assert!(
        matches!(
            house.registry.record(&house.reader, vec![good]),
            Err(Refusal::NotAllowed(_))
        ),
        "a viewer records nothing"
    );
}

#[test]
fn accounts_are_entered_once_and_kept_apart() {
    let house = House::new();
    let (_, token) = house
        .registry
        .invite(
            "new@test.example",
            "New",
            stele_registry::AccountRole::Viewer,
            None,
        )
        .unwrap();
    assert!(
        matches!(
            house.registry.redeem(token.text(), "short"),
            Err(Refusal::Fields(_))
        ),
        "and the link is not spent by it"
    );
    let (_, session) = house.registry.redeem(token.text(), "long enough").unwrap();
    assert!(
        matches!(
            house.registry.redeem(token.text(), "long enough"),
            Err(Refusal::SpentLink)
        ),
        "a link works once"
    );
    assert!(house.registry.session(session.text()).unwrap().is_some());
    house.registry.sign_out(session.text()).unwrap();
    assert!(house.registry.session(session.text()).unwrap().is_none());
    let wrong = house
        .registry
        .sign_in("new@test.example", "wrong password")
        .err()
        .map(|e| e.to_string());
    let unknown = house
        .registry
        .sign_in("nobody@test.example", "wrong password")
        .err()
        .map(|e| e.to_string());
    assert_eq!(
        (wrong.clone(), wrong.is_some()),
        (unknown, true),
        "nobody finds out who has an account"
    );
    assert!(
        house
            .registry
            .sign_in("NEW@test.example ", "long enough")
            .is_ok()
    );
    assert!(
        house.registry.accounts(&house.member()).is_err()
            && house.registry.accounts(&Viewer::Public).is_err()
    );
}
