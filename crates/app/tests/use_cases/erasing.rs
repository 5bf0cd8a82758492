//! Destroying one retention class of a customer while others are still kept.

use std::collections::BTreeSet;

use app::actor::Actor;
use app::clock::Clock as _;
use app::customer::enrol::Enrolled;
use app::customer::{read, shred, timers};
use app::failure::Failure;
use app::legal_hold;
use app::vault::{IndexPurpose, Vault as _};
use domain::draft::{Draft, DraftAction};
use domain::event::Event;
use domain::fact::AsOf;
use domain::field::Field;
use domain::id::{AccountId, CustomerId};
use domain::purpose::Purpose;
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use testkit::{Platform, fixture};

use crate::refusal;

/// Two years from the later of closure and last access.
const SHORT: &str = "us-eo13984-nprm.identity";
/// The same, and five years from closure.
const LONG: &str = "in-certin.registration+us-eo13984-nprm.identity";

fn both_packs() -> Platform {
    Platform::builder().with_packs(&["us-eo13984-nprm", "in-certin"]).build()
}

fn enrol(platform: &Platform) -> (CustomerId, AccountId) {
    let Enrolled { customer, account, .. } = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    (customer.id, account.unwrap().account.id)
}

fn close(platform: &Platform, account: AccountId) {
    platform.run(&platform.control_plane(), |env| app::account::close(env, account, "asked-to")).unwrap();
    platform.settle();
}

fn shred_class(platform: &Platform, customer: CustomerId, class: &str) -> Result<Draft, Failure> {
    platform.decide_by_two(DraftAction::ShredClass { customer, class: class.to_owned() })
}

/// Fields whose values open, of those that are sealed.
fn readable(platform: &Platform, customer: CustomerId) -> BTreeSet<Field> {
    let purpose: Purpose = "answer to a request".parse().unwrap();
    let as_of = AsOf::at(platform.clock.now());
    let record =
        platform.run(&platform.officer(), |env| read::read_record(env, customer, as_of, Some(&purpose)));
    let sealed = record.unwrap().facts.into_iter().filter(|opened| opened.fact.sealed.is_some());
    sealed.filter(|opened| opened.value.is_some()).map(|opened| opened.fact.field).collect()
}

fn fields_of(platform: &Platform, customer: CustomerId, class: &str) -> BTreeSet<Field> {
    let facts = platform.app().store.with_reading_tx(|tx| tx.list_facts(customer)).unwrap();
    let sealed = facts.into_iter().filter(|fact| fact.sealed.is_some() && fact.retention_class == class);
    sealed.map(|fact| fact.field).collect()
}

fn events(platform: &Platform, customer: CustomerId, kind: &str) -> Vec<Event> {
    let mut events = platform.app().store.with_reading_tx(|tx| tx.list_events_of(customer)).unwrap();
    events.retain(|event| event.kind == kind);
    events
}

fn is_found(platform: &Platform, purpose: IndexPurpose, text: &str) -> bool {
    let blind = platform.vault().blind_index(purpose, text).unwrap();
    !platform.app().store.with_reading_tx(|tx| tx.find_references(purpose, &blind, 10)).unwrap().is_empty()
}

