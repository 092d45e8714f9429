//! The command as a person and a script use it: real processes on real folders.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const ARTICLE: &str = "Museums lost, ministry says\n7 May 2021\n\nThe Azerbaijani Foreign Ministry said that 927 libraries with a book fund of 4.6 million and 22 museums were destroyed.\n\nAzerbaijan said that it was awaiting a response from UNESCO.\n";

struct House {
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        let house = House {
            folder: tempfile::tempdir().unwrap(),
        };
        let made = house.run(&[
            "init",
            house.data().to_str().unwrap(),
            "--name",
            "Test",
            "--admin",
            "a@b.example",
            "--json",
        ]);
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        house
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stele"));
        command
            .args(args)
            .env("STELE_DATA", self.data())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.run(args);
        assert!(
            out.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        serde_json::from_slice(&out.stdout).unwrap()
    }

    fn refused(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert_eq!(
            out.status.code(),
            Some(1),
            "{args:?}: {}",
            String::from_utf8_lossy(&out.stdout)
        );
        assert!(out.stdout.is_empty(), "nothing on standard output");
        String::from_utf8(out.stderr).unwrap()
    }

    fn ingest(&self, path: &Path, publisher: &str) -> Value {
        self.json(&[
            "ingest",
            path.to_str().unwrap(),
            "--accept",
            "all",
            "--publisher",
            publisher,
            "--json",
        ])
    }

    fn count(&self, plural: &str) -> usize {
        self.json(&["list", plural, "--json"])
            .as_array()
            .unwrap()
            .len()
    }
}

#[test]
fn an_article_is_proposed_then_recorded_then_recognised() {
    let house = House::new();
    let article = house.file("a.txt", ARTICLE);
    let proposed = house.json(&["ingest", article.to_str().unwrap(), "--propose", "--json"]);
    let first = &proposed["proposals"][0];
    assert_eq!(first["type"], "claim");
    assert_eq!(first["party"]["name"], "Azerbaijani Foreign Ministry");
    assert_eq!(
        first["aggregate"]["holdings"][0]["count"]["value"],
        4_600_000
    );
    let chars: Vec<char> = ARTICLE.chars().collect();
    let (start, end) = (
        first["passage"]["start"].as_u64().unwrap() as usize,
        first["passage"]["end"].as_u64().unwrap() as usize,
    );
    assert_eq!(
        first["passage"]["exact"],
        chars[start..end].iter().collect::<String>()
    );
    assert_eq!(house.count("claims"), 0, "proposing records nothing");
    assert_eq!(house.json(&["verify", "--json"])["entries"], 0);

    let recorded = house.ingest(&article, "The Paper");
    assert!(recorded["recorded"].as_u64().unwrap() > 5);
    assert_eq!(house.count("claims"), 2);
    assert_eq!(house.count("missions"), 1);
    let claims = house.json(&["list", "claims", "--json"]);
    let party = claims[0]["data"]["party"].as_str().unwrap();
    assert_eq!(claims[0]["named"][party], "Azerbaijani Foreign Ministry");

    let again = house.ingest(&article, "The Paper");
    assert_eq!(
        (
            again["recorded"].as_u64(),
            &again["duplicate_of"]["alike_permille"]
        ),
        (Some(0), &1000.into())
    );
    assert_eq!(house.count("claims"), 2);
    let verified = house.json(&["verify", "--json"]);
    assert_eq!(
        (&verified["ok"], &verified["entries"], &verified["evidence"]),
        (&true.into(), &1.into(), &1.into())
    );
}

#[test]
fn a_figure_is_followed_to_another_source() {
    let house = House::new();
    house.ingest(&house.file("a.txt", ARTICLE), "The Paper");
    let later = "A year on\n9 May 2022\n\nThe Azerbaijani Foreign Ministry said that 927 libraries with a book fund of 4.6 million were damaged in the region. Much has been written on it since, and more will be said.\n";
    house.ingest(&house.file("b.txt", later), "Another Paper");
    let links = house.json(&["list", "links", "--json"]);
    let links = links.as_array().unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!(links[0]["data"]["kind"], "restates");
    assert!(
        links[0]["data"]["reasons"][0]
            .as_str()
            .unwrap()
            .contains("is destroyed → is damaged"),
        "{}",
        links[0]
    );
}

