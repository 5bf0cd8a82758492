//! The log by position: the sequencer's lease, numbering, tiles and checkpoints.
//!
//! Leaves count from 0, as in the tree; events count from 1, so that "after 0" is all of them.

use app::store::StoreError;
use jiff::Timestamp;

use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};
use crate::{decisions, events, facts, judgements, leaves, readings, screenings, verifications};

const SEQUENCER: &str = "sequencer";

statements! { "log";
    TAKE_FIRST_LEASE = "INSERT INTO leases (name, holder, fence, expires_at_us) VALUES ($1, $2, 1, $3) \
        ON CONFLICT DO NOTHING";
    /// Renewing keeps the number; taking it over from another, or late, makes a new one.
    TAKE_LEASE = "UPDATE leases SET \
        fence = fence + CASE WHEN holder = $2 AND expires_at_us > $4 THEN 0 ELSE 1 END, \
        holder = $2, expires_at_us = $3 WHERE name = $1 AND (holder = $2 OR expires_at_us <= $4)";
    FIND_LEASE = "SELECT fence FROM leases WHERE name = $1 AND holder = $2";
    /// Holds the row until the transaction ends, so that no newer holder works meanwhile.
    HOLD_LEASE = "UPDATE leases SET holder = holder WHERE name = $1 AND fence = $2";
    START_HEADS = "INSERT INTO log_heads (shard, leaf_count, event_count) VALUES ($1, 0, 0) \
        ON CONFLICT DO NOTHING";
    FIND_HEADS = "SELECT leaf_count, event_count FROM log_heads WHERE shard = $1";
    ADVANCE_HEADS = "UPDATE log_heads SET leaf_count = leaf_count + $2, event_count = event_count + $3 \
        WHERE shard = $1";
    FIND_STATE = "SELECT size, state FROM tree_states WHERE shard = $1";
    PUT_STATE = "INSERT INTO tree_states (shard, size, state) VALUES ($1, $2, $3) \
        ON CONFLICT (shard) DO UPDATE SET size = excluded.size, state = excluded.state";
    INSERT_TILE = "INSERT INTO tiles (shard, path, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    FIND_TILE = "SELECT bytes FROM tiles WHERE shard = $1 AND path = $2";
    INSERT_CHECKPOINT = "INSERT INTO checkpoints (shard, number, size, checkpoint) \
        SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3 FROM checkpoints WHERE shard = $1";
    LATEST_CHECKPOINT = "SELECT checkpoint FROM checkpoints WHERE shard = $1 ORDER BY number DESC LIMIT 1";
    LIST_CHECKPOINTS = "SELECT size, checkpoint FROM checkpoints WHERE shard = $1 ORDER BY number";
}

pub fn lease_sequencer(
    tx: &mut Tx<'_>,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let taken = tx.execute(&TAKE_FIRST_LEASE, &values![SEQUENCER, holder, until])? == 1
        || tx.execute(&TAKE_LEASE, &values![SEQUENCER, holder, until, now])? == 1;
    if !taken {
        return Ok(None);
    }
    tx.row(&FIND_LEASE, &values![SEQUENCER, holder], |row| row.count(0))
}

/// Who holds an older number is refused, and whoever would take a newer one waits.
fn hold_lease(tx: &mut Tx<'_>, fence: u64) -> Result<(), StoreError> {
    tx.update(&HOLD_LEASE, &values![SEQUENCER, fence], "lease of the sequencer")
}

pub fn assign_positions(tx: &mut Tx<'_>, fence: u64, limit: u32) -> Result<(u64, u64), StoreError> {
    hold_lease(tx, fence)?;
    let heads =
        |tx: &mut Tx<'_>| tx.row(&FIND_HEADS, &values![SHARD], |row| Ok((row.count(0)?, row.count(1)?)));
    let (leaf_count, event_count) = match heads(tx)? {
        Some(heads) => heads,
        None => {
            tx.execute(&START_HEADS, &values![SHARD])?;
            heads(tx)?.unwrap_or_default()
        }
    };
    let numbered_leaves = leaves::number(tx, leaf_count, limit)?;
    let numbered_events = events::number(tx, event_count, limit)?;
    if numbered_leaves + numbered_events > 0 {
        tx.execute(&ADVANCE_HEADS, &values![SHARD, numbered_leaves, numbered_events])?;
    }
    Ok((numbered_leaves, numbered_events))
}

pub fn find_record(tx: &mut Tx<'_>, kind: &str, object: &str) -> Result<Option<String>, StoreError> {
    let statement = match kind {
        "fact" => &facts::FIND_RECORD,
        "verification" => &verifications::FIND_RECORD,
        "screening" => &screenings::FIND_RECORD,
        "judgement" => &judgements::FIND_RECORD,
        "decision" => &decisions::FIND_RECORD,
        "reading" => &readings::FIND_RECORD,
        "event" => &events::FIND_RECORD,
        _ => return Ok(None),
    };
    tx.row(statement, &values![SHARD, object], |row| row.text(0).map(str::to_owned))
}

pub fn tree_state(tx: &mut Tx<'_>) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    tx.row(&FIND_STATE, &values![SHARD], |row| Ok((row.count(0)?, row.bytes(1)?.to_vec())))
}

/// What the sequencer writes in one go.
pub struct Growth<'a> {
    pub tiles: &'a [(String, Vec<u8>)],
    pub size: u64,
    pub state: &'a [u8],
    pub checkpoint: &'a str,
}

/// A tree only grows, and a tile that was written stays as it is: anything else is refused.
pub fn append_tiles(tx: &mut Tx<'_>, fence: u64, growth: &Growth<'_>) -> Result<(), StoreError> {
    hold_lease(tx, fence)?;
    let size_before = tree_state(tx)?.map_or(0, |(size, _)| size);
    if growth.size < size_before {
        let detail = format!("a tree of {size_before} leaves does not shrink to {}", growth.size);
        return Err(StoreError::Refused { detail });
    }
    for (path, bytes) in growth.tiles {
        let inserted = tx.execute(&INSERT_TILE, &values![SHARD, path, bytes])?;
        if inserted == 0 && find_tile(tx, path)?.as_ref() != Some(bytes) {
            return Err(StoreError::Refused {
                detail: format!("tile `{path}` was written with other bytes"),
            });
        }
    }
    tx.execute(&PUT_STATE, &values![SHARD, growth.size, growth.state])?;
    tx.execute(&INSERT_CHECKPOINT, &values![SHARD, growth.size, growth.checkpoint])?;
    Ok(())
}

pub fn find_tile(tx: &mut Tx<'_>, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
    tx.row(&FIND_TILE, &values![SHARD, path], |row| row.bytes(0).map(<[u8]>::to_vec))
}

pub fn latest_checkpoint(tx: &mut Tx<'_>) -> Result<Option<String>, StoreError> {
    tx.row(&LATEST_CHECKPOINT, &values![SHARD], |row| row.text(0).map(str::to_owned))
}

pub fn list_checkpoints(tx: &mut Tx<'_>) -> Result<Vec<(u64, String)>, StoreError> {
    tx.rows(&LIST_CHECKPOINTS, &values![SHARD], |row| Ok((row.count(0)?, row.text(1)?.to_owned())))
}
