//! Invariant 2: the state is a function of the set of records, whatever the order they arrive in.

use crate::common::dossier::{Deed, dossier};
use crate::common::*;
use crate::on_both_engines;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stele_store::engine::Connection;
use stele_store::{log, schema};

on_both_engines! {
    any_order_and_grouping_gives_the_same_state
}

/// Takes the entries up in this order, so many at once, and gives the canonical dump; nothing is kept.
fn state_of(c: &mut dyn Connection, entries: &[Vec<u8>], at_once: usize) -> String {
    c.script("BEGIN").unwrap();
    for entries in entries.chunks(at_once) {
        log::take_up(c, entries.iter().map(Vec::as_slice)).unwrap();
    }
    let state = canonical(c);
    c.script("ROLLBACK").unwrap();
    state
}

/// One way to write the dossier down: which deeds, in which groups, and the order of arrival.
#[derive(Debug, Clone)]
struct Telling {
    kept: Vec<bool>,
    cuts: Vec<bool>,
    order: Vec<u32>,
    within: Vec<u32>,
    at_once: usize,
}

fn tellings(deeds: usize) -> impl Strategy<Value = Telling> {
    let numbers = || prop::collection::vec(any::<u32>(), deeds);
    let kept = prop::collection::vec(prop::bool::weighted(0.9), deeds);
    (
        kept,
        prop::collection::vec(any::<bool>(), deeds),
        numbers(),
        numbers(),
        1..20usize,
    )
        .prop_map(|(kept, cuts, order, within, at_once)| Telling {
            kept,
            cuts,
            order,
            within,
            at_once,
        })
}

impl Telling {
    /// The deeds kept, cut into groups of neighbours in which no thing stands twice.
    fn groups<'d>(&self, deeds: &'d [Deed]) -> Vec<Vec<&'d Deed>> {
        let mut groups: Vec<Vec<&Deed>> = Vec::new();
        for (i, deed) in deeds.iter().enumerate().filter(|(i, _)| self.kept[*i]) {
            match groups.last_mut() {
                Some(group)
                    if !self.cuts[i] && group.iter().all(|d| d.record.id != deed.record.id) =>
                {
                    group.push(deed);
                }
                _ => groups.push(vec![deed]),
            }
        }
        groups
    }

    /// An entry of its own log for each group, so that any order respects every log's own.
    fn entries(&self, deeds: &[Deed], shuffle_within: bool) -> Vec<Vec<u8>> {
        let groups = self.groups(deeds);
        let stamp = |group: usize| format!("{:014}-0000@node-{group:03}", NOON + group as u64);
        let stamp_of = |name: &str| {
            let group = groups.iter().position(|g| g.iter().any(|d| d.name == name));
            group.map(stamp)
        };
        let mut entries = Vec::new();
        for (n, group) in groups.iter().enumerate() {
            let mut group: Vec<(u32, &Deed)> = group
                .iter()
                .enumerate()
                .map(|(i, d)| (self.within[i], *d))
                .collect();
            if shuffle_within {
                group.sort_by_key(|(key, _)| *key);
            }
            let mut records = Vec::new();
            for (_, deed) in group {
                let mut record = deed.record.clone();
                if let Some(revision) = &mut record.revision {
                    revision.after = deed
                        .after
                        .iter()
                        .filter_map(|name| stamp_of(name))
                        .collect();
                }
                records.push(record);
            }
            entries.push(foreign(
                &format!("node-{n:03}"),
                0,
                NOON + n as u64,
                &records,
            ));
        }
        entries
    }

    fn shuffled(&self, entries: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut numbered: Vec<(u32, &Vec<u8>)> = entries
            .iter()
            .enumerate()
            .map(|(i, e)| (self.order[i], e))
            .collect();
        numbered.sort_by_key(|(key, _)| *key);
        numbered
            .into_iter()
            .map(|(_, entry)| entry.clone())
            .collect()
    }
}

/// The state without what names entries: equal however the records are grouped into entries.
fn essence(state: &str) -> Vec<String> {
    let lines = state.lines().filter(|line| !line.starts_with("revision\t"));
    lines
        .map(|line| {
            let mut columns: Vec<&str> = line.split('\t').collect();
            if columns[0] == "thing" {
                columns.drain(3..5); // its stamp, and its first
            }
            columns.join("\t")
        })
        .collect()
}

fn any_order_and_grouping_gives_the_same_state(bench: &Bench) {
    let deeds = dossier();
    let mut c = bench.connection();
    schema::create(c.as_mut()).unwrap();
    let cases = if bench.is_postgres() { 24 } else { 150 };
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let c = std::cell::RefCell::new(c);
    let outcome = TestRunner::new(config).run(&tellings(deeds.len()), |telling| {
        let mut c = c.borrow_mut();
        let in_order = telling.entries(&deeds, true);
        let expected = state_of(c.as_mut(), &in_order, 1);
        let arrived = state_of(c.as_mut(), &telling.shuffled(&in_order), telling.at_once);
        same(&expected, &arrived)?;
        // Each record by itself, in the order it was made.
        let alone = Telling {
            cuts: vec![true; deeds.len()],
            ..telling.clone()
        };
        let alone = state_of(c.as_mut(), &alone.entries(&deeds, false), telling.at_once);
        same(&essence(&alone).join("\n"), &essence(&expected).join("\n"))
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// Names the first lines that differ, not the whole of both.
fn same(expected: &str, found: &str) -> Result<(), TestCaseError> {
    if expected == found {
        return Ok(());
    }
    let gone = expected
        .lines()
        .filter(|line| !found.lines().any(|l| l == *line));
    let come = found
        .lines()
        .filter(|line| !expected.lines().any(|l| l == *line));
    let lines: Vec<String> = gone
        .map(|l| format!("- {l}"))
        .chain(come.map(|l| format!("+ {l}")))
        .collect();
    Err(TestCaseError::fail(lines.join("\n")))
}
