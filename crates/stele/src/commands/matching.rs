//! `stele match`: two files without a registry, or a registry with itself or one of its lists.

use super::{Done, OK, local_viewer};
use crate::args::{Files, InRegistry, Where};
use crate::print;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;
use stele_formats::columns::{self, Field, LOOKED_AT, Mapping, Swapped};
use stele_formats::table::{Limits, Table};
use stele_match::{Entry, Linked, Options, Reason, curve, link};
use stele_model::{AreaKind, Category, Word};
use stele_registry::matching::{Scope, holding, spot};
use stele_registry::{Refusal, Registry};

/// A list ready to be matched.
struct List {
    ids: Vec<String>,
    entries: Vec<Entry>,
    mapping: Mapping,
    /// Rows that could not be read, with the reason.
    refused: Vec<(u64, String)>,
}

/// Refusals kept to be shown.
const REFUSALS: usize = 20;

fn read(path: &Path, map: Option<&Path>) -> Result<List, Refusal> {
    let unreadable = |e: String| Refusal::Unreadable(format!("{}: {e}", path.display()));
    let given = map
        .map(|map| {
            let text = std::fs::read_to_string(map).map_err(|e| {
                Refusal::Unreadable(format!("{} cannot be read: {e}", map.display()))
            })?;
            Mapping::from_toml(&text)
                .map_err(|e| Refusal::Unreadable(format!("{}: {e}", map.display())))
        })
        .transpose()?;
    let sheet = given.as_ref().and_then(|mapping| mapping.sheet.as_deref());
    let table =
        Table::open(path, sheet, &Limits::default()).map_err(|e| unreadable(e.to_string()))?;
    let mapping = match given {
        Some(mapping) => mapping,
        None => {
            let rows = table
                .first(LOOKED_AT)
                .map_err(|e| unreadable(e.to_string()))?;
            // There is nobody to ask: places are taken as they stand.
            Mapping {
                swapped: Swapped::Keep,
                ..columns::propose(&table, &rows).mapping
            }
        }
    };
    let has_names = mapping
        .columns
        .values()
        .any(|f| matches!(f, Field::Name(_) | Field::OtherNames(_)));
    if !has_names {
        return Err(unreadable(format!(
            "none of its columns was understood as a name ({}); give a map of its columns",
            table.columns.join(", ")
        )));
    }
    let has_keys = mapping.columns.values().any(|field| *field == Field::Key);
    let mut list = List {
        ids: Vec::new(),
        entries: Vec::new(),
        refused: Vec::new(),
        mapping: mapping.clone(),
    };
    columns::each(&table, &mapping, &mut |draft| {
        match draft {
            Ok(draft) => {
                let id = match draft.key.clone().filter(|_| has_keys) {
                    Some(key) => key,
                    None => draft.row.to_string(),
                };
                list.ids.push(id);
                list.entries.push(entry(draft));
            }
            Err(bad) => list.refused.push((bad.number, bad.reason)),
        }
        ControlFlow::Continue(())
    })
    .map_err(|e| unreadable(e.to_string()))?;
    match list.entries.is_empty() {
        true => Err(unreadable("no row of it could be read".into())),
        false => Ok(list),
    }
}

/// A row as matching sees it; areas stand at the same position on both lists.
fn entry(draft: columns::Draft) -> Entry {
    let area = |kind: &AreaKind| {
        let mut of_kind = draft.areas.iter().filter(|area| area.kind == *kind);
        of_kind.next().and_then(|area| area.names.first().cloned())
    };
    Entry {
        names: draft.names.iter().map(|name| name.text.clone()).collect(),
        category: (draft.category != Category::CulturalProperty)
            .then(|| draft.category.group().label().to_owned()),
        areas: AreaKind::ALL.iter().map(area).collect(),
        within: Vec::new(),
        place: draft.location.as_ref().and_then(spot),
        holdings: draft.holdings.iter().map(holding).collect(),
        identifiers: draft
            .identifiers
            .iter()
            .map(|id| stele_match::Identifier {
                scheme: id.scheme.to_lowercase(),
                value: id.value.trim().to_lowercase(),
            })
            .collect(),
    }
}

