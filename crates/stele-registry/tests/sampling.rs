//! A sample is drawn once, can be drawn again by anybody, and says no more than its findings carry.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use stele_model::rules::{CannotEstimate, Counts, Level, Standing, sampling, unlisted::Method};
use stele_model::*;
use stele_registry::sampling::{Outcome, Size, Wish};
use stele_registry::{Refusal, Viewer};

struct Scene {
    house: House,
    aggregate: Id<Aggregate>,
    observatory: Id<Party>,
    districts: [Id<Area>; 2],
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

fn church_in(house: &House, name: &str, area: Id<Area>) -> Id<Site> {
    house
        .add(Site {
            areas: vec![area],
            ..site(name, None)
        })
        .into()
}

/// 24 churches claimed damaged by a ministry, all itemised: 16 in one district, 8 in the other.
fn scene() -> Scene {
    let house = House::new();
    let ministry = house.party("Ministry", &[]);
    let observatory = house.party("Observatory", &[]);
    let districts = [area(&house, "North", None), area(&house, "South", None)];
    let aggregate: Id<Aggregate> = house
        .add(Aggregate {
            category: Category::Church,
            count: Quantity::exactly(30),
            holdings: Vec::new(),
            areas: districts.to_vec(),
            words: None,
            part_of: None,
            listed: None,
        })
        .into();
    let source = house.source("Statement", ministry, "2021-05-04");
    house.claim(
        ministry,
        source,
        Subject::Aggregate(aggregate),
        Predicate::Damaged,
    );
    for i in 0..24 {
        let site = church_in(
            &house,
            &format!("Church {i:02}"),
            districts[usize::from(i >= 16)],
        );
        house.link(site.any(), aggregate.any(), LinkKind::ItemOf);
    }
    Scene {
        house,
        aggregate,
        observatory,
        districts,
    }
}

fn wish(aggregate: Id<Aggregate>, by: &[StratifiedBy], size: Size) -> Wish {
    Wish {
        aggregate,
        mission: None,
        by: by.to_vec(),
        size,
        level: Level::USUAL,
        seed: Some("a seed".into()),
    }
}

impl Scene {
    fn conclude(&self, site: Id<Site>, conclusion: Conclusion) {
        let house = &self.house;
        let grade = match conclusion {
            Conclusion::NoDamage => Grade::NoVisible,
            _ => Grade::Severe,
        };
        let seen = house
            .by(&house.verifier, assessment(site, self.observatory, grade))
            .into();
        let drafted = finding(&house.verifier, site, conclusion, vec![seen], Vec::new());
        let id: Id<Finding> = house.by(&house.verifier, drafted).into();
        house.by(&house.second, review(&house.second, id, Decision::Approve));
        house.by(&house.second, publication(house, id));
    }

    fn not_reached(&self, site: Id<Site>) {
        let source = self
            .house
            .source("Mission report", self.observatory, "2040-01-01");
        self.house.by(
            &self.house.verifier,
            Assessment {
                observed: date("2040-01-01"),
                source: Some(source),
                ..assessment(site, self.observatory, Grade::NotExamined)
            },
        );
    }

    fn draw(&self, by: &[StratifiedBy], size: Size) -> AnyId {
        self.house
            .registry
            .draw_sample(&self.house.recorder, &wish(self.aggregate, by, size))
            .unwrap()
    }

