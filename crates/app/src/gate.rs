//! Q2 in memory: every account with what its gates need, right within a second of any change.
//!
//! The table follows the events by position: what changed is read again. Answers come from the table alone.

mod answers;
mod orders;
mod table;
mod terms;

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::account::Account;
use domain::customer::Customer;
use domain::decision::{self, Action, Facts, RequestContext, Verdict};
use domain::event::Event;
use domain::id::{AccountId, AnswerId, CustomerId};
use domain::special_measure::{MeasureMatch, SpecialMeasure};
use domain::staff::Scope;
use jiff::Timestamp;
use serde::Serialize;

use crate::actor::Actor;
use crate::env::{Env, FailMode, Platform};
use crate::failure::{Failure, Refusal, RefusalKind};
use crate::store::{StoreError, Transaction};
use crate::watchlist::{ensure_fresh, is_of_fictional_list};

use answers::AnswerLog;
pub use answers::{AnswerReplay, find_answer, replay_answer};
use orders::OrdersCache;
pub(crate) use orders::touch_orders;
use table::{Reference, Table};
use terms::TermsCache;

/// Events read at once when the table follows.
const EVENTS: u32 = 1_000;

/// Positions skipped at once when the table is made.
const EVENTS_SKIPPED: u32 = 10_000;

/// Nouns whose events change what is about no one customer.
const REFERENCE_NOUNS: &[&str] = &["measure", "exemption", "provider", "product", "reseller"];

/// The table, where in the log it stands, and the answers that wait for their log.
#[derive(Default)]
pub struct Gate {
    table: RwLock<Table>,
    position: AtomicU64,
    /// When the table last was level with the log, in milliseconds since 1970.
    level_at_ms: AtomicI64,
    /// Held while following: what is older never overwrites what is newer.
    following: Mutex<()>,
    answers: AnswerLog,
    terms: TermsCache,
    orders: OrdersCache,
}

/// What the control plane asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateQuestion {
    /// Our id or the control plane's own.
    pub account: String,
    pub action: Action,
    pub context: RequestContext,
}

/// What it gets, with all it was made from: enough to make it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateAnswer {
    pub id: AnswerId,
    pub facts: Facts,
    pub verdict: Verdict,
    /// Exclusive.
    pub valid_until: Timestamp,
    /// Position of the log that the table stood at.
    pub position: u64,
    pub engine_version: String,
    /// The table was older than allowed and the action's fail mode let it answer.
    pub stale: bool,
    /// Lists in force are a fictional stand-in.
    pub fictional_lists: bool,
}

impl Gate {
    /// Makes the table from the store. Called once before the first question.
    pub fn load(&self, platform: &Platform) -> Result<(), StoreError> {
        let position = last_position(platform, self.position.load(Ordering::Acquire))?;
        let table = platform.store.with_reading_tx(Table::read)?;
        *self.write_table() = table;
        self.position.store(position, Ordering::Release);
        self.follow(platform)
    }

    /// Brings the table level with the log. Called several times a second.
    pub fn follow(&self, platform: &Platform) -> Result<(), StoreError> {
        let _one_at_a_time = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        let level_at = platform.clock.now();
        loop {
            let after = self.position.load(Ordering::Acquire);
            let events = platform.store.log().list_events(after, EVENTS)?;
            let Some((last, _)) = events.last() else { break };
            let last = *last;
            self.apply(platform, &events)?;
            self.position.store(last, Ordering::Release);
        }
        self.level_at_ms.store(level_at.as_millisecond(), Ordering::Release);
        Ok(())
    }

    /// Reads customers again that this node has just changed, before their events have a position: who changed them
    /// is answered accordingly at once. Does nothing before the table is made.
    pub fn refresh(&self, platform: &Platform, customers: &HashSet<CustomerId>) -> Result<(), StoreError> {
        if self.level_at_ms.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let _one_at_a_time = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = platform.store.with_reading_tx(|tx| {
            let mut changed = Vec::new();
            for &customer in customers {
                changed.extend(read_customer(tx, customer)?);
            }
            Ok::<_, StoreError>(changed)
        })?;
        for (customer, accounts) in changed {
            self.write_table().put_customer(customer, accounts);
        }
        Ok(())
    }

