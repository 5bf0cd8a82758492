//! The register of resellers: a tree, without cycles (RSL-01, RSL-02, RSL-07).

use domain::customer::Customer;
use domain::id::CustomerId;
use domain::reseller::{Reseller, ResellerStatus};
use domain::staff::Scope;
use serde::{Deserialize, Serialize};

use crate::bounds::check_line;
use crate::customer::{find_visible, put, reseller_chain};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};

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

/// Registers a reseller, or changes its entry.
pub fn register(env: &Env<'_>, entry: &ResellerEntry) -> Result<Reseller, Failure> {
    env.actor.may(Scope::CatalogueWrite).or_else(|_| env.actor.may(Scope::CasesDecide))?;
    if entry.status == ResellerStatus::Active && entry.programme.is_none() {
        let detail = "an active reseller has an identification programme on file";
        return Err(Refusal::precondition("programme-missing", detail).at("/programme").into());
    }
    for (text, pointer) in [(&entry.agreement, "/agreement"), (&entry.programme, "/programme")] {
        text.as_deref().map_or(Ok(()), |text| check_line(text, pointer))?;
    }
    let now = env.now();
    env.store().with_tx(|tx| {
        let customer = find_visible(tx, env.actor, entry.customer)?;
        if let Some(parent) = entry.parent {
            let absent = || Refusal::not_found("no-such-reseller", format!("no reseller `{parent}`"));
            tx.find_reseller(parent)?.ok_or_else(|| absent().at("/parent"))?;
            if reseller_chain(tx, Some(parent))?.contains(&entry.customer) {
                let detail = format!("`{}` would be its own ancestor", entry.customer);
                return Err(Refusal::conflict("reseller-cycle", detail).at("/parent").into());
            }
        }
        let known = tx.find_reseller(entry.customer)?;
        let reseller = Reseller {
            customer: entry.customer,
            parent: entry.parent,
            agreement: entry.agreement.clone(),
            programme: entry.programme.clone(),
            status: entry.status,
            since: known.as_ref().map_or(now, |known| known.since),
            version: known.map_or(1, |known| known.version + 1),
        };
        tx.put_reseller(&reseller)?;
        // Who nobody brought belongs to the branch of the reseller it sells under.
        if customer.reseller.is_none() && entry.parent.is_some() {
            put(tx, Customer { reseller: entry.parent, ..customer })?;
        }
        append_event(
            env,
            tx,
            Happened {
                kind: "reseller.registered",
                customer: Some(entry.customer),
                account: None,
                object: entry.customer.to_string(),
                version: reseller.version,
                state: Some(status_word(entry.status)),
                reasons: Vec::new(),
            },
        )?;
        Ok(reseller)
    })
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

fn status_word(status: ResellerStatus) -> &'static str {
    match status {
        ResellerStatus::Pending => "pending",
        ResellerStatus::Active => "active",
        ResellerStatus::Blocked => "blocked",
        ResellerStatus::Ended => "ended",
    }
}
