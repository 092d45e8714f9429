//! Permanent addresses over HTTP: forms, conditional requests, citations, earlier revisions, lists of
//! words, the catalogue and the maps; and what none of them may tell.

#![allow(clippy::unwrap_used)]

#[path = "../../stele-registry/tests/common/mod.rs"]
mod common;
mod web;

use axum::body::Body as Payload;
use axum::http::{HeaderMap, Request, StatusCode};
use common::{House, assessment, claim, date, finding, publication, review, site};
use oxjsonld::JsonLdParser;
use oxttl::TurtleParser;
use std::collections::BTreeSet;
use stele_model::*;
use web::Web;

/// What came back.
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Got {
    fn header(&self, name: &str) -> String {
        let all: Vec<&str> = self
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        all.join(", ")
    }
}

impl Web {
    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Got {
        let mut request = Request::get(path).header("host", "registry.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Payload::empty()).unwrap();
        let (parts, body) = self.send(request).into_parts();
        Got {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body).unwrap(),
        }
    }

    fn get(&self, path: &str) -> Got {
        self.ask(path, &[])
    }
}

fn turtle(text: &str) -> BTreeSet<String> {
    TurtleParser::new()
        .for_slice(text)
        .map(|triple| triple.unwrap().to_string())
        .collect()
}

fn json_ld(text: &str) -> BTreeSet<String> {
    JsonLdParser::new()
        .for_slice(text)
        .map(|quad| {
            let quad = quad.unwrap();
            oxrdf::Triple::new(quad.subject, quad.predicate, quad.object).to_string()
        })
        .collect()
}

/// A claim by a party on a church whose place is public.
fn claimed(house: &House) -> (Id<Site>, Id<Claim>, Id<Party>) {
    let party = house.party("A party", &[]);
    let source = house.source("A text", party, "2021-05-04");
    let place = Location::point(46.7512, 39.7634).unwrap();
    let id: Id<Site> = house.add(site("Upper church", Some(place))).into();
    let claim = house.claim(party, source, Subject::Site(id), Predicate::Destroyed);
    (id, claim, party)
}

