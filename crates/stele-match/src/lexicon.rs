//! Names taken apart and heard: every word of the lists stands once in a [`Lexicon`].

use crate::Entry;
use crate::distance::{LONGEST, Spoken, likeness_above};
use crate::generic::{Generic, generic};
use crate::heard::{Heard, OfEntries, Stretch};
use crate::numbering::Numbering;
use crate::parallel::in_parallel;
use crate::sound::{
    Piece, Script, Sound, Spelling, Word, consonant_class, fold, is_syllable, pieces, pinyin,
    sound_out,
};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// A word of the lists.
#[derive(Debug)]
pub(crate) struct Lexeme {
    /// How it sounds, by its number in the lexicon.
    pub sounds: u32,
    pub script: Script,
    generic: Option<Generic>,
    /// Its letters without their marks, as a hash.
    letters: u64,
    /// The next word that has the same letters and sounds otherwise.
    same_letters: Option<u32>,
    /// The word, if it is a syllable of Mandarin as Pinyin writes it: of a name written so.
    syllable: Option<Box<str>>,
}

/// How words sound, and the grams that lead to those that sound like them.
#[derive(Debug)]
pub(crate) struct Sounding {
    pub spoken: Spoken,
    pub grams: Box<[u16]>,
}

/// A word that is not yet in the lexicon; its number in `lexeme` says nothing yet.
struct New {
    lexeme: Lexeme,
    sounding: Sounding,
    /// Of how it sounds.
    hash: u64,
}

/// Every word of the lists, once, and once how those sound that sound the same: one place is named in
/// several scripts, and often it is but the letters that differ.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    words: Vec<Lexeme>,
    sounds: Vec<Sounding>,
    by_sounds: Numbering,
    by_letters: Numbering,
}

/// Words of a name that may be joined to one, and sounds of the one they make; then the same on lists
/// where no more than one name in four has more than two words, so that longer ones take little room.
/// One writes "Kra Sae Sin" what another writes "Krasae Sin", and Thai has no spaces at all.
const JOINED: (usize, usize) = (2, 16);
const JOINED_OF_SHORT: (usize, usize) = (4, 24);
const LONG_NAMES: usize = 4;
/// Letters of the longest syllable in Pinyin.
const LONGEST_SYLLABLE: usize = 6;

/// Entries whose names are heard in one go by a thread, and what stands between two spaces taken apart.
const ENTRIES: usize = 16_384;
const CHUNKS: usize = 2_000;

/// Hears the names of the lists, each list's entry by entry. What stands between two spaces is taken
/// apart once, however often and on whichever list it stands.
pub(crate) fn hear<const LISTS: usize>(
    lists: [&[Entry]; LISTS],
    threads: usize,
) -> (Lexicon, [OfEntries; LISTS]) {
    let entries: usize = lists.iter().map(|list| list.len()).sum();
    let share = entries.div_ceil(threads.max(1)).next_power_of_two();
    let share = share.min(ENTRIES);
    let shares: Vec<&[Entry]> = lists.iter().flat_map(|list| list.chunks(share)).collect();
    let split = in_parallel(&shares, 1, threads, |shares| {
        shares.iter().map(|entries| Split::new(entries)).collect()
    });
    let (mut known, mut texts) = (Numbering::default(), Vec::new());
    let numbers: Vec<Vec<u32>> = split
        .iter()
        .map(|split| number(&mut known, &mut texts, &split.texts))
        .collect();
    drop(known);
    let apart = in_parallel(&texts, CHUNKS, threads, |texts| {
        texts.iter().map(|text| take_apart(text)).collect()
    });
    let mut lexicon = Lexicon::default();
    let (names, long) = split.iter().fold((0, 0), |(names, long), split| {
        (names + split.names, long + split.long_names)
    });
    let joined = match long * LONG_NAMES <= names {
        true => JOINED_OF_SHORT,
        false => JOINED,
    };
    let chunks = lexicon.take_in(apart, joined);
    let split: Vec<(Split, Vec<u32>)> = split.into_iter().zip(numbers).collect();
    let heard = in_parallel(&split, 1, threads, |split| {
        let hear = |(split, numbers): &(Split, Vec<u32>)| {
            let mut listening = Listening::new(&lexicon, &chunks);
            (split.heard(numbers, &mut listening), listening.made)
        };
        split.iter().map(hear).collect()
    });
    let mut stretches = lexicon.take_in_made(heard).into_iter();
    let by_list = lists.map(|list| OfEntries {
        stretches: stretches
            .by_ref()
            .take(list.len().div_ceil(share))
            .collect(),
        power: share.trailing_zeros(),
    });
    (lexicon, by_list)
}

