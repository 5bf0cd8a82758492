//! `/access/v1`: may this account do this now (AuthZEN 1.0). Answered from memory, on the thread that reads the
//! request: no store, no second serialisation. Only an account that the gate does not know is looked up, aside.

mod question;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use app::actor::Actor;
use app::env::Platform;
use app::failure::{Failure, Refusal, RefusalKind};
use app::gate::{GateAnswer, GateQuestion};
use app::pack::text_hash;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::decision::{Action, Answer, RequestContext};
use domain::pack::Packs;
use domain::special_measure::Condition;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::auth::Caller;
use crate::extract::{Raw, header_text, pointer_to};
use crate::problem::Problem;
use crate::state::AppState;

pub use question::CONTEXT_MEMBERS;
use question::{Evaluation, Evaluations, Semantic, Subject};

/// Questions in one request.
const EVALUATIONS_MAX: usize = 1_000;

/// How often, and each time how long, a question waits while the answer log is behind: half a second in all.
const CATCH_UP_TURNS: u32 = 100;
const CATCH_UP: Duration = Duration::from_millis(5);

/// The gate's signing key as verifiers know it.
pub struct Signing {
    /// JWK thumbprint (RFC 7638).
    key_id: String,
    /// `x` of the key (RFC 8037).
    public_key: String,
    /// The protected header of every signature, encoded, with its dot.
    header: String,
}

impl Signing {
    fn new(public_key: &[u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public_key);
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let digest = domain::fact::sealed_text::from_hex(&text_hash(&canonical)).unwrap_or_default();
        let key_id = URL_SAFE_NO_PAD.encode(digest);
        let header = format!(r#"{{"alg":"EdDSA","kid":"{key_id}","typ":"tenantry-answer+json"}}"#);
        let header = format!("{}.", URL_SAFE_NO_PAD.encode(header));
        Self { key_id, public_key: x, header }
    }
}

impl AppState {
    fn signing(&self) -> Result<&Signing, Problem> {
        if let Some(signing) = self.edge.signing.get() {
            return Ok(signing);
        }
        let public_key = self.platform.vault.answer_public_key().map_err(Failure::from)?;
        Ok(self.edge.signing.get_or_init(|| Signing::new(&public_key)))
    }
}

/// What an answer says beside yes or no. These bytes are what is signed.
#[derive(Serialize)]
struct ContextBody<'a> {
    answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<domain::id::AnswerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<domain::id::AccountId>,
    action: &'static str,
    asked: &'a RequestContext,
    reasons: &'a [&'a str],
    /// What must hold while the account does it.
    conditions: &'a [&'a Condition],
    /// What the caller must do beside.
    obligations: &'a [&'a Condition],
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<Versions<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<Timestamp>,
    stale: bool,
    fictional_lists: bool,
    livemode: bool,
}

#[derive(Serialize)]
struct Versions<'a> {
    engine: &'a str,
    packs: &'a str,
    lists: &'a str,
}

/// A question read, or what is wrong with it.
struct Asked {
    question: GateQuestion,
    enforces_conditions: bool,
}

