//! What customers are told when their identity cannot be verified or is due again: the words of the packs in force,
//! queued with what they tell of, once, and sent like any message (CIP-14 to CIP-17, CIP-20, CIP-22).

use std::collections::BTreeSet;

use domain::account::Account;
use domain::case::Case;
use domain::contact_proof::Channel;
use domain::customer::Customer;
use domain::draft::CaseOutcome;
use domain::event::Event;
use domain::fact::{AsOf, Fact, SubjectId};
use domain::field::Field;
use domain::id::{AccountId, CustomerId, EventId};
use domain::pack::{NoticeMoment, NoticeRule, Placeholder, Rule};
use domain::screening::HitStatus;
use domain::verification::{Method, Outcome};
use jiff::{SignedDuration, Timestamp};

use crate::contact_proof::message_place;
use crate::customer::assess;
use crate::decision::known_facts;
use crate::env::Env;
use crate::failure::Failure;
use crate::message::{Addressed, Message, MessageState};
use crate::record::{Happened, append_event};
use crate::store::Transaction;
use crate::vault::VaultError;

/// What a customer is told of. The same moment, object and occasion are one cause, and told once.
pub struct Cause {
    pub moment: NoticeMoment,
    /// Id of the account, case or customer it is about.
    pub object: String,
    /// Which time it is: a version, or a day.
    pub occasion: String,
    pub account: Option<AccountId>,
    pub codes: Vec<String>,
    /// The first instant that is too late.
    pub by: Option<Timestamp>,
}

/// Why nothing was queued; on record as the reason of `notice.withheld`.
const NOT_PROVEN: &str = "address-not-proven";
const NO_ADDRESS: &str = "no-address";
const TIPPING_OFF: &str = "tipping-off";

/// Queues what the packs in force say at a moment, in the transaction of what it tells of. Nothing is sent where no
/// pack has a text, twice for one cause, where a pack forbids to tell of a reason, or to an address that nobody
/// proved to answer, unless the pack says so.
/// `false` where there was nothing to queue or put on record.
pub fn tell(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    cause: &Cause,
) -> Result<bool, Failure> {
    let account = match cause.account {
        Some(account) => tx.find_account(account)?,
        None => None,
    };
    let product = match &account {
        Some(account) => tx.find_product(account.product)?,
        None => None,
    };
    let provider = tx.find_provider(customer.provider)?;
    let classification = customer.standing.classification;
    let known =
        known_facts(customer.kind, classification, account.as_ref(), product.as_ref(), provider.as_ref());
    let in_force = env.packs.at_instant(env.now());
    let mut rules = in_force.notices(cause.moment, &known);
    rules.retain(|rule| rule.entry.subject.is_some());
    if rules.is_empty() {
        return Ok(false);
    }
    let events = tx.list_events_of(customer.id)?;
    let told = told_of(&events, cause);
    if told.iter().any(|event| event.kind == "notice.queued") {
        return Ok(false);
    }
    let codes = codes_of(customer, cause);
    // The law of one pack that forbids to tell forbids the texts of the others too.
    if rules.iter().any(|rule| rule.entry.is_silent_on(&codes)) {
        return withhold(env, tx, customer.id, cause, TIPPING_OFF, &told);
    }
    let facts = tx.list_facts(customer.id)?;
    let Some(address) = address(env, tx, customer.id, &facts)? else {
        return withhold(env, tx, customer.id, cause, NO_ADDRESS, &told);
    };
    rules.retain(|rule| address.proven || rule.entry.to_unproven);
    if rules.is_empty() {
        return withhold(env, tx, customer.id, cause, NOT_PROVEN, &told);
    }
    let redress: BTreeSet<&str> =
        in_force.redress(&known).iter().map(|rule| rule.entry.text.as_str()).collect();
    let redress = redress.into_iter().collect::<Vec<_>>().join(" ");
    let letter = letter(&rules, cause, account.as_ref(), &codes, &redress, address.fact);
    let Some(message) = seal(env, customer.id, cause, &letter)? else {
        return withhold(env, tx, customer.id, cause, NO_ADDRESS, &told);
    };
    tx.insert_message(&message)?;
    let texts =
        rules.iter().map(|rule| format!("{} {} {}", rule.entry.name(), rule.entry.language, rule.pack.id));
    let reasons = [cause.occasion(), format!("message-{}", message.id)].into_iter().chain(texts).collect();
    append_event(env, tx, cause.happened("notice.queued", customer.id, reasons))?;
    Ok(true)
}

