//! `/v1/access`: events in, and where one account came from.

use std::io::Read;

use app::account::find_account;
use app::failure::Failure;
use app::who;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{
    AccessEvent, AccountQuestion, Answer, Asked, ClockMark, IngestOutcome, LineError, parse_event,
};
use flate2::read::MultiGzDecoder;
use serde::Serialize;

use crate::answer::Reply;
use crate::api::who::question;
use crate::auth::Caller;
use crate::extract::{Raw, header_text};
use crate::problem::Problem;
use crate::state::AppState;

/// Events kept at once; each batch is durable before the next begins.
const BATCH: usize = 4_096;

/// Longest body once unpacked: a small one that unpacks to more is an attack.
const UNPACKED_BYTES_MAX: u64 = 128 << 20;

/// What became of one line.
#[derive(Serialize)]
struct LineAnswer<'a> {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// How the source's clock looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockMark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a LineError>,
}

/// Send access and lease events
///
/// NDJSON, one event a line, `gzip` by `Content-Encoding`. One answer a line, in order. What is answered
/// `stored` is on disk; the same `source` and `seq` twice counts once, so a batch may be sent again.
#[utoipa::path(post, path = "/v1/access/events", tag = "access",
    request_body(content = String, content_type = "application/x-ndjson", description = "Events, one a line"),
    responses((status = 200, description = "Answers, one a line", content_type = "application/x-ndjson", body = String)))]
pub async fn ingest(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let packed = is_packed(&headers);
    let answers = state
        .run(&caller.actor, move |env| {
            let unpacked = if packed { unpack(&bytes)? } else { bytes.to_vec() };
            ingest_lines(&unpacked, |events| app::access::ingest(env, events))
        })
        .await?;
    Ok(ndjson(answers))
}

/// Whether a body came as `gzip`.
pub fn is_packed(headers: &HeaderMap) -> bool {
    header_text(headers, "content-encoding").is_some_and(|value| value.eq_ignore_ascii_case("gzip"))
}

/// Unpacks as it is read, and no further than told.
pub fn unpacking(bytes: &[u8], bytes_max: u64) -> impl Read {
    MultiGzDecoder::new(bytes).take(bytes_max)
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let refused = |detail: &str| app::failure::Refusal::invalid("not-gzip", detail);
    let mut unpacked = Vec::new();
    unpacking(bytes, UNPACKED_BYTES_MAX + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| refused("the body is not gzip, or is cut short"))?;
    if unpacked.len() as u64 > UNPACKED_BYTES_MAX {
        return Err(refused("the body unpacks to more than this route takes").into());
    }
    Ok(unpacked)
}

/// Keeps the events of all lines that are events. A batch that cannot be kept ends the run: its caller sends
/// all again, and what was stored counts once where it has `source` and `seq`.
fn ingest_lines(
    text: &[u8],
    keep: impl Fn(&[AccessEvent]) -> Result<Vec<IngestOutcome>, Failure>,
) -> Result<Vec<u8>, Failure> {
    let mut answers = Vec::new();
    // Blank lines are passed over and counted, so that a number is the line's place in what was sent.
    let lines: Vec<(usize, &[u8])> = (1..)
        .zip(text.split(|byte| *byte == b'\n'))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    for lines in lines.chunks(BATCH) {
        let parsed: Vec<Result<AccessEvent, LineError>> = lines.iter().map(|(_, line)| parse(line)).collect();
        let events: Vec<AccessEvent> =
            parsed.iter().filter_map(|parsed| parsed.as_ref().ok()).cloned().collect();
        let mut outcomes = if events.is_empty() { Vec::new() } else { keep(&events)? }.into_iter();
        for ((number, _), parsed) in lines.iter().zip(parsed) {
            let outcome = match parsed {
                Ok(_) => outcomes.next().unwrap_or_else(|| IngestOutcome::Refused(unanswered())),
                Err(error) => IngestOutcome::Refused(error),
            };
            write_answer(&mut answers, *number, &outcome);
        }
    }
    Ok(answers)
}

fn parse(line: &[u8]) -> Result<AccessEvent, LineError> {
    let text = std::str::from_utf8(line).map_err(|_| LineError::new("not_json", "not UTF-8"))?;
    parse_event(text)
}

fn unanswered() -> LineError {
    LineError::new("unanswered", "the access ledger gave no answer for this event; send it again")
}

fn write_answer(answers: &mut Vec<u8>, line: usize, outcome: &IngestOutcome) {
    let plain = LineAnswer { line, result: None, position: None, clock: None, error: None };
    let answer = match outcome {
        IngestOutcome::Stored { position, mark } => {
            LineAnswer { result: Some("stored"), position: Some(*position), clock: Some(*mark), ..plain }
        }
        IngestOutcome::Duplicate => LineAnswer { result: Some("duplicate"), ..plain },
        IngestOutcome::Refused(error) => LineAnswer { error: Some(error), ..plain },
    };
    serde_json::to_writer(&mut *answers, &answer).expect("an answer has only strings and integers");
    answers.push(b'\n');
}

/// NDJSON as a response.
pub fn ndjson(body: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, body).into_response()
}

#[derive(Serialize)]
struct AccessBody {
    object: &'static str,
    #[serde(flatten)]
    answer: Answer,
    livemode: bool,
}

fn account_question(asked: Asked) -> Result<AccountQuestion, Problem> {
    match asked {
        Asked::Account(question) => Ok(question),
        Asked::Who(_) => {
            Err(Problem::bad_request("question-refused", "ask `/v1/who` about an address").at("/account"))
        }
    }
}

/// Ask where an account came from
///
/// And what it held. Names nobody, so it takes no purpose.
#[utoipa::path(post, path = "/v1/access/of", tag = "access", request_body = crate::openapi::AccountQuestion,
    responses((status = 200, description = "The answer", body = crate::openapi::AccessAnswer)))]
pub async fn of(State(state): State<AppState>, caller: Caller, Raw(bytes): Raw) -> Result<Reply, Problem> {
    let (question, limits) = question(&bytes)?;
    let question = account_question(question.asked)?;
    let answer = state
        .run(&caller.actor, move |env| {
            if env.actor.branch.is_some() {
                find_account(env, &question.account)?;
            }
            who::accesses_of(env, &question, limits)
        })
        .await?;
    Ok(Reply::ok(&AccessBody { object: "accesses", answer, livemode: state.platform.livemode }))
}

/// Ask which accounts share an account's addresses
#[utoipa::path(post, path = "/v1/access/shared", tag = "access", request_body = crate::openapi::AccountQuestion,
    responses((status = 200, description = "The answer", body = crate::openapi::AccessAnswer)))]
pub async fn shared(
    State(state): State<AppState>,
    caller: Caller,
    Raw(bytes): Raw,
) -> Result<Reply, Problem> {
    let (question, limits) = question(&bytes)?;
    let question = account_question(question.asked)?;
    let answer = state.run(&caller.actor, move |env| who::shared_with(env, &question, limits)).await?;
    Ok(Reply::ok(&AccessBody { object: "accesses", answer, livemode: state.platform.livemode }))
}
