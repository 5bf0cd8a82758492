//! Drafts of what two persons decide, and decisions on record.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::body::{body_from, word};
use super::screen::parse_score;
use crate::exit::Outcome;
use crate::reach::{Reach, Request, escaped};

/// What a hit can be said to be.
const HIT_IS: [&str; 6] =
    ["false-positive", "true-match", "licensed", "not-licensed", "resolved", "not-resolved"];

/// Decide with four eyes, and see what was decided
///
/// Drafting and approving takes persons: ask a server with `--server URL` and the token of one.
#[derive(Debug, clap::Subcommand)]
pub enum Decide {
    /// Draft the answer to a case
    Case {
        /// Id of the case, `case_…`
        case: String,
        /// Kind of the case, such as `identification`
        #[arg(long)]
        kind: String,
        /// `verify`, `refuse`, `interim-terms`, `close`, `reopen` or `dismiss`
        #[arg(long)]
        outcome: String,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Say what a hit is, and what looking into a true match came to
    ///
    /// Drafted, for a second person to approve; `not-licensed` and `not-resolved` let nobody through, and are
    /// recorded at once. Which outcomes there are for a list, the packs say. `case show` names the hits.
    Hit {
        /// Id of the customer, `cus_…`
        customer: String,
        /// Id of the screening, `scr_…`
        #[arg(long)]
        screening: String,
        /// Id of the list, such as `us-ofac-sdn`
        #[arg(long)]
        list: String,
        /// The publisher's number of the entry
        #[arg(long)]
        entry: String,
        /// Somebody else, the listed one, or what looking into a true match came to
        #[arg(long = "is", value_parser = HIT_IS)]
        is: String,
        /// Number of the licence
        #[arg(long, requires = "until", required_if_eq("is", "licensed"))]
        licence: Option<String>,
        /// When the licence is over
        #[arg(long, value_name = "INSTANT", requires = "licence")]
        until: Option<String>,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft that many open hits of one list are somebody else: those of an entry, those below a score, or both
    ///
    /// The draft names the hits; the second person approves these and no others. How many go together
    /// `platform.hits_cleared_together_max` says; `more` in the answer says that there are others.
    ClearHits {
        /// Id of the list, such as `us-ofac-sdn`
        #[arg(long)]
        list: String,
        /// The publisher's number of the entry
        #[arg(long, required_unless_present = "below")]
        entry: Option<String>,
        /// Only what scored less, 0 to 1
        #[arg(long, value_name = "SCORE", value_parser = parse_score)]
        below: Option<f64>,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft any action from a JSON file, as `action` of `POST /v1/drafts` takes it
    Draft {
        /// A JSON file; `-` is standard input
        #[arg(long = "in", value_name = "FILE", default_value = "-")]
        input: PathBuf,
        /// Why, in 3 to 2,000 characters that name nobody
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Drafts that wait for a second person
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Approve a draft of somebody else; it is carried out
    Approve {
        /// Id of the draft, `dft_…`
        draft: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Reject a draft; nothing happens
    Reject {
        /// Id of the draft, `dft_…`
        draft: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Take a draft of your own back; nothing happens
    Withdraw {
        /// Id of the draft, `dft_…`
        draft: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Show a decision with every finding
    Show {
        /// Id of the decision, `dec_…`
        decision: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Make a decision, or an answer of the gate, again from what it was made of, and compare
    Replay {
        /// A decision, such as `dec_0198c5b2…`, or an answer, such as `ans_0198c5b2…`
        decision: String,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) fn draft(action: Value, reason: &str) -> Request {
    Request::post("/v1/drafts", json!({ "action": action, "reason": reason }))
}

impl Decide {
    pub fn run(&self) -> Outcome {
        match self {
            Self::Case { case, kind, outcome, reason, reach } => {
                let action = json!({
                    "action": "decide_case", "case": case, "kind": word(kind), "outcome": word(outcome),
                });
                reach.tell(draft(action, reason))
            }
            Self::Hit { customer, screening, list, entry, is, licence, until, reason, reach } => {
                let mut body = json!({ "screening": screening, "list": list, "entry": entry });
                let is = is.replace('-', "_");
                let mut outcome = json!({ "kind": is });
                if let (Some(licence), Some(until)) = (licence, until) {
                    (outcome["licence"], outcome["until"]) = (json!(licence), json!(until));
                }
                match &*is {
                    "not_licensed" | "not_resolved" => {
                        (body["outcome"], body["reason"]) = (outcome, json!(reason));
                        let path = format!("/v1/customers/{}/hit_outcomes", escaped(customer));
                        return reach.tell(Request::post(path, body));
                    }
                    "licensed" | "resolved" => {
                        (body["kind"], body["outcome"]) = (json!("true_match"), outcome);
                    }
                    _ => body["kind"] = json!(is),
                }
                (body["action"], body["customer"]) = (json!("judge_hit"), json!(customer));
                reach.tell(draft(body, reason))
            }
            Self::ClearHits { list, entry, below, reason, reach } => {
                let below_bp = below.map(|score| (score * 10_000.0).round() as u16);
                let action =
                    json!({ "action": "clear_hits", "list": list, "entry": entry, "below_bp": below_bp });
                reach.tell(draft(action, reason))
            }
            Self::Draft { input, reason, reach } => reach.tell(draft(body_from(input)?, reason)),
            Self::List { reach } => reach.tell(Request::get("/v1/drafts")),
            Self::Approve { draft, reach } => {
                reach.tell(Request::post(format!("/v1/drafts/{}/approve", escaped(draft)), json!({})))
            }
            Self::Reject { draft, reach } => {
                reach.tell(Request::post(format!("/v1/drafts/{}/reject", escaped(draft)), json!({})))
            }
            Self::Withdraw { draft, reach } => {
                reach.tell(Request::post(format!("/v1/drafts/{}/withdraw", escaped(draft)), json!({})))
            }
            Self::Show { decision, reach } => {
                reach.tell(Request::get(format!("/v1/decisions/{}", escaped(decision))))
            }
            Self::Replay { decision, reach } => {
                let noun = if decision.starts_with("ans_") { "gate_answers" } else { "decisions" };
                reach.tell(Request::post(format!("/v1/{noun}/{}/replay", escaped(decision)), json!({})))
            }
        }
    }
}
