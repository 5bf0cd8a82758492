//! Q1: who was behind this address at this time, with evidence.
//!
//! The access ledger names accounts; the registry says whose they are, who owns those, which resellers are
//! above them, where identification stood then and stands now. The reading is on record before it is answered.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use domain::access::{AccountQuestion, Answer, Limits, When, WhoQuestion};
use domain::account::Account;
use domain::customer::Customer;
use domain::fact::{AsOf, Fact, SubjectId, known_now_of, was_recorded_later};
use domain::field::{Clear, Field, FieldValue};
use domain::id::{CustomerId, PersonId};
use domain::person::Person;
use domain::purpose::Purpose;
use domain::redacted::Redacted;
use domain::reseller::Reseller;
use domain::staff::Scope;
use jiff::{SignedDuration, Timestamp};

use crate::access::AccessLogError;
use crate::customer::{assess, find_visible, reseller_chain};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::reading::Reading;
use crate::screening::open_fact;
use crate::store::Transaction;

/// The answer with every account attributed as far as the registry knows it.
pub struct Attributed {
    pub answer: Answer,
    /// One for each line of the answer, in order; `None` for an account nobody enrolled.
    pub holders: Vec<Option<Holder>>,
}

/// Who holds one of the accounts.
pub struct Holder {
    pub account: Account,
    pub customer: Customer,
    /// As is known now of the instant asked for.
    pub known: Known,
    /// As was known at that instant.
    pub known_then: Known,
    /// Nearest first.
    pub resellers: Vec<Reseller>,
    /// Identification state at the instant asked for; `None` before the customer was known.
    pub identification_then: Option<String>,
    pub identification_now: String,
    /// Kind, record and position on the ledger of what proves the above.
    pub proofs: Vec<RecordProof>,
}

/// Names and owners of a holder.
pub struct Known {
    pub names: Vec<Redacted<String>>,
    /// The names were recorded after the instant asked for, without saying since when they are borne.
    pub recorded_later: bool,
    pub owners: Vec<Owner>,
}

pub struct Owner {
    pub person: PersonId,
    pub names: Vec<Redacted<String>>,
    /// The name or the share was recorded after the instant asked for, without saying since when it is so.
    pub recorded_later: bool,
    /// Parts per million, direct and indirect; control alone may have none.
    pub share_ppm: u32,
    pub controls: bool,
}

/// Where on the ledger a record is; its inclusion proof is asked for by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordProof {
    pub kind: String,
    pub object: String,
    /// `None` until the sequencer gives it one, within a second.
    pub position: Option<u64>,
}

/// Answers Q1 for an address or prefix, at an instant or over an interval.
pub fn who(
    env: &Env<'_>,
    question: &WhoQuestion,
    limits: Limits,
    purpose: Option<&Purpose>,
) -> Result<Attributed, Failure> {
    env.actor.may(Scope::AccessRead)?;
    let now = env.now();
    check_breadth(env, question)?;
    check_time(question, now)?;
    let answer = among_visible(env, |counts| env.access().who_among(question, limits, now, counts))?;
    let at = instant_of(question);
    attribute(env, answer, at, purpose, "who")
}

/// A question names whoever used the prefix: one as wide as a provider would name everybody.
fn check_breadth(env: &Env<'_>, question: &WhoQuestion) -> Result<(), Refusal> {
    let settings = env.settings();
    let network = question.network;
    let (widest, length) = if network.is_ipv4() {
        (settings.who_widest_ipv4, network.prefix().saturating_sub(96))
    } else {
        (settings.who_widest_ipv6, network.prefix())
    };
    if length < widest {
        let detail = format!("a prefix of /{length} names too many: ask for one of /{widest} or longer");
        return Err(Refusal::precondition("too-broad", detail).at("/ip"));
    }
    Ok(())
}

/// How far ahead of our clock somebody may ask.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