/// RET-01, RET-02, RET-03, SEC-02: when the shorter time is over its values go, with how they are found; the others
/// stay, the record says what went under which entry, and the ledger verifies.
#[test]
fn a_class_goes_when_its_time_is_over_and_the_others_stay() {
    let platform = both_packs();
    let (customer, account) = enrol(&platform);
    let (short, long) = (fields_of(&platform, customer, SHORT), fields_of(&platform, customer, LONG));
    assert!(short.contains(&Field::Payment) && long.contains(&Field::Email), "{short:?} {long:?}");
    close(&platform, account);
    platform.clock.advance_days(2 * 366);
    platform.run(&Actor::system(), timers::advance).unwrap();
    let due = events(&platform, customer, "retention.due");
    assert_eq!(due.iter().flat_map(|event| &event.reasons).collect::<Vec<_>>(), [&format!("class-{SHORT}")]);
    let shredded_before = platform.verify_ledger().shredded;

    shred_class(&platform, customer, SHORT).unwrap();

    assert_eq!(readable(&platform, customer), long);
    assert!(is_found(&platform, IndexPurpose::Email, "contact-1@mail.example"));
    let payment = platform.app().store.with_reading_tx(|tx| tx.list_facts(customer)).unwrap();
    assert!(payment.iter().any(|fact| fact.field == Field::Payment), "the fact stays, sealed for good");
    let record = &events(&platform, customer, "customer.class-shredded")[0].reasons;
    assert_eq!(record[0], format!("class-{SHORT}"));
    assert_eq!(record[2], "us-eo13984-nprm@2024-01-29 retention.identity through 2028-03-02");
    let report = platform.verify_ledger();
    assert!(report.is_clean() && report.shredded > shredded_before, "{report:?}");
    assert_eq!(refusal(shred_class(&platform, customer, LONG)).code, "retention-not-due");
    assert_eq!(
        refusal(platform.decide_by_two(DraftAction::ShredCustomer { customer })).code,
        "retention-not-due"
    );
    let again = platform.run(&platform.control_plane(), |env| {
        app::account::open(env, customer, &fixture::account(77, domain::account::AccountKind::Standard))
            .map(|_| ())
    });
    assert_eq!(refusal(again).code, "customer-shredded");

    platform.clock.advance_days(3 * 366);
    platform.run(&Actor::system(), timers::advance).unwrap();
    let due: BTreeSet<String> =
        events(&platform, customer, "retention.due").into_iter().flat_map(|event| event.reasons).collect();
    assert_eq!(due, [SHORT, LONG, "record"].map(|class| format!("class-{class}")).into());
    shred_class(&platform, customer, LONG).unwrap();
    assert!(readable(&platform, customer).is_empty());
    assert!(!is_found(&platform, IndexPurpose::Email, "contact-1@mail.example"));
    platform.decide_by_two(DraftAction::ShredCustomer { customer }).unwrap();
    let classes = platform.run(&platform.auditor(), |env| shred::list_classes(env, customer)).unwrap();
    assert!(classes.iter().all(|class| class.destroyed), "{classes:?}");
    assert!(platform.verify_ledger().is_clean());
}

/// SEC-04: nobody destroys a class alone; a class that is none, and the records that go last, are refused.
#[test]
fn a_class_goes_by_two_persons_only() {
    let platform = both_packs();
    let (customer, account) = enrol(&platform);
    assert_eq!(refusal(shred_class(&platform, customer, SHORT)).code, "account-not-closed");
    close(&platform, account);
    platform.clock.advance_days(2 * 366);
    for (class, code) in [("message", "no-such-class"), ("", "no-such-class"), ("record", "whole-customer")] {
        assert_eq!(refusal(shred_class(&platform, customer, class)).code, code, "{class}");
    }

    let action = DraftAction::ShredClass { customer, class: SHORT.to_owned() };
    let officer = platform.officer();
    let drafted = platform.run(&officer, |env| app::draft::draft(env, action, "its time is over")).unwrap();
    let alone = platform.run(&officer, |env| app::draft::approve(env, drafted.id));

    assert_eq!(refusal(alone).code, "same-person");
    assert!(readable(&platform, customer).contains(&Field::Payment));
}

/// RET-04: a hold keeps every class; released, its time is what counts again.
#[test]
fn a_hold_keeps_every_class() {
    let platform = both_packs();
    let (customer, account) = enrol(&platform);
    close(&platform, account);
    platform.clock.advance_days(2 * 366);
    let place = |env: &app::env::Env<'_>| legal_hold::place(env, customer, "matter 26-1142", None);
    let hold = platform.run(&platform.officer(), place).unwrap().id;

    platform.run(&Actor::system(), timers::advance).unwrap();
    assert!(events(&platform, customer, "retention.due").is_empty());
    assert_eq!(refusal(shred_class(&platform, customer, SHORT)).code, "legal-hold");

    platform.decide_by_two(DraftAction::ReleaseHold { hold }).unwrap();
    shred_class(&platform, customer, SHORT).unwrap();
}

/// RET-03: an older backup of the data, joined with the newest keys, cannot read what was destroyed since, and reads
/// the rest.
#[test]
fn a_restored_backup_cannot_read_a_destroyed_class() {
    let mut platform = Platform::builder().with_packs(&["us-eo13984-nprm", "in-certin"]).on_files().build();
    let (customer, account) = enrol(&platform);
    let long = fields_of(&platform, customer, LONG);
    close(&platform, account);
    let backup = tempfile::tempdir().unwrap();
    platform.reopen_after(|folder| super::keeping::copy(&folder.join("data"), backup.path()));
    platform.clock.advance_days(2 * 366);
    shred_class(&platform, customer, SHORT).unwrap();

    platform.reopen_after(|folder| {
        std::fs::remove_dir_all(folder.join("data")).unwrap();
        super::keeping::copy(backup.path(), &folder.join("data"));
    });

    assert!(!fields_of(&platform, customer, SHORT).is_empty(), "the sealed values are back");
    assert_eq!(readable(&platform, customer), long);
}