#[test]
fn one_address_gives_the_form_that_is_wanted() {
    let house = House::new();
    let (site, ..) = claimed(&house);
    let web = Web::of(&house.registry);
    let path = format!("/site/{}", site.any());
    for (accept, media) in [
        ("", "text/html; charset=utf-8"),
        (
            "text/html,application/xml;q=0.9,*/*;q=0.8",
            "text/html; charset=utf-8",
        ),
        ("application/json", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        (
            "application/x-bibtex",
            "application/x-bibtex; charset=utf-8",
        ),
        (
            "text/html;q=0.2, text/turtle;q=0.3",
            "text/turtle; charset=utf-8",
        ),
    ] {
        let got = web.ask(&path, &[("accept", accept)]);
        assert_eq!(got.status, StatusCode::OK, "{accept}");
        assert_eq!(got.header("content-type"), media, "{accept}");
        let vary = got.header("vary").to_lowercase();
        for name in ["accept", "accept-language", "cookie"] {
            assert!(vary.split(", ").any(|v| v == name), "{vary}");
        }
        let links = got.header("link");
        let at = format!("<http://registry.example{path}");
        assert!(
            links.contains(&format!("{at}>; rel=\"canonical\"")),
            "{links}"
        );
        assert!(links.contains("rel=\"alternate\"; type="), "{links}");
        assert!(
            links.contains(&format!("{at}?f=ttl>; rel=\"describedby\"")),
            "{links}"
        );
        assert!(links.contains("rel=\"cite-as\""), "{links}");
    }
    // The same by the address, and JSON as it was before.
    let ttl = web.get(&format!("{path}?f=ttl")).text;
    let ld = web.get(&format!("{path}?f=jsonld")).text;
    assert_eq!(turtle(&ttl), json_ld(&ld));
    assert!(ttl.contains("POINT (46.7512 39.7634)"), "{ttl}");
    let twin = web.get(&format!("{path}.json")).text;
    assert_eq!(twin, web.get(&format!("{path}?f=json")).text);
    let twin: serde_json::Value = serde_json::from_str(&twin).unwrap();
    assert_eq!(twin["record"]["type"], "site");
    assert_eq!(twin["related"]["claims"]["count"], 1);
}

#[test]
fn forms_there_are_not_are_refused_with_what_there_is() {
    let house = House::new();
    let (site, ..) = claimed(&house);
    let web = Web::of(&house.registry);
    let path = format!("/site/{}", site.any());
    let got = web.get(&format!("{path}?f=rdf"));
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    assert!(got.text.contains("html, json, jsonld, ttl"), "{}", got.text);
    assert_eq!(got.header("content-type"), "application/problem+json");
    let got = web.ask(&path, &[("accept", "application/rdf+xml")]);
    assert_eq!(got.status, StatusCode::NOT_ACCEPTABLE);
    assert!(got.text.contains("text/turtle"), "{}", got.text);
    // No such record: told to a program as to a program.
    let got = web.get("/site/01jv3z7t2kf0m8q4x5c6b7n9pd?f=ttl");
    assert_eq!(got.status, StatusCode::NOT_FOUND);
    assert_eq!(got.header("content-type"), "application/problem+json");
    // A claim is no site.
    let got = web.get(&path.replace("/site/", "/claim/"));
    assert_eq!(got.status, StatusCode::NOT_FOUND);
    for host in ["a b", "x/../y", "<script>", "u@h", ""] {
        let request = Request::get(format!("{path}?f=ttl")).header("host", host);
        let got = web.send(request.body(Payload::empty()).unwrap());
        assert_eq!(got.status(), StatusCode::BAD_REQUEST, "{host}");
    }
}

#[test]
fn what_did_not_change_is_not_sent_again_and_what_stands_around_it_counts() {
    let house = House::new();
    let (site, _, party) = claimed(&house);
    let web = Web::of(&house.registry);
    for f in ["html", "json", "jsonld", "ttl", "bibtex", "csl"] {
        let path = format!("/site/{}?f={f}", site.any());
        let tag = web.get(&path).header("etag");
        assert!(!tag.is_empty(), "{f}");
        for held in [
            tag.clone(),
            format!("\"x\", {tag}"),
            "*".into(),
            tag.replace("W/", ""),
        ] {
            let got = web.ask(&path, &[("if-none-match", &held)]);
            assert_eq!(got.status, StatusCode::NOT_MODIFIED, "{f} {held}");
            assert_eq!(got.text, "");
            assert_eq!(got.header("etag"), tag);
        }
        let got = web.ask(&path, &[("if-none-match", "\"other\"")]);
        assert_eq!(got.status, StatusCode::OK);
    }
    // A new claim changes no stamp of the site, and yet the page and its status.
    let page = format!("/site/{}", site.any());
    let before = [
        web.get(&page).header("etag"),
        web.get(&format!("{page}?f=json")).header("etag"),
    ];
    let source = house.source("Another text", party, "2022-05-04");
    house.claim(party, source, Subject::Site(site), Predicate::Looted);
    let after = [
        web.get(&page).header("etag"),
        web.get(&format!("{page}?f=json")).header("etag"),
    ];
    assert_ne!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[test]
fn a_claim_cannot_be_taken_for_a_finding() {
    let house = House::new();
    let (church, claim_id, party) = claimed(&house);
    let web = Web::of(&house.registry);
    // Everything the registry says in RDF of the site, the claim and whom they name.
    let mut all = BTreeSet::new();
    for path in [
        format!("/site/{}", church.any()),
        format!("/claim/{}", claim_id.any()),
        format!("/party/{}", party.any()),
    ] {
        all.extend(turtle(&web.get(&format!("{path}?f=ttl")).text));
    }
    let me = format!("<http://registry.example/site/{}>", church.any());
    let destroyed = |t: &&String| t.contains("/destroyed>");
    for t in all.iter().filter(destroyed) {
        assert!(
            t.starts_with(&format!(
                "<http://registry.example/claim/{}>",
                claim_id.any()
            )),
            "{t}"
        );
    }
    assert!(
        all.iter()
            .any(|t| destroyed(&t) && t.contains("P141_assigned"))
    );
    assert!(!all.iter().any(|t| t.contains("E3_Condition_State")));
    assert!(
        !all.iter()
            .any(|t| t.starts_with(&me) && t.contains("/vocabulary/predicate/")),
        "the site is said to be what is claimed"
    );
    // A published finding is what identifies a condition.
    let organisation = house.party("An observer", &[]);
    let seen: Id<Assessment> = house
        .by(
            &house.verifier,
            assessment(church, organisation, Grade::NoVisible),
        )
        .into();
    let draft: Id<Finding> = house
        .by(
            &house.verifier,
            finding(
                &house.verifier,
                church,
                Conclusion::NoDamage,
                vec![seen],
                vec![claim_id],
            ),
        )
        .into();
    let path = format!("/finding/{}?f=ttl", draft.any());
    assert_eq!(web.get(&path).status, StatusCode::NOT_FOUND, "a draft");
    house.by(
        &house.second,
        review(&house.second, draft, Decision::Approve),
    );
    let published = publication(&house, draft);
    house.by(&house.second, published);
    let got = web.get(&path);
    assert_eq!(got.status, StatusCode::OK, "{}", got.text);
    assert!(got.text.contains("crm:E3_Condition_State"), "{}", got.text);
    assert!(
        got.text.contains("/vocabulary/conclusion/no_damage"),
        "{}",
        got.text
    );
}

#[test]
fn a_protected_place_is_in_no_form_of_its_record_and_in_no_revision() {
    let house = House::new();
    let party = house.party("A party", &[]);
    let list = house.source("A list", party, "2021-05-04");
    for sensitivity in [Sensitivity::Generalised, Sensitivity::Withheld] {
        let mut place = Location::point(46.751234, 39.763456).unwrap();
        place.uncertainty_m = Some(7);
        let mut body = site("Hidden church at 39.763456 N", Some(place.clone()));
        body.names.push(Name::new("Upper church", "en"));
        body.description = Some("stands at 39°45'48\" north".into());
        body.holdings = vec![Holding {
            kind: "books, kept at 46.7512".into(),
            count: Quantity::exactly(3),
            as_of: None,
        }];
        body.identifiers = vec![
            Identifier {
                scheme: "osm".into(),
                value: "node/123454321".into(),
            },
            Identifier {
                scheme: "wikidata".into(),
                value: "Q123454321".into(),
            },
            Identifier {
                scheme: "register".into(),
                value: "№ 39.763456".into(),
            },
            Identifier {
                scheme: "register".into(),
                value: "no-7".into(),
            },
        ];
        body.listed = Some(Listed {
            list,
            row: 4,
            key: "46.751234;39.763456".into(),
        });
        body.fields = vec![OwnField {
            name: "lat".into(),
            value: "39.763456".into(),
        }];
        // First public by mistake, then protected, then without the place.
        let id = house.add(body.clone());
        let open = house.registry.get(&house.member(), id).unwrap().stamp;
        let revise = |body: Site, after: &str| {
            house
                .registry
                .record(
                    &house.recorder,
                    vec![Record {
                        id,
                        body: body.into(),
                        revision: Some(Revision {
                            reason: "protect the place".into(),
                            after: vec![after.to_owned()],
                            withdrawn: false,
                        }),
                    }],
                )
                .unwrap();
            house.registry.get(&house.member(), id).unwrap().stamp
        };
        place.sensitivity = sensitivity;
        body.location = Some(place.clone());
        let protected = revise(body.clone(), &open);
        let web = Web::of(&house.registry);
        let mut paths = Vec::new();
        for f in ["html", "json", "jsonld", "ttl", "bibtex", "csl"] {
            paths.push(format!("/site/{id}?f={f}"));
            for stamp in [&open, &protected] {
                paths.push(format!("/site/{id}?f={f}&as_of={stamp}"));
            }
        }
        let look = |text: &str, path: &str| {
            for told in [
                "46.75",
                "39.76",
                "39°45",
                "123454321",
                "uncertaintyMetres",
                "POINT",
            ] {
                assert!(!text.contains(told), "{path} tells {told}: {text}");
            }
        };
        for path in &paths {
            let got = web.get(path);
            assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text);
            look(&got.text, path);
            look(&format!("{:?}", got.headers), path);
        }
        let ttl = web.get(&format!("/site/{id}?f=ttl")).text;
        match sensitivity {
            Sensitivity::Withheld => {
                assert!(!ttl.contains("asWKT"), "{ttl}");
                assert!(ttl.contains("placeWithheld"), "{ttl}");
            }
            _ => {
                assert!(ttl.contains("POLYGON (("), "{ttl}");
                assert!(ttl.contains("gridMetres"), "{ttl}");
            }
        }
        assert!(
            ttl.contains("register:no-7") && ttl.contains("Upper church"),
            "{ttl}"
        );
        // Two places in the same cell cannot be told apart by anything but the record itself.
        body.location = None;
        revise(body, &protected);
        for path in &paths[1..] {
            let got = web.get(path);
            let told = got.text.contains("46.75") || got.text.contains("POINT");
            assert!(!path.contains("as_of") || !told, "{path}: {}", got.text);
        }
    }
}

#[test]
fn a_revision_stays_where_it_was_cited() {
    let house = House::new();
    let (_, claim_id, party) = claimed(&house);
    let web = Web::of(&house.registry);
    let id = claim_id.any();
    let first = house.registry.get(&house.member(), id).unwrap().stamp;
    let page = web.get(&format!("/claim/{id}")).text;
    let fixed = format!("http://registry.example/claim/{id}?as_of={first}");
    assert!(
        page.contains("Cite this record") && page.contains(&fixed),
        "{page}"
    );
    let source = house.source("Another text", party, "2022-05-04");
    let site = house.site("Lower church");
    let mut corrected = claim(party, source, Subject::Site(site), Predicate::Looted);
    corrected.words = "were emptied".into();
    house
        .registry
        .record(
            &house.recorder,
            vec![Record {
                id,
                body: corrected.into(),
                revision: Some(Revision {
                    reason: "the passage was misread".into(),
                    after: vec![first.clone()],
                    withdrawn: false,
                }),
            }],
        )
        .unwrap();
    let then = web.get(&format!("/claim/{id}?as_of={first}"));
    assert_eq!(then.status, StatusCode::OK);
    assert!(then.text.contains("is destroyed") && !then.text.contains("were emptied"));
    assert!(then.text.contains("It was corrected later"));
    assert!(then.text.contains("claim, not a finding"));
    let now = web.get(&format!("/claim/{id}")).text;
    assert!(now.contains("were emptied"));
    let ttl = web.get(&format!("/claim/{id}?as_of={first}&f=ttl")).text;
    assert!(
        ttl.contains("predicate/destroyed") && ttl.contains(&first),
        "{ttl}"
    );
    for wrong in ["x", "01788393600000-0003-nobody", "%00", &"9".repeat(3000)] {
        let got = web.get(&format!("/claim/{id}?as_of={wrong}"));
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(got.text.len() < 6_000);
    }
    let bibtex = web.get(&format!("/claim/{id}?f=bibtex")).text;
    assert!(
        bibtex.starts_with("@misc{stele-") && bibtex.contains("author = {{A party}}"),
        "{bibtex}"
    );
    let csl: serde_json::Value =
        serde_json::from_str(&web.get(&format!("/claim/{id}?f=csl")).text).unwrap();
    assert_eq!(csl[0]["author"][0]["literal"], "A party");
}

#[test]
fn pages_carry_schema_org_as_data_that_cannot_be_left() {
    let house = House::new();
    let party = house.party("</script><script>alert(1)</script>", &[]);
    let web = Web::of(&house.registry);
    let got = web.get(&format!("/party/{}", party.any()));
    let block = got
        .text
        .split("<script type=\"application/ld+json\">")
        .nth(1)
        .unwrap()
        .split("</script>")
        .next()
        .unwrap();
    let value: serde_json::Value = serde_json::from_str(block).unwrap();
    assert_eq!(value["@type"][0], "Organization");
    assert_eq!(
        value["name"][0]["@value"],
        "</script><script>alert(1)</script>"
    );
    assert!(!got.text.contains("<script>alert"));
    let first = web.get("/").text;
    assert!(first.contains("\"@type\":\"Dataset\""));
}

#[test]
fn words_and_the_catalogue_have_addresses_too() {
    let house = House::new();
    let web = Web::of(&house.registry);
    for path in [
        "/vocabulary",
        "/vocabulary/category",
        "/vocabulary/category/church",
        "/vocabulary/terms",
        "/catalogue",
    ] {
        let page = web.get(path);
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains(&format!("{path}?f=ttl")));
        let ttl = web.ask(path, &[("accept", "text/turtle")]);
        let ld = web.ask(path, &[("accept", "application/json")]);
        assert_eq!(ld.header("content-type"), "application/ld+json");
        assert_eq!(turtle(&ttl.text), json_ld(&ld.text), "{path}");
        assert!(!turtle(&ttl.text).is_empty());
    }
    for missing in [
        "/vocabulary/dragon",
        "/vocabulary/category/dragon",
        "/vocabulary/category/%3Cscript%3E",
    ] {
        let got = web.get(missing);
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{missing}");
        assert!(!got.text.contains("<script>"));
    }
    let context = web.get("/context.jsonld");
    let value: serde_json::Value = serde_json::from_str(&context.text).unwrap();
    assert_eq!(
        value["@context"]["stele"],
        "http://registry.example/vocabulary/terms#"
    );
    assert_eq!(context.header("access-control-allow-origin"), "*");
}