    fn plan(&self, id: AnyId) -> stele_registry::sampling::PlanView {
        self.house
            .registry
            .plan(&self.house.member(), id, "en")
            .unwrap()
    }
}

#[test]
fn a_plan_stands_in_the_ledger_and_draws_the_same_sites_again() {
    let scene = scene();
    let id = scene.draw(&[StratifiedBy::Area], Size::Sites(6));
    let plan = scene.plan(id);
    let drawn: Vec<usize> = plan.body.strata.iter().map(|s| s.drawn.len()).collect();
    assert_eq!(drawn, [4, 2], "in proportion to 16 and 8");
    assert!(plan.redrawn_alike);
    assert_eq!(plan.body.frame.count, 24);
    assert_eq!(plan.estimate.standing, Standing::NotYet);
    for stratum in &plan.body.strata {
        let sites: Vec<AnyId> = stratum.sites.iter().map(|s| s.any()).collect();
        let again = sampling::draw("a seed", &sites, stratum.drawn.len() as u64);
        assert_eq!(
            again,
            stratum.drawn.iter().map(|s| s.any()).collect::<Vec<_>>()
        );
    }
    assert!(scene.house.registry.verify(&[], &mut |_, _| {}).unwrap().ok);
    // An item more does not change what was drawn; the page says that the list has grown.
    let late = church_in(&scene.house, "Late", scene.districts[0]);
    scene
        .house
        .link(late.any(), scene.aggregate.any(), LinkKind::ItemOf);
    let later = scene.plan(id);
    assert_eq!((later.frame_since, later.redrawn_alike), ((1, 0), true));
}

#[test]
fn the_size_follows_from_the_margin() {
    let scene = scene();
    let plan = scene.plan(scene.draw(&[], Size::Margin(100)));
    assert_eq!(plan.body.size(), sampling::required(24, 100, Level::USUAL));
    assert_eq!(plan.body.margin_permille, Some(100));
}

#[test]
fn nobody_chooses_the_sites() {
    let scene = scene();
    let plan = scene.plan(scene.draw(&[], Size::Sites(5))).body;
    let refused = |plan: SamplingPlan| match scene.house.try_by(&scene.house.recorder, plan) {
        Err(Refusal::Fields(errors)) => errors[0].to_string(),
        other => panic!("{other:?}"),
    };
    let mut swapped = plan.clone();
    let other = *swapped.strata[0]
        .sites
        .iter()
        .find(|s| !swapped.strata[0].drawn.contains(s))
        .unwrap();
    swapped.strata[0].drawn[0] = other;
    assert!(refused(swapped).contains("not what the seed draws"));
    // A frame of one's own choice, though drawn by the rule.
    let mut shorter = plan.clone();
    shorter.strata[0].sites.truncate(12);
    let ids: Vec<AnyId> = shorter.strata[0].sites.iter().map(|s| s.any()).collect();
    shorter.frame = Frame {
        count: 12,
        sha256: sampling::frame_hash(&ids),
    };
    shorter.strata[0].drawn = sampling::draw(&shorter.seed, &ids, 5)
        .into_iter()
        .map(Into::into)
        .collect();
    assert!(refused(shorter).contains("not the aggregate's items"));
    // A stratum made up for the sites one wants to see.
    let mut parted = plan.clone();
    let wanted = parted.strata[0].sites.pop().unwrap();
    let ids: Vec<AnyId> = parted.strata[0].sites.iter().map(|s| s.any()).collect();
    parted.strata[0].drawn = sampling::draw(&parted.seed, &ids, 5)
        .into_iter()
        .map(Into::into)
        .collect();
    parted.strata.push(Stratum {
        area: Some(scene.districts[0]),
        category: None,
        access: None,
        sites: vec![wanted],
        drawn: vec![wanted],
    });
    assert!(refused(parted).contains("divided"));
}

#[test]
fn a_plan_is_not_corrected_only_withdrawn() {
    let scene = scene();
    let id = scene.draw(&[], Size::Sites(5));
    let revise = |withdrawn: bool| {
        let mut record = scene
            .house
            .registry
            .whole(&scene.house.member(), id)
            .unwrap();
        record.revision = Some(Revision {
            reason: "another seed would be nicer".into(),
            after: Vec::new(),
            withdrawn,
        });
        scene
            .house
            .registry
            .record(&scene.house.recorder, vec![record])
    };
    assert!(matches!(revise(false), Err(Refusal::Fields(_))));
    assert!(revise(true).is_ok());
}

#[test]
fn the_estimate_comes_from_findings_and_not_reached_is_not_undamaged() {
    let scene = scene();
    let id = scene.draw(&[StratifiedBy::Area], Size::Sites(12));
    let sites: Vec<Id<Site>> = scene
        .plan(id)
        .sites
        .iter()
        .map(|s| s.site.id.into())
        .collect();
    assert_eq!(sites.len(), 12);
    for (i, site) in sites.iter().enumerate().skip(1) {
        let seen = match i % 3 {
            0 => Conclusion::NoDamage,
            _ => Conclusion::Damaged,
        };
        scene.conclude(*site, seen);
    }
    let public = |id| scene.house.registry.plan(&Viewer::Public, id, "en");
    assert!(
        public(id).is_err(),
        "one site is still to be visited: nobody outside learns where"
    );

    scene.not_reached(sites[0]);
    let plan = public(id).unwrap();
    let e = &plan.estimate;
    assert_eq!(e.standing, Standing::Incomplete);
    let t = e.combined.tally;
    assert_eq!(
        (t.holds, t.holds_not, t.not_reached, t.pending),
        (8, 3, 1, 0)
    );
    assert_eq!(
        e.combined.expected, None,
        "no single figure while one is not known"
    );
    assert_eq!(plan.sites[0].outcome, Outcome::NotReached);
    // Whatever the site that was not reached is like, the bounds hold it.
    assert!(e.combined.bounds().lower >= 8 && e.combined.bounds().upper <= 21);

    scene.conclude(sites[0], Conclusion::Damaged);
    let whole = scene.plan(id).estimate;
    assert_eq!(whole.standing, Standing::Representative);
    assert_eq!(
        whole.combined.expected,
        Some(18.0),
        "9 of 12 stand for 18 of 24"
    );
    let Counts { lower, upper } = whole.combined.bounds();
    assert!(
        (9..18).contains(&lower) && (19..=21).contains(&upper),
        "{lower} {upper}"
    );
}

#[test]
fn strata_by_access_follow_what_was_tried_before() {
    let scene = scene();
    let items: Vec<Id<Site>> = scene
        .plan(scene.draw(&[], Size::Sites(24)))
        .sites
        .iter()
        .map(|s| s.site.id.into())
        .collect();
    scene.conclude(items[0], Conclusion::Damaged);
    scene.not_reached(items[1]);
    let plan = scene.plan(scene.draw(&[StratifiedBy::Access], Size::Sites(8)));
    let strata: Vec<(Option<Access>, usize)> = plan
        .body
        .strata
        .iter()
        .map(|s| (s.access, s.sites.len()))
        .collect();
    assert_eq!(
        strata,
        [
            (Some(Access::Examined), 1),
            (Some(Access::NotReached), 1),
            (Some(Access::Untried), 22)
        ]
    );
}

#[test]
fn nothing_to_draw_from_is_said() {
    let scene = scene();
    let empty: Id<Aggregate> = scene
        .house
        .add(Aggregate {
            category: Category::Museum,
            count: Quantity::exactly(22),
            holdings: Vec::new(),
            areas: Vec::new(),
            words: None,
            part_of: None,
            listed: None,
        })
        .into();
    let refused = scene
        .house
        .registry
        .draw_sample(&scene.house.recorder, &wish(empty, &[], Size::Margin(50)));
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("no items to draw from")
    );
    let reader = scene.house.registry.draw_sample(
        &scene.house.reader,
        &wish(scene.aggregate, &[], Size::Margin(50)),
    );
    assert!(matches!(reader, Err(Refusal::NotAllowed(_))));
}

