//! Every word of a registry's names, found again by how it sounds, how it is written or how it begins.
//!
//! A word is kept under the classes of its consonants, whole and with one left out, as in deletion
//! neighbourhoods (Bocek, Hunt, Stiller 2007): two words that differ by one consonant share a key,
//! and vowels, which scripts disagree about most, do not matter. What shares a key is compared sound
//! by sound. Words only ever come in; a word that is no longer used does no harm.

use crate::distance::{Asked, Queue, Shelf, Spoken};
use crate::sound::{Piece, Sound, Spelling, consonant_class, fold, pieces, sound_out};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};

/// Longest word kept, in characters; no name has a longer one.
const LONGEST: usize = 48;
/// Consonant classes of a word that count.
const BONES: usize = 8;
/// Words compared sound by sound for one word asked for.
const COMPARED: usize = 1_200;
/// Words looked at that begin like the one asked for.
const BEGINNING: usize = 20_000;
/// Words less alike than this are not given.
const ALIKE: f32 = 0.6;
/// Likeness of words that differ in their marks or script alone.
const SAME_LETTERS: f32 = 0.975;
/// Likeness of a beginning that is written in another way.
const OTHERWISE_WRITTEN: f32 = 0.93;
/// New words that are looked through one by one before they are sorted in.
const UNSORTED: usize = 256;

/// The words of a text as an index keeps them: lower case, in their own script, numbers in ASCII
/// digits; signs that are left out as often as written (apostrophes) are left out.
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_token(text, |token| found.push(token.to_owned()));
    found
}

/// Hands over each of the [`tokens`] of a text.
pub fn each_token(text: &str, mut found: impl FnMut(&str)) {
    let folded = fold(text);
    pieces(&folded, |piece| match piece {
        Piece::Word(word) if word.len() <= LONGEST && !word.contains(is_left_out) => found(word),
        Piece::Word(word) => {
            let letters = word.chars().filter(|c| !is_left_out(*c));
            let word: String = letters.take(LONGEST).collect();
            if !word.is_empty() {
                found(&word);
            }
        }
        Piece::Number(number) => found(&number.to_string()),
    });
}

fn is_left_out(sign: char) -> bool {
    matches!(
        sign,
        '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{2032}' | '\u{b4}' | '\u{2bb}'..='\u{2bf}'
    )
}

/// A word of the vocabulary, and how close it comes to the one asked for: 1 is the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike<'a> {
    /// The word, as [`tokens`] gives it.
    pub written: &'a str,
    /// How alike.
    pub likeness: f32,
}

struct Word {
    written: Box<str>,
    /// Its letters in ASCII.
    letters: Box<str>,
    spoken: Spoken,
    /// The same without the ending of a case, where it seems to have one.
    stem: Option<Box<Spoken>>,
}

/// A word without its ending where a thing is named by whose it is: Georgian თბილისის, of Tbilisi. The
/// consonants of the ending would count as if they were the name's.
fn stem(written: &str) -> Option<&str> {
    let bare = written
        .strip_suffix("ის")
        .or_else(|| written.strip_suffix('ს'))?;
    (bare.chars().count() >= 3).then_some(bare)
}

/// The words, sorted by what they are found by.
#[derive(Default)]
pub struct Vocabulary {
    words: Vec<Word>,
    by_bones: Vec<(u32, u32)>,
    by_letters: Vec<u32>,
    by_sounds: Vec<u32>,
    /// Words that are sorted in.
    sorted: usize,
    /// How each word sounds, with and without its ending.
    sounds: Shelf,
    /// Where the sounds of each word end.
    ends: Vec<u32>,
}

