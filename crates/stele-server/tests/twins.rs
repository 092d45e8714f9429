//! Whatever a person can do in the pages a program can do too: each route of the pages has its twin in
//! the API, or a reason why it has none.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use stele_server::api::operations;

const ROUTES: &str = include_str!("../src/lib.rs");

/// Routes of pages with the operations that stand for them; where there is none, why.
const TWINS: &[(&str, Result<&[&str], &str>)] = &[
    ("/", Ok(&["overview"])),
    (
        "/assets/{version}/{*name}",
        Err("style sheet, script and fonts of the pages"),
    ),
    (
        "/map",
        Err("a drawing; programs ask the search, or the OGC API beside it"),
    ),
    ("/map/hits", Ok(&["search"])),
    (
        "/map/picture.svg",
        Err("a drawing of what the search gives"),
    ),
    ("/map/ground", Err("part of the drawing")),
    ("/map/basemap/{number}", Err("part of the drawing")),
    ("/search", Ok(&["search"])),
    ("/search/suggest", Ok(&["suggest"])),
    ("/ledger", Ok(&["ledger"])),
    ("/ledger/checkpoint", Ok(&["checkpoint"])),
    ("/ledger/proof/{id}", Ok(&["proof"])),
    ("/lineage/{id}", Ok(&["claim_lineage"])),
    ("/data", Err("a page of downloads; /data.json is its twin")),
    ("/data.json", Err("for programs at this very address")),
    ("/data/{name}", Err("for programs at this very address")),
    (
        "/data/snapshots/{name}/{file}",
        Err("for programs at this very address"),
    ),
    ("/changes", Err("for programs at this very address")),
    (
        "/about",
        Err("a text for people; the document tells the same"),
    ),
    ("/gallery", Err("components of the pages")),
    ("/sign-in", Err("programs send a token")),
    (
        "/sign-out",
        Err("programs have no session; a token is revoked"),
    ),
    ("/welcome/{token}", Err("a person chooses a password")),
    ("/accounts", Ok(&["list_accounts", "invite"])),
    ("/tokens", Ok(&["list_tokens"])), // Making one is for a person: a token does not make tokens.
    ("/tokens/{id}/revoke", Ok(&["revoke_token"])),
    ("/read-in", Ok(&["list_intakes", "read_in"])),
    ("/read-in/{id}", Ok(&["get_intake", "decide_intake"])),
    ("/matching", Ok(&["matching", "search_pairs"])),
    ("/matching/next", Ok(&["next_pair"])),
    (
        "/matching/list/{id}",
        Err("leads to the page of the record; programs have its id"),
    ),
    ("/matching/accept", Ok(&["accept_pairs"])),
    ("/matching/undo", Ok(&["undo_pairs"])),
    ("/matching/pair/{a}/{b}", Ok(&["get_pair", "decide_pair"])),
    ("/read-list", Ok(&["list_imports", "send_list"])),
    ("/read-list/{id}", Ok(&["get_list", "map_list", "run_list"])),
    (
        "/read-list/{id}/first-rows",
        Err("shows a person what their choices do; programs try the list"),
    ),
    ("/read-list/{id}/refused.csv", Ok(&["refused_rows"])),
    ("/retract/{id}", Ok(&["retract_import"])),
    (
        "/record",
        Err("a choice of forms; the document lists the kinds"),
    ),
    (
        "/record/{kind}",
        Ok(&["record", "check_records", "send_file"]),
    ),
    (
        "/revise/{id}",
        Ok(&["whole_record", "revise_record", "withdraw_record"]),
    ),
    ("/evidence/{id}/file", Ok(&["evidence_file"])),
    (
        "/evidence/{id}/compare",
        Err("a choice of files to look at side by side"),
    ),
    (
        "/evidence/{id}/compare/{other}",
        Err("two files looked at side by side; programs fetch them"),
    ),
    ("/sample", Ok(&["lay_out_sample", "draw_sample"])),
    ("/sampling_plan/{id}/visit", Ok(&["sample"])),
    ("/sampling_plan/{id}/estimate.json", Ok(&["sample"])),
    ("/aggregate/{id}/missing", Ok(&["aggregate_missing"])),
    (
        "/aggregate/{id}/by-rule",
        Ok(&["aggregate_rule", "link_by_rule"]),
    ),
    ("/aggregate/{id}/by-rule/undo", Ok(&["undo_rule"])),
    ("/aggregate/{id}/items.csv", Ok(&["aggregate_items"])),
    ("/aggregate/{id}/unlisted", Ok(&["aggregate_unlisted"])),
    ("/aggregate/{id}/unlisted.json", Ok(&["aggregate_unlisted"])),
    (
        "/vocabulary",
        Err("linked data for programs at this very address"),
    ),
    (
        "/vocabulary/{list}",
        Err("linked data for programs at this very address"),
    ),
    (
        "/vocabulary/{list}/{word}",
        Err("linked data for programs at this very address"),
    ),
    (
        "/catalogue",
        Err("linked data for programs at this very address"),
    ),
    ("/context.jsonld", Err("for programs at this very address")),
    ("/robots.txt", Err("for programs at this very address")),
    ("/sitemap.xml", Err("for programs at this very address")),
    ("/sitemap/{map}", Err("for programs at this very address")),
    ("/{plural}", Ok(&["list_records"])),
    (
        "/{kind}/{id}",
        Ok(&[
            "get_record",
            "related_records",
            "record_history",
            "record_figures",
            "mission_board",
            "finding_unmet",
            "aggregate_overlaps",
        ]),
    ),
];

