//! The whole platform: real store, vault, access ledger and packs in a folder of its own; time and ids by hand.

mod build;
pub mod engine;
mod files;
mod steps;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use accesslog::EmbeddedAccessLog;
use app::actor::Actor;
use app::api_key::{self, NewApiKey};
use app::clock::Clock;
use app::customer::enrol::{self, Enrolled, Enrolment};
use app::env::Env;
use app::failure::Failure;
use app::gate::{GateAnswer, GateQuestion};
use app::ids::Ids;
use app::ledger_log;
use app::session;
use app::staff;
use app::store::StoreError;
use domain::decision::{Action, RequestContext};
use domain::draft::{Draft, DraftAction};
use domain::id::{CustomerId, ProviderId};
use domain::staff::{Role, Staff, StaffStatus};
use vault::KeyVault;

use crate::{CountingIds, HandClock, fixture};

pub use build::{Builder, PACKS, watchlist};
pub use files::{MemoryExport, find_in_files};

/// Seconds since 1970 that a new platform's clock shows: Monday, 2 March 2026, 14:00 in UTC, 9:00 in New York.
pub const START: i64 = 1_772_460_000;

/// A platform in a folder. Dropping it removes what is temporary.
pub struct Platform {
    builder: Builder,
    pub clock: Arc<HandClock>,
    ids: Arc<CountingIds>,
    /// `None` only while it is opened again.
    open: Option<build::Open>,
    provider: ProviderId,
    staff: Mutex<BTreeMap<String, Actor>>,
    number: AtomicU64,
    // Removed last, when nothing is open in them any more.
    databases: engine::Databases,
    folder: Folder,
}

/// Where a platform lies.
pub(crate) enum Folder {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

impl Platform {
    /// With the pack `us-eo13984-nprm`, the fictional list, a provider of the United States that existed before the
    /// rule, and one product, `vps-small`.
    pub fn new() -> Self {
        Self::builder().build()
    }

    pub fn builder() -> Builder {
        Builder::default()
    }

    pub fn app(&self) -> &Arc<app::env::Platform> {
        &self.opened().app
    }

    fn opened(&self) -> &build::Open {
        self.open.as_ref().expect("the platform is open between calls")
    }

    /// Every row of every table where the platform is on PostgreSQL.
    pub fn rows_as_text(&self) -> Vec<String> {
        self.databases.rows_as_text()
    }

    /// Where everything lies: `data` with the registry and `access`, `keys` with the key store and master key.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn vault(&self) -> &Arc<KeyVault> {
        &self.opened().vault
    }

    pub fn access_log(&self) -> &Arc<EmbeddedAccessLog> {
        &self.opened().access
    }

    /// The first provider.
    pub fn provider(&self) -> ProviderId {
        self.provider
    }

