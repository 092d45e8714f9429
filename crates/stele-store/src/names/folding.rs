//! Folding texts to what they are found by and sorted by, and remembering how: the rows of a list share
//! most of their words.
//!
//! A text is folded piece by piece, as its spaces part it. No letter reaches over a space: what normal
//! forms compose are letters and marks, and to both foldings a space is where a word ends.

use rustc_hash::FxHashMap;
use stele_match::each_token;
use stele_model::search_key;

/// Pieces remembered.
const MOST: usize = 50_000;
/// Longest piece remembered, in bytes; longer ones hardly come again.
const LONGEST: usize = 64;

/// Folds texts. By itself it remembers nothing.
#[derive(Default)]
pub(crate) struct Folding {
    words: Remembered,
    keys: Remembered,
    most: usize,
}

/// Pieces of texts and what they are folded to.
type Remembered = FxHashMap<Box<str>, Box<str>>;

impl Folding {
    /// One that remembers, for many texts that are like each other.
    pub fn remembering() -> Self {
        Folding {
            most: MOST,
            ..Folding::default()
        }
    }

    /// Adds the words of a text ([`stele_match::tokens`]) to `words`, apart by one space; those of pieces
    /// that are not remembered to `met` as well.
    pub fn add_words(&mut self, text: &str, words: &mut String, met: &mut String) {
        let begun = words.len();
        for piece in pieces(text) {
            if let Some(known) = self.words.get(piece) {
                add(words, begun, known);
                continue;
            }
            let mut found = String::new();
            each_token(piece, |word| add(&mut found, 0, word));
            add(words, begun, &found);
            add(met, 0, &found);
            remember(&mut self.words, self.most, piece, &found);
        }
    }

    /// The [`search_key`] of a text, cut to so many bytes.
    pub fn key(&mut self, text: &str, most_bytes: usize) -> String {
        let mut key = String::with_capacity(text.len());
        for piece in pieces(text) {
            if let Some(known) = self.keys.get(piece) {
                add(&mut key, 0, known);
                continue;
            }
            let found = search_key(piece);
            add(&mut key, 0, &found);
            remember(&mut self.keys, self.most, piece, &found);
        }
        // A key is ASCII: as many bytes as characters.
        key.truncate(most_bytes);
        key
    }
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|piece| !piece.is_empty())
}

/// Adds words to those from `begun` on.
fn add(words: &mut String, begun: usize, more: &str) {
    if !more.is_empty() {
        if words.len() > begun {
            words.push(' ');
        }
        words.push_str(more);
    }
}

fn remember(known: &mut Remembered, most: usize, piece: &str, folded: &str) {
    if most == 0 || piece.len() > LONGEST {
        return;
    }
    if known.len() >= most {
        // What comes often is soon there again.
        known.clear();
    }
    known.insert(piece.into(), folded.into());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    /// Texts with what folding could trip over: spaces of all kinds beside marks, letters that are two.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,40}",
            "[ a-zA-Z0-9'ʼ\u{b4}\u{a0}\u{300}-\u{30f}\u{323}\u{3000}İıßΣςЙйǰﬁ가ᄀ-다-ᅣ。、市村.,;—-]{0,40}",
            "[ \u{5d0}-\u{5ea}\u{5b0}-\u{5bc}\u{621}-\u{655}٠-٩\u{200c}\u{200d}ก-์]{0,40}",
        ]
    }

    proptest! {
        #[test]
        fn piece_by_piece_is_as_the_whole(texts in proptest::collection::vec(text(), 1..6)) {
            let mut foldings = [Folding::default(), Folding::remembering()];
            foldings[1].most = 4;
            for text in texts.iter().chain(&texts) {
                let tokens = stele_match::tokens(text).join(" ");
                for folding in &mut foldings {
                    let (mut words, mut met) = (String::from("before ; "), String::new());
                    folding.add_words(text, &mut words, &mut met);
                    prop_assert_eq!(words.strip_prefix("before ; ").unwrap(), &tokens);
                    prop_assert_eq!(folding.key(text, usize::MAX), search_key(text));
                }
            }
        }
    }

    #[test]
    fn every_word_is_met_once() {
        let mut folding = Folding::remembering();
        let mut met = |text| {
            let mut met = String::new();
            folding.add_words(text, &mut String::new(), &mut met);
            met
        };
        assert_eq!(met("Old School, Şuşa"), "old school şuşa");
        assert_eq!(met("Old Bridge, Şuşa"), "bridge");
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(met(&long), met(&long));
    }
}
