//! The change feed, by which a mirror follows: what changed since a position, in the order of the logs,
//! each record as the viewer may see it now.
//!
//! An entry tells of the records it holds and of those it changed (`stele-store::echo`): a publication
//! shows a finding that was a draft, what it rests on, and gives its site a status. What a viewer may not
//! see makes no line. What was public and is not any more makes one that says so; only then, so that
//! nobody learns of a record that was never shown.

use crate::Registry;
use crate::account::Viewer;
use crate::bulk::Walk;
use crate::refusal::Refusal;
use crate::view::{Shown, may_see};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use stele_ledger::Entry;
use stele_model::reading::Role;
use stele_model::{AnyId, Body, Hlc, Kind, Record, Restriction, Stamp};
use stele_store::{Read, StoreError, Stored, log};

/// Most changes of one page; a page ends with a whole entry and may have a little more.
pub const LONGEST_CHANGES: usize = 10_000;
/// Entries looked at for one page.
const LOOKED_AT: usize = 2_000;
/// Entries read at a time.
const AT_ONCE: usize = 50;
/// Records read at a time of those that refer to one.
const REFERRING: usize = 500;

/// Where somebody who follows is: the number of the entry to go on with, of each log. Written
/// `LOG:NUMBER`, by commas; a log that is not named is read from its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position(BTreeMap<String, u64>);

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (log, next)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_char(',')?;
            }
            for c in log.chars() {
                // A log of another node may have any name.
                match c {
                    '%' => f.write_str("%25")?,
                    ',' => f.write_str("%2C")?,
                    c => f.write_char(c)?,
                }
            }
            write!(f, ":{next}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Position {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let mut position = Position::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let read = part.rsplit_once(':');
            let read = read.and_then(|(log, next)| Some((log, next.parse::<u64>().ok()?)));
            let Some((log, next)) = read.filter(|(log, _)| !log.is_empty()) else {
                let part: String = part.chars().take(60).collect();
                return Err(Refusal::field(
                    "since",
                    format!(
                        "“{part}” is no position; give “next” of an earlier answer, or leave it out to begin at the beginning"
                    ),
                ));
            };
            let log = log.replace("%2C", ",").replace("%25", "%");
            position.0.insert(log, next);
        }
        Ok(position)
    }
}

/// A record that changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The log.
    pub log: String,
    /// Number of the entry that changed it.
    pub entry: u64,
    /// When the entry was recorded, in milliseconds since 1970.
    pub at_ms: u64,
    /// Its id.
    pub id: AnyId,
    /// Its kind.
    pub kind: Kind,
    /// What is there now.
    pub now: Now,
}

/// What is there of a record now.
#[derive(Debug, Clone)]
pub enum Now {
    /// This.
    Shown(Box<Shown>),
    /// Nothing: it was taken back as recorded by mistake.
    Withdrawn,
    /// Nothing that this viewer may see any more.
    NotPublic,
}

impl Serialize for Change {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut line = json!({
            "log": self.log,
            "entry": self.entry,
            "at": stele_formats::feature::moment(i64::try_from(self.at_ms).unwrap_or(i64::MAX)),
            "id": self.id,
            "type": self.kind,
        });
        match &self.now {
            Now::Shown(shown) => line["record"] = shown.to_json(),
            Now::Withdrawn => line["gone"] = "withdrawn".into(),
            Now::NotPublic => line["gone"] = "not_public".into(),
        }
        line.serialize(s)
    }
}

/// A log as it stands for a page of changes.
#[derive(Debug, Clone, Serialize)]
pub struct LogEnd {
    /// Its name.
    pub log: String,
    /// How many entries it has.
    pub size: u64,
    /// The latest signed checkpoint over it (C2SP signed note), where one is kept here.
    pub checkpoint: Option<String>,
}

/// A page of changes.
#[derive(Debug, Clone, Serialize)]
pub struct ChangePage {
    /// The changes.
    pub changes: Vec<Change>,
    /// Where to go on.
    pub next: String,
    /// Whether there is more by now.
    pub more: bool,
    /// The logs, as they stood for this page.
    pub logs: Vec<LogEnd>,
}

impl Walk<'_, '_> {
    /// Where the change feed goes on from this moment.
    pub fn position(&mut self) -> Result<String, Refusal> {
        let ends = ends(self.read)?;
        let position = ends.into_iter().map(|end| (end.log, end.size)).collect();
        Ok(Position(position).to_string())
    }
}

