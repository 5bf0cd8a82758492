//! The questions of an investigator, on logs in every state.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use accesslog::proof_holds;
use app::access::AccessLog;
use domain::access::{ClockMark, IngestOutcome, Limits, When};
use support::{Bench, about, at, event, in_every_state, now, shown};

fn table(events: &[&str], cases: &[(&str, &str, &str)]) {
    in_every_state(events, |bench, state| {
        for (name, question, expected) in cases {
            assert_eq!(bench.who(question), *expected, "{name}, {state}");
        }
    });
}

/// LOG-01
#[test]
fn accesses_are_found_by_address_and_time() {
    table(
        &[
            "access a 192.0.2.1 09:00",
            "admin a ::ffff:192.0.2.1 09:10",
            "signup b 192.0.2.1 09:20",
            "access c 192.0.2.2 09:00",
            "access d 2001:db8::1 09:00",
            "access e 2001:db8:0:1::1 09:00",
        ],
        &[
            ("an instant", "192.0.2.1 at 09:00", "a access 2"),
            ("mapped into IPv6", "::ffff:192.0.2.1 at 09:00", "a access 2"),
            ("both ends of within", "192.0.2.1 at 09:10 within 10m", "a access 2, b access 1"),
            ("just too far", "192.0.2.1 at 09:10 within 599", "a access 1"),
            ("this instant", "192.0.2.1 at 09:10 within 0", "a access 1"),
            ("from counts", "192.0.2.1 from 09:00 until 09:01", "a access 1"),
            ("until does not", "192.0.2.1 from 08:00 until 09:00", ""),
            ("an empty interval", "192.0.2.1 from 09:00 until 09:00", ""),
            ("a prefix", "192.0.2.0/24 from 09:00 until 10:00", "a access 2, b access 1, c access 1"),
            ("all of IPv4", "0.0.0.0/0 at 09:00 within 0", "a access 1, c access 1"),
            ("IPv6", "2001:db8::1 at 09:00", "d access 1"),
            ("an IPv6 prefix", "2001:db8::/48 at 09:00", "d access 1, e access 1"),
            ("a longer IPv6 prefix", "2001:db8::/64 at 09:00", "d access 1"),
            ("all of IPv6 is not IPv4", "::/0 at 09:00", "d access 1, e access 1"),
            ("nobody", "198.51.100.1 at 09:00", ""),
        ],
    );
}

/// LOG-01
#[test]
fn a_port_narrows_and_without_one_every_candidate_is_named() {
    table(
        &[
            "+ a 203.0.113.1#1024-2047 08:00",
            "+ b 203.0.113.1#2048-4095 08:00",
            "+ c 203.0.113.1#2048-3000 08:30",
            "access d 203.0.113.1~1500 09:00",
            "access e 203.0.113.1 09:00",
            "+ f 203.0.113.0/24 07:00",
        ],
        &[
            (
                "no port",
                "203.0.113.1 at 09:00",
                "a lease 1, b lease 1, c lease 1, f lease 1, d access 1, e access 1",
            ),
            ("first port of a range", "203.0.113.1~1024 at 09:00", "a lease 1, f lease 1, e access 1"),
            (
                "port of an access",
                "203.0.113.1~1500 at 09:00",
                "a lease 1, f lease 1, d access 1, e access 1",
            ),
            (
                "ranges that overlap",
                "203.0.113.1~2500 at 09:00",
                "b lease 1, c lease 1, f lease 1, e access 1",
            ),
            ("last port of a range", "203.0.113.1~4095 at 09:00", "b lease 1, f lease 1, e access 1"),
            ("nobody's port", "203.0.113.1~80 at 09:00", "f lease 1, e access 1"),
        ],
    );
}

