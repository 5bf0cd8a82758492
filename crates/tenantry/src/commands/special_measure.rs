//! Special measures, their drafts and previews.

use std::path::PathBuf;

use serde_json::json;

use super::body::body_from;
use super::decide::draft;
use crate::exit::Outcome;
use crate::reach::{Reach, Request, escaped};

/// Special measures: dated orders on places or persons
#[derive(Debug, clap::Subcommand)]
pub enum Measure {
    /// All of them, drafts too
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Show one: whom it is on, from when until when, and its state
    Show {
        /// Id of the measure, `meas_…`
        measure: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Enter a measure from a JSON file; nothing is touched until two persons activated it
    Draft {
        /// A JSON file; `-` is standard input
        #[arg(long = "in", value_name = "FILE", default_value = "-")]
        input: PathBuf,
        #[command(flatten)]
        reach: Reach,
    },
    /// Which accounts it touches, by reason and strength; nothing changes
    Preview {
        /// Id of the measure, `meas_…`
        measure: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft a longer end by an instrument of its own; a second person approves it
    Extend {
        /// Id of the measure, `meas_…`
        measure: String,
        /// The new end
        #[arg(long, value_name = "INSTANT")]
        until: String,
        /// Instrument that extends it
        #[arg(long)]
        reference: String,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft its activation; a second person approves it
    Activate {
        /// Id of the measure, `meas_…`
        measure: String,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft its revocation; a second person approves it
    Revoke {
        /// Id of the measure, `meas_…`
        measure: String,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Measure {
    pub fn run(&self) -> Outcome {
        let of = |measure: &str, rest: &str| format!("/v1/special_measures/{}{rest}", escaped(measure));
        match self {
            Self::List { reach } => reach.tell(Request::get("/v1/special_measures")),
            Self::Show { measure, reach } => reach.tell(Request::get(of(measure, ""))),
            Self::Draft { input, reach } => {
                reach.tell(Request::post("/v1/special_measures", body_from(input)?))
            }
            Self::Preview { measure, reach } => reach.tell(Request::get(of(measure, "/preview"))),
            Self::Extend { measure, until, reference, reason, reach } => {
                let body = json!({ "until": until, "reference": reference, "reason": reason });
                reach.tell(Request::post(of(measure, "/extend"), body))
            }
            Self::Activate { measure, reason, reach } => {
                reach.tell(draft(json!({ "action": "activate_measure", "measure": measure }), reason))
            }
            Self::Revoke { measure, reason, reach } => {
                reach.tell(draft(json!({ "action": "revoke_measure", "measure": measure }), reason))
            }
        }
    }
}
