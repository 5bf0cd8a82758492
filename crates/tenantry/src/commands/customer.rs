//! Customers of a platform.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::body::{Part, body_from};
use crate::exit::{Outcome, Stop};
use crate::reach::{Reach, Request, escaped};

/// Customers: enrol, look up, see what is due
#[derive(Debug, clap::Subcommand)]
pub enum Customer {
    /// List customers: states and classes, no identity data
    List {
        /// Identification state, such as `verified`
        #[arg(long)]
        state: Option<String>,
        /// The one that the control plane calls so
        #[arg(long)]
        external_id: Option<String>,
        #[command(flatten)]
        part: Part,
        #[command(flatten)]
        reach: Reach,
    },
    /// Show one: states and classes, no identity data
    Show {
        /// Id of the customer, `cus_…`
        customer: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Read the record in clear; takes `--purpose`, and the reading is on the ledger first
    Record {
        /// Id of the customer, `cus_…`
        customer: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Enrol a customer from a JSON file, as `POST /v1/customers` takes it
    Enrol {
        /// A JSON file; `-` is standard input
        #[arg(long = "in", value_name = "FILE", default_value = "-")]
        input: PathBuf,
        #[command(flatten)]
        reach: Reach,
    },
    /// Add facts, persons and ownership from a JSON file
    Add {
        /// Id of the customer, `cus_…`
        customer: String,
        /// A JSON file; `-` is standard input
        #[arg(long = "in", value_name = "FILE", default_value = "-")]
        input: PathBuf,
        #[command(flatten)]
        reach: Reach,
    },
    /// What is currently, eventually and past due, with citation and date
    Requirements {
        /// Id of the customer, `cus_…`
        customer: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Decisions about it, in order of time
    Decisions {
        /// Id of the customer, `cus_…`
        customer: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Its accounts
    Accounts {
        /// Id of the customer, `cus_…`
        customer: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Record a verification from a JSON file
    Verify {
        /// Id of the customer, `cus_…`
        customer: String,
        /// A JSON file; `-` is standard input
        #[arg(long = "in", value_name = "FILE", default_value = "-")]
        input: PathBuf,
        #[command(flatten)]
        reach: Reach,
    },
    /// Compare it with the lists in force again
    Screen {
        /// Id of the customer, `cus_…`
        customer: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Replace the conditions that persons put on it; with none they are lifted
    Restrict {
        /// Id of the customer, `cus_…`
        customer: String,
        /// A code of small letters, digits and dashes
        #[arg(long)]
        reason: String,
        /// A condition, as JSON; several may be given
        #[arg(long, value_name = "JSON")]
        condition: Vec<String>,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Customer {
    pub fn run(&self) -> Outcome {
        let of = |customer: &str, rest: &str| format!("/v1/customers/{}{rest}", escaped(customer));
        match self {
            Self::List { state, external_id, part, reach } => {
                let list = Request::get("/v1/customers")
                    .query(&[("state", state.clone()), ("external_id", external_id.clone())]);
                reach.tell(part.on(list))
            }
            Self::Show { customer, reach } => reach.tell(Request::get(of(customer, ""))),
            Self::Record { customer, reach } => reach.tell(Request::get(of(customer, "/record"))),
            Self::Enrol { input, reach } => reach.tell(Request::post("/v1/customers", body_from(input)?)),
            Self::Add { customer, input, reach } => {
                reach.tell(Request::post(of(customer, "/facts"), body_from(input)?))
            }
            Self::Requirements { customer, reach } => reach.tell(Request::get(of(customer, "/requirements"))),
            Self::Decisions { customer, reach } => reach.tell(Request::get(of(customer, "/decisions"))),
            Self::Accounts { customer, reach } => reach.tell(Request::get(of(customer, "/accounts"))),
            Self::Verify { customer, input, reach } => {
                reach.tell(Request::post(of(customer, "/verifications"), body_from(input)?))
            }
            Self::Screen { customer, reach } => {
                reach.tell(Request::post(of(customer, "/screenings"), json!({})))
            }
            Self::Restrict { customer, reason, condition, reach } => {
                let parse = |text: &String| {
                    serde_json::from_str(text)
                        .map_err(|error| Stop::unusable(format!("`--condition` is no JSON: {error}")))
                };
                let conditions: Vec<Value> = condition.iter().map(parse).collect::<Result<_, _>>()?;
                let body = json!({ "conditions": conditions, "reason": reason });
                reach.tell(Request::post(of(customer, "/restrictions"), body))
            }
        }
    }
}
