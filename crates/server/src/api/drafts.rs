//! `/v1/drafts`: four eyes. One person drafts, another approves.

use app::draft;
use app::env::Env;
use app::failure::Failure;
use axum::extract::State;
use domain::draft::{Draft, DraftAction, DraftStatus};
use domain::id::{CustomerId, DraftId, StaffId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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

/// A draft with its reason in clear.
#[derive(Serialize)]
pub struct ShownDraft {
    id: DraftId,
    action: DraftAction,
    customer: Option<CustomerId>,
    /// `None` once it was shredded.
    reason: Option<String>,
    drafted_by: StaffId,
    drafted_at: Timestamp,
    status: DraftStatus,
    pub version: u64,
}

/// Opens the reason of a draft that the caller may see.
pub fn open(env: &Env<'_>, draft: Draft) -> Result<ShownDraft, Failure> {
    let reason = draft::open_reason(env, &draft)?;
    let Draft { id, action, customer, reason_sealed: _, drafted_by, drafted_at, status, version } = draft;
    Ok(ShownDraft { id, action, customer, reason, drafted_by, drafted_at, status, version })
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
    let made =
        state.run(&caller.actor, move |env| open(env, draft::draft(env, body.action, &body.reason)?)).await?;
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
            draft::list_waiting(env)?.into_iter().map(|draft| open(env, draft)).collect::<Result<Vec<_>, _>>()
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
            open(env, approved)
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
    let draft = state.run(&caller.actor, move |env| open(env, draft::reject(env, id)?)).await?;
    let version = draft.version;
    Ok(Reply::ok(&state.show("draft", draft)).version(version))
}

/// Withdraw a draft
///
/// Nothing happens. Only who drafted it does.
#[utoipa::path(post, path = "/v1/drafts/{draft}/withdraw", tag = "drafts",
    responses((status = 200, description = "The draft", body = crate::openapi::Draft)))]
pub async fn withdraw(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<DraftId>,
) -> Result<Reply, Problem> {
    let draft = state.run(&caller.actor, move |env| open(env, draft::withdraw(env, id)?)).await?;
    let version = draft.version;
    Ok(Reply::ok(&state.show("draft", draft)).version(version))
}