#[test]
fn leases_are_found_by_what_they_contain_and_overlap() {
    table(
        &[
            "+ a 198.51.100.0/24 06:00",
            "+ b 198.51.100.7 07:00",
            "+ c 198.51.100.7 08:00",
            "- b 198.51.100.7 08:30",
            "- c 198.51.100.7 09:00",
            "+ d 2001:db8:7::/48 06:00",
            "- d 2001:db8:7::/48 10:00",
        ],
        &[
            ("the prefix around it and its own", "198.51.100.7 at 07:30", "a lease 1, b lease 1"),
            ("a new lease ended the old", "198.51.100.7 at 08:00", "a lease 1, c lease 1"),
            ("a late end of the old changes nothing", "198.51.100.7 at 08:45", "a lease 1, c lease 1"),
            ("an end is not held", "198.51.100.7 at 09:00", "a lease 1"),
            ("the last microsecond is", "198.51.100.7 at 08:59:59.999999", "a lease 1, c lease 1"),
            ("within is not for leases", "198.51.100.7 at 05:59 within 1h", ""),
            (
                "an interval finds all that overlap",
                "198.51.100.7 from 07:59 until 08:01",
                "a lease 1, c lease 1, b lease 1",
            ),
            (
                "which ends as the interval begins",
                "198.51.100.7 from 08:00 until 08:01",
                "a lease 1, c lease 1",
            ),
            (
                "which begins as the interval ends",
                "198.51.100.7 from 07:30 until 08:00",
                "a lease 1, b lease 1",
            ),
            ("a prefix finds what lies in it", "198.51.0.0/16 at 07:30", "a lease 1, b lease 1"),
            ("another address of the prefix", "198.51.100.8 at 07:30", "a lease 1"),
            ("in an IPv6 prefix", "2001:db8:7:1::5 at 09:59:59", "d lease 1"),
            ("after it", "2001:db8:7:1::5 at 10:00", ""),
            ("an open lease lasts until now", "198.51.100.8 at 12:00", "a lease 1"),
            ("and not beyond", "198.51.100.8 at 12:00:00.000001", ""),
        ],
    );
}

#[test]
fn an_open_lease_shows_now_as_its_end() {
    let bench = Bench::new();
    bench.ingest(&["+ a 198.51.100.7 06:00"]);

    let answer = bench.ask("198.51.100.7 at 07:00");

    assert_eq!(
        (answer.accounts[0].first_at, answer.accounts[0].last_at),
        (at("2026-03-01T06:00:00Z"), now())
    );
}

/// LOG-01
#[test]
fn the_order_of_arrival_does_not_matter_and_duplicates_count_once() {
    let in_order = [
        "+ a 198.51.100.7 06:00 s/1",
        "access x 192.0.2.1 06:30 s/2",
        "+ b 198.51.100.7 07:00 s/3",
        "access y 192.0.2.1 07:30 t/2",
        "- a 198.51.100.7 07:30 s/4",
        "- b 198.51.100.7 08:00 s/5",
        "access x 192.0.2.1 08:30 s/6",
    ];
    for step in [1, 2, 3, 4, 5, 6] {
        let shuffled: Vec<&str> = (0..14).map(|index| in_order[index * step % 7]).collect();
        in_every_state(&shuffled, |bench, state| {
            let name = format!("step {step}, {state}");
            assert_eq!(bench.who("192.0.2.1 from 00:00 until 12:00"), "x access 2, y access 1", "{name}");
            assert_eq!(bench.who("198.51.100.7 from 00:00 until 12:00"), "b lease 1, a lease 1", "{name}");
            assert_eq!(bench.who("198.51.100.7 at 07:45"), "b lease 1", "{name}");
        });
    }
}

#[test]
fn a_duplicate_is_told_and_the_first_counts() {
    let mut bench = Bench::small();
    let first = bench.ingest(&["access a 192.0.2.1 09:00 s/1", "access b 192.0.2.1 09:00 s/1"]);
    bench.log().seal().unwrap();
    bench.reopen();
    let again = bench.ingest(&["access c 192.0.2.1 09:00 s/1", "access d 192.0.2.1 09:00 t/1"]);

    assert!(matches!(first[..], [IngestOutcome::Stored { position: 1, .. }, IngestOutcome::Duplicate]));
    assert!(matches!(again[..], [IngestOutcome::Duplicate, IngestOutcome::Stored { position: 2, .. }]));
    assert_eq!(bench.who("192.0.2.1 at 09:00"), "a access 1, d access 1");
}

