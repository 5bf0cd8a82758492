//! Accounts of customers.

use serde_json::json;

use super::body::word;
use crate::exit::Outcome;
use crate::reach::{Reach, Request, escaped};

/// Accounts: open, suspend, close
#[derive(Debug, clap::Subcommand)]
pub enum Account {
    /// Ask for an account; it is decided at once
    Open {
        /// Id of the customer, `cus_…`
        #[arg(long)]
        customer: String,
        /// Code of a product of the catalogue
        #[arg(long)]
        product: String,
        /// `standard`, `trial`, `free`, `complimentary` or `reseller`
        #[arg(long, default_value = "standard")]
        kind: String,
        /// The control plane's own name for it
        #[arg(long)]
        external_id: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Show one, by our id or the control plane's
    Show {
        /// Id of the account, `acct_…`, or the control plane's own
        account: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Decide again on one that waits
    Decide {
        /// Id of the account, `acct_…`
        account: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Suspend one; it can be resumed
    Suspend {
        /// Id of the account, `acct_…`
        account: String,
        /// A code of small letters, digits and dashes
        #[arg(long)]
        reason: String,
        /// The measure it is suspended under
        #[arg(long)]
        measure: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Resume one that was suspended
    Resume {
        /// Id of the account, `acct_…`
        account: String,
        /// A code of small letters, digits and dashes
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Close one; retention runs from then or from the last access
    Close {
        /// Id of the account, `acct_…`
        account: String,
        /// A code of small letters, digits and dashes
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Account {
    pub fn run(&self) -> Outcome {
        let of = |account: &str, rest: &str| format!("/v1/accounts/{}{rest}", escaped(account));
        match self {
            Self::Open { customer, product, kind, external_id, reach } => {
                let body = json!({
                    "customer": customer, "product": product, "kind": word(kind), "external_id": external_id,
                });
                reach.tell(Request::post("/v1/accounts", body))
            }
            Self::Show { account, reach } => reach.tell(Request::get(of(account, ""))),
            Self::Decide { account, reach } => reach.tell(Request::post(of(account, "/decide"), json!({}))),
            Self::Suspend { account, reason, measure, reach } => {
                let body = json!({ "reason": reason, "special_measure": measure });
                reach.tell(Request::post(of(account, "/suspend"), body))
            }
            Self::Resume { account, reason, reach } => {
                reach.tell(Request::post(of(account, "/resume"), json!({ "reason": reason })))
            }
            Self::Close { account, reason, reach } => {
                reach.tell(Request::post(of(account, "/close"), json!({ "reason": reason })))
            }
        }
    }
}
