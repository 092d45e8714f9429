//! Names: what somebody calls something, in a language and a script, with nobody's as the default.
//!
//! [`search_key`] folds any script to one comparable form; it is for finding, never for showing.

use crate::date::EdtfDate;
use crate::id::Id;
use crate::record::{Party, Source};
use crate::words::NameKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// One name. No name is *the* name: a page shows those in the reader's language first, then all.
///
/// JSON: `{"text": "Şuşa", "lang": "az", "kind": "official", "by": "<party id>"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The name as written.
    pub text: String,
    /// Language tag with script where it is not the usual one (BCP 47): `hy`, `az-Cyrl`; `und` when not known.
    #[serde(default = "undetermined")]
    pub lang: String,
    /// What the name is.
    #[serde(default = "official")]
    pub kind: NameKind,
    /// The party that uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Id<Party>>,
    /// The source it was read in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Id<Source>>,
    /// When it was or is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<EdtfDate>,
}

fn undetermined() -> String {
    "und".into()
}

fn official() -> NameKind {
    NameKind::Official
}

impl Name {
    /// A name in a language, by nobody in particular.
    pub fn new(text: impl Into<String>, lang: impl Into<String>) -> Self {
        Name {
            text: text.into(),
            lang: lang.into(),
            kind: NameKind::Official,
            by: None,
            source: None,
            valid: None,
        }
    }

    /// Whether the script is written from right to left.
    pub fn is_rtl(&self) -> bool {
        is_rtl(&self.text)
    }
}

/// Whether the first strong letter belongs to a right-to-left script.
pub fn is_rtl(text: &str) -> bool {
    text.chars()
        .find(|c| c.is_alphabetic())
        .is_some_and(|c| matches!(c as u32, 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF))
}

/// The name to show first to a reader of `lang`: theirs, else English, else one whose language nobody
/// stated, else the first by language tag;
/// of several, one that is nobody's in particular.
/// Never by party, so that no party's name comes first because it is theirs.
pub fn first_for<'a>(names: &'a [Name], lang: &str) -> Option<&'a Name> {
    let usual = |kind: NameKind| match kind {
        NameKind::Official => 0,
        NameKind::Abbreviation => 2,
        NameKind::Former => 3,
        _ => 1,
    };
    let rank = |name: &Name| {
        let primary = name.lang.split('-').next().unwrap_or_default();
        (
            primary != lang,
            primary != "en",
            // Latin letters of no stated language are read by more readers than another language.
            name.lang != "und",
            name.by.is_some(),
            usual(name.kind),
        )
    };
    names
        .iter()
        .min_by(|a, b| (rank(a), &a.lang, &a.text).cmp(&(rank(b), &b.lang, &b.text)))
}

/// Folds a text of any script to lower-case ASCII words apart by one space, so that `Şuşa`, `Շուշի`
/// and `Шуша` can be found by typing Latin letters. Keeps the digits.
pub fn search_key(text: &str) -> String {
    // Signs that any_ascii would turn into letters of their own.
    const SIGNS: &[char] = &[
        'ь', 'ъ', 'Ь', 'Ъ', '\u{2019}', '\'', 'ʼ', 'ʿ', 'ʾ', '`', '\u{2bb}', '\u{2018}',
    ];
    let mut key = String::with_capacity(text.len());
    let mut take = |c: char| {
        // Marks that stand alone (vowel signs) go.
        if SIGNS.contains(&c) || is_mark(c) {
            return;
        }
        let mut ascii = [0; 4];
        let letters = match c.is_ascii() {
            true => c.encode_utf8(&mut ascii),
            false => any_ascii::any_ascii_char(c),
        };
        for c in letters.bytes() {
            if c.is_ascii_alphanumeric() {
                key.push(c.to_ascii_lowercase().into());
            } else if !key.is_empty() && !key.ends_with(' ') {
                key.push(' ');
            }
        }
    };
    // Composed first, so that й stays a letter of its own. Most names are, and looking is quicker.
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.chars().for_each(&mut take),
        _ => text.nfc().for_each(&mut take),
    }
    key.truncate(key.trim_end().len());
    key
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_s_language_comes_first() {
        let names = [
            Name::new("Шуша", "ru"),
            Name::new("Շուշի", "hy"),
            Name::new("Şuşa", "az"),
        ];
        let first = |lang| first_for(&names, lang).map(|n| n.text.as_str());
        assert_eq!(first("hy"), Some("Շուշի"));
        assert_eq!(first("az"), Some("Şuşa"));
        assert_eq!(
            first("de"),
            Some("Şuşa"),
            "alphabetical by language tag when nothing fits"
        );
    }

    #[test]
    fn keys_fold_scripts_and_marks() {
        assert_eq!(search_key("Şuşa"), "susa");
        assert_eq!(
            search_key("  Музей-заповідник  № 5"),
            "muzey zapovidnik no 5"
        );
        assert_eq!(search_key("Ağdam"), "agdam");
        assert_eq!(search_key("مسجد"), search_key("مَسْجِد"));
        assert_eq!(search_key("!!!"), "");
    }
}
