//! Work that goes on after its request was answered: what runs, and how far it is.

use crate::App;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use stele_registry::import::{Progress, WaitingList};
use stele_registry::{Account, Registry};
use tokio::sync::Semaphore;

/// Files that are taken in at once.
const UPLOADS: usize = 8;

/// What is running.
#[derive(Clone)]
pub struct Running {
    /// Files that may still be taken in.
    pub uploads: Arc<Semaphore>,
    /// Imports, by the id of the list.
    imports: Arc<Mutex<HashMap<String, Arc<Progress>>>>,
    /// Tokens whose use is being noted.
    tokens: Arc<Mutex<HashSet<String>>>,
    /// Requests under a key of their own.
    requests: Arc<Mutex<HashSet<String>>>,
}

impl Default for Running {
    fn default() -> Self {
        Running {
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            imports: Arc::default(),
            tokens: Arc::default(),
            requests: Arc::default(),
        }
    }
}

/// Holds a key while its request is carried out.
pub struct Alone {
    name: String,
    requests: Arc<Mutex<HashSet<String>>>,
}

impl Drop for Alone {
    fn drop(&mut self) {
        if let Ok(mut requests) = self.requests.lock() {
            requests.remove(&self.name);
        }
    }
}

impl Running {
    /// Begins; none where it is running already.
    pub fn begin(&self, id: &str) -> Option<Arc<Progress>> {
        let mut running = self.imports.lock().ok()?;
        if running.contains_key(id) {
            return None;
        }
        let progress = Arc::new(Progress::default());
        running.insert(id.to_owned(), progress.clone());
        Some(progress)
    }

    /// Ends, however it ended.
    pub fn end(&self, id: &str) {
        if let Ok(mut running) = self.imports.lock() {
            running.remove(id);
        }
    }

    /// How far it is, while it runs.
    pub fn of(&self, id: &str) -> Option<Arc<Progress>> {
        self.imports.lock().ok()?.get(id).cloned()
    }

    /// Begins to note the use of a token; false where that is under way.
    pub fn note(&self, token: &str) -> bool {
        let tokens = self.tokens.lock();
        tokens.is_ok_and(|mut tokens| tokens.insert(token.to_owned()))
    }

    /// Its use was noted.
    pub fn noted(&self, token: &str) {
        if let Ok(mut tokens) = self.tokens.lock() {
            tokens.remove(token);
        }
    }

    /// Begins a request under a key of an account; none where one is being carried out.
    pub fn alone(&self, account: &str, key: &str) -> Option<Alone> {
        let name = format!("{account} {key}");
        let fresh = self.requests.lock().ok()?.insert(name.clone());
        fresh.then(|| Alone {
            name,
            requests: self.requests.clone(),
        })
    }
}

/// Runs a list in the background, unless it runs already.
pub fn run_list(
    app: &App,
    registry: Arc<Registry>,
    account: Account,
    list: WaitingList,
    in_earnest: bool,
) {
    let id = list.id.clone();
    let Some(progress) = app.running.begin(&id) else {
        return;
    };
    let running = app.running.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(error) = registry.run_waiting(&account, list, in_earnest, &progress) {
            tracing::error!(%error, "an import's outcome could not be kept");
        }
        running.end(&id);
    });
}