#[test]
fn a_reprint_shares_its_origin() {
    let house = House::new();
    house.ingest(&house.file("a.txt", ARTICLE), "The Paper");
    let reprint = house.ingest(
        &house.file("b.txt", format!("{ARTICLE}\nReprinted with permission.\n")),
        "Another Paper",
    );
    assert!(reprint["copy_of"]["alike_permille"].as_u64().unwrap() >= 600);
    let links = house.json(&["list", "links", "--json"]);
    assert!(
        links
            .as_array()
            .unwrap()
            .iter()
            .any(|l| l["data"]["kind"] == "copies"),
        "{links}"
    );
}

#[test]
fn bad_files_are_refused_with_the_reason() {
    let house = House::new();
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("empty.txt", Vec::new(), "empty"),
        ("binary.txt", vec![0, 159, 146, 150, 0, 1], "not a text"),
        ("a.pdf", b"%PDF-1.7\n".to_vec(), "a PDF"),
        ("large.txt", vec![b'a'; 50 * 1024 * 1024], "bytes"),
        ("signs.txt", b"... 123 !!!".to_vec(), "no words"),
    ];
    for (name, bytes, reason) in cases {
        let path = house.file(name, bytes);
        let said = house.refused(&[
            "ingest",
            path.to_str().unwrap(),
            "--accept",
            "all",
            "--publisher",
            "P",
        ]);
        assert!(said.contains(reason), "{name}: {said}");
    }
    let said = house.refused(&["ingest", "/nowhere/a.txt", "--propose"]);
    assert!(said.contains("cannot be read"), "{said}");
    let no_publisher = house.file("a.txt", ARTICLE);
    let said = house.refused(&[
        "ingest",
        no_publisher.to_str().unwrap(),
        "--accept",
        "all",
        "--json",
    ]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["fields"][0]["field"], "publisher");
    assert_eq!(house.count("sources"), 0, "nothing was half recorded");
    assert_eq!(house.json(&["verify", "--json"])["ok"], true);
}

#[test]
fn texts_without_claims_and_in_other_scripts_are_kept() {
    let house = House::new();
    let none = house.file(
        "none.txt",
        "A quiet day\n\nIt rained in the old town and nobody said anything about anything.",
    );
    let read = house.json(&["ingest", none.to_str().unwrap(), "--propose", "--json"]);
    assert_eq!(read["proposals"], serde_json::json!([]));
    let arabic = house.file("ar.txt", "دُمّرت عشرات المساجد والمكتبات في المدينة القديمة خلال القتال، وفق ما أعلنته الوزارة يوم الثلاثاء.");
    let read = house.json(&["ingest", arabic.to_str().unwrap(), "--propose", "--json"]);
    assert_eq!(read["source"]["language"], "ar");
}

