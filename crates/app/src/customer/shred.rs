//! Destroying a customer's keys: every copy becomes unreadable, backups included (RET-03, RET-04). All of them, or
//! those of one retention class whose time is over while others still run (RET-02).

use std::collections::{BTreeMap, BTreeSet};

use domain::account::{Account, AccountStatus};
use domain::clock::Zone;
use domain::customer::{Customer, Identification, Standing};
use domain::fact::{Fact, SubjectId};
use domain::field::Field;
use domain::id::CustomerId;
use domain::pack::KnownFacts;
use domain::purpose::Purpose;
use domain::retention::{AccountActivity, Activity, Kept, RetentionEnd, latest_end, retention_end};
use domain::staff::Scope;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::actor::Actor;
use crate::customer::facts::{Reference, references_of};
use crate::customer::{find_visible, put};
use crate::decision::known_facts;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::reading::Reading;
use crate::record::{Happened, RECORD_CLASS, append_event};
use crate::store::Transaction;
use crate::vault::KeyOwner;

/// What was destroyed, without the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    pub customer: CustomerId,
    /// `None` for all.
    pub class: Option<String>,
    pub keys_destroyed: u64,
    pub references_forgotten: u64,
}

/// A retention class of a customer: what lies under it, and until when it is kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ClassKept {
    pub class: String,
    /// Empty for the records about the customer, which go last and with everything.
    pub fields: BTreeSet<Field>,
    pub end: RetentionEnd,
    /// A legal hold is in force.
    pub held: bool,
    pub destroyed: bool,
}

impl ClassKept {
    /// Whether two persons may destroy it on a day.
    pub fn is_due(&self, today: Date) -> bool {
        !self.destroyed && !self.held && self.end.is_due(today)
    }
}

/// A day is over everywhere on Earth twelve hours after it is over in UTC: retention never ends early.
pub fn retention_day(now: Timestamp) -> Date {
    Zone::utc().date_of(now.saturating_sub(SignedDuration::from_hours(12)).unwrap_or(Timestamp::MIN))
}

/// The customer's retention classes, each with its end under the packs in force.
pub fn list_classes(env: &Env<'_>, id: CustomerId) -> Result<Vec<ClassKept>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| {
        let customer = find_visible(tx, env.actor, id)?;
        classes_in_tx(env, tx, &customer)
    })
}

pub(crate) fn classes_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
) -> Result<Vec<ClassKept>, Failure> {
    let now = env.now();
    let held = tx.list_legal_holds(customer.id)?.iter().any(|hold| hold.is_in_force(now));
    let facts = tx.list_facts(customer.id)?;
    let kept = Keeping::read(env, tx, customer)?;
    let mut by_class: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.retention_class != RECORD_CLASS) {
        by_class.entry(&fact.retention_class).or_default().push(fact);
    }
    let mut classes = Vec::new();
    for (class, of_class) in by_class {
        let fields: BTreeSet<Field> = of_class.iter().map(|fact| fact.field).collect();
        let subjects: BTreeSet<SubjectId> = of_class.iter().map(|fact| fact.subject).collect();
        let mut destroyed = true;
        for subject in subjects {
            let owner = KeyOwner::Subject { subject, class: class.to_owned() };
            destroyed &= !env.vault().has_key(&owner)?;
        }
        let end = kept.end(fields.iter().map(|&field| Kept::Field(field)), newest(&of_class, customer));
        classes.push(ClassKept { class: class.to_owned(), fields, end, held, destroyed });
    }
    let all: Vec<&Fact> = facts.iter().collect();
    let fields = all.iter().map(|fact| Kept::Field(fact.field));
    let owner = crate::record::owner_of(Some(customer.id));
    classes.push(ClassKept {
        class: RECORD_CLASS.to_owned(),
        fields: BTreeSet::new(),
        end: kept.end(fields.chain([Kept::Verification]), newest(&all, customer)),
        held,
        destroyed: !env.vault().has_key(&owner)?,
    });
    Ok(classes)
}

/// One class of a customer that has values of its own.
pub(crate) fn find_class(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    class: &str,
) -> Result<ClassKept, Failure> {
    if class == RECORD_CLASS {
        let detail = "the records about the customer go last: draft `shred_customer`";
        return Err(Refusal::invalid("whole-customer", detail).at("/action/class").into());
    }
    let found = classes_in_tx(env, tx, customer)?.into_iter().find(|one| one.class == class);
    let absent = || Refusal::not_found("no-such-class", "the customer has no value of this retention class");
    Ok(found.ok_or_else(absent)?)
}

