//! `/v1/who`: who was behind an address at an instant, with evidence.

use app::watchlist::is_of_fictional_list;
use app::who::{self, Holder};
use axum::extract::State;
use domain::access::{AccountLine, Asked, Limits, LineError, Question, WhoQuestion, parse_question};
use domain::account::Account;
use domain::id::{CustomerId, PersonId};
use domain::redacted::Redacted;
use domain::reseller::Reseller;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Raw, Why, pointer_to};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Serialize)]
struct WhoBody {
    object: &'static str,
    accounts: Vec<LineBody>,
    truncated: bool,
    versions: Versions,
    /// A built-in list stands in for real ones, or did when one of the holders was compared.
    fictional_lists: bool,
    livemode: bool,
}

/// What the answer was made with.
#[derive(Serialize)]
struct Versions {
    packs: String,
    lists: String,
    /// Position of the log that the registry stood at, at least.
    position: u64,
}

#[derive(Serialize)]
struct LineBody {
    #[serde(flatten)]
    line: AccountLine,
    /// `null` for an account that nobody enrolled.
    holder: Option<HolderBody>,
}

#[derive(Serialize)]
struct HolderBody {
    account: Account,
    customer: CustomerId,
    customer_external_id: Option<String>,
    kind: &'static str,
    /// Names and owners as is known now of the instant asked for.
    #[serde(flatten)]
    known: KnownBody,
    /// The same as was known at that instant.
    known_then: KnownBody,
    /// Nearest first.
    resellers: Vec<Reseller>,
    /// At the instant asked for; `null` before the customer was known.
    identification_then: Option<String>,
    identification_now: String,
    proofs: Vec<ProofBody>,
}

#[derive(Serialize)]
struct KnownBody {
    names: Vec<Redacted<String>>,
    /// The names were recorded only after that instant, and nobody said since when they are borne.
    recorded_later: bool,
    owners: Vec<OwnerBody>,
}

#[derive(Serialize)]
struct OwnerBody {
    person: PersonId,
    names: Vec<Redacted<String>>,
    recorded_later: bool,
    share_ppm: u32,
    controls: bool,
}

/// The inclusion proof is had from `/v1/ledger/proofs?position=…`.
#[derive(Serialize)]
struct ProofBody {
    kind: String,
    object: String,
    position: Option<u64>,
}

impl From<Holder> for HolderBody {
    fn from(holder: Holder) -> Self {
        let owner = |owner: who::Owner| OwnerBody {
            person: owner.person,
            names: owner.names,
            recorded_later: owner.recorded_later,
            share_ppm: owner.share_ppm,
            controls: owner.controls,
        };
        let known = |known: who::Known| KnownBody {
            names: known.names,
            recorded_later: known.recorded_later,
            owners: known.owners.into_iter().map(owner).collect(),
        };
        let proof = |proof: who::RecordProof| ProofBody {
            kind: proof.kind,
            object: proof.object,
            position: proof.position,
        };
        Self {
            account: holder.account,
            customer: holder.customer.id,
            customer_external_id: holder.customer.external_id,
            kind: holder.customer.kind.as_str(),
            known: known(holder.known),
            known_then: known(holder.known_then),
            resellers: holder.resellers,
            identification_then: holder.identification_then,
            identification_now: holder.identification_now,
            proofs: holder.proofs.into_iter().map(proof).collect(),
        }
    }
}

/// What a question may ask for beside.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    rows: bool,
    prove: bool,
}

/// A question of the form that `tenantry who --in` takes, and how much is wanted.
pub fn question(bytes: &[u8]) -> Result<(Question, Limits), Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::bad_request("not-json", "not UTF-8"))?;
    check_members(bytes)?;
    let question = parse_question(text).map_err(|(_, error)| refused(error))?;
    let wanted: Wanted = crate::extract::parse(bytes)?;
    let limits = Limits { accounts_max: 1_000, ips_max: 100, ..Limits::default() };
    let limits = match wanted {
        Wanted { prove: true, .. } => limits.with_proofs(),
        Wanted { rows: true, .. } => limits.with_rows(),
        Wanted { .. } => limits,
    };
    Ok((question, limits))
}

