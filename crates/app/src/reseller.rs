//! The register of resellers: a tree, without cycles (RSL-01, RSL-02, RSL-07).

use domain::customer::Customer;
use domain::id::CustomerId;
use domain::reseller::{CHAIN_MAX, Reseller, ResellerStatus};
use domain::staff::Scope;
use serde::{Deserialize, Serialize};

use crate::account::check_branch;
use crate::bounds::check_line;
use crate::customer::{find_visible, put, reseller_chain};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// What the register is told of a reseller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResellerEntry {
    pub customer: CustomerId,
    #[serde(default)]
    pub parent: Option<CustomerId>,
    #[serde(default)]
    pub agreement: Option<String>,
    /// The identification programme on file; without one the reseller waits.
    #[serde(default)]
    pub programme: Option<String>,
    pub status: ResellerStatus,
}

/// Registers a reseller, or changes its entry. A branch registers resellers under its own, and never itself.
pub fn register(env: &Env<'_>, entry: &ResellerEntry) -> Result<Reseller, Failure> {
    env.actor.may(Scope::CatalogueWrite).or_else(|_| env.actor.may(Scope::CasesDecide))?;
    if entry.status == ResellerStatus::Active && entry.programme.is_none() {
        let detail = "an active reseller has an identification programme on file";
        return Err(Refusal::precondition("programme-missing", detail).at("/programme").into());
    }
    for (text, pointer) in [(&entry.agreement, "/agreement"), (&entry.programme, "/programme")] {
        text.as_deref().map_or(Ok(()), |text| check_line(text, pointer))?;
    }
    if env.actor.branch == Some(entry.customer) {
        let detail = "a reseller's own entry is changed by who stands above it";
        return Err(Refusal::forbidden("own-entry", detail).at("/customer").into());
    }
    let now = env.now();
    let parent = entry.parent.or(env.actor.branch);
    env.store().with_tx(|tx| {
        let customer = find_visible(tx, env.actor, entry.customer)?;
        if let Some(parent) = parent {
            check_branch(env, tx, parent, "/parent")?;
        }
        let known = tx.find_reseller(entry.customer)?;
        let levels = if known.is_some() { levels_from(tx, entry.customer)? } else { 1 };
        check_tree(tx, (entry.customer, levels), parent)?;
        let reseller = Reseller {
            customer: entry.customer,
            parent,
            agreement: entry.agreement.clone(),
            programme: entry.programme.clone(),
            status: entry.status,
            since: known.as_ref().map_or(now, |known| known.since),
            version: known.map_or(1, |known| known.version + 1),
        };
        tx.put_reseller(&reseller)?;
        // A reseller belongs to the one it sells under, so that one that moves leaves its old branch.
        if customer.reseller != parent {
            put(tx, Customer { reseller: parent, ..customer })?;
        }
        append_event(
            env,
            tx,
            Happened::of("reseller.registered", entry.customer, reseller.version)
                .to(entry.customer)
                .state(entry.status.as_str()),
        )?;
        Ok(reseller)
    })
}

/// Refuses a place in the tree that closes a circle, or that puts more resellers above one another than the bound.
fn check_tree(
    tx: &mut dyn Transaction,
    (customer, levels): (CustomerId, usize),
    parent: Option<CustomerId>,
) -> Result<(), Failure> {
    let above = reseller_chain(tx, parent)?;
    if above.contains(&customer) {
        let detail = format!("`{customer}` would be its own ancestor");
        return Err(Refusal::conflict("reseller-cycle", detail).at("/parent").into());
    }
    if above.len() + levels > CHAIN_MAX {
        let detail = format!("at most {CHAIN_MAX} resellers stand above one another");
        return Err(Refusal::conflict("reseller-chain-too-long", detail).at("/parent").into());
    }
    Ok(())
}

/// How deep the tree is from a reseller down, itself included.
fn levels_from(tx: &mut dyn Transaction, customer: CustomerId) -> Result<usize, Failure> {
    let register = tx.list_resellers()?;
    let (mut level, mut levels) = (vec![customer], 0);
    while !level.is_empty() && levels < CHAIN_MAX {
        let is_below = |entry: &&Reseller| entry.parent.is_some_and(|parent| level.contains(&parent));
        level = register.iter().filter(is_below).map(|entry| entry.customer).collect();
        levels += 1;
    }
    Ok(levels)
}

pub fn list(env: &Env<'_>) -> Result<Vec<Reseller>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| {
        let mut all = tx.list_resellers()?;
        if let Some(branch) = env.actor.branch {
            let inside = crate::customer::read::branch_resellers(tx, branch)?;
            all.retain(|reseller| inside.contains(&reseller.customer));
        }
        Ok(all)
    })
}
