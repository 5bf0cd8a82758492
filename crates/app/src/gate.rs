//! Q2 in memory: every account with what its gates need, right within a second of any change.
//!
//! The table follows the events by position: what changed is read again. Answers come from the table alone.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::account::{Account, AccountKind};
use domain::customer::{Customer, Identification, Standing};
use domain::decision::{self, Action, Facts, RequestContext, ResellerFacts, Terms, Verdict};
use domain::exemption::{Exemption, ExemptionScope};
use domain::fact::SubjectKind;
use domain::id::{AccountId, AnswerId, CustomerId, ProductId, ProviderId};
use domain::pack::{KnownFacts, Packs};
use domain::person::Classification;
use domain::product::Product;
use domain::provider::Provider;
use domain::reseller::Reseller;
use domain::special_measure::{Affected, MeasureIndex, MeasureMatch, SpecialMeasure};
use domain::staff::Scope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::decision::known_facts;
use crate::env::{Env, FailMode, Platform, Settings};
use crate::failure::{Failure, Refusal};
use crate::store::{CustomerFilter, Page, StoreError, Transaction};
use crate::watchlist::ListsInForce;

/// Rows read at once when the table is made.
const PAGE: u32 = 10_000;

/// Events read at once when the table follows.
const EVENTS: u32 = 1_000;

/// The table, and where in the log it stands.
#[derive(Default)]
pub struct Gate {
    table: RwLock<Table>,
    position: AtomicU64,
    /// When the table last was level with the log, in milliseconds since 1970.
    level_at_ms: AtomicI64,
    answers: Mutex<Vec<GateAnswer>>,
    terms: Mutex<TermsCache>,
    orders: Mutex<Option<(String, Arc<Orders>)>>,
}

/// Measures and exemptions at one version of the setting [`ORDERS_VERSION`].
#[derive(Default)]
struct Orders {
    measures: MeasureIndex,
    exemptions: Vec<Exemption>,
}

/// Setting that changes with every measure and exemption, so that a decision knows whether it has read the
/// newest without reading all of them.
const ORDERS_VERSION: &str = "orders.version";

/// Says, in the transaction that changes a measure or exemption, that what was read of them is old.
pub(crate) fn touch_orders(env: &Env<'_>, tx: &mut dyn Transaction) -> Result<(), StoreError> {
    tx.put_setting(ORDERS_VERSION, &env.new_id::<AnswerId>().to_string())
}

#[derive(Default)]
struct TermsCache {
    minute: i64,
    packs: Option<Arc<Packs>>,
    lists: Option<Arc<ListsInForce>>,
    by_profile: HashMap<ProfileKey, Arc<Terms>>,
}

type ProfileKey = (SubjectKind, Classification, AccountKind, bool, Option<ProductId>, Option<ProviderId>);

/// What conditions of packs may ask of an account.
struct Profile<'a> {
    kind: SubjectKind,
    classification: Classification,
    account: &'a Account,
    product: Option<&'a Product>,
    provider: Option<&'a Provider>,
}

impl Profile<'_> {
    fn key(&self) -> ProfileKey {
        let account = self.account;
        let (product, provider) = (self.product.map(|one| one.id), self.provider.map(|one| one.id));
        (self.kind, self.classification, account.kind, account.opened_remotely, product, provider)
    }

    fn known_facts(&self) -> KnownFacts {
        known_facts(self.kind, self.classification, Some(self.account), self.product, self.provider)
    }
}

#[derive(Default)]
struct Table {
    accounts: HashMap<AccountId, Arc<Account>>,
    by_external_id: HashMap<Box<str>, AccountId>,
    customers: HashMap<CustomerId, Holder>,
    /// Many customers stand alike: each standing is kept once.
    standings: HashSet<Arc<Standing>>,
    resellers: HashMap<CustomerId, Reseller>,
    providers: HashMap<ProviderId, Provider>,
    products: HashMap<ProductId, Product>,
    orders: Arc<Orders>,
}

struct Holder {
    kind: SubjectKind,
    identification: Identification,
    standing: Arc<Standing>,
    country: Option<terms::Country>,
    accounts: Vec<AccountId>,
}

/// What the control plane asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateQuestion {
    /// Our id or the control plane's own.
    pub account: String,
    pub action: Action,
    pub context: RequestContext,
}

