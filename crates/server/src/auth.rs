//! Who asks: a bearer token, a browser's session cookie, or a command in the same process.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::actor::Actor;
use app::secret::secret_hash;
use app::session::authenticate;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::peer::Peer;
use crate::problem::Problem;
use crate::rights;
use crate::state::AppState;

/// A command that runs the router in its own process puts this into the request's extensions. Nothing that
/// comes over a socket can.
#[derive(Debug, Clone)]
pub struct LocalActor(pub Actor);

/// Name of the browser's session cookie.
pub const SESSION_COOKIE: &str = "tenantry_session";

/// How long a key is believed without asking the store again: at most this late a revoked one ends.
const KEY_BELIEVED: Duration = Duration::from_secs(1);

/// Keys held at once.
const KEYS_MAX: usize = 10_000;

/// Longest token that is looked up.
const TOKEN_BYTES_MAX: usize = 256;

/// Who asks, as handlers take it.
#[derive(Clone)]
pub struct Caller {
    pub actor: Arc<Actor>,
    /// The session's token, where it is a person's.
    pub token: Option<Arc<str>>,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthorized)
    }
}

/// API keys that were good a moment ago, by the hash of their secret.
#[derive(Default)]
pub struct KeyCache(Mutex<HashMap<String, (Arc<Actor>, Instant)>>);

impl KeyCache {
    fn find(&self, hash: &str) -> Option<Arc<Actor>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (actor, since) = held.get(hash)?;
        (since.elapsed() < KEY_BELIEVED).then(|| Arc::clone(actor))
    }

    fn put(&self, hash: String, actor: &Arc<Actor>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= KEYS_MAX {
            held.retain(|_, (_, since)| since.elapsed() < KEY_BELIEVED);
        }
        held.insert(hash, (Arc::clone(actor), Instant::now()));
    }
}

/// Lets a request through that shows a good credential with one of the scopes its route needs.
pub async fn guard(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = match request.extensions().get::<LocalActor>() {
        Some(LocalActor(actor)) => Caller { actor: Arc::new(actor.clone()), token: None },
        None => {
            let address = request.extensions().get::<Peer>().and_then(|peer| peer.address);
            let shown = shown_token(request.method(), request.headers())?;
            recognise(&state, shown, address).await?
        }
    };
    let need = rights::of(&request)?;
    state.edge.limiter.count(&caller.actor, need.is_gate())?;
    need.check(&caller.actor)?;
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(caller);
    Ok(response)
}

async fn recognise(
    state: &AppState,
    shown: Option<&str>,
    address: Option<IpAddr>,
) -> Result<Caller, Problem> {
    let found = match shown {
        Some(token) => find_caller(state, token).await?,
        None => None,
    };
    match found {
        Some(caller) => Ok(caller),
        None => {
            state.edge.limiter.count_address(address)?;
            Err(Problem::unauthorized())
        }
    }
}

/// Whom a token belongs to; `None` for one that is not good.
pub async fn find_caller(state: &AppState, token: &str) -> Result<Option<Caller>, Problem> {
    if token.len() > TOKEN_BYTES_MAX {
        return Ok(None);
    }
    let is_session = token.starts_with("tns_");
    let hash = secret_hash(token);
    if !is_session && let Some(actor) = state.edge.keys.find(&hash) {
        return Ok(Some(Caller { actor, token: None }));
    }
    let (platform, text) = (Arc::clone(&state.platform), token.to_owned());
    let looked_up = tokio::task::spawn_blocking(move || authenticate(&platform, &text)).await;
    let actor = looked_up.map_err(|_| Problem::internal())??;
    Ok(actor.map(|actor| {
        let actor = Arc::new(actor);
        if !is_session {
            state.edge.keys.put(hash, &actor);
        }
        Caller { actor, token: is_session.then(|| token.into()) }
    }))
}

/// The token a request shows. A cookie counts for what only reads, and for what the same origin sends: another
/// site can make a browser send the cookie, but not as the same origin.
fn shown_token<'a>(method: &Method, headers: &'a HeaderMap) -> Result<Option<&'a str>, Problem> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().map_err(|_| Problem::unauthorized())?;
        let (scheme, token) = text.split_once(' ').ok_or_else(Problem::unauthorized)?;
        // `ApiKey` is what clients of other matching services say.
        let is_known = ["bearer", "apikey"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        return Ok(is_known.then(|| token.trim()));
    }
    let Some(token) = session_cookie(headers) else { return Ok(None) };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if !reads && !is_same_origin(headers) {
        let detail = "a session cookie counts only for requests of the same origin";
        return Err(Problem::new(StatusCode::FORBIDDEN, "other-origin", detail));
    }
    Ok(Some(token))
}

/// The session cookie of a browser.
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, token)| token)
}

/// Another site can make a browser send a form. Browsers say so; what says nothing is none.
pub fn is_of_another_site(headers: &HeaderMap) -> bool {
    let says = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    says && !is_same_origin(headers)
}

/// Browsers say where a request comes from; one that says nothing is no browser of today.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text("origin"), text("host")) else { return false };
    origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    /// A cookie alone changes nothing when another site sends it.
    #[test]
    fn a_cookie_counts_only_for_the_same_origin() {
        let cookie = ("cookie", "a=b; tenantry_session=tns_1");
        let cases = [
            ("a read", Method::GET, headers(&[cookie]), Some(true)),
            ("a write that says nothing", Method::POST, headers(&[cookie]), None),
            ("from another site", Method::POST, headers(&[cookie, ("sec-fetch-site", "cross-site")]), None),
            ("from here", Method::POST, headers(&[cookie, ("sec-fetch-site", "same-origin")]), Some(true)),
            (
                "from here, older browser",
                Method::POST,
                headers(&[cookie, ("origin", "https://t.example"), ("host", "t.example")]),
                Some(true),
            ),
            (
                "from there, older browser",
                Method::DELETE,
                headers(&[cookie, ("origin", "https://evil.example"), ("host", "t.example")]),
                None,
            ),
            ("no cookie", Method::POST, headers(&[("cookie", "x=y")]), Some(false)),
        ];
        for (name, method, headers, expected) in cases {
            let shown = shown_token(&method, &headers);
            assert_eq!(shown.ok().map(|token| token.is_some()), expected, "{name}");
        }
    }
}
