//! A platform of the kit behind the router, and requests to it.

use std::sync::Arc;

use app::actor::Actor;
use app::failure::Failure;
use app::pack::PackSignatures;
use app::session::Passwords;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use domain::staff::Scope;
use serde_json::Value;
use server::{AppState, LocalActor, RateLimits, router};
use testkit::{Mailbox, Platform};
use tower::ServiceExt;

/// Passwords that are quick to check; the real function is slow on purpose.
struct QuickPasswords;

impl Passwords for QuickPasswords {
    fn hash(&self, password: &str) -> Result<String, Failure> {
        Ok(format!("quick:{password}"))
    }

    fn matches(&self, password: &str, hash: Option<&str>) -> bool {
        hash == Some(&format!("quick:{password}"))
    }
}

/// No key is trusted.
pub struct NoSignatures;

impl PackSignatures for NoSignatures {
    fn verify(&self, _: &str, _: &str, _: &str) -> bool {
        false
    }
}

pub struct Client {
    pub platform: Platform,
    pub router: Router,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The stable code of a problem document.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Client {
    pub fn new() -> Self {
        Self::with(Platform::new())
    }

    pub fn with(platform: Platform) -> Self {
        let limits = RateLimits { credential_per_second: 0, gate_per_second: 0, address_per_second: 0 };
        let router = router(state(&platform).with_rate_limits(limits));
        Self { platform, router }
    }

    /// Every answer in JSON is held against the document.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 256 << 20).await.unwrap().to_vec();
        let answer = Answer { status: parts.status, headers: parts.headers, bytes };
        if answer.header("content-type").is_some_and(|media| media.ends_with("json") && !media.contains("nd"))
        {
            super::schema::check(method.as_str(), &path, answer.status, &answer.json());
        }
        answer
    }

    pub async fn get(&self, actor: &Actor, path: &str) -> Answer {
        self.send(request("GET", path).extension(LocalActor(actor.clone())).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, actor: &Actor, path: &str, body: &Value) -> Answer {
        self.post_with(actor, path, body, &[]).await
    }

    pub async fn post_with(
        &self,
        actor: &Actor,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = request("POST", path).extension(LocalActor(actor.clone()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn post_raw(&self, actor: &Actor, path: &str, body: Vec<u8>) -> Answer {
        let request = request("POST", path).extension(LocalActor(actor.clone()));
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

pub fn state(platform: &Platform) -> AppState {
    AppState::new(Arc::clone(platform.app()), Arc::new(QuickPasswords), Arc::new(NoSignatures))
        .with_messenger(Arc::new(Mailbox::new()))
}

pub fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("content-type", "application/json")
}

/// Somebody with every scope.
pub fn everything() -> Actor {
    Actor { scopes: Scope::ALL.to_vec(), ..Actor::command() }
}

/// A sign-up as the control plane sends it.
pub fn enrolment(number: u64, name: &str) -> Value {
    serde_json::to_value(testkit::fixture::individual(number, name, "DE")).unwrap()
}
