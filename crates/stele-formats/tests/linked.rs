//! Records of every kind as linked data: whole in both syntaxes, in known words only, and never a claim
//! as a fact.

#![allow(clippy::unwrap_used)]

use oxjsonld::JsonLdParser;
use oxrdf::{Term, Triple};
use oxttl::TurtleParser;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use stele_formats::linked::catalogue::{About, COLLECTIONS, catalogue};
use stele_formats::linked::{Base, Graph, Piece, describe, schema_org, terms, vocabulary, write};
use stele_model::vocabulary::lists;
use stele_model::*;

const CRM: &str = "http://www.cidoc-crm.org/cidoc-crm/";
const STAMP: &str = "01788393600000-0003@test";

fn base() -> Base {
    Base::parse("https://registry.example").unwrap()
}

/// Every example of `docs/records.md`, with an id of its own.
fn examples() -> Vec<(AnyId, Body)> {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/records.md"
    ))
    .unwrap();
    let mut found = Vec::new();
    for rest in text.split("```json\n").skip(1) {
        let mut block: Value = serde_json::from_str(rest.split("```").next().unwrap()).unwrap();
        if block.get("data").is_none() {
            continue;
        }
        resolve(&mut block);
        let record = Record::from_json(block).unwrap();
        found.push((record.id, record.body));
    }
    found
}

fn resolve(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with('@') => {
            let mut bytes = [0u8; 16];
            for (i, byte) in text.bytes().enumerate() {
                bytes[i % 16] = bytes[i % 16].wrapping_mul(31).wrapping_add(byte);
            }
            *text = AnyId::from_bytes(bytes).to_string();
        }
        Value::Array(items) => items.iter_mut().for_each(resolve),
        Value::Object(fields) => fields.values_mut().for_each(resolve),
        _ => {}
    }
}

fn piece<'a>(id: AnyId, body: &'a Body, status: &'a str) -> Piece<'a> {
    Piece {
        id,
        body,
        place: None,
        status,
        stamp: STAMP,
        first: STAMP,
        withdrawn: false,
        ladder: None,
        kind_of: &|_| Some(Kind::Site),
    }
}

fn described(id: AnyId, body: &Body, status: &str) -> Graph {
    describe(&base(), &piece(id, body, status))
}

fn parsed_turtle(bytes: &[u8]) -> BTreeSet<String> {
    let triples: Result<Vec<Triple>, _> = TurtleParser::new().for_slice(bytes).collect();
    triples.unwrap().iter().map(ToString::to_string).collect()
}

fn parsed_json_ld(value: &Value) -> BTreeSet<String> {
    let text = value.to_string();
    let quads: Result<Vec<_>, _> = JsonLdParser::new().for_slice(&text).collect();
    quads
        .unwrap()
        .into_iter()
        .map(|q| Triple::new(q.subject, q.predicate, q.object).to_string())
        .collect()
}

/// The same triples in memory, in Turtle and in JSON-LD, as independent readers of each find them.
fn whole(graph: Graph) -> Vec<Triple> {
    let triples = graph.clone().into_triples();
    let said: BTreeSet<String> = triples.iter().map(ToString::to_string).collect();
    assert_eq!(parsed_turtle(&write::turtle(graph.clone()).unwrap()), said);
    assert_eq!(parsed_json_ld(&write::json_ld(graph)), said);
    triples
}

#[test]
fn every_kind_of_record_is_the_same_in_both_syntaxes_and_says_something() {
    let mut kinds = BTreeSet::new();
    let concepts = concepts();
    for (id, body) in examples() {
        let kind = body.kind();
        kinds.insert(kind);
        let triples = whole(described(id, &body, "published"));
        let me = base().record(kind, id);
        assert!(
            triples
                .iter()
                .filter(|t| t.subject == me.clone().into())
                .count()
                >= 3,
            "{kind} says next to nothing"
        );
        for triple in &triples {
            if let Term::NamedNode(node) = &triple.object
                && node
                    .as_str()
                    .starts_with("https://registry.example/vocabulary/")
            {
                assert!(
                    concepts.contains(node.as_str())
                        || node.as_str().contains("/vocabulary/terms#"),
                    "{node} is no word of a list"
                );
            }
        }
    }
    assert_eq!(kinds.len(), Kind::ALL.len());
}

fn concepts() -> BTreeSet<String> {
    lists()
        .iter()
        .flat_map(|list| {
            list.words
                .iter()
                .map(|w| format!("https://registry.example/vocabulary/{}/{}", list.id, w.id))
        })
        .collect()
}

fn claim_on(site: AnyId, predicate: Predicate) -> Body {
    Body::Claim(Claim {
        party: AnyId::from_bytes([1; 16]).into(),
        source: AnyId::from_bytes([2; 16]).into(),
        passage: None,
        subject: Subject::Site(site.into()),
        predicate,
        words: "was razed to the ground".into(),
        stated: Some("2021-05-04".parse().unwrap()),
        event: Some("2020-11~".parse().unwrap()),
        scope: Scope::default(),
        asserted_cause: Some("shelling".into()),
        asserted_perpetrator: Some("the other side".into()),
        asserted_characterisation: Some("a crime".into()),
    })
}

