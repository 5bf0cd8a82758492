//! Comparing again who was compared with other lists than those in force, or by an older engine (CIP-23): in the
//! background, a page at a time. Who was compared is passed over, so whatever breaks off is taken up by the next start.

use domain::id::CustomerId;
use jiff::{SignedDuration, Timestamp};

use crate::env::Env;
use crate::failure::Failure;
use crate::screening::{ScreenedPage, screen_page};
use crate::store::Page;
use crate::watchlist::ListKeeper;

/// Customers under one reading.
const CUSTOMERS_AT_ONCE: u32 = 50;

/// Pages gone through at once while nobody on them is behind.
const PAGES_AT_ONCE: usize = 50;

/// Customers between two lines in the log.
const TOLD_EVERY: u64 = 1_000;

/// Whoever loads lists at run time mostly asks for the comparison too, page by page; this waits until nobody has
/// asked for so long.
const QUIET: SignedDuration = SignedDuration::from_secs(10);

/// One walk through the customers for each version of the lists in force on this node.
#[derive(Debug, Default)]
pub struct Rescreening {
    lists_version: String,
    after: Option<CustomerId>,
    ended: bool,
    customers: u64,
    by_delta: u64,
    hits: u64,
}

impl Rescreening {
    /// Goes on by at most one page that has somebody to compare. Once the walk has ended it reads nothing until
    /// other lists are in force. Returns the number of customers compared.
    pub fn advance(&mut self, env: &Env<'_>, keeper: &dyn ListKeeper) -> Result<u64, Failure> {
        if !env.settings().screening_on || env.lists.watchlists.is_empty() {
            return Ok(0);
        }
        if self.lists_version != env.lists.version {
            *self = Self { lists_version: env.lists.version.clone(), ..Self::default() };
        }
        if self.ended || env.platform.was_rescreened_since(quiet_from(env.now())) {
            return Ok(0);
        }
        for _ in 0..PAGES_AT_ONCE {
            let after = self.after.map(|last| last.to_string()).unwrap_or_default();
            let done = screen_page(env, keeper, &Page { after, limit: CUSTOMERS_AT_ONCE })?;
            self.tell(&done);
            self.after = done.next;
            self.ended = done.next.is_none();
            if self.ended || done.customers > 0 {
                return Ok(done.customers);
            }
        }
        Ok(0)
    }

    fn tell(&mut self, done: &ScreenedPage) {
        let before = self.customers;
        self.customers += done.customers;
        self.by_delta += done.by_delta;
        self.hits += done.hits;
        let &mut Self { customers, by_delta, hits, .. } = self;
        if before == 0 && customers > 0 {
            tracing::warn!(
                lists_version = self.lists_version,
                "Customers were compared with other lists than those in force, or by another engine: comparing them again"
            );
        }
        if customers > 0 && done.next.is_none() {
            tracing::info!(
                customers,
                by_delta,
                hits,
                "Everybody is compared with the lists in force: {customers} again, {by_delta} only with what changed"
            );
        } else if before / TOLD_EVERY < customers / TOLD_EVERY {
            tracing::info!(customers, hits, "Compared {customers} customers again so far, with {hits} hits");
        }
    }
}

fn quiet_from(now: Timestamp) -> Timestamp {
    now.saturating_sub(QUIET).unwrap_or(Timestamp::MIN)
}