/// Numbers texts in the order they are first met.
fn number<'a>(known: &mut Numbering, texts: &mut Vec<&'a str>, met: &[&'a str]) -> Vec<u32> {
    met.iter()
        .map(|text| number_of(known, texts, text))
        .collect()
}

fn number_of<'a>(known: &mut Numbering, texts: &mut Vec<&'a str>, text: &'a str) -> u32 {
    let next = texts.len() as u32;
    let number = known.number(hash(text), next, |number| texts[number as usize] == text);
    if number == next {
        texts.push(text);
    }
    number
}

/// Names of some entries split at their spaces.
struct Split<'a> {
    /// What stands between spaces, once each.
    texts: Vec<&'a str>,
    /// The names' texts by number, one name after the other.
    of_names: Vec<u32>,
    /// Where each name ends in them, and how many names each entry has.
    ends: Vec<u32>,
    of_entries: Vec<u32>,
    /// How many names, and how many of more than two texts.
    names: usize,
    long_names: usize,
}

impl<'a> Split<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        let mut known = Numbering::default();
        let (mut texts, mut of_names) = (Vec::new(), Vec::new());
        let mut ends = Vec::with_capacity(2 * entries.len());
        let mut long_names = 0;
        for name in entries.iter().flat_map(|entry| &entry.names) {
            let before = of_names.len();
            let split = name.split_whitespace();
            of_names.extend(split.map(|text| number_of(&mut known, &mut texts, text)));
            long_names += usize::from(of_names.len() > before + JOINED.0);
            ends.push(of_names.len() as u32);
        }
        Split {
            texts,
            of_names,
            names: ends.len(),
            ends,
            of_entries: entries
                .iter()
                .map(|entry| entry.names.len() as u32)
                .collect(),
            long_names,
        }
    }

    fn heard(&self, numbers: &[u32], listening: &mut Listening) -> Stretch {
        let mut names = Vec::with_capacity(self.names);
        let mut ends = Vec::with_capacity(self.of_entries.len());
        let (mut from, mut texts_end) = (0, self.ends.iter());
        for of_entry in &self.of_entries {
            for end in texts_end.by_ref().take(*of_entry as usize) {
                let name = &self.of_names[from..*end as usize];
                from = *end as usize;
                names.extend(listening.hear(name.iter().map(|text| numbers[*text as usize])));
            }
            ends.push(names.len() as u32);
        }
        Stretch { names, ends }
    }
}

/// What stands between two spaces of names, taken apart.
struct Apart {
    pieces: Vec<Part<(Box<str>, New)>>,
    written: u64,
    letters: u64,
}

#[derive(Clone, Copy)]
enum Part<W> {
    Word(W),
    Number(u32),
}

/// Everything that stands between two spaces, with its words by number. What names are put together of
/// stands close to each other in memory: looking it up is most of the work.
struct Chunks {
    all: Vec<Chunk>,
    parts: Vec<Part<(u32, Role)>>,
    /// Words of a name that may be joined to one, and sounds of the one they make.
    joined: (usize, usize),
}

struct Chunk {
    from: u32,
    to: u32,
    /// As it is written, as a hash.
    written: u64,
    /// The letters of its words, as a hash.
    letters: u64,
}

