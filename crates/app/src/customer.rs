//! From an opened account to a recorded decision: enrolling a customer, adding to its record, reading it.

pub mod assess;
pub mod enrol;
pub mod facts;
pub mod read;
pub mod requirements;
pub mod restrict;
pub mod shred;
pub mod timers;

use domain::customer::Customer;
use domain::id::CustomerId;

use crate::actor::Actor;
use crate::failure::{Failure, Refusal};
use crate::store::{StoreError, Transaction};

/// Resellers above a customer, nearest first. The register refuses cycles; a damaged one ends the walk.
pub fn reseller_chain(
    tx: &mut dyn Transaction,
    from: Option<CustomerId>,
) -> Result<Vec<CustomerId>, StoreError> {
    let mut chain = Vec::new();
    let mut next = from;
    while let Some(reseller) = next.filter(|reseller| !chain.contains(reseller)) {
        chain.push(reseller);
        next = tx.find_reseller(reseller)?.and_then(|entry| entry.parent);
    }
    Ok(chain)
}

/// A customer that the actor may see: it is there, and in the actor's branch. Outside the branch it is as if
/// it were not there, so that ids tell nothing.
pub fn find_visible(tx: &mut dyn Transaction, actor: &Actor, id: CustomerId) -> Result<Customer, Failure> {
    let absent = || Refusal::not_found("no-such-customer", format!("no customer `{id}`"));
    let customer = tx.find_customer(id)?.ok_or_else(absent)?;
    if let Some(branch) = actor.branch
        && customer.id != branch
        && !reseller_chain(tx, customer.reseller)?.contains(&branch)
    {
        return Err(absent().into());
    }
    Ok(customer)
}

/// Replaces a customer's row after a change to it.
pub fn put(tx: &mut dyn Transaction, customer: Customer) -> Result<Customer, Failure> {
    let next = Customer { version: customer.version + 1, ..customer };
    tx.update_customer(&next)?;
    Ok(next)
}
