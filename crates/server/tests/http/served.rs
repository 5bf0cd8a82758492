use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::api_key::{self, NewApiKey};
use domain::staff::Scope;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use server::{RateLimits, ServeError, ServeOptions, Tls, clockwork_as, serve};
use testkit::Platform;

use super::client::{enrolment, state};

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// One request on a connection of its own; waits until the server listens.
fn ask(address: SocketAddr, head: &str, body: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    };
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: t.example\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A server that speaks TLS hangs up on what is none.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The whole of it over a socket: a change over HTTP is in the gate within a second, counts name nobody, an
/// address that guesses is slowed down, and stopping loses nothing.
#[test]
fn a_served_platform_answers_counts_and_stops() {
    let platform = Platform::new();
    let scopes = vec![Scope::CustomersWrite, Scope::Gate];
    let command = app::actor::Actor::command();
    let new = NewApiKey { name: "plane".into(), scopes, branch: None, expires_at: None };
    let key = platform.run(&command, |env| api_key::make(env, new)).unwrap();
    let bearer = format!("authorization: Bearer {}", key.secret.expose());
    let (listen, metrics) = (free_address(), free_address());
    let limits = RateLimits { address_per_second: 3, ..RateLimits::default() };
    let options =
        ServeOptions { metrics_listen: Some(metrics), rate_limits: limits, ..ServeOptions::new(listen) };
    let runtime = runtime();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { stopped.await.unwrap_or(()) };
    let served = runtime.spawn(serve(state(&platform), options, shutdown));
    let background = clockwork_as("testkit", &state(&platform));

    assert!(ask(listen, "GET /healthz HTTP/1.1", "").starts_with("HTTP/1.1 200"));
    let enrolled = ask(
        listen,
        &format!("POST /v1/customers HTTP/1.1\r\n{bearer}"),
        &enrolment(1, "Ada Lovelace").to_string(),
    );
    assert!(enrolled.starts_with("HTTP/1.1 201"), "{enrolled}");
    let question = r#"{"subject":{"type":"account","id":"account-1"},"action":{"name":"pay"}}"#;
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let answer = ask(listen, &format!("POST /access/v1/evaluation HTTP/1.1\r\n{bearer}"), question);
        if answer.contains("\"id\":\"ans_") {
            break;
        }
        assert!(Instant::now() < deadline, "{answer}");
    }
    let guesses: Vec<String> = (0..20)
        .map(|number| {
            ask(listen, &format!("GET /v1/customers HTTP/1.1\r\nauthorization: Bearer live_{number}"), "")
        })
        .collect();
    assert!(
        guesses.iter().any(|answer| answer.starts_with("HTTP/1.1 429") && answer.contains("retry-after: "))
    );
    let counts = ask(metrics, "GET /metrics HTTP/1.1", "");
    for name in ["tenantry_gate_accounts 1", "route=\"/v1/customers\",status=\"201\"", "tenantry_ledger_size"]
    {
        assert!(counts.contains(name), "{name}: {counts}");
    }
    for planted in ["Lovelace", "account-1", "live_", "mail.example", "127.0.0.1"] {
        assert!(!counts.contains(planted), "{planted}");
    }

    background.stop();
    stop.send(()).unwrap();
    runtime.block_on(served).unwrap().unwrap();
    assert!(TcpStream::connect(listen).is_err());
    assert_eq!(
        platform.app().gate.flush_answers(platform.app()).unwrap(),
        0,
        "answers were written on stopping"
    );
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn it_is_served_over_tls() {
    let platform = Platform::new();
    let listen = free_address();
    let tls = Tls { certificate: fixture("test-only.certificate.pem"), key: fixture("test-only.key.pem") };
    let options = ServeOptions { tls: Some(tls.clone()), ..ServeOptions::new(listen) };
    let runtime = runtime();
    runtime.spawn(serve(state(&platform), options, std::future::pending()));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&tls.certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();

    let plain = ask(listen, "GET /healthz HTTP/1.1", "");
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(listen).unwrap());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).unwrap();

    assert!(!plain.contains("200"), "{plain}");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}

#[test]
fn a_wrong_certificate_and_a_taken_port_are_told_before_anything_is_served() {
    let platform = Platform::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let tls = Tls { certificate: fixture("nothing.pem"), key: fixture("test-only.key.pem") };
    let runtime = runtime();
    let run = |options| runtime.block_on(serve(state(&platform), options, std::future::pending()));

    let no_file = run(ServeOptions { tls: Some(tls), ..ServeOptions::new(listen) });
    let no_port = run(ServeOptions::new(listen));

    assert!(matches!(no_file, Err(ServeError::Pem { .. })), "{no_file:?}");
    assert!(matches!(no_port, Err(ServeError::Listen { .. })), "{no_port:?}");
    let no_metrics = run(ServeOptions { metrics_listen: Some(listen), ..ServeOptions::new(free_address()) });
    assert!(matches!(no_metrics, Err(ServeError::Listen { .. })), "{no_metrics:?}");
}
