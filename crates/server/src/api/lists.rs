//! `/v1/lists`: the watchlists in force.

use app::watchlist::watchlists;
use axum::extract::State;
use domain::watchlist::Watchlist;
use serde::Serialize;

use crate::answer::{Reply, Shown};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Serialize)]
struct ListsBody {
    object: &'static str,
    data: Vec<Shown<Watchlist>>,
    /// Names every list, its version and its content hash.
    version: String,
    /// A built-in list stands in for real ones.
    fictional_lists: bool,
    livemode: bool,
}

/// List the watchlists in force
#[utoipa::path(get, path = "/v1/lists", tag = "lists",
    responses((status = 200, description = "All of them, with version and hash", body = crate::openapi::Any)))]
pub async fn list(State(state): State<AppState>, _: Caller) -> Result<Reply, Problem> {
    let in_force = state.platform.lists();
    let data = watchlists(&state.platform).into_iter().map(|list| state.show("list", list)).collect();
    Ok(Reply::ok(&ListsBody {
        object: "lists",
        data,
        version: in_force.version.clone(),
        fictional_lists: in_force.fictional(),
        livemode: state.platform.livemode,
    }))
}
