//! Where a customer stands: determined from its facts, its verifications, its screenings and its cases, each
//! time one of them changed. What results is current state; what it was made of is on record.

mod comparison;
mod determination;
mod hits;

use domain::account::Account;
use domain::case::{Case, CaseKind, CaseStatus};
use domain::customer::{Customer, Identification, Located, PlaceBasis, Standing};
use domain::fact::{AsOf, Fact};
use domain::id::CustomerId;
use domain::ownership::Determination;
use domain::pack::Risk;
use domain::person::{Classification, Person};
use domain::requirement::Requirements;
use domain::screening::{Consequences, HitStatus, Judgement, Screening, consequences, licences_end_at};
use domain::verification::{Verification, level_reached};
use jiff::Timestamp;

use crate::case::{self, NewCase};
use crate::decision::known_facts;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::screening as screen;
use crate::store::{CaseFilter, Page, Transaction};

pub use comparison::{insert_screenings, own_reading, screen_prepared, screen_recorded, screening_reading};
pub use determination::{OwnerLine, beneficial_owners, graph_of};
use determination::{determine, needs_verification, places, subjects};
pub use hits::latest as latest_screenings;

/// Everything on record about a customer that an assessment looks at. No identity data: facts as they are.
pub struct OnRecord {
    pub persons: Vec<Person>,
    pub facts: Vec<Fact>,
    pub verifications: Vec<Verification>,
    pub screenings: Vec<Screening>,
    pub judgements: Vec<Judgement>,
    pub open_cases: Vec<Case>,
    pub accounts: Vec<Account>,
    /// Of the account asked about.
    pub product: Option<domain::product::Product>,
    /// Of the account asked about; the customer's where it has none.
    pub provider: Option<domain::provider::Provider>,
}

/// The account that requirements are asked for: the first that is not closed, else the first.
fn asked_about(accounts: &[Account]) -> Option<&Account> {
    accounts.iter().find(|account| account.status.closed_at().is_none()).or(accounts.first())
}

/// What an assessment comes to.
pub struct Assessment {
    pub determination: Determination,
    pub requirements: Requirements,
    pub standing: Standing,
}

pub fn read(tx: &mut dyn Transaction, customer: &Customer) -> Result<OnRecord, Failure> {
    let id = customer.id;
    let filter = CaseFilter { customer: Some(id), unresolved: Some(true), ..CaseFilter::default() };
    let accounts = tx.list_accounts_of(id)?;
    let (product, provider) = match asked_about(&accounts) {
        Some(account) => (tx.find_product(account.product)?, account.provider),
        None => (None, customer.provider),
    };
    Ok(OnRecord {
        persons: tx.list_persons(id)?,
        facts: tx.list_facts(id)?,
        verifications: tx.list_verifications(id)?,
        screenings: tx.list_screenings(id)?,
        judgements: tx.list_judgements(id)?,
        open_cases: tx.list_cases(&filter, &Page { after: String::new(), limit: 1_000 })?,
        provider: tx.find_provider(provider)?,
        accounts,
        product,
    })
}

/// Assesses a customer from what is on record, as of an instant. Pure but for what `env` has in force.
pub fn assess(env: &Env<'_>, customer: &Customer, record: &OnRecord, at: Timestamp) -> Assessment {
    let in_force = env.packs.at_instant(at);
    let current = AsOf::current(at, &record.facts).read(&record.facts);
    let known = |classification| {
        known_facts(
            customer.kind,
            classification,
            asked_about(&record.accounts),
            record.product.as_ref(),
            record.provider.as_ref(),
        )
    };
    let determination =
        determine(customer, &record.persons, &current, &in_force, &known(Classification::PresumedForeign));
    let known = known(determination.classification);
    let subjects = subjects(customer, &determination);
    let level = subjects
        .iter()
        .filter(|(subject, _)| needs_verification(&determination, *subject))
        .map(|(subject, _)| level_reached(&record.verifications, *subject))
        .min()
        .unwrap_or_default();
    let listed = hits::of_record(customer.id, record, &graph_of(customer, &record.persons, &current));
    let discrepancy_open =
        record.open_cases.iter().any(|case| matches!(case.kind, CaseKind::Discrepancy | CaseKind::Signatory));
    let requirements =
        super::requirements::evaluate(env, customer, record, &current, &determination, &known, at);
    let standing = Standing {
        classification: determination.classification,
        level,
        hits: listed.on_lists.hits,
        hit_open: listed.on_lists.hit_open,
        listed_owners: listed.on_lists.listed_owners,
        screened_with: listed.screened_with,
        places: places(customer, &current, &determination),
        confirmed_entries: listed.on_lists.confirmed_entries,
        missing: super::requirements::missing(&requirements),
        overdue: super::requirements::overdue(&requirements),
        discrepancy_open,
        restrictions: customer.standing.restrictions.clone(),
    };
    Assessment { determination, requirements, standing }
}