impl Chunks {
    fn parts(&self, chunk: &Chunk) -> &[Part<(u32, Role)>] {
        &self.parts[chunk.from as usize..chunk.to as usize]
    }
}

/// What a word is to the names it stands in.
#[derive(Clone, Copy)]
struct Role {
    generic: Option<Generic>,
    is_syllable: bool,
    is_silent: bool,
}

fn take_apart(text: &str) -> Apart {
    let folded = fold(text);
    let mut parts = Vec::new();
    pieces(&folded, |piece| {
        parts.push(match piece {
            Piece::Word(word) => Part::Word((word.into(), New::written(word))),
            Piece::Number(number) => Part::Number(number),
        });
    });
    let letters = parts.iter().fold(0, |all, part| match part {
        Part::Word((_, word)) => hash((all, word.lexeme.letters)),
        Part::Number(_) => all,
    });
    Apart {
        pieces: parts,
        written: hash(text),
        letters,
    }
}

impl New {
    fn written(written: &str) -> New {
        let word = sound_out(written);
        let letters = letters(written, word.script);
        let mut new = New::of(&word, letters, generic(written));
        if written.len() <= LONGEST_SYLLABLE && is_syllable(written) {
            new.lexeme.syllable = Some(written.into());
        }
        new
    }

    fn of(word: &Word, letters: u64, generic: Option<Generic>) -> New {
        let spoken = Spoken::new(word);
        New {
            lexeme: Lexeme {
                sounds: 0,
                script: word.script,
                generic,
                letters,
                same_letters: None,
                syllable: None,
            },
            hash: hash((&spoken.coded, spoken.spelling)),
            sounding: Sounding {
                spoken,
                grams: grams(&word.sounds, word.spelling),
            },
        }
    }
}

impl Lexicon {
    pub fn word(&self, number: u32) -> &Lexeme {
        &self.words[number as usize]
    }

    /// How words sound, by the number of it.
    pub fn sounding(&self, sounds: u32) -> &Sounding {
        &self.sounds[sounds as usize]
    }

    /// How a word sounds.
    pub fn spoken(&self, word: u32) -> &Spoken {
        &self.sounding(self.word(word).sounds).spoken
    }

    /// How words sound that are written with the same letters as one, but for their marks: itself as well.
    pub fn of_same_letters(&self, word: &Lexeme) -> impl Iterator<Item = u32> {
        let is_it = |first: u32| self.word(first).letters == word.letters;
        let first = self.by_letters.known(word.letters, is_it);
        let words = std::iter::successors(first, |word| self.word(*word).same_letters);
        words.map(|word| self.word(word).sounds)
    }

    fn role(&self, word: u32) -> Role {
        let word = self.word(word);
        Role {
            generic: word.generic,
            is_syllable: word.syllable.is_some(),
            is_silent: self.sounding(word.sounds).spoken.coded.is_empty(),
        }
    }

    fn push(&mut self, new: New) {
        let (number, next) = (self.words.len() as u32, self.sounds.len() as u32);
        let New {
            mut lexeme,
            sounding,
            hash,
        } = new;
        let sounds = &self.sounds;
        let is_it = |known: u32| sounds[known as usize].spoken == sounding.spoken;
        lexeme.sounds = self.by_sounds.number(hash, next, is_it);
        if lexeme.sounds == next {
            self.sounds.push(sounding);
        }
        let words = &mut self.words;
        let is_it = |first: u32| words[first as usize].letters == lexeme.letters;
        let first = self.by_letters.number(lexeme.letters, number, is_it);
        if let Some(first) = words.get_mut(first as usize)
            && first.sounds != lexeme.sounds
        {
            lexeme.same_letters = first.same_letters.replace(number);
        }
        words.push(lexeme);
    }

