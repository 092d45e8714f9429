//! The ledger: entries, the signed checkpoint, the proof of a record as a download.

use crate::App;
use crate::answer::{Answer, ask, page as answer_page};
use crate::asked::Asked;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use maud::html;
use serde::Deserialize;
use stele_model::{AnyId, Hlc, Word, grouped};
use stele_registry::Refusal;

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub struct Ask {
    before: Option<u64>,
}

/// Entries of a page.
const ROWS: usize = 50;

/// `GET /ledger`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(q): Asked<Ask>,
) -> Answer {
    let viewer = reader.viewer.clone();
    let view = ask(&app, move |registry| {
        registry.ledger(&viewer, q.before, ROWS)
    })
    .await?;
    let body = html! {
        (ui::heading("ledger", html! { "The ledger" }, html! {}))
        p { "Every act is an entry that cannot be changed unseen: entries are leaves of a Merkle tree (RFC 6962), and the tree is signed after each group of acts. Keep a checkpoint; whoever has one can later prove whether history was rewritten." }
        (ui::facts(vec![
            ("Log", Some(html! { code { (view.log) } })),
            ("Entries", Some(html! { (grouped(view.size)) })),
            ("Key", Some(html! { code.hash { (view.key) } })),
            ("Checkpoint", view.checkpoint.as_ref().map(|note| html! { pre.note { (note) } a.button href="/ledger/checkpoint" download="checkpoint" { "Download the checkpoint" } })),
        ]))
        @if view.entries.is_empty() { (ui::empty("No entries yet.", html! { "The first act that is recorded becomes entry 0." })) }
        @else {
            table.table {
                caption { "Entries, latest first" }
                thead { tr { th scope="col" { "Entry" } th scope="col" { "When, by whom" } th scope="col" { "Records" } th scope="col" { "Leaf hash" } } }
                tbody {
                    @for entry in &view.entries {
                        tr {
                            th scope="row" data-label="Entry" { (entry.seq) }
                            td data-label="When, by whom" { (say::moment(entry.at.parse::<Hlc>().map_or(0, |at| at.unix_ms))) ", " (entry.by) }
                            td data-label="Records" {
                                @for (i, (kind, id)) in entry.records.iter().enumerate() { @if i > 0 { ", " } a href={ "/" (kind.id()) "/" (id) } { (kind.label()) } }
                                @if entry.count > entry.records.len() { " … " (say::count(entry.count as u64, "record", "records")) }
                            }
                            td data-label="Leaf hash" { code.hash { (entry.leaf) } }
                        }
                    }
                }
            }
        }
        (ui::pagination(view.next.map(|n| format!("/ledger?before={n}"))))
    };
    answer_page(framed(&app, &reader, "/ledger", "Ledger", &[], body))
}

/// `GET /ledger/checkpoint`
pub async fn checkpoint(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    let viewer = reader.viewer.clone();
    let view = ask(&app, move |registry| registry.ledger(&viewer, None, 1)).await?;
    let note = view
        .checkpoint
        .ok_or_else(|| Refusal::NotFound("checkpoint".into()))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

/// `GET /ledger/proof/{id}`
pub async fn proof(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let id = id.strip_suffix(".json").unwrap_or(&id);
    let record: AnyId = id.parse().map_err(|_| Refusal::NotFound(id.to_owned()))?;
    let viewer = reader.viewer.clone();
    let text = ask(&app, move |registry| {
        let proof = registry.proof(&viewer, record)?;
        serde_json::to_string_pretty(&proof).map_err(|e| Refusal::Unreadable(e.to_string()))
    })
    .await?;
    let name = format!("attachment; filename=\"stele-proof-{record}.json\"");
    Ok((
        [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        text,
    )
        .into_response())
}
