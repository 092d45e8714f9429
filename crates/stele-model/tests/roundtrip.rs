//! Whatever a record says, its JSON form says it back: property tests over the parts and the kinds.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use stele_model::rules::Level;
use stele_model::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Zа-яԱ-ֆა-ჰ\u{621}-\u{64a} ]{1,30}", "\\PC{1,20}"]
}

fn id() -> impl Strategy<Value = AnyId> {
    any::<[u8; 16]>().prop_map(AnyId::from_bytes)
}

fn date() -> impl Strategy<Value = EdtfDate> {
    let day = (1900u16..2100, 1u8..13, 1u8..29);
    prop_oneof![
        day.clone()
            .prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}")),
        day.clone().prop_map(|(y, m, _)| format!("{y}-{m:02}~")),
        day.clone().prop_map(|(y, _, _)| format!("{y}?")),
        (day.clone(), 0u16..50)
            .prop_map(|((y, m, d), more)| format!("{y}-{m:02}-{d:02}/{}", y + 1 + more)),
        day.prop_map(|(y, _, _)| format!("../{y}")),
    ]
    .prop_map(|text| text.parse().unwrap())
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (0u64..1 << 40, 0usize..Qualifier::ALL.len(), 0u64..1000).prop_map(|(value, q, more)| {
        let qualifier = Qualifier::ALL[q];
        let upper = (qualifier == Qualifier::Between).then_some(value + more);
        Quantity {
            upper,
            ..Quantity::new(value, qualifier)
        }
    })
}

fn name() -> impl Strategy<Value = Name> {
    (
        text(),
        0usize..NameKind::ALL.len(),
        proptest::option::of(id()),
        proptest::option::of(date()),
    )
        .prop_map(|(text, kind, by, valid)| Name {
            text,
            lang: "az-Cyrl".into(),
            kind: NameKind::ALL[kind],
            by: by.map(Into::into),
            source: None,
            valid,
        })
}

fn location() -> impl Strategy<Value = Location> {
    (
        -180.0..180.0f64,
        -90.0..90.0f64,
        0usize..3,
        proptest::option::of(1_000u32..50_000),
    )
        .prop_map(|(lon, lat, s, grid_m)| Location {
            sensitivity: Sensitivity::ALL[s],
            grid_m,
            ..Location::point(lon, lat).unwrap()
        })
}

fn holdings() -> impl Strategy<Value = Vec<Holding>> {
    proptest::collection::vec(
        (text(), quantity(), proptest::option::of(date()))
            .prop_map(|(kind, count, as_of)| Holding { kind, count, as_of }),
        0..3,
    )
}

fn ids<K>() -> impl Strategy<Value = Vec<Id<K>>> {
    proptest::collection::vec(id(), 0..3).prop_map(|ids| ids.into_iter().map(Into::into).collect())
}

fn passage() -> impl Strategy<Value = Option<Passage>> {
    proptest::option::of((text(), text(), 0u32..100, 0u32..100).prop_map(
        |(exact, prefix, start, more)| Passage {
            exact,
            prefix,
            suffix: String::new(),
            start: Some(start),
            end: Some(start + more),
        },
    ))
}

