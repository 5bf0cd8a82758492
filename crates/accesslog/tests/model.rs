//! Answers held against a model that is too simple to be wrong, over random streams of events.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::collections::{BTreeMap, HashSet};

use accesslog::{Config, EmbeddedAccessLog};
use app::access::AccessLog;
use domain::access::{
    AccessEvent, AccountQuestion, Answer, Cause, ClockLimits, Detail, Kind, Limits, Network, PortRange,
    Tally, When, WhoQuestion,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const NOW_US: i64 = 60;

fn instant(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap()
}

/// Few addresses, accounts and instants, so that they meet.
fn networks() -> impl Strategy<Value = Network> {
    prop::sample::select(vec![
        "10.0.0.0/8",
        "10.0.0.0/30",
        "10.0.0.0",
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.4",
        "0.0.0.0/0",
        "::/0",
        "2001:db8::/32",
        "2001:db8::/64",
        "2001:db8::",
        "2001:db8::1",
        "2001:db8:1::",
    ])
    .prop_map(|text| text.parse().unwrap())
}

fn an_event() -> impl Strategy<Value = AccessEvent> {
    let ports = prop::option::of(prop::sample::select(vec![(1, 9), (1, 5), (6, 9)]));
    let ids = (prop::option::of(prop::sample::select(vec!["s", "t"])), prop::option::of(0..40_u64));
    (
        0..5_usize,
        prop::sample::select(vec!["a", "b", "c"]),
        networks(),
        0..70_i64,
        prop::option::of(0..9_u16),
        ports,
        ids,
    )
        .prop_map(|(kind, account, network, at_us, port, ports, (source, seq))| {
            let kind = Kind::ALL[kind];
            AccessEvent {
                account: account.to_owned(),
                network: if kind.is_lease() {
                    network
                } else {
                    Network::from_bits(network.first(), 128).unwrap()
                },
                port,
                at: instant(at_us),
                kind,
                ports: ports
                    .filter(|_| kind.is_lease())
                    .and_then(|(first, last)| PortRange::new(first, last)),
                detail: Detail { actor: Some(account.to_owned()), ..Detail::default() },
                source: source.map(str::to_owned),
                seq,
            }
        })
}

fn a_time() -> impl Strategy<Value = When> {
    prop_oneof![
        (0..70_i64, 0..20_i64).prop_map(|(at_us, within_us)| When::Around {
            at: instant(at_us),
            within: SignedDuration::from_micros(within_us),
        }),
        (0..70_i64, 0..40_i64)
            .prop_map(|(from, length)| When::Between { from: instant(from), until: instant(from + length) }),
        Just(When::Ever),
    ]
}

/// Everything that was stored, in order of arrival.
#[derive(Default)]
struct Model {
    events: Vec<AccessEvent>,
    seen: HashSet<(String, u64)>,
}

struct ModelLease {
    account: String,
    network: Network,
    ports: Option<PortRange>,
    from: i64,
    until: Option<i64>,
}

impl Model {
    fn ingest(&mut self, event: &AccessEvent) {
        if let (Some(source), Some(seq)) = (&event.source, event.seq)
            && !self.seen.insert((source.clone(), seq))
        {
            return;
        }
        self.events.push(event.clone());
    }

    /// Plays the lease events by time, one address and port range after the other.
    fn leases(&self) -> Vec<ModelLease> {
        let mut by_key: BTreeMap<_, Vec<&AccessEvent>> = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.kind.is_lease()) {
            by_key.entry((event.network, event.ports)).or_default().push(event);
        }
        let mut leases: Vec<ModelLease> = Vec::new();
        for ((network, ports), mut events) in by_key {
            events.sort_by_key(|event| event.at);
            let mut open: Option<ModelLease> = None;
            for event in events {
                let at = event.at.as_microsecond();
                let ends = match &open {
                    Some(lease) => event.kind == Kind::LeaseStart || lease.account == event.account,
                    None => false,
                };
                if ends && let Some(mut lease) = open.take() {
                    lease.until = Some(at);
                    leases.push(lease);
                }
                if event.kind == Kind::LeaseStart {
                    open = Some(ModelLease {
                        account: event.account.clone(),
                        network,
                        ports,
                        from: at,
                        until: None,
                    });
                }
            }
            leases.extend(open);
        }
        leases
    }

    fn answer(
        &self,
        when: When,
        is_meant: impl Fn(&str, Network, Option<u16>, Option<PortRange>) -> bool,
    ) -> Answer {
        let mut tally = Tally::new(Limits::default());
        for event in self.events.iter().filter(|event| !event.kind.is_lease()) {
            let at = event.at.as_microsecond();
            let in_time = match when {
                When::Around { at: middle, within } => {
                    (at - middle.as_microsecond()).abs() <= i64::try_from(within.as_micros()).unwrap()
                }
                When::Between { from, until } => event.at >= from && event.at < until,
                When::Ever => true,
            };
            if in_time && is_meant(&event.account, event.network, event.port, None) {
                tally.count(&event.account, Cause::Access, event.network, at, at);
            }
        }
        for lease in self.leases() {
            // As instants, one by one: the last an open lease holds is now.
            let holds = |at: i64| at >= lease.from && lease.until.map_or(at <= NOW_US, |until| at < until);
            let in_time = match when {
                When::Around { at, .. } => holds(at.as_microsecond()),
                When::Between { from, until } => (from.as_microsecond()..until.as_microsecond()).any(holds),
                When::Ever => (-1..200).any(holds),
            };
            if in_time && is_meant(&lease.account, lease.network, None, lease.ports) {
                let last = lease.until.unwrap_or(NOW_US);
                tally.count(&lease.account, Cause::Lease, lease.network, lease.from, last);
            }
        }
        tally.finish()
    }

    fn who(&self, question: &WhoQuestion) -> Answer {
        self.answer(question.when, |_, network, port, ports| {
            let port_fits = match (question.port, port, ports) {
                (None, ..) | (_, None, None) => true,
                (Some(asked), Some(port), _) => asked == port,
                (Some(asked), None, Some(ports)) => (ports.first()..=ports.last()).contains(&asked),
            };
            port_fits && network.overlaps(&question.network)
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// LOG-01: whatever comes, in whatever batches, sealed whenever and opened anew at any time.
    #[test]
    fn answers_always_agree_with_the_model(
        batches in prop::collection::vec(prop::collection::vec(an_event(), 0..8), 1..16),
        questions in prop::collection::vec((networks(), prop::option::of(0..9_u16), a_time()), 12),
        seals in prop::collection::vec(any::<bool>(), 16),
        openings in prop::collection::vec(any::<bool>(), 16),
        wal_events_max in 1..30_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { wal_events_max, clock: ClockLimits::default(), ..Config::default() };
        let mut log = EmbeddedAccessLog::open(folder.path(), config.clone()).unwrap();
        let mut model = Model::default();
        for (index, batch) in batches.iter().enumerate() {
            log.ingest(batch, instant(NOW_US)).unwrap();
            batch.iter().for_each(|event| model.ingest(event));
            if seals[index] {
                log.seal().unwrap();
            }
            if openings[index] {
                drop(log);
                log = EmbeddedAccessLog::open(folder.path(), config.clone()).unwrap();
            }
        }
        prop_assert_eq!(log.opened().torn_bytes, 0);

        let now = instant(NOW_US);
        for (network, port, when) in questions {
            let question = WhoQuestion { network, port, when };
            let answer = log.who(&question, Limits::default(), now).unwrap();
            prop_assert!(answer == model.who(&question), "{} {:?} {:?}", network, port, when);
            for account in ["a", "b", "nobody"] {
                let about = AccountQuestion { account: account.to_owned(), when };
                let answer = log.of(&about, Limits::default(), now).unwrap();
                let expected = model.answer(when, |other, _, _, _| other == account);
                prop_assert!(answer == expected, "{} {:?}", account, when);
            }
            // Rows and proofs change nothing else, and every access has its row.
            let proved = log.who(&question, Limits::default().with_proofs(), now).unwrap();
            for (plain, proved) in answer.accounts.iter().zip(&proved.accounts) {
                prop_assert_eq!((&plain.account, plain.events), (&proved.account, proved.events));
                let rows = proved.rows.as_ref().unwrap();
                if plain.because == Cause::Access {
                    prop_assert_eq!(rows.len() as u64, plain.events);
                } else {
                    prop_assert!(!rows.is_empty());
                }
                for proof in proved.proofs.iter().flatten().flatten() {
                    prop_assert!(accesslog::proof_holds(proof));
                }
            }
        }
        for account in ["a", "b", "c"] {
            let accesses = model.events.iter().filter(|event| !event.kind.is_lease() && event.account == account);
            prop_assert_eq!(log.last_access(account).unwrap(), accesses.map(|event| event.at).max());
        }
        prop_assert!(log.verify().unwrap().is_empty());
    }
}
