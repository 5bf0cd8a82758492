//! The sequencer: gives positions to leaves and events, moves leaves into tiles, signs checkpoints in groups
//! (LOG-02); and the export that anybody can verify offline.

use std::cell::Cell;
use std::sync::PoisonError;

use domain::staff::Scope;
use jiff::{SignedDuration, Timestamp};
use ledger::checkpoint::Checkpoint;
use ledger::frontier::Frontier;
use ledger::leaf::Leaf;
use ledger::note::{Sign, SignError, SignedNote, VerifyingKey};
use ledger::proof::Proof;
use ledger::tile::Tile;
use ledger::verify::RecordLine;
use serde_json::Value;

use crate::env::{Env, Platform};
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event, parse_owner};
use crate::store::{SequencedLeaf, StoreError};
use crate::vault::{Opened, Place, Vault};

/// Leaves moved in one group.
const GROUP: u32 = 4_096;

/// The name in every checkpoint of this installation's ledger.
pub const ORIGIN: &str = "tenantry/ledger/0";

/// How long a node may sequence without renewing.
const LEASE: SignedDuration = SignedDuration::from_secs(10);

/// What one round moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sequenced {
    pub leaves: u64,
    pub events: u64,
    /// Size of the tree after the round.
    pub size: u64,
}

/// Signs with the ledger's key, which stays in the vault.
struct LedgerSigner<'a> {
    vault: &'a dyn Vault,
    key: VerifyingKey,
}

impl Sign for LedgerSigner<'_> {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.vault.sign_checkpoint(message).map_err(|error| SignError(Box::new(error)))
    }
}

/// The key that verifies this ledger's checkpoints.
pub fn verifying_key(platform: &Platform) -> Result<VerifyingKey, Failure> {
    let public_key = platform.vault.checkpoint_public_key()?;
    Ok(VerifyingKey::new(ORIGIN, public_key).expect("the origin is a good key name"))
}

/// One round of the sequencer, on the node that holds its lease. `None` while another node does.
pub fn sequence(platform: &Platform, holder: &str) -> Result<Option<Sequenced>, Failure> {
    let Some(fence) = lease(platform, holder)? else { return Ok(None) };
    let sequenced = sequence_under(platform, fence);
    if sequenced.is_err() {
        // Whoever fenced us off holds the lease now; ask again before the next round.
        *platform.sequencer.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
    sequenced.map(Some)
}

/// The fence of the lease, renewed when half of it is over: an idle platform writes nothing ten times a second.
fn lease(platform: &Platform, holder: &str) -> Result<Option<u64>, Failure> {
    let now = platform.clock.now();
    let mut held = platform.sequencer.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lease) = &*held
        && lease.holder == holder
        && lease.taken_at <= now
        && now < lease.renew_at
    {
        return Ok(Some(lease.fence));
    }
    let until = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
    let renew_at = now.saturating_add(LEASE / 2).unwrap_or(Timestamp::MAX);
    let fence = platform.store.log().lease_sequencer(holder, now, until)?;
    *held = fence.map(|fence| HeldLease { holder: holder.to_owned(), fence, taken_at: now, renew_at });
    Ok(fence)
}

/// Whether this process gives the positions, as far as it knows.
pub fn sequences_here(platform: &Platform) -> bool {
    let held = platform.sequencer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    held.as_ref().is_some_and(|held| platform.clock.now() <= held.renew_at)
}

/// Kinds of records that have a leaf.
pub const KINDS: [&str; 7] =
    ["fact", "verification", "screening", "judgement", "decision", "reading", "event"];

/// The sequencer's lease as this process last took it.
pub struct HeldLease {
    holder: String,
    fence: u64,
    taken_at: Timestamp,
    renew_at: Timestamp,
}

fn sequence_under(platform: &Platform, fence: u64) -> Result<Sequenced, Failure> {
    let log = platform.store.log();
    let (leaves, events) = log.assign_positions(fence, GROUP)?;
    let state = log.tree_state()?;
    let size = match &state {
        Some((size, _)) => *size,
        None => 0,
    };
    let fresh = log.list_leaves(size, GROUP)?;
    if fresh.is_empty() {
        return Ok(Sequenced { leaves, events, size });
    }
    let mut frontier = match &state {
        Some((_, bytes)) => Frontier::from_bytes(bytes).map_err(|error| damaged(&error))?,
        None => Frontier::new(),
    };
    let entries: Vec<&[u8]> = fresh.iter().map(|leaf| leaf.body.as_slice()).collect();
    let batch = frontier.append(&entries).map_err(|error| damaged(&error))?;
    let tiles: Vec<(String, Vec<u8>)> =
        batch.tiles.into_iter().map(|tile| (tile.tile.path(), tile.bytes)).collect();
    let signer = LedgerSigner { vault: &*platform.vault, key: verifying_key(platform)? };
    let checkpoint = Checkpoint::new(ORIGIN, frontier.head()).map_err(|error| damaged(&error))?;
    let signed = checkpoint.sign(&signer).map_err(|error| damaged(&error))?.to_string();
    log.append_tiles(fence, &tiles, frontier.size(), &frontier.to_bytes(), &signed)?;
    Ok(Sequenced { leaves, events, size: frontier.size() })
}

