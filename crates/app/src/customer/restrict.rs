//! Reversible restrictions that a person puts on a customer or one account, such as after a red flag (RF-02).

use domain::customer::Customer;
use domain::id::CustomerId;
use domain::special_measure::Condition;
use domain::staff::Scope;

use crate::customer::{find_visible, put};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};

/// Replaces the conditions on a customer. An empty list lifts them. The note says why and is mandatory; only
/// its presence and the codes go into the event.
pub fn restrict_customer(
    env: &Env<'_>,
    id: CustomerId,
    conditions: Vec<Condition>,
    reason_code: &str,
) -> Result<Customer, Failure> {
    env.actor.may(Scope::CasesDecide)?;
    check_reason_code(reason_code)?;
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
                reasons: vec![reason_code.to_owned()],
            },
        )?;
        Ok(customer)
    })
}

/// Codes are words and dashes, so that no personal data gets into events.
pub fn check_reason_code(code: &str) -> Result<(), Refusal> {
    let good = (2..=64).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if good {
        Ok(())
    } else {
        let detail = "a reason code is 2 to 64 small letters, digits and dashes";
        Err(Refusal::invalid("reason-code-refused", detail).at("/reason"))
    }
}
