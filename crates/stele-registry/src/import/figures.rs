//! Lists of figures: how many of what, by date or area. A figure that stands from one day to the next is
//! one statement; where it changes, the party states it anew, and the statements are linked in the order
//! they were made (`restates`).
//!
//! A statement is one aggregate and one claim. It is known again by the figure it belongs to (column,
//! key and areas), its number and its days; days are only ever added, because what a party said once it did say.

use super::records::{Made, Making, PAGE};
use super::report::{Changed, Gone, RefusedRow};
use crate::clock::mint;
use crate::find::link_between;
use crate::refusal::Refusal;
use std::collections::{BTreeMap, HashMap};
use stele_formats::columns::Draft;
use stele_model::reading::Role;
use stele_model::rules::Figure;
use stele_model::*;
use stele_store::Ask;

/// Figures of one list held at once, to put them in order of date.
const MOST_FIGURES: usize = 2_000_000;

/// The figures of a list, each with what was stated of it.
#[derive(Default)]
pub(super) struct Figures {
    series: BTreeMap<String, Series>,
    held: usize,
}

/// One figure through time.
struct Series {
    category: Category,
    predicate: Predicate,
    areas: Vec<Id<Area>>,
    said: Vec<Said>,
}

/// It was so many on a day.
struct Said {
    on: Option<EdtfDate>,
    count: Quantity,
    text: String,
    row: u64,
}

/// The same number stated on one or several days that follow each other in the list.
struct Run {
    days: Option<EdtfDate>,
    count: Quantity,
    text: String,
    row: u64,
}

/// A statement that the list made before.
struct Known {
    aggregate: AnyId,
    claim: AnyId,
    count: Quantity,
    body: Claim,
    is_met: bool,
}

impl Figures {
    fn add(&mut self, draft: &Draft, areas: &[Id<Area>]) -> Result<(), Refusal> {
        let named: Vec<&str> = draft
            .key
            .iter()
            .map(String::as_str)
            .chain(
                draft
                    .areas
                    .iter()
                    .flat_map(|area| &area.names)
                    .map(String::as_str),
            )
            .collect();
        for counted in &draft.counts {
            self.held += 1;
            if self.held > MOST_FIGURES {
                return Err(Refusal::Unreadable(format!(
                    "the list holds more than {} figures; read it in in parts",
                    grouped(MOST_FIGURES as u64)
                )));
            }
            let mut name = counted.column.clone();
            for part in &named {
                name.push_str(" | ");
                name.push_str(part);
            }
            let series = self.series.entry(name).or_insert_with(|| Series {
                category: counted.category,
                predicate: counted.predicate,
                areas: areas.to_vec(),
                said: Vec::new(),
            });
            series.said.push(Said {
                on: draft.stated.clone(),
                count: counted.count.clone(),
                text: format!("{}: {}", counted.column, counted.text),
                row: draft.row,
            });
        }
        Ok(())
    }
}

impl Series {
    /// Its statements by date: days with the same number that follow each other are one. A day the
    /// list leaves out parts nothing, because nothing else was stated on it.
    fn runs(&mut self) -> Vec<Run> {
        self.said
            .sort_by(|a, b| a.on.cmp(&b.on).then(a.row.cmp(&b.row)));
        let mut runs: Vec<Run> = Vec::new();
        for said in self.said.drain(..) {
            match runs.last_mut() {
                Some(run) if run.count == said.count => {
                    run.days = through(run.days.take(), said.on);
                }
                _ => runs.push(Run {
                    days: said.on,
                    count: said.count,
                    text: said.text,
                    row: said.row,
                }),
            }
        }
        runs
    }
}

/// The days from the first of one to the last of the other.
fn through(first: Option<EdtfDate>, last: Option<EdtfDate>) -> Option<EdtfDate> {
    let (Some(first), Some(last)) = (&first, &last) else {
        return first.or(last);
    };
    let from = first.earliest()?.min(last.earliest()?);
    let to = first.latest()?.max(last.latest()?);
    if (first.earliest(), first.latest()) == (Some(from), Some(to)) {
        return Some(first.clone());
    }
    if (last.earliest(), last.latest()) == (Some(from), Some(to)) {
        return Some(last.clone());
    }
    match from == to {
        true => Some(EdtfDate::from_day(from)),
        false => format!("{from}/{to}").parse().ok(),
    }
}

