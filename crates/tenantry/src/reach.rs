//! How a command reaches the platform: in its own process under the folder's lock, or over HTTP where a server
//! holds it (DESIGN 3.14). Either way the same router answers, so both say the same.

use std::sync::Arc;
use std::time::Duration;

use app::actor::Actor;
use axum::body::{Body, to_bytes};
use axum::http;
use domain::redacted::Redacted;
use serde::Serialize;
use serde_json::Value;
use server::{AppState, LocalActor};
use tower::ServiceExt as _;

use crate::commands::data::Data;
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::streams::{self, say};
use crate::wiring::lists::{KeptLists, ListsNeeded};
use crate::wiring::stores::Access;
use crate::wiring::{Argon2Passwords, TrustedKeys, Wired, outside};

/// More than any answer.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// For a whole answer over HTTP.
const TIMEOUT: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Reach {
    #[command(flatten)]
    pub data: Data,
    /// A server to ask, such as `http://127.0.0.1:8080`, with the token of TENANTRY_TOKEN
    #[arg(long, value_name = "URL", env = "TENANTRY_SERVER", help_heading = "Data")]
    pub server: Option<String>,
    /// Why identity data is read; goes on the ledger, so it names nobody
    #[arg(long, value_name = "TEXT", env = "TENANTRY_PURPOSE", help_heading = "Data")]
    pub purpose: Option<String>,
    /// The answer on one line
    #[arg(long, help_heading = "Data")]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Delete,
}

/// One request to the API.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    /// With its query.
    pub path: String,
    pub body: Option<Payload>,
}

/// What a request carries.
#[derive(Clone)]
pub struct Payload {
    pub media: &'static str,
    /// The bytes are `gzip`.
    pub packed: bool,
    /// May hold personal data, so it is never printed.
    pub bytes: Redacted<Vec<u8>>,
}

pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Request {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: None }
    }

    pub fn post(path: impl Into<String>, body: Value) -> Self {
        let bytes = Redacted::new(body.to_string().into_bytes());
        Self::send(path, Payload { media: "application/json", packed: false, bytes })
    }

    /// Lines, one JSON object each.
    pub fn post_lines(path: impl Into<String>, lines: Vec<u8>) -> Self {
        Self::send(
            path,
            Payload { media: "application/x-ndjson", packed: false, bytes: Redacted::new(lines) },
        )
    }

    pub fn send(path: impl Into<String>, payload: Payload) -> Self {
        Self { method: Method::Post, path: path.into(), body: Some(payload) }
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::Delete, path: path.into(), body: None }
    }

    /// The same with parameters that are given.
    pub fn query(mut self, parameters: &[(&str, Option<String>)]) -> Self {
        for (name, value) in parameters {
            if let Some(value) = value {
                let mark = if self.path.contains('?') { '&' } else { '?' };
                self.path.push_str(&format!("{mark}{name}={}", escaped(value)));
            }
        }
        self
    }

    fn bytes(&self) -> &[u8] {
        self.body.as_ref().map_or(&[], |payload| payload.bytes.expose())
    }

    fn content_headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let media = self.body.as_ref().map_or("application/json", |payload| payload.media);
        let packed = self.body.as_ref().is_some_and(|payload| payload.packed);
        [("content-type", media)].into_iter().chain(packed.then_some(("content-encoding", "gzip")))
    }

    fn is_gate(&self) -> bool {
        self.path.starts_with("/access/v1/") || self.path.ends_with("/preview")
    }

    /// Enrolling, adding and deciding compare with lists; nothing else does.
    fn lists_needed(&self) -> ListsNeeded {
        let path = self.path.split('?').next().unwrap_or_default();
        let compares = matches!(path, "/v1/customers" | "/v1/accounts" | "/v1/import")
            || ["/facts", "/verifications", "/screenings", "/decide"].iter().any(|end| path.ends_with(end));
        match self.method {
            // Those in force make place for others.
            Method::Post if path == "/v1/lists" => ListsNeeded::No,
            Method::Post if compares => ListsNeeded::Yes,
            _ => ListsNeeded::IfLoaded,
        }
    }

    /// Whoever invites the first person, names the provider or brings the records begins an installation.
    fn access(&self) -> Access {
        let path = self.path.split('?').next().unwrap_or_default();
        let begins =
            self.method == Method::Post && matches!(path, "/v1/staff" | "/v1/providers" | "/v1/import");
        if begins { Access::Beginning } else { Access::Writing }
    }
}