/// What a consumer who takes triples at their word could believe of a thing: everything that has it as
/// subject, and everything that gives it a state.
#[test]
fn a_claim_is_never_a_fact_about_its_subject() {
    let site_id = AnyId::from_bytes([9; 16]);
    let site = base().record(Kind::Site, site_id);
    for predicate in Predicate::ALL {
        let body = claim_on(site_id, *predicate);
        let id = AnyId::from_bytes([3; 16]);
        let me = base().record(Kind::Claim, id);
        for status in ["", "retracted"] {
            let triples = whole(described(id, &body, status));
            for t in &triples {
                let subject = t.subject.to_string();
                assert!(
                    t.subject != site.clone().into(),
                    "{t} says something of the site itself"
                );
                // The word, the site and the speaker's text hang at the claim, and nowhere else.
                let of_claim = subject.starts_with(&format!("<{}", me.as_str()));
                let said = t.object.to_string();
                if said.contains("/vocabulary/predicate/")
                    || said.contains(site.as_str())
                    || said.contains("razed")
                    || said.contains("the other side")
                {
                    assert!(of_claim, "{t} does not hang at the claim");
                }
                assert!(
                    !said.contains("E3_Condition_State")
                        && !t.predicate.as_str().ends_with("P44_has_condition"),
                    "{t} gives the site a condition"
                );
                assert!(
                    !t.predicate.as_str().contains("/vocabulary/predicate/"),
                    "{t} uses what is claimed as a property"
                );
            }
            let has = |predicate: &str, object: &str| {
                triples.iter().any(|t| {
                    t.subject == me.clone().into()
                        && t.predicate.as_str() == predicate
                        && t.object.to_string() == object
                })
            };
            assert!(has(
                "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
                &format!("<{CRM}E13_Attribute_Assignment>")
            ));
            assert!(has(
                &format!("{CRM}P14_carried_out_by"),
                &base()
                    .record(Kind::Party, AnyId::from_bytes([1; 16]))
                    .to_string()
            ));
        }
    }
}

#[test]
fn only_a_finding_that_is_published_and_stands_identifies_a_condition() {
    let (id, body) = examples()
        .into_iter()
        .find(|(_, body)| body.kind() == Kind::Finding)
        .unwrap();
    for (status, states) in [
        ("verified", 1),
        ("published", 1),
        ("draft", 0),
        ("", 0),
        ("superseded", 0),
    ] {
        let triples = whole(described(id, &body, status));
        let found = triples
            .iter()
            .filter(|t| t.object.to_string() == format!("<{CRM}E3_Condition_State>"))
            .count();
        assert_eq!(found, states, "{status}");
    }
    for (id, body) in examples() {
        if body.kind() == Kind::Finding {
            continue;
        }
        let text =
            String::from_utf8(write::turtle(described(id, &body, "verified")).unwrap()).unwrap();
        assert!(!text.contains("E3_Condition_State"), "{}", body.kind());
    }
}

#[test]
fn a_record_taken_back_says_nothing_any_more() {
    let id = AnyId::from_bytes([3; 16]);
    let body = claim_on(AnyId::from_bytes([9; 16]), Predicate::Destroyed);
    let mut piece = piece(id, &body, "");
    piece.withdrawn = true;
    let text = String::from_utf8(write::turtle(describe(&base(), &piece)).unwrap()).unwrap();
    assert!(
        !text.contains("razed") && !text.contains("predicate/destroyed"),
        "{text}"
    );
    assert!(text.contains("withdrawn"));
    assert_eq!(schema_org(&base(), &piece, "t"), None);
}

#[test]
fn texts_of_anybody_stay_texts() {
    let hostile =
        "\"@en . <https://x> <https://y> <https://z> \n \\u0022 \u{202e} \u{7f} </script> 𐎠";
    let body = Body::Site(Site {
        kind: SiteKind::Place,
        names: vec![
            Name::new(hostile, "en-\"x"),
            Name::new("Шуша", "ru"),
            Name::new("?", "und"),
        ],
        category: Category::Library,
        areas: Vec::new(),
        location: None,
        holdings: Vec::new(),
        identifiers: vec![
            Identifier {
                scheme: "wikidata".into(),
                value: "Q1> <https://evil".into(),
            },
            Identifier {
                scheme: "whc".into(),
                value: "1234".into(),
            },
        ],
        made: Some("201X".parse().unwrap()),
        description: Some(hostile.into()),
        article1: None,
        listed: None,
        fields: vec![OwnField {
            name: "a".into(),
            value: "left out".into(),
        }],
    });
    let id = AnyId::from_bytes([5; 16]);
    let triples = whole(described(id, &body, ""));
    let literals: Vec<&str> = triples
        .iter()
        .filter_map(|t| match &t.object {
            Term::Literal(l) => Some(l.value()),
            _ => None,
        })
        .collect();
    assert!(literals.contains(&hostile));
    assert!(!literals.contains(&"left out"));
    let text = String::from_utf8(write::turtle(described(id, &body, "")).unwrap()).unwrap();
    assert!(text.contains("\"Шуша\"@ru"));
    assert!(text.contains("<https://whc.unesco.org/en/list/1234>"));
    let addresses = triples
        .iter()
        .filter(|t| matches!(&t.object, Term::NamedNode(_)));
    assert!(
        addresses
            .into_iter()
            .all(|t| !t.to_string().contains("evil"))
    );
}

