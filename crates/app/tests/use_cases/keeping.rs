//! How records are kept, read, proven and destroyed.

use app::customer::read::{self, CustomerRecord};
use app::customer::shred;
use app::{ledger_log, legal_hold};
use domain::draft::DraftAction;
use domain::fact::AsOf;
use domain::field::{Field, FieldValue};
use domain::id::{AccountId, CustomerId};
use domain::purpose::Purpose;
use jiff::SignedDuration;
use ledger::verify::{FaultKind, verify};
use testkit::platform::find_in_files;
use testkit::{Platform, fixture};

use crate::refusal;

/// What is planted, and must be found nowhere in clear: parts of it would do harm too.
const PLANTED: &[&str] = &[
    "Xanthippe",
    "Zwetschgenkuchen",
    "xz-planted@mail.example",
    "xz-planted",
    "+4930555010177",
    "30555010177",
    "Quittenweg 77",
    "Quittenweg",
    "DE02120300000000202051",
    "PLANTED-ID-991",
    "PLANTEDID991",
    "1971-12-13",
    "Pflaumenmus",
];

fn planted(number: u64) -> app::customer::enrol::Enrolment {
    let identifier = |scheme: &str| domain::field::Identifier {
        scheme: scheme.into(),
        country: fixture::country("DE"),
        value: "PLANTED-ID-991".into(),
    };
    let bank = domain::payment::PaymentMeans::BankAccount {
        institution: "Sparkasse".into(),
        account_number: "DE02120300000000202051".into(),
        country: None,
    };
    let mut enrolment = fixture::individual(number, "Xanthippe Zwetschgenkuchen", "DE");
    enrolment.facts.retain(|fact| matches!(fact.field, Field::LocationOfUse));
    for (field, value) in [
        (Field::FullName, fixture::text("Xanthippe Zwetschgenkuchen")),
        (Field::Email, fixture::email("xz-planted@mail.example")),
        (Field::Telephone, fixture::telephone("+4930555010177")),
        (Field::Address, fixture::address(domain::field::AddressKind::Residential, "Quittenweg 77", "DE")),
        (Field::Payment, FieldValue::Payment(bank)),
        (Field::NationalId, FieldValue::Identifier(identifier("tax_id"))),
        (Field::BirthDate, FieldValue::Date("1971-12-13".parse().unwrap())),
        (Field::Purpose, fixture::text("Pflaumenmus")),
    ] {
        enrolment.facts.push(fixture::fact(field, value));
    }
    enrolment
}

fn purpose(text: &str) -> Purpose {
    text.parse().unwrap()
}

fn read_record(platform: &Platform, customer: CustomerId) -> Result<CustomerRecord, app::failure::Failure> {
    let purpose = purpose("answer to a request");
    let as_of = AsOf::at(app::clock::Clock::now(&*platform.clock));
    platform.run(&platform.officer(), |env| read::read_record(env, customer, as_of, Some(&purpose)))
}

fn value_of(record: &CustomerRecord, field: Field) -> Option<FieldValue> {
    record.facts.iter().find(|opened| opened.fact.field == field).and_then(|opened| opened.value.clone())
}

fn close_account(platform: &Platform, account: AccountId) {
    platform.run(&platform.control_plane(), |env| app::account::close(env, account, "asked-to")).unwrap();
    platform.settle();
}

fn shred_by_two(
    platform: &Platform,
    customer: CustomerId,
) -> Result<domain::draft::Draft, app::failure::Failure> {
    platform.decide_by_two(DraftAction::ShredCustomer { customer })
}

/// SEC-01: names, contacts, numbers, streets and birth dates are in no file, write-ahead log included, while the
/// platform runs and after it stopped.
#[test]
fn planted_values_are_in_no_file() {
    let mut platform = Platform::builder().on_files().build();
    let customer = platform.enrol(&planted(1)).customer.id;
    platform.verify(customer).unwrap();
    read_record(&platform, customer).unwrap();
    platform.settle();
    platform.app().gate.flush_answers(platform.app()).unwrap();
    let running = find_in_files(platform.folder(), PLANTED);
    assert!(running.is_empty(), "{running:?}");
    assert!(
        !find_in_files(platform.folder(), &["cus_", "customer.enrolled"]).is_empty(),
        "the search sees files"
    );

    platform.reopen_after(|folder| {
        let stopped = find_in_files(folder, PLANTED);
        assert!(stopped.is_empty(), "{stopped:?}");
    });

    let record = read_record(&platform, customer).unwrap();
    assert!(value_of(&record, Field::FullName) == Some(fixture::text("Xanthippe Zwetschgenkuchen")));
    for (path, bytes) in platform.export_ledger().files {
        let text = String::from_utf8_lossy(&bytes);
        assert!(PLANTED.iter().all(|planted| !text.contains(planted)), "{path}");
    }
}

