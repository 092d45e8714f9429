//! Reading a list in: its rows become sites, claims on sites, or figures, of the party whose list it is, in
//! one act. A list read in again changes what changed and leaves the rest; an import is taken back
//! as one act.
//!
//! One thread reads the file, the writer's records what it reads, within one transaction: half an
//! import is never seen, and a process that is killed leaves nothing of it.

mod figures;
mod records;
mod report;
mod retract;
mod waiting;

pub use report::{Changed, Gone, ImportReport, Progress, RefusedRow, UnreadColumn};
pub use waiting::{WaitingList, first_rows};

use crate::Registry;
use crate::account::Account;
use crate::clock::{mint, now_ms, today};
use crate::refusal::Refusal;
use records::{Made, Making};
use report::Refusals;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use stele_formats::columns::{self, Draft, LOOKED_AT, Mapping};
use stele_formats::table::{Limits, Row, Table};
use stele_model::reading::Role;
use stele_model::*;
use stele_store::{Filter, Kept, Order, Prepared, Preparing, Read, StoreError, Write};

/// What a person says of a list.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct ListOrder {
    /// What its rows are read as.
    pub rows_are: RowsAre,
    /// The party whose list it is: its name, or its id.
    pub party: String,
    /// What the party is, when it is recorded for the first time.
    pub party_kind: PartyKind,
    /// Title of the list; a list with the same title of the same party is the same list.
    pub list: Option<String>,
    /// How its columns are read; as they were the last time, or as they seem, where this is not said.
    pub mapping: Option<Mapping>,
    /// How exactly its places may be shown.
    pub sensitivity: Sensitivity,
    /// Name the file came with.
    pub original_name: String,
    /// When the list was published.
    pub published: Option<EdtfDate>,
    /// Its address.
    pub url: Option<String>,
}

impl ListOrder {
    /// A list of a party, read as its columns seem to be.
    pub fn new(rows_are: RowsAre, party: impl Into<String>, file: &Path) -> Self {
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned());
        ListOrder {
            rows_are,
            party: party.into(),
            party_kind: PartyKind::Other,
            list: None,
            mapping: None,
            sensitivity: Sensitivity::Public,
            original_name: name.unwrap_or_else(|| "list".into()),
            published: None,
            url: None,
        }
    }

    /// The title it is recorded under.
    pub fn title(&self) -> String {
        let given = self
            .list
            .as_deref()
            .map(str::trim)
            .filter(|t| !t.is_empty());
        given.map_or_else(
            || {
                let name = &self.original_name;
                name.rsplit_once('.')
                    .map_or(name.as_str(), |(stem, _)| stem)
                    .to_owned()
            },
            str::to_owned,
        )
    }
}

/// A list looked at before it is read in.
#[derive(Debug)]
pub struct ListLook {
    /// The file.
    pub table: Table,
    /// How its columns would be read.
    pub mapping: Mapping,
    /// Whether they were read so the last time.
    pub as_before: bool,
    /// What the list does not show.
    pub questions: Vec<String>,
    /// Its first rows.
    pub rows: Vec<Row>,
}

/// Things handed from the thread that reads to the one that writes at once, at most.
const BATCH: usize = 500;
/// Bytes of such things after which no more are added: a list may be of long outlines.
const BATCH_BYTES: usize = 2 << 20;
/// Batches that may wait.
const WAITING: usize = 4;
/// Entries that may be prepared before those in front of them are written: most of what is written to the
/// state at once, so that there is work meanwhile.
const AHEAD: usize = 40;
/// Bytes of entries that may be prepared before those in front of them are written.
const AHEAD_BYTES: usize = 32 << 20;
/// Records of one entry: what reads entries holds one or a few in memory.
const PER_ENTRY: usize = 200;
/// Rows shown before a list is read in.
const SHOWN_ROWS: usize = 12;
/// Imports looked through for how a list was read the last time.
const IMPORTS_LOOKED_AT: usize = 200;