/// What it gets, with the position and versions it was made from: enough to make it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateAnswer {
    pub id: AnswerId,
    pub account: AccountId,
    pub customer: CustomerId,
    pub verdict: Verdict,
    pub answered_at: Timestamp,
    /// Exclusive.
    pub valid_until: Timestamp,
    /// Position of the log that the table stood at.
    pub position: u64,
    pub engine_version: String,
    pub packs_version: String,
    pub lists_version: String,
    /// The table was older than allowed and the action's fail mode let it answer.
    pub stale: bool,
    /// Lists in force are a fictional stand-in.
    pub fictional_lists: bool,
    pub action: Action,
    pub context: RequestContext,
    /// Versions of the rows it was made from.
    pub account_version: u64,
}

impl Gate {
    /// Makes the table from the store. Called once before the first question.
    pub fn load(&self, platform: &Platform) -> Result<(), StoreError> {
        let position = last_position(platform, self.position.load(Ordering::Acquire))?;
        let table = platform.store.with_reading_tx(read_table)?;
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
        self.position.store(position, Ordering::Release);
        self.follow(platform)
    }

    /// Brings the table level with the log. Called several times a second.
    pub fn follow(&self, platform: &Platform) -> Result<(), StoreError> {
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

    fn apply(&self, platform: &Platform, events: &[(u64, domain::event::Event)]) -> Result<(), StoreError> {
        let customers: HashSet<CustomerId> = events.iter().filter_map(|(_, event)| event.customer).collect();
        let touches = |nouns: &[&str]| {
            events
                .iter()
                .any(|(_, event)| event.kind.split('.').next().is_some_and(|noun| nouns.contains(&noun)))
        };
        let reference = touches(&["measure", "exemption", "provider", "product", "reseller"]);
        let (changed, rows) = platform.store.with_reading_tx(|tx| {
            let mut changed = Vec::new();
            for &customer in &customers {
                if let Some(found) = tx.find_customer(customer)? {
                    changed.push((found, tx.list_accounts_of(customer)?));
                }
            }
            let rows = if reference { Some(read_reference_rows(tx)?) } else { None };
            Ok::<_, StoreError>((changed, rows))
        })?;
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        for (customer, accounts) in changed {
            table.put_customer(customer, accounts);
        }
        if let Some(rows) = rows {
            table.put_reference_rows(rows);
        }
        drop(table);
        if touches(&["pack"]) {
            reload_packs(platform)?;
        }
        Ok(())
    }

    /// What packs and settings ask of accounts of a profile: worked out once while the same packs and lists are
    /// in force, for at most a minute.
    fn terms(
        &self,
        packs: &Arc<Packs>,
        lists: &Arc<ListsInForce>,
        settings: &Settings,
        profile: &Profile,
        now: Timestamp,
    ) -> Arc<Terms> {
        let mut cache = self.terms.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second() / 60;
        let same = |held: &TermsCache| {
            held.minute == minute
                && held.packs.as_ref().is_some_and(|held| Arc::ptr_eq(held, packs))
                && held.lists.as_ref().is_some_and(|held| Arc::ptr_eq(held, lists))
        };
        if !same(&cache) {
            *cache = TermsCache {
                minute,
                packs: Some(Arc::clone(packs)),
                lists: Some(Arc::clone(lists)),
                by_profile: HashMap::new(),
            };
        }
        let key = profile.key();
        if let Some(known) = cache.by_profile.get(&key) {
            return Arc::clone(known);
        }
        let terms = Arc::new(crate::decision::terms(packs, lists, settings, &profile.known_facts(), now));
        cache.by_profile.insert(key, Arc::clone(&terms));
        terms
    }

    /// Answers from the table. The answer goes to the answer log at the next [`Gate::flush_answers`].
    pub fn ask(
        &self,
        platform: &Platform,
        actor: &Actor,
        question: &GateQuestion,
    ) -> Result<GateAnswer, Refusal> {
        actor.may(Scope::Gate)?;
        let now = platform.clock.now();
        let stale = self.is_stale(platform, now);
        if stale && platform.settings.fail_modes.of(question.action) == FailMode::Closed {
            return Err(Refusal::new(
                crate::failure::RefusalKind::Unavailable,
                "gate-stale",
                "the gate's table is older than allowed, and this action is refused until it is fresh",
            ));
        }
        self.meet(platform, &question.account)?;
        let (packs, lists) = (platform.packs(), platform.lists());
        let position = self.position.load(Ordering::Acquire);
        let facts = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            let account = table
                .find_account(&question.account)
                .filter(|account| table.branch_holds(actor.branch, account.customer))
                .ok_or_else(|| Refusal::not_found("no-such-account", "no such account"))?;
            let terms = self.terms(&packs, &lists, &platform.settings, &table.profile(account), now);
            table.facts(account, question, terms, now)
        };
        let verdict = decision::decide(&facts);
        let ttl = jiff::SignedDuration::from_secs(platform.settings.answer_ttl_seconds.into());
        let latest = now.saturating_add(ttl).unwrap_or(Timestamp::MAX);
        let valid_until = decision::next_change(&facts).map_or(latest, |change| change.min(latest));
        let answer = GateAnswer {
            id: platform.ids.next().into(),
            account: facts.account.id,
            customer: facts.account.customer,
            verdict,
            answered_at: now,
            valid_until,
            position,
            engine_version: decision::ENGINE_VERSION.to_owned(),
            packs_version: facts.terms.packs_version.clone(),
            lists_version: facts.terms.lists_version.clone(),
            stale,
            fictional_lists: lists.fictional(),
            action: question.action,
            context: question.context.clone(),
            account_version: facts.account.version,
        };
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer.clone());
        Ok(answer)
    }

    /// An account opened a moment ago is asked for before its event has a position: it is read at once.
    fn meet(&self, platform: &Platform, account: &str) -> Result<(), Refusal> {
        if self.table.read().unwrap_or_else(PoisonError::into_inner).find_account(account).is_some() {
            return Ok(());
        }
        let found = platform.store.with_reading_tx(|tx| {
            let found = match account.parse() {
                Ok(id) => tx.find_account(id)?,
                Err(_) => tx.find_account_by_external_id(account)?,
            };
            let Some(account) = found else { return Ok(None) };
            let customer = tx.find_customer(account.customer)?;
            let accounts = tx.list_accounts_of(account.customer)?;
            Ok::<_, StoreError>(customer.map(|customer| (customer, accounts)))
        });
        match found {
            Ok(Some((customer, accounts))) => {
                let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
                table.put_customer(customer, accounts);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(_) => Err(Refusal::new(
                crate::failure::RefusalKind::Unavailable,
                "gate-stale",
                "the account is not in the gate's table and the registry does not answer",
            )),
        }
    }

    /// Writes the answers given since the last call to the answer log. Returns how many.
    pub fn flush_answers(&self, platform: &Platform) -> Result<usize, StoreError> {
        let answers = std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner));
        if answers.is_empty() {
            return Ok(0);
        }
        let rows: Vec<(String, Timestamp, String)> = answers
            .iter()
            .filter_map(|answer| {
                let text = ledger::canonical::to_string(answer).ok()?;
                Some((answer.id.to_string(), answer.answered_at, text))
            })
            .collect();
        let written = platform.store.with_tx(|tx| tx.insert_gate_answers(&rows));
        if let Err(error) = written {
            let mut waiting = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.splice(0..0, answers);
            return Err(error);
        }
        Ok(rows.len())
    }

    /// Accounts in the table.
    pub fn len(&self) -> usize {
        self.table.read().unwrap_or_else(PoisonError::into_inner).accounts.len()
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

    /// Measures and exemptions as the transaction sees them, read anew only when one of them changed.
    fn orders(&self, tx: &mut dyn Transaction) -> Result<Arc<Orders>, StoreError> {
        let version = tx.find_setting(ORDERS_VERSION)?.unwrap_or_default();
        let mut held = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, orders)) = &*held
            && *known == version
        {
            return Ok(Arc::clone(orders));
        }
        let measures = MeasureIndex::new(tx.list_measures()?);
        let orders = Arc::new(Orders { measures, exemptions: tx.list_exemptions()? });
        *held = Some((version, Arc::clone(&orders)));
        Ok(orders)
    }

    /// Accounts a measure would touch, in order of id, as the table has them.
    pub fn accounts_touched_by(
        &self,
        measure: &SpecialMeasure,
    ) -> Vec<(AccountId, CustomerId, MeasureMatch)> {
        let index = MeasureIndex::new([measure.clone()]);
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let mut touched: Vec<_> = table
            .accounts
            .values()
            .filter_map(|account| {
                let (_, found) = table.matching(&index, account).into_iter().next()?;
                Some((account.id, account.customer, found))
            })
            .collect();
        touched.sort_by_key(|(account, _, _)| *account);
        touched
    }
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
        let events = platform.store.log().list_events(after, PAGE)?;
        match events.last() {
            Some((last, _)) => after = *last,
            None => return Ok(after),
        }
    }
}

