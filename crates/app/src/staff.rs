//! Staff and credentials: invited by a one-time link, then a password; keys that expire (SEC-02, SEC-04).

use domain::api_key::ApiKey;
use domain::id::{ApiKeyId, CustomerId, StaffId};
use domain::redacted::Redacted;
use domain::staff::{Role, Scope, Session, Staff, StaffStatus};
use jiff::{SignedDuration, Timestamp};
use ledger::hash::Hash;

use crate::actor::{Actor, Credential};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// Wrong passwords in a row until the door locks, and for how long.
const FAILURES_MAX: u32 = 5;
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Shortest password. Long enough to need no rules about its letters.
const PASSWORD_CHARS_MIN: usize = 12;
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Hashes and checks passwords: a port, since the function is slow on purpose.
pub trait Passwords: Send + Sync {
    /// argon2id in PHC form.
    fn hash(&self, password: &str) -> Result<String, Failure>;
    /// Without a hash it takes as long as with one and says no: an unknown handle costs what a known one does.
    fn matches(&self, password: &str, hash: Option<&str>) -> bool;
}

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
    env.actor.may(Scope::StaffWrite)?;
    check_handle(handle)?;
    if roles.contains(&Role::ControlPlane) {
        return Err(Refusal::invalid("role-refused", "the control plane uses an API key")
            .at("/roles")
            .into());
    }
    let (secret, hash) = new_secret(env, "");
    let ttl = SignedDuration::from_hours(env.settings().link_ttl_hours.into());
    let staff = Staff {
        id: env.new_id(),
        handle: handle.to_owned(),
        roles: roles.to_vec(),
        branch,
        status: StaffStatus::Invited {
            link_hash: hash,
            expires_at: env.now().saturating_add(ttl).unwrap_or(Timestamp::MAX),
        },
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
        tell(env, tx, "staff.invited", staff.id.to_string(), 1)
    })?;
    Ok(Invited { staff, link_secret: secret })
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
    env.actor.may(Scope::StaffWrite)?;
    let (secret, hash) = new_secret(env, "");
    let ttl = SignedDuration::from_hours(env.settings().link_ttl_hours.into());
    let staff = env.store().with_tx(|tx| {
        let known = find_in_tx(tx, id)?;
        let staff = Staff {
            roles: known.roles.iter().copied().filter(|role| !role_needs_two(*role)).collect(),
            status: StaffStatus::Invited {
                link_hash: hash.clone(),
                expires_at: env.now().saturating_add(ttl).unwrap_or(Timestamp::MAX),
            },
            password_hash: None,
            failures: 0,
            locked_until: None,
            version: known.version + 1,
            ..known
        };
        tx.update_staff(&staff)?;
        tx.delete_sessions_of(id)?;
        tell(env, tx, "staff.invited", id.to_string(), staff.version)?;
        Ok::<_, Failure>(staff)
    })?;
    Ok(Invited { staff, link_secret: secret })
}

fn role_needs_two(role: Role) -> bool {
    role.scopes().iter().any(|scope| is_for_persons(*scope))
}

/// Scopes that read identity data or decide: nobody hands out more of them than they hold.
fn is_for_persons(scope: Scope) -> bool {
    matches!(
        scope,
        Scope::IdentityRead
            | Scope::CasesDecide
            | Scope::MeasuresWrite
            | Scope::HoldsWrite
            | Scope::HitsJudge
    )
}

fn check_handle(handle: &str) -> Result<(), Refusal> {
    let good = (2..=64).contains(&handle.len())
        && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte));
    if good {
        Ok(())
    } else {
        let detail = "a handle is 2 to 64 letters, digits, dots, dashes";
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
    let hash = secret_hash(link_secret);
    let password_hash = passwords.hash(password)?;
    let now = env.now();
    env.store().with_tx(|tx| {
        let refused = || Refusal::forbidden("link-refused", "the link is used, expired or not one of ours");
        let invited = tx.list_staff()?.into_iter().find(
            |staff| matches!(&staff.status, StaffStatus::Invited { link_hash, .. } if *link_hash == hash),
        );
        let known = invited.ok_or_else(refused)?;
        if matches!(known.status, StaffStatus::Invited { expires_at, .. } if expires_at <= now) {
            return Err(refused().into());
        }
        let staff = Staff {
            status: StaffStatus::Active,
            password_hash: Some(password_hash.clone()),
            version: known.version + 1,
            ..known
        };
        tx.update_staff(&staff)?;
        tell(env, tx, "staff.activated", staff.id.to_string(), staff.version)?;
        start_session(env, tx, staff)
    })
}

