//! `stele demo`: a registry with a dossier of several conflicts, made anew and served.

use super::{Done, OK, serve};
use crate::batch::{self, Beside, Keys};
use crate::print;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use stele_registry::{Account, AccountRole, Refusal, Registry};

/// Accounts of the demo: the name batches call them by, the name shown, the role.
const ACCOUNTS: [(&str, &str, AccountRole); 3] = [
    ("recorder", "Dana (documentation)", AccountRole::Recorder),
    ("verifier-1", "Ilse (verification)", AccountRole::Verifier),
    ("verifier-2", "Tomás (verification)", AccountRole::Verifier),
];
/// Password of every account of the demo.
const PASSWORD: &str = "demo demo demo";

/// Where a demo is made.
pub struct Place<'a> {
    /// Its folder.
    pub data: &'a Path,
    /// Its database, where it is not in the folder.
    pub database: Option<&'a str>,
}

/// Makes the demo and serves it.
pub fn demo(
    place: &Place<'_>,
    dossier: &Path,
    listen: SocketAddr,
    no_serve: bool,
    as_json: bool,
) -> Done {
    let data = place.data;
    clear(data)?;
    let files = files(dossier)?;
    let (registry, token) = Registry::create(
        data,
        "Demo dossier",
        "administrator@demo.example",
        place.database,
    )?;
    let (administrator, _) = registry.redeem(token.text(), PASSWORD)?;
    let mut accounts: BTreeMap<String, Account> =
        BTreeMap::from([("administrator".to_owned(), administrator)]);
    for (key, name, role) in ACCOUNTS {
        let (_, token) = registry.invite(&format!("{key}@demo.example"), name, role, None)?;
        let (account, _) = registry.redeem(token.text(), PASSWORD)?;
        accounts.insert(key.to_owned(), account);
    }
    let beside = Beside {
        registry: &registry,
        accounts: &accounts,
        folder: dossier.to_path_buf(),
    };
    let mut keys = Keys::default();
    let bar = print::progress();
    let mut records = 0;
    for path in &files {
        let shown = path.display().to_string();
        bar.set_message(shown.clone());
        let text = std::fs::read_to_string(path)
            .map_err(|e| Refusal::Unreadable(format!("{shown} cannot be read: {e}")))?;
        for (n, batch) in batch::read(&text)?.into_iter().enumerate() {
            let by = batch.by.clone().unwrap_or_else(|| "recorder".into());
            let actor = accounts.get(&by).ok_or_else(|| {
                Refusal::field(
                    format!("{shown}[{n}].by"),
                    format!("“{by}” is no account of the demo"),
                )
            })?;
            let receipt = batch
                .record(&mut keys, &beside, actor)
                .map_err(|e| Refusal::Unreadable(format!("{shown}, batch {n}: {e}")))?;
            records += receipt.ids.len();
            bar.inc(receipt.ids.len() as u64);
        }
    }
    bar.finish_and_clear();
    match as_json {
        true => print::line(&json!({"folder": data, "records": records}).to_string()),
        false => {
            print::line(&format!(
                "Made the demo dossier in {}: {records} records.",
                data.display()
            ));
            print::line(&format!(
                "Sign in as recorder@demo.example or verifier-1@demo.example with the password “{PASSWORD}”."
            ));
        }
    }
    if no_serve {
        OK
    } else {
        serve::serve(registry, listen, as_json)
    }
}

/// Takes away the demo made before; never a folder that is something else.
fn clear(data: &Path) -> Result<(), Refusal> {
    if !data.exists() {
        return Ok(());
    }
    let settings = std::fs::read_to_string(data.join("stele.toml")).unwrap_or_default();
    if !settings.contains("name = \"Demo dossier\"") {
        return Err(Refusal::Folder(format!(
            "{} is there and is no demo; give another folder with --data",
            data.display()
        )));
    }
    std::fs::remove_dir_all(data)
        .map_err(|e| Refusal::Folder(format!("{} cannot be taken away: {e}", data.display())))
}

fn files(dossier: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let entries = std::fs::read_dir(dossier).map_err(|e| {
        Refusal::Folder(format!(
            "{} cannot be read: {e}; run this where the dossier is, or give --dossier",
            dossier.display()
        ))
    })?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    Ok(files)
}
