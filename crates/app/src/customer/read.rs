//! Reading a customer's record, under a purpose, as true then and as known then (SEC-02, CIP-24).

use domain::customer::Customer;
use domain::fact::{AsOf, Fact};
use domain::field::FieldValue;
use domain::id::CustomerId;
use domain::person::Person;
use domain::purpose::Purpose;
use domain::staff::Scope;

use crate::customer::find_visible;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::reading::Reading;
use crate::screening::open_fact;
use crate::store::{CustomerFilter, Page};

/// A fact with its value in clear, `None` where it was shredded.
pub struct OpenedFact {
    pub fact: Fact,
    pub value: Option<FieldValue>,
}

pub struct CustomerRecord {
    pub customer: Customer,
    pub persons: Vec<Person>,
    pub facts: Vec<OpenedFact>,
}

/// A customer's state without any identity data: states, classes, counts.
pub fn find_customer(env: &Env<'_>, id: CustomerId) -> Result<Customer, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| find_visible(tx, env.actor, id))
}

/// The same by the control plane's own name.
pub fn find_customer_by_external_id(env: &Env<'_>, external_id: &str) -> Result<Option<Customer>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| {
        let Some(found) = tx.find_customer_by_external_id(external_id)? else { return Ok(None) };
        match find_visible(tx, env.actor, found.id) {
            Ok(customer) => Ok(Some(customer)),
            Err(Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    })
}

/// The id of the customer that the control plane calls so, for who may see it. Shows nothing else, so it takes no
/// scope: what is done with the id does.
pub fn resolve_customer(env: &Env<'_>, external_id: &str) -> Result<CustomerId, Failure> {
    let found = env.store().with_reading_tx(|tx| {
        let Some(found) = tx.find_customer_by_external_id(external_id)? else { return Ok(None) };
        match find_visible(tx, env.actor, found.id) {
            Ok(customer) => Ok(Some(customer.id)),
            Err(Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    })?;
    Ok(found
        .ok_or_else(|| Refusal::not_found("no-such-customer", "no customer of that id or external id"))?)
}

/// A page of customers that the actor may see, in order of id. A branch sees its own record too.
pub fn list_customers(env: &Env<'_>, state: Option<String>, page: &Page) -> Result<Vec<Customer>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| {
        let mut filter = CustomerFilter { state: state.clone(), resellers: None };
        let Some(branch) = env.actor.branch else { return Ok(tx.list_customers(&filter, page)?) };
        filter.resellers = Some(branch_resellers(tx, branch)?);
        let mut customers = tx.list_customers(&filter, page)?;
        let is_asked_for = |own: &Customer| {
            own.id.to_string() > page.after
                && state.as_deref().is_none_or(|state| own.identification.as_str() == state)
        };
        customers.extend(tx.find_customer(branch)?.filter(is_asked_for));
        customers.sort_by_key(|customer| customer.id);
        customers.dedup_by_key(|customer| customer.id);
        customers.truncate(page.limit as usize);
        Ok(customers)
    })
}

/// The branch's reseller and every reseller under it.
pub fn branch_resellers(
    tx: &mut dyn crate::store::Transaction,
    branch: CustomerId,
) -> Result<Vec<CustomerId>, Failure> {
    let register = tx.list_resellers()?;
    let mut inside = vec![branch];
    let mut next = 0;
    while let Some(&above) = inside.get(next) {
        for entry in &register {
            if entry.parent == Some(above) && !inside.contains(&entry.customer) {
                inside.push(entry.customer);
            }
        }
        next += 1;
    }
    Ok(inside)
}

/// The record in clear. The reading is on the ledger, durably, before anything is opened.
pub fn read_record(
    env: &Env<'_>,
    id: CustomerId,
    as_of: AsOf,
    purpose: Option<&Purpose>,
) -> Result<CustomerRecord, Failure> {
    find_customer(env, id)?;
    let reading = Reading::record(env, purpose, "customer", vec![id])?;
    let (customer, persons, facts) = env.store().with_reading_tx(|tx| {
        let customer = find_visible(tx, env.actor, id)?;
        Ok::<_, Failure>((customer, tx.list_persons(id)?, tx.list_facts(id)?))
    })?;
    let mut opened = Vec::new();
    for fact in as_of.read(&facts) {
        opened.push(OpenedFact { fact: fact.clone(), value: open_fact(env, &reading, fact)? });
    }
    Ok(CustomerRecord { customer, persons, facts: opened })
}
