//! `/v1/lists`: the watchlists in force, put there and asked.

use std::sync::Arc;

use app::failure::Failure;
use app::screening::shown::list_terms;
use app::watchlist::stale::{ensure_fresh, find_stale};
use app::watchlist::{self, Loading, Mode, Wanted, answer_pair, answer_query, load_lists, parse_lists};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use domain::access::LineError;
use domain::screening::{Consequence, HitOutcomeKind, ListTerms};
use domain::watchlist::Watchlist;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Reply, Shown};
use crate::api::access::{is_packed, ndjson, unpacking};
use crate::auth::Caller;
use crate::extract::{Params, Raw};
use crate::ndjson::answer_lines;
use crate::problem::Problem;
use crate::state::AppState;

/// Longest body of lists once unpacked.
const LISTS_BYTES_MAX: u64 = 1 << 30;

/// Threads that compare for one request.
const THREADS: usize = 4;

/// Hits given for each query, unless asked otherwise, and at most.
const TOP: u16 = 10;
const TOP_MAX: u16 = 100;

/// A list, and what a confirmed hit of it means; without a word of a pack it blocks.
#[derive(Serialize)]
struct MeantList {
    #[serde(flatten)]
    list: Watchlist,
    consequence: Option<Consequence>,
    /// What looking into a confirmed hit may come to.
    outcomes: Vec<HitOutcomeKind>,
    /// Packs, documents and sections that say so.
    sources: Vec<String>,
    /// Loaded longer ago than the operator allows.
    stale: bool,
}

#[derive(Serialize)]
struct ListsBody {
    object: &'static str,
    data: Vec<Shown<MeantList>>,
    /// Names every list, its version and its content hash.
    version: String,
    /// A built-in list stands in for real ones.
    fictional_lists: bool,
    /// How many were not known with this content.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_versions: Option<u64>,
    livemode: bool,
}

fn in_force(state: &AppState, terms: &[ListTerms], new_versions: Option<u64>) -> ListsBody {
    let lists = state.platform.lists();
    let (policy, now) = (&state.platform.settings.stale_lists, state.platform.clock.now());
    let shown = lists.watchlists.iter().map(|list| {
        let terms = terms.iter().find(|terms| terms.list == list.list);
        let consequence = terms.and_then(|terms| terms.consequence);
        let (outcomes, sources) =
            terms.map(|terms| (terms.outcomes.clone(), terms.sources.clone())).unwrap_or_default();
        let stale = policy.is_stale(list, now);
        state.show("list", MeantList { list: list.clone(), consequence, outcomes, sources, stale })
    });
    ListsBody {
        object: "lists",
        data: shown.collect(),
        version: lists.version.clone(),
        fictional_lists: lists.fictional(),
        new_versions,
        livemode: state.platform.livemode,
    }
}

/// List the watchlists in force
#[utoipa::path(get, path = "/v1/lists", tag = "lists",
    responses((status = 200, description = "All of them, with version and hash", body = crate::openapi::Watchlists)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let terms = state.run(&caller.actor, |env| Ok(list_terms(env))).await?;
    Ok(Reply::ok(&in_force(&state, &terms, None)))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct LoadParams {
    /// `true` leaves lists in force that are not among the new ones.
    keep_others: bool,
    /// Ids of lists, parted by commas, that may have lost more entries than allowed. Who says so is on record.
    let_shrink: Option<String>,
}

/// Put watchlists in force
///
/// In the place of those before, now and after the next start. The body is an array of lists as `tenantry lists
/// load` reads them, `gzip` by `Content-Encoding`. A list that lost more of its entries than allowed stops all of it
/// (`list-shrank`). Nobody is compared by this: ask `/v1/screenings` page by page.
#[utoipa::path(post, path = "/v1/lists", tag = "lists", params(LoadParams), request_body = crate::openapi::NewWatchlists,
    responses((status = 201, description = "The lists in force", body = crate::openapi::Watchlists)))]
