//! The two pages a browser is shown: signing in, and where things stand. No resource from anywhere else.

mod sign_in;

use app::failure::Failure;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::staff::Scope;

use crate::auth::{find_caller, session_cookie};
use crate::peer::Peer;
use crate::problem::Problem;
use crate::state::AppState;

pub use sign_in::{sign_in, submit};

const STYLE: &str = include_str!("pages/style.css");

/// What a page is made of.
struct Page<'a> {
    status: StatusCode,
    title: &'a str,
    /// HTML in which every value is escaped already.
    body: &'a str,
    script: Option<&'a str>,
}

/// Only what is written in the page itself runs, by its hash.
fn policy(script: Option<&str>) -> String {
    let hash = |text: &str| {
        let digest = app::pack::text_hash(text);
        let digest = domain::fact::sealed_text::from_hex(&digest).unwrap_or_default();
        format!("'sha256-{}'", STANDARD.encode(digest))
    };
    let script = script.map_or("'none'".to_owned(), hash);
    format!(
        "default-src 'none'; script-src {script}; style-src {}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
        hash(STYLE)
    )
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let Self { status, title, body, script } = self;
        let script_tag = script.map(|script| format!("<script>{script}</script>")).unwrap_or_default();
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · tenantry</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
             <body><main>{body}</main>{script_tag}</body></html>"
        );
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        let values = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (header::CONTENT_SECURITY_POLICY, policy(script)),
            // A form that is sent without a referrer has no origin to be told by.
            (header::REFERRER_POLICY, "same-origin".to_owned()),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        for (name, value) in values {
            headers.insert(name, HeaderValue::from_str(&value).expect("plain ASCII"));
        }
        response
    }
}

/// Where things stand, for somebody who is signed in.
pub async fn home(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = match session_cookie(&headers) {
        Some(token) => {
            state.edge.limiter.count_address(peer.address)?;
            find_caller(&state, token).await?
        }
        None => None,
    };
    let Some(caller) = caller else { return Ok(Redirect::to("/sign-in").into_response()) };
    let counts = state
        .run(&caller.actor, |env| {
            // Counts are of the installation as a whole.
            if env.actor.may(Scope::CustomersRead).is_err() || env.actor.branch.is_some() {
                return Ok(Vec::new());
            }
            env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.count_customers_by_state()?))
        })
        .await?;
    let lists = state.platform.lists();
    let mut rows = String::new();
    for (word, count) in counts {
        rows.push_str(&format!("<tr><td>{}</td><td>{count}</td></tr>", escape(&word)));
    }
    if rows.is_empty() {
        rows.push_str("<tr><td colspan=\"2\">none that you may see</td></tr>");
    }
    let fictional = if lists.fictional() {
        "<p class=\"warning\">The lists in force are fictional: a stand-in until real ones are loaded.</p>"
    } else {
        ""
    };
    let test = if state.platform.livemode { "" } else { "<p class=\"warning\">This is the test space.</p>" };
    let body = format!(
        "<h1>tenantry</h1>{fictional}{test}<h2>Customers by state</h2><table>{rows}</table>\
         <p>{accounts} accounts in the gate's table.</p><h2>Where to go next</h2><ul>\
         <li><a href=\"/v1/cases?unresolved=true\">Cases that wait</a></li>\
         <li><a href=\"/v1/drafts\">Drafts that wait for a second person</a></li>\
         <li><a href=\"/v1/packs\">Packs</a> and <a href=\"/v1/lists\">lists</a> in force</li>\
         <li><a href=\"/openapi.json\">The interface</a>, for programs</li></ul>",
        accounts = state.platform.gate.len(),
    );
    Ok(Page { status: StatusCode::OK, title: "Overview", body: &body, script: None }.into_response())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