fn check_password(password: &str) -> Result<(), Refusal> {
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        let detail = format!("a password has at least {PASSWORD_CHARS_MIN} characters");
        return Err(Refusal::invalid("password-too-short", detail).at("/password"));
    }
    Ok(())
}

/// A session and the token that carries it, shown once.
pub struct SignedIn {
    pub staff: Staff,
    pub token: Redacted<String>,
    pub expires_at: Timestamp,
}

/// Signs in. Unknown handles, wrong passwords and locked doors get the same answer.
pub fn sign_in(
    env: &Env<'_>,
    passwords: &dyn Passwords,
    handle: &str,
    password: &str,
) -> Result<SignedIn, Failure> {
    let refused = || Refusal::forbidden("sign-in-refused", "handle or password is wrong, or too many tries");
    let now = env.now();
    let known = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.find_staff_by_handle(handle)?))?;
    let hash = known.as_ref().and_then(|staff| staff.password_hash.as_deref());
    let matches = password.len() <= PASSWORD_BYTES_MAX && passwords.matches(password, hash);
    let Some(staff) = known.filter(|staff| staff.status == StaffStatus::Active) else {
        return Err(refused().into());
    };
    let locked = staff.locked_until.is_some_and(|until| now < until);
    env.store()
        .with_tx(|tx| {
            let mut staff = find_in_tx(tx, staff.id)?;
            if matches && !locked {
                if staff.failures > 0 || staff.locked_until.is_some() {
                    staff = Staff { failures: 0, locked_until: None, version: staff.version + 1, ..staff };
                    tx.update_staff(&staff)?;
                }
                return start_session(env, tx, staff).map(Some);
            }
            if !locked {
                let failures = staff.failures + 1;
                let locked_until = (failures >= FAILURES_MAX)
                    .then(|| now.saturating_add(LOCKED_FOR).unwrap_or(Timestamp::MAX));
                let failures = if locked_until.is_some() { 0 } else { failures };
                tx.update_staff(&Staff { failures, locked_until, version: staff.version + 1, ..staff })?;
            }
            Ok(None)
        })?
        .ok_or_else(|| refused().into())
}

fn start_session(env: &Env<'_>, tx: &mut dyn Transaction, staff: Staff) -> Result<SignedIn, Failure> {
    let (token, token_hash) = new_secret(env, "tns_");
    let ttl = SignedDuration::from_hours(env.settings().session_hours.into());
    let expires_at = env.now().saturating_add(ttl).unwrap_or(Timestamp::MAX);
    let session = Session { token_hash, staff: staff.id, created_at: env.now(), expires_at };
    tx.insert_session(&session)?;
    Ok(SignedIn { staff, token, expires_at })
}

/// Ends a session. Ending one that is over changes nothing.
pub fn sign_out(env: &Env<'_>, token: &str) -> Result<(), Failure> {
    let hash = secret_hash(token);
    env.store().with_tx(|tx| Ok(tx.delete_session(&hash)?))
}

/// Forgets the sessions that are over. Returns how many.
pub fn forget_sessions_over(env: &Env<'_>) -> Result<u64, Failure> {
    let now = env.now();
    env.store().with_tx(|tx| Ok(tx.delete_sessions_over(now)?))
}

