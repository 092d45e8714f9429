//! The head of a plain text: title, date, author, publisher, as newspapers and agencies write them.

use stele_model::EdtfDate;
use stele_model::date::Day;

/// What the first lines tell.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Head {
    pub title: Option<String>,
    pub published: Option<EdtfDate>,
    pub author: Option<String>,
    pub publisher: Option<String>,
    /// Where the text itself begins, in characters.
    pub body_start: usize,
}

/// Lines looked at.
const LINES: usize = 8;

pub(super) fn of_plain(text: &str, language: Option<&str>) -> Head {
    let mut head = Head::default();
    let mut at = 0;
    let mut seen = 0;
    for line in text.split('\n') {
        let length = line.chars().count() + 1;
        let trimmed = line.trim();
        if trimmed.is_empty() {
            at += length;
            continue;
        }
        if seen >= LINES || !take(&mut head, trimmed, language) {
            break;
        }
        seen += 1;
        at += length;
    }
    head.body_start = at.min(text.chars().count());
    if head.published.is_none() {
        head.published = dateline(text, head.body_start, language);
    }
    head
}

/// "The Post, 3 April 2017", "12 July 2013 | The Courier | By Ann Writer", "Damascus, 23 December 2014":
/// a line of names, a day and an author, apart by signs.
fn imprint(head: &mut Head, line: &str, language: Option<&str>) -> bool {
    if line.chars().count() > 120 || head.published.is_some() {
        return false;
    }
    let (mut date, mut author, mut names) = (None, None, Vec::new());
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', ',', '|', '·', '–', '—', '-', '.', '(', ')', ':']);
        if rest.is_empty() {
            break;
        }
        if date.is_none()
            && let Some((day, after)) = leading_date(rest, language)
        {
            date = Some(day);
            rest = after;
            // "2021-06-23 By The Paper" names who published, not who wrote.
            if names.is_empty() && strip_word(rest.trim_start(), "by").is_some() {
                return false;
            }
            // A time of day after it.
            let hour = rest.trim_start_matches([' ', ',']);
            let after_hour = hour.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
            if hour.len() - after_hour.len() == 5 && hour.contains(':') {
                rest = after_hour;
            }
            continue;
        }
        // A comma or stop parts names; so does a sign between spaces.
        let end = [", ", " | ", " · ", " – ", " — ", " - ", ". ", " ("]
            .iter()
            .filter_map(|sign| rest.find(sign))
            .min()
            .unwrap_or(rest.len());
        let part = rest[..end].trim().trim_end_matches(['.', ')']);
        rest = &rest[end..];
        let by = ["by", "author", "автор"]
            .iter()
            .find_map(|label| strip_word(part, label));
        match by {
            Some(name) => author = Some(name.trim_start_matches([':', ' ']).to_owned()),
            None => names.push(part.to_owned()),
        }
    }
    let short = |name: &String| {
        name.split_whitespace().count() <= 5
            && name.chars().next().is_some_and(char::is_uppercase)
            && name
                .chars()
                .all(|c| c.is_alphabetic() || " .'’&-".contains(c))
    };
    let Some(date) = date.filter(|_| names.len() <= 2 && names.iter().all(short)) else {
        return false;
    };
    head.published = Some(date);
    if head.author.is_none() {
        head.author = author.filter(|a| a.split_whitespace().count() <= 6);
    }
    // One name beside a day can be a town; a paper's name has a word that papers are called by.
    let paper = names.into_iter().find(|name| is_a_paper(name));
    if head.publisher.is_none() {
        head.publisher = paper;
    }
    true
}

/// Whether a name is one that newspapers and agencies bear.
fn is_a_paper(name: &str) -> bool {
    const CALLED: &[&str] = &[
        "times",
        "post",
        "news",
        "herald",
        "gazette",
        "courier",
        "tribune",
        "observer",
        "daily",
        "journal",
        "chronicle",
        "review",
        "bulletin",
        "dispatch",
        "report",
        "telegraph",
        "mail",
        "guardian",
        "press",
        "agency",
        "wire",
        "standard",
        "monitor",
        "star",
        "sun",
        "independent",
        "today",
        "weekly",
        "echo",
        "voice",
        "record",
        "mirror",
        "globe",
        "газета",
        "новости",
        "известия",
        "вестник",
        "агентство",
        "правда",
    ];
    name.split_whitespace()
        .any(|word| CALLED.contains(&word.to_lowercase().as_str()))
}

