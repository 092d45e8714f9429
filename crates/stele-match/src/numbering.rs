//! Things numbered in the order they are first met. Only hashes and numbers are kept here, so that the
//! table of many thousands stays in the caches; what was numbered lies in a list of the caller's.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Numbers given out, by the hash of what they were given to.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    /// Half of each hash and the number: enough to grow the table without asking for the hashes again.
    known: HashTable<(u32, u32)>,
}

impl Numbering {
    /// With room for so many.
    pub fn with_room(count: usize) -> Numbering {
        Numbering {
            known: HashTable::with_capacity(count),
        }
    }

    /// The number of what has this hash, which `is_it` tells from others; `next` if it is met first.
    pub fn number(&mut self, hash: u64, next: u32, is_it: impl Fn(u32) -> bool) -> u32 {
        let half = half(hash);
        let is_it = |(of, number): &(u32, u32)| *of == half && is_it(*number);
        match self.known.entry(spread(half), is_it, |(of, _)| spread(*of)) {
            Entry::Occupied(known) => known.get().1,
            Entry::Vacant(free) => free.insert((half, next)).get().1,
        }
    }

    /// The number of what has this hash, if it was met.
    pub fn known(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let half = half(hash);
        let is_it = |(of, number): &(u32, u32)| *of == half && is_it(*number);
        self.known
            .find(spread(half), is_it)
            .map(|(_, number)| *number)
    }
}

fn half(hash: u64) -> u32 {
    (hash >> 32 ^ hash) as u32
}

/// The table takes the place from the lowest bits and tells neighbours by the highest.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_a_hash_is_numbered_apart_and_keeps_its_number_as_the_table_grows() {
        let (mut numbering, mut met) = (Numbering::default(), Vec::new());
        for round in 0..2 {
            for text in 0..1_000u32 {
                // Four texts of each hash.
                let hash = u64::from(text / 4);
                let known = numbering.known(hash, |number| met[number as usize] == text);
                assert_eq!(known, (round == 1).then_some(text));
                let next = met.len() as u32;
                let number = numbering.number(hash, next, |number| met[number as usize] == text);
                assert_eq!(number, text);
                if number == next {
                    met.push(text);
                }
            }
        }
    }
}
