//! What is due of a customer, from the packs in force and what is on record (PCK-01, CIP-08).

use std::collections::BTreeSet;

use domain::case::CaseKind;
use domain::contact_proof::Channel;
use domain::customer::{Customer, Identification};
use domain::fact::{Fact, Source, SubjectId, SubjectKind};
use domain::field::{Clear, Field};
use domain::id::CustomerId;
use domain::ownership::Determination;
use domain::pack::{KnownFacts, Proof};
use domain::requirement::{
    OpenDiscrepancy, PresentField, Requirements, Situation, State, SubjectState, What,
};
use domain::verification::{Method, Outcome, Verification, level_reached};
use jiff::Timestamp;

use crate::customer::assess::{self, OnRecord};
use crate::customer::find_visible;
use crate::env::Env;
use crate::failure::Failure;

/// What is due of a customer at an instant: currently, eventually, past due, with citation and date.
pub fn requirements_of(env: &Env<'_>, id: CustomerId) -> Result<Requirements, Failure> {
    env.actor.may(domain::staff::Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| {
        let customer = find_visible(tx, env.actor, id)?;
        let record = assess::read(tx, &customer)?;
        Ok(assess::assess(env, &customer, &record, env.now()).requirements)
    })
}

pub(super) fn evaluate(
    env: &Env<'_>,
    customer: &Customer,
    record: &OnRecord,
    current: &[&Fact],
    determination: &Determination,
    known: &KnownFacts,
    at: Timestamp,
) -> Requirements {
    let subject = |id: SubjectId, kind: SubjectKind| SubjectState {
        id,
        kind,
        classification: match id {
            SubjectId::Customer(_) => determination.classification,
            SubjectId::Person(person) => determination
                .inputs
                .owners
                .get(&person)
                .map(|finding| finding.classification)
                .unwrap_or_default(),
        },
        level: level_reached(&record.verifications, id),
        methods_passed: methods_passed(&record.verifications, id),
        fields: current
            .iter()
            .filter(|fact| fact.subject == id)
            .map(|fact| present(fact, &record.verifications))
            .collect(),
        claims_us: current.iter().any(|fact| fact.subject == id && is_claim_of_home(fact.field)),
        doubtful: record.open_cases.iter().any(|case| case.kind == CaseKind::Signatory),
    };
    let owners = determination.inputs.ownership.iter().flat_map(|finding| &finding.owners);
    let own = SubjectId::Customer(customer.id);
    let last_screening = record
        .screenings
        .iter()
        .filter(|screening| screening.subject == own)
        .max_by_key(|screening| (screening.screened_at, screening.id));
    let situation = Situation {
        now: at,
        known: known.clone(),
        customer: subject(own, customer.kind),
        owners: owners
            .map(|owner| subject(SubjectId::Person(owner.person), SubjectKind::Individual))
            .collect(),
        ownership: determination.inputs.ownership.clone(),
        opened_at: record.accounts.iter().filter_map(|account| account.status.opened_at()).min(),
        notices_shown: BTreeSet::from([customer.notice.clone()]),
        verified_at: match &customer.identification {
            Identification::Verified { verified_at, .. } => Some(*verified_at),
            Identification::UsShown { shown_at } => Some(*shown_at),
            _ => None,
        },
        risk: assess::risk(customer),
        open_discrepancies: record
            .open_cases
            .iter()
            .filter(|case| case.kind == CaseKind::Discrepancy)
            .map(|case| OpenDiscrepancy {
                id: case.id.to_string(),
                subject: case.subject.unwrap_or(own),
                found_at: case.opened_at,
            })
            .collect(),
        screened_at: last_screening.map(|screening| screening.screened_at),
        lists_changed: last_screening
            .is_some_and(|screening| crate::screening::is_of_other_lists(env, &screening.compared_with())),
    };
    domain::requirement::requirements(env.packs, &situation)
}

/// Fields by which somebody asks to be treated as a person of the provider's own country.
fn is_claim_of_home(field: Field) -> bool {
    matches!(field, Field::Citizenship | Field::PermanentResidence | Field::BranchOf)
}

fn present(fact: &Fact, verifications: &[Verification]) -> PresentField {
    let controlled = |method: Method| {
        verifications.iter().any(|verification| {
            verification.method == method
                && verification.subject == fact.subject
                && verification.outcome == Outcome::Pass
                && verification.evidence.contains(&fact.id.to_string())
        })
    };
    let channel = match fact.field {
        Field::Email | Field::AdminContactEmail => Some(Channel::Email),
        Field::Telephone | Field::AdminContactTelephone => Some(Channel::Telephone),
        _ => None,
    };
    let proof = match channel {
        Some(Channel::Email) if controlled(Method::ContactEmail) => Proof::Controlled,
        Some(Channel::Telephone) if controlled(Method::ContactTelephone) => Proof::Controlled,
        _ if fact.source == Source::Documented => Proof::Validated,
        _ => Proof::Declared,
    };
    let address_kind = match fact.clear {
        Some(Clear::Address { kind, .. }) => Some(kind),
        _ => None,
    };
    PresentField { field: fact.field, source: fact.source, proof, address_kind }
}

fn methods_passed(verifications: &[Verification], subject: SubjectId) -> Vec<Method> {
    let mut passed: Vec<Method> = verifications
        .iter()
        .filter(|verification| verification.subject == subject && verification.outcome == Outcome::Pass)
        .map(|verification| verification.method)
        .collect();
    passed.dedup();
    passed
}

/// Ids of the data that is needed before the account may be opened and is not there.
pub(super) fn missing(requirements: &Requirements) -> Vec<String> {
    if requirements.data_complete() {
        return Vec::new();
    }
    requirements
        .requirements
        .iter()
        .filter(|one| one.state > State::Met && one.what.is_data())
        .map(|one| one.id.clone())
        .collect()
}

/// Ids of proof that is asked for and not there.
pub(super) fn unverified(requirements: &Requirements) -> Vec<String> {
    if requirements.proof_complete() {
        return Vec::new();
    }
    requirements
        .requirements
        .iter()
        .filter(|one| one.state > State::Met && !matches!(one.what, What::Reverification))
        .map(|one| one.id.clone())
        .collect()
}

pub(super) fn overdue(requirements: &Requirements) -> bool {
    requirements.in_state(State::PastDue).next().is_some()
}
