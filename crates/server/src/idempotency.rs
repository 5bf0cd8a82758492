//! `Idempotency-Key`: a request sent twice is carried out once. The key is taken in the transaction of the work, so
//! that a crash between the work and its answer changes nothing of that.

use std::sync::{Arc, PoisonError};

use app::actor::Actor;
use app::idempotency::{self, Answered, Claim, Keyed, Known};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::auth::Caller;
use crate::extract::Raw;
use crate::problem::Problem;
use crate::state::AppState;

/// Longest answer that is kept; a longer one goes out and is not.
const ANSWER_BYTES_MAX: usize = 4 << 20;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What is kept of an answer.
#[derive(Serialize, Deserialize)]
struct Kept {
    content_type: Option<String>,
    etag: Option<String>,
    body: String,
}

/// Marks an answer that holds a secret, which is shown once and kept nowhere.
#[derive(Clone, Copy)]
pub struct ShownOnce;

/// One request under a key, while it runs.
struct Running {
    state: AppState,
    key: (String, String),
}

impl Running {
    /// `None` while another one runs.
    fn begin(state: &AppState, key: (String, String)) -> Option<Self> {
        let mut running = state.edge.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(key.clone()).then(|| Self { state: state.clone(), key })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.state.edge.in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Questions change nothing, and their answers may hold identity data, which is kept under its subject's key
/// and nowhere else.
pub fn only_asks(path: &str) -> bool {
    matches!(
        path,
        "/v1/who" | "/v1/access/of" | "/v1/access/shared" | "/v1/lists/screen" | "/v1/lists/compare"
    ) || path.starts_with("/access/v1/")
        || path.starts_with("/match/")
        || path.ends_with("/replay")
}

pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(next.run(request).await) };
    if request.method() != Method::POST || only_asks(request.uri().path()) {
        return Ok(next.run(request).await);
    }
    let refused = || Problem::bad_request("idempotency-key-refused", "an idempotency key is printable ASCII");
    let key = key.to_str().map_err(|_| refused())?.to_owned();
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(Problem::unauthorized)?;
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let Raw(bytes) = Raw::from_request(whole, &()).await?;
    let mut text = format!("{} {}\n", parts.method, parts.uri.path()).into_bytes();
    text.extend_from_slice(&bytes);
    let keyed = Keyed::new(&key, &text)?;
    let in_flight = (caller.actor.to_string(), key);
    let running = Running::begin(&state, in_flight).ok_or_else(|| {
        let detail = "a request under this idempotency key is running";
        Problem {
            retry_after_secs: Some(1),
            ..Problem::new(StatusCode::CONFLICT, "idempotency-key-in-use", detail)
        }
    })?;
    let claim = match state.run(&caller.actor, move |env| idempotency::look_up(env, &keyed)).await? {
        Known::Answered(answered) => return replay(answered),
        Known::Unknown(claim) => claim,
    };
    // Finishes although the caller may hang up: what was carried out is kept.
    let carried_out = tokio::spawn(async move {
        let mut request = Request::from_parts(parts, Body::from(bytes));
        let actor = Actor { claim: Some(claim.clone()), ..(*caller.actor).clone() };
        request.extensions_mut().insert(Caller { actor: Arc::new(actor), ..caller.clone() });
        let response = next.run(request).await;
        let response = keep(&state, &caller, claim, response).await;
        drop(running);
        response
    });
    carried_out.await.unwrap_or_else(|_| Err(Problem::internal()))
}

fn replay(answered: Answered) -> Result<Response, Problem> {
    let kept: Kept = serde_json::from_slice(&answered.body).map_err(|_| Problem::internal())?;
    let status = StatusCode::from_u16(answered.status).map_err(|_| Problem::internal())?;
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in [(header::CONTENT_TYPE, kept.content_type), (header::ETAG, kept.etag)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps an answer that says what was done or why not; what failed for a reason of ours may be tried again.
async fn keep(
    state: &AppState,
    caller: &Caller,
    claim: Claim,
    response: Response,
) -> Result<Response, Problem> {
    let status = response.status();
    let again = status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 408 | 409 | 429);
    if again || response.extensions().get::<ShownOnce>().is_some() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes: Bytes = to_bytes(body, usize::MAX).await.map_err(|_| Problem::internal())?;
    if bytes.len() <= ANSWER_BYTES_MAX {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let kept = Kept {
            content_type: text(header::CONTENT_TYPE),
            etag: text(header::ETAG),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        };
        let body = serde_json::to_vec(&kept).expect("an answer is plain JSON");
        let answered = Answered { status: status.as_u16(), body };
        let actor = Arc::clone(&caller.actor);
        // The work is done and its key taken: the caller gets the answer, whether it is kept or not.
        if state.run(&actor, move |env| idempotency::keep(env, &claim, &answered)).await.is_err() {
            tracing::warn!("The answer to a request under an idempotency key could not be kept.");
        }
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