fn damaged(error: &dyn std::error::Error) -> StoreError {
    StoreError::Corrupt { detail: format!("the ledger's tree: {error}") }
}

/// The export's line for one leaf: the record as its table holds it now, with its salt where the key lives.
pub fn export_record(platform: &Platform, leaf: &SequencedLeaf) -> Result<RecordLine, Failure> {
    let parsed = Leaf::parse(&leaf.body).map_err(|error| damaged(&error))?;
    let owner = parse_owner(&leaf.salt_owner)
        .ok_or_else(|| StoreError::Unreadable { table: "leaves", detail: "salt owner".into() })?;
    let row = leaf.leaf.to_string();
    let place = Place { owner, table: "leaves", column: "salt_sealed", row: &row, version: 1 };
    let salt = match platform.vault.open(&place, &leaf.salt_sealed)? {
        Opened::Plain(salt) => salt,
        Opened::Shredded => return Ok(RecordLine::shredded(leaf.position, parsed.id)),
    };
    let salt: [u8; 32] = salt
        .try_into()
        .map_err(|_| StoreError::Unreadable { table: "leaves", detail: format!("salt of {row}") })?;
    let text = platform.store.log().find_record(&leaf.kind, &leaf.object, parsed.version)?;
    // A row that is gone or no longer JSON is exported as such: the verifier names it.
    let record = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
    Ok(RecordLine::held(leaf.position, parsed.id, &salt, record))
}

/// Leaves under a checkpoint. The tree may have grown since it was read.
fn size_of(checkpoint: &str) -> Result<u64, Failure> {
    let note = SignedNote::parse(checkpoint.as_bytes()).map_err(|error| damaged(&error))?;
    Ok(Checkpoint::parse_text(note.text()).map_err(|error| damaged(&error))?.head.size)
}

/// Where an export goes, file by file.
pub trait ExportSink {
    fn write(&mut self, path: &str, bytes: &[u8]) -> std::io::Result<()>;
}

/// Writes the ledger as an export: `checkpoint`, `checkpoints/…`, tiles, `records/…`. Returns the tree's size.
pub fn export(
    platform: &Platform,
    sink: &mut dyn ExportSink,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, Failure> {
    let log = platform.store.log();
    let Some(checkpoint) = log.latest_checkpoint()? else {
        return Err(Refusal::not_found("ledger-empty", "the ledger has no checkpoint yet").into());
    };
    let write_failed = |error: std::io::Error| {
        Failure::from(Refusal::new(
            crate::failure::RefusalKind::Unavailable,
            "export-not-written",
            format!("the export cannot be written: {error}"),
        ))
    };
    let size = size_of(&checkpoint)?;
    for (path, bytes) in tiles_of(platform, size)? {
        sink.write(&path, &bytes).map_err(write_failed)?;
    }
    for (size, text) in log.list_checkpoints()?.into_iter().filter(|(of, _)| *of <= size) {
        sink.write(&format!("checkpoints/{size:012}"), text.as_bytes()).map_err(write_failed)?;
    }
    let mut from = 0;
    while from < size {
        let leaves = log.list_leaves(from, GROUP)?;
        let mut lines = Vec::new();
        for leaf in leaves.iter().filter(|leaf| leaf.position < size) {
            let line = export_record(platform, leaf)?;
            lines.extend(line.to_line().map_err(|error| damaged(&error))?.into_bytes());
        }
        if leaves.is_empty() {
            break;
        }
        sink.write(&format!("records/{from:012}.ndjson"), &lines).map_err(write_failed)?;
        from += leaves.len() as u64;
        progress(from.min(size), size);
    }
    sink.write("checkpoint", checkpoint.as_bytes()).map_err(write_failed)?;
    Ok(size)
}

/// Every tile and bundle of a tree of this size, as far as it is stored.
fn tiles_of(platform: &Platform, size: u64) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let levels = (0_u8..=u8::MAX).take_while(|level| Tile::hashes(*level, 0, size).is_some());
    let hashes = levels.flat_map(|level| (0..).map_while(move |index| Tile::hashes(level, index, size)));
    let entries = (0..).map_while(|index| Tile::entries(index, size));
    let mut tiles = Vec::new();
    for path in hashes.chain(entries).map(Tile::path) {
        if let Some(bytes) = platform.store.log().find_tile(&path)? {
            tiles.push((path, bytes));
        }
    }
    Ok(tiles)
}

