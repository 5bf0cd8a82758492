//! Reversible restrictions that a person puts on a customer, such as after a red flag (RF-02).

use domain::customer::Customer;
use domain::id::CustomerId;
use domain::special_measure::Condition;
use domain::staff::Scope;

use crate::bounds::{check_conditions, parse_reason};
use crate::customer::{find_visible, put};
use crate::env::Env;
use crate::failure::Failure;
use crate::record::{Happened, append_event};

/// Replaces the conditions on a customer. An empty list lifts them. The reason code goes into the event.
pub fn restrict_customer(
    env: &Env<'_>,
    id: CustomerId,
    conditions: Vec<Condition>,
    reason_code: &str,
) -> Result<Customer, Failure> {
    env.actor.may(Scope::CasesDecide)?;
    let reason = parse_reason(reason_code, "/reason")?;
    check_conditions(&conditions, "/conditions")?;
    env.store().with_tx(|tx| {
        let mut customer = find_visible(tx, env.actor, id)?;
        customer.standing.restrictions = conditions.clone();
        let customer = put(tx, customer)?;
        append_event(
            env,
            tx,
            Happened {
                kind: "customer.restricted",
                customer: Some(id),
                account: None,
                object: id.to_string(),
                version: customer.version,
                state: None,
                reasons: vec![reason.clone().into()],
            },
        )?;
        Ok(customer)
    })
}
