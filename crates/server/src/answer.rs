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

    /// A page of a list. One that is full may not be the last; it goes on after the id of its last record.
    pub fn page<T>(
        &self,
        object: &'static str,
        records: Vec<T>,
        limit: u32,
        id: impl Fn(&T) -> String,
    ) -> Listed<T> {
        let next = records.last().filter(|_| records.len() >= limit as usize).map(id);
        self.list(object, records, next)
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
    etag: Option<String>,
    body: Vec<u8>,
}

impl Reply {
    pub fn ok(body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("an answer is plain JSON");
        Self { status: StatusCode::OK, etag: None, body }
    }

    pub fn created(body: &impl Serialize) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }
    }

    /// The version goes out as `ETag`.
    pub fn version(self, version: u64) -> Self {
        Self { etag: Some(format!("\"{version}\"")), ..self }
    }

    /// The version goes out with a word for what time alone made of it: the same version looks different now.
    pub fn version_become(self, version: u64, word: &str) -> Self {
        Self { etag: Some(format!("\"{version}-{word}\"")), ..self }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(tag) = self.etag {
            let tag = HeaderValue::from_str(&tag).expect("digits and a word of ours in quotes");
            headers.insert(header::ETAG, tag);
        }
        response
    }
}
