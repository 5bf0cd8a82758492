//! Rows of messages to people outside; recipient and text are sealed.

use app::message::{Message, MessageState};
use app::store::StoreError;
use domain::contact_proof::Channel;
use jiff::Timestamp;

use crate::body::code_of;
use crate::sql::{Row, WrongColumn, statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "messages";
    INSERT = "INSERT INTO messages (shard, message_id, customer_id, channel, content_sealed, created_at_us, \
        attempts, next_attempt_at_us, state, version) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE messages SET customer_id = $3, channel = $4, content_sealed = $5, created_at_us = $6, \
        attempts = $7, next_attempt_at_us = $8, state = $9, version = $10 \
        WHERE shard = $1 AND message_id = $2 AND version + 1 = $10";
    LIST_UNSENT = "SELECT message_id, customer_id, channel, content_sealed, created_at_us, attempts, \
        next_attempt_at_us, state, version FROM messages \
        WHERE shard = $1 AND state = 'waiting' AND channel = $2 AND next_attempt_at_us <= $3 \
        ORDER BY next_attempt_at_us, message_id LIMIT $4";
}

pub fn insert(tx: &mut Tx<'_>, message: &Message) -> Result<(), StoreError> {
    let (channel, state) = (code_of(&message.channel)?, code_of(&message.state)?);
    let values = values![
        SHARD,
        &message.id,
        message.customer,
        channel,
        &message.content_sealed,
        message.created_at,
        message.attempts,
        message.next_attempt_at,
        state,
        message.version,
    ];
    tx.insert(&INSERT, &values, "message")
}

pub fn update(tx: &mut Tx<'_>, message: &Message) -> Result<(), StoreError> {
    let (channel, state) = (code_of(&message.channel)?, code_of(&message.state)?);
    let values = values![
        SHARD,
        &message.id,
        message.customer,
        channel,
        &message.content_sealed,
        message.created_at,
        message.attempts,
        message.next_attempt_at,
        state,
        message.version,
    ];
    tx.update(&UPDATE, &values, &message.id)
}

pub fn list_unsent(
    tx: &mut Tx<'_>,
    channel: Channel,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    tx.rows(&LIST_UNSENT, &values![SHARD, code_of(&channel)?, now, limit.min(PAGE_MAX)], read)
}

fn read(row: &Row) -> Result<Message, WrongColumn> {
    Ok(Message {
        id: row.text(0)?.to_owned(),
        customer: row.text(1)?.parse().map_err(|_| WrongColumn { column: 1, expected: "a customer's id" })?,
        channel: match row.text(2)? {
            "email" => Channel::Email,
            "telephone" => Channel::Telephone,
            _ => return Err(WrongColumn { column: 2, expected: "a channel" }),
        },
        content_sealed: row.bytes(3)?.to_vec(),
        created_at: row.instant(4)?,
        attempts: u32::try_from(row.int(5)?)
            .map_err(|_| WrongColumn { column: 5, expected: "a number of attempts" })?,
        next_attempt_at: row.instant(6)?,
        state: match row.text(7)? {
            "waiting" => MessageState::Waiting,
            "sent" => MessageState::Sent,
            "given_up" => MessageState::GivenUp,
            _ => return Err(WrongColumn { column: 7, expected: "a state" }),
        },
        version: row.count(8)?,
    })
}