/// Destroys all keys of a customer and its persons. Called on approval of a draft, so by two persons. A legal
/// hold wins; an account that is not closed is never due; and retention has ended everywhere (RET-01).
pub fn shred(env: &Env<'_>, id: CustomerId) -> Result<Destruction, Failure> {
    env.store().with_tx(|tx| {
        let customer = find_destroyable(env, tx, id)?;
        let classes = classes_in_tx(env, tx, &customer)?;
        check_over(&latest_end(classes.into_iter().map(|class| class.end)), env.now())?;
        let keys_destroyed = destroy(env, tx, id, None)?;
        let references_forgotten = tx.delete_references(id)?;
        let identification = Identification::Closed { closed_at: env.now() };
        let gone = put(tx, Customer { identification, standing: Standing::unknown(), ..customer })?;
        let happened = Happened {
            kind: "customer.shredded",
            customer: Some(id),
            account: None,
            object: id.to_string(),
            version: gone.version,
            state: Some("shredded"),
            reasons: vec![format!("keys-{keys_destroyed}")],
        };
        append_event(env, tx, happened)?;
        Ok(Destruction { customer: id, class: None, keys_destroyed, references_forgotten })
    })
}

/// Destroys the keys of one class of a customer and its persons; values of other classes stay. Called on approval
/// of a draft, under the same conditions. The customer is closed with it: what is left is kept, not used.
pub fn shred_class(env: &Env<'_>, id: CustomerId, class: &str) -> Result<Destruction, Failure> {
    let left = references_left(env, id, class)?;
    env.store().with_tx(|tx| {
        let customer = find_destroyable(env, tx, id)?;
        let kept = find_class(env, tx, &customer, class)?;
        check_over(&kept.end, env.now())?;
        if customer.fact_version != left.fact_version {
            let detail = "facts were added to the customer meanwhile; approve again";
            return Err(Refusal::conflict("customer-changed", detail).into());
        }
        let keys_destroyed = destroy(env, tx, id, Some(class))?;
        let before = tx.delete_references(id)?;
        for (purpose, blind, subject) in &left.references {
            tx.insert_reference(*purpose, blind, id, &subject.to_string())?;
        }
        let identification = match customer.identification {
            closed @ Identification::Closed { .. } => closed,
            _ => Identification::Closed { closed_at: env.now() },
        };
        let closed = put(tx, Customer { identification, ..customer })?;
        append_event(env, tx, class_destroyed(&closed, &kept, keys_destroyed))?;
        let references_forgotten = before.saturating_sub(left.references.len() as u64);
        Ok(Destruction { customer: id, class: Some(class.to_owned()), keys_destroyed, references_forgotten })
    })
}

/// A customer of whose records nothing has to stay, locked: no hold is placed and no account opened until the keys
/// are destroyed and that is on record.
fn find_destroyable(env: &Env<'_>, tx: &mut dyn Transaction, id: CustomerId) -> Result<Customer, Failure> {
    tx.lock_customer(id)?;
    let customer = find_visible(tx, env.actor, id)?;
    check_no_hold(tx, id, env.now())?;
    check_closed(tx, id)?;
    Ok(customer)
}

/// By what the customer is still found without a class.
struct ReferencesLeft {
    fact_version: u64,
    references: BTreeSet<Reference>,
}

fn references_left(env: &Env<'_>, id: CustomerId, class: &str) -> Result<ReferencesLeft, Failure> {
    let (fact_version, mut facts) = env.store().with_reading_tx(|tx| {
        let customer = find_visible(tx, env.actor, id)?;
        Ok::<_, Failure>((customer.fact_version, tx.list_facts(id)?))
    })?;
    facts.retain(|fact| fact.retention_class != class);
    let system = Actor::system();
    let as_system = Env { actor: &system, ..*env };
    let purpose: Purpose = "forget how destroyed values are found".parse().expect("a good purpose");
    let reading = Reading::record(&as_system, Some(&purpose), "references", vec![id])?;
    Ok(ReferencesLeft { fact_version, references: references_of(env, &reading, &facts)? })
}

/// Which class went, when, and under which entries of which packs its time was over.
fn class_destroyed(customer: &Customer, kept: &ClassKept, keys_destroyed: u64) -> Happened<'static> {
    let mut reasons = vec![format!("class-{}", kept.class), format!("keys-{keys_destroyed}")];
    match &kept.end {
        RetentionEnd::Through { because, .. } => {
            for rule in because {
                let citation = &rule.citation;
                reasons.push(format!("{} {} through {}", citation.pack, citation.entry, rule.last_day));
            }
        }
        _ => reasons.push("not-required".to_owned()),
    }
    Happened {
        kind: "customer.class-shredded",
        customer: Some(customer.id),
        account: None,
        object: customer.id.to_string(),
        version: customer.version,
        state: Some(customer.identification.as_str()),
        reasons,
    }
}