fn asked(
    packs: &Packs,
    evaluation: &Evaluation<'_>,
    defaults: Option<&Evaluation<'_>>,
) -> Result<Asked, Problem> {
    let missing = |pointer: &'static str| {
        Problem::bad_request("evaluation-refused", format!("`{}` is missing", &pointer[1..])).at(pointer)
    };
    let of = defaults.unwrap_or(evaluation);
    let subject = evaluation.subject.as_ref().or(of.subject.as_ref()).ok_or_else(|| missing("/subject"))?;
    let action = evaluation.action.as_ref().or(of.action.as_ref()).ok_or_else(|| missing("/action"))?;
    let resource = evaluation.resource.as_ref().or(of.resource.as_ref());
    let context = evaluation.context.as_ref().or(of.context.as_ref());
    if let Some(unknown) = context.and_then(|context| context.unknown.as_deref()) {
        let detail = format!("the context has {}, and no other member", CONTEXT_MEMBERS.join(", "));
        return Err(Problem::bad_request("evaluation-refused", detail).at(pointer_to("/context", unknown)));
    }
    if subject.r#type != "account" {
        let detail = "the subject's type is `account`";
        return Err(Problem::bad_request("evaluation-refused", detail).at("/subject/type"));
    }
    if subject.id.is_empty() || subject.id.len() > 200 {
        let detail = "the subject's id is ours or an `external_id`, in 1 to 200 bytes";
        return Err(Problem::bad_request("evaluation-refused", detail).at("/subject/id"));
    }
    let action: Action = action.name.parse().map_err(|_| {
        let names: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
        let detail = format!("the action's name is one of: {}", names.join(", "));
        Problem::bad_request("no-such-action", detail).at("/action/name")
    })?;
    // What is had may stand in AuthZEN's own place for it.
    let of_kind = |resource: &&Subject<'_>| resource.r#type == "resource" && !resource.id.is_empty();
    let resource = resource.filter(of_kind).map(|resource| resource.id.to_string());
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
    let context = match context {
        None => (RequestContext { resource, ..RequestContext::default() }, false),
        Some(context) => {
            let request = RequestContext {
                region: text(&context.region),
                resource: text(&context.resource).or(resource),
                quantity: context.quantity,
                payment: text(&context.payment),
            };
            (request, context.enforces_conditions)
        }
    };
    let (context, enforces_conditions) = context;
    context.check(packs).map_err(|refused| {
        let pointer = format!("/context/{}", refused.member());
        Problem::bad_request("evaluation-refused", refused.to_string()).at(pointer)
    })?;
    let question = GateQuestion { account: subject.id.to_string(), action, context };
    Ok(Asked { question, enforces_conditions })
}

fn is_obligation(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::EnhancedMonitoring | Condition::ReportActivity { .. } | Condition::WindDown { .. }
    )
}

/// Looks for accounts that the gate does not know yet, off the threads that answer, for a few requests at a time:
/// who asks for what is not there slows nobody down. Returns why the registry could not be asked.
async fn meet<'a>(state: &AppState, asked: impl Iterator<Item = &'a Asked>) -> Option<Refusal> {
    let gate = &state.platform.gate;
    let unknown: Vec<String> =
        asked.map(|asked| &asked.question.account).filter(|account| !gate.knows(account)).cloned().collect();
    if unknown.is_empty() {
        return None;
    }
    let _turn = state.edge.meeting.acquire().await;
    let platform = Arc::clone(&state.platform);
    let met = tokio::task::spawn_blocking(move || {
        unknown.iter().try_for_each(|account| platform.gate.meet(&platform, account))
    });
    match met.await {
        Ok(met) => met.err(),
        Err(_) => Some(Refusal::new(RefusalKind::Unavailable, "gate-stale", "the registry was not asked")),
    }
}

/// Lets the answer log catch up, for a while: who asks faster than answers can be recorded is slowed down.
async fn let_the_log_catch_up(state: &AppState) {
    for _ in 0..CATCH_UP_TURNS {
        if !state.platform.gate.is_behind() {
            return;
        }
        tokio::time::sleep(CATCH_UP).await;
    }
}

/// Answers one question and appends the AuthZEN answer to `out`. Returns the decision. `unmet` is why accounts
/// that the gate does not know could not be looked up.
fn answer(
    state: &AppState,
    actor: &Actor,
    asked: &Asked,
    unmet: Option<&Refusal>,
    out: &mut Vec<u8>,
) -> Result<bool, Problem> {
    let platform = &*state.platform;
    match platform.gate.ask(platform, actor, &asked.question) {
        Ok(given) => given_answer(state, asked, &given, out),
        // An account that is not there may do nothing; the same for one of another branch.
        Err(refusal) if matches!(refusal.kind, RefusalKind::NotFound | RefusalKind::Unavailable) => {
            let unmet = unmet.filter(|_| refusal.kind == RefusalKind::NotFound);
            let reasons = [unmet.unwrap_or(&refusal).code];
            let body = refused_context(platform, asked, &reasons);
            out.extend_from_slice(br#"{"decision":false,"context":"#);
            write(&body, out);
            out.push(b'}');
            Ok(false)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn write(body: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, body).expect("an answer is plain JSON");
}

fn refused_context<'a>(platform: &Platform, asked: &'a Asked, reasons: &'a [&'a str]) -> ContextBody<'a> {
    ContextBody {
        answer: Answer::Deny.as_str(),
        id: None,
        account: None,
        action: asked.question.action.as_str(),
        asked: &asked.question.context,
        reasons,
        conditions: &[],
        obligations: &[],
        versions: None,
        position: None,
        answered_at: None,
        valid_until: None,
        stale: reasons == ["gate-stale"],
        fictional_lists: platform.lists().fictional(),
        livemode: platform.livemode,
    }
}

