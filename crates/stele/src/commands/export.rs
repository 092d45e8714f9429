//! `stele export` and `stele snapshot`: whole collections as files, an aggregate's items as a table.

use super::{Done, OK, id_in, local_viewer};
use crate::args::Whom;
use crate::print;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::Path;
use stele_model::{Body, grouped};
use stele_registry::bulk::snapshot::{Pace, Taken};
use stele_registry::bulk::{Format, WholeFile};
use stele_registry::features::Collection;
use stele_registry::{Refusal, Registry, Viewer};

/// Writes a collection or the items of an aggregate.
pub fn export(
    registry: &Registry,
    what: &str,
    format: Option<&str>,
    out: &Path,
    whom: Whom,
    as_json: bool,
) -> Done {
    let viewer = match whom {
        Whom::Public => Viewer::Public,
        Whom::Member => local_viewer(registry)?,
    };
    match Collection::from_id(what) {
        Some(collection) => {
            let format = format_of(format, out)?;
            write(out, as_json, "features", &mut |file, go_on| {
                registry.export(&viewer, collection, format, "en", file, go_on)
            })
        }
        None => {
            let id = id_in(registry, &viewer, what)?;
            if !matches!(registry.get(&viewer, id)?.body, Body::Aggregate(_)) {
                let all = Collection::ALL.map(Collection::id).join(", ");
                return Err(Refusal::field(
                    "WHAT",
                    format!("is neither an aggregate nor a collection ({all})"),
                ));
            }
            if format.is_some_and(|f| f != Format::Csv.id()) {
                return Err(Refusal::field("--format", "items are written as csv only"));
            }
            write(out, as_json, "items", &mut |file, _| {
                registry.export_items(&viewer, id, "en", file)
            })
        }
    }
}

/// The format that is named, or that the file's name ends with.
fn format_of(named: Option<&str>, out: &Path) -> Result<Format, Refusal> {
    let ending = out.extension().and_then(|e| e.to_str());
    let id = named.or(ending).unwrap_or_default().to_lowercase();
    Format::from_id(&id).ok_or_else(|| {
        let all = Format::ALL.map(Format::id).join(", ");
        Refusal::field(
            "--format",
            format!("“{id}” is no format; it is one of: {all}"),
        )
    })
}

type Written<'a> =
    &'a mut dyn FnMut(Box<dyn Write + Send>, &mut dyn FnMut(u64) -> bool) -> Result<u64, Refusal>;

/// Writes a file with a bar and what came of it, or to standard output with neither.
fn write(out: &Path, as_json: bool, what: &str, make: Written<'_>) -> Done {
    let bar = print::progress();
    bar.set_message(format!("{what} written"));
    let mut seen = |count| {
        bar.set_position(count);
        true
    };
    if out == Path::new("-") {
        if std::io::stdout().is_terminal() && what == "features" {
            return Err(Refusal::field(
                "--out",
                "names no file, and a terminal is no place for one; give --out FILE, or pass the output on",
            ));
        }
        make(Box::new(std::io::stdout()), &mut seen)?;
        bar.finish_and_clear();
        return OK;
    }
    let whole = WholeFile::begin(out)?;
    let count = make(Box::new(std::io::BufWriter::new(whole.file()?)), &mut seen)?;
    let size = whole.finish()?;
    let seconds = bar.elapsed().as_secs_f64();
    bar.finish_and_clear();
    match as_json {
        true => print::json(&json!({what: count, "out": out, "size_bytes": size})),
        false => {
            let rate = match seconds > 1.0 {
                true => format!(", {} a second", grouped((count as f64 / seconds) as u64)),
                false => String::new(),
            };
            print::line(&format!(
                "Wrote {} {what} to {} ({} kB{rate}).",
                grouped(count),
                out.display(),
                grouped(size.div_ceil(1000))
            ));
        }
    }
    OK
}

/// Makes a snapshot.
pub fn snapshot(registry: &Registry, as_json: bool) -> Done {
    let bar = print::progress();
    bar.set_message("features written");
    let taken = registry.take_snapshot(Pace::Full, &mut |count| {
        bar.set_position(count);
        true
    })?;
    bar.finish_and_clear();
    match (taken, as_json) {
        (Taken::Made(manifest), true) => print::json(&json!(manifest)),
        (Taken::Made(manifest), false) => {
            let bytes: u64 = manifest.files.iter().map(|f| f.size_bytes).sum();
            print::line(&format!(
                "Made snapshot {}: {} files, {} kB, with their sums in manifest.json.",
                manifest.name,
                manifest.files.len(),
                grouped(bytes.div_ceil(1000))
            ));
        }
        (Taken::Unchanged(name), _) => print::line(&format!(
            "Nothing was recorded since snapshot {name}; it stays the last."
        )),
    }
    OK
}