impl Making {
    /// Takes up the figures of a row. Its areas are recorded; the figures themselves when all are read.
    pub(super) fn figures_of(&mut self, state: &mut dyn Ask, draft: Draft) -> Result<(), Refusal> {
        let areas = match draft.counts.is_empty() {
            true => Vec::new(),
            false => self.areas_of(state, &draft.areas)?,
        };
        self.figures.add(&draft, &areas)
    }

    /// Records what was stated of each figure, and links each statement to the one before it.
    pub(super) fn state_figures(&mut self, state: &mut dyn Ask) -> Result<(), Refusal> {
        let mut known = match self.is_new_list {
            true => HashMap::new(),
            false => self.known_figures(state)?,
        };
        for (name, mut series) in std::mem::take(&mut self.figures.series) {
            let mut before = known.remove(&name).unwrap_or_default();
            let runs = series.runs();
            self.state(state, &name, &series, runs, &mut before)?;
            self.gone_figures(&before, &series);
        }
        let mut rest: Vec<(String, Vec<Known>)> = known.into_iter().collect();
        rest.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, before) in rest {
            let gone: Vec<AnyId> = before.iter().map(|k| k.aggregate).collect();
            for id in gone {
                let title = super::records::record_title(state, id)?;
                tell_gone(&mut self.made, id, title);
            }
        }
        Ok(())
    }

    fn state(
        &mut self,
        state: &mut dyn Ask,
        name: &str,
        series: &Series,
        runs: Vec<Run>,
        before: &mut [Known],
    ) -> Result<(), Refusal> {
        // The statement made just before, whether it was recorded now.
        let mut last: Option<(AnyId, Figure, bool)> = None;
        for run in runs {
            let figure = self.figure(series, &run.count);
            let met = meet(before, &run);
            let (claim, is_new) = match met {
                Some(at) => {
                    self.same_statement(state, &before[at], &run)?;
                    (before[at].claim, false)
                }
                None => {
                    let Some(claim) = self.new_statement(name, series, &run) else {
                        continue;
                    };
                    // What the list said of the same days before stands, and is linked.
                    let at_the_time = before
                        .iter()
                        .filter(|k| !k.is_met && overlap(&k.body.stated, &run.days));
                    for old in at_the_time {
                        let was = self.figure(series, &old.count);
                        self.link(old.claim, &was, claim, &figure);
                    }
                    (claim, true)
                }
            };
            if let Some((earlier, was, was_new)) = &last
                && (is_new || *was_new)
            {
                self.link(*earlier, was, claim, &figure);
            }
            last = Some((claim, figure, is_new));
        }
        Ok(())
    }

    fn figure(&self, series: &Series, count: &Quantity) -> Figure {
        Figure {
            party: self.party,
            source: self.list,
            predicate: series.predicate,
            count: Some(count.clone()),
            holdings: Vec::new(),
            areas: series.areas.iter().copied().collect(),
        }
    }

    fn link(&mut self, earlier: AnyId, was: &Figure, later: AnyId, is: &Figure) {
        let (kind, changes) = link_between(was, is);
        self.records.push(Record::new(
            mint(),
            Link {
                from: later,
                to: earlier,
                kind,
                score_permille: None,
                reasons: changes.iter().map(|change| change.in_words()).collect(),
                identified: false,
                excluded: None,
                undoes: None,
            },
        ));
    }

    /// A statement that the list makes for the first time; none where it is refused.
    fn new_statement(&mut self, name: &str, series: &Series, run: &Run) -> Option<AnyId> {
        let aggregate = Record::new(
            mint(),
            Aggregate {
                category: series.category,
                count: run.count.clone(),
                holdings: Vec::new(),
                areas: series.areas.clone(),
                words: None,
                part_of: None,
                listed: Some(Listed {
                    list: self.list,
                    row: run.row,
                    key: name.to_owned(),
                }),
            },
        );
        let claim = Record::new(
            mint(),
            Claim {
                party: self.party,
                source: self.list,
                passage: None,
                subject: Subject::Aggregate(aggregate.id.into()),
                predicate: series.predicate,
                words: run.text.clone(),
                stated: run.days.clone(),
                event: None,
                scope: Scope {
                    areas: series.areas.clone(),
                    period: None,
                    counting_rule: self.counting_rule.clone(),
                },
                asserted_cause: None,
                asserted_perpetrator: None,
                asserted_characterisation: None,
            },
        );
        let wrong: Vec<String> = [&aggregate, &claim]
            .into_iter()
            .flat_map(check::shape)
            .map(|e| e.to_string())
            .collect();
        if !wrong.is_empty() {
            self.made.counts.refused += 1;
            self.made.refused.push(RefusedRow {
                row: run.row,
                column: None,
                reason: wrong.join("; "),
                cells: run.text.clone(),
            });
            return None;
        }
        let id = claim.id;
        self.records.push(aggregate);
        self.records.push(claim);
        self.made.counts.recorded += 1;
        Some(id)
    }

    /// A statement that the list made before: days that it states it on now are added to it.
    fn same_statement(
        &mut self,
        state: &mut dyn Ask,
        known: &Known,
        run: &Run,
    ) -> Result<(), Refusal> {
        let days = through(known.body.stated.clone(), run.days.clone());
        if days == known.body.stated {
            self.made.counts.unchanged += 1;
            return Ok(());
        }
        let Some(stored) = state.read().find(known.claim)? else {
            return Ok(());
        };
        let told =
            |days: &Option<EdtfDate>| days.as_ref().map(ToString::to_string).unwrap_or_default();
        let change = ("stated".to_owned(), told(&known.body.stated), told(&days));
        let body = Claim {
            stated: days,
            ..known.body.clone()
        };
        let record = self.revision(state, &stored, Body::Claim(body))?;
        self.records.push(record);
        self.made.counts.updated += 1;
        if self.made.changes.len() < super::records::MOST_CHANGES {
            self.made.changes.push(Changed {
                row: run.row,
                kind: Kind::Claim,
                site: known.claim,
                title: known.body.words.clone(),
                fields: vec![change],
            });
        }
        Ok(())
    }

    /// Statements of the list by the figure they belong to, with their claims.
    fn known_figures(&self, state: &mut dyn Ask) -> Result<HashMap<String, Vec<Known>>, Refusal> {
        let mut known: HashMap<String, Vec<Known>> = HashMap::new();
        let mut after = None;
        loop {
            let page = state.read().referring(
                self.list.any(),
                Kind::Aggregate,
                Some(Role::In),
                after,
                PAGE,
            )?;
            for stored in page.rows {
                let Body::Aggregate(aggregate) = stored.body else {
                    continue;
                };
                let Some(listed) = aggregate.listed.filter(|_| !stored.withdrawn) else {
                    continue;
                };
                let claims = state.read().referring(
                    stored.id,
                    Kind::Claim,
                    Some(Role::About),
                    None,
                    PAGE,
                )?;
                let ours = claims.rows.into_iter().find_map(|claim| match claim.body {
                    Body::Claim(body) if body.source == self.list && !claim.withdrawn => {
                        Some((claim.id, body))
                    }
                    _ => None,
                });
                if let Some((claim, body)) = ours {
                    known.entry(listed.key).or_default().push(Known {
                        aggregate: stored.id,
                        claim,
                        count: aggregate.count,
                        body,
                        is_met: false,
                    });
                }
            }
            match page.next {
                Some(next) => after = Some(next.id),
                None => return Ok(known),
            }
        }
    }

    /// Counts and names statements that the list does not make any more. They stand as they stood.
    fn gone_figures(&mut self, before: &[Known], series: &Series) {
        for known in before.iter().filter(|known| !known.is_met) {
            let days = known
                .body
                .stated
                .as_ref()
                .map(|d| format!(", {}", d.in_words()));
            let title = format!(
                "{}: {}{}",
                series.category.label(),
                known.count,
                days.unwrap_or_default()
            );
            tell_gone(&mut self.made, known.aggregate, title);
        }
    }
}

fn tell_gone(made: &mut Made, id: AnyId, title: String) {
    made.gone += 1;
    if made.missing.len() < super::records::MOST_CHANGES {
        made.missing.push(Gone {
            kind: Kind::Aggregate,
            site: id,
            title,
        });
    }
}

/// The statement of the same number on days that overlap, and marks it and its like as met.
fn meet(before: &mut [Known], run: &Run) -> Option<usize> {
    let mut found = None;
    for (at, known) in before.iter_mut().enumerate() {
        if !known.is_met && known.count == run.count && overlap(&known.body.stated, &run.days) {
            known.is_met = true;
            found = found.or(Some(at));
        }
    }
    found
}

fn overlap(a: &Option<EdtfDate>, b: &Option<EdtfDate>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.may_overlap(b),
        (None, None) => true,
        _ => false,
    }
}
