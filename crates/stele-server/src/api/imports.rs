//! Lists read in: sent, their columns understood, tried, read in as one act, taken back.

use super::operation::{Call, Download, Method, Nothing, Operation, Told, Who};
use super::records::ReasonAsk;
use super::{ById, plain};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use stele_formats::columns::Mapping;
use stele_model::{AnyId, EdtfDate, PartyKind, RowsAre, Sensitivity};
use stele_registry::import::{ImportReport, ListLook, ListOrder, Progress, WaitingList};
use stele_registry::{Receipt, Received, Refusal};

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/imports",
            Who::Recorder,
            Told {
                id: "list_imports",
                of: "Lists read in",
                summary: "Lists that were sent and not read in yet",
                about: "Lists that were read in are records of the kind `import`.",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/imports\"",
            },
            list,
        ),
        Operation::receive::<ListAsk, ListShown>(
            "/api/imports",
            Who::Recorder,
            StatusCode::CREATED,
            |registry| registry.limits().list_bytes(),
            Told {
                id: "send_list",
                of: "Lists read in",
                summary: "Send a list of a party, as the body",
                about: "CSV, Excel, OpenDocument, GeoJSON, KML, GeoPackage, a zipped Shapefile, or JSON, up to 2 GB where the operator says nothing else (docs/import.md). Answers how its columns are understood; nothing is recorded yet.",
                example: "-H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: text/csv' --data-binary $'Name,Latitude,Longitude\\nExample Museum,39.76,46.75\\n' \"$STELE/api/imports?party=Example%20Ministry&party_kind=state_organ&rows_are=sites&name=museums.csv\"",
            },
            send,
        ),
        Operation::read(
            "/api/imports/{id}",
            Who::Recorder,
            Told {
                id: "get_list",
                of: "Lists read in",
                summary: "A list: its columns, how far it is, what came of it",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/imports/$LIST\"",
            },
            one,
        ),
        Operation::act(
            Method::Put,
            "/api/imports/{id}/mapping",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "map_list",
                of: "Lists read in",
                summary: "Say what the columns mean (docs/import.md)",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" -X PUT --json '{\"mapping\": \"category = \\\"museum\\\"\\n[columns]\\nName = \\\"name en\\\"\\nLatitude = \\\"latitude\\\"\\nLongitude = \\\"longitude\\\"\\n\"}' \"$STELE/api/imports/$LIST/mapping\"",
            },
            map,
        ),
        Operation::act(
            Method::Post,
            "/api/imports/{id}/run",
            Who::Recorder,
            StatusCode::ACCEPTED,
            Told {
                id: "run_list",
                of: "Lists read in",
                summary: "Try it, or read it in as one act; look at the list for how far it is",
                about: "One bad row neither stops it nor vanishes: it is refused with its reason.",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"trial\": true}' \"$STELE/api/imports/$LIST/run\"",
            },
            run,
        ),
        Operation::download(
            "/api/imports/{id}/refused.csv",
            "text/csv",
            Who::Recorder,
            Told {
                id: "refused_rows",
                of: "Lists read in",
                summary: "The rows that were refused, each with its reason",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/imports/$LIST/refused.csv\"",
            },
            refused,
        ),
        Operation::act(
            Method::Post,
            "/api/records/{id}/retract-import",
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "retract_import",
                of: "Lists read in",
                summary: "Take an import back as one act, by the id of its record",
                about: "What it recorded for the first time is withdrawn, what it changed stands as it stood before. The history keeps both.",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"reason\": \"An example\"}' \"$STELE/api/records/$IMPORT/retract-import\"",
            },
            retract,
        ),
    ]
}

/// What is said of a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct ListAsk {
    /// The party whose list it is: name or id.
    #[schemars(length(min = 1, max = 500))]
    party: String,
    /// What the party is, when it is recorded for the first time.
    party_kind: Option<PartyKind>,
    /// What its rows are.
    rows_are: RowsAre,
    /// Name of the file; its ending helps to tell what it is.
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// Title of the list; a list read in again under its title is updated.
    #[schemars(length(max = 500))]
    list: Option<String>,
    /// How exactly its places may be shown; withheld where nothing is said.
    sensitivity: Option<Sensitivity>,
    /// When it was published (EDTF).
    published: Option<EdtfDate>,
    /// Its address.
    url: Option<String>,
}

