//! Answers from what is in memory and in segments.
//!
//! Memory is read under the lock, segments after it: they never change, so intake does not wait
//! for a question that reads the disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use app::access::AccessLogError;
use domain::access::{
    AccountQuestion, Answer, Cause, Kind, Limits, Network, RowProof, Tally, WhoQuestion, Window, may_be_port,
};
use jiff::Timestamp;
use ledger::Hash;

use crate::leases::{Lease, LeaseKey};
use crate::row::{Row, instant};
use crate::segment::Segment;
use crate::{EmbeddedAccessLog, Shared};

/// Addresses of one account that `shared` follows: the most used ones.
const SHARED_ADDRESSES_MAX: usize = 10_000;
/// Blocks whose leaves are kept while one question is answered.
const LEAF_BLOCKS_MAX: usize = 256;

/// Leaves of blocks that were proven from already.
#[derive(Default)]
struct Leaves(HashMap<(u64, usize), Arc<Vec<Hash>>>);

impl Leaves {
    fn of(&mut self, segment: &Segment, number: usize) -> Result<Arc<Vec<Hash>>, AccessLogError> {
        let key = (segment.entry.segment_id, number);
        if let Some(leaves) = self.0.get(&key) {
            return Ok(Arc::clone(leaves));
        }
        if self.0.len() >= LEAF_BLOCKS_MAX {
            self.0.clear();
        }
        let leaves = Arc::new(segment.leaves(number)?);
        self.0.insert(key, Arc::clone(&leaves));
        Ok(leaves)
    }

    fn prove(
        &mut self,
        segment: &Segment,
        row: &Row,
        place: (usize, usize),
    ) -> Result<RowProof, AccessLogError> {
        let leaves = self.of(segment, place.0)?;
        Ok(segment.proof(row, place.0, place.1, &leaves))
    }
}

