//! A request that was answered once is answered the same again: the answer is kept, sealed, under the caller's key.

use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::store::{IdempotentAnswer, StoreError};
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

/// A request under a key.
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

    /// What the answer is kept under. The key is the caller's text and may name somebody, so it is not kept itself.
    fn kept_under(&self, env: &Env<'_>) -> Result<String, Failure> {
        let text = format!("idempotency key {}", self.key);
        Ok(domain::fact::sealed_text::to_hex(&env.vault().blind_index(IndexPurpose::Compared, &text)?))
    }

    /// What is kept of the request. Keyed: a short request could be guessed from a plain hash after its subject
    /// was shredded.
    fn request_hash(&self, env: &Env<'_>) -> Result<String, Failure> {
        let blind = env.vault().blind_index(IndexPurpose::Compared, &format!("request {}", self.digest))?;
        Ok(domain::fact::sealed_text::to_hex(&blind))
    }
}

/// What this principal was answered under the key before. Another request under the same key is refused.
pub fn find(env: &Env<'_>, keyed: &Keyed) -> Result<Option<Answered>, Failure> {
    let (principal, kept_under) = (env.actor.to_string(), keyed.kept_under(env)?);
    let known = env
        .store()
        .with_reading_tx(|tx| Ok::<_, Failure>(tx.find_idempotent_answer(&principal, &kept_under)?))?;
    let Some(known) = known else { return Ok(None) };
    if known.request_hash != keyed.request_hash(env)? {
        let detail = "this idempotency key was used for another request";
        return Err(Refusal::precondition("idempotency-key-reused", detail).into());
    }
    let row = row(&principal, &kept_under);
    match env.vault().open(&place(&row), &known.body_sealed)? {
        Opened::Plain(body) => Ok(Some(Answered { status: known.status, body })),
        Opened::Shredded => Ok(None),
    }
}

/// Keeps an answer. Where another node kept one meanwhile, that one stays.
pub fn keep(env: &Env<'_>, keyed: &Keyed, answered: &Answered) -> Result<(), Failure> {
    let (principal, kept_under) = (env.actor.to_string(), keyed.kept_under(env)?);
    let row = row(&principal, &kept_under);
    let answer = IdempotentAnswer {
        request_hash: keyed.request_hash(env)?,
        status: answered.status,
        body_sealed: env.vault().seal(&place(&row), &answered.body)?,
    };
    let at = env.now();
    let kept = env.store().with_tx(|tx| tx.insert_idempotent_answer(&principal, &kept_under, &answer, at));
    match kept {
        Ok(()) | Err(StoreError::Duplicate { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn row(principal: &str, key: &str) -> String {
    format!("{principal}/{key}")
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