/// The server that a command shall ask which can do without: the one that is given, else that of TENANTRY_SERVER unless
/// something that is given is of this machine.
pub fn server_named(given: Option<&str>, is_here: bool) -> Option<String> {
    let named = || std::env::var("TENANTRY_SERVER").ok().filter(|url| !is_here && !url.is_empty());
    given.map(str::to_owned).or_else(named)
}

/// A part of a path or query, so that no character of it means anything.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

impl Reach {
    /// Asks and prints the answer; a refusal goes to standard error.
    pub fn tell(&self, request: Request) -> Outcome {
        let answer = self.ask(request)?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        self.print(&body)?;
        Ok(Exit::Done)
    }

    pub fn print(&self, body: &impl Serialize) -> Result<(), Stop> {
        if self.json {
            return streams::print_json(body);
        }
        say!("{}", serde_json::to_string_pretty(body)?);
        Ok(())
    }

    /// Asks and gives the answer's JSON.
    pub fn ask_json(&self, request: Request) -> Result<Value, Stop> {
        let answer = self.ask(request)?;
        serde_json::from_slice(&answer.body).doing("reading the answer")
    }

    pub fn ask(&self, request: Request) -> Result<Answer, Stop> {
        let session = self.open(&request)?;
        let answer = session.ask(&request)?;
        session.end()?;
        answer.or_refusal()
    }

    /// Opens the way that this request and others like it go.
    pub fn open(&self, like: &Request) -> Result<Session, Stop> {
        if let Some(server) = &self.server {
            return Ok(Session::Server(Server::new(server, self.purpose.clone())?));
        }
        let reads = like.method == Method::Get && self.purpose.is_none();
        let wired = match self.data.open(like.access(), like.lists_needed()) {
            Err(stop) if stop.held_by_another && reads => {
                self.data.open(Access::Reading, ListsNeeded::IfLoaded)?
            }
            opened => opened?,
        };
        if like.is_gate() {
            wired.load_gate()?;
        }
        let local = Local::new(&wired, self.purpose.clone())?;
        Ok(Session::Here(Box::new((wired, local))))
    }
}

/// A way to the platform that stays open for several requests.
pub enum Session {
    Here(Box<(Wired, Local)>),
    Server(Server),
}

impl Session {
    pub fn ask(&self, request: &Request) -> Result<Answer, Stop> {
        match self {
            Self::Here(here) => here.1.ask(request),
            Self::Server(server) => server.ask(request),
        }
    }

    /// Asks and gives the answer's JSON.
    pub fn ask_json(&self, request: &Request) -> Result<Value, Stop> {
        let answer = self.ask(request)?.or_refusal()?;
        serde_json::from_slice(&answer.body).doing("reading the answer")
    }

    /// Asks for one line of many. `Err` of the answer is what the line says instead; the outer one ends the run.
    pub fn answer_line(&self, request: &Request) -> Result<Result<Value, Value>, Stop> {
        let answer = self.ask(request)?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        match answer.status {
            200 => Ok(Ok(body)),
            401 | 403 => Err(refused(&answer)),
            _ => {
                let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("unknown");
                Ok(Err(line_error(text("code"), text("detail"))))
            }
        }
    }

    /// The platform in this process; `None` where a server has it.
    pub fn wired(&self) -> Option<&Wired> {
        match self {
            Self::Here(here) => Some(&here.0),
            Self::Server(_) => None,
        }
    }

    pub fn end(self) -> Result<(), Stop> {
        match self {
            Self::Here(here) => here.0.settle(),
            Self::Server(_) => Ok(()),
        }
    }
}

impl Answer {
    pub fn or_refusal(self) -> Result<Self, Stop> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(refused(&self)) }
    }
}

/// A server elsewhere.
pub struct Server {
    agent: ureq::Agent,
    base: String,
    bearer: Redacted<String>,
    purpose: Option<String>,
}