impl EmbeddedAccessLog {
    pub(crate) fn answer_who(
        &self,
        question: &WhoQuestion,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Answer, AccessLogError> {
        let mut tally = Tally::new(limits);
        let mut leaves = Leaves::default();
        let everybody = |_: &str| true;
        self.tally_network(&mut tally, &mut leaves, question, now, &everybody)?;
        Ok(tally.finish())
    }

    pub(crate) fn answer_of(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Answer, AccessLogError> {
        let mut tally = Tally::new(limits);
        let mut leaves = Leaves::default();
        let account = question.account.as_str();
        let access = question.when.access_window();
        let lease = question.when.lease_window();
        let reach = Window { from_us: access.from_us, until_us: access.until_us.max(lease.until_us) };
        let mut keys = BTreeSet::new();
        let segments = {
            let shared = self.shared();
            for row in shared.memory.of_account(account) {
                if row.event.kind.is_lease() {
                    keys.insert(LeaseKey::new(row.event.network, row.event.ports));
                } else if access.contains(row.at_us()) {
                    tally.count(account, Cause::Access, row.event.network, row.at_us(), row.at_us());
                    if tally.wants_rows() {
                        tally.add_row(Cause::Access, row.event.clone(), row.position, None);
                    }
                }
            }
            Arc::clone(&shared.segments)
        };
        for segment in segments.iter() {
            segment.visit_account(account, reach, &mut |block, index| {
                if block.kind(index).is_lease() {
                    keys.insert(LeaseKey::new(block.network(index), block.ports(index)));
                    return Ok(());
                }
                let at_us = block.at_us(index);
                if !access.contains(at_us) {
                    return Ok(());
                }
                tally.count(account, Cause::Access, block.network(index), at_us, at_us);
                if tally.wants_rows() {
                    add_sealed_row(&mut tally, &mut leaves, segment, Cause::Access, block.row(index), None)?;
                }
                Ok(())
            })?;
        }
        let now_us = now.as_microsecond();
        let leases: Vec<Lease> = {
            let shared = self.shared();
            keys.into_iter().flat_map(|key| shared.leases.of_key(key, account, lease, now_us)).collect()
        };
        self.tally_leases(&mut tally, &mut leaves, &leases, now_us)?;
        Ok(tally.finish())
    }

    pub(crate) fn answer_shared(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Answer, AccessLogError> {
        let mut tally = Tally::new(limits);
        let mut leaves = Leaves::default();
        let account = question.account.as_str();
        let mut addresses = self.addresses_of(account, question.when.access_window())?;
        if addresses.len() > SHARED_ADDRESSES_MAX {
            addresses.truncate(SHARED_ADDRESSES_MAX);
            tally.truncate();
        }
        let others = |other: &str| other != account;
        for network in addresses {
            let about = WhoQuestion { network, port: None, when: question.when };
            self.tally_network(&mut tally, &mut leaves, &about, now, &others)?;
        }
        Ok(tally.finish())
    }

    /// Addresses the account came from, most used first.
    fn addresses_of(&self, account: &str, window: Window) -> Result<Vec<Network>, AccessLogError> {
        let mut uses: BTreeMap<Network, u64> = BTreeMap::new();
        let mut count = |kind: Kind, network: Network, at_us: i64| {
            if !kind.is_lease() && window.contains(at_us) {
                *uses.entry(network).or_default() += 1;
            }
        };
        let segments = {
            let shared = self.shared();
            for row in shared.memory.of_account(account) {
                count(row.event.kind, row.event.network, row.at_us());
            }
            Arc::clone(&shared.segments)
        };
        for segment in segments.iter() {
            segment.visit_account(account, window, &mut |block, index| {
                count(block.kind(index), block.network(index), block.at_us(index));
                Ok(())
            })?;
        }
        let mut addresses: Vec<_> = uses.into_iter().collect();
        addresses.sort_by_key(|(network, uses)| (std::cmp::Reverse(*uses), *network));
        Ok(addresses.into_iter().map(|(network, _)| network).collect())
    }

    fn tally_network(
        &self,
        tally: &mut Tally,
        leaves: &mut Leaves,
        question: &WhoQuestion,
        now: Timestamp,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<(), AccessLogError> {
        let window = question.when.access_window();
        let now_us = now.as_microsecond();
        let mut leases = Vec::new();
        let segments = {
            let shared = self.shared();
            tally_memory(tally, &shared, question, window, counts);
            let held = question.when.lease_window();
            let mut rows_left = tally.limits().rows_max;
            let network = question.network;
            shared.leases.visit(network, question.port, held, now_us, &mut |lease| {
                if !counts(&lease.account) {
                    return;
                }
                count_lease(tally, &lease, now_us);
                if rows_left > 0 {
                    rows_left -= 1;
                    leases.push(lease);
                } else if tally.wants_rows() {
                    tally.truncate();
                }
            });
            Arc::clone(&shared.segments)
        };
        for segment in segments.iter().filter(|segment| segment.overlaps(window)) {
            segment.visit_network(question.network, window, &mut |block, number, index| {
                let account = block.account(index);
                let port_fits = may_be_port(question.port, block.port(index), block.ports(index));
                if block.kind(index).is_lease() || !port_fits || !counts(account) {
                    return Ok(());
                }
                let at_us = block.at_us(index);
                tally.count(account, Cause::Access, block.network(index), at_us, at_us);
                if tally.is_too_broad() {
                    return Err(AccessLogError::TooBroad);
                }
                if tally.wants_rows() {
                    let place = Some((number, index));
                    add_sealed_row(tally, leaves, segment, Cause::Access, block.row(index), place)?;
                }
                Ok(())
            })?;
        }
        if tally.is_too_broad() {
            return Err(AccessLogError::TooBroad);
        }
        self.add_lease_rows(tally, leaves, &leases)
    }

    fn tally_leases(
        &self,
        tally: &mut Tally,
        leaves: &mut Leaves,
        leases: &[Lease],
        now_us: i64,
    ) -> Result<(), AccessLogError> {
        leases.iter().for_each(|lease| count_lease(tally, lease, now_us));
        if tally.wants_rows() { self.add_lease_rows(tally, leaves, leases) } else { Ok(()) }
    }

    /// The events behind each lease: its start, and its own end if it had one.
    fn add_lease_rows(
        &self,
        tally: &mut Tally,
        leaves: &mut Leaves,
        leases: &[Lease],
    ) -> Result<(), AccessLogError> {
        let mut added = BTreeSet::new();
        for lease in leases {
            let network = lease.key.network();
            let instants = [(Kind::LeaseStart, Some(lease.from_us)), (Kind::LeaseEnd, lease.until_us)];
            for (kind, at_us) in instants {
                let Some(at_us) = at_us else { continue };
                let window = Window { from_us: at_us, until_us: at_us.saturating_add(1) };
                let is_meant = |row: &Row| {
                    row.event.kind == kind
                        && row.event.account == *lease.account
                        && LeaseKey::new(row.event.network, row.event.ports) == lease.key
                };
                let (unsealed, segments) = {
                    let shared = self.shared();
                    let rows = shared.memory.in_network(network, window).filter(|row| is_meant(row));
                    (rows.cloned().collect::<Vec<Row>>(), Arc::clone(&shared.segments))
                };
                for row in unsealed {
                    if added.insert(row.position) {
                        tally.add_row(Cause::Lease, row.event, row.position, None);
                    }
                }
                for segment in segments.iter().filter(|segment| segment.overlaps(window)) {
                    segment.visit_network(network, window, &mut |block, number, index| {
                        let row = block.row(index);
                        if is_meant(&row) && added.insert(row.position) {
                            add_sealed_row(tally, leaves, segment, Cause::Lease, row, Some((number, index)))?;
                        }
                        Ok(())
                    })?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn latest_access(&self, account: &str) -> Result<Option<Timestamp>, AccessLogError> {
        let (mut latest_us, mut segments) = {
            let shared = self.shared();
            let accesses = shared.memory.of_account(account).filter(|row| !row.event.kind.is_lease());
            (accesses.map(Row::at_us).max(), shared.segments.to_vec())
        };
        segments.sort_by_key(|segment| std::cmp::Reverse(segment.entry.max_us));
        for segment in segments {
            if latest_us.is_some_and(|latest_us| latest_us >= segment.entry.max_us) {
                break;
            }
            latest_us = latest_us.max(segment.last_access_us(account)?);
        }
        Ok(latest_us.map(instant))
    }
}

fn tally_memory(
    tally: &mut Tally,
    shared: &Shared,
    question: &WhoQuestion,
    window: Window,
    counts: &dyn Fn(&str) -> bool,
) {
    for row in shared.memory.in_network(question.network, window) {
        let event = &row.event;
        if event.kind.is_lease() || !event.may_be_port(question.port) || !counts(&event.account) {
            continue;
        }
        tally.count(&event.account, Cause::Access, event.network, row.at_us(), row.at_us());
        if tally.wants_rows() {
            tally.add_row(Cause::Access, event.clone(), row.position, None);
        }
    }
}

fn count_lease(tally: &mut Tally, lease: &Lease, now_us: i64) {
    let last_us = lease.last_us(now_us);
    tally.count(&lease.account, Cause::Lease, lease.key.network(), lease.from_us, last_us);
}

fn add_sealed_row(
    tally: &mut Tally,
    leaves: &mut Leaves,
    segment: &Segment,
    because: Cause,
    row: Row,
    place: Option<(usize, usize)>,
) -> Result<(), AccessLogError> {
    let proof = if tally.limits().prove && tally.has_room() {
        let place = match place {
            Some(place) => Some(place),
            None => segment.find_row(&row)?,
        };
        match place {
            Some(place) => Some(leaves.prove(segment, &row, place)?),
            None => None,
        }
    } else {
        None
    };
    tally.add_row(because, row.event, row.position, proof);
    Ok(())
}