impl Registry {
    /// Looks at a list: what it is, how its columns would be read, what has to be asked.
    pub fn look_at_list(&self, path: &Path, order: &ListOrder) -> Result<ListLook, Refusal> {
        let sheet = order.mapping.as_ref().and_then(|m| m.sheet.as_deref());
        let table = open(path, sheet)?;
        let first = table.first(LOOKED_AT).map_err(unreadable)?;
        let guess = columns::propose(&table, &first);
        let before = match &order.mapping {
            Some(_) => None,
            None => self.last_mapping(order, &table)?,
        };
        let as_before = before.is_some();
        let mut rows = first;
        rows.truncate(SHOWN_ROWS);
        Ok(ListLook {
            questions: match as_before || order.mapping.is_some() {
                true => Vec::new(),
                false => guess.questions,
            },
            mapping: order.mapping.clone().or(before).unwrap_or(guess.mapping),
            as_before,
            table,
            rows,
        })
    }

    /// How a list of this party with these columns was read the last time.
    fn last_mapping(&self, order: &ListOrder, table: &Table) -> Result<Option<Mapping>, Refusal> {
        let title = order.title();
        self.store.read(|read| {
            let Some(party) = party_named(read, &order.party)? else {
                return Ok(None);
            };
            let filter = Filter {
                kind: Some(Kind::Import),
                party: Some(party.any()),
                ..Filter::default()
            };
            let imports = read.list(&filter, Order::Latest, None, IMPORTS_LOOKED_AT)?;
            let mut other = None;
            for stored in imports.rows {
                let Body::Import(import) = stored.body else {
                    continue;
                };
                let Ok(mapping) = Mapping::from_toml(&import.mapping) else {
                    continue;
                };
                if !mapping.columns.keys().all(|c| table.columns.contains(c)) {
                    continue;
                }
                let list = read.find(import.list.any())?.map(|s| s.body);
                let same = matches!(list, Some(Body::Source(list)) if list.title == title);
                if same {
                    return Ok(Some(mapping));
                }
                // Another list of the party with the very same columns is read the same way.
                let all = table
                    .columns
                    .iter()
                    .all(|c| mapping.columns.contains_key(c));
                if all && other.is_none() {
                    other = Some(mapping);
                }
            }
            Ok(other)
        })
    }

    /// Says what reading a list in would do, and does nothing.
    pub fn try_import(
        &self,
        path: &Path,
        order: &ListOrder,
        progress: &Arc<Progress>,
    ) -> Result<ImportReport, Refusal> {
        let look = self.look_at_list(path, order)?;
        let mapping = look.mapping.clone();
        let reading = Reading::start(look, order.rows_are, progress)?;
        let made = self.store.read(|read| {
            let list = known_list(read, order)?;
            let mut making = Making::new(order, list, mint(), progress.clone());
            making.counting_rule = mapping.counting_rule.clone();
            for batch in &reading.drafts {
                making.take(read, batch.drafts)?;
                making.records.clear();
            }
            making.finish(read)?;
            Ok::<_, Refusal>(making.made)
        })?;
        reading.report(order, &mapping, made)
    }

    /// Reads a list in, whole or not at all.
    pub fn import(
        &self,
        actor: &Account,
        path: &Path,
        order: &ListOrder,
        progress: &Arc<Progress>,
    ) -> Result<ImportReport, Refusal> {
        may_import(actor)?;
        let look = self.look_at_list(path, order)?;
        let file = std::fs::File::open(path).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let kept = self.files.keep(file)?;
        self.import_looked_at(actor, look, kept, order, progress)
    }

    fn import_looked_at(
        &self,
        actor: &Account,
        look: ListLook,
        kept: Kept,
        order: &ListOrder,
        progress: &Arc<Progress>,
    ) -> Result<ImportReport, Refusal> {
        let mapping = look.mapping.clone();
        let mut reading = Reading::start(look, order.rows_are, progress)?;
        let drafts = reading.take_over();
        let (account, order_, toml) = (actor.id.clone(), order.clone(), mapping.to_toml());
        let counting_rule = mapping.counting_rule.clone();
        let told = progress.clone();
        let made = self.store.write(move |w| {
            let act = Act {
                account,
                order: order_,
                kept,
                mapping: toml,
                counting_rule,
            };
            act.run(w, &drafts, &told)
        })?;
        reading.report(order, &mapping, made)
    }
}

