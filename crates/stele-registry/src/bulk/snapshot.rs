//! Snapshots: every public collection in every format, as of one checkpoint, in `FOLDER/snapshots/DATE/`
//! with a `manifest.json` that names each file's size and SHA-256.
//!
//! A snapshot is made in a hidden folder and given its name when it is whole, so that there is never half
//! of one; it is never changed afterwards (a second one of a day is `DATE-2`). One is made at a time,
//! whoever asks: the lock is a file in the folder.

use super::{Format, GoOn, Walk, unwritten};
use crate::Registry;
use crate::account::Viewer;
use crate::clock;
use crate::features::Collection;
use crate::folder::SnapshotPlan;
use crate::refusal::Refusal;
use crate::scratch::lock_file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use stele_formats::feature::moment;
use stele_store::{StoreError, files::hex};

/// Name of the file that tells of the others.
const MANIFEST: &str = "manifest.json";
/// What the name of a snapshot under way begins with.
const UNDER_WAY: &str = ".making-";
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// What a snapshot holds, as its `manifest.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its name: the day it was made, and a number when it was not the first of the day.
    pub name: String,
    /// Name of the registry.
    pub registry: String,
    /// Whom to name as the source.
    pub attribution: String,
    /// On what terms it may be used; none where the registry states none.
    pub licence: Option<String>,
    /// The moment it stands for (ISO 8601, UTC).
    pub as_of: String,
    /// The signed checkpoint it is as of; none of an empty ledger.
    pub checkpoint: Option<String>,
    /// Where the change feed goes on from it.
    pub position: String,
    /// The files.
    pub files: Vec<SnapshotFile>,
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFile {
    /// Its name.
    pub name: String,
    /// The collection.
    pub collection: String,
    /// The format.
    pub format: String,
    /// How many features it holds.
    pub count: u64,
    /// Its size.
    pub size_bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// What came of asking for a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It was made.
    Made(Box<Manifest>),
    /// Nothing was recorded since the one of this name.
    Unchanged(String),
}

/// How hard to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it goes.
    Full,
    /// Half the time, so that others are served.
    Gentle,
}

impl Registry {
    /// Makes a snapshot; `Pace::Gentle` leaves it where nothing was recorded since the last.
    pub fn take_snapshot(&self, pace: Pace, go_on: GoOn<'_>) -> Result<Taken, Refusal> {
        let root = self.folder.snapshots_path();
        let failed = |e| failed("make a snapshot in", &root, e);
        fs::create_dir_all(&root).map_err(failed)?;
        let gate = lock_file(&root.join("lock")).map_err(failed)?;
        if gate.try_lock().is_err() {
            return Err(Refusal::Busy(
                "another snapshot is being made; wait until it is done".into(),
            ));
        }
        // Nobody else is at work here, so these are of a process that was killed.
        for left in fs::read_dir(&root).map_err(failed)?.flatten() {
            if left.file_name().to_string_lossy().starts_with(UNDER_WAY) {
                fs::remove_dir_all(left.path()).map_err(failed)?;
            }
        }
        if pace == Pace::Gentle
            && let Some(last) = self.snapshots()?.into_iter().next()
            && self.is_as_now(&last)?
        {
            return Ok(Taken::Unchanged(last.name));
        }
        let draft = tempfile::Builder::new()
            .prefix(UNDER_WAY)
            .tempdir_in(&root)
            .map_err(failed)?;
        readable(draft.path()).map_err(failed)?;
        let name = free_name(&root);
        let manifest = self.walk(&Viewer::Public, "en", |walk| {
            self.write_all(walk, name, draft.path(), pace, go_on)
        })?;
        let text = serde_json::to_string_pretty(&manifest)
            .map_err(|e| Refusal::Unreadable(e.to_string()))?;
        write_durably(&draft.path().join(MANIFEST), text.as_bytes()).map_err(failed)?;
        sync_folder(draft.path()).map_err(failed)?;
        fs::rename(draft.path(), root.join(&manifest.name)).map_err(failed)?;
        // Renamed away: there is nothing under the old name to delete.
        let _ = draft.keep();
        sync_folder(&root).map_err(failed)?;
        self.forget_old(&root)?;
        Ok(Taken::Made(Box::new(manifest)))
    }

