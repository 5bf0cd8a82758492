//! What a use case works with: the ports, what is in force, and who asks.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::decision::Action;
use domain::id::CustomerId;
use domain::pack::{KnownFacts, NoticeMoment, Packs};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::AccessLog;
use crate::actor::Actor;
use crate::clock::Clock;
use crate::gate::Gate;
use crate::idempotency::ClaimingStore;
use crate::ids::Ids;
use crate::ledger_log::HeldLease;
use crate::store::Store;
use crate::vault::Vault;
use crate::watchlist::ListsInForce;
use crate::watchlist::stale::StaleLists;

/// The operator's choices. What the law asks is in packs, never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Compare customers with the lists in force.
    pub screening_on: bool,
    /// Score in basis points from which a hit is shown to a person; `None` for the engine's own default.
    pub screening_threshold_bp: Option<u16>,
    /// Open hits that two persons may clear together; 0: each by itself.
    pub hits_cleared_together_max: u32,
    /// A list that loses more of its entries at once is loaded only when a person says so.
    pub list_shrinkage_max_percent: u8,
    pub code_ttl_minutes: u32,
    pub code_attempts_max: u8,
    /// Codes to one customer's contacts within a day.
    pub codes_per_day_max: u64,
    pub session_hours: u32,
    /// How long a request under an idempotency key is remembered.
    pub idempotency_key_days: u32,
    pub link_ttl_hours: u32,
    /// How old the gate's table may be before an answer falls back to the action's fail mode.
    pub gate_staleness_max_ms: u64,
    /// An answer is good for at most this long.
    pub answer_ttl_seconds: u32,
    /// Shortest prefix that one question of who was behind it may name, in IPv4 and in IPv6.
    pub who_widest_ipv4: u8,
    pub who_widest_ipv6: u8,
    pub fail_modes: FailModes,
    pub stale_lists: StaleLists,
}

/// What the gate answers when its table is too old to be trusted, by action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FailModes {
    pub open: FailMode,
    pub activate: FailMode,
    pub provision: FailMode,
    pub raise_quota: FailMode,
    pub change_region: FailMode,
    pub pay: FailMode,
    pub administer: FailMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailMode {
    /// Refuse until the table is fresh again.
    Closed,
    /// Answer from the old table, and say so.
    Stale,
}

impl Default for FailModes {
    fn default() -> Self {
        Self {
            open: FailMode::Closed,
            activate: FailMode::Closed,
            provision: FailMode::Closed,
            raise_quota: FailMode::Closed,
            change_region: FailMode::Closed,
            pay: FailMode::Stale,
            administer: FailMode::Stale,
        }
    }
}

impl FailModes {
    pub fn of(&self, action: Action) -> FailMode {
        match action {
            Action::Open => self.open,
            Action::Activate => self.activate,
            Action::Provision => self.provision,
            Action::RaiseQuota => self.raise_quota,
            Action::ChangeRegion => self.change_region,
            Action::Pay => self.pay,
            Action::Administer => self.administer,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            screening_on: true,
            screening_threshold_bp: None,
            hits_cleared_together_max: 0,
            list_shrinkage_max_percent: 20,
            code_ttl_minutes: 30,
            code_attempts_max: 5,
            codes_per_day_max: 10,
            session_hours: 12,
            idempotency_key_days: 7,
            link_ttl_hours: 24,
            gate_staleness_max_ms: 5_000,
            answer_ttl_seconds: 60,
            who_widest_ipv4: 16,
            who_widest_ipv6: 32,
            fail_modes: FailModes::default(),
            stale_lists: StaleLists::default(),
        }
    }
}

/// The running platform: the ports and what is in force. Cheap to share.
pub struct Platform {
    pub store: Arc<dyn Store>,
    pub vault: Arc<dyn Vault>,
    pub access: Arc<dyn AccessLog>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub settings: Settings,
    /// False in the test space.
    pub livemode: bool,
    pub gate: Gate,
    pub(crate) sequencer: Mutex<Option<HeldLease>>,
    /// When somebody last loaded lists or asked for a comparison with them.
    rescreening_asked_at: Mutex<Option<Timestamp>>,
    packs: RwLock<Arc<Packs>>,
    lists: RwLock<Arc<ListsInForce>>,
    /// Lists of an earlier time that something was made again with last, with their version: one set at a time.
    pub(crate) earlier_lists: Mutex<Option<(String, Arc<screening::Index>)>>,
    pub(crate) deltas: Mutex<crate::screening::delta::Deltas>,
}

