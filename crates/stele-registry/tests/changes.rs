//! The feed of changes: a mirror that follows it holds what the registry shows, and never anything else.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use stele_model::*;
use stele_registry::changes::{Change, Position};
use stele_registry::{Filter, Order, Refusal, Viewer};

/// A mirror: what it holds by id, and where it is.
struct Mirror {
    viewer: Viewer,
    limit: usize,
    next: String,
    held: BTreeMap<String, Value>,
    /// Every id it was ever told of.
    told: BTreeSet<String>,
}

impl Mirror {
    fn new(viewer: Viewer, limit: usize) -> Self {
        Mirror {
            viewer,
            limit,
            next: String::new(),
            held: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Follows to the end; gives what it was told.
    fn follow(&mut self, house: &House) -> Vec<Change> {
        let mut all = Vec::new();
        loop {
            let since: Position = self.next.parse().unwrap();
            let page = house
                .registry
                .changes(&self.viewer, &since, self.limit)
                .unwrap();
            for change in &page.changes {
                let line = serde_json::to_value(change).unwrap();
                let id = line["id"].as_str().unwrap().to_owned();
                match line.get("record") {
                    Some(record) => self.held.insert(id.clone(), record.clone()),
                    None => self.held.remove(&id),
                };
                self.told.insert(id);
            }
            self.next = page.next;
            all.extend(page.changes);
            if !page.more {
                return all;
            }
        }
    }
}

/// Everything a viewer may see, by id.
fn shown(house: &House, viewer: &Viewer) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for kind in Kind::ALL {
        let filter = Filter {
            kind: Some(*kind),
            ..Filter::default()
        };
        let page = house
            .registry
            .list(viewer, &filter, Order::Id, None, 10_000, "en")
            .unwrap();
        all.extend(
            page.rows
                .iter()
                .map(|row| (row.id.to_string(), row.to_json())),
        );
    }
    all
}

fn revised(house: &House, id: AnyId, withdrawn: bool, change: impl FnOnce(&mut Body)) {
    let mut record = house.registry.whole(&house.member(), id).unwrap();
    change(&mut record.body);
    record.revision = Some(Revision {
        reason: "better known now".into(),
        after: Vec::new(),
        withdrawn,
    });
    house
        .registry
        .record(&house.verifier, vec![record])
        .unwrap();
}

fn evidence(house: &House, bytes: &[u8], restriction: Restriction) -> AnyId {
    let kept = house.registry.keep_file(&house.recorder, bytes).unwrap();
    let json = serde_json::json!({
        "sha256": kept.sha256, "size_bytes": kept.size_bytes, "media_type": "text/plain", "original_name": "note.txt",
        "acquired": "received by mail", "restriction": restriction,
    });
    let id = stele_registry::clock::mint();
    let record =
        Record::from_json(serde_json::json!({"id": id, "type": "evidence", "data": json})).unwrap();
    house
        .registry
        .record(&house.recorder, vec![record])
        .unwrap();
    id
}

#[test]
fn mirrors_hold_after_every_act_what_the_registry_shows() {
    let house = House::new();
    let mut mirrors = vec![
        Mirror::new(Viewer::Public, 1),
        Mirror::new(Viewer::Public, 1_000),
        Mirror::new(house.member(), 3),
    ];
    let mut hidden: BTreeSet<AnyId> = BTreeSet::new();
    let mut check = |what: &str, hidden: &BTreeSet<AnyId>| {
        for mirror in &mut mirrors {
            mirror.follow(&house);
            let shown = shown(&house, &mirror.viewer);
            assert_eq!(
                mirror.held.keys().collect::<Vec<_>>(),
                shown.keys().collect::<Vec<_>>(),
                "{what}"
            );
            for (id, record) in &shown {
                assert_eq!(&mirror.held[id], record, "{what}");
            }
            if !mirror.viewer.is_member() {
                for id in hidden {
                    assert!(
                        !mirror.told.contains(&id.to_string()),
                        "{what}: told of {id}"
                    );
                }
            }
        }
        // One who begins now comes to the same.
        let mut fresh = Mirror::new(Viewer::Public, 7);
        fresh.follow(&house);
        assert_eq!(
            fresh.held,
            shown(&house, &Viewer::Public),
            "{what}: from the beginning"
        );
    };
    let party = house.party("Ministry", &[]);
    let other = house.party("Observers", &[]);
    let source = house.source("List", party, "2021-05-04");
    check("parties and a source", &hidden);
    let site = house.site("Church");
    let twin = house.site("The church");
    let claim = house.claim(party, source, Subject::Site(site), Predicate::Damaged);
    check("a claim gives its site a status", &hidden);
    let figure: Id<Aggregate> = house
        .add(Aggregate {
            words: None,
            listed: None,
            category: Category::Church,
            areas: Vec::new(),
            count: Quantity::exactly(12),
            holdings: Vec::new(),
            part_of: None,
        })
        .into();
    let item = house.link(site.any(), figure.any(), LinkKind::ItemOf);
    check("an item moves a ladder", &hidden);
    let seen: Id<Assessment> = house
        .by(&house.verifier, assessment(site, other, Grade::Severe))
        .into();
    hidden.insert(seen.any());
    check("an observation nobody published", &hidden);
    let draft: Id<Finding> = house
        .by(
            &house.verifier,
            finding(
                &house.verifier,
                site,
                Conclusion::Damaged,
                vec![seen],
                vec![claim],
            ),
        )
        .into();
    let approval = house.by(
        &house.second,
        review(&house.second, draft, Decision::Approve),
    );
    hidden.extend([draft.any(), approval]);
    check("a draft and its review", &hidden);
    let published = house.by(&house.second, publication(&house, draft));
    hidden.clear();
    check(
        "published: the finding, its review, what it rests on, the site and the figure",
        &hidden,
    );
    house.link(site.any(), twin.any(), LinkKind::SameAs);
    check("two sites are one", &hidden);
    revised(&house, site.any(), false, |body| {
        let Body::Site(site) = body else { panic!() };
        site.location = Some(Location {
            sensitivity: Sensitivity::Withheld,
            ..Location::point(45.318273645, 41.2).unwrap()
        });
    });
    check("a place that is withheld", &hidden);
    revised(&house, published, true, |_| {});
    check("a publication taken back: no longer public", &hidden);
    let open = evidence(&house, b"open", Restriction::Public);
    let closed = evidence(&house, b"closed", Restriction::Members);
    hidden.insert(closed);
    check("a file that is public and one that is not", &hidden);
    revised(&house, open, false, |body| {
        let Body::Evidence(evidence) = body else {
            panic!()
        };
        evidence.restriction = Restriction::Sealed;
    });
    check("a file that is sealed later", &hidden);
    revised(&house, closed, true, |_| {});
    check("a file nobody saw is taken back", &hidden);
    revised(&house, item.any(), true, |_| {});
    revised(&house, twin.any(), true, |_| {});
    check("a link and a site recorded by mistake", &hidden);
    house.add(Retraction {
        claim,
        party,
        source,
        passage: None,
        stated: None,
        words: "We were wrong.".into(),
    });
    check("a claim its party took back", &hidden);
    let text: String = mirrors[0].held.values().map(Value::to_string).collect();
    assert!(
        !text.contains("45.3182"),
        "and no mirror of the public knows the place"
    );
    let text: String = mirrors[2].held.values().map(Value::to_string).collect();
    assert!(text.contains("45.3182"), "a member's does");
}

#[test]
fn a_line_says_where_it_stands_and_what_is_gone() {
    let house = House::new();
    let site = house.site("Church");
    let mut mirror = Mirror::new(Viewer::Public, 10);
    let told = mirror.follow(&house);
    let line = serde_json::to_value(&told[0]).unwrap();
    assert_eq!(line["entry"], 0);
    assert_eq!(line["type"], "site");
    assert_eq!(line["record"]["title"], "Church");
    assert!(line["log"].as_str().unwrap().starts_with("test-"));
    assert!(line["at"].as_str().unwrap().ends_with('Z'));
    revised(&house, site.any(), true, |_| {});
    let told = mirror.follow(&house);
    let line = serde_json::to_value(&told[0]).unwrap();
    assert_eq!(line["gone"], "withdrawn");
    assert!(line.get("record").is_none());
    let page = house
        .registry
        .changes(&Viewer::Public, &mirror.next.parse().unwrap(), 10)
        .unwrap();
    assert!(page.changes.is_empty() && page.next == mirror.next);
    assert_eq!(page.logs[0].size, 2);
    assert!(
        page.logs[0]
            .checkpoint
            .as_deref()
            .unwrap()
            .contains("\n2\n")
    );
}

#[test]
fn a_position_of_elsewhere_is_refused_with_the_reason() {
    let house = House::new();
    house.site("Church");
    let next = house.registry.changes_end().unwrap();
    let log = next.rsplit_once(':').unwrap().0.to_owned();
    for (since, why) in [
        ("other:3".to_owned(), "another registry"),
        (format!("{log}:7"), "earlier state"),
    ] {
        let refused = house
            .registry
            .changes(&Viewer::Public, &since.parse().unwrap(), 10)
            .unwrap_err();
        assert!(
            matches!(&refused, Refusal::Fields(f) if f[0].field == "since"),
            "{refused}"
        );
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[test]
fn computing_the_state_anew_loses_nobody_who_follows() {
    let house = House::new();
    let party = house.party("Ministry", &[]);
    let source = house.source("List", party, "2021-05-04");
    let site = house.site("Church");
    let mut mirror = Mirror::new(Viewer::Public, 5);
    mirror.follow(&house);
    house.claim(party, source, Subject::Site(site), Predicate::Damaged);
    house.registry.rebuild().unwrap();
    mirror.follow(&house);
    assert_eq!(mirror.held, shown(&house, &Viewer::Public));
    assert_eq!(mirror.held[&site.to_string()]["status"], "reported");
}
