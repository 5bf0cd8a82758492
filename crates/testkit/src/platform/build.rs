//! Opening the parts of a platform in a folder.

use std::path::Path;
use std::sync::Arc;

use accesslog::EmbeddedAccessLog;
use app::access::AccessLog;
use app::actor::Actor;
use app::catalogue::{self, NewProduct, NewProvider};
use app::clock::Clock;
use app::env::{Ports, Settings};
use app::ids::Ids;
use app::vault::Vault;
use app::watchlist::{ListsInForce, put_lists_in_force};
use domain::id::ProviderId;
use domain::pack::Packs;
use domain::product::ProductClass;
use jiff::Timestamp;
use screening::{Entry, Name, NameKind, Schema, Watchlist};
use vault::KeyVault;

use super::engine::{Databases, ENGINE, postgres_server};
use super::{Folder, Platform, START};
use crate::fixture::{PRODUCT, country};
use crate::{CountingIds, HandClock};

/// The packs as shipped.
pub const PACKS: &[&str] = &[
    include_str!("../../../../packs/us-eo13984-nprm.toml"),
    include_str!("../../../../packs/us-eo13984-strict.toml"),
    include_str!("../../../../packs/in-certin.toml"),
    include_str!("../../../../packs/eu-nis2-28.toml"),
    include_str!("../../../../packs/eu-eevidence.toml"),
    include_str!("../../../../packs/restricted-lists.toml"),
];

/// What a platform is made with.
#[derive(Clone)]
pub struct Builder {
    packs: Vec<String>,
    /// Texts that stand in for [`PACKS`].
    pack_texts: Vec<String>,
    watchlists: Vec<Watchlist>,
    settings: Settings,
    existed_before_rule: bool,
    has_products: bool,
    on: Option<String>,
    access: accesslog::Config,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            packs: vec!["us-eo13984-nprm".to_owned()],
            pack_texts: PACKS.iter().map(|&text| text.to_owned()).collect(),
            watchlists: vec![screening::fictional()],
            settings: Settings::default(),
            existed_before_rule: true,
            has_products: true,
            on: if std::env::var(ENGINE).is_ok_and(|engine| engine == "postgres") {
                postgres_server()
            } else {
                None
            },
            access: accesslog::Config::default(),
        }
    }
}

/// The open parts; dropped together.
pub struct Open {
    pub app: Arc<app::env::Platform>,
    pub vault: Arc<KeyVault>,
    pub access: Arc<EmbeddedAccessLog>,
}

