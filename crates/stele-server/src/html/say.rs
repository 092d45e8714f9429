//! Small sentences and forms of words that several pages use; the product's own, neutral voice.

use maud::{Markup, html};
use stele_model::date::Day;
use stele_model::name::is_rtl;
use stele_model::{EdtfDate, Name};

/// A date in words, with its exact form for machines where it is a day.
pub fn date(date: &EdtfDate) -> Markup {
    let text = date.to_string();
    html! { time title=(text) datetime=[is_machine_date(&text).then_some(text.as_str())] { (date.in_words()) } }
}

/// What HTML accepts in `datetime`: year, month or day.
fn is_machine_date(text: &str) -> bool {
    matches!(text.len(), 4 | 7 | 10) && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// A moment of recording, to the minute, in UTC.
pub fn moment(unix_ms: u64) -> Markup {
    let day = Day(i64::try_from(unix_ms / 86_400_000).unwrap_or(0));
    let minutes = unix_ms / 60_000 % 1_440;
    let text = format!("{day} {:02}:{:02}", minutes / 60, minutes % 60);
    let machine = format!("{day}T{:02}:{:02}Z", minutes / 60, minutes % 60);
    html! { time datetime=(machine) { (text) " UTC" } }
}

/// How long something has waited, from a date that may be no day.
pub fn waited(since: &EdtfDate, today: Day) -> String {
    match since.days_until(today) {
        (Some(least), Some(most)) if least == most => days(least),
        (Some(least), Some(most)) => format!("{} to {}", days(least), days(most)),
        (None, Some(most)) => format!("up to {}", days(most)),
        (Some(least), None) => format!("at least {}", days(least)),
        (None, None) => "for a time that is not known".into(),
    }
}

fn days(n: i64) -> String {
    match n {
        i64::MIN..0 => "not yet".into(),
        0 => "since today".into(),
        1 => "1 day".into(),
        2..=89 => format!("{n} days"),
        90..=729 => format!("{} months", n / 30),
        _ => format!("{} years", n / 365),
    }
}

/// A text in its own language and direction.
pub fn text_in(text: &str, lang: &str) -> Markup {
    let dir = if is_rtl(text) { "rtl" } else { "ltr" };
    html! { bdi lang=[(lang != "und").then_some(lang)] dir=(dir) { (text) } }
}

/// A text whose language is not known, in its own direction.
pub fn text(text: &str) -> Markup {
    html! { bdi dir="auto" { (text) } }
}

/// A name of a language for a reader; the tag itself when it is not a usual one.
pub fn language(tag: &str) -> String {
    let name = match tag.split('-').next().unwrap_or_default() {
        "am" => "Amharic",
        "ar" => "Arabic",
        "az" => "Azerbaijani",
        "bs" => "Bosnian",
        "de" => "German",
        "el" => "Greek",
        "en" => "English",
        "es" => "Spanish",
        "fa" => "Persian",
        "fr" => "French",
        "he" => "Hebrew",
        "hr" => "Croatian",
        "hy" => "Armenian",
        "it" => "Italian",
        "ka" => "Georgian",
        "km" => "Khmer",
        "ku" => "Kurdish",
        "la" => "Latin",
        "pl" => "Polish",
        "ru" => "Russian",
        "sq" => "Albanian",
        "sr" => "Serbian",
        "syr" => "Syriac",
        "tr" => "Turkish",
        "uk" => "Ukrainian",
        "zh" => "Chinese",
        "und" => return "language not stated".into(),
        _ => return tag.to_owned(),
    };
    match tag.split_once('-') {
        Some((_, "Cyrl")) => format!("{name}, Cyrillic"),
        Some((_, "Latn")) => format!("{name}, Latin"),
        Some((_, "Arab")) => format!("{name}, Arabic script"),
        _ => name.to_owned(),
    }
}

/// A name with its language marked.
pub fn name(name: &Name) -> Markup {
    text_in(&name.text, &name.lang)
}

/// "a claim", "an area"; what cannot be counted has no article.
pub fn one(label: &str) -> String {
    let article = match label.chars().next() {
        _ if label == "evidence" => return label.to_owned(),
        Some('a' | 'e' | 'i' | 'o') => "an",
        _ => "a",
    };
    format!("{article} {label}")
}

/// "1 claim", "2 claims".
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        stele_model::grouped(n),
        if n == 1 { one } else { many }
    )
}
