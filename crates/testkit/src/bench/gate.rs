//! The gate in process: a table of many accounts under many measures, asked by all cores.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use app::gate::GateQuestion;
use app::store::{Store, StoreError};
use domain::account::{Account, AccountKind, AccountStatus};
use domain::customer::{Customer, Identification, Located, PlaceBasis, Standing};
use domain::decision::{Action, RequestContext};
use domain::fact::{Source, SubjectKind};
use domain::id::{AccountId, CustomerId, ProductId, ProviderId};
use domain::person::Classification;
use domain::special_measure::{AppliesTo, Condition, MeasureAction, MeasureStatus, SpecialMeasure, Target};
use jiff::{SignedDuration, Timestamp};
use terms::Country;
use uuid::Uuid;

use super::{Latencies, machine};
use crate::Platform;
use crate::fixture::PRODUCT;

/// Rows in one transaction.
const ROWS: u64 = 20_000;

pub struct Measured {
    pub accounts: u64,
    pub measures: u64,
    /// From opening the folder to a gate that answers.
    pub started_in: Duration,
    pub table_mib: u64,
    pub took: Duration,
    pub threads: usize,
    pub latencies: Latencies,
    /// Questions that were refused because the log of answers was full.
    pub refused: u64,
}

/// Starts over a folder that [`fill`] filled, and asks for so long. The memory that the table takes shows only if
/// another process filled the folder: what was given back stays with this one.
pub fn measure(folder: &Path, accounts: u64, measures: u64, run_for: Duration) -> Measured {
    let before_mib = machine::resident_mib();
    let starting = Instant::now();
    let platform = Platform::builder().open_in(folder, 1);
    let started_in = starting.elapsed();
    let table_mib = machine::resident_mib().saturating_sub(before_mib);
    let actor = platform.control_plane();

    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (all, over, refused) = (Mutex::new(Vec::new()), AtomicBool::new(false), AtomicU64::new(0));
    let begin = Instant::now();
    let mut took = Duration::ZERO;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads as u64)
            .map(|thread| {
                let (platform, actor, all, refused) = (&platform, &actor, &all, &refused);
                scope.spawn(move || {
                    let (mut own, mut number) = (Vec::new(), thread);
                    while begin.elapsed() < run_for {
                        number = number
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1_442_695_040_888_963_407);
                        let account = (number >> 20) % accounts.max(1);
                        let action = Action::ALL[(number >> 10) as usize % Action::ALL.len()];
                        let question = GateQuestion {
                            account: external_id(account),
                            action,
                            context: RequestContext::default(),
                        };
                        let asked_at = Instant::now();
                        match platform.app().gate.ask(platform.app(), actor, &question) {
                            Ok(_) => own.push(asked_at.elapsed()),
                            // The log is slower than two cores that do nothing but ask: a caller asks again.
                            Err(refusal) if refusal.code == "gate-log-full" => {
                                refused.fetch_add(1, Ordering::Relaxed);
                                std::thread::sleep(Duration::from_millis(1));
                            }
                            Err(refusal) => panic!("the gate answers: {refusal}"),
                        }
                    }
                    all.lock().expect("no asker panicked").extend(own);
                })
            })
            .collect();
        scope.spawn(|| {
            // As a server does: answers go to the log at least every second.
            while !over.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(200));
                platform.app().gate.flush_answers(platform.app()).expect("the answers are kept");
            }
        });
        for worker in workers {
            worker.join().expect("an asker goes on to the end");
        }
        took = begin.elapsed();
        over.store(true, Ordering::Release);
    });
    let latencies = Latencies::new(all.into_inner().expect("no asker panicked"));
    let refused = refused.into_inner();
    Measured { accounts, measures, started_in, table_mib, took, threads, latencies, refused }
}

fn external_id(number: u64) -> String {
    format!("bench-{number:06}")
}

/// Fills a platform's folder.
pub fn fill(folder: &Path, accounts: u64, measures: u64) {
    let platform = &Platform::builder().open_in(folder, 0);
    let product = platform.app().store.with_reading_tx(|tx| tx.find_product_by_code(PRODUCT));
    let product = product.expect("the product is read").expect("the platform sells it").id;
    let now = app::clock::Clock::now(&*platform.clock);
    fill_store(&*platform.app().store, (platform.provider(), product), now, accounts, measures);
}

