//! Every read of identity data is on record before it happens (SEC-02).

use domain::id::{CustomerId, ReadingId};
use domain::purpose::Purpose;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Recorded, append_leaf, owner_of};

/// One look, or one set of them (a page, a run).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingRecord {
    pub id: ReadingId,
    pub purpose: Purpose,
    /// What was asked, such as `customer`, `who`, `export`; no personal data.
    pub query: String,
    /// The one customer, where it is one.
    pub customer: Option<CustomerId>,
    /// SHA-256 over the ids in the set, in order; binds a set without listing it.
    pub scope_hash: String,
    pub count: u64,
    pub actor: String,
    pub read_at: Timestamp,
}

/// A look at identity data that is on record, durably. [`Reading::record`] alone makes one: nobody looks
/// first and logs later.
pub struct Reading {
    customers: Vec<CustomerId>,
}

impl Reading {
    /// Records one reading of a set and waits until it is durable.
    pub fn record(
        env: &Env<'_>,
        purpose: Option<&Purpose>,
        query: &str,
        customers: Vec<CustomerId>,
    ) -> Result<Self, Failure> {
        env.actor.may(domain::staff::Scope::IdentityRead)?;
        let purpose = purpose.ok_or_else(|| {
            Refusal::precondition("purpose-missing", "reading identity data takes a purpose")
        })?;
        let mut scope = String::new();
        for customer in &customers {
            scope.push_str(&customer.to_string());
            scope.push('\n');
        }
        let reading = ReadingRecord {
            id: env.new_id(),
            purpose: purpose.clone(),
            query: query.to_owned(),
            customer: if let [only] = customers[..] { Some(only) } else { None },
            scope_hash: ledger::hash::Hash::of_leaf(scope.as_bytes()).to_string(),
            count: customers.len() as u64,
            actor: env.actor.to_string(),
            read_at: env.now(),
        };
        // On record whatever comes of the request, so not under its idempotency key.
        env.platform.store.with_tx(|tx| {
            tx.insert_reading(&reading)?;
            let object = reading.id.to_string();
            let recorded = Recorded {
                kind: "reading",
                object: &object,
                version: 1,
                customer: reading.customer,
                subject: None,
                owner: owner_of(reading.customer),
            };
            append_leaf(env, tx, recorded, &reading)
        })?;
        Ok(Self { customers })
    }

    /// Whether this reading is on record for the customer.
    pub fn covers(&self, customer: CustomerId) -> bool {
        self.customers.contains(&customer)
    }
}
