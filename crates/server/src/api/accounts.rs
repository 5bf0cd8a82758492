//! `/v1/accounts`.

use app::account::{self, NewAccount, Opened};
use axum::extract::State;
use domain::account::{Account, AccountKind};
use domain::decision::{Decision, RequestContext};
use domain::id::{AccountId, CustomerId, SpecialMeasureId};
use serde::{Deserialize, Serialize};

use crate::answer::{Reply, Shown};
use crate::auth::Caller;
use crate::extract::Body;
use crate::named::Named;
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    customer: CustomerId,
    #[serde(default)]
    external_id: Option<String>,
    kind: AccountKind,
    /// Code of a product of the catalogue.
    product: String,
    #[serde(default)]
    reseller: Option<CustomerId>,
    #[serde(default = "remotely")]
    opened_remotely: bool,
    #[serde(default)]
    context: RequestContext,
}

fn remotely() -> bool {
    true
}

#[derive(Serialize)]
struct OpenedBody {
    account: Shown<Account>,
    decision: Shown<Decision>,
    livemode: bool,
}

fn opened(state: &AppState, opened: Opened) -> (OpenedBody, u64) {
    let version = opened.account.version;
    let body = OpenedBody {
        account: state.show("account", opened.account),
        decision: state.show("decision", opened.decision),
        livemode: state.platform.livemode,
    };
    (body, version)
}

/// Ask for an account
///
/// Decides at once: opened, waiting for data or a person, or refused. The decision comes with every finding.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = crate::openapi::NewAccount,
    responses((status = 201, description = "The account as it stands, and the decision", body = crate::openapi::Opened)))]
pub async fn open(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<OpenBody>,
) -> Result<Reply, Problem> {
    let customer = body.customer;
    let new = NewAccount {
        external_id: body.external_id,
        kind: body.kind,
        product: body.product,
        reseller: body.reseller,
        opened_remotely: body.opened_remotely,
        context: body.context,
    };
    let done = state.run(&caller.actor, move |env| account::open(env, customer, &new)).await?;
    let (body, version) = opened(&state, done);
    Ok(Reply::created(&body).version(version))
}

/// Find an account
///
/// By our id or by the control plane's own.
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "accounts",
    responses((status = 200, description = "The account", body = crate::openapi::Account)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<AccountId>,
) -> Result<Reply, Problem> {
    let account = state.run(&caller.actor, move |env| account::find_account(env, &id.to_string())).await?;
    let version = account.version;
    Ok(Reply::ok(&state.show("account", account)).version(version))
}

/// Decide again on an account that waits
#[utoipa::path(post, path = "/v1/accounts/{account}/decide", tag = "accounts",
    responses((status = 200, description = "The account as it stands, and the decision", body = crate::openapi::Opened)))]
pub async fn decide(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<AccountId>,
) -> Result<Reply, Problem> {
    let done = state.run(&caller.actor, move |env| account::decide_again(env, id)).await?;
    let (body, version) = opened(&state, done);
    Ok(Reply::ok(&body).version(version))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuspendBody {
    /// A code of small letters, digits and dashes.
    reason: String,
    /// The measure it is suspended under, where there is one.
    #[serde(default)]
    special_measure: Option<SpecialMeasureId>,
}

/// Suspend an account
///
/// It can be resumed.
#[utoipa::path(post, path = "/v1/accounts/{account}/suspend", tag = "accounts", request_body = crate::openapi::Suspension,
    responses((status = 200, description = "The account", body = crate::openapi::Account)))]
pub async fn suspend(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<AccountId>,
    Body(body): Body<SuspendBody>,
) -> Result<Reply, Problem> {
    let account = state
        .run(&caller.actor, move |env| account::suspend(env, id, body.special_measure, &body.reason))
        .await?;
    let version = account.version;
    Ok(Reply::ok(&state.show("account", account)).version(version))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    /// A code of small letters, digits and dashes.
    reason: String,
}

/// Resume a suspended account
#[utoipa::path(post, path = "/v1/accounts/{account}/resume", tag = "accounts", request_body = crate::openapi::Reason,
    responses((status = 200, description = "The account", body = crate::openapi::Account)))]
pub async fn resume(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<AccountId>,
    Body(body): Body<ReasonBody>,
) -> Result<Reply, Problem> {
    let account = state.run(&caller.actor, move |env| account::resume(env, id, &body.reason)).await?;
    let version = account.version;
    Ok(Reply::ok(&state.show("account", account)).version(version))
}

/// Close an account at its holder's wish
///
/// A closure against the holder takes two persons and goes through a draft.
#[utoipa::path(post, path = "/v1/accounts/{account}/close", tag = "accounts", request_body = crate::openapi::Reason,
    responses((status = 200, description = "The account", body = crate::openapi::Account)))]
pub async fn close(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<AccountId>,
    Body(body): Body<ReasonBody>,
) -> Result<Reply, Problem> {
    let account = state.run(&caller.actor, move |env| account::close(env, id, &body.reason)).await?;
    let version = account.version;
    Ok(Reply::ok(&state.show("account", account)).version(version))
}
