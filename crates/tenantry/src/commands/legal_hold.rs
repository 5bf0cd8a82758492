//! Legal holds of customers.

use serde_json::json;

use super::decide::draft;
use crate::exit::Outcome;
use crate::reach::{Reach, Request, escaped};

/// Keep records beyond their retention period
#[derive(Debug, clap::Subcommand)]
pub enum Hold {
    /// Place a hold on all records of a customer
    ///
    /// Until it is released nothing of the customer is destroyed, whatever its age. Placing a hold that is already
    /// in place changes nothing and succeeds.
    Place {
        /// The customer, such as `cus_0198c5b2…`
        customer: String,
        /// Matter or order the hold is for; kept in the record
        #[arg(long)]
        reference: String,
        /// When it ends by itself
        #[arg(long, value_name = "INSTANT")]
        expires_at: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Holds of a customer
    List {
        /// Id of the customer, `cus_…`
        customer: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft the release of a hold; a second person approves it
    Release {
        /// Id of the hold, `hold_…`
        hold: String,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Hold {
    pub fn run(&self) -> Outcome {
        let of = |customer: &str| format!("/v1/customers/{}/legal_holds", escaped(customer));
        match self {
            Self::Place { customer, reference, expires_at, reach } => {
                let body = json!({ "reference": reference, "expires_at": expires_at });
                reach.tell(Request::post(of(customer), body))
            }
            Self::List { customer, reach } => reach.tell(Request::get(of(customer))),
            Self::Release { hold, reason, reach } => {
                reach.tell(draft(json!({ "action": "release_hold", "hold": hold }), reason))
            }
        }
    }
}
