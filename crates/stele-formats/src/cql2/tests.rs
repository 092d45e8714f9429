use super::*;
use std::path::{Path, PathBuf};

fn examples(form: &str) -> Vec<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = shared.join(format!(
        "conformance/ogcapi-features/cql2-schema/examples/{form}"
    ));
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not there", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_example_of_the_standard_is_read() {
    let (text, json) = (examples("text"), examples("json"));
    for path in &text {
        let read = Expr::from_text(&std::fs::read_to_string(path).unwrap());
        assert!(read.is_ok(), "{}: {}", path.display(), read.unwrap_err());
    }
    for path in &json {
        let read = Expr::from_json(&std::fs::read_to_string(path).unwrap());
        assert!(read.is_ok(), "{}: {}", path.display(), read.unwrap_err());
    }
    assert!(text.is_empty() || (text.len() > 100 && json.len() > 100));
}

/// The examples say the same twice, so each form is the check of the other.
#[test]
fn text_and_json_of_an_example_are_the_same_filter() {
    // The two files of these say different things: other numbers or other nesting.
    const DIFFER: &[&str] = &[];
    for path in examples("text") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let twin = name.split("-alt").next().unwrap().to_owned();
        let json = path
            .parent()
            .unwrap()
            .with_file_name("json")
            .join(format!("{twin}.json"));
        if !json.exists() || DIFFER.contains(&name.as_str()) {
            continue;
        }
        let of_text = Expr::from_text(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let of_json = Expr::from_json(&std::fs::read_to_string(&json).unwrap()).unwrap();
        assert_eq!(of_text, of_json, "{name}");
    }
}

#[test]
fn what_binds_tighter_comes_first() {
    let same = |a: &str, b: &str| {
        assert_eq!(
            Expr::from_text(a).unwrap(),
            Expr::from_text(b).unwrap(),
            "{a}"
        );
    };
    same("a=1 OR b=2 AND c=3", "a=1 OR (b=2 AND c=3)");
    same("NOT a=1 AND b=2", "(NOT (a=1)) AND b=2");
    same("a = 1 + 2 * 3 ^ 2", "a = 1 + (2 * (3 ^ 2))");
    same("a BETWEEN 1 AND 2 AND b=3", "(a BETWEEN 1 AND 2) AND (b=3)");
    same("\"note\" = 1", "note = 1");
    same("a NOT IN (1)", "NOT a IN (1)");
    same("a=-1", "a = - 1");
    assert_eq!(
        Expr::from_text("a = 'it''s \\' ok'").unwrap(),
        Expr::Compare(
            Comparison::Equal,
            Box::new(Expr::Property("a".into())),
            Box::new(Expr::Text("it's ' ok".into()))
        )
    );
}

