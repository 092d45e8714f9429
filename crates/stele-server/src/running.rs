//! Work that goes on after its request was answered: what runs, and how far it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use stele_registry::import::Progress;

/// Imports that are running, by the id of the list.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<HashMap<String, Arc<Progress>>>>);

impl Running {
    /// Begins; none where it is running already.
    pub fn begin(&self, id: &str) -> Option<Arc<Progress>> {
        let mut running = self.0.lock().ok()?;
        if running.contains_key(id) {
            return None;
        }
        let progress = Arc::new(Progress::default());
        running.insert(id.to_owned(), progress.clone());
        Some(progress)
    }

    /// Ends, however it ended.
    pub fn end(&self, id: &str) {
        if let Ok(mut running) = self.0.lock() {
            running.remove(id);
        }
    }

    /// How far it is, while it runs.
    pub fn of(&self, id: &str) -> Option<Arc<Progress>> {
        self.0.lock().ok()?.get(id).cloned()
    }
}
