//! `/v1/cases`: work that waits for a person.

use app::case;
use app::store::CaseFilter;
use axum::extract::State;
use domain::case::CaseKind;
use domain::id::{AccountId, CaseId, CustomerId};
use serde::Deserialize;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Body, Id, Params, page};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    customer: CustomerId,
    kind: CaseKind,
    #[serde(default)]
    account: Option<AccountId>,
    /// Codes of small letters, digits and dashes.
    reasons: Vec<String>,
}

/// Open a case
///
/// A customer has at most one unresolved case of a kind; a second one adds its reasons to it.
#[utoipa::path(post, path = "/v1/cases", tag = "cases", request_body = crate::openapi::NewCase,
    responses((status = 201, description = "The case", body = crate::openapi::Case)))]
pub async fn open(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<OpenBody>,
) -> Result<Reply, Problem> {
    let case = state
        .run(&caller.actor, move |env| case::open(env, body.customer, body.kind, body.account, body.reasons))
        .await?;
    let version = case.version;
    Ok(Reply::created(&state.show("case", case)).version(version))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ListParams {
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// Such as `list_hit`.
    #[param(value_type = Option<String>)]
    kind: Option<CaseKind>,
    /// `true` for work still to do.
    unresolved: Option<bool>,
    /// What comes after this id: `next` of the page before.
    after: Option<String>,
    /// At most this many, 50 unless given.
    limit: Option<u32>,
}

/// List cases
///
/// Oldest first.
#[utoipa::path(get, path = "/v1/cases", tag = "cases", params(ListParams),
    responses((status = 200, description = "A page", body = crate::openapi::CaseList)))]
pub async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<Reply, Problem> {
    let page = page::<CaseId>(params.after.as_deref(), params.limit)?;
    let limit = page.limit;
    let filter = CaseFilter {
        customer: params.customer,
        kind: params.kind,
        unresolved: params.unresolved,
        ..CaseFilter::default()
    };
    let cases = state.run(&caller.actor, move |env| case::list_cases(env, &filter, &page)).await?;
    Ok(Reply::ok(&state.page("case", cases, limit, |case| case.id.to_string())))
}

/// Find a case
#[utoipa::path(get, path = "/v1/cases/{case}", tag = "cases",
    responses((status = 200, description = "The case", body = crate::openapi::Case)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<CaseId>,
) -> Result<Reply, Problem> {
    let case = state.run(&caller.actor, move |env| case::find_case(env, id)).await?;
    let version = case.version;
    Ok(Reply::ok(&state.show("case", case)).version(version))
}

/// Claim a case
///
/// Claiming one's own again changes nothing.
#[utoipa::path(post, path = "/v1/cases/{case}/claim", tag = "cases",
    responses((status = 200, description = "The case", body = crate::openapi::Case)))]
pub async fn claim(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<CaseId>,
) -> Result<Reply, Problem> {
    let case = state.run(&caller.actor, move |env| case::claim(env, id)).await?;
    let version = case.version;
    Ok(Reply::ok(&state.show("case", case)).version(version))
}
