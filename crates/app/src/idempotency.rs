//! A request that was carried out once under a key is not carried out again: its key is taken in the same unit of
//! work, and its answer is kept, sealed, to be given again.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::store::{Abort, KeptAnswer, Log, Store, StoreError, Transaction, Work};
use crate::vault::{IndexPurpose, KeyOwner, Opened, Place};

/// Longest key of a caller.
pub const KEY_BYTES_MAX: usize = 255;

/// An answer as it went out.
#[derive(Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    /// What the caller needs to see again; its form is the caller's.
    pub body: Vec<u8>,
}

/// A request under a key, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    key: String,
    digest: String,
}

impl Keyed {
    /// `request` is all that makes the request what it is.
    pub fn new(key: &str, request: &[u8]) -> Result<Self, Refusal> {
        let good = !key.is_empty()
            && key.len() <= KEY_BYTES_MAX
            && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if !good {
            let detail = format!("an idempotency key is 1 to {KEY_BYTES_MAX} printable ASCII characters");
            return Err(Refusal::invalid("idempotency-key-refused", detail));
        }
        let digest = domain::fact::sealed_text::to_hex(&ledger::hash::sha256(request));
        Ok(Self { key: key.to_owned(), digest })
    }
}

/// A principal's right to carry out one request under its key, taken by the first work that it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    principal: String,
    /// Blind index of the key, which is the caller's text and may name somebody.
    key: String,
    /// Blind index of the request: a short one could be guessed from a plain hash after its subject was shredded.
    request_hash: String,
}

/// What is known of a request under a key.
pub enum Known {
    /// It was answered before.
    Answered(Answered),
    /// It was not: whoever carries it out takes the claim along, as [`crate::actor::Actor::claim`].
    Unknown(Claim),
}

/// Looks a request up. Another request under the same key is refused, and so is one that was carried out and
/// whose answer is not kept: the process died between the two, or the answer held a secret.
pub fn look_up(env: &Env<'_>, keyed: &Keyed) -> Result<Known, Failure> {
    let blind = |text: String| {
        let index = env.vault().blind_index(IndexPurpose::Compared, &text)?;
        Ok::<_, Failure>(domain::fact::sealed_text::to_hex(&index))
    };
    let claim = Claim {
        principal: env.actor.to_string(),
        key: blind(format!("idempotency key {}", keyed.key))?,
        request_hash: blind(format!("request {}", keyed.digest))?,
    };
    let known = env
        .store()
        .with_reading_tx(|tx| Ok::<_, Failure>(tx.find_idempotency_key(&claim.principal, &claim.key)?))?;
    let Some(known) = known else { return Ok(Known::Unknown(claim)) };
    if known.request_hash != claim.request_hash {
        let detail = "this idempotency key was used for another request";
        return Err(Refusal::precondition("idempotency-key-reused", detail).into());
    }
    let Some(kept) = known.answer else { return Err(answer_not_kept().into()) };
    match env.vault().open(&place(&claim.row()), &kept.body_sealed)? {
        Opened::Plain(body) => Ok(Known::Answered(Answered { status: kept.status, body })),
        Opened::Shredded => Err(answer_not_kept().into()),
    }
}

fn answer_not_kept() -> Refusal {
    let detail = "this request was carried out and its answer is not kept: read what it made, and do not send it \
                  under another key";
    Refusal::conflict("idempotency-answer-not-kept", detail)
}

/// Keeps an answer. Where one is kept already, that one stays.
pub fn keep(env: &Env<'_>, claim: &Claim, answered: &Answered) -> Result<(), Failure> {
    let body_sealed = env.vault().seal(&place(&claim.row()), &answered.body)?;
    let answer = KeptAnswer { status: answered.status, body_sealed };
    let at = env.now();
    env.platform.store.with_tx(|tx| {
        tx.keep_idempotent_answer(&claim.principal, &claim.key, &claim.request_hash, &answer, at)
    })?;
    Ok(())
}

/// Forgets the keys that are older than the operator keeps them. Returns how many.
pub fn forget_old(env: &Env<'_>) -> Result<u64, Failure> {
    let kept_for = SignedDuration::from_hours(24 * i64::from(env.settings().idempotency_key_days));
    let before = env.now().saturating_sub(kept_for).unwrap_or(Timestamp::MIN);
    Ok(env.platform.store.with_tx(|tx| tx.delete_idempotency_keys(before))?)
}

impl Claim {
    fn row(&self) -> String {
        format!("{}/{}", self.principal, self.key)
    }
}

fn place(row: &str) -> Place<'_> {
    Place {
        owner: KeyOwner::Installation,
        table: "idempotent_answers",
        column: "body_sealed",
        row,
        version: 1,
    }
}

/// The store as a request under a key sees it: its first unit of work takes the key, so that both are there or
/// neither is.
pub(crate) struct ClaimingStore<'a> {
    store: &'a dyn Store,
    claim: &'a Claim,
    at: Timestamp,
    taken: AtomicBool,
}

impl<'a> ClaimingStore<'a> {
    pub fn new(store: &'a dyn Store, claim: &'a Claim, at: Timestamp) -> Self {
        Self { store, claim, at, taken: AtomicBool::new(false) }
    }

    fn take(&self, tx: &mut dyn Transaction) -> Result<(), StoreError> {
        let Claim { principal, key, request_hash } = self.claim;
        tx.take_idempotency_key(principal, key, request_hash, self.at)
    }
}

impl Store for ClaimingStore<'_> {
    fn run(&self, work: Work<'_>) -> Result<(), StoreError> {
        if self.taken.load(Ordering::Acquire) {
            return self.store.run(work);
        }
        let mut refused = None;
        let mut done = false;
        self.store.run(&mut |tx| {
            done = false;
            if let Err(error) = self.take(tx) {
                refused = Some(error);
                return Err(Abort);
            }
            refused = None;
            work(tx)?;
            done = true;
            Ok(())
        })?;
        self.taken.fetch_or(done, Ordering::AcqRel);
        refused.map_or(Ok(()), Err)
    }

    fn run_reading(&self, work: Work<'_>) -> Result<(), StoreError> {
        self.store.run_reading(work)
    }

    fn log(&self) -> &dyn Log {
        self.store.log()
    }
}
