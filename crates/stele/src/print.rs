//! What the command prints: tables for people, JSON for programs, refusals for both.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use stele_registry::Refusal;

/// Prints JSON on standard output. A reader that went away is no fault.
pub fn json(value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    line(&text);
}

/// Prints a line on standard output.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a refusal on standard error: `{"error", "fields"?}` as JSON, sentences for a person.
pub fn refusal(refusal: &Refusal, as_json: bool) {
    let mut err = std::io::stderr().lock();
    if as_json {
        let mut value = json!({"error": refusal.to_string()});
        if let Refusal::Fields(fields) = refusal {
            value["fields"] = fields
                .iter()
                .map(|f| json!({"field": f.field, "problem": f.problem}))
                .collect();
        }
        let _ = writeln!(err, "{value}");
        return;
    }
    match refusal {
        Refusal::Fields(fields) => {
            let _ = writeln!(err, "stele: this was not recorded:");
            for field in fields {
                let _ = writeln!(err, "  {}: {}", field.field, field.problem);
            }
        }
        other => {
            let _ = writeln!(err, "stele: {other}");
        }
    }
}

/// A bar on standard error, where a person looks on; silent otherwise.
pub fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos} ({per_sec})") {
        bar.set_style(style);
    }
    bar
}

/// Gives a bar its end, once it is known.
pub fn bounded(bar: &ProgressBar, end: u64) {
    if bar.length() == Some(end) || bar.is_hidden() {
        return;
    }
    bar.set_length(end);
    let style = "{spinner} {bar:30} {pos}/{len} {msg} ({per_sec}, {eta} left)";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
}

/// Rows with aligned columns.
pub fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| {
        rows.iter()
            .filter_map(|r| r.get(c))
            .map(|t| t.chars().count())
            .max()
            .unwrap_or(0)
            .min(60)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(c, text)| {
                let cut: String = text.chars().take(widths[c]).collect();
                let pad = " ".repeat(widths[c] - cut.chars().count());
                if c + 1 == row.len() {
                    text.clone()
                } else {
                    format!("{cut}{pad}")
                }
            })
            .collect();
        line(cells.join("  ").trim_end());
    }
}
