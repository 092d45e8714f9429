//! A record prepared without reading back what was written is the one that reading gives, and what could
//! not be read is refused all the same.

#![allow(clippy::unwrap_used)]

use super::*;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use stele_model::date::Day;
use stele_model::*;

/// Texts with what JSON escapes, and letters of several bytes.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z \"\\\\{}:,]{1,12}",
        "\\PC{1,12}",
        "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}\u{feff}\u{10ffff}ß]{1,4}",
        Just("\",\"id\":\"01m8kt3tp4e01t3ht4wq4s9mb2\",\"type\":\"site\"}".to_owned()),
    ]
}

fn id() -> impl Strategy<Value = AnyId> {
    any::<[u8; 16]>().prop_map(AnyId::from_bytes)
}

/// Dates of texts, and days of any number, which may have no text that is a date.
fn date() -> impl Strategy<Value = EdtfDate> {
    let written = prop_oneof![
        Just("1678"),
        Just("2020-09-27/2020-11-10"),
        Just("06XX"),
        Just("-0799/1100"),
        Just("../2021-06~"),
    ];
    prop_oneof![
        4 => written.prop_map(|text| text.parse().unwrap()),
        1 => any::<i32>().prop_map(|day| EdtfDate::from_day(Day(day.into()))),
    ]
}

fn quantity() -> impl Strategy<Value = Quantity> {
    let number = || prop_oneof![0u64..1_000, any::<u64>()];
    (number(), of(number()), 0..Qualifier::ALL.len(), of(text())).prop_map(
        |(value, upper, qualifier, unit)| Quantity {
            value,
            qualifier: Qualifier::ALL[qualifier],
            upper,
            unit,
        },
    )
}

fn location() -> impl Strategy<Value = Location> {
    let degree =
        |most: f64| prop_oneof![-most..=most, Just(0.0), Just(-0.0), Just(1e-7), Just(most)];
    (
        degree(180.0),
        degree(90.0),
        any::<bool>(),
        of(any::<u32>()),
        of(text()),
        0..Sensitivity::ALL.len(),
    )
        .prop_map(|(lon, lat, many, number, method, sensitivity)| {
            let point = place::Position2::new(lon, lat).unwrap();
            Location {
                geometry: match many {
                    true => Geometry::MultiLineString(vec![vec![point, point], vec![]]),
                    false => Geometry::Point(point),
                },
                uncertainty_m: number,
                method,
                sensitivity: Sensitivity::ALL[sensitivity],
                grid_m: number,
            }
        })
}

fn name() -> impl Strategy<Value = Name> {
    (text(), text(), of(id()), of(id()), of(date())).prop_map(|(text, lang, by, source, valid)| {
        Name {
            by: by.map(Into::into),
            source: source.map(Into::into),
            valid,
            ..Name::new(text, lang)
        }
    })
}

fn site() -> impl Strategy<Value = Body> {
    let own = || (text(), text()).prop_map(|(name, value)| OwnField { name, value });
    let holding = (text(), quantity(), of(date())).prop_map(|(kind, count, as_of)| Holding {
        kind,
        count,
        as_of,
    });
    let identifier = (text(), text()).prop_map(|(scheme, value)| Identifier { scheme, value });
    (
        vec(name(), 0..3),
        0..Category::ALL.len(),
        vec(id(), 0..3),
        of(location()),
        vec(holding, 0..2),
        vec(identifier, 0..2),
        (of(date()), of(text())),
        of((id(), text())),
        of((id(), any::<u64>(), text())),
        vec(own(), 0..3),
    )
        .prop_map(
            |(
                names,
                category,
                areas,
                location,
                holdings,
                identifiers,
                (made, description),
                by,
                listed,
                fields,
            )| {
                Site {
                    kind: SiteKind::Collection,
                    names,
                    category: Category::ALL[category],
                    areas: areas.into_iter().map(Into::into).collect(),
                    location,
                    holdings,
                    identifiers,
                    made,
                    description,
                    article1: by.map(|(by, reasoning)| Article1Opinion {
                        qualification: Article1::ALL[0],
                        by: by.into(),
                        reasoning: Some(reasoning),
                    }),
                    listed: listed.map(|(list, row, key)| Listed {
                        list: list.into(),
                        row,
                        key,
                    }),
                    fields,
                }
                .into()
            },
        )
}

