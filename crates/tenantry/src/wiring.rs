//! Everything put together: the one place that knows every adapter.

mod clock;
pub mod folder;
mod ids;
mod list_index;
pub mod lists;
pub mod outside;
pub mod pack_signatures;
pub mod packs;
mod passwords;
mod space;
pub mod stores;

use std::sync::Arc;

use accesslog::EmbeddedAccessLog;
use app::actor::Actor;
use app::catalogue::{self, NewProvider};
use app::clock::Clock;
use app::env::{Platform, Ports};
use app::failure::Failure;
use app::ids::Ids;
use app::ledger_log;
use app::watchlist::{self, ListsInForce};
use domain::pack::Packs;
use screening::{Index, Watchlist};
use vault::{KeyVault, Source};

pub use clock::SystemClock;
pub use ids::OsIds;
pub use pack_signatures::TrustedKeys;
pub use passwords::Argon2Passwords;

use crate::config::Config;
use crate::exit::{Doing as _, Stop};
use folder::DataFolder;
use lists::ListsNeeded;
use stores::{Access, Stores};

/// Lists as they were found: read, or in their index already.
enum FoundLists {
    Read(Vec<Watchlist>),
    Indexed(Box<Index>),
}

fn find_lists(config: &Config, folder: &DataFolder, needed: ListsNeeded) -> Result<FoundLists, Stop> {
    // A folder of the operator's own is read at each start, so that its unsound files are named each time.
    let kept = needed != ListsNeeded::No && config.lists.folder.is_none();
    let all_kept =
        |index: &Index| index.lists().iter().all(|list| lists::is_kept(folder, &list.id, &list.sha256));
    match kept.then(|| list_index::find_index(folder)).flatten().filter(all_kept) {
        Some(index) => Ok(FoundLists::Indexed(Box::new(index))),
        None => lists::find_watchlists(config, folder, needed).map(FoundLists::Read),
    }
}

/// A platform over a data folder, and the adapters that commands look after.
pub struct Wired {
    pub platform: Arc<Platform>,
    pub stores: Stores,
    pub access: Arc<EmbeddedAccessLog>,
    pub vault: Arc<KeyVault>,
    pub folder: DataFolder,
    pub config: Config,
    pub how: Access,
    /// Who holds the sequencer's lease while this process sequences.
    pub node: String,
}

impl Wired {
    /// Opens the installation in the data folder that the configuration names, or begins one if it may. Whoever
    /// writes holds its lock until this is dropped.
    pub fn open(mut config: Config, how: Access, lists: ListsNeeded) -> Result<Self, Stop> {
        let folder = DataFolder::new(&config.data);
        let find = |config: &Config| find_lists(config, &folder, lists);
        let mut found = None;
        if !Stores::exist(&config, &folder)? {
            if how < Access::Beginning {
                return Err(folder.absent());
            }
            // Lists that are missing are told before anything is made.
            found = Some(find(&config)?);
            folder.make()?;
        }
        let stores = Stores::open(&config, &folder, how)?;
        let source = Source::File(folder.master_key(&config));
        let vault = Arc::new(KeyVault::open(stores.keys(), source, vault::Options::default())?);
        let access = Arc::new(open_access(&config, &folder, how)?);
        config.test_space = space::settle(&*stores.registry(), &config, how)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let ids = Arc::new(OsIds::new(Arc::clone(&clock)));
        let node = node_name(&stores, &*ids);
        let ports = Ports {
            store: stores.registry(),
            vault: Arc::<KeyVault>::clone(&vault),
            access: Arc::<EmbeddedAccessLog>::clone(&access),
            clock: Arc::clone(&clock),
            ids,
        };
        let none = ListsInForce::new(Vec::new(), clock.now());
        let platform =
            Platform::new(ports, Packs::default(), none, config.platform.clone(), !config.test_space);
        let found = found.map_or_else(|| find(&config), Ok)?;
        let wired = Self { platform: Arc::new(platform), stores, access, vault, folder, config, how, node };
        wired.put_in_force(found)?;
        Ok(wired)
    }

