//! Since when what is answered is as it is: the state as a whole, never one record.
//!
//! A record's answer also shows what follows from others: its status, titles, the place of its site. When
//! one of these last changed is kept nowhere, and of those a viewer may not see it must not be told. When
//! an entry was last added everybody reads on the page of the ledger, so that this tells nothing new.

use crate::Registry;
use crate::clock;
use crate::refusal::Refusal;
use std::sync::{Mutex, PoisonError};
use stele_store::StateOf;

/// How long it may go unnoticed that another process wrote into the same database.
const FRESH_MS: u64 = 100;

/// The state as it was last looked at.
#[derive(Default)]
pub(crate) struct Age(Mutex<Option<Looked>>);

#[derive(Debug, Clone, Copy)]
struct Looked {
    state: StateOf,
    /// Commits of this process that were known then.
    commits: u64,
    at_ms: u64,
    /// Second since 1970 in which the state was first seen to be this.
    since: u64,
}

impl Age {
    /// The second, where what was looked at last can be relied on.
    fn known(&self, commits: u64, now_ms: u64) -> Option<Option<u64>> {
        let looked = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |looked: &Looked| {
            looked.commits == commits && (looked.at_ms..looked.at_ms + FRESH_MS).contains(&now_ms)
        };
        looked.filter(fresh).map(|looked| looked.told(now_ms))
    }

    /// The same after another look.
    fn look(&self, state: StateOf, commits: u64, now_ms: u64) -> Option<u64> {
        let mut looked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match *looked {
            // Later than the state before, even where the clock was put back.
            Some(last) if last.state < state => (now_ms / 1_000).max(last.since + 1),
            Some(last) => last.since,
            None => now_ms / 1_000,
        };
        // A view may be older than another's that was looked at.
        if looked.is_none_or(|last| last.state <= state) {
            *looked = Some(Looked {
                state,
                commits,
                at_ms: now_ms,
                since,
            });
        }
        looked.and_then(|looked| looked.told(now_ms))
    }
}

impl Looked {
    /// Within the second itself it may change again, which the second would not tell (RFC 9110, 8.8.2.2).
    fn told(&self, now_ms: u64) -> Option<u64> {
        (now_ms / 1_000 > self.since).then_some(self.since)
    }
}

impl Registry {
    /// The second since 1970 from which on every answer has been as it is now, as far as records are
    /// concerned; none within that second. No later than the state that is read afterwards.
    pub fn unchanged_since(&self) -> Result<Option<u64>, Refusal> {
        // Before the look: what is committed meanwhile counts as unknown.
        let commits = self.store.commits();
        let state = self.store.read(|read| Ok::<_, Refusal>(read.state_of()?))?;
        Ok(self.age.look(state, commits, clock::now_ms()))
    }

    /// The same without asking the database, where that was done a moment ago.
    pub fn unchanged_since_known(&self) -> Option<Option<u64>> {
        self.age.known(self.store.commits(), clock::now_ms())
    }
}

#[cfg(test)]
pub(crate) use tests::states;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Of a registry, before something is recorded and after.
    pub(crate) fn states() -> Vec<StateOf> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let (registry, _) = Registry::create(&path, "Test", "admin@test.example", None).unwrap();
        let state = || registry.store.read(|read| read.state_of()).unwrap();
        let first = state();
        let (account, _) = {
            let (_, token) = registry
                .invite("r@test.example", "R", crate::AccountRole::Recorder, None)
                .unwrap();
            registry.redeem(token.text(), "long enough").unwrap()
        };
        let party = stele_model::Party {
            names: vec![stele_model::Name::new("A party", "en")],
            kind: stele_model::PartyKind::Other,
            country: None,
            belongs_to: Vec::new(),
            independent_of: Vec::new(),
            note: None,
        };
        let record = stele_model::Record::new(clock::mint(), party);
        registry.record(&account, vec![record]).unwrap();
        vec![first, state()]
    }

    #[test]
    fn a_second_is_told_once_it_is_over_and_never_goes_back() {
        let [first, second] = states()[..] else {
            panic!("two states")
        };
        let age = Arc::new(Age::default());
        assert_eq!(age.known(0, 1_000), None, "nobody looked yet");
        assert_eq!(
            age.look(first, 0, 10_200),
            None,
            "it may change in the same second"
        );
        assert_eq!(age.known(0, 10_250), Some(None));
        assert_eq!(age.known(0, 10_400), None, "too long ago");
        assert_eq!(age.known(1, 10_250), None, "this process wrote since");
        assert_eq!(age.look(first, 0, 11_000), Some(10));
        assert_eq!(age.known(0, 11_050), Some(Some(10)));
        // The clock is put back, and then something is recorded.
        assert_eq!(age.look(second, 1, 3_000), None);
        assert_eq!(
            age.look(second, 1, 12_000),
            Some(11),
            "after what was told before"
        );
        // A view from before that is looked at late changes nothing.
        assert_eq!(age.look(first, 1, 13_000), Some(11));
        assert_eq!(age.look(second, 1, 14_000), Some(11));
    }
}
