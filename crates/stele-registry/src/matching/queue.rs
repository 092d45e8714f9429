//! The queue of pairs: one after another is looked at by one person at a time and decided; each
//! decision is an act that can be undone as one, and is never asked again.

use super::{MOST_PAIRS, Told, members_only, permille};
use crate::Registry;
use crate::account::{Account, Viewer};
use crate::clock::{mint, now_ms};
use crate::record::admit;
use crate::refusal::Refusal;
use crate::view::{Shown, Titles};
use schemars::JsonSchema;
use serde::Serialize;
use stele_model::reading::Role;
use stele_model::*;
use stele_store::{ActRow, PairRow, Read};

/// How long a pair is kept for who looks at it.
pub const HELD_MS: u64 = 5 * 60 * 1000;
/// Acts listed at once.
const ACTS: usize = 20;

/// What a person says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PairDecision")]
pub enum Decision {
    /// Both records are of one thing.
    Same,
    /// They are of two.
    Different,
    /// Not now; others come first.
    Skip,
}

impl Decision {
    /// The decision of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "same" => Some(Decision::Same),
            "different" => Some(Decision::Different),
            "skip" => Some(Decision::Skip),
            _ => None,
        }
    }
}

/// How a pair stands that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PairEnding")]
pub struct Ending {
    /// Whether both are of one thing.
    pub same: bool,
    /// Who decided, by name.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The link that says so.
    pub link: AnyId,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is recorded, as this act.
    Recorded(String),
    /// It was put behind the others.
    Skipped,
    /// Somebody had decided before.
    Already(Ending),
}

/// A pair as a member sees it.
#[derive(Debug, Clone)]
pub struct PairView {
    /// The two records.
    pub sites: [Shown; 2],
    /// Probability that they are the same, in per mille; none for a pair no search has found.
    pub permille: Option<u64>,
    /// Why.
    pub reasons: Vec<Told>,
    /// Who else looks at it now, by name.
    pub held_by: Option<String>,
    /// How it was decided.
    pub ending: Option<Ending>,
    /// Titles of everything named.
    pub titles: Titles,
}

/// One or many decisions made at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MatchingAct")]
pub struct Act {
    /// Its id.
    pub id: String,
    /// Who decided, by name.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub made_ms: u64,
    /// `same`, `different` or `accepted`.
    pub what: String,
    /// Pairs decided.
    pub pairs: u64,
    /// When it was undone, and by whom.
    pub undone: Option<(u64, String)>,
}

impl Registry {
    /// The pair whose decision matters most and that nobody else looks at; it is kept for this account
    /// for five minutes.
    pub fn next_pair(&self, actor: &Account) -> Result<Option<[AnyId; 2]>, Refusal> {
        may_decide(actor)?;
        let actor = actor.clone();
        self.store.write(move |w| {
            let now = now_ms();
            while let Some(row) = w.house().next_pair(&actor.id, now)? {
                let pair = ids_of(&row)?;
                // Decided by hand, on another node, or gone since the search.
                if standing(&mut w.read(), pair)?.is_some() || !both_here(&mut w.read(), pair)? {
                    w.house().drop_pair(&row.a, &row.b)?;
                    continue;
                }
                w.house()
                    .hold_pair(&row.a, &row.b, &actor.id, now + HELD_MS)?;
                return Ok(Some(pair));
            }
            Ok(None)
        })
    }

    /// Two sites side by side, with what speaks for their being one.
    pub fn pair(&self, viewer: &Viewer, pair: [AnyId; 2], lang: &str) -> Result<PairView, Refusal> {
        let me = members_only(viewer)?.id.clone();
        let pair = ordered(pair)?;
        let [a, b] = pair.map(|id| id.to_string());
        let row = self
            .store
            .house(|house| Ok::<_, Refusal>(house.pair(&a, &b)?))?;
        let mut view = self.store.read(|read| {
            let mut titles = Titles::default();
            let mut site = |id: AnyId| {
                let stored = read
                    .find(id)?
                    .filter(|s| s.kind == Kind::Site && !s.withdrawn);
                let stored = stored.ok_or_else(|| Refusal::NotFound(id.to_string()))?;
                let shown = Shown::of(viewer, stored);
                titles.meet_all(read, viewer, lang, &[&shown])?;
                Ok::<_, Refusal>(shown)
            };
            let sites = [site(pair[0])?, site(pair[1])?];
            Ok::<_, Refusal>(PairView {
                sites,
                permille: row.as_ref().map(|row| row.permille),
                reasons: row
                    .as_ref()
                    .map(reasons_of)
                    .transpose()?
                    .unwrap_or_default(),
                held_by: None,
                ending: standing(read, pair)?,
                titles,
            })
        })?;
        let holder = row
            .filter(|row| row.act.is_none() && row.held_until_ms > now_ms())
            .and_then(|row| row.holder)
            .filter(|holder| *holder != me);
        if let Some(holder) = holder {
            view.held_by = self.account_name(&holder)?;
        }
        if let Some(ending) = &mut view.ending {
            self.name_decider(ending)?;
        }
        Ok(view)
    }

