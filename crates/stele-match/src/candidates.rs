//! Candidates: which of an inventory's names come close to a claim's. The names of one part of the
//! inventory are indexed by the grams of their words ([`Names`]).

use crate::distance::{Asked, LEAST, Queue, Shelf};
use crate::heard::{Heard, OfEntries};
use crate::lexicon::{GRAMS, Lexicon, MOST_GRAMS};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// One name of one place.
struct Variant {
    place: u32,
    /// Which of the place's names.
    name: u32,
    /// Weights of its words, added up.
    weight: f32,
    words: u8,
}

/// How words of this part of the inventory sound.
struct Token {
    /// By its number in the lexicon, in order.
    sounds: u32,
    /// Weight as a word of a name: rare words weigh more.
    weight: f32,
    /// Where it stands, in `standing`.
    from: u32,
    to: u32,
}

/// How a word sounds, the variant it stands in, whether it is the whole name, and whether it is but a joined form:
/// in one number, so that many are quickly sorted by sounds and variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Standing(u64);

impl Standing {
    fn new(sounds: u32, variant: u32, whole: bool, joined: bool) -> Standing {
        Standing(
            u64::from(sounds) << 32
                | u64::from(variant) << 2
                | u64::from(whole) << 1
                | u64::from(joined),
        )
    }
    fn sounds(self) -> u32 {
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
    /// Weight of each gram and where its tokens are in `having`.
    grams: Vec<(u16, u32, u32)>,
    having: Vec<u32>,
    /// Weights of the grams of each token, added up, and how much of them it has to share.
    of_token: Vec<u16>,
    to_share: Vec<u16>,
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
/// Steps in which shares of grams are told apart.
const SHARES: usize = 512;
/// Share of grams below which no word is looked at once a close one is found.
const SHARED_BY_CLOSE: u16 = (0.3 * SHARES as f32) as u16;
/// Weights of grams are whole numbers of this many to one, small enough that those of a word add up.
const GRAM_UNITS: f32 = 24.0;
/// Tokens of which it is noted whether any shares something, and those looked at in one go.
const BLOCK: usize = 64;
const RUN: usize = 8;
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
    pub fn new(lexicon: &'a Lexicon, heard: &OfEntries, places: &[u32]) -> Names<'a> {
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
                let sounds = |word: u32| lexicon.word(word).sounds;
                let said = heard.words.iter().map(|word| sounds(*word));
                words.extend(said.map(|sounds| Standing::new(sounds, variant, alone, false)));
                let joined = heard.whole.map(sounds);
                words.extend(joined.map(|sounds| Standing::new(sounds, variant, true, true)));
            }
        }
        words.sort_unstable();
        let (mut tokens, mut standing): (Vec<Token>, Vec<(u32, bool)>) = (Vec::new(), Vec::new());
        for same in words.chunk_by(|a, b| a.sounds() == b.sounds()) {
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
                sounds: same[0].sounds(),
                weight,
                from,
                to: standing.len() as u32,
            });
        }
        let mut names = Names {
            lexicon,
            variants,
            tokens,
            spoken: Shelf::default(),
            standing,
            grams: vec![(0, 0, 0); GRAMS],
            having: Vec::new(),
            of_token: Vec::new(),
            to_share: Vec::new(),
            places: places.len(),
        };
        names.index();
        names
    }

    fn index(&mut self) {
        // Looked up where they were heard but once, which takes longer than all that is done with them.
        let (mut of_tokens, mut ends) = (Vec::new(), Vec::with_capacity(self.tokens.len()));
        for token in &self.tokens {
            let sounding = self.lexicon.sounding(token.sounds);
            self.spoken.put(&sounding.spoken);
            of_tokens.extend_from_slice(&sounding.grams);
            ends.push(of_tokens.len());
        }
        for gram in &of_tokens {
            self.grams[usize::from(*gram)].2 += 1;
        }
        let (count, mut from) = (self.tokens.len() as f32, 0);
        for (weight, start, tokens) in &mut self.grams {
            if *tokens == 0 {
                (*start, *tokens) = (from, from);
                continue;
            }
            let rare = (1.0 + count / *tokens as f32).ln();
            *weight = ((rare * GRAM_UNITS).round() as u16).min(u16::MAX / MOST_GRAMS as u16);
            let end = from + *tokens;
            // Filled up to its end below.
            (*start, *tokens, from) = (from, from, end);
        }
        self.having = vec![0; of_tokens.len()];
        self.of_token.reserve(self.tokens.len());
        let starts = std::iter::once(0).chain(ends.iter().copied());
        for (number, (from, to)) in starts.zip(&ends).enumerate() {
            let mut of_token = 0;
            for gram in &of_tokens[from..*to] {
                let (weight, _, to) = &mut self.grams[usize::from(*gram)];
                self.having[*to as usize] = number as u32;
                *to += 1;
                of_token += *weight;
            }
            self.of_token.push(of_token);
        }
        let to_share = |weight: &u16| (f32::from(*weight) * SHARED * 0.5) as u16;
        // What has no gram, and the room left in the last block, shares nothing.
        self.to_share = self
            .of_token
            .iter()
            .map(to_share)
            .map(|least| least.max(1))
            .collect();
        self.to_share
            .resize(self.tokens.len().next_multiple_of(BLOCK), u16::MAX);
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
    /// What each token shares with a word, and which blocks of tokens share anything.
    shared: Vec<u16>,
    touched: Vec<bool>,
    lists: Vec<(u16, u32, u32)>,
    sharing: Vec<(u16, u32)>,
    close: Vec<(u16, u32)>,
    /// Where the tokens like each word stand in `alike`.
    like: FxHashMap<u32, (u32, u32)>,
    alike: Vec<(u32, f32)>,
    met: Vec<Met>,
    variants: Vec<u32>,
    round: u32,
    nearest: Vec<u64>,
    near: Vec<Near>,
    queue: Queue,
}

