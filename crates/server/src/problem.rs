//! Refusals and failures as problem documents (RFC 9457): one mapping, stable codes, no personal data.

use std::borrow::Cow;

use app::access::AccessLogError;
use app::failure::{Failure, Refusal, RefusalKind};
use app::store::StoreError;
use app::vault::VaultError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What a caller is told when a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable, in words and dashes.
    pub code: Cow<'static, str>,
    pub detail: String,
    /// JSON pointer into the request, where one field is the cause.
    pub pointer: Option<String>,
    pub retry_after_secs: Option<u64>,
}

#[derive(Serialize)]
struct Wire<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<WireError<'a>>,
}

#[derive(Serialize)]
struct WireError<'a> {
    pointer: &'a str,
    detail: &'a str,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            detail: detail.into(),
            pointer: None,
            retry_after_secs: None,
        }
    }

    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "send a session token or API key that is good")
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-such-resource", "nothing is here")
    }

    /// Something of ours went wrong; what it was is in the log.
    pub fn internal() -> Self {
        let detail = "this could not be done; the log of the server says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    pub fn at(self, pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..self }
    }

    pub fn too_many(retry_after_secs: u64) -> Self {
        let detail = "too many requests; wait as long as `Retry-After` says";
        Self {
            retry_after_secs: Some(retry_after_secs),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail)
        }
    }

    pub fn to_json(&self) -> Vec<u8> {
        let errors = self.pointer.iter().map(|pointer| WireError { pointer, detail: &self.detail }).collect();
        let wire = Wire {
            r#type: format!("urn:tenantry:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: &self.code,
            detail: &self.detail,
            errors,
        };
        serde_json::to_vec(&wire).expect("a problem is plain JSON")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(secs) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::Invalid => StatusCode::BAD_REQUEST,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Precondition => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        let status = match refusal.code {
            // Who asks is not known yet.
            "sign-in-refused" | "link-refused" => StatusCode::UNAUTHORIZED,
            _ => status,
        };
        let retry_after_secs = match refusal.kind {
            RefusalKind::TooMany => Some(3_600),
            RefusalKind::Unavailable => Some(1),
            _ => None,
        };
        let detail = match refusal.code {
            "purpose-missing" => format!("{}: say why in the header `Tenantry-Purpose`", refusal.detail),
            _ => refusal.detail,
        };
        Self { status, code: Cow::Borrowed(refusal.code), detail, pointer: refusal.pointer, retry_after_secs }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Store(error) => of_store(&error),
            Failure::Vault(error) => of_vault(&error),
            Failure::AccessLog(error) => of_access_log(&error),
        }
    }
}

fn of_store(error: &StoreError) -> Problem {
    let conflict = |code, detail: String| Problem::new(StatusCode::CONFLICT, code, detail);
    match error {
        StoreError::VersionConflict { .. } => conflict("version-conflict", error.to_string()),
        StoreError::Duplicate { .. } => conflict("in-use", error.to_string()),
        StoreError::Refused { .. } => {
            let detail =
                "a value cannot be stored: a NUL character, a number out of range, or no such object";
            Problem::bad_request("value-refused", detail)
        }
        StoreError::DiskFull => {
            log_chain(error);
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk-full", error.to_string())
        }
        StoreError::Unavailable(_) => {
            log_chain(error);
            unavailable()
        }
        StoreError::Corrupt { .. } | StoreError::Unreadable { .. } => {
            log_chain(error);
            Problem::internal()
        }
    }
}

fn of_vault(error: &VaultError) -> Problem {
    if let VaultError::Destroyed = error {
        let detail = "what this is about was destroyed, and nothing more is kept of it";
        return Problem::new(StatusCode::CONFLICT, "record-destroyed", detail);
    }
    log_chain(error);
    match error {
        VaultError::Unavailable(_) => unavailable(),
        VaultError::Destroyed | VaultError::Altered { .. } | VaultError::WrongMasterKey => {
            Problem::internal()
        }
    }
}

fn of_access_log(error: &AccessLogError) -> Problem {
    if let AccessLogError::TooBroad = error {
        return Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too-broad", error.to_string());
    }
    log_chain(error);
    match error {
        AccessLogError::Corrupt { .. } => Problem::internal(),
        _ => unavailable(),
    }
}

fn unavailable() -> Problem {
    let detail = "a part that this needs does not answer; try again";
    Problem {
        retry_after_secs: Some(1),
        ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }
}

/// The whole chain, once. Errors of ports name tables, files and ids, never personal data.
pub fn log_chain(error: &dyn std::error::Error) {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        chain.push_str(": ");
        chain.push_str(&next.to_string());
        cause = next.source();
    }
    tracing::error!(error = %chain, "A request could not be carried out: {chain}");
}