/// Which leaf a proof is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proven<'a> {
    Position(u64),
    /// The leaf of one version of a record.
    Record {
        kind: &'a str,
        object: &'a str,
        version: u64,
    },
}

/// The proof that a leaf is in the ledger, against the newest checkpoint. Serialises as JSON.
pub fn prove(env: &Env<'_>, asked: &Proven<'_>) -> Result<Proof, Failure> {
    env.actor.may_everywhere(Scope::LedgerRead)?;
    let log = env.store().log();
    let found = match *asked {
        Proven::Position(position) => log.list_leaves(position, 1)?.into_iter().next(),
        Proven::Record { kind, object, version } => log.find_leaf(kind, object, version)?,
    };
    let absent = || Refusal::not_found("no-such-leaf", "no such leaf, or it has no position yet");
    let leaf = match *asked {
        Proven::Position(position) => found.filter(|leaf| leaf.position == position),
        Proven::Record { .. } => found,
    };
    let leaf = leaf.ok_or_else(absent)?;
    let checkpoint = log.latest_checkpoint()?.ok_or_else(absent)?;
    if leaf.position >= size_of(&checkpoint)? {
        return Err(absent().into());
    }
    let parsed = Leaf::parse(&leaf.body).map_err(|error| damaged(&error))?;
    let not_read = Cell::new(None);
    let tiles = |tile: Tile| {
        log.find_tile(&tile.path()).unwrap_or_else(|error| {
            not_read.set(Some(error));
            None
        })
    };
    let proof = Proof::build(&tiles, checkpoint.as_bytes(), leaf.position, &parsed);
    if let Some(error) = not_read.take() {
        return Err(error.into());
    }
    Ok(proof.map_err(|error| damaged(&error))?)
}

/// The newest signed checkpoint; `None` while the ledger is empty.
pub fn checkpoint(env: &Env<'_>) -> Result<Option<String>, Failure> {
    env.actor.may_everywhere(Scope::LedgerRead)?;
    Ok(env.store().log().latest_checkpoint()?)
}

/// One tile by its C2SP path; `None` for what is no path, or not there.
pub fn tile(env: &Env<'_>, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    env.actor.may_everywhere(Scope::LedgerRead)?;
    if path.parse::<Tile>().is_err() {
        return Ok(None);
    }
    Ok(env.store().log().find_tile(path)?)
}

/// The key that verifies checkpoints, in the form of C2SP signed notes.
pub fn key(env: &Env<'_>) -> Result<String, Failure> {
    env.actor.may_everywhere(Scope::LedgerRead)?;
    Ok(verifying_key(env.platform)?.to_string())
}

/// Leaves in the tree as last written.
pub fn size(platform: &Platform) -> Result<u64, Failure> {
    Ok(platform.store.log().tree_state()?.map_or(0, |(size, _)| size))
}

/// Name of the setting that holds the last segment of the access ledger whose root is recorded.
const SEGMENTS_RECORDED: &str = "access.segments_recorded";

/// Segment roots recorded in one go.
const SEGMENTS: usize = 64;

/// Records the roots of access segments that were sealed since the last call, each with a leaf, so that what
/// is kept of accesses is bound to the ledger too. Returns how many.
pub fn record_segment_roots(env: &Env<'_>) -> Result<usize, Failure> {
    let unreadable = || StoreError::Unreadable { table: "settings", detail: SEGMENTS_RECORDED.into() };
    let recorded = |text: Option<String>| text.map_or(Ok(0), |text| text.parse().map_err(|_| unreadable()));
    let known = env.store().with_reading_tx(|tx| recorded(tx.find_setting(SEGMENTS_RECORDED)?))?;
    let roots = env.access().sealed_roots_since(known, SEGMENTS)?;
    let Some(last) = roots.last() else { return Ok(0) };
    env.store().with_tx(|tx| {
        // Another node may have been faster.
        let known: u64 = recorded(tx.find_setting(SEGMENTS_RECORDED)?)?;
        let mut count = 0;
        for root in roots.iter().filter(|root| root.segment_id > known) {
            append_event(
                env,
                tx,
                Happened::of("segment.sealed", format!("segment/{}", root.segment_id), 1)
                    .state(&root.root)
                    .because(vec![
                        format!("events-{}", root.events),
                        format!("from-{}", root.from),
                        format!("through-{}", root.through),
                    ]),
            )?;
            count += 1;
        }
        tx.put_setting(SEGMENTS_RECORDED, &last.segment_id.max(known).to_string())?;
        Ok(count)
    })
}