/// Paths of the calls to `.route(` in a source text.
fn routes(source: &str) -> Vec<&str> {
    let calls = source.split(".route(").skip(1);
    calls
        .filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next())
        .collect()
}

#[test]
fn every_page_has_its_twin_or_a_reason() {
    let twins: BTreeMap<&str, _> = TWINS.iter().copied().collect();
    let routes = routes(ROUTES);
    assert!(routes.len() > 40, "the routes are found in the source");
    for route in &routes {
        // Doors of their own are told of by their own documents.
        if route.starts_with("/ogc") {
            continue;
        }
        assert!(
            twins.contains_key(route),
            "{route} has neither a twin in the API nor a reason in TWINS"
        );
    }
    for route in twins.keys() {
        assert!(
            routes.contains(route),
            "{route} is no route of a page any more"
        );
    }
}

#[test]
fn every_twin_is_an_operation_and_every_operation_has_a_name_of_its_own() {
    let operations = operations();
    let mut ids: Vec<&str> = operations.iter().map(|o| o.told.id).collect();
    for (route, twin) in TWINS {
        for id in twin.unwrap_or_default() {
            assert!(
                ids.contains(id),
                "{id}, the twin of {route}, is no operation"
            );
        }
    }
    let named: Vec<&str> = TWINS
        .iter()
        .flat_map(|(_, twin)| twin.unwrap_or_default())
        .copied()
        .collect();
    for id in &ids {
        assert!(*id == "me" || named.contains(id), "{id} stands for no page");
    }
    ids.sort_unstable();
    assert!(ids.windows(2).all(|w| w[0] != w[1]));
}

#[test]
fn the_document_tells_of_every_operation() {
    let document = stele_server::api::document::document();
    for operation in operations() {
        let told = &document["paths"][operation.path][operation.method];
        assert_eq!(told["operationId"], operation.told.id, "{}", operation.path);
        let open = told["security"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s == &serde_json::json!({}));
        assert_eq!(
            open,
            operation.who == stele_server::api::operation::Who::Anyone
        );
        for part in operation
            .path
            .split('/')
            .filter_map(|p| p.strip_prefix('{')?.strip_suffix('}'))
        {
            let parameters = told["parameters"].as_array().unwrap();
            assert!(
                parameters
                    .iter()
                    .any(|p| p["name"] == part && p["in"] == "path"),
                "{} has no {part}",
                operation.path
            );
        }
    }
}