/// "Mosul, 12 July 2017. …", "KHARTOUM, 4 May 2024 — …": a place and a day before the first sentence.
fn dateline(text: &str, from: usize, language: Option<&str>) -> Option<EdtfDate> {
    let opening: String = text.chars().skip(from).take(80).collect();
    let opening = opening.trim_start().lines().next()?.to_owned();
    let (place, rest) = opening
        .split_once(", ")
        .or_else(|| opening.split_once(" ("))?;
    if place.split_whitespace().count() > 3 || !place.chars().next()?.is_uppercase() {
        return None;
    }
    let (date, after) = leading_date(rest, language)?;
    let closed = |t: &str| {
        t.trim_start()
            .starts_with(['.', '—', '–', '-', ':', ')', '('])
    };
    let read = rest.len() - after.len();
    (closed(after)
        || rest[..read]
            .trim_end()
            .ends_with(['.', '—', '–', '-', ':', ')']))
    .then_some(date)
}

/// Takes a line of the head in; false when the text itself begins with it.
fn take(head: &mut Head, line: &str, language: Option<&str>) -> bool {
    let mut rest = line;
    // "date 2021-06-23 By Azernews": a label, a day, who published.
    for label in ["date", "published", "updated", "дата"] {
        if let Some(after) = strip_word(rest, label) {
            rest = after.trim_start_matches([':', ' ']);
        }
    }
    if imprint(head, rest, language) {
        return true;
    }
    let mut dated = false;
    if head.published.is_none()
        && let Some((date, after)) = leading_date(rest, language)
    {
        head.published = Some(date);
        rest = after.trim_start_matches([' ', ',', '|', '·', '–', '—', '-', '.']);
        dated = true;
    }
    if dated && rest.is_empty() {
        return true;
    }
    if let Some(name) = strip_word(rest, "by") {
        let name = name.trim();
        let short = name.chars().count() <= 80 && !name.ends_with('.');
        if short {
            match dated {
                true => head.publisher = Some(name.to_owned()),
                false => head.author = Some(name.to_owned()),
            }
            return true;
        }
    }
    if dated {
        // "20 July 2023, Kyiv": a short remainder is a dateline; a long one is the text.
        return rest.chars().count() <= 40;
    }
    // A title is one line without a full stop, before anything else of the head but a date.
    let is_title = head.title.is_none()
        && head.author.is_none()
        && head.publisher.is_none()
        && line.chars().count() <= 200
        && !line.ends_with(['.', '!', ';', ',', ':', '”', '»', '"'])
        && !has_inner_stop(line);
    if is_title {
        head.title = Some(line.to_owned());
    }
    is_title
}

fn has_inner_stop(line: &str) -> bool {
    line.contains(". ")
        && line
            .split(". ")
            .any(|part| part.split_whitespace().count() > 6)
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = text.split_once([' ', ':']).unwrap_or((text, ""));
    (first.to_lowercase() == word).then_some(rest)
}

/// A date at the beginning of a line: `2021-06-23`, `23 June 2021`, `June 23, 2021`, `23.06.2021`, `20 июля 2023 года`.
fn leading_date<'a>(line: &'a str, language: Option<&str>) -> Option<(EdtfDate, &'a str)> {
    let end_of = |words: usize| {
        let mut at = 0;
        for (count, word) in line.split_inclusive(' ').enumerate() {
            if count == words {
                break;
            }
            at += word.len();
        }
        at
    };
    let words: Vec<String> = line
        .split_whitespace()
        .take(6)
        .map(|w| w.trim_matches([',', '.', '|']).to_lowercase())
        .collect();
    let first = words.first()?;
    if let Some(date) = date_of_machine(first) {
        return Some((date, &line[end_of(1)..]));
    }
    let skip = usize::from(
        crate::lexicon::Lexicon::of("en").is_some_and(|en| en.weekdays.contains(first)),
    );
    let words = &words[skip..];
    let month = |word: &String| {
        [language.unwrap_or("en"), "en", "ru"]
            .into_iter()
            .find_map(|lang| {
                let lex = crate::lexicon::Lexicon::of(lang)?;
                lex.months.iter().position(|m| {
                    m.strip_suffix('*').map_or(m == word, |stem| {
                        word.starts_with(stem) && word.chars().count() <= stem.chars().count() + 2
                    })
                })
            })
    };
    let day = |word: &String| {
        word.trim_end_matches(['s', 't', 'h', 'n', 'd', 'r'])
            .parse::<u8>()
            .ok()
    };
    let [a, b, c, ..] = words else { return None };
    let (day, month) = match (day(a), month(b), month(a), day(b)) {
        (Some(day), Some(month), _, _) => (day, month),
        (_, _, Some(month), Some(day)) => (day, month),
        _ => return None,
    };
    let year: i64 = c.parse().ok().filter(|y| (1900..=2100).contains(y))?;
    let date = Day::from_ymd(year, u8::try_from(month + 1).ok()?, day).map(EdtfDate::from_day)?;
    let year_word = usize::from(
        words
            .get(3)
            .is_some_and(|w| matches!(w.as_str(), "года" | "год" | "г")),
    );
    Some((date, &line[end_of(skip + 3 + year_word)..]))
}

