//! From rows to things: rows of one key are one thing. Those that stand apart have to share a name, or
//! the later is refused: some lists call two things by one key. A list without keys gets them of what
//! its rows say, so that the same row read again is known again.

use super::draft::NAMELESS;
use super::{BadMapping, Draft, Mapping, Reader};
use crate::table::{BadRow, Table, Unreadable};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use stele_model::{Category, Geometry, OwnField, search_key};

/// Why a list cannot be read by a mapping.
#[derive(Debug, thiserror::Error)]
pub enum Unlisted {
    /// The mapping does not fit.
    #[error(transparent)]
    Mapping(#[from] BadMapping),
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] Unreadable),
}

/// Hands over each thing of a list, or the row that is refused, one after another.
pub fn each(
    table: &Table,
    mapping: &Mapping,
    take: &mut dyn FnMut(Result<Draft, BadRow>) -> ControlFlow<()>,
) -> Result<(), Unlisted> {
    let mut reader = Reader::new(mapping, table)?;
    let figures = reader.reads_figures();
    let mut things = Things::default();
    if reader.reads_keys() && !figures {
        things.apart = keys_apart(table, &reader)?;
    }
    let mut stopped = false;
    table.each(&mut |row| {
        let next = match row.and_then(|row| reader.read(row)) {
            // Each row of figures stands by itself; which of them say the same is not told by a key.
            Ok(draft) if figures => Some(Ok(draft)),
            Ok(draft) => things.add(draft),
            Err(bad) => Some(Err(bad)),
        };
        let flow = next.map_or(ControlFlow::Continue(()), &mut *take);
        stopped |= flow.is_break();
        flow
    })?;
    for last in things.rest() {
        if stopped || take(last).is_break() {
            break;
        }
    }
    Ok(())
}

