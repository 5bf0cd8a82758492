//! The page to sign in with, by password or by one-time link. It works without scripts; with them the secret of a
//! link fills itself in.

use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::redacted::Redacted;
use serde::Deserialize;

use super::{Page, escape};
use crate::api::sessions::{Entry, cookie_header, enter};
use crate::auth::is_of_another_site;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::state::AppState;

const FORM: &str = include_str!("sign-in.html");
const SCRIPT: &str = include_str!("sign-in.js");

/// What the form sends. A secret of a link goes before the handle.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    handle: String,
    link_secret: Redacted<String>,
    password: Redacted<String>,
}

/// The one-time link carries its secret in the fragment, which browsers send to nobody, so it gets into no log.
pub async fn sign_in() -> Response {
    form(StatusCode::OK, "", &Sent::default())
}

/// Signs in and goes on to the overview; what is wrong is said on the page.
pub async fn submit(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    sent: Result<Form<Sent>, FormRejection>,
) -> Response {
    let Ok(Form(sent)) = sent else {
        return form(StatusCode::BAD_REQUEST, "This is not what the form sends.", &Sent::default());
    };
    if is_of_another_site(&headers) {
        return form(StatusCode::FORBIDDEN, "Another site sent this. Sign in here.", &Sent::default());
    }
    match enter(&state, peer, entry(&sent)).await {
        Ok(signed_in) => {
            let cookie = cookie_header(signed_in.token.expose(), state.edge.is_encrypted);
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(problem) => refused(&problem, &sent),
    }
}

fn entry(sent: &Sent) -> Entry {
    let password = sent.password.clone();
    let secret = sent.link_secret.expose().trim();
    if secret.is_empty() {
        return Entry::Password { handle: sent.handle.trim().to_owned(), password };
    }
    // Somebody may paste the whole link.
    let secret = secret.rsplit('#').next().unwrap_or(secret);
    Entry::Link { secret: Redacted::new(secret.to_owned()), password }
}

fn refused(problem: &Problem, sent: &Sent) -> Response {
    let mut response = form(problem.status, &problem.detail, sent);
    if let Some(secs) = problem.retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, secs.into());
    }
    response
}

/// The form with what was typed before, but for the password.
fn form(status: StatusCode, problem: &str, sent: &Sent) -> Response {
    let body = FORM
        .replace("{problem}", &escape(problem))
        .replace("{handle}", &escape(&sent.handle))
        .replace("{link_secret}", &escape(sent.link_secret.expose()));
    Page { status, title: "Sign in", body: &body, script: Some(SCRIPT) }.into_response()
}
