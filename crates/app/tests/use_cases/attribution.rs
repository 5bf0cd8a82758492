//! Q1: who was behind an address, from the access ledger through the registry.

use app::access::AccessLog;
use app::clock::Clock;
use app::customer::facts::{Addition, NewFact};
use app::reseller::{self, ResellerEntry};
use app::who::{Attributed, shared_with, who};
use domain::access::{AccountQuestion, Cause, Limits, Network, When, WhoQuestion, parse_event};
use domain::field::Field;
use domain::reseller::ResellerStatus;
use domain::staff::Role;
use jiff::{SignedDuration, Timestamp};
use testkit::{Platform, fixture};

use crate::refusal;

fn ingest(platform: &Platform, lines: &[String]) {
    let events: Vec<_> = lines.iter().map(|line| parse_event(line).unwrap()).collect();
    platform.access_log().ingest(&events, platform.clock.now()).unwrap();
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ask(platform: &Platform, ip: &str, port: Option<u16>, instant: &str) -> Attributed {
    let network: Network = ip.parse().unwrap();
    let when = When::Around { at: at(instant), within: SignedDuration::from_mins(15) };
    let question = WhoQuestion { network, port, when };
    let purpose = "abuse report 4711".parse().unwrap();
    platform
        .run(&platform.investigator(), |env| who(env, &question, Limits::default(), Some(&purpose)))
        .unwrap()
}

fn lease(account: &str, ip: &str, ports: Option<[u16; 2]>, from: &str) -> String {
    let ports = ports.map_or(String::new(), |[first, last]| format!(r#","ports":[{first},{last}]"#));
    format!(r#"{{"account":"{account}","ip":"{ip}","at":"{from}","kind":"lease_start"{ports}}}"#)
}

/// Q1: account, customer, owners, the reseller chain, verification then and now, and where it is on the ledger.
#[test]
fn an_address_leads_to_owners_and_resellers() {
    let platform = Platform::new();
    let resellers = [10, 11].map(|number| {
        let owners = [("Bela Bartfai", "HU", 1_000_000)];
        platform
            .enrol(&fixture::company(number, &format!("Reseller {number} Kft"), "HU", &owners))
            .customer
            .id
    });
    for (customer, parent) in [(resellers[0], None), (resellers[1], Some(resellers[0]))] {
        let entry = ResellerEntry {
            customer,
            parent,
            agreement: None,
            programme: Some("cip-2026".into()),
            status: ResellerStatus::Active,
        };
        platform.run(&platform.officer(), |env| reseller::register(env, &entry)).unwrap();
    }
    let owners = [("Ada Karenina", "DE", 600_000), ("Carla Bianchi", "IT", 150_000)];
    let mut enrolment = fixture::company(1, "Karenina GmbH", "DE", &owners);
    enrolment.facts.retain(|fact| fact.field != Field::OwnershipComplete);
    enrolment.facts.push(fixture::fact(Field::OwnershipComplete, domain::field::FieldValue::Flag(true)));
    enrolment.reseller = Some(resellers[1]);
    let enrolled = platform.enrol(&enrolment);
    ingest(&platform, &[lease("account-1", "198.51.100.7", None, "2026-03-02T15:00:00Z")]);
    platform.clock.set(at("2026-03-10T12:00:00Z"));
    platform.verify(enrolled.customer.id).unwrap();

    let attributed = ask(&platform, "198.51.100.7", None, "2026-03-05T00:00:00Z");

    assert_eq!(attributed.answer.accounts.len(), 1);
    assert_eq!(attributed.answer.accounts[0].because, Cause::Lease);
    let holder = attributed.holders[0].as_ref().unwrap();
    assert_eq!(holder.customer.id, enrolled.customer.id);
    assert_eq!(holder.known.names[0].expose(), "Karenina GmbH");
    let chain: Vec<_> = holder.resellers.iter().map(|reseller| reseller.customer).collect();
    assert_eq!(chain, [resellers[1], resellers[0]]);
    assert_eq!(holder.known.owners.len(), 1, "15 % is below the threshold");
    assert_eq!(holder.known.owners[0].names[0].expose(), "Ada Karenina");
    assert_eq!(holder.known.owners[0].share_ppm, 600_000);
    assert_eq!(holder.identification_then.as_deref(), Some("open"));
    assert_eq!(holder.identification_now, "verified");
    assert!(holder.proofs.iter().any(|proof| proof.kind == "decision"));
    assert!(holder.proofs.iter().all(|proof| proof.position.is_some()), "{:?}", holder.proofs);
}

/// Q1: the record is read as true then: a name taken later is not the name of then.
#[test]
fn names_are_those_of_the_time() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    ingest(&platform, &[lease("account-1", "198.51.100.7", None, "2026-03-02T15:00:00Z")]);
    platform.clock.advance_days(60);
    let married = NewFact {
        true_from: Some(at("2026-04-01T00:00:00Z")),
        ..fixture::fact(Field::FullName, fixture::text("Ada Vronskaya"))
    };
    platform.add(customer, &Addition { facts: vec![married], ..Addition::default() });
    let name = |instant: &str| {
        let attributed = ask(&platform, "198.51.100.7", None, instant);
        let holder = attributed.holders[0].as_ref().unwrap();
        holder.known.names.iter().map(|name| name.expose().clone()).collect::<Vec<_>>()
    };

    assert_eq!(name("2026-03-31T23:59:59Z"), ["Ada Karenina"]);
    assert_eq!(name("2026-04-01T00:00:00Z"), ["Ada Vronskaya"]);
}

/// Q1, LOG-01: a customer that was recorded after the accesses, such as by an import, is named with that remark, and
/// what was known then stands beside.
#[test]
fn a_customer_recorded_later_is_named_with_a_remark() {
    let platform = Platform::new();
    ingest(&platform, &[lease("account-1", "198.51.100.7", None, "2026-03-02T15:00:00Z")]);
    platform.clock.advance_days(30);
    let owners = [("Ada Karenina", "DE", 1_000_000)];
    let customer = platform.enrol(&fixture::company(1, "Karenina GmbH", "DE", &owners)).customer.id;
    platform.clock.advance_days(30);
    let renamed = fixture::fact(Field::FullName, fixture::text("Vronskaya GmbH"));
    platform.add(customer, &Addition { facts: vec![renamed], ..Addition::default() });

    let attributed = ask(&platform, "198.51.100.7", None, "2026-03-05T00:00:00Z");

    let holder = attributed.holders[0].as_ref().unwrap();
    assert_eq!(holder.known.names[0].expose(), "Karenina GmbH", "the name nearest to then");
    assert!(holder.known.recorded_later);
    assert_eq!(holder.known.owners[0].names[0].expose(), "Ada Karenina");
    assert!(holder.known.owners[0].recorded_later);
    assert!(holder.known_then.names.is_empty() && holder.known_then.owners.is_empty());
    assert_eq!(holder.identification_then, None);
    assert_eq!(holder.identification_now, "open");
    let kinds: Vec<&str> = holder.proofs.iter().map(|proof| proof.kind.as_str()).collect();
    assert_eq!(kinds, ["fact", "fact", "fact", "decision"]);
    assert!(holder.proofs.iter().all(|proof| proof.position.is_some()), "{:?}", holder.proofs);

    let later = ask(&platform, "198.51.100.7", None, "2026-04-02T12:00:00Z");
    let holder = later.holders[0].as_ref().unwrap();
    assert!(!holder.known.recorded_later);
    assert_eq!(holder.known_then.names[0].expose(), "Karenina GmbH");
}

/// Q1: behind NAT every candidate is named without a port, and the one with it.
#[test]
fn without_a_port_every_candidate_behind_nat_is_named() {
    let platform = Platform::new();
    for number in [1, 2] {
        platform.enrol(&fixture::individual(number, "Ada Karenina", "DE"));
    }
    ingest(
        &platform,
        &[
            lease("account-1", "198.51.100.7", Some([1_024, 2_047]), "2026-03-02T15:00:00Z"),
            lease("account-2", "198.51.100.7", Some([2_048, 3_071]), "2026-03-02T15:00:00Z"),
        ],
    );
    platform.clock.advance_days(1);

    let all = ask(&platform, "198.51.100.7", None, "2026-03-02T16:00:00Z");
    let one = ask(&platform, "198.51.100.7", Some(2_100), "2026-03-02T16:00:00Z");

    assert_eq!(all.holders.len(), 2);
    let accounts: Vec<_> = one.answer.accounts.iter().map(|line| line.account.as_str()).collect();
    assert_eq!(accounts, ["account-2"]);
}

/// Q1: an account that nobody enrolled is named as the source named it, without a holder.
#[test]
fn an_account_nobody_enrolled_is_named_without_holder() {
    let platform = Platform::new();
    ingest(&platform, &[lease("legacy-7", "2001:db8:1::/64", None, "2026-03-02T15:00:00Z")]);
    platform.clock.advance_days(1);

    let attributed = ask(&platform, "2001:db8:1::17", None, "2026-03-02T16:00:00Z");

    assert_eq!(attributed.answer.accounts[0].account, "legacy-7");
    assert!(attributed.holders[0].is_none());
}

/// SEC-02: attribution reads identity data, so it takes a purpose, the scope, and leaves one leaf for the set.
#[test]
fn attribution_takes_a_purpose() {
    let platform = Platform::new();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    ingest(&platform, &[lease("account-1", "198.51.100.7", None, "2026-03-02T15:00:00Z")]);
    platform.clock.advance_days(1);
    let when = When::Around { at: at("2026-03-02T16:00:00Z"), within: SignedDuration::from_mins(15) };
    let question = WhoQuestion { network: "198.51.100.7".parse().unwrap(), port: None, when };
    let asked = |actor| platform.run(&actor, |env| who(env, &question, Limits::default(), None).map(|_| ()));

    assert_eq!(refusal(asked(platform.investigator())).code, "purpose-missing");
    assert_eq!(refusal(asked(platform.auditor())).code, "scope-missing");
    assert_eq!(refusal(asked(platform.control_plane())).code, "scope-missing");
}

/// SEC-02, RSL-01: accounts of others neither push a branch's own out of the answer nor show in `truncated`.
#[test]
fn a_branch_is_answered_as_if_there_were_no_others() {
    let platform = Platform::new();
    let owners = [("Bela Bartfai", "HU", 1_000_000)];
    let branch = platform.enrol(&fixture::company(1, "Reseller Kft", "HU", &owners)).customer.id;
    for number in 2..5 {
        platform.enrol(&fixture::individual(number, "Ada Karenina", "DE"));
    }
    let access = |account: &str, minute: u32| {
        format!(
            r#"{{"account":"{account}","ip":"198.51.100.7","at":"2026-03-02T14:{minute:02}:00Z","kind":"access"}}"#
        )
    };
    let mut lines = vec![access("account-1", 0)];
    lines.extend(
        (2..5)
            .flat_map(|number| (0..3).map(move |at| (number, at)))
            .map(|(number, at)| access(&format!("account-{number}"), at)),
    );
    ingest(&platform, &lines);
    let staff = platform.member("of-branch", &[Role::Investigator], Some(branch));
    let when = When::Around { at: at("2026-03-02T14:00:00Z"), within: SignedDuration::from_mins(15) };
    let question = WhoQuestion { network: "198.51.100.7".parse().unwrap(), port: None, when };
    let purpose = "abuse report 4711".parse().unwrap();
    let limits = Limits { accounts_max: 2, ..Limits::default() };

    let answer = platform.run(&staff, |env| who(env, &question, limits, Some(&purpose))).unwrap().answer;

    let named: Vec<_> = answer.accounts.iter().map(|line| line.account.as_str()).collect();
    assert_eq!((named, answer.truncated), (vec!["account-1"], false));
    let of_own = AccountQuestion { account: "account-1".to_owned(), when };
    let shared = platform.run(&staff, |env| shared_with(env, &of_own, limits)).unwrap();
    assert_eq!((shared.accounts.len(), shared.truncated), (0, false));
}