fn read_table(tx: &mut dyn Transaction) -> Result<Table, StoreError> {
    let mut table = Table::default();
    table.put_reference_rows(read_reference_rows(tx)?);
    let mut page = Page { after: String::new(), limit: PAGE };
    loop {
        let customers = tx.list_customers(&CustomerFilter::default(), &page)?;
        let Some(last) = customers.last() else { break };
        page.after = last.id.to_string();
        for customer in customers {
            table.put_holder(&customer, Vec::new());
        }
    }
    page.after.clear();
    loop {
        let accounts = tx.list_accounts(&page)?;
        let Some(last) = accounts.last() else { break };
        page.after = last.id.to_string();
        for account in accounts {
            table.put_account(account);
        }
    }
    Ok(table)
}

struct ReferenceRows {
    resellers: Vec<Reseller>,
    providers: Vec<Provider>,
    products: Vec<Product>,
    exemptions: Vec<Exemption>,
    measures: Vec<SpecialMeasure>,
}

fn read_reference_rows(tx: &mut dyn Transaction) -> Result<ReferenceRows, StoreError> {
    Ok(ReferenceRows {
        resellers: tx.list_resellers()?,
        providers: tx.list_providers()?,
        products: tx.list_products()?,
        exemptions: tx.list_exemptions()?,
        measures: tx.list_measures()?,
    })
}

