//! Candidates: which of an inventory's names come close to a claim's. The names of one part of the
//! inventory are indexed by the grams of their words ([`Names`]).

use crate::distance::{Asked, LEAST, Shelf};
use crate::lexicon::{GRAMS, Heard, Lexicon};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// One name of one place.
struct Variant {
    place: u32,
    /// Which of the place's names.
    name: u32,
    /// Weights of its words, added up.
    weight: f32,
    words: u8,
}

/// A word of this part of the inventory.
struct Token {
    lexeme: u32,
    /// Weights of its grams, added up.
    grams: f32,
    /// Weight as a word of a name: rare words weigh more.
    weight: f32,
    /// Where it stands, in `standing`.
    from: u32,
    to: u32,
}

/// A word, the variant it stands in, whether it is the whole name, and whether it is but a joined form:
/// in one number, so that many are quickly sorted by word and variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Standing(u64);

impl Standing {
    fn new(word: u32, variant: u32, whole: bool, joined: bool) -> Standing {
        Standing(
            u64::from(word) << 32
                | u64::from(variant) << 2
                | u64::from(whole) << 1
                | u64::from(joined),
        )
    }
    fn word(self) -> u32 {
        (self.0 >> 32) as u32
    }
    fn variant(self) -> u32 {
        (self.0 as u32) >> 2
    }
    fn is_whole(self) -> bool {
        self.0 & 2 != 0
    }
    fn is_joined(self) -> bool {
        self.0 & 1 != 0
    }
}

/// The names of one part of an inventory, indexed.
pub(crate) struct Names<'a> {
    lexicon: &'a Lexicon,
    variants: Vec<Variant>,
    tokens: Vec<Token>,
    /// How the words sound, in the order of `tokens`.
    spoken: Shelf,
    /// Variants words stand in, and whether the word is the whole name.
    standing: Vec<(u32, bool)>,
    /// The last token of these letters; the one before it stands in `same_letters`.
    by_letters: FxHashMap<u64, u32>,
    same_letters: Vec<Option<u32>>,
    /// Weight of each gram and where its tokens are in `having`.
    grams: Vec<(f32, u32, u32)>,
    having: Vec<u32>,
    places: usize,
}

/// Tokens read in the lists of grams for one name, shared by its words.
const READ: usize = 8_000;
/// Words compared sound by sound for one name, shared by its words.
const COMPARED: usize = 200;
/// Words kept as like one word of a claim.
const KEPT: usize = 48;
/// Share of grams below which words are not compared.
const SHARED: f32 = 0.15;
/// Share of grams below which no word is looked at once a close one is found.
const SHARED_BY_CLOSE: f32 = 0.3;
/// How fast a further name of a place counts for less, the less alike it is than its closest.
const AS_CLOSE: f32 = 7.0;
/// How much less alike than the best a word may be and still be looked at.
const FAR_LESS_ALIKE: f32 = 0.35;
/// Likeness from which a word of one name is taken to stand for one of the other.
const CLEARLY_ALIKE: f32 = 0.7;
/// Likeness of words that differ in their marks alone.
const SAME_LETTERS: f32 = 0.975;

impl<'a> Names<'a> {
    /// Indexes the names of places, each given by its number in the inventory.
    pub fn new(lexicon: &'a Lexicon, heard: &'a [Vec<Heard>], places: &[u32]) -> Names<'a> {
        let mut variants = Vec::new();
        let mut words: Vec<Standing> = Vec::new();
        for &place in places {
            for (name, heard) in heard[place as usize].iter().enumerate() {
                let variant = variants.len() as u32;
                variants.push(Variant {
                    place,
                    name: name as u32,
                    weight: 0.0,
                    words: heard.words.len().min(u8::MAX.into()) as u8,
                });
                let alone = heard.words.len() == 1;
                let said = heard.words.iter();
                words.extend(said.map(|&word| Standing::new(word, variant, alone, false)));
                let joined = heard.whole;
                words.extend(joined.map(|word| Standing::new(word, variant, true, true)));
            }
        }
        words.sort_unstable();
        let (mut tokens, mut standing): (Vec<Token>, Vec<(u32, bool)>) = (Vec::new(), Vec::new());
        for same in words.chunk_by(|a, b| a.word() == b.word()) {
            let from = standing.len() as u32;
            let mut of_places = 0;
            let mut last = u32::MAX;
            for stands in same {
                let place = variants[stands.variant() as usize].place;
                if !stands.is_joined() && place != last {
                    (of_places, last) = (of_places + 1, place);
                }
                standing.push((stands.variant(), stands.is_whole()));
            }
            let weight = (1.0 + places.len() as f32 / (of_places as f32).max(1.0)).ln();
            for stands in same.iter().filter(|stands| !stands.is_joined()) {
                variants[stands.variant() as usize].weight += weight;
            }
            tokens.push(Token {
                lexeme: same[0].word(),
                grams: 0.0,
                weight,
                from,
                to: standing.len() as u32,
            });
        }
        let mut spoken = Shelf::default();
        for token in &tokens {
            spoken.put(&lexicon.word(token.lexeme).spoken);
        }
        let mut names = Names {
            lexicon,
            variants,
            tokens,
            spoken,
            standing,
            by_letters: FxHashMap::default(),
            same_letters: Vec::new(),
            grams: vec![(0.0, 0, 0); GRAMS],
            having: Vec::new(),
            places: places.len(),
        };
        names.index();
        names
    }

    fn index(&mut self) {
        self.by_letters.reserve(self.tokens.len());
        let mut all = 0;
        for (number, token) in self.tokens.iter().enumerate() {
            let lexeme = self.lexicon.word(token.lexeme);
            for gram in &lexeme.grams {
                self.grams[usize::from(*gram)].2 += 1;
            }
            all += lexeme.grams.len();
            let before = self.by_letters.insert(lexeme.letters, number as u32);
            self.same_letters.push(before);
        }
        let (count, mut from) = (self.tokens.len() as f32, 0);
        for (weight, start, tokens) in &mut self.grams {
            *weight = (1.0 + count / (*tokens as f32).max(1.0)).ln();
            let end = from + *tokens;
            // Filled up to its end below.
            (*start, *tokens, from) = (from, from, end);
        }
        self.having = vec![0; all];
        for (number, token) in self.tokens.iter_mut().enumerate() {
            for gram in &self.lexicon.word(token.lexeme).grams {
                let (weight, _, to) = &mut self.grams[usize::from(*gram)];
                self.having[*to as usize] = number as u32;
                *to += 1;
                token.grams += *weight;
            }
        }
    }

    /// How many places it holds.
    pub fn places(&self) -> usize {
        self.places
    }
}