/// Matches two files.
pub fn files(inventory: &Path, claims: &Path, how: &Files, as_json: bool) -> Done {
    let started = Instant::now();
    let bar = print::progress();
    bar.set_message("reading");
    let (places, wanted) = std::thread::scope(|scope| {
        let claims = scope.spawn(|| read(claims, how.map_claims.as_deref()));
        let places = read(inventory, how.map_inventory.as_deref());
        let wanted = match claims.join() {
            Ok(wanted) => wanted,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        (places, wanted)
    });
    let (places, wanted) = (places?, wanted?);
    let read_s = started.elapsed().as_secs_f64();
    bar.set_message("matching");
    let options = Options {
        best: how.best,
        one_to_one: how.one_to_one,
        ..Options::default()
    };
    let matching = Instant::now();
    let linked = link(&places.entries, &wanted.entries, &options);
    let match_s = matching.elapsed().as_secs_f64();
    bar.set_message("writing");
    write(&how.out, &places, &wanted, &linked, how.reasons).map_err(|e| {
        Refusal::Unreadable(format!("{} cannot be written: {e}", how.out.display()))
    })?;
    bar.finish_and_clear();
    let firsts = linked
        .iter()
        .filter_map(|l| Some(l.candidates.first()?.probability));
    let (points, thresholds) = curve(firsts.clone(), &[0.5, 0.8, 0.9, 0.95, 0.99]);
    let likely = linked
        .iter()
        .filter(|l| l.candidates.first().is_some_and(|c| c.probability > l.none));
    let (likely, automatic) = (
        likely.count(),
        firsts.filter(|p| *p >= thresholds.automatic).count(),
    );
    let rate = wanted.entries.len() as f64 / match_s.max(1e-9);
    if as_json {
        let points: Vec<Value> = points
            .iter()
            .map(|p| json!({"at": p.at, "pairs": p.pairs, "precision": p.precision, "recall": p.recall}))
            .collect();
        print::json(&json!({
            "inventory": of_list(&places),
            "claims": of_list(&wanted),
            "matched": likely,
            "automatic": automatic,
            "automatic_at": thresholds.automatic,
            "review_at": thresholds.review,
            "curve": points,
            "read_seconds": read_s,
            "match_seconds": match_s,
            "claims_per_second": rate.round(),
            "out": how.out,
        }));
        return OK;
    }
    for (path, list) in [(inventory, &places), (claims, &wanted)] {
        if !list.refused.is_empty() {
            print::line(&format!(
                "{}: {} rows could not be read:",
                path.display(),
                list.refused.len()
            ));
            for (row, reason) in list.refused.iter().take(REFUSALS) {
                print::line(&format!("  row {row}: {reason}"));
            }
        }
    }
    print::line(&format!(
        "{likely} of {} claims likely mean one of {} places; {automatic} at or above {:.3}, where one in a hundred is expected to be wrong.",
        wanted.entries.len(),
        places.entries.len(),
        thresholds.automatic
    ));
    print::line(&format!(
        "Matched in {match_s:.1} s ({rate:.0} claims/s). Written to {}.",
        how.out.display()
    ));
    OK
}

fn of_list(list: &List) -> Value {
    let columns: serde_json::Map<String, Value> = list
        .mapping
        .columns
        .iter()
        .map(|(column, field)| (column.clone(), field.to_string().into()))
        .collect();
    let refusals: Vec<Value> = list
        .refused
        .iter()
        .take(REFUSALS)
        .map(|(row, reason)| json!({"row": row, "reason": reason}))
        .collect();
    json!({"read": list.entries.len(), "refused": list.refused.len(), "refusals": refusals, "columns": columns})
}

/// One row for each candidate, the likeliest first, then one of rank 0 for none of them.
fn write(
    out: &Path,
    places: &List,
    wanted: &List,
    linked: &[Linked],
    reasons: bool,
) -> std::io::Result<()> {
    let mut to = BufWriter::new(File::create(out)?);
    let more = if reasons { ",reasons" } else { "" };
    writeln!(to, "claim_id,rank,id,probability{more}")?;
    for (id, linked) in wanted.ids.iter().zip(linked) {
        let claim = cell(id);
        for (rank, found) in linked.candidates.iter().enumerate() {
            write!(
                to,
                "{claim},{},{},{:.6}",
                rank + 1,
                cell(&places.ids[found.place]),
                found.probability
            )?;
            if reasons {
                write!(to, ",{}", cell(&in_words(&found.reasons)))?;
            }
            writeln!(to)?;
        }
        let empty = if reasons { "," } else { "" };
        writeln!(to, "{claim},0,,{:.6}{empty}", linked.none)?;
    }
    to.flush()
}

fn in_words(reasons: &[Reason]) -> String {
    let told = reasons
        .iter()
        .filter(|r| r.found != stele_match::Found::Silent);
    told.map(|r| format!("{}: {} ({:+.1} bits)", r.field.label(), r.found, r.bits))
        .collect::<Vec<_>>()
        .join("; ")
}

/// A cell of CSV (RFC 4180); what a spreadsheet would take for a formula starts with an apostrophe.
fn cell(text: &str) -> String {
    let starts_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = match starts_formula && text.parse::<f64>().is_err() {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// Matches a registry with itself, or one of its lists with the rest.
pub fn registry(at: &Where, how: &InRegistry, account: Option<&str>, as_json: bool) -> Done {
    let registry = Registry::open(&at.data, at.database.as_deref())?;
    let actor = registry.acting(account)?;
    let scope = match &how.list {
        Some(list) => Scope::List(registry.list_named(&local_viewer(&registry)?, list)?),
        None => Scope::Duplicates,
    };
    let bar = print::progress();
    let search = registry.find_matches(&actor, scope, &mut |doing, done| {
        bar.set_message(doing.to_owned());
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let accepted = match how.accept_above {
        Some(probability) => registry.accept_above(&actor, probability)?,
        None => None,
    };
    if as_json {
        let mut printed = json!(search);
        printed["accepted"] = accepted.as_ref().map_or(0, |(_, count)| *count).into();
        printed["act"] = accepted.map(|(act, _)| act).into();
        print::json(&printed);
        return OK;
    }
    print::line(&format!(
        "Looked for {} sites among {} and learnt from {} decisions: {} pairs to review, {} of them at or above {:.3}, where one in a hundred is expected to be wrong.",
        search.sought,
        search.among,
        search.decided,
        search.to_review,
        search.automatic,
        search.automatic_at
    ));
    match (accepted, how.accept_above) {
        (Some((act, count)), _) => print::line(&format!(
            "Recorded {count} pairs as the same in one act, {act}; it can be undone on the page /matching."
        )),
        (None, Some(_)) => print::line("No pair is that likely; nothing was recorded."),
        (None, None) => print::line("Decide about them on the page /matching."),
    }
    OK
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_starts_a_formula() {
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(cell("@x"), "'@x");
        assert_eq!(cell("-12"), "-12");
        assert_eq!(cell("-12+cmd"), "'-12+cmd");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