    fn apply(&self, platform: &Platform, events: &[(u64, Event)]) -> Result<(), StoreError> {
        let customers: HashSet<CustomerId> = events.iter().filter_map(|(_, event)| event.customer).collect();
        let touches = |nouns: &[&str]| {
            let noun_of =
                |event: &Event| event.kind.split('.').next().is_some_and(|noun| nouns.contains(&noun));
            events.iter().any(|(_, event)| noun_of(event))
        };
        let changes_reference = touches(REFERENCE_NOUNS);
        let (changed, reference) = platform.store.with_reading_tx(|tx| {
            let mut changed = Vec::new();
            for &customer in &customers {
                changed.extend(read_customer(tx, customer)?);
            }
            let reference = if changes_reference { Some(Reference::read(tx)?) } else { None };
            Ok::<_, StoreError>((changed, reference))
        })?;
        for (customer, accounts) in changed {
            self.write_table().put_customer(customer, accounts);
        }
        if let Some(reference) = reference {
            let old = self.write_table().put_reference(reference);
            self.terms.forget();
            drop(old);
        }
        if touches(&["pack"]) {
            reload_packs(platform)?;
        }
        Ok(())
    }

    /// Answers from the table alone. The answer goes to the answer log at the next [`Gate::flush_answers`].
    pub fn ask(
        &self,
        platform: &Platform,
        actor: &Actor,
        question: &GateQuestion,
    ) -> Result<Arc<GateAnswer>, Refusal> {
        actor.may(Scope::Gate)?;
        let now = platform.clock.now();
        let stale = self.is_stale(platform, now);
        let fails_closed = platform.settings.fail_modes.of(question.action) == FailMode::Closed;
        if fails_closed {
            ensure_fresh(platform)?;
        }
        if stale && fails_closed {
            let detail =
                "the gate's table is older than allowed, and this action is refused until it is fresh";
            return Err(Refusal::new(RefusalKind::Unavailable, "gate-stale", detail));
        }
        if self.answers.is_full() {
            let detail = "answers cannot be recorded at present, and none is given that leaves no trace";
            return Err(Refusal::new(RefusalKind::Unavailable, "gate-log-full", detail));
        }
        let (packs, lists) = (platform.packs(), platform.lists());
        let position = self.position.load(Ordering::Acquire);
        let facts = {
            let table = self.read_table();
            let account = table
                .find_account(&question.account)
                .filter(|account| table.branch_holds(actor.branch, account.customer))
                .ok_or_else(|| Refusal::not_found("no-such-account", "no such account"))?;
            let terms = self.terms.of(&table.profile(account), &packs, &lists, &platform.settings, now);
            table.facts(account, question, terms, now)
        };
        let ttl = jiff::SignedDuration::from_secs(platform.settings.answer_ttl_seconds.into());
        let latest = now.saturating_add(ttl).unwrap_or(Timestamp::MAX);
        let answer = Arc::new(GateAnswer {
            id: platform.ids.next().into(),
            verdict: decision::decide(&facts),
            valid_until: decision::next_change(&facts).map_or(latest, |change| change.min(latest)),
            // Before everybody is compared again, the holder may stand as the stand-in left it.
            fictional_lists: lists.fictional()
                || facts.standing.screened_with.as_deref().is_some_and(is_of_fictional_list),
            facts,
            position,
            engine_version: decision::ENGINE_VERSION.to_owned(),
            stale,
        });
        self.answers.push(Arc::clone(&answer));
        Ok(answer)
    }

    /// Whether the account is in the table, by either id.
    pub fn knows(&self, account: &str) -> bool {
        self.read_table().find_account(account).is_some()
    }

