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
use domain::reseller;

use crate::actor::Actor;
use crate::failure::{Failure, Refusal};
use crate::store::{StoreError, Transaction};

/// Resellers above a customer, nearest first.
pub fn reseller_chain(
    tx: &mut dyn Transaction,
    from: Option<CustomerId>,
) -> Result<Vec<CustomerId>, StoreError> {
    with_register(tx, |parent_of| reseller::chain(from, parent_of))
}

/// Asks the rules of [`domain::reseller`], with the register at hand.
fn with_register<T>(
    tx: &mut dyn Transaction,
    rule: impl FnOnce(&mut dyn FnMut(CustomerId) -> Option<CustomerId>) -> T,
) -> Result<T, StoreError> {
    let mut failed = None;
    let answer = rule(&mut |reseller| match tx.find_reseller(reseller) {
        Ok(entry) => entry.and_then(|entry| entry.parent),
        Err(error) => {
            failed = Some(error);
            None
        }
    });
    failed.map_or(Ok(answer), Err)
}

/// A customer that the actor may see: it is there, and in the actor's branch. Outside the branch it is as if
/// it were not there, so that ids tell nothing.
pub fn find_visible(tx: &mut dyn Transaction, actor: &Actor, id: CustomerId) -> Result<Customer, Failure> {
    let absent = || Refusal::not_found("no-such-customer", format!("no customer `{id}`"));
    let customer = tx.find_customer(id)?.ok_or_else(absent)?;
    if let Some(branch) = actor.branch
        && !with_register(tx, |parent_of| reseller::branch_holds(branch, id, customer.reseller, parent_of))?
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
