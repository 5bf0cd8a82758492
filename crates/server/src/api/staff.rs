//! `/v1/staff`: who works here.

use app::staff::{self, Invited};
use axum::Extension;
use axum::extract::State;
use domain::id::{CustomerId, StaffId};
use domain::redacted::Redacted;
use domain::staff::{Role, Staff, StaffStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::{Reply, Shown};
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::idempotency::ShownOnce;
use crate::problem::Problem;
use crate::state::AppState;

/// A member of staff without any hash.
#[derive(Serialize)]
pub struct StaffBody {
    id: StaffId,
    handle: String,
    roles: Vec<Role>,
    branch: Option<CustomerId>,
    status: &'static str,
    /// Until when the one-time link works, while it was not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_expires_at: Option<Timestamp>,
    created_at: Timestamp,
    version: u64,
}

impl From<Staff> for StaffBody {
    fn from(staff: Staff) -> Self {
        let (status, link_expires_at) = match staff.status {
            StaffStatus::Invited { expires_at, .. } => ("invited", Some(expires_at)),
            StaffStatus::Active => ("active", None),
            StaffStatus::Disabled => ("disabled", None),
        };
        Self {
            id: staff.id,
            handle: staff.handle,
            roles: staff.roles,
            branch: staff.branch,
            status,
            link_expires_at,
            created_at: staff.created_at,
            version: staff.version,
        }
    }
}

#[derive(Serialize)]
struct InvitedBody {
    staff: Shown<StaffBody>,
    /// Shown once. It goes into the fragment of `/sign-in#…`, which browsers send to nobody.
    link_secret: Redacted<String>,
    livemode: bool,
}

fn invited(state: &AppState, invited: Invited) -> (Extension<ShownOnce>, Reply) {
    let reply = Reply::created(&InvitedBody {
        staff: state.show("staff", invited.staff.into()),
        link_secret: invited.link_secret,
        livemode: state.platform.livemode,
    });
    (Extension(ShownOnce), reply)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    handle: String,
    #[serde(default)]
    roles: Vec<Role>,
    /// A reseller's staff see its branch only.
    #[serde(default)]
    branch: Option<CustomerId>,
}

/// Invite a member of staff
///
/// Gives a one-time link. Roles that decide or read identity data are given by a draft instead.
#[utoipa::path(post, path = "/v1/staff", tag = "staff", request_body = crate::openapi::NewStaff,
    responses((status = 201, description = "Invited; the secret is shown once", body = crate::openapi::Invited)))]
pub async fn invite(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<InviteBody>,
) -> Result<(Extension<ShownOnce>, Reply), Problem> {
    let done = state
        .run(&caller.actor, move |env| staff::invite(env, &body.handle, &body.roles, body.branch))
        .await?;
    Ok(invited(&state, done))
}

/// List staff
#[utoipa::path(get, path = "/v1/staff", tag = "staff",
    responses((status = 200, description = "All of them", body = crate::openapi::StaffList)))]
pub async fn list(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let staff = state.run(&caller.actor, staff::list).await?;
    Ok(Reply::ok(&state.list("staff", staff.into_iter().map(StaffBody::from).collect(), None)))
}

/// Make a new one-time link
///
/// For somebody who lost the password. Sessions end.
#[utoipa::path(post, path = "/v1/staff/{staff}/reinvite", tag = "staff",
    responses((status = 201, description = "Invited; the secret is shown once", body = crate::openapi::Invited)))]
pub async fn reinvite(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<StaffId>,
) -> Result<(Extension<ShownOnce>, Reply), Problem> {
    let done = state.run(&caller.actor, move |env| staff::reinvite(env, id)).await?;
    Ok(invited(&state, done))
}

/// Disable a member of staff
///
/// Sessions end at once.
#[utoipa::path(post, path = "/v1/staff/{staff}/disable", tag = "staff",
    responses((status = 200, description = "The member of staff", body = crate::openapi::Staff)))]
pub async fn disable(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<StaffId>,
) -> Result<Reply, Problem> {
    let staff = state.run(&caller.actor, move |env| staff::disable(env, id)).await?;
    Ok(Reply::ok(&state.show("staff", StaffBody::from(staff))))
}
