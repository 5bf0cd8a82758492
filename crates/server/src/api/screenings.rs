//! `/v1/screenings`: everybody against the lists in force, page by page.

use app::screening;
use axum::extract::State;
use domain::id::CustomerId;
use serde::{Deserialize, Serialize};

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Body, page};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageBody {
    after: Option<CustomerId>,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct ScreenedBody {
    object: &'static str,
    #[serde(flatten)]
    done: screening::ScreenedPage,
    livemode: bool,
}

/// Screen those who are behind
///
/// Of one page of customers, in order of id, compares those who were not compared with the lists in force yet.
/// Asked again until `next` is null, everybody is.
#[utoipa::path(post, path = "/v1/screenings", tag = "lists", request_body = crate::openapi::ScreeningPage,
    responses((status = 200, description = "What it came to", body = crate::openapi::ScreenedPage)))]
pub async fn run(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<PageBody>,
) -> Result<Reply, Problem> {
    let after = body.after.map(|after| after.to_string());
    let page = page::<CustomerId>(after.as_deref(), body.limit)?;
    let done = state.run(&caller.actor, move |env| screening::screen_page(env, &page)).await?;
    state.platform.note_rescreening();
    Ok(Reply::ok(&ScreenedBody { object: "screened_page", done, livemode: state.platform.livemode }))
}
