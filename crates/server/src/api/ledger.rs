//! `/v1/ledger`: checkpoints, tiles and proofs, to the letter of C2SP tlog-tiles.

use app::ledger_log::{self, Proven};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::Params;
use crate::problem::Problem;
use crate::state::AppState;

fn text(body: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, body).into_response()
}

/// The newest signed checkpoint
#[utoipa::path(get, path = "/v1/ledger/checkpoint", tag = "ledger",
    responses((status = 200, description = "A signed note", content_type = "text/plain", body = String)))]
pub async fn checkpoint(State(state): State<AppState>, caller: Caller) -> Result<Response, Problem> {
    let found = state.run(&caller.actor, ledger_log::checkpoint).await?;
    found.map(text).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "ledger-empty", "the ledger has no checkpoint yet")
    })
}

/// One tile
///
/// `0/000`, `entries/000.p/5`: the path that C2SP tlog-tiles gives it, without `tile/`.
#[utoipa::path(get, path = "/v1/ledger/tile/{*path}", tag = "ledger",
    responses((status = 200, description = "Its bytes", content_type = "application/octet-stream")))]
pub async fn tile(
    State(state): State<AppState>,
    caller: Caller,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    let path = format!("tile/{path}");
    let found = state.run(&caller.actor, move |env| ledger_log::tile(env, &path)).await?;
    let bytes = found
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no-such-tile", "the ledger has no such tile"))?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// The key that verifies checkpoints
#[utoipa::path(get, path = "/v1/ledger/key", tag = "ledger",
    responses((status = 200, description = "A verifier key of C2SP signed notes", content_type = "text/plain", body = String)))]
pub async fn key(State(state): State<AppState>, caller: Caller) -> Result<Response, Problem> {
    let key = state.run(&caller.actor, ledger_log::key).await?;
    Ok(text(format!("{key}\n")))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ProofParams {
    /// Position of the leaf; else `kind`, `object` and `version` of its record.
    position: Option<u64>,
    /// Such as `decision`, `fact`, `event`.
    kind: Option<String>,
    /// Id of the record.
    object: Option<String>,
    /// 1 unless given.
    version: Option<u64>,
}

/// Prove that a record is on the ledger
///
/// The leaf, its way to the root, and the checkpoint that states the root.
#[utoipa::path(get, path = "/v1/ledger/proofs", tag = "ledger", params(ProofParams),
    responses((status = 200, description = "The proof", body = crate::openapi::LedgerProof)))]
pub async fn proofs(
    State(state): State<AppState>,
    caller: Caller,
    Params(params): Params<ProofParams>,
) -> Result<Reply, Problem> {
    let out_of_range = |number: &u64| i64::try_from(*number).is_err();
    if params.position.iter().chain(&params.version).any(out_of_range) {
        return Err(Problem::bad_request("query-refused", "no position or version is as large"));
    }
    if params.kind.as_deref().is_some_and(|kind| !ledger_log::KINDS.contains(&kind)) {
        let detail = format!("`kind` is one of {}", ledger_log::KINDS.join(", "));
        return Err(Problem::bad_request("query-refused", detail));
    }
    let proof = state
        .run(&caller.actor, move |env| {
            let asked = match (params.position, &params.kind, &params.object) {
                (Some(position), None, None) => Proven::Position(position),
                (None, Some(kind), Some(object)) => {
                    Proven::Record { kind, object, version: params.version.unwrap_or(1) }
                }
                _ => {
                    let detail = "give `position`, or `kind`, `object` and `version`";
                    return Err(app::failure::Refusal::invalid("query-refused", detail).into());
                }
            };
            ledger_log::prove(env, &asked)
        })
        .await?;
    Ok(Reply::ok(&state.show("ledger_proof", proof)))
}
