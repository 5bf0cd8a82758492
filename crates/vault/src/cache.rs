//! Opened keys of a few owners, for a short time.
//!
//! Another node may destroy a key without our hearing of it, so a key is asked for again when its time is over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use app::vault::KeyOwner;
use domain::fact::SubjectId;

use crate::cipher::Cipher;

pub(crate) struct Cache {
    keys_max: usize,
    time_to_live: Duration,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    slots: Vec<Slot>,
    places: HashMap<KeyOwner, usize>,
    /// The slot that is looked at next when room is needed.
    hand: usize,
    shreds: u64,
}

struct Slot {
    owner: KeyOwner,
    cipher: Arc<Cipher>,
    opened_at: Instant,
    /// Since the hand went by.
    used: AtomicBool,
}

/// How many shreds there had been. A key read before a shred must not come into the cache after it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AsOf(u64);

impl Cache {
    pub(crate) fn new(keys_max: usize, time_to_live: Duration) -> Self {
        Self { keys_max, time_to_live, state: RwLock::default() }
    }

    pub(crate) fn find(&self, owner: &KeyOwner, now: Instant) -> Option<Arc<Cipher>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let slot = &state.slots[*state.places.get(owner)?];
        if now.saturating_duration_since(slot.opened_at) >= self.time_to_live {
            return None;
        }
        slot.used.store(true, Ordering::Relaxed);
        Some(Arc::clone(&slot.cipher))
    }

    /// To be asked before the key store is.
    pub(crate) fn as_of(&self) -> AsOf {
        AsOf(self.state.read().unwrap_or_else(PoisonError::into_inner).shreds)
    }

    pub(crate) fn insert(&self, owner: &KeyOwner, cipher: &Arc<Cipher>, opened_at: Instant, as_of: AsOf) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if self.keys_max == 0 || self.time_to_live.is_zero() || AsOf(state.shreds) != as_of {
            return;
        }
        state.remove(owner);
        if state.slots.len() >= self.keys_max {
            state.evict();
        }
        let (place, used) = (state.slots.len(), AtomicBool::new(false));
        state.slots.push(Slot { owner: owner.clone(), cipher: Arc::clone(cipher), opened_at, used });
        state.places.insert(owner.clone(), place);
    }

    /// Forgets the keys of a subject: of one class, or of all.
    pub(crate) fn forget(&self, subject: SubjectId, class: Option<&str>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.shreds = state.shreds.wrapping_add(1);
        let is_meant = |owner: &KeyOwner| match owner {
            KeyOwner::Subject { subject: of, class: with } => {
                *of == subject && class.is_none_or(|class| class == with)
            }
            KeyOwner::Installation => false,
        };
        let meant: Vec<KeyOwner> = state.places.keys().filter(|owner| is_meant(owner)).cloned().collect();
        for owner in meant {
            state.remove(&owner);
        }
    }
}

impl State {
    fn remove(&mut self, owner: &KeyOwner) {
        let Some(place) = self.places.remove(owner) else { return };
        self.slots.swap_remove(place);
        if let Some(moved) = self.slots.get(place) {
            self.places.insert(moved.owner.clone(), place);
        }
    }

    /// Second chance: what was used since the hand went by stays for another round.
    fn evict(&mut self) {
        loop {
            let Some(slot) = self.slots.get(self.hand) else {
                if self.slots.is_empty() {
                    return;
                }
                self.hand = 0;
                continue;
            };
            if !slot.used.swap(false, Ordering::Relaxed) {
                let owner = slot.owner.clone();
                return self.remove(&owner);
            }
            self.hand += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::CustomerId;
    use uuid::Uuid;

    const MINUTE: Duration = Duration::from_secs(60);

    fn subject(number: u128) -> SubjectId {
        SubjectId::Customer(CustomerId::from(Uuid::from_u128(number)))
    }

    fn owner(number: u128, class: &str) -> KeyOwner {
        KeyOwner::Subject { subject: subject(number), class: class.to_owned() }
    }

    fn cipher() -> Arc<Cipher> {
        Arc::new(Cipher::new(&[1; 32]))
    }

    /// SEC-01: another node's shred takes effect once the time is over.
    #[test]
    fn a_key_is_forgotten_when_its_time_is_over() {
        let (cache, start) = (Cache::new(10, MINUTE), Instant::now());
        cache.insert(&owner(1, "identity"), &cipher(), start, cache.as_of());

        assert!(cache.find(&owner(1, "identity"), start + MINUTE - Duration::from_millis(1)).is_some());
        assert!(cache.find(&owner(1, "identity"), start + MINUTE).is_none());
    }

    #[test]
    fn using_a_key_does_not_lengthen_its_time() {
        let (cache, start) = (Cache::new(10, MINUTE), Instant::now());
        cache.insert(&owner(1, "identity"), &cipher(), start, cache.as_of());

        for seconds in 0..60 {
            assert!(cache.find(&owner(1, "identity"), start + Duration::from_secs(seconds)).is_some());
        }

        assert!(cache.find(&owner(1, "identity"), start + MINUTE).is_none());
    }

    #[test]
    fn there_are_never_more_keys_than_allowed_and_used_ones_stay_longest() {
        let (cache, now) = (Cache::new(8, MINUTE), Instant::now());
        for number in 0..100 {
            cache.insert(&owner(number, "identity"), &cipher(), now, cache.as_of());
            assert!(cache.find(&owner(0, "identity"), now).is_some(), "{number}");
        }

        let kept = (0..100).filter(|number| cache.find(&owner(*number, "identity"), now).is_some()).count();
        assert_eq!(kept, 8);
    }

    /// RET-03
    #[test]
    fn a_shred_removes_what_it_names_and_nothing_else() {
        let (cache, now) = (Cache::new(10, MINUTE), Instant::now());
        let all = [owner(1, "identity"), owner(1, "contact"), owner(2, "identity"), KeyOwner::Installation];
        let left = |cache: &Cache| all.each_ref().map(|owner| cache.find(owner, now).is_some());
        for owner in &all {
            cache.insert(owner, &cipher(), now, cache.as_of());
        }

        cache.forget(subject(1), Some("identity"));
        assert_eq!(left(&cache), [false, true, true, true]);

        cache.forget(subject(1), None);
        assert_eq!(left(&cache), [false, false, true, true]);
    }

    /// RET-03
    #[test]
    fn a_key_read_before_a_shred_never_comes_into_the_cache_after_it() {
        let (cache, now) = (Cache::new(10, MINUTE), Instant::now());
        let as_of = cache.as_of();
        cache.forget(subject(1), None);

        cache.insert(&owner(1, "identity"), &cipher(), now, as_of);

        assert!(cache.find(&owner(1, "identity"), now).is_none());
    }
}
