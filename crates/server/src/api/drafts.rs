//! `/v1/drafts`: four eyes. One person drafts, another approves.

use app::customer::read::find_customer;
use app::draft;
use app::failure::Failure;
use axum::extract::State;
use domain::draft::DraftAction;
use domain::id::DraftId;
use serde::Deserialize;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    action: DraftAction,
    /// Why, in 3 to 2,000 characters that name nobody.
    reason: String,
}

/// Draft an action
///
/// It has no effect until another person approves it.
#[utoipa::path(post, path = "/v1/drafts", tag = "drafts", request_body = crate::openapi::NewDraft,
    responses((status = 201, description = "The draft", body = crate::openapi::Draft)))]
pub async fn draft(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<DraftBody>,
) -> Result<Reply, Problem> {
    let made = state.run(&caller.actor, move |env| draft::draft(env, body.action, &body.reason)).await?;
    let version = made.version;
    Ok(Reply::created(&state.show("draft", made)).version(version))
}

/// List drafts that wait
///
/// Of those that the caller could approve or has made, oldest first.
#[utoipa::path(get, path = "/v1/drafts", tag = "drafts",
    responses((status = 200, description = "All of them", body = crate::openapi::DraftList)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let drafts = state
        .run(&caller.actor, |env| {
            let mut drafts = draft::list_waiting(env)?;
            if env.actor.branch.is_some() {
                let mut visible = Vec::new();
                for draft in drafts {
                    let Some(customer) = draft.customer else { continue };
                    match find_customer(env, customer) {
                        Ok(_) => visible.push(draft),
                        Err(Failure::Refused(_)) => {}
                        Err(failure) => return Err(failure),
                    }
                }
                drafts = visible;
            }
            Ok(drafts)
        })
        .await?;
    Ok(Reply::ok(&state.list("draft", drafts, None)))
}

/// Approve a draft
///
/// Carries it out. Who drafted it cannot approve it.
#[utoipa::path(post, path = "/v1/drafts/{draft}/approve", tag = "drafts",
    responses((status = 200, description = "The draft", body = crate::openapi::Draft)))]
pub async fn approve(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<DraftId>,
) -> Result<Reply, Problem> {
    let draft = state
        .run(&caller.actor, move |env| {
            let approved = draft::approve(env, id)?;
            if matches!(approved.action, DraftAction::TrustPack { .. }) {
                env.platform.put_packs(app::pack::load_active(env)?);
            }
            Ok(approved)
        })
        .await?;
    let version = draft.version;
    Ok(Reply::ok(&state.show("draft", draft)).version(version))
}

/// Reject a draft
///
/// Nothing happens.
#[utoipa::path(post, path = "/v1/drafts/{draft}/reject", tag = "drafts",
    responses((status = 200, description = "The draft", body = crate::openapi::Draft)))]
pub async fn reject(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<DraftId>,
) -> Result<Reply, Problem> {
    let draft = state.run(&caller.actor, move |env| draft::reject(env, id)).await?;
    let version = draft.version;
    Ok(Reply::ok(&state.show("draft", draft)).version(version))
}
