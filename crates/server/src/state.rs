//! What handlers share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};

use app::actor::Actor;
use app::env::{Env, Platform};
use app::failure::Failure;
use app::message::{Content, Messenger, Unsent};
use app::pack::PackSignatures;
use app::session::Passwords;
use app::watchlist::{ListKeeper, ListVersion};
use app::webhook::EventReceiver;
use domain::contact_proof::Channel;
use ipnet::IpNet;

use crate::api::gate::Signing;
use crate::auth::KeyCache;
use crate::limits::{Limiter, RateLimits};
use crate::metrics::Metrics;
use crate::problem::{Problem, log_chain};

/// Requests that look up accounts for the gate at the same time.
const MEETINGS_MAX: usize = 2;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub platform: Arc<Platform>,
    pub passwords: Arc<dyn Passwords>,
    pub pack_signatures: Arc<dyn PackSignatures>,
    pub list_keeper: Arc<dyn ListKeeper>,
    /// Says which channels are carried; what is sent goes out in the background.
    pub messenger: Arc<dyn Messenger>,
    /// Is told of events in the background.
    pub event_receiver: Option<Arc<dyn EventReceiver>>,
    pub(crate) edge: Arc<Edge>,
}

/// What is of this server and not of the platform.
pub(crate) struct Edge {
    pub keys: KeyCache,
    pub limiter: Limiter,
    pub metrics: Metrics,
    /// Idempotency keys whose request runs now, with the principal.
    pub in_flight: Mutex<HashSet<(String, String)>>,
    pub signing: OnceLock<Signing>,
    /// Turns at the store for questions about accounts that the gate does not know.
    pub meeting: tokio::sync::Semaphore,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where callers reach this server, without a slash at the end.
    pub public_url: Option<String>,
    pub tls: bool,
    /// Callers come by TLS, which may end at a proxy: cookies are for such connections only.
    pub is_encrypted: bool,
}

impl AppState {
    pub fn new(
        platform: Arc<Platform>,
        passwords: Arc<dyn Passwords>,
        pack_signatures: Arc<dyn PackSignatures>,
    ) -> Self {
        let edge = Arc::new(Edge::new(RateLimits::default(), Vec::new(), None, false));
        let (list_keeper, messenger) = (Arc::new(NotKept), Arc::new(NoMessenger));
        Self { platform, passwords, pack_signatures, list_keeper, messenger, event_receiver: None, edge }
    }

    /// The same with somebody who keeps lists for the next start.
    pub fn with_list_keeper(self, list_keeper: Arc<dyn ListKeeper>) -> Self {
        Self { list_keeper, ..self }
    }

    /// The same with somebody who carries messages out.
    pub fn with_messenger(self, messenger: Arc<dyn Messenger>) -> Self {
        Self { messenger, ..self }
    }

    /// The same with somebody who is told of events.
    pub fn with_event_receiver(self, event_receiver: Option<Arc<dyn EventReceiver>>) -> Self {
        Self { event_receiver, ..self }
    }

    /// The same with other limits, such as for a test or a benchmark.
    pub fn with_rate_limits(self, limits: RateLimits) -> Self {
        let edge = &self.edge;
        let edge = Edge::new(limits, edge.trusted_proxies.clone(), edge.public_url.clone(), edge.tls);
        Self { edge: Arc::new(edge), ..self }
    }

    pub(crate) fn with_edge(self, edge: Edge) -> Self {
        Self { edge: Arc::new(edge), ..self }
    }

    /// Runs a use case for somebody, off the threads that serve connections.
    pub async fn run<T: Send + 'static>(
        &self,
        actor: &Arc<Actor>,
        use_case: impl FnOnce(&Env<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Problem> {
        let (platform, actor) = (Arc::clone(&self.platform), Arc::clone(actor));
        let done = tokio::task::spawn_blocking(move || platform.run(&actor, use_case)).await;
        match done {
            Ok(answer) => answer.map_err(Problem::from),
            Err(error) => {
                log_chain(&error);
                Err(Problem::internal())
            }
        }
    }
}

/// Lists are in force until the process ends.
struct NotKept;

impl ListKeeper for NotKept {
    fn keep(&self, _: &[app::watchlist::LoadedList]) -> std::io::Result<()> {
        Ok(())
    }

    fn find(&self, _: &ListVersion) -> std::io::Result<Option<app::watchlist::LoadedList>> {
        Ok(None)
    }
}

/// Nothing is set up to carry a message.
struct NoMessenger;

impl Messenger for NoMessenger {
    fn carries(&self, _: Channel) -> bool {
        false
    }

    fn send(&self, _: Channel, _: &Content) -> Result<(), Unsent> {
        Err(Unsent::ForNow("no messenger is set up".to_owned()))
    }
}

impl Edge {
    pub fn new(
        limits: RateLimits,
        trusted_proxies: Vec<IpNet>,
        public_url: Option<String>,
        tls: bool,
    ) -> Self {
        Self {
            keys: KeyCache::default(),
            limiter: Limiter::new(limits),
            metrics: Metrics::default(),
            in_flight: Mutex::default(),
            signing: OnceLock::new(),
            meeting: tokio::sync::Semaphore::new(MEETINGS_MAX),
            trusted_proxies,
            is_encrypted: tls || public_url.as_deref().is_some_and(|url| url.starts_with("https://")),
            public_url,
            tls,
        }
    }
}
