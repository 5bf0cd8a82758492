//! Customers and accounts as a path names them: by our id, or by the control plane's own name for them.

use std::str::FromStr;

use app::account::resolve_account;
use app::customer::read::resolve_customer;
use app::env::Env;
use app::failure::Failure;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::id::{AccountId, CustomerId};

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::AppState;

/// What has an id of ours and may have an external one.
pub trait ExternallyNamed: FromStr + Send + 'static {
    /// How ids of ours begin: what begins so is no external id.
    const PREFIX: &'static str;

    fn resolve(env: &Env<'_>, external_id: &str) -> Result<Self, Failure>;
}

impl ExternallyNamed for CustomerId {
    const PREFIX: &'static str = "cus_";

    fn resolve(env: &Env<'_>, external_id: &str) -> Result<Self, Failure> {
        resolve_customer(env, external_id)
    }
}

impl ExternallyNamed for AccountId {
    const PREFIX: &'static str = "acct_";

    fn resolve(env: &Env<'_>, external_id: &str) -> Result<Self, Failure> {
        resolve_account(env, external_id)
    }
}

/// The one customer or account in a route's path.
pub struct Named<T>(pub T);

impl<T: ExternallyNamed> FromRequestParts<AppState> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let refused = |detail: &str| Problem::bad_request("not-an-id", detail);
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| refused("the path is not UTF-8"))?;
        if let Ok(id) = text.parse() {
            return Ok(Self(id));
        }
        let is_name = (1..=200).contains(&text.len()) && !text.chars().any(char::is_control);
        if !is_name || text.starts_with(T::PREFIX) {
            let detail =
                format!("an id is `{}` and 26 characters, or an external id of 1 to 200 bytes", T::PREFIX);
            return Err(refused(&detail));
        }
        let caller = Caller::from_request_parts(parts, state).await?;
        state.run(&caller.actor, move |env| T::resolve(env, &text)).await.map(Self)
    }
}