    fn write_all(
        &self,
        walk: &mut Walk<'_, '_>,
        name: String,
        folder: &Path,
        pace: Pace,
        go_on: GoOn<'_>,
    ) -> Result<Manifest, Refusal> {
        let position = walk.position()?;
        let mut files = Vec::new();
        let mut written = 0;
        for collection in Collection::ALL {
            let (mut writers, mut sums) = (Vec::new(), Vec::new());
            for format in Format::ALL {
                let file = format!("{}.{}", collection.id(), format.id());
                let path = folder.join(&file);
                let summed =
                    Summed::new(File::create(&path).map_err(|e| failed("write", &path, e))?);
                sums.push((file, format, summed.sum.clone()));
                writers.push(walk.writer(collection, format, folder, Box::new(summed))?);
            }
            let mut rested_ms = clock::now_ms();
            let before = written;
            written += walk.write(collection, &mut writers, &mut |count| {
                if pace == Pace::Gentle {
                    clock::pause(clock::now_ms().saturating_sub(rested_ms).min(1_000));
                    rested_ms = clock::now_ms();
                }
                go_on(before + count)
            })?;
            for writer in writers {
                writer.finish().map_err(unwritten)?;
            }
            for (name, format, sum) in sums {
                let sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                files.push(SnapshotFile {
                    name,
                    collection: collection.id().to_owned(),
                    format: format.id().to_owned(),
                    count: written - before,
                    size_bytes: sum.size_bytes,
                    sha256: hex(&sum.sha256.clone().finalize()),
                });
            }
        }
        let of = walk.provenance();
        Ok(Manifest {
            name,
            registry: self.settings.name.clone(),
            attribution: of.attribution.clone(),
            licence: of.licence.clone(),
            as_of: moment(of.as_of_ms),
            checkpoint: of.checkpoint.clone(),
            position,
            files,
        })
    }

    /// Whether a snapshot says what one made now would: nothing was recorded, the terms are the same.
    fn is_as_now(&self, last: &Manifest) -> Result<bool, Refusal> {
        let (position, checkpoint) = self.walk(&Viewer::Public, "en", |walk| {
            Ok((walk.position()?, walk.provenance().checkpoint.clone()))
        })?;
        Ok(last.position == position
            && last.checkpoint == checkpoint
            && last.licence.as_deref() == self.licence()
            && last.attribution == self.publisher())
    }

    fn forget_old(&self, root: &Path) -> Result<(), Refusal> {
        let keep = self.settings.snapshots.keep.get();
        for old in self.snapshots()?.into_iter().skip(keep) {
            let path = root.join(&old.name);
            fs::remove_dir_all(&path).map_err(|e| failed("delete", &path, e))?;
        }
        Ok(())
    }

    /// The snapshots that are kept, latest first.
    pub fn snapshots(&self) -> Result<Vec<Manifest>, Refusal> {
        let root = self.folder.snapshots_path();
        let entries = match fs::read_dir(&root) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(failed("read", &root, e)),
        };
        let names = entries.flatten().map(|e| e.file_name());
        let mut names: Vec<(String, u32)> =
            names.filter_map(|name| parts(name.to_str()?)).collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        let named = names.into_iter().map(|(day, nth)| name_of(&day, nth));
        Ok(named.filter_map(|name| manifest_in(&root, &name)).collect())
    }

    /// A snapshot by its name, or the last one as `latest`.
    pub fn snapshot(&self, name: &str) -> Result<Manifest, Refusal> {
        let found = match (name, parts(name)) {
            ("latest", _) => self.snapshots()?.into_iter().next(),
            // Only what has the form of a name reaches the file system.
            (_, Some(_)) => manifest_in(&self.folder.snapshots_path(), name),
            _ => None,
        };
        found.ok_or_else(|| {
            Refusal::Missing(format!(
                "snapshot {} here; /data lists those that are kept",
                shortened(name)
            ))
        })
    }

    /// Where a file of a snapshot stands, and what the manifest says of it.
    pub fn snapshot_file(
        &self,
        snapshot: &Manifest,
        file: &str,
    ) -> Result<(PathBuf, SnapshotFile), Refusal> {
        let told = snapshot.files.iter().find(|f| f.name == file);
        let told = told.ok_or_else(|| {
            Refusal::Missing(format!(
                "file {} in this snapshot; its manifest.json lists them",
                shortened(file)
            ))
        })?;
        let folder = self.folder.snapshots_path().join(&snapshot.name);
        Ok((folder.join(&told.name), told.clone()))
    }

    /// When snapshots are made, and how many are kept.
    pub fn snapshot_plan(&self) -> &SnapshotPlan {
        &self.settings.snapshots
    }

    /// How long until the server has to make one: nothing when the last night was missed. A registry
    /// that never had one waits for the first night.
    pub fn snapshot_due_in_ms(&self) -> Result<u64, Refusal> {
        let last = self.snapshots()?.into_iter().next();
        let made = last.and_then(|m| File::open(self.manifest_path(&m)).ok()?.metadata().ok());
        let made_ms = made.and_then(|m| {
            let since = m.modified().ok()?.duration_since(std::time::UNIX_EPOCH);
            u64::try_from(since.ok()?.as_millis()).ok()
        });
        let now = clock::now_ms();
        Ok(due_in_ms(now, self.settings.snapshots.at.ms(), made_ms))
    }

    fn manifest_path(&self, manifest: &Manifest) -> PathBuf {
        let root = self.folder.snapshots_path();
        root.join(&manifest.name).join(MANIFEST)
    }
}

