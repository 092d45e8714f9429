//! `stele import` and `stele retract` as a script uses them.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

struct House(TempDir);

impl House {
    fn new() -> Self {
        let house = House(tempfile::tempdir().unwrap());
        let (ok, _, err) = house.run(&[
            "init",
            house.data().to_str().unwrap(),
            "--name",
            "Lists",
            "--admin",
            "a@b.example",
        ]);
        assert!(ok, "{err}");
        house
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("registry")
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stele"));
        command.args(args).env("STELE_DATA", self.data());
        command
    }

    fn run(&self, args: &[&str]) -> (bool, String, String) {
        let out = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (out.status.success(), text(out.stdout), text(out.stderr))
    }

    fn json(&self, args: &[&str]) -> Value {
        let (ok, out, err) = self.run(&[args, &["--json"]].concat());
        assert!(ok, "{args:?}: {err}");
        serde_json::from_str(&out).unwrap()
    }

    fn count(&self, kind: &str) -> usize {
        self.json(&["list", kind]).as_array().unwrap().len()
    }
}

const LIST: &str = "Nr;Adı;Növü;Rayon;Koordinatlar\n\
    1;Yuxarı məscid;məscid;Şuşa;39,7601 46,7501\n\
    2;Mərkəzi kitabxana;kitabxana;Şuşa;\n\
    3;=cmd|' /C calc'!A0;;Şuşa;200 300\n";

#[test]
fn columns_are_shown_then_tried_then_read_in_and_taken_back() {
    let house = House::new();
    let list = house.file("list.csv", LIST);
    let import = |more: &[&str]| {
        let args = ["import", &list, "--as", "sites", "--party", "A Ministry"];
        house.json(&[&args[..], more].concat())
    };
    let look = import(&["--columns"]);
    let mapping = look["mapping"].as_str().unwrap();
    assert!(
        mapping.contains("\"Adı\" = \"name\"") && mapping.contains("Rayon = \"area district\""),
        "{mapping}"
    );
    let map = house.file("map.toml", &mapping.replace("\"name\"", "\"name az\""));

    let tried = import(&["--map", &map, "--dry-run"]);
    assert_eq!(
        (&tried["read"], &tried["recorded"], &tried["refused"]),
        (&3.into(), &2.into(), &1.into())
    );
    assert_eq!(house.count("sites"), 0);

    let refused = house.0.path().join("refused.csv");
    let done = import(&["--map", &map, "--refused", refused.to_str().unwrap()]);
    assert_eq!(done["recorded"], 2);
    let told = &done["refusals"][0];
    assert_eq!(told["row"], 4);
    assert_eq!(told["column"], "Koordinatlar");
    let csv = std::fs::read_to_string(&refused).unwrap();
    assert!(
        csv.lines().nth(1).unwrap().starts_with("4,Koordinatlar,"),
        "{csv}"
    );
    let sites = house.json(&["list", "sites"]);
    let names = |site: &Value| site["data"]["names"][0]["lang"].clone();
    assert!(
        sites
            .as_array()
            .unwrap()
            .iter()
            .all(|site| names(site) == "az")
    );

    let again = import(&[]);
    assert_eq!(
        again["unchanged"], 2,
        "its columns are read as the last time"
    );
    let id = done["import"].as_str().unwrap();
    let back = house.json(&["retract", id, "--reason", "the wrong list"]);
    assert_eq!(back["retracted"], id);
    assert_eq!(house.count("sites"), 0);
    assert_eq!(house.json(&["verify"])["ok"], true);
    let before = house.run(&["dump"]).1;
    house.json(&["rebuild"]);
    assert_eq!(
        house.run(&["dump"]).1,
        before,
        "the state follows from the ledger"
    );
}

#[test]
fn what_cannot_be_read_in_is_said_with_what_to_do() {
    let house = House::new();
    for (text, map, says) in [
        ("", "", "empty"),
        ("x,y\n1,2\n", "", "no column holds a name"),
        (
            "name\nA\n",
            "[columns]\nName = \"name\"",
            "the list has: name",
        ),
        (
            "name\nA\n",
            "[columns]\nname = \"nom\"",
            "\"nom\" is no field",
        ),
        (
            "name,e,n\nA,1,2\n",
            "[columns]\nname = \"name\"\ne = \"easting\"\nn = \"northing\"",
            "epsg",
        ),
    ] {
        let list = house.file("bad.csv", text);
        let map = house.file("map.toml", map);
        let mut args = vec!["import", &list, "--as", "claims", "--party", "P"];
        if !map.is_empty() && std::fs::metadata(&map).unwrap().len() > 0 {
            args.extend(["--map", &map]);
        }
        let (ok, out, err) = house.run(&args);
        assert!(!ok && out.is_empty(), "{text}: {out}");
        assert!(err.contains(says), "{says}: {err}");
        assert_eq!(house.count("sites"), 0);
    }
}

/// Killed at any moment, an import leaves all of itself or nothing, and can be run again.
#[test]
fn killed_while_reading_a_list_in() {
    let house = House::new();
    let mut text = String::from("id,name,lat,lon\n");
    for i in 0..6_000 {
        text.push_str(&format!(
            "{i},Place number {i},39.{:04},46.{:04}\n",
            i % 10_000,
            (i * 7) % 10_000
        ));
    }
    let list = house.file("long.csv", &text);
    let args = ["import", &list, "--as", "sites", "--party", "P"];
    for round in 0..6u64 {
        let mut child = house
            .command(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not a sleep for something to happen: each round is killed after more work than the last.
        (0..round * 60_000_000).for_each(|n| {
            std::hint::black_box(n);
        });
        let _ = child.kill();
        child.wait().unwrap();
        let verified = house.json(&["verify"]);
        assert_eq!(verified["ok"], true, "round {round}: {verified}");
        let sites = house.count("sites");
        assert!(sites == 0 || sites == 6_000, "round {round}: {sites}");
        assert_eq!(
            house.count("imports") > 0,
            sites > 0,
            "round {round}: all or nothing"
        );
    }
    house.json(&args);
    assert_eq!(house.count("sites"), 6_000);
    assert_eq!(house.json(&["verify"])["ok"], true);
}