    /// Numbers the words of what was taken apart.
    fn take_in(&mut self, apart: Vec<Apart>, joined: (usize, usize)) -> Chunks {
        let (mut known, mut written) = (Numbering::with_room(apart.len()), Vec::new());
        self.by_sounds = Numbering::with_room(apart.len());
        self.by_letters = Numbering::with_room(apart.len());
        let mut chunks = Chunks {
            all: Vec::with_capacity(apart.len()),
            parts: Vec::with_capacity(apart.len()),
            joined,
        };
        for chunk in apart {
            let from = chunks.parts.len() as u32;
            for part in chunk.pieces {
                chunks.parts.push(match part {
                    Part::Number(number) => Part::Number(number),
                    Part::Word((word, new)) => {
                        let next = self.words.len() as u32;
                        let is_it = |known: u32| written[known as usize] == word;
                        let number = known.number(hash(&word), next, is_it);
                        if number == next {
                            self.push(new);
                            written.push(word);
                        }
                        Part::Word((number, self.role(number)))
                    }
                });
            }
            chunks.all.push(Chunk {
                from,
                to: chunks.parts.len() as u32,
                written: chunk.written,
                letters: chunk.letters,
            });
        }
        chunks
    }

    /// Takes in the words that were made of others while names were heard, each once.
    fn take_in_made(&mut self, heard: Vec<(Stretch, Made)>) -> Vec<Stretch> {
        let first = self.words.len() as u32;
        let mut known = Numbering::default();
        let (mut all_parts, mut all) = (Parts::default(), Vec::new());
        for (mut stretch, made) in heard {
            let mut numbers = Vec::with_capacity(made.words.len());
            for (word, new) in (0..).zip(made.words) {
                let (parts, next) = (made.parts.of(word), all_parts.ends.len() as u32);
                let is_it = |known: u32| all_parts.of(known) == parts;
                let number = known.number(hash(parts), next, is_it);
                if number == next {
                    all_parts.push(parts);
                    self.push(new);
                }
                numbers.push(first + number);
            }
            for name in &mut stretch.names {
                let made = name.words.iter_mut().chain(&mut name.whole);
                for word in made.filter(|word| **word >= first) {
                    *word = numbers[(*word - first) as usize];
                }
            }
            all.push(stretch);
        }
        all
    }

    /// How alike two short names are, as one word each or where one is a single word and the other
    /// begins with it: for the few places that lie where a claim says, however unlike the names. Nothing
    /// where it is no more than `least`.
    pub fn beside(&self, a: &Heard, b: &Heard, least: f32) -> f32 {
        let spoken = |word: u32| self.spoken(word);
        let one = |heard: &Heard| {
            heard
                .whole
                .or((heard.words.len() == 1).then(|| heard.words[0]))
        };
        let whole = one(a)
            .zip(one(b))
            .map_or(0.0, |(a, b)| likeness_above(spoken(a), spoken(b), least));
        let single = a.words.len() == 1 || b.words.len() == 1;
        let least = whole.max(least) / BEGINS;
        let begins = if single && least < 1.0 {
            likeness_above(spoken(a.words[0]), spoken(b.words[0]), least)
        } else {
            0.0
        };
        whole.max(begins * BEGINS)
    }
}

/// What it counts for that one name begins as the other.
const BEGINS: f32 = 0.8;

/// Words made of others, by their parts; numbered after those of the lexicon.
#[derive(Default)]
struct Made {
    words: Vec<New>,
    parts: Parts,
    of_parts: Numbering,
}

/// The parts of one word after those of the other.
#[derive(Default)]
struct Parts {
    parts: Vec<u32>,
    ends: Vec<u32>,
}

impl Parts {
    fn push(&mut self, parts: &[u32]) {
        self.parts.extend_from_slice(parts);
        self.ends.push(self.parts.len() as u32);
    }

    fn of(&self, word: u32) -> &[u32] {
        let from = word
            .checked_sub(1)
            .map_or(0, |before| self.ends[before as usize]);
        &self.parts[from as usize..self.ends[word as usize] as usize]
    }
}