    /// Records what a person says of a pair, unless somebody has decided before.
    pub fn decide_pair(
        &self,
        actor: &Account,
        pair: [AnyId; 2],
        decision: Decision,
    ) -> Result<Outcome, Refusal> {
        may_decide(actor)?;
        let pair = ordered(pair)?;
        let (me, files, policy) = (actor.clone(), self.files.clone(), self.policy.clone());
        let mut outcome = self.store.write(move |w| {
            if let Some(ending) = standing(&mut w.read(), pair)? {
                let [a, b] = pair.map(|id| id.to_string());
                w.house().drop_pair(&a, &b)?;
                return Ok(Outcome::Already(ending));
            }
            let [a, b] = pair.map(|id| id.to_string());
            if decision == Decision::Skip {
                w.house().skip_pair(&a, &b)?;
                return Ok(Outcome::Skipped);
            }
            let row = w.house().pair(&a, &b)?;
            let same = decision == Decision::Same;
            let kind = if same {
                LinkKind::SameAs
            } else {
                LinkKind::DifferentFrom
            };
            let record = link(&mut w.read(), pair, kind, row.as_ref())?;
            let what = if same { "same" } else { "different" };
            let records = admit(&mut w.read(), &files, &policy, &me, vec![record])?;
            let now = now_ms();
            w.append(&me.id, now, &records)?;
            let act = act_of(&me, now, what, &records);
            let links = [(records[0].id.to_string(), a, b)];
            w.house().put_act(&act, &links)?;
            Ok::<_, Refusal>(Outcome::Recorded(act.id))
        })?;
        if let Outcome::Already(ending) = &mut outcome {
            self.name_decider(ending)?;
        }
        Ok(outcome)
    }

    /// Takes every waiting pair at or above a probability for the same, as one act; how many there
    /// were. None when nothing waits there.
    pub fn accept_above(
        &self,
        actor: &Account,
        probability: f64,
    ) -> Result<Option<(String, usize)>, Refusal> {
        may_decide(actor)?;
        if !(0.5..=1.0).contains(&probability) {
            return Err(Refusal::field(
                "accept-above",
                "is not a probability from 0.5 to 1; what is less likely than not is for a person to decide",
            ));
        }
        let (me, files, policy) = (actor.clone(), self.files.clone(), self.policy.clone());
        // Rounded up, as the pairs are rounded down.
        let least = permille(probability + 0.000_999);
        self.store.write(move |w| {
            let (mut records, mut links) = (Vec::new(), Vec::new());
            for row in w.house().likely_pairs(least, MOST_PAIRS)? {
                let pair = ids_of(&row)?;
                if standing(&mut w.read(), pair)?.is_some() || !both_here(&mut w.read(), pair)? {
                    w.house().drop_pair(&row.a, &row.b)?;
                    continue;
                }
                let record = link(&mut w.read(), pair, LinkKind::SameAs, Some(&row))?;
                links.push((record.id.to_string(), row.a, row.b));
                records.push(record);
            }
            if records.is_empty() {
                return Ok(None);
            }
            let records = admit(&mut w.read(), &files, &policy, &me, records)?;
            let now = now_ms();
            w.append(&me.id, now, &records)?;
            let act = act_of(&me, now, "accepted", &records);
            w.house().put_act(&act, &links)?;
            Ok::<_, Refusal>(Some((act.id, records.len())))
        })
    }

    /// Undoes an act as one: its links are undone by new ones, and its pairs wait again.
    pub fn undo_matching(&self, actor: &Account, act: &str) -> Result<usize, Refusal> {
        may_decide(actor)?;
        let (me, files, policy) = (actor.clone(), self.files.clone(), self.policy.clone());
        let act = act.to_owned();
        self.store.write(move |w| {
            let known = w
                .house()
                .act(&act)?
                .ok_or_else(|| Refusal::NotFound(act.clone()))?;
            if let Some((_, by)) = known.undone {
                let by = w.house().account(&by)?.map_or(by, |account| account.name);
                return Err(Refusal::Unreadable(format!(
                    "this was undone already, by {by}"
                )));
            }
            let mut records = Vec::new();
            for (id, ..) in w.house().act_links(&act)? {
                let id: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.clone()))?;
                let Some(stored) = w.read().find(id)? else {
                    continue;
                };
                let Body::Link(undone) = stored.body else {
                    continue;
                };
                if stored.withdrawn || stored.status == "undone" {
                    continue;
                }
                let undoing = Link {
                    undoes: Some(id.into()),
                    reasons: Vec::new(),
                    score_permille: None,
                    ..undone
                };
                records.push(Record::new(mint(), undoing));
            }
            let now = now_ms();
            if !records.is_empty() {
                let records = admit(&mut w.read(), &files, &policy, &me, records.clone())?;
                w.append(&me.id, now, &records)?;
            }
            w.house().undo_act(&act, &me.id, now)?;
            Ok(records.len())
        })
    }

    /// The latest acts.
    pub fn matching_acts(&self, viewer: &Viewer) -> Result<Vec<Act>, Refusal> {
        members_only(viewer)?;
        self.store.house(|house| {
            let mut acts = Vec::new();
            for row in house.acts(ACTS)? {
                let mut name = |id: &str| -> Result<String, Refusal> {
                    Ok(house.account(id)?.map_or_else(|| id.to_owned(), |a| a.name))
                };
                acts.push(Act {
                    by: name(&row.account)?,
                    undone: match row.undone {
                        Some((at, by)) => Some((at, name(&by)?)),
                        None => None,
                    },
                    id: row.id,
                    made_ms: row.made_ms,
                    what: row.what,
                    pairs: row.pairs,
                });
            }
            Ok(acts)
        })
    }

    fn name_decider(&self, ending: &mut Ending) -> Result<(), Refusal> {
        if let Some(name) = self.account_name(&ending.by)? {
            ending.by = name;
        }
        Ok(())
    }
}

