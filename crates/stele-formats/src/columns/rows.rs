//! From rows to things: rows of one key that stand together are one thing; a key that comes again
//! later is refused; a list without keys gets them of what its rows say, so that the same row read
//! again is known again.

use super::draft::NAMELESS;
use super::{BadMapping, Draft, Mapping, Reader};
use crate::table::{BadRow, Table, Unreadable};
use std::collections::HashMap;
use std::ops::ControlFlow;
use stele_model::{Category, Geometry, OwnField};

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
    let mut things = Things::default();
    let figures = reader.reads_figures();
    let mut stopped = false;
    table.each(&mut |row| {
        let next = match row.and_then(|row| reader.read(row)) {
            // Each row of figures stands by itself; which of them say the same is not told by a key.
            Ok(draft) if figures => Some(Ok(draft)),
            Ok(draft) => things.add(draft),
            Err(bad) => {
                let flow = take(Err(bad));
                stopped |= flow.is_break();
                return flow;
            }
        };
        let flow = next.map_or(ControlFlow::Continue(()), &mut *take);
        stopped |= flow.is_break();
        flow
    })?;
    if let (false, Some(last)) = (stopped, things.last()) {
        let _ = take(last);
    }
    Ok(())
}

#[derive(Default)]
struct Things {
    pending: Option<Draft>,
    /// Rows keys were first seen in, by the hash of the key.
    seen: HashMap<u64, u64>,
    /// How often what a row says was seen, for lists without keys.
    said: HashMap<u64, u32>,
}

impl Things {
    /// Takes the next row; gives the thing that is whole by it.
    fn add(&mut self, draft: Draft) -> Option<Result<Draft, BadRow>> {
        match &mut self.pending {
            Some(pending) if pending.key.is_some() && pending.key == draft.key => {
                merge(pending, draft);
                None
            }
            _ => self.pending.replace(draft).map(|whole| self.finish(whole)),
        }
    }

    fn last(&mut self) -> Option<Result<Draft, BadRow>> {
        self.pending.take().map(|whole| self.finish(whole))
    }

    fn finish(&mut self, mut draft: Draft) -> Result<Draft, BadRow> {
        let refuse = |draft: &Draft, reason: String| BadRow {
            number: draft.row,
            column: None,
            reason,
            row: told(draft),
        };
        if draft.names.is_empty() {
            return Err(refuse(&draft, NAMELESS.to_owned()));
        }
        match &draft.key {
            Some(key) => {
                let first = *self.seen.entry(hash([key.as_str()])).or_insert(draft.row);
                if first != draft.row {
                    let reason = format!(
                        "its key \"{}\" stands in row {first} already: a list calls two things by one key, or has one thing twice",
                        key.chars().take(80).collect::<String>()
                    );
                    return Err(refuse(&draft, reason));
                }
            }
            None => {
                let place = draft
                    .location
                    .as_ref()
                    .map(|l| format!("{:?}", l.geometry.bounds()));
                let names = draft.names.iter().map(|name| name.text.as_str());
                let areas = draft.areas.iter().map(|(_, name)| name.as_str());
                let says = hash(names.chain(areas).chain(place.as_deref()));
                let times = self.said.entry(says).or_default();
                *times += 1;
                draft.key = Some(match *times {
                    1 => format!("={says:016x}"),
                    again => format!("={says:016x}#{again}"),
                });
            }
        }
        Ok(draft)
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