/// Who a bearer token is: a session of a person, or an API key. `None` for anything else.
pub fn authenticate(platform: &crate::env::Platform, token: &str) -> Result<Option<Actor>, Failure> {
    let now = platform.clock.now();
    let hash = secret_hash(token);
    platform.store.with_reading_tx(|tx| {
        if token.starts_with("tns_") {
            let session = tx.find_session(&hash)?.filter(|session| now < session.expires_at);
            let Some(session) = session else { return Ok(None) };
            let staff = tx.find_staff(session.staff)?;
            return Ok(staff.filter(|staff| staff.status == StaffStatus::Active).map(actor_of));
        }
        let key = tx.find_api_key_by_hash(&hash)?.filter(|key| key.is_good_at(now));
        Ok(key.map(|key| Actor {
            credential: Credential::Key(key.id),
            scopes: key.scopes,
            roles: Vec::new(),
            branch: key.branch,
            claim: None,
        }))
    })
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

/// A new key and its secret, shown once.
pub struct NewKey {
    pub key: ApiKey,
    pub secret: Redacted<String>,
}

/// Makes an API key. Keys of the test space begin with `test_`, others with `live_`.
pub fn make_key(
    env: &Env<'_>,
    name: &str,
    scopes: &[Scope],
    branch: Option<CustomerId>,
    expires_at: Option<Timestamp>,
) -> Result<NewKey, Failure> {
    env.actor.may(Scope::StaffWrite)?;
    check_handle(name).map_err(|refusal| refusal.at("/name"))?;
    if scopes.is_empty() {
        return Err(Refusal::invalid("scopes-missing", "a key has at least one scope").at("/scopes").into());
    }
    let beyond = scopes.iter().find(|scope| is_for_persons(**scope) && env.actor.may(**scope).is_err());
    if let Some(scope) = beyond {
        let detail = format!("`{}` is given by somebody who has it", scope.as_str());
        return Err(Refusal::forbidden("scope-beyond-own", detail).at("/scopes").into());
    }
    if expires_at.is_some_and(|expires_at| expires_at <= env.now()) {
        return Err(Refusal::invalid("key-over", "the key would be over already").at("/expires_at").into());
    }
    let prefix = if env.platform.livemode { "live_" } else { "test_" };
    let (secret, secret_hash) = new_secret(env, prefix);
    let key = ApiKey {
        id: env.new_id(),
        name: name.to_owned(),
        secret_hash,
        scopes: scopes.to_vec(),
        branch,
        created_at: env.now(),
        expires_at,
        revoked_at: None,
        version: 1,
    };
    env.store().with_tx(|tx| {
        tx.insert_api_key(&key)?;
        tell(env, tx, "key.made", key.id.to_string(), 1)
    })?;
    Ok(NewKey { key, secret })
}

/// Revokes a key at once. Revoking one twice changes nothing.
pub fn revoke_key(env: &Env<'_>, id: ApiKeyId) -> Result<ApiKey, Failure> {
    env.actor.may(Scope::StaffWrite)?;
    env.store().with_tx(|tx| {
        let absent = || Refusal::not_found("no-such-key", format!("no API key `{id}`"));
        let known = tx.find_api_key(id)?.ok_or_else(absent)?;
        if known.revoked_at.is_some() {
            return Ok(known);
        }
        let revoked = ApiKey { revoked_at: Some(env.now()), version: known.version + 1, ..known };
        tx.update_api_key(&revoked)?;
        tell(env, tx, "key.revoked", id.to_string(), revoked.version)?;
        Ok(revoked)
    })
}

pub fn list_keys(env: &Env<'_>) -> Result<Vec<ApiKey>, Failure> {
    env.actor.may(Scope::StaffWrite)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_api_keys()?))
}

pub fn list(env: &Env<'_>) -> Result<Vec<Staff>, Failure> {
    env.actor.may(Scope::StaffWrite)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_staff()?))
}

/// Disables a person: sessions end, drafts of theirs stay for others to reject.
pub fn disable(env: &Env<'_>, id: StaffId) -> Result<Staff, Failure> {
    env.actor.may(Scope::StaffWrite)?;
    env.store().with_tx(|tx| {
        let known = find_in_tx(tx, id)?;
        let staff =
            Staff { status: StaffStatus::Disabled, password_hash: None, version: known.version + 1, ..known };
        tx.update_staff(&staff)?;
        tx.delete_sessions_of(id)?;
        tell(env, tx, "staff.disabled", id.to_string(), staff.version)?;
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
    tell(env, tx, "staff.roles-given", id.to_string(), staff.version)
}

/// 256 bits as text, and the hash that is kept of them.
fn new_secret(env: &Env<'_>, prefix: &str) -> (Redacted<String>, String) {
    let text = format!("{prefix}{}", domain::fact::sealed_text::to_hex(&env.secret()));
    let hash = secret_hash(&text);
    (Redacted::new(text), hash)
}

/// Hash under which a secret of 256 bits is kept; it needs no salt.
pub fn secret_hash(secret: &str) -> String {
    domain::fact::sealed_text::to_hex(&Hash::of_leaf(secret.as_bytes()).0)
}

fn tell(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    kind: &str,
    object: String,
    version: u64,
) -> Result<(), Failure> {
    append_event(
        env,
        tx,
        Happened { kind, customer: None, account: None, object, version, state: None, reasons: Vec::new() },
    )
}
