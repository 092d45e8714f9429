//! Dates as lists write them.

use super::cells::{lexicons, plain_digits};
use super::vocabulary::{VOCABULARY, is_mark};
use crate::propose::dates;
use crate::text::Text;
use stele_model::EdtfDate;

/// A date of a cell as EDTF; `None` where it is none. `1900-1901` is an interval, `7th century` a
/// hundred years, `03.04.2022` a day.
pub(super) fn date(text: &str, day_first: bool) -> Option<EdtfDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > 120 {
        return None;
    }
    let text = &*plain_digits(text);
    read(text, day_first).filter(|date| !is_of_another_calendar(date))
}

/// Whether a day or month has a year that the calendar of EDTF gives none in lists: 1399 is 2020 or 2021 in Iran
/// and Afghanistan, 2565 is 2022 in Thailand. Such a cell stays as it is written.
fn is_of_another_calendar(date: &EdtfDate) -> bool {
    let (Some(first), Some(last)) = (date.earliest(), date.latest()) else {
        return false;
    };
    let year = first.ymd().0;
    last.0 - first.0 < LONGEST_MONTH && ((1300..1500).contains(&year) || year > 2200)
}

/// Days of the longest month.
const LONGEST_MONTH: i64 = 31;

fn read(text: &str, day_first: bool) -> Option<EdtfDate> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    // A spreadsheet's day with its midnight.
    if let Some((day, _)) = text.split_once([' ', 'T'])
        && day.len() == 10
        && let Ok(date) = day.parse::<EdtfDate>()
    {
        return Some(date);
    }
    span(text, day_first)
        .or_else(|| numeric(text, day_first))
        .or_else(|| with_month(text))
        .or_else(|| loose(text))
        .or_else(|| in_words(text))
}

/// A day or month of a year, its month in words of any language that lists are read in: `8 жовтня 2020 р.`,
/// `Mart 2022`, `2022年3月9日`. What else stands there says more than a date.
fn with_month(text: &str) -> Option<EdtfDate> {
    let lower = text.to_lowercase();
    let mut numbers = Vec::new();
    let mut month = None;
    let parts: Vec<String> = lower
        .split(|c: char| !(c.is_alphanumeric() || is_mark(c)))
        .flat_map(number_and_word)
        .filter(|part| !part.is_empty())
        .collect();
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        at += 1;
        if let Ok(number) = part.parse::<u32>() {
            // In East Asia the word follows its number.
            match parts.get(at).map(String::as_str) {
                Some("月" | "월") if month.is_none() => month = Some(number),
                _ => numbers.push(number),
            }
        } else if let Some((number, words)) = VOCABULARY.month(&parts[at - 1..]) {
            if month.replace(number).is_some() {
                return None;
            }
            at += words - 1;
        } else if !VOCABULARY.is_beside_a_date(part) {
            return None;
        }
    }
    let month = month.filter(|month| (1..=12).contains(month))?;
    let is_year = |number: &u32| (1000..=9999).contains(number);
    let edtf = match numbers.as_slice() {
        [year] if is_year(year) => format!("{year}-{month:02}"),
        [year, day] | [day, year] if is_year(year) && !is_year(day) => {
            format!("{year}-{month:02}-{day:02}")
        }
        _ => return None,
    };
    edtf.parse().ok()
}

/// `9th`, `2022年3` and `1er` apart.
fn number_and_word(part: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut was_digit = None;
    for c in part.chars() {
        let is_digit = c.is_ascii_digit();
        match parts.last_mut().filter(|_| was_digit == Some(is_digit)) {
            Some(last) => last.push(c),
            None => parts.push(c.to_string()),
        }
        was_digit = Some(is_digit);
    }
    parts
}

/// Two dates with a stroke, dots or a colon between.
fn span(text: &str, day_first: bool) -> Option<EdtfDate> {
    if let Some(rest) = text.strip_prefix("..") {
        return format!("../{}", rest.trim_start_matches(['/', ':']))
            .parse()
            .ok();
    }
    if let Some(rest) = text.strip_suffix("..") {
        return format!("{}/..", rest.trim_end_matches(['/', ':']))
            .parse()
            .ok();
    }
    let (from, to) = [" - ", " – ", "–", " to ", ":", "/"]
        .into_iter()
        .find_map(|between| text.split_once(between))
        .or_else(|| {
            text.split_once('-')
                .filter(|(from, to)| four(from) && four(to))
        })?;
    let one = |part: &str| -> Option<String> {
        let part = part.trim();
        let date = part
            .parse::<EdtfDate>()
            .ok()
            .or_else(|| numeric(part, day_first))
            .or_else(|| loose(part))?;
        let plain = date.to_string();
        (!plain.contains('/')).then_some(plain)
    };
    // "800 BCE - 1100 CE": an end may be a century or a year without four digits.
    format!("{}/{}", one(from)?, one(to)?).parse().ok()
}

