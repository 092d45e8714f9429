//! Every command and every name it prints for programs stands in docs/commands.md.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const DOCS: &str = include_str!("../../../docs/commands.md");

fn stele(args: &[&str]) -> (bool, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_stele"))
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.success(), text(out.stdout), text(out.stderr))
}

/// The part of the page under a command's heading.
fn section(command: &str) -> &'static str {
    let at = DOCS
        .match_indices("\n## ")
        .map(|(at, _)| at + 1)
        .find(|at| {
            let heading = DOCS[*at..].lines().next().unwrap();
            heading.contains(&format!("`stele {command}"))
        })
        .unwrap_or_else(|| panic!("docs/commands.md has no section for stele {command}"));
    let rest = &DOCS[at..];
    &rest[..rest[3..].find("\n## ").map_or(rest.len(), |end| end + 3)]
}

#[track_caller]
fn named(command: &str, value: &Value) {
    let first = match value {
        Value::Array(rows) => rows.first().cloned().unwrap_or(Value::Null),
        one => one.clone(),
    };
    let names: BTreeSet<String> = first
        .as_object()
        .unwrap_or_else(|| panic!("{command}: {value} has no names"))
        .keys()
        .cloned()
        .collect();
    for name in names {
        assert!(
            section(command).contains(&format!("`{name}`")),
            "docs/commands.md does not tell of `{name}` of stele {command}"
        );
    }
}

#[test]
fn every_command_has_a_section() {
    let (_, help, _) = stele(&["--help"]);
    let commands = help.lines().skip_while(|l| *l != "Commands:").skip(1);
    let mut seen = 0;
    for line in commands.take_while(|l| !l.is_empty()) {
        let name = line.split_whitespace().next().unwrap();
        if line.starts_with("  ") && !line.starts_with("   ") && name != "help" {
            assert!(!section(name).is_empty());
            seen += 1;
        }
    }
    assert!(seen >= 12, "{help}");
}

#[test]
fn what_is_printed_for_programs_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("registry");
    let data = at.to_str().unwrap();
    let run = |args: &[&str]| -> Value {
        let (ok, out, err) = stele(&[args, &["--json"]].concat());
        assert!(ok, "{args:?}: {err}");
        serde_json::from_str(&out).unwrap()
    };
    named(
        "init",
        &run(&["init", data, "--name", "Told", "--admin", "a@b.example"]),
    );
    let article = folder.path().join("article.txt");
    std::fs::write(
        &article,
        "Losses\n9 May 2021\n\nUNESCO said that 12 mosques in Mosul were destroyed in 2014.",
    )
    .unwrap();
    let article = article.to_str().unwrap();
    let proposed = run(&["ingest", "--data", data, article, "--propose"]);
    named("ingest", &proposed);
    named("ingest", &proposed["source"]);
    let accept = [
        "ingest",
        "--data",
        data,
        article,
        "--accept",
        "all",
        "--publisher",
        "Paper",
    ];
    named("ingest", &run(&accept));
    named("ingest", &run(&accept));
    let claims = run(&["list", "--data", data, "claims"]);
    named("list", &claims);
    let id = claims[0]["id"].as_str().unwrap();
    named("show", &run(&["show", "--data", data, id]));
    let file = folder.path().join("claims.gpkg");
    let file = file.to_str().unwrap();
    named(
        "export",
        &run(&["export", "--data", data, "claims", "--out", file]),
    );
    let snapshot = run(&["snapshot", "--data", data]);
    named("snapshot", &snapshot);
    named("snapshot", &snapshot["files"]);
    named("verify", &run(&["verify", "--data", data]));
    named("rebuild", &run(&["rebuild", "--data", data]));
    named(
        "user",
        &run(&["user", "--data", data, "link", "a@b.example"]),
    );
    let token = ["token", "--data", data];
    let run_token = |args: &[&str]| run(&[&token, args].concat());
    let made = run_token(&["add", "a@b.example", "--name", "told", "--scope", "read"]);
    named("token", &made);
    named("token", &run_token(&["list", "a@b.example"]));
    let id = made["made"]["id"].as_str().unwrap();
    named("token", &run_token(&["revoke", "a@b.example", id]));
    let (ok, out, err) = stele(&["show", "--data", data, "nothing", "--json"]);
    assert!(!ok && out.is_empty());
    let refused: Value = serde_json::from_str(&err).unwrap();
    assert!(
        refused["error"]
            .as_str()
            .is_some_and(|e| e.contains("nothing"))
    );
}

#[test]
fn manual_pages_are_written_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let (ok, _, err) = stele(&["man", "--to", folder.path().to_str().unwrap()]);
    assert!(ok, "{err}");
    let page = |name: &str| std::fs::read_to_string(Path::new(folder.path()).join(name)).unwrap();
    assert!(page("stele.1").contains("stele\\-ingest"));
    assert!(page("stele-ingest.1").contains("\\-\\-propose"));
    let (ok, one, _) = stele(&["man", "ingest"]);
    assert!(ok && one.contains("\\-\\-propose"));
    assert!(!stele(&["man", "nonsense"]).0);
}