/// A place a claim's name may mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    pub place: u32,
    /// Which of its names is meant.
    pub name: u32,
    /// How alike the closest names are, 0 to 1.
    pub likeness: f32,
    /// How many of its names are about as close: each counts for less, the less alike it is.
    pub close: f32,
    /// Some words of the names are alike, but each has one the other has nothing like.
    pub partly: bool,
    /// Its names did not lead to it; they were compared as it lies there, however unlike.
    pub beside: bool,
}

/// Room for one search after another in one part, so that none has to be cleared as a whole.
#[derive(Default)]
pub(crate) struct Scratch {
    shared: Vec<f32>,
    touched: Vec<u32>,
    added: Vec<f32>,
    by_word: Vec<ByWord>,
    whole: Vec<f32>,
    variants: Vec<u32>,
    round: u32,
    like: FxHashMap<u32, Rc<[(u32, f32)]>>,
    lists: Vec<(f32, u32, u32)>,
    close: Vec<(f32, u32)>,
    nearest: Vec<(f32, u32)>,
    alike: Vec<(u32, f32)>,
}

/// What is known of a variant while the words of a claim are looked up one after another.
#[derive(Clone, Copy, Default)]
struct ByWord {
    /// The search and word it was last met in.
    round: u32,
    /// The worth of what is most like that word.
    best: f32,
    /// Words of the claim that are clearly alike to one of it, and the last of them.
    alike: u8,
    counted: u32,
}