#[test]
fn tampering_is_found_and_named() {
    let house = House::new();
    house.ingest(&house.file("a.txt", ARTICLE), "The Paper");
    let evidence = walk(&house.data().join("evidence"))
        .into_iter()
        .find(|p| p.is_file())
        .unwrap();
    let mut bytes = std::fs::read(&evidence).unwrap();
    bytes[0] ^= 1;
    make_writable(&evidence);
    std::fs::write(&evidence, &bytes).unwrap();
    let out = house.run(&["verify", "--json"]);
    assert_eq!(out.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(found["ok"], false);
    assert!(
        found["faults"][0]["place"]
            .as_str()
            .unwrap()
            .starts_with("evidence"),
        "{found}"
    );
    bytes[0] ^= 1;
    std::fs::write(&evidence, &bytes).unwrap();
    assert!(house.run(&["verify"]).status.success());
}

#[allow(clippy::permissions_set_readonly_false)]
fn make_writable(path: &Path) {
    let mut permissions = std::fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(false);
    std::fs::set_permissions(path, permissions).unwrap();
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .flat_map(|e| {
            if e.path().is_dir() {
                walk(&e.path())
            } else {
                vec![e.path()]
            }
        })
        .collect()
}

/// Killed at any moment, nothing is half recorded, and the text can be read in again.
#[test]
fn killed_while_reading_in() {
    let house = House::new();
    let mut long = ARTICLE.to_owned();
    for n in 0..400 {
        long.push_str(&format!(
            "\nUNESCO said that {} museums and {} libraries were damaged in the {n}th week.\n",
            n + 101,
            n + 301
        ));
    }
    let path = house.file("long.txt", long);
    for round in 0..6 {
        let mut child = house
            .command(&[
                "ingest",
                path.to_str().unwrap(),
                "--accept",
                "all",
                "--publisher",
                "P",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not a sleep for something to happen: each round is killed after more work than the last.
        spin(round * 40_000_000);
        let _ = child.kill();
        child.wait().unwrap();
        let verified = house.json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "round {round}: {verified}");
        let sources = house.count("sources");
        assert_eq!(
            house.count("claims") > 0,
            sources == 1,
            "round {round}: all or nothing"
        );
    }
    house.ingest(&path, "P");
    assert_eq!(house.count("sources"), 1);
    assert_eq!(house.json(&["verify", "--json"])["ok"], true);
}

/// Killed between the commit of the first act and the copy of its checkpoint, `verify` once found fault
/// with a registry that had none. A copy that was there and is gone is a fault all the same.
#[test]
fn killed_before_the_first_checkpoint_was_copied() {
    let house = House::new();
    let copy = house.data().join("checkpoint");
    house.ingest(&house.file("a.txt", ARTICLE), "The Paper");
    let kept = std::fs::read_to_string(&copy).unwrap();
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(house.json(&["verify", "--json"])["ok"], true);
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), kept);
    let other = "UNESCO said that 3 museums in Aleppo were damaged.";
    house.ingest(&house.file("b.txt", other), "Another Paper");
    std::fs::remove_file(&copy).unwrap();
    let out = house.run(&["verify", "--json"]);
    assert_eq!(out.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(found["faults"][0]["place"], "checkpoint", "{found}");
}

fn spin(turns: u64) {
    std::hint::black_box((0..turns).fold(0u64, |a, b| a.wrapping_mul(31).wrapping_add(b)));
}

#[test]
fn records_in_json_with_keys_whole_or_not_at_all() {
    let house = House::new();
    let good = r#"[
        {"id": "@mali", "type": "party", "data": {"names": [{"text": "Mali", "lang": "en"}], "kind": "state"}},
        {"id": "@min", "type": "party", "data": {"names": [{"text": "Ministry of Culture", "lang": "en"}], "kind": "state_organ", "belongs_to": ["@mali"]}}
    ]"#;
    let path = house.file("good.json", good);
    assert_eq!(
        house.json(&["record", path.to_str().unwrap(), "--json"])["recorded"][0]["ids"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let bad = r#"[
        {"type": "party", "data": {"names": [{"text": "One", "lang": "en"}], "kind": "state"}},
        {"type": "party", "data": {"names": [], "kind": "state"}}
    ]"#;
    let path = house.file("bad.json", bad);
    let said = house.refused(&["record", path.to_str().unwrap()]);
    assert!(
        said.contains("records[1]") && said.contains("names"),
        "{said}"
    );
    assert_eq!(house.count("parties"), 2);
    let said = house.refused(&["record", house.file("no.json", "{").to_str().unwrap()]);
    assert!(said.contains("JSON"), "{said}");
}

#[test]
fn rebuilding_changes_nothing() {
    let house = House::new();
    house.ingest(&house.file("a.txt", ARTICLE), "The Paper");
    let before = house.run(&["dump"]).stdout;
    assert!(house.run(&["rebuild"]).status.success());
    assert_eq!(house.run(&["dump"]).stdout, before);
}

#[test]
fn help_for_wrong_words() {
    let house = House::new();
    let said = house.refused(&["list", "churches"]);
    assert!(said.contains("claims") && said.contains("sites"), "{said}");
    let said = house.refused(&["show", "nothing"]);
    assert!(said.contains("nothing"), "{said}");
    let out = Command::new(env!("CARGO_BIN_EXE_stele"))
        .args(["list", "--data", "/nowhere", "claims"])
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&out.stderr).contains("stele init"),
        "says how to make one"
    );
    let out = house.run(&[
        "init",
        house.data().to_str().unwrap(),
        "--name",
        "Again",
        "--admin",
        "a@b.example",
    ]);
    assert_eq!(
        out.status.code(),
        Some(1),
        "a registry is not made over another"
    );
    assert!(house.run(&["man"]).stdout.starts_with(b".ie"));
    assert!(!house.run(&["completions", "bash"]).stdout.is_empty());
}

