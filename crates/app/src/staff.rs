//! Staff: invited by a one-time link that sets a password; roles that decide take two persons (SEC-02, SEC-04).

use domain::id::{CustomerId, StaffId};
use domain::redacted::Redacted;
use domain::staff::{Role, Scope, Staff, StaffStatus};
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Credential};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::secret::{new_secret, secret_hash};
use crate::session::{self, PASSWORD_BYTES_MAX, Passwords, SignedIn};
use crate::store::Transaction;

/// Shortest password. Long enough to need no rules about its letters.
const PASSWORD_CHARS_MIN: usize = 12;

/// A new person and the secret of their one-time link, shown once.
pub struct Invited {
    pub staff: Staff,
    pub link_secret: Redacted<String>,
}

/// Invites a person. The link works once, for a while; only its hash is kept. Roles that decide are given by
/// two persons; the very first person of an installation is invited by the command that makes it.
pub fn invite(
    env: &Env<'_>,
    handle: &str,
    roles: &[Role],
    branch: Option<CustomerId>,
) -> Result<Invited, Failure> {
    env.actor.may_everywhere(Scope::StaffWrite)?;
    check_handle(handle)?;
    if roles.contains(&Role::ControlPlane) {
        return Err(Refusal::invalid("role-refused", "the control plane uses an API key")
            .at("/roles")
            .into());
    }
    let id = env.new_id();
    let (status, link_secret) = invitation(env, id);
    let staff = Staff {
        id,
        handle: handle.to_owned(),
        roles: roles.to_vec(),
        branch,
        status,
        password_hash: None,
        failures: 0,
        locked_until: None,
        created_at: env.now(),
        version: 1,
    };
    env.store().with_tx(|tx| {
        if decides(roles) && !is_first_setup(env, tx)? {
            let detail =
                "roles that read identity data or decide are given by a draft that a second person approves";
            return Err(Refusal::forbidden("two-persons-needed", detail).at("/roles").into());
        }
        tx.insert_staff(&staff)?;
        tell(env, tx, "staff.invited", &staff)
    })?;
    Ok(Invited { staff, link_secret })
}

/// A new one-time link. It names whom it is for, so that nobody is searched for when it comes back.
fn invitation(env: &Env<'_>, id: StaffId) -> (StaffStatus, Redacted<String>) {
    let (link_secret, link_hash) = new_secret(env, &format!("{id}."));
    let ttl = SignedDuration::from_hours(env.settings().link_ttl_hours.into());
    let expires_at = env.now().saturating_add(ttl).unwrap_or(Timestamp::MAX);
    (StaffStatus::Invited { link_hash, expires_at }, link_secret)
}

/// The command that makes an installation invites those who decide, while none of them is active yet.
fn is_first_setup(env: &Env<'_>, tx: &mut dyn Transaction) -> Result<bool, Failure> {
    let active = |staff: &Staff| staff.status == StaffStatus::Active && decides(&staff.roles);
    Ok(env.actor.credential == Credential::Command && !tx.list_staff()?.iter().any(active))
}

fn decides(roles: &[Role]) -> bool {
    roles.iter().any(|role| role_needs_two(*role))
}

/// Makes a new one-time link for a person who lost the password. Sessions end. Roles that decide go: two
/// persons give them again, so that who makes links cannot take a decider's place.
pub fn reinvite(env: &Env<'_>, id: StaffId) -> Result<Invited, Failure> {
    env.actor.may_everywhere(Scope::StaffWrite)?;
    let (status, link_secret) = invitation(env, id);
    let staff = env.store().with_tx(|tx| {
        let known = find_in_tx(tx, id)?;
        let staff = Staff {
            roles: known.roles.iter().copied().filter(|role| !role_needs_two(*role)).collect(),
            status: status.clone(),
            password_hash: None,
            failures: 0,
            locked_until: None,
            version: known.version + 1,
            ..known
        };
        tx.update_staff(&staff)?;
        tx.delete_sessions_of(id)?;
        tell(env, tx, "staff.invited", &staff)?;
        Ok::<_, Failure>(staff)
    })?;
    Ok(Invited { staff, link_secret })
}

fn role_needs_two(role: Role) -> bool {
    role.scopes().iter().any(|scope| is_for_persons(*scope))
}

/// Scopes that read identity data or decide: nobody hands out more of them than they hold.
pub(crate) fn is_for_persons(scope: Scope) -> bool {
    matches!(
        scope,
        Scope::IdentityRead
            | Scope::CasesDecide
            | Scope::MeasuresWrite
            | Scope::HoldsWrite
            | Scope::HitsJudge
    )
}

