//! What is in the write-ahead log and in no segment yet, by address and by account.

use std::collections::{BTreeSet, HashMap};

use domain::access::{Network, Window};

use crate::row::Row;

#[derive(Default)]
pub struct Memory {
    rows: Vec<Row>,
    by_address: BTreeSet<(u128, i64, u32)>,
    by_account: HashMap<String, Vec<u32>>,
}

impl Memory {
    pub fn push(&mut self, row: Row) {
        let number = u32::try_from(self.rows.len()).expect("sealed long before 2^32 rows");
        self.by_address.insert((row.event.network.first(), row.at_us(), number));
        if let Some(numbers) = self.by_account.get_mut(&row.event.account) {
            numbers.push(number);
        } else {
            self.by_account.insert(row.event.account.clone(), vec![number]);
        }
        self.rows.push(row);
    }

    /// In order of arrival.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows whose address lies in the network, at a time in the window.
    pub fn in_network(&self, network: Network, window: Window) -> impl Iterator<Item = &Row> {
        let (first, last) = if network.is_host() {
            ((network.first(), window.from_us, 0), (network.first(), window.until_us, u32::MAX))
        } else {
            ((network.first(), i64::MIN, 0), (network.last(), i64::MAX, u32::MAX))
        };
        self.by_address
            .range(first..=last.max(first))
            .filter(move |(_, at_us, _)| window.contains(*at_us))
            .map(|(_, _, number)| &self.rows[*number as usize])
            .filter(move |row| network.contains(&row.event.network))
    }

    /// Rows of the account, in order of arrival.
    pub fn of_account(&self, account: &str) -> impl Iterator<Item = &Row> {
        self.by_account.get(account).into_iter().flatten().map(|number| &self.rows[*number as usize])
    }
}