/// SEC-01: a dump of the databases shows none of it either, in text or in bytes.
#[test]
fn planted_values_are_in_no_row_on_postgresql() {
    let Some(server) = testkit::platform::engine::postgres_server() else {
        eprintln!("left out: no PostgreSQL server was named");
        return;
    };
    let platform = Platform::builder().on_postgres(&server).build();
    let customer = platform.enrol(&planted(1)).customer.id;
    platform.verify(customer).unwrap();
    read_record(&platform, customer).unwrap();
    platform.settle();

    let rows = platform.rows_as_text().join("\n").to_lowercase();

    assert!(rows.contains("customer.enrolled") && rows.contains(&customer.to_string()));
    for planted in PLANTED {
        let plain = planted.to_lowercase();
        let bytes = domain::fact::sealed_text::to_hex(planted.as_bytes());
        assert!(!rows.contains(&plain) && !rows.contains(&bytes), "{planted}");
    }
}

/// SEC-02: no reading without a purpose and the scope for it; each reading has a leaf before anything is opened.
#[test]
fn every_reading_has_a_purpose_and_a_leaf() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let as_of = AsOf::at(app::clock::Clock::now(&*platform.clock));
    let readings = || {
        platform.settle();
        let leaves = platform.app().store.log().list_leaves(0, 10_000).unwrap();
        leaves.iter().filter(|leaf| leaf.kind == "reading").count()
    };
    let before = readings();

    let without =
        platform.run(&platform.officer(), |env| read::read_record(env, customer, as_of, None).map(|_| ()));
    assert_eq!(refusal(without).code, "purpose-missing");
    let stated = purpose("because I may");
    for actor in [platform.auditor(), platform.administrator(), platform.control_plane()] {
        let unscoped =
            platform.run(&actor, |env| read::read_record(env, customer, as_of, Some(&stated)).map(|_| ()));
        assert_eq!(refusal(unscoped).code, "scope-missing");
    }
    assert_eq!(readings(), before, "what was refused read nothing");

    read_record(&platform, customer).unwrap();
    read_record(&platform, customer).unwrap();

    assert_eq!(readings(), before + 2);
}

/// LOG-02: an untouched ledger verifies; a row edited in the file is named, by kind and place.
#[test]
fn an_edited_row_is_named() {
    let platform = Platform::builder().on_files().build();
    let enrolled = platform.enrol_individual("Ada Karenina", "DE");
    platform.enrol_individual("Bela Bartfai", "HU");
    let clean = platform.verify_ledger();
    assert!(clean.is_clean(), "{clean:?}");
    assert_eq!((clean.size > 30, clean.verified), (true, clean.size));
    let decision = enrolled.account.unwrap().decision.id.to_string();
    let leaf = platform.app().store.log().find_leaf("decision", &decision, 1).unwrap().unwrap();

    let sql = format!(
        "UPDATE decisions SET body = replace(body, '\"deny\"', '\"allow\"') WHERE decision_id = '{decision}'"
    );
    let changed = platform.tamper(&sql);
    let sql = format!(
        "UPDATE decisions SET body = replace(body, 'allow_with_conditions', 'allow') WHERE decision_id = '{decision}'"
    );
    assert_eq!((changed, platform.tamper(&sql)), (1, 1));

    let report = platform.verify_ledger();
    let fault = report.first_fault.unwrap();
    assert_eq!((fault.index, fault.what, report.faults), (Some(leaf.position), FaultKind::Altered, 1));
}

