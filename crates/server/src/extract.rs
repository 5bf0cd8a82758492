//! Parts of a request, parsed. What is wrong is named by field, never quoted.

use std::str::FromStr;

use app::wording::without_values;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use domain::purpose::Purpose;
use serde::de::DeserializeOwned;

use app::store::Page;

use crate::problem::Problem;

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !media.is_some_and(is_json) {
            let detail = "send `Content-Type: application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail));
        }
        let bytes = Raw::from_request(request, state).await?.0;
        parse(&bytes).map(Self)
    }
}

fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
}

/// Parses a JSON body, with the pointer to what is wrong in it.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let is_array = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if is_array && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
        // Serde would take the values for the members of an object, in order.
        return Err(Problem::bad_request("wrong-shape", "the body is one JSON object, not an array").at(""));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer_of(error.path());
        refused(error.inner(), pointer)
    })?;
    deserializer.end().map_err(|error| refused(&error, String::new()))?;
    Ok(parsed)
}

fn refused(error: &serde_json::Error, pointer: String) -> Problem {
    if !error.is_data() {
        let (line, column) = (error.line(), error.column());
        return Problem::bad_request("not-json", format!("not JSON at line {line}, column {column}"));
    }
    let said = scrub(error);
    let missing = said.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    let at = match missing {
        Some((name, _)) => format!("{pointer}/{name}"),
        // The key that is not known is the caller's own text: the pointer ends at the object that holds it.
        None if said.starts_with("unknown field") => {
            pointer.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned()
        }
        None => pointer,
    };
    let code = if at.is_empty() && said.starts_with("invalid type") { "wrong-shape" } else { "body-refused" };
    Problem { code: code.into(), ..Problem::bad_request("body-refused", said) }.at(at)
}

/// Serde's message without what the caller sent and without the place, which the pointer tells.
fn scrub(error: &serde_json::Error) -> String {
    let text = without_values(error);
    let said = text.rsplit_once(" at line ").map_or(&*text, |(said, _)| said);
    said.chars().filter(|c| !c.is_control()).take(1_000).collect()
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => {
                pointer.pop();
            }
        }
    }
    pointer
}

/// A JSON pointer to a member that the caller named, where it looks like a misspelt name of ours; else to what holds
/// it, since it may be anything.
pub fn pointer_to(parent: &str, member: &str) -> String {
    let is_name = member.len() <= 24 && member.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_name { format!("{parent}/{member}") } else { parent.to_owned() }
}

/// Longest body of a route, in bytes.
#[derive(Clone, Copy)]
pub struct BodyLimit(pub usize);

/// Refuses longer bodies, and lets the refusal name the limit.
pub fn limited(bytes_max: usize) -> (DefaultBodyLimit, Extension<BodyLimit>) {
    (DefaultBodyLimit::max(bytes_max), Extension(BodyLimit(bytes_max)))
}

/// A body as it came, within the route's limit.
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let limit = request.extensions().get::<BodyLimit>().map(|limit| limit.0);
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = match limit {
                    Some(bytes_max) => {
                        format!("the body is longer than the {bytes_max} bytes that this route takes")
                    }
                    None => "the body is longer than this route takes".to_owned(),
                };
                Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", detail))
            }
            Err(_) => Err(Problem::bad_request("body-unreadable", "the body did not arrive whole")),
        }
    }
}

/// The one id in a route's path.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err: std::fmt::Display>> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = |detail: String| Problem::bad_request("not-an-id", detail);
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| refused("the path is not UTF-8".to_owned()))?;
        text.parse().map(Self).map_err(|error: T::Err| refused(error.to_string()))
    }
}

/// Parameters of the query.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(params) = Query::try_from_uri(&parts.uri).map_err(|rejection| {
            let said = rejection.body_text();
            let detail = match parameter_in(&said) {
                Some(name) if said.contains("unknown field") => {
                    format!(
                        "the query parameter `{name}` is not known; the API document lists those that are"
                    )
                }
                Some(name) => format!("the query parameter `{name}` has a value that it cannot take"),
                None => "a query parameter is not known, or has a value it cannot take".to_owned(),
            };
            Problem::bad_request("query-refused", detail)
        })?;
        Ok(Self(params))
    }
}