fn may_import(actor: &Account) -> Result<(), Refusal> {
    match actor.may_record(Kind::Import) {
        true => Ok(()),
        false => Err(Refusal::NotAllowed(
            "your account may read, not record".into(),
        )),
    }
}

fn open(path: &Path, sheet: Option<&str>) -> Result<Table, Refusal> {
    Table::open(path, sheet, &Limits::default()).map_err(unreadable)
}

fn unreadable(e: impl std::fmt::Display) -> Refusal {
    Refusal::Unreadable(e.to_string())
}

fn party_named(read: &mut Read<'_>, name: &str) -> Result<Option<Id<Party>>, Refusal> {
    if let Ok(id) = name.trim().parse::<AnyId>()
        && let Some(found) = read.find(id)?
        && found.kind == Kind::Party
    {
        return Ok(Some(id.into()));
    }
    Ok(read
        .named(Kind::Party, name)?
        .first()
        .map(|id| (*id).into()))
}

/// The party and the list, where they are recorded already.
type KnownList = (Option<Id<Party>>, Option<Id<Source>>);

fn known_list(read: &mut Read<'_>, order: &ListOrder) -> Result<KnownList, Refusal> {
    let Some(party) = party_named(read, &order.party)? else {
        return Ok((None, None));
    };
    let title = order.title();
    let filter = Filter {
        kind: Some(Kind::Import),
        party: Some(party.any()),
        ..Filter::default()
    };
    // Lists are few; an import names its list, so that the sources of the party need not be read.
    let mut after = None;
    loop {
        let page = read.list(&filter, Order::Id, after.as_ref(), IMPORTS_LOOKED_AT)?;
        for stored in &page.rows {
            if let Body::Import(import) = &stored.body
                && let Some(Body::Source(list)) = read.find(import.list.any())?.map(|s| s.body)
                && list.title == title
            {
                return Ok((Some(party), Some(import.list)));
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok((Some(party), None)),
        }
    }
}

/// Things of a list that are handed over together, with their bytes in memory.
#[derive(Default)]
struct Batch {
    drafts: Vec<Draft>,
    bytes: usize,
}

impl Batch {
    fn add(&mut self, draft: Draft) {
        self.bytes += draft.bytes();
        self.drafts.push(draft);
    }

    fn is_full(&self) -> bool {
        self.drafts.len() >= BATCH || self.is_heavy()
    }

    /// Whether few things are much: they are not to wait for others.
    fn is_heavy(&self) -> bool {
        self.bytes >= BATCH_BYTES
    }
}

/// The thread that reads a list, and what it hands over.
struct Reading {
    drafts: Receiver<Batch>,
    thread: std::thread::JoinHandle<Result<Refusals, String>>,
    progress: Arc<Progress>,
}

impl Reading {
    fn start(look: ListLook, rows_are: RowsAre, progress: &Arc<Progress>) -> Result<Self, Refusal> {
        columns::check(&look.mapping, &look.table, rows_are)
            .map_err(|e| Refusal::field("mapping", e.to_string()))?;
        progress.expect(look.table.rows_expected(&look.rows));
        let (send, drafts) = sync_channel(WAITING);
        let told = progress.clone();
        let thread = std::thread::Builder::new()
            .name("stele-list".into())
            .spawn(move || read_all(&look.table, &look.mapping, &send, &told))
            .map_err(|e| Refusal::Unreadable(format!("no thread could be started: {e}")))?;
        Ok(Reading {
            drafts,
            thread,
            progress: progress.clone(),
        })
    }

    /// The drafts, for a job on another thread.
    fn take_over(&mut self) -> Receiver<Batch> {
        let (_, none) = sync_channel(0);
        std::mem::replace(&mut self.drafts, none)
    }

    fn report(
        self,
        order: &ListOrder,
        mapping: &Mapping,
        made: Made,
    ) -> Result<ImportReport, Refusal> {
        drop(self.drafts);
        let refusals = match self.thread.join() {
            Ok(refusals) => refusals.map_err(Refusal::Unreadable)?,
            Err(_) => return Err(Refusal::Unreadable("reading the list broke off".into())),
        };
        Ok(made.report(order, mapping, refusals, &self.progress))
    }
}

fn read_all(
    table: &Table,
    mapping: &Mapping,
    send: &SyncSender<Batch>,
    progress: &Progress,
) -> Result<Refusals, String> {
    let mut refusals = Refusals::default();
    let mut batch = Batch::default();
    let outcome = columns::each(table, mapping, &mut |next| {
        match next {
            Ok(draft) => {
                progress.read_rows(draft.rows);
                batch.add(draft);
            }
            Err(bad) => {
                progress.refused();
                refusals.add(bad);
            }
        }
        if !batch.is_full() {
            return ControlFlow::Continue(());
        }
        match send.send(std::mem::take(&mut batch)) {
            Ok(()) => ControlFlow::Continue(()),
            // Nobody takes them any more.
            Err(_) => ControlFlow::Break(()),
        }
    });
    if let Err(e) = outcome {
        progress.fail(e.to_string());
        return Err(e.to_string());
    }
    let _ = send.send(batch);
    progress.all_read();
    Ok(refusals)
}

/// The act of an import, on the writer's thread.
struct Act {
    account: String,
    order: ListOrder,
    kept: Kept,
    mapping: String,
    counting_rule: Option<String>,
}

impl Act {
    fn run(
        self,
        w: &mut Write<'_>,
        drafts: &Receiver<Batch>,
        progress: &Arc<Progress>,
    ) -> Result<Made, Refusal> {
        let list = known_list(&mut w.read(), &self.order)?;
        let id = mint();
        let mut making = Making::new(&self.order, list, id, progress.clone());
        making.counting_rule = self.counting_rule.clone();
        let file = self.beginning(&mut making);
        let mut entries = None;
        std::thread::scope(|scope| {
            let mut line = Line::start(scope, &self.account)?;
            for batch in drafts {
                let least = if batch.is_heavy() { 1 } else { PER_ENTRY };
                line.bytes_to_send += batch.bytes;
                making.take(w, batch.drafts)?;
                line.send(w, &mut making.records, least)?;
            }
            // The channel closes when all is read and also when reading failed.
            if let Some(reason) = progress.failure() {
                return Err(Refusal::Unreadable(reason));
            }
            line.send(w, &mut making.records, 1)?;
            line.finish(w)?;
            making.finish(w)?;
            line.send(w, &mut making.records, 1)?;
            line.finish(w)?;
            entries = line.entries;
            Ok(())
        })?;
        let (read, refused) = progress.counts();
        let import = Import {
            list: making.list,
            party: making.party,
            rows_are: self.order.rows_are,
            file,
            mapping: self.mapping.clone(),
            counts: ImportCounts {
                read,
                refused: making.made.counts.refused + refused,
                ..making.made.counts
            },
            entries,
        };
        w.append(&self.account, now_ms(), &[Record::new(id, import)])?;
        making.made.import = Some(id.into());
        making.made.list = Some(making.list);
        Ok(making.made)
    }

    /// Party and list, where they are new, and the file.
    fn beginning(&self, making: &mut Making) -> Id<Evidence> {
        let day = EdtfDate::from_day(today());
        if making.is_new_party {
            let name = Name::new(self.order.party.trim(), "und");
            making.records.push(Record::new(
                making.party.any(),
                Party {
                    names: vec![name],
                    kind: self.order.party_kind,
                    country: None,
                    belongs_to: Vec::new(),
                    independent_of: Vec::new(),
                    note: None,
                },
            ));
        }
        if making.is_new_list {
            making.records.push(Record::new(
                making.list.any(),
                Source {
                    title: self.order.title(),
                    kind: SourceKind::List,
                    publisher: making.party,
                    author: None,
                    language: None,
                    published: self.order.published.clone(),
                    url: self.order.url.clone(),
                    retrieved: Some(day.clone()),
                    archived: None,
                    text: None,
                    quotes_only: Vec::new(),
                },
            ));
        }
        let file: Id<Evidence> = mint().into();
        making.records.push(Record::new(
            file.any(),
            Evidence {
                sha256: self.kept.sha256.clone(),
                size_bytes: self.kept.size_bytes,
                media_type: media_type(&self.order.original_name).into(),
                original_name: self.order.original_name.clone(),
                acquired: Some("read in as a list".into()),
                acquired_on: Some(day),
                captured: None,
                derived_from: None,
                // The file may hold places that are protected here.
                restriction: match self.order.sensitivity {
                    Sensitivity::Public => Restriction::Public,
                    _ => Restriction::Members,
                },
            },
        ));
        file
    }
}

/// Records on their way into the log: prepared on a thread beside the writer's, written in the order
/// they were sent.
struct Line<'a> {
    account: &'a str,
    send: SyncSender<Vec<Record>>,
    prepared: Receiver<Result<Vec<Prepared>, StoreError>>,
    /// The entries that are prepared, by the bytes of the things their records were made of.
    under_way: VecDeque<usize>,
    /// Bytes of the things whose records were not sent yet.
    bytes_to_send: usize,
    /// The entries written.
    entries: Option<EntryRange>,
}

