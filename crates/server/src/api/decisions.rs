//! `/v1/decisions`: decisions on record, and made again.

use app::decision;
use axum::extract::State;
use domain::decision::{Decision, Verdict};
use domain::id::DecisionId;
use serde::Serialize;

use crate::answer::{Reply, Shown};
use crate::auth::Caller;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

/// Find a decision
///
/// With every finding and the facts it was made of; holds no personal data.
#[utoipa::path(get, path = "/v1/decisions/{decision}", tag = "decisions",
    responses((status = 200, description = "The decision", body = crate::openapi::Decision)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<DecisionId>,
) -> Result<Reply, Problem> {
    let decision = state.run(&caller.actor, move |env| decision::find_decision(env, id)).await?;
    Ok(Reply::ok(&state.show("decision", decision)))
}

#[derive(Serialize)]
struct ReplayBody {
    object: &'static str,
    decision: Shown<Decision>,
    verdict: Verdict,
    same: bool,
    same_engine: bool,
    differing_gates: Vec<String>,
    livemode: bool,
}

/// Replay a decision
///
/// Decides again from the facts on record and says what differs. Changes nothing.
#[utoipa::path(post, path = "/v1/decisions/{decision}/replay", tag = "decisions",
    responses((status = 200, description = "What it comes to now", body = crate::openapi::Replay)))]
pub async fn replay(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<DecisionId>,
) -> Result<Reply, Problem> {
    let replay = state.run(&caller.actor, move |env| decision::replay(env, id)).await?;
    Ok(Reply::ok(&ReplayBody {
        object: "replay",
        verdict: replay.verdict,
        same: replay.same,
        same_engine: replay.same_engine,
        differing_gates: replay.differing_gates,
        decision: state.show("decision", replay.decision),
        livemode: state.platform.livemode,
    }))
}