#[test]
fn maps_name_every_public_record_and_no_other() {
    let house = House::new();
    let (church, claim_id, _) = claimed(&house);
    let organisation = house.party("An observer", &[]);
    let seen: Id<Assessment> = house
        .by(
            &house.verifier,
            assessment(church, organisation, Grade::Severe),
        )
        .into();
    let mut later = finding(
        &house.verifier,
        church,
        Conclusion::Damaged,
        vec![seen],
        vec![],
    );
    later.window = Some(date("2023-03-01/2023-05-20"));
    let draft = house.by(&house.verifier, later);
    let web = Web::of(&house.registry);
    let robots = web.get("/robots.txt").text;
    assert!(
        robots.contains("Sitemap: http://registry.example/sitemap.xml"),
        "{robots}"
    );
    let index = web.get("/sitemap.xml").text;
    let mut named = String::new();
    for part in index.split("<loc>").skip(1) {
        let address = part.split("</loc>").next().unwrap();
        let path = address.strip_prefix("http://registry.example").unwrap();
        let map = web.get(path);
        assert_eq!(map.status, StatusCode::OK);
        assert_eq!(map.header("content-type"), "application/xml");
        named.push_str(&map.text);
    }
    assert!(
        named.contains(&format!("/site/{}<", church.any())),
        "{named}"
    );
    assert!(named.contains(&format!("/claim/{}<", claim_id.any())));
    assert!(!named.contains(&draft.to_string()), "a draft is named");
    assert!(
        !named.contains(&seen.any().to_string()),
        "an unpublished assessment is named"
    );
    for wrong in ["x", "site~~", "link~~.xml~", "dragon~~.xml", "site~zz~.xml"] {
        assert_eq!(
            web.get(&format!("/sitemap/{wrong}")).status,
            StatusCode::NOT_FOUND
        );
    }
    // Kinds that are not mapped are not told one by one, whoever asks.
    assert!(!web.get("/sitemap/review~~.xml").text.contains("<loc>"));
}