fn given_answer(
    state: &AppState,
    asked: &Asked,
    given: &GateAnswer,
    out: &mut Vec<u8>,
) -> Result<bool, Problem> {
    let reasons = given.verdict.reasons();
    let (obligations, conditions): (Vec<&Condition>, Vec<&Condition>) =
        given.verdict.conditions().into_iter().partition(|condition| is_obligation(condition));
    let facts = &given.facts;
    let body = ContextBody {
        answer: given.verdict.answer.as_str(),
        id: Some(given.id),
        account: Some(facts.account.id),
        action: facts.action.as_str(),
        asked: &facts.context,
        reasons: &reasons,
        conditions: &conditions,
        obligations: &obligations,
        versions: Some(Versions {
            engine: &given.engine_version,
            packs: &facts.terms.packs_version,
            lists: &facts.terms.lists_version,
        }),
        position: Some(given.position),
        answered_at: Some(facts.at),
        valid_until: Some(given.valid_until),
        stale: given.stale,
        fictional_lists: given.fictional_lists,
        livemode: state.platform.livemode,
    };
    let decision = match given.verdict.answer {
        Answer::Allow => true,
        Answer::AllowWithConditions => asked.enforces_conditions,
        Answer::Review | Answer::Deny => false,
    };
    let start: &[u8] =
        if decision { br#"{"decision":true,"context":"# } else { br#"{"decision":false,"context":"# };
    out.extend_from_slice(start);
    let from = out.len();
    write(&body, out);
    let signature = sign(state, &out[from..])?;
    // The context goes out with its signature as one more member.
    out.pop();
    out.extend_from_slice(br#","signature":""#);
    out.extend_from_slice(signature.as_bytes());
    out.extend_from_slice(br#""}}"#);
    Ok(decision)
}

/// A compact JWS (RFC 7515) with the bytes as payload.
fn sign(state: &AppState, payload: &[u8]) -> Result<String, Problem> {
    let signing = state.signing()?;
    let mut text = String::with_capacity(signing.header.len() + payload.len() * 4 / 3 + 96);
    text.push_str(&signing.header);
    URL_SAFE_NO_PAD.encode_string(payload, &mut text);
    let signature = state.platform.vault.sign_answer(text.as_bytes()).map_err(Failure::from)?;
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    Ok(text)
}

fn json(body: Vec<u8>) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let code = if error.is_data() { "evaluation-refused" } else { "not-json" };
        let detail = format!("not an evaluation, at line {}, column {}", error.line(), error.column());
        Problem::bad_request(code, detail)
    })
}

/// Ask whether an account may do something
///
/// `decision` is true for `allow`, and for `allow_with_conditions` only where `context.enforces_conditions` is.
/// `signature` is a compact JWS over the context without it. An answer is good until `valid_until`.
#[utoipa::path(post, path = "/access/v1/evaluation", tag = "gate", request_body = crate::openapi::Evaluation,
    responses((status = 200, description = "The answer", body = crate::openapi::EvaluationAnswer)))]
pub async fn evaluation(
    State(state): State<AppState>,
    caller: Caller,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let evaluation: Evaluation<'_> = parse(&bytes)?;
    let asked = asked(&state.platform.packs(), &evaluation, None)?;
    let unmet = meet(&state, std::iter::once(&asked)).await;
    let_the_log_catch_up(&state).await;
    let mut out = Vec::with_capacity(3_072);
    answer(&state, &caller.actor, &asked, unmet.as_ref(), &mut out)?;
    Ok(json(out))
}