/// Room for the words of one name: all with what they are to it and without, its numbers, those that are
/// not generic.
#[derive(Default)]
struct Room {
    roles: Vec<(u32, Role)>,
    all: Vec<u32>,
    numbers: Vec<u32>,
    names: Vec<u32>,
}

/// Hears names, one after the other.
struct Listening<'a> {
    lexicon: &'a Lexicon,
    chunks: &'a Chunks,
    made: Made,
    room: Room,
}

impl<'a> Listening<'a> {
    fn new(lexicon: &'a Lexicon, chunks: &'a Chunks) -> Self {
        Listening {
            lexicon,
            chunks,
            made: Made::default(),
            room: Room::default(),
        }
    }

    /// Hears a name, given by what stands between its spaces; `None` if it has no word.
    fn hear(&mut self, name: impl Iterator<Item = u32>) -> Option<Heard> {
        let mut room = std::mem::take(&mut self.room);
        room.roles.clear();
        let words = [&mut room.all, &mut room.numbers, &mut room.names];
        words.into_iter().for_each(Vec::clear);
        let heard = self.hear_in(name, &mut room);
        self.room = room;
        heard
    }

    fn hear_in(&mut self, name: impl Iterator<Item = u32>, room: &mut Room) -> Option<Heard> {
        let (mut written, mut letters) = (0, 0);
        for chunk in name {
            let known = &self.chunks.all[chunk as usize];
            written = hash((written, known.written));
            letters = hash((letters, known.letters));
            for piece in self.chunks.parts(known) {
                match piece {
                    Part::Word(word) => room.roles.push(*word),
                    Part::Number(number) => room.numbers.push(*number),
                }
            }
        }
        let Room {
            roles,
            all,
            numbers,
            names,
        } = room;
        if roles.len() >= 2 && roles.iter().all(|(_, role)| role.is_syllable) {
            all.extend(roles.iter().map(|(word, _)| *word));
            return Some(Heard {
                words: [self.syllables(all)].as_slice().into(),
                whole: None,
                numbers: numbers.as_slice().into(),
                kind: None,
                written,
                letters,
            });
        }
        let mut kind = None;
        for (word, role) in roles.iter().filter(|(_, role)| !role.is_silent) {
            all.push(*word);
            match role.generic {
                Some(Generic::Kind(said)) => kind = Some(said),
                Some(Generic::Plain) => {}
                None => names.push(*word),
            }
        }
        let may_be_joined = 2..=self.chunks.joined.0;
        let joined = match may_be_joined.contains(&names.len()) {
            true => &names,
            false => &all,
        };
        let whole = match may_be_joined.contains(&joined.len()) {
            true => self.join(joined),
            false => None,
        };
        let telling = if names.is_empty() { all } else { names };
        (!telling.is_empty()).then(|| Heard {
            words: telling.as_slice().into(),
            whole,
            numbers: numbers.as_slice().into(),
            kind,
            written,
            letters,
        })
    }

    /// The number of a word made of others.
    fn made(&mut self, parts: &[u32], word: impl FnOnce() -> New) -> u32 {
        let made = &mut self.made;
        let next = made.words.len() as u32;
        let is_it = |known: u32| made.parts.of(known) == parts;
        let number = made.of_parts.number(hash(parts), next, is_it);
        if number == next {
            made.words.push(word());
            made.parts.push(parts);
        }
        self.lexicon.words.len() as u32 + number
    }

    /// A name written syllable by syllable, as one word.
    fn syllables(&mut self, words: &[u32]) -> u32 {
        let lexicon = self.lexicon;
        self.made(words, || {
            let syllable = |word: &u32| lexicon.word(*word).syllable.as_deref();
            let written: Vec<&str> = words.iter().filter_map(syllable).collect();
            let joined = written.join(" ");
            let word = pinyin(written.into_iter()).unwrap_or_else(|| sound_out(&joined));
            New::of(&word, letters(&joined, word.script), None)
        })
    }

