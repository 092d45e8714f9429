//! What a cell says: quantities, names with their languages.

use crate::lexicon::{Lexicon, TABLED};
use crate::propose::quantity;
use crate::text::Text;
use std::borrow::Cow;
use stele_model::Quantity;

/// A text with the digits of every script as 0 to 9, the Arabic decimal sign as a point and the sign for minus
/// as the keyboard's.
pub(super) fn plain_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| match c {
        '٫' => '.',
        '−' => '-',
        c => {
            let code = u32::from(c);
            let zero = ZEROS
                .iter()
                .find(|zero| (**zero..**zero + 10).contains(&code));
            zero.and_then(|zero| char::from_digit(code - zero, 10))
                .unwrap_or(c)
        }
    };
    // Parts thousands in Arabic; never anything else.
    Cow::Owned(text.chars().filter(|c| *c != '٬').map(plain).collect())
}

/// Where digits begin: Arabic, Persian, N'Ko, Devanagari, Bengali, Gurmukhi, Gujarati, Odia, Tamil, Telugu,
/// Kannada, Malayalam, Thai, Lao, Tibetan, Burmese, Khmer, and the wide ones of East Asia.
const ZEROS: [u32; 18] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50,
    0xED0, 0xF20, 0x1040, 0x17E0, 0xFF10,
];

/// How many a cell says: `4 600 000`, `about 300`, `>100`, `1.5 million`, `200–300`.
pub(super) fn count(text: &str) -> Option<Quantity> {
    use stele_model::Qualifier as Q;
    let text = plain_digits(text.trim());
    let (sign, rest) = match text.chars().next()? {
        '>' if text.starts_with(">=") => (Some(Q::AtLeast), &text[2..]),
        '<' if text.starts_with("<=") => (Some(Q::AtMost), &text[2..]),
        '≥' => (Some(Q::AtLeast), &text['≥'.len_utf8()..]),
        '≤' => (Some(Q::AtMost), &text['≤'.len_utf8()..]),
        '>' => (Some(Q::MoreThan), &text[1..]),
        '<' => (Some(Q::LessThan), &text[1..]),
        '~' => (Some(Q::About), &text[1..]),
        _ => (None, &*text),
    };
    let rest = rest.trim();
    let found = lexicons().find_map(|lexicon| {
        let text = Text::new(rest, 0, &[]);
        let found = quantity::at(&text, lexicon, 0)?;
        (found.range.end == text.tokens.len()).then_some(found.quantity)
    });
    let plain = || rest.parse::<u64>().ok().map(Quantity::exactly);
    let mut quantity = plain().or(found)?;
    if let (Some(sign), Q::Exactly) = (sign, quantity.qualifier) {
        quantity.qualifier = sign;
    }
    Some(quantity)
}

pub(super) fn lexicons() -> impl Iterator<Item = &'static Lexicon> {
    TABLED.into_iter().filter_map(Lexicon::of)
}

/// The names of a cell, parted. A stroke with spaces about it parts two languages everywhere.
pub(super) fn names<'a>(text: &'a str, several: bool, separator: Option<&str>) -> Vec<&'a str> {
    let separator = separator.unwrap_or(";");
    // As a rule there is one.
    let is_parted = text.contains(['/', '\n', '|']) || (several && text.contains(separator));
    if !is_parted {
        let is_name = text.chars().any(char::is_alphanumeric);
        return is_name.then(|| text.trim()).into_iter().collect();
    }
    let mut names: Vec<&str> = text.split(" / ").collect();
    let mut part = |by: &str| names = names.iter().flat_map(|name| name.split(by)).collect();
    part("\n");
    part("|");
    if several {
        part(separator);
    }
    names.retain(|name| name.chars().any(char::is_alphanumeric));
    names.iter().map(|name| name.trim()).collect()
}

/// Longest name of an area, in characters.
const AREA_CHARS: usize = 1_000;

/// The areas of a cell, each by its names: a stroke with spaces about it parts two languages.
pub(super) fn areas(text: &str) -> Vec<Vec<String>> {
    let named = text.split(['\n', '|']).map(|area| {
        let names = names(area, false, None).into_iter();
        names
            .map(|name| name.chars().take(AREA_CHARS).collect())
            .collect::<Vec<String>>()
    });
    named.filter(|names| !names.is_empty()).collect()
}

