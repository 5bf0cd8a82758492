//! Signing in with a password, and who a token belongs to (SEC-02).

use domain::redacted::Redacted;
use domain::staff::{Session, Staff, StaffStatus};
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Credential};
use crate::api_key;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::secret::{new_secret, secret_hash};
use crate::staff::{self, actor_of};
use crate::store::Transaction;

/// Wrong passwords in a row until the door locks, and for how long.
const FAILURES_MAX: u32 = 5;
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Longest password that is hashed.
pub(crate) const PASSWORD_BYTES_MAX: usize = 1_024;

/// Hashes and checks passwords: a port, since the function is slow on purpose.
pub trait Passwords: Send + Sync {
    /// argon2id in PHC form.
    fn hash(&self, password: &str) -> Result<String, Failure>;
    /// Without a hash it takes as long as with one and says no: an unknown handle costs what a known one does.
    fn matches(&self, password: &str, hash: Option<&str>) -> bool;
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
    let known = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.find_staff_by_handle(handle)?))?;
    let hash = known.as_ref().and_then(|staff| staff.password_hash.as_deref());
    let matches = password.len() <= PASSWORD_BYTES_MAX && passwords.matches(password, hash);
    let Some(compared) = known else { return Err(refused().into()) };
    env.store()
        .with_tx(|tx| {
            let now = env.now();
            let staff = staff::find_in_tx(tx, compared.id)?;
            // Comparing takes long: other tries, or a new password, may have come in between.
            let is_shut = staff.status != StaffStatus::Active
                || staff.password_hash != compared.password_hash
                || staff.locked_until.is_some_and(|until| now < until);
            if is_shut {
                return Ok(None);
            }
            if !matches {
                let failures = staff.failures + 1;
                let locked_until = (failures >= FAILURES_MAX)
                    .then(|| now.saturating_add(LOCKED_FOR).unwrap_or(Timestamp::MAX));
                let failures = if locked_until.is_some() { 0 } else { failures };
                tx.update_staff(&Staff { failures, locked_until, version: staff.version + 1, ..staff })?;
                return Ok(None);
            }
            // Written even if nothing failed: a sign-in and a reset of the password never both pass.
            let staff = Staff { failures: 0, locked_until: None, version: staff.version + 1, ..staff };
            tx.update_staff(&staff)?;
            start(env, tx, staff).map(Some)
        })?
        .ok_or_else(|| refused().into())
}

/// Starts a session of a person who has just shown who they are.
pub(crate) fn start(env: &Env<'_>, tx: &mut dyn Transaction, staff: Staff) -> Result<SignedIn, Failure> {
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
pub fn forget_over(env: &Env<'_>) -> Result<u64, Failure> {
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
        if !token.starts_with(api_key::prefix(platform.livemode)) {
            return Ok(None);
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
