//! Tokens: never more than their account, only as long as they hold, and nowhere in the database.

#![allow(clippy::unwrap_used)]

mod common;

use common::House;
use stele_registry::account::tokens::{MOST_TOKENS, PREFIX, well_formed};
use stele_registry::account::{KeptAnswer, Once};
use stele_registry::{Account, AccountRole, Refusal, TokenScope};

fn text(house: &House, account: &Account, scope: TokenScope) -> String {
    let (_, token) = house
        .registry
        .make_token(account, "a program", scope, 1)
        .unwrap();
    token.text().to_owned()
}

#[test]
fn a_token_does_what_both_it_and_its_account_may() {
    let house = House::new();
    let table = [
        (&house.verifier, TokenScope::Read, AccountRole::Viewer),
        (&house.verifier, TokenScope::Record, AccountRole::Recorder),
        (&house.verifier, TokenScope::Verify, AccountRole::Verifier),
        (&house.recorder, TokenScope::Record, AccountRole::Recorder),
        (&house.reader, TokenScope::Read, AccountRole::Viewer),
    ];
    for (account, scope, role) in table {
        let bearer = house
            .registry
            .bearer(&text(&house, account, scope))
            .unwrap();
        assert_eq!(
            (&bearer.account.id, bearer.account.role),
            (&account.id, role)
        );
    }
    for (account, scope) in [
        (&house.reader, TokenScope::Record),
        (&house.recorder, TokenScope::Verify),
        (&house.verifier, TokenScope::Administer),
    ] {
        let made = house.registry.make_token(account, "more", scope, 1);
        assert!(matches!(made, Err(Refusal::Fields(f)) if f[0].field == "scope"));
    }
}

#[test]
fn a_wrong_token_is_refused_without_saying_why() {
    let house = House::new();
    let right = text(&house, &house.recorder, TokenScope::Read);
    assert!(right.starts_with(PREFIX) && well_formed(&right));
    let mut mistyped = right.clone();
    mistyped.replace_range(10..11, if &right[10..11] == "a" { "b" } else { "a" });
    assert!(!well_formed(&mistyped));
    let (shown, revoked) = house
        .registry
        .make_token(&house.recorder, "gone", TokenScope::Read, 1)
        .unwrap();
    house
        .registry
        .revoke_token(&house.recorder, &shown.id)
        .unwrap();
    // Nobody revokes another's, or one twice.
    for account in [&house.recorder, &house.verifier] {
        let again = house.registry.revoke_token(account, &shown.id);
        assert!(matches!(again, Err(Refusal::NotFound(_))));
    }
    let said: Vec<String> = [
        &mistyped,
        revoked.text(),
        "",
        "stele_",
        &"x".repeat(100_000),
    ]
    .iter()
    .map(|wrong| house.registry.bearer(wrong).unwrap_err().to_string())
    .collect();
    assert!(said.windows(2).all(|w| w[0] == w[1]), "{said:?}");
}

#[test]
fn days_and_names_have_their_limits_and_so_has_the_number() {
    let house = House::new();
    let make = |name: &str, days| {
        house
            .registry
            .make_token(&house.recorder, name, TokenScope::Read, days)
    };
    for (name, days, field) in [
        ("", 1, "name"),
        (" \n", 1, "name"),
        (&"n".repeat(101), 1, "name"),
        ("n", 0, "days"),
        ("n", 367, "days"),
    ] {
        assert!(matches!(make(name, days), Err(Refusal::Fields(f)) if f[0].field == field));
    }
    let mut last = String::new();
    for n in 0..MOST_TOKENS {
        last = make(&format!("n{n}"), 1).unwrap().0.id;
    }
    assert!(make("one more", 1).is_err());
    house.registry.revoke_token(&house.recorder, &last).unwrap();
    make("one more", 1).unwrap();
}

#[test]
fn no_text_of_a_token_is_kept() {
    let house = House::new();
    let token = text(&house, &house.recorder, TokenScope::Read);
    let digits = &token[PREFIX.len()..];
    for entry in std::fs::read_dir(house.folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(digits.len()).any(|w| w == digits.as_bytes());
            assert!(!found, "{} holds the token", path.display());
        }
    }
}

#[test]
fn use_is_noted_once_in_a_while() {
    let house = House::new();
    let token = text(&house, &house.recorder, TokenScope::Read);
    let bearer = house.registry.bearer(&token).unwrap();
    assert!(bearer.unnoted);
    house.registry.note_token(&bearer.token).unwrap();
    assert!(!house.registry.bearer(&token).unwrap().unnoted);
    let listed = house.registry.tokens(&house.recorder).unwrap();
    assert!(listed[0].used_ms.is_some());
}

#[test]
fn a_key_answers_alike_and_is_not_taken_for_another_request() {
    let house = House::new();
    let ask = |request: &[u8]| {
        house
            .registry
            .once(&house.recorder, "k-1", &[b"POST", request])
    };
    let Ok(Once::Begin(registry, attempted)) = ask(b"one") else {
        panic!("the first attempt begins");
    };
    registry.take_key().unwrap();
    // Carried out, the answer not known yet.
    assert!(matches!(ask(b"one"), Err(Refusal::Repeated)));
    let answer = KeptAnswer {
        status: 201,
        media_type: "application/json".into(),
        body: b"{}".to_vec(),
    };
    house
        .registry
        .keep_answer(&attempted, answer.clone())
        .unwrap();
    assert!(matches!(ask(b"one"), Ok(Once::Answered(kept)) if kept == answer));
    assert!(matches!(ask(b"other"), Err(Refusal::Fields(_))));
    for bad in ["", "ключ", &"k".repeat(201), "a\nb"] {
        assert!(house.registry.once(&house.recorder, bad, &[b""]).is_err());
    }
    // Parts do not run into each other.
    let apart = house
        .registry
        .once(&house.recorder, "k-1", &[b"POSTo", b"ne"]);
    assert!(matches!(apart, Err(Refusal::Fields(_))));
}
