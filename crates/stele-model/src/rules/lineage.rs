//! Lineage: what changed from one statement of a figure to the next. It says that they differ, never why.

use crate::id::Id;
use crate::quantity::Quantity;
use crate::record::{Area, Holding, Party, Source};
use crate::words::{Predicate, Word};
use std::collections::BTreeSet;

/// What a claim says of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Who says it.
    pub party: Id<Party>,
    /// Where.
    pub source: Id<Source>,
    /// What is said to be the case.
    pub predicate: Predicate,
    /// Of how many.
    pub count: Option<Quantity>,
    /// With what holdings.
    pub holdings: Vec<Holding>,
    /// Over which areas.
    pub areas: BTreeSet<Id<Area>>,
}

/// One difference between two statements of the same figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another predicate.
    Predicate(Predicate, Predicate),
    /// Another number.
    Quantity(String, String),
    /// Another number of what is held.
    Holding(String, String),
    /// Other areas.
    Scope,
    /// Another party says it.
    Party,
    /// It stands in another source.
    Source,
    /// Two numbers of two sources made of the same digits, or one of the other's: a possible slip of the pen. Both are kept.
    SharedDigits,
}

impl Change {
    /// The change in a few neutral words.
    pub fn in_words(&self) -> String {
        match self {
            Change::Predicate(a, b) => format!("predicate: {} → {}", a.label(), b.label()),
            Change::Quantity(a, b) => format!("quantity: {a} → {b}"),
            Change::Holding(a, b) => format!("holdings: {a} → {b}"),
            Change::Scope => "scope: other areas".into(),
            Change::Party => "another party".into(),
            Change::Source => "another source".into(),
            Change::SharedDigits => {
                "the two numbers share digits: a variant in writing is possible".into()
            }
        }
    }
}

/// Every change from one statement to the next.
pub fn changes(earlier: &Figure, later: &Figure) -> Vec<Change> {
    let mut found = Vec::new();
    if earlier.predicate != later.predicate {
        found.push(Change::Predicate(earlier.predicate, later.predicate));
    }
    match (&earlier.count, &later.count) {
        (Some(a), Some(b))
            if (a.value, a.qualifier, a.upper) != (b.value, b.qualifier, b.upper) =>
        {
            found.push(Change::Quantity(a.in_words(), b.in_words()));
            // A source that states its own figure anew has not copied it wrongly.
            if earlier.source != later.source && share_digits(a.value, b.value) {
                found.push(Change::SharedDigits);
            }
        }
        _ => {}
    }
    for before in &earlier.holdings {
        let after = later.holdings.iter().find(|h| h.kind == before.kind);
        if let Some(after) = after
            && (after.count.value, after.count.qualifier)
                != (before.count.value, before.count.qualifier)
        {
            let words = |h: &Holding| format!("{} {}", h.count.in_words(), h.kind);
            found.push(Change::Holding(words(before), words(after)));
        }
    }
    if earlier.areas != later.areas {
        found.push(Change::Scope);
    }
    if earlier.party != later.party {
        found.push(Change::Party);
    }
    if earlier.source != later.source {
        found.push(Change::Source);
    }
    found
}

/// Whether a statement is the same one again: nothing but the source or the speaker differs.
pub fn is_repeat(changes: &[Change]) -> bool {
    changes
        .iter()
        .all(|c| matches!(c, Change::Source | Change::Party))
}

/// Same number of digits, three and more, with all but one alike (927 and 297 are permuted, 927 and 922 differ in one).
fn share_digits(a: u64, b: u64) -> bool {
    let (mut x, mut y): (Vec<u8>, Vec<u8>) =
        (a.to_string().into_bytes(), b.to_string().into_bytes());
    if a == b || x.len() != y.len() || x.len() < 3 {
        return false;
    }
    let apart = x.iter().zip(&y).filter(|(p, q)| p != q).count();
    x.sort_unstable();
    y.sort_unstable();
    x == y || apart == 1
}

/// Arithmetic that takes no side: how far parts are from their stated total; `None` when they agree.
pub fn sum_gap(total: &Quantity, parts: &[Quantity]) -> Option<String> {
    let sum = parts
        .iter()
        .map(Quantity::interval)
        .reduce(|a, b| a.plus(b))?;
    if sum.overlaps(total.interval()) {
        return None;
    }
    let stated: u64 = parts.iter().map(|p| p.value).sum();
    Some(format!(
        "the parts add up to {}, the stated total is {}",
        crate::quantity::grouped(stated),
        total.in_words()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_were_swapped_are_seen() {
        assert!(share_digits(927, 297));
        assert!(!share_digits(927, 927) && !share_digits(22, 20) && !share_digits(808, 927));
    }

    #[test]
    fn a_slip_of_the_pen_is_between_two_sources() {
        let figure = |source: u8, count: u64| Figure {
            party: crate::AnyId::from_bytes([1; 16]).into(),
            source: crate::AnyId::from_bytes([source; 16]).into(),
            predicate: Predicate::Destroyed,
            count: Some(Quantity::exactly(count)),
            holdings: Vec::new(),
            areas: BTreeSet::new(),
        };
        let slips = |a: &Figure, b: &Figure| changes(a, b).contains(&Change::SharedDigits);
        assert!(slips(&figure(2, 927), &figure(3, 297)));
        assert!(
            !slips(&figure(2, 833), &figure(2, 835)),
            "a source that states its own figure anew has not copied it"
        );
    }

    #[test]
    fn parts_are_added_without_taking_a_side() {
        let exactly = |ns: &[u64]| ns.iter().map(|n| Quantity::exactly(*n)).collect::<Vec<_>>();
        assert_eq!(
            sum_gap(
                &Quantity::exactly(864),
                &exactly(&[462, 348, 20, 26, 1, 2, 2, 3])
            ),
            None
        );
        let gap = sum_gap(
            &Quantity::new(700, crate::words::Qualifier::MoreThan),
            &exactly(&[13, 292, 330]),
        );
        assert_eq!(
            gap.as_deref(),
            Some("the parts add up to 635, the stated total is more than 700")
        );
        assert_eq!(sum_gap(&Quantity::exactly(5), &[]), None);
    }
}