/// What is known of a variant while the words of a claim are looked up one after another.
#[derive(Clone, Copy, Default)]
struct Met {
    /// The worth of what is most like each word, added up; nothing if it was not met.
    added: f32,
    /// How alike it is as a whole.
    whole: f32,
    /// The search and word it was last met in.
    round: u32,
    /// The worth of what is most like that word.
    best: f32,
    /// The last word of the claim that was clearly alike to one of it, and how many were.
    counted: u32,
    alike: u8,
}

impl Names<'_> {
    /// The places whose names come closest to a claim's, the closest first, `most` at most.
    pub fn closest<'s>(&self, claim: &Heard, most: usize, scratch: &'s mut Scratch) -> &'s [Near] {
        scratch.met.resize(self.variants.len(), Met::default());
        let alone = claim.words.len() == 1;
        let mut all = 0.0;
        let words = claim.words.iter().map(|word| (*word, false));
        for (word, joined) in words.chain(claim.whole.map(|word| (word, true))) {
            let like = self.words_like(word, claim.words.len(), scratch);
            let first = scratch.alike[like.clone()].first();
            let own = first.filter(|(_, l)| *l > 0.85).map_or_else(
                || (1.0 + self.places as f32).ln() * 0.8,
                |(token, _)| self.tokens[*token as usize].weight,
            );
            if !joined {
                all += own;
            }
            scratch.round += 1;
            let (round, met) = (scratch.round, &mut scratch.met[..]);
            for &(token, likeness) in &scratch.alike[like] {
                let token = &self.tokens[token as usize];
                let worth = likeness * (own + token.weight);
                for &(variant, whole) in &self.standing[token.from as usize..token.to as usize] {
                    let met = &mut met[variant as usize];
                    if met.added == 0.0 {
                        scratch.variants.push(variant);
                        met.added = f32::MIN_POSITIVE;
                        met.alike = 0;
                    }
                    if whole && (joined || alone) {
                        met.whole = met.whole.max(likeness);
                    }
                    if joined {
                        continue;
                    }
                    if met.round != round {
                        (met.round, met.best) = (round, 0.0);
                    }
                    if likeness >= CLEARLY_ALIKE && met.counted != round {
                        met.counted = round;
                        met.alike = met.alike.saturating_add(1);
                    }
                    if worth > met.best {
                        met.added += worth - met.best;
                        met.best = worth;
                    }
                }
            }
        }
        self.best_places(all, claim.words.len(), most, scratch)
    }

    fn best_places<'s>(
        &self,
        all: f32,
        words: usize,
        most: usize,
        scratch: &'s mut Scratch,
    ) -> &'s [Near] {
        let (nearest, met) = (&mut scratch.nearest, &mut scratch.met[..]);
        nearest.clear();
        nearest.extend(scratch.variants.drain(..).map(|variant| {
            let met = &mut met[variant as usize];
            let parts = met.added / (all + self.variants[variant as usize].weight);
            let likeness = parts.max(met.whole).min(1.0);
            (met.added, met.whole) = (0.0, 0.0);
            // In order as numbers: the most alike first, then by variant.
            u64::from(!likeness.to_bits()) << 32 | u64::from(variant)
        }));
        let enough = most * 6;
        if nearest.len() > enough {
            nearest.select_nth_unstable(enough);
            nearest.truncate(enough);
        }
        nearest.sort_unstable();
        let near = &mut scratch.near;
        near.clear();
        for &found in &*nearest {
            let (likeness, variant) = (f32::from_bits(!((found >> 32) as u32)), found as u32);
            let alike = usize::from(met[variant as usize].alike);
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
        near
    }

    /// The tokens that sound like a word, the most alike first: where they stand in `scratch.alike`.
    fn words_like(&self, word: u32, words: usize, scratch: &mut Scratch) -> Range<usize> {
        let known = scratch.like.get(&word);
        let (from, to) = match known {
            Some(known) => *known,
            None => {
                let from = scratch.alike.len() as u32;
                self.find_like(word, words, scratch);
                let found = (from, scratch.alike.len() as u32);
                scratch.like.insert(word, found);
                found
            }
        };
        from as usize..to as usize
    }

    /// The token that sounds so.
    fn token(&self, sounds: u32) -> Option<u32> {
        let at = self
            .tokens
            .binary_search_by_key(&sounds, |token| token.sounds);
        at.ok().map(|at| at as u32)
    }

    /// Puts the tokens that sound like a word at the end of `scratch.alike`.
    #[inline(never)]
    fn find_like(&self, word: u32, words: usize, scratch: &mut Scratch) {
        let lexeme = self.lexicon.word(word);
        let sounding = self.lexicon.sounding(lexeme.sounds);
        // What sounds the same is the closest there is, so that less sharing need not be looked for.
        let is_there = self.token(lexeme.sounds).is_some();
        let most = READ / (words * words);
        self.find_sharing(&sounding.grams, most, is_there, scratch);
        // Those that share most come first: what is far less alike than the best matters no more.
        let close = most_sharing(COMPARED / words, scratch);
        let asked = Asked::new(&sounding.spoken);
        let is_enough = |share: u16, least: f32| share >= SHARED_BY_CLOSE || least <= LEAST + 0.05;
        let further = |least: f32, likeness: f32| least.max(likeness - FAR_LESS_ALIKE);
        let (queue, close) = (&mut scratch.queue, &scratch.close[..close]);
        queue.found.clear();
        let (mut least, mut seen) = (LEAST, 0);
        for (turn, &(share, token)) in close.iter().enumerate() {
            if !is_enough(share, least) {
                break;
            }
            queue.put(&asked, &self.spoken, (turn as u32, token), least);
            for (_, likeness) in &queue.found[seen..] {
                least = further(least, *likeness);
            }
            seen = queue.found.len();
        }
        queue.finish(&asked);
        // As if each had been compared in its turn.
        queue.found.sort_unstable_by_key(|(turn, _)| *turn);
        let (before, like) = (scratch.alike.len(), &mut scratch.alike);
        let mut least = LEAST;
        for &(turn, likeness) in &queue.found {
            let (share, token) = close[turn as usize];
            if !is_enough(share, least) {
                break;
            }
            if likeness >= least {
                like.push((token, likeness));
                least = further(least, likeness);
            }
        }
        let same = self.lexicon.of_same_letters(lexeme);
        for token in same.filter_map(|sounds| self.token(sounds)) {
            match like[before..].iter_mut().find(|(known, _)| *known == token) {
                Some((_, likeness)) => *likeness = likeness.max(SAME_LETTERS),
                None => like.push((token, SAME_LETTERS)),
            }
        }
        like[before..].sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        like.truncate(before + KEPT);
    }

    /// Finds the tokens that share enough of a word's grams, with how much of both it is, in the order
    /// of the tokens. The rarest grams are read first, and no more tokens than `most`. It is enough to
    /// find what shares twice as much where only the close ones are asked for.
    fn find_sharing(&self, grams: &[u16], most: usize, close: bool, scratch: &mut Scratch) {
        const { assert!(SHARED_BY_CLOSE >= 2 * (SHARED * SHARES as f32) as u16) }
        let lists = &mut scratch.lists;
        lists.clear();
        let grams = grams.iter().map(|gram| self.grams[usize::from(*gram)]);
        lists.extend(grams.filter(|(_, from, to)| from < to));
        let all: usize = lists.iter().map(|(_, from, to)| (to - from) as usize).sum();
        if all > most {
            lists.sort_unstable_by_key(|(_, from, to)| to - from);
        }
        let blocks = self.tokens.len().div_ceil(BLOCK);
        scratch.shared.resize(blocks * BLOCK, 0);
        scratch.touched.resize(blocks, false);
        let (shared, touched) = (&mut scratch.shared[..], &mut scratch.touched[..]);
        let (mut read, mut own) = (0, 0);
        for &mut (weight, from, to) in lists {
            read += (to - from) as usize;
            if read > most && own > 0 {
                break;
            }
            own += weight;
            let having = &self.having[from as usize..to as usize];
            having
                .iter()
                .for_each(|token| shared[*token as usize] += weight);
            if having.len() >= blocks {
                touched.fill(true);
            } else {
                having
                    .iter()
                    .for_each(|token| touched[*token as usize / BLOCK] = true);
            }
        }
        let sharing = &mut scratch.sharing;
        sharing.clear();
        let halved = u32::from(close);
        let least = ((f32::from(own) * SHARED * 0.5) as u16) << halved;
        let blocks = shared.as_chunks_mut::<BLOCK>().0.iter_mut().zip(touched);
        let blocks = blocks.zip(self.to_share.as_chunks::<BLOCK>().0);
        for (block, ((shared, touched), to_share)) in blocks.enumerate() {
            if !std::mem::take(touched) {
                continue;
            }
            let runs = shared
                .as_chunks::<RUN>()
                .0
                .iter()
                .zip(to_share.as_chunks::<RUN>().0);
            for (run, (shared, to_share)) in runs.enumerate() {
                let enough: [bool; RUN] = std::array::from_fn(|at| {
                    shared[at].saturating_sub(least) >> halved >= to_share[at]
                });
                if !enough.iter().fold(false, |any, enough| any | enough) {
                    continue;
                }
                for (at, shared) in shared.iter().enumerate() {
                    if enough[at] {
                        let token = block * BLOCK + run * RUN + at;
                        let all = f32::from(own) + f32::from(self.of_token[token]);
                        let share = (2 * SHARES) as f32 * f32::from(*shared) / all;
                        sharing.push((share as u16, token as u32));
                    }
                }
            }
            shared.fill(0);
        }
    }
}