/// Keys lie apart from the registry, so they stay destroyed whatever becomes of the transaction; destroying them
/// again changes nothing.
fn destroy(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    id: CustomerId,
    class: Option<&str>,
) -> Result<u64, Failure> {
    let persons = tx.list_persons(id)?;
    let mut keys_destroyed = env.vault().shred(SubjectId::Customer(id), class)?;
    for person in persons {
        keys_destroyed += env.vault().shred(SubjectId::Person(person.id), class)?;
    }
    Ok(keys_destroyed)
}

fn check_no_hold(tx: &mut dyn Transaction, id: CustomerId, now: Timestamp) -> Result<(), Failure> {
    match tx.list_legal_holds(id)?.iter().find(|hold| hold.is_in_force(now)) {
        None => Ok(()),
        Some(hold) => {
            let detail = format!("legal hold `{}` is in force; nothing is destroyed", hold.id);
            Err(Refusal::conflict("legal-hold", detail).into())
        }
    }
}

fn check_closed(tx: &mut dyn Transaction, id: CustomerId) -> Result<(), Failure> {
    match tx.list_accounts_of(id)?.iter().find(|account| ended_at(account).is_none()) {
        None => Ok(()),
        Some(account) => {
            let detail = format!("account `{}` is not closed; its holder's records are not due", account.id);
            Err(Refusal::conflict("account-not-closed", detail).into())
        }
    }
}

fn check_over(end: &RetentionEnd, now: Timestamp) -> Result<(), Failure> {
    if end.is_due(retention_day(now)) {
        return Ok(());
    }
    let until = match end {
        RetentionEnd::Through { last_day, .. } => format!("kept through {last_day}"),
        _ => "an account is not closed".to_owned(),
    };
    Err(Refusal::conflict("retention-not-due", format!("the records are not due: {until}")).into())
}

/// What the retention of a customer's records is computed from: every account, and what packs may ask by each.
struct Keeping<'a> {
    in_force: domain::pack::PacksInForce<'a>,
    profiles: Vec<KnownFacts>,
    accounts: Vec<AccountActivity>,
}

impl<'a> Keeping<'a> {
    fn read(env: &Env<'a>, tx: &mut dyn Transaction, customer: &Customer) -> Result<Self, Failure> {
        let accounts = tx.list_accounts_of(customer.id)?;
        Ok(Self {
            in_force: env.packs.at_instant(env.now()),
            profiles: profiles(tx, customer, &accounts)?,
            accounts: accounts.iter().map(|account| activity_of(env, account)).collect::<Result<_, _>>()?,
        })
    }

    /// The latest end over all that goes together and every pack that reaches any account.
    fn end(&self, kept: impl Iterator<Item = Kept>, record_made_at: Timestamp) -> RetentionEnd {
        let activity = Activity { accounts: self.accounts.clone(), record_made_at };
        let kept: BTreeSet<Kept> = kept.collect();
        latest_end(self.profiles.iter().flat_map(|known| {
            kept.iter().map(|&kept| retention_end(kept, &self.in_force, known, &activity)).collect::<Vec<_>>()
        }))
    }
}

fn newest(facts: &[&Fact], customer: &Customer) -> Timestamp {
    facts.iter().map(|fact| fact.recorded_at).max().unwrap_or(customer.created_at)
}

/// Accesses may be recorded under our id of the account or the control plane's own.
fn activity_of(env: &Env<'_>, account: &Account) -> Result<AccountActivity, Failure> {
    let mut last_access_at = env.access().last_access(&account.id.to_string())?;
    if let Some(external_id) = &account.external_id {
        last_access_at = last_access_at.max(env.access().last_access(external_id)?);
    }
    Ok(AccountActivity { closed_at: ended_at(account), last_access_at })
}

/// When the relationship was over. What was refused never began.
pub(crate) fn ended_at(account: &Account) -> Option<Timestamp> {
    match account.status {
        AccountStatus::Refused { refused_at } => Some(refused_at),
        _ => account.status.closed_at(),
    }
}

/// What packs may ask of the customer, by each of its accounts.
fn profiles(
    tx: &mut dyn Transaction,
    customer: &Customer,
    accounts: &[Account],
) -> Result<Vec<KnownFacts>, Failure> {
    let classification = customer.standing.classification;
    let provider = tx.find_provider(customer.provider)?;
    if accounts.is_empty() {
        return Ok(vec![known_facts(customer.kind, classification, None, None, provider.as_ref())]);
    }
    let mut profiles = Vec::new();
    for account in accounts {
        let product = tx.find_product(account.product)?;
        let provider = tx.find_provider(account.provider)?;
        profiles.push(known_facts(
            customer.kind,
            classification,
            Some(account),
            product.as_ref(),
            provider.as_ref(),
        ));
    }
    Ok(profiles)
}
