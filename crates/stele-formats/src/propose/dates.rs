//! Dates as articles write them, as EDTF: a day, a month, "early May this year", "on Wednesday".

use crate::lexicon::Lexicon;
use crate::text::{Sort, Text};
use std::ops::Range;
use stele_model::EdtfDate;
use stele_model::date::Day;

/// The first date in a stretch of text, read as of the day the text was published.
pub(crate) fn first_in(
    text: &Text,
    lex: &Lexicon,
    range: Range<usize>,
    published: Option<Day>,
) -> Option<EdtfDate> {
    range
        .clone()
        .find_map(|i| at(text, lex, i, range.end, published))
}

/// When something is said to have happened: the date that follows what is said ("was razed in April 2013",
/// "since 1974", "between 2011 and 2014", "on 8 October"), up to the next mark or verb of saying.
pub(crate) fn of_event(
    text: &Text,
    lex: &Lexicon,
    range: Range<usize>,
    published: Option<Day>,
) -> Option<EdtfDate> {
    let ends = range
        .clone()
        .find(|k| {
            let token = &text.tokens[*k];
            matches!(token.form.as_str(), ";" | "—" | "–" | "“" | "”" | ":")
                || lex.says.at(text, *k).is_some()
        })
        .unwrap_or(range.end);
    let mut k = range.start;
    while k < ends {
        let form = text.tokens[k].form.as_str();
        if form == "," {
            return None;
        }
        let here = |at: usize| dated(text, lex, at, ends, published);
        let found = if lex.event_since.iter().any(|w| w == form) {
            here(k + 1).and_then(|(date, _)| edtf(format!("{date}/..")))
        } else if lex.event_from.iter().any(|w| w == form) {
            here(k + 1).and_then(|(first, after)| {
                let to = text.tokens.get(after)?;
                let (last, _) = lex.range.contains(&to.form).then(|| here(after + 1))??;
                edtf(format!("{first}/{last}"))
            })
        } else if lex.event_at.iter().any(|w| w == form) {
            here(k + 1).and_then(|(date, _)| edtf(date))
        } else {
            None
        };
        if found.is_some() {
            return found;
        }
        k += 1;
    }
    None
}

/// "In 1982 the old town was razed": the date a sentence opens with, unless somebody says it then.
pub(crate) fn opening(
    text: &Text,
    lex: &Lexicon,
    range: Range<usize>,
    published: Option<Day>,
) -> Option<EdtfDate> {
    let first = text.tokens.get(range.start)?;
    let (date, after) = lex
        .event_at
        .contains(&first.form)
        .then(|| dated(text, lex, range.start + 1, range.end, published))??;
    lex.says
        .all_in(text, after..range.end)
        .is_empty()
        .then(|| edtf(date))?
}

/// A date right at a token, a word or two aside: a day, a month or a bare year; and the token after it.
fn dated(
    text: &Text,
    lex: &Lexicon,
    i: usize,
    end: usize,
    published: Option<Day>,
) -> Option<(String, usize)> {
    let year = |k: usize| number(text, k, 1000, 2100).filter(|_| k < end);
    if let Some(found) = year(i) {
        return Some((format!("{found:04}"), i + 1));
    }
    for k in i..(i + 3).min(end) {
        let is_month = month_of(lex, &text.tokens[k].form)
            .is_some_and(|_| text.tokens[k].capital || lex.language != "en");
        let apart = k > i && number(text, k - 1, 1, 31).is_none() && {
            let before = &text.tokens[k - 1].form;
            !lex.dates.early.contains(before)
                && !lex.dates.mid.contains(before)
                && !lex.dates.late.contains(before)
        };
        if !is_month || apart {
            continue;
        }
        let date = at(text, lex, k, end, published)?;
        // Up to two numbers belong to it: "October 8, 2020".
        let mut after = k + 1;
        while after < end
            && (number(text, after, 1, 31).is_some()
                || year(after).is_some()
                || (text.tokens[after].is(",") && year(after + 1).is_some()))
        {
            after += 1;
        }
        return Some((date.to_string(), after));
    }
    None
}

fn edtf(text: String) -> Option<EdtfDate> {
    text.parse().ok()
}

fn month_of(lex: &Lexicon, form: &str) -> Option<u8> {
    let fits = |m: &String| {
        m.strip_suffix('*').map_or(m == form, |stem| {
            form.starts_with(stem) && form.chars().count() <= stem.chars().count() + 2
        })
    };
    lex.months
        .iter()
        .position(fits)
        .and_then(|i| u8::try_from(i + 1).ok())
}

fn number(text: &Text, i: usize, low: i64, high: i64) -> Option<i64> {
    let token = text.tokens.get(i).filter(|t| t.sort == Sort::Number)?;
    token
        .form
        .parse::<i64>()
        .ok()
        .filter(|n| (low..=high).contains(n))
}