/// LOG-02: a row that was deleted is named too.
#[test]
fn a_deleted_row_is_named() {
    let platform = Platform::builder().on_files().build();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let screening =
        platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap().remove(0);
    let leaf =
        platform.app().store.log().find_leaf("screening", &screening.id.to_string(), 1).unwrap().unwrap();

    platform.tamper(&format!("DELETE FROM screenings WHERE screening_id = '{}'", screening.id));

    let report = platform.verify_ledger();
    assert_eq!(report.first_fault.unwrap().index, Some(leaf.position));
}

/// LOG-02: without the key nothing is clean, with another one even less.
#[test]
fn a_ledger_is_clean_under_its_own_key_only() {
    let platform = Platform::new();
    platform.enrol_individual("Ada Karenina", "DE");
    let export = platform.export_ledger();
    let other = ledger_log::verifying_key(Platform::new().app()).unwrap();

    assert!(!verify(&export, &[]).is_clean());
    assert!(verify(&export, &[other]).faults > 0);
    assert!(verify(&export, &[ledger_log::verifying_key(platform.app()).unwrap()]).is_clean());
}

/// RET-04: nothing is destroyed while an account is open, while retention runs, or under a legal hold; released by
/// two persons, destruction is possible.
#[test]
fn destruction_waits_for_closure_retention_and_holds() {
    let platform = Platform::new();
    let enrolled = platform.enrol_individual("Ada Karenina", "DE");
    let (customer, account) = (enrolled.customer.id, enrolled.account.unwrap().account.id);

    assert_eq!(refusal(shred_by_two(&platform, customer)).code, "account-not-closed");
    close_account(&platform, account);
    assert_eq!(refusal(shred_by_two(&platform, customer)).code, "retention-not-due");
    let hold = platform
        .run(&platform.officer(), |env| legal_hold::place(env, customer, "matter 26-1142", None))
        .unwrap()
        .id;
    platform.clock.advance_days(2 * 366);
    assert_eq!(refusal(shred_by_two(&platform, customer)).code, "legal-hold");
    platform.decide_by_two(DraftAction::ReleaseHold { hold }).unwrap();
    shred_by_two(&platform, customer).unwrap();

    let record = read_record(&platform, customer).unwrap();
    assert!(value_of(&record, Field::FullName).is_none());
}

/// RET-01: one more access moves the day, and the last day itself is still kept, in the pack's time zone.
#[test]
fn retention_runs_from_the_last_access() {
    let platform = Platform::new();
    let enrolled = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let (customer, account) = (enrolled.customer.id, enrolled.account.unwrap().account.id);
    close_account(&platform, account);
    platform.clock.advance_days(30);
    let line = r#"{"account":"account-1","ip":"192.0.2.7","at":"2026-04-01T12:00:00Z","kind":"access"}"#;
    let event = domain::access::parse_event(line).unwrap();
    app::access::AccessLog::ingest(
        &**platform.access_log(),
        &[event],
        app::clock::Clock::now(&*platform.clock),
    )
    .unwrap();

    // Two years from 1 April 2026, the day of the access in New York: kept through 1 April 2028.
    for (now, due) in [
        ("2028-03-03T12:00:00Z", false),
        ("2028-04-01T12:00:00Z", false),
        ("2028-04-02T03:59:59Z", false),
        ("2028-04-02T12:00:00Z", true),
    ] {
        platform.clock.set(now.parse().unwrap());
        let shredded = shred_by_two(&platform, customer);
        assert_eq!(shredded.is_ok(), due, "{now}");
    }
}

/// RET-02: under the Indian pack beside the American one, records are kept for the longer of both.
#[test]
fn the_longest_period_of_all_packs_counts() {
    let platform = Platform::builder().with_packs(&["us-eo13984-nprm", "in-certin"]).build();
    let enrolled = platform.enrol_individual("Ada Karenina", "DE");
    let (customer, account) = (enrolled.customer.id, enrolled.account.unwrap().account.id);
    close_account(&platform, account);

    platform.clock.advance_days(3 * 365);
    assert_eq!(refusal(shred_by_two(&platform, customer)).code, "retention-not-due");
    platform.clock.advance_days(2 * 365 + 3);
    shred_by_two(&platform, customer).unwrap();
}

