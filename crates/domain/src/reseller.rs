//! Customers that offer the service onward, as a tree of any depth (RSL-01).

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::CustomerId;

/// Whether a reseller may bring in business (RSL-02, RSL-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResellerStatus {
    /// No identification programme on file yet.
    Pending,
    Active,
    /// Orders are blocked until it is remedied.
    Blocked,
    Ended,
}

/// What the register says of one reseller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reseller {
    pub customer: CustomerId,
    /// The reseller above it; `None` right under the provider.
    pub parent: Option<CustomerId>,
    pub agreement: Option<String>,
    /// Day-stamped name of the identification programme on file: its own or ours by adoption.
    pub programme: Option<String>,
    pub status: ResellerStatus,
    pub since: Timestamp,
    pub version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("`{0}` would be its own ancestor")]
    Cycle(CustomerId),
    #[error("no reseller `{0}`")]
    Missing(CustomerId),
}

/// The chain above a reseller, nearest first, itself included. Cycles are refused, so the walk ends.
pub fn chain(
    from: Option<CustomerId>,
    parents: &HashMap<CustomerId, Option<CustomerId>>,
) -> Result<Vec<CustomerId>, ChainError> {
    let mut seen = HashSet::new();
    let mut chain = Vec::new();
    let mut next = from;
    while let Some(reseller) = next {
        if !seen.insert(reseller) {
            return Err(ChainError::Cycle(reseller));
        }
        chain.push(reseller);
        next = *parents.get(&reseller).ok_or(ChainError::Missing(reseller))?;
    }
    Ok(chain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn customer(number: u128) -> CustomerId {
        CustomerId::from(Uuid::from_u128(number))
    }

    /// RSL-01: a three-level chain is walked, a cycle refused.
    #[test]
    fn a_chain_is_walked_to_its_root_and_a_cycle_refused() {
        let tree = HashMap::from([
            (customer(1), None),
            (customer(2), Some(customer(1))),
            (customer(3), Some(customer(2))),
        ]);
        assert_eq!(chain(Some(customer(3)), &tree), Ok(vec![customer(3), customer(2), customer(1)]));

        let cycle = HashMap::from([(customer(1), Some(customer(2))), (customer(2), Some(customer(1)))]);
        assert_eq!(chain(Some(customer(1)), &cycle), Err(ChainError::Cycle(customer(1))));
        assert_eq!(chain(Some(customer(9)), &tree), Err(ChainError::Missing(customer(9))));
    }
}