/// Puts the tokens that share most into `scratch.close`, those that share most first; how many they are.
fn most_sharing(most: usize, scratch: &mut Scratch) -> usize {
    let sharing = &scratch.sharing[..];
    let mut from = [0u32; SHARES + 1];
    for (share, _) in sharing {
        from[usize::from(*share)] += 1;
    }
    let mut before = 0;
    for count in from.iter_mut().rev() {
        (*count, before) = (before, before + *count);
    }
    scratch.close.resize(sharing.len(), (0, 0));
    for found in sharing {
        let at = &mut from[usize::from(found.0)];
        scratch.close[*at as usize] = *found;
        *at += 1;
    }
    sharing.len().min(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;
    use crate::lexicon::hear;

    fn entry(name: &str) -> Entry {
        Entry {
            names: vec![name.to_owned()],
            ..Entry::default()
        }
    }

    #[test]
    fn what_shares_no_gram_is_not_found_and_one_search_leaves_nothing_for_the_next() {
        // More tokens than one block holds, and one far longer than is compared.
        let mut list: Vec<Entry> = (0..200)
            .map(|k| {
                entry(&format!(
                    "{}kamen",
                    ["bor", "dub", "les", "zub"][k % 4].repeat(k / 4 + 1)
                ))
            })
            .collect();
        list.push(entry(&"abgdevzhklmnoprst".repeat(300)));
        list.push(entry("Xuyyux"));
        let asked = ["Borkamen", "Xuyyux", "Borkamen", "Eee"].map(entry);
        let (lexicon, [places, claims]) = hear([&list, &asked], 1);
        let all: Vec<u32> = (0..list.len() as u32).collect();
        let names = Names::new(&lexicon, &places, &all);
        let mut scratch = Scratch::default();
        let mut found = |claim: usize| -> Vec<(u32, f32)> {
            let near = names.closest(&claims[claim][0], 24, &mut scratch);
            near.iter()
                .map(|near| (near.place, near.likeness))
                .collect()
        };
        let first = found(0);
        assert_eq!(first[0], (0, 1.0));
        let other = found(1);
        assert_eq!(other, [(201, 1.0)]);
        assert_eq!(found(2), first);
        assert_eq!(found(3), []);
    }
}
