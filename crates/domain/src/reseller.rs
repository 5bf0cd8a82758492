//! Customers that offer the service onward, as a tree of any depth (RSL-01).

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

impl ResellerStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Ended => "ended",
        }
    }
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

/// Most resellers above one another; the register refuses more.
pub const CHAIN_MAX: usize = 64;

/// The chain above a reseller, nearest first, itself included. The register refuses cycles and longer chains; a
/// damaged one ends the walk.
pub fn chain(
    from: Option<CustomerId>,
    mut parent_of: impl FnMut(CustomerId) -> Option<CustomerId>,
) -> Vec<CustomerId> {
    let mut chain = Vec::new();
    let mut next = from;
    while let Some(reseller) = next.filter(|reseller| chain.len() < CHAIN_MAX && !chain.contains(reseller)) {
        chain.push(reseller);
        next = parent_of(reseller);
    }
    chain
}

/// Which branch sees a customer: its own, and those of the resellers above the one it belongs to.
pub fn branch_holds(
    branch: CustomerId,
    customer: CustomerId,
    belongs_to: Option<CustomerId>,
    parent_of: impl FnMut(CustomerId) -> Option<CustomerId>,
) -> bool {
    branch == customer || chain(belongs_to, parent_of).contains(&branch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use uuid::Uuid;

    fn customer(number: u128) -> CustomerId {
        CustomerId::from(Uuid::from_u128(number))
    }

    /// RSL-01: a three-level chain is walked; a damaged register ends the walk.
    #[test]
    fn a_chain_is_walked_to_its_root_and_never_for_ever() {
        let tree = HashMap::from([
            (customer(2), customer(1)),
            (customer(3), customer(2)),
            (customer(7), customer(8)),
            (customer(8), customer(7)),
        ]);
        let walk = |from| chain(Some(customer(from)), |reseller| tree.get(&reseller).copied());

        assert_eq!(walk(3), [customer(3), customer(2), customer(1)]);
        assert_eq!(walk(9), [customer(9)], "one that is not on the register");
        assert_eq!(walk(7), [customer(7), customer(8)], "a cycle");
        let endless = chain(Some(customer(1)), |reseller| {
            Some(CustomerId::from(Uuid::from_u128(Uuid::from(reseller).as_u128() + 1)))
        });
        assert_eq!(endless.len(), CHAIN_MAX);
    }

    /// RSL-01: a branch is its root and all below it.
    #[test]
    fn a_branch_holds_its_root_and_all_below() {
        let tree = HashMap::from([(customer(2), customer(1)), (customer(3), customer(2))]);
        let cases = [
            ("its own root", 2, 2, Some(1), true),
            ("under its root", 2, 50, Some(2), true),
            ("under a reseller of its own", 1, 50, Some(3), true),
            ("above it", 2, 1, None, false),
            ("of nobody", 2, 50, None, false),
            ("of the reseller above", 2, 50, Some(1), false),
        ];
        for (name, branch, of, belongs_to, expected) in cases {
            let parent_of = |reseller| tree.get(&reseller).copied();
            let holds = branch_holds(customer(branch), customer(of), belongs_to.map(customer), parent_of);
            assert_eq!(holds, expected, "{name}");
        }
    }
}
