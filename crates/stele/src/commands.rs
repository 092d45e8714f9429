//! One function per command.

mod coverage;
mod demo;
mod export;
mod import;
mod ingest;
mod matching;
mod search;
mod serve;
mod token;

use crate::args::{Args, Command, User, Where};
use crate::batch::{self, Beside, Keys};
use crate::print;
use clap::CommandFactory;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use stele_model::{AnyId, Kind, Word};
use stele_registry::{Account, AccountRole, Filter, Order, Refusal, Registry, Shown, Viewer};

type Done = Result<ExitCode, Refusal>;

const OK: Done = Ok(ExitCode::SUCCESS);

/// Does what the arguments say.
pub fn run(args: Args) -> Done {
    let as_json = args.json;
    match args.command {
        Command::Init {
            folder,
            name,
            admin,
            database,
        } => init(&folder, &name, &admin, database.as_deref(), as_json),
        Command::Serve { at, listen } => serve::serve(open(&at)?, listen, as_json),
        Command::Demo {
            data,
            dossier,
            database,
            listen,
            no_serve,
        } => {
            let place = demo::Place {
                data: &data,
                database: database.as_deref(),
            };
            demo::demo(&place, &dossier, listen, no_serve, as_json)
        }
        Command::Ingest {
            at,
            who,
            file,
            propose,
            accept,
            publisher,
            title,
            published,
            url,
            kind,
        } => {
            let known = ingest::known(publisher, title, published, url, kind)?;
            ingest::ingest(
                &open(&at)?,
                who.account.as_deref(),
                &file,
                known,
                propose,
                accept,
                as_json,
            )
        }
        Command::Import { at, file, list } => import::import(&open(&at)?, &file, list, as_json),
        Command::Retract {
            at,
            who,
            import,
            reason,
        } => import::retract(
            &open(&at)?,
            who.account.as_deref(),
            &import,
            &reason,
            as_json,
        ),
        Command::List {
            at,
            plural,
            facet,
            status,
            party,
        } => list(
            &open(&at)?,
            &plural,
            facet,
            status,
            party.as_deref(),
            as_json,
        ),
        Command::Show { at, id } => show(&open(&at)?, &id, as_json),
        Command::Search { at, text, narrow } => search::search(&open(&at)?, text, narrow, as_json),
        Command::Match {
            inventory: Some(inventory),
            claims: Some(claims),
            files,
            ..
        } => matching::files(&inventory, &claims, &files, as_json),
        Command::Match {
            data: Some(data),
            database,
            within,
            who,
            ..
        } => {
            let at = Where { data, database };
            matching::registry(&at, &within, who.account.as_deref(), as_json)
        }
        Command::Match { .. } => Err(Refusal::field(
            "match",
            "needs two files, or --data with --duplicates or --list",
        )),
        Command::Record {
            at,
            who,
            file,
            check,
        } => record(&open(&at)?, who.account.as_deref(), &file, check, as_json),
        Command::Sample {
            at,
            who,
            aggregate,
            margin,
            size,
            level,
            by,
            seed,
            mission,
            dry_run,
        } => {
            let asked = coverage::Asked {
                aggregate: &aggregate,
                margin: &margin,
                size,
                level: &level,
                by: &by,
                seed,
                mission: mission.as_deref(),
            };
            coverage::sample(&open(&at)?, who.account.as_deref(), asked, dry_run, as_json)
        }
        Command::Estimate { at, id } => coverage::estimate(&open(&at)?, &id, as_json),
        Command::Export {
            at,
            what,
            format,
            out,
            whom,
        } => export::export(&open(&at)?, &what, format.as_deref(), &out, whom, as_json),
        Command::Snapshot { at } => export::snapshot(&open(&at)?, as_json),
        Command::Verify { at, checkpoint } => verify(&open(&at)?, &checkpoint, as_json),
        Command::Rebuild { at } => rebuild(&open(&at)?, as_json),
        Command::Dump { at } => {
            open(&at)?.dump(&mut std::io::stdout().lock())?;
            OK
        }
        Command::Token { at, action } => token::token(&open(&at)?, action, as_json),
        Command::User { at, action } => user(&open(&at)?, action, as_json),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Args::command(),
                "stele",
                &mut std::io::stdout().lock(),
            );
            OK
        }
        Command::Man { command, to } => man(command.as_deref(), to.as_deref()),
    }
}