/// A list that was sent.
#[derive(Serialize, JsonSchema)]
struct ListShown {
    /// Its id, until it is read in.
    id: String,
    /// Its title.
    title: String,
    /// Whose list it is.
    party: String,
    /// What its rows are.
    rows_are: RowsAre,
    /// How exactly its places may be shown.
    sensitivity: Sensitivity,
    /// The file as received.
    sha256: String,
    /// Its size.
    size_bytes: u64,
    /// Where it stands.
    state: ListState,
    /// How its columns are read (TOML; docs/import.md).
    mapping: String,
    /// What it looks like; none in lists of lists.
    look: Option<Look>,
    /// How far it is, while it runs.
    progress: Option<ProgressTold>,
    /// What came of it, or would come, the last time it was run.
    report: Option<ImportReport>,
    /// Why the last run broke off.
    failure: Option<String>,
}

/// Where a list stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ListState {
    /// It was sent.
    Waiting,
    /// It runs.
    Running,
    /// It was tried; nothing is recorded.
    Tried,
    /// It was read in.
    Done,
    /// The last run broke off; nothing is recorded.
    Failed,
}

/// What a list looks like.
#[derive(Serialize, JsonSchema)]
struct Look {
    /// What was found out while opening it.
    notes: Vec<String>,
    /// Whether its columns are read as they were the last time.
    as_before: bool,
    /// What the list does not show, and a person has to say.
    questions: Vec<String>,
    /// Its columns.
    columns: Vec<ColumnTold>,
}

/// A column.
#[derive(Serialize, JsonSchema)]
struct ColumnTold {
    /// Its heading.
    name: String,
    /// What it is read as.
    is: String,
    /// Its first cells.
    cells: Vec<String>,
}

/// How far an import is.
#[derive(Serialize, JsonSchema)]
struct ProgressTold {
    /// Rows expected, where the format shows it.
    expected: Option<u64>,
    /// Rows read.
    read: u64,
    /// Of these, refused.
    refused: u64,
    /// Things compared with what is known.
    written: u64,
}

/// Cells shown of a column.
const CELLS: usize = 3;
/// Longest cell shown, in characters.
const LONGEST_CELL: usize = 60;

fn look_of(look: ListLook) -> Look {
    let columns = look
        .table
        .columns
        .iter()
        .enumerate()
        .map(|(i, name)| ColumnTold {
            name: name.clone(),
            is: look.mapping.field(name).to_string(),
            cells: look
                .rows
                .iter()
                .filter_map(|row| row.cells.get(i)?.text())
                .map(|text| text.chars().take(LONGEST_CELL).collect())
                .take(CELLS)
                .collect(),
        });
    Look {
        columns: columns.collect(),
        notes: look.table.notes.clone(),
        as_before: look.as_before,
        questions: look.questions,
    }
}

fn shown(call: &Call, list: WaitingList, look: Option<ListLook>) -> ListShown {
    let running = call.app.running.of(&list.id);
    shown_with(list, look, running)
}

fn shown_with(
    list: WaitingList,
    look: Option<ListLook>,
    running: Option<Arc<Progress>>,
) -> ListShown {
    let progress = running.map(|progress| {
        let (read, refused) = progress.counts();
        ProgressTold {
            expected: progress.expected(),
            read,
            refused,
            written: progress.written(),
        }
    });
    let state = match (&progress, &list.report, &list.failure) {
        (Some(_), _, _) => ListState::Running,
        (None, Some(report), _) if report.import.is_some() => ListState::Done,
        (None, Some(_), _) => ListState::Tried,
        (None, None, Some(_)) => ListState::Failed,
        (None, None, None) => ListState::Waiting,
    };
    let mapping = list.order.mapping.as_ref().map(Mapping::to_toml);
    ListShown {
        title: list.order.title(),
        id: list.id,
        party: list.order.party,
        rows_are: list.order.rows_are,
        sensitivity: list.order.sensitivity,
        sha256: list.sha256,
        size_bytes: list.size_bytes,
        state,
        mapping: mapping.unwrap_or_default(),
        look: look.map(look_of),
        progress,
        report: list.report,
        failure: list.failure,
    }
}