/// Assesses again inside a transaction, stores the result, and opens the cases it calls for.
pub fn refresh(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: Customer,
    reasons: &[String],
) -> Result<Customer, Failure> {
    Ok(refresh_with(env, tx, customer, reasons)?.0)
}

/// The same, with the assessment that it came to.
pub fn refresh_with(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: Customer,
    reasons: &[String],
) -> Result<(Customer, Assessment), Failure> {
    let record = read(tx, &customer)?;
    let now = env.now();
    let assessment = assess(env, &customer, &record, now);
    let before = customer.identification.as_str();
    let mut next = Customer { standing: assessment.standing.clone(), ..customer };
    next.identification = identification(&next, &assessment, now);
    let next = super::put(tx, next)?;
    open_cases(env, tx, &next, &assessment, reasons)?;
    if next.identification.as_str() != before {
        append_event(
            env,
            tx,
            Happened::of("customer.identification-changed", next.id, next.version)
                .to(next.id)
                .state(next.identification.as_str())
                .because(reasons.to_vec()),
        )?;
    }
    Ok((next, assessment))
}

/// The state that follows from an assessment alone. Persons decide the rest.
fn identification(customer: &Customer, assessment: &Assessment, now: Timestamp) -> Identification {
    let shown_us = assessment.determination.classification == Classification::Us;
    let complete = assessment.standing.missing.is_empty();
    match &customer.identification {
        Identification::Draft | Identification::Open { .. } if shown_us && complete => {
            Identification::UsShown { shown_at: now }
        }
        Identification::Draft if complete => Identification::Open { since: now },
        // What was complete stays open when a pack or an owner adds something: the missing part is named.
        Identification::UsShown { .. } if !shown_us => Identification::Open { since: now },
        other => other.at(now),
    }
}

fn open_cases(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    assessment: &Assessment,
    reasons: &[String],
) -> Result<(), Failure> {
    let mut open = |kind, reasons: Vec<String>| {
        let new = NewCase { kind, account: None, subject: None, reasons, due_at: None, not_by: Vec::new() };
        case::open_in_tx(env, tx, customer.id, new).map(|_| ())
    };
    if matches!(customer.identification, Identification::Draft | Identification::Open { .. }) {
        open(CaseKind::Identification, reasons.to_vec())?;
    }
    if matches!(customer.identification, Identification::ReverifyDue { .. }) {
        open(CaseKind::Reverification, vec!["reverification-due".to_owned()])?;
    }
    if is_hit_open(&customer.standing) {
        open(CaseKind::ListHit, vec!["hit-open".to_owned()])?;
    }
    if consequences_of(env, customer).is_some_and(|found| found.outcome_due) {
        let mut licences = licences_end_at(&customer.standing.confirmed_entries);
        let is_over = licences.any(|end| end <= env.now());
        open(CaseKind::ListHit, vec![if is_over { "licence-over" } else { "outcome-due" }.to_owned()])?;
    }
    let ownership = assessment.determination.inputs.ownership.as_ref();
    if ownership.is_some_and(|finding| !finding.discrepancies.is_empty()) {
        open(CaseKind::Review, vec!["ownership-does-not-add-up".to_owned()])?;
    }
    if observed_elsewhere(&customer.standing.places) {
        open(CaseKind::Review, vec!["location-differs".to_owned()])?;
    }
    if assessment.determination.classification == Classification::Review {
        open(CaseKind::Review, vec!["classification-unclear".to_owned()])?;
    }
    Ok(())
}

/// Whether the customer was observed in a country that it did not declare as a location of use (CIP-05).
fn observed_elsewhere(places: &[Located]) -> bool {
    let declared = |place: &Located| {
        places.iter().any(|other| {
            other.basis == PlaceBasis::LocationOfUse && other.place.country() == place.place.country()
        })
    };
    let any_declared = places.iter().any(|place| place.basis == PlaceBasis::LocationOfUse);
    any_declared && places.iter().any(|place| place.basis == PlaceBasis::AccessAddress && !declared(place))
}

