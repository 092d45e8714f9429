//! Whose turn it is: no single "awaiting"; every speaker's account stands beside the others'.

use crate::date::EdtfDate;
use crate::id::{AnyId, Id};
use crate::record::{MissionStep, Party, Position, Source};
use crate::words::{Issue, Stage};
use std::collections::BTreeMap;

/// What one party says of whose answer is awaited.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Who says so.
    pub speaker: Id<Party>,
    /// Whose answer they say is awaited.
    pub awaits: Vec<Id<Party>>,
    /// Since when, as stated.
    pub since: Option<EdtfDate>,
    /// Where they say it.
    pub source: Id<Source>,
    /// The record it is taken from.
    pub record: AnyId,
    /// In the speaker's own words, where they are kept.
    pub words: Option<String>,
}

/// Where a mission stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Board {
    /// Where each organisation's track stands and since when; `None` is the track of all. A stage that
    /// is told again has stood since it was told first.
    pub tracks: BTreeMap<Option<Id<Party>>, (Stage, EdtfDate)>,
    /// The furthest of them.
    pub stage: Option<Stage>,
    /// The last account of each speaker, by date; equal weight.
    pub accounts: Vec<Account>,
    /// Whether the accounts name different parties as the one who must answer.
    pub accounts_differ: bool,
}

/// Puts the steps and positions of one mission together.
pub fn board(steps: &[(AnyId, MissionStep)], positions: &[(AnyId, Position)]) -> Board {
    let mut board = Board::default();
    let mut ordered: Vec<&(AnyId, MissionStep)> = steps.iter().collect();
    ordered.sort_by(|a, b| {
        (a.1.on.earliest(), a.1.stage, a.0).cmp(&(b.1.on.earliest(), b.1.stage, b.0))
    });
    let mut last = BTreeMap::new();
    let mut accounts: BTreeMap<Id<Party>, Account> = BTreeMap::new();
    let mut hear = |account: Account| {
        let newer = accounts.get(&account.speaker).is_none_or(|known| {
            let key = |a: &Account| (a.since.as_ref().and_then(EdtfDate::earliest), a.record);
            key(&account) > key(known)
        });
        if newer {
            accounts.insert(account.speaker, account);
        }
    };
    for (id, step) in ordered {
        let told_again = board
            .tracks
            .get(&step.organisation)
            .is_some_and(|(stage, _)| *stage == step.stage);
        if !told_again {
            board
                .tracks
                .insert(step.organisation, (step.stage, step.on.clone()));
        }
        last.insert(step.organisation, (step.on.earliest(), step.stage));
        if step.stage == Stage::AwaitingResponse && !step.awaits.is_empty() {
            hear(Account {
                speaker: step.according_to,
                awaits: step.awaits.clone(),
                since: Some(step.on.clone()),
                source: step.source,
                record: *id,
                words: None,
            });
        }
    }
    for (id, position) in positions {
        if position.issue == Issue::Response && !position.awaits.is_empty() {
            hear(Account {
                speaker: position.actor,
                awaits: position.awaits.clone(),
                since: position.since.clone(),
                source: position.source,
                record: *id,
                words: position.words.clone(),
            });
        }
    }
    board.stage = last.into_values().max().map(|(_, stage)| stage);
    board.accounts = accounts.into_values().collect();
    board.accounts.sort_by(|a, b| {
        let key = |x: &Account| (x.since.as_ref().and_then(EdtfDate::earliest), x.record);
        key(a).cmp(&key(b))
    });
    let sorted = |account: &Account| {
        let mut ids = account.awaits.clone();
        ids.sort_unstable();
        ids
    };
    board.accounts_differ = board
        .accounts
        .windows(2)
        .any(|w| sorted(&w[0]) != sorted(&w[1]));
    board
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(n: u8) -> Id<Party> {
        AnyId::from_bytes([n; 16]).into()
    }

    fn position(n: u8, actor: u8, awaits: u8, since: &str) -> (AnyId, Position) {
        let id = AnyId::from_bytes([n; 16]);
        let body = Position {
            actor: party(actor),
            about: AnyId::from_bytes([99; 16]),
            issue: Issue::Response,
            position: "awaits an answer".into(),
            words: None,
            awaits: vec![party(awaits)],
            since: since.parse().ok(),
            source: AnyId::from_bytes([98; 16]).into(),
            passage: None,
        };
        (id, body)
    }

    #[test]
    fn two_accounts_that_exclude_each_other_stand_side_by_side() {
        let said = [
            position(1, 1, 2, "2021-06-22"),
            position(2, 2, 1, "2020-12-21"),
        ];
        let board = board(&[], &said);
        assert!(board.accounts_differ);
        let speakers: Vec<_> = board.accounts.iter().map(|a| a.speaker).collect();
        assert_eq!(speakers, [party(2), party(1)], "by date, by nothing else");
    }

    #[test]
    fn a_stage_told_again_has_stood_since_it_was_told_first() {
        let step = |n: u8, stage: Stage, on: &str| {
            let body = MissionStep {
                mission: AnyId::from_bytes([99; 16]).into(),
                organisation: None,
                stage,
                on: on.parse().unwrap(),
                according_to: party(n),
                source: AnyId::from_bytes([98; 16]).into(),
                passage: None,
                awaits: Vec::new(),
                note: None,
            };
            (AnyId::from_bytes([n; 16]), body)
        };
        let steps = [
            step(1, Stage::Proposed, "2020-11-20"),
            step(2, Stage::AwaitingResponse, "2020-12-21"),
            step(3, Stage::AwaitingResponse, "2021-06-22"),
        ];
        let board = board(&steps, &[]);
        let (stage, since) = &board.tracks[&None];
        assert_eq!(
            (*stage, since.to_string().as_str()),
            (Stage::AwaitingResponse, "2020-12-21")
        );
        assert_eq!(board.stage, Some(Stage::AwaitingResponse));
    }

    #[test]
    fn the_mirror_gives_the_same_board() {
        let here = board(
            &[],
            &[
                position(1, 1, 2, "2021-06-22"),
                position(2, 2, 1, "2020-12-21"),
            ],
        );
        let there = board(
            &[],
            &[
                position(1, 2, 1, "2021-06-22"),
                position(2, 1, 2, "2020-12-21"),
            ],
        );
        let swap = |id: Id<Party>| if id == party(1) { party(2) } else { party(1) };
        let swapped: Vec<_> = there
            .accounts
            .iter()
            .map(|a| (swap(a.speaker), a.since.clone()))
            .collect();
        let plain: Vec<_> = here
            .accounts
            .iter()
            .map(|a| (a.speaker, a.since.clone()))
            .collect();
        assert_eq!(plain, swapped);
        assert_eq!(here.accounts_differ, there.accounts_differ);
    }

    #[test]
    fn a_speaker_s_last_word_counts() {
        let said = [position(1, 1, 2, "2020"), position(2, 1, 3, "2022")];
        let board = board(&[], &said);
        assert_eq!(board.accounts.len(), 1);
        assert_eq!(board.accounts[0].awaits, [party(3)]);
    }
}