/// The ports a platform is made of.
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub vault: Arc<dyn Vault>,
    pub access: Arc<dyn AccessLog>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl Platform {
    pub fn new(ports: Ports, packs: Packs, lists: ListsInForce, settings: Settings, livemode: bool) -> Self {
        let Ports { store, vault, access, clock, ids } = ports;
        Self {
            store,
            vault,
            access,
            clock,
            ids,
            settings,
            livemode,
            gate: Gate::default(),
            sequencer: Mutex::default(),
            rescreening_asked_at: Mutex::default(),
            packs: RwLock::new(Arc::new(packs)),
            lists: RwLock::new(Arc::new(lists)),
            earlier_lists: Mutex::default(),
            deltas: Mutex::default(),
        }
    }

    pub fn packs(&self) -> Arc<Packs> {
        Arc::clone(&self.packs.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn lists(&self) -> Arc<ListsInForce> {
        Arc::clone(&self.lists.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn put_packs(&self, packs: Packs) {
        *self.packs.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(packs);
    }

    pub fn put_lists(&self, lists: ListsInForce) {
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(lists);
    }

    /// Somebody goes through the customers: the background need not.
    pub fn note_rescreening(&self) {
        let now = self.clock.now();
        *self.rescreening_asked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    pub(crate) fn was_rescreened_since(&self, since: Timestamp) -> bool {
        let asked_at = *self.rescreening_asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        asked_at.is_some_and(|asked_at| asked_at > since)
    }

    /// Runs a use case for somebody, with what is in force at this moment.
    pub fn run<T>(&self, actor: &Actor, use_case: impl FnOnce(&Env<'_>) -> T) -> T {
        let (packs, lists) = (self.packs(), self.lists());
        let claiming =
            actor.claim.as_ref().map(|claim| ClaimingStore::new(&*self.store, claim, self.clock.now()));
        let store: &dyn Store = match &claiming {
            Some(claiming) => claiming,
            None => &*self.store,
        };
        let touched = Touched::default();
        let env = Env { platform: self, packs: &packs, lists: &lists, store, actor, touched: &touched };
        let done = use_case(&env);
        let touched = touched.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !touched.is_empty()
            && let Err(error) = self.gate.refresh(self, &touched)
        {
            // The gate follows the log all the same, a moment later.
            tracing::warn!(error = &error as &dyn std::error::Error, "The gate did not see a change at once");
        }
        done
    }
}

/// Customers that a use case wrote about, whether it was carried out in the end or not.
#[derive(Default)]
pub struct Touched(Mutex<HashSet<CustomerId>>);

/// One use case's surroundings.
pub struct Env<'a> {
    pub platform: &'a Platform,
    pub packs: &'a Packs,
    pub lists: &'a ListsInForce,
    pub(crate) store: &'a dyn Store,
    pub actor: &'a Actor,
    pub touched: &'a Touched,
}

impl<'a> Env<'a> {
    pub(crate) fn touch(&self, customer: CustomerId) {
        self.touched.0.lock().unwrap_or_else(PoisonError::into_inner).insert(customer);
    }

    pub fn store(&self) -> &'a dyn Store {
        self.store
    }

    pub fn vault(&self) -> &'a dyn Vault {
        &*self.platform.vault
    }

    pub fn access(&self) -> &'a dyn AccessLog {
        &*self.platform.access
    }

    pub fn settings(&self) -> &'a Settings {
        &self.platform.settings
    }

    pub fn now(&self) -> Timestamp {
        self.platform.clock.now()
    }

    pub fn new_id<T: From<uuid::Uuid>>(&self) -> T {
        self.platform.ids.next().into()
    }

    pub fn secret(&self) -> [u8; 32] {
        self.platform.ids.secret()
    }

    /// Key class of a field under the packs in force now.
    pub fn retention_class(&self, field: domain::field::Field) -> String {
        let in_force = self.packs.at_instant(self.now());
        domain::retention::class_of(field, &in_force).as_str().to_owned()
    }

    /// Notices that the packs ask to be shown before collection, as `id@version`.
    pub fn notices_before_collection(&self) -> Vec<String> {
        let in_force = self.packs.at_instant(self.now());
        let rules = in_force.notices(NoticeMoment::BeforeCollection, &KnownFacts::new());
        rules.iter().map(|rule| format!("{}@{}", rule.entry.id, rule.entry.version)).collect()
    }
}