#[test]
fn a_source_with_an_address_that_is_none_is_still_told() {
    let (id, mut body) = examples()
        .into_iter()
        .find(|(_, body)| body.kind() == Kind::Source)
        .unwrap();
    let Body::Source(source) = &mut body else {
        panic!()
    };
    source.url = Some("not an address <at all>".into());
    whole(described(id, &body, ""));
}

#[test]
fn lists_of_words_are_whole_and_point_at_each_other() {
    whole(vocabulary::all(&base()));
    whole(vocabulary::terms(&base()));
    for list in lists() {
        let triples = whole(vocabulary::scheme(&base(), &list));
        let schemes = triples
            .iter()
            .filter(|t| t.predicate.as_str().ends_with("core#inScheme"))
            .count();
        assert_eq!(schemes, list.words.len());
        for word in &list.words {
            whole(vocabulary::word(&base(), &list, word));
        }
        // Where the model states no mapping, none is claimed.
        assert!(
            triples
                .iter()
                .all(|t| !t.predicate.as_str().ends_with("Match"))
        );
    }
}

/// The mandatory properties of DCAT-AP 3, class by class, as its SHACL shapes ask for them.
#[test]
fn the_catalogue_has_what_dcat_ap_asks_for() {
    let base = base();
    for (licence, contact) in [
        (None, None),
        (
            Some("https://creativecommons.org/licenses/by/4.0/"),
            Some("desk@registry.example"),
        ),
        (None, Some("https://registry.example/write")),
    ] {
        let about = About {
            base: &base,
            name: "Test",
            publisher: "Test",
            licence,
            contact,
            modified_ms: Some(1_788_393_600_000),
        };
        let triples = whole(catalogue(&about));
        let mut by: BTreeMap<String, Vec<&Triple>> = BTreeMap::new();
        for t in &triples {
            by.entry(t.subject.to_string()).or_default().push(t);
        }
        let dcat = "http://www.w3.org/ns/dcat#";
        let dct = "http://purl.org/dc/terms/";
        let needed: &[(&str, &[String])] = &[
            (
                "Catalog",
                &[
                    format!("{dct}title"),
                    format!("{dct}description"),
                    format!("{dct}publisher"),
                ],
            ),
            (
                "Dataset",
                &[format!("{dct}title"), format!("{dct}description")],
            ),
            ("Distribution", &[format!("{dcat}accessURL")]),
            (
                "DataService",
                &[format!("{dct}title"), format!("{dcat}endpointURL")],
            ),
        ];
        for (class, properties) in needed {
            let class = format!("<{dcat}{class}>");
            let members: Vec<_> = by
                .iter()
                .filter(|(_, ts)| ts.iter().any(|t| t.object.to_string() == class))
                .collect();
            assert!(!members.is_empty(), "no {class}");
            for (subject, ts) in members {
                for property in *properties {
                    assert!(
                        ts.iter().any(|t| t.predicate.as_str() == property),
                        "{subject} has no {property}"
                    );
                }
            }
        }
        // The publisher has a name, and everything pointed at within the catalogue is described.
        for t in &triples {
            let object = t.object.to_string();
            if object.starts_with("<https://registry.example/catalogue#")
                || object.ends_with("/#registry>")
            {
                assert!(by.contains_key(&object), "{t} points at nothing");
            }
        }
        let datasets = triples
            .iter()
            .filter(|t| t.predicate.as_str() == format!("{dcat}dataset"))
            .count();
        assert_eq!(datasets, COLLECTIONS.len());
        let licences = triples
            .iter()
            .filter(|t| t.predicate.as_str() == format!("{dct}license"))
            .count();
        assert_eq!(licences > 0, licence.is_some());
    }
}

#[test]
fn search_engines_are_told_no_verdict_and_no_country() {
    for (id, body) in examples() {
        let Some(value) = schema_org(&base(), &piece(id, &body, "verified"), "a title") else {
            continue;
        };
        let text = value.to_string();
        for word in [
            "ClaimReview",
            "reviewRating",
            "containedInPlace",
            "addressCountry",
        ] {
            assert!(!text.contains(word), "{text}");
        }
        assert_eq!(value["@context"], "https://schema.org");
    }
}

#[test]
fn our_own_terms_are_explained_once_each() {
    let mut seen = BTreeSet::new();
    for (term, meaning) in terms::OWN {
        assert!(seen.insert(*term), "{term} twice");
        assert!(meaning.ends_with('.'), "{term}: {meaning}");
    }
}