impl Cause {
    /// What became of an account, with the reasons that were decided on.
    fn of_account(moment: NoticeMoment, account: &Account, codes: Vec<String>) -> Self {
        Self {
            moment,
            object: account.id.to_string(),
            occasion: account.version.to_string(),
            account: Some(account.id),
            codes,
            by: None,
        }
    }

    fn of_case(moment: NoticeMoment, case: &Case, codes: Vec<String>) -> Self {
        Self {
            moment,
            object: case.id.to_string(),
            occasion: "1".to_owned(),
            account: case.account,
            codes,
            by: None,
        }
    }

    fn occasion(&self) -> String {
        format!("occasion-{}", self.occasion)
    }

    fn happened(&self, kind: &'static str, customer: CustomerId, reasons: Vec<String>) -> Happened<'static> {
        Happened {
            kind,
            customer: Some(customer),
            account: self.account,
            object: self.object.clone(),
            version: 1,
            state: Some(self.moment.as_str()),
            reasons,
        }
    }

    /// The same cause has the same message id, so that the store too refuses to queue it twice.
    fn message_id(&self, customer: CustomerId) -> String {
        let text = format!("{customer}\n{}\n{}\n{}", self.moment.as_str(), self.object, self.occasion);
        let mut id = [0; 16];
        id.copy_from_slice(&ledger::hash::Hash::of_leaf(text.as_bytes()).0[..16]);
        let id = EventId::from(uuid::Uuid::from_bytes(id)).to_string();
        format!("msg_{}", id.trim_start_matches("evt_"))
    }

    /// Reads back what was withheld.
    fn of_withheld(event: &Event) -> Option<Self> {
        let moment =
            NoticeMoment::ALL.into_iter().find(|one| event.state.as_deref() == Some(one.as_str()))?;
        let given =
            |prefix: &'static str| event.reasons.iter().filter_map(move |reason| reason.strip_prefix(prefix));
        Some(Self {
            moment,
            object: event.object.clone(),
            occasion: given("occasion-").next()?.to_owned(),
            account: event.account,
            codes: given("because-").map(str::to_owned).collect(),
            by: given("by-").next().and_then(|by| by.parse().ok()),
        })
    }
}

/// What is on record of a cause.
fn told_of<'a>(events: &'a [Event], cause: &Cause) -> Vec<&'a Event> {
    let is_of_cause = |event: &&Event| {
        event.kind.starts_with("notice.")
            && event.object == cause.object
            && event.state.as_deref() == Some(cause.moment.as_str())
            && event.reasons.contains(&cause.occasion())
    };
    events.iter().filter(is_of_cause).collect()
}

/// The reasons of the cause, and always whether the customer is on a list: no caller can forget to say so.
fn codes_of(customer: &Customer, cause: &Cause) -> BTreeSet<String> {
    let listed = match customer.standing.hits {
        HitStatus::Clear => None,
        HitStatus::Open => Some("hit-open".to_owned()),
        HitStatus::Confirmed => Some("hit-confirmed".to_owned()),
    };
    cause.codes.iter().cloned().chain(listed).collect()
}

/// Puts on record, once, that nothing was queued, with what is needed to do it later.
fn withhold(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: CustomerId,
    cause: &Cause,
    why: &str,
    told: &[&Event],
) -> Result<bool, Failure> {
    if told.iter().any(|event| event.reasons.iter().any(|reason| reason == why)) {
        return Ok(false);
    }
    let mut reasons = vec![cause.occasion(), why.to_owned()];
    reasons.extend(cause.by.map(|by| format!("by-{by}")));
    reasons.extend(cause.codes.iter().map(|code| format!("because-{code}")));
    append_event(env, tx, cause.happened("notice.withheld", customer, reasons))?;
    Ok(true)
}