fn body() -> impl Strategy<Value = Body> {
    let names = || proptest::collection::vec(name(), 1..4);
    prop_oneof![
        (names(), ids(), proptest::option::of(text())).prop_map(|(names, belongs_to, note)| {
            Party {
                names,
                kind: PartyKind::Ngo,
                country: None,
                belongs_to,
                independent_of: Vec::new(),
                note,
            }
            .into()
        }),
        (
            names(),
            proptest::option::of(location()),
            proptest::option::of(date())
        )
            .prop_map(|(names, location, valid)| Area {
                names,
                kind: AreaKind::District,
                parent: None,
                location,
                valid
            }
            .into()),
        (
            names(),
            0usize..Category::ALL.len(),
            ids(),
            proptest::option::of(location()),
            holdings(),
            proptest::option::of((id(), any::<u32>(), "[a-z0-9]{1,9}")),
            proptest::collection::vec(("[A-Z][a-z ]{1,9}", "\\PC{1,20}"), 0..3),
        )
            .prop_map(|(names, c, areas, location, holdings, listed, fields)| {
                Site {
                    kind: SiteKind::Collection,
                    names,
                    category: Category::ALL[c],
                    areas,
                    location,
                    holdings,
                    identifiers: Vec::new(),
                    made: None,
                    description: None,
                    article1: None,
                    listed: listed.map(|(list, row, key)| Listed {
                        list: list.into(),
                        row: row.into(),
                        key,
                    }),
                    fields: fields
                        .into_iter()
                        .map(|(name, value)| OwnField { name, value })
                        .collect(),
                }
                .into()
            }),
        (quantity(), holdings(), ids(), proptest::option::of(id())).prop_map(
            |(count, holdings, areas, part_of)| {
                Aggregate {
                    category: Category::Library,
                    count,
                    holdings,
                    areas,
                    words: None,
                    part_of: part_of.map(Into::into),
                    listed: None,
                }
                .into()
            }
        ),
        (
            id(),
            id(),
            id(),
            any::<bool>(),
            passage(),
            proptest::option::of(date()),
            text()
        )
            .prop_map(
                |(party, source, subject, of_site, passage, stated, words)| {
                    let subject = if of_site {
                        Subject::Site(subject.into())
                    } else {
                        Subject::Aggregate(subject.into())
                    };
                    Claim {
                        party: party.into(),
                        source: source.into(),
                        passage,
                        subject,
                        predicate: Predicate::Burned,
                        words,
                        stated,
                        event: None,
                        scope: Scope::default(),
                        asserted_cause: None,
                        asserted_perpetrator: None,
                        asserted_characterisation: None,
                    }
                    .into()
                }
            ),
        (
            id(),
            proptest::option::of(id()),
            date(),
            text(),
            ids(),
            proptest::option::of(id())
        )
            .prop_map(|(aggregate, mission, drawn_on, seed, sites, area)| {
                let drawn = sites.iter().take(1).copied().collect();
                SamplingPlan {
                    aggregate: aggregate.into(),
                    mission: mission.map(Into::into),
                    drawn_on,
                    frame: Frame {
                        count: sites.len() as u64,
                        sha256: "0".repeat(64),
                    },
                    by: vec![StratifiedBy::Area, StratifiedBy::Access],
                    level: Level::USUAL,
                    margin_permille: Some(50),
                    seed,
                    strata: vec![Stratum {
                        area: area.map(Into::into),
                        category: None,
                        access: Some(Access::Untried),
                        sites,
                        drawn,
                    }],
                    method: "drawn".into(),
                }
                .into()
            }),
        (id(), date(), any::<bool>(), ids(), text()).prop_map(
            |(site, as_at, declared, assessments, what)| {
                let interest = if declared {
                    Interest::Declared { what }
                } else {
                    Interest::None
                };
                Finding {
                    site: site.into(),
                    conclusion: Conclusion::Damaged,
                    rationale: "seen".into(),
                    standard: StandardOfProof::ReasonableGrounds,
                    window: None,
                    as_at,
                    assessments,
                    claims: Vec::new(),
                    author: "acc-1".into(),
                    affiliation: None,
                    interest,
                    supersedes: None,
                }
                .into()
            }
        ),
    ]
}

proptest! {
    #[test]
    fn records_round_trip(id in id(), body in body(), revised in any::<bool>()) {
        let revision = revised.then(|| Revision { reason: "because".into(), after: vec!["01-0@n".into()], withdrawn: false });
        let record = Record { id, body, revision };
        let json = record.to_json();
        prop_assert_eq!(&Record::from_json(json.clone()).unwrap(), &record);
        // Through text, as the ledger keeps it.
        let text = serde_json::to_string(&json).unwrap();
        prop_assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }

    #[test]
    fn a_field_too_many_is_refused_by_name(id in id(), body in body(), field in "[a-z]{12}") {
        let mut json = Record::new(id, body).to_json();
        json["data"][&field] = true.into();
        prop_assert!(Record::from_json(json).unwrap_err().to_string().contains(&field));
    }
}