/// `2021-06-23`, also with a time after it; `23.06.2021`; `23/06/2021`.
pub(super) fn date_of_machine(text: &str) -> Option<EdtfDate> {
    let text = text.split('T').next()?.trim();
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
    if year.len() != 4 {
        return None;
    }
    Day::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        .map(EdtfDate::from_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(
        text: &str,
    ) -> (
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        String,
    ) {
        let head = of_plain(text, None);
        let rest: String = text.chars().skip(head.body_start).collect();
        (
            head.title,
            head.published.map(|d| d.to_string()),
            head.author,
            head.publisher,
            rest,
        )
    }

    #[test]
    fn heads_of_newspapers() {
        let some = |t: &str| Some(t.to_owned());
        let label = " date 2021-06-23 By The Paper\n\n\nBy Ann Writer\n\nThe minister said that much was lost.";
        assert_eq!(
            head(label),
            (
                None,
                some("2021-06-23"),
                some("Ann Writer"),
                some("The Paper"),
                "The minister said that much was lost.".into()
            )
        );
        let usual = "Back from the city, experts count what is lost\n7 June 2013\n\nBAMAKO. A team came back.";
        assert_eq!(
            head(usual),
            (
                some("Back from the city, experts count what is lost"),
                some("2013-06-07"),
                None,
                None,
                "BAMAKO. A team came back.".into()
            )
        );
        let russian =
            "Министерство: повреждено более 1600 объектов\n20 июля 2023 года\n\nКИЕВ. Сообщают.";
        assert_eq!(
            head(russian),
            (
                some("Министерство: повреждено более 1600 объектов"),
                some("2023-07-20"),
                None,
                None,
                "КИЕВ. Сообщают.".into()
            )
        );
        let none = "The ministry said that three museums were damaged. It gave no names.";
        assert_eq!(head(none), (None, None, None, None, none.into()));
        for (line, date, author, publisher) in [
            (
                "12 July 2013 | Sahel Courier | By Awa Traoré",
                "2013-07-12",
                some("Awa Traoré"),
                some("Sahel Courier"),
            ),
            ("Damascus, 23 December 2014", "2014-12-23", None, None),
            (
                "The Nineveh Post, 3 April 2017",
                "2017-04-03",
                None,
                some("The Nineveh Post"),
            ),
            (
                "Mediterranean Herald – 5 May 2009",
                "2009-05-05",
                None,
                some("Mediterranean Herald"),
            ),
            (
                "The Balkan Observer, August 25, 2002",
                "2002-08-25",
                None,
                some("The Balkan Observer"),
            ),
            (
                "Levant Review. 8 October 2024. Author: Rana Khoury",
                "2024-10-08",
                some("Rana Khoury"),
                some("Levant Review"),
            ),
            (
                "Baku Gazette, 14.02.2021",
                "2021-02-14",
                None,
                some("Baku Gazette"),
            ),
            ("18 мая 2023, 10:20", "2023-05-18", None, None),
        ] {
            let (title, day, by, paper, rest) =
                head(&format!("A title\n{line}\n\nThe text begins here."));
            assert_eq!(
                (title, rest),
                (some("A title"), "The text begins here.".into()),
                "{line}"
            );
            assert_eq!((day, by, paper), (some(date), author, publisher), "{line}");
        }
        // A sentence that begins with a place and a day is the text, not its head.
        let text = "Mosul, 3 April 2017 was the day on which the museum was entered by troops.";
        assert_eq!(head(text).4, text);
        assert_eq!(
            head("June 23, 2021\nText begins here and goes on.").1,
            some("2021-06-23")
        );
    }
}
