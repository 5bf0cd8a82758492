//! Adding to a customer's record: facts with provenance, owners and signatories (CIP-03 to CIP-10, CIP-19).

mod check;
mod prepare;
mod reference;

use domain::account::Account;
use domain::customer::Customer;
use domain::fact::{Fact, Source, SubjectId, SubjectKind};
use domain::field::{Field, FieldValue, OwnershipKind};
use domain::id::{CustomerId, FactId, PersonId};
use domain::staff::Scope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account;
use crate::customer::assess;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, Recorded, append_event, append_leaf};
use crate::store::Transaction;
use crate::vault::{KeyOwner, Place};

pub use prepare::{Known, Prepared, prepare};
pub use reference::{Reference, references_of};

/// A statement before it is recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFact {
    pub field: Field,
    /// Tells several values of one field apart; empty for the only one.
    #[serde(default)]
    pub item: String,
    pub value: FieldValue,
    #[serde(default = "declared")]
    pub source: Source,
    /// Since when it is so; `None`: since it is recorded.
    #[serde(default)]
    pub true_from: Option<Timestamp>,
    #[serde(default)]
    pub evidence: Option<String>,
}

fn declared() -> Source {
    Source::Declared
}

/// An owner or signatory before it is recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The caller's code for it, kept as its external id; never a name.
    pub reference: String,
    pub kind: SubjectKind,
    pub facts: Vec<NewFact>,
}

/// An edge of the ownership graph, by the references of the same request or by ids of persons on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOwnership {
    pub owner: String,
    /// A person, or `None` for the customer itself.
    #[serde(default)]
    pub owned: Option<String>,
    pub kind: OwnershipKind,
    pub share_ppm: u32,
    /// Since when it is so; `None`: since it is recorded.
    #[serde(default)]
    pub true_from: Option<Timestamp>,
}

/// What is added to a customer's record in one request.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addition {
    /// About the customer itself.
    pub facts: Vec<NewFact>,
    /// About persons on record.
    pub person_facts: Vec<(PersonId, Vec<NewFact>)>,
    pub persons: Vec<NewPerson>,
    pub ownership: Vec<NewOwnership>,
    /// Facts that are taken back.
    pub withdraw: Vec<FactId>,
}

impl Addition {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a fact's sealed value stands.
pub fn fact_place<'a>(subject: SubjectId, class: &str, row: &'a str, version: u64) -> Place<'a> {
    let owner = KeyOwner::Subject { subject, class: class.to_owned() };
    Place { owner, table: "facts", column: "sealed", row, version }
}

/// Writes what was prepared, with a leaf for each fact.
pub fn insert(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: CustomerId,
    prepared: &Prepared,
) -> Result<(), Failure> {
    for person in &prepared.persons {
        tx.insert_person(person)?;
    }
    for fact in &prepared.facts {
        tx.insert_fact(fact)?;
        let object = fact.id.to_string();
        let owner = KeyOwner::Subject { subject: fact.subject, class: fact.retention_class.clone() };
        let recorded = Recorded {
            kind: "fact",
            object: &object,
            version: fact.version,
            customer: Some(customer),
            subject: Some(fact.subject),
            owner,
        };
        append_leaf(env, tx, recorded, fact)?;
    }
    for (purpose, blind, subject) in &prepared.references {
        tx.insert_reference(*purpose, blind, customer, &subject.to_string())?;
    }
    Ok(())
}

/// What an addition changed.
pub struct Added {
    pub customer: Customer,
    /// Caller's reference and id of each new person.
    pub persons: Vec<(String, PersonId)>,
    pub facts: Vec<FactId>,
    /// Accounts that waited for data that is complete now, as decided.
    pub accounts: Vec<Account>,
}

/// Adds to a customer's record and assesses it anew. A change of owners or of identity reopens what was
/// shown (CIP-19). Accounts that waited only for data are decided once it is complete, like at sign-up. `expected_version` is the customer's version the caller saw, where it said one.
pub fn add(
    env: &Env<'_>,
    id: CustomerId,
    expected_version: Option<u64>,
    addition: &Addition,
) -> Result<Added, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    if addition.is_empty() {
        return Err(Refusal::invalid("nothing-to-add", "the request adds nothing").into());
    }
    let (customer, persons, facts) = env.store().with_reading_tx(|tx| {
        let customer = super::find_visible(tx, env.actor, id)?;
        Ok::<_, Failure>((customer, tx.list_persons(id)?, tx.list_facts(id)?))
    })?;
    if let Some(expected) = expected_version.filter(|expected| *expected != customer.version) {
        let detail = format!("the customer is at version {}, not {expected}", customer.version);
        return Err(Refusal::conflict("version-conflict", detail).into());
    }
    for (number, withdrawn) in addition.withdraw.iter().enumerate() {
        if !facts.iter().any(|fact| fact.id == *withdrawn && fact.withdraws.is_none()) {
            let detail = format!("no fact `{withdrawn}` of this customer");
            return Err(Refusal::not_found("no-such-fact", detail).at(format!("/withdraw/{number}")).into());
        }
    }
    let known = Known { persons: &persons, facts: &facts, fact_version: customer.fact_version };
    let prepared = prepare(env, id, customer.kind, &known, addition)?;
    let screenings = assess::screen_prepared(env, &customer, &persons, &facts, &prepared)?;
    let reasons = reopening_reasons(addition, &facts);
    let (added, accounts) = env.store().with_tx(|tx| {
        insert(env, tx, id, &prepared)?;
        let mut changed = customer.clone();
        changed.fact_version += prepared.facts.len() as u64;
        assess::insert_screenings(env, tx, &screenings)?;
        if !reasons.is_empty() {
            changed.identification = changed.identification.reopen(env.now());
        }
        let changed = assess::refresh(env, tx, changed, &reasons)?;
        append_event(
            env,
            tx,
            Happened::of("customer.changed", id, changed.version)
                .to(id)
                .state(changed.identification.as_str())
                .because(reasons.clone()),
        )?;
        let accounts = account::decide_complete(env, tx, &changed)?;
        Ok::<_, Failure>((changed, accounts))
    })?;
    Ok(Added {
        customer: added,
        accounts,
        persons: prepared.person_ids,
        facts: prepared.facts.iter().map(|fact| fact.id).collect(),
    })
}

/// Why what was shown must be shown again: codes, empty when the change touches no identity.
fn reopening_reasons(addition: &Addition, on_record: &[Fact]) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut because = |reason: &str| {
        if !reasons.iter().any(|known| known == reason) {
            reasons.push(reason.to_owned());
        }
    };
    if !addition.ownership.is_empty() || !addition.persons.is_empty() {
        because("owner-added");
    }
    for withdrawn in &addition.withdraw {
        match on_record.iter().find(|fact| fact.id == *withdrawn).map(|fact| fact.field) {
            Some(Field::Ownership) => because("owner-removed"),
            Some(field) if is_identity(field) => because("identity-changed"),
            _ => {}
        }
    }
    let of_persons = addition.person_facts.iter().flat_map(|(_, facts)| facts);
    if addition.facts.iter().chain(of_persons).any(|fact| is_identity(fact.field)) {
        because("identity-changed");
    }
    reasons
}

/// Fields whose change makes somebody else of a subject.
fn is_identity(field: Field) -> bool {
    matches!(
        field,
        Field::FullName
            | Field::Address
            | Field::Jurisdiction
            | Field::BranchOf
            | Field::Citizenship
            | Field::PermanentResidence
            | Field::PresentLocation
            | Field::NationalId
            | Field::RegistrationNumber
            | Field::BirthDate
    )
}
