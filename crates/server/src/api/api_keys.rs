//! `/v1/api_keys`: credentials of programs.

use app::api_key::{self, NewApiKey};
use axum::Extension;
use axum::extract::State;
use domain::api_key::ApiKey;
use domain::id::{ApiKeyId, CustomerId};
use domain::redacted::Redacted;
use domain::staff::Scope;
use jiff::Timestamp;
use serde::Serialize;

use crate::answer::{Reply, Shown};
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::idempotency::ShownOnce;
use crate::problem::Problem;
use crate::state::AppState;

/// A key without its hash.
#[derive(Serialize)]
struct ApiKeyBody {
    id: ApiKeyId,
    name: String,
    scopes: Vec<Scope>,
    branch: Option<CustomerId>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    version: u64,
}

impl From<ApiKey> for ApiKeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            scopes: key.scopes,
            branch: key.branch,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            version: key.version,
        }
    }
}

#[derive(Serialize)]
struct MadeBody {
    api_key: Shown<ApiKeyBody>,
    /// Shown once, stored nowhere.
    secret: Redacted<String>,
    livemode: bool,
}

/// Make an API key
#[utoipa::path(post, path = "/v1/api_keys", tag = "api_keys", request_body = crate::openapi::NewApiKey,
    responses((status = 201, description = "The key; its secret is shown once", body = crate::openapi::MadeApiKey)))]
pub async fn make(
    State(state): State<AppState>,
    caller: Caller,
    Body(new): Body<NewApiKey>,
) -> Result<(Extension<ShownOnce>, Reply), Problem> {
    let made = state.run(&caller.actor, move |env| api_key::make(env, new)).await?;
    let reply = Reply::created(&MadeBody {
        api_key: state.show("api_key", made.key.into()),
        secret: made.secret,
        livemode: state.platform.livemode,
    });
    Ok((Extension(ShownOnce), reply))
}

/// List API keys
#[utoipa::path(get, path = "/v1/api_keys", tag = "api_keys",
    responses((status = 200, description = "All of them", body = crate::openapi::ApiKeyList)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let keys = state.run(&caller.actor, api_key::list).await?;
    Ok(Reply::ok(&state.list("api_key", keys.into_iter().map(ApiKeyBody::from).collect(), None)))
}

/// Revoke an API key
///
/// It ends within a second. Revoking one twice changes nothing.
#[utoipa::path(delete, path = "/v1/api_keys/{key}", tag = "api_keys",
    responses((status = 200, description = "The key", body = crate::openapi::ApiKey)))]
pub async fn revoke(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<ApiKeyId>,
) -> Result<Reply, Problem> {
    let key = state.run(&caller.actor, move |env| api_key::revoke(env, id)).await?;
    Ok(Reply::ok(&state.show("api_key", ApiKeyBody::from(key))))
}