struct Contact {
    fact: domain::id::FactId,
    proven: bool,
}

/// The customer's e-mail address on record: a proven one before others, the newest before older.
fn address(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: CustomerId,
    facts: &[Fact],
) -> Result<Option<Contact>, Failure> {
    let verifications = tx.list_verifications(customer)?;
    let subject = SubjectId::Customer(customer);
    let is_proven = |fact: &Fact| {
        let id = fact.id.to_string();
        verifications.iter().any(|one| {
            one.subject == subject
                && one.method == Method::ContactEmail
                && one.outcome == Outcome::Pass
                && one.evidence.contains(&id)
        })
    };
    let current = AsOf::current(env.now(), facts).read(facts);
    let addresses = current.into_iter().filter(|fact| fact.subject == subject && fact.field == Field::Email);
    let best = addresses.max_by_key(|fact| (is_proven(fact), fact.version));
    Ok(best.map(|fact| Contact { fact: fact.id, proven: is_proven(fact) }))
}

/// One mail with the texts of all packs, each once.
fn letter(
    rules: &[Rule<'_, NoticeRule>],
    cause: &Cause,
    account: Option<&Account>,
    codes: &BTreeSet<String>,
    redress: &str,
    contact: domain::id::FactId,
) -> Addressed {
    let mut texts: Vec<String> = Vec::new();
    for rule in rules {
        let text = rule.entry.fill(|placeholder| match placeholder {
            Placeholder::Account => account.map(name_of).unwrap_or_default(),
            Placeholder::Reasons => rule.entry.words_for(codes),
            Placeholder::Redress => redress.to_owned(),
            Placeholder::Reference => cause.object.clone(),
            Placeholder::Day => cause.by.map(|by| last_day(by, rule)).unwrap_or_default(),
        });
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let subject = rules.first().and_then(|rule| rule.entry.subject.clone()).unwrap_or_default();
    Addressed { contact, subject, text: texts.join("\n\n") }
}

/// The name by which the customer knows its account.
fn name_of(account: &Account) -> String {
    account.external_id.clone().unwrap_or_else(|| account.id.to_string())
}

fn last_day(by: Timestamp, rule: &Rule<'_, NoticeRule>) -> String {
    let last = by.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(by);
    rule.pack.time_zone.date_of(last).to_string()
}

/// `None` where the customer's keys were destroyed: it can be told nothing.
fn seal(
    env: &Env<'_>,
    customer: CustomerId,
    cause: &Cause,
    letter: &Addressed,
) -> Result<Option<Message>, Failure> {
    let id = cause.message_id(customer);
    let plain = serde_json::to_vec(letter).expect("a letter is plain JSON");
    let content_sealed = match env.vault().seal(&message_place(customer, &id), &plain) {
        Err(VaultError::Destroyed) => return Ok(None),
        sealed => sealed?,
    };
    let now = env.now();
    Ok(Some(Message {
        id,
        customer,
        channel: Channel::Email,
        content_sealed,
        created_at: now,
        attempts: 0,
        next_attempt_at: now,
        state: MessageState::Waiting,
        version: 1,
    }))
}

/// Tells of what was done to an account against its holder: refused, suspended or closed.
pub(crate) fn tell_of_account(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    account: &Account,
    codes: Vec<String>,
) -> Result<(), Failure> {
    use domain::account::AccountStatus::{Closed, Open, Pending, Refused, Suspended};
    let moment = match account.status {
        Refused { .. } => NoticeMoment::OnRefusal,
        Suspended { .. } => NoticeMoment::OnSuspension,
        Closed { .. } => NoticeMoment::OnClosure,
        Pending | Open { .. } => return Ok(()),
    };
    let Some(customer) = tx.find_customer(account.customer)? else { return Ok(()) };
    tell(env, tx, &customer, &Cause::of_account(moment, account, codes)).map(|_| ())
}

/// Tells of a case that two persons decided, where its accounts do not tell already.
pub(crate) fn tell_of_resolution(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    case: &Case,
    outcome: CaseOutcome,
) -> Result<(), Failure> {
    use CaseOutcome::{Close, Dismiss, InterimTerms, Refuse, Reopen, Verify};
    let moment = match outcome {
        InterimTerms => NoticeMoment::OnInterimTerms,
        Reopen => NoticeMoment::OnAppealAnswer,
        Dismiss if case.kind == domain::case::CaseKind::Redress => NoticeMoment::OnAppealAnswer,
        Refuse if tx.list_accounts_of(customer.id)?.is_empty() => NoticeMoment::OnRefusal,
        Refuse | Close | Dismiss | Verify => return Ok(()),
    };
    let mut cause = Cause::of_case(moment, case, vec![outcome.as_str().to_owned()]);
    if outcome == InterimTerms {
        cause.by = assess::interim_until(env, customer, env.now());
    }
    tell(env, tx, customer, &cause).map(|_| ())
}

/// Tells that an appeal came in, with its case (CIP-17).
pub(crate) fn tell_of_appeal(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    case: &Case,
) -> Result<(), Failure> {
    tell(env, tx, customer, &Cause::of_case(NoticeMoment::OnAppeal, case, Vec::new())).map(|_| ())
}

/// Warns of a closure that is near (CIP-16).
pub(crate) fn warn_of_closure(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    case: &Case,
    by: Timestamp,
) -> Result<(), Failure> {
    let cause = Cause { by: Some(by), ..Cause::of_case(NoticeMoment::BeforeClosure, case, Vec::new()) };
    tell(env, tx, customer, &cause).map(|_| ())
}

/// Asks to confirm who it is, by the day on which the verification is due again (CIP-20).
pub(crate) fn ask_again(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    due: Timestamp,
) -> Result<bool, Failure> {
    let cause = Cause {
        moment: NoticeMoment::BeforeReverification,
        object: customer.id.to_string(),
        occasion: due.to_string(),
        account: None,
        codes: Vec::new(),
        by: Some(due),
    };
    tell(env, tx, customer, &cause)
}

/// Tells, once an address is proven, what was withheld for want of one and still holds.
pub(crate) fn tell_withheld(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
) -> Result<(), Failure> {
    let now = env.now();
    let is_waiting = |event: &&Event| {
        event.kind == "notice.withheld" && event.reasons.iter().any(|reason| reason == NOT_PROVEN)
    };
    for event in tx.list_events_of(customer.id)?.iter().filter(is_waiting) {
        let Some(cause) = Cause::of_withheld(event) else { continue };
        let holds = match cause.account {
            Some(account) if cause.object == account.to_string() => {
                tx.find_account(account)?.is_some_and(|found| found.version.to_string() == cause.occasion)
            }
            _ => !customer.identification.is_settled(now),
        };
        if holds && cause.by.is_none_or(|by| by > now) {
            tell(env, tx, customer, &cause)?;
        }
    }
    Ok(())
}

/// Puts on record that a notice went, or that it was given up; messages that are no notices leave no event.
pub(crate) fn record_delivery(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    message: &Message,
) -> Result<(), Failure> {
    let kind = match message.state {
        MessageState::Waiting => return Ok(()),
        MessageState::Sent => "notice.sent",
        MessageState::GivenUp => "notice.given-up",
    };
    let named = format!("message-{}", message.id);
    let events = tx.list_events_of(message.customer)?;
    let Some(queued) = events.into_iter().find(|event| event.reasons.contains(&named)) else { return Ok(()) };
    let happened = Happened {
        kind,
        customer: queued.customer,
        account: queued.account,
        object: queued.object,
        version: queued.version,
        state: queued.state.as_deref(),
        reasons: queued.reasons,
    };
    append_event(env, tx, happened)
}