fn check_time(question: &WhoQuestion, now: Timestamp) -> Result<(), Refusal> {
    let (from, pointer) = match question.when {
        When::Around { at, .. } => (at, "/at"),
        When::Between { from, .. } => (from, "/from"),
        When::Ever => return Ok(()),
    };
    if from > now.saturating_add(AHEAD_MAX).unwrap_or(Timestamp::MAX) {
        return Err(Refusal::invalid("time-ahead", "nothing is on record of a day to come").at(pointer));
    }
    Ok(())
}

/// Where one account came from and what it held. Names nobody, so it takes no purpose.
pub fn accesses_of(env: &Env<'_>, question: &AccountQuestion, limits: Limits) -> Result<Answer, Failure> {
    check_account(env, &question.account)?;
    Ok(env.access().of(question, limits, env.now())?)
}

/// Which other accounts share its addresses.
pub fn shared_with(env: &Env<'_>, question: &AccountQuestion, limits: Limits) -> Result<Answer, Failure> {
    check_account(env, &question.account)?;
    among_visible(env, |counts| env.access().shared_among(question, limits, env.now(), counts))
}

/// A credential of a branch asks about accounts of its branch only.
fn check_account(env: &Env<'_>, account: &str) -> Result<(), Failure> {
    env.actor.may(Scope::AccessRead)?;
    if env.actor.branch.is_none() || is_visible(env, account)? {
        return Ok(());
    }
    Err(Refusal::not_found("no-such-account", "no such account").into())
}

/// Asks as if what lies outside the branch of who asks were not there: it takes no room in the answer and is not told
/// of by `truncated`.
fn among_visible(
    env: &Env<'_>,
    ask: impl FnOnce(&dyn Fn(&str) -> bool) -> Result<Answer, AccessLogError>,
) -> Result<Answer, Failure> {
    if env.actor.branch.is_none() {
        return Ok(ask(&|_| true)?);
    }
    let known: RefCell<HashMap<String, bool>> = RefCell::default();
    let not_read: Cell<Option<Failure>> = Cell::new(None);
    let answer = ask(&|account| {
        if let Some(&visible) = known.borrow().get(account) {
            return visible;
        }
        let visible = is_visible(env, account).unwrap_or_else(|failure| {
            not_read.set(Some(failure));
            false
        });
        known.borrow_mut().insert(account.to_owned(), visible);
        visible
    });
    match not_read.take() {
        Some(failure) => Err(failure),
        None => Ok(answer?),
    }
}

fn is_visible(env: &Env<'_>, account: &str) -> Result<bool, Failure> {
    env.store().with_reading_tx(|tx| Ok(find_holder(env, tx, account)?.is_some()))
}

/// The instant that 'then' means: the one asked for, or the interval's last.
fn instant_of(question: &WhoQuestion) -> Timestamp {
    let window = question.when.lease_window();
    let last = window.until_us.saturating_sub(1).max(window.from_us);
    match question.when {
        When::Around { at, .. } => at,
        _ => Timestamp::from_microsecond(last).unwrap_or(Timestamp::MAX),
    }
}

fn attribute(
    env: &Env<'_>,
    answer: Answer,
    at: Timestamp,
    purpose: Option<&Purpose>,
    query: &str,
) -> Result<Attributed, Failure> {
    let found = env.store().with_reading_tx(|tx| {
        let mut found = Vec::new();
        for line in &answer.accounts {
            found.push(find_holder(env, tx, &line.account)?);
        }
        Ok::<_, Failure>(found)
    })?;
    let customers: Vec<CustomerId> = found.iter().flatten().map(|(_, customer)| customer.id).collect();
    let reading = Reading::record(env, purpose, query, customers)?;
    let mut holders = Vec::new();
    for found in found {
        holders.push(match found {
            Some((account, customer)) => Some(open_holder(env, &reading, account, customer, at)?),
            None => None,
        });
    }
    Ok(Attributed { answer, holders })
}