fn may_decide(actor: &Account) -> Result<(), Refusal> {
    match actor.records() {
        true => Ok(()),
        false => Err(Refusal::NotAllowed(
            "your account may read, not match records".into(),
        )),
    }
}

fn ordered([a, b]: [AnyId; 2]) -> Result<[AnyId; 2], Refusal> {
    match a == b {
        true => Err(Refusal::field("pair", "is one record twice")),
        false => Ok([a.min(b), a.max(b)]),
    }
}

fn ids_of(row: &PairRow) -> Result<[AnyId; 2], Refusal> {
    let id = |text: &str| text.parse().map_err(|_| Refusal::NotFound(text.to_owned()));
    Ok([id(&row.a)?, id(&row.b)?])
}

fn reasons_of(row: &PairRow) -> Result<Vec<Told>, Refusal> {
    serde_json::from_str(&row.reasons).map_err(|e| {
        Refusal::Unreadable(format!(
            "the reasons of this pair cannot be read ({e}); search again"
        ))
    })
}

fn both_here(read: &mut Read<'_>, pair: [AnyId; 2]) -> Result<bool, Refusal> {
    for id in pair {
        if !read
            .find(id)?
            .is_some_and(|s| s.kind == Kind::Site && !s.withdrawn)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Links of one record looked through for a decision.
const LINKS: usize = 1_000;

/// How a pair was decided, if it was: by any link that stands between the two, whoever recorded it.
fn standing(read: &mut Read<'_>, pair: [AnyId; 2]) -> Result<Option<Ending>, Refusal> {
    for by in [Role::From, Role::To] {
        for row in read
            .referring(pair[0], Kind::Link, Some(by), None, LINKS)?
            .rows
        {
            let Body::Link(link) = &row.body else {
                continue;
            };
            let decides = matches!(link.kind, LinkKind::SameAs | LinkKind::DifferentFrom);
            let between = link.from == pair[1] || link.to == pair[1];
            let stands = row.status != "undone" && !row.withdrawn && link.undoes.is_none();
            if decides && between && stands {
                let revision = read.revisions(row.id)?.into_iter().next();
                let at_ms = revision
                    .as_ref()
                    .and_then(|r| r.stamp.parse::<Stamp>().ok())
                    .map_or(0, |stamp| stamp.at.unix_ms);
                return Ok(Some(Ending {
                    same: link.kind == LinkKind::SameAs,
                    by: revision.map(|r| r.account).unwrap_or_default(),
                    at_ms,
                    link: row.id,
                }));
            }
        }
    }
    Ok(None)
}

/// The link of a decision, with its score and reasons. How the places lie to each other is told only
/// where both are public.
fn link(
    read: &mut Read<'_>,
    pair: [AnyId; 2],
    kind: LinkKind,
    row: Option<&PairRow>,
) -> Result<Record, Refusal> {
    let mut public = true;
    for id in pair {
        if let Some(Body::Site(site)) = read.find(id)?.map(|s| s.body) {
            let location = site.location.as_ref();
            public &= location.is_none_or(|l| l.sensitivity == Sensitivity::Public);
        }
    }
    let reasons = match row {
        Some(row) => reasons_of(row)?,
        None => Vec::new(),
    };
    let reasons = reasons
        .iter()
        .filter(|told| public || !told.of_place)
        .map(|told| format!("{}: {} ({:+.1} bits)", told.field, told.found, told.bits))
        .collect();
    let link = Link {
        from: pair[0],
        to: pair[1],
        kind,
        // The score has looked at the places too.
        score_permille: row
            .filter(|_| public)
            .and_then(|row| u16::try_from(row.permille).ok()),
        reasons,
        identified: false,
        excluded: None,
        undoes: None,
    };
    Ok(Record::new(mint(), link))
}

fn act_of(actor: &Account, now: u64, what: &str, records: &[Record]) -> ActRow {
    ActRow {
        id: mint().to_string(),
        account: actor.id.clone(),
        made_ms: now,
        what: what.to_owned(),
        pairs: records.len() as u64,
        undone: None,
    }
}