/// LOG-03
#[test]
fn late_and_future_events_are_kept_and_marked() {
    let bench = Bench::new();
    let mut late = event("access a 192.0.2.1 09:00");
    late.at = at("2026-02-01T00:00:00Z");
    let mut future = event("access a 192.0.2.1 09:00");
    future.at = at("2026-03-01T12:06:00Z");

    let outcomes = bench.log().ingest(&[late, future, event("access a 192.0.2.1 09:00")], now()).unwrap();

    let marks: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            IngestOutcome::Stored { mark, .. } => *mark,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(marks, [ClockMark::Late, ClockMark::Future, ClockMark::OnTime]);
    let all = bench.log().of(&about("a"), Limits::default(), now()).unwrap();
    assert_eq!(shown(&all), "a access 3");
}

#[test]
fn an_account_is_told_where_it_came_from_and_what_it_held() {
    let events = [
        "access a 192.0.2.1 07:00",
        "access a 192.0.2.2 08:00",
        "admin a 192.0.2.2 09:00",
        "+ a 198.51.100.0/28 06:00",
        "+ a 203.0.113.1#1-9 06:00",
        "- a 203.0.113.1#1-9 07:00",
        "+ b 198.51.100.0/28 08:00",
        "access b 192.0.2.1 07:30",
    ];
    in_every_state(&events, |bench, state| {
        let ask = |when| {
            let question = domain::access::AccountQuestion { account: "a".to_owned(), when };
            bench.log().of(&question, Limits::default(), now()).unwrap()
        };
        let between = |from: &str, until: &str| When::Between {
            from: at(&format!("2026-03-01T{from}:00Z")),
            until: at(&format!("2026-03-01T{until}:00Z")),
        };

        let ever = ask(When::Ever);
        assert_eq!(shown(&ever), "a access 3, a lease 2", "{state}");
        let ips: Vec<String> = ever.accounts[0].ips.iter().map(ToString::to_string).collect();
        assert_eq!(ips, ["192.0.2.2", "192.0.2.1"], "most used first, {state}");
        assert_eq!(ever.accounts[1].last_at, at("2026-03-01T08:00:00Z"), "{state}");
        assert_eq!(shown(&ask(between("07:00", "08:00"))), "a lease 1, a access 1", "{state}");
        assert_eq!(shown(&ask(between("10:00", "11:00"))), "", "{state}");
        assert_eq!(
            bench.log().last_access("a").unwrap(),
            Some(at("2026-03-01T09:00:00Z")),
            "RET-01, {state}"
        );
        assert_eq!(bench.log().last_access("nobody").unwrap(), None, "{state}");
    });
}

#[test]
fn who_shares_an_accounts_addresses_is_named() {
    let events = [
        "access a 192.0.2.1 07:00",
        "access a 192.0.2.2 07:00",
        "access b 192.0.2.1 07:01",
        "access b 192.0.2.2 07:01",
        "access c 192.0.2.2 11:00",
        "access d 192.0.2.9 07:00",
        "+ e 192.0.2.0/30 06:00",
    ];
    in_every_state(&events, |bench, state| {
        let ever = bench.log().shared(&about("a"), Limits::default(), now()).unwrap();
        assert_eq!(shown(&ever), "b access 2, e lease 1, c access 1", "{state}");
    });
}

/// LOG-02
#[test]
fn rows_come_with_proofs_that_hold_once_sealed() {
    let events = [
        "access a 192.0.2.1 07:00",
        "access a 192.0.2.1 07:01",
        "+ b 192.0.2.0/24 06:00",
        "- b 192.0.2.0/24 08:00",
    ];
    let bench = Bench::new();
    bench.ingest(&events);
    let limits = Limits::default().with_proofs();
    let ask = || bench.log().who(&support::question("192.0.2.1 at 07:00"), limits, now()).unwrap();

    let before = ask();
    bench.log().seal().unwrap();
    let after = ask();

    assert_eq!(shown(&after), "a access 2, b lease 1");
    let roots = bench.log().sealed_roots_since(0, 10).unwrap();
    assert_eq!((roots.len(), roots[0].segment_id, roots[0].events), (1, 1, 4));
    for (line, unsealed) in after.accounts.iter().zip(&before.accounts) {
        assert!(unsealed.proofs.iter().flatten().all(Option::is_none));
        assert_eq!(line.rows.as_ref().unwrap().len(), 2);
        assert!(line.rows == unsealed.rows);
        for proof in line.proofs.as_ref().unwrap() {
            let proof = proof.clone().unwrap();
            assert!(proof_holds(&proof));
            assert_eq!(proof.root, roots[0].root);
            let mut altered = proof.clone();
            altered.row = altered.row.replace("192.0.2", "192.0.3");
            assert!(!proof_holds(&altered));
            let mut moved = proof;
            moved.index = (moved.index + 1) % moved.size;
            assert!(!proof_holds(&moved));
        }
    }
}