impl Vocabulary {
    /// Number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Takes words in; each must be new, and one that [`tokens`] gave.
    pub fn learn<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) {
        for written in words {
            let word = Word {
                letters: letters(written).into(),
                spoken: Spoken::new(&sound_out(written)),
                stem: stem(written).map(|stem| Spoken::new(&sound_out(stem)).into()),
                written: written.into(),
            };
            let mut end = self.ends.last().copied().unwrap_or(0);
            for spoken in std::iter::once(&word.spoken).chain(word.stem.as_deref()) {
                self.sounds.put(spoken);
                end += 1;
            }
            self.ends.push(end);
            self.words.push(word);
        }
        if self.words.len() - self.sorted > UNSORTED {
            self.sort();
        }
    }

    fn sort(&mut self) {
        for number in self.sorted..self.words.len() {
            let word = &self.words[number];
            for spoken in std::iter::once(&word.spoken).chain(word.stem.as_deref()) {
                bones(spoken, |key| self.by_bones.push((key, number as u32)));
            }
            self.by_letters.push(number as u32);
            self.by_sounds.push(number as u32);
        }
        let words = &self.words;
        let word = |n: &u32| &words[*n as usize];
        self.by_bones.sort_unstable();
        self.by_letters
            .sort_unstable_by(|a, b| word(a).letters.cmp(&word(b).letters));
        self.by_sounds
            .sort_unstable_by(|a, b| word(a).spoken.coded.cmp(&word(b).spoken.coded));
        self.sorted = self.words.len();
    }

    /// Where the sounds of a word stand.
    fn sounds_of(&self, number: u32) -> std::ops::Range<u32> {
        let at = number as usize;
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        from..self.ends[at]
    }

    /// The words most like one, best first: the same, the same letters, the same sounds but for a slip.
    pub fn like(&self, asked: &str, most: usize) -> Vec<Alike<'_>> {
        // Without its ending first, as the room below is soon taken.
        let spoken: Vec<Spoken> = stem(asked)
            .into_iter()
            .chain([asked])
            .map(|word| Spoken::new(&sound_out(word)))
            .collect();
        let key = letters(asked);
        let mut found: FxHashMap<u32, f32> = FxHashMap::default();
        for number in self.lettered(&key, false) {
            found.insert(number, SAME_LETTERS);
        }
        // Those of the same skeleton first, then those that lack a consonant, have one more, have another.
        let mut near: Vec<u32> = Vec::new();
        let mut met = FxHashSet::with_capacity_and_hasher(COMPARED, Default::default());
        let mut take = |bone: u32| {
            let from = self.by_bones.partition_point(|(b, _)| *b < bone);
            let same = self.by_bones[from..].iter().take_while(|(b, _)| *b == bone);
            let room = COMPARED.saturating_sub(near.len());
            near.extend(
                same.map(|(_, number)| *number)
                    .filter(|number| met.insert(*number))
                    .take(room),
            );
        };
        let mut keys = Vec::new();
        spoken
            .iter()
            .for_each(|spoken| bones(spoken, |key| keys.push(key)));
        for lacking in [0, LACKING] {
            keys.iter().for_each(|key| take(key & !LACKING | lacking));
        }
        near.extend(self.sorted as u32..self.words.len() as u32);
        let mut queue = Queue::default();
        for spoken in &spoken {
            let spoken = Asked::new(spoken);
            for number in &near {
                for place in self.sounds_of(*number) {
                    queue.put(&spoken, &self.sounds, (*number, place), ALIKE);
                }
            }
            queue.finish(&spoken);
        }
        for (number, near) in queue.found {
            // Heard alike is a little less than written alike.
            if near >= ALIKE {
                let best = found.entry(number).or_default();
                *best = best.max(near * 0.96);
            }
        }
        self.best(asked, found, most)
    }

    /// Words that begin with these letters or sounds in any script, the shortest first.
    pub fn beginning(&self, asked: &str, most: usize) -> Vec<Alike<'_>> {
        let (spoken, key) = (Spoken::new(&sound_out(asked)), letters(asked));
        let mut found: FxHashMap<u32, f32> = FxHashMap::default();
        let letters_asked = asked.chars().count().max(1) as f32;
        let mut meet = |number: u32, share: f32| {
            let word = &self.words[number as usize];
            let all = word.written.chars().count().max(1) as f32;
            let share = match word.written.starts_with(asked) {
                true => 1.0,
                false => share * OTHERWISE_WRITTEN,
            };
            let near = share * (0.8 + 0.15 * (letters_asked / all).min(1.0));
            let best = found.entry(number).or_default();
            *best = best.max(near);
        };
        if !key.is_empty() {
            self.lettered(&key, true)
                .take(BEGINNING)
                .for_each(|n| meet(n, 1.0));
        }
        if !spoken.coded.is_empty() {
            let from = self
                .by_sounds
                .partition_point(|n| self.words[*n as usize].spoken.coded < spoken.coded);
            self.by_sounds[from..]
                .iter()
                .take_while(|n| {
                    self.words[**n as usize]
                        .spoken
                        .coded
                        .starts_with(&spoken.coded)
                })
                .take(BEGINNING)
                .for_each(|n| meet(*n, 0.98));
        }
        for number in self.sorted..self.words.len() {
            let word = &self.words[number];
            if word.letters.starts_with(&key) || word.spoken.coded.starts_with(&spoken.coded) {
                meet(number as u32, 0.98);
            }
        }
        self.best(asked, found, most)
    }

    /// Words with these letters, or that begin with them.
    fn lettered<'s>(&'s self, key: &'s str, begin: bool) -> impl Iterator<Item = u32> + 's {
        let from = self
            .by_letters
            .partition_point(|n| *self.words[*n as usize].letters < *key);
        self.by_letters[from..]
            .iter()
            .copied()
            .take_while(move |n| {
                let letters = &self.words[*n as usize].letters;
                match begin {
                    true => letters.starts_with(key),
                    false => **letters == *key,
                }
            })
            .filter(move |_| !key.is_empty())
    }

    fn best(&self, asked: &str, found: FxHashMap<u32, f32>, most: usize) -> Vec<Alike<'_>> {
        let mut alike: Vec<Alike<'_>> = found
            .into_iter()
            .map(|(number, near)| {
                let written = &*self.words[number as usize].written;
                let likeness = if written == asked { 1.0 } else { near };
                Alike { written, likeness }
            })
            .collect();
        let better = |a: &Alike<'_>, b: &Alike<'_>| {
            (b.likeness.total_cmp(&a.likeness))
                .then(a.written.len().cmp(&b.written.len()))
                .then(a.written.cmp(b.written))
        };
        // Thousands of words may begin alike, and few are wanted.
        if most < alike.len() {
            alike.select_nth_unstable_by(most, better);
            alike.truncate(most);
        }
        alike.sort_unstable_by(better);
        alike
    }
}

