//! All leases in memory, by address and port range.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::access::{Kind, LeaseChange, LeaseSpan, Network, PortRange, Window, leases_between};

/// An address or prefix and its ports: what one lease at a time can hold. Ordered by address,
/// then length, so that all that lies in a prefix is one range. 22 bytes, for there are millions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeaseKey {
    first: [u8; 16],
    prefix: u8,
    has_ports: bool,
    ports: (u16, u16),
}

impl LeaseKey {
    pub fn new(network: Network, ports: Option<PortRange>) -> Self {
        Self {
            first: network.first().to_be_bytes(),
            prefix: network.prefix(),
            has_ports: ports.is_some(),
            ports: ports.map_or((0, 0), |ports| (ports.first(), ports.last())),
        }
    }

    pub fn network(&self) -> Network {
        Network::from_bits(u128::from_be_bytes(self.first), self.prefix)
            .expect("made from a network, so the length is at most 128")
    }

    pub fn ports(&self) -> Option<PortRange> {
        if self.has_ports { PortRange::new(self.ports.0, self.ports.1) } else { None }
    }

    fn least(network: Network) -> Self {
        Self::new(network, None)
    }
}

/// A lease that a question means.
#[derive(Clone)]
pub struct Lease {
    pub key: LeaseKey,
    pub account: Arc<str>,
    pub from_us: i64,
    /// `None`: still held.
    pub until_us: Option<i64>,
}

impl Lease {
    /// Its end as answers show it.
    pub fn last_us(&self, now_us: i64) -> i64 {
        self.until_us.unwrap_or(now_us)
    }
}

pub struct Leases {
    histories: BTreeMap<LeaseKey, Vec<LeaseChange<u32>>>,
    /// How many keys have each prefix length: only those lengths are looked for around an address.
    lengths: [u32; 129],
    accounts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Default for Leases {
    fn default() -> Self {
        Self { histories: BTreeMap::new(), lengths: [0; 129], accounts: Vec::new(), numbers: HashMap::new() }
    }
}

impl Leases {
    /// Takes a lease event; others are passed over. Events of one instant keep the order in which they come.
    pub fn insert(
        &mut self,
        kind: Kind,
        network: Network,
        ports: Option<PortRange>,
        account: &str,
        at_us: i64,
    ) {
        if !kind.is_lease() {
            return;
        }
        let account = self.number(account);
        let change = LeaseChange { at_us, account, begins: kind == Kind::LeaseStart };
        let lengths = &mut self.lengths;
        let history = self.histories.entry(LeaseKey::new(network, ports)).or_insert_with(|| {
            lengths[usize::from(network.prefix())] += 1;
            Vec::with_capacity(1)
        });
        let place = history.partition_point(|other| other.at_us <= at_us);
        history.insert(place, change);
    }

    /// Visits the leases that overlap the network and the window, at a port if one is given.
    pub fn visit(
        &self,
        network: Network,
        port: Option<u16>,
        window: Window,
        now_us: i64,
        visit: &mut dyn FnMut(Lease),
    ) {
        let around = (0..network.prefix()).filter(|length| self.lengths[usize::from(*length)] > 0);
        for length in around {
            let wider = network.widened(length);
            let begin = LeaseKey::least(wider);
            let same = self.histories.range(begin..).take_while(|(key, _)| key.network() == wider);
            for (key, history) in same {
                self.visit_history(*key, history, network, port, window, now_us, visit);
            }
        }
        let last = network.last().to_be_bytes();
        let within =
            self.histories.range(LeaseKey::least(network)..).take_while(|(key, _)| key.first <= last);
        for (key, history) in within {
            self.visit_history(*key, history, network, port, window, now_us, visit);
        }
    }

    /// The leases of one account under one key.
    pub fn of_key(&self, key: LeaseKey, account: &str, window: Window, now_us: i64) -> Vec<Lease> {
        let Some(history) = self.histories.get(&key) else { return Vec::new() };
        leases_between(history, window.from_us, window.until_us, now_us)
            .into_iter()
            .map(|span| self.lease(key, span))
            .filter(|lease| &*lease.account == account)
            .collect()
    }

    #[expect(clippy::too_many_arguments, reason = "one call site's loop body, split for reading")]
    fn visit_history(
        &self,
        key: LeaseKey,
        history: &[LeaseChange<u32>],
        network: Network,
        port: Option<u16>,
        window: Window,
        now_us: i64,
        visit: &mut dyn FnMut(Lease),
    ) {
        let meant = match (port, key.ports()) {
            (Some(port), Some(ports)) => ports.contains(port),
            _ => true,
        };
        if !meant || !key.network().overlaps(&network) {
            return;
        }
        for span in leases_between(history, window.from_us, window.until_us, now_us) {
            visit(self.lease(key, span));
        }
    }

    fn lease(&self, key: LeaseKey, span: LeaseSpan<u32>) -> Lease {
        let account = Arc::clone(&self.accounts[span.account as usize]);
        Lease { key, account, from_us: span.from_us, until_us: span.until_us }
    }

    fn number(&mut self, account: &str) -> u32 {
        if let Some(number) = self.numbers.get(account) {
            return *number;
        }
        let account: Arc<str> = account.into();
        let number = u32::try_from(self.accounts.len()).expect("memory ends before 2^32 accounts");
        self.accounts.push(Arc::clone(&account));
        self.numbers.insert(account, number);
        number
    }
}