/// Whether a hit waits for a person, be it beside a confirmed one.
fn is_hit_open(standing: &Standing) -> bool {
    standing.hits == HitStatus::Open || standing.hit_open
}

/// What the customer's confirmed hits come to now; `None` where there are none.
pub fn consequences_of(env: &Env<'_>, customer: &Customer) -> Option<Consequences> {
    let standing = &customer.standing;
    if standing.confirmed_entries.is_empty() {
        return None;
    }
    let terms = screen::shown::terms_for(env, customer);
    consequences(&standing.confirmed_entries, &standing.listed_owners, &terms, env.now())
}

/// How a case about hits came to its end.
pub struct Settled<'a> {
    pub outcome: &'a str,
    pub by: &'a str,
}

/// Resolves the customer's case about hits once none is open and none is to be looked into.
pub fn resolve_if_settled(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: CustomerId,
    settled: &Settled<'_>,
) -> Result<(), Failure> {
    let is_settled = |found: &Customer| {
        !is_hit_open(&found.standing) && !consequences_of(env, found).is_some_and(|found| found.outcome_due)
    };
    if !tx.find_customer(customer)?.is_some_and(|found| is_settled(&found)) {
        return Ok(());
    }
    let filter = CaseFilter {
        customer: Some(customer),
        kind: Some(CaseKind::ListHit),
        unresolved: Some(true),
        ..CaseFilter::default()
    };
    for case in tx.list_cases(&filter, &Page { after: String::new(), limit: 100 })? {
        let status = CaseStatus::Resolved {
            outcome: settled.outcome.to_owned(),
            resolved_by: settled.by.to_owned(),
            resolved_at: env.now(),
        };
        case::put(env, tx, Case { status, ..case }, "case.resolved", vec![settled.outcome.to_owned()])?;
    }
    Ok(())
}

/// Whether a person may call the customer verified: the level is reached, nothing is missing, no discrepancy is open
/// and no hit holds anything back (CIP-18).
pub fn check_verifiable(env: &Env<'_>, tx: &mut dyn Transaction, customer: &Customer) -> Result<(), Failure> {
    let record = read(tx, customer)?;
    let assessment = assess(env, customer, &record, env.now());
    let standing = &assessment.standing;
    let refused = |code, detail: String| Err(Failure::from(Refusal::precondition(code, detail)));
    if standing.discrepancy_open {
        return refused("discrepancy-open", "an open discrepancy blocks `verified`".to_owned());
    }
    let confirmed = consequences_of(env, &Customer { standing: standing.clone(), ..customer.clone() });
    let holds_back = standing.hits == HitStatus::Confirmed
        && !confirmed.is_some_and(|confirmed| confirmed.strictest.lets_through());
    if is_hit_open(standing) || holds_back {
        return refused("hit-open", "a hit is open, or confirmed and holds back".to_owned());
    }
    if !standing.missing.is_empty() {
        return refused("requirements-due", format!("still missing: {}", standing.missing.join(", ")));
    }
    let unproven = super::requirements::unverified(&assessment.requirements);
    if !unproven.is_empty() {
        return refused("level-not-reached", format!("still to be verified: {}", unproven.join(", ")));
    }
    Ok(())
}

/// The verified state, due again when the packs say so for the customer's risk (CIP-20).
pub fn verified(env: &Env<'_>, customer: &Customer, now: Timestamp) -> Identification {
    let in_force = env.packs.at_instant(now);
    let known = known_facts(customer.kind, customer.standing.classification, None, None, None);
    let rule = in_force.reverification(risk(customer), &known);
    let reverify_at = rule.map(|rule| domain::clock::due(now, rule.entry.every, &rule.pack.time_zone).until);
    Identification::Verified { verified_at: now, level: customer.standing.level, reverify_at }
}

/// Risk from what stands on record: foreign and confirmed or restricted is high, foreign is medium, else low.
pub fn risk(customer: &Customer) -> Risk {
    let standing = &customer.standing;
    if standing.hits != HitStatus::Clear || !standing.restrictions.is_empty() || standing.discrepancy_open {
        Risk::High
    } else if standing.classification.is_foreign() {
        Risk::Medium
    } else {
        Risk::Low
    }
}

/// Until when interim terms may last; `None` where the packs set no end.
pub fn interim_until(env: &Env<'_>, customer: &Customer, now: Timestamp) -> Option<Timestamp> {
    let in_force = env.packs.at_instant(now);
    let known = known_facts(customer.kind, customer.standing.classification, None, None, None);
    in_force.interim_terms(&known)?.ends_at(now)
}