    fn join(&mut self, parts: &[u32]) -> Option<u32> {
        let lexicon = self.lexicon;
        let words = || parts.iter().map(|word| lexicon.word(*word));
        let spoken = || parts.iter().map(|word| lexicon.spoken(*word));
        if spoken().map(|word| word.coded.len()).sum::<usize>() > self.chunks.joined.1 {
            return None;
        }
        Some(self.made(parts, || {
            let sounds = spoken().flat_map(|word| word.coded.sounds());
            let mut sounds: Vec<Sound> = sounds.collect();
            sounds.dedup();
            let spelling = spoken().map(|word| word.spelling).max();
            let script = words().next().map_or(Script::Other, |word| word.script);
            let letters = words().fold(0u64, |all, word| {
                all.wrapping_mul(31).wrapping_add(word.letters)
            });
            let word = Word {
                sounds,
                spelling: spelling.unwrap_or(Spelling::Full),
                script,
            };
            New::of(&word, letters, None)
        }))
    }
}

fn hash(text: impl std::hash::Hash) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A word without its marks, as a hash: "Ağaçlı" is often copied "Agacli".
fn letters(written: &str, script: Script) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hash = rustc_hash::FxHasher::default();
    if written.is_ascii() {
        written
            .bytes()
            .filter(u8::is_ascii_alphabetic)
            .for_each(|b| (b as char).hash(&mut hash));
        return hash.finish();
    }
    for c in written.nfd().filter(|c| is_letter(*c)) {
        match script {
            Script::Latin => any_ascii::any_ascii_char(c)
                .chars()
                .filter(char::is_ascii_alphabetic)
                .for_each(|c| c.to_ascii_lowercase().hash(&mut hash)),
            _ => c.hash(&mut hash),
        }
    }
    hash.finish()
}

/// Whether a sign is a letter: of those names are mostly written with without looking it up, which takes
/// long outside of ASCII.
fn is_letter(sign: char) -> bool {
    match sign {
        'a'..='z' | 'а'..='я' | 'ա'..='ֆ' | 'ა'..='ჺ' | 'א'..='ת' | 'ؠ'..='ي' | '一'..='鿿' => {
            true
        }
        _ => sign.is_alphabetic(),
    }
}

/// Classes of sounds that grams are made of, with the beginning and the end of a word: consonants first.
const CLASSES_OF_SOUNDS: &[u8; 14] = b"^$BVDKSlrmnAIU";
/// How many of them are not vowels.
const BONES: u16 = 11;
/// The beginning of a word and its end, as classes.
const FIRST: u16 = 0;
const LAST: u16 = 1;

/// Which class each sound is of, by its number.
struct Classes {
    /// Consonants where all vowels are written, and where not.
    bones: [[Option<u16>; 128]; 2],
    /// All sounds where vowels are written.
    loose: [Option<u16>; 128],
}

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let number = |class: u8| {
        let at = CLASSES_OF_SOUNDS.iter().position(|c| *c == class);
        at.map(|at| at as u16)
    };
    let bones = |spelling| {
        std::array::from_fn(|sound| consonant_class(sound as u8, spelling).and_then(number))
    };
    let [full, others] = [Spelling::Full, Spelling::Vowelless].map(bones);
    let loose = std::array::from_fn(|sound| match sound as u8 {
        b'a' | b'e' => number(b'A'),
        b'i' | b'y' | b'2' => number(b'I'),
        b'o' | b'u' => number(b'U'),
        _ => full[sound],
    });
    Classes {
        bones: [full, others],
        loose,
    }
});

/// Grams there are: pairs and triples of consonants, pairs of sounds.
pub(crate) const GRAMS: usize = 11 * 11 + 11 * 11 * 11 + 14 * 14;

/// Grams of a word at most.
pub(crate) const MOST_GRAMS: usize = 4 * (LONGEST + 2);

