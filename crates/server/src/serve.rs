//! The router put together, and served over a socket.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use ipnet::IpNet;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tower_http::catch_panic::CatchPanicLayer;

use crate::extract::limited;
use crate::limits::RateLimits;
use crate::openapi::documented;
use crate::problem::Problem;
use crate::state::{AppState, Edge};
use crate::{api, around, auth, conditional, idempotency, pages};

/// Longest body of a single object, and of NDJSON.
const BODY_BYTES_MAX: usize = 1 << 20;
const BULK_BODY_BYTES_MAX: usize = 16 << 20;

/// How long requests that run may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// How long a client may take to send its headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// Where and how to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    pub listen: SocketAddr,
    pub tls: Option<Tls>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Counts for operators, on a port of their own; no credential, no personal data.
    pub metrics_listen: Option<SocketAddr>,
    pub rate_limits: RateLimits,
    /// Longest body of a single object, in bytes.
    pub body_bytes_max: usize,
    /// Longest body of NDJSON, in bytes.
    pub bulk_body_bytes_max: usize,
    /// Where callers reach this server; told by the `Host` header unless given.
    pub public_url: Option<String>,
}

/// PEM files.
#[derive(Debug, Clone)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl ServeOptions {
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            trusted_proxies: Vec::new(),
            metrics_listen: None,
            rate_limits: RateLimits::default(),
            body_bytes_max: BODY_BYTES_MAX,
            bulk_body_bytes_max: BULK_BODY_BYTES_MAX,
            public_url: None,
        }
    }
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on `{listen}`; is another server running there?")]
    Listen {
        listen: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("`{file}` is no PEM {what}")]
    Pem {
        file: PathBuf,
        what: &'static str,
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    #[error("certificate and key do not go together")]
    Tls(#[source] rustls::Error),
}

/// All routes, for a socket or for a command in the same process.
pub fn router(state: AppState) -> Router {
    routes(state, BODY_BYTES_MAX, BULK_BODY_BYTES_MAX)
}

fn routes(state: AppState, body_bytes_max: usize, bulk_body_bytes_max: usize) -> Router {
    let guard = || from_fn_with_state(state.clone(), auth::guard);
    let once = || from_fn_with_state(state.clone(), idempotency::layer);
    let (open, _) = documented(api::open());
    let (guarded, _) = documented(api::guarded());
    let (bulk, _) = documented(api::bulk());
    // Layers are applied from the last to the first: the limit is known to all that read the body.
    let guarded = guarded
        .route_layer(once())
        .route_layer(from_fn(conditional::layer))
        .route_layer(guard())
        .layer(limited(body_bytes_max));
    let bulk = bulk.route_layer(once()).route_layer(guard()).layer(limited(bulk_body_bytes_max));
    let open = open
        .route("/", get(pages::home))
        .route("/sign-in", get(pages::sign_in).post(pages::submit))
        .route("/openapi.json", get(document))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .layer(limited(body_bytes_max));
    open.merge(guarded)
        .merge(bulk)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || {
            let detail = "this resource does not know the method";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", detail)
        })
        .layer(from_fn(nosniff))
        .layer(CatchPanicLayer::custom(around::panicked))
        .layer(from_fn_with_state(state.clone(), around::layer))
        .with_state(state)
}

async fn nosniff(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let mut response = next.run(request).await;
    let value = axum::http::HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, value);
    response
}

async fn document() -> Response {
    static DOCUMENT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let text = DOCUMENT.get_or_init(crate::openapi::openapi);
    ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}

/// The process answers.
async fn healthy() -> &'static str {
    "ok\n"
}

/// The gate can answer, and the registry does.
async fn ready(State(state): State<AppState>) -> Result<&'static str, Problem> {
    let platform = Arc::clone(&state.platform);
    let not_ready = |detail: &'static str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", detail);
    if platform.gate.is_stale(&platform, platform.clock.now()) {
        return Err(not_ready("the gate's table is older than allowed"));
    }
    let looked = tokio::task::spawn_blocking(move || app::ledger_log::size(&platform)).await;
    match looked {
        Ok(Ok(_)) => Ok("ok\n"),
        _ => Err(not_ready("the registry does not answer")),
    }
}

/// Serves until `shutdown` comes, then lets running requests end.
pub async fn serve(
    state: AppState,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let edge = Edge::new(
        options.rate_limits,
        options.trusted_proxies.clone(),
        options.public_url.clone(),
        options.tls.is_some(),
    );
    let state = state.with_edge(edge);
    let tls = options.tls.as_ref().map(tls_config).transpose()?;
    let app = routes(state.clone(), options.body_bytes_max, options.bulk_body_bytes_max);
    let handle = Handle::new();
    let stop = handle.clone();
    let metrics_handle = Handle::new();
    let metrics_stop = metrics_handle.clone();
    tokio::spawn(async move {
        shutdown.await;
        stop.graceful_shutdown(Some(GRACE));
        metrics_stop.shutdown();
    });
    let metrics = match options.metrics_listen {
        None => None,
        Some(listen) => {
            let taken = move |source| ServeError::Listen { listen, source };
            let listener = std::net::TcpListener::bind(listen).map_err(taken)?;
            listener.set_nonblocking(true).map_err(taken)?;
            let server = axum_server::from_tcp(listener).map_err(taken)?.handle(metrics_handle);
            let app = Router::new().route("/metrics", get(metrics)).with_state(state);
            let served = server.serve(app.into_make_service());
            Some(tokio::spawn(async move { served.await.map_err(taken) }))
        }
    };
    let make = app.into_make_service_with_connect_info::<SocketAddr>();
    let listen = options.listen;
    let served = match tls {
        Some(config) => {
            let server = axum_server::bind_rustls(listen, config);
            let mut server = server.map(|tls| tls.acceptor(NoDelayAcceptor::new())).handle(handle);
            server
                .http_builder()
                .http1()
                .timer(hyper_util::rt::TokioTimer::new())
                .header_read_timeout(HEADERS_WITHIN);
            server.serve(make).await
        }
        None => {
            let mut server = axum_server::bind(listen).acceptor(NoDelayAcceptor::new()).handle(handle);
            server
                .http_builder()
                .http1()
                .timer(hyper_util::rt::TokioTimer::new())
                .header_read_timeout(HEADERS_WITHIN);
            server.serve(make).await
        }
    };
    served.map_err(|source| ServeError::Listen { listen, source })?;
    match metrics {
        Some(metrics) => metrics.await.unwrap_or(Ok(())),
        None => Ok(()),
    }
}

async fn metrics(State(state): State<AppState>) -> Response {
    let platform = Arc::clone(&state.platform);
    let text = tokio::task::spawn_blocking(move || state.edge.metrics.text(&platform)).await;
    match text {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

fn tls_config(tls: &Tls) -> Result<RustlsConfig, ServeError> {
    let pem = |file: &PathBuf, what| {
        let file = file.clone();
        move |source| ServeError::Pem { file, what, source }
    };
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_file_iter(&tls.certificate).and_then(Iterator::collect);
    let chain = chain.map_err(pem(&tls.certificate, "certificate chain"))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(pem(&tls.key, "private key"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ServeError::Tls)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(ServeError::Tls)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
