//! Canonical JSON: the vectors of RFC 8785's author, the numbers of ECMAScript,
//! every kind of fault named with its place, and properties.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails here

mod shared;

use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use stele_ledger::canonical::{Limits, parse, scan, to_bytes};

#[test]
fn the_jcs_vectors_come_out_as_given() {
    let Some(folder) = shared::vectors("jcs/cyberphone-testdata") else {
        return;
    };
    let mut seen = 0;
    for entry in fs::read_dir(folder.join("input")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let input: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let written = to_bytes(&input).unwrap();
        let output = fs::read(folder.join(format!("output/{name}.json"))).unwrap();
        assert_eq!(written, output, "{name}");
        let hex = fs::read_to_string(folder.join(format!("outhex/{name}.txt"))).unwrap();
        let hex = hex
            .split_whitespace()
            .map(|pair| u8::from_str_radix(pair, 16).unwrap());
        assert_eq!(written, hex.collect::<Vec<u8>>(), "{name}");
        assert_eq!(
            to_bytes(&parse(&output).unwrap()).unwrap(),
            output,
            "{name}"
        );
        assert!(
            parse(&fs::read(&path).unwrap()).is_err(),
            "{name} as input is not canonical"
        );
        seen += 1;
    }
    assert!(seen >= 6);
}

/// The sequence of doubles in the vectors' README, and its hash after so many
/// lines. The static values at the beginning are read from there too.
#[test]
fn a_hundred_thousand_numbers_as_ecmascript_prints_them() {
    let Some(folder) = shared::vectors("jcs/cyberphone-testdata") else {
        return;
    };
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let list = readme
        .split("new BigUint64Array([")
        .nth(1)
        .unwrap()
        .split("])")
        .next()
        .unwrap();
    let fixed = list.split([',', '\n']).filter_map(|word| {
        let digits = word.trim().strip_prefix("0x")?.strip_suffix('n')?;
        u64::from_str_radix(digits, 16).ok()
    });
    let mut block = [0u8; 32];
    let random = std::iter::from_fn(move || {
        block = Sha256::digest(block).into();
        Some(block)
    })
    .flat_map(|block| {
        let words = block.as_chunks::<8>().0.to_vec();
        words.into_iter().map(u64::from_le_bytes)
    })
    .filter(|bits| f64::from_bits(*bits) != 0.0 && f64::from_bits(*bits).is_finite());
    let serial = (0..2000).map(|i| 0x0010_0000_0000_0000 + i);
    let mut text = String::new();
    for bits in fixed.chain(serial).chain(random).take(100_000) {
        let number = f64::from_bits(bits);
        let printed = String::from_utf8(to_bytes(&number).unwrap()).unwrap();
        scan(printed.as_bytes(), &Limits::default()).unwrap();
        text.push_str(&format!("{bits:x},{printed}\n"));
    }
    let hash: String = Sha256::digest(&text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hash,
        "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7"
    );
}