impl Table {
    fn put_reference_rows(&mut self, rows: ReferenceRows) {
        self.resellers = rows.resellers.into_iter().map(|reseller| (reseller.customer, reseller)).collect();
        self.providers = rows.providers.into_iter().map(|provider| (provider.id, provider)).collect();
        self.products = rows.products.into_iter().map(|product| (product.id, product)).collect();
        let measures = MeasureIndex::new(rows.measures);
        self.orders = Arc::new(Orders { measures, exemptions: rows.exemptions });
    }

    fn put_customer(&mut self, customer: Customer, accounts: Vec<Account>) {
        let old = self.customers.remove(&customer.id);
        for account in old.into_iter().flat_map(|holder| holder.accounts) {
            if let Some(gone) = self.accounts.remove(&account)
                && let Some(external_id) = &gone.external_id
            {
                self.by_external_id.remove(external_id.as_str());
            }
        }
        self.put_holder(&customer, Vec::new());
        for account in accounts {
            self.put_account(account);
        }
    }

    fn put_holder(&mut self, customer: &Customer, accounts: Vec<AccountId>) {
        let standing = match self.standings.get(&customer.standing) {
            Some(known) => Arc::clone(known),
            None => {
                let standing = Arc::new(customer.standing.clone());
                self.standings.insert(Arc::clone(&standing));
                standing
            }
        };
        let country = standing.places.first().map(|located| located.place.country());
        let identification = customer.identification.clone();
        self.customers
            .insert(customer.id, Holder { kind: customer.kind, identification, standing, country, accounts });
    }

    fn put_account(&mut self, account: Account) {
        if let Some(external_id) = &account.external_id {
            self.by_external_id.insert(external_id.as_str().into(), account.id);
        }
        if let Some(holder) = self.customers.get_mut(&account.customer) {
            holder.accounts.push(account.id);
        }
        self.accounts.insert(account.id, Arc::new(account));
    }

    fn find_account(&self, id: &str) -> Option<&Arc<Account>> {
        let ours = id.parse().ok().and_then(|id: AccountId| self.accounts.get(&id));
        ours.or_else(|| self.by_external_id.get(id).and_then(|id| self.accounts.get(id)))
    }

    /// Whether a credential of a branch may see the customer: the branch's reseller is it, or above it.
    fn branch_holds(&self, branch: Option<CustomerId>, customer: CustomerId) -> bool {
        let Some(branch) = branch else { return true };
        let above = self
            .customers
            .get(&customer)
            .into_iter()
            .flat_map(|holder| &holder.accounts)
            .filter_map(|account| self.accounts.get(account)?.reseller);
        let sells_under = self.resellers.get(&customer).and_then(|entry| entry.parent);
        let above = above.chain(sells_under);
        customer == branch || above.into_iter().any(|reseller| self.chain(Some(reseller)).contains(&branch))
    }

    /// Resellers above, nearest first. The register refuses cycles; the bound is for a damaged one.
    fn chain(&self, from: Option<CustomerId>) -> Vec<CustomerId> {
        let mut chain = Vec::new();
        let mut next = from;
        while let Some(reseller) = next.filter(|reseller| !chain.contains(reseller)) {
            chain.push(reseller);
            next = self.resellers.get(&reseller).and_then(|reseller| reseller.parent);
        }
        chain
    }

