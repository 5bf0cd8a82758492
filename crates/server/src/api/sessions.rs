//! `/v1/sessions`: signing in and out.

use std::sync::Arc;

use app::actor::Actor;
use app::session::{self, SignedIn};
use app::staff;
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::redacted::Redacted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::{Reply, Shown};
use crate::api::staff::StaffBody;
use crate::auth::{Caller, SESSION_COOKIE};
use crate::extract::Body;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    handle: String,
    password: Redacted<String>,
    /// A browser's page: the token goes into a cookie that scripts cannot read, and not into the answer.
    #[serde(default)]
    cookie: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    link_secret: Redacted<String>,
    password: Redacted<String>,
    #[serde(default)]
    cookie: bool,
}

#[derive(Serialize)]
struct SessionBody {
    object: &'static str,
    staff: Shown<StaffBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Redacted<String>>,
    expires_at: Timestamp,
    livemode: bool,
}

/// What somebody shows to get in.
pub enum Entry {
    Password {
        handle: String,
        password: Redacted<String>,
    },
    /// Sets the password.
    Link {
        secret: Redacted<String>,
        password: Redacted<String>,
    },
}

/// Signs in, unless too many tries came from the address.
pub async fn enter(state: &AppState, peer: Peer, entry: Entry) -> Result<SignedIn, Problem> {
    state.edge.limiter.count_address(peer.address)?;
    let passwords = Arc::clone(&state.passwords);
    state
        .run(&nobody(), move |env| match entry {
            Entry::Password { handle, password } => {
                session::sign_in(env, &*passwords, &handle, password.expose())
            }
            Entry::Link { secret, password } => {
                staff::accept_link(env, &*passwords, secret.expose(), password.expose())
            }
        })
        .await
}

/// Sign in
///
/// Unknown handles, wrong passwords and locked doors get the same answer.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = crate::openapi::SignIn,
    responses((status = 201, description = "A session", body = crate::openapi::Session)))]
pub async fn sign_in(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Body(body): Body<SignInBody>,
) -> Result<Response, Problem> {
    let entry = Entry::Password { handle: body.handle, password: body.password };
    let signed_in = enter(&state, peer, entry).await?;
    Ok(session(&state, signed_in, body.cookie))
}

/// Use a one-time link
///
/// Sets the password and signs in. The link works once.
#[utoipa::path(post, path = "/v1/sessions/from_link", tag = "sessions", request_body = crate::openapi::AcceptLink,
    responses((status = 201, description = "A session", body = crate::openapi::Session)))]
pub async fn accept_link(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Body(body): Body<LinkBody>,
) -> Result<Response, Problem> {
    let entry = Entry::Link { secret: body.link_secret, password: body.password };
    let signed_in = enter(&state, peer, entry).await?;
    Ok(session(&state, signed_in, body.cookie))
}

/// Who signs in is not known yet; the platform acts.
fn nobody() -> Arc<Actor> {
    Arc::new(Actor { scopes: Vec::new(), ..Actor::system() })
}

fn session(state: &AppState, signed_in: SignedIn, cookie: bool) -> Response {
    let SignedIn { staff, token, expires_at } = signed_in;
    let set_cookie = cookie.then(|| cookie_header(token.expose(), state.edge.is_encrypted));
    let mut response = Reply::created(&SessionBody {
        object: "session",
        staff: state.show("staff", staff.into()),
        token: (!cookie).then_some(token),
        expires_at,
        livemode: state.platform.livemode,
    })
    .into_response();
    if let Some(value) = set_cookie {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// Gone with the browser; never sent by another site, never read by a script.
pub fn cookie_header(token: &str, is_encrypted: bool) -> HeaderValue {
    let secure = if is_encrypted { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("tokens are letters and digits")
}

/// Sign out
///
/// Ends the session that asks.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "sessions",
    responses((status = 204, description = "Over")))]
pub async fn sign_out(State(state): State<AppState>, caller: Caller) -> Result<Response, Problem> {
    let Some(token) = caller.token.clone() else {
        let detail = "this credential is no session; revoke a key instead";
        return Err(Problem::bad_request("no-session", detail));
    };
    state.run(&caller.actor, move |env| session::sign_out(env, &token)).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let gone = format!("{SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    let gone = HeaderValue::from_str(&gone).expect("plain ASCII");
    response.headers_mut().insert(header::SET_COOKIE, gone);
    Ok(response)
}
