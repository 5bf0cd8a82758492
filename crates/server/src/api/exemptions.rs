//! `/v1/exemptions`.

use app::exemption;
use axum::extract::State;
use domain::exemption::ExemptionScope;
use domain::id::ExemptionId;
use jiff::Timestamp;
use serde::Deserialize;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    scope: ExemptionScope,
    /// Instrument that grants it.
    reference: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Enter an exemption
///
/// It lifts nothing until a second person approves a draft that grants it.
#[utoipa::path(post, path = "/v1/exemptions", tag = "exemptions", request_body = crate::openapi::NewExemption,
    responses((status = 201, description = "The exemption", body = crate::openapi::Exemption)))]
pub async fn draft(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<DraftBody>,
) -> Result<Reply, Problem> {
    let exemption = state
        .run(&caller.actor, move |env| exemption::draft(env, body.scope, &body.reference, body.expires_at))
        .await?;
    let version = exemption.version;
    Ok(Reply::created(&state.show("exemption", exemption)).version(version))
}

/// List exemptions
#[utoipa::path(get, path = "/v1/exemptions", tag = "exemptions",
    responses((status = 200, description = "All of them", body = crate::openapi::ExemptionList)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let exemptions = state.run(&caller.actor, exemption::list).await?;
    Ok(Reply::ok(&state.list("exemption", exemptions, None)))
}

/// Revoke an exemption
///
/// At once; the accounts it reached need identification again.
#[utoipa::path(post, path = "/v1/exemptions/{exemption}/revoke", tag = "exemptions",
    responses((status = 200, description = "The exemption", body = crate::openapi::Exemption)))]
pub async fn revoke(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<ExemptionId>,
) -> Result<Reply, Problem> {
    let exemption = state.run(&caller.actor, move |env| exemption::revoke(env, id)).await?;
    let version = exemption.version;
    Ok(Reply::ok(&state.show("exemption", exemption)).version(version))
}