fn open(at: &Where) -> Result<Registry, Refusal> {
    Registry::open(&at.data, at.database.as_deref())
}

/// Who asks on this machine sees what the administrator sees: the folder is theirs.
fn local_viewer(registry: &Registry) -> Result<Viewer, Refusal> {
    Ok(Viewer::Member(registry.acting(None)?))
}

fn link(token: &stele_registry::Token) -> String {
    format!("/welcome/{}", token.text())
}

fn init(folder: &Path, name: &str, admin: &str, database: Option<&str>, as_json: bool) -> Done {
    let (registry, token) = Registry::create(folder, name, admin, database)?;
    if as_json {
        print::json(
            &json!({"folder": folder, "name": registry.name(), "admin": admin, "sign_in": link(&token)}),
        );
        return OK;
    }
    print::line(&format!(
        "Made the registry “{}” in {}.",
        registry.name(),
        folder.display()
    ));
    print::line(&format!(
        "Serve it:   stele serve --data {}",
        folder.display()
    ));
    print::line(&format!(
        "Then open:  http://127.0.0.1:4977{}",
        link(&token)
    ));
    print::line(&format!(
        "The link works once and holds for three days; it sets the password of {admin}."
    ));
    OK
}

fn kind_of(plural: &str) -> Result<Kind, Refusal> {
    let wanted = plural.to_lowercase().replace('_', "-");
    Kind::ALL
        .iter()
        .copied()
        .find(|k| k.plural() == wanted || k.id() == plural)
        .ok_or_else(|| {
            let all: Vec<&str> = Kind::ALL.iter().map(|k| k.plural()).collect();
            Refusal::Unreadable(format!(
                "“{plural}” is not a kind of record; it is one of: {}",
                all.join(", ")
            ))
        })
}

/// Rows fetched at a time, so that memory does not grow with the registry.
const ROWS: usize = 1_000;

