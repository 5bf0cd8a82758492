//! A platform behind a socket, until somebody says that it is enough.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use server::{ServeOptions, Tls, clockwork_as};

use crate::config::{Config, network_of};
use crate::exit::{Doing as _, Stop};
use crate::reach::state_of;
use crate::wiring::Wired;

/// Between two looks at whether the socket answers yet.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Serves, calls `ready` once requests are answered, and returns after an interrupt or a termination signal.
pub fn serve(wired: &Wired, listen: SocketAddr, ready: impl FnOnce() + Send + 'static) -> Result<(), Stop> {
    wired.folder.note_address(Some(listen))?;
    let state = state_of(wired);
    let clockwork = clockwork_as(&wired.node, &state);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let announcing = tokio::task::spawn_blocking(move || {
            while TcpStream::connect_timeout(&reachable(listen), Duration::from_secs(1)).is_err() {
                std::thread::sleep(LOOK_EVERY);
            }
            ready();
        });
        let served = server::serve(state, options(&wired.config, listen), told_to_stop()).await;
        announcing.abort();
        served
    });
    // Requests are over before the last answers are written down, and those before the folder is let go.
    runtime.shutdown_timeout(Duration::from_secs(1));
    clockwork.stop();
    let settled = wired.settle();
    wired.folder.note_address(None)?;
    settled?;
    served.doing("serving").map_err(|stop| stop.next("name another address with `--listen ADDR`"))
}

fn options(config: &Config, listen: SocketAddr) -> ServeOptions {
    let tls = config.tls.as_ref();
    ServeOptions {
        tls: tls.map(|tls| Tls { certificate: tls.certificate.clone(), key: tls.key.clone() }),
        trusted_proxies: config.trusted_proxies.iter().filter_map(|proxy| network_of(proxy)).collect(),
        metrics_listen: config.metrics_listen,
        public_url: config.public_url.clone(),
        ..ServeOptions::new(listen)
    }
}

/// The address with a port in the place of 0. Also says early that a port is taken, before anything is loaded.
pub fn choose_port(listen: SocketAddr) -> Result<SocketAddr, Stop> {
    let bound = TcpListener::bind(listen).and_then(|listener| listener.local_addr());
    bound
        .doing(format!("listening on {listen}"))
        .map_err(|stop| stop.next("stop what listens there, or name another address with `--listen ADDR`"))
}

/// Where a server that listens everywhere can be asked from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], listen.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], listen.port()))
        }
        _ => listen,
    }
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("the runtime takes signals");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("Told to stop: letting running requests end");
}

#[cfg(not(unix))]
async fn told_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}
