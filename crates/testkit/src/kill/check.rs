//! What must be so after a kill.

use std::collections::HashSet;
use std::path::Path;

use app::access::AccessLog;
use app::clock::Clock;
use domain::access::{AccountQuestion, Cause, Limits, When};

use super::Acknowledged;
use crate::Platform;

/// What was found; [`faults`](Self::faults) is empty when all is well.
#[derive(Debug, Default)]
pub struct Checked {
    pub customers: usize,
    pub resolved: usize,
    pub accesses: u64,
    pub leaves: u64,
    pub faults: Vec<String>,
}

/// Opens the folder after a kill and holds it against what was acknowledged, of this generation and all before.
/// `whole` also verifies the whole ledger, every sealed access segment and the pages of the database.
pub fn check(folder: &Path, generation: u32, acknowledged: &[Acknowledged], whole: bool) -> Checked {
    let platform = Platform::builder().open_in(folder, generation);
    let mut checked = Checked::default();
    let mut accounts: HashSet<&str> = HashSet::new();
    for one in acknowledged {
        match one {
            Acknowledged::Enrolled { customer, account, decision } => {
                checked.customers += 1;
                if !holds_sign_up(&platform, customer, account, decision) {
                    checked.faults.push(format!("sign-up `{customer}` was acknowledged and is not whole"));
                }
            }
            Acknowledged::Resolved { case } => {
                checked.resolved += 1;
                if !holds_resolution(&platform, case) {
                    checked.faults.push(format!("case `{case}` was resolved and is not"));
                }
            }
            Acknowledged::Accessed { account, .. } => {
                accounts.insert(account);
            }
            Acknowledged::Sequenced { size } => {
                let held = platform.app().store.log().tree_state().expect("the tree is read");
                if held.is_none_or(|(held, _)| held < *size) {
                    checked.faults.push(format!("the ledger had {size} leaves and has fewer"));
                }
            }
        }
    }
    for account in accounts {
        check_accesses(&platform, account, acknowledged, &mut checked);
    }
    if whole {
        check_whole(&platform, folder, &mut checked);
    }
    checked
}

fn holds_sign_up(platform: &Platform, customer: &str, account: &str, decision: &str) -> bool {
    let (Ok(customer), Ok(account), Ok(decision)) = (customer.parse(), account.parse(), decision.parse())
    else {
        return false;
    };
    platform
        .app()
        .store
        .with_reading_tx(|tx| {
            let account = tx.find_account(account)?;
            let decision = tx.find_decision(decision)?;
            Ok::<_, app::store::StoreError>(
                tx.find_customer(customer)?.is_some()
                    && account.is_some_and(|account| account.customer == customer)
                    && decision.is_some_and(|decision| decision.customer == customer)
                    && !tx.list_facts(customer)?.is_empty(),
            )
        })
        .expect("the store answers")
}

fn holds_resolution(platform: &Platform, case: &str) -> bool {
    let Ok(case) = case.parse() else { return false };
    let found = platform.app().store.with_reading_tx(|tx| tx.find_case(case)).expect("the store answers");
    found.is_some_and(|case| case.is_resolved())
}

/// Every acknowledged access is there, and none twice.
fn check_accesses(platform: &Platform, account: &str, acknowledged: &[Acknowledged], checked: &mut Checked) {
    let question = AccountQuestion { account: account.to_owned(), when: When::Ever };
    let limits = Limits { rows_max: usize::MAX, ..Limits::default() };
    let answer =
        platform.access_log().of(&question, limits, platform.clock.now()).expect("the access log answers");
    let lines = answer.accounts.iter().filter(|line| line.because == Cause::Access);
    let rows: Vec<u64> =
        lines.flat_map(|line| line.rows.iter().flatten()).filter_map(|row| row.seq).collect();
    let kept: HashSet<u64> = rows.iter().copied().collect();
    if kept.len() != rows.len() {
        checked.faults.push(format!("accesses of `{account}` count twice"));
    }
    for one in acknowledged {
        if let Acknowledged::Accessed { account: of, first, last } = one
            && of == account
        {
            checked.accesses += last - first + 1;
            if let Some(lost) = (*first..=*last).find(|seq| !kept.contains(seq)) {
                checked.faults.push(format!("access {lost} of `{account}` was acknowledged and is lost"));
            }
        }
    }
}

fn check_whole(platform: &Platform, folder: &Path, checked: &mut Checked) {
    let report = platform.verify_ledger();
    checked.leaves = report.size;
    if !report.is_clean() {
        checked.faults.push(format!("the ledger does not verify: {report:?}"));
    }
    let damage = platform.access_log().verify().expect("the access log is read");
    checked.faults.extend(damage.iter().map(|error| format!("access log: {error}")));
    let path = folder.join("data").join(store::REGISTRY_FILE);
    let connection = rusqlite::Connection::open(path).expect("the file opens");
    let sound: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("the check runs");
    if sound != "ok" {
        checked.faults.push(format!("the database is damaged: {sound}"));
    }
}
