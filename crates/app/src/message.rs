//! What is to be told to somebody outside: recorded here, carried by an adapter.

use domain::contact_proof::Channel;
use domain::id::CustomerId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One message to send. Recipient and text are sealed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `msg_…`
    pub id: String,
    pub customer: CustomerId,
    pub channel: Channel,
    /// [`Content`] as JSON, sealed under the customer's key of class `message`.
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