#[test]
fn segments_follow_one_another_and_are_told_since_one() {
    let mut bench = Bench::small();
    for minute in 0..10 {
        bench.ingest(&[&format!("access a 192.0.2.1 07:0{minute}")]);
    }
    let all = bench.log().sealed_roots_since(0, 100).unwrap();
    bench.reopen();

    assert_eq!(all.iter().map(|root| root.events).collect::<Vec<_>>(), [3, 3, 3]);
    assert_eq!(bench.log().sealed_roots_since(0, 100).unwrap(), all);
    assert_eq!(bench.log().sealed_roots_since(1, 1).unwrap(), all[1..2]);
    assert!(bench.log().sealed_roots_since(3, 100).unwrap().is_empty());
}

#[test]
fn an_answer_that_does_not_fit_says_so() {
    let bench = Bench::new();
    bench.ingest(&["access a 192.0.2.1 07:00", "access b 192.0.2.1 07:00", "access c 192.0.2.1 07:00"]);
    let ask = |limits| bench.log().who(&support::question("192.0.2.1 at 07:00"), limits, now());

    let two = ask(Limits { accounts_max: 2, ..Limits::default() }).unwrap();
    let rows = ask(Limits { rows_max: 2, ..Limits::default() }).unwrap();
    let broad = ask(Limits { candidates_max: 2, ..Limits::default() });

    assert_eq!((shown(&two).as_str(), two.truncated), ("a access 1, b access 1", true));
    assert!(rows.truncated && rows.accounts.len() == 3);
    assert!(matches!(broad, Err(app::access::AccessLogError::TooBroad)));
}

#[test]
fn every_line_of_a_batch_gets_one_answer_in_order() {
    let bench = Bench::new();
    bench.ingest(&["access a 192.0.2.1 09:00", "access b 192.0.2.1 09:30"]);
    let input = [
        r#"{"id":"one","ip":"192.0.2.1","at":"2026-03-01T09:00:00Z"}"#,
        r#"{"id":2,"ip":"192.0.2","at":"2026-03-01T09:00:00Z"}"#,
        "",
        r#"{"id":"three","account":"b","from":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}"#,
        r#"{"id":"four","ip":"192.0.2.0/24","from":"2026-03-01T09:30:00Z","until":"2026-03-01T09:31:00Z"}"#,
    ]
    .join("\n");
    let mut output = Vec::new();

    let report = accesslog::answer_questions(
        bench.log(),
        &mut input.as_bytes(),
        &mut output,
        Limits::default(),
        now(),
    );

    let report = report.unwrap();
    assert_eq!((report.questions, report.errors), (5, 2));
    let line = |account: &str, time: &str| {
        format!(
            r#"[{{"account":"{account}","because":"access","events":1,"first_at":"2026-03-01T{time}:00Z","last_at":"2026-03-01T{time}:00Z","ips":["192.0.2.1"]}}]"#
        )
    };
    let expected = [
        format!(r#"{{"id":"one","accounts":{},"truncated":false}}"#, line("a", "09:00")),
        r#"{"id":2,"error":{"code":"bad_ip","detail":"`ip` is not an IP address or prefix"}}"#.to_owned(),
        r#"{"id":null,"error":{"code":"not_json","detail":"no JSON at column 0"}}"#.to_owned(),
        format!(r#"{{"id":"three","accounts":{},"truncated":false}}"#, line("b", "09:30")),
        format!(r#"{{"id":"four","accounts":{},"truncated":false}}"#, line("b", "09:30")),
    ];
    let output = String::from_utf8(output).unwrap();
    assert_eq!(output.lines().collect::<Vec<_>>(), expected);
}
