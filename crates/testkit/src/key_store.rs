//! A key store in memory, with tombstones.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use app::vault::{KeyStore, KeyStoreError, WrappedKey};

/// Keeps wrapped keys for as long as it lives. [`set_down`](Self::set_down) makes it stop answering.
#[derive(Default)]
pub struct MemoryKeyStore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `None` is a tombstone.
    keys: BTreeMap<String, Option<WrappedKey>>,
    down: bool,
    /// How many rewraps still work before the store stops answering, once set.
    rewraps_left: Option<u32>,
}

impl MemoryKeyStore {
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every call fails, until it is called with `false`.
    pub fn set_down(&self, down: bool) {
        self.guard().down = down;
    }

    /// After that many more rewraps each further one fails, as when a process dies in a rotation.
    pub fn fail_rewraps_after(&self, rewraps: Option<u32>) {
        self.guard().rewraps_left = rewraps;
    }

    /// Every key that is not destroyed, in order of name.
    pub fn all_keys(&self) -> Vec<WrappedKey> {
        self.guard().keys.values().flatten().cloned().collect()
    }

    /// Changes a stored key behind the vault's back.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut WrappedKey)) {
        if let Some(Some(key)) = self.guard().keys.get_mut(name) {
            change(key);
        }
    }

    fn guard(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answering(&self) -> Result<MutexGuard<'_, State>, KeyStoreError> {
        let state = self.guard();
        if state.down { Err(set_down()) } else { Ok(state) }
    }
}

impl KeyStore for MemoryKeyStore {
    fn find_key(&self, name: &str) -> Result<Option<WrappedKey>, KeyStoreError> {
        Ok(self.answering()?.keys.get(name).cloned().flatten())
    }

    fn add_key(&self, key: &WrappedKey) -> Result<Option<WrappedKey>, KeyStoreError> {
        let mut state = self.answering()?;
        Ok(state.keys.entry(key.name.clone()).or_insert_with(|| Some(key.clone())).clone())
    }

    fn destroy_keys(&self, name_prefix: &str) -> Result<Vec<String>, KeyStoreError> {
        let mut state = self.answering()?;
        let begins_so = state.keys.iter_mut().filter(|(name, _)| name.starts_with(name_prefix));
        Ok(begins_so.filter_map(|(name, key)| key.take().map(|_| name.clone())).collect())
    }

    fn list_keys(&self, after: &str, limit: u32) -> Result<Vec<WrappedKey>, KeyStoreError> {
        let state = self.answering()?;
        let later = state.keys.values().flatten().filter(|key| key.name.as_str() > after);
        Ok(later.take(limit as usize).cloned().collect())
    }

    fn rewrap(&self, keys: &[WrappedKey]) -> Result<(), KeyStoreError> {
        let mut state = self.answering()?;
        if let Some(left) = &mut state.rewraps_left {
            *left = left.checked_sub(1).ok_or_else(set_down)?;
        }
        for key in keys {
            // A key that was destroyed meanwhile stays destroyed.
            if let Some(Some(kept)) = state.keys.get_mut(&key.name) {
                *kept = key.clone();
            }
        }
        Ok(())
    }
}

fn set_down() -> KeyStoreError {
    KeyStoreError("set down by the test".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_store_in_memory_keeps_the_contract() {
        crate::contract::key_store::check(&|| Box::new(MemoryKeyStore::new()));
    }
}
