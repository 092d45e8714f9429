//! Rule 2: independence is counted per origin, not per link.

use crate::id::Id;
use crate::record::{Party, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Which party belongs to which, as recorded.
#[derive(Debug, Clone, Default)]
pub struct Affiliations {
    belongs_to: BTreeMap<Id<Party>, Vec<Id<Party>>>,
    independent: BTreeSet<(Id<Party>, Id<Party>)>,
}

impl Affiliations {
    /// Takes up one party.
    pub fn add(&mut self, id: Id<Party>, party: &Party) {
        self.belongs_to.insert(id, party.belongs_to.clone());
        for other in &party.independent_of {
            self.independent.insert((id, *other));
            self.independent.insert((*other, id));
        }
    }

    /// The party and everything it belongs to.
    fn lineage(&self, id: Id<Party>) -> BTreeSet<Id<Party>> {
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            for up in self.belongs_to.get(&next).into_iter().flatten() {
                if seen.insert(*up) {
                    open.push(*up);
                }
            }
        }
        seen
    }

    /// Whether two parties are one voice: the same, or one belongs to the other, or both belong to a third.
    pub fn one_voice(&self, a: Id<Party>, b: Id<Party>) -> bool {
        a == b
            || (!self.independent.contains(&(a, b))
                && !self.lineage(a).is_disjoint(&self.lineage(b)))
    }
}

/// A statement for one and the same thing, by somebody, in some source.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Who states it.
    pub party: Id<Party>,
    /// Where. Copies of one text are given as the one source they copy.
    pub origin: Id<Source>,
    /// Parties the source only passes on.
    pub quotes_only: Vec<Id<Party>>,
}

/// How many origins independent of each other stand behind the statements: one per voice. A
/// statement whose source only quotes another party counts as that party's.
pub fn independent_origins(statements: &[Statement], affiliations: &Affiliations) -> usize {
    let mut voices: Vec<(Id<Party>, Id<Source>)> = Vec::new();
    let mut ordered: Vec<&Statement> = statements.iter().collect();
    ordered.sort_by_key(|s| (s.party, s.origin));
    for statement in ordered {
        let speakers: Vec<Id<Party>> = match statement.quotes_only.is_empty() {
            true => vec![statement.party],
            false => statement.quotes_only.clone(),
        };
        for speaker in speakers {
            let known = voices.iter().any(|(party, origin)| {
                *origin == statement.origin || affiliations.one_voice(*party, speaker)
            });
            if !known {
                voices.push((speaker, statement.origin));
            }
        }
    }
    voices.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AnyId;
    use crate::name::Name;
    use crate::words::PartyKind;

    fn party(n: u8) -> Id<Party> {
        AnyId::from_bytes([n; 16]).into()
    }
    fn source(n: u8) -> Id<Source> {
        AnyId::from_bytes([n; 16]).into()
    }
    fn says(p: u8, s: u8) -> Statement {
        Statement {
            party: party(p),
            origin: source(s),
            quotes_only: vec![],
        }
    }
    fn body(belongs_to: Vec<Id<Party>>) -> Party {
        Party {
            names: vec![Name::new("P", "en")],
            kind: PartyKind::Other,
            country: None,
            belongs_to,
            independent_of: vec![],
            note: None,
        }
    }

    #[test]
    fn one_voice_counts_once() {
        let mut known = Affiliations::default();
        known.add(party(1), &body(vec![party(9)])); // a ministry of State 9
        known.add(party(2), &body(vec![party(9)])); // its agency
        known.add(party(3), &body(vec![]));
        assert_eq!(
            independent_origins(&[says(1, 1), says(2, 2)], &known),
            1,
            "two organs of one State"
        );
        assert_eq!(independent_origins(&[says(1, 1), says(3, 2)], &known), 2);
        assert_eq!(
            independent_origins(&[says(1, 1), says(3, 1)], &known),
            1,
            "copies share one origin"
        );
        let passed_on = Statement {
            quotes_only: vec![party(1)],
            ..says(3, 4)
        };
        assert_eq!(
            independent_origins(&[says(1, 1), passed_on], &known),
            1,
            "quotes only"
        );
        assert_eq!(independent_origins(&[], &known), 0);
    }
}