    fn matching<'a>(
        &self,
        index: &'a MeasureIndex,
        account: &Account,
    ) -> Vec<(&'a Arc<SpecialMeasure>, MeasureMatch)> {
        let Some(holder) = self.customers.get(&account.customer) else { return Vec::new() };
        if index.is_empty() {
            return Vec::new();
        }
        let chain = self.chain(account.reseller);
        let resellers: Vec<(CustomerId, &Standing)> = chain
            .iter()
            .filter_map(|reseller| Some((*reseller, &*self.customers.get(reseller)?.standing)))
            .collect();
        let classes = self.products.get(&account.product).map_or(&[][..], |product| &product.classes);
        index.matching(&Affected {
            account,
            product_classes: classes,
            customer: account.customer,
            standing: &holder.standing,
            resellers: &resellers,
        })
    }

    fn facts(
        &self,
        account: &Arc<Account>,
        question: &GateQuestion,
        terms: Arc<Terms>,
        now: Timestamp,
    ) -> Facts {
        let holder = self.customers.get(&account.customer);
        let measures = self
            .matching(&self.orders.measures, account)
            .into_iter()
            .filter(|(measure, _)| measure.is_scheduled_or_in_force(now))
            .map(|(measure, found)| (Arc::clone(measure), found))
            .collect();
        let resellers = self
            .chain(account.reseller)
            .into_iter()
            .map(|reseller| ResellerFacts {
                reseller,
                status: self
                    .resellers
                    .get(&reseller)
                    .map_or(domain::reseller::ResellerStatus::Pending, |entry| entry.status),
            })
            .collect();
        let provider = self.providers.get(&account.provider);
        Facts {
            action: question.action,
            context: question.context.clone(),
            at: now,
            account: Arc::clone(account),
            identification: holder.map_or(Identification::Draft, |holder| holder.identification.clone()),
            standing: holder
                .map_or_else(|| Arc::new(Standing::unknown()), |holder| Arc::clone(&holder.standing)),
            resellers,
            measures,
            exempt_under: self.exempt_under(account, holder, now),
            provider_certified: provider
                .is_some_and(|provider| provider.certified_on.is_some() || provider.existed_before_rule),
            terms,
        }
    }

    /// What packs ask for an account depends on these, and on nothing else of it.
    fn profile<'a>(&'a self, account: &'a Account) -> Profile<'a> {
        let holder = self.customers.get(&account.customer);
        Profile {
            kind: holder.map_or(SubjectKind::Individual, |holder| holder.kind),
            classification: holder.map(|holder| holder.standing.classification).unwrap_or_default(),
            account,
            product: self.products.get(&account.product),
            provider: self.providers.get(&account.provider),
        }
    }

    fn exempt_under(&self, account: &Account, holder: Option<&Holder>, now: Timestamp) -> Vec<String> {
        self.orders
            .exemptions
            .iter()
            .filter(|exemption| exemption.is_in_force(now))
            .filter(|exemption| match &exemption.scope {
                ExemptionScope::Provider { provider } => *provider == account.provider,
                ExemptionScope::AccountType { kind } => *kind == account.kind,
                ExemptionScope::LesseeType { country } => {
                    holder.and_then(|holder| holder.country) == Some(*country)
                }
                ExemptionScope::Reseller { reseller } => self.chain(account.reseller).contains(reseller),
            })
            .map(|exemption| exemption.id.to_string())
            .collect()
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
    let mut table = Table { orders: env.platform.gate.orders(tx)?, ..Table::default() };
    table.products.extend(tx.find_product(account.product)?.map(|product| (product.id, product)));
    table.providers.extend(tx.find_provider(account.provider)?.map(|provider| (provider.id, provider)));
    for reseller in crate::customer::reseller_chain(tx, account.reseller)? {
        table.resellers.extend(tx.find_reseller(reseller)?.map(|entry| (reseller, entry)));
        if let Some(above) = tx.find_customer(reseller)? {
            table.put_holder(&above, Vec::new());
        }
    }
    table.put_holder(customer, vec![account.id]);
    let now = env.now();
    let question = GateQuestion { account: account.id.to_string(), action, context };
    let known = known_facts(
        customer.kind,
        customer.standing.classification,
        Some(account),
        table.products.get(&account.product),
        table.providers.get(&account.provider),
    );
    let terms = crate::decision::terms(env.packs, env.lists, env.settings(), &known, now);
    Ok(table.facts(&Arc::new(account.clone()), &question, Arc::new(terms), now))
}