fn claim() -> impl Strategy<Value = Body> {
    (
        id(),
        any::<bool>(),
        0..Predicate::ALL.len(),
        (text(), of(text())),
        (of(date()), of(date()), of(date())),
        of((text(), any::<u32>())),
        vec(id(), 0..2),
    )
        .prop_map(
            |(id, of_site, predicate, (words, more), (stated, event, period), passage, areas)| {
                Claim {
                    party: id.into(),
                    source: id.into(),
                    passage: passage.map(|(exact, start)| Passage {
                        exact,
                        prefix: String::new(),
                        suffix: "after".into(),
                        start: Some(start),
                        end: None,
                    }),
                    subject: match of_site {
                        true => Subject::Site(id.into()),
                        false => Subject::Aggregate(id.into()),
                    },
                    predicate: Predicate::ALL[predicate],
                    words,
                    stated,
                    event,
                    scope: Scope {
                        areas: areas.into_iter().map(Into::into).collect(),
                        period,
                        counting_rule: more.clone(),
                    },
                    asserted_cause: more.clone(),
                    asserted_perpetrator: more.clone(),
                    asserted_characterisation: more,
                }
                .into()
            },
        )
}

/// As one with another's memory has it.
fn but_for_what_was_met(mut prepared: Prepared) -> Prepared {
    prepared.words.forget_what_was_met();
    prepared
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_list_s_record_is_prepared_as_any_other(
        records in vec((id(), prop_oneof![site(), claim()], proptest::bool::weighted(0.1)), 1..4)
    ) {
        let mut preparing = Preparing::default();
        for (id, body, withdrawn) in records {
            let revision = withdrawn.then(|| Revision {
                reason: "it is on no list".into(),
                after: Vec::new(),
                withdrawn,
            });
            let record = Record { id, body, revision };
            match (Prepared::of(&record), preparing.prepare(record.clone())) {
                (Ok(read), Ok(prepared)) => {
                    let same = but_for_what_was_met(read) == but_for_what_was_met(prepared);
                    prop_assert!(same, "{}", serde_json::to_string(&record).unwrap());
                }
                (Err(read), Err(prepared)) => prop_assert_eq!(read.to_string(), prepared.to_string()),
                (read, prepared) => prop_assert!(false, "{read:?} is not {prepared:?}"),
            }
        }
    }
}

fn listed(number: f64) -> Site {
    Site {
        kind: SiteKind::Place,
        names: vec![Name::new("Old Bridge", "en")],
        category: Category::Monument,
        areas: Vec::new(),
        location: Some(Location::point(number, number).unwrap()),
        holdings: Vec::new(),
        identifiers: Vec::new(),
        made: None,
        description: None,
        article1: None,
        listed: None,
        fields: Vec::new(),
    }
}

fn prepare(site: Site) -> Result<Prepared, StoreError> {
    let record = Record::new(AnyId::from_bytes([7; 16]), site);
    Preparing::default().prepare(record)
}

#[test]
fn what_no_text_gives_is_refused() {
    let mut site = listed(1.5);
    site.holdings.push(Holding {
        kind: "books".into(),
        count: Quantity {
            upper: Some(1),
            ..Quantity::exactly(5)
        },
        as_of: None,
    });
    let refused = prepare(site).err().unwrap().to_string();
    assert!(refused.contains("would not be read"), "{refused}");
    let mut site = listed(1.5);
    site.made = Some(EdtfDate::from_day(Day(i64::from(i32::MAX))));
    assert!(prepare(site).is_err());
}

#[test]
fn zero_has_no_sign_in_what_is_applied() {
    let prepared = prepare(listed(-0.0)).unwrap();
    assert_eq!(
        prepared.spot.unwrap(),
        atlas::Where::of(Location::point(0.0, 0.0).ok().as_ref())
    );
    let Body::Site(site) = prepared.record.body else {
        panic!("a site")
    };
    let Some(Geometry::Point(point)) = site.location.map(|l| l.geometry) else {
        panic!("a point")
    };
    assert!(point.lon().is_sign_positive() && point.lat().is_sign_positive());
}