fn four(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `03.04.2022`, `3/4/2022`, `04.2022`, `2022/04/03`.
fn numeric(text: &str, day_first: bool) -> Option<EdtfDate> {
    let mark = text.chars().find(|c| matches!(c, '.' | '/' | '-'))?;
    let parts: Vec<&str> = text.split(mark).map(str::trim).collect();
    if parts
        .iter()
        .any(|p| p.is_empty() || !p.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    match parts.as_slice() {
        [a, b, year] if year.len() == 4 => {
            let (a, b) = (number(a)?, number(b)?);
            let (day, month) = match (a > 12, b > 12) {
                (true, false) => (a, b),
                (false, true) => (b, a),
                (true, true) => return None,
                // A dot is written by those who write the day first.
                (false, false) if day_first || mark == '.' => (a, b),
                (false, false) => (b, a),
            };
            format!("{year}-{month:02}-{day:02}").parse().ok()
        }
        [year, month, day] if year.len() == 4 => {
            format!("{year}-{:02}-{:02}", number(month)?, number(day)?)
                .parse()
                .ok()
        }
        [month, year] if year.len() == 4 && mark != '-' => {
            format!("{year}-{:02}", number(month)?).parse().ok()
        }
        _ => None,
    }
}

/// Years with words about them: `ca. 1850`, `before 1900`, `1960s`, `XVII century`, `800 BCE`.
fn loose(text: &str) -> Option<EdtfDate> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let about = has(&[
        "ca",
        "c",
        "circa",
        "about",
        "around",
        "approx",
        "ок",
        "около",
        "близько",
        "vers",
        "um",
        "təxminən",
    ]);
    let before_christ = has(&["bce", "bc", "b.c", "э"]) && !has(&["ce"]);
    let year = |word: &str| -> Option<i64> {
        let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || c == '\'');
        (!digits.is_empty() && digits.len() <= 4)
            .then(|| digits.parse().ok())
            .flatten()
    };
    if has(&[
        "century",
        "c.",
        "в",
        "век",
        "века",
        "ст",
        "століття",
        "siècle",
        "jahrhundert",
        "əsr",
        "դար",
        "قرن",
        "القرن",
    ]) {
        let century = words
            .iter()
            .find_map(|word| roman(word).or_else(|| year(word)))
            .filter(|century| (1..=21).contains(century))?;
        let edtf = match before_christ {
            false => format!("{:02}XX", century - 1),
            true => format!("-{:04}/-{:04}", century * 100 - 1, (century - 1) * 100),
        };
        return edtf.parse().ok();
    }
    let numbers: Vec<(&str, i64)> = words
        .iter()
        .filter_map(|word| Some((*word, year(word)?)))
        .collect();
    let [(word, number)] = numbers.as_slice() else {
        return None;
    };
    if before_christ {
        return format!("-{:04}", number - 1).parse().ok();
    }
    if has(&["ce", "ad"]) && words.len() == 2 {
        return format!("{number:04}").parse().ok();
    }
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    if digits.len() == 3 && words.len() == 1 && digits == *word {
        return format!("0{digits}").parse().ok();
    }
    if !four(digits) {
        return None;
    }
    if word.ends_with('s') && digits.ends_with('0') {
        return format!("{}X", &digits[..3]).parse().ok();
    }
    let edtf = match words.first() {
        Some(&("before" | "до" | "avant" | "vor")) => format!("../{digits}"),
        Some(&("after" | "since" | "после" | "після" | "après" | "nach")) => {
            format!("{digits}/..")
        }
        _ if about => format!("{digits}~"),
        _ if words.len() == 1 => digits.to_owned(),
        _ => return None,
    };
    edtf.parse().ok()
}

