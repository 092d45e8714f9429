//! The shared articles, each against what a careful reader finds in it.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use stele_formats::{propose, read};

fn articles() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/articles");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

fn proposals(file: &Path) -> Vec<Value> {
    let document = read(&std::fs::read(file).unwrap()).unwrap();
    let found = propose(&document);
    let chars: Vec<char> = document.text.chars().collect();
    for proposal in &found {
        let (start, end) = (
            proposal.passage.start.unwrap() as usize,
            proposal.passage.end.unwrap() as usize,
        );
        let there: String = chars[start..end].iter().collect();
        assert_eq!(
            there, proposal.passage.exact,
            "a passage stands where it says"
        );
    }
    found
        .iter()
        .map(|p| serde_json::to_value(p).unwrap())
        .collect()
}

fn predicate_fits(asserted: &str, predicate: &str) -> bool {
    match asserted {
        "victims of vandalism" => predicate == "victim",
        "destroyed" => predicate == "destroyed",
        "lost" => predicate == "missing",
        "damaged" | "damaged (verified)" => predicate == "damaged",
        "damaged or destroyed" => predicate == "damaged_or_destroyed",
        other => panic!("the test does not know \"{other}\""),
    }
}

/// Everything `expected.json` lists is proposed, with party, predicate, count and holdings.
fn check(name: &str, folder: &Path) -> Vec<Value> {
    let found = proposals(&folder.join(format!("{name}.txt")));
    let expected: Value = serde_json::from_slice(
        &std::fs::read(folder.join(format!("{name}.expected.json"))).unwrap(),
    )
    .unwrap();
    let list = |key: &str| expected[key].as_array().cloned().unwrap_or_default();
    for wanted in list("aggregates") {
        let hit = found.iter().any(|p| {
            p["type"] == "claim"
                && p["party"]["name"] == wanted["party"]
                && p["aggregate"]["category"] == wanted["category"]
                && p["aggregate"]["count"]["value"] == wanted["count"]["value"]
                && p["aggregate"]["count"]["qualifier"] == wanted["count"]["qualifier"]
                && predicate_fits(
                    wanted["asserted"].as_str().unwrap(),
                    p["predicate"].as_str().unwrap(),
                )
                && wanted
                    .get("holdings")
                    .is_none_or(|h| *h == p["aggregate"]["holdings"])
        });
        assert!(hit, "{name}: not proposed: {wanted}");
    }
    let counted = found
        .iter()
        .filter(|p| p["type"] == "claim" && !p["aggregate"].is_null())
        .count();
    let by_area = expected["by_area"].as_object().map_or(0, |m| m.len());
    assert_eq!(
        counted,
        list("aggregates").len() + by_area,
        "{name}: nothing else is counted"
    );
    for (area, n) in expected["by_area"].as_object().into_iter().flatten() {
        let hit = found.iter().any(|p| {
            p["aggregate"]["count"]["value"] == *n
                && p["aggregate"]["areas"][0]
                    .as_str()
                    .is_some_and(|a| a.starts_with(area.as_str()))
        });
        assert!(hit, "{name}: {n} in {area}");
    }
    for wanted in list("sites") {
        let hit = found
            .iter()
            .any(|p| p["site"]["name"] == wanted["name"] && p["party"]["name"] == wanted["party"]);
        assert!(hit, "{name}: not proposed: {wanted}");
    }
    assert_eq!(
        found.iter().filter(|p| !p["site"].is_null()).count(),
        list("sites").len(),
        "{name}: no other site"
    );
    for wanted in list("missions") {
        let hit = found.iter().any(|p| {
            p["type"] == "mission"
                && p["organisations"] == wanted["organisations"]
                && wanted["stage"]
                    .as_str()
                    .unwrap()
                    .contains(p["stage"].as_str().unwrap())
                && wanted
                    .get("area")
                    .is_none_or(|a| p["areas"].as_array().unwrap().contains(a))
        });
        assert!(hit, "{name}: not proposed: {wanted}");
    }
    found
}

#[test]
fn the_article_stele_started_from() {
    let Some(folder) = articles() else { return };
    let found = check("2021-06-23-azernews", &folder);
    let claims = || found.iter().filter(|p| p["type"] == "claim");
    assert!(claims().all(|p| p["stated"] == "2021-05-01/2021-05-10"
        && p["asserted_characterisation"] == "Armenian vandalism"));
    assert!(
        claims().all(|p| p["aggregate"]["count"]["value"] != 300),
        "villages are no damage"
    );
    let genocide = found
        .iter()
        .filter(|p| p.to_string().contains("genocide"))
        .collect::<Vec<_>>();
    assert_eq!(genocide.len(), 1);
    assert_eq!(
        (&genocide[0]["type"], &genocide[0]["party"]["name"]),
        (&"position".into(), &"experts".into())
    );
    let areas: Vec<&str> = found
        .iter()
        .filter(|p| p["type"] == "area")
        .filter_map(|p| p["name"].as_str())
        .collect();
    for area in [
        "Kalbajar",
        "Aghdam",
        "Lachin",
        "Fuzuli district",
        "Shusha city",
    ] {
        assert!(areas.contains(&area), "{area} in {areas:?}");
    }
    let instruments: Vec<&str> = found
        .iter()
        .filter(|p| p["type"] == "instrument")
        .filter_map(|p| p["name"].as_str())
        .collect();
    assert!(
        instruments
            .iter()
            .any(|i| i.starts_with("1954 Hague Convention")),
        "{instruments:?}"
    );
    let response = found.iter().find(|p| p["issue"] == "response").unwrap();
    assert_eq!(
        (&response["party"]["name"], &response["awaits"]),
        (
            &"Azerbaijan".into(),
            &serde_json::json!(["UNESCO", "UNHCR"])
        )
    );
    let unesco = found
        .iter()
        .find(|p| p["type"] == "mission" && p["organisations"][0] == "UNESCO")
        .unwrap();
    assert_eq!(unesco["steps"][0]["stage"], "invited");
}

#[test]
fn the_other_articles() {
    let Some(folder) = articles() else { return };
    let timbuktu = check("timbuktu-2013", &folder);
    assert!(
        !timbuktu
            .iter()
            .any(|p| p["aggregate"]["count"]["value"] == 300_000),
        "what was brought out is not lost"
    );
    let ukraine = check("ukraine-2022-10", &folder);
    assert!(
        ukraine
            .iter()
            .all(|p| p.get("asserted_perpetrator").is_none()),
        "UNESCO names nobody"
    );
    check("ukraine-ru-2023", &folder);
}