impl Names<'_> {
    /// The places whose names come closest to a claim's, the closest first, `most` at most.
    pub fn closest(&self, claim: &Heard, most: usize, scratch: &mut Scratch) -> Vec<Near> {
        scratch.shared.resize(self.tokens.len(), 0.0);
        scratch.added.resize(self.variants.len(), 0.0);
        scratch.whole.resize(self.variants.len(), 0.0);
        scratch
            .by_word
            .resize(self.variants.len(), ByWord::default());
        let alone = claim.words.len() == 1;
        let mut all = 0.0;
        let words = claim.words.iter().map(|word| (*word, false));
        for (word, joined) in words.chain(claim.whole.map(|word| (word, true))) {
            let like = self.words_like(word, claim.words.len(), scratch);
            let own = like.first().filter(|(_, l)| *l > 0.85).map_or_else(
                || (1.0 + self.places as f32).ln() * 0.8,
                |(token, _)| self.tokens[*token as usize].weight,
            );
            if !joined {
                all += own;
            }
            scratch.round += 1;
            for &(token, likeness) in like.iter() {
                let token = &self.tokens[token as usize];
                let worth = likeness * (own + token.weight);
                for &(variant, whole) in &self.standing[token.from as usize..token.to as usize] {
                    let at = variant as usize;
                    if scratch.added[at] == 0.0 {
                        scratch.variants.push(variant);
                        scratch.added[at] = f32::MIN_POSITIVE;
                        scratch.by_word[at].alike = 0;
                    }
                    if whole && (joined || alone) {
                        scratch.whole[at] = scratch.whole[at].max(likeness);
                    }
                    if !joined {
                        let by_word = &mut scratch.by_word[at];
                        if by_word.round != scratch.round {
                            (by_word.round, by_word.best) = (scratch.round, 0.0);
                        }
                        if likeness >= CLEARLY_ALIKE && by_word.counted != scratch.round {
                            by_word.counted = scratch.round;
                            by_word.alike = by_word.alike.saturating_add(1);
                        }
                        if worth > by_word.best {
                            scratch.added[at] += worth - by_word.best;
                            by_word.best = worth;
                        }
                    }
                }
            }
        }
        self.best_places(all, claim.words.len(), most, scratch)
    }

    fn best_places(&self, all: f32, words: usize, most: usize, scratch: &mut Scratch) -> Vec<Near> {
        let mut nearest = std::mem::take(&mut scratch.nearest);
        nearest.clear();
        for &variant in &scratch.variants {
            let at = variant as usize;
            let parts = scratch.added[at] / (all + self.variants[at].weight);
            nearest.push((parts.max(scratch.whole[at]).min(1.0), variant));
            scratch.added[at] = 0.0;
            scratch.whole[at] = 0.0;
        }
        scratch.variants.clear();
        let closer = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        let enough = most * 6;
        if nearest.len() > enough {
            nearest.select_nth_unstable_by(enough, closer);
            nearest.truncate(enough);
        }
        nearest.sort_unstable_by(closer);
        let mut near: Vec<Near> = Vec::with_capacity(most);
        for &(likeness, variant) in &nearest {
            let alike = usize::from(scratch.by_word[variant as usize].alike);
            let variant = &self.variants[variant as usize];
            match near.iter_mut().find(|known| known.place == variant.place) {
                Some(known) => known.close += ((likeness - known.likeness) * AS_CLOSE).exp(),
                None => {
                    if near.len() < most {
                        near.push(Near {
                            place: variant.place,
                            name: variant.name,
                            likeness,
                            close: 1.0,
                            partly: likeness < CLEARLY_ALIKE
                                && (1..words.min(variant.words.into())).contains(&alike),
                            beside: false,
                        });
                    }
                }
            }
        }
        scratch.nearest = nearest;
        near
    }

    /// The tokens that sound like a word, the most alike first.
    #[inline(never)]
    fn words_like(&self, word: u32, words: usize, scratch: &mut Scratch) -> Rc<[(u32, f32)]> {
        if let Some(known) = scratch.like.get(&word) {
            return known.clone();
        }
        let lexeme = self.lexicon.word(word);
        let lists = &mut scratch.lists;
        lists.clear();
        let grams = lexeme.grams.iter();
        lists.extend(
            grams
                .map(|gram| self.grams[usize::from(*gram)])
                .filter(|(_, from, to)| from < to),
        );
        lists.sort_unstable_by_key(|(_, from, to)| to - from);
        scratch.touched.resize(self.tokens.len() + 1, 0);
        let (mut read, mut own, mut touched) = (0, 0.0, 0);
        for &mut (weight, from, to) in lists {
            read += (to - from) as usize;
            if read > READ / (words * words) && own > 0.0 {
                break;
            }
            own += weight;
            for &token in &self.having[from as usize..to as usize] {
                let shared = &mut scratch.shared[token as usize];
                // Noted always, kept if new: what is new cannot be foretold.
                scratch.touched[touched] = token;
                touched += usize::from(*shared == 0.0);
                *shared += weight;
            }
        }
        let close = &mut scratch.close;
        close.clear();
        for &token in &scratch.touched[..touched] {
            let shared = std::mem::take(&mut scratch.shared[token as usize]);
            if 2.0 * shared < SHARED * own {
                continue;
            }
            let share = 2.0 * shared / (own + self.tokens[token as usize].grams);
            if share >= SHARED {
                close.push((share, token));
            }
        }
        let compared = COMPARED / words;
        if close.len() > compared {
            close.select_nth_unstable_by(compared, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            close.truncate(compared);
        }
        // Those that share most come first: what is far less alike than the best matters no more.
        close.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let asked = Asked::new(&lexeme.spoken);
        let like = &mut scratch.alike;
        like.clear();
        let mut least = LEAST;
        for &(share, token) in &*close {
            if share < SHARED_BY_CLOSE && least > LEAST + 0.05 {
                break;
            }
            let likeness = self.spoken.likeness_above(&asked, token, least);
            if likeness >= least {
                like.push((token, likeness));
                least = least.max(likeness - FAR_LESS_ALIKE);
            }
        }
        let same = self.by_letters.get(&lexeme.letters).copied();
        for token in std::iter::successors(same, |token| self.same_letters[*token as usize]) {
            match like.iter_mut().find(|(known, _)| *known == token) {
                Some((_, likeness)) => *likeness = likeness.max(SAME_LETTERS),
                None => like.push((token, SAME_LETTERS)),
            }
        }
        like.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        like.truncate(KEPT);
        let like: Rc<[(u32, f32)]> = like.as_slice().into();
        scratch.like.insert(word, like.clone());
        like
    }
}