fn roman(word: &str) -> Option<i64> {
    let value = |c| match c {
        'i' | 'і' => Some(1),
        'v' => Some(5),
        'x' | 'х' => Some(10),
        _ => None,
    };
    let digits: Vec<i64> = word.chars().map(value).collect::<Option<_>>()?;
    let mut all = 0;
    for (at, digit) in digits.iter().enumerate() {
        match digits.get(at + 1) {
            Some(next) if next > digit => all -= digit,
            _ => all += digit,
        }
    }
    (!digits.is_empty()).then_some(all)
}

/// A date in words, in the languages articles are read in.
fn in_words(text: &str) -> Option<EdtfDate> {
    lexicons().find_map(|lexicon| {
        let text = Text::new(text, 0, &[]);
        dates::first_in(&text, lexicon, 0..text.tokens.len(), None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_lists_write_them() {
        for (text, edtf) in [
            ("2022-03-11", "2022-03-11"),
            ("1900-1901", "1900/1901"),
            ("1949", "1949"),
            ("914", "0914"),
            ("2022-03-11 00:00:00", "2022-03-11"),
            ("11.03.2022", "2022-03-11"),
            ("3/11/2022", "2022-11-03"),
            ("25/12/2022", "2022-12-25"),
            ("12/25/2022", "2022-12-25"),
            ("03.2022", "2022-03"),
            ("March 2022", "2022-03"),
            ("11 марта 2022", "2022-03-11"),
            ("ca. 1850", "1850~"),
            ("before 1900", "../1900"),
            ("1960s", "196X"),
            ("7th century", "06XX"),
            ("XVII century", "16XX"),
            ("XVIII в.", "17XX"),
            ("800 BCE", "-0799"),
            ("800 BCE - 1100 CE", "-0799/1100"),
            ("..2004-04-30", "../2004-04-30"),
            ("2009-05-16:2011-06-10", "2009-05-16/2011-06-10"),
            ("2021~", "2021~"),
        ] {
            let found = date(text, true).map(|date| date.to_string());
            assert_eq!(found.as_deref(), Some(edtf), "{text}");
        }
        for text in [
            "",
            "unknown",
            "99/99/2022",
            "Islamic period",
            "12",
            "31.02.2022",
        ] {
            assert_eq!(date(text, true), None, "{text}");
        }
    }

    #[test]
    fn months_are_known_in_the_languages_of_lists() {
        for (text, is) in [
            ("березень 2022", "2022-03"),
            ("8 жовтня 2020 р.", "2020-10-08"),
            ("12 марта 2022 года", "2022-03-12"),
            ("9th of March, 2022", "2022-03-09"),
            ("Mar 2022", "2022-03"),
            ("1er août 2020", "2020-08-01"),
            ("9. März 2022", "2022-03-09"),
            ("9 de marzo de 2022", "2022-03-09"),
            ("6 Şubat 2023", "2023-02-06"),
            ("8 oktyabr 2020-ci il", "2020-10-08"),
            ("2020 թ. հոկտեմբերի 8", "2020-10-08"),
            ("8 აგვისტო 2008", "2008-08-08"),
            ("١٢ حزيران ٢٠١٥", "2015-06-12"),
            ("كانون الثاني 2014", "2014-01"),
            ("19 באוקטובר 2023", "2023-10-19"),
            ("2022年3月9日", "2022-03-09"),
            ("2022년 3월", "2022-03"),
            ("12. јул 1999.", "1999-07-12"),
        ] {
            let read = date(text, true).map(|date| date.to_string());
            assert_eq!(read.as_deref(), Some(is), "{text}");
        }
        for text in ["8 жовтня", "March", "Mart Nouveau 2022"] {
            assert_eq!(date(text, true), None, "{text}");
        }
    }

    #[test]
    fn days_of_other_calendars_are_left_as_they_are_written() {
        for text in [
            "1399/08/18",
            "۱۳۹۹/۰۸/۱۸",
            "1441-02-03",
            "2565-03-01",
            "1 مايو 1399",
        ] {
            assert_eq!(date(text, true), None, "{text}");
        }
        assert!(
            date("1399", true).is_some(),
            "a year by itself may be of a building"
        );
    }

    proptest::proptest! {
        #[test]
        fn anything_is_read_or_left(
            text in r"(\PC{0,12}|[0-9]{1,4}|[./ -]|жовтня|march|年|月|日|كانون|الثاني|~){0,7}",
            day_first: bool,
        ) {
            if let Some(read) = date(&text, day_first) {
                proptest::prop_assert_eq!(read.to_string().parse::<EdtfDate>().ok(), Some(read));
            }
        }
    }
}