/// Members of a question. Lines of a batch may have others; here a misspelt one would widen the question.
const MEMBERS: [&str; 10] = ["id", "ip", "port", "at", "within", "from", "until", "account", "rows", "prove"];

fn check_members(bytes: &[u8]) -> Result<(), Problem> {
    // What is no object is refused as such.
    let Ok(question) = serde_json::from_slice::<serde_json::Map<String, Value>>(bytes) else { return Ok(()) };
    let Some(unknown) = question.keys().find(|name| !MEMBERS.contains(&name.as_str())) else { return Ok(()) };
    let detail = format!("a question has no such member; it has {}", MEMBERS.join(", "));
    Err(Problem::bad_request("question-refused", detail).at(pointer_to("", unknown)))
}

/// A line's error with a pointer to the member that its detail names first.
fn refused(error: LineError) -> Problem {
    let named = error.detail.split('`').nth(1).filter(|name| MEMBERS.contains(name));
    let pointer = named.map_or_else(String::new, |name| format!("/{name}"));
    let problem = Problem::bad_request("question-refused", error.detail).at(pointer);
    Problem { code: error.code.replace('_', "-").into(), ..problem }
}

fn who_question(asked: Asked) -> Result<WhoQuestion, Problem> {
    match asked {
        Asked::Who(question) => Ok(question),
        Asked::Account(_) => {
            Err(Problem::bad_request("question-refused", "ask `/v1/access/of` where an account came from")
                .at("/ip"))
        }
    }
}

/// Ask who was behind an address
///
/// An address or prefix, an instant (`at`, `within`) or an interval (`from`, `until`), optionally a port. Names
/// accounts, holders, owners and resellers, where identification stood then and stands now. Takes the header
/// `Tenantry-Purpose`; the reading is on the ledger before names are opened. `rows` adds the events, `prove`
/// their proofs.
#[utoipa::path(post, path = "/v1/who", tag = "access", request_body = crate::openapi::WhoQuestion,
    responses((status = 200, description = "The answer", body = crate::openapi::WhoAnswer)))]
pub async fn who(
    State(state): State<AppState>,
    caller: Caller,
    Why(purpose): Why,
    Raw(bytes): Raw,
) -> Result<Reply, Problem> {
    let (question, limits) = question(&bytes)?;
    let question = who_question(question.asked)?;
    let (attributed, packs) = state
        .run(&caller.actor, move |env| {
            let attributed = who::who(env, &question, limits, purpose.as_ref())?;
            Ok((attributed, env.packs.version()))
        })
        .await?;
    let lists = state.platform.lists();
    let screened_with = |holder: &Holder| holder.customer.standing.screened_with.clone();
    let fictional = lists.fictional()
        || attributed
            .holders
            .iter()
            .flatten()
            .filter_map(screened_with)
            .any(|with| is_of_fictional_list(&with));
    let truncated = attributed.answer.truncated;
    let lines = attributed.answer.accounts.into_iter().zip(attributed.holders);
    // A branch is not told of accounts that are not its own.
    let is_shown = |holder: &Option<Holder>| caller.actor.branch.is_none() || holder.is_some();
    let accounts = lines
        .filter(|(_, holder)| is_shown(holder))
        .map(|(line, holder)| LineBody { line, holder: holder.map(HolderBody::from) })
        .collect();
    Ok(Reply::ok(&WhoBody {
        object: "who",
        accounts,
        truncated,
        versions: Versions { packs, lists: lists.version.clone(), position: state.platform.gate.position() },
        fictional_lists: fictional,
        livemode: state.platform.livemode,
    }))
}
