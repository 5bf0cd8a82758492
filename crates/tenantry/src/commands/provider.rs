//! Providers of an installation.

use serde_json::json;

use crate::exit::Outcome;
use crate::reach::{Reach, Request, escaped};

/// Providers of this installation
#[derive(Debug, clap::Subcommand)]
pub enum Provider {
    /// All of them, with when they certified
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Enter one
    Add {
        /// Its name
        #[arg(long)]
        name: String,
        /// ISO 3166 code
        #[arg(long)]
        country: String,
        /// Where it offers its services, ISO 3166 codes
        #[arg(long, value_delimiter = ',')]
        offers_in: Vec<String>,
        /// It sold before the rule, so the new-entrant gate does not apply
        #[arg(long)]
        existed_before_rule: bool,
        #[command(flatten)]
        reach: Reach,
    },
    /// Record the day its certification was filed
    Certify {
        /// Id of the provider, `prov_…`
        provider: String,
        /// The day
        #[arg(long, value_name = "DATE")]
        on: String,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Provider {
    pub fn run(&self) -> Outcome {
        match self {
            Self::List { reach } => reach.tell(Request::get("/v1/providers")),
            Self::Add { name, country, offers_in, existed_before_rule, reach } => {
                let body = json!({
                    "name": name, "country": country, "offers_in": offers_in,
                    "existed_before_rule": existed_before_rule,
                });
                reach.tell(Request::post("/v1/providers", body))
            }
            Self::Certify { provider, on, reach } => {
                let body = json!({ "certified_on": on });
                reach.tell(Request::post(format!("/v1/providers/{}/certify", escaped(provider)), body))
            }
        }
    }
}