#[test]
fn what_is_no_filter_is_refused_with_the_place() {
    for text in [
        "",
        "a =",
        "= 1",
        "a = 1 b",
        "(a = 1",
        "a = 1)",
        "a NOT 1",
        "a IN 1",
        "a IS 1",
        "a BETWEEN 1",
        "'a",
        "\"a",
        "a = 1e999",
        "DATE('2021-02-29')",
        "DATE(2021)",
        "TIMESTAMP('2021-01-01')",
        "INTERVAL('x','..')",
        "S_INTERSECTS(a)",
        "BBOX(1,2,3)",
        "BBOX(1,2,3,1e400)",
        "S_INTERSECTS(g, POINT(1))",
        "POINT(1 2",
        "POINT(1e999 0)",
        "AND",
        "a LIKE",
        "a ! b",
        "a = \u{0}",
    ] {
        let problem = Expr::from_text(text).expect_err(text).to_string();
        assert!(!problem.is_empty());
    }
    assert_eq!(
        Expr::from_text("title = 'ä' !").unwrap_err().to_string(),
        "\"!\" stands where the end is expected at character 13"
    );
    for json in [
        "",
        "{",
        "null",
        "{}",
        r#"{"op":1,"args":[]}"#,
        r#"{"op":"and"}"#,
        r#"{"op":"and","args":[true]}"#,
        r#"{"op":"not","args":[]}"#,
        r#"{"op":"=","args":[1]}"#,
        r#"{"property":1}"#,
        r#"{"date":"x"}"#,
        r#"{"interval":["..","x"]}"#,
        r#"{"bbox":[1,2,3]}"#,
        r#"{"bbox":["a",2,3,4]}"#,
        r#"{"type":"Point","coordinates":[]}"#,
        r#"{"op":"in","args":[1,2]}"#,
        r#"{"op":"s_within","args":[1]}"#,
        r#"{"op":"=","args":[1,null]}"#,
    ] {
        assert!(Expr::from_json(json).is_err(), "{json}");
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let bombs = [
        "(".repeat(LONGEST - 1),
        "NOT ".repeat(8_000),
        "- ".repeat(10_000),
        "a=1 AND ".repeat(4_000),
        format!("a IN ({}1)", "1,".repeat(10_000)),
        "CASEI(".repeat(5_000),
        "1+".repeat(10_000),
        "2^".repeat(10_000),
        format!("S_INTERSECTS(g,LINESTRING({}0 0))", "0 0,".repeat(5_000)),
        "GEOMETRYCOLLECTION(".repeat(1_500),
        "a".repeat(LONGEST + 1),
        format!("a LIKE '{}", "%_".repeat(10_000)),
        "f(".repeat(10_000),
    ];
    for bomb in bombs {
        assert!(Expr::from_text(&bomb).is_err(), "{:.40}", bomb);
    }
    let deep = |n: usize| {
        format!(
            "{}true{}",
            r#"{"op":"not","args":["#.repeat(n),
            "]}".repeat(n)
        )
    };
    assert!(Expr::from_json(&deep(10)).is_ok());
    assert!(Expr::from_json(&deep(60)).is_err());
    assert!(Expr::from_json(&deep(1_000)).is_err());
    assert!(Expr::from_json(&format!("[{}1]", "1,".repeat(10_000))).is_err());
    assert!(Expr::from_json(&"[".repeat(LONGEST)).is_err());
}

/// Every example with bytes changed, left out and doubled: an error or a filter, never a panic.
#[test]
fn mutated_examples_never_panic() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below.max(1) as u64).unwrap()
    };
    let signs = b"()'\",.-+*/%^<>= \\0159eEZ:{}[]\xc3\xa9\0ANDOT";
    for (form, read) in [
        ("text", Expr::from_text as fn(&str) -> Result<Expr, NotCql2>),
        ("json", Expr::from_json),
    ] {
        for path in examples(form) {
            let original = std::fs::read(&path).unwrap();
            for _ in 0..40 {
                let mut bytes = original.clone();
                for _ in 0..=random(4) {
                    let at = random(bytes.len());
                    match random(4) {
                        0 => drop(bytes.remove(at)),
                        1 => bytes.insert(at, signs[random(signs.len())]),
                        2 => bytes[at] = signs[random(signs.len())],
                        _ => {
                            let again = bytes[..at].to_vec();
                            bytes.extend(again);
                        }
                    }
                    if bytes.is_empty() {
                        break;
                    }
                }
                let _ = read(&String::from_utf8_lossy(&bytes));
            }
        }
    }
}

#[test]
fn moments_are_read_as_rfc_3339_has_them() {
    assert_eq!(timestamp("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(timestamp("1969-12-31T23:59:59.999Z"), Some(-1));
    assert_eq!(
        timestamp("2016-12-31T23:59:60Z"),
        timestamp("2017-01-01T00:00:00Z")
    );
    for bad in [
        "1970-01-01",
        "1970-01-01T00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00+1",
        "ä970-01-01T00:00:00Z",
        "",
    ] {
        assert_eq!(timestamp(bad), None, "{bad}");
    }
}
