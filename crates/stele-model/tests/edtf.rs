//! EDTF: examples of the specification's levels, and properties that hold for every text.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use stele_model::EdtfDate;

fn bounds(text: &str) -> (String, String) {
    let date: EdtfDate = text.parse().unwrap_or_else(|e| panic!("{e}"));
    let show = |day: Option<stele_model::date::Day>| day.map_or("-".into(), |d| d.to_string());
    (show(date.earliest()), show(date.latest()))
}

#[test]
fn the_levels_of_the_specification() {
    let cases = [
        // level 0
        ("1985-04-12", "1985-04-12", "1985-04-12"),
        ("1985-04", "1985-04-01", "1985-04-30"),
        ("1985", "1985-01-01", "1985-12-31"),
        ("1985-04-12T23:20:30Z", "1985-04-12", "1985-04-12"),
        ("1985-04-12T23:20:30+04:30", "1985-04-12", "1985-04-12"),
        ("1964/2008", "1964-01-01", "2008-12-31"),
        ("2004-02-01/2005", "2004-02-01", "2005-12-31"),
        // level 1
        ("1984?", "1984-01-01", "1984-12-31"),
        ("2004-06~", "2004-06-01", "2004-06-30"),
        ("2004-06-11%", "2004-06-11", "2004-06-11"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("20XX", "2000-01-01", "2099-12-31"),
        ("2004-XX", "2004-01-01", "2004-12-31"),
        ("1985-04-XX", "1985-04-01", "1985-04-30"),
        ("1985-XX-XX", "1985-01-01", "1985-12-31"),
        ("1985-04-12/..", "1985-04-12", "-"),
        ("../1985-04", "-", "1985-04-30"),
        ("1985/", "1985-01-01", "-"),
        ("/1985", "-", "1985-12-31"),
        ("2001-21", "2001-01-01", "2001-12-31"),
        ("-1985", "-1985-01-01", "-1985-12-31"),
        ("Y170000002", "170000002-01-01", "170000002-12-31"),
        // level 2
        ("156X-12-25", "1560-12-25", "1569-12-25"),
        ("15XX-12-XX", "1500-12-01", "1599-12-31"),
        ("1984-1X", "1984-10-01", "1984-12-31"),
        ("2004?-06-11", "2004-06-11", "2004-06-11"),
        ("2004-06-~11", "2004-06-11", "2004-06-11"),
        ("[1667,1668, 1670..1672]", "1667-01-01", "1672-12-31"),
        ("{1960,1961-12}", "1960-01-01", "1961-12-31"),
        ("[..1983-12-03]", "-", "1983-12-03"),
        ("2001-34", "2001-04-01", "2001-06-30"),
        ("1950S2", "1900-01-01", "1999-12-31"),
    ];
    for (text, first, last) in cases {
        assert_eq!(bounds(text), (first.to_owned(), last.to_owned()), "{text}");
    }
}

#[test]
fn what_is_no_date_is_refused_with_the_place() {
    for text in [
        "",
        "June 2021",
        "2021-13",
        "2021-02-30",
        "2021-6-1",
        "21",
        "2021/2020",
        "2021-06-23T25:00:00Z",
        "/",
        "../..",
        "[1999",
        "2021-06-23-01",
        "Yx",
        "２０２１",
    ] {
        assert!(
            text.parse::<EdtfDate>().is_err(),
            "{text} was read as a date"
        );
    }
    let error = "2021-02-30".parse::<EdtfDate>().unwrap_err();
    assert_eq!((error.problem, error.at), ("there is no such day", 9));
}

#[test]
fn words_say_what_is_not_known() {
    for (text, words) in [
        ("2021-06-23", "23 June 2021"),
        ("2021-06~", "about June 2021"),
        ("2021?", "perhaps 2021"),
        ("201X", "some time in the 2010s"),
        (
            "2020-09-27/2020-11-10",
            "between 27 September 2020 and 10 November 2020",
        ),
        ("2021/..", "since 2021"),
        ("../1918", "until 1918"),
        ("-0099", "100 BCE"),
    ] {
        assert_eq!(
            text.parse::<EdtfDate>()
                .map(|d| d.in_words())
                .ok()
                .as_deref(),
            Some(words),
            "{text}"
        );
    }
}

#[test]
fn before_and_overlap() {
    let date = |text: &str| text.parse::<EdtfDate>().unwrap();
    assert!(date("2020").certainly_before(&date("2021-01-01")));
    assert!(!date("2020").certainly_before(&date("2020-06")));
    assert!(date("2020/..").may_overlap(&date("2024")));
    let (least, most) = date("2021-06").days_until(date("2021-07-01").earliest().unwrap());
    assert_eq!((least, most), (Some(1), Some(30)));
}

proptest! {
    #[test]
    fn any_text_is_a_date_with_ordered_bounds_or_refused(text in "\\PC{0,40}") {
        if let Ok(date) = text.parse::<EdtfDate>() {
            prop_assert_eq!(date.to_string(), text);
        }
    }

    #[test]
    fn what_looks_like_a_date_never_panics(text in "[-0-9X?~%/.YETSZ:\\[\\]{},]{0,30}") {
        if let Ok(date) = text.parse::<EdtfDate>() {
            if let (Some(a), Some(b)) = (date.earliest(), date.latest()) {
                prop_assert!(a <= b, "{}", date);
            }
            let _ = date.in_words();
            prop_assert_eq!(date.to_string().parse::<EdtfDate>().ok(), Some(date));
        }
    }
}
