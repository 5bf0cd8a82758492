//! Cases: the queue of work that waits for a person.

use serde_json::json;

use super::body::{Part, word};
use crate::exit::Outcome;
use crate::reach::{Reach, Request, escaped};

const KINDS: [&str; 8] = [
    "identification",
    "list-hit",
    "discrepancy",
    "signatory",
    "redress",
    "closure",
    "reverification",
    "review",
];

/// Cases: work that waits for a person
#[derive(Debug, clap::Subcommand)]
pub enum Case {
    /// The queue, oldest first
    List {
        /// Id of the customer, `cus_…`
        #[arg(long)]
        customer: Option<String>,
        /// Only of this kind
        #[arg(long, value_parser = KINDS)]
        kind: Option<String>,
        /// Resolved ones too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        part: Part,
        #[command(flatten)]
        reach: Reach,
    },
    /// Show one; of a list hit with every hit, its score and what it means
    Show {
        /// Id of the case, `case_…`
        case: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Open one, such as an appeal (`redress`)
    Open {
        /// Id of the customer, `cus_…`
        #[arg(long)]
        customer: String,
        /// What it is about; `redress` is an appeal
        #[arg(long, value_parser = KINDS)]
        kind: String,
        /// Id of the account, `acct_…`
        #[arg(long)]
        account: Option<String>,
        /// A code of small letters, digits and dashes; several may be given
        #[arg(long = "reason", required = true)]
        reasons: Vec<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Take one; takes a signed-in person
    Claim {
        /// Id of the case, `case_…`
        case: String,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Case {
    pub fn run(&self) -> Outcome {
        match self {
            Self::List { customer, kind, all, part, reach } => {
                let unresolved = (!all).then(|| "true".to_owned());
                let kind = kind.as_ref().map(|kind| kind.replace('-', "_"));
                let list = Request::get("/v1/cases").query(&[
                    ("customer", customer.clone()),
                    ("kind", kind),
                    ("unresolved", unresolved),
                ]);
                reach.tell(part.on(list))
            }
            Self::Show { case, reach } => reach.tell(Request::get(format!("/v1/cases/{}", escaped(case)))),
            Self::Open { customer, kind, account, reasons, reach } => {
                let body = json!({
                    "customer": customer, "kind": word(kind), "account": account, "reasons": reasons,
                });
                reach.tell(Request::post("/v1/cases", body))
            }
            Self::Claim { case, reach } => {
                reach.tell(Request::post(format!("/v1/cases/{}/claim", escaped(case)), json!({})))
            }
        }
    }
}