impl Builder {
    /// Puts these packs in force, by name without date, instead of `us-eo13984-nprm`.
    #[must_use]
    pub fn with_packs(mut self, names: &[&str]) -> Self {
        self.packs = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Ships another text of a pack, by name without date.
    #[must_use]
    pub fn with_changed_pack(mut self, name: &str, change: impl FnOnce(&str) -> String) -> Self {
        let is_it = |text: &&mut String| text.contains(&format!("\"{name}@"));
        let text = self.pack_texts.iter_mut().find(is_it).expect("a test names a shipped pack");
        *text = change(text);
        self
    }

    /// Adds the list `test-list` of persons with these names.
    #[must_use]
    pub fn with_watchlist(mut self, names: &[&str]) -> Self {
        self.watchlists.push(watchlist("test-list", "1", names));
        self
    }

    #[must_use]
    pub fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The provider starts under the rule, and has not certified (CRT-08).
    #[must_use]
    pub fn with_new_entrant(mut self) -> Self {
        self.existed_before_rule = false;
        self
    }

    /// An empty catalogue, for an import that brings its own.
    #[must_use]
    pub fn without_products(mut self) -> Self {
        self.has_products = false;
        self
    }

    #[must_use]
    pub fn with_access_config(mut self, config: accesslog::Config) -> Self {
        self.access = config;
        self
    }

    /// On files in the platform's folder, whatever the environment asks for: for tests that look at the files.
    #[must_use]
    pub fn on_files(mut self) -> Self {
        self.on = None;
        self
    }

    /// On databases of its own on this PostgreSQL server.
    #[must_use]
    pub fn on_postgres(mut self, server: &str) -> Self {
        self.on = Some(server.to_owned());
        self
    }

    /// Makes it in a temporary folder.
    pub fn build(self) -> Platform {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        self.build_in(Folder::Temporary(folder), 0)
    }

    /// Makes it in a folder that stays, or opens what an earlier process left there. `generation` tells the
    /// processes apart: each has a clock and ids of its own, later than those of the one before.
    pub fn open_in(self, folder: &Path, generation: u32) -> Platform {
        self.on_files().build_in(Folder::Kept(folder.to_owned()), generation)
    }

    fn build_in(self, folder: Folder, generation: u32) -> Platform {
        let start = START + i64::from(generation) * 24 * 3_600;
        let clock = Arc::new(HandClock::at(Timestamp::from_second(start).expect("the start is a timestamp")));
        let first = 1 + (u64::from(generation) << 40);
        let ids = Arc::new(CountingIds::starting_at(Arc::clone(&clock) as Arc<dyn Clock>, first));
        let databases = self.on.as_ref().map_or(Databases::Files, |server| Databases::for_platform(server));
        let open = self.open(folder.path(), &databases, &clock, &ids);
        let known = open.app.store.with_reading_tx(|tx| tx.list_providers()).expect("providers are read");
        let provider = known.first().map_or_else(|| self.furnish(&open.app), |provider| provider.id);
        let platform = Platform {
            builder: self,
            clock,
            ids,
            open: Some(open),
            provider,
            staff: Default::default(),
            number: (1_000 + u64::from(generation) * 100_000).into(),
            databases,
            folder,
        };
        platform.settle();
        platform
    }

    /// Opens the parts in a folder, with packs and lists in force and the gate's table made.
    pub fn open(
        &self,
        folder: &Path,
        databases: &Databases,
        clock: &Arc<HandClock>,
        ids: &Arc<CountingIds>,
    ) -> Open {
        let (data, keys) = (folder.join("data"), folder.join("keys"));
        std::fs::create_dir_all(&keys).expect("the folder can be made");
        let (store, key_store) = databases.open(folder);
        let master_key = vault::Source::File(keys.join("master.key"));
        let vault = KeyVault::open(key_store, master_key, vault::Options::default());
        let vault = Arc::new(vault.expect("the vault opens"));
        let access = EmbeddedAccessLog::open(&data.join("access"), self.access.clone());
        let access = Arc::new(access.expect("the access log opens"));
        let ports = Ports {
            store,
            vault: Arc::clone(&vault) as Arc<dyn Vault>,
            access: Arc::clone(&access) as Arc<dyn AccessLog>,
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            ids: Arc::clone(ids) as Arc<dyn Ids>,
        };
        let no_packs = Packs::merge(Vec::new()).expect("no packs contradict each other");
        let lists = ListsInForce::new(self.watchlists.clone(), clock.now());
        let app = app::env::Platform::new(ports, no_packs, lists, self.settings.clone(), true);
        app.run(&Actor::command(), |env| {
            let texts: Vec<&str> = self.pack_texts.iter().map(String::as_str).collect();
            app::pack::install_shipped(env, &texts, &self.packs).expect("the packs install");
            let lists = ListsInForce::new(self.watchlists.clone(), env.now());
            put_lists_in_force(env, lists).expect("the lists load");
            env.platform.put_packs(app::pack::load_active(env).expect("the packs load"));
        });
        app.gate.load(&app).expect("the gate's table is made");
        Open { app: Arc::new(app), vault, access }
    }

    /// The provider and its product.
    fn furnish(&self, app: &app::env::Platform) -> ProviderId {
        app.run(&Actor::command(), |env| {
            let provider = NewProvider {
                name: "Example Cloud".to_owned(),
                country: country("US"),
                offers_in: vec![country("US"), country("DE"), country("IN")],
                sells_domains: false,
                certified_on: None,
                existed_before_rule: self.existed_before_rule,
            };
            let provider = catalogue::add_provider(env, &provider).expect("the provider is added").id;
            if !self.has_products {
                return provider;
            }
            let product = NewProduct {
                provider,
                code: PRODUCT.to_owned(),
                title: "Virtual server, small".to_owned(),
                classes: vec![ProductClass::Unmanaged, ProductClass::Virtualised],
                site: country("US"),
            };
            catalogue::add_product(env, &product).expect("the product is added");
            provider
        })
    }
}

/// A list of persons with these names, the first entry `1`.
pub fn watchlist(id: &str, version: &str, names: &[&str]) -> Watchlist {
    let entries = names.iter().enumerate().map(|(position, name)| Entry {
        entry_id: (position + 1).to_string(),
        schema: Schema::Person,
        names: vec![Name { text: (*name).to_owned(), kind: NameKind::Primary }],
        ..Entry::default()
    });
    Watchlist {
        id: id.to_owned(),
        title: format!("List {id} of a test"),
        version: version.to_owned(),
        sha256: app::pack::text_hash(&names.join("\n")),
        entries: entries.collect(),
    }
}