fn at(
    text: &Text,
    lex: &Lexicon,
    i: usize,
    end: usize,
    published: Option<Day>,
) -> Option<EdtfDate> {
    let token = text.tokens.get(i)?;
    if let Some(day) = weekday(text, lex, i, published) {
        return Some(day);
    }
    let month = month_of(lex, &token.form).filter(|_| token.capital || lex.language != "en")?;
    let published = published.map(Day::ymd);
    let day_before = i.checked_sub(1).and_then(|k| number(text, k, 1, 31));
    let day_after = number(text, i + 1, 1, 31).filter(|_| i + 1 < end && lex.language == "en");
    let day = day_before.or(day_after);
    let mut k = if day_after.is_some() && day_before.is_none() {
        i + 2
    } else {
        i + 1
    };
    if text.tokens.get(k).is_some_and(|t| t.is(",")) && number(text, k + 1, 1900, 2100).is_some() {
        k += 1;
    }
    let year = number(text, k, 1900, 2100).or_else(|| {
        // Without a year: the last such month before the text was published.
        let (year, published_month, _) = published?;
        Some(if month > published_month {
            year - 1
        } else {
            year
        })
    })?;
    if let Some(day) = day {
        return edtf(format!("{year:04}-{month:02}-{day:02}"));
    }
    let before: String = text.tokens[i.saturating_sub(3)..i]
        .iter()
        .map(|t| t.form.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let ends_with = |words: &[String]| {
        words
            .iter()
            .any(|w| before == *w || before.ends_with(&format!(" {w}")))
    };
    let last = last_day(year, month);
    let (from, to) = if ends_with(&lex.dates.early) {
        (1, 10)
    } else if ends_with(&lex.dates.mid)
        || text
            .tokens
            .get(i.wrapping_sub(1))
            .is_some_and(|t| t.is("mid"))
    {
        (11, 20)
    } else if ends_with(&lex.dates.late) {
        (21, last)
    } else {
        return edtf(format!("{year:04}-{month:02}"));
    };
    edtf(format!(
        "{year:04}-{month:02}-{from:02}/{year:04}-{month:02}-{to:02}"
    ))
}

fn last_day(year: i64, month: u8) -> u8 {
    (28..=31)
        .rev()
        .find(|day| Day::from_ymd(year, month, *day).is_some())
        .unwrap_or(28)
}

/// "on Wednesday": the last one up to the day of publication.
fn weekday(text: &Text, lex: &Lexicon, i: usize, published: Option<Day>) -> Option<EdtfDate> {
    let form = &text.tokens.get(i)?.form;
    let wanted = lex.weekdays.iter().position(|w| {
        w.strip_suffix('*')
            .map_or(w == form, |stem| form.starts_with(stem))
    })?;
    if lex.language == "en" && !text.tokens[i].capital {
        return None;
    }
    let on = i
        .checked_sub(1)
        .and_then(|k| text.tokens.get(k))
        .is_some_and(|t| matches!(t.form.as_str(), "on" | "last" | "в" | "во"));
    let published = published.filter(|_| on)?;
    // 1970-01-01 was a Thursday, the fourth day from Monday.
    let of_day = |day: Day| (day.0 + 3).rem_euclid(7);
    let back = (of_day(published) - i64::try_from(wanted).ok()?).rem_euclid(7);
    Some(EdtfDate::from_day(Day(published.0 - back)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lang: &str, text: &str) -> Option<String> {
        let text = Text::new(text, 0, &[]);
        let published = Day::from_ymd(2021, 6, 23);
        first_in(&text, Lexicon::of(lang)?, 0..text.tokens.len(), published).map(|d| d.to_string())
    }

    #[test]
    fn dates_as_articles_write_them() {
        let cases = [
            (
                "In early May this year, the ministry said",
                "2021-05-01/2021-05-10",
            ),
            ("reported on June 22", "2021-06-22"),
            ("on 7 June 2013", "2013-06-07"),
            ("ended on November 10 with", "2020-11-10"),
            ("starting September 27, 2020.", "2020-09-27"),
            ("at the end of February 2020", "2020-02-21/2020-02-29"),
            ("in March 2021", "2021-03"),
            ("said on Tuesday", "2021-06-22"),
            ("said on Thursday", "2021-06-17"),
        ];
        for (text, wanted) in cases {
            assert_eq!(read("en", text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(
            read("ru", "20 июля 2023 года").as_deref(),
            Some("2023-07-20")
        );
        assert_eq!(
            read("ru", "с февраля 2022 года").as_deref(),
            Some("2022-02")
        );
        assert_eq!(read("en", "they may visit"), None);
    }
}
