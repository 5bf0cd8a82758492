//! Around every request: its id, where it comes from, how long it may take, one line in the log, counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::auth::Caller;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest that a request may take; bulk routes read and write much.
const TIME_MAX: Duration = Duration::from_secs(30);
const BULK_TIME_MAX: Duration = Duration::from_secs(600);

/// Routes that read and write much.
const BULK: &[&str] = &[
    "/v1/import",
    "/v1/access/events",
    "/v1/lists",
    "/v1/lists/screen",
    "/v1/lists/compare",
    "/match/{dataset}",
    "/v1/screenings",
];

/// Numbers requests of this process.
static COUNT: AtomicU64 = AtomicU64::new(1);

pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let peer = Peer::of(request.extensions(), request.headers(), &state.edge.trusted_proxies);
    request.extensions_mut().insert(peer);
    let id = request_id(&request);
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    let method = request.method().clone();
    let time_max = if BULK.contains(&route) { BULK_TIME_MAX } else { TIME_MAX };
    let mut response = match tokio::time::timeout(time_max, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = "it took too long; it may have been carried out";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timed-out", detail).into_response()
        }
    };
    let took = began.elapsed();
    let status = response.status().as_u16();
    // Methods are the caller's text: what no route knows is not written down.
    let verb = if matched.is_some() { method.as_str() } else { "any" };
    state.edge.metrics.count(verb, route, status, took);
    if status >= 500 || !route.starts_with("/access/v1/") {
        let actor = response.extensions().get::<Caller>().map(|caller| caller.actor.to_string());
        let actor = actor.as_deref().unwrap_or("nobody");
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status, took_ms, actor, request_id = ?id, "Answered {verb} `{route}` with {status}.");
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The caller's id where it is a short code, else one of ours.
fn request_id(request: &Request) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID);
    let good = |value: &&HeaderValue| {
        (1..=64).contains(&value.len())
            && value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    match given.filter(good) {
        Some(given) => given.clone(),
        None => HeaderValue::from(COUNT.fetch_add(1, Ordering::Relaxed)),
    }
}

/// A panic is a fault of ours: the caller is told so, and the log has where.
pub fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("A handler panicked; its message stands above.");
    Problem::internal().into_response()
}