fn find_holder(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    account: &str,
) -> Result<Option<(Account, Customer)>, Failure> {
    let account = match account.parse() {
        Ok(id) => tx.find_account(id)?,
        Err(_) => tx.find_account_by_external_id(account)?,
    };
    let Some(account) = account else { return Ok(None) };
    match find_visible(tx, env.actor, account.customer) {
        Ok(customer) => Ok(Some((account, customer))),
        Err(Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn open_holder(
    env: &Env<'_>,
    reading: &Reading,
    account: Account,
    customer: Customer,
    at: Timestamp,
) -> Result<Holder, Failure> {
    let id = customer.id;
    let now = env.now();
    let (facts, persons, resellers, events, decisions) = env.store().with_reading_tx(|tx| {
        let mut resellers = Vec::new();
        for reseller in reseller_chain(tx, account.reseller.or(customer.reseller))? {
            resellers.extend(tx.find_reseller(reseller)?);
        }
        let facts = tx.list_facts(id)?;
        Ok::<_, Failure>((
            facts,
            tx.list_persons(id)?,
            resellers,
            tx.list_events_of(id)?,
            tx.list_decisions(id)?,
        ))
    })?;
    let current = known_now_of(at, now, &facts);
    let read = |facts: &[&Fact]| read_known(env, reading, (&customer, &persons), facts, at);
    let known = read(&current)?;
    let known_then = read(&AsOf::at(at).read(&facts))?;
    let identification_then = events
        .iter()
        .filter(|event| event.at <= at && event.object == id.to_string())
        .filter_map(|event| event.state.clone())
        .next_back();
    let mut proofs = Vec::new();
    let mut prove = |kind: &str, object: String, version: u64| -> Result<(), Failure> {
        let leaf = env.store().log().find_leaf(kind, &object, version)?;
        proofs.push(RecordProof { kind: kind.to_owned(), object, position: leaf.map(|leaf| leaf.position) });
        Ok(())
    };
    for fact in current.iter().filter(|fact| matches!(fact.field, Field::FullName | Field::Ownership)) {
        prove("fact", fact.id.to_string(), fact.version)?;
    }
    // Of what was decided only later the first is nearest.
    let decided = decisions.iter().rev().find(|decision| decision.decided_at <= at).or(decisions.first());
    if let Some(decision) = decided {
        prove("decision", decision.id.to_string(), 1)?;
    }
    Ok(Holder {
        known,
        known_then,
        resellers,
        identification_then,
        identification_now: customer.identification.at(now).as_str().to_owned(),
        proofs,
        account,
        customer,
    })
}

/// Opens the names of a customer and of those who own it, from facts as they were read.
fn read_known(
    env: &Env<'_>,
    reading: &Reading,
    (customer, persons): (&Customer, &[Person]),
    facts: &[&Fact],
    at: Timestamp,
) -> Result<Known, Failure> {
    let of = |subject: SubjectId| {
        facts.iter().filter(move |fact| fact.subject == subject && fact.field == Field::FullName)
    };
    let names_of = |subject: SubjectId| -> Result<Vec<Redacted<String>>, Failure> {
        let mut names = Vec::new();
        for fact in of(subject) {
            if let Some(FieldValue::Text(name)) = open_fact(env, reading, fact)? {
                names.push(Redacted::new(name));
            }
        }
        Ok(names)
    };
    let later = |subject: SubjectId| of(subject).any(|fact| was_recorded_later(fact, at));
    let mut owners = Vec::new();
    for owner in assess::beneficial_owners(env, customer, persons, facts, at) {
        let subject = SubjectId::Person(owner.person);
        let share_later = facts.iter().any(|fact| {
            let is_edge = matches!(&fact.clear, Some(Clear::Ownership(edge)) if edge.owner == owner.person);
            is_edge && was_recorded_later(fact, at)
        });
        owners.push(Owner {
            person: owner.person,
            names: names_of(subject)?,
            recorded_later: share_later || later(subject),
            share_ppm: owner.share_ppm,
            controls: owner.controls,
        });
    }
    let own = SubjectId::Customer(customer.id);
    Ok(Known { names: names_of(own)?, recorded_later: later(own), owners })
}
