//! What goes out: a noun with its name, `livemode`, and the version as an `ETag`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::state::AppState;

/// One noun as it is shown.
#[derive(Serialize)]
pub struct Shown<T> {
    pub object: &'static str,
    #[serde(flatten)]
    pub record: T,
    /// False in the test space.
    pub livemode: bool,
}

/// A page, and where to go on; `None` after the last.
#[derive(Serialize)]
pub struct Listed<T> {
    pub object: &'static str,
    pub data: Vec<Shown<T>>,
    pub next: Option<String>,
    pub livemode: bool,
}

impl AppState {
    pub fn show<T>(&self, object: &'static str, record: T) -> Shown<T> {
        Shown { object, record, livemode: self.platform.livemode }
    }

    pub fn list<T>(&self, object: &'static str, records: Vec<T>, next: Option<String>) -> Listed<T> {
        let livemode = self.platform.livemode;
        let data = records.into_iter().map(|record| Shown { object, record, livemode }).collect();
        Listed { object: "list", data, next, livemode }
    }
}

/// An answer with its body as JSON.
pub struct Reply {
    status: StatusCode,
    version: Option<u64>,
    body: Vec<u8>,
}

impl Reply {
    pub fn ok(body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("an answer is plain JSON");
        Self { status: StatusCode::OK, version: None, body }
    }

    pub fn created(body: &impl Serialize) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }
    }

    /// The version goes out as `ETag`.
    pub fn version(self, version: u64) -> Self {
        Self { version: Some(version), ..self }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(version) = self.version {
            let tag = HeaderValue::from_str(&format!("\"{version}\"")).expect("digits in quotes");
            headers.insert(header::ETAG, tag);
        }
        response
    }
}