impl Registry {
    /// What changed since a position, as a viewer may see it now.
    pub fn changes(
        &self,
        viewer: &Viewer,
        since: &Position,
        limit: usize,
    ) -> Result<ChangePage, Refusal> {
        let limit = limit.clamp(1, LONGEST_CHANGES);
        self.store.read(|read| {
            let logs = ends(read)?;
            check(since, &logs)?;
            let mut feed = Feed {
                viewer,
                told: BTreeSet::new(),
                changes: Vec::new(),
            };
            let mut position = BTreeMap::new();
            let (mut looked_at, mut more) = (0, false);
            for end in &logs {
                let mut next = since.0.get(&end.log).copied().unwrap_or(0);
                while next < end.size && feed.changes.len() < limit && looked_at < LOOKED_AT {
                    let wanted = AT_ONCE.min(LOOKED_AT - looked_at);
                    for row in log::entries_from(read.logs(), &end.log, next, wanted)? {
                        if feed.changes.len() >= limit {
                            break;
                        }
                        feed.entry(read, &row.bytes)?;
                        next = row.seq + 1;
                        looked_at += 1;
                    }
                }
                more |= next < end.size;
                position.insert(end.log.clone(), next);
            }
            Ok(ChangePage {
                changes: feed.changes,
                next: Position(position).to_string(),
                more,
                logs,
            })
        })
    }
}

impl Registry {
    /// The position after all that is recorded.
    pub fn changes_end(&self) -> Result<String, Refusal> {
        self.walk(&Viewer::Public, "en", |walk| walk.position())
    }
}

/// The logs kept here and their ends.
fn ends(read: &mut Read<'_>) -> Result<Vec<LogEnd>, Refusal> {
    let c = read.logs();
    let mut ends = Vec::new();
    for log in log::logs(c)? {
        ends.push(LogEnd {
            size: log::size_of(c, &log)?,
            checkpoint: log::checkpoint(c, &log)?,
            log,
        });
    }
    Ok(ends)
}

