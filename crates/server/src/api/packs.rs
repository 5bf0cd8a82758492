//! `/v1/packs`: the law as dated, signed data.

use std::sync::Arc;

use app::pack::{self, PackRecord, SignedPack, Trust};
use axum::extract::State;
use domain::pack::{CheckRecord, Warning};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::problem::Problem;
use crate::state::AppState;

/// A pack without its text.
#[derive(Serialize)]
struct PackBody {
    id: String,
    sha256: String,
    trust: Trust,
    active: bool,
    checks: Vec<CheckRecord>,
    installed_at: Timestamp,
    installed_by: String,
    /// Entries that nobody compared with their source yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<WarningBody>>,
}

#[derive(Serialize)]
struct WarningBody {
    entry: String,
    text: String,
}

fn body(record: PackRecord, warnings: Option<Vec<Warning>>) -> PackBody {
    let warning = |warning: Warning| WarningBody { entry: warning.entry, text: warning.text };
    PackBody {
        id: record.id,
        sha256: record.sha256,
        trust: record.trust,
        active: record.active,
        checks: record.checks,
        installed_at: record.installed_at,
        installed_by: record.installed_by,
        warnings: warnings.map(|warnings| warnings.into_iter().map(warning).collect()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallBody {
    /// The pack, in TOML.
    text: String,
    /// Ed25519, hexadecimal.
    public_key: String,
    signature: String,
}

/// Install a signed pack
///
/// It is in force once a second person approves a draft that trusts it.
#[utoipa::path(post, path = "/v1/packs", tag = "packs", request_body = crate::openapi::SignedPack,
    responses((status = 201, description = "The pack, with warnings", body = crate::openapi::Pack)))]
pub async fn install(
    State(state): State<AppState>,
    caller: Caller,
    Body(new): Body<InstallBody>,
) -> Result<Reply, Problem> {
    let signatures = Arc::clone(&state.pack_signatures);
    let signed = SignedPack { text: new.text, public_key: new.public_key, signature: new.signature };
    let (record, warnings) =
        state.run(&caller.actor, move |env| pack::install(env, &*signatures, &signed)).await?;
    Ok(Reply::created(&state.show("pack", body(record, Some(warnings)))))
}

/// List packs
///
/// With a warning for each entry that nobody compared with its source yet.
#[utoipa::path(get, path = "/v1/packs", tag = "packs",
    responses((status = 200, description = "All of them", body = crate::openapi::PackList)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let packs = state.run(&caller.actor, pack::list).await?;
    let packs = packs.into_iter().map(|(record, warnings)| body(record, Some(warnings))).collect();
    Ok(Reply::ok(&state.list("pack", packs, None)))
}

/// `name@date`.
pub struct PackName(String);

impl std::str::FromStr for PackName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = (1..=200).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte));
        if good { Ok(Self(text.to_owned())) } else { Err("not a pack's id of the form `name@date`") }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// Such as `clocks.reseller_report`.
    entry: String,
    /// The gazette it was compared with: series, number, page.
    gazette: String,
}

/// Record a check of an entry
///
/// Somebody compared it with its source: its warning goes.
#[utoipa::path(post, path = "/v1/packs/{pack}/checks", tag = "packs", request_body = crate::openapi::PackCheck,
    responses((status = 201, description = "The pack", body = crate::openapi::Pack)))]
pub async fn record_check(
    State(state): State<AppState>,
    caller: Caller,
    Id(PackName(id)): Id<PackName>,
    Body(check): Body<CheckBody>,
) -> Result<Reply, Problem> {
    let gazette = check.gazette.trim();
    if gazette.is_empty() || gazette.len() > 200 || gazette.chars().any(char::is_control) {
        let detail = "name the gazette in one line of 1 to 200 bytes";
        return Err(Problem::bad_request("gazette-missing", detail).at("/gazette"));
    }
    let gazette = gazette.to_owned();
    let record =
        state.run(&caller.actor, move |env| pack::record_check(env, &id, &check.entry, &gazette)).await?;
    Ok(Reply::created(&state.show("pack", body(record, None))))
}