    /// Runs a use case for the command at hand.
    pub fn run<T>(&self, use_case: impl FnOnce(&app::env::Env<'_>) -> T) -> T {
        self.platform.run(&Actor::command(), use_case)
    }

    /// Packs, lists, the provider and the gate's table: what a platform needs before its first question.
    fn put_in_force(&self, found: FoundLists) -> Result<(), Stop> {
        let system = Actor::system();
        if self.how >= Access::Writing {
            self.platform.run(&system, |env| {
                app::pack::install_shipped(env, &packs::texts(), &self.config.packs.active)
            })?;
            self.add_first_provider()?;
        }
        let active = self.platform.run(&system, app::pack::load_active)?;
        self.platform.put_packs(active);
        let (writes, days) = (self.how >= Access::Writing, self.config.lists.versions_kept_days);
        let index = match found {
            FoundLists::Read(lists) if lists.is_empty() => return Ok(()),
            FoundLists::Read(lists) => {
                if writes {
                    lists::keep_versions(&self.folder, &lists, days)?;
                }
                let index = Index::new(lists);
                if writes && self.config.lists.folder.is_none() {
                    // Without it the next start is slower, and nothing else.
                    if let Err(error) = list_index::keep_index(&self.folder, &index) {
                        tracing::warn!("The index of the lists was not kept for the next start: {error}");
                    }
                }
                index
            }
            FoundLists::Indexed(index) => {
                if writes {
                    let in_force = index.lists().iter().map(|list| (list.id.as_str(), list.sha256.as_str()));
                    lists::date_versions(&self.folder, in_force, days)?;
                }
                *index
            }
        };
        let lists = ListsInForce::of(index, self.platform.clock.now());
        if writes {
            self.platform.run(&system, |env| watchlist::put_lists_in_force(env, lists))?;
        } else {
            self.platform.put_lists(lists);
        }
        Ok(())
    }

    fn add_first_provider(&self) -> Result<(), Failure> {
        let Some(provider) = &self.config.provider else { return Ok(()) };
        self.platform.run(&Actor::system(), |env| {
            if !catalogue::list_providers(env)?.is_empty() {
                return Ok(());
            }
            let new = NewProvider {
                name: provider.name.clone(),
                country: provider.country,
                offers_in: provider.offers_in.clone(),
                sells_domains: provider.sells_domains,
                certified_on: None,
                existed_before_rule: provider.existed_before_rule,
            };
            catalogue::add_provider(env, &new).map(|_| ())
        })
    }

    /// Makes the gate's table. Not done by [`open`](Self::open), since few commands ask the gate.
    pub fn load_gate(&self) -> Result<(), Stop> {
        self.platform.gate.load(&self.platform).doing("making the gate's table")
    }

    /// Gives every record a position and signs the checkpoint, as the server would do within a second.
    pub fn settle(&self) -> Result<(), Stop> {
        if self.how == Access::Reading {
            return Ok(());
        }
        while self.platform.run(&Actor::system(), ledger_log::record_segment_roots)? > 0 {}
        loop {
            match ledger_log::sequence(&self.platform, &self.node)? {
                Some(moved) if moved.leaves + moved.events > 0 => {}
                Some(_) => break,
                None => {
                    tracing::debug!("Another node holds the sequencer's lease and gives the positions");
                    break;
                }
            }
        }
        self.platform.gate.flush_answers(&self.platform)?;
        self.release_sequencer()
    }

    /// Lets go of the sequencer's lease, so that whoever comes next need not wait until it is over.
    fn release_sequencer(&self) -> Result<(), Stop> {
        let now = self.platform.clock.now();
        if self.platform.store.log().lease_sequencer(&self.node, now, now)?.is_some() {
            tracing::debug!("Let go of the sequencer's lease");
        }
        Ok(())
    }
}

/// One process at a time holds a folder, so all of them take the same name and none waits for the lease of one
/// that died. On a database server each process has a name of its own.
fn node_name(stores: &Stores, ids: &dyn Ids) -> String {
    match stores {
        Stores::Sqlite { .. } => "folder".to_owned(),
        Stores::Postgres { .. } => hex::encode(&ids.secret()[..8]),
    }
}

fn open_access(config: &Config, folder: &DataFolder, how: Access) -> Result<EmbeddedAccessLog, Stop> {
    let path = folder.access();
    let doing = || format!("opening `{}`", path.display());
    if how == Access::Serving {
        let disk_bytes_max = config.access.disk_max_mib.map(|mib| mib.saturating_mul(1 << 20));
        let config = accesslog::Config { disk_bytes_max, ..Default::default() };
        return EmbeddedAccessLog::open(&path, config).doing(doing());
    }
    if !path.is_dir() {
        // Until somebody takes accesses in, there are none to read.
        std::fs::create_dir_all(&path).doing(doing())?;
    }
    EmbeddedAccessLog::open_read_only(&path).doing(doing())
}
