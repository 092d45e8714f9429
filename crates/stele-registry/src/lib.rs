//! The one door: who may do what, the rules against the current state, record and find.
//!
//! Nothing writes state but [`Registry::record`] and what it carries; nothing reads for a viewer but
//! through this crate, which has removed or generalised what the viewer may not see before anything
//! can serialise it ([`view::Shown`]).

pub mod account;
mod age;
pub mod basemap;
pub mod bulk;
pub mod changes;
pub mod clock;
pub mod coverage;
pub mod features;
pub mod find;
pub mod folder;
pub mod import;
pub mod intake;
pub mod ledger;
pub mod map;
pub mod matching;
pub mod overview;
pub mod publishing;
pub mod record;
pub mod refusal;
pub mod revision;
pub mod sampling;
mod scratch;
pub mod search;
pub mod tiles;
pub mod view;

pub use account::{Account, AccountRole, Token, TokenScope, TokenShown, Viewer};
pub use basemap::Basemap;
pub use folder::{Folder, Settings, SizeLimits, SnapshotPlan, TimeOfDay};
pub use record::Receipt;
pub use refusal::Refusal;
pub use search::{SearchHit, SearchQuery, SearchView, Suggestion, Written};
pub use stele_store::{After, COUNTED, Fault, Filter, Near, Order, Page, Received};
pub use view::Shown;

use std::path::Path;
use stele_model::rules::Policy;
use stele_store::{Files, Store};

/// A registry, open.
#[derive(Clone)]
pub struct Registry {
    pub(crate) store: Store,
    pub(crate) files: Files,
    pub(crate) folder: Folder,
    pub(crate) settings: Settings,
    pub(crate) policy: Policy,
    pub(crate) tiles: std::sync::Arc<tiles::Kept>,
    pub(crate) features: std::sync::Arc<features::kept::Kept>,
    pub(crate) maps: std::sync::Arc<publishing::Maps>,
    pub(crate) scratch: scratch::Scratch,
    pub(crate) age: std::sync::Arc<age::Age>,
}

impl Registry {
    /// Makes a registry in a folder, with one administrator; gives the token of the one-time sign-in link.
    pub fn create(
        path: &Path,
        name: &str,
        admin_email: &str,
        database: Option<&str>,
    ) -> Result<(Self, Token), Refusal> {
        if name.trim().is_empty() || name.chars().count() > 200 {
            return Err(Refusal::field(
                "name",
                "is empty or longer than 200 characters",
            ));
        }
        if !admin_email.contains('@') {
            return Err(Refusal::field("admin", "is not an e-mail address"));
        }
        let node = format!(
            "{}-{}",
            node_name(name),
            stele_store::files::hex(&clock::random::<3>())
        );
        let settings = Settings {
            name: name.trim().to_owned(),
            node,
            database: database.map(str::to_owned),
            address: None,
            publisher: None,
            licence: None,
            contact: None,
            basemaps: Vec::new(),
            snapshots: SnapshotPlan::default(),
            limits: SizeLimits::default(),
        };
        Folder::create(path, &settings)?;
        let registry = Registry::open(path, None)?;
        let (_, token) = registry.invite(
            admin_email,
            "Administrator",
            AccountRole::Administrator,
            None,
        )?;
        Ok((registry, token))
    }

    /// Opens the registry in a folder; `database` takes the place of the one in its settings.
    pub fn open(path: &Path, database: Option<&str>) -> Result<Self, Refusal> {
        let (folder, settings) = Folder::open(path)?;
        let store = Store::open(
            folder.place(&settings, database),
            folder.key()?,
            Some(&folder.checkpoint_path()),
        )?;
        let files = Files::open(&folder.evidence_path())?;
        let scratch = scratch::Scratch::at(folder.scratch_path());
        Ok(Registry {
            store,
            files,
            scratch,
            folder,
            settings,
            policy: Policy::default(),
            tiles: std::sync::Arc::default(),
            features: std::sync::Arc::default(),
            maps: std::sync::Arc::default(),
            age: std::sync::Arc::default(),
        })
    }

    /// Name of the registry.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// What may be sent to it.
    pub fn limits(&self) -> &SizeLimits {
        &self.settings.limits
    }

    /// The policy findings have to meet.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// A log's name from a registry's: lower-case ASCII words joined by `-`.
fn node_name(name: &str) -> String {
    let key = stele_model::search_key(name).replace(' ', "-");
    let short: String = key.chars().take(40).collect();
    if short.is_empty() {
        "stele".into()
    } else {
        short
    }
}
