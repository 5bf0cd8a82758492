//! Commands on what the registry keeps. Each makes one request to the API.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::commands::screen::parse_score;
use crate::exit::{Outcome, Stop};
use crate::reach::{Reach, Request, escaped};
use crate::streams;

/// Longest body that is sent from a file.
const BODY_BYTES_MAX: u64 = 10 << 20;

/// A body from a file; its own fault is named, never what stands in it.
fn body_from(path: &Path) -> Result<Value, Stop> {
    let text = streams::read_text(path, BODY_BYTES_MAX)?;
    serde_json::from_str(&text).map_err(|error| {
        Stop::unusable(format!(
            "`{}` is no JSON at line {}, column {}",
            path.display(),
            error.line(),
            error.column()
        ))
    })
}

/// One word of an enum of the API, as it is written there.
fn word(text: &str) -> Value {
    Value::from(text.replace('-', "_"))
}

/// Which part of a list is shown.
#[derive(Debug, clap::Args)]
pub struct Part {
    /// What comes after this id: `next` of the part before
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

impl Part {
    fn on(&self, request: Request) -> Request {
        let limit = self.limit.map(|limit| limit.to_string());
        request.query(&[("after", self.after.clone()), ("limit", limit)])
    }
}

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

/// Cases: work that waits for a person
#[derive(Debug, clap::Subcommand)]
pub enum Case {
    /// The queue, oldest first
    List {
        /// Id of the customer, `cus_…`
        #[arg(long)]
        customer: Option<String>,
        /// Such as `list-hit`
        #[arg(long)]
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
        /// Kind of the case, such as `redress`
        #[arg(long)]
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
        /// `false-positive`, `true-match`, or of a true match `licensed`, `not-licensed`, `resolved`, `not-resolved`
        #[arg(long = "is")]
        is: String,
        /// Number of the licence
        #[arg(long, requires = "until")]
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

fn draft(action: Value, reason: &str) -> Request {
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

/// Products of the catalogue
#[derive(Debug, clap::Subcommand)]
pub enum Product {
    /// The catalogue, with the classes and the site of each
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Enter one from a JSON file, as `POST /v1/products` takes it
    Add {
        /// A JSON file; `-` is standard input
        #[arg(long = "in", value_name = "FILE", default_value = "-")]
        input: PathBuf,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Product {
    pub fn run(&self) -> Outcome {
        match self {
            Self::List { reach } => reach.tell(Request::get("/v1/products")),
            Self::Add { input, reach } => reach.tell(Request::post("/v1/products", body_from(input)?)),
        }
    }
}