fn list(
    registry: &Registry,
    plural: &str,
    facet: Option<String>,
    status: Option<String>,
    party: Option<&str>,
    as_json: bool,
) -> Done {
    let kind = kind_of(plural)?;
    let viewer = local_viewer(registry)?;
    let party = match party {
        Some(text) => Some(
            registry
                .resolve(&viewer, Some(Kind::Party), text)?
                .map_err(|problem| Refusal::field("--party", problem))?,
        ),
        None => None,
    };
    let filter = Filter {
        kind: Some(kind),
        facet,
        status,
        party,
        ..Filter::default()
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut after = None;
    let mut first = true;
    if as_json {
        let _ = out.write_all(b"[");
    }
    loop {
        let page = registry.list(&viewer, &filter, Order::Id, after.as_ref(), ROWS, "en")?;
        for row in &page.rows {
            if as_json {
                let _ = write!(
                    out,
                    "{}\n{}",
                    if first { "" } else { "," },
                    row_json(row, &page.titles)
                );
            } else {
                let status = if row.status.is_empty() {
                    String::new()
                } else {
                    format!("  [{}]", row.status)
                };
                let _ = writeln!(out, "{}  {}{status}", row.id, row.title("en"));
            }
            first = false;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if as_json {
        let _ = out.write_all(b"\n]\n");
    } else if first {
        let _ = writeln!(out, "No {} yet.", kind.plural());
    }
    let _ = out.flush();
    OK
}

/// A record with the titles of what it names beside their ids.
fn row_json(row: &Shown, titles: &stele_registry::view::Titles) -> Value {
    let mut json = row.to_json();
    let mut named = serde_json::Map::new();
    for reference in row.body.references() {
        let title = titles.of(reference.id);
        named.insert(reference.id.to_string(), title.into());
    }
    json["named"] = named.into();
    json
}

fn id_in(registry: &Registry, viewer: &Viewer, text: &str) -> Result<AnyId, Refusal> {
    registry
        .resolve(viewer, None, text)?
        .map_err(|_| Refusal::NotFound(text.to_owned()))
}

fn show(registry: &Registry, text: &str, as_json: bool) -> Done {
    let viewer = local_viewer(registry)?;
    let id = id_in(registry, &viewer, text)?;
    let view = registry.find(&viewer, id, "en")?;
    if as_json {
        let mut related = serde_json::Map::new();
        for group in &view.related {
            related.insert(
                group.kind.plural().to_owned(),
                json!({"count": group.count, "rows": group.rows}),
            );
        }
        let history: Vec<Value> = view
            .history
            .iter()
            .map(|r| json!({"stamp": r.stamp, "entry": r.seq, "log": r.log, "account": r.account}))
            .collect();
        print::json(
            &json!({"record": row_json(&view.record, &view.titles), "history": history, "related": related}),
        );
        return OK;
    }
    print::line(&format!(
        "{}: {}",
        view.record.kind.label(),
        view.titles.of(id)
    ));
    let record = view.record.to_json();
    print::line(&serde_json::to_string_pretty(&record["data"]).unwrap_or_default());
    for group in &view.related {
        print::line(&format!("\n{} ({})", group.kind.plural(), group.count));
        for row in &group.rows {
            print::line(&format!("  {}  {}", row.id, view.titles.of(row.id)));
        }
    }
    OK
}

/// Reads a file, or standard input for `-`.
fn input(file: &Path) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut f| f.read_to_end(&mut bytes))
    };
    read.map_err(|e| Refusal::Unreadable(format!("{} cannot be read: {e}", file.display())))?;
    Ok(bytes)
}

fn record(
    registry: &Registry,
    account: Option<&str>,
    file: &Path,
    check: bool,
    as_json: bool,
) -> Done {
    let actor = registry.acting(account)?;
    let text = String::from_utf8(input(file)?)
        .map_err(|_| Refusal::Unreadable("this is not UTF-8 text".into()))?;
    let accounts: BTreeMap<String, Account> = BTreeMap::new();
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let beside = Beside {
        registry,
        accounts: &accounts,
        folder,
    };
    let mut keys = Keys::default();
    let batches = batch::read(&text)?;
    if check {
        for batch in batches {
            let records = batch.records(&mut keys, &beside, &actor)?;
            registry.check(&actor, records)?;
        }
        match as_json {
            true => print::json(&json!({"recorded": []})),
            false => print::line("Nothing is wrong with it. Nothing was recorded."),
        }
        return OK;
    }
    // Each batch is an act: those before one that is refused stand, and are told of all the same.
    let all = batches.len();
    let mut receipts = Vec::new();
    let mut refused = None;
    for (n, batch) in batches.into_iter().enumerate() {
        match batch.record(&mut keys, &beside, &actor) {
            Ok(receipt) => receipts.push(receipt),
            Err(refusal) if all == 1 => return Err(refusal),
            Err(refusal) => {
                refused = Some(within(&format!("batch {} of {all}", n + 1), refusal));
                break;
            }
        }
    }
    if as_json {
        print::json(&json!({"recorded": receipts}));
    } else {
        for receipt in &receipts {
            print::line(&format!(
                "Entry {}: {}",
                receipt.entry,
                receipt
                    .ids
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" ")
            ));
        }
    }
    refused.map_or(OK, Err)
}