fn list(call: &Call, _: Nothing, _: Nothing) -> Result<super::Rows<ListShown>, Refusal> {
    let lists = call.registry.waiting_lists(&call.viewer)?;
    let rows = lists.into_iter().map(|list| shown(call, list, None));
    Ok(super::Rows {
        rows: rows.collect(),
        next: None,
    })
}

fn send(call: &Call, ask: ListAsk, file: Received) -> Result<ListShown, Refusal> {
    if ask.party.trim().is_empty() {
        return Err(Refusal::field("party", "is empty; say whose list it is"));
    }
    let name = ask.name.unwrap_or_else(|| "list".into());
    let order = ListOrder {
        party_kind: ask.party_kind.unwrap_or(PartyKind::Other),
        // Deny unless allowed: who says nothing protects what the list may give away.
        sensitivity: ask.sensitivity.unwrap_or(Sensitivity::Withheld),
        list: ask.list,
        url: ask.url,
        published: ask.published,
        ..ListOrder::new(ask.rows_are, ask.party, Path::new(&name))
    };
    let (list, look) = call.registry.keep_list(call.account()?, file, order)?;
    Ok(shown(call, list, Some(look)))
}

fn waiting(call: &Call, id: AnyId) -> Result<WaitingList, Refusal> {
    call.registry.waiting_list(&call.viewer, &id.to_string())
}

fn one(call: &Call, path: ById, _: Nothing) -> Result<ListShown, Refusal> {
    // Asked before the list is read, so that a list that ended in between is still told as running, and
    // as ended when it is asked for again; never as one that was not begun.
    let running = call.app.running.of(&path.id.to_string());
    let list = waiting(call, path.id)?;
    let look = match list.is_done() || running.is_some() {
        true => None,
        false => Some(call.registry.look_at_waiting(&list)?),
    };
    Ok(shown_with(list, look, running))
}

/// A list that may still be changed.
fn open(call: &Call, id: AnyId) -> Result<WaitingList, Refusal> {
    let list = waiting(call, id)?;
    if list.is_done() {
        let problem = "was read in already; send it again to read it in anew";
        return Err(Refusal::field("id", problem));
    }
    if call.app.running.of(&list.id).is_some() {
        return Err(Refusal::field(
            "id",
            "is being read in; wait until it is done",
        ));
    }
    Ok(list)
}

/// What the columns mean.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MapAsk {
    /// As TOML (docs/import.md).
    #[schemars(length(max = 200_000))]
    mapping: String,
}

fn map(call: &Call, path: ById, ask: MapAsk) -> Result<ListShown, Refusal> {
    let mut list = open(call, path.id)?;
    let mapping =
        Mapping::from_toml(&ask.mapping).map_err(|e| Refusal::field("mapping", e.to_string()))?;
    call.registry
        .set_mapping(call.account()?, &mut list, mapping)?;
    let look = call.registry.look_at_waiting(&list)?;
    Ok(shown(call, list, Some(look)))
}

/// How a list is run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunAsk {
    /// Whether it is only tried, and nothing recorded.
    trial: bool,
}

fn run(call: &Call, path: ById, ask: RunAsk) -> Result<ListShown, Refusal> {
    let list = open(call, path.id)?;
    // What runs in the background writes later: the key of this request is taken here.
    call.registry.take_key()?;
    let account = call.account()?.clone();
    crate::running::run_list(
        &call.app,
        call.app.registry.clone(),
        account,
        list,
        !ask.trial,
    );
    let list = waiting(call, path.id)?;
    Ok(shown(call, list, None))
}

fn refused(call: &Call, path: ById) -> Result<Download, Refusal> {
    let list = waiting(call, path.id)?;
    let csv = list.report.map(|report| report.refusals_csv());
    Ok(Download {
        name: Some("refused-rows.csv".into()),
        ..plain(csv.unwrap_or_default(), "text/csv; charset=utf-8")
    })
}

fn retract(call: &Call, path: ById, ask: ReasonAsk) -> Result<Receipt, Refusal> {
    call.registry
        .retract_import(call.account()?, path.id.into(), &ask.reason)
}