impl Server {
    pub fn new(base: &str, purpose: Option<String>) -> Result<Self, Stop> {
        let token = std::env::var("TENANTRY_TOKEN").map_err(|_| {
            Stop::unusable("there is no token to ask the server with")
                .next("put an API key or a session's token into TENANTRY_TOKEN")
        })?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ureq::tls::TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls);
        let bearer = Redacted::new(format!("Bearer {}", token.trim()));
        let base = base.trim_end_matches('/').to_owned();
        if !(base.starts_with("http://") || base.starts_with("https://")) {
            return Err(Stop::unusable(format!("`{base}` is no address of a server"))
                .next(format!("it begins with its scheme, such as `http://{base}`")));
        }
        Ok(Self { agent: config.build().into(), base, bearer, purpose })
    }

    pub fn ask(&self, request: &Request) -> Result<Answer, Stop> {
        let url = format!("{}{}", self.base, request.path);
        let sent = match request.method {
            Method::Get => self.with_headers(self.agent.get(&url)).call(),
            Method::Delete => self.with_headers(self.agent.delete(&url)).call(),
            Method::Post => {
                let mut asked = self.with_headers(self.agent.post(&url));
                for (name, value) in request.content_headers() {
                    asked = asked.header(name, value);
                }
                asked.send(request.bytes())
            }
        };
        let doing = || format!("asking {}", self.base);
        let mut answer = sent
            .doing(doing())
            .map_err(|stop| stop.next("see that the server runs and that the address is right"))?;
        let status = answer.status().as_u16();
        let body =
            answer.body_mut().with_config().limit(ANSWER_BYTES_MAX as u64).read_to_vec().doing(doing())?;
        Ok(Answer { status, body })
    }

    fn with_headers<B>(&self, asked: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        let asked = asked.header("authorization", self.bearer.expose());
        match &self.purpose {
            Some(purpose) => asked.header(PURPOSE, purpose),
            None => asked,
        }
    }
}

const PURPOSE: &str = "tenantry-purpose";

/// The router in this process, asked as a command.
pub struct Local {
    router: axum::Router,
    runtime: tokio::runtime::Runtime,
    purpose: Option<String>,
}

impl Local {
    pub fn new(wired: &Wired, purpose: Option<String>) -> Result<Self, Stop> {
        let state = state_of(wired);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { router: server::router(state), runtime, purpose })
    }

    pub fn ask(&self, request: &Request) -> Result<Answer, Stop> {
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Delete => http::Method::DELETE,
        };
        let mut asked = http::Request::builder().method(method).uri(&request.path);
        if let Some(purpose) = &self.purpose {
            asked = asked.header(PURPOSE, purpose);
        }
        for (name, value) in request.content_headers() {
            asked = asked.header(name, value);
        }
        let mut asked = asked
            .body(Body::from(request.bytes().to_vec()))
            .map_err(|error| Stop::unusable(format!("this cannot be asked: {error}")))?;
        asked.extensions_mut().insert(LocalActor(Actor::command()));
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(asked).await.unwrap_or_else(|never| match never {});
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await;
            let body = body.map_err(|error| Stop::unable(format!("the answer broke off: {error}")))?;
            Ok(Answer { status, body: body.to_vec() })
        })
    }
}

/// What the router works with.
pub fn state_of(wired: &Wired) -> AppState {
    let trusted = TrustedKeys::new(&wired.config.packs.trusted_keys);
    AppState::new(Arc::clone(&wired.platform), Arc::new(Argon2Passwords::new()), Arc::new(trusted))
        .with_list_keeper(Arc::new(KeptLists {
            folder: wired.folder.clone(),
            versions_kept_days: wired.config.lists.versions_kept_days,
        }))
        .with_messenger(Arc::new(outside::messengers(&wired.config)))
        .with_event_receiver(outside::event_receiver(&wired.config))
}

/// A line that was not answered.
pub fn line_error(code: &str, detail: &str) -> Value {
    serde_json::json!({ "error": { "code": code, "detail": detail } })
}

/// A problem document as a reason to stop.
fn refused(answer: &Answer) -> Stop {
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    let code = text("code").unwrap_or("no-reason-given");
    let detail = text("detail").unwrap_or("the server gave no reason");
    let pointer = problem["errors"][0]["pointer"].as_str();
    let at = pointer.map_or_else(String::new, |pointer| format!(" (at `{pointer}`)"));
    let exit = if answer.status < 500 { Exit::Refused } else { Exit::Unable };
    let stop = Stop { code: Some(code.to_owned()), ..Stop::new(exit, format!("{code}: {detail}{at}")) };
    match (code, answer.status) {
        ("person-needed", _) => stop.next(
            "a command drafts and approves nothing: ask a server with `--server URL` and the token of a person",
        ),
        ("scope-missing", _) => stop.next("ask with a token that has the scope; `tenantry key make` makes one"),
        ("purpose-missing", _) => stop.next("say why with `--purpose TEXT`"),
        (_, 401) => stop.next("put a good API key or session's token into TENANTRY_TOKEN"),
        _ => stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_a_path_means_nothing_in_it() {
        assert_eq!(escaped("a b/c?d=é"), "a%20b%2Fc%3Fd%3D%C3%A9");
        let request =
            Request::get("/v1/x").query(&[("a", Some("1&2".into())), ("b", None), ("c", Some("3".into()))]);
        assert_eq!(request.path, "/v1/x?a=1%262&c=3");
    }
}
