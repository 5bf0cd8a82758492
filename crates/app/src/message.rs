//! What is to be told to somebody outside: recorded here, carried by an adapter.

use domain::contact_proof::Channel;
use domain::field::FieldValue;
use domain::id::{CustomerId, FactId};
use domain::purpose::Purpose;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::env::Env;
use crate::failure::Failure;
use crate::reading::Reading;
use crate::screening::open_fact;

/// One message to send. Recipient and text are sealed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `msg_…`
    pub id: String,
    pub customer: CustomerId,
    pub channel: Channel,
    /// [`Content`] or [`Addressed`] as JSON, sealed under the customer's key of class `message`.
    pub content_sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub attempts: u32,
    pub next_attempt_at: Timestamp,
    pub state: MessageState,
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    Waiting,
    Sent,
    GivenUp,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub recipient: String,
    pub subject: String,
    pub text: String,
}

/// A text whose recipient is a contact on record, opened only when it is sent: who queues it reads no identity data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addressed {
    pub contact: FactId,
    pub subject: String,
    pub text: String,
}

/// What is to be sent, from what was sealed. `None` where the contact was shredded or the bytes are neither form.
pub(crate) fn content_of(
    env: &Env<'_>,
    customer: CustomerId,
    plain: &[u8],
) -> Result<Option<Content>, Failure> {
    let Ok(Addressed { contact, subject, text }) = serde_json::from_slice(plain) else {
        return Ok(serde_json::from_slice(plain).ok());
    };
    let facts = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.list_facts(customer)?))?;
    let Some(fact) = facts.iter().find(|fact| fact.id == contact) else { return Ok(None) };
    let system = Actor::system();
    let as_system = Env { actor: &system, ..*env };
    let purpose: Purpose = "tell the customer of a decision".parse().expect("a good purpose");
    let reading = Reading::record(&as_system, Some(&purpose), "notice", vec![customer])?;
    Ok(match open_fact(env, &reading, fact)? {
        Some(FieldValue::Email(email)) => {
            Some(Content { recipient: email.as_str().to_owned(), subject, text })
        }
        _ => None,
    })
}

/// Carries messages out. No answer means that it is tried again; it never means that it arrived.
pub trait Messenger: Send + Sync {
    fn carries(&self, channel: Channel) -> bool;

    fn send(&self, channel: Channel, content: &Content) -> Result<(), Unsent>;
}

#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// It may work later.
    #[error("not sent, to be tried again: {0}")]
    ForNow(String),
    /// The recipient's side refuses it for good.
    #[error("not sent: {0}")]
    ForGood(String),
}
