//! How often somebody may ask: one bucket for each credential, one for each address without one.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::actor::{Actor, Credential};
use domain::id::{ApiKeyId, StaffId};

use crate::problem::Problem;

/// Requests a second, sustained; a burst of two seconds' worth is taken at once. 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Of one credential, on everything but the gate.
    pub credential_per_second: u32,
    /// Questions of one credential to the gate.
    pub gate_per_second: u32,
    /// Of one address, without a good credential: sign-in, pages, wrong keys.
    pub address_per_second: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { credential_per_second: 500, gate_per_second: 50_000, address_per_second: 10 }
    }
}

/// Seconds' worth of requests that may come at once.
const BURST_SECS: u32 = 2;

/// Buckets above which full ones are forgotten.
const BUCKETS_MAX: usize = 10_000;

pub struct Limiter {
    limits: RateLimits,
    credentials: Buckets<(Principal, bool)>,
    addresses: Buckets<IpAddr>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Principal {
    Staff(StaffId),
    Key(ApiKeyId),
}

impl Limiter {
    pub fn new(limits: RateLimits) -> Self {
        Self { limits, credentials: Buckets::default(), addresses: Buckets::default() }
    }

    /// Counts one request of a credential. Commands on the machine itself are not counted.
    pub fn count(&self, actor: &Actor, gate: bool) -> Result<(), Problem> {
        let principal = match actor.credential {
            Credential::Staff(staff) => Principal::Staff(staff),
            Credential::Key(key) => Principal::Key(key),
            Credential::Command | Credential::System => return Ok(()),
        };
        let per_second = if gate { self.limits.gate_per_second } else { self.limits.credential_per_second };
        self.credentials.take((principal, gate), per_second, Instant::now())
    }

    /// Counts one request that showed no good credential.
    pub fn count_address(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        let Some(address) = address else { return Ok(()) };
        self.addresses.take(network_of(address), self.limits.address_per_second, Instant::now())
    }
}

/// One household of IPv6 addresses counts as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            let mut octets = six.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
    }
}

/// For each key the instant at which its bucket is full again.
struct Buckets<K>(Mutex<HashMap<K, Instant>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn take(&self, key: K, per_second: u32, now: Instant) -> Result<(), Problem> {
        let Some(interval) = Duration::from_secs(1).checked_div(per_second) else { return Ok(()) };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > BUCKETS_MAX {
            buckets.retain(|_, full_at| *full_at > now);
        }
        let full_at = buckets.entry(key).or_insert(now);
        let next = (*full_at).max(now) + interval;
        let wait = next.saturating_duration_since(now + Duration::from_secs(BURST_SECS.into()));
        if wait > Duration::ZERO {
            return Err(Problem::too_many(wait.as_secs() + 1));
        }
        *full_at = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_the_sustained_rate() {
        let buckets = Buckets::default();
        let start = Instant::now();
        let taken = |at: Instant, count: u32| (0..count).filter(|_| buckets.take(1, 10, at).is_ok()).count();

        assert_eq!(taken(start, 50), 20, "two seconds' worth at once");
        assert_eq!(taken(start + Duration::from_secs(1), 50), 10, "one second later");
        assert_eq!(taken(start + Duration::from_secs(60), 50), 20, "full again");
        let refused = buckets.take(1, 10, start + Duration::from_secs(60)).unwrap_err();
        assert_eq!(refused.retry_after_secs, Some(1));
    }

    #[test]
    fn no_limit_is_none() {
        let buckets = Buckets::default();
        assert!((0..1_000).all(|_| buckets.take(1, 0, Instant::now()).is_ok()));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_bucket() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        assert_eq!(network_of(one), network_of(other));
        assert_ne!(network_of(one), network_of("2001:db8:0:1::1".parse().unwrap()));
    }
}
