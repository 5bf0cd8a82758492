//! `/v1/gate_answers`: answers of the gate on record, and made again.

use app::gate::{self, GateAnswer};
use axum::extract::State;
use domain::decision::Verdict;
use domain::id::AnswerId;
use serde::Serialize;

use crate::answer::{Reply, Shown};
use crate::auth::Caller;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

/// Find an answer of the gate
///
/// With every finding and the facts it was made of; holds no personal data. It is on record a second after it was
/// given.
#[utoipa::path(get, path = "/v1/gate_answers/{answer}", tag = "gate",
    responses((status = 200, description = "The answer", body = crate::openapi::GateAnswer)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<AnswerId>,
) -> Result<Reply, Problem> {
    let answer = state.run(&caller.actor, move |env| gate::find_answer(env, id)).await?;
    Ok(Reply::ok(&state.show("gate_answer", answer)))
}

#[derive(Serialize)]
struct ReplayBody {
    object: &'static str,
    answer: Shown<GateAnswer>,
    verdict: Verdict,
    same: bool,
    same_engine: bool,
    differing_gates: Vec<String>,
    livemode: bool,
}

/// Replay an answer of the gate
///
/// Answers again from the facts on record and says what differs. Changes nothing.
#[utoipa::path(post, path = "/v1/gate_answers/{answer}/replay", tag = "gate",
    responses((status = 200, description = "What it comes to now", body = crate::openapi::GateAnswerReplay)))]
pub async fn replay(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<AnswerId>,
) -> Result<Reply, Problem> {
    let replay = state.run(&caller.actor, move |env| gate::replay_answer(env, id)).await?;
    Ok(Reply::ok(&ReplayBody {
        object: "replay",
        verdict: replay.verdict,
        same: replay.same,
        same_engine: replay.same_engine,
        differing_gates: replay.differing_gates,
        answer: state.show("gate_answer", replay.answer),
        livemode: state.platform.livemode,
    }))
}
