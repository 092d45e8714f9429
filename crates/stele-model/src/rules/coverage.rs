//! Rule 3: the ladder of an aggregate, with logical bounds and never a rate from what was easy to reach.

use crate::quantity::{Interval, Quantity};
use serde::{Deserialize, Serialize};

/// What published findings say of one item against the claim's predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// Nothing published.
    #[default]
    Pending,
    /// The predicate holds.
    For,
    /// It does not hold.
    Against,
    /// Examined, without a conclusion, or findings contradict each other.
    Inconclusive,
}

/// One item of an aggregate, after its links were resolved.
#[derive(Debug, Clone, Default)]
pub struct Item {
    /// The same thing as an item before it.
    pub duplicate: bool,
    /// Excluded with a reason.
    pub excluded: bool,
    /// Identity confirmed by a reviewer.
    pub identified: bool,
    /// Has a place.
    pub located: bool,
    /// Assessed by somebody independent of the claimant.
    pub assessed_independent: bool,
    /// Assessed by the claimant or somebody of its voice.
    pub assessed_affiliated: bool,
    /// What findings say.
    pub verdict: Verdict,
}

/// Coverage of an aggregate, step by step. Counts only; never one percentage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ladder {
    /// Items named by anyone, with duplicates and exclusions.
    pub itemised: u64,
    /// Of these, the same as another item.
    pub duplicate: u64,
    /// Of these, excluded with a reason.
    pub excluded: u64,
    /// Identity confirmed.
    pub identified: u64,
    /// With a place.
    pub located: u64,
    /// Assessed independently of the claimant.
    pub assessed_independent: u64,
    /// Assessed by the claimant's own side; never added to the independent ones.
    pub assessed_affiliated: u64,
    /// Findings say that the predicate holds.
    pub conclusive_for: u64,
    /// Findings say that it does not.
    pub conclusive_against: u64,
    /// Examined without a conclusion.
    pub inconclusive: u64,
    /// Itemised, nothing published yet.
    pub pending: u64,
}

/// The ladder of these items.
pub fn ladder(items: &[Item]) -> Ladder {
    let mut l = Ladder {
        itemised: items.len() as u64,
        ..Ladder::default()
    };
    for item in items {
        if item.duplicate {
            l.duplicate += 1;
            continue;
        }
        if item.excluded {
            l.excluded += 1;
            continue;
        }
        l.identified += u64::from(item.identified);
        l.located += u64::from(item.located);
        l.assessed_independent += u64::from(item.assessed_independent);
        l.assessed_affiliated += u64::from(item.assessed_affiliated);
        match item.verdict {
            Verdict::For => l.conclusive_for += 1,
            Verdict::Against => l.conclusive_against += 1,
            Verdict::Inconclusive => l.inconclusive += 1,
            Verdict::Pending => l.pending += 1,
        }
    }
    l
}

impl Ladder {
    /// Items that count: neither duplicates nor excluded.
    pub fn members(&self) -> u64 {
        self.itemised - self.duplicate - self.excluded
    }

    /// More items than were claimed: shown, never corrected.
    pub fn exceeds(&self, claimed: &Quantity) -> bool {
        claimed
            .interval()
            .upper
            .is_some_and(|most| self.members() > most)
    }

    /// Logical bounds of how many the predicate holds for: [V⁺, C − V⁻], without any assumption.
    /// Not given where the itemisation exceeds the claim, because the frame is then not the claim's.
    pub fn bounds(&self, claimed: &Quantity) -> Option<Interval> {
        let said = claimed.interval();
        match said.upper {
            Some(most) if self.members() > most => None,
            upper => Some(Interval {
                lower: self.conclusive_for,
                upper: upper.map(|most| most.saturating_sub(self.conclusive_against)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bounds_shrink_only_through_work() {
        let done = Ladder {
            itemised: 70,
            conclusive_for: 62,
            conclusive_against: 5,
            pending: 3,
            ..Ladder::default()
        };
        let bounds = done.bounds(&Quantity::exactly(927));
        assert_eq!(
            bounds,
            Some(Interval {
                lower: 62,
                upper: Some(922)
            })
        );
        let nothing = Ladder::default().bounds(&Quantity::exactly(927));
        assert_eq!(
            nothing,
            Some(Interval {
                lower: 0,
                upper: Some(927)
            })
        );
        let over = Ladder {
            itemised: 11,
            pending: 11,
            ..Ladder::default()
        };
        assert!(
            over.exceeds(&Quantity::exactly(10)) && over.bounds(&Quantity::exactly(10)).is_none()
        );
    }

    fn any_item() -> impl Strategy<Value = Item> {
        (any::<[bool; 6]>(), 0..4u8).prop_map(|([a, b, c, d, e, f], v)| Item {
            duplicate: a && b,
            excluded: b && c,
            identified: c,
            located: d,
            assessed_independent: e,
            assessed_affiliated: f,
            verdict: [
                Verdict::Pending,
                Verdict::For,
                Verdict::Against,
                Verdict::Inconclusive,
            ][v as usize],
        })
    }

    proptest! {
        /// I = V⁺ + V⁻ + U + P + X (domain.md 7.1), duplicates counted among X.
        #[test]
        fn the_steps_add_up(items in proptest::collection::vec(any_item(), 0..60)) {
            let l = ladder(&items);
            let sum = l.conclusive_for + l.conclusive_against + l.inconclusive + l.pending + l.excluded + l.duplicate;
            prop_assert_eq!(sum, l.itemised);
            prop_assert!(l.located <= l.members() && l.identified <= l.members());
        }
    }
}