/// Which parameter a rejection is about: `…: name: what is wrong with it`. Only what looks like a name is one.
fn parameter_in(said: &str) -> Option<&str> {
    let name = said.split(": ").nth(1)?;
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (is_name && !name.is_empty()).then_some(name)
}

/// Longest page.
pub const PAGE_MAX: u32 = 1_000;

/// Which page of a list whose rows have ids of one kind.
pub fn page<T: FromStr>(after: Option<&str>, limit: Option<u32>) -> Result<Page, Problem> {
    let limit = limit.unwrap_or(50);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Problem::bad_request("limit-refused", format!("`limit` is 1 to {PAGE_MAX}")));
    }
    let after = after.unwrap_or_default();
    if !after.is_empty() && after.parse::<T>().is_err() {
        return Err(Problem::bad_request("cursor-refused", "`after` is the `next` of the page before"));
    }
    Ok(Page { after: after.to_owned(), limit })
}

/// Why identity data is read: the header `Tenantry-Purpose`.
pub struct Why(pub Option<Purpose>);

impl<S: Sync> FromRequestParts<S> for Why {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("tenantry-purpose") else { return Ok(Self(None)) };
        let refused = |detail: String| Problem::bad_request("purpose-refused", detail);
        let text = std::str::from_utf8(value.as_bytes())
            .map_err(|_| refused("the purpose is not UTF-8".to_owned()))?;
        let purpose =
            text.parse().map_err(|error: domain::purpose::NotAPurpose| refused(error.to_string()))?;
        Ok(Self(Some(purpose)))
    }
}

/// The version the caller saw: `If-Match: "7"`.
pub struct Seen(pub Option<u64>);

impl<S: Sync> FromRequestParts<S> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let refused = || Problem::bad_request("if-match-refused", "`If-Match` is an `ETag` of this server");
        let text = value.to_str().map_err(|_| refused())?;
        if text == "*" {
            return Ok(Self(None));
        }
        let tag = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        // A word after the version says what time made of it.
        let version = tag.map(|tag| tag.split_once('-').map_or(tag, |(version, _)| version));
        version.and_then(|text| text.parse().ok()).map(|version| Self(Some(version))).ok_or_else(refused)
    }
}

/// A header as text, where it is there and printable.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::CustomerId;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Example {
        count: u8,
        parts: Vec<Part>,
        customer: Option<CustomerId>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Part {
        Wheel,
    }

    #[test]
    fn what_is_wrong_is_pointed_at_and_never_quoted() {
        let cases = [
            (r#"{"count":1,"parts":["Ivan Petrov"]}"#, "body-refused", Some("/parts/0")),
            (r#"{"count":4711,"parts":[]}"#, "body-refused", Some("/count")),
            (r#"{"count":"Ivan Petrov","parts":[]}"#, "body-refused", Some("/count")),
            (r#"{"parts":[]}"#, "body-refused", Some("/count")),
            (r#"{"count":1,"parts":[],"customer":"Ivan Petrov"}"#, "body-refused", Some("/customer")),
            (r#"{"count":1,"parts":[],"Ivan Petrov":1}"#, "body-refused", Some("")),
            (r#"{"count":1,"parts":["a \"Ivan Petrov\" b"]}"#, "body-refused", Some("/parts/0")),
            (r#"{"count":1,"parts":["wheel"]} Ivan"#, "not-json", None),
            (r#"{"count":1,"parts":["wheel"#, "not-json", None),
            ("", "not-json", None),
            ("[]", "wrong-shape", Some("")),
            (r#"[1, ["wheel"], null]"#, "wrong-shape", Some("")),
            (r#""Ivan Petrov""#, "wrong-shape", Some("")),
        ];
        for (body, code, pointer) in cases {
            let problem = parse::<Example>(body.as_bytes()).unwrap_err();
            assert_eq!((&*problem.code, problem.pointer.as_deref()), (code, pointer), "{body}");
            for secret in ["Ivan", "Petrov", "4711"] {
                assert!(!problem.detail.contains(secret), "{body}: {}", problem.detail);
            }
        }
    }

    #[test]
    fn deeply_nested_json_is_refused_and_not_followed() {
        let body = "[".repeat(1_000_000);
        assert_eq!(&*parse::<serde_json::Value>(body.as_bytes()).unwrap_err().code, "not-json");
    }
}
