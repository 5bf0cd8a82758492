//! `/v1/resellers`: the register.

use app::reseller::{self, ResellerEntry};
use axum::extract::State;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::Body;
use crate::problem::Problem;
use crate::state::AppState;

/// Register a reseller, or change its entry
#[utoipa::path(post, path = "/v1/resellers", tag = "resellers", request_body = crate::openapi::NewReseller,
    responses((status = 201, description = "The entry", body = crate::openapi::Reseller)))]
pub async fn register(
    State(state): State<AppState>,
    caller: Caller,
    Body(entry): Body<ResellerEntry>,
) -> Result<Reply, Problem> {
    let entry = state.run(&caller.actor, move |env| reseller::register(env, &entry)).await?;
    let version = entry.version;
    Ok(Reply::created(&state.show("reseller", entry)).version(version))
}

/// List resellers
#[utoipa::path(get, path = "/v1/resellers", tag = "resellers",
    responses((status = 200, description = "All of them", body = crate::openapi::ResellerList)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let resellers = state.run(&caller.actor, reseller::list).await?;
    Ok(Reply::ok(&state.list("reseller", resellers, None)))
}
