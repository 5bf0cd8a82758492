//! `/v1/events`: what happened, by position.

use app::event;
use axum::extract::State;
use domain::event::Event;
use serde::{Deserialize, Serialize};

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{PAGE_MAX, Params};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct EventParams {
    /// Position to go on from: `next` of the answer before; 0 for all.
    after: u64,
    /// At most this many, 100 unless given.
    limit: Option<u32>,
}

#[derive(Serialize)]
struct EventsBody {
    object: &'static str,
    data: Vec<Positioned>,
    /// Ask again after this position; the same while nothing happened.
    next: u64,
    livemode: bool,
}

#[derive(Serialize)]
struct Positioned {
    object: &'static str,
    position: u64,
    #[serde(flatten)]
    event: EventBody,
}

/// An event calls what changed `object`; here that word is the noun's.
#[derive(Serialize)]
struct EventBody {
    id: domain::id::EventId,
    r#type: String,
    at: jiff::Timestamp,
    customer: Option<domain::id::CustomerId>,
    account: Option<domain::id::AccountId>,
    subject: String,
    version: u64,
    state: Option<String>,
    reasons: Vec<String>,
    actor: String,
    livemode: bool,
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            r#type: event.kind,
            at: event.at,
            customer: event.customer,
            account: event.account,
            subject: event.object,
            version: event.version,
            state: event.state,
            reasons: event.reasons,
            actor: event.actor,
            livemode: event.livemode,
        }
    }
}

/// Poll events
///
/// Ids, states and reason codes in one order without gaps, within a second of the change. A credential of a
/// branch sees its branch's events.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(EventParams),
    responses((status = 200, description = "Events after the position", body = crate::openapi::EventList)))]
pub async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Params(params): Params<EventParams>,
) -> Result<Reply, Problem> {
    let limit = params.limit.unwrap_or(100);
    if !(1..=PAGE_MAX).contains(&limit) || i64::try_from(params.after).is_err() {
        let detail = format!("`limit` is 1 to {PAGE_MAX}, `after` a position");
        return Err(Problem::bad_request("limit-refused", detail));
    }
    let (events, next) = state.run(&caller.actor, move |env| event::list(env, params.after, limit)).await?;
    let data = events
        .into_iter()
        .map(|(position, event)| Positioned { object: "event", position, event: event.into() })
        .collect();
    Ok(Reply::ok(&EventsBody { object: "list", data, next, livemode: state.platform.livemode }))
}