#[test]
fn every_fault_is_named_with_its_place() {
    let cases: &[(&str, &str)] = &[
        (r#"{"a":1,"a":2}"#, r#"at byte 7: key "a" stands twice"#),
        (r#"{"b":1,"a":2}"#, r#"at byte 7: key "a" is out of order"#),
        (
            r#"{"a":{"x/y":[1,{"k":01}]}}"#,
            r#"at byte 20, in /a/x~1y/1/k: number "01" is not"#,
        ),
        (r#"{"a":1 }"#, "at byte 6: white space"),
        (r#" {"a":1}"#, "at byte 0: white space"),
        ("{\"a\":1}\n", "at byte 7: white space"),
        (r#"{"a":1}}"#, "at byte 7: bytes after the end"),
        (r#"{"a":1.0}"#, r#"at byte 5, in /a: number "1.0""#),
        (r#"{"a":-0}"#, r#"number "-0""#),
        (r#"{"a":1e3}"#, r#"number "1e3""#),
        (r#"{"a":1E30}"#, r#"number "1E30""#),
        (r#"{"a":9007199254740993}"#, r#"number "9007199254740993""#),
        (r#"{"a":1e999}"#, r#"number "1e999""#),
        (r#"{"a":-}"#, r#"number "-""#),
        (r#""\u0041""#, "at byte 1: escape not in its canonical form"),
        (r#""\/""#, "escape not"),
        (r#""\u000A""#, "escape not"),
        (r#""\u000a""#, "escape not"),
        (r#""\u001F""#, "escape not"),
        (r#""\ud83d\ude02""#, "escape not"),
        (r#""\x""#, "not JSON: unknown escape"),
        ("\"a\tb\"", "at byte 2: not JSON: control character"),
        (r#""abc"#, "at byte 4: not JSON: string without end"),
        ("", "at byte 0: not JSON: value expected"),
        ("tru", "value expected"),
        ("[1,]", "value expected"),
        ("[1", "',' or ']' expected"),
        ("{1:2}", "key expected"),
        (r#"{"a"1}"#, "':' expected"),
        ("NaN", "value expected"),
    ];
    for (input, wanted) in cases {
        let error = parse(input.as_bytes()).expect_err(input).to_string();
        assert!(error.contains(wanted), "{input}: {error}");
    }
    let error = parse(b"\"a\xff\"").unwrap_err().to_string();
    assert_eq!(error, "not canonical JSON at byte 2: not UTF-8");
}

#[test]
fn keys_sort_by_utf16_code_units() {
    // U+1F602 begins with the surrogate D83D, before U+FB33; in UTF-8 it is after.
    let value = json!({"\u{fb33}": 1, "\u{1f602}": 2, "\u{e9}": 3, "\\": 4, "\n": 5});
    let bytes = to_bytes(&value).unwrap();
    let text = "{\"\\n\":5,\"\\\\\":4,\"\u{e9}\":3,\"\u{1f602}\":2,\"\u{fb33}\":1}";
    assert_eq!(std::str::from_utf8(&bytes).unwrap(), text);
    assert_eq!(parse(&bytes).unwrap(), value);
    let wrong = "{\"\u{fb33}\":1,\"\u{1f602}\":2}";
    assert!(
        parse(wrong.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("out of order")
    );
}

#[test]
fn integers_beyond_doubles_are_refused_not_rounded() {
    let error = to_bytes(&json!({"id": [9_007_199_254_740_993_u64]}))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("in /id/0: number 9007199254740993 cannot be kept"),
        "{error}"
    );
    for exact in [
        json!(1_u64 << 53),
        json!(-(1_i64 << 53)),
        json!(9_007_199_254_740_994_u64),
    ] {
        assert_eq!(to_bytes(&exact).unwrap(), exact.to_string().as_bytes());
    }
    // 2^63 is a double, but ECMAScript prints other digits.
    assert!(to_bytes(&json!(1_u64 << 63)).is_err());
    assert_eq!(
        to_bytes(&json!(9_223_372_036_854_776_000_u64)).unwrap(),
        b"9223372036854776000"
    );
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |depth| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(parse(&nested(64)).is_ok());
    let error = parse(&nested(65)).unwrap_err().to_string();
    assert!(error.contains("nested deeper than 64 levels"), "{error}");
    assert!(parse(&vec![b'['; 1 << 20]).is_err());
    let error = scan(b"\"abcdef\"", &Limits { bytes: 4, depth: 1 })
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("8 bytes, more than the limit of 4"),
        "{error}"
    );
    let deep = (0..65).fold(json!(1), |inner, _| json!([inner]));
    assert!(
        to_bytes(&deep)
            .unwrap_err()
            .to_string()
            .contains("nested deeper")
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\x00-\\x7f\u{e000}-\u{ffff}\u{10000}-\u{10010}]{0,6}".prop_map(Value::from),
    ];
    let key = "[\\x00-\\x7f\u{e9}\u{e000}-\u{e010}\u{ff00}-\u{ff10}\u{10000}-\u{10010}]{0,3}";
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What serde can say in more than one way.
#[derive(serde::Serialize)]
enum Said {
    Nothing,
    One(f32),
    Two(u8, char),
    Named { z: Option<i64>, a: () },
}

#[derive(serde::Serialize)]
struct Whole<'a> {
    z: &'a [Said],
    a: std::collections::HashMap<&'a str, i16>,
    m: (bool, std::num::NonZeroU16),
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, f64>,
}

#[test]
fn values_come_out_as_by_way_of_json() {
    let z = [
        Said::Named { z: Some(-5), a: () },
        Said::Nothing,
        Said::One(0.5),
        Said::Two(7, 'ш'),
        Said::Named { z: None, a: () },
    ];
    let whole = Whole {
        z: &z,
        a: [("b", -1), ("\u{10000}", 2), ("\u{e000}", 3), ("", 4)].into(),
        m: (true, std::num::NonZeroU16::MIN),
        rest: [("y".to_owned(), 1e21), ("b".to_owned(), -0.0)].into(),
    };
    let by_json = to_bytes(&serde_json::to_value(&whole).unwrap()).unwrap();
    assert_eq!(to_bytes(&whole).unwrap(), by_json);
    assert_eq!(
        String::from_utf8(by_json).unwrap(),
        "{\"a\":{\"\":4,\"b\":-1,\"\u{10000}\":2,\"\u{e000}\":3},\"b\":0,\"m\":[true,1],\"y\":1e+21,\"z\":[{\"Named\":{\"a\":null,\"z\":-5}},\"Nothing\",{\"One\":0.5},{\"Two\":[7,\"ш\"]},{\"Named\":{\"a\":null,\"z\":null}}]}"
    );
}

#[test]
fn what_has_no_canonical_form_is_refused_at_its_place() {
    use std::collections::BTreeMap;
    let said = |error: stele_ledger::Error| error.to_string();
    let nan = to_bytes(&[Some(1.0), Some(f64::NAN)]);
    assert_eq!(
        said(nan.unwrap_err()),
        "not canonical JSON at byte 0, in /1: number NaN cannot be kept exactly as a double"
    );
    let keys: BTreeMap<u8, u8> = [(1, 2)].into();
    assert!(said(to_bytes(&keys).unwrap_err()).contains("a key must be a text"));
    let twice = Whole {
        z: &[],
        a: Default::default(),
        m: (true, std::num::NonZeroU16::MIN),
        rest: [("a".to_owned(), 1.0)].into(),
    };
    assert!(said(to_bytes(&twice).unwrap_err()).contains("key \"a\" stands twice"));
    let raw = serde_json::value::RawValue::from_string("{}".to_owned());
    assert!(to_bytes(&raw.unwrap()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_written_is_canonical_and_stays(value in any_json()) {
        let bytes = to_bytes(&value).unwrap();
        let again = parse(&bytes).unwrap();
        prop_assert_eq!(to_bytes(&again).unwrap(), bytes);
    }

    /// The scanner agrees with "read it, write it, compare" on damaged bytes.
    #[test]
    fn the_scanner_agrees_with_reading_and_writing(
        value in any_json(),
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![any::<u8>(), prop::sample::select(b" \"\\,:{}[]0159-+.eEtfnu".to_vec())],
        insert in any::<bool>(),
    ) {
        let mut bytes = to_bytes(&value).unwrap();
        let at = at.index(bytes.len());
        if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
        let by_writing = serde_json::from_slice::<Value>(&bytes)
            .is_ok_and(|value| to_bytes(&value).is_ok_and(|again| again == bytes));
        prop_assert_eq!(parse(&bytes).is_ok(), by_writing, "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_bytes_make_the_scanner_panic(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            prop::collection::vec(prop::sample::select(b"{}[]:,\"\\u0019-+.eEtrfalsn \xc3\xa9".to_vec()), 0..60),
        ],
    ) {
        if parse(&bytes).is_ok() {
            prop_assert_eq!(to_bytes(&parse(&bytes).unwrap()).unwrap(), bytes);
        }
    }
}