pub(crate) fn check_handle(handle: &str) -> Result<(), Refusal> {
    let good = (2..=64).contains(&handle.len())
        && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte));
    if good {
        Ok(())
    } else {
        let detail = "a handle is 2 to 64 ASCII letters, digits, dots, dashes, underscores and at signs";
        Err(Refusal::invalid("handle-refused", detail).at("/handle"))
    }
}

/// Uses a one-time link: sets the password and signs in.
pub fn accept_link(
    env: &Env<'_>,
    passwords: &dyn Passwords,
    link_secret: &str,
    password: &str,
) -> Result<SignedIn, Failure> {
    check_password(password)?;
    // Hashing a password is slow: not for whoever shows no good link.
    env.store().with_reading_tx(|tx| find_invited(env, tx, link_secret))?;
    let password_hash = passwords.hash(password)?;
    env.store().with_tx(|tx| {
        let known = find_invited(env, tx, link_secret)?;
        if password.to_lowercase() == known.handle.to_lowercase() {
            let detail = "the password is the handle: choose another";
            return Err(Refusal::invalid("password-is-handle", detail).at("/password").into());
        }
        let staff = Staff {
            status: StaffStatus::Active,
            password_hash: Some(password_hash.clone()),
            version: known.version + 1,
            ..known
        };
        tx.update_staff(&staff)?;
        tell(env, tx, "staff.activated", &staff)?;
        session::start(env, tx, staff)
    })
}

/// Whom a one-time link is for, while it is good.
fn find_invited(env: &Env<'_>, tx: &mut dyn Transaction, link_secret: &str) -> Result<Staff, Failure> {
    let refused = || {
        Refusal::forbidden("link-refused", "the link is used, expired or not one of ours; ask for a new one")
    };
    let named = link_secret.split_once('.').and_then(|(id, _)| id.parse().ok()).ok_or_else(refused)?;
    let staff = tx.find_staff(named)?.ok_or_else(refused)?;
    match &staff.status {
        StaffStatus::Invited { link_hash, expires_at }
            if *link_hash == secret_hash(link_secret) && env.now() < *expires_at =>
        {
            Ok(staff)
        }
        _ => Err(refused().into()),
    }
}

fn check_password(password: &str) -> Result<(), Refusal> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        let detail = format!("a password has at least {PASSWORD_CHARS_MIN} characters");
        return Err(Refusal::invalid("password-too-short", detail).at("/password"));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        let detail = format!("a password has at most {PASSWORD_BYTES_MAX} bytes");
        return Err(Refusal::invalid("password-too-long", detail).at("/password"));
    }
    Ok(())
}

/// A person's scopes are those of their roles.
pub fn actor_of(staff: Staff) -> Actor {
    let mut scopes: Vec<Scope> = staff.roles.iter().flat_map(|role| role.scopes()).copied().collect();
    scopes.sort_unstable();
    scopes.dedup();
    Actor {
        credential: Credential::Staff(staff.id),
        scopes,
        roles: staff.roles,
        branch: staff.branch,
        claim: None,
    }
}

pub fn list(env: &Env<'_>) -> Result<Vec<Staff>, Failure> {
    env.actor.may_everywhere(Scope::StaffWrite)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_staff()?))
}

/// Disables a person: sessions end, drafts of theirs stay for others to reject.
pub fn disable(env: &Env<'_>, id: StaffId) -> Result<Staff, Failure> {
    env.actor.may_everywhere(Scope::StaffWrite)?;
    env.store().with_tx(|tx| {
        let known = find_in_tx(tx, id)?;
        let staff =
            Staff { status: StaffStatus::Disabled, password_hash: None, version: known.version + 1, ..known };
        tx.update_staff(&staff)?;
        tx.delete_sessions_of(id)?;
        tell(env, tx, "staff.disabled", &staff)?;
        Ok(staff)
    })
}

pub(crate) fn find_in_tx(tx: &mut dyn Transaction, id: StaffId) -> Result<Staff, Failure> {
    let absent = || Refusal::not_found("no-such-staff", format!("no member of staff `{id}`"));
    Ok(tx.find_staff(id)?.ok_or_else(absent)?)
}

/// Called on approval of a draft.
pub(crate) fn give_roles_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    id: StaffId,
    roles: &[Role],
) -> Result<(), Failure> {
    let known = find_in_tx(tx, id)?;
    let staff = Staff { roles: roles.to_vec(), version: known.version + 1, ..known };
    tx.update_staff(&staff)?;
    tell(env, tx, "staff.roles-given", &staff)
}

fn tell(env: &Env<'_>, tx: &mut dyn Transaction, kind: &str, staff: &Staff) -> Result<(), Failure> {
    append_event(env, tx, Happened::of(kind, staff.id, staff.version))
}
