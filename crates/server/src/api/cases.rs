//! `/v1/cases`: work that waits for a person.

use app::case;
use app::pack::text_hash;
use app::screening::shown::{ShownHit, list_hits};
use app::store::CaseFilter;
use axum::extract::State;
use domain::case::{Case, CaseKind};
use domain::id::{AccountId, CaseId, CustomerId};
use serde::{Deserialize, Serialize};

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
///
/// One about list hits shows them: what each means, where it stands, and through which owners it reaches the customer.
#[utoipa::path(get, path = "/v1/cases/{case}", tag = "cases",
    responses((status = 200, description = "The case", body = crate::openapi::Case)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<CaseId>,
) -> Result<Reply, Problem> {
    let (case, hits) = state
        .run(&caller.actor, move |env| {
            let case = case::find_case(env, id)?;
            let hits = match case.kind {
                CaseKind::ListHit => Some(list_hits(env, case.customer)?),
                _ => None,
            };
            Ok((case, hits))
        })
        .await?;
    let version = case.version;
    let Some(hits) = hits else { return Ok(Reply::ok(&state.show("case", case)).version(version)) };
    // Lists and judgements change what is shown, not the case.
    let hash = text_hash(&serde_json::to_string(&hits).expect("hits are plain JSON"));
    let shown = CaseWithHits { case, hits };
    Ok(Reply::ok(&state.show("case", shown)).version_become(version, &hash[..12]))
}

/// What there is to decide about hits.
#[derive(Serialize)]
struct CaseWithHits {
    #[serde(flatten)]
    case: Case,
    hits: Vec<ShownHit>,
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
