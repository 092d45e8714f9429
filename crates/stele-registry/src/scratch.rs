//! A place for files while they are made: `FOLDER/tmp/NAME/`, one folder for each process, gone with it.
//!
//! What a process that was killed left behind is taken away by the next one that needs a place: a
//! folder is somebody's as long as its `lock` is held, which ends with the process however it ends.

use crate::refusal::Refusal;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use stele_store::StoreError;

/// The place of this process, made when it is first asked for.
#[derive(Clone)]
pub(crate) struct Scratch {
    root: PathBuf,
    held: Arc<Mutex<Option<Held>>>,
}

struct Held {
    folder: PathBuf,
    lock: Option<File>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        drop(self.lock.take());
    }
}

impl Scratch {
    pub fn at(root: PathBuf) -> Self {
        Scratch {
            root,
            held: Arc::default(),
        }
    }

    /// The folder; made, and what others left taken away, when it is not there yet.
    pub fn folder(&self) -> Result<PathBuf, Refusal> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_ref() {
            return Ok(held.folder.clone());
        }
        let made = self.make().map_err(|e| {
            let what = format!("make a place for files in {}", self.root.display());
            Refusal::from(StoreError::file(what, e))
        })?;
        let folder = made.folder.clone();
        *held = Some(made);
        Ok(folder)
    }

    fn make(&self) -> io::Result<Held> {
        fs::create_dir_all(&self.root)?;
        // Nobody clears away between another's making of a folder and its locking.
        let gate = lock_file(&self.root.join("lock"))?;
        gate.lock()?;
        for entry in fs::read_dir(&self.root)?.flatten() {
            let path = entry.path();
            if path.is_dir() && is_left(&path) {
                fs::remove_dir_all(&path)?;
            }
        }
        let name = format!(
            "{}-{}",
            std::process::id(),
            stele_store::files::hex(&crate::clock::random::<6>())
        );
        let folder = self.root.join(name);
        fs::create_dir(&folder)?;
        let lock = lock_file(&folder.join("lock"))?;
        lock.lock()?;
        Ok(Held {
            folder,
            lock: Some(lock),
        })
    }
}

/// Opens a file to lock.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

/// Whether nobody holds a folder any more.
fn is_left(folder: &Path) -> bool {
    lock_file(&folder.join("lock")).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_goes_and_what_is_held_stays() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join("1-left");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("half.gpkg"), "half").unwrap();
        let first = Scratch::at(root.path().to_path_buf());
        let held = first.folder().unwrap();
        assert!(!left.exists(), "a killed process holds nothing");
        let second = Scratch::at(root.path().to_path_buf());
        second.folder().unwrap();
        assert!(held.exists(), "another's folder stays while it runs");
        drop(first);
        assert!(!held.exists(), "and goes with it");
    }
}
