//! Destroying a customer's keys: every copy becomes unreadable, backups included (RET-03, RET-04).

use domain::account::AccountStatus;
use domain::customer::{Customer, Identification, Standing};
use domain::fact::SubjectId;
use domain::id::CustomerId;

use crate::customer::{find_visible, put};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};

/// What was destroyed, without the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    pub customer: CustomerId,
    pub keys_destroyed: u64,
    pub references_forgotten: u64,
}

/// Destroys all keys of a customer and its persons. Called on approval of a draft, so by two persons. A legal
/// hold wins; an account that is not closed is never due.
pub fn shred(env: &Env<'_>, id: CustomerId) -> Result<Destruction, Failure> {
    let now = env.now();
    let persons = env.store().with_reading_tx(|tx| {
        find_visible(tx, env.actor, id)?;
        if let Some(hold) = tx.list_legal_holds(id)?.iter().find(|hold| hold.is_in_force(now)) {
            let detail = format!("legal hold `{}` is in force; nothing is destroyed", hold.id);
            return Err(Refusal::conflict("legal-hold", detail).into());
        }
        let open = tx.list_accounts_of(id)?.into_iter().find(|account| {
            !matches!(account.status, AccountStatus::Closed { .. } | AccountStatus::Refused { .. })
        });
        if let Some(account) = open {
            let detail = format!("account `{}` is not closed; its holder's records are not due", account.id);
            return Err(Refusal::conflict("account-not-closed", detail).into());
        }
        Ok::<_, Failure>(tx.list_persons(id)?)
    })?;
    let mut keys_destroyed = env.vault().shred(SubjectId::Customer(id), None)?;
    for person in &persons {
        keys_destroyed += env.vault().shred(SubjectId::Person(person.id), None)?;
    }
    let references_forgotten = env.store().with_tx(|tx| {
        let forgotten = tx.delete_references(id)?;
        if let Some(customer) = tx.find_customer(id)? {
            let identification = Identification::Closed { closed_at: now };
            put(tx, Customer { identification, standing: Standing::unknown(), ..customer })?;
        }
        let happened = Happened {
            kind: "customer.shredded",
            customer: None,
            account: None,
            object: id.to_string(),
            version: 1,
            state: Some("shredded"),
            reasons: vec![format!("keys-{keys_destroyed}")],
        };
        append_event(env, tx, happened)?;
        Ok::<u64, Failure>(forgotten)
    })?;
    Ok(Destruction { customer: id, keys_destroyed, references_forgotten })
}
