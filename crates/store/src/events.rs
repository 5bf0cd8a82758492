//! Rows of events: added without a position, numbered by the sequencer, read by position.

use app::store::StoreError;
use domain::event::Event;
use domain::id::CustomerId;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "events";
    INSERT = "INSERT INTO events (shard, event_id, customer_id, at_us, body) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT DO NOTHING";
    FIND_RECORD = "SELECT body FROM events WHERE shard = $1 AND event_id = $2";
    NUMBER = "UPDATE events SET position = numbered.position FROM ( \
        SELECT event_id, ROW_NUMBER() OVER (ORDER BY event_id) + $2 AS position FROM ( \
        SELECT event_id FROM events WHERE shard = $1 AND position IS NULL ORDER BY event_id LIMIT $3 \
        ) AS waiting) AS numbered \
        WHERE events.shard = $1 AND events.event_id = numbered.event_id";
    LIST_OF = "SELECT body FROM events WHERE shard = $1 AND customer_id = $2 ORDER BY event_id";
    LIST_AFTER = "SELECT body, position FROM events WHERE shard = $1 AND position > $2 \
        ORDER BY position LIMIT $3";
}

pub fn insert(tx: &mut Tx<'_>, event: &Event) -> Result<(), StoreError> {
    tx.insert(&INSERT, &values![SHARD, event.id, event.customer, event.at, text_of(event)?], "event")
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Event>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}

/// Gives the positions after `last` to events that have none, in the order of their ids.
pub fn number(tx: &mut Tx<'_>, last: u64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&NUMBER, &values![SHARD, last, limit.min(PAGE_MAX)])
}

pub fn list_after(tx: &mut Tx<'_>, after: u64, limit: u32) -> Result<Vec<(u64, Event)>, StoreError> {
    let values = values![SHARD, after, limit.min(PAGE_MAX)];
    let positions = tx.rows(&LIST_AFTER, &values, |row| Ok((row.count(1)?, row.text(0)?.to_owned())))?;
    let read = |(position, text): (u64, String)| Ok((position, crate::body::read("events", &text)?));
    positions.into_iter().map(read).collect()
}