/// A refusal with the place in the file that it is about.
fn within(place: &str, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Fields(mut fields) => {
            for error in &mut fields {
                error.field = format!("{place}: {}", error.field);
            }
            Refusal::Fields(fields)
        }
        other => Refusal::Unreadable(format!("{place} was not recorded: {other}")),
    }
}

fn verify(registry: &Registry, checkpoints: &[PathBuf], as_json: bool) -> Done {
    let mut kept = Vec::new();
    for path in checkpoints {
        kept.push(String::from_utf8_lossy(&input(path)?).into_owned());
    }
    let bar = print::progress();
    let found = registry.verify(&kept, &mut |what, n| {
        bar.set_message(what.to_owned());
        bar.set_position(n);
    })?;
    bar.finish_and_clear();
    if as_json {
        print::json(&json!(found));
    } else if found.ok {
        print::line(&format!(
            "Nothing is wrong: {} entries of {} log(s), {} files of evidence, and the state is what the log makes.",
            found.entries, found.logs, found.evidence
        ));
    } else {
        print::line(&format!(
            "{} fault(s) in {} entries and {} files:",
            found.faults.len(),
            found.entries,
            found.evidence
        ));
        for fault in &found.faults {
            print::line(&format!("  {}: {}", fault.place, fault.problem));
        }
    }
    Ok(if found.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn rebuild(registry: &Registry, as_json: bool) -> Done {
    let bar = print::progress();
    bar.set_message("computing the state anew from the ledger");
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    let entries = registry.rebuild()?;
    bar.finish_and_clear();
    match as_json {
        true => print::json(&json!({"entries": entries})),
        false => print::line(&format!(
            "The state was computed anew from {entries} entries."
        )),
    }
    OK
}

fn user(registry: &Registry, action: User, as_json: bool) -> Done {
    match action {
        User::Add { email, name, role } => {
            let role = AccountRole::from_id(&role).ok_or_else(|| Refusal::field("--role", format!("“{role}” is not a role; it is one of: viewer, recorder, verifier, administrator")))?;
            let (account, token) = registry.invite(&email, &name, role, None)?;
            match as_json {
                true => print::json(&json!({"account": account, "sign_in": link(&token)})),
                false => print::line(&format!(
                    "{} may sign in once at {} on the server's address.",
                    account.email,
                    link(&token)
                )),
            }
        }
        User::List => {
            let accounts = registry.accounts(&local_viewer(registry)?)?;
            match as_json {
                true => print::json(&json!(accounts)),
                false => print::table(
                    &accounts
                        .iter()
                        .map(|a| vec![a.email.clone(), a.name.clone(), a.role.id().to_owned()])
                        .collect::<Vec<_>>(),
                ),
            }
        }
        User::Link { email } => {
            let token = registry.invite_again(&email)?;
            match as_json {
                true => print::json(&json!({"sign_in": link(&token)})),
                false => print::line(&format!(
                    "{email} may sign in once at {} on the server's address.",
                    link(&token)
                )),
            }
        }
    }
    OK
}

/// The manual page of the command, of one of its commands, or all of them as files.
fn man(command: Option<&str>, to: Option<&Path>) -> Done {
    let unwritten =
        |e: std::io::Error| Refusal::Unreadable(format!("the manual page cannot be written: {e}"));
    let mut whole = Args::command();
    whole.build();
    if let Some(folder) = to {
        std::fs::create_dir_all(folder).map_err(unwritten)?;
        clap_mangen::generate_to(whole, folder).map_err(unwritten)?;
        print::line(&format!(
            "Wrote the manual pages; read one with `man {}`.",
            folder.join("stele.1").display()
        ));
        return OK;
    }
    let wanted = match command {
        None => whole,
        Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
            Refusal::Unreadable(format!(
                "“{name}” is not a command; `stele --help` lists them"
            ))
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(wanted)
        .render(&mut page)
        .map_err(unwritten)?;
    let _ = std::io::stdout().lock().write_all(&page);
    OK
}