#[test]
fn the_address_of_the_settings_goes_before_the_host() {
    let house = House::new();
    let (church, ..) = claimed(&house);
    let folder = house.folder.path().join("data");
    let toml = folder.join("stele.toml");
    let text = std::fs::read_to_string(&toml).unwrap();
    let more = "address = \"https://stele.example/\"\npublisher = \"A desk\"\nlicence = \"https://creativecommons.org/licenses/by/4.0/\"\ncontact = \"desk@stele.example\"\n";
    std::fs::write(&toml, format!("{text}{more}")).unwrap();
    let registry = stele_registry::Registry::open(&folder, None).unwrap();
    let web = Web::of(&registry);
    let ttl = web.get(&format!("/site/{}?f=ttl", church.any())).text;
    assert!(
        ttl.contains("<https://stele.example/site/") && !ttl.contains("registry.example"),
        "{ttl}"
    );
    let catalogue = web.get("/catalogue?f=ttl").text;
    for said in [
        "\"A desk\"",
        "licenses/by/4.0/>",
        "mailto:desk@stele.example",
    ] {
        assert!(catalogue.contains(said), "{said}: {catalogue}");
    }
    for (line, why) in [
        ("address = \"stele.example\"", "address is"),
        ("licence = \"CC BY\"", "licence is"),
        ("contact = \"desk\"", "contact is"),
        ("publisher = \"\"", "publisher is"),
    ] {
        std::fs::write(&toml, format!("{text}{line}\n")).unwrap();
        let refused = stele_registry::Registry::open(&folder, None).err().unwrap();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