/// RET-03: a restored backup of the data cannot read who was shredded since, and can read everybody else.
#[test]
fn a_restored_backup_cannot_read_who_was_shredded() {
    let mut platform = Platform::builder().on_files().build();
    let enrolled = platform.enrol(&planted(1));
    let (customer, account) = (enrolled.customer.id, enrolled.account.unwrap().account.id);
    let other = platform.enrol_individual("Bela Bartfai", "HU").customer.id;
    close_account(&platform, account);
    let backup = tempfile::tempdir().unwrap();
    let data = |folder: &std::path::Path| folder.join("data");
    platform.reopen_after(|folder| copy(&data(folder), backup.path()));
    platform.clock.advance_days(2 * 366);
    shred_by_two(&platform, customer).unwrap();

    platform.reopen_after(|folder| {
        std::fs::remove_dir_all(data(folder)).unwrap();
        copy(backup.path(), &data(folder));
    });

    let restored = platform.app().store.with_reading_tx(|tx| tx.list_facts(customer)).unwrap();
    assert!(restored.iter().any(|fact| fact.sealed.is_some()), "the sealed values are back");
    let record = read_record(&platform, customer).unwrap();
    for field in
        [Field::FullName, Field::Email, Field::Telephone, Field::Address, Field::NationalId, Field::Payment]
    {
        assert!(value_of(&record, field).is_none(), "{field}");
    }
    let unharmed = read_record(&platform, other).unwrap();
    assert!(value_of(&unharmed, Field::FullName) == Some(fixture::text("Bela Bartfai")));
    let found = find_in_files(platform.folder(), PLANTED);
    assert!(found.is_empty(), "{found:?}");
}

pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// RET-03, LOG-02: shredded records verify as shredded, and the destruction itself is on the ledger.
#[test]
fn shredded_records_verify_as_shredded() {
    let platform = Platform::new();
    let enrolled = platform.enrol(&planted(1));
    let (customer, account) = (enrolled.customer.id, enrolled.account.unwrap().account.id);
    platform.enrol_individual("Bela Bartfai", "HU");
    close_account(&platform, account);
    platform.clock.advance_days(2 * 366);
    assert_eq!(platform.verify_ledger().shredded, 0);

    shred_by_two(&platform, customer).unwrap();

    let report = platform.verify_ledger();
    assert!(report.is_clean(), "{report:?}");
    assert!(report.shredded > 10 && report.verified > 10, "{report:?}");
    let (events, _) = platform.run(&platform.auditor(), |env| app::event::list(env, 0, 1_000)).unwrap();
    let destroyed = events.iter().find(|(_, event)| event.kind == "customer.shredded").unwrap();
    assert_eq!((destroyed.1.object.as_str(), destroyed.1.customer), (&*customer.to_string(), Some(customer)));
    assert!(destroyed.1.reasons[0].starts_with("keys-"));
}

/// RET-03: what was shredded takes nothing new, and says so.
#[test]
fn a_shredded_customer_takes_nothing_new() {
    let platform = Platform::new();
    let enrolled = platform.enrol_individual("Ada Karenina", "DE");
    let (customer, account) = (enrolled.customer.id, enrolled.account.unwrap().account.id);
    close_account(&platform, account);
    platform.clock.advance_days(2 * 366);
    shred_by_two(&platform, customer).unwrap();

    let addition = app::customer::facts::Addition {
        facts: vec![fixture::fact(Field::Purpose, fixture::text("web shop"))],
        ..Default::default()
    };
    let added = platform.run(&platform.control_plane(), |env| {
        app::customer::facts::add(env, customer, None, &addition).map(|_| ())
    });
    assert_eq!(refusal(added).code, "customer-shredded");
    let again = platform.run(&platform.control_plane(), |env| {
        app::account::open(env, customer, &fixture::account(77, domain::account::AccountKind::Standard))
            .map(|_| ())
    });
    assert_eq!(refusal(again).code, "customer-shredded");
    let twice = platform.run(&platform.officer(), |env| shred::shred(env, customer));
    assert!(twice.is_ok(), "destroying twice changes nothing: {:?}", twice.err());
}

/// A clock that was set back hides nothing that was recorded before.
#[test]
fn a_clock_set_back_hides_nothing() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let missing = |platform: &Platform| platform.customer(customer).standing.missing;
    assert!(missing(&platform).is_empty());

    platform.clock.advance(SignedDuration::from_hours(-3));

    platform.verify(customer).unwrap();
    assert!(missing(&platform).is_empty(), "{:?}", missing(&platform));
}
