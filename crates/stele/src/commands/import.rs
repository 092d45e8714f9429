//! `stele import`: a list of a party is looked at, tried, or read in as one act; `stele retract` takes
//! it back.

use super::{Done, OK};
use crate::args::{ListArgs, Rows};
use crate::print;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stele_formats::columns::Mapping;
use stele_model::{AnyId, PartyKind, RowsAre, Sensitivity, Word, grouped};
use stele_registry::import::{ImportReport, ListOrder, Progress};
use stele_registry::{Refusal, Registry};

/// Refused rows and changes told to a person; the rest is counted.
const TOLD: usize = 20;

/// Reads a list in, or says what would come of it.
pub fn import(registry: &Registry, file: &Path, args: ListArgs, as_json: bool) -> Done {
    let order = order(file, &args)?;
    if args.columns {
        let look = registry.look_at_list(file, &order)?;
        match as_json {
            true => print::json(&json!({
                "columns": look.table.columns,
                "mapping": look.mapping.to_toml(),
                "as_before": look.as_before,
                "notes": look.table.notes,
                "questions": look.questions,
            })),
            false => {
                for note in look.table.notes.iter().chain(&look.questions) {
                    print::line(&format!("# {note}"));
                }
                print::line(look.mapping.to_toml().trim_end());
                for column in &look.table.columns {
                    if !look.mapping.columns.contains_key(column) {
                        print::line(&format!("{} = \"own\"", toml_key(column)));
                    }
                }
            }
        }
        return OK;
    }
    let progress = Arc::new(Progress::default());
    let watched = Watched::start(&progress);
    let outcome = match args.dry_run {
        true => registry.try_import(file, &order, &progress),
        false => registry.import(
            &registry.acting(args.account.as_deref())?,
            file,
            &order,
            &progress,
        ),
    };
    watched.stop();
    let report = outcome?;
    if let Some(path) = &args.refused {
        std::fs::write(path, report.refusals_csv())
            .map_err(|e| Refusal::Unreadable(format!("{}: {e}", path.display())))?;
    }
    match as_json {
        true => print::json(&serde_json::to_value(&report).unwrap_or_default()),
        false => {
            tell(&report, args.dry_run);
            let further = report.further_rows();
            if further > 0 && order.rows_are != RowsAre::Figures {
                print::line(&format!(
                    "{} of the rows speak of a thing of which another row speaks too; together they are one.",
                    grouped(further)
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn order(file: &Path, args: &ListArgs) -> Result<ListOrder, Refusal> {
    let mapping = match &args.map {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Refusal::field("--map", format!("{}: {e}", path.display())))?;
            Some(Mapping::from_toml(&text).map_err(|e| Refusal::field("--map", e.to_string()))?)
        }
    };
    let rows_are = match args.rows_are {
        Rows::Sites => RowsAre::Sites,
        Rows::Claims => RowsAre::Claims,
        Rows::Figures => RowsAre::Figures,
    };
    let word = |field: &str, e: &dyn std::fmt::Display| Refusal::field(field, e.to_string());
    let published = match &args.published {
        None => None,
        Some(text) => Some(text.parse().map_err(|e| word("--published", &e))?),
    };
    Ok(ListOrder {
        party_kind: args
            .party_kind
            .parse::<PartyKind>()
            .map_err(|e| word("--party-kind", &e))?,
        sensitivity: args
            .sensitivity
            .parse::<Sensitivity>()
            .map_err(|e| word("--sensitivity", &e))?,
        list: args.title.clone(),
        mapping,
        published,
        url: args.url.clone(),
        ..ListOrder::new(rows_are, args.party.clone(), file)
    })
}

fn toml_key(column: &str) -> String {
    serde_json::to_string(column).unwrap_or_default()
}

fn tell(report: &ImportReport, dry: bool) {
    let counts = &report.counts;
    let be = if dry { "would be " } else { "" };
    print::line(&format!(
        "“{}”: {} rows read; {} {be}recorded for the first time, {} {be}changed, {} as they stood, {} {be}refused.",
        report.title,
        grouped(counts.read),
        grouped(counts.recorded),
        grouped(counts.updated),
        grouped(counts.unchanged),
        grouped(counts.refused)
    ));
    if report.gone > 0 {
        print::line(&format!(
            "{} of the list as it was read before are not on it any more; they stay as they stood.",
            grouped(report.gone)
        ));
        for gone in report.missing.iter().take(TOLD) {
            print::line(&format!(
                "  {}  /{}/{}",
                gone.title,
                gone.kind.id(),
                gone.site
            ));
        }
    }
    for change in report.changes.iter().take(TOLD) {
        let fields: Vec<String> = change
            .fields
            .iter()
            .map(|(field, before, now)| format!("{field}: {} → {}", short(before), short(now)))
            .collect();
        print::line(&format!(
            "  row {}, {}: {}",
            change.row,
            change.title,
            fields.join("; ")
        ));
    }
    for column in &report.unread {
        print::line(&format!(
            "  column \"{}\": {} cells were kept as written, such as \"{}\"",
            column.column,
            grouped(column.cells),
            short(&column.example)
        ));
    }
    for bad in report.refusals.iter().take(TOLD) {
        let column = bad
            .column
            .as_ref()
            .map_or(String::new(), |c| format!(", column \"{c}\""));
        print::line(&format!("  row {}{column}: {}", bad.row, bad.reason));
    }
    let more = report.refusals.len().saturating_sub(TOLD) as u64 + report.refusals_not_told;
    if more > 0 {
        print::line(&format!(
            "  and {} more refused; --refused FILE writes them all.",
            grouped(more)
        ));
    }
    if let Some(import) = report.import {
        print::line(&format!("Recorded as /import/{import}."));
    }
}

fn short(text: &str) -> String {
    match text.chars().count() > 60 {
        true => format!("{}…", text.chars().take(60).collect::<String>()),
        false => text.to_owned(),
    }
}

/// A bar that follows an import, on a thread of its own.
struct Watched {
    done: Arc<std::sync::atomic::AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Watched {
    fn start(progress: &Arc<Progress>) -> Self {
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (stop, told) = (done.clone(), progress.clone());
        let bar = print::progress();
        let thread = std::thread::spawn(move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                if let Some(rows) = told.expected() {
                    print::bounded(&bar, rows);
                }
                bar.set_position(told.written());
                let (read, refused) = told.counts();
                bar.set_message(format!("rows ({read} read, {refused} refused)"));
                std::thread::park_timeout(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        });
        Watched {
            done,
            thread: Some(thread),
        }
    }

    fn stop(mut self) {
        self.done.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

/// Takes an import back.
pub fn retract(
    registry: &Registry,
    account: Option<&str>,
    import: &str,
    reason: &str,
    as_json: bool,
) -> Done {
    let id: AnyId = import
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(|_| Refusal::NotFound(import.to_owned()))?;
    let receipt = registry.retract_import(&registry.acting(account)?, id.into(), reason)?;
    match as_json {
        true => print::json(&json!({"retracted": id, "entry": receipt.entry})),
        false => print::line(&format!(
            "The import {id} was taken back, in entry {}.",
            receipt.entry
        )),
    }
    OK
}
