//! `/v1/screenings`: everybody against the lists in force, page by page; what is on record, made again.

use std::sync::Arc;

use app::screening;
use app::screening::judge::{self, Judged};
use app::screening::replay::{DifferingHit, ReplayOutcome, find_screening, replay as make_again};
use app::screening::shown::{Meant, ShownJudgement, meant};
use axum::extract::State;
use domain::fact::SubjectId;
use domain::id::{CustomerId, ScreeningId};
use domain::screening::{ByDelta, ClosedHit, Hit, HitOutcome, JudgementKind, Screening};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::{Reply, Shown};
use crate::auth::Caller;
use crate::extract::{Body, Id, page};
use crate::named::Named;
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
/// Asked again until `next` is null, everybody is. `by_delta` are those for whom it was enough to compare with what
/// changed on the lists since they were compared before.
#[utoipa::path(post, path = "/v1/screenings", tag = "lists", request_body = crate::openapi::ScreeningPage,
    responses((status = 200, description = "What it came to", body = crate::openapi::ScreenedPage)))]
pub async fn run(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<PageBody>,
) -> Result<Reply, Problem> {
    let after = body.after.map(|after| after.to_string());
    let page = page::<CustomerId>(after.as_deref(), body.limit)?;
    let keeper = Arc::clone(&state.list_keeper);
    let done = state.run(&caller.actor, move |env| screening::screen_page(env, &*keeper, &page)).await?;
    state.platform.note_rescreening();
    Ok(Reply::ok(&ScreenedBody { object: "screened_page", done, livemode: state.platform.livemode }))
}

/// A screening, each hit with what its list means.
#[derive(Serialize)]
pub struct ShownScreening {
    id: ScreeningId,
    customer: CustomerId,
    subject: SubjectId,
    screened_at: Timestamp,
    lists_version: String,
    engine_version: String,
    compared: String,
    threshold_bp: Option<u16>,
    fact_version: Option<u64>,
    by_delta: Option<ByDelta>,
    closed: Vec<ClosedHit>,
    hits: Vec<Meant>,
}

impl ShownScreening {
    pub fn of(screening: Screening, hits: Vec<Meant>) -> Self {
        Self {
            id: screening.id,
            customer: screening.customer,
            subject: screening.subject,
            screened_at: screening.screened_at,
            lists_version: screening.lists_version,
            engine_version: screening.engine_version,
            compared: screening.compared,
            threshold_bp: screening.threshold_bp,
            fact_version: screening.fact_version,
            by_delta: screening.by_delta,
            closed: screening.closed,
            hits,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeBody {
    screening: ScreeningId,
    list: String,
    entry: String,
    outcome: HitOutcome,
    /// Why, in 3 to 2,000 characters that name nobody.
    reason: String,
}

/// Record what looking into a confirmed hit came to
///
/// One person records `not_licensed` or `not_resolved`, which let nobody through. `licensed` and `resolved` take two:
/// draft `judge_hit` with them.
#[utoipa::path(post, path = "/v1/customers/{customer}/hit_outcomes", tag = "customers",
    request_body = crate::openapi::NewHitOutcome,
    responses((status = 201, description = "The judgement", body = crate::openapi::Judgement)))]
pub async fn record_outcome(
    State(state): State<AppState>,
    caller: Caller,
    Named(customer): Named<CustomerId>,
    Body(body): Body<OutcomeBody>,
) -> Result<Reply, Problem> {
    let OutcomeBody { screening, list, entry, outcome, reason } = body;
    let (kind, outcome) = (JudgementKind::TrueMatch, Some(outcome));
    let judged = Judged { customer, screening, list, entry, kind, outcome };
    let made = state.run(&caller.actor, move |env| judge::record_outcome(env, &judged, &reason)).await?;
    Ok(Reply::created(&state.show("judgement", ShownJudgement::of(&made))))
}

/// Find a screening
///
/// With what it was compared with and each hit. Whom it compared is not in it.
#[utoipa::path(get, path = "/v1/screenings/{screening}", tag = "lists",
    responses((status = 200, description = "The screening", body = crate::openapi::Screening)))]
pub async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<ScreeningId>,
) -> Result<Reply, Problem> {
    let shown = state
        .run(&caller.actor, move |env| {
            let screening = find_screening(env, id)?;
            let hits = meant(env, screening.customer, std::slice::from_ref(&screening))?.remove(0);
            Ok(ShownScreening::of(screening, hits))
        })
        .await?;
    Ok(Reply::ok(&state.show("screening", shown)))
}

#[derive(Serialize)]
struct ReplayBody {
    object: &'static str,
    screening: Shown<ShownScreening>,
    outcome: ReplayOutcome,
    /// Hit by hit, score by score.
    same: bool,
    same_engine: bool,
    engine_version: &'static str,
    hits: Vec<Hit>,
    differing_hits: Vec<DifferingHit>,
    missing_lists: Vec<String>,
    livemode: bool,
}

/// Replay a screening
///
/// Compares again what was compared then with the lists of that time, and says what differs. Changes nothing.
/// `outcome` is `lists_not_kept` or `facts_not_kept` where it cannot be made again.
#[utoipa::path(post, path = "/v1/screenings/{screening}/replay", tag = "lists",
    responses((status = 200, description = "What it comes to now", body = crate::openapi::ScreeningReplay)))]
pub async fn replay(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<ScreeningId>,
) -> Result<Reply, Problem> {
    let keeper = Arc::clone(&state.list_keeper);
    let (replay, hits) = state
        .run(&caller.actor, move |env| {
            let replay = make_again(env, &*keeper, id)?;
            let screening = &replay.screening;
            let hits = meant(env, screening.customer, std::slice::from_ref(screening))?.remove(0);
            Ok((replay, hits))
        })
        .await?;
    Ok(Reply::ok(&ReplayBody {
        object: "replay",
        outcome: replay.outcome,
        same: replay.outcome == ReplayOutcome::Same,
        same_engine: replay.same_engine,
        engine_version: screening::ENGINE_VERSION,
        hits: replay.hits,
        differing_hits: replay.differing_hits,
        missing_lists: replay.missing_lists,
        screening: state.show("screening", ShownScreening::of(replay.screening, hits)),
        livemode: state.platform.livemode,
    }))
}
