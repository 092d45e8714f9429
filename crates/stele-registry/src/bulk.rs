//! Whole collections as files, as a viewer may see them: for download, for the command, and as nightly
//! snapshots ([`snapshot`]).
//!
//! All that is written in one [`Registry::walk`] is as of one moment: one read transaction goes through
//! it all (a snapshot of SQLite's WAL, `REPEATABLE READ` of PostgreSQL). While it is open SQLite cannot
//! shorten its WAL and PostgreSQL cannot clear dead rows, so a walk never waits for whom it writes to:
//! downloads are written to a file first.

pub mod snapshot;

use crate::Registry;
use crate::account::Viewer;
use crate::features::{Collection, Column, Feature};
use crate::refusal::Refusal;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use stele_formats::out::{FeatureWriter, write_features, writer};
pub use stele_formats::out::{Format, Provenance, Sheet};
use stele_store::{Read, StoreError, log};

/// Features handed over between two looks at whether anybody still wants them.
const BETWEEN: u64 = 1_000;

/// Whether to go on, asked from time to time with how many features are written.
pub type GoOn<'a> = &'a mut dyn FnMut(u64) -> bool;

/// The state at one moment, as a viewer may see it.
pub struct Walk<'r, 'c> {
    registry: &'r Registry,
    pub(crate) read: &'r mut Read<'c>,
    viewer: &'r Viewer,
    lang: &'r str,
    provenance: Provenance,
}

impl Registry {
    /// Holds the state still for whoever reads whole collections.
    pub fn walk<T>(
        &self,
        viewer: &Viewer,
        lang: &str,
        ask: impl FnOnce(&mut Walk<'_, '_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.store.read(|read| {
            let provenance = Provenance {
                attribution: self.publisher().to_owned(),
                licence: self.settings.licence.clone(),
                as_of_ms: i64::try_from(crate::clock::now_ms()).unwrap_or(i64::MAX),
                checkpoint: log::checkpoint(read.logs(), self.store.log_name())?,
            };
            ask(&mut Walk {
                registry: self,
                read,
                viewer,
                lang,
                provenance,
            })
        })
    }

    /// Writes a collection as a file, and gives how many features it holds.
    pub fn export(
        &self,
        viewer: &Viewer,
        collection: Collection,
        format: Format,
        lang: &str,
        out: Box<dyn Write + Send + '_>,
        go_on: GoOn<'_>,
    ) -> Result<u64, Refusal> {
        let scratch = self.scratch.folder()?;
        self.walk(viewer, lang, |walk| {
            let writer = walk.writer(collection, format, &scratch, out)?;
            let mut writers = [writer];
            let count = walk.write(collection, &mut writers, go_on)?;
            let [writer] = writers;
            writer.finish().map_err(unwritten)?;
            Ok(count)
        })
    }

    /// Features that somebody asked for, as a file: those of a page, with these of their columns.
    pub fn as_file(
        &self,
        collection: Collection,
        format: Format,
        columns: &[Column],
        features: impl IntoIterator<Item = Feature>,
    ) -> Result<Vec<u8>, Refusal> {
        let provenance = Provenance {
            attribution: self.publisher().to_owned(),
            licence: self.licence().map(str::to_owned),
            as_of_ms: i64::try_from(crate::clock::now_ms()).unwrap_or(i64::MAX),
            checkpoint: None,
        };
        let sheet = Sheet {
            name: collection.id(),
            title: collection.title(),
            about: collection.about(),
            columns,
            provenance: &provenance,
        };
        let mut bytes = Vec::new();
        let features = features.into_iter().map(Ok);
        let scratch = self.scratch.folder()?;
        write_features(format, &sheet, &scratch, features, Box::new(&mut bytes))
            .map_err(unwritten)?;
        Ok(bytes)
    }

    /// A file without a name, gone with whoever holds it: to write what somebody takes slowly.
    pub fn nameless_file(&self) -> Result<File, Refusal> {
        let folder = self.scratch.folder()?;
        tempfile::tempfile_in(folder).map_err(unwritten)
    }

    /// Takes away the files that a killed process left half made. A server does it when it starts.
    pub fn tidy(&self) -> Result<(), Refusal> {
        self.scratch.folder()?;
        Ok(self.files.tidy()?)
    }

    /// Name of a file of a collection, with the day and for whom it is.
    pub fn file_name(&self, viewer: &Viewer, collection: Collection, format: Format) -> String {
        let name = crate::node_name(&self.settings.name);
        let whom = if viewer.is_member() { "-members" } else { "" };
        let (collection, day) = (collection.id(), crate::clock::today());
        format!("{name}-{collection}{whom}-{day}.{}", format.id())
    }
}

impl Walk<'_, '_> {
    /// Whose data it is, and as of when.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Hands over every feature of a collection, by id.
    pub fn each(
        &mut self,
        collection: Collection,
        each: &mut dyn FnMut(Feature) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        let Walk {
            registry,
            read,
            viewer,
            lang,
            ..
        } = self;
        registry.each_feature_in(read, viewer, collection, lang, each)
    }

    fn writer<'o>(
        &self,
        collection: Collection,
        format: Format,
        scratch: &Path,
        out: Box<dyn Write + Send + 'o>,
    ) -> Result<Box<dyn FeatureWriter + 'o>, Refusal> {
        let sheet = Sheet {
            name: collection.id(),
            title: collection.title(),
            about: collection.about(),
            columns: collection.columns(),
            provenance: &self.provenance,
        };
        writer(format, &sheet, scratch, out).map_err(unwritten)
    }

    /// Gives every feature to all the writers.
    fn write(
        &mut self,
        collection: Collection,
        writers: &mut [Box<dyn FeatureWriter + '_>],
        go_on: GoOn<'_>,
    ) -> Result<u64, Refusal> {
        let mut count = 0;
        let written = self.each(collection, &mut |feature| {
            for writer in writers.iter_mut() {
                writer.write(&feature).map_err(unwritten)?;
            }
            count += 1;
            match count % BETWEEN != 0 || go_on(count) {
                true => Ok(()),
                false => Err(Refusal::Unreadable(
                    "writing was stopped before it was done".into(),
                )),
            }
        })?;
        go_on(written);
        Ok(written)
    }
}

fn unwritten(error: io::Error) -> Refusal {
    StoreError::file("write a collection", error).into()
}

/// A file that takes the place of what stands at its path only when it is whole.
pub struct WholeFile {
    draft: tempfile::NamedTempFile,
    path: PathBuf,
}

impl WholeFile {
    /// A draft beside the path, under a name of its own.
    pub fn begin(path: &Path) -> Result<Self, Refusal> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!(".{name}.");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".part");
        // As a file written straight would be: what the umask leaves.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let draft = builder
            .tempfile_in(folder)
            .map_err(|e| StoreError::file(format!("write {}", path.display()), e))?;
        Ok(WholeFile {
            draft,
            path: path.to_path_buf(),
        })
    }

    /// Where to write.
    pub fn file(&self) -> Result<File, Refusal> {
        let opened = self.draft.as_file().try_clone();
        opened.map_err(|e| StoreError::file(format!("write {}", self.path.display()), e).into())
    }

    /// Puts it in its place; gives its size in bytes.
    pub fn finish(self) -> Result<u64, Refusal> {
        let WholeFile { draft, path } = self;
        let failed = |e| Refusal::from(StoreError::file(format!("write {}", path.display()), e));
        let file = draft.as_file();
        file.sync_all().map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        draft.persist(&path).map_err(|e| failed(e.error))?;
        Ok(size)
    }
}
