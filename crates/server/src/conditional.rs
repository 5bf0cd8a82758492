//! `If-None-Match` (RFC 9110, 13.1.2): who has the present version already gets 304 and no body.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// Around reads that send an `ETag`. All others pass as they are, and so does what is read under a purpose: that
/// reading is on the ledger, and what it shows depends on the instant too.
pub async fn layer(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.headers().contains_key("tenantry-purpose");
    let had = request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    let asked = reads && !had.is_empty() && response.status() == StatusCode::OK;
    match response.headers().get(header::ETAG) {
        Some(tag) if asked && had.iter().any(|had| is_among(tag, had)) => {
            let (mut parts, _) = response.into_parts();
            parts.status = StatusCode::NOT_MODIFIED;
            without_content(&mut parts.headers);
            Response::from_parts(parts, Body::empty())
        }
        _ => response,
    }
}

/// 304 says nothing of a body, since it has none.
fn without_content(headers: &mut HeaderMap) {
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
}

/// Compares weakly (RFC 9110, 8.8.3.2): `W/` before a tag on either side says nothing here. `*` is any tag.
fn is_among(tag: &HeaderValue, had: &HeaderValue) -> bool {
    let (Ok(tag), Ok(had)) = (tag.to_str(), had.to_str()) else { return false };
    if had.trim() == "*" {
        return true;
    }
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let tag = opaque(tag);
    // A comma may stand inside a tag; ours have none, so no part of such a tag is one of ours.
    had.split(',').any(|had| opaque(had.trim()) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let cases = [
            (r#""7""#, r#""7""#, true),
            (r#""7""#, r#"W/"7""#, true),
            (r#"W/"7""#, r#""7""#, true),
            (r#""7""#, "*", true),
            (r#""7""#, " * ", true),
            (r#""7""#, r#""6" , "7","8""#, true),
            (r#""7""#, r#""6", "17""#, false),
            (r#""7""#, "7", false),
            (r#""7""#, r#"w/"7""#, false),
            (r#""7""#, "", false),
            (r#""7""#, r#""*""#, false),
            (r#""7""#, r#""6,7""#, false),
        ];
        for (tag, had, expected) in cases {
            let value = |text: &'static str| HeaderValue::from_static(text);
            assert_eq!(is_among(&value(tag), &value(had)), expected, "{tag} among {had}");
        }
    }
}