/// The language of a name: by letters that only one language writes, else the one given, where its
/// script is one that language is written in; else the script alone.
pub fn language(name: &str, given: Option<&str>) -> String {
    let script = name.chars().find(|c| c.is_alphabetic()).map(|c| c as u32);
    let has = |letters: &[char]| {
        !name.is_ascii() && name.chars().any(|c| !c.is_ascii() && letters.contains(&c))
    };
    let (script, sure, usual): (&str, Option<&str>, &[&str]) = match script {
        Some(0x0530..=0x058F) => ("Armn", Some("hy"), &["hy", "hyw"]),
        Some(0x10A0..=0x10FF | 0x1C90..=0x1CBF) => ("Geor", Some("ka"), &["ka", "xmf", "lzz"]),
        Some(0x0590..=0x05FF) => ("Hebr", None, &["he", "yi"]),
        Some(0x0370..=0x03FF | 0x1F00..=0x1FFF) => ("Grek", Some("el"), &["el"]),
        Some(0x0600..=0x06FF | 0x0750..=0x077F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF) => {
            let sure = match () {
                () if has(&['ټ', 'ډ', 'ړ', 'ښ', 'ځ', 'څ']) => Some("ps"),
                () if has(&['ٹ', 'ڈ', 'ڑ', 'ے']) => Some("ur"),
                () if has(&['ڵ', 'ڕ', 'ێ', 'ۆ']) => Some("ckb"),
                () if has(&['پ', 'چ', 'ژ', 'گ', 'ک', 'ی']) => Some("fa"),
                () if has(&['ة', 'ى', 'ؤ', 'ئ', 'إ', 'أ']) => Some("ar"),
                () => None,
            };
            (
                "Arab",
                sure,
                &["ar", "fa", "ur", "ps", "ckb", "az", "ug", "sd"],
            )
        }
        Some(0x0400..=0x052F) => {
            let sure = match () {
                () if has(&['і', 'ї', 'є', 'ґ', 'І', 'Ї', 'Є', 'Ґ'])
                    && !has(&['ы', 'э', 'ъ', 'ё', 'Ы', 'Э', 'Ъ', 'Ё']) =>
                {
                    Some("uk")
                }
                () if has(&['ў', 'Ў']) => Some("be"),
                () if has(&['ђ', 'ћ', 'љ', 'њ', 'џ', 'Ђ', 'Ћ', 'Љ', 'Њ', 'Џ']) => {
                    Some("sr")
                }
                () if has(&['ы', 'э', 'ё', 'Ы', 'Э', 'Ё']) => Some("ru"),
                () => None,
            };
            (
                "Cyrl",
                sure,
                &[
                    "ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn", "az", "os", "ab",
                    "ce",
                ],
            )
        }
        Some(0x4E00..=0x9FFF) => ("Hani", None, &["zh", "ja", "ko"]),
        Some(0x3040..=0x30FF) => ("Jpan", Some("ja"), &["ja"]),
        Some(0xAC00..=0xD7AF | 0x1100..=0x11FF) => ("Kore", Some("ko"), &["ko"]),
        Some(0x1200..=0x137F) => ("Ethi", None, &["am", "ti"]),
        Some(0x0E00..=0x0E7F) => ("Thai", Some("th"), &["th"]),
        Some(0x0900..=0x097F) => ("Deva", None, &["hi", "ne", "mr"]),
        Some(_) => {
            let sure = has(&['ə', 'Ə']).then_some("az");
            return given
                .filter(|lang| !NOT_LATIN.contains(&primary(lang)) || lang.contains("Latn"))
                .or(sure)
                .unwrap_or("und")
                .to_owned();
        }
        None => return "und".to_owned(),
    };
    if let Some(given) = given.filter(|lang| usual.contains(&primary(lang))) {
        return given.to_owned();
    }
    match sure {
        Some(sure) => sure.to_owned(),
        None => format!("und-{script}"),
    }
}

/// Languages that are not written in Latin letters unless it is said.
const NOT_LATIN: [&str; 14] = [
    "hy", "ka", "he", "el", "ar", "fa", "ur", "ru", "uk", "be", "bg", "zh", "ja", "ko",
];

fn primary(lang: &str) -> &str {
    lang.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_keep_their_qualifiers() {
        let told = |text| count(text).map(|quantity| quantity.in_words());
        assert_eq!(told("4 600 000").as_deref(), Some("4,600,000"));
        assert_eq!(told("about 300").as_deref(), Some("about 300"));
        assert_eq!(told(">100").as_deref(), Some("more than 100"));
        assert_eq!(told("≥ 100").as_deref(), Some("at least 100"));
        assert_eq!(told("1.5 million").as_deref(), Some("1,500,000"));
        assert_eq!(told("около 300").as_deref(), Some("about 300"));
        assert_eq!(told("٣٠٠").as_deref(), Some("300"));
        assert_eq!(told("many"), None);
        assert_eq!(told(""), None);
    }

    #[test]
    fn names_are_parted_and_their_language_seen() {
        assert_eq!(
            names("Костянтинівка / Kostyantynivka", false, None),
            ["Костянтинівка", "Kostyantynivka"]
        );
        assert_eq!(names("A, CVNS-IR", true, Some(",")), ["A", "CVNS-IR"]);
        assert_eq!(names("Dürer; Haus", false, None), ["Dürer; Haus"]);
        assert_eq!(names("شهرک سیّد نور|سید نور", true, None).len(), 2);
        for (name, given, lang) in [
            ("Şuşa məscidi", None, "az"),
            ("Շուշի", None, "hy"),
            ("Чернігівський музей", Some("en"), "uk"),
            ("Шуша", Some("ru"), "ru"),
            ("Шуша", None, "und-Cyrl"),
            ("کارونسرای حاج کمال", None, "fa"),
            ("جامع العمري الكبير", Some("ar"), "ar"),
            ("Great Omari Mosque", Some("ar"), "und"),
            ("Great Omari Mosque", Some("en"), "en"),
            ("123", None, "und"),
        ] {
            assert_eq!(language(name, given), lang, "{name}");
        }
    }
}