/// Grams of a word: pairs (also over one between) and triples of its consonant classes, and pairs of
/// its sounds where vowels are written; each as its number among all there are.
fn grams(sounds: &[Sound], spelling: Spelling) -> Box<[u16]> {
    let sounds = &sounds[..sounds.len().min(LONGEST)];
    let classes = &*CLASSES;
    let full = spelling == Spelling::Full;
    let class = |sound: &Sound| classes.bones[usize::from(!full)][usize::from(*sound) % 128];
    let mut bones = [FIRST; LONGEST + 2];
    let mut count = 1;
    for class in sounds.iter().filter_map(class) {
        if bones[count - 1] != class {
            bones[count] = class;
            count += 1;
        }
    }
    bones[count] = LAST;
    let bones = &bones[..=count];
    let mut out = Vec::with_capacity(3 * bones.len() + sounds.len());
    let pair = |a: u16, b: u16| a * BONES + b;
    out.extend(bones.windows(2).map(|two| pair(two[0], two[1])));
    for three in bones.windows(3) {
        out.push(pair(three[0], three[2]));
        out.push(BONES * BONES + pair(three[0], three[1]) * BONES + three[2]);
    }
    if full {
        let all = CLASSES_OF_SOUNDS.len() as u16;
        let mut before = FIRST;
        let loose = |sound: &Sound| classes.loose[usize::from(*sound) % 128];
        for next in sounds.iter().filter_map(loose).chain([LAST]) {
            if next != before {
                out.push(BONES * BONES * (BONES + 1) + before * all + next);
                before = next;
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_told_without_looking_are_letters() {
        let signs = '\u{80}'..=char::MAX;
        for sign in signs.filter(|sign| is_letter(*sign)) {
            assert!(sign.is_alphabetic(), "{sign:?}");
        }
    }

    #[test]
    fn names_stand_with_their_entries_and_sounds_once_whatever_the_letters() {
        let entry = |names: &[&str]| Entry {
            names: names.iter().map(|name| name.to_string()).collect(),
            ..Entry::default()
        };
        let list = [
            entry(&["Ağaçlı"]),
            entry(&[]),
            entry(&["Hadrut", "Гадрут", "Хадрут"]),
            entry(&["—", "Ani Bor Dub Gori Les Zub"]),
            entry(&["Ани"]),
        ];
        let claims = [entry(&["Agacli"]), entry(&["Ani"])];
        for threads in 1..=4 {
            let (lexicon, [places, asked]) = hear([&list, &claims], threads);
            let counts: Vec<usize> = (0..list.len()).map(|at| places[at].len()).collect();
            assert_eq!(counts, [1, 0, 3, 1, 1]);
            // More words than stand in the name itself.
            assert_eq!(places[3][0].words.len(), 6);
            let word = |name: &Heard| lexicon.word(name.words[0]);
            let ani = word(&asked[1][0]).sounds;
            assert_eq!(word(&places[3][0]).sounds, ani);
            assert_eq!(word(&places[4][0]).sounds, ani);
            let (hadrut, gadrut) = (word(&places[2][0]).sounds, word(&places[2][1]).sounds);
            assert_ne!(hadrut, gadrut);
            // Without its marks it sounds otherwise.
            let (written, copied) = (word(&places[0][0]), word(&asked[0][0]));
            assert_ne!(written.sounds, copied.sounds);
            for word in [written, copied] {
                let mut same: Vec<u32> = lexicon.of_same_letters(word).collect();
                same.sort_unstable();
                assert_eq!(same, [written.sounds, copied.sounds]);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_word_has_more_grams_than_are_allowed_for(sounds in "[aeioubpvfdtgkszlrmnhxGSZCcjyw1234]{0,300}") {
            for spelling in [Spelling::Full, Spelling::Vowelless, Spelling::Syllabic] {
                let grams = grams(sounds.as_bytes(), spelling);
                proptest::prop_assert!(grams.len() <= MOST_GRAMS);
                proptest::prop_assert!(grams.iter().all(|gram| usize::from(*gram) < GRAMS));
            }
        }
    }
}