impl<'a> Line<'a> {
    fn start<'scope>(
        scope: &'scope std::thread::Scope<'scope, '_>,
        account: &'a str,
    ) -> Result<Self, Refusal> {
        // Neither side ever waits for room: no more is sent than fits.
        let (send, records) = sync_channel::<Vec<Record>>(AHEAD);
        let (hand_back, prepared) = sync_channel(AHEAD);
        let prepare = move || {
            let mut preparing = Preparing::default();
            for records in records {
                let prepared = records.into_iter().map(|r| preparing.prepare(r)).collect();
                if hand_back.send(prepared).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new()
            .name("stele-prepare".into())
            .spawn_scoped(scope, prepare)
            .map_err(|e| Refusal::Unreadable(format!("no thread could be started: {e}")))?;
        Ok(Line {
            account,
            send,
            prepared,
            under_way: VecDeque::new(),
            bytes_to_send: 0,
            entries: None,
        })
    }

    /// Sends records in entries, as long as there are at least so many.
    fn send(
        &mut self,
        w: &mut Write<'_>,
        records: &mut Vec<Record>,
        least: usize,
    ) -> Result<(), Refusal> {
        if records.is_empty() {
            // Things that say what they said before.
            self.bytes_to_send = 0;
            return Ok(());
        }
        let per_record = self.bytes_to_send / records.len();
        let mut rest = std::mem::take(records).into_iter();
        while rest.len() >= least {
            let entry: Vec<Record> = rest.by_ref().take(PER_ENTRY).collect();
            let bytes = per_record * entry.len();
            while self.has_no_room_for(bytes) {
                self.write_next(w)?;
            }
            self.send.send(entry).map_err(|_| broken_off())?;
            self.under_way.push_back(bytes);
            self.bytes_to_send -= bytes;
        }
        records.extend(rest);
        Ok(())
    }

    fn has_no_room_for(&self, bytes: usize) -> bool {
        let before: usize = self.under_way.iter().sum();
        !self.under_way.is_empty()
            && (self.under_way.len() == AHEAD || before + bytes > AHEAD_BYTES)
    }

    /// Writes what is under way.
    fn finish(&mut self, w: &mut Write<'_>) -> Result<(), Refusal> {
        while !self.under_way.is_empty() {
            self.write_next(w)?;
        }
        Ok(())
    }

    fn write_next(&mut self, w: &mut Write<'_>) -> Result<(), Refusal> {
        let prepared = self.prepared.recv().map_err(|_| broken_off())??;
        self.under_way.pop_front();
        let recorded = w.append_prepared(self.account, now_ms(), prepared)?;
        let (log, seq) = (recorded.stamp.node, recorded.seq);
        let entries = self.entries.get_or_insert(EntryRange {
            log,
            first: seq,
            last: seq,
        });
        entries.last = seq;
        Ok(())
    }
}

fn broken_off() -> Refusal {
    Refusal::Unreadable("preparing the records broke off".into())
}

fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    match ending.as_deref() {
        Some("csv") => "text/csv",
        Some("tsv") => "text/tab-separated-values",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("ods") => "application/vnd.oasis.opendocument.spreadsheet",
        Some("geojson" | "geojsonl" | "geojsons") => "application/geo+json",
        Some("json") => "application/json",
        Some("kml") => "application/vnd.google-earth.kml+xml",
        Some("kmz") => "application/vnd.google-earth.kmz",
        Some("gpkg") => "application/geopackage+sqlite3",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Role of the list in a site that stands on it.
const ON_LIST: Role = Role::In;