/// Milliseconds until the next night's time; none when the last one passed after the last snapshot.
fn due_in_ms(now_ms: u64, at_ms: u64, made_ms: Option<u64>) -> u64 {
    let today = now_ms / DAY_MS * DAY_MS + at_ms;
    let last = match today <= now_ms {
        true => today,
        false => today.saturating_sub(DAY_MS),
    };
    match made_ms {
        Some(made) if made < last => 0,
        _ => last + DAY_MS - now_ms,
    }
}

/// Day and number of a snapshot's name.
fn parts(name: &str) -> Option<(String, u32)> {
    let (day, rest) = name.split_at_checked(10)?;
    let is_day = day.bytes().enumerate().all(|(i, b)| match i {
        4 | 7 => b == b'-',
        _ => b.is_ascii_digit(),
    });
    let nth = match rest {
        "" => 1,
        rest => rest.strip_prefix('-')?.parse().ok().filter(|n| *n > 1)?,
    };
    (is_day && name_of(day, nth) == name).then(|| (day.to_owned(), nth))
}

fn name_of(day: &str, nth: u32) -> String {
    match nth {
        1 => day.to_owned(),
        n => format!("{day}-{n}"),
    }
}

/// The next name of today.
fn free_name(root: &Path) -> String {
    let day = clock::today().to_string();
    let mut names = (1..).map(|nth| name_of(&day, nth));
    names.find(|name| !root.join(name).exists()).unwrap_or(day)
}

fn manifest_in(root: &Path, name: &str) -> Option<Manifest> {
    let text = fs::read_to_string(root.join(name).join(MANIFEST)).ok()?;
    serde_json::from_str(&text).ok()
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

fn failed(what: &str, path: &Path, error: io::Error) -> Refusal {
    StoreError::file(format!("{what} {}", path.display()), error).into()
}

/// A folder that whoever serves the files may read; those of `tempfile` are their maker's alone.
fn readable(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let _ = folder;
    Ok(())
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    let _ = folder;
    Ok(())
}

/// A file that is summed while it is written, and made durable at its end.
struct Summed {
    file: BufWriter<File>,
    sum: Arc<Mutex<Sum>>,
}

#[derive(Default)]
struct Sum {
    sha256: Sha256,
    size_bytes: u64,
}

impl Summed {
    fn new(file: File) -> Self {
        Summed {
            file: BufWriter::with_capacity(1 << 16, file),
            sum: Arc::default(),
        }
    }
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.sha256.update(bytes);
        sum.size_bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    /// Called when a writer is finished.
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    #[test]
    fn a_night_that_was_missed_is_made_up_for() {
        let (at, day) = (2 * HOUR, DAY_MS);
        let now = 10 * day + 5 * HOUR;
        assert_eq!(due_in_ms(now, at, None), 21 * HOUR);
        assert_eq!(due_in_ms(now, at, Some(10 * day + at)), 21 * HOUR);
        assert_eq!(due_in_ms(now, at, Some(9 * day + at)), 0);
        let before = 10 * day + HOUR;
        assert_eq!(due_in_ms(before, at, Some(9 * day + at)), HOUR);
        assert_eq!(due_in_ms(before, at, Some(9 * day + HOUR)), 0);
        assert_eq!(due_in_ms(10 * day + at, at, Some(10 * day + at)), day);
    }

    #[test]
    fn only_a_name_is_one() {
        assert_eq!(parts("2026-11-25"), Some(("2026-11-25".into(), 1)));
        assert_eq!(parts("2026-11-25-12"), Some(("2026-11-25".into(), 12)));
        for other in [
            "",
            "..",
            "latest",
            "2026-11-25-1",
            "2026-11-25-02",
            "2026-11-25/..",
            "2026-11-25-",
            "2026-1a-25",
            ".making-x",
            "２026-11-25",
        ] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
