//! `/v1/special_measures`.

use app::draft;
use app::special_measure::{self, NewMeasure};
use axum::extract::State;
use domain::draft::DraftAction;
use domain::id::{AccountId, CustomerId, SpecialMeasureId};
use domain::special_measure::{MeasureMatch, SpecialMeasure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::{Reply, Shown};
use crate::api::drafts;
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Serialize)]
struct DraftedBody {
    special_measure: Shown<SpecialMeasure>,
    /// What somebody should look at before approving it.
    warnings: Vec<String>,
    livemode: bool,
}

/// Enter a measure as a draft
///
/// Nothing is touched until a second person approves a draft that activates it.
#[utoipa::path(post, path = "/v1/special_measures", tag = "special_measures", request_body = crate::openapi::NewMeasure,
    responses((status = 201, description = "The draft", body = crate::openapi::DraftedMeasure)))]
pub async fn draft(
    State(state): State<AppState>,
    caller: Caller,
    Body(new): Body<NewMeasure>,
) -> Result<Reply, Problem> {
    let drafted = state.run(&caller.actor, move |env| special_measure::draft(env, &new)).await?;
    let version = drafted.measure.version;
    let body = DraftedBody {
        special_measure: state.show("special_measure", drafted.measure),
        warnings: drafted.warnings,
        livemode: state.platform.livemode,
    };
    Ok(Reply::created(&body).version(version))
}

/// List measures
#[utoipa::path(get, path = "/v1/special_measures", tag = "special_measures",
    responses((status = 200, description = "All of them", body = crate::openapi::SpecialMeasureList)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let measures = state.run(&caller.actor, special_measure::list).await?;
    Ok(Reply::ok(&state.list("special_measure", measures, None)))
}

/// Find a measure
#[utoipa::path(get, path = "/v1/special_measures/{measure}", tag = "special_measures",
    responses((status = 200, description = "The measure", body = crate::openapi::SpecialMeasure)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<SpecialMeasureId>,
) -> Result<Reply, Problem> {
    let measure = state.run(&caller.actor, move |env| special_measure::find(env, id)).await?;
    let version = measure.version;
    Ok(Reply::ok(&state.show("special_measure", measure)).version(version))
}

#[derive(Serialize)]
struct TouchedBody {
    account: AccountId,
    customer: CustomerId,
    #[serde(rename = "match")]
    found: MeasureMatch,
}

/// Preview a measure
///
/// Which accounts it touches, by reason and strength. Nothing changes.
#[utoipa::path(get, path = "/v1/special_measures/{measure}/preview", tag = "special_measures",
    responses((status = 200, description = "The accounts", body = crate::openapi::TouchedAccountList)))]
pub async fn preview(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<SpecialMeasureId>,
) -> Result<Reply, Problem> {
    let touched = state.run(&caller.actor, move |env| special_measure::preview(env, id)).await?;
    let touched = touched
        .into_iter()
        .map(|(account, customer, found)| TouchedBody { account, customer, found })
        .collect();
    Ok(Reply::ok(&state.list("touched_account", touched, None)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendBody {
    until: Timestamp,
    /// Instrument that extends it.
    reference: String,
    /// Why, in 3 to 2,000 characters that name nobody.
    reason: String,
}

/// Draft a longer end of a measure
///
/// By an instrument of its own. It counts once a second person approves it; the first end stays on record.
#[utoipa::path(post, path = "/v1/special_measures/{measure}/extend", tag = "special_measures",
    request_body = crate::openapi::Extension,
    responses((status = 201, description = "The draft", body = crate::openapi::Draft)))]
pub async fn extend(
    State(state): State<AppState>,
    caller: Caller,
    Id(measure): Id<SpecialMeasureId>,
    Body(body): Body<ExtendBody>,
) -> Result<Reply, Problem> {
    let ExtendBody { until, reference, reason } = body;
    let action = DraftAction::ExtendMeasure { measure, until, reference };
    let made =
        state.run(&caller.actor, move |env| drafts::open(env, draft::draft(env, action, &reason)?)).await?;
    let version = made.version;
    Ok(Reply::created(&state.show("draft", made)).version(version))
}