    /// An account opened a moment ago is asked for before its event has a position: it is read at once. Reads the
    /// store, so whoever answers many calls it for accounts that are not [known](Gate::knows), and aside.
    pub fn meet(&self, platform: &Platform, account: &str) -> Result<(), Refusal> {
        if self.knows(account) {
            return Ok(());
        }
        let found = platform.store.with_reading_tx(|tx| {
            let found = match account.parse() {
                Ok(id) => tx.find_account(id)?,
                Err(_) => tx.find_account_by_external_id(account)?,
            };
            found.map_or(Ok(None), |account| read_customer(tx, account.customer))
        });
        match found {
            Ok(Some((customer, accounts))) => {
                let mut table = self.write_table();
                // The log may have brought it meanwhile, and something newer.
                if table.find_account(account).is_none() {
                    table.put_customer(customer, accounts);
                }
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(_) => {
                let detail = "the account is not in the gate's table and the registry does not answer";
                Err(Refusal::new(RefusalKind::Unavailable, "gate-stale", detail))
            }
        }
    }

    /// Whether answers are given faster than they are recorded: whoever answers many waits a moment, so that nobody
    /// is refused because the log is full.
    pub fn is_behind(&self) -> bool {
        self.answers.is_behind()
    }

    /// Writes the answers given since the last call to the answer log. Returns how many.
    pub fn flush_answers(&self, platform: &Platform) -> Result<usize, Failure> {
        self.answers.flush(platform)
    }

    /// Accounts in the table.
    pub fn len(&self) -> usize {
        self.read_table().accounts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Position of the log that the table stands at.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    pub fn is_stale(&self, platform: &Platform, now: Timestamp) -> bool {
        let age_ms = now.as_millisecond().saturating_sub(self.level_at_ms.load(Ordering::Acquire));
        u64::try_from(age_ms).unwrap_or(0) > platform.settings.gate_staleness_max_ms
    }

    /// Accounts a measure would touch, in order of id, as the table has them.
    pub fn accounts_touched_by(
        &self,
        measure: &SpecialMeasure,
    ) -> Vec<(AccountId, CustomerId, MeasureMatch)> {
        self.read_table().touched_by(measure)
    }

    fn read_table(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_table(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_customer(
    tx: &mut dyn Transaction,
    id: CustomerId,
) -> Result<Option<(Customer, Vec<Account>)>, StoreError> {
    let Some(customer) = tx.find_customer(id)? else { return Ok(None) };
    Ok(Some((customer, tx.list_accounts_of(id)?)))
}

/// Puts what is now active in force on this node.
fn reload_packs(platform: &Platform) -> Result<(), StoreError> {
    let system = Actor::system();
    match platform.run(&system, crate::pack::load_active) {
        Ok(packs) => {
            platform.put_packs(packs);
            Ok(())
        }
        Err(Failure::Store(error)) => Err(error),
        // A pack that was checked before it was installed reads the same; the packs in force stay.
        Err(failure) => {
            tracing::error!(%failure, "Packs could not be loaded anew: those in force stay");
            Ok(())
        }
    }
}

fn last_position(platform: &Platform, mut after: u64) -> Result<u64, StoreError> {
    loop {
        let events = platform.store.log().list_events(after, EVENTS_SKIPPED)?;
        match events.last() {
            Some((last, _)) => after = *last,
            None => return Ok(after),
        }
    }
}

/// Facts of an account read in a transaction: for decisions that are recorded, where the table may be a
/// moment behind.
pub fn facts_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    account: &Account,
    action: Action,
    context: RequestContext,
) -> Result<Facts, Failure> {
    let chain = crate::customer::reseller_chain(tx, account.reseller)?;
    let (mut resellers, mut above) = (Vec::new(), Vec::new());
    for reseller in chain {
        resellers.extend(tx.find_reseller(reseller)?);
        above.extend(tx.find_customer(reseller)?);
    }
    let provider = tx.find_provider(account.provider)?;
    let product = tx.find_product(account.product)?;
    let orders = env.platform.gate.orders.read(tx)?;
    let mut table = Table::over(Reference::new(resellers, provider, product, orders));
    for reseller in &above {
        table.put_holder(reseller, Vec::new());
    }
    table.put_holder(customer, vec![account.id]);
    let now = env.now();
    let question = GateQuestion { account: account.id.to_string(), action, context };
    let terms = table.profile(account).terms(env.packs, env.lists, env.settings(), now);
    Ok(table.facts(&Arc::new(account.clone()), &question, Arc::new(terms), now))
}
