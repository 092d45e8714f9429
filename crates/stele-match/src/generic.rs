//! Words that say what kind of thing a name is of (church, Kilsə, Եկեղեցի, مسجد): they tell hardly
//! one church from the next, but much about whether two names can be of one thing.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// A kind of place, by its position in `rules/generic.toml`, with the family it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The kind: mosque, church, mausoleum.
    pub kind: u8,
    /// Kinds that are named for each other: church, temple and chapel are of one.
    pub family: u8,
}

/// What a word is, when it is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generic {
    /// It says what kind of thing it is.
    Kind(Kind),
    /// It joins or qualifies: of, central, named after.
    Plain,
}

/// Letters an ending may have.
const ENDING: usize = 4;

static TABLE: LazyLock<toml::Table> = LazyLock::new(|| {
    include_str!("../rules/generic.toml")
        .parse()
        .unwrap_or_default()
});

static WORDS: LazyLock<FxHashMap<String, Generic>> = LazyLock::new(|| {
    let table: &toml::Table = &TABLE;
    let mut families: Vec<&str> = Vec::new();
    let mut words = FxHashMap::default();
    for (at, entry) in table.values().enumerate() {
        let family = entry
            .get("family")
            .and_then(toml::Value::as_str)
            .unwrap_or_default();
        let number = families
            .iter()
            .position(|f| *f == family)
            .unwrap_or_else(|| {
                families.push(family);
                families.len() - 1
            });
        let generic = match family {
            "" => Generic::Plain,
            _ => Generic::Kind(Kind {
                kind: at as u8,
                family: number as u8,
            }),
        };
        for word in entry
            .get("words")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
        {
            words.insert(word.as_str().unwrap_or_default().nfc().collect(), generic);
        }
    }
    words
});

/// What kind of word this is; `None` for a name. The word in lower case, normal form C.
pub fn generic(word: &str) -> Option<Generic> {
    if let Some(found) = WORDS.get(word) {
        return Some(*found);
    }
    // No ending leaves fewer than five letters.
    let (fifth, _) = word.char_indices().nth(5)?;
    let ends = word[fifth..].char_indices().rev().take(ENDING);
    let mut without = ends.map(|(at, _)| &word[..fifth + at]);
    without.find_map(|word| WORDS.get(word).copied())
}

/// The kind of thing a word says, as the table calls it: `church`, `library`.
pub fn kind_named(word: &str) -> Option<&'static str> {
    match generic(word)? {
        Generic::Kind(kind) => TABLE.keys().nth(kind.kind.into()).map(String::as_str),
        Generic::Plain => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_with_their_endings_in_every_language() {
        let family = |word| match generic(word) {
            Some(Generic::Kind(kind)) => kind.family,
            other => panic!("{word}: {other:?}"),
        };
        let worship = family("church");
        for word in [
            "mosque",
            "kilsəsi",
            "եկեղեցի",
            "мечеть",
            "церковь",
            "مسجد",
            "ეკლესია",
        ] {
            assert_eq!(family(word), worship, "{word}");
        }
        assert_ne!(family("kitabxanası"), worship);
        assert_eq!(kind_named("kitabxanası"), Some("library"));
        assert_eq!(generic("Shusha"), None);
        assert_eq!(generic("of"), Some(Generic::Plain));
    }
}
