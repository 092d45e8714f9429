//! The folder of a registry: `stele.toml`, `node.key`, `stele.db`, `evidence/`, `checkpoint`, `snapshots/`,
//! `tmp/`.

use crate::basemap::Basemap;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use stele_ledger::SigningKey;
use stele_store::{Place, StoreError};

/// What `stele.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name of the registry.
    pub name: String,
    /// Name of this node, and of its log.
    pub node: String,
    /// `postgres://…` when the database is not the file in this folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Public address of the registry: `https://registry.example`. What is cited begins with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who publishes it, where that is not its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Address of the licence that the registry's own records are under; none is stated where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// An e-mail or web address to write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Basemaps beside the one that the program carries.
    #[serde(default, rename = "basemap", skip_serializing_if = "Vec::is_empty")]
    pub basemaps: Vec<Basemap>,
    /// When whole collections are written, and how long they are kept.
    #[serde(default, skip_serializing_if = "is_default")]
    pub snapshots: SnapshotPlan,
    /// What may be sent to it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: SizeLimits,
}

/// `[limits]`: what may be sent to a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SizeLimits {
    /// Largest list that is uploaded, in megabytes.
    pub list_mb: u64,
}

impl Default for SizeLimits {
    fn default() -> Self {
        SizeLimits { list_mb: 2_000 }
    }
}

impl SizeLimits {
    /// Largest list that is uploaded, in bytes.
    pub fn list_bytes(&self) -> u64 {
        self.list_mb.saturating_mul(1_000_000)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `[snapshots]`: when whole collections are written, and how long they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotPlan {
    /// Whether the server writes one every night.
    pub nightly: bool,
    /// When, in UTC.
    pub at: TimeOfDay,
    /// How many are kept; older ones are deleted.
    pub keep: NonZeroUsize,
}

impl Default for SnapshotPlan {
    fn default() -> Self {
        SnapshotPlan {
            nightly: true,
            at: TimeOfDay { minutes: 120 },
            keep: NonZeroUsize::MIN.saturating_add(6),
        }
    }
}

/// A time of day to the minute, written `02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// Milliseconds since midnight.
    pub fn ms(self) -> u64 {
        u64::from(self.minutes) * 60_000
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let two = |part: &str| {
            (part.len() == 2)
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        let parts = text.split_once(':');
        let parts = parts.and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)));
        match parts {
            Some((hour @ 0..=23, minute @ 0..=59)) => Ok(TimeOfDay {
                minutes: hour * 60 + minute,
            }),
            _ => Err(format!(
                "“{text}” is no time of day; write it like 02:00 (in UTC)"
            )),
        }
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> String {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// A registry's folder.
#[derive(Debug, Clone)]
pub struct Folder(pub(crate) PathBuf);

impl Folder {
    /// Makes the folder of a new registry. Refuses one that holds a registry.
    pub fn create(path: &Path, settings: &Settings) -> Result<Self, Refusal> {
        let folder = Folder(path.to_path_buf());
        if folder.settings_path().exists() {
            return Err(Refusal::Folder(format!(
                "{} holds a registry already; open it with `stele serve --data {}`",
                path.display(),
                path.display()
            )));
        }
        fs::create_dir_all(path)
            .map_err(|e| StoreError::file(format!("make {}", path.display()), e))?;
        let key = SigningKey::from_seed(&settings.node, &crate::clock::random())
            .map_err(|e| Refusal::field("name", format!("cannot name a log: {e}")))?;
        folder.write_secret("node.key", &key.to_text())?;
        let text = toml::to_string(settings).map_err(|e| Refusal::Folder(e.to_string()))?;
        // Last, because a folder is a registry when this file is there.
        let draft = path.join("stele.toml.new");
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, folder.settings_path()))
            .map_err(|e| {
                StoreError::file(format!("write {}", folder.settings_path().display()), e)
            })?;
        Ok(folder)
    }

    /// The folder of a registry that is there.
    pub fn open(path: &Path) -> Result<(Self, Settings), Refusal> {
        let folder = Folder(path.to_path_buf());
        let text = fs::read_to_string(folder.settings_path()).map_err(|_| {
            Refusal::Folder(format!(
                "{} is not a registry (it has no stele.toml); make one with `stele init {} --name NAME --admin EMAIL`",
                path.display(),
                path.display()
            ))
        })?;
        let unreadable = |why: String| {
            Refusal::Folder(format!(
                "{} cannot be read: {why}",
                folder.settings_path().display()
            ))
        };
        let settings: Settings = toml::from_str(&text).map_err(|e| unreadable(e.to_string()))?;
        crate::publishing::check(&settings).map_err(unreadable)?;
        if let Some(problem) = settings.basemaps.iter().find_map(Basemap::problem) {
            return Err(unreadable(problem));
        }
        Ok((folder, settings))
    }

    /// A file of the folder, by its path within.
    pub(crate) fn path(&self, within: &str) -> PathBuf {
        self.0.join(within)
    }

    fn settings_path(&self) -> PathBuf {
        self.0.join("stele.toml")
    }

    /// Copy of the latest checkpoint, outside the database.
    pub fn checkpoint_path(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    /// Where evidence stands.
    pub fn evidence_path(&self) -> PathBuf {
        self.0.join("evidence")
    }

    /// Where files stand while they are made.
    pub fn scratch_path(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// Where snapshots stand.
    pub fn snapshots_path(&self) -> PathBuf {
        self.0.join("snapshots")
    }

    /// Where the entries and the state are.
    pub fn place(&self, settings: &Settings, database: Option<&str>) -> Place {
        match database.or(settings.database.as_deref()) {
            Some(url) => Place::Server(url.to_owned()),
            None => Place::File(self.0.join("stele.db")),
        }
    }

    /// The node's key.
    pub fn key(&self) -> Result<SigningKey, Refusal> {
        let path = self.0.join("node.key");
        let text = fs::read_to_string(&path)
            .map_err(|e| StoreError::file(format!("read {}", path.display()), e))?;
        SigningKey::from_text(text.trim())
            .map_err(|e| Refusal::Folder(format!("{} is damaged: {e}", path.display())))
    }

    fn write_secret(&self, name: &str, text: &str) -> Result<(), Refusal> {
        let path = self.0.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        });
        written.map_err(|e| Refusal::from(StoreError::file(format!("write {}", path.display()), e)))
    }
}