/// Two parties that belong to nobody in common name churches of the same district.
#[test]
fn how_many_may_be_on_no_list() {
    let scene = scene();
    let house = &scene.house;
    let see = || {
        house
            .registry
            .unlisted(&Viewer::Public, scene.aggregate.any(), 100, "en")
            .unwrap()
    };
    assert_eq!(see().estimate, Err(CannotEstimate::TooFewLists));

    let society = house.party("Society", &[]);
    let report = house.source("Survey", society, "2022-01-01");
    let plan = scene.plan(scene.draw(&[], Size::Sites(24)));
    for one in plan.sites.iter().take(12) {
        let site: Id<Site> = one.site.id.into();
        house.claim(society, report, Subject::Site(site), Predicate::Exists);
    }
    for i in 0..8 {
        let site = church_in(house, &format!("Chapel {i}"), scene.districts[0]);
        house.claim(society, report, Subject::Site(site), Predicate::Exists);
    }
    let view = see();
    assert_eq!(
        view.lists.iter().map(|l| l.things).collect::<Vec<_>>(),
        [24, 20]
    );
    assert_eq!(view.in_common, [(0, 1, 12)]);
    let e = view.estimate.unwrap();
    assert_eq!(e.method, Method::Chapman);
    assert_eq!(e.observed, 32);
    assert!((e.total - (25.0 * 21.0 / 13.0 - 1.0)).abs() < 1e-9);

    // An organ of the society repeats it: one voice, one list, the same estimate.
    let organ = house.party("Bulletin of the Society", &[society]);
    let issue = house.source("Bulletin", organ, "2022-02-01");
    for one in plan.sites.iter().take(5) {
        let site: Id<Site> = one.site.id.into();
        house.claim(organ, issue, Subject::Site(site), Predicate::Exists);
    }
    assert_eq!(see().lists.len(), 2);

    // Linked by rule, a chapel is an item, but the ministry has not named it.
    house
        .registry
        .link_by_rule(&house.recorder, scene.aggregate.any())
        .unwrap();
    assert_eq!(see().lists[0].things, 24);
    // Two entries found to be the same are one thing.
    let first = plan.sites[20].site.id;
    let twin = church_in(house, "Twin", scene.districts[0]);
    house.claim(society, report, Subject::Site(twin), Predicate::Exists);
    assert_eq!(see().estimate.unwrap().observed, 33);
    house.link(first, twin.any(), LinkKind::SameAs);
    let merged = see();
    assert_eq!(merged.estimate.unwrap().observed, 32);
    assert_eq!(merged.in_common, [(0, 1, 13)]);
    // Too much for one page is said, not left out in silence.
    let few = house
        .registry
        .unlisted(&Viewer::Public, scene.aggregate.any(), 10, "en");
    assert!(matches!(few, Err(Refusal::Unreadable(_))));
}
