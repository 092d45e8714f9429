//! Names as they are compared: taken apart, their words by number, those of a list one after the other.

use crate::generic::Kind;

/// A name taken apart for comparison; words by their number in the lexicon.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Its words but the generic ones; all of them, if it has no others.
    pub words: Words,
    /// All its words in one, if that is no longer than a long word: "Zemo Machara" is also
    /// "Zemomachara".
    pub whole: Option<u32>,
    pub numbers: Box<[u32]>,
    pub kind: Option<Kind>,
    /// The name as it is written, as a hash.
    pub written: u64,
    /// Its letters without case and marks, as a hash.
    pub letters: u64,
}

/// The words of a name: few but for long ones, so that most stand in the name itself.
#[derive(Debug)]
pub(crate) enum Words {
    Few { count: u8, words: [u32; FEW] },
    Many(Box<[u32]>),
}

const FEW: usize = 4;

impl From<&[u32]> for Words {
    fn from(all: &[u32]) -> Words {
        let mut words = [0; FEW];
        match words.get_mut(..all.len()) {
            Some(few) => {
                few.copy_from_slice(all);
                let count = all.len() as u8;
                Words::Few { count, words }
            }
            None => Words::Many(all.into()),
        }
    }
}

impl std::ops::Deref for Words {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Words::Few { count, words } => &words[..usize::from(*count)],
            Words::Many(words) => words,
        }
    }
}

impl std::ops::DerefMut for Words {
    fn deref_mut(&mut self) -> &mut [u32] {
        match self {
            Words::Few { count, words } => &mut words[..usize::from(*count)],
            Words::Many(words) => words,
        }
    }
}

/// The names of a list's entries, one after the other, in stretches of as many entries as a power of two.
#[derive(Debug, Default)]
pub(crate) struct OfEntries {
    pub stretches: Vec<Stretch>,
    /// How many entries are in each, as a power of two.
    pub power: u32,
}

/// The names of some entries that follow each other.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub names: Vec<Heard>,
    /// Where the names of each entry end.
    pub ends: Vec<u32>,
}

impl std::ops::Index<usize> for OfEntries {
    type Output = [Heard];

    fn index(&self, entry: usize) -> &[Heard] {
        let stretch = &self.stretches[entry >> self.power];
        let entry = entry & ((1 << self.power) - 1);
        let from = entry
            .checked_sub(1)
            .map_or(0, |before| stretch.ends[before]);
        &stretch.names[from as usize..stretch.ends[entry] as usize]
    }
}
