//! Legal holds of a customer.

use app::legal_hold;
use axum::extract::State;
use domain::id::CustomerId;
use jiff::Timestamp;
use serde::Deserialize;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::Body;
use crate::named::Named;
use crate::problem::Problem;
use crate::state::AppState;

/// Legal holds of a customer
#[utoipa::path(get, path = "/v1/customers/{customer}/legal_holds", tag = "legal_holds",
    responses((status = 200, description = "All of them", body = crate::openapi::LegalHoldList)))]
pub async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
) -> Result<Reply, Problem> {
    let holds = state.run(&caller.actor, move |env| legal_hold::list(env, id)).await?;
    Ok(Reply::ok(&state.list("legal_hold", holds, None)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// Matter or order the hold is for.
    reference: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Place a legal hold
///
/// Until it is released nothing of the customer is destroyed. One that is in place under the same reference is
/// returned as it is.
#[utoipa::path(post, path = "/v1/customers/{customer}/legal_holds", tag = "legal_holds",
    request_body = crate::openapi::NewLegalHold,
    responses((status = 201, description = "In place", body = crate::openapi::LegalHold)))]
pub async fn place(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
    Body(body): Body<PlaceBody>,
) -> Result<Reply, Problem> {
    let hold = state
        .run(&caller.actor, move |env| legal_hold::place(env, id, &body.reference, body.expires_at))
        .await?;
    Ok(Reply::created(&state.show("legal_hold", hold)))
}