pub async fn load(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Params(params): Params<LoadParams>,
    Raw(bytes): Raw,
) -> Result<Reply, Problem> {
    let let_shrink = params.let_shrink.iter().flat_map(|ids| ids.split(',')).map(str::to_owned).collect();
    let loading = Loading { keep_others: params.keep_others, let_shrink };
    let keeper = Arc::clone(&state.list_keeper);
    let packed = is_packed(&headers);
    let (added, terms) = state
        .run(&caller.actor, move |env| {
            let lists = if packed {
                parse_lists(unpacking(&bytes, LISTS_BYTES_MAX))?
            } else {
                parse_lists(&bytes[..])?
            };
            Ok((load_lists(env, &*keeper, lists, &loading)?, list_terms(env)))
        })
        .await?;
    Ok(Reply::created(&in_force(&state, &terms, Some(added))))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct QueryParams {
    /// Score from which an entry is a hit, 0 to 1; the calibrated default unless given.
    threshold: Option<f64>,
    /// Most hits for each query, 10 unless given, at most 100.
    top: Option<u16>,
    /// `precise` unless given; `ofac` scores as the Treasury's public search does, beginning with exact matches, to
    /// compare with it. Answers of the latter say so.
    #[param(value_type = Option<String>)]
    mode: Option<Mode>,
}

/// Ask whom the lists name
///
/// NDJSON of queries as `tenantry screen` takes them, one answer a line, in order. What is asked is kept nowhere. The
/// header `tenantry-stale-lists` names lists that nobody has loaded for too long.
#[utoipa::path(post, path = "/v1/lists/screen", tag = "lists", params(QueryParams),
    request_body(content = String, content_type = "application/x-ndjson", description = "Queries, one a line"),
    responses((status = 200, description = "Answers, one a line", content_type = "application/x-ndjson", body = String)))]
pub async fn screen(
    State(state): State<AppState>,
    caller: Caller,
    Params(params): Params<QueryParams>,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let top = params.top.unwrap_or(TOP);
    if !(1..=TOP_MAX).contains(&top) || params.threshold.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
        let detail = format!("`top` is 1 to {TOP_MAX}, `threshold` 0 to 1");
        return Err(Problem::bad_request("query-refused", detail));
    }
    let mode = params.mode.unwrap_or_default();
    let wanted = Wanted { threshold: params.threshold, top: usize::from(top), mode };
    let index = Arc::clone(&state.platform.lists().index);
    ensure_fresh(&state.platform).map_err(Failure::from)?;
    let answers =
        answered(&state, &caller, bytes, move |fields| answer_query(&index, fields, wanted)).await?;
    Ok(naming_stale(&state, answers))
}

/// Compare parties with each other
///
/// NDJSON of pairs as `tenantry compare` takes them, one answer a line, in order. What is asked is kept nowhere.
#[utoipa::path(post, path = "/v1/lists/compare", tag = "lists",
    request_body(content = String, content_type = "application/x-ndjson", description = "Pairs, one a line"),
    responses((status = 200, description = "Answers, one a line", content_type = "application/x-ndjson", body = String)))]
pub async fn compare(
    State(state): State<AppState>,
    caller: Caller,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    answered(&state, &caller, bytes, answer_pair).await
}

/// The header that names lists which nobody has loaded for too long, parted by commas.
const STALE_LISTS: HeaderName = HeaderName::from_static("tenantry-stale-lists");

/// An answer that was found in the lists, with a header that names those that are stale.
pub fn naming_stale(state: &AppState, mut answer: Response) -> Response {
    let stale = find_stale(&state.platform).join(", ");
    if !stale.is_empty()
        && let Ok(stale) = HeaderValue::from_str(&stale)
    {
        answer.headers_mut().insert(STALE_LISTS, stale);
    }
    answer
}

async fn answered<T: Serialize>(
    state: &AppState,
    caller: &Caller,
    lines: axum::body::Bytes,
    answer: impl Fn(Value) -> Result<T, LineError> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    let answers = state
        .run(&caller.actor, move |env| {
            watchlist::may_query(env)?;
            let mut answers = Vec::new();
            answer_lines(&mut &lines[..], &mut answers, THREADS, answer)
                .expect("lines are in memory and so are their answers");
            Ok(answers)
        })
        .await?;
    Ok(ndjson(answers))
}
