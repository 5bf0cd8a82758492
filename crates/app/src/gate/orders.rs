//! Measures and exemptions for decisions that are recorded: as their transaction sees them, read anew only when
//! one changed.

use std::sync::{Arc, Mutex, PoisonError};

use domain::id::AnswerId;

use super::table::Orders;
use crate::env::Env;
use crate::store::{StoreError, Transaction};

/// Setting that changes with every measure and exemption, so that a decision knows whether it has read the
/// newest without reading all of them.
const VERSION: &str = "orders.version";

/// Says, in the transaction that changes a measure or exemption, that what was read of them is old.
pub fn touch_orders(env: &Env<'_>, tx: &mut dyn Transaction) -> Result<(), StoreError> {
    tx.put_setting(VERSION, &env.new_id::<AnswerId>().to_string())
}

/// Orders at one version of the setting.
#[derive(Default)]
pub struct OrdersCache(Mutex<Option<(String, Arc<Orders>)>>);

impl OrdersCache {
    pub fn read(&self, tx: &mut dyn Transaction) -> Result<Arc<Orders>, StoreError> {
        let version = tx.find_setting(VERSION)?.unwrap_or_default();
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, orders)) = &*held
            && *known == version
        {
            return Ok(Arc::clone(orders));
        }
        let orders = Arc::new(Orders::read(tx)?);
        *held = Some((version, Arc::clone(&orders)));
        Ok(orders)
    }
}