/// A position is one of these logs.
fn check(since: &Position, logs: &[LogEnd]) -> Result<(), Refusal> {
    for (log, next) in &since.0 {
        let size = logs.iter().find(|end| end.log == *log).map(|end| end.size);
        let shown: String = log.chars().take(60).collect();
        match size {
            None => {
                return Err(Refusal::field(
                    "since",
                    format!(
                        "the log “{shown}” is not kept here: this is a position of another registry; begin again without it"
                    ),
                ));
            }
            Some(size) if *next > size => {
                return Err(Refusal::field(
                    "since",
                    format!(
                        "entry {next} of the log “{shown}” lies beyond its end ({size}): the registry was put back to an earlier state; begin again without a position"
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Gathers the changes of a page; a record is told of once.
struct Feed<'v> {
    viewer: &'v Viewer,
    told: BTreeSet<AnyId>,
    changes: Vec<Change>,
}

impl Feed<'_> {
    fn entry(&mut self, read: &mut Read<'_>, bytes: &[u8]) -> Result<(), Refusal> {
        let entry = Entry::parse(bytes).map_err(|e| StoreError::Ledger(e.to_string()))?;
        let at = entry.at.parse::<Hlc>().unwrap_or_default();
        let own = entry.records.iter().filter_map(id_of);
        let mut ids: Vec<(AnyId, bool)> = own.map(|id| (id, true)).collect();
        let echoes = read.echoes_of(&entry.node, entry.seq)?;
        ids.extend(echoes.into_iter().map(|id| (id, false)));
        let mut seen: BTreeSet<AnyId> = ids.iter().map(|(id, _)| *id).collect();
        let mut next = 0;
        while let Some((id, is_own)) = ids.get(next).copied() {
            next += 1;
            let Some(stored) = read.find(id)? else {
                continue;
            };
            if is_own && comes_later(&stored, &entry.node, at) {
                continue;
            }
            for dependent in as_visible_as(read, &stored)? {
                if seen.insert(dependent) {
                    ids.push((dependent, false));
                }
            }
            if self.told.contains(&id) {
                continue;
            }
            let Some((kind, now)) = self.now(read, stored)? else {
                continue;
            };
            self.told.insert(id);
            self.changes.push(Change {
                log: entry.node.clone(),
                entry: entry.seq,
                at_ms: at.unix_ms,
                id,
                kind,
                now,
            });
        }
        Ok(())
    }

    fn now(&self, read: &mut Read<'_>, stored: Stored) -> Result<Option<(Kind, Now)>, Refusal> {
        let kind = stored.kind;
        let now = if may_see(read, self.viewer, &stored)? {
            match stored.withdrawn {
                true => Now::Withdrawn,
                false => Now::Shown(Box::new(Shown::of(self.viewer, stored))),
            }
        } else if was_public(read, &stored)? {
            Now::NotPublic
        } else {
            return Ok(None);
        };
        Ok(Some((kind, now)))
    }
}

fn id_of(record: &Value) -> Option<AnyId> {
    record["id"].as_str()?.parse().ok()
}

/// Whether the revision shown stands further on in the same log, where it will be told of.
fn comes_later(stored: &Stored, log: &str, at: Hlc) -> bool {
    let stamp = stored.stamp.parse::<Stamp>();
    stamp.is_ok_and(|stamp| stamp.node == log && stamp.at > at)
}

/// Records that are seen or not as this one is, and need not change themselves for it.
fn as_visible_as(read: &mut Read<'_>, stored: &Stored) -> Result<Vec<AnyId>, Refusal> {
    let mut ids = Vec::new();
    let kinds: &[Kind] = match &stored.body {
        Body::Finding(finding) => {
            ids.extend(finding.assessments.iter().map(|a| a.any()));
            plans_of(read, finding.site.any(), &mut ids)?;
            &[Kind::Review, Kind::Reply, Kind::Link]
        }
        Body::Assessment(assessment) => {
            plans_of(read, assessment.site.any(), &mut ids)?;
            &[Kind::Reply, Kind::Link]
        }
        Body::Evidence(_) | Body::SamplingPlan(_) | Body::Review(_) => &[Kind::Reply, Kind::Link],
        _ => &[],
    };
    for kind in kinds {
        referring(read, stored.id, *kind, None, &mut ids)?;
    }
    Ok(ids)
}

/// Sampling plans that drew a site: public when every drawn site is accounted for.
fn plans_of(read: &mut Read<'_>, site: AnyId, ids: &mut Vec<AnyId>) -> Result<(), Refusal> {
    referring(read, site, Kind::SamplingPlan, None, ids)
}

fn referring(
    read: &mut Read<'_>,
    id: AnyId,
    kind: Kind,
    role: Option<Role>,
    ids: &mut Vec<AnyId>,
) -> Result<(), Refusal> {
    let mut after = None;
    loop {
        let page = read.referring(id, kind, role, after, REFERRING)?;
        ids.extend(page.rows.iter().map(|r| r.id));
        match page.next {
            Some(next) => after = Some(next.id),
            None => return Ok(()),
        }
    }
}

/// Whether anybody could see a record once that nobody but members can see now.
fn was_public(read: &mut Read<'_>, stored: &Stored) -> Result<bool, Refusal> {
    match &stored.body {
        Body::Finding(_) => was_published(read, stored.id),
        Body::Review(review) => was_published(read, review.finding.any()),
        Body::Evidence(_) => any_revision(
            read,
            stored.id,
            |body| matches!(body, Body::Evidence(e) if e.restriction == Restriction::Public),
        ),
        Body::Assessment(_) => {
            let mut findings = Vec::new();
            let rests = Some(Role::RestsOn);
            referring(read, stored.id, Kind::Finding, rests, &mut findings)?;
            for finding in findings {
                if was_published(read, finding)? {
                    return Ok(true);
                }
            }
            any_revision(
                read,
                stored.id,
                |body| matches!(body, Body::Assessment(a) if a.source.is_some()),
            )
        }
        Body::Reply(reply) => end_was_public(read, reply.to),
        Body::Link(link) => Ok(end_was_public(read, link.from)? && end_was_public(read, link.to)?),
        // Everything else is public, or was never told of.
        _ => Ok(false),
    }
}

fn end_was_public(read: &mut Read<'_>, id: AnyId) -> Result<bool, Refusal> {
    match read.find(id)? {
        // Links do not refer to links or replies, so this ends.
        Some(end) if !matches!(end.kind, Kind::Link | Kind::Reply) => {
            Ok(may_see(read, &Viewer::Public, &end)? || was_public(read, &end)?)
        }
        other => Ok(other.is_none()),
    }
}

/// Whether a finding had a status that only published ones have.
fn was_published(read: &mut Read<'_>, finding: AnyId) -> Result<bool, Refusal> {
    let before = read.statuses_before(finding)?;
    Ok(before.iter().any(|s| !matches!(s.as_str(), "" | "draft")))
}

fn any_revision(
    read: &mut Read<'_>,
    id: AnyId,
    is: impl Fn(&Body) -> bool,
) -> Result<bool, Refusal> {
    for revision in read.revisions(id)? {
        let Some(row) = log::entry(read.logs(), &revision.log, revision.seq)? else {
            continue;
        };
        let entry = Entry::parse(&row.bytes).map_err(|e| StoreError::Ledger(e.to_string()))?;
        let record = entry.records.into_iter().nth(revision.ix);
        let record = record.and_then(|json| Record::from_json(json).ok());
        if record.is_some_and(|r| !r.is_withdrawn() && is(&r.body)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_as_it_is_written() {
        let logs = [("tests-1a2b3c", 57), ("a,b%2C:7", 0), ("хранилище", 3)];
        let position = Position(logs.iter().map(|(l, n)| ((*l).to_owned(), *n)).collect());
        assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
        assert_eq!("".parse::<Position>().unwrap(), Position::default());
        for wrong in [
            "57",
            ":57",
            "log:",
            "log:-1",
            "log:1.5",
            "log:1,x",
            "log:99999999999999999999",
        ] {
            let refused = wrong.parse::<Position>().unwrap_err().to_string();
            assert!(refused.contains("position"), "{wrong}: {refused}");
        }
    }
}