/// Rows as sign-ups would leave them, put in directly: a million sign-ups would take an hour.
pub fn fill_store(
    store: &dyn Store,
    (provider, product): (ProviderId, ProductId),
    now: Timestamp,
    accounts: u64,
    measures: u64,
) {
    let countries: Vec<Country> = Country::all().collect();
    let mut first = 0;
    while first < accounts {
        let end = (first + ROWS).min(accounts);
        let filled = store.with_tx(|tx| {
            for number in first..end {
                let country = countries[number as usize % countries.len()];
                let customer = customer(provider, number, country, now);
                tx.insert_customer(&customer)?;
                tx.insert_account(&account(provider, number, customer.id, product, now))?;
            }
            Ok::<_, StoreError>(())
        });
        filled.expect("the rows go in");
        first = end;
    }
    let filled = store.with_tx(|tx| {
        for number in 0..measures {
            tx.insert_measure(&measure_on(number, &countries, accounts, now))?;
        }
        Ok::<_, StoreError>(())
    });
    filled.expect("the measures go in");
}

fn id_of(kind: u128, number: u64) -> Uuid {
    Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0000 | kind << 48 | u128::from(number))
}

fn customer(provider: ProviderId, number: u64, country: Country, now: Timestamp) -> Customer {
    let verified = number.is_multiple_of(3);
    let identification = if verified {
        let level = domain::verification::VerificationLevel::Documentary;
        Identification::Verified { verified_at: now, level, reverify_at: None }
    } else {
        Identification::Open { since: now }
    };
    let located =
        |basis| Located { place: country.into(), basis, of_owner: false, strength: Source::Declared };
    Customer {
        id: id_of(1, number).into(),
        provider,
        external_id: None,
        kind: if number.is_multiple_of(4) { SubjectKind::Entity } else { SubjectKind::Individual },
        reseller: None,
        identification,
        standing: Standing {
            classification: Classification::Foreign,
            screened_with: Some("bench".to_owned()),
            places: vec![located(PlaceBasis::Address), located(PlaceBasis::LocationOfUse)],
            ..Standing::unknown()
        },
        notice: crate::fixture::NOTICE.to_owned(),
        created_at: now,
        fact_version: 6,
        version: 1,
    }
}

fn account(
    provider: ProviderId,
    number: u64,
    customer: CustomerId,
    product: ProductId,
    now: Timestamp,
) -> Account {
    Account {
        id: AccountId::from(id_of(2, number)),
        customer,
        provider,
        product,
        external_id: Some(external_id(number)),
        kind: AccountKind::Standard,
        reseller: None,
        status: AccountStatus::Open { opened_at: now },
        restrictions: Vec::new(),
        approvals: Vec::new(),
        opened_remotely: true,
        created_at: now,
        version: 1,
    }
}

/// One in a hundred is on a place, the others are on persons.
fn measure_on(number: u64, countries: &[Country], accounts: u64, now: Timestamp) -> SpecialMeasure {
    let target = if number.is_multiple_of(100) {
        Target::Jurisdiction { places: vec![countries[number as usize % countries.len()].into()] }
    } else {
        let customer = number.wrapping_mul(7_919) % accounts.max(1);
        Target::Person { customers: vec![id_of(1, customer).into()], entries: Vec::new() }
    };
    let later = |hours| now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(now);
    SpecialMeasure {
        id: id_of(3, number).into(),
        target,
        determination_on: domain::clock::Zone::utc().date_of(now),
        effective_from: later(-24),
        expires_at: later(24 * 365),
        extended_by: Vec::new(),
        legal_reference: "bench".to_owned(),
        document_hash: "00".repeat(32),
        action: MeasureAction::Condition { conditions: vec![Condition::EnhancedMonitoring] },
        applies_to: AppliesTo { account_kinds: vec![], product_classes: vec![], reseller_accounts: true },
        status: MeasureStatus::Approved { approved_at: now },
        version: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_measures_something() {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path(), 500, 50);

        let measured = measure(folder.path(), 500, 50, Duration::from_millis(50));

        assert!(measured.latencies.count() > 10);
        assert_eq!((measured.accounts, measured.measures), (500, 50));
    }
}