    /// Runs a use case for somebody.
    pub fn run<T>(&self, actor: &Actor, use_case: impl FnOnce(&Env<'_>) -> T) -> T {
        self.app().run(actor, use_case)
    }

    /// Drops everything in memory and opens the folder again, as after a restart. No handle of
    /// [`app`](Self::app) may be held meanwhile.
    pub fn reopen(&mut self) {
        self.open = None;
        self.open = Some(self.builder.open(self.folder.path(), &self.databases, &self.clock, &self.ids));
    }

    /// The same with something done to the files in between.
    pub fn reopen_after(&mut self, change: impl FnOnce(&Path)) {
        self.open = None;
        change(self.folder.path());
        self.open = Some(self.builder.open(self.folder.path(), &self.databases, &self.clock, &self.ids));
    }

    /// Runs the sequencer until nothing moves, then brings the gate level with the log.
    pub fn settle(&self) {
        loop {
            let moved = ledger_log::sequence(self.app(), "testkit").expect("the sequencer works");
            let moved = moved.expect("no other node holds the lease");
            if moved.leaves == 0 && moved.events == 0 {
                break;
            }
        }
        self.app().gate.follow(self.app()).expect("the gate follows");
    }

    /// A number that was not given out before.
    pub fn next_number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::AcqRel)
    }

    pub fn officer(&self) -> Actor {
        self.member("officer", &[Role::ComplianceOfficer], None)
    }

    pub fn second_officer(&self) -> Actor {
        self.member("second-officer", &[Role::ComplianceOfficer], None)
    }

    pub fn third_officer(&self) -> Actor {
        self.member("third-officer", &[Role::ComplianceOfficer], None)
    }

    pub fn analyst(&self) -> Actor {
        self.member("analyst", &[Role::Analyst], None)
    }

    pub fn investigator(&self) -> Actor {
        self.member("investigator", &[Role::Investigator], None)
    }

    pub fn administrator(&self) -> Actor {
        self.member("administrator", &[Role::Administrator], None)
    }

    pub fn auditor(&self) -> Actor {
        self.member("auditor", &[Role::Auditor], None)
    }

    /// A reseller's own staff: it sees its branch and nothing else.
    pub fn reseller_staff(&self, branch: CustomerId) -> Actor {
        self.member(&format!("of-{branch}"), &[Role::Reseller], Some(branch))
    }

    /// The provider's control plane, by an API key with all of its scopes.
    pub fn control_plane(&self) -> Actor {
        self.remembered("control-plane", || {
            let scopes = Role::ControlPlane.scopes();
            let key = self.run(&Actor::command(), |env| {
                let name = "control-plane".to_owned();
                let new = NewApiKey { name, scopes: scopes.to_vec(), branch: None, expires_at: None };
                api_key::make(env, new).expect("a key is made")
            });
            let actor = session::authenticate(self.app(), key.secret.expose()).expect("the store answers");
            actor.expect("a fresh key is good")
        })
    }

    /// A member of staff with these roles, active. Put into the store directly: in the product it takes two persons
    /// to give roles that decide.
    pub fn member(&self, handle: &str, roles: &[Role], branch: Option<CustomerId>) -> Actor {
        self.remembered(handle, || {
            let staff = Staff {
                id: self.ids.next().into(),
                handle: handle.to_owned(),
                roles: roles.to_vec(),
                branch,
                status: StaffStatus::Active,
                password_hash: None,
                failures: 0,
                locked_until: None,
                created_at: self.clock.now(),
                version: 1,
            };
            let known = self.app().store.with_tx(|tx| {
                // An earlier process of the same folder may have made them.
                let known = tx.find_staff_by_handle(handle)?;
                if known.is_none() {
                    tx.insert_staff(&staff)?;
                }
                Ok::<_, StoreError>(known)
            });
            staff::actor_of(known.expect("the store answers").unwrap_or(staff))
        })
    }

    fn remembered(&self, name: &str, make: impl FnOnce() -> Actor) -> Actor {
        let mut known = self.staff.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(name.to_owned()).or_insert_with(make).clone()
    }

    /// Enrols on the control plane's behalf and settles.
    pub fn enrol(&self, enrolment: &Enrolment) -> Enrolled {
        let enrolled = self.try_enrol(enrolment).expect("the sign-up is accepted");
        self.settle();
        enrolled
    }

    pub fn try_enrol(&self, enrolment: &Enrolment) -> Result<Enrolled, Failure> {
        self.run(&self.control_plane(), |env| enrol::enrol(env, enrolment))
    }

    /// An individual with complete data and one account.
    pub fn enrol_individual(&self, name: &str, country: &str) -> Enrolled {
        self.enrol(&fixture::individual(self.next_number(), name, country))
    }

    /// A company with complete data, direct owners (name, country, parts per million) and one account.
    pub fn enrol_company(&self, name: &str, country: &str, owners: &[(&str, &str, u32)]) -> Enrolled {
        self.enrol(&fixture::company(self.next_number(), name, country, owners))
    }

    /// Asks the gate about an account, by our id or the control plane's.
    pub fn ask(&self, account: &str, action: Action) -> GateAnswer {
        self.ask_with(account, action, RequestContext::default())
    }

    pub fn ask_with(&self, account: &str, action: Action, context: RequestContext) -> GateAnswer {
        let question = GateQuestion { account: account.to_owned(), action, context };
        let (gate, actor) = (&self.app().gate, self.control_plane());
        gate.meet(self.app(), account).expect("the registry answers");
        gate.ask(self.app(), &actor, &question).expect("the gate answers").as_ref().clone()
    }

    /// Drafts as the officer, approves as the second officer, and settles.
    pub fn decide_by_two(&self, action: DraftAction) -> Result<Draft, Failure> {
        let drafted = self.run(&self.officer(), |env| app::draft::draft(env, action, "as the file shows"))?;
        let approved = self.run(&self.second_officer(), |env| app::draft::approve(env, drafted.id));
        self.settle();
        approved
    }
}

impl Default for Platform {
    fn default() -> Self {
        Self::new()
    }
}
