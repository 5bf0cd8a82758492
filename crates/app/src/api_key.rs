//! Keys of programs: made, shown once, revoked (SEC-02).

use domain::api_key::ApiKey;
use domain::id::{ApiKeyId, CustomerId};
use domain::redacted::Redacted;
use domain::staff::Scope;
use jiff::Timestamp;
use serde::Deserialize;

use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::secret::new_secret;
use crate::staff::{check_handle, is_for_persons};

/// What a key is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// A reseller's key sees its branch only.
    #[serde(default)]
    pub branch: Option<CustomerId>,
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A new key and its secret, shown once.
pub struct MadeApiKey {
    pub key: ApiKey,
    pub secret: Redacted<String>,
}

/// How keys of a space begin. Those of the other space open nothing.
pub(crate) fn prefix(livemode: bool) -> &'static str {
    if livemode { "live_" } else { "test_" }
}

/// Makes an API key. Keys of the test space begin with `test_`, others with `live_`.
pub fn make(env: &Env<'_>, new: NewApiKey) -> Result<MadeApiKey, Failure> {
    env.actor.may_everywhere(Scope::StaffWrite)?;
    check_handle(&new.name).map_err(|refusal| refusal.at("/name"))?;
    if new.scopes.is_empty() {
        return Err(Refusal::invalid("scopes-missing", "a key has at least one scope").at("/scopes").into());
    }
    let beyond = new.scopes.iter().find(|scope| is_for_persons(**scope) && env.actor.may(**scope).is_err());
    if let Some(scope) = beyond {
        let detail = format!("`{}` is given by somebody who has it", scope.as_str());
        return Err(Refusal::forbidden("scope-beyond-own", detail).at("/scopes").into());
    }
    if new.expires_at.is_some_and(|expires_at| expires_at <= env.now()) {
        return Err(Refusal::invalid("key-over", "the key would be over already").at("/expires_at").into());
    }
    let (secret, secret_hash) = new_secret(env, prefix(env.platform.livemode));
    let key = ApiKey {
        id: env.new_id(),
        name: new.name,
        secret_hash,
        scopes: new.scopes,
        branch: new.branch,
        created_at: env.now(),
        expires_at: new.expires_at,
        revoked_at: None,
        version: 1,
    };
    env.store().with_tx(|tx| {
        tx.insert_api_key(&key)?;
        append_event(env, tx, Happened::of("key.made", key.id, 1))
    })?;
    Ok(MadeApiKey { key, secret })
}

/// Revokes a key at once. Revoking one twice changes nothing.
pub fn revoke(env: &Env<'_>, id: ApiKeyId) -> Result<ApiKey, Failure> {
    env.actor.may_everywhere(Scope::StaffWrite)?;
    env.store().with_tx(|tx| {
        let absent = || Refusal::not_found("no-such-key", format!("no API key `{id}`"));
        let known = tx.find_api_key(id)?.ok_or_else(absent)?;
        if known.revoked_at.is_some() {
            return Ok(known);
        }
        let revoked = ApiKey { revoked_at: Some(env.now()), version: known.version + 1, ..known };
        tx.update_api_key(&revoked)?;
        append_event(env, tx, Happened::of("key.revoked", id, revoked.version))?;
        Ok(revoked)
    })
}

pub fn list(env: &Env<'_>) -> Result<Vec<ApiKey>, Failure> {
    env.actor.may_everywhere(Scope::StaffWrite)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_api_keys()?))
}