/// What the first rows say by a mapping, each by itself, or why they are refused.
pub fn first(
    table: &Table,
    mapping: &Mapping,
    count: usize,
) -> Result<Vec<Result<Draft, BadRow>>, Unlisted> {
    let mut reader = Reader::new(mapping, table)?;
    let mut rows = Vec::with_capacity(count);
    table.each(&mut |row| {
        rows.push(row.and_then(|row| reader.read(row)));
        match rows.len() < count {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    Ok(rows)
}

/// Things held back until the end at most; of further ones the later rows are refused.
const HELD: usize = 20_000;

/// Keys that come again apart from their first row. Asked before anything is handed over, so that a
/// thing is whole when it is.
fn keys_apart(table: &Table, reader: &Reader<'_>) -> Result<HashSet<u64>, Unreadable> {
    let (mut seen, mut apart) = (HashSet::new(), HashSet::new());
    let mut last = None;
    let is_key = |column| reader.is_key(column);
    table.each_of(&is_key, &mut |row| {
        let key = row.ok().and_then(|row| reader.key(&row));
        if let Some(key) = key.map(|key| hash([key.as_str()])) {
            if last != Some(key) && !seen.insert(key) {
                apart.insert(key);
            }
            last = Some(key);
        }
        ControlFlow::Continue(())
    })?;
    Ok(apart)
}

#[derive(Default)]
struct Things {
    pending: Option<Draft>,
    /// Keys whose rows do not all stand together.
    apart: HashSet<u64>,
    /// Their things, in the order of their first rows.
    held: Vec<Draft>,
    /// Where they stand there.
    places: HashMap<u64, usize>,
    /// Keys of those that were too many to be held.
    not_held: HashSet<u64>,
    /// How often what a row says was seen, for lists without keys.
    said: HashMap<u64, u32>,
}

type Next = Result<Draft, BadRow>;

impl Things {
    /// Takes the next row; gives the thing that is whole by it, or what is refused.
    fn add(&mut self, draft: Draft) -> Option<Next> {
        match &mut self.pending {
            Some(pending) if pending.key.is_some() && pending.key == draft.key => {
                merge(pending, draft);
                None
            }
            _ => {
                let whole = self.pending.replace(draft)?;
                self.finish(whole)
            }
        }
    }

    /// What is whole at the end.
    fn rest(mut self) -> impl Iterator<Item = Next> {
        let last = self.pending.take().and_then(|whole| self.finish(whole));
        last.into_iter().chain(self.held.into_iter().map(Ok))
    }

    fn finish(&mut self, mut draft: Draft) -> Option<Next> {
        let key = draft.key.as_ref().map(|key| hash([key.as_str()]));
        let held = key.and_then(|key| self.places.get(&key)).copied();
        if let Some(held) = held.and_then(|at| self.held.get_mut(at)) {
            return match draft.names.is_empty() || share_a_name(held, &draft) {
                true => {
                    merge(held, draft);
                    None
                }
                false => Some(Err(other_thing(held, &draft))),
            };
        }
        if draft.names.is_empty() {
            return Some(Err(refused(&draft, NAMELESS.to_owned())));
        }
        match key {
            Some(key) if self.apart.contains(&key) => {
                if self.held.len() < HELD {
                    self.places.insert(key, self.held.len());
                    self.held.push(draft);
                    return None;
                }
                if !self.not_held.insert(key) {
                    let reason = format!(
                        "rows of its key stand apart, and more than {HELD} keys do: sort the list by its key"
                    );
                    return Some(Err(refused(&draft, reason)));
                }
            }
            Some(_) => {}
            None => {
                let place = draft
                    .location
                    .as_ref()
                    .map(|l| format!("{:?}", l.geometry.bounds()));
                let names = draft.names.iter().map(|name| name.text.as_str());
                let areas = draft.areas.iter().flat_map(|area| &area.names);
                let areas = areas.map(String::as_str);
                let says = hash(names.chain(areas).chain(place.as_deref()));
                let times = self.said.entry(says).or_default();
                *times += 1;
                draft.key = Some(match *times {
                    1 => format!("={says:016x}"),
                    again => format!("={says:016x}#{again}"),
                });
            }
        }
        Some(Ok(draft))
    }
}

fn share_a_name(a: &Draft, b: &Draft) -> bool {
    let named = |text: &str| search_key(text);
    let keys: HashSet<String> = a.names.iter().map(|name| named(&name.text)).collect();
    b.names.iter().any(|name| keys.contains(&named(&name.text)))
}

fn other_thing(first: &Draft, later: &Draft) -> BadRow {
    let key = later.key.as_deref().unwrap_or_default();
    refused(
        later,
        format!(
            "its key \"{}\" stands in row {} already, by another name: the list calls two things by one key",
            key.chars().take(80).collect::<String>(),
            first.row
        ),
    )
}

fn refused(draft: &Draft, reason: String) -> BadRow {
    BadRow {
        number: draft.row,
        column: None,
        reason,
        row: told(draft),
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for part in parts {
        for byte in part.bytes().chain([0x1f]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// Adds what a further row of a thing says. What contradicts the first stays as the list's own.
fn merge(into: &mut Draft, more: Draft) {
    into.rows += more.rows;
    for name in more.names {
        if into.names.iter().all(|known| known.text != name.text) {
            into.names.push(name);
        }
    }
    add(&mut into.areas, more.areas);
    add(&mut into.holdings, more.holdings);
    add(&mut into.identifiers, more.identifiers);
    add(&mut into.observations, more.observations);
    if into.category == Category::CulturalProperty {
        (into.category, into.kind) = (more.category, more.kind);
    }
    if let Some(other) = more.location {
        match &mut into.location {
            None => into.location = Some(other),
            Some(known) if known.geometry == other.geometry => {}
            Some(known) => {
                // An outline says more than a point of it.
                let point = matches!(known.geometry, Geometry::Point(_));
                let less = match point {
                    true => std::mem::replace(known, other),
                    false => other,
                };
                into.fields.push(OwnField {
                    name: format!("geometry of row {}", more.row),
                    value: serde_json::to_string(&less.geometry).unwrap_or_default(),
                });
            }
        }
    }
    match (&into.made, more.made) {
        (None, made) => into.made = made,
        (Some(known), Some(made)) if *known != made => into.fields.push(OwnField {
            name: format!("made, row {}", more.row),
            value: made.to_string(),
        }),
        _ => {}
    }
    match (&into.description, more.description) {
        (None, text) => into.description = text,
        (Some(known), Some(text)) if *known != text => into.fields.push(OwnField {
            name: format!("description, row {}", more.row),
            value: text,
        }),
        _ => {}
    }
    into.condition = into.condition.take().or(more.condition);
    into.stated = into.stated.take().or(more.stated);
    add(&mut into.fields, more.fields);
    into.unread.extend(more.unread);
}

fn add<T: PartialEq>(into: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !into.contains(&one) {
            into.push(one);
        }
    }
}

/// A thing for a report.
fn told(draft: &Draft) -> String {
    let mut text = draft.key.clone().unwrap_or_default();
    for part in draft
        .names
        .iter()
        .map(|name| &name.text)
        .chain(draft.fields.iter().map(|field| &field.value))
    {
        if !text.is_empty() {
            text.push_str(" | ");
        }
        text.extend(part.chars().take(200));
        if text.len() > 2_000 {
            break;
        }
    }
    text
}