/// Ask several questions at once
///
/// What single ones leave out is taken from the top level. `options.evaluations_semantic` says whether to stop
/// at the first deny or permit.
#[utoipa::path(post, path = "/access/v1/evaluations", tag = "gate", request_body = crate::openapi::Evaluations,
    responses((status = 200, description = "The answers, in order", body = crate::openapi::EvaluationsAnswer)))]
pub async fn evaluations(
    State(state): State<AppState>,
    caller: Caller,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let all: Evaluations<'_> = parse(&bytes)?;
    if all.evaluations.len() > EVALUATIONS_MAX {
        let detail = format!("at most {EVALUATIONS_MAX} questions at once");
        return Err(Problem::bad_request("evaluation-refused", detail).at("/evaluations"));
    }
    if all.evaluations.is_empty() {
        let asked = asked(&state.platform.packs(), &all.defaults, None)?;
        let unmet = meet(&state, std::iter::once(&asked)).await;
        let mut out = Vec::with_capacity(3_072);
        answer(&state, &caller.actor, &asked, unmet.as_ref(), &mut out)?;
        return Ok(json(out));
    }
    let packs = state.platform.packs();
    let read = |evaluation| asked(&packs, evaluation, Some(&all.defaults));
    let questions: Vec<Result<Asked, Problem>> = all.evaluations.iter().map(read).collect();
    let unmet = meet(&state, questions.iter().flatten()).await;
    let mut out = Vec::with_capacity(3_072 * (questions.len() + 1));
    out.extend_from_slice(br#"{"evaluations":["#);
    for (number, question) in questions.iter().enumerate() {
        if number > 0 {
            out.push(b',');
            // A request of many questions lets others in between.
            tokio::task::yield_now().await;
            let_the_log_catch_up(&state).await;
        }
        let decision = match question {
            Ok(asked) => answer(&state, &caller.actor, asked, unmet.as_ref(), &mut out)?,
            Err(problem) => {
                write_error(problem, &mut out);
                false
            }
        };
        let stop = match all.options.evaluations_semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !decision,
            Semantic::PermitOnFirstPermit => decision,
        };
        if stop {
            break;
        }
    }
    out.extend_from_slice(b"]}");
    Ok(json(out))
}

/// A question that is none is answered in its place.
fn write_error(problem: &Problem, out: &mut Vec<u8>) {
    let body = serde_json::json!({
        "decision": false,
        "context": { "error": {
            "status": problem.status.as_u16(), "code": problem.code, "message": problem.detail,
            "pointer": problem.pointer,
        } },
    });
    write(&body, out);
}

#[derive(Serialize)]
struct Configuration {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
    jwks_uri: String,
}

/// Where the gate is asked
#[utoipa::path(get, path = "/.well-known/authzen-configuration", tag = "gate",
    responses((status = 200, description = "AuthZEN metadata", body = crate::openapi::GateConfiguration)))]
pub async fn configuration(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let base = match &state.edge.public_url {
        Some(url) => url.clone(),
        None => {
            let host = header_text(&headers, "host").unwrap_or("localhost");
            let good = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
            if !good {
                return Err(Refusal::invalid("host-refused", "the `Host` header is no host").into());
            }
            let scheme = if state.edge.tls { "https" } else { "http" };
            format!("{scheme}://{host}")
        }
    };
    let configuration = Configuration {
        access_evaluation_endpoint: format!("{base}/access/v1/evaluation"),
        access_evaluations_endpoint: format!("{base}/access/v1/evaluations"),
        jwks_uri: format!("{base}/.well-known/jwks.json"),
        policy_decision_point: base,
    };
    Ok(json(serde_json::to_vec(&configuration).expect("texts are plain JSON")))
}

/// Keys that verify the gate's answers
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "gate",
    responses((status = 200, description = "A JWK set", body = crate::openapi::GateKeys)))]
pub async fn keys(State(state): State<AppState>) -> Result<Response, Problem> {
    let signing = state.signing()?;
    let set = serde_json::json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
        "kid": signing.key_id, "x": signing.public_key,
    }] });
    Ok(json(serde_json::to_vec(&set).expect("texts are plain JSON")))
}