#[derive(Debug, Clone)]
enum Step {
    Pass { days: i64 },
    Access,
    Close,
    Hold,
    Release,
    Shred { class: &'static str },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..800_i64).prop_map(|days| Step::Pass { days }),
        1 => Just(Step::Access),
        2 => Just(Step::Close),
        1 => Just(Step::Hold),
        2 => Just(Step::Release),
        4 => prop_oneof![Just(SHORT), Just(LONG)].prop_map(|class| Step::Shred { class }),
    ]
}

/// What the law leaves open to destroy, counted apart from the code that decides it.
#[derive(Default)]
struct Expected {
    closed_at: Option<Timestamp>,
    accessed_at: Option<Timestamp>,
    held: bool,
    destroyed: BTreeSet<&'static str>,
}

impl Expected {
    /// Before this instant the class is kept, whatever the time zone.
    fn kept_until(&self, class: &str) -> Option<Timestamp> {
        let after = |at: Timestamp, years: i64| {
            let zoned = at.to_zoned(jiff::tz::TimeZone::UTC);
            zoned.checked_add(years.years()).unwrap().timestamp()
        };
        let closed_at = self.closed_at?;
        let short = after(closed_at.max(self.accessed_at.unwrap_or(closed_at)), 2);
        Some(if class == LONG { short.max(after(closed_at, 5)) } else { short })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// RET-01, RET-02, RET-03, RET-04: whatever happens in whatever order, no class is destroyed before its time, with
    /// an account open or under a hold; once it may go it goes; then none of its values opens, and all others do.
    #[test]
    fn no_class_is_ever_destroyed_before_its_time(steps in prop::collection::vec(step(), 5..25)) {
        let platform = both_packs();
        let (customer, account) = enrol(&platform);
        let values = |class: &str| fields_of(&platform, customer, class);
        let mut expected = Expected::default();
        let mut hold = None;
        for step in steps {
            let now = platform.clock.now();
            match step {
                Step::Pass { days } => { platform.clock.advance_days(days); }
                Step::Access => {
                    let line = format!(r#"{{"account":"account-1","ip":"192.0.2.7","at":"{now}","kind":"access"}}"#);
                    let event = domain::access::parse_event(&line).unwrap();
                    app::access::AccessLog::ingest(&**platform.access_log(), &[event], now).unwrap();
                    expected.accessed_at = Some(now);
                }
                Step::Close if expected.closed_at.is_none() => {
                    close(&platform, account);
                    expected.closed_at = Some(now);
                }
                Step::Hold if hold.is_none() => {
                    let place = |env: &app::env::Env<'_>| legal_hold::place(env, customer, "matter", None);
                    hold = Some(platform.run(&platform.officer(), place).unwrap().id);
                    expected.held = true;
                }
                Step::Release if hold.is_some() => {
                    platform.decide_by_two(DraftAction::ReleaseHold { hold: hold.take().unwrap() }).unwrap();
                    expected.held = false;
                }
                Step::Shred { class } => {
                    let went = shred_class(&platform, customer, class).is_ok();
                    let kept_until = expected.kept_until(class);
                    let may_go = !expected.held && kept_until.is_some_and(|until| now >= until);
                    // At most the day itself, its end in the pack's zone and anywhere on Earth: three days later it goes.
                    let long_over = kept_until.is_some_and(|until| now >= until + jiff::SignedDuration::from_hours(72));
                    prop_assert!(!went || may_go, "{class} went at {now}, kept until {kept_until:?}");
                    prop_assert!(went || !(long_over && may_go), "{class} did not go at {now}");
                    if went {
                        expected.destroyed.insert(class);
                    }
                }
                Step::Close | Step::Hold | Step::Release => {}
            }
        }
        let kept = [SHORT, LONG].into_iter().filter(|class| !expected.destroyed.contains(class));
        let kept: BTreeSet<Field> = kept.flat_map(values).collect();
        prop_assert_eq!(readable(&platform, customer), kept);
    }
}
