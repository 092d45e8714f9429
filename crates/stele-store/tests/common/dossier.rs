//! A small dossier in which every rule has something to work on.

use super::{id, record, revised, site_at, withdrawn};
use serde_json::{Value, json};
use stele_model::Record;

/// One record of the dossier, and the deeds it was made in knowledge of, by name.
#[derive(Debug, Clone)]
pub struct Deed {
    pub name: &'static str,
    pub record: Record,
    pub after: Vec<&'static str>,
}

const STATE: u64 = 1;
const MINISTRY: u64 = 2;
const AGENCY: u64 = 3;
const OTHER_STATE: u64 = 4;
const OBSERVERS: u64 = 5;
const PAPER: u64 = 6;
const REPORT: u64 = 11;
const COPY: u64 = 12;
const COPY_OF_COPY: u64 = 13;
const QUOTES: u64 = 14;
const OWN: u64 = 15;
const AREA: u64 = 20;
const BRIDGE: u64 = 21;
const BRIDGE_AGAIN: u64 = 22;
const CHAPEL: u64 = 23;
const WELL: u64 = 24;
const TOWER: u64 = 25;
const AGGREGATE: u64 = 30;
const MISSION: u64 = 80;
const SAMPLE: u64 = 95;

fn party(n: u64, name: &str, belongs_to: &[u64]) -> Record {
    let belongs_to: Vec<_> = belongs_to.iter().map(|n| id(*n)).collect();
    record(
        n,
        "party",
        json!({"names": [{"text": name, "lang": "en"}], "kind": "other", "belongs_to": belongs_to}),
    )
}

fn source(n: u64, publisher: u64, quotes_only: &[u64]) -> Record {
    let quotes_only: Vec<_> = quotes_only.iter().map(|n| id(*n)).collect();
    let data = json!({"title": format!("Source {n}"), "kind": "article", "publisher": id(publisher), "quotes_only": quotes_only});
    record(n, "source", data)
}

fn link(n: u64, kind: &str, from: u64, to: u64, more: Value) -> Record {
    let mut data = json!({"kind": kind, "from": id(from), "to": id(to)});
    data.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    record(n, "link", data)
}

fn claim(n: u64, party: u64, source: u64, subject: Value, predicate: &str) -> Record {
    let data = json!({"party": id(party), "source": id(source), "subject": subject, "predicate": predicate,
        "words": format!("words of claim {n}"), "stated": "2021-03"});
    record(n, "claim", data)
}

fn on_site(n: u64) -> Value {
    json!({"site": id(n)})
}

fn retraction(n: u64, claim: u64, party: u64) -> Record {
    record(
        n,
        "retraction",
        json!({"claim": id(claim), "party": id(party), "source": id(OWN), "words": "we take it back"}),
    )
}

fn assessment(n: u64, site: u64, organisation: u64, grade: &str) -> Record {
    let data = json!({"site": id(site), "observed": "2021-05-03", "method": "on_site", "organisation": id(organisation),
        "observers": 2, "examined": "all of it", "grade": grade, "certainty": "high"});
    record(n, "assessment", data)
}

fn finding(n: u64, site: u64, conclusion: &str, as_at: &str, supersedes: Option<u64>) -> Record {
    let mut data = json!({"site": id(site), "conclusion": conclusion, "rationale": "as seen", "standard": "reasonable_grounds",
        "as_at": as_at, "assessments": [id(60)], "author": "ana", "interest": {"interest": "none"}});
    if let Some(earlier) = supersedes {
        data["supersedes"] = json!(id(earlier));
    }
    record(n, "finding", data)
}

fn publication(n: u64, finding: u64) -> Record {
    record(
        n,
        "publication",
        json!({"finding": id(finding), "on": "2021-06-01", "policy": "floor-1"}),
    )
}

fn step(n: u64, stage: &str, on: &str) -> Record {
    record(
        n,
        "mission_step",
        json!({"mission": id(MISSION), "stage": stage, "on": on, "according_to": id(OBSERVERS),
        "awaits": [id(STATE)], "source": id(OWN)}),
    )
}

fn named(mut record: Record, text: &str, lang: &str) -> Record {
    let mut json = record.to_json();
    json["data"]["names"]
        .as_array_mut()
        .unwrap()
        .push(json!({"text": text, "lang": lang}));
    record.body = Record::from_json(json).unwrap().body;
    record
}

