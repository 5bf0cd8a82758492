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

use crate::EmbeddedAccessLog;
use crate::leases::{Lease, LeaseKey};
use crate::row::{Block, Row, instant};
use crate::segment::Segment;

/// Addresses of one account that `shared` follows: the most used ones.
const SHARED_ADDRESSES_MAX: usize = 10_000;
/// Blocks whose leaves are kept while one question is answered.
const LEAF_BLOCKS_MAX: usize = 256;

/// One answer in the making.
struct Gathering<'a> {
    log: &'a EmbeddedAccessLog,
    tally: Tally,
    leaves: Leaves,
    /// Leases counted so far: one of a prefix is met at each of its addresses.
    counted: BTreeSet<(LeaseKey, i64)>,
    /// Who counts.
    counts: &'a dyn Fn(&str) -> bool,
    now_us: i64,
}

impl EmbeddedAccessLog {
    pub(crate) fn answer_who(
        &self,
        question: &WhoQuestion,
        limits: Limits,
        now: Timestamp,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Answer, AccessLogError> {
        let mut gathering = Gathering::new(self, limits, now, counts);
        gathering.add_network(question)?;
        Ok(gathering.tally.finish())
    }

    pub(crate) fn answer_of(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Answer, AccessLogError> {
        let mut gathering = Gathering::new(self, limits, now, &|_| true);
        gathering.add_account(question)?;
        Ok(gathering.tally.finish())
    }

    pub(crate) fn answer_shared(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Answer, AccessLogError> {
        let is_other = |other: &str| other != question.account && counts(other);
        let mut gathering = Gathering::new(self, limits, now, &is_other);
        let mut addresses = self.addresses_of(&question.account, question.when.access_window())?;
        if addresses.len() > SHARED_ADDRESSES_MAX {
            addresses.truncate(SHARED_ADDRESSES_MAX);
            gathering.tally.truncate();
        }
        for network in addresses {
            gathering.add_network(&WhoQuestion { network, port: None, when: question.when })?;
        }
        Ok(gathering.tally.finish())
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

impl<'a> Gathering<'a> {
    fn new(
        log: &'a EmbeddedAccessLog,
        limits: Limits,
        now: Timestamp,
        counts: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        Self {
            log,
            tally: Tally::new(limits),
            leaves: Leaves::default(),
            counted: BTreeSet::new(),
            counts,
            now_us: now.as_microsecond(),
        }
    }

    /// Accesses from the network, and leases that overlap it.
    fn add_network(&mut self, question: &WhoQuestion) -> Result<(), AccessLogError> {
        let window = question.when.access_window();
        let (leases, segments) = {
            let shared = self.log.shared();
            for row in shared.memory.in_network(question.network, window) {
                let event = &row.event;
                if !event.kind.is_lease() && event.may_be_port(question.port) && (self.counts)(&event.account)
                {
                    self.add_access(row);
                }
            }
            let mut leases = Vec::new();
            let held = question.when.lease_window();
            shared.leases.visit(question.network, question.port, held, self.now_us, &mut |lease| {
                if (self.counts)(&lease.account) {
                    self.add_lease(lease, &mut leases);
                }
            });
            (leases, Arc::clone(&shared.segments))
        };
        for segment in segments.iter().filter(|segment| segment.overlaps(window)) {
            segment.visit_network(question.network, window, &mut |block, number, index| {
                let port_fits = may_be_port(question.port, block.port(index), block.ports(index));
                if block.kind(index).is_lease() || !port_fits || !(self.counts)(block.account(index)) {
                    return Ok(());
                }
                self.add_sealed_access(segment, block, index, Some((number, index)))
            })?;
        }
        self.check_breadth()?;
        self.add_lease_rows(&leases)
    }

    /// Accesses of the account, and leases it held.
    fn add_account(&mut self, question: &AccountQuestion) -> Result<(), AccessLogError> {
        let account = question.account.as_str();
        let window = question.when.access_window();
        let held = question.when.lease_window();
        // What an account holds is told by its lease events, however old: they name the addresses.
        let mut keys = BTreeSet::new();
        let segments = {
            let shared = self.log.shared();
            for row in shared.memory.of_account(account) {
                if row.event.kind.is_lease() {
                    keys.insert(LeaseKey::new(row.event.network, row.event.ports));
                } else if window.contains(row.at_us()) {
                    self.add_access(row);
                }
            }
            Arc::clone(&shared.segments)
        };
        let reach = Window { from_us: window.from_us, until_us: window.until_us.max(held.until_us) };
        for segment in segments.iter() {
            segment.visit_account(account, reach, &mut |block, index| {
                if block.kind(index).is_lease() {
                    keys.insert(LeaseKey::new(block.network(index), block.ports(index)));
                } else if window.contains(block.at_us(index)) {
                    self.add_sealed_access(segment, block, index, None)?;
                }
                Ok(())
            })?;
        }
        let mut leases = Vec::new();
        {
            let shared = self.log.shared();
            for key in keys {
                for lease in shared.leases.of_key(key, account, held, self.now_us) {
                    self.add_lease(lease, &mut leases);
                }
            }
        }
        self.add_lease_rows(&leases)
    }

    fn check_breadth(&self) -> Result<(), AccessLogError> {
        if self.tally.is_too_broad() { Err(AccessLogError::TooBroad) } else { Ok(()) }
    }

    fn add_access(&mut self, row: &Row) {
        let event = &row.event;
        self.tally.count(&event.account, Cause::Access, event.network, row.at_us(), row.at_us());
        if self.tally.wants_rows() {
            self.tally.add_row(Cause::Access, event.clone(), row.position, None);
        }
    }

    fn add_sealed_access(
        &mut self,
        segment: &Segment,
        block: &Block<'_>,
        index: usize,
        place: Option<(usize, usize)>,
    ) -> Result<(), AccessLogError> {
        let at_us = block.at_us(index);
        self.tally.count(block.account(index), Cause::Access, block.network(index), at_us, at_us);
        self.check_breadth()?;
        if self.tally.wants_rows() {
            self.add_sealed_row(segment, Cause::Access, block.row(index), place)?;
        }
        Ok(())
    }

    /// Counts a lease, and keeps it if its rows may be shown.
    fn add_lease(&mut self, lease: Lease, shown: &mut Vec<Lease>) {
        if !self.counted.insert((lease.key, lease.from_us)) {
            return;
        }
        let last_us = lease.last_us(self.now_us);
        self.tally.count(&lease.account, Cause::Lease, lease.key.network(), lease.from_us, last_us);
        if shown.len() < self.tally.limits().rows_max {
            shown.push(lease);
        } else if self.tally.wants_rows() {
            self.tally.truncate();
        }
    }

    /// The events behind each lease: its start, and its own end if it had one.
    fn add_lease_rows(&mut self, leases: &[Lease]) -> Result<(), AccessLogError> {
        // An end may stand for nothing else, yet two leases may begin at one instant.
        let mut added = BTreeSet::new();
        for lease in leases {
            let ends = lease.until_us.map(|at_us| (Kind::LeaseEnd, at_us));
            for (kind, at_us) in std::iter::once((Kind::LeaseStart, lease.from_us)).chain(ends) {
                self.add_rows_of_lease(lease, kind, at_us, &mut added)?;
            }
        }
        Ok(())
    }

    fn add_rows_of_lease(
        &mut self,
        lease: &Lease,
        kind: Kind,
        at_us: i64,
        added: &mut BTreeSet<u64>,
    ) -> Result<(), AccessLogError> {
        let network = lease.key.network();
        let window = Window { from_us: at_us, until_us: at_us.saturating_add(1) };
        let is_meant = |row: &Row| {
            row.event.kind == kind
                && row.event.account == *lease.account
                && LeaseKey::new(row.event.network, row.event.ports) == lease.key
        };
        let segments = {
            let shared = self.log.shared();
            for row in shared.memory.in_network(network, window).filter(|row| is_meant(row)) {
                if added.insert(row.position) {
                    self.tally.add_row(Cause::Lease, row.event.clone(), row.position, None);
                }
            }
            Arc::clone(&shared.segments)
        };
        for segment in segments.iter().filter(|segment| segment.overlaps(window)) {
            segment.visit_network(network, window, &mut |block, number, index| {
                if block.kind(index) != kind || block.account(index) != &*lease.account {
                    return Ok(());
                }
                let row = block.row(index);
                if is_meant(&row) && added.insert(row.position) {
                    self.add_sealed_row(segment, Cause::Lease, row, Some((number, index)))?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn add_sealed_row(
        &mut self,
        segment: &Segment,
        because: Cause,
        row: Row,
        place: Option<(usize, usize)>,
    ) -> Result<(), AccessLogError> {
        let mut proof = None;
        if self.tally.limits().prove && self.tally.has_room() {
            let place = match place {
                Some(place) => Some(place),
                None => segment.find_row(&row)?,
            };
            if let Some(place) = place {
                proof = Some(self.leaves.prove(segment, &row, place)?);
            }
        }
        self.tally.add_row(because, row.event, row.position, proof);
        Ok(())
    }
}

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
