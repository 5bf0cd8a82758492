//! A customer and its persons compared with the lists in force, each time what is compared changed.

use std::collections::BTreeSet;

use domain::customer::Customer;
use domain::fact::{Fact, SubjectId, SubjectKind};
use domain::field::Field;
use domain::id::CustomerId;
use domain::person::Person;
use domain::purpose::Purpose;
use domain::screening::Screening;

use crate::customer::facts::Prepared;
use crate::env::Env;
use crate::failure::Failure;
use crate::reading::Reading;
use crate::screening::delta::Earlier;
use crate::screening::{self as screen, ToCompare};
use crate::store::Transaction;

/// Screens the subjects that an addition changes, before the transaction that records it.
pub fn screen_prepared(
    env: &Env<'_>,
    customer: &Customer,
    persons: &[Person],
    facts: &[Fact],
    prepared: &Prepared,
) -> Result<Vec<Screening>, Failure> {
    let mut all: Vec<(SubjectId, SubjectKind)> = vec![(SubjectId::Customer(customer.id), customer.kind)];
    all.extend(
        persons.iter().chain(&prepared.persons).map(|person| (SubjectId::Person(person.id), person.kind)),
    );
    let touched: BTreeSet<SubjectId> =
        prepared.facts.iter().filter(|fact| is_compared(fact.field)).map(|fact| fact.subject).collect();
    let changed: Vec<(SubjectId, SubjectKind)> =
        all.into_iter().filter(|(subject, _)| touched.contains(subject)).collect();
    if changed.is_empty() || !env.settings().screening_on {
        return Ok(Vec::new());
    }
    let reading = if facts.is_empty() { None } else { Some(screening_reading(env, vec![customer.id])?) };
    let after: Vec<Fact> = facts.iter().chain(&prepared.facts).cloned().collect();
    let to_compare =
        ToCompare { at: env.now(), facts: &after, fresh: &prepared.plain, reading: reading.as_ref() };
    let earlier = Earlier { screenings: &[], keeper: None };
    let mut screenings = Vec::new();
    for compared in to_compare.open(env, &changed)? {
        screenings.extend(screen::screen(env, customer.id, &compared, &earlier)?);
    }
    Ok(screenings)
}

/// Screens the customer and all its persons from what is on record.
pub fn screen_recorded(
    env: &Env<'_>,
    reading: &Reading,
    customer: &Customer,
    (persons, facts): (&[Person], &[Fact]),
    earlier: &Earlier<'_>,
) -> Result<Vec<Screening>, Failure> {
    let mut subjects = vec![(SubjectId::Customer(customer.id), customer.kind)];
    subjects.extend(persons.iter().map(|person| (SubjectId::Person(person.id), person.kind)));
    let mut screenings = Vec::new();
    let to_compare = ToCompare { at: env.now(), facts, fresh: &[], reading: Some(reading) };
    for compared in to_compare.open(env, &subjects)? {
        screenings.extend(screen::screen(env, customer.id, &compared, earlier)?);
    }
    Ok(screenings)
}

/// The platform's own look at identity data, for comparison with the lists; on record like any other.
pub fn screening_reading(env: &Env<'_>, customers: Vec<CustomerId>) -> Result<Reading, Failure> {
    own_reading(env, "comparison with the lists in force", customers)
}

/// The same for another purpose, one line that names nobody.
pub fn own_reading(env: &Env<'_>, purpose: &str, customers: Vec<CustomerId>) -> Result<Reading, Failure> {
    let system = crate::actor::Actor::system();
    let as_system = Env { actor: &system, ..*env };
    let purpose: Purpose = purpose.parse().expect("a good purpose");
    Reading::record(&as_system, Some(&purpose), "screening", customers)
}

fn is_compared(field: Field) -> bool {
    matches!(
        field,
        Field::FullName
            | Field::BirthDate
            | Field::Jurisdiction
            | Field::Citizenship
            | Field::PermanentResidence
            | Field::Address
            | Field::NationalId
            | Field::RegistrationNumber
            | Field::Document
            | Field::Payment
    )
}

pub fn insert_screenings(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    screenings: &[Screening],
) -> Result<(), Failure> {
    for one in screenings {
        screen::insert(env, tx, one)?;
    }
    Ok(())
}