/// The letters of a word in ASCII, without marks.
fn letters(written: &str) -> String {
    if written.is_ascii() {
        return written.to_owned();
    }
    any_ascii::any_ascii(written)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The class a consonant is taken for; none for a vowel or glide. Where signs are syllables, l is r.
fn class(sound: Sound, spelling: Spelling) -> Option<u8> {
    match (sound, spelling) {
        (b'l' | b'r', Spelling::Syllabic) => Some(b'r'),
        _ => consonant_class(sound, spelling),
    }
}

/// The bit of a key that is of a skeleton with a consonant left out.
const LACKING: u32 = 1;

/// The keys a word is kept under.
fn bones(spoken: &Spoken, mut key: impl FnMut(u32)) {
    let mut hashed = |family: u8, classes: &[u8], without: usize| {
        let mut hasher = FxHasher::default();
        family.hash(&mut hasher);
        for (at, class) in classes.iter().enumerate() {
            if at != without {
                class.hash(&mut hasher);
            }
        }
        let lacking = if without == usize::MAX { 0 } else { LACKING };
        key((hasher.finish() >> 16) as u32 & !LACKING | lacking);
    };
    let classes: Vec<u8> = spoken
        .coded
        .sounds()
        .filter_map(|s| class(s, spoken.spelling))
        .take(BONES)
        .collect();
    hashed(0, &classes, usize::MAX);
    if classes.len() > 2 {
        // Leaving out either of two that are the same gives the same key.
        (0..classes.len())
            .filter(|at| *at == 0 || classes[*at] != classes[at - 1])
            .for_each(|at| hashed(0, &classes, at));
        return;
    }
    // So short a skeleton is of too many words; its vowels have to tell.
    let loose: Vec<u8> = spoken
        .coded
        .sounds()
        .filter_map(|s| match s {
            b'a' | b'e' => Some(b'A'),
            b'i' | b'y' | b'2' => Some(b'I'),
            b'o' | b'u' => Some(b'U'),
            other => class(other, spoken.spelling),
        })
        .take(BONES)
        .collect();
    hashed(1, &loose, usize::MAX);
    (0..loose.len()).for_each(|at| hashed(1, &loose, at));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        vocabulary.learn(words.iter().copied());
        vocabulary.sort();
        vocabulary
    }

    fn first<'a>(found: &[Alike<'a>]) -> &'a str {
        found.first().map_or("", |a| a.written)
    }

    const PLACES: &[&str] = &[
        "shusha",
        "şuşa",
        "xankəndi",
        "ханкенди",
        "hadrut",
        "գանձասար",
        "gandzasar",
        "кельбаджар",
        "ağdam",
        "lachin",
        "fuzuli",
        "nafurzi",
        "nakhchivan",
        "شوشا",
        "მცხეთა",
        "თავრიზის",
        "bərdə",
    ];

    #[test]
    fn a_word_is_found_in_another_script_and_with_a_slip() {
        let vocabulary = of(PLACES);
        for (asked, meant) in [
            ("шуша", "shusha"),
            ("гандзасар", "gandzasar"),
            ("gandzazar", "gandzasar"),
            ("kəlbəcər", "кельбаджар"),
            ("nafruzi", "nafurzi"),
            ("nafurz", "nafurzi"),
            ("mtskheta", "მცხეთა"),
            ("агдам", "ağdam"),
            ("agdam", "ağdam"),
            ("fizuli", "fuzuli"),
            ("xankendi", "xankəndi"),
            ("tabriz", "თავრიზის"),
        ] {
            let found = vocabulary.like(asked, 3);
            assert!(
                found.iter().any(|a| a.written == meant),
                "{asked}: {found:?}"
            );
        }
        assert_eq!(first(&vocabulary.like("şuşa", 5)), "şuşa");
        assert!(vocabulary.like("oxford", 5).is_empty());
    }

    #[test]
    fn a_beginning_leads_to_the_word_in_any_script() {
        let vocabulary = of(PLACES);
        for (asked, meant) in [
            ("нах", "nakhchivan"),
            ("gandz", "gandzasar"),
            ("кел", "кельбаджар"),
            ("xan", "xankəndi"),
        ] {
            let found = vocabulary.beginning(asked, 8);
            assert!(
                found.iter().any(|a| a.written == meant),
                "{asked}: {found:?}"
            );
        }
    }

    #[test]
    fn a_word_just_learnt_is_found_before_it_is_sorted_in() {
        let mut vocabulary = of(PLACES);
        vocabulary.learn(["togh"]);
        assert_eq!(first(&vocabulary.like("togh", 3)), "togh");
        assert_eq!(first(&vocabulary.beginning("to", 3)), "togh");
    }

    #[test]
    fn tokens_keep_their_script_and_lose_their_signs() {
        assert_eq!(
            tokens("Sa'da, № 5; Şuşa-qala"),
            ["sada", "no", "5", "şuşa", "qala"]
        );
    }
}