/// A served registry answers over HTTP, refuses strangers' forms and keeps its headers.
#[test]
fn serves_with_strict_headers() {
    let house = House::new();
    house.ingest(&house.file("a.txt", ARTICLE), "The Paper");
    let served = Served::new(&house);
    let (status, head, body) = served.get("/");
    assert_eq!(status, 200);
    assert!(
        head.contains("content-security-policy: default-src 'none'")
            && !head.contains("unsafe-inline"),
        "{head}"
    );
    assert!(body.contains("927 libraries"));
    assert!(
        !body.contains("<script>") && !body.contains(" style="),
        "nothing inline"
    );
    let (status, _, body) = served.get("/claims.json");
    assert_eq!(
        (
            status,
            serde_json::from_str::<Value>(&body).unwrap()["rows"]
                .as_array()
                .unwrap()
                .len()
        ),
        (200, 2)
    );
    assert_eq!(served.get("/claim/nothing").0, 404);
    assert_eq!(served.get("/record/claim").0, 403, "not without signing in");
    let foreign = "POST /sign-in HTTP/1.1\r\nHost: x\r\nOrigin: https://elsewhere.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(served.send(foreign).0, 403);
    let wrong = "email=a%40b.example&password=wrong";
    let signing_in = format!(
        "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{wrong}",
        wrong.len()
    );
    assert_eq!(served.send(&signing_in).0, 422);
}

struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn new(house: &House) -> Self {
        let mut child = house
            .command(&["serve", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let address = told["listening"]
            .as_str()
            .unwrap()
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        Served { child, address }
    }

    fn get(&self, path: &str) -> (u16, String, String) {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        ))
    }

    fn send(&self, request: &str) -> (u16, String, String) {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        // Small answers come in one chunk: its length in a line before, and an empty one after.
        let body = match head.to_lowercase().contains("transfer-encoding: chunked") {
            true => body.split("\r\n").skip(1).step_by(2).collect::<String>(),
            false => body.to_owned(),
        };
        (status, head.to_lowercase(), body)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A figure with twelve items of one category in one area, as `stele record` takes it; gives its id.
fn figure_with_items(house: &House) -> String {
    let mut records = vec![
        serde_json::json!({"id": "@p", "type": "party", "data": {"names": [{"text": "Ministry", "lang": "en"}], "kind": "state_organ"}}),
        serde_json::json!({"id": "@s", "type": "source", "data": {"title": "Statement", "kind": "statement", "publisher": "@p"}}),
        serde_json::json!({"id": "@a", "type": "area", "data": {"names": [{"text": "District", "lang": "en"}], "kind": "district"}}),
        serde_json::json!({"id": "@g", "type": "aggregate", "data": {"category": "library", "count": {"value": 40, "qualifier": "exactly"}, "areas": ["@a"]}}),
        serde_json::json!({"id": "@c", "type": "claim", "data": {"party": "@p", "source": "@s", "subject": {"aggregate": "@g"}, "predicate": "damaged", "words": "damaged"}}),
    ];
    for i in 0..12 {
        records.push(serde_json::json!({"id": format!("@l{i}"), "type": "site", "data": {"kind": "place", "names": [{"text": format!("=Library {i}"), "lang": "en"}], "category": "library", "areas": ["@a"]}}));
        records.push(serde_json::json!({"id": format!("@k{i}"), "type": "link", "data": {"from": format!("@l{i}"), "to": "@g", "kind": "item_of"}}));
    }
    let file = house.file("figure.json", Value::from(records).to_string());
    house.json(&["record", file.to_str().unwrap(), "--json"]);
    let figures = house.json(&["list", "aggregates", "--json"]);
    figures[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_sample_is_drawn_from_a_seed_and_estimated() {
    let house = House::new();
    let figure = figure_with_items(&house);
    let draw = |seed: &str| {
        house.json(&[
            "sample", &figure, "--size", "5", "--seed", seed, "--by", "area", "--json",
        ])
    };
    let (first, again, other) = (draw("one"), draw("one"), draw("two"));
    let sites = |plan: &Value| {
        let rows = plan["sites"].as_array().unwrap();
        rows.iter().map(|s| s["site"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(sites(&first).len(), 5);
    assert_eq!(
        sites(&first),
        sites(&again),
        "the same seed draws the same sites"
    );
    assert_ne!(sites(&first), sites(&other));
    let plan = first["plan"]["address"].as_str().unwrap();
    let estimate = house.json(&["estimate", plan, "--json"]);
    assert_eq!(estimate["redrawn"], "the same sites");
    assert_eq!(estimate["estimate"]["standing"], "not_yet");
    assert_eq!(estimate["estimate"]["combined"]["tally"]["pending"], 5);
    assert!(house.json(&["estimate", &figure, "--json"])["unlisted"]["cannot"].is_string());
    // A dry run says how many and records nothing.
    let dry = house.json(&["sample", &figure, "--margin", "10", "--dry-run", "--json"]);
    assert_eq!(dry["size"], 11);
    // One of twelve was asked for; two are drawn, and why is told.
    let few = house.run(&[
        "sample",
        &figure,
        "--size",
        "1",
        "--by",
        "area",
        "--dry-run",
    ]);
    let said = String::from_utf8_lossy(&few.stdout).into_owned();
    assert!(said.contains("more than the 1 asked for"), "{said}");
    let plans = house.json(&["list", "sampling-plans", "--json"]);
    assert_eq!(plans.as_array().unwrap().len(), 3);
    assert!(
        house
            .refused(&["sample", &figure, "--margin", "70"])
            .contains("points")
    );
    assert!(
        house
            .refused(&["sample", &figure, "--by", "colour"])
            .contains("area, category, access")
    );
    assert!(house.json(&["verify", "--json"])["ok"].as_bool().unwrap());
}

#[test]
fn items_are_exported_without_formulas() {
    let house = House::new();
    let figure = figure_with_items(&house);
    let out = house.folder.path().join("items.csv");
    let said = house.json(&["export", &figure, "--out", out.to_str().unwrap(), "--json"]);
    assert_eq!(said["items"], 12);
    let text = std::fs::read_to_string(out).unwrap();
    assert_eq!(text.lines().count(), 13);
    assert!(text.contains(",'=Library 0,"), "{text}");
    assert!(!text.contains(",=Library"), "{text}");
}

const PLACES: &str = r#"[
 {"type": "site", "data": {"kind": "place", "names": [{"text": "Open", "lang": "en", "kind": "official"}], "category": "church",
  "location": {"geometry": {"type": "Point", "coordinates": [46.751234, 39.761234]}}}},
 {"type": "site", "data": {"kind": "place", "names": [{"text": "Hidden", "lang": "en", "kind": "official"}], "category": "church",
  "location": {"geometry": {"type": "Point", "coordinates": [45.318273, 41.273849]}, "sensitivity": "withheld"}}}
]"#;

#[test]
fn a_collection_is_written_as_anybody_may_see_it_unless_told() {
    let house = House::new();
    let places = house.file("places.json", PLACES);
    house.json(&["record", places.to_str().unwrap(), "--json"]);
    let read = |name: &str, more: &[&str]| {
        let out = house.folder.path().join(name);
        let args = ["export", "sites", "--out", out.to_str().unwrap(), "--json"];
        let said = house.json(&[&args, more].concat());
        assert_eq!(said["features"], 2, "{said}");
        let bytes = std::fs::read(out).unwrap();
        assert_eq!(said["size_bytes"], bytes.len());
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let public = read("sites.csv", &[]);
    assert!(
        public.contains("46.751234") && public.contains("Hidden") && !public.contains("45.318273")
    );
    assert!(read("all.csv", &["--as", "member"]).contains("45.318273"));
    assert!(read("sites.txt", &["--format", "geojson"]).contains("FeatureCollection"));
    let out = house.run(&["export", "sites", "--format", "csv"]);
    assert_eq!(
        String::from_utf8(out.stdout).unwrap(),
        public,
        "and to standard output"
    );
    for (args, why) in [
        (
            &["export", "sites", "--out", "sites.shp"][..],
            "gpkg, fgb, parquet",
        ),
        (&["export", "sites"][..], "gpkg, fgb, parquet"),
        (&["export", "nothing", "--format", "csv"][..], "nothing"),
    ] {
        let refused = house.refused(args);
        assert!(refused.contains(why), "{args:?}: {refused}");
    }
}

#[test]
fn a_killed_export_leaves_no_file_that_looks_whole() {
    let house = House::new();
    let mut list = String::from("name,lat,lon\n");
    for n in 0..3_000 {
        list.push_str(&format!(
            "Church {n},{},{}\n",
            39.0 + n as f64 / 3_000.0,
            46.5
        ));
    }
    let list = house.file("list.csv", list);
    house.json(&[
        "import",
        list.to_str().unwrap(),
        "--as",
        "sites",
        "--party",
        "Ministry",
        "--json",
    ]);
    let out = house.folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let file = out.join("sites.gpkg");
    let mut child = house
        .command(&["export", "sites", "--out", file.to_str().unwrap()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // As soon as there is anything.
    while std::fs::read_dir(&out).unwrap().next().is_none() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    if file.exists() {
        let db = rusqlite::Connection::open(&file).unwrap();
        let count: i64 = db
            .query_row("SELECT count(*) FROM sites", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 3_000, "it was done before it was killed");
        std::fs::remove_file(&file).unwrap();
    }
    let said = house.json(&["export", "sites", "--out", file.to_str().unwrap(), "--json"]);
    assert_eq!(said["features"], 3_000);
    let left = std::fs::read_dir(house.data().join("tmp"))
        .unwrap()
        .flatten()
        .filter(|e| e.path().is_dir())
        .count();
    assert_eq!(left, 0, "what the killed one left is gone");
}

/// Rows of a CSV file without quotes.
fn csv_rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

#[test]
fn two_lists_are_matched_without_a_registry() {
    let house = House::new();
    let inventory = house.file(
        "inventory.csv",
        "id,name,other_names,country,lon,lat\nP1,Gandzasar,Գանձասար|Гандзасар,AZ,46.531,40.057\nP2,Dadivank,Դադիվանք,AZ,46.288,40.161\n=P3,Amaras,Ամարաս,AZ,47.057,39.684\nP4,Tigranakert,Տիգրանակերտ,AZ,46.906,40.065\n",
    );
    let claims = house.file(
        "claims.csv",
        "claim_id,name,country\nC1,Ganjasar,AZ\nC2,Амарас,AZ\nC3,Zollverein,AZ\n",
    );
    let out = house.folder.path().join("out.csv");
    let done = house.run(&[
        "match",
        inventory.to_str().unwrap(),
        claims.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--best",
        "2",
        "--json",
    ]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&said["inventory"]["read"], &said["claims"]["read"]),
        (&4.into(), &3.into())
    );
    let rows = csv_rows(&out);
    let best = |claim: &str| {
        let row = rows
            .iter()
            .find(|row| row[0] == claim && row[1] == "1")
            .unwrap();
        (row[2].clone(), row[3].parse::<f64>().unwrap())
    };
    let none = |claim: &str| {
        let row = rows
            .iter()
            .find(|row| row[0] == claim && row[1] == "0")
            .unwrap();
        assert_eq!(row[2], "");
        row[3].parse::<f64>().unwrap()
    };
    assert_eq!(best("C1").0, "P1");
    // A cell never starts a formula.
    assert_eq!(best("C2").0, "'=P3");
    assert!(best("C2").1 > none("C2"));
    assert!(none("C3") > 0.5, "{rows:?}");
    for claim in ["C1", "C2", "C3"] {
        let ranks = rows.iter().filter(|row| row[0] == claim).count();
        assert!(ranks <= 3, "two candidates and none of them");
    }
    let reasons = house.run(&[
        "match",
        inventory.to_str().unwrap(),
        claims.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--reasons",
        "--one-to-one",
    ]);
    assert!(reasons.status.success());
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.starts_with("claim_id,rank,id,probability,reasons\n"));
    assert!(text.contains("Name: sounds the same"), "{text}");
}

#[test]
fn matching_says_what_it_needs() {
    let house = House::new();
    let nameless = house.file("nameless.csv", "lon,lat\n46.5,40.0\n");
    let path = nameless.to_str().unwrap();
    let done = house.run(&["match", path, path, "--out", "/dev/null"]);
    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        said.contains("nameless.csv") && said.contains("name"),
        "{said}"
    );
    let alone = house.run(&["match"]);
    assert!(!alone.status.success());
    let one = house.run(&["match", path]);
    assert!(!one.status.success());
    // What a registry is matched for waits on its page: there is no file of it to name.
    let data = house.data();
    let data = data.to_str().unwrap();
    let file = house.run(&[
        "match",
        "--data",
        data,
        "--duplicates",
        "--out",
        "pairs.csv",
    ]);
    assert!(String::from_utf8_lossy(&file.stderr).contains("cannot be used with"));
}

#[test]
fn batches_before_one_that_is_refused_stand_and_are_told_of() {
    let house = House::new();
    let batches = serde_json::json!([
        {"records": [{"id": "@a", "type": "party", "data": {"names": [{"text": "Ministry", "lang": "en"}], "kind": "state"}}]},
        {"records": [{"id": "@b", "type": "party", "data": {"names": [], "kind": "state"}}]},
        {"records": [{"id": "@c", "type": "party", "data": {"names": [{"text": "Museum", "lang": "en"}], "kind": "museum"}}]},
    ]);
    let file = house.file("batches.json", batches.to_string());
    let done = house.run(&["record", file.to_str().unwrap(), "--json"]);
    assert_eq!(done.status.code(), Some(1));
    let recorded: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(recorded["recorded"].as_array().unwrap().len(), 1);
    let refused: Value = serde_json::from_slice(&done.stderr).unwrap();
    let field = refused["fields"][0]["field"].as_str().unwrap();
    assert!(field.starts_with("batch 2 of 3: "), "{refused}");
    let data = house.data();
    let parties = house.run(&[
        "list",
        "--data",
        data.to_str().unwrap(),
        "parties",
        "--json",
    ]);
    let parties: Value = serde_json::from_slice(&parties.stdout).unwrap();
    assert_eq!(parties.as_array().unwrap().len(), 1);
}

#[test]
fn a_registry_is_searched_for_what_it_holds_twice() {
    let house = House::new();
    let site = |name: &str, lang: &str, lon: f64, lat: f64| {
        serde_json::json!({"type": "site", "data": {"kind": "place", "names": [{"text": name, "lang": lang}], "category": "monument",
            "location": {"geometry": {"type": "Point", "coordinates": [lon, lat]}, "uncertainty_m": 200}}})
    };
    let places = [
        ("Gandzasar", "Гандзасар", 46.531, 40.057),
        ("Dadivank", "Дадиванк", 46.288, 40.161),
        ("Amaras", "Амарас", 47.057, 39.684),
        ("Tigranakert", "Тигранакерт", 46.906, 40.065),
    ];
    let mut records = Vec::new();
    for (k, (latin, cyrillic, lon, lat)) in places.into_iter().enumerate() {
        for (part, name, lang) in [("a", latin, "en"), ("b", cyrillic, "ru")] {
            let mut record = site(name, lang, lon, lat);
            record["id"] = format!("@{part}-{k}").into();
            records.push(record);
        }
    }
    let file = house.file("sites.json", serde_json::to_vec(&records).unwrap());
    let recorded = house.run(&["record", file.to_str().unwrap()]);
    assert!(
        recorded.status.success(),
        "{}",
        String::from_utf8_lossy(&recorded.stderr)
    );
    let data = house.data();
    let data = data.to_str().unwrap();
    let done = house.run(&[
        "match",
        "--data",
        data,
        "--duplicates",
        "--accept-above",
        "0.5",
        "--json",
    ]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(said["sought"], 8);
    let accepted = said["accepted"].as_u64().unwrap();
    assert!(accepted >= 3, "{said}");
    let links = house.run(&[
        "list", "--data", data, "links", "--facet", "same_as", "--json",
    ]);
    let links: Value = serde_json::from_slice(&links.stdout).unwrap();
    assert_eq!(links.as_array().unwrap().len() as u64, accepted);
    let wrong = house.run(&[
        "match",
        "--data",
        data,
        "--duplicates",
        "--accept-above",
        "0.2",
    ]);
    assert_eq!(wrong.status.code(), Some(1));
    let nothing = house.run(&["match", "--data", data, "--list", "No such list"]);
    assert_eq!(nothing.status.code(), Some(1));
}

#[test]
fn search_finds_by_any_script_and_says_what_it_cannot_read() {
    let house = House::new();
    let site = |name: &str, lang: &str, category: &str, lon: f64| serde_json::json!({"type": "site", "data": {"kind": "place", "names": [{"text": name, "lang": lang}], "category": category, "location": {"geometry": {"type": "Point", "coordinates": [lon, 39.7]}}}});
    let records = serde_json::json!([
        site("Gandzasar", "en", "monastery", 46.5),
        site("Ганджа", "ru", "museum", 46.3),
    ]);
    let file = house.file("sites.json", records.to_string());
    let recorded = house.run(&["record", file.to_str().unwrap()]);
    assert!(
        recorded.status.success(),
        "{}",
        String::from_utf8_lossy(&recorded.stderr)
    );
    let names = |args: &[&str]| -> Vec<String> {
        let out = house.run(&[&["search", "--json"], args].concat());
        assert!(
            out.status.success(),
            "{args:?} {}",
            String::from_utf8_lossy(&out.stderr)
        );
        let rows: Value = serde_json::from_slice(&out.stdout).unwrap();
        let rows = rows.as_array().unwrap();
        assert!(rows.iter().all(|row| row["score"].is_number()));
        rows.iter()
            .map(|row| row["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&["Գանձասար"]), ["Gandzasar"]);
    assert_eq!(
        names(&["gandzassar", "--category", "religious_site"]),
        ["Gandzasar"]
    );
    assert_eq!(
        names(&["--kind", "site", "--near", "46.5,39.7,2"]),
        ["Gandzasar"]
    );
    assert_eq!(
        names(&["--kind", "sites", "--bbox", "46,39,46.4,40"]),
        ["Ганджа"]
    );
    assert_eq!(names(&["palmyra"]), Vec::<String>::new());
    for args in [&["search"][..], &["search", "x", "--near", "here"]] {
        let out = house.run(args);
        assert!(!out.status.success(), "{args:?}");
        assert!(!out.stderr.is_empty());
    }
}