/// Every deed, in the order they were made. A deed may stand anywhere in an order of arrival.
pub fn dossier() -> Vec<Deed> {
    let undo = |link: u64| json!({"undoes": id(link)});
    let none = || json!({});
    let bridge = || named(site_at(BRIDGE, 46.75, 39.76), "Şuşa körpüsü", "az");
    let aggregate = |count: u64| {
        record(
            AGGREGATE,
            "aggregate",
            json!({"category": "bridge", "count": {"value": count, "qualifier": "exactly"}, "areas": [id(AREA)]}),
        )
    };
    let mission = record(
        MISSION,
        "mission",
        json!({"title": "Visit", "kind": "technical", "organisations": [id(OBSERVERS)], "itinerary": [id(BRIDGE)]}),
    );
    let position = record(
        84,
        "position",
        json!({"actor": id(STATE), "about": id(MISSION), "issue": "response",
        "position": "awaits an answer", "awaits": [id(OBSERVERS)], "since": "2021-01", "source": id(REPORT)}),
    );
    let review = record(
        75,
        "review",
        json!({"finding": id(70), "reviewer": "ben", "decision": "approve", "reason": "sound", "interest": {"interest": "none"}}),
    );
    let area = record(
        AREA,
        "area",
        json!({"names": [{"text": "Նոր շրջան", "lang": "hy"}], "kind": "district",
        "location": {"geometry": {"type": "Polygon", "coordinates": [[[46, 39], [47, 39], [47, 40], [46, 40], [46, 39]]]}}}),
    );
    let evidence = record(
        65,
        "evidence",
        json!({"sha256": "a".repeat(64), "size_bytes": 3, "media_type": "image/png", "original_name": "b.png", "restriction": "public"}),
    );

    let first = |name: &'static str, record: Record| Deed {
        name,
        record,
        after: vec![],
    };
    let later = |name: &'static str, record: Record, after: &[&'static str]| Deed {
        name,
        record,
        after: after.to_vec(),
    };
    vec![
        first("state", party(STATE, "State", &[])),
        first("ministry", party(MINISTRY, "Ministry", &[STATE])),
        first("agency", party(AGENCY, "Agency", &[MINISTRY])),
        first("other state", party(OTHER_STATE, "Other State", &[])),
        first("observers", party(OBSERVERS, "Observers", &[])),
        first("paper", party(PAPER, "Paper", &[])),
        first("report", source(REPORT, MINISTRY, &[])),
        first("copy", source(COPY, PAPER, &[])),
        first("copy of copy", source(COPY_OF_COPY, OTHER_STATE, &[])),
        first("quotes", source(QUOTES, PAPER, &[AGENCY])),
        first("own", source(OWN, OBSERVERS, &[])),
        first("area", area),
        first("bridge", bridge()),
        first("bridge again", site_at(BRIDGE_AGAIN, 46.76, 39.77)),
        first(
            "chapel",
            record(
                CHAPEL,
                "site",
                json!({"kind": "place", "names": [{"text": "Часовня", "lang": "ru"}], "category": "church"}),
            ),
        ),
        first("aggregate", aggregate(7)),
        first(
            "copy copies report",
            link(40, "copies", COPY, REPORT, none()),
        ),
        first(
            "copy of copy copies copy",
            link(41, "copies", COPY_OF_COPY, COPY, none()),
        ),
        first(
            "bridge of aggregate",
            link(
                42,
                "item_of",
                BRIDGE,
                AGGREGATE,
                json!({"identified": true}),
            ),
        ),
        first(
            "bridge again of aggregate",
            link(43, "item_of", BRIDGE_AGAIN, AGGREGATE, none()),
        ),
        first(
            "chapel of aggregate",
            link(
                44,
                "item_of",
                CHAPEL,
                AGGREGATE,
                json!({"excluded": "not a bridge"}),
            ),
        ),
        first(
            "same bridge",
            link(45, "same_as", BRIDGE, BRIDGE_AGAIN, none()),
        ),
        first(
            "ministry on bridge",
            claim(50, MINISTRY, REPORT, on_site(BRIDGE), "damaged"),
        ),
        first(
            "paper on bridge",
            claim(51, PAPER, QUOTES, on_site(BRIDGE), "destroyed"),
        ),
        first(
            "other state on bridge",
            claim(52, OTHER_STATE, COPY_OF_COPY, on_site(BRIDGE), "damaged"),
        ),
        // One origin or two, by what copies what.
        first("well", site_at(WELL, 46.5, 39.5)),
        first(
            "ministry on well",
            claim(90, MINISTRY, REPORT, on_site(WELL), "damaged"),
        ),
        first(
            "other state on well",
            claim(91, OTHER_STATE, COPY_OF_COPY, on_site(WELL), "damaged"),
        ),
        // One voice or two, by who belongs to whom.
        first("tower", site_at(TOWER, 179.5, -16.5)),
        first(
            "ministry on tower",
            claim(92, MINISTRY, OWN, on_site(TOWER), "looted"),
        ),
        first(
            "paper on tower",
            claim(93, PAPER, QUOTES, on_site(TOWER), "looted"),
        ),
        first(
            "paper on chapel",
            claim(53, PAPER, COPY, on_site(CHAPEL), "burned"),
        ),
        first(
            "observers on chapel",
            claim(54, OBSERVERS, OWN, on_site(CHAPEL), "damaged"),
        ),
        first(
            "ministry on aggregate",
            claim(
                55,
                MINISTRY,
                REPORT,
                json!({"aggregate": id(AGGREGATE)}),
                "damaged",
            ),
        ),
        first("retracted", retraction(57, 54, OBSERVERS)),
        first("not theirs to retract", retraction(58, 50, PAPER)),
        first("evidence", evidence),
        first("observed", assessment(60, BRIDGE, OBSERVERS, "severe")),
        first(
            "observed by agency",
            assessment(61, BRIDGE_AGAIN, AGENCY, "destroyed"),
        ),
        first(
            "finding",
            finding(70, BRIDGE, "damaged", "2021-05-10", None),
        ),
        first("review", review),
        first("publication", publication(76, 70)),
        first("mission", mission),
        first(
            "sample",
            record(
                SAMPLE,
                "sampling_plan",
                json!({"aggregate": id(AGGREGATE), "mission": id(MISSION), "drawn_on": "2021-03", "seed": "seed", "level": 950,
                    "frame": {"count": 2, "sha256": "0".repeat(64)}, "method": "drawn",
                    "strata": [{"area": id(AREA), "sites": [id(BRIDGE), id(CHAPEL)], "drawn": [id(BRIDGE)]}]}),
            ),
        ),
        first("proposed", step(81, "proposed", "2021-01")),
        first("awaiting", step(82, "awaiting_response", "2021-02")),
        first("position", position),
        first(
            "later finding",
            finding(71, BRIDGE_AGAIN, "no_damage", "2021-07-01", Some(70)),
        ),
        first("later publication", publication(77, 71)),
        // What corrects, competes, undoes and takes back.
        later(
            "agency on its own",
            revised(party(AGENCY, "Agency", &[OTHER_STATE]), &[]),
            &["agency"],
        ),
        later(
            "aggregate corrected",
            revised(aggregate(9), &[]),
            &["aggregate"],
        ),
        later(
            "bridge corrected",
            revised(site_at(BRIDGE, 46.75, 39.7601), &[]),
            &["bridge"],
        ),
        later(
            "bridge corrected elsewhere",
            revised(named(bridge(), "Мост", "ru"), &[]),
            &["bridge"],
        ),
        later(
            "claim about the other",
            revised(
                claim(50, MINISTRY, REPORT, on_site(BRIDGE_AGAIN), "damaged"),
                &[],
            ),
            &["ministry on bridge"],
        ),
        later(
            "chapel claim withdrawn",
            withdrawn(claim(53, PAPER, COPY, on_site(CHAPEL), "burned"), &[]),
            &["paper on chapel"],
        ),
        later(
            "copy quotes",
            revised(source(COPY, PAPER, &[OBSERVERS]), &[]),
            &["copy"],
        ),
        later(
            "report quotes",
            revised(source(REPORT, MINISTRY, &[AGENCY, OTHER_STATE]), &[]),
            &["report"],
        ),
        first(
            "not the same",
            link(46, "same_as", BRIDGE, BRIDGE_AGAIN, undo(45)),
        ),
        first("no copy", link(47, "copies", COPY, REPORT, undo(40))),
        first(
            "the same after all",
            link(48, "same_as", BRIDGE, BRIDGE_AGAIN, undo(46)),
        ),
        later(
            "item withdrawn",
            withdrawn(link(43, "item_of", BRIDGE_AGAIN, AGGREGATE, none()), &[]),
            &["bridge again of aggregate"],
        ),
        later(
            "publication withdrawn",
            withdrawn(publication(77, 71), &[]),
            &["later publication"],
        ),
        later("mission deployed", step(83, "deployed", "2021-04"), &[]),
        later(
            "awaiting corrected",
            revised(step(82, "declined", "2021-02-05"), &[]),
            &["awaiting"],
        ),
        later(
            "area withdrawn",
            withdrawn(
                record(
                    AREA,
                    "area",
                    json!({"names": [{"text": "Նոր շրջան", "lang": "hy"}], "kind": "district"}),
                ),
                &[],
            ),
            &["area"],
        ),
        later(
            "chapel back",
            revised(claim(53, PAPER, COPY, on_site(CHAPEL), "burned"), &[]),
            &["chapel claim withdrawn"],
        ),
    ]
}
